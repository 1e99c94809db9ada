//! The commands that the README shows, each run as it stands, but for addresses and folders that a test has elsewhere.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::{COURANT, Paper, Server, output_of, said};

/// A command of the README: how it begins, what is made ready for it, its exit code and a word of what it says.
struct Row {
    begins: &'static str,
    before: &'static str,
    code: i32,
    says: &'static str,
}

const fn row(begins: &'static str, before: &'static str, code: i32, says: &'static str) -> Row {
    Row {
        begins,
        before,
        code,
        says,
    }
}

/// Commands that build or test the program: whoever runs this test has run them, and what they name is looked up.
const OF_CARGO: [&str; 4] = ["cargo ", "tests/run", "PROPTEST_CASES=", "COURANT_CRASHES="];

/// All others, in their order. A command that is new there needs a line here.
const ROWS: [Row; 19] = [
    row("curl -sI http://127.0.0.1:8080/", "", 0, "HTTP/1.1 200 OK"),
    row(
        "curl -sI -H 'If-None-Match",
        "",
        0,
        "HTTP/1.1 304 Not Modified",
    ),
    row("target/release/courant log", "", 0, "publish"),
    row(
        "target/release/courant check",
        "courant init my-paper; sed -i 's/^published = .*/published = 2026-11-19/' my-paper/news/first-story/article.md",
        1,
        "expected published to be a date with time and zone",
    ),
    row("courant backup", "", 0, "written to"),
    row("courant restore", "", 0, "restored"),
    row("courant restore", "", 0, "restored"),
    row(
        "courant init",
        "rm -r my-paper",
        0,
        "serve --items my-paper",
    ),
    row("courant withhold", "", 0, "withhold"),
    row("courant release", "", 0, "release"),
    row("courant retract", "", 0, "retract"),
    row("courant kill", "", 0, "kill"),
    row("courant import page.txt", "", 0, "would be"),
    row("courant import export.xml", "", 0, "would be"),
    row("courant token create", "", 0, ""),
    row(
        "curl -H \"Authorization",
        "",
        0,
        "\"headline\":\"First tram\"",
    ),
    row(
        "curl \"http://127.0.0.1:8080/api/v1/articles/$ID",
        "",
        0,
        "",
    ),
    row(
        "curl -H \"Authorization",
        "sed 's/urn:uuid:[0-9a-f-]*/urn:agency:77/' story.json > item.json",
        0,
        "\"headline\":\"First tram\"",
    ),
    row("curl -H \"Authorization", "", 0, "\"name\""),
];

/// The commands in blocks of the README, with the lines in which they go on.
fn commands() -> Vec<String> {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = fs::read_to_string(readme).unwrap();
    let mut found: Vec<String> = Vec::new();
    let mut goes_on = false;
    for line in readme.lines() {
        let Some(code) = line.strip_prefix("    ") else {
            goes_on = false;
            continue;
        };
        let code = code.trim_start().trim_start_matches("$ ");
        let begins = ["courant ", "curl ", "target/release/courant "];
        let is_command = begins
            .iter()
            .chain(&OF_CARGO)
            .any(|word| code.starts_with(word));
        if goes_on {
            let last = found.last_mut().unwrap();
            last.push('\n');
            last.push_str(code);
        } else if is_command {
            found.push(code.to_owned());
        } else {
            continue;
        }
        goes_on = code.ends_with('\\');
    }
    found
}

/// A folder in which the commands are run, and the server beside them.
struct World {
    paper: Paper,
    server: Option<Server>,
    token: String,
    id: String,
}

impl World {
    fn new() -> Self {
        let paper = Paper::copy_of("tests/data/sample");
        let settings = paper.read("publication.toml")
            + "\n[[sections]]\nslug = \"changchun\"\ntitle = \"Changchun\"\n";
        paper.write("publication.toml", settings);
        paper.article("harbour/crane", "The crane", "It stays.");
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let within = paper.dir.path();
        for (from, to) in [
            ("tests/data/pages/changchun.txt", "page.txt"),
            ("tests/data/feeds/export.xml", "export.xml"),
            (
                "tests/data/sample/harbour/north-quay-crane-stays/crane-dusk.jpg",
                "maglev.jpg",
            ),
            (
                "tests/data/sample/harbour/north-quay-crane-stays/quay-morning.jpg",
                "p77-hires.jpg",
            ),
        ] {
            fs::copy(root.join(from), within.join(to)).expect(from);
        }
        for folder in ["backup", "wp-content/uploads", "target/release"] {
            fs::create_dir_all(within.join(folder)).unwrap();
        }
        std::os::unix::fs::symlink(COURANT, within.join("target/release/courant")).unwrap();
        Self {
            server: Some(paper.start()),
            paper,
            token: String::new(),
            id: String::new(),
        }
    }

