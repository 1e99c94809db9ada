//! `courant waiting`: what no reader may see yet, and until when.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use chrono::{SecondsFormat, Utc};
use clap::Args;
use serde_json::json;

use crate::config::DEFAULT_ITEMS;
use crate::folder::{AwaitedArticle, Folder};
use crate::item::visible;

use super::count::count;
use super::{Failure, StoreArgs, config, items_folder};

#[derive(Debug, Args)]
pub(super) struct Waiting {
    /// Folder of items [default: ./items, if it is there]
    #[arg(long, value_name = "DIR")]
    items: Option<PathBuf>,
    /// One JSON object a line
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    store: StoreArgs,
}

impl Waiting {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        let store = self.store.open()?;
        let publication = store.publication()?;
        let items = self
            .items
            .clone()
            .or(config(self.store.config.as_ref())?.items);
        let items = match items {
            Some(named) => Some(items_folder(Some(named))?),
            None => Some(PathBuf::from(DEFAULT_ITEMS)).filter(|items| items.is_dir()),
        };
        let mut waiting = AwaitedArticle::of_store(&store, usize::MAX)?;
        if let Some(items) = items {
            let folder = Folder::new(items);
            waiting.extend(folder.awaited(&store, &publication, Utc::now())?);
        } else if !store.waiting_files()?.is_empty() {
            anstream::eprintln!("files wait, too: name their folder with --items DIR");
        }
        waiting.sort_by(AwaitedArticle::order);
        let mut out = std::io::BufWriter::new(std::io::stdout().lock());
        for article in &waiting {
            match self.json {
                true => writeln!(out, "{}", as_json(article))?,
                false => {
                    let line = format!(
                        "{}  {}  {}",
                        article.until(publication.timezone),
                        article.place(),
                        article.headline
                    );
                    writeln!(out, "{}", visible(&line))?;
                }
            }
        }
        if !self.json {
            match waiting.len() {
                0 => writeln!(out, "nothing waits")?,
                1 => writeln!(out, "1 article waits")?,
                many => writeln!(out, "{} wait", count(many, "article"))?,
            }
        }
        out.flush()?;
        Ok(ExitCode::SUCCESS)
    }
}

fn as_json(article: &AwaitedArticle) -> serde_json::Value {
    let spelled = |due: chrono::DateTime<Utc>| due.to_rfc3339_opts(SecondsFormat::Secs, true);
    json!({
        "filed": article.filed,
        "headline": article.headline,
        "status": article.status,
        "due": article.due.map(spelled),
        "by": if article.is_of_file { "file" } else { "api" },
    })
}
