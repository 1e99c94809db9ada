//! The way back: closed segments and months as pages, calendars, and the list of sections.

use serde_json::json;

use crate::support::pictures::jpeg;
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

/// A story of a paper, with the tag and the author whose lists are followed.
fn tagged(paper: &Paper, number: usize, published: &str) {
    paper.write(
        &format!("city/story-{number}/article.md"),
        format!(
            "+++\nheadline = \"Story no. {number}\"\npublished = {published}\ntags = [\"Bridges\"]\n\
             authors = [\"Ada Wells\"]\n+++\nA text.\n"
        ),
    );
}

/// A paper with a named feed that takes what has the tag, and lists this many of it.
fn with_named_feed(window: usize) -> Paper {
    let paper = Paper::new();
    let settings = paper.read("publication.toml");
    let feed = format!(
        "[[feeds]]\nname = \"spans\"\ntitle = \"Spans\"\ntags = [\"Bridges\"]\nwindow = {window}\n"
    );
    paper.write("publication.toml", format!("{settings}\n{feed}"));
    paper
}

#[test]
fn lists_without_archives_lead_to_months_and_back() {
    let paper = with_named_feed(50);
    for number in 0..55 {
        let (month, day) = (10 + number / 31, number % 31 + 1);
        tagged(&paper, number, &format!("2026-{month}-{day:02}T09:00:00Z"));
    }
    // It is called like a month.
    paper.write(
        "city/other/article.md",
        "+++\nheadline = \"Other\"\npublished = 2026-10-05T10:00:00Z\ntags = [\"2026-10\"]\n+++\nA text.\n",
    );
    let server = paper.start();
    for (list, name) in [
        ("/tags/bridges", "Bridges"),
        ("/authors/ada-wells", "Ada Wells"),
        ("/feeds/spans", "Spans"),
    ] {
        let older = format!("<a rel=\"prev\" href=\"{list}/2026-10\">Older stories</a>");
        assert_has(&server.get(list), &[&older]);
        let october = server.get(&format!("{list}/2026-10"));
        assert_eq!(october.status, 200);
        assert_has(
            &october,
            &[
                &format!("<p class=\"kicker\"><a href=\"{list}\">{name}</a></p>"),
                ">October 2026</time></h1>",
                ">1 October 2026</time> – <time",
                &format!("<title>{name} · October 2026 – "),
                &format!(
                    "<link rel=\"canonical\" href=\"{}{list}/2026-10\">",
                    server.base()
                ),
                &format!("<a rel=\"next\" href=\"{list}/2026-11\">Later: <time"),
                "<a href=\"/days/2026-10\">Archive by day: <time",
                "<nav class=\"lists\"",
                "content=\"max-image-preview:large\"",
                &format!("href=\"{}{list}.atom\"", server.base()),
            ],
        );
        assert_eq!(listed(&october), (0..31).rev().collect::<Vec<_>>());
        assert!(!october.has("rel=\"prev\"") && !october.has(">Other<"));
        let november = server.get(&format!("{list}/2026-11"));
        assert_has(
            &november,
            &[
                &format!("<a rel=\"next\" href=\"{list}\">Newest stories</a>"),
                &format!("<a rel=\"prev\" href=\"{list}/2026-10\">Earlier: <time"),
            ],
        );
        assert_eq!(listed(&november), (31..55).rev().collect::<Vec<_>>());
        for nothing in [
            "2026-09",
            "2026-12",
            "2026-10/2",
            "2026-10/1",
            "2026-1",
            "months",
        ] {
            let address = format!("{list}/{nothing}");
            assert_eq!(server.get(&address).status, 404, "{address}");
        }
    }
    let other = server.get("/tags/2026-10");
    assert!(other.status == 200 && !other.has("Older stories"));
    assert_eq!(server.get("/tags/2026-10/2026-10").status, 200);
    // Where segments are, or no list is, there are no months.
    for nothing in [
        "/sections/city/2026-10",
        "/2026-10",
        "/captions/2026-10",
        "/articles/story-1/2026-10",
        "/tags/none/2026-10",
        "/feeds/none/2026-10",
    ] {
        assert_eq!(server.get(nothing).status, 404, "{nothing}");
    }
}

