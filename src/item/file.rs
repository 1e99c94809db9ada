//! The item file: TOML front matter between `+++` lines, then Markdown; read and printed back without loss.

use std::collections::HashSet;
use std::fmt::Write as _;

use super::attachment::{MAX_ATTACHMENTS, attachment_of, refuse_too_many};
use super::headline::headline_lines;
use super::note::note_kind;
use super::{
    Article, Caption, Complaint, Draft, Id, Image, Line, Markdown, Moment, NoteKind, Photograph,
    PhotographError, Reader, RecordingError, former, html, is_refused, limits,
};

pub use super::attachment::FindRecording;

/// Finds and reads the photograph of that name beside the item.
pub type FindPhotograph<'a> = dyn Fn(&str) -> Result<Photograph, PhotographError> + 'a;

/// The functions that find and read the files that an item names.
pub struct FileLookup<'a> {
    pub photographs: &'a FindPhotograph<'a>,
    pub recordings: &'a FindRecording<'a>,
}

impl<'a> FileLookup<'a> {
    /// A lookup that finds no recordings.
    pub fn photographs_only(photographs: &'a FindPhotograph<'a>) -> Self {
        let recordings = &|name: &str| {
            let name = name.to_owned();
            Err(RecordingError::Missing { name })
        };
        Self {
            photographs,
            recordings,
        }
    }
}

/// The result of parsing an item file: the article, unless a complaint refuses it, and all complaints.
#[derive(Debug)]
pub struct ParsedItem {
    pub article: Option<Article>,
    pub complaints: Vec<Complaint>,
}

/// The line that begins and ends the front matter.
pub const FENCE: &str = "+++";

/// Reads an item file that has photographs at most beside it; never panics, whatever the bytes.
pub fn parse(bytes: &[u8], photographs: &FindPhotograph<'_>) -> ParsedItem {
    parse_with(bytes, &FileLookup::photographs_only(photographs))
}

/// Reads an item file with its photographs and recordings; never panics, whatever the bytes.
pub fn parse_with(bytes: &[u8], lookup: &FileLookup<'_>) -> ParsedItem {
    let mut complaints = Vec::new();
    let article = read(bytes, lookup, &mut complaints);
    ParsedItem {
        article: article.filter(|_| !is_refused(&complaints)),
        complaints,
    }
}

fn read(bytes: &[u8], lookup: &FileLookup<'_>, complaints: &mut Vec<Complaint>) -> Option<Article> {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.trim_start_matches('\u{feff}').replace("\r\n", "\n"),
        Err(error) => {
            let good = bytes.get(..error.valid_up_to()).unwrap_or_default();
            let line = 1 + good.iter().filter(|&&byte| byte == b'\n').count();
            complaints.push(Complaint::refused(
                Some(line),
                "UTF-8",
                format!("a byte that is not, at offset {}", error.valid_up_to()),
                "save the file as UTF-8",
            ));
            return None;
        }
    };
    let Some((front, body, body_line)) = split(&text) else {
        complaints.push(Complaint::refused(
            Some(1),
            "front matter between two lines +++",
            match text.lines().next() {
                Some(first) if first.trim_end() == FENCE => "no closing +++".to_owned(),
                Some(first) => format!("{:?}", first.chars().take(40).collect::<String>()),
                None => "an empty file".to_owned(),
            },
            "begin the file with +++, the keys, and +++ again; the text follows",
        ));
        return None;
    };
    match Draft::from_toml(front, 2) {
        Ok(draft) => article_of(draft, body, body_line, lookup, complaints),
        Err(complaint) => {
            complaints.push(complaint);
            None
        }
    }
}

/// The front matter, the body, and the line on which the body begins.
fn split(text: &str) -> Option<(&str, &str, usize)> {
    let rest = text.strip_prefix(FENCE)?.strip_prefix('\n')?;
    let mut offset = 0;
    for (number, line) in rest.split_inclusive('\n').enumerate() {
        if line.trim_end() == FENCE {
            let body = rest.get(offset + line.len()..)?;
            return Some((rest.get(..offset)?, body, number + 3));
        }
        offset += line.len();
    }
    None
}

