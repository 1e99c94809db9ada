//! One older item as an article with its captions and photographs.

use std::collections::HashMap;

use crate::folder::reading::{MAX_ARTICLE_BYTES, read_article};
use crate::item::feed_file::{OlderItem, Picture, Survey, plain, prose};
use crate::item::html::Url;
use crate::item::{
    Article, Caption, Id, Image, KnownCaption, Line, Markdown, Moment, Photograph, PhotographError,
    Severity, caption_ids, file,
};

use super::Intake;
use super::media::{Found, MediaFolder, without_size};
use super::names::file_name;

/// A summary of more characters is no deck.
const MAX_DECK_CHARS: usize = 400;

/// The HTML of an article that fits into a file has fewer bytes.
const MAX_PROSE_BYTES: usize = 8 * 1024 * 1024;

/// The most pictures of one item that become captions.
const MAX_PICTURES: usize = 500;

/// What was decided of an item in the order of the file.
pub(super) struct Plan {
    pub(super) is_new: bool,
    pub(super) id: Id,
    pub(super) guid: Option<Line>,
    /// `section/slug`
    pub(super) path: String,
    pub(super) headline: String,
    /// The headline was cut from the text.
    pub(super) is_cut: bool,
    pub(super) published: Moment,
    /// It named no zone.
    pub(super) is_zoneless: bool,
    pub(super) tags: Vec<String>,
    pub(super) undeclared: Vec<String>,
}

/// An item's folder, ready to be written.
pub(super) struct Made {
    pub(super) text: String,
    pub(super) photographs: Vec<(String, Vec<u8>)>,
    pub(super) captions: usize,
    /// What had no place, each as often as it was there.
    pub(super) left_out: Vec<String>,
}

