//! What a page lists of a selection for people: the newest by publication.

use std::collections::BTreeSet;

use crate::item::Id;
use crate::publication::{Lead, Selection};

use super::archive::segments;
use super::articles::articles_of;
use super::by_publication::{ListPlace, length, newest, place};
use super::database::{self, Connection};
use super::leading::leading;
use super::touched::touched;
use super::{LeadingStories, Store, StoreError, TouchKey, Window, WindowItem, many};

/// The places of the items that no segment of the selection's archive has: a list has them however old they are, since
/// they would stand nowhere else.
fn unarchived(connection: &Connection, selection: &Selection) -> database::Result<Vec<ListPlace>> {
    if !selection.has_archive() {
        return Ok(Vec::new());
    }
    let sql = "SELECT f.listed, f.article, f.position, f.item FROM unarchived u CROSS JOIN item i CROSS JOIN filing f
         WHERE u.selection = ?1 AND i.id = u.item AND f.article = i.article AND f.item = u.item
           AND f.selection = ?1 AND f.listed IS NOT NULL";
    connection.rows(sql, [selection], place)
}

/// The places of those of the articles that are public.
fn public(connection: &Connection, articles: &[Id]) -> database::Result<Vec<ListPlace>> {
    let ids: Vec<String> = articles.iter().map(Id::to_string).collect();
    many::ask(
        connection,
        "SELECT published, article, position, id FROM item
         WHERE id IN (keys) AND kind = 'article' AND status = 'usable'",
        &ids,
        place,
    )
}

impl Store {
    /// The items that a page lists of a selection: the newest by publication, and what no segment of its archive has yet.
    /// With the segments they are all that it has.
    ///
    /// # Errors
    /// Where the database fails or does not read.
    pub fn list(&self, selection: &Selection) -> Result<Window, StoreError> {
        self.reading(|connection| self.list_with(connection, selection, &[]))
    }

    /// The list of a selection with the public ones of the stories that `leads` name, however old they are.
    ///
    /// # Errors
    /// Where the database fails or does not read.
    pub fn list_led(
        &self,
        selection: &Selection,
        leads: &[Lead],
    ) -> Result<(Window, LeadingStories), StoreError> {
        self.reading(|connection| {
            let leading = leading(connection, leads)?;
            let list = self.list_with(connection, selection, &leading.ids)?;
            Ok((list, leading))
        })
    }

    fn list_with(
        &self,
        connection: &Connection,
        selection: &Selection,
        articles: &[Id],
    ) -> Result<Window, StoreError> {
        let publication = match selection {
            Selection::Named(_) => Some(self.publication_in(connection)?),
            _ => None,
        };
        let newest = match length(selection, publication.as_deref()) {
            Some(most) => newest(connection, selection, most)?,
            None => Vec::new(),
        };
        let mut places = BTreeSet::from_iter(newest);
        places.extend(unarchived(connection, selection)?);
        places.extend(public(connection, articles)?);
        let read = |text: &String| Id::parse(text).unwrap_or_default();
        let mut met = BTreeSet::new();
        let articles = places.iter().map(|place| read(&place.article));
        let ids: Vec<Id> = articles.filter(|id| met.insert(*id)).collect();
        let items = places.iter().map(|place| WindowItem {
            id: read(&place.item),
            // No entry is kept for pages.
            touched: 0,
        });
        Ok(Window {
            touched: touched(connection, &TouchKey::PageList(selection.clone()))?,
            articles: articles_of(connection, &ids)?,
            items: items.collect(),
            segments: match selection.has_archive() {
                true => segments(connection, selection)?,
                false => 0,
            },
        })
    }
}
