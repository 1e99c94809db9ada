//! Reads of the store for public documents. Every result is of one position of the log.

use std::collections::{BTreeMap, HashSet};

use crate::item::{Caption, FormerPath, Id, Line, MediaType};
use crate::publication::Selection;

use super::archive::touched_and_segments;
use super::articles::{article_of, articles_of};
use super::database::{self, Connection, Row};
use super::fingerprint::Fingerprint;
use super::killed;
use super::sqlite::moment;
use super::touched::touched;
use super::window_items::walk;
use super::{
    Entry, EntryKind, MediaStatus, Origin, Position, Removal, Store, StoreError, StoredArticle,
    TouchKey, Window, WindowItem,
};

/// The target of an article's address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AddressTarget {
    Here(Id),
    /// The article's slug is another now.
    Moved(String),
    Nowhere,
}

/// Whether the slug of a tag or person has public items.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NameStatus {
    /// Something public has it.
    Told(Line),
    /// All items that had it were removed: readers of its feed are to learn that (RFC 6721), and the name is not shown.
    Stubs,
    /// Nothing has it, or only what was killed had it: as if it had never been.
    Nowhere,
}

impl Store {
    /// The newest entry that touched `key`; the log's beginning if nothing ever did.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn touch(&self, key: &TouchKey) -> Result<Position, StoreError> {
        self.reading(|connection| Ok(touched(connection, key)?))
    }

    /// The items that a feed of `selection` gives, newest first.
    ///
    /// # Errors
    /// Where the database fails or does not read.
    pub fn window(&self, selection: &Selection) -> Result<Window, StoreError> {
        self.window_beside(selection, &mut |_| false)
    }

    /// The items that a feed of `selection` gives, newest first, without the articles of items that the caller has already: `has` is asked for each item.
    ///
    /// # Errors
    /// Where the database fails or does not read.
    pub fn window_beside(
        &self,
        selection: &Selection,
        has: &mut dyn FnMut(WindowItem) -> bool,
    ) -> Result<Window, StoreError> {
        self.reading(|connection| {
            let archives = match selection {
                Selection::Archive(of, _) => of,
                own => own,
            };
            let key = selection.clone().into();
            let (touched, segments) = touched_and_segments(connection, &key, archives)?;
            let publication = match selection {
                Selection::Named(_) => Some(self.publication_in(connection)?),
                _ => None,
            };
            let filed = walk(connection, selection, touched, publication.as_deref())?;
            let (mut ids, mut items) = (Vec::new(), Vec::new());
            let mut seen = HashSet::new();
            for stands in filed {
                let item = WindowItem {
                    id: stands.item,
                    touched: stands.touched,
                };
                items.push(item);
                if !has(item) && seen.insert(stands.article) {
                    ids.push(stands.article);
                }
            }
            Ok(Window {
                touched,
                articles: articles_of(connection, &ids)?,
                items,
                segments,
                older: None,
            })
        })
    }

    /// Resolves the slug of an article.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn find_article(&self, slug: &str) -> Result<AddressTarget, StoreError> {
        self.reading(|connection| {
            let sql = "SELECT id FROM item WHERE slug = ?1";
            if let Some(id) = text(connection, sql, slug)? {
                return Ok(AddressTarget::Here(Id::parse(&id).unwrap_or_default()));
            }
            if let Some((id, now, how)) = formerly(connection, slug)? {
                // A redirect to a removed article would reveal its present slug.
                let keeps_address = how.is_none_or(Removal::keeps_address);
                return Ok(match keeps_address {
                    true => AddressTarget::Moved(now),
                    false => AddressTarget::Here(id),
                });
            }
            // Of a killed article only the fingerprint is stored.
            let killed = killed::owner(connection, Fingerprint::Slug(slug))?;
            Ok(killed.map_or(AddressTarget::Nowhere, AddressTarget::Here))
        })
    }

    /// Resolves an address that an article had in an earlier system.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn find_former(&self, path: &FormerPath) -> Result<AddressTarget, StoreError> {
        self.reading(|connection| {
            let found: Option<(String, String, Option<String>)> = connection.row(
                "SELECT i.id, i.slug, i.removal FROM former_path f JOIN item i ON i.id = f.article
                     WHERE f.path = ?1 AND f.is_public = 1 AND i.slug IS NOT NULL",
                [path.as_str()],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
            )?;
            if let Some((id, slug, removal)) = found {
                return Ok(match removal.as_deref().and_then(Removal::from_name) {
                    None => AddressTarget::Moved(slug),
                    Some(how) if how.keeps_address() => AddressTarget::Moved(slug),
                    // Any other answer would reveal that it exists.
                    Some(Removal::Withheld) => AddressTarget::Nowhere,
                    // A redirect to a removed article would reveal its present slug.
                    Some(_) => AddressTarget::Here(Id::parse(&id).unwrap_or_default()),
                });
            }
            let killed = killed::owner(connection, Fingerprint::Former(path.as_str()))?;
            Ok(killed.map_or(AddressTarget::Nowhere, AddressTarget::Here))
        })
    }

    /// An article with its captions.
    ///
    /// # Errors
    /// Where the database fails or does not read.
    pub fn article(&self, id: Id) -> Result<Option<StoredArticle>, StoreError> {
        self.reading(|connection| article_of(connection, id))
    }

    /// The article that a caption belongs to.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn owner_of_caption(&self, id: Id) -> Result<Option<Id>, StoreError> {
        self.reading(|connection| Ok(owner_of_caption(connection, id)?))
    }

    /// The selections that take an item of an article.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn selections_of(&self, article: Id, item: Id) -> Result<Vec<Selection>, StoreError> {
        self.reading(|connection| {
            Ok(connection.rows(
                "SELECT selection FROM filing WHERE article = ?1 AND item = ?2 ORDER BY selection",
                (article.to_string(), item.to_string()),
                |row| row.get(0),
            )?)
        })
    }

    /// Resolves the slug of a tag or person; other selections have no such name.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn name(&self, selection: &Selection) -> Result<NameStatus, StoreError> {
        let Some((kind, slug)) = selection.of_name() else {
            return Ok(NameStatus::Nowhere);
        };
        self.reading(|connection| {
            let name: Option<String> = connection.row(
                "SELECT name FROM name WHERE kind = ?1 AND slug = ?2",
                (kind, slug),
                |row| row.get(0),
            )?;
            let Some(name) = name.as_deref().and_then(Line::parse) else {
                return Ok(NameStatus::Nowhere);
            };
            let exists = |sql| connection.exists(sql, [selection]);
            if exists("SELECT 1 FROM filing WHERE selection = ?1 AND withdrawn = 0")? {
                return Ok(NameStatus::Told(name));
            }
            let has_stubs = exists("SELECT 1 FROM filing WHERE selection = ?1")?;
            Ok(match has_stubs {
                true => NameStatus::Stubs,
                false => NameStatus::Nowhere,
            })
        })
    }

    /// Whether a photograph, a rendition of one or a recording is shown by anything public, and what kind it is of. The same
    /// bytes may be recordings of two kinds, as their writers say: `kind` is the one that is asked for.
    ///
    /// # Errors
    /// Where the database fails or does not read.
    pub fn media_status(&self, hash: &str, kind: MediaType) -> Result<MediaStatus, StoreError> {
        self.reading(|connection| {
            let rows: Vec<(String, Option<String>, String)> = connection.rows(
                "SELECT i.status, i.removal, r.content FROM item i
                     JOIN revision r ON r.item = i.id AND r.revision = i.revision
                     WHERE i.media = ?1",
                [hash],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
            )?;
            let mut shown = MediaStatus::No;
            for (status, how, content) in rows {
                let kind = || -> Result<_, StoreError> {
                    let caption: Caption = serde_json::from_str(&content)?;
                    let kind = caption.image.map(|image| image.photograph.kind);
                    Ok(kind.map(MediaType::Photograph))
                };
                shown = shown.or(&status, how.as_deref(), kind)?;
            }
            let made: Vec<(String, Option<String>, String)> = connection.rows(
                "SELECT i.status, i.removal, r.kind FROM rendition r
                     JOIN item i ON i.media = r.original WHERE r.hash = ?1
                     UNION ALL SELECT i.status, i.removal, r.kind FROM recording r
                     JOIN item i ON i.id = r.article WHERE r.hash = ?1 AND r.kind = ?2",
                (hash, kind.extension()),
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
            )?;
            for (status, how, kind) in made {
                let kind = || Ok(MediaType::from_extension(&kind));
                shown = shown.or(&status, how.as_deref(), kind)?;
            }
            if shown == MediaStatus::No
                && connection.exists(
                    "SELECT 1 FROM dropped WHERE hash = ?1 AND killed = 1",
                    [hash],
                )?
            {
                // Its caption may show another by now, or nothing.
                shown = MediaStatus::Killed;
            }
            Ok(shown)
        })
    }

    /// The log's entries after `seq`, oldest first, at most `limit`.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn log_after(&self, seq: u64, limit: usize) -> Result<Vec<Entry>, StoreError> {
        self.reading(|connection| {
            Ok(connection.rows(
                "SELECT seq, time, kind, item, revision, before, after, actor, note FROM log
                 WHERE seq > ?1 ORDER BY seq LIMIT ?2",
                (seq, limit),
                entry_of,
            )?)
        })
    }

    /// The articles that are public, in the order of their ids, after `after`.
    ///
    /// # Errors
    /// Where the database fails or does not read.
    pub fn articles_after(
        &self,
        after: Option<Id>,
        limit: usize,
    ) -> Result<Vec<StoredArticle>, StoreError> {
        self.reading(|connection| {
            let after = after.map(|id| id.to_string()).unwrap_or_default();
            let ids = connection.rows(
                "SELECT id FROM item WHERE id > ?1 AND kind = 'article' AND status = 'usable'
                     ORDER BY id LIMIT ?2",
                (after, limit),
                |row| row.get::<String>(0),
            )?;
            let ids: Vec<Id> = ids.iter().filter_map(|id| Id::parse(id)).collect();
            articles_of(connection, &ids)
        })
    }

    /// The item files as they were last read.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn files(&self) -> Result<BTreeMap<String, (Id, Origin)>, StoreError> {
        self.reading(|connection| {
            let mut files = BTreeMap::new();
            read_files(connection, FILE, (), &mut files)?;
            Ok(files)
        })
    }

    /// The item files at `paths` as they were last read, and those of articles that have their slugs elsewhere.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn files_near(
        &self,
        paths: &[String],
    ) -> Result<BTreeMap<String, (Id, Origin)>, StoreError> {
        self.reading(|connection| {
            let mut files = BTreeMap::new();
            let at = format!("{FILE} WHERE path = ?1");
            let of_slug = format!("{FILE} WHERE article = (SELECT id FROM item WHERE slug = ?1)");
            for path in paths {
                read_files(connection, &at, [path.as_str()], &mut files)?;
                let slug = path.split_once('/').map_or(path.as_str(), |(_, slug)| slug);
                read_files(connection, &of_slug, [slug], &mut files)?;
            }
            Ok(files)
        })
    }

    /// The path of an article's item file.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn file_of(&self, article: Id) -> Result<Option<String>, StoreError> {
        self.reading(|connection| {
            let sql = "SELECT path FROM file WHERE article = ?1";
            Ok(text(connection, sql, &article.to_string())?)
        })
    }

    /// The number of item files that the store knows.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn count_files(&self) -> Result<usize, StoreError> {
        self.reading(|connection| {
            Ok(connection.one("SELECT count(*) FROM file", (), |row| row.get(0))?)
        })
    }
}

