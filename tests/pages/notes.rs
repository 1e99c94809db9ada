//! Notes to readers by their kind: how pages, cards, lists, feeds and machines are told, in the words of each language.

use serde_json::{Value, json};

use crate::support::writer::{Desk, Writer};
use crate::support::{Paper, Server};

const KINDS: [&str; 4] = ["correction", "clarification", "update", "editors-note"];

/// A paper in that language with a story of each kind of note, which its photograph's caption has as well.
fn paper(language: &str) -> (Paper, Server) {
    let paper = Paper::new();
    let told = format!("language = \"{language}\"");
    paper.edit("publication.toml", "language = \"en\"", &told);
    for kind in KINDS {
        let note = format!("public_note = \"Of {kind}.\"\npublic_note_kind = \"{kind}\"\n");
        paper.write(
            &format!("city/{kind}/article.md"),
            format!(
                "+++\nheadline = \"A story\"\npublished = 2026-11-17T09:00:00Z\n\
                 updated = 2026-11-18T09:00:00Z\n{note}\
                 [[captions]]\ntext = \"A view.\"\n{note}+++\nA text.\n"
            ),
        );
    }
    let server = paper.start();
    (paper, server)
}

fn item(server: &Server, feed: &str, url: &str) -> Value {
    let feed: Value = serde_json::from_str(&server.get(feed).text()).unwrap();
    let mut items = feed["items"].as_array().unwrap().iter();
    let of = |item: &&Value| item["url"].as_str().unwrap().ends_with(url);
    items.find(of).cloned().expect(url)
}

/// Asserts that each kind has these words before its note.
fn are_headed(language: &str, of: &str, words: [&str; 4]) {
    let (_paper, server) = paper(language);
    for (kind, words) in KINDS.into_iter().zip(words) {
        let (word, gap) = match words.strip_suffix(' ') {
            Some(word) => (word, " "),
            None => (words, ""),
        };
        let head = format!("<strong lang=\"{of}\" dir=\"ltr\">{word}</strong>{gap}");
        let path = format!("/articles/{kind}");
        let page = server.get(&path);
        let label = word.trim_end_matches([':', '：']);
        // On pages the colon belongs to the line, which may run otherwise.
        let colon = word.strip_prefix(label).unwrap();
        let own = format!("<span lang=\"{of}\" dir=\"ltr\">{label}</span>{colon}");
        let said = format!("<strong>{own}</strong>{gap}Of {kind}.");
        let aside = format!("<aside class=\"correction\" aria-label=\"{label}\"><p>{said}</p>");
        assert!(page.has(&aside), "{aside}: {}", page.text());
        let card = server.get(&format!("/embed{path}"));
        assert!(card.has(&format!("<p class=\"correction\">{said}</p>")));
        let html = item(&server, "/feed.json", &path)["content_html"].clone();
        let html = html.as_str().unwrap();
        let fed = match kind {
            // As it was before there were kinds.
            "correction" => format!("<em>Of {kind}.</em>"),
            _ => format!("{head}<em>Of {kind}.</em>"),
        };
        assert!(html.starts_with(&format!("<p>{fed}</p>")), "{html}");
        assert!(html.contains(&format!("A view.<br>{fed}<")), "{html}");
        let own = item(&server, &format!("{path}.json"), "");
        let own = own["content_html"].as_str().unwrap().to_owned();
        assert!(own.starts_with(&format!("<p>{fed}</p>")), "{own}");
    }
}

#[test]
fn a_note_is_headed_with_what_it_is_in_each_language() {
    let english = [
        "Correction: ",
        "Clarification: ",
        "Update: ",
        "Editor's note: ",
    ];
    are_headed("en", "en", english);
    are_headed("fr", "en", english);
    are_headed(
        "zh-Hans",
        "zh-Hans",
        ["更正：", "澄清：", "更新：", "编者按："],
    );
    are_headed(
        "zh-TW",
        "zh-Hant",
        ["更正：", "澄清：", "更新：", "編者按："],
    );
}

#[test]
fn lists_and_machines_take_only_what_mends_for_a_correction() {
    let (_paper, server) = paper("en");
    let front = server.get("/").text();
    let told = |kind: &str| {
        let (_, rest) = front.split_once(&format!("/articles/{kind}\">")).unwrap();
        let line = rest.split("</article>").next().unwrap();
        let line = line.split("<li class").next().unwrap();
        let (_, said) = line.split_once("<p class=\"corrected\">")?;
        Some(said.split("</p>").next().unwrap().to_owned())
    };
    for (kind, word) in [
        ("correction", "Corrected"),
        ("clarification", "Corrected"),
        ("update", "Updated"),
    ] {
        let said = told(kind).expect(kind);
        assert!(said.contains(word), "{kind}: {said}");
        assert!(said.contains("18 November 2026"), "{kind}: {said}");
    }
    assert_eq!(told("editors-note"), None);
    for kind in KINDS {
        let page = server.get(&format!("/articles/{kind}"));
        let mends = ["correction", "clarification"].contains(&kind);
        assert_eq!(page.has("CorrectionComment"), mends, "{kind}");
        // The day of the change is told once, whoever tells it.
        assert_eq!(page.text().matches("dt-updated").count(), 1, "{kind}");
    }
    // What the editors say of a story says nothing of when it changed.
    let page = server.get("/articles/editors-note").text();
    let (_, aside) = page.split_once("<aside class=\"correction\"").unwrap();
    let (aside, _) = aside.split_once("</aside>").unwrap();
    assert!(!aside.contains("dt-updated"), "{aside}");
}

