//! The articles of a folder, by names and stats alone: no file is read. A place that cannot be looked at does not stop
//! the rest.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use cap_std::fs::{Metadata, MetadataExt};
use chrono::{DateTime, Utc};

use crate::item::{Complaint, played_type_of, slug};
use crate::publication::Publication;

use super::files::{Files, Unread};
use super::strays::{self, StrayPlace};
use super::{ARTICLE_FILE, FolderError};

/// Maximum number of files in an article's folder; one with a photograph for each caption has not half as many.
const MAX_FILES_OF_ARTICLE: usize = 4096;

/// Maximum number of files that are no articles and are reported one by one.
const MAX_STRAYS: usize = 300;

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
    /// The paths of folders that cannot be read, so that nothing is known of what is in them.
    pub unknown: BTreeSet<String>,
    pub complaints: Vec<Complaint>,
    /// Folders that have no article's file, and when they last changed. They draw a complaint, but the file may come
    /// yet.
    pub(super) begun: BTreeMap<String, DateTime<Utc>>,
    /// The number of files that are no articles and look like stories.
    strays: usize,
}

/// The folders and files at a place, and the paths there that could not be looked at.
#[derive(Debug, Default)]
struct FolderScan {
    folders: Vec<String>,
    files: Vec<String>,
    /// The paths of which it cannot be found out whether they are folders, each with the reason.
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
        for name in &sections.files {
            listing.stray(strays::complaint(StrayPlace::Top, name, publication));
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
                    listing.add(&files, publication, &section, &slug);
                }
            }
            for name in articles.files.iter().filter(|_| declared) {
                let place = StrayPlace::Section(&section);
                listing.stray(strays::complaint(place, name, publication));
            }
        }
        if listing.strays > MAX_STRAYS {
            let more = strays::others(listing.strays - MAX_STRAYS);
            listing.complaints.push(more);
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
                // Nothing is there, or a file.
                Ok(false) => {
                    let is_there = files.metadata(path).is_ok();
                    if is_there && publication.section(section).is_some() {
                        let place = StrayPlace::Section(section);
                        listing.stray(strays::complaint(place, slug, publication));
                    }
                }
                Ok(true) | Err(Unread::Outside) => {
                    listing.present.insert(path.clone());
                    if listing.check_section(files, publication, section) {
                        listing.add(files, publication, section, slug);
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
        let complaint = Complaint::refused(None, "a readable folder", error.to_string(), advice);
        self.complaints.push(complaint.at(path));
        self.unknown.insert(path.to_owned());
    }

    /// Notes a file that is no article, as long as there are not too many.
    fn stray(&mut self, complaint: Option<Complaint>) {
        let Some(complaint) = complaint else { return };
        self.strays += 1;
        if self.strays <= MAX_STRAYS {
            self.complaints.push(complaint);
        }
    }

    fn check_section(&mut self, files: &Files, publication: &Publication, section: &str) -> bool {
        if files.metadata(section).err() == Some(Unread::Outside) {
            self.complaints.push(leads_out(section));
            return false;
        }
        if publication.section(section).is_some() {
            return true;
        }
        if files
            .metadata(Path::new(section).join(ARTICLE_FILE))
            .is_ok()
        {
            let complaint = strays::article_without_section(section, publication);
            self.complaints.push(complaint);
            return false;
        }
        let declared: Vec<&str> = publication
            .sections
            .iter()
            .map(|section| section.slug.as_str())
            .collect();
        let complaint = Complaint::refused(
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
        self.complaints.push(complaint.at(section));
        false
    }

    fn add(&mut self, files: &Files, publication: &Publication, section: &str, slug: &str) {
        let path = format!("{section}/{slug}");
        if !slug::is_slug(slug) {
            let complaint = Complaint::refused(
                None,
                "a folder name of a-z, 0-9, - and _, since it stands in addresses",
                format!("{slug:?}"),
                format!("rename the folder, for instance to {}", slug::slug(slug)),
            );
            self.complaints.push(complaint.at(&path));
            return;
        }
        match stat(files, &path) {
            Ok(found) => {
                for inner in &found.nested {
                    self.stray(Some(strays::too_deep(section, inner)));
                }
                for name in &found.strays {
                    let place = StrayPlace::Beside(&path);
                    self.stray(strays::complaint(place, name, publication));
                }
                self.articles.push(ArticleFolder {
                    path,
                    section: section.to_owned(),
                    slug: slug.to_owned(),
                    stat: found.stat,
                    changed: found.changed,
                    bytes: found.bytes,
                });
            }
            Err(NoStat::Begun(begun)) => self.note_unfinished(&path, section, begun, publication),
            Err(NoStat::Unread(error)) => self.unreadable(&path, &error),
            Err(NoStat::TooMany) => {
                let complaint = Complaint::refused(
                    None,
                    format!("an article's folder of at most {MAX_FILES_OF_ARTICLE} files"),
                    "more",
                    "take away what the article does not show",
                );
                self.complaints.push(complaint.at(&path));
            }
        }
    }

    /// The folder without an article's file that a complaint is about, or in which the file of the complaint lies, and
    /// when it last changed.
    pub(super) fn begun_at(&self, complained: &str) -> Option<(&str, DateTime<Utc>)> {
        let folder = complained.rsplit_once('/').map(|(folder, _)| folder);
        let mut paths = [Some(complained), folder].into_iter().flatten();
        let (path, changed) = paths.find_map(|path| self.begun.get_key_value(path))?;
        Some((path, *changed))
    }

    /// Complains of a folder that has no article's file: what is in it may say why.
    fn note_unfinished(
        &mut self,
        path: &str,
        section: &str,
        begun: Begun,
        publication: &Publication,
    ) {
        let before = self.strays;
        for inner in &begun.nested {
            self.stray(Some(strays::too_deep(section, inner)));
        }
        for name in &begun.files {
            let place = StrayPlace::Article(path);
            self.stray(strays::complaint(place, name, publication));
        }
        if !begun.nested.is_empty() && self.strays > before {
            return;
        }
        let complaint = Complaint::refused(
            None,
            format!("a readable {ARTICLE_FILE} in an article's folder"),
            "none",
            "write it, or remove the folder; what it published before stays",
        );
        self.complaints.push(complaint.at(path));
        self.begun.insert(path.to_owned(), begun.changed);
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
            let complaint = Complaint::refused(
                None,
                "a slug that no other article has",
                format!("the slug of {other}"),
                "rename one of the two folders",
            );
            self.complaints.push(complaint.at(&path));
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
                Ok(false) => found.files.push(name),
                // Only its name can show whether it is meant to be a folder.
                Err(error) if slug::is_slug(&name) => found.unknown.push((name, error)),
                Err(_) => {}
            }
        } else if kind.is_file() {
            found.files.push(name);
        }
    }
    found.folders.sort();
    found.files.sort();
    found.unknown.sort_by(|one, other| one.0.cmp(&other.0));
    Ok(found)
}

