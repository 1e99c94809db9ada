//! The folder is read as a stranger's: whatever lies in it stops nothing, leads nowhere, and is told of in bounds; and what is
//! still being written is not published by halves.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::{JoinHandle, spawn};
use std::time::Duration;

use rustix::fs::{CWD, FileType, Mode, mknodat};

use crate::support::pictures;
use crate::support::*;

const HEAD: &str = "+++\nheadline = \"Done\"\npublished = 2026-01-02T03:04:05Z\n+++\n";

fn pipe(at: &Path) {
    // There may be a file of that name.
    let _ = fs::remove_file(at);
    mknodat(CWD, at, FileType::Fifo, Mode::RWXU, 0).expect("a pipe");
}

/// Saves another article and waits until it is out: what was there before it was looked at, too.
fn look(paper: &Paper, server: &Server, mark: &str) {
    paper.article("harbour/mark", "A mark", mark);
    server.until("/articles/mark.rss", |answer| answer.has(mark));
}

fn seen(server: &Server, words: &[&str]) -> usize {
    let lines = server.running.err.lock().expect("lines");
    let all = |line: &&String| words.iter().all(|word| line.contains(word));
    lines.iter().filter(all).count()
}

/// A file that is written to every tenth of a second until the rest comes: how long a look takes is nothing to it.
struct Pieces {
    path: PathBuf,
    ends: Sender<()>,
    writer: JoinHandle<()>,
}

impl Pieces {
    /// Begins with `first`; `more` is added by `open`, which may keep the file open or not.
    fn of(path: PathBuf, first: &[u8], more: &'static [u8], is_closed: bool) -> Self {
        let mut file = File::create(&path).expect("a file");
        file.write_all(first).expect("written");
        let (ends, ended) = channel();
        let at = path.clone();
        let writer = spawn(move || {
            let mut open = Some(file).filter(|_| !is_closed);
            while ended.recv_timeout(Duration::from_millis(100)) == Err(RecvTimeoutError::Timeout) {
                let closed = || OpenOptions::new().append(true).open(&at).expect("a file");
                match &mut open {
                    Some(file) => file.write_all(more),
                    None => closed().write_all(more),
                }
                .expect("written");
            }
        });
        Self { path, ends, writer }
    }

    /// The last piece.
    fn end(self, rest: &str) {
        let path = self.stop();
        let mut file = OpenOptions::new().append(true).open(path).expect("a file");
        writeln!(file, "{rest}").expect("written");
    }

    /// Nothing more is written.
    fn stop(self) -> PathBuf {
        self.ends.send(()).expect("a writer");
        self.writer.join().expect("written");
        self.path
    }
}

fn kinds_of(paper: &Paper, path: &str) -> Vec<String> {
    let entries = paper.log().into_iter();
    let of = entries.filter(|entry| entry["after"] == path || entry["before"] == path);
    of.map(|entry| entry["kind"].as_str().expect("a kind").to_owned())
        .collect()
}

#[test]
fn a_pipe_in_the_place_of_any_file_stops_neither_the_look_nor_the_end() {
    let paper = Paper::new();
    let settings = paper.read("publication.toml");
    paper.article("harbour/mark", "A mark", "The first.");
    let logo = format!("logo = \"logo.png\"\n{settings}");
    let server = paper.start();
    pipe(&paper.path("publication.toml"));
    server.line(&["publication.toml: refused", "something else"]);
    look(&paper, &server, "Behind a pipe for the settings.");
    pipe(&paper.path("logo.png"));
    paper.write("publication.toml", logo);
    server.line(&["publication.toml:1: refused", "logo.png is not a"]);
    fs::create_dir_all(paper.path("city/pipe")).expect("a folder");
    pipe(&paper.path("city/pipe/article.md"));
    fs::create_dir_all(paper.path("city/folder/article.md")).expect("a folder");
    paper.write(
        "city/photo/article.md",
        HEAD.replace(
            "Z\n+++",
            "Z\n[[captions]]\ntext = \"x\"\nimage = \"photo.jpg\"\n+++",
        ),
    );
    pipe(&paper.path("city/photo/photo.jpg"));
    for words in [
        ["city/pipe/article.md: refused", "something else"],
        ["city/folder/article.md: refused", "something else"],
        ["city/photo/article.md:6: refused", "photo.jpg is not a"],
    ] {
        server.line(&words);
    }
    look(&paper, &server, "Behind pipes for everything.");
    assert_eq!(paper.check().status.code(), Some(1));
    assert_eq!(server.stop(), Some(0));
    // Neither does one stop the start, nor what comes behind it.
    pipe(&paper.path("publication.toml"));
    let server = paper.start();
    server.line(&["publication.toml: refused", "something else"]);
    look(&paper, &server, "After the start.");
    assert_eq!(server.stop(), Some(0));
    let checked = said(&paper.check());
    assert!(checked.contains("something else of that name"), "{checked}");
}

