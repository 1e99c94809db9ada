//! Whether a file ends where its writer meant to end, or in the middle of what is still being written.

use crate::item::file::FENCE;

/// Whether the item file `bytes` ends before its text does: within the front matter, within a character, or within a sentence
/// and without the end of its line.
pub(super) fn is_cut(bytes: &[u8]) -> bool {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        // A character that begins before the end and goes on behind it.
        Err(error) if error.error_len().is_none() => return true,
        Err(_) => return false,
    };
    let text = text.trim_start_matches('\u{feff}');
    let Some(rest) = text.strip_prefix(FENCE) else {
        return FENCE.starts_with(text);
    };
    let mut lines = rest.lines().skip(1);
    if !lines.any(|line| line.trim_end() == FENCE) {
        // With text behind the first three signs on their line there is no front matter, however it goes on.
        return rest.lines().next().unwrap_or_default().trim().is_empty();
    }
    !text.ends_with('\n') && text.trim_end().ends_with(goes_on)
}

/// Whether the settings `bytes` end before their last line does.
pub(super) fn is_cut_line(bytes: &[u8]) -> bool {
    !bytes.ends_with(b"\n")
}

/// Whether a sentence goes on behind this character.
fn goes_on(last: char) -> bool {
    last.is_alphanumeric() || ",;:-–—(，；：、（「『“‘".contains(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_still_written_ends_in_the_middle() {
        for cut in [
            "",
            "+",
            "+++",
            "+++\n",
            "+++\nheadline = \"A\"\n",
            "+++\nheadline = \"A\"\n++",
            "+++\nheadline = \"A\"\n+++\nThe minister did",
            "+++\nheadline = \"A\"\n+++\nThe minister did ",
            "+++\nheadline = \"A\"\n+++\nThe minister,",
            "+++\nheadline = \"A\"\n+++\n部长",
        ] {
            assert!(is_cut(cut.as_bytes()), "{cut:?}");
        }
        assert!(is_cut(
            "+++\n+++\n部长".as_bytes().split_last().expect("bytes").1
        ));
    }

    #[test]
    fn a_file_that_was_written_to_its_end_does_not() {
        for whole in [
            "no front matter",
            "++++ is none",
            "+++ headline\nA",
            "+++\nheadline = \"A\"\n+++",
            "+++\nheadline = \"A headline alone\"\n+++\n",
            "+++\nheadline = \"A\"\n+++\nThe minister did.",
            "+++\nheadline = \"A\"\n+++\nThe minister did\n",
            "+++\r\nheadline = \"A\"\r\n+++\r\nThe minister did\r\n",
            "+++\nheadline = \"A\"\n+++\n“The minister did.”",
            "+++\nheadline = \"A\"\n+++\n部长。",
            "\u{feff}+++\nheadline = \"A\"\n+++\nDone!",
        ] {
            assert!(!is_cut(whole.as_bytes()), "{whole:?}");
        }
        assert!(!is_cut(b"+++\n\xff\n+++\nbytes that no text has"));
    }
}
