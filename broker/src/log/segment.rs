//! A segment: a file of batches one after the other, named after its first offset, with an index and a snapshot of
//! producers beside it.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    Log, LogError, State, failed,
    index::{End, Index},
};
use crate::disk::{self, DiskFile, Opening};

/// The index of the last segment is written whenever so much more is on disk for good.
const RECOVERY_POINT_EVERY: u64 = 16 << 20;

/// A segment of an open log.
#[derive(Debug)]
pub(super) struct Segment {
    /// Its first offset.
    pub(super) base: i64,
    /// How long it is.
    pub(super) bytes: u64,
    /// The latest time of a record in it.
    pub(super) latest: i64,
    /// When its first batch was appended, as far as is known.
    pub(super) opened_at: i64,
    /// When it was closed, as far as is known.
    pub(super) closed_at: Option<i64>,
    /// Nothing more may be appended: the file of the next one is perhaps there.
    pub(super) is_ended: bool,
    /// Only of the last one; of others it is in the file.
    pub(super) index: Index,
    /// Once it was needed.
    pub(super) file: Option<Arc<dyn DiskFile>>,
}

impl Segment {
    pub(super) fn new(base: i64, now: i64) -> Self {
        Self {
            base,
            bytes: 0,
            latest: i64::MIN,
            opened_at: now,
            closed_at: None,
            is_ended: false,
            index: Index::default(),
            file: None,
        }
    }

    pub(super) fn path(&self, folder: &Path) -> PathBuf {
        path(folder, self.base, LOG)
    }

    pub(super) fn index_path(&self, folder: &Path) -> PathBuf {
        path(folder, self.base, INDEX)
    }
}

pub(super) const LOG: &str = "log";
pub(super) const INDEX: &str = "index";
pub(super) const PRODUCERS: &str = "producers";

/// Twenty digits, so that names sort as offsets do.
pub(super) fn path(folder: &Path, offset: i64, kind: &str) -> PathBuf {
    folder.join(format!("{offset:020}.{kind}"))
}

/// Offset and kind of a file's name.
pub(super) fn parse(name: &str) -> Option<(i64, &str)> {
    let (offset, kind) = name.split_once('.')?;
    let is_ours = offset.len() == 20 && offset.bytes().all(|byte| byte.is_ascii_digit());
    Some((offset.parse().ok().filter(|_| is_ours)?, kind))
}

impl Log {
    /// Opens the file of a segment, once.
    pub(super) fn file_of(&self, segment: &mut Segment) -> Result<Arc<dyn DiskFile>, LogError> {
        if let Some(file) = &segment.file {
            return Ok(Arc::clone(file));
        }
        let path = segment.path(&self.folder);
        let file = self.disk.open(&path, Opening::Write).map_err(failed("open", &path))?;
        Ok(Arc::clone(segment.file.insert(Arc::from(file))))
    }

    /// Makes the file of a segment that begins, and its name survive.
    pub(super) fn create(&self, base: i64, now: i64) -> Result<Segment, LogError> {
        let mut segment = Segment::new(base, now);
        let path = segment.path(&self.folder);
        let file = self.disk.open(&path, Opening::Create).map_err(failed("create", &path))?;
        self.disk.sync_folder(&self.folder).map_err(failed("sync", &self.folder))?;
        segment.file = Some(Arc::from(file));
        Ok(segment)
    }

    /// The index says from time to time how much of the last segment is on disk for good. It is a shortcut for the
    /// next open: when it cannot be written, that takes longer.
    pub(super) fn note_recovery_point(&self, state: &mut State) {
        if state.synced_bytes >= state.indexed_bytes + RECOVERY_POINT_EVERY {
            let _takes_longer = self.write_index(state, None);
        }
    }

    /// Writes the index of the last segment, all of which is synced up to [`State::synced_bytes`].
    pub(super) fn write_index(&self, state: &mut State, closed_at: Option<i64>) -> Result<(), LogError> {
        let last = state.last();
        let end = End { bytes: state.synced_bytes, offset: state.synced, latest: last.latest, closed_at };
        let path = last.index_path(&self.folder);
        last.index.write(&*self.disk, &path, &end).map_err(failed("write", &path))?;
        state.indexed_bytes = state.synced_bytes;
        Ok(())
    }

    /// Writes what is known of producers at the end of the log.
    pub(super) fn write_producers(&self, state: &mut State) -> Result<(), LogError> {
        let path = path(&self.folder, state.end, PRODUCERS);
        let mut text = serde_json::to_vec(&state.producers).expect("because numbers are JSON");
        let sum = crc32c::crc32c(&text);
        text.extend_from_slice(format!("\n{sum:08x}\n").as_bytes());
        disk::replace(&*self.disk, &path, &text).map_err(failed("write", &path))?;
        state.snapshot_at = Some(state.end);
        Ok(())
    }
}
