//! What other systems write comes in whole: each kind of text that was once lost, glued or changed, with its right value.

use std::fmt::Write as _;
use std::fs;

use serde_json::json;

use crate::support::writer::{self, Writer};
use crate::support::{Paper, Server, courant, said, text};

/// A post or a page of an export of WordPress.
fn post(number: usize, kind: &str, name: &str, content: &str, more: &str) -> String {
    format!(
        "<item><title>{name}</title><link>https://old.example/{name}/</link><dc:creator>desk</dc:creator>\
         <guid isPermaLink=\"false\">https://old.example/?p={number}</guid>\
         <content:encoded><![CDATA[{content}]]></content:encoded><wp:post_id>{number}</wp:post_id>\
         <wp:post_date>2024-03-10 09:00:00</wp:post_date><wp:post_date_gmt>2024-03-10 09:00:00</wp:post_date_gmt>\
         <wp:post_name>{name}</wp:post_name><wp:status>publish</wp:status><wp:post_type>{kind}</wp:post_type>{more}</item>"
    )
}

fn export(items: &[String]) -> String {
    format!(
        "<?xml version=\"1.0\"?><rss version=\"2.0\" xmlns:content=\"http://purl.org/rss/1.0/modules/content/\" \
         xmlns:excerpt=\"http://wordpress.org/export/1.2/excerpt/\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\" \
         xmlns:wp=\"http://wordpress.org/export/1.2/\"><channel><title>Old</title><link>https://old.example</link>{}\
         </channel></rss>",
        items.concat()
    )
}

fn feed(items: &[(&str, &str)]) -> String {
    let mut feed = String::from(
        "<?xml version=\"1.0\"?><rss version=\"2.0\" xmlns:content=\"http://purl.org/rss/1.0/modules/content/\" \
         xmlns:media=\"http://search.yahoo.com/mrss/\" xmlns:atom=\"http://www.w3.org/2005/Atom\"><channel>\
         <title>Old</title><link>https://old.example/</link>",
    );
    for (name, inner) in items {
        write!(
            feed,
            "<item><title>{name}</title><link>https://old.example/{name}/</link><guid isPermaLink=\"false\">{name}</guid>\
             <pubDate>Sun, 10 Mar 2024 09:00:00 GMT</pubDate>{inner}</item>"
        )
        .unwrap();
    }
    feed + "</channel></rss>"
}

fn html(content: &str) -> String {
    format!("<content:encoded><![CDATA[{content}]]></content:encoded>")
}

/// Imports a file; gives the report.
fn imported(paper: &Paper, file: &str) -> String {
    let path = paper.dir.path().join("old.xml");
    fs::write(&path, file).unwrap();
    let items = paper.items();
    let arguments = [
        "import",
        text(&path),
        "--section",
        "city",
        "--items",
        text(&items),
    ];
    let output = courant(&arguments);
    assert!(output.status.success(), "{}", said(&output));
    said(&output)
}

/// The body of an article as a feed has it.
fn in_feed(server: &Server, headline: &str) -> String {
    let feed: serde_json::Value = serde_json::from_slice(&server.get("/feed.json").body).unwrap();
    let items = feed["items"].as_array().unwrap();
    let item = items.iter().find(|item| item["title"] == headline);
    item.unwrap_or_else(|| panic!("{headline}"))["content_html"]
        .as_str()
        .unwrap()
        .to_owned()
}

fn file(paper: &Paper, slug: &str) -> String {
    paper.read(&format!("city/{slug}/article.md"))
}

