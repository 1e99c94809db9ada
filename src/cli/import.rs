//! `courant import`

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use chrono::{DateTime, FixedOffset, LocalResult, NaiveDate, TimeZone, Utc};
use chrono_tz::Tz;
use clap::Args;

use crate::folder::{ARTICLE_FILE, Folder, PUBLICATION_FILE, read_article};
use crate::item::page_text::{self, Proposal, ProposedCaption};
use crate::item::{
    Article, Caption, Id, Image, Line, Markdown, Moment, file, read_photograph, slug,
};
use crate::publication::Publication;

use super::{Failure, items_folder};

/// Photographs given with `--photo`, by the caption's number.
type Photos = Vec<(usize, PathBuf)>;

/// The bytes of photographs with the names they will have beside the article.
type Copies = Vec<(String, Vec<u8>)>;

#[derive(Debug, Args)]
pub(super) struct Import {
    /// The page, as plain text in UTF-8 or GB18030
    #[arg(value_name = "PAGE.txt", required_unless_present = "rules")]
    page: Option<PathBuf>,
    /// Section that the article belongs to
    #[arg(long, value_name = "SLUG", required_unless_present = "rules")]
    section: Option<String>,
    /// When it was published: a day (2025-02-28, in the publication's time zone) or RFC 3339
    #[arg(long, value_name = "DATE", required_unless_present = "rules")]
    published: Option<String>,
    /// Slug of the article [default: the day and the headline in pinyin]
    #[arg(long, value_name = "SLUG")]
    slug: Option<String>,
    /// Photograph of the caption with that number; may be repeated
    #[arg(long = "photo", value_name = "N=FILE", value_parser = photo)]
    photos: Vec<(usize, PathBuf)>,
    /// Folder of items [default: ./items]
    #[arg(long, value_name = "DIR")]
    items: Option<PathBuf>,
    /// Only show what would be written
    #[arg(long)]
    dry_run: bool,
    /// Write over an article that is there already, and keep its ids
    #[arg(long)]
    replace: bool,
    /// Show the rules by which a page is read
    #[arg(long)]
    rules: bool,
}

fn photo(text: &str) -> Result<(usize, PathBuf), String> {
    let said = || {
        format!("expected the number of a caption and a file, such as 1=maglev.jpg; found {text}")
    };
    let (number, path) = text.split_once('=').ok_or_else(said)?;
    let number: usize = number.parse().map_err(|_| said())?;
    if number == 0 || path.is_empty() {
        return Err(said());
    }
    Ok((number, PathBuf::from(path)))
}

impl Import {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        let (Some(page), Some(section), Some(published), false) =
            (&self.page, &self.section, &self.published, self.rules)
        else {
            anstream::print!("{}", page_text::RULES);
            return Ok(ExitCode::SUCCESS);
        };
        let root = items_folder(self.items.clone())?;
        let publication = publication(&root)?;
        if publication.section(section).is_none() {
            let known: Vec<&str> = publication
                .sections
                .iter()
                .map(|section| section.slug.as_str())
                .collect();
            return Err(format!(
                "the section {section} is not declared in {PUBLICATION_FILE}; there are: {}",
                known.join(", ")
            )
            .into());
        }
        let bytes = fs::read(page).map_err(|error| format!("{}: {error}", page.display()))?;
        let decoded =
            page_text::decode(&bytes).map_err(|error| format!("{}: {error}", page.display()))?;
        let proposal = page_text::propose(&decoded.text);
        show(&proposal, decoded.encoding);
        let moment = moment(published, publication.timezone)?;
        let (mut article, copies) = article(&proposal, moment, &self.photos)?;
        let slug = match &self.slug {
            Some(slug) if slug::is_slug(slug) => slug.clone(),
            Some(slug) => {
                return Err(format!("expected a slug of a-z, 0-9 and -; found {slug}").into());
            }
            None => made_slug(moment, &publication, &article),
        };
        let folder = root.join(section).join(&slug);
        let there = folder.join(ARTICLE_FILE);
        if folder.exists() {
            if !self.replace {
                return Err(format!(
                    "{} is there already; give another --slug, or --replace to write over it",
                    folder.display()
                )
                .into());
            }
            keep_ids(&mut article, read_article(&root, &folder).article);
        }
        give_ids(&mut article);
        let printed = file::print(&article);
        if self.dry_run {
            anstream::println!("\n{} would be:\n\n{printed}", there.display());
            return Ok(ExitCode::SUCCESS);
        }
        fs::create_dir_all(&folder)?;
        for (name, bytes) in copies {
            fs::write(folder.join(name), bytes)?;
        }
        fs::write(&there, printed)?;
        anstream::println!("\nwrote {}", there.display());
        Ok(ExitCode::SUCCESS)
    }
}

