//! One call to a cache: the keys that it is to forget, and its word that it did.

use std::time::Duration;

use http::{HeaderName, HeaderValue};

use crate::config::Purge;

use super::PurgeError;
use super::credential::credential;

/// Maximum time for one request to a cache; one that takes longer has failed.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Maximum of keys in one request, by number (Fastly takes 256) and by length (Varnish reads lines of 8 KB).
const MAX_KEYS_OF_REQUEST: usize = 200;
const MAX_KEY_BYTES_OF_REQUEST: usize = 4000;

/// Why a cache did not acknowledge a purge.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unacknowledged {
    #[error("{}", causes(.0))]
    Unreached(reqwest::Error),
    #[error("it answered {0}")]
    Refused(http::StatusCode),
}

/// The client that sends purges to one cache.
pub(super) struct Call {
    purge: Purge,
    credential: Option<(HeaderName, HeaderValue)>,
    client: reqwest::Client,
}

impl Call {
    /// `name` is what the cache is called in complaints.
    ///
    /// # Errors
    /// If the credential is not where it should be.
    pub(super) fn new(purge: Purge, name: &str) -> Result<Self, PurgeError> {
        let credential = purge
            .credential
            .as_ref()
            .map(|place| credential(place, name))
            .transpose()?;
        // With several caches the same provider may be installed already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .timeout(TIMEOUT)
            .build()
            .map_err(PurgeError::Client)?;
        Ok(Self {
            purge,
            credential,
            client,
        })
    }

    /// Names `keys` to the cache.
    ///
    /// # Errors
    /// If it does not acknowledge them.
    pub(super) async fn send(&self, keys: &[&str]) -> Result<(), Unacknowledged> {
        let mut request = self
            .client
            .request(self.purge.method.clone(), self.purge.url.to_string())
            .header(self.purge.header.clone(), keys.join(self.purge.separator));
        if let Some((name, value)) = &self.credential {
            request = request.header(name.clone(), value.clone());
        }
        // The address may hold a secret; the journal names the cache.
        let answer = request
            .send()
            .await
            .map_err(|error| Unacknowledged::Unreached(error.without_url()))?;
        match answer.status() {
            status if status.is_success() => Ok(()),
            status => Err(Unacknowledged::Refused(status)),
        }
    }
}

/// The error with all its causes, such as the system's or the certificate's: the client's own message says only that the
/// request failed.
fn causes(error: &reqwest::Error) -> String {
    let mut message = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        message.push_str(&format!(": {error}"));
        cause = error.source();
    }
    message
}

/// The keys in portions that one request can carry.
pub(super) fn parts(keys: &[String]) -> Vec<Vec<&str>> {
    let mut parts: Vec<Vec<&str>> = Vec::new();
    let mut bytes = 0;
    for key in keys {
        let more = key.len() + 1;
        match parts.last_mut() {
            Some(part)
                if part.len() < MAX_KEYS_OF_REQUEST && bytes + more <= MAX_KEY_BYTES_OF_REQUEST =>
            {
                part.push(key);
                bytes += more;
            }
            _ => {
                parts.push(vec![key]);
                bytes = more;
            }
        }
    }
    parts
}
