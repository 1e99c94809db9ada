//! What a reader goes on with: after an article, and where nothing is.

use serde_json::json;

use crate::support::writer::{Writer, token};
use crate::support::{Answer, Paper, Server, said};

/// A story of that day, one after the other from 1 October 2026 on.
fn write(paper: &Paper, number: usize, front: &str) {
    let (month, day) = (10 + number / 31, number % 31 + 1);
    paper.write(
        &format!("city/story-{number}/article.md"),
        format!(
            "+++\nheadline = \"Story no. {number}\"\npublished = 2026-{month}-{day:02}T09:00:00Z\n{front}\n+++\nA text.\n"
        ),
    );
}

fn paper(stories: usize) -> Paper {
    let paper = Paper::new();
    for number in 0..stories {
        write(&paper, number, "");
    }
    paper
}

fn more(server: &Server, slug: &str) -> Answer {
    let page = server.get(&format!("/articles/{slug}/more"));
    assert_eq!(page.status, 200, "{slug}");
    page
}

/// The headlines on a page of what follows, in their order.
fn headlines(page: &Answer) -> Vec<String> {
    let text = page.text();
    let (_, list) = text.split_once("id=\"onward\"").expect("an element");
    let lines = list.split("<p class=\"title\"").skip(1);
    let lines = lines.filter_map(|line| line.split_once("\">")?.1.split_once("\">"));
    lines
        .filter_map(|(_, rest)| Some(rest.split_once("</a>")?.0.to_owned()))
        .collect()
}

/// The number of the story behind the link with a relation.
fn beside(page: &Answer, relation: &str) -> Option<usize> {
    let text = page.text();
    let (_, rest) = text.split_once(&format!("rel=\"{relation}\" href=\"/articles/story-"))?;
    rest.split_once('"')?.0.parse().ok()
}

#[test]
fn the_next_story_comes_before_what_few_readers_want() {
    let server = paper(2).start();
    let page = server.get("/articles/story-0");
    let text = page.text();
    let place = |of: &str| text.find(of).expect(of);
    let onward = place("<nav class=\"onward\"");
    assert!(place("</article>") < onward);
    assert!(
        onward < place("<details class=\"embed\"") && onward < place("<section class=\"feeds\"")
    );
}

#[test]
fn every_story_leads_to_the_next_and_back_through_window_and_segments() {
    let paper = paper(57);
    let server = paper.start();
    for number in 0..57 {
        let page = more(&server, &format!("story-{number}"));
        let next = Some(number + 1).filter(|next| *next < 57);
        assert_eq!(beside(&page, "next"), next, "{number}");
        assert_eq!(beside(&page, "prev"), number.checked_sub(1), "{number}");
    }
    let page = more(&server, "story-30");
    assert_eq!(
        headlines(&page),
        [31, 29, 56, 55, 54, 53, 52].map(|number| format!("Story no. {number}"))
    );
    for words in [
        "<meta name=\"robots\" content=\"noindex\">",
        ">Next story</p>",
        ">Previous story</p>",
        "More from <a href=\"/sections/city\"><span lang=\"en\" dir=\"ltr\">City</span></a></h2>",
        "<a href=\"/articles/story-30\">Story no. 30</a>",
    ] {
        assert!(page.has(words), "{words}: {}", page.text());
    }
    // The newest has nothing newer, and is not among the newest behind itself.
    let last = more(&server, "story-56");
    assert_eq!(
        headlines(&last),
        [55, 54, 53, 52, 51, 50].map(|number| format!("Story no. {number}"))
    );
}

#[test]
fn corrected_and_backdated_stories_stand_where_they_were_published() {
    let paper = paper(57);
    let server = paper.start();
    let token = token(&paper, "newsdesk", "desk");
    let desk = Writer::new(&server, &token);
    let check = |number: usize, previous: usize, next: usize| {
        let page = more(&server, &format!("story-{number}"));
        assert_eq!(beside(&page, "prev"), Some(previous), "{number}");
        assert_eq!(beside(&page, "next"), Some(next), "{number}");
    };
    // A correction brings a story into feeds again, and not elsewhere here.
    for number in 3..8 {
        let path = format!("city/story-{number}/article.md");
        let note = "updated = 2026-11-28T09:00:00Z\npublic_note = \"It was wrong.\"\npublished";
        paper.edit(&path, "published", note);
        server.until(&format!("/articles/story-{number}"), |page| {
            page.has("It was wrong.")
        });
    }
    for (number, previous, next) in [(7, 6, 8), (8, 7, 9), (12, 11, 13), (13, 12, 14)] {
        check(number, previous, next);
    }
    let known = [
        "/articles/story-10/more",
        "/articles/story-11/more",
        "/articles/story-40/more",
    ];
    let known = known.map(|path| (path, server.get(path).etag().to_owned()));
    let late = json!({"section": "harbour", "slug": "story-500", "headline": "Late", "body": "A text.",
        "published": "2026-10-11T12:00:00Z"});
    desk.post("/api/v1/articles", &late).expect(201);
    check(500, 10, 11);
    check(10, 9, 500);
    check(11, 500, 12);
    let moved = known.map(|(path, etag)| server.get(path).etag() != etag);
    assert_eq!(moved, [true, true, false]);
}

