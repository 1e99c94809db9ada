//! Data of a store that is about to be replaced which the backup does not have: later removals, and the end of its log.

use crate::item::{Id, Line};
use crate::store::carried_over::{CarriedContent, CarriedOver, Gone, Story, TokenRow};
use crate::store::database::{self, Connection};
use crate::store::editable::article_as_written;
use crate::store::killed;
use crate::store::sqlite::moment;
use crate::store::{Origin, Position, Removal, Store, StoreError};

impl Store {
    /// The data that a backup, whose newest entry is `newest`, takes over from this store as it replaces it.
    ///
    /// # Errors
    /// Where the database fails or does not read.
    pub(super) fn carried_over(&self, newest: Position) -> Result<CarriedOver, StoreError> {
        let floor = self.position();
        self.reading(|connection| {
            let has_grown_from_it = has_entry(connection, newest)?;
            Ok(CarriedOver {
                newest_known: floor,
                removed: removed(connection)?,
                killed_files: killed(connection)?,
                killed_fingerprints: killed::all(connection)?,
                expired: ids(connection, "SELECT id FROM item WHERE expired = 1")?,
                pending: pending(connection)?,
                known_articles: match has_grown_from_it {
                    true => Some(ids(
                        connection,
                        "SELECT id FROM item WHERE kind = 'article'
                         UNION SELECT article FROM pending",
                    )?),
                    false => None,
                },
                tokens: Some(tokens(connection)?),
                cursors: cursors(connection)?,
            })
        })
    }
}

/// Whether the log has that entry, so that all before it is the same, too.
fn has_entry(connection: &Connection, position: Position) -> database::Result<bool> {
    let time: Option<i64> = connection.row(
        "SELECT time FROM log WHERE seq = ?1",
        [position.seq],
        |row| row.get(0),
    )?;
    Ok(position.seq == 0 || time.map(moment) == Some(position.time))
}

fn removed(connection: &Connection) -> Result<Vec<Gone>, StoreError> {
    // An article before its captions, which go with it.
    let rows: Vec<RemovedItem> = connection.rows(
        "SELECT i.id, i.article, i.kind, coalesce(i.removal, 'withdrawn'), i.notice, i.media,
                i.published, i.section, i.slug, CASE WHEN i.kind = 'caption' THEN r.content END
         FROM item i JOIN revision r ON r.item = i.id AND r.revision = i.revision
         WHERE i.status <> 'usable' ORDER BY i.article, i.kind, i.position, i.id",
        (),
        removed_row,
    )?;
    let mut found = Vec::new();
    for row in rows {
        let content = match (row.removal.outranks_files(), row.caption) {
            (false, _) => CarriedContent::Nothing,
            (true, None) => CarriedContent::Article(Box::new(Story {
                article: article_as_written(connection, row.item)?,
                section: row.section.unwrap_or_default(),
                slug: row.slug.unwrap_or_default(),
                origin: origin(connection, row.item)?,
            })),
            (true, Some(text)) => CarriedContent::Caption(serde_json::from_str(&text)?),
        };
        found.push(Gone {
            item: row.item,
            article: row.article,
            removal: row.removal,
            notice: row.notice.as_deref().and_then(Line::parse),
            media: row.media,
            published: row.published,
            content,
        });
    }
    Ok(found)
}

/// An item that was taken away, as its rows say it.
struct RemovedItem {
    item: Id,
    article: Id,
    removal: Removal,
    notice: Option<String>,
    media: Option<String>,
    published: i64,
    section: Option<String>,
    slug: Option<String>,
    /// The caption as JSON, where the item is one.
    caption: Option<String>,
}

fn removed_row(row: &database::Row<'_>) -> database::Result<RemovedItem> {
    let (item, article, how): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(3)?);
    Ok(RemovedItem {
        item: Id::parse(&item).unwrap_or_default(),
        article: Id::parse(&article).unwrap_or_default(),
        removal: Removal::from_name(&how).unwrap_or(Removal::Withdrawn),
        notice: row.get(4)?,
        media: row.get(5)?,
        published: row.get(6)?,
        section: row.get(7)?,
        slug: row.get(8)?,
        caption: row.get(9)?,
    })
}

fn origin(connection: &Connection, article: Id) -> database::Result<Option<Origin>> {
    connection.row(
        "SELECT path, stat, digest FROM file WHERE article = ?1",
        [article.to_string()],
        |row| {
            Ok(Origin {
                path: row.get(0)?,
                stat: row.get(1)?,
                digest: row.get(2)?,
            })
        },
    )
}

