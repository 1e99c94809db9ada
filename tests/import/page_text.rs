//! Pages beside what is to be read from them, the real page in full, and the two promises: never a panic, nothing lost.

use std::{collections::BTreeMap, fmt::Write as _, fs, path::Path};

use courant::import::page_text::{DecodeError, Proposal, Took, decode, propose, whole_day};
use proptest::prelude::*;

fn dump(encoding: &str, p: &Proposal) -> String {
    let mut out = format!("encoding: {encoding}\n");
    let fields = [
        ("kicker", &p.kicker),
        ("headline", &p.headline),
        ("deck", &p.deck),
        ("dateline", &p.dateline),
        ("source", &p.source),
    ];
    for (name, value) in fields {
        if let Some(value) = value {
            writeln!(out, "{name}: {value}").unwrap();
        }
    }
    for author in &p.authors {
        writeln!(out, "author: {author}").unwrap();
    }
    for c in &p.captions {
        writeln!(out, "caption (line {}): {}", c.line, c.text).unwrap();
        for (name, value) in [
            ("credit", &c.credit),
            ("role", &c.role),
            ("source", &c.source),
        ] {
            if let Some(value) = value {
                writeln!(out, "  {name}: {value}").unwrap();
            }
        }
    }
    if let Some(d) = &p.day {
        let year = d.year.map_or("no year".to_owned(), |y| y.to_string());
        writeln!(
            out,
            "day (line {}): {} = month {}, day {}, {year}",
            d.line, d.text, d.month, d.day
        )
        .unwrap();
    }
    writeln!(out, "\n--- body\n{}\n--- lines", p.body).unwrap();
    for r in p.lines.iter().filter(|r| r.took != Took::Blank) {
        writeln!(out, "{}: {}", r.line, r.took).unwrap();
    }
    if !p.doubts.is_empty() {
        out.push_str("--- doubts\n");
    }
    for d in &p.doubts {
        writeln!(out, "{}: {}", d.line, d.text).unwrap();
    }
    out
}

/// With `BLESS=1` the expectations are written instead; read every line of the difference before keeping it.
#[test]
fn every_case_reads_as_expected() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/page_text");
    let mut wrong = Vec::new();
    let mut seen = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|e| e != "txt") {
            continue;
        }
        seen += 1;
        let decoded = decode(&fs::read(&path).unwrap()).unwrap();
        let found = dump(decoded.encoding, &propose(&decoded.text));
        let beside = path.with_extension("expected");
        if std::env::var_os("BLESS").is_some() {
            fs::write(&beside, &found).unwrap();
        }
        let expected = fs::read_to_string(&beside).unwrap_or_default();
        if found != expected {
            wrong.push(format!(
                "=== {}\n--- expected\n{expected}\n--- found\n{found}",
                path.display()
            ));
        }
    }
    assert!(seen >= 20, "only {seen} cases");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

const CHANGCHUN: &str = include_str!("../data/pages/changchun.txt");

#[test]
fn the_real_page_gives_its_headlines() {
    let p = propose(CHANGCHUN);
    assert_eq!(
        p.kicker.as_deref(),
        Some("牢记嘱托 提振信心 鼓足干劲 真抓实干")
    );
    assert_eq!(
        p.headline.as_deref(),
        Some("长春：全力打好打赢三年攻坚行动决胜之年决胜之战")
    );
    assert_eq!(
        p.deck.as_deref(),
        Some("以奋发有为的精神状态担当作为争创佳绩 把总书记殷殷嘱托转化为振兴突破实际成效")
    );
    assert_eq!((p.dateline, p.source, p.authors.len()), (None, None, 0));
}

#[test]
fn the_real_page_gives_its_two_captions() {
    let captions = propose(CHANGCHUN).captions;
    let found: Vec<_> = captions
        .iter()
        .map(|c| {
            (
                c.line,
                c.text.as_str(),
                c.credit.as_deref(),
                c.role.as_deref(),
                c.source.as_deref(),
            )
        })
        .collect();
    let note = Some("本版图片均资料来源");
    assert_eq!(
        found,
        [
            (9, "中车长客研制的广东清远磁浮旅游专列。", None, None, note),
            (
                68,
                "世纪广场鸟瞰图。",
                Some("孙杰"),
                Some("photographer"),
                note
            ),
        ]
    );
}

