//! A desk that decides at random everything that the store can be asked, the same at every run.

use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use courant::item::{Article, Id, Line, NoteKind, Photograph, PhotographType, file};
use courant::publication::{Publication, Section};
use courant::store::{
    Act, Action, CaptionDefaults, Change, Expected, Origin, Removal, SectionChange, Settings,
    Store, Upload, UploadChange, Version,
};

pub const BASE: &str = "https://courier.example";

pub const SECTIONS: [&str; 3] = ["harbour", "city", "culture"];
pub const TAGS: [&str; 3] = ["boats", "trams", "books"];
const PEOPLE: [&str; 3] = ["孙杰", "孙洁", "Maeve Corrigan"];

/// The slugs that the one section has which the write API makes.
pub const OF_API: [&str; 2] = ["wharf", "quay"];

/// A small generator of our own, so that a run can be repeated.
pub struct Dice {
    state: u64,
    /// Whether stories get texts so long that bytes matter.
    pub large: bool,
}

impl Dice {
    /// The same at every run, unless somebody asks for another sequence.
    pub fn seeded(seed: u64) -> Self {
        let asked = std::env::var("PROPTEST_RNG_SEED");
        let asked = asked.ok().and_then(|seed| seed.parse().ok());
        Self {
            state: asked.unwrap_or(seed),
            large: false,
        }
    }

