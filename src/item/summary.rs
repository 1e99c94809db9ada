//! Short texts cut from long ones: at the end of a sentence, never within a character or a mark.

use unicode_segmentation::UnicodeSegmentation;

/// Maximum length of a summary in columns: a Han character, kana or Hangul syllable takes two, others one.
const SUMMARY_COLUMNS: usize = 280;

/// Maximum length of the title of a caption or part, in the columns of [`SUMMARY_COLUMNS`].
const TITLE_COLUMNS: usize = 120;

/// Words whose full stop ends no sentence. Those of one letter ("J.", "U.S.") are none of these.
const ABBREVIATIONS: [&str; 38] = [
    "Apr", "Aug", "Capt", "Co", "Col", "Dec", "Dr", "Feb", "Fr", "Gen", "Gov", "Inc", "Jan", "Jr",
    "Jul", "Jun", "Lt", "Ltd", "Maj", "Mar", "Messrs", "Mr", "Mrs", "Ms", "Mt", "Nov", "Oct",
    "Prof", "Rep", "Rev", "Sen", "Sep", "Sept", "Sgt", "Sr", "St", "Vs", "vs",
];

/// Whatever closes behind the end of a sentence belongs to it.
const CLOSING: &str = "”’」』）)\"'»";

/// The lead of a text: as many whole sentences of its first lines as there is room for.
pub fn summary(text: &str) -> String {
    let joined = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let mut flat = String::new();
    for line in joined {
        if flat.len() > SUMMARY_COLUMNS * 4 {
            break;
        }
        // Scripts that set no space between words set none between sentences.
        if !flat.is_empty() && !flat.ends_with(is_wide) {
            flat.push(' ');
        }
        flat.push_str(line);
    }
    cut(&flat, SUMMARY_COLUMNS)
}

/// The first sentence of a line of text. A sentence that ends within the first 24 columns is not taken: it may be a
/// name or an abbreviation.
pub fn first_sentence(line: &str) -> String {
    const MIN_COLUMNS: usize = 24;
    let line = line.trim();
    let mut used = 0;
    let mut over = false;
    let mut graphemes = line.grapheme_indices(true).peekable();
    while let Some((offset, grapheme)) = graphemes.next() {
        used += if grapheme.starts_with(is_wide) { 2 } else { 1 };
        let next = graphemes.peek().map(|(_, next)| *next);
        let (sentence, rest) = line.split_at(offset + grapheme.len());
        let ends = ends_sentence(grapheme, next, &mut over) && is_whole(sentence, rest);
        if (ends && used >= MIN_COLUMNS) || used > SUMMARY_COLUMNS {
            return cut_where(sentence, SUMMARY_COLUMNS, |end| {
                let (sentence, _) = sentence.split_at(end);
                is_whole(sentence, line.get(end..).unwrap_or_default())
            });
        }
    }
    line.to_owned()
}

/// A title cut from a text that has none.
pub fn title(text: &str) -> String {
    cut(text.trim(), TITLE_COLUMNS)
}

/// Whether a sentence is over before `rest`, where by its marks it may be: not within a name or a date, and not where the next
/// word goes on with it.
fn is_whole(sentence: &str, rest: &str) -> bool {
    let closing = |c: char| CLOSING.contains(c);
    let text = sentence.trim_end_matches(closing);
    // Other stops are those of scripts that have no small letters.
    if !text.ends_with(['.', '!', '?', '…']) {
        return true;
    }
    let next = rest.trim_start().chars().next();
    if next.is_some_and(char::is_lowercase) {
        return false;
    }
    let (Some(text), Some(next)) = (text.strip_suffix('.'), next) else {
        return true;
    };
    let begin = |c: char| !c.is_alphanumeric();
    let word = text.rsplit(begin).next().unwrap_or(text);
    let mut letters = word.chars();
    match (letters.next(), letters.next()) {
        (Some(letter), None) => !(letter.is_uppercase() || letter.is_lowercase()),
        // It may be an answer, too.
        _ if word.eq_ignore_ascii_case("no") => !next.is_numeric(),
        _ => !ABBREVIATIONS.contains(&word),
    }
}

