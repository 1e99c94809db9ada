//! Sections by the write API, and what a token of one section may do in another.

use serde_json::{Value, json};

use crate::support::pictures;
use crate::support::writer::{Writer, token};
use crate::support::{Paper, Server};

fn desk() -> (Paper, Server, String) {
    let paper = Paper::new();
    let server = paper.start();
    let token = token(&paper, "newsdesk", "desk");
    (paper, server, token)
}

fn story(section: &str) -> Value {
    json!({
        "section": section,
        "headline": "The bridge opens",
        "published": "2025-02-28T09:00:00+08:00",
        "body": "It opened at noon.\n",
    })
}

#[test]
fn a_section_is_made_named_anew_moved_and_taken_away() {
    let (_paper, server, token) = desk();
    let desk = Writer::new(&server, &token);
    assert_eq!(server.get("/sections/weather.atom").status, 404);
    let made = desk
        .post("/api/v1/sections", &json!({"title": "Weather"}))
        .expect(201);
    let location = format!("{}/api/v1/sections/weather", server.base());
    assert_eq!(made.location.as_deref(), Some(location.as_str()));
    assert_eq!(made.body["state"]["by"], "api");
    assert_eq!(server.get("/sections/weather.atom").status, 200);
    assert!(server.get("/feeds.opml").has("weather"));
    desk.post("/api/v1/sections", &json!({"title": "Weather"}))
        .expect(409);

    let article = desk.post("/api/v1/articles", &story("weather")).expect(201);
    assert!(server.get("/sections/weather.json").has("The bridge opens"));

    // Another title, and another slug, under which its articles are then; the old one leads there.
    let path = "/api/v1/sections/weather";
    let known = Writer::anybody(&server).get(path).expect(200);
    assert_eq!(known.etag(), made.etag());
    desk.json("PATCH", path, &[], &json!({"title": "Skies"}))
        .expect(428);
    let named = desk
        .change("PATCH", path, made.etag(), &json!({"title": "Skies"}))
        .expect(200);
    assert_eq!(named.body["title"], "Skies");
    desk.change("PATCH", path, made.etag(), &json!({"title": "Winds"}))
        .expect(412);
    let moved = desk
        .change("PATCH", path, named.etag(), &json!({"slug": "skies"}))
        .expect(200);
    assert_eq!(moved.body["former"], json!(["weather"]));
    assert!(server.get("/sections/skies.json").has("The bridge opens"));
    let old = server.get("/sections/weather.json");
    assert_eq!(old.status, 301);
    assert!(
        old.header("location")
            .unwrap()
            .ends_with("/sections/skies.json")
    );
    let found = desk.get(&article.path()).expect(200);
    assert_eq!(found.body["section"], "skies");
    // A slug that it had is no other's.
    desk.post("/api/v1/sections", &json!({"title": "Weather"}))
        .expect(409);

    // One that has articles stays; one that has none goes, and its feed with it.
    let path = "/api/v1/sections/skies";
    desk.change("DELETE", path, moved.etag(), &json!({}))
        .expect(409);
    desk.change("DELETE", &article.path(), found.etag(), &json!({}))
        .expect(200);
    desk.change("DELETE", path, moved.etag(), &json!({}))
        .expect(204);
    assert_eq!(server.get("/sections/skies.atom").status, 410);
    desk.get(path).expect(404);
    // Its slug can be taken again.
    desk.post("/api/v1/sections", &json!({"title": "Skies"}))
        .expect(201);
    assert_eq!(server.get("/sections/skies.atom").status, 200);
}

