//! How often a seeded test runs, and from which seed.
//!
//! In the gate a test runs the few rounds its crate's time budget allows; `make soak` runs them all. Both
//! print the same line (`kill rounds 5 of 100, seed 7`), so that a green gate never claims more than it did.

use std::env;

/// Set by `make soak`: run every round.
pub const SOAK: &str = "SAWLOG_SOAK";
/// The root seed of a run; the default is fixed, so that the gate is repeatable.
pub const SEED: &str = "SAWLOG_SEED";

const DEFAULT_SEED: u64 = 7;

/// The seeds of the rounds to run now: `gate` of them, or all `soak` under `make soak`.
///
/// ```text
/// for seed in rounds("kill rounds", 5, 100) { … }
/// ```
pub fn rounds(what: &str, gate: u32, soak: u32) -> impl Iterator<Item = u64> {
    let count = if env::var_os(SOAK).is_some() { soak } else { gate.min(soak) };
    let first = root_seed();
    println!("{what} {count} of {soak}, seed {first}");
    (0..u64::from(count)).map(move |round| first.wrapping_add(round))
}

/// The root seed of this run.
pub fn root_seed() -> u64 {
    match env::var(SEED) {
        Err(_) => DEFAULT_SEED,
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{SEED}={text} is not a whole number")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gate_never_runs_more_rounds_than_the_soak() {
        if env::var_os(SOAK).is_none() {
            assert_eq!(rounds("rounds", 5, 100).count(), 5);
            assert_eq!(rounds("rounds", 5, 3).count(), 3);
        }
    }

    #[test]
    fn rounds_have_different_seeds() {
        let seeds: Vec<u64> = rounds("rounds", 3, 3).collect();
        assert_eq!(seeds, [root_seed(), root_seed() + 1, root_seed() + 2]);
    }
}
