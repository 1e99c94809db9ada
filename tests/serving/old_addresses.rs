//! Addresses from before: those that articles had elsewhere, those of other systems' lists and feeds, and ours with a slash
//! too many.

use serde_json::{Value, json};

use crate::support::writer::{Writer, token};
use crate::support::{self, Answer, Cache, Paper, Server, courant, said, text};

fn story(slug: &str, more: Value) -> Value {
    let mut story = json!({
        "section": "city",
        "slug": slug,
        "headline": slug,
        "published": "2025-02-28T09:00:00+08:00",
        "body": "It opened at noon.\n",
    });
    let more = more.as_object().unwrap().clone();
    story.as_object_mut().unwrap().extend(more);
    story
}

fn desk() -> (Paper, Server, String) {
    let paper = Paper::new();
    let server = paper.start();
    let token = token(&paper, "newsdesk", "desk");
    (paper, server, token)
}

#[track_caller]
fn leads(server: &Server, from: &str, to: &str) {
    let answer = server.get(from);
    assert_eq!(answer.status, 301, "{from}");
    let address = format!("{}{to}", server.base());
    assert_eq!(answer.header("location"), Some(address.as_str()), "{from}");
}

#[track_caller]
fn is(server: &Server, path: &str, status: u16) -> Answer {
    let answer = server.get(path);
    assert_eq!(answer.status, status, "{path}: {}", answer.text());
    answer
}

const ARTICLES: &str = "/api/v1/articles";

/// A server with a cache in front that is told what to forget.
fn behind_cache(paper: &Paper) -> (Cache, Server) {
    let cache = Cache::start();
    let server = paper.configured(&format!(
        "[cdn]\nkey_headers = [\"xkey\"]\n[[cdn.purge]]\nkind = \"varnish\"\nurl = \"{}\"\n",
        cache.url()
    ));
    (cache, server)
}

#[test]
fn a_former_address_leads_to_its_article_for_ever() {
    let (_paper, server, token) = desk();
    let desk = Writer::new(&server, &token);
    let former = json!({"former": ["/2024/03/old-story/", "/2024/桥.html", "/?p=123"]});
    let made = desk
        .post(ARTICLES, &story("bridge", former.clone()))
        .expect(201);
    assert_eq!(made.body["former"], former["former"]);
    for path in [
        "/2024/03/old-story/",
        "/2024/03/old-story",
        "/2024/03//old-story//",
        "/2024/%30%33/old-story/?utm_source=x",
        "/2024/%e6%a1%a5.html",
        "/?p=123",
        "/?utm_source=x&p=123",
    ] {
        leads(&server, path, "/articles/bridge");
    }
    leads(&server, "/2024/03/old-story/feed/", "/articles/bridge.rss");
    leads(
        &server,
        "/2024/03/old-story/feed/atom/",
        "/articles/bridge.atom",
    );
    for path in [
        "/2024/03/",
        "/2024/03/old-story-2/",
        "/?p=124",
        "/?page_id=123",
    ] {
        is(&server, path, 404);
    }
    // Any other query is none of a story's.
    is(&server, "/?utm_source=p=123", 200);

    let moved = desk
        .change(
            "PATCH",
            &made.path(),
            made.etag(),
            &json!({"slug": "north-bridge"}),
        )
        .expect(200);
    leads(&server, "/2024/03/old-story/", "/articles/north-bridge");
    desk.change(
        "PATCH",
        &made.path(),
        moved.etag(),
        &json!({"former": ["/?p=123"]}),
    )
    .expect(200);
    is(&server, "/2024/03/old-story/", 404);
    leads(&server, "/?p=123", "/articles/north-bridge");
}

