//! Headlines, descriptions and bodies by their roles: which of them are the headline, the deck and the text.
//!
//! Agencies give one text in several formats, and several texts in one document (a lead, a box of facts). Of the
//! formats the richest is taken; of the texts none is lost: one that has no place in an article is reported with its
//! words.

use serde_json::{Value, json};

use super::node::{DocumentNotes, Node, words};
use super::picture::CaptionedPhotograph;
use super::prose;
use super::role::{RoleText, by_role, letters};
use super::{ParsedNinjs, Surroundings};
use crate::item::NoteKind;
use crate::item::markup::MAX_DEPTH;

/// The roles of headlines that are a kicker or a deck, as agencies with several headlines name them.
const KICKERS: &[&str] = &["kicker", "overline"];
const DECKS: &[&str] = &["deck", "subheadline", "subhead", "subtitle"];

/// Roles of the headline itself, the best first; 1.x has them behind `headline_`.
const MAINS: &[&str] = &["main", "", "simple", "long", "text", "medium"];

/// Roles of a text that stands before the body.
const LEADS: &[&str] = &["lead", "intro", "ingress", "standfirst", "preamble"];

/// Roles of a text that stands elsewhere for the body.
const TEASERS: &[&str] = &["teaser", "abstract", "summary", "description"];

/// Roles that tell the format of the body, or that it is the body.
const BODIES: &[&str] = &[
    "",
    "main",
    "body",
    "full",
    "story",
    "text",
    "plain",
    "plaintext",
    "html",
    "html5",
    "xhtml",
    "richtext",
    "rich",
    "richhtml",
    "richhtml5",
    "markdown",
    "md",
];

/// A deck has at most this many characters; a longer description is a text.
const MAX_DECK: usize = 600;

pub(super) fn headlines(node: &Node<'_>, notes: &mut DocumentNotes, read: &mut ParsedNinjs) {
    let mut all = by_role(node, "headlines", "headline", notes);
    for (key, roles) in [("kicker", KICKERS), ("deck", DECKS)] {
        if let Some(place) = all
            .iter()
            .position(|headline| roles.contains(&&*headline.role))
        {
            let headline = all.remove(place);
            read.take(key, Some((headline.value, headline.path)));
        }
    }
    let rank = |headline: &RoleText| MAINS.iter().position(|role| *role == headline.role);
    let best =
        (0..all.len()).min_by_key(|place| all.get(*place).and_then(rank).unwrap_or(MAINS.len()));
    let main = best.map(|place| all.remove(place));
    let main = main.map(|headline| (headline.value, headline.path));
    let main = main.or_else(|| {
        node.first(&["title"])
            .map(|(value, at)| (value.clone(), at))
    });
    let is_shown = |headline: &RoleText| {
        let shown_values = ["kicker", "deck"]
            .iter()
            .filter_map(|key| read.object.get(*key));
        shown_values
            .chain(main.iter().map(|(value, _)| value))
            .any(|shown| shown == &headline.value)
    };
    for headline in all.iter().filter(|headline| !is_shown(headline)) {
        notes.leave_out(
            &format!("the headline {:?}", headline.role),
            headline.text(),
        );
    }
    read.take("headline", main);
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Format {
    Html,
    Markdown,
    Plain,
}

/// One of the bodies of a document.
struct Body<'v> {
    /// Which of the document's texts it is; the same text in two formats has the same part.
    part: Part,
    format: Format,
    text: &'v str,
    path: String,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Teaser,
    Lead,
    Main,
    /// A box of facts and the like, by its role.
    Other(String),
}

/// Whether there is any text.
pub(super) fn has_body(node: &Node<'_>) -> bool {
    let mut fields = node.fields();
    fields.any(|(key, ..)| key == "bodies" || key.starts_with("body_"))
}

