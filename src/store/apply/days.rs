//! Touches of the pages that list a day's articles.

use chrono::NaiveDate;

use crate::item::Line;
use crate::store::sqlite::moment;
use crate::store::{Entry, StoreError, TouchKey, day};

use super::batch::Batch;
use super::family::Family;

/// What the page of a day says of a public article.
#[derive(PartialEq, Eq)]
struct DayPageFields {
    date: NaiveDate,
    published: i64,
    slug: Option<String>,
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
        let (was, is) = (before.and_then(|known| self.told(known)), self.told(after));
        if was == is {
            return Ok(());
        }
        let (was, is) = (was.map(|told| told.date), is.map(|told| told.date));
        for date in was.iter().chain(&is) {
            self.touch(TouchKey::Day(*date), entry.position);
        }
        if was == is {
            return Ok(());
        }
        let zone = self.publication.timezone;
        for (date, alone) in [(was, 0), (is, 1)] {
            let Some(date) = date else { continue };
            if day::count(self.transaction, date, zone)? != alone {
                continue;
            }
            let (earlier, later) = day::neighbours(self.transaction, date, zone)?;
            for date in earlier.iter().chain(&later) {
                self.touch(TouchKey::Day(*date), entry.position);
            }
        }
        Ok(())
    }

    fn told(&self, family: &Family) -> Option<DayPageFields> {
        let (row, article) = (&family.article, &family.content.article);
        let mut pictures = family
            .usable_captions()
            .filter(|caption| !caption.row.has_expired);
        let picture = pictures.find_map(|caption| caption.row.media.clone());
        row.removed.is_none().then(|| DayPageFields {
            date: moment(row.published)
                .with_timezone(&self.publication.timezone)
                .date_naive(),
            published: row.published,
            slug: family.slug.clone(),
            headline: article.headline.clone(),
            kicker: article.kicker.clone(),
            deck: article.deck.clone(),
            language: article.language.clone(),
            picture,
        })
    }
}
