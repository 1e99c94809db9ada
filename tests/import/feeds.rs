//! Feeds and exports of other systems, brought into a folder of items and served from there.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::SystemTime;

use crate::support::{self, Paper, courant, said, text, wait};

const FEEDS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/feeds");

fn feed(name: &str) -> String {
    format!("{FEEDS}/{name}")
}

/// Imports `file` with `city` as the section of what names none; true if nothing failed. Where an item cannot be published
/// the exit code says so.
fn import(paper: &Paper, file: &str, more: &[&str]) -> (bool, String) {
    let items = paper.items();
    let mut arguments = vec!["import", file, "--section", "city", "--items", text(&items)];
    arguments.extend(more);
    let output = courant(&arguments);
    let told = said(&output);
    let is_refused = told.contains("cannot be published as it is");
    if is_refused {
        assert_eq!(output.status.code(), Some(1), "{told}");
    }
    (output.status.success() || is_refused, told)
}

fn imported(paper: &Paper, name: &str) -> String {
    let (well, told) = import(paper, &feed(name), &[]);
    assert!(well, "{told}");
    told
}

/// A file that a test writes beside the folder of items.
fn written(paper: &Paper, name: &str, bytes: impl AsRef<[u8]>) -> String {
    let path = paper.dir.path().join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, bytes).unwrap();
    text(&path).to_owned()
}

fn rss(items: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?>\n<rss version=\"2.0\"><channel><title>T</title>\
         <link>https://old.example/</link>\n{items}\n</channel></rss>\n"
    )
}

fn item(number: usize, body: &str) -> String {
    format!(
        "<item><title>Story {number}</title><guid isPermaLink=\"false\">g{number}</guid>\
         <pubDate>Mon, 04 Mar 2024 08:00:0{number} GMT</pubDate><description>{body}</description></item>\n"
    )
}

/// A copy of WordPress's uploads with the photographs of these names.
fn uploads(paper: &Paper, names: &[&str]) -> PathBuf {
    let folder = paper.dir.path().join("uploads");
    let picture =
        fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/sample/logo.png"));
    let picture = picture.unwrap();
    for name in names {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, &picture).unwrap();
    }
    folder
}

/// Every file of a folder with its bytes and when it was written.
fn tree(folder: &Path) -> BTreeMap<PathBuf, (Vec<u8>, SystemTime)> {
    let mut files = BTreeMap::new();
    let mut ahead = vec![folder.to_owned()];
    while let Some(folder) = ahead.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                ahead.push(path);
            } else {
                let when = fs::metadata(&path).unwrap().modified().unwrap();
                files.insert(path.clone(), (fs::read(&path).unwrap(), when));
            }
        }
    }
    files
}

#[test]
fn an_export_of_wordpress_comes_in_with_people_dates_sections_and_captions() {
    let paper = Paper::new();
    paper.edit(
        "publication.toml",
        "title = \"Harbour\"",
        "title = \"The Harbour\"",
    );
    let uploads = uploads(&paper, &["2019/05/ferry.png", "2020/01/早市.png"]);
    let (well, told) = import(&paper, &feed("export.xml"), &["--media", text(&uploads)]);
    assert!(
        well && told.contains("3 articles written, 6 left out"),
        "{told}"
    );
    let ferry = paper.read("harbour/ferry-and-fog/article.md");
    for line in [
        "guid = \"https://tidewater.example/?p=11\"",
        "headline = \"Ferry & fog: the night boat waits\"",
        "deck = \"Thirty boats and one kettle\"",
        "published = 2019-05-03T07:30:00+01:00",
        "updated = 2019-05-04T10:00:00+01:00",
        "authors = [\"Maeve Corrigan\"]",
        "tags = [\"Weather\", \"fog\"]",
        "text = \"The night boat at the north quay.\"",
        "alt = \"A ferry in fog\"",
        "image = \"ferry.png\"",
        "credit = \"Tomás Breen\"",
        "The night boat lay at the quay until *half past six*.  ",
        "Nobody complained.",
        "![A ferry in fog](ferry.png)",
        "[the tide table](https://tidewater.example/tides/).",
        "[https://video.example/watch?v=7](https://video.example/watch?v=7)",
        "> We have seen better.",
    ] {
        assert!(
            ferry.lines().any(|l| l == line || l.ends_with(line)),
            "{line} in\n{ferry}"
        );
    }
    assert!(!ferry.contains("alert"), "{ferry}");
    let market = paper.read("city/chang-jie-zao-shi/article.md");
    for line in [
        "published = 2020-01-02T08:15:00+08:00",
        "authors = [\"李禾\"]",
        "text = \"早市上的豆浆摊。\"",
        "alt = \"灯下的豆浆摊\"",
        "image = \"早市.png\"",
        "credit = \"李禾 摄\"",
        "天还没亮，**早市**的灯已经亮了。",
        "## 一碗豆浆",
        "![灯下的豆浆摊](早市.png)",
        "![](https://tidewater.example/wp-content/uploads/2020/01/b.png)",
        "https://video.example/watch?v=8",
    ] {
        assert!(market.lines().any(|l| l == line), "{line} in\n{market}");
    }
    assert!(
        !market.contains("updated") && !market.contains("tags"),
        "{market}"
    );
    let again = paper.read("city/ferry-and-fog-2/article.md");
    assert!(
        again.contains("Short.\n\n![A ferry in fog](ferry.png)"),
        "a gallery of what was uploaded with the post: {again}"
    );
    assert!(paper.check().status.success(), "{}", said(&paper.check()));
}

