//! Touches of the pages that list a day's articles, a month's days, and the months.

use chrono::NaiveDate;

use crate::item::Line;
use crate::store::sqlite::moment;
use crate::store::{Entry, Month, StoreError, TouchKey, calendar, day};

use super::batch::Batch;
use super::family::Family;

/// The facts of a public article that the page of its day shows.
#[derive(PartialEq, Eq)]
struct DayPageFields {
    date: NaiveDate,
    published: i64,
    slug: Option<String>,
    section: Option<String>,
    authors: Vec<Line>,
    headline: Line,
    kicker: Option<Line>,
    deck: Option<Line>,
    language: Option<Line>,
    picture: Option<String>,
}

impl Batch<'_> {
    /// Touches the days in which `entry` alters what is said of an article; and those that lead to a day which came or went.
    pub(super) fn touch_days(
        &mut self,
        entry: &Entry,
        before: Option<&Family>,
        after: &Family,
    ) -> Result<(), StoreError> {
        let (was, is) = (
            before.and_then(|known| self.day_page_fields(known)),
            self.day_page_fields(after),
        );
        if was == is {
            return Ok(());
        }
        let (was, is) = (was.map(|day| day.date), is.map(|day| day.date));
        for date in was.iter().chain(&is) {
            self.touch(TouchKey::Day(*date), entry.position);
        }
        if was == is {
            return Ok(());
        }
        let zone = self.publication.timezone;
        for (date, alone) in [(was, 0), (is, 1)] {
            let Some(date) = date else { continue };
            let span = day::span(date, zone);
            if !day::has_just(self.transaction, span, alone)? {
                continue;
            }
            let (earlier, later) = day::neighbours(self.transaction, span, zone)?;
            for date in earlier.iter().chain(&later) {
                self.touch(TouchKey::Day(*date), entry.position);
            }
            let month = Month::of_day(date);
            self.touch(TouchKey::DaysOfMonth(month), entry.position);
        }
        self.touch_months(entry, was.map(Month::of_day), is.map(Month::of_day))
    }

    /// Touches the list of months where one came or went, and those that lead to it.
    fn touch_months(
        &mut self,
        entry: &Entry,
        was: Option<Month>,
        is: Option<Month>,
    ) -> Result<(), StoreError> {
        if was == is {
            return Ok(());
        }
        let zone = self.publication.timezone;
        for (month, alone) in [(was, 0), (is, 1)] {
            let Some(month) = month else { continue };
            let span = calendar::span(month, zone);
            if !day::has_just(self.transaction, span, alone)? {
                continue;
            }
            let (earlier, later) = day::neighbours(self.transaction, span, zone)?;
            for date in earlier.into_iter().chain(later) {
                let month = Month::of_day(date);
                self.touch(TouchKey::DaysOfMonth(month), entry.position);
            }
            self.touch(TouchKey::Days, entry.position);
        }
        Ok(())
    }

    fn day_page_fields(&self, family: &Family) -> Option<DayPageFields> {
        let (row, article) = (&family.article, &family.content.article);
        let mut pictures = family
            .usable_captions()
            .filter(|caption| !caption.row.has_expired);
        let picture = pictures.find_map(|caption| caption.row.media.clone());
        row.removed.is_none().then(|| DayPageFields {
            date: day::date_of(moment(row.published), self.publication.timezone),
            published: row.published,
            slug: family.slug.clone(),
            // A section that is not declared is not shown.
            section: self
                .publication
                .section(&family.section)
                .map(|section| section.slug.clone()),
            authors: article.authors.clone(),
            headline: article.headline.clone(),
            kicker: article.kicker.clone(),
            deck: article.deck.clone(),
            language: article.language.clone(),
            picture,
        })
    }
}
