//! Everything that has a URL, and the only spelling of those URLs.
//!
//! Self links, Link headers, topics and routes are all made and read here, so that they cannot disagree: every
//! [`Resource`](crate::resource::Resource) parses back from the path that it spells.

mod alias;

use std::fmt;

use chrono::NaiveDate;
use percent_encoding::percent_decode_str;

use crate::item::{Attachment, Id, Line, MediaType, html::Url, media_path, slug::is_slug};
use crate::publication::{NameKind, Publication};
use crate::store::Month;

pub use crate::publication::Format;
pub use alias::{Alias, List};

/// The names of the formats in HTTP.
impl Format {
    /// The exact Content-Type.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Rss => "application/rss+xml; charset=utf-8",
            Self::Atom => "application/atom+xml; charset=utf-8",
            Self::Json => "application/feed+json",
        }
    }

    /// The media type as links name it.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Rss => "application/rss+xml",
            Self::Atom => "application/atom+xml",
            Self::Json => "application/feed+json",
        }
    }
}

/// The subject of a feed or a page.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    Publication,
    Section(String),
    Tag(String),
    Author(String),
    Captions,
    Article(String),
    /// A query that the publication names.
    Named(String),
}

impl Subject {
    /// The formats that its feed is given in.
    pub fn formats(&self, publication: &Publication) -> Vec<Format> {
        match self {
            Self::Named(name) => publication
                .query(name)
                .map_or_else(|| Format::ALL.to_vec(), |query| query.formats.clone()),
            _ => Format::ALL.to_vec(),
        }
    }

    /// Whether its feed has archive segments.
    fn has_archive(&self) -> bool {
        matches!(self, Self::Publication | Self::Section(_))
    }

    /// Whether its older stories stand on pages of months.
    fn has_months(&self) -> bool {
        matches!(
            self,
            Self::Tag(_) | Self::Author(_) | Self::Named(_) | Self::Captions
        )
    }
}

/// Something that has a URL.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Resource {
    Feed(Subject, Format),
    /// A closed segment of a feed's archive, counted from 1.
    Archive(Subject, u32, Format),
    Page(Subject),
    /// The page of a closed segment.
    ArchivePage(Subject, u32),
    /// The items that a tag, an author, a named feed or the list of photographs has of one month, in parts counted
    /// from 1.
    MonthPage(Subject, Month, u32),
    CaptionPage(Id),
    /// The stories that follow an article, by the article's slug.
    Onward(String),
    /// The newest stories of the paper, which a page shows on which there is nothing to read.
    Newest,
    /// An article by its id: an address that reveals nothing of it, and leads to its page as long as that may be known.
    Item(Id),
    /// A photograph or one of its sizes, or a recording.
    Media {
        hash: String,
        kind: MediaType,
    },
    /// The articles of a day, as the publication counts days.
    Day(NaiveDate),
    /// The days of a month that have articles, and the months that do.
    DaysOfMonth(Month),
    Days,
    /// The list of sections.
    Sections,
    /// The list of tags or of authors, in pages counted from 1.
    Names(NameKind, u32),
    /// The list of feeds for people.
    Subscribe,
    /// Cards for other sites' pages.
    ArticleCard(Id),
    CaptionCard(Id),
    SectionCard(String),
    /// An article's card, for clients that know only the address of its page.
    CardOfArticle(String),
    CardStyle,
    CardScript,
    /// The script that other sites load to show cards.
    EmbedScript,
    PageStyle,
    PageScript,
    /// The web app manifest.
    Manifest,
    /// `/favicon.ico`, where browsers look for an icon by themselves.
    Favicon,
    /// The picture for previews of links to pages that have no picture of their own.
    Preview,
    /// The style sheet of feeds, for people whose browser shows one.
    FeedStyle,
    /// The list of feeds as OPML.
    Opml,
    /// The list of sitemaps.
    Sitemap,
    /// The sitemap of the pages that are no articles.
    SitemapPages,
    /// The articles of a month, in parts counted from 1.
    SitemapPart(Month, u32),
    SitemapNews,
    Robots,
}

