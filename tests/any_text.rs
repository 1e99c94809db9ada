//! Whatever a desk types: it comes through item files without loss, and every document made of it is well formed.

mod papers;

use std::fs;
use std::path::Path;

use courant::item::{Article, Caption, Line, Markdown, file};
use courant::item::{Moment, PhotographError};
use courant::resource::{Format, Subject};
use papers::Paper;
use proptest::prelude::*;
use roxmltree::Document;
use serde_json::Value;

/// Pieces that have broken feeds before, and any character at all.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => any::<char>().prop_map(String::from),
        2 => "[a-z]{1,6} ",
        2 => "[长春新闻，。：“”]{1,6}",
        1 => "[\\u{0621}-\\u{064a}]{1,6} ",
        1 => "[\\u{0}-\\u{1f}\\u{7f}-\\u{9f}]",
        1 => "[\\u{200b}-\\u{200f}\\u{202a}-\\u{202e}\\u{2066}-\\u{2069}\\u{feff}\\u{fffd}-\\u{ffff}]",
        3 => prop::sample::select(vec![
            "]]>", "<![CDATA[", "&amp;", "&#0;", "&#x1F;", "&#11;", "&#xFFFE;", "&#x85;", "&nbsp;", "<b>", "</p>", "<script>x</script>", "<!--", "-->",
            "<?xml", "\"", "'", "\"\"\"", "\\", "\\u0000", "+++", "+++\n", "\n+++\n", "\n\n", "\r\n", "\r", "\t",
            "# ", "- ", "> ", "| a | b |\n|---|---|\n", "```\n", "![x](y.jpg)", "[x](/y?a=1&b=2)", "[x](javascript:x)",
            "**", "👩‍👩‍👧", "e\u{301}", "🇨🇳", "\u{2028}", "\u{85}",
        ]).prop_map(String::from),
    ];
    prop::collection::vec(piece, 0..16).prop_map(|pieces| pieces.concat())
}

fn line() -> impl Strategy<Value = Option<Line>> {
    text().prop_map(|text| Line::parse(&text))
}

fn some_line() -> impl Strategy<Value = Line> {
    text().prop_map(|text| Line::parse(&format!("x{text}")).unwrap())
}

/// Names that differ: parsing takes one twice for a slip.
fn names() -> impl Strategy<Value = Vec<Line>> {
    prop::collection::vec(some_line(), 0..3).prop_map(|mut names| {
        names.dedup();
        names
    })
}

fn moment() -> impl Strategy<Value = Moment> {
    // Readers' calendars and TOML's offsets: whole minutes.
    (0_i64..4_000_000_000, -14_i32 * 60..14 * 60).prop_map(|(second, minutes)| {
        let zone = chrono::FixedOffset::east_opt(minutes * 60).unwrap();
        chrono::DateTime::from_timestamp(second, 0)
            .unwrap()
            .with_timezone(&zone)
    })
}

fn caption() -> impl Strategy<Value = Caption> {
    let role = prop::option::of(Just(Line::parse("illustrator").unwrap()));
    let ends = prop::option::of(moment());
    (some_line(), line(), line(), role, line(), line(), ends).prop_map(
        |(text, alt, credit, role, source, usage_terms, usage_ends)| Caption {
            id: None,
            text,
            alt,
            image: None,
            credit,
            role,
            source,
            usage_terms,
            usage_ends,
        },
    )
}

fn article() -> impl Strategy<Value = Article> {
    let words = (
        some_line(),
        line(),
        line(),
        line(),
        line(),
        line(),
        line(),
        line(),
    );
    let lists = (names(), names(), prop::collection::vec(caption(), 0..3));
    (words, lists, moment(), text(), prop::option::of(text())).prop_map(
        |(words, (authors, tags, captions), published, body, note)| Article {
            id: None,
            guid: words.1,
            headline: words.0,
            kicker: words.2,
            deck: words.3,
            dateline: words.4,
            published,
            updated: None,
            authors,
            tags,
            language: None,
            source: words.5,
            rights: words.6,
            note: note
                .map(|note| Markdown::parse(&note))
                .filter(|note| !note.trim().is_empty()),
            public_note: words.7,
            body: Markdown::parse(&body),
            captions,
        },
    )
}

