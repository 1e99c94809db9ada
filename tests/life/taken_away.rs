//! What is killed, withheld, withdrawn or retracted is told nowhere: a walk through all that the site leads to, and readers
//! of every kind, have no word of it but what the README allows.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use chrono::{DateTime, FixedOffset, SecondsFormat, TimeDelta, Utc};
use roxmltree::Document;
use serde_json::{Value, json};

use crate::support::pictures;
use crate::support::writer::{Said, Writer, token};
use crate::support::{Answer, Paper, Server, courant, is_feed, said, text};

/// A word of each thing that the story says or is called.
const WORDS: [&str; 24] = [
    "zaqheadline",
    "zaqkicker",
    "zaqdeck",
    "zaqdateline",
    "zaqbody",
    "zaqheading",
    "zaqtag",
    "zaqauthor",
    "zaqsource",
    "zaqrights",
    "zaqpublic",
    "zaqcaption",
    "zaqalt",
    "zaqcredit",
    "zaqorigin",
    "zaqcopyright",
    "zaqterms",
    "zaqmended",
    "zaqsecondslug",
    "zaqattached",
    "zaqplayer",
    "zaqfile",
    "zaqfirstslug",
    "zaqnote",
];

/// Said to nobody at any time: the desk's remark, and an address that only leads on.
const NEVER_TOLD: [&str; 2] = ["zaqfirstslug", "zaqnote"];

/// What readers know the story by, which its stub has to have.
const GUID: &str = "tag:old.example,2024:zaqguid";

const REASON: &str = "The interview never took place.";

/// The feeds that have the story, but those of its tag and its author.
const FEEDS: [&str; 4] = ["/feed", "/sections/city", "/captions", "/feeds/waterfront"];

const NAMES: [&str; 2] = ["/tags/zaqtag", "/authors/zaqauthor"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Killed,
    Forbidden,
    Withheld,
    Deleted,
    /// The folder of its file is gone.
    Unfiled,
    Retracted,
}

impl Way {
    fn is_kill(self) -> bool {
        matches!(self, Self::Killed | Self::Forbidden)
    }

    /// What the address of its page answers.
    fn status(self) -> u16 {
        match self {
            Self::Killed | Self::Deleted | Self::Unfiled => 410,
            Self::Forbidden => 451,
            Self::Withheld => 404,
            Self::Retracted => 200,
        }
    }

    /// Words that are told all the same.
    fn allowed(self) -> &'static [&'static str] {
        match self {
            Self::Retracted => &["zaqheadline", "zaqsecondslug"],
            _ => &[],
        }
    }
}

/// A paper with the story that is taken away, enough others to close a segment of its archives, and a named feed.
struct Site {
    paper: Paper,
    server: Server,
    token: String,
    id: String,
    captions: Vec<String>,
}

fn paper() -> Paper {
    let paper = Paper::new();
    let feeds = "\n[[feeds]]\nname = \"waterfront\"\ntitle = \"Waterfront\"\nsections = [\"city\"]\n\
         kinds = [\"articles\", \"captions\"]\n";
    let settings = paper.read("publication.toml") + feeds;
    paper.write("publication.toml", settings);
    for number in 0..24 {
        paper.article(
            &format!("city/other-{number}"),
            &format!("Other {number}"),
            "Text.",
        );
    }
    paper
}

