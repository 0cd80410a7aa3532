//! The covered sets of all streams of one partition: what a shard keeps, publishes and hands over.
//!
//! A *snapshot* is everything; a *delta* is what changed since the last one was taken. Whoever holds the state at
//! a delta's beginning and applies it holds the state at its end, and applying it again changes nothing. Both are
//! bytes of one form: a version, a kind, then streams in order with gaps and lengths as varints.
//!
//! A set is forgotten when it has not grown for the longer of a week and the topic's retention: what could repeat
//! it is gone by then. Times are the caller's, in milliseconds since 1970, and only ever move forward here.
//!
//! Deliberately absent: which partition it is, and a checksum; the object around it has both.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    sync::Arc,
};

use super::{Coverage, Covered};
use crate::{
    otlp::wire::{Reader, length, put_varint},
    source::{STREAM_BYTES, SourceRange, Stream},
};

/// A set lives at least so long after its last growth.
const WEEK_MS: u64 = 7 * 24 * 60 * 60 * 1000;
const VERSION: u8 = 1;
const SNAPSHOT: u8 = 0;
const DELTA: u8 = 1;
/// Before the ranges of a stream in a delta: what was known of it before is forgotten.
const FORGET: u64 = 1;

/// The covered sets of a partition.
#[derive(Debug, Clone, Default)]
pub struct CoveredStreams {
    streams: BTreeMap<Arc<str>, Growing>,
    changes: BTreeMap<Arc<str>, Change>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Growing {
    covered: Covered,
    grew_ms: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Change {
    forgotten: bool,
    since: Growing,
}

/// Bytes are no snapshot, or no delta.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CoveredError {
    /// Of a version that is not known here.
    #[error("covered ranges of version {0}, known is {VERSION}")]
    Version(u8),
    /// One where the other was expected.
    #[error("a snapshot of covered ranges where a delta should be, or the other way round")]
    Kind,
    /// Anything else.
    #[error("covered ranges are damaged: {0}")]
    Damaged(&'static str),
}

impl CoveredStreams {
    /// How a range lies to what is covered of its stream.
    pub fn coverage(&self, stream: &str, range: SourceRange) -> Coverage {
        self.streams.get(stream).map_or(Coverage::Outside, |held| held.covered.coverage(range))
    }

    /// Adds a range of a stream, and tells how it lay before.
    pub fn insert(&mut self, stream: &Stream, range: SourceRange, now_ms: u64) -> Coverage {
        let name = stream.to_string();
        let known = self.streams.get_key_value(name.as_str()).map(|(key, _)| Arc::clone(key));
        let name = known.unwrap_or_else(|| name.into());
        let coverage = self.streams.entry(Arc::clone(&name)).or_default().grow(range, now_ms);
        if coverage != Coverage::Inside {
            self.changes.entry(name).or_default().since.grow(range, now_ms);
        }
        coverage
    }

    /// Forgets every set that has not grown for the longer of a week and the topic's retention; nothing, where the
    /// topic keeps everything. Returns how many.
    pub fn expire(&mut self, now_ms: u64, retention_ms: Option<u64>) -> usize {
        let Some(retention_ms) = retention_ms else { return 0 };
        let age = retention_ms.max(WEEK_MS);
        let is_old = |growing: &Growing| now_ms.saturating_sub(growing.grew_ms) > age;
        let old: Vec<Arc<str>> =
            self.streams.iter().filter(|(_, held)| is_old(held)).map(|(name, _)| Arc::clone(name)).collect();
        for name in &old {
            self.streams.remove(name);
            self.changes.insert(Arc::clone(name), Change { forgotten: true, since: Growing::default() });
        }
        old.len()
    }

    /// How many streams are known.
    pub fn len(&self) -> usize {
        self.streams.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.streams.is_empty()
    }

    /// How many ranges there are; more than streams, where something is missing in between.
    pub fn ranges(&self) -> usize {
        self.streams.values().map(|held| held.covered.ranges().len()).sum()
    }

    /// Everything.
    pub fn snapshot(&self) -> Vec<u8> {
        let mut out = vec![VERSION, SNAPSHOT];
        for (name, held) in &self.streams {
            put_entry(&mut out, name, 0, held);
        }
        out
    }

    /// What changed since the last delta was taken, or since the snapshot that this was read from.
    pub fn take_delta(&mut self) -> Vec<u8> {
        let mut out = vec![VERSION, DELTA];
        for (name, change) in std::mem::take(&mut self.changes) {
            put_entry(&mut out, &name, if change.forgotten { FORGET } else { 0 }, &change.since);
        }
        out
    }

    /// From a snapshot.
    pub fn read_snapshot(bytes: &[u8]) -> Result<Self, CoveredError> {
        let mut streams = BTreeMap::new();
        for (name, change) in entries(bytes, SNAPSHOT)? {
            if change.forgotten || change.since.covered.is_empty() {
                return Err(CoveredError::Damaged("a stream without ranges"));
            }
            streams.insert(name, change.since);
        }
        Ok(Self { streams, changes: BTreeMap::new() })
    }

    /// Makes the changes of a delta. All of them or, where it is damaged, none.
    pub fn apply(&mut self, delta: &[u8]) -> Result<(), CoveredError> {
        for (name, change) in entries(delta, DELTA)? {
            if change.forgotten {
                self.streams.remove(&name);
            }
            if change.since.covered.is_empty() {
                continue;
            }
            match self.streams.entry(name) {
                Entry::Vacant(free) => drop(free.insert(change.since)),
                Entry::Occupied(mut held) => {
                    for range in change.since.covered.ranges() {
                        held.get_mut().grow(*range, change.since.grew_ms);
                    }
                }
            }
        }
        Ok(())
    }
}

/// Equal when they would answer the same; what a next delta would hold is not compared.
impl PartialEq for CoveredStreams {
    fn eq(&self, other: &Self) -> bool {
        self.streams == other.streams
    }
}

impl Growing {
    fn grow(&mut self, range: SourceRange, now_ms: u64) -> Coverage {
        let coverage = self.covered.insert(range);
        if coverage != Coverage::Inside {
            self.grew_ms = self.grew_ms.max(now_ms);
        }
        coverage
    }
}

fn put_entry(out: &mut Vec<u8>, name: &str, flags: u64, held: &Growing) {
    put_varint(out, length(name.len()));
    out.extend_from_slice(name.as_bytes());
    let ranges = held.covered.ranges();
    for number in [flags, held.grew_ms, length(ranges.len())] {
        put_varint(out, number);
    }
    let mut end = 0;
    for range in ranges {
        put_varint(out, range.begin() - end);
        put_varint(out, range.end() - range.begin());
        end = range.end();
    }
}

/// All entries of bytes of this kind, checked.
fn entries(bytes: &[u8], kind: u8) -> Result<Vec<(Arc<str>, Change)>, CoveredError> {
    let (&[version, found], rest) = bytes.split_first_chunk().ok_or(CoveredError::Damaged("too short"))?;
    if version != VERSION {
        return Err(CoveredError::Version(version));
    }
    if found != kind {
        return Err(CoveredError::Kind);
    }
    let mut reader = Reader::new(rest);
    let mut entries: Vec<(Arc<str>, Change)> = Vec::new();
    while !reader.rest().is_empty() {
        let entry = entry(&mut reader)?;
        if entries.last().is_some_and(|(before, _)| *before >= entry.0) {
            return Err(CoveredError::Damaged("streams out of order"));
        }
        entries.push(entry);
    }
    Ok(entries)
}

fn entry(reader: &mut Reader<'_>) -> Result<(Arc<str>, Change), CoveredError> {
    let cut = |_| CoveredError::Damaged("cut off");
    let name = reader.bytes().map_err(cut)?;
    let name = std::str::from_utf8(name).ok().filter(|name| name.len() <= STREAM_BYTES);
    let name = name.ok_or(CoveredError::Damaged("a stream's name"))?;
    let flags = reader.varint().map_err(cut)?;
    if flags > FORGET {
        return Err(CoveredError::Damaged("unknown flags"));
    }
    let grew_ms = reader.varint().map_err(cut)?;
    let count = reader.varint().map_err(cut)?;
    let mut ranges = Vec::new();
    let mut end = 0_u64;
    for index in 0..count {
        let (gap, bytes) = (reader.varint().map_err(cut)?, reader.varint().map_err(cut)?);
        if gap == 0 && index > 0 {
            return Err(CoveredError::Damaged("ranges that touch"));
        }
        let begin = end.checked_add(gap);
        let range = begin.and_then(|begin| SourceRange::new(begin, begin.checked_add(bytes)?));
        let range = range.ok_or(CoveredError::Damaged("a range"))?;
        end = range.end();
        ranges.push(range);
    }
    let since = Growing { covered: Covered(ranges), grew_ms };
    Ok((name.into(), Change { forgotten: flags == FORGET, since }))
}