fn ids(connection: &Connection, sql: &str) -> database::Result<Vec<Id>> {
    connection.rows(sql, (), |row| {
        let id: String = row.get(0)?;
        Ok(Id::parse(&id).unwrap_or_default())
    })
}

fn killed(connection: &Connection) -> database::Result<Vec<String>> {
    connection.rows("SELECT hash FROM dropped WHERE killed = 1", (), |row| {
        row.get(0)
    })
}

fn pending(connection: &Connection) -> database::Result<Vec<(Id, Option<i64>)>> {
    connection.rows("SELECT article, due FROM pending", (), |row| {
        let id: String = row.get(0)?;
        Ok((Id::parse(&id).unwrap_or_default(), row.get(1)?))
    })
}

fn tokens(connection: &Connection) -> database::Result<Vec<TokenRow>> {
    let sql = "SELECT id, hash, name, scope, created_at, ends_at FROM token";
    connection.rows(sql, (), |row| {
        Ok((
            row.get(0)?,
            row.get(1)?,
            row.get(2)?,
            row.get(3)?,
            row.get(4)?,
            row.get(5)?,
        ))
    })
}

fn cursors(connection: &Connection) -> database::Result<Vec<(String, String)>> {
    let sql = "SELECT key, value FROM meta WHERE key >= 'cursor/' AND key < 'cursor0'";
    connection.rows(sql, (), |row| Ok((row.get(0)?, row.get(1)?)))
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};
    use serde_json::json;

    use super::CarriedOver;
    use crate::item::file::FileLookup;
    use crate::item::{Id, PhotographError, json as item_json};
    use crate::store::{Act, Action, Change, Entry, Expected, Removal, Store, StoreError, killed};

    fn at(time: &str) -> DateTime<Utc> {
        time.parse().expect("a date")
    }

    fn apply(store: &Store, change: Change) -> Result<Vec<Entry>, StoreError> {
        let now = || at("2026-11-24T12:00:00Z");
        let mut outcomes = store.apply(&now, "test", &[change]).expect("a store");
        outcomes.pop().expect("an outcome")
    }

    /// A story that waits for the evening.
    fn waits() -> Change {
        let story = json!({
            "id": Id::default().derive("waits"), "headline": "It waits", "body": "Text.",
            "published": "2026-11-24T10:00:00Z", "embargo_until": "2026-11-24T18:00:00Z",
        });
        let photographs = |name: &str| {
            Err(PhotographError::Missing {
                name: name.to_owned(),
            })
        };
        let parsed = item_json::parse(
            story.as_object().expect("an object"),
            &FileLookup::photographs_only(&photographs),
        );
        let article = parsed.article.expect("an article");
        Change::write(article, "city", "waits", Expected::Anything)
    }

    #[test]
    fn what_was_killed_before_it_was_public_does_not_come_again() {
        let folders = [(); 2].map(|()| tempfile::tempdir().expect("a folder"));
        let [store, backup] = folders
            .each_ref()
            .map(|folder| Store::open(folder.path(), at("2026-11-24T11:00:00Z")).expect("a store"));
        let settings = |store: &Store| {
            let text = "title = \"x\"\nlanguage = \"en\"\n[[sections]]\nslug = \"city\"\ntitle = \"City\"\n";
            let parsed = crate::publication::parse(text.as_bytes(), &|_| unreachable!("a logo"));
            let settings = crate::store::Settings {
                publication: parsed.publication.expect("a publication"),
                source: String::new(),
                base_url: "https://courier.example.org".to_owned(),
            };
            apply(store, Change::Settings(Box::new(settings))).expect("settings");
        };
        for store in [&store, &backup] {
            settings(store);
            apply(store, waits()).expect("a story");
        }
        let id = Id::default().derive("waits");
        let kill = Act {
            item: id,
            action: Action::Remove(Removal::Killed),
            public_note: None,
            expected: Expected::Anything,
            section: None,
        };
        apply(&store, Change::Act(Box::new(kill))).expect("a kill");
        let again = apply(&store, waits());
        assert!(matches!(again, Err(StoreError::Killed { .. })), "{again:?}");
        // Which articles it knew is not known, and all the same what it killed stays away.
        let carried_over = CarriedOver {
            killed_fingerprints: store
                .reading(|connection| Ok(killed::all(connection)?))
                .expect("marks"),
            ..CarriedOver::default()
        };
        apply(&backup, Change::Restore(Box::new(carried_over)))
            .expect("a store that is brought back");
        assert!(backup.editable_article(id).expect("a store").is_none());
        assert_eq!(backup.next_due().expect("a store"), None);
        let again = apply(&backup, waits());
        assert!(matches!(again, Err(StoreError::Killed { .. })), "{again:?}");
    }
}
