//! An article as newspapers set it: its dateline, byline, dates and credits, each in the words of its language.

use serde_json::json;

use crate::support::writer::{Writer, token};
use crate::support::{Paper, Server};

/// A paper of that language in that zone, with one story whose front matter and body these are.
fn with(language: &str, zone: &str, front: &str, body: &str) -> (Paper, Server) {
    let paper = Paper::new();
    let told = format!("language = \"{language}\"\ntimezone = \"{zone}\"");
    paper.edit("publication.toml", "language = \"en\"", &told);
    paper.write(
        "city/story/article.md",
        format!("+++\nheadline = \"A story\"\n{front}\n+++\n{body}\n"),
    );
    let server = paper.start();
    (paper, server)
}

const CHINESE: &str = "published = 2026-11-24T15:04:00+08:00\ndateline = \"新华社北京11月26日电\"\n\
    authors = [\"李明\"]\nsource = \"新华社\"\n\
    [[captions]]\ntext = \"大桥。\"\ncredit = \"孙杰\"\n";

#[test]
fn a_chinese_story_is_set_as_chinese_papers_set_it() {
    let (_paper, server) = with("zh-Hans", "Asia/Shanghai", CHINESE, "大桥通车。");
    let page = server.get("/articles/story");
    for words in [
        "<p><span class=\"dateline\">新华社北京11月26日电</span>　大桥通车。</p>",
        "datetime=\"2026-11-24T07:04:00Z\">2026年11月24日 15:04</time>",
        "来源</span>：新华社",
        "<span>孙杰</span> <span lang=\"zh-Hans\" dir=\"ltr\">摄</span>",
    ] {
        assert!(page.has(words), "{words}: {}", page.text());
    }
    let text = page.text();
    let (author, date) = (text.find("rel=\"author\""), text.find("<time"));
    assert!(author.is_some() && author < date, "{text}");
    // Feeds say what they said.
    let feed = server.get("/feed.rss");
    for words in [
        "<p>新华社北京11月26日电</p>",
        "<p>新华社</p>",
        "大桥。<br>孙杰<",
    ] {
        assert!(feed.has(words), "{words}: {}", feed.text());
    }
}

#[test]
fn an_english_story_is_set_as_english_papers_set_it() {
    let front = "published = 2026-11-24T15:04:00Z\ndateline = \"NORTH QUAY —\"\nsource = \"Reuters\"\n\
        [[captions]]\ntext = \"A bridge.\"\ncredit = \"Ines Duarte\"\n";
    let (_paper, server) = with("en", "UTC", front, "It opened.\n\nAt last.");
    let page = server.get("/articles/story");
    for words in [
        "<p><span class=\"dateline\">NORTH QUAY</span> — It opened.</p>",
        ">24 November 2026, 15:04</time>",
        "Source</span>: Reuters",
        "Photograph</span>: <span>Ines Duarte</span>",
    ] {
        assert!(page.has(words), "{words}: {}", page.text());
    }
}

#[test]
fn an_article_leads_to_its_own_feed() {
    let front = "published = 2026-11-24T15:04:00Z\n";
    let (_paper, server) = with("en", "UTC", front, "It opened.");
    let page = server.get("/articles/story");
    let text = page.text();
    let (_, feeds) = text.split_once("<section class=\"feeds\"").expect("feeds");
    let (feeds, _) = feeds.split_once("</section>").unwrap();
    assert!(feeds.contains("Follow this story"), "{feeds}");
    for format in ["rss", "atom", "json"] {
        let address = format!("{}/articles/story.{format}", server.base());
        assert!(feeds.contains(&format!(">{address}</code>")), "{feeds}");
        let file = format!("<a href=\"{address}\" download>");
        assert!(feeds.contains(&file), "{file}: {feeds}");
        let path = format!("/articles/story.{format}");
        assert_eq!(server.get(&path).status, 200, "{path}");
    }
}

#[test]
fn a_colon_stands_outside_of_words_that_run_otherwise_than_their_line() {
    let front = "language = \"ar\"\npublished = 2026-11-24T15:04:00Z\nsource = \"Reuters\"\n\
        public_note = \"خطأ\"\n[[captions]]\ntext = \"جسر\"\ncredit = \"Ines Duarte\"\n\
        usage_terms = \"AP\"\n";
    let (_paper, server) = with("en", "UTC", front, "افتتح الجسر.");
    let page = server.get("/articles/story");
    assert!(page.has("lang=\"ar\" dir=\"rtl\""));
    for words in ["Photograph", "Source", "Correction", "Terms of use"] {
        let whole = format!("<span lang=\"en\" dir=\"ltr\">{words}</span>:");
        assert!(page.has(&whole), "{words}: {}", page.text());
    }
}

