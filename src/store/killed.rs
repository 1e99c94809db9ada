//! The identity of killed articles, without any of their words: fingerprints of their ids, their addresses and their files.

use crate::item::Id;
use crate::publication::{NameKind, Selection};

use super::database::{self, Connection};
use super::fingerprint::Fingerprint;
use super::{Origin, Store, StoreError, TouchKey};

/// In `meta`, the entry by which a name was last forgotten that only killed items had.
pub(super) const NAMES_FORGOTTEN: &str = "names_forgotten";

impl Store {
    /// Whether the article of a file was killed. Such a file is not even prepared: its photographs stay out of the store.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn was_killed(&self, id: Option<Id>, origin: &Origin) -> Result<bool, StoreError> {
        self.reading(|connection| {
            let item_id = id.map(|id| id.to_string());
            let of_file = [
                Fingerprint::Path(&origin.path),
                Fingerprint::Digest(&origin.digest),
            ];
            let marks = match &item_id {
                Some(id) => vec![Fingerprint::Id(id)],
                None => of_file.to_vec(),
            };
            for mark in marks {
                if owner(connection, mark)?.is_some() {
                    return Ok(true);
                }
            }
            Ok(false)
        })
    }
}

/// The article that was killed and had that mark.
pub(super) fn owner(
    connection: &Connection,
    mark: Fingerprint<'_>,
) -> database::Result<Option<Id>> {
    let article: Option<String> = connection.row(
        "SELECT article FROM gone WHERE print = ?1",
        [mark.stored()],
        |row| row.get(0),
    )?;
    Ok(article.as_deref().and_then(Id::parse))
}

/// Keeps the fingerprint of a mark of a killed article.
pub(super) fn note(
    connection: &Connection,
    mark: Fingerprint<'_>,
    article: Id,
) -> database::Result<()> {
    connection.run(
        "INSERT INTO gone (print, article) VALUES (?1, ?2) ON CONFLICT (print) DO NOTHING",
        (mark.stored(), article.to_string()),
    )?;
    Ok(())
}

/// Forgets under which addresses and from which file a killed article came, and has its id stand for its slug: in the log,
/// too. `seq` is the entry by which caches in front learn that it is gone.
pub(super) fn forget_addresses(
    connection: &Connection,
    article: Id,
    seq: u64,
) -> database::Result<()> {
    let id = article.to_string();
    note(connection, Fingerprint::Id(&id), article)?;
    let bare = article.bare();
    let texts = |sql: &str| -> database::Result<Vec<String>> {
        connection.rows(sql, [&id], |row| row.get(0))
    };
    for slug in texts("SELECT slug FROM item WHERE id = ?1 AND slug IS NOT NULL")? {
        if slug != bare {
            note(connection, Fingerprint::Slug(&slug), article)?;
        }
    }
    for slug in texts("SELECT slug FROM former WHERE article = ?1")? {
        note(connection, Fingerprint::Slug(&slug), article)?;
        forget_touch(connection, &TouchKey::Former(slug), seq)?;
    }
    // Paths that were never public are unknown outside.
    for path in texts("SELECT path FROM former_path WHERE article = ?1 AND is_public = 1")? {
        note(connection, Fingerprint::Former(&path), article)?;
    }
    for path in texts("SELECT path FROM file WHERE article = ?1")? {
        note(connection, Fingerprint::Path(&path), article)?;
    }
    for digest in texts("SELECT digest FROM file WHERE article = ?1 AND digest <> ''")? {
        note(connection, Fingerprint::Digest(&digest), article)?;
    }
    for sql in [
        "DELETE FROM former WHERE article = ?1",
        "DELETE FROM former_path WHERE article = ?1",
        "DELETE FROM file WHERE article = ?1",
    ] {
        connection.run(sql, [&id])?;
    }
    // Where it was filed stays: who may read the log of a section follows from that. What stands behind the slash has none
    // itself, and goes as the signs at the end that are no slash.
    for sql in [
        "UPDATE item SET slug = ?2 WHERE id = ?1",
        "UPDATE log SET before = rtrim(before, replace(before, '/', '')) || ?2
         WHERE before IS NOT NULL AND item IN (SELECT id FROM item WHERE article = ?1)",
        "UPDATE log SET after = rtrim(after, replace(after, '/', '')) || ?2
         WHERE after IS NOT NULL AND item IN (SELECT id FROM item WHERE article = ?1)",
        "UPDATE unseen SET filed = rtrim(filed, replace(filed, '/', '')) || ?2, note = NULL
         WHERE filed IS NOT NULL AND item IN (SELECT id FROM item WHERE article = ?1 UNION SELECT ?1)",
    ] {
        connection.run(sql, (&id, &bare))?;
    }
    Ok(())
}

