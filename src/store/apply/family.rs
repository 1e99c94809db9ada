//! An article and its captions as the writer sees them: rows, texts and filings, read and written together.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::Serialize;

use crate::item::limits::escaped_bytes;
use crate::item::{Caption, Id, Line, first_free, slug};
use crate::publication::{Kind, NameKind, Query, Selection, Traits};
use crate::store::by_publication;
use crate::store::content::Content;
use crate::store::database::{self, ToSql};
use crate::store::names::slugs_of;
use crate::store::window::Filing;
use crate::store::{Removal, StoreError, holders, many};

use super::batch::Batch;

/// A row of the table of items. Times are milliseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ItemRow {
    pub(super) id: Id,
    pub(super) position: i64,
    pub(super) revision: u64,
    pub(super) published: i64,
    pub(super) significant: i64,
    pub(super) stamp: i64,
    pub(super) changed_at: i64,
    pub(super) removed: Option<RemovalRecord>,
    /// The public note that stands in its place where it was retracted.
    pub(super) notice: Option<Line>,
    pub(super) size: i64,
    pub(super) media: Option<String>,
    /// The day on which the right to use the photograph ends, as long as it has not come.
    pub(super) usage_ends: Option<i64>,
    /// Whether the right to use the photograph has ended, so that it is not shown.
    pub(super) has_expired: bool,
}

/// When and how an item was taken away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RemovalRecord {
    pub(super) time_ms: i64,
    pub(super) removal: Removal,
}

#[derive(Clone, Debug)]
pub(super) struct FamilyCaption {
    pub(super) row: ItemRow,
    pub(super) caption: Caption,
}

#[derive(Clone, Debug)]
pub(super) struct Family {
    pub(super) article: ItemRow,
    pub(super) slug: Option<String>,
    pub(super) section: String,
    pub(super) content: Content,
    pub(super) captions: Vec<FamilyCaption>,
    /// Whether it came by the write API; then no file changes its text.
    pub(super) is_by_api: bool,
    pub(super) filings: Vec<(Selection, Filing)>,
}

/// The columns that only the row of an article has.
#[derive(Default)]
struct ArticleColumns<'p> {
    slug: Option<&'p str>,
    section: Option<&'p str>,
    guid: Option<&'p str>,
    is_by_api: bool,
    is_elsewhere: bool,
}

/// The columns of a row of items as they are written.
struct RowToWrite<'r> {
    id: String,
    kind: &'static str,
    owner: &'r str,
    row: &'r ItemRow,
    place: &'r ArticleColumns<'r>,
    status: &'static str,
    withdrawn_at: Option<i64>,
    removal: Option<&'static str>,
    notice: Option<&'r str>,
}

impl<'r> RowToWrite<'r> {
    fn of(row: &'r ItemRow, kind: Kind, owner: &'r str, place: &'r ArticleColumns<'r>) -> Self {
        Self {
            id: row.id.to_string(),
            kind: kind.name(),
            owner,
            row,
            place,
            status: row
                .removed
                .map_or("usable", |removed| removed.removal.status()),
            withdrawn_at: row.removed.map(|removed| removed.time_ms),
            removal: row.removed.map(|removed| removed.removal.name()),
            notice: row.notice.as_deref(),
        }
    }

    fn columns(&self) -> [&dyn ToSql; 22] {
        let (row, place) = (self.row, self.place);
        [
            &self.id,
            &self.kind,
            &self.owner,
            &row.position,
            &place.slug,
            &place.section,
            &self.status,
            &row.revision,
            &row.published,
            &row.significant,
            &row.stamp,
            &row.changed_at,
            &self.withdrawn_at,
            &row.size,
            &row.media,
            &place.guid,
            &self.removal,
            &self.notice,
            &row.usage_ends,
            &row.has_expired,
            &place.is_by_api,
            &place.is_elsewhere,
        ]
    }
}

/// The items that readers see differently now, each with the sequence number of the entry that altered it.
pub(super) type Altered = HashMap<String, u64>;

/// The sequence number of a revision that no entry reports yet, since a desk has removed its item.
pub(super) const UNTOLD: u64 = 0;

