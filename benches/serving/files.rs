//! The bytes that all parties serve, as files: bodies where nginx looks for them, heads beside them for the bare loop.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::server::Client;

/// The ways in which an address is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    NotModified,
    Gzip,
    Identity,
}

impl Kind {
    /// The lines of the head that ask so.
    pub fn lines(self, etag: &str) -> String {
        let coding = "Accept-Encoding: gzip\r\n";
        match self {
            Self::Identity => String::new(),
            Self::Gzip => coding.to_owned(),
            Self::NotModified => format!("{coding}If-None-Match: {etag}\r\n"),
        }
    }

    fn extension(self) -> &'static str {
        match self {
            Self::Identity => "",
            Self::Gzip => ".gz",
            Self::NotModified => ".304",
        }
    }
}

const LIST: &str = "paths.txt";

/// The addresses that were kept.
pub fn paths(folder: &Path) -> io::Result<Vec<String>> {
    let list = fs::read_to_string(folder.join(LIST))?;
    Ok(list.lines().map(str::to_owned).collect())
}

pub fn body(folder: &Path, path: &str, kind: Kind) -> Option<PathBuf> {
    let extension = match kind {
        Kind::NotModified => return None,
        other => other.extension(),
    };
    Some(folder.join(format!(
        "public/{}{extension}",
        path.trim_start_matches('/')
    )))
}

pub fn head(folder: &Path, path: &str, kind: Kind) -> PathBuf {
    let extension = kind.extension();
    folder.join(format!("heads/{}{extension}", path.trim_start_matches('/')))
}

/// Asks `client` for every one of `paths` in every way and keeps what it answers.
pub fn keep(folder: &Path, paths: &[String], client: &mut Client) -> io::Result<()> {
    for path in paths {
        let mut etag = String::new();
        for kind in [Kind::Identity, Kind::Gzip, Kind::NotModified] {
            let answer = client.ask_with(path, &kind.lines(&etag))?;
            let wanted = if kind == Kind::NotModified { 304 } else { 200 };
            if answer.status != wanted {
                let said = answer.head;
                return Err(io::Error::other(format!("{path} was answered:\n{said}")));
            }
            etag = answer.etag.unwrap_or_default();
            write(&head(folder, path, kind), answer.head.as_bytes())?;
            if let Some(body) = body(folder, path, kind) {
                write(&body, &answer.bytes)?;
            }
        }
    }
    fs::write(folder.join(LIST), paths.join("\n"))
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, bytes)
}
