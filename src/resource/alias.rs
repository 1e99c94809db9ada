//! Addresses that people try, and those at which WordPress, Ghost, Blogger, Jekyll and Hugo have their feeds and lists,
//! with the resource here to which each leads.

use std::borrow::Cow;

use ammonia::url::form_urlencoded;
use percent_encoding::percent_decode_str;

use crate::item::slug::{is_slug, slug};

use super::{Format, Resource, Subject};

/// The target of an address that is none of ours, but leads to one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Alias {
    /// The feed of the whole publication, in the format that the request prefers.
    Negotiated,
    /// A page, or the feed in a format. It leads nowhere where there is no such list here.
    To(List, Option<Format>),
    /// A feed of which there is none here, at an address that would give something else.
    Nothing,
}

/// A list as another system names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum List {
    Whole,
    /// A category, by its slug; it may be a section here, or a tag.
    Category(String),
    Tag(String),
    Author(String),
}

impl Alias {
    /// The alias at a path with a query; none where it is no such address.
    pub fn parse(path: &str, query: Option<&str>) -> Option<Self> {
        let query = query.unwrap_or_default();
        let segments: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        match segments.as_slice() {
            [] if path == "/" => Self::of_query(query),
            ["feed"] => Some(Self::Negotiated),
            ["rss" | "rss.xml" | "feed.xml" | "index.xml"] => Some(to(List::Whole, Format::Rss)),
            ["atom" | "atom.xml"] => Some(to(List::Whole, Format::Atom)),
            // Blogger.
            ["feeds", "posts", "default" | "summary"] => Some(to(List::Whole, blogger(query))),
            ["feeds", "posts", "default" | "summary", "-", label] => {
                Some(to(List::Category(named(label)?), blogger(query)))
            }
            // Jekyll.
            ["feed", "by_tag", name] => Some(to(tag(name.strip_suffix(".xml")?)?, Format::Atom)),
            ["feed", name] => match name.strip_suffix(".xml") {
                Some(name) => Some(to(List::Category(named(name)?), Format::Atom)),
                None => Some(to(List::Whole, wordpress(name)?)),
            },
            // Hugo.
            ["post" | "posts" | "blog", "index.xml"] => Some(to(List::Whole, Format::Rss)),
            [list @ .., "index.xml"] => {
                let list = of_list(list).or_else(|| match list {
                    [section] => Some(List::Category(named(section)?)),
                    _ => None,
                });
                Some(to(list?, Format::Rss))
            }
            // WordPress and Ghost.
            [list @ .., "feed", name] => Some(to(of_list(list)?, wordpress(name)?)),
            [list @ .., "feed" | "rss"] => Some(to(of_list(list)?, Format::Rss)),
            // A list of ours stands at this address, with or without a slash too many.
            ["tags", name] if is_slug(name) || is_feed(name) => None,
            list => Some(Self::To(of_list(list)?, None)),
        }
    }

    /// The alias for an address of WordPress without permalinks, which names the list in the query of the root.
    fn of_query(query: &str) -> Option<Self> {
        let parameter = |name: &str| value(query, name);
        let feed = parameter("feed")?;
        if feed.starts_with("comments-") {
            return Some(Self::Nothing);
        }
        let format = wordpress(&feed)?;
        // Categories and people by number, and feeds of the comments on one story.
        let unknown = ["cat", "author", "p", "page_id", "s"];
        let list = match (
            parameter("category_name"),
            parameter("tag"),
            parameter("author_name"),
        ) {
            (Some(category), _, _) => named(category.rsplit('/').next()?).map(List::Category),
            (None, Some(name), _) => tag(&name),
            (None, None, Some(name)) => named(&name).map(List::Author),
            (None, None, None) if unknown.iter().any(|name| parameter(name).is_some()) => None,
            (None, None, None) => Some(List::Whole),
        };
        Some(list.map_or(Self::Nothing, |list| to(list, format)))
    }
}

