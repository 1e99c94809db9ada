//! Numbers that distinguish things of the same name.

/// A number that is not taken; the smallest one where the numbers taken follow on one another from 0. `taken` is called
/// in steps that double and then halve: for a name that thousands have, some twenty times.
///
/// # Errors
/// Where `taken` fails.
pub fn first_free<E>(mut taken: impl FnMut(u64) -> Result<bool, E>) -> Result<u64, E> {
    if !taken(0)? {
        return Ok(0);
    }
    let (mut low, mut high) = (0, 1);
    while taken(high)? {
        low = high;
        high *= 2;
    }
    while high - low > 1 {
        let middle = low.midpoint(high);
        match taken(middle)? {
            true => low = middle,
            false => high = middle,
        }
    }
    Ok(high)
}

#[cfg(test)]
mod tests {
    use super::first_free;

    #[test]
    fn it_is_the_first_behind_those_that_follow_on_one_another() {
        for taken in [0, 1, 2, 3, 4, 7, 8, 9, 1000, 100_000] {
            let mut calls = 0;
            let found = first_free(|number| {
                calls += 1;
                Ok::<_, ()>(number < taken)
            });
            assert_eq!(found, Ok(taken));
            assert!(calls <= 40, "{calls} questions for {taken}");
        }
    }
}