#[test]
fn sections_of_the_file_are_changed_in_the_file_and_stay_beside_the_others() {
    let (paper, server, token) = desk();
    let desk = Writer::new(&server, &token);
    let city = desk.get("/api/v1/sections/city").expect(200);
    assert_eq!(city.body["state"]["by"], "file");
    let refused = desk
        .change(
            "PATCH",
            "/api/v1/sections/city",
            city.etag(),
            &json!({"title": "Town"}),
        )
        .expect(409);
    assert!(
        refused.whole.has("publication.toml"),
        "{}",
        refused.whole.text()
    );
    desk.change("DELETE", "/api/v1/sections/city", city.etag(), &json!({}))
        .expect(409);
    desk.post("/api/v1/sections", &json!({"title": "Weather"}))
        .expect(201);
    // The file is read anew, and the server is started anew.
    paper.edit(
        "publication.toml",
        "language",
        "description = \"A paper\"\nlanguage",
    );
    server.until("/feed.json", |feed| feed.has("A paper"));
    assert_eq!(server.get("/sections/weather.atom").status, 200);
    let address = server.address;
    assert_eq!(server.stop(), Some(0));
    let server = paper.starting().at(address).serve();
    assert_eq!(server.get("/sections/weather.atom").status, 200);
    assert_eq!(server.get("/sections/city.atom").status, 200);
}

