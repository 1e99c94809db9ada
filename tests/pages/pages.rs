//! Pages for people, cards for other sites' pages, and how those come by them.

use serde_json::{Value, json};

use crate::support;
use crate::support::pictures;
use crate::support::writer::{Said, Writer, token};
use crate::support::{Answer, Paper, Server, wait};

fn desk() -> (Paper, Server, String) {
    let paper = Paper::new();
    let server = paper.start();
    let token = token(&paper, "newsdesk", "desk");
    (paper, server, token)
}

fn story(desk: &Writer<'_>) -> Value {
    let image = [("Content-Type", "image/png")];
    let upload = desk
        .send(
            "POST",
            "/api/v1/photographs",
            &image,
            &pictures::png(300, 200),
        )
        .expect(201);
    json!({
        "section": "city",
        "slug": "the-bridge-opens",
        "headline": "The bridge opens",
        "kicker": "Traffic",
        "deck": "After nine years",
        "published": "2025-02-28T09:00:00Z",
        "authors": ["Ada Wells"],
        "tags": ["bridges"],
        "rights": "© The Courier",
        "body": "It opened at noon.\n\n## What comes\n\nMore of it.\n",
        "captions": [{
            "text": "The bridge at dawn", "alt": "A bridge", "credit": "Lin Mu",
            "usage_terms": "Editorial use", "image": upload.body["name"],
        }],
    })
}

fn caption_of(article: &Said) -> String {
    let id = article.body["captions"][0]["id"].as_str().unwrap();
    id.replace("urn:uuid:", "")
}

fn bare(article: &Said) -> String {
    article.id().replace("urn:uuid:", "")
}

/// The JSON-LD of a page.
fn linked(page: &Answer) -> Value {
    let text = page.text();
    let begin = "<script type=\"application/ld+json\">";
    let (_, rest) = text.split_once(begin).expect("JSON-LD");
    serde_json::from_str(rest.split_once("</script>").unwrap().0).unwrap()
}

/// What an element of the head says.
fn meta(page: &Answer, name: &str) -> String {
    let text = page.text();
    let begin = format!("<meta {name} content=\"");
    let (_, rest) = text
        .split_once(&begin)
        .unwrap_or_else(|| panic!("no {name} in {text}"));
    rest.split_once('"').unwrap().0.to_owned()
}

#[test]
fn an_article_tells_people_and_machines_what_it_is() {
    let (_paper, server, token) = desk();
    let desk = Writer::new(&server, &token);
    let made = desk.post("/api/v1/articles", &story(&desk)).expect(201);
    let page = server.get("/articles/the-bridge-opens");
    let order: Vec<usize> = [
        "Traffic",
        "<h1",
        "After nine years",
        // The first photograph stands above the text where the desk gave it no place.
        "The bridge at dawn",
        "It opened at noon",
        "What comes",
    ]
    .iter()
    .map(|said| {
        page.text()
            .split_once("<main")
            .unwrap()
            .1
            .find(said)
            .expect(said)
    })
    .collect();
    assert!(order.is_sorted(), "{order:?}");
    let address = format!("{}/articles/the-bridge-opens", server.base());
    assert!(page.has(&format!("<link rel=\"canonical\" href=\"{address}\">")));
    assert_eq!(meta(&page, "property=\"og:type\""), "article");
    assert_eq!(meta(&page, "property=\"og:url\""), address);
    assert_eq!(meta(&page, "name=\"description\""), "After nine years");
    assert_eq!(meta(&page, "property=\"og:image:alt\""), "A bridge");
    let said = linked(&page);
    assert_eq!(said["@type"], "NewsArticle");
    assert_eq!(said["headline"], "The bridge opens");
    assert_eq!(said["author"][0]["name"], "Ada Wells");
    assert_eq!(said["image"][0]["caption"], "The bridge at dawn");
    assert_eq!(said["image"][0]["creditText"], "Lin Mu");
    // The paper's own notice would claim a photograph that is another's.
    assert_eq!(said["image"][0]["copyrightNotice"], Value::Null);
    assert_eq!(said["image"][0]["license"]["text"], "Editorial use");
    assert_eq!(said.get("correction"), None);
    for class in [
        "h-entry",
        "p-name",
        "e-content",
        "dt-published",
        "p-author h-card",
        &format!("<data class=\"u-url\" value=\"{address}\">"),
        "p-category",
    ] {
        assert!(page.has(class), "{class}");
    }
    // What readers get in a browser weighs little.
    let packed = server.get_with("/articles/the-bridge-opens", &[("Accept-Encoding", "gzip")]);
    let style = server.get_with("/page.css", &[("Accept-Encoding", "gzip")]);
    let script = server.get_with("/page.js", &[("Accept-Encoding", "gzip")]);
    let weight = packed.body.len() + style.body.len() + script.body.len();
    assert!(weight < 40 * 1024, "{weight} bytes");

    let note = json!({"public_note": "It opened at one.", "body": "It opened at one.\n"});
    let path = format!("{}/correct", made.path());
    desk.change("POST", &path, made.etag(), &note).expect(200);
    let page = server.get("/articles/the-bridge-opens");
    assert!(page.has("class=\"correction\"") && page.has("It opened at one."));
    assert_eq!(linked(&page)["correction"]["text"], "It opened at one.");
}

