//! What changed in a window since it was read is exact: it makes the window of now of that one, and names nothing that is as
//! it was. Random decisions, the same at every run.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use courant::feed::{Entries, EntryCache, Feed, Source};
use courant::item::{Id, file};
use courant::publication::{Publication, Selection};
use courant::resource::{BaseUrl, Subject};
use courant::store::{
    Act, Action, Change, EntryKind, Expected, Origin, Position, Removal, Settings, Since, Store,
    StoreError, Window, WindowChanges, WindowItem,
};

const SECTIONS: [&str; 2] = ["harbour", "city"];
const TAGS: [&str; 2] = ["boats", "trams"];
const PEOPLE: [&str; 2] = ["Maeve Corrigan", "Ines Adler"];

/// A small generator of our own, so that a run can be repeated.
struct Dice(u64);

impl Dice {
    /// The same at every run, unless somebody asks for another sequence.
    fn seeded(seed: u64) -> Self {
        let asked = std::env::var("PROPTEST_RNG_SEED");
        Self(
            asked
                .ok()
                .and_then(|seed| seed.parse().ok())
                .unwrap_or(seed),
        )
    }

    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(sides).unwrap()).unwrap()
    }

    fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.roll(of.len())]
    }
}

struct Story {
    slug: String,
    section: &'static str,
    tag: &'static str,
    author: &'static str,
    published: DateTime<Utc>,
    lines: usize,
    captions: Vec<String>,
}

impl Story {
    fn new(number: usize, now: DateTime<Utc>, dice: &mut Dice) -> Self {
        let age = [1, 30, 24 * 10, 24 * 50][dice.roll(4)];
        let captions = 0..dice.roll(4);
        Self {
            slug: format!("story-{number}"),
            section: dice.pick(&SECTIONS),
            tag: dice.pick(&TAGS),
            author: dice.pick(&PEOPLE),
            published: now - TimeDelta::hours(age),
            lines: 1,
            captions: captions.map(|place| format!("Picture {place}")).collect(),
        }
    }

    fn put(&self) -> Change {
        let captions = self.captions.iter();
        let captions = captions.map(|text| {
            let credit = self.author;
            format!("[[captions]]\ntext = \"{text}\"\ncredit = \"{credit}\"\n")
        });
        let text = format!(
            "+++\nheadline = \"The {}\"\npublished = {}\nauthors = [\"{}\"]\ntags = [\"{}\"]\n{}+++\n\n{}",
            self.slug,
            self.published.to_rfc3339(),
            self.author,
            self.tag,
            captions.collect::<String>(),
            "One more line of the story.\n".repeat(self.lines),
        );
        let parsed = file::parse(text.as_bytes(), &|_| unreachable!("no photographs"));
        let article = parsed
            .article
            .unwrap_or_else(|| panic!("{:?}", parsed.complaints));
        let origin = Origin {
            path: format!("{}/{}", self.section, self.slug),
            stat: String::new(),
            digest: String::new(),
        };
        Change::put(article, self.section, &self.slug, origin)
    }
}

fn settings(title: &str) -> Change {
    settings_with(title, "")
}

/// With more feeds of the paper's own choosing.
fn settings_with(title: &str, feeds: &str) -> Change {
    let sections: String = SECTIONS
        .iter()
        .map(|slug| format!("[[sections]]\nslug = \"{slug}\"\ntitle = \"The {slug}\"\n"))
        .collect();
    let text = format!(
        "title = \"{title}\"\nlanguage = \"en\"\nmain_feed = [\"articles\", \"captions\"]\n{sections}\
         [[feeds]]\nname = \"few\"\ntitle = \"Few\"\nkinds = [\"articles\", \"captions\"]\nwindow = 5\n\
         [[feeds]]\nname = \"pictures\"\ntitle = \"Pictures\"\nkinds = [\"captions\"]\nsections = [\"city\"]\nwindow = 3\n{feeds}"
    );
    let parsed = courant::publication::parse(text.as_bytes(), &|_| unreachable!("no photographs"));
    let publication: Publication = parsed
        .publication
        .unwrap_or_else(|| panic!("{:?}", parsed.complaints));
    Change::Settings(Box::new(Settings {
        publication,
        source: String::new(),
        base_url: "https://courier.example".to_owned(),
    }))
}

