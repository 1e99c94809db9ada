//! Items as a wire desk sends them: again and again under one uri, and pictures by themselves before or after their files.

use serde_json::{Value, json};

use crate::support::pictures;
use crate::support::writer::{Desk, Said, Writer, token};

const NINJS: &str = "application/vnd.iptc.ninjs+json";
const URI: &str = "urn:newsml:agency.example:20260301:bridge";

impl Desk {
    fn item(&self, item: &Value) -> Said {
        self.item_under(&[], item)
    }

    fn item_under(&self, headers: &[(&str, &str)], item: &Value) -> Said {
        let mut all = vec![("Content-Type", NINJS)];
        all.extend(headers);
        let body = item.to_string();
        let path = "/api/v1/articles?section=city";
        self.writer().send("POST", path, &all, body.as_bytes())
    }

    fn upload(&self, called: Option<&str>) -> Said {
        let mut kind = vec![("Content-Type", "image/jpeg")];
        kind.extend(called.map(|called| ("Slug", called)));
        let picture = pictures::jpeg(1000, 600);
        self.writer()
            .send("POST", "/api/v1/photographs", &kind, &picture)
            .expect(201)
    }

    /// How many entries the log has.
    fn entries(&self) -> usize {
        let said = self.writer().get("/api/v1/changes?since=0").expect(200);
        said.body["changes"].as_array().expect("changes").len()
    }
}

/// Decides about an article as it stands.
fn decide(desk: &Desk, path: &str, action: &str) -> Said {
    let path = format!("{path}/{action}");
    let any = [("If-Match", "*")];
    desk.writer()
        .json("POST", &path, &any, &json!({}))
        .expect(200)
}

/// An item in a version, with that headline.
fn item(version: &str, headline: &str) -> Value {
    let day: u32 = version.parse().unwrap_or(1) % 28 + 1;
    json!({
        "uri": URI, "type": "text", "version": version,
        "firstCreated": "2026-03-01T08:00:00Z",
        "versionCreated": format!("2026-03-{day:02}T09:00:00Z"),
        "headlines": [{"role": "main", "value": headline}],
        "bodies": [{"role": "main", "contentType": "text/plain", "value": "It opened at noon."}],
    })
}

fn changed(mut item: Value, key: &str, value: Value) -> Value {
    item[key] = value;
    item
}

#[test]
fn a_newer_version_updates_the_same_is_answered_and_an_older_is_refused() {
    let desk = Desk::new();
    let made = desk.item(&item("9", "The bridge opens")).expect(201);
    let published = made.body["published"].clone();
    let before = desk.entries();
    // What comes as a number is larger than what is longer as text, and the date of publication does not move.
    let newer = changed(
        item("10", "The bridge opened"),
        "firstCreated",
        json!("2026-03-05T08:00:00Z"),
    );
    let updated = desk.item(&newer).expect(200);
    assert_eq!(updated.id(), made.id());
    assert_eq!(updated.body["slug"], made.body["slug"]);
    assert_eq!(updated.body["headline"], "The bridge opened");
    assert_eq!(updated.body["published"], published);
    assert_eq!(
        updated.body["state"]["published"],
        made.body["state"]["published"]
    );
    assert_eq!(updated.body["updated"], "2026-03-11T09:00:00Z");
    assert_eq!(desk.entries(), before + 1);
    let mut undated = item("11", "The bridge has opened");
    undated.as_object_mut().unwrap().remove("firstCreated");
    let updated = desk.item(&undated).expect(200);
    assert_eq!(updated.body["published"], published);
    // The same version is there, whatever else it says: nothing is written.
    let before = desk.entries();
    let same = desk.item(&item("11", "Other words")).expect(200);
    assert_eq!(same.body["headline"], "The bridge has opened");
    assert_eq!(same.etag, updated.etag);
    let told = same.body["state"]["left_out"][0]
        .as_str()
        .unwrap_or_default();
    assert!(told.contains("\"11\""), "{told}");
    // What is wrong is told first.
    for (key, wrong) in [("language", "english!"), ("versionCreated", "2026-03-01")] {
        desk.item(&changed(item("12", "Wrong"), key, json!(wrong)))
            .expect(422);
    }
    let older = desk.item(&item("2", "An older one")).expect(409);
    let said = older.body["detail"].as_str().unwrap();
    assert!(said.contains("\"2\"") && said.contains("\"11\""), "{said}");
    let forced = [("If-Match", same.etag())];
    desk.item_under(&forced, &item("2", "An older one"))
        .expect(409);
    assert_eq!(desk.entries(), before);
}

