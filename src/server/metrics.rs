//! Metrics of the server in the text format of Prometheus.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::http::header;

use crate::http::Site;
use crate::latency::{Bucket, Latency};
use crate::store::{LastBackup, Lease};

use super::health::Health;
use super::purge::CacheHealth;
use super::ready;

/// A metric without labels: its name, its type, what it is, and its value.
type Metric = (&'static str, &'static str, &'static str, String);

pub(super) type Text = ([(header::HeaderName, &'static str); 1], String);

pub(super) async fn metrics(site: Arc<Site>, health: Arc<Health>) -> Text {
    let (now, of_site, of_health) = (site.now(), Arc::clone(&site), Arc::clone(&health));
    // A disk may take long to say how much is free.
    let work = move || {
        let is_ready = ready::reasons(of_site.store(), &of_health, now).is_empty();
        let free = fs4::available_space(&of_health.data).unwrap_or(0);
        (is_ready, free, LastBackup::read(&of_health.data))
    };
    let (is_ready, free, backup) = tokio::task::spawn_blocking(work)
        .await
        .unwrap_or((false, 0, None));
    let mut out = String::new();
    let beside = [
        (
            "courant_ready",
            "gauge",
            "Whether nothing hinders the server; /readyz says what does.",
            u8::from(is_ready).to_string(),
        ),
        (
            "courant_free_disk_bytes",
            "gauge",
            "Free disk where the data lie.",
            free.to_string(),
        ),
        (
            "courant_last_backup_seconds",
            "gauge",
            "Time of the last backup; 0 where none is known.",
            backup
                .map_or(0, |backup| backup.made.timestamp())
                .to_string(),
        ),
    ];
    for (name, kind, help, value) in counted(&site, &health).into_iter().chain(beside) {
        // Writing to a String cannot fail.
        let _ = writeln!(
            out,
            "# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}"
        );
    }
    histogram(
        "courant_render_seconds",
        "Time to render a document.",
        site.counters().render_latency(),
        &mut out,
    );
    histogram(
        "courant_write_seconds",
        "Time until a command was on disk or refused.",
        site.writes().latency(),
        &mut out,
    );
    responses(&site, &mut out);
    caches(&health.caches, &mut out);
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], out)
}

/// The metrics that are counted in memory, without asking the store.
fn counted(site: &Site, health: &Health) -> Vec<Metric> {
    let position = site.store().position();
    let scan = health.last_scan.load(Ordering::Relaxed);
    vec![
        (
            "courant_log_position",
            "gauge",
            "Sequence of the newest log entry.",
            position.seq.to_string(),
        ),
        (
            "courant_log_time_seconds",
            "gauge",
            "Time of the newest log entry.",
            position.time.timestamp().to_string(),
        ),
        (
            "courant_node_silence_seconds",
            "gauge",
            "Time since all was known that other nodes wrote; 0 where there are none.",
            site.store().silence().as_secs().to_string(),
        ),
        (
            "courant_follows_folder",
            "gauge",
            "Whether this node is the one that follows the folder of items.",
            u8::from(health.follower.is_running() && site.store().has_lease(&Lease::Folder))
                .to_string(),
        ),
        (
            "courant_refused_files",
            "gauge",
            "Files that are refused at present.",
            health.refused_files.load(Ordering::Relaxed).to_string(),
        ),
        (
            "courant_last_scan_seconds",
            "gauge",
            "Time of the last good look at the folder.",
            scan.to_string(),
        ),
        (
            "courant_troubles_total",
            "counter",
            "Timers and looks that failed.",
            health.fault_count.load(Ordering::Relaxed).to_string(),
        ),
        (
            "courant_renders_total",
            "counter",
            "Documents rendered.",
            site.counters().renders().to_string(),
        ),
        (
            "courant_cached_bytes",
            "gauge",
            "Memory that kept representations take.",
            site.cached_bytes().to_string(),
        ),
    ]
}

fn responses(site: &Site, out: &mut String) {
    out.push_str("# HELP courant_responses_total Responses by status.\n");
    out.push_str("# TYPE courant_responses_total counter\n");
    for (status, count) in site.counters().statuses() {
        let _ = writeln!(
            out,
            "courant_responses_total{{status=\"{status}\"}} {count}"
        );
    }
}

fn histogram(name: &str, help: &str, latency: &Latency, out: &mut String) {
    let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} histogram");
    let mut all = 0;
    for Bucket { bound_ms, count } in latency.buckets() {
        let bound = bound_ms.map_or("+Inf".to_owned(), |ms| (ms as f64 / 1000.0).to_string());
        let _ = writeln!(out, "{name}_bucket{{le=\"{bound}\"}} {count}");
        all = count;
    }
    let sum = latency.total().as_secs_f64();
    let _ = writeln!(out, "{name}_sum {sum}\n{name}_count {all}");
}

/// The metrics of the caches in front, if there are any.
fn caches(caches: &[Arc<CacheHealth>], out: &mut String) {
    type Measure = (
        &'static str,
        &'static str,
        &'static str,
        fn(&CacheHealth) -> &AtomicU64,
    );
    let measures: [Measure; 3] = [
        (
            "courant_purge_position",
            "gauge",
            "Sequence of the newest log entry that a cache in front was told of.",
            |cache| &cache.acknowledged,
        ),
        (
            "courant_purges_total",
            "counter",
            "Purges that a cache in front acknowledged.",
            |cache| &cache.purges,
        ),
        (
            "courant_purge_failures_total",
            "counter",
            "Purges that a cache in front did not acknowledge.",
            |cache| &cache.failures,
        ),
    ];
    for (name, kind, help, value) in measures {
        if !caches.is_empty() {
            let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}");
        }
        for cache in caches {
            let count = value(cache).load(Ordering::Relaxed);
            let _ = writeln!(out, "{name}{{cache=\"{}\"}} {count}", cache.name);
        }
    }
}
