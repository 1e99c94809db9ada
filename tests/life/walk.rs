//! A story through its whole life, by the write API: after each step every surface says the same.

use chrono::{SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::support::pictures;
use crate::support::writer::{Said, Writer, token};
use crate::support::{Paper, Server, seq_of, wait};

const PAGE: &str = "/articles/the-bridge-opens";
const HEADLINE: &str = "The bridge opens";
const CAPTION: &str = "The bridge at dawn";

/// The number of headlines that the card of a section has.
const MOST_ON_CARD: usize = 6;

/// What anybody is to see of the story.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Public<'t> {
    /// It has not been public.
    Never,
    /// It can be read, and has this in its text.
    Usable(&'t str),
    Withheld,
    /// A notice stands in its place.
    Retracted(&'t str),
    Withdrawn,
    Killed,
}

fn is_of_name(feed: &str) -> bool {
    feed.starts_with("/tags/") || feed.starts_with("/authors/")
}

impl Public<'_> {
    fn page(self) -> u16 {
        match self {
            Self::Never | Self::Withheld => 404,
            Self::Usable(_) | Self::Retracted(_) => 200,
            Self::Withdrawn | Self::Killed => 410,
        }
    }

    fn media(self) -> u16 {
        match self {
            Self::Usable(_) => 200,
            Self::Killed => 410,
            _ => 404,
        }
    }

    fn api(self) -> u16 {
        match self {
            Self::Retracted(_) => 410,
            other => other.page(),
        }
    }
}

struct Walk {
    server: Server,
    desk_token: String,
    reader_token: String,
    /// The newest entry that was looked at.
    seen: u64,
    media: String,
    path: String,
    /// The caption's id, and the name of its photograph.
    caption: String,
    image: Value,
    /// The sitemap of the month in which it is published.
    month: String,
    /// Whether the story's segment of the archive is closed.
    is_archived: bool,
}

impl Walk {
    fn desk(&self) -> Writer<'_> {
        Writer::new(&self.server, &self.desk_token)
    }

    fn change(&self, method: &str, action: &str, body: &Value) -> Said {
        let known = self.desk().get(&self.path).expect(200);
        let path = format!("{}{action}", self.path);
        let said = self.desk().change(method, &path, known.etag(), body);
        assert!(said.status < 300, "{action} {body}: {}", said.whole.text());
        said
    }

    /// Every surface shows what it should, and a reader of the log is owed just these entries.
    fn look(&mut self, public: Public<'_>, section: &str, owed: &[&str]) {
        self.look_at_pages(public);
        self.look_at_cards(public, section);
        self.look_at_feeds(public, section);
        self.look_at_lists(public);
        self.look_at_api(public);
        let reader = Writer::new(&self.server, &self.reader_token);
        let changes = reader
            .get(&format!("/api/v1/changes?after={}", self.seen))
            .expect(200);
        let changes = changes.body["changes"].as_array().unwrap().clone();
        let kinds: Vec<&str> = changes
            .iter()
            .map(|it| it["kind"].as_str().unwrap())
            .collect();
        assert_eq!(kinds, owed, "{public:?}");
        for (place, entry) in changes.iter().enumerate() {
            assert_eq!(seq_of(entry), self.seen + 1 + place as u64);
            assert_eq!(entry["actor"], "newsdesk");
        }
        self.seen += changes.len() as u64;
    }

    fn look_at_pages(&self, public: Public<'_>) {
        let page = self.server.get(PAGE);
        assert_eq!(page.status, public.page(), "{public:?}: {}", page.text());
        let said = match public {
            Public::Usable(text) | Public::Retracted(text) => Some(text),
            _ => None,
        };
        assert!(
            said.is_none_or(|text| page.has(text)),
            "{public:?}: {}",
            page.text()
        );
        let is_shown = matches!(public, Public::Usable(_));
        assert_eq!(page.has(CAPTION), is_shown, "{public:?}");
        assert_eq!(
            self.server.get(&self.media).status,
            public.media(),
            "{public:?}"
        );
        let caption = self.server.get(&format!("/captions/{}", self.caption));
        assert_eq!(
            caption.status == 200 && caption.has(CAPTION),
            is_shown,
            "{public:?}"
        );
        assert_eq!(self.server.get("/").has(HEADLINE), is_shown, "{public:?}");
    }

    /// Cards on other sites' pages, how those come by them, and the pages that list the story.
    fn look_at_cards(&self, public: Public<'_>, section: &str) {
        let is_shown = matches!(public, Public::Usable(_));
        let id = self.path.rsplit('/').next().unwrap();
        let card = self.server.get(&format!("/embed/a/{id}"));
        let about = format!("{public:?}: {}", card.text());
        assert_eq!(card.status, public.page(), "{about}");
        let is_named = is_shown || matches!(public, Public::Retracted(_));
        assert_eq!(card.has(HEADLINE), is_named, "{about}");
        if let Public::Retracted(notice) = public {
            assert!(card.has(notice), "{about}");
        }
        let way = self.server.get(&format!("/embed{PAGE}"));
        assert_eq!(
            (way.status, &way.body),
            (card.status, &card.body),
            "{public:?}"
        );
        for (address, said) in [
            (format!("/embed/captions/{}", self.caption), CAPTION),
            ("/captions".to_owned(), CAPTION),
            (format!("/sections/{section}"), HEADLINE),
            ("/tags/bridges".to_owned(), HEADLINE),
            ("/authors/ada-wells".to_owned(), HEADLINE),
        ] {
            let page = self.server.get(&address);
            assert_eq!(page.has(said), is_shown, "{address}, {public:?}");
        }
        // The card has the newest of the section's list.
        let list = self.server.get(&format!("/sections/{section}")).text();
        let links = list.split("class=\"u-url\" href=\"").skip(1);
        let mut newest = links.take(MOST_ON_CARD);
        let is_on_card = newest.any(|link| link.starts_with(PAGE));
        let card = self.server.get(&format!("/embed/sections/{section}"));
        assert_eq!(card.has(HEADLINE), is_on_card, "{public:?}");
        let captions = format!("/captions/{}", self.caption);
        for page in [PAGE, &captions] {
            let url = format!("{}{page}", self.server.base()).replace('/', "%2F");
            let said = self.server.get(&format!("/oembed?url={url}"));
            let expected = if is_shown { 200 } else { 404 };
            assert_eq!(said.status, expected, "{page}, {public:?}");
        }
    }

    fn look_at_feeds(&self, public: Public<'_>, section: &str) {
        let section_feed = format!("/sections/{section}");
        let mut feeds = vec![
            "/feed",
            &section_feed,
            "/tags/bridges",
            "/authors/ada-wells",
            PAGE,
        ];
        if self.is_archived {
            feeds.push("/archive/1");
        }
        for (feed, format) in feeds
            .into_iter()
            .flat_map(|feed| ["rss", "atom", "json"].map(|it| (feed, it)))
        {
            let address = format!("{feed}.{format}");
            let answer = self.server.get(&address);
            let about = format!("{address}, {public:?}: {}", answer.text());
            match public {
                Public::Never => assert!(!answer.has("bridge opens"), "{about}"),
                Public::Usable(text) => {
                    assert!(
                        answer.has(text) && answer.has(CAPTION) && answer.has(HEADLINE),
                        "{about}"
                    );
                    assert!(!answer.has("deleted-entry"), "{about}");
                }
                removed => {
                    assert!(
                        !answer.has("opened at") && !answer.has(CAPTION) && !answer.has("/media/"),
                        "{about}"
                    );
                    if matches!(removed, Public::Killed) && is_of_name(feed) {
                        // Its tags and people are forgotten with it.
                        assert_eq!(answer.status, 404, "{about}");
                        continue;
                    }
                    if feed == "/archive/1" {
                        // What is archived is gone from there without a stub.
                        assert!(!answer.has(HEADLINE), "{about}");
                        continue;
                    }
                    let is_named = answer.has(HEADLINE);
                    assert_eq!(is_named, matches!(removed, Public::Retracted(_)), "{about}");
                    match (removed, format) {
                        (_, "atom") => assert!(answer.has("<at:deleted-entry"), "{about}"),
                        (Public::Retracted(notice), _) => assert!(answer.has(notice), "{about}"),
                        _ => assert!(answer.has("Withdrawn"), "{about}"),
                    }
                }
            }
        }
        let other = if section == "city" { "harbour" } else { "city" };
        let is_told = self
            .server
            .get(&format!("/sections/{other}.json"))
            .has("opened at");
        assert!(!is_told, "{other}, {public:?}");
        for format in ["rss", "atom", "json"] {
            let captions = self.server.get(&format!("/captions.{format}"));
            assert_eq!(
                captions.has(CAPTION),
                matches!(public, Public::Usable(_)),
                "{public:?}"
            );
        }
    }

    fn look_at_lists(&self, public: Public<'_>) {
        let is_shown = matches!(public, Public::Usable(_));
        let sitemap = self.server.get(&self.month);
        assert_eq!(
            sitemap.has(PAGE),
            is_shown,
            "{public:?}: {}",
            sitemap.text()
        );
        assert_eq!(self.server.get("/feeds.opml").status, 200);
        let list = Writer::anybody(&self.server)
            .get("/api/v1/articles?limit=100")
            .expect(200);
        assert_eq!(list.whole.has(HEADLINE), is_shown, "{public:?}");
    }

    fn look_at_api(&self, public: Public<'_>) {
        let anybody = Writer::anybody(&self.server);
        for form in ["json", "ninjs"] {
            let said = anybody.get(&format!("{}?format={form}", self.path));
            assert_eq!(
                said.status,
                public.api(),
                "{form}, {public:?}: {}",
                said.whole.text()
            );
            assert_eq!(
                said.whole.has("opened at"),
                matches!(public, Public::Usable(_)),
                "{public:?}"
            );
        }
        let revisions = anybody.get(&format!("{}/revisions", self.path));
        let is_hidden = matches!(public, Public::Never | Public::Withheld);
        assert_eq!(
            revisions.status,
            if is_hidden { 404 } else { 200 },
            "{public:?}"
        );
        assert!(!revisions.whole.has("opened at"), "{public:?}");
    }
}

