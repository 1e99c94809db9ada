//! The forms of a credit that are built around a name: `摄影:孙 杰`, `孙杰/摄`, `山田太郎撮影`, `气象台提供`, `张三／新华社`.

use super::{
    agency,
    credit::{self, Credit},
    day, glyph, office,
    people::{self, People},
    word,
};

/// Maximum width of a source named in a credit.
const LONGEST_SOURCE_COLUMNS: usize = 48;
/// Maximum length of the name of a provider of pictures, in characters.
const LONGEST_GIVER_CHARACTERS: usize = 18;

const LABELS: &[&str] = &[
    "图片摄影",
    "摄影记者",
    "摄影",
    "拍摄",
    "撮影",
    "摄",
    "图片",
    "图",
    "照片",
    "写真",
];
const SOURCE_LABELS: &[&str] = &[
    "图片来源",
    "照片来源",
    "相片来源",
    "图片提供",
    "照片提供",
    "写真提供",
    "提供写真",
    "供图",
    "图源",
    "资料来源",
];
const SUFFIXES: &[&str] = &[
    "/拍摄",
    "/摄影",
    "/摄",
    "/图",
    "|摄",
    "|图",
    " 图",
    " 供图/摄",
    "撮影",
    "摄影",
    "拍摄",
    "摄",
];
const GIVEN: &[&str] = &["供图", "提供"];
/// Words of a sentence, which the name of a provider of pictures never contains.
const VERBS: &[&str] = &[
    "为", "向", "可", "将", "会", "已", "能", "所", "给", "由", "与", "并", "从", "对", "把", "让",
    "在", "是", "被", "了", "也", "都", "正", "就", "及时", "免费", "主动", "积极", "。", ",",
];

/// `摄影:孙 杰`, `图/张三`, `圖／記者李大華攝`, `图片来源：市档案馆`.
pub(super) fn labelled(text: &str) -> Option<Credit> {
    if let Some(rest) = word::strip_any(text, SOURCE_LABELS) {
        return source(mark(rest)?);
    }
    let label = LABELS.iter().find(|l| word::strip(text, l).is_some())?;
    let rest = word::strip(text, label)?;
    let spaced = rest.starts_with(char::is_whitespace) && label.starts_with(['摄', '拍', '撮']);
    let named = mark(rest)
        .or_else(|| {
            spaced
                .then_some(rest)
                .filter(|r| people::starts_with_surname(r.trim_start()))
        })?
        .trim();
    let pictures = label.starts_with(['图', '照', '写']);
    if let Some(name) = agency::of_picture(named) {
        return Some(Credit::of_source(name));
    }
    if let Some(found) = suffixed(named)
        .or_else(|| name_and_agency(named, true))
        .or_else(|| provided(named))
    {
        return Some(found);
    }
    people::parse(named)
        .filter(|p| !pictures || is_person(p))
        .map(credit::from_people)
        .or_else(|| pictures.then(|| source(named))?)
}

/// The text behind the mark (`:`, `/`, `|`, `=`) that follows a label; `None` where no mark follows.
fn mark(text: &str) -> Option<&str> {
    word::strip_any(text.trim_start(), &[":", "/", "|", "="])
}

fn is_person(people: &People) -> bool {
    let named = |n: &String| {
        people::starts_with_surname(n) || n.contains(['·', '・', '‧']) || !glyph::has_cjk(n)
    };
    people.has_title || people.names.iter().all(named)
}

pub(super) fn source(named: &str) -> Option<Credit> {
    let named = named.trim();
    let fits = !named.is_empty()
        && glyph::width(named) <= LONGEST_SOURCE_COLUMNS
        && glyph::stops_inside(named) == 0
        && glyph::commas(named) == 0
        && !named.contains(": ");
    fits.then(|| Credit::of_source(named))
}

pub(super) fn without_suffix(text: &str) -> Option<&str> {
    word::strip_any_end(text, SUFFIXES).map(str::trim_end)
}

/// `孙杰/摄`, `新华社记者 张三 摄`, `张三摄（影像中国）`, `山田太郎撮影`. Nothing but the last word marks these, so each
/// name has to begin with a surname unless an office stands before it.
pub(super) fn suffixed(text: &str) -> Option<Credit> {
    let text = text.trim();
    if let Some((open, inner)) = glyph::last_bracket(text).filter(|(open, _)| *open > 0) {
        let mut found = by_whom(text[..open].trim_end())?;
        found.source = Some(source_behind(inner, found.source.take())?);
        return Some(found);
    }
    by_whom(text).or_else(|| dated(text))
}

fn by_whom(text: &str) -> Option<Credit> {
    let named = without_suffix(text)?;
    if word::strip_end(text, "撮影").is_some()
        && let Some(names) = japanese(named)
    {
        return Some(Credit {
            photographer: Some(names),
            ..Credit::default()
        });
    }
    // `本報記者攝` names no person.
    let nameless = |o: office::Office<'_>| {
        o.has_sender && o.following.trim().is_empty() && o.before.trim().is_empty()
    };
    if office::find(named).is_some_and(nameless) {
        return source(named);
    }
    let people = people::parse(named)?;
    if people
        .names
        .iter()
        .any(|n| word::is_any(n, credit::FILE_PICTURES))
    {
        return None;
    }
    let drawn = word::strip_end(text, " 图").is_some();
    (is_person(&people) && (!drawn || people.has_title)).then(|| credit::from_people(people))
}

