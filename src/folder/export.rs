//! The store written out as a folder of item files, whole, so that nobody is locked in.

use std::collections::HashSet;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::item::{Id, Image, file};
use crate::publication::{self, Lead};
use crate::store::{PubStatus, Store, StoreError, StoredArticle};

use super::files::Files;
use super::{ARTICLE_FILE, PUBLICATION_FILE};

/// Maximum number of articles that are read from the store at once.
const AT_ONCE: usize = 200;

/// The number of articles and photographs that an export wrote.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct ExportCounts {
    pub articles: usize,
    pub photographs: usize,
}

/// Why an export stopped.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    #[error("{path} is not empty; name a folder that is empty or not there yet")]
    NotEmpty { path: PathBuf },
    #[error("the file {path} is missing from the store's folder; bring it back from a backup")]
    Missing { path: PathBuf },
    #[error("{path} cannot be written: {reason}")]
    Unwritable { path: PathBuf, reason: String },
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Writes all that is public in `store` to `folder`.
///
/// # Errors
/// If the folder is not empty or cannot be written, or the store fails.
pub fn export(
    store: &Store,
    folder: &Path,
    progress: &dyn Fn(usize),
) -> Result<ExportCounts, ExportError> {
    fs::create_dir_all(folder).map_err(|error| unwritable(folder, &error))?;
    let files = Files::of(folder).map_err(|error| unwritable(folder, &error))?;
    let mut entries = fs::read_dir(folder).map_err(|error| unwritable(folder, &error))?;
    if entries.next().is_some() {
        return Err(ExportError::NotEmpty {
            path: folder.to_owned(),
        });
    }
    let to = To { files, folder };
    let mut done = ExportCounts::default();
    if let Some(settings) = store.settings()? {
        let source = with_id(&settings.source, store.publication()?.id());
        let source = with_leads(&source, &settings.publication.leads_by_api);
        to.write(Path::new(PUBLICATION_FILE), source.as_bytes())?;
        let mut copied = HashSet::new();
        for (name, photograph) in settings.publication.pictures() {
            // A name may stand for several.
            if copied.insert(name) {
                let (name, photograph) = (name.to_owned(), photograph.clone());
                to.copy(store, &Image { name, photograph }, Path::new(""))?;
            }
        }
    }
    let mut after = None;
    loop {
        let articles = store.articles_after(after, AT_ONCE)?;
        for stored in &articles {
            done.photographs += to.article(store, stored)?;
            done.articles += 1;
            progress(done.articles);
        }
        match articles.last() {
            Some(last) => after = Some(last.state.id),
            None => return Ok(done),
        }
    }
}

/// The settings as they were written, with the id that the store keeps where they name none: from it follow those of all
/// feeds.
fn with_id(source: &str, id: Id) -> String {
    let named = source.parse::<toml_edit::DocumentMut>();
    match named.is_ok_and(|settings| settings.contains_key("id")) {
        true => source.to_owned(),
        false => publication::with_id(source, id),
    }
}

/// The settings with the stories that a program has put at the head of the front page, where the settings name none.
fn with_leads(source: &str, leads: &[Lead]) -> String {
    let (mark, text) = match source.strip_prefix('\u{feff}') {
        Some(text) => ("\u{feff}", text),
        None => ("", source),
    };
    let has_leads = || {
        let settings = text.parse::<toml_edit::DocumentMut>();
        settings.map_or(true, |settings| settings.contains_key("leads"))
    };
    if leads.is_empty() || has_leads() {
        return source.to_owned();
    }
    let leads: toml_edit::Array = leads.iter().map(|lead| &**lead.name()).collect();
    format!("{mark}leads = {leads}\n{text}")
}

/// The folder that is written: nothing leads out of it, whatever another process puts there meanwhile.
struct To<'a> {
    files: Files,
    folder: &'a Path,
}

impl To<'_> {
    fn article(&self, store: &Store, stored: &StoredArticle) -> Result<usize, ExportError> {
        let mut article = stored.article.clone();
        article.captions = stored
            .captions
            .iter()
            .filter(|caption| caption.state.status == PubStatus::Usable)
            .map(|caption| caption.caption.clone())
            .collect();
        let folder = Path::new(&stored.section).join(&stored.slug);
        let made = self.files.make_folder(&folder);
        made.map_err(|error| self.unwritable(&folder, &error))?;
        self.write(&folder.join(ARTICLE_FILE), file::print(&article).as_bytes())?;
        let images = article
            .captions
            .iter()
            .filter_map(|caption| caption.image.as_ref());
        let mut copied = 0;
        for image in images {
            self.copy(store, image, &folder)?;
            copied += 1;
        }
        let files = article
            .attachments
            .iter()
            .filter_map(|played| played.file.as_ref());
        for file in files {
            let recording = &file.recording;
            let kept = (&*recording.hash, recording.kind.extension());
            self.copy_file(store, kept, &folder.join(&*file.name))?;
        }
        Ok(copied)
    }

    fn copy(&self, store: &Store, image: &Image, folder: &Path) -> Result<(), ExportError> {
        let kind = image.photograph.kind;
        let kept = (&*image.photograph.hash, kind.extension());
        self.copy_file(store, kept, &folder.join(&image.name))
    }

    fn copy_file(
        &self,
        store: &Store,
        (hash, extension): (&str, &str),
        to: &Path,
    ) -> Result<(), ExportError> {
        let files = store.photographs();
        match files.copied(hash, extension).and_then(fs::File::open) {
            Ok(file) => self.write(to, file),
            Err(_) => Err(ExportError::Missing {
                path: files.path(hash, extension),
            }),
        }
    }

    fn write(&self, path: &Path, from: impl Read) -> Result<(), ExportError> {
        let written = self.files.write(path, from);
        written.map_err(|error| self.unwritable(path, &error))
    }

    fn unwritable(&self, path: &Path, error: &io::Error) -> ExportError {
        unwritable(&self.folder.join(path), error)
    }
}

fn unwritable(path: &Path, error: &io::Error) -> ExportError {
    ExportError::Unwritable {
        path: path.to_owned(),
        reason: error.to_string(),
    }
}
