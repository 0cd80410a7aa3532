//! The documents between operator, agent and indexer, tried with random histories and contents.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod assignment;
mod compile;
mod golden;
mod in_force;
mod isolation;
mod parts;
mod samples;
mod world;

use proptest::{
    strategy::Strategy,
    test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner},
};
use sawlog_e2e::rounds::rounds;

/// Tries `cases` cases in each round; a failing case is shrunk before it is told.
fn in_rounds<S: Strategy>(
    what: &str,
    (gate, soak): (u32, u32),
    cases: u32,
    strategy: &S,
    test: impl Fn(S::Value) -> Result<(), TestCaseError>,
) {
    for seed in rounds(what, gate, soak) {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        let config = Config { cases, failure_persistence: None, ..Config::default() };
        let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
        if let Err(failure) = runner.run(strategy, &test) {
            panic!("{what}, seed {seed}: {failure}");
        }
    }
}
