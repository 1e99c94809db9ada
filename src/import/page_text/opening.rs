//! Beginnings and ends of lines which show that a line is not one half of a broken paragraph.

use super::{agency, byline, day, embedded_lead, glyph, office, people, word};

/// Words that stand at the beginning of sentences, and hardly ever within one.
const FRESH_WORDS: &[&str] = &[
    "据介绍",
    "据悉",
    "据了解",
    "此外",
    "另外",
    "另据",
    "近日",
    "日前",
];

/// Whether a text opens something new whatever stands above it: with a rubric, a bullet, a bracket with an office or
/// agency, or a numbered point.
pub(super) fn is_fresh(text: &str) -> bool {
    const MARKS: &[char] = &[
        '【', '〔', '［', '◆', '◇', '●', '○', '■', '□', '▲', '△', '▼', '▽', '★', '☆', '※', '◎',
        '•', '▶', '◀', '①', '②', '③', '④', '⑤', '⑥', '⑦', '⑧', '⑨',
    ];
    text.starts_with(MARKS)
        || text.starts_with("——")
        || text.starts_with("--")
        || is_numbered(text)
        || word::starts_with_any(text, FRESH_WORDS)
        || names_an_office(text)
        || (glyph::has_cjk(text) && embedded_lead::head(text).is_some())
}

/// Whether a text begins with the number of a point: `一、…`, `（二）…`.
fn is_numbered(text: &str) -> bool {
    let bare = text.trim_start_matches(['（', '(']);
    let rest = bare.trim_start_matches(|c: char| "一二三四五六七八九十".contains(c));
    rest.len() < bare.len()
        && rest.starts_with(if bare.len() < text.len() {
            &['）', ')'][..]
        } else {
            &['、'][..]
        })
}

fn names_an_office(text: &str) -> bool {
    let Some((inner, _)) = glyph::leading_bracket(text) else {
        return false;
    };
    let wired = glyph::has_cjk(inner) && word::strip_any_end(inner, &["电", "讯"]).is_some();
    office::find(inner).is_some() || agency::at_start(inner).is_some() || wired
}

/// Whether a line ends in a credit, a date or a bare name: it is never the upper half of a paragraph.
pub(super) fn is_ended(text: &str) -> bool {
    let last_word = text.split_whitespace().next_back().unwrap_or_default();
    let signed = last_word.len() < text.len() && people::is_bare_name(last_word);
    signed
        || byline::ends_with_bare_name(text)
        || day::ends_with_date(text)
        || word::strip_any_end(text, &["摄", "撮影", "供图"]).is_some()
        || glyph::last_bracket(text).is_some_and(|(_, inner)| {
            people::is_bare_name(inner)
                || office::find(inner).is_some()
                || agency::of_picture(inner).is_some()
        })
}
