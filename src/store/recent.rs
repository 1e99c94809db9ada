//! What was touched of late, in memory as soon as it is on disk.
//!
//! After each entry of the log every kept answer has to be found current once more. Asked of the database one by one, ten
//! thousand of them would keep the reader waiting whose feed did change; here it is a look into memory, and the writer
//! tells it before it is told that its change is done, so that nobody has to ask first.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use super::{Position, key};

/// Number of touches that make a generation, and two generations are remembered: about 2 MB. What is older is asked of
/// the database.
const GENERATION: usize = 10_000;

#[derive(Default)]
pub(super) struct Recent(RwLock<Known>);

/// All touches after `from` and up to `to`.
#[derive(Default)]
struct Known {
    from: u64,
    to: u64,
    /// The newest touch of each selection after `turned`.
    younger: HashMap<String, u64>,
    turned: u64,
    /// Those between `from` and `turned`.
    older: HashMap<String, u64>,
}

impl Known {
    fn forget(&mut self, seq: u64) {
        self.younger.clear();
        self.older.clear();
        self.from = seq;
        self.turned = seq;
        self.to = seq;
    }
}

impl Recent {
    /// Begins anew at `seq`, where others have written since.
    pub(super) fn begin(&self, seq: u64) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if known.to != seq {
            known.forget(seq);
        }
    }

    /// Adds what the entries up to `seq` have touched.
    pub(super) fn add(&self, seq: u64, touches: HashMap<String, Position>) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if touches.len() > GENERATION || touches.contains_key(key::EVERYTHING) {
            known.forget(seq);
            return;
        }
        if known.younger.len() + touches.len() > GENERATION {
            known.older = std::mem::take(&mut known.younger);
            known.from = known.turned;
            known.turned = known.to;
        }
        let touches = touches.into_iter().map(|(key, at)| (key, at.seq));
        known.younger.extend(touches);
        known.to = seq;
    }

    /// Whether it is known that none of `selections` was touched after `since` and up to `position`.
    pub(super) fn are_untouched(&self, selections: &[&str], since: u64, position: u64) -> bool {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let touched = |key: &&str| {
            let generations = [&known.younger, &known.older].into_iter();
            let touches = generations.filter_map(|touches| touches.get(*key));
            touches.into_iter().any(|at| *at > since)
        };
        known.from <= since && position <= known.to && !selections.iter().any(touched)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::{GENERATION, Position, Recent, key};

    fn touches(keys: &[&str], seq: u64) -> HashMap<String, Position> {
        let at = Position {
            seq,
            ..Position::default()
        };
        keys.iter().map(|key| ((*key).to_owned(), at)).collect()
    }

    #[test]
    fn only_what_was_touched_since_is_touched() {
        let recent = Recent::default();
        recent.begin(10);
        recent.add(12, touches(&["all"], 11));
        recent.add(13, touches(&["section/city"], 13));
        assert!(!recent.are_untouched(&["all"], 10, 13));
        assert!(recent.are_untouched(&["all"], 11, 13));
        assert!(recent.are_untouched(&["section/sport"], 10, 13));
        assert!(!recent.are_untouched(&["all", "section/city"], 12, 13));
        // What came before it began, and what was not told yet, is not known.
        assert!(!recent.are_untouched(&["section/sport"], 9, 13));
        assert!(!recent.are_untouched(&["section/sport"], 10, 14));
    }

    #[test]
    fn everything_leaves_nothing_untouched() {
        let recent = Recent::default();
        recent.add(1, touches(&["all"], 1));
        recent.add(2, touches(&[key::EVERYTHING], 2));
        assert!(!recent.are_untouched(&["section/sport"], 1, 2));
        assert!(recent.are_untouched(&["section/sport"], 2, 2));
    }

    #[test]
    fn of_many_touches_the_newest_are_known() {
        let recent = Recent::default();
        let steps = 3 * GENERATION as u64;
        for seq in 1..=steps {
            recent.add(seq, touches(&[&format!("tag/{seq}")], seq));
        }
        let of_late = steps - GENERATION as u64;
        assert!(recent.are_untouched(&["tag/1"], of_late, steps));
        for seq in of_late + 1..=steps {
            let tag = format!("tag/{seq}");
            assert!(!recent.are_untouched(&[tag.as_str()], seq - 1, steps));
            assert!(recent.are_untouched(&[tag.as_str()], seq, steps));
        }
        // What is forgotten is not taken for untouched.
        assert!(!recent.are_untouched(&["tag/1"], 0, steps));
    }
}
