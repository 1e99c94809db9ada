//! Ids and addresses that belong to what waits for its time: nothing else takes them meanwhile, or what waits would miss it.
//!
//! A file's address is the name of its folder, so a file does not give way as an article of the API does: the newcomer gets
//! the slug with the end of its own id. It learns that the name is not free, and not what has it, where or until when.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use chrono::{DateTime, Utc};

use crate::item::Id;

use super::database::{self, Connection};
use super::many;
use super::sqlite::moment;
use super::{Store, StoreError};

/// The prefix before the path of a file, where that stands in place of an article's id.
const FILE: &str = "file:";

/// A file of the folder of items whose time has not come.
#[derive(Clone, Debug)]
pub struct WaitingFile {
    /// `section/slug`
    pub path: String,
    /// The id that the file's article will have.
    pub article: Id,
    /// All ids that the file names, and the article's.
    pub ids: Vec<Id>,
    pub due: DateTime<Utc>,
}

/// A publication that is overdue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OverduePublication {
    /// `section/slug`
    pub filed: String,
    pub due: DateTime<Utc>,
}

impl WaitingFile {
    fn slug(&self) -> &str {
        self.path
            .split_once('/')
            .map_or(&*self.path, |(_, slug)| slug)
    }

    fn owner(&self) -> String {
        owner(&self.path)
    }
}

impl Store {
    /// Keeps the ids and addresses of files whose time has not come, and gives those of the files at `freed` free.
    ///
    /// # Errors
    /// Where the database or the disk fails.
    pub fn reserve_for_files(
        &self,
        waiting: &[WaitingFile],
        freed: &BTreeSet<String>,
    ) -> Result<(), StoreError> {
        if waiting.is_empty() && freed.is_empty() {
            return Ok(());
        }
        let (rows, ids) = self.reading(|connection| Ok((rows(connection)?, ids(connection)?)))?;
        let is_kept = |file: &&WaitingFile| {
            let row = (file.article.to_string(), file.due.timestamp_millis());
            let named: BTreeSet<String> = file.ids.iter().map(ToString::to_string).collect();
            rows.get(&file.path) == Some(&row) && ids.get(&file.owner()) == Some(&named)
        };
        let fresh: Vec<_> = waiting.iter().filter(|file| !is_kept(file)).collect();
        let freed: Vec<_> = freed
            .iter()
            .filter(|path| rows.contains_key(*path))
            .collect();
        if freed.is_empty() && fresh.is_empty() {
            return Ok(());
        }
        self.with_noted_writer(|writer| {
            let transaction = writer.connection.write()?;
            for path in freed {
                free_file(&transaction, path)?;
            }
            for file in fresh {
                reserve(&transaction, file)?;
            }
            Ok(transaction.commit()?)
        })
    }

    /// Gives all that files have reserved free, where there is no folder of items any more.
    ///
    /// # Errors
    /// Where the database or the disk fails.
    pub fn forget_waiting_files(&self) -> Result<(), StoreError> {
        let all = self.waiting_files()?.into_iter().collect();
        self.reserve_for_files(&[], &all)
    }

    /// The paths of the files whose time had not come when they could be read last.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn waiting_files(&self) -> Result<Vec<String>, StoreError> {
        self.reading(|connection| Ok(rows(connection)?.into_keys().collect()))
    }

    /// A file that was to be published before `by` and is not.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn overdue_file(
        &self,
        by: DateTime<Utc>,
    ) -> Result<Option<OverduePublication>, StoreError> {
        self.reading(|connection| {
            let found = connection.row(
                "SELECT path, due FROM waiting_file WHERE due < ?1 ORDER BY due LIMIT 1",
                [by.timestamp_millis()],
                missed,
            )?;
            Ok(found)
        })
    }

    /// An article of the API that could not be published at its time, and that no decision was made about since.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn undecided_miss(&self) -> Result<Option<OverduePublication>, StoreError> {
        self.reading(|connection| {
            let sql = "SELECT coalesce(m.filed, m.item), coalesce(m.due, m.time) FROM unseen m
                     WHERE m.kind = 'miss'
                       AND EXISTS (SELECT 1 FROM pending p WHERE p.article = m.item AND p.due IS NULL)
                       AND NOT EXISTS (SELECT 1 FROM unseen l WHERE l.item = m.item AND l.seq > m.seq)
                     ORDER BY m.seq LIMIT 1";
            let found = connection
                .row(sql, (), missed)?;
            Ok(found)
        })
    }
}

