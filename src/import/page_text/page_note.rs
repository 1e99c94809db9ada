//! A note on all pictures of the page: `本版图片均由赵六摄`, `本版图片均资料来源`.

use super::{
    credit::{self, Credit},
    credit_name, credit_text, glyph, people, word,
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
    let credit = han(text).or_else(|| all_photos(text))?;
    Some(PageNote {
        text: text.to_owned(),
        as_set: tail.trim().to_owned(),
        credit,
    })
}

fn han(text: &str) -> Option<Credit> {
    let subject = word::strip_any(text, &["除署名外", "除标注外"])
        .unwrap_or(text)
        .trim_start_matches(['，', ',']);
    let page = word::strip_any(
        subject,
        &["本版", "本组", "本页", "本专题", "以上", "上述", "文中"],
    )?;
    let page = page.trim_start_matches(['的', '所', '有', '全', '部']);
    let rest = word::strip_any(page, &["图片", "照片", "摄影", "图文", "图"])?;
    if glyph::width(text) > LONGEST_NOTE_COLUMNS || glyph::stops_inside(text) > 0 {
        return None;
    }
    let by = rest.trim_start_matches([
        '均', '皆', '都', '全', '由', '为', '為', '系', ':', '：', ' ', '\u{3000}',
    ]);
    let named = credit_name::without_suffix(by).or_else(|| word::strip(page, "摄影").map(|_| by));
    let credit = named
        .and_then(|n| people::parse(n.trim()))
        .map(credit::from_people);
    Some(credit.unwrap_or_else(|| Credit::of_source(text)))
}

/// `All photos by Jane Doe`, `Toutes les photos : AFP`.
fn all_photos(text: &str) -> Option<Credit> {
    const SUBJECTS: &[&str] = &[
        "all photos",
        "all pictures",
        "all photographs",
        "all images",
        "toutes les photos",
        "alle fotos",
        "todas las fotos",
    ];
    let rest = word::strip_any_caseless(text, SUBJECTS)?.trim_start();
    let named = word::strip_any_caseless(rest, &["by ", "by: ", ":", "von ", "de "])?;
    if glyph::width(text) > LONGEST_NOTE_COLUMNS {
        return None;
    }
    credit_text::read(&format!("Photo: {}", named.trim().trim_end_matches('.')))
}
