//! `[cdn]`: the caches in front of the server, the headers that they read, and the requests that report changes to
//! them.

use std::path::PathBuf;

use http::{HeaderName, Method, Uri};

use crate::http::KeyHeader;
use crate::item::{Complaint, Draft, Reader};

use super::parsed;

/// The settings for caches in front of the server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cdn {
    /// The headers that carry an answer's keys.
    pub key_headers: Vec<KeyHeader>,
    /// Suffixes that a proxy on the way appends to entity tags, such as `-gzip`, and that readers then send back.
    pub tag_suffixes: Vec<String>,
    pub purge: Vec<Purge>,
}

/// A cache that is sent a purge for each change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Purge {
    pub url: Uri,
    pub method: Method,
    /// The header of the purge request that has the keys.
    pub header: HeaderName,
    pub separator: &'static str,
    pub credential: Option<Credential>,
}

impl Purge {
    /// The name of the cache in log lines, metrics and the store: host, port and path of its address. User, password and
    /// query are left out; a path with a secret in it would be shown.
    pub fn name(&self) -> String {
        let port = self.url.port_u16().map(|port| format!(":{port}"));
        format!(
            "{}{}{}",
            self.url.host().unwrap_or_default(),
            port.unwrap_or_default(),
            self.url.path()
        )
    }
}

/// The place of one line `Name: value`, a header without which a cache does not purge. It is read when the server
/// starts, and shown nowhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credential {
    File(PathBuf),
    Environment(String),
}

pub(super) fn read(draft: Draft, complaints: &mut Vec<Complaint>) -> Cdn {
    let mut reader = Reader::new(draft, complaints);
    let names = KeyHeader::ALL.map(KeyHeader::name);
    let line = reader.line_of("key_headers");
    let mut key_headers = Vec::new();
    for name in reader.texts("key_headers") {
        let header = KeyHeader::ALL
            .into_iter()
            .find(|header| header.name().eq_ignore_ascii_case(&name));
        match header {
            Some(header) => key_headers.push(header),
            None => reader.complain(Complaint::refused(
                line,
                format!("key_headers to be some of {}", names.join(", ")),
                format!("{:?}", &*name),
                "name the header that your cache reads",
            )),
        }
    }
    let tag_suffixes = reader.texts("tag_suffixes");
    let tag_suffixes = tag_suffixes.iter().map(ToString::to_string).collect();
    let line = reader.line_of("purge");
    let purge = reader.tables("purge");
    if key_headers.is_empty() && !purge.is_empty() {
        reader.complain(Complaint::refused(
            line,
            format!("key_headers in [cdn], one or more of {}", names.join(", ")),
            "none",
            "without keys on its answers a cache knows nothing by which to purge",
        ));
    }
    reader.finish();
    let mut caches: Vec<Purge> = Vec::new();
    for draft in purge {
        let Some(purge) = purge_of(draft, complaints) else {
            continue;
        };
        // The log position that a cache has acknowledged is stored under its name.
        if caches.iter().any(|other| other.name() == purge.name()) {
            complaints.push(Complaint::refused(
                line,
                "each cache once in [[cdn.purge]]",
                format!("{} twice", purge.name()),
                "take one out",
            ));
        }
        caches.push(purge);
    }
    Cdn {
        key_headers,
        tag_suffixes,
        purge: caches,
    }
}

fn purge_of(draft: Draft, complaints: &mut Vec<Complaint>) -> Option<Purge> {
    let before = complaints.len();
    let mut reader = Reader::new(draft, complaints);
    let kind = parsed(
        &mut reader,
        "kind",
        "varnish or generic",
        |text| match text {
            "varnish" => Some(PurgeProtocol::Varnish),
            "generic" => Some(PurgeProtocol::Generic),
            _ => None,
        },
    );
    let kind = kind.unwrap_or(PurgeProtocol::Generic);
    let has_url = reader.line_of("url").is_some();
    let url = parsed(
        &mut reader,
        "url",
        "an address, such as http://127.0.0.1:6081/",
        |text| {
            let url: Uri = text.parse().ok()?;
            let fetched = matches!(url.scheme_str(), Some("http" | "https"));
            (fetched && url.host().is_some()).then_some(url)
        },
    );
    if !has_url {
        missing(&mut reader, "url", "say where the cache takes purges");
    }
    let (mut method, mut header, mut separator) = kind.defaults();
    if kind == PurgeProtocol::Generic {
        method = parsed(&mut reader, "method", "a method, such as POST", |text| {
            Method::from_bytes(text.as_bytes()).ok()
        })
        .unwrap_or(method);
        if reader.line_of("header").is_none() {
            missing(
                &mut reader,
                "header",
                "name the header that carries the keys",
            );
        }
        header = parsed(&mut reader, "header", "the name of a header", |text| {
            text.parse().ok()
        })
        .unwrap_or(header);
        separator = parsed(
            &mut reader,
            "separator",
            "space or comma",
            |text| match text {
                "space" => Some(" "),
                "comma" => Some(","),
                _ => None,
            },
        )
        .unwrap_or(separator);
    }
    let file = reader.text("credential_file");
    let variable = reader.text("credential_env");
    if file.is_some() && variable.is_some() {
        let line = reader.line_of("credential_env");
        reader.complain(Complaint::refused(
            line,
            "credential_file or credential_env",
            "both",
            "take one out",
        ));
    }
    reader.finish();
    let credential = match (file, variable) {
        (Some(path), _) => Some(Credential::File(PathBuf::from(&*path))),
        (None, Some(name)) => Some(Credential::Environment(name.to_string())),
        (None, None) => None,
    };
    (complaints.len() == before).then_some(Purge {
        url: url?,
        method,
        header,
        separator,
        credential,
    })
}

/// The kind of purge request that a cache takes: its method, and the header in which the cache reads the keys.
#[derive(Clone, Copy, PartialEq, Eq)]
enum PurgeProtocol {
    /// Varnish with the configuration in `deploy/varnish.vcl`.
    Varnish,
    /// Any other: POST and Surrogate-Key, where the operator names nothing else.
    Generic,
}

impl PurgeProtocol {
    fn defaults(self) -> (Method, HeaderName, &'static str) {
        match self {
            Self::Varnish => {
                let purge = Method::from_bytes(b"PURGE").unwrap_or_default();
                (purge, HeaderName::from_static("xkey-purge"), " ")
            }
            Self::Generic => (Method::POST, KeyHeader::SurrogateKey.header(), " "),
        }
    }
}

fn missing(reader: &mut Reader<'_>, key: &str, advice: &str) {
    let line = reader.line();
    reader.complain(Complaint::refused(
        line,
        format!("the key {key}"),
        "none",
        advice,
    ));
}
