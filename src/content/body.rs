//! An article's text as HTML, with its photographs where the text shows them.

use std::cell::RefCell;
use std::collections::HashMap;

use maud::{PreEscaped, html};

use crate::item::html::{self as body, Figure, PicturePlacement, RenderedPart, Url};
use crate::item::{Id, Markdown, PublicNote, summary};
use crate::resource::BaseUrl;
use crate::store::{PubStatus, StoredArticle, StoredCaption};

use super::Words;
use super::address::{address, article_url};
use super::figure::{Surface, figure_html};

/// An article's body, and which captions stand within it.
pub struct RenderedBody {
    pub parts: Vec<RenderedPart>,
    photographs: Vec<Id>,
}

/// Renders an article's body with the photographs that it shows.
pub fn rendered_parts(stored: &StoredArticle, base: &BaseUrl, place: Surface) -> RenderedBody {
    let shown = RefCell::new(Vec::new());
    let places: RefCell<HashMap<String, usize>> = RefCell::new(HashMap::new());
    let figure = |name: &str, way: PicturePlacement| {
        let mut places = places.borrow_mut();
        let count = places.entry(name.to_owned()).or_default();
        let caption = caption_at(stored, name, *count)?;
        if caption.state.status != PubStatus::Usable {
            *count += 1;
            return Some(Figure::taken_away());
        }
        // Within a line there is no place for the caption, which stands elsewhere then.
        if way == PicturePlacement::Whole {
            *count += 1;
            shown.borrow_mut().push(caption.state.id);
        }
        let image = caption.caption.image.as_ref();
        Some(Figure {
            address: match image {
                Some(image) => address(&image.photograph.display_file(), base),
                None => name.to_owned(),
            },
            html: figure_html(caption, base, place),
        })
    };
    let mut parts = match Url::parse(&article_url(stored, base)) {
        Ok(url) => body::placed_parts(&stored.article.body, &url, &figure),
        Err(_) => Vec::new(),
    };
    join_surplus(&mut parts, stored.parts.len());
    RenderedBody {
        parts,
        photographs: shown.into_inner(),
    }
}

/// Bytes of a text of which its first sentence is looked for.
const OPENING_BYTES: usize = 2000;

/// The first sentence of an article's text. Of a long text only the beginning is read: lists show many.
pub fn opening(stored: &StoredArticle, base: &BaseUrl) -> Option<String> {
    let body: &str = &stored.article.body;
    let long = body.get(body.ceil_char_boundary(OPENING_BYTES)..);
    let behind = long.and_then(|rest| rest.find("\n\n"));
    let begin =
        behind.and_then(|behind| body.get(..body.ceil_char_boundary(OPENING_BYTES) + behind));
    let begin = begin.map(Markdown::parse);
    let url = Url::parse(&article_url(stored, base)).ok()?;
    // Photographs are figures with words of their own.
    let left_out = |_: &str, _: PicturePlacement| Some(Figure::taken_away());
    let parts = body::placed_parts(
        begin.as_ref().unwrap_or(&stored.article.body),
        &url,
        &left_out,
    );
    let text = parts.iter().map(|part| part.text.as_str());
    let text = text.collect::<String>();
    let line = text.lines().find(|line| !line.trim().is_empty())?;
    Some(summary::first_sentence(line))
}

/// The caption that a photograph has where the text shows it for the `count`th time, from 0: its captions are taken in
/// their order, and the last goes on. One that was taken away keeps its place, so that no other moves to it.
fn caption_at<'s>(
    stored: &'s StoredArticle,
    name: &str,
    count: usize,
) -> Option<&'s StoredCaption> {
    let has_name = |caption: &&StoredCaption| caption.caption.picture_name() == Some(name);
    let all: Vec<&StoredCaption> = stored.captions.iter().filter(has_name).collect();
    all.get(count).or(all.last()).copied()
}

/// Joins the parts beyond the `known` ones with the last of these: a text that was stored when fewer parts were
/// distinguished has ids for those alone.
fn join_surplus(parts: &mut Vec<RenderedPart>, known: usize) {
    if known == 0 || parts.len() <= known {
        return;
    }
    let surplus = parts.split_off(known);
    if let Some(last) = parts.last_mut() {
        for part in surplus {
            last.html.push_str(&part.heading_html);
            last.html.push_str(&part.html);
            last.text.push_str(&part.text);
        }
    }
}

impl RenderedBody {
    /// Whether photographs stand within the text.
    pub fn has_photographs(&self) -> bool {
        !self.photographs.is_empty()
    }
}

/// The captions that do not stand within the text, as figures.
pub fn figures_of(
    stored: &StoredArticle,
    body: &RenderedBody,
    base: &BaseUrl,
    place: Surface,
) -> Vec<String> {
    stored
        .usable_captions()
        .filter(|caption| !body.photographs.contains(&caption.state.id))
        .map(|caption| figure_html(caption, base, place))
        .collect()
}

/// The paragraph with the public note at the beginning of a text in feeds; empty where there is none.
pub fn note(note: Option<PublicNote<'_>>, words: &Words) -> String {
    let markup = html! {
        @if let Some(note) = note { p { (words.note_in_feed(note)) } }
    };
    markup.into_string()
}

/// All of an article as readers of feeds get it: kicker, deck, note, body, and each caption as a figure.
pub fn article_html(
    stored: &StoredArticle,
    body: &RenderedBody,
    base: &BaseUrl,
    words: &'static Words,
) -> String {
    let article = &stored.article;
    let figures = figures_of(stored, body, base, Surface::Feed(words));
    let markup = html! {
        (PreEscaped(note(article.told(), words)))
        @if let Some(kicker) = &article.kicker { p { strong { (&**kicker) } } }
        @if let Some(deck) = &article.deck { p { em { (&**deck) } } }
        @if let Some(dateline) = &article.dateline { p { (&**dateline) } }
        @for part in &body.parts {
            (PreEscaped(&part.heading_html))
            (PreEscaped(&part.html))
        }
        @for figure in &figures { (PreEscaped(figure)) }
        @if let Some(source) = &article.source { p { (&**source) } }
    };
    markup.into_string()
}
