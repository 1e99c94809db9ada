//! The maximum sizes of the fields of an item. With them every write stays small; a field over its limit is refused by
//! its name, before the item goes to the store's writer.

use super::{Article, Line};

/// Maximum length of a headline, a kicker, an address or a note to readers, in bytes: a Han character takes three.
pub const MAX_LINE_BYTES: usize = 2_000;

/// Maximum length of the name of a tag or a person, in bytes.
pub const MAX_NAME_BYTES: usize = 500;

/// Maximum length of a caption's text, an alternative text or a statement of rights, in bytes.
pub const MAX_STATEMENT_BYTES: usize = 5_000;

/// Maximum length of the desk's own remark, in bytes.
pub const MAX_NOTE_BYTES: usize = 100_000;

/// Maximum length of all texts of an article beside its body together, in bytes as they stand escaped in a feed: each entry
/// has them, also where it gives a summary in place of the body.
pub const MAX_BESIDE_BYTES: usize = 10_000;

/// Maximum number of tags, and of authors: each has a feed that is looked at with every write of the article.
pub const MAX_TAGS: usize = 100;
pub const MAX_AUTHORS: usize = 100;

/// Maximum number of captions: each is an item with rows of its own. The largest galleries have less than 200 pictures.
pub const MAX_CAPTIONS: usize = 300;

/// Maximum number of titled parts of an article: a law with all its paragraphs has some hundreds.
pub const MAX_PARTS: usize = 1_000;

/// Maximum number of texts in any other list.
pub const MAX_LISTED: usize = 1_000;

/// Maximum number of lines of a headline.
pub const MAX_HEADLINE_LINES: usize = 20;

/// Maximum number of bytes that escaping adds to a character.
const ESCAPE_BYTES: usize = 5;

/// Maximum length of the text of a key, in bytes.
pub(super) fn of_text(key: &str) -> usize {
    match key {
        "text" | "alt" | "copyright" | "usage_terms" | "rights" | "description" => {
            MAX_STATEMENT_BYTES
        }
        "tags" | "authors" | "credit" | "role" => MAX_NAME_BYTES,
        _ => MAX_LINE_BYTES,
    }
}

/// The length of a text as it stands escaped in a feed, in bytes.
pub fn escaped_bytes(text: &str) -> usize {
    let marks = text.bytes().filter(|byte| b"<>&\"'".contains(byte));
    text.len() + ESCAPE_BYTES * marks.count()
}

/// The keys of the texts that an article has beside its body.
pub const BESIDE: [&str; 11] = [
    "headline",
    "kicker",
    "deck",
    "dateline",
    "source",
    "rights",
    "public_note",
    "guid",
    "canonical",
    "authors",
    "tags",
];

/// The length of each text named in [`BESIDE`], in the same order, in bytes as it stands escaped.
pub fn beside(article: &Article) -> [usize; BESIDE.len()] {
    let one = |text: &Option<Line>| text.as_ref().map_or(0, |text| escaped_bytes(text));
    let all = |texts: &[Line]| texts.iter().map(|text| escaped_bytes(text)).sum();
    [
        escaped_bytes(&article.headline),
        one(&article.kicker),
        one(&article.deck),
        one(&article.dateline),
        one(&article.source),
        one(&article.rights),
        one(&article.public_note),
        one(&article.guid),
        one(&article.canonical),
        all(&article.authors),
        all(&article.tags),
    ]
}

/// The length of the texts of an article beside its body together, in bytes as they stand escaped.
pub fn beside_bytes(article: &Article) -> usize {
    beside(article).iter().sum()
}
