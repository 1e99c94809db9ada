//! Touches are exact: a selection that was not touched gives what it gave, one that was gives something else, and its
//! time never goes back; and whichever way an answer comes, from memory or made, it is the same. Random decisions, the same at
//! every run.

mod decisions;

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex};

use chrono::{DateTime, TimeDelta, Utc};
use courant::config::Limits;
use courant::feed::{Entries, EntryCache, Feed, RENDERING, Source};
use courant::http::{AtOnce, MAX_FIELDS, ParsedHead, Peer, ReadyResponses, Site, read, rendered};
use courant::publication::{NameKind, Selection};
use courant::resource::{BaseUrl, Format, Resource, Subject};
use courant::store::{
    Change, Clock, Entry, Month, NameStatus, Position, Store, TouchKey, Window, WriteQueue,
};
use http::Request;
use http_body_util::BodyExt;

use crate::support::Answer;

use decisions::{BASE, Desk, Dice, OF_API, SECTIONS, Story, TAGS, publication_with, settings};

/// What a long enough run has decided, by its entries in the log.
const DECIDED: [&str; 12] = [
    "publish", "minor", "update", "correct", "move", "withdraw", "withhold", "release", "retract",
    "kill", "expire", "settings",
];

/// Applies a change; gives whether the store took it.
#[track_caller]
fn apply(store: &Store, now: DateTime<Utc>, change: Change) -> bool {
    let outcomes = store.apply(&|| now, "test", &[change]).unwrap();
    match outcomes.into_iter().next().unwrap() {
        Ok(_) => true,
        // What it decides may not be possible: the address is not free after all, or what it is about was killed.
        Err(error) if error.is_refusal() => false,
        Err(error) => panic!("{error}"),
    }
}

/// What was decided last, for those who look for a fault.
fn newest(store: &Store) -> Vec<Entry> {
    let mut log = store.log_after(0, 100_000).unwrap();
    log.split_off(log.len().saturating_sub(3))
}

/// Whether the clock has brought something.
fn is_due(store: &Store, now: DateTime<Utc>) -> bool {
    store.next_due().unwrap().is_some_and(|due| due <= now)
}

/// Every slug that a section has at some time.
fn sections() -> impl Iterator<Item = &'static str> {
    SECTIONS.into_iter().chain(OF_API)
}

/// The slugs that people get.
const AUTHORS: [&str; 3] = ["sun-jie", "sun-jie-2", "maeve-corrigan"];

