//! Writes text of a page as Markdown that renders to the same characters (CommonMark, and GFM's strike-through).
//!
//! Every block is one line of Markdown, so what needs a second line to become markup (tables, setext headings) cannot
//! arise and is not escaped.

/// One paragraph as one line of Markdown.
pub(super) fn paragraph(text: &str) -> String {
    let inline = inline(text);
    match block_mark(text) {
        Some(at) if !inline[at..].starts_with('\\') => {
            format!("{}\\{}", &inline[..at], &inline[at..])
        }
        _ => inline,
    }
}

/// A part heading. A closing run of `#` would be dropped by a renderer, so it is escaped.
pub(super) fn heading(text: &str) -> String {
    let line = inline(text);
    let stem = line.trim_end_matches('#');
    if stem.len() < line.len() && (stem.is_empty() || stem.ends_with([' ', '\t'])) {
        return format!("## {stem}\\{}", &line[stem.len()..]);
    }
    format!("## {line}")
}

/// Where the mark stands that would make a list, quotation, heading, rule, fence or front matter of the line. What
/// stands before it is digits only, which no escape lengthens, so the offset holds in the escaped line too.
fn block_mark(text: &str) -> Option<usize> {
    let ends_mark = |rest: &str| rest.is_empty() || rest.starts_with([' ', '\t']);
    let first = text.chars().next()?;
    match first {
        '>' => Some(0),
        '#' => {
            let rest = text.trim_start_matches('#');
            (text.len() - rest.len() <= 6 && ends_mark(rest)).then_some(0)
        }
        '-' | '+' | '*' | '_' | '~' | '`' => {
            let alone = text.chars().all(|c| c == first || c == ' ' || c == '\t');
            let fence =
                text.starts_with("~~~") || text.starts_with("```") || text.starts_with("+++");
            (ends_mark(&text[1..]) || alone || fence).then_some(0)
        }
        '0'..='9' => {
            let rest = text.trim_start_matches(|c: char| c.is_ascii_digit());
            let digits = text.len() - rest.len();
            (digits <= 9 && rest.starts_with(['.', ')']) && ends_mark(&rest[1..])).then_some(digits)
        }
        _ => None,
    }
}

fn inline(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut before = None;
    for (at, c) in text.char_indices() {
        if needs_escape(text, at, c, before) {
            out.push('\\');
        }
        out.push(c);
        before = Some(c);
    }
    out
}

fn needs_escape(text: &str, at: usize, c: char, before: Option<char>) -> bool {
    let after = &text[at + c.len_utf8()..];
    let next = after.chars().next();
    match c {
        '[' => true,
        // A single one has no partner and stays a character.
        '`' | '~' => has_second(text, c),
        '*' | '_' => {
            let blank = |c: Option<char>| c.is_none_or(char::is_whitespace);
            let letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
            let floats = blank(before) && blank(next);
            let within_word = c == '_' && letter(before) && letter(next);
            has_second(text, c) && !floats && !within_word
        }
        '\\' => next.is_some_and(|n| n.is_ascii_punctuation()),
        '<' => next.is_some_and(|n| n.is_ascii_alphabetic() || matches!(n, '/' | '!' | '?')),
        '&' => opens_entity(after),
        _ => false,
    }
}

fn has_second(text: &str, c: char) -> bool {
    text.matches(c).nth(1).is_some()
}

fn opens_entity(after: &str) -> bool {
    let name = after.strip_prefix('#').unwrap_or(after);
    let rest = name.trim_start_matches(|c: char| c.is_ascii_alphanumeric());
    rest.len() < name.len() && rest.starts_with(';')
}
