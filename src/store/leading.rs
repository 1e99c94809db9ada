//! The stories that names of leads mean: what is filed there, and what was before it was renamed or moved.

use crate::item::Id;
use crate::publication::{Lead, LeadName, Selection};

use super::database::{self, Connection};
use super::{Store, StoreError, TouchKey};

/// The stories that the settings put at the head of the front page.
#[derive(Clone, Debug, Default)]
pub struct LeadingStories {
    /// The ids of the stories in their order, public or not, each once.
    pub ids: Vec<Id>,
    /// The touch keys of the addresses that name the stories, and those of the stories, which may be older than the list
    /// below them.
    pub keys: Vec<TouchKey>,
}

/// The stories that `leads` name.
pub(super) fn leading(connection: &Connection, leads: &[Lead]) -> database::Result<LeadingStories> {
    let mut found = LeadingStories::default();
    for lead in leads {
        let target = story_of_lead(connection, lead)?;
        found
            .ids
            .extend(target.filter(|id| !found.ids.contains(id)));
        // A lead that names a story by a former slug means another story as soon as that one gets the slug.
        let former = lead.slug().map(|slug| TouchKey::Former(slug.to_owned()));
        found.keys.extend(former);
    }
    let keys = found.ids.iter().map(|id| Selection::Article(*id).into());
    found.keys.extend(keys.collect::<Vec<TouchKey>>());
    Ok(found)
}

impl Store {
    /// The names among `leads` that no story has or had, not even one that waits.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn unknown_leads<'l>(&self, leads: &'l [Lead]) -> Result<Vec<&'l Lead>, StoreError> {
        self.reading(|connection| {
            let mut unknown = Vec::new();
            for lead in leads {
                if story_of_lead(connection, lead)?.is_none() && !waits(connection, lead)? {
                    unknown.push(lead);
                }
            }
            Ok(unknown)
        })
    }
}

/// The story that a name means: by its id, by the slug that it has, or by one that it had.
fn story_of_lead(connection: &Connection, lead: &Lead) -> database::Result<Option<Id>> {
    let of_slug = |slug: &str| {
        let sql = "SELECT i.id, i.section, 0 FROM item i WHERE i.slug = ?1
                 UNION ALL SELECT i.id, i.section, 1 FROM former f JOIN item i ON i.id = f.article WHERE f.slug = ?1
                 ORDER BY 3";
        connection.row(sql, [slug], |row| {
            Ok((row.get::<String>(0)?, row.get::<Option<String>>(1)?))
        })
    };
    match lead.parsed() {
        LeadName::Slug(slug) => match of_slug(slug)? {
            Some((id, _)) => Ok(Id::parse(&id)),
            // A slug may look like an id without its beginning.
            None => of_id(connection, Id::parse(slug)),
        },
        LeadName::Id(id) => of_id(connection, Some(id)),
        LeadName::Filed(section, slug) => {
            let Some((id, filed)) = of_slug(slug)? else {
                return Ok(None);
            };
            let is_there = filed.as_deref() == Some(section);
            let is_meant = is_there || was_filed(connection, &id, &format!("{section}/{slug}"))?;
            Ok(Id::parse(&id).filter(|_| is_meant))
        }
    }
}

fn of_id(connection: &Connection, id: Option<Id>) -> database::Result<Option<Id>> {
    let Some(id) = id else { return Ok(None) };
    let is_there = connection.exists(
        "SELECT 1 FROM item WHERE id = ?1 AND kind = 'article'",
        [id.to_string()],
    )?;
    Ok(is_there.then_some(id))
}

/// Whether the log has an article at that place.
fn was_filed(connection: &Connection, id: &str, filed: &str) -> database::Result<bool> {
    connection.exists(
        "SELECT 1 FROM log WHERE item = ?1 AND (before = ?2 OR after = ?2)",
        (id, filed),
    )
}

/// Whether a story that is not public yet has that name.
fn waits(connection: &Connection, lead: &Lead) -> database::Result<bool> {
    let (id, section, slug) = match lead.parsed() {
        LeadName::Id(id) => (id.to_string(), None, None),
        LeadName::Slug(slug) => {
            let id = Id::parse(slug).map(|id| id.to_string());
            (id.unwrap_or_default(), None, Some(slug))
        }
        LeadName::Filed(section, slug) => (String::new(), Some(section), Some(slug)),
    };
    connection.exists(
        "SELECT 1 FROM pending WHERE article = ?1 OR (slug = ?2 AND section = coalesce(?3, section))
         UNION ALL SELECT 1 FROM waiting_file
         WHERE article = ?1 OR (slug = ?2 AND path = coalesce(?3 || '/' || slug, path))",
        (id, slug, section),
    )
}
