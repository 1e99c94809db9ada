//! Feeds in every encoding come in as the same feed in UTF-8 does, however long and wherever a buffer ends; what is not
//! read is refused by its name.

use std::io::{BufRead, Read};
use std::ops::ControlFlow;

use courant::import::feed_file::{FeedFile, OlderItem};
use courant::import::page_text;
use courant::item::charset::{Charset, Decoding};
use encoding_rs::Encoding;
use proptest::prelude::*;

/// A text for each encoding that browsers know, of characters that it has.
const TEXTS: &[(&str, &str)] = &[
    ("utf-8", "港口 quay é Я 😀。"),
    ("utf-16le", "港口 quay é Я 😀。"),
    ("utf-16be", "港口 quay é Я 😀。"),
    ("utf-32le", "港口 quay é Я 😀。"),
    ("utf-32be", "港口 quay é Я 😀。"),
    ("gbk", "港口今日大风。a"),
    ("gb18030", "港口今日大风😀。a"),
    ("big5", "港口今日大風。a"),
    ("shift_jis", "港の風が強い。ｱa"),
    ("euc-jp", "港の風が強い。ｱa"),
    ("iso-2022-jp", "港の風aが強い。"),
    ("euc-kr", "오늘 바람. 똠a"),
    ("ibm866", "Сегодня. "),
    ("koi8-r", "Сегодня. "),
    ("koi8-u", "Сьогодні їжа. "),
    ("x-mac-cyrillic", "Сегодня. "),
    ("macintosh", "Éte à la mer. "),
    ("iso-8859-2", "Žluťoučký kůň. "),
    ("iso-8859-3", "Ĝis la revido. "),
    ("iso-8859-4", "Šiandien ēda. "),
    ("iso-8859-5", "Сегодня. "),
    ("iso-8859-6", "اليوم، "),
    ("iso-8859-7", "Σήμερα. "),
    ("iso-8859-8", "היום. "),
    ("iso-8859-10", "Þing đ. "),
    ("iso-8859-13", "Šiandien ķ. "),
    ("iso-8859-14", "Ŵyth ŷd. "),
    ("iso-8859-15", "Cœur € é. "),
    ("iso-8859-16", "Școală ț. "),
    ("windows-874", "วันนี้ลมแรง "),
    ("windows-1250", "Žluťoučký kůň. "),
    ("windows-1251", "Сегодня. "),
    ("windows-1252", "Cœur € é. "),
    ("windows-1253", "Σήμερα. "),
    ("windows-1254", "Bugün rüzgârlı ış. "),
    ("windows-1255", "היום. "),
    ("windows-1256", "اليوم، "),
    ("windows-1257", "Šiandien ķ. "),
    ("windows-1258", "Hôm nay đ. "),
];

/// The names that other systems write.
const NAMES: &[(&str, &str)] = &[
    ("cp932", "shift_jis"),
    ("CP936", "gbk"),
    ("ms936", "gbk"),
    ("gb2312", "gbk"),
    ("cp949", "euc-kr"),
    ("MS-949", "euc-kr"),
    ("ks_c_5601-1987", "euc-kr"),
    ("cp950", "big5"),
    ("ms950", "big5"),
    ("big5-hkscs", "big5"),
    ("windows-31j", "shift_jis"),
    ("cp1251", "windows-1251"),
    ("mac-roman", "macintosh"),
    ("latin1", "windows-1252"),
];

fn encoded(label: &str, text: &str) -> Vec<u8> {
    match label {
        "utf-16le" => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        "utf-16be" => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        "utf-32le" => text
            .chars()
            .flat_map(|c| u32::from(c).to_le_bytes())
            .collect(),
        "utf-32be" => text
            .chars()
            .flat_map(|c| u32::from(c).to_be_bytes())
            .collect(),
        label => {
            let encoding = Encoding::for_label(label.as_bytes()).unwrap();
            let (bytes, _, lossy) = encoding.encode(text);
            assert!(!lossy, "{label} has not all of {text}");
            bytes.into_owned()
        }
    }
}

/// A source whose buffer holds a given number of bytes.
struct Pieces<'b> {
    rest: &'b [u8],
    size: usize,
}

impl Read for Pieces<'_> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let length = self.size.min(out.len());
        let read = self.rest.take(length as u64).read(&mut out[..length])?;
        self.rest = &self.rest[read..];
        Ok(read)
    }
}

impl BufRead for Pieces<'_> {
    fn fill_buf(&mut self) -> std::io::Result<&[u8]> {
        Ok(&self.rest[..self.size.min(self.rest.len())])
    }

    fn consume(&mut self, amount: usize) {
        self.rest = &self.rest[amount..];
    }
}

/// Decodes `bytes` that come in pieces of `size`, into a buffer of `room`.
fn decoded(bytes: &[u8], charset: Charset, size: usize, room: usize) -> Vec<u8> {
    let mut source = Decoding::of(Pieces { rest: bytes, size }, charset);
    let mut buffer = vec![0; room];
    let mut out = Vec::new();
    loop {
        let read = source.read(&mut buffer).unwrap();
        if read == 0 {
            return out;
        }
        out.extend_from_slice(&buffer[..read]);
        assert!(out.len() <= 4 * bytes.len() + 4, "more than there can be");
    }
}