#[test]
fn a_paper_whose_settings_have_no_end_is_not_begun() {
    let paper = Paper::new();
    fs::remove_file(paper.path("publication.toml")).expect("removed");
    symlink("/dev/zero", paper.path("publication.toml")).expect("a link");
    let (code, said) = paper.starting().fail();
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("leads out of the folder"), "{said}");
    fs::remove_file(paper.path("publication.toml")).expect("removed");
    let sparse = File::create(paper.path("publication.toml")).expect("a file");
    sparse.set_len(10 << 30).expect("10 GiB of nothing");
    let (code, said) = paper.starting().fail();
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("10737418240 bytes"), "{said}");
}

#[test]
fn a_story_that_is_written_in_pieces_comes_out_whole() {
    let paper = Paper::new();
    let server = paper.start();
    look(&paper, &server, "Before.");
    fs::create_dir_all(paper.path("city/open")).expect("a folder");
    fs::create_dir_all(paper.path("city/closed")).expect("a folder");
    look(&paper, &server, "The folders are watched.");
    // One that stays open, and those that are closed in the middle: of a sentence, and of what comes before the text.
    let path = |slug: &str| paper.path(&format!("city/{slug}/article.md"));
    let whole = format!("{HEAD}The minister did.\n");
    let open = Pieces::of(path("open"), whole.as_bytes(), b"And he did.\n", false);
    let half = format!("{HEAD}The minister did");
    let closed = Pieces::of(path("closed"), half.as_bytes(), b" and did", true);
    fs::create_dir_all(paper.path("city/front")).expect("a folder");
    let head = b"+++\nheadline = \"Done\"\n";
    let front = Pieces::of(path("front"), head, b"# More comes.\n", true);
    look(&paper, &server, "Between the pieces.");
    for slug in ["open", "closed", "front"] {
        assert_eq!(
            server.get(&format!("/articles/{slug}")).status,
            404,
            "{slug}"
        );
    }
    assert!(
        !server.has_said(&["city/front"]),
        "{}",
        server.running.errors()
    );
    open.end("And did not resign.");
    closed.end(" not resign.");
    let rest = format!("{HEAD}The minister did not resign.\n");
    fs::write(front.stop(), rest).expect("written");
    for slug in ["open", "closed", "front"] {
        server.until(&format!("/articles/{slug}.rss"), |answer| {
            answer.has("not resign.")
        });
        let kinds = kinds_of(&paper, &format!("city/{slug}"));
        assert_eq!(kinds, ["publish"], "{slug}");
    }
}

#[test]
fn a_text_that_ends_in_the_middle_for_good_is_taken_with_a_warning() {
    let paper = Paper::new();
    paper.write("city/cut/article.md", format!("{HEAD}The minister did"));
    let server = paper.start();
    assert_eq!(server.get("/articles/cut").status, 404);
    server.until("/articles/cut.rss", |answer| answer.has("The minister did"));
    server.line(&["city/cut/article.md: mended", "save the file once more"]);
    // It was taken so: under another name it is the same, at once.
    fs::rename(paper.path("city/cut"), paper.path("city/named")).expect("renamed");
    server.until("/articles/named.rss", |answer| {
        answer.has("The minister did")
    });
    assert!(!kinds_of(&paper, "city/named").contains(&"withdraw".to_owned()));
}

