//! One older item as an article with its captions and photographs.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use crate::folder::Files;
use crate::folder::reading::{self, MAX_ARTICLE_BYTES};
use crate::folder::recordings::Recordings;
use crate::import::feed_file::{OlderItem, Picture, Survey, prose};
use crate::item::limits::{MAX_AUTHORS, MAX_TAGS};
use crate::item::{
    Article, Caption, FormerPath, Id, KnownCaption, Line, MAX_ATTACHMENTS, MAX_FORMER, Markdown,
    Moment, NoteKind, Photograph, PhotographError, Severity, caption_ids, file,
};

use super::FeedImport;
use super::pictures::Pictures;
use super::words;

/// Maximum size of the HTML of an item, in bytes: more than any article has that fits into a file.
const MAX_PROSE_BYTES: usize = 8 * 1024 * 1024;

/// The decisions about an item that depend on the items before it.
pub(super) struct ItemPlan {
    /// Where the item stands in its file, as a report says it.
    pub(super) place: String,
    pub(super) is_new: bool,
    pub(super) id: Id,
    pub(super) guid: Option<Line>,
    /// `section/slug`
    pub(super) path: String,
    pub(super) headline: String,
    /// Whether the headline was cut from the text.
    pub(super) is_cut: bool,
    pub(super) published: Moment,
    /// Whether its date had no time zone.
    pub(super) is_zoneless: bool,
    pub(super) tags: Vec<String>,
    pub(super) undeclared: Vec<String>,
    /// Its old addresses.
    pub(super) former: Vec<Line>,
    pub(super) left_out: Vec<String>,
    pub(super) is_draft: bool,
    /// Whether another story of the file has its guid.
    pub(super) is_guid_taken: bool,
}

/// An item's folder, ready to be written.
pub(super) struct ItemFolder {
    pub(super) text: String,
    pub(super) photographs: Vec<(String, Vec<u8>)>,
    pub(super) captions: usize,
    /// Parts of the item that have no place in an article, each as often as it occurred.
    pub(super) left_out: Vec<String>,
}

/// Makes the item's folder.
///
/// # Errors
/// The reason for which it cannot be published.
pub(super) fn make(
    import: &FeedImport<'_>,
    folder: &Files,
    item: &OlderItem,
    plan: &ItemPlan,
    survey: &Survey,
) -> Result<ItemFolder, String> {
    if item.prose.as_written().len() > MAX_PROSE_BYTES {
        let megabytes = MAX_PROSE_BYTES / 1024 / 1024;
        return Err(format!("a text of more than {megabytes} MiB; split it"));
    }
    let mut pictures = Pictures::of(import.media.as_ref(), item);
    let mut place = |picture: Picture| Some(pictures.place(picture));
    let converted = prose::convert(item, survey, &mut place).map_err(|error| error.to_string())?;
    let lead = pictures.beside_the_text();
    let mut left_out = item.left_out.clone();
    left_out.extend(plan.left_out.iter().cloned());
    left_out.extend(converted.left_out.iter().cloned());
    left_out.append(&mut pictures.left_out);
    left_out.extend(pictures.captions.told());
    left_out.extend(words::lost(&converted, &pictures.captions));
    let mut beside = words::beside(item, &plan.headline, &converted.visible_before);
    left_out.append(&mut beside.left_out);
    let body = format!("{lead}{}{}", beside.paragraphs, converted.markdown);
    if plan.is_guid_taken {
        left_out.push("guid that another story of the file has".to_owned());
    }
    let mut article = Article {
        id: Some(plan.id),
        guid: plan.guid.clone(),
        former: plan.former.clone(),
        canonical: line(item.canonical.as_deref()),
        headline: Line::parse(&plan.headline).ok_or("a title of nothing but blanks")?,
        headline_lines: Vec::new(),
        kicker: None,
        deck: beside.deck,
        dateline: None,
        published: plan.published,
        embargo_until: None,
        draft: plan.is_draft,
        lead: false,
        updated: updated(import, item, plan),
        authors: up_to(MAX_AUTHORS, lines(&item.authors), &mut left_out, |author| {
            format!("author beyond {MAX_AUTHORS}: {}", &**author)
        }),
        tags: up_to(MAX_TAGS, lines(&plan.tags), &mut left_out, |tag| {
            format!("tag beyond {MAX_TAGS}: {}", &**tag)
        }),
        language: language(import, item, survey, &mut left_out),
        source: line(item.source.as_deref()),
        rights: line(item.rights.as_deref()),
        note: None,
        public_note: None,
        public_note_kind: NoteKind::default(),
        body: Markdown::parse(&format!("\n{}\n", body.trim())),
        captions: pictures.captions.kept,
        attachments: up_to(
            MAX_ATTACHMENTS,
            item.attachments.clone(),
            &mut left_out,
            |other| format!("sound or film at {}", &*other.url),
        ),
    };
    let before = match plan.is_new || !import.replace {
        true => None,
        false => {
            reading::article(folder, Path::new(&plan.path), Recordings::ALL)
                .0
                .article
        }
    };
    keep(&mut article, before.as_ref());
    let text = checked(&article, &pictures.photographs)?;
    Ok(ItemFolder {
        text,
        captions: article.captions.len(),
        photographs: pictures
            .photographs
            .into_iter()
            .map(|(name, _, bytes)| (name, bytes))
            .collect(),
        left_out,
    })
}