/// Makes the item's folder.
///
/// # Errors
/// The reason for which it cannot be published.
pub(super) fn make(
    intake: &Intake<'_>,
    item: &OlderItem,
    plan: &Plan,
    survey: &Survey,
) -> Result<Made, String> {
    if item.prose.as_written().len() > MAX_PROSE_BYTES {
        let megabytes = MAX_PROSE_BYTES / 1024 / 1024;
        return Err(format!("a text of more than {megabytes} MiB; split it"));
    }
    let mut pictures = Pictures::of(intake.media.as_ref(), item);
    let mut place = |picture: Picture| pictures.place(picture);
    let converted = prose::convert(item, survey, &mut place).map_err(|error| error.to_string())?;
    let lead = pictures.beside_the_text();
    let body = format!("{lead}{}", converted.markdown);
    let mut left_out = item.left_out.clone();
    left_out.extend(converted.left_out);
    left_out.append(&mut pictures.left_out);
    let mut article = Article {
        id: Some(plan.id),
        guid: plan.guid.clone(),
        headline: Line::parse(&plan.headline).ok_or("a title of nothing but blanks")?,
        kicker: None,
        deck: deck(item, &mut left_out),
        dateline: None,
        published: plan.published,
        updated: updated(intake, item, plan),
        authors: lines(&item.authors),
        tags: lines(&plan.tags),
        language: language(intake, item, survey, &mut left_out),
        source: line(item.source.as_deref()),
        rights: line(item.rights.as_deref()),
        note: None,
        public_note: None,
        body: Markdown::parse(&format!("\n{}\n", body.trim())),
        captions: pictures.captions,
    };
    let before = match plan.is_new || !intake.replace {
        true => None,
        false => read_article(intake.root, &intake.root.join(&plan.path)).article,
    };
    keep(&mut article, before.as_ref());
    let text = checked(&article, &pictures.photographs)?;
    Ok(Made {
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

/// The file, once the parser of item files has taken it.
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
        let kept = article.captions.iter().find_map(|caption| {
            let image = caption.image.as_ref()?;
            (image.name == name).then(|| image.photograph.clone())
        });
        known.or(kept).ok_or_else(|| PhotographError::Missing {
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

/// What the desk gave and the older item cannot say stays, and with it the ids.
fn keep(article: &mut Article, before: Option<&Article>) {
    let mut known = Vec::new();
    if let Some(before) = before {
        article.id = before.id.or(article.id);
        article.kicker.clone_from(&before.kicker);
        article.dateline.clone_from(&before.dateline);
        article.note.clone_from(&before.note);
        article.public_note.clone_from(&before.public_note);
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
    for (caption, id) in article.captions.iter_mut().zip(ids) {
        caption.id = Some(id);
        let was = known.iter().find(|known| known.id == id);
        if let Some(was) = was.map(|known| known.caption) {
            caption.image = caption.image.take().or_else(|| was.image.clone());
            caption.usage_terms.clone_from(&was.usage_terms);
            caption.usage_ends = was.usage_ends;
        }
    }
}

fn line(text: Option<&str>) -> Option<Line> {
    text.and_then(Line::parse)
}

fn lines(texts: &[String]) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for line in texts.iter().filter_map(|text| Line::parse(text)) {
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines
}

/// An update is one only where it came later.
fn updated(intake: &Intake<'_>, item: &OlderItem, plan: &Plan) -> Option<Moment> {
    let updated = item.updated?.within(intake.publication.timezone)?;
    (updated > plan.published).then_some(updated)
}

/// A summary says something of its own, or is the beginning of the text over again.
fn deck(item: &OlderItem, left_out: &mut Vec<String>) -> Option<Line> {
    let deck = Line::parse(&plain(item.summary.as_deref()?))?;
    let letters = |text: &str| -> String { text.chars().filter(|c| c.is_alphanumeric()).collect() };
    let own = deck
        .trim_end_matches(['…', ']', '[', '.', ' '])
        .trim_end_matches("Continue reading");
    let start = letters(&own.chars().take(60).collect::<String>());
    if letters(&plain(item.prose.as_written())).contains(&start) {
        return None;
    }
    if deck.chars().count() > MAX_DECK_CHARS {
        left_out.push("summary that is too long for a deck".to_owned());
        return None;
    }
    Some(deck)
}

/// The item's language where it is another than the paper's. What a whole feed says counts only where it is really another:
/// systems are often left at the language that they came with.
fn language(
    intake: &Intake<'_>,
    item: &OlderItem,
    survey: &Survey,
    left_out: &mut Vec<String>,
) -> Option<Line> {
    let paper = &*intake.publication.language;
    let primary = |tag: &str| tag.split('-').next().unwrap_or_default().to_lowercase();
    let (own, whole) = (item.language.as_deref(), survey.language.as_deref());
    let said = match own {
        Some(own) => Some(own).filter(|own| !own.eq_ignore_ascii_case(paper)),
        None => whole.filter(|whole| primary(whole) != primary(paper)),
    }?;
    if !file::is_language(said) {
        left_out.push(format!("language {said:?}, which is no language tag"));
        return None;
    }
    Line::parse(said)
}

/// The pictures of an item as they are placed.
struct Pictures<'m> {
    media: Option<&'m MediaFolder>,
    /// What the item says of its pictures beside its text.
    beside: Vec<Picture>,
    placed: HashMap<String, String>,
    captions: Vec<Caption>,
    photographs: Vec<(String, Photograph, Vec<u8>)>,
    left_out: Vec<String>,
}

impl<'m> Pictures<'m> {
    fn of(media: Option<&'m MediaFolder>, item: &OlderItem) -> Self {
        let base = item.base.as_deref().and_then(|base| Url::parse(base).ok());
        let whole = |picture: &Picture| {
            let mut picture = picture.clone();
            let joined = base
                .as_ref()
                .and_then(|base| base.join(&picture.address).ok());
            if let Some(address) = joined {
                picture.address = address.to_string();
            }
            picture
        };
        Self {
            media,
            beside: item.pictures.iter().take(MAX_PICTURES).map(whole).collect(),
            placed: HashMap::new(),
            captions: Vec::new(),
            photographs: Vec::new(),
            left_out: Vec::new(),
        }
    }

    /// What stands for the picture in the text.
    fn place(&mut self, mut picture: Picture) -> Option<String> {
        let key = key(&picture.address);
        if let Some(shown) = self.placed.get(&key) {
            return Some(shown.clone());
        }
        if self.placed.len() >= MAX_PICTURES {
            self.left_out.push(format!(
                "caption of a picture beyond {MAX_PICTURES} in one item (it stays at its address)"
            ));
            return Some(picture.address);
        }
        if let Some(at) = self
            .beside
            .iter()
            .position(|known| self::key(&known.address) == key)
        {
            let known = self.beside.remove(at);
            picture.caption = picture.caption.or(known.caption);
            picture.alt = picture.alt.or(known.alt);
            picture.credit = picture.credit.or(known.credit);
            picture.role = picture.role.or(known.role);
        }
        let shown = self.settle(&picture);
        self.placed.insert(key, shown.clone());
        Some(shown)
    }

    /// The pictures that the text does not show: those that stand beside the article are shown behind it, the others can
    /// only be shown from where they are.
    fn beside_the_text(&mut self) -> String {
        let mut lead = String::new();
        while !self.beside.is_empty() {
            let picture = self.beside.remove(0);
            let shown = self.settle(&picture);
            if Url::parse(&shown).is_ok() {
                let alt: String = picture.alt.unwrap_or_default();
                let html = format!(
                    "<img src=\"{}\" alt=\"{}\">",
                    quick_xml::escape::escape(shown.as_str()),
                    quick_xml::escape::escape(alt.as_str())
                );
                lead.push_str(&prose::markdown(&html));
                lead.push_str("\n\n");
            }
        }
        lead
    }

    /// Makes a caption of a picture of which words are known; its name in the text, else its address.
    fn settle(&mut self, picture: &Picture) -> String {
        let address = picture.address.clone();
        let text = line(picture.caption.as_deref()).or_else(|| line(picture.alt.as_deref()));
        let Some(text) = text else {
            self.left_out
                .push("caption of a picture that has neither one nor an alt text (it stays at its address)".to_owned());
            return address;
        };
        if picture.caption.is_none() {
            self.left_out.push(
                "caption of a picture that has only an alt text (that stands for it)".to_owned(),
            );
        }
        let role = picture.role.as_deref().filter(|role| file::is_role(role));
        let image = self.photograph(picture);
        let shown = image.as_ref().map_or(address, |image| image.name.clone());
        self.captions.push(Caption {
            id: None,
            text,
            alt: line(picture.alt.as_deref()),
            image,
            credit: line(picture.credit.as_deref()),
            role: line(role),
            source: None,
            usage_terms: None,
            usage_ends: None,
        });
        shown
    }

    fn photograph(&mut self, picture: &Picture) -> Option<Image> {
        let mut addresses: Vec<&str> = picture.original.iter().map(String::as_str).collect();
        addresses.push(&picture.address);
        let found = self
            .media
            .map_or(Found::Nothing, |media| media.find(&addresses));
        let (photograph, bytes) = match found {
            Found::Photograph(photograph, bytes) => (photograph, bytes),
            Found::Nothing => {
                let reason = match self.media {
                    None => {
                        "photograph (it stays at its address; --media DIR brings those of a folder in)"
                    }
                    Some(_) => {
                        "photograph that is not in the folder of --media (it stays at its address)"
                    }
                };
                self.left_out.push(reason.to_owned());
                return None;
            }
            Found::Unusable(reason) => {
                self.left_out.push(format!("photograph: {reason}"));
                return None;
            }
        };
        let name = self.free_name(&file_name(&picture.address));
        self.photographs
            .push((name.clone(), photograph.clone(), bytes));
        Some(Image { name, photograph })
    }

    fn free_name(&self, name: &str) -> String {
        let name = without_size(name);
        let taken = |name: &str| self.photographs.iter().any(|(known, _, _)| known == name);
        let mut free = name.clone();
        let mut number = 1;
        while taken(&free) {
            number += 1;
            free = format!("{number}-{name}");
        }
        free
    }
}

/// What two addresses of one picture have in common: not the scheme, the query or the size.
fn key(address: &str) -> String {
    let bare = address.split(['?', '#']).next().unwrap_or_default();
    let bare = bare.split_once("//").map_or(bare, |(_, rest)| rest);
    match bare.rsplit_once('/') {
        Some((folder, name)) => format!("{folder}/{}", without_size(name)),
        None => without_size(bare),
    }
}
