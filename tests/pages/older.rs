//! The way back: closed segments as pages, calendars, and the list of sections.

use serde_json::json;

use crate::support::writer::{Writer, token};
use crate::support::{Answer, Paper};

/// A paper with stories of that many days from 1 October 2026 on.
fn paper(stories: usize) -> Paper {
    let paper = Paper::new();
    for number in 0..stories {
        let (month, day) = (10 + number / 31, number % 31 + 1);
        paper.write(
            &format!("city/story-{number}/article.md"),
            format!(
                "+++\nheadline = \"Story no. {number}\"\npublished = 2026-{month}-{day:02}T09:00:00Z\n+++\nA text.\n"
            ),
        );
    }
    paper
}

#[track_caller]
fn assert_has(page: &Answer, all: &[&str]) {
    for words in all {
        assert!(page.has(words), "{words}: {}", page.text());
    }
}

#[test]
fn lists_lead_to_older_stories_and_back() {
    let paper = paper(55);
    let server = paper.start();
    for (list, below) in [("/", ""), ("/sections/city", "/sections/city")] {
        let older = format!("<a rel=\"prev\" href=\"{below}/archive/2\">Older stories</a>");
        assert_has(&server.get(list), &[&older]);
        let second = server.get(&format!("{below}/archive/2"));
        assert_eq!(second.status, 200);
        assert_has(
            &second,
            &[
                &format!("<a rel=\"prev\" href=\"{below}/archive/1\">"),
                &format!("<a rel=\"next\" href=\"{list}\">Newest stories</a>"),
                ">Story no. 25<",
                ">Story no. 49<",
            ],
        );
        assert!(!second.has("Story no. 24<") && !second.has("Story no. 50<"));
        // A reader goes from there to the other lists, too, and to the month of its newest story.
        assert_has(
            &second,
            &[
                "<nav class=\"lists\"",
                "<a href=\"/sections\">All sections</a>",
                "<a href=\"/days\">",
                "<a href=\"/days/2026-11\">",
            ],
        );
        let first = server.get(&format!("{below}/archive/1"));
        let next = format!("<a rel=\"next\" href=\"{below}/archive/2\">Newer stories</a>");
        assert_has(
            &first,
            &[&next, ">1 October 2026</time> – <time", ">Story no. 0<"],
        );
        assert!(!first.has("rel=\"prev\""));
        let text = first.text();
        assert!(
            text.find("Story no. 24<") < text.find("Story no. 0<"),
            "{text}"
        );
        for nothing in ["archive/3", "archive/0", "archive/01", "archive"] {
            let address = format!("{below}/{nothing}");
            assert_eq!(server.get(&address).status, 404, "{address}");
        }
    }
    assert_eq!(server.get("/sections/harbour/archive/1").status, 404);
    assert!(!server.get("/sections/harbour").has("Older stories"));
    assert_eq!(server.get("/tags/city/archive/1").status, 404);
}

/// The numbers of the stories that a page lists, as they follow one another.
fn listed(page: &Answer) -> Vec<usize> {
    let text = page.text();
    let stories = text.split("href=\"/articles/story-").skip(1);
    let numbers = stories.filter_map(|rest| rest.split('"').next()?.parse().ok());
    numbers.collect()
}

#[test]
fn what_is_corrected_of_old_pushes_nothing_newer_out_of_a_list() {
    let paper = paper(55);
    for number in 0..55 {
        let more = "tags = [\"Bridges\"]\nauthors = [\"Ada Wells\"]\nheadline";
        paper.edit(&format!("city/story-{number}/article.md"), "headline", more);
    }
    let server = paper.start();
    let lists = ["/", "/sections/city", "/tags/bridges", "/authors/ada-wells"];
    // Whatever no segment of the archive has stands in a list, too: of a tag there are none.
    let newest: Vec<usize> = (5..55).rev().collect();
    let before = lists.map(|path| server.dated(path));
    for page in &before {
        assert_eq!(listed(page), newest);
    }
    for number in 0..4 {
        paper.edit(
            &format!("city/story-{number}/article.md"),
            "headline",
            "public_note = \"It was one.\"\nheadline",
        );
    }
    for feed in ["/feed.json", "/sections/city.json", "/tags/bridges.json"] {
        server.until(feed, |feed| {
            (0..4).all(|number| feed.has(&format!("\"Story no. {number}\"")))
        });
    }
    // A list that does not show them is the same, with its date.
    for (path, before) in lists.iter().zip(&before) {
        let page = server.get(path);
        assert_eq!(listed(&page), newest, "{path}");
        assert_eq!(page.etag(), before.etag(), "{path}");
        let date = |page: &Answer| page.header("last-modified").map(str::to_owned);
        assert_eq!(date(&page), date(before), "{path}");
    }
    // A story outside the feeds' windows that a list shows is corrected there.
    for number in 4..40 {
        paper.edit(
            &format!("city/story-{number}/article.md"),
            "headline",
            "public_note = \"It was one.\"\nheadline",
        );
    }
    for path in lists {
        let page = server.until(path, |page| {
            page.text().matches("class=\"corrected\"").count() == 35
        });
        assert_eq!(listed(&page), newest, "{path}");
    }
    // One that is dated back far stands at the end of a list until an archive has it.
    paper.write(
        "city/story-99/article.md",
        "+++\nheadline = \"Story no. 99\"\npublished = 1999-10-01T09:00:00Z\n+++\nA text.\n",
    );
    let page = server.until("/sections/city", |page| page.has("Story no. 99"));
    let with_it: Vec<usize> = newest.iter().copied().chain([99]).collect();
    assert_eq!(listed(&page), with_it);
}

