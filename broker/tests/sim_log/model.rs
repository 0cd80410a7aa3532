//! What a log has to have: every batch that was ever sent, and which of them are stored where.

use std::collections::{BTreeMap, HashMap};

use sawlog_broker::batch::{Batch, Header, Record, STAMP, Sender, build};

pub(crate) const LEADER_EPOCH: i32 = 3;

/// A batch that somebody sent.
#[derive(Debug)]
pub(crate) struct Sent {
    pub(crate) bytes: Vec<u8>,
    pub(crate) sender: Option<Sender>,
    pub(crate) times: Vec<i64>,
    /// Where it was stored last; what is lost is not.
    pub(crate) stored_at: Option<i64>,
    /// As it is stored. No sum covers it, so a loss of power before the sync may leave any.
    leader_epoch: i32,
}

impl Sent {
    pub(crate) fn records(&self) -> i64 {
        i64::try_from(self.times.len()).unwrap()
    }
}

#[derive(Debug, Default)]
pub(crate) struct Model {
    pub(crate) sent: Vec<Sent>,
    by_sum: HashMap<[u8; 4], usize>,
    /// Which batch begins at an offset.
    pub(crate) stored: BTreeMap<i64, usize>,
    pub(crate) start: i64,
    pub(crate) synced: i64,
    pub(crate) end: i64,
}

impl Model {
    pub(crate) fn send(&mut self, sender: Option<Sender>, times: Vec<i64>, filler: &[u8]) -> usize {
        let number = self.sent.len();
        let mut value = number.to_le_bytes().to_vec();
        value.extend_from_slice(filler);
        let record = |(at, time): (usize, &i64)| match at {
            0 => Record { value: Some(&value), ..Record::at(*time) },
            _ => Record::at(*time),
        };
        let records: Vec<Record<'_>> = times.iter().enumerate().map(record).collect();
        let bytes = build(&Header { base_offset: 0, sender }, &records);
        self.by_sum.insert(bytes[17..21].try_into().unwrap(), number);
        self.sent.push(Sent { bytes, sender, times, stored_at: None, leader_epoch: LEADER_EPOCH });
        number
    }

    pub(crate) fn store(&mut self, number: usize, offset: i64) {
        assert_eq!(offset, self.end, "offsets have no gaps");
        self.put(number, offset, LEADER_EPOCH);
        self.end = offset + self.sent[number].records();
    }

    fn put(&mut self, number: usize, offset: i64, leader_epoch: i32) {
        let sent = &mut self.sent[number];
        assert_eq!(sent.stored_at, None, "batch {number} is stored twice, again at {offset}");
        (sent.stored_at, sent.leader_epoch) = (Some(offset), leader_epoch);
        self.stored.insert(offset, number);
    }

    pub(crate) fn is_acknowledged(&self, number: usize) -> bool {
        let sent = &self.sent[number];
        sent.stored_at.is_some_and(|offset| offset + sent.records() <= self.synced)
    }

    /// What was stored of a sender's epoch, oldest first; also what is removed by now.
    pub(crate) fn stored_of(&self, id: i64, epoch: i16) -> Vec<usize> {
        let is_of = |sender: &Sender| sender.id == id && sender.epoch == epoch;
        let all = self.sent.iter().enumerate();
        let mut stored: Vec<(i64, usize)> = all
            .filter(|(_, sent)| sent.sender.as_ref().is_some_and(is_of))
            .filter_map(|(number, sent)| Some((sent.stored_at?, number)))
            .collect();
        stored.sort_unstable();
        stored.into_iter().map(|(_, number)| number).collect()
    }