#[test]
fn a_picture_that_lies_elsewhere_is_a_link_on_a_page() {
    let (_paper, server, token) = desk();
    let desk = Writer::new(&server, &token);
    let mut story = story(&desk);
    story["body"] = json!(
        "Look: ![A \"far\" bridge](https://elsewhere.example/a.jpg?b=1&c=2) there.\n\nAnd on.\n"
    );
    desk.post("/api/v1/articles", &story).expect(201);
    let more = json!({"body": "## ![Head](https://elsewhere.example/h.jpg) and text\n\n\
        [![Inner](https://elsewhere.example/i.jpg)](https://b.example/)\n\n\
        Look: ![A \"far\" bridge](https://elsewhere.example/a.jpg?b=1&c=2) there.\n\nAnd on.\n"});
    let made = desk.get("/api/v1/articles").expect(200);
    let path = format!(
        "/api/v1/articles/{}",
        made.body["articles"][0]["id"]
            .as_str()
            .unwrap()
            .replace("urn:uuid:", "")
    );
    let known = desk.get(&path).expect(200);
    desk.change("PATCH", &path, known.etag(), &more).expect(200);
    let page = server.get("/articles/the-bridge-opens");
    assert!(
        page.has("<a href=\"https://elsewhere.example/a.jpg?b=1&amp;c=2\">A \"far\" bridge</a>"),
        "{}",
        page.text()
    );
    assert!(!page.has("src=\"https://elsewhere") && page.has("And on."));
    assert!(page.has("<h2"), "{}", page.text());
    assert!(
        page.has(">Inner</a>") && page.has(">Head</a>"),
        "{}",
        page.text()
    );
    assert!(
        server
            .get("/feed.json")
            .has("https://elsewhere.example/a.jpg")
    );
}

#[test]
fn a_photograph_has_a_page_with_its_credit_and_terms() {
    let (_paper, server, token) = desk();
    let desk = Writer::new(&server, &token);
    let made = desk.post("/api/v1/articles", &story(&desk)).expect(201);
    let page = server.get(&format!("/captions/{}", caption_of(&made)));
    for said in [
        "The bridge at dawn",
        "Lin Mu",
        "Editorial use",
        "alt=\"A bridge\"",
        "width=\"300\"",
        "height=\"200\"",
        "class=\"u-photo\"",
        "p-author",
        &format!(
            "<data class=\"u-url\" value=\"{}/captions/{}\">",
            server.base(),
            caption_of(&made)
        ),
    ] {
        assert!(page.has(said), "{said}: {}", page.text());
    }
    // The story leads there, and says what may be done with it.
    let story = server.get("/articles/the-bridge-opens");
    assert!(story.has(&format!("/captions/{}\"><img", caption_of(&made))));
    assert!(story.has("Terms of use</span>: Editorial use"));
    assert_eq!(linked(&page)["@type"], "ImageObject");
    assert!(server.get("/captions").has("The bridge at dawn"));
}

#[test]
fn what_was_wrong_with_a_photograph_is_said_wherever_it_stands() {
    let (paper, server, token) = desk();
    let desk = Writer::new(&server, &token);
    let mut twice = story(&desk);
    let captions = twice["captions"].as_array_mut().unwrap();
    captions.push(json!({"text": "The bridge at dusk"}));
    let made = desk.post("/api/v1/articles", &twice).expect(201);
    let other = made.body["captions"][1]["id"].as_str().unwrap();
    let other = other.replace("urn:uuid:", "");
    let path = format!("/api/v1/captions/{}", caption_of(&made));
    let known = desk.get(&path).expect(200);
    let before = server.feeds();

    let wrong = "An earlier caption named another bridge.";
    let said = json!({"text": "The old bridge at dawn", "public_note": wrong});
    let correct = format!("{path}/correct");
    let corrected = desk
        .change("POST", &correct, known.etag(), &said)
        .expect(200);
    assert_eq!(corrected.body["public_note"], wrong);
    for refused in [json!({"text": "A bridge"}), said] {
        desk.change("POST", &correct, corrected.etag(), &refused)
            .expect(422);
    }
    desk.change("POST", &correct, known.etag(), &json!({"public_note": "A"}))
        .expect(412);

    let labelled = format!("Correction</span>:</strong> {wrong}");
    for address in [
        "/articles/the-bridge-opens".to_owned(),
        format!("/captions/{}", caption_of(&made)),
        format!("/embed/captions/{}", caption_of(&made)),
    ] {
        let page = server.get(&address);
        assert!(
            page.has(&labelled) && page.has("The old bridge at dawn"),
            "{address}: {}",
            page.text()
        );
    }
    // It is said of this photograph, and of nothing else.
    for address in [
        format!("/captions/{other}"),
        format!("/embed/captions/{other}"),
        format!("/embed/a/{}", bare(&made)),
    ] {
        let page = server.get(&address);
        assert!(page.status == 200 && !page.has(wrong), "{address}");
    }
    let page = linked(&server.get(&format!("/captions/{}", caption_of(&made))));
    assert_eq!(page["correction"]["text"], wrong);

    let after = server.feeds();
    assert_eq!(
        support::changed(&before, &after),
        support::carriers(&after, "The old bridge at dawn")
    );
    let items = |feed: &str, address: &str| -> Value {
        let feed: Value = serde_json::from_str(&server.get(feed).text()).unwrap();
        let mut items = feed["items"].as_array().unwrap().iter();
        let of = |item: &&Value| item["url"].as_str().unwrap().ends_with(address);
        items.find(of).cloned().expect(address)
    };
    let photograph = items("/captions.json", &caption_of(&made));
    let html = photograph["content_html"].as_str().unwrap();
    assert!(html.starts_with(&format!("<p><em>{wrong}</em></p><figure>")));
    assert_eq!(html.matches(wrong).count(), 1, "{html}");
    assert!(photograph["date_modified"].is_string());
    assert_eq!(items("/captions.json", &other).get("date_modified"), None);
    let whole = items("/feed.json", "/the-bridge-opens");
    let html = whole["content_html"].as_str().unwrap();
    assert!(html.contains(&format!("The old bridge at dawn<br><em>{wrong}</em>")));
    assert_eq!(whole.get("date_modified"), None);

    let log = paper.log();
    let last = log.last().unwrap();
    assert_eq!(
        (&last["kind"], &last["note"]),
        (&json!("correct"), &json!(wrong))
    );
    // Without words of it, a change is a minor one.
    let patch = json!({"public_note": null});
    desk.change("PATCH", &path, corrected.etag(), &patch)
        .expect(200);
    assert_eq!(paper.log().last().unwrap()["kind"], "minor");
    assert!(!server.get("/captions.atom").has(wrong));
}