/// Reads the bodies and descriptions of a document: without a body, the descriptions are the text.
pub(super) fn body_and_deck(
    node: &Node<'_>,
    (around, pictures): (&Surroundings<'_>, &[CaptionedPhotograph]),
    notes: &mut DocumentNotes,
    read: &mut ParsedNinjs,
) {
    let mut descriptions = by_role(node, "descriptions", "description", notes);
    let note = descriptions.iter().enumerate();
    let mut note =
        note.filter_map(|(place, description)| Some((place, NoteKind::parse(&description.role)?)));
    if let Some((place, kind)) = note.next() {
        let description = descriptions.remove(place);
        if !kind.is_default() {
            let kind = json!(kind.name());
            read.take("public_note_kind", Some((kind, description.path.clone())));
        }
        read.take("public_note", Some((description.value, description.path)));
    }
    let (teasers, bodies): (Vec<Body<'_>>, Vec<Body<'_>>) = bodies(node, notes)
        .into_iter()
        .partition(|body| body.part == Part::Teaser);
    descriptions.extend(teasers.iter().map(Body::described));
    let at = bodies
        .iter()
        .find(|body| body.part == Part::Main)
        .or(bodies.first());
    let at = at.map(|body| body.path.clone());
    let headline = read.object.get("headline").and_then(Value::as_str);
    let headline = headline.unwrap_or_default().to_owned();
    let text = written(bodies, &headline, (around, pictures), notes);
    match (text.is_empty(), at) {
        (false, Some(at)) => {
            deck(descriptions, &text, notes, read);
            read.take("body", Some((json!(text), at)));
        }
        _ => described(descriptions, (around, pictures), notes, read),
    }
}

/// Makes the descriptions the text, where the document has no body.
fn described(
    descriptions: Vec<RoleText>,
    (around, pictures): (&Surroundings<'_>, &[CaptionedPhotograph]),
    notes: &mut DocumentNotes,
    read: &mut ParsedNinjs,
) {
    let mut html = String::new();
    let mut known = String::new();
    let mut at = None;
    for description in descriptions {
        if description.value.is_string() && known.contains(&letters(description.text())) {
            continue;
        }
        known.push_str(&letters(description.text()));
        html.push_str(&prose::paragraphs(description.text()));
        at.get_or_insert(description.path);
    }
    if let Some(at) = at {
        let text = prose::markdown(&html, around, pictures, notes).unwrap_or_default();
        read.take("body", Some((json!(text), at)));
    }
}

/// Makes the first short description whose words are not in the text the deck, where there is none yet; others are
/// reported.
fn deck(
    descriptions: Vec<RoleText>,
    text: &str,
    notes: &mut DocumentNotes,
    read: &mut ParsedNinjs,
) {
    let text = letters(text);
    let mut deck_letters: Vec<String> = Vec::new();
    for description in descriptions {
        let text_letters = letters(description.text());
        if description.value.is_string()
            && (text.contains(&text_letters) || deck_letters.contains(&text_letters))
        {
            continue;
        }
        deck_letters.push(text_letters);
        let is_short = description.text().chars().count() <= MAX_DECK;
        match is_short && !read.object.contains_key("deck") {
            true => read.take("deck", Some((description.value, description.path))),
            false => notes.leave_out(
                &format!("the description {:?}", description.role),
                description.text(),
            ),
        }
    }
}

/// The texts of a document, the richest format of each, in its order: lead, body, boxes.
fn bodies<'v>(node: &Node<'v>, notes: &mut DocumentNotes) -> Vec<Body<'v>> {
    let mut all = Vec::new();
    for (_, body) in node.nodes("bodies", notes) {
        all.extend(one_of_several(&body, notes));
    }
    for (key, value, path) in node.fields() {
        let Some(role) = key.strip_prefix("body_") else {
            continue;
        };
        let Value::String(text) = value else {
            // Complains of what is no text.
            node.text(&key, notes);
            continue;
        };
        let is_html = role.contains("html") || role.contains("rich") || is_markup(text);
        all.push(Body {
            part: part(role),
            format: if is_html { Format::Html } else { Format::Plain },
            text,
            path,
        });
    }
    all.retain(|body| !body.text.trim().is_empty());
    let mut best: Vec<Body<'v>> = Vec::new();
    for body in all {
        match best.iter_mut().find(|known| known.part == body.part) {
            None => best.push(body),
            Some(known) => {
                let is_richer = body.format < known.format;
                let is_longer = body.format == known.format && body.text.len() > known.text.len();
                if is_richer || is_longer {
                    *known = body;
                }
            }
        }
    }
    best.sort_by_key(|body| match body.part {
        Part::Teaser | Part::Lead => 0,
        Part::Main => 1,
        Part::Other(_) => 2,
    });
    best
}