#[test]
fn every_caption_of_a_picture_stands_in_its_place_in_feeds_and_on_pages() {
    let paper = Paper::new();
    let picture =
        "<img class=\"wp-image-10\" src=\"https://old.example/quay.jpg\" alt=\"A grey quay\">";
    let captioned = |words: &str| format!("[caption width=\"600\"]{picture} {words}[/caption]");
    let repeat = format!(
        "<p>One.</p>\n{}\n<p>Two.</p>\n{}",
        captioned("At six."),
        captioned("At nine. Photo: J. Roe")
    );
    let library = "<wp:attachment_url>https://old.example/quay.jpg</wp:attachment_url>\
                   <excerpt:encoded><![CDATA[Library words.]]></excerpt:encoded>";
    let attachment = post(10, "attachment", "quay", "", library);
    imported(
        &paper,
        &export(&[attachment, post(11, "post", "repeat", &repeat, "")]),
    );
    let server = paper.start();
    let content = in_feed(&server, "repeat");
    let figure = |words: &str| {
        format!(
            "<figure><img src=\"https://old.example/quay.jpg\" alt=\"A grey quay\"><figcaption>{words}</figcaption></figure>"
        )
    };
    let (six, nine) = (
        content.find(&figure("At six.")),
        content.find(&figure("At nine. Photo: J. Roe")),
    );
    let two = content.find("Two.");
    assert!(six.is_some() && six < two && two < nine, "{content}");
    assert!(
        !content.contains("Library words"),
        "the author's words outrank the library's: {content}"
    );
    let page = server.get("/articles/repeat");
    let link = "<figure><a href=\"https://old.example/quay.jpg\">A grey quay</a><figcaption>At nine. Photo: J. Roe";
    assert!(page.has(link), "{}", page.text());
}

#[test]
fn two_captions_of_one_photograph_are_shown_in_their_order() {
    let paper = Paper::new();
    let picture = fs::read("tests/data/sample/logo.png").unwrap();
    paper.write("city/twice/quay.png", picture);
    paper.write(
        "city/twice/article.md",
        "+++\nheadline = \"Twice\"\npublished = 2026-01-02T03:04:05Z\n\n[[captions]]\ntext = \"In the morning.\"\n\
         image = \"quay.png\"\n\n[[captions]]\ntext = \"In the evening.\"\nimage = \"quay.png\"\n\n\
         [[captions]]\ntext = \"At night.\"\nimage = \"quay.png\"\n+++\n\
         ![](quay.png)\n\nThen.\n\n![](quay.png)\n\nSee ![a quay](quay.png) again.\n",
    );
    let server = paper.start();
    let content = in_feed(&server, "Twice");
    let places = [
        "In the morning.",
        "Then.",
        "In the evening.",
        "again.",
        "At night.",
    ]
    .map(|words| content.find(words));
    assert!(
        places.iter().all(Option::is_some) && places.is_sorted(),
        "{content}"
    );
    assert_eq!(content.matches("In the morning.").count(), 1, "{content}");
}

#[test]
fn a_second_text_of_a_picture_beside_the_item_and_a_credit_alone_are_kept() {
    let paper = Paper::new();
    let said = "<media:content url=\"https://i.example/c.jpg\" medium=\"image\">\
                <media:description>Other words.</media:description></media:content>\
                <media:content url=\"https://i.example/d.jpg\" medium=\"image\"><media:credit>Ann Lee</media:credit></media:content>";
    let figure = html(
        "<figure><img src=\"https://i.example/c.jpg?w=9\"><figcaption>First<br>words.<p>More.</p></figcaption></figure><p>Text.</p>",
    );
    imported(&paper, &feed(&[("one", &(figure + said))]));
    let article = file(&paper, "one");
    for line in [
        "text = \"First words. More.\"",
        "text = \"Other words.\"",
        "text = \"Ann Lee\"",
    ] {
        assert!(article.lines().any(|l| l == line), "{line} in {article}");
    }
}

#[test]
fn one_picture_in_several_sizes_is_one_picture_and_the_widest() {
    let paper = Paper::new();
    let sizes = "<description>Words.</description>\
                 <media:content width=\"140\" url=\"https://i.example/p.jpg?width=140&amp;s=1\" medium=\"image\"/>\
                 <media:content width=\"460\" url=\"https://i.example/p.jpg?width=460&amp;s=2\" medium=\"image\"/>";
    let both = "<description>&lt;img src=\"https://i.example/c.jpg?w=600\"&gt; Words.</description>\
                <enclosure url=\"https://i.example/c.jpg\" type=\"image/jpeg\" length=\"1\"/>\
                <media:content url=\"https://i.example/c-300x200.jpg\" medium=\"image\"/>";
    imported(&paper, &feed(&[("sizes", sizes), ("both", both)]));
    assert_eq!(file(&paper, "sizes").matches("p.jpg").count(), 1);
    assert!(
        file(&paper, "sizes").contains("width=460"),
        "{}",
        file(&paper, "sizes")
    );
    assert_eq!(
        file(&paper, "both").matches("![").count(),
        1,
        "{}",
        file(&paper, "both")
    );
}

