//! A page of plain text as one item folder.

use std::fmt::Display;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::process::ExitCode;

use chrono::{DateTime, LocalResult, NaiveDate, TimeZone, Utc};
use chrono_tz::Tz;

use crate::folder::{ARTICLE_FILE, Files, MAX_ARTICLE_BYTES, read_article};
use crate::import::page_text::{self, Proposal, ProposedCaption, Took};
use crate::item::{
    Article, Caption, Id, Image, Line, MAX_PHOTOGRAPH_BYTES, Markdown, Moment, NoteKind, file,
    read_photograph, slug, visible,
};
use crate::publication::Publication;

use super::{Failure, Import, Photos};

/// A page of more bytes is none: its article would not fit into a file.
const MAX_PAGE_BYTES: u64 = MAX_ARTICLE_BYTES;

/// The bytes of photographs with the names they will have beside the article.
type Copies = Vec<(String, Vec<u8>)>;

impl Import {
    pub(super) fn page(
        &self,
        page: &Path,
        section: &str,
        root: &Path,
        publication: &Publication,
    ) -> Result<ExitCode, Failure> {
        let published = self.published.as_ref().ok_or(
            "a page of text names no date that can be relied on; say with --published when it was published",
        )?;
        if self.media.is_some() {
            return Err("--media is for feeds and exports; --photo N=FILE gives a caption of a page its photograph".into());
        }
        let bytes = read(page, MAX_PAGE_BYTES)?;
        let decoded =
            page_text::decode(&bytes).map_err(|error| format!("{}: {error}", page.display()))?;
        let moment = moment(published, publication.timezone)?;
        twice(&self.photos)?;
        let proposal = page_text::propose(&decoded.text);
        show(&proposal, decoded.encoding);
        if moment.is_bare_day {
            let zone = publication.timezone;
            let time = moment.moment.to_rfc3339();
            anstream::println!(
                "\n{published} is read in the publication's time zone {zone}: {time}"
            );
        }
        let moment = moment.moment;
        let (mut article, copies) = article(&proposal, moment, &self.photos)?;
        let slug = match &self.slug {
            Some(slug) if slug::is_slug(slug) => slug.clone(),
            Some(slug) => {
                return Err(format!("expected a slug of a-z, 0-9 and -; found {slug}").into());
            }
            None => made_slug(moment, publication, &article),
        };
        let files = Files::of(root).map_err(|error| format!("{}: {error}", root.display()))?;
        let path = Path::new(section).join(&slug);
        let folder = root.join(&path);
        let there = folder.join(ARTICLE_FILE);
        if !files.is_gone(&format!("{section}/{slug}")) {
            if !self.replace {
                return Err(format!(
                    "{} is there already; give another --slug, or --replace to write over it",
                    folder.display()
                )
                .into());
            }
            if !files.is_gone(&format!("{section}/{slug}/{ARTICLE_FILE}")) {
                let reading = read_article(root, &folder);
                let complaints: Vec<String> = reading
                    .complaints
                    .into_iter()
                    .map(|complaint| complaint.at(&there.display().to_string()).to_string())
                    .collect();
                let before = reading.article.ok_or_else(|| complaints.join("\n"))?;
                keep(&mut article, before);
            }
        }
        give_ids(&mut article);
        report_missing(&article);
        let printed = file::print(&article);
        if self.dry_run {
            anstream::println!("\n{} would be:\n\n{printed}", there.display());
            return Ok(ExitCode::SUCCESS);
        }
        let unwritable = |error| format!("{} cannot be written: {error}", folder.display());
        files.make_folder(&path).map_err(unwritable)?;
        for (name, bytes) in copies {
            let written = files.write(path.join(name), bytes.as_slice());
            written.map_err(unwritable)?;
        }
        // A server may be following the folder: it finds the old article or the new one.
        let written = files.write(path.join(ARTICLE_FILE), printed.as_bytes());
        written.map_err(unwritable)?;
        anstream::println!("\nwrote {}", there.display());
        Ok(ExitCode::SUCCESS)
    }
}

/// Reads a file of at most `most` bytes, whatever it is: a pipe or a device does not tell how many it has.
fn read(path: &Path, most: u64) -> Result<Vec<u8>, String> {
    let refused = |found: &dyn Display| format!("{}: {found}", path.display());
    let file = File::open(path).map_err(|error| refused(&error))?;
    let mut bytes = Vec::new();
    file.take(most + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| refused(&error))?;
    if bytes.len() as u64 > most {
        let most = most / 1024 / 1024;
        return Err(refused(&format!(
            "expected at most {most} MiB, found more; split or shrink it"
        )));
    }
    Ok(bytes)
}

