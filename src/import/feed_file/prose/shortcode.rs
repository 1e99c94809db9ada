//! WordPress's shortcodes: those for pictures become figures, those that play something become links.
//!
//! Only words in brackets that are known are taken for shortcodes; `[sic]` stays as it is, and a word that looks like a
//! shortcode of some plug-in stays and is reported.

use super::super::{Picture, Survey};
use super::ahead::Ahead;

/// A shortcode in a text, divided into its parts.
struct Shortcode<'t> {
    name: &'t str,
    attributes: &'t str,
    /// The text between it and its end, if it has one.
    inside: Option<&'t str>,
    /// Length of the whole shortcode in bytes, up to its end.
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

/// Prefixes of the shortcodes that page builders use for rows, columns and the like.
const LAYOUTS: &[&str] = &["vc_", "et_pb_", "fusion_"];

/// Writes `html` with its shortcodes as HTML.
pub(super) fn expand(
    html: &str,
    post: Option<u64>,
    survey: &Survey,
    left_out: &mut Vec<String>,
) -> String {
    let mut out = String::with_capacity(html.len());
    let mut openings = Openings::of(html);
    let mut done = 0;
    while let Some(at) = openings.ahead.find("[", done) {
        out.push_str(html.get(done..at).unwrap_or_default());
        let Some(shortcode) = openings.shortcode(at) else {
            if let Some(length) = openings.layout(at) {
                done = at + length;
                continue;
            }
            if let Some(name) = openings.unknown(at) {
                left_out.push(format!("[{name}] (it stays in the text as it is)"));
            }
            out.push('[');
            done = at + 1;
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
        done = at + shortcode.length;
    }
    out.push_str(html.get(done..).unwrap_or_default());
    out
}

/// The opening brackets of a text, looked at in their order.
struct Openings<'t> {
    html: &'t str,
    ahead: Ahead<'t>,
}

impl<'t> Openings<'t> {
    fn of(html: &'t str) -> Self {
        Self {
            html,
            ahead: Ahead::of(html),
        }
    }

    /// The text behind the opening bracket at `at`.
    fn behind(&self, at: usize) -> &'t str {
        self.html.get(at + 1..).unwrap_or_default()
    }

    /// The place at which the bracket at `at` closes; `None` where a shortcode would be too long.
    fn close(&mut self, at: usize) -> Option<usize> {
        let close = self.ahead.find("]", at)?;
        (close - at < MAX_SHORTCODE_BYTES).then_some(close)
    }

    fn shortcode(&mut self, at: usize) -> Option<Shortcode<'t>> {
        let (name, _) = split_name(self.behind(at));
        let is_known = CAPTIONS.contains(&name) || PLAYERS.contains(&name) || name == "gallery";
        if !is_known {
            return None;
        }
        // Within a tag, attributes hold no bracket.
        let close = self.close(at)?;
        let attributes = self.html.get(at + 1 + name.len()..close)?;
        let attributes = attributes.trim().trim_end_matches('/');
        let head = close + 1;
        let last = format!("[/{name}]");
        let end = self.ahead.find(&last, head);
        let end = end.filter(|end| end + last.len() - at <= MAX_SHORTCODE_BYTES);
        // Another one of its kind begins first: this one has no end.
        let again = self.ahead.find(&format!("[{name}"), head);
        let end = end.filter(|end| again.is_none_or(|again| again > *end));
        Some(Shortcode {
            name,
            attributes,
            inside: end.and_then(|end| self.html.get(head..end)),
            length: end.map_or(head, |end| end + last.len()) - at,
        })
    }

    /// The length in bytes of a shortcode that only lays out the text between it and its end.
    fn layout(&mut self, at: usize) -> Option<usize> {
        let inner = self.behind(at);
        let name = inner.strip_prefix('/').unwrap_or(inner);
        if !LAYOUTS.iter().any(|prefix| name.starts_with(prefix)) {
            return None;
        }
        Some(self.close(at)? + 1 - at)
    }

    /// The name of a bracket that has attributes, or ends another, as shortcodes of plug-ins do.
    fn unknown(&mut self, at: usize) -> Option<&'t str> {
        let inner = self.behind(at);
        let tag = inner.trim_ascii_start();
        let bare = tag.strip_prefix('/').unwrap_or(tag);
        let (bare_name, behind) = split_name(bare);
        let ends = behind.starts_with(|c: char| c == ']' || c.is_ascii_whitespace());
        if bare_name.is_empty() || !ends {
            return None;
        }
        let close = self.close(at)?;
        let is_end = tag.len() > bare.len();
        let looks_so = is_end
            || self
                .ahead
                .find("=\"", at)
                .is_some_and(|place| place < close);
        let name = tag.get(..tag.len() - behind.len())?;
        looks_so.then_some(name)
    }
}

