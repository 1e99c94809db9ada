//! Which articles a folder has: names and stats only, nothing is read. What cannot be looked at stops nothing else.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt::Write as _;
use std::path::Path;

use cap_std::fs::{Metadata, MetadataExt};
use chrono::{DateTime, Utc};

use crate::item::{Complaint, played_type_of, slug};
use crate::publication::Publication;

use super::files::{Files, Unread};
use super::{ARTICLE_FILE, FolderError};

/// An article with a photograph for each caption has not half as many files.
const MAX_FILES_OF_ARTICLE: usize = 4096;

/// An article's folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArticleFolder {
    /// `section/slug`
    pub path: String,
    pub section: String,
    pub slug: String,
    /// Inodes, sizes and times of all files in it, so that a photograph that was exchanged is noticed, and a folder that
    /// took another's name.
    pub stat: String,
    /// When one of them last changed in any way.
    pub changed: DateTime<Utc>,
    /// The size of the article's own file and of its recordings, which are read with it.
    pub bytes: u64,
}

/// The articles of a folder, and what is wrong with its names.
#[derive(Debug, Default)]
pub struct Listing {
    pub articles: Vec<ArticleFolder>,
    /// Every path that is there, whether it can be taken or not.
    pub present: BTreeSet<String>,
    /// What cannot be looked at; of what is in it nothing can be said.
    pub unknown: BTreeSet<String>,
    pub complaints: Vec<Complaint>,
    /// Folders that have no article's file, which is complained of, and when they last changed: it may come yet.
    pub(super) begun: BTreeMap<String, DateTime<Utc>>,
}

/// The folders of a place, and what of it could not be looked at.
#[derive(Debug, Default)]
struct FolderScan {
    folders: Vec<String>,
    /// What may be folders but cannot be told, with the reason.
    unknown: Vec<(String, Unread)>,
}

impl Listing {
    /// Lists the whole folder. What cannot be looked at is complained of, and the rest is listed.
    ///
    /// # Errors
    /// If the folder itself cannot be read.
    pub fn of(root: &Path, publication: &Publication) -> Result<Self, FolderError> {
        let unreadable = |reason: String| FolderError::Unreadable {
            path: root.to_owned(),
            reason,
        };
        let files = Files::of(root).map_err(|error| unreadable(error.to_string()))?;
        let sections = folders(&files, "").map_err(|error| unreadable(error.to_string()))?;
        let mut listing = Self::default();
        for (section, error) in &sections.unknown {
            listing.unreadable(section, error);
        }
        for section in sections.folders {
            let declared = listing.check_section(&files, publication, &section);
            let articles = match folders(&files, &section) {
                Ok(articles) => articles,
                Err(Unread::Outside) => continue,
                Err(error) => {
                    listing.unreadable(&section, &error);
                    continue;
                }
            };
            for (slug, error) in &articles.unknown {
                let path = format!("{section}/{slug}");
                listing.unreadable(&path, error);
                listing.present.insert(path);
            }
            for slug in articles.folders {
                listing.present.insert(format!("{section}/{slug}"));
                if declared {
                    listing.add(&files, &section, &slug);
                }
            }
        }
        Ok(listing)
    }

    /// Lists only the articles at `paths`.
    pub(super) fn at(files: &Files, publication: &Publication, paths: &[String]) -> Self {
        let mut listing = Self::default();
        for path in paths {
            let Some((section, slug)) = path.split_once('/') else {
                continue;
            };
            match files.is_folder(path) {
                Ok(false) => {}
                Ok(true) | Err(Unread::Outside) => {
                    listing.present.insert(path.clone());
                    if listing.check_section(files, publication, section) {
                        listing.add(files, section, slug);
                    }
                }
                Err(error) => {
                    listing.present.insert(path.clone());
                    listing.unreadable(path, &error);
                }
            }
        }
        listing
    }