#[test]
fn an_export_in_pieces_is_one_site() {
    let (one, several) = (Paper::new(), Paper::new());
    let whole = fs::read_to_string(feed("export.xml")).unwrap();
    let head = &whole[..whole.find("<item>").unwrap()];
    let cut = whole.find("<item>\n\t\t<title><![CDATA[ferry]]>").unwrap();
    let posts = format!("{}</channel></rss>", &whole[..cut]);
    let pictures = format!("{head}{}", &whole[cut..]);
    let (posts, pictures) = (
        written(&several, "000.xml", posts),
        written(&several, "001.xml", pictures),
    );
    let (well, told) = import(&several, &posts, &[&pictures]);
    assert!(
        well && told.contains("3 articles written, 6 left out"),
        "{told}"
    );
    imported(&one, "export.xml");
    for path in ["city/ferry-and-fog", "city/chang-jie-zao-shi"] {
        let article = format!("{path}/article.md");
        assert_eq!(one.read(&article), several.read(&article));
    }
    let page = written(
        &several,
        "page.txt",
        "A headline\n\nA sentence of a page.\n",
    );
    let (well, told) = import(&several, &posts, &[&page]);
    assert!(!well && told.contains("one by one"), "{told}");
}

#[test]
fn what_wordpress_does_not_show_as_an_article_is_left_out_and_counted() {
    let paper = Paper::new();
    let told = imported(&paper, "export.xml");
    for reason in [
        "WordPress's status draft",
        "WordPress's status future",
        "WordPress's type page",
        "WordPress's type attachment",
        "protected by a password",
        "comment of a reader",
        "[youtube] (a link to it stays)",
        "term of the taxonomy series",
        "dates without a zone",
        "became tags: The Harbour (1), Weather (1)",
    ] {
        assert!(told.contains(reason), "{reason}: {told}");
    }
    let all = tree(&paper.items());
    for secret in [
        "Not yet.",
        "Whisper.",
        "Wait.",
        "We are a gazette.",
        "First!",
    ] {
        let leaks = |(bytes, _): &(Vec<u8>, _)| String::from_utf8_lossy(bytes).contains(secret);
        assert!(!all.values().any(leaks), "{secret}");
    }
}

#[test]
fn an_rss_feed_comes_in_with_its_media_and_without_what_counts_readers() {
    let paper = Paper::new();
    let told = imported(&paper, "news.rss");
    assert!(told.contains("2 articles written, 2 left out"), "{told}");
    assert!(
        told.contains("line 30, A report of no day: no date"),
        "{told}"
    );
    assert!(
        told.contains("the same guid as the item at line 8"),
        "{told}"
    );
    let bridge = paper.read("harbour/bridge-and-bell/article.md");
    for line in [
        "guid = \"wire:2024/0007 Ü\"",
        "headline = \"Bridge & bell: repairs begin\"",
        "published = 2024-03-05T09:05:00+01:00",
        "authors = [\"Ana Ruiz\", \"Bo Lind\"]",
        "tags = [\"bridges\"]",
        "text = \"The bridge on Monday.\"",
        "alt = \"Scaffolds\"",
        "credit = \"Ana Ruiz\"",
        "text = \"The bell, taken down.\"",
        "credit = \"Bo Lind\"",
        "![Scaffolds](https://img.example/bridge.png?w=800)",
        "More [here](https://wire.example/more.html).",
    ] {
        assert!(bridge.lines().any(|l| l == line), "{line} in\n{bridge}");
    }
    assert!(
        !bridge.contains("count.example") && !bridge.contains("deck"),
        "{bridge}"
    );
    let notice = paper.read("city/notice/article.md");
    assert!(
        notice.contains("guid = \"https://wire.example/news/notice.html\""),
        "{notice}"
    );
    assert!(notice.contains("authors = [\"The Desk\"]"), "{notice}");
    assert!(notice.contains("source = \"Other Paper\""), "{notice}");
    assert!(
        notice.contains("The **library** is closed & locked."),
        "{notice}"
    );
}

#[test]
fn an_atom_feed_comes_in_with_its_xhtml_languages_and_bases() {
    let paper = Paper::new();
    imported(&paper, "journal.atom");
    let steamer = paper.read("city/der-letzte-dampfer/article.md");
    for line in [
        "guid = \"tag:journal.example,2021:dampfer\"",
        "headline = \"Der letzte Dampfer\"",
        "deck = \"Ein Abschied am Kai\"",
        "published = 2021-08-30T18:00:00+02:00",
        "updated = 2021-09-01T14:00:00+02:00",
        "authors = [\"Die Redaktion\"]",
        "tags = [\"dampfer\"]",
        "language = \"de\"",
        "rights = \"CC BY 4.0\"",
        "text = \"Der Dampfer am Kai.\"",
        "alt = \"Ein Dampfer\"",
        "Um sechs legte er ab, **zum letzten Mal**.",
        "![Ein Dampfer](https://journal.example/bilder/dampfer.png)",
        "Sein Ziel: [der Hafen](https://journal.example/hafen).  ",
        "Ende.",
    ] {
        assert!(steamer.lines().any(|l| l == line), "{line} in\n{steamer}");
    }
    let note = paper.read("city/note/article.md");
    assert!(
        note.contains("authors = [\"Gwen Pike\"]") && !note.contains("language"),
        "{note}"
    );
    assert!(
        note.contains("\nPlain words \\<with> signs.\n\nAnd a second paragraph.\n"),
        "{note}"
    );
}

