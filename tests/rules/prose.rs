//! What a comment at the head of a file must say: a sentence, and not only the file's own name again.

/// These alone say nothing of a file.
const LITTLE: &[&str] = &[
    "a", "all", "an", "and", "are", "as", "at", "by", "code", "file", "for", "from", "helper",
    "helpers", "in", "is", "it", "its", "module", "of", "on", "or", "some", "that", "the", "this",
    "to", "what", "which", "with",
];

const MIN_WORDS: usize = 4;
const MIN_TELLING: usize = 2;

/// The first paragraph of the comment at the head of a file.
pub fn opening(text: &str) -> Option<String> {
    let lines = text.lines().map_while(|line| line.strip_prefix("//! "));
    let lines: Vec<&str> = lines.collect();
    (!lines.is_empty()).then(|| lines.join(" "))
}

/// Why a comment does not say what that is for which has these names.
pub fn fault(comment: &str, names: &[String]) -> Option<String> {
    if !comment.ends_with(['.', ':', '?']) {
        return Some(format!("no whole sentence: {comment}"));
    }
    let words = words(comment);
    if words.len() < MIN_WORDS {
        return Some(format!("fewer than {MIN_WORDS} words: {comment}"));
    }
    let telling = words.iter().filter(|word| tells(word, names)).count();
    (telling < MIN_TELLING).then(|| format!("says only its own name: {comment}"))
}

fn words(text: &str) -> Vec<String> {
    let words = text.split(|c: char| !c.is_alphanumeric());
    let words = words.filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect()
}

/// Whether a word says more than the names do.
fn tells(word: &str, names: &[String]) -> bool {
    let stem = |word: &str| word.trim_end_matches('s').to_owned();
    let mut known = names.iter().flat_map(|name| words_of_name(name));
    !LITTLE.contains(&word)
        && word.chars().any(char::is_alphabetic)
        && word.chars().count() > 1
        && !known.any(|known| stem(&known) == stem(word))
}

/// A name's words, and the name of the crate, which every file could say.
fn words_of_name(name: &str) -> Vec<String> {
    let mut found = words(&name.replace('_', " "));
    found.push("courant".to_owned());
    found
}

mod tests {
    use super::{fault, opening};

    fn names(path: &str) -> Vec<String> {
        path.split('/').map(str::to_owned).collect()
    }

    #[test]
    fn a_comment_that_says_nothing_is_refused() {
        for (path, comment) in [
            ("cli/log", "`courant log`"),
            ("cli/log", "`courant log`."),
            ("feed/json", "JSON Feed 1.1."),
            ("item/feed_file/atom", "Atom (RFC 4287)."),
            ("store/erase", "Erase."),
            ("store/erase", "The module for erase."),
            ("store/erase", "This is the file of the store that erases"),
            ("store/month", "What a month of the store is."),
            ("http/cache_policy", "The policy of the cache for http."),
            ("tests/support", "Some helpers for the tests."),
            ("page/card", "."),
        ] {
            assert!(fault(comment, &names(path)).is_some(), "{path}: {comment}");
        }
    }

    #[test]
    fn a_short_comment_that_says_what_for_is_taken() {
        for (path, comment) in [
            ("store/scope", "What a token permits."),
            ("http", "Requests in, responses out."),
            ("store/month", "A month as sitemaps are divided by."),
            (
                "feed/opml",
                "The list of feeds as OPML 2.0, nested by section.",
            ),
        ] {
            assert_eq!(fault(comment, &names(path)), None, "{path}");
        }
    }

    #[test]
    fn the_opening_is_the_first_paragraph() {
        let text = "//! One sentence on\n//! two lines.\n//!\n//! And more.\n\nfn f() {}\n";
        assert_eq!(opening(text).unwrap(), "One sentence on two lines.");
        assert_eq!(opening("// No such comment.\n"), None);
        assert_eq!(opening("use std::fs;\n\n//! Too late.\n"), None);
    }
}
