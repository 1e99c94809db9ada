//! The lists of tags and of authors: the names that something public has.

use std::collections::HashMap;

use crate::item::Line;
use crate::publication::NameKind;

use super::database::{self, Connection, ToSql};
use super::many;
use super::touched::touched;
use super::{Named, Position, Store, StoreError, TouchKey};

/// Number of names on one page of the list of all tags or of all authors: a paper may have fifty thousand tags.
pub const NAMES_A_PAGE: u32 = 500;

/// A page of the list of all tags or of all authors.
#[derive(Clone, Debug)]
pub struct NamePage {
    pub touched: Position,
    pub names: Vec<Named>,
    /// The first name of each page, in the order of the pages.
    pub first_names: Vec<Line>,
}

/// The slugs of the tags and people that have any, by kind and name.
pub(super) fn slugs_of(
    connection: &Connection,
    names: &[(NameKind, &str)],
) -> database::Result<HashMap<(NameKind, String), String>> {
    let names: Vec<[&dyn ToSql; 2]> = names
        .iter()
        .map(|(kind, name)| [kind as &dyn ToSql, name])
        .collect();
    let known = many::ask_rows(
        connection,
        "WITH wanted (kind, name) AS (rows) SELECT n.kind, n.name, n.slug
         FROM wanted w CROSS JOIN name n WHERE n.kind = w.kind AND n.name = w.name",
        &names,
        |row| Ok(((row.get(0)?, row.get(1)?), row.get(2)?)),
    )?;
    Ok(known.into_iter().collect())
}

impl Store {
    /// A page of the names of a kind that something public has, counted from 1. They stand in the order of their slugs:
    /// Latin letters without their marks, Chinese by its reading, word by word.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn names(&self, kind: NameKind, page: u32) -> Result<NamePage, StoreError> {
        let a_page = i64::from(NAMES_A_PAGE);
        let first = (i64::from(page) - 1) * a_page;
        self.reading(|connection| {
            let mut found = NamePage {
                touched: touched(connection, &TouchKey::Names(kind))?,
                names: Vec::new(),
                first_names: Vec::new(),
            };
            connection.each(
                "WITH listed (slug, name, place) AS (
                     SELECT n.slug, n.name, row_number() OVER (ORDER BY n.slug) - 1 FROM name n
                     WHERE n.kind = ?1 AND EXISTS (
                         SELECT 1 FROM filing f
                         WHERE f.selection = n.kind || '/' || n.slug AND f.withdrawn = 0)
                 )
                 SELECT slug, name, place FROM listed
                 WHERE place % ?2 = 0 OR (place >= ?3 AND place < ?4)
                 ORDER BY place",
                (kind.name(), a_page, first, first + a_page),
                |row| {
                    let (name, place): (String, i64) = (row.get(1)?, row.get(2)?);
                    let Some(name) = Line::parse(&name) else {
                        return Ok(());
                    };
                    if place % a_page == 0 {
                        found.first_names.push(name.clone());
                    }
                    if (first..first + a_page).contains(&place) {
                        let slug = row.get(0)?;
                        found.names.push(Named { slug, name });
                    }
                    Ok::<_, StoreError>(())
                },
            )?;
            Ok(found)
        })
    }
}
