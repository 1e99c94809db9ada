//! A paper to begin with, as `courant init` makes it: it can be served as it says, and its comments are understood.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

use crate::support::{COURANT, Running, output_of, request, said, wait};

/// Runs the program in a folder, with what the surroundings say.
fn run(within: &Path, surroundings: &[(&str, &str)], arguments: &[&str]) -> Output {
    let mut command = Command::new(COURANT);
    command.current_dir(within).args(arguments);
    for name in ["LC_ALL", "LC_MESSAGES", "LANG", "TZ"] {
        command.env_remove(name);
    }
    command.envs(surroundings.iter().copied());
    output_of(&mut command).expect("the program starts")
}

/// The line of what was said that has a command of the program with that name.
fn command(told: &str, name: &str) -> String {
    let line = told
        .lines()
        .find(|line| line.contains(&format!("courant {name} ")));
    line.expect(name).trim().to_owned()
}

#[test]
fn a_new_paper_is_served_by_the_command_that_is_printed() {
    let dir = TempDir::new().unwrap();
    let made = run(dir.path(), &[], &["init", "my paper's"]);
    assert!(made.status.success(), "{}", said(&made));
    let told = said(&made);
    let check = command(&told, "check");
    let mut shell = Command::new("sh");
    let checked = output_of(shell.current_dir(dir.path()).args(["-c", &check])).unwrap();
    assert!(checked.status.success(), "{}", said(&checked));
    assert!(said(&checked).contains("1 article; complaints: 0 refused, 0 mended; all have ids"));
    // On addresses that are surely free.
    let serve = format!(
        "exec {} --listen 127.0.0.1:0 --operations 127.0.0.1:0",
        command(&told, "serve")
    );
    let mut shell = Command::new("sh");
    shell
        .current_dir(dir.path())
        .args(["-c", &serve])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let server = Running::of(shell);
    let page = wait("the address of the page", || {
        let lines = server.out.lock().unwrap();
        assert!(!server.errors().contains("error"), "{}", server.errors());
        let line = lines.iter().find(|line| line.contains("page  "))?;
        line.split("http://").nth(1).map(str::to_owned)
    });
    let address = page.trim_end_matches('/').parse().unwrap();
    let front = wait("the story", || {
        let front = request(address, "GET", "/", &[]);
        front.has("The first story").then_some(front)
    });
    assert!(front.has("My Paper's"), "{}", front.text());
    assert_eq!(request(address, "GET", "/sections/news", &[]).status, 200);
}

