//! Short texts cut from long ones: at the end of a sentence, never within a character or a mark.

use unicode_segmentation::UnicodeSegmentation;

/// How long a summary may be, in columns: a Han character, kana or Hangul syllable takes two, others one.
const SUMMARY_COLUMNS: usize = 280;

/// How long the title of a caption or part may be, in the same measure.
const TITLE_COLUMNS: usize = 120;

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

/// The first sentence of a line of text. What ends sooner than this is a name or an abbreviation.
pub fn first_sentence(line: &str) -> String {
    const MIN_COLUMNS: usize = 24;
    let line = line.trim();
    let mut used = 0;
    let mut over = false;
    let mut graphemes = line.grapheme_indices(true).peekable();
    while let Some((offset, grapheme)) = graphemes.next() {
        used += if grapheme.starts_with(is_wide) { 2 } else { 1 };
        let next = graphemes.peek().map(|(_, next)| *next);
        let ends = ends_sentence(grapheme, next, &mut over);
        if (ends && used >= MIN_COLUMNS) || used > SUMMARY_COLUMNS {
            let sentence = line.get(..offset + grapheme.len()).unwrap_or(line);
            return cut(sentence, SUMMARY_COLUMNS);
        }
    }
    line.to_owned()
}

/// A title cut from a text that has none.
pub fn title(text: &str) -> String {
    cut(text.trim(), TITLE_COLUMNS)
}

fn cut(text: &str, columns: usize) -> String {
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
        if ends_sentence(grapheme, next, &mut over) {
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
    let closing = |c: char| "”’」』）)\"'»".contains(c);
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
