//! Touches are exact: a selection that was not touched gives what it gave, one that was gives something else, and its
//! time never goes back. Random decisions, the same at every run.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use chrono::{DateTime, TimeDelta, Utc};
use courant::config::Limits;
use courant::feed::{Entries, Feed, Source};
use courant::http::{Site, rendered};
use courant::item::{Article, Id, file};
use courant::publication::{Publication, Selection};
use courant::resource::{BaseUrl, Format, Resource, Subject};
use courant::store::{Change, Clock, Month, Origin, Position, Settings, Store, StoreError};
use http::Request;
use http_body_util::BodyExt;

const SECTIONS: [&str; 3] = ["harbour", "city", "culture"];
const TAGS: [&str; 3] = ["boats", "trams", "books"];
const PEOPLE: [&str; 3] = ["孙杰", "孙洁", "Maeve Corrigan"];

/// A small generator of our own, so that a run can be repeated.
struct Dice {
    state: u64,
    /// Whether stories get texts so long that bytes matter.
    large: bool,
}

impl Dice {
    /// The same at every run, unless somebody asks for another sequence.
    fn seeded(seed: u64) -> Self {
        let asked = std::env::var("PROPTEST_RNG_SEED");
        let asked = asked.ok().and_then(|seed| seed.parse().ok());
        Self {
            state: asked.unwrap_or(seed),
            large: false,
        }
    }

    fn roll(&mut self, sides: u64) -> u64 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        self.state % sides
    }

    fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.roll(of.len() as u64) as usize]
    }
}

#[derive(Clone)]
struct Story {
    slug: String,
    section: String,
    text: String,
}

impl Story {
    fn new(number: usize, now: DateTime<Utc>, dice: &mut Dice) -> Self {
        let age = TimeDelta::hours(dice.roll(24 * 40) as i64);
        let mut story = Self {
            slug: format!("story-{number}"),
            section: dice.pick(&SECTIONS).to_owned(),
            text: String::new(),
        };
        let published = (now - age).to_rfc3339();
        let count = dice.roll(4);
        let captions = captions(number, count, dice);
        story.text = format!(
            "+++\nheadline = \"Story {number}\"\npublished = {published}\nauthors = [\"{}\"]\n\
             tags = [\"{}\"]\n{}+++\n\nText {number}.\n",
            dice.pick(&PEOPLE),
            dice.pick(&TAGS),
            captions,
        );
        story
    }

    fn article(&self) -> Article {
        let parsed = file::parse(self.text.as_bytes(), &|_| unreachable!("no photographs"));
        parsed
            .article
            .unwrap_or_else(|| panic!("{:?}\n{}", parsed.complaints, self.text))
    }

    fn put(&self) -> Change {
        let origin = Origin {
            path: format!("{}/{}", self.section, self.slug),
            stat: String::new(),
            digest: String::new(),
        };
        Change::put(self.article(), &self.section, &self.slug, origin)
    }

    fn id(&self, publication: Id) -> Id {
        publication.derive(&self.slug)
    }
}

fn captions(number: usize, count: u64, dice: &mut Dice) -> String {
    (0..count)
        .map(|place| {
            let credit = dice.pick(&PEOPLE);
            format!(
                "[[captions]]\ntext = \"Picture {place} of {number}.\"\ncredit = \"{credit}\"\n"
            )
        })
        .collect()
}

/// The text without the line of that key.
fn without(text: &str, key: &str) -> String {
    let others = text.lines().filter(|line| !line.starts_with(key));
    others.map(|line| format!("{line}\n")).collect()
}

