//! `courant export`: the store written out as a folder of items.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use crate::config::LogFormat;
use crate::count::count;
use crate::folder::export;
use crate::server::Journal;

use super::{Failure, StoreArgs};

#[derive(Debug, Args)]
pub(super) struct Export {
    /// Folder to write to; empty, or not there yet
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    #[command(flatten)]
    store: StoreArgs,
}

impl Export {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        let store = self.store.open()?;
        let bar = Journal::new(LogFormat::Text).progress("exporting");
        let total = store.count_files()?;
        let done = export(&store, &self.folder, &|done| bar.at(done, total))?;
        bar.end();
        anstream::println!(
            "{} and {} written to {}",
            count(done.articles, "article"),
            count(done.photographs, "photograph"),
            self.folder.display()
        );
        Ok(ExitCode::SUCCESS)
    }
}
