//! Addresses that an article had before it was published here: paths that lead to it for ever.

use std::collections::BTreeSet;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, percent_encode};

use super::{Article, Complaint, Line, Reader};

/// An article that moved between systems has two or three; each is a row, and is looked for at every write of the article.
pub const MAX_FORMER: usize = 30;

/// Maximum length of a path in bytes, as it is kept. WordPress makes names of at most 200 bytes; a name in Han takes
/// nine bytes here for each character.
pub const MAX_FORMER_BYTES: usize = 1_000;

/// The characters that are percent-encoded in a path as it is kept. Commas are, since they separate the keys in headers for
/// caches.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'!')
    .remove(b'$')
    .remove(b'&')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b'+')
    .remove(b';')
    .remove(b'=')
    .remove(b':')
    .remove(b'@')
    .remove(b'/');

/// The parameters that name a story in WordPress's addresses without permalinks.
const NUMBERED: [&str; 2] = ["p", "page_id"];

/// A number in a query has no more digits.
const MAX_DIGITS: usize = 18;

/// Folders of which all is ours, or an address of another system's lists and feeds.
const FOLDERS: [&str; 13] = [
    "api",
    "author",
    "authors",
    "captions",
    "categories",
    "category",
    "comments",
    "embed",
    "feed",
    "feeds",
    "sections",
    "tag",
    "tags",
];

/// Folders of which only what lies directly in them is ours: other sites have articles below folders of these names.
const SHALLOW: [&str; 4] = ["archive", "articles", "days", "media"];

/// Names directly below the root.
const NAMES: [&str; 30] = [
    "atom",
    "atom.xml",
    "captions.atom",
    "captions.json",
    "captions.rss",
    "card.css",
    "card.js",
    "days",
    "embed.v1.js",
    "favicon.ico",
    "feed.atom",
    "feed.css",
    "feed.json",
    "feed.rss",
    "feed.xml",
    "feeds.opml",
    "healthz",
    "index.xml",
    "manifest.webmanifest",
    "metrics",
    "newest",
    "oembed",
    "page.css",
    "page.js",
    "preview.png",
    "readyz",
    "robots.txt",
    "rss",
    "rss.xml",
    "subscribe",
];

/// A former address in the one spelling by which it is kept and looked for: whatever is escaped in it, and whether a slash
/// stands at its end.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FormerPath(String);

impl FormerPath {
    /// The address that a request or a link names; `None` where no article can have had it.
    pub fn of(path: &str, query: Option<&str>) -> Option<Self> {
        let path = spelled(path)?;
        let named = match query {
            Some(query) if path == "/" => format!("/?{}", numbered(query)?),
            _ => path,
        };
        let fits = named != "/" && named.len() <= MAX_FORMER_BYTES;
        fits.then_some(Self(named))
    }

