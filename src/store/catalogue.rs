//! What the sitemaps list: public articles by month, and those of the last two days.

use std::fmt;

use chrono::{DateTime, Datelike, Months, NaiveDate, Utc};
use rusqlite::{Connection, OptionalExtension};

use crate::item::Line;

use super::apply::{Content, touched};
use super::sqlite::moment;
use super::{Position, Store, StoreError};

/// The key under which the list of months is touched.
pub const SITEMAP: &str = "sitemap";

/// The key under which the newest articles' list is touched.
pub const NEWS: &str = "news";

/// Before a photograph's hash: the key under which it is touched when it comes or goes.
pub const MEDIA: &str = "media/";

/// News is what was published so long before the list's newest touch (Google's news sitemaps, PROTOCOLS 6.4).
pub(super) const NEWS_AGE_MS: i64 = 2 * 24 * 60 * 60 * 1000;

/// More than that a news sitemap may not have.
const MAX_NEWS: usize = 1000;

/// More than that a sitemap may not have (sitemaps.org).
pub const MAX_SITEMAP_URLS: usize = 50_000;

/// A month of UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Month {
    pub year: i32,
    /// 1 to 12.
    pub month: u32,
}

/// A part of the sitemap: the articles of a month, or a share of them where they are too many for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SitemapPart {
    pub month: Month,
    /// From 1.
    pub number: u32,
    pub touched: Position,
}

/// An article in a sitemap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    pub slug: String,
    pub updated: DateTime<Utc>,
}

/// An article in the news sitemap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewsArticle {
    pub slug: String,
    pub published: DateTime<Utc>,
    pub headline: Line,
    /// Where it is another than the publication's.
    pub language: Option<Line>,
}

pub(super) fn month_of(ms: i64) -> Month {
    let date = moment(ms).date_naive();
    Month {
        year: date.year(),
        month: date.month(),
    }
}

/// The key under which a month's articles are touched.
pub fn month_key(month: Month) -> String {
    format!("{SITEMAP}/{month}")
}

/// As it stands in addresses: `2025-02`.
impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

impl Month {
    /// The first millisecond of the month and of the one after it.
    fn span(self) -> (i64, i64) {
        let first = NaiveDate::from_ymd_opt(self.year, self.month, 1).unwrap_or_default();
        let next = first.checked_add_months(Months::new(1)).unwrap_or(first);
        let begin = |date: NaiveDate| date.and_hms_opt(0, 0, 0).unwrap_or_default().and_utc();
        (
            begin(first).timestamp_millis(),
            begin(next).timestamp_millis(),
        )
    }
}

impl Store {
    /// The parts of the sitemap, oldest first, with the newest touch of the list itself.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn sitemap_parts(&self) -> Result<(Position, Vec<SitemapPart>), StoreError> {
        self.reading(|connection| {
            let mut parts = Vec::new();
            let mut after = i64::MIN;
            while let Some(published) = first_published(connection, after)? {
                let month = month_of(published);
                let touched = touched(connection, &month_key(month))?;
                let (begin, end) = month.span();
                let urls = count_published(connection, begin, end)?;
                let numbers = 1..=urls.div_ceil(MAX_SITEMAP_URLS).max(1);
                parts.extend(numbers.map(|number| SitemapPart {
                    month,
                    number: u32::try_from(number).unwrap_or(u32::MAX),
                    touched,
                }));
                after = end;
            }
            Ok((touched(connection, SITEMAP)?, parts))
        })
    }

    /// The articles of a part of the sitemap; none where there is no such part.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn sitemap_part(
        &self,
        month: Month,
        number: u32,
    ) -> Result<(Position, Vec<Listed>), StoreError> {
        self.reading(|connection| {
            let (begin, end) = month.span();
            let skipped = (number as usize).saturating_sub(1) * MAX_SITEMAP_URLS;
            let mut statement = connection.prepare_cached(
                "SELECT slug, stamp FROM item
                 WHERE kind = 'article' AND status = 'usable' AND published >= ?1 AND published < ?2
                 ORDER BY published, id LIMIT ?3 OFFSET ?4",
            )?;
            let rows = statement.query_map((begin, end, MAX_SITEMAP_URLS, skipped), |row| {
                Ok(Listed {
                    slug: row.get::<_, Option<String>>(0)?.unwrap_or_default(),
                    updated: moment(row.get(1)?),
                })
            })?;
            let listed = rows.collect::<Result<_, _>>()?;
            Ok((touched(connection, &month_key(month))?, listed))
        })
    }

    /// The news as of their newest touch, newest first.
    ///
    /// # Errors
    /// Where the database fails or does not read.
    pub fn news(&self) -> Result<(Position, Vec<NewsArticle>), StoreError> {
        self.reading(|connection| {
            let touched = touched(connection, NEWS)?;
            if touched.seq == 0 {
                return Ok((touched, Vec::new()));
            }
            let floor = touched.time.timestamp_millis() - NEWS_AGE_MS;
            let mut statement = connection.prepare_cached(
                "SELECT i.slug, i.published, r.content FROM item i
                 JOIN revision r ON r.item = i.id AND r.revision = i.revision
                 WHERE i.kind = 'article' AND i.status = 'usable' AND i.published >= ?1
                 ORDER BY i.published DESC, i.id DESC LIMIT ?2",
            )?;
            let mut rows = statement.query((floor, MAX_NEWS))?;
            let mut news = Vec::new();
            while let Some(row) = rows.next()? {
                let content: Content = serde_json::from_str(&row.get::<_, String>(2)?)?;
                news.push(NewsArticle {
                    slug: row.get::<_, Option<String>>(0)?.unwrap_or_default(),
                    published: moment(row.get(1)?),
                    headline: content.article.headline,
                    language: content.article.language,
                });
            }
            Ok((touched, news))
        })
    }
}

/// The first publication at or after a moment.
fn first_published(connection: &Connection, from: i64) -> rusqlite::Result<Option<i64>> {
    connection
        .prepare_cached(
            "SELECT published FROM item
             WHERE kind = 'article' AND status = 'usable' AND published >= ?1
             ORDER BY published LIMIT 1",
        )?
        .query_row([from], |row| row.get(0))
        .optional()
}

fn count_published(connection: &Connection, begin: i64, end: i64) -> rusqlite::Result<usize> {
    connection
        .prepare_cached(
            "SELECT count(*) FROM item
             WHERE kind = 'article' AND status = 'usable' AND published >= ?1 AND published < ?2",
        )?
        .query_row((begin, end), |row| row.get(0))
}
