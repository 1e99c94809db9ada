//! The position of the log that a request wants at least: that of an earlier answer, maybe by another node of the same store.

use http::HeaderMap;

/// The header with the sequence number of an entry: in an answer to a write, the newest that this node shows; in a request, the
/// one that the node is to show before it answers.
pub(crate) const POSITION: &str = "courant-position";

/// What a request wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WantedPosition {
    Any,
    AtLeast(u64),
    /// The header has no sequence number, or is there several times.
    Malformed,
}

impl WantedPosition {
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let mut values = headers.get_all(POSITION).iter();
        let (first, second) = (values.next(), values.next());
        let number = first.map(|value| value.to_str().ok().and_then(|text| text.parse().ok()));
        match (number, second) {
            (None, _) => Self::Any,
            (Some(Some(number)), None) => Self::AtLeast(number),
            (Some(_), _) => Self::Malformed,
        }
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn a_position_is_one_number() {
        let of = |values: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(POSITION, HeaderValue::from_static(value));
            }
            WantedPosition::of(&headers)
        };
        assert_eq!(of(&[]), WantedPosition::Any);
        assert_eq!(of(&["0"]), WantedPosition::AtLeast(0));
        assert_eq!(of(&["184467"]), WantedPosition::AtLeast(184_467));
        for malformed in [&["-1"] as &[_], &["now"], &[""], &["1", "1"], &["1, 2"]] {
            assert_eq!(of(malformed), WantedPosition::Malformed, "{malformed:?}");
        }
    }
}
