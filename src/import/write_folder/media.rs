//! A folder of photographs, such as a copy of wp-content/uploads, in which those of an export are found again.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::folder::{Files, Unread};
use crate::import::feed_file::without_size;
use crate::item::html::Url;
use crate::item::{MAX_PHOTOGRAPH_BYTES, Photograph, read_photograph};

use super::names::decoded;

/// The files of a folder and of all folders in it, by their names.
#[derive(Debug)]
pub struct MediaFolder {
    /// Reads files inside the folder only: what was a file when it was listed may be a pipe or a link out when it is
    /// read.
    inside: Files,
    root: PathBuf,
    /// The paths of the files by their names in lower case: a copy may have come through a system that does not
    /// distinguish case.
    files: HashMap<String, Vec<PathBuf>>,
}

/// The result of looking for a picture's file.
pub(super) enum MediaMatch {
    Photograph(Photograph, Vec<u8>),
    Nothing,
    /// The file is there but cannot be used.
    Unusable(String),
}

impl MediaFolder {
    /// Looks through `folder` once.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn of(folder: &Path) -> io::Result<Self> {
        let mut media = Self {
            inside: Files::of(folder)?,
            root: folder.to_owned(),
            files: HashMap::new(),
        };
        let mut ahead = vec![folder.to_owned()];
        while let Some(folder) = ahead.pop() {
            for entry in fs::read_dir(&folder)? {
                let entry = entry?;
                // Links are not followed: a ring of them has no end.
                let kind = entry.file_type()?;
                if kind.is_dir() {
                    ahead.push(entry.path());
                } else if kind.is_file() {
                    let name = entry.file_name().to_string_lossy().to_lowercase();
                    media.files.entry(name).or_default().push(entry.path());
                }
            }
        }
        Ok(media)
    }

    /// The photograph that lies at one of these addresses, the first that is there.
    pub(super) fn find(&self, addresses: &[&str]) -> MediaMatch {
        let wholes = addresses.iter().filter_map(|address| path_of(address));
        let names: Vec<Vec<String>> = wholes.flat_map(|path| [unscaled(&path), path]).collect();
        for path in names {
            if let Some(file) = self.nearest(&path) {
                return self.read(file);
            }
        }
        MediaMatch::Nothing
    }

    fn read(&self, path: &Path) -> MediaMatch {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let inner = path.strip_prefix(&self.root).unwrap_or(path);
        let bytes = match self.inside.read(inner, MAX_PHOTOGRAPH_BYTES) {
            Ok(bytes) => bytes,
            Err(Unread::TooLarge { .. }) => {
                let megabytes = MAX_PHOTOGRAPH_BYTES / 1024 / 1024;
                return MediaMatch::Unusable(format!("it has more than {megabytes} MiB"));
            }
            Err(error) => return MediaMatch::Unusable(error.to_string()),
        };
        match read_photograph(&name, &bytes) {
            Ok(photograph) => MediaMatch::Photograph(photograph, bytes),
            Err(error) => MediaMatch::Unusable(error.to_string()),
        }
    }

    /// The file whose path ends in most of the same folders; none where two are equally near.
    fn nearest(&self, path: &[String]) -> Option<&Path> {
        let files = self.files.get(path.last()?)?;
        let near = |file: &&PathBuf| {
            let parts = file.components().rev();
            let parts = parts.map(|part| part.as_os_str().to_string_lossy().to_lowercase());
            parts
                .zip(path.iter().rev())
                .take_while(|(parts, wanted)| parts == *wanted)
                .count()
        };
        let best = files.iter().map(|file| near(&file)).max()?;
        let mut nearest = files.iter().filter(|file| near(file) == best);
        let first = nearest.next()?;
        nearest.next().is_none().then_some(first.as_path())
    }
}

fn path_of(address: &str) -> Option<Vec<String>> {
    let url = Url::parse(address).ok()?;
    let segments = url.path_segments()?.filter(|segment| !segment.is_empty());
    let path: Vec<String> = segments
        .map(|segment| decoded(segment).to_lowercase())
        .collect();
    (!path.is_empty()).then_some(path)
}

/// The path without the size that WordPress puts behind the names of pictures that it made smaller
/// (`tram-300x200.jpg`).
fn unscaled(path: &[String]) -> Vec<String> {
    let mut path = path.to_vec();
    if let Some(name) = path.last_mut() {
        *name = without_size(name);
    }
    path
}
