//! Sitemaps (sitemaps.org 0.9), Google's news sitemap, and robots.txt, which leads to both.

use chrono::{DateTime, SecondsFormat, Utc};
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, Event};

use crate::content::Words;
use crate::publication::{NameKind, Publication};
use crate::resource::{BaseUrl, Resource, Subject};
use crate::store::{NewsArticle, SitemapArticle, SitemapPart};

use super::text_element::text;

/// Search engines take no type of its own for sitemaps.
pub const SITEMAP_TYPE: &str = "application/xml; charset=utf-8";

const SITEMAP: &str = "http://www.sitemaps.org/schemas/sitemap/0.9";
const NEWS: &str = "http://www.google.com/schemas/sitemap-news/0.9";

type WriteResult = std::io::Result<()>;

/// The list of sitemaps.
pub fn sitemap_index(base: &BaseUrl, parts: &[SitemapPart]) -> Vec<u8> {
    document("sitemapindex", &[("xmlns", SITEMAP)], |writer| {
        let pages = base.url(&Resource::SitemapPages);
        element(writer, "sitemap", |writer| text(writer, "loc", &pages))?;
        parts.iter().try_for_each(|part| {
            let address = base.url(&Resource::SitemapPart(part.month, part.number));
            element(writer, "sitemap", |writer| {
                text(writer, "loc", &address)?;
                text(writer, "lastmod", &date(part.touched.time))
            })
        })
    })
}

/// The pages that list articles: the front page, the photographs, sections and named feeds, and those that lead to all
/// sections, days, tags and authors.
pub fn sitemap_pages(publication: &Publication, base: &BaseUrl) -> Vec<u8> {
    let sections = publication.sections.iter();
    let sections = sections.map(|section| Subject::Section(section.slug.clone()));
    let feeds = publication.feeds.iter();
    let feeds = feeds.map(|query| Subject::Named(query.name.clone()));
    let subjects = [Subject::Publication, Subject::Captions];
    let subjects = subjects.into_iter().chain(sections).chain(feeds);
    document("urlset", &[("xmlns", SITEMAP)], |writer| {
        let pages = subjects.map(Resource::Page);
        let names = NameKind::ALL.map(|kind| Resource::Names(kind, 1));
        let lists = [Resource::Sections, Resource::Days]
            .into_iter()
            .chain(names);
        pages.chain(lists).try_for_each(|page| {
            element(writer, "url", |writer| {
                text(writer, "loc", &base.url(&page))
            })
        })
    })
}

/// A month's articles.
pub fn sitemap_part(base: &BaseUrl, articles: &[SitemapArticle]) -> Vec<u8> {
    document("urlset", &[("xmlns", SITEMAP)], |writer| {
        articles.iter().try_for_each(|article| {
            element(writer, "url", |writer| {
                text(writer, "loc", &article_url(base, &article.slug))?;
                text(writer, "lastmod", &date(article.updated))
            })
        })
    })
}

/// The news of the last two days; where there are none, the front page alone, since a list of nothing is not valid.
pub fn sitemap_news(publication: &Publication, base: &BaseUrl, news: &[NewsArticle]) -> Vec<u8> {
    let namespaces = [("xmlns", SITEMAP), ("xmlns:news", NEWS)];
    document("urlset", &namespaces, |writer| {
        if news.is_empty() {
            let front = base.url(&Resource::Page(Subject::Publication));
            element(writer, "url", |writer| text(writer, "loc", &front))?;
        }
        news.iter().try_for_each(|article| {
            let language = article.language.as_ref().unwrap_or(&publication.language);
            element(writer, "url", |writer| {
                text(writer, "loc", &article_url(base, &article.slug))?;
                element(writer, "news:news", |writer| {
                    element(writer, "news:publication", |writer| {
                        text(writer, "news:name", &publication.title)?;
                        text(writer, "news:language", &news_language(language))
                    })?;
                    text(writer, "news:publication_date", &date(article.published))?;
                    text(writer, "news:title", &article.headline)
                })
            })
        })
    })
}

/// Everything may be read; here is where it is listed.
pub fn robots(base: &BaseUrl) -> Vec<u8> {
    let (all, news) = (
        base.url(&Resource::Sitemap),
        base.url(&Resource::SitemapNews),
    );
    format!("User-agent: *\nDisallow:\n\nSitemap: {all}\nSitemap: {news}\n").into_bytes()
}

/// Google takes two or three letters, and tells Chinese apart by country.
fn news_language(tag: &str) -> String {
    match Words::of(tag).language {
        "zh-Hant" => "zh-tw".to_owned(),
        "zh-Hans" => "zh-cn".to_owned(),
        _ => {
            let primary = tag.split('-').next().unwrap_or(tag);
            primary.to_ascii_lowercase()
        }
    }
}

fn article_url(base: &BaseUrl, slug: &str) -> String {
    base.url(&Resource::Page(Subject::Article(slug.to_owned())))
}

fn date(moment: DateTime<Utc>) -> String {
    moment.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

fn document(
    root: &str,
    namespaces: &[(&str, &str)],
    content: impl FnOnce(&mut Writer<Vec<u8>>) -> WriteResult,
) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new());
    let written = writer
        .write_event(Event::Decl(BytesDecl::new("1.0", Some("utf-8"), None)))
        .and_then(|()| {
            let root = writer.create_element(root);
            root.with_attributes(namespaces.iter().copied())
                .write_inner_content(content)
                .map(|_| ())
        });
    // Writing to memory cannot fail.
    let _ = written;
    writer.into_inner()
}

fn element(
    writer: &mut Writer<Vec<u8>>,
    name: &str,
    content: impl FnOnce(&mut Writer<Vec<u8>>) -> WriteResult,
) -> WriteResult {
    writer.create_element(name).write_inner_content(content)?;
    Ok(())
}
