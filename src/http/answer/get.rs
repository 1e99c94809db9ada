//! From a GET or HEAD to its response.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use http::{Method, Response, Version, header};

use crate::http::Site;
use crate::http::document::Answer;
use crate::http::request::{Peer, Refusal, is_navigation, may_be_feed};
use crate::http::response::{Body, negotiate, respond};
use crate::item::FormerPath;
use crate::resource::{Alias, OEMBED, Resource};

impl Site {
    pub(crate) async fn answer_request(
        self: &Arc<Self>,
        request: &http::request::Parts,
    ) -> Response<Body> {
        let hosts = request.headers.get_all(header::HOST).iter().count();
        if request.version == Version::HTTP_11 && hosts != 1 {
            return respond::refused(Refusal::Host);
        }
        let is_head = request.method == Method::HEAD;
        if request.method == Method::OPTIONS {
            return respond::options();
        }
        if request.method != Method::GET && !is_head {
            return respond::method_not_allowed();
        }
        let (path, query) = (request.uri.path(), request.uri.query());
        if let Some(alias) = Alias::parse(path, query) {
            return self.alias(alias, request).await;
        }
        if request.uri.path() == OEMBED {
            let query = request.uri.query().unwrap_or_default();
            return self.oembed(query, &request.headers, is_head).await;
        }
        let resource = Resource::parse(path).filter(|_| !FormerPath::is_asked(path, query));
        let Some(resource) = resource else {
            return self.older(request).await;
        };
        if let Resource::Media { .. } = resource {
            return self.photograph(request, &resource, is_head).await;
        }
        let Some(coding) = negotiate(&request.headers) else {
            return respond::not_acceptable(is_head);
        };
        let is_limited = !is_head && matches!(resource, Resource::Feed(..));
        let is_opened = may_be_feed(path) && is_navigation(&request.headers);
        let opened = is_opened.then(|| resource.clone());
        match self.newest(resource, coding).await {
            Ok(Answer::Found(found)) => {
                if let Some(feed) = opened {
                    match self.page_about_feed(&feed) {
                        Ok(Some(page)) => return respond::see_other(&page, is_head),
                        Ok(None) => {}
                        Err(error) => return self.respond_answer(request, Err(error.into())),
                    }
                }
                let now = (self.clock)();
                let allowed = || self.allowed(is_limited, request, now);
                self.conditional(&request.headers, &found, is_head, now, allowed)
            }
            Ok(Answer::Nowhere) if is_opened => self.not_found_where_opened(path, is_head),
            other => self.respond_answer(request, other),
        }
    }

    /// Whether the reader may have a feed whole; if not, after how many seconds.
    fn allowed(
        &self,
        is_limited: bool,
        request: &http::request::Parts,
        now: DateTime<Utc>,
    ) -> Result<(), u64> {
        match (&self.buckets, request.extensions.get::<Peer>()) {
            (Some(buckets), Some(peer)) if is_limited => {
                buckets.take(*peer, &request.headers, request.uri.path(), now)
            }
            _ => Ok(()),
        }
    }
}
