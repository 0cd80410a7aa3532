//! Reading from an offset, and finding the offset of a time.

use std::{path::PathBuf, sync::Arc};

use bytes::Bytes;

use super::{Log, LogError, State, failed, index::Index, scan::Headers};
use crate::{
    batch::{Batch, Fields, HEADER, first_at_or_after, latest_since},
    disk::{self, DiskFile},
};

/// Whole batches, one after the other, as they are stored.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Part {
    /// All of them.
    pub bytes: Bytes,
    /// How many records they say they have.
    pub records: u64,
}

/// A part of a segment that may be read, and where to begin to look.
struct Place {
    file: Arc<dyn DiskFile>,
    path: PathBuf,
    begin: u64,
    limit: u64,
}

/// What is looked for in a segment.
#[derive(Clone, Copy)]
enum Wanted {
    Offset(i64),
    Time(i64),
}

impl Log {
    /// Whole batches from the one that holds `offset` on: as many as fit into `most`, but one at least. Nothing at
    /// the end.
    pub fn read(&self, offset: i64, most: usize) -> Result<Part, LogError> {
        let place = {
            let mut state = self.state();
            if offset < state.start || offset > state.synced {
                return Err(LogError::OutOfRange { asked: offset, start: state.start, end: state.synced });
            }
            if offset == state.synced {
                return Ok(Part::default());
            }
            let number = state.segment_of(offset);
            self.place(&mut state, number, Wanted::Offset(offset))?
        };
        let mut headers = place.headers();
        while let Some((position, fields)) = headers.next()? {
            if fields.last_offset() >= offset {
                return place.batches(position, fields.bytes, most);
            }
        }
        Err(place.damaged(format!("offset {offset} is not where it has to be")))
    }

    /// How many bytes can be read from an offset on, or a little more.
    pub fn bytes_from(&self, offset: i64) -> Result<u64, LogError> {
        let state = self.state();
        if offset < state.start || offset > state.synced {
            return Err(LogError::OutOfRange { asked: offset, start: state.start, end: state.synced });
        }
        if offset == state.synced {
            return Ok(0);
        }
        let number = state.segment_of(offset);
        let first = &state.segments[number];
        let before = first.index.position_of(offset - first.base);
        let all = (number..state.segments.len()).map(|number| state.readable_bytes(number)).sum::<u64>();
        Ok(all.saturating_sub(before).max(1))
    }

    /// Offset and time of the first record that is not before `time`.
    pub fn find_time(&self, time: i64) -> Result<Option<(i64, i64)>, LogError> {
        let mut number = 0;
        loop {
            let (place, start) = {
                let mut state = self.state();
                let reaches = |segment: &super::Segment| segment.latest >= time && segment.bytes > 0;
                let found = state.segments.iter().skip(number).position(reaches);
                let Some(found) = found else { return Ok(None) };
                number += found;
                (self.place(&mut state, number, Wanted::Time(time))?, state.start)
            };
            if let Some(found) = place.first_since(time, start)? {
                return Ok(Some(found));
            }
            number += 1;
        }
    }

    /// Offset and time of the record with the latest time.
    pub fn find_latest(&self) -> Result<Option<(i64, i64)>, LogError> {
        let latest = {
            let state = self.state();
            let readable = state.segments.iter().filter(|segment| segment.bytes > 0);
            readable.map(|segment| segment.latest).max()
        };
        // What is not synced yet may be later than anything that can be read.
        match latest {
            None => Ok(None),
            Some(latest) => match self.find_time(latest)? {
                Some(found) => Ok(Some(found)),
                None => self.find_latest_by_walking(),
            },
        }
    }

    fn find_latest_by_walking(&self) -> Result<Option<(i64, i64)>, LogError> {
        let mut best: Option<i64> = None;
        let count = self.segments();
        for number in 0..count {
            let (place, start) = {
                let mut state = self.state();
                if number >= state.segments.len() {
                    break;
                }
                (self.place(&mut state, number, Wanted::Offset(0))?, state.start)
            };
            let mut headers = place.headers();
            while let Some((position, fields)) = headers.next()? {
                best = best.max(place.latest_of(position, &fields, start)?);
            }
        }
        best.map_or(Ok(None), |latest| self.find_time(latest))
    }