/// Makes an article of keys and a body. Whatever way an item comes in, it passes here.
pub fn article_of(
    draft: Draft,
    body: &str,
    body_line: usize,
    lookup: &FileLookup<'_>,
    complaints: &mut Vec<Complaint>,
) -> Option<Article> {
    let mut reader = Reader::new(draft, complaints);
    let id = reader.id("id");
    let guid = reader.text("guid");
    let former = former::former(&mut reader);
    let canonical = former::canonical(&mut reader);
    let headline = reader.required_text("headline", "give the item a headline");
    let headline_lines = headline_lines(&mut reader, headline.as_ref());
    let kicker = reader.text("kicker");
    let deck = reader.text("deck");
    let dateline = reader.text("dateline");
    let published = reader.required_moment("published");
    let embargo_until = reader.moment("embargo_until");
    let draft = reader.flag("draft").unwrap_or(false);
    let lead = reader.flag("lead").unwrap_or(false);
    let updated = reader.moment("updated");
    let authors = reader.texts_up_to("authors", limits::MAX_AUTHORS);
    let tags = reader.texts_up_to("tags", limits::MAX_TAGS);
    let language = language(&mut reader, "language");
    let source = reader.text("source");
    let rights = reader.text("rights");
    let note = reader.long_text("note");
    let public_note = reader.text("public_note");
    let public_note_kind = note_kind(&mut reader, public_note.as_ref());
    check_dates(
        &mut reader,
        [
            ("published", published),
            ("embargo_until", embargo_until),
            ("updated", updated),
        ],
    );
    reader.note_illegal("the text", Some(body_line), body);
    let captions = reader.tables_up_to("captions", limits::MAX_CAPTIONS);
    let attachments = reader.tables("attachments");
    let line = reader.line_of("attachments");
    let lines = limits::BESIDE.map(|key| reader.line_of(key));
    reader.finish();
    refuse_too_many(attachments.len(), line, complaints);
    // Files are large: of more than an article may have none is read.
    let attachments = attachments
        .into_iter()
        .take(MAX_ATTACHMENTS)
        .filter_map(|draft| attachment_of(draft, lookup.recordings, complaints))
        .collect();
    let captions = captions
        .into_iter()
        .filter_map(|draft| caption_of(draft, lookup.photographs, complaints))
        .collect::<Vec<_>>();
    check_caption_ids(&captions, complaints);
    let body = Markdown::parse(body);
    complaints.extend(html::complaints(&body, body_line, &captions));
    let article = Article {
        id,
        guid,
        former,
        canonical,
        headline: headline?,
        headline_lines,
        kicker,
        deck,
        dateline,
        published: published?,
        embargo_until,
        draft,
        lead,
        updated,
        authors,
        tags,
        language,
        source,
        rights,
        note,
        public_note,
        public_note_kind,
        body,
        captions,
        attachments,
    };
    complaints.extend(too_much_beside(&article, lines));
    Some(article)
}

/// The complaint about texts beside the body that are too long together, at the longest of them.
fn too_much_beside<const N: usize>(
    article: &Article,
    lines: [Option<usize>; N],
) -> Option<Complaint> {
    let beside = limits::beside(article);
    let all: usize = beside.iter().sum();
    if all <= limits::MAX_BESIDE_BYTES {
        return None;
    }
    let of_keys = beside.iter().zip(limits::BESIDE).zip(lines);
    let ((_, key), line) = of_keys.max_by_key(|((bytes, _), _)| **bytes)?;
    Some(Complaint::refused(
        line,
        format!(
            "at most {} bytes in {} together, as they stand escaped in feeds",
            limits::MAX_BESIDE_BYTES,
            limits::BESIDE.join(", ")
        ),
        format!("{all} bytes, most of them in {key}"),
        "shorten it; what is to be read in full belongs into the text",
    ))
}

/// The id and the guid that an item file names, without reading the rest of it.
///
/// # Errors
/// One complaint where the front matter cannot be read.
pub fn known_by(bytes: &[u8]) -> Result<(Option<Id>, Option<Line>), Complaint> {
    let unreadable = |found: &str| {
        Complaint::refused(
            Some(1),
            "front matter",
            found,
            "run check to see what is wrong",
        )
    };
    let text = std::str::from_utf8(bytes).map_err(|_| unreadable("bytes that are not UTF-8"))?;
    let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n");
    let (front, _, _) = split(&text).ok_or_else(|| unreadable("none"))?;
    let mut complaints = Vec::new();
    let mut reader = Reader::new(Draft::from_toml(front, 2)?, &mut complaints);
    Ok((reader.id("id"), reader.text("guid")))
}

