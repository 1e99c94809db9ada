//! How many random cases a property is tried with, and which: the same at every run, and others where somebody asks.

use proptest::test_runner::{Config, RngSeed};

/// `cases` of one sequence; PROPTEST_CASES asks for more, PROPTEST_RNG_SEED for another sequence.
pub fn cases(cases: u32) -> Config {
    let asked = Config::default();
    let is_set = |name| std::env::var_os(name).is_some();
    Config {
        cases: match is_set("PROPTEST_CASES") {
            true => asked.cases,
            false => cases,
        },
        rng_seed: match asked.rng_seed {
            RngSeed::Random => RngSeed::Fixed(20_250_228),
            fixed => fixed,
        },
        failure_persistence: None,
        max_shrink_iters: 4096,
        ..asked
    }
}