#[test]
fn a_json_feed_comes_in_with_its_texts_and_authors() {
    let paper = Paper::new();
    let told = imported(&paper, "notes.json");
    assert!(told.contains("1  items without a title"), "{told}");
    let tide = paper.read("city/1/article.md");
    for line in [
        "guid = \"https://notes.example/1\"",
        "headline = \"The tide turned at noon. Nobody noticed but the gulls.\"",
        "published = 2022-04-01T12:00:00-05:00",
        "authors = [\"Rae Holm\"]",
        "tags = [\"tides\"]",
    ] {
        assert!(tide.lines().any(|l| l == line), "{line} in\n{tide}");
    }
    let kelp = paper.read("city/kelp/article.md");
    assert!(
        kelp.contains("guid = \"2\"") && kelp.contains("deck = \"What the storm left\""),
        "{kelp}"
    );
    assert!(
        kelp.contains("Sal Okafor") && !kelp.contains("updated"),
        "{kelp}"
    );
}

#[test]
fn a_second_run_and_another_folder_give_the_same_bytes_and_touch_nothing() {
    let (one, other) = (Paper::new(), Paper::new());
    let uploads = uploads(&one, &["2019/05/ferry.png"]);
    let media = ["--media", text(&uploads)];
    let names = ["export.xml", "news.rss", "journal.atom", "notes.json"];
    for paper in [&one, &other] {
        for name in names {
            assert!(import(paper, &feed(name), &media).0, "{name}");
        }
    }
    let before = tree(&one.items());
    for name in names {
        let (well, told) = import(&one, &feed(name), &media);
        assert!(well && told.contains("0 articles written"), "{told}");
        assert!(told.contains("there already, unchanged") && !told.contains("in other words"));
    }
    assert_eq!(tree(&one.items()), before, "nothing is written again");
    let bytes = |paper: &Paper| -> BTreeMap<PathBuf, Vec<u8>> {
        let files = tree(&paper.items()).into_iter();
        let inner = |path: PathBuf| path.strip_prefix(paper.items()).unwrap().to_owned();
        files
            .map(|(path, (bytes, _))| (inner(path), bytes))
            .collect()
    };
    assert_eq!(bytes(&one), bytes(&other));
}

#[test]
fn what_was_imported_is_served_with_its_old_guids_and_dates() {
    let paper = Paper::new();
    let uploads = uploads(&paper, &["2019/05/ferry.png"]);
    for name in ["export.xml", "news.rss", "journal.atom", "notes.json"] {
        assert!(
            import(&paper, &feed(name), &["--media", text(&uploads)]).0,
            "{name}"
        );
    }
    let server = paper.start();
    let answer = server.get("/feed.rss");
    let channel = rss::Channel::read_from(answer.body.as_slice()).unwrap();
    let served: BTreeMap<String, String> = channel
        .items()
        .iter()
        .map(|item| {
            let guid = item.guid().unwrap();
            assert!(!guid.is_permalink());
            (guid.value().to_owned(), item.pub_date().unwrap().to_owned())
        })
        .collect();
    for (guid, date) in [
        (
            "https://tidewater.example/?p=11",
            "Fri, 3 May 2019 06:30:00 +0000",
        ),
        (
            "https://tidewater.example/?p=12",
            "Thu, 2 Jan 2020 00:15:00 +0000",
        ),
        ("wire:2024/0007 Ü", "Tue, 5 Mar 2024 08:05:00 +0000"),
        (
            "tag:journal.example,2021:dampfer",
            "Mon, 30 Aug 2021 16:00:00 +0000",
        ),
        ("2", "Sat, 2 Apr 2022 12:00:00 +0000"),
    ] {
        let found = served
            .get(guid)
            .map(|date| chrono::DateTime::parse_from_rfc2822(date));
        let meant = chrono::DateTime::parse_from_rfc2822(date);
        assert_eq!(found, Some(meant), "{guid} in {served:#?}");
    }
    let page = server.get("/articles/ferry-and-fog").text();
    assert!(
        page.contains("/media/") && page.contains("The night boat at the north quay."),
        "{page}"
    );
    assert!(!server.has_said(&["refused"]));
}

