//! The articles that sitemaps list: all public ones by month, and for the news sitemap those of the last two days.

use chrono::{DateTime, Utc};

use crate::item::Line;

use super::content::Content;
use super::month::Month;
use super::sqlite::moment;
use super::touched::touched;
use super::{Position, Store, StoreError, TouchKey};

/// Maximum age of an article in the news sitemap, in milliseconds before the sitemap's newest touch (Google takes two
/// days).
pub(super) const NEWS_AGE_MS: i64 = 2 * 24 * 60 * 60 * 1000;

/// Maximum number of articles in the news sitemap.
const MAX_NEWS: usize = 1000;

/// Maximum number of URLs in a sitemap (sitemaps.org).
pub const MAX_SITEMAP_URLS: usize = 50_000;

/// A part of the sitemap: the articles of a month, or a share of them where they are too many for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SitemapPart {
    pub month: Month,
    /// The number of the part within its month, from 1.
    pub number: u32,
    pub touched: Position,
}

/// An article in a sitemap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SitemapArticle {
    pub slug: String,
    pub updated: DateTime<Utc>,
}

/// An article in the news sitemap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewsArticle {
    pub slug: String,
    pub published: DateTime<Utc>,
    pub headline: Line,
    /// The article's language, where it is not the publication's.
    pub language: Option<Line>,
}

impl Store {
    /// The parts of the sitemap, oldest first, with the newest touch of the list itself.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn sitemap_parts(&self) -> Result<(Position, Vec<SitemapPart>), StoreError> {
        self.reading(|connection| {
            let mut parts = Vec::new();
            let months: Vec<(String, usize)> = connection.rows(
                "SELECT month, articles FROM sitemap ORDER BY month",
                (),
                |row| Ok((row.get(0)?, row.get(1)?)),
            )?;
            for (month, articles) in months {
                let Some(month) = Month::parse(&month) else {
                    continue;
                };
                let touched = touched(connection, &TouchKey::Month(month))?;
                let numbers = 1..=articles.div_ceil(MAX_SITEMAP_URLS);
                parts.extend(numbers.map(|number| SitemapPart {
                    month,
                    number: u32::try_from(number).unwrap_or(u32::MAX),
                    touched,
                }));
            }
            Ok((touched(connection, &TouchKey::Sitemap)?, parts))
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
    ) -> Result<(Position, Vec<SitemapArticle>), StoreError> {
        self.reading(|connection| {
            let (begin, end) = month.span();
            let skipped = (number as usize).saturating_sub(1) * MAX_SITEMAP_URLS;
            let listed = connection.rows(
                "SELECT slug, stamp FROM item
                 WHERE kind = 'article' AND status = 'usable' AND published >= ?1 AND published < ?2
                     AND is_elsewhere = 0
                 ORDER BY published, id LIMIT ?3 OFFSET ?4",
                (begin, end, MAX_SITEMAP_URLS, skipped),
                |row| {
                    Ok(SitemapArticle {
                        slug: row.get::<Option<String>>(0)?.unwrap_or_default(),
                        updated: moment(row.get(1)?),
                    })
                },
            )?;
            Ok((touched(connection, &TouchKey::Month(month))?, listed))
        })
    }

    /// The news as of their newest touch, newest first.
    ///
    /// # Errors
    /// Where the database fails or does not read.
    pub fn news(&self) -> Result<(Position, Vec<NewsArticle>), StoreError> {
        self.reading(|connection| {
            let touched = touched(connection, &TouchKey::News)?;
            if touched.seq == 0 {
                return Ok((touched, Vec::new()));
            }
            let floor = touched.time.timestamp_millis() - NEWS_AGE_MS;
            let mut news = Vec::new();
            connection.each(
                "SELECT i.slug, i.published, r.content FROM item i
                 JOIN revision r ON r.item = i.id AND r.revision = i.revision
                 WHERE i.kind = 'article' AND i.status = 'usable' AND i.published >= ?1
                     AND i.is_elsewhere = 0
                 ORDER BY i.published DESC, i.id DESC LIMIT ?2",
                (floor, MAX_NEWS),
                |row| {
                    let content: Content = serde_json::from_str(&row.get::<String>(2)?)?;
                    news.push(NewsArticle {
                        slug: row.get::<Option<String>>(0)?.unwrap_or_default(),
                        published: moment(row.get(1)?),
                        headline: content.article.headline,
                        language: content.article.language,
                    });
                    Ok::<_, StoreError>(())
                },
            )?;
            Ok((touched, news))
        })
    }
}
