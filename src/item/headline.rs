//! Where a headline may be broken: the desk gives its lines, and pages keep each of them together where there is room.

use std::collections::HashSet;

use unicode_segmentation::UnicodeSegmentation;

use super::{Complaint, Line, Reader, limits};

/// A line of a headline, with the blanks between the line before and it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeadlineLine<'h> {
    pub gap: &'h str,
    pub text: &'h str,
}

/// The headline in its lines, with nothing or blanks between them; `None` where they are another text.
pub(super) fn in_lines<'h>(headline: &'h str, lines: &[Line]) -> Option<Vec<HeadlineLine<'h>>> {
    let mut rest = headline;
    let mut found = Vec::new();
    for line in lines {
        let (gap, behind) = rest.split_at(rest.len() - rest.trim_start().len());
        behind.strip_prefix(&**line)?;
        let (text, left) = behind.split_at(line.len());
        found.push(HeadlineLine { gap, text });
        rest = left;
    }
    rest.is_empty().then_some(found)
}

/// The first character, as readers see characters, that a break parts: a letter from its accent, a family from a child.
fn cut_character<'h>(headline: &'h str, lines: &[HeadlineLine<'_>]) -> Option<&'h str> {
    let mut breaks = HashSet::new();
    let mut end = 0;
    for line in lines {
        // A break may fall before and after the gap in front of a line.
        breaks.extend([end, end + line.gap.len()]);
        end += line.gap.len() + line.text.len();
    }
    let mut characters = headline.grapheme_indices(true);
    let cut = characters.find(|(start, character)| {
        let mut within = start + 1..start + character.len();
        // A break within a blank is invisible.
        !character.starts_with(char::is_whitespace) && within.any(|place| breaks.contains(&place))
    });
    cut.map(|(_, character)| character)
}

/// Reads the lines of a headline, which joined have to be the headline itself.
pub(super) fn headline_lines(reader: &mut Reader<'_>, headline: Option<&Line>) -> Vec<Line> {
    const KEY: &str = "headline_lines";
    let lines = reader.all_texts(KEY, limits::MAX_HEADLINE_LINES);
    let Some(headline) = headline.filter(|_| !lines.is_empty()) else {
        return lines;
    };
    let line = reader.line_of(KEY);
    match in_lines(headline, &lines) {
        None => reader.complain(Complaint::refused(
            line,
            format!("{KEY} that one behind the other are the headline, {:?}", &**headline),
            lines.iter().map(|line| format!("{:?}", &**line)).collect::<Vec<_>>().join(", "),
            "change both together, or take headline_lines out; blanks between lines stand in the headline alone",
        )),
        Some(found) => {
            if let Some(cut) = cut_character(headline, &found) {
                reader.complain(Complaint::refused(
                    line,
                    format!("{KEY} that break the headline between characters, as readers see these"),
                    format!("a break within {cut:?}"),
                    "break the line before or behind that character",
                ));
            }
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::HeadlineLine;
    use crate::item::{Article, Complaint, file};

    fn read(headline: &str, lines: &str) -> (Option<Article>, Vec<Complaint>) {
        file::read_story(&format!(
            "headline = \"{headline}\"\nheadline_lines = {lines}\n"
        ))
    }

    #[test]
    fn the_lines_of_a_headline_are_the_headline() {
        for (headline, lines, expected) in [
            (
                "坚守北疆，守望相助",
                r#"["坚守北疆，", "守望相助"]"#,
                &[("", "坚守北疆，"), ("", "守望相助")][..],
            ),
            (
                "坚守北疆　守望相助",
                r#"["坚守北疆", "守望相助"]"#,
                &[("", "坚守北疆"), ("　", "守望相助")],
            ),
            (
                "The bridge opens at noon",
                r#"["The bridge", " opens ", "at noon"]"#,
                &[("", "The bridge"), (" ", "opens"), (" ", "at noon")],
            ),
            (
                "好了好了",
                r#"["好了", "好了"]"#,
                &[("", "好了"), ("", "好了")],
            ),
            ("One", r#"["One"]"#, &[("", "One")]),
        ] {
            let (article, complaints) = read(headline, lines);
            assert_eq!(complaints, Vec::new());
            let article = article.unwrap();
            let found: Vec<(&str, &str)> = article
                .lines_of_headline()
                .into_iter()
                .map(|HeadlineLine { gap, text }| (gap, text))
                .collect();
            assert_eq!(found, expected);
            let printed = file::print(&article);
            assert!(printed.contains("headline_lines = ["), "{printed}");
            let again = file::parse(printed.as_bytes(), &|_| unreachable!());
            assert_eq!(again.article, Some(article));
        }
        let (article, _) = read("A headline", "[]");
        let article = article.unwrap();
        assert!(!file::print(&article).contains("headline_lines"));
        assert_eq!(article.lines_of_headline().len(), 1);
        let stored = serde_json::to_string(&article).unwrap();
        assert!(!stored.contains("headline_lines"), "{stored}");
    }

    #[test]
    fn lines_that_say_something_else_are_refused() {
        for lines in [
            r#"["坚守北疆"]"#,
            r#"["坚守", "守望相助"]"#,
            r#"["坚守北疆，", "守望相助", "。"]"#,
            r#"["守望相助", "坚守北疆，"]"#,
            r#"["坚守<wbr>北疆，", "守望相助"]"#,
        ] {
            let (article, complaints) = read("坚守北疆，守望相助", lines);
            assert_eq!(article, None, "{lines}");
            assert_eq!(complaints.len(), 1, "{lines}");
            assert_eq!(complaints[0].line, Some(4));
            assert!(complaints[0].expected.contains("坚守北疆，守望相助"));
        }
        // Each of these is one character to readers.
        for (headline, lines, cut) in [
            (
                "Cafe\u{301} opens",
                "[\"Cafe\", \"\u{301} opens\"]",
                "e\u{301}",
            ),
            (
                "The 👩\u{200d}👧 day",
                "[\"The 👩\", \"\u{200d}👧 day\"]",
                "👩\u{200d}👧",
            ),
            ("🇮🇪 wins", "[\"🇮\", \"🇪 wins\"]", "🇮🇪"),
        ] {
            let (article, complaints) = read(headline, lines);
            assert_eq!(article, None, "{lines}");
            assert_eq!(complaints.len(), 1, "{complaints:?}");
            let found = &complaints[0].found;
            assert_eq!(*found, format!("a break within {cut:?}"));
        }
        let (article, _) = read("One", &format!("[{}]", "\"One\", ".repeat(21)));
        assert_eq!(article, None);
    }
}
