//! Sound and film as a file that is kept here: its type, its size, and the hash that names it.
//!
//! It is served as it came. Unlike a photograph nothing that is written beside sound or pictures is taken out of it.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::PhotographType;

/// Maximum size of a recording in bytes: an hour of film as it is shown on telephones.
pub const MAX_RECORDING_BYTES: u64 = 512 * 1024 * 1024;

/// Number of leading bytes by which the type of a file is recognised.
const HEAD_BYTES: usize = 4096;

/// Number of hexadecimal digits in a file's name.
const HASH_DIGITS: usize = 32;

/// The kinds of sound and film that browsers play.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RecordingType {
    Mp3,
    M4a,
    Aac,
    Ogg,
    Wav,
    Flac,
    Mp4,
    Mov,
    Webm,
}

impl RecordingType {
    pub const ALL: [Self; 9] = [
        Self::Mp3,
        Self::M4a,
        Self::Aac,
        Self::Ogg,
        Self::Wav,
        Self::Flac,
        Self::Mp4,
        Self::Mov,
        Self::Webm,
    ];

    pub fn media_type(self) -> &'static str {
        match self {
            Self::Mp3 => "audio/mpeg",
            Self::M4a => "audio/mp4",
            Self::Aac => "audio/aac",
            Self::Ogg => "audio/ogg",
            Self::Wav => "audio/wav",
            Self::Flac => "audio/flac",
            Self::Mp4 => "video/mp4",
            Self::Mov => "video/quicktime",
            Self::Webm => "video/webm",
        }
    }

    pub fn extension(self) -> &'static str {
        match self {
            Self::Mp3 => "mp3",
            Self::M4a => "m4a",
            Self::Aac => "aac",
            Self::Ogg => "ogg",
            Self::Wav => "wav",
            Self::Flac => "flac",
            Self::Mp4 => "mp4",
            Self::Mov => "mov",
            Self::Webm => "webm",
        }
    }

    pub fn from_extension(extension: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.extension() == extension)
    }

    /// The type of a file by its first bytes; none where it is none of these.
    fn of(head: &[u8]) -> Option<Self> {
        let found = infer::get(head).map(|found| found.mime_type());
        match found {
            Some("audio/mpeg") => Some(Self::Mp3),
            Some("audio/m4a") => Some(Self::M4a),
            Some("audio/aac") => Some(Self::Aac),
            Some("audio/ogg" | "audio/opus" | "application/ogg") => Some(Self::Ogg),
            Some("audio/x-wav") => Some(Self::Wav),
            Some("audio/x-flac") => Some(Self::Flac),
            Some("video/mp4" | "video/x-m4v") => Some(Self::Mp4),
            Some("video/quicktime") => Some(Self::Mov),
            // Both are Matroska; browsers play what calls itself WebM.
            Some("video/webm") => Some(Self::Webm),
            _ => is_mpeg_audio(head).then_some(Self::Mp3),
        }
    }

    /// The type, corrected by the media type that the sender declares: MP4 may contain sound alone, and is then M4A.
    fn with_declared_type(self, media_type: Option<&str>) -> Self {
        let is_sound = media_type.is_some_and(|media_type| {
            Self::M4a.may_be(media_type) && media_type.starts_with("audio/")
        });
        match self {
            Self::Mp4 if is_sound => Self::M4a,
            other => other,
        }
    }

    /// Whether a writer may declare `media_type` for a file of this type: one container has sound, or film, or both.
    pub fn may_be(self, media_type: &str) -> bool {
        let (_, own) = self.media_type().split_once('/').unwrap_or_default();
        match media_type.split_once('/') {
            Some(("audio" | "video", of)) => {
                of == own || media_type == self.media_type() || self.has_other_name(media_type)
            }
            _ => false,
        }
    }

    /// Whether `media_type` is another name in use for this type.
    fn has_other_name(self, media_type: &str) -> bool {
        matches!(
            (self, media_type),
            (Self::Mp3, "audio/mp3")
                | (Self::M4a, "audio/x-m4a" | "audio/m4a")
                | (Self::Aac, "audio/aacp")
                | (Self::Wav, "audio/x-wav" | "audio/wave" | "audio/vnd.wave")
                | (Self::Flac, "audio/x-flac")
                | (Self::Ogg, "audio/opus")
                | (Self::Mp4, "video/x-m4v")
                | (Self::Mov, "video/mp4")
        )
    }
}

/// A frame of MPEG audio without anything before it: its eleven bits of synchronisation, a version and a layer that there
/// are, and a rate that is allowed (ISO 11172-3 §2.4.2.3).
fn is_mpeg_audio(head: &[u8]) -> bool {
    let Some(&[first, second, third]) = head.first_chunk() else {
        return false;
    };
    let is_version = second & 0b0001_1000 != 0b0000_1000;
    let is_layer_3 = second & 0b0000_0110 == 0b0000_0010;
    let is_rate = third >> 4 != 0b1111 && third & 0b0000_1100 != 0b0000_1100;
    first == 0xff && second >> 5 == 0b111 && is_version && is_layer_3 && is_rate
}