/// One decision of the desk.
fn decide(
    stories: &mut Vec<Story>,
    now: DateTime<Utc>,
    dice: &mut Dice,
    publication: Id,
) -> Change {
    let fresh = stories.len();
    let at = dice.roll(fresh.max(1) as u64) as usize;
    match dice.roll(17) {
        0..=3 => {
            stories.push(Story::new(fresh, now, dice));
            stories[fresh].put()
        }
        4 => {
            let story = &mut stories[at];
            story.text.push_str("One more line.\n");
            story.put()
        }
        5 => {
            let story = &mut stories[at];
            let updated = format!("updated = {}\nauthors", now.to_rfc3339());
            story.text = without(&story.text, "updated").replacen("authors", &updated, 1);
            story.put()
        }
        6 => {
            let story = &mut stories[at];
            story.section = dice.pick(&SECTIONS).to_owned();
            story.put()
        }
        7 => {
            let story = &mut stories[at];
            story.text = story.text.replacen("Picture", "Photograph", 1);
            if dice.roll(2) == 0 {
                let text = without(&story.text, "public_note");
                let places: Vec<usize> = text.match_indices("text =").map(|(at, _)| at).collect();
                if !places.is_empty() {
                    let at = places[dice.roll(places.len() as u64) as usize];
                    let (before, after) = text.split_at(at);
                    story.text = format!("{before}public_note = \"Wrong until {now}.\"\n{after}");
                }
            }
            story.put()
        }
        8 => Change::Withdraw(stories[at].id(publication)),
        9 => {
            let story = &mut stories[at];
            let guid = format!("guid = \"{}\"\nauthors", now.timestamp_millis());
            story.text = without(&story.text, "guid").replacen("authors", &guid, 1);
            story.put()
        }
        10 => {
            // The captions in another order.
            let story = &mut stories[at];
            let (head, rest) = story
                .text
                .split_once("[[captions]]")
                .unwrap_or((&story.text, ""));
            let (tables, body) = rest.split_once("+++").unwrap_or(("", ""));
            if !tables.is_empty() {
                let mut tables: Vec<&str> = tables.split("[[captions]]").collect();
                tables.rotate_left(1);
                let tables: String = tables
                    .iter()
                    .map(|table| format!("[[captions]]{table}"))
                    .collect();
                story.text = format!("{head}{tables}+++{body}");
            }
            story.put()
        }
        11 => {
            // The desk's own note is nobody else's affair.
            let story = &mut stories[at];
            let note = format!("note = \"{}\"\nauthors", now.timestamp_millis());
            story.text = without(&story.text, "note").replacen("authors", &note, 1);
            story.put()
        }
        12 => {
            // Another story under an address that may be free by now.
            let mut story = Story::new(fresh, now, dice);
            story.slug = stories[at].slug.clone();
            let id = Id::mint(now);
            story.text = story
                .text
                .replacen("+++\n", &format!("+++\nid = \"{id}\"\n"), 1);
            story.put()
        }
        13 => {
            let mut publication = publication_with(dice.roll(2) == 0);
            publication.id = None;
            Change::Settings(Box::new(settings(publication)))
        }
        14 | 16 if dice.large => {
            // So large that bytes decide what a window and a segment have room for.
            let story = &mut stories[at];
            story.text.push_str(&"A long text. ".repeat(20_000));
            story.text.push('\n');
            story.put()
        }
        15 if dice.large => {
            // An old story comes late, and is large.
            let mut story = Story::new(fresh, now - TimeDelta::days(90), dice);
            story.text.push_str(&"An old text. ".repeat(12_000));
            story.text.push('\n');
            stories.push(story);
            stories[fresh].put()
        }
        _ => stories[at].put(),
    }
}

fn watched() -> Vec<(Selection, Subject)> {
    let mut watched = vec![
        (Selection::All, Subject::Publication),
        (Selection::Captions, Subject::Captions),
    ];
    for slug in SECTIONS {
        watched.push((
            Selection::Section(slug.to_owned()),
            Subject::Section(slug.to_owned()),
        ));
    }
    for slug in TAGS {
        watched.push((
            Selection::Tag(slug.to_owned()),
            Subject::Tag(slug.to_owned()),
        ));
    }
    for slug in ["sun-jie", "sun-jie-2", "maeve-corrigan"] {
        watched.push((
            Selection::Author(slug.to_owned()),
            Subject::Author(slug.to_owned()),
        ));
    }
    for name in ["pictures", "city-boats"] {
        watched.push((
            Selection::Named(name.to_owned()),
            Subject::Named(name.to_owned()),
        ));
    }
    for segment in 1..=4 {
        watched.push((
            Selection::Archive(Box::new(Selection::All), segment),
            Subject::Publication,
        ));
    }
    for slug in SECTIONS {
        watched.push((
            Selection::Archive(Box::new(Selection::Section(slug.to_owned())), 1),
            Subject::Section(slug.to_owned()),
        ));
    }
    watched
}

