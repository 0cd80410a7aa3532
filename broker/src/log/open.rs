//! Opening a log: what is there is looked at, and mended where a crash explains it.
//!
//! A segment whose index says that it is whole is believed, so a start after a clean end reads almost nothing. The
//! last one, if it is not, is read through: what is behind the last whole batch is cut off, and what was not known
//! to be on disk for good is written once more, in place. Everything that a crash does not explain is an error: files
//! that are gone, batches that changed behind others that are whole.

use std::{
    io::{self, IoSlice},
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use super::{
    Log, LogError, LogOptions, State, failed,
    index::{End, Index},
    producers::Producers,
    retain::START,
    scan::Headers,
    segment::{self, INDEX, LOG, PRODUCERS, Segment},
};
use crate::{
    batch::{Batch, BatchError, HEADER},
    disk::{self, Disk, DiskFile, Entry, HALF_WRITTEN, Opening},
};

/// What an open found and did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recovery {
    /// Bytes of segments that were read to be sure of them.
    pub read_bytes: u64,
    /// What was cut off.
    pub cut: Option<Cut>,
    /// Indexes of closed segments that were made again.
    pub indexes: usize,
    /// Whether producers were learnt from all that is stored, for want of a snapshot.
    pub producers: bool,
}

/// A tail that was not whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    /// Of which file.
    pub path: PathBuf,
    /// From where on.
    pub position: u64,
    /// How much.
    pub bytes: u64,
    /// What was wrong with it.
    pub why: String,
    /// How many records were on disk for good, as the index says, and are not there now: a crash does not do that.
    pub lost: i64,
}

/// What reading a segment through showed.
struct Walked {
    index: Index,
    latest: i64,
    /// Up to which everything is whole.
    bytes: u64,
    end: i64,
    /// What is wrong behind it.
    why: Option<String>,
}

impl Log {
    /// Opens the log of a folder, or begins one there.
    ///
    /// Nobody else may have it open: whoever keeps logs holds a lock for all of them.
    pub fn open(
        disk: Arc<dyn Disk>,
        folder: &Path,
        options: LogOptions,
        now: i64,
    ) -> Result<(Self, Recovery), LogError> {
        let state = State {
            options,
            start: 0,
            end: 0,
            synced: 0,
            synced_bytes: 0,
            indexed_bytes: 0,
            segments: Vec::new(),
            producers: Producers::default(),
            snapshot_at: None,
            failure: None,
        };
        let log = Self { disk, folder: folder.to_owned(), syncing: Mutex::new(()), state: Mutex::new(state) };
        let recovery = log.look(now)?;
        Ok((log, recovery))
    }

    /// Whether a folder holds a log: also one that is damaged, or has lost all of its segments.
    pub fn is_there(disk: &dyn Disk, folder: &Path) -> bool {
        disk.open(&folder.join(START), Opening::Read).is_ok()
    }

    fn look(&self, now: i64) -> Result<Recovery, LogError> {
        let mut recovery = Recovery::default();
        self.disk.create_folder(&self.folder).map_err(failed("create", &self.folder))?;
        // The process before may have ended between giving a name and making it last. What is relied on from here
        // on has to.
        self.disk.sync_folder(&self.folder).map_err(failed("sync", &self.folder))?;
        let start = self.read_start()?;
        let mut found = self.segments_there(now)?;
        let mut state = self.state();
        match (start, found.first()) {
            (None, _) if found.iter().all(|segment| segment.bytes == 0) => {
                let offset = found.last().map_or(0, |segment| segment.base);
                return self.begin_anew(&mut state, offset, &found, now).map(|()| recovery);
            }
            (Some(start), None) => return Err(self.missing(start, start + 1)),
            (Some(start), Some(first)) if first.base > start => return Err(self.missing(start, first.base)),
            (start, first) => {
                let first = first.map_or(0, |first| first.base);
                state.start = start.unwrap_or(first);
                if start.is_none() {
                    self.write_start(first)?;
                }
            }
        }
        self.remove_what_is_below(state.start, &mut found)?;
        let mut last = found.pop().expect("because there is a first one");
        for number in 0..found.len() {
            let next = found.get(number + 1).map_or(last.base, |segment| segment.base);
            self.look_at_closed(&mut found[number], next, now, &mut recovery)?;
        }
        state.segments = found;
        self.look_at_last(&mut state, &mut last, &mut recovery)?;
        state.segments.push(last);
        if state.end < state.start {
            // What was removed before its tail was lost.
            let (start, gone) = (state.start, std::mem::take(&mut state.segments));
            self.begin_anew(&mut state, start, &gone, now)?;
        }
        self.learn_producers(&mut state, &mut recovery, now)?;
        Ok(recovery)
    }