fn published() -> String {
    let moment = Utc::now() - TimeDelta::hours(2);
    moment.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// The story as JSON; `image` is the name of its photograph.
fn story(image: &Value) -> Value {
    json!({
        "section": "city", "slug": "zaqfirstslug", "guid": GUID, "headline": "Zaqheadline", "kicker": "Zaqkicker",
        "deck": "Zaqdeck", "dateline": "Zaqdateline", "published": published(),
        "body": "Zaqbody.\n\n## Zaqheading\n\nMore of zaqbody.\n", "tags": ["Zaqtag"], "authors": ["Zaqauthor"],
        "source": "Zaqsource", "rights": "Zaqrights", "note": "Zaqnote",
        "captions": [
            {"text": "Zaqcaption", "alt": "Zaqalt", "credit": "Zaqcredit", "source": "Zaqorigin",
             "copyright": "Zaqcopyright", "usage_terms": "Zaqterms", "image": image},
            {"text": "Zaqcaption without a picture"}],
        "attachments": [{"url": "https://cdn.example/zaqfile.mp3", "type": "audio/mpeg", "bytes": 4096,
            "title": "Zaqattached", "seconds": 61, "credit": "Zaqplayer"}],
    })
}

/// The same as a file.
fn filed() -> String {
    format!(
        "+++\nguid = \"{GUID}\"\nheadline = \"Zaqheadline\"\nkicker = \"Zaqkicker\"\ndeck = \"Zaqdeck\"\n\
         dateline = \"Zaqdateline\"\npublished = {}\ntags = [\"Zaqtag\"]\nauthors = [\"Zaqauthor\"]\n\
         source = \"Zaqsource\"\nrights = \"Zaqrights\"\nnote = \"Zaqnote\"\npublic_note = \"Zaqpublic.\"\n\n\
         [[captions]]\ntext = \"Zaqcaption\"\nalt = \"Zaqalt\"\ncredit = \"Zaqcredit\"\nsource = \"Zaqorigin\"\n\
         copyright = \"Zaqcopyright\"\nusage_terms = \"Zaqterms\"\npublic_note = \"Zaqmended.\"\n\
         image = \"zaqpicture.png\"\n\n[[captions]]\ntext = \"Zaqcaption without a picture\"\n\n\
         [[attachments]]\nurl = \"https://cdn.example/zaqfile.mp3\"\ntype = \"audio/mpeg\"\nbytes = 4096\n\
         title = \"Zaqattached\"\nseconds = 61\ncredit = \"Zaqplayer\"\n+++\nZaqbody.\n\n## Zaqheading\n\nMore of \
         zaqbody.\n",
        published()
    )
}

fn bare(id: &Value) -> String {
    id.as_str().unwrap().replace("urn:uuid:", "")
}

impl Site {
    /// The story comes under its first slug, and is then mended under its second.
    fn begin(way: Way) -> Self {
        let paper = paper();
        if way == Way::Unfiled {
            paper.write("city/zaqfirstslug/article.md", filed());
            paper.write("city/zaqfirstslug/zaqpicture.png", pictures::png(1300, 40));
        }
        let server = paper.start();
        let token = token(&paper, "newsdesk", "desk");
        let desk = Writer::new(&server, &token);
        if way == Way::Unfiled {
            server.until("/articles/zaqfirstslug", |page| page.status == 200);
            fs::rename(
                paper.path("city/zaqfirstslug"),
                paper.path("city/zaqsecondslug"),
            )
            .unwrap();
        } else {
            let headers = [("Content-Type", "image/png"), ("Slug", "zaqpicture")];
            let picture = pictures::png(1300, 40);
            let upload = desk
                .send("POST", "/api/v1/photographs", &headers, &picture)
                .expect(201);
            let made = desk
                .post("/api/v1/articles", &story(&upload.body["name"]))
                .expect(201);
            let mut known = made.body.clone();
            known.as_object_mut().unwrap().remove("state");
            known["slug"] = json!("zaqsecondslug");
            known["public_note"] = json!("Zaqpublic.");
            known["captions"][0]["public_note"] = json!("Zaqmended.");
            desk.change("PUT", &made.path(), made.etag(), &known)
                .expect(200);
        }
        server.until("/articles/zaqsecondslug", |page| page.status == 200);
        let list = desk.get("/api/v1/articles?limit=1").expect(200);
        let own = &list.body["articles"][0];
        let captions = own["captions"].as_array().unwrap().iter();
        Self {
            id: bare(&own["id"]),
            captions: captions.map(|caption| bare(&caption["id"])).collect(),
            paper,
            token,
            server,
        }
    }

    fn take_away(&self, way: Way) {
        let desk = Writer::new(&self.server, &self.token);
        let path = format!("/api/v1/articles/{}", self.id);
        let known = desk.get(&path).expect(200);
        match way {
            Way::Killed => self.decide(&desk, "kill", &json!({})),
            Way::Forbidden => self.decide(&desk, "kill", &json!({"legal": true})),
            Way::Withheld => self.decide(&desk, "withhold", &json!({})),
            Way::Retracted => {
                let note = json!({"public_note": REASON});
                let path = format!("{path}/retract");
                desk.change("POST", &path, known.etag(), &note).expect(200);
            }
            Way::Deleted => {
                let seen = [("If-Match", known.etag())];
                desk.send("DELETE", &path, &seen, b"").expect(200);
            }
            Way::Unfiled => {
                self.paper.remove("city/zaqsecondslug");
                let gone = |page: &Answer| page.status == way.status();
                self.server.until("/articles/zaqsecondslug", gone);
            }
        }
    }

    fn decide(&self, desk: &Writer<'_>, decision: &str, body: &Value) {
        desk.post(&format!("/api/v1/articles/{}/{decision}", self.id), body)
            .expect(200);
    }

    /// What no document may lead to, but somebody may know.
    fn known(&self) -> BTreeSet<String> {
        let base = self.server.base();
        let mut known: BTreeSet<String> = [
            "/robots.txt",
            "/sitemap.xml",
            "/sitemap-news.xml",
            "/sitemap-pages.xml",
            "/feeds.opml",
            "/subscribe",
            "/archive/1.rss",
            "/archive/1.atom",
            "/archive/1.json",
            "/sections/city/archive/1.atom",
            "/api/v1/articles",
            "/api/v1/articles?format=ninjs",
            "/api/v1/articles?section=city&limit=100",
            "/api/v1/sections",
            "/api/v1",
        ]
        .iter()
        .map(ToString::to_string)
        .collect();
        let mut pages = vec![format!("/items/{}", self.id)];
        for slug in ["zaqfirstslug", "zaqsecondslug", &self.id] {
            pages.push(format!("/articles/{slug}"));
            known.insert(format!("/embed/articles/{slug}"));
        }
        for id in &self.captions {
            pages.push(format!("/captions/{id}"));
            known.insert(format!("/embed/captions/{id}"));
            known.insert(format!("/api/v1/captions/{id}"));
        }
        for page in &pages {
            for format in ["json", "xml"] {
                known.insert(format!("/oembed?url={base}{page}&format={format}"));
            }
        }
        for feed in pages.iter().map(String::as_str).chain(NAMES) {
            for format in ["rss", "atom", "json"] {
                known.insert(format!("{feed}.{format}"));
            }
            known.insert(feed.to_owned());
        }
        known.insert(format!("/embed/a/{}", self.id));
        let own = format!("/api/v1/articles/{}", self.id);
        known.extend([
            format!("{own}?format=ninjs"),
            format!("{own}/revisions"),
            own,
        ]);
        known
    }

    /// The words that stand at an address, in the head or in the body.
    fn words_at(&self, path: &str) -> BTreeSet<&'static str> {
        let answer = self.server.get(path);
        let mut told = answer.text();
        for (name, value) in &answer.headers {
            told.push_str(&format!("\n{name}: {value}"));
        }
        if is_feed(path) {
            // Its own address has to be the one that was asked for.
            told = told.replace(&format!("{}{path}", self.server.base()), "");
            told = told.replace(GUID, "");
        }
        let told = told.to_lowercase();
        let words = WORDS.into_iter().chain(["zaqguid", "zaqpicture"]);
        words.filter(|word| told.contains(word)).collect()
    }
}