#[test]
fn what_other_sites_load_may_stand_on_isolated_pages() {
    let (_paper, server, _) = desk();
    for path in ["/embed.v1.js", "/card.js", "/card.css"] {
        let given = server.get(path);
        let policy = given.header("cross-origin-resource-policy");
        assert_eq!(
            (given.status, policy),
            (200, Some("cross-origin")),
            "{path}"
        );
    }
    let card = server.get("/embed/sections/city");
    let said = |name| card.header(name);
    assert_eq!(said("cross-origin-resource-policy"), Some("cross-origin"));
    assert_eq!(said("cross-origin-embedder-policy"), Some("require-corp"));
    let own = server.get("/page.js");
    assert_eq!(own.header("cross-origin-resource-policy"), None);
}

#[test]
fn days_lead_to_one_another_and_follow_what_is_published() {
    let (_paper, server, token) = desk();
    let desk = Writer::new(&server, &token);
    assert_eq!(server.get("/days/2025-02-28").status, 404);
    let mut second = story(&desk);
    second["slug"] = json!("second");
    second["headline"] = json!("The second");
    second["published"] = json!("2025-03-05T09:00:00Z");
    let made = desk.post("/api/v1/articles", &story(&desk)).expect(201);
    assert!(server.get("/").has("href=\"/days\""));
    assert!(
        server
            .get("/sections/city")
            .has("href=\"/days/2025-02-28\"")
    );
    let first = server.get("/days/2025-02-28");
    assert!(first.has("The bridge opens") && !first.has("/days/2025-03-05"));
    let other = desk.post("/api/v1/articles", &second).expect(201);
    assert!(
        server
            .get("/days/2025-02-28")
            .has("href=\"/days/2025-03-05\"")
    );
    let later = server.get("/days/2025-03-05");
    assert!(later.has("The second") && later.has("href=\"/days/2025-02-28\""));
    // What no reader of a day sees moves no validator of it.
    let before = server.dated("/days/2025-03-05");
    desk.change(
        "PATCH",
        &other.path(),
        other.etag(),
        &json!({"body": "Another.\n"}),
    )
    .expect(200);
    let after = server.get("/days/2025-03-05");
    assert_eq!(before.etag(), after.etag());
    assert_eq!(
        before.header("last-modified"),
        after.header("last-modified")
    );
    // A headline does, and what goes is gone.
    let known = desk.get(&other.path()).expect(200);
    let headline = json!({"headline": "The third"});
    desk.change("PATCH", &other.path(), known.etag(), &headline)
        .expect(200);
    assert!(server.get("/days/2025-03-05").has("The third"));
    desk.post(&format!("{}/withhold", made.path()), &json!({}))
        .expect(200);
    assert_eq!(server.get("/days/2025-02-28").status, 404);
    assert!(!server.get("/days/2025-03-05").has("/days/2025-02-28"));
    for wrong in ["/days/2025-2-28", "/days/2025-02-30", "/days/today"] {
        assert_eq!(server.get(wrong).status, 404, "{wrong}");
    }
}

#[test]
fn words_of_another_language_than_the_papers_say_which_it_is() {
    let paper = Paper::new();
    let settings = paper.read("publication.toml");
    let arabic = settings.replace("language = \"en\"", "language = \"ar\"");
    paper.write("publication.toml", arabic);
    paper.article("city/first", "The first", "A text.");
    let server = paper.start();
    let day = server.get("/days/2026-01-02");
    assert!(day.has("<html lang=\"ar\" dir=\"rtl\">"));
    assert!(
        day.has("<header class=\"head\" lang=\"en\" dir=\"ltr\"><h1 class=\"p-name\">Articles of")
    );
    for (address, words) in [
        (
            "/articles/first",
            "<details class=\"embed\" lang=\"en\" dir=\"ltr\">",
        ),
        (
            "/subscribe",
            "<p lang=\"en\" dir=\"ltr\">The whole paper.</p>",
        ),
        ("/nothing", "<div class=\"head\" lang=\"en\" dir=\"ltr\">"),
        ("/embed/nothing", "<html lang=\"en\" dir=\"ltr\">"),
    ] {
        let page = server.get(address);
        assert!(page.has(words), "{address}: {}", page.text());
    }
}