#[test]
fn the_newest_are_the_papers_whatever_its_feed_takes() {
    let paper = paper(8);
    let known = paper.read("publication.toml");
    let both = "main_feed = [\"articles\", \"captions\"]";
    paper.write(
        "publication.toml",
        known.replace(both, "main_feed = [\"captions\"]"),
    );
    let server = paper.start();
    let newest = server.get("/newest");
    let wanted = [7, 6, 5, 4, 3, 2].map(|number| format!("Story no. {number}"));
    assert_eq!(headlines(&newest), wanted);
    // One before all of them is not told, and does not alter the page; one of them that goes does.
    paper.article("harbour/boats", "Boats", "A text.");
    server.until("/articles/boats", |page| page.status == 200);
    assert_eq!(server.get("/newest").etag(), newest.etag());
    paper.remove("city/story-4");
    let after = server.until("/newest", |page| !page.has("Story no. 4"));
    assert!(after.has("Story no. 1") && after.etag() != newest.etag());
}

#[test]
fn what_is_called_more_has_its_page() {
    let paper = Paper::new();
    let front = "authors = [\"More\"]\ntags = [\"More\"]";
    paper.write(
        "city/more/article.md",
        format!(
            "+++\nheadline = \"More\"\npublished = 2026-10-01T09:00:00Z\n{front}\n+++\nA text.\n"
        ),
    );
    let server = paper.start();
    for path in [
        "/articles/more",
        "/articles/more/more",
        "/tags/more",
        "/authors/more",
    ] {
        assert_eq!(server.get(path).status, 200, "{path}");
    }
    assert_eq!(server.get("/sections/city/more").status, 404);
}

#[test]
fn what_alters_a_neighbour_in_a_closed_segment_is_told_beyond_it() {
    let paper = paper(57);
    let server = paper.start();
    // The last in the window of the section, behind which a segment goes on.
    let before = more(&server, "story-7");
    assert_eq!(beside(&before, "prev"), Some(6));
    let section = server.dated("/sections/city");
    paper.edit("city/story-6/article.md", "Story no. 6", "A bridge");
    let after = server.until("/articles/story-7/more", |page| page.has(">A bridge<"));
    assert_ne!(after.etag(), before.etag());
    assert_eq!(server.get("/sections/city").etag(), section.etag());
    paper.remove("city/story-6");
    let after = server.until("/articles/story-7/more", |page| !page.has("A bridge"));
    assert_eq!(beside(&after, "prev"), Some(5));
    assert_eq!(beside(&more(&server, "story-5"), "next"), Some(7));
}

#[test]
fn others_that_share_tags_follow_and_none_is_told_twice() {
    let paper = paper(12);
    write(&paper, 3, "tags = [\"Cranes\", \"Harbour\"]");
    write(&paper, 1, "tags = [\"Cranes\"]");
    write(&paper, 11, "tags = [\"Cranes\", \"Harbour\"]");
    paper.write(
        "harbour/both/article.md",
        "+++\nheadline = \"Both\"\npublished = 2026-09-01T09:00:00Z\ntags = [\"Harbour\", \"Cranes\"]\n+++\nA text.\n",
    );
    let server = paper.start();
    let page = more(&server, "story-3");
    assert!(page.has(">On the same subjects</h2>"), "{}", page.text());
    let told = headlines(&page);
    let newest = [4, 2, 11, 10, 9, 8, 7].map(|number| format!("Story no. {number}"));
    assert_eq!(told.get(..7), Some(&newest[..]));
    // What shares two stands before what shares one, though it is older; what stands above already is left out.
    assert_eq!(
        told.get(7..),
        Some(&["Both".to_owned(), "Story no. 1".to_owned()][..])
    );
    assert!(!more(&server, "story-5").has("On the same subjects"));
}

#[test]
fn the_page_of_an_article_is_not_touched_by_its_neighbours_and_what_follows_it_is() {
    let paper = paper(3);
    let server = paper.start();
    let token = token(&paper, "newsdesk", "desk");
    let desk = Writer::new(&server, &token);
    let page = server.dated("/articles/story-1");
    for words in [
        "<a href=\"/articles/story-1/more\">Next story, and more from <span lang=\"en\" dir=\"ltr\">City</span></a>",
        "disabled data-text=\"http",
        "/articles/story-1\" data-done=\"Copied\">Copy the link</button>",
    ] {
        assert!(page.has(words), "{words}: {}", page.text());
    }
    let before = more(&server, "story-1");
    let elsewhere = more(&server, "story-0");
    let made = desk.post(
        "/api/v1/articles",
        &json!({"section": "city", "slug": "new", "headline": "Another one", "body": "A text.",
            "published": "2026-11-20T09:00:00Z"}),
    );
    let made = made.expect(201);
    let after = more(&server, "story-1");
    assert_ne!(after.etag(), before.etag());
    assert!(after.has("Another one"));
    assert_ne!(more(&server, "story-0").etag(), elsewhere.etag());
    // A neighbour that is taken away is named nowhere.
    let withhold = format!("{}/withhold", made.path());
    desk.post(&withhold, &json!({})).expect(200);
    assert_eq!(more(&server, "story-1").etag(), before.etag());
    let again = server.get("/articles/story-1");
    assert_eq!(again.etag(), page.etag());
    assert_eq!(again.header("last-modified"), page.header("last-modified"));
    // What stands in another section and beside neither story does not touch it.
    let harbour = json!({"section": "harbour", "slug": "far", "headline": "Far", "body": "A text.",
        "published": "2026-11-21T09:00:00Z"});
    let dated = server.dated("/articles/story-0/more");
    desk.post("/api/v1/articles", &harbour).expect(201);
    let same = server.get("/articles/story-0/more");
    assert_eq!(same.header("last-modified"), dated.header("last-modified"));
}