#[test]
fn settings_and_photographs_that_are_written_in_pieces_close_nothing() {
    let paper = Paper::new();
    paper.article("harbour/mark", "A mark", "The first.");
    let settings = paper.read("publication.toml");
    let server = paper.start();
    let (half, _) = settings
        .split_once("[[sections]]\nslug = \"harbour\"")
        .expect("two sections");
    let half = Pieces::of(
        paper.path("publication.toml"),
        half.as_bytes(),
        b"# More comes.\n",
        true,
    );
    let picture = pictures::jpeg(640, 480);
    let (first, _) = picture.split_at(picture.len() / 2);
    fs::create_dir_all(paper.path("city/photo")).expect("a folder");
    let photo = Pieces::of(paper.path("city/photo/photo.jpg"), first, &[0; 16], true);
    // Its article is only copied when the first look is over.
    look(&paper, &server, "Beside the first pieces.");
    paper.write(
        "city/photo/article.md",
        HEAD.replace(
            "Z\n+++",
            "Z\n[[captions]]\ntext = \"x\"\nimage = \"photo.jpg\"\n+++",
        ),
    );
    look(&paper, &server, "Between the pieces.");
    assert_eq!(server.get("/sections/harbour.rss").status, 200);
    fs::write(half.stop(), settings.replace("Courier", "Mail")).expect("written");
    fs::write(photo.stop(), &picture).expect("written");
    server.until("/articles/photo.rss", |answer| answer.status == 200);
    server.until("/feed.rss", |answer| answer.has("The Mail"));
    assert!(
        !server.has_said(&["refused"]),
        "{}",
        server.running.errors()
    );
    assert_eq!(kinds_of(&paper, "city/photo"), ["publish"]);
}

#[test]
fn a_section_that_cannot_be_looked_at_stops_no_other_and_takes_nothing_back() {
    let paper = Paper::new();
    paper.article("city/kept", "Kept", "It stays.");
    paper.article("harbour/mark", "A mark", "The first.");
    let server = paper.start();
    let away = paper.dir.path().join("away");
    fs::rename(paper.path("city"), &away).expect("renamed");
    // Nobody, whatever he may do, can list what links to itself.
    symlink("city", paper.path("city")).expect("a ring");
    symlink("ring", paper.path("harbour/ring")).expect("a ring");
    server.line(&["city: refused: expected a readable folder"]);
    server.line(&["harbour/ring: refused: expected a readable folder"]);
    for number in 0..5 {
        // A whole look each.
        paper.write(&format!("notes-{number}.txt"), "A note.");
        look(&paper, &server, &format!("Beside it, {number}."));
    }
    assert_eq!(seen(&server, &["city: refused"]), 1);
    assert_eq!(server.get("/articles/kept").status, 200);
    assert_eq!(kinds_of(&paper, "city/kept"), ["publish"]);
    assert_eq!(server.operate("/readyz").status, 200);
    let checked = said(&paper.check());
    assert!(
        checked.contains("city: refused: expected a readable folder"),
        "{checked}"
    );
    fs::remove_file(paper.path("city")).expect("removed");
    fs::rename(&away, paper.path("city")).expect("back");
    server.line(&["city: in order again"]);
    assert_eq!(kinds_of(&paper, "city/kept"), ["publish"]);
}