#[test]
fn pictures_that_load_late_are_found_in_all_their_spellings() {
    let paper = Paper::new();
    let spellings = "<p><img src=\"https://x.example/blank.gif\" class=\"lazy\"><noscript><img src=\"https://old.example/1.jpg\"></noscript></p>\
         <p><img data-srcset=\"https://old.example/s.jpg 600w, https://old.example/2.jpg 1200w\"></p>\
         <p><img srcset=\"https://old.example/3.jpg 1x\"></p><p><amp-img src=\"https://old.example/4.jpg\"></amp-img></p>\
         <p><img src=\"data:image/gif;base64,R0l\" data-src=\"https://old.example/5.jpg\"></p>\
         <p><picture><source srcset=\"https://old.example/6.jpg 2x\"><img src=\"data:,\"></picture></p>\
         <p><img src=\"https://x.example/placeholder.svg\" data-some-lazy-src=\"https://old.example/7.jpg\"></p>";
    imported(&paper, &feed(&[("lazy", &html(spellings))]));
    let article = file(&paper, "lazy");
    for number in 1..=7 {
        assert!(
            article.contains(&format!("![](https://old.example/{number}.jpg)")),
            "{number} in {article}"
        );
    }
    assert_eq!(article.matches("![").count(), 7, "{article}");
    paper.article("city/late", "Late", "<p><img src=\"data:image/gif;base64,R0l\" data-src=\"https://old.example/8.jpg\" alt=\"eight\"></p>\n\n<p><img src=\"data:,\" alt=\"nine\"></p>");
    let told = said(&paper.check());
    assert!(
        told.contains("picture without an address of its own"),
        "{told}"
    );
    let content = in_feed(&paper.start(), "Late");
    assert!(
        content.contains("<img src=\"https://old.example/8.jpg\" alt=\"eight\">")
            && content.contains("nine"),
        "{content}"
    );
    assert!(!content.contains("<img alt"), "{content}");
}

#[test]
fn footnotes_and_reusable_blocks_of_wordpress_stand_in_the_text() {
    let paper = Paper::new();
    let notes = "<wp:postmeta><wp:meta_key>footnotes</wp:meta_key><wp:meta_value><![CDATA[[{\"content\":\"Minutes, <em>12 May</em>.\",\
                 \"id\":\"f1\"}]]]></wp:meta_value></wp:postmeta>";
    let noted = "<p>Known since May<sup data-fn=\"f1\" class=\"fn\"><a href=\"#f1\">1</a></sup>.</p>\n<!-- wp:footnotes /-->";
    let hosting = "<p>Before.</p>\n<!-- wp:block {\"ref\":900} /-->\n<p>After.</p>\n<!-- wp:block {\"ref\":901} /-->";
    let told = imported(
        &paper,
        &export(&[
            post(20, "post", "noted", noted, notes),
            post(21, "post", "host", hosting, ""),
            post(
                900,
                "wp_block",
                "box",
                "<p>Call the harbour office.</p><!-- wp:block {\"ref\":900} /-->",
                "",
            ),
        ]),
    );
    assert!(
        file(&paper, "noted").contains("Known since May¹.\n\n---\n\n1. Minutes, *12 May*."),
        "{}",
        file(&paper, "noted")
    );
    let host = file(&paper, "host");
    let places = ["Before.", "Call the harbour office.", "After."].map(|words| host.find(words));
    assert!(
        places.iter().all(Option::is_some) && places.is_sorted(),
        "{host}"
    );
    assert!(
        told.contains("reusable block that the export does not have"),
        "{told}"
    );
}

