//! Slugs: the ASCII names of articles, sections, tags and people in addresses.

use pinyin::ToPinyin;

/// Maximum length of a slug that is made of a name, in bytes; a desk may give a longer one.
const MAX_MADE: usize = 60;

/// Whether `text` can stand in an address as it is.
pub fn is_slug(text: &str) -> bool {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_".contains(c);
    !text.is_empty()
        && text.len() <= 200
        && text.chars().all(inner)
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
}

/// A slug for `name`: pinyin for Han, the nearest ASCII for other scripts, hyphens between words.
pub fn slug(name: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    for c in name.chars() {
        if let Some(syllable) = c.to_pinyin() {
            words.push(std::mem::take(&mut word));
            words.push(reading(c).unwrap_or(syllable.plain()).replace('ü', "v"));
            continue;
        }
        for ascii in deunicode::deunicode_char(c).unwrap_or_default().chars() {
            if ascii.is_ascii_alphanumeric() {
                word.push(ascii.to_ascii_lowercase());
            } else if ascii != '\'' {
                words.push(std::mem::take(&mut word));
            }
        }
    }
    words.push(word);
    let mut made = String::new();
    for word in words.iter().filter(|word| !word.is_empty()) {
        if !made.is_empty() && made.len() + 1 + word.len() > MAX_MADE {
            break;
        }
        if !made.is_empty() {
            made.push('-');
        }
        made.push_str(word);
    }
    made.truncate(MAX_MADE);
    if made.is_empty() {
        "x".to_owned()
    } else {
        made
    }
}

/// The slug with a number that distinguishes it from `others` that would be the same: none for the first, 2 for the
/// second.
pub fn numbered(slug: &str, others: u64) -> String {
    match others {
        0 => slug.to_owned(),
        others => format!("{slug}-{}", others + 1),
    }
}

/// The reading of a character in names, where the first one of dictionaries is another: the slug of 长春 should be
/// chang-chun.
fn reading(c: char) -> Option<&'static str> {
    match c {
        '长' => Some("chang"),
        '厦' => Some("xia"),
        _ => None,
    }
}