impl FamilyCaption {
    /// Whether a desk took it away by itself or with its article, which outranks what the article's file says.
    pub(super) fn is_held(&self) -> bool {
        self.row
            .removed
            .is_some_and(|removed| removed.removal.outranks_files())
    }
}

/// The stored size of a withdrawn item: its stub says little.
const STUB_SIZE: i64 = 500;

/// Number of times that a stub's text stands in its entry: in title, summary and text.
const STUB_COPIES: usize = 3;

impl Family {
    /// The rows of the article and of all its captions, the article's first.
    pub(super) fn rows(&self) -> impl Iterator<Item = &ItemRow> {
        let captions = self.captions.iter().map(|caption| &caption.row);
        std::iter::once(&self.article).chain(captions)
    }

    /// The rows that [`Self::rows`] gives, to be changed.
    pub(super) fn rows_mut(&mut self) -> impl Iterator<Item = &mut ItemRow> {
        let captions = self.captions.iter_mut().map(|caption| &mut caption.row);
        std::iter::once(&mut self.article).chain(captions)
    }

    /// The row of the article or caption with this id; none where the family has no such item.
    pub(super) fn row(&self, id: Id) -> Option<&ItemRow> {
        self.rows().find(|row| row.id == id)
    }

    /// The path of the article (`section/slug`), as the log writes it.
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
    pub(super) fn filed_under(&self) -> HashSet<(&Selection, &str)> {
        let filings = self.filings.iter();
        filings
            .map(|(selection, filed)| (selection, filed.item.as_str()))
            .collect()
    }

    /// The article's retraction notice, where it serves for one of its items that is retracted and has no notice itself.
    pub(super) fn lent(&self, row: &ItemRow) -> Option<&Line> {
        let is_retracted = |row: &ItemRow| {
            (row.removed).is_some_and(|removed| removed.removal == Removal::Retracted)
        };
        let lends = row.notice.is_none() && is_retracted(row) && is_retracted(&self.article);
        self.article.notice.as_ref().filter(|_| lends)
    }