fn one_of_several<'v>(body: &Node<'v>, notes: &mut DocumentNotes) -> Option<Body<'v>> {
    let role = body.text("role", notes).map(|(role, _)| role);
    let content_type = body
        .text("contenttype", notes)
        .map(|(content_type, _)| content_type);
    let (value, path) = body.field("value")?;
    let Value::String(text) = value else {
        // Complains of it.
        body.text("value", notes);
        return None;
    };
    let format = match content_type.as_deref() {
        Some(content_type) if content_type.contains("html") => Format::Html,
        Some(content_type) if content_type.contains("markdown") => Format::Markdown,
        Some(content_type) if content_type.starts_with("text/plain") => Format::Plain,
        None if is_markup(text) => Format::Html,
        None => Format::Plain,
        Some(content_type) => {
            notes.leave_out(&format!("a body of type {content_type}"), "");
            return None;
        }
    };
    Some(Body {
        part: part(&role.unwrap_or_default().to_ascii_lowercase()),
        format,
        text,
        path,
    })
}

fn is_markup(text: &str) -> bool {
    text.trim_start().starts_with('<')
}

fn part(role: &str) -> Part {
    match role {
        role if TEASERS.contains(&role) => Part::Teaser,
        role if LEADS.contains(&role) => Part::Lead,
        role if BODIES.contains(&role) => Part::Main,
        role => Part::Other(role.to_owned()),
    }
}

impl Body<'_> {
    /// The text of the body as a description of ninjs.
    fn described(&self) -> RoleText {
        let value = match self.format {
            Format::Html => json!(words(self.text)),
            Format::Markdown | Format::Plain => json!(self.text),
        };
        RoleText {
            role: "teaser".to_owned(),
            value,
            path: self.path.clone(),
        }
    }
}

/// The texts as one Markdown text, without the repetitions that agencies write: the headline, and a lead with which the
/// body begins.
fn written(
    bodies: Vec<Body<'_>>,
    headline: &str,
    (around, pictures): (&Surroundings<'_>, &[CaptionedPhotograph]),
    notes: &mut DocumentNotes,
) -> String {
    let mut texts: Vec<(Part, String)> = Vec::new();
    for body in bodies {
        let markdown = match body.format {
            Format::Markdown => Some(body.text.to_owned()),
            Format::Html => prose::markdown(body.text, around, pictures, notes),
            Format::Plain => {
                prose::markdown(&prose::paragraphs(body.text), around, pictures, notes)
            }
        };
        match markdown {
            Some(markdown) => texts.push((body.part, without_headline(&markdown, headline))),
            None => notes.refuse(
                body.path,
                format!("at most {MAX_DEPTH} elements in one another, each closed where it ends"),
                "more, or too many that stay open",
                "send the text with less markup",
            ),
        }
    }
    let main = texts.iter().find(|(part, _)| *part == Part::Main);
    let main = main.map(|(_, text)| letters(text)).unwrap_or_default();
    texts.retain(|(part, text)| *part != Part::Lead || !main.starts_with(&letters(text)));
    let texts: Vec<&str> = texts.iter().map(|(_, text)| text.trim()).collect();
    let whole = texts.join("\n\n");
    match whole.trim() {
        "" => String::new(),
        whole => format!("{whole}\n"),
    }
}

/// A text without a first paragraph or heading that only says the headline again.
fn without_headline(markdown: &str, headline: &str) -> String {
    let (first, rest) = markdown
        .trim_start()
        .split_once("\n\n")
        .unwrap_or((markdown, ""));
    let repeats = !headline.is_empty() && letters(first) == letters(headline);
    if repeats { rest } else { markdown }.to_owned()
}
