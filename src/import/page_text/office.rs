//! The offices of those who write and photograph (`记者`, `特派員`, `기자`), with the paper, agency and post before them.

use super::{agency, glyph, word};

/// The paper's own people: a byline, but no source.
pub(super) const OWN: &[&str] = &["本报", "本刊", "本网", "本台", "本社", "本版"];

const OFFICES: &[&str] = &[
    "全媒体记者",
    "融媒体记者",
    "首席记者",
    "特约记者",
    "特派记者",
    "驻站记者",
    "摄影记者",
    "文字记者",
    "图片记者",
    "见习记者",
    "实习记者",
    "实习生",
    "特约通讯员",
    "特约摄影",
    "特约撰稿人",
    "特约评论员",
    "特派员",
    "通讯员",
    "评论员",
    "编译",
    "记者",
];

/// Words that follow an office where it names no person: genres, and verbs of a sentence.
const NO_NAMES: &[&str] = &[
    "手记", "调查", "观察", "关注", "连线", "强调", "金句", "走访", "札记", "视点", "直击", "体验",
    "点评", "述评", "快评", "来信", "感言", "探访", "暗访", "蹲点", "日记", "在", "专访", "帮",
    "提问", "问", "招待", "协会", "之", "行动", "跑腿", "亲历", "说", "文章", "队伍", "培训",
    "注意", "了解", "获", "看到", "发现", "眼", "笔记", "见闻", "节", "证", "会", "从", "走",
    "采访", "团", "站", "部", "们", "昨", "今", "当", "随", "来到", "登", "综", "独家", "追踪",
];

/// Maximum length of a paper's name, a place or a department before an office, in characters.
const LONGEST_PREFIX_CHARACTERS: usize = 12;

/// An office in a text, with the text before it, the sender of the journalist, and the text behind it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Office<'t> {
    /// The text before the office and its sender; it may contain other names.
    pub before: &'t str,
    pub agency: Option<&'t str>,
    /// Another paper's name or a post, word for word.
    pub paper_or_post: Option<&'t str>,
    /// Whether the paper, an agency or a post stands before the office.
    pub has_sender: bool,
    pub following: &'t str,
}

/// The first office that a text names.
pub(super) fn find(text: &str) -> Option<Office<'_>> {
    let (at, rest) = text.char_indices().find_map(|(at, c)| {
        let may = matches!(
            word::simplified(c),
            '全' | '融'
                | '首'
                | '特'
                | '驻'
                | '摄'
                | '文'
                | '图'
                | '见'
                | '实'
                | '通'
                | '评'
                | '编'
                | '记'
        );
        Some((at, may.then(|| word::strip_any(&text[at..], OFFICES))??))
    })?;
    let lead = text[..at].trim_end();
    let cut = lead
        .char_indices()
        .rev()
        .find(|(_, c)| is_separator(*c))
        .map_or(0, |(at, c)| at + c.len_utf8());
    let prefix = &lead[cut..];
    let (before, kind) = match prefix_kind(prefix) {
        Some(kind) => (&lead[..cut], kind),
        None => (lead, (None, None)),
    };
    Some(Office {
        before,
        agency: kind.0,
        paper_or_post: kind.1,
        has_sender: !prefix.is_empty() && before.len() < lead.len(),
        following: rest,
    })
}

/// The agency in the word before an office, and the rest of that word, a paper's name or a post; `None` where it is no
/// such word.
fn prefix_kind(prefix: &str) -> Option<(Option<&str>, Option<&str>)> {
    if prefix.is_empty() {
        return Some((None, None));
    }
    let short = prefix.chars().count() <= LONGEST_PREFIX_CHARACTERS;
    let named = agency::at_start(prefix);
    let rest = named
        .map(|(_, rest)| rest)
        .or_else(|| word::strip_any(prefix, OWN))
        .unwrap_or(prefix);
    let is_recognized = rest.len() < prefix.len();
    let agency = named.map(|(name, _)| name);
    if rest.is_empty() {
        return Some((agency, None));
    }
    let han = rest.chars().all(|c| glyph::is_han(c) || glyph::is_kana(c));
    let posted = word::strip(rest, "驻").is_some();
    let department =
        is_recognized && word::strip_any_end(rest, &["部", "组", "室", "中心", "分社"]).is_some();
    let paper = word::strip_any_end(
        rest,
        &["报", "社", "网", "台", "刊", "新闻", "电视", "在线"],
    );
    let paper = paper.is_some_and(|name| !name.is_empty());
    (han && short && (posted || department || paper)).then_some((agency, Some(rest)))
}

pub(super) fn is_separator(c: char) -> bool {
    c.is_whitespace()
        || matches!(
            word::simplified(c),
            '、' | '،' | ',' | '/' | ':' | '=' | '|'
        )
}

/// Whether the text behind an office begins with a genre or the verb of a sentence, and so names no person.
pub(super) fn names_no_person(text: &str) -> bool {
    word::starts_with_any(text, NO_NAMES)
}

/// Whether a text is the name of a desk that signs articles: `国际新闻中心`.
pub(super) fn is_desk(text: &str) -> bool {
    let short = text.chars().count() <= 10 && text.chars().all(glyph::is_han);
    short && word::strip_any_end(text, &["中心", "部", "组", "编辑室"]).is_some()
}
