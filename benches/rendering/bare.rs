//! The `rss` and `atom_syndication` crates alone, as anyone would use them.

use atom_syndication as atom;
use chrono::{DateTime, FixedOffset, Utc};
use courant::resource::Format;
use rss::extension::dublincore::DublinCoreExtension;

use super::fields::{Fields, Item};
use super::{Made, Maker, Result, timed};

pub struct Bare<'a>(pub &'a Fields);

impl Maker for Bare<'_> {
    fn name(&self) -> &'static str {
        "rss, atom_syndication"
    }

    fn lacks(&self) -> &'static str {
        "captions, credits and sizes of photographs, contributors, a stylesheet, the self link of RSS"
    }

    fn makes(&self, format: Format) -> bool {
        format != Format::Json
    }

    fn make(&mut self, format: Format) -> Result<Made> {
        Ok(timed(|| document(self.0, format).into_bytes()))
    }

    fn show(&mut self, format: Format) -> Result<String> {
        Ok(document(self.0, format))
    }
}

fn document(fields: &Fields, format: Format) -> String {
    match format {
        Format::Rss => channel(fields).to_string(),
        Format::Atom | Format::Json => feed(fields).to_string(),
    }
}

fn channel(fields: &Fields) -> rss::Channel {
    rss::Channel {
        title: fields.title.clone(),
        link: fields.page.clone(),
        description: fields.title.clone(),
        language: Some(fields.language.clone()),
        last_build_date: Some(fields.updated.to_rfc2822()),
        items: fields.items.iter().map(item).collect(),
        ..Default::default()
    }
}

fn item(item: &Item) -> rss::Item {
    let categories = item.categories.iter().map(|category| rss::Category {
        name: category.label.clone(),
        domain: Some(category.scheme.clone()),
    });
    rss::Item {
        title: Some(item.title.clone()),
        link: Some(item.url.clone()),
        description: Some(item.summary.clone()),
        categories: categories.collect(),
        guid: Some(rss::Guid {
            value: item.id.clone(),
            permalink: false,
        }),
        pub_date: Some(item.published.to_rfc2822()),
        content: Some(item.html.clone()),
        dublin_core_ext: Some(DublinCoreExtension {
            creators: item.authors.clone(),
            ..Default::default()
        }),
        ..Default::default()
    }
}

fn feed(fields: &Fields) -> atom::Feed {
    let link = |rel: &str, href: &str, kind: &str| atom::Link {
        href: href.to_owned(),
        rel: rel.to_owned(),
        mime_type: Some(kind.to_owned()),
        ..Default::default()
    };
    atom::Feed {
        title: atom::Text::plain(fields.title.clone()),
        id: fields.id.clone(),
        updated: fixed(fields.updated),
        authors: vec![person(&fields.publisher)],
        links: vec![
            link("self", &fields.self_urls[1], "application/atom+xml"),
            link("alternate", &fields.page, "text/html"),
        ],
        lang: Some(fields.language.clone()),
        entries: fields
            .items
            .iter()
            .map(|item| atom::Entry {
                title: atom::Text::plain(item.title.clone()),
                id: item.id.clone(),
                updated: fixed(item.updated),
                authors: item.authors.iter().map(|name| person(name)).collect(),
                categories: item
                    .categories
                    .iter()
                    .map(|category| atom::Category {
                        term: category.term.clone(),
                        scheme: Some(category.scheme.clone()),
                        label: Some(category.label.clone()),
                    })
                    .collect(),
                links: vec![link("alternate", &item.url, "text/html")],
                published: Some(fixed(item.published)),
                summary: Some(atom::Text::plain(item.summary.clone())),
                content: Some(atom::Content {
                    value: Some(item.html.clone()),
                    content_type: Some("html".to_owned()),
                    ..Default::default()
                }),
                ..Default::default()
            })
            .collect(),
        ..Default::default()
    }
}

fn person(name: &str) -> atom::Person {
    atom::Person {
        name: name.to_owned(),
        ..Default::default()
    }
}

fn fixed(time: DateTime<Utc>) -> DateTime<FixedOffset> {
    time.fixed_offset()
}
