//! The log against a model, on a disk that fails, loses power and is full.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "sim_log/files.rs"]
mod files;
#[path = "sim_log/model.rs"]
mod model;
#[path = "sim_log/producer.rs"]
mod producer;
#[path = "sim_log/regressions.rs"]
mod regressions;
#[path = "sim_log/small.rs"]
mod small;
#[path = "sim_log/world.rs"]
mod world;

use sawlog_e2e::rounds::rounds;
use world::World;

#[test]
fn a_log_keeps_what_it_promised() {
    let mut total = world::Counts::default();
    for seed in rounds("log rounds", 400, 20_000) {
        let mut world = World::new(seed);
        for _ in 0..150 {
            world.step();
        }
        total += world.finish();
    }
    println!("{total:?}");
    total.assert_nothing_was_left_out();
}