#[test]
fn the_real_page_keeps_its_text_to_the_character() {
    let p = propose(CHANGCHUN);
    let lines: Vec<&str> = CHANGCHUN.lines().collect();
    let mut expected = vec!["## 写在前面".to_owned()];
    for (i, line) in lines.iter().enumerate().take(63).skip(14) {
        match i + 1 {
            41 => expected.push(format!("{}{}", line.trim(), lines[42].trim())),
            43 => {}
            _ if line.trim().is_empty() => {}
            _ => expected.push(line.trim().to_owned()),
        }
    }
    expected.push("## 十个维度看长春全面振兴新突破".to_owned());
    expected.push("## 决战之年全力以赴打好决胜之战".to_owned());
    assert_eq!(p.body.split("\n\n").collect::<Vec<_>>(), expected);
}

#[test]
fn the_real_page_names_a_day_and_one_year() {
    let day = propose(CHANGCHUN).day.unwrap();
    assert_eq!(
        (day.text.as_str(), day.line, day.month, day.day, day.year),
        ("2月28日", 17, 2, 28, Some(2025))
    );
}

#[test]
fn the_real_page_shows_what_each_line_was_taken_for() {
    let took: BTreeMap<usize, Took> = propose(CHANGCHUN)
        .lines
        .iter()
        .map(|r| (r.line, r.took))
        .collect();
    let expected = [
        (1, Took::Blank),
        (3, Took::Kicker),
        (5, Took::Headline),
        (9, Took::Caption),
        (11, Took::Deck),
        (13, Took::PartHeading),
        (15, Took::Paragraph),
        (35, Took::Paragraph),
        (41, Took::Paragraph),
        (43, Took::Joined),
        (45, Took::Paragraph),
        (55, Took::Blank),
        (64, Took::PartHeading),
        (68, Took::Caption),
        (70, Took::PartHeading),
    ];
    for (line, kind) in expected {
        assert_eq!(took[&line], kind, "line {line}");
    }
}

#[test]
fn the_real_page_reads_the_same_as_gb18030_and_with_windows_line_ends() {
    let (gb, _, _) = encoding_rs::GB18030.encode(CHANGCHUN);
    let decoded = decode(&gb).unwrap();
    assert_eq!(
        (decoded.encoding, decoded.text.as_str()),
        ("GB18030", CHANGCHUN)
    );
    let windows = format!("\u{FEFF}{}", CHANGCHUN.replace('\n', "\r\n"));
    let decoded = decode(windows.as_bytes()).unwrap();
    assert_eq!(
        (decoded.encoding, decoded.text.as_str()),
        ("UTF-8", CHANGCHUN)
    );
    assert_eq!(propose(&windows), propose(CHANGCHUN));
}

#[test]
fn days_are_read_as_newspapers_print_them() {
    let day = Some((2026, 11, 24));
    for text in [
        "2026年11月24日",
        "２０２６年１１月２４日",
        "二〇二六年十一月二十四日",
        "民國115年11月24日",
        "115年11月24日",
        "令和8年11月24日",
        "2026년 11월 24일",
        "2026-11-24",
        "2026/11/24",
        "2026.11.24",
        "November 24, 2026",
        "Nov. 24, 2026",
        "24 November 2026",
        "24 nov 2026",
        "24 novembre 2026",
        "24. November 2026",
        "24 de noviembre de 2026",
        "24\u{A0}novembre\u{A0}2026",
        "24 نوفمبر 2026",
        "٢٤ نوفمبر ٢٠٢٦",
    ] {
        assert_eq!(whole_day(text), day, "{text}");
    }
    for text in [
        "11月24日",
        "24 nov",
        "2026-13-24",
        "2026年11月31日",
        "11/24/2026",
        "am 24. November 2026",
        "",
    ] {
        assert_eq!(whole_day(text), None, "{text}");
    }
}

#[test]
fn years_in_a_row_are_no_endless_date() {
    let page = format!("{}\n", "2026年".repeat(200_000));
    assert_eq!(propose(&page).day, None);
}

