//! Appending, and closing a segment that is full or old.

use std::{io::IoSlice, sync::PoisonError};

use super::{Log, LogError, State, failed, producers::Sent, segment::Segment};
use crate::{
    batch::{Batch, STAMP},
    disk,
};

/// Where a batch is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Appended {
    /// Of its first record.
    pub base_offset: i64,
    /// Of its last record.
    pub last_offset: i64,
    /// It was there already: the producer sent it again.
    pub is_repeat: bool,
}

impl Log {
    /// Appends a batch as it is, apart from its stamp. It is on disk for good after [`Log::sync`] only.
    ///
    /// A batch that its producer sent before is not stored again; it has to be waited for like a new one, for the
    /// first may not be synced either.
    pub fn append(&self, batch: &Batch<'_>, leader_epoch: i32, now: i64) -> Result<Appended, LogError> {
        let mut state = loop {
            let state = self.state();
            self.check(&state)?;
            if let Some(Sent { base_offset, last_offset, .. }) = state.producers.check(batch.fields())? {
                return Ok(Appended { base_offset, last_offset, is_repeat: true });
            }
            if !state.has_to_roll(batch, now) {
                break state;
            }
            let base = state.last().base;
            drop(state);
            self.roll(base, now)?;
        };
        self.make_room(batch, &mut state)?;
        let base_offset = state.end;
        self.write(&mut state, batch, &batch.stamp(base_offset, leader_epoch), now)?;
        state.producers.note(batch.fields(), base_offset, now);
        state.end = base_offset + i64::from(batch.fields().last_offset_delta) + 1;
        Ok(Appended { base_offset, last_offset: state.end - 1, is_repeat: false })
    }

    fn make_room(&self, batch: &Batch<'_>, state: &mut State) -> Result<(), LogError> {
        let free = self.disk.free_bytes(&self.folder).map_err(failed("look at the room of", &self.folder))?;
        if free < state.options.reserve_bytes + batch.bytes().len() as u64 {
            return Err(LogError::Full { folder: self.folder.clone(), free });
        }
        Ok(())
    }

    fn write(
        &self,
        state: &mut State,
        batch: &Batch<'_>,
        stamp: &[u8; STAMP],
        now: i64,
    ) -> Result<(), LogError> {
        let end = state.end;
        let last = state.last_mut();
        let file = self.file_of(last)?;
        let position = last.bytes;
        let parts = &mut [IoSlice::new(stamp), IoSlice::new(&batch.bytes()[STAMP..])];
        if let Err(source) = disk::write_all(&*file, parts, position) {
            let path = last.path(&self.folder);
            // What is left of it would be taken for a torn tail by the next open, which is right, but not for long:
            // the next append would write over a part of it only.
            if let Err(error) = file.set_bytes(position) {
                state.failure =
                    Some(format!("{} could not be cut after a failed write: {error}", path.display()));
            }
            return Err(LogError::Disk { doing: "write", path, source });
        }
        if last.bytes == 0 {
            last.opened_at = now;
        }
        last.latest = last.latest.max(batch.fields().max_timestamp);
        last.index.note(end - last.base, position, last.latest);
        last.bytes += batch.bytes().len() as u64;
        Ok(())
    }

    /// Closes the segment that begins at `base`, if it is still the last one and holds something.
    pub(super) fn roll(&self, base: i64, now: i64) -> Result<(), LogError> {
        let _alone = self.syncing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut state = self.state();
        self.check(&state)?;
        if state.last().base != base || state.last().bytes == 0 {
            return Ok(());
        }
        let file = self.file_of(state.last_mut())?;
        if let Err(source) = file.sync() {
            let path = state.last().path(&self.folder);
            state.failure = Some(format!("{} could not be synced: {source}", path.display()));
            return Err(LogError::Disk { doing: "sync", path, source });
        }
        (state.synced, state.synced_bytes) = (state.end, state.last().bytes);
        self.write_producers(&mut state)?;
        // Also when the next one cannot be made now: its file may be left, and an open would take offsets that both
        // have for damage.
        state.last_mut().is_ended = true;
        let next = self.begin(state.end, now)?;
        // After the next one is there for good: an index that says "closed" promises that it is.
        let _takes_longer = self.write_index(&mut state, Some(now));
        let last = state.last_mut();
        last.closed_at = Some(now);
        // Its index is read from the file from now on, and its file is opened when somebody reads it.
        (last.index, last.file) = (super::index::Index::default(), None);
        state.segments.push(next);
        (state.synced_bytes, state.indexed_bytes) = (0, 0);
        self.forget_old_producers(&state);
        Ok(())
    }

    /// Like [`Log::create`], also when an attempt before left the file.
    fn begin(&self, base: i64, now: i64) -> Result<Segment, LogError> {
        match self.create(base, now) {
            Err(LogError::Disk { path, source, .. })
                if source.kind() == std::io::ErrorKind::AlreadyExists =>
            {
                self.disk.remove_file(&path).map_err(failed("remove", &path))?;
                self.create(base, now)
            }
            created => created,
        }
    }
}

impl State {
    fn has_to_roll(&self, batch: &Batch<'_>, now: i64) -> bool {
        let last = self.last();
        let age = now.saturating_sub(last.opened_at);
        let too_old = i64::try_from(self.options.segment_age.as_millis()).is_ok_and(|limit| age >= limit);
        let too_long = last.bytes + batch.bytes().len() as u64 > self.options.segment_bytes;
        let too_many = self.end - last.base > i64::from(i32::MAX) - i64::from(batch.fields().records);
        last.bytes > 0 && (last.is_ended || too_old || too_long || too_many)
    }
}
