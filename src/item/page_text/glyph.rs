//! What a single character tells about the typography of a page: its width, its script, whether it ends a sentence.

/// Columns that a line takes, a Han character or full-width mark counting two.
pub(super) fn width(text: &str) -> usize {
    text.chars().map(|c| if is_wide(c) { 2 } else { 1 }).sum()
}

pub(super) fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}' | '〇')
}

/// Han, kana and the marks set with them, which stand without spaces between words. Hangul does not count: Korean has
/// spaces, and its broken lines need one.
pub(super) fn is_wide(c: char) -> bool {
    is_han(c)
        || matches!(c, '\u{3000}'..='\u{30FF}' | '\u{FE30}'..='\u{FE4F}' | '\u{FF00}'..='\u{FFEF}')
        || is_shared_quote(c)
}

/// Quotation marks, dash and ellipsis share their code points with Latin text; in Han text they are full-width.
fn is_shared_quote(c: char) -> bool {
    matches!(c, '“' | '”' | '‘' | '’' | '…' | '—' | '·')
}

pub(super) fn has_han(text: &str) -> bool {
    text.chars().any(is_han)
}

/// The text without the quotation marks and brackets that may close behind a sentence.
fn without_closers(text: &str) -> &str {
    text.trim_end_matches(|c: char| {
        c.is_whitespace()
            || matches!(
                c,
                '”' | '’' | '"' | '\'' | '」' | '』' | '》' | ')' | '）' | ']' | '】'
            )
    })
}

/// Where the sentence ends: before the closing marks, and before a remark in brackets that stands behind its stop.
fn sentence(text: &str) -> &str {
    let text = text.trim_end();
    let before = text
        .strip_suffix(['）', ')'])
        .and_then(|t| Some(without_closers(&t[..t.rfind(['（', '('])?])));
    match before {
        Some(before) if before.ends_with(['。', '！', '？', '…', '.', '!', '?']) => before,
        _ => without_closers(text),
    }
}

/// Ends as a statement does: a full stop.
pub(super) fn ends_with_full_stop(text: &str) -> bool {
    let stem = sentence(text);
    stem.ends_with(['。', '．', '｡']) || (stem.ends_with('.') && !stem.ends_with(".."))
}

/// Ends in a mark that a headline may carry too.
pub(super) fn ends_with_call(text: &str) -> bool {
    let stem = sentence(text);
    stem.ends_with(['！', '？', '!', '?', '…']) || stem.ends_with("..")
}

/// Ends in any mark after which a paragraph may end.
pub(super) fn is_closed(text: &str) -> bool {
    ends_with_full_stop(text)
        || ends_with_call(text)
        || sentence(text).ends_with(['；', ';', '：', ':'])
}

/// Full stops and calls inside the text, before its very end.
pub(super) fn stops_inside(text: &str) -> usize {
    let stem = sentence(text);
    let chars: Vec<char> = stem.chars().collect();
    let Some(last) = chars.len().checked_sub(1) else {
        return 0;
    };
    (0..last)
        .filter(|&i| match chars[i] {
            '。' | '！' | '？' | '；' => true,
            '.' | '!' | '?' => {
                chars[i + 1].is_whitespace()
                    && i > 0
                    && chars[i - 1].is_lowercase()
                    && !is_abbreviation(&chars[..i])
            }
            _ => false,
        })
        .count()
}

/// `Feb.` and `Mr.` stop nothing.
fn is_abbreviation(before: &[char]) -> bool {
    let word: Vec<char> = before
        .iter()
        .rev()
        .take_while(|c| c.is_alphabetic())
        .copied()
        .collect();
    word.len() <= 4 && word.last().is_some_and(|c| c.is_uppercase())
}

pub(super) fn commas(text: &str) -> usize {
    text.chars().filter(|c| matches!(c, '，' | ',')).count()
}

/// Ends where a sentence cannot: at a comma or an opening mark.
pub(super) fn breaks_off(text: &str) -> bool {
    text.ends_with(['，', ',', '、', '（', '(', '“', '‘', '《', '「'])
}

pub(super) fn has_word(text: &str) -> bool {
    text.chars().any(char::is_alphanumeric)
}

/// Removes one pair of brackets that encloses the whole text.
pub(super) fn unbracketed(text: &str) -> &str {
    const PAIRS: [(char, char); 5] = [
        ('（', '）'),
        ('(', ')'),
        ('【', '】'),
        ('[', ']'),
        ('〔', '〕'),
    ];
    let text = text.trim();
    PAIRS
        .iter()
        .find_map(|&(open, close)| {
            let inner = text.strip_prefix(open)?.strip_suffix(close)?;
            (!inner.contains([open, close])).then(|| inner.trim())
        })
        .unwrap_or(text)
}