#[test]
fn a_former_address_is_a_path_that_nothing_else_has() {
    let (_paper, server, token) = desk();
    let desk = Writer::new(&server, &token);
    for wrong in [
        "old-story",
        "https://old.example/x",
        "//old.example/x",
        "/x?id=3",
        "/",
        "/articles/tram",
        "/sections/city/",
        "/feed.rss",
        "/category/news/",
        "/api/v1/articles",
        "/sitemap.xml",
    ] {
        let refused = desk
            .post(ARTICLES, &story("bridge", json!({"former": [wrong]})))
            .expect(422);
        let place = &refused.body["errors"][0]["pointer"];
        assert!(
            place.as_str().unwrap().starts_with("/former"),
            "{wrong}: {}",
            refused.body
        );
    }
    let many: Vec<String> = (0..31).map(|number| format!("/old/{number}")).collect();
    desk.post(ARTICLES, &story("bridge", json!({"former": many})))
        .expect(422);
    let long = format!("/{}", "桥".repeat(200));
    desk.post(ARTICLES, &story("bridge", json!({"former": [long]})))
        .expect(422);

    let first = desk
        .post(ARTICLES, &story("first", json!({"former": ["/old/"]})))
        .expect(201);
    let second = story("second", json!({"former": ["/%6Fld"]}));
    let refused = desk.post(ARTICLES, &second).expect(409);
    let detail = refused.body["detail"].as_str().unwrap();
    assert!(
        detail.contains("/old") && detail.contains(&first.id()),
        "{detail}"
    );
    // What waits keeps its own, and nobody learns who that is.
    let waits = story("waits", json!({"former": ["/later/"], "draft": true}));
    let waits = desk.post(ARTICLES, &waits).expect(201);
    let refused = desk
        .post(ARTICLES, &story("second", json!({"former": ["/later"]})))
        .expect(409);
    let detail = refused.body["detail"].as_str().unwrap();
    assert!(!detail.contains(&waits.id()), "{detail}");
    // A story that was taken back gives them away.
    desk.send("DELETE", &first.path(), &[("If-Match", first.etag())], b"")
        .expect(200);
    desk.post(ARTICLES, &second).expect(201);
    leads(&server, "/old/", "/articles/second");
}

#[test]
fn a_former_address_says_nothing_of_what_is_not_public() {
    let (_paper, server, token) = desk();
    let desk = Writer::new(&server, &token);
    let draft = story(
        "bridge",
        json!({"former": ["/old/", "/?p=7"], "draft": true}),
    );
    let draft = desk.post(ARTICLES, &draft).expect(201);
    let nothing = is(&server, "/never/", 404).text();
    for path in ["/old/", "/?p=7", "/old/feed/"] {
        assert_eq!(is(&server, path, 404).text(), nothing, "{path}");
    }
    let made = desk
        .change(
            "PATCH",
            &draft.path(),
            draft.etag(),
            &json!({"draft": null}),
        )
        .expect(200);
    leads(&server, "/old/", "/articles/bridge");
    desk.post(&format!("{}/withhold", made.path()), &json!({}))
        .expect(200);
    for path in ["/old/", "/?p=7", "/old/feed/"] {
        assert_eq!(is(&server, path, 404).text(), nothing, "{path}");
    }
    desk.change("POST", &format!("{}/release", made.path()), "*", &json!({}))
        .expect(200);
    leads(&server, "/old/", "/articles/bridge");
    leads(&server, "/?p=7", "/articles/bridge");
}

#[test]
fn a_former_address_does_not_tell_the_slug_of_what_was_taken_back() {
    let paper = Paper::new();
    let (_cache, server) = behind_cache(&paper);
    let token = token(&paper, "newsdesk", "desk");
    let desk = Writer::new(&server, &token);
    let former = json!({"former": ["/old/", "/?p=7"]});
    let made = desk.post(ARTICLES, &story("bridge", former)).expect(201);
    let key = is(&server, "/old/", 301).header("xkey").unwrap().to_owned();
    let moved = desk
        .change(
            "PATCH",
            &made.path(),
            made.etag(),
            &json!({"slug": "mayor-took-bribes"}),
        )
        .expect(200);
    let gone = [("If-Match", moved.etag())];
    desk.send("DELETE", &made.path(), &gone, b"").expect(200);
    for path in ["/old/", "/?p=7", "/old/feed/", "/old/feed/atom/"] {
        let answer = is(&server, path, 410);
        assert_eq!(answer.header("location"), None, "{path}");
        assert!(!answer.text().contains("bribes"), "{}", answer.text());
    }
    // Caches in front are told when another article has it.
    let keys = is(&server, "/old/", 410).header("xkey").unwrap().to_owned();
    let path_key = key.split(' ').next().unwrap();
    assert!(keys.split(' ').any(|own| own == path_key), "{keys}");
    let other = story("other", json!({"former": ["/old/"]}));
    desk.post(ARTICLES, &other).expect(201);
    leads(&server, "/old/", "/articles/other");

    // The page of what was retracted stays.
    let made = desk
        .post(ARTICLES, &story("tram", json!({"former": ["/older/"]})))
        .expect(201);
    let note = json!({"public_note": "It was made up."});
    let retract = format!("{}/retract", made.path());
    desk.change("POST", &retract, made.etag(), &note)
        .expect(200);
    leads(&server, "/older/", "/articles/tram");
}

