//! Windows of a corpus, made by several workers and handed on in order.
//!
//! Invariant: what is handed on depends on the corpus alone, never on the number of workers or their pace.

use std::{
    sync::mpsc::{Receiver, sync_channel},
    thread,
};

use sawlog_fleet::{event::Event, plan};

use super::Which;

/// Blocks of a window: enough that a container says many things in it, so that batches are worth it, and
/// few enough that a small corpus has work for five.
pub const WINDOW_BLOCKS: u64 = 20;

/// Makes every window of a corpus with `workers` threads and hands them on in order.
///
/// `turn` runs on the workers, `take` on the caller's thread; the first error of `take` ends it.
pub fn windows<T: Send, E>(
    which: Which,
    workers: usize,
    turn: impl Fn(&[Event]) -> T + Sync,
    mut take: impl FnMut(T) -> Result<(), E>,
) -> Result<(), E> {
    let blocks = which.size.blocks();
    let count = (blocks / WINDOW_BLOCKS) as usize;
    let workers = workers.clamp(1, count);
    let window = |number: usize| {
        let first = number as u64 * WINDOW_BLOCKS;
        let events: Vec<Event> =
            (first..first + WINDOW_BLOCKS).flat_map(|block| plan::block(which.seed, block, blocks)).collect();
        turn(&events)
    };
    thread::scope(|scope| {
        let work = |worker: usize| -> Receiver<T> {
            let (send, receive) = sync_channel(1);
            let window = &window;
            scope.spawn(move || {
                // Who takes has failed when nobody receives any more: then there is nothing left to do.
                (worker..count).step_by(workers).map(window).try_for_each(|made| send.send(made))
            });
            receive
        };
        let made: Vec<Receiver<T>> = (0..workers).map(work).collect();
        (0..count).try_for_each(|number| {
            take(made[number % workers].recv().expect("because a worker sends each of its windows"))
        })
    })
}
