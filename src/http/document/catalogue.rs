//! The documents that list addresses: feeds, sitemaps, robots.txt, and the style that feeds share.

use std::sync::Arc;

use crate::feed::{self, OPML_TYPE, SITEMAP_TYPE};
use crate::page;
use crate::publication::Publication;
use crate::resource::{BaseUrl, Resource};
use crate::store::{Position, Store, StoreError, TouchKey};

use super::Answer;
use super::dependencies::DependsOn;
use super::rendered::{CSS, Rendered};
use crate::http::response::{CachePolicy, Representation};

/// The listing at `resource`, if it is one and there is something in it.
pub(crate) fn listing(
    store: &Store,
    publication: &Publication,
    base: &BaseUrl,
    resource: &Resource,
) -> Result<Option<Rendered>, StoreError> {
    let of_lists = |body: Vec<u8>, content_type, policy| -> Result<Option<Rendered>, StoreError> {
        let touched = store.touch(&TouchKey::SectionsAndFeeds)?;
        Ok(Some(rendered_at(
            body,
            content_type,
            policy,
            TouchKey::SectionsAndFeeds,
            touched,
        )))
    };
    let (live, style) = (CachePolicy::Live, CachePolicy::Style);
    match resource {
        Resource::FeedStyle => of_lists(feed::style(publication, base), CSS, style),
        Resource::PageStyle => of_lists(page::style(publication), CSS, style),
        Resource::Manifest => {
            let body = page::manifest(publication, base);
            of_lists(body, page::MANIFEST_TYPE, style)
        }
        Resource::Favicon => match page::icon(publication, base) {
            Some(address) => Ok(Some(Rendered::moved(address, TouchKey::SectionsAndFeeds))),
            None => {
                let drawn = page::drawn_icon(publication);
                of_lists(drawn, page::DRAWN_TYPE, style)
            }
        },
        Resource::Preview => of_lists(page::preview(publication), page::PREVIEW_TYPE, style),
        Resource::Opml => {
            let touched = store.touch(&TouchKey::SectionsAndFeeds)?;
            let body = feed::opml(publication, base, touched.time);
            of_lists(body, OPML_TYPE, live)
        }
        Resource::SitemapPages => {
            let body = feed::sitemap_pages(publication, base);
            of_lists(body, SITEMAP_TYPE, live)
        }
        Resource::Robots => of_lists(feed::robots(base), "text/plain; charset=utf-8", live),
        Resource::Sitemap => {
            let (touched, parts) = store.sitemap_parts()?;
            let body = feed::sitemap_index(base, &parts);
            Ok(Some(rendered_at(
                body,
                SITEMAP_TYPE,
                live,
                TouchKey::Sitemap,
                touched,
            )))
        }
        Resource::SitemapPart(month, number) => {
            let (touched, articles) = store.sitemap_part(*month, *number)?;
            if articles.is_empty() {
                return Ok(None);
            }
            let body = feed::sitemap_part(base, &articles);
            let key = TouchKey::Month(*month);
            Ok(Some(rendered_at(body, SITEMAP_TYPE, live, key, touched)))
        }
        Resource::SitemapNews => {
            let (touched, news) = store.news()?;
            let body = feed::sitemap_news(publication, base, &news);
            Ok(Some(rendered_at(
                body,
                SITEMAP_TYPE,
                live,
                TouchKey::News,
                touched,
            )))
        }
        Resource::Feed(..)
        | Resource::Archive(..)
        | Resource::Page(_)
        | Resource::ArchivePage(..)
        | Resource::MonthPage(..)
        | Resource::CaptionPage(_)
        | Resource::Onward(_)
        | Resource::Newest
        | Resource::Item(_)
        | Resource::Media { .. }
        | Resource::Day(_)
        | Resource::DaysOfMonth(_)
        | Resource::Days
        | Resource::Sections
        | Resource::Names(..)
        | Resource::Subscribe
        | Resource::ArticleCard(_)
        | Resource::CaptionCard(_)
        | Resource::SectionCard(_)
        | Resource::CardOfArticle(_)
        | Resource::CardStyle
        | Resource::CardScript
        | Resource::EmbedScript
        | Resource::PageScript => Ok(None),
    }
}

fn rendered_at(
    body: Vec<u8>,
    content_type: &'static str,
    policy: CachePolicy,
    key: TouchKey,
    touched: Position,
) -> Rendered {
    let representation = Representation::new(body, content_type, policy, Some(touched.time));
    Rendered {
        answer: Answer::Found(Arc::new(representation)),
        depends_on: DependsOn::Key(key),
        touched,
    }
}