#[test]
fn the_former_addresses_of_what_was_killed_say_that_it_is_gone_and_no_file_says_them() {
    let (paper, server, token) = desk();
    let desk = Writer::new(&server, &token);
    let made = desk
        .post(
            ARTICLES,
            &story("bridge", json!({"former": ["/zaqold/story/", "/?p=7"]})),
        )
        .expect(201);
    desk.post(&format!("{}/kill", made.path()), &json!({"legal": true}))
        .expect(200);
    for path in [
        "/zaqold/story/",
        "/zaqold/story",
        "/?p=7",
        "/zaqold/story/feed/",
    ] {
        is(&server, path, 451);
    }
    desk.post(
        ARTICLES,
        &story("other", json!({"former": ["/zaqold/story"]})),
    )
    .expect(409);
    support::wait("the store to be clean", || {
        (server.operate("/readyz").status == 200).then_some(())
    });
    // A draft was never public, so its addresses are as if they had never been.
    let draft = desk
        .post(
            ARTICLES,
            &story("draft", json!({"former": ["/zaqdraft/"], "draft": true})),
        )
        .expect(201);
    desk.post(&format!("{}/kill", draft.path()), &json!({}))
        .expect(204);
    is(&server, "/zaqdraft/", 404);
    assert_eq!(server.stop(), Some(0));
    for file in std::fs::read_dir(paper.data()).unwrap().flatten() {
        let bytes = std::fs::read(file.path()).unwrap_or_default();
        let has = bytes.windows(6).any(|bytes| bytes == b"zaqold");
        assert!(!has, "{}", file.path().display());
    }
}

#[test]
fn caches_in_front_are_told_when_a_former_address_leads_elsewhere() {
    let paper = Paper::new();
    let (cache, server) = behind_cache(&paper);
    let token = token(&paper, "newsdesk", "desk");
    let desk = Writer::new(&server, &token);
    let made = desk
        .post(ARTICLES, &story("bridge", json!({"former": ["/old/"]})))
        .expect(201);
    let answer = is(&server, "/old/", 301);
    let keys = answer.header("xkey").unwrap().to_owned();
    let key = keys.split(' ').next().unwrap().to_owned();
    assert!(key.starts_with("path."), "{keys}");
    let purged = |times: usize| {
        support::wait("a purge", || {
            let told = cache.told();
            let told = told.iter().filter(|told| told.keys().contains(&key));
            (told.count() >= times).then_some(())
        });
    };
    let moved = desk
        .change(
            "PATCH",
            &made.path(),
            made.etag(),
            &json!({"slug": "north"}),
        )
        .expect(200);
    purged(1);
    desk.change(
        "PATCH",
        &made.path(),
        moved.etag(),
        &json!({"former": null}),
    )
    .expect(200);
    purged(2);
}

