//! Whatever comes from outside is read without a panic, and what is understood is understood for good.
//!
//! Real files and pages are spoilt byte by byte and word by word, and requests are made of the words that headers have. The
//! cases are the same at every run and take a few seconds; the README says how to look further.

use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use chrono::{DateTime, Utc};
use courant::config::Config;
use courant::http::{
    Coding, MAX_FIELDS, ParsedHead, PreconditionResult, Validators, evaluate, negotiate, read,
};
use courant::import::feed_file::{FeedFile, Survey, plain_text, prose};
use courant::import::page_text::{Proposal, decode, propose};
use courant::import::{Addresses, FeedImport};
use courant::item::html::{self, Url};
use courant::item::{
    Article, Caption, Complaint, Id, Line, Markdown, MediaType, NoteKind, Photograph,
    PhotographError, file, read_photograph,
};
use courant::publication::{self, NameKind, Publication};
use courant::resource::{Alias, Format, Resource, Subject};
use courant::store::Month;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use proptest::prelude::*;

use crate::cases::cases;
use crate::support::desk::Desk;

/// One way to spoil a text; places are parts of 65536 of its length, so that they mean something in any.
#[derive(Clone, Debug)]
enum Spoil {
    Remove(u16, u16),
    Repeat(u16, u16),
    Byte(u16, u8),
    Flip(u16, u8),
    Word(u16, usize),
    Cut(u16),
    Other(u16, usize, u16, u16),
}

fn spoils() -> impl Strategy<Value = Vec<Spoil>> {
    let one = prop_oneof![
        1 => (any::<u16>(), any::<u16>()).prop_map(|(at, to)| Spoil::Remove(at, to)),
        1 => (any::<u16>(), 0..2000_u16).prop_map(|(at, length)| Spoil::Repeat(at, length)),
        1 => (any::<u16>(), any::<u8>()).prop_map(|(at, byte)| Spoil::Byte(at, byte)),
        1 => (any::<u16>(), 0..8_u8).prop_map(|(at, bit)| Spoil::Flip(at, bit)),
        4 => (any::<u16>(), 0..WORDS.len()).prop_map(|(at, word)| Spoil::Word(at, word)),
        1 => any::<u16>().prop_map(Spoil::Cut),
        1 => (any::<u16>(), any::<usize>(), any::<u16>(), 0..4000_u16)
            .prop_map(|(at, other, from, length)| Spoil::Other(at, other, from, length)),
    ];
    prop::collection::vec(one, 0..8)
}

/// What parsers look for, and what has surprised others.
const WORDS: [&str; 92] = [
    "+++\n",
    "\n+++\n",
    "+++",
    "[[captions]]\n",
    "[[sections]]\n",
    "[",
    "]",
    "{",
    "}",
    "=",
    " = ",
    "\"",
    "\"\"\"",
    "'''",
    "'",
    "#",
    "\n",
    "\r\n",
    "\r",
    "\t",
    "\u{0}",
    "\u{1}",
    "\u{feff}",
    "\u{fffe}",
    "\u{3000}",
    "\u{2028}",
    "\u{85}",
    "\\",
    "\\u0000",
    "\\UFFFFFFFF",
    "\u{202e}",
    "e\u{301}",
    "👩‍👩‍👧",
    "id = \"urn:uuid:01a05bfb-7000-7718-a56f-62f784e61c00\"\n",
    "headline = ",
    "published = 2026-01-01T00:00:00Z\n",
    "updated = 9999-12-31T23:59:59+23:59\n",
    "published = 2026-02-30\n",
    "12:00:60",
    "-0001-01-01",
    "1e999",
    "0x",
    "nan",
    "true",
    "former = [\"a\"]\n",
    "main_feed = []\n",
    "language = \"x-\"\n",
    "timezone = \"Etc/GMT+14\"\n",
    "logo = \"https://[::1\"\n",
    "![](x.jpg)",
    "![",
    "](",
    "](//",
    "&#1;",
    "&#xD800;",
    "&amp;",
    "<",
    ">",
    "<!--",
    "<a href=",
    "```",
    "~~~",
    "|---|\n",
    "    ",
    "摄影:",
    "记者",
    "本版图片均资料来源",
    "（",
    "）",
    "：",
    "，",
    "Photo by ",
    "By ",
    "1.",
    "*",
    "_",
    "<![CDATA[",
    "]]>",
    "&lol;",
    "<item>",
    "</item>",
    "<channel>",
    "</rss>",
    "<!DOCTYPE a [<!ENTITY lol \"lol\">]>",
    "<?xml version=\"1.0\" encoding=\"utf-16\"?>",
    "[caption id=\"attachment_21\"]",
    "[/caption]",
    "[gallery ids=\"21,22\"]",
    "<figure><img src=\"https://a.example/b.png\"><figcaption>",
    "</figure>",
    "\n\n",
    "0000-00-00 00:00:00",
];

