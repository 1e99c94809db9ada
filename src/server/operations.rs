//! The operators' listener: is it alive, is it ready, what does it count, and a page that shows what goes on.

use std::fmt::Write as _;
use std::sync::Arc;
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
use super::metrics::metrics;
use super::operators::{Operators, Timeouts};
use super::overview::{self, Minutes};
use super::ready::{self, Reason};

/// The time of one bar in the plot of answers.
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
        times: Timeouts::default(),
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

/// Answers whether the server is ready, the reasons where it is not, and the work that is still ahead: a line for each, or
/// JSON where the request accepts that.
async fn ready(site: Arc<Site>, health: Arc<Health>, headers: HeaderMap) -> Response {
    let now = site.now();
    let work = move || {
        let store = site.store();
        (ready::reasons(store, &health, now), ready::notes(store))
    };
    let (reasons, notes) = tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| {
        let reason = Reason {
            subject: "store",
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
        let body =
            serde_json::json!({"ready": reasons.is_empty(), "reasons": reasons, "notes": notes});
        let kind = [(header::CONTENT_TYPE, "application/json")];
        return (status, kind, body.to_string()).into_response();
    }
    let mut text = match reasons.is_empty() {
        true => "ready\n".to_owned(),
        false => "not ready\n".to_owned(),
    };
    for Reason { subject, reason } in reasons.iter().chain(&notes) {
        // Line breaks in a path or an error are made visible, so that neither begins a line of this text.
        let _ = writeln!(text, "{subject}: {}", visible(reason));
    }
    (status, text).into_response()
}
