//! The commands as a desk types them: `import` and `check --fix`.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::{Paper, courant, said, text, wait};

const PAGE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/data/pages/changchun.txt"
);

fn import(paper: &Paper, more: &[&str]) -> (bool, String) {
    let items = paper.items();
    let mut arguments = vec![
        "import",
        PAGE,
        "--section",
        "city",
        "--published",
        "2025-02-28",
        "--items",
        text(&items),
    ];
    arguments.extend(more);
    let output = courant(&arguments);
    (output.status.success(), said(&output))
}

fn picture(paper: &Paper, folder: &str, name: &str) -> PathBuf {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/sample/logo.png");
    let to = paper.path(folder);
    fs::create_dir_all(&to).unwrap();
    fs::copy(from, to.join(name)).unwrap();
    to.join(name)
}

fn id_lines(text: &str) -> Vec<String> {
    text.lines()
        .filter(|line| line.starts_with("id = "))
        .map(str::to_owned)
        .collect()
}

#[test]
fn import_shows_what_it_took_each_line_for_and_writes_the_folder() {
    let paper = Paper::new();
    let (well, told) = import(&paper, &["--slug", "juesheng", "--dry-run"]);
    assert!(well && told.contains("would be"), "{told}");
    assert!(
        !paper.items().join("city/juesheng").exists(),
        "a dry run writes nothing"
    );
    let (well, told) = import(&paper, &["--slug", "juesheng"]);
    assert!(well, "{told}");
    for word in [
        "kicker",
        "headline",
        "deck",
        "caption",
        "part heading",
        "joined",
        "paragraph",
    ] {
        assert!(told.contains(word), "{word}: {told}");
    }
    assert!(
        told.contains("caption 1 has no photograph")
            && told.contains("caption 2 has no photograph")
    );
    assert!(
        told.contains("time zone UTC"),
        "a bare day is read in the publication's zone: {told}"
    );
    let written = paper.read("city/juesheng/article.md");
    assert!(written.contains("headline = \"长春：全力打好打赢三年攻坚行动决胜之年决胜之战\""));
    assert_eq!(id_lines(&written).len(), 3);
    let (well, told) = import(&paper, &["--slug", "juesheng"]);
    assert!(
        !well && told.contains("--replace"),
        "a folder that is there is refused: {told}"
    );
    let (well, told) = import(&paper, &[]);
    assert!(well, "{told}");
    assert!(paper.items().join("city").read_dir().unwrap().any(|entry| {
        entry
            .unwrap()
            .file_name()
            .to_string_lossy()
            .starts_with("2025-02-28-chang-chun-quan-li")
    }));
}

#[test]
fn replace_keeps_ids_and_what_a_page_cannot_say() {
    let paper = Paper::new();
    let one = picture(&paper, "d1", "IMG_1.png");
    let photo = format!("1={}", text(&one));
    assert!(import(&paper, &["--slug", "s", "--photo", &photo]).0);
    let before = paper.read("city/s/article.md");
    let guid = "guid = \"http://old.example/?p=7\"\nheadline";
    paper.edit("city/s/article.md", "headline", guid);
    let wrong = "\npublic_note = \"It was another street.\"\ntext =";
    let noted = paper
        .read("city/s/article.md")
        .replacen("\ntext =", wrong, 1);
    paper.write("city/s/article.md", noted);
    let (well, told) = import(&paper, &["--slug", "s", "--replace"]);
    assert!(well, "{told}");
    assert!(
        !told.contains("caption 1 has no photograph")
            && told.contains("caption 2 has no photograph"),
        "{told}"
    );
    let after = paper.read("city/s/article.md");
    assert_eq!(id_lines(&after), id_lines(&before));
    assert!(
        after.contains("http://old.example/?p=7")
            && after.contains("IMG_1.png")
            && after.contains("It was another street."),
        "{after}"
    );
    paper.edit("city/s/article.md", "published = 2025", "published = 2x25");
    let (well, told) = import(&paper, &["--slug", "s", "--replace"]);
    assert!(
        !well && told.contains("article.md"),
        "what does not read is not written over: {told}"
    );
}