#[test]
fn what_the_desk_changed_since_stays_unless_it_is_replaced() {
    let paper = Paper::new();
    let uploads = uploads(&paper, &["2019/05/ferry.png"]);
    let media = ["--media", text(&uploads)];
    assert!(import(&paper, &feed("export.xml"), &media).0);
    // Moved, renamed, and edited.
    let moved = paper.path("harbour/boats");
    fs::create_dir_all(paper.path("harbour")).unwrap();
    fs::rename(paper.path("city/ferry-and-fog"), &moved).unwrap();
    let kicker = "kicker = \"Night\"\nheadline";
    paper.edit("harbour/boats/article.md", "headline", kicker);
    paper.edit(
        "harbour/boats/article.md",
        "Nobody complained.",
        "All complained.",
    );
    let desks = paper.read("harbour/boats/article.md");
    let (well, told) = import(&paper, &feed("export.xml"), &media);
    assert!(
        well && told.contains("1 there already in other words"),
        "{told}"
    );
    assert!(told.contains("  harbour/boats"), "{told}");
    assert_eq!(paper.read("harbour/boats/article.md"), desks);
    assert!(!paper.path("city/ferry-and-fog").exists());
    let (well, told) = import(
        &paper,
        &feed("export.xml"),
        &["--replace", media[0], media[1]],
    );
    assert!(well && told.contains("1 replaced"), "{told}");
    let replaced = paper.read("harbour/boats/article.md");
    assert!(replaced.contains("Nobody complained.") && replaced.contains("kicker = \"Night\""));
    let ids = |text: &str| -> Vec<String> {
        let lines = text.lines().filter(|line| line.starts_with("id = "));
        lines.map(str::to_owned).collect()
    };
    assert_eq!(ids(&replaced), ids(&desks));
}

#[test]
fn a_dry_run_tells_the_same_and_writes_nothing() {
    let paper = Paper::new();
    let before = tree(&paper.items());
    let (well, dry) = import(&paper, &feed("export.xml"), &["--dry-run"]);
    assert!(well, "{dry}");
    assert_eq!(tree(&paper.items()), before);
    let wet = imported(&paper, "export.xml");
    assert_eq!(dry.replace("would be written", "written"), wet);
}

#[test]
fn a_feed_in_gb18030_is_read_and_broken_bytes_cost_only_their_item() {
    let paper = Paper::new();
    let feed = rss(&(item(1, "春雷激荡") + &item(2, "##") + &item(3, "夏夜")));
    let declared = feed.replace("?>", " encoding=\"gb18030\"?>");
    let (gb, _, _) = encoding_rs::GB18030.encode(&declared);
    let mut bytes = gb.into_owned();
    let at = bytes.windows(2).position(|pair| pair == b"##").unwrap();
    bytes[at] = 0xff;
    let file = written(&paper, "gb.xml", &bytes);
    let (well, told) = import(&paper, &file, &[]);
    assert!(
        well && told.contains("2 articles written, 1 left out"),
        "{told}"
    );
    assert!(
        told.contains("line 4, Story 2: bytes that are none of the encoding"),
        "{told}"
    );
    assert!(
        paper
            .read("city/2024-03-04-story-1/article.md")
            .contains("春雷激荡")
    );
}

#[test]
fn a_file_that_breaks_off_is_refused_with_its_line_and_nothing_is_written() {
    let paper = Paper::new();
    let whole = rss(&(item(1, "a") + &item(2, "b") + &item(3, "c")));
    let before = tree(&paper.items());
    let cut = written(&paper, "cut.xml", &whole[..whole.find("Story 3").unwrap()]);
    let (well, told) = import(&paper, &cut, &[]);
    assert!(!well && told.contains("cut.xml:5:"), "{told}");
    assert!(told.contains("2 whole items stand before"), "{told}");
    let crossed = whole.replace("<description>b</description>", "<description>b</i>");
    let crossed = written(&paper, "crossed.xml", crossed);
    let (well, told) = import(&paper, &crossed, &[]);
    assert!(!well && told.contains("crossed.xml:4:"), "{told}");
    let json = written(
        &paper,
        "cut.json",
        "{\"version\": \"https://jsonfeed.org/version/1.1\", \"items\": [",
    );
    let (well, told) = import(&paper, &json, &[]);
    assert!(
        !well && told.contains("cut.json: expected JSON Feed"),
        "{told}"
    );
    let other = written(
        &paper,
        "map.xml",
        "<?xml version=\"1.0\"?><urlset></urlset>",
    );
    let (well, told) = import(&paper, &other, &[]);
    assert!(!well && told.contains("<urlset>"), "{told}");
    assert_eq!(tree(&paper.items()), before);
}

#[test]
fn entities_of_a_document_are_never_expanded() {
    let paper = Paper::new();
    let secret = written(&paper, "secret.txt", "the kettle is blue");
    let mut bomb = String::from("<!ENTITY a0 \"ha\">");
    for level in 1..20 {
        let inner = format!("&a{};", level - 1).repeat(20);
        bomb.push_str(&format!("<!ENTITY a{level} \"{inner}\">"));
    }
    let feed = rss(&(item(1, "&a19; end")
        + &item(2, "&xxe; end")
        + &item(3, "caf&eacute; &amp; Tom & Jerry")));
    let doctype = format!("?>\n<!DOCTYPE rss [{bomb}<!ENTITY xxe SYSTEM \"file://{secret}\">]>");
    let file = written(&paper, "bomb.xml", feed.replacen("?>", &doctype, 1));
    let (well, told) = import(&paper, &file, &[]);
    assert!(well && told.contains("3 articles written"), "{told}");
    assert!(paper.read("city/2024-03-04-story-1/article.md").len() < 1000);
    assert!(
        !paper
            .read("city/2024-03-04-story-2/article.md")
            .contains("kettle")
    );
    let third = paper.read("city/2024-03-04-story-3/article.md");
    assert!(third.contains("café & Tom & Jerry"), "{third}");
}

