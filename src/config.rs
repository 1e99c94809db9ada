//! The operator's file, and the defaults for settings that it leaves out.

mod cdn;
mod limits;
mod rate_limit;
mod store;

use std::net::{SocketAddr, ToSocketAddrs};
use std::path::{Path, PathBuf};

use crate::http::RateLimit;
use crate::item::{Complaint, Draft, Reader};
use crate::resource::BaseUrl;

pub use cdn::{Cdn, Credential, Purge};
pub use limits::Limits;
pub use store::StoreSettings;

/// The format of log lines on standard error.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// The settings in the operator's file; all may be left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    pub items: Option<PathBuf>,
    pub data: Option<PathBuf>,
    pub listen: Option<SocketAddr>,
    pub operations: Option<SocketAddr>,
    /// The host names under which operators reach the server, beside its addresses and `localhost`.
    pub operations_names: Vec<String>,
    /// The address of the listener for the write API; without it, the API is served where readers are.
    pub api: Option<SocketAddr>,
    pub base_url: Option<BaseUrl>,
    pub log_format: Option<LogFormat>,
    /// The caches in front; none where it is left out.
    pub cdn: Cdn,
    /// The rate limit; without it requests are not limited.
    pub rate_limit: Option<RateLimit>,
    pub limits: Limits,
    /// The database server of the store; none where it is left out.
    pub store: StoreSettings,
}

/// The default address of the listener for readers.
pub const DEFAULT_LISTEN: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 8080);

/// The default address of the operations listener.
pub const DEFAULT_OPERATIONS: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 8081);

pub const DEFAULT_ITEMS: &str = "./items";
pub const DEFAULT_DATA: &str = "./data";

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("the configuration {path} cannot be read: {reason}")]
    Unreadable { path: PathBuf, reason: String },
    #[error("{}", .complaints.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Wrong { complaints: Vec<Complaint> },
}

impl Config {
    /// Reads the file at `path`.
    ///
    /// # Errors
    /// If it cannot be read, or has something that is not understood; all complaints at once.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|error| ConfigError::Unreadable {
            path: path.to_owned(),
            reason: error.to_string(),
        })?;
        Self::parse(&text).map_err(|complaints| {
            let at = path.display().to_string();
            let complaints = complaints.into_iter().map(|complaint| complaint.at(&at));
            ConfigError::Wrong {
                complaints: complaints.collect(),
            }
        })
    }

    /// Parses a configuration.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn parse(text: &str) -> Result<Self, Vec<Complaint>> {
        let draft = Draft::from_toml(text, 1).map_err(|complaint| vec![complaint])?;
        let mut complaints = Vec::new();
        let mut reader = Reader::new(draft, &mut complaints);
        let place = "a host and a port, such as 127.0.0.1:8080 or [::1]:8080";
        let mut config = Self {
            items: reader.text("items").map(|text| PathBuf::from(&*text)),
            data: reader.text("data").map(|text| PathBuf::from(&*text)),
            listen: parsed(&mut reader, "listen", place, |text| address(text).ok()),
            operations: parsed(&mut reader, "operations", place, |text| address(text).ok()),
            operations_names: host_names(&mut reader, "operations_names"),
            api: parsed(&mut reader, "api", place, |text| address(text).ok()),
            base_url: parsed(
                &mut reader,
                "base_url",
                "scheme and host alone, such as https://news.example.org",
                |text| BaseUrl::parse(text).ok(),
            ),
            log_format: parsed(
                &mut reader,
                "log_format",
                "text or json",
                |text| match text {
                    "text" => Some(LogFormat::Text),
                    "json" => Some(LogFormat::Json),
                    _ => None,
                },
            ),
            cdn: Cdn::default(),
            rate_limit: None,
            limits: Limits::default(),
            store: StoreSettings::default(),
        };
        let (cdn, rate_limit) = (reader.table("cdn"), reader.table("rate_limit"));
        let (limits, store) = (reader.table("limits"), reader.table("store"));
        reader.finish();
        config.cdn = cdn.map_or_else(Cdn::default, |draft| cdn::read(draft, &mut complaints));
        config.rate_limit = rate_limit.map(|draft| rate_limit::read(draft, &mut complaints));
        if let Some(draft) = store {
            config.store = store::read(draft, &mut complaints);
        }
        if let Some(draft) = limits {
            config.limits = limits::read(draft, &mut complaints);
        }
        if complaints.is_empty() {
            Ok(config)
        } else {
            Err(complaints)
        }
    }
}

/// Reads an address with its port; the host may be a name that this machine knows.
///
/// # Errors
/// A message with the expected form, where `text` is no such address.
pub fn address(text: &str) -> Result<SocketAddr, String> {
    let mut found = text.to_socket_addrs().into_iter().flatten();
    found.next().ok_or_else(|| {
        format!("expected a host and a port, such as 127.0.0.1:8080 or [::1]:8080; found {text}")
    })
}

/// Names of hosts, as requests name them.
fn host_names(reader: &mut Reader<'_>, key: &'static str) -> Vec<String> {
    let is_name = |name: &str| {
        let mut bytes = name.bytes();
        let is_of_names =
            |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        !name.is_empty() && bytes.all(is_of_names)
    };
    let mut names = Vec::new();
    for name in reader.texts(key) {
        if is_name(&name) {
            names.push(name.to_string());
            continue;
        }
        let line = reader.line_of(key);
        reader.complain(Complaint::refused(
            line,
            format!("{key} to name hosts without scheme and port, such as courant.internal"),
            format!("{:?}", &*name),
            "correct the name",
        ));
    }
    names
}

fn parsed<T>(
    reader: &mut Reader<'_>,
    key: &'static str,
    expected: &str,
    parse: impl FnOnce(&str) -> Option<T>,
) -> Option<T> {
    let text = reader.text(key)?;
    let value = parse(&text);
    if value.is_none() {
        let line = reader.line_of(key);
        reader.complain(Complaint::refused(
            line,
            format!("{key} to be {expected}"),
            format!("{:?}", &*text),
            "correct the value",
        ));
    }
    value
}
