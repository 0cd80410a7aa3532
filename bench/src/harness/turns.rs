//! Wall time, where it has to be: medians of at least five runs after a warm-up, compared runs in turns.

use std::time::{Duration, Instant};

/// Counted runs of each contestant.
pub const RUNS: usize = 5;

/// What a row of runs took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spread {
    /// The fastest.
    pub min: Duration,
    /// The one to quote.
    pub median: Duration,
    /// The slowest.
    pub max: Duration,
}

impl Spread {
    /// Of any positive number of runs.
    ///
    /// # Panics
    /// Without a run.
    pub fn of(mut runs: Vec<Duration>) -> Self {
        runs.sort_unstable();
        let (Some(&min), Some(&max)) = (runs.first(), runs.last()) else { panic!("no runs") };
        Self { min, median: runs[runs.len() / 2], max }
    }
}

/// Runs every contestant once to warm up, then all of them in turns, [`RUNS`] times.
///
/// A contestant checks its own answer; the first wrong one ends the comparison.
pub fn take_turns<E>(contestants: &mut [&mut dyn FnMut() -> Result<(), E>]) -> Result<Vec<Spread>, E> {
    contestants.iter_mut().try_for_each(|run| run())?;
    let mut walls = vec![Vec::with_capacity(RUNS); contestants.len()];
    for _ in 0..RUNS {
        for (run, walls) in contestants.iter_mut().zip(&mut walls) {
            let start = Instant::now();
            run()?;
            walls.push(start.elapsed());
        }
    }
    Ok(walls.into_iter().map(Spread::of).collect())
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[test]
    fn contestants_warm_up_and_then_take_turns() {
        let order = RefCell::new(String::new());
        let run = |name: char| {
            let order = &order;
            move || {
                order.borrow_mut().push(name);
                Ok::<(), ()>(())
            }
        };
        let (mut a, mut b) = (run('a'), run('b'));
        assert_eq!(take_turns(&mut [&mut a, &mut b]).unwrap().len(), 2);
        assert_eq!(*order.borrow(), "ab".repeat(1 + RUNS));
    }

    #[test]
    fn a_wrong_answer_ends_it() {
        let mut runs = 0;
        let mut wrong = || {
            runs += 1;
            if runs == 3 { Err("wrong") } else { Ok(()) }
        };
        assert_eq!(take_turns(&mut [&mut wrong]), Err("wrong"));
        assert_eq!(runs, 3);
    }

    #[test]
    fn the_median_is_in_the_middle() {
        let seconds = |all: &[u64]| Spread::of(all.iter().copied().map(Duration::from_secs).collect());
        let spread = seconds(&[9, 1, 5, 4, 100]);
        assert_eq!([spread.min, spread.median, spread.max].map(|d| d.as_secs()), [1, 5, 100]);
    }
}