    /// The address as it was written, with a query only where that names the story.
    pub fn parse(text: &str) -> Option<Self> {
        let is_path = text.starts_with('/') && !text.starts_with("//") && !text.contains('#');
        let text = Some(text).filter(|_| is_path)?;
        match text.split_once('?') {
            None => Self::of(text, None),
            Some(("/", query)) if !query.contains('&') => Self::of("/", Some(query)),
            Some(_) => None,
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a request for the root names a story by its number.
    pub fn is_asked(path: &str, query: Option<&str>) -> bool {
        path == "/" && query.and_then(numbered).is_some()
    }

    /// Whether it is an address of this program's own, or one at which it understands another system's feeds.
    pub fn is_own(&self) -> bool {
        let mut segments = self.0.trim_start_matches('/').split('/');
        let first = segments.next().unwrap_or_default();
        let below: Vec<&str> = segments.collect();
        match below.as_slice() {
            [] if first.starts_with("sitemap") && first.ends_with(".xml") => true,
            [] => NAMES.contains(&first) || FOLDERS.contains(&first),
            [.., "index.xml"] => true,
            [_, "more"] if first == "articles" => true,
            below => {
                FOLDERS.contains(&first)
                    || (below.len() == 1 && (SHALLOW.contains(&first) || first == "rss"))
            }
        }
    }
}

/// A path with its escapes spelled one way, and no slash too many; `None` where it has what no address has.
fn spelled(path: &str) -> Option<String> {
    let bytes: Vec<u8> = percent_decode_str(path).collect();
    if !path.starts_with('/') || bytes.iter().any(u8::is_ascii_control) {
        return None;
    }
    let segments = bytes.split(|byte| *byte == b'/');
    let mut spelled = String::new();
    for segment in segments.filter(|segment| !segment.is_empty()) {
        spelled.push('/');
        spelled.extend(percent_encode(segment, ESCAPED));
    }
    if spelled.is_empty() {
        spelled.push('/');
    }
    Some(spelled)
}

/// The pair of a query that names a story by its number, such as `p=123`; other pairs are ignored.
fn numbered(query: &str) -> Option<&str> {
    query.split('&').find(|pair| {
        let digits = |value: &str| {
            !value.is_empty()
                && value.len() <= MAX_DIGITS
                && value.bytes().all(|byte| byte.is_ascii_digit())
        };
        pair.split_once('=')
            .is_some_and(|(name, value)| NUMBERED.contains(&name) && digits(value))
    })
}

impl Article {
    /// Its former addresses as they are kept.
    pub fn former_paths(&self) -> BTreeSet<FormerPath> {
        let former = self.former.iter();
        former.filter_map(|text| FormerPath::parse(text)).collect()
    }
}

/// Reads the former addresses of an article.
pub(super) fn former(reader: &mut Reader<'_>) -> Vec<Line> {
    const KEY: &str = "former";
    let texts = reader.texts_up_to(KEY, MAX_FORMER);
    let line = reader.line_of(KEY);
    for text in &texts {
        let found = format!("{:?}", super::complaint::beginning(text));
        let complaint = match FormerPath::parse(text) {
            None => Complaint::refused(
                line,
                format!(
                    "{KEY} to be paths of this site, such as /2024/03/old-story/ or /?p=123, of at most {MAX_FORMER_BYTES} bytes"
                ),
                found,
                "write what stands behind scheme and host, without another query",
            ),
            Some(path) if path.is_own() => Complaint::refused(
                line,
                format!("{KEY} to be paths that lead to nothing else"),
                format!("{found}, which is an address of Courant's own"),
                "leave it out",
            ),
            Some(_) => continue,
        };
        reader.complain(complaint);
    }
    texts
}

/// Reads where an article was first published.
pub(super) fn canonical(reader: &mut Reader<'_>) -> Option<Line> {
    const KEY: &str = "canonical";
    let address = reader.text(KEY)?;
    if super::attachment::is_address(&address) {
        return Some(address);
    }
    let line = reader.line_of(KEY);
    reader.complain(Complaint::refused(
        line,
        format!("{KEY} to be an absolute address (https://…)"),
        format!("{:?}", &*address),
        "write the whole address at which it was first published",
    ));
    None
}

#[cfg(test)]
mod tests {
    use super::FormerPath;

    fn kept(text: &str) -> Option<String> {
        FormerPath::parse(text).map(|path| path.as_str().to_owned())
    }

    #[test]
    fn one_address_has_one_spelling() {
        for text in [
            "/2024/桥/",
            "/2024/桥",
            "/2024/%e6%a1%a5/",
            "/2024//%E6%A1%A5",
            "/%32024/桥",
        ] {
            assert_eq!(kept(text).as_deref(), Some("/2024/%E6%A1%A5"), "{text}");
        }
        // A stored path keeps its spelling; bytes that are not UTF-8 are valid in a path.
        for text in ["/a%25b", "/%C7%C5.html", "/a%3Fp=1", "/a%2Cb", "/?p=7"] {
            assert_eq!(kept(text).as_deref(), Some(text), "{text}");
        }
        assert_eq!(
            FormerPath::of("/", Some("utm=x&p=12&y")),
            FormerPath::parse("/?p=12")
        );
    }

    #[test]
    fn what_is_no_path_of_a_site_is_none() {
        let long = format!("/{}", "x".repeat(1_000));
        for text in [
            "",
            "/",
            "old",
            "//host/x",
            "https://host/x",
            "/x?y=1",
            "/x#y",
            "/a%0Ab",
            "/?p=x",
            "/?p=",
            "/?p=1&q=2",
            &long,
        ] {
            assert_eq!(kept(text), None, "{text}");
        }
    }
}
