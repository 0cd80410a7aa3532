//! Who numbered what: repeats and gaps of producers, as far as they can be told from their numbers.
//!
//! Kept for each producer are its epoch and its last five batches, which is what a producer may have under way. Pure.

use std::collections::{HashMap, VecDeque};

use serde::{Deserialize, Serialize};

use crate::batch::{Fields, Sender};

/// As many batches a producer may have under way.
const REMEMBERED: usize = 5;
/// More producers than that, and those who were silent longest are forgotten.
const MOST_PRODUCERS: usize = 20_000;

/// Why a batch of a producer is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SequenceError {
    /// Another producer has taken its place.
    #[error("producer {producer} has epoch {current}, epoch {found} is over")]
    Fenced {
        /// Its id.
        producer: i64,
        /// Of whoever took its place.
        current: i16,
        /// As the batch says.
        found: i16,
    },
    /// Something between the last batch and this one is not there.
    #[error("producer {producer} has to go on with number {expected}, not {found}")]
    Gap {
        /// Its id.
        producer: i64,
        /// The number that follows the last one.
        expected: i32,
        /// As the batch says.
        found: i32,
    },
}

/// What is known of every producer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Producers {
    known: HashMap<i64, Known>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Known {
    epoch: i16,
    /// The oldest first.
    sent: VecDeque<Sent>,
    heard_at: i64,
}

/// A batch that is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Sent {
    first_sequence: i32,
    last_sequence: i32,
    pub(super) base_offset: i64,
    pub(super) last_offset: i64,
}

impl Producers {
    pub(super) fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// The stored batch that this one repeats, if it does.
    pub(super) fn check(&self, fields: &Fields) -> Result<Option<Sent>, SequenceError> {
        let Some(Sender { id: producer, epoch, sequence }) = fields.sender else { return Ok(None) };
        let Some(known) = self.known.get(&producer) else { return Ok(None) };
        if epoch < known.epoch {
            return Err(SequenceError::Fenced { producer, current: known.epoch, found: epoch });
        }
        let last = advanced(sequence, fields.last_offset_delta);
        let mut of_this_epoch = known.sent.iter().filter(|_| known.epoch == epoch);
        if let Some(sent) =
            of_this_epoch.clone().find(|sent| sent.first_sequence == sequence && sent.last_sequence == last)
        {
            return Ok(Some(*sent));
        }
        let expected = of_this_epoch.next_back().map_or(0, |sent| advanced(sent.last_sequence, 1));
        if expected == sequence {
            return Ok(None);
        }
        Err(SequenceError::Gap { producer, expected, found: sequence })
    }

    /// Takes note of a batch that has been stored with these offsets.
    pub(super) fn note(&mut self, fields: &Fields, base_offset: i64, now: i64) {
        let Some(Sender { id, epoch, sequence }) = fields.sender else { return };
        let known = self.known.entry(id).or_insert(Known { epoch, sent: VecDeque::new(), heard_at: now });
        if known.epoch != epoch {
            *known = Known { epoch, sent: VecDeque::new(), heard_at: now };
        }
        if known.sent.len() == REMEMBERED {
            known.sent.pop_front();
        }
        known.sent.push_back(Sent {
            first_sequence: sequence,
            last_sequence: advanced(sequence, fields.last_offset_delta),
            base_offset,
            last_offset: base_offset + i64::from(fields.last_offset_delta),
        });
        known.heard_at = now;
        if self.known.len() > MOST_PRODUCERS {
            self.forget_the_silent(MOST_PRODUCERS / 10);
        }
    }

    /// Forgets those who have not been heard since.
    pub(super) fn forget_before(&mut self, time: i64) {
        self.known.retain(|_, known| known.heard_at >= time);
    }

    fn forget_the_silent(&mut self, count: usize) {
        let mut heard: Vec<(i64, i64)> = self.known.iter().map(|(id, known)| (known.heard_at, *id)).collect();
        heard.sort_unstable();
        for (_, id) in heard.into_iter().take(count) {
            self.known.remove(&id);
        }
    }
}

/// Numbers begin anew at nought after the largest.
fn advanced(sequence: i32, by: i32) -> i32 {
    sequence.checked_add(by).unwrap_or_else(|| by - (i32::MAX - sequence) - 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::{Batch, Header, Record, build};

    fn fields(id: i64, epoch: i16, sequence: i32, records: usize) -> Fields {
        let header = Header { base_offset: 0, sender: Some(Sender { id, epoch, sequence }) };
        *Batch::parse(&build(&header, &vec![Record::default(); records])).unwrap().fields()
    }

    #[test]
    fn a_repeat_of_any_of_the_last_five_is_known_and_no_older_one() {
        let mut producers = Producers::default();
        for number in 0..7 {
            let batch = fields(1, 0, number * 10, 10);
            assert_eq!(producers.check(&batch), Ok(None));
            producers.note(&batch, i64::from(number) * 10, 0);
        }
        for number in 2..7 {
            let repeated = producers.check(&fields(1, 0, number * 10, 10)).unwrap().unwrap();
            assert_eq!(repeated.base_offset, i64::from(number) * 10);
        }
        let gap = |found| Err(SequenceError::Gap { producer: 1, expected: 70, found });
        assert_eq!(producers.check(&fields(1, 0, 10, 10)), gap(10), "older than five");
        assert_eq!(producers.check(&fields(1, 0, 60, 9)), gap(60), "of another length");
        assert_eq!(producers.check(&fields(1, 0, 71, 1)), gap(71));
    }

    #[test]
    fn an_epoch_fences_those_before_it_and_begins_at_nought() {
        let mut producers = Producers::default();
        producers.note(&fields(1, 3, 50, 5), 0, 0);
        let fenced = Err(SequenceError::Fenced { producer: 1, current: 3, found: 2 });
        assert_eq!(producers.check(&fields(1, 2, 55, 1)), fenced);
        let gap = Err(SequenceError::Gap { producer: 1, expected: 0, found: 55 });
        assert_eq!(producers.check(&fields(1, 4, 55, 1)), gap);
        assert_eq!(producers.check(&fields(1, 4, 0, 1)), Ok(None));
        assert_eq!(producers.check(&fields(2, 0, 900, 1)), Ok(None), "nothing is known of it");
    }

    #[test]
    fn numbers_begin_anew_after_the_largest() {
        let mut producers = Producers::default();
        let over = fields(1, 0, i32::MAX - 1, 5);
        producers.note(&over, 100, 0);
        assert_eq!(producers.check(&over).unwrap().unwrap().base_offset, 100);
        assert_eq!(producers.check(&fields(1, 0, 3, 1)), Ok(None));
        assert!(producers.check(&fields(1, 0, 2, 1)).is_err());
    }

    #[test]
    fn the_silent_are_forgotten_first() {
        let mut producers = Producers::default();
        for id in 0..=20_000 {
            producers.note(&fields(id, 0, 0, 1), id, id);
        }
        assert_eq!(producers.known.len(), 18_001);
        assert!(!producers.known.contains_key(&1_999) && producers.known.contains_key(&2_000));
        producers.forget_before(20_000);
        assert_eq!(producers.known.len(), 1);
    }
}