#[test]
fn an_item_file_says_its_former_addresses_and_two_files_do_not_say_one() {
    let paper = Paper::new();
    let file = |slug: &str, key: &str| {
        paper.write(
            &format!("city/{slug}/article.md"),
            format!(
                "+++\nheadline = \"{slug}\"\npublished = 2026-01-02T03:04:05Z\n{key}\n+++\nText.\n"
            ),
        );
    };
    file("bridge", "former = [\"/old/\"]");
    file("canal", "former = [\"/tags/x/\"]");
    let told = said(&paper.check());
    assert!(
        told.contains("canal") && told.contains("an address of Courant's own"),
        "{told}"
    );
    let server = paper.start();
    leads(&server, "/old", "/articles/bridge");
    file("canal", "former = [\"/old\"]");
    server.line(&["canal", "leads to urn:uuid:"]);
    let told = said(&paper.check());
    assert!(told.contains("former addresses of its own"), "{told}");
    file("canal", "former = [\"/older\"]");
    server.until("/older", |answer| answer.status == 301);
    let out = paper.dir.path().join("out");
    let export = courant(&["export", text(&out), "--data", text(&paper.data())]);
    assert!(export.status.success(), "{}", said(&export));
    let printed = std::fs::read_to_string(out.join("city/canal/article.md")).unwrap();
    assert!(printed.contains("former = [\"/older\"]"), "{printed}");
}

#[test]
fn feeds_of_other_systems_lead_to_ours() {
    let (_paper, server, token) = desk();
    let desk = Writer::new(&server, &token);
    let tagged = json!({"tags": ["Boats", "World"], "authors": ["Ann Lind"]});
    desk.post(ARTICLES, &story("tram", tagged)).expect(201);
    for (from, to) in [
        ("/?feed=rss2", "/feed.rss"),
        ("/?feed=atom", "/feed.atom"),
        ("/?utm_source=x&feed=json", "/feed.json"),
        ("/?feed=rss2&tag=boats", "/tags/boats.rss"),
        ("/feed/atom/", "/feed.atom"),
        ("/feed/rss2/", "/feed.rss"),
        ("/feed/rdf/", "/feed.rss"),
        ("/feed/json", "/feed.json"),
        ("/category/city/feed/", "/sections/city.rss"),
        ("/category/news/city/feed/atom/", "/sections/city.atom"),
        ("/category/world/feed/", "/tags/world.rss"),
        ("/category/city/", "/sections/city"),
        ("/tag/boats/feed/", "/tags/boats.rss"),
        ("/tag/boats/", "/tags/boats"),
        ("/tag/city/rss/", "/sections/city.rss"),
        ("/author/ann-lind/feed/", "/authors/ann-lind.rss"),
        ("/author/ann-lind/rss/", "/authors/ann-lind.rss"),
        ("/author/ann-lind", "/authors/ann-lind"),
        ("/feeds/posts/default", "/feed.atom"),
        ("/feeds/posts/default?alt=rss", "/feed.rss"),
        ("/feeds/posts/default/-/Boats", "/tags/boats.atom"),
        ("/feed/by_tag/boats.xml", "/tags/boats.atom"),
        ("/tags/boats/index.xml", "/tags/boats.rss"),
        ("/categories/city/index.xml", "/sections/city.rss"),
        ("/posts/index.xml", "/feed.rss"),
    ] {
        leads(&server, from, to);
        is(&server, to, 200);
    }
    for nothing in [
        "/comments/feed/",
        "/?feed=comments-rss2",
        "/category/sport/feed/",
        "/tag/sport/",
        "/author/nobody/feed/",
        "/feeds/posts/default/-/sport",
        "/?feed=rss2&cat=3",
    ] {
        is(&server, nothing, 404);
    }
    // The front page is what it was, whatever came in between.
    for path in ["/", "/?utm_source=x", "/?feed=", "/?feedback=1", "/?page=2"] {
        is(&server, path, 200);
    }
}

#[test]
fn a_former_section_is_found_by_its_old_category() {
    let paper = Paper::new();
    paper.edit(
        "publication.toml",
        "slug = \"city\"\n",
        "slug = \"city\"\nformer = [\"town\"]\n",
    );
    let server = paper.start();
    leads(&server, "/category/town/feed/", "/sections/city.rss");
    leads(&server, "/category/town/", "/sections/city");
}