/// Forgets the slug of a tag or person that nothing has any more but what was killed.
pub(super) fn forget_name(
    connection: &Connection,
    (kind, name): (NameKind, &str),
    seq: u64,
) -> database::Result<()> {
    let slug: Option<String> = connection.row(
        "SELECT slug FROM name WHERE kind = ?1 AND name = ?2",
        (kind, name),
        |row| row.get(0),
    )?;
    let Some(slug) = slug else {
        return Ok(());
    };
    let selection = Selection::by_name(kind, slug.clone());
    let is_had = connection.exists(
        "SELECT 1 FROM filing f JOIN item i ON i.id = f.item
             WHERE f.selection = ?1 AND coalesce(i.removal, '') NOT IN ('killed', 'forbidden')",
        [&selection],
    )?;
    if is_had {
        return Ok(());
    }
    // The changes of windows under a name are not known across this entry: a reader that asks for them reads a whole window.
    connection.run(
        "INSERT INTO meta (key, value) VALUES (?1, ?2)
             ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        (NAMES_FORGOTTEN, seq.to_string()),
    )?;
    for sql in [
        "DELETE FROM filing WHERE selection = ?1",
        "DELETE FROM filing_before WHERE selection = ?1",
    ] {
        connection.run(sql, [&selection])?;
    }
    connection.run(
        "DELETE FROM name WHERE kind = ?1 AND slug = ?2",
        (kind, &slug),
    )?;
    if matches!(selection, Selection::Author(_)) {
        forget_touch(connection, &TouchKey::Profile(slug), seq)?;
    }
    forget_touch(connection, &TouchKey::PageList(selection.clone()), seq)?;
    forget_touch(connection, &selection.into(), seq)
}

fn forget_touch(connection: &Connection, key: &TouchKey, seq: u64) -> database::Result<()> {
    let sql = "INSERT INTO forgotten (selection, seq) VALUES (?1, ?2)
             ON CONFLICT (selection) DO UPDATE SET
                 seq = CASE WHEN forgotten.seq > excluded.seq THEN forgotten.seq ELSE excluded.seq END";
    connection.run(sql, (key, seq))?;
    Ok(())
}

/// Replaces the addresses of killed articles, which older versions kept, by fingerprints.
pub(super) fn forget_older(connection: &Connection, seq: u64) -> database::Result<()> {
    let articles: Vec<String> = connection.rows(
        "SELECT id FROM item WHERE kind = 'article' AND removal IN ('killed', 'forbidden')",
        (),
        |row| row.get(0),
    )?;
    for article in articles.iter().filter_map(|id| Id::parse(id)) {
        forget_addresses(connection, article, seq)?;
    }
    Ok(())
}

/// All fingerprints, for a store that takes the place of this one.
pub(super) fn all(connection: &Connection) -> database::Result<Vec<(String, String)>> {
    connection.rows("SELECT print, article FROM gone", (), |row| {
        Ok((row.get(0)?, row.get(1)?))
    })
}

/// Takes over what another store kept.
pub(super) fn carry(connection: &Connection, prints: &[(String, String)]) -> database::Result<()> {
    let insert = "INSERT INTO gone (print, article) VALUES (?1, ?2) ON CONFLICT (print) DO NOTHING";
    for (print, article) in prints {
        connection.run(insert, (print, article))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::erase;

    /// The touches that are left when a name of this kind was forgotten, of a tag and an author with one slug.
    fn touches_left(forgotten: NameKind) -> Vec<String> {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(folder.path(), chrono::DateTime::default()).expect("a store");
        let written = store.with_writer(|writer| {
            let connection = &writer.connection;
            for kind in NameKind::ALL {
                connection.run(
                    "INSERT INTO name (kind, slug, name) VALUES (?1, 'lind', 'Lind')",
                    [kind],
                )?;
            }
            for key in [
                "author/lind",
                "month/author/lind/2026-11",
                "month/tag/lind/2026-11",
                "profile/lind",
                "tag/lind",
            ] {
                connection.run(
                    "INSERT INTO touch (selection, seq, time) VALUES (?1, 1, 1)",
                    [key],
                )?;
            }
            forget_name(connection, (forgotten, "Lind"), 2)?;
            erase::ask(connection)
        });
        written.expect("a database");
        store.erase().expect("a pass");
        let touched = store.touched_after(0, 10).expect("a store").keys;
        let mut left: Vec<String> = touched.iter().map(ToString::to_string).collect();
        left.sort_unstable();
        left
    }

    #[test]
    fn a_killed_name_takes_no_touch_of_the_other_kind_with_it() {
        let left = touches_left(NameKind::Tag);
        let of_author = ["author/lind", "month/author/lind/2026-11", "profile/lind"];
        assert_eq!(left, of_author);
        let of_tag = ["month/tag/lind/2026-11", "tag/lind"];
        assert_eq!(touches_left(NameKind::Author), of_tag);
    }
}