#[test]
fn a_folder_without_its_rights_keeps_what_it_published() {
    let paper = Paper::new();
    paper.article("city/kept", "Kept", "It stays.");
    paper.article("harbour/mark", "A mark", "The first.");
    let server = Unprivileged::start(&paper);
    for (path, mode) in [
        ("city/kept/article.md", "000"),
        ("city/kept", "000"),
        ("city", "000"),
        ("city", "311"),
    ] {
        server.chmod(&paper, path, mode);
        server.line(&[path, "refused: expected a readable"]);
        for number in 0..3 {
            // A whole look each.
            paper.write(
                "notes.txt",
                format!("Note {number} beside {path} with {mode}."),
            );
            look(
                &paper,
                &server.server,
                &format!("Beside {path} with {mode}, {number}."),
            );
        }
        server.chmod(&paper, path, "755");
        server.line(&[path, "in order again"]);
        let mut lines = server.server.running.err.lock().expect("lines");
        let told = lines.iter().filter(|l| l.contains("refused")).count();
        assert_eq!(told, 1, "{path} {mode}: {lines:?}");
        lines.clear();
    }
    // A start beside one, too; all else gives events, and it does when it can be read.
    server.chmod(&paper, "city/kept", "000");
    assert_eq!(server.server.stop(), Some(0));
    let server = Unprivileged::start(&paper);
    server.line(&["city/kept", "refused: expected a readable"]);
    assert!(!server.server.has_said(&["no events"]));
    server.chmod(&paper, "city/kept", "755");
    server.line(&["city/kept", "in order again"]);
    paper.article("city/kept", "Kept", "It is followed again.");
    server
        .server
        .until("/articles/kept.rss", |answer| answer.has("followed again"));
    assert_eq!(kinds_of(&paper, "city/kept"), ["publish", "minor"]);
}

/// A server that may do no more than others, whoever runs the tests.
struct Unprivileged {
    server: Server,
}

impl Unprivileged {
    const NOBODY: &str = "65534";

    fn start(paper: &Paper) -> Self {
        if !rustix::process::geteuid().is_root() {
            return Self {
                server: paper.start(),
            };
        }
        fs::create_dir_all(paper.data()).expect("a folder");
        let mut owned = Command::new("chown");
        let owner = format!("{0}:{0}", Self::NOBODY);
        let status = owned.args(["-R", &owner, text(paper.dir.path())]).status();
        assert!(status.expect("chown").success());
        Self {
            server: paper.starting().run_by(Self::NOBODY).serve(),
        }
    }

    fn chmod(&self, paper: &Paper, path: &str, mode: &str) {
        let status = Command::new("chmod")
            .args([mode, text(&paper.path(path))])
            .status();
        assert!(status.expect("chmod").success());
    }

    fn line(&self, words: &[&str]) -> String {
        self.server.line(words)
    }
}

#[test]
fn names_steer_no_terminal() {
    let paper = Paper::new();
    let names: [&[u8]; 4] = [
        b"\x1b]0;owned\x07",
        b"a\nlog line",
        "\u{9b}2J\u{202e}".as_bytes(),
        b"\xff\xfe",
    ];
    for name in names {
        let name = std::ffi::OsString::from_vec(name.to_vec());
        let folder = paper.path("city").join(name);
        fs::create_dir_all(&folder).expect("a folder");
        fs::write(folder.join("article.md"), format!("{HEAD}Text.\n")).expect("a file");
    }
    let checked = paper.check();
    let steers = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
    let text = said(&checked);
    assert!(!text.chars().any(steers), "{text:?}");
    assert!(
        text.contains("\\u{1b}]0;owned") && text.contains("a\\nlog line"),
        "{text}"
    );
    for format in ["text", "json"] {
        let server = paper.starting().with(&["--log-format", format]).serve();
        server.line(&["city/a\\nlog line"]);
        wait("four complaints", || {
            (seen(&server, &["a folder name"]) == 4).then_some(())
        });
        let lines = server.running.errors();
        assert!(!lines.chars().any(steers), "{lines:?}");
        assert!(
            !lines.lines().any(|line| line.starts_with("log line")),
            "{lines}"
        );
    }
}