#[test]
fn without_whole_numbers_the_time_of_the_version_decides_and_without_it_nothing_does() {
    let desk = Desk::new();
    desk.item(&changed(item("1", "One"), "version", json!("1.9")))
        .expect(201);
    let second = changed(item("2", "Two"), "version", json!("1.10"));
    assert_eq!(desk.item(&second).expect(200).body["headline"], "Two");
    desk.item(&changed(item("1", "One"), "version", json!("1.9")))
        .expect(409);
    let mut silent = item("3", "Three");
    silent.as_object_mut().unwrap().remove("version");
    silent.as_object_mut().unwrap().remove("versionCreated");
    let refused = desk.item(&silent).expect(409);
    let said = refused.body["detail"].as_str().unwrap();
    assert!(said.contains("versioncreated"), "{said}");
    // Whoever says what he replaces may.
    let etag = refused.etag().to_owned();
    let forced = desk.item_under(&[("If-Match", &etag)], &silent).expect(200);
    assert_eq!(forced.body["headline"], "Three");
}

#[test]
fn what_a_desk_changed_since_is_not_overwritten_unless_its_version_is_named() {
    let desk = Desk::new();
    let made = desk.item(&item("1", "The bridge opens")).expect(201);
    let edited = desk.writer().change(
        "PATCH",
        &made.path(),
        made.etag(),
        &json!({"headline": "Harbour bridge opens at last"}),
    );
    let edited = edited.expect(200);
    let before = desk.entries();
    let refused = desk.item(&item("2", "The bridge opened")).expect(409);
    let said = refused.body["detail"].as_str().unwrap();
    assert!(
        said.contains("If-Match") && said.contains(&made.id()),
        "{said}"
    );
    assert_eq!(refused.etag(), edited.etag());
    desk.item(&item("1", "The bridge opens")).expect(200);
    assert_eq!(desk.entries(), before);
    let stale = [("If-Match", made.etag())];
    desk.item_under(&stale, &item("2", "The bridge opened"))
        .expect(412);
    let forced = [("If-Match", edited.etag())];
    let updated = desk.item_under(&forced, &item("2", "The bridge opened"));
    assert_eq!(updated.expect(200).body["headline"], "The bridge opened");
    // From then on it is as the agency has it.
    desk.item(&item("3", "The bridge has opened")).expect(200);
    // A decision that takes nothing from the text is no change of it.
    decide(&desk, &made.path(), "withhold");
    decide(&desk, &made.path(), "release");
    desk.item(&item("4", "The bridge is open")).expect(200);
}

#[test]
fn an_article_stays_where_the_desk_filed_it_unless_the_item_names_another_section() {
    let desk = Desk::new();
    let sports = json!({"slug": "sports", "title": "Sports"});
    desk.writer().post("/api/v1/sections", &sports).expect(201);
    let in_city = |version: &str| {
        let subjects = json!([{"name": "city"}]);
        changed(item(version, version), "subjects", subjects)
    };
    let made = desk.item(&in_city("1")).expect(201);
    assert_eq!(made.body["section"], "city");
    let moved = json!({"section": "sports"});
    desk.writer()
        .change("PATCH", &made.path(), made.etag(), &moved)
        .expect(200);
    let updated = desk.item(&in_city("2")).expect(200);
    assert_eq!(updated.body["section"], "sports");
    // Nor does what the address says of items that name none.
    assert_eq!(
        desk.item(&item("3", "Three")).expect(200).body["section"],
        "sports"
    );
    assert_eq!(desk.item(&in_city("4")).expect(200).body["section"], "city");
}

#[test]
fn what_was_taken_away_comes_back_as_a_put_would_bring_it() {
    let desk = Desk::new();
    let made = desk.item(&item("1", "One")).expect(201);
    let act = |action: &str| decide(&desk, &made.path(), action);
    act("withhold");
    let waits = desk.item(&item("2", "Two")).expect(200);
    assert_eq!(waits.body["state"]["status"], "withheld");
    let released = act("release");
    assert_eq!(released.body["headline"], "Two");
    // Nobody has changed it but by the items.
    desk.item(&item("3", "Three")).expect(200);
    let any = [("If-Match", "*")];
    desk.writer()
        .send("DELETE", &made.path(), &any, b"")
        .expect(200);
    let still = desk.item(&item("3", "Three")).expect(200);
    assert_eq!(still.body["state"]["status"], "canceled");
    let back = desk.item(&item("4", "Four")).expect(200);
    assert_eq!(back.id(), made.id());
    assert_eq!(back.body["state"]["status"], "usable");
    assert_eq!(back.body["published"], made.body["published"]);
    act("kill");
    desk.item(&item("5", "Five")).expect(409);
    let data = desk.paper.data().join("courant.db");
    drop(desk.server);
    let database = rusqlite::Connection::open(data).expect("a database");
    let left: u32 = database
        .query_row("SELECT count(*) FROM received", [], |row| row.get(0))
        .expect("a count");
    assert_eq!(left, 0, "a kill leaves nothing of what was received");
}

