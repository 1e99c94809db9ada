//! Bylines: on a line of their own, in brackets at the end of a paragraph, or behind a dateline.

use super::{
    agency, glyph, lead,
    people::{self, Byline, People},
    word,
};

/// Maximum width of a byline, which is a handful of names.
const LONGEST_BYLINE_COLUMNS: usize = 100;

/// Signatures without a name, which stand as they are.
const OF_THE_PAPER: &[&str] = &[
    "本报评论员",
    "本报特约评论员",
    "本报编辑部",
    "本刊编辑部",
    "新华社评论员",
    "本报讯员",
];

const LABELS: &[&str] = &[
    "图文/",
    "文图/",
    "文/图",
    "文/",
    "文:",
    "文|",
    "图文:",
    "文图:",
    "作者",
    "撰文",
    "撰稿",
    "采写",
    "采访",
    "文字整理",
    "文字",
    "记者",
    "编译",
    "整理",
];

/// Words before the names in scripts with spaces, in lower case.
const BY: &[&str] = &["by ", "par ", "von ", "por "];
/// Words behind a name that mark a byline as `By` before it does.
const AND_AGENCIES: &[&str] = &[
    " and agencies",
    " and agency",
    " with agencies",
    " et agences",
    " avec agences",
];
const ARABIC_BY: &[&str] = &["كتب", "كتبت", "كتبوا", "بقلم"];
/// These are ordinary words unless a colon follows.
const ARABIC_LABELS: &[&str] = &["تقرير", "إعداد", "حوار", "متابعة", "تحقيق", "كتابة"];
const KOREAN_OFFICES: &[&str] = &["기자", "특파원", "통신원", "인턴기자", "선임기자"];

/// Between a name and the place or the post of its bearer.
const BEHIND_NAME: &[&str] = &[
    " in ", " à ", " en ", " aus ", " em ", " for ", " avec ", " with ", " mit ", " | ", " - ",
    " – ", " — ", " • ",
];

/// Reads a line that is nothing but a byline.
pub(super) fn own_line(line: &str) -> Option<Byline> {
    if glyph::width(line) > LONGEST_BYLINE_COLUMNS {
        return None;
    }
    let text = glyph::unbracketed(line);
    let unmarked = text
        .trim_start_matches(['□', '■', '◎', '○', '●', '▢', '◇', '◆', '▌', '★'])
        .trim_start();
    let marked = unmarked.len() < text.len();
    byline(unmarked, marked)
}

/// Takes `（记者 王五）` off the end of a paragraph; returns the text that is left, and the byline.
pub(super) fn trailing(text: &str) -> Option<(&str, Byline)> {
    let (open, inner) = glyph::last_bracket(text)?;
    let before = text[..open].trim_end();
    if before.is_empty() {
        return None;
    }
    Some((before, byline(inner, false)?))
}

/// Whether a text ends with a name in brackets of which nothing says what the person did: `…。（张三）`, `…。【山田太郎】`.
pub(super) fn ends_with_bare_name(text: &str) -> bool {
    let Some((open, inner)) = glyph::last_bracket(text) else {
        return false;
    };
    if !glyph::is_closed(text[..open].trim_end()) {
        return false;
    }
    let Some(people) = people::parse(inner) else {
        return false;
    };
    let longest = if text.ends_with('】') { 6 } else { 3 };
    let short = |n: &String| n.chars().count() <= longest;
    let marked = people::starts_with_surname(inner) || text.ends_with('】');
    marked && agency::whole(inner).is_none() && people.names.iter().all(short)
}

/// Takes `（編輯：張大同）1151124` off the end, the editor and an agency's mark of the day: it is neither a byline nor text.
pub(super) fn editor_behind(text: &str) -> Option<(&str, &str)> {
    const EDITORS: &[&str] = &["编辑", "责任编辑", "责编", "译者", "核稿", "编译"];
    let stem = text.trim_end_matches(|c: char| c.is_ascii_digit());
    let (open, inner) = glyph::last_bracket(stem.trim_end())?;
    let editors = word::strip_any(inner, EDITORS)
        .is_some_and(|rest| word::strip_any(rest, &[":", "/", " "]).is_some());
    let before = text[..open].trim_end();
    (editors && !before.is_empty()).then(|| (before, &text[open..]))
}

