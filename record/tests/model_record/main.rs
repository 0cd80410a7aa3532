//! What is written and read again is the same, in the eyes of judges that are not ours.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod arbitrary;
mod covered;
mod examples;
mod headers;
mod hostile;
mod json;
mod judge;
mod otlp;

use proptest::{
    strategy::Strategy,
    test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner},
};
use sawlog_e2e::rounds::rounds;

/// Rounds in the gate and in the soak; each tries this many cases.
const CASES: u32 = 500;

/// Tries cases in rounds; a failing case is shrunk before it is told.
fn in_rounds<S: Strategy>(
    what: &str,
    (gate, soak): (u32, u32),
    strategy: &S,
    test: impl Fn(S::Value) -> Result<(), TestCaseError>,
) {
    for seed in rounds(what, gate, soak) {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        let config = Config { cases: CASES, failure_persistence: None, ..Config::default() };
        let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
        if let Err(failure) = runner.run(strategy, &test) {
            panic!("{what}, seed {seed}: {failure}");
        }
    }
}