#[test]
fn tables_with_merged_cells_verse_and_formulas_keep_their_form() {
    let paper = Paper::new();
    let content = "<p>Final:</p><table><tr><th>Group</th><th>Club</th></tr><tr><td rowspan=\"2\">A</td><td>Rovers</td></tr>\
         <tr><td>United</td></tr></table><pre class=\"wp-block-verse\">Tide in,<br>tide out.<br><br>The <em>quay</em><br>stays.</pre>\
         <pre>Mon 06:10<br>Tue 06:55</pre><p>10<sup>−6</sup>, x<sup>n+1</sup>, y<sub>max</sub>, \
         <math><mfrac><mn>1</mn><mn>2</mn></mfrac></math></p><ol start=\"5\"><li>five</li></ol><ol><li value=\"9\">nine</li></ol>\
         <p><ruby>漢<rp>(</rp><rt>かん</rt><rp>)</rp></ruby> <q>so</q></p>";
    imported(&paper, &feed(&[("form", &html(content))]));
    let content = in_feed(&paper.start(), "form");
    for piece in [
        "<td rowspan=\"2\">A</td><td>Rovers</td>",
        "Tide in,\ntide out.\n\nThe <em>quay</em>\nstays.</pre>",
        "Mon 06:10\nTue 06:55",
        "10<sup>−6</sup>, x<sup>n+1</sup>, y<sub>max</sub>, 1/2",
        "<ol start=\"5\">",
        "<li value=\"9\">nine</li>",
        "<ruby>漢<rp>(</rp><rt>かん</rt><rp>)</rp></ruby> <q>so</q>",
    ] {
        assert!(content.contains(piece), "{piece} in\n{content}");
    }
}

#[test]
fn texts_beside_the_text_and_what_plays_or_asks_are_kept_or_told() {
    let paper = Paper::new();
    let both = format!(
        "<description>A summary of its own.</description>{}",
        html("<p>The text.</p>")
    );
    let atom = "<atom:content type=\"html\">&lt;p&gt;Whole text.&lt;/p&gt;</atom:content><description>Whole</description>";
    let video = "<media:group><media:content url=\"https://v.example/1\" type=\"video/mp4\"/><media:description>Of a video.</media:description></media:group>";
    let asks = html(
        "<p>Vote: <select><option>Yes</option><option>No</option></select><input value=\"Your name\"></p>\
                     <button>Send</button><iframe src=\"https://p.example/1\"></iframe><object data=\"https://p.example/2\">No player</object>\
                     <template>unseen</template><p style=\"display:none\">unseen</p>",
    );
    let told = imported(
        &paper,
        &feed(&[
            ("both", &both),
            ("atom", atom),
            ("video", video),
            ("asks", &asks),
        ]),
    );
    assert!(file(&paper, "both").contains("deck = \"A summary of its own.\""));
    assert!(
        file(&paper, "atom").contains("\nWhole text.") && !file(&paper, "atom").contains("deck")
    );
    assert!(file(&paper, "video").contains("Of a video."));
    let article = file(&paper, "asks");
    for kept in [
        "Vote:",
        "Send",
        "(https://p.example/1)",
        "(https://p.example/2)",
    ] {
        assert!(article.contains(kept), "{kept} in {article}");
    }
    for named in [
        "<select>, with the words: Yes No",
        "<input>, with the words: Your name",
        "<iframe> (a link to it stays)",
    ] {
        assert!(told.contains(named), "{named} in {told}");
    }
    assert!(!article.contains("unseen") && !told.contains("unseen"));
}