/// Takes `（记者 王五）` or `记者王五报道：` off the head of a paragraph that a dateline opened.
pub(super) fn leading(text: &str) -> Option<(Byline, &str)> {
    if let Some((inner, rest)) = glyph::leading_bracket(text) {
        return Some((byline(inner, false)?, rest));
    }
    if let Some(found) = korean(text) {
        return Some(found);
    }
    let (before, behind) = word::split(text, "报道").or_else(|| word::split(text, "报导"))?;
    if before.len() > LONGEST_BYLINE_COLUMNS {
        return None;
    }
    let behind = behind.trim_start();
    let rest = word::strip_any(behind, &[":", ","])?.trim_start();
    let report = &text[..before.len() + "报道".len()];
    let byline = with_place(report).or_else(|| byline(before.trim(), false))?;
    Some((byline, rest))
}

pub(super) fn byline(text: &str, marked: bool) -> Option<Byline> {
    if let Some(found) = with_place(text) {
        return Some(found);
    }
    if word::is_any(text, OF_THE_PAPER) {
        return Some(Byline::signature(text));
    }
    if let Some(names) = word::strip_any_caseless(text, BY).filter(|n| !glyph::has_cjk(n)) {
        return latin(names);
    }
    if let Some(names) = AND_AGENCIES.iter().find_map(|a| text.strip_suffix(a))
        && let Some(mut found) = latin(names).filter(|_| names.contains(' '))
    {
        found
            .people
            .other_words
            .push(text[names.len()..].trim().to_owned());
        return Some(found);
    }
    if let Some(found) = arabic(text).or_else(|| korean_line(text)) {
        return Some(found);
    }
    let signed_text = word::strip_end(text, "/文").is_some();
    let (text, pictures_too) = without_suffix(text);
    if word::strip_any_end(text, &["摄", "撮影"]).is_some() {
        return None;
    }
    if let Some(people) = labelled(text) {
        return Some(Byline {
            people: people.0,
            pictures_too: pictures_too || people.1,
        });
    }
    let people = people::parse(text)?;
    let plain = marked || pictures_too || signed_text;
    let sure =
        people.has_title || (plain && people.names.iter().all(|n| people::starts_with_surname(n)));
    sure.then_some(Byline {
        people,
        pictures_too,
    })
}

/// `記者 李四 北京報道` where a dateline was read before, or none is looked for.
fn with_place(text: &str) -> Option<Byline> {
    let lead = lead::signed(text)?;
    let mut byline = lead.byline?;
    byline
        .people
        .other_words
        .extend(lead.dateline.map(|d| d.text));
    Some(byline)
}

/// The people behind a label, and whether the label claims the pictures as well: `文/张三`, `文 本报记者 张三`, `作者：张三`.
fn labelled(text: &str) -> Option<(People, bool)> {
    if let Some(named) = word::strip_any(text, &["文 ", "撰文 ", "采写 ", "作者 ", "整理 "])
    {
        let people = people::parse(named)?;
        let sure = people.has_title || people.names.iter().all(|n| people::starts_with_surname(n));
        return sure.then_some((people, false));
    }
    let label = LABELS.iter().find(|l| word::strip(text, l).is_some())?;
    let rest = word::strip(text, label)?;
    let set_off = word::strip_any(rest.trim_start(), &[":", "/", "|"]);
    let complete = label.ends_with(['/', ':', '|']) || *label == "文/图";
    let named = if complete {
        set_off.unwrap_or(rest)
    } else {
        set_off?
    };
    Some((people::parse(named)?, label.contains('图')))
}

fn without_suffix(text: &str) -> (&str, bool) {
    const WITH_PICTURES: &[&str] = &[
        "文/摄",
        "文/图",
        "文并摄",
        "图/文",
        "摄影报道",
        "摄影报导",
        "文图",
    ];
    const WORDS_ONLY: &[&str] = &["报道", "报导", "/文", "采写", "整理"];
    if let Some(rest) = word::strip_any_end(text, WITH_PICTURES) {
        let rest = rest.trim_end_matches(|c: char| c.is_whitespace() || word::simplified(c) == '/');
        return (rest, true);
    }
    let rest = word::strip_any_end(text, WORDS_ONLY).unwrap_or(text);
    (rest.trim_end(), false)
}