    fn segments_there(&self, now: i64) -> Result<Vec<Segment>, LogError> {
        let entries = self.disk.entries(&self.folder).map_err(failed("list", &self.folder))?;
        let mut found: Vec<Segment> = entries
            .iter()
            .filter(|entry| !entry.is_folder)
            .filter_map(|entry| {
                let (base, _) = segment::parse(entry.name()?).filter(|(_, kind)| *kind == LOG)?;
                Some(Segment { bytes: entry.bytes, ..Segment::new(base, now) })
            })
            .collect();
        found.sort_unstable_by_key(|segment| segment.base);
        Ok(found)
    }

    fn missing(&self, from: i64, to: i64) -> LogError {
        LogError::Missing { folder: self.folder.clone(), from, to }
    }

    /// A log with nothing in it that begins at `offset`.
    fn begin_anew(
        &self,
        state: &mut State,
        offset: i64,
        instead_of: &[Segment],
        now: i64,
    ) -> Result<(), LogError> {
        for segment in instead_of {
            self.remove(segment.base, LOG)?;
            self.remove(segment.base, INDEX)?;
        }
        state.segments = vec![self.create(offset, now)?];
        if let Some(above) = self.folder.parent() {
            self.disk.sync_folder(above).map_err(failed("sync", above))?;
        }
        (state.start, state.end, state.synced, state.synced_bytes) = (offset, offset, offset, 0);
        self.write_start(offset)
    }

    /// A segment with another behind it, which begins at `next`.
    fn look_at_closed(
        &self,
        segment: &mut Segment,
        next: i64,
        now: i64,
        recovery: &mut Recovery,
    ) -> Result<(), LogError> {
        let index_path = segment.index_path(&self.folder);
        let index = Index::read(&*self.disk, &index_path).map_err(failed("read", &index_path))?;
        if let Some((_, end)) = index.filter(|(_, end)| end.bytes == segment.bytes && end.offset == next) {
            (segment.latest, segment.closed_at) = (end.latest, end.closed_at);
            return Ok(());
        }
        let file = self.file_of(segment)?;
        let path = segment.path(&self.folder);
        let walked = walk(&*file, segment, &path)?;
        segment.file = None;
        recovery.read_bytes += walked.bytes;
        recovery.indexes += 1;
        match walked.why {
            None if walked.end == next => {}
            None if walked.end < next => return Err(self.missing(walked.end, next)),
            None => {
                let why =
                    format!("its offsets reach to {}, and the next segment begins at {next}", walked.end);
                return Err(LogError::Damaged { path, position: 0, why });
            }
            Some(why) => return Err(LogError::Damaged { path, position: walked.bytes, why }),
        }
        // When it was closed is not known any more. It was not after now, so that it grows old from now on.
        (segment.latest, segment.closed_at) = (walked.latest, Some(now));
        let end = End { bytes: segment.bytes, offset: next, latest: walked.latest, closed_at: Some(now) };
        walked.index.write(&*self.disk, &index_path, &end).map_err(failed("write", &index_path))
    }

