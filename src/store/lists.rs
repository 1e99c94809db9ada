//! Lists of values in a statement: `… IN (?, ?, …)`.

/// This many are asked for by one statement; where there are fewer, the rest of its parameters are null.
pub(super) const AT_ONCE: usize = 64;

/// Number of parameters of the statement for `values` values: one or the maximum, so that two statements are cached, not one
/// for each number.
fn count(values: usize) -> usize {
    match values {
        0 | 1 => 1,
        _ => AT_ONCE,
    }
}

/// The parameters of a list of `values` values in SQL.
pub(super) fn placeholders(values: usize) -> String {
    vec!["?"; count(values)].join(", ")
}

/// The values of such a list, and nulls up to the number of its parameters.
pub(super) fn padded<T: AsRef<str>>(values: &[T]) -> impl Iterator<Item = Option<&str>> {
    let given = values.iter().map(|value| Some(value.as_ref()));
    given
        .chain(std::iter::repeat(None))
        .take(count(values.len()))
}