#[test]
fn what_cannot_be_decoded_is_refused_with_its_place() {
    assert_eq!(
        decode("一二三四五六七八九\n".as_bytes()).unwrap().encoding,
        "UTF-8"
    );
    let mut broken = "一二三四五六七八九\n".as_bytes().to_vec();
    broken.extend(b"abc\xFFdef");
    assert_eq!(
        decode(&broken),
        Err(DecodeError::BrokenUtf8 {
            offset: 31,
            line: 2
        })
    );
    assert_eq!(
        decode(b"ab\ncd \xFF ef"),
        Err(DecodeError::Unknown { offset: 6, line: 2 })
    );
    assert_eq!(
        decode(b"a\0b"),
        Err(DecodeError::Nul { offset: 1, line: 1 })
    );
    let big5 = encoding_rs::BIG5
        .encode("這是一份用大五碼寫成的報紙版面，讀者應當先把它轉換。我們的記者在臺北報導。")
        .0
        .into_owned();
    assert!(matches!(
        decode(&big5),
        Err(DecodeError::OtherEncoding {
            looks_like: "Big5",
            ..
        } | DecodeError::Unknown { .. })
    ));
}

/// The characters that a Markdown renderer shows.
fn rendered(markdown: &str) -> String {
    fn walk<'a>(node: &'a comrak::nodes::AstNode<'a>, out: &mut String) {
        use comrak::nodes::NodeValue;
        match &node.data.borrow().value {
            NodeValue::Text(t) => out.push_str(t),
            NodeValue::Document | NodeValue::Paragraph | NodeValue::Heading(_) => {}
            // Markup where the page had characters: shown by a mark that no page has.
            other => write!(out, "⟦{other:?}⟧").unwrap(),
        }
        for child in node.children() {
            walk(child, out);
        }
    }
    let arena = comrak::Arena::new();
    let mut options = comrak::Options::default();
    options.extension.strikethrough = true;
    options.extension.table = true;
    options.extension.tasklist = true;
    options.extension.footnotes = true;
    let mut out = String::new();
    walk(comrak::parse_document(&arena, markdown, &options), &mut out);
    out
}

/// Words that may go because the proposal says what they said, and hyphens at line ends.
const RECOGNISED: &str = "本报版图片均由记者通讯员新华社摄影文资料源作供发来特约电讯报道□/／:：、，,。（）()-—\u{AD}PhotobyBndg";

fn count(text: &str) -> BTreeMap<char, usize> {
    let mut counts = BTreeMap::new();
    for c in text
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '\u{FEFF}')
    {
        *counts.entry(c).or_default() += 1;
    }
    counts
}

fn missing(page: &str, p: &Proposal) -> Vec<char> {
    let mut all = rendered(&p.body);
    all.extend(p.authors.iter().cloned());
    for field in [&p.kicker, &p.headline, &p.deck, &p.dateline, &p.source] {
        all.extend(field.iter().cloned());
    }
    for c in &p.captions {
        all.push_str(&c.text);
        all.extend(c.credit.iter().cloned().chain(c.source.iter().cloned()));
    }
    let kept = count(&all);
    count(page)
        .into_iter()
        .filter(|(c, n)| kept.get(c).is_none_or(|k| k < n))
        .map(|(c, _)| c)
        .collect()
}

