//! Sound and film that belong to an article: where the file lies, and what players and readers need to know of it.

use serde::{Deserialize, Serialize};

use super::html::Url;
use super::limits::escaped_bytes;
use super::{Complaint, Draft, Line, Reader};

/// The most attachments of one article.
pub const MAX_ATTACHMENTS: usize = 20;

/// The largest number that all readers take for one (RFC 7493 §2.2).
const MAX_NUMBER: u64 = (1 << 53) - 1;

/// Lists that players follow, whose types are of another family.
const LISTS: &[&str] = &[
    "application/vnd.apple.mpegurl",
    "application/x-mpegurl",
    "application/dash+xml",
    "application/ogg",
];

/// Media types by file extension, where no type is given.
const TYPES: &[(&str, &str)] = &[
    ("mp3", "audio/mpeg"),
    ("m4a", "audio/mp4"),
    ("aac", "audio/aac"),
    ("oga", "audio/ogg"),
    ("ogg", "audio/ogg"),
    ("opus", "audio/ogg"),
    ("wav", "audio/wav"),
    ("flac", "audio/flac"),
    ("mp4", "video/mp4"),
    ("m4v", "video/mp4"),
    ("mov", "video/quicktime"),
    ("webm", "video/webm"),
    ("ogv", "video/ogg"),
    ("m3u8", "application/vnd.apple.mpegurl"),
];

/// A file with sound or film.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    pub url: Line,
    #[serde(rename = "type")]
    pub media_type: Line,
    /// How large the file is in bytes; none where it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<Line>,
    /// How long it plays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credit: Option<Line>,
}

impl Attachment {
    /// One at `url`; `None` where the address is none of http or https, or it is neither sound nor film.
    pub fn at(url: &str, media_type: Option<&str>) -> Option<Self> {
        let url = Line::parse(url).filter(|url| is_address(url))?;
        let said = media_type.map(str::trim).filter(|said| !said.is_empty());
        let media_type = match said {
            Some(said) => said.to_ascii_lowercase(),
            None => type_of(&url)?.to_owned(),
        };
        Some(Self {
            media_type: Line::parse(&media_type).filter(|said| is_played(said))?,
            url,
            bytes: None,
            title: None,
            seconds: None,
            credit: None,
        })
    }

    /// All its texts as they stand escaped in a feed, in bytes.
    pub fn text_bytes(&self) -> usize {
        let optional = [&self.title, &self.credit].into_iter().flatten();
        let texts = [&self.url, &self.media_type].into_iter().chain(optional);
        texts.map(|text| escaped_bytes(text)).sum()
    }

    /// Whether there is something to see.
    pub fn is_film(&self) -> bool {
        !self.media_type.starts_with("audio/") && &*self.media_type != "application/ogg"
    }
}

/// The length that a feed gives of a file, in bytes. 0 and 1 stand for an unknown one, and no file has more bytes than all
/// readers can count.
pub fn known_bytes(said: u64) -> Option<u64> {
    (2..=MAX_NUMBER).contains(&said).then_some(said)
}

/// How long a feed says that a file plays, where that can be.
pub fn known_seconds(said: u64) -> Option<u64> {
    (1..=MAX_NUMBER).contains(&said).then_some(said)
}

/// Reads one table of `[[attachments]]`; what is wrong with it goes to `complaints`.
pub fn attachment_of(draft: Draft, complaints: &mut Vec<Complaint>) -> Option<Attachment> {
    let mut reader = Reader::new(draft, complaints);
    let url = reader.required_text("url", "say where the file lies");
    let said = reader.text("type");
    let bytes = reader.number("bytes", 0..=MAX_NUMBER);
    let title = reader.text("title");
    let seconds = reader.number("seconds", 0..=MAX_NUMBER);
    let credit = reader.text("credit");
    let (line, line_of_type) = (reader.line_of("url"), reader.line_of("type"));
    let found = url.as_ref().and_then(|url| match (is_address(url), &said) {
        (false, _) => {
            reader.complain(Complaint::refused(
                line,
                "url to be an absolute address (https://…)",
                format!("{:?}", &**url),
                "write the whole address",
            ));
            None
        }
        (true, Some(said)) if !is_played(&said.to_ascii_lowercase()) => {
            reader.complain(Complaint::refused(
                line_of_type,
                "type to be a media type of sound or film, such as audio/mpeg",
                format!("{:?}", &**said),
                "correct it; photographs are captions, other files are links in the text",
            ));
            None
        }
        (true, said) => {
            let found = Attachment::at(url, said.as_deref());
            if found.is_none() {
                reader.complain(Complaint::refused(
                    line,
                    "the key type: a media type of sound or film, such as audio/mpeg",
                    "none, and an address that does not tell it",
                    "say the type",
                ));
            }
            found
        }
    });
    reader.finish();
    Some(Attachment {
        bytes,
        title,
        seconds,
        credit,
        ..found?
    })
}

/// Refuses more than an article may have.
pub fn refuse_too_many(count: usize, line: Option<usize>, complaints: &mut Vec<Complaint>) {
    if count > MAX_ATTACHMENTS {
        complaints.push(Complaint::refused(
            line,
            format!("at most {MAX_ATTACHMENTS} attachments"),
            count.to_string(),
            "divide them among several articles",
        ));
    }
}

pub fn is_address(url: &str) -> bool {
    Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

fn is_played(media_type: &str) -> bool {
    let is_family = |family: &str| {
        media_type.strip_prefix(family).is_some_and(|kind| {
            let is_part = |c: char| c.is_ascii_alphanumeric() || "!#$&^_.+-".contains(c);
            !kind.is_empty() && kind.chars().all(is_part)
        })
    };
    is_family("audio/") || is_family("video/") || LISTS.contains(&media_type)
}

fn type_of(url: &str) -> Option<&'static str> {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let (_, end) = path.rsplit_once('.')?;
    let end = end.to_ascii_lowercase();
    let known = TYPES.iter().find(|(known, _)| *known == end);
    known.map(|(_, media_type)| *media_type)
}