/// The texts of this repository that somebody outside might have written.
fn corpus() -> &'static [Vec<u8>] {
    static CORPUS: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    CORPUS.get_or_init(|| {
        let mut paths = Vec::new();
        for folder in [
            "items",
            "tests/data/sample",
            "tests/data/page_text",
            "tests/data/pages",
            "deploy",
        ] {
            gather(Path::new(folder), &mut paths);
        }
        paths.sort();
        let corpus: Vec<Vec<u8>> = paths.iter().map(|path| fs::read(path).unwrap()).collect();
        assert!(corpus.len() > 50, "{}", corpus.len());
        corpus
    })
}

fn gather(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            gather(&path, found);
        } else if path
            .extension()
            .is_some_and(|e| ["md", "toml", "txt"].iter().any(|t| e == *t))
        {
            found.push(path);
        }
    }
}

fn place(bytes: &[u8], at: u16) -> usize {
    bytes.len() * usize::from(at) / 65_536
}

fn spoilt(mut bytes: Vec<u8>, spoils: &[Spoil]) -> Vec<u8> {
    for spoil in spoils {
        match *spoil {
            Spoil::Remove(at, to) => {
                let (at, to) = (place(&bytes, at.min(to)), place(&bytes, at.max(to)));
                bytes.drain(at..to);
            }
            Spoil::Repeat(at, length) => {
                let at = place(&bytes, at);
                let to = (at + usize::from(length)).min(bytes.len());
                let piece = bytes[at..to].to_vec();
                bytes.splice(at..at, piece);
            }
            Spoil::Byte(at, byte) => bytes.insert(place(&bytes, at), byte),
            Spoil::Flip(at, bit) => {
                let at = place(&bytes, at);
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << bit;
                }
            }
            Spoil::Word(at, word) => {
                let at = place(&bytes, at);
                bytes.splice(at..at, WORDS[word].bytes());
            }
            Spoil::Cut(at) => bytes.truncate(place(&bytes, at)),
            Spoil::Other(at, other, from, length) => {
                let other = &corpus()[other % corpus().len()];
                let from = place(other, from);
                let to = (from + usize::from(length)).min(other.len());
                let at = place(&bytes, at);
                bytes.splice(at..at, other[from..to].iter().copied());
            }
        }
    }
    bytes
}

/// A text of the corpus that begins so, spoilt.
fn spoilt_text(begins: &'static str) -> impl Strategy<Value = Vec<u8>> {
    let fit = |bytes: &&Vec<u8>| bytes.starts_with(begins.as_bytes());
    let texts: Vec<Vec<u8>> = corpus().iter().filter(fit).cloned().collect();
    assert!(!texts.is_empty(), "{begins}");
    (prop::sample::select(texts), spoils()).prop_map(|(text, spoils)| spoilt(text, &spoils))
}

fn photograph(name: &str) -> Result<Photograph, PhotographError> {
    static PICTURE: OnceLock<Vec<u8>> = OnceLock::new();
    let picture = PICTURE.get_or_init(|| fs::read("items/logo.png").unwrap());
    read_photograph(name, picture)
}

