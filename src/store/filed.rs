//! What selections take, in the order of feeds: read in bounded parts, so that nothing is held open while others work.

use std::collections::HashMap;

use rusqlite::{Connection, Row, ToSql, params_from_iter};

use super::many;
use super::window::Filed;

/// This many rows of a selection are read first: most windows have hardly more.
const FIRST: usize = 64;

/// This many are read at once of what follows.
const NEXT: usize = 256;

/// So few of each selection, where several are read by one statement.
const OF_EACH: usize = 16;

/// An item of a selection with its article.
pub(super) struct Place {
    pub(super) article: String,
    pub(super) filed: Filed,
}

/// Part of what a selection takes, newest first.
pub(super) struct Part {
    pub(super) places: Vec<Place>,
    /// Whether nothing follows it.
    pub(super) is_last: bool,
}

/// What follows `after` in a selection, from its newest item on where there is none.
pub(super) fn read(
    connection: &Connection,
    selection: &str,
    after: Option<&Place>,
) -> rusqlite::Result<Part> {
    let (activity, article, position, item) = match after {
        Some(Place { article, filed }) => {
            (filed.activity, &**article, filed.position, &*filed.item)
        }
        None => (i64::MAX, "", 0, ""),
    };
    let mut statement = connection.prepare_cached(
        "SELECT selection, activity, article, position, item, size, withdrawn FROM filing
         WHERE selection = ?1 AND activity <= ?2
           AND (activity < ?2 OR (article, position, item) > (?3, ?4, ?5))
         ORDER BY activity DESC, article, position, item LIMIT ?6",
    )?;
    let most = if after.is_none() { FIRST } else { NEXT };
    let key = (selection, activity, article, position, item, most);
    let rows = statement.query_map(key, |row| Ok(place_of(row)?.1))?;
    let places = rows.collect::<Result<Vec<_>, _>>()?;
    let is_last = places.len() < most;
    Ok(Part { places, is_last })
}

/// The newest items of several selections, each as far as the activity that is named with it.
pub(super) fn read_newest(
    connection: &Connection,
    selections: &[(&str, i64)],
) -> rusqlite::Result<HashMap<String, Part>> {
    let mut found: HashMap<String, Part> = HashMap::new();
    for some in many::parts(selections) {
        let queries = (0..some.len()).map(|place| {
            let (selection, lowest) = (2 * place + 1, 2 * place + 2);
            format!(
                "SELECT * FROM (SELECT selection, activity, article, position, item, size, withdrawn
                 FROM filing WHERE selection = ?{selection} AND activity >= ?{lowest}
                 ORDER BY activity DESC, article, position, item LIMIT {OF_EACH}) part{place}"
            )
        });
        let sql = queries.collect::<Vec<_>>().join(" UNION ALL ");
        let mut statement = connection.prepare_cached(&sql)?;
        let keys = some
            .iter()
            .flat_map(|(selection, lowest)| [selection as &dyn ToSql, lowest]);
        for row in statement.query_map(params_from_iter(keys), place_of)? {
            let (selection, place) = row?;
            let part = found.entry(selection).or_insert_with(|| Part {
                places: Vec::new(),
                is_last: true,
            });
            part.places.push(place);
            part.is_last = part.places.len() < OF_EACH;
        }
    }
    Ok(found)
}

fn place_of(row: &Row<'_>) -> rusqlite::Result<(String, Place)> {
    let place = Place {
        article: row.get(2)?,
        filed: Filed {
            activity: row.get(1)?,
            position: row.get(3)?,
            item: row.get(4)?,
            size: row.get(5)?,
            withdrawn: row.get(6)?,
        },
    };
    Ok((row.get(0)?, place))
}
