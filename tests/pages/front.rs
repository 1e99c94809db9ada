//! The front page and the head of every page: which story leads, in which order the others stand, what marks the paper.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::pictures;
use crate::support::{Answer, Paper, Server, said};

/// A story of a day in January, with more keys and captions in its front matter.
fn story(paper: &Paper, at: &str, day: u32, more: &str, body: &str) {
    let name = at.rsplit('/').next().unwrap();
    let text = format!(
        "+++\nheadline = \"Story {name}\"\npublished = 2026-01-{day:02}T09:00:00Z\n{more}+++\n{body}\n"
    );
    paper.write(&format!("{at}/article.md"), text);
}

fn pictured(paper: &Paper, at: &str, day: u32, more: &str) {
    paper.write(&format!("{at}/pic.png"), pictures::png(300, 200));
    let more = format!(
        "{more}[[captions]]\ntext = \"A view.\"\ncredit = \"Lin Mu\"\nimage = \"pic.png\"\n"
    );
    story(paper, at, day, &more, "A text.");
}

/// The headlines of stories on a page, as they follow one another.
fn headlines(page: &Answer) -> Vec<String> {
    let text = page.text();
    let mut found = text.split("class=\"u-url\" href=\"/articles/").skip(1);
    let mut names = Vec::new();
    for piece in found.by_ref() {
        names.push(piece.split('"').next().unwrap().to_owned());
    }
    names
}

/// What stands at the head of the front page.
fn lead(page: &Answer) -> String {
    let text = page.text();
    let (_, rest) = text.split_once("<article class=\"lead").expect("a lead");
    rest.split_once("</article>").unwrap().0.to_owned()
}

fn settings(paper: &Paper, more: &str) {
    let known = paper.read("publication.toml");
    let (head, sections) = known.split_once("[[sections]]").unwrap();
    paper.write(
        "publication.toml",
        format!("{head}{more}\n[[sections]]{sections}"),
    );
}

fn meta(page: &Answer, name: &str) -> Option<String> {
    let begin = format!("<meta {name} content=\"");
    let text = page.text();
    let (_, rest) = text.split_once(&begin)?;
    Some(rest.split_once('"')?.0.to_owned())
}

#[test]
fn the_newest_with_a_photograph_leads_or_the_one_that_the_desk_chose() {
    let paper = Paper::new();
    story(&paper, "city/old", 2, "", "A text.");
    let server = paper.start();
    // Where there is no photograph at all the newest leads.
    assert!(lead(&server.get("/")).contains("Story old"));
    pictured(&paper, "city/first", 3, "");
    pictured(&paper, "city/second", 5, "");
    story(&paper, "city/third", 7, "", "A text.");
    let page = server.until("/", |page| {
        page.has("Story third") && page.has("Story second") && page.has("Story first")
    });
    let head = lead(&page);
    assert!(
        head.contains("Story second")
            && head.contains("fetchpriority=\"high\"")
            && head.contains("Photograph</span>: <span>Lin Mu</span></figcaption>"),
        "{head}"
    );
    assert!(head.contains("width=\"300\" height=\"200\""));
    // It stands once, and the others below it.
    assert_eq!(headlines(&page), ["second", "third", "first", "old"]);
    paper.edit("city/old/article.md", "headline", "lead = true\nheadline");
    let page = server.until("/", |page| lead(page).contains("Story old"));
    assert_eq!(headlines(&page), ["old", "third", "second", "first"]);
    // Of two it is the newer.
    paper.edit("city/first/article.md", "headline", "lead = true\nheadline");
    server.until("/", |page| lead(page).contains("Story first"));
    // It is the front page's alone, and no feed tells of it.
    assert!(!server.get("/sections/city").has("class=\"lead"));
    assert!(!server.get("/feed.json").has("lead"));
}