fn publication(root: &Path) -> Result<Publication, Failure> {
    let (parsed, _) = Folder::new(root.to_owned()).publication()?;
    let complaints: Vec<String> = parsed.complaints.iter().map(ToString::to_string).collect();
    parsed
        .publication
        .ok_or_else(|| complaints.join("\n").into())
}

/// What each line of the page was taken for, and what the desk should look at.
fn show(proposal: &Proposal, encoding: &str) {
    let dim = anstyle::Style::new().dimmed();
    let bold = anstyle::Style::new().bold();
    anstream::println!(
        "the page is {encoding}; it was read as follows (courant import --rules tells why)\n"
    );
    for reading in &proposal.lines {
        let start: String = reading.text.trim().chars().take(36).collect();
        let took = reading.took.to_string();
        if start.is_empty() {
            continue;
        }
        anstream::println!(
            "{:>4}  {bold}{took:<14}{bold:#} {start}  {dim}{}{dim:#}",
            reading.line,
            reading.why
        );
    }
    for (number, caption) in proposal.captions.iter().enumerate() {
        let credit = caption.credit.as_deref().unwrap_or("no photographer named");
        let source = caption.source.as_deref().unwrap_or("no source named");
        anstream::println!(
            "\ncaption {}: {} ({credit}; {source})",
            number + 1,
            caption.text
        );
    }
    if !proposal.doubts.is_empty() {
        anstream::println!("\nto be looked at:");
    }
    for doubt in &proposal.doubts {
        anstream::println!("{:>4}  {}", doubt.line, doubt.what);
    }
}

/// A day alone begins at midnight in the publication's zone; the report says so.
fn moment(text: &str, zone: Tz) -> Result<Moment, Failure> {
    if let Ok(moment) = DateTime::parse_from_rfc3339(text) {
        return Ok(moment);
    }
    let day: NaiveDate = text.parse().map_err(|_| {
        format!("expected a day such as 2025-02-28, or RFC 3339 such as 2025-02-28T09:00:00+08:00; found {text}")
    })?;
    let midnight = day.and_time(chrono::NaiveTime::MIN);
    let local = match zone.from_local_datetime(&midnight) {
        LocalResult::Single(local) | LocalResult::Ambiguous(local, _) => local,
        LocalResult::None => {
            return Err(format!("{text} has no midnight in {zone}; give a time and offset").into());
        }
    };
    let moment: DateTime<FixedOffset> = local.fixed_offset();
    anstream::println!(
        "\n{text} is read in the publication's time zone {zone}: {}",
        moment.to_rfc3339()
    );
    Ok(moment)
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
        headline,
        kicker: line(&proposal.kicker),
        deck: line(&proposal.deck),
        dateline: line(&proposal.dateline),
        published,
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
        body: Markdown::parse(&format!("\n{}\n", proposal.body.trim_matches('\n'))),
        captions,
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
    match photos.iter().find(|(wanted, _)| *wanted == number) {
        None => anstream::println!(
            "\ncaption {number} has no photograph; --photo {number}=FILE gives it one"
        ),
        Some((_, path)) => {
            let bytes = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
            let own = path
                .file_name()
                .map(|name| name.to_string_lossy().into_owned());
            let name = own.unwrap_or_else(|| format!("photograph-{number}"));
            let photograph = read_photograph(&name, &bytes)
                .map_err(|error| format!("{}: {error}; {}", path.display(), error.advice()))?;
            copies.push((name.clone(), bytes));
            image = Some(Image { name, photograph });
        }
    }
    Ok(Some(Caption {
        id: None,
        text,
        alt: None,
        image,
        credit: line(&proposed.credit),
        role: line(&proposed.role),
        source: line(&proposed.source),
        usage_terms: None,
        usage_ends: None,
    }))
}

fn made_slug(moment: Moment, publication: &Publication, article: &Article) -> String {
    let day = moment
        .with_timezone(&publication.timezone)
        .format("%Y-%m-%d");
    format!("{day}-{}", slug::slug(&article.headline))
}

/// What is written over keeps its ids: the article's, and each caption's with the same text or the same place. A
/// photograph stays, too, where no other is given.
fn keep_ids(article: &mut Article, before: Option<Article>) {
    let Some(before) = before else { return };
    article.id = before.id;
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
