//! An older feed or export as a file: RSS, Atom, JSON Feed and WordPress's WXR, read item by item.
//!
//! Each format has its own reader; all return an item as one [`OlderItem`]. Nothing in it is validated here: an item
//! that becomes an article passes the parser of item files like any other.
//!
//! A file is read twice. The survey finds everything that stands elsewhere than in the item (authors, pictures of an
//! export), counts, and finds out whether the file is whole; only then the items are read. At no time is more of the
//! file held than one item and the survey.

mod address;
mod atom;
mod date;
mod decode;
mod json;
mod kind;
mod media;
mod new_addresses;
mod people;
pub mod prose;
mod rss;
mod size;
mod text;
mod wxr;
mod xml;

use std::collections::HashMap;
use std::fmt;
use std::fs::File;
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use date::Date;
pub use new_addresses::NewAddresses;
pub use size::{picture_key, without_size};
pub use text::plain_text;

use crate::item::Attachment;
use crate::item::html::Url;
use decode::{DecodeError, DetectedEncoding};
use kind::FeedKind;

/// Maximum number of bytes at the beginning of a file by which its format is recognised.
const HEAD_BYTES: u64 = 64 * 1024;

/// Number of bytes at the end of a file in which its last tag is looked for; the blanks behind it are fewer.
const TAIL_BYTES: u64 = 1024;

/// The format of a feed file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FeedFormat {
    Rss,
    Atom,
    JsonFeed,
    /// WordPress eXtended RSS.
    Wxr,
}

impl fmt::Display for FeedFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Rss => "an RSS feed",
            Self::Atom => "an Atom feed",
            Self::JsonFeed => "a JSON Feed",
            Self::Wxr => "a WordPress export (WXR)",
        })
    }
}

/// A feed file on disk.
#[derive(Clone, Debug)]
pub struct FeedFile {
    path: PathBuf,
    format: FeedFormat,
    encoding: DetectedEncoding,
}

/// The facts of a feed file that stand outside of its items.
#[derive(Debug, Default)]
pub struct Survey {
    pub items: usize,
    pub title: Option<String>,
    pub language: Option<String>,
    /// The base URL of relative addresses in items that have none of their own.
    base: Option<String>,
    /// The base URL, parsed: the address of every item is compared with it.
    home: Option<Url>,
    /// The authors of items that name none.
    authors: Vec<String>,
    site: Arc<Site>,
    /// Where links to the items' old addresses lead now.
    new_addresses: Arc<NewAddresses>,
}

/// The parts of a WordPress site to which its items refer by logins and numbers.
#[derive(Debug, Default)]
struct Site {
    /// The names of people by their logins.
    people: HashMap<String, String>,
    attachments: HashMap<u64, Picture>,
    /// Reusable blocks, which articles name by their numbers.
    blocks: HashMap<u64, String>,
    /// The numbers of the pictures that were uploaded with a post, by its number.
    attached: HashMap<u64, Vec<u64>>,
}

/// Where an item stands in its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FilePosition {
    Line(usize),
    /// Counted from 1, where the format has no lines to speak of.
    Number(usize),
}

impl fmt::Display for FilePosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(line) => write!(f, "line {line}"),
            Self::Number(number) => write!(f, "item {number}"),
        }
    }
}

/// An item of an older feed or export.
#[derive(Clone, Debug, PartialEq)]
pub struct OlderItem {
    pub place: FilePosition,
    /// The number of the post in WordPress.
    number: Option<u64>,
    /// Whether it has bytes that are invalid in the file's encoding.
    pub is_garbled: bool,
    /// Why the older system itself does not show it as an article.
    pub unpublished: Option<String>,
    /// Why the older system does not show it to readers, though it is an article.
    pub unshown: Option<Unshown>,
    /// Paths that lead to it on the old site.
    pub former: Vec<String>,
    /// The URL at which it says that it was first published.
    pub canonical: Option<String>,
    /// The id by which readers knew it, byte for byte; its address where the feed gave no id.
    pub guid: Option<String>,
    pub link: Option<String>,
    /// The slug that it had in its address.
    pub slug: Option<String>,
    pub title: Option<String>,
    pub published: Option<Date>,
    pub updated: Option<Date>,
    pub authors: Vec<String>,
    /// The categories of the item, which may be sections.
    pub categories: Vec<Category>,
    pub tags: Vec<String>,
    pub language: Option<String>,
    pub rights: Option<String>,
    pub source: Option<String>,
    /// A summary of the item, kept beside its text.
    pub summary: Option<String>,
    pub prose: Prose,
    /// Other texts of it, such as summaries and texts in another form.
    pub more: Vec<Prose>,
    /// Footnotes as HTML, which WordPress keeps beside the text.
    notes: Vec<String>,
    /// Pictures that belong to it, whether the text shows them or not.
    pub pictures: Vec<Picture>,
    /// Sound and film that belong to it.
    pub attachments: Vec<Attachment>,
    /// The base URL of relative addresses.
    pub base: Option<String>,
    /// The fields of the item that Courant has no place for.
    pub left_out: Vec<String>,
}