#[test]
fn hostile_texts_are_cleaned_or_left_out() {
    let paper = Paper::new();
    let escaped = |html: &str| quick_xml::escape::escape(html).into_owned();
    let deep = escaped(&"<div>".repeat(50_000));
    let scripts = escaped(
        "<p onclick='x()'>A <a href='javascript:alert(1)'>trap</a> <img src='data:image/png;base64,AAAA'></p>\
         <iframe src='//frames.example/x'></iframe><script>alert(2)</script><style>p{}</style>+++",
    );
    let paths = escaped(
        "<figure><img src='https://old.example/../../..%2f..%2fetc%2fpasswd'><figcaption>C</figcaption></figure>",
    );
    let openings = escaped(&"[caption ".repeat(100_000));
    let items = item(1, &deep) + &item(2, &scripts) + &item(3, &paths) + &item(4, &openings);
    let file = written(&paper, "hostile.xml", rss(&items));
    let uploads = uploads(&paper, &["passwd"]);
    let (well, told) = import(&paper, &file, &["--media", text(&uploads)]);
    assert!(
        well && told.contains("3 articles written, 1 left out"),
        "{told}"
    );
    assert!(
        told.contains("Story 1: the text has more than 100 elements in one another"),
        "{told}"
    );
    let second = paper.read("city/2024-03-04-story-2/article.md");
    assert!(
        second.contains("[https://frames.example/x](https://frames.example/x)"),
        "{second}"
    );
    for trap in ["alert", "onclick", "data:", "p{}"] {
        assert!(!second.contains(trap), "{trap}: {second}");
    }
    assert!(
        told.contains("<iframe> (a link to it stays)") && told.contains("<script>"),
        "{told}"
    );
    assert!(paper.check().status.success(), "{}", said(&paper.check()));
    for path in tree(&paper.items()).keys() {
        assert!(!path.to_string_lossy().contains(".."), "{path:?}");
    }
}

#[test]
fn what_markdown_has_no_mark_for_keeps_its_words_apart_and_its_numbers() {
    let paper = Paper::new();
    let html = "<dl><dt>Low</dt><dd>04:10</dd><dt>High</dt><dd>10:25</dd></dl><p>4 km<sup>2</sup> of H<sub>2</sub>O, \
                <s>5</s> said<sup>a</sup></p><address>Quay 1</address><address>Quay 2</address>\
                <p><strong>“Out!”</strong>they said &amp;amp; left</p>";
    let escaped = quick_xml::escape::escape(html);
    let file = written(&paper, "marks.xml", rss(&item(1, &escaped)));
    let (well, told) = import(&paper, &file, &[]);
    assert!(well && !told.contains("not in the articles"), "{told}");
    let article = paper.read("city/2024-03-04-story-1/article.md");
    for line in [
        "<dt>Low</dt>",
        "<dd>04:10</dd>",
        "<dt>High</dt>",
        "4 km² of H₂O, <del>5</del> said<sup>a</sup>",
        "Quay 1",
        "Quay 2",
        "<strong>“Out!”</strong>they said \\&amp; left",
    ] {
        assert!(article.lines().any(|l| l == line), "{line} in\n{article}");
    }
}

/// Were each compared with all before it, this would take most of a minute.
#[test]
fn an_item_of_nothing_but_names_and_files_is_gone_through_once() {
    let paper = Paper::new();
    let all: String = (0..60_000)
        .map(|number| {
            format!(
                "<category>Tag {number}</category><author>Person No{number}</author>\
                 <enclosure url=\"https://old.example/{number}.mp3\" type=\"audio/mpeg\"/>\
                 <enclosure url=\"https://old.example/{number}.png\" type=\"image/png\"/>"
            )
        })
        .collect();
    let items = item(1, "Words.").replace("</description>", &format!("</description>{all}"));
    let file = written(&paper, "names.rss", rss(&items));
    let (well, told) = import(&paper, &file, &[]);
    assert!(well && told.contains("1 article written"), "{told}");
}

#[test]
fn what_an_article_has_too_many_of_is_told_and_its_text_comes_in() {
    let paper = Paper::new();
    let figures: String = (1..=301)
        .map(|number| {
            format!(
                "&lt;figure>&lt;img src=\"https://img.example/{number}.png\">\
                 &lt;figcaption>View {number}&lt;/figcaption>&lt;/figure>"
            )
        })
        .collect();
    let text = format!("&lt;p>A gallery.&lt;/p>{figures}&lt;p>Its end.&lt;/p>");
    let repeated = |pieces: &dyn Fn(usize) -> String| (1..=101).map(pieces).collect::<String>();
    let tags = repeated(&|number| format!("<category>Tag {number}</category>"));
    let authors = repeated(&|number| format!("<author>Person No{number}</author>"));
    let more = format!("</description>{tags}{authors}");
    let items = item(1, &text) + &item(2, "Many words.").replace("</description>", &more);
    let file = written(&paper, "many.rss", rss(&items));
    let (well, told) = import(&paper, &file, &[]);
    assert!(well && told.contains("2 articles written"), "{told}");
    for left in [
        "caption beyond 300 in one item: View 301",
        "tag beyond 100: Tag 101",
        "author beyond 100: Person No101",
    ] {
        assert!(told.contains(left), "{left} in\n{told}");
    }
    assert!(!told.contains("words that have no place"), "{told}");
    let gallery = paper.read("city/2024-03-04-story-1/article.md");
    assert_eq!(gallery.matches("[[captions]]").count(), 300);
    assert!(gallery.contains("A gallery.") && gallery.contains("Its end."));
    assert!(
        gallery.contains("![](https://img.example/301.png)"),
        "{gallery}"
    );
    let many = paper.read("city/2024-03-04-story-2/article.md");
    assert!(many.contains("Many words."), "{many}");
    assert!(
        many.contains("\"Tag 100\"") && !many.contains("\"Tag 101\""),
        "{many}"
    );
    assert!(
        many.contains("\"Person No100\"") && !many.contains("No101"),
        "{many}"
    );
}

