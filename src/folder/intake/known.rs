//! What the folder has already, and where each new item will stand.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::thread;

use crate::folder::reading::{MAX_ARTICLE_BYTES, side_by_side};
use crate::folder::{ARTICLE_FILE, Files, FolderError, Listing};
use crate::item::feed_file::{Category, Date, OlderItem, plain};
use crate::item::{FormerPath, Id, Line, MAX_FORMER, Moment, file, summary};
use crate::publication::Publication;

use super::article::Plan;
use super::names::{Slugs, slug_of};
use super::{Intake, IntakeError};

/// An old address that would hide one of ours cannot lead anywhere.
const OWN_ADDRESS: &str = "old address that is one of Courant's own";

/// The items of the folder and those of the file that were met so far.
#[derive(Clone)]
pub(super) struct Known {
    guids: HashMap<String, String>,
    ids: HashMap<Id, String>,
    slugs: Slugs,
    met: HashMap<Id, String>,
    /// The addresses of those that were met, by their guids.
    links: HashMap<String, String>,
    former: HashMap<FormerPath, Id>,
}

impl Known {
    /// Looks once through the folder.
    pub(super) fn of(root: &Path, publication: &Publication) -> Result<Self, IntakeError> {
        let listing = Listing::of(root, publication)?;
        // What is there and cannot be looked at may be one of these.
        if let Some(path) = listing.unknown.first() {
            return Err(IntakeError::Unreadable {
                path: path.clone(),
                complaint: "it cannot be listed".to_owned(),
            });
        }
        let files = Files::of(root).map_err(|error| FolderError::Unreadable {
            path: root.to_owned(),
            reason: error.to_string(),
        })?;
        let mut known = Self {
            guids: HashMap::new(),
            ids: HashMap::new(),
            slugs: Slugs::default(),
            met: HashMap::new(),
            links: HashMap::new(),
            former: HashMap::new(),
        };
        for path in &listing.present {
            known.slugs.take(path.rsplit('/').next().unwrap_or(path));
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
                .and_then(|bytes| file::known_by(&bytes).map_err(|said| said.to_string()));
            (path, names)
        });
        for (path, names) in read {
            let (id, guid) = names.map_err(|complaint| IntakeError::Unreadable {
                path: format!("{path}/{ARTICLE_FILE}"),
                complaint,
            })?;
            if let Some(guid) = guid {
                known.guids.insert(guid.to_string(), path.clone());
            }
            if let Some(id) = id {
                known.ids.insert(id, path);
            }
        }
        Ok(known)
    }

    /// Where `item` will stand, and what has to be decided in the order of the file.
    ///
    /// # Errors
    /// The reason for which it is left out.
    pub(super) fn plan(
        &mut self,
        intake: &Intake<'_>,
        item: &OlderItem,
        place: String,
    ) -> Result<Plan, String> {
        if let Some(reason) = &item.unpublished {
            return Err(reason.clone());
        }
        if let Some(unshown) = item.unshown.as_ref().filter(|_| !intake.drafts) {
            return Err(unshown.reason.clone());
        }
        if item.is_garbled {
            return Err("bytes that are none of the encoding that the file names".to_owned());
        }
        let zone = intake.publication.timezone;
        let written = item
            .published
            .ok_or("no date that can be read; give the item one by hand")?;
        let published = written
            .within(zone)
            .ok_or_else(|| format!("a time that there is not in {zone}; give it by hand"))?;
        let is_cut = item.is_untitled();
        let headline = match &item.title {
            Some(title) if !is_cut => title.clone(),
            _ => summary::title(&plain(item.prose.as_written())),
        };
        if headline.trim().is_empty() {
            return Err("neither a title nor a text".to_owned());
        }
        let mut guid = item.guid.as_deref().and_then(Line::parse);
        let is_taken = guid
            .as_ref()
            .is_some_and(|guid| self.is_other_story(guid, item));
        if is_taken {
            guid = None;
        }
        let name = match (&guid, &item.link) {
            (Some(guid), _) => format!("guid/{guid}"),
            (None, Some(link)) => format!("link/{link}"),
            (None, None) => format!("older/{}/{headline}", published.to_rfc3339()),
        };
        let id = intake.id.derive(&name);
        if let Some(guid) = &guid {
            let link = item.link.clone().unwrap_or_default();
            self.links.entry(guid.to_string()).or_insert(link);
        }
        if let Some(first) = self.met.get(&id) {
            return Err(format!("the same guid as the item at {first}"));
        }
        self.met.insert(id, place.clone());
        let there = guid
            .as_ref()
            .and_then(|guid| self.guids.get(&**guid))
            .or_else(|| self.ids.get(&id));
        let (section, tags, undeclared) = filing(intake, item);
        let day = published
            .with_timezone(&zone)
            .format("%Y-%m-%d")
            .to_string();
        let path = match there {
            Some(path) => path.clone(),
            None => {
                let slug = self.slugs.free(&slug_of(item, &headline, &day));
                format!("{section}/{slug}")
            }
        };
        let is_new = there.is_none();
        let mut left_out = Vec::new();
        let former = self.former(item, id, &path, &mut left_out);
        Ok(Plan {
            former,
            left_out,
            is_draft: is_draft(intake, item, published),
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

    /// The old addresses that lead to the item; those that cannot are told.
    fn former(
        &mut self,
        item: &OlderItem,
        id: Id,
        path: &str,
        left_out: &mut Vec<String>,
    ) -> Vec<Line> {
        let slug = path.rsplit('/').next().unwrap_or(path);
        let own = FormerPath::parse(&format!("/articles/{slug}"));
        let mut met = HashSet::new();
        let mut former = Vec::new();
        for text in &item.former {
            let Some((path, line)) = FormerPath::parse(text).zip(Line::parse(text)) else {
                left_out.push("old address with a query".to_owned());
                continue;
            };
            if Some(&path) == own.as_ref() || !met.insert(path.clone()) {
                continue;
            }
            let owner = *self.former.entry(path.clone()).or_insert(id);
            match (path.is_own(), owner == id) {
                (true, _) => left_out.push(OWN_ADDRESS.to_owned()),
                (false, false) => left_out.push("old address that another story has".to_owned()),
                (false, true) if former.len() < MAX_FORMER => former.push(line),
                (false, true) => left_out.push(format!("old address beyond {MAX_FORMER}")),
            }
        }
        former
    }

    /// Whether another item of the file had this guid, and another address: systems copy guids when they copy stories.
    fn is_other_story(&self, guid: &str, item: &OlderItem) -> bool {
        let first = self.links.get(guid).filter(|link| !link.is_empty());
        let (Some(first), Some(link)) = (first, &item.link) else {
            return false;
        };
        first != link
    }
}

/// What was not public there is a draft; what is to be public at a time that has not come waits for that.
fn is_draft(intake: &Intake<'_>, item: &OlderItem, published: Moment) -> bool {
    let unshown = item.unshown.as_ref();
    unshown.is_some_and(|unshown| !unshown.is_scheduled || published <= intake.now)
}

/// The section of an item, what else it is about, and the categories that no section declares. The first category that is
/// a section is its section.
fn filing(intake: &Intake<'_>, item: &OlderItem) -> (String, Vec<String>, Vec<String>) {
    let mut section = None;
    let mut tags = Vec::new();
    let mut undeclared = Vec::new();
    for category in &item.categories {
        match section_of(intake.publication, category) {
            Some(found) if section.is_none() => section = Some(found),
            Some(_) => tags.push(category.name.clone()),
            None => {
                tags.push(category.name.clone());
                undeclared.push(category.name.clone());
            }
        }
    }
    tags.extend(item.tags.iter().cloned());
    let section = section.unwrap_or_else(|| intake.section.to_owned());
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
