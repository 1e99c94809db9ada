//! The response where something failed.

use http::Response;

use crate::http::Site;
use crate::http::document::RenderError;
use crate::http::response::{Body, respond};

impl Site {
    /// The response of 500, or of 503 where the store cannot be reached; the operator is told why.
    pub(crate) fn respond_fault(
        &self,
        path: &str,
        error: &RenderError,
        is_head: bool,
    ) -> Response<Body> {
        (self.fault)(path, error);
        match error.is_unreachable() {
            true => respond::unreachable(is_head),
            false => respond::fault(is_head),
        }
    }
}
