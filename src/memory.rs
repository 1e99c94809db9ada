//! What a piece of memory takes of the process.

/// The block for this many bytes: mimalloc has four sizes between a power of two and the next.
pub fn block(bytes: usize) -> usize {
    const MIN: usize = 16;
    const EXACT: usize = 64;
    match bytes {
        0 => 0,
        1..=EXACT => bytes.next_multiple_of(MIN),
        _ => bytes.next_multiple_of(1 << (bytes - 1).ilog2().saturating_sub(2)),
    }
}

#[cfg(test)]
mod tests {
    use super::block;

    #[test]
    fn a_block_is_no_smaller_than_what_is_in_it_and_a_quarter_larger_at_most() {
        for bytes in 1..200_000 {
            let block = block(bytes);
            assert!(
                block >= bytes && block <= bytes.max(13) * 5 / 4 + 15,
                "{bytes}"
            );
        }
        // Of mimalloc's table of sizes, in words of eight bytes: 8, 10, 12, 14, 16, 20, 24, 28, 32.
        let requested = [64, 65, 81, 97, 113, 129, 161, 193, 225, 256];
        let allocated = [64, 80, 96, 112, 128, 160, 192, 224, 256, 256];
        assert_eq!(requested.map(block), allocated);
    }
}
