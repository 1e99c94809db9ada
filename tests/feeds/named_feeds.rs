//! Named queries (`[[feeds]]` in `publication.toml`): what they take, and that they move with nothing else.

use crate::support::{Paper, changed, courant, said, text};

/// The sample paper with more in its settings.
fn with(feeds: &str) -> Paper {
    let paper = Paper::copy_of("tests/data/sample");
    let settings = format!("{}\n{feeds}", paper.read("publication.toml"));
    paper.write("publication.toml", settings);
    paper
}

fn titles(json: &str) -> Vec<String> {
    let document: serde_json::Value = serde_json::from_str(json).unwrap();
    let items = document["items"].as_array().unwrap();
    items
        .iter()
        .map(|item| item["title"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_query_takes_what_it_asks_for_and_nothing_that_it_keeps_out() {
    let paper = with(
        "[[feeds]]\nname = \"waterfront\"\ntitle = \"Waterfront\"\nsections = [\"harbour\", \"city\"]\n\
         [feeds.exclude]\nsections = [\"city\"]\n\n\
         [[feeds]]\nname = \"pictures\"\ntitle = \"Pictures\"\nkinds = [\"captions\"]\nsections = [\"harbour\"]\n\n\
         [[feeds]]\nname = \"chinese\"\ntitle = \"中文\"\nlanguages = [\"zh\"]\nkinds = [\"articles\", \"captions\"]\n\n\
         [[feeds]]\nname = \"short\"\ntitle = \"Short\"\nwindow = 1\nformats = [\"json\"]\n",
    );
    let server = paper.start();
    let section = titles(&server.get("/sections/harbour.json").text());
    assert!(section.len() > 3);
    assert_eq!(
        titles(&server.get("/feeds/waterfront.json").text()),
        section
    );
    let pictures = server.get("/feeds/pictures.json").text();
    let all_pictures = titles(&server.get("/captions.json").text());
    let mine = titles(&pictures);
    assert!(!mine.is_empty() && mine.len() < all_pictures.len());
    assert!(mine.iter().all(|title| all_pictures.contains(title)));
    let chinese = titles(&server.get("/feeds/chinese.json").text());
    for title in titles(&server.get("/sections/zh.json").text()) {
        assert!(chinese.contains(&title), "{title}");
    }
    assert!(chinese.len() < titles(&server.get("/feed.json").text()).len() + all_pictures.len());
    // The page, the title and the list of feeds know it, too.
    assert!(server.get("/feeds/waterfront.atom").has("Waterfront – "));
    assert_eq!(server.get("/feeds/waterfront").status, 200);
    assert!(server.get("/").has("/feeds/waterfront"));
    let opml = server.get("/feeds.opml").text();
    assert!(opml.contains("/feeds/waterfront.rss") && opml.contains("/feeds/short.json"));
    // Only the formats that were asked for.
    assert_eq!(server.get("/feeds/short.json").status, 200);
    assert_eq!(server.get("/feeds/short.rss").status, 404);
    assert!(!server.get("/feeds/short").has("/feeds/short.rss"));
    assert_eq!(server.get("/feeds/unknown.rss").status, 404);
}

#[test]
fn a_query_moves_with_what_it_takes_and_with_nothing_else() {
    let paper = with(
        "[[feeds]]\nname = \"harbour-news\"\ntitle = \"Harbour news\"\nsections = [\"harbour\"]\n",
    );
    let server = paper.start();
    let before = server.snapshot("/feeds/harbour-news.atom");
    let other = server.snapshot("/sections/city.atom");
    let add = |path: &str| {
        let text = paper.read(path);
        paper.write(path, format!("{text}\nOne more line.\n"));
    };
    add("city/tram-line-four/article.md");
    server.until("/sections/city.atom", |it| it.etag() != other.etag);
    assert_eq!(server.snapshot("/feeds/harbour-news.atom"), before);
    add("harbour/three-days-of-fog/article.md");
    server.until("/feeds/harbour-news.atom", |it| it.etag() != before.etag);
}

#[test]
fn a_query_that_changes_takes_other_items_at_once_and_one_that_goes_answers_404() {
    let paper = with("[[feeds]]\nname = \"mine\"\ntitle = \"Mine\"\nsections = [\"harbour\"]\n");
    let server = paper.start();
    let city = titles(&server.get("/sections/city.json").text());
    let untouched = server.snapshot("/sections/harbour.rss");
    let settings = paper.read("publication.toml");
    let changed = settings.replace("sections = [\"harbour\"]\n", "sections = [\"city\"]\n");
    assert_ne!(changed, settings);
    paper.write("publication.toml", &changed);
    server.until("/feeds/mine.json", |answer| titles(&answer.text()) == city);
    assert_eq!(server.snapshot("/sections/harbour.rss"), untouched);
    let (without, _) = changed.split_once("[[feeds]]").unwrap();
    paper.write("publication.toml", without);
    server.until("/feeds/mine.json", |answer| answer.status == 404);
    server.until("/feeds.opml", |answer| !answer.has("/feeds/mine"));
}

#[test]
fn a_feed_that_is_retired_names_its_successor_until_it_comes_back() {
    let mine = "[[feeds]]\nname = \"mine\"\ntitle = \"Mine\"\nsections = [\"harbour\"]\n";
    let paper = with(mine);
    let server = paper.start();
    assert_eq!(server.get("/feeds/mine.rss").status, 200);
    let settings = paper.read("publication.toml");
    let retired = |successor: &str| {
        let table = format!("[[retired]]\nfeed = \"mine\"\n{successor}");
        paper.write("publication.toml", settings.replace(mine, &table));
    };
    retired("");
    let ended = server.until("/feeds/mine.rss", |answer| answer.status == 410);
    assert_eq!(ended.text(), "This feed has ended.\n");
    retired("successor = \"https://courier.example.org/feed.rss\"\n");
    server.until("/feeds/mine.json", |answer| {
        answer.status == 410 && answer.has("https://courier.example.org/feed.rss")
    });
    paper.write("publication.toml", &settings);
    server.until("/feeds/mine.rss", |answer| answer.status == 200);
}

#[test]
fn a_feed_whose_end_has_come_says_it_once() {
    let far = "2098-12-31T23:00:00Z";
    let paper = with(&format!(
        "[[feeds]]\nname = \"mine\"\ntitle = \"Mine\"\nsections = [\"harbour\"]\nsunset = {far}\n"
    ));
    let server = paper.start();
    let before = server.feeds();
    let live = server.get("/feeds/mine.json");
    assert!(live.header("sunset").is_some());
    assert!(!live.has("\"expired\""));
    let end = chrono::Utc::now() + chrono::TimeDelta::milliseconds(1500);
    let end = end.to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
    paper.edit("publication.toml", far, &end);
    let ended = server.until("/feeds/mine.json", |answer| answer.has("\"expired\":true"));
    assert!(ended.header("sunset").is_some());
    let moved = changed(&before, &server.feeds());
    assert!(!moved.is_empty());
    assert!(
        moved.iter().all(|path| path.starts_with("/feeds/mine.")),
        "{moved:?}"
    );
    let last = paper.last();
    assert_eq!(paper.log_after(last - 1)[0]["kind"], "settings");
    // Once said, it is said for good.
    let settings = paper.read("publication.toml");
    paper.write("publication.toml", format!("{settings}\n"));
    paper.article("city/next", "Next", "Text.");
    server.until("/articles/next.rss", |answer| answer.status == 200);
    let later: Vec<_> = paper
        .log_after(last)
        .iter()
        .map(|entry| entry["kind"].clone())
        .collect();
    assert_eq!(later, ["publish"]);
    assert_eq!(server.get("/feeds/mine.json").etag(), ended.etag());
}

#[test]
fn the_end_of_a_section_is_told_by_its_own_feeds_alone() {
    let paper = Paper::copy_of("tests/data/sample");
    let server = paper.start();
    let before = server.feeds();
    let lists = ["/feeds.opml", "/"].map(|path| server.dated(path));
    paper.edit(
        "publication.toml",
        "slug = \"harbour\"",
        "slug = \"harbour\"\nsunset = 2098-12-31T23:00:00+01:00",
    );
    server.until("/sections/harbour.rss", |answer| {
        answer.header("sunset").is_some()
    });
    let moved = changed(&before, &server.feeds());
    assert!(
        moved
            .iter()
            .all(|path| path.starts_with("/sections/harbour")),
        "{moved:?}"
    );
    for (path, was) in ["/feeds.opml", "/"].into_iter().zip(lists) {
        let is = server.get(path);
        assert_eq!(
            is.header("last-modified"),
            was.header("last-modified"),
            "{path}"
        );
    }
}

#[test]
fn what_is_wrong_with_an_end_is_said() {
    let paper = with(
        "[[feeds]]\nname = \"mine\"\ntitle = \"Mine\"\nsunset = 0001-01-01T00:00:00Z\n\n\
         [[retired]]\nfeed = \"mine\"\n\n[[retired]]\nsection = \"a\"\nfeed = \"b\"\n\n[[retired]]\nuntil = 1\n\n\
         [[retired]]\nfeed = \"c\"\nsuccessor = \"/feed.rss\"\n",
    );
    let output = courant(&["check", "--items", text(&paper.items())]);
    assert_eq!(output.status.code(), Some(1));
    let said = said(&output);
    for expected in [
        "sunset to be a moment of the years 1970 to 9999",
        "found \"mine\"; name one feed, and remove its [[sections]] or [[feeds]]",
        "found both",
        "found neither",
        "successor to be the whole address of a feed, such as https://paper.example/feed.rss; found \"/feed.rss\"",
    ] {
        let one_line = said.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(one_line.contains(expected), "{expected} in:\n{said}");
    }
}

#[test]
fn what_is_wrong_with_a_query_is_said() {
    let paper = with(
        "[[feeds]]\nname = \"A Feed\"\ntitle = \"x\"\nsections = [\"harbor\"]\nkinds = [\"stories\"]\n\
         formats = [\"xml\"]\nwindow = 0\n[feeds.exclude]\ntag = [\"a\"]\n",
    );
    let output = courant(&["check", "--items", text(&paper.items())]);
    assert_eq!(output.status.code(), Some(1));
    let said = said(&output);
    for expected in [
        "a name of a-z, 0-9 and -",
        "a section of this publication: harbour, city",
        "kinds to name articles, captions or both",
        "formats to name rss, atom, json",
        "window to be a whole number from 1 to 500",
        "did you mean tags?",
    ] {
        assert!(said.contains(expected), "{expected} in:\n{said}");
    }
}