/// A reader of feeds: what it shows of each entry, by its id.
#[derive(Default)]
struct Reader(BTreeMap<String, String>);

impl Reader {
    /// Takes in a feed: an entry that it knows is overwritten, one that is missing stays.
    fn reads(&mut self, feed: &str) {
        let feed = feed_rs::parser::parse(feed.as_bytes()).unwrap();
        for entry in feed.entries {
            let shown = format!("{entry:?}").replace(GUID, "").to_lowercase();
            self.0.insert(entry.id, shown);
        }
    }

    fn words(&self) -> BTreeSet<&'static str> {
        let shown: String = self.0.values().map(String::as_str).collect();
        WORDS
            .into_iter()
            .filter(|word| shown.contains(word))
            .collect()
    }

    /// The ids of what says any of the words.
    fn of_story(&self) -> BTreeSet<String> {
        let says = |shown: &str| WORDS.iter().any(|word| shown.contains(word));
        let own = self.0.iter().filter(|(_, shown)| says(shown));
        own.map(|(id, _)| id.clone()).collect()
    }
}

/// A reader that knows tombstones (RFC 6721): when each entry that it has was updated.
#[derive(Default)]
struct Grave(BTreeMap<String, DateTime<FixedOffset>>);

impl Grave {
    fn reads(&mut self, feed: &str) {
        let document = Document::parse(feed).unwrap();
        let moment = |said: &str| DateTime::parse_from_rfc3339(said).unwrap();
        for node in document.root_element().children() {
            if node.tag_name().name() != "entry" {
                continue;
            }
            let text = |name: &str| {
                let mut inner = node.children();
                let found = inner.find(|it| it.tag_name().name() == name);
                found.and_then(|it| it.text()).unwrap()
            };
            let updated = moment(text("updated"));
            let known = self.0.entry(text("id").to_owned()).or_insert(updated);
            *known = updated.max(*known);
        }
        for node in document.descendants() {
            if node.tag_name().name() != "deleted-entry" {
                continue;
            }
            let id = node.attribute("ref").unwrap();
            let when = moment(node.attribute("when").unwrap());
            if self.0.get(id).is_some_and(|updated| *updated <= when) {
                self.0.remove(id);
            }
        }
    }
}

