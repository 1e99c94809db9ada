//! The typographic properties of characters and texts: width, script, brackets, and marks that end a sentence.

/// Columns that a line takes, a Han character or full-width mark counting two.
pub(super) fn width(text: &str) -> usize {
    text.chars().map(|c| if is_wide(c) { 2 } else { 1 }).sum()
}

pub(super) fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}' | '〇' | '々')
}

pub(super) fn is_kana(c: char) -> bool {
    matches!(c, '\u{3041}'..='\u{3096}' | '\u{30A1}'..='\u{30FA}' | 'ー' | '\u{FF66}'..='\u{FF9F}')
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

/// Whether a text has characters of a script without spaces between the words.
pub(super) fn has_cjk(text: &str) -> bool {
    text.chars().any(|c| is_han(c) || is_kana(c))
}

/// The text with plain spaces for no-break ones, which are the typesetter's, and no part of a name or place.
pub(super) fn with_plain_spaces(text: &str) -> String {
    text.replace(['\u{A0}', '\u{2007}', '\u{202F}'], " ")
}

/// The text without the quotation marks and brackets that may close behind a sentence.
fn without_closers(text: &str) -> &str {
    text.trim_end_matches(|c: char| {
        c.is_whitespace()
            || matches!(
                c,
                '”' | '’'
                    | '"'
                    | '\''
                    | '」'
                    | '』'
                    | '》'
                    | ')'
                    | '）'
                    | ']'
                    | '】'
                    | '〕'
                    | '］'
                    | '»'
                    | '\u{200E}'
                    | '\u{200F}'
            )
    })
}

/// The text up to the end of its last sentence: without closing marks, and without a remark in brackets behind its
/// stop.
fn sentence(text: &str) -> &str {
    let text = text.trim_end();
    let before = last_bracket(text).map(|(open, _)| without_closers(&text[..open]));
    match before {
        Some(before) if before.ends_with(['。', '！', '？', '…', '.', '!', '?', '؟', '۔']) => {
            before
        }
        _ => without_closers(text),
    }
}

/// Whether a text ends as a statement does, with a full stop.
pub(super) fn ends_with_full_stop(text: &str) -> bool {
    let stem = sentence(text);
    stem.ends_with(['。', '．', '｡', '۔']) || (stem.ends_with('.') && !stem.ends_with(".."))
}

/// Whether a text ends in a mark that a headline may have too, such as `！` or `？`.
pub(super) fn ends_with_call(text: &str) -> bool {
    let stem = sentence(text);
    stem.ends_with(['！', '？', '!', '?', '…', '؟']) || stem.ends_with("..")
}

/// Whether a text ends in any mark after which a paragraph may end.
pub(super) fn is_closed(text: &str) -> bool {
    ends_with_full_stop(text)
        || ends_with_call(text)
        || sentence(text).ends_with(['；', ';', '：', ':', '؛'])
}

/// The number of marks that end a sentence inside the text, before its very end.
pub(super) fn stops_inside(text: &str) -> usize {
    let stem = sentence(text);
    let chars: Vec<char> = stem.chars().collect();
    let Some(last) = chars.len().checked_sub(1) else {
        return 0;
    };
    (0..last)
        .filter(|&i| match chars[i] {
            '。' | '！' | '？' | '；' | '؟' | '۔' => true,
            '.' | '!' | '?' => {
                chars[i + 1].is_whitespace()
                    && i > 0
                    && (chars[i - 1].is_lowercase() || has_no_case(chars[i - 1]))
                    && !is_abbreviation(&chars[..i])
            }
            _ => false,
        })
        .count()
}

/// Whether it is a letter of Arabic, Hangul or another script without capitals.
fn has_no_case(c: char) -> bool {
    c.is_alphabetic() && !c.is_lowercase() && !c.is_uppercase()
}

/// Whether the word before a stop is an abbreviation: `Feb.` and `Mr.` end no sentence.
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
    text.chars()
        .filter(|c| matches!(c, '，' | ',' | '،'))
        .count()
}

/// Whether a text ends where a sentence cannot: at a comma or an opening mark.
pub(super) fn breaks_off(text: &str) -> bool {
    text.ends_with([
        '，', ',', '、', '،', '（', '(', '“', '‘', '《', '「', '『', '〈', '〔', '«',
    ])
}

pub(super) fn has_word(text: &str) -> bool {
    text.chars().any(char::is_alphanumeric)
}

const BRACKETS: [(char, char); 8] = [
    ('（', '）'),
    ('(', ')'),
    ('【', '】'),
    ('[', ']'),
    ('〔', '〕'),
    ('［', '］'),
    ('＜', '＞'),
    ('〈', '〉'),
];

/// Maximum length of a bracket at the beginning of a text, in bytes: it contains at most a line.
const LONGEST_BRACKET_BYTES: usize = 240;

/// Removes one pair of brackets that encloses the whole text.
pub(super) fn unbracketed(text: &str) -> &str {
    let text = text.trim();
    BRACKETS
        .iter()
        .find_map(|&(open, close)| {
            let inner = text.strip_prefix(open)?.strip_suffix(close)?;
            (!inner.contains([open, close])).then(|| inner.trim())
        })
        .unwrap_or(text)
}

/// The bracket with which a text begins: the text in it, and the text behind it.
pub(super) fn leading_bracket(text: &str) -> Option<(&str, &str)> {
    BRACKETS.iter().find_map(|&(open, close)| {
        let behind = text.strip_prefix(open)?;
        let at = behind
            .find(close)
            .filter(|at| *at <= LONGEST_BRACKET_BYTES)?;
        let inner = &behind[..at];
        let rest = &behind[at + close.len_utf8()..];
        (!inner.contains(open)).then(|| (inner.trim(), rest.trim_start()))
    })
}

/// The bracket with which a text ends: its offset, and the text in it.
pub(super) fn last_bracket(text: &str) -> Option<(usize, &str)> {
    BRACKETS.iter().find_map(|&(open, close)| {
        let stem = text.strip_suffix(close)?;
        let at = stem.rfind(open)?;
        let inner = &stem[at + open.len_utf8()..];
        (!inner.contains(close)).then(|| (at, inner.trim()))
    })
}

pub(super) fn is_opening(c: char) -> bool {
    BRACKETS.iter().any(|(open, _)| *open == c)
}

pub(super) fn is_closing(c: char) -> bool {
    BRACKETS.iter().any(|(_, close)| *close == c)
}