fn watched() -> Vec<(Selection, Subject)> {
    let mut watched = vec![
        (Selection::All, Subject::Publication),
        (Selection::Captions, Subject::Captions),
    ];
    for slug in sections() {
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
    for slug in AUTHORS {
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

/// What is watched of a selection: what its feed gives, what its page lists, or what the page of a month has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Feed,
    List,
    Month(Month),
}

/// The months that stories are of in the first place; some are of those before and after them.
fn months() -> impl Iterator<Item = Month> {
    let spelled = ["2026-02", "2026-03", "2026-04"].into_iter();
    spelled.map(|month| Month::parse(month).unwrap())
}

/// The forms of a selection: a segment has no list by publication of its own, and what has segments no months.
fn forms(selection: &Selection) -> Vec<Form> {
    let months = months().map(Form::Month);
    match selection {
        Selection::Archive(..) => vec![Form::Feed],
        _ if selection.has_months() => [Form::Feed, Form::List].into_iter().chain(months).collect(),
        _ => vec![Form::Feed, Form::List],
    }
}

/// Memory for the entries of one state of the store.
const ENTRIES_BYTES: u64 = 64 << 20;

/// What a reader gets: items, and what is said beside them.
type Shown = (Option<Feed>, String);

/// What a reader of the selection gets, without the date that the touch itself sets; nothing of a segment that is not
/// closed yet. A page says no more of an item than a feed does, so what it lists is compared as a feed of it.
/// Entries are shared by `made`, which is of one state of the store.
fn given(
    store: &Store,
    made: &EntryCache,
    (selection, subject, form): (&Selection, &Subject, Form),
) -> (Shown, Position) {
    let publication = store.publication().unwrap();
    let base = BaseUrl::parse("https://courier.example").unwrap();
    let (window, beside) = match form {
        Form::Feed => (store.window(selection).unwrap(), String::new()),
        Form::List => {
            let list = store.list(selection).unwrap();
            let older = format!("{:?}", list.older);
            (list, older)
        }
        Form::Month(month) => {
            // Its named feed may be another one, which the list of those tells.
            let key = TouchKey::MonthOf(selection.clone(), month);
            let keys = [TouchKey::SectionsAndFeeds, key];
            let touched = keys.map(|key| store.touch(&key).unwrap());
            let touched = touched.into_iter().max().unwrap();
            let sections: Vec<_> = publication.sections.iter().collect();
            let lists = format!(
                "{sections:?} {:?} {:?}",
                publication.feeds, publication.retired
            );
            let zone = publication.timezone;
            match store.month_page(selection, (month, 1), zone).unwrap() {
                Some(page) => {
                    let around = (page.has_more, page.before, page.after);
                    let window = Window {
                        touched,
                        ..page.window
                    };
                    (window, format!("{around:?} {lists}"))
                }
                None => return ((None, lists), touched),
            }
        }
    };
    if let Selection::Archive(of, segment) = selection
        && *segment > store.window(of).unwrap().segments
    {
        return ((None, beside), window.touched);
    }
    // The page of a name that nothing public has is none, whatever its list was.
    let is_page = || match selection {
        Selection::Tag(_) | Selection::Author(_) => {
            matches!(store.name(selection).unwrap(), NameStatus::Told(_))
        }
        _ => true,
    };
    if form == Form::List && !is_page() {
        return ((None, String::new()), window.touched);
    }
    let source = Source {
        publication: &publication,
        base: &base,
    };
    let mut made = Entries::of(made, &publication);
    for item in &window.items {
        made.has(*item);
    }
    let mut feed = Feed::at(source, subject.clone(), selection, None, &window, &mut made);
    feed.updated = DateTime::UNIX_EPOCH;
    ((Some(feed), beside), window.touched)
}

/// What the paper says of an author, who is nobody as long as nothing public has the name.
fn profile_of(store: &Store, slug: &str) -> (String, Position) {
    let named = store.name(&Selection::Author(slug.to_owned())).unwrap();
    let NameStatus::Told(name) = named else {
        return (String::new(), Position::default());
    };
    let publication = store.publication().unwrap();
    let touched = store.touch(&TouchKey::Profile(slug.to_owned())).unwrap();
    (format!("{:?}", publication.profile(&name)), touched)
}

/// The place of the news among them.
const NEWS: usize = 1;

/// What the catalogues say: the news, the lists of months and the months themselves, of the sitemap and of the calendar, the
/// tags and the authors, and what the paper says of those.
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
    let zone = store.publication().unwrap().timezone;
    let (touched, months) = store.months(zone).unwrap();
    said.push((format!("{months:?}"), touched));
    for month in 1..=5 {
        let month = Month::parse(&format!("2026-0{month}")).unwrap();
        let key = TouchKey::DaysOfMonth(month);
        let days = store.days_of(month, zone).unwrap();
        let days = days.map(|found| (found.days, found.before, found.after));
        said.push((format!("{days:?}"), store.touch(&key).unwrap()));
    }
    for kind in NameKind::ALL {
        let listed = store.names(kind, 1).unwrap();
        said.push((format!("{:?}", listed.names), listed.touched));
    }
    for slug in AUTHORS {
        said.push(profile_of(store, slug));
    }
    said
}

#[test]
fn a_selection_is_touched_exactly_when_what_it_gives_changes() {
    let (segments, _) = exact(Dice::seeded(0x00c0_ffee_1234_5678), false, 300);
    assert!(
        segments > 4,
        "too few items for the archives to show anything: {segments}"
    );
}

#[test]
fn a_selection_is_touched_whatever_changes_what_it_gives() {
    let (segments, decided) = exact(Dice::seeded(0x00c0_ffee_1111_2222), true, 380);
    assert!(
        segments > 2,
        "too few items for the archives to show anything: {segments}"
    );
    for kind in DECIDED {
        assert!(decided.contains(kind), "no {kind} among {decided:?}");
    }
}

#[test]
fn it_is_so_where_bytes_decide_what_a_window_has_room_for() {
    let mut dice = Dice::seeded(0x00c0_ffee_8765_4321);
    dice.large = true;
    let (segments, _) = exact(dice, false, 60);
    assert!(
        segments > 1,
        "too few bytes for the archives to show anything: {segments}"
    );
}

/// What every selection and every catalogue gave last, and when they were touched.
struct Given {
    selections: Vec<(Selection, Subject, Form)>,
    before: Vec<(Shown, Position)>,
    lists_before: Vec<(String, Position)>,
    touches: usize,
    /// A story that comes late can be news as of the list's last touch and none as of its own: without the touch the list
    /// would say it, with the touch it says what it said.
    late: usize,
    /// What is kept away or has ended may be told of where nobody sees it: a reader fetches once for nothing, and misses
    /// nothing.
    idle: usize,
    /// Whether the desk does more than to write.
    acts: bool,
}

impl Given {
    fn by(store: &Store, acts: bool) -> Self {
        let made = EntryCache::new(ENTRIES_BYTES);
        let selections: Vec<(Selection, Subject, Form)> = watched()
            .into_iter()
            .flat_map(|(s, t)| {
                let forms = forms(&s).into_iter();
                forms.map(move |form| (s.clone(), t.clone(), form))
            })
            .collect();
        Self {
            before: selections
                .iter()
                .map(|(s, t, form)| given(store, &made, (s, t, *form)))
                .collect(),
            lists_before: catalogues(store),
            selections,
            touches: 0,
            late: 0,
            idle: 0,
            acts,
        }
    }

    /// Looks at what is given now, after one decision. One that may concern whatever there is touches all of it.
    fn look(&mut self, store: &Store, step: usize, concerns_all: bool) {
        let made = EntryCache::new(ENTRIES_BYTES);
        for ((selection, subject, form), (was, was_touched)) in
            self.selections.iter().zip(&mut self.before)
        {
            let (is, is_touched) = given(store, &made, (selection, subject, *form));
            assert!(
                is_touched.time >= was_touched.time,
                "step {step}: {form:?} of {selection} went back"
            );
            let touched = is_touched != *was_touched;
            self.touches += usize::from(touched);
            if touched && is == *was && self.acts {
                self.idle += 1;
                *was_touched = is_touched;
                continue;
            }
            assert_eq!(
                touched,
                is != *was || (touched && concerns_all),
                "step {step}: {form:?} of {selection} touched: {touched}; {:#?}",
                newest(store)
            );
            (*was, *was_touched) = (is, is_touched);
        }
        let lists = catalogues(store);
        for (place, ((is, is_touched), (was, was_touched))) in
            lists.iter().zip(&self.lists_before).enumerate()
        {
            let touched = is_touched != was_touched;
            if touched && is == was && !concerns_all && (place == NEWS || self.acts) {
                match place {
                    NEWS => self.late += 1,
                    _ => self.idle += 1,
                }
                continue;
            }
            assert_eq!(
                touched,
                is != was || (touched && concerns_all),
                "step {step}: catalogue {place}:\n{was}\n{is}"
            );
        }
        self.lists_before = lists;
    }
}

/// Whether a section that stands gets another title or other former slugs, which any feed may say or be asked by.
fn retitles(store: &Store, change: &Change) -> bool {
    let Change::Section(change) = change else {
        return false;
    };
    let publication = store.publication().unwrap();
    publication.section(&change.slug).is_some_and(|known| {
        let next = change.section.as_ref();
        next.is_some_and(|next| next.slug == known.slug && next != known)
    })
}

/// Asks after each of this many decisions, of a desk that only writes or of one that does all it may; gives how many segments the archive of everything has in the end, and what kinds of
/// entries there are.
fn exact(dice: Dice, acts: bool, steps: usize) -> (u32, BTreeSet<&'static str>) {
    let folder = tempfile::tempdir().unwrap();
    let mut now: DateTime<Utc> = "2026-03-01T08:00:00Z".parse().unwrap();
    let store = crate::support::place::open_store(folder.path(), now).unwrap();
    let change = Change::Settings(Box::new(settings(publication_with(true, true))));
    assert!(apply(&store, now, change));
    let mut desk = Desk::new(dice, store.publication().unwrap().id(), now);
    desk.acts = acts;
    assert!(apply(&store, now, desk.first(&store)));
    let mut seen = Given::by(&store, desk.acts);
    let mut taken = 0;
    for step in 0..steps {
        now += TimeDelta::minutes(desk.dice.roll(5 * 60) as i64);
        // A clock that steps back neither loses nor reorders anything.
        let told = if desk.dice.roll(15) == 0 {
            now - TimeDelta::hours(7)
        } else {
            now
        };
        if is_due(&store, told) {
            assert!(apply(&store, told, Change::Due));
            seen.look(&store, step, false);
        }
        let change = desk.decide(&store, now);
        let concerns_all = retitles(&store, &change);
        taken += usize::from(apply(&store, told, change));
        seen.look(&store, step, concerns_all);
    }
    let Given {
        touches,
        late,
        idle,
        ..
    } = seen;
    assert!(
        idle <= touches / 10,
        "of {touches} touches {idle} were for nothing, {late} of the news"
    );
    assert!(late < 10, "the news were touched for nothing {late} times");
    assert!(
        touches > steps,
        "the decisions touched too little to show anything: {touches}"
    );
    assert!(
        taken > steps / 2,
        "too little was possible to show anything: {taken}"
    );
    let log = store.log_after(0, 100_000).unwrap();
    for (place, entry) in log.iter().enumerate() {
        assert_eq!(entry.position.seq, place as u64 + 1, "the log has a gap");
    }
    assert!(
        log.windows(2)
            .all(|pair| pair[0].position.time < pair[1].position.time)
    );
    let kinds = log.iter().map(|entry| entry.kind.name());
    (
        store.window(&Selection::All).unwrap().segments,
        kinds.collect(),
    )
}

/// What a reader of an address got last with a date, and the newest date it was ever told.
struct LastResponse {
    etag: String,
    last_modified: String,
}

/// The readers of every address of a paper, who ask the server in this process, by both ways into it.
struct Readers {
    site: Arc<Site>,
    /// What one of its threads has ready.
    ready: ReadyResponses,
    clock: Arc<Mutex<DateTime<Utc>>>,
    runtime: tokio::runtime::Runtime,
    held: BTreeMap<String, LastResponse>,
    answers: usize,
    /// So many of them came from memory.
    at_once: usize,
}

/// What an answer says, whichever way it came.
#[derive(Debug, PartialEq, Eq)]
struct Said {
    status: u16,
    etag: Option<String>,
    date: Option<String>,
    body: Vec<u8>,
}

impl Readers {
    fn of(store: &Arc<Store>) -> Self {
        let now = Arc::new(Mutex::new(DateTime::UNIX_EPOCH));
        let told = Arc::clone(&now);
        let clock: Clock = Arc::new(move || *told.lock().unwrap());
        let site = site(store, clock);
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        Self {
            ready: site.ready(),
            site,
            clock: now,
            runtime: runtime.unwrap(),
            held: BTreeMap::new(),
            answers: 0,
            at_once: 0,
        }
    }

    /// The answer that is made, of this server or of one with nothing in memory.
    fn made(&self, site: &Arc<Site>, path: &str, since: Option<&str>) -> Said {
        let mut request = Request::builder()
            .uri(path)
            .header("host", "courier.example.org");
        if let Some(since) = since {
            request = request.header("if-modified-since", since);
        }
        let request = request.body(()).unwrap();
        let site = Arc::clone(site);
        self.runtime.block_on(async {
            let (head, body) = site.respond(request).await.into_parts();
            let text = |name| {
                let value = head.headers.get(name);
                value.map(|value| value.to_str().unwrap().to_owned())
            };
            Said {
                status: head.status.as_u16(),
                etag: text("etag"),
                date: text("last-modified"),
                body: body.collect().await.unwrap().to_bytes().to_vec(),
            }
        })
    }

    /// The answer from memory, if it is there.
    fn at_once(&mut self, path: &str, since: Option<&str>) -> Option<Said> {
        let since = since.map(|since| format!("If-Modified-Since: {since}\r\n"));
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: courier.example.org\r\n{}\r\n",
            since.unwrap_or_default()
        );
        let mut slots = [const { std::mem::MaybeUninit::uninit() }; MAX_FIELDS];
        let ParsedHead::SimpleRequest(plain, _) = read(request.as_bytes(), &mut slots) else {
            panic!("{path} is no plain request");
        };
        let peer = Peer(IpAddr::V4(Ipv4Addr::LOCALHOST));
        let mut head = Vec::new();
        let found = self
            .site
            .at_once(&plain, peer, &mut self.ready, &mut head)?;
        let bytes = match found {
            AtOnce::Whole(whole) => whole.bytes().to_vec(),
            AtOnce::Parts(body) => [&head, &b"\r\n"[..], body.bytes()].concat(),
        };
        self.at_once += 1;
        let answer = Answer::parse(&bytes);
        let text = |name| answer.header(name).map(str::to_owned);
        Some(Said {
            status: answer.status,
            etag: text("etag"),
            date: text("last-modified"),
            body: answer.body.clone(),
        })
    }

    /// The answer by both ways, before and after it is made: one and the same.
    fn get(&mut self, path: &str, since: Option<&str>, step: usize) -> Said {
        let before = self.at_once(path, since);
        let made = self.made(&Arc::clone(&self.site), path, since);
        let after = self.at_once(path, since);
        for from_memory in [before, after].into_iter().flatten() {
            assert!(
                from_memory == made,
                "step {step}: {path} from memory, since {since:?}: {}\nand made: {}",
                told(&from_memory),
                told(&made)
            );
        }
        made
    }

    /// Asks for `path` as one who holds what was told last, and as one who asks for the first time; gives what is there.
    fn ask(&mut self, path: &str, step: usize) -> Said {
        let said = self.get(path, None, step);
        self.answers += 1;
        let (200, Some(etag)) = (said.status, said.etag.clone()) else {
            let status = said.status;
            assert!([301, 404, 410, 451].contains(&status), "{path}: {status}");
            return said;
        };
        let held = self.held.get(path);
        if let Some((tag, date)) = held.map(|h| (h.etag.clone(), h.last_modified.clone())) {
            let status = self.get(path, Some(&date), step).status;
            if etag != tag {
                assert_eq!(
                    status, 200,
                    "step {step}: {path} keeps a reader at what it had"
                );
            }
            let (was, is) = (moment(&date), said.date.as_deref().map(moment));
            assert!(
                is.is_none_or(|is| is >= was),
                "step {step}: {path} went back from {was}"
            );
            if is == Some(was) {
                assert_eq!(etag, tag, "step {step}: {path} has two bodies of one date");
            }
        }
        if let Some(last_modified) = said.date.clone() {
            let last = LastResponse {
                etag,
                last_modified,
            };
            self.held.insert(path.to_owned(), last);
        }
        said
    }
}