    fn look_at_last(
        &self,
        state: &mut State,
        last: &mut Segment,
        recovery: &mut Recovery,
    ) -> Result<(), LogError> {
        let index_path = last.index_path(&self.folder);
        let index = Index::read(&*self.disk, &index_path).map_err(failed("read", &index_path))?;
        if let Some((_, End { offset, closed_at: Some(_), .. })) = index {
            return Err(self.missing(offset, offset + 1));
        }
        let known = match index {
            Some((index, end)) if end.bytes == last.bytes => {
                (last.index, last.latest) = (index, end.latest);
                (state.end, state.synced) = (end.offset, end.offset);
                (state.synced_bytes, state.indexed_bytes) = (end.bytes, end.bytes);
                return Ok(());
            }
            Some((_, end)) => end,
            None => End { bytes: 0, offset: last.base, latest: i64::MIN, closed_at: None },
        };
        let file = self.file_of(last)?;
        let path = last.path(&self.folder);
        let walked = walk(&*file, last, &path)?;
        recovery.read_bytes += last.bytes;
        if last.bytes > walked.bytes || walked.end < known.offset {
            recovery.cut = Some(Cut {
                path: path.clone(),
                position: walked.bytes,
                bytes: last.bytes - walked.bytes,
                why: walked.why.unwrap_or_else(|| "the file is shorter than it was".to_owned()),
                lost: (known.offset - walked.end).max(0),
            });
            file.set_bytes(walked.bytes).map_err(failed("cut", &path))?;
        }
        if known.bytes > walked.bytes {
            // Once the segment is that long again the index would be believed, whatever is in there then.
            self.remove(last.base, INDEX)?;
            self.disk.sync_folder(&self.folder).map_err(failed("sync", &self.folder))?;
        }
        if walked.bytes > known.bytes || recovery.cut.is_some() {
            rewrite(&*file, known.bytes, walked.bytes).map_err(failed("write", &path))?;
            file.sync().map_err(failed("sync", &path))?;
        }
        if walked.bytes == 0 {
            last.file = None; // a thousand idle partitions hold no file
        }
        (last.index, last.latest, last.bytes) = (walked.index, walked.latest, walked.bytes);
        (state.end, state.synced, state.synced_bytes) = (walked.end, walked.end, walked.bytes);
        state.indexed_bytes = known.bytes.min(walked.bytes);
        Ok(())
    }

    /// Of segments that were removed any may be there again after a loss of power, so gaps between them mean nothing.
    fn remove_what_is_below(&self, start: i64, found: &mut Vec<Segment>) -> Result<(), LogError> {
        let keep = found.partition_point(|segment| segment.base <= start).saturating_sub(1);
        for segment in found.drain(..keep) {
            self.remove(segment.base, LOG)?;
            self.remove(segment.base, INDEX)?;
        }
        Ok(())
    }

    /// From the newest snapshot that is not ahead of the log, and from what was stored since.
    fn learn_producers(&self, state: &mut State, recovery: &mut Recovery, now: i64) -> Result<(), LogError> {
        let entries = self.disk.entries(&self.folder).map_err(failed("list", &self.folder))?;
        self.remove_half_written(&entries);
        let mut snapshots: Vec<i64> = entries
            .iter()
            .filter_map(|entry| segment::parse(entry.name()?).filter(|(_, kind)| *kind == PRODUCERS))
            .map(|(offset, _)| offset)
            .collect();
        snapshots.sort_unstable();
        let mut learnt_from = None;
        for offset in snapshots.into_iter().rev() {
            if offset > state.end {
                self.remove(offset, PRODUCERS)?; // of batches that were cut off
            } else if learnt_from.is_none()
                && let Some(producers) = self.read_producers(offset)?
            {
                (state.producers, state.snapshot_at, learnt_from) = (producers, Some(offset), Some(offset));
            }
        }
        let begins_at_nought = state.segments.first().is_some_and(|segment| segment.base == 0);
        recovery.producers = learnt_from.is_none() && !begins_at_nought;
        let from = learnt_from.unwrap_or(0);
        for number in state.segment_of(from)..state.segments.len() {
            let (path, file, base, bytes) = {
                let segment = &mut state.segments[number];
                let is_behind = segment.bytes == 0 || (learnt_from == Some(state.end));
                if is_behind {
                    continue;
                }
                (segment.path(&self.folder), self.file_of(segment)?, segment.base, segment.bytes)
            };
            let mut headers = Headers::new(&*file, &path, 0, bytes);
            while let Some((_, fields)) = headers.next()? {
                if fields.base_offset >= from {
                    state.producers.note(&fields, fields.base_offset, now);
                }
            }
            if base != state.last().base {
                state.segments[number].file = None;
            }
        }
        Ok(())
    }