#[test]
fn a_body_of_html_has_a_summary_and_parts_as_one_of_markdown_has() {
    let paper = Paper::new();
    let markdown =
        "The council agreed.\n\nWork starts in May.\n\n## What is next\n\nA tender is due.\n";
    let html = "<div><p>The council agreed.</p>\n<p>Work starts in May.</p></div>\n\n<h1>What is next</h1>\n<p>A tender is due.</p>";
    paper.article("city/markdown", "Markdown", markdown);
    paper.article("city/html", "Html", html);
    let server = paper.start();
    let feed: serde_json::Value = serde_json::from_slice(&server.get("/feed.json").body).unwrap();
    let summary = |headline: &str| {
        let items = feed["items"].as_array().unwrap();
        let item = items.iter().find(|item| item["title"] == headline).unwrap();
        item["summary"].as_str().unwrap().to_owned()
    };
    assert_eq!(summary("Html"), summary("Markdown"));
    assert!(summary("Html").starts_with("The council agreed. Work starts in May."));
    let parts: serde_json::Value =
        serde_json::from_slice(&server.get("/articles/html.json").body).unwrap();
    let titles: Vec<&str> = parts["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|item| item["title"].as_str())
        .collect();
    assert_eq!(titles, ["Html", "What is next"]);
}

#[test]
fn no_raised_number_changes_in_a_body_or_in_what_is_cut_from_it() {
    let paper = Paper::new();
    paper.article(
        "city/homes",
        "Homes",
        "<p>10<sup>6</sup> homes, CO<sub>2</sub>.</p>\n\nAnd 5 m<sup>2</sup>.",
    );
    assert!(
        !said(&paper.check()).contains("mended: expected"),
        "{}",
        said(&paper.check())
    );
    let server = paper.start();
    let content = in_feed(&server, "Homes");
    assert!(
        content.contains("10<sup>6</sup> homes, CO<sub>2</sub>.")
            && content.contains("5 m<sup>2</sup>"),
        "{content}"
    );
    assert!(
        server
            .get("/articles/homes")
            .has("content=\"10⁶ homes, CO₂. And 5 m².\"")
    );
}

#[test]
fn footnotes_strikes_tasks_and_bare_addresses_of_markdown_are_read() {
    let paper = Paper::new();
    paper.article(
        "city/notes",
        "Notes",
        "Known since May[^1], at ~~10~~ 12 euro, 5~10 and 20~30.\n\n- [x] done\n- [ ] open\n\n\
         详见https://example.com/tram。第二句（https://example.com/b）完。\n\n[^1]: Minutes of 12 May.\n\n[^2]: Never named.\n",
    );
    let server = paper.start();
    let content = in_feed(&server, "Notes");
    for piece in [
        "May<sup>1</sup>, at <del>10</del> 12 euro, 5~10 and 20~30.",
        "☑ done",
        "☐ open",
        "<a href=\"https://example.com/tram\">https://example.com/tram</a>。第二句（<a href=\"https://example.com/b\">",
        "<hr>\n<ol>",
        "Minutes of 12 May.",
        "Never named.",
    ] {
        assert!(content.contains(piece), "{piece} in {content}");
    }
    assert!(
        !content.contains("href=\"#") && !content.contains("<input"),
        "{content}"
    );
    let page = server.get("/articles/notes");
    assert!(
        page.has("content=\"Known since May¹, at 12 euro, 5~10 and 20~30."),
        "{}",
        page.text()
    );
}

#[test]
fn no_control_character_runs_words_together() {
    let paper = Paper::new();
    let server = paper.start();
    let token = writer::token(&paper, "desk", "desk");
    let desk = Writer::new(&server, &token);
    let story = json!({
        "section": "city", "headline": "First\u{b}second\u{2028}third", "published": "2026-01-02T03:04:05Z",
        "body": "One\u{b}two\u{c}three\u{2029}four\u{2028}five\u{1f}six 10\u{0}20",
    });
    let made = desk.post("/api/v1/articles", &story).expect(201);
    assert_eq!(made.body["headline"], "First second third");
    let content = in_feed(&server, "First second third");
    assert_eq!(
        content.split_whitespace().collect::<Vec<_>>().join(" "),
        "<p>One two three</p> <p>four five six 10 20</p>"
    );
}

#[test]
fn html_that_hides_what_follows_is_told() {
    let paper = Paper::new();
    paper.article("city/open", "Open", "Before.\n\n<!-- a note\n\nThe tail.\n");
    let told = said(&paper.check());
    assert!(
        told.contains("<!--, which is never closed and hides: a note")
            && told.contains("The tail."),
        "{told}"
    );
    paper.article(
        "city/menu",
        "Menu",
        "<div>Pick <select><option>Tea</option></select></div>",
    );
    let told = said(&paper.check());
    assert!(told.contains("<select> with the words: Tea"), "{told}");
}