/// Every complaint can be said, and says a place that the text has.
fn check_complaints(complaints: &[Complaint], text: &[u8]) -> Result<(), TestCaseError> {
    let lines = 1 + text.iter().filter(|byte| **byte == b'\n').count();
    for complaint in complaints {
        prop_assert!(!complaint.to_string().is_empty());
        let line = complaint.line.unwrap_or(1);
        prop_assert!(
            (1..=lines + 1).contains(&line),
            "line {line} of {lines}: {complaint}"
        );
    }
    Ok(())
}

fn check_item(bytes: &[u8]) -> Result<(), TestCaseError> {
    let parsed = file::parse(bytes, &photograph);
    check_complaints(&parsed.complaints, bytes)?;
    let Some(article) = parsed.article else {
        prop_assert!(!parsed.complaints.is_empty(), "refused without a word");
        return Ok(());
    };
    let printed = file::print(&article);
    let again = file::parse(printed.as_bytes(), &photograph);
    prop_assert_eq!(again.article.as_ref(), Some(&article), "{}", printed);
    // Ids can be written into it, and are then the only difference.
    let text = std::str::from_utf8(bytes).unwrap();
    let (own, captions) = file::without_id(&article);
    let id = |number: usize| Id::default().derive(&number.to_string());
    let own = own.then(|| id(1000));
    let given: Vec<(usize, Id)> = captions.iter().map(|place| (*place, id(*place))).collect();
    let written = match file::write_ids(text, own, &given) {
        Ok(written) => written,
        Err(complaint) => return Err(TestCaseError::fail(format!("{complaint}\n{text}"))),
    };
    let mut wanted = article;
    wanted.id = wanted.id.or(own);
    for (place, id) in given {
        wanted.captions[place].id = Some(id);
    }
    let identified = file::parse(written.as_bytes(), &photograph);
    prop_assert_eq!(identified.article, Some(wanted), "{}", written);
    Ok(())
}

/// The article that a page proposes, where it has a headline.
fn proposed(proposal: &Proposal) -> Option<Article> {
    let line = |text: &Option<String>| text.as_deref().and_then(Line::parse);
    let captions = proposal.captions.iter().filter_map(|said| {
        Some(Caption {
            id: None,
            text: Line::parse(&said.text)?,
            alt: None,
            image: None,
            credit: line(&said.credit),
            role: line(&said.role),
            source: line(&said.source),
            copyright: None,
            address: None,
            usage_terms: None,
            usage_ends: None,
            public_note: None,
            public_note_kind: NoteKind::default(),
        })
    });
    Some(Article {
        id: None,
        guid: None,
        former: Vec::new(),
        canonical: None,
        headline: line(&proposal.headline)?,
        headline_lines: Vec::new(),
        kicker: line(&proposal.kicker),
        deck: line(&proposal.deck),
        dateline: line(&proposal.dateline),
        published: DateTime::<Utc>::UNIX_EPOCH.fixed_offset(),
        embargo_until: None,
        draft: false,
        lead: false,
        updated: None,
        authors: proposal
            .authors
            .iter()
            .filter_map(|name| Line::parse(name))
            .collect(),
        tags: Vec::new(),
        language: None,
        source: line(&proposal.source),
        rights: None,
        note: None,
        public_note: None,
        public_note_kind: NoteKind::default(),
        body: Markdown::parse(&format!("\n{}\n", proposal.body.trim_matches('\n'))),
        captions: captions.collect(),
        attachments: Vec::new(),
    })
}