#[test]
fn a_program_says_what_its_note_is() {
    let desk = Desk::new();
    let writer = desk.writer();
    let story = json!({"section": "city", "slug": "bridge", "headline": "The bridge",
        "published": "2025-02-28T09:00:00Z", "body": "It opened.\n",
        "captions": [{"text": "A view."}]});
    let made = writer.post("/api/v1/articles", &story).expect(201);
    let path = made.path();
    let noted = json!({"public_note": "It opens on Monday.", "public_note_kind": "update"});
    let changed = writer
        .change("PATCH", &path, made.etag(), &noted)
        .expect(200);
    assert_eq!(changed.body["public_note_kind"], "update");
    assert!(
        desk.server
            .get("/articles/bridge")
            .has("Update</span>:</strong>")
    );
    let wrong = json!({"public_note_kind": "apology"});
    let refused = writer
        .change("PATCH", &path, changed.etag(), &wrong)
        .expect(422);
    let complaint = &refused.body["errors"][0];
    assert_eq!(complaint["pointer"], "/public_note_kind");
    let listed = "correction, clarification, update, editors-note";
    assert!(complaint.to_string().contains(listed), "{complaint}");
    // A correction is one, whatever the note before it was.
    let why = json!({"public_note": "It opened on Tuesday."});
    let correct = format!("{path}/correct");
    let corrected = writer
        .change("POST", &correct, changed.etag(), &why)
        .expect(200);
    assert_eq!(corrected.body.get("public_note_kind"), None);
    let clearer = json!({"public_note": "To walkers alone.", "public_note_kind": "clarification"});
    let clear = writer
        .change("POST", &correct, corrected.etag(), &clearer)
        .expect(200);
    assert_eq!(clear.body["public_note_kind"], "clarification");
    // With its note its kind goes. Nobody sent one, so nothing is told of it; who does is told.
    let lone = json!({"public_note": null, "public_note_kind": "update"});
    let lone = writer
        .change("PATCH", &path, clear.etag(), &lone)
        .expect(200);
    assert!(lone.body["state"].to_string().contains("public_note_kind"));
    let again = writer
        .change("PATCH", &path, lone.etag(), &clearer)
        .expect(200);
    assert_eq!(again.body["public_note_kind"], "clarification");
    let silent = json!({"public_note": null});
    let silent = writer
        .change("PATCH", &path, again.etag(), &silent)
        .expect(200);
    assert_eq!(silent.body.get("public_note_kind"), None);
    assert!(
        !silent.body["state"]
            .to_string()
            .contains("public_note_kind")
    );
    let mut whole = story.clone();
    whole["public_note"] = json!("The story came about so.");
    whole["public_note_kind"] = json!("editors-note");
    let put = writer
        .change("PUT", &path, silent.etag(), &whole)
        .expect(200);
    assert_eq!(put.body["public_note_kind"], "editors-note");
    // The same text told as a correction is news to readers; told so again it is none.
    let told = json!({"public_note": "The story came about so."});
    let put = writer
        .change("POST", &correct, put.etag(), &told)
        .expect(200);
    writer
        .change("POST", &correct, put.etag(), &told)
        .expect(422);
    let kinds = desk
        .paper
        .log()
        .into_iter()
        .map(|entry| entry["kind"].clone());
    let kinds: Vec<Value> = kinds.collect();
    let expected = [
        "update", "correct", "correct", "minor", "correct", "minor", "update", "correct",
    ];
    assert_eq!(kinds[kinds.len() - 8..], expected.map(|kind| json!(kind)));
    of_a_caption(
        &desk,
        &writer,
        put.body["captions"][0]["id"].as_str().unwrap(),
    );
}

fn of_a_caption(desk: &Desk, writer: &Writer<'_>, id: &str) {
    let path = format!("/api/v1/captions/{}", id.replace("urn:uuid:", ""));
    let noted = json!({"public_note": "Of the old bridge.", "public_note_kind": "clarification"});
    let said = writer.change("PATCH", &path, "*", &noted).expect(200);
    assert_eq!(said.body["public_note_kind"], "clarification");
    let page = desk.server.get("/articles/bridge");
    assert!(page.has("Clarification</span>:</strong> Of the old bridge."));
    let why = json!({"public_note": "Of the new bridge."});
    let correct = format!("{path}/correct");
    let corrected = writer
        .change("POST", &correct, said.etag(), &why)
        .expect(200);
    assert_eq!(corrected.body.get("public_note_kind"), None);
}
