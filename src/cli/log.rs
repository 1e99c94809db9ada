//! `courant log`: what changed, entry by entry, for people or as JSON.

use std::io::Write;
use std::process::ExitCode;

use chrono::{DateTime, SecondsFormat, Utc};
use clap::Args;
use serde_json::{Value, json};

use crate::item::visible;
use crate::store::{Entry, PrivateEntry, StoreError};

use super::{Failure, StoreArgs};

/// Maximum number of entries that are read from the store at once.
const AT_ONCE: usize = 1000;

#[derive(Debug, Args)]
pub(super) struct Log {
    /// Begin behind this entry
    #[arg(long, value_name = "SEQ", default_value_t = 0)]
    after: u64,
    /// Show at most this many
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// Show instead what no reader saw: drafts, schedules, remarks of the desk, uploads. It is counted by itself
    #[arg(long, alias = "unseen")]
    private: bool,
    /// One JSON object a line
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    store: StoreArgs,
}

impl Log {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        let store = self.store.open()?;
        match self.private {
            true => self.print(|after, limit| store.private_after(after, limit)),
            false => self.print(|after, limit| store.log_after(after, limit)),
        }
    }

    fn print<L: Line>(
        &self,
        read: impl Fn(u64, usize) -> Result<Vec<L>, StoreError>,
    ) -> Result<ExitCode, Failure> {
        let mut out = std::io::BufWriter::new(std::io::stdout().lock());
        let mut after = self.after;
        let mut left = self.limit.unwrap_or(usize::MAX);
        while left > 0 {
            let entries = read(after, left.min(AT_ONCE))?;
            let Some(last) = entries.last() else { break };
            after = last.seq();
            left -= entries.len();
            for entry in &entries {
                let line = match self.json {
                    true => entry.json().to_string(),
                    false => visible(&entry.text()).into_owned(),
                };
                writeln!(out, "{line}")?;
            }
        }
        out.flush()?;
        Ok(ExitCode::SUCCESS)
    }
}

/// An entry of one of the logs that the command shows as a line.
trait Line {
    fn seq(&self) -> u64;
    fn text(&self) -> String;
    fn json(&self) -> Value;
}

fn time(moment: DateTime<Utc>) -> String {
    moment.to_rfc3339_opts(SecondsFormat::Millis, true)
}

fn in_brackets(note: Option<&str>) -> String {
    note.map(|note| format!("  ({note})")).unwrap_or_default()
}

impl Line for Entry {
    fn seq(&self) -> u64 {
        self.position.seq
    }

    fn text(&self) -> String {
        let item = self.item.map(|id| id.to_string()).unwrap_or_default();
        let revision = self.revision.map(|number| format!(" r{number}"));
        let filed = match (&self.before, &self.after) {
            (Some(before), Some(after)) if before != after => format!("{before} -> {after}"),
            (_, Some(filed)) | (Some(filed), None) => filed.clone(),
            (None, None) => String::new(),
        };
        format!(
            "{:>7}  {}  {:<9} {}  {item}{}  {filed}{}",
            self.position.seq,
            time(self.position.time),
            self.kind.name(),
            self.actor,
            revision.unwrap_or_default(),
            in_brackets(self.note.as_deref())
        )
    }

    fn json(&self) -> Value {
        json!({
            "seq": self.position.seq,
            "time": time(self.position.time),
            "kind": self.kind.name(),
            "item": self.item,
            "revision": self.revision,
            "before": self.before,
            "after": self.after,
            "actor": self.actor,
            "note": self.note,
        })
    }
}

impl Line for PrivateEntry {
    fn seq(&self) -> u64 {
        self.seq
    }

    fn text(&self) -> String {
        let due = self.due.map(|due| format!(" for {}", time(due)));
        format!(
            "{:>7}  {}  {:<9} {}  {}  {}{}{}",
            self.seq,
            time(self.time),
            self.kind.name(),
            self.actor,
            self.item,
            self.filed.as_deref().unwrap_or_default(),
            due.unwrap_or_default(),
            in_brackets(self.note.as_deref())
        )
    }

    fn json(&self) -> Value {
        json!({
            "seq": self.seq,
            "time": time(self.time),
            "kind": self.kind.name(),
            "item": self.item,
            "filed": self.filed,
            "due": self.due.map(time),
            "actor": self.actor,
            "note": self.note,
        })
    }
}