/// One decision of the desk about a story, its own or about one of its captions.
fn act(store: &Store, article: Id, dice: &mut Dice) -> Change {
    let known = store.article(article).unwrap();
    let captions = known.iter().flat_map(|article| &article.captions);
    let mut items: Vec<Id> = captions.map(|caption| caption.state.id).collect();
    items.push(article);
    let action = match dice.roll(9) {
        0 | 1 => Action::Remove(Removal::Withheld),
        2 => Action::Remove(Removal::Retracted),
        3 => Action::Remove(Removal::Killed),
        _ => Action::Release,
    };
    Change::Act(Box::new(Act {
        item: items[dice.roll(items.len())],
        action,
        public_note: None,
        expected: Expected::Anything,
        section: None,
    }))
}

fn decide(
    store: &Store,
    stories: &mut Vec<Story>,
    now: DateTime<Utc>,
    large: bool,
    dice: &mut Dice,
) -> Change {
    let count = stories.len();
    let at = dice.roll(count);
    let id = store.publication().unwrap().id().derive(&stories[at].slug);
    let story = &mut stories[at];
    match dice.roll(16) {
        0..=4 => {
            stories.push(Story::new(count, now, dice));
            return stories[count].put();
        }
        5 => story.lines += 1,
        6 => story.lines = 1,
        7 => story.lines += if large { 16_000 } else { 5 },
        8 => story.section = dice.pick(&SECTIONS),
        9 => story.tag = dice.pick(&TAGS),
        10 => story.captions.push(format!("Picture of {now}")),
        11 => drop(story.captions.pop()),
        12 => story.captions.reverse(),
        13 => return Change::Withdraw(id),
        14 if dice.roll(12) == 0 => return settings(&format!("Courier of {now}")),
        _ => return act(store, id, dice),
    }
    story.put()
}

fn watched(stories: &[Story], publication: Id) -> Vec<(Selection, Subject)> {
    let named = |name: &str| {
        (
            Selection::Named(name.to_owned()),
            Subject::Named(name.to_owned()),
        )
    };
    let section = |slug: &str| {
        (
            Selection::Section(slug.to_owned()),
            Subject::Section(slug.to_owned()),
        )
    };
    let first = &stories[0];
    vec![
        (Selection::All, Subject::Publication),
        (Selection::Captions, Subject::Captions),
        (
            Selection::Tag("boats".to_owned()),
            Subject::Tag("boats".to_owned()),
        ),
        (
            Selection::Author("maeve-corrigan".to_owned()),
            Subject::Author("maeve-corrigan".to_owned()),
        ),
        (
            Selection::Article(publication.derive(&first.slug)),
            Subject::Article(first.slug.clone()),
        ),
        section("harbour"),
        section("city"),
        named("few"),
        named("pictures"),
    ]
}

/// A window as it was once.
#[derive(Clone)]
struct Known {
    touched: Position,
    /// Each with its article.
    items: Vec<(Id, Id)>,
}

/// What was seen of a selection so far.
#[derive(Default)]
struct Seen {
    windows: Vec<Known>,
    /// What was last said of each item, and at which entry that was otherwise before.
    said: BTreeMap<Id, (String, u64)>,
}

impl Seen {
    fn look(
        &mut self,
        store: &Store,
        cache: &EntryCache,
        selection: &Selection,
        subject: &Subject,
    ) -> Window {
        let window = store.window(selection).unwrap();
        same_from_kept_entries(store, cache, selection, subject, &window);
        let newest = self.windows.last();
        if newest.is_some_and(|known| known.touched == window.touched) {
            return window;
        }
        for item in &window.items {
            let said = said_of(store, selection, subject, &window, *item);
            let known = self.said.entry(item.id).or_default();
            if known.0 != said {
                *known = (said, window.touched.seq);
            }
        }
        let items = window
            .items
            .iter()
            .map(|item| (item.id, owner(&window, item.id)));
        let known = Known {
            touched: window.touched,
            items: items.collect(),
        };
        self.windows.push(known);
        window
    }
}