fn feeds_of(way: Way) -> Vec<String> {
    let mut stems: Vec<&str> = FEEDS.to_vec();
    stems.push("/articles/zaqsecondslug");
    if !way.is_kill() {
        // After a kill they are as if they had never been.
        stems.extend(NAMES);
    }
    stems.into_iter().map(str::to_owned).collect()
}

fn nothing_is_told_of_what_is(way: Way) {
    let site = Site::begin(way);
    let server = &site.server;
    let before: BTreeSet<String> = &server.addresses() | &site.known();
    // The walk finds all that there is to tell.
    let told: BTreeSet<&str> = before.iter().flat_map(|path| site.words_at(path)).collect();
    for word in WORDS.iter().filter(|word| !NEVER_TOLD.contains(word)) {
        assert!(told.contains(word), "{word} of {told:?}");
    }
    assert!(before.contains("/archive/1.atom"));
    assert_eq!(server.get("/archive/1.atom").status, 200);
    let item = server.get(&format!("/items/{}", site.id));
    let page = format!("{}/articles/zaqsecondslug", server.base());
    assert_eq!((item.status, item.header("location")), (301, Some(&*page)));
    let mut readers = BTreeMap::new();
    let mut graves = BTreeMap::new();
    for feed in feeds_of(way) {
        for format in ["rss", "atom", "json"] {
            let feed = format!("{feed}.{format}");
            let mut reader = Reader::default();
            reader.reads(&server.get(&feed).text());
            assert!(
                reader.words().contains("zaqcaption") || feed.contains("slug"),
                "{feed}"
            );
            readers.insert(feed, reader);
        }
        let feed = format!("{feed}.atom");
        let mut grave = Grave::default();
        grave.reads(&server.get(&feed).text());
        graves.insert(feed, grave);
    }

    site.take_away(way);
    let allowed: BTreeSet<&str> = way.allowed().iter().copied().collect();
    let after = &server.addresses() | &before;
    for path in &after {
        let told = &site.words_at(path) - &allowed;
        assert!(
            told.is_empty(),
            "{way:?}: {path} tells {told:?}: {}",
            server.get(path).text()
        );
    }
    for path in [
        "/articles/zaqsecondslug".to_owned(),
        format!("/embed/a/{}", site.id),
    ] {
        assert_eq!(server.get(&path).status, way.status(), "{way:?}: {path}");
    }
    let item = server.get(&format!("/items/{}", site.id));
    let (moved, led) = match way {
        Way::Retracted => (301, Some(&*page)),
        _ => (way.status(), None),
    };
    assert_eq!(
        (item.status, item.header("location")),
        (moved, led),
        "{way:?}"
    );
    for (feed, mut reader) in readers {
        let own = reader.of_story();
        assert!(!own.is_empty(), "{feed}");
        reader.reads(&server.get(&feed).text());
        let left = &reader.words() - &allowed;
        assert!(
            left.is_empty(),
            "{way:?}: a reader of {feed} keeps {left:?}"
        );
        if let Some(mut grave) = graves.remove(&feed) {
            assert!(own.iter().all(|id| grave.0.contains_key(id)), "{feed}");
            grave.reads(&server.get(&feed).text());
            let left: Vec<&String> = own.iter().filter(|id| grave.0.contains_key(*id)).collect();
            assert!(left.is_empty(), "{way:?}: of {feed} stay {left:?}");
        }
    }
}

