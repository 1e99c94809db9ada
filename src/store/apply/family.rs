//! An article and its captions as the writer sees them: rows, texts and filings, read and written together.

use std::collections::{HashMap, HashSet};

use serde::Serialize;

use crate::item::limits::escaped_bytes;
use crate::item::{Caption, Id, Line, first_free, slug};
use crate::publication::{Kind, Query, Selection, Traits};
use crate::store::content::Content;
use crate::store::window::Filed;
use crate::store::{Removal, StoreError, holders};
use rusqlite::OptionalExtension;

use super::batch::Batch;

/// A row of the table of items. Times are milliseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) id: Id,
    pub(super) position: i64,
    pub(super) revision: u64,
    pub(super) published: i64,
    pub(super) significant: i64,
    pub(super) stamp: i64,
    pub(super) changed_at: i64,
    pub(super) removed: Option<Removed>,
    /// What is said in its place where it was retracted.
    pub(super) notice: Option<Line>,
    pub(super) size: i64,
    pub(super) media: Option<String>,
    /// The day on which the right to use the photograph ends, as long as it has not come.
    pub(super) usage_ends: Option<i64>,
    /// The right has ended, and the photograph is not shown.
    pub(super) has_expired: bool,
}

/// When and how an item was taken away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Removed {
    pub(super) at: i64,
    pub(super) how: Removal,
}

#[derive(Clone, Debug)]
pub(super) struct FamilyCaption {
    pub(super) row: Row,
    pub(super) caption: Caption,
}

#[derive(Clone, Debug)]
pub(super) struct Family {
    pub(super) article: Row,
    pub(super) slug: Option<String>,
    pub(super) section: String,
    pub(super) content: Content,
    pub(super) captions: Vec<FamilyCaption>,
    /// It came by the write API, and no file changes its text.
    pub(super) is_by_api: bool,
    pub(super) filings: Vec<(String, Filed)>,
}

/// What the row of an article has and that of a caption has not.
#[derive(Default)]
struct Place<'p> {
    slug: Option<&'p str>,
    section: Option<&'p str>,
    guid: Option<&'p str>,
    is_by_api: bool,
    is_elsewhere: bool,
}

/// In place of the position of a revision that no entry tells of yet, since a desk keeps its item away.
pub(super) const UNTOLD: u64 = 0;

impl FamilyCaption {
    /// Whether a desk took it away by itself or with its article, which outranks what the article's file says.
    pub(super) fn is_held(&self) -> bool {
        self.row
            .removed
            .is_some_and(|removed| removed.how.outranks_files())
    }
}

/// The stored size of a withdrawn item: its stub says little.
const STUB_SIZE: i64 = 500;

/// What it says stands in its title, its summary and its text.
const STUB_COPIES: usize = 3;

impl Family {
    /// Where the article is filed, as the log says it.
    pub(super) fn filed(&self) -> Option<String> {
        let slug = self.slug.as_deref().unwrap_or("-");
        Some(format!("{}/{slug}", self.section))
    }

    /// The captions by their ids.
    pub(super) fn by_id(&self) -> HashMap<Id, &FamilyCaption> {
        let captions = self.captions.iter();
        captions.map(|caption| (caption.row.id, caption)).collect()
    }

    /// The ids of the captions that were taken back, as filings have them.
    pub(super) fn gone(&self) -> HashSet<String> {
        let rows = self.captions.iter().map(|caption| &caption.row);
        let gone = rows.filter(|row| row.removed.is_some());
        gone.map(|row| row.id.to_string()).collect()
    }

    /// Which selection takes which item of the family.
    pub(super) fn filed_under(&self) -> HashSet<(&str, &str)> {
        let filings = self.filings.iter();
        filings
            .map(|(selection, filed)| (selection.as_str(), filed.item.as_str()))
            .collect()
    }

    /// What the stub of one of its items counts for: a retraction says the reason and the headline.
    fn stub_size(&self, row: &Row) -> i64 {
        let notices = [&row.notice, &self.article.notice];
        let said = notices.into_iter().flatten();
        let mut bytes: usize = said.map(|notice| escaped_bytes(notice)).sum();
        if bytes > 0 {
            bytes += escaped_bytes(&self.content.article.headline);
        }
        STUB_SIZE + i64::try_from(STUB_COPIES * bytes).unwrap_or(i64::MAX / 2)
    }