proptest! {
    #![proptest_config(cases(4000))]

    #[test]
    fn item_files(bytes in spoilt_text("+++")) {
        check_item(&bytes)?;
    }

    #[test]
    fn publications(bytes in spoilt_text("id = ")) {
        let parsed = publication::parse(&bytes, &photograph);
        check_complaints(&parsed.complaints, &bytes)?;
        match parsed.publication {
            None => prop_assert!(!parsed.complaints.is_empty(), "refused without a word"),
            Some(publication) => {
                // The store keeps it as JSON.
                let json = serde_json::to_string(&publication).unwrap();
                let kept: Publication = serde_json::from_str(&json).unwrap();
                prop_assert_eq!(kept, publication);
            }
        }
    }

    #[test]
    fn pages_of_text(bytes in spoilt_text("")) {
        let Ok(decoded) = decode(&bytes) else { return Ok(()) };
        let proposal = propose(&decoded.text);
        let Some(article) = proposed(&proposal) else { return Ok(()) };
        let printed = file::print(&article);
        let parsed = file::parse(printed.as_bytes(), &photograph);
        prop_assert_eq!(parsed.article, Some(article), "{:?}\n{}", parsed.complaints, printed);
    }

    #[test]
    fn configurations(bytes in spoilt_text("# ")) {
        let text = String::from_utf8_lossy(&bytes);
        // Hosts are looked up, and a spoilt one is anybody's.
        let text = text.replace("listen", "items").replace("operations", "data");
        if let Err(complaints) = Config::parse(&text) {
            prop_assert!(!complaints.is_empty());
            check_complaints(&complaints, text.as_bytes())?;
        }
    }
}

/// The feeds and exports of this repository, by their names.
const FEEDS: [&str; 4] = ["export.xml", "news.rss", "journal.atom", "notes.json"];

proptest! {
    #![proptest_config(cases(400))]

    #[test]
    fn feeds_and_exports(which in 0..FEEDS.len(), spoils in spoils()) {
        let folder = tempfile::tempdir().unwrap();
        let whole = fs::read(Path::new("tests/data/feeds").join(FEEDS[which])).unwrap();
        let path = folder.path().join("feed");
        fs::write(&path, spoilt(whole, &spoils)).unwrap();
        let Ok(Some(feed)) = FeedFile::recognise(&path) else { return Ok(()) };
        let Ok(survey) = feed.survey(&|_, _| {}) else { return Ok(()) };
        let toml = fs::read("tests/data/sample/publication.toml").unwrap();
        let publication = publication::parse(&toml, &photograph).publication.unwrap();
        let import = FeedImport {
            root: folder.path(),
            publication: &publication,
            id: publication.id.unwrap(),
            section: "city",
            media: None,
            replace: false,
            dry_run: true,
            drafts: false,
            now: DateTime::<Utc>::UNIX_EPOCH,
        };
        // What was surveyed whole is read whole.
        let items = survey.items;
        let tally = import.run(&[(feed, survey)], Addresses::of(&import).unwrap(), &|_| {}).unwrap();
        let unpublished: usize = tally.left_out.values().sum();
        prop_assert_eq!(tally.read, tally.written + tally.refused + unpublished, "{:?}", tally);
        prop_assert_eq!(tally.read, items);
    }

    #[test]
    fn plain_words_of_a_feed_are_the_words_of_the_article(
        words in "[甲a1 #*_`~<>&;\\\\\\[\\]()|!+=.:-]{1,40}|&(amp|#35|lt);|[0-9]{1,10}[.)] a|(- ?){1,5}|\\+\\+\\+|~~~x|<!-- a|==="
    ) {
        let json = serde_json::json!({
            "version": "https://jsonfeed.org/version/1.1",
            "items": [{
                "id": "1", "title": "T", "date_published": "2022-04-01T12:00:00Z",
                "content_text": format!("甲。\n{words}\n\n乙 {words}"),
            }],
        });
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("feed.json");
        fs::write(&path, json.to_string()).unwrap();
        let feed = FeedFile::recognise(&path).unwrap().unwrap();
        let survey = feed.survey(&|_, _| {}).unwrap();
        let markdown = converted(&feed, &survey);
        let parts = html::parts(&Markdown::parse(&markdown), &address(), &|_| None);
        let shown: String = parts.iter().map(|part| part.text.as_str()).collect();
        prop_assert_eq!(bare(&shown), bare(&format!("甲。{words}乙{words}")), "{}", markdown);
    }

    #[test]
    fn the_markup_of_a_feed_loses_no_word_and_adds_no_mark(body in markup()) {
        let escaped = quick_xml::escape::escape(body.as_str()).into_owned();
        let rss = format!(
            "<rss version=\"2.0\"><channel><item><guid>1</guid><title>T</title><description>{escaped}</description>\
             </item></channel></rss>"
        );
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("feed.xml");
        fs::write(&path, rss).unwrap();
        let feed = FeedFile::recognise(&path).unwrap().unwrap();
        let survey = feed.survey(&|_, _| {}).unwrap();
        let markdown = converted(&feed, &survey);
        let parts = html::parts(&Markdown::parse(&markdown), &address(), &|_| None);
        let shown: String = parts.iter().map(|part| format!("{}{}", part.heading_html, part.html)).collect();
        prop_assert_eq!(bare(&plain_text(&shown)), bare(&plain_text(&body)), "{}\n--\n{}", body, markdown);
    }
}