#[test]
fn what_is_wrong_with_a_section_is_named() {
    let (_paper, server, token) = desk();
    let desk = Writer::new(&server, &token);
    for (wrong, pointer) in [
        (json!({"slug": "weather"}), ""),
        (json!({"title": "Weather", "slug": "Über uns"}), ""),
        (json!({"title": "Weather", "colour": "blue"}), "/colour"),
        (json!({"title": 7, "slug": "weather"}), "/title"),
        (json!({"title": "Weather", "sunset": "soon"}), "/sunset"),
    ] {
        let said = desk.post("/api/v1/sections", &wrong).expect(422);
        let places: Vec<&str> = said.body["errors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|error| error["pointer"].as_str().unwrap())
            .collect();
        assert!(places.contains(&pointer), "{wrong}: {}", said.whole.text());
    }
}

#[test]
fn a_token_of_one_section_changes_and_sees_nothing_of_another() {
    let (paper, server, token_of_desk) = desk();
    let desk = Writer::new(&server, &token_of_desk);
    let city = token(&paper, "city", "section:city");
    let city = Writer::new(&server, &city);
    let picture = desk
        .send(
            "POST",
            "/api/v1/photographs",
            &[("Content-Type", "image/png")],
            &pictures::png(40, 30),
        )
        .expect(201);
    let mut there = story("harbour");
    there["captions"] = json!([{"text": "The quay", "image": picture.body["name"]}]);
    let there = desk.post("/api/v1/articles", &there).expect(201);
    let mut waiting = story("harbour");
    waiting["draft"] = json!(true);
    let waiting = desk.post("/api/v1/articles", &waiting).expect(201);
    let here = city.post("/api/v1/articles", &story("city")).expect(201);

    // It neither writes there nor moves anything in or out.
    city.post("/api/v1/articles", &story("harbour")).expect(403);
    city.change(
        "PATCH",
        &here.path(),
        here.etag(),
        &json!({"section": "harbour"}),
    )
    .expect(403);
    city.change(
        "PATCH",
        &there.path(),
        there.etag(),
        &json!({"section": "city"}),
    )
    .expect(403);
    city.change("PUT", &there.path(), there.etag(), &story("city"))
        .expect(403);
    city.change("DELETE", &there.path(), there.etag(), &json!({}))
        .expect(403);
    for decision in ["correct", "withhold", "release", "retract", "kill"] {
        let path = format!("{}/{decision}", there.path());
        let body = json!({"public_note": "Why"});
        city.change("POST", &path, there.etag(), &body).expect(403);
        let path = format!("{}/{decision}", waiting.path());
        city.change("POST", &path, waiting.etag(), &body)
            .expect(404);
    }
    let caption = there.body["captions"][0]["id"].as_str().unwrap();
    let caption = format!("/api/v1/captions/{}", caption.replace("urn:uuid:", ""));
    let known = desk.get(&caption).expect(200);
    city.change("PATCH", &caption, known.etag(), &json!({"text": "Mine"}))
        .expect(403);
    city.post(&format!("{caption}/kill"), &json!({}))
        .expect(403);
    // Nor the photograph that an article there shows, nor what is said of it.
    let path = format!(
        "/api/v1/photographs/{}",
        picture.id().replace("urn:uuid:", "")
    );
    city.change("PATCH", &path, picture.etag(), &json!({"credit": "Mine"}))
        .expect(403);
    city.change("DELETE", &path, picture.etag(), &json!({}))
        .expect(403);
    let headers = [("Content-Type", "image/png"), ("If-Match", picture.etag())];
    city.send("PUT", &path, &headers, &pictures::png(50, 30))
        .expect(403);
    // What waits there is not there for it.
    for (method, body) in [
        ("PATCH", json!({"deck": "x"})),
        ("PUT", story("city")),
        ("DELETE", json!({})),
    ] {
        city.change(method, &waiting.path(), waiting.etag(), &body)
            .expect(404);
    }
    city.get(&waiting.path()).expect(404);
    city.get(&format!("{}/revisions", waiting.path()))
        .expect(404);
    let pending = city.get("/api/v1/articles?status=pending").expect(200);
    assert_eq!(pending.body["articles"], json!([]));
    let revisions = city.get(&format!("{}/revisions", there.path())).expect(200);
    assert!(
        !revisions.whole.has("newsdesk"),
        "{}",
        revisions.whole.text()
    );
    // The log is the desk's, and so are sections.
    city.get("/api/v1/changes").expect(403);
    city.post("/api/v1/sections", &json!({"title": "Mine"}))
        .expect(403);
    // And one that may read the log may do nothing else.
    let reader = token(&paper, "partner", "changes");
    let reader = Writer::new(&server, &reader);
    reader.get("/api/v1/changes").expect(200);
    reader.post("/api/v1/articles", &story("city")).expect(403);
    reader.get(&path).expect(403);
    reader
        .send(
            "POST",
            "/api/v1/photographs",
            &[("Content-Type", "image/png")],
            &pictures::png(40, 30),
        )
        .expect(403);
}

#[test]
fn a_section_keeps_its_feed_through_names_that_go_and_come_and_the_file_may_take_it_over() {
    let (paper, server, token) = desk();
    let desk = Writer::new(&server, &token);
    let made = desk
        .post("/api/v1/sections", &json!({"title": "Weather"}))
        .expect(201);
    let id = |slug: &str| {
        let feed = server.get(&format!("/sections/{slug}.atom")).text();
        let begin = feed.find("<id>").unwrap();
        feed[begin..begin + feed[begin..].find("</id>").unwrap()].to_owned()
    };
    let first = id("weather");
    let path = "/api/v1/sections/weather";
    let moved = desk
        .change("PATCH", path, made.etag(), &json!({"slug": "skies"}))
        .expect(200);
    assert_eq!(id("skies"), first);
    let path = "/api/v1/sections/skies";
    let back = desk
        .change("PATCH", path, moved.etag(), &json!({"slug": "weather"}))
        .expect(200);
    assert_eq!(id("weather"), first);
    assert_eq!(back.body["former"], json!(["skies"]));
    assert_eq!(server.get("/sections/skies.atom").status, 301);
    // An address that makes a section is that of the section.
    let headers = [("If-None-Match", "*")];
    let other = json!({"slug": "winds", "title": "Winds"});
    desk.json("PUT", "/api/v1/sections/storms", &headers, &other)
        .expect(422);
    // The file declares one by a name that the section had: the other stays what it is.
    let declared = "\n[[sections]]\nslug = \"skies\"\ntitle = \"Skies\"\n";
    let settings = paper.read("publication.toml") + declared;
    paper.write("publication.toml", &settings);
    server.until("/sections/skies.json", |feed| feed.status == 200);
    assert_eq!(id("weather"), first);
    // And takes it over by its own.
    let declared = "\n[[sections]]\nslug = \"weather\"\ntitle = \"The weather\"\n";
    paper.write("publication.toml", settings + declared);
    server.until("/sections/weather.json", |feed| feed.has("The weather"));
    let section = desk.get("/api/v1/sections/weather").expect(200);
    assert_eq!(section.body["state"]["by"], "file");
}
