//! The words of an older item: the texts that it has beside its main text, and the words that have no place in the
//! article.

use crate::import::feed_file::prose::Converted;
use crate::import::feed_file::{OlderItem, Prose, plain_text, prose};
use crate::item::alike::{letters, missing};
use crate::item::{Line, unshifted};

use super::pictures::Captions;

/// A summary of more characters is no deck.
const MAX_DECK_CHARS: usize = 400;

/// Texts of more bytes are not compared sentence by sentence.
const MAX_COMPARED_BYTES: usize = 64 * 1024;

/// Maximum number of characters of words without a place that are reported of one item.
const MAX_TOLD_CHARS: usize = 4000;

/// Texts that systems append to an excerpt.
const TAILS: &[&str] = &[
    "appeared first on",
    "continue reading",
    "read more",
    "read the full",
    "weiterlesen",
    "lire la suite",
    "seguir leyendo",
    "leer más",
    "阅读全文",
    "閱讀全文",
    "続きを読む",
];

/// The texts of an item beside its main text.
#[derive(Debug, Default)]
pub(super) struct SupplementaryTexts {
    pub(super) deck: Option<Line>,
    pub(super) left_out: Vec<String>,
    /// Texts that are no deck, as Markdown.
    pub(super) paragraphs: String,
}

/// The summaries and other texts of the item that have words which its main text, visible as `seen`, does not have: the
/// first short one is the deck, the others stand before the text.
pub(super) fn beside(item: &OlderItem, headline: &str, seen: &str) -> SupplementaryTexts {
    let mut beside = SupplementaryTexts::default();
    if item.summary.is_none() && item.more.is_empty() {
        return beside;
    }
    let summaries = item.summary.iter().map(|summary| plain_text(summary));
    let texts = summaries.chain(item.more.iter().map(words_of));
    let mut whole = letters(headline) + &letters(seen);
    for text in texts {
        let all = letters(&text);
        if whole.contains(&all) {
            continue;
        }
        let sentences = own_sentences(&text, &whole, &mut beside.left_out);
        if sentences.is_empty() {
            continue;
        }
        whole.push_str(&all);
        let is_short = text.chars().count() <= MAX_DECK_CHARS;
        match Line::parse(&text).filter(|_| is_short && beside.deck.is_none()) {
            Some(deck) => beside.deck = Some(deck),
            None => {
                let html = format!(
                    "<p>{}</p>",
                    quick_xml::escape::partial_escape(sentences.as_str())
                );
                beside.paragraphs.push_str(prose::markdown(&html).trim());
                beside.paragraphs.push_str("\n\n");
            }
        }
    }
    beside
}

fn words_of(text: &Prose) -> String {
    match text {
        Prose::Plain(text) => text.split_whitespace().collect::<Vec<_>>().join(" "),
        Prose::Html(html) | Prose::WordPress(html) => plain_text(html),
    }
}

/// The sentences of a text that are nowhere in another, of which the letters are given.
fn own_sentences(text: &str, whole: &str, left_out: &mut Vec<String>) -> String {
    if text.len() > MAX_COMPARED_BYTES {
        return text.to_owned();
    }
    let ends = ['.', '!', '?', '。', '！', '？', '…', '\n', '['];
    let mut is_own = |sentence: &&str| {
        let letters = letters(sentence);
        if letters.is_empty() || whole.contains(&letters) {
            return false;
        }
        let lower = sentence.to_lowercase();
        let tail = TAILS.iter().find_map(|tail| {
            let at = lower.find(tail)?;
            Some(sentence.get(at..at + tail.len()).unwrap_or(tail))
        });
        left_out.extend(tail.map(|tail| format!("{tail:?}, which systems put behind a summary")));
        tail.is_none()
    };
    let sentences: Vec<&str> = text
        .split_inclusive(ends)
        .filter(|sentence| is_own(sentence))
        .collect();
    sentences.concat().trim().to_owned()
}

/// The words of an item's text that stand neither in the article, nor in its captions, nor in reports on parts left
/// out.
pub(super) fn lost(converted: &Converted, captions: &Captions) -> Option<String> {
    // Nearly always.
    if converted.visible_before == converted.visible_after {
        return None;
    }
    // Superscript and subscript numbers are written with Unicode's characters for them.
    let folded = |text: &str| -> String { text.chars().map(unshifted).collect() };
    let (seen, kept) = (
        folded(&converted.visible_before),
        folded(&converted.visible_after),
    );
    if seen == kept {
        return None;
    }
    let captions = captions.kept.iter().chain(&captions.excess);
    let caption_texts = captions.flat_map(|caption| {
        let credit = caption.credit.as_deref();
        [Some(&*caption.text), caption.alt.as_deref(), credit]
    });
    let caption_texts: Vec<&str> = caption_texts.flatten().collect();
    let left_out = converted.left_out.join(" ");
    let (captions, left_out) = (folded(&caption_texts.join(" ")), folded(&left_out));
    let there = [&kept, &captions, &left_out];
    let mut lost = String::new();
    for word in missing(words(&seen), there.into_iter().flat_map(|text| words(text))) {
        if lost.len() >= MAX_TOLD_CHARS {
            break;
        }
        lost.push(' ');
        lost.push_str(word);
    }
    (!lost.is_empty()).then(|| format!("words that have no place:{lost}"))
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    let pieces = text.split(|c: char| !c.is_alphanumeric());
    pieces.filter(|piece| !piece.is_empty())
}

#[cfg(test)]
mod tests {
    use super::{letters, own_sentences};

    #[test]
    fn a_summary_that_lost_its_markup_says_the_same() {
        let whole = letters("The park has 4 km2 and is open.");
        for text in [
            "The park has 4 km² and is open.",
            "It has 5 km². The park has 4 km2.",
        ] {
            let sentences = own_sentences(text, &whole, &mut Vec::new());
            assert_eq!(
                sentences,
                if text.starts_with("It") {
                    "It has 5 km²."
                } else {
                    ""
                }
            );
        }
    }
}
