//! A small file of entries, each of which survives a loss of power once the call that added it has returned.
//!
//! The file is a header, a snapshot and what was appended since. Entries are JSON, so that a person can read them;
//! they come in frames of a length and a CRC32C. A snapshot is as many frames as it takes, one append is one frame,
//! so that it is there as a whole or not at all.
//!
//! ```text
//! header: magic u64 | bytes of header and snapshot u64 | CRC32C u32      frame: length u32 | CRC32C u32 | JSON lines
//! ```
//!
//! Invariants:
//! * An append starts only after the one before it was synced, hence only the last frame may be torn. A bad frame
//!   in the snapshot, or one with a good frame somewhere behind it, is damage: an error that names the place.
//!   Any other bad end is what a crash leaves: it is cut off and counted.
//! * After a failed write or sync the journal does nothing more until it is opened again. What then is read of the
//!   last append may never have reached the disk, although it reads well: opening writes it again and syncs.
//!
//! It does not lock: its owner holds the folder. It does not decide when to compact, and does not thread.

#[cfg(test)]
pub(crate) mod tests;

use std::{
    borrow::Borrow,
    fmt, io,
    io::IoSlice,
    marker::PhantomData,
    path::{Path, PathBuf},
    sync::Arc,
};

use serde::{Serialize, de::DeserializeOwned};

use crate::disk::{self, Disk, DiskFile, Opening};

const MAGIC: &[u8; 8] = b"SAWJRNL1";
const HEADER: usize = 20;
const FRAME_HEADER: usize = 8;
/// More than any append should need; a length beyond it is not one.
const FRAME_MAX: usize = 64 << 20;
/// A snapshot's frames are about that long.
const SNAPSHOT_FRAME: usize = 1 << 20;

/// Why a journal cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// It was not made or could not be opened.
    #[error("open the journal {path}")]
    Open {
        /// The journal.
        path: PathBuf,
        /// What the disk said.
        source: io::Error,
    },
    /// It could not be read.
    #[error("read the journal {path}")]
    Read {
        /// The journal.
        path: PathBuf,
        /// What the disk said.
        source: io::Error,
    },
    /// It is not a journal, or its first bytes are damaged.
    #[error("{path} does not begin as a journal does: its first {HEADER} bytes are damaged or missing")]
    Header {
        /// The journal.
        path: PathBuf,
    },
    /// Entries in the middle are damaged.
    #[error("the journal {path} is damaged at byte {position}, and good entries follow or are missing")]
    Damaged {
        /// The journal.
        path: PathBuf,
        /// Where the bad frame starts.
        position: u64,
    },
    /// An entry is whole, but not one that this version knows.
    #[error("the journal {path} holds an entry that cannot be understood in the frame at byte {position}")]
    Entry {
        /// The journal.
        path: PathBuf,
        /// Where its frame starts.
        position: u64,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// An entry could not be put into words.
    #[error("write an entry of the journal {path} as JSON")]
    Render {
        /// The journal.
        path: PathBuf,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// One append is more than a frame holds.
    #[error("{bytes} bytes are too many to append to the journal {path} at once")]
    TooLarge {
        /// The journal.
        path: PathBuf,
        /// How many they are.
        bytes: usize,
    },
    /// Writing failed; whether the entries are there is known when it is opened again.
    #[error("write the journal {path}")]
    Write {
        /// The journal.
        path: PathBuf,
        /// What the disk said.
        source: io::Error,
    },
    /// An earlier write failed.
    #[error("the journal {path} must be opened again: an earlier write to it failed")]
    Broken {
        /// The journal.
        path: PathBuf,
    },
}

/// What opening a journal had to mend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Repair {
    /// How many bytes of an append that was never acknowledged were cut off.
    pub cut_bytes: u64,
}

/// An open journal of entries `E`.
pub struct Journal<E> {
    disk: Arc<dyn Disk>,
    path: PathBuf,
    file: Box<dyn DiskFile>,
    bytes: u64,
    snapshot_bytes: u64,
    broken: bool,
    entries: PhantomData<fn(E) -> E>,
}

impl<E> fmt::Debug for Journal<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, bytes, snapshot_bytes, broken, .. } = self;
        write!(f, "Journal({} of {bytes} bytes, snapshot {snapshot_bytes}, broken {broken})", path.display())
    }
}

