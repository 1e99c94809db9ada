//! `courant log`

use std::io::Write;
use std::process::ExitCode;

use chrono::SecondsFormat;
use clap::Args;

use crate::store::Entry;

use super::{Failure, StoreArgs};

/// So many entries are read from the store at once.
const AT_ONCE: usize = 1000;

#[derive(Debug, Args)]
pub(super) struct Log {
    /// Begin behind this entry
    #[arg(long, value_name = "SEQ", default_value_t = 0)]
    after: u64,
    /// Show at most so many
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// One JSON object a line
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    store: StoreArgs,
}

impl Log {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        let store = self.store.open()?;
        let mut out = std::io::BufWriter::new(std::io::stdout().lock());
        let mut after = self.after;
        let mut left = self.limit.unwrap_or(usize::MAX);
        while left > 0 {
            let entries = store.log_after(after, left.min(AT_ONCE))?;
            let Some(last) = entries.last() else { break };
            after = last.position.seq;
            left -= entries.len();
            for entry in &entries {
                let line = if self.json { json(entry) } else { text(entry) };
                writeln!(out, "{line}")?;
            }
        }
        out.flush()?;
        Ok(ExitCode::SUCCESS)
    }
}

fn time(entry: &Entry) -> String {
    entry
        .position
        .time
        .to_rfc3339_opts(SecondsFormat::Millis, true)
}

fn text(entry: &Entry) -> String {
    let item = entry.item.map(|id| id.to_string()).unwrap_or_default();
    let revision = entry
        .revision
        .map(|number| format!(" r{number}"))
        .unwrap_or_default();
    let filed = match (&entry.before, &entry.after) {
        (Some(before), Some(after)) if before != after => format!("{before} -> {after}"),
        (_, Some(filed)) | (Some(filed), None) => filed.clone(),
        (None, None) => String::new(),
    };
    let note = entry.note.as_deref();
    let note = note.map(|note| format!("  ({note})")).unwrap_or_default();
    format!(
        "{:>7}  {}  {:<9} {}  {item}{revision}  {filed}{note}",
        entry.position.seq,
        time(entry),
        entry.kind.name(),
        entry.actor
    )
}

fn json(entry: &Entry) -> String {
    serde_json::json!({
        "seq": entry.position.seq,
        "time": time(entry),
        "kind": entry.kind.name(),
        "item": entry.item,
        "revision": entry.revision,
        "before": entry.before,
        "after": entry.after,
        "actor": entry.actor,
        "note": entry.note,
    })
    .to_string()
}