/// The files that were found in an article's folder.
struct FoundFiles {
    /// Files beside the article's own that look like stories.
    strays: Vec<String>,
    stat: String,
    changed: DateTime<Utc>,
    bytes: u64,
    /// Folders in it that have an article's file, too.
    nested: Vec<PathBuf>,
}

/// A folder without an article's file.
struct Begun {
    /// When it, or what is in it, last changed.
    changed: DateTime<Utc>,
    files: Vec<String>,
    nested: Vec<PathBuf>,
}

/// Why a folder is no article's.
enum NoStat {
    /// It has no article's file.
    Begun(Begun),
    Unread(Unread),
    TooMany,
}

impl From<Unread> for NoStat {
    fn from(error: Unread) -> Self {
        Self::Unread(error)
    }
}

/// The files at `path`: a text by which others in their place are recognised, when one of them last changed, and the
/// size of those that are read with the article.
fn stat(files: &Files, path: &str) -> Result<FoundFiles, NoStat> {
    let mut seen = BTreeMap::new();
    let folder = files.metadata(path)?;
    let mut changed = DateTime::UNIX_EPOCH;
    let mut bytes = 0;
    let mut deeper = Vec::new();
    for entry in files.list(path)? {
        let entry = entry.map_err(Unread::of)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with('.') {
            continue;
        }
        if seen.len() >= MAX_FILES_OF_ARTICLE {
            return Err(NoStat::TooMany);
        }
        let kind = entry.file_type();
        if kind.as_ref().is_ok_and(cap_std::fs::FileType::is_dir) {
            let inner = Path::new(path).join(&name);
            if files.metadata(inner.join(ARTICLE_FILE)).is_ok() {
                deeper.push(inner);
            }
        }
        // The metadata of an entry that is no link are read without walking its path again.
        let found = match kind {
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
            // The captions of the article complain of it where it is missed.
            Err(_) => {}
        }
    }
    if !seen.contains_key(ARTICLE_FILE) {
        return Err(NoStat::Begun(Begun {
            changed: changed.max(changed_at(&folder)),
            files: seen.into_keys().collect(),
            nested: deeper,
        }));
    }
    let mut stat = String::new();
    let mut others = Vec::new();
    for (name, of) in seen {
        if name != ARTICLE_FILE && strays::is_markdown(&name) {
            others.push(name.clone());
        }
        // Writing to a String cannot fail.
        let _ = write!(stat, "{name}:{of} ");
    }
    Ok(FoundFiles {
        stat,
        strays: others,
        changed,
        bytes,
        nested: deeper,
    })
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
