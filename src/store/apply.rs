//! Commands to the store: each real difference becomes one log entry, with everything that it alters, in one transaction.

mod archiving;
mod batch;
mod catalogue;
mod family;
mod identity;
mod media;
mod put;
mod settings;
mod standing;
mod ties;

use chrono::{DateTime, Utc};
use rusqlite::OptionalExtension;

use crate::item::{Article, Id, html};

use super::sqlite::moment;
use super::{Entry, EntryKind, Position, Settings, Store, StoreError};

pub(super) use archiving::{close_all, gather};
use batch::Batch;
pub(super) use family::Content;
pub(super) use ties::Ties;

/// Tells the time.
pub type Now<'n> = &'n (dyn Fn() -> DateTime<Utc> + Sync);

/// Something that a desk or an upgrade wants of the store.
#[derive(Clone, Debug)]
pub enum Change {
    /// The article as it should stand; the store finds out what is new in it.
    Put(Box<Put>),
    /// Takes an article back without a word, its captions with it.
    Withdraw(Id),
    /// The publication's settings.
    Settings(Box<Settings>),
    /// The generation of rendering of the version that runs.
    Rendering(u32),
}

/// An article to be brought in line.
#[derive(Clone, Debug)]
pub struct Put {
    pub article: Article,
    pub section: String,
    pub slug: String,
    pub origin: Origin,
    outline: html::Outline,
}

/// The file an article came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// `section/slug`, the article's folder in the folder of items.
    pub path: String,
    pub stat: String,
    pub digest: String,
}

impl Change {
    /// An article to be brought in line. Measures the text here, so that it is done before the writer is asked.
    pub fn put(article: Article, section: &str, slug: &str, origin: Origin) -> Self {
        let outline = html::outline(&article.body);
        Self::Put(Box::new(Put {
            article,
            section: section.to_owned(),
            slug: slug.to_owned(),
            origin,
            outline,
        }))
    }
}

impl Store {
    /// Applies `changes` in their order, all in one transaction that is on disk when this returns. A change that is
    /// refused by itself leaves the others; what comes back stands in the same order.
    ///
    /// # Errors
    /// Where the database or the disk fails: then nothing of it was applied.
    pub fn apply(
        &self,
        now: Now<'_>,
        actor: &str,
        changes: &[Change],
    ) -> Result<Vec<Result<Vec<Entry>, StoreError>>, StoreError> {
        self.with_writer(|writer| {
            // Read when it is this writer's turn: a time from before the wait would date what readers see later.
            let (_writing, now) = self.writing(now());
            let transaction = writer.connection.transaction()?;
            transaction.set_prepared_statement_cache_capacity(64);
            let paper = self.publication_in(&transaction)?;
            let mut batch = Batch::begin(&transaction, &mut writer.ties, now, actor, paper)?;
            batch.release(changes)?;
            let mut outcomes = Vec::with_capacity(changes.len());
            for change in changes {
                let outcome = match change {
                    Change::Put(put) => batch.put(put),
                    Change::Withdraw(id) => batch.withdraw(*id),
                    Change::Settings(settings) => batch.settings(settings),
                    Change::Rendering(generation) => batch.rendering(*generation),
                };
                match outcome {
                    Err(error) if !error.is_refusal() => {
                        writer.ties.forget();
                        return Err(error);
                    }
                    outcome => outcomes.push(outcome),
                }
            }
            batch.restore_slugs()?;
            let (position, touches) = batch.finish()?;
            if let Err(error) = transaction.commit() {
                writer.ties.forget();
                return Err(error.into());
            }
            self.recent.add(position.seq, touches);
            self.advance(position);
            Ok(outcomes)
        })
    }

    /// Remembers how files looked that held nothing new.
    ///
    /// # Errors
    /// Where the database or the disk fails.
    pub fn note_files(&self, origins: &[Origin]) -> Result<(), StoreError> {
        self.with_writer(|writer| {
            let transaction = writer.connection.transaction()?;
            for origin in origins {
                transaction
                    .prepare_cached("UPDATE file SET stat = ?2, digest = ?3 WHERE path = ?1")?
                    .execute((&origin.path, &origin.stat, &origin.digest))?;
            }
            Ok(transaction.commit()?)
        })
    }
}

impl Batch<'_> {
    /// Takes an article back.
    fn withdraw(&mut self, id: Id) -> Result<Vec<Entry>, StoreError> {
        self.transaction
            .prepare_cached("DELETE FROM file WHERE article = ?1")?
            .execute([id.to_string()])?;
        let Some(before) = self.family(id)? else {
            return Ok(Vec::new());
        };
        if before.article.withdrawn_at.is_some() {
            return Ok(Vec::new());
        }
        let standing = self.standing(&before.filings)?;
        let filed = before.filed();
        let entry = self.append(
            EntryKind::Withdraw,
            Some(id),
            Some(before.article.revision),
            filed,
            None,
        )?;
        let mut after = before.clone();
        let time = entry.position.time.timestamp_millis();
        let captions = after.captions.iter_mut().map(|caption| &mut caption.row);
        for row in std::iter::once(&mut after.article).chain(captions) {
            if row.withdrawn_at.is_none() {
                row.withdrawn_at = Some(time);
                row.changed_at = time;
                row.stamp = self.unique_stamp(time)?;
                row.significant = time;
            }
        }
        self.write_family(&mut after, &before)?;
        self.touch_family(&entry, &after, &standing, |_, _| true)?;
        self.count_listed(Some(&before), &after)?;
        self.touch_catalogues(&entry, Some(&before), &after)?;
        Ok(vec![entry])
    }
}

/// The newest touch of a selection: its own, or one that touched everything; the log's beginning where there is none.
pub(super) fn touched(
    connection: &rusqlite::Connection,
    selection: &str,
) -> rusqlite::Result<Position> {
    let newest = connection
        .prepare_cached(
            "SELECT seq, time FROM touch WHERE selection IN (?1, '*') ORDER BY seq DESC LIMIT 1",
        )?
        .query_row([selection], |row| {
            Ok(Position {
                seq: row.get(0)?,
                time: moment(row.get(1)?),
            })
        })
        .optional()?;
    Ok(newest.unwrap_or_default())
}
