//! The agencies by name, in every script, as datelines, bylines and credits have them.

use super::word;

/// Names that are an agency wherever they stand.
const AGENCIES: &[&str] = &[
    "新华社",
    "新华网",
    "中新社",
    "中国新闻社",
    "中新网",
    "人民网",
    "人民视觉",
    "视觉中国",
    "影像中国",
    "东方IC",
    "法新社",
    "美联社",
    "路透社",
    "塔斯社",
    "共同社",
    "共同通信社",
    "时事通信社",
    "朝中社",
    "韩联社",
    "德新社",
    "埃菲社",
    "彭博社",
    "欧新社",
    "中央社",
    "香港中通社",
    "中通社",
    "中评社",
    "俄新社",
    "安莎社",
    "今日俄罗斯",
    "达志影像",
    "ロイター",
    "ゲッティ",
    "ブルームバーグ",
    "タス通信",
    "联合ニュース",
    "AFP时事",
    "ロイター时事",
    "Xinhua",
    "Reuters",
    "REUTERS",
    "AFP",
    "Agence France-Presse",
    "AP",
    "The Associated Press",
    "Associated Press",
    "ASSOCIATED PRESS",
    "DPA",
    "dpa",
    "EFE",
    "TASS",
    "Kyodo",
    "Kyodo News",
    "Jiji",
    "ANSA",
    "Belga",
    "Lusa",
    "PA Media",
    "PA Wire",
    "AAP",
    "The Canadian Press",
    "Canadian Press",
    "Bloomberg",
    "Bloomberg News",
    "Yonhap",
    "UPI",
    "Getty Images",
    "GETTY IMAGES",
    "Getty",
    "EPA-EFE",
    "EPA",
    "Sipa",
    "SIPA",
    "Abaca",
    "Imago",
    "IMAGO",
    "picture alliance",
    "Shutterstock",
    "Alamy",
    "Keystone-ATS",
    "Keystone",
    "Anadolu",
    "Anadolu Agency",
    "MaxPPP",
    "Maxppp",
    "Hans Lucas",
    "Bestimage",
    "Europa Press",
    "ZUMA Press",
    "Magnum",
    "NurPhoto",
    "VCG",
    "رويترز",
    "أ ف ب",
    "أ.ف.ب",
    "ا ف ب",
    "فرانس برس",
    "وكالة فرانس برس",
    "أ ب",
    "أ.ب",
    "أسوشيتد برس",
    "د ب أ",
    "د.ب.أ",
    "الأناضول",
    "شينخوا",
    "واس",
    "وام",
    "كونا",
    "قنا",
    "بترا",
    "سانا",
    "وكالات",
    "أ ش أ",
    "연합뉴스",
    "뉴시스",
    "뉴스1",
    "로이터",
    "게티이미지",
];

/// Short forms, which are ordinary words or parts of them elsewhere.
const SHORT: &[&str] = &[
    "共同", "时事", "路透", "法新", "美联", "彭博", "新华", "中新",
];

/// What may stand behind the name of an agency that issues a picture.
const PICTURE_WORDS: &[&str] = &[
    "资料图片",
    "资料照片",
    "档案照片",
    "档案图片",
    "图片",
    "照片",
    "供图",
    "提供",
    "photos",
    "photo",
    "发",
];

/// The agency with which a text begins, and what follows.
pub(super) fn at_start(text: &str) -> Option<(&str, &str)> {
    longest(text, AGENCIES)
}

fn longest<'t>(text: &'t str, names: &[&str]) -> Option<(&'t str, &'t str)> {
    let first = word::plain(text.chars().next()?);
    let rest = names
        .iter()
        .filter(|name| name.starts_with(first))
        .filter_map(|name| word::strip(text, name).filter(|rest| is_whole_word(name, rest)))
        .min_by_key(|rest| rest.len())?;
    Some((&text[..text.len() - rest.len()], rest))
}

/// `AP` is no part of `APEC`.
fn is_whole_word(name: &str, rest: &str) -> bool {
    let spaced = |c: char| c.is_alphanumeric() && !super::glyph::is_wide(c);
    !(name.ends_with(spaced) && rest.starts_with(spaced))
}

/// The text, where it is one agency or several and nothing else: `Reuters`, `AFP via Getty Images`, `ロイター＝共同`.
pub(super) fn whole(text: &str) -> Option<&str> {
    let text = text.trim();
    let mut rest = text;
    loop {
        let (_, behind) = at_start(rest).or_else(|| longest(rest, SHORT))?;
        rest = behind.trim_start();
        if rest.is_empty() {
            return Some(text);
        }
        rest = word::strip_any(rest, &["via ", "and ", "/", "=", "-", "、", ","])?.trim_start();
    }
}

/// An agency, with or without words such as `图片` or `Photo` behind it: the name alone.
pub(super) fn of_picture(text: &str) -> Option<&str> {
    let text = text.trim();
    whole(text).or_else(|| {
        let words = PICTURE_WORDS.iter().find_map(|w| {
            let at = text.char_indices().rev().nth(w.chars().count() - 1)?.0;
            let (name, said) = text.split_at(at);
            (word::strip_caseless(said, w) == Some("")).then_some(name)
        })?;
        whole(words)
    })
}

/// The agency with which a text ends, behind a place: `ロンドン共同`.
pub(super) fn behind_place(text: &str) -> Option<(&str, &str)> {
    text.char_indices()
        .skip(1)
        .find_map(|(at, _)| Some((text[..at].trim_end(), whole(&text[at..])?)))
}

/// The same agency under two names.
pub(super) fn same(one: &str, other: &str) -> bool {
    const NAMES: &[&[&str]] = &[
        &[
            "AP",
            "Associated Press",
            "The Associated Press",
            "ASSOCIATED PRESS",
            "美联社",
        ],
        &["AFP", "Agence France-Presse", "法新社"],
        &["Reuters", "REUTERS", "路透社", "路透", "ロイター"],
        &["dpa", "DPA", "德新社"],
        &["Xinhua", "新华社", "新华"],
        &["Kyodo", "Kyodo News", "共同社", "共同", "共同通信社"],
        &["EFE", "埃菲社"],
        &["أ ف ب", "أ.ف.ب", "ا ف ب", "فرانس برس", "وكالة فرانس برس"],
        &["时事", "时事通信社", "Jiji"],
    ];
    NAMES
        .iter()
        .any(|names| word::is_any(one, names) && word::is_any(other, names))
}