/// Whether `tag` is a language tag by the grammar of BCP 47, as far as `xml:lang` and the validators ask.
pub fn is_language(tag: &str) -> bool {
    let mut parts = tag.split('-');
    let primary = parts.next().unwrap_or_default();
    (2..=3).contains(&primary.len())
        && primary.chars().all(|c| c.is_ascii_alphabetic())
        && parts.all(|part| {
            (1..=8).contains(&part.len()) && part.chars().all(|c| c.is_ascii_alphanumeric())
        })
}

/// A language tag, see [`is_language`].
pub fn language(reader: &mut Reader<'_>, key: &'static str) -> Option<Line> {
    let tag = reader.text(key)?;
    if is_language(&tag) {
        return Some(tag);
    }
    let line = reader.line_of(key);
    reader.complain(Complaint::refused(
        line,
        format!("{key} to be a language tag (BCP 47), such as zh-Hans or en-GB"),
        format!("{:?}", &*tag),
        "correct the tag",
    ));
    None
}

fn check_dates(reader: &mut Reader<'_>, dates: [(&'static str, Option<Moment>); 3]) {
    let [(_, published), _, (_, updated)] = dates;
    if let (Some(published), Some(updated)) = (published, updated)
        && updated < published
    {
        let line = reader.line_of("updated");
        reader.complain(Complaint::refused(
            line,
            "updated to be later than published",
            updated.to_rfc3339(),
            "correct one of the two dates",
        ));
    }
    for (key, moment) in dates {
        // RFC 822 dates and every reader's calendar want four digits.
        if let Some(moment) = moment
            && !(1000..=9999).contains(&chrono::Datelike::year(&moment))
        {
            let line = reader.line_of(key);
            reader.complain(Complaint::refused(
                line,
                format!("{key} to be in a year of four digits"),
                moment.to_rfc3339(),
                "correct the year",
            ));
        }
    }
}

/// The roles that Media RSS credits may have by the EBU list (scheme `urn:ebu`); others are errors to validators.
pub(super) const EBU_ROLES: &[&str] = &[
    "photographer",
    "illustrator",
    "graphic designer",
    "camera operator",
    "author",
    "editor",
    "producer",
    "publisher",
    "distribution company",
    "artist",
    "contributor",
];

/// Whether a credit may have this role.
pub fn is_role(role: &str) -> bool {
    EBU_ROLES.contains(&role)
}

/// Makes a caption of its keys.
pub(super) fn caption_of(
    draft: Draft,
    photographs: &FindPhotograph<'_>,
    complaints: &mut Vec<Complaint>,
) -> Option<Caption> {
    let mut reader = Reader::new(draft, complaints);
    let id = reader.id("id");
    let text = reader.required_text("text", "say what the photograph shows");
    let alt = reader.text("alt");
    let name = reader.text("image");
    let credit = reader.text("credit");
    let role = reader.text("role");
    let source = reader.text("source");
    let copyright = reader.text("copyright");
    let usage_terms = reader.text("usage_terms");
    let usage_ends = reader.moment("usage_ends");
    let public_note = reader.text("public_note");
    let public_note_kind = note_kind(&mut reader, public_note.as_ref());
    check_role(&mut reader, role.as_deref());
    let (address, name) = match name {
        Some(name) if html::is_web_address(&name) => (Some(name), None),
        name => (None, name),
    };
    let image = name.and_then(|name| match photographs(&name) {
        Ok(photograph) => Some(Image {
            name: name.to_string(),
            photograph,
        }),
        Err(error) => {
            let line = reader.line_of("image");
            reader.complain(unpublishable(line, &name, &error));
            None
        }
    });
    reader.finish();
    Some(Caption {
        id,
        text: text?,
        alt,
        image,
        address,
        credit,
        role,
        source,
        copyright,
        usage_terms,
        usage_ends,
        public_note,
        public_note_kind,
    })
}

