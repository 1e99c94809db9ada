//! Which recordings articles have, and which photographs uploads, what waits, and captions whose right has ended have: kept
//! in tables of their own, so that no text is searched for a hash or a name while others wait for the writer.

use super::database::{self, Connection};

use crate::item::{Article, Attachment, Caption, Id, Photograph, Recording};

/// The hashes of a photograph and of its renditions.
pub(super) fn hashes(photograph: &Photograph) -> impl Iterator<Item = &String> {
    let renditions = photograph.renditions.iter();
    let renditions = renditions.map(|rendition| &rendition.hash);
    renditions.chain([&photograph.hash])
}

/// The recordings among attachments.
pub(super) fn recordings(attachments: &[Attachment]) -> impl Iterator<Item = &Recording> {
    let files = attachments.iter().filter_map(|played| played.file.as_ref());
    files.map(|file| &file.recording)
}

/// Notes the recordings that an article has, public or not, in place of those that it had, which are left over where nothing
/// else has them.
pub(super) fn note_recordings(
    connection: &Connection,
    article: Id,
    attachments: &[Attachment],
) -> database::Result<()> {
    let article = article.to_string();
    connection.run(
        "INSERT INTO left_over (hash) SELECT hash FROM recording WHERE article = ?1
             ON CONFLICT (hash) DO NOTHING",
        [&article],
    )?;
    connection.run("DELETE FROM recording WHERE article = ?1", [&article])?;
    let insert = "INSERT INTO recording (hash, article, kind) VALUES (?1, ?2, ?3)
         ON CONFLICT (hash, article, kind) DO NOTHING";
    for recording in recordings(attachments) {
        connection.run(
            insert,
            (&recording.hash, &article, recording.kind.extension()),
        )?;
    }
    Ok(())
}

/// Whether a writer may name a recording: it was uploaded, or an article that is public, or of a section that he may know
/// of, has it.
pub(super) fn may_be_named(
    connection: &Connection,
    hash: &str,
    covers: &dyn Fn(&str) -> bool,
) -> database::Result<bool> {
    let sql = "SELECT 1 FROM uploaded_recording WHERE hash = ?1
             UNION ALL SELECT 1 FROM recording r JOIN item i ON i.id = r.article
                 WHERE r.hash = ?1 AND i.status = 'usable' AND coalesce(i.removal, '') NOT IN ('killed', 'forbidden')
             LIMIT 1";
    let is_known_to_all = connection.exists(sql, [hash])?;
    if is_known_to_all {
        return Ok(true);
    }
    // Each section once, and a publication has few: read whole before any of them is asked about.
    let sections: Vec<Option<String>> = connection.rows(
        "SELECT i.section FROM recording r JOIN item i ON i.id = r.article
             WHERE r.hash = ?1 AND coalesce(i.removal, '') NOT IN ('killed', 'forbidden')
         UNION SELECT p.section FROM pending_photograph h JOIN pending p ON p.article = h.article
             WHERE h.hash = ?1",
        [hash],
        |row| row.get(0),
    )?;
    let mut sections = sections
        .iter()
        .map(|slug| slug.as_deref().unwrap_or_default());
    Ok(sections.any(covers))
}

/// Notes what an article that waits shows and plays, in place of what was noted of it before.
pub(super) fn note_pending(
    connection: &Connection,
    id: Id,
    article: &Article,
) -> database::Result<()> {
    forget_pending(connection, id)?;
    let id = id.to_string();
    let insert = "INSERT INTO pending_photograph (hash, name, article) VALUES (?1, ?2, ?3)
         ON CONFLICT (hash, name, article) DO NOTHING";
    let images = article
        .captions
        .iter()
        .filter_map(|caption| caption.image.as_ref());
    for image in images {
        for hash in hashes(&image.photograph) {
            connection.run(insert, (hash, &image.name, &id))?;
        }
    }
    let files = article
        .attachments
        .iter()
        .filter_map(|played| played.file.as_ref());
    for file in files {
        connection.run(insert, (&file.recording.hash, &*file.name, &id))?;
    }
    Ok(())
}

pub(super) fn forget_pending(connection: &Connection, id: Id) -> database::Result<()> {
    let sql = "INSERT INTO left_over (hash) SELECT hash FROM pending_photograph p
             WHERE article = ?1 AND NOT EXISTS (SELECT 1 FROM upload_photograph u WHERE u.hash = p.hash)
             ON CONFLICT (hash) DO NOTHING";
    // An uploaded photograph has a row of its own; a recording may be unreferenced now.
    connection.run(sql, [id.to_string()])?;
    connection.run(
        "DELETE FROM pending_photograph WHERE article = ?1",
        [id.to_string()],
    )?;
    Ok(())
}