#[test]
fn conditions_keys_and_scopes_hold_for_items() {
    let desk = Desk::new();
    let only_new = [("If-None-Match", "*")];
    let key = [("Idempotency-Key", "\"one\"")];
    desk.item_under(&[("If-Match", "*")], &item("1", "One"))
        .expect(412);
    let made = desk.item_under(&key, &item("1", "One")).expect(201);
    desk.item_under(&only_new, &item("2", "Two")).expect(412);
    let again = desk.item_under(&key, &item("1", "One")).expect(201);
    assert_eq!(again.body, made.body);
    let second = [("Idempotency-Key", "\"two\"")];
    desk.item_under(&second, &item("2", "Two")).expect(200);
    desk.item(&item("3", "Three")).expect(200);
    let again = desk.item_under(&second, &item("2", "Two")).expect(200);
    assert_eq!(again.body["headline"], "Two", "what it was answered then");
    let sports = json!({"slug": "sports", "title": "Sports"});
    desk.writer().post("/api/v1/sections", &sports).expect(201);
    let other = token(&desk.paper, "sports", "section:sports");
    let body = item("4", "Four").to_string();
    let path = "/api/v1/articles?section=sports";
    let kind = [("Content-Type", NINJS)];
    let writer = Writer::new(&desk.server, &other);
    writer
        .send("POST", path, &kind, body.as_bytes())
        .expect(403);
    // An article that came another way is not an item's to update.
    let own = json!({"section": "city", "headline": "Ours", "body": "Words.\n",
        "published": "2026-03-01T08:00:00Z", "guid": "urn:example:ours"});
    let own = desk.writer().post("/api/v1/articles", &own).expect(201);
    let named = changed(item("1", "Theirs"), "uri", json!("urn:example:ours"));
    desk.item(&named).expect(409);
    let forced = [("If-Match", own.etag())];
    desk.item_under(&forced, &named).expect(200);
}

#[test]
fn a_put_of_an_item_moves_no_date_either() {
    let desk = Desk::new();
    let made = desk.item(&item("1", "One")).expect(201);
    let newer = changed(
        item("2", "Two"),
        "firstCreated",
        json!("2026-03-02T08:00:00Z"),
    );
    let headers = [("Content-Type", NINJS), ("If-Match", made.etag())];
    let path = format!("{}?section=city", made.path());
    let put = desk
        .writer()
        .send("PUT", &path, &headers, newer.to_string().as_bytes());
    let put = put.expect(200);
    assert_eq!(put.body["published"], made.body["published"]);
    assert_eq!(put.body["updated"], "2026-03-03T09:00:00Z");
    // And it is known as the version that is there.
    desk.item(&item("1", "One")).expect(409);
    desk.item(&item("3", "Three")).expect(200);
}

#[test]
fn captions_are_known_again_by_the_uri_of_their_picture() {
    let desk = Desk::new();
    let with = |version: &str, texts: &[(&str, &str)]| {
        let pictures: Vec<Value> = texts
            .iter()
            .map(|(uri, text)| {
                json!({"name": uri, "uri": uri, "type": "picture",
                    "descriptions": [{"role": "caption", "value": text}]})
            })
            .collect();
        changed(item(version, "One"), "associations", json!(pictures))
    };
    let ids = |said: &Said| -> Vec<Value> {
        let captions = said.body["captions"].as_array().unwrap().iter();
        captions.map(|caption| caption["id"].clone()).collect()
    };
    let two = [("urn:p:1", "The bridge"), ("urn:p:2", "The mayor")];
    let made = desk.item(&with("1", &two)).expect(201);
    let first = ids(&made);
    let three = [
        ("urn:p:3", "A ship"),
        ("urn:p:2", "Mayor Lin, left"),
        ("urn:p:1", "The bridge at noon"),
    ];
    let updated = ids(&desk.item(&with("2", &three)).expect(200));
    assert_eq!((&updated[1], &updated[2]), (&first[1], &first[0]));
    assert!(!first.contains(&updated[0]));
    // One picture twice is two captions.
    let twice = [
        ("urn:p:1", "The bridge at noon"),
        ("urn:p:1", "The same bridge"),
    ];
    let updated = ids(&desk.item(&with("3", &twice)).expect(200));
    assert_eq!(updated[0], first[0]);
    assert_ne!(updated[0], updated[1]);
}