/// A feed that is made of entries kept from earlier documents, of this selection or of others, says what a new one does.
fn same_from_kept_entries(
    store: &Store,
    cache: &EntryCache,
    selection: &Selection,
    subject: &Subject,
    window: &Window,
) {
    let publication = store.publication().unwrap();
    let base = BaseUrl::parse("https://courier.example").unwrap();
    let source = Source {
        publication: &publication,
        base: &base,
    };
    let feed = |window: &Window, kept: &mut Entries<'_>| {
        Feed::at(source, subject.clone(), selection, None, window, kept)
    };
    if selection.is_complete() {
        // An article's own feed has entries of its own.
        return;
    }
    let new = feed(window, &mut Entries::none());
    let mut kept = Entries::of(cache, &publication);
    let beside = store.window_beside(selection, &mut |item| kept.has(item));
    let old = feed(&beside.unwrap(), &mut kept);
    assert_eq!(old, new, "of {selection}");
}

fn owner(window: &Window, item: Id) -> Id {
    let has = |article: &&courant::store::StoredArticle| {
        let mut captions = article.captions.iter();
        article.state.id == item || captions.any(|caption| caption.state.id == item)
    };
    window
        .articles
        .iter()
        .find(has)
        .expect("an article")
        .state
        .id
}

/// What a feed says of one item of a window.
fn said_of(
    store: &Store,
    selection: &Selection,
    subject: &Subject,
    window: &Window,
    item: WindowItem,
) -> String {
    let publication = store.publication().unwrap();
    let base = BaseUrl::parse("https://courier.example").unwrap();
    let article = owner(window, item.id);
    let articles = window.articles.iter();
    let articles = articles.filter(|known| known.state.id == article);
    let alone = Window {
        items: vec![item],
        articles: articles.cloned().collect(),
        ..*window
    };
    let source = Source {
        publication: &publication,
        base: &base,
    };
    let mut made = Entries::none();
    let feed = Feed::at(source, subject.clone(), selection, None, &alone, &mut made);
    format!("{:?} {:?}", feed.entries, feed.tombstones)
}

/// What `changes` should say to one who knows a window.
fn check(
    store: &Store,
    selection: &Selection,
    (known, seen): (&Known, &Seen),
    window: &Window,
    changes: &WindowChanges,
) {
    assert_eq!(changes.touched, window.touched);
    let items: Vec<Id> = window.items.iter().map(|item| item.id).collect();
    assert_eq!(changes.items, items);
    let had: BTreeSet<Id> = known.items.iter().map(|(item, _)| *item).collect();
    let is_other = |item: &&Id| !had.contains(item) || seen.said[item].1 > known.touched.seq;
    // In its own feed an article stands in parts beside its captions, and is named with them all the same.
    let is_whole = |item: &Id| *selection == Selection::Article(*item);
    // Two entries of one transaction may undo one another.
    let entries = store.log_after(known.touched.seq, 100_000).unwrap();
    let is_undone = |item: &Id| {
        let about = entries.iter().filter_map(|entry| entry.item);
        about.filter(|about| about == item).count() > 1
    };
    let may_be = |item: &Id| changes.changed.contains(item) && (is_whole(item) || is_undone(item));
    let other = items.iter().filter(|item| is_other(item) || may_be(item));
    let other: Vec<Id> = other.copied().collect();
    assert_eq!(changes.changed, other, "since {:?}", known.touched);
    let articles: Vec<Id> = changes
        .articles
        .iter()
        .map(|article| article.state.id)
        .collect();
    let mut owners: Vec<Id> = Vec::new();
    for item in &changes.changed {
        let owner = owner(window, *item);
        if !owners.contains(&owner) {
            owners.push(owner);
        }
    }
    assert_eq!(articles, owners);
    let is_filed = |item: Id, article: Id| {
        let filed = store.selections_of(article, item).unwrap();
        filed.contains(selection)
    };
    let gone = known.items.iter();
    let gone = gone.filter(|(item, article)| !items.contains(item) && !is_filed(*item, *article));
    let mut gone: Vec<Id> = gone.map(|(item, _)| *item).collect();
    let mut left = changes.removed.clone();
    gone.sort_unstable();
    left.sort_unstable();
    assert_eq!(left, gone, "since {:?}", known.touched);
}