/// Notes the hashes of an upload, in place of those that it had.
pub(super) fn note_upload(
    connection: &Connection,
    id: Id,
    photograph: &Photograph,
) -> database::Result<()> {
    let id = id.to_string();
    forget_upload(connection, &id)?;
    let insert = "INSERT INTO upload_photograph (hash, upload) VALUES (?1, ?2)
         ON CONFLICT (hash, upload) DO NOTHING";
    for hash in hashes(photograph) {
        connection.run(insert, (hash, &id))?;
    }
    Ok(())
}

pub(super) fn forget_upload(connection: &Connection, id: &str) -> database::Result<()> {
    connection.run("DELETE FROM upload_photograph WHERE upload = ?1", [id])?;
    Ok(())
}

/// Notes that nothing may name a file any more; the next sweep looks.
pub(super) fn note_left_over(connection: &Connection, hash: &str) -> database::Result<()> {
    connection.run(
        "INSERT INTO left_over (hash) VALUES (?1) ON CONFLICT (hash) DO NOTHING",
        [hash],
    )?;
    Ok(())
}

/// Notes that a recording was uploaded: it stays for a while, though nothing names it yet.
pub(super) fn note_uploaded_recording(
    connection: &Connection,
    hash: &str,
    now_ms: i64,
) -> database::Result<()> {
    connection.run(
        "INSERT INTO uploaded_recording (hash, uploaded_at) VALUES (?1, ?2)
             ON CONFLICT (hash) DO UPDATE SET uploaded_at = excluded.uploaded_at",
        (hash, now_ms),
    )?;
    Ok(())
}

pub(super) fn forget_uploaded_recording(
    connection: &Connection,
    hash: &str,
) -> database::Result<()> {
    connection.run("DELETE FROM uploaded_recording WHERE hash = ?1", [hash])?;
    Ok(())
}

/// Notes by which name a caption's text still has the photograph whose right has ended.
pub(super) fn note_expired(
    connection: &Connection,
    id: Id,
    caption: &Caption,
) -> database::Result<()> {
    let Some(image) = &caption.image else {
        return forget_expired(connection, id);
    };
    connection.run(
        "INSERT INTO expired_photograph (caption, name) VALUES (?1, ?2)
             ON CONFLICT (caption) DO UPDATE SET name = excluded.name",
        (id.to_string(), &image.name),
    )?;
    Ok(())
}

pub(super) fn forget_expired(connection: &Connection, id: Id) -> database::Result<()> {
    connection.run(
        "DELETE FROM expired_photograph WHERE caption = ?1",
        [id.to_string()],
    )?;
    Ok(())
}

/// Whether an item that was not killed, an upload or something that waits has what is served by that hash.
pub(super) fn is_had(connection: &Connection, hash: &str) -> database::Result<bool> {
    connection.exists(HAD, [hash])
}

/// Whether an upload or something that waits has it.
pub(super) fn is_kept_ahead(connection: &Connection, hash: &str) -> database::Result<bool> {
    connection.exists(
        "SELECT 1 FROM upload_photograph p JOIN upload u ON u.id = p.upload WHERE p.hash = ?1
             UNION ALL SELECT 1 FROM pending_photograph WHERE hash = ?1
             UNION ALL SELECT 1 FROM uploaded_recording WHERE hash = ?1",
        [hash],
    )
}

const HAD: &str = "SELECT 1 FROM item
         WHERE media = ?1 AND coalesce(removal, '') NOT IN ('killed', 'forbidden')
     UNION ALL SELECT 1 FROM rendition r JOIN item i ON i.media = r.original
         WHERE r.hash = ?1 AND coalesce(i.removal, '') NOT IN ('killed', 'forbidden')
     UNION ALL SELECT 1 FROM upload_photograph p JOIN upload u ON u.id = p.upload WHERE p.hash = ?1
     UNION ALL SELECT 1 FROM pending_photograph WHERE hash = ?1
     UNION ALL SELECT 1 FROM recording r JOIN item i ON i.id = r.article
         WHERE r.hash = ?1 AND coalesce(i.removal, '') NOT IN ('killed', 'forbidden')
     UNION ALL SELECT 1 FROM uploaded_recording WHERE hash = ?1";
