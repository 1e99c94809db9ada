//! Sections that the write API makes, beside those that `publication.toml` declares.

use sha2::{Digest, Sha256};

use crate::item::Id;
use crate::publication::{Publication, Section, Selection};
use crate::store::sqlite::meta;
use crate::store::{Entry, EntryKind, Scope, Settings, StoreError, desk};

use super::batch::Batch;
use super::{Expected, Put, Version};

/// A section as it should stand.
#[derive(Clone, Debug)]
pub struct SectionChange {
    /// The slug that it has at present, or is to have.
    pub slug: String,
    /// None takes it away.
    pub section: Option<Section>,
    pub expected: Expected,
    /// The base URL, as the settings remember it.
    pub base_url: String,
}

impl Section {
    /// Its version, which follows from what it says: sections of the file have no moments.
    pub fn version(&self) -> Version {
        let json = serde_json::to_vec(self).unwrap_or_default();
        let sum: [u8; 32] = Sha256::digest(&json).into();
        let (first, _) = sum.split_at(8);
        let number = first
            .iter()
            .fold(0_i64, |sum, byte| (sum << 8) | i64::from(*byte));
        Version(number & i64::MAX)
    }
}

impl Batch<'_> {
    pub(super) fn section(&mut self, change: &SectionChange) -> Result<Vec<Entry>, StoreError> {
        let slug = &change.slug;
        let known = self.paper.section(slug).cloned();
        self.expect(change.expected, known.as_ref().map(Section::version))?;
        if known.as_ref().is_some_and(|known| !known.by_api) {
            return Err(StoreError::SectionOfFile { slug: slug.clone() });
        }
        let mut publication = (*self.paper).clone();
        let mut sections: Vec<Section> = publication.sections.to_vec();
        let place = sections.iter().position(|section| section.slug == *slug);
        let mut entries = Vec::new();
        match (&change.section, place) {
            (None, None) => return Err(StoreError::NoSection { slug: slug.clone() }),
            (None, Some(place)) => {
                self.refuse_filed(slug)?;
                let gone = sections.remove(place);
                for name in gone.former.iter().chain([slug]) {
                    publication.retire(&Selection::Section(name.clone()));
                }
            }
            (Some(section), place) => {
                self.refuse_taken_slugs(section, slug)?;
                for name in section.former.iter().chain([&section.slug]) {
                    publication.reinstate(&Selection::Section(name.clone()));
                }
                match place.and_then(|place| sections.get_mut(place)) {
                    Some(known) => known.clone_from(section),
                    None => sections.push(section.clone()),
                }
            }
        }
        publication.sections = sections.into();
        let source = meta(self.transaction, "settings")?
            .map(|json| serde_json::from_str::<Settings>(&json))
            .transpose()?
            .map(|settings| settings.source);
        entries.extend(self.settle(Settings {
            publication,
            source: source.unwrap_or_default(),
            base_url: change.base_url.clone(),
        })?);
        if let Some(section) = change
            .section
            .as_ref()
            .filter(|section| section.slug != *slug)
        {
            entries.extend(self.move_all(slug, &section.slug)?);
        }
        Ok(entries)
    }

    /// A section that has articles does not go.
    fn refuse_filed(&self, slug: &str) -> Result<(), StoreError> {
        let articles: usize = self
            .transaction
            .prepare_cached(
                "SELECT (SELECT count(*) FROM item WHERE kind = 'article' AND section = ?1
                             AND coalesce(removal, '') NOT IN ('withdrawn', 'killed', 'forbidden'))
                      + (SELECT count(*) FROM pending WHERE section = ?1)",
            )?
            .query_row([slug], |row| row.get(0))?;
        match articles {
            0 => Ok(()),
            articles => Err(StoreError::SectionInUse {
                slug: slug.to_owned(),
                articles,
            }),
        }
    }

    fn refuse_taken_slugs(&self, section: &Section, known: &str) -> Result<(), StoreError> {
        for name in section.former.iter().chain([&section.slug]) {
            let owners = [self.paper.section(name), self.paper.section_formerly(name)];
            let is_other = |owner: &&Section| owner.slug != known;
            if owners.into_iter().flatten().any(|owner| is_other(&owner)) {
                return Err(StoreError::SectionTaken { slug: name.clone() });
            }
        }
        Ok(())
    }

    /// What was filed under the old slug is filed under the new one.
    fn move_all(&mut self, from: &str, to: &str) -> Result<Vec<Entry>, StoreError> {
        let of_file: Option<String> = self
            .transaction
            .prepare_cached(
                "SELECT f.path FROM file f JOIN item i ON i.id = f.article WHERE i.section = ?1 LIMIT 1",
            )?
            .query_map([from], |row| row.get(0))?
            .next()
            .transpose()?;
        if let Some(path) = of_file {
            return Err(StoreError::FilesInSection {
                slug: from.to_owned(),
                path,
            });
        }
        self.transaction
            .prepare_cached(
                "UPDATE pending SET section = ?2, changed_at = max(changed_at + 1, ?3)
                 WHERE section = ?1",
            )?
            .execute((from, to, self.next_time()))?;
        let ids: Vec<String> = self
            .transaction
            .prepare_cached(
                "SELECT id FROM item WHERE kind = 'article' AND section = ?1 ORDER BY id",
            )?
            .query_map([from], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        self.move_tokens(from, to)?;
        let mut entries = Vec::new();
        for id in ids {
            entries.extend(self.move_one(Id::parse(&id).unwrap_or_default(), to)?);
        }
        Ok(entries)
    }

    /// Who may write in the section may write in it by its new name.
    fn move_tokens(&self, from: &str, to: &str) -> Result<(), StoreError> {
        let tokens: Vec<(String, String)> = self
            .transaction
            .prepare_cached("SELECT id, scope FROM token")?
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<_, _>>()?;
        for (id, scope) in tokens {
            let Some(Scope::Sections(mut sections)) = Scope::parse(&scope) else {
                continue;
            };
            for section in sections.iter_mut().filter(|section| *section == from) {
                to.clone_into(section);
            }
            self.transaction
                .prepare_cached("UPDATE token SET scope = ?2 WHERE id = ?1")?
                .execute((id, Scope::Sections(sections).to_string()))?;
        }
        Ok(())
    }

    fn move_one(&mut self, id: Id, to: &str) -> Result<Vec<Entry>, StoreError> {
        let Some(before) = self.family(id)? else {
            return Ok(Vec::new());
        };
        if before.article.removed.is_none() {
            let mut article = desk::written(self.transaction, id)?;
            article.id = Some(id);
            let slug = before.slug.clone().unwrap_or_default();
            let mut put = Put::new(article, to, &slug, None);
            put.is_kept = true;
            return self.put(&put);
        }
        // What stands in its place in the feeds goes along.
        let standing = self.standing(&before.filings)?;
        let version = self.next_version(id, Some(&before))?;
        let mut after = before.clone();
        to.clone_into(&mut after.section);
        after.article.changed_at = version;
        let (revision, filed) = (
            Some(before.article.revision),
            (before.filed(), after.filed()),
        );
        let entry = self.append(EntryKind::Move, Some(id), revision, filed.0, filed.1)?;
        self.write_family(&mut after, &before)?;
        self.touch_family(&entry, &after, &standing, |_, _| true)?;
        Ok(vec![entry])
    }
}

/// The publication that a file declares, with what the write API made beside it.
pub(super) fn with_api_sections(declared: &mut Publication, known: &Publication) {
    let mut sections: Vec<Section> = declared.sections.to_vec();
    let is_declared =
        |name: &str| declared.section(name).is_some() || declared.section_formerly(name).is_some();
    for section in known.sections.iter().filter(|section| section.by_api) {
        let free = section.former.iter().filter(|name| !is_declared(name));
        let former: Vec<String> = free.cloned().collect();
        let same = sections.iter_mut().find(|said| said.slug == section.slug);
        match same {
            // The file has taken it over, with the addresses that led to it.
            Some(said) if !said.by_api => said.former.extend(former),
            Some(_) => {}
            None if is_declared(&section.slug) => {}
            None => sections.push(Section {
                former,
                ..section.clone()
            }),
        }
    }
    declared.sections = sections.into();
    declared.keep_retired(known);
}