/// The text of the one item.
fn converted(feed: &FeedFile, survey: &Survey) -> String {
    let mut markdown = String::new();
    let read = feed.read(survey, &mut |item| {
        let converted = prose::convert(&item, survey, &mut |_| None);
        markdown = converted.unwrap().markdown;
        std::ops::ControlFlow::Continue(())
    });
    read.unwrap();
    markdown
}

fn address() -> Url {
    Url::parse("https://paper.example/articles/a").unwrap()
}

fn bare(text: &str) -> String {
    text.split_whitespace().collect()
}

/// HTML as systems that newsrooms write with make it.
fn markup() -> impl Strategy<Value = String> {
    let word = "[甲乙丙a-c1-3，。“”（）]{1,6}( [甲a])?";
    let inline = word.prop_recursive(3, 12, 3, move |inner| {
        let pieces = prop::collection::vec(inner, 1..3).prop_map(|pieces| pieces.concat());
        let tag = prop::sample::select(vec!["em", "strong", "b", "i", "span", "u", "a", "code"]);
        (tag, pieces, word).prop_map(|(tag, pieces, after)| match tag {
            "a" => format!("<a href=\"https://a.example/{after}\">{pieces}</a>{after}"),
            "code" => format!("<code>{after}</code>"),
            tag => format!("<{tag}>{pieces}</{tag}>{after}"),
        })
    });
    let line = prop::collection::vec(inline, 1..4).prop_map(|pieces| pieces.concat());
    let block = (0..8_usize, prop::collection::vec(line, 1..4)).prop_map(|(kind, lines)| {
        let each = |tag: &str| -> String {
            let lines = lines.iter().map(|line| format!("<{tag}>{line}</{tag}>"));
            lines.collect()
        };
        match kind {
            0 => format!("<ul>{}</ul>", each("li")),
            1 => format!("<ol>{}</ol>", each("li")),
            2 => format!("<blockquote>{}</blockquote>", each("p")),
            3 => each("h2"),
            4 => each("div"),
            5 => format!("<p>{}</p>", lines.join("<br>")),
            6 => format!(
                "<table><tr>{}</tr><tr>{}</tr></table>",
                each("th"),
                each("td")
            ),
            _ => each("p"),
        }
    });
    prop::collection::vec(block, 1..4).prop_map(|blocks| blocks.concat())
}

