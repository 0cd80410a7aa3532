//! What is done to a log while it runs, by producers, readers and whoever keeps it.

use std::time::Duration;

use sawlog_broker::{
    batch::{Batch, Sender},
    disk::sim::{Fault, Operation},
    log::{LogError, Retention},
};

use super::{HOUR, World, YEAR};
use crate::{model::LEADER_EPOCH, producer::UNDER_WAY};

impl World {
    // What producers do.

    pub(super) fn append_of_somebody(&mut self) {
        let number = self.chance.index(self.producers.len());
        if let Some(batch) = self.producers[number].due() {
            return self.append(batch, Some(number));
        }
        if self.chance.one_in(40) {
            self.producers[number].next_epoch();
        }
        if self.producers[number].is_busy() {
            return;
        }
        let sender = self.producers[number].sender();
        let batch = self.new_batch(Some(sender));
        let records = self.model.sent[batch].times.len();
        self.producers[number].sends(batch, records);
        self.append(batch, Some(number));
    }

    pub(super) fn append_unnumbered(&mut self) {
        let batch = self.new_batch(None);
        self.append(batch, None);
    }

    pub(super) fn new_batch(&mut self, sender: Option<Sender>) -> usize {
        let mut time = self.now - HOUR;
        if self.chance.one_in(20) {
            time += 2 * YEAR; // a clock that is wrong
        }
        let records = 1 + self.chance.index(5);
        let times = (0..records).map(|_| time + self.chance.below(2_000).cast_signed()).collect();
        let len = self.chance.index(self.longest);
        let filler = self.chance.bytes(len);
        self.model.send(sender, times, &filler)
    }

    /// Appends a batch, which may be stored already.
    pub(super) fn append(&mut self, number: usize, producer: Option<usize>) {
        let struck = self.disk.struck();
        let sent = &self.model.sent[number];
        let batch = Batch::parse(&sent.bytes).unwrap();
        let segments = self.log().segments();
        match self.log().append(&batch, LEADER_EPOCH, self.now) {
            Ok(appended) => {
                assert_eq!(appended.last_offset, appended.base_offset + sent.records() - 1);
                self.note(format!("append {number}: {appended:?}"));
                if appended.is_repeat {
                    assert_eq!(self.model.sent[number].stored_at, Some(appended.base_offset), "of {number}");
                    self.counts.repeats += 1;
                } else {
                    self.model.store(number, appended.base_offset);
                    self.counts.appends += 1;
                }
                if let Some(producer) = producer {
                    self.producers[producer].was_taken();
                }
            }
            Err(error) => {
                assert!(!self.is_finishing, "{error}");
                self.excuse(&format!("append {number}"), &error, struck);
            }
        }
        if let Some(log) = &self.log {
            self.counts.rolls += log.segments().saturating_sub(segments);
        }
    }

    /// One of the last five is known, an older one is refused.
    pub(super) fn send_again(&mut self) {
        let number = self.chance.index(self.producers.len());
        let (id, epoch) = (self.producers[number].id, self.producers[number].epoch);
        let stored = self.model.stored_of(id, epoch);
        if stored.is_empty() {
            return;
        }
        let at = self.chance.index(stored.len());
        if at + UNDER_WAY >= stored.len() {
            self.append(stored[at], None);
        } else {
            self.refuse(stored[at]);
        }
    }

    pub(super) fn send_what_does_not_fit(&mut self) {
        let number = self.chance.index(self.producers.len());
        let Sender { id, epoch, .. } = self.producers[number].sender();
        let Some(last) = self.model.stored_of(id, epoch).pop() else { return };
        let last = &self.model.sent[last];
        let next = last.sender.unwrap().sequence + i32::try_from(last.records()).unwrap();
        let sender = match self.chance.below(3) {
            0 => Sender { id, epoch, sequence: next + 1 },
            1 => Sender { id, epoch: epoch + 1, sequence: 1 },
            _ if epoch > 0 => Sender { id, epoch: epoch - 1, sequence: 0 },
            _ => return,
        };
        let batch = self.new_batch(Some(sender));
        self.refuse(batch);
    }

    pub(super) fn refuse(&mut self, number: usize) {
        let struck = self.disk.struck();
        let batch = Batch::parse(&self.model.sent[number].bytes).unwrap();
        match self.log().append(&batch, LEADER_EPOCH, self.now) {
            Ok(appended) => panic!("batch {number} does not fit and is stored: {appended:?}"),
            Err(LogError::Sequence(_)) => self.counts.refused += 1,
            Err(error) => self.excuse("refuse", &error, struck),
        }
    }

    pub(super) fn sync(&mut self) {
        let struck = self.disk.struck();
        match self.log().sync() {
            Ok(synced) => {
                assert_eq!(synced, self.model.end);
                self.note(format!("synced {synced}"));
                self.counts.syncs += 1;
            }
            Err(error) => self.excuse("sync", &error, struck),
        }
    }

    // What readers do.