/// Named queries, the second of which comes and goes with a section.
const QUERIES: &str = "[[feeds]]\nname = \"pictures\"\ntitle = \"Pictures\"\nkinds = [\"captions\"]\nwindow = 5\n\
     sections = [\"harbour\", \"city\"]\n[feeds.exclude]\ntags = [\"books\"]\n";
const CITY_BOATS: &str = "[[feeds]]\nname = \"city-boats\"\ntitle = \"Boats\"\nkinds = [\"articles\", \"captions\"]\n\
     tags = [\"boats\"]\nwindow = 10\n";

fn publication_with(all: bool) -> Publication {
    let declared = if all { &SECTIONS[..] } else { &SECTIONS[..2] };
    let sections: String = declared
        .iter()
        // Titles other than the slugs, so that a section which is not declared any more gives something else.
        .map(|slug| format!("[[sections]]\nslug = \"{slug}\"\ntitle = \"The {slug}\"\n"))
        .collect();
    let text = format!(
        "title = \"Courier\"\nlanguage = \"en\"\ntimezone = \"America/Havana\"\nmain_feed = [\"articles\", \"captions\"]\n{sections}{QUERIES}{}",
        if all { CITY_BOATS } else { "" }
    );
    let parsed = courant::publication::parse(text.as_bytes(), &|_| unreachable!("no photographs"));
    parsed
        .publication
        .unwrap_or_else(|| panic!("{:?}", parsed.complaints))
}

fn settings(publication: Publication) -> Settings {
    Settings {
        publication,
        source: String::new(),
        base_url: "https://courier.example".to_owned(),
    }
}

/// What a reader of the selection gets, without the date that the touch itself sets; nothing of a segment that is not
/// closed yet.
fn given(store: &Store, selection: &Selection, subject: &Subject) -> (Option<Feed>, Position) {
    let publication = store.publication().unwrap();
    let base = BaseUrl::parse("https://courier.example").unwrap();
    let window = store.window(selection).unwrap();
    if let Selection::Archive(of, segment) = selection
        && *segment > store.window(of).unwrap().segments
    {
        return (None, window.touched);
    }
    let source = Source {
        publication: &publication,
        base: &base,
    };
    let mut made = Entries::none();
    let mut feed = Feed::at(source, subject.clone(), selection, None, &window, &mut made);
    feed.updated = DateTime::UNIX_EPOCH;
    (Some(feed), window.touched)
}

/// The place of the news among them.
const NEWS: usize = 1;

/// What the catalogues say: the news, the list of months and the months themselves.
fn catalogues(store: &Store) -> Vec<(String, Position)> {
    let (index, parts) = store.sitemap_parts().unwrap();
    let (news_touched, news) = store.news().unwrap();
    let mut said = vec![
        (format!("{parts:?}"), index),
        (format!("{news:?}"), news_touched),
    ];
    for month in [1, 2, 3, 4, 5] {
        let month = Month::parse(&format!("2026-0{month}")).unwrap();
        let (touched, articles) = store.sitemap_part(month, 1).unwrap();
        said.push((format!("{articles:?}"), touched));
    }
    said
}

#[test]
fn a_selection_is_touched_exactly_when_what_it_gives_changes() {
    let segments = exact(&mut Dice::seeded(0x00c0_ffee_1234_5678), 400);
    assert!(
        segments > 4,
        "too few items for the archives to show anything"
    );
}