#[test]
fn an_archive_page_goes_the_way_of_its_feed() {
    let paper = paper(30);
    let server = paper.start();
    let before = server.dated("/archive/1");
    let token = token(&paper, "newsdesk", "desk");
    let desk = Writer::new(&server, &token);
    // What is new stands elsewhere.
    let new = json!({"section": "city", "slug": "new", "headline": "New", "body": "A text.",
        "published": "2026-11-20T09:00:00Z"});
    desk.post("/api/v1/articles", &new).expect(201);
    assert_eq!(server.get("/archive/1").etag(), before.etag());
    // A section that is called otherwise leads there, and one that ended says so.
    paper.edit(
        "publication.toml",
        "slug = \"city\"",
        "slug = \"town\"\nformer = [\"city\"]",
    );
    let moved = server.until("/sections/city/archive/1", |page| page.status == 301);
    assert_eq!(
        moved
            .header("location")
            .map(|to| to.ends_with("/sections/town/archive/1")),
        Some(true)
    );
}

#[test]
fn calendars_lead_to_the_days_that_have_stories() {
    let paper = paper(33);
    let server = paper.start();
    let days = server.get("/days");
    assert_has(
        &days,
        &[
            "<h2>2026</h2>",
            "href=\"/days/2026-10\"",
            "href=\"/days/2026-11\"",
            ">November 2026</time>",
        ],
    );
    let november = server.get("/days/2026-11");
    assert_has(
        &november,
        &[
            "<th scope=\"col\">Mon</th>",
            // It begins on a Sunday.
            "<tr><td colspan=\"6\"></td><td><a href=\"/days/2026-11-01\" aria-label=\"1 November 2026\">1</a></td></tr>",
            "<td>3</td>",
            "rel=\"prev\" href=\"/days/2026-10\"",
            "href=\"/days\"",
        ],
    );
    assert!(!november.has("/days/2026-11-03") && !november.has("rel=\"next\""));
    let day = server.get("/days/2026-11-01");
    assert_has(
        &day,
        &["href=\"/days/2026-11\"", ">1 November 2026</time></h1>"],
    );
    for nothing in ["/days/2026-12", "/days/2026-13", "/days/2026-1", "/days/"] {
        assert_ne!(server.get(nothing).status, 200, "{nothing}");
    }
}

#[test]
fn calendars_move_when_a_day_comes_or_goes_and_only_then() {
    let paper = paper(33);
    let server = paper.start();
    let token = token(&paper, "newsdesk", "desk");
    let desk = Writer::new(&server, &token);
    let tag = |path: &str| server.get(path).etag().to_owned();
    let (days, october, november) = (tag("/days"), tag("/days/2026-10"), tag("/days/2026-11"));
    let story = |slug: &str, day: &str| {
        json!({"section": "city", "slug": slug, "headline": slug, "body": "A text.",
            "published": format!("{day}T09:00:00Z")})
    };
    // One more on a day that has one.
    desk.post("/api/v1/articles", &story("one", "2026-11-02"))
        .expect(201);
    assert_eq!(
        (tag("/days"), tag("/days/2026-11")),
        (days.clone(), november.clone())
    );
    // A new day.
    desk.post("/api/v1/articles", &story("two", "2026-11-09"))
        .expect(201);
    assert_eq!(
        (tag("/days"), tag("/days/2026-10")),
        (days.clone(), october.clone())
    );
    assert_ne!(tag("/days/2026-11"), november);
    // A new month, which the one after it leads to.
    let made = desk
        .post("/api/v1/articles", &story("three", "2026-08-09"))
        .expect(201);
    assert_ne!(tag("/days"), days);
    assert_ne!(tag("/days/2026-10"), october);
    assert!(server.get("/days/2026-10").has("href=\"/days/2026-08\""));
    desk.post(&format!("{}/withhold", made.path()), &json!({}))
        .expect(200);
    assert_eq!((tag("/days"), tag("/days/2026-10")), (days, october));
    assert_eq!(server.get("/days/2026-08").status, 404);
}

