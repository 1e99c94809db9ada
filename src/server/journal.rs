//! What the server says on standard error: one line for each thing an operator would want to know.

use std::io::{IsTerminal, Write};

use chrono::{SecondsFormat, Utc};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use crate::config::LogFormat;
use crate::item::Complaint;
use crate::store::Entry;

/// Something worth a line.
#[derive(Clone, Debug)]
pub enum Event {
    Entry(Entry),
    Complaint(Complaint),
    /// A file that drew complaints and draws none now.
    Mended {
        path: String,
    },
    /// A request that ended in a 500.
    Fault {
        path: String,
        reason: String,
    },
    /// Something that is tried again.
    Trouble {
        what: String,
        reason: String,
    },
    /// A loss that is not believed.
    MassRemoval {
        vanished: usize,
        known: usize,
    },
    Warning {
        text: String,
    },
    Note {
        text: String,
    },
    Stopping,
    Impatient,
}

/// The writer of lines.
pub struct Journal {
    format: LogFormat,
    silent: bool,
}

impl Journal {
    pub fn new(format: LogFormat) -> Self {
        Self {
            format,
            silent: false,
        }
    }

    /// Says nothing, for those who read the store instead.
    pub fn silent() -> Self {
        Self {
            format: LogFormat::Text,
            silent: true,
        }
    }

    pub fn entries(&self, entries: &[Entry]) {
        for entry in entries {
            self.say(&Event::Entry(entry.clone()));
        }
    }

    pub fn say(&self, event: &Event) {
        if self.silent {
            return;
        }
        let line = match self.format {
            LogFormat::Text => text(event),
            LogFormat::Json => json_line(event),
        };
        // Nobody reads standard error: then there is nobody to tell.
        let _ = writeln!(anstream::stderr().lock(), "{line}");
    }

    /// A bar for work that may take long; none where nobody watches.
    pub fn progress(&self, what: &'static str) -> Progress {
        let watched =
            !self.silent && self.format == LogFormat::Text && std::io::stderr().is_terminal();
        Progress {
            bar: watched.then(|| bar(what)),
        }
    }
}

/// A progress bar on a terminal, or nothing.
pub struct Progress {
    bar: Option<ProgressBar>,
}

impl Progress {
    pub fn at(&self, done: usize, total: usize) {
        if let Some(bar) = &self.bar {
            bar.set_length(total as u64);
            bar.set_position(done as u64);
        }
    }

    pub fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn bar(what: &'static str) -> ProgressBar {
    let bar = ProgressBar::new(0).with_message(what);
    let template = "{msg} {bar:32} {human_pos}/{human_len} {per_sec} {eta}";
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar
}

fn text(event: &Event) -> String {
    let time = Utc::now().to_rfc3339_opts(SecondsFormat::Millis, true);
    let said = match event {
        Event::Entry(entry) => {
            let filed = entry
                .after
                .as_deref()
                .or(entry.before.as_deref())
                .unwrap_or("-");
            let item = entry.item.map(|id| format!(" {id}")).unwrap_or_default();
            let revision = entry
                .revision
                .map(|number| format!(" r{number}"))
                .unwrap_or_default();
            format!(
                "#{} {} {filed}{item}{revision} by {}",
                entry.position.seq,
                entry.kind.name(),
                entry.actor
            )
        }
        Event::Complaint(complaint) => complaint.to_string(),
        Event::Mended { path } => format!("{path}: well again"),
        Event::Fault { path, reason } => format!("500 {path}: {reason}"),
        Event::Trouble { what, reason } => format!("{what}: {reason}"),
        Event::MassRemoval { vanished, known } => format!(
            "{vanished} of {known} articles vanished at once; this is not believed and nothing is withdrawn. \
             If they are to go, start with --allow-mass-removal; if not, look whether the folder is mounted whole"
        ),
        Event::Warning { text } => format!("warning: {text}"),
        Event::Note { text } => text.clone(),
        Event::Stopping => "stopping; requests under way may end".to_owned(),
        Event::Impatient => "some requests did not end in time and were broken off".to_owned(),
    };
    format!("{time} {said}")
}

fn json_line(event: &Event) -> String {
    let time = Utc::now().to_rfc3339_opts(SecondsFormat::Millis, true);
    let line = match event {
        Event::Entry(entry) => json!({
            "time": time, "event": "entry", "seq": entry.position.seq, "kind": entry.kind.name(),
            "item": entry.item, "revision": entry.revision, "before": entry.before,
            "after": entry.after, "actor": entry.actor,
        }),
        Event::Complaint(complaint) => json!({
            "time": time, "event": "complaint", "path": complaint.path, "line": complaint.line,
            "severity": format!("{:?}", complaint.severity).to_lowercase(),
            "expected": complaint.expected, "found": complaint.found, "advice": complaint.advice,
        }),
        Event::Mended { path } => json!({ "time": time, "event": "mended", "path": path }),
        Event::Fault { path, reason } => {
            json!({ "time": time, "event": "fault", "status": 500, "path": path, "reason": reason })
        }
        Event::Trouble { what, reason } => {
            json!({ "time": time, "event": "trouble", "what": what, "reason": reason })
        }
        Event::MassRemoval { vanished, known } => {
            json!({ "time": time, "event": "mass_removal", "vanished": vanished, "known": known })
        }
        Event::Warning { text } => json!({ "time": time, "event": "warning", "text": text }),
        Event::Note { text } => json!({ "time": time, "event": "note", "text": text }),
        Event::Stopping => json!({ "time": time, "event": "stopping" }),
        Event::Impatient => json!({ "time": time, "event": "impatient" }),
    };
    line.to_string()
}
