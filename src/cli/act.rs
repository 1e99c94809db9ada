//! `courant withhold`, `release`, `retract`, `kill`: what a desk decides in a hurry, beside a server that runs or without one.

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use chrono::Utc;
use clap::Args;

use crate::config::DEFAULT_DATA;
use crate::item::{Id, Line};
use crate::publication::Selection;
use crate::server::{Order, OrderReport, ask};
use crate::store::{Found, PubStatus, Store, StoredArticle};

use super::{Failure, config};

#[derive(Debug, Args)]
pub(super) struct Act {
    /// The article or caption: its id, or an article's slug
    #[arg(value_name = "ID-OR-SLUG")]
    item: String,
    /// What the public is told
    #[arg(long, value_name = "TEXT")]
    public_note: Option<String>,
    /// Do not ask
    #[arg(long)]
    yes: bool,
    /// Folder of the store [default: ./data]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Configuration file
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
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
        let action = match self.legal {
            true => "forbid",
            false => "kill",
        };
        self.act.run(action)
    }
}

impl Act {
    /// Shows what `action` concerns, asks, and has it done.
    pub(super) fn run(self, action: &'static str) -> Result<ExitCode, Failure> {
        let config = config(self.config.as_ref())?;
        let data = self.data.or(config.data);
        let data = data.unwrap_or_else(|| DEFAULT_DATA.into());
        let store = Store::open_beside(&data)?;
        let (item, article) = find(&store, &self.item)?;
        let public_note = match self.public_note.as_deref().map(Line::parse) {
            Some(None) => return Err("expected text in --public-note, found none".into()),
            note => note.flatten(),
        };
        show(&store, item, &article, action)?;
        if !self.yes && !is_wanted(action)? {
            anstream::println!("nothing was done");
            return Ok(ExitCode::FAILURE);
        }
        drop(store);
        let order = Order {
            actor: actor(),
            item,
            action: action.to_owned(),
            public_note,
        };
        match ask(&data, &order)? {
            Some(report) => tell(&report),
            None => {
                let report = without_server(&data, order)?;
                let code = tell(&report)?;
                anstream::println!(
                    "no server runs on {}; the next one serves it so",
                    data.display()
                );
                Ok(code)
            }
        }
    }
}

fn without_server(data: &Path, order: Order) -> Result<OrderReport, Failure> {
    let store = Store::open(data, Utc::now())?;
    let Some(command) = order.command() else {
        return Err("the action is not known".into());
    };
    let mut entries = Vec::new();
    for outcome in store.apply(&Utc::now, &command.actor, &[command.change])? {
        entries.extend(outcome?);
    }
    Ok(OrderReport::of(&entries))
}

fn find(store: &Store, item: &str) -> Result<(Id, StoredArticle), Failure> {
    let id = match Id::parse(item) {
        Some(id) => id,
        None => match store.find_article(item)? {
            Found::Here(id) => id,
            Found::Moved(slug) => {
                return Err(format!("{item} is {slug} now; say that").into());
            }
            Found::Nowhere => {
                return Err(format!(
                    "expected the id of an article or caption, or an article's slug; there is no {item}"
                )
                .into());
            }
        },
    };
    let owner = store.owner_of_caption(id)?.unwrap_or(id);
    match store.article(owner)? {
        Some(article) => Ok((id, article)),
        None => Err(format!("there is no item {id}").into()),
    }
}

/// What the decision concerns.
fn show(store: &Store, item: Id, article: &StoredArticle, action: &str) -> Result<(), Failure> {
    let mut out = anstream::stdout().lock();
    let bold = anstyle::Style::new().bold();
    let caption = article
        .captions
        .iter()
        .find(|caption| caption.state.id == item);
    match caption {
        Some(caption) => {
            writeln!(out, "the caption {bold}{}{bold:#}", &*caption.caption.text)?;
            writeln!(out, "  of the article {}", &*article.article.headline)?;
        }
        None => writeln!(
            out,
            "the article {bold}{}{bold:#}",
            &*article.article.headline
        )?,
    }
    let state = caption.map_or(&article.state, |caption| &caption.state);
    writeln!(out, "  {item}")?;
    writeln!(out, "  {}/{}", article.section, article.slug)?;
    writeln!(out, "  is {} at present", state.status.name())?;
    if caption.is_none() {
        let usable = article.captions.iter();
        let captions: Vec<_> = usable
            .filter(|caption| caption.state.status == PubStatus::Usable)
            .collect();
        let photographs = captions
            .iter()
            .filter(|caption| caption.caption.image.is_some());
        writeln!(
            out,
            "  with {} captions and {} photographs",
            captions.len(),
            photographs.count()
        )?;
    }
    let feeds = store.selections_of(article.state.id, item)?;
    let own = Selection::Article(article.state.id).to_string();
    let feeds = feeds.iter().filter(|feed| **feed != own);
    writeln!(
        out,
        "  in the feeds {}",
        feeds.cloned().collect::<Vec<_>>().join(", ")
    )?;
    if matches!(action, "kill" | "forbid") {
        writeln!(
            out,
            "its text and photographs leave the store for good: nothing brings them back"
        )?;
    }
    Ok(())
}

fn is_wanted(action: &str) -> Result<bool, Failure> {
    if !std::io::stdin().is_terminal() {
        return Err("nobody is there to be asked; give --yes where it is meant".into());
    }
    anstream::print!("{action}? [y/N] ");
    std::io::stdout().flush()?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

fn tell(report: &OrderReport) -> Result<ExitCode, Failure> {
    if let Some(error) = &report.error {
        return Err(error.clone().into());
    }
    if report.entries.is_empty() {
        anstream::println!("it was so already");
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

/// Who the log says it was.
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