/// The picture's source in brackets behind the photographer.
fn source_behind(inner: &str, agency: Option<String>) -> Option<String> {
    let named =
        agency::whole(inner).map_or_else(|| source(inner)?.source, |n| Some(n.to_owned()))?;
    let issued = word::strip_end(&named, "发").map(str::to_owned);
    let named = issued
        .filter(|n| agency::whole(n).is_some())
        .unwrap_or(named);
    Some(match agency {
        Some(agency) if !named.starts_with(&agency) => format!("{agency}、{named}"),
        _ => named,
    })
}

/// `中央社記者王小明攝 115年11月24日`, `王小明摄于2026年3月1日`.
fn dated(text: &str) -> Option<Credit> {
    let (before, behind) = word::split(text, "摄")?;
    let behind = word::strip_any(behind, &["影", "于"])
        .unwrap_or(behind)
        .trim();
    if !day::is_date(behind) {
        return None;
    }
    let mut found = by_whom(&text[..before.len() + "摄".len()])?;
    found.other_words.push(behind.to_owned());
    Some(found)
}

/// One or several names of up to eight Han and kana, without the paper's own words before them.
fn japanese(text: &str) -> Option<String> {
    let text = word::strip_any(text, &["本社", "本紙"])
        .unwrap_or(text)
        .trim();
    let letter = |c: char| glyph::is_han(c) || glyph::is_kana(c);
    let name = |n: &str| {
        let n = n.trim();
        (2..=8).contains(&n.chars().count())
            && n.chars().all(letter)
            && glyph::has_han(n)
            && !n.ends_with([
                '市', '区', '町', '村', '県', '都', '府', '国', '駅', '時', '分', '頃', '港',
            ])
    };
    let plain = word::starts_with_any(text, &["记者", "本报"])
        || text.contains(['は', 'を', 'が', 'に', 'で', 'の', 'と']);
    (!plain && text.split(['、', '，']).all(name)).then(|| text.to_owned())
}

/// `图片由市委宣传部提供`, `市委宣传部供图`, `受訪者提供`.
pub(super) fn provided(text: &str) -> Option<Credit> {
    let giver = word::strip_any_end(text.trim(), GIVEN)?;
    let introduced = word::strip_any(giver, &["图片由", "照片由", "图由", "图/", "图:"]);
    let giver = introduced.unwrap_or(giver);
    let giver = giver.trim_matches(|c: char| c.is_whitespace() || word::simplified(c) == '/');
    let short = giver.chars().count() <= LONGEST_GIVER_CHARACTERS;
    let named = !VERBS.iter().any(|v| word::contains(giver, v))
        && !giver.contains(['は', 'を', 'が', 'に', 'で']);
    let one = giver
        .chars()
        .all(|c| c.is_alphanumeric() || word::simplified(c) == '·')
        || people::is_bare_name(giver);
    (short && named && one && glyph::has_cjk(giver)).then(|| source(giver))?
}

/// In brackets also `政府新聞處圖片`.
pub(super) fn pictures_of(text: &str) -> Option<Credit> {
    let giver = word::strip_any_end(text, &["图片", "照片"])?;
    let named =
        giver.chars().count() <= LONGEST_GIVER_CHARACTERS && giver.chars().all(glyph::is_han);
    (named && !VERBS.iter().any(|v| word::contains(giver, v))).then(|| source(giver))?
}

/// `Jane Doe/AP`, `AP Photo/Jane Doe`, `Xinhua/Zhang San`, `张三／新华社`; in brackets also `Jane Doe/The Herald`.
pub(super) fn name_and_agency(text: &str, bracketed: bool) -> Option<Credit> {
    let (left, right) = word::split_at_mark(text, &['/'])?;
    let (left, right) = (left.trim(), right.trim());
    if let Some(name) = agency::of_picture(left).filter(|_| !right.is_empty()) {
        return named_with(right, name);
    }
    if let Some(name) = agency::of_picture(right) {
        return named_with(left, name);
    }
    let full = |text: &str| text.split(' ').count() >= 2 && people::latin_name(text).is_some();
    let paper = bracketed && full(left) && glyph::width(right) <= LONGEST_SOURCE_COLUMNS;
    (paper && right.starts_with(char::is_uppercase)).then(|| named_with(left, right))?
}

fn named_with(name: &str, source: &str) -> Option<Credit> {
    let (name, remark) = match name.rsplit_once(',') {
        Some((name, remark)) if is_remark(remark) && people::latin_name(name.trim()).is_some() => {
            (name, Some(remark.trim()))
        }
        _ => (name, None),
    };
    let mut people = people::parse(name).filter(is_person)?;
    let sender = people.agency.replace(source.to_owned());
    if let Some(sender) = sender {
        people.add_agency(&sender);
    }
    let mut found = credit::from_people(people);
    found.other_words.extend(remark.map(str::to_owned));
    Some(found)
}

/// `File`, `Pool` behind a name.
fn is_remark(text: &str) -> bool {
    text.chars().count() <= 20 && text.chars().all(|c| c.is_alphabetic() || c == ' ')
}
