//! Numbers with the noun that they count, for messages.

/// `1 article`, `2 articles`.
pub fn count(number: impl TryInto<u64>, noun: &str) -> String {
    count_as(number, noun, &format!("{noun}s"))
}

/// The number with `one` or, where it is not 1, `many` behind it: `1 entry is`, `2 entries are`.
pub fn count_as(number: impl TryInto<u64>, one: &str, many: &str) -> String {
    // A number that does not fit is not 1.
    let number = number.try_into().unwrap_or(u64::MAX);
    match number {
        1 => format!("1 {one}"),
        _ => format!("{number} {many}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{count, count_as};

    #[test]
    fn one_is_counted_without_an_s() {
        assert_eq!(count(0_u64, "article"), "0 articles");
        assert_eq!(count(1_usize, "article"), "1 article");
        assert_eq!(count(2_u32, "caption"), "2 captions");
        assert_eq!(count_as(1_u32, "entry is", "entries are"), "1 entry is");
        assert_eq!(count_as(2_u32, "entry is", "entries are"), "2 entries are");
    }
}