    /// What [`disk::replace`] leaves when its process ends.
    fn remove_half_written(&self, entries: &[Entry]) {
        let start = Path::new(START).with_extension(HALF_WRITTEN);
        for entry in entries {
            let name = entry.name().unwrap_or_default();
            if Path::new(name) == start || segment::parse(name).is_some_and(|(_, kind)| kind == HALF_WRITTEN)
            {
                let _goes_next_time = self.disk.remove_file(&entry.path);
            }
        }
    }

    /// Nothing when it is not what was written.
    fn read_producers(&self, offset: i64) -> Result<Option<Producers>, LogError> {
        let path = segment::path(&self.folder, offset, PRODUCERS);
        let bytes = disk::read_all(&*self.disk, &path).map_err(failed("read", &path))?;
        let parts = bytes.strip_suffix(b"\n").and_then(|bytes| bytes.split_last_chunk::<9>());
        Ok(parts.and_then(|(text, sum)| {
            let stated = std::str::from_utf8(sum.strip_prefix(b"\n")?).ok()?;
            (u32::from_str_radix(stated, 16) == Ok(crc32c::crc32c(text)))
                .then(|| serde_json::from_slice(text).ok())
                .flatten()
        }))
    }
}

/// Writes what is there once more.
fn rewrite(file: &dyn DiskFile, mut from: u64, to: u64) -> io::Result<()> {
    let mut bytes = vec![0; 1 << 20];
    while from < to {
        let part = usize::try_from(to - from).map_or(bytes.len(), |left| left.min(bytes.len()));
        disk::read_exactly(file, &mut bytes[..part], from)?;
        disk::write_all(file, &mut [IoSlice::new(&bytes[..part])], from)?;
        from += part as u64;
    }
    Ok(())
}

/// Reads a segment through, up to the first batch that is not whole.
fn walk(file: &dyn DiskFile, segment: &Segment, path: &Path) -> Result<Walked, LogError> {
    let mut walked =
        Walked { index: Index::default(), latest: i64::MIN, bytes: 0, end: segment.base, why: None };
    let mut whole = Vec::new();
    while walked.bytes < segment.bytes {
        let left = usize::try_from(segment.bytes - walked.bytes).unwrap_or(usize::MAX);
        let mut read = |bytes: usize| {
            whole.resize(bytes, 0);
            disk::read_exactly(file, &mut whole, walked.bytes).map_err(failed("read", path))?;
            Ok::<_, LogError>(Batch::parse(&whole).map(|batch| *batch.fields()))
        };
        let fields = match read(left.min(HEADER))? {
            Err(BatchError::Torn { wanted, .. }) if wanted <= left => read(wanted)?,
            fields => fields,
        };
        match fields {
            Ok(fields) if fields.base_offset == walked.end => {
                walked.latest = walked.latest.max(fields.max_timestamp);
                walked.index.note(walked.end - segment.base, walked.bytes, walked.latest);
                walked.bytes += fields.bytes as u64;
                walked.end = fields.next_offset();
            }
            Ok(fields) => {
                walked.why = Some(format!("offset {} where {} belongs", fields.base_offset, walked.end));
                break;
            }
            Err(error) => {
                walked.why = Some(error.to_string());
                break;
            }
        }
    }
    Ok(walked)
}
