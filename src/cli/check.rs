//! `courant check`: reports everything that is wrong with a folder of items, and repairs it where an option says so.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use chrono::Utc;
use clap::Args;

use crate::config::{Config, DEFAULT_DATA, LogFormat};
use crate::folder::{
    ARTICLE_FILE, ArticleFolder, Files, Folder, Listing, MAX_ARTICLE_BYTES, PUBLICATION_FILE,
    check_photographs, id_in_use, read_article,
};
use crate::item::{
    Article, Complaint, FormerPath, Id, KnownCaption, Line, Severity, caption_ids, file,
};
use crate::publication::{self, Publication};
use crate::server::Journal;
use crate::store::{PubStatus, Store, StorePlace};

use super::count::count;
use super::{Failure, items_folder, place};

#[derive(Debug, Args)]
pub(super) struct Check {
    /// Folder of items [default: ./items]
    #[arg(long, value_name = "DIR")]
    items: Option<PathBuf>,
    /// Write ids into the files that have none; nothing else is altered
    #[arg(long)]
    fix: bool,
    /// Folder of the store that has served these items: the ids that it gave are the ones to write [default: ./data]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// PostgreSQL database that has the store [default: none, a file in the folder]
    #[arg(long, value_name = "URL")]
    store: Option<String>,
}

/// Tells which names of leads no file has.
fn report_leads(
    publication: &Publication,
    known: &[(Option<Id>, &ArticleFolder)],
    tally: &mut Tally,
) {
    for lead in &publication.leads {
        let mut known = known.iter();
        if !known.any(|(id, at)| lead.means(*id, &at.section, &at.slug)) {
            // The store is not looked at.
            let advice = "it is passed over; correct it, unless the story came by the API or had that name before";
            report(&lead.unknown(advice).at(PUBLICATION_FILE), tally);
        }
    }
}

/// The counts of a check, for its summary.
#[derive(Default)]
struct Tally {
    articles: usize,
    refused: usize,
    repaired: usize,
    unreadable: usize,
    without_id: usize,
    written: usize,
}

impl Check {
    fn known_ids(&self, publication: &Publication, source: &str) -> Result<Ids, Failure> {
        let data = self.data.as_deref();
        let folder = data.unwrap_or(Path::new(DEFAULT_DATA));
        let place = place(folder, &Config::default(), self.store.as_deref())?;
        let is_named = data.is_some() || self.store.is_some();
        Ids::of(&place, is_named, publication, source)
    }

    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        let folder = Folder::new(items_folder(self.items.clone())?);
        let files = folder.files()?;
        let mut tally = Tally::default();
        let (parsed, source) = folder.publication()?;
        for complaint in &parsed.complaints {
            report(complaint, &mut tally);
        }
        // It declares the sections, and its id is the base of all ids: without it every other result would be wrong.
        let Some(mut publication) = parsed.publication else {
            anstream::println!(
                "{PUBLICATION_FILE} has to be mended first: no item was looked at, and no id was written"
            );
            return Ok(ExitCode::FAILURE);
        };
        let ids = self.known_ids(&publication, &source)?;
        if publication.id.is_none() {
            self.publication_id(&files, &source, ids.publication, &mut tally)?;
            publication.id = Some(ids.publication);
        }
        let mut listing = Listing::of(folder.root(), &publication)?;
        listing.refuse_twins(&files, &[]);
        for complaint in &listing.complaints {
            report(complaint, &mut tally);
        }
        let mut owners: HashMap<Id, String> = HashMap::new();
        let mut guids: HashMap<Line, String> = HashMap::new();
        let mut former: HashMap<FormerPath, String> = HashMap::new();
        let mut known = Vec::new();
        let bar = Journal::new(LogFormat::Text).progress("checking");
        for article in &listing.articles {
            bar.at(tally.articles, listing.articles.len());
            tally.articles += 1;
            let path = format!("{}/{ARTICLE_FILE}", article.path);
            let reading = read_article(folder.root(), &folder.root().join(&article.path));
            for complaint in reading.complaints {
                report(&complaint.at(&path), &mut tally);
            }
            known.push((
                reading.article.as_ref().and_then(|content| content.id),
                article,
            ));
            let Some(content) = reading.article else {
                continue;
            };
            for complaint in check_photographs(&files, &article.path, &content) {
                report(&complaint.at(&path), &mut tally);
            }
            if let Some(guid) = &content.guid
                && let Some(other) = guids.insert(guid.clone(), path.clone())
            {
                report(&guid_in_use(guid, &path, &other), &mut tally);
            }
            for address in content.former_paths() {
                if let Some(other) = former.insert(address.clone(), path.clone()) {
                    report(&former_in_use(&address, &path, &other), &mut tally);
                }
            }
            let captions = content.captions.iter().filter_map(|caption| caption.id);
            for id in content.id.into_iter().chain(captions) {
                if let Some(other) = owners.insert(id, path.clone()) {
                    report(&id_in_use(id, &path, &other), &mut tally);
                }
            }
            self.ids(&files, article, &content, &ids, &mut tally)?;
        }
        bar.end();
        report_leads(&publication, &known, &mut tally);
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
        files: &Files,
        source: &str,
        id: Id,
        tally: &mut Tally,
    ) -> Result<(), Failure> {
        tally.without_id += 1;
        if !self.fix {
            anstream::println!("{PUBLICATION_FILE}: no id; check --fix writes one");
            return Ok(());
        }
        files.write(
            PUBLICATION_FILE,
            publication::with_id(source, id).as_bytes(),
        )?;
        anstream::println!("{PUBLICATION_FILE}: wrote its id {id}");
        tally.written += 1;
        Ok(())
    }

    fn ids(
        &self,
        files: &Files,
        at: &ArticleFolder,
        content: &Article,
        ids: &Ids,
        tally: &mut Tally,
    ) -> Result<(), Failure> {
        let (article, captions) = file::without_id(content);
        let missing = usize::from(article) + captions.len();
        if missing == 0 {
            return Ok(());
        }
        let path = format!("{}/{ARTICLE_FILE}", at.path);
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
        let (own, all) = ids.of_article(at, content)?;
        let captions: Vec<(usize, Id)> = captions
            .into_iter()
            .filter_map(|place| Some((place, *all.get(place)?)))
            .collect();
        let bytes = files
            .read(&path, MAX_ARTICLE_BYTES)
            .map_err(|error| format!("{path}: {error}; {}", error.advice()))?;
        let text = String::from_utf8(bytes).map_err(|error| format!("{path}: {error}"))?;
        let fixed = file::write_ids(&text, article.then_some(own), &captions)
            .map_err(|complaint| complaint.at(&path).to_string())?;
        files.write(&path, fixed.as_bytes())?;
        anstream::println!("{path}: wrote {missing} ids");
        tally.written += missing;
        Ok(())
    }
}

