//! One article as ninjs 3.1 (IPTC), with its captions as associated pictures; a list of articles as a composite.
//!
//! The schema knows no key but its own, and wants identifiers and addresses to be URIs.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Map, Value, json};
use unicode_segmentation::UnicodeSegmentation;

use crate::content::{Surface, Words, address, article_url, rendered_parts};
use crate::item::html::{self as body, Url};
use crate::item::{Article, Attachment, Line, Photograph, slug, summary};
use crate::publication::Publication;
use crate::resource::{BaseUrl, Resource, Subject};
use crate::store::{EditableArticle, Named, PubStatus, State, StoredArticle, StoredCaption};

use super::ReaderId;

/// The registered media type.
pub const NINJS_TYPE: &str = "application/vnd.iptc.ninjs+json";

const VERSION: &str = "3.1";

/// The language of RightsML's policies.
const ODRL: &str = "http://www.w3.org/ns/odrl/2/";

const SCHEMA: &str = "http://www.iptc.org/std/ninjs/ninjs-schema_3.1.json#";

/// A public article as anybody may have it; of one that was taken away, that it is.
pub fn ninjs(publication: &Publication, base: &BaseUrl, stored: &StoredArticle) -> Value {
    let mut ninjs = head(base, stored);
    if stored.state.status == PubStatus::Usable {
        let context = Context { publication, base };
        context.fill(&mut ninjs, stored);
    }
    Value::Object(ninjs)
}

/// An article as its writers see it: what is not public yet, too, and with the desk's own remark.
pub fn ninjs_for_writers(
    publication: &Publication,
    base: &BaseUrl,
    editable: &EditableArticle,
) -> Value {
    let waiting;
    let stored = match &editable.stored {
        Some(stored) => stored,
        None => {
            waiting = as_if_public(editable);
            &waiting
        }
    };
    let mut ninjs = ninjs(publication, base, stored);
    let Value::Object(object) = &mut ninjs else {
        return ninjs;
    };
    if editable.stored.is_none() {
        match editable.due {
            Some(due) => object.insert("embargoedUntil".to_owned(), json!(moment(due))),
            None => object.insert("pubStatus".to_owned(), json!("withheld")),
        };
    }
    if let (Some(note), PubStatus::Usable) = (&editable.article.note, stored.state.status) {
        object.insert("edNote".to_owned(), json!(&**note));
    }
    ninjs
}

/// Articles in one document; each is whole. `uri` is where the list is.
pub fn ninjs_list(uri: &str, articles: Vec<Value>) -> Value {
    let named = |mut article: Value| {
        if let Value::Object(object) = &mut article {
            let headline = object
                .get("headlines")
                .and_then(|headlines| headlines.pointer("/0/value"));
            // An associated object has to have a name.
            let name = headline.or_else(|| object.get("uri")).cloned();
            object.insert("name".to_owned(), name.unwrap_or_default());
        }
        article
    };
    let articles: Vec<Value> = articles.into_iter().map(named).collect();
    json!({
        "uri": uri,
        "standard": standard(),
        "type": "composite",
        "representationType": "full",
        "associations": articles,
    })
}

fn standard() -> Value {
    json!({ "name": "ninjs", "version": VERSION, "schema": SCHEMA })
}