/// Words by which the kind of a line is known, and which the proposal says in its own way.
const LABELS: &[&str] = &[
    "كتبت",
    "كتبوا",
    "文章",
    "首席记者",
    "文字",
    "写真",
    "現場",
    "即時",
    "全媒体记者",
    "特约记者",
    "avec",
    "with",
    "mit",
    "بقلم",
    "كتبوا",
    "الصورة",
    "صور",
    "عدسة",
    "拍摄",
    "採訪",
    "采写",
    "撰文",
    "整理",
    "鏡頭",
    "本版",
    "本组",
    "特约通讯员",
    "特派記者",
    "特派员",
    "特派員",
    "通讯员",
    "通訊員",
    "实习生",
    "實習生",
    "评论员",
    "摄影记者",
    "攝影記者",
    "记者",
    "記者",
    "编译",
    "編譯",
    "本报",
    "本報",
    "本刊",
    "本网",
    "本社",
    "摄影",
    "攝影",
    "拍摄",
    "撮影",
    "报道",
    "報道",
    "報導",
    "报导",
    "供图",
    "供圖",
    "提供",
    "图片来源",
    "图片",
    "圖片",
    "照片",
    "图",
    "圖",
    "摄",
    "攝",
    "来源",
    "來源",
    "作者",
    "据",
    "據",
    "发",
    "發",
    "電",
    "电",
    "文",
    "由",
    "均",
    "版",
    "组",
    "源",
    "Photographs",
    "Photograph",
    "Photos",
    "photos",
    "Photo",
    "photo",
    "PHOTOS",
    "PHOTO",
    "by",
    "By",
    "BY",
    "Par",
    "PAR",
    "Von",
    "Por",
    "Fotos",
    "Foto",
    "foto",
    "Crédit",
    "Credit",
    "courtesy",
    "of",
    "and",
    "AND",
    "et",
    "und",
    "y",
    "Source",
    "via",
    "in",
    "the",
    "The",
    "for",
    "à",
    "en",
    "aus",
    "em",
    "avec",
    "with",
    "mit",
    "c",
    "كتب",
    "كتبت",
    "تصوير",
    "صورة",
    "기자",
    "사진",
    "제공",
    "특파원",
];

/// Everything that a proposal shows, without white space and marks: each field by itself, so that no run of the page is
/// found across two of them. The dateline stands within its paragraph, as pages set it.
fn shown(p: &Proposal) -> String {
    let mut all = vec![rendered(&p.body)];
    let dateline = p.dateline.as_deref().unwrap_or_default();
    let paragraphs = p.body.split("\n\n").map(rendered);
    all.extend(paragraphs.map(|text| format!("{dateline}{text}")));
    all.extend(
        [&p.kicker, &p.headline, &p.deck, &p.dateline, &p.source]
            .into_iter()
            .flatten()
            .cloned(),
    );
    all.extend(p.authors.iter().cloned());
    for c in &p.captions {
        all.push(c.text.clone());
        all.extend(c.credit.iter().chain(&c.source).cloned());
    }
    all.extend(p.doubts.iter().map(|d| d.text.clone()));
    let fields: Vec<String> = all.iter().map(|field| squeezed(field)).collect();
    fields.join("|")
}

fn squeezed(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).collect()
}

/// The words of a page that the proposal does not show: between marks and labels every run stands in it as it stood.
fn lost(page: &str, p: &Proposal) -> Vec<String> {
    let shown = shown(p);
    let mut lost = Vec::new();
    for run in page.split(|c: char| !c.is_alphanumeric()) {
        let mut parts = vec![run];
        for label in LABELS.iter().copied() {
            let latin = label.chars().all(|c| c < '\u{250}');
            parts = parts
                .into_iter()
                .flat_map(|part| match latin {
                    true if part == label => Vec::new(),
                    // A Latin label glued to other letters, as a line that was cut ends.
                    true => match part.strip_suffix(label) {
                        Some(before) if !before.ends_with(|c: char| c.is_ascii()) => vec![before],
                        _ => vec![part],
                    },
                    false => part.split(label).collect(),
                })
                .collect();
        }
        lost.extend(
            parts
                .into_iter()
                .filter(|part| !is_shown(part, &shown))
                .map(str::to_owned),
        );
    }
    lost
}

/// Name and place that stood together may be shown apart, but no figure is parted.
fn is_shown(part: &str, shown: &str) -> bool {
    let chars: Vec<char> = part.chars().collect();
    let mut at = 0;
    while at < chars.len() {
        let whole = |end: &usize| {
            let parted =
                chars[end - 1].is_numeric() && chars.get(*end).is_some_and(|c| c.is_numeric());
            !parted && shown.contains(&chars[at..*end].iter().collect::<String>())
        };
        let Some(end) = (at + 1..=chars.len()).rev().find(whole) else {
            return false;
        };
        if end - at < 2 && chars.len() > 1 {
            return false;
        }
        at = end;
    }
    true
}