#[test]
fn nothing_is_told_of_what_is_killed() {
    nothing_is_told_of_what_is(Way::Killed);
}

#[test]
fn nothing_is_told_of_what_the_law_forbids() {
    nothing_is_told_of_what_is(Way::Forbidden);
}

#[test]
fn nothing_is_told_of_what_is_withheld() {
    nothing_is_told_of_what_is(Way::Withheld);
}

#[test]
fn nothing_is_told_of_what_is_deleted() {
    nothing_is_told_of_what_is(Way::Deleted);
}

#[test]
fn nothing_is_told_of_a_story_whose_file_is_gone() {
    nothing_is_told_of_what_is(Way::Unfiled);
}

#[test]
fn of_what_is_retracted_the_headline_and_the_reason_are_told() {
    nothing_is_told_of_what_is(Way::Retracted);
}

#[test]
fn what_is_withheld_comes_back_under_its_addresses() {
    let site = Site::begin(Way::Withheld);
    let server = &site.server;
    site.take_away(Way::Withheld);
    assert_eq!(server.get("/articles/zaqfirstslug").status, 404);
    let desk = Writer::new(server, &site.token);
    let path = format!("/api/v1/articles/{}", site.id);
    let known = desk.get(&path).expect(200);
    desk.change("POST", &format!("{path}/release"), known.etag(), &json!({}))
        .expect(200);
    let page = format!("{}/articles/zaqsecondslug", server.base());
    for address in ["/articles/zaqfirstslug", &format!("/items/{}", site.id)] {
        let answer = server.get(address);
        let led = (answer.status, answer.header("location"));
        assert_eq!(led, (301, Some(&*page)), "{address}");
    }
    let feed = server.get("/feed.atom");
    assert!(feed.has("Zaqheadline") && !feed.has("deleted-entry"));
}