#[test]
fn an_address_with_a_slash_too_many_leads_to_the_one_without() {
    let (_paper, server, token) = desk();
    let desk = Writer::new(&server, &token);
    let made = desk
        .post(ARTICLES, &story("tram", json!({"tags": ["Boats"]})))
        .expect(201);
    for (from, to) in [
        ("/articles/tram/", "/articles/tram"),
        ("/articles/tram//", "/articles/tram"),
        ("//articles//tram", "/articles/tram"),
        ("/articles/tram/?utm_source=x", "/articles/tram"),
        ("/articles/tram.rss/", "/articles/tram.rss"),
        ("/sections/city/", "/sections/city"),
        ("/tags/boats/", "/tags/boats"),
        ("/feed.rss/", "/feed.rss"),
        ("/subscribe/", "/subscribe"),
        ("/robots.txt/", "/robots.txt"),
        ("//", "/"),
    ] {
        leads(&server, from, to);
    }
    for nothing in [
        "/articles/none/",
        "/sections/none/",
        "/tags/none/",
        "//example.org/",
    ] {
        is(&server, nothing, 404);
    }
    // Programs are told of their mistake.
    is(&server, "/api/v1/articles/", 404);
    desk.post("/api/v1/articles/", &story("other", json!({})))
        .expect(404);
    assert_eq!(server.send("POST", "/articles/tram/", &[]).status, 405);

    desk.change(
        "PATCH",
        &made.path(),
        made.etag(),
        &json!({"slug": "new-tram"}),
    )
    .expect(200);
    leads(&server, "/articles/tram/", "/articles/new-tram");
    desk.post(&format!("{}/kill", made.path()), &json!({}))
        .expect(200);
    is(&server, "/articles/new-tram/", 410);
}

#[test]
fn an_article_from_elsewhere_says_where_it_was_first_published() {
    let (_paper, server, token) = desk();
    let desk = Writer::new(&server, &token);
    for wrong in ["example.org/x", "/x", "ftp://example.org/x", "https://"] {
        let refused = desk
            .post(ARTICLES, &story("tram", json!({"canonical": wrong})))
            .expect(422);
        assert_eq!(
            refused.body["errors"][0]["pointer"], "/canonical",
            "{wrong}"
        );
    }
    let there = "https://first.example/a?b=1&c=2";
    let made = desk
        .post(ARTICLES, &story("tram", json!({"canonical": there})))
        .expect(201);
    desk.post(ARTICLES, &story("own", json!({}))).expect(201);
    assert_eq!(made.body["canonical"], there);
    let escaped = there.replace('&', "&amp;");
    let page = is(&server, "/articles/tram", 200).text();
    assert!(
        page.contains(&format!("rel=\"canonical\" href=\"{escaped}\"")),
        "{page}"
    );
    assert!(
        page.contains(&format!("property=\"og:url\" content=\"{escaped}\"")),
        "{page}"
    );
    assert!(
        page.contains(r#""isBasedOn":"https://first.example/a?b=1\u0026c=2""#),
        "{page}"
    );
    let own = is(&server, "/articles/own", 200).text();
    assert!(own.contains(&format!(
        "rel=\"canonical\" href=\"{}/articles/own\"",
        server.base()
    )));
    let atom = is(&server, "/articles/tram.atom", 200).text();
    assert!(
        atom.contains("rel=\"via\"") && atom.contains(&escaped),
        "{atom}"
    );
    let rss = is(&server, "/articles/tram.rss", 200).text();
    assert!(
        rss.contains("rel=\"via\"") && rss.contains("https://first.example/a?b=1"),
        "{rss}"
    );
    let json: Value =
        serde_json::from_str(&is(&server, "/articles/tram.json", 200).text()).unwrap();
    assert_eq!(json["items"][0]["_courant"]["canonical"], there);
    assert!(json["items"][0]["external_url"].is_null());

    // Sitemaps list canonical addresses.
    let month = |server: &Server| is(server, "/sitemap-2025-02.xml", 200).text();
    assert!(month(&server).contains("/articles/own") && !month(&server).contains("/articles/tram"));
    desk.change(
        "PATCH",
        &made.path(),
        made.etag(),
        &json!({"canonical": null}),
    )
    .expect(200);
    assert!(month(&server).contains("/articles/tram"));
}
