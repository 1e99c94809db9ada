//! What a desk does through the write API that no reader sees, and what it takes away: nothing of it is lost or left behind.

use chrono::{SecondsFormat, TimeDelta, Utc};
use courant::store::Change;
use serde_json::{Value, json};

use crate::support::pictures;
use crate::support::writer::{Said, Writer, token};
use crate::support::{Paper, Server, courant, said, text, wait};

fn desk() -> (Paper, Server, String) {
    let paper = Paper::new();
    let server = paper.start();
    let token = token(&paper, "newsdesk", "desk");
    (paper, server, token)
}

fn story() -> Value {
    json!({
        "section": "city",
        "headline": "The bridge opens",
        "published": "2025-02-28T09:00:00+08:00",
        "body": "It opened at noon.\n",
    })
}

/// In this many seconds.
fn soon(seconds: i64) -> String {
    let moment = Utc::now() + TimeDelta::seconds(seconds);
    moment.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// What the clock still brings to the store, an hour later.
fn brought_by_an_hour(paper: &Paper, server: Server) -> Vec<&'static str> {
    assert_eq!(server.stop(), Some(0));
    let later = Utc::now() + TimeDelta::hours(1);
    let store = crate::support::place::open_store(&paper.data(), later).unwrap();
    let brought = store.apply(&|| later, "test", &[Change::Due]).unwrap();
    let entries = brought.into_iter().flat_map(Result::unwrap);
    entries.map(|entry| entry.kind.name()).collect()
}

fn upload(desk: &Writer<'_>, bytes: &[u8]) -> Said {
    let kind = match bytes.starts_with(b"\x89PNG") {
        true => "image/png",
        false => "image/jpeg",
    };
    desk.send(
        "POST",
        "/api/v1/photographs",
        &[("Content-Type", kind)],
        bytes,
    )
    .expect(201)
}

fn with_caption() -> Value {
    let mut story = story();
    story["captions"] = json!([{"text": "A man", "credit": "Gil Gold"}]);
    story
}

fn caption_path(article: &Said) -> String {
    let id = article.body["captions"][0]["id"].as_str().unwrap();
    format!("/api/v1/captions/{}", id.replace("urn:uuid:", ""))
}

fn media_in(page: &str) -> String {
    let begin = page.find("/media/").expect("a photograph");
    let end = begin + page[begin..].find('"').unwrap();
    page[begin..end].to_owned()
}

#[test]
fn a_release_that_cannot_be_changes_nothing() {
    let (paper, server, token) = desk();
    let desk = Writer::new(&server, &token);
    let made = desk.post("/api/v1/articles", &story()).expect(201);
    let path = made.path();
    let withheld = desk
        .post(&format!("{path}/withhold"), &json!({}))
        .expect(200);
    // What has been public does not become a draft, nor does it wait.
    for patch in [json!({"draft": true}), json!({"embargo_until": soon(600)})] {
        desk.change("PATCH", &path, withheld.etag(), &patch)
            .expect(409);
    }
    let edit = json!({"guid": "https://old.example/1", "body": "It opened at one.\n"});
    let edited = desk
        .change("PATCH", &path, withheld.etag(), &edit)
        .expect(200);
    // Another has that guid by then.
    let mut other = story();
    other["guid"] = json!("https://old.example/2");
    let other = desk.post("/api/v1/articles", &other).expect(201);
    let edit = json!({"guid": "https://old.example/2"});
    desk.change("PATCH", &path, edited.etag(), &edit)
        .expect(409);
    desk.change(
        "PATCH",
        &other.path(),
        other.etag(),
        &json!({"guid": "https://old.example/1"}),
    )
    .expect(409);
    let known = desk.get(&path).expect(200);
    assert_eq!(known.body["body"], "It opened at one.\n");
    let position = paper.last();
    let released = desk
        .change("POST", &format!("{path}/release"), known.etag(), &json!({}))
        .expect(200);
    assert_eq!(released.body["state"]["status"], "usable");
    assert!(paper.last() > position);
    assert!(server.get(&article_page(&released)).has("opened at one"));
}

fn article_page(article: &Said) -> String {
    format!("/articles/{}", article.body["slug"].as_str().unwrap())
}

