//! `courant withhold`, `release`, `retract`, `kill`: what a desk decides in a hurry, beside a server that runs or without one.

use std::collections::BTreeSet;
use std::io::{IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use chrono::Utc;
use clap::Args;

use crate::item::{Id, Line, limits, visible};
use crate::publication::Selection;
use crate::server::{Order, OrderReport, ask};
use crate::store::{Action, BEFORE_RESTORE, EditableArticle, Removal, Store, StorePlace};

use super::count::count;
use super::find::find;
use super::{Failure, StoreArgs, answer, is_wanted};

/// Maximum time that a kill without a server waits until the killed content is gone from the store's files.
const ERASING: Duration = Duration::from_secs(5);

/// A retraction is a notice to readers.
const UNTOLD: &str = "a retracted story leaves a notice in its place; give it as --public-note \"The interview never took place.\"";

/// What a server of PostgreSQL still has of a killed item.
const ON_SERVER: &str = "no statement can read its text in the store any more; the files of PostgreSQL keep it until VACUUM has run and the space is used \
                         again, its write-ahead log until it is recycled, and standbys, archives of that log and backups as long as they are kept";

#[derive(Debug, Args)]
pub(super) struct Act {
    /// The article or caption: its id, the address of its page, section/slug, or an article's slug; former ones, too
    #[arg(value_name = "ITEM")]
    item: String,
    /// A note to readers; a retraction asks for it where it is not given
    #[arg(long, value_name = "TEXT")]
    public_note: Option<String>,
    /// Do not ask
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    store: StoreArgs,
}

#[derive(Debug, Args)]
pub(super) struct Kill {
    /// By order of the law: its address answers 451 (RFC 7725)
    #[arg(long)]
    legal: bool,
    #[command(flatten)]
    act: Act,
}

impl Kill {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        self.act.run(Action::Remove(match self.legal {
            true => Removal::Forbidden,
            false => Removal::Killed,
        }))
    }
}

/// A public note, within the bound that the API has.
fn note(text: &str) -> Result<Line, Failure> {
    let most = limits::MAX_LINE_BYTES;
    match Line::parse(text) {
        None => Err("expected text in the public note, found none".into()),
        Some(line) if line.len() > most => Err(format!(
            "expected a public note of at most {most} bytes, found {}; shorten it",
            line.len()
        )
        .into()),
        Some(line) => Ok(line),
    }
}

impl Act {
    /// Shows what `action` concerns, asks, and has it done.
    pub(super) fn run(self, action: Action) -> Result<ExitCode, Failure> {
        let place = self.store.place()?;
        let data = place.folder();
        let store = Store::open_beside_at(&place)?;
        let (item, article) = find(&store, &self.item)?;
        let mut public_note = self.public_note.as_deref().map(note).transpose()?;
        let lacks_note = public_note.is_none() && action == Action::Remove(Removal::Retracted);
        if lacks_note && !std::io::stdin().is_terminal() {
            return Err(UNTOLD.into());
        }
        show(&store, item, &article, action)?;
        if lacks_note {
            let answer_text = answer("what shall readers be told? ")?;
            if answer_text.trim().is_empty() {
                anstream::println!("nothing was done: {UNTOLD}");
                return Ok(ExitCode::FAILURE);
            }
            public_note = Some(note(&answer_text)?);
        }
        if !self.yes && !is_wanted(action.name())? {
            anstream::println!("nothing was done");
            return Ok(ExitCode::FAILURE);
        }
        let kills = matches!(action, Action::Remove(how) if how.is_final());
        let photographs = match kills {
            true => store.photographs_of(item)?,
            false => BTreeSet::new(),
        };
        drop(store);
        let order = Order {
            actor: actor(),
            item,
            action,
            public_note,
        };
        if kills {
            for name in put_aside(data) {
                anstream::println!(
                    "{}/{name} is the store before a restore and still has it; delete that folder",
                    data.display()
                );
            }
            for schema in Store::open_beside_at(&place)?.schemas_aside()? {
                anstream::println!(
                    "the schema {schema} of the database is the store before a restore and still has it: DROP SCHEMA {schema} CASCADE"
                );
            }
        }
        let code = Self::order(&place, order)?;
        if kills && place.server().is_some() {
            anstream::println!("{ON_SERVER}");
        }
        for reference in Store::open_beside_at(&place)?.references(&photographs)? {
            anstream::println!("the file of a photograph that was killed stays: {reference}");
        }
        Ok(code)
    }

