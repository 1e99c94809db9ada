//! Whether all is well, in one look, and the figures that an operator asks for first.

use std::sync::atomic::Ordering;

use chrono::DateTime;
use chrono_tz::Tz;
use maud::{Markup, html};

use crate::count::count_as;
use crate::http::Site;
use crate::server::health::Health;
use crate::server::ready::{notes, reasons};
use crate::store::LastBackup;

use super::moment::{length, local};

pub(super) fn summary(site: &Site, health: &Health, zone: Tz) -> Markup {
    let reasons = reasons(site.store(), health, site.now());
    let notes = notes(site.store());
    // Readers are served all the same, so it is no reason; but the desk is waited for.
    let refused = health.refused_files.load(Ordering::Relaxed);
    html! {
        @match reasons.is_empty() {
            true => p.verdict {
                "OK"
                @if refused > 0 { ", " a href="#complaints" { (count_as(refused, "file refused", "files refused")) } }
            }
            false => {
                p.verdict.bad { "Not ready" }
                ul { @for reason in &reasons { li { (reason.subject) ": " (reason.reason) } } }
            }
        }
        @if !notes.is_empty() {
            ul { @for note in &notes { li { (note.subject) ": " (note.reason) } } }
        }
        dl.facts {
            @for (what, text) in facts(site, health, zone) {
                div { dt { (what) } dd { (text) } }
            }
        }
    }
}

/// Facts about the running server as pairs of name and text.
fn facts(site: &Site, health: &Health, zone: Tz) -> Vec<(String, String)> {
    let now = site.now();
    let position = site.store().position();
    let mut facts = Vec::new();
    let mut add = |what: &str, text: String| facts.push((what.to_owned(), text));
    add("Version", env!("CARGO_PKG_VERSION").to_owned());
    let up = length(now - health.started);
    add("Up", format!("{up}, since {}", local(health.started, zone)));
    let newest = match position.seq {
        0 => "none".to_owned(),
        seq => format!("{seq} of {}", local(position.time, zone)),
    };
    add("Newest entry of the log", newest);
    add(
        "Server errors (5xx) since the start",
        server_errors(site).to_string(),
    );
    let durations = [
        (
            "Time to render a document",
            site.counters().render_latency(),
        ),
        ("Time until a write is on disk", site.writes().latency()),
    ];
    for (what, latency) in durations {
        if let (Some(half), Some(most)) = (latency.quantile(0.5), latency.quantile(0.99)) {
            add(what, format!("half {half}, 99 of 100 {most}"));
        }
    }
    let troubles = health.fault_count.load(Ordering::Relaxed);
    let where_said = if troubles > 0 {
        "; the log lines say which"
    } else {
        ""
    };
    add(
        "Timers and looks that failed since the start",
        format!("{troubles}{where_said}"),
    );
    if let Ok(free) = fs4::available_space(&health.data) {
        add("Free disk", format!("{} MiB", free / 1024 / 1024));
    }
    let scan = health.last_scan.load(Ordering::Relaxed);
    let scan = DateTime::from_timestamp(scan, 0).filter(|_| scan > 0);
    if let Some(scan) = scan {
        add("Last look at the folder", local(scan, zone));
    }
    add("Last backup", last_backup(health, position.seq, zone));
    for cache in &health.caches {
        let acknowledged = cache.acknowledged.load(Ordering::Relaxed);
        let behind = match acknowledged < position.seq {
            true => ", and is behind",
            false => "",
        };
        let message = format!("has been told up to entry {acknowledged}{behind}");
        add(&format!("Cache {}", cache.name), message);
    }
    facts
}

/// The time of the last backup, and the number of entries since, in words.
fn last_backup(health: &Health, newest: u64, zone: Tz) -> String {
    let backup = LastBackup::read(&health.data).filter(|backup| backup.seq <= newest);
    let Some(LastBackup { made, seq }) = backup else {
        return "none is known; courant backup makes one".to_owned();
    };
    let since = count_as(newest.saturating_sub(seq), "entry", "entries");
    format!("{}, up to entry {seq}; {since} since", local(made, zone))
}

/// The number of answers with a status of the server's faults.
fn server_errors(site: &Site) -> u64 {
    let statuses = site.counters().statuses().into_iter();
    let failed = statuses.filter(|(status, _)| (500..600).contains(status));
    failed.map(|(_, count)| count).sum()
}
