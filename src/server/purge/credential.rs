//! The credential that a cache requires before it purges, read from the file or variable in which the operator keeps it.

use http::{HeaderName, HeaderValue};

use crate::config::Credential;

use super::PurgeError;

/// Reads the header field `Name: value` that a cache requires.
pub(super) fn credential(
    place: &Credential,
    cache: &str,
) -> Result<(HeaderName, HeaderValue), PurgeError> {
    let wrong = |reason: String| PurgeError::Credential {
        cache: cache.to_owned(),
        place: match place {
            Credential::File(path) => path.display().to_string(),
            Credential::Environment(name) => format!("the environment variable {name}"),
        },
        reason,
    };
    let line = match place {
        Credential::File(path) => {
            std::fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?
        }
        Credential::Environment(name) => {
            std::env::var(name).map_err(|_| wrong("it is not set, or no text".to_owned()))?
        }
    };
    let parsed = line.trim().split_once(':').and_then(|(name, value)| {
        let name: HeaderName = name.trim().parse().ok()?;
        Some((name, HeaderValue::from_str(value.trim()).ok()?))
    });
    let Some((name, mut value)) = parsed else {
        return Err(wrong(
            "expected one line such as Authorization: Bearer …".to_owned(),
        ));
    };
    value.set_sensitive(true);
    Ok((name, value))
}
