//! No word of a text is lost in silence: what people see of a source stands on its page, or is told to the writer.

mod archive;
mod oracle;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use courant::item::Markdown;
use courant::item::html::{Url, complaints, parts};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use self::oracle::{Words, visible, words};

use crate::support::papers;

/// Elements of every kind that pages have: allowed ones, others, players, fields, and what nobody sees.
const ELEMENTS: &[&str] = &[
    "p",
    "div",
    "span",
    "section",
    "article",
    "aside",
    "header",
    "footer",
    "center",
    "address",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "ul",
    "ol",
    "li",
    "dl",
    "dt",
    "dd",
    "blockquote",
    "pre",
    "code",
    "strong",
    "b",
    "em",
    "i",
    "u",
    "s",
    "del",
    "ins",
    "mark",
    "small",
    "big",
    "tt",
    "kbd",
    "samp",
    "var",
    "abbr",
    "cite",
    "q",
    "sup",
    "sub",
    "a",
    "figure",
    "figcaption",
    "details",
    "summary",
    "fieldset",
    "legend",
    "form",
    "label",
    "button",
    "textarea",
    "font",
    "nobr",
    "time",
    "menu",
    "dfn",
    "bdi",
    "main",
    "nav",
    "hgroup",
    "noscript",
    "ruby",
    "rt",
    "marquee",
    "output",
    "dialog open",
    "br",
    "hr",
    "wbr",
    "template",
    "div hidden",
    "div style='display:none'",
    "ol start=7",
    "li value=4",
];

/// Cells, which stand in rows of tables alone: elsewhere HTML knows no such tag.
const CELLS: &[&str] = &["td", "th", "td colspan=2", "td rowspan=2"];

const VOID: &[&str] = &["br", "hr", "wbr"];

