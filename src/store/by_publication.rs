//! The newest items of a selection by their publication, as lists for people have them; feeds have what changed last.

use std::cmp::Reverse;
use std::collections::HashMap;

use crate::publication::{Publication, Selection};

use super::database::{self, Connection, Row, ToSql};
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

/// A part of a list that is to be read.
pub(super) struct ListPart<'s> {
    pub(super) selection: &'s Selection,
    /// The number of items before it.
    pub(super) skipped: usize,
    pub(super) limit: usize,
    /// Items that were published before this moment, in milliseconds since 1970, are left out.
    pub(super) lowest: i64,
}

/// The places in these parts of lists, in their order; nothing of a list that ends before its part.
pub(super) fn parts_of_lists<'s>(
    connection: &Connection,
    list_parts: &[ListPart<'s>],
) -> database::Result<HashMap<&'s Selection, Vec<ListPlace>>> {
    let mut found: HashMap<&Selection, Vec<ListPlace>> = HashMap::new();
    for some in many::parts(list_parts) {
        let queries = (0..some.len()).map(|part| {
            let [selection, lowest, most, skipped] =
                [1, 2, 3, 4].map(|parameter| 4 * part + parameter);
            format!(
                "SELECT * FROM (SELECT listed, article, position, item, selection FROM filing
                 WHERE selection = ?{selection} AND listed >= ?{lowest}
                 ORDER BY listed DESC, article, position, item LIMIT ?{most} OFFSET ?{skipped}) part{part}"
            )
        });
        let sql = queries.collect::<Vec<_>>().join(" UNION ALL ");
        let parameters: Vec<&dyn ToSql> = some
            .iter()
            .flat_map(|part| {
                let selection = part.selection as &dyn ToSql;
                [selection, &part.lowest, &part.limit, &part.skipped]
            })
            .collect();
        let row = |row: &Row<'_>| Ok((row.get::<Selection>(4)?, place(row)?));
        let places: Vec<(Selection, ListPlace)> = connection.rows(&sql, parameters, row)?;
        for (selection, place) in places {
            if let Some(part) = some.iter().find(|part| *part.selection == selection) {
                found.entry(part.selection).or_default().push(place);
            }
        }
    }
    found.values_mut().for_each(|places| places.sort_unstable());
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