/// A paper whose first segment of the archive wants one more article, and that article as a draft with a photograph.
fn begin(paper: &Paper) -> Walk {
    for number in 0..24 {
        let published = format!("2025-03-{:02}T08:00:00Z", number + 1);
        paper.write(
            &format!("harbour/story-{number}/article.md"),
            format!(
                "+++\nheadline = \"Story {number}\"\npublished = {published}\n+++\nText {number}.\n"
            ),
        );
    }
    let server = paper.start();
    let desk_token = token(paper, "newsdesk", "desk");
    let reader_token = token(paper, "partner", "changes");
    let desk = Writer::new(&server, &desk_token);
    let picture = pictures::png(40, 30);
    let hash = courant::item::read_photograph("a", &picture).unwrap().hash;
    let image = [("Content-Type", "image/png")];
    let upload = desk
        .send("POST", "/api/v1/photographs", &image, &picture)
        .expect(201);
    let draft = json!({
        "section": "city",
        "slug": "the-bridge-opens",
        "headline": HEADLINE,
        "published": "2024-06-01T09:00:00Z",
        "draft": true,
        "authors": ["Ada Wells"],
        "tags": ["bridges"],
        "body": "It opened at noon.\n",
        "captions": [{"text": CAPTION, "image": upload.body["name"], "credit": "Lin Mu"}],
    });
    let made = desk.post("/api/v1/articles", &draft).expect(201);
    let caption = made.body["captions"][0]["id"].as_str().unwrap();
    Walk {
        desk_token,
        reader_token,
        seen: paper.last(),
        media: format!("/media/{hash}.png"),
        path: made.path(),
        caption: caption.replace("urn:uuid:", ""),
        image: upload.body["name"].clone(),
        month: Utc::now().format("/sitemap-%Y-%m.xml").to_string(),
        is_archived: false,
        server,
    }
}