#[test]
fn the_page_for_subscribers_lists_every_feed() {
    let paper = Paper::new();
    let named = "[[feeds]]\nname = \"crossings\"\ntitle = \"Crossings\"\ntags = [\"bridges\"]\n";
    let settings = paper.read("publication.toml");
    paper.write("publication.toml", format!("{settings}\n{named}"));
    let server = paper.start();
    let token = token(&paper, "newsdesk", "desk");
    let desk = Writer::new(&server, &token);
    let page = server.get("/subscribe");
    for feed in [
        "/feed.rss",
        "/captions.atom",
        "/sections/city.json",
        "/feeds/crossings.rss",
        "/feeds.opml",
    ] {
        assert!(page.has(&format!("{}{feed}", server.base())), "{feed}");
    }
    assert!(page.has("data-copies"));
    // By one click for readers on the web, and as a card for another site.
    let address = format!("{}/sections/city.rss", server.base());
    let encoded =
        percent_encoding::utf8_percent_encode(&address, percent_encoding::NON_ALPHANUMERIC);
    for opens in [
        "https://feedly.com/i/subscription/feed/",
        "https://www.inoreader.com/?add_feed=",
    ] {
        assert!(page.has(&format!("href=\"{opens}{encoded}\"")), "{opens}");
    }
    let element = format!(
        "&lt;news-article href=&quot;{}/sections/city&quot;",
        server.base()
    );
    assert!(page.has(&element) && page.has("<iframe class=\"card\" src=\"/embed/sections/city\""));
    desk.post("/api/v1/sections", &json!({"title": "Weather"}))
        .expect(201);
    assert!(server.get("/subscribe").has("/sections/weather.rss"));
}

#[test]
fn what_a_list_leaves_out_is_said() {
    let paper = Paper::new();
    let mut settings = paper.read("publication.toml");
    for number in 0..199 {
        settings.push_str(&format!(
            "\n[[sections]]\nslug = \"s-{number}\"\ntitle = \"Section {number}\"\n"
        ));
    }
    paper.write("publication.toml", settings);
    for number in 0..501 {
        paper.write(
            &format!("city/story-{number}/article.md"),
            format!(
                "+++\nheadline = \"Story {number}\"\npublished = 2025-03-01T{:02}:{:02}:00Z\n+++\nText.\n",
                number / 60,
                number % 60
            ),
        );
    }
    let server = paper.start();
    let day = server.get("/days/2025-03-01");
    assert_eq!(day.text().matches("<li class=\"h-entry\"").count(), 500);
    assert!(day.has("more articles than this page lists") && !day.has(">Story 0<"));
    let page = server.get("/subscribe");
    assert!(page.has("more sections than this page lists"));
    assert!(page.has("/sections/s-197.rss") && !page.has("/sections/s-198.rss"));
}

#[test]
fn pages_and_cards_come_from_memory_until_their_story_changes() {
    let paper = Paper::new();
    paper.article("city/first", "The first", "A text.");
    paper.article("harbour/other", "Another", "A text.");
    let server = paper.start();
    let renders = || server.metric("courant_renders_total").unwrap();
    let pages = [
        "/articles/first",
        "/sections/city",
        "/embed/sections/city",
        "/subscribe",
        "/days/2026-01-02",
    ];
    for page in pages {
        assert_eq!(server.get(page).status, 200, "{page}");
    }
    let before = renders();
    for page in pages {
        server.get(page);
    }
    assert_eq!(renders(), before);
    paper.edit("harbour/other/article.md", "A text.", "Changed.");
    server.until("/articles/other", |page| page.has("Changed."));
    let before = renders();
    for page in pages {
        server.get(page);
    }
    assert_eq!(renders(), before);
    paper.edit("city/first/article.md", "A text.", "Changed, too.");
    server.until("/articles/first", |page| page.has("Changed, too."));
    let before = renders();
    for page in pages {
        server.get(page);
    }
    // Its section's page and card; the day shows no text, and the page was asked for already.
    assert_eq!(renders(), before + 2.0);
}

