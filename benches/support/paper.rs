//! A made-up paper of any shape, the same at every run: sections, articles in Chinese and English, captions, a
//! photograph to every tenth caption.

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use tempfile::TempDir;

/// How large a paper is, and what stands in it.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    pub articles: usize,
    pub sections: usize,
    /// An article's text ends with the paragraph that passes this many bytes.
    pub body_bytes: usize,
    pub captions: usize,
    /// How many tags there are; each article has three.
    pub tags: u64,
    /// What the feed of the whole publication gives, as publication.toml says it.
    pub main_feed: &'static str,
}

/// Every so manieth caption has a photograph.
const PHOTOGRAPH_EVERY: usize = 10;

const PEOPLE: u64 = 300;

/// The oldest article's day, and over how many days they are spread: all in the past, whenever this runs.
const FIRST_DAY: &str = "2016-01-01T00:00:00Z";
const DAYS: i64 = 9 * 365;

const PHOTOGRAPH_WIDTH: u32 = 48;
const PHOTOGRAPH_HEIGHT: u32 = 32;

const HAN: &str = "长春城市交通地铁通车居民学校医院书店图片记者今日上午召开会议发展建设老街桥梁河流冬季冰雪\
    文化艺术音乐剧场大学研究汽车工业农业玉米水稻收获节日游客车站机场铁路公园湖水森林阳光春天夏夜秋风";

const WORDS: &[&str] = &[
    "harbour",
    "council",
    "the",
    "of",
    "river",
    "market",
    "winter",
    "said",
    "station",
    "a",
    "new",
    "bridge",
    "school",
    "on",
    "Tuesday",
    "library",
    "and",
    "tram",
    "for",
    "residents",
    "opened",
    "after",
    "years",
    "music",
    "city",
    "in",
    "vote",
    "plans",
    "street",
    "will",
    "photograph",
];

/// Files by their names.
pub type Photographs = Vec<(String, Vec<u8>)>;

impl Shape {
    /// Writes the folder of items at `root`; `done` counts articles as they are written.
    pub fn write(&self, root: &Path, done: &AtomicUsize) -> io::Result<()> {
        for section in 0..self.sections {
            fs::create_dir_all(root.join(section_slug(section)))?;
        }
        fs::write(root.join("publication.toml"), self.publication())?;
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        std::thread::scope(|scope| {
            let writers: Vec<_> = (0..threads)
                .map(|first| {
                    scope.spawn(move || -> io::Result<()> {
                        for number in (first..self.articles).step_by(threads) {
                            self.write_article(root, number)?;
                            done.fetch_add(1, Ordering::Relaxed);
                        }
                        Ok(())
                    })
                })
                .collect();
            writers.into_iter().try_for_each(|writer| {
                writer
                    .join()
                    .map_err(|_| io::Error::other("a writer panicked"))?
            })
        })
    }

    pub fn path_of(&self, number: usize) -> String {
        let day = self.published(number).format("%Y-%m-%d");
        format!("{}/{day}-{number:06}", section_slug(number % self.sections))
    }

    fn published(&self, number: usize) -> DateTime<Utc> {
        let first = DateTime::parse_from_rfc3339(FIRST_DAY)
            .map_or(DateTime::UNIX_EPOCH, |day| day.to_utc());
        let minutes = DAYS * 24 * 60;
        let share = minutes.saturating_mul(number as i64) / self.articles.max(1) as i64;
        first + TimeDelta::minutes(share)
    }

    pub fn publication(&self) -> String {
        let mut text = format!(
            "id = \"urn:uuid:01a20fc9-85c9-78b0-96eb-824245948000\"\ntitle = \"Bench 日报\"\n\
             language = \"zh-Hans\"\ntimezone = \"Asia/Shanghai\"\nmain_feed = {}\n",
            self.main_feed
        );
        for section in 0..self.sections {
            let slug = section_slug(section);
            // Writing to a String cannot fail.
            let _ = write!(
                text,
                "\n[[sections]]\nslug = \"{slug}\"\ntitle = \"版面 {section}\"\n"
            );
        }
        text
    }

    fn write_article(&self, root: &Path, number: usize) -> io::Result<()> {
        let folder = root.join(self.path_of(number));
        fs::create_dir_all(&folder)?;
        let (text, photographs) = self.article(number)?;
        for (name, bytes) in photographs {
            fs::write(folder.join(name), bytes)?;
        }
        fs::write(folder.join("article.md"), text)
    }

    /// The file of an article, and its photographs by their names.
    pub fn article(&self, number: usize) -> io::Result<(String, Photographs)> {
        let mut chance = Chance::new(number as u64);
        let mut photographs = Vec::new();
        let mut text = self.front_matter(number, &mut chance);
        for caption in 0..self.captions {
            let name = format!("photo-{caption}.png");
            // Shifted by one from day to day, else some sections would have all of them.
            let place = number * self.captions + caption + number / self.sections;
            let has_photograph = place.is_multiple_of(PHOTOGRAPH_EVERY);
            write_caption(&mut text, &mut chance, has_photograph.then_some(&name));
            if has_photograph {
                photographs.push((name, photograph(&mut chance)?));
            }
        }
        text.push_str("+++\n\n");
        write_body(&mut text, self.body_bytes, &mut chance);
        Ok((text, photographs))
    }

