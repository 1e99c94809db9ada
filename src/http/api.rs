//! The write API under `/api/v1`: a desk's programs in, the same log entries out as from files.
//!
//! A request's object goes through the parser of the item file, a decision to the store as a command, and the answer
//! shows the item as it then stands. Statuses and headers are written by `respond`, as everywhere.

mod actions;
mod admission;
mod agency_item;
mod articles;
mod blocking;
mod body_memory;
mod captions;
mod changes;
mod conditions;
mod describe;
mod examples;
mod form;
mod guard;
mod idempotency;
mod leads;
mod permits;
mod photographs;
mod pictures;
mod problem;
mod public_cache;
mod recordings;
mod reply;
mod reply_key;
mod request;
mod responses;
mod sections;
mod shape;
mod submitted_item;
mod tags;
mod writing;

use std::sync::Arc;

use axum::Router;
use http::{Method, Request, Response, header};
use http_body_util::BodyExt;
use tower_service::Service;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::Site;
use crate::http::response::{Body, respond};

pub(super) use body_memory::BodyMemory;
pub(super) use changes::{MAX_WAITING, MAX_WAITING_OF_ONE};
pub use describe::document;
pub(super) use guard::Guard;
pub(super) use idempotency::RunningRequests;
pub(super) use permits::Permits;
pub(super) use photographs::MAX_MADE;
pub(in crate::http) use problem::Problem;
pub(super) use public_cache::PublicCache;
pub(super) use recordings::{MAX_RECEIVED, MAX_RECEIVED_OF_ONE};

/// Where the API is.
const ROOT: &str = "/api/v1";

/// The write API, ready to answer.
#[derive(Clone)]
pub struct Api {
    router: Router,
    site: Arc<Site>,
}

impl Api {
    pub fn new(site: Arc<Site>) -> Self {
        let (router, description) = routes().split_for_parts();
        let description = describe::Description::of(description);
        let router = router
            .merge(describe::routes(&description))
            .fallback(|| async { Problem::nowhere() })
            .method_not_allowed_fallback(|| async { Problem::method() })
            .with_state(Arc::clone(&site));
        Self { router, site }
    }

    /// Whether a path is the API's.
    pub fn has(path: &str) -> bool {
        path == ROOT
            || path
                .strip_prefix(ROOT)
                .is_some_and(|rest| rest.starts_with('/'))
    }

    /// Answers a request whose path is the API's.
    pub async fn respond<B>(&self, request: Request<B>) -> Response<Body>
    where
        B: hyper::body::Body<Data = bytes::Bytes> + Send + 'static,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let path = percent_encoding::percent_decode_str(request.uri().path());
        if path.decode_utf8().is_err() {
            return self.site.finish_api(problem::response(&Problem::nowhere()));
        }
        let is_asking = request.method() == Method::OPTIONS;
        let is_head = request.method() == Method::HEAD;
        let writes = !request.method().is_safe();
        let request = request.map(axum::body::Body::new);
        // The error of a router is that it has none.
        let response = match self.router.clone().call(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        };
        if is_asking {
            // The router knows which methods an address has.
            let allow = response.headers().get(header::ALLOW);
            return self.site.finish_api(responses::options(allow));
        }
        let (parts, body) = response.into_parts();
        // All of it is in memory already.
        let bytes = body
            .collect()
            .await
            .map(http_body_util::Collected::to_bytes);
        let body = match is_head {
            true => Body::new(bytes::Bytes::new()),
            false => Body::new(bytes.unwrap_or_default()),
        };
        let mut response = Response::from_parts(parts, body);
        if writes && response.status().is_success() {
            respond::position(&mut response, self.site.store.position().seq);
        }
        self.site.finish_api(response)
    }
}

/// Every operation with its description.
fn routes() -> OpenApiRouter<Arc<Site>> {
    OpenApiRouter::with_openapi(describe::frame())
        .routes(routes!(articles::list, articles::create))
        .routes(routes!(
            articles::fetch,
            articles::replace,
            articles::patch,
            articles::withdraw
        ))
        .routes(routes!(articles::revisions))
        .routes(routes!(actions::correct))
        .routes(routes!(actions::decide_article))
        .routes(routes!(captions::fetch, captions::patch))
        .routes(routes!(captions::correct_caption))
        .routes(routes!(captions::decide_caption))
        .routes(routes!(photographs::create))
        .routes(routes!(
            photographs::fetch,
            photographs::replace,
            photographs::patch,
            photographs::delete
        ))
        .routes(routes!(recordings::create))
        .routes(routes!(sections::list, sections::create))
        .routes(routes!(
            sections::fetch,
            sections::replace,
            sections::patch,
            sections::delete
        ))
        .routes(routes!(leads::fetch, leads::replace))
        .routes(routes!(changes::list))
}