#[test]
fn lists_for_people_stand_by_the_day_on_which_stories_came() {
    let paper = Paper::new();
    for (place, name) in ["a", "b", "c"].into_iter().enumerate() {
        let more = "authors = [\"Ada Wells\"]\ntags = [\"Bridges\"]\n";
        story(
            &paper,
            &format!("city/{name}"),
            2 + u32::try_from(place).unwrap(),
            more,
            "It opened at noon, after all these years. And on.",
        );
    }
    let server = paper.start();
    let lists = ["/", "/sections/city", "/tags/bridges", "/authors/ada-wells"];
    paper.edit(
        "city/a/article.md",
        "headline",
        "public_note = \"It was one.\"\nheadline",
    );
    for path in lists {
        let page = server.until(path, |page| page.has("class=\"corrected\""));
        assert_eq!(headlines(&page), ["c", "b", "a"], "{path}");
        assert_eq!(
            page.text().matches("class=\"corrected\"").count(),
            1,
            "{path}"
        );
        // The day of the newest, whatever was changed since.
        assert!(
            page.has(
                "<p class=\"day\"><time datetime=\"2026-01-04\">Sunday 4 January 2026</time></p>"
            ),
            "{path}: {}",
            page.text()
        );
        assert!(
            page.has("It opened at noon, after all these years.</p>"),
            "{path}"
        );
        assert!(page.has("Ada Wells</a>"), "{path}");
    }
    // A feed tells of the change first.
    let feed: Value = serde_json::from_str(&server.get("/feed.json").text()).unwrap();
    assert_eq!(feed["items"][0]["title"], "Story a");
    let front = server.get("/");
    assert!(
        front.has("Corrected</span> <time class=\"dt-updated\" lang=\"en\" dir=\"ltr\""),
        "{}",
        front.text()
    );
    assert!(front.has("/sections/city\">City</a></span><span><i> · </i>"));
    assert_eq!(front.text().matches("Subscribe</a>").count(), 1);
    assert!(!server.get("/articles/a").has("class=\"day\""));
}

#[test]
fn a_caption_without_a_photograph_is_in_no_list() {
    let paper = Paper::new();
    let server = paper.start();
    story(
        &paper,
        "city/bare",
        2,
        "[[captions]]\ntext = \"Nothing to see.\"\n",
        "A text.",
    );
    pictured(&paper, "city/seen", 3, "");
    server.until("/articles/bare", |page| page.has("Nothing to see."));
    let page = server.until("/captions", |page| page.has("A view."));
    assert!(!page.has("Nothing to see."));
    assert!(!server.get("/").has("Nothing to see."));
    assert!(server.get("/captions.rss").has("Nothing to see."));
}

#[test]
fn photographs_leave_the_front_page_to_stories() {
    let paper = Paper::new();
    for number in 1..=4 {
        let captions = (0..25).map(|caption| {
            format!("[[captions]]\ntext = \"View {number}/{caption}.\"\nimage = \"pic.png\"\n")
        });
        let captions: String = captions.collect();
        let at = format!("city/story-{number}");
        paper.write(&format!("{at}/pic.png"), pictures::png(30, 20));
        story(&paper, &at, number, &captions, "A text.");
    }
    let four = ["story-4", "story-3", "story-2", "story-1"];
    let assert_stories = |server: &Server| {
        assert!(server.get("/feed.rss").has("View 4/0."));
        let front = server.get("/");
        assert_eq!(headlines(&front), four);
        assert!(!front.has("View "), "{}", front.text());
        let older = server.get("/archive/1");
        assert!(!headlines(&older).is_empty());
        assert!(!older.has("View "), "{}", older.text());
    };
    let server = paper.start();
    let address = server.address;
    assert_stories(&server);
    // A paper of photographs alone shows them.
    let known = paper.read("publication.toml");
    let both = "main_feed = [\"articles\", \"captions\"]";
    assert_eq!(known.matches(both).count(), 1);
    paper.write(
        "publication.toml",
        known.replace(both, "main_feed = [\"captions\"]\nleads = [\"story-1\"]"),
    );
    let front = server.until("/", |page| page.has("View 4/0."));
    assert!(lead(&front).contains("/articles/story-1\""));
    assert_eq!(front.text().matches("<li class=\"h-entry\"").count(), 50);
    paper.write("publication.toml", &known);
    server.until("/", |page| !page.has("View 4/0."));
    assert_stories(&server);
    // A store of before has them in the list.
    assert_eq!(server.stop(), Some(0));
    let database = rusqlite::Connection::open(paper.data().join("courant.db")).unwrap();
    database
        .execute_batch(
            "UPDATE filing SET listed = (SELECT published FROM item WHERE id = filing.item)
                 WHERE selection = 'all';
             PRAGMA user_version = 9;",
        )
        .unwrap();
    drop(database);
    assert_stories(&paper.starting().at(address).serve());
}