#[test]
fn a_day_says_section_and_author_of_each_story_and_follows_them() {
    let paper = Paper::new();
    let server = paper.start();
    let token = token(&paper, "newsdesk", "desk");
    let desk = Writer::new(&server, &token);
    let mut story = json!({"section": "city", "slug": "one", "headline": "One", "body": "A text.",
        "published": "2026-11-02T09:00:00Z", "authors": ["Ada Wells"]});
    let made = desk.post("/api/v1/articles", &story).expect(201);
    let facts = |section: &str, author: &str| {
        server.until("/days/2026-11-02", |day| {
            day.has(section) && day.has(author)
        })
    };
    let city = "<a class=\"p-category\" href=\"/sections/city\">City</a>";
    let before = facts(city, ">Ada Wells</a>");
    // The text stands on no list.
    story["body"] = json!("Another text.");
    desk.change("PUT", &made.path(), "*", &story).expect(200);
    assert_eq!(server.get("/days/2026-11-02").etag(), before.etag());
    story["authors"] = json!(["Lin Mu"]);
    desk.change("PUT", &made.path(), "*", &story).expect(200);
    facts(city, ">Lin Mu</a>");
    story["section"] = json!("harbour");
    desk.change("PUT", &made.path(), "*", &story).expect(200);
    facts("href=\"/sections/harbour\">Harbour</a>", ">Lin Mu</a>");
}

#[test]
fn days_and_months_are_those_of_the_paper() {
    let paper = Paper::new();
    paper.edit(
        "publication.toml",
        "language = \"en\"",
        "language = \"zh-Hans\"\ntimezone = \"Asia/Shanghai\"",
    );
    paper.write(
        "city/story/article.md",
        "+++\nheadline = \"大桥通车\"\npublished = 2026-10-31T20:00:00Z\n+++\n文。\n",
    );
    let server = paper.start();
    assert_eq!(server.get("/days/2026-10").status, 404);
    let november = server.get("/days/2026-11");
    assert_has(
        &november,
        &[
            ">2026年11月</time></h1>",
            "aria-label=\"2026年11月1日\">1</a>",
            "<th scope=\"col\">日</th>",
        ],
    );
    assert_has(
        &server.get("/days/2026-11-01"),
        &[">2026年11月1日</time></h1>"],
    );
}

#[test]
fn where_nothing_is_a_reader_goes_on() {
    let paper = paper(1);
    let server = paper.start();
    let absent = server.get("/nothing");
    assert_eq!(absent.status, 404);
    assert_has(
        &absent,
        &["href=\"/\"", "href=\"/sections\"", "href=\"/days\""],
    );
    let sections = server.get("/sections");
    assert_has(
        &sections,
        &[
            "<h1>All sections</h1>",
            "href=\"/sections/city\">City</a>",
            "href=\"/sections/harbour\">",
        ],
    );
    // It says the same whatever is published.
    paper.article("city/other", "Another", "A text.");
    server.until("/", |page| page.has("Another"));
    assert_eq!(server.get("/sections").etag(), sections.etag());
}

#[test]
fn what_is_killed_is_on_no_page_of_days_where_midnight_came_twice() {
    let paper = Paper::new();
    paper.write(
        "publication.toml",
        "title = \"The Courier\"\nlanguage = \"en\"\ntimezone = \"America/St_Johns\"\n\
         [[sections]]\nslug = \"city\"\ntitle = \"City\"\n",
    );
    for (slug, published) in [
        // 23:15 of the 6th by the clock, which had struck midnight already.
        ("late", "2010-11-07T02:45:00Z"),
        ("noon", "2010-11-07T15:00:00Z"),
    ] {
        paper.write(
            &format!("city/{slug}/article.md"),
            format!("+++\nheadline = \"Story {slug}\"\npublished = {published}\n+++\nA text.\n"),
        );
    }
    let server = paper.start();
    let day = server.get("/days/2010-11-07");
    assert_has(&day, &["Story late", "Story noon"]);
    assert_has(&server.get("/days/2010-11"), &["/days/2010-11-07"]);
    assert_has(&server.get("/articles/late"), &["/days/2010-11-07"]);
    paper.remove("city/late");
    server.until("/articles/late", |page| page.status == 410);
    let day = server.get("/days/2010-11-07");
    assert_has(&day, &["Story noon"]);
    assert!(!day.has("Story late"), "{}", day.text());
}
