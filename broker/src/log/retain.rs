//! Removing what is old, too much, or not wanted any more: always from the beginning, whole segments.
//!
//! The new beginning is written down for good before anything is removed. So files that are gone without that are
//! told apart from those that were removed here.

use std::{io, time::Duration};

use super::{
    Log, LogError, State, failed,
    segment::{self, INDEX, LOG, PRODUCERS},
};
use crate::disk;

/// What is kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Retention {
    /// Segments with nothing younger go.
    pub age: Option<Duration>,
    /// Segments go while those behind them have so many bytes.
    pub bytes: Option<u64>,
}

/// The file that says where the log begins.
pub(super) const START: &str = "start";

impl Log {
    /// Removes what need not be kept any longer; says how many segments went.
    ///
    /// A record is as old as its own time says, but not younger than its segment: times that lie in the future keep
    /// nothing for ever.
    pub fn retain(&self, retention: &Retention, now: i64) -> Result<usize, LogError> {
        let is_old = |state: &State, number: usize| {
            let segment = &state.segments[number];
            let (Some(age), false) = (retention.age, segment.bytes == 0) else { return false };
            let written = segment.latest.min(segment.closed_at.unwrap_or(now));
            i64::try_from(age.as_millis()).is_ok_and(|age| now.saturating_sub(written) > age)
        };
        let (last, base) = {
            let state = self.state();
            self.check(&state)?;
            (is_old(&state, state.segments.len() - 1), state.last().base)
        };
        if last {
            self.roll(base, now)?;
        }
        let start = {
            let state = self.state();
            let mut total: u64 = state.segments.iter().map(|segment| segment.bytes).sum();
            let goes = (0..state.segments.len() - 1).take_while(|number| {
                let bytes = state.segments[*number].bytes;
                let is_too_much = retention.bytes.is_some_and(|keep| total - bytes >= keep);
                total -= bytes;
                is_too_much || is_old(&state, *number)
            });
            state.segments[goes.count()].base
        };
        self.delete_before(start)
    }

    /// Removes what lies before an offset; says how many segments went. The end of what can be read is the most.
    pub fn delete_before(&self, offset: i64) -> Result<usize, LogError> {
        let mut state = self.state();
        self.check(&state)?;
        if offset > state.synced || offset < 0 {
            return Err(LogError::OutOfRange { asked: offset, start: state.start, end: state.synced });
        }
        if offset <= state.start {
            return Ok(0);
        }
        self.write_start(offset)?;
        state.start = offset;
        let keep = state.segment_of(offset);
        let gone: Vec<i64> = state.segments.drain(..keep).map(|segment| segment.base).collect();
        for base in &gone {
            self.remove(*base, LOG)?;
            self.remove(*base, INDEX)?;
        }
        self.forget_old_producers(&state);
        Ok(gone.len())
    }

    /// Forgets producers that have not been heard of since.
    pub fn forget_producers_before(&self, time: i64) {
        self.state().producers.forget_before(time);
    }

    pub(super) fn write_start(&self, offset: i64) -> Result<(), LogError> {
        let path = self.folder.join(START);
        let text = format!("{offset}\n{:08x}\n", crc32c::crc32c(offset.to_string().as_bytes()));
        disk::replace(&*self.disk, &path, text.as_bytes()).map_err(failed("write", &path))
    }

    pub(super) fn read_start(&self) -> Result<Option<i64>, LogError> {
        let path = self.folder.join(START);
        let bytes = match disk::read_all(&*self.disk, &path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(LogError::Disk { doing: "read", path, source }),
        };
        let text = String::from_utf8_lossy(&bytes);
        let offset = text.split_once('\n').and_then(|(offset, sum)| {
            let is_summed = u32::from_str_radix(sum.trim(), 16) == Ok(crc32c::crc32c(offset.as_bytes()));
            offset.parse().ok().filter(|_| is_summed)
        });
        let damaged =
            || LogError::Damaged { path, position: 0, why: "it is not an offset and its sum".to_owned() };
        offset.map(Some).ok_or_else(damaged)
    }

    /// Snapshots of producers before the last two are not needed any more.
    pub(super) fn forget_old_producers(&self, state: &State) {
        let Ok(entries) = self.disk.entries(&self.folder) else { return };
        let mut offsets: Vec<i64> = entries
            .iter()
            .filter_map(|entry| segment::parse(entry.name()?).filter(|(_, kind)| *kind == PRODUCERS))
            .map(|(offset, _)| offset)
            .filter(|offset| *offset <= state.last().base)
            .collect();
        offsets.sort_unstable();
        for offset in offsets.iter().rev().skip(2) {
            let _goes_next_time = self.remove(*offset, PRODUCERS);
        }
    }

    pub(super) fn remove(&self, offset: i64, kind: &str) -> Result<(), LogError> {
        let path = segment::path(&self.folder, offset, kind);
        match self.disk.remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed("remove", &path)(error)),
            _ => Ok(()),
        }
    }
}