/// The ids to write: those that the store gave where it has served these items, else those that any store would give.
struct Ids {
    publication: Id,
    store: Option<Store>,
}

impl Ids {
    fn of(
        place: &StorePlace,
        is_named: bool,
        publication: &Publication,
        source: &str,
    ) -> Result<Self, Failure> {
        let store = match Store::open_beside_at(place) {
            Ok(store) => Some(store),
            // A store that nobody named may be any other paper's.
            Err(_) if !is_named => None,
            Err(error) => return Err(error.into()),
        };
        if let Some(store) = store {
            let store_id = store.publication()?.id();
            let is_this = match publication.id {
                Some(id) => id == store_id,
                // The store gave one to the very file that is looked at.
                None => store
                    .settings()?
                    .is_some_and(|settings| settings.source == source),
            };
            if is_this {
                let store = Some(store);
                return Ok(Self {
                    publication: store_id,
                    store,
                });
            }
        }
        Ok(Self {
            publication: publication.id.unwrap_or_else(|| Id::mint(Utc::now())),
            store: None,
        })
    }

    /// The id of an article and those of its captions, in their order.
    fn of_article(&self, at: &ArticleFolder, content: &Article) -> Result<(Id, Vec<Id>), Failure> {
        let mut stored = None;
        if let Some(store) = &self.store {
            let files = store.files_near(std::slice::from_ref(&at.path))?;
            let known = files.get(&at.path).map(|(id, _)| *id);
            stored = match known.or(content.id) {
                Some(id) => store.article(id)?,
                None => None,
            };
        }
        let article_id = match &stored {
            Some(stored) => stored.state.id,
            None => content
                .id
                .unwrap_or_else(|| self.publication.derive(&at.slug)),
        };
        let known: Vec<KnownCaption<'_>> = stored
            .iter()
            .flat_map(|stored| &stored.captions)
            .map(|known| KnownCaption {
                id: known.state.id,
                caption: &known.caption,
                usable: known.state.status == PubStatus::Usable,
            })
            .collect();
        let ids: HashSet<Id> = known.iter().map(|known| known.id).collect();
        let taken = |id: &Id| ids.contains(id);
        Ok((
            article_id,
            caption_ids(article_id, &known, &content.captions, &taken),
        ))
    }
}

fn guid_in_use(guid: &Line, file: &str, other: &str) -> Complaint {
    let found = format!("{guid}, which {other} has");
    let advice = "readers would take the two for one: take it out of one";
    Complaint::refused(None, "a guid of its own", found, advice).at(file)
}

fn former_in_use(address: &FormerPath, file: &str, other: &str) -> Complaint {
    let found = format!("{}, which {other} has", address.as_str());
    let advice = "one address leads to one article: take it out of one";
    Complaint::refused(None, "former addresses of its own", found, advice).at(file)
}

fn report(complaint: &Complaint, tally: &mut Tally) {
    let colour = match complaint.severity {
        Severity::Refused => {
            tally.refused += 1;
            anstyle::AnsiColor::Red
        }
        Severity::Mended => {
            tally.repaired += 1;
            anstyle::AnsiColor::Yellow
        }
        Severity::Unread => {
            tally.unreadable += 1;
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
            (missing, false) => format!("{} missing", count(missing, "id")),
            (_, true) => format!("{} written", count(self.written, "id")),
        };
        let unread = match self.unreadable {
            0 => String::new(),
            unread => format!(", {unread} not read"),
        };
        writeln!(
            anstream::stdout(),
            "{}; complaints: {} refused, {} mended{unread}; {ids}",
            count(self.articles, "article"),
            self.refused,
            self.repaired
        )
    }
}
