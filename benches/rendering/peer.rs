//! A peer that is a program of its own: it reads the fields once, and then builds a document for each line it gets.
//!
//! `rss` is answered with the nanoseconds and bytes of the document, by the peer's own clock, so that neither its start
//! nor the pipe counts; `rss FILE` writes the document to the file.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use courant::resource::Format;

use super::{Made, Maker, Result};

pub struct Known {
    pub name: &'static str,
    lacks: &'static str,
    formats: &'static [Format],
    program: &'static str,
    script: &'static str,
}

pub const PEERS: [&Known; 2] = [
    &Known {
        name: "feedgen (PyPI)",
        lacks: "captions, credits and sizes of photographs, contributors, a stylesheet",
        formats: &[Format::Rss, Format::Atom],
        program: "target/rendering/venv/bin/python",
        script: "target/rendering/feedgen_peer.py",
    },
    &Known {
        name: "feed (npm)",
        lacks: "captions, credits and sizes of photographs, contributors, a stylesheet, all authors but the first in JSON Feed",
        formats: &Format::ALL,
        program: "node",
        script: "target/rendering/feed_peer.mjs",
    },
];

pub struct Peer {
    known: &'static Known,
    child: Child,
    asked: ChildStdin,
    told: BufReader<ChildStdout>,
    shown: std::path::PathBuf,
}

impl Peer {
    /// Starts the peer, where it is installed.
    pub fn start(known: &'static Known, fields: &Path) -> Result<Option<Self>> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let script = root.join(known.script);
        if !script.exists() {
            return Ok(None);
        }
        let program = match known.program {
            path if path.contains('/') => root.join(path),
            name => name.into(),
        };
        let mut child = Command::new(program)
            .arg(script)
            .arg(fields)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let asked = child.stdin.take().ok_or("no pipe")?;
        let told = BufReader::new(child.stdout.take().ok_or("no pipe")?);
        Ok(Some(Self {
            known,
            child,
            asked,
            told,
            shown: fields.with_file_name("shown"),
        }))
    }

    fn ask(&mut self, line: &str) -> Result<Made> {
        writeln!(self.asked, "{line}")?;
        let mut answer = String::new();
        self.told.read_line(&mut answer)?;
        let (time, bytes) = answer
            .trim()
            .split_once(' ')
            .ok_or_else(|| format!("{} said {answer:?}", self.known.name))?;
        Ok(Made {
            time: Duration::from_nanos(time.parse()?),
            bytes: bytes.parse()?,
        })
    }
}

impl Maker for Peer {
    fn name(&self) -> &'static str {
        self.known.name
    }

    fn lacks(&self) -> &'static str {
        self.known.lacks
    }

    fn makes(&self, format: Format) -> bool {
        self.known.formats.contains(&format)
    }

    fn make(&mut self, format: Format) -> Result<Made> {
        self.ask(format.extension())
    }

    fn show(&mut self, format: Format) -> Result<String> {
        let file = self.shown.display().to_string();
        self.ask(&format!("{} {file}", format.extension()))?;
        Ok(fs::read_to_string(&self.shown)?)
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