#[test]
fn sections_stand_on_every_page_with_the_present_one_marked() {
    let paper = Paper::new();
    pictured(&paper, "city/first", 3, "");
    let server = paper.start();
    let page = server.get("/articles/first");
    let caption = page.text();
    let (_, caption) = caption.split_once("/captions/").unwrap();
    let caption = format!("/captions/{}", caption.split('"').next().unwrap());
    let all = [
        "/",
        "/sections/city",
        "/articles/first",
        "/captions",
        &caption,
        "/subscribe",
        "/days/2026-01-03",
        "/nowhere",
    ];
    for path in all {
        let page = server.get(path);
        assert!(
            page.has("<nav class=\"sections\" id=\"sections\""),
            "{path}"
        );
        assert!(page.has("href=\"/sections/city\""), "{path}");
    }
    for (path, mark) in [
        (
            "/sections/city",
            "href=\"/sections/city\" aria-current=\"page\"",
        ),
        (
            "/articles/first",
            "href=\"/sections/city\" aria-current=\"true\"",
        ),
        ("/captions", "href=\"/captions\" aria-current=\"page\""),
        (&caption, "href=\"/captions\" aria-current=\"true\""),
        ("/", "href=\"/\" aria-current=\"page\""),
    ] {
        let page = server.get(path);
        assert!(page.has(mark), "{path}");
        assert_eq!(page.text().matches("aria-current").count(), 1, "{path}");
    }
    // A section that comes is on all of them.
    let tags: Vec<_> = all
        .iter()
        .map(|path| server.get(path).header("etag").map(str::to_owned))
        .collect();
    let known = paper.read("publication.toml");
    paper.write(
        "publication.toml",
        format!("{known}\n[[sections]]\nslug = \"sea\"\ntitle = \"Sea\"\n"),
    );
    for (path, tag) in all.iter().zip(tags) {
        let page = server.until(path, |page| page.has("href=\"/sections/sea\""));
        let now = page.header("etag").map(str::to_owned);
        assert!(now != tag || now.is_none(), "{path}");
    }
}