impl<E: Serialize + DeserializeOwned> Journal<E> {
    /// Opens a journal, or makes an empty one, and reads its entries in the order in which they were added.
    pub fn open(disk: Arc<dyn Disk>, path: &Path) -> Result<(Self, Vec<E>, Repair), JournalError> {
        let on_open = |source| JournalError::Open { path: path.to_owned(), source };
        let on_read = |source| JournalError::Read { path: path.to_owned(), source };
        let on_write = |source| JournalError::Write { path: path.to_owned(), source };
        let file = match disk.open(path, Opening::Write) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                disk::replace(&*disk, path, &with_header(&[])).map_err(on_open)?;
                disk.open(path, Opening::Write)
            }
            opened => opened,
        }
        .map_err(on_open)?;
        let length = file.bytes().map_err(on_read)?;
        let length = usize::try_from(length).map_err(|_| on_read(io::ErrorKind::FileTooLarge.into()))?;
        let mut read = vec![0; length];
        disk::read_exactly(&*file, &mut read, 0).map_err(on_read)?;

        let Found { entries, snapshot, last_frame, end } = find(path, &read)?;
        if end < read.len() {
            file.set_bytes(end as u64).map_err(on_write)?;
        }
        let mut unsure = [IoSlice::new(&read[last_frame..end])];
        disk::write_all(&*file, &mut unsure, last_frame as u64).map_err(on_write)?;
        file.sync().map_err(on_write)?;
        disk.sync_folder(folder(path)).map_err(on_write)?;

        let repair = Repair { cut_bytes: (read.len() - end) as u64 };
        let journal = Self {
            disk,
            path: path.to_owned(),
            file,
            bytes: end as u64,
            snapshot_bytes: snapshot as u64,
            broken: false,
            entries: PhantomData,
        };
        Ok((journal, entries, repair))
    }

    /// Adds entries, all or none. They survive a loss of power once this has returned.
    pub fn append(&mut self, entries: &[E]) -> Result<(), JournalError> {
        self.usable()?;
        if entries.is_empty() {
            return Ok(());
        }
        let mut frame = Frame::new();
        for entry in entries {
            frame.push(entry).map_err(|source| JournalError::Render { path: self.path.clone(), source })?;
        }
        self.fits(&frame)?;
        let frame = frame.close();
        self.broken = true;
        disk::write_all(&*self.file, &mut [IoSlice::new(&frame)], self.bytes)
            .and_then(|()| self.file.sync())
            .map_err(|source| JournalError::Write { path: self.path.clone(), source })?;
        self.broken = false;
        self.bytes += frame.len() as u64;
        Ok(())
    }

    /// Puts a snapshot in place of all entries: after a crash there are the old ones or these.
    pub fn replace_with(
        &mut self,
        entries: impl IntoIterator<Item = impl Borrow<E>>,
    ) -> Result<(), JournalError> {
        self.usable()?;
        let on_write = |source| JournalError::Write { path: self.path.clone(), source };
        let mut frames = Vec::new();
        let mut frame = Frame::new();
        for entry in entries {
            frame
                .push(entry.borrow())
                .map_err(|source| JournalError::Render { path: self.path.clone(), source })?;
            self.fits(&frame)?;
            if frame.payload_bytes() > SNAPSHOT_FRAME {
                frames.append(&mut std::mem::replace(&mut frame, Frame::new()).close());
            }
        }
        if frame.payload_bytes() > 0 {
            frames.append(&mut frame.close());
        }
        let bytes = with_header(&frames);
        self.broken = true;
        disk::replace(&*self.disk, &self.path, &bytes).map_err(on_write)?;
        self.file = self.disk.open(&self.path, Opening::Write).map_err(on_write)?;
        self.broken = false;
        self.bytes = bytes.len() as u64;
        self.snapshot_bytes = self.bytes;
        Ok(())
    }

    /// How long the file is.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// How much of the file was appended since the last snapshot. Compacting pays once this is far more than the
    /// snapshot.
    pub fn appended_bytes(&self) -> u64 {
        self.bytes - self.snapshot_bytes
    }

    /// Whether a write failed, so that only opening it again helps.
    pub fn is_broken(&self) -> bool {
        self.broken
    }

    fn fits(&self, frame: &Frame) -> Result<(), JournalError> {
        match frame.payload_bytes() {
            ..=FRAME_MAX => Ok(()),
            bytes => Err(JournalError::TooLarge { path: self.path.clone(), bytes }),
        }
    }

    fn usable(&self) -> Result<(), JournalError> {
        if self.broken { Err(JournalError::Broken { path: self.path.clone() }) } else { Ok(()) }
    }
}

