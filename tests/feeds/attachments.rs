//! Sound and film of an article: written by file and by API, brought in from feeds, and given out in every format.

use serde_json::{Value, json};

use crate::ninjs_rules;
use crate::support::writer::{self, Writer, token};
use crate::support::{Paper, Server, courant, said, text};

const ATTACHMENTS: &str = "\n[[attachments]]\nurl = \"https://cdn.example/a.mp3?x=1&y=2\"\ntype = \"audio/mpeg\"\nbytes = 4096\n\
     title = \"The whole talk\"\nseconds = 3723\ncredit = \"Ann Lind\"\n\n\
     [[attachments]]\nurl = \"https://cdn.example/b.mp4\"\n";

fn article(more: &str) -> String {
    format!("+++\nheadline = \"Talk\"\npublished = 2026-01-02T03:04:05Z\n{more}+++\nWords.\n")
}

fn served() -> (Paper, Server) {
    let paper = Paper::new();
    paper.write("city/talk/article.md", article(ATTACHMENTS));
    let server = paper.start();
    (paper, server)
}

#[test]
fn every_format_gives_them_with_type_length_and_title() {
    let (_paper, server) = served();
    let rss = server.get("/feed.rss").text();
    let enclosure = "<enclosure url=\"https://cdn.example/a.mp3?x=1&#x26;y=2\" length=\"4096\" type=\"audio/mpeg\"";
    assert!(rss.contains(enclosure), "{rss}");
    assert_eq!(rss.matches("<enclosure").count(), 1, "RSS has one at most");
    assert!(
        rss.contains("medium=\"video\"") && rss.contains("duration=\"3723\""),
        "{rss}"
    );
    let atom = server.get("/feed.atom").text();
    let links: Vec<&str> = atom
        .split("<link")
        .filter(|link| link.contains("rel=\"enclosure\""))
        .collect();
    assert_eq!(links.len(), 2);
    assert!(
        links[0].contains("length=\"4096\"") && links[0].contains("The whole talk"),
        "{}",
        links[0]
    );
    assert!(
        links[1].contains("type=\"video/mp4\"") && !links[1].contains("length="),
        "{}",
        links[1]
    );
    let feed: Value = serde_json::from_str(&server.get("/feed.json").text()).unwrap();
    let attachments = &feed["items"][0]["attachments"];
    assert_eq!(
        attachments[0],
        json!({"url": "https://cdn.example/a.mp3?x=1&y=2", "mime_type": "audio/mpeg", "title": "The whole talk",
               "size_in_bytes": 4096, "duration_in_seconds": 3723})
    );
    assert_eq!(attachments[1]["mime_type"], "video/mp4");
    // An article's own feed has them once.
    let own: Value = serde_json::from_str(&server.get("/articles/talk.json").text()).unwrap();
    assert_eq!(own["items"][0]["attachments"].as_array().unwrap().len(), 2);
}

#[test]
fn the_page_has_players_that_ask_for_nothing_by_themselves() {
    let (_paper, server) = served();
    let page = server.get("/articles/talk");
    let html = page.text();
    assert!(
        html.contains(
            "<audio src=\"https://cdn.example/a.mp3?x=1&amp;y=2\" controls preload=\"none\""
        ),
        "{html}"
    );
    assert!(
        html.contains("<video src=\"https://cdn.example/b.mp4\" controls preload=\"none\""),
        "{html}"
    );
    assert!(html.contains("The whole talk</a> (1:02:03)"), "{html}");
    assert!(
        html.contains("\"@type\":\"AudioObject\"") && html.contains("PT3723S"),
        "{html}"
    );
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("media-src https:"), "{policy}");
}