/// Complains of a role that a credit cannot have.
pub fn check_role(reader: &mut Reader<'_>, role: Option<&str>) {
    if let Some(role) = role.filter(|role| !is_role(role)) {
        let line = reader.line_of("role");
        reader.complain(Complaint::refused(
            line,
            format!("role to be one of {}", EBU_ROLES.join(", ")),
            format!("{role:?}"),
            "choose the nearest, or leave it out for a photographer",
        ));
    }
}

/// The complaint of a caption whose photograph cannot be published.
pub fn unpublishable(line: Option<usize>, name: &str, error: &PhotographError) -> Complaint {
    Complaint::refused(
        line,
        format!("a photograph {name} that can be published"),
        error.to_string(),
        error.advice(),
    )
}

fn check_caption_ids(captions: &[Caption], complaints: &mut Vec<Complaint>) {
    let mut seen = HashSet::new();
    for id in captions.iter().filter_map(|caption| caption.id) {
        if !seen.insert(id) {
            complaints.push(Complaint::refused(
                None,
                "each caption to have an id of its own",
                format!("{id} twice"),
                "take the id out of the newer caption; check --fix writes it another",
            ));
        }
    }
}

/// Prints `article` as the item file that parses back to it.
pub fn print(article: &Article) -> String {
    let mut out = String::from("+++\n");
    id(&mut out, article.id);
    line(&mut out, "guid", article.guid.as_ref());
    lines(&mut out, "former", &article.former);
    line(&mut out, "canonical", article.canonical.as_ref());
    line(&mut out, "headline", Some(&article.headline));
    lines(&mut out, "headline_lines", &article.headline_lines);
    line(&mut out, "kicker", article.kicker.as_ref());
    line(&mut out, "deck", article.deck.as_ref());
    line(&mut out, "dateline", article.dateline.as_ref());
    moment(&mut out, "published", Some(article.published));
    moment(&mut out, "embargo_until", article.embargo_until);
    if article.draft {
        out.push_str("draft = true\n");
    }
    if article.lead {
        out.push_str("lead = true\n");
    }
    moment(&mut out, "updated", article.updated);
    lines(&mut out, "authors", &article.authors);
    lines(&mut out, "tags", &article.tags);
    line(&mut out, "language", article.language.as_ref());
    line(&mut out, "source", article.source.as_ref());
    line(&mut out, "rights", article.rights.as_ref());
    pair(&mut out, "note", article.note.as_deref());
    line(&mut out, "public_note", article.public_note.as_ref());
    kind_of_note(&mut out, article.public_note_kind);
    for caption in &article.captions {
        out.push_str("\n[[captions]]\n");
        id(&mut out, caption.id);
        line(&mut out, "text", Some(&caption.text));
        line(&mut out, "alt", caption.alt.as_ref());
        pair(&mut out, "image", caption.picture_name());
        line(&mut out, "credit", caption.credit.as_ref());
        line(&mut out, "role", caption.role.as_ref());
        line(&mut out, "source", caption.source.as_ref());
        line(&mut out, "copyright", caption.copyright.as_ref());
        line(&mut out, "usage_terms", caption.usage_terms.as_ref());
        moment(&mut out, "usage_ends", caption.usage_ends);
        line(&mut out, "public_note", caption.public_note.as_ref());
        kind_of_note(&mut out, caption.public_note_kind);
    }
    for attachment in &article.attachments {
        out.push_str("\n[[attachments]]\n");
        let file = attachment.file.as_ref().map(|file| &file.name);
        let elsewhere = file.is_none().then_some(attachment);
        line(&mut out, "file", file);
        line(&mut out, "url", elsewhere.map(|played| &played.url));
        line(&mut out, "type", Some(&attachment.media_type));
        number(&mut out, "bytes", elsewhere.and_then(|played| played.bytes));
        line(&mut out, "title", attachment.title.as_ref());
        number(&mut out, "seconds", attachment.seconds);
        line(&mut out, "credit", attachment.credit.as_ref());
    }
    out.push_str("+++\n");
    out.push_str(&article.body);
    out
}

fn id(out: &mut String, id: Option<Id>) {
    pair(out, "id", id.map(|id| id.to_string()).as_deref());
}

fn line(out: &mut String, key: &str, value: Option<&Line>) {
    pair(out, key, value.map(|line| &**line));
}