    /// Checks batches that were read from an offset on; says where they end.
    pub(crate) fn check_read(&self, offset: i64, most: usize, bytes: &[u8]) -> i64 {
        let (mut next, number) =
            self.stored.range(..=offset).next_back().map(|(base, number)| (*base, *number)).unwrap();
        assert!(bytes.len() <= most.max(self.sent[number].bytes.len()), "more bytes than asked for");
        let mut left = bytes;
        while !left.is_empty() {
            let number = *self.stored.get(&next).unwrap_or_else(|| panic!("nothing is stored at {next}"));
            let batch = Batch::parse(left).unwrap_or_else(|error| panic!("read at {offset}: {error}"));
            self.check_batch(&batch, number, next);
            next += self.sent[number].records();
            left = &left[batch.bytes().len()..];
        }
        assert!(next > offset, "nothing was read at {offset}");
        assert!(next <= self.synced, "{next} was read, {} is synced", self.synced);
        next
    }

    fn check_batch(&self, batch: &Batch<'_>, number: usize, offset: i64) {
        let sent = Batch::parse(&self.sent[number].bytes).unwrap();
        assert_eq!(batch.bytes()[STAMP..], sent.bytes()[STAMP..], "batch {number} at {offset} changed");
        let stamp = sent.stamp(offset, self.sent[number].leader_epoch);
        assert_eq!(batch.bytes()[..STAMP], stamp, "stamp of {number} at {offset}");
    }

    /// What is there after the log was opened anew: all that was synced, and of the rest only what was sent.
    pub(crate) fn reopen(&mut self, start: i64, batches: &[u8]) {
        assert!(start >= self.start, "what was removed below {} is there again from {start}", self.start);
        let synced = self.synced;
        let is_lost = |offset: &i64| *offset >= synced;
        for number in self.stored.iter().filter(|(offset, _)| is_lost(offset)).map(|(_, number)| *number) {
            self.sent[number].stored_at = None;
        }
        self.stored.retain(|offset, _| !is_lost(offset));
        let (mut left, mut next, mut heard) = (batches, None, HashMap::new());
        while !left.is_empty() {
            let batch = Batch::parse(left).unwrap_or_else(|error| panic!("after {next:?}: {error}"));
            let offset = batch.fields().base_offset;
            assert_eq!(offset, next.unwrap_or(offset), "offsets have no gaps");
            let sum = &batch.bytes()[17..21];
            let number = *self.by_sum.get(sum).unwrap_or_else(|| panic!("nobody sent what is at {offset}"));
            if offset >= synced {
                let leader_epoch = i32::from_be_bytes(batch.bytes()[12..STAMP].try_into().unwrap());
                self.put(number, offset, leader_epoch);
            } else {
                assert_eq!(self.stored.get(&offset), Some(&number), "what was synced at {offset} changed");
            }
            self.check_batch(&batch, number, offset);
            if let Some(Sender { id, epoch, sequence }) = batch.fields().sender {
                let follows = (epoch, sequence + batch.fields().records);
                if let Some((before, expected)) = heard.insert(id, follows) {
                    let expected = if epoch == before { expected } else { 0 };
                    assert!(epoch >= before && sequence == expected, "numbers of {id} at {offset}");
                }
            }
            next = Some(batch.fields().next_offset());
            left = &left[batch.bytes().len()..];
        }
        let end = next.unwrap_or(start);
        assert!(end >= synced, "{synced} was synced, and only {end} is there");
        let first = self.stored.range(..=start).next_back().map_or(start, |(offset, _)| *offset);
        self.stored = self.stored.split_off(&first);
        (self.start, self.synced, self.end) = (start, end, end);
    }

    /// The first record since a time of those that can be read.
    pub(crate) fn find_time(&self, time: i64) -> Option<(i64, i64)> {
        self.readable().find(|(_, at)| *at >= time)
    }

    pub(crate) fn find_latest(&self) -> Option<(i64, i64)> {
        let latest = self.readable().map(|(_, at)| at).max()?;
        self.find_time(latest)
    }

    fn readable(&self) -> impl Iterator<Item = (i64, i64)> {
        let records = self
            .stored
            .iter()
            .flat_map(|(base, number)| (*base..).zip(self.sent[*number].times.iter().copied()));
        records.filter(|(offset, _)| (self.start..self.synced).contains(offset))
    }
}