#[test]
fn photographs_beyond_the_captions_of_an_article_stay_at_their_addresses() {
    let paper = Paper::new();
    let names: Vec<String> = (1..=302).map(|number| format!("{number}.png")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let uploads = uploads(&paper, &names);
    let media: String = (1..=302)
        .map(|number| {
            format!(
                "<media:content url=\"https://img.example/{number}.png\" medium=\"image\">\
                 <media:description>View {number}</media:description></media:content>"
            )
        })
        .collect();
    let items = item(1, "A gallery.").replace("<description>", &format!("{media}<description>"));
    let feed = rss(&items).replace(
        "<rss ",
        "<rss xmlns:media=\"http://search.yahoo.com/mrss/\" ",
    );
    let file = written(&paper, "many.rss", feed);
    let (well, told) = import(&paper, &file, &["--media", text(&uploads)]);
    assert!(well && told.contains("1 article written"), "{told}");
    assert!(
        told.contains("caption beyond 300 in one item: View 302"),
        "{told}"
    );
    assert!(told.contains("photograph beyond 300 in one item"), "{told}");
    let gallery = paper.read("city/2024-03-04-story-1/article.md");
    assert!(gallery.contains("A gallery."), "{gallery}");
    assert_eq!(gallery.matches("image = ").count(), 300);
    assert!(
        gallery.contains("![](https://img.example/302.png)"),
        "{gallery}"
    );
}

#[test]
fn a_guid_that_was_copied_with_a_story_is_the_first_ones() {
    let paper = Paper::new();
    let story = |number: usize, link: &str| {
        let link = format!("<link>https://old.example/{link}</link><title>");
        let one = item(number, "Text.").replace("<title>", &link);
        one.replace(&format!(">g{number}<"), ">g<")
    };
    let stories = story(1, "one") + &story(2, "two") + &story(3, "two") + &story(4, "one");
    let file = written(&paper, "copied.xml", rss(&stories));
    for _ in 0..2 {
        let (well, told) = import(&paper, &file, &[]);
        assert!(well && told.contains("2 left out"), "{told}");
        assert!(
            told.contains("1  guid that another story of the file has"),
            "{told}"
        );
    }
    assert!(paper.read("city/one/article.md").contains("guid = \"g\""));
    assert!(!paper.read("city/two/article.md").contains("guid"));
    assert_eq!(fs::read_dir(paper.path("city")).unwrap().count(), 2);
    assert!(paper.check().status.success(), "{}", said(&paper.check()));
}

#[test]
fn an_import_that_is_broken_off_leaves_whole_articles_and_goes_on() {
    const STORIES: usize = 3000;
    let paper = Paper::new();
    let body = "Words of an article. ".repeat(50);
    let stories =
        (0..STORIES).map(|number| item(1, &body).replace(">g1<", &format!(">g{number}<")));
    let file = written(&paper, "many.xml", rss(&stories.collect::<String>()));
    let items = paper.items();
    let mut child = Command::new(support::COURANT)
        .args([
            "import",
            &file,
            "--section",
            "city",
            "--items",
            text(&items),
        ])
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let city = paper.path("city");
    let folders = || {
        let entries = fs::read_dir(&city).into_iter().flatten();
        let names = entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
        names.filter(|name| !name.starts_with('.')).count()
    };
    wait("the first articles", || (folders() > 0).then_some(()));
    child.kill().unwrap();
    child.wait().unwrap();
    let whole = folders();
    assert!(whole < STORIES, "it was broken off");
    assert!(paper.check().status.success(), "{}", said(&paper.check()));
    let (well, told) = import(&paper, &file, &[]);
    assert!(well, "{told}");
    let goes_on = format!(
        "{} articles written, {whole} there already, unchanged",
        STORIES - whole
    );
    assert!(told.contains(&goes_on), "{goes_on}: {told}");
    assert_eq!(folders(), STORIES);
}

#[test]
fn an_item_larger_than_any_article_is_refused_before_it_is_held() {
    let paper = Paper::new();
    let file = written(
        &paper,
        "large.xml",
        rss(&item(1, &"word ".repeat(8 * 1024 * 1024))),
    );
    let (well, told) = import(&paper, &file, &[]);
    assert!(
        !well && told.contains("large.xml:3:") && told.contains("more than 32 MiB"),
        "{told}"
    );
    let file = written(
        &paper,
        "larger.xml",
        rss(&item(1, &"word ".repeat(1024 * 1024))),
    );
    let (well, told) = import(&paper, &file, &[]);
    assert!(
        well && told.contains("an article of more than 4 MiB"),
        "{told}"
    );
    let file = written(
        &paper,
        "largest.xml",
        rss(&item(1, &"<b>".repeat(4 * 1024 * 1024))),
    );
    let (well, told) = import(&paper, &file, &[]);
    assert!(!well && told.contains("deep"), "{told}");
}

#[test]
fn a_publication_without_an_id_is_asked_for_one() {
    let paper = Paper::new();
    let toml = paper.read("publication.toml");
    let nameless = toml.lines().filter(|line| !line.starts_with("id"));
    paper.write("publication.toml", nameless.collect::<Vec<_>>().join("\n"));
    let (well, told) = import(&paper, &feed("news.rss"), &[]);
    assert!(!well && told.contains("check --fix"), "{told}");
}

#[test]
fn what_belongs_to_pages_is_not_taken_with_feeds_and_the_other_way_round() {
    let paper = Paper::new();
    let (well, told) = import(&paper, &feed("news.rss"), &["--published", "2024-01-01"]);
    assert!(!well && told.contains("--published"), "{told}");
    let page = written(&paper, "page.txt", "A headline\n\nA sentence of a page.\n");
    let (well, told) = import(&paper, &page, &[]);
    assert!(!well && told.contains("--published"), "{told}");
}

fn wxr(items: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?>\n<rss version=\"2.0\" xmlns:wp=\"http://wordpress.org/export/1.2/\" \
         xmlns:content=\"http://purl.org/rss/1.0/modules/content/\"><channel><title>T</title>\
         <link>https://old.example</link><wp:wxr_version>1.2</wp:wxr_version>\n{items}\n</channel></rss>\n"
    )
}