#[test]
fn where_nothing_is_people_find_a_page_and_programs_a_line() {
    let paper = Paper::new();
    let settings = paper.read("publication.toml");
    let chinese = settings.replace("language = \"en\"", "language = \"zh-Hans\"");
    let ended = "[[retired]]\nsection = \"old\"\nsuccessor = \"https://new.example/feed\"\n";
    paper.write("publication.toml", format!("{chinese}\n{ended}"));
    let server = paper.start();
    for page in [
        "/articles/never-was",
        "/nothing",
        "/tags/never",
        "/days/2025-01-01",
    ] {
        let answer = server.get(page);
        assert_eq!(answer.status, 404, "{page}");
        assert_eq!(
            answer.header("content-type"),
            Some("text/html; charset=utf-8")
        );
        assert_eq!(answer.header("cache-control"), Some("max-age=60"));
        let policy = answer.header("content-security-policy").unwrap();
        assert!(policy.contains("frame-ancestors 'self'"), "{policy}");
        assert!(
            answer.has("此地址没有内容。") && answer.has("href=\"/\""),
            "{page}"
        );
        assert!(answer.has("noindex") && answer.header("etag").is_none());
    }
    for card in [
        "/embed/articles/never-was",
        "/embed/a/nothing",
        "/embed/sections/never",
    ] {
        let answer = server.get(card);
        assert_eq!(answer.status, 404, "{card}");
        let policy = answer.header("content-security-policy").unwrap();
        assert!(policy.contains("frame-ancestors *"), "{policy}");
        // Its script says that nothing is there, and the link in its place stands.
        assert!(
            answer.has("此地址没有内容。") && answer.has("data-state=\"absent\""),
            "{card}"
        );
    }
    for feed in [
        "/articles/never-was.rss",
        "/nothing.php",
        "/media/nothing.jpg",
    ] {
        let answer = server.get(feed);
        assert_eq!(answer.status, 404, "{feed}");
        assert_eq!(
            answer.header("content-type"),
            Some("text/plain; charset=utf-8")
        );
    }
    // What has ended says so in the same ways.
    let page = server.get("/sections/old");
    assert_eq!(page.status, 410);
    assert!(page.has("此处的栏目已停办。") && page.has("href=\"https://new.example/feed\""));
    let card = server.get("/embed/sections/old");
    assert_eq!(card.status, 410);
    assert!(card.has("此处的栏目已停办。") && card.has("data-state=\"removed\""));
    let feed = server.get("/sections/old.rss");
    assert_eq!(
        feed.header("content-type"),
        Some("text/plain; charset=utf-8")
    );
    // Another title is on the next of them.
    paper.write(
        "publication.toml",
        settings.replace("The Courier", "The Herald"),
    );
    server.until("/articles/never-was", |page| {
        page.status == 404 && page.has("The Herald") && page.has("There is nothing")
    });
}

#[test]
fn headings_skip_no_level_and_wide_tables_can_be_moved_by_keys() {
    let paper = Paper::new();
    let body =
        "#### Deep\n\nText.\n\n## Part <b>\n\n#### Deeper\n\n### Less\n\n|A|B|\n|---|---|\n|1|2|\n";
    paper.article("city/first", "The first", body);
    let server = paper.start();
    let page = server.get("/articles/first");
    let text = page.text();
    let levels: Vec<&str> = text
        .match_indices("</h")
        .map(|(at, _)| &text[at + 3..at + 4])
        .filter(|level| level.parse::<u8>().is_ok())
        .collect();
    // The last is that of its feeds.
    assert_eq!(levels, ["1", "2", "2", "3", "3", "2"], "{text}");
    assert!(page.has("<table tabindex=\"0\">"));
    // Feeds have them as they were written.
    let feed = server.get("/feed.json");
    assert!(
        feed.has("<h4>Deep") && !feed.has("tabindex"),
        "{}",
        feed.text()
    );
}

#[test]
fn a_card_follows_the_story_wherever_it_stands() {
    let (_paper, server, token) = desk();
    let desk = Writer::new(&server, &token);
    let made = desk.post("/api/v1/articles", &story(&desk)).expect(201);
    let (card, photograph) = (
        format!("/embed/a/{}", bare(&made)),
        format!("/embed/captions/{}", caption_of(&made)),
    );
    let shown = server.get(&card);
    assert!(shown.has("The bridge opens") && shown.has("Lin Mu"));
    let policy = shown.header("content-security-policy").unwrap();
    assert!(
        policy.contains("frame-ancestors *") && !policy.contains("unsafe"),
        "{policy}"
    );
    assert!(shown.has("noindex") && shown.header("set-cookie").is_none());
    assert!(shown.header("x-frame-options").is_none());
    let page = server.get("/articles/the-bridge-opens");
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("frame-ancestors 'self'"), "{policy}");
    assert!(server.get(&photograph).has("The bridge at dawn"));
    let list = server.get("/embed/sections/city");
    assert!(list.has("The bridge opens"));

    // A section that has another name takes its card along.
    let weather = desk
        .post("/api/v1/sections", &json!({"title": "Weather"}))
        .expect(201);
    assert_eq!(server.get("/embed/sections/weather").status, 200);
    let named = json!({"slug": "skies"});
    desk.change("PATCH", "/api/v1/sections/weather", weather.etag(), &named)
        .expect(200);
    let moved = server.get("/embed/sections/weather");
    assert_eq!(moved.status, 301);
    assert!(
        moved
            .header("location")
            .unwrap()
            .ends_with("/embed/sections/skies")
    );

    let note = json!({"public_note": "It opened at one."});
    let path = format!("{}/correct", made.path());
    let corrected = desk.change("POST", &path, made.etag(), &note).expect(200);
    // Whoever knows the page finds the card, under former names, too.
    let renamed = json!({"slug": "the-bridge"});
    let corrected = desk
        .change("PATCH", &made.path(), corrected.etag(), &renamed)
        .expect(200);
    let way = server.get("/embed/articles/the-bridge-opens");
    assert_eq!(way.status, 301);
    assert!(
        way.header("location")
            .unwrap()
            .ends_with("/embed/articles/the-bridge")
    );
    assert_eq!(
        server.get("/embed/articles/the-bridge").body,
        server.get(&card).body
    );
    assert!(server.get(&card).has("It opened at one."));
    let path = format!("{}/retract", made.path());
    let why = json!({"public_note": "There is no bridge."});
    desk.change("POST", &path, corrected.etag(), &why)
        .expect(200);
    let shown = server.get(&card);
    assert_eq!(shown.status, 200);
    assert!(shown.has("There is no bridge.") && !shown.has("After nine years"));
    assert!(!server.get(&photograph).has("The bridge at dawn"));
    // The page of its photograph has the reason, too.
    let page = server.get(&photograph.replace("/embed", ""));
    assert!(page.has("There is no bridge.") && !page.has("The bridge at dawn"));
    assert!(!server.get("/embed/sections/city").has("The bridge opens"));
    desk.post(&format!("{}/kill", made.path()), &json!({}))
        .expect(200);
    let shown = server.get(&card);
    assert_eq!(shown.status, 410);
    assert!(
        shown.has("Withdrawn") && !shown.has("bridge opens"),
        "{}",
        shown.text()
    );
    let policy = shown.header("content-security-policy").unwrap();
    assert!(policy.contains("frame-ancestors *"), "{policy}");
}

