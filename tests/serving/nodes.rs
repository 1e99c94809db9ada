//! Several servers on one PostgreSQL database. `tests/judges/postgres.py` names a server of it in COURANT_POSTGRES and runs these.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use crate::postgres::Way;
use crate::support::place::store_arguments;
use crate::support::writer::{Writer, token};
use crate::support::{Answer, Paper, Server, Start, free_port, links, text, wait};

/// The public's name of the paper, which is the same on all nodes.
const BASE: &str = "https://paper.example";

/// A paper with several nodes on its store, each with a folder of data of its own.
struct Nodes {
    paper: Paper,
    token: String,
    servers: Vec<Server>,
}

impl Nodes {
    fn of(paper: Paper, count: usize) -> Self {
        let mut nodes = Self {
            paper,
            token: String::new(),
            servers: Vec::new(),
        };
        for number in 0..count {
            let server = nodes.starting(number).serve();
            nodes.servers.push(server);
        }
        nodes.token = token(&nodes.paper, "newsdesk", "desk");
        nodes
    }

    fn store(&self) -> String {
        store_arguments(&self.paper.data())
            .pop()
            .expect("an address")
    }

    fn starting(&self, number: usize) -> Start {
        self.starting_by(number, &self.store())
    }

    /// The node with that number, whose store is reached by that address.
    fn starting_by(&self, number: usize, store: &str) -> Start {
        let items = self.paper.items();
        let data = match number {
            0 => self.paper.data(),
            _ => self.paper.dir.path().join(format!("data-{number}")),
        };
        let arguments = [
            "--data",
            text(&data),
            "--items",
            text(&items),
            "--store",
            store,
        ];
        let start = Start::bare().with(&arguments).at(free_port());
        start.with(&["--base-url", BASE])
    }

    fn writer(&self, number: usize) -> Writer<'_> {
        Writer::new(&self.servers[number], &self.token)
    }

    /// Publishes a story by a node.
    fn publish(&self, number: usize, slug: &str) {
        let story = json!({"section": "city", "slug": slug, "headline": slug, "published": "2026-11-20T08:00:00Z"});
        self.writer(number)
            .post("/api/v1/articles", &story)
            .expect(201);
    }

    /// Waits until all nodes are at the same position.
    fn settle(&self) {
        wait("one position on all nodes", || {
            let positions: Vec<_> = self.servers.iter().map(position).collect();
            let first = positions.first().copied().flatten();
            let is_same = first.is_some() && positions.iter().all(|at| *at == first);
            is_same.then_some(())
        });
    }

    /// What the nodes answer at every address, of which there are more than `least`, is the same.
    fn expect_same(&self, least: usize) {
        self.settle();
        let addresses = addresses(&self.servers[0]);
        assert!(addresses.len() > least, "{addresses:?}");
        for path in &addresses {
            let answers: Vec<_> = self.servers.iter().map(|server| server.get(path)).collect();
            for (number, answer) in answers.iter().enumerate() {
                let shown = |answer: &Answer| {
                    let etag = answer.header("etag").map(str::to_owned);
                    (answer.status, etag, answer.body.clone())
                };
                assert!(
                    shown(answer) == shown(&answers[0]),
                    "{path} of node {number}: {answer:?}"
                );
            }
            // Last-Modified is sent by each when its second is over.
            wait(path, || {
                let answers = self.servers.iter().map(|server| headers(&server.get(path)));
                let answers: Vec<_> = answers.collect();
                answers
                    .iter()
                    .all(|answer| *answer == answers[0])
                    .then_some(())
            });
        }
    }
}

/// All headers but the time of the answer.
fn headers(answer: &Answer) -> BTreeMap<String, String> {
    let headers = answer.headers.iter().filter(|(name, _)| name != "date");
    headers.cloned().collect()
}

/// All addresses that pages and feeds of a server name, found by following them.
fn addresses(server: &Server) -> BTreeSet<String> {
    let mut known = BTreeSet::from(["/".to_owned()]);
    let mut ahead = vec!["/".to_owned()];
    while let Some(path) = ahead.pop() {
        if path.starts_with("/media/") || path.starts_with("/preview.png") {
            continue;
        }
        for found in links(&server.get(&path).text(), BASE) {
            if known.insert(found.clone()) {
                ahead.push(found);
            }
        }
    }
    known
}

fn position(server: &Server) -> Option<u64> {
    let value = server.metric("courant_log_position")?;
    format!("{value}").parse().ok()
}

#[test]
#[ignore = "needs a PostgreSQL server; tests/judges/postgres.py runs it"]
fn what_one_node_writes_the_others_show_with_the_same_bytes() {
    let nodes = Nodes::of(Paper::copy_of("tests/data/sample"), 3);
    for number in 0..3 {
        let slug = format!("by-node-{number}");
        nodes.publish(number, &slug);
        for server in &nodes.servers {
            server.until("/feed.atom", |feed| feed.has(&slug));
        }
    }
    // By the folder, which one of them follows.
    nodes.paper.article("city/by-a-file", "By a file", "Text.");
    for server in &nodes.servers {
        server.until("/sections/city.json", |feed| feed.has("By a file"));
    }
    nodes.expect_same(100);
}

#[test]
#[ignore = "needs a PostgreSQL server; tests/judges/postgres.py runs it"]
fn another_node_follows_the_folder_when_the_one_that_did_is_gone() {
    let mut nodes = Nodes::of(Paper::new(), 3);
    nodes.paper.article("city/first", "First", "Text.");
    for server in &nodes.servers {
        server.until("/feed.atom", |feed| feed.has("First"));
    }
    for count in (1..3).rev() {
        // The first one has it, then the next.
        nodes.servers.remove(0).running.kill();
        let slug = format!("city/after-{count}");
        nodes
            .paper
            .article(&slug, &format!("After {count}"), "Text.");
        for server in &nodes.servers {
            server.until("/feed.atom", |feed| feed.has(&format!("After {count}")));
        }
    }
    assert!(nodes.servers[0].has_said(&["follows the folder of items now"]));
    assert_eq!(
        nodes
            .paper
            .log()
            .iter()
            .filter(|entry| entry["kind"] == "publish")
            .count(),
        3
    );
}

#[test]
#[ignore = "needs a PostgreSQL server; tests/judges/postgres.py runs it"]
fn a_node_that_was_cut_off_comes_back_right() {
    let mut nodes = Nodes::of(Paper::new(), 1);
    let way = Way::new();
    let start = nodes.starting_by(1, &way.store(&nodes.paper));
    nodes.servers.push(start.serve());
    nodes.publish(0, "before");
    nodes.settle();
    let cut_off = &nodes.servers[1];
    let known = cut_off.until("/feed.atom", |feed| feed.has("before"));
    way.cut();
    nodes.publish(0, "meanwhile");
    nodes.servers[0].until("/feed.atom", |feed| feed.has("meanwhile"));
    let stale = cut_off.get("/feed.atom");
    assert_eq!(
        (stale.status, stale.header("etag")),
        (200, known.header("etag")),
        "{}",
        cut_off.running.errors()
    );
    wait("what is wrong", || {
        let ready = cut_off.operate("/readyz");
        (ready.status == 503 && ready.has("other nodes")).then_some(())
    });
    way.mend();
    cut_off.until("/feed.atom", |feed| feed.has("meanwhile"));
    nodes.publish(1, "afterwards");
    nodes.servers[0].until("/feed.atom", |feed| feed.has("afterwards"));
    nodes.expect_same(20);
}