#[test]
fn they_come_and_go_by_the_api_and_as_ninjs() {
    let paper = Paper::new();
    let server = paper.start();
    let token = token(&paper, "newsdesk", "desk");
    let writer = Writer::new(&server, &token);
    let story = json!({"section": "city", "headline": "Talk", "published": "2026-01-02T03:04:05Z", "body": "Words.",
        "attachments": [{"url": "https://cdn.example/a.mp3", "bytes": 4096, "title": "The talk", "seconds": 61, "credit": "Ann Lind"}]});
    let made = writer.post("/api/v1/articles", &story).expect(201);
    assert_eq!(
        made.body["attachments"][0]["type"], "audio/mpeg",
        "told by the address"
    );
    let path = format!("{}?format=ninjs", made.path());
    let ninjs = writer.send("GET", &path, &[], b"").expect(200);
    assert_eq!(ninjs_rules::faults(&ninjs.body), Vec::<String>::new());
    let played = &ninjs.body["associations"][0];
    assert_eq!(played["type"], "audio");
    assert_eq!(played["renditions"][0]["duration"], 61);

    let other = Paper::new();
    let theirs = other.start();
    let token = writer::token(&other, "newsdesk", "desk");
    let taken = Writer::new(&theirs, &token)
        .send(
            "POST",
            "/api/v1/articles",
            &[("Content-Type", "application/vnd.iptc.ninjs+json")],
            ninjs.body.to_string().as_bytes(),
        )
        .expect(201);
    assert_eq!(taken.body["attachments"], made.body["attachments"]);

    for (attachment, pointer) in [
        (
            json!({"url": "ftp://x.example/a.mp3"}),
            "/attachments/0/url",
        ),
        (json!({"url": "/a.mp3"}), "/attachments/0/url"),
        (json!({"url": "https://x.example/a"}), "/attachments/0/url"),
        (
            json!({"url": "https://x.example/a.mp3", "type": "text/html"}),
            "/attachments/0/type",
        ),
        (
            json!({"url": "https://x.example/a.mp3", "bytes": -1}),
            "/attachments/0/bytes",
        ),
        (json!({"type": "audio/mpeg"}), "/attachments/0"),
        (
            json!({"url": "https://x.example/a.mp3", "chapters": []}),
            "/attachments/0/chapters",
        ),
    ] {
        let mut story = story.clone();
        story["attachments"] = json!([attachment]);
        let refused = writer.post("/api/v1/articles", &story).expect(422);
        assert_eq!(
            refused.body["errors"][0]["pointer"], pointer,
            "{attachment}: {}",
            refused.body
        );
    }
    let mut story = story.clone();
    story["attachments"] = (0..21)
        .map(|n| json!({"url": format!("https://x.example/{n}.mp3")}))
        .collect();
    let refused = writer.post("/api/v1/articles", &story).expect(422);
    assert_eq!(refused.body["errors"][0]["pointer"], "/attachments");
}

#[test]
fn an_exported_article_has_them_as_they_were() {
    let (paper, _server) = served();
    let target = paper.dir.path().join("out");
    let data = paper.data();
    let done = courant(&["export", text(&target), "--data", text(&data)]);
    assert!(done.status.success(), "{}", said(&done));
    let written = std::fs::read_to_string(target.join("city/talk/article.md")).unwrap();
    assert!(
        written.contains("title = \"The whole talk\"\nseconds = 3723\ncredit = \"Ann Lind\"\n"),
        "{written}"
    );
    assert!(
        written.contains("url = \"https://cdn.example/b.mp4\"\ntype = \"video/mp4\"\n"),
        "{written}"
    );
}

/// The tables of attachments that the article of a feed has, and what the import says.
fn imported(name: &str, feed: &str) -> (String, String) {
    let paper = Paper::new();
    let file = paper.dir.path().join(name);
    std::fs::write(&file, feed).unwrap();
    let items = paper.items();
    let done = courant(&[
        "import",
        text(&file),
        "--section",
        "city",
        "--items",
        text(&items),
    ]);
    let told = said(&done);
    assert!(done.status.success(), "{told}");
    let mut folders = std::fs::read_dir(items.join("city")).unwrap();
    let folder = folders.next().unwrap().unwrap().path();
    let written = std::fs::read_to_string(folder.join("article.md")).unwrap();
    let tables = written
        .split_once("[[attachments]]")
        .map_or("", |(_, rest)| rest);
    (tables.split("+++").next().unwrap().to_owned(), told)
}