fn told(said: &Said) -> String {
    let Said {
        status, etag, date, ..
    } = said;
    let body = String::from_utf8_lossy(&said.body);
    format!("{status} {etag:?} {date:?}\n{body}")
}

fn site(store: &Arc<Store>, clock: Clock) -> Arc<Site> {
    let fault = Box::new(|path: &str, error: &courant::http::RenderError| {
        panic!("{path}: {error}");
    });
    let base = BaseUrl::parse(BASE).unwrap();
    let room = Limits::default().cache_bytes;
    let writes = WriteQueue::new(Arc::clone(store), clock, Box::new(|_| {}));
    Arc::new(Site::new(Arc::new(writes), base, room, fault))
}

impl Readers {
    /// Another server on the same store, with nothing in memory, gives the same to the byte.
    fn compare_with_another(
        &self,
        store: &Arc<Store>,
        stories: &[Story],
        now: DateTime<Utc>,
        step: usize,
    ) {
        let clock: Clock = Arc::new(move || now);
        let another = site(store, clock);
        for path in addresses(store, stories) {
            let (one, other) = (
                self.made(&self.site, &path, None),
                self.made(&another, &path, None),
            );
            assert!(
                one == other,
                "step {step}: {path}: {}\nand anew: {}",
                told(&one),
                told(&other)
            );
        }
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
        Resource::Sections,
        Resource::Names(NameKind::Tag, 1),
        Resource::Names(NameKind::Author, 1),
        Resource::Days,
        Resource::Newest,
    ];
    for story in stories {
        let published = story.article(store).published.to_utc();
        let day = published.with_timezone(&publication.timezone).date_naive();
        let id = story.id(store, publication.id());
        resources.extend([
            Resource::Day(day),
            Resource::ArticleCard(id),
            Resource::CardOfArticle(story.slug.clone()),
            Resource::Onward(story.slug.clone()),
            Resource::Item(id),
        ]);
        let known = store.article(id).unwrap();
        for caption in known.iter().flat_map(|article| &article.captions) {
            let id = caption.state.id;
            resources.extend([Resource::CaptionPage(id), Resource::CaptionCard(id)]);
        }
    }
    resources.extend(sections().map(|slug| Resource::SectionCard(slug.to_owned())));
    for month in 1..=4 {
        let month = Month::parse(&format!("2026-0{month}")).unwrap();
        resources.extend([
            Resource::SitemapPart(month, 1),
            Resource::DaysOfMonth(month),
        ]);
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
        for form in forms(&selection) {
            if let Form::Month(month) = form {
                resources.push(Resource::MonthPage(subject.clone(), month, 1));
            }
        }
        pages.insert(match selection {
            Selection::Archive(_, segment) => Resource::ArchivePage(subject, segment).to_string(),
            _ => Resource::Page(subject).to_string(),
        });
    }
    for subject in own {
        resources.extend(Format::ALL.map(|format| Resource::Feed(subject.clone(), format)));
        resources.push(Resource::Page(subject));
    }
    let paths = resources.iter().map(ToString::to_string);
    paths.chain(pages).collect()
}