impl Resource {
    /// The resource at `path`, which begins with a slash and has no query.
    pub fn parse(path: &str) -> Option<Self> {
        match path {
            "/" => return Some(Self::Page(Subject::Publication)),
            "/subscribe" => return Some(Self::Subscribe),
            "/sections" => return Some(Self::Sections),
            "/days" => return Some(Self::Days),
            "/newest" => return Some(Self::Newest),
            "/embed.v1.js" => return Some(Self::EmbedScript),
            "/card.css" => return Some(Self::CardStyle),
            "/card.js" => return Some(Self::CardScript),
            "/page.js" => return Some(Self::PageScript),
            "/page.css" => return Some(Self::PageStyle),
            "/manifest.webmanifest" => return Some(Self::Manifest),
            "/favicon.ico" => return Some(Self::Favicon),
            "/preview.png" => return Some(Self::Preview),
            "/feed.css" => return Some(Self::FeedStyle),
            "/feeds.opml" => return Some(Self::Opml),
            "/sitemap.xml" => return Some(Self::Sitemap),
            "/sitemap-pages.xml" => return Some(Self::SitemapPages),
            "/sitemap-news.xml" => return Some(Self::SitemapNews),
            "/robots.txt" => return Some(Self::Robots),
            _ => {}
        }
        let rest = path.strip_prefix('/')?;
        if let Some(name) = rest.strip_prefix("media/") {
            return media(name);
        }
        if let Some(bare) = rest.strip_prefix("captions/")
            && let Some(id) = Id::parse(bare).filter(|id| id.bare() == bare)
        {
            return Some(Self::CaptionPage(id));
        }
        if let Some(bare) = rest.strip_prefix("items/") {
            let id = Id::parse(bare).filter(|id| id.bare() == bare)?;
            return Some(Self::Item(id));
        }
        if let Some(name) = rest.strip_prefix("embed/") {
            return card(name);
        }
        if let Some(text) = rest.strip_prefix("days/") {
            if let Some(month) = Month::parse(text) {
                return Some(Self::DaysOfMonth(month));
            }
            let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
            return (date.to_string() == text).then_some(Self::Day(date));
        }
        if let Some(name) = rest.strip_prefix("sitemap-") {
            return sitemap_part(name);
        }
        if let Some(list) = names(rest) {
            return Some(list);
        }
        let Some((stem, extension)) = rest.rsplit_once('.') else {
            return page(rest);
        };
        let format = Format::from_extension(extension)?;
        match archive(stem) {
            Some((subject, segment)) => Some(Self::Archive(subject, segment, format)),
            None => Some(Self::Feed(feed_subject(stem)?, format)),
        }
    }
}

fn card(name: &str) -> Option<Resource> {
    let (kind, name) = name.split_once('/')?;
    let id = || Id::parse(name).filter(|id| id.bare() == name);
    match kind {
        "a" => Some(Resource::ArticleCard(id()?)),
        "captions" => Some(Resource::CaptionCard(id()?)),
        "sections" => is_slug(name).then(|| Resource::SectionCard(name.to_owned())),
        "articles" => is_slug(name).then(|| Resource::CardOfArticle(name.to_owned())),
        _ => None,
    }
}

/// A number from 1 in decimal digits, without a sign or leading zeros.
fn counted(digits: &str) -> Option<u32> {
    let number: u32 = digits.parse().ok()?;
    (number > 0 && number.to_string() == digits).then_some(number)
}

fn archive(stem: &str) -> Option<(Subject, u32)> {
    let (subject, segment) = match stem.strip_prefix("archive/") {
        Some(segment) => (Subject::Publication, segment),
        None => {
            let (of, segment) = stem.rsplit_once("/archive/")?;
            (page_subject(of)?, segment)
        }
    };
    let segment = counted(segment)?;
    subject.has_archive().then_some((subject, segment))
}

/// The page at a path without a slash before it.
fn page(path: &str) -> Option<Resource> {
    if let Some((subject, segment)) = archive(path) {
        return Some(Resource::ArchivePage(subject, segment));
    }
    if let Some(found) = month_page(path) {
        return Some(found);
    }
    match path.strip_suffix("/more").and_then(page_subject) {
        Some(Subject::Article(slug)) => Some(Resource::Onward(slug)),
        // A slug may be `more` itself.
        _ => page_subject(path).map(Resource::Page),
    }
}

/// `tags/bridges/2025-02`, or `tags/bridges/2025-02/3` for the third part of a month.
fn month_page(path: &str) -> Option<Resource> {
    let (before, last) = path.rsplit_once('/')?;
    let (of, month, number) = match Month::parse(last) {
        Some(month) => (before, month, 1),
        None => {
            let (of, month) = before.rsplit_once('/')?;
            let number = counted(last).filter(|number| *number > 1)?;
            (of, Month::parse(month)?, number)
        }
    };
    // A tag may be called like a month itself.
    let subject = page_subject(of)?;
    let has_months = subject.has_months();
    has_months.then_some(Resource::MonthPage(subject, month, number))
}