#[test]
fn it_is_so_where_bytes_decide_what_a_window_has_room_for() {
    let mut dice = Dice::seeded(0x00c0_ffee_8765_4321);
    dice.large = true;
    let segments = exact(&mut dice, 60);
    assert!(
        segments > 1,
        "too few bytes for the archives to show anything: {segments}"
    );
}

/// Asks after each of this many decisions; gives how many segments the archive of everything has in the end.
fn exact(dice: &mut Dice, steps: usize) -> u32 {
    let folder = tempfile::tempdir().unwrap();
    let mut now: DateTime<Utc> = "2026-03-01T08:00:00Z".parse().unwrap();
    let store = Store::open(folder.path(), now).unwrap();
    let change = Change::Settings(Box::new(settings(publication_with(true))));
    store.apply(&|| now, "test", &[change]).unwrap();
    let known = store.publication().unwrap();
    let mut stories = vec![Story::new(0, now, dice)];
    store.apply(&|| now, "test", &[stories[0].put()]).unwrap();
    let watched = watched();
    let mut before: Vec<_> = watched.iter().map(|(s, t)| given(&store, s, t)).collect();
    let mut lists_before = catalogues(&store);
    let mut touches = 0;
    // A story that comes late can be news as of the list's last touch and none as of its own: without the touch the list
    // would say it, with the touch it says what it said.
    let mut late = 0;
    for step in 0..steps {
        now += TimeDelta::minutes(dice.roll(5 * 60) as i64);
        // A clock that steps back neither loses nor reorders anything.
        let told = if dice.roll(15) == 0 {
            now - TimeDelta::hours(7)
        } else {
            now
        };
        let change = decide(&mut stories, now, dice, known.id());
        for outcome in store.apply(&|| told, "test", &[change]).unwrap() {
            match outcome {
                Ok(_) => {}
                // The address was not free after all, or two guids were made of one moment.
                Err(StoreError::SlugTaken { .. } | StoreError::GuidTaken { .. }) => {}
                Err(error) => panic!("step {step}: {error}"),
            }
        }
        for ((selection, subject), (was, was_touched)) in watched.iter().zip(&mut before) {
            let (is, is_touched) = given(&store, selection, subject);
            assert!(
                is_touched.time >= was_touched.time,
                "step {step}: {selection} went back"
            );
            let touched = is_touched != *was_touched;
            touches += usize::from(touched);
            assert_eq!(
                touched,
                is != *was,
                "step {step}: {selection} touched: {touched}; {:?}",
                store
                    .log_after(0, 100_000)
                    .unwrap()
                    .iter()
                    .rev()
                    .take(3)
                    .collect::<Vec<_>>()
            );
            (*was, *was_touched) = (is, is_touched);
        }
        let lists = catalogues(&store);
        for (place, ((is, is_touched), (was, was_touched))) in
            lists.iter().zip(&lists_before).enumerate()
        {
            let touched = is_touched != was_touched;
            if touched && is == was && place == NEWS {
                late += 1;
                continue;
            }
            assert_eq!(
                touched,
                is != was,
                "step {step}: catalogue {place}:\n{was}\n{is}"
            );
        }
        lists_before = lists;
    }
    assert!(late < 10, "the news were touched for nothing {late} times");
    assert!(
        touches > steps,
        "the decisions touched too little to show anything: {touches}"
    );
    let log = store.log_after(0, 100_000).unwrap();
    for (place, entry) in log.iter().enumerate() {
        assert_eq!(entry.position.seq, place as u64 + 1, "the log has a gap");
    }
    assert!(
        log.windows(2)
            .all(|pair| pair[0].position.time < pair[1].position.time)
    );
    store.window(&Selection::All).unwrap().segments
}

/// What a reader of an address got last with a date, and the newest date it was ever told.
struct Held {
    etag: String,
    last_modified: String,
}

/// The readers of every address of a paper, who ask the server in this process.
struct Readers {
    site: Arc<Site>,
    clock: Arc<Mutex<DateTime<Utc>>>,
    runtime: tokio::runtime::Runtime,
    held: BTreeMap<String, Held>,
    answers: usize,
}

