//! What the benchmarks of records and of queries work on: the corpus's events, and by which sizes.

use sawlog_fleet::{event::Event, plan};

use crate::corpus::Which;

/// Bytes of a body.
pub(crate) const BODY: usize = 250;
/// Records of a batch: about half a mebibyte.
pub(crate) const BATCH: usize = 1_500;
/// Runs of which the median counts.
pub(crate) const RUNS: usize = 5;
/// Blocks of the corpus that are held: enough services and levels that no branch is learnt by heart. Each batch is
/// worked on while it is in the caches.
const BLOCKS: u64 = 60;

/// The events, in the order of the corpus.
pub(crate) fn events(which: Which) -> Vec<Event> {
    let blocks = which.size.blocks();
    (0..BLOCKS).flat_map(|block| plan::block(which.seed, block, blocks)).collect()
}
