//! The server's log on standard error: one line for each event that an operator would want to know.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{IsTerminal, Write};

use chrono::{SecondsFormat, Utc};
use chrono_tz::Tz;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use crate::config::LogFormat;
use crate::folder::AwaitedArticle;
use crate::item::{Complaint, shortened, steers, visible};
use crate::store::{Entry, EntryKind};

/// Maximum number of characters that a line shows of a text that comes from outside.
const MAX_SHOWN_CHARS: usize = 2000;

/// Maximum number of entries of one scan of the folder that are reported one by one; of more a line gives the numbers. A
/// new store begins with all that there are.
const MAX_ENTRIES_OF_SCAN: usize = 20;

/// An event that the log on standard error reports in a line.
#[derive(Clone, Debug)]
pub enum Event {
    Entry(Entry),
    /// Entries that are reported as numbers and not one by one.
    Entries(Brought),
    Complaint(Complaint),
    /// The number of complaints beyond those that are reported one by one.
    More {
        complaints: usize,
        /// The `expected` of all of these complaints; `None` where they differ in it.
        expected: Option<String>,
        /// The command that shows all of them.
        command: String,
    },
    /// A file about which there were complaints and are none any more.
    Mended {
        path: String,
    },
    /// A request that ended in a 500.
    Fault {
        status: u16,
        path: String,
        reason: String,
    },
    /// Something that is tried again.
    Trouble {
        what: String,
        reason: String,
    },
    /// More articles vanished than is believed, so that none is withdrawn.
    MassRemoval {
        vanished: usize,
        known: usize,
    },
    /// An article that no reader may see yet, with the time zone in which the line shows its time.
    Waits {
        article: AwaitedArticle,
        zone: Tz,
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

/// The numbers of entries that one scan of the folder brought.
#[derive(Clone, Debug)]
pub struct Brought {
    first: u64,
    last: u64,
    /// The number of articles by what was done to them. Each article counts once, though its captions have entries of their
    /// own.
    articles: BTreeMap<&'static str, usize>,
}

impl Brought {
    fn of(entries: &[&Entry]) -> Option<Self> {
        let mut articles_by_change = BTreeMap::<&str, BTreeSet<Option<&str>>>::new();
        for entry in entries {
            let filed = entry.after.as_deref().or(entry.before.as_deref());
            articles_by_change
                .entry(done(entry.kind))
                .or_default()
                .insert(filed);
        }
        Some(Self {
            first: entries.first()?.position.seq,
            last: entries.last()?.position.seq,
            articles: articles_by_change
                .into_iter()
                .map(|(done, filed)| (done, filed.len()))
                .collect(),
        })
    }
}

/// The effect of an entry on its article, as a word that can follow a number of articles.
fn done(kind: EntryKind) -> &'static str {
    match kind {
        EntryKind::Publish => "published",
        EntryKind::Minor | EntryKind::Update | EntryKind::Correct => "changed",
        EntryKind::Move => "moved",
        EntryKind::Withdraw => "withdrawn",
        EntryKind::Withhold => "withheld",
        EntryKind::Release => "released",
        EntryKind::Retract => "retracted",
        EntryKind::Kill => "killed",
        EntryKind::Expire => "expired",
        EntryKind::Settings | EntryKind::Rendering | EntryKind::Restore => "touched",
    }
}

/// The writer of lines.
pub struct Journal {
    format: LogFormat,
    is_silent: bool,
}

impl Journal {
    pub fn new(format: LogFormat) -> Self {
        Self {
            format,
            is_silent: false,
        }
    }

    /// Says nothing, for those who read the store instead.
    pub fn silent() -> Self {
        Self {
            format: LogFormat::Text,
            is_silent: true,
        }
    }

    pub fn entries(&self, entries: &[Entry]) {
        for entry in entries {
            self.say(&Event::Entry(entry.clone()));
        }
    }

    /// Reports the entries of one scan of the folder; where they are many, only their numbers.
    pub fn brought(&self, entries: &[Entry]) {
        let (of_items, others): (Vec<&Entry>, Vec<&Entry>) =
            entries.iter().partition(|entry| entry.item.is_some());
        if of_items.len() <= MAX_ENTRIES_OF_SCAN {
            return self.entries(entries);
        }
        for entry in others {
            self.say(&Event::Entry(entry.clone()));
        }
        if let Some(brought) = Brought::of(&of_items) {
            self.say(&Event::Entries(brought));
        }
    }

    pub fn say(&self, event: &Event) {
        if self.is_silent {
            return;
        }
        let line = match self.format {
            LogFormat::Text => text(event),
            LogFormat::Json => json_line(event),
        };
        // If standard error is closed, the message is lost; the program goes on.
        let _ = writeln!(anstream::stderr().lock(), "{line}");
    }

