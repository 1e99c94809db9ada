//! Positions of the log in requests and answers, by which a program that wrote by one node reads what it wrote by another.

use std::time::Duration;

use http::{HeaderMap, Method, Response};

use super::Site;
use super::request::WantedPosition;
use super::response::{Body, respond};

/// Maximum time for which a request waits until this node has come to the position that it wants; nodes follow one another within
/// milliseconds.
const MAX_WAIT: Duration = Duration::from_secs(2);

impl Site {
    /// Waits until this node shows the position that a request wants. Gives the response where it does not come to it, or where what
    /// is wanted is no position.
    pub async fn wait_for_position(
        &self,
        method: &Method,
        headers: &HeaderMap,
    ) -> Option<Response<Body>> {
        let is_head = method == Method::HEAD;
        let wanted = match WantedPosition::of(headers) {
            WantedPosition::Any => return None,
            WantedPosition::AtLeast(wanted) => wanted,
            WantedPosition::Malformed => {
                return Some(self.finish(respond::no_position(is_head), (self.clock)()));
            }
        };
        let mut positions = self.store.watch();
        let come = async {
            // The sender lives as long as the store.
            while self.store.position().seq < wanted && positions.changed().await.is_ok() {}
        };
        // A store in a folder has one server, which shows all that was written.
        let most = if self.store.is_on_server() {
            MAX_WAIT
        } else {
            Duration::ZERO
        };
        match tokio::time::timeout(most, come).await {
            Ok(()) => None,
            Err(_) => Some(self.finish(respond::behind(is_head), (self.clock)())),
        }
    }
}