fn kind_of_note(out: &mut String, kind: NoteKind) {
    pair(
        out,
        "public_note_kind",
        (!kind.is_default()).then(|| kind.name()),
    );
}

fn pair(out: &mut String, key: &str, value: Option<&str>) {
    if let Some(value) = value {
        let spelled = if value.lines().any(|line| line.trim_end() == FENCE) {
            // On a line of its own it would end the front matter; JSON's escapes are TOML's.
            serde_json::Value::from(value).to_string()
        } else {
            toml_edit::Value::from(value).to_string()
        };
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{key} = {spelled}");
    }
}

fn moment(out: &mut String, key: &str, value: Option<Moment>) {
    if let Some(value) = value {
        let spelled = value.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, false);
        let _ = writeln!(out, "{key} = {spelled}");
    }
}

fn number(out: &mut String, key: &str, value: Option<u64>) {
    if let Some(value) = value {
        let _ = writeln!(out, "{key} = {value}");
    }
}

fn lines(out: &mut String, key: &str, values: &[Line]) {
    if !values.is_empty() {
        let array: toml_edit::Array = values.iter().map(|line| &**line).collect();
        let _ = writeln!(out, "{key} = {array}");
    }
}

/// Which items of the file have no id yet: whether the article has none, and the positions of captions that have none.
pub fn without_id(article: &Article) -> (bool, Vec<usize>) {
    let captions = article.captions.iter().enumerate();
    let missing = captions.filter(|(_, caption)| caption.id.is_none());
    (
        article.id.is_none(),
        missing.map(|(index, _)| index).collect(),
    )
}

/// Writes ids into an item file that has none, and leaves every other byte as it stands.
///
/// # Errors
/// One complaint where the front matter is not TOML, or a caption is not where it should be.
pub fn write_ids(
    text: &str,
    article: Option<Id>,
    captions: &[(usize, Id)],
) -> Result<String, Complaint> {
    let mark = if text.starts_with('\u{feff}') {
        "\u{feff}"
    } else {
        ""
    };
    let unix = text.trim_start_matches('\u{feff}').replace("\r\n", "\n");
    let unreadable = |found: String| {
        let advice = "run check to see what is wrong";
        Complaint::refused(Some(1), "an item file", found, advice)
    };
    let (front, body, _) = split(&unix).ok_or_else(|| unreadable("no front matter".to_owned()))?;
    let mut document: toml_edit::DocumentMut = front
        .parse()
        .map_err(|error: toml_edit::TomlError| unreadable(error.message().to_owned()))?;
    for (place, id) in captions {
        let table = document
            .get_mut("captions")
            .and_then(|all| caption_table(all, *place));
        let table = table.ok_or_else(|| unreadable(format!("no caption {}", place + 1)))?;
        table.insert("id", toml_edit::value(id.to_string()));
    }
    let mut front = document.to_string();
    if let Some(id) = article {
        front.insert_str(0, &format!("id = \"{id}\"\n"));
    }
    let fixed = format!("{FENCE}\n{front}{FENCE}\n{body}");
    let ends = if text.contains("\r\n") {
        fixed.replace('\n', "\r\n")
    } else {
        fixed
    };
    Ok(format!("{mark}{ends}"))
}

/// The table of a caption, whether it stands under a heading or in one line with the others.
fn caption_table(
    captions: &mut toml_edit::Item,
    place: usize,
) -> Option<&mut dyn toml_edit::TableLike> {
    if captions.is_array_of_tables() {
        let table = captions.as_array_of_tables_mut()?.get_mut(place)?;
        return Some(table);
    }
    let table = captions
        .as_array_mut()?
        .get_mut(place)?
        .as_inline_table_mut()?;
    Some(table)
}

/// Parses a story with these keys, for tests; returns the article and the complaints. The first key is in the third
/// line.
#[cfg(test)]
pub(super) fn read_story(keys: &str) -> (Option<Article>, Vec<Complaint>) {
    let text = format!("+++\npublished = 2026-01-01T09:00:00Z\n{keys}+++\nIt opened.\n");
    let none = |name: &str| {
        let name = name.to_owned();
        Err(PhotographError::Missing { name })
    };
    let parsed = parse(text.as_bytes(), &none);
    (parsed.article, parsed.complaints)
}
