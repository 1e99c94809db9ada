//! The line of those who wait until an answer is made: bounded as a whole and for each who asks, so that no client that asks
//! for many things has others wait behind all of them.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The most that wait: each is made in some ten milliseconds, so the last one waits for some seconds.
const MOST: usize = 64;

/// The most of one address or token: a reader goes from page to page, and a few readers share an address.
pub(super) const MOST_OF_ONE: usize = 4;

/// Those who wait, by who they are.
#[derive(Default)]
pub(super) struct Line(Mutex<HashMap<String, usize>>);

/// A place in the line, until it is dropped.
pub(super) struct InLine<'l> {
    line: &'l Line,
    who: String,
}

impl Line {
    /// A place in the line; none where it is full, or has enough of the one who asks.
    pub(super) fn enter(&self, who: &str) -> Option<InLine<'_>> {
        let mut waiting = self.waiting();
        if waiting.values().sum::<usize>() >= MOST {
            return None;
        }
        let own = waiting.entry(who.to_owned()).or_default();
        if *own == MOST_OF_ONE {
            return None;
        }
        *own += 1;
        Some(InLine {
            line: self,
            who: who.to_owned(),
        })
    }

    fn waiting(&self) -> MutexGuard<'_, HashMap<String, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for InLine<'_> {
    fn drop(&mut self) {
        let mut waiting = self.line.waiting();
        if let Some(own) = waiting.get_mut(&self.who) {
            *own -= 1;
            if *own == 0 {
                waiting.remove(&self.who);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Line, MOST, MOST_OF_ONE};

    #[test]
    fn the_line_is_bounded_for_each_and_as_a_whole() {
        let line = Line::default();
        let enter = |who: usize| line.enter(&who.to_string());
        let mut own: Vec<_> = (0..MOST_OF_ONE).map(|_| enter(0)).collect();
        assert!(own.iter().all(Option::is_some));
        assert!(enter(0).is_none());
        let others: Vec<_> = (MOST_OF_ONE..MOST).map(enter).collect();
        assert!(others.iter().all(Option::is_some));
        assert!(enter(MOST).is_none());
        own.pop();
        assert!(enter(MOST).is_some());
        drop((own, others));
        assert!(line.waiting().is_empty());
    }
}