fn post(number: usize, status: &str, text: &str, more: &str) -> String {
    format!(
        "<item><title>Story {number}</title><link>https://old.example/2024/03/story-{number}/</link>\
         <guid isPermaLink=\"false\">https://old.example/?p={number}</guid>\
         <wp:post_id>{number}</wp:post_id><wp:post_name>story-{number}</wp:post_name>\
         <wp:post_type>post</wp:post_type><wp:status>{status}</wp:status>\
         <wp:post_date>2024-03-04 08:00:0{number}</wp:post_date>\
         <wp:post_date_gmt>2024-03-04 08:00:0{number}</wp:post_date_gmt>\
         <content:encoded><![CDATA[{text}]]></content:encoded>{more}</item>\n"
    )
}

fn field(key: &str, value: &str) -> String {
    format!(
        "<wp:postmeta><wp:meta_key>{key}</wp:meta_key><wp:meta_value>{value}</wp:meta_value></wp:postmeta>"
    )
}

#[test]
fn the_addresses_of_an_export_lead_to_its_articles() {
    let paper = Paper::new();
    let fields = field("_wp_old_slug", "older")
        + &field("_wp_old_slug", "%e6%a1%a5")
        + &field("_yoast_wpseo_canonical", "https://first.example/story");
    let own = field(
        "_yoast_wpseo_canonical",
        "http://www.old.example/2024/03/story-2",
    );
    let export =
        wxr(&(post(1, "publish", "<p>One.</p>", &fields)
            + &post(2, "publish", "<p>Two.</p>", &own)));
    let file = written(&paper, "export.xml", export);
    let (well, told) = import(&paper, &file, &[]);
    assert!(well, "{told}");
    let one = paper.read("city/story-1/article.md");
    assert!(
        one.contains(
            "former = [\"/2024/03/story-1/\", \"/2024/03/older/\", \"/2024/03/桥/\", \"/?p=1\"]"
        ),
        "{one}"
    );
    assert!(
        one.contains("canonical = \"https://first.example/story\""),
        "{one}"
    );
    // Its own old address is none elsewhere.
    assert!(!paper.read("city/story-2/article.md").contains("canonical"));
    let server = paper.start();
    for (path, to) in [
        ("/2024/03/story-1/", "story-1"),
        ("/2024/03/older", "story-1"),
        ("/2024/03/%E6%A1%A5/", "story-1"),
        ("/?p=2", "story-2"),
    ] {
        let answer = server.get(path);
        let address = format!("{}/articles/{to}", server.base());
        assert_eq!(
            (answer.status, answer.header("location")),
            (301, Some(address.as_str())),
            "{path}"
        );
    }
    // What is brought in once more is the same.
    let (well, told) = import(&paper, &file, &["--replace"]);
    assert!(
        well && told.contains("2 there already, unchanged"),
        "{told}"
    );
}

#[test]
fn the_addresses_of_a_feed_lead_to_its_articles_unless_they_are_ours_or_elsewhere() {
    let paper = Paper::new();
    let item = |number: usize, link: &str| {
        item(number, "x").replace("<guid", &format!("<link>{link}</link><guid"))
    };
    let items = [
        item(1, "https://www.old.example/a/one.html"),
        item(2, "https://other.example/two"),
        item(3, "https://old.example/articles/three"),
        item(4, "https://old.example/tags/four"),
        item(5, "https://old.example/show.asp?id=5"),
    ];
    let (well, told) = import(
        &paper,
        &written(&paper, "feed.xml", rss(&items.concat())),
        &[],
    );
    assert!(well, "{told}");
    let former = |slug: &str| {
        let text = paper.read(&format!("city/{slug}/article.md"));
        let line = text.lines().find(|line| line.starts_with("former"));
        line.map(str::to_owned)
    };
    assert_eq!(former("one").as_deref(), Some("former = [\"/a/one.html\"]"));
    for slug in ["two", "three", "four", "show"] {
        assert_eq!(former(slug), None, "{slug}");
    }
    for what in [
        "1  old address that is one of Courant's own",
        "1  old address with a query",
    ] {
        assert!(told.contains(what), "{told}");
    }
}

