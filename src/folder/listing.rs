//! Which articles a folder has: names and stats only, nothing is read.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::item::{Complaint, slug};
use crate::publication::Publication;

use super::{ARTICLE_FILE, FolderError};

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
}

/// The articles of a folder, and what is wrong with its names.
#[derive(Debug, Default)]
pub struct Listing {
    pub articles: Vec<ArticleFolder>,
    /// Every path that is there, whether it can be taken or not.
    pub present: BTreeSet<String>,
    pub complaints: Vec<Complaint>,
}

impl Listing {
    /// Lists the whole folder.
    ///
    /// # Errors
    /// If the folder itself cannot be read.
    pub fn of(root: &Path, publication: &Publication) -> Result<Self, FolderError> {
        let unreadable = |error: std::io::Error| FolderError::Unreadable {
            path: root.to_owned(),
            reason: error.to_string(),
        };
        let mut listing = Self::default();
        for section in folders(root).map_err(unreadable)? {
            let path = root.join(&section);
            let articles = match folders(&path) {
                Ok(articles) => articles,
                Err(error) => {
                    return Err(FolderError::Unreadable {
                        path,
                        reason: error.to_string(),
                    });
                }
            };
            let declared = listing.check_section(root, publication, &section);
            for slug in articles {
                listing.present.insert(format!("{section}/{slug}"));
                if declared {
                    listing.add(root, &section, &slug);
                }
            }
        }
        Ok(listing)
    }

    /// Lists only the articles at `paths`.
    pub fn at(root: &Path, publication: &Publication, paths: &[String]) -> Self {
        let mut listing = Self::default();
        for path in paths {
            let Some((section, slug)) = path.split_once('/') else {
                continue;
            };
            if root.join(path).is_dir() {
                listing.present.insert(path.clone());
                if listing.check_section(root, publication, section) {
                    listing.add(root, section, slug);
                }
            }
        }
        listing
    }

    fn check_section(&mut self, root: &Path, publication: &Publication, section: &str) -> bool {
        if !inside(root, &root.join(section)) {
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

    fn add(&mut self, root: &Path, section: &str, slug: &str) {
        let path = format!("{section}/{slug}");
        let folder = root.join(&path);
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
        if links_out(root, &folder) || links_out(root, &folder.join(ARTICLE_FILE)) {
            self.complaints.push(leads_out(&path));
            return;
        }
        match stat(&folder) {
            Some(stat) => self.articles.push(ArticleFolder {
                path,
                section: section.to_owned(),
                slug: slug.to_owned(),
                stat,
            }),
            None => {
                let said = Complaint::refused(
                    None,
                    format!("a readable {ARTICLE_FILE} in an article's folder"),
                    "none",
                    "write it, or remove the folder; what it published before stays",
                );
                self.complaints.push(said.at(&path));
            }
        }
    }

    /// A slug is an address: two articles cannot share it, in whatever sections they are. Those at the paths `known` were
    /// first; among new ones the order of names decides.
    pub fn refuse_twins(&mut self, root: &Path, known: &[&str]) {
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
                .filter(|other| **other != article.path && root.join(other).exists());
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

/// Whether `path` is within `root` once links are followed; what is not there leads nowhere.
pub(super) fn inside(root: &Path, path: &Path) -> bool {
    match (root.canonicalize(), path.canonicalize()) {
        (Ok(root), Ok(path)) => path.starts_with(root),
        (_, Err(error)) => error.kind() == std::io::ErrorKind::NotFound,
        (Err(_), _) => false,
    }
}

/// Whether `path`, whose folder is within `root`, is a link that leads out of it. Only links are followed: to follow every
/// path to its end costs more than all else of a look.
fn links_out(root: &Path, path: &Path) -> bool {
    let is_link = fs::symlink_metadata(path).is_ok_and(|found| found.is_symlink());
    is_link && !inside(root, path)
}

/// The folders in `path`, in the order of their names; names that begin with a dot are not looked at.
fn folders(path: &Path) -> std::io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let kind = entry.file_type()?;
        let is_folder = kind.is_dir() || (kind.is_symlink() && entry.path().is_dir());
        if is_folder && !name.starts_with('.') {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

fn stat(folder: &Path) -> Option<String> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder).ok()? {
        let entry = entry.ok()?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with('.') {
            continue;
        }
        // What is no link is found without its path being walked again.
        let found = match entry.file_type() {
            Ok(kind) if kind.is_symlink() => fs::metadata(entry.path()),
            _ => entry.metadata(),
        };
        if let Ok(found) = found {
            files.insert(
                name,
                (
                    found.ino(),
                    found.size(),
                    found.mtime(),
                    found.mtime_nsec(),
                    found.ctime(),
                    found.ctime_nsec(),
                ),
            );
        }
    }
    files.contains_key(ARTICLE_FILE).then(|| {
        let mut stat = String::new();
        for (name, (inode, size, mtime, mtime_ns, ctime, ctime_ns)) in files {
            // Writing to a String cannot fail.
            let _ = write!(
                stat,
                "{name}:{inode}:{size}:{mtime}.{mtime_ns}:{ctime}.{ctime_ns} "
            );
        }
        stat
    })
}