#[test]
fn two_who_send_the_same_new_item_at_once_make_one_article() {
    let desk = Desk::new();
    let before = desk.entries();
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let sent: Vec<_> = (0..6)
            .map(|_| scope.spawn(|| desk.item(&item("1", "One")).status))
            .collect();
        sent.into_iter().map(|sent| sent.join().unwrap()).collect()
    });
    let count = |status: u16| statuses.iter().filter(|found| **found == status).count();
    assert_eq!((count(201), count(200)), (1, 5), "{statuses:?}");
    assert_eq!(desk.entries(), before + 1);
}

fn picture(version: &str, caption: &str) -> Value {
    json!({
        "uri": "urn:newsml:agency.example:20260301:p77", "type": "picture", "version": version,
        "versionCreated": "2026-03-01T09:00:00Z",
        "headlines": [{"value": "Bridge"}],
        "descriptions": [{"role": "caption", "value": caption}, {"role": "alt", "value": "A bridge"}],
        "by": "Lin Mu", "copyrightNotice": "© Agency", "usageTerms": "No archive",
        "infoSources": [{"name": "Agency"}],
        "keywords": ["bridges"],
        "renditions": [{"name": "hires", "href": "https://cdn.agency.example/2026/p77-hires.jpg?s=1", "contentType": "image/jpeg"}],
    })
}

/// An article that shows the picture and says nothing of it.
fn showing(uri: &str) -> Value {
    let associations = json!([{"name": "main", "uri": uri, "type": "picture",
        "renditions": [{"name": "web", "href": "https://cdn.agency.example/other/web.jpg"}]}]);
    changed(item("1", "One"), "associations", associations)
}

#[track_caller]
fn is_told(said: &Value) {
    assert_eq!(said["text"], "The bridge at noon", "{said:#}");
    assert_eq!(said["alt"], "A bridge");
    assert_eq!(said["credit"], "Lin Mu");
    assert_eq!(said["source"], "Agency");
    assert_eq!(said["copyright"], "© Agency");
    assert_eq!(said["usage_terms"], "No archive");
}

#[test]
fn a_picture_item_gives_the_photograph_that_was_uploaded_before_its_words() {
    let desk = Desk::new();
    for called in [
        "p77-hires.jpg",
        "urn%3Anewsml%3Aagency.example%3A20260301%3Ap77",
        "https://cdn.agency.example/2026/p77-hires.jpg?s=1",
    ] {
        let uploaded = desk.upload(Some(called));
        let said = desk.item(&picture("1", "The bridge at noon")).expect(200);
        assert_eq!(said.id(), uploaded.id(), "{called}");
        is_told(&said.body["said"]);
        let location = said.location.clone().unwrap_or_default();
        assert!(location.contains("/api/v1/photographs/"), "{location}");
        let left_out = said.body["state"]["left_out"].to_string();
        assert!(left_out.contains("bridges"), "{left_out}");
        // An article that names it by the same uri has it with its words.
        let uri = "urn:newsml:agency.example:20260301:p77";
        let article = changed(showing(uri), "uri", json!(format!("urn:a:{called}")));
        let article = desk.item(&article).expect(201);
        let caption = &article.body["captions"][0];
        is_told(caption);
        assert_eq!(caption["image"], uploaded.body["name"]);
        let one = desk
            .writer()
            .send("DELETE", &article.path(), &[("If-Match", "*")], b"");
        one.expect(200);
        forget(&desk, &uploaded.id());
    }
}

/// Deletes an upload that is shown no more.
fn forget(desk: &Desk, id: &str) {
    let path = format!("/api/v1/photographs/{}", id.replace("urn:uuid:", ""));
    let gone = desk
        .writer()
        .send("DELETE", &path, &[("If-Match", "*")], b"");
    assert!([204, 409].contains(&gone.status), "{}", gone.whole.text());
}

