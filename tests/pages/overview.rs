//! The page for desk and operator, on their own listener.

use serde_json::json;

use crate::support::writer::{Writer, token};
use crate::support::{Paper, courant, said, text, wait};

#[test]
fn the_overview_shows_what_goes_on_and_only_there() {
    let paper = Paper::new();
    paper.article("city/first", "The first", "A text.");
    paper.write("city/wrong/article.md", "+++\nheadline = 7\n+++\n");
    let server = paper.start();
    let token = token(&paper, "newsdesk", "desk");
    let desk = Writer::new(&server, &token);
    let draft = json!({
        "section": "city", "headline": "<b>A draft</b>", "published": "2025-02-28T09:00:00Z",
        "draft": true, "body": "Not yet.",
    });
    desk.post("/api/v1/articles", &draft).expect(201);
    let due = (chrono::Utc::now() + chrono::TimeDelta::hours(1))
        .to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    let mut scheduled = draft.clone();
    scheduled["headline"] = json!("Scheduled");
    scheduled["draft"] = json!(false);
    scheduled["embargo_until"] = json!(due);
    desk.post("/api/v1/articles", &scheduled).expect(201);
    let mut doubtful = draft;
    doubtful["headline"] = json!("Doubtful");
    doubtful["draft"] = json!(false);
    doubtful["captions"] = json!([{"text": "A doubt"}]);
    let doubtful = desk.post("/api/v1/articles", &doubtful).expect(201);
    let caption = doubtful.body["captions"][0]["id"].as_str().unwrap();
    let caption = format!("/api/v1/captions/{}", caption.replace("urn:uuid:", ""));
    desk.post(&format!("{caption}/withhold"), &json!({}))
        .expect(200);
    let why = json!({"public_note": "There is a doubt."});
    let path = format!("{}/retract", doubtful.path());
    desk.change("POST", &path, "*", &why).expect(200);
    for _ in 0..5 {
        let agent = [("User-Agent", "Feedbin feed-id:1 - 102 subscribers")];
        assert_eq!(server.get_with("/feed.rss", &agent).status, 200);
    }
    let known = server.get("/feed.atom");
    let again = [
        (
            "User-Agent",
            "Feedly/1.0 (+http://www.feedly.com/fetcher.html; 16 subscribers)",
        ),
        ("If-None-Match", known.etag()),
    ];
    assert_eq!(server.get_with("/feed.atom", &again).status, 304);
    assert!(server.operate("/").has("none is known; courant backup"));
    let data = paper.data();
    let file = data.with_file_name("backup.tar");
    let backup = courant(&["backup", text(&file), "--data", text(&data)]);
    assert!(backup.status.success(), "{}", said(&backup));
    assert!(server.metric("courant_last_backup_seconds") > Some(1e9));
    assert!(server.metric("courant_write_seconds_count") > Some(3.0));
    let page = wait("the complaint", || {
        let page = server.operate("/");
        page.has("city/wrong/article.md").then_some(page)
    });
    assert_eq!(page.status, 200);
    for said in [
        "The first",
        "&lt;b&gt;A draft&lt;/b&gt;",
        "newsdesk",
        // Those of Feedbin and of Feedly, and one that claims nothing, of one feed in two formats.
        "<td>119 ",
        "Feedbin #1",
        "1 of them 304",
        "Feedbin #1 fetched /feed whole 5 times",
        // The log says who and why.
        "<td>retract</td>",
        "<p class=\"meta\">There is a doubt.</p></td><td>newsdesk</td>",
        "<td>withhold a caption</td>",
        // In the paper's time zone.
        &format!("public at {} UTC", due[..16].replace('T', " ")),
        // Whether all is well, in one look.
        "<p class=\"verdict\">OK, <a href=\"#complaints\">1 file refused</a></p>",
        "<h2 id=\"complaints\">",
        "<dt>Version</dt>",
        "<dt>Server errors (5xx) since the start</dt><dd>0</dd>",
        "<dt>Last look at the folder</dt>",
        "; 0 entries since</dd>",
        "<dt>Time to render a document</dt><dd>half up to ",
        "<dt>Time until a write is on disk</dt><dd>half up to ",
        // What was taken down stands by itself, with who and why.
        "/articles/2025-02-28-doubtful\">Doubtful</a> (city/2025-02-28-doubtful): retract by newsdesk <span class=\"meta\">",
        "Doubtful</a> (city/2025-02-28-doubtful): withhold a caption by newsdesk <span class=\"meta\">",
        // A bar for the readers of the feed.
        "<rect width=\"100\"",
    ] {
        assert!(page.has(said), "{said}: {}", page.text());
    }
    assert!(!page.has("<b>A draft"));
    assert_eq!(page.header("cache-control"), Some("no-store"));
    let policy = page.header("content-security-policy").unwrap();
    assert!(
        policy.starts_with("default-src 'none'") && !policy.contains("unsafe"),
        "{policy}"
    );
    assert_eq!(server.operate("/page.css").status, 200);
    // Nothing of it is where readers are.
    assert!(!server.get("/").has("A draft"));
}

#[test]
fn the_headline_of_what_was_taken_down_is_shown_where_it_may_be_told() {
    let paper = Paper::new();
    let server = paper.start();
    let token = token(&paper, "newsdesk", "desk");
    let desk = Writer::new(&server, &token);
    for (slug, action) in [("one", "withhold"), ("two", "retract"), ("three", "kill")] {
        let article = json!({
            "section": "city", "slug": slug, "headline": format!("Headline {slug}"),
            "published": "2025-02-28T09:00:00Z", "body": "Text.",
        });
        let made = desk.post("/api/v1/articles", &article).expect(201);
        let path = format!("{}/{action}", made.path());
        desk.change("POST", &path, "*", &json!({})).expect(200);
    }
    let page = server.operate("/").text();
    let (_, taken) = page.split_once("<h2>Taken down").unwrap();
    let (taken, _) = taken.split_once("<h2").unwrap();
    assert!(
        taken.contains("<li>Headline one (city/one): withhold by"),
        "{taken}"
    );
    assert!(
        taken.contains("/articles/two\">Headline two</a> (city/two): retract by"),
        "{taken}"
    );
    assert!(taken.contains(": kill by newsdesk"), "{taken}");
    assert!(!page.contains("Headline three"), "{page}");
}