    /// Where to look in a segment.
    fn place(&self, state: &mut State, number: usize, wanted: Wanted) -> Result<Place, LogError> {
        let is_last = number + 1 == state.segments.len();
        let limit = state.readable_bytes(number);
        let segment = &mut state.segments[number];
        let path = segment.path(&self.folder);
        let base = segment.base;
        let begin = |index: &Index| match wanted {
            Wanted::Offset(offset) => index.position_of(offset - base),
            Wanted::Time(time) => index.position_of_time(time),
        };
        if is_last {
            let begin = begin(&segment.index).min(limit);
            return Ok(Place { file: self.file_of(segment)?, path, begin, limit });
        }
        let index_path = segment.index_path(&self.folder);
        let index = Index::read(&*self.disk, &index_path).map_err(failed("read", &index_path))?;
        // Without an index it is looked for from the beginning.
        let begin = index.map_or(0, |(index, _)| begin(&index)).min(limit);
        let file = self.disk.open(&path, disk::Opening::Read).map_err(failed("open", &path))?;
        Ok(Place { file: Arc::from(file), path, begin, limit })
    }
}

impl State {
    /// The segment that holds an offset between start and end.
    pub(super) fn segment_of(&self, offset: i64) -> usize {
        self.segments.partition_point(|segment| segment.base <= offset).saturating_sub(1)
    }
}

impl Place {
    fn headers(&self) -> Headers<'_> {
        Headers::new(&*self.file, &self.path, self.begin, self.limit)
    }

    fn damaged(&self, why: String) -> LogError {
        LogError::Damaged { path: self.path.clone(), position: self.begin, why }
    }

    /// Whole batches from `position` on; the first has `first` bytes.
    fn batches(&self, position: u64, first: usize, most: usize) -> Result<Part, LogError> {
        let there = usize::try_from(self.limit - position).unwrap_or(usize::MAX);
        let mut bytes = vec![0; there.min(most.max(first))];
        disk::read_exactly(&*self.file, &mut bytes, position).map_err(failed("read", &self.path))?;
        let (mut whole, mut records) = (0, 0);
        while let Some(header) = bytes.get(whole..).and_then(|rest| rest.first_chunk::<HEADER>()) {
            let fields = Fields::read(header).map_err(|error| self.damaged(error.to_string()))?;
            if whole + fields.bytes > bytes.len() {
                break;
            }
            whole += fields.bytes;
            records += u64::try_from(fields.records).unwrap_or(0);
        }
        bytes.truncate(whole);
        Ok(Part { bytes: bytes.into(), records })
    }

    fn first_since(&self, time: i64, start: i64) -> Result<Option<(i64, i64)>, LogError> {
        let mut headers = self.headers();
        while let Some((position, fields)) = headers.next()? {
            if fields.max_timestamp < time || fields.last_offset() < start {
                continue;
            }
            let part = self.batches(position, fields.bytes, fields.bytes)?;
            if let Some(found) = first_at_or_after(&self.parsed(position, &part.bytes)?, start, time)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// The latest time in a batch, of which a part may lie before the start of the log.
    fn latest_of(&self, position: u64, fields: &Fields, start: i64) -> Result<Option<i64>, LogError> {
        if fields.last_offset() < start {
            return Ok(None);
        }
        if fields.base_offset >= start {
            return Ok(Some(fields.max_timestamp));
        }
        let part = self.batches(position, fields.bytes, fields.bytes)?;
        Ok(latest_since(&self.parsed(position, &part.bytes)?, start)?)
    }

    fn parsed<'a>(&self, position: u64, bytes: &'a [u8]) -> Result<Batch<'a>, LogError> {
        let damaged = |why| LogError::Damaged { path: self.path.clone(), position, why };
        Batch::parse(bytes).map_err(|error| damaged(error.to_string()))
    }
}
