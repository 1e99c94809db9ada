//! `courant backup`: the store and its photographs in one file, wherever the store is, also while the server runs.

use std::path::PathBuf;
use std::process::ExitCode;

use chrono::Utc;
use clap::Args;

use crate::config::LogFormat;
use crate::count::count;
use crate::server::{Event, Journal};
use crate::store::{LastBackup, Store};

use super::step_bars::StepBars;
use super::{Failure, StoreArgs};

/// Help text about the content of a backup and its safekeeping.
const WHAT: &str = "The file is a tar that any tar opens: manifest.json, the database courant.db, the photographs in media/, \
and SHA256SUMS, which sha256sum -c checks. It has everything, also what is not public yet and the hashes of tokens: keep it \
where only the desk reads it. Bring it back with courant restore and not with tar, which would bring back what was killed.";

#[derive(Debug, Args)]
#[command(after_help = WHAT)]
pub(super) struct Backup {
    /// File to write to
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Write over a file that is there
    #[arg(long)]
    replace: bool,
    #[command(flatten)]
    store: StoreArgs,
}

impl Backup {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        let place = self.store.place()?;
        let store = Store::open_beside_at(&place)?;
        let journal = Journal::new(LogFormat::Text);
        let bars = StepBars::new(&journal);
        let made = store.backup(
            &self.file,
            self.replace,
            Utc::now(),
            &|step, done, total| bars.at(step, done, total),
        );
        drop(bars);
        let made = made?;
        let manifest = &made.manifest;
        anstream::println!(
            "{}, {} and {} as of entry {} written to {}, {} bytes",
            count(manifest.articles, "article"),
            count(manifest.captions, "caption"),
            count(manifest.photographs, "photograph file"),
            manifest.seq,
            self.file.display(),
            made.bytes
        );
        if made.missing.is_empty() {
            if let Err(error) = LastBackup::note(manifest, place.folder()) {
                let text = format!("the page for operators will not tell of this backup: {error}");
                journal.say(&Event::Warning { text });
            }
            return Ok(ExitCode::SUCCESS);
        }
        for photograph in &made.missing {
            let text = format!(
                "the photograph {photograph} is not there, or is another than its name says, and is not in the backup; bring \
                 it in again by its item file or the write API"
            );
            journal.say(&Event::Warning { text });
        }
        Ok(ExitCode::FAILURE)
    }
}