#[test]
fn heads_tell_machines_what_a_page_is() {
    let paper = Paper::new();
    settings(
        &paper,
        "logo = \"logo.png\"\nlogo_dark = \"dark.png\"\naccent = \"#8A1C1C\"\n",
    );
    paper.write("logo.png", pictures::png(64, 64));
    paper.write("dark.png", pictures::png(65, 65));
    paper.edit(
        "publication.toml",
        "title = \"City\"",
        "title = \"City\"\ndescription = \"Streets & trams\"",
    );
    pictured(&paper, "city/seen", 3, "");
    story(
        &paper,
        "city/bare",
        2,
        "authors = [\"Ada Wells\"]\n",
        "A text.",
    );
    let server = paper.start();
    for (path, card) in [
        ("/articles/seen", "summary_large_image"),
        ("/articles/bare", "summary"),
        ("/", "summary"),
    ] {
        let page = server.get(path);
        assert_eq!(
            meta(&page, "name=\"twitter:card\"").as_deref(),
            Some(card),
            "{path}"
        );
        assert_eq!(
            meta(&page, "property=\"og:locale\"").as_deref(),
            Some("en_US"),
            "{path}"
        );
        assert_eq!(
            meta(&page, "name=\"robots\"").as_deref(),
            Some("max-image-preview:large"),
            "{path}"
        );
        assert!(meta(&page, "property=\"og:image\"").is_some(), "{path}");
        assert_eq!(page.text().matches("<meta name=\"theme-color\"").count(), 2);
        assert!(
            page.has("<link rel=\"apple-touch-icon\"")
                && page.has("<link rel=\"manifest\" href=\"/manifest.webmanifest\">")
        );
        assert!(
            page.has("<source media=\"(prefers-color-scheme: dark)\"") && page.has("width=\"65\"")
        );
        assert!(
            page.header("content-security-policy")
                .unwrap()
                .contains("manifest-src 'self'")
        );
    }
    assert_eq!(
        meta(&server.get("/nowhere"), "name=\"robots\"").as_deref(),
        Some("noindex")
    );
    let section = server.get("/sections/city");
    assert_eq!(
        meta(&section, "name=\"description\"").as_deref(),
        Some("Streets &amp; trams")
    );
    assert!(section.has("<p class=\"deck\">Streets &amp; trams</p>"));

    let bare = server.get("/articles/bare");
    let text = bare.text();
    let (_, linked) = text.split_once("application/ld+json\">").unwrap();
    let linked: Value = serde_json::from_str(linked.split_once("</script>").unwrap().0).unwrap();
    let logo = linked["publisher"]["logo"]["url"].as_str().unwrap();
    assert_eq!(meta(&bare, "property=\"og:image\"").as_deref(), Some(logo));
    assert_eq!(
        linked["author"][0]["url"],
        format!("{}/authors/ada-wells", server.base())
    );

    // What has no byline is the paper's own.
    let seen = server.get("/articles/seen").text();
    let (_, linked) = seen.split_once("application/ld+json\">").unwrap();
    let linked: Value = serde_json::from_str(linked.split_once("</script>").unwrap().0).unwrap();
    assert_eq!(
        linked["author"],
        json!([{"@type": "Organization", "name": "The Courier", "url": format!("{}/", server.base())}])
    );

    let manifest = server.get("/manifest.webmanifest");
    assert_eq!(
        manifest.header("content-type"),
        Some("application/manifest+json")
    );
    let said: Value = serde_json::from_str(&manifest.text()).unwrap();
    assert_eq!(
        (&said["start_url"], &said["icons"][0]["sizes"]),
        (&Value::from("/"), &Value::from("64x64"))
    );
    assert_eq!(
        (&said["icons"][0]["src"], &said["theme_color"]),
        (&Value::from(logo), &Value::from("#8a1c1c"))
    );
    let icon = server.get("/favicon.ico");
    assert_eq!((icon.status, icon.header("location")), (301, Some(logo)));
    let dark = text
        .split_once("srcset=\"")
        .unwrap()
        .1
        .split('"')
        .next()
        .unwrap()
        .to_owned();
    for address in [logo, &dark] {
        let path = address.strip_prefix(&server.base()).unwrap();
        assert_eq!(server.get(path).status, 200, "{path}");
    }
    assert!(
        server
            .get("/page.css")
            .has("--rule: #8a1c1c; --mark: #8a1c1c;")
    );
}

#[test]
fn without_a_photograph_and_a_logo_a_picture_is_drawn_for_previews() {
    let paper = Paper::new();
    paper.article("city/story", "A story", "Text.");
    let server = paper.start();
    let drawn = |colour: &str| format!("{}/preview.png?{colour}", server.base());
    for path in ["/", "/sections/city", "/articles/story", "/days"] {
        let page = server.get(path);
        for (of, expected) in [
            ("property=\"og:image\"", &*drawn("16181b")),
            ("property=\"og:image:type\"", "image/png"),
            ("property=\"og:image:width\"", "1200"),
            ("property=\"og:image:height\"", "630"),
            ("property=\"og:image:alt\"", "The Courier"),
            ("name=\"twitter:card\"", "summary"),
        ] {
            assert_eq!(meta(&page, of).as_deref(), Some(expected), "{of} of {path}");
        }
    }
    let picture = server.get("/preview.png?16181b");
    assert_eq!(
        (picture.status, picture.header("content-type")),
        (200, Some("image/png"))
    );
    assert!(
        picture
            .header("cache-control")
            .unwrap()
            .starts_with("max-age=86400")
    );
    let known = [("If-None-Match", picture.etag())];
    assert_eq!(server.get_with("/preview.png", &known).status, 304);
    settings(&paper, "accent = \"#f0e040\"\n");
    server.until("/articles/story", |page| {
        meta(page, "property=\"og:image\"") == Some(drawn("f0e040"))
    });
    assert_ne!(server.get("/preview.png?f0e040").body, picture.body);
}