pub(super) fn owner_of_caption(connection: &Connection, id: Id) -> database::Result<Option<Id>> {
    let sql = "SELECT article FROM item WHERE id = ?1 AND kind = 'caption'";
    let owner = text(connection, sql, &id.to_string())?;
    Ok(owner.as_deref().and_then(Id::parse))
}

const FILE: &str = "SELECT path, article, stat, digest FROM file";

fn read_files<P: database::Params>(
    connection: &Connection,
    sql: &str,
    parameters: P,
    files: &mut BTreeMap<String, (Id, Origin)>,
) -> database::Result<()> {
    connection.each(sql, parameters, |row| {
        let path: String = row.get(0)?;
        let id: String = row.get(1)?;
        let origin = Origin {
            path: path.clone(),
            stat: row.get(2)?,
            digest: row.get(3)?,
        };
        files.insert(path, (Id::parse(&id).unwrap_or_default(), origin));
        Ok::<_, database::Error>(())
    })?;
    Ok(())
}

/// The article that had a slug before, with its present one, and how it was taken away.
fn formerly(
    connection: &Connection,
    slug: &str,
) -> database::Result<Option<(Id, String, Option<Removal>)>> {
    connection.row(
        "SELECT i.id, coalesce(i.slug, ''), i.removal FROM former f JOIN item i ON i.id = f.article
             WHERE f.slug = ?1",
        [slug],
        |row| {
            let (id, how): (String, Option<String>) = (row.get(0)?, row.get(2)?);
            let how = how.as_deref().and_then(Removal::from_name);
            Ok((Id::parse(&id).unwrap_or_default(), row.get(1)?, how))
        },
    )
}

fn text(connection: &Connection, sql: &str, key: &str) -> database::Result<Option<String>> {
    connection
        .row(sql, [key], |row| row.get(0))
        .map(Option::flatten)
}

pub(super) fn entry_of(row: &Row<'_>) -> database::Result<Entry> {
    let kind: String = row.get(2)?;
    let item: Option<String> = row.get(3)?;
    Ok(Entry {
        position: Position {
            seq: row.get(0)?,
            time: moment(row.get(1)?),
        },
        kind: EntryKind::from_name(&kind).unwrap_or(EntryKind::Minor),
        item: item.as_deref().and_then(Id::parse),
        revision: row.get(4)?,
        before: row.get(5)?,
        after: row.get(6)?,
        actor: row.get(7)?,
        note: row.get(8)?,
    })
}
