//! A note on all pictures of the page: `本版图片均由赵六摄`, `本版图片均资料来源`.

use super::{
    credit::{self, Credit},
    glyph, people,
};

/// A note on all pictures of the page (`本版图片…`), word for word, with what it names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PageNote {
    pub text: String,
    /// With the brackets around it.
    pub as_set: String,
    pub credit: Credit,
}

/// A note on the page is a remark; anything longer is text that happens to begin like one.
const LONGEST_NOTE_COLUMNS: usize = 60;

/// Reads a text that is nothing but such a note.
pub(super) fn read(tail: &str) -> Option<PageNote> {
    let text = glyph::unbracketed(tail.trim().trim_end_matches('。'));
    let subject = text
        .strip_prefix("除署名外")
        .or_else(|| text.strip_prefix("除标注外"))
        .unwrap_or(text)
        .trim_start_matches(['，', ',']);
    let page = ["本版", "本组", "本页", "本专题"]
        .iter()
        .find_map(|p| subject.strip_prefix(p))?;
    let page = page.trim_start_matches(['的', '所', '有', '全', '部']);
    let rest = ["图片", "照片", "摄影", "图文", "图"]
        .iter()
        .find_map(|p| page.strip_prefix(p))?;
    if glyph::width(text) > LONGEST_NOTE_COLUMNS || glyph::stops_inside(text) > 0 {
        return None;
    }
    let by = rest.trim_start_matches([
        '均', '皆', '都', '全', '由', '为', '系', ':', '：', ' ', '\u{3000}',
    ]);
    let named = credit::without_suffix(by).or_else(|| page.starts_with("摄影").then_some(by));
    let credit = named
        .and_then(|n| people::parse(n.trim()))
        .map(credit::from_people);
    let credit = credit.unwrap_or_else(|| Credit {
        source: Some(text.to_owned()),
        ..Credit::default()
    });
    Some(PageNote {
        text: text.to_owned(),
        as_set: tail.trim().to_owned(),
        credit,
    })
}
