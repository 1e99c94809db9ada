//! A made-up paper with everything in it that has broken feeds, as item files, and what readers must show of each.
//!
//! The expectation is told beside each text and never taken from the program: `typed` is what the desk wrote, `shown`
//! what a person must see. It comes in three editions: the second corrects, moves and withdraws, the third puts back.
#![allow(dead_code)]

#[path = "everything/picture.rs"]
mod picture;
#[path = "everything/stories.rs"]
mod stories;

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;

use serde_json::{Map, Value, json};
use uuid::Uuid;

pub use picture::Picture;
pub use stories::stories;

/// The newest edition.
pub const LAST_EDITION: u32 = 3;

pub const TITLE: &str = "The Everything Gazette & Mirror 全报";

/// Slug and title of each section.
pub const SECTIONS: [(&str, &str); 5] = [
    ("world", "World & Elsewhere"),
    ("city", "City & \"Harbour\""),
    ("zh", "中文版"),
    ("letters", "رسائل"),
    ("wire", "Wire"),
];

/// Stands only where readers must never see it.
pub const PRIVATE: &str = "DESK-ONLY-REMARK";

/// Stands only in what was withdrawn.
pub const WITHDRAWN: &str = "WITHDRAWN-TEXT";

/// Stands only in what runs or loads something.
pub const ACTIVE: &str = "ACTIVE-CONTENT";

/// Stands only in a story whose day is far off.
pub const EMBARGOED: &str = "EMBARGOED-TEXT";

/// The named queries, as `publication.toml` has them.
const FEEDS: &str = r#"
[[feeds]]
name = "two-correspondents"
title = "Correspondents 1 & 2, without prices"
authors = ["Correspondent 1", "Correspondent 2"]
exclude = { tags = ["Prices"] }

[[feeds]]
name = "right-to-left"
title = "من اليمين"
languages = ["ar", "he"]
kinds = ["articles", "captions"]
formats = ["rss", "atom"]

[[feeds]]
name = "reuters"
title = "Photographs of Reuters"
kinds = ["captions"]
sources = ["Reuters"]

[[feeds]]
name = "no-wire"
title = "All but the wire"
window = 10
exclude = { sections = ["wire"] }
formats = ["json"]
"#;

const NAMESPACE: Uuid = Uuid::from_u128(0x6f1d_2c5e_8a41_4f7b_9c3a_0d5e_7b91_e2a4);

/// The id that a story or caption of that name has in its file.
pub fn id(name: &str) -> String {
    format!("urn:uuid:{}", Uuid::new_v5(&NAMESPACE, name.as_bytes()))
}

/// Text as it stands in the file, and as a reader must show it.
#[derive(Clone, Debug)]
pub struct Text {
    pub typed: String,
    pub shown: String,
}

/// Text that is shown as it was typed.
pub fn same(text: impl Into<String>) -> Text {
    let typed = text.into();
    Text {
        shown: typed.clone(),
        typed,
    }
}

pub fn text(typed: impl Into<String>, shown: impl Into<String>) -> Text {
    Text {
        typed: typed.into(),
        shown: shown.into(),
    }
}

/// A piece of a body.
#[derive(Clone, Debug)]
pub enum Block {
    Words(Text),
    /// The photograph of that caption, alone in a paragraph.
    Shows(usize),
}

#[derive(Clone, Debug)]
pub struct Caption {
    pub name: String,
    pub text: Text,
    pub alt: Option<&'static str>,
    pub picture: Option<Picture>,
    pub credit: Option<Text>,
    pub role: Option<&'static str>,
    pub source: Option<Text>,
    pub usage_terms: Option<Text>,
    pub public_note: Option<Text>,
    /// From which edition on it is gone.
    pub gone_in: Option<u32>,
}