#[test]
fn a_photograph_that_comes_after_its_item_has_the_words_that_waited() {
    let desk = Desk::new();
    let waits = desk.item(&picture("1", "The bridge")).expect(202);
    assert_eq!(waits.body["state"]["status"], "awaited");
    let names = waits.body["names"].as_array().unwrap();
    assert!(names.contains(&json!("p77-hires.jpg")), "{names:?}");
    desk.item(&picture("2", "The bridge at noon")).expect(202);
    desk.item(&picture("1", "The bridge")).expect(409);
    // Another file is another picture.
    let other = desk.upload(Some("p78-hires.jpg"));
    assert_eq!(other.body["said"]["text"], Value::Null);
    let uploaded = desk.upload(Some("p77-hires.jpg"));
    is_told(&uploaded.body["said"]);
    let again = desk.item(&picture("2", "Other words")).expect(200);
    assert_eq!(again.id(), uploaded.id());
    is_told(&again.body["said"]);
    assert_eq!(again.etag, uploaded.etag);
    let newer = desk.item(&picture("3", "The bridge at one")).expect(200);
    assert_eq!(newer.body["said"]["text"], "The bridge at one");
    // Another file of it has the same words.
    let path = format!(
        "/api/v1/photographs/{}",
        uploaded.id().replace("urn:uuid:", "")
    );
    let headers = [("Content-Type", "image/jpeg"), ("If-Match", newer.etag())];
    let larger = pictures::jpeg(1200, 800);
    let newer = desk
        .writer()
        .send("PUT", &path, &headers, &larger)
        .expect(200);
    assert_eq!(newer.body["said"]["text"], "The bridge at one");
    assert_ne!(newer.body["state"], uploaded.body["state"]);
    let same = desk.item(&picture("3", "Other words")).expect(200);
    assert_eq!(same.etag, newer.etag);
    // What the desk says of it is not lost.
    let own = json!({"text": "Harbour bridge"});
    let own = desk
        .writer()
        .change("PATCH", &path, newer.etag(), &own)
        .expect(200);
    desk.item(&picture("4", "The bridge at two")).expect(409);
    let forced = [("If-Match", own.etag())];
    let forced = desk.item_under(&forced, &picture("4", "The bridge at two"));
    assert_eq!(forced.expect(200).body["said"]["text"], "The bridge at two");
    let article = desk.item(&showing("urn:newsml:agency.example:20260301:p77"));
    let article = article.expect(201);
    assert_eq!(article.body["captions"][0]["image"], uploaded.body["name"]);
    // A kill leaves no word of it.
    decide(&desk, &article.path(), "kill");
    let data = desk.paper.data().join("courant.db");
    drop(desk.server);
    let database = rusqlite::Connection::open(data).expect("a database");
    for table in ["received", "called", "awaited", "awaited_name"] {
        let sql = format!(
            "SELECT count(*) FROM {table} WHERE {}",
            match table {
                "called" => "name NOT LIKE 'p78%'",
                _ => "true",
            }
        );
        let left: u32 = database
            .query_row(&sql, [], |row| row.get(0))
            .expect("a count");
        assert_eq!(left, 0, "{table}");
    }
}

#[test]
fn a_picture_item_that_is_wrong_is_refused_and_what_the_desk_said_before_stays() {
    let desk = Desk::new();
    let uploaded = desk.upload(Some("p77-hires.jpg"));
    let path = format!(
        "/api/v1/photographs/{}",
        uploaded.id().replace("urn:uuid:", "")
    );
    let own = json!({"text": "Ours", "role": "illustrator", "credit": "Ida Orr"});
    desk.writer()
        .change("PATCH", &path, uploaded.etag(), &own)
        .expect(200);
    let said = desk.item(&picture("1", "Theirs")).expect(200);
    assert_eq!(said.body["said"]["text"], "Ours");
    assert_eq!(said.body["said"]["alt"], "A bridge");
    assert_eq!(said.body["said"]["credit"], "Ida Orr");
    let long = "A bridge. ".repeat(7000);
    desk.item(&picture("2", &long)).expect(422);
    let mut nameless = picture("1", "Theirs");
    nameless.as_object_mut().unwrap().remove("uri");
    desk.item(&nameless).expect(422);
    let canceled = changed(picture("2", "Theirs"), "pubStatus", json!("canceled"));
    desk.item(&canceled).expect(422);
    let wrong = json!({"role": "dancer"});
    desk.writer()
        .change("PATCH", &path, said.etag(), &wrong)
        .expect(422);
}