/// Pieces of header values: what the grammar has, and what it has not.
fn value() -> impl Strategy<Value = Vec<u8>> {
    let length = fs::metadata("items/logo.png").unwrap().len();
    let piece = prop_oneof![
        1 => (length - 1..=length + 1).prop_map(|end| end.to_string().into_bytes()),
        6 => prop::sample::select(vec![
            "\"", "W/", "w/", "*", ",", ", ", ";", ";q=", "=", "q", "0", "1", "0.5", "1.001", ".", "-", "bytes=", "0-",
            "-1", "5-2", "18446744073709551615", "99999999999999999999", "gzip", "x-gzip", "br", "zstd", "identity",
            "application/", "atom+xml", "rss+xml", "feed+json", "text/", "*/*", "/", "\"AAAAAAAAAAAAAAAAAAAAAA.gz1\"",
            "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994", " GMT", " +0000",
            " ", "\t",
        ]).prop_map(|piece| piece.as_bytes().to_vec()),
        1 => prop::collection::vec(0x20..=0xff_u8, 0..6),
    ];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

/// Ranges that are some, most of them about the end of the photograph.
fn range() -> impl Strategy<Value = Vec<u8>> {
    let length = fs::metadata("items/logo.png").unwrap().len();
    let first = prop_oneof![0..=length, length - 2..=length + 2];
    let last = prop::option::of(prop_oneof![0..=length, length - 2..=length + 2]);
    (first, last).prop_map(|(first, last)| {
        let last = last.map(|last| last.to_string()).unwrap_or_default();
        format!("bytes={first}-{last}").into_bytes()
    })
}

const NAMES: [&str; 8] = [
    "if-none-match",
    "if-match",
    "if-modified-since",
    "if-unmodified-since",
    "if-range",
    "range",
    "accept",
    "accept-encoding",
];

fn headers() -> impl Strategy<Value = HeaderMap> {
    let field = prop_oneof![
        6 => (prop::sample::select(NAMES.to_vec()), value()),
        1 => (Just("range"), range()),
    ];
    prop::collection::vec(field, 0..6).prop_map(|fields| {
        let mut headers = HeaderMap::new();
        for (name, value) in fields {
            if let Ok(value) = HeaderValue::from_bytes(&value) {
                headers.append(HeaderName::from_static(name), value);
            }
        }
        headers
    })
}

fn path() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        8 => prop::sample::select(vec![
            "/", "feed", "sitemap", "sitemap-", "2026-01", "2026-1", "-", "robots.txt", "sections", "tags", "authors", "captions", "articles", "media", "archive", "feeds", ".rss", ".atom",
            ".json", ".opml", ".xml", ".jpg", ".png", "tram", "city", "page.css", "..", ".", "%2e", "%00", "-", "_", "0",
            "01a20fc9-85cf-77e4-b325-53d5c2d0a001", "urn:uuid:", "01A20FC9-85CF-77E4-B325-53D5C2D0A001",
            "00000000000000000000000000000000", "1", "//",
        ]).prop_map(str::to_owned),
        1 => "[!-~]{0,4}".prop_map(String::from),
    ];
    prop::collection::vec(piece, 0..7).prop_map(|pieces| format!("/{}", pieces.concat()))
}

fn slugs() -> impl Strategy<Value = String> {
    "[a-z0-9][a-z0-9_-]{0,40}"
}

fn subject() -> impl Strategy<Value = Subject> {
    prop_oneof![
        Just(Subject::Publication),
        Just(Subject::Captions),
        slugs().prop_map(Subject::Section),
        slugs().prop_map(Subject::Tag),
        slugs().prop_map(Subject::Author),
        slugs().prop_map(Subject::Article),
        slugs().prop_map(Subject::Named),
    ]
}

fn resource() -> impl Strategy<Value = Resource> {
    let kinds: Vec<MediaType> = MediaType::all().collect();
    prop_oneof![
        (subject(), prop::sample::select(Format::ALL.to_vec()))
            .prop_map(|(subject, format)| Resource::Feed(subject, format)),
        subject().prop_map(Resource::Page),
        any::<u64>().prop_map(|n| Resource::CaptionPage(Id::default().derive(&n.to_string()))),
        any::<u64>().prop_map(|n| Resource::Item(Id::default().derive(&n.to_string()))),
        ("[0-9a-f]{32}", prop::sample::select(kinds))
            .prop_map(|(hash, kind)| Resource::Media { hash, kind }),
        (
            slugs(),
            1..=u32::MAX,
            prop::sample::select(Format::ALL.to_vec())
        )
            .prop_map(|(slug, segment, format)| Resource::Archive(
                Subject::Section(slug),
                segment,
                format
            )),
        (1..=u32::MAX, prop::sample::select(Format::ALL.to_vec()))
            .prop_map(|(segment, format)| Resource::Archive(Subject::Publication, segment, format)),
        (1000..=9999_i32, 1..=12_u32, 1..=u32::MAX).prop_map(|(year, month, part)| {
            let month = Month::parse(&format!("{year}-{month:02}")).expect("a month");
            Resource::SitemapPart(month, part)
        }),
        (prop::option::of(slugs()), 1..=u32::MAX).prop_map(|(slug, segment)| {
            let subject = slug.map_or(Subject::Publication, Subject::Section);
            Resource::ArchivePage(subject, segment)
        }),
        (1000..=9999_i32, 1..=12_u32).prop_map(|(year, month)| {
            let month = Month::parse(&format!("{year}-{month:02}")).expect("a month");
            Resource::DaysOfMonth(month)
        }),
        (
            0..3_usize,
            slugs(),
            1000..=9999_i32,
            1..=12_u32,
            1..=u32::MAX
        )
            .prop_map(|(kind, slug, year, month, part)| {
                let of = [Subject::Tag, Subject::Author, Subject::Named][kind];
                let month = Month::parse(&format!("{year}-{month:02}")).expect("a month");
                Resource::MonthPage(of(slug), month, part)
            }),
        Just(Resource::Days),
        Just(Resource::Newest),
        slugs().prop_map(Resource::Onward),
        Just(Resource::Sections),
        (prop::sample::select(NameKind::ALL.to_vec()), 1..=u32::MAX)
            .prop_map(|(kind, page)| Resource::Names(kind, page)),
    ]
}

