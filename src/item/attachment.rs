//! Sound and film that belong to an article: where the file lies, and what players and readers need to know of it.

use std::fmt::Display;

use serde::{Deserialize, Serialize};

use super::html::Url;
use super::limits::escaped_bytes;
use super::{Complaint, Draft, Line, MediaType, Reader, Recording, RecordingError};

/// Maximum number of attachments of an article.
pub const MAX_ATTACHMENTS: usize = 20;

/// Maximum number of bytes or seconds: the largest integer that all JSON readers take (RFC 7493 §2.2).
const MAX_NUMBER: u64 = (1 << 53) - 1;

/// Types of playlists and of Ogg, which are played although they do not begin with `audio/` or `video/`.
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

/// Finds the recording of that name beside the item.
pub type FindRecording<'a> = dyn Fn(&str) -> Result<Recording, RecordingError> + 'a;

/// A file with sound or film.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// The absolute address of the file, or its path on this server if it is kept here.
    pub url: Line,
    /// The file, where it is kept here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<AttachedFile>,
    #[serde(rename = "type")]
    pub media_type: Line,
    /// The size of the file in bytes; none where it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<Line>,
    /// The playing time in seconds; none where it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credit: Option<Line>,
}

/// A recording by the name that it has beside the item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttachedFile {
    pub name: Line,
    #[serde(flatten)]
    pub recording: Recording,
}

/// The path of the file that is kept under this hash.
pub fn media_path(hash: impl Display, kind: MediaType) -> String {
    format!("/media/{hash}.{}", kind.extension())
}

impl Attachment {
    /// An attachment whose file is kept here.
    pub fn of_file(name: Line, recording: Recording) -> Option<Self> {
        let kind = MediaType::Recording(recording.kind);
        Some(Self {
            url: Line::parse(&media_path(&recording.hash, kind))?,
            media_type: Line::parse(kind.media_type())?,
            bytes: Some(recording.bytes),
            file: Some(AttachedFile { name, recording }),
            title: None,
            seconds: None,
            credit: None,
        })
    }

    /// An attachment at `url`; `None` where the address is none of http or https, or it is neither sound nor film.
    pub fn at(url: &str, media_type: Option<&str>) -> Option<Self> {
        let url = Line::parse(url).filter(|url| is_address(url))?;
        let declared = media_type
            .map(str::trim)
            .filter(|declared| !declared.is_empty());
        let media_type = match declared {
            Some(declared) => declared.to_ascii_lowercase(),
            None => type_of(&url)?.to_owned(),
        };
        Some(Self {
            media_type: Line::parse(&media_type).filter(|declared| is_played(declared))?,
            url,
            file: None,
            bytes: None,
            title: None,
            seconds: None,
            credit: None,
        })
    }

    /// The length of all its texts as they stand escaped in a feed, in bytes.
    pub fn text_bytes(&self) -> usize {
        let optional = [&self.title, &self.credit].into_iter().flatten();
        let texts = [&self.url, &self.media_type].into_iter().chain(optional);
        texts.map(|text| escaped_bytes(text)).sum()
    }

    /// Whether it is film, and not sound alone.
    pub fn is_film(&self) -> bool {
        !self.media_type.starts_with("audio/") && &*self.media_type != "application/ogg"
    }
}

/// The length that a feed gives of a file, in bytes. 0 and 1 stand for an unknown one, and no file has more bytes than all
/// readers can count.
pub fn known_bytes(bytes: u64) -> Option<u64> {
    (2..=MAX_NUMBER).contains(&bytes).then_some(bytes)
}

/// The playing time that a feed gives of a file, in seconds; `None` for 0, and for more than all readers can count.
pub fn known_seconds(seconds: u64) -> Option<u64> {
    (1..=MAX_NUMBER).contains(&seconds).then_some(seconds)
}