    /// The command with this test's addresses and folders.
    fn here(&self, command: &str) -> String {
        let mut here = command
            .replace("/tmp/courier", "data")
            .replace("/var/lib/courant", "data")
            .replace("/backup/", "backup/");
        if let Some(server) = &self.server {
            here = here.replace("127.0.0.1:8080", &server.address.to_string());
            here = here.replace("https://paper.example", &server.base());
            if here.contains("\"…\"") {
                let feed = server.get("/sections/harbour.atom");
                here = here.replace("\"…\"", feed.etag());
            }
        }
        here
    }

    /// Runs a command, at a terminal whose keyboard says yes where it asks.
    fn run(&self, row: &Row, command: &str) -> String {
        let within = self.paper.dir.path();
        fs::write(within.join("command.sh"), self.here(command) + "\n").unwrap();
        let asks = ["withhold", "release", "retract", "kill", "restore"];
        let line = match asks.iter().any(|word| row.begins.ends_with(word)) {
            true => "printf 'y\\n' | script -qec 'sh command.sh' /dev/null",
            false => "sh command.sh",
        };
        let program = Path::new(COURANT).parent().unwrap().display().to_string();
        let path = std::env::var("PATH").unwrap_or_default();
        let mut shell = Command::new("sh");
        let before = match row.before {
            "" => "true",
            before => before,
        };
        shell
            .args([
                "-c",
                &format!("{{ {before}; }} >/dev/null || exit 99\n{line}"),
            ])
            .env("PATH", format!("{program}:{path}"))
            .env("TOKEN", &self.token)
            .env("ID", &self.id)
            .current_dir(within);
        let output = output_of(&mut shell).unwrap();
        let told = said(&output);
        assert_eq!(output.status.code(), Some(row.code), "{command}: {told}");
        assert!(told.contains(row.says), "{command}: {told}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

#[test]
fn every_command_of_the_readme_does_what_it_says() {
    let commands = commands();
    let commands = commands
        .iter()
        .filter(|command| !OF_CARGO.iter().any(|word| command.starts_with(word)));
    let commands: Vec<&String> = commands.collect();
    assert_eq!(commands.len(), ROWS.len(), "{commands:#?}");
    let mut world = World::new();
    let mut restores = Vec::new();
    for (row, command) in ROWS.iter().zip(commands) {
        assert!(
            command.starts_with(row.begins),
            "{command} where {} was",
            row.begins
        );
        if row.begins == "courant restore" {
            // It needs the server to be stopped.
            restores.push((row, command));
            continue;
        }
        let told = world.run(row, command);
        if row.begins.starts_with("courant token") {
            told.trim().clone_into(&mut world.token);
        }
        if row.says.contains("First tram") && world.id.is_empty() {
            let answer: serde_json::Value = serde_json::from_str(&told).unwrap();
            let id = answer["id"]
                .as_str()
                .unwrap()
                .trim_start_matches("urn:uuid:");
            id.clone_into(&mut world.id);
        }
    }
    assert_eq!(world.server.take().unwrap().stop(), Some(0));
    let backup = fs::read_dir(world.paper.dir.path().join("backup")).unwrap();
    let backup = backup.map(|entry| entry.unwrap().path()).next().unwrap();
    fs::rename(
        backup,
        world.paper.dir.path().join("backup/paper-2026-11-25.tar"),
    )
    .unwrap();
    for (row, command) in restores {
        world.run(row, command);
    }
}

/// Benchmarks run for minutes and tests run this one, so that what they name is looked up alone.
#[test]
fn the_benchmarks_examples_and_tests_that_commands_name_are_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let manifest = fs::read_to_string(root.join("Cargo.toml")).unwrap();
    let declares = |kind: &str, name: &str| {
        let is_named = |line: &str| line == format!("name = \"{name}\"");
        let begins = format!("[[{kind}]]\n");
        let targets = manifest.split(&begins).skip(1);
        let mut names = targets.filter_map(|target| target.lines().next());
        names.any(is_named)
    };
    let mut looked_up = 0;
    for document in ["README.md", "CONTRIBUTING.md"] {
        let text = fs::read_to_string(root.join(document)).unwrap();
        for command in text.split("cargo ").skip(1) {
            let command = command.split(['\n', '`', '#']).next().unwrap();
            let words: Vec<&str> = command.split_whitespace().collect();
            for named in words.windows(2) {
                let [option, name] = named else {
                    unreachable!()
                };
                let is_there = match *option {
                    "--bench" => declares("bench", name),
                    "--example" => declares("example", name),
                    "--test" => root.join(format!("tests/{name}/main.rs")).exists(),
                    _ => continue,
                };
                assert!(
                    is_there,
                    "{document}: there is no {option} {name} for: cargo {command}"
                );
                looked_up += 1;
            }
            // Behind a program of tests stands the file of it that is run.
            let program = words.iter().position(|word| *word == "--test");
            if let Some([program, file, ..]) = program.and_then(|at| words.get(at + 1..))
                && !file.starts_with('-')
            {
                let file = format!("tests/{program}/{}.rs", file.trim_end_matches("::"));
                assert!(root.join(&file).exists(), "{document}: there is no {file}");
            }
        }
    }
    assert!(looked_up > 10, "{looked_up} names were found");
}
