//! Files of the folder whose time has not come keep their ids and addresses until they are published, whatever happens to them
//! meanwhile, and `/readyz` tells of what missed its time.

use chrono::{SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::support::writer::{Said, Writer, token};
use crate::support::*;

const ID: &str = "urn:uuid:01a05bfb-7000-7718-a56f-00000000000a";

fn soon(seconds: i64) -> String {
    (Utc::now() + TimeDelta::seconds(seconds)).to_rfc3339_opts(SecondsFormat::Millis, true)
}

fn waiting_file(more: &str, seconds: i64) -> String {
    format!(
        "+++\n{more}headline = \"It waits\"\npublished = 2026-01-02T03:04:05Z\nembargo_until = {}\n+++\nIt waits.\n",
        soon(seconds)
    )
}

/// What a server needs to have kept before a test goes on.
fn reserved(paper: &Paper, sql: &str, count: i64) {
    let database = rusqlite::Connection::open(paper.data().join("courant.db")).unwrap();
    wait(sql, || {
        let kept: i64 = database.query_row(sql, [], |row| row.get(0)).ok()?;
        (kept == count).then_some(())
    });
}

const FILES: &str = "SELECT count(*) FROM waiting_file";

fn ask(writer: &Writer, more: Value) -> Said {
    let mut whole = json!({
        "section": "harbour", "headline": "Another", "body": "It is here.\n", "published": "2025-02-28T09:00:00Z",
    });
    for (key, value) in more.as_object().unwrap() {
        whole[key] = value.clone();
    }
    writer.post("/api/v1/articles", &whole)
}

#[test]
fn the_address_of_a_file_that_waits_is_its_own() {
    let paper = Paper::new();
    let server = paper.start();
    let harbour = token(&paper, "harbour", "section:harbour");
    let harbour = Writer::new(&server, &harbour);
    let desk = token(&paper, "newsdesk", "desk");
    let desk = Writer::new(&server, &desk);
    let slug = "2025-02-28-the-minister-resigns";
    // It was there before the file, and somebody chose its address.
    let early = ask(&desk, json!({"slug": "early", "embargo_until": soon(4)})).expect(201);
    paper.write(&format!("city/{slug}/article.md"), waiting_file("", 5));
    paper.write("city/early/article.md", waiting_file("", 3600));
    reserved(&paper, FILES, 2);
    // Whoever may not know gets an address that tells neither what has the other nor when it comes.
    let chosen = ask(&harbour, json!({"slug": slug})).expect(201);
    let made = ask(&harbour, json!({"headline": "The minister resigns"})).expect(201);
    for newcomer in [&chosen, &made] {
        let own = newcomer.body["slug"].as_str().unwrap();
        let id = newcomer.id();
        assert_eq!(own, format!("{slug}-{}", &id[id.len() - 8..]));
        assert_eq!(server.get(&format!("/articles/{own}")).status, 200);
    }
    // It keeps that one when it is saved again.
    let mut again = chosen.body.clone();
    again["slug"] = json!(slug);
    again["body"] = json!("It is here still.\n");
    let saved = harbour
        .change("PUT", &chosen.path(), chosen.etag(), &again)
        .expect(200);
    assert_eq!(saved.body["slug"], chosen.body["slug"]);
    // Whoever may is told, or gets the next number.
    ask(&desk, json!({"slug": slug})).expect(409);
    let numbered = ask(&desk, json!({"headline": "The minister resigns"})).expect(201);
    assert_eq!(numbered.body["slug"], format!("{slug}-2"));
    // Its id follows from its address, and is its own as well.
    let paper_id = courant::item::Id::parse("urn:uuid:01a05bfb-7000-7718-a56f-62f784e61c00");
    let derived = paper_id.unwrap().derive(slug);
    ask(&harbour, json!({"id": derived.to_string()})).expect(409);
    // Another file of that name does not take it either.
    paper.article(&format!("harbour/{slug}"), "A twin", "It came later.");
    let page = server.until(&format!("/articles/{slug}"), |answer| answer.status == 200);
    assert!(
        page.has("It waits") && !page.has("It is here"),
        "{}",
        page.text()
    );
    server.until("/articles/early", |answer| answer.has("It is here"));
    assert_eq!(desk.get(&early.path()).expect(200).body["slug"], "early");
    reserved(&paper, FILES, 1);
    assert_eq!(server.operate("/readyz").text(), "ready\n");
}

#[test]
fn a_file_that_breaks_while_it_waits_keeps_its_id_and_is_told_of() {
    let paper = Paper::new();
    let server = paper.start();
    let harbour = token(&paper, "harbour", "section:harbour");
    let harbour = Writer::new(&server, &harbour);
    let whole = waiting_file(&format!("id = \"{ID}\"\n"), 2);
    paper.write("city/waits/article.md", &whole);
    paper.write("city/goes/article.md", waiting_file("", 3600));
    paper.write("city/rests/article.md", waiting_file("", 3600));
    reserved(&paper, FILES, 3);
    paper.write(
        "city/waits/article.md",
        whole.replacen("headline", "headline = [", 1),
    );
    paper.remove("city/goes");
    let draft = "draft = true\n";
    paper.write("city/rests/article.md", waiting_file(draft, 3600));
    // A look at everything.
    paper.edit("publication.toml", "The Courier", "The Observer");
    server.until("/feed.atom", |answer| answer.has("The Observer"));
    reserved(&paper, FILES, 1);
    ask(&harbour, json!({"id": ID})).expect(409);
    let slug = ask(&harbour, json!({"slug": "waits"})).expect(201);
    assert_ne!(slug.body["slug"], "waits");
    ask(&harbour, json!({"slug": "goes"})).expect(201);
    let told = wait("what missed its time", || {
        let answer = server.operate("/readyz");
        (answer.status == 503).then(|| answer.text())
    });
    assert!(
        told.contains("embargo: city/waits/article.md was due at"),
        "{told}"
    );
    paper.write("city/waits/article.md", &whole);
    server.until("/articles/waits", |answer| answer.has("It waits"));
    wait("a server that is ready", || {
        (server.operate("/readyz").text() == "ready\n").then_some(())
    });
    // Without a folder nothing of it waits.
    paper.write("city/rests/article.md", waiting_file("", 3600));
    reserved(&paper, FILES, 1);
    assert_eq!(server.stop(), Some(0));
    let data = paper.data();
    let server = Start::new(&data).serve();
    reserved(&paper, FILES, 0);
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn what_missed_its_time_is_told_until_somebody_decides() {
    let paper = Paper::new();
    let server = paper.start();
    let desk = token(&paper, "newsdesk", "desk");
    let desk = Writer::new(&server, &desk);
    let caption = json!([{"id": ID, "text": "At dawn"}]);
    let waits = ask(
        &desk,
        json!({"slug": "misses", "embargo_until": soon(2), "captions": caption}),
    )
    .expect(201);
    let database = rusqlite::Connection::open(paper.data().join("courant.db")).unwrap();
    database.execute("DELETE FROM reserved", []).unwrap();
    ask(&desk, json!({"captions": caption})).expect(201);
    server.line(&["waits for a decision"]);
    let told = server.operate("/readyz");
    assert_eq!(told.status, 503);
    assert!(
        told.has("embargo: harbour/misses was due at") && told.has("waits for a decision"),
        "{}",
        told.text()
    );
    let known = desk.get(&waits.path()).expect(200);
    desk.change("DELETE", &waits.path(), known.etag(), &json!({}))
        .expect(204);
    assert_eq!(server.operate("/readyz").text(), "ready\n");
}