impl OlderItem {
    fn at(place: FilePosition) -> Self {
        Self {
            place,
            number: None,
            is_garbled: false,
            unpublished: None,
            unshown: None,
            former: Vec::new(),
            canonical: None,
            guid: None,
            link: None,
            slug: None,
            title: None,
            published: None,
            updated: None,
            authors: Vec::new(),
            categories: Vec::new(),
            tags: Vec::new(),
            language: None,
            rights: None,
            source: None,
            summary: None,
            prose: Prose::Html(String::new()),
            more: Vec::new(),
            notes: Vec::new(),
            pictures: Vec::new(),
            attachments: Vec::new(),
            base: None,
            left_out: Vec::new(),
        }
    }

    /// Whether it has no title of its own; then one is cut from its text.
    pub fn is_untitled(&self) -> bool {
        let title = self.title.as_deref();
        title.is_none_or(|title| title.trim().is_empty())
    }

    /// The name of the item in a report: its title, else its guid, else its link; `-` if it has none of them.
    pub fn name(&self) -> &str {
        let names = [&self.title, &self.guid, &self.link];
        names.into_iter().flatten().next().map_or("-", |name| name)
    }
}

/// Why an article is not shown to readers yet, or not to all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unshown {
    pub reason: String,
    /// Whether it is scheduled to be shown at its date.
    pub is_scheduled: bool,
}

/// A category by its name and, where the feed gives one, its slug.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Category {
    pub name: String,
    pub slug: Option<String>,
}

/// A text in the form in which the older system kept it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Prose {
    Html(String),
    /// As WordPress keeps it: with shortcodes, and in older texts with blank lines for paragraphs.
    WordPress(String),
    Plain(String),
}

impl Prose {
    pub fn as_written(&self) -> &str {
        match self {
            Self::Html(text) | Self::WordPress(text) | Self::Plain(text) => text,
        }
    }
}

/// A picture with its texts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Picture {
    pub address: String,
    /// The address of a larger version, if that is known.
    pub original: Option<String>,
    /// The caption below the picture at this place.
    pub caption: Option<String>,
    /// The caption in the older system's media library, which is the same at every place.
    pub library: Option<String>,
    pub alt: Option<String>,
    pub credit: Option<String>,
    pub role: Option<String>,
}

/// Why a feed file cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum FeedFileError {
    #[error("{path} cannot be read: {reason}; check that it is a file and readable")]
    Unreadable { path: PathBuf, reason: String },
    #[error(
        "{path}:{line}: expected well-formed XML, found: {reason}; {before} whole items stand before. \
         Export it again, or mend the file there"
    )]
    Broken {
        path: PathBuf,
        line: usize,
        reason: String,
        before: usize,
    },
    #[error("{path}: expected JSON Feed (https://jsonfeed.org), found: {reason}; mend the file")]
    BrokenJson { path: PathBuf, reason: String },
    #[error(
        "{path}:1: expected RSS, Atom or an export of WordPress, found {what}; \
         only these, JSON Feed and pages of plain text are imported"
    )]
    OtherXml { path: PathBuf, what: String },
    #[error(
        "{path}:1: expected JSON Feed, whose version is https://jsonfeed.org/version/1.1, found {what}; \
         only this, feeds of XML and pages of plain text are imported"
    )]
    OtherJson { path: PathBuf, what: String },
    #[error(
        "{path}:1: expected an encoding that browsers know, found {label:?}; save the file as UTF-8 and let it say so"
    )]
    UnknownEncoding { path: PathBuf, label: String },
}

impl FeedFile {
    /// Takes the file at `path`, if it is a feed or an export; `None` for a page of text.
    ///
    /// # Errors
    /// If the file cannot be read, is XML or JSON of another kind, or names an encoding that is not read.
    pub fn recognise(path: &Path) -> Result<Option<Self>, FeedFileError> {
        let (head, is_cut, ends_in_tag) = ends(path).map_err(|error| unreadable(path, &error))?;
        let encoding = decode::find(path, &head).map_err(|error| match error {
            DecodeError::Unreadable(error) => unreadable(path, &error),
            DecodeError::UnknownEncoding(label) => FeedFileError::UnknownEncoding {
                path: path.to_owned(),
                label,
            },
        })?;
        let mut text = Vec::new();
        // The head may end within a character; what stands before it is enough.
        let _ = decode::utf8(Cursor::new(head), encoding)
            .and_then(|mut head| head.read_to_end(&mut text));
        let path = path.to_owned();
        match kind::of(&String::from_utf8_lossy(&text), is_cut, ends_in_tag) {
            FeedKind::Feed(format) => Ok(Some(Self {
                path,
                format,
                encoding,
            })),
            FeedKind::OtherXml(what) => Err(FeedFileError::OtherXml { path, what }),
            FeedKind::OtherJson(what) => Err(FeedFileError::OtherJson { path, what }),
            FeedKind::Text => Ok(None),
        }
    }

