//! Touches of the lists of tags and of authors, and of what the settings say of authors.

use std::collections::{BTreeSet, HashMap};

use crate::item::Line;
use crate::publication::{NameKind, Profile, Publication, Selection};
use crate::store::names::slugs_of;
use crate::store::{Entry, StoreError, TouchKey, many};

use super::batch::Batch;
use super::family::Family;

/// A name by its slug.
type NameOfKind<'n> = (NameKind, &'n str);

impl Batch<'_> {
    /// Touches the lists in which a name comes or goes since a family is filed otherwise.
    pub(super) fn touch_names(
        &mut self,
        entry: &Entry,
        before: Option<&Family>,
        after: &Family,
    ) -> Result<(), StoreError> {
        let (was, is) = (
            before.map(public_names).unwrap_or_default(),
            public_names(after),
        );
        let mut alone: BTreeSet<NameOfKind<'_>> = was.symmetric_difference(&is).copied().collect();
        // In bulk there are no readers yet.
        if !self.memory.bulk && !alone.is_empty() {
            for (kind, slug) in self.names_of_others(after, &alone)? {
                alone.retain(|name| *name != (kind, &*slug));
            }
        }
        for kind in NameKind::ALL {
            if alone.iter().any(|(of, _)| *of == kind) {
                self.touch(TouchKey::Names(kind), entry.position);
            }
        }
        // Its page comes or goes, also by a caption that the page does not list.
        for (kind, slug) in alone {
            let selection = Selection::by_name(kind, slug.to_owned());
            self.touch(TouchKey::PageList(selection), entry.position);
        }
        Ok(())
    }

    /// The names among `names` that public items of other articles have; there may be names of the other kind with the same
    /// slugs among them.
    fn names_of_others(
        &self,
        family: &Family,
        names: &BTreeSet<NameOfKind<'_>>,
    ) -> Result<Vec<(NameKind, String)>, StoreError> {
        let slugs: Vec<&str> = names.iter().map(|(_, slug)| *slug).collect();
        Ok(many::ask_with(
            self.transaction,
            "SELECT n.kind, n.slug FROM name n WHERE n.kind IN ('tag', 'author')
             AND EXISTS (SELECT 1 FROM filing f WHERE f.selection = n.kind || '/' || n.slug
                 AND f.withdrawn = 0 AND f.article <> ?1)
             AND n.slug IN (keys)",
            &[&family.article.id.to_string()],
            &slugs,
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?)
    }

    /// The keys that other settings touch by what they say of authors.
    pub(super) fn touched_by_profiles(
        &self,
        before: &Publication,
        after: &Publication,
    ) -> Result<Vec<TouchKey>, StoreError> {
        if before.profiles == after.profiles {
            return Ok(Vec::new());
        }
        let (was, is) = (by_name(before), by_name(after));
        let differ = |name: &&Line| was.get(*name) != is.get(*name);
        let names: BTreeSet<&Line> = was.keys().chain(is.keys()).copied().collect();
        let names = names.into_iter().filter(differ);
        let names: Vec<_> = names.map(|name| (NameKind::Author, &**name)).collect();
        // A name that no item had yet has no page.
        let slugs = slugs_of(self.transaction, &names)?;
        let pages = slugs.into_values().map(TouchKey::Profile);
        let (was, is) = (portraits(before), portraits(after));
        let files = was.symmetric_difference(&is);
        let files = files.map(|hash| TouchKey::Media((*hash).to_owned()));
        Ok(pages.chain(files).collect())
    }
}

/// The names that the family's public items are filed under.
fn public_names(family: &Family) -> BTreeSet<NameOfKind<'_>> {
    let public = family.filings.iter().filter(|(_, filed)| !filed.withdrawn);
    public
        .filter_map(|(selection, _)| selection.of_name())
        .collect()
}

fn by_name(publication: &Publication) -> HashMap<&Line, &Profile> {
    let profiles = publication.profiles.iter();
    profiles.map(|profile| (&profile.name, profile)).collect()
}

fn portraits(publication: &Publication) -> BTreeSet<&str> {
    let pictures = publication.portraits();
    pictures
        .map(|(_, photograph)| photograph.hash.as_str())
        .collect()
}
