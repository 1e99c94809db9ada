//! Associated pictures as captions. Their files are not fetched: a caption has the photograph that was uploaded before.

use serde_json::{Map, Value, json};

use super::concept::{byline, source};
use super::node::{DocumentNotes, Node};
use super::policy::UsePolicy;
use super::role::{by_role, letters};
use super::{ParsedNinjs, Surroundings};
use crate::item::byline::without_lead;
use crate::item::file::EBU_ROLES;
use crate::item::{Attachment, Id, NoteKind};

/// The types that ninjs has for pictures.
pub(super) const PICTURES: &[&str] = &["picture", "graphic"];

/// The roles of a description that stands for a picture with those who do not see it.
const ALTS: &[&str] = &["alt", "alttext", "alt-text", "accessibility"];

/// A photograph that a caption has, and the addresses of its files: the text may show it by any of them.
pub(super) struct CaptionedPhotograph {
    pub(super) name: String,
    pub(super) addresses: Vec<String>,
    /// The text of its caption.
    pub(super) text: String,
}

/// Reads the associations, and returns the photographs that the captions have.
pub(super) fn captions(
    node: &Node<'_>,
    around: &Surroundings<'_>,
    notes: &mut DocumentNotes,
    read: &mut ParsedNinjs,
) -> Vec<CaptionedPhotograph> {
    let mut captions = Vec::new();
    let mut shown = Vec::new();
    // The item's own renditions, too, where they are sound or film.
    let mut attachments: Vec<Value> = played(node, None, notes).into_iter().collect();
    for (key, association) in node.nodes("associations", notes) {
        let name = association.text("name", notes).map(|(name, _)| name);
        let name = name.or_else(|| key.map(str::to_owned)).unwrap_or_default();
        let kind = association.text("type", notes).map(|(kind, _)| kind);
        let is_picture = match &kind {
            Some(kind) => PICTURES.contains(&kind.as_str()),
            None => association.field("renditions").is_some(),
        };
        if let Some(played) = played(&association, kind.as_deref(), notes) {
            attachments.push(played);
            continue;
        }
        if !is_picture {
            let kind = kind.as_deref().unwrap_or("no type");
            notes
                .left_out
                .push(format!("the association {name:?} ({kind})"));
            continue;
        }
        let status = association.text("pubstatus", notes);
        if let Some((status, _)) = status.filter(|(status, _)| status != "usable") {
            notes
                .left_out
                .push(format!("the picture {name:?} ({status})"));
            continue;
        }
        let Some((caption, image)) = caption(&association, &name, around, notes) else {
            let why = "without a caption";
            notes.left_out.push(format!("the picture {name:?} ({why})"));
            continue;
        };
        shown.extend(image);
        let place = captions.len();
        let origin = (format!("/captions/{place}"), association.at().to_owned());
        read.origins.push(origin);
        let uri = association.text("uri", notes).map(|(uri, _)| uri);
        read.pictures.push(uri);
        captions.push(Value::Object(caption));
    }
    if !attachments.is_empty() {
        let at = node
            .field("associations")
            .or_else(|| node.field("renditions"));
        read.take(
            "attachments",
            at.map(|(_, at)| (Value::Array(attachments), at)),
        );
    }
    if !captions.is_empty() {
        let at = node.field("associations").map(|(_, at)| at);
        read.take("captions", at.map(|at| (Value::Array(captions), at)));
    }
    shown
}

/// Sound or film as an attachment: the first of its renditions that can be played. Of its texts only a title and a
/// credit are kept; descriptions are reported.
fn played(item: &Node<'_>, kind: Option<&str>, notes: &mut DocumentNotes) -> Option<Value> {
    let is_other =
        kind.is_some_and(|kind| !matches!(kind, "audio" | "video" | "composite" | "component"));
    let renditions = item.nodes("renditions", notes);
    let mut found = None;
    for (_, rendition) in renditions.iter().filter(|_| !is_other) {
        let media_type = rendition
            .text("contenttype", notes)
            .or_else(|| rendition.text("mimetype", notes));
        let media_type = media_type.map(|(media_type, _)| media_type);
        let (href, _) = rendition.text("href", notes)?;
        if let Some(attachment) = Attachment::at(&href, media_type.as_deref()) {
            found = Some((attachment, rendition));
            break;
        }
    }
    let (attachment, rendition) = found?;
    let number = |name: &str| rendition.field(name)?.0.as_f64();
    let mut recording = json!({ "url": attachment.url, "type": attachment.media_type });
    if let Some(bytes) = number("sizeinbytes") {
        recording["bytes"] = json!(bytes as u64);
    }
    if let Some(seconds) = number("duration") {
        recording["seconds"] = json!(seconds as u64);
    }
    if kind.is_some() {
        let headline = by_role(item, "headlines", "headline", notes)
            .into_iter()
            .next();
        if let Some(title) = headline {
            recording["title"] = title.value;
        }
        if let Some((by, _)) = byline(item, notes) {
            recording["credit"] = json!(without_lead(&by));
        }
        for description in by_role(item, "descriptions", "description", notes) {
            notes.leave_out("said of sound or film", description.text());
        }
    }
    Some(recording)
}