    /// The size of the stub of one of its items, in bytes: that of a retraction has the reason and the headline.
    fn stub_size(&self, row: &ItemRow) -> i64 {
        let notices = [&row.notice, &self.article.notice];
        let notices = notices.into_iter().flatten();
        let mut bytes: usize = notices.map(|notice| escaped_bytes(notice)).sum();
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

impl ItemRow {
    /// The time by which feeds order the item, in milliseconds.
    pub(super) fn activity(&self) -> i64 {
        let newest = self.published.max(self.significant);
        self.removed.map_or(newest, |removed| removed.time_ms)
    }
}

type ReadRow = (
    ItemRow,
    bool,
    String,
    Option<String>,
    Option<String>,
    String,
);

impl Batch<'_> {
    /// The article of that id with its captions; `None` if there is none.
    pub(super) fn family(&self, id: Id) -> Result<Option<Family>, StoreError> {
        let sql = "SELECT i.id, i.position, i.revision, i.published, i.significant, i.stamp, i.changed_at,
                    i.withdrawn_at, i.size, i.media, i.kind, i.slug, i.section, r.content, i.removal,
                    i.notice, i.usage_ends, i.expired, i.by_api
             FROM item i JOIN revision r ON r.item = i.id AND r.revision = i.revision
             WHERE i.article = ?1 ORDER BY i.position, i.id";
        let rows: Vec<ReadRow> = self.transaction.rows(sql, [id.to_string()], item_row)?;
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

    fn filings(&self, id: Id) -> Result<Vec<(Selection, Filing)>, StoreError> {
        let sql = "SELECT selection, activity, position, item, size, withdrawn, listed, touched FROM filing
             WHERE article = ?1";
        Ok(self.transaction.rows(sql, [id.to_string()], filed)?)
    }

    /// Files `after` anew and writes the differences from `before`. `altered` has the items that readers see differently
    /// now, with the entries that altered them.
    pub(super) fn write_family(
        &mut self,
        after: &mut Family,
        before: Option<&Family>,
        altered: &Altered,
    ) -> Result<(), StoreError> {
        let was = before.map_or(&[][..], |before| &before.filings);
        for (selection, _) in was {
            self.memory.floors.remove(selection);
        }
        self.write_rows(after, before)?;
        self.refile(after, was, altered)?;
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
        let place = ArticleColumns {
            slug: after.slug.as_deref(),
            section: Some(&after.section),
            guid,
            is_by_api: after.is_by_api,
            is_elsewhere: after.content.article.canonical.is_some(),
        };
        let of_caption = ArticleColumns::default();
        let known = before.map(Family::by_id).unwrap_or_default();
        let was = |caption: &FamilyCaption| known.get(&caption.row.id).map(|known| &known.row);
        let captions = after.captions.iter();
        let differ: Vec<&FamilyCaption> = captions
            .filter(|caption| was(caption).is_none_or(|was| *was != caption.row))
            .collect();
        let article_row = RowToWrite::of(&after.article, Kind::Article, &owner, &place);
        let captions = differ.iter();
        let captions = captions
            .map(|caption| RowToWrite::of(&caption.row, Kind::Caption, &owner, &of_caption));
        let rows: Vec<RowToWrite<'_>> = std::iter::once(article_row).chain(captions).collect();
        self.write_items(&rows)?;
        let attachments = &after.content.article.attachments;
        let had = before.map(|before| &before.content.article.attachments);
        if had.is_none_or(|had| had != attachments) {
            let had = had.is_some_and(|had| holders::recordings(had).next().is_some());
            if had || holders::recordings(attachments).next().is_some() {
                holders::note_recordings(self.transaction, after.article.id, attachments)?;
            }
        }
        for caption in differ {
            self.note_expired(caption, was(caption).is_some_and(|was| was.has_expired))?;
        }
        Ok(())
    }

    fn note_expired(&self, caption: &FamilyCaption, had_expired: bool) -> Result<(), StoreError> {
        let (row, connection) = (&caption.row, self.transaction);
        let is_killed = row
            .removed
            .is_some_and(|removed| removed.removal.is_final());
        match row.has_expired && !is_killed {
            true => holders::note_expired(connection, row.id, &caption.caption)?,
            false if had_expired => holders::forget_expired(connection, row.id)?,
            false => {}
        }
        Ok(())
    }

    fn write_items(&self, rows: &[RowToWrite<'_>]) -> Result<(), StoreError> {
        let rows: Vec<_> = rows.iter().map(RowToWrite::columns).collect();
        self.insert(
            "INSERT INTO item (id, kind, article, position, slug, section, status, revision,
                 published, significant, stamp, changed_at, withdrawn_at, size, media, guid,
                 removal, notice, usage_ends, expired, by_api, is_elsewhere)",
            &rows,
            "ON CONFLICT (id) DO UPDATE SET position = excluded.position, slug = excluded.slug,
                 section = excluded.section, status = excluded.status,
                 revision = excluded.revision, published = excluded.published,
                 significant = excluded.significant, stamp = excluded.stamp,
                 changed_at = excluded.changed_at, withdrawn_at = excluded.withdrawn_at,
                 size = excluded.size, media = excluded.media,
                 guid = excluded.guid, removal = excluded.removal,
                 notice = excluded.notice, usage_ends = excluded.usage_ends,
                 expired = excluded.expired, by_api = excluded.by_api,
                 is_elsewhere = excluded.is_elsewhere",
        )?;
        Ok(())
    }

    /// Writes the content of captions at their present revisions, which the entry at `seq` reports.
    pub(super) fn write_captions<'c>(
        &self,
        captions: impl Iterator<Item = &'c FamilyCaption>,
        seq: u64,
    ) -> Result<(), StoreError> {
        let mut texts = Vec::new();
        for caption in captions {
            let content = serde_json::to_string(&caption.caption)?;
            texts.push((caption.row.id.to_string(), caption.row.revision, content));
        }
        let rows: Vec<[&dyn ToSql; 4]> = texts
            .iter()
            .map(|(id, revision, content)| [id as &dyn ToSql, revision, &seq, content])
            .collect();
        let head = "INSERT INTO revision (item, revision, seq, content)";
        Ok(self.insert(head, &rows, "")?)
    }

    /// Writes a revision of an item anew.
    pub(super) fn rewrite<T: serde::Serialize>(
        &self,
        id: Id,
        revision: u64,
        content: &T,
    ) -> Result<(), StoreError> {
        self.transaction.run(
            "UPDATE revision SET content = ?3 WHERE item = ?1 AND revision = ?2",
            (id.to_string(), revision, serde_json::to_string(content)?),
        )?;
        Ok(())
    }

    pub(super) fn write_revision<T: Serialize>(
        &self,
        row: &ItemRow,
        seq: u64,
        content: &T,
    ) -> Result<(), StoreError> {
        self.transaction.run(
            "INSERT INTO revision (item, revision, seq, content) VALUES (?1, ?2, ?3, ?4)",
            (
                row.id.to_string(),
                row.revision,
                seq,
                serde_json::to_string(content)?,
            ),
        )?;
        Ok(())
    }

    /// The revision of a caption that the log reported last, and all later ones, each with its number.
    pub(super) fn revisions_since_entry(
        &self,
        row: &ItemRow,
    ) -> Result<Vec<(u64, Caption)>, StoreError> {
        let rows = self.transaction.rows(
            "SELECT revision, content FROM revision WHERE item = ?1 AND revision >=
                 (SELECT max(revision) FROM revision WHERE item = ?1 AND seq <> ?2)
             ORDER BY revision",
            (row.id.to_string(), UNTOLD),
            |row| Ok((row.get(0)?, row.get::<String>(1)?)),
        )?;
        let revisions = rows.into_iter();
        revisions
            .map(|(revision, content)| Ok((revision, serde_json::from_str(&content)?)))
            .collect()
    }

    /// Notes the entry that reports a revision.
    pub(super) fn tell(&self, id: Id, revision: u64, seq: u64) -> Result<(), StoreError> {
        self.transaction.run(
            "UPDATE revision SET seq = ?3 WHERE item = ?1 AND revision = ?2",
            (id.to_string(), revision, seq),
        )?;
        Ok(())
    }

    /// Takes away and adds what differs. Where an item stood before this transaction is kept for those who ask what changed
    /// since.
    fn refile(
        &mut self,
        family: &mut Family,
        was: &[(Selection, Filing)],
        altered: &Altered,
    ) -> Result<(), StoreError> {
        let mut now = self.filings_of(family)?;
        now.extend(stubs_left(family, was, &now));
        let owner = family.article.id.to_string();
        let known = by_place(was);
        for (selection, filed) in &mut now {
            let before = known.get(&(&*selection, filed.item.as_str()));
            let before = before.map_or(filed.touched, |before| before.touched);
            filed.touched = altered.get(&filed.item).copied().unwrap_or(before);
        }
        let wanted = by_place(&now);
        let mut moved: BTreeMap<&str, Vec<&Selection>> = BTreeMap::new();
        for (selection, filed) in was {
            let now = wanted.get(&(selection, filed.item.as_str()));
            if now.is_none_or(|now| !now.is_as(filed)) {
                moved.entry(&filed.item).or_default().push(selection);
            }
        }
        let mut fresh = Vec::new();
        let mut touched: BTreeMap<(&str, u64), Vec<&Selection>> = BTreeMap::new();
        for place in &now {
            let (selection, filed) = place;
            match known.get(&(selection, filed.item.as_str())) {
                Some(before) if !filed.is_as(before) => fresh.push(place),
                Some(before) if before.touched != filed.touched => {
                    let key = (filed.item.as_str(), filed.touched);
                    touched.entry(key).or_default().push(selection);
                }
                Some(_) => {}
                None => fresh.push(place),
            }
        }
        for (item, selections) in moved {
            self.take_out(&owner, item, &selections)?;
        }
        self.insert_filings(&owner, fresh.into_iter())?;
        for ((item, seq), selections) in touched {
            many::change(
                self.transaction,
                "UPDATE filing SET touched = ?3 WHERE article = ?1 AND item = ?2 AND selection IN (keys)",
                &[&owner, &item, &seq],
                &selections,
            )?;
        }
        family.filings = now;
        Ok(())
    }

    /// Takes an item out of these selections, and keeps where it stood there.
    fn take_out(
        &self,
        owner: &str,
        item: &str,
        selections: &[&Selection],
    ) -> Result<(), StoreError> {
        many::change(
            self.transaction,
            "INSERT INTO filing_before (selection, activity, article, position, item, size, withdrawn, since, until)
             SELECT selection, activity, article, position, item, size, withdrawn, since, ?3 FROM filing
             WHERE article = ?1 AND item = ?2 AND since < ?3 AND selection IN (keys)",
            &[&owner, &item, &self.first],
            selections,
        )?;
        many::change(
            self.transaction,
            "DELETE FROM filing WHERE article = ?1 AND item = ?2 AND selection IN (keys)",
            &[&owner, &item],
            selections,
        )?;
        Ok(())
    }

    /// Files a family's items under those of their selections that are `wanted`.
    pub(super) fn file_under(
        &mut self,
        family: &Family,
        wanted: impl Fn(&Selection) -> bool,
    ) -> Result<Vec<(Selection, Filing)>, StoreError> {
        let mut filings = self.filings_of(family)?;
        filings.retain(|(selection, _)| wanted(selection));
        self.insert_filings(&family.article.id.to_string(), filings.iter())?;
        Ok(filings)
    }

    fn insert_filings<'f>(
        &self,
        owner: &str,
        filings: impl Iterator<Item = &'f (Selection, Filing)>,
    ) -> Result<(), StoreError> {
        let filings: Vec<_> = filings.collect();
        let rows: Vec<[&dyn ToSql; 10]> = filings
            .iter()
            .map(|(selection, filed)| {
                [
                    selection as &dyn ToSql,
                    &filed.activity,
                    &owner,
                    &filed.position,
                    &filed.item,
                    &filed.size,
                    &filed.withdrawn,
                    &filed.listed,
                    &filed.touched,
                    &self.first,
                ]
            })
            .collect();
        self.insert(
            "INSERT INTO filing (selection, activity, article, position, item, size, withdrawn, listed, touched, since)",
            &rows,
            "",
        )?;
        Ok(())
    }