#[test]
fn enclosures_of_every_kind_of_feed_come_in() {
    let item = "<title>Pod</title><guid isPermaLink=\"false\">g</guid><pubDate>Sun, 10 Mar 2024 09:00:00 +0000</pubDate>";
    let rss = format!(
        "<rss version=\"2.0\" xmlns:media=\"http://search.yahoo.com/mrss/\"><channel><title>T</title><item>{item}\
         <description>Episode.</description><enclosure url=\"https://o.example/e.mp3\" length=\"2048\" type=\"audio/mpeg\"/>\
         <media:content url=\"https://o.example/e.mp3\" duration=\"61\"><media:title>Ep</media:title></media:content>\
         <media:group><media:content url=\"https://o.example/s.mp4\" type=\"video/mp4\"/>\
         <media:content url=\"https://o.example/l.mp4\" type=\"video/mp4\" isDefault=\"true\"/></media:group>\
         <enclosure url=\"https://o.example/e.pdf\" length=\"9\" type=\"application/pdf\"/></item></channel></rss>"
    );
    let (tables, told) = imported("a.rss", &rss);
    for part in [
        "url = \"https://o.example/e.mp3\"\ntype = \"audio/mpeg\"\nbytes = 2048\ntitle = \"Ep\"\nseconds = 61\n",
        "https://o.example/l.mp4",
    ] {
        assert!(tables.contains(part), "{tables}");
    }
    assert!(!tables.contains("s.mp4"), "{tables}");
    assert!(told.contains("e.pdf"), "{told}");

    let atom = "<feed xmlns=\"http://www.w3.org/2005/Atom\"><title>T</title><entry><title>Pod</title><id>tag:1</id>\
                <updated>2024-03-10T09:00:00Z</updated><content>Episode.</content>\
                <link rel=\"enclosure\" href=\"https://o.example/e.m4a\" type=\"audio/mp4\" length=\"2048\" title=\"Ep\"/></entry></feed>";
    let (tables, _) = imported("a.atom", atom);
    assert!(tables.contains("bytes = 2048\ntitle = \"Ep\""), "{tables}");

    let json = "{\"version\":\"https://jsonfeed.org/version/1.1\",\"title\":\"T\",\"items\":[{\"id\":\"1\",\"title\":\"Pod\",\
                \"content_text\":\"Episode.\",\"date_published\":\"2024-03-10T09:00:00Z\",\"attachments\":[\
                {\"url\":\"https://o.example/e.mp3\",\"mime_type\":\"audio/mpeg\",\"size_in_bytes\":2048,\"duration_in_seconds\":61.5}]}]}";
    let (tables, _) = imported("a.json", json);
    assert!(tables.contains("bytes = 2048\nseconds = 61\n"), "{tables}");

    let wxr = format!(
        "<rss version=\"2.0\" xmlns:wp=\"http://wordpress.org/export/1.2/\" xmlns:content=\"http://purl.org/rss/1.0/modules/content/\">\
         <channel><title>T</title><item>{item}<content:encoded>Episode.</content:encoded><wp:post_id>1</wp:post_id>\
         <wp:post_type>post</wp:post_type><wp:status>publish</wp:status><wp:postmeta><wp:meta_key>enclosure</wp:meta_key>\
         <wp:meta_value>https://o.example/e.mp3\n2048\naudio/mpeg\n</wp:meta_value></wp:postmeta></item></channel></rss>"
    );
    let (tables, _) = imported("a.xml", &wxr);
    assert!(tables.contains("bytes = 2048"), "{tables}");
}

#[test]
fn a_length_that_no_file_has_costs_only_itself() {
    let item = "<title>Pod</title><guid isPermaLink=\"false\">g</guid><pubDate>Sun, 10 Mar 2024 09:00:00 +0000</pubDate>";
    let huge = "18446744073709551615";
    let rss = |length: &str, seconds: &str| {
        format!(
            "<rss version=\"2.0\" xmlns:media=\"http://search.yahoo.com/mrss/\"><channel><title>T</title><item>{item}\
             <description>Episode.</description>\
             <enclosure url=\"https://o.example/e.mp3\" length=\"{length}\" type=\"audio/mpeg\"/>\
             <media:content url=\"https://o.example/e.mp3\" fileSize=\"{length}\" duration=\"{seconds}\"/>\
             </item></channel></rss>"
        )
    };
    let json = |length: &str, seconds: &str| {
        format!(
            "{{\"version\":\"https://jsonfeed.org/version/1.1\",\"title\":\"T\",\"items\":[{{\"id\":\"1\",\"title\":\"Pod\",\
             \"content_text\":\"Episode.\",\"date_published\":\"2024-03-10T09:00:00Z\",\"attachments\":[\
             {{\"url\":\"https://o.example/e.mp3\",\"mime_type\":\"audio/mpeg\",\"size_in_bytes\":{length},\
             \"duration_in_seconds\":{seconds}}}]}}]}}"
        )
    };
    let wxr = |length: &str| {
        format!(
            "<rss version=\"2.0\" xmlns:wp=\"http://wordpress.org/export/1.2/\" xmlns:content=\"http://purl.org/rss/1.0/modules/content/\">\
             <channel><title>T</title><item>{item}<content:encoded>Episode.</content:encoded><wp:post_id>1</wp:post_id>\
             <wp:post_type>post</wp:post_type><wp:status>publish</wp:status><wp:postmeta><wp:meta_key>enclosure</wp:meta_key>\
             <wp:meta_value>https://o.example/e.mp3\n{length}\naudio/mpeg\n</wp:meta_value></wp:postmeta></item></channel></rss>"
        )
    };
    for (name, feed) in [
        ("huge.rss", rss(huge, huge)),
        ("none.rss", rss("0", "0")),
        ("huge.json", json("1e300", "1e300")),
        ("large.json", json("9007199254740992", "9007199254740992")),
        ("none.json", json("0", "0")),
        ("one.json", json("1", "0.5")),
        ("negative.json", json("-5", "-5")),
        ("huge.xml", wxr(huge)),
    ] {
        let (tables, told) = imported(name, &feed);
        assert!(tables.contains("https://o.example/e.mp3"), "{name}: {told}");
        assert!(!tables.contains("bytes ="), "{name}: {tables}");
        assert!(!tables.contains("seconds ="), "{name}: {tables}");
    }
}