const BASE: &str = "https://courier.example";

impl Readers {
    fn of(store: &Arc<Store>) -> Self {
        let now = Arc::new(Mutex::new(DateTime::UNIX_EPOCH));
        let told = Arc::clone(&now);
        let clock: Clock = Arc::new(move || *told.lock().unwrap());
        let fault = Box::new(|path: &str, error: &courant::http::RenderError| {
            panic!("{path}: {error}");
        });
        let base = BaseUrl::parse(BASE).unwrap();
        let site = Site::new(
            Arc::clone(store),
            base,
            clock,
            Limits::default().cache_bytes,
            fault,
        );
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        Self {
            site: Arc::new(site),
            clock: now,
            runtime: runtime.unwrap(),
            held: BTreeMap::new(),
            answers: 0,
        }
    }

    /// Status, tag, date and body.
    fn get(
        &self,
        path: &str,
        since: Option<&str>,
    ) -> (u16, Option<String>, Option<String>, Vec<u8>) {
        let mut request = Request::builder()
            .uri(path)
            .header("host", "courier.example.org");
        if let Some(since) = since {
            request = request.header("if-modified-since", since);
        }
        let request = request.body(()).unwrap();
        let site = Arc::clone(&self.site);
        self.runtime.block_on(async {
            let (head, body) = site.respond(request).await.into_parts();
            let text = |name| {
                head.headers
                    .get(name)
                    .map(|v| v.to_str().unwrap().to_owned())
            };
            let bytes = body.collect().await.unwrap().to_bytes().to_vec();
            (
                head.status.as_u16(),
                text("etag"),
                text("last-modified"),
                bytes,
            )
        })
    }

    /// Asks for `path` as one who holds what was told last, and as one who asks for the first time; gives what is there.
    fn ask(&mut self, path: &str, step: usize) -> Option<Vec<u8>> {
        let (status, etag, date, body) = self.get(path, None);
        self.answers += 1;
        let (200, Some(etag)) = (status, etag) else {
            assert!([301, 404, 410].contains(&status), "{path}: {status}");
            return None;
        };
        if let Some(held) = self.held.get(path) {
            let (status, ..) = self.get(path, Some(&held.last_modified));
            if etag != held.etag {
                assert_eq!(
                    status, 200,
                    "step {step}: {path} keeps a reader at what it had"
                );
            }
            let (was, is) = (moment(&held.last_modified), date.as_deref().map(moment));
            assert!(
                is.is_none_or(|is| is >= was),
                "step {step}: {path} went back from {was}"
            );
            if is == Some(was) {
                assert_eq!(
                    etag, held.etag,
                    "step {step}: {path} has two bodies of one date"
                );
            }
        }
        if let Some(last_modified) = date {
            let held = Held {
                etag,
                last_modified,
            };
            self.held.insert(path.to_owned(), held);
        }
        Some(body)
    }
}

fn moment(date: &str) -> DateTime<Utc> {
    httpdate::parse_http_date(date).expect(date).into()
}

