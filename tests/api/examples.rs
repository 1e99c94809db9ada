//! The commands with which the page of the API begins, run as they stand.

use std::path::Path;
use std::process::Command;

use crate::support::{COURANT, Paper, output_of, request, said};

/// The commands of a page, in their order.
fn commands(page: &str) -> Vec<String> {
    let blocks = page.split("<pre><code>").skip(1);
    let blocks = blocks.filter_map(|block| block.split("</code></pre>").next());
    let plain = |text: &str| {
        let text = text.replace("&quot;", "\"").replace("&lt;", "<");
        text.replace("&gt;", ">").replace("&amp;", "&")
    };
    blocks.map(plain).collect()
}

/// Runs all of them in one shell, in the folder in which the server was started.
fn run(paper: &Paper, commands: &[String]) -> String {
    let program = Path::new(COURANT).parent().unwrap().display().to_string();
    let path = std::env::var("PATH").unwrap_or_default();
    let mut shell = Command::new("sh");
    shell
        .args(["-e", "-c", &commands.join("\n")])
        .env("PATH", format!("{program}:{path}"))
        .current_dir(paper.dir.path());
    let output = output_of(&mut shell).unwrap();
    assert!(output.status.success(), "{commands:?}: {}", said(&output));
    said(&output)
}

fn kinds(paper: &Paper) -> Vec<String> {
    let log = paper.log().into_iter();
    let kinds = log.filter(|entry| entry["actor"] == "newsdesk");
    kinds
        .map(|entry| entry["kind"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn the_examples_make_a_token_post_an_article_and_withhold_it() {
    let paper = Paper::new();
    let server = paper.start();
    let page = server.get("/api/v1").text();
    let commands = commands(&page);
    assert_eq!(commands.len(), 3, "{commands:?}");
    // They come before all operations.
    assert!(page.find("<pre>").unwrap() < page.find("GET /api/v1").unwrap());
    run(&paper, &commands);
    assert_eq!(kinds(&paper), ["publish", "withhold"]);
    let answer = std::fs::read_to_string(paper.dir.path().join("answer.json")).unwrap();
    let posted: serde_json::Value = serde_json::from_str(&answer).unwrap();
    let slug = posted["slug"].as_str().unwrap();
    assert!(
        page.contains(r#"{&quot;section&quot;: &quot;city&quot;"#),
        "{page}"
    );
    assert_eq!(posted["headline"], "First tram");
    assert_eq!(server.get(&format!("/articles/{slug}")).status, 404);
}

#[test]
fn the_examples_know_the_address_and_the_sections_of_the_paper() {
    let paper = Paper::new();
    paper.write("publication.toml", "title = \"Blank\"\nlanguage = \"en\"\n");
    let probe = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = probe.local_addr().unwrap();
    drop(probe);
    let server = paper.configured(&format!("api = \"{address}\"\n"));
    let page = request(address, "GET", "/api/v1", &[]);
    let first = page.etag().to_owned();
    let commands = commands(&page.text());
    assert_eq!(commands.len(), 4, "{commands:?}");
    run(&paper, &commands);
    assert_eq!(kinds(&paper), ["settings", "publish", "withhold"]);
    assert_eq!(server.get("/sections/city").status, 200);
    let page = request(address, "GET", "/api/v1", &[]);
    assert_ne!(page.etag(), first);
    let known = request(address, "GET", "/api/v1", &[("If-None-Match", page.etag())]);
    assert_eq!(known.status, 304);
}