#[test]
fn without_a_logo_an_icon_is_drawn_of_the_title() {
    let paper = Paper::new();
    let server = paper.start();
    let icon = server.get("/favicon.ico");
    assert_eq!(
        (icon.status, icon.header("content-type")),
        (200, Some("image/svg+xml"))
    );
    assert!(icon.has("fill=\"#fdfcf9\">T</text>"), "{}", icon.text());
    let known = [("If-None-Match", icon.etag())];
    assert_eq!(server.get_with("/favicon.ico", &known).status, 304);
    let said: Value = serde_json::from_str(&server.get("/manifest.webmanifest").text()).unwrap();
    let address = format!("{}/favicon.ico", server.base());
    assert_eq!(
        said["icons"],
        json!([{"src": address, "sizes": "any", "type": "image/svg+xml"}])
    );
    assert!(
        server
            .get("/")
            .has("<link rel=\"icon\" type=\"image/svg+xml\" href=\"/favicon.ico\">")
    );
    assert!(!server.get("/page.css").has("@media screen"));
    // It has the paper's colour, ink that is seen on it, and the whole of what stands first.
    settings(&paper, "accent = \"#f0e040\"\n");
    let drawn = |letter: &str| {
        let drawn = format!("fill=\"#16181b\">{letter}</text>");
        server.until("/favicon.ico", |icon| {
            icon.has("fill=\"#f0e040\"") && icon.has(&drawn)
        });
    };
    drawn("T");
    let heaped = format!("a{}", "\u{301}".repeat(60));
    let mut title = "The Courier".to_owned();
    for (other, letter) in [
        ("<&> News", "&lt;"),
        ("e\u{301}toile", "e\u{301}"),
        ("新闻", "新"),
        (&heaped, "a"),
    ] {
        let named = |title: &str| format!("title = \"{title}\"");
        paper.edit("publication.toml", &named(&title), &named(other));
        other.clone_into(&mut title);
        drawn(letter);
    }
}

#[test]
fn a_colour_that_is_none_is_refused() {
    for wrong in ["red", "#fff", "#12345g", "123456"] {
        let paper = Paper::new();
        settings(&paper, &format!("accent = \"{wrong}\"\n"));
        let found = said(&paper.check());
        assert!(
            found.contains("accent to be a colour") && found.contains(wrong),
            "{found}"
        );
    }
    let paper = Paper::new();
    settings(
        &paper,
        "logo_dark = \"https://elsewhere.example/dark.png\"\n",
    );
    let found = said(&paper.check());
    assert!(
        found.contains("logo_dark to be a picture beside publication.toml"),
        "{found}"
    );
}

#[test]
fn pages_name_the_style_and_the_script_that_they_were_made_for() {
    let paper = Paper::new();
    let server = paper.start();
    let front = server.get("/").text();
    for (before, media_type) in [
        ("<link rel=\"stylesheet\" href=\"", "text/css"),
        ("<script src=\"", "text/javascript"),
    ] {
        let (_, rest) = front.split_once(before).expect(before);
        let (address, _) = rest.split_once('"').expect("an end");
        assert!(address.contains('?'), "{address}");
        let answer = server.get(address);
        assert_eq!(answer.status, 200, "{address}");
        let kind = answer.header("content-type").expect("a type");
        assert!(kind.starts_with(media_type), "{kind}");
    }
}

#[test]
fn below_the_newest_stories_stand_by_sections() {
    let paper = Paper::new();
    for day in 1..=8 {
        story(&paper, &format!("city/c{day}"), day, "", "A text.");
    }
    let server = paper.start();
    // Few stories, or those of one section, are one list.
    let front = server.until("/", |page| headlines(page).len() == 8);
    assert!(!front.has("class=\"block\""), "{}", front.text());
    for day in 9..=14 {
        story(&paper, &format!("harbour/h{day}"), day, "", "A text.");
    }
    // The lead, the three newest of all, then four at most of each section in the paper's order.
    let (latest, city) = (["h14", "h13", "h12", "h11"], ["c8", "c7", "c6", "c5"]);
    let rest = ["c4", "c3", "c2", "c1"];
    let wanted = [&latest[..], &city[..], &["h10", "h9"], &rest[..]].concat();
    let front = server.until("/", |page| headlines(page) == wanted);
    let text = front.text();
    let (text, rest) = text
        .split_once("<section class=\"block rest\"><h2 lang=\"en\" dir=\"ltr\">More stories</h2>")
        .unwrap();
    assert_eq!(rest.matches("<h3 class=\"p-name\">").count(), 4);
    assert!(rest.contains("4 January 2026</time>") && !rest.contains("A text."));
    let (_, block) = text.split_once("<section class=\"block\">").unwrap();
    assert!(
        block.starts_with("<h2><a href=\"/sections/city\">"),
        "{block}"
    );
    // The newest of a section is introduced, the others are headlines; all stand below its heading.
    assert_eq!(block.matches("<h3 class=\"p-name\">").count(), 6);
    assert_eq!(block.matches("A text.").count(), 2);
}

