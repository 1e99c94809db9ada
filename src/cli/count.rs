//! Numbers with the noun that they count.

/// `1 article`, `2 articles`.
pub(super) fn count(number: impl TryInto<u64>, noun: &str) -> String {
    // What does not fit is not one.
    let number = number.try_into().unwrap_or(u64::MAX);
    match number {
        1 => format!("1 {noun}"),
        _ => format!("{number} {noun}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::count;

    #[test]
    fn one_is_counted_without_an_s() {
        assert_eq!(count(0_u64, "article"), "0 articles");
        assert_eq!(count(1_usize, "article"), "1 article");
        assert_eq!(count(2_u32, "caption"), "2 captions");
    }
}