#[test]
fn every_surface_follows_each_step() {
    let paper = Paper::new();
    let mut walk = begin(&paper);
    walk.look(Public::Never, "city", &[]);

    // It waits for its time, and comes by itself.
    let due = Utc::now() + TimeDelta::milliseconds(2500);
    let due = due.to_rfc3339_opts(SecondsFormat::Millis, true);
    walk.change("PATCH", "", &json!({"draft": null, "embargo_until": due}));
    walk.look(Public::Never, "city", &[]);
    let withheld = walk
        .desk()
        .post(&format!("{}/withhold", walk.path), &json!({}))
        .expect(200);
    assert_eq!(withheld.body["state"]["status"], "draft");
    walk.change("PATCH", "", &json!({"draft": null, "embargo_until": due}));
    wait("the story", || {
        (walk.server.get(PAGE).status == 200).then_some(())
    });
    // That is its date from then on.
    walk.change("PATCH", "", &json!({"embargo_until": null}));
    walk.is_archived = walk.server.get("/archive/1.atom").status == 200;
    walk.look(Public::Usable("It opened at noon."), "city", &["publish"]);
    assert!(walk.is_archived, "the segment is not closed");

    walk.change("PATCH", "", &json!({"body": "It opened at noon sharp.\n"}));
    walk.look(
        Public::Usable("It opened at noon sharp."),
        "city",
        &["minor"],
    );

    let updated =
        json!({"body": "It opened at noon, with music.\n", "updated": "2025-06-01T09:00:00Z"});
    walk.change("PATCH", "", &updated);
    walk.look(Public::Usable("with music"), "city", &["update"]);

    let correction =
        json!({"public_note": "There was no music.", "body": "It opened at noon in silence.\n"});
    walk.change("POST", "/correct", &correction);
    walk.look(Public::Usable("There was no music."), "city", &["correct"]);
    walk.look(Public::Usable("in silence"), "city", &[]);

    walk.change("PATCH", "", &json!({"section": "harbour"}));
    walk.look(Public::Usable("in silence"), "harbour", &["move"]);

    walk.change("POST", "/withhold", &json!({}));
    walk.look(Public::Withheld, "harbour", &["withhold"]);
    walk.change("POST", "/release", &json!({}));
    walk.look(Public::Usable("in silence"), "harbour", &["release"]);

    let notice = json!({"public_note": "The bridge is closed."});
    walk.change("POST", "/retract", &notice);
    walk.look(
        Public::Retracted("The bridge is closed."),
        "harbour",
        &["retract"],
    );
    walk.change("POST", "/release", &json!({}));
    walk.look(Public::Usable("in silence"), "harbour", &["release"]);

    walk.change("DELETE", "", &json!({}));
    walk.look(Public::Withdrawn, "harbour", &["withdraw"]);
    let known = walk.desk().get(&walk.path).expect(200);
    let mut back = known.body.clone();
    // Its captions went with it.
    let id = format!("urn:uuid:{}", walk.caption);
    back["captions"] =
        json!([{"id": id, "text": CAPTION, "image": walk.image, "credit": "Lin Mu"}]);
    walk.change("PUT", "", &back);
    // It comes back as of the date that the desk gives it.
    walk.month = "/sitemap-2024-06.xml".to_owned();
    walk.look(Public::Usable("in silence"), "harbour", &["publish"]);

    walk.change("POST", "/kill", &json!({}));
    walk.look(Public::Killed, "harbour", &["kill"]);
    assert_eq!(walk.server.stop(), Some(0));
}