#[test]
fn every_story_stands_on_the_front_page_or_behind_older_stories() {
    let paper = Paper::new();
    for number in 0..120 {
        // The newest are of one section, which has room for a few.
        let section = match number {
            ..48 => "city",
            48..96 => "harbour",
            _ => "city",
        };
        paper.write(
            &format!("{section}/s{number}/article.md"),
            format!(
                "+++\nheadline = \"s{number}\"\npublished = 2026-{:02}-{:02}T09:00:00Z\n+++\nA text.\n",
                1 + number / 25,
                1 + number % 25
            ),
        );
    }
    let server = paper.start();
    let mut page = server.get("/");
    let front = headlines(&page);
    let mut seen: BTreeSet<String> = front.iter().cloned().collect();
    assert_eq!(seen.len(), front.len(), "a story stands there twice");
    while let Some(older) = older_stories(&page) {
        page = server.get(&older);
        assert_eq!(page.status, 200, "{older}");
        seen.extend(headlines(&page));
    }
    let all: BTreeSet<String> = (0..120).map(|number| format!("s{number}")).collect();
    assert_eq!(seen, all);
}

/// Where the link to older stories leads.
fn older_stories(page: &Answer) -> Option<String> {
    let text = page.text();
    let (_, link) = text.split_once("rel=\"prev\" href=\"")?;
    Some(link.split('"').next()?.to_owned())
}

#[test]
fn the_stories_that_the_settings_name_lead_in_their_order() {
    let paper = Paper::new();
    for (place, name) in ["a", "b", "c", "d", "e"].into_iter().enumerate() {
        let day = 2 + u32::try_from(place).unwrap();
        story(&paper, &format!("city/{name}"), day, "", "A text.");
    }
    let id = "urn:uuid:01a05bfb-7000-7718-a56f-62f784e61d44";
    story(
        &paper,
        "city/f",
        1,
        &format!("id = \"{id}\"\nlead = true\n"),
        "A text.",
    );
    let server = paper.start();
    // Without such a list the one that says so of itself leads.
    assert_eq!(headlines(&server.get("/")), ["f", "e", "d", "c", "b", "a"]);
    let fed = server.snapshot("/feed.json");
    let listed = server.get("/sections/city").etag().to_owned();
    let last = paper.last();
    let known = paper.read("publication.toml");
    let with = |leads: &str| {
        let (head, sections) = known.split_once("[[sections]]").unwrap();
        let text = format!("{head}leads = [{leads}]\n[[sections]]{sections}");
        paper.write("publication.toml", text);
    };
    with(&format!(
        "\"city/nowhere\", \"city/b\", \"other/c\", \"{id}\", \"d\""
    ));
    let page = server.until("/", |page| lead(page).contains("Story b"));
    assert_eq!(headlines(&page), ["b", "f", "d", "e", "c", "a"]);
    // The front page alone has changed.
    let entries = paper.log_after(last);
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0]["kind"], "settings");
    let again = server.snapshot("/feed.json");
    assert_eq!(
        (again.etag, again.last_modified),
        (fed.etag, fed.last_modified)
    );
    assert_eq!(server.get("/sections/city").etag(), listed);
    assert_eq!(headlines(&server.get("/sections/city"))[0], "e");
    let check = said(&paper.check());
    for name in ["city/nowhere", "other/c"] {
        assert!(check.contains(name), "{name}: {check}");
    }
    assert!(!check.contains("\"d\""), "{check}");
    // One that goes gives way to the next.
    paper.remove("city/b");
    let page = server.until("/", |page| lead(page).contains("Story f"));
    assert_eq!(headlines(&page), ["f", "d", "e", "c", "a"]);
    with("\"e\", \"a\"");
    let page = server.until("/", |page| lead(page).contains("Story e"));
    assert_eq!(headlines(&page), ["e", "a", "d", "c", "f"]);
    // Where no name leads anywhere it is as without the list.
    with("\"z\"");
    server.until("/", |page| lead(page).contains("Story f"));
    let before = paper.last();
    with("\"no story\"");
    server.line(&["leads to name stories", "no story"]);
    assert_eq!(paper.last(), before);
}

