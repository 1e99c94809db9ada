//! The items of a selection that its page lists for people: the newest by publication.

use std::collections::BTreeSet;

use crate::item::Id;
use crate::publication::{Lead, Selection};

use super::archive::segments;
use super::by_publication::{ListPlace, length, newest, place};
use super::calendar::{month_of, span};
use super::database::{self, Connection};
use super::leading::leading;
use super::older::{MONTH_PAGE_ITEMS, window_of};
use super::touched::touched;
use super::{LeadingStories, Month, Store, StoreError, TouchKey, Window, many};

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
    /// The items of a selection that its page lists: the newest by publication, and those that no segment of its archive has
    /// yet. Together with the segments, they are all items of the selection.
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
        let has_months = selection.has_months();
        let mut listed = Vec::new();
        let mut left_out = None;
        if let Some(most) = length(selection, publication.as_deref()) {
            listed = newest(connection, selection, most + usize::from(has_months))?;
            left_out = (listed.len() > most).then(|| listed.pop()).flatten();
        }
        let older = match left_out {
            Some(left_out) => Some(self.page_of(connection, &left_out, &listed)?),
            None => None,
        };
        let mut places = BTreeSet::from_iter(listed);
        places.extend(unarchived(connection, selection)?);
        places.extend(public(connection, articles)?);
        let touched = touched(connection, &TouchKey::PageList(selection.clone()))?;
        Ok(Window {
            segments: match selection.has_archive() {
                true => segments(connection, selection)?,
                false => 0,
            },
            older,
            ..window_of(connection, touched, &places)?
        })
    }

    /// The month in which an item stands that follows those which a list has, and the part of the month.
    fn page_of(
        &self,
        connection: &Connection,
        next: &ListPlace,
        listed: &[ListPlace],
    ) -> Result<(Month, u32), StoreError> {
        let zone = self.publication_in(connection)?.timezone;
        let month = month_of(next.published.0, zone);
        let (begin, end) = span(month, zone);
        let of_month = |place: &&ListPlace| (begin..end).contains(&place.published.0);
        let before = listed.iter().filter(of_month).count();
        let part = u32::try_from(before / MONTH_PAGE_ITEMS).unwrap_or(u32::MAX - 1);
        Ok((month, part + 1))
    }
}