fn caption(
    picture: &Node<'_>,
    name: &str,
    around: &Surroundings<'_>,
    notes: &mut DocumentNotes,
) -> Option<(Map<String, Value>, Option<CaptionedPhotograph>)> {
    let uri = picture.text("uri", notes).map(|(uri, _)| uri);
    let addresses = addresses(picture, notes);
    let names = uri.as_deref().into_iter().chain([name]);
    let image = names
        .chain(addresses.iter().map(String::as_str))
        .find_map(|name| (around.photograph)(name));
    let mut caption = words(picture, name, notes);
    let has_words = image.as_deref().is_some_and(around.has_words);
    if !caption.contains_key("text") && !has_words {
        return None;
    }
    if image.is_none() && !addresses.is_empty() {
        let why = "its files, which are not fetched; upload one under that name";
        notes
            .left_out
            .push(format!("of the picture {name:?}: {why}"));
    }
    if let Some(id) = uri.filter(|uri| uri.starts_with("urn:uuid:") && Id::parse(uri).is_some()) {
        caption.insert("id".to_owned(), json!(id));
    }
    if let Some(image) = &image {
        caption.insert("image".to_owned(), json!(image));
    }
    let text = caption.get("text").and_then(Value::as_str);
    let text = text.unwrap_or_default().to_owned();
    let shown = image.map(|name| CaptionedPhotograph {
        name,
        addresses,
        text,
    });
    Some((caption, shown))
}

/// The texts of a picture and its rights, under the keys of a caption.
pub(super) fn words(
    picture: &Node<'_>,
    name: &str,
    notes: &mut DocumentNotes,
) -> Map<String, Value> {
    let mut caption = Map::new();
    let mut set = |key: &str, value: Option<String>| {
        if let Some(value) = value {
            caption.insert(key.to_owned(), json!(value));
        }
    };
    let texts = descriptions(picture, notes);
    set("text", texts.text);
    set("alt", texts.alt);
    let (kind, note) = texts.note.unzip();
    set("public_note", note);
    let kind = kind.filter(|kind: &NoteKind| !kind.is_default());
    set("public_note_kind", kind.map(|kind| kind.name().to_owned()));
    let credit = Credit::of(picture, texts.credit, notes);
    set("credit", credit.name);
    set("role", credit.role);
    set("source", credit.source);
    let notice = picture.text("copyrightnotice", notes);
    set("copyright", notice.map(|(notice, _)| notice));
    let terms = picture.text("usageterms", notes);
    set("usage_terms", terms.map(|(terms, _)| terms));
    set("usage_ends", usage_ends(picture, notes));
    // It says until when the picture is of interest, and nothing of the right to use it.
    if let Some((expires, _)) = picture.text("expires", notes) {
        notes.leave_out(&format!("of the picture {name:?}: expires"), &expires);
    }
    caption
}

/// The moment until which a policy of RightsML permits the use of the picture. A policy that says anything else is reported, since
/// nothing here keeps to it.
fn usage_ends(picture: &Node<'_>, notes: &mut DocumentNotes) -> Option<String> {
    let (Value::Object(rights), _) = picture.field("rightsinfo")? else {
        return None;
    };
    let rights = Node::top(rights);
    if let Some((link, _)) = rights.text("linkedrights", notes) {
        notes.leave_out("the rights at", &link);
    }
    let (encoded, _) = rights.text("encodedrights", notes)?;
    let policy = UsePolicy::read(&encoded);
    match (&policy.ends, policy.has_more) {
        (None, _) => notes.leave_out("the encoded rights", &encoded),
        (Some(_), true) => notes.leave_out("the encoded rights, but for their end", &encoded),
        (Some(_), false) => {}
    }
    policy.ends
}