#[test]
fn a_return_that_is_deleted_does_not_come() {
    let (paper, server, token) = desk();
    let desk = Writer::new(&server, &token);
    let made = desk.post("/api/v1/articles", &story()).expect(201);
    let path = made.path();
    let gone = desk
        .change("DELETE", &path, made.etag(), &json!({}))
        .expect(200);
    let mut back = story();
    back["embargo_until"] = json!(soon(600));
    let waits = desk.change("PUT", &path, gone.etag(), &back).expect(200);
    assert_ne!(waits.body["state"].get("due"), None);
    let gone = desk
        .change("DELETE", &path, waits.etag(), &json!({}))
        .expect(200);
    assert_eq!(gone.body["state"].get("due"), None);
    Writer::anybody(&server).get(&path).expect(410);
    let mut other = story();
    other["embargo_until"] = json!(soon(600));
    desk.post("/api/v1/articles", &other).expect(201);
    // The other one alone.
    assert_eq!(brought_by_an_hour(&paper, server), ["publish"]);
}

#[test]
fn a_remark_changes_the_version_and_tells_nobody() {
    let (paper, server, token) = desk();
    let desk = Writer::new(&server, &token);
    let picture = upload(&desk, &pictures::png(40, 30));
    let mut with_picture = story();
    with_picture["captions"] = json!([{"text": "At dawn", "image": picture.body["name"]}]);
    let made = desk.post("/api/v1/articles", &with_picture).expect(201);
    let path = made.path();
    let position = paper.last();
    let first = desk
        .change(
            "PATCH",
            &path,
            made.etag(),
            &json!({"note": "Call her back"}),
        )
        .expect(200);
    assert_ne!(first.etag(), made.etag());
    desk.change("PATCH", &path, made.etag(), &json!({"note": "Mine"}))
        .expect(412);
    let caption = caption_path(&first);
    let known = desk.get(&caption).expect(200);
    let ends = json!({"usage_ends": soon(3600)});
    let second = desk
        .change("PATCH", &caption, known.etag(), &ends)
        .expect(200);
    assert_ne!(second.etag(), known.etag());
    desk.change(
        "PATCH",
        &caption,
        known.etag(),
        &json!({"usage_ends": null}),
    )
    .expect(412);
    desk.change("PATCH", &path, first.etag(), &json!({"deck": "x"}))
        .expect(412);
    // The log of what is public has nothing of it; the desk's own has.
    assert_eq!(paper.last(), position);
    let data = paper.data();
    let log = courant(&["log", "--private", "--json", "--data", text(&data)]);
    let kinds: Vec<Value> = said(&log)
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .map(|line| json!([line["kind"], line["actor"]]))
        .collect();
    assert_eq!(
        kinds,
        [
            json!(["upload", "newsdesk"]),
            json!(["remark", "newsdesk"]),
            json!(["remark", "newsdesk"])
        ]
    );
    let revisions = desk.get(&format!("{path}/revisions")).expect(200);
    assert!(revisions.whole.has("remark"), "{}", revisions.whole.text());
    let revisions = Writer::anybody(&server)
        .get(&format!("{path}/revisions"))
        .expect(200);
    assert!(!revisions.whole.has("remark"), "{}", revisions.whole.text());
}