/// The facts of a recording's file: its hash, type and size.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recording {
    /// SHA-256 of the bytes, 32 hexadecimal digits of it: the name under which it is kept and served.
    pub hash: String,
    pub kind: RecordingType,
    pub bytes: u64,
}

/// Why a file is no recording that can be published.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordingError {
    #[error("there is no file {name}")]
    Missing { name: String },
    #[error("{name} could not be read: {reason}")]
    Unreadable { name: String, reason: String },
    #[error("{name} has more than {} MiB", MAX_RECORDING_BYTES / 1024 / 1024)]
    TooLarge { name: String },
    #[error("{name} is none of MP3, M4A, AAC, Ogg, WAV, FLAC, MP4, MOV and WebM")]
    NotPlayed { name: String },
    #[error("{name} leads out of the item's folder")]
    Outside { name: String },
}

impl RecordingError {
    /// Advice to the desk: how to correct the error.
    pub fn advice(&self) -> String {
        match self {
            Self::Missing { .. } => "put the file there, or take the attachment out".to_owned(),
            Self::Unreadable { .. } => "make the file readable for the server".to_owned(),
            Self::TooLarge { .. } => {
                "make it smaller, or say where it lies elsewhere with url".to_owned()
            }
            Self::NotPlayed { .. } => {
                "save it as one of these; other files are links in the text".to_owned()
            }
            Self::Outside { .. } => "copy the file itself into the folder".to_owned(),
        }
    }
}

/// A recording while its bytes come, in pieces: none of them stays in memory.
#[derive(Debug, Default)]
pub struct Incoming {
    sum: Sha256,
    head: Vec<u8>,
    bytes: u64,
}

impl Incoming {
    /// Adds the next piece of the file.
    ///
    /// # Errors
    /// Where it becomes too large, or its first bytes show that browsers do not play it.
    pub fn take(&mut self, name: &str, piece: &[u8]) -> Result<(), RecordingError> {
        self.bytes += piece.len() as u64;
        if self.bytes > MAX_RECORDING_BYTES {
            return Err(RecordingError::TooLarge {
                name: name.to_owned(),
            });
        }
        let missing = HEAD_BYTES - self.head.len();
        if missing > 0 {
            self.head.extend(piece.iter().take(missing));
            if self.head.len() == HEAD_BYTES {
                self.kind(name)?;
            }
        }
        self.sum.update(piece);
        Ok(())
    }

    fn kind(&self, name: &str) -> Result<RecordingType, RecordingError> {
        RecordingType::of(&self.head).ok_or_else(|| RecordingError::NotPlayed {
            name: name.to_owned(),
        })
    }

    /// The recording, once all its bytes were taken, and their whole SHA-256. `media_type` is the one that the sender
    /// declares; it counts where the bytes leave the type open.
    ///
    /// # Errors
    /// Where it is none that browsers play.
    pub fn end(
        self,
        name: &str,
        media_type: Option<&str>,
    ) -> Result<(Recording, [u8; 32]), RecordingError> {
        let kind = self.kind(name)?.with_declared_type(media_type);
        let sum: [u8; 32] = self.sum.finalize().into();
        let mut hash = hex::encode(sum);
        hash.truncate(HASH_DIGITS);
        let bytes = self.bytes;
        Ok((Recording { hash, kind, bytes }, sum))
    }
}

/// The type of a file that is kept here and has an address of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MediaType {
    Photograph(PhotographType),
    Recording(RecordingType),
}

impl MediaType {
    pub fn all() -> impl Iterator<Item = Self> {
        let recordings = RecordingType::ALL.into_iter().map(Self::Recording);
        let photographs = PhotographType::ALL.into_iter().map(Self::Photograph);
        photographs.chain(recordings)
    }