    pub(super) fn usable_captions(&self) -> impl Iterator<Item = &FamilyCaption> {
        let usable = |caption: &&FamilyCaption| caption.row.removed.is_none();
        self.captions.iter().filter(usable)
    }

    /// An article moves up with its newest caption, so that it always comes before its captions.
    fn activity(&self) -> i64 {
        self.usable_captions()
            .map(|caption| caption.row.activity())
            .fold(self.article.activity(), i64::max)
    }
}

impl Row {
    /// What orders it among others.
    pub(super) fn activity(&self) -> i64 {
        let own = self.published.max(self.significant);
        self.removed.map_or(own, |removed| removed.at)
    }
}

type ItemRow = (Row, bool, String, Option<String>, Option<String>, String);

impl Batch<'_> {
    /// The article of that id with its captions; `None` if there is none.
    pub(super) fn family(&self, id: Id) -> Result<Option<Family>, StoreError> {
        let mut statement = self.transaction.prepare_cached(
            "SELECT i.id, i.position, i.revision, i.published, i.significant, i.stamp, i.changed_at,
                    i.withdrawn_at, i.size, i.media, i.kind, i.slug, i.section, r.content, i.removal,
                    i.notice, i.usage_ends, i.expired, i.by_api
             FROM item i JOIN revision r ON r.item = i.id AND r.revision = i.revision
             WHERE i.article = ?1 ORDER BY i.position, i.id",
        )?;
        let rows = statement
            .query_map([id.to_string()], item_row)?
            .collect::<Result<Vec<ItemRow>, _>>()?;
        let mut family: Option<Family> = None;
        let mut captions = Vec::new();
        for (row, is_by_api, kind, slug, section, content) in rows {
            if kind == Kind::Article.name() {
                family = Some(Family {
                    article: row,
                    slug: slug.or_else(|| self.released.get(&id).cloned()),
                    section: section.unwrap_or_default(),
                    content: serde_json::from_str(&content)?,
                    captions: Vec::new(),
                    is_by_api,
                    filings: self.filings(id)?,
                });
            } else {
                let caption = serde_json::from_str(&content)?;
                captions.push(FamilyCaption { row, caption });
            }
        }
        Ok(family.map(|family| Family { captions, ..family }))
    }

    fn filings(&self, id: Id) -> Result<Vec<(String, Filed)>, StoreError> {
        let mut statement = self.transaction.prepare_cached(
            "SELECT selection, activity, position, item, size, withdrawn FROM filing WHERE article = ?1",
        )?;
        let rows = statement.query_map([id.to_string()], filed)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Files `after` anew and writes what differs from `before`.
    pub(super) fn write_family(
        &mut self,
        after: &mut Family,
        before: Option<&Family>,
    ) -> Result<(), StoreError> {
        let was = before.map_or(&[][..], |before| &before.filings);
        for (selection, _) in was {
            self.ties.floors.remove(selection);
        }
        self.write_rows(after, before)?;
        self.refile(after, was)?;
        self.note_unarchived(was, &after.filings)
    }

    /// Writes the article's row, and those of its captions that are not as they were.
    pub(super) fn write_rows(
        &self,
        after: &Family,
        before: Option<&Family>,
    ) -> Result<(), StoreError> {
        let owner = after.article.id.to_string();
        let guid = after.content.article.guid.as_deref();
        let place = Place {
            slug: after.slug.as_deref(),
            section: Some(&after.section),
            guid,
            is_by_api: after.is_by_api,
            is_elsewhere: after.content.article.canonical.is_some(),
        };
        self.write_row(&after.article, Kind::Article, &owner, &place)?;
        let attachments = &after.content.article.attachments;
        let had = before.map(|before| &before.content.article.attachments);
        if had.is_none_or(|had| had != attachments) {
            let had = had.is_some_and(|had| holders::recordings(had).next().is_some());
            if had || holders::recordings(attachments).next().is_some() {
                holders::note_recordings(self.transaction, after.article.id, attachments)?;
            }
        }
        let known = before.map(Family::by_id).unwrap_or_default();
        for caption in &after.captions {
            let was = known.get(&caption.row.id);
            if was.is_none_or(|was| was.row != caption.row) {
                self.write_row(&caption.row, Kind::Caption, &owner, &Place::default())?;
                self.note_expired(caption, was.is_some_and(|was| was.row.has_expired))?;
            }
        }
        Ok(())
    }

    fn note_expired(&self, caption: &FamilyCaption, had_expired: bool) -> Result<(), StoreError> {
        let (row, connection) = (&caption.row, self.transaction);
        let is_killed = row.removed.is_some_and(|removed| removed.how.is_final());
        match row.has_expired && !is_killed {
            true => holders::note_expired(connection, row.id, &caption.caption)?,
            false if had_expired => holders::forget_expired(connection, row.id)?,
            false => {}
        }
        Ok(())
    }

    fn write_row(
        &self,
        row: &Row,
        kind: Kind,
        owner: &str,
        place: &Place<'_>,
    ) -> Result<(), StoreError> {
        let status = row.removed.map_or("usable", |removed| removed.how.status());
        self.transaction
            .prepare_cached(
                "INSERT INTO item (id, kind, article, position, slug, section, status, revision,
                     published, significant, stamp, changed_at, withdrawn_at, size, media, guid,
                     removal, notice, usage_ends, expired, by_api, is_elsewhere)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16,
                     ?17, ?18, ?19, ?20, ?21, ?22)
                 ON CONFLICT (id) DO UPDATE SET position = excluded.position, slug = excluded.slug,
                     section = excluded.section, status = excluded.status,
                     revision = excluded.revision, published = excluded.published,
                     significant = excluded.significant, stamp = excluded.stamp,
                     changed_at = excluded.changed_at, withdrawn_at = excluded.withdrawn_at,
                     size = excluded.size, media = excluded.media,
                     guid = excluded.guid, removal = excluded.removal,
                     notice = excluded.notice, usage_ends = excluded.usage_ends,
                     expired = excluded.expired, by_api = excluded.by_api,
                     is_elsewhere = excluded.is_elsewhere",
            )?
            .execute(rusqlite::params![
                row.id.to_string(),
                kind.name(),
                owner,
                row.position,
                place.slug,
                place.section,
                status,
                row.revision,
                row.published,
                row.significant,
                row.stamp,
                row.changed_at,
                row.removed.map(|removed| removed.at),
                row.size,
                row.media,
                place.guid,
                row.removed.map(|removed| removed.how.name()),
                row.notice.as_deref(),
                row.usage_ends,
                row.has_expired,
                place.is_by_api,
                place.is_elsewhere,
            ])?;
        Ok(())
    }

    pub(super) fn write_revision<T: Serialize>(
        &self,
        row: &Row,
        seq: u64,
        content: &T,
    ) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached(
                "INSERT INTO revision (item, revision, seq, content) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute((
                row.id.to_string(),
                row.revision,
                seq,
                serde_json::to_string(content)?,
            ))?;
        Ok(())
    }

    /// What a caption said when an entry last told of it, and what it has been made into since, each with its revision.
    pub(super) fn since_told(&self, row: &Row) -> Result<Vec<(u64, Caption)>, StoreError> {
        let mut statement = self.transaction.prepare_cached(
            "SELECT revision, content FROM revision WHERE item = ?1 AND revision >=
                 (SELECT max(revision) FROM revision WHERE item = ?1 AND seq <> ?2)
             ORDER BY revision",
        )?;
        let rows = statement.query_map((row.id.to_string(), UNTOLD), |row| {
            Ok((row.get(0)?, row.get::<_, String>(1)?))
        })?;
        rows.map(|row| {
            let (revision, content) = row?;
            Ok((revision, serde_json::from_str(&content)?))
        })
        .collect()
    }

    /// Notes which entry tells of a revision.
    pub(super) fn tell(&self, id: Id, revision: u64, seq: u64) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached("UPDATE revision SET seq = ?3 WHERE item = ?1 AND revision = ?2")?
            .execute((id.to_string(), revision, seq))?;
        Ok(())
    }

    /// Takes away and adds what differs.
    fn refile(&self, family: &mut Family, was: &[(String, Filed)]) -> Result<(), StoreError> {
        let mut now = self.filings_of(family)?;
        now.extend(stubs_left(family, was, &now));
        let owner = family.article.id.to_string();
        let (known, wanted) = (by_place(was), by_place(&now));
        let mut delete = self.transaction.prepare_cached(
            "DELETE FROM filing WHERE article = ?1 AND selection = ?2 AND item = ?3",
        )?;
        for (selection, filed) in was {
            if wanted.get(&(selection, &filed.item)) != Some(&filed) {
                delete.execute((&owner, selection, &filed.item))?;
            }
        }
        let differs = |(selection, filed): &&(String, Filed)| {
            known.get(&(selection.as_str(), filed.item.as_str())) != Some(&filed)
        };
        self.insert_filings(&owner, now.iter().filter(differs))?;
        family.filings = now;
        Ok(())
    }

    /// Files a family's items under those of their selections that are `wanted`.
    pub(super) fn file_under(
        &self,
        family: &Family,
        wanted: impl Fn(&String) -> bool,
    ) -> Result<Vec<(String, Filed)>, StoreError> {
        let mut filings = self.filings_of(family)?;
        filings.retain(|(selection, _)| wanted(selection));
        self.insert_filings(&family.article.id.to_string(), filings.iter())?;
        Ok(filings)
    }

    fn insert_filings<'f>(
        &self,
        owner: &str,
        filings: impl Iterator<Item = &'f (String, Filed)>,
    ) -> Result<(), StoreError> {
        let mut insert = self.transaction.prepare_cached(
            "INSERT INTO filing (selection, activity, article, position, item, size, withdrawn)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?;
        for (selection, filed) in filings {
            insert.execute((
                selection,
                filed.activity,
                owner,
                filed.position,
                &filed.item,
                filed.size,
                filed.withdrawn,
            ))?;
        }
        Ok(())
    }

    fn filings_of(&self, family: &Family) -> Result<Vec<(String, Filed)>, StoreError> {
        let article = &family.content.article;
        let mut filings = Vec::new();
        let mut file = |selections: Vec<Selection>, row: &Row, activity: i64| {
            for selection in selections {
                let filed = Filed {
                    activity,
                    position: row.position,
                    item: row.id.to_string(),
                    size: row.removed.map_or(row.size, |_| family.stub_size(row)),
                    withdrawn: row.removed.is_some(),
                };
                filings.push((selection.to_string(), filed));
            }
        };
        let own = Selection::Article(family.article.id);
        let mut selections = vec![own.clone(), Selection::Section(family.section.clone())];
        if self.paper.main_feed.contains(&Kind::Article) {
            selections.push(Selection::All);
        }
        for tag in &article.tags {
            selections.push(Selection::Tag(self.slug_for("tag", tag)?));
        }
        for author in &article.authors {
            selections.push(Selection::Author(self.slug_for("author", author)?));
        }
        selections.dedup();
        let of_article = self.traits_of(family);
        let taking = self
            .paper
            .feeds
            .iter()
            .filter(|query| query.takes(of_article));
        selections.extend(taking.map(|query| Selection::Named(query.name.clone())));
        file(selections, &family.article, family.activity());
        let of_captions = Traits {
            kind: Kind::Caption,
            ..of_article
        };
        let queries = self.paper.feeds.iter();
        let queries: Vec<&Query> = queries
            .filter(|query| query.may_take(of_captions))
            .collect();
        let mut credited: HashMap<Line, String> = HashMap::new();
        for caption in &family.captions {
            let mut selections = vec![own.clone(), Selection::Captions];
            if self.paper.main_feed.contains(&Kind::Caption) {
                selections.push(Selection::All);
            }
            // Where it is kept away, what nobody was told does not decide who hears of it.
            let told = match caption.is_held() {
                true => self.since_told(&caption.row)?.into_iter().next(),
                false => None,
            };
            let said = told.as_ref().map_or(&caption.caption, |(_, told)| told);
            if let Some(credit) = &said.credit {
                let slug = match credited.get(credit) {
                    Some(slug) => slug.clone(),
                    None => self.slug_for("author", credit)?,
                };
                credited.insert(credit.clone(), slug.clone());
                selections.push(Selection::Author(slug));
            }
            let item = Traits {
                authors: said.credit.as_slice(),
                source: said.source.as_ref().or(article.source.as_ref()),
                ..of_captions
            };
            let taking = queries.iter().filter(|query| query.takes_by(item));
            selections.extend(taking.map(|query| Selection::Named(query.name.clone())));
            file(selections, &caption.row, caption.row.activity());
        }
        Ok(filings)
    }

    /// What named queries look at in the article.
    fn traits_of<'f>(&'f self, family: &'f Family) -> Traits<'f> {
        let article = &family.content.article;
        Traits {
            kind: Kind::Article,
            section: &family.section,
            tags: &article.tags,
            authors: &article.authors,
            source: article.source.as_ref(),
            language: article.language.as_ref().unwrap_or(&self.paper.language),
        }
    }

    /// The slug of a tag or person that was seen before.
    pub(super) fn known_slug(&self, kind: &str, name: &Line) -> Result<Option<String>, StoreError> {
        let known = self
            .transaction
            .prepare_cached("SELECT slug FROM name WHERE kind = ?1 AND name = ?2")?
            .query_row((kind, &**name), |row| row.get(0))
            .optional()?;
        Ok(known)
    }

    /// The slug of a tag or person, fixed at first sight; a second name that would get the same gets a suffix.
    fn slug_for(&self, kind: &str, name: &Line) -> Result<String, StoreError> {
        if let Some(slug) = self.known_slug(kind, name)? {
            return Ok(slug);
        }
        let wished = slug::slug(name);
        let mut taken = self
            .transaction
            .prepare_cached("SELECT 1 FROM name WHERE kind = ?1 AND slug = ?2")?;
        let numbered = |number: u64| slug::numbered(&wished, number);
        let number = first_free(|number| taken.exists((kind, numbered(number))))?;
        let slug = numbered(number);
        self.transaction
            .prepare_cached("INSERT INTO name (kind, slug, name) VALUES (?1, ?2, ?3)")?
            .execute((kind, &slug, &**name))?;
        Ok(slug)
    }
}