#[test]
fn the_old_address_of_what_was_taken_away_is_free_for_another_story() {
    let site = Site::begin(Way::Deleted);
    let server = &site.server;
    site.take_away(Way::Deleted);
    let desk = Writer::new(server, &site.token);
    for (slug, headline) in [("zaqfirstslug", "Anew"), ("zaqsecondslug", "Anew again")] {
        let address = format!("/articles/{slug}");
        assert_eq!(server.get(&address).status, 410, "{slug}");
        assert!(server.get(&format!("{address}.atom")).has("deleted-entry"));
        let story = json!({"section": "city", "slug": slug, "headline": headline, "body": "Text.\n",
            "published": published()});
        desk.post("/api/v1/articles", &story).expect(201);
        let page = server.get(&address);
        assert!(
            page.status == 200 && page.has(headline),
            "{slug}: {}",
            page.text()
        );
        assert!(
            server.get(&format!("{address}.atom")).has(headline),
            "{slug}"
        );
    }
    assert_eq!(server.get(&format!("/items/{}", site.id)).status, 410);
}

/// Two stories with one photograph; gives the first and the caption of the second.
fn sharing(desk: &Writer<'_>, names: [&str; 2]) -> (Said, String, Said) {
    let headers = [("Content-Type", "image/png")];
    let picture = pictures::png(1300, 40);
    let upload = desk
        .send("POST", "/api/v1/photographs", &headers, &picture)
        .expect(201);
    let make = |slug: &str, section: &str| {
        let story = json!({"section": section, "slug": slug, "headline": slug, "body": "Text.\n",
            "published": published(), "captions": [{"text": "A crane.", "image": upload.body["name"]}]});
        desk.post("/api/v1/articles", &story).expect(201)
    };
    let (one, other) = (make(names[0], "city"), make(names[1], "harbour"));
    let caption = other.body["captions"][0]["id"].as_str().unwrap().to_owned();
    (one, caption, other)
}

#[test]
fn a_kill_says_which_caption_keeps_the_bytes_of_a_picture() {
    let paper = Paper::new();
    let server = paper.start();
    let desk_token = token(&paper, "newsdesk", "desk");
    let desk = Writer::new(&server, &desk_token);
    let (one, reference, other) = sharing(&desk, ["one", "other"]);
    let killed = bare(&one.body["captions"][0]["id"]);
    let done = desk
        .post(&format!("/api/v1/captions/{killed}/kill"), &json!({}))
        .expect(200);
    let kept = &done.body["state"]["kept"];
    assert_eq!(kept.as_array().map(Vec::len), Some(1), "{kept}");
    assert_eq!(kept[0]["caption"], json!(reference));
    assert_eq!(kept[0]["article"], json!(other.id()));
    // Nothing else has it then.
    let done = desk
        .post(&format!("{}/kill", other.path()), &json!({}))
        .expect(200);
    assert_eq!(done.body["state"]["kept"], Value::Null);
    // What is not public is told to those alone who see it.
    let (one, reference, other) = sharing(&desk, ["third", "fourth"]);
    desk.post(&format!("{}/withhold", other.path()), &json!({}))
        .expect(200);
    let city_token = token(&paper, "city", "section:city");
    let city = Writer::new(&server, &city_token);
    let done = city
        .post(&format!("{}/kill", one.path()), &json!({}))
        .expect(200);
    assert!(!done.whole.has(&reference), "{}", done.whole.text());
}

#[test]
fn the_command_says_what_keeps_the_bytes_of_a_killed_picture() {
    let paper = Paper::new();
    let server = paper.start();
    let desk_token = token(&paper, "newsdesk", "desk");
    let (one, reference, other) = sharing(&Writer::new(&server, &desk_token), ["one", "other"]);
    let data = paper.data();
    let kill = |id: &str| said(&courant(&["kill", id, "--yes", "--data", text(&data)]));
    let done = kill(&one.id());
    let line = format!(
        "stays: the caption {reference} of the article {} shows it",
        other.id()
    );
    assert!(done.contains(&line), "{done}");
    let done = kill(&other.id());
    assert!(!done.contains("stays:"), "{done}");
}