/// How often windows were compared, and how often one had to be taken whole.
fn compare(dice: &mut Dice, steps: usize, large: bool) -> (usize, usize) {
    let folder = tempfile::tempdir().unwrap();
    let mut now: DateTime<Utc> = "2026-03-01T08:00:00Z".parse().unwrap();
    let store = crate::support::place::open_store(folder.path(), now).unwrap();
    let apply = |now: DateTime<Utc>, changes: &[Change]| {
        for outcome in store.apply(&|| now, "test", changes).unwrap() {
            match outcome {
                Ok(_) => {}
                Err(error) if error.is_refusal() => {}
                Err(error) => panic!("{error}"),
            }
        }
    };
    apply(now, &[settings("Courier")]);
    let mut stories = vec![Story::new(0, now, dice)];
    apply(now, &[stories[0].put()]);
    let publication = store.publication().unwrap().id();
    let watched = watched(&stories, publication);
    let mut seen: Vec<Seen> = watched.iter().map(|_| Seen::default()).collect();
    let cache = EntryCache::new(1 << 24);
    let (mut compared, mut whole) = (0, 0);
    for step in 0..steps {
        now += match dice.roll(20) {
            0 => TimeDelta::days(12),
            _ => TimeDelta::minutes(i64::try_from(dice.roll(5 * 60)).unwrap()),
        };
        // Several decisions of one transaction are seen together.
        let decisions = 1 + dice.roll(2) * dice.roll(3);
        let changes: Vec<Change> = (0..decisions)
            .map(|_| decide(&store, &mut stories, now, large, dice))
            .collect();
        apply(now, &changes);
        let log = store.log_after(0, 100_000).unwrap();
        let last = |kind: EntryKind| {
            let entries = log.iter().filter(|entry| entry.kind == kind);
            entries.map(|entry| entry.position.seq).max()
        };
        let (settled, killed) = (last(EntryKind::Settings), last(EntryKind::Kill));
        for ((selection, subject), seen) in watched.iter().zip(&mut seen) {
            let window = seen.look(&store, &cache, selection, subject);
            for back in [1, 2, 5, 20] {
                let Some(place) = seen.windows.len().checked_sub(back) else {
                    continue;
                };
                let known = &seen.windows[place];
                compared += 1;
                match store.window_since(selection, known.touched).unwrap() {
                    Since::Whole => {
                        // A name that only killed items had is forgotten, with what was filed under it.
                        let is_name = matches!(selection, Selection::Tag(_) | Selection::Author(_));
                        let by_kill = is_name && Some(known.touched.seq) < killed;
                        assert!(
                            by_kill || Some(known.touched.seq) < settled,
                            "step {step}: {selection}"
                        );
                        whole += 1;
                    }
                    Since::Changes(changes) => {
                        assert!(
                            Some(known.touched.seq) >= settled,
                            "step {step}: {selection}"
                        );
                        // Shown where something is wrong.
                        println!("step {step}: {selection}");
                        check(&store, selection, (known, seen), &window, &changes);
                    }
                }
            }
        }
    }
    (compared, whole)
}

#[test]
fn what_changed_makes_the_window_of_now_of_an_earlier_one() {
    let (compared, whole) = compare(&mut Dice::seeded(0x00c0_ffee_1234_5678), 150, false);
    assert!(compared > 2000, "{compared}");
    assert!(whole * 3 < compared, "{whole} of {compared}");
}

#[test]
fn it_does_so_where_bytes_decide_what_a_window_has_room_for() {
    let (compared, whole) = compare(&mut Dice::seeded(0x00c0_ffee_8765_4321), 50, true);
    assert!(compared > 700, "{compared}");
    assert!(whole * 3 < compared, "{whole} of {compared}");
}