/// The first characters of a text without end.
fn endless(text: &str, length: usize) -> String {
    text.chars().cycle().take(length).collect()
}

#[test]
fn every_encoding_is_read_at_every_length_through_buffers_of_every_size() {
    for (label, text) in TEXTS {
        let charset = Charset::of_label(label).unwrap();
        for length in 0..80 {
            let text = endless(text, length);
            let bytes = encoded(label, &text);
            for size in [1, 2, 3, 5, 7, 64] {
                for room in [1, 2, 3, 4, 7, 32] {
                    let read = decoded(&bytes, charset, size, room);
                    assert_eq!(read, text.as_bytes(), "{label}, {length}, {size}, {room}");
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn long_texts_are_read_through_any_buffers(
        number in 0..TEXTS.len(), length in 0..6_000_usize, size in 1..9_000_usize, room in 1..9_000_usize,
    ) {
        let (label, text) = TEXTS[number];
        let text = endless(text, length);
        let bytes = encoded(label, &text);
        let read = decoded(&bytes, Charset::of_label(label).unwrap(), size, room);
        prop_assert_eq!(read, text.as_bytes(), "{}", label);
    }

    #[test]
    fn any_bytes_come_to_an_end(
        number in 0..TEXTS.len(), bytes in prop::collection::vec(any::<u8>(), 0..3_000), size in 1..200_usize,
    ) {
        let charset = Charset::of_label(TEXTS[number].0).unwrap();
        let whole = decoded(&bytes, charset, bytes.len().max(1), 4096);
        prop_assert_eq!(decoded(&bytes, charset, size, 7), whole);
    }
}

#[test]
fn every_label_of_the_list_is_read_or_refused_by_its_name() {
    for (name, label) in NAMES {
        assert_eq!(Charset::of_label(name), Charset::of_label(label), "{name}");
    }
    for label in [
        "replacement",
        "iso-2022-cn",
        "iso-2022-kr",
        "hz-gb-2312",
        "x-user-defined",
        "utf-7",
        "",
    ] {
        assert_eq!(Charset::of_label(label), None, "{label}");
    }
}

fn feed(label: Option<&str>, title: &str, body: &str) -> String {
    let encoding = label
        .map(|label| format!(" encoding=\"{label}\""))
        .unwrap_or_default();
    format!(
        "<?xml version=\"1.0\"{encoding}?><rss version=\"2.0\"><channel><title>T</title><link>https://o.example/</link>\
         <description>d</description><item><title>{title}</title><guid isPermaLink=\"false\">g</guid>\
         <pubDate>Sun, 10 Mar 2024 09:00:00 +0000</pubDate><description>{body}</description></item></channel></rss>"
    )
}

/// What the item of the feed `bytes` says, or what is said of the file.
fn read(bytes: &[u8]) -> Result<(String, String), String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("feed.xml");
    std::fs::write(&path, bytes).unwrap();
    let file = FeedFile::recognise(&path)
        .map_err(|error| error.to_string())?
        .ok_or("a page of text")?;
    let survey = file.survey(&|_, _| ()).map_err(|error| error.to_string())?;
    let mut found = Err("no item".to_owned());
    let mut take = |item: OlderItem| {
        found = match item.is_garbled {
            true => Err("garbled".to_owned()),
            false => Ok((
                item.title.unwrap_or_default(),
                item.prose.as_written().to_owned(),
            )),
        };
        ControlFlow::Break(())
    };
    file.read(&survey, &mut take)
        .map_err(|error| error.to_string())?;
    found
}

#[test]
fn a_feed_in_any_encoding_says_what_it_says_in_utf_8() {
    for (label, text) in TEXTS {
        for length in [3, 77, 600, 3_000] {
            let body = endless(text, length).trim().to_owned();
            let feed = feed(Some(label), text.trim(), &body);
            let said = read(&encoded(label, &feed));
            assert_eq!(
                said,
                Ok((text.trim().to_owned(), body)),
                "{label}, {length}"
            );
        }
    }
}

#[test]
fn a_mark_or_the_bytes_themselves_outrank_what_a_feed_declares() {
    let body = endless("港口今日大风。", 700);
    let meant = Ok(("港口".to_owned(), body.clone()));
    for label in ["utf-16le", "utf-16be", "utf-32le", "utf-32be"] {
        for said in [None, Some("utf-8"), Some("gbk")] {
            let text = feed(said, "港口", &body);
            assert_eq!(
                read(&encoded(label, &text)),
                meant,
                "{label} that says {said:?}"
            );
            let marked = encoded(label, &format!("\u{feff}{text}"));
            assert_eq!(
                read(&marked),
                meant,
                "{label} with a mark that says {said:?}"
            );
        }
    }
    for said in [
        "utf-16",
        "ucs-2",
        "utf-32",
        "us-ascii",
        "iso-8859-1",
        "gb2312",
        "big5",
        "koi8-r",
    ] {
        let text = feed(Some(said), "港口", &body);
        assert_eq!(read(text.as_bytes()), meant, "UTF-8 that says {said}");
        let marked = format!("\u{feff}{text}");
        assert_eq!(
            read(marked.as_bytes()),
            meant,
            "UTF-8 with a mark that says {said}"
        );
    }
}

#[test]
fn an_encoding_that_is_not_read_is_refused_with_its_line_and_what_to_do() {
    for label in ["x-none", "utf-7", "hz-gb-2312", "iso-2022-kr"] {
        let said = read(feed(Some(label), "T", "x").as_bytes()).unwrap_err();
        let told =
            format!("feed.xml:1: expected an encoding that browsers know, found \"{label}\"");
        assert!(
            said.contains(&told) && said.contains("save the file as UTF-8"),
            "{said}"
        );
    }
    let in_gbk = encoded("gbk", &feed(None, "港口", "港口今日大风。"));
    assert_eq!(read(&in_gbk), Err("garbled".to_owned()));
}

#[test]
fn json_in_utf_16_or_utf_32_is_read() {
    let feed = "{\"version\":\"https://jsonfeed.org/version/1.1\",\"title\":\"T\",\"items\":\
                [{\"id\":\"1\",\"title\":\"港口\",\"content_html\":\"<p>大风</p>\"}]}";
    for label in ["utf-8", "utf-16le", "utf-16be", "utf-32le", "utf-32be"] {
        for text in [feed.to_owned(), format!("\u{feff}{feed}")] {
            let said = read(&encoded(label, &text)).unwrap();
            assert_eq!(
                said,
                ("港口".to_owned(), "<p>大风</p>".to_owned()),
                "{label}"
            );
        }
    }
}

#[test]
fn a_page_of_text_in_utf_16_or_utf_32_is_read_and_said_to_be_so() {
    let page = "港口今日大风\r\n第二行 a\r\n";
    for (label, name) in [
        ("utf-16le", "UTF-16LE"),
        ("utf-16be", "UTF-16BE"),
        ("utf-32le", "UTF-32LE"),
        ("utf-32be", "UTF-32BE"),
    ] {
        let decoded = page_text::decode(&encoded(label, &format!("\u{feff}{page}"))).unwrap();
        assert_eq!(decoded.text, "港口今日大风\n第二行 a\n");
        assert_eq!(decoded.encoding, name);
    }
    let mut broken = encoded("utf-16le", "\u{feff}港口\na");
    broken.extend([0x00, 0xd8]);
    let said = page_text::decode(&broken).unwrap_err().to_string();
    assert!(said.starts_with("line 2: expected UTF-16LE"), "{said}");
}

#[test]
fn a_document_of_another_kind_is_named_and_no_page_of_text() {
    let utf16 = encoded(
        "utf-16le",
        "<?xml version=\"1.0\" encoding=\"utf-16\"?><nitf><body/></nitf>\n",
    );
    for (bytes, what) in [
        (utf16.as_slice(), "NITF (<nitf>)"),
        (b"<NewsML>\n<NewsItem/>\n</NewsML>\n", "NewsML 1 (<NewsML>)"),
        (b"<?xml version='1.0'?><newsMessage/>", "NewsML-G2"),
        (b"<urlset><url/></urlset>", "a sitemap"),
        (b"<!DOCTYPE html>\n<html><p>x</p></html>\n", "an HTML page"),
        (b"{\"uri\": \"x\", \"headline\": \"y\"}", "ninjs"),
        (b"{\"version\": \"7\", \"items\": []}", "a version 7"),
        (b"[{\"a\": 1}]", "a list of JSON"),
    ] {
        let said = read(bytes).unwrap_err();
        assert!(
            said.contains(":1: expected") && said.contains(what),
            "{said}"
        );
    }
    assert_eq!(
        read("[本报讯] 港口今日大风。".as_bytes()),
        Err("a page of text".to_owned())
    );
}

#[test]
fn rss_1_0_and_atom_0_3_are_read() {
    let rss = "<?xml version=\"1.0\"?><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\" \
               xmlns=\"http://purl.org/rss/1.0/\"><channel rdf:about=\"https://o.example/\"><title>T</title></channel>\
               <item rdf:about=\"https://o.example/1\"><title>One</title><description>First.</description></item></rdf:RDF>";
    let atom = "<feed version=\"0.3\" xmlns=\"http://purl.org/atom/ns#\"><title>T</title><entry><title>One</title>\
                <id>tag:1</id><issued>2004-01-02T03:04:05Z</issued>\
                <content type=\"text/html\" mode=\"escaped\">First.</content></entry></feed>";
    for text in [rss, atom] {
        let said = read(text.as_bytes());
        assert_eq!(said, Ok(("One".to_owned(), "First.".to_owned())), "{text}");
    }
}