    pub fn format(&self) -> FeedFormat {
        self.format
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads the whole file for the facts that stand outside of its items; `progress` is called with the number of
    /// bytes read so far, and that of the file.
    ///
    /// # Errors
    /// If it cannot be read or is not whole.
    pub fn survey(&self, progress: &dyn Fn(u64, u64)) -> Result<Survey, FeedFileError> {
        self.survey_each(progress, &mut |_| {})
    }

    /// Reads the whole file as [`Self::survey`] does; `each` is called with every item, with the fields that decide
    /// where it will stand, as far as they are known before the whole file was read.
    ///
    /// # Errors
    /// If it cannot be read or is not whole.
    pub fn survey_each(
        &self,
        progress: &dyn Fn(u64, u64),
        each: &mut dyn FnMut(OlderItem),
    ) -> Result<Survey, FeedFileError> {
        match self.format {
            FeedFormat::Rss => rss::survey(self, progress, each),
            FeedFormat::Atom => atom::survey(self, progress, each),
            FeedFormat::JsonFeed => json::survey(self, each),
            FeedFormat::Wxr => wxr::survey(self, progress, each),
        }
    }

    /// Gives every item to `take`, in the order of the file, until that breaks off.
    ///
    /// # Errors
    /// If the file cannot be read or is not whole.
    pub fn read(
        &self,
        survey: &Survey,
        take: &mut dyn FnMut(OlderItem) -> ControlFlow<()>,
    ) -> Result<(), FeedFileError> {
        match self.format {
            FeedFormat::Rss => rss::read(self, survey, take),
            FeedFormat::Atom => atom::read(self, survey, take),
            FeedFormat::JsonFeed => json::read(self, survey, take),
            FeedFormat::Wxr => wxr::read(self, survey, take),
        }
    }

    fn open(&self) -> Result<File, FeedFileError> {
        File::open(&self.path).map_err(|error| unreadable(&self.path, &error))
    }
}

impl Survey {
    /// Sets the base URL of the site, also in its parsed form.
    fn lies_at(&mut self, base: Option<String>) {
        self.home = base.as_deref().and_then(address::parsed);
        self.base = base;
    }

    /// Sets the new addresses to which links lead instead of the old ones, whose keys [`OlderItem::link_keys`] gives.
    pub fn lead(&mut self, new_addresses: &Arc<NewAddresses>) {
        self.new_addresses = Arc::clone(new_addresses);
    }

    /// The new address for a link to an item of the old site; `None` for a link that leads elsewhere.
    fn new_address(&self, address: &str) -> Option<String> {
        if self.new_addresses.is_empty() {
            return None;
        }
        let now = self.new_addresses.get(&address::key(address)?)?;
        Some(match address.split_once('#') {
            Some((_, fragment)) => format!("{now}#{fragment}"),
            None => now.to_owned(),
        })
    }

    /// Joins the facts that several files contain of one site: large exports come in pieces, and a post's pictures may
    /// be in another.
    pub fn share(surveys: &mut [Self]) {
        let mut whole = Site::default();
        for survey in surveys.iter_mut() {
            // It has no other reference yet.
            let Ok(site) = Arc::try_unwrap(std::mem::take(&mut survey.site)) else {
                continue;
            };
            whole.people.extend(site.people);
            whole.attachments.extend(site.attachments);
            whole.blocks.extend(site.blocks);
            for (post, mut numbers) in site.attached {
                whole.attached.entry(post).or_default().append(&mut numbers);
            }
        }
        let whole = Arc::new(whole);
        for survey in surveys {
            survey.site = Arc::clone(&whole);
        }
    }
}

/// The first text, which is that of the item, and the others.
fn first(texts: Vec<Prose>) -> (Prose, Vec<Prose>) {
    let mut texts = texts.into_iter();
    let first = texts.next().unwrap_or(Prose::Html(String::new()));
    (first, texts.collect())
}

/// The beginning of a file, whether there is more, and whether the whole ends in a tag.
fn ends(path: &Path) -> io::Result<(Vec<u8>, bool, bool)> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    let mut head = Vec::new();
    file.by_ref().take(HEAD_BYTES).read_to_end(&mut head)?;
    let mut tail = Vec::new();
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL_BYTES)))?;
    file.take(TAIL_BYTES).read_to_end(&mut tail)?;
    // In UTF-16 and UTF-32 zero bytes stand around it.
    let mut last = tail.iter().rev();
    let last = last.find(|byte| **byte != 0 && !byte.is_ascii_whitespace());
    Ok((head, length > HEAD_BYTES, last == Some(&b'>')))
}

fn unreadable(path: &Path, error: &io::Error) -> FeedFileError {
    FeedFileError::Unreadable {
        path: path.to_owned(),
        reason: error.to_string(),
    }
}