    /// Complains of a place that cannot be looked at. What is there stays published.
    fn unreadable(&mut self, path: &str, error: &Unread) {
        if *error == Unread::Outside {
            self.complaints.push(leads_out(path));
            return;
        }
        let advice = "make it readable for the server; what it published stays";
        let said = Complaint::refused(None, "a readable folder", error.to_string(), advice);
        self.complaints.push(said.at(path));
        self.unknown.insert(path.to_owned());
    }

    fn check_section(&mut self, files: &Files, publication: &Publication, section: &str) -> bool {
        if files.metadata(section).err() == Some(Unread::Outside) {
            self.complaints.push(leads_out(section));
            return false;
        }
        if publication.section(section).is_some() {
            return true;
        }
        let declared: Vec<&str> = publication
            .sections
            .iter()
            .map(|section| section.slug.as_str())
            .collect();
        let said = Complaint::refused(
            None,
            format!(
                "one of the sections in publication.toml ({})",
                declared.join(", ")
            ),
            format!("the folder {section}"),
            match slug::is_slug(section) {
                true => {
                    format!("declare it there: [[sections]] with slug = \"{section}\" and a title")
                }
                false => format!(
                    "rename the folder, for instance to {}, and declare it there",
                    slug::slug(section)
                ),
            },
        );
        self.complaints.push(said.at(section));
        false
    }

    fn add(&mut self, files: &Files, section: &str, slug: &str) {
        let path = format!("{section}/{slug}");
        if !slug::is_slug(slug) {
            let said = Complaint::refused(
                None,
                "a folder name of a-z, 0-9, - and _, since it stands in addresses",
                format!("{slug:?}"),
                format!("rename the folder, for instance to {}", slug::slug(slug)),
            );
            self.complaints.push(said.at(&path));
            return;
        }
        match stat(files, &path) {
            Ok((stat, changed, bytes)) => self.articles.push(ArticleFolder {
                path,
                section: section.to_owned(),
                slug: slug.to_owned(),
                stat,
                changed,
                bytes,
            }),
            Err(NoStat::Begun(changed)) => {
                let said = Complaint::refused(
                    None,
                    format!("a readable {ARTICLE_FILE} in an article's folder"),
                    "none",
                    "write it, or remove the folder; what it published before stays",
                );
                self.complaints.push(said.at(&path));
                self.begun.insert(path, changed);
            }
            Err(NoStat::Unread(error)) => self.unreadable(&path, &error),
            Err(NoStat::TooMany) => {
                let said = Complaint::refused(
                    None,
                    format!("an article's folder of at most {MAX_FILES_OF_ARTICLE} files"),
                    "more",
                    "take away what the article does not show",
                );
                self.complaints.push(said.at(&path));
            }
        }
    }

    /// A slug is an address: two articles cannot share it, in whatever sections they are. Those at the paths `known` were
    /// first; among new ones the order of names decides.
    pub fn refuse_twins(&mut self, files: &Files, known: &[&str]) {
        let new: HashSet<&str> = self
            .articles
            .iter()
            .map(|article| article.slug.as_str())
            .collect();
        let mut first: HashMap<&str, &str> = known
            .iter()
            .filter_map(|path| Some((path.split_once('/')?.1, *path)))
            .filter(|(slug, _)| new.contains(slug))
            .collect();
        let mut twins: BTreeMap<String, String> = BTreeMap::new();
        for article in &self.articles {
            let other = first
                .get(article.slug.as_str())
                .filter(|other| **other != article.path && !files.is_gone(other));
            match other {
                None => {
                    first.insert(&article.slug, &article.path);
                }
                Some(other) => {
                    twins.insert(article.path.clone(), (*other).to_owned());
                }
            }
        }
        self.articles
            .retain(|article| !twins.contains_key(&article.path));
        for (path, other) in twins {
            let said = Complaint::refused(
                None,
                "a slug that no other article has",
                format!("the slug of {other}"),
                "rename one of the two folders",
            );
            self.complaints.push(said.at(&path));
        }
    }
}