#[test]
fn who_follows_older_stories_meets_all_of_them() {
    let paper = with_named_feed(120);
    // Many of one moment, and a gap of half a year before them.
    for number in 0..163 {
        let published = match number {
            0..3 => format!("2026-03-{:02}T09:00:00Z", number + 1),
            _ => format!("2026-10-01T09:{:02}:00Z", number / 60),
        };
        tagged(&paper, number, &published);
    }
    let server = paper.start();
    for (list, most, pages) in [
        (
            "/tags/bridges",
            50,
            &["2026-10", "2026-10/2", "2026-03"][..],
        ),
        (
            "/authors/ada-wells",
            50,
            &["2026-10", "2026-10/2", "2026-03"],
        ),
        // The page lists more than the first part has.
        ("/feeds/spans", 120, &["2026-10/2", "2026-03"]),
    ] {
        let mut page = server.get(list);
        let mut met = listed(&page);
        assert_eq!(met.len(), most, "{list}");
        let mut walked = Vec::new();
        while let Some((_, older)) = page.text().split_once("rel=\"prev\" href=\"") {
            let older = older.split('"').next().unwrap_or_default();
            page = server.get(older);
            assert_eq!(page.status, 200, "{older}");
            assert!(listed(&page).len() <= 100, "{older}");
            met.extend(listed(&page));
            walked.push(older.to_owned());
        }
        let pages: Vec<String> = pages.iter().map(|page| format!("{list}/{page}")).collect();
        assert_eq!(walked, pages);
        met.sort_unstable();
        met.dedup();
        assert_eq!(met, (0..163).collect::<Vec<_>>(), "{list}");
        let second = server.get(&format!("{list}/2026-10/2"));
        let first = format!("<a rel=\"next\" href=\"{list}/2026-10\">Newer stories</a>");
        assert_has(&second, &[&first, "October 2026 · 2 – "]);
        assert_eq!(listed(&second).len(), 60);
    }
}

/// A story with this many photographs, which are called by `name` and their number.
fn with_photographs(paper: &Paper, name: &str, published: &str, count: usize) {
    let captions = (0..count).map(|number| {
        format!("[[captions]]\ntext = \"{name} no. {number}.\"\nimage = \"one.jpg\"\n")
    });
    let captions: String = captions.collect();
    paper.write(&format!("city/{name}/one.jpg"), jpeg(40, 30));
    paper.write(
        &format!("city/{name}/article.md"),
        format!("+++\nheadline = \"{name}\"\npublished = {published}\n{captions}+++\nA text.\n"),
    );
}

#[test]
fn photographs_lead_to_those_of_months_and_back() {
    let paper = Paper::new();
    let settings = paper.read("publication.toml");
    let feed = "[[feeds]]\nname = \"pictures\"\ntitle = \"Pictures\"\nkinds = [\"captions\"]\n";
    paper.write("publication.toml", format!("{settings}\n{feed}"));
    with_photographs(&paper, "early", "2026-03-05T09:00:00Z", 2);
    with_photographs(&paper, "one", "2026-10-01T09:00:00Z", 90);
    with_photographs(&paper, "other", "2026-10-02T09:00:00Z", 50);
    let server = paper.start();
    // The page ends with the photographs of one story, and those behind it begin in the first part of the month.
    let photographs = server.get("/captions");
    let october = "<a rel=\"prev\" href=\"/captions/2026-10\">Earlier: <time";
    assert_has(&photographs, &[october]);
    assert!(!photographs.has("Older stories"));
    let mut pages = vec![photographs];
    let mut walked = Vec::new();
    while let Some((_, older)) = pages[pages.len() - 1]
        .text()
        .split_once("rel=\"prev\" href=\"")
    {
        let older = older.split('"').next().unwrap_or_default().to_owned();
        pages.push(server.get(&older));
        walked.push(older);
    }
    assert_eq!(
        walked,
        [
            "/captions/2026-10",
            "/captions/2026-10/2",
            "/captions/2026-03"
        ]
    );
    let shown: Vec<usize> = pages
        .iter()
        .map(|page| page.text().matches("<figure class=\"h-entry\"").count())
        .collect();
    assert_eq!(shown, [50, 100, 40, 2]);
    assert_has(
        &pages[1],
        &[
            "<p class=\"kicker\"><a href=\"/captions\"><span lang=\"en\" dir=\"ltr\">Photographs</span></a></p>",
            "<nav class=\"days\" lang=\"en\" dir=\"ltr\" aria-label=\"Photographs\">",
            "<a rel=\"next\" href=\"/captions\"><span lang=\"en\" dir=\"ltr\">Photographs</span></a>",
            "October 2026</time> · 2</a>",
        ],
    );
    let first = "<a rel=\"next\" href=\"/captions/2026-10\">Later: <time";
    assert_has(&pages[2], &[first]);
    // Small photographs have one file, of which a browser has nothing to choose.
    for page in &pages {
        assert!(!page.has(" sizes="), "{}", page.text());
        assert!(
            page.has("<meta property=\"og:image\" content="),
            "{}",
            page.text()
        );
    }
    // A feed of photographs alone is shown as they are.
    let pictures = server.get("/feeds/pictures");
    assert_has(
        &pictures,
        &[
            "<div class=\"gallery\">",
            "<a rel=\"prev\" href=\"/feeds/pictures/2026-10\">Earlier: <time",
        ],
    );
    let month = server.get("/feeds/pictures/2026-10");
    assert_has(
        &month,
        &[
            "<div class=\"gallery\">",
            "<a rel=\"next\" href=\"/feeds/pictures\">Pictures</a>",
        ],
    );
    assert_has(
        &pages[3],
        &["<a rel=\"next\" href=\"/captions/2026-10\">Later: <time"],
    );
    for nothing in ["/captions/2026-09", "/captions/2026-10/3", "/captions/one"] {
        assert_eq!(server.get(nothing).status, 404, "{nothing}");
    }
    // A photograph that comes later moves the month in which it is, and no other.
    let (october, march) = (pages[2].etag(), pages[3].etag());
    with_photographs(&paper, "late", "2026-03-06T09:00:00Z", 1);
    server.until("/captions/2026-03", |page| page.has("late no. 0."));
    assert_ne!(server.get("/captions/2026-03").etag(), march);
    assert_eq!(server.get("/captions/2026-10/2").etag(), october);
}

