//! Which version of an item a document is, and which of two is the newer.

use std::cmp::Ordering;
use std::fmt;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::node::{DocumentNotes, Node};

/// A version has at most this many characters: it is kept with the article, and a longer one is no number.
const MAX_VERSION_CHARS: usize = 100;

/// The version of an agency's item, as the item states it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemVersion {
    /// The version in the provider's own count: mostly a number.
    pub number: Option<String>,
    /// When this version was made.
    pub created: Option<DateTime<Utc>>,
}

impl ItemVersion {
    pub(super) fn of(node: &Node<'_>, notes: &mut DocumentNotes) -> Self {
        let number = match node.field("version") {
            Some((Value::Number(number), _)) => Some(number.to_string()),
            _ => node.text("version", notes).map(|(text, _)| text),
        };
        let is_short = |number: &String| number.chars().count() <= MAX_VERSION_CHARS;
        let created = node.field("versioncreated");
        let created = created.and_then(|(value, _)| value.as_str());
        let created = created.and_then(|text| DateTime::parse_from_rfc3339(text).ok());
        Self {
            number: number.filter(is_short),
            created: created.map(|created| created.to_utc()),
        }
    }

    /// Compares it with the known version; `None` where they cannot be compared. Whole numbers are compared first: two
    /// versions may be made within one second.
    pub fn compare(&self, known: &Self) -> Option<Ordering> {
        if let (Some(own), Some(known)) = (self.counted(), known.counted()) {
            return Some(own.cmp(&known));
        }
        let is_same_number = self.number == known.number;
        match (self.created, known.created) {
            (Some(own), Some(known)) if own != known => Some(own.cmp(&known)),
            (Some(_), Some(_)) => is_same_number.then_some(Ordering::Equal),
            _ => (is_same_number && self.number.is_some()).then_some(Ordering::Equal),
        }
    }

    /// The number as it compares: of two without leading zeros the longer is the greater.
    fn counted(&self) -> Option<(usize, &str)> {
        let number = self.number.as_deref()?;
        let is_whole = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        let digits = number.trim_start_matches('0');
        is_whole.then_some((digits.len(), digits))
    }
}

impl fmt::Display for ItemVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let created = self
            .created
            .map(|created| created.to_rfc3339_opts(SecondsFormat::AutoSi, true));
        match (&self.number, created) {
            (Some(number), Some(created)) => write!(f, "version {number:?} of {created}"),
            (Some(number), None) => write!(f, "version {number:?}"),
            (None, Some(created)) => write!(f, "the version of {created}"),
            (None, None) => f.write_str("no version"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering::{Equal, Greater, Less};

    use chrono::DateTime;

    use super::ItemVersion;

    fn version(number: &str, second: i64) -> ItemVersion {
        ItemVersion {
            number: (!number.is_empty()).then(|| number.to_owned()),
            created: DateTime::from_timestamp(second, 0).filter(|_| second > 0),
        }
    }

    #[test]
    fn whole_numbers_are_compared_as_numbers_and_all_else_by_its_time() {
        let all = [
            (("10", 0), ("9", 0), Some(Greater)),
            (("2", 5), ("3", 1), Some(Less)),
            (("007", 5), ("7", 1), Some(Equal)),
            (
                ("99999999999999999999999", 0),
                ("99999999999999999999998", 0),
                Some(Greater),
            ),
            (("1.10", 7), ("1.9", 5), Some(Greater)),
            (("final", 7), ("final", 7), Some(Equal)),
            (("b", 7), ("a", 7), None),
            (("final", 0), ("final", 0), Some(Equal)),
            (("", 8), ("3", 7), Some(Greater)),
            (("", 7), ("", 7), Some(Equal)),
            (("", 0), ("", 0), None),
            (("3", 0), ("", 7), None),
        ];
        for ((own, at), (known, then), expected) in all {
            let found = version(own, at).compare(&version(known, then));
            assert_eq!(found, expected, "{own} {at} and {known} {then}");
        }
    }
}
