//! What every maker of a document is given, in terms that all of them know, and a check that all of it came out.

use chrono::{DateTime, Utc};
use courant::feed::Feed;
use courant::resource::Format;
use serde_json::{Value, json};

use super::Result;

pub struct Fields {
    pub title: String,
    pub id: String,
    pub page: String,
    pub language: String,
    pub updated: DateTime<Utc>,
    pub publisher: String,
    pub self_urls: [String; 3],
    pub items: Vec<Item>,
}

pub struct Item {
    pub id: String,
    pub title: String,
    pub url: String,
    pub summary: String,
    pub html: String,
    pub published: DateTime<Utc>,
    pub updated: DateTime<Utc>,
    pub authors: Vec<String>,
    pub categories: Vec<Category>,
}

pub struct Category {
    pub term: String,
    pub scheme: String,
    pub label: String,
}

impl Fields {
    pub fn of(feed: &Feed) -> Self {
        let items = feed.entries.iter().map(|entry| Item {
            id: entry.id.guid.clone(),
            title: entry.title.clone(),
            url: entry.url.clone(),
            summary: entry.summary.clone(),
            html: entry.html.clone(),
            published: entry.published,
            updated: entry.updated,
            authors: entry.authors.iter().map(ToString::to_string).collect(),
            categories: entry
                .categories
                .iter()
                .map(|category| Category {
                    term: category.term.clone(),
                    scheme: category.scheme.clone(),
                    label: category.label.clone(),
                })
                .collect(),
        });
        Self {
            title: feed.title.clone(),
            id: feed.id.to_string(),
            page: feed.page_url(),
            language: feed.language.to_string(),
            updated: feed.updated,
            publisher: feed.publisher.to_string(),
            self_urls: Format::ALL.map(|format| feed.self_url(format)),
            items: items.collect(),
        }
    }

    /// For peers that are programs of their own.
    pub fn to_json(&self) -> Value {
        let items = self.items.iter().map(|item| {
            let categories = item.categories.iter().map(|category| {
                json!({ "term": category.term, "scheme": category.scheme, "label": category.label })
            });
            json!({
                "id": item.id,
                "title": item.title,
                "url": item.url,
                "summary": item.summary,
                "html": item.html,
                "published": item.published,
                "updated": item.updated,
                "authors": item.authors,
                "categories": categories.collect::<Vec<_>>(),
            })
        });
        json!({
            "title": self.title,
            "id": self.id,
            "page": self.page,
            "language": self.language,
            "updated": self.updated,
            "publisher": self.publisher,
            "self": { "rss": self.self_urls[0], "atom": self.self_urls[1], "json": self.self_urls[2] },
            "items": items.collect::<Vec<_>>(),
        })
    }

    /// Reads a document back: whoever leaves something out is not measured.
    ///
    /// # Errors
    /// Where an item, its id, title, text, authors or categories are missing.
    pub fn hold(&self, document: &str, by: &str) -> Result<()> {
        let feed = feed_rs::parser::parse(document.as_bytes())?;
        for item in &self.items {
            let lost = |what: &str| format!("{by} lost the {what} of {}", item.id);
            let found = feed.entries.iter().find(|entry| entry.id == item.id);
            let found = found.ok_or_else(|| lost("entry"))?;
            let title = found.title.as_ref().map(|title| &*title.content);
            let html = found
                .content
                .as_ref()
                .and_then(|content| content.body.as_deref());
            // A reader may trim what it reads.
            let whole = html.is_some_and(|html| html.trim() == item.html.trim());
            for (what, kept) in [
                ("title", title == Some(&item.title)),
                ("text", whole),
                ("summary", found.summary.is_some()),
                (
                    "authors",
                    !found.authors.is_empty() || item.authors.is_empty(),
                ),
                (
                    "categories",
                    found.categories.len() >= item.categories.len(),
                ),
                ("date", found.published == Some(item.published)),
            ] {
                if !kept {
                    return Err(lost(what).into());
                }
            }
        }
        Ok(())
    }
}
