//! The items that the folder already has, and the place of each new item.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;
use std::thread;

use crate::folder::reading::{MAX_ARTICLE_BYTES, side_by_side};
use crate::folder::{ARTICLE_FILE, Files, FolderError, Listing};
use crate::import::feed_file::{Category, Date, OlderItem, plain_text};
use crate::item::fingerprint::{Fingerprint, Fingerprints};
use crate::item::{FormerPath, Id, Line, MAX_FORMER, Moment, file, summary};
use crate::publication::Publication;

use super::article::ItemPlan;
use super::names::{Slugs, slug_of};
use super::{FeedImport, ImportError};

/// The report on an old address that is not kept, because it would hide a page of Courant.
const OWN_ADDRESS: &str = "old address that is one of Courant's own";

/// The items of the folder and those of the file that were met so far.
#[derive(Default)]
pub(super) struct KnownItems {
    fingerprints: Fingerprints,
    /// The articles of the folder by their guids and ids.
    guids: HashMap<Fingerprint, Arc<str>>,
    ids: HashMap<Id, Arc<str>>,
    slugs: Slugs,
    read: HashMap<Id, ReadItem>,
    former: HashMap<Fingerprint, Id>,
}

/// An item that was read of the imported files so far.
struct ReadItem {
    place: Box<str>,
    /// Its address, if its id follows from its guid: systems copy guids when they copy stories.
    link: Option<Fingerprint>,
}

impl KnownItems {
    /// Looks once through the folder.
    pub(super) fn of(root: &Path, publication: &Publication) -> Result<Self, ImportError> {
        let listing = Listing::of(root, publication)?;
        // An unreadable folder may have an article of the import.
        if let Some(path) = listing.unknown.first() {
            return Err(ImportError::Unreadable {
                path: path.clone(),
                complaint: "it cannot be listed".to_owned(),
            });
        }
        let files = Files::of(root).map_err(|error| FolderError::Unreadable {
            path: root.to_owned(),
            reason: error.to_string(),
        })?;
        let mut known = Self::default();
        for path in &listing.present {
            known.slugs.hold(path.rsplit('/').next().unwrap_or(path));
        }
        let paths: Vec<String> = listing
            .articles
            .into_iter()
            .map(|found| found.path)
            .collect();
        let threads = thread::available_parallelism().map_or(1, usize::from);
        let read = side_by_side(paths, threads, |path| {
            let names = files
                .read(Path::new(&path).join(ARTICLE_FILE), MAX_ARTICLE_BYTES)
                .map_err(|error| error.to_string())
                .and_then(|bytes| file::known_by(&bytes).map_err(|error| error.to_string()));
            (path, names)
        });
        for (path, names) in read {
            let (id, guid) = names.map_err(|complaint| ImportError::Unreadable {
                path: format!("{path}/{ARTICLE_FILE}"),
                complaint,
            })?;
            let path: Arc<str> = path.into();
            if let Some(guid) = guid {
                let fingerprint = known.fingerprints.of(&guid);
                known.guids.insert(fingerprint, Arc::clone(&path));
            }
            if let Some(id) = id {
                known.ids.insert(id, path);
            }
        }
        Ok(known)
    }

    /// Forgets the items of the imported files; those of the folder stay known.
    pub(super) fn forget_items(&mut self) {
        self.slugs.free_all();
        self.read = HashMap::new();
        self.former = HashMap::new();
    }

    /// The place of `item` in the folder, and the other decisions that have to be made in the order of the file.
    ///
    /// # Errors
    /// The reason for which it is left out.
    pub(super) fn plan(
        &mut self,
        import: &FeedImport<'_>,
        item: &OlderItem,
        place: String,
    ) -> Result<ItemPlan, String> {
        if let Some(reason) = &item.unpublished {
            return Err(reason.clone());
        }
        if let Some(unshown) = item.unshown.as_ref().filter(|_| !import.drafts) {
            return Err(unshown.reason.clone());
        }
        if item.is_garbled {
            return Err("bytes that are none of the encoding that the file names".to_owned());
        }
        let zone = import.publication.timezone;
        let written = item
            .published
            .ok_or("no date that can be read; give the item one by hand")?;
        let published = written
            .within(zone)
            .ok_or_else(|| format!("a time that there is not in {zone}; give it by hand"))?;
        let is_cut = item.is_untitled();
        let headline = match &item.title {
            Some(title) if !is_cut => title.clone(),
            _ => summary::title(&plain_text(item.prose.as_written())),
        };
        if headline.trim().is_empty() {
            return Err("neither a title nor a text".to_owned());
        }
        let stated_guid = item.guid.as_deref().and_then(Line::parse);
        let of_guid = stated_guid
            .as_ref()
            .map(|guid| import.id.derive(&format!("guid/{guid}")));
        let is_taken = of_guid.is_some_and(|id| self.is_other_story(id, item));
        let guid = stated_guid.filter(|_| !is_taken);
        let id = of_guid
            .filter(|_| !is_taken)
            .unwrap_or_else(|| match &item.link {
                Some(link) => import.id.derive(&format!("link/{link}")),
                None => {
                    let name = format!("older/{}/{headline}", published.to_rfc3339());
                    import.id.derive(&name)
                }
            });
        self.meet(id, item.link.as_deref().filter(|_| guid.is_some()), &place)?;
        let there = guid
            .as_ref()
            .and_then(|guid| self.guids.get(&self.fingerprints.of(guid)))
            .or_else(|| self.ids.get(&id));
        let (section, tags, undeclared) = filing(import, item);
        let day = published
            .with_timezone(&zone)
            .format("%Y-%m-%d")
            .to_string();
        let path = match there {
            Some(path) => path.to_string(),
            None => {
                let slug = self.slugs.free(&slug_of(item, &headline, &day));
                format!("{section}/{slug}")
            }
        };
        let is_new = there.is_none();
        let mut left_out = Vec::new();
        let former = self.former(item, id, &path, &mut left_out);
        Ok(ItemPlan {
            former,
            left_out,
            is_draft: is_draft(import, item, published),
            place,
            is_new,
            id,
            guid,
            path,
            headline,
            is_cut,
            published,
            is_zoneless: matches!(written, Date::Local(_)),
            tags,
            undeclared,
            is_guid_taken: is_taken,
        })
    }