fn cases() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/page_text");
    let mut paths: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "txt"))
        .collect();
    paths.sort();
    let read = |path: &std::path::PathBuf| decode(&fs::read(path).unwrap()).unwrap().text;
    let mut pages: Vec<String> = paths.iter().map(read).collect();
    pages.push(CHANGCHUN.to_owned());
    pages
}

#[test]
fn a_second_agency_of_a_byline_or_credit_is_named() {
    let text = "港口扩建工程昨天通过验收，新泊位将于下月投入使用。";
    for (page, first, second) in [
        (format!("港口扩建\n\n新华社记者张三 中新社记者李四\n\n{text}"), "新华社", "中新社"),
        (format!("港口扩建\n\n新泊位全景。（图/新华社记者张三、中新社记者李四）\n\n{text}"), "新华社", "中新社"),
        ("Port grows\n\nThe berth. Photo: EFE/María López 新华社记者张三\n\nThe port has a new berth, it said.".to_owned(), "EFE", "新华社"),
        ("Port grows\n\nBy Jane Doe, AFP, Reuters\n\nThe port has a new berth, it said.".to_owned(), "AFP", "Reuters"),
    ] {
        let p = propose(&page);
        let sources = p.source.iter().chain(p.captions.iter().filter_map(|c| c.source.as_ref()));
        assert_eq!(sources.collect::<Vec<_>>(), [first], "{p:#?}");
        assert!(p.doubts.iter().any(|d| d.text.contains(second)), "{p:#?}");
    }
}

#[test]
fn a_line_signed_before_its_place_and_agency_keeps_both() {
    for page in [
        "記者李國綸／專訪 رويترز - لندن\n",
        "Port grows\n\n記者李國綸／專訪 رويترز - لندن\n\nThe port has a new berth, it said.",
    ] {
        let p = propose(page);
        assert_eq!(p.authors, ["李國綸"], "{p:#?}");
        assert_eq!(p.source.as_deref(), Some("رويترز"), "{p:#?}");
    }
}

#[test]
fn no_word_of_any_case_is_lost() {
    for page in cases() {
        let p = propose(&page);
        assert_eq!(lost(&page, &p), Vec::<String>::new(), "{page}\n{p:#?}");
    }
}

/// Lines of several cases in any order, some of them glued together or cut.
fn mixed_page() -> impl Strategy<Value = String> {
    let lines: Vec<String> = cases()
        .iter()
        .flat_map(|page| page.lines().map(str::to_owned))
        .filter(|line| !line.trim().is_empty())
        .collect();
    let line =
        (prop::sample::select(lines), 0_usize..400, 0_usize..8).prop_map(|(line, at, cut)| {
            let at = line.char_indices().nth(at).map_or(line.len(), |(at, _)| at);
            match cut {
                0 => line[..at].to_owned(),
                1 => line[at..].to_owned(),
                _ => line,
            }
        });
    let end = prop::sample::select(vec![
        "\n",
        "\n",
        "\n\n",
        "\n\n",
        "\n\u{3000}\u{3000}",
        " ",
        "",
    ]);
    prop::collection::vec((line, end), 1..12)
        .prop_map(|parts| parts.into_iter().map(|(line, end)| line + end).collect())
}