    fn filings_of(&mut self, family: &Family) -> Result<Vec<(Selection, Filing)>, StoreError> {
        let article = &family.content.article;
        let newest = self.newest().seq;
        let mut filings = Vec::new();
        let has_stories = self.publication.main_feed.contains(&Kind::Article);
        let mut file =
            |selections: Vec<Selection>, row: &ItemRow, activity: i64, has_place: bool| {
                let published = Some(row.published).filter(|_| has_place && row.removed.is_none());
                for selection in selections {
                    let filed = Filing {
                        activity,
                        position: row.position,
                        item: row.id.to_string(),
                        size: row.removed.map_or(row.size, |_| family.stub_size(row)),
                        withdrawn: row.removed.is_some(),
                        listed: published.filter(|_| {
                            let is_beside_story = has_stories && row.id != family.article.id;
                            is_listed_in(&selection, is_beside_story)
                        }),
                        touched: newest,
                    };
                    filings.push((selection, filed));
                }
            };
        let article_selection = Selection::Article(family.article.id);
        let mut selections = vec![
            article_selection.clone(),
            Selection::Section(family.section.clone()),
        ];
        if self.publication.main_feed.contains(&Kind::Article) {
            selections.push(Selection::All);
        }
        // For a withheld caption the last public text decides which lists have it.
        let mut captions = Vec::new();
        for caption in &family.captions {
            let public = match caption.is_held() {
                true => self.revisions_since_entry(&caption.row)?.into_iter().next(),
                false => None,
            };
            captions.push((caption, public.map(|(_, public)| public)));
        }
        let details = captions
            .iter()
            .map(|(caption, public)| public.as_ref().unwrap_or(&caption.caption));
        let authors = article.authors.iter();
        let authors = authors.chain(details.filter_map(|details| details.credit.as_ref()));
        let authors = self.slugs_for(NameKind::Author, authors)?;
        let tags = self.slugs_for(NameKind::Tag, article.tags.iter())?;
        let slug_of = |slugs: &HashMap<&Line, String>, name: &Line| {
            slugs.get(name).cloned().unwrap_or_default()
        };
        for tag in &article.tags {
            selections.push(Selection::Tag(slug_of(&tags, tag)));
        }
        for author in &article.authors {
            selections.push(Selection::Author(slug_of(&authors, author)));
        }
        selections.dedup();
        let of_article = self.traits_of(family);
        let taking = self
            .publication
            .feeds
            .iter()
            .filter(|query| query.takes(of_article));
        selections.extend(taking.map(|query| Selection::Named(query.name.clone())));
        file(selections, &family.article, family.activity(), true);
        let of_captions = Traits {
            kind: Kind::Caption,
            ..of_article
        };
        let queries = self.publication.feeds.iter();
        let queries: Vec<&Query> = queries
            .filter(|query| query.matches_article(of_captions))
            .collect();
        for (caption, public) in &captions {
            let mut selections = vec![article_selection.clone(), Selection::Captions];
            if self.publication.main_feed.contains(&Kind::Caption) {
                selections.push(Selection::All);
            }
            let details = public.as_ref().unwrap_or(&caption.caption);
            if let Some(credit) = &details.credit {
                selections.push(Selection::Author(slug_of(&authors, credit)));
            }
            let item = Traits {
                authors: details.credit.as_slice(),
                source: details.source.as_ref().or(article.source.as_ref()),
                ..of_captions
            };
            let taking = queries.iter().filter(|query| query.matches_item(item));
            selections.extend(taking.map(|query| Selection::Named(query.name.clone())));
            let is_pictured = details.image.is_some() && !caption.row.has_expired;
            file(
                selections,
                &caption.row,
                caption.row.activity(),
                is_pictured,
            );
        }
        Ok(filings)
    }

