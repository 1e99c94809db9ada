//! Touches of what lists addresses: the sitemaps, and photographs, whose addresses come and go.

use crate::item::Line;
use crate::store::catalogue::NEWS_AGE_MS;
use crate::store::{Entry, Month, StoreError, TouchKey};

use super::batch::Batch;
use super::family::Family;
use super::media::shown;

/// The facts of a public article that sitemaps have.
#[derive(Clone, PartialEq, Eq)]
struct SitemapFields {
    slug: String,
    published: i64,
    updated: i64,
}

/// The facts of a public article that the news sitemap has.
#[derive(Clone, PartialEq, Eq)]
struct News {
    slug: String,
    published: i64,
    headline: Line,
    language: Option<Line>,
}

impl Batch<'_> {
    /// Touches the catalogues in which `entry` alters what is said of an article.
    pub(super) fn touch_catalogues(
        &mut self,
        entry: &Entry,
        before: Option<&Family>,
        after: &Family,
    ) -> Result<(), StoreError> {
        let (was, is) = (before.and_then(sitemap_fields), sitemap_fields(after));
        if was != is {
            for fields in was.iter().chain(&is) {
                let month = Month::of(fields.published);
                self.touch(TouchKey::Month(month), entry.position);
            }
            self.touch(TouchKey::Sitemap, entry.position);
        }
        self.touch_days(entry, before, after)?;
        self.touch_older(entry, before, after)?;
        self.touch_names(entry, before, after)?;
        self.touch_leads(entry, before, after);
        let (was, is) = (before.and_then(news), news(after));
        if was != is && self.is_news(entry, was.iter().chain(&is))? {
            self.touch(TouchKey::News, entry.position);
        }
        let (was, is) = (before.map(shown).unwrap_or_default(), shown(after));
        for hash in was.symmetric_difference(&is) {
            self.touch(TouchKey::Media((*hash).to_owned()), entry.position);
        }
        if was != is {
            self.remember_renditions(after, &was)?;
        }
        Ok(())
    }

    /// Counts an article in the sitemap of the month in which it was published.
    pub(super) fn count_in_sitemap(
        &self,
        before: Option<&Family>,
        after: &Family,
    ) -> Result<(), StoreError> {
        let month =
            |fields: Option<SitemapFields>| fields.map(|fields| Month::of(fields.published));
        let (was, is) = (
            month(before.and_then(sitemap_fields)),
            month(sitemap_fields(after)),
        );
        if was == is {
            return Ok(());
        }
        for (month, more) in [(was, -1), (is, 1)] {
            let Some(month) = month else { continue };
            let sql = "INSERT INTO sitemap (month, articles) VALUES (?1, ?2)
                     ON CONFLICT (month) DO UPDATE SET articles = sitemap.articles + excluded.articles";
            self.transaction.run(sql, (month.to_string(), more))?;
        }
        if was.is_some() {
            self.transaction
                .run("DELETE FROM sitemap WHERE articles = 0", ())?;
        }
        Ok(())
    }

    /// Whether the list says one of them now, or would as of this entry. One that came late may be news as of the list's
    /// newest touch alone: untouched, the list would say it.
    fn is_news<'n>(
        &self,
        entry: &Entry,
        mut news: impl Iterator<Item = &'n News>,
    ) -> Result<bool, StoreError> {
        let now = entry.position.time.timestamp_millis();
        let before = match self.touched_ms(&TouchKey::News)? {
            // It was never touched.
            0 => now,
            touched => touched,
        };
        Ok(news.any(|news| news.published >= before.min(now) - NEWS_AGE_MS))
    }
}

/// Sitemaps have what is public and was first published here: they list canonical addresses.
fn is_in_sitemaps(family: &Family) -> bool {
    family.article.removed.is_none() && family.content.article.canonical.is_none()
}

fn sitemap_fields(family: &Family) -> Option<SitemapFields> {
    let article = &family.article;
    is_in_sitemaps(family).then(|| SitemapFields {
        slug: family.slug.clone().unwrap_or_default(),
        published: article.published,
        updated: article.stamp,
    })
}

fn news(family: &Family) -> Option<News> {
    let article = &family.article;
    is_in_sitemaps(family).then(|| News {
        slug: family.slug.clone().unwrap_or_default(),
        published: article.published,
        headline: family.content.article.headline.clone(),
        language: family.content.article.language.clone(),
    })
}