fn missed(row: &database::Row<'_>) -> database::Result<OverduePublication> {
    Ok(OverduePublication {
        filed: row.get(0)?,
        due: moment(row.get(1)?),
    })
}

fn owner(path: &str) -> String {
    format!("{FILE}{path}")
}

/// The files that wait, by their paths, with the ids that they will have and when they are due.
fn rows(connection: &Connection) -> database::Result<BTreeMap<String, (String, i64)>> {
    let sql = "SELECT path, article, due FROM waiting_file";
    let rows = connection.rows(sql, (), |row| Ok((row.get(0)?, (row.get(1)?, row.get(2)?))))?;
    Ok(rows.into_iter().collect())
}

/// The ids that files have reserved.
fn ids(connection: &Connection) -> database::Result<BTreeMap<String, BTreeSet<String>>> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let sql = "SELECT article, id FROM reserved WHERE reserved.article >= 'file:' AND reserved.article < 'file;'";
    connection.each(sql, (), |row| {
        found.entry(row.get(0)?).or_default().insert(row.get(1)?);
        Ok::<_, database::Error>(())
    })?;
    Ok(found)
}

fn reserve(connection: &Connection, file: &WaitingFile) -> database::Result<()> {
    free_file(connection, &file.path)?;
    connection.run(
        "INSERT INTO waiting_file (path, slug, article, due) VALUES (?1, ?2, ?3, ?4)",
        (
            &file.path,
            file.slug(),
            file.article.to_string(),
            file.due.timestamp_millis(),
        ),
    )?;
    // A file that was given another name has the ids from the one that it was.
    let insert = "INSERT INTO reserved (id, article) VALUES (?1, ?2)
         ON CONFLICT (id) DO UPDATE SET article = excluded.article
             WHERE reserved.article >= 'file:' AND reserved.article < 'file;'";
    for id in &file.ids {
        connection.run(insert, (id.to_string(), file.owner()))?;
    }
    Ok(())
}

/// Gives free what the file at `path` has reserved: it was published, it is gone, or it does not wait any more.
pub(super) fn free_file(connection: &Connection, path: &str) -> database::Result<()> {
    let freed = connection.change("DELETE FROM waiting_file WHERE path = ?1", [path])?;
    if freed > 0 {
        connection.run("DELETE FROM reserved WHERE article = ?1", [owner(path)])?;
    }
    Ok(())
}

/// The file that will have that slug: the id of its article, and its section.
pub(super) fn file_under(
    connection: &Connection,
    slug: &str,
) -> database::Result<Option<(Id, String)>> {
    let found: Option<(String, String)> = connection.row(
        "SELECT article, path FROM waiting_file WHERE slug = ?1 ORDER BY path LIMIT 1",
        [slug],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    Ok(found.map(|(id, path)| {
        let section = path.split_once('/').map_or("", |(section, _)| section);
        (Id::parse(&id).unwrap_or_default(), section.to_owned())
    }))
}

/// The article of the API that waits with a caption of that id.
pub(super) fn waiting_owner(connection: &Connection, caption: Id) -> database::Result<Option<Id>> {
    let owner: Option<String> = connection.row(
        "SELECT article FROM reserved WHERE id = ?1",
        [caption.to_string()],
        |row| row.get(0),
    )?;
    // A reservation by a file has no id.
    Ok(owner.as_deref().and_then(Id::parse))
}

/// The first of `ids` that an article which waits has reserved, other than `owner_id`. A file is not kept from what files
/// have: it may have another name now.
pub(super) fn first_reserved(
    connection: &Connection,
    ids: &[Id],
    owner_id: Id,
    is_of_file: bool,
) -> database::Result<Option<Id>> {
    let keys: Vec<String> = ids.iter().map(ToString::to_string).collect();
    let sql = "SELECT id, article FROM reserved WHERE id IN (keys)";
    let reserved = many::ask(connection, sql, &keys, |row| {
        Ok((row.get::<String>(0)?, row.get::<String>(1)?))
    })?;
    let owner_id = owner_id.to_string();
    let others: HashSet<String> = reserved
        .into_iter()
        .filter(|(_, owner)| *owner != owner_id && !(is_of_file && owner.starts_with(FILE)))
        .map(|(id, _)| id)
        .collect();
    let mut ids = ids.iter().zip(keys);
    Ok(ids.find(|(_, key)| others.contains(key)).map(|(id, _)| *id))
}
