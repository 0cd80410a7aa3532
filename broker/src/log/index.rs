//! Where in a segment an offset or a time is: one entry for a stretch of bytes, with a summed end.
//!
//! The file is a shortcut and never the truth: one that is missing, torn or of another length than the segment is
//! made again from the segment. Its end also says up to where the segment was on disk for good when it was written,
//! which is only done after a sync; so recovery knows from where on bytes have to be written once more.

use std::{io, io::IoSlice, path::Path};

use crate::disk::{self, Disk, Opening};

/// A batch is entered when as many bytes lie between it and the last one that was.
const EVERY: u64 = 64 << 10;
const ENTRY: usize = 16;
const END: usize = 40;
const MAGIC: u32 = 0x5349_5831;
const NOT_CLOSED: i64 = i64::MIN;

/// A batch that is entered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Entry {
    /// Of its first offset to the segment's.
    offset: u32,
    /// Where it begins.
    position: u32,
    /// The latest time in the segment up to the end of this batch.
    latest: i64,
}

/// The entries of a segment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Index {
    entries: Vec<Entry>,
    entered_at: Option<u64>,
}

/// What the end of the file says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct End {
    /// Bytes of the segment that were on disk for good.
    pub(super) bytes: u64,
    /// The offset that follows them.
    pub(super) offset: i64,
    /// The latest time in them.
    pub(super) latest: i64,
    /// When the segment was closed, if it was.
    pub(super) closed_at: Option<i64>,
}

impl Index {
    /// Notes a batch, if it is time for an entry.
    pub(super) fn note(&mut self, relative_offset: i64, position: u64, latest: i64) {
        if self.entered_at.is_some_and(|entered| position < entered + EVERY) {
            return;
        }
        let (Ok(offset), Ok(at)) = (relative_offset.try_into(), position.try_into()) else { return };
        self.entries.push(Entry { offset, position: at, latest });
        self.entered_at = Some(position);
    }

    /// Where to begin to look for an offset: at the beginning of a batch that is not behind it.
    pub(super) fn position_of(&self, relative_offset: i64) -> u64 {
        let behind = self.entries.partition_point(|entry| i64::from(entry.offset) <= relative_offset);
        behind.checked_sub(1).map_or(0, |entry| self.entries[entry].position.into())
    }

    /// Where to begin to look for the first batch with a time not before `time`.
    pub(super) fn position_of_time(&self, time: i64) -> u64 {
        let reached = self.entries.partition_point(|entry| entry.latest < time);
        reached.checked_sub(1).map_or(0, |entry| self.entries[entry].position.into())
    }

    /// Writes the file anew. It is not synced: a torn one is told by its sum.
    pub(super) fn write(&self, disk: &dyn Disk, path: &Path, end: &End) -> io::Result<()> {
        let mut bytes = Vec::with_capacity(self.entries.len() * ENTRY + END);
        for entry in &self.entries {
            bytes.extend_from_slice(&entry.offset.to_le_bytes());
            bytes.extend_from_slice(&entry.position.to_le_bytes());
            bytes.extend_from_slice(&entry.latest.to_le_bytes());
        }
        bytes.extend_from_slice(&end.bytes.to_le_bytes());
        bytes.extend_from_slice(&end.offset.to_le_bytes());
        bytes.extend_from_slice(&end.latest.to_le_bytes());
        bytes.extend_from_slice(&end.closed_at.unwrap_or(NOT_CLOSED).to_le_bytes());
        let sum = crc32c::crc32c(&bytes);
        bytes.extend_from_slice(&sum.to_le_bytes());
        bytes.extend_from_slice(&MAGIC.to_le_bytes());
        match disk.remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let file = disk.open(path, Opening::Create)?;
        disk::write_all(&*file, &mut [IoSlice::new(&bytes)], 0)
    }

    /// Reads the file; nothing if it is not there, or is not what was written.
    pub(super) fn read(disk: &dyn Disk, path: &Path) -> io::Result<Option<(Self, End)>> {
        match disk::read_all(disk, path) {
            Ok(bytes) => Ok(Self::parse(&bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn parse(bytes: &[u8]) -> Option<(Self, End)> {
        let (summed, sum) = bytes.split_last_chunk::<8>()?;
        let stated = u32::from_le_bytes(*sum.first_chunk()?);
        let magic = u32::from_le_bytes(*sum.last_chunk()?);
        if magic != MAGIC || stated != crc32c::crc32c(summed) {
            return None;
        }
        let (entries, end) = summed.split_at_checked(summed.len().checked_sub(END - 8)?)?;
        if entries.len() % ENTRY != 0 {
            return None;
        }
        let number = |position: usize| end[position..].first_chunk().map(|bytes| i64::from_le_bytes(*bytes));
        let closed_at = number(24)?;
        let end = End {
            bytes: number(0)?.cast_unsigned(),
            offset: number(8)?,
            latest: number(16)?,
            closed_at: (closed_at != NOT_CLOSED).then_some(closed_at),
        };
        let entries: Vec<Entry> = entries
            .chunks_exact(ENTRY)
            .map(|entry| {
                Some(Entry {
                    offset: u32::from_le_bytes(*entry.first_chunk()?),
                    position: u32::from_le_bytes(*entry[4..].first_chunk()?),
                    latest: i64::from_le_bytes(*entry[8..].first_chunk()?),
                })
            })
            .collect::<Option<_>>()?;
        let entered_at = entries.last().map(|entry| entry.position.into());
        Some((Self { entries, entered_at }, end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::LocalDisk;

    fn sample() -> Index {
        let mut index = Index::default();
        for number in 0..10 {
            index.note(number * 10, number.cast_unsigned() * EVERY, 1_000 + number * 100);
            index.note(number * 10 + 1, number.cast_unsigned() * EVERY + 5, 5_000);
        }
        index
    }

    #[test]
    fn it_leads_to_a_batch_that_is_not_behind() {
        let index = sample();
        assert_eq!(index.entries.len(), 10);
        assert_eq!(index.position_of(0), 0);
        assert_eq!(index.position_of(39), 3 * EVERY);
        assert_eq!(index.position_of(40), 4 * EVERY);
        assert_eq!(index.position_of(4_000), 9 * EVERY);
        assert_eq!(index.position_of_time(0), 0);
        assert_eq!(index.position_of_time(1_400), 3 * EVERY, "the batch may lie between two entries");
        assert_eq!(index.position_of_time(9_999), 9 * EVERY);
    }

    #[test]
    fn what_is_written_is_read_and_nothing_else_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("index");
        let (index, end) = (sample(), End { bytes: 77, offset: 98, latest: 1_900, closed_at: Some(4) });
        index.write(&LocalDisk, &path, &end).unwrap();
        assert_eq!(Index::read(&LocalDisk, &path).unwrap(), Some((index, end)));
        let whole = std::fs::read(&path).unwrap();
        for position in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[position] ^= 0x10;
            assert_eq!(Index::parse(&bytes), None, "byte {position}");
            assert_eq!(Index::parse(&whole[..position]), None, "cut at {position}");
        }
        assert_eq!(Index::read(&LocalDisk, &folder.path().join("none")).unwrap(), None);
    }
}