/// Lines as pages have them. Names are not repeated within a page, because an author is listed once.
fn page() -> impl Strategy<Value = String> {
    let han = "[甲乙丙丁戊己庚辛]{1,70}";
    let marks = "[甲乙丙 a-z0-9#*_`~<>&;\\\\\\[\\]|!+.)-]{1,30}";
    let line = prop_oneof![
        3 => han.prop_map(|t| format!("{t}。")),
        2 => han.prop_map(|t| t),
        2 => ("[甲乙丙]{1,20}", "[丁戊己]{1,60}").prop_map(|(a, b)| format!("\u{3000}\u{3000}{a}，{b}。")),
        2 => marks.prop_map(|t| t),
        2 => "[#>+*-]{1,7} [甲乙]{1,9}",
        1 => "([a-z]{1,9} ){3,14}[a-z]{1,9}[.-]?",
        1 => Just("世戊广己鸟庚图。摄影:孙 杰".to_owned()),
        1 => Just("庚辛。（资料图片）".to_owned()),
        1 => Just("（本版图片均由赵六摄）".to_owned()),
        1 => Just("本报记者 张三 李四".to_owned()),
        1 => Just("□王五".to_owned()),
        1 => Just("By Jane Doe".to_owned()),
        1 => Just("本报长春2月28日电（记者 周七）甲乙丙，丁戊。".to_owned()),
        1 => Just("戊己庚辛。（通讯员 吴八）".to_owned()),
        1 => Just("来源：乙丙日刊".to_owned()),
        1 => Just("甲乙丙丁。（来源：丁戊晚刊）".to_owned()),
        1 => Just("文/郑九 图/钱十".to_owned()),
        1 => Just("新华社发（图片来源：庚辛档馆）".to_owned()),
        1 => Just("（本组图片由乙丙丁提供）".to_owned()),
        4 => Just(String::new()),
    ];
    (
        prop::collection::vec(line, 0..14),
        prop::sample::select(vec!["\n", "\r\n", "\n\n"]),
    )
        .prop_map(|(lines, end)| {
            let mut once = std::collections::HashSet::new();
            let lines: Vec<String> = lines
                .into_iter()
                .filter(|l| {
                    !l.contains(['摄', '记', '□', '资', '员', '文', '源']) && !l.starts_with("By")
                        || once.insert(l.clone())
                })
                .collect();
            lines.join(end)
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        if let Ok(decoded) = decode(&bytes) {
            let _ = propose(&decoded.text);
        }
    }

    #[test]
    fn text_never_panics_and_every_line_is_read(text in "(\\PC|[\n\u{3000}。，（）:/]|摄|记者|本版图片|Photo by ){0,80}") {
        let p = propose(&text);
        let numbers: Vec<usize> = p.lines.iter().map(|r| r.line).collect();
        prop_assert_eq!(numbers, (1..=text.split('\n').count()).collect::<Vec<_>>());
    }

    #[test]
    fn nothing_of_a_page_is_lost(page in page()) {
        let p = propose(&page);
        let lost: Vec<char> = missing(&page, &p).into_iter().filter(|c| !RECOGNISED.contains(*c)).collect();
        prop_assert!(lost.is_empty(), "lost {:?} of {:?}: {:#?}", lost, page, p);
    }

    #[test]
    fn no_word_of_mixed_cases_is_lost(page in mixed_page()) {
        let p = propose(&page);
        let lost = lost(&page, &p);
        prop_assert!(lost.is_empty(), "lost {:?} of {:?}: {:#?}", lost, page, p);
    }

    #[test]
    fn a_page_without_credits_loses_nothing_at_all(lines in prop::collection::vec("[甲乙 ,，。.#*_`~<>&;\\\\\\[\\]|!a-c1-3+=)-]{0,60}", 0..8)) {
        let page = lines.join("\n\n");
        let p = propose(&page);
        let lost: Vec<char> = missing(&page, &p).into_iter().filter(|c| *c != '-').collect();
        prop_assert!(lost.is_empty(), "lost {:?} of {:?}: {:#?}", lost, page, p);
    }

    #[test]
    fn a_paragraph_renders_to_its_characters(text in "[甲a1 #*_`~<>&;\\\\\\[\\]()|!+=.:-]{1,40}|&(amp|#35|lt);|[0-9]{1,10}[.)] a|(\\* ?){1,5}|(_ ?){1,5}|(- ?){1,5}|\\+\\+\\+|~~~[^\r\n]{0,3}|```[^\r\n]{0,3}|<!-- a") {
        let page = format!("甲，乙，丙，丁：\n\n{}。", text.trim());
        let p = propose(&page);
        let shown = rendered(&p.body).replace(' ', "");
        let all = format!("{shown}{}", p.headline.unwrap_or_default()).replace(' ', "");
        prop_assert!(!shown.contains('⟦'), "{}", p.body);
        let part = text.trim().replace(' ', "");
        prop_assert!(all.contains(&part) || !p.captions.is_empty(), "{:?} not in {:?}", part, p.body);
    }
}