#[test]
fn an_article_in_another_language_has_its_own_words_and_the_papers_dates() {
    let front = format!("language = \"zh-Hans\"\n{CHINESE}");
    let (_paper, server) = with("en", "UTC", &front, "大桥通车。");
    let page = server.get("/articles/story");
    for words in [
        "来源</span>：新华社",
        ">摄</span>",
        "<time class=\"dt-published\" lang=\"en\" dir=\"ltr\" datetime=\"2026-11-24T07:04:00Z\">24 November 2026, 07:04</time>",
    ] {
        assert!(page.has(words), "{words}: {}", page.text());
    }
    let (_paper, server) = with("ru", "UTC", CHINESE, "Мост.");
    let page = server.get("/articles/story");
    assert!(page.has("<time class=\"dt-published\" lang=\"ru\" dir=\"ltr\" datetime=\"2026-11-24T07:04:00Z\">24 ноября 2026\u{202f}г., 07:04</time>"));
    let (_paper, server) = with("eo", "UTC", CHINESE, "Ponto.");
    let page = server.get("/articles/story");
    assert!(page.has("<time class=\"dt-published\" dir=\"ltr\" datetime=\"2026-11-24T07:04:00Z\">2026-11-24 07:04</time>"));
}

#[test]
fn where_only_the_day_is_known_no_time_is_said() {
    let front = "published = 2026-11-24T00:00:00+08:00";
    let (_paper, server) = with("zh-Hans", "Asia/Shanghai", front, "正文。");
    for page in [server.get("/articles/story"), server.get("/")] {
        assert!(page.has("datetime=\"2026-11-23T16:00:00Z\">2026年11月24日</time>"));
    }
}

#[test]
fn a_dateline_stands_alone_before_what_is_no_paragraph() {
    let front = "published = 2026-11-24T15:04:00Z\ndateline = \"NORTH QUAY\"";
    for body in ["## A heading\n\nA text.", "- one\n- two", "> Said he.", ""] {
        let (_paper, server) = with("en", "UTC", front, body);
        let page = server.get("/articles/story");
        assert!(page.has("<p class=\"dateline\">NORTH QUAY</p>"), "{body}");
    }
    for body in ["&nbsp;\n\nA text.", "<https://video.example/7>\n\nA text."] {
        let (_paper, server) = with("en", "UTC", front, body);
        let page = server.get("/articles/story");
        assert!(page.has("<p class=\"dateline\">NORTH QUAY</p>"), "{body}");
    }
}

#[test]
fn a_dateline_that_the_text_begins_with_stands_once() {
    let front = "published = 2026-11-24T15:04:00Z\ndateline = \"PORT & QUAY\"";
    let (_paper, server) = with("en", "UTC", front, "PORT & QUAY (Reuters) - It opened.");
    let page = server.get("/articles/story").text();
    let (_, text) = page.split_once("e-content").expect("a text");
    assert_eq!(text.matches("PORT &amp; QUAY").count(), 1, "{text}");
}

#[test]
fn a_retraction_says_when_it_was_and_when_the_story_came() {
    let (paper, server) = with("zh-Hans", "Asia/Shanghai", CHINESE, "大桥通车。");
    let token = token(&paper, "newsdesk", "desk");
    let desk = Writer::new(&server, &token);
    let made = json!({"section": "city", "slug": "gone", "headline": "大桥", "body": "文。",
        "published": "2025-02-28T09:00:00Z"});
    let made = desk.post("/api/v1/articles", &made).expect(201);
    let path = format!("{}/retract", made.path());
    let why = json!({"public_note": "并无此桥。"});
    desk.change("POST", &path, made.etag(), &why).expect(200);
    let page = server.get("/articles/gone");
    for words in [
        "<h1>撤稿：大桥</h1>",
        "撤稿时间：<time class=\"dt-retracted\"",
        "首次发表：<time class=\"dt-published\" lang=\"zh-Hans\" dir=\"ltr\" datetime=\"2025-02-28T09:00:00Z\">2025年2月28日 17:00</time>",
    ] {
        assert!(page.has(words), "{words}: {}", page.text());
    }
}

#[test]
fn a_photograph_that_was_retracted_without_a_reason_says_that_of_its_article_when_it_comes() {
    let (paper, server) = with("en", "UTC", "published = 2026-11-24T15:04:00Z", "A text.");
    let token = token(&paper, "newsdesk", "desk");
    let desk = Writer::new(&server, &token);
    let made = json!({"section": "city", "slug": "bridge", "headline": "A bridge", "body": "A text.",
        "published": "2025-02-28T09:00:00Z",
        "captions": [{"text": "At dawn", "credit": "Lin Mu"}, {"text": "At dusk", "credit": "Ada Wells"}]});
    let made = desk.post("/api/v1/articles", &made).expect(201);
    let id = made.body["captions"][0]["id"].as_str().unwrap();
    let caption = format!("/api/v1/captions/{}", id.replace("urn:uuid:", ""));
    let retract = |path: &str, why: &serde_json::Value| {
        let known = desk.get(path).expect(200);
        desk.change("POST", &format!("{path}/retract"), known.etag(), why)
            .expect(200);
    };
    retract(&caption, &json!({}));
    // Kept in memory from here on.
    assert!(server.get("/captions.atom").has("This item was retracted."));
    assert!(
        server
            .get("/authors/lin-mu.atom")
            .has("This item was retracted.")
    );
    retract(&made.path(), &json!({"public_note": "There is no bridge."}));
    for feed in ["/captions.atom", "/authors/lin-mu.atom"] {
        let feed = server.get(feed);
        assert!(feed.has("There is no bridge.") && !feed.has("This item was retracted."));
    }
}