/// Shows, for each line of the page, the part of the article that it was read as, and the places that the desk should check.
fn show(proposal: &Proposal, encoding: &str) {
    let dim = anstyle::Style::new().dimmed();
    let bold = anstyle::Style::new().bold();
    anstream::println!(
        "the page is {encoding}; it was read as follows (courant import --rules tells why)\n"
    );
    for reading in &proposal.lines {
        // A line that is shown in other words is quoted whole, any other by its beginning.
        let is_reworded = matches!(reading.took, Took::Byline | Took::Dateline | Took::Credit);
        let longest = if is_reworded { usize::MAX } else { 36 };
        let start: String = reading.text.trim().chars().take(longest).collect();
        let took = reading.took.to_string();
        if start.is_empty() {
            continue;
        }
        anstream::println!(
            "{:>4}  {bold}{took:<14}{bold:#} {}  {dim}{}{dim:#}",
            reading.line,
            visible(&start),
            visible(reading.why)
        );
    }
    for (number, caption) in proposal.captions.iter().enumerate() {
        let credit = caption.credit.as_deref().unwrap_or("no photographer named");
        let source = caption.source.as_deref().unwrap_or("no source named");
        anstream::println!(
            "\ncaption {}: {} ({credit}; {source})",
            number + 1,
            visible(&caption.text)
        );
    }
    if !proposal.doubts.is_empty() {
        anstream::println!("\nto be looked at:");
    }
    for doubt in &proposal.doubts {
        anstream::println!("{:>4}  {}", doubt.line, visible(&doubt.text));
    }
}

/// A date as it was given.
struct Given {
    moment: Moment,
    is_bare_day: bool,
}

/// A day alone begins at midnight in the publication's zone; the report says so.
fn moment(text: &str, zone: Tz) -> Result<Given, Failure> {
    if let Ok(moment) = DateTime::parse_from_rfc3339(text) {
        return Ok(Given {
            moment,
            is_bare_day: false,
        });
    }
    let day = day(text).ok_or_else(|| {
        format!(
            "expected a day such as 2025-02-28 or 2025年2月28日, or RFC 3339 such as 2025-02-28T09:00:00+08:00; found {text}"
        )
    })?;
    let midnight = day.and_time(chrono::NaiveTime::MIN);
    match zone.from_local_datetime(&midnight) {
        LocalResult::Single(local) | LocalResult::Ambiguous(local, _) => Ok(Given {
            moment: local.fixed_offset(),
            is_bare_day: true,
        }),
        LocalResult::None => {
            Err(format!("{text} has no midnight in {zone}; give a time and offset").into())
        }
    }
}

/// A day as software writes it, or as a newspaper does.
fn day(text: &str) -> Option<NaiveDate> {
    let printed = || {
        let (year, month, day) = page_text::whole_day(text)?;
        NaiveDate::from_ymd_opt(year, month, day)
    };
    text.parse().ok().or_else(printed)
}

fn article(
    proposal: &Proposal,
    published: Moment,
    photos: &Photos,
) -> Result<(Article, Copies), Failure> {
    let line = |text: &Option<String>| text.as_deref().and_then(Line::parse);
    let headline = line(&proposal.headline).ok_or(
        "no line of the page could be told to be the headline; give it a line of its own above the text",
    )?;
    let mut copies = Copies::new();
    let mut captions = Vec::new();
    for (place, proposed) in proposal.captions.iter().enumerate() {
        captions.extend(caption(proposed, place + 1, photos, &mut copies)?);
    }
    if let Some((number, _)) = photos.iter().find(|(number, _)| *number > captions.len()) {
        return Err(format!(
            "there is no caption {number} on the page; it has {}",
            captions.len()
        )
        .into());
    }
    let note = proposal.day.as_ref().map(|day| {
        format!(
            "Imported from a page of text. The page names no date of its own but {} (line {}).",
            day.text, day.line
        )
    });
    let note =
        note.unwrap_or_else(|| "Imported from a page of text, which names no date.".to_owned());
    let article = Article {
        id: None,
        guid: None,
        former: Vec::new(),
        canonical: None,
        headline,
        headline_lines: Vec::new(),
        kicker: line(&proposal.kicker),
        deck: line(&proposal.deck),
        dateline: line(&proposal.dateline),
        published,
        embargo_until: None,
        draft: false,
        lead: false,
        updated: None,
        authors: proposal
            .authors
            .iter()
            .filter_map(|name| Line::parse(name))
            .collect(),
        tags: Vec::new(),
        language: None,
        source: line(&proposal.source),
        rights: None,
        note: Some(Markdown::parse(&note)),
        public_note: None,
        public_note_kind: NoteKind::default(),
        body: Markdown::parse(&format!("\n{}\n", proposal.body.trim_matches('\n'))),
        captions,
        attachments: Vec::new(),
    };
    Ok((article, copies))
}

