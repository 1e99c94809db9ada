//! Looking ahead in a text for the same few marks again and again.

use std::collections::HashMap;

/// A text that is gone through once. The next place of a mark is kept until it is passed, so that all looking ahead
/// takes no more time than going through the text once for each mark.
pub(super) struct Ahead<'t> {
    text: &'t str,
    next: HashMap<String, Option<usize>>,
    /// The number of bytes that were searched.
    #[cfg(test)]
    looked: usize,
}

impl<'t> Ahead<'t> {
    pub(super) fn of(text: &'t str) -> Self {
        Self {
            text,
            next: HashMap::new(),
            #[cfg(test)]
            looked: 0,
        }
    }

    /// The first place of `mark` at `from` or behind it. For each mark, `from` never goes back.
    pub(super) fn find(&mut self, mark: &str, from: usize) -> Option<usize> {
        if let Some(known) = self.next.get(mark)
            && known.is_none_or(|place| place >= from)
        {
            return *known;
        }
        let rest = self.text.get(from..).unwrap_or_default();
        let place = rest.find(mark).map(|place| from + place);
        #[cfg(test)]
        {
            self.looked += place.unwrap_or(self.text.len()) - from;
        }
        self.next.insert(mark.to_owned(), place);
        place
    }
}

#[cfg(test)]
mod tests {
    use super::Ahead;

    #[test]
    fn a_text_is_looked_through_once_for_each_mark() {
        let text = format!("{}]{}", "[a ".repeat(10_000), "[b ".repeat(10_000));
        let mut ahead = Ahead::of(&text);
        for (at, _) in text.match_indices('[') {
            let close = (at < 30_000).then_some(30_000);
            assert_eq!(ahead.find("]", at), close);
            assert_eq!(ahead.find("[/a]", at), None);
            assert_eq!(ahead.find("[", at), Some(at));
        }
        assert!(ahead.looked <= 3 * text.len(), "{}", ahead.looked);
    }
}