#[test]
fn a_story_that_comes_to_be_the_one_that_is_meant_leads_at_once() {
    let paper = Paper::new();
    story(&paper, "city/old", 1, "", "A text.");
    story(&paper, "harbour/moved", 1, "", "A text.");
    for number in 0..60 {
        story(&paper, &format!("city/story-{number}"), 2, "", "A text.");
    }
    settings(&paper, "leads = [\"city/moved\", \"meant\"]");
    let server = paper.start();
    assert!(!headlines(&server.get("/")).contains(&"old".to_owned()));
    rename(&paper, "city/old", "city/meant");
    let page = server.until("/", |page| headlines(page)[0] == "meant");
    assert!(lead(&page).contains("Story old"));
    rename(&paper, "harbour/moved", "city/moved");
    server.until("/", |page| headlines(page)[0] == "moved");
}

#[test]
fn the_page_of_an_author_goes_with_the_last_caption_though_it_lists_none() {
    let paper = Paper::new();
    let caption = "[[captions]]\ntext = \"Words.\"\ncredit = \"Lin Mu\"\n";
    story(&paper, "city/told", 1, caption, "A text.");
    let server = paper.start();
    assert_eq!(server.get("/authors/lin-mu").status, 200);
    story(&paper, "city/told", 1, "", "Another text.");
    server.until("/articles/told", |page| page.text().contains("Another"));
    assert_eq!(server.get("/authors/lin-mu").status, 404);
}

#[test]
fn a_lead_may_name_a_story_that_waits_for_its_time() {
    let paper = Paper::new();
    story(&paper, "city/told", 1, "", "A text.");
    let text = "+++\nheadline = \"Story\"\npublished = 2099-01-01T00:00:00Z\n+++\nA text.\n";
    paper.write("city/planned/article.md", text);
    settings(
        &paper,
        "leads = [\"planned\", \"city/planned\", \"harbour/planned\", \"no-story\"]",
    );
    let server = paper.start();
    server.line(&["leads to name stories", "no-story"]);
    server.line(&["leads to name stories", "harbour/planned"]);
    for planned in ["\"planned\"", "\"city/planned\""] {
        assert!(
            !server.has_said(&["leads to name stories", planned]),
            "{planned}"
        );
    }
}

#[test]
fn captions_without_a_photograph_take_no_place_of_one_with_a_photograph() {
    let paper = Paper::new();
    pictured(&paper, "city/old", 1, "");
    let caption = "[[captions]]\ntext = \"Words.\"\ncredit = \"Lin Mu\"\n";
    for number in 0..12 {
        story(
            &paper,
            &format!("city/new-{number}"),
            2,
            &caption.repeat(6),
            "A text.",
        );
    }
    let server = paper.start();
    for page in ["/captions", "/authors/lin-mu"] {
        assert!(server.get(page).text().contains("A view."), "{page}");
    }
}

#[test]
fn a_story_that_the_settings_name_leads_however_many_are_newer() {
    let paper = Paper::new();
    story(&paper, "city/pinned", 1, "", "A text.");
    for number in 0..60 {
        story(&paper, &format!("city/story-{number}"), 2, "", "A text.");
    }
    let server = paper.start();
    assert!(!headlines(&server.get("/")).contains(&"pinned".to_owned()));
    settings(&paper, "leads = [\"city/pinned\"]");
    let page = server.until("/", |page| lead(page).contains("Story pinned"));
    assert_eq!(headlines(&page)[0], "pinned");
    let section = server.get("/sections/city").etag().to_owned();
    story(
        &paper,
        "city/pinned",
        1,
        "deck = \"Told otherwise\"\n",
        "A text.",
    );
    server.until("/", |page| lead(page).contains("Told otherwise"));
    // The list of its section does not have it.
    assert_eq!(server.get("/sections/city").etag(), section);
    paper.remove("city/pinned");
    let page = server.until("/", |page| !page.text().contains("Story pinned"));
    assert!(page.text().contains("Story story-"));
}

