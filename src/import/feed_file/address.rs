//! The addresses that items had on their old site.

use percent_encoding::percent_decode_str;

use crate::item::html::Url;
use crate::item::{FormerPath, Line};

use super::OlderItem;

/// The part of `address` that names an item on the site at `site`: its path, or the number by which WordPress finds it.
/// `None` for an address of another host.
pub(super) fn path_of(address: &str, site: Option<&Url>) -> Option<String> {
    let url = parsed(address)?;
    if site.is_some_and(|site| host(site) != host(&url)) {
        return None;
    }
    let is_root = url.path() == "/";
    match url.query() {
        Some(query) if is_root => Some(FormerPath::of("/", Some(query))?.as_str().to_owned()),
        Some(query) => Some(format!("{}?{query}", readable(url.path()))),
        None if is_root => None,
        None => Some(readable(url.path())),
    }
}

/// The path with another name at its end.
pub(super) fn renamed(path: &str, name: &str) -> Option<String> {
    let bare = path.trim_end_matches('/');
    let (folder, _) = bare.rsplit_once('/')?;
    let end = if bare == path { "" } else { "/" };
    Some(format!("{folder}/{}{end}", readable(name)))
}

/// Whether a site lies at the root of its host, so that numbers in queries of the root are its own.
pub(super) fn is_at_root(site: Option<&Url>) -> bool {
    site.is_none_or(|site| site.path() == "/")
}

/// The key of an address under which texts may link to a story: its host and path.
pub(super) fn key(address: &str) -> Option<String> {
    key_of(&parsed(address)?)
}

fn key_of(url: &Url) -> Option<String> {
    let path = FormerPath::of(url.path(), url.query())?;
    Some(format!("{}{}", host(url), path.as_str()))
}

impl OlderItem {
    /// The addresses under which texts of its site may link to it, as `key` spells them.
    pub fn link_keys(&self) -> Vec<String> {
        let Some(url) = self.link.as_deref().and_then(parsed) else {
            return Vec::new();
        };
        let former = self.former.iter();
        let former = former.filter_map(|text| FormerPath::parse(text));
        let former = former.map(|path| format!("{}{}", host(&url), path.as_str()));
        key_of(&url).into_iter().chain(former).collect()
    }
}

/// The address at which an item says that it was first published; `None` if that is its own.
pub(super) fn canonical(address: Option<String>, link: Option<&str>) -> Option<String> {
    let address = address?;
    let url = parsed(&address)?;
    Line::parse(&address)?;
    let is_own = link
        .and_then(key)
        .is_some_and(|own| key_of(&url) == Some(own));
    (!is_own).then_some(address)
}

/// An address of the web, parsed; `None` for any other.
pub(super) fn parsed(address: &str) -> Option<Url> {
    let url = Url::parse(address.trim()).ok()?;
    (matches!(url.scheme(), "http" | "https") && url.has_host()).then_some(url)
}

fn host(url: &Url) -> &str {
    let host = url.host_str().unwrap_or_default();
    host.strip_prefix("www.").unwrap_or(host)
}

/// The path without escapes, where it stays the same address without them.
fn readable(path: &str) -> String {
    let decoded = percent_decode_str(path).decode_utf8();
    let is_plain =
        |text: &str| !text.contains(|c: char| c.is_control() || c == ' ' || "%?#\\".contains(c));
    match decoded {
        Ok(text) if is_plain(&text) => text.into_owned(),
        _ => path.to_owned(),
    }
}