#[test]
fn links_between_imported_stories_lead_to_their_new_addresses() {
    let paper = Paper::new();
    let text = "<p><a href=\"https://old.example/2024/03/story-2/#part\">a</a> \
                <a href=\"http://www.old.example/2024/03/story-3\">b</a> <a href=\"/?p=2\">c</a> \
                <a href=\"../older/\">d</a> <a href=\"https://old.example/about/\">e</a> \
                <a href=\"https://other.example/2024/03/story-2/\">f</a> \
                <a href=\"/2024/03/story-4/\">g</a></p>";
    let export = wxr(&[
        post(1, "publish", text, ""),
        post(2, "publish", "<p>Two.</p>", &field("_wp_old_slug", "older")),
        post(
            3,
            "publish",
            "<p><a href=\"/2024/03/story-1/\">back</a></p>",
            "",
        ),
        post(4, "draft", "<p>Four.</p>", ""),
    ]
    .concat());
    let file = written(&paper, "export.xml", export);
    let (well, told) = import(&paper, &file, &["--drafts"]);
    assert!(well, "{told}");
    let one = paper.read("city/story-1/article.md");
    for link in [
        "[a](/articles/story-2#part)",
        "[b](/articles/story-3)",
        "[c](/articles/story-2)",
        "[d](/articles/story-2)",
        "[e](https://old.example/about/)",
        "[f](https://other.example/2024/03/story-2/)",
        "[g](https://old.example/2024/03/story-4/)",
    ] {
        assert!(one.contains(link), "{link} in {one}");
    }
    assert!(
        paper
            .read("city/story-3/article.md")
            .contains("[back](/articles/story-1)")
    );
    let checked = said(&paper.check());
    assert!(!checked.contains("relative"), "{checked}");
    let server = paper.start();
    let feed = server.get("/feed.json").text();
    assert!(
        feed.contains(&format!("{}/articles/story-2#part", server.base())),
        "{feed}"
    );
    let (well, told) = import(&paper, &file, &["--drafts", "--replace"]);
    assert!(
        well && told.contains("4 there already, unchanged"),
        "{told}"
    );
}

#[test]
fn what_an_export_keeps_from_readers_is_named_one_by_one_or_comes_in_as_drafts() {
    let posts = [
        post(1, "publish", "<p>One.</p>", ""),
        post(2, "draft", "<p>Two.</p>", ""),
        post(3, "private", "<p>Three.</p>", ""),
        post(4, "pending", "<p>Four.</p>", ""),
        post(
            5,
            "publish",
            "<p>Five.</p>",
            "<wp:post_password>x</wp:post_password>",
        ),
        post(6, "future", "<p>Six.</p>", "").replace("2024-", "2999-"),
        post(7, "future", "<p>Seven.</p>", ""),
        post(8, "trash", "<p>Eight.</p>", ""),
    ];
    let paper = Paper::new();
    let file = written(&paper, "export.xml", wxr(&posts.concat()));
    let (well, told) = import(&paper, &file, &[]);
    assert!(
        well && told.contains("1 article written, 7 left out"),
        "{told}"
    );
    assert!(
        told.contains("6 articles not public there; --drafts"),
        "{told}"
    );
    for line in [
        "line 4, Story 2: WordPress's status draft",
        "Story 3: WordPress's status private",
        "Story 4: WordPress's status pending",
        "Story 5: protected by a password",
        "Story 6: WordPress's status future",
    ] {
        assert!(told.contains(line), "{line} in {told}");
    }
    assert!(!told.contains("Story 8"), "{told}");

    let (well, told) = import(&paper, &file, &["--drafts"]);
    assert!(well && told.contains("6 articles written"), "{told}");
    for number in [2, 3, 4, 5, 7] {
        let text = paper.read(&format!("city/story-{number}/article.md"));
        assert!(text.contains("draft = true"), "{text}");
    }
    // It waits for the time that it was to be public at; what no reader knew has no old address.
    let scheduled = paper.read("city/story-6/article.md");
    assert!(
        !scheduled.contains("draft") && scheduled.contains("published = 2999-"),
        "{scheduled}"
    );
    assert!(!scheduled.contains("former"), "{scheduled}");
    assert!(paper.read("city/story-3/article.md").contains("former"));
    let server = paper.start();
    assert_eq!(server.get("/articles/story-1").status, 200);
    for number in 2..8 {
        assert_eq!(server.get(&format!("/articles/story-{number}")).status, 404);
    }
    // The desk publishes one; an export that comes again does not take it back.
    paper.edit("city/story-2/article.md", "draft = true\n", "");
    import(&paper, &file, &["--drafts", "--replace"]);
    assert!(!paper.read("city/story-2/article.md").contains("draft"));
}