    /// A bar for work that may take long; none where nobody watches.
    pub fn progress(&self, what: &'static str) -> Progress {
        let watched =
            !self.is_silent && self.format == LogFormat::Text && std::io::stderr().is_terminal();
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
    let message = match event {
        Event::Entry(entry) => entry_in_words(entry),
        Event::Entries(brought) => brought_in_words(brought),
        Event::Complaint(complaint) => complaint.to_string(),
        Event::More {
            complaints,
            expected,
            command,
        } => {
            let count = with_commas(*complaints);
            match expected {
                Some(expected) => {
                    format!("and {count} more of this kind: expected {expected}; run {command}")
                }
                None if *complaints == 1 => {
                    format!("and 1 more complaint about the folder: run {command}")
                }
                None => format!("and {count} more complaints about the folder: run {command}"),
            }
        }
        Event::Mended { path } => format!("{path}: in order again"),
        Event::Fault {
            status,
            path,
            reason,
        } => format!("{status} {path}: {reason}"),
        Event::Trouble { what, reason } => format!("{what}: {reason}"),
        Event::MassRemoval { vanished, known } => format!(
            "{vanished} of {known} articles vanished at once, which is taken for a mistake: nothing is withdrawn. \
             If they were removed on purpose, start with --allow-mass-removal; if not, check that the whole folder is mounted"
        ),
        Event::Waits { article, zone } => format!(
            "waits: {} ({}): {}",
            article.place(),
            article.headline,
            article.until(*zone)
        ),
        Event::Warning { text } => format!("warning: {text}"),
        Event::Note { text } => text.clone(),
        Event::Stopping => "stopping; requests under way may end".to_owned(),
        Event::Impatient => "some requests did not end in time and were broken off".to_owned(),
    };
    format!("{time} {}", visible(&shortened(&message, MAX_SHOWN_CHARS)))
}

fn entry_in_words(entry: &Entry) -> String {
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

fn brought_in_words(brought: &Brought) -> String {
    let mut changes = String::new();
    for (place, (done, count)) in brought.articles.iter().enumerate() {
        let article = match (place, count) {
            (0, 1) => " article",
            (0, _) => " articles",
            _ => "",
        };
        let separator = if place == 0 { "" } else { ", " };
        changes.push_str(&format!(
            "{separator}{}{article} {done}",
            with_commas(*count)
        ));
    }
    format!(
        "#{}–#{}: {changes} from the folder (courant log shows them)",
        brought.first, brought.last
    )
}

/// The number with commas between thousands: 4,312.
fn with_commas(number: usize) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

fn json_line(event: &Event) -> String {
    let time = Utc::now().to_rfc3339_opts(SecondsFormat::Millis, true);
    let mut line = match event {
        Event::Entry(entry) => json!({
            "time": time, "event": "entry", "seq": entry.position.seq, "kind": entry.kind.name(),
            "item": entry.item, "revision": entry.revision, "before": entry.before,
            "after": entry.after, "actor": entry.actor,
        }),
        Event::Entries(brought) => json!({
            "time": time, "event": "entries", "first": brought.first, "last": brought.last,
            "articles": brought.articles,
        }),
        Event::Complaint(complaint) => json!({
            "time": time, "event": "complaint", "path": complaint.path, "line": complaint.line,
            "severity": format!("{:?}", complaint.severity).to_lowercase(),
            "expected": complaint.expected, "found": complaint.found, "advice": complaint.advice,
        }),
        Event::More {
            complaints,
            expected,
            command,
        } => json!({
            "time": time, "event": "more_complaints", "complaints": complaints, "expected": expected,
            "command": command,
        }),
        Event::Mended { path } => json!({ "time": time, "event": "mended", "path": path }),
        Event::Fault {
            status,
            path,
            reason,
        } => {
            json!({ "time": time, "event": "fault", "status": status, "path": path, "reason": reason })
        }
        Event::Trouble { what, reason } => {
            json!({ "time": time, "event": "trouble", "what": what, "reason": reason })
        }
        Event::MassRemoval { vanished, known } => {
            json!({ "time": time, "event": "mass_removal", "vanished": vanished, "known": known })
        }
        Event::Waits { article, .. } => json!({
            "time": time, "event": "waits", "filed": article.filed, "headline": article.headline,
            "status": article.status, "by": if article.is_of_file { "file" } else { "api" },
            "due": article.due.map(|due| due.to_rfc3339_opts(SecondsFormat::Secs, true)),
        }),
        Event::Warning { text } => json!({ "time": time, "event": "warning", "text": text }),
        Event::Note { text } => json!({ "time": time, "event": "note", "text": text }),
        Event::Stopping => json!({ "time": time, "event": "stopping" }),
        Event::Impatient => json!({ "time": time, "event": "impatient" }),
    };
    if let Some(fields) = line.as_object_mut() {
        for field in fields.values_mut() {
            if let Some(text) = field.as_str() {
                *field = shortened(text, MAX_SHOWN_CHARS).into();
            }
        }
    }
    escaped(&line.to_string())
}

/// The JSON without what would steer a terminal; such characters stand within its strings only.
fn escaped(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for character in json.chars() {
        match steers(character) {
            true => out.extend(
                character
                    .encode_utf16(&mut [0; 2])
                    .iter()
                    .map(|unit| format!("\\u{unit:04x}")),
            ),
            false => out.push(character),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_one_line_that_steers_no_terminal_and_has_an_end() {
        let path = format!(
            "city/\u{1b}]0;owned\u{7}\n\u{9b}2J\u{202e}{}",
            "x".repeat(9000)
        );
        let events = [
            Event::Mended { path: path.clone() },
            Event::Complaint(Complaint::refused(None, "a", path.clone(), "b").at(&path)),
            Event::Warning { text: path },
        ];
        for event in &events {
            for line in [text(event), json_line(event)] {
                assert!(!line.chars().any(steers), "{line:?}");
                assert!(line.chars().count() < 7000);
            }
            let json: serde_json::Value =
                serde_json::from_str(&json_line(event)).expect("still JSON");
            let text = json["path"]
                .as_str()
                .or(json["text"].as_str())
                .expect("a text");
            assert!(text.starts_with("city/\u{1b}]0;owned\u{7}\n\u{9b}2J\u{202e}x"));
        }
    }

    #[test]
    fn numbers_are_written_for_people() {
        for (number, written) in [
            (7, "7"),
            (431, "431"),
            (4312, "4,312"),
            (1_000_000, "1,000,000"),
        ] {
            assert_eq!(with_commas(number), written);
        }
    }
}