fn to(list: List, format: Format) -> Alias {
    Alias::To(list, Some(format))
}

impl List {
    /// The subjects that the list may be here, the likeliest first: categories are sections or became tags, and a tag
    /// may be a section.
    pub fn subjects(&self) -> Vec<Subject> {
        match self {
            Self::Whole => vec![Subject::Publication],
            Self::Category(slug) => {
                vec![Subject::Section(slug.clone()), Subject::Tag(slug.clone())]
            }
            Self::Tag(slug) => vec![Subject::Tag(slug.clone()), Subject::Section(slug.clone())],
            Self::Author(slug) => vec![Subject::Author(slug.clone())],
        }
    }

    /// The resource that one of these subjects is, as a page or as a feed.
    pub fn resource(subject: Subject, format: Option<Format>) -> Resource {
        match format {
            Some(format) => Resource::Feed(subject, format),
            None => Resource::Page(subject),
        }
    }
}

/// The list at the path of its page.
fn of_list(path: &[&str]) -> Option<List> {
    match path {
        // Of nested categories the last is meant.
        ["category", .., name] | ["categories", name] => named(name).map(List::Category),
        ["tag" | "tags", name] => tag(name),
        ["author", name] => named(name).map(List::Author),
        _ => None,
    }
}

fn is_feed(name: &str) -> bool {
    let end = name.rsplit_once('.');
    end.is_some_and(|(_, extension)| Format::from_extension(extension).is_some())
}

fn tag(name: &str) -> Option<List> {
    named(name).map(List::Tag)
}

/// A name in an address as the slug that it has here.
fn named(name: &str) -> Option<String> {
    let name: Cow<'_, str> = percent_decode_str(name).decode_utf8().ok()?;
    let is_name = name.len() <= MAX_NAME_BYTES && name.chars().any(char::is_alphanumeric);
    is_name.then(|| match is_slug(&name) {
        true => name.into_owned(),
        false => slug(&name),
    })
}

/// Maximum length of the name of a category or a tag in an address, in bytes.
const MAX_NAME_BYTES: usize = 500;

/// The formats as WordPress calls them.
fn wordpress(name: &str) -> Option<Format> {
    match name {
        "rss" | "rss2" | "rdf" | "feed" => Some(Format::Rss),
        "atom" => Some(Format::Atom),
        "json" => Some(Format::Json),
        _ => None,
    }
}

/// Blogger's feeds are Atom where the query says nothing else.
fn blogger(query: &str) -> Format {
    match value(query, "alt").as_deref() {
        Some("rss") => Format::Rss,
        Some("json") => Format::Json,
        _ => Format::Atom,
    }
}

fn value(query: &str, name: &str) -> Option<String> {
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    let (_, value) = pairs.find(|(key, value)| key == name && !value.is_empty())?;
    Some(value.into_owned())
}

#[cfg(test)]
mod tests {
    use super::{Alias, List};
    use crate::item::FormerPath;
    use crate::resource::{Format, Resource};