#[test]
fn two_photographs_of_one_name_are_two_files() {
    let paper = Paper::new();
    let (one, two) = (
        picture(&paper, "d1", "IMG.png"),
        picture(&paper, "d2", "IMG.png"),
    );
    let (first, second) = (format!("1={}", text(&one)), format!("2={}", text(&two)));
    let (well, told) = import(
        &paper,
        &["--slug", "s", "--photo", &first, "--photo", &second],
    );
    assert!(well, "{told}");
    assert!(
        paper.items().join("city/s/IMG.png").exists()
            && paper.items().join("city/s/2-IMG.png").exists()
    );
    let (well, told) = import(
        &paper,
        &["--slug", "t", "--photo", &first, "--photo", &first],
    );
    assert!(!well && told.contains("given twice"), "{told}");
    let (well, told) = import(
        &paper,
        &["--slug", "t", "--photo", &format!("3={}", text(&one))],
    );
    assert!(!well && told.contains("no caption 3"), "{told}");
}

#[test]
fn a_page_and_its_photographs_are_read_as_far_as_they_may_be_long() {
    let paper = Paper::new();
    let long = paper.path("long.png");
    let file = fs::File::create(&long).unwrap();
    file.set_len(8 << 30).unwrap();
    let photo = format!("1={}", text(&long));
    let (well, told) = import(&paper, &["--slug", "s", "--photo", &photo]);
    assert!(
        !well && told.contains("long.png: expected at most 32 MiB, found more"),
        "{told}"
    );
    let (well, told) = import(&paper, &["--slug", "s", "--photo", "1=/dev/zero"]);
    assert!(
        !well && told.contains("/dev/zero: expected at most 32 MiB, found more"),
        "{told}"
    );
    let page = paper.path("page.txt");
    fs::write(&page, "A line of a page.\n".repeat(250_000)).unwrap();
    let items = paper.items();
    let arguments = ["--section", "city", "--published", "2025-02-28", "--items"];
    let mut all = vec!["import", text(&page)];
    all.extend(arguments);
    all.push(text(&items));
    let output = courant(&all);
    let told = said(&output);
    assert!(
        !output.status.success() && told.contains("page.txt: expected at most 4 MiB, found more"),
        "{told}"
    );
}

/// An article without any id, with a caption in each of the two forms of TOML.
fn without_ids(paper: &Paper) {
    paper.write(
        "city/tables/article.md",
        "+++\r\n# the desk's remark\r\nheadline   = 'Tables'\r\npublished = 2026-10-01T10:00:00Z\r\n\r\n[[captions]]\r\ntext = \"One.\"\r\n+++\r\n\r\nText.\r\n",
    );
    paper.write(
        "city/inline/article.md",
        "+++\nheadline = \"Inline\"\npublished = 2026-10-02T10:00:00Z\ncaptions = [{ text = \"A.\" }, { text = \"B.\" }]\n+++\n\nText.\n",
    );
}

#[test]
fn check_tells_what_has_no_id_and_fix_writes_only_that() {
    let paper = Paper::new();
    without_ids(&paper);
    let items = paper.items();
    let output = courant(&["check", "--items", text(&items)]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        said(&output).contains("the article and 2 of its captions have no id"),
        "{}",
        said(&output)
    );
    let before = paper.read("city/tables/article.md");
    let output = courant(&["check", "--items", text(&items), "--fix"]);
    assert!(output.status.success(), "{}", said(&output));
    let after = paper.read("city/tables/article.md");
    let others: String = after
        .split_inclusive('\n')
        .filter(|line| !line.starts_with("id = "))
        .collect();
    assert_eq!(others, before, "nothing else is altered");
    assert_eq!(id_lines(&after).len(), 2);
    assert_eq!(
        paper
            .read("city/inline/article.md")
            .matches("urn:uuid:")
            .count(),
        3
    );
    let again = courant(&["check", "--items", text(&items)]);
    assert!(
        again.status.success() && said(&again).contains("all have ids"),
        "{}",
        said(&again)
    );
}