/// The first `most` of all; a description of each of the others goes to `left_out`.
fn up_to<T>(
    most: usize,
    mut all: Vec<T>,
    left_out: &mut Vec<String>,
    describe: impl Fn(&T) -> String,
) -> Vec<T> {
    let others = all.split_off(most.min(all.len()));
    left_out.extend(others.iter().map(describe));
    all
}

/// The text of the item file, once the parser of item files accepts it; else the reasons for its refusal.
fn checked(
    article: &Article,
    photographs: &[(String, Photograph, Vec<u8>)],
) -> Result<String, String> {
    let text = file::print(article);
    if text.len() as u64 > MAX_ARTICLE_BYTES {
        let megabytes = MAX_ARTICLE_BYTES / 1024 / 1024;
        return Err(format!("an article of more than {megabytes} MiB; split it"));
    }
    let find = |name: &str| {
        let mut all = photographs.iter();
        let found = all.find(|(known, _, _)| known == name);
        let known = found.map(|(_, photograph, _)| photograph.clone());
        let stored = article.captions.iter().find_map(|caption| {
            let image = caption.image.as_ref()?;
            (image.name == name).then(|| image.photograph.clone())
        });
        known.or(stored).ok_or_else(|| PhotographError::Missing {
            name: name.to_owned(),
        })
    };
    let parsed = file::parse(text.as_bytes(), &find);
    if parsed.article.is_some() {
        return Ok(text);
    }
    let refused = parsed
        .complaints
        .iter()
        .filter(|complaint| complaint.severity == Severity::Refused)
        .map(|complaint| format!("expected {}; found {}", complaint.expected, complaint.found));
    Err(refused.collect::<Vec<_>>().join("; "))
}

/// Keeps the ids, and the fields that the desk has set and the older item cannot have, of the article as it was
/// `before`.
fn keep(article: &mut Article, before: Option<&Article>) {
    let mut known = Vec::new();
    if let Some(before) = before {
        article.id = before.id.or(article.id);
        keep_addresses(article, before);
        article.kicker.clone_from(&before.kicker);
        article.dateline.clone_from(&before.dateline);
        article.note.clone_from(&before.note);
        article.public_note.clone_from(&before.public_note);
        article.public_note_kind = before.public_note_kind;
        article.lead = before.lead;
        if article.headline == before.headline {
            article.headline_lines.clone_from(&before.headline_lines);
        }
        known = before
            .captions
            .iter()
            .filter_map(|caption| {
                Some(KnownCaption {
                    id: caption.id?,
                    caption,
                    usable: true,
                })
            })
            .collect();
    }
    let ids = caption_ids(
        article.id.unwrap_or_default(),
        &known,
        &article.captions,
        &|_| false,
    );
    let by_id: HashMap<Id, &Caption> = known.iter().map(|was| (was.id, was.caption)).collect();
    for (caption, id) in article.captions.iter_mut().zip(ids) {
        caption.id = Some(id);
        if let Some(was) = by_id.get(&id) {
            caption.image = caption.image.take().or_else(|| was.image.clone());
            caption.copyright.clone_from(&was.copyright);
            caption.usage_terms.clone_from(&was.usage_terms);
            caption.usage_ends = was.usage_ends;
            caption.public_note.clone_from(&was.public_note);
            caption.public_note_kind = was.public_note_kind;
        }
    }
}

/// Keeps addresses that the desk has added; an article that it has published is no draft any more.
fn keep_addresses(article: &mut Article, before: &Article) {
    let paths = article.former_paths();
    let added = before
        .former
        .iter()
        .filter(|text| FormerPath::parse(text).is_some_and(|path| !paths.contains(&path)));
    article.former.extend(added.cloned());
    article.former.truncate(MAX_FORMER);
    article.canonical = article
        .canonical
        .take()
        .or_else(|| before.canonical.clone());
    article.draft &= before.draft;
}

fn line(text: Option<&str>) -> Option<Line> {
    text.and_then(Line::parse)
}

fn lines(texts: &[String]) -> Vec<Line> {
    let mut seen = HashSet::new();
    let lines = texts.iter().filter_map(|text| Line::parse(text));
    lines.filter(|line| seen.insert(line.to_string())).collect()
}

/// The moment of the last update; `None` where it is not later than the publication.
fn updated(import: &FeedImport<'_>, item: &OlderItem, plan: &ItemPlan) -> Option<Moment> {
    let updated = item.updated?.within(import.publication.timezone)?;
    (updated > plan.published).then_some(updated)
}

/// The item's language where it is another than the paper's. That of the whole feed counts only where it is really
/// another: systems are often left at the language that they came with.
fn language(
    import: &FeedImport<'_>,
    item: &OlderItem,
    survey: &Survey,
    left_out: &mut Vec<String>,
) -> Option<Line> {
    let paper = &*import.publication.language;
    let primary = |tag: &str| tag.split('-').next().unwrap_or_default().to_lowercase();
    let (own, whole) = (item.language.as_deref(), survey.language.as_deref());
    let tag = match own {
        Some(own) => Some(own).filter(|own| !own.eq_ignore_ascii_case(paper)),
        None => whole.filter(|whole| primary(whole) != primary(paper)),
    }?;
    if !file::is_language(tag) {
        left_out.push(format!("language {tag:?}, which is no language tag"));
        return None;
    }
    Line::parse(tag)
}