    /// The old addresses that lead to the item; those that cannot are reported in `left_out`.
    fn former(
        &mut self,
        item: &OlderItem,
        id: Id,
        path: &str,
        left_out: &mut Vec<String>,
    ) -> Vec<Line> {
        let slug = path.rsplit('/').next().unwrap_or(path);
        let current_path = FormerPath::parse(&format!("/articles/{slug}"));
        let mut seen = HashSet::new();
        let mut former = Vec::new();
        for text in &item.former {
            let Some((path, line)) = FormerPath::parse(text).zip(Line::parse(text)) else {
                left_out.push("old address with a query".to_owned());
                continue;
            };
            if Some(&path) == current_path.as_ref() || !seen.insert(path.clone()) {
                continue;
            }
            let fingerprint = self.fingerprints.of(path.as_str());
            let owner = *self.former.entry(fingerprint).or_insert(id);
            match (path.is_own(), owner == id) {
                (true, _) => left_out.push(OWN_ADDRESS.to_owned()),
                (false, false) => left_out.push("old address that another story has".to_owned()),
                (false, true) if former.len() < MAX_FORMER => former.push(line),
                (false, true) => left_out.push(format!("old address beyond {MAX_FORMER}")),
            }
        }
        former
    }

    /// Registers an item that was read; `link` is its address, if its id follows from its guid.
    ///
    /// # Errors
    /// If another item has its id.
    fn meet(&mut self, id: Id, link: Option<&str>, place: &str) -> Result<(), String> {
        match self.read.entry(id) {
            Entry::Occupied(first) => {
                let place = &first.get().place;
                Err(format!("the same guid as the item at {place}"))
            }
            Entry::Vacant(free) => {
                let link = link.filter(|link| !link.is_empty());
                free.insert(ReadItem {
                    place: place.into(),
                    link: link.map(|link| self.fingerprints.of(link)),
                });
                Ok(())
            }
        }
    }

    /// Whether another item of the file had the guid from which this id follows, and another address.
    fn is_other_story(&self, id: Id, item: &OlderItem) -> bool {
        let first = self.read.get(&id).and_then(|known| known.link);
        let (Some(first), Some(link)) = (first, &item.link) else {
            return false;
        };
        first != self.fingerprints.of(link)
    }
}

/// Whether an item becomes a draft: it was not public on the old site, and is not scheduled for a time that is still to
/// come.
fn is_draft(import: &FeedImport<'_>, item: &OlderItem, published: Moment) -> bool {
    let unshown = item.unshown.as_ref();
    unshown.is_some_and(|unshown| !unshown.is_scheduled || published <= import.now)
}

/// The section of an item, its tags, and the categories that no section declares. The first category that is a section
/// is its section.
fn filing(import: &FeedImport<'_>, item: &OlderItem) -> (String, Vec<String>, Vec<String>) {
    let mut section = None;
    let mut tags = Vec::new();
    let mut undeclared = Vec::new();
    for category in &item.categories {
        match section_of(import.publication, category) {
            Some(found) if section.is_none() => section = Some(found),
            Some(_) => tags.push(category.name.clone()),
            None => {
                tags.push(category.name.clone());
                undeclared.push(category.name.clone());
            }
        }
    }
    tags.extend(item.tags.iter().cloned());
    let section = section.unwrap_or_else(|| import.section.to_owned());
    (section, tags, undeclared)
}

fn section_of(publication: &Publication, category: &Category) -> Option<String> {
    let slugs = category.slug.iter().chain([&category.name]);
    let by_slug = slugs.into_iter().find_map(|slug| {
        let slug = slug.to_lowercase();
        let found = publication.section(&slug);
        found.or_else(|| publication.section_formerly(&slug))
    });
    let by_title = || {
        let name = category.name.to_lowercase();
        let mut sections = publication.sections.iter();
        sections.find(|section| section.title.to_lowercase() == name)
    };
    by_slug
        .or_else(by_title)
        .map(|section| section.slug.clone())
}