    /// The traits of the article that named queries match.
    fn traits_of<'f>(&'f self, family: &'f Family) -> Traits<'f> {
        let article = &family.content.article;
        Traits {
            kind: Kind::Article,
            section: &family.section,
            tags: &article.tags,
            authors: &article.authors,
            source: article.source.as_ref(),
            language: article
                .language
                .as_ref()
                .unwrap_or(&self.publication.language),
        }
    }

    /// The selections of those tags or people that were seen before.
    pub(super) fn of_names(
        &self,
        kind: NameKind,
        names: &[Line],
    ) -> Result<Vec<Selection>, StoreError> {
        let names: Vec<_> = names.iter().map(|name| (kind, &**name)).collect();
        let slugs = slugs_of(self.transaction, &names)?.into_values();
        Ok(slugs.map(|slug| Selection::by_name(kind, slug)).collect())
    }

    /// The slugs of tags or people, fixed at first sight; a second name that would get the same gets a suffix.
    fn slugs_for<'n>(
        &mut self,
        kind: NameKind,
        names: impl Iterator<Item = &'n Line>,
    ) -> Result<HashMap<&'n Line, String>, StoreError> {
        let mut seen = HashSet::new();
        let names: Vec<&Line> = names.filter(|name| seen.insert(*name)).collect();
        if !self.memory.bulk {
            return self.stored_slugs(kind, names);
        }
        let mut slugs: HashMap<&Line, String> = HashMap::new();
        let mut unknown: Vec<&Line> = Vec::new();
        for name in names {
            match self.memory.slugs.get(&(kind, name.to_string())) {
                Some(slug) => drop(slugs.insert(name, slug.clone())),
                None => unknown.push(name),
            }
        }
        let found = self.stored_slugs(kind, unknown)?;
        let remembered = found.iter();
        let remembered = remembered.map(|(name, slug)| ((kind, name.to_string()), slug.clone()));
        self.memory.slugs.extend(remembered);
        slugs.extend(found);
        Ok(slugs)
    }

    /// Reads the slugs of names, and gives one to each that has none.
    fn stored_slugs<'n>(
        &self,
        kind: NameKind,
        names: Vec<&'n Line>,
    ) -> Result<HashMap<&'n Line, String>, StoreError> {
        let texts: Vec<_> = names.iter().map(|name| (kind, &***name)).collect();
        let mut known = slugs_of(self.transaction, &texts)?;
        let mut slugs: HashMap<&Line, String> = HashMap::new();
        let mut fresh: Vec<(&Line, String)> = Vec::new();
        for name in names {
            match known.remove(&(kind, name.to_string())) {
                Some(slug) => drop(slugs.insert(name, slug)),
                None => fresh.push((name, slug::slug(name))),
            }
        }
        let wished = fresh.iter().map(|(_, wished)| wished);
        let wished: Vec<[&dyn ToSql; 2]> =
            wished.map(|wished| [&kind as &dyn ToSql, wished]).collect();
        let sql = "WITH wanted (kind, slug) AS (rows) SELECT n.slug FROM wanted w CROSS JOIN name n
                   WHERE n.kind = w.kind AND n.slug = w.slug";
        let taken = many::ask_rows(self.transaction, sql, &wished, |row| row.get(0))?;
        let mut is_taken: HashMap<String, bool> =
            taken.into_iter().map(|slug: String| (slug, true)).collect();
        for (_, slug) in &mut fresh {
            let number = first_free(|number| {
                let numbered = slug::numbered(slug, number);
                if let Some(known) = is_taken.get(&numbered) {
                    return Ok(*known);
                }
                // The slug without a number was looked up with the others.
                let found = number > 0 && self.has_slug(kind, &numbered)?;
                is_taken.insert(numbered, found);
                Ok::<_, StoreError>(found)
            })?;
            *slug = slug::numbered(slug, number);
            is_taken.insert(slug.clone(), true);
        }
        let texts: Vec<(&str, &String)> =
            fresh.iter().map(|(name, slug)| (&***name, slug)).collect();
        let rows: Vec<[&dyn ToSql; 3]> = texts
            .iter()
            .map(|(name, slug)| [&kind as &dyn ToSql, slug, name])
            .collect();
        let head = "INSERT INTO name (kind, slug, name)";
        self.insert(head, &rows, "")?;
        slugs.extend(fresh);
        Ok(slugs)
    }

    fn has_slug(&self, kind: NameKind, slug: &str) -> Result<bool, StoreError> {
        Ok(self.transaction.exists(
            "SELECT 1 FROM name WHERE kind = ?1 AND slug = ?2",
            (kind, slug),
        )?)
    }
}