proptest! {
    #![proptest_config(cases(3000))]

    #[test]
    fn every_resource_parses_back_from_its_path(resource in resource()) {
        prop_assert_eq!(Resource::parse(&resource.to_string()), Some(resource));
    }

    #[test]
    fn paths(path in prop_oneof![path(), "\\PC{0,30}", Just(String::new())]) {
        if let Some(resource) = Resource::parse(&path) {
            // One spelling for each resource, or caches hold two.
            prop_assert_eq!(resource.to_string(), path.clone());
            prop_assert!(Alias::parse(&path, None).is_none(), "{} is two things", path);
            // Nor can an article have had it elsewhere.
            let former = courant::item::FormerPath::of(&path, None);
            prop_assert!(former.is_none_or(|former| former.is_own()), "{} is two things", path);
        }
    }

    #[test]
    fn heads(headers in headers(), path in path(), spoils in spoils()) {
        let mut head = format!("GET {path} HTTP/1.1\r\nHost: a\r\n").into_bytes();
        for (name, value) in &headers {
            head.extend_from_slice(name.as_str().as_bytes());
            head.extend_from_slice(b": ");
            head.extend_from_slice(value.as_bytes());
            head.extend_from_slice(b"\r\n");
        }
        head.extend_from_slice(b"\r\n");
        let mut slots = [const { std::mem::MaybeUninit::uninit() }; MAX_FIELDS];
        if let ParsedHead::SimpleRequest(simple, length) = read(&head, &mut slots) {
            prop_assert_eq!(length, head.len());
            // Read from bytes or from a map, a request gets the same.
            if let Some(request) = simple.request() {
                let validators = Validators { etag: "\"tag\"", last_modified: None };
                let now = DateTime::UNIX_EPOCH;
                let map = request.headers();
                prop_assert_eq!(request.uri().path(), simple.path());
                prop_assert_eq!(negotiate(map), negotiate(simple.fields));
                prop_assert_eq!(evaluate(map, &validators, now), evaluate(simple.fields, &validators, now));
            }
        }
        let spoilt = spoilt(head, &spoils);
        let mut slots = [const { std::mem::MaybeUninit::uninit() }; MAX_FIELDS];
        if let ParsedHead::SimpleRequest(simple, length) = read(&spoilt, &mut slots) {
            prop_assert!(length <= spoilt.len() && simple.path().starts_with('/'));
            let _ = simple.request();
        }
        // What hyper gets is one whole request, and the same whenever it is spelled.
        let open = spoilt.strip_suffix(b"\r\n").unwrap_or(&spoilt);
        let bodied = [open, b"Content-Length: 7\r\n\r\n"].concat();
        for bytes in [spoilt, bodied] {
            let mut slots = [const { std::mem::MaybeUninit::uninit() }; MAX_FIELDS];
            let ParsedHead::Other(other, length) = read(&bytes, &mut slots) else { continue };
            prop_assert!(length <= bytes.len());
            let mut slots = [const { std::mem::MaybeUninit::uninit() }; MAX_FIELDS];
            match read(&other.head, &mut slots) {
                ParsedHead::Other(again, length) => {
                    prop_assert_eq!(length, other.head.len());
                    prop_assert_eq!(&again.head, &other.head);
                    prop_assert_eq!(again.body, other.body);
                }
                ParsedHead::SimpleRequest(_, length) => prop_assert_eq!(length, other.head.len()),
                _ => prop_assert!(false, "{:?}", String::from_utf8_lossy(&other.head)),
            }
        }
    }

    #[test]
    fn conditions(headers in headers(), second in 0..2_000_000_000_i64, etag in "\"[!#-~]{0,8}\"") {
        let now = DateTime::from_timestamp(second, 0).unwrap();
        let validators = Validators { etag: &etag, last_modified: Some(now) };
        let outcome = evaluate(&headers, &validators, now);
        // Only what is asked for is found.
        if outcome != PreconditionResult::Proceed {
            prop_assert!(headers.keys().any(|name| name.as_str().starts_with("if-")));
        }
        let coding = negotiate(&headers);
        if !headers.contains_key("accept-encoding") {
            prop_assert_eq!(coding, Some(Coding::Identity));
        }
    }
}