/// The addresses of what is watched, of every story with its captions and its day, of their cards, and of the lists.
fn addresses(store: &Store, stories: &[Story]) -> BTreeSet<String> {
    let publication = store.publication().unwrap();
    let own = stories.iter().map(|s| Subject::Article(s.slug.clone()));
    let mut resources = vec![
        Resource::Opml,
        Resource::FeedStyle,
        Resource::Sitemap,
        Resource::SitemapPages,
        Resource::SitemapNews,
        Resource::Robots,
        Resource::Subscribe,
    ];
    for story in stories {
        let published = story.article().published.to_utc();
        let day = published.with_timezone(&publication.timezone).date_naive();
        let id = story.id(publication.id());
        resources.extend([
            Resource::Day(day),
            Resource::ArticleCard(id),
            Resource::CardOfArticle(story.slug.clone()),
        ]);
        let known = store.article(id).unwrap();
        for caption in known.iter().flat_map(|article| &article.captions) {
            let id = caption.state.id;
            resources.extend([Resource::CaptionPage(id), Resource::CaptionCard(id)]);
        }
    }
    resources.extend(SECTIONS.map(|slug| Resource::SectionCard(slug.to_owned())));
    for month in 1..=4 {
        let month = Month::parse(&format!("2026-0{month}")).unwrap();
        resources.push(Resource::SitemapPart(month, 1));
    }
    let mut pages = BTreeSet::new();
    for (selection, subject) in watched() {
        for format in Format::ALL {
            resources.push(match selection {
                Selection::Archive(_, segment) => {
                    Resource::Archive(subject.clone(), segment, format)
                }
                _ => Resource::Feed(subject.clone(), format),
            });
        }
        pages.insert(Resource::Page(subject).to_string());
    }
    for subject in own {
        resources.extend(Format::ALL.map(|format| Resource::Feed(subject.clone(), format)));
        resources.push(Resource::Page(subject));
    }
    let paths = resources.iter().map(ToString::to_string);
    paths.chain(pages).collect()
}

#[test]
fn no_address_is_stale_dated_back_or_dated_twice() {
    let folder = tempfile::tempdir().unwrap();
    let mut now: DateTime<Utc> = "2026-03-10T08:00:00Z".parse().unwrap();
    let store = Arc::new(Store::open(folder.path(), now).unwrap());
    let change = Change::Settings(Box::new(settings(publication_with(true))));
    store.apply(&|| now, "test", &[change]).unwrap();
    let known = store.publication().unwrap();
    let base = BaseUrl::parse(BASE).unwrap();
    let mut dice = Dice::seeded(0x0dd_ba11_5eed);
    let mut stories = vec![Story::new(0, now, &mut dice)];
    let mut readers = Readers::of(&store);
    for step in 0..150 {
        // Often within one second, so that a date that is told too early is caught.
        now += match dice.roll(3) {
            0 => TimeDelta::milliseconds(dice.roll(900) as i64),
            1 => TimeDelta::seconds(dice.roll(90) as i64),
            _ => TimeDelta::minutes(dice.roll(5 * 60) as i64),
        };
        let told = match dice.roll(10) {
            0 => now - TimeDelta::hours(7),
            _ => now,
        };
        let change = decide(&mut stories, now, &mut dice, known.id());
        for outcome in store.apply(&|| told, "test", &[change]).unwrap() {
            match outcome {
                Ok(_) | Err(StoreError::SlugTaken { .. } | StoreError::GuidTaken { .. }) => {}
                Err(error) => panic!("step {step}: {error}"),
            }
        }
        // Readers come a little later, and live by the same clock.
        let later = TimeDelta::milliseconds(dice.roll(1500) as i64);
        now += later;
        *readers.clock.lock().unwrap() = told + later;
        for path in addresses(&store, &stories) {
            let body = readers.ask(&path, step);
            // What stands in memory is what the store says, also where nothing is said to have touched it.
            if dice.roll(6) == 0 || step % 50 == 49 {
                let resource = Resource::parse(&path).unwrap();
                let fresh = rendered(&store, &base, &resource).unwrap();
                assert!(
                    body.as_deref() == fresh.body(),
                    "step {step}: {path} is stale\n{}\nand not\n{}",
                    String::from_utf8_lossy(body.as_deref().unwrap_or_default()),
                    String::from_utf8_lossy(fresh.body().unwrap_or_default())
                );
            }
        }
    }
    for path in [
        "/archive/1.atom",
        "/feeds/pictures.rss",
        "/sitemap.xml",
        "/sitemap-news.xml",
        // Its first hour there was none.
        "/days/2026-03-08",
        "/embed/sections/city",
        "/embed/articles/story-1",
    ] {
        assert!(readers.held.contains_key(path), "{path}");
    }
    assert!(readers.held.len() > 150, "{}", readers.held.len());
    assert!(readers.answers > 8000, "{}", readers.answers);
}