    fn parsed(address: &str) -> Option<Alias> {
        let (path, query) = match address.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (address, None),
        };
        Alias::parse(path, query)
    }

    #[test]
    fn lists_are_found_by_the_addresses_that_other_systems_give_them() {
        let category = |name: &str| List::Category(name.to_owned());
        let tag = |name: &str| List::Tag(name.to_owned());
        let author = || List::Author("ann-lind".to_owned());
        for (address, list, format) in [
            ("/?feed=rdf", List::Whole, Some(Format::Rss)),
            ("/?feed=json&utm_source=x", List::Whole, Some(Format::Json)),
            ("/?feed=atom&tag=boats", tag("boats"), Some(Format::Atom)),
            ("/feed/rss2", List::Whole, Some(Format::Rss)),
            (
                "/category/world/eu/feed/atom/",
                category("eu"),
                Some(Format::Atom),
            ),
            ("/category/world/eu/", category("eu"), None),
            (
                "/category/%E6%B8%AF%E5%8F%A3/feed/",
                category("gang-kou"),
                Some(Format::Rss),
            ),
            ("/tag/boats/rss/", tag("boats"), Some(Format::Rss)),
            ("/author/ann-lind/rss/", author(), Some(Format::Rss)),
            ("/author/ann-lind/", author(), None),
            (
                "/feeds/posts/summary?alt=rss",
                List::Whole,
                Some(Format::Rss),
            ),
            (
                "/feeds/posts/default/-/City%20Hall",
                category("city-hall"),
                Some(Format::Atom),
            ),
            ("/feed/news.xml", category("news"), Some(Format::Atom)),
            ("/feed/by_tag/boats.xml", tag("boats"), Some(Format::Atom)),
            ("/tags/boats/index.xml", tag("boats"), Some(Format::Rss)),
            (
                "/categories/news/index.xml",
                category("news"),
                Some(Format::Rss),
            ),
            ("/posts/index.xml", List::Whole, Some(Format::Rss)),
            ("/news/index.xml", category("news"), Some(Format::Rss)),
        ] {
            assert_eq!(parsed(address), Some(Alias::To(list, format)), "{address}");
        }
    }

    #[test]
    fn what_is_no_list_is_no_alias() {
        for address in [
            "/",
            "/?utm_source=x",
            "/?p=7",
            "/?feed=",
            "/?feed=nonsense",
            "/comments/feed/",
            "/tags/boats",
            "/tags/boats.rss",
            "/2024/03/story/feed/",
            "/category/",
            "/feed/nonsense",
            "/articles/tram",
            "//",
        ] {
            assert_eq!(parsed(address), None, "{address}");
        }
        assert_eq!(parsed("/?feed=comments-rss2"), Some(Alias::Nothing));
        assert_eq!(parsed("/?feed=rss2&cat=3"), Some(Alias::Nothing));
    }

    #[test]
    fn no_article_can_have_had_an_address_of_ours() {
        for path in [
            "/subscribe",
            "/embed.v1.js",
            "/card.css",
            "/card.js",
            "/page.js",
            "/page.css",
            "/feed.css",
            "/feeds.opml",
            "/sitemap.xml",
            "/sitemap-pages.xml",
            "/sitemap-news.xml",
            "/robots.txt",
            "/sitemap-2025-02.xml",
            "/captions",
            "/captions.rss",
            "/feed.json",
            "/archive/1.rss",
            "/sections/city",
            "/sections/city.rss",
            "/sections/city/archive/2.atom",
            "/tags/a",
            "/authors/a",
            "/articles/tram",
            "/articles/tram.json",
            "/feeds/named",
            "/feeds/named.rss",
            "/days/2025-02-28",
            "/captions/01a05bfb-7000-7718-a56f-62f784e61c00",
            "/embed/a/01a05bfb-7000-7718-a56f-62f784e61c00",
            "/media/00112233445566778899aabbccddeeff.jpg",
        ] {
            assert!(Resource::parse(path).is_some(), "{path}");
            assert!(
                FormerPath::parse(path).is_some_and(|path| path.is_own()),
                "{path}"
            );
        }
        for path in [
            "/feed/",
            "/rss/",
            "/atom.xml",
            "/feed/atom/",
            "/category/a/b/",
            "/tag/x/feed/",
            "/author/x/",
            "/feeds/posts/default",
            "/feed/news.xml",
            "/news/index.xml",
            "/categories/x/",
        ] {
            assert!(parsed(path).is_some(), "{path}");
            assert!(
                FormerPath::parse(path).is_some_and(|path| path.is_own()),
                "{path}"
            );
        }
        for path in [
            "/2024/03/old-story/",
            "/articles/2024/old",
            "/media/2024/old.html",
            "/?p=7",
        ] {
            assert!(
                FormerPath::parse(path).is_some_and(|path| !path.is_own()),
                "{path}"
            );
        }
    }
}