#[test]
fn a_photograph_that_was_retracted_says_the_same_reason_everywhere() {
    let (_paper, server, token) = desk();
    let desk = Writer::new(&server, &token);
    let mut twice = story(&desk);
    twice["captions"]
        .as_array_mut()
        .unwrap()
        .push(json!({"text": "The bridge at dusk"}));
    let made = desk.post("/api/v1/articles", &twice).expect(201);
    let ids: Vec<String> = made.body["captions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|caption| caption["id"].as_str().unwrap().replace("urn:uuid:", ""))
        .collect();
    let retract = |path: &str, why: &str| {
        let known = desk.get(path).expect(200);
        let why = json!({"public_note": why});
        desk.change("POST", &format!("{path}/retract"), known.etag(), &why)
            .expect(200);
    };
    retract(&format!("/api/v1/captions/{}", ids[0]), "It was staged.");
    retract(&made.path(), "There is no bridge.");
    let feed = server.get("/articles/the-bridge-opens.json").text();
    let feed: Value = serde_json::from_str(&feed).unwrap();
    for (id, why) in [
        (&ids[0], "It was staged."),
        (&ids[1], "There is no bridge."),
    ] {
        for address in [format!("/captions/{id}"), format!("/embed/captions/{id}")] {
            let shown = server.get(&address);
            assert!(shown.has(why), "{address}: {}", shown.text());
        }
        let items = feed["items"].as_array().unwrap();
        let item = items
            .iter()
            .find(|item| item["id"] == format!("urn:uuid:{id}"))
            .unwrap();
        assert!(
            item["content_html"].as_str().unwrap().contains(why),
            "{item}"
        );
    }
}

#[test]
fn oembed_is_given_for_what_is_public_and_nothing_else() {
    let (_paper, server, token) = desk();
    let desk = Writer::new(&server, &token);
    let made = desk.post("/api/v1/articles", &story(&desk)).expect(201);
    let ask = |query: &str| server.get(&format!("/oembed?{query}"));
    let url = |path: &str| format!("url={}{path}", server.base()).replace('/', "%2F");
    let said = ask(&url("/articles/the-bridge-opens"));
    assert_eq!(said.header("content-type"), Some("application/json"));
    let object: Value = serde_json::from_str(&said.text()).unwrap();
    assert_eq!(
        (&object["type"], &object["version"]),
        (&json!("rich"), &json!("1.0"))
    );
    assert_eq!(object["author_name"], "Ada Wells");
    // One link and one frame, which sanitizers leave.
    let html = object["html"].as_str().unwrap();
    assert!(html.starts_with("<blockquote hidden><a href="));
    assert_eq!(html.matches("<iframe ").count(), 1);
    assert!(html.contains(&format!("/embed/a/{}", bare(&made))) && !html.contains("<script"));
    // WordPress keeps these attributes of a frame that it does not know, and takes all others away; only its own frame's
    // look does without the style.
    let kept = [
        "src",
        "width",
        "height",
        "frameborder",
        "marginwidth",
        "marginheight",
        "scrolling",
        "title",
        "style",
    ];
    let frame = html
        .split_once("<iframe ")
        .unwrap()
        .1
        .split_once('>')
        .unwrap()
        .0;
    for attribute in frame
        .split("\" ")
        .filter_map(|it| Some(it.split_once('=')?.0))
    {
        assert!(kept.contains(&attribute), "{attribute}");
    }
    // The page says where to ask, in its body and in its head.
    let page = server.get("/articles/the-bridge-opens");
    for format in ["json", "xml"] {
        let kind = format!(
            "+oembed\" title=\"oEmbed ({})\" href=\"",
            format.to_uppercase()
        );
        let text = page.text();
        let (_, rest) = text.split_once(&kind).expect("where to ask");
        let address = rest.split_once('"').unwrap().0.replace("&amp;", "&");
        let path = address.strip_prefix(&server.base()).unwrap();
        assert!(path.ends_with(&format!("&format={format}")), "{path}");
        assert_eq!(server.get(path).status, 200, "{path}");
    }
    let link = page.header("link").unwrap();
    assert!(link.contains("application/json+oembed") && link.contains("text/xml+oembed"));
    // Limits are hard, also for the thumbnail.
    let small = ask(&format!(
        "{}&maxwidth=200&maxheight=100",
        url("/articles/the-bridge-opens")
    ));
    let object: Value = serde_json::from_str(&small.text()).unwrap();
    assert_eq!(
        (&object["width"], &object["height"]),
        (&json!(200), &json!(100))
    );
    assert_eq!(object.get("thumbnail_url"), None);
    let none = ask(&format!(
        "{}&maxwidth=0&maxheight=x",
        url("/articles/the-bridge-opens")
    ));
    assert_eq!(none.body, said.body);
    let xml = ask(&format!("{}&format=xml", url("/sections/city")));
    assert_eq!(xml.header("content-type"), Some("text/xml; charset=utf-8"));
    let document = xml.text();
    let document = roxmltree::Document::parse(&document).unwrap();
    assert_eq!(document.root_element().tag_name().name(), "oembed");
    assert_eq!(
        ask(&url(&format!("/captions/{}", caption_of(&made)))).status,
        200
    );
    // However it is spelled.
    let base = server.base();
    let secure = base.replace("http:", "https:");
    for url in [
        format!("{base}/articles/the-bridge-opens/"),
        format!("{base}/articles/the%2Dbridge%2Dopens?utm=1"),
        format!("{secure}/articles/the-bridge-opens#part"),
    ] {
        let encoded = url
            .replace('%', "%25")
            .replace('#', "%23")
            .replace('?', "%3F");
        assert_eq!(ask(&format!("url={encoded}")).body, said.body, "{url}");
    }
    for url in [
        base.replace("http://", "http://user@") + "/articles/the-bridge-opens",
        format!("{base}/articles%2Fthe-bridge-opens"),
        format!("{base}0/articles/the-bridge-opens"),
        format!("{base}//articles/the-bridge-opens"),
        format!("{base}/embed/articles/the-bridge-opens"),
        base.replace("http:", "ftp:") + "/articles/the-bridge-opens",
    ] {
        let encoded = url.replace('%', "%25");
        assert_eq!(ask(&format!("url={encoded}")).status, 404, "{url}");
    }
    for (query, status) in [
        ("format=json".to_owned(), 400),
        (
            format!("{}&format=yaml", url("/articles/the-bridge-opens")),
            501,
        ),
        (url("/articles/never-was"), 404),
        (url("/tags/bridges"), 404),
        (
            "url=https%3A%2F%2Felsewhere.example%2Farticles%2Fthe-bridge-opens".to_owned(),
            404,
        ),
    ] {
        assert_eq!(ask(&query).status, status, "{query}");
    }
    let again = [("If-None-Match", said.etag())];
    let address = format!("/oembed?{}", url("/articles/the-bridge-opens"));
    assert_eq!(server.get_with(&address, &again).status, 304);
    desk.post(&format!("{}/withhold", made.path()), &json!({}))
        .expect(200);
    assert_eq!(server.get(&address).status, 404);
}

#[test]
fn hostile_text_becomes_neither_markup_nor_script_on_any_page() {
    let paper = Paper::new();
    let evil = "</script><script>alert(1)</script>\"'><img src=x onerror=alert(2)> & \u{2028}";
    let settings = paper.read("publication.toml");
    let title = format!("title = {}", json!(evil));
    let settings = settings.replace("title = \"The Courier\"", &title);
    let described = settings.replace(
        "language = ",
        &format!("description = {0}\nrights = {0}\nlanguage = ", json!(evil)),
    );
    paper.write("publication.toml", described);
    let server = paper.start();
    let token = token(&paper, "newsdesk", "desk");
    let desk = Writer::new(&server, &token);
    let mut story = story(&desk);
    for key in [
        "headline",
        "kicker",
        "deck",
        "rights",
        "source",
        "dateline",
        "public_note",
    ] {
        story[key] = json!(format!("{key} {evil}"));
    }
    story["authors"] = json!([evil]);
    story["tags"] = json!([evil]);
    for key in [
        "text",
        "alt",
        "credit",
        "usage_terms",
        "source",
        "public_note",
    ] {
        story["captions"][0][key] = json!(format!("{key} {evil}"));
    }
    let made = desk.post("/api/v1/articles", &story).expect(201);
    let section = json!({"slug": "evil", "title": evil});
    desk.post("/api/v1/sections", &section).expect(201);
    let ask = |path: &str| {
        let url = format!("{}{path}", server.base()).replace('/', "%2F");
        server.get(&format!("/oembed?url={url}&format=xml")).text()
    };
    for path in ["/articles/the-bridge-opens", "/sections/evil"] {
        let xml = ask(path);
        let document = roxmltree::Document::parse(&xml).unwrap();
        let mut elements = document.descendants();
        let html = elements.find(|node| node.has_tag_name("html")).unwrap();
        let html = html.text().unwrap();
        assert!(
            !html.contains("<script") && !html.contains("<img"),
            "{html}"
        );
    }
    let pages = [
        "/".to_owned(),
        "/sections/city".to_owned(),
        "/captions".to_owned(),
        "/subscribe".to_owned(),
        "/days/2025-02-28".to_owned(),
        "/articles/the-bridge-opens".to_owned(),
        format!("/captions/{}", caption_of(&made)),
        format!("/embed/a/{}", bare(&made)),
        format!("/embed/captions/{}", caption_of(&made)),
        "/embed/sections/city".to_owned(),
        "/sections/evil".to_owned(),
        "/embed/sections/evil".to_owned(),
    ];
    for address in &pages {
        let page = server.get(address);
        assert_eq!(page.status, 200, "{address}");
        assert_harmless(&server, address, &page);
    }
    assert_harmless(&server, "the overview", &server.operate("/"));
    assert_eq!(
        linked(&server.get("/articles/the-bridge-opens"))["headline"],
        json!(format!("headline {evil}").trim())
    );
    // What stands in the place of what was taken away.
    let path = format!("{}/retract", made.path());
    let notice = json!({"public_note": format!("notice {evil}")});
    desk.change("POST", &path, made.etag(), &notice).expect(200);
    let retraction = server.get("/articles/the-bridge-opens");
    assert!(retraction.has("notice &lt;/script&gt;"));
    for address in &pages {
        let page = server.get(address);
        if page.status == 404 {
            assert_eq!(address, "/days/2025-02-28");
            continue;
        }
        assert_harmless(&server, address, &page);
    }
}

/// Nothing of the text is markup or script, and nothing is loaded from elsewhere.
fn assert_harmless(server: &Server, address: &str, page: &Answer) {
    assert!(
        !page.has("<script>") && !page.has("onerror=alert(2)>") && !page.has("<img src=x"),
        "{address}: {}",
        page.text()
    );
    let policy = page.header("content-security-policy").unwrap();
    assert!(
        policy.starts_with("default-src 'none'") && !policy.contains("unsafe"),
        "{address}: {policy}"
    );
    let text = page.text();
    for (at, found) in text.match_indices(" src=\"") {
        let source = text[at + found.len()..].split('"').next().unwrap();
        assert!(
            source.starts_with('/') || source.starts_with(&server.base()),
            "{address} loads {source}"
        );
    }
}

#[test]
fn a_paper_may_say_which_sites_show_its_cards() {
    let paper = Paper::new();
    let settings = paper.read("publication.toml");
    let allowed = "embed_hosts = [\"https://partner.example\", \"https://*.other.example:8443\"]\n";
    paper.write("publication.toml", format!("{allowed}{settings}"));
    paper.article("city/first", "The first", "A text.");
    let server = paper.start();
    let feed = server.dated("/feed.atom");
    let card = server.get("/embed/sections/city");
    let policy = card.header("content-security-policy").unwrap();
    let ends = "frame-ancestors 'self' https://partner.example https://*.other.example:8443";
    assert!(policy.ends_with(ends), "{policy}");
    let packed = server.get_with("/embed/sections/city", &[("Accept-Encoding", "gzip")]);
    assert_eq!(packed.header("content-security-policy"), Some(policy));
    // What a browser keeps it under fewer sites for is another answer: a 304 would leave it the old policy.
    let fewer = allowed.replace(", \"https://*.other.example:8443\"", "");
    paper.write("publication.toml", format!("{fewer}{settings}"));
    let known = [("If-None-Match", card.etag())];
    let again = wait("the narrower policy", || {
        let again = server.get_with("/embed/sections/city", &known);
        (again.status == 200).then_some(again)
    });
    assert_eq!(again.body, card.body);
    // No feed says who may show cards, and none is sent again.
    let known = server.get("/feed.atom");
    assert_eq!(known.body, feed.body);
    assert_eq!(known.header("last-modified"), feed.header("last-modified"));
    let policy = again.header("content-security-policy").unwrap();
    assert!(
        policy.ends_with("frame-ancestors 'self' https://partner.example"),
        "{policy}"
    );
    for wrong in [
        "partner.example",
        "https://a;sandbox",
        "https://partner.example/path",
        "https://a; script-src *",
        "ftp://partner.example",
        "https://partner.example/",
        "https://partner.example?a",
        "https://desk@partner.example",
        "https://*",
        "https://*.example",
        "https://a.*.example",
        "https://*.*.example",
        "https://partner.example:*",
        "https://partner.example:0",
        "https://partner.example:",
        "https://partner'.example",
        "https://partner.example,https://other.example",
        "https://partner.example https://other.example",
        "https://Partner.example",
        "https://partner..example",
        "https://bücher.example",
        "https://0x7f.1",
        "'unsafe-inline'",
        "*",
        "https:",
    ] {
        paper.write(
            "publication.toml",
            format!("embed_hosts = [\"{wrong}\"]\n{settings}"),
        );
        let checked = paper.check();
        assert!(
            support::said(&checked)
                .contains("publication.toml:1: refused: expected embed_hosts to name sites"),
            "{wrong}: {}",
            support::said(&checked)
        );
    }
}

#[test]
fn a_photograph_whose_right_has_ended_stands_on_no_page_and_no_card() {
    let (_paper, server, token) = desk();
    let desk = Writer::new(&server, &token);
    let mut ended = story(&desk);
    ended["captions"][0]["usage_ends"] = json!("2025-03-01T00:00:00Z");
    let made = desk.post("/api/v1/articles", &ended).expect(201);
    for address in [
        "/".to_owned(),
        "/days/2025-02-28".to_owned(),
        "/captions".to_owned(),
        "/articles/the-bridge-opens".to_owned(),
        format!("/captions/{}", caption_of(&made)),
        format!("/embed/a/{}", bare(&made)),
        format!("/embed/captions/{}", caption_of(&made)),
        format!(
            "/oembed?url={}%2Farticles%2Fthe-bridge-opens",
            server.base().replace('/', "%2F")
        ),
    ] {
        let page = server.get(&address);
        assert_eq!(page.status, 200, "{address}");
        assert!(!page.has("/media/"), "{address}: {}", page.text());
    }
    assert!(
        server
            .get("/articles/the-bridge-opens")
            .has("The bridge at dawn")
    );
}