    pub(super) fn read(&mut self) {
        let struck = self.disk.struck();
        let (start, synced) = (self.model.start, self.log().synced());
        self.model.synced = synced;
        let span = (synced - start).cast_unsigned();
        let offset = start - 2 + self.chance.below(span + 5).cast_signed();
        let most = self.chance.index(4 * self.longest);
        match self.log().read(offset, most) {
            Ok(part) if part.bytes.is_empty() => assert_eq!(offset, synced),
            Ok(part) => {
                assert!((start..synced).contains(&offset), "{offset} was read, {start} to {synced} is there");
                let read_to = self.model.check_read(offset, most, &part.bytes);
                let first = Batch::parse(&part.bytes).unwrap().fields().base_offset;
                assert_eq!(part.records, (read_to - first).cast_unsigned());
                self.counts.reads += 1;
            }
            Err(LogError::OutOfRange { asked, start: from, end }) => {
                assert_eq!((asked, from, end), (offset, start, synced));
                assert!(!(start..=synced).contains(&offset));
            }
            Err(error) => self.excuse(&format!("read {offset}"), &error, struck),
        }
    }

    pub(super) fn find(&mut self) {
        let struck = self.disk.struck();
        self.model.synced = self.log().synced();
        let near = self.chance.below(4 * HOUR.cast_unsigned()).cast_signed();
        let time = match self.model.find_latest() {
            Some((_, latest)) if self.chance.one_in(3) => latest,
            _ => self.now - 2 * HOUR + near,
        };
        match self.log().find_time(time) {
            Ok(found) => assert_eq!(found, self.model.find_time(time), "first since {time}"),
            Err(error) => return self.excuse("find time", &error, struck),
        }
        match self.log().find_latest() {
            Ok(found) => assert_eq!(found, self.model.find_latest(), "latest"),
            Err(error) => self.excuse("find latest", &error, struck),
        }
    }

    // What happens to it.

    pub(super) fn remove(&mut self) {
        let struck = self.disk.struck();
        let synced = self.log().synced();
        let removed = if self.chance.one_in(2) {
            let span = (synced - self.model.start).cast_unsigned();
            let before = self.model.start + self.chance.below(span + 1).cast_signed();
            self.note(format!("delete before {before}"));
            self.log().delete_before(before).inspect(|_| assert_eq!(self.log().start(), before))
        } else {
            let age = Duration::from_hours(1 + self.chance.below(100));
            let retention = Retention {
                age: self.chance.one_in(3).then_some(age),
                bytes: self
                    .chance
                    .one_in(2)
                    .then_some(self.options.segment_bytes * (1 + self.chance.below(5))),
            };
            self.note(format!("{retention:?}"));
            self.log().retain(&retention, self.now)
        };
        match removed {
            Ok(_) => self.counts.removals += 1,
            Err(error) => self.excuse("remove", &error, struck),
        }
    }

    pub(super) fn jump(&mut self) {
        let far = YEAR.cast_unsigned() * 3;
        self.now += match self.chance.below(4) {
            0 => -self.chance.below(far).cast_signed(),
            1 => self.chance.below(far).cast_signed(),
            _ => self.chance.below(10 * HOUR.cast_unsigned()).cast_signed(),
        };
        self.note(format!("it is {}", self.now));
    }

    pub(super) fn change_options(&mut self) {
        self.options.segment_bytes =
            self.options.segment_bytes / 2 + self.chance.below(self.options.segment_bytes);
        self.log().set_options(self.options);
    }

    pub(super) fn plan_fault(&mut self) {
        let operation = match self.chance.below(4) {
            // What a log does most, and relies on most.
            0 => Operation::Write,
            1 => Operation::Sync,
            _ => Operation::ALL[self.chance.index(Operation::ALL.len())],
        };
        let endings = ["", ".log", ".index", ".new", "start", ".producers"];
        let ending = endings[self.chance.index(endings.len())];
        let nth = 1 + self.chance.below(8);
        let fault = match self.chance.below(3) {
            0 => Fault::Full,
            1 => Fault::Short,
            _ => Fault::Io,
        };
        self.note(format!("{nth}th {operation:?} of {ending:?} is going to fail: {fault:?}"));
        self.disk.fail(operation, ending, nth, fault);
        if self.chance.one_in(4) {
            self.disk.fail_by_chance(Operation::Write, Fault::Short, 3);
            self.disk.fail_by_chance(Operation::Read, Fault::Short, 3);
        }
    }

    pub(super) fn plan_end(&mut self) {
        let operations = self.chance.below(25);
        self.note(format!("ends after {operations} operations"));
        self.disk.stop_after(operations);
    }

    pub(super) fn limit(&mut self) {
        let free = self.chance.below(3 * self.longest as u64);
        let used: usize = self.disk.files().iter().map(|path| self.disk.look(path).unwrap().len()).sum();
        self.note(format!("{free} bytes are left on the disk"));
        self.disk.limit(Some(used as u64 + free));
        self.is_limited = true;
    }

    pub(super) fn heal(&mut self) {
        self.note("heals");
        self.disk.heal();
        self.is_limited = false;
    }
}