#[test]
fn who_wrote_what_waits_is_told_to_the_desk() {
    let (_paper, server, token) = desk();
    let desk = Writer::new(&server, &token);
    let mut draft = story();
    draft["draft"] = json!(true);
    let draft = desk.post("/api/v1/articles", &draft).expect(201);
    let due = json!({"draft": null, "embargo_until": soon(3600)});
    let waits = desk
        .change("PATCH", &draft.path(), draft.etag(), &due)
        .expect(200);
    let revisions = desk.get(&format!("{}/revisions", draft.path())).expect(200);
    let kinds: Vec<&str> = revisions.body["revisions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|said| said["kind"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["draft", "schedule"]);
    // The same again is no write.
    let same = desk
        .change("PUT", &draft.path(), waits.etag(), &waits.body)
        .expect(200);
    assert_eq!(same.etag(), waits.etag());
    Writer::anybody(&server)
        .get(&format!("{}/revisions", draft.path()))
        .expect(404);
}

#[test]
fn what_waits_is_listed_page_by_page() {
    let (_paper, server, token) = desk();
    let desk = Writer::new(&server, &token);
    for (number, section) in ["city", "harbour", "city", "city", "city"]
        .iter()
        .enumerate()
    {
        let mut draft = story();
        draft["section"] = json!(section);
        draft["headline"] = json!(format!("Number {number}"));
        match number {
            0 => draft["draft"] = json!(true),
            number => draft["embargo_until"] = json!(soon(3600 - number as i64)),
        }
        desk.post("/api/v1/articles", &draft).expect(201);
    }
    let mut found = Vec::new();
    let mut path = "/api/v1/articles?status=pending&section=city&limit=2".to_owned();
    loop {
        let page = desk.get(&path).expect(200);
        let articles = page.body["articles"].as_array().unwrap();
        assert!(articles.len() <= 2);
        found.extend(
            articles
                .iter()
                .map(|it| it["headline"].as_str().unwrap().to_owned()),
        );
        let Some(next) = page.body["next"].as_str() else {
            break;
        };
        path = format!("/api/v1/articles?status=pending&section=city&limit=2&cursor={next}");
    }
    // What is due first, and last what waits for a decision.
    assert_eq!(found, ["Number 4", "Number 3", "Number 2", "Number 0"]);
}

#[test]
fn a_story_that_waits_is_stopped_from_the_shell() {
    let (paper, server, token) = desk();
    let desk = Writer::new(&server, &token);
    let data = paper.data();
    let data = text(&data);
    let mut waits = story();
    waits["embargo_until"] = json!(soon(600));
    let first = desk.post("/api/v1/articles", &waits).expect(201);
    let second = desk.post("/api/v1/articles", &waits).expect(201);
    let slug = first.body["slug"].as_str().unwrap();
    let shell = courant(&["withhold", slug, "--yes", "--data", data]);
    assert!(shell.status.success(), "{}", said(&shell));
    assert!(
        said(&shell).contains("is to be public at"),
        "{}",
        said(&shell)
    );
    let shell = courant(&["kill", &second.id(), "--yes", "--data", data]);
    assert!(shell.status.success(), "{}", said(&shell));
    let known = desk.get(&first.path()).expect(200);
    assert_eq!(known.body["state"]["status"], "draft");
    desk.get(&second.path()).expect(404);
    // By the API, one caption of what waits goes alone.
    let mut draft = story();
    draft["draft"] = json!(true);
    draft["captions"] = json!([{"text": "At dawn"}, {"text": "At dusk"}]);
    let draft = desk.post("/api/v1/articles", &draft).expect(201);
    desk.post(&format!("{}/kill", caption_path(&draft)), &json!({}))
        .expect(204);
    let known = desk.get(&draft.path()).expect(200);
    assert_eq!(known.body["captions"].as_array().unwrap().len(), 1);
    assert_eq!(known.body["captions"][0]["text"], "At dusk");
    // Another story is not stopped.
    desk.post("/api/v1/articles", &waits).expect(201);
    assert_eq!(brought_by_an_hour(&paper, server), ["publish"]);
}

#[test]
fn one_that_cannot_be_published_at_its_time_is_told_of() {
    let (paper, server, token) = desk();
    let desk = Writer::new(&server, &token);
    let caption = "urn:uuid:01a05bfb-7000-7718-a56f-00000000000c";
    let mut waits = story();
    waits["embargo_until"] = json!(soon(2));
    waits["captions"] = json!([{"id": caption, "text": "At dawn"}]);
    let waits = desk.post("/api/v1/articles", &waits).expect(201);
    let mut quicker = story();
    quicker["captions"] = json!([{"id": caption, "text": "At dusk"}]);
    // Its ids are kept for it.
    desk.post("/api/v1/articles", &quicker).expect(409);
    let database = rusqlite::Connection::open(paper.data().join("courant.db")).unwrap();
    database.execute("DELETE FROM reserved", []).unwrap();
    desk.post("/api/v1/articles", &quicker).expect(201);
    server.line(&["waits for a decision"]);
    let known = desk.get(&waits.path()).expect(200);
    assert_eq!(known.body["state"]["status"], "draft");
    let data = paper.data();
    let log = said(&courant(&["log", "--unseen", "--data", text(&data)]));
    assert!(log.contains("miss"), "{log}");
}

#[test]
fn nothing_of_what_was_corrected_is_told_after_a_kill() {
    let (paper, server, token) = desk();
    let desk = Writer::new(&server, &token);
    let made = desk.post("/api/v1/articles", &with_caption()).expect(201);
    let path = made.path();
    let note = json!({"public_note": "We wrote that Mr Li stole; he did not."});
    desk.change("POST", &format!("{path}/correct"), made.etag(), &note)
        .expect(200);
    let caption = caption_path(&made);
    let shown = json!({"public_note": "It shows Mr Li, not Mr Lu."});
    let correct = format!("{caption}/correct");
    desk.change("POST", &correct, "*", &shown).expect(200);
    let revisions = Writer::anybody(&server)
        .get(&format!("{path}/revisions"))
        .expect(200);
    assert_eq!(revisions.whole.text().matches("Mr Li").count(), 2);
    let why = json!({"public_note": "By order of the court."});
    desk.post(&format!("{path}/kill"), &why).expect(200);
    let said = Writer::anybody(&server)
        .get(&format!("{path}/revisions"))
        .expect(200);
    assert!(!said.whole.has("Mr Li"), "{}", said.whole.text());
    let kinds: Vec<&str> = said.body["revisions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|said| said["kind"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["publish", "correct", "correct", "kill"]);
    let changes = desk.get("/api/v1/changes").expect(200);
    assert!(!changes.whole.has("Mr Li") && changes.whole.has("By order of the court"));
    let log = serde_json::to_string(&paper.log()).unwrap();
    assert!(!log.contains("Mr Li"), "{log}");
}

#[test]
fn nobody_is_told_of_a_caption_that_is_withheld_before_it_comes_back() {
    let (_paper, server, token) = desk();
    let desk = Writer::new(&server, &token);
    let made = desk.post("/api/v1/articles", &with_caption()).expect(201);
    let revisions = format!("{}/revisions", made.path());
    let caption = caption_path(&made);
    let correct = format!("{caption}/correct");
    let note = json!({"public_note": "It shows\nMr Li."});
    desk.json("POST", &correct, &[], &note).expect(428);
    desk.change("POST", &correct, "*", &note).expect(200);
    // The same, as it stands.
    let again = json!({"public_note": "It shows Mr Li.", "text": "Another"});
    desk.change("POST", &correct, "*", &again).expect(422);
    desk.change("POST", &correct, "*", &note).expect(422);
    let why = json!({"public_note": "A lawyer asks."});
    desk.post(&format!("{caption}/withhold"), &why).expect(200);
    let told = |who: &Writer<'_>| who.get(&revisions).expect(200).whole;
    let anybody = Writer::anybody(&server);
    assert!(!told(&anybody).has("Mr Li") && !told(&anybody).has("A lawyer"));
    assert!(told(&desk).has("Mr Li") && told(&desk).has("A lawyer"));
    // What is wrong with it by then is told when it comes back.
    let other = json!({"public_note": "It shows nobody."});
    desk.change("POST", &correct, "*", &other).expect(200);
    let more = json!({"text": "A woman"});
    desk.change("PATCH", &caption, "*", &more).expect(200);
    assert!(!told(&anybody).has("nobody"));
    desk.change("POST", &format!("{caption}/release"), "*", &json!({}))
        .expect(200);
    let kinds = |who: &Writer<'_>| -> Vec<String> {
        let revisions = who.get(&revisions).expect(200);
        let all = revisions.body["revisions"].as_array().unwrap().iter();
        all.map(|said| format!("{} {}", said["kind"].as_str().unwrap(), said["revision"]))
            .collect()
    };
    assert_eq!(
        kinds(&anybody),
        [
            "publish 1",
            "correct 2",
            "withhold 2",
            "release 4",
            "correct 3"
        ]
    );
    assert!(told(&anybody).has("Mr Li") && told(&anybody).has("It shows nobody."));
    let said = desk.get(&revisions).expect(200);
    assert_eq!(said.body["revisions"][1]["said"]["text"], "A man");
    assert!(
        server
            .get("/captions.json")
            .has("<p><em>It shows nobody.</em></p>")
    );
    // Released once more, nothing is corrected.
    desk.post(&format!("{caption}/withhold"), &json!({}))
        .expect(200);
    desk.change("POST", &format!("{caption}/release"), "*", &json!({}))
        .expect(200);
    assert_eq!(kinds(&anybody)[5..], ["withhold 4", "release 4"]);
    // What it is credited to meanwhile is nobody's affair, and who followed the photographer learns of its end.
    desk.post(&format!("{caption}/withhold"), &json!({}))
        .expect(200);
    for (note, credit) in [("One.", "Ivy Iron"), ("Two.", "Kim Kelp")] {
        let said = json!({"public_note": note, "credit": credit});
        desk.change("POST", &correct, "*", &said).expect(200);
    }
    let why = json!({"public_note": "It was staged."});
    desk.change("POST", &format!("{caption}/retract"), "*", &why)
        .expect(200);
    for nobody in ["ivy-iron", "kim-kelp"] {
        assert_eq!(server.get(&format!("/authors/{nobody}")).status, 404);
    }
    assert!(server.get("/authors/gil-gold.atom").has("It was staged."));
    desk.change("POST", &format!("{caption}/release"), "*", &json!({}))
        .expect(200);
    assert_eq!(
        kinds(&anybody)[7..],
        [
            "withhold 4",
            "retract 6",
            "release 6",
            "correct 5",
            "correct 6"
        ]
    );
    assert_eq!(server.get("/authors/ivy-iron").status, 404);
    assert_eq!(server.get("/authors/kim-kelp").status, 200);
    desk.post(&format!("{caption}/kill"), &json!({}))
        .expect(200);
    for (method, path) in [("POST", &correct), ("PATCH", &caption)] {
        let refused = desk.change(method, path, "*", &note).expect(409);
        assert!(refused.whole.has("killed"), "{method}");
    }
}

#[test]
fn a_caption_of_a_file_is_changed_there_and_a_complaint_names_the_fields_that_were_sent() {
    let (paper, server, token) = desk();
    let desk = Writer::new(&server, &token);
    let made = desk.post("/api/v1/articles", &with_caption()).expect(201);
    let caption = caption_path(&made);
    let wrong = json!({"public_note": "It was dusk.", "credit": 7});
    for (method, path) in [
        ("PATCH", caption.clone()),
        ("POST", format!("{caption}/correct")),
    ] {
        let refused = desk.change(method, &path, "*", &wrong).expect(422);
        assert_eq!(refused.body["errors"][0]["pointer"], "/credit", "{path}");
    }
    paper.write("city/pier/pier.png", pictures::png(30, 20));
    let id = "01a05bfb-7000-7718-a56f-00000000000f";
    let caption =
        format!("[[captions]]\nid = \"urn:uuid:{id}\"\ntext = \"A pier\"\nimage = \"pier.png\"");
    paper.article("city/pier", "The pier", "It stands.");
    paper.edit(
        "city/pier/article.md",
        "05Z\n",
        &format!("05Z\n{caption}\n"),
    );
    server.until("/captions.json", |answer| answer.has("A pier"));
    let path = format!("/api/v1/captions/{id}");
    let patch = json!({"text": "The pier"});
    let refused = desk.change("PATCH", &path, "*", &patch).expect(409);
    assert!(refused.whole.has("the file city/pier; change it there"));
}

#[test]
fn an_edit_that_waits_survives_the_end_of_one_caption() {
    let (_paper, server, token) = desk();
    let desk = Writer::new(&server, &token);
    let mut story = story();
    story["captions"] = json!([{"text": "At dawn"}, {"text": "At dusk"}]);
    let made = desk.post("/api/v1/articles", &story).expect(201);
    let (path, caption) = (made.path(), caption_path(&made));
    let withheld = desk
        .post(&format!("{path}/withhold"), &json!({}))
        .expect(200);
    let edit = json!({"body": "It opened at one.\n"});
    desk.change("PATCH", &path, withheld.etag(), &edit)
        .expect(200);
    desk.post(&format!("{caption}/kill"), &json!({}))
        .expect(200);
    let known = desk.get(&path).expect(200);
    assert_eq!(known.body["body"], "It opened at one.\n");
    assert!(!known.whole.has("At dawn"), "{}", known.whole.text());
    let released = desk
        .change("POST", &format!("{path}/release"), known.etag(), &json!({}))
        .expect(200);
    let page = server.get(&article_page(&released));
    assert!(page.has("opened at one") && page.has("At dusk") && !page.has("At dawn"));
}

#[test]
fn a_withheld_caption_comes_back_with_the_photograph_it_was_given() {
    let (_paper, server, token) = desk();
    let desk = Writer::new(&server, &token);
    let (first, second) = (
        upload(&desk, &pictures::png(40, 30)),
        upload(&desk, &pictures::png(50, 30)),
    );
    let mut story = story();
    story["captions"] = json!([{"text": "At dawn", "image": first.body["name"]}]);
    let made = desk.post("/api/v1/articles", &story).expect(201);
    let page = article_page(&made);
    let before = media_in(&server.get(&page).text());
    let caption = caption_path(&made);
    desk.post(&format!("{caption}/withhold"), &json!({}))
        .expect(200);
    let known = desk.get(&caption).expect(200);
    let image = json!({"image": second.body["name"]});
    let changed = desk
        .change("PATCH", &caption, known.etag(), &image)
        .expect(200);
    assert_ne!(changed.etag(), known.etag());
    desk.change(
        "POST",
        &format!("{caption}/release"),
        changed.etag(),
        &json!({}),
    )
    .expect(200);
    let after = media_in(&server.get(&page).text());
    assert_ne!(before, after);
    assert_eq!(server.get(&after).status, 200);
    assert_eq!(server.get(&before).status, 404);
}

#[test]
fn what_a_desk_takes_out_of_a_caption_stays_out() {
    let (_paper, server, token) = desk();
    let desk = Writer::new(&server, &token);
    let iptc = pictures::iim(&[(2, 80, b"Lin Mu"), (2, 120, b"The bridge")]);
    let picture = upload(
        &desk,
        &pictures::with_segment(&pictures::jpeg(40, 30), 0xed, &iptc),
    );
    assert_eq!(picture.body["said"]["credit"], "Lin Mu");
    let mut story = story();
    story["captions"] = json!([{"text": "At dawn", "image": picture.body["name"]}]);
    let made = desk.post("/api/v1/articles", &story).expect(201);
    assert_eq!(made.body["captions"][0]["credit"], "Lin Mu");
    let caption = caption_path(&made);
    let known = desk.get(&caption).expect(200);
    let said = desk
        .change("PATCH", &caption, known.etag(), &json!({"credit": null}))
        .expect(200);
    assert_eq!(said.body.get("credit"), None);
    let known = desk.get(&made.path()).expect(200);
    let patch = json!({"headline": "The bridge is open"});
    let patched = desk
        .change("PATCH", &made.path(), known.etag(), &patch)
        .expect(200);
    assert_eq!(patched.body["captions"][0].get("credit"), None);
    assert!(!server.get(&article_page(&made)).has("Lin Mu"));
}

#[test]
fn a_caption_of_a_withheld_article_is_changed_by_those_who_know_it_as_it_is() {
    let (_paper, server, token) = desk();
    let desk = Writer::new(&server, &token);
    for decision in ["withhold", "retract"] {
        let mut story = story();
        story["captions"] = json!([{"text": "At dawn"}, {"text": "At noon"}]);
        let made = desk.post("/api/v1/articles", &story).expect(201);
        let why = json!({"public_note": "There is a doubt."});
        let decided = format!("{}/{decision}", made.path());
        desk.change("POST", &decided, "*", &why).expect(200);
        let caption = caption_path(&made);
        let known = desk.get(&caption).expect(200);
        let patch =
            |text: &str| desk.change("PATCH", &caption, known.etag(), &json!({"text": text}));
        let first = patch("The first desk").expect(200);
        assert_ne!(first.etag(), known.etag(), "{decision}");
        patch("The second desk").expect(412);
        let now = desk.get(&caption).expect(200);
        assert_eq!(
            (now.etag(), &now.body["text"]),
            (first.etag(), &json!("The first desk"))
        );
        // A decision is about what one knows, too.
        let away = format!("{caption}/withhold");
        desk.change("POST", &away, known.etag(), &json!({}))
            .expect(412);
        desk.change("POST", &away, now.etag(), &json!({}))
            .expect(200);
    }
}

#[test]
fn a_captions_patch_is_refused_where_the_text_shows_the_picture_that_it_takes_away() {
    let (_paper, server, token) = desk();
    let desk = Writer::new(&server, &token);
    let picture = upload(&desk, &pictures::png(40, 30));
    let name = picture.body["name"].as_str().expect("a name");
    let mut story = story();
    story["body"] = json!(format!("One.\n\n![]({name})\n\nTwo."));
    story["captions"] = json!([{"text": "At noon"}, {"text": "At dawn", "image": name}]);
    let made = desk.post("/api/v1/articles", &story).expect(201);
    let id = made.body["captions"][1]["id"].as_str().expect("an id");
    let caption = format!("/api/v1/captions/{}", id.replace("urn:uuid:", ""));
    let known = desk.get(&caption).expect(200);
    let patch = |patch: &Value| desk.change("PATCH", &caption, known.etag(), patch);
    let refused = patch(&json!({"image": null})).expect(422);
    assert_eq!(refused.body["errors"][0]["pointer"], "/body");
    let refused = patch(&json!({"role": "king"})).expect(422);
    assert_eq!(refused.body["errors"][0]["pointer"], "/role");
    assert_eq!(desk.get(&caption).expect(200).etag(), known.etag());
    let other = json!({"id": made.body["captions"][0]["id"]});
    let refused = patch(&other).expect(422);
    assert_eq!(refused.body["errors"][0]["pointer"], "/id");
    let bare = id.replace("urn:uuid:", "");
    let patched = patch(&json!({"text": "At dusk", "id": bare})).expect(200);
    assert_eq!(patched.body["text"], "At dusk");
    let whole = desk.get(&made.path()).expect(200);
    assert_eq!(whole.body["captions"][0]["text"], "At noon");
    assert_eq!(whole.body["captions"][1]["text"], "At dusk");
}

#[test]
fn a_killed_photograph_goes_with_all_that_it_was_and_stays_where_another_story_waits_with_it() {
    let (paper, server, token) = desk();
    let desk = Writer::new(&server, &token);
    let (old, new) = (pictures::png(40, 30), pictures::png(50, 30));
    let picture = upload(&desk, &old);
    let path = format!(
        "/api/v1/photographs/{}",
        picture.id().replace("urn:uuid:", "")
    );
    let mut story = story();
    story["captions"] = json!([{"text": "At dawn", "image": picture.body["name"]}]);
    let made = desk.post("/api/v1/articles", &story).expect(201);
    let first = media_in(&server.get(&article_page(&made)).text());
    let headers = [("Content-Type", "image/png"), ("If-Match", picture.etag())];
    desk.send("PUT", &path, &headers, &new).expect(200);
    let second = media_in(&server.get(&article_page(&made)).text());
    assert_ne!(first, second);
    assert_eq!(server.get(&first).status, 404);

    let mut waits = story.clone();
    waits["embargo_until"] = json!(soon(3));
    let waits = desk.post("/api/v1/articles", &waits).expect(201);
    desk.post(&format!("{}/kill", made.path()), &json!({}))
        .expect(200);
    // Until then both of its pictures were killed.
    assert_eq!(server.get(&first).status, 410);
    assert_eq!(server.get(&second).status, 410);
    let known = desk.get(&waits.path()).expect(200);
    desk.change(
        "PATCH",
        &waits.path(),
        known.etag(),
        &json!({"deck": "Still here"}),
    )
    .expect(200);
    wait("the story", || {
        let read = Writer::anybody(&server).get(&waits.path());
        (read.status == 200).then_some(())
    });
    assert_eq!(server.get(&second).status, 200);
    // With that gone, too, nothing is left on the disk.
    desk.post(&format!("{}/kill", waits.path()), &json!({}))
        .expect(200);
    for media in [&first, &second] {
        assert_eq!(server.get(media).status, 410);
        let name = media.strip_prefix("/media/").unwrap();
        let file = paper.data().join("media").join(&name[..2]).join(name);
        assert!(!file.exists(), "{}", file.display());
    }
    desk.get(&path).expect(404);
}

#[test]
fn an_upload_goes_when_nothing_shows_it() {
    let (paper, server, token) = desk();
    let desk = Writer::new(&server, &token);
    let picture = upload(&desk, &pictures::png(40, 30));
    let path = format!(
        "/api/v1/photographs/{}",
        picture.id().replace("urn:uuid:", "")
    );
    let mut story = story();
    story["captions"] = json!([{"text": "At dawn", "image": picture.body["name"]}]);
    let made = desk.post("/api/v1/articles", &story).expect(201);
    desk.change("DELETE", &path, picture.etag(), &json!({}))
        .expect(409);
    let bare = json!({"captions": [{"text": "At dawn"}]});
    desk.change("PATCH", &made.path(), made.etag(), &bare)
        .expect(200);
    desk.send("DELETE", &path, &[], b"").expect(428);
    desk.change("DELETE", &path, picture.etag(), &json!({}))
        .expect(204);
    desk.get(&path).expect(404);
    let shelves = std::fs::read_dir(paper.data().join("media")).unwrap();
    let left = shelves.flat_map(|shelf| std::fs::read_dir(shelf.unwrap().path()).unwrap());
    assert_eq!(left.count(), 0);
}

#[test]
fn what_is_not_taken_as_it_was_sent_is_told() {
    let (_paper, server, token) = desk();
    let desk = Writer::new(&server, &token);
    let mut story = story();
    story["body"] = json!("It opened at noon.\n\n<script>alert(1)</script>\n");
    let made = desk.post("/api/v1/articles", &story).expect(201);
    let mended = made.body["state"]["mended"]
        .as_array()
        .expect("what was mended");
    assert!(
        mended.iter().any(|it| it["pointer"] == "/body"),
        "{mended:?}"
    );
    assert!(!server.get(&article_page(&made)).has("alert(1)"));
}

#[test]
fn what_a_proxy_or_a_library_sends_along_is_no_harm() {
    let (_paper, server, token) = desk();
    let desk = Writer::new(&server, &token);
    let anybody = Writer::anybody(&server);
    // A proxy's own password is not ours.
    for _ in 0..20 {
        let basic = [("Authorization", "Basic ZGVzazpzZWNyZXQ=")];
        anybody
            .send("GET", "/api/v1/articles", &basic, b"")
            .expect(200);
    }
    let wrong = [("Authorization", "Bearer courant_0011_abc")];
    let refused = anybody
        .send("GET", "/api/v1/articles", &wrong, b"")
        .expect(401);
    let challenge = refused.whole.header("www-authenticate").unwrap();
    assert!(challenge.contains("error=\"invalid_token\""), "{challenge}");
    // Compressed bodies are not read, and say so.
    let packed = [
        ("Content-Type", "application/json"),
        ("Content-Encoding", "gzip"),
    ];
    let refused = desk
        .send("POST", "/api/v1/articles", &packed, b"\x1f\x8b")
        .expect(415);
    assert_eq!(refused.whole.header("accept-encoding"), Some("identity"));
    let named = [
        ("Content-Type", "application/json"),
        ("Content-Encoding", "Identity"),
    ];
    let refused = desk
        .send("POST", "/api/v1/articles", &named, b"{}")
        .expect(422);
    assert_eq!(refused.body["title"], "Unprocessable Content");
    let digest = "sha-512=:7g==:";
    let picture = [("Content-Type", "image/png"), ("Content-Digest", digest)];
    let refused = desk
        .send(
            "POST",
            "/api/v1/photographs",
            &picture,
            &pictures::png(40, 30),
        )
        .expect(400);
    assert!(refused.whole.has("sha-512=:"), "{}", refused.whole.text());
    // An address that is no text is nowhere, in the same words as elsewhere.
    let nowhere = anybody.get("/api/v1/articles/%ff").expect(404);
    assert_eq!(
        nowhere.whole.header("content-type"),
        Some("application/problem+json")
    );
    // Methods, and what an address knows.
    let options = anybody.send("OPTIONS", "/api/v1/articles", &[], b"");
    assert!(options.whole.header("allow").unwrap().contains("POST"));
    let made = desk.post("/api/v1/articles", &story()).expect(201);
    let head = anybody.send("HEAD", &made.path(), &[], b"").expect(200);
    assert!(head.whole.body.is_empty() && head.etag.is_some());
    let unknown = anybody.send("TRACE", &made.path(), &[], b"").expect(405);
    assert!(unknown.whole.header("allow").is_some());
    let plain = [
        ("Content-Type", "application/json"),
        ("If-Match", made.etag()),
    ];
    let refused = desk.send("PATCH", &made.path(), &plain, b"{}").expect(415);
    assert_eq!(
        refused.whole.header("accept-patch"),
        Some("application/merge-patch+json")
    );
    // Whoever has seen the public's tag may write by it, and two views are not taken for one.
    let read = anybody.get(&made.path()).expect(200);
    assert_ne!(read.etag(), made.etag());
    let known = [("If-None-Match", read.etag())];
    desk.send("GET", &made.path(), &known, b"").expect(200);
    desk.change("PATCH", &made.path(), read.etag(), &json!({"deck": "x"}))
        .expect(200);
    let late = desk
        .change("PATCH", &made.path(), made.etag(), &json!({"deck": "y"}))
        .expect(412);
    assert!(late.body["current_rev"].as_str().unwrap().starts_with('r'));
}

#[test]
fn a_withheld_story_that_waits_to_be_moved_is_decided_about() {
    let (_paper, server, token) = desk();
    let desk = Writer::new(&server, &token);
    for decision in ["release", "kill"] {
        let made = desk.post("/api/v1/articles", &story()).expect(201);
        let path = made.path();
        let withheld = desk
            .post(&format!("{path}/withhold"), &json!({}))
            .expect(200);
        let moved = json!({"section": "harbour"});
        let moved = desk
            .change("PATCH", &path, withheld.etag(), &moved)
            .expect(200);
        let decided = format!("{path}/{decision}");
        let decided = desk
            .change("POST", &decided, moved.etag(), &json!({}))
            .expect(200);
        assert_ne!(decided.etag(), moved.etag(), "{decision}");
        let is_there = server.get("/sections/harbour.json").has("opened at noon");
        assert_eq!(is_there, decision == "release");
        assert!(!server.get("/sections/city.json").has("opened at noon"));
        if decision == "release" {
            desk.change("DELETE", &path, decided.etag(), &json!({}))
                .expect(200);
        }
    }
}

#[test]
fn a_killed_draft_leaves_neither_text_nor_photograph() {
    let (paper, server, token) = desk();
    let desk = Writer::new(&server, &token);
    let picture = upload(&desk, &pictures::png(40, 30));
    let mut draft = story();
    let long: String = (0..2000)
        .map(|number| format!("A stay of number {number}. "))
        .collect();
    draft["draft"] = json!(true);
    draft["body"] = json!(long);
    draft["captions"] = json!([{"text": "At dawn", "image": picture.body["name"]}]);
    let key = [("Idempotency-Key", "\"draft\"")];
    let send = || desk.json("POST", "/api/v1/articles", &key, &draft);
    let made = send().expect(201);
    desk.post(&format!("{}/kill", made.path()), &json!({}))
        .expect(204);
    let again = send();
    assert!(!again.whole.has("A stay of"), "{}", again.whole.text());
    desk.get(&made.path()).expect(404);
    assert_eq!(server.stop(), Some(0));
    let mut folders = vec![paper.data()];
    while let Some(folder) = folders.pop() {
        for found in std::fs::read_dir(folder).unwrap() {
            let path = found.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            if !path.is_file() {
                // The socket that commands ask by.
                continue;
            }
            assert!(
                path.extension().is_none_or(|kind| kind != "png"),
                "{}",
                path.display()
            );
            let bytes = std::fs::read(&path).unwrap();
            assert!(!pictures::holds(&bytes, b"A stay of"), "{}", path.display());
        }
    }
}
