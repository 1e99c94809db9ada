//! Sections that the write API makes, beside those that `publication.toml` declares.

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::item::Id;
use crate::publication::{MAX_SECTIONS, Publication, Section, Selection};
use crate::store::change::SectionChange;
use crate::store::database;
use crate::store::sqlite::meta;
use crate::store::version::Version;
use crate::store::{Entry, EntryKind, Scope, Settings, StoreError};

use super::batch::Batch;

/// Maximum number of articles that go along with a section that gets another slug, all in one transaction.
const MAX_MOVED: usize = 10_000;

impl Section {
    /// The version of the section, a hash of its content: sections of the file have no time of their last change.
    pub fn version(&self) -> Version {
        version_of(self)
    }
}

/// The version of a value, a hash of its content, where no time of its last change is kept.
pub(super) fn version_of(value: &impl Serialize) -> Version {
    let json = serde_json::to_vec(value).unwrap_or_default();
    let sum: [u8; 32] = Sha256::digest(&json).into();
    let (first, _) = sum.split_at(8);
    let number = first
        .iter()
        .fold(0_i64, |sum, byte| (sum << 8) | i64::from(*byte));
    Version(number & i64::MAX)
}

impl Batch<'_> {
    pub(super) fn section(&mut self, change: &SectionChange) -> Result<Vec<Entry>, StoreError> {
        let slug = &change.slug;
        let known = self.publication.section(slug).cloned();
        self.expect(change.expected, known.as_ref().map(Section::version))?;
        if known.as_ref().is_some_and(|known| !known.by_api) {
            return Err(StoreError::SectionOfFile { slug: slug.clone() });
        }
        let mut publication = (*self.publication).clone();
        let mut sections: Vec<Section> = publication.sections.to_vec();
        let place = sections.iter().position(|section| section.slug == *slug);
        let mut entries = Vec::new();
        let before = self.newest();
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
                if place.is_none() && sections.len() >= MAX_SECTIONS {
                    return Err(StoreError::TooManySections { most: MAX_SECTIONS });
                }
                match place.and_then(|place| sections.get_mut(place)) {
                    Some(known) => known.clone_from(section),
                    None => sections.push(section.clone()),
                }
            }
        }
        publication.sections = sections.into();
        entries.extend(self.settle_publication(publication, &change.base_url)?);
        if let Some(section) = change
            .section
            .as_ref()
            .filter(|section| section.slug != *slug)
        {
            entries.extend(self.move_all(slug, &section.slug)?);
            self.touch_again(before);
        }
        Ok(entries)
    }

    /// Writes the publication as the write API changed it into the settings. The text of the settings file stays as it is.
    pub(super) fn settle_publication(
        &mut self,
        publication: Publication,
        base_url: &str,
    ) -> Result<Vec<Entry>, StoreError> {
        let source = meta(self.transaction, "settings")?
            .map(|json| serde_json::from_str::<Settings>(&json))
            .transpose()?
            .map(|settings| settings.source);
        self.settle(Settings {
            publication,
            source: source.unwrap_or_default(),
            base_url: base_url.to_owned(),
        })
    }

    /// A section that has articles does not go.
    fn refuse_filed(&self, slug: &str) -> Result<(), StoreError> {
        let articles: usize = self.transaction.one(
            "SELECT (SELECT count(*) FROM item WHERE kind = 'article' AND section = ?1
                             AND coalesce(removal, '') NOT IN ('withdrawn', 'killed', 'forbidden'))
                      + (SELECT count(*) FROM pending WHERE section = ?1)",
            [slug],
            |row| row.get(0),
        )?;
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
            let owners = [
                self.publication.section(name),
                self.publication.section_formerly(name),
            ];
            let is_other = |owner: &&Section| owner.slug != known;
            if owners.into_iter().flatten().any(|owner| is_other(&owner)) {
                return Err(StoreError::SectionTaken { slug: name.clone() });
            }
        }
        Ok(())
    }

    /// Files everything of the section `from` under its new slug `to`; an error where an item file is filed in it.
    fn move_all(&mut self, from: &str, to: &str) -> Result<Vec<Entry>, StoreError> {
        let of_file: Option<String> = self.transaction.row(
            "SELECT f.path FROM file f JOIN item i ON i.id = f.article
                 WHERE i.kind = 'article' AND i.section = ?1 LIMIT 1",
            [from],
            |row| row.get(0),
        )?;
        if let Some(path) = of_file {
            return Err(StoreError::FilesInSection {
                slug: from.to_owned(),
                path,
            });
        }
        self.transaction.run(
            "UPDATE pending SET section = ?2, changed_at =
                     CASE WHEN changed_at >= ?3 THEN changed_at + 1 ELSE ?3 END
                 WHERE section = ?1",
            (from, to, self.next_time()),
        )?;
        self.move_tokens(from, to)?;
        let entries = self.append_moves(from, to)?;
        let sql = "UPDATE item SET section = ?2, changed_at =
                     (SELECT CASE WHEN max(f.changed_at) >= ?3 THEN max(f.changed_at) + 1 ELSE ?3 END
                      FROM item f WHERE f.article = item.article)
                 WHERE kind = 'article' AND section = ?1";
        self.transaction.run(sql, (from, to, self.next_time()))?;
        let [from, to] = [from, to].map(|slug| Selection::Section(slug.to_owned()));
        for sql in [
            "UPDATE filing SET selection = ?2 WHERE selection = ?1",
            "UPDATE unarchived SET selection = ?2 WHERE selection = ?1 AND NOT EXISTS
                 (SELECT 1 FROM unarchived u WHERE u.selection = ?2 AND u.item = unarchived.item)",
        ] {
            self.transaction.run(sql, [&from, &to])?;
        }
        for selection in [from, to] {
            self.memory.floors.remove(&selection);
            self.filling.insert(selection);
        }
        Ok(entries)
    }

    /// Appends an entry for each article that is filed under another slug now. The keys of documents that show where they
    /// are filed are touched already, by the change of the section.
    fn append_moves(&mut self, from: &str, to: &str) -> Result<Vec<Entry>, StoreError> {
        let row = |row: &database::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
        let moved: Vec<(String, u64, Option<String>)> = self.transaction.rows(
            "SELECT id, revision, slug FROM item WHERE kind = 'article' AND section = ?1
                 ORDER BY id LIMIT ?2",
            (from, MAX_MOVED + 1),
            row,
        )?;
        if moved.len() > MAX_MOVED {
            return Err(StoreError::SectionTooLarge {
                slug: from.to_owned(),
                most: MAX_MOVED,
            });
        }
        let mut entries = Vec::with_capacity(moved.len());
        for (id, revision, slug) in moved {
            let slug = slug.unwrap_or_else(|| "-".to_owned());
            let filed = [from, to].map(|section| format!("{section}/{slug}"));
            let [before, after] = filed.map(Some);
            entries.push(self.append(
                EntryKind::Move,
                Id::parse(&id),
                Some(revision),
                before,
                after,
            )?);
        }
        Ok(entries)
    }

    /// Lets tokens for the section write in it under its new slug.
    fn move_tokens(&self, from: &str, to: &str) -> Result<(), StoreError> {
        let tokens: Vec<(String, String)> =
            self.transaction
                .rows("SELECT id, scope FROM token", (), |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })?;
        for (id, scope) in tokens {
            let Some(Scope::Sections(mut sections)) = Scope::parse(&scope) else {
                continue;
            };
            for section in sections.iter_mut().filter(|section| *section == from) {
                to.clone_into(section);
            }
            self.transaction.run(
                "UPDATE token SET scope = ?2 WHERE id = ?1",
                (id, Scope::Sections(sections).to_string()),
            )?;
        }
        Ok(())
    }
}