/// The byline in the text behind `By`: names, then an agency, a post or a place.
fn latin(names: &str) -> Option<Byline> {
    let plain = glyph::with_plain_spaces(names);
    let names = plain.as_str();
    if let Some(agency) = agency_alone(names) {
        return Some(Byline::of(People {
            agency: Some(agency.to_owned()),
            ..People::default()
        }));
    }
    let (names, bracketed) = match glyph::last_bracket(names) {
        Some((open, inner)) => (names[..open].trim_end(), Some(inner)),
        None => (names, None),
    };
    let (names, behind) = BEHIND_NAME
        .iter()
        .filter_map(|b| names.split_once(b))
        .min_by_key(|(before, _)| before.len())
        .map_or((names, None), |(before, behind)| (before, Some(behind)));
    let mut parts: Vec<&str> = names.split(',').map(str::trim).collect();
    let mut remarks: Vec<&str> = behind.into_iter().chain(bracketed).collect();
    let mut senders = Vec::new();
    while parts.len() > 1 {
        let Some(last) = parts.last().copied() else {
            break;
        };
        if let Some(named) = agency_alone(last) {
            senders.insert(0, named);
        } else if is_post(last) || !last.contains([' ', '.']) {
            remarks.insert(0, last);
        } else {
            break;
        }
        parts.pop();
    }
    let mut people = people::parse(&parts.join(","))?;
    if people.names.iter().any(|n| n.split(' ').count() < 2) && people.names.len() > 1 {
        return None;
    }
    let (agencies, remarks): (Vec<&str>, Vec<&str>) =
        remarks.into_iter().partition(|s| agency_alone(s).is_some());
    let behind = agencies.iter().filter_map(|a| agency_alone(a));
    for named in senders.into_iter().chain(behind) {
        people.add_agency(named);
    }
    people
        .other_words
        .extend(remarks.into_iter().map(str::to_owned));
    Some(Byline::of(people))
}

/// `AFP`, `l'AFP`, `the Associated Press`.
fn agency_alone(text: &str) -> Option<&str> {
    let text = text.trim();
    let bare = word::strip_any_caseless(text, &["l'", "l’", "the ", "avec "]).unwrap_or(text);
    agency::whole(text).or_else(|| agency::whole(bare))
}

/// `Staff Writer`, `Political Correspondent`, `Associated Press writer`.
fn is_post(text: &str) -> bool {
    const POSTS: &[&str] = &[
        "staff",
        "writer",
        "reporter",
        "correspondent",
        "editor",
        "columnist",
        "special to",
        "freelance",
        "contributor",
        "associated press",
        "bureau",
        "envoyé",
        "correspondant",
        "korrespondent",
        "corresponsal",
        "redactor",
        "the ",
    ];
    let small = text.to_lowercase();
    POSTS.iter().any(|p| small.contains(p))
}

/// `كتب: محمد أحمد`, `كتبت سارة علي`, `تقرير: …`.
fn arabic(text: &str) -> Option<Byline> {
    let bare = text.trim_end_matches([':', '.']).trim_end();
    let by = ARABIC_BY.iter().find_map(|b| {
        bare.strip_prefix(b)
            .filter(|rest| rest.starts_with([':', ' ', '\u{A0}', '/', '-']))
    });
    let label = || {
        ARABIC_LABELS
            .iter()
            .find_map(|l| bare.strip_prefix(l)?.trim_start().strip_prefix([':', '/']))
    };
    let named = by.or_else(label)?;
    let named = named
        .trim()
        .trim_start_matches([':', '/', '-', '–'])
        .trim_start();
    let (names, remark) = named
        .split_once([':', '–'])
        .or_else(|| named.split_once(" - "))
        .map_or((named, None), |(names, remark)| {
            (names, Some(remark.trim()))
        });
    let mut people = people::parse(names)?;
    let full = |n: &String| (2..=5).contains(&n.split(' ').count());
    if !people.names.iter().all(full) {
        return None;
    }
    people.other_words.extend(remark.map(str::to_owned));
    Some(Byline::of(people))
}

/// `홍길동 기자`, `런던=홍길동 특파원 hong@paper.example`, at the head of a text or alone.
fn korean(text: &str) -> Option<(Byline, &str)> {
    let (at, office) = KOREAN_OFFICES
        .iter()
        .filter_map(|o| Some((text.find(o)?, *o)))
        .min()?;
    let names = text[..at].trim_end();
    if names.is_empty()
        || names.chars().count() > 24
        || names.contains(['.', '[', '('])
        || names.contains("사진")
    {
        return None;
    }
    let (place, names) = names
        .split_once('=')
        .map_or((None, names), |(p, n)| (Some(p), n));
    let mut people = people::parse(names.trim())?;
    let hangul = |n: &String| {
        (2..=4).contains(&n.chars().count()) && n.chars().all(|c| ('가'..='힣').contains(&c))
    };
    if !people.names.iter().all(hangul) {
        return None;
    }
    people.has_title = true;
    people.other_words.extend(place.map(str::to_owned));
    let rest = text[at + office.len()..].trim_start();
    let rest = rest.strip_prefix('=').unwrap_or(rest).trim_start();
    Some((Byline::of(people), rest))
}

fn korean_line(text: &str) -> Option<Byline> {
    let (mut byline, rest) = korean(text)?;
    let address = rest.contains('@') && !rest.contains(' ');
    if address {
        byline.people.other_words.push(rest.to_owned());
    }
    (rest.is_empty() || address).then_some(byline)
}