fn moment(moment: DateTime<Utc>) -> String {
    moment.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// An article that is not public yet, in the state that it will have when it is.
fn as_if_public(editable: &EditableArticle) -> StoredArticle {
    let article = &editable.article;
    let published = article.visible_from().to_utc();
    let updated = article.significant().to_utc();
    let state = |id| State {
        id,
        revision: 1,
        status: PubStatus::Usable,
        notice: None,
        published,
        updated,
        was_updated: updated > published,
    };
    // Its names get their addresses when they are seen first.
    let unseen = |name: &Line| Named {
        slug: String::new(),
        name: name.clone(),
    };
    let captions = article.captions.iter().map(|caption| StoredCaption {
        state: state(caption.id.unwrap_or_default()),
        caption: caption.clone(),
        credit: None,
    });
    StoredArticle {
        state: state(editable.id),
        slug: editable.slug.clone(),
        section: editable.section.clone(),
        oversized: false,
        article: article.clone(),
        parts: Vec::new(),
        authors: article.authors.iter().map(unseen).collect(),
        tags: article.tags.iter().map(unseen).collect(),
        captions: captions.collect(),
    }
}

/// The keys that the ninjs of every article has: its identity, its version, and whether it may be used.
fn head(base: &BaseUrl, stored: &StoredArticle) -> Map<String, Value> {
    let state = &stored.state;
    let item_id = state.id.to_string();
    let guid = stored.article.guid.as_deref();
    let uri = guid.filter(|guid| is_uri(guid)).unwrap_or(&item_id);
    let mut ninjs = Map::new();
    let mut set = |key: &str, value: Value| ninjs.insert(key.to_owned(), value);
    set("uri", json!(uri));
    set("standard", standard());
    set("type", json!("text"));
    set("representationType", json!("full"));
    set_state(state, &mut set);
    if let Some(notice) = &state.notice {
        set("edNote", json!(notice));
    }
    let mut ids = Vec::new();
    let mut id = |role: &str, value: &str| ids.push(json!({ "role": role, "value": value }));
    if uri != item_id {
        id("id", &item_id);
    }
    if let Some(guid) = guid.filter(|guid| *guid != uri) {
        id("guid", guid);
    }
    if !stored.slug.is_empty() {
        id("slug", &stored.slug);
        id("url", &article_url(stored, base));
    }
    if !ids.is_empty() {
        set("altIds", Value::Array(ids));
    }
    ninjs
}

fn set_state(state: &State, set: &mut impl FnMut(&str, Value) -> Option<Value>) {
    let version_created = match state.was_updated {
        true => state.updated,
        false => state.published,
    };
    set("version", json!(state.revision.to_string()));
    set("firstCreated", json!(moment(state.published)));
    set("versionCreated", json!(moment(version_created)));
    set("pubStatus", json!(state.status.name()));
}

/// Whether `text` is a URI (RFC 3986): what readers take for one in an Atom feed, of ASCII alone.
fn is_uri(text: &str) -> bool {
    let fragments = text.matches('#').count();
    text.is_ascii() && !text.contains(['[', ']']) && fragments <= 1 && ReaderId::is_iri(text)
}

struct Context<'a> {
    publication: &'a Publication,
    base: &'a BaseUrl,
}