#[test]
fn what_the_surroundings_say_of_language_and_zone_is_taken_and_what_is_given_outranks_it() {
    let dir = TempDir::new().unwrap();
    let vienna = [("LANG", "de_AT.UTF-8"), ("TZ", "Europe/Vienna")];
    let made = run(dir.path(), &vienna, &["init", "blatt"]);
    assert!(made.status.success(), "{}", said(&made));
    let settings = fs::read_to_string(dir.path().join("blatt/publication.toml")).unwrap();
    for line in [
        "title = \"Blatt\"",
        "language = \"de-AT\"",
        "timezone = \"Europe/Vienna\"",
    ] {
        assert!(settings.contains(line), "{line}: {settings}");
    }
    let story = dir.path().join("blatt/news/first-story/article.md");
    let story = fs::read_to_string(story).unwrap();
    assert!(story.contains("language = \"en\""), "{story}");
    let given = [
        "init",
        "other",
        "--title",
        "The \"LANGUAGE\" Paper",
        "--language",
        "zh-Hant",
        "--timezone",
        "Asia/Taipei",
    ];
    let made = run(dir.path(), &vienna, &given);
    assert!(made.status.success(), "{}", said(&made));
    let settings = fs::read_to_string(dir.path().join("other/publication.toml")).unwrap();
    for line in [
        "title = \"The \\\"LANGUAGE\\\" Paper\"",
        "language = \"zh-Hant\"",
        "timezone = \"Asia/Taipei\"",
    ] {
        assert!(settings.contains(line), "{line}: {settings}");
    }
    let wrong = run(dir.path(), &[], &["init", "no", "--timezone", "Dublin"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(said(&wrong).contains("such as Europe/Dublin; found Dublin"));
}

#[test]
fn a_folder_that_has_something_in_it_is_left_as_it_is() {
    let dir = TempDir::new().unwrap();
    fs::create_dir(dir.path().join("full")).unwrap();
    fs::write(dir.path().join("full/notes"), "Mine.").unwrap();
    let refused = run(dir.path(), &[], &["init", "full"]);
    assert_eq!(refused.status.code(), Some(1));
    let told = said(&refused);
    assert!(
        told.contains("expected an empty folder at full") && told.contains("found notes in it"),
        "{told}"
    );
    assert_eq!(fs::read_dir(dir.path().join("full")).unwrap().count(), 1);
    // An empty one is taken, under its own name even where it is the one that we are in.
    let empty = dir.path().join("empty-one");
    fs::create_dir(&empty).unwrap();
    let made = run(&empty, &[], &["init", "."]);
    assert!(made.status.success(), "{}", said(&made));
    assert!(said(&made).contains("Empty One") && said(&made).contains("empty-one-data"));
}

#[test]
fn every_key_that_a_comment_shows_is_understood() {
    let dir = TempDir::new().unwrap();
    let made = run(dir.path(), &[], &["init", "paper"]);
    assert!(made.status.success(), "{}", said(&made));
    let uncomment = |name: &str| {
        let path = dir.path().join("paper").join(name);
        let text = fs::read_to_string(&path).unwrap();
        let lines = text.lines().map(|line| match line.strip_prefix("# ") {
            Some(key) if key.starts_with("[[") || key.contains(" = ") => key,
            _ => line,
        });
        let lines: Vec<&str> = lines.collect();
        assert!(lines.len() > 10);
        fs::write(&path, lines.join("\n")).unwrap();
    };
    uncomment("publication.toml");
    uncomment("news/first-story/article.md");
    let logo = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/sample/logo.png");
    for beside in ["logo.png", "ann.jpg"] {
        fs::copy(&logo, dir.path().join("paper").join(beside)).unwrap();
    }
    fs::copy(logo, dir.path().join("paper/news/first-story/tram.jpg")).unwrap();
    let checked = run(dir.path(), &[], &["check", "--fix", "--items", "paper"]);
    let told = said(&checked);
    assert!(checked.status.success(), "{told}");
    assert!(told.contains("complaints: 0 refused"), "{told}");
}

#[test]
fn what_is_printed_for_a_folder_that_begins_with_a_dash_runs_as_it_stands() {
    let dir = TempDir::new().unwrap();
    let made = run(dir.path(), &[], &["init", "--", "-dash"]);
    assert!(made.status.success(), "{}", said(&made));
    let check = command(&said(&made), "check");
    let mut shell = Command::new("sh");
    let checked = output_of(shell.current_dir(dir.path()).args(["-c", &check])).unwrap();
    assert!(checked.status.success(), "{check}: {}", said(&checked));
}

#[test]
fn a_check_writes_nothing_while_the_publication_is_refused() {
    let dir = TempDir::new().unwrap();
    assert!(run(dir.path(), &[], &["init", "paper"]).status.success());
    let settings = dir.path().join("paper/publication.toml");
    let story = dir.path().join("paper/news/first-story/article.md");
    let wrong =
        fs::read_to_string(&settings)
            .unwrap()
            .replacen("title =", "accent = \"red\"\ntitle =", 1);
    fs::write(&settings, &wrong).unwrap();
    let told = fs::read_to_string(&story).unwrap();
    let without_id: String = told
        .lines()
        .filter(|line| !line.starts_with("id ="))
        .map(|line| format!("{line}\n"))
        .collect();
    fs::write(&story, &without_id).unwrap();
    let checked = run(dir.path(), &[], &["check", "--items", "paper", "--fix"]);
    assert!(!checked.status.success());
    let said = said(&checked);
    assert!(
        said.contains("accent to be a colour") && said.contains("has to be mended first"),
        "{said}"
    );
    assert!(!said.contains("no id;"), "{said}");
    assert_eq!(fs::read_to_string(&settings).unwrap(), wrong);
    assert_eq!(fs::read_to_string(&story).unwrap(), without_id);
}