#[test]
fn months_move_when_what_they_list_or_lead_to_changes_and_only_then() {
    let paper = with_named_feed(50);
    for number in 0..53 {
        let (month, day) = (10 + number / 31, number % 31 + 1);
        tagged(&paper, number, &format!("2026-{month}-{day:02}T09:00:00Z"));
    }
    let server = paper.start();
    let desk_token = token(&paper, "newsdesk", "desk");
    let desk = Writer::new(&server, &desk_token);
    let lists = ["/tags/bridges", "/authors/ada-wells", "/feeds/spans"];
    let of_all =
        |below: &str| lists.map(|list| server.get(&format!("{list}{below}")).etag().to_owned());
    let story = |slug: &str, day: &str| {
        json!({"section": "city", "slug": slug, "headline": slug, "body": "A text.",
            "tags": ["Bridges"], "authors": ["Ada Wells"], "published": format!("{day}T09:00:00Z")})
    };
    let (own, october, november) = (of_all(""), of_all("/2026-10"), of_all("/2026-11"));
    // One of an older month, behind all others: only the month after it leads there.
    let made = desk
        .post("/api/v1/articles", &story("one", "2026-08-09"))
        .expect(201);
    assert_eq!(
        (of_all(""), of_all("/2026-11")),
        (own.clone(), november.clone())
    );
    for list in lists {
        let october = server.get(&format!("{list}/2026-10"));
        let august = format!("<a rel=\"prev\" href=\"{list}/2026-08\">Earlier: <time");
        assert_has(&october, &[&august]);
        assert_eq!(server.get(&format!("{list}/2026-08")).status, 200);
    }
    // What waits is nowhere.
    let mut waits = story("waits", "2026-09-09");
    waits["embargo_until"] = json!("2099-01-01T00:00:00Z");
    desk.post("/api/v1/articles", &waits).expect(201);
    // Another section's story, and one of the same month without the tag.
    let mut others = story("others", "2026-08-10");
    (others["tags"], others["authors"]) = (json!(["Trams"]), json!(["Ben Hale"]));
    desk.post("/api/v1/articles", &others).expect(201);
    let august = of_all("/2026-08");
    desk.post(&format!("{}/withhold", made.path()), &json!({}))
        .expect(200);
    for list in lists {
        for nothing in ["2026-08", "2026-09"] {
            assert_eq!(
                server.get(&format!("{list}/{nothing}")).status,
                404,
                "{list}"
            );
        }
    }
    assert_eq!(
        (of_all(""), of_all("/2026-10")),
        (own.clone(), october.clone())
    );
    let release = format!("{}/release", made.path());
    desk.change("POST", &release, "*", &json!({})).expect(200);
    assert_eq!(of_all("/2026-08"), august);
    // What a month says of a story is corrected, behind the lists.
    paper.edit("city/story-1/article.md", "Story no. 1", "Story number one");
    for list in lists {
        server.until(&format!("{list}/2026-10"), |page| {
            page.has("Story number one")
        });
    }
    assert_eq!((of_all(""), of_all("/2026-11")), (own.clone(), november));
    // The three stories behind the lists go one after the other, and the lists lead to another month, then nowhere.
    for number in (0..3).rev() {
        assert_eq!(of_all(""), own);
        paper.remove(&format!("city/story-{number}"));
        server.until(&format!("/articles/story-{number}"), |page| {
            page.status == 410
        });
    }
    for list in lists {
        assert_has(
            &server.get(list),
            &[&format!(
                "<a rel=\"prev\" href=\"{list}/2026-08\">Older stories</a>"
            )],
        );
    }
    desk.post(&format!("{}/withhold", made.path()), &json!({}))
        .expect(200);
    for list in lists {
        let page = server.get(list);
        assert!(!page.has("Older stories"));
        assert_eq!(listed(&page), (3..53).rev().collect::<Vec<_>>());
    }
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