/// The beginning of a text that may be the name of a shortcode, and the text behind it.
fn split_name(text: &str) -> (&str, &str) {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let end = text.find(|c: char| !is_name(c)).unwrap_or(text.len());
    text.split_at(end)
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

/// The figure for `[caption]<img> words[/caption]`; in old posts the words are an attribute.
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

/// The figures for `[gallery ids="…"]`; without numbers it shows the pictures that were uploaded with the post.
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

/// The text between a player and its end, unless that is the address.
fn words<'t>(shortcode: &Shortcode<'t>) -> &'t str {
    let inside = shortcode.inside.unwrap_or_default();
    let is_address =
        inside.trim().starts_with("http") && !inside.trim().contains(char::is_whitespace);
    if is_address { "" } else { inside }
}

/// The address of the file or page that a player shows.
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

#[cfg(test)]
mod tests {
    use super::{Openings, Survey, expand};

    /// Number of openings; a search through the rest for each of them would take minutes.
    const OPENINGS: usize = 200_000;

    fn expanded(html: &str) -> (String, Vec<String>) {
        let mut left_out = Vec::new();
        let html = expand(html, None, &Survey::default(), &mut left_out);
        (html, left_out)
    }

    #[test]
    fn only_known_words_in_brackets_become_something_else() {
        let stays = "(it stays in the text as it is)";
        for (html, written, messages) in [
            ("a [sic] b [1] [] [/] [", "a [sic] b [1] [] [/] [", vec![]),
            (
                "[caption]<img>A[/caption]b",
                "\n\n<figure><img><figcaption>A</figcaption></figure>\n\nb",
                vec![],
            ),
            (
                "[embed][embed]https://a.example/[/embed]",
                "<p><a href=\"https://a.example/\">https://a.example/</a></p>",
                vec![
                    "[embed]".to_owned(),
                    "[embed] (a link to it stays)".to_owned(),
                ],
            ),
            ("[vc_row a=\"b\"]c[/vc_row]", "c", vec![]),
            (
                "[ form id=\"1\"]a[/form] [x:y z=\"\"]",
                "[ form id=\"1\"]a[/form] [x:y z=\"\"]",
                vec![format!("[form] {stays}"), format!("[/form] {stays}")],
            ),
        ] {
            assert_eq!(expanded(html), (written.to_owned(), messages), "{html}");
        }
    }

    #[test]
    fn a_text_of_nothing_but_openings_is_looked_through_once() {
        for opening in [
            "[",
            "[ ",
            "[a ",
            "[/a",
            "[caption ",
            "[vc_row ",
            "[embed=\"",
        ] {
            let html = opening.repeat(OPENINGS);
            assert_eq!(expanded(&html), (html, vec![]));
        }
        let (html, _) = expanded(&"[caption]".repeat(OPENINGS));
        assert_eq!(html.matches("<figure>").count(), OPENINGS);
        let (_, left_out) = expanded(&"[embed][/video]".repeat(OPENINGS));
        assert_eq!(left_out.len(), 2 * OPENINGS);
    }

    #[test]
    fn a_shortcode_has_an_end_only_near_to_it() {
        let html = format!(
            "[caption]{}[/caption]",
            "a".repeat(super::MAX_SHORTCODE_BYTES)
        );
        let found = Openings::of(&html).shortcode(0);
        assert_eq!(found.map(|found| found.length), Some("[caption]".len()));
    }
}