/// Reads one table of `[[attachments]]`; what is wrong with it goes to `complaints`.
pub fn attachment_of(
    draft: Draft,
    recordings: &FindRecording<'_>,
    complaints: &mut Vec<Complaint>,
) -> Option<Attachment> {
    let mut reader = Reader::new(draft, complaints);
    let file = reader.text("file");
    let url = match file {
        Some(_) => reader.text("url"),
        None => reader.required_text("url", "say where it lies, or name its file with file"),
    };
    let media_type = reader.text("type");
    let bytes = reader.number("bytes", 0..=MAX_NUMBER);
    let title = reader.text("title");
    let seconds = reader.number("seconds", 0..=MAX_NUMBER);
    let credit = reader.text("credit");
    let found = match (&file, &url) {
        (Some(file), Some(_)) => {
            reader.complain(Complaint::refused(
                reader.line_of("url"),
                "one of file and url",
                format!("both, with the file {}", &**file),
                "take one of them out",
            ));
            None
        }
        (Some(file), None) => {
            attachment_of_file(&mut reader, file, (media_type.as_ref(), bytes), recordings)
        }
        (None, Some(url)) => attachment_at_url(&mut reader, url, media_type.as_ref()),
        (None, None) => None,
    };
    reader.finish();
    let found = found?;
    Some(Attachment {
        bytes: bytes.or(found.bytes),
        title,
        seconds,
        credit,
        ..found
    })
}

/// An attachment whose file lies beside the item, or was uploaded.
fn attachment_of_file(
    reader: &mut Reader<'_>,
    name: &Line,
    (media_type, bytes): (Option<&Line>, Option<u64>),
    recordings: &FindRecording<'_>,
) -> Option<Attachment> {
    let recording = match recordings(name) {
        Ok(recording) => recording,
        Err(error) => {
            reader.complain(Complaint::refused(
                reader.line_of("file"),
                format!("sound or film {} that can be published", &**name),
                error.to_string(),
                error.advice(),
            ));
            return None;
        }
    };
    if let Some(bytes) = bytes.filter(|bytes| *bytes != recording.bytes) {
        reader.complain(Complaint::refused(
            reader.line_of("bytes"),
            format!("the {} bytes that {} has", recording.bytes, &**name),
            bytes.to_string(),
            "take bytes out: the file tells it",
        ));
        return None;
    }
    let media_type = media_type.map(|media_type| media_type.to_ascii_lowercase());
    let named = type_of(name).filter(|named| recording.kind.may_be(named));
    if let Some(media_type) = media_type
        .as_ref()
        .filter(|media_type| !recording.kind.may_be(media_type))
    {
        reader.complain(Complaint::refused(
            reader.line_of("type"),
            format!(
                "a type of what {} is, {}",
                &**name,
                recording.kind.media_type()
            ),
            format!("{media_type:?}"),
            "take type out: the file tells it",
        ));
        return None;
    }
    let found = Attachment::of_file(name.clone(), recording)?;
    Some(Attachment {
        media_type: media_type
            .as_deref()
            .or(named)
            .and_then(Line::parse)
            .unwrap_or(found.media_type),
        ..found
    })
}

/// An attachment that lies at an address of its own.
fn attachment_at_url(
    reader: &mut Reader<'_>,
    url: &Line,
    media_type: Option<&Line>,
) -> Option<Attachment> {
    if !is_address(url) {
        reader.complain(Complaint::refused(
            reader.line_of("url"),
            "url to be an absolute address (https://…)",
            format!("{:?}", &**url),
            "write the whole address, or name a file beside the article with file",
        ));
        return None;
    }
    if let Some(media_type) =
        media_type.filter(|media_type| !is_played(&media_type.to_ascii_lowercase()))
    {
        reader.complain(Complaint::refused(
            reader.line_of("type"),
            "type to be a media type of sound or film, such as audio/mpeg",
            format!("{:?}", &**media_type),
            "correct it; photographs are captions, other files are links in the text",
        ));
        return None;
    }
    let found = Attachment::at(url, media_type.map(|media_type| &**media_type));
    if found.is_none() {
        reader.complain(Complaint::refused(
            reader.line_of("url"),
            "the key type: a media type of sound or film, such as audio/mpeg",
            "none, and an address that does not tell it",
            "say the type",
        ));
    }
    found
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

/// The media type of sound or film that the end of an address, or of a file's name, tells.
pub fn type_of(url: &str) -> Option<&'static str> {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let (_, end) = path.rsplit_once('.')?;
    let end = end.to_ascii_lowercase();
    let known = TYPES.iter().find(|(known, _)| *known == end);
    known.map(|(_, media_type)| *media_type)
}