/// A frame in the making: room for its length and CRC, then JSON lines.
struct Frame(Vec<u8>);

impl Frame {
    fn new() -> Self {
        Self(vec![0; FRAME_HEADER])
    }

    fn payload_bytes(&self) -> usize {
        self.0.len() - FRAME_HEADER
    }

    fn push(&mut self, entry: &impl Serialize) -> Result<(), serde_json::Error> {
        serde_json::to_writer(&mut self.0, entry)?;
        self.0.push(b'\n');
        Ok(())
    }

    fn close(mut self) -> Vec<u8> {
        let length = u32::try_from(self.payload_bytes()).expect("because no frame is longer than FRAME_MAX");
        let length = length.to_le_bytes();
        let crc = frame_crc(length, &self.0[FRAME_HEADER..]);
        self.0[..4].copy_from_slice(&length);
        self.0[4..FRAME_HEADER].copy_from_slice(&crc.to_le_bytes());
        self.0
    }
}

/// The length is part of it: a frame of zeros, as a file system may leave them, is none.
fn frame_crc(length: [u8; 4], payload: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(&length), payload)
}

fn with_header(frames: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEADER + frames.len());
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&((HEADER + frames.len()) as u64).to_le_bytes());
    bytes.extend_from_slice(&crc32c::crc32c(&bytes).to_le_bytes());
    bytes.extend_from_slice(frames);
    bytes
}

struct Found<E> {
    entries: Vec<E>,
    /// Where the snapshot ends.
    snapshot: usize,
    /// Where the last appended frame starts, or `end`.
    last_frame: usize,
    /// Where the last good frame ends.
    end: usize,
}

fn find<E: DeserializeOwned>(path: &Path, bytes: &[u8]) -> Result<Found<E>, JournalError> {
    let damaged = |at: usize| JournalError::Damaged { path: path.to_owned(), position: at as u64 };
    let snapshot = snapshot_end(bytes).ok_or_else(|| JournalError::Header { path: path.to_owned() })?;
    if snapshot > bytes.len() {
        return Err(damaged(bytes.len()));
    }
    let mut entries = Vec::new();
    let (mut end, mut last_frame) = (HEADER, snapshot);
    while let Some(payload) = frame_at(bytes, end) {
        for entry in serde_json::Deserializer::from_slice(payload).into_iter() {
            let on_entry =
                |source| JournalError::Entry { path: path.to_owned(), position: end as u64, source };
            entries.push(entry.map_err(on_entry)?);
        }
        last_frame = end.max(snapshot);
        end += FRAME_HEADER + payload.len();
    }
    let torn = end < bytes.len();
    if end < snapshot || torn && (end + 1..bytes.len()).any(|at| frame_at(bytes, at).is_some()) {
        return Err(damaged(end));
    }
    Ok(Found { entries, snapshot, last_frame, end })
}

fn snapshot_end(bytes: &[u8]) -> Option<usize> {
    let (head, crc) = bytes.get(..HEADER)?.split_at(HEADER - 4);
    let (magic, end) = head.split_at(MAGIC.len());
    let whole = magic == MAGIC && crc == crc32c::crc32c(head).to_le_bytes();
    usize::try_from(u64::from_le_bytes(end.try_into().ok()?)).ok().filter(|_| whole)
}

/// The payload of the frame that starts there, if a good one does.
fn frame_at(bytes: &[u8], at: usize) -> Option<&[u8]> {
    let (header, rest) = bytes.get(at..)?.split_at_checked(FRAME_HEADER)?;
    let (length, crc) = header.split_at(4);
    let length = <[u8; 4]>::try_from(length).ok()?;
    let bytes =
        usize::try_from(u32::from_le_bytes(length)).ok().filter(|bytes| (1..=FRAME_MAX).contains(bytes))?;
    let payload = rest.get(..bytes)?;
    (crc == frame_crc(length, payload).to_le_bytes()).then_some(payload)
}

fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}