fn no_photograph(name: &str) -> Result<courant::item::Photograph, PhotographError> {
    Err(PhotographError::Missing {
        name: name.to_owned(),
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_item_prints_back_to_its_file(article in article()) {
        let printed = file::print(&article);
        let parsed = file::parse(printed.as_bytes(), &no_photograph);
        // A picture that is not there refuses the item; everything else must come back.
        if let Some(back) = parsed.article {
            prop_assert_eq!(&back, &article, "{}", printed);
        } else {
            prop_assert!(article.body.contains("]("), "{:#?}\n{}", parsed.complaints, printed);
        }
    }

    #[test]
    fn no_bytes_make_the_parser_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), text in text()) {
        file::parse(&bytes, &no_photograph);
        file::parse(format!("+++\n{text}\n+++\n{text}").as_bytes(), &no_photograph);
        file::parse(format!("+++\nheadline = \"{text}\"\npublished = 2026-01-01T00:00:00Z\n+++\n").as_bytes(), &no_photograph);
    }
}

proptest! {
    // Each case is a paper of its own, with a store on disk.
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_paper_makes_well_formed_documents(articles in prop::collection::vec(article(), 1..6), title in some_line()) {
        let items = tempfile::tempdir().unwrap();
        write_paper(items.path(), &title, &articles);
        let paper = Paper::of(items.path());
        for subject in paper.subjects() {
            for format in Format::ALL {
                let text = paper.document(&subject, format);
                let again = paper.document(&subject, format);
                prop_assert_eq!(&text, &again);
                match format {
                    Format::Json => {
                        let json: Value = serde_json::from_str(&text).unwrap();
                        let items = json["items"].as_array().unwrap();
                        prop_assert!(items.iter().all(|item| item["content_html"].as_str().is_some_and(|html| !html.is_empty())));
                    }
                    Format::Rss | Format::Atom => {
                        let document = Document::parse(&text);
                        prop_assert!(document.is_ok(), "{}: {:?}\n{}", subject, document.err(), text);
                    }
                }
            }
        }
        // The headlines come out as they went in.
        let rss = paper.document(&Subject::Publication, Format::Rss);
        let rss = Document::parse(&rss).unwrap();
        let titles: Vec<&str> = rss
            .descendants()
            .filter(|node| node.has_tag_name("title") && node.parent().is_some_and(|parent| parent.has_tag_name("item")))
            .filter_map(|node| node.text())
            .collect();
        for filed in paper.filed() {
            prop_assert!(titles.contains(&&*filed.article.headline), "{:?} not in {:?}", filed.article.headline, titles);
        }
    }
}

fn write_paper(items: &Path, title: &Line, articles: &[Article]) {
    let title = serde_json::to_string(&**title)
        .unwrap()
        .replace('\u{7f}', "");
    let publication = format!(
        "title = {title}\nlanguage = \"en\"\ntimezone = \"UTC\"\n[[sections]]\nslug = \"one\"\ntitle = \"One\"\n"
    );
    fs::write(items.join("publication.toml"), publication).unwrap();
    for (number, article) in articles.iter().enumerate() {
        let folder = items.join("one").join(format!("story-{number}"));
        fs::create_dir_all(&folder).unwrap();
        let mut article = article.clone();
        // Two stories may not have one guid, nor may a story come from the future or show a picture that is not there.
        article.guid = None;
        article.published = article.published.min(papers::noon().fixed_offset());
        article.body = Markdown::parse(&article.body.replace("![", "["));
        fs::write(folder.join("article.md"), file::print(&article)).unwrap();
    }
}
