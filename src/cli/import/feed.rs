//! A feed or an export as a folder of items, and the report of what became of it.

use crate::count::count;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;

use chrono::Utc;

use crate::config::LogFormat;
use crate::folder::PUBLICATION_FILE;
use crate::import::feed_file::{FeedFile, Survey};
use crate::import::{Addresses, FeedImport, MediaFolder, Tally};
use crate::item::visible;
use crate::publication::Publication;
use crate::server::Journal;

use super::{Failure, Import};

/// Maximum number of categories that are proposed as sections.
const MAX_PROPOSED: usize = 10;

impl Import {
    pub(super) fn feeds(
        &self,
        feeds: Vec<FeedFile>,
        section: &str,
        root: &Path,
        publication: &Publication,
    ) -> Result<ExitCode, Failure> {
        if self.published.is_some() || self.slug.is_some() || !self.photos.is_empty() {
            return Err("--published, --slug and --photo are for a page of text; a feed gives dates, addresses and photographs itself".into());
        }
        let id = publication.id.ok_or_else(|| {
            format!("{PUBLICATION_FILE} has no id, from which those of imported items follow; courant check --fix writes one")
        })?;
        let media = self.media.as_deref().map(|folder| {
            MediaFolder::of(folder).map_err(|error| format!("{}: {error}", folder.display()))
        });
        let import = FeedImport {
            root,
            publication,
            id,
            section,
            media: media.transpose()?,
            replace: self.replace,
            dry_run: self.dry_run,
            drafts: self.drafts,
            now: Utc::now(),
        };
        let mut addresses = Addresses::of(&import)?;
        let files = surveyed(feeds, &import, &mut addresses)?;
        let total = files.iter().map(|(_, survey)| survey.items).sum();
        let bar = Journal::new(LogFormat::Text).progress("importing");
        let outcome = import.run(&files, addresses, &|done| bar.at(done, total));
        bar.end();
        let tally = outcome?;
        report(&tally, &import);
        Ok(match tally.refused {
            0 => ExitCode::SUCCESS,
            _ => ExitCode::FAILURE,
        })
    }
}

/// Looks through all files before anything is written.
fn surveyed(
    feeds: Vec<FeedFile>,
    import: &FeedImport<'_>,
    addresses: &mut Addresses,
) -> Result<Vec<(FeedFile, Survey)>, Failure> {
    let bar = Journal::new(LogFormat::Text).progress("looking through the file (KiB)");
    let kib = |bytes: u64| usize::try_from(bytes / 1024).unwrap_or(usize::MAX);
    let surveys: Result<Vec<Survey>, _> = feeds
        .iter()
        .map(|feed| {
            let progress = |done, total| bar.at(kib(done), kib(total));
            feed.survey_each(&progress, &mut |item| addresses.see(import, &item))
        })
        .collect();
    bar.end();
    let mut surveys = surveys?;
    for (feed, survey) in feeds.iter().zip(&surveys) {
        anstream::println!("{}", visible(&feed_summary(feed, survey)));
    }
    Survey::share(&mut surveys);
    addresses.lead(&mut surveys);
    Ok(feeds.into_iter().zip(surveys).collect())
}

fn feed_summary(file: &FeedFile, survey: &Survey) -> String {
    let title = survey.title.as_deref();
    let title = title.map(|title| format!(" of {title:?}"));
    let format = file.format();
    format!(
        "{}: {format}{}, {}",
        file.path().display(),
        title.unwrap_or_default(),
        count(survey.items, "item")
    )
}

fn report(tally: &Tally, import: &FeedImport<'_>) {
    let would = if import.dry_run { "would be " } else { "" };
    let mut counts = vec![format!(
        "{} {would}written",
        count(tally.written, "article")
    )];
    if tally.replaced > 0 {
        counts.push(format!("{} {would}replaced", tally.replaced));
    }
    if tally.unchanged > 0 {
        counts.push(format!("{} there already, unchanged", tally.unchanged));
    }
    if tally.different > 0 {
        counts.push(format!("{} there already in other words", tally.different));
    }
    let unpublished: usize = tally.left_out.values().sum();
    counts.push(format!("{} left out", tally.refused + unpublished));
    anstream::println!("{}", counts.join(", "));
    anstream::println!(
        "with {} and {}",
        count(tally.captions, "caption"),
        count(tally.photographs, "photograph")
    );
    let zone = import.publication.timezone;
    if tally.zoneless > 0 {
        let text = format!("dates without a zone, read in the publication's ({zone})");
        anstream::println!("{:>6}  {text}", tally.zoneless);
    }
    if tally.untitled > 0 {
        let text = "items without a title; theirs is cut from the text";
        anstream::println!("{:>6}  {text}", tally.untitled);
    }
    counted(
        "\nleft out, since they are no public articles there:",
        &tally.left_out,
    );
    unshown(tally);
    refused(tally);
    counted("\nnot in the articles:", &tally.without_place);
    differing(tally);
    proposed(tally, import);
}

fn counted(heading: &str, counts: &BTreeMap<String, usize>) {
    if counts.is_empty() {
        return;
    }
    anstream::println!("{heading}");
    for (what, count) in by_count(counts) {
        anstream::println!("{count:>6}  {}", visible(what));
    }
}

fn by_count(counts: &BTreeMap<String, usize>) -> Vec<(&str, usize)> {
    let pairs = counts.iter().map(|(what, count)| (what.as_str(), *count));
    let mut pairs: Vec<(&str, usize)> = pairs.collect();
    pairs.sort_by(|(one, few), (other, many)| many.cmp(few).then(one.cmp(other)));
    pairs
}

fn refused(tally: &Tally) {
    if tally.refused == 0 {
        return;
    }
    anstream::println!("\nleft out, because it cannot be published as it is:");
    for item in &tally.named {
        let line = format!("{}, {}: {}", item.place, item.name, item.reason);
        anstream::println!("  {}", visible(&line));
    }
    more(tally.refused, tally.named.len());
}

fn unshown(tally: &Tally) {
    if tally.unshown_count == 0 {
        return;
    }
    anstream::println!(
        "\nof these, {} not public there; --drafts brings them in as drafts:",
        count(tally.unshown_count, "article")
    );
    for item in &tally.unshown {
        let line = format!("{}, {}: {}", item.place, item.name, item.reason);
        anstream::println!("  {}", visible(&line));
    }
    more(tally.unshown_count, tally.unshown.len());
}

fn differing(tally: &Tally) {
    if tally.different == 0 {
        return;
    }
    anstream::println!("\nthere already in other words, and left so; --replace writes them anew:");
    for path in &tally.different_paths {
        anstream::println!("  {path}");
    }
    more(tally.different, tally.different_paths.len());
}

fn more(all: usize, named: usize) {
    if all > named {
        anstream::println!("  and {} more", all - named);
    }
}

fn proposed(tally: &Tally, import: &FeedImport<'_>) {
    if tally.undeclared.is_empty() {
        return;
    }
    let section = import.section;
    let pairs = by_count(&tally.undeclared);
    let all: Vec<String> = pairs
        .iter()
        .take(MAX_PROPOSED)
        .map(|(name, count)| format!("{name} ({count})"))
        .collect();
    anstream::println!(
        "\ncategories that are no section of {PUBLICATION_FILE} became tags: {}",
        all.join(", ")
    );
    anstream::println!(
        "articles without another are in {section}; what shall be a section is declared before the import, as [[sections]]"
    );
}
