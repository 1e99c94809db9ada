//! The operators' listener: is it alive, is it ready, what does it count, and a page that shows what goes on.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::http::Site;
use crate::item::visible;
use crate::page;

use super::health::Health;
use super::operators::{Operators, Times};
use super::overview::{self, Minutes};
use super::purge::CacheHealth;
use super::ready::{self, Reason};

/// The plot of answers has a bar for each.
const MINUTE: Duration = Duration::from_secs(60);

pub(super) async fn serve(
    listener: TcpListener,
    (site, names): (Arc<Site>, Vec<String>),
    health: Arc<Health>,
    stop: watch::Receiver<bool>,
) {
    let (ready_site, ready_health) = (Arc::clone(&site), Arc::clone(&health));
    let (minutes, overview_site) = (Arc::new(Minutes::default()), Arc::clone(&site));
    let overview_health = Arc::clone(&health);
    let (counted, counted_site) = (Arc::clone(&minutes), Arc::clone(&site));
    let counting = tokio::spawn(async move {
        let mut minute = tokio::time::interval_at(Instant::now() + MINUTE, MINUTE);
        loop {
            minute.tick().await;
            counted.end(&counted_site);
        }
    });
    let router = Router::new()
        .route(
            "/",
            get(move || {
                let (site, health) = (Arc::clone(&overview_site), Arc::clone(&overview_health));
                overview(site, health, Arc::clone(&minutes))
            }),
        )
        .route(
            "/page.css",
            get(|| async {
                (
                    [(header::CONTENT_TYPE, "text/css; charset=utf-8")],
                    page::STYLE,
                )
            }),
        )
        .route("/healthz", get(|| async { "ok\n" }))
        .route(
            "/readyz",
            get(move |headers| ready(Arc::clone(&ready_site), Arc::clone(&ready_health), headers)),
        )
        .route(
            "/metrics",
            get(move || metrics(Arc::clone(&site), Arc::clone(&health))),
        );
    let operators = Operators {
        router,
        names,
        times: Times::default(),
    };
    operators.serve(listener, stop).await;
    counting.abort();
}

/// The page for desk and operator.
async fn overview(site: Arc<Site>, health: Arc<Health>, minutes: Arc<Minutes>) -> Response {
    let work = move || overview::page(&site, &health, &minutes);
    let Ok(Ok(page)) = tokio::task::spawn_blocking(work).await else {
        let text = "the store does not answer\n";
        return (StatusCode::SERVICE_UNAVAILABLE, text).into_response();
    };
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        ),
    ];
    (headers, page).into_response()
}

/// Ready, or why not, and what is still to be done: a line for each, or JSON where that is asked for.
async fn ready(site: Arc<Site>, health: Arc<Health>, headers: HeaderMap) -> Response {
    let now = site.now();
    let work = move || {
        let store = site.store();
        (ready::reasons(store, &health, now), ready::notes(store))
    };
    let (reasons, notes) = tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| {
        let reason = Reason {
            what: "store",
            reason: "the store does not answer".to_owned(),
        };
        (vec![reason], Vec::new())
    });
    let status = match reasons.is_empty() {
        true => StatusCode::OK,
        false => StatusCode::SERVICE_UNAVAILABLE,
    };
    let accepted = headers.get(header::ACCEPT).map(|value| value.as_bytes());
    if accepted.is_some_and(|accepted| accepted.starts_with(b"application/json")) {
        let told =
            serde_json::json!({"ready": reasons.is_empty(), "reasons": reasons, "notes": notes});
        let kind = [(header::CONTENT_TYPE, "application/json")];
        return (status, kind, told.to_string()).into_response();
    }
    let mut told = match reasons.is_empty() {
        true => "ready\n".to_owned(),
        false => "not ready\n".to_owned(),
    };
    for Reason { what, reason } in reasons.iter().chain(&notes) {
        // What a path or an error has in it does not begin a line.
        let _ = writeln!(told, "{what}: {}", visible(reason));
    }
    (status, told).into_response()
}

type Text = ([(header::HeaderName, &'static str); 1], String);

async fn metrics(site: Arc<Site>, health: Arc<Health>) -> Text {
    let (now, of_site, of_health) = (site.now(), Arc::clone(&site), Arc::clone(&health));
    // A disk may take long to say how much is free.
    let work = move || {
        let is_ready = ready::reasons(of_site.store(), &of_health, now).is_empty();
        (is_ready, fs4::available_space(&of_health.data).unwrap_or(0))
    };
    let (is_ready, free) = tokio::task::spawn_blocking(work)
        .await
        .unwrap_or((false, 0));
    let mut out = String::new();
    let mut gauge = |name: &str, kind: &str, help: &str, value: String| {
        // Writing to a String cannot fail.
        let _ = writeln!(
            out,
            "# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}"
        );
    };
    let position = site.store().position();
    gauge(
        "courant_log_position",
        "gauge",
        "Sequence of the newest log entry.",
        position.seq.to_string(),
    );
    gauge(
        "courant_ready",
        "gauge",
        "Whether nothing hinders the server; /readyz says what does.",
        u8::from(is_ready).to_string(),
    );
    let seconds = position.time.timestamp().to_string();
    gauge(
        "courant_log_time_seconds",
        "gauge",
        "Time of the newest log entry.",
        seconds,
    );
    let refused = health.refused_files.load(Ordering::Relaxed).to_string();
    gauge(
        "courant_refused_files",
        "gauge",
        "Files that are refused at present.",
        refused,
    );
    let scan = health.last_scan.load(Ordering::Relaxed).to_string();
    gauge(
        "courant_last_scan_seconds",
        "gauge",
        "Time of the last good look at the folder.",
        scan,
    );
    let troubles = health.troubles.load(Ordering::Relaxed).to_string();
    gauge(
        "courant_troubles_total",
        "counter",
        "Timers and looks that failed.",
        troubles,
    );
    gauge(
        "courant_free_disk_bytes",
        "gauge",
        "Free disk where the data lie.",
        free.to_string(),
    );
    let renders = site.counters().renders().to_string();
    gauge(
        "courant_renders_total",
        "counter",
        "Documents rendered.",
        renders,
    );
    let cached = site.cached_bytes().to_string();
    gauge(
        "courant_cached_bytes",
        "gauge",
        "Memory that kept representations take.",
        cached,
    );
    out.push_str("# HELP courant_responses_total Responses by status.\n");
    out.push_str("# TYPE courant_responses_total counter\n");
    for (status, count) in site.counters().statuses() {
        let _ = writeln!(
            out,
            "courant_responses_total{{status=\"{status}\"}} {count}"
        );
    }
    caches(&health.caches, &mut out);
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], out)
}

/// What is known of the caches in front, if there are any.
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
