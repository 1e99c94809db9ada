//! Stories that lie where nothing is looked for: each is named with the place to which it belongs, once.

use std::fs;

use crate::support::*;

const STORY: &str = "+++\nheadline = \"Done\"\npublished = 2026-01-02T03:04:05Z\n+++\nText.\n";

/// Where a story may be put by mistake, and what is said of it.
const PLACES: [(&str, &str); 11] = [
    (
        "my story.md",
        "my story.md: refused: expected stories in files section/slug/article.md; found no section; move it to \
         city/my-story/article.md (sections: city, harbour)",
    ),
    (
        "harbour/crane.md",
        "harbour/crane.md: refused: expected stories in files section/slug/article.md; found a file without a folder of \
         its own; move it to harbour/crane/article.md",
    ),
    (
        "tram/article.md",
        "tram/article.md: refused: expected stories in files section/slug/article.md; found no section; move the folder to \
         city/tram (sections: city, harbour)",
    ),
    (
        "city/2026/bridge/article.md",
        "city/2026/bridge/article.md: refused: expected stories in files section/slug/article.md; found a folder that lies \
         deeper, where nothing is looked for; move the folder to city/bridge",
    ),
    (
        "city/whole/inner/article.md",
        "city/whole/inner/article.md: refused: expected stories in files section/slug/article.md; found a folder that lies \
         deeper, where nothing is looked for; move the folder to city/inner",
    ),
    (
        "city/fog/story.md",
        "city/fog/story.md: refused: expected stories in files section/slug/article.md; found another name; move it to \
         city/fog/article.md",
    ),
    (
        "city/old.markdown",
        "city/old.markdown: not read: expected stories in files section/slug/article.md; found a file of a kind that is not \
         read (.markdown); rename it to city/old/article.md",
    ),
    (
        "city/whole/extra.md",
        "city/whole/extra.md: refused: expected stories in files section/slug/article.md; found a second one in its folder; \
         move it to city/extra/article.md",
    ),
    (
        "city/whole/older.mkd",
        "city/whole/older.mkd: not read: expected stories in files section/slug/article.md; found a file of a kind that is \
         not read (.mkd); rename it to city/older/article.md",
    ),
    (
        "page.txt",
        "courant import page.txt --section city makes a story of it",
    ),
    (
        "harbour/letter.docx",
        "save its text as Markdown in harbour/letter/article.md",
    ),
];

fn paper() -> Paper {
    let paper = Paper::new();
    paper.article("city/whole", "Whole", "Text.");
    for (place, _) in PLACES {
        paper.write(place, STORY);
    }
    // Of these nothing is said.
    for place in [
        "README.md",
        "harbour/LICENSE.txt",
        "logo.svg",
        "city/whole/notes.txt",
        "city/whole/README.md",
    ] {
        paper.write(place, "Text.");
    }
    paper
}

#[test]
fn check_names_each_with_its_place() {
    let paper = paper();
    let output = paper.check();
    let told = said(&output);
    for (place, line) in PLACES {
        assert!(told.contains(line), "{place}: {told}");
    }
    // One folder has no article's file, either.
    assert!(
        told.contains("complaints: 8 refused, 0 mended, 4 not read"),
        "{told}"
    );
    for quiet in ["README", "LICENSE", "logo", "notes"] {
        assert!(!told.contains(quiet), "{quiet}: {told}");
    }
    let clean = Paper::new();
    clean.write("letter.docx", "Text.");
    let told = said(&clean.check());
    assert!(told.contains("0 refused, 0 mended, 1 not read"), "{told}");
}

#[test]
fn the_server_names_each_once_and_again_never() {
    let paper = paper();
    let server = paper.start();
    let look = |mark: &str| {
        paper.write("harbour/mark/article.md", STORY.replace("Text.", mark));
        // A change beside the sections has everything looked at.
        paper.write("mark.png", mark);
        server.until("/articles/mark.rss", |answer| answer.has(mark));
    };
    for (_, line) in PLACES {
        server.line(&[line]);
    }
    assert_eq!(server.get("/articles/whole").status, 200);
    look("One.");
    look("Two.");
    let lines = server.running.errors();
    for (place, line) in PLACES {
        assert_eq!(lines.matches(line).count(), 1, "{place}: {lines}");
    }
    // It is where it belongs, and served.
    fs::create_dir(paper.path("harbour/crane")).unwrap();
    fs::rename(
        paper.path("harbour/crane.md"),
        paper.path("harbour/crane/article.md"),
    )
    .unwrap();
    server.until("/articles/crane", |answer| answer.status == 200);
    // What comes later is named, too.
    paper.write("city/late.md", STORY);
    server.line(&["city/late.md: refused"]);
}

#[test]
fn very_many_are_told_in_bounds() {
    let paper = Paper::new();
    for number in 0..350 {
        paper.write(&format!("page-{number}.txt"), "Text.");
    }
    let told = said(&paper.check());
    assert!(
        told.contains("found 50 more files that are not read"),
        "{told}"
    );
    assert_eq!(told.matches("courant import").count(), 300);
}