/// The texts of a picture, by their use.
#[derive(Default)]
struct PictureTexts {
    /// The caption.
    text: Option<String>,
    /// The alternative text.
    alt: Option<String>,
    /// The public note and its kind.
    note: Option<(NoteKind, String)>,
    /// The credit line.
    credit: Option<String>,
}

/// Roles of the words below a picture, the best first; words with other roles are reported.
const CAPTIONS: &[&str] = &[
    "caption",
    "",
    "text",
    "main",
    "description",
    "xhtml",
    "html",
    "richtext",
];

/// Roles of a line that names the agency.
const CREDITS: &[&str] = &["creditline", "credit"];

fn descriptions(picture: &Node<'_>, notes: &mut DocumentNotes) -> PictureTexts {
    let mut texts = PictureTexts::default();
    let mut captions = Vec::new();
    for description in by_role(picture, "descriptions", "description", notes) {
        let Value::String(text) = description.value else {
            let at = description.path;
            notes.refuse(at, "value to be text", "another value", "correct the value");
            continue;
        };
        let role = description.role.as_str();
        if ALTS.contains(&role) {
            texts.alt = Some(text);
        } else if CREDITS.contains(&role) {
            texts.credit = Some(text);
        } else if let Some(kind) = NoteKind::parse(role) {
            texts.note = Some((kind, text));
        } else {
            let rank = CAPTIONS.iter().position(|known| *known == role);
            captions.push((rank.unwrap_or(CAPTIONS.len()), description.role, text));
        }
    }
    captions.sort_by_key(|(rank, ..)| *rank);
    for headline in by_role(picture, "headlines", "headline", notes) {
        let text = headline.text().to_owned();
        captions.push((CAPTIONS.len(), "headline".to_owned(), text));
    }
    let mut captions = captions.into_iter();
    texts.text = captions.next().map(|(.., text)| text);
    let caption_letters = letters(texts.text.as_deref().unwrap_or_default());
    for (_, role, text) in captions {
        if !caption_letters.contains(&letters(&text)) {
            notes.leave_out(&format!("of a picture, the {role:?}"), &text);
        }
    }
    let alt = || picture.text("alttext", notes).map(|(text, _)| text);
    texts.alt = texts.alt.or_else(alt);
    texts
}

/// The person who made the picture, that person's role, and the source that provided it.
#[derive(Default)]
struct Credit {
    name: Option<String>,
    role: Option<String>,
    source: Option<String>,
}

impl Credit {
    fn of(picture: &Node<'_>, line: Option<String>, notes: &mut DocumentNotes) -> Self {
        let mut credit = Self {
            source: source(picture, notes).map(|(source, _)| source).or(line),
            ..Self::default()
        };
        for (_, person) in picture.nodes("people", notes) {
            let rel = person.text("rel", notes).map(|(rel, _)| rel);
            let role = rel.filter(|rel| EBU_ROLES.contains(&rel.as_str()));
            if let (Some((name, _)), Some(role)) = (person.text("name", notes), role) {
                credit.name = Some(name);
                credit.role = (role != crate::item::DEFAULT_ROLE).then_some(role);
                return credit;
            }
        }
        let Some((by, _)) = byline(picture, notes) else {
            return credit;
        };
        // `Karl Melander/TT`, as IPTC has it.
        let by = without_lead(&by);
        match by.split_once('/') {
            Some((name, agency)) => {
                credit.name = Some(name.trim().to_owned());
                credit
                    .source
                    .get_or_insert_with(|| agency.trim().to_owned());
            }
            None => credit.name = Some(by.to_owned()),
        }
        if credit.name == credit.source {
            credit.name = None;
        }
        credit
    }
}

pub(super) fn addresses(picture: &Node<'_>, notes: &mut DocumentNotes) -> Vec<String> {
    let renditions = picture.nodes("renditions", notes);
    let hrefs = renditions
        .iter()
        .filter_map(|(_, rendition)| rendition.text("href", notes));
    hrefs.map(|(href, _)| href).collect()
}
