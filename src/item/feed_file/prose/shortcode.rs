//! WordPress's shortcodes: those for pictures become figures, those that play something become links.
//!
//! Only words in brackets that are known are taken for shortcodes; `[sic]` stays what it is, and what looks like a shortcode
//! of some plug-in stays and is told.

use super::super::{Picture, Survey};

/// What a shortcode was found to be.
struct Shortcode<'t> {
    name: &'t str,
    attributes: &'t str,
    /// What stands between it and its end, if it has one.
    inside: Option<&'t str>,
    /// How many bytes all of it takes.
    length: usize,
}

const CAPTIONS: &[&str] = &["caption", "wp_caption"];

const PLAYERS: &[&str] = &[
    "embed",
    "video",
    "audio",
    "playlist",
    "youtube",
    "vimeo",
    "soundcloud",
    "tweet",
    "instagram",
    "facebook",
    "dailymotion",
];

/// A shortcode with all that is in it has at most this many bytes.
const MAX_SHORTCODE_BYTES: usize = 64 * 1024;

/// What page builders call rows, columns and the like.
const LAYOUTS: &[&str] = &["vc_", "et_pb_", "fusion_"];

/// Writes `html` with its shortcodes as HTML.
pub(super) fn expand(
    html: &str,
    post: Option<u64>,
    survey: &Survey,
    left_out: &mut Vec<String>,
) -> String {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = rest.find('[') {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let Some(shortcode) = shortcode(from) else {
            if let Some(length) = layout(from) {
                rest = from.get(length..).unwrap_or_default();
                continue;
            }
            if let Some(name) = unknown(from) {
                left_out.push(format!("[{name}] (it stays in the text as it is)"));
            }
            out.push('[');
            rest = from.get(1..).unwrap_or_default();
            continue;
        };
        let name = shortcode.name;
        if CAPTIONS.contains(&name) {
            out.push_str(&figure(&shortcode));
        } else if name == "gallery" {
            out.push_str(&gallery(&shortcode, post, survey, left_out));
        } else {
            match address(&shortcode) {
                Some(address) => {
                    left_out.push(format!("[{name}] (a link to it stays)"));
                    out.push_str(&link(address));
                }
                None => left_out.push(format!("[{name}]")),
            }
            out.push_str(words(&shortcode));
        }
        rest = from.get(shortcode.length..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

/// The beginning of a text, in which a shortcode ends or is none: a text of nothing but openings is not looked through
/// again for each.
fn near(from: &str) -> &str {
    let end = from.floor_char_boundary(MAX_SHORTCODE_BYTES);
    from.get(..end).unwrap_or(from)
}

fn shortcode(from: &str) -> Option<Shortcode<'_>> {
    let from = near(from);
    let inner = from.strip_prefix('[')?;
    let end = inner.find(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-')?;
    let name = inner.get(..end)?;
    let is_known = CAPTIONS.contains(&name) || PLAYERS.contains(&name) || name == "gallery";
    // Within a tag, attributes hold no bracket.
    let close = inner.find(']').filter(|_| is_known)?;
    let attributes = inner.get(end..close)?.trim().trim_end_matches('/');
    let head = 1 + close + 1;
    let last = format!("[/{name}]");
    let inside = from
        .get(head..)?
        .split_once(&last)
        .map(|(inside, _)| inside);
    // Another one of its kind begins first: this one has no end.
    let inside = inside.filter(|inside| !inside.contains(&format!("[{name}")));
    let length = head + inside.map_or(0, |inside| inside.len() + last.len());
    Some(Shortcode {
        name,
        attributes,
        inside,
        length,
    })
}

/// The length of a shortcode that only lays out what is between it and its end.
fn layout(from: &str) -> Option<usize> {
    let inner = from.strip_prefix('[')?;
    let name = inner.strip_prefix('/').unwrap_or(inner);
    let lays_out = LAYOUTS.iter().any(|prefix| name.starts_with(prefix));
    let end = near(from).find(']').filter(|_| lays_out)?;
    Some(end + 1)
}

/// The name of what has attributes, or an end, as shortcodes do.
fn unknown(from: &str) -> Option<&str> {
    let inner = near(from).strip_prefix('[')?;
    let (tag, _) = inner.split_once(']')?;
    let name = tag.split_ascii_whitespace().next()?;
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let bare = name.strip_prefix('/').unwrap_or(name);
    let looks_so = tag.contains("=\"") || name.len() > bare.len();
    (looks_so && !bare.is_empty() && bare.chars().all(is_name)).then_some(name)
}

fn attribute<'t>(shortcode: &Shortcode<'t>, name: &str) -> Option<&'t str> {
    let key = format!("{name}=");
    let at = shortcode
        .attributes
        .match_indices(&key)
        .map(|(at, _)| at)
        .find(|at| {
            let before = shortcode.attributes.get(..*at).unwrap_or_default();
            before.is_empty() || before.ends_with(char::is_whitespace)
        })?;
    let value = shortcode.attributes.get(at + key.len()..)?;
    match value.chars().next()? {
        quote @ ('"' | '\'') => value.get(1..)?.split(quote).next(),
        _ => value.split_ascii_whitespace().next(),
    }
}

/// `[caption]<img> words[/caption]`; in old posts the words are an attribute.
fn figure(shortcode: &Shortcode<'_>) -> String {
    let inside = shortcode.inside.unwrap_or_default();
    let (picture, words) = match inside.find("<img") {
        None => ("", inside),
        Some(at) => {
            let from_picture = inside.get(at..).unwrap_or_default();
            let tag_end = from_picture
                .find('>')
                .map_or(inside.len(), |end| at + end + 1);
            let behind = inside.get(tag_end..).unwrap_or_default();
            let close = match behind.trim_start().starts_with("</a>") {
                true => behind.find("</a>").map_or(0, |link| link + "</a>".len()),
                false => 0,
            };
            inside
                .split_at_checked(tag_end + close)
                .unwrap_or((inside, ""))
        }
    };
    let words = match words.trim() {
        "" => attribute(shortcode, "caption").unwrap_or_default(),
        words => words,
    };
    format!("\n\n<figure>{picture}<figcaption>{words}</figcaption></figure>\n\n")
}

/// `[gallery ids="…"]`; without numbers it is of the pictures that were uploaded with the post.
fn gallery(
    shortcode: &Shortcode<'_>,
    post: Option<u64>,
    survey: &Survey,
    left_out: &mut Vec<String>,
) -> String {
    let named = attribute(shortcode, "ids").or_else(|| attribute(shortcode, "include"));
    let numbers: Vec<u64> = match named {
        Some(ids) => ids
            .split([',', ' '])
            .filter_map(|id| id.parse().ok())
            .collect(),
        None => post
            .and_then(|post| survey.site.attached.get(&post))
            .cloned()
            .unwrap_or_default(),
    };
    if numbers.is_empty() {
        left_out.push("[gallery] of which the export has no picture".to_owned());
    }
    let mut html = String::from("\n\n");
    for number in numbers {
        match survey.site.attachments.get(&number) {
            Some(picture) => html.push_str(&figure_of(number, picture)),
            None => {
                left_out.push("picture of a [gallery] that the export does not have".to_owned())
            }
        }
    }
    html.push_str("\n\n");
    html
}

fn figure_of(number: u64, picture: &Picture) -> String {
    let escaped = |text: &str| quick_xml::escape::escape(text).into_owned();
    let address = escaped(&picture.address);
    let caption = escaped(picture.library.as_deref().unwrap_or_default());
    format!(
        "<figure><img class=\"wp-image-{number}\" src=\"{address}\"><figcaption>{caption}</figcaption></figure>"
    )
}

fn link(address: &str) -> String {
    let escaped = quick_xml::escape::escape(address);
    format!("<p><a href=\"{escaped}\">{escaped}</a></p>")
}

/// What stands between a player and its end, unless that is the address.
fn words<'t>(shortcode: &Shortcode<'t>) -> &'t str {
    let inside = shortcode.inside.unwrap_or_default();
    let is_address =
        inside.trim().starts_with("http") && !inside.trim().contains(char::is_whitespace);
    if is_address { "" } else { inside }
}

/// Where what it plays lies.
fn address<'t>(shortcode: &Shortcode<'t>) -> Option<&'t str> {
    let is_address = |text: &&str| text.starts_with("https://") || text.starts_with("http://");
    let named = ["src", "url", "mp4", "m4v", "webm", "mp3", "ogg", "href"]
        .iter()
        .find_map(|name| attribute(shortcode, name));
    let inside = shortcode.inside.map(str::trim);
    let bare = shortcode
        .attributes
        .split_ascii_whitespace()
        .map(|word| word.trim_matches(['"', '\'']));
    named.into_iter().chain(inside).chain(bare).find(is_address)
}
