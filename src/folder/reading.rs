//! Reading an article's folder: the item file and the photographs that it names.

use std::fs;
use std::io::Read;
use std::panic::resume_unwind;
use std::path::Path;
use std::thread::{self, ScopedJoinHandle};

use sha2::{Digest, Sha256};

use crate::item::{
    Article, Complaint, Image, MAX_PHOTOGRAPH_BYTES, Photograph, PhotographError, clean_photograph,
    file, read_photograph,
};

use super::ARTICLE_FILE;
use super::listing::{ArticleFolder, inside};

/// An item file beyond this many bytes is no article.
pub(super) const MAX_ARTICLE_BYTES: u64 = 4 * 1024 * 1024;

/// What an article's folder was understood to say.
#[derive(Debug)]
pub struct Reading {
    pub article: Option<Article>,
    pub complaints: Vec<Complaint>,
}

/// An article's folder as it was read, with the hash of what it says.
pub(super) struct ArticleRead {
    pub(super) reading: Reading,
    pub(super) digest: String,
}

/// Reads several folders side by side.
pub(super) fn read_all(root: &Path, folders: &[&ArticleFolder]) -> Vec<ArticleRead> {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    side_by_side(folders.to_vec(), threads, |folder| {
        let reading = read_article(root, &root.join(&folder.path));
        let digest = reading.article.as_ref().map(digest).unwrap_or_default();
        ArticleRead { reading, digest }
    })
}

/// Does the same with many things on several threads; what comes of it stands in the order of the things.
pub(super) fn side_by_side<T: Send, R: Send>(
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

/// What a thread made; its panic is passed on.
pub(super) fn joined<T>(thread: ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| resume_unwind(panic))
}

/// Reads the article in `folder`, which lies in the folder of items `root`.
pub fn read_article(root: &Path, folder: &Path) -> Reading {
    let path = folder.join(ARTICLE_FILE);
    let refused = |expected: &str, found: String, advice: &str| Reading {
        article: None,
        complaints: vec![Complaint::refused(None, expected, found, advice)],
    };
    match fs::metadata(&path) {
        Err(error) => return refused("a readable file", error.to_string(), "make it readable"),
        // To read a pipe would wait for a writer, for ever.
        Ok(found) if !found.is_file() => {
            return refused(
                "a file",
                "something else of that name".to_owned(),
                "write a file",
            );
        }
        Ok(found) if found.len() > MAX_ARTICLE_BYTES => {
            let found = format!("{} bytes", found.len());
            return refused("an article of at most 4 MiB", found, "split it");
        }
        Ok(_) => {}
    }
    let read = || {
        let mut bytes = Vec::new();
        // The file may grow while it is read.
        let most = MAX_ARTICLE_BYTES + 1;
        fs::File::open(&path)?.take(most).read_to_end(&mut bytes)?;
        Ok::<_, std::io::Error>(bytes)
    };
    let bytes = match read() {
        Ok(bytes) => bytes,
        Err(error) => return refused("a readable file", error.to_string(), "make it readable"),
    };
    let parsed = file::parse(&bytes, &|name| photograph(root, folder, name));
    Reading {
        article: parsed.article,
        complaints: parsed.complaints,
    }
}

/// What is wrong with the pixels of an article's photographs, which [`read_article`] does not look at.
pub fn check_photographs(root: &Path, folder: &Path, article: &Article) -> Vec<Complaint> {
    let images = article
        .captions
        .iter()
        .filter_map(|caption| caption.image.as_ref());
    let complaint = |image: &Image| {
        let name = &image.name;
        let checked = photograph_bytes(root, folder, name)
            .and_then(|bytes| clean_photograph(name, &bytes)?.check(name));
        checked
            .err()
            .map(|error| file::unpublishable(None, name, &error))
    };
    images.filter_map(complaint).collect()
}

/// Reads what the photograph of that name in `folder` is.
pub(super) fn photograph(
    root: &Path,
    folder: &Path,
    name: &str,
) -> Result<Photograph, PhotographError> {
    read_photograph(name, &photograph_bytes(root, folder, name)?)
}

/// Reads the file of the photograph of that name in `folder`.
pub(super) fn photograph_bytes(
    root: &Path,
    folder: &Path,
    name: &str,
) -> Result<Vec<u8>, PhotographError> {
    let named = || name.to_owned();
    let path = folder.join(name);
    if name.contains(['/', '\\']) || name.starts_with('.') || !inside(root, &path) {
        return Err(PhotographError::Outside { name: named() });
    }
    let unreadable = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => PhotographError::Missing { name: named() },
        _ => PhotographError::Unreadable {
            name: named(),
            reason: error.to_string(),
        },
    };
    let found = fs::metadata(&path).map_err(unreadable)?;
    if !found.is_file() {
        return Err(PhotographError::NotAPicture { name: named() });
    }
    if found.len() > MAX_PHOTOGRAPH_BYTES {
        return Err(PhotographError::TooLarge {
            name: named(),
            bytes: found.len(),
        });
    }
    let mut bytes = Vec::new();
    let file = fs::File::open(&path).map_err(unreadable)?;
    // The file may grow while it is read.
    file.take(MAX_PHOTOGRAPH_BYTES)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    Ok(bytes)
}

/// A hash of everything that an article says, its photographs included. Their renditions are not in it: they follow from
/// the photographs, and an article that was brought in before there were any is not another for that.
fn digest(article: &Article) -> String {
    let json = serde_json::to_vec(article).unwrap_or_default();
    hex::encode(Sha256::digest(&json))
}