proptest! {
    #![proptest_config(cases(600))]

    #[test]
    fn whole_requests(headers in headers(), path in path()) {
        SERVED.with(|served| -> Result<(), TestCaseError> {
            for path in [path.as_str(), "/feed", "/feed.rss", "/articles/tram", served.picture.as_str()] {
                if path.parse::<http::Uri>().is_ok() {
                    check_request(served, path, &headers)?;
                }
            }
            Ok(())
        })?;
    }
}

fn check_request(served: &Served, path: &str, headers: &HeaderMap) -> Result<(), TestCaseError> {
    let fields = headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_bytes()));
    let fields: Vec<(&str, &[u8])> = fields.collect();
    let get = served.desk.ask_bytes(Method::GET, path, &fields);
    let known = [200, 206, 301, 302, 304, 404, 406, 412, 416];
    prop_assert!(
        known.contains(&get.status),
        "{} for {} {:?}",
        get.status,
        path,
        headers
    );
    prop_assert!(get.status != 206 || path.starts_with("/media/"));
    if let Some(length) = get.header("content-length") {
        prop_assert_eq!(length.parse::<usize>().unwrap(), get.body.len());
    }
    if get.status == 206 {
        let said = get.header("content-range").unwrap();
        let range = said.trim_start_matches("bytes ").split_once('/');
        let (first, last) = range.unwrap().0.split_once('-').unwrap();
        let (first, last): (usize, usize) = (first.parse().unwrap(), last.parse().unwrap());
        prop_assert_eq!(
            range.unwrap().1.parse::<usize>().unwrap(),
            served.bytes.len()
        );
        prop_assert!(first <= last, "{}", said);
        prop_assert_eq!(&get.body[..], &served.bytes[first..=last]);
    }
    let head = served.desk.ask_bytes(Method::HEAD, path, &fields);
    prop_assert!(head.status != 200 || head.body.is_empty());
    // A range is asked for of a GET alone.
    let same = head.status == get.status || [206, 416].contains(&get.status);
    prop_assert!(
        same,
        "{} and {} for {} {:?}",
        head.status,
        get.status,
        path,
        headers
    );
    Ok(())
}

thread_local! {
    static SERVED: Served = served();
}

/// A paper with a photograph.
struct Served {
    desk: Desk,
    picture: String,
    bytes: Vec<u8>,
}

fn served() -> Served {
    let desk = Desk::new();
    let bytes = fs::read("items/logo.png").unwrap();
    desk.write("city/tram/tram.png", &bytes);
    let keys = "tags = [\"tram\"]\n[[captions]]\ntext = \"A tram.\"\nimage = \"tram.png\"";
    desk.story("city/tram", keys, "Text.");
    desk.publish();
    let picture = desk
        .addresses()
        .into_iter()
        .find(|path| path.starts_with("/media/"));
    Served {
        desk,
        picture: picture.expect("a photograph"),
        bytes,
    }
}
