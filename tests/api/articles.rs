//! The write API: what a desk's program sends, and what every surface then says.

use serde_json::{Value, json};

use crate::support;
use crate::support::pictures;
use crate::support::writer::{Writer, token, token as token_of};
use crate::support::{Paper, Server};

fn story() -> Value {
    json!({
        "section": "city",
        "headline": "The bridge opens",
        "published": "2025-02-28T09:00:00+08:00",
        "authors": ["Ada Wells"],
        "tags": ["bridges"],
        "body": "It opened at noon.\n",
        "captions": [{"text": "The bridge at dawn", "credit": "Lin Mu"}],
    })
}

/// A paper with a server and a desk's token.
fn desk() -> (Paper, Server, String) {
    let paper = Paper::new();
    let server = paper.start();
    let token = token(&paper, "newsdesk", "desk");
    (paper, server, token)
}

#[test]
fn an_article_is_made_fetched_changed_and_withdrawn() {
    let (paper, server, token) = desk();
    let desk = Writer::new(&server, &token);
    let made = desk.post("/api/v1/articles", &story()).expect(201);
    let path = made.path();
    let location = format!("{}{path}", server.base());
    assert_eq!(made.location.as_deref(), Some(location.as_str()));
    assert_eq!(made.body["slug"], "2025-02-28-the-bridge-opens");
    assert_eq!(made.body["state"]["status"], "usable");
    assert!(server.get("/sections/city.atom").has("The bridge opens"));
    assert!(server.get("/captions.json").has("The bridge at dawn"));

    // Anybody reads it; a browser of another site, too.
    let read = Writer::anybody(&server).get(&path).expect(200);
    assert_eq!(read.body["body"], "It opened at noon.\n");
    assert_eq!(read.whole.header("access-control-allow-origin"), Some("*"));
    let again = [("If-None-Match", read.etag())];
    Writer::anybody(&server)
        .send("GET", &path, &again, b"")
        .expect(304);

    // What was given comes back whole, and is no change.
    let position = paper.last();
    let same = desk
        .change("PUT", &path, made.etag(), &made.body)
        .expect(200);
    assert_eq!(same.etag(), made.etag());
    assert_eq!(paper.last(), position);

    // A patch changes what it names.
    let patch = json!({"deck": "After nine years", "tags": null});
    let patched = desk.change("PATCH", &path, made.etag(), &patch).expect(200);
    assert_ne!(patched.etag(), made.etag());
    assert_eq!(patched.body["deck"], "After nine years");
    assert_eq!(patched.body.get("tags"), None);
    assert!(server.get("/feed.json").has("After nine years"));

    // Who does not know it cannot change it.
    let late = desk.change("PATCH", &path, made.etag(), &patch).expect(412);
    assert_eq!(late.etag(), patched.etag());
    desk.json("PATCH", &path, &[], &patch).expect(428);
    desk.json("PUT", &path, &[("If-None-Match", "*")], &story())
        .expect(412);
    desk.json("PATCH", &path, &[("If-Match", "W/\"r1\"")], &patch)
        .expect(412);

    // A correction says so.
    let corrected = desk
        .change(
            "POST",
            &format!("{path}/correct"),
            patched.etag(),
            &json!({"public_note": "It opened at one.", "body": "It opened at one.\n"}),
        )
        .expect(200);
    for format in ["rss", "atom", "json"] {
        let feed = server.get(&format!("/sections/city.{format}"));
        let note = feed.text().find("It opened at one.").expect("a note");
        assert!(
            feed.text()[note + 5..].contains("It opened at one."),
            "{format}"
        );
    }
    desk.change(
        "POST",
        &format!("{path}/correct"),
        corrected.etag(),
        &json!({}),
    )
    .expect(422);

    // The log tells who it was.
    let log = paper.log();
    let kinds: Vec<(&str, &str)> = log
        .iter()
        .filter(|entry| entry["actor"] == "newsdesk")
        .map(|entry| {
            (
                entry["kind"].as_str().unwrap(),
                entry["note"].as_str().unwrap_or(""),
            )
        })
        .collect();
    assert_eq!(
        kinds,
        [
            ("publish", ""),
            ("minor", ""),
            ("correct", "It opened at one.")
        ]
    );

    // Withdrawn.
    desk.json("DELETE", &path, &[], &json!({})).expect(428);
    let gone = desk
        .change("DELETE", &path, corrected.etag(), &json!({}))
        .expect(200);
    assert_eq!(gone.body["state"]["removal"], "withdrawn");
    Writer::anybody(&server).get(&path).expect(410);
    assert_eq!(
        server.get("/articles/2025-02-28-the-bridge-opens").status,
        410
    );
    // And put back, by those who know it.
    let back = desk.change("PUT", &path, gone.etag(), &story()).expect(200);
    assert_eq!(back.body["state"]["status"], "usable");
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn every_decision_can_be_made_by_the_api() {
    let (_paper, server, token) = desk();
    let desk = Writer::new(&server, &token);
    let made = desk.post("/api/v1/articles", &story()).expect(201);
    let (path, anybody) = (made.path(), Writer::anybody(&server));
    // In a hurry nobody has to know the tag.
    let held = desk
        .post(&format!("{path}/withhold"), &json!({}))
        .expect(200);
    assert_eq!(held.body["state"]["status"], "withheld");
    let never = anybody
        .get("/api/v1/articles/01a05bfb-7000-7718-a56f-62f784e61c99")
        .expect(404);
    assert_eq!(
        anybody.get(&path).expect(404).whole.text(),
        never.whole.text()
    );
    desk.get(&path).expect(200);
    desk.post(&format!("{path}/release"), &json!({}))
        .expect(428);
    let free = desk
        .change("POST", &format!("{path}/release"), held.etag(), &json!({}))
        .expect(200);
    anybody.get(&path).expect(200);
    let note = json!({"public_note": "It was another bridge."});
    let retracted = desk
        .change("POST", &format!("{path}/retract"), free.etag(), &note)
        .expect(200);
    assert_eq!(retracted.body["state"]["notice"], "It was another bridge.");
    assert!(
        anybody
            .get(&path)
            .expect(410)
            .whole
            .has("It was another bridge.")
    );
    assert!(
        server
            .get("/articles/2025-02-28-the-bridge-opens")
            .has("It was another bridge.")
    );
    let killed = desk
        .post(&format!("{path}/kill"), &json!({"legal": true}))
        .expect(200);
    assert!(!killed.whole.has("The bridge opens") && !killed.whole.has("noon"));
    anybody.get(&path).expect(451);
    desk.change("PUT", &path, killed.etag(), &story())
        .expect(409);
    let revisions = anybody.get(&format!("{path}/revisions")).expect(200);
    let kinds = revisions.body["revisions"].as_array().unwrap();
    let kinds: Vec<&str> = kinds
        .iter()
        .map(|it| it["kind"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["publish", "withhold", "release", "retract", "kill"]);
    assert!(!revisions.whole.has("bridge opens"));
}

#[test]
fn a_caption_is_corrected_and_exactly_its_feeds_move() {
    let (paper, server, token) = desk();
    paper.article("harbour/crane", "The crane", "It stays.");
    server.until("/sections/harbour.atom", |answer| answer.has("It stays."));
    let desk = Writer::new(&server, &token);
    let made = desk.post("/api/v1/articles", &story()).expect(201);
    let id = made.body["captions"][0]["id"]
        .as_str()
        .unwrap()
        .replace("urn:uuid:", "");
    let path = format!("/api/v1/captions/{id}");
    let caption = Writer::anybody(&server).get(&path).expect(200);
    let before = server.feeds();
    let patch = json!({"text": "The bridge at dusk"});
    let patched = desk
        .change("PATCH", &path, caption.etag(), &patch)
        .expect(200);
    assert_eq!(patched.body["text"], "The bridge at dusk");
    let after = server.feeds();
    let moved = support::changed(&before, &after);
    assert_eq!(moved, support::carriers(&after, "The bridge at dusk"));
    for (feed, snapshot) in &before {
        let known = [("If-None-Match", snapshot.etag.as_str())];
        let status = server.get_with(feed, &known).status;
        assert_eq!(status == 200, moved.contains(feed), "{feed}");
    }
    desk.change("PATCH", &path, caption.etag(), &patch)
        .expect(412);
    desk.post(&format!("{path}/withhold"), &json!({}))
        .expect(200);
    Writer::anybody(&server).get(&path).expect(404);
    assert!(!server.get("/captions.json").has("The bridge at dusk"));
}

#[test]
fn what_is_not_public_yet_is_nowhere_and_then_everywhere() {
    let (paper, server, token) = desk();
    let desk = Writer::new(&server, &token);
    let anybody = Writer::anybody(&server);
    let mut draft = story();
    draft["draft"] = json!(true);
    let made = desk.post("/api/v1/articles", &draft).expect(201);
    assert_eq!(made.body["state"]["status"], "draft");
    let path = made.path();
    anybody.get(&path).expect(404);
    assert_eq!(
        server.get("/articles/2025-02-28-the-bridge-opens").status,
        404
    );
    assert!(!server.get("/feed.json").has("bridge"));
    let pending = desk.get("/api/v1/articles?status=pending").expect(200);
    assert_eq!(pending.body["articles"][0]["id"], made.body["id"]);
    anybody.get("/api/v1/articles?status=pending").expect(401);
    // Then it has a time. Whoever looks ten times a second sees nothing of it before, and all of it a second after.
    let due = chrono::Utc::now() + chrono::TimeDelta::milliseconds(1500);
    let picture = pictures::png(40, 30);
    let hash = courant::item::read_photograph("a", &picture).unwrap().hash;
    let image = [("Content-Type", "image/png")];
    let upload = desk
        .send("POST", "/api/v1/photographs", &image, &picture)
        .expect(201);
    let captions =
        json!([{"text": "The bridge at dawn", "credit": "Lin Mu", "image": upload.body["name"]}]);
    let patch = json!({"draft": null, "embargo_until": due.to_rfc3339(), "captions": captions});
    let scheduled = desk.change("PATCH", &path, made.etag(), &patch).expect(200);
    assert_eq!(scheduled.body["state"]["status"], "scheduled");
    let caption = scheduled.body["captions"][0]["id"].as_str().unwrap();
    let caption = caption.replace("urn:uuid:", "");
    let id = made.id().replace("urn:uuid:", "");
    let reader = token_of(&paper, "partner", "changes");
    let reader = Writer::new(&server, &reader);
    let month = due.format("/sitemap-%Y-%m.xml").to_string();
    let slug = "2025-02-28-the-bridge-opens";
    // The address, and what it says of the story when it says something.
    let mut surfaces: Vec<(String, &str)> = vec![
        ("/".to_owned(), "The bridge opens"),
        (format!("/articles/{slug}"), "The bridge opens"),
        (format!("/captions/{caption}"), "The bridge at dawn"),
        (format!("/media/{hash}.png"), ""),
        (format!("/embed/a/{id}"), "The bridge opens"),
        (format!("/embed/articles/{slug}"), "The bridge opens"),
        (format!("/embed/captions/{caption}"), "The bridge at dawn"),
        ("/embed/sections/city".to_owned(), "The bridge opens"),
        (
            format!("/oembed?url={}/articles/{slug}", server.base()),
            "The bridge opens",
        ),
        (due.format("/days/%Y-%m-%d").to_string(), "The bridge opens"),
        ("/sitemap-news.xml".to_owned(), slug),
        (month, slug),
        (path.clone(), "The bridge opens"),
        (format!("{path}?format=ninjs"), "The bridge opens"),
        (format!("{path}/revisions"), "publish"),
        (format!("/api/v1/captions/{caption}"), "The bridge at dawn"),
        ("/api/v1/articles".to_owned(), "The bridge opens"),
        (
            "/api/v1/articles?format=ninjs".to_owned(),
            "The bridge opens",
        ),
    ];
    for feed in [
        "/feed",
        "/sections/city",
        "/tags/bridges",
        "/authors/ada-wells",
        "/authors/lin-mu",
    ] {
        surfaces.extend(
            ["rss", "atom", "json"].map(|format| (format!("{feed}.{format}"), "The bridge")),
        );
    }
    for format in ["rss", "atom", "json"] {
        surfaces.push((format!("/captions.{format}"), "The bridge at dawn"));
        surfaces.push((format!("/articles/{slug}.{format}"), "The bridge opens"));
    }
    let shows = |(address, said): &(String, &str)| {
        let answer = server.get(address);
        answer.status == 200 && answer.has(said)
    };
    // What there is not says the same of what is to come and of what never will.
    let lists = server.get("/feeds.opml").text();
    for (address, never) in [
        (
            format!("/articles/{slug}"),
            "/articles/2025-02-28-never-was".to_owned(),
        ),
        (
            format!("/articles/{slug}.atom"),
            "/articles/2025-02-28-never-was.atom".to_owned(),
        ),
        (
            format!("/embed/articles/{slug}"),
            "/embed/articles/2025-02-28-never-was".to_owned(),
        ),
        (
            format!("/embed/a/{id}"),
            "/embed/a/01a05bfb-7000-7718-a56f-0000000000ff".to_owned(),
        ),
        (
            format!("/oembed?url={}/articles/{slug}", server.base()),
            format!("/oembed?url={}/articles/never-was", server.base()),
        ),
        (
            format!("/media/{hash}.png"),
            format!("/media/{}.png", "0".repeat(32)),
        ),
        (
            path.clone(),
            "/api/v1/articles/01a05bfb-7000-7718-a56f-0000000000ff".to_owned(),
        ),
    ] {
        let (waits, never) = (server.get(&address), server.get(&never));
        let head = |answer: &support::Answer| -> Vec<String> {
            let names = [
                "cache-control",
                "content-type",
                "content-length",
                "etag",
                "last-modified",
                "expires",
                "age",
            ];
            names
                .iter()
                .map(|name| format!("{:?}", answer.header(name)))
                .collect()
        };
        assert_eq!(
            (waits.status, head(&waits)),
            (never.status, head(&never)),
            "{address}"
        );
    }
    loop {
        let began = chrono::Utc::now();
        let changes = reader.get("/api/v1/changes?after=0&limit=1000").expect(200);
        let mut seen: Vec<bool> = surfaces.iter().map(shows).collect();
        seen.push(changes.whole.has(&made.id()));
        let ended = chrono::Utc::now();
        if ended < due {
            assert!(seen.iter().all(|seen| !seen), "before its time: {seen:?}");
            assert_eq!(server.get("/feeds.opml").text(), lists);
        } else if began > due + chrono::TimeDelta::seconds(1) {
            let all = surfaces
                .iter()
                .map(|(address, _)| address.as_str())
                .chain(["changes"]);
            let missing: Vec<&str> = all
                .zip(seen)
                .filter(|(_, seen)| !seen)
                .map(|(it, _)| it)
                .collect();
            assert!(missing.is_empty(), "{missing:?}");
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    let stored = anybody.get(&path).expect(200);
    assert_eq!(stored.body.get("embargo_until"), None);
    // What is public cannot be made as if it were not.
    let known = desk.get(&path).expect(200);
    desk.change("PATCH", &path, known.etag(), &json!({"draft": true}))
        .expect(409);
}

#[test]
fn a_request_that_comes_again_is_done_once() {
    let (paper, server, token) = desk();
    let desk = Writer::new(&server, &token);
    let key = [("Idempotency-Key", "\"one\"")];
    let first = desk
        .json("POST", "/api/v1/articles", &key, &story())
        .expect(201);
    let position = paper.last();
    let again = desk
        .json("POST", "/api/v1/articles", &key, &story())
        .expect(201);
    assert_eq!((again.id(), again.location), (first.id(), first.location));
    assert_eq!(paper.last(), position);
    let mut other = story();
    other["headline"] = json!("Another");
    desk.json("POST", "/api/v1/articles", &key, &other)
        .expect(422);
    // Without a key it is another article, whose address gets a number.
    let second = desk.post("/api/v1/articles", &story()).expect(201);
    assert_eq!(second.body["slug"], "2025-02-28-the-bridge-opens-2");
}

#[test]
fn what_is_wrong_is_named_field_by_field() {
    let (_paper, server, token) = desk();
    let desk = Writer::new(&server, &token);
    let wrong = json!({
        "section": "nowhere",
        "headlin": "x",
        "published": "2025-02-28T09:00:00",
        "language": "klingon-",
        "captions": [{"text": "one", "image": "missing.jpg"}],
        "body": "[a link](relative.html)",
    });
    let said = desk.post("/api/v1/articles", &wrong).expect(422);
    assert_eq!(
        said.whole.header("content-type"),
        Some("application/problem+json")
    );
    let errors = said.body["errors"].as_array().unwrap();
    let mut places: Vec<&str> = errors
        .iter()
        .map(|it| it["pointer"].as_str().unwrap())
        .collect();
    places.sort_unstable();
    let expected = [
        "",
        "/body",
        "/captions/0/image",
        "/headlin",
        "/language",
        "/published",
        "/section",
    ];
    assert_eq!(places, expected, "{}", said.whole.text());
    desk.send(
        "POST",
        "/api/v1/articles",
        &[("Content-Type", "text/plain")],
        b"{}",
    )
    .expect(415);
    desk.send(
        "POST",
        "/api/v1/articles",
        &[("Content-Type", "application/json")],
        b"{",
    )
    .expect(400);
    desk.send(
        "POST",
        "/api/v1/articles",
        &[("Content-Type", "application/json")],
        b"[]",
    )
    .expect(422);
    let said = desk.send("PATCH", "/api/v1/articles", &[], b"").expect(405);
    assert_eq!(said.whole.header("allow"), Some("GET,HEAD,POST"));
    desk.get("/api/v1/nothing").expect(404);
    let id = "01a05bfb-7000-7718-a56f-62f784e61c99";
    let path = format!("/api/v1/articles/{id}/forget");
    desk.post(&path, &json!({})).expect(404);
}

#[test]
fn tokens_allow_what_their_scope_says_and_no_more() {
    let (paper, server, _) = desk();
    let city = token(&paper, "city", "section:city");
    let wire = token(&paper, "wire", "changes");
    let (city, wire) = (Writer::new(&server, &city), Writer::new(&server, &wire));
    let made = city.post("/api/v1/articles", &story()).expect(201);
    let mut other = story();
    other["section"] = json!("harbour");
    city.post("/api/v1/articles", &other).expect(403);
    // Nor can it be moved there.
    let moved = json!({"section": "harbour"});
    city.change("PATCH", &made.path(), made.etag(), &moved)
        .expect(403);
    city.get("/api/v1/changes").expect(403);
    wire.post("/api/v1/articles", &story()).expect(403);
    let changes = wire.get("/api/v1/changes?after=0").expect(200);
    let newest = changes.body["changes"].as_array().unwrap().last().unwrap();
    assert_eq!(
        (newest["kind"].as_str(), newest["actor"].as_str()),
        (Some("publish"), Some("city"))
    );
    Writer::anybody(&server).get("/api/v1/changes").expect(401);
    Writer::anybody(&server)
        .post("/api/v1/articles", &story())
        .expect(401);
    // Revoked, it is nobody's.
    let data = paper.data();
    let revoke = ["token", "revoke", "wire", "--data", support::text(&data)];
    assert!(support::courant(&revoke).status.success());
    let gone = wire.get("/api/v1/changes").expect(401);
    assert!(gone.whole.header("www-authenticate").is_some());
    // Whoever goes on guessing waits; whoever has a good one does not.
    let wrong = Writer::new(&server, "courant_000000000000_wrong");
    let statuses: Vec<u16> = (0..1000)
        .map(|_| wrong.get("/api/v1/articles").status)
        .collect();
    assert!(statuses.contains(&429), "{statuses:?}");
    assert!(
        wrong
            .get("/api/v1/articles")
            .whole
            .header("retry-after")
            .is_some()
    );
    // Behind one proxy they are told apart.
    let elsewhere = [("X-Forwarded-For", "198.51.100.7")];
    wrong
        .send("GET", "/api/v1/articles", &elsewhere, b"")
        .expect(401);
    city.get(&made.path()).expect(200);
    let errors = server.running.errors();
    assert!(
        !errors.contains("courant_"),
        "a token is in the log: {errors}"
    );
}

#[test]
fn a_wait_for_changes_ends_with_the_change() {
    let (paper, server, token) = desk();
    let desk = Writer::new(&server, &token);
    let last = paper.last();
    let began = std::time::Instant::now();
    std::thread::scope(|scope| {
        let waits = scope.spawn(|| desk.get(&format!("/api/v1/changes?after={last}&wait=30")));
        std::thread::sleep(std::time::Duration::from_millis(300));
        assert!(!waits.is_finished());
        Writer::new(&server, &token)
            .post("/api/v1/articles", &story())
            .expect(201);
        let changes = waits.join().unwrap().expect(200);
        assert_eq!(changes.body["changes"][0]["kind"], "publish");
        assert_eq!(changes.body["next"], last + 1);
    });
    assert!(began.elapsed() < std::time::Duration::from_secs(20));
}

#[test]
fn what_came_by_a_file_is_changed_there_and_taken_away_here() {
    let (paper, server, token) = desk();
    let desk = Writer::new(&server, &token);
    paper.article("city/crane", "The crane", "It stays.");
    server.until("/sections/city.atom", |answer| answer.has("It stays."));
    let list = desk.get("/api/v1/articles?section=city").expect(200);
    let id = list.body["articles"][0]["id"]
        .as_str()
        .unwrap()
        .replace("urn:uuid:", "");
    let path = format!("/api/v1/articles/{id}");
    let known = desk.get(&path).expect(200);
    let refused = desk
        .change("PATCH", &path, known.etag(), &json!({"deck": "x"}))
        .expect(409);
    assert!(refused.whole.has("city/crane"));
    desk.change("DELETE", &path, known.etag(), &json!({}))
        .expect(409);
    desk.post(&format!("{path}/withhold"), &json!({}))
        .expect(200);
    assert_eq!(server.get("/articles/crane").status, 404);
    // And the other way round.
    let made = desk.post("/api/v1/articles", &story()).expect(201);
    paper.write(
        "city/2025-02-28-the-bridge-opens/article.md",
        format!(
            "+++\nid = \"{}\"\nheadline = \"A file's\"\npublished = 2025-02-28T09:00:00+08:00\n+++\nA file's.\n",
            made.id()
        ),
    );
    server.line(&["the write API"]);
    assert!(server.get("/feed.json").has("The bridge opens"));
}

#[test]
fn pages_of_a_list_give_every_article_once() {
    let (_paper, server, token) = desk();
    let desk = Writer::new(&server, &token);
    for number in 0..7 {
        let mut story = story();
        story["headline"] = json!(format!("Story {number}"));
        desk.post("/api/v1/articles", &story).expect(201);
    }
    for wish in ["", "section=city&"] {
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let page =
                Writer::anybody(&server).get(&format!("/api/v1/articles?{wish}limit=3{cursor}"));
            let page = page.expect(200);
            let articles = page.body["articles"].as_array().unwrap();
            seen.extend(
                articles
                    .iter()
                    .map(|it| it["headline"].as_str().unwrap().to_owned()),
            );
            match page.body["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        seen.sort();
        let expected: Vec<String> = (0..7).map(|number| format!("Story {number}")).collect();
        assert_eq!(seen, expected, "{wish}");
    }
    Writer::anybody(&server)
        .get("/api/v1/articles?section=nowhere")
        .expect(404);
    Writer::anybody(&server)
        .get("/api/v1/articles?limit=1000")
        .expect(400);
}

#[test]
fn the_description_names_every_operation_and_every_key() {
    let (_paper, server, token) = desk();
    let description = Writer::anybody(&server)
        .get("/api/v1/openapi.json")
        .expect(200);
    assert_eq!(description.body["openapi"], "3.1.0");
    let paths = description.body["paths"].as_object().unwrap().values();
    let operations = paths.flat_map(|path| path.as_object().unwrap().values());
    let mut names: Vec<&str> = operations
        .map(|operation| operation["operationId"].as_str().unwrap())
        .collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!((names.len(), count), (28, 28), "{names:?}");
    // What is pointed at is there.
    let text = description.whole.text();
    for piece in text.split("\"#/components/").skip(1) {
        let pointer = format!("/components/{}", piece.split('"').next().unwrap());
        assert!(description.body.pointer(&pointer).is_some(), "{pointer}");
    }
    let keys = &description.body["components"]["schemas"]["ArticleIn"]["properties"];
    let keys: Vec<&str> = keys
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    // The parser says which it knows.
    let desk = Writer::new(&server, &token);
    let said = desk
        .post("/api/v1/articles", &json!({"nothing": 1}))
        .expect(422);
    let errors = said.body["errors"].as_array().unwrap().iter();
    let mut unknown = errors.filter(|it| it["pointer"] == "/nothing");
    let known = unknown.next().unwrap()["expected"]
        .as_str()
        .unwrap()
        .to_owned();
    for key in known.strip_prefix("one of the keys ").unwrap().split(", ") {
        assert!(keys.contains(&key), "{key} is not described");
    }
    let page = Writer::anybody(&server).get("/api/v1").expect(200).whole;
    assert!(page.has("POST /api/v1/articles/{id}/correct"));
    // It loads its style and nothing else.
    assert!(
        !page.has("=\"http") && !page.has("<script") && !page.has("src="),
        "{}",
        page.text()
    );
}