fn caption(
    proposed: &ProposedCaption,
    number: usize,
    photos: &Photos,
    copies: &mut Copies,
) -> Result<Option<Caption>, Failure> {
    let line = |text: &Option<String>| text.as_deref().and_then(Line::parse);
    let Some(text) = Line::parse(&proposed.text) else {
        return Ok(None);
    };
    let mut image = None;
    if let Some((_, path)) = photos.iter().find(|(wanted, _)| *wanted == number) {
        let bytes = read(path, MAX_PHOTOGRAPH_BYTES)?;
        let name = photograph_name(path, number, copies);
        let photograph = read_photograph(&name, &bytes)
            .map_err(|error| format!("{}: {error}; {}", path.display(), error.advice()))?;
        copies.push((name.clone(), bytes));
        image = Some(Image { name, photograph });
    }
    Ok(Some(Caption {
        id: None,
        text,
        alt: None,
        image,
        credit: line(&proposed.credit),
        role: line(&proposed.role),
        source: line(&proposed.source),
        copyright: None,
        address: None,
        usage_terms: None,
        usage_ends: None,
        public_note: None,
        public_note_kind: NoteKind::default(),
    }))
}

/// The file's own name, unless another photograph has it or the folder would not show it.
fn photograph_name(path: &Path, number: usize, copies: &Copies) -> String {
    let file_name = path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned());
    let file_name = file_name.unwrap_or_default();
    let name = file_name.trim_start_matches('.');
    if name.is_empty() || copies.iter().any(|(other, _)| other == name) {
        return format!(
            "{number}-{}",
            if name.is_empty() { "photograph" } else { name }
        );
    }
    name.to_owned()
}

/// A caption has one photograph.
fn twice(photos: &Photos) -> Result<(), Failure> {
    for (place, (number, _)) in photos.iter().enumerate() {
        if photos.iter().take(place).any(|(other, _)| other == number) {
            return Err(
                format!("--photo {number}=… is given twice; a caption has one photograph").into(),
            );
        }
    }
    Ok(())
}

fn report_missing(article: &Article) {
    for (place, caption) in article.captions.iter().enumerate() {
        if caption.image.is_none() {
            let number = place + 1;
            anstream::println!(
                "\ncaption {number} has no photograph; --photo {number}=FILE gives it one"
            );
        }
    }
}

fn made_slug(moment: Moment, publication: &Publication, article: &Article) -> String {
    let day = moment
        .with_timezone(&publication.timezone)
        .format("%Y-%m-%d");
    format!("{day}-{}", slug::slug(&article.headline))
}

/// Keeps the ids of an article that is overwritten, and everything that a page of text cannot contain. Each caption is
/// taken for the former one with the same text, else for the one in the same place if their number is the same.
fn keep(article: &mut Article, before: Article) {
    article.id = before.id;
    article.guid = before.guid;
    article.former = before.former;
    article.canonical = before.canonical;
    article.updated = before.updated;
    article.tags = before.tags;
    article.language = before.language;
    article.rights = before.rights;
    article.public_note = before.public_note;
    article.public_note_kind = before.public_note_kind;
    article.lead = before.lead;
    if article.headline == before.headline {
        article.headline_lines = before.headline_lines;
    }
    let same_number = before.captions.len() == article.captions.len();
    for (place, caption) in article.captions.iter_mut().enumerate() {
        let same_text = before
            .captions
            .iter()
            .find(|known| known.text == caption.text);
        let same_place = before.captions.get(place).filter(|_| same_number);
        if let Some(known) = same_text.or(same_place) {
            caption.id = known.id;
            caption.image = caption.image.take().or_else(|| known.image.clone());
            caption.alt.clone_from(&known.alt);
            caption.copyright.clone_from(&known.copyright);
            caption.usage_terms.clone_from(&known.usage_terms);
            caption.usage_ends = known.usage_ends;
            caption.public_note.clone_from(&known.public_note);
            caption.public_note_kind = known.public_note_kind;
        }
    }
}

fn give_ids(article: &mut Article) {
    let now = Utc::now();
    article.id = article.id.or_else(|| Some(Id::mint(now)));
    for caption in &mut article.captions {
        caption.id = caption.id.or_else(|| Some(Id::mint(now)));
    }
}