const STEPS: usize = 150;

#[test]
fn no_address_is_stale_dated_back_or_dated_twice() {
    let folder = tempfile::tempdir().unwrap();
    let mut now: DateTime<Utc> = "2026-03-10T08:00:00Z".parse().unwrap();
    let store = Arc::new(crate::support::place::open_store(folder.path(), now).unwrap());
    let change = Change::Settings(Box::new(settings(publication_with(true, true))));
    assert!(apply(&store, now, change));
    let base = BaseUrl::parse(BASE).unwrap();
    let dice = Dice::seeded(12_345_686_820);
    let mut desk = Desk::new(dice, store.publication().unwrap().id(), now);
    // Of their own, so that what is decided does not hang on how many addresses there are.
    let mut looks = Dice::seeded(0x0dd_5eed);
    apply(&store, now, Change::Rendering(RENDERING - 1));
    let mut readers = Readers::of(&store);
    for step in 0..STEPS {
        // Often within one second, so that a date that is told too early is caught.
        now += match desk.dice.roll(3) {
            0 => TimeDelta::milliseconds(desk.dice.roll(900) as i64),
            1 => TimeDelta::seconds(desk.dice.roll(90) as i64),
            _ => TimeDelta::minutes(desk.dice.roll(5 * 60) as i64),
        };
        let told = match desk.dice.roll(10) {
            0 => now - TimeDelta::hours(7),
            _ => now,
        };
        if is_due(&store, told) {
            assert!(apply(&store, told, Change::Due));
        }
        let change = match step {
            // A version that renders otherwise comes once.
            100 => Change::Rendering(RENDERING),
            _ => desk.decide(&store, now),
        };
        apply(&store, told, change);
        // Readers come a little later, and live by the same clock.
        let later = TimeDelta::milliseconds(desk.dice.roll(1500) as i64);
        now += later;
        *readers.clock.lock().unwrap() = told + later;
        for path in addresses(&store, &desk.stories) {
            let said = readers.ask(&path, step);
            // What stands in memory is what the store says, also where nothing is said to have touched it.
            if looks.roll(6) == 0 || step % 50 == 49 {
                let resource = Resource::parse(&path).unwrap();
                let fresh = rendered(&store, &base, &resource).unwrap();
                let body = Some(said.body.as_slice()).filter(|_| said.status == 200);
                assert!(
                    body == fresh.body(),
                    "step {step}: {path} is stale after {:#?}:\n{}\nand not\n{}",
                    newest(&store),
                    String::from_utf8_lossy(body.unwrap_or_default()),
                    String::from_utf8_lossy(fresh.body().unwrap_or_default())
                );
            }
        }
        if step % 50 == 49 {
            readers.compare_with_another(&store, &desk.stories, told + later, step);
        }
    }
    let kinds = store.log_after(0, 100_000).unwrap().into_iter();
    let kinds: BTreeSet<&str> = kinds.map(|entry| entry.kind.name()).collect();
    for kind in DECIDED.iter().chain(&["rendering"]) {
        assert!(kinds.contains(kind), "no {kind} among {kinds:?}");
    }
    for path in [
        "/archive/1.atom",
        "/archive/1",
        "/days",
        "/days/2026-03",
        "/tags/boats/2026-03",
        "/authors/sun-jie/2026-02",
        "/feeds/city-boats/2026-03",
        "/sections",
        "/tags",
        "/authors",
        "/newest",
        "/articles/story-1/more",
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
    assert!(readers.at_once > 8000, "{}", readers.at_once);
}
