//! The lists of tags and of authors, and what the paper says of an author.

use serde_json::{Value, json};

use crate::support::writer::{Writer, token};
use crate::support::{Answer, Paper, courant, pictures, said, text};

/// A story with keys of its own.
fn story(paper: &Paper, slug: &str, keys: &str) {
    paper.write(
        &format!("city/{slug}/article.md"),
        format!(
            "+++\nheadline = \"Story {slug}\"\npublished = 2026-11-20T09:00:00Z\n{keys}+++\nA text.\n"
        ),
    );
}

#[track_caller]
fn assert_has(page: &Answer, all: &[&str]) {
    for words in all {
        assert!(page.has(words), "{words}: {}", page.text());
    }
}

/// The paths that the names on a page lead to, in their order.
fn listed(page: &Answer, folder: &str) -> Vec<String> {
    let text = page.text();
    let (_, rest) = text.split_once("<ul class=\"names\">").expect("a list");
    let (list, _) = rest.split_once("</ul>").expect("its end");
    let before = format!("href=\"/{folder}/");
    let links = list.split(&before).skip(1);
    links
        .map(|link| link.split('"').next().unwrap_or_default().to_owned())
        .collect()
}

#[test]
fn all_tags_and_authors_are_listed_in_the_order_of_their_letters() {
    let paper = Paper::new();
    story(
        &paper,
        "one",
        "authors = [\"Zoë Lind\", \"孙杰\"]\ntags = [\"trams\", \"Écoles\", \"港口\"]\n",
    );
    story(
        &paper,
        "two",
        "authors = [\"Ann Lind\"]\ntags = [\"boats\"]\n[[captions]]\ntext = \"A boat.\"\ncredit = \"Maeve Corrigan\"\n",
    );
    let server = paper.start();
    let tags = server.get("/tags");
    assert_has(&tags, &["<h1>All tags</h1>", "<bdi>Écoles</bdi>"]);
    assert_eq!(
        listed(&tags, "tags"),
        ["boats", "ecoles", "gang-kou", "trams"]
    );
    let authors = server.get("/authors");
    assert_has(&authors, &["<h1>All authors</h1>", "<bdi>孙杰</bdi>"]);
    // Photographers whom credits name have pages, too.
    assert_eq!(
        listed(&authors, "authors"),
        ["ann-lind", "maeve-corrigan", "sun-jie", "zoe-lind"]
    );
    for path in listed(&authors, "authors") {
        let page = server.get(&format!("/authors/{path}"));
        assert_has(&page, &["<a href=\"/authors\">All authors</a>"]);
    }
    assert_has(
        &server.get("/tags/boats"),
        &["<a href=\"/tags\">All tags</a>"],
    );
    for (page, current) in [("/sections", "/sections"), ("/tags", "/tags"), ("/", "")] {
        let page = server.get(page);
        assert_has(
            &page,
            &["href=\"/tags\"", "href=\"/authors\"", "href=\"/days\""],
        );
        let mark = format!("href=\"{current}\" aria-current=\"page\"");
        assert!(current.is_empty() || page.has(&mark), "{}", page.text());
    }
    assert_has(
        &server.get("/sitemap-pages.xml"),
        &["/tags</loc>", "/authors</loc>"],
    );
    // One page has room for all.
    for nothing in [
        "/tags/pages/1",
        "/tags/pages/2",
        "/tags/pages/02",
        "/tags/pages",
    ] {
        assert_eq!(server.get(nothing).status, 404, "{nothing}");
    }
    assert!(!tags.has("class=\"pages\""));
}

#[test]
fn a_paper_without_names_says_so() {
    let paper = Paper::new();
    paper.edit(
        "publication.toml",
        "language = \"en\"",
        "language = \"zh-Hant\"",
    );
    let server = paper.start();
    for (path, heading) in [("/tags", "全部標籤"), ("/authors", "全部作者")] {
        let page = server.get(path);
        assert_eq!(page.status, 200);
        assert_has(&page, &[heading, "暫無內容。"]);
    }
}