fn leads_out(path: &str) -> Complaint {
    Complaint::refused(
        None,
        "files of the folder itself",
        "a symbolic link that leads out of it",
        "copy what it points to",
    )
    .at(path)
}

/// The folders at `path`, in the order of their names; names that begin with a dot are not looked at.
fn folders(files: &Files, path: &str) -> Result<FolderScan, Unread> {
    let mut found = FolderScan::default();
    let place = if path.is_empty() { "." } else { path };
    for entry in files.list(place)? {
        let entry = entry.map_err(Unread::of)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with('.') {
            continue;
        }
        let kind = entry.file_type().map_err(Unread::of)?;
        if kind.is_dir() {
            found.folders.push(name);
        } else if kind.is_symlink() {
            match files.is_folder(Path::new(path).join(entry.file_name())) {
                Ok(true) => found.folders.push(name),
                Ok(false) => {}
                // Whether a folder is meant only its name can say.
                Err(error) if slug::is_slug(&name) => found.unknown.push((name, error)),
                Err(_) => {}
            }
        }
    }
    found.folders.sort();
    found.unknown.sort_by(|one, other| one.0.cmp(&other.0));
    Ok(found)
}

/// Why a folder is no article's.
enum NoStat {
    /// It has no article's file. When it, or what is in it, last changed.
    Begun(DateTime<Utc>),
    Unread(Unread),
    TooMany,
}

impl From<Unread> for NoStat {
    fn from(error: Unread) -> Self {
        Self::Unread(error)
    }
}

/// What tells the files at `path` from others, when one of them last changed, and how large those are that are read with the
/// article.
fn stat(files: &Files, path: &str) -> Result<(String, DateTime<Utc>, u64), NoStat> {
    let mut seen = BTreeMap::new();
    let folder = files.metadata(path)?;
    let mut changed = DateTime::UNIX_EPOCH;
    let mut bytes = 0;
    for entry in files.list(path)? {
        let entry = entry.map_err(Unread::of)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with('.') {
            continue;
        }
        if seen.len() >= MAX_FILES_OF_ARTICLE {
            return Err(NoStat::TooMany);
        }
        // What is no link is found without its path being walked again.
        let found = match entry.file_type() {
            Ok(kind) if kind.is_symlink() => {
                files.metadata(Path::new(path).join(entry.file_name()))
            }
            _ => entry.metadata().map_err(Unread::of),
        };
        match found {
            Ok(found) => {
                changed = changed.max(changed_at(&found));
                if name == ARTICLE_FILE || played_type_of(&name).is_some() {
                    bytes += found.size();
                }
                seen.insert(name, stat_of(&found));
            }
            Err(error) if name == ARTICLE_FILE => return Err(error.into()),
            // Its captions tell where it is missed.
            Err(_) => {}
        }
    }
    if !seen.contains_key(ARTICLE_FILE) {
        return Err(NoStat::Begun(changed.max(changed_at(&folder))));
    }
    let mut stat = String::new();
    for (name, of) in seen {
        // Writing to a String cannot fail.
        let _ = write!(stat, "{name}:{of} ");
    }
    Ok((stat, changed, bytes))
}

/// When a file last changed in any way.
pub(super) fn changed_at(found: &Metadata) -> DateTime<Utc> {
    let nanoseconds = u32::try_from(found.ctime_nsec()).unwrap_or_default();
    DateTime::from_timestamp(found.ctime(), nanoseconds).unwrap_or_default()
}

/// A text of inode, size and times, which differs for another file of the same name.
pub(super) fn stat_of(found: &Metadata) -> String {
    format!(
        "{}:{}:{}.{}:{}.{}",
        found.ino(),
        found.size(),
        found.mtime(),
        found.mtime_nsec(),
        found.ctime(),
        found.ctime_nsec()
    )
}