fn item_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<ItemRow> {
    let id: String = row.get(0)?;
    let notice: Option<String> = row.get(15)?;
    let read = Row {
        id: Id::parse(&id).unwrap_or_default(),
        position: row.get(1)?,
        revision: row.get(2)?,
        published: row.get(3)?,
        significant: row.get(4)?,
        stamp: row.get(5)?,
        changed_at: row.get(6)?,
        removed: removed(row.get(7)?, row.get(14)?),
        notice: notice.as_deref().and_then(Line::parse),
        size: row.get(8)?,
        media: row.get(9)?,
        usage_ends: row.get(16)?,
        has_expired: row.get(17)?,
    };
    Ok((
        read,
        row.get(18)?,
        row.get(10)?,
        row.get(11)?,
        row.get(12)?,
        row.get(13)?,
    ))
}

/// Where the stubs of killed captions stand whose texts, which are gone, do not say it any more: a stub stays where its item
/// stood, as those of others do.
fn stubs_left(
    family: &Family,
    was: &[(String, Filed)],
    now: &[(String, Filed)],
) -> Vec<(String, Filed)> {
    let killed = |caption: &&FamilyCaption| {
        let removed = caption.row.removed;
        removed.is_some_and(|removed| removed.how.is_final())
    };
    let mut left = Vec::new();
    for caption in family.captions.iter().filter(killed) {
        let item = caption.row.id.to_string();
        let is_own = |(_, filed): &&(String, Filed)| filed.item == item;
        let stands: HashMap<&str, &Filed> = now
            .iter()
            .filter(is_own)
            .map(|(selection, filed)| (selection.as_str(), filed))
            .collect();
        let Some(stub) = stands.values().next() else {
            continue;
        };
        let lost = was.iter().filter(is_own).map(|(selection, _)| selection);
        let lost = lost.filter(|selection| !stands.contains_key(selection.as_str()));
        left.extend(lost.map(|selection| (selection.clone(), Filed::clone(stub))));
    }
    left
}

fn by_place(filings: &[(String, Filed)]) -> HashMap<(&str, &str), &Filed> {
    let filings = filings.iter();
    filings
        .map(|(selection, filed)| ((selection.as_str(), filed.item.as_str()), filed))
        .collect()
}

/// Generations before the third knew one way to take an item away, and did not name it.
fn removed(at: Option<i64>, how: Option<String>) -> Option<Removed> {
    let how = how.as_deref().and_then(Removal::from_name);
    at.map(|at| Removed {
        at,
        how: how.unwrap_or(Removal::Withdrawn),
    })
}

/// A row of filings: selection, activity, position, item, size, withdrawn.
pub(super) fn filed(row: &rusqlite::Row<'_>) -> rusqlite::Result<(String, Filed)> {
    let filed = Filed {
        activity: row.get(1)?,
        position: row.get(2)?,
        item: row.get(3)?,
        size: row.get(4)?,
        withdrawn: row.get(5)?,
    };
    Ok((row.get(0)?, filed))
}