    fn front_matter(&self, number: usize, chance: &mut Chance) -> String {
        let published = self
            .published(number)
            .to_rfc3339_opts(SecondsFormat::Secs, true);
        let people: Vec<String> = (0..=chance.below(2))
            .map(|_| person(chance.below(PEOPLE)))
            .collect();
        let tags: Vec<String> = (0..3)
            .map(|_| format!("主题 {}", chance.below(self.tags)))
            .collect();
        let (id, headline) = (chance.id(), chance.han(18));
        let deck = chance.latin(12);
        format!(
            "+++\nid = \"{id}\"\nheadline = \"{headline}\"\ndeck = \"{deck}\"\npublished = {published}\n\
             authors = {people:?}\ntags = {tags:?}\n"
        )
    }
}

/// The folder to work in: the one that is kept, or one that is gone once what comes with it is dropped.
pub fn folder(kept: Option<&Path>) -> io::Result<(PathBuf, Option<TempDir>)> {
    match kept {
        Some(folder) => {
            fs::create_dir_all(folder)?;
            Ok((folder.canonicalize()?, None))
        }
        None => {
            let temporary = tempfile::tempdir()?;
            Ok((temporary.path().to_owned(), Some(temporary)))
        }
    }
}

pub fn section_slug(section: usize) -> String {
    format!("section-{section:02}")
}

fn write_caption(text: &mut String, chance: &mut Chance, image: Option<&String>) {
    let (id, said, alt) = (chance.id(), chance.han(24), chance.latin(8));
    let credit = person(chance.below(PEOPLE));
    let _ = write!(
        text,
        "\n[[captions]]\nid = \"{id}\"\ntext = \"{said}。\"\nalt = \"{alt}\"\ncredit = \"{credit}\"\n\
         role = \"photographer\"\n"
    );
    if let Some(image) = image {
        let _ = writeln!(text, "image = \"{image}\"");
    }
}

fn write_body(text: &mut String, bytes: usize, chance: &mut Chance) {
    let end = text.len() + bytes;
    let mut paragraph = 0;
    while text.len() < end {
        if paragraph % 6 == 3 {
            let _ = write!(text, "## {}\n\n", chance.han(10));
        }
        let said = if paragraph % 3 == 2 {
            format!(
                "{} **{}** {}.",
                chance.latin(30),
                chance.latin(3),
                chance.latin(25)
            )
        } else {
            format!(
                "{},{}。{}。",
                chance.han(40),
                chance.han(50),
                chance.han(45)
            )
        };
        let _ = write!(text, "{said}\n\n");
        paragraph += 1;
    }
}

/// People of one name each, every third with a Latin one.
fn person(number: u64) -> String {
    let mut chance = Chance::new(1_000_000_007 + number);
    match number % 3 {
        0 => format!("Correspondent {number}"),
        _ => format!("{}{number}", chance.han(3)),
    }
}

/// A small valid PNG of noise, so that no two are alike.
fn photograph(chance: &mut Chance) -> io::Result<Vec<u8>> {
    let mut pixels = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    for _ in 0..PHOTOGRAPH_HEIGHT {
        pixels.write_all(&[0])?;
        for _ in 0..PHOTOGRAPH_WIDTH {
            pixels.write_all(&chance.next().to_le_bytes()[..3])?;
        }
    }
    let mut header = Vec::new();
    header.extend(PHOTOGRAPH_WIDTH.to_be_bytes());
    header.extend(PHOTOGRAPH_HEIGHT.to_be_bytes());
    header.extend([8, 2, 0, 0, 0]);
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    for (kind, data) in [
        (b"IHDR", header),
        (b"IDAT", pixels.finish()?),
        (b"IEND", Vec::new()),
    ] {
        let mut chunk = kind.to_vec();
        chunk.extend(&data);
        let mut sum = flate2::Crc::new();
        sum.update(&chunk);
        png.extend(u32::try_from(data.len()).unwrap_or(0).to_be_bytes());
        png.extend(chunk);
        png.extend(sum.sum().to_be_bytes());
    }
    Ok(png)
}

/// Deterministic chance (splitmix64).
pub struct Chance(u64);

impl Chance {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x0c0a_2a47)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    /// Ids without order, the hardest for a store's indexes.
    fn id(&mut self) -> String {
        let bits = (u128::from(self.next()) << 64) | u128::from(self.next());
        let id = uuid::Builder::from_u128(bits)
            .with_version(uuid::Version::Random)
            .with_variant(uuid::Variant::RFC4122)
            .into_uuid();
        format!("urn:uuid:{id}")
    }

    pub fn han(&mut self, characters: usize) -> String {
        let known: Vec<char> = HAN.chars().filter(|c| !c.is_whitespace()).collect();
        let pick = |chance: &mut Self| known[chance.below(known.len() as u64) as usize];
        (0..characters).map(|_| pick(self)).collect()
    }

    pub fn latin(&mut self, words: usize) -> String {
        let pick = |chance: &mut Self| WORDS[chance.below(WORDS.len() as u64) as usize];
        let words: Vec<&str> = (0..words).map(|_| pick(self)).collect();
        words.join(" ")
    }
}