    pub fn roll(&mut self, sides: u64) -> u64 {
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
pub struct Story {
    pub slug: String,
    section: String,
    text: String,
    /// It came by the write API, and no file has it.
    is_by_api: bool,
}

impl Story {
    fn new(number: usize, now: DateTime<Utc>, dice: &mut Dice) -> Self {
        let age = TimeDelta::hours(dice.roll(24 * 40) as i64);
        let published = now - age;
        // Many papers say the day alone: such stories are told apart by their ids.
        let published = match number % 3 {
            0 => published.date_naive().and_time(NaiveTime::MIN).and_utc(),
            _ => published,
        };
        let published = published.to_rfc3339();
        let count = dice.roll(4);
        let captions = captions(number, count, dice);
        // So few have it that it comes and goes.
        let rare = match number % 2 {
            0 => String::new(),
            _ => format!(", \"berth {}\"", number % 9),
        };
        Self {
            slug: format!("story-{number}"),
            section: dice.pick(&SECTIONS).to_owned(),
            text: format!(
                "+++\nheadline = \"Story {number}\"\npublished = {published}\nauthors = [\"{}\"]\n\
                 tags = [\"{}\"{rare}]\n{captions}+++\n\nText {number}.\n",
                dice.pick(&PEOPLE),
                dice.pick(&TAGS),
            ),
            is_by_api: dice.roll(3) == 0,
        }
    }

    pub fn article(&self, store: &Store) -> Article {
        // A picture is an upload, or else lies beside the story's file.
        let picture = |name: &str| {
            let uploaded = store.photograph_named(name);
            Ok(uploaded.unwrap_or_else(|_| photograph(name)))
        };
        let parsed = file::parse(self.text.as_bytes(), &picture);
        parsed
            .article
            .unwrap_or_else(|| panic!("{:?}\n{}", parsed.complaints, self.text))
    }

    fn put(&self, store: &Store) -> Change {
        let article = self.article(store);
        if self.is_by_api {
            return Change::write(article, &self.section, &self.slug, Expected::Anything);
        }
        let origin = Origin {
            path: format!("{}/{}", self.section, self.slug),
            stat: String::new(),
            digest: String::new(),
        };
        Change::put(article, &self.section, &self.slug, origin)
    }

    pub fn id(&self, store: &Store, publication: Id) -> Id {
        let own = self.article(store).id;
        own.unwrap_or_else(|| publication.derive(&self.slug))
    }

    fn published(&self) -> DateTime<Utc> {
        let mut lines = self.text.lines();
        let said = lines.find_map(|line| line.strip_prefix("published = "));
        said.unwrap().parse().unwrap()
    }

    /// Says something else under a key of the article.
    fn set(&mut self, key: &str, value: &str) {
        let text = without(&self.text, &format!("{key} ="));
        self.text = text.replacen("+++\n", &format!("+++\n{key} = {value}\n"), 1);
    }

    /// Puts lines into one of the captions, if there is one, and takes away all lines of these keys.
    fn set_in_caption(&mut self, keys: &[&str], lines: &str, dice: &mut Dice) {
        for key in keys {
            self.text = without(&self.text, &format!("{key} ="));
        }
        let places: Vec<usize> = self
            .text
            .match_indices("text =")
            .map(|(at, _)| at)
            .collect();
        if !places.is_empty() {
            let at = places[dice.roll(places.len() as u64) as usize];
            self.text.insert_str(at, lines);
        }
    }
}

/// A picture, which is another for each name.
fn photograph(name: &str) -> Photograph {
    let number = name.bytes().fold(7_u128, |sum, byte| {
        sum.wrapping_mul(0x0100_0193_0000_0137)
            .wrapping_add(byte.into())
    });
    Photograph {
        hash: format!("{number:032x}"),
        kind: PhotographType::Jpeg,
        width: 1000,
        height: 700,
        bytes: 1000,
        renditions: Vec::new(),
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

/// A picture that was uploaded, under its name.
struct Picture {
    id: Id,
    name: String,
}

/// What stands is told by the store; this is what the desk has in its files and in its programs.
pub struct Desk {
    pub stories: Vec<Story>,
    pub dice: Dice,
    /// Whether it does more than to write stories and settings.
    pub acts: bool,
    publication: Id,
    pictures: Vec<Picture>,
    /// So many photographs were taken.
    taken: usize,
}

impl Desk {
    /// A desk with one story, which it has not put yet.
    pub fn new(mut dice: Dice, publication: Id, now: DateTime<Utc>) -> Self {
        let first = Story::new(0, now, &mut dice);
        Self {
            stories: vec![first],
            dice,
            acts: true,
            publication,
            pictures: Vec::new(),
            taken: 0,
        }
    }

    pub fn first(&self, store: &Store) -> Change {
        self.stories[0].put(store)
    }

    /// One decision.
    pub fn decide(&mut self, store: &Store, now: DateTime<Utc>) -> Change {
        if !self.acts {
            return self.write(store, now);
        }
        match self.dice.roll(34) {
            0..=16 => self.write(store, now),
            17..=22 => self.act(store),
            23..=26 => self.wait(store, now),
            27..=29 => self.illustrate(store, now),
            30 | 31 => self.change_section(store),
            _ => self.upload(store, now),
        }
    }

    fn any(&mut self) -> usize {
        self.dice.roll(self.stories.len() as u64) as usize
    }

    fn add(&mut self, story: Story, store: &Store) -> Change {
        let change = story.put(store);
        self.stories.push(story);
        change
    }

    /// A story is new, or its text is another.
    fn write(&mut self, store: &Store, now: DateTime<Utc>) -> Change {
        let (fresh, at) = (self.stories.len(), self.any());
        let dice = &mut self.dice;
        let story = &mut self.stories[at];
        match dice.roll(17) {
            0..=3 => {
                let story = Story::new(fresh, now, dice);
                return self.add(story, store);
            }
            4 => story.text.push_str("One more line.\n"),
            // Not before it comes.
            5 => story.set("updated", &now.max(story.published()).to_rfc3339()),
            6 => story.section = dice.pick(&SECTIONS).to_owned(),
            7 => {
                // With a word on what was wrong it is a correction.
                story.text = story.text.replacen("Picture", "Photograph", 1);
                if dice.roll(2) == 0 {
                    let kind = NoteKind::ALL[now.timestamp() as usize / 60 % 4].name();
                    let note = format!(
                        "public_note = \"Wrong until {now}.\"\npublic_note_kind = \"{kind}\"\n"
                    );
                    story.set_in_caption(&["public_note", "public_note_kind"], &note, dice);
                }
            }
            8 if !story.is_by_api => return Change::Withdraw(story.id(store, self.publication)),
            9 => story.set("guid", &format!("\"{}\"", now.timestamp_millis())),
            10 => story.text = with_captions_turned(&story.text),
            // The desk's own note is nobody else's affair.
            11 => story.set("note", &format!("\"{}\"", now.timestamp_millis())),
            12 => {
                // Another story under an address that may be free by now.
                let mut other = Story::new(fresh, now, dice);
                other.slug.clone_from(&story.slug);
                other.set("id", &format!("\"{}\"", Id::mint(now)));
                return other.put(store);
            }
            13 => {
                let choice = dice.roll(4);
                let mut publication = publication_with(choice.is_multiple_of(2), choice < 2);
                publication.id = None;
                return Change::Settings(Box::new(settings(publication)));
            }
            14 | 16 if dice.large => {
                // So large that bytes decide what a window and a segment have room for.
                story.text.push_str(&"A long text. ".repeat(20_000));
                story.text.push('\n');
            }
            15 if dice.large => {
                // An old story comes late, and is large.
                let mut story = Story::new(fresh, now - TimeDelta::days(90), dice);
                story.text.push_str(&"An old text. ".repeat(12_000));
                story.text.push('\n');
                return self.add(story, store);
            }
            _ => {}
        }
        self.stories[at].put(store)
    }

    /// A story or a caption is taken away, or comes back.
    fn act(&mut self, store: &Store) -> Change {
        let at = self.any();
        let article = self.stories[at].id(store, self.publication);
        let known = store.article(article).unwrap();
        let captions = known.map(|known| known.captions).unwrap_or_default();
        let item = match self.dice.roll(2) {
            0 if !captions.is_empty() => {
                captions[self.dice.roll(captions.len() as u64) as usize]
                    .state
                    .id
            }
            _ => article,
        };
        let action = match self.dice.roll(20) {
            0..=5 => Action::Remove(Removal::Withheld),
            6..=12 => Action::Release,
            13..=15 => Action::Remove(Removal::Retracted),
            16 | 17 => Action::Remove(Removal::Withdrawn),
            18 => Action::Remove(Removal::Killed),
            _ => Action::Remove(Removal::Forbidden),
        };
        let is_told = self.dice.roll(3) == 0;
        Change::Act(Box::new(Act {
            item,
            action,
            public_note: is_told.then(|| Line::parse("There is a reason.").unwrap()),
            expected: Expected::Anything,
            section: None,
        }))
    }

    /// A story is to wait: for its hour, for the end of an embargo, or for the desk.
    fn wait(&mut self, store: &Store, now: DateTime<Utc>) -> Change {
        let (fresh, at) = (self.stories.len(), self.any());
        let dice = &mut self.dice;
        let later = (now + TimeDelta::minutes(dice.roll(30 * 60) as i64)).to_rfc3339();
        let story = &mut self.stories[at];
        match dice.roll(5) {
            0 | 1 => {
                let mut story = Story::new(fresh, now, dice);
                match dice.roll(2) {
                    0 => story.set("published", &later),
                    _ => story.set("embargo_until", &later),
                }
                return self.add(story, store);
            }
            2 => story.set("embargo_until", &later),
            3 => story.set("draft", "true"),
            _ => story.set("draft", "false"),
        }
        self.stories[at].put(store)
    }

    /// A caption has a photograph, the right to which may end.
    fn illustrate(&mut self, store: &Store, now: DateTime<Utc>) -> Change {
        let at = self.any();
        let dice = &mut self.dice;
        let story = &mut self.stories[at];
        let name = match self.pictures.len() as u64 {
            uploaded @ 1.. if story.is_by_api => {
                self.pictures[dice.roll(uploaded) as usize].name.clone()
            }
            _ => format!("own-{at}-{}.jpg", dice.roll(3)),
        };
        let mut lines = format!("image = \"{name}\"\n");
        if dice.roll(3) > 0 {
            let end = now + TimeDelta::minutes(dice.roll(30 * 60) as i64);
            lines.push_str(&format!("usage_ends = {}\n", end.to_rfc3339()));
        }
        story.set_in_caption(&["image", "usage_ends"], &lines, dice);
        self.stories[at].put(store)
    }

    /// The section that the write API makes comes, has another title or slug, or goes; or a story is filed there.
    fn change_section(&mut self, store: &Store) -> Change {
        let publication = store.publication().unwrap();
        let known = OF_API
            .into_iter()
            .find_map(|slug| publication.section(slug));
        let (slug, section) = match (known, self.dice.roll(6)) {
            (None, _) => (OF_API[0], Some(section_of_api(OF_API[0], &[], "Wharf"))),
            (Some(known), 0) => (known.slug.as_str(), None),
            (Some(known), 1) => {
                let title = if &*known.title == "Wharf" {
                    "Quay"
                } else {
                    "Wharf"
                };
                let section = Section {
                    title: Line::parse(title).unwrap(),
                    ..known.clone()
                };
                (known.slug.as_str(), Some(section))
            }
            (Some(known), 2) => {
                let next = OF_API[usize::from(known.slug == OF_API[0])];
                let section = section_of_api(next, &[&known.slug], &known.title);
                for story in &mut self.stories {
                    if story.section == known.slug {
                        next.clone_into(&mut story.section);
                    }
                }
                (known.slug.as_str(), Some(section))
            }
            (Some(known), _) => {
                let by_api = self.stories.iter().enumerate();
                let by_api: Vec<usize> = by_api
                    .filter(|(_, story)| story.is_by_api)
                    .map(|(at, _)| at)
                    .collect();
                let Some(at) = by_api.get(self.dice.roll(by_api.len().max(1) as u64) as usize)
                else {
                    return Change::Due;
                };
                self.stories[*at].section.clone_from(&known.slug);
                return self.stories[*at].put(store);
            }
        };
        Change::Section(Box::new(SectionChange {
            slug: slug.to_owned(),
            section,
            expected: Expected::Anything,
            base_url: BASE.to_owned(),
        }))
    }

    /// A photograph is uploaded, another in its place, described, or forgotten.
    fn upload(&mut self, store: &Store, now: DateTime<Utc>) -> Change {
        let known = self.pictures.len() as u64;
        let how = self.dice.roll(6);
        if known == 0 || how < 2 {
            self.pictures.push(Picture {
                id: Id::mint(now),
                name: format!("upload-{known}.jpg"),
            });
        }
        let at = match how {
            0 | 1 => known,
            _ => self.dice.roll(known.max(1)),
        };
        let picture = &self.pictures[at as usize];
        let before = store.upload(picture.id).unwrap();
        let said = before
            .as_ref()
            .map(|upload| upload.caption_defaults.clone());
        let (mut said, mut shown) = (said.unwrap_or_default(), photograph(&picture.name));
        match how {
            2 | 3 => {
                self.taken += 1;
                shown = photograph(&format!("taken-{}", self.taken));
            }
            4 => {
                shown = before.map_or(shown, |upload| upload.photograph);
                said = CaptionDefaults {
                    text: Line::parse(&format!("The harbour at {now}.")),
                    ..said
                };
            }
            _ => {}
        }
        let upload = Upload {
            id: picture.id,
            name: picture.name.clone(),
            photograph: shown,
            caption_defaults: said,
            version: Version::default(),
        };
        Change::Upload(Box::new(UploadChange {
            id: picture.id,
            upload: (how != 5 || known == 0).then_some(upload),
            expected: Expected::Anything,
            name: None,
        }))
    }
}

fn section_of_api(slug: &str, former: &[&str], title: &str) -> Section {
    Section {
        slug: slug.to_owned(),
        title: Line::parse(title).unwrap(),
        description: None,
        former: former.iter().map(ToString::to_string).collect(),
        sunset: None,
        by_api: true,
    }
}

/// The captions in another order.
fn with_captions_turned(text: &str) -> String {
    let (head, rest) = text.split_once("[[captions]]").unwrap_or((text, ""));
    let (tables, body) = rest.split_once("+++").unwrap_or(("", ""));
    if tables.is_empty() {
        return text.to_owned();
    }
    let mut tables: Vec<&str> = tables.split("[[captions]]").collect();
    tables.rotate_left(1);
    let tables = tables.iter().map(|table| format!("[[captions]]{table}"));
    format!("{head}{}+++{body}", tables.collect::<String>())
}

/// Named queries, the second of which comes and goes with a section.
const QUERIES: &str = "[[feeds]]\nname = \"pictures\"\ntitle = \"Pictures\"\nkinds = [\"captions\"]\nwindow = 5\n\
     sections = [\"harbour\", \"city\"]\n[feeds.exclude]\ntags = [\"books\"]\n";
const CITY_BOATS: &str = "[[feeds]]\nname = \"city-boats\"\ntitle = \"Boats\"\nkinds = [\"articles\", \"captions\"]\n\
     tags = [\"boats\"]\nwindow = 10\n";

/// What is said of people, the one or the other.
const PROFILES: [&str; 2] = [
    "[[authors]]\nname = \"孙杰\"\ndescription = \"Photographs the harbour.\"\n",
    "[[authors]]\nname = \"孙杰\"\ndescription = \"Photographs the city.\"\n\
     [[authors]]\nname = \"Maeve Corrigan\"\nlinks = [\"https://maeve.example/\"]\n",
];

pub fn publication_with(all: bool, one: bool) -> Publication {
    let declared = if all { &SECTIONS[..] } else { &SECTIONS[..2] };
    let sections: String = declared
        .iter()
        // Titles other than the slugs, so that a section which is not declared any more gives something else.
        .map(|slug| format!("[[sections]]\nslug = \"{slug}\"\ntitle = \"The {slug}\"\n"))
        .collect();
    // No feed says which story leads, and the front page does.
    let leads = match all {
        true => "leads = [\"story-1\", \"story-4\"]\n",
        false => "leads = [\"story-3\", \"none\"]\n",
    };
    let text = format!(
        "title = \"Courier\"\nlanguage = \"en\"\ntimezone = \"America/Havana\"\nmain_feed = [\"articles\", \"captions\"]\n{leads}{sections}{QUERIES}{}{}",
        if all { CITY_BOATS } else { "" },
        PROFILES[usize::from(one)]
    );
    let parsed = courant::publication::parse(text.as_bytes(), &|_| unreachable!("no photographs"));
    parsed
        .publication
        .unwrap_or_else(|| panic!("{:?}", parsed.complaints))
}

pub fn settings(publication: Publication) -> Settings {
    Settings {
        publication,
        source: String::new(),
        base_url: BASE.to_owned(),
    }
}
