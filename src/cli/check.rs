//! `courant check`

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use chrono::Utc;
use clap::Args;

use crate::config::LogFormat;
use crate::folder::{ARTICLE_FILE, Folder, Listing, PUBLICATION_FILE, id_in_use, read_article};
use crate::item::{Article, Complaint, Id, Severity, file};
use crate::publication::Publication;
use crate::server::Journal;

use super::{Failure, items_folder};

#[derive(Debug, Args)]
pub(super) struct Check {
    /// Folder of items [default: ./items]
    #[arg(long, value_name = "DIR")]
    items: Option<PathBuf>,
    /// Write ids into the files that have none; nothing else is altered
    #[arg(long)]
    fix: bool,
}

/// What a check counted.
#[derive(Default)]
struct Tally {
    articles: usize,
    refused: usize,
    mended: usize,
    without_id: usize,
    written: usize,
}

impl Check {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        let folder = Folder::new(items_folder(self.items.clone())?);
        let mut tally = Tally::default();
        let (parsed, source) = folder.publication()?;
        for complaint in &parsed.complaints {
            tell(complaint, &mut tally);
        }
        if parsed
            .publication
            .as_ref()
            .is_some_and(|publication| publication.id.is_none())
        {
            self.publication_id(&folder, &source, &mut tally)?;
        }
        let publication = parsed.publication.unwrap_or_else(Publication::unnamed);
        let mut listing = Listing::of(folder.root(), &publication)?;
        listing.refuse_twins(folder.root(), &[]);
        for complaint in &listing.complaints {
            tell(complaint, &mut tally);
        }
        let mut owners: HashMap<Id, String> = HashMap::new();
        let bar = Journal::new(LogFormat::Text).progress("checking");
        for article in &listing.articles {
            bar.at(tally.articles, listing.articles.len());
            tally.articles += 1;
            let path = format!("{}/{ARTICLE_FILE}", article.path);
            let reading = read_article(folder.root(), &folder.root().join(&article.path));
            for complaint in reading.complaints {
                tell(&complaint.at(&path), &mut tally);
            }
            let Some(said) = reading.article else {
                continue;
            };
            let captions = said.captions.iter().filter_map(|caption| caption.id);
            for id in said.id.into_iter().chain(captions) {
                if let Some(other) = owners.insert(id, path.clone()) {
                    tell(&id_in_use(id, &path, &other), &mut tally);
                }
            }
            self.ids(&folder.root().join(&path), &path, &said, &mut tally)?;
        }
        bar.end();
        tally.summary(self.fix)?;
        let good = tally.refused == 0 && (self.fix || tally.without_id == 0);
        Ok(if good {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        })
    }

    fn publication_id(
        &self,
        folder: &Folder,
        source: &str,
        tally: &mut Tally,
    ) -> Result<(), Failure> {
        tally.without_id += 1;
        if !self.fix {
            anstream::println!("{PUBLICATION_FILE}: no id; check --fix writes one");
            return Ok(());
        }
        let id = Id::mint(Utc::now());
        write(
            &folder.root().join(PUBLICATION_FILE),
            &format!("id = \"{id}\"\n{source}"),
        )?;
        anstream::println!("{PUBLICATION_FILE}: wrote its id {id}");
        tally.written += 1;
        Ok(())
    }

    fn ids(
        &self,
        file: &Path,
        path: &str,
        said: &Article,
        tally: &mut Tally,
    ) -> Result<(), Failure> {
        let (article, captions) = file::without_id(said);
        let missing = usize::from(article) + captions.len();
        if missing == 0 {
            return Ok(());
        }
        tally.without_id += missing;
        if !self.fix {
            let whose = match (article, captions.len()) {
                (true, 0) => "the article has no id".to_owned(),
                (true, captions) => {
                    format!("the article and {captions} of its captions have no id")
                }
                (false, captions) => format!("{captions} of its captions have no id"),
            };
            anstream::println!("{path}: {whose}; check --fix writes them");
            return Ok(());
        }
        let now = Utc::now();
        let text = std::fs::read_to_string(file)?;
        let captions: Vec<(usize, Id)> = captions
            .into_iter()
            .map(|place| (place, Id::mint(now)))
            .collect();
        let fixed = file::write_ids(&text, article.then(|| Id::mint(now)), &captions)
            .map_err(|complaint| complaint.at(path).to_string())?;
        write(file, &fixed)?;
        anstream::println!("{path}: wrote {missing} ids");
        tally.written += missing;
        Ok(())
    }
}

/// Writes beside the file and renames, so that nothing is lost half-way.
fn write(path: &Path, text: &str) -> std::io::Result<()> {
    let draft = path.with_extension("courant-new");
    std::fs::write(&draft, text)?;
    std::fs::rename(&draft, path)
}

fn tell(complaint: &Complaint, tally: &mut Tally) {
    let colour = match complaint.severity {
        Severity::Refused => {
            tally.refused += 1;
            anstyle::AnsiColor::Red
        }
        Severity::Mended => {
            tally.mended += 1;
            anstyle::AnsiColor::Yellow
        }
    };
    let style = anstyle::Style::new().fg_color(Some(colour.into()));
    anstream::println!("{style}{complaint}{style:#}");
}

impl Tally {
    fn summary(&self, fix: bool) -> std::io::Result<()> {
        use std::io::Write;
        let ids = match (self.without_id, fix) {
            (0, _) => "all have ids".to_owned(),
            (missing, false) => format!("{missing} ids missing"),
            (_, true) => format!("{} ids written", self.written),
        };
        writeln!(
            anstream::stdout(),
            "{} articles, {} complaints that keep something out, {} that were mended, {ids}",
            self.articles,
            self.refused,
            self.mended
        )
    }
}