/// `2025-02.xml`, or `2025-02-3.xml` for the third part of a month.
fn sitemap_part(name: &str) -> Option<Resource> {
    let name = name.strip_suffix(".xml")?;
    if let Some(month) = Month::parse(name) {
        return Some(Resource::SitemapPart(month, 1));
    }
    let (month, number) = name.rsplit_once('-')?;
    let number = counted(number).filter(|number| *number > 1)?;
    Some(Resource::SitemapPart(Month::parse(month)?, number))
}

/// `tags`, or `tags/pages/2` for the second page of the list.
fn names(path: &str) -> Option<Resource> {
    let (folder, number) = match path.split_once("/pages/") {
        Some((folder, number)) => (folder, counted(number).filter(|number| *number > 1)?),
        None => (path, 1),
    };
    let mut kinds = NameKind::ALL.into_iter();
    let kind = kinds.find(|kind| kind.plural() == folder)?;
    Some(Resource::Names(kind, number))
}

/// The path of the oEmbed endpoint; the address of what is to be embedded stands in the query.
pub const OEMBED: &str = "/oembed";

fn media(name: &str) -> Option<Resource> {
    let (hash, extension) = name.split_once('.')?;
    let hexadecimal = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
    let good = hash.len() == 32 && hash.chars().all(hexadecimal);
    let kind = MediaType::from_extension(extension).filter(|_| good)?;
    Some(Resource::Media {
        hash: hash.to_owned(),
        kind,
    })
}

fn feed_subject(stem: &str) -> Option<Subject> {
    match stem {
        "feed" => Some(Subject::Publication),
        other => page_subject(other),
    }
}

fn page_subject(stem: &str) -> Option<Subject> {
    if stem == "captions" {
        return Some(Subject::Captions);
    }
    let (folder, slug) = stem.split_once('/')?;
    if !is_slug(slug) {
        return None;
    }
    let slug = slug.to_owned();
    match folder {
        "sections" => Some(Subject::Section(slug)),
        "tags" => Some(Subject::Tag(slug)),
        "authors" => Some(Subject::Author(slug)),
        "articles" => Some(Subject::Article(slug)),
        "feeds" => Some(Subject::Named(slug)),
        _ => None,
    }
}

/// The path, as it stands in a request.
impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Feed(Subject::Publication, format) => write!(f, "/feed.{}", format.extension()),
            Self::Feed(subject, format) => write!(f, "{subject}.{}", format.extension()),
            Self::Archive(Subject::Publication, segment, format) => {
                write!(f, "/archive/{segment}.{}", format.extension())
            }
            Self::Archive(subject, segment, format) => {
                write!(f, "{subject}/archive/{segment}.{}", format.extension())
            }
            Self::Page(subject) => write!(f, "{subject}"),
            Self::ArchivePage(Subject::Publication, segment) => write!(f, "/archive/{segment}"),
            Self::ArchivePage(subject, segment) => write!(f, "{subject}/archive/{segment}"),
            Self::MonthPage(subject, month, 1) => write!(f, "{subject}/{month}"),
            Self::MonthPage(subject, month, number) => write!(f, "{subject}/{month}/{number}"),
            Self::CaptionPage(id) => write!(f, "/captions/{}", id.bare()),
            Self::Onward(slug) => write!(f, "/articles/{slug}/more"),
            Self::Newest => f.write_str("/newest"),
            Self::Item(id) => write!(f, "/items/{}", id.bare()),
            Self::Media { hash, kind } => f.write_str(&media_path(hash, *kind)),
            Self::Day(date) => write!(f, "/days/{date}"),
            Self::DaysOfMonth(month) => write!(f, "/days/{month}"),
            Self::Days => f.write_str("/days"),
            Self::Sections => f.write_str("/sections"),
            Self::Names(kind, 1) => write!(f, "/{}", kind.plural()),
            Self::Names(kind, number) => write!(f, "/{}/pages/{number}", kind.plural()),
            Self::Subscribe => f.write_str("/subscribe"),
            Self::ArticleCard(id) => write!(f, "/embed/a/{}", id.bare()),
            Self::CaptionCard(id) => write!(f, "/embed/captions/{}", id.bare()),
            Self::SectionCard(slug) => write!(f, "/embed/sections/{slug}"),
            Self::CardOfArticle(slug) => write!(f, "/embed/articles/{slug}"),
            Self::CardStyle => f.write_str("/card.css"),
            Self::CardScript => f.write_str("/card.js"),
            Self::EmbedScript => f.write_str("/embed.v1.js"),
            Self::PageScript => f.write_str("/page.js"),
            Self::PageStyle => f.write_str("/page.css"),
            Self::Manifest => f.write_str("/manifest.webmanifest"),
            Self::Favicon => f.write_str("/favicon.ico"),
            Self::Preview => f.write_str("/preview.png"),
            Self::FeedStyle => f.write_str("/feed.css"),
            Self::Opml => f.write_str("/feeds.opml"),
            Self::Sitemap => f.write_str("/sitemap.xml"),
            Self::SitemapPages => f.write_str("/sitemap-pages.xml"),
            Self::SitemapPart(month, 1) => write!(f, "/sitemap-{month}.xml"),
            Self::SitemapPart(month, number) => write!(f, "/sitemap-{month}-{number}.xml"),
            Self::SitemapNews => f.write_str("/sitemap-news.xml"),
            Self::Robots => f.write_str("/robots.txt"),
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Publication => f.write_str("/"),
            Self::Section(slug) => write!(f, "/sections/{slug}"),
            Self::Tag(slug) => write!(f, "/tags/{slug}"),
            Self::Author(slug) => write!(f, "/authors/{slug}"),
            Self::Captions => f.write_str("/captions"),
            Self::Article(slug) => write!(f, "/articles/{slug}"),
            Self::Named(name) => write!(f, "/feeds/{name}"),
        }
    }
}

