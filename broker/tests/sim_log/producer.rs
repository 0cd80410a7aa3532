//! A producer that numbers its batches, has up to five under way, and sends again what nobody acknowledged.

use std::collections::VecDeque;

use sawlog_broker::batch::Sender;

/// How many may be under way, which is how many the log remembers.
pub(crate) const UNDER_WAY: usize = 5;

#[derive(Debug)]
pub(crate) struct Producer {
    pub(crate) id: i64,
    pub(crate) epoch: i16,
    pub(crate) next: i32,
    /// Not acknowledged, oldest first, by number of the batch.
    waiting: VecDeque<usize>,
    /// How many of those this log has taken.
    taken: usize,
}

impl Producer {
    pub(crate) fn new(id: i64) -> Self {
        Self { id, epoch: 0, next: 0, waiting: VecDeque::new(), taken: 0 }
    }

    /// Who sends the next new batch.
    pub(crate) fn sender(&self) -> Sender {
        Sender { id: self.id, epoch: self.epoch, sequence: self.next }
    }

    /// What has to be sent before anything new.
    pub(crate) fn due(&self) -> Option<usize> {
        self.waiting.get(self.taken).copied()
    }

    pub(crate) fn is_busy(&self) -> bool {
        self.waiting.len() == UNDER_WAY
    }

    pub(crate) fn is_idle(&self) -> bool {
        self.waiting.is_empty()
    }

    pub(crate) fn sends(&mut self, batch: usize, records: usize) {
        self.waiting.push_back(batch);
        self.next += i32::try_from(records).unwrap();
    }

    pub(crate) fn was_taken(&mut self) {
        self.taken += 1;
    }

    /// Drops what is acknowledged, from the oldest on.
    pub(crate) fn acknowledge(&mut self, is_acknowledged: impl Fn(usize) -> bool) {
        while self.taken > 0 && self.waiting.front().is_some_and(|batch| is_acknowledged(*batch)) {
            self.waiting.pop_front();
            self.taken -= 1;
        }
    }

    /// The log was opened anew: nothing is known of what was under way.
    pub(crate) fn starts_over(&mut self) {
        self.taken = 0;
    }

    /// Begins a new epoch; what was under way is given up.
    pub(crate) fn next_epoch(&mut self) {
        *self = Self { epoch: self.epoch + 1, ..Self::new(self.id) };
    }
}