/// Gives the folder of a story another name.
fn rename(paper: &Paper, from: &str, to: &str) {
    let to = paper.path(to);
    std::fs::create_dir_all(to.parent().unwrap()).unwrap();
    std::fs::rename(paper.path(from), to).unwrap();
}

#[test]
fn a_story_that_is_renamed_or_moved_stays_a_lead_and_a_name_that_none_has_is_told_once() {
    let paper = Paper::new();
    for (place, name) in ["a", "b", "c", "d"].into_iter().enumerate() {
        let digit = place + 1;
        story(
            &paper,
            &format!("city/{name}"),
            2 + u32::try_from(place).unwrap(),
            &format!("id = \"urn:uuid:01a05bfb-7000-7718-a56f-62f784e61d4{digit}\"\n"),
            "A text.",
        );
    }
    settings(&paper, "leads = [\"city/b\", \"nowhere\", \"a\"]\n");
    let server = paper.start();
    assert_eq!(headlines(&server.get("/")), ["b", "a", "d", "c"]);
    rename(&paper, "city/a", "city/a-new");
    server.until("/", |page| headlines(page) == ["b", "a-new", "d", "c"]);
    rename(&paper, "city/b", "harbour/b");
    server.until("/", |page| {
        headlines(page) == ["b", "a-new", "d", "c"]
            && page.has("/sections/harbour\">Harbour</a></span><span><i> · </i>")
    });
    rename(&paper, "harbour/b", "harbour/b-new");
    server.until("/", |page| headlines(page) == ["b-new", "a-new", "d", "c"]);
    // Whoever gets the name is meant by it, also where another had it.
    story(&paper, "city/a", 1, "", "A text.");
    server.until("/", |page| {
        headlines(page) == ["b-new", "a", "d", "c", "a-new"]
    });
    let told = || {
        let errors = server.running.errors();
        let lines = errors.lines();
        lines.filter(|line| line.contains("\"nowhere\"")).count()
    };
    server.line(&["leads to name stories that there are", "\"nowhere\""]);
    let overview = server.operate("/").text();
    assert!(
        overview.contains("leads to name stories that there are") && overview.contains("nowhere"),
        "{overview}"
    );
    paper.edit("city/c/article.md", "Story c", "The story c");
    server.until("/", |page| page.has("The story c"));
    assert_eq!(told(), 1, "{}", server.running.errors());
}

#[test]
fn no_story_that_the_desk_puts_first_or_whose_section_is_gone_is_lost_among_sections() {
    let paper = Paper::new();
    for day in 1..=9 {
        story(&paper, &format!("city/c{day}"), day, "", "A text.");
    }
    for day in 10..=14 {
        story(&paper, &format!("harbour/h{day}"), day, "", "A text.");
    }
    story(&paper, "sports/s1", 2, "", "A text.");
    let known = paper.read("publication.toml");
    let (head, sections) = known.split_once("[[sections]]").unwrap();
    let sports = "[[sections]]\nslug = \"sports\"\ntitle = \"Sports\"\n";
    let leads = "leads = [\"c1\", \"c2\", \"c3\", \"c4\", \"c5\", \"c6\"]";
    let with = |more: &str| {
        let text = format!("{head}{leads}\n[[sections]]{sections}{more}");
        paper.write("publication.toml", text);
    };
    with(sports);
    let server = paper.start();
    let leading = ["c1", "c2", "c3", "c4", "c5", "c6"];
    let city = ["c9", "c8", "c7"];
    let harbour = ["h14", "h13", "h12", "h11"];
    let wanted = |rest: [&'static str; 2]| [&leading[..], &city[..], &harbour[..], &rest].concat();
    server.until("/", |page| headlines(page) == wanted(["s1", "h10"]));
    // Its section is declared no more: it stands at the end, among those that no section has room for.
    with("");
    let front = server.until("/", |page| !page.has("href=\"/sections/sports\""));
    assert_eq!(headlines(&front), wanted(["h10", "s1"]));
    assert_eq!(front.text().matches("class=\"block\"").count(), 2);
}