#[test]
fn complaints_are_told_in_bounds() {
    let paper = Paper::new();
    for number in 0..250 {
        paper.write(&format!("city/bad-{number}/article.md"), "no front matter");
    }
    let captions = "[[captions]]\nwrong = 1\n".repeat(300);
    paper.write(
        "city/captions/article.md",
        HEAD.replace("Z\n+++", &format!("Z\n{captions}+++")),
    );
    let long = "x".repeat(100_000);
    paper.write(
        "city/long/article.md",
        HEAD.replace("headline", &format!("\"{long}\"")),
    );
    let server = paper.start();
    let items = paper.items();
    let check = format!("run courant check --items {}", text(&items));
    // Of each kind a few, and how many there are.
    let more = server.line(&["and 247 more of this kind: expected", &check]);
    assert!(!more.contains("city/"), "{more}");
    server.line(&["city/long/article.md", "refused"]);
    let told = seen(&server, &["city/", "refused"]);
    assert!((5..20).contains(&told), "{}", server.running.errors());
    let lines = server.running.errors();
    assert!(lines.lines().all(|line| line.len() < 8_000));
    wait("all are counted", || {
        (server.metric("courant_refused_files") == Some(252.0)).then_some(())
    });
    paper.write("notes.txt", "A whole look.");
    look(&paper, &server, "Nothing is told again.");
    assert_eq!(seen(&server, &["city/", "refused"]), told);
    let page = server.operate("/").text();
    assert!(page.contains("more: run courant check"), "{page}");
}

#[test]
fn a_folder_that_is_away_is_told_once_and_by_readyz() {
    let paper = Paper::new();
    paper.article("city/kept", "Kept", "It stays.");
    let server = paper.start();
    look(&paper, &server, "Before.");
    assert_eq!(server.operate("/readyz").status, 200);
    let away = paper.dir.path().join("away");
    fs::rename(paper.items(), &away).expect("unmounted");
    let answer = wait("not ready", || {
        Some(server.operate("/readyz")).filter(|answer| answer.status == 503)
    });
    assert!(
        answer.has("the folder cannot be brought in"),
        "{}",
        answer.text()
    );
    // It is tried again, in silence.
    wait("three looks", || {
        server
            .metric("courant_troubles_total")
            .filter(|count| *count >= 3.0)
    });
    assert_eq!(seen(&server, &["could not be brought in"]), 1);
    fs::rename(&away, paper.items()).expect("mounted again");
    server.line(&["the folder is brought in again"]);
    wait("ready", || {
        (server.operate("/readyz").status == 200).then_some(())
    });
    assert_eq!(kinds_of(&paper, "city/kept"), ["publish"]);
}

#[test]
fn no_command_writes_through_a_link_out_of_the_folder() {
    let paper = Paper::new();
    let outside = paper.dir.path().join("outside");
    fs::create_dir_all(outside.join("section")).expect("a folder");
    fs::write(outside.join("secret"), "secret").expect("a file");
    paper.article("harbour/story", "A story", "Text.");
    symlink(outside.join("section"), paper.path("city")).expect("a link");
    for draft in [".courant.new", "article.courant-new"] {
        symlink(
            outside.join("secret"),
            paper.path("harbour/story").join(draft),
        )
        .expect("a link");
    }
    let page = paper.dir.path().join("page.txt");
    fs::write(
        &page,
        "A headline\n\nA text that is long enough to be a paragraph.\n",
    )
    .expect("a page");
    let items = paper.items();
    let imported = courant(&[
        "import",
        text(&page),
        "--section",
        "city",
        "--published",
        "2026-01-02",
        "--items",
        text(&items),
    ]);
    assert_eq!(imported.status.code(), Some(1), "{}", said(&imported));
    assert_eq!(
        fs::read_dir(outside.join("section"))
            .expect("a folder")
            .count(),
        0
    );
    courant(&["check", "--fix", "--items", text(&items)]);
    assert!(paper.read("harbour/story/article.md").contains("id = "));
    assert_eq!(
        fs::read_to_string(outside.join("secret")).expect("a file"),
        "secret"
    );
    fs::write(
        &page,
        "A headline\n\nAnother text that is long enough to be a paragraph.\n",
    )
    .expect("a page");
    symlink(
        outside.join("secret"),
        paper.path("harbour/story/.courant.new"),
    )
    .expect("a link");
    let replaced = courant(&[
        "import",
        text(&page),
        "--section",
        "harbour",
        "--slug",
        "story",
        "--replace",
        "--published",
        "2026-01-02",
        "--items",
        text(&items),
    ]);
    assert_eq!(replaced.status.code(), Some(0), "{}", said(&replaced));
    assert_eq!(
        fs::read_to_string(outside.join("secret")).expect("a file"),
        "secret"
    );
}