#[derive(Clone, Debug)]
pub struct Story {
    pub slug: String,
    pub section: &'static str,
    pub guid: Option<&'static str>,
    pub headline: Text,
    pub kicker: Option<Text>,
    pub deck: Option<Text>,
    pub dateline: Option<Text>,
    pub published: String,
    pub updated: Option<String>,
    pub authors: Vec<Text>,
    pub tags: Vec<Text>,
    pub language: Option<&'static str>,
    pub source: Option<Text>,
    pub rights: Option<Text>,
    pub note: Option<&'static str>,
    pub public_note: Option<Text>,
    pub body: Vec<Block>,
    pub captions: Vec<Caption>,
    /// From which edition on it is gone, and in which it is back.
    pub gone: Option<(u32, u32)>,
    /// Its date is still to come.
    pub embargoed: bool,
    /// In which edition it is corrected: the note and its date.
    pub corrected_in: Option<(u32, Text, &'static str)>,
    /// In which edition it moves to another section.
    pub moves_in: Option<(u32, &'static str)>,
}

impl Story {
    pub fn new(
        slug: impl Into<String>,
        section: &'static str,
        headline: Text,
        published: impl Into<String>,
    ) -> Self {
        Self {
            slug: slug.into(),
            section,
            guid: None,
            headline,
            kicker: None,
            deck: None,
            dateline: None,
            published: published.into(),
            updated: None,
            authors: Vec::new(),
            tags: Vec::new(),
            language: None,
            source: None,
            rights: None,
            note: None,
            public_note: None,
            body: Vec::new(),
            captions: Vec::new(),
            gone: None,
            embargoed: false,
            corrected_in: None,
            moves_in: None,
        }
    }

    pub fn paragraph(mut self, words: Text) -> Self {
        self.body.push(Block::Words(words));
        self
    }

    /// What readers know it by.
    pub fn reader_id(&self) -> String {
        self.guid.map_or_else(|| id(&self.slug), str::to_owned)
    }

    /// Whether Atom may have the guid for an id.
    fn has_iri(&self) -> bool {
        self.guid
            .is_none_or(|guid| guid.starts_with("https:") || guid.starts_with("tag:"))
    }

    fn in_edition(&self, edition: u32) -> Self {
        let mut story = self.clone();
        story.captions.retain(|caption| caption.is_there(edition));
        if let Some((from, note, at)) = &self.corrected_in
            && edition >= *from
        {
            story.public_note = Some(note.clone());
            story.updated = Some((*at).to_owned());
        }
        if let Some((from, section)) = self.moves_in
            && edition >= from
        {
            story.section = section;
        }
        story
    }

    fn is_there(&self, edition: u32) -> bool {
        self.gone
            .is_none_or(|(from, back)| edition < from || edition >= back)
    }
}

impl Caption {
    pub fn new(name: impl Into<String>, text: Text) -> Self {
        Self {
            name: name.into(),
            text,
            alt: None,
            picture: None,
            credit: None,
            role: None,
            source: None,
            usage_terms: None,
            public_note: None,
            gone_in: None,
        }
    }

    fn is_there(&self, edition: u32) -> bool {
        self.gone_in.is_none_or(|from| edition < from)
    }

    /// Credit and source as media elements name them.
    fn names(&self) -> Vec<&str> {
        let names = self.credit.iter().chain(&self.source);
        names.map(|name| name.shown.as_str()).collect()
    }

    fn noted(&self) -> &str {
        self.public_note.as_ref().map_or("", |note| &note.shown)
    }

    /// As it is printed below a photograph.
    fn printed(&self) -> String {
        let (said, noted) = (&self.text.shown, self.noted());
        format!("{said} {noted} {}", self.names().join(" / "))
    }

    /// As an item of its own says it: what was wrong comes first.
    fn alone(&self) -> String {
        let (said, noted) = (&self.text.shown, self.noted());
        format!("{noted} {said} {}", self.names().join(" / "))
    }

    fn file(&self) -> Option<String> {
        self.picture
            .map(|picture| format!("{}.{}", self.name, picture.extension()))
    }
}

/// Writes the paper as it is in `edition` over whatever edition is there.
///
/// # Errors
/// Where the folder cannot be written.
pub fn write(root: &Path, edition: u32) -> io::Result<()> {
    fs::create_dir_all(root)?;
    let logo = Picture::Logo.bytes("logo")?;
    renew(&root.join("logo.png"), &logo)?;
    renew(&root.join("publication.toml"), publication().as_bytes())?;
    for story in stories() {
        for (section, _) in SECTIONS {
            let folder = root.join(section).join(&story.slug);
            let there = story.is_there(edition) && story.in_edition(edition).section == section;
            if !there && folder.exists() {
                fs::remove_dir_all(folder)?;
            }
        }
        if story.is_there(edition) {
            write_story(root, &story.in_edition(edition))?;
        }
    }
    Ok(())
}

fn write_story(root: &Path, story: &Story) -> io::Result<()> {
    let folder = root.join(story.section).join(&story.slug);
    fs::create_dir_all(&folder)?;
    // Photographs first: a running server must not meet an article whose picture is still to come.
    for caption in &story.captions {
        if let (Some(picture), Some(file)) = (caption.picture, caption.file()) {
            renew(&folder.join(file), &picture.bytes(&caption.name)?)?;
        }
    }
    renew(&folder.join("article.md"), item_file(story).as_bytes())
}

/// A file that has the bytes already is left alone.
fn renew(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if fs::read(path).is_ok_and(|found| found == bytes) {
        return Ok(());
    }
    fs::write(path, bytes)
}

fn publication() -> String {
    let mut out = String::from("id = \"urn:uuid:01a05bfb-7000-7718-a56f-62f784e61d33\"\n");
    pair(&mut out, "title", TITLE);
    out.push_str("language = \"en\"\ntimezone = \"Asia/Kathmandu\"\n");
    pair(
        &mut out,
        "description",
        "All the news that breaks feeds: R&D, < and ]]>",
    );
    pair(&mut out, "rights", "© 2025 “Everything” & Sons");
    out.push_str("logo = \"logo.png\"\nmain_feed = [\"articles\", \"captions\"]\n");
    for (slug, title) in SECTIONS {
        let _ = writeln!(out, "\n[[sections]]\nslug = \"{slug}\"");
        pair(&mut out, "title", title);
    }
    out + FEEDS
}

fn item_file(story: &Story) -> String {
    let mut out = String::from("+++\n");
    pair(&mut out, "id", &id(&story.slug));
    if let Some(guid) = story.guid {
        pair(&mut out, "guid", guid);
    }
    pair(&mut out, "headline", &story.headline.typed);
    for (key, value) in [
        ("kicker", &story.kicker),
        ("deck", &story.deck),
        ("dateline", &story.dateline),
        ("source", &story.source),
        ("rights", &story.rights),
        ("public_note", &story.public_note),
    ] {
        if let Some(value) = value {
            pair(&mut out, key, &value.typed);
        }
    }
    let _ = writeln!(out, "published = {}", story.published);
    if let Some(updated) = &story.updated {
        let _ = writeln!(out, "updated = {updated}");
    }
    for (key, values) in [("authors", &story.authors), ("tags", &story.tags)] {
        let values: Vec<String> = values.iter().map(|value| spelled(&value.typed)).collect();
        let _ = writeln!(out, "{key} = [{}]", values.join(", "));
    }
    for (key, value) in [("language", story.language), ("note", story.note)] {
        if let Some(value) = value {
            pair(&mut out, key, value);
        }
    }
    for caption in &story.captions {
        out.push_str("\n[[captions]]\n");
        pair(&mut out, "id", &id(&caption.name));
        pair(&mut out, "text", &caption.text.typed);
        let plain = [("alt", caption.alt), ("role", caption.role)];
        for (key, value) in plain {
            if let Some(value) = value {
                pair(&mut out, key, value);
            }
        }
        if let Some(file) = caption.file() {
            pair(&mut out, "image", &file);
        }
        for (key, value) in [
            ("credit", &caption.credit),
            ("source", &caption.source),
            ("usage_terms", &caption.usage_terms),
            ("public_note", &caption.public_note),
        ] {
            if let Some(value) = value {
                pair(&mut out, key, &value.typed);
            }
        }
    }
    out.push_str("+++\n\n");
    let blocks: Vec<String> = story
        .body
        .iter()
        .map(|block| match block {
            Block::Words(words) => words.typed.clone(),
            Block::Shows(place) => {
                let file = story.captions[*place].file().unwrap();
                format!("![]({file})")
            }
        })
        .collect();
    out.push_str(&blocks.join("\n\n"));
    out.push('\n');
    out
}

fn pair(out: &mut String, key: &str, value: &str) {
    let _ = writeln!(out, "{key} = {}", spelled(value));
}

/// A TOML string: JSON's escapes, and those of the controls that JSON leaves bare.
fn spelled(value: &str) -> String {
    json!(value).to_string().replace('\u{7f}', "\\u007f")
}

/// What readers must find of `edition`: each item by its id, the ids that are withdrawn, and what stands for an id in Atom.
pub fn meant(edition: u32) -> Value {
    let mut items = Vec::new();
    let mut withdrawn = Vec::new();
    let mut aliases = Map::new();
    for story in stories() {
        let there = story.is_there(edition) && !story.embargoed;
        let was_there = !story.embargoed;
        if !story.has_iri() {
            aliases.insert(id(&story.slug), json!(story.reader_id()));
        }
        if there {
            items.extend(meant_story(&story.in_edition(edition), edition));
        } else if was_there {
            withdrawn.push(story.reader_id());
        }
        for caption in &story.captions {
            if was_there && (!there || !caption.is_there(edition)) {
                withdrawn.push(id(&caption.name));
            }
        }
    }
    json!({
        "title": TITLE,
        "main": ["article", "caption"],
        "feeds": {
            // All of the second's stories are about prices.
            "two-correspondents": feed(&items, &["rss", "atom", "json"], |item| {
                item["kind"] == "article" && item["authors"][0] == "Correspondent 1"
            }),
            "right-to-left": feed(&items, &["rss", "atom"], |item| item["language"] == "ar" || item["language"] == "he"),
            "reuters": feed(&items, &["rss", "atom", "json"], |item| {
                item["kind"] == "caption" && item["photographs"][0]["credits"].as_array().is_some_and(|names| names.contains(&json!("Reuters")))
            }),
            "no-wire": feed(&items, &["json"], |item| item["kind"] == "article" && item["section"] != "wire"),
        },
        "items": items,
        "withdrawn": withdrawn,
        "aliases": aliases,
        "never": [PRIVATE, WITHDRAWN, ACTIVE, EMBARGOED],
    })
}

/// What a named query gives: its formats, and all that it takes whatever the window.
fn feed(items: &[Value], formats: &[&str], takes: impl Fn(&Value) -> bool) -> Value {
    let taken = items.iter().filter(|item| takes(item));
    let ids: Vec<&Value> = taken.map(|item| &item["id"]).collect();
    json!({ "formats": formats, "items": ids })
}

fn meant_story(story: &Story, edition: u32) -> Vec<Value> {
    let shown = |words: &Option<Text>| words.as_ref().map(|words| words.shown.clone());
    let all =
        |words: &[Text]| -> Vec<String> { words.iter().map(|word| word.shown.clone()).collect() };
    let mut body = String::new();
    let mut inline = Vec::new();
    for block in &story.body {
        match block {
            Block::Words(words) => body.push_str(&words.shown),
            Block::Shows(place) => {
                body.push_str(&story.captions[*place].printed());
                inline.push(*place);
            }
        }
        body.push('\n');
    }
    let mut whole = String::new();
    for line in [
        &story.public_note,
        &story.kicker,
        &story.deck,
        &story.dateline,
    ] {
        whole.extend(shown(line));
    }
    whole.push_str(&body);
    for (place, caption) in story.captions.iter().enumerate() {
        if !inline.contains(&place) {
            whole.push_str(&caption.printed());
        }
    }
    whole.extend(shown(&story.source));
    if whole.trim().is_empty() {
        whole.clone_from(&story.headline.shown);
    }
    let section = SECTIONS.iter().find(|(slug, _)| *slug == story.section);
    let photographs: Vec<Value> = story.captions.iter().filter_map(photograph).collect();
    let credits: Vec<&str> = story
        .captions
        .iter()
        .filter_map(|caption| caption.credit.as_ref())
        .map(|credit| credit.shown.as_str())
        .collect();
    let mut items = vec![json!({
        "kind": "article",
        "id": story.reader_id(),
        "slug": story.slug,
        "section": story.section,
        "section_title": section.map(|(_, title)| title),
        "title": story.headline.shown,
        "text": whole,
        // What its own feed tells: a correction stands before the parts.
        "body": shown(&story.public_note).into_iter().collect::<String>() + &body,
        "published": story.published,
        "updated": story.updated,
        "authors": all(&story.authors),
        "contributors": credits,
        "tags": all(&story.tags),
        "kicker": shown(&story.kicker),
        "language": story.language,
        "rights": shown(&story.rights),
        "photographs": photographs,
    })];
    for caption in &story.captions {
        assert!(caption.is_there(edition));
        items.push(json!({
            "kind": "caption",
            "id": id(&caption.name),
            "of": story.reader_id(),
            "section": story.section,
            "title": caption.text.shown,
            "text": caption.alone(),
            "published": story.published,
            "updated": null,
            "authors": caption.credit.iter().map(|credit| credit.shown.clone()).collect::<Vec<_>>(),
            "contributors": [],
            "tags": [],
            "kicker": null,
            "language": story.language,
            "rights": shown(&story.rights),
            "photographs": photograph(caption).into_iter().collect::<Vec<_>>(),
        }));
    }
    items
}

fn photograph(caption: &Caption) -> Option<Value> {
    let picture = caption.picture?;
    Some(json!({
        "caption": caption.text.shown,
        "alt": caption.alt,
        "credits": caption.names(),
        "terms": caption.usage_terms.as_ref().map(|terms| terms.shown.clone()),
        "type": picture.media_type(),
    }))
}
