//! The most recent touches, in memory as soon as they are on disk.
//!
//! After each entry of the log, every cached answer has to be checked once more. Ten thousand such checks in the database
//! would delay the reader whose feed did change; here each is a look into memory. The store adds the touches of a change
//! before it reports to the writer that the change is done, so that readers do not have to query the database.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use super::{Position, TouchKey};

/// Number of touches in a generation. Two generations are remembered, which take about 2 MB; for older touches the
/// database is asked.
pub(super) const GENERATION: usize = 10_000;

#[derive(Default)]
pub(super) struct Recent(RwLock<Known>);

/// All touches after `from` and up to `to`.
#[derive(Default)]
struct Known {
    from: u64,
    to: u64,
    /// The newest touch of each key after `rotated_at`.
    newer: HashMap<TouchKey, u64>,
    rotated_at: u64,
    /// The newest touch of each key between `from` and `rotated_at`.
    older: HashMap<TouchKey, u64>,
}

impl Known {
    fn forget(&mut self, seq: u64) {
        self.newer.clear();
        self.older.clear();
        self.from = seq;
        self.rotated_at = seq;
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
    pub(super) fn add(&self, seq: u64, touches: HashMap<TouchKey, Position>) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if touches.len() > GENERATION || touches.contains_key(&TouchKey::Everything) {
            known.forget(seq);
            return;
        }
        if known.newer.len() + touches.len() > GENERATION {
            known.older = std::mem::take(&mut known.newer);
            known.from = known.rotated_at;
            known.rotated_at = known.to;
        }
        let touches = touches.into_iter().map(|(key, at)| (key, at.seq));
        known.newer.extend(touches);
        known.to = seq;
    }

    /// Whether it is known that none of `keys` was touched after `since` and up to `position`.
    pub(super) fn are_untouched(&self, keys: &[&TouchKey], since: u64, position: u64) -> bool {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let touched = |key: &&TouchKey| {
            let generations = [&known.newer, &known.older].into_iter();
            let touches = generations.filter_map(|touches| touches.get(*key));
            touches.into_iter().any(|at| *at > since)
        };
        known.from <= since && position <= known.to && !keys.iter().any(touched)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use crate::publication::Selection;

    use super::{GENERATION, Position, Recent, TouchKey};

    const ALL: TouchKey = TouchKey::Selection(Selection::All);

    fn section(slug: &str) -> TouchKey {
        Selection::Section(slug.to_owned()).into()
    }

    fn tag(number: u64) -> TouchKey {
        Selection::Tag(number.to_string()).into()
    }

    fn touches(key: TouchKey, seq: u64) -> HashMap<TouchKey, Position> {
        let at = Position {
            seq,
            ..Position::default()
        };
        HashMap::from([(key, at)])
    }

    #[test]
    fn only_what_was_touched_since_is_touched() {
        let recent = Recent::default();
        let (city, sport) = (section("city"), section("sport"));
        recent.begin(10);
        recent.add(12, touches(ALL, 11));
        recent.add(13, touches(city.clone(), 13));
        assert!(!recent.are_untouched(&[&ALL], 10, 13));
        assert!(recent.are_untouched(&[&ALL], 11, 13));
        assert!(recent.are_untouched(&[&sport], 10, 13));
        assert!(!recent.are_untouched(&[&ALL, &city], 12, 13));
        // Changes before its start, and those not reported yet, are unknown.
        assert!(!recent.are_untouched(&[&sport], 9, 13));
        assert!(!recent.are_untouched(&[&sport], 10, 14));
    }

    #[test]
    fn everything_leaves_nothing_untouched() {
        let recent = Recent::default();
        let sport = section("sport");
        recent.add(1, touches(ALL, 1));
        recent.add(2, touches(TouchKey::Everything, 2));
        assert!(!recent.are_untouched(&[&sport], 1, 2));
        assert!(recent.are_untouched(&[&sport], 2, 2));
    }

    #[test]
    fn of_many_touches_the_newest_are_known() {
        let recent = Recent::default();
        let steps = 3 * GENERATION as u64;
        for seq in 1..=steps {
            recent.add(seq, touches(tag(seq), seq));
        }
        let of_late = steps - GENERATION as u64;
        assert!(recent.are_untouched(&[&tag(1)], of_late, steps));
        for seq in of_late + 1..=steps {
            let tag = tag(seq);
            assert!(!recent.are_untouched(&[&tag], seq - 1, steps));
            assert!(recent.are_untouched(&[&tag], seq, steps));
        }
        // Forgotten keys do not count as untouched.
        assert!(!recent.are_untouched(&[&tag(1)], 0, steps));
    }
}