impl Context<'_> {
    fn fill(&self, ninjs: &mut Map<String, Value>, stored: &StoredArticle) {
        let article = &stored.article;
        let pictures: Vec<Value> = stored
            .usable_captions()
            .enumerate()
            .map(|(place, caption)| self.picture(place, stored, caption))
            .collect();
        let mut set = |key: &str, value: Value| ninjs.insert(key.to_owned(), value);
        let profile = match pictures.is_empty() {
            true => "text-only",
            false => "text-photo",
        };
        set("profile", json!(profile));
        set("language", json!(self.language(article)));
        set("headlines", headlines(article));
        if let Some(rights) = article.rights.as_ref().or(self.publication.rights.as_ref()) {
            set("copyrightNotice", json!(rights));
        }
        if let Some(note) = &article.public_note {
            set("edNote", json!(note));
        }
        if !stored.authors.is_empty() {
            set("by", json!(joined(&stored.authors)));
            let people = stored.authors.iter();
            set("people", people.map(|person| self.author(person)).collect());
        }
        if let Some(dateline) = &article.dateline {
            set("located", json!(dateline));
        }
        if let Some(source) = &article.source {
            set("infoSources", json!([{ "name": source }]));
        }
        set("subjects", self.subjects(stored));
        let (text, bodies) = self.bodies(stored);
        if !bodies.is_empty() {
            set("bodies", Value::Array(bodies));
        }
        let descriptions = descriptions(article, &text);
        if !descriptions.is_empty() {
            set("descriptions", Value::Array(descriptions));
        }
        let played = article.attachments.iter().enumerate();
        let played = played.map(|(place, attachment)| self.played(place, stored, attachment));
        let associations: Vec<Value> = pictures.into_iter().chain(played).collect();
        if !associations.is_empty() {
            set("associations", Value::Array(associations));
        }
    }

    fn language<'l>(&'l self, article: &'l Article) -> &'l Line {
        let language = article.language.as_ref();
        language.unwrap_or(&self.publication.language)
    }

    fn author(&self, person: &Named) -> Value {
        let subject = Subject::Author(person.slug.clone());
        self.concept(&person.name, "author", &person.slug, subject)
    }

    fn subjects(&self, stored: &StoredArticle) -> Value {
        let slug = &stored.section;
        let section = self.publication.section(slug);
        let title = section.map_or(slug.as_str(), |section| &section.title);
        let section = self.concept(title, "section", slug, Subject::Section(slug.clone()));
        let tags = stored.tags.iter().map(|tag| {
            let subject = Subject::Tag(tag.slug.clone());
            self.concept(&tag.name, "tag", &tag.slug, subject)
        });
        std::iter::once(section).chain(tags).collect()
    }

    /// Something that has a page of its own, once it has a slug.
    fn concept(&self, name: &str, rel: &str, slug: &str, subject: Subject) -> Value {
        let mut concept = json!({ "name": name, "rel": rel });
        if let (Value::Object(concept), true) = (&mut concept, slug::is_slug(slug)) {
            let page = self.base.url(&Resource::Page(subject));
            concept.insert("uri".to_owned(), json!(page));
            concept.insert("literal".to_owned(), json!(slug));
        }
        concept
    }

    /// The text of the paragraphs, and the body as HTML.
    fn bodies(&self, stored: &StoredArticle) -> (String, Vec<Value>) {
        let words = Words::within(
            stored.article.language.as_deref(),
            &self.publication.language,
        );
        let parts = rendered_parts(stored, self.base, Surface::Feed(words)).parts;
        let html: String = parts
            .iter()
            .map(|part| format!("{}{}", part.heading_html, part.html))
            .collect();
        let text = parts.iter().map(|part| part.text.as_str()).collect();
        if html.is_empty() {
            return (text, Vec::new());
        }
        let counted = self.text(stored);
        let body = json!({
            "role": "main",
            "contentType": "text/html",
            "charCount": counted.graphemes(true).count(),
            "wordCount": counted.unicode_words().count(),
            "value": html,
        });
        (text, vec![body])
    }

    /// All words of the body, without those of figures: what is counted.
    fn text(&self, stored: &StoredArticle) -> String {
        let Ok(url) = Url::parse(&article_url(stored, self.base)) else {
            return String::new();
        };
        let parts = body::parts(&stored.article.body, &url, &|_| None);
        let pieces = parts
            .iter()
            .flat_map(|part| [&part.heading_html, &part.html]);
        let texts: Vec<String> = pieces.map(|html| body::without_markup(html)).collect();
        texts
            .join(" ")
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
    }

    fn picture(&self, place: usize, of: &StoredArticle, caption: &StoredCaption) -> Value {
        let details = &caption.caption;
        let name = match &details.image {
            Some(image) => image.name.clone(),
            None => format!("caption {}", place + 1),
        };
        let mut picture = Map::new();
        let mut set = |key: &str, value: Value| picture.insert(key.to_owned(), value);
        set("name", json!(name));
        set("uri", json!(caption.state.id));
        set("type", json!("picture"));
        set_state(&caption.state, &mut set);
        set("language", json!(self.language(&of.article)));
        let mut descriptions = vec![described("caption", &details.text)];
        descriptions.extend(details.alt.iter().map(|alt| described("alt", alt)));
        let note = details.told().into_iter();
        descriptions.extend(note.map(|note| described(note.kind.name(), note.text)));
        set("descriptions", Value::Array(descriptions));
        let address = self.base.url(&Resource::CaptionPage(caption.state.id));
        set("altIds", json!([{ "role": "url", "value": address }]));
        if let Some(by) = details.credit_line() {
            set("by", json!(by));
        }
        if let Some(credit) = &details.credit {
            set("people", json!([{ "name": credit, "rel": details.role() }]));
        }
        if let Some(source) = &details.source {
            set("infoSources", json!([{ "name": source }]));
        }
        if let Some(terms) = &details.usage_terms {
            set("usageTerms", json!(terms));
        }
        if let Some(notice) = &details.copyright {
            set("copyrightNotice", json!(notice));
        }
        if let Some(ends) = details.usage_ends {
            // Not `expires`, which says until when an item is of interest.
            let rights = usage_until(&caption.state.id.to_string(), &moment(ends.to_utc()));
            set("rightsInfo", rights);
        }
        if let Some(image) = &details.image {
            set("renditions", self.renditions(&image.photograph));
        }
        Value::Object(picture)
    }

    /// Sound or film, with its file as the one rendition.
    fn played(&self, place: usize, of: &StoredArticle, attachment: &Attachment) -> Value {
        let attachment = self.base.attached(attachment);
        let kind = if attachment.is_film() {
            "video"
        } else {
            "audio"
        };
        let mut rendition = json!({
            "name": "original",
            "href": attachment.url,
            "contentType": attachment.media_type,
        });
        if let Some(bytes) = attachment.bytes {
            rendition["sizeInBytes"] = json!(bytes);
        }
        if let Some(seconds) = attachment.seconds {
            rendition["duration"] = json!(seconds);
        }
        let mut played = json!({
            "name": format!("{kind} {}", place + 1),
            "uri": attachment.url,
            "type": kind,
            "language": self.language(&of.article),
            "renditions": [rendition],
        });
        if let Some(title) = &attachment.title {
            played["headlines"] = json!([described("main", title)]);
        }
        if let Some(credit) = &attachment.credit {
            played["by"] = json!(credit);
        }
        played
    }

    /// The original, and each size that it is served in besides.
    fn renditions(&self, photograph: &Photograph) -> Value {
        let original = photograph.original();
        let sizes = photograph.renditions.iter();
        let named = sizes.map(|size| (size.width.to_string(), size));
        std::iter::once(("original".to_owned(), &original))
            .chain(named)
            .map(|(name, file)| {
                json!({
                    "name": name,
                    "href": address(file, self.base),
                    "contentType": file.kind.media_type(),
                    "width": file.width,
                    "height": file.height,
                    "sizeInBytes": file.bytes,
                })
            })
            .collect()
    }
}

