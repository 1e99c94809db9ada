//! Reading an article's folder: the item file, and the photographs and recordings that it names.

use std::cell::Cell;
use std::panic::resume_unwind;
use std::path::Path;
use std::thread::{self, ScopedJoinHandle};

use sha2::{Digest, Sha256};

use crate::item::file::FileLookup;
use crate::item::{
    Article, Complaint, Image, MAX_PHOTOGRAPH_BYTES, Photograph, PhotographError, Share,
    clean_photograph, file, photograph_room, read_photograph,
};

use super::files::{Files, Unread};
use super::listing::ArticleFolder;
use super::recordings::Recordings;
use super::{ARTICLE_FILE, end};

/// An item file beyond this many bytes is no article.
pub const MAX_ARTICLE_BYTES: u64 = 4 * 1024 * 1024;

/// The article that was parsed from its folder, with complaints; without an article where it cannot be used.
#[derive(Debug)]
pub struct ParsedArticle {
    pub article: Option<Article>,
    pub complaints: Vec<Complaint>,
}

/// An article's folder as it was read, with the hash of its content.
pub(crate) struct ArticleRead {
    pub(crate) reading: ParsedArticle,
    pub(crate) digest: String,
    /// Whether the text ends in the middle, so that it may not be complete yet.
    pub(crate) is_cut: bool,
}

/// Reads several folders side by side, unless they are no longer wanted meanwhile.
pub(crate) fn read_all(
    files: &Files,
    folders: &[&ArticleFolder],
    recordings: Recordings<'_>,
) -> Option<Vec<ArticleRead>> {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let read = side_by_side(folders.to_vec(), threads, |folder| {
        let (reading, is_cut) = article(files, Path::new(&folder.path), recordings);
        if (recordings.stop)() {
            return None;
        }
        let digest = reading.article.as_ref().map(digest).unwrap_or_default();
        Some(ArticleRead {
            reading,
            digest,
            is_cut,
        })
    });
    read.into_iter().collect()
}

/// Maps many values on several threads; the results stand in the order of the values.
pub(crate) fn side_by_side<T: Send, R: Send>(
    things: Vec<T>,
    threads: usize,
    work: impl Fn(T) -> R + Sync,
) -> Vec<R> {
    let share = things.len().div_ceil(threads).max(1);
    let mut results = Vec::with_capacity(things.len());
    let mut things = things.into_iter();
    let work = &work;
    thread::scope(|scope| {
        let mut workers = Vec::new();
        loop {
            let chunk: Vec<T> = things.by_ref().take(share).collect();
            if chunk.is_empty() {
                break;
            }
            workers.push(scope.spawn(move || chunk.into_iter().map(work).collect::<Vec<R>>()));
        }
        for worker in workers {
            results.extend(joined(worker));
        }
    });
    results
}

/// Joins a thread and gives its result; a panic of the thread is resumed here.
pub(crate) fn joined<T>(thread: ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| resume_unwind(panic))
}

/// Reads the article in `folder`, which lies in the folder of items `root`.
pub fn read_article(root: &Path, folder: &Path) -> ParsedArticle {
    let path = folder.strip_prefix(root).unwrap_or(folder);
    match Files::of(root) {
        Ok(files) => article(&files, path, Recordings::ALL).0,
        Err(error) => unread(&Unread::of(error)),
    }
}

/// Reads the article in the folder at `path`, and whether it, or a photograph of it, ends in the middle.
pub(crate) fn article(
    files: &Files,
    path: &Path,
    recordings: Recordings<'_>,
) -> (ParsedArticle, bool) {
    let bytes = match files.read(path.join(ARTICLE_FILE), MAX_ARTICLE_BYTES) {
        Ok(bytes) => bytes,
        Err(error) => return (unread(&error), false),
    };
    let is_truncated = Cell::new(false);
    let lookup = FileLookup {
        photographs: &|name| {
            let found = photograph(files, path, name);
            let ends_early = matches!(found, Err(PhotographError::Truncated { .. }));
            is_truncated.set(is_truncated.get() || ends_early);
            found
        },
        recordings: &|name| recordings.read(files, path, name),
    };
    let parsed = file::parse_with(&bytes, &lookup);
    let reading = ParsedArticle {
        article: parsed.article,
        complaints: parsed.complaints,
    };
    (reading, is_truncated.get() || end::is_cut(&bytes))
}

fn unread(error: &Unread) -> ParsedArticle {
    let expected = match error {
        Unread::TooLarge { .. } => "an article of at most 4 MiB",
        Unread::NotAFile => "a file",
        Unread::Outside => "files of the folder itself",
        Unread::Missing | Unread::Failed(_) => "a readable file",
    };
    let complaint = Complaint::refused(None, expected, error.to_string(), error.advice());
    ParsedArticle {
        article: None,
        complaints: vec![complaint],
    }
}

/// Decodes the photographs of an article, and gives complaints about those that fail; [`read_article`] does not decode.
pub fn check_photographs(files: &Files, path: &str, article: &Article) -> Vec<Complaint> {
    let images = article
        .captions
        .iter()
        .filter_map(|caption| caption.image.as_ref());
    let complaint = |image: &Image| {
        let name = &image.name;
        let checked = photograph_bytes(files, Path::new(path), name)
            .and_then(|file| clean_photograph(name, &file.bytes)?.check(name));
        checked
            .err()
            .map(|error| file::unpublishable(None, name, &error))
    };
    images.filter_map(complaint).collect()
}

/// Reads what the photograph of that name in the folder at `path` is.
pub(crate) fn photograph(
    files: &Files,
    path: &Path,
    name: &str,
) -> Result<Photograph, PhotographError> {
    read_photograph(name, &photograph_bytes(files, path, name)?.bytes)
}

/// The file of a photograph, as long as there is memory for it.
pub(crate) struct PhotographFile {
    pub(crate) bytes: Vec<u8>,
    _room: Share,
}

/// Reads the file of the photograph of that name in the folder at `path`.
pub(crate) fn photograph_bytes(
    files: &Files,
    path: &Path,
    name: &str,
) -> Result<PhotographFile, PhotographError> {
    let name_of = || name.to_owned();
    if name.contains(['/', '\\']) || name.starts_with('.') {
        return Err(PhotographError::Outside { name: name_of() });
    }
    let read = files.read_with(path.join(name), MAX_PHOTOGRAPH_BYTES, photograph_room);
    let (bytes, room) = read.map_err(|error| match error {
        Unread::Missing => PhotographError::Missing { name: name_of() },
        Unread::Outside => PhotographError::Outside { name: name_of() },
        Unread::NotAFile => PhotographError::NotAPicture { name: name_of() },
        Unread::TooLarge { bytes } => PhotographError::TooLarge {
            name: name_of(),
            bytes,
        },
        Unread::Failed(reason) => PhotographError::Unreadable {
            name: name_of(),
            reason,
        },
    })?;
    Ok(PhotographFile { bytes, _room: room })
}

/// A hash of the whole content of an article, its photographs included. Their renditions are not in it: they follow
/// from the photographs, and an article that was brought in before there were any is not another for that.
fn digest(article: &Article) -> String {
    let json = serde_json::to_vec(article).unwrap_or_default();
    hex::encode(Sha256::digest(&json))
}
