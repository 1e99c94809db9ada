//! Which photographs uploads, what waits, and captions whose right has ended have: kept in tables of their own, so that no
//! text is searched for a hash or a name while others wait for the writer.

use rusqlite::Connection;

use crate::item::{Article, Caption, Id, Photograph};

/// The hashes of a photograph and of its renditions.
pub(super) fn hashes(photograph: &Photograph) -> impl Iterator<Item = &String> {
    let renditions = photograph.renditions.iter();
    let renditions = renditions.map(|rendition| &rendition.hash);
    renditions.chain([&photograph.hash])
}

/// Notes what the captions of an article that waits show, in place of what was noted of it before.
pub(super) fn note_pending(
    connection: &Connection,
    id: Id,
    article: &Article,
) -> rusqlite::Result<()> {
    forget_pending(connection, id)?;
    let id = id.to_string();
    let mut insert = connection.prepare_cached(
        "INSERT OR IGNORE INTO pending_photograph (hash, name, article) VALUES (?1, ?2, ?3)",
    )?;
    let images = article
        .captions
        .iter()
        .filter_map(|caption| caption.image.as_ref());
    for image in images {
        for hash in hashes(&image.photograph) {
            insert.execute((hash, &image.name, &id))?;
        }
    }
    Ok(())
}

pub(super) fn forget_pending(connection: &Connection, id: Id) -> rusqlite::Result<()> {
    connection
        .prepare_cached("DELETE FROM pending_photograph WHERE article = ?1")?
        .execute([id.to_string()])?;
    Ok(())
}

/// Notes the hashes of an upload, in place of those that it had.
pub(super) fn note_upload(
    connection: &Connection,
    id: Id,
    photograph: &Photograph,
) -> rusqlite::Result<()> {
    let id = id.to_string();
    forget_upload(connection, &id)?;
    let mut insert = connection
        .prepare_cached("INSERT OR IGNORE INTO upload_photograph (hash, upload) VALUES (?1, ?2)")?;
    for hash in hashes(photograph) {
        insert.execute((hash, &id))?;
    }
    Ok(())
}

pub(super) fn forget_upload(connection: &Connection, id: &str) -> rusqlite::Result<()> {
    connection
        .prepare_cached("DELETE FROM upload_photograph WHERE upload = ?1")?
        .execute([id])?;
    Ok(())
}

/// Notes by which name a caption's text still has the photograph whose right has ended.
pub(super) fn note_expired(
    connection: &Connection,
    id: Id,
    caption: &Caption,
) -> rusqlite::Result<()> {
    let Some(image) = &caption.image else {
        return forget_expired(connection, id);
    };
    connection
        .prepare_cached(
            "INSERT INTO expired_photograph (caption, name) VALUES (?1, ?2)
             ON CONFLICT (caption) DO UPDATE SET name = excluded.name",
        )?
        .execute((id.to_string(), &image.name))?;
    Ok(())
}

pub(super) fn forget_expired(connection: &Connection, id: Id) -> rusqlite::Result<()> {
    connection
        .prepare_cached("DELETE FROM expired_photograph WHERE caption = ?1")?
        .execute([id.to_string()])?;
    Ok(())
}

/// Whether an item that was not killed, an upload or something that waits has what is served by that hash.
pub(super) fn is_had(connection: &Connection, hash: &str) -> rusqlite::Result<bool> {
    connection.prepare_cached(HAD)?.exists([hash])
}

/// Whether an upload or something that waits has it.
pub(super) fn is_kept_ahead(connection: &Connection, hash: &str) -> rusqlite::Result<bool> {
    connection
        .prepare_cached(
            "SELECT 1 FROM upload_photograph p JOIN upload u ON u.id = p.upload WHERE p.hash = ?1
             UNION ALL SELECT 1 FROM pending_photograph WHERE hash = ?1",
        )?
        .exists([hash])
}

const HAD: &str = "SELECT 1 FROM item
         WHERE media = ?1 AND coalesce(removal, '') NOT IN ('killed', 'forbidden')
     UNION ALL SELECT 1 FROM rendition r JOIN item i ON i.media = r.original
         WHERE r.hash = ?1 AND coalesce(i.removal, '') NOT IN ('killed', 'forbidden')
     UNION ALL SELECT 1 FROM upload_photograph p JOIN upload u ON u.id = p.upload WHERE p.hash = ?1
     UNION ALL SELECT 1 FROM pending_photograph WHERE hash = ?1";
