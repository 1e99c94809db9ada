//! A program of a desk: it has a token and writes through the API of a running server.
#![allow(dead_code)]

use serde_json::Value;

use crate::support::{self, Paper, Server};

pub struct Writer<'s> {
    pub server: &'s Server,
    pub token: Option<String>,
}

/// What the API answered.
#[derive(Debug)]
pub struct Said {
    pub status: u16,
    pub etag: Option<String>,
    pub location: Option<String>,
    pub body: Value,
    pub whole: support::Answer,
}

/// A paper whose server runs, with a token of the desk.
pub struct Desk {
    pub paper: Paper,
    pub server: Server,
    pub token: String,
}

impl Desk {
    pub fn new() -> Self {
        let paper = Paper::new();
        let server = paper.start();
        let token = token(&paper, "newsdesk", "desk");
        Self {
            paper,
            server,
            token,
        }
    }

    pub fn writer(&self) -> Writer<'_> {
        Writer::new(&self.server, &self.token)
    }

    pub fn anybody(&self) -> Writer<'_> {
        Writer::anybody(&self.server)
    }
}

/// Makes a token beside a server that may be running.
pub fn token(paper: &Paper, name: &str, scope: &str) -> String {
    let data = paper.data();
    let arguments = ["token", "create", name, "--scope", scope, "--data"];
    let mut arguments: Vec<&str> = arguments.to_vec();
    arguments.push(support::text(&data));
    let output = support::courant(&arguments);
    assert!(output.status.success(), "{}", support::said(&output));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

impl<'s> Writer<'s> {
    pub fn new(server: &'s Server, token: &str) -> Self {
        Self {
            server,
            token: Some(token.to_owned()),
        }
    }

    pub fn anybody(server: &'s Server) -> Self {
        Self {
            server,
            token: None,
        }
    }

    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Said {
        let bearer = self.token.as_ref().map(|token| format!("Bearer {token}"));
        let mut all: Vec<(&str, &str)> = headers.to_vec();
        if let Some(bearer) = &bearer {
            all.push(("Authorization", bearer));
        }
        let address = self.server.address;
        let whole = support::sending(address, method, path, &all, body);
        Said {
            status: whole.status,
            etag: whole.header("etag").map(str::to_owned),
            location: whole.header("location").map(str::to_owned),
            body: serde_json::from_slice(&whole.body).unwrap_or(Value::Null),
            whole,
        }
    }

    pub fn get(&self, path: &str) -> Said {
        self.send("GET", path, &[], b"")
    }

    pub fn json(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &Value) -> Said {
        let kind = match method {
            "PATCH" => "application/merge-patch+json",
            _ => "application/json",
        };
        let mut all = vec![("Content-Type", kind)];
        all.extend(headers);
        self.send(method, path, &all, body.to_string().as_bytes())
    }

    pub fn post(&self, path: &str, body: &Value) -> Said {
        self.json("POST", path, &[], body)
    }

    /// Changes what is there as it was last seen.
    pub fn change(&self, method: &str, path: &str, etag: &str, body: &Value) -> Said {
        self.json(method, path, &[("If-Match", etag)], body)
    }
}

impl Said {
    pub fn etag(&self) -> &str {
        self.etag.as_deref().expect("an ETag")
    }

    pub fn id(&self) -> String {
        self.body["id"].as_str().expect("an id").to_owned()
    }

    pub fn path(&self) -> String {
        let bare = self.id().replace("urn:uuid:", "");
        format!("/api/v1/articles/{bare}")
    }

    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.whole.text());
        self
    }
}