/// That a picture may be used until then, in RightsML (IPTC), which is ODRL in JSON.
fn usage_until(picture: &str, until: &str) -> Value {
    let policy = json!({
        "@context": "http://www.w3.org/ns/odrl.jsonld",
        "@type": "Set",
        "uid": picture,
        "permission": [{
            "target": picture,
            "action": "use",
            "constraint": [{
                "leftOperand": "dateTime",
                "operator": "lt",
                "rightOperand": { "@value": until, "@type": "xsd:dateTime" },
            }],
        }],
    });
    json!({ "encodedRights": policy.to_string(), "langId": ODRL })
}

fn joined(names: &[Named]) -> String {
    let names: Vec<&str> = names.iter().map(|named| &*named.name).collect();
    names.join(", ")
}

fn headlines(article: &Article) -> Value {
    let main = Some(("main", &article.headline));
    let kicker = article.kicker.as_ref().map(|kicker| ("kicker", kicker));
    let deck = article.deck.as_ref().map(|deck| ("deck", deck));
    let all = [main, kicker, deck].into_iter().flatten();
    all.map(|(role, value)| described(role, value)).collect()
}

fn descriptions(article: &Article, text: &str) -> Vec<Value> {
    let mut descriptions = Vec::new();
    let lead = summary::summary(text);
    if !lead.is_empty() {
        descriptions.push(described("summary", &lead));
    }
    let note = article.told().into_iter();
    descriptions.extend(note.map(|note| described(note.kind.name(), note.text)));
    descriptions
}

fn described(role: &str, value: &str) -> Value {
    json!({ "role": role, "contentType": "text/plain", "value": value })
}