#[test]
fn ids_written_down_later_are_those_that_the_store_gave() {
    let paper = Paper::new();
    without_ids(&paper);
    let toml = paper.read("publication.toml");
    let nameless: String = toml
        .lines()
        .filter(|line| !line.starts_with("id"))
        .map(|line| format!("{line}\n"))
        .collect();
    paper.write("publication.toml", nameless);
    let server = paper.start();
    let feeds = ["/feed.atom", "/captions.json", "/articles/inline.rss"];
    let before: Vec<String> = feeds.iter().map(|path| server.get(path).text()).collect();
    let (items, data) = (paper.items(), paper.data());
    let output = courant(&[
        "check",
        "--items",
        text(&items),
        "--data",
        text(&data),
        "--fix",
    ]);
    assert!(output.status.success(), "{}", said(&output));
    paper.edit("city/inline/article.md", "Text.", "Another text.");
    wait("the edit", || {
        server
            .get("/feed.atom")
            .text()
            .contains("Another text")
            .then_some(())
    });
    let ids = |text: &str| -> Vec<String> {
        text.match_indices("urn:uuid:")
            .map(|(at, _)| text[at..at + 45].to_owned())
            .collect()
    };
    for (path, was) in feeds.iter().zip(&before) {
        assert_eq!(ids(&server.get(path).text()), ids(was), "{path}");
    }
    let kinds: Vec<String> = paper
        .log()
        .iter()
        .map(|entry| entry["kind"].to_string())
        .collect();
    assert!(
        !kinds.iter().any(|kind| kind.contains("withdraw")),
        "{kinds:?}"
    );
}

#[test]
fn a_command_line_that_is_not_understood_ends_with_2_and_a_failure_with_1() {
    assert_eq!(
        courant(&["serve", "--no-such-option"]).status.code(),
        Some(2)
    );
    assert_eq!(
        courant(&["log", "--data", "/nowhere/at/all"]).status.code(),
        Some(1)
    );
    assert_eq!(courant(&["--help"]).status.code(), Some(0));
}

#[test]
fn what_is_read_by_a_program_has_no_colours() {
    let paper = Paper::new();
    paper.write("city/bad/article.md", "+++\npublished = 2026-10-01\n+++\n");
    let items = paper.items();
    let output = courant(&["check", "--items", text(&items)]);
    let told = said(&output);
    assert!(told.contains("refused"), "{told}");
    assert!(!told.contains('\u{1b}'), "{told:?}");
}

#[test]
fn a_base_url_that_only_this_machine_can_follow_draws_a_warning_on_an_open_listener() {
    let paper = Paper::new();
    let server = paper.starting().at("0.0.0.0:0".parse().unwrap()).serve();
    server.line(&["warning", "--base-url"]);
    let quiet = Paper::new();
    let server = quiet.start();
    assert!(!server.has_said(&["--base-url"]));
}

#[test]
fn an_export_keeps_the_id_that_the_store_gave_to_the_paper() {
    let paper = Paper::new();
    paper.article("city/a", "A", "Text.");
    let server = paper.start();
    let id = |feed: &str| feed.split("<id>").nth(1).map(|rest| rest[..45].to_owned());
    let before = id(&server.get("/sections/city.atom").text());
    assert!(before.is_some());
    server.stop();
    let out = paper.path("exported");
    let output = courant(&["export", text(&out), "--data", text(&paper.data())]);
    assert!(output.status.success(), "{}", said(&output));
    let other = Paper::copy_of(text(&out));
    let server = other.start();
    assert_eq!(id(&server.get("/sections/city.atom").text()), before);
    // One that is there is not written twice.
    let out = other.path("again");
    courant(&["export", text(&out), "--data", text(&other.data())]);
    let settings = std::fs::read_to_string(out.join("publication.toml")).expect("settings");
    assert_eq!(settings.matches("urn:uuid:").count(), 1, "{settings}");
}
