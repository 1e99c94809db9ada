//! `courant restore`: a store brought back from its backup, without what was taken down since.

use std::path::PathBuf;
use std::process::ExitCode;

use chrono::{DateTime, SecondsFormat, Utc};
use clap::Args;

use crate::config::LogFormat;
use crate::count::{count, count_as};
use crate::server::Journal;
use crate::store::{self, EntryKind, RestoreReport};

use super::step_bars::StepBars;
use super::{Failure, StoreArgs, is_wanted};

/// Help text about the effects of a restore: what stays as it was, and what is lost.
const WHAT: &str = "What was killed, retracted, withheld or withdrawn since the backup stays away, and rights that ended stay \
ended: the store that is replaced tells it. Its tokens stay, too, and those that were revoked stay so. All else that was done \
since is lost here; the folder of items brings in again what it has. The store before is kept aside. Every feed is touched, \
so that no reader is left behind; but not where the previous store is at another place (--previous-store) and has the same rows.";

#[derive(Debug, Args)]
#[command(after_help = WHAT)]
pub(super) struct Restore {
    /// File that courant backup made
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Restore even where no store has the removals since the backup, and publish the removed items again
    #[arg(long)]
    accept_lost_takedowns: bool,
    /// Previous store, where it is at another place: its folder, or its postgres:// address. Where nothing was written there
    /// since the backup, entries, dates and tags stay as they are
    #[arg(long, value_name = "DIR|URL")]
    previous_store: Option<String>,
    /// Do not ask
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    store: StoreArgs,
}

impl Restore {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        let place = self.store.place()?;
        let previous = self.previous_store.as_deref();
        let previous = previous.map(|named| self.store.other_place(named));
        let journal = Journal::new(LogFormat::Text);
        let bars = StepBars::new(&journal);
        let restore = store::Restore::prepare(
            &self.file,
            &place,
            previous.transpose()?.as_ref(),
            Utc::now(),
            self.accept_lost_takedowns,
            &|step, done, total| bars.at(step, done, total),
        );
        drop(bars);
        let restore = restore?;
        show(&restore);
        if !self.yes && !is_wanted("restore")? {
            anstream::println!("nothing was done");
            return Ok(ExitCode::FAILURE);
        }
        let bars = StepBars::new(&journal);
        let restored =
            restore.carry_out(Utc::now(), &|step, done, total| bars.at(step, done, total));
        drop(bars);
        let restored = restored?;
        report(&restored, &self.file);
        if let Some(previous) = &restored.previous_store {
            anstream::println!(
                "the previous store is in {previous}, unchanged; start no server on it any more"
            );
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn show(restore: &store::Restore) {
    let manifest = restore.manifest();
    anstream::println!(
        "a backup of {}, entry {}: {}, {}, {}",
        spelled(manifest.made),
        manifest.seq,
        count(manifest.articles, "article"),
        count(manifest.captions, "caption"),
        count(manifest.photographs, "photograph file")
    );
    let newer: u64 = restore.lost().iter().map(|(_, count)| count).sum();
    match newer {
        _ if restore.is_same() => anstream::println!(
            "the previous store has the same rows: entries, dates and tags stay as they are"
        ),
        0 => anstream::println!("the store that it replaces has no newer entry"),
        newer => {
            let newer = count_as(newer, "entry is newer and is", "entries are newer and are");
            anstream::println!("{newer} lost, but for take-downs:");
            for (kind, count) in restore.lost() {
                anstream::println!("  {count:>7} {}", kind.name());
            }
        }
    }
}

fn report(restored: &RestoreReport, file: &std::path::Path) {
    let mut was_killed = false;
    for entry in &restored.entries {
        was_killed |= entry.kind == EntryKind::Kill;
        let item = entry.item.map(|id| format!(" {id}")).unwrap_or_default();
        anstream::println!("entry {}: {}{item}", entry.position.seq, entry.kind.name());
    }
    if was_killed {
        anstream::println!(
            "{} still has what was killed since; make a new backup and delete it",
            file.display()
        );
    }
    if let Some(schema) = &restored.replaced_schema {
        anstream::println!(
            "the store before is in the schema {schema} of the same database; once all is well: DROP SCHEMA {schema} CASCADE"
        );
    }
    if let Some(aside) = &restored.replaced_folder {
        let what = match restored.replaced_schema {
            Some(_) => "its photographs are",
            None => "the store before is",
        };
        let aside = aside.display();
        anstream::println!("{what} in {aside}; once all is well: rm -r {aside}");
    }
    anstream::println!("restored; courant serve serves it");
}

fn spelled(moment: DateTime<Utc>) -> String {
    moment.to_rfc3339_opts(SecondsFormat::Secs, true)
}