/// Scheme and host of the server's public address; every address in a document begins with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl(Url);

/// Why an address cannot be the base of others.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected a base URL of scheme and host alone, such as https://news.example.org; found {found}"
)]
pub struct BaseUrlError {
    found: String,
}

impl BaseUrl {
    /// Reads a base URL.
    ///
    /// # Errors
    /// If it is not http or https, or has more than scheme, host and port.
    pub fn parse(text: &str) -> Result<Self, BaseUrlError> {
        let error = || BaseUrlError {
            found: text.to_owned(),
        };
        let url = Url::parse(text).map_err(|_| error())?;
        let plain = url.path() == "/"
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none();
        if !plain || !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
            return Err(error());
        }
        Ok(Self(url))
    }

    /// The absolute URL of a resource.
    pub fn url(&self, resource: &Resource) -> String {
        format!("{}{resource}", self.as_str())
    }

    /// The absolute URL of a path that is no resource for readers.
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.as_str())
    }

    /// An attachment with its absolute address, also where its file is kept here.
    pub fn attached(&self, attachment: &Attachment) -> Attachment {
        let kept = attachment.file.is_some();
        let url = kept.then(|| Line::parse(&self.at(&attachment.url)));
        Attachment {
            url: url.flatten().unwrap_or_else(|| attachment.url.clone()),
            ..attachment.clone()
        }
    }

    /// The resource that an address of ours names, however it is spelled: with http or https, a slash at the end, what is
    /// percent-encoded without need, a query or a fragment.
    pub fn resource(&self, address: &str) -> Option<Resource> {
        let url = Url::parse(address).ok()?;
        // A port that is the scheme's own is none here.
        let is_ours = matches!(url.scheme(), "http" | "https")
            && (url.host(), url.port()) == (self.0.host(), self.0.port());
        let is_plain = url.username().is_empty()
            && url.password().is_none()
            && !url.path().to_ascii_lowercase().contains("%2f");
        let path = percent_decode_str(url.path()).decode_utf8().ok()?;
        let path = match path.strip_suffix('/') {
            Some("") | None => &*path,
            Some(without) => without,
        };
        Resource::parse(path).filter(|_| is_ours && is_plain)
    }

    /// The base as it was given, without a slash at the end.
    pub fn as_str(&self) -> &str {
        self.0.as_str().trim_end_matches('/')
    }

    /// Whether only this machine can follow it.
    pub fn is_loopback(&self) -> bool {
        match self.0.host_str() {
            Some(host) => {
                let bare = host.trim_start_matches('[').trim_end_matches(']');
                host == "localhost"
                    || bare
                        .parse()
                        .is_ok_and(|address: std::net::IpAddr| address.is_loopback())
            }
            None => false,
        }
    }
}