#[test]
fn a_list_moves_when_a_name_comes_or_goes_and_only_then() {
    let paper = Paper::new();
    story(
        &paper,
        "one",
        "authors = [\"Ann Lind\"]\ntags = [\"boats\"]\n",
    );
    let server = paper.start();
    let token = token(&paper, "newsdesk", "desk");
    let desk = Writer::new(&server, &token);
    let both = || (server.dated("/tags"), server.dated("/authors"));
    let same = |was: &(Answer, Answer), is: &(Answer, Answer)| {
        let said = |page: &Answer| {
            let date = page.header("last-modified").map(str::to_owned);
            (page.etag().to_owned(), date)
        };
        (said(&was.0) == said(&is.0), said(&was.1) == said(&is.1))
    };
    let write = |slug: &str, keys: Value| {
        let mut said = json!({"section": "city", "slug": slug, "headline": slug, "body": "A text.",
            "published": "2026-11-20T09:00:00Z"});
        let own = said.as_object_mut().expect("an object");
        own.extend(keys.as_object().expect("an object").clone());
        desk.post("/api/v1/articles", &said).expect(201)
    };
    let first = both();
    // A second story of the same names.
    write("two", json!({"authors": ["Ann Lind"], "tags": ["boats"]}));
    assert_eq!(same(&first, &both()), (true, true));
    // A new tag, and then a photographer.
    let made = write(
        "three",
        json!({"authors": ["Ann Lind"], "tags": ["boats", "trams"]}),
    );
    let second = both();
    assert_eq!(same(&first, &second), (false, true));
    write(
        "four",
        json!({"captions": [{"text": "A boat.", "credit": "Maeve Corrigan"}]}),
    );
    let third = both();
    assert_eq!(same(&second, &third), (true, false));
    assert_eq!(listed(&third.1, "authors"), ["ann-lind", "maeve-corrigan"]);
    // What is withheld has no names.
    desk.post(&format!("{}/withhold", made.path()), &json!({}))
        .expect(200);
    let fourth = both();
    assert_eq!(same(&third, &fourth), (false, true));
    assert_eq!(listed(&fourth.0, "tags"), ["boats"]);
    assert_eq!(server.get("/tags/trams").status, 404);
    desk.post(&format!("{}/kill", made.path()), &json!({}))
        .expect(200);
    assert_eq!(same(&fourth, &both()), (true, true));
}

#[test]
fn very_many_names_stand_on_several_pages() {
    let paper = Paper::new();
    for number in 0..12 {
        let tags = (0..90).map(|of| format!("\"Tag {:04}\"", number * 90 + of));
        let tags = tags.collect::<Vec<_>>().join(", ");
        story(
            &paper,
            &format!("story-{number}"),
            &format!("tags = [{tags}]\n"),
        );
    }
    let server = paper.start();
    let mut all = Vec::new();
    for (path, number) in [
        ("/tags", 500),
        ("/tags/pages/2", 500),
        ("/tags/pages/3", 80),
    ] {
        let page = server.get(path);
        let found = listed(&page, "tags");
        assert_eq!(found.len(), number, "{path}");
        all.extend(found);
        assert_has(
            &page,
            &[
                "<bdi>Tag 0000</bdi> …",
                "<bdi>Tag 0500</bdi> …",
                "<bdi>Tag 1000</bdi> …",
                &format!("href=\"{path}\""),
            ],
        );
    }
    assert_eq!(all.first().map(String::as_str), Some("tag-0000"));
    assert!(all.is_sorted() && all.len() == 1080);
    assert_has(
        &server.get("/tags/pages/2"),
        &[
            "<a href=\"/tags\" rel=\"prev\">",
            "<a href=\"/tags/pages/3\" rel=\"next\">",
            "<a href=\"/tags/pages/2\" aria-current=\"page\">",
        ],
    );
    assert_eq!(server.get("/tags/pages/4").status, 404);
}

/// A paper that says something of one of its two authors.
fn described() -> Paper {
    let paper = Paper::new();
    story(
        &paper,
        "one",
        "authors = [\"Ann Lind\"]\ntags = [\"boats\"]\n",
    );
    story(&paper, "two", "authors = [\"Bo Berg\"]\n");
    paper.write("ann.jpg", pictures::jpeg(400, 500));
    let settings = paper.read("publication.toml");
    paper.write(
        "publication.toml",
        format!(
            "{settings}\n[[authors]]\nname = \"Ann Lind\"\npicture = \"ann.jpg\"\ndescription = \"Writes of <boats>.\"\n\
             links = [\"https://elsewhere.example/@ann\", \"mailto:ann@paper.example\"]\n"
        ),
    );
    paper
}