    pub fn media_type(self) -> &'static str {
        match self {
            Self::Photograph(kind) => kind.media_type(),
            Self::Recording(kind) => kind.media_type(),
        }
    }

    pub fn extension(self) -> &'static str {
        match self {
            Self::Photograph(kind) => kind.extension(),
            Self::Recording(kind) => kind.extension(),
        }
    }

    pub fn from_extension(extension: &str) -> Option<Self> {
        let photograph = PhotographType::from_extension(extension).map(Self::Photograph);
        photograph.or_else(|| RecordingType::from_extension(extension).map(Self::Recording))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(bytes: &[u8]) -> Result<Recording, RecordingError> {
        let mut incoming = Incoming::default();
        for piece in bytes.chunks(7) {
            incoming.take("talk", piece)?;
        }
        Ok(incoming.end("talk", None)?.0)
    }

    #[test]
    fn a_file_is_what_its_first_bytes_say() {
        let box_of = |brand: &[u8; 4]| {
            let mut head = b"\0\0\0\x18ftyp".to_vec();
            head.extend(brand);
            head.extend(b"\0\0\0\0mp42isom\0\0\0\x08free");
            head
        };
        let matroska = |kind: &str| {
            let mut head = b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\xf7\x81\x01\x42\xf2\x81\x04\x42\xf3\x81\x08\x42\x82".to_vec();
            head.push(0x80 | kind.len() as u8);
            head.extend(kind.as_bytes());
            head.extend([0; 300]);
            head
        };
        let opus =
            b"OggS\0\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\x13OpusHead\x01\x02".to_vec();
        for (bytes, kind) in [
            (
                b"ID3\x04\0\0\0\0\0\0\xff\xfb\x90\x64".to_vec(),
                Some(RecordingType::Mp3),
            ),
            (
                b"\xff\xfb\x90\x64\0\0\0\0".to_vec(),
                Some(RecordingType::Mp3),
            ),
            (
                b"\xff\xf3\x40\xc4\0\0\0\0".to_vec(),
                Some(RecordingType::Mp3),
            ),
            (
                b"\xff\xfa\x90\x64\0\0\0\0".to_vec(),
                Some(RecordingType::Mp3),
            ),
            (box_of(b"M4A "), Some(RecordingType::M4a)),
            (
                b"\xff\xf1\x50\x80\x02\x1f\xfc\0".to_vec(),
                Some(RecordingType::Aac),
            ),
            (opus, Some(RecordingType::Ogg)),
            (
                b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0".to_vec(),
                Some(RecordingType::Wav),
            ),
            (
                b"fLaC\0\0\0\x22\0\0\0\0".to_vec(),
                Some(RecordingType::Flac),
            ),
            (box_of(b"isom"), Some(RecordingType::Mp4)),
            (box_of(b"mp42"), Some(RecordingType::Mp4)),
            (box_of(b"M4V "), Some(RecordingType::Mp4)),
            (box_of(b"qt  "), Some(RecordingType::Mov)),
            (matroska("webm"), Some(RecordingType::Webm)),
            (matroska("matroska"), None),
            (Vec::new(), None),
            (b"<html><script>alert(1)</script>".to_vec(), None),
            (b"\xff\xd8\xff\xe0\0\x10JFIF".to_vec(), None),
            (b"\xff\xff\xff\xff\xff\xff".to_vec(), None),
            (b"%PDF-1.7".to_vec(), None),
        ] {
            assert_eq!(end(&bytes).ok().map(|found| found.kind), kind, "{bytes:?}");
        }
    }

    #[test]
    fn it_is_named_by_its_bytes_however_they_come() {
        let bytes = b"ID3\x04\0\0\0\0\0\0 and whatever follows";
        let mut whole = Incoming::default();
        whole.take("talk", bytes).expect("small");
        let (whole, sum) = whole.end("talk", None).expect("MP3");
        assert_eq!(end(bytes), Ok(whole.clone()));
        assert_eq!(whole.bytes, bytes.len() as u64);
        assert!(hex::encode(sum).starts_with(&whole.hash) && whole.hash.len() == 32);
    }

    #[test]
    fn sound_in_a_container_of_film_is_what_its_sender_says() {
        let of = |media_type| {
            let mut incoming = Incoming::default();
            let taken = incoming.take("talk", b"\0\0\0\x18ftypisom\0\0\0\0mp42isom\0\0\0\x08free");
            taken.expect("small");
            incoming.end("talk", media_type).expect("MP4").0.kind
        };
        assert_eq!(of(Some("audio/mp4")), RecordingType::M4a);
        assert_eq!(of(Some("audio/x-m4a")), RecordingType::M4a);
        assert_eq!(of(Some("video/mp4")), RecordingType::Mp4);
        assert_eq!(of(Some("audio/mpeg")), RecordingType::Mp4);
        assert_eq!(of(None), RecordingType::Mp4);
    }

    #[test]
    fn what_is_none_is_seen_before_all_of_it_came() {
        let mut incoming = Incoming::default();
        let page = vec![b'<'; HEAD_BYTES - 1];
        assert_eq!(incoming.take("talk", &page), Ok(()));
        let seen = incoming.take("talk", b"<<");
        assert!(
            matches!(seen, Err(RecordingError::NotPlayed { .. })),
            "{seen:?}"
        );
    }

    #[test]
    fn a_container_may_have_sound_or_film() {
        assert!(RecordingType::Mp4.may_be("audio/mp4"));
        assert!(RecordingType::Webm.may_be("audio/webm"));
        assert!(RecordingType::Ogg.may_be("video/ogg"));
        assert!(RecordingType::Wav.may_be("audio/x-wav"));
        assert!(!RecordingType::Mp3.may_be("audio/ogg"));
        assert!(!RecordingType::Mp3.may_be("text/html"));
    }
}