    /// Sends the order to the running server, or carries it out here where none runs.
    fn order(place: &StorePlace, order: Order) -> Result<ExitCode, Failure> {
        let data = place.folder();
        match ask(data, &order)? {
            Some(report) => {
                let code = report_outcome(&report)?;
                if let Some(left) = &report.left {
                    anstream::println!("it is {left}; the server goes on trying");
                }
                Ok(match report.is_held {
                    true => ExitCode::FAILURE,
                    false => code,
                })
            }
            None => {
                let report = without_server(place, order)?;
                let mut code = report_outcome(&report)?;
                if let Some(left) = &report.left {
                    anstream::println!("it is {left}; the next server goes on trying");
                    if report.is_held {
                        code = ExitCode::FAILURE;
                    }
                }
                anstream::println!(
                    "no server runs on {}; the next one serves it so",
                    data.display()
                );
                Ok(code)
            }
        }
    }
}

/// Carries out an order on the store itself, which only one process can open to write.
fn without_server(place: &StorePlace, order: Order) -> Result<OrderReport, Failure> {
    let store = Store::open_at(place, Utc::now())?;
    let kills = matches!(order.action, Action::Remove(how) if how.is_final());
    let command = order.command();
    let mut entries = Vec::new();
    for outcome in store.apply(&Utc::now, &command.actor, &[command.change])? {
        entries.extend(outcome?);
    }
    let left = match kills {
        true => store.erase_within(ERASING)?,
        false => None,
    };
    Ok(OrderReport::of(&entries).leaving(left))
}

/// Folders of stores that a restore put aside: nothing that is killed goes from them.
fn put_aside(data: &Path) -> Vec<String> {
    let found = std::fs::read_dir(data).into_iter().flatten().flatten();
    let names = found.map(|entry| entry.file_name().to_string_lossy().into_owned());
    let mut aside: Vec<String> = names
        .filter(|name| name.starts_with(BEFORE_RESTORE))
        .collect();
    aside.sort();
    aside
}

/// Shows the item that the decision is about: its text, its place, its status and its feeds.
fn show(store: &Store, item: Id, of: &EditableArticle, action: Action) -> Result<(), Failure> {
    let mut out = anstream::stdout().lock();
    let bold = anstyle::Style::new().bold();
    let captions = &of.article.captions;
    let caption = captions.iter().find(|caption| caption.id == Some(item));
    match caption {
        Some(caption) => {
            writeln!(out, "the caption {bold}{}{bold:#}", visible(&caption.text))?;
            writeln!(out, "  of the article {}", visible(&of.article.headline))?;
        }
        None => writeln!(
            out,
            "the article {bold}{}{bold:#}",
            visible(&of.article.headline)
        )?,
    }
    writeln!(out, "  {item}")?;
    writeln!(out, "  {}/{}", of.section, of.slug)?;
    let status = match of.stored_caption(item) {
        Some(caption) => caption.state.status.name(),
        None => of.status(),
    };
    match of.due {
        Some(due) => writeln!(out, "  is to be public at {}", due.to_rfc3339())?,
        None => writeln!(out, "  status: {status}")?,
    }
    if item == of.id {
        let photographs = captions.iter().filter(|caption| caption.image.is_some());
        let (captions, photographs) = (captions.len(), photographs.count());
        writeln!(
            out,
            "  with {} and {}",
            count(captions, "caption"),
            count(photographs, "photograph")
        )?;
    }
    let feeds = store.selections_of(of.id, item)?;
    let article_feed = Selection::Article(of.id);
    let feeds = feeds.iter().filter(|feed| **feed != article_feed);
    let feeds: Vec<String> = feeds.map(ToString::to_string).collect();
    if !feeds.is_empty() {
        writeln!(out, "  in the feeds {}", feeds.join(", "))?;
    }
    match action {
        Action::Remove(how) if how.is_final() => writeln!(
            out,
            "its text, its names and its photographs leave the store for good: nothing brings them back\n\
             they stay in backups that were made before, in files that were exported and in the folder of items: delete \
             them there"
        )?,
        Action::Remove(_) if of.stored.is_none() => {
            writeln!(out, "it waits for a decision then, whatever its time")?;
        }
        _ => {}
    }
    Ok(())
}

fn report_outcome(report: &OrderReport) -> Result<ExitCode, Failure> {
    if let Some(error) = &report.error {
        return Err(error.clone().into());
    }
    if report.entries.is_empty() {
        anstream::println!("no reader has seen it, or it was so already: nothing is told");
    }
    for (seq, kind) in &report.entries {
        anstream::println!("entry {seq}: {kind}");
    }
    let mut code = ExitCode::SUCCESS;
    for (cache, acknowledged) in &report.caches {
        if *acknowledged {
            anstream::println!("purged {cache}");
        } else {
            anstream::println!(
                "{cache} has not acknowledged the purge yet; the server goes on telling it"
            );
            code = ExitCode::FAILURE;
        }
    }
    Ok(code)
}

/// The actor that the log names for a decision by command: the operator, with the name of the user who runs it.
fn actor() -> String {
    let user = ["SUDO_USER", "USER"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok())
        .filter(|user| !user.is_empty());
    match user {
        Some(user) => format!("operator {user}"),
        None => "operator".to_owned(),
    }
}