/// Nested elements around words, of which each is there once.
#[derive(Clone, Debug)]
enum Piece {
    Word(&'static str),
    Element(&'static str, Vec<Piece>),
}

fn piece() -> impl Strategy<Value = Piece> {
    let word = prop::sample::select(
        &[
            "", " ", "w", "w ", " w", "7", "“w”", "w w", "*w*", "&amp;", "\n\n", "_w",
        ][..],
    );
    word.prop_map(Piece::Word)
        .prop_recursive(5, 40, 5, |inner| {
            let inner = prop::collection::vec(inner, 0..5);
            let element = (prop::sample::select(ELEMENTS), inner.clone());
            let element = element.prop_map(|(name, inner)| Piece::Element(name, inner));
            let cell = (prop::sample::select(CELLS), inner.clone());
            let cell = cell.prop_map(|(name, inner)| Piece::Element(name, inner));
            let row =
                prop::collection::vec(cell, 1..4).prop_map(|cells| Piece::Element("tr", cells));
            let table =
                (inner, prop::collection::vec(row, 1..4)).prop_map(|(caption, mut rows)| {
                    rows.insert(0, Piece::Element("caption", caption));
                    Piece::Element("table", rows)
                });
            prop_oneof![8 => element, 1 => table]
        })
}

/// What ends an element of its own kind around it: the end tag of that leads nowhere then, which only a browser knows.
fn kind(name: &str) -> Option<&str> {
    let bare = name.split(' ').next().unwrap_or_default();
    match bare {
        "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => Some("heading"),
        "dd" | "dt" => Some("term"),
        "li" | "a" | "button" | "form" | "nobr" => Some(bare),
        _ => None,
    }
}

/// Writes the pieces, with a number behind each word, so that none is another's.
fn write(pieces: &[Piece], number: &mut usize, html: &mut String, around: &mut Vec<&'static str>) {
    for piece in pieces {
        match piece {
            Piece::Word(word) => {
                for c in word.chars() {
                    html.push(c);
                    if c == 'w' {
                        *number += 1;
                        write!(html, "x{number}y").unwrap();
                    }
                }
            }
            Piece::Element(name, inner) => {
                let kind = kind(name);
                if kind.is_some_and(|kind| around.iter().any(|name| self::kind(name) == Some(kind)))
                {
                    write(inner, number, html, around);
                    continue;
                }
                write!(html, "<{name}>").unwrap();
                if !VOID.contains(name) {
                    around.push(name);
                    write(inner, number, html, around);
                    around.pop();
                    let name = name.split(' ').next().unwrap();
                    write!(html, "</{name}>").unwrap();
                }
            }
        }
    }
}

fn page() -> impl Strategy<Value = String> {
    prop::collection::vec(piece(), 1..6).prop_map(|pieces| {
        let (mut html, mut number) = (String::new(), 0);
        write(&pieces, &mut number, &mut html, &mut Vec::new());
        html
    })
}

/// The words that a body of an article loses.
fn lost_of_body(body: &str) -> Vec<String> {
    let markdown = Markdown::parse(body);
    let base = Url::parse("https://paper.example/articles/one").unwrap();
    let shown = parts(&markdown, &base, &|_| None);
    let shown: String = shown
        .iter()
        .map(|part| format!("{}{}", part.heading_html, part.html))
        .collect();
    let told: Vec<String> = complaints(&markdown, 1, &[])
        .iter()
        .map(ToString::to_string)
        .collect();
    let missing = Words::of(&visible(&shown)).take(words(&visible(body)));
    Words::of(&told.join(" ")).take(missing)
}

fn assert_none_lost(file: &Path) -> Result<archive::Compared, TestCaseError> {
    let compared = archive::compare(file).map_err(TestCaseError::fail)?;
    prop_assert!(compared.lost.is_empty(), "{:?}", compared.lost);
    Ok(compared)
}

fn feed_of(texts: &[String]) -> String {
    let mut feed = String::from(
        "<?xml version=\"1.0\"?><rss version=\"2.0\" xmlns:c=\"http://purl.org/rss/1.0/modules/content/\">\
         <channel><title>T</title><link>https://old.example/</link>",
    );
    for (number, text) in texts.iter().enumerate() {
        let text = quick_xml::escape::escape(text.as_str());
        write!(
            feed,
            "<item><title>Story {number}</title><guid isPermaLink=\"false\">g{number}</guid>\
             <pubDate>Mon, 04 Mar 2024 08:00:00 GMT</pubDate><c:encoded>{text}</c:encoded></item>"
        )
        .unwrap();
    }
    feed + "</channel></rss>"
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, rng_seed: RngSeed::Fixed(17), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_word_of_any_html_is_lost_on_import(texts in prop::collection::vec(page(), 8)) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("feed.xml");
        fs::write(&file, feed_of(&texts)).unwrap();
        assert_none_lost(&file)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 384, rng_seed: RngSeed::Fixed(17), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_word_of_any_html_in_a_body_is_lost(html in page()) {
        // As a CMS writes it, on one line.
        let body = html.replace('\n', " ");
        let lost = lost_of_body(&format!("<div>{body}</div>"));
        prop_assert!(lost.is_empty(), "{lost:?} of {body}");
    }
}

#[test]
fn no_word_of_a_feed_or_export_is_lost() {
    let mut items = 0;
    for name in ["export.xml", "journal.atom", "news.rss", "notes.json"] {
        let file = Path::new("tests/data/feeds").join(name);
        let compared = assert_none_lost(&file).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(compared.words > 10, "{name}");
        items += compared.items;
    }
    assert!(items >= 8, "{items}");
}

#[test]
fn the_oracle_finds_what_is_lost_or_run_together() {
    let page = "<p>The quay</p><p hidden>secret</p><td>Rovers</td><td>12</td>10<sup>6</sup> &amp; caf&eacute;";
    assert_eq!(
        words(&visible(page)),
        ["The", "quay", "Rovers", "12", "106", "café"]
    );
    let mut glued = Words::of("The quay Rovers12 10⁶");
    assert_eq!(glued.take(words(&visible(page))), ["Rovers", "12", "café"]);
}