fn item_row(row: &database::Row<'_>) -> database::Result<ReadRow> {
    let id: String = row.get(0)?;
    let notice: Option<String> = row.get(15)?;
    let read = ItemRow {
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
    was: &[(Selection, Filing)],
    now: &[(Selection, Filing)],
) -> Vec<(Selection, Filing)> {
    let killed = |caption: &&FamilyCaption| {
        let removed = caption.row.removed;
        removed.is_some_and(|removed| removed.removal.is_final())
    };
    let mut left = Vec::new();
    for caption in family.captions.iter().filter(killed) {
        let item = caption.row.id.to_string();
        let is_own = |(_, filed): &&(Selection, Filing)| filed.item == item;
        let stands: HashMap<&Selection, &Filing> = now
            .iter()
            .filter(is_own)
            .map(|(selection, filed)| (selection, filed))
            .collect();
        let Some(stub) = stands.values().next() else {
            continue;
        };
        let lost = was.iter().filter(is_own).map(|(selection, _)| selection);
        let lost = lost.filter(|selection| !stands.contains_key(selection));
        left.extend(lost.map(|selection| (selection.clone(), Filing::clone(stub))));
    }
    left
}

fn by_place(filings: &[(Selection, Filing)]) -> HashMap<(&Selection, &str), &Filing> {
    let filings = filings.iter();
    filings
        .map(|(selection, filed)| ((selection, filed.item.as_str()), filed))
        .collect()
}

/// Generations before the third knew one way to take an item away, and did not name it.
fn removed(time_ms: Option<i64>, how: Option<String>) -> Option<RemovalRecord> {
    let how = how.as_deref().and_then(Removal::from_name);
    time_ms.map(|time_ms| RemovalRecord {
        time_ms,
        removal: how.unwrap_or(Removal::Withdrawn),
    })
}

/// Whether what may stand in lists does so in that of the selection. On the page of the paper photographs do not stand beside
/// their stories: they would leave no room for others.
fn is_listed_in(selection: &Selection, is_beside_story: bool) -> bool {
    let is_list = by_publication::length(selection, None).is_some();
    is_list && !(is_beside_story && *selection == Selection::All)
}

/// A row of filings: selection, activity, position, item, size, withdrawn, listed, touched.
pub(super) fn filed(row: &database::Row<'_>) -> database::Result<(Selection, Filing)> {
    let filed = Filing {
        activity: row.get(1)?,
        position: row.get(2)?,
        item: row.get(3)?,
        size: row.get(4)?,
        withdrawn: row.get(5)?,
        listed: row.get(6)?,
        touched: row.get(7)?,
    };
    Ok((row.get(0)?, filed))
}