/// The JSON-LD of a page.
fn linked(page: &Answer) -> Option<Value> {
    let text = page.text();
    let (_, rest) = text.split_once("<script type=\"application/ld+json\">")?;
    let (said, _) = rest.split_once("</script>")?;
    serde_json::from_str(said).ok()
}

#[test]
fn an_authors_page_says_who_it_is() {
    let paper = described();
    let server = paper.start();
    let page = server.get("/authors/ann-lind");
    let text = page.text();
    let (_, rest) = text
        .split_once("<img class=\"u-photo\" src=\"")
        .expect("a picture");
    let (picture, rest) = rest.split_once('"').expect("its end");
    assert!(
        rest.starts_with(" alt=\"Ann Lind\" width=\"400\" height=\"500\">"),
        "{rest}"
    );
    assert_has(
        &page,
        &[
            "<p class=\"p-note\">Writes of &lt;boats&gt;.</p>",
            "<a class=\"u-url\" href=\"https://elsewhere.example/@ann\" rel=\"me\" dir=\"ltr\">elsewhere.example/@ann</a>",
            "<a class=\"u-email\" href=\"mailto:ann@paper.example\" rel=\"me\" dir=\"ltr\">ann@paper.example</a>",
            "<meta property=\"og:type\" content=\"profile\">",
            "<meta name=\"twitter:card\" content=\"summary\">",
            &format!("<meta property=\"og:image\" content=\"{picture}\">"),
            ">Story one<",
        ],
    );
    let said = linked(&page).expect("JSON-LD");
    let person = &said["mainEntity"];
    assert_eq!(said["@type"], "ProfilePage");
    assert_eq!(
        (&person["@type"], &person["name"], &person["description"]),
        (
            &json!("Person"),
            &json!("Ann Lind"),
            &json!("Writes of <boats>.")
        )
    );
    assert_eq!(person["sameAs"], json!(["https://elsewhere.example/@ann"]));
    assert_eq!(person["email"], "mailto:ann@paper.example");
    assert_eq!(person["image"], picture);
    let path = &picture[picture.find("/media/").expect("a path")..];
    assert_eq!(server.get(path).status, 200);
    // Of whom nothing is said, nothing stands there.
    let other = server.get("/authors/bo-berg");
    assert!(!other.has("class=\"profile\"") && linked(&other).is_none());
    // Articles name their authors as before.
    assert!(!server.get("/articles/one").has("elsewhere.example"));
}

#[test]
fn an_authors_picture_is_exported_with_the_paper() {
    let paper = described();
    paper.start().stop();
    let into = tempfile::tempdir().unwrap();
    let folder = into.path().join("out");
    let data = paper.data();
    let exported = courant(&["export", text(&folder), "--data", text(&data)]);
    assert!(exported.status.success(), "{}", said(&exported));
    assert!(folder.join("ann.jpg").is_file());
    let checked = courant(&["check", "--items", text(&folder)]);
    assert!(checked.status.success(), "{}", said(&checked));
}

#[test]
fn what_is_said_of_an_author_moves_that_page_alone() {
    let paper = described();
    let server = paper.start();
    let others = [
        "/authors/bo-berg",
        "/authors/ann-lind.atom",
        "/authors",
        "/tags",
        "/articles/one",
        "/sections/city",
        "/",
        "/feed.rss",
        "/feeds.opml",
    ];
    let told = |path: &str| {
        let page = server.dated(path);
        (
            page.etag().to_owned(),
            page.header("last-modified").map(str::to_owned),
        )
    };
    let (own, before) = (told("/authors/ann-lind"), others.map(told));
    let text = server.get("/authors/ann-lind").text();
    let (_, rest) = text.split_once("u-photo\" src=\"").expect("a picture");
    let picture = rest.split('"').next().expect("its end");
    let picture = picture[picture.find("/media/").expect("a path")..].to_owned();
    paper.edit("publication.toml", "Writes of <boats>.", "Writes of trams.");
    server.until("/authors/ann-lind", |page| page.has("Writes of trams."));
    assert_ne!(told("/authors/ann-lind"), own);
    assert_eq!(others.map(told), before);
    // Nothing is said of anybody any more, and the picture is gone with it.
    let settings = paper.read("publication.toml");
    let (settings, _) = settings.split_once("[[authors]]").expect("the table");
    paper.write("publication.toml", settings);
    server.until("/authors/ann-lind", |page| !page.has("class=\"profile\""));
    assert_eq!(others.map(told), before);
    assert_eq!(server.get(&picture).status, 404);
}
