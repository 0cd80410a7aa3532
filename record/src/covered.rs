//! Which bytes of a stream have been taken: sets of half-open ranges that grow and coalesce.
//!
//! Held as few ranges as possible, in order; nearly always one. What was covered stays covered: there is no
//! removal of a part.

mod streams;

use crate::source::SourceRange;

pub use streams::{CoveredError, CoveredStreams};

/// A set of bytes of one stream. Invariant: ranges in order, with a gap between any two.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Covered(Vec<SourceRange>);

/// How a range lies to a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coverage {
    /// All of it is in the set: a repeat.
    Inside,
    /// A part of it is.
    Partly,
    /// Nothing of it is: new.
    Outside,
}

impl Covered {
    /// How a range lies to this set.
    pub fn coverage(&self, range: SourceRange) -> Coverage {
        let first = self.0.partition_point(|held| held.end() <= range.begin());
        match self.0.get(first) {
            Some(held) if held.begin() <= range.begin() && range.end() <= held.end() => Coverage::Inside,
            Some(held) if held.begin() < range.end() => Coverage::Partly,
            _ => Coverage::Outside,
        }
    }

    /// Adds a range, and tells how it lay to the set before.
    pub fn insert(&mut self, range: SourceRange) -> Coverage {
        let before = self.coverage(range);
        if before == Coverage::Inside {
            return before;
        }
        // From the first that touches it to the last.
        let first = self.0.partition_point(|held| held.end() < range.begin());
        let behind = self.0.partition_point(|held| held.begin() <= range.end());
        let begin =
            self.0[first..behind].first().map_or(range.begin(), |held| held.begin().min(range.begin()));
        let end = self.0[first..behind].last().map_or(range.end(), |held| held.end().max(range.end()));
        self.0.splice(first..behind, SourceRange::new(begin, end));
        before
    }

    /// The ranges, in order.
    pub fn ranges(&self) -> &[SourceRange] {
        &self.0
    }

    /// Whether nothing is covered.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
