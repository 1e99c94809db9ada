//! The newest items of a selection by their publication, as lists for people have them; feeds have what changed last.

use std::cmp::Reverse;
use std::collections::HashMap;

use crate::publication::{Publication, Selection};

use super::database::{self, Connection, Row, ToSql, params_from_iter};
use super::many;
use super::window::{Extent, Filing};

/// Where an item stands in a list: the newest first, an article before its captions.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ListPlace {
    pub(super) published: Reverse<i64>,
    pub(super) article: String,
    pub(super) position: i64,
    pub(super) item: String,
}

impl ListPlace {
    /// The place of an item of that article, if it stands in lists at all.
    pub(super) fn of(article: &str, filed: &Filing) -> Option<Self> {
        filed.listed.map(|published| Self {
            published: Reverse(published),
            article: article.to_owned(),
            position: filed.position,
            item: filed.item.clone(),
        })
    }
}

/// The number of items that the list of a selection has at least; none where it is no list by publication. Only named
/// queries, which may ask for a number of their own, need the `publication`.
pub(super) fn length(selection: &Selection, publication: Option<&Publication>) -> Option<usize> {
    match Extent::of(selection, publication) {
        Extent::Newest(at_least) => Some(at_least),
        Extent::Whole => None,
    }
}

/// The newest `most` public items of a selection by publication, in the order of lists.
pub(super) fn newest(
    connection: &Connection,
    selection: &Selection,
    most: usize,
) -> database::Result<Vec<ListPlace>> {
    connection.rows(
        "SELECT listed, article, position, item FROM filing
         WHERE selection = ?1 AND listed IS NOT NULL
         ORDER BY listed DESC, article, position, item LIMIT ?2",
        (selection, most),
        place,
    )
}

/// Where a list is asked to end.
pub(super) struct EndQuery<'s> {
    pub(super) selection: &'s Selection,
    /// The number of items before the last one that the list may have.
    pub(super) others: usize,
    /// An end that was published before this moment, in milliseconds, is not looked for.
    pub(super) lowest: i64,
}

/// The last places of lists, of those that have as many items as they may have.
pub(super) fn ends<'s>(
    connection: &Connection,
    asked: &[EndQuery<'s>],
) -> database::Result<HashMap<&'s Selection, ListPlace>> {
    let mut found = HashMap::new();
    for some in many::parts(asked) {
        let queries = (0..some.len()).map(|part| {
            let [selection, lowest, others] = [1, 2, 3].map(|parameter| 3 * part + parameter);
            format!(
                "SELECT * FROM (SELECT listed, article, position, item, selection FROM filing
                 WHERE selection = ?{selection} AND listed >= ?{lowest}
                 ORDER BY listed DESC, article, position, item LIMIT 1 OFFSET ?{others}) part{part}"
            )
        });
        let sql = queries.collect::<Vec<_>>().join(" UNION ALL ");
        let parameters = some
            .iter()
            .flat_map(|query| [query.selection as &dyn ToSql, &query.lowest, &query.others]);
        let parameters = params_from_iter(parameters);
        let row = |row: &Row<'_>| Ok((row.get::<_, Selection>(4)?, place(row)?));
        let ends: Vec<(Selection, ListPlace)> = connection.rows(&sql, parameters, row)?;
        for (selection, end) in ends {
            let asked = some.iter().find(|query| *query.selection == selection);
            found.extend(asked.map(|query| (query.selection, end)));
        }
    }
    Ok(found)
}

/// A row of published, article, position and item.
pub(super) fn place(row: &Row<'_>) -> database::Result<ListPlace> {
    Ok(ListPlace {
        published: Reverse(row.get(0)?),
        article: row.get(1)?,
        position: row.get(2)?,
        item: row.get(3)?,
    })
}