fn cut(text: &str, columns: usize) -> String {
    cut_where(text, columns, |_| true)
}

/// Cuts a text to `columns`, at the end of a sentence only where `may_end` accepts it, which is given the number of bytes
/// before that end.
fn cut_where(text: &str, columns: usize, may_end: impl Fn(usize) -> bool) -> String {
    let mut used = 0;
    let mut end_of_sentence = None;
    let mut end_of_word = None;
    let mut end = 0;
    let mut over = false;
    let mut graphemes = text.grapheme_indices(true).peekable();
    while let Some((offset, grapheme)) = graphemes.next() {
        used += if grapheme.starts_with(is_wide) { 2 } else { 1 };
        if used > columns {
            break;
        }
        end = offset + grapheme.len();
        let next = graphemes.peek().map(|(_, next)| *next);
        if ends_sentence(grapheme, next, &mut over) && may_end(end) {
            end_of_sentence = Some(end);
        } else if next.is_none_or(|next| next.starts_with(char::is_whitespace)) {
            end_of_word = Some(end);
        }
    }
    if end == text.len() {
        return text.to_owned();
    }
    let piece = |end: usize| text.get(..end).unwrap_or_default();
    match end_of_sentence {
        Some(end) => piece(end).to_owned(),
        None => {
            // One sentence longer than the room: cut at a word where the script has words.
            let at = end_of_word.filter(|at| *at * 2 > end).unwrap_or(end);
            let trailing = |c: char| c.is_whitespace() || "，、,;；:：—-".contains(c);
            format!("{}…", piece(at).trim_end_matches(trailing))
        }
    }
}

/// Whether a sentence is over with this grapheme: a full stop, or what closes behind one. `over` remembers the stop.
fn ends_sentence(grapheme: &str, next: Option<&str>, over: &mut bool) -> bool {
    let closing = |c: char| CLOSING.contains(c);
    let full = |c: char| "。！？!?…؟۔।".contains(c);
    let follows = next.and_then(|next| next.chars().next());
    *over = match grapheme.chars().next() {
        Some('.') => follows.is_none_or(|c| c.is_whitespace() || closing(c)),
        Some(c) => full(c) || (*over && closing(c)),
        None => false,
    };
    *over && !follows.is_some_and(|c| closing(c) || full(c))
}

fn is_wide(c: char) -> bool {
    matches!(u32::from(c),
        0x1100..=0x115f | 0x2e80..=0x303e | 0x3041..=0x33ff | 0x3400..=0x4dbf | 0x4e00..=0x9fff
        | 0xa000..=0xa4cf | 0xac00..=0xd7a3 | 0xf900..=0xfaff | 0xff00..=0xff60
        | 0xffe0..=0xffe6 | 0x1f300..=0x1faff | 0x20000..=0x3fffd)
}

#[cfg(test)]
mod tests {
    use super::first_sentence;

    #[test]
    fn a_first_sentence_ends_at_no_abbreviation_and_before_no_small_letter() {
        for (first, rest) in [
            ("Text about Dr. Smith and Mr. Jones.", " He left."),
            (
                "Mr. Smith went to the U.S. Capitol on Monday.",
                " It rained.",
            ),
            (
                "The company that J. R. Hartley led is Flies Ltd. of London.",
                " It is sold.",
            ),
            (
                "The ship has been due since Nov. 24 at berth No. 7.",
                " Rain.",
            ),
            ("“Is that the whole of the story?” she asked.", " It is."),
            ("Asked whether it was over he said no.", " Then he left."),
            (
                "They had read it at 9 a.m. on Monday (in St. Ives).",
                " It is.",
            ),
            ("这座大桥今天上午正式通车。", "iPhone"),
        ] {
            assert_eq!(first_sentence(&format!("{first}{rest}")), first);
            assert_eq!(first_sentence(first), first);
        }
        // One that is too long is not cut at such a stop, either.
        let long = format!("It is about Mr. Jones and the rest {}", "of it ".repeat(60));
        let sentence = first_sentence(&long);
        assert!(
            sentence.len() > 200 && sentence.ends_with('…'),
            "{sentence}"
        );
    }
}