#[test]
fn what_waits_is_not_told_and_what_is_taken_away_answers_as_its_page() {
    let paper = paper(3);
    write(&paper, 5, "embargo_until = 2036-01-01T00:00:00Z");
    // Nothing of it is refused: it waits.
    let check = said(&paper.check());
    let of_it = check.lines().filter(|line| line.contains("city/story-5"));
    assert!(of_it.clone().all(|line| line.contains("no id")), "{check}");
    assert_eq!(of_it.count(), 1);
    let server = paper.start();
    let token = token(&paper, "newsdesk", "desk");
    let desk = Writer::new(&server, &token);
    assert_eq!(server.get("/articles/story-5/more").status, 404);
    assert_eq!(server.get("/articles/never-was/more").status, 404);
    assert!(!more(&server, "story-2").has("Story no. 5"));
    assert!(!server.get("/newest").has("Story no. 5"));
    let story = |slug: &str| {
        let new = json!({"section": "city", "slug": slug, "headline": slug, "body": "A text.",
            "published": "2026-11-20T09:00:00Z"});
        desk.post("/api/v1/articles", &new).expect(201)
    };
    for (slug, act, status) in [
        ("held", "withhold", 404),
        ("killed", "kill", 410),
        ("taken-back", "retract", 200),
    ] {
        let made = story(slug);
        assert!(more(&server, "story-2").has(slug), "{slug}");
        let act = format!("{}/{act}", made.path());
        let note = json!({"public_note": "It was wrong."});
        desk.change("POST", &act, made.etag(), &note).expect(200);
        let page = server.get(&format!("/articles/{slug}/more"));
        assert_eq!(page.status, status, "{slug}");
        assert!(!page.has("id=\"onward\""), "{}", page.text());
        assert!(!more(&server, "story-2").has(&format!("/articles/{slug}")));
    }
    // A former slug leads on.
    std::fs::rename(paper.path("city/story-0"), paper.path("city/story-zero")).unwrap();
    let moved = server.until("/articles/story-0/more", |page| page.status == 301);
    let to = moved.header("location").unwrap_or_default();
    assert!(to.ends_with("/articles/story-zero/more"), "{to}");
}

#[test]
fn where_nothing_is_the_newest_stories_are_a_link_away_and_the_page_stays() {
    let paper = paper(9);
    let server = paper.start();
    let link = "<h2><a href=\"/newest\">Newest stories</a></h2>";
    let absent = server.get("/articles/never-was");
    assert_eq!(absent.status, 404);
    assert!(absent.has(link), "{}", absent.text());
    let newest = server.get("/newest");
    assert_eq!(
        headlines(&newest),
        [8, 7, 6, 5, 4, 3].map(|number| format!("Story no. {number}"))
    );
    assert!(newest.has("content=\"noindex\""));
    paper.remove("city/story-8");
    let gone = server.until("/articles/story-8", |page| page.status == 410);
    assert!(gone.has(link), "{}", gone.text());
    let later = server.until("/newest", |page| !page.has("Story no. 8"));
    assert_ne!(later.etag(), newest.etag());
    assert_eq!(server.get("/articles/never-was").body, absent.body);
    assert!(
        absent
            .header("content-security-policy")
            .is_some_and(|policy| policy.contains("connect-src 'self'"))
    );
}

#[test]
fn a_story_alone_in_its_section_leads_to_the_next_and_one_without_a_section_to_the_paper() {
    let paper = paper(2);
    paper.article("harbour/boats", "Boats", "A text.");
    let server = paper.start();
    let page = more(&server, "boats");
    assert_eq!(headlines(&page), ["Story no. 0"]);
    // Its article stays where it is, and its section is declared no more.
    let settings = paper.read("publication.toml");
    let harbour = "[[sections]]\nslug = \"harbour\"\ntitle = \"Harbour\"\n";
    paper.write("publication.toml", settings.replace(harbour, ""));
    let words = "Next story, and more from <span lang=\"en\" dir=\"ltr\">The Courier</span>";
    server.until("/articles/boats", |page| {
        page.status == 200 && page.has(words)
    });
    let page = more(&server, "boats");
    assert!(page.has("Story no. 1") && page.has("More from <a href=\"/\">"));
}
