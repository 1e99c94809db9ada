//! Reading an article's folder: the item file and the photographs that it names.

use std::fs;
use std::io::Read;
use std::path::Path;
use std::thread;

use sha2::{Digest, Sha256};

use crate::item::{
    Article, Complaint, MAX_PHOTOGRAPH_BYTES, Photograph, PhotographError, file, read_photograph,
};

use super::ARTICLE_FILE;
use super::listing::{ArticleFolder, inside};

/// An item file beyond this many bytes is no article.
const MAX_ARTICLE_BYTES: u64 = 4 * 1024 * 1024;

/// What an article's folder was understood to say.
#[derive(Debug)]
pub struct Reading {
    pub article: Option<Article>,
    pub complaints: Vec<Complaint>,
}

/// Reads several folders side by side, on as many threads as there are processors.
pub(super) fn read_all(root: &Path, folders: &[&ArticleFolder]) -> Vec<Reading> {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let share = folders.len().div_ceil(threads).max(1);
    let mut readings = Vec::with_capacity(folders.len());
    thread::scope(|scope| {
        let workers: Vec<_> = folders
            .chunks(share)
            .map(|chunk| {
                scope.spawn(move || -> Vec<Reading> {
                    let read =
                        |folder: &&ArticleFolder| read_article(root, &root.join(&folder.path));
                    chunk.iter().map(read).collect()
                })
            })
            .collect();
        for worker in workers {
            // A reader does not panic; if one did, the scope passes it on.
            readings.extend(worker.join().unwrap_or_default());
        }
    });
    readings
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
        Ok(found) if found.len() > MAX_ARTICLE_BYTES => {
            let found = format!("{} bytes", found.len());
            return refused("an article of at most 4 MiB", found, "split it");
        }
        Ok(_) => {}
    }
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) => return refused("a readable file", error.to_string(), "make it readable"),
    };
    let parsed = file::parse(&bytes, &|name| {
        photograph(root, folder, name).map(|found| found.0)
    });
    Reading {
        article: parsed.article,
        complaints: parsed.complaints,
    }
}

/// Reads the photograph of that name in `folder`.
pub(super) fn photograph(
    root: &Path,
    folder: &Path,
    name: &str,
) -> Result<(Photograph, Vec<u8>), PhotographError> {
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
    let photograph = read_photograph(name, &bytes)?;
    Ok((photograph, bytes))
}

/// A hash of everything that an article says, its photographs included.
pub(super) fn digest(article: &Article) -> String {
    let json = serde_json::to_vec(article).unwrap_or_default();
    let digest = Sha256::digest(&json);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