/// The articles that are read for the feed of a selection beside the entries that are kept, and kept ones from then on.
fn read_for_feed(
    store: &Store,
    cache: &EntryCache,
    (selection, subject): (&Selection, &Subject),
) -> Vec<String> {
    let publication = store.publication().unwrap();
    let base = BaseUrl::parse("https://courier.example").unwrap();
    let source = Source {
        publication: &publication,
        base: &base,
    };
    let mut kept = Entries::of(cache, &publication);
    let window = store.window_beside(selection, &mut |item| kept.has(item));
    let window = window.unwrap();
    let feed = Feed::at(source, subject.clone(), selection, None, &window, &mut kept);
    assert_eq!(feed.entries.len(), window.items.len());
    let articles = window.articles.iter();
    articles.map(|article| article.slug.clone()).collect()
}

#[test]
fn a_change_of_one_story_has_that_story_alone_read() {
    let folder = tempfile::tempdir().unwrap();
    let now: DateTime<Utc> = "2026-03-01T08:00:00Z".parse().unwrap();
    let store = crate::support::place::open_store(folder.path(), now).unwrap();
    let apply = |changes: &[Change]| {
        for outcome in store.apply(&|| now, "test", changes).unwrap() {
            outcome.unwrap();
        }
    };
    let mut dice = Dice(7);
    let mut stories: Vec<Story> = (0..12)
        .map(|number| Story::new(number, now, &mut dice))
        .collect();
    apply(&[settings("Courier")]);
    apply(&stories.iter().map(Story::put).collect::<Vec<_>>());
    let cache = EntryCache::new(1 << 24);
    let all = (Selection::All, Subject::Publication);
    let later = "late".to_owned();
    let later = (Selection::Named(later.clone()), Subject::Named(later));
    let read = |of: &(Selection, Subject)| read_for_feed(&store, &cache, (&of.0, &of.1));
    assert_eq!(read(&all).len(), 12);
    assert!(read(&all).is_empty());
    stories[7].lines += 1;
    apply(&[stories[7].put()]);
    assert_eq!(read(&all), ["story-7"]);
    // Other settings have everything made anew, once. To a feed that came with them every item is new.
    let late =
        "[[feeds]]\nname = \"late\"\ntitle = \"Late\"\nkinds = [\"articles\", \"captions\"]\n";
    apply(&[settings_with("Courier", late)]);
    for of in [&all, &later] {
        read(of);
    }
    for of in [&all, &later, &all] {
        assert!(read(of).is_empty(), "{} was read again", of.0);
    }
    stories[3].lines += 1;
    apply(&[stories[3].put()]);
    assert_eq!(read(&later), ["story-3"]);
    // What one feed made the other has.
    assert!(read(&all).is_empty());
}

#[test]
fn who_knows_no_entry_of_this_log_takes_the_window_whole() {
    let folder = tempfile::tempdir().unwrap();
    let now: DateTime<Utc> = "2026-03-01T08:00:00Z".parse().unwrap();
    let store = crate::support::place::open_store(folder.path(), now).unwrap();
    let mut dice = Dice(7);
    let stories: Vec<Story> = (0..3)
        .map(|number| Story::new(number, now, &mut dice))
        .collect();
    let apply = |change: Change| -> Result<(), StoreError> {
        let outcomes = store.apply(&|| now, "test", &[change])?;
        outcomes
            .into_iter()
            .try_for_each(|outcome| outcome.map(drop))
    };
    apply(settings("Courier")).unwrap();
    for story in &stories {
        apply(story.put()).unwrap();
    }
    let touched = store.window(&Selection::All).unwrap().touched;
    let since = |seq: u64, time: DateTime<Utc>| {
        store
            .window_since(&Selection::All, Position { seq, time })
            .unwrap()
    };
    assert!(matches!(
        since(touched.seq, touched.time),
        Since::Changes(_)
    ));
    for (seq, time) in [
        (0, touched.time),
        (touched.seq, touched.time + TimeDelta::milliseconds(1)),
        (touched.seq + 1, touched.time),
        (u64::from(u32::MAX), touched.time),
    ] {
        assert!(matches!(since(seq, time), Since::Whole), "{seq}");
    }
    let archive = Selection::Archive(Box::new(Selection::All), 1);
    let archived = store.window_since(&archive, touched).unwrap();
    assert!(matches!(archived, Since::Whole));
    // Settings may alter everything.
    apply(settings("Another title")).unwrap();
    assert!(matches!(since(touched.seq, touched.time), Since::Whole));
}
