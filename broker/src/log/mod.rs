//! An append-only log of record batches: one partition of a topic, or an agent's spool.
//!
//! ```text
//! append ──▶ last segment ──▶ sync ──▶ readers            retain, delete_before ──▶ first segments go
//!               ╰── full or old: closed for good, the next begins
//! ```
//!
//! * Readers see only what is on disk for good. What is appended becomes so by [`Log::sync`], which whoever appends
//!   asks for; many appends share one ([`Committer`]).
//! * Only the last segment can have bytes that were not synced: it is synced before the next begins.
//! * After a sync that failed the log takes nothing more until it is opened anew, and then the bytes in doubt are
//!   written once more before they are trusted: pages that could not be written look fine until memory is short.
//! * Offsets have no gaps. A batch of a producer that numbers is stored once, also across restarts.
//!
//! Deliberately absent: compaction by key, and a clock. Whoever calls says what time it is.

mod append;
mod commit;
mod index;
mod open;
mod producers;
mod read;
mod retain;
mod scan;
mod segment;

use std::{
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

pub use append::Appended;
pub use commit::Committer;
pub use open::{Cut, Recovery};
pub use producers::SequenceError;
pub use read::Part;
pub use retain::Retention;

use self::{producers::Producers, segment::Segment};
use crate::{batch::RecordError, disk::Disk};

/// How a log is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogOptions {
    /// A segment that would become longer is closed first.
    pub segment_bytes: u64,
    /// A segment that is older is closed.
    pub segment_age: Duration,
    /// So many bytes of the file system are left free.
    pub reserve_bytes: u64,
}

impl Default for LogOptions {
    fn default() -> Self {
        Self { segment_bytes: 128 << 20, segment_age: Duration::from_hours(7 * 24), reserve_bytes: 64 << 20 }
    }
}

/// What can fail with a log.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The file system refuses something.
    #[error("{doing} {}", path.display())]
    Disk {
        /// In words that are followed by the path.
        doing: &'static str,
        /// Of what.
        path: PathBuf,
        /// As the file system says.
        source: io::Error,
    },
    /// It failed before, and what is on disk since is in doubt.
    #[error("the log in {} takes nothing more until it is opened anew: {why}", folder.display())]
    Failed {
        /// The log's.
        folder: PathBuf,
        /// What failed.
        why: String,
    },
    /// The file system has too little left.
    #[error("{} bytes are free for {}, which leaves nothing to write", free, folder.display())]
    Full {
        /// The log's.
        folder: PathBuf,
        /// On its file system.
        free: u64,
    },
    /// There is nothing at that offset: not any more, or not yet.
    #[error("offset {asked} is not in the log, which has {start} to {end}")]
    OutOfRange {
        /// The offset that was asked for.
        asked: i64,
        /// The first there is.
        start: i64,
        /// Behind the last that can be read.
        end: i64,
    },
    /// Files are gone that nobody removed here.
    #[error("offsets {from} to {to} are gone from {}", folder.display())]
    Missing {
        /// The log's.
        folder: PathBuf,
        /// The first that is gone.
        from: i64,
        /// Behind the last.
        to: i64,
    },
    /// Bytes are not those that were written, where no crash explains it.
    #[error("{} is damaged at byte {position}: {why}", path.display())]
    Damaged {
        /// Of the file.
        path: PathBuf,
        /// Where in it.
        position: u64,
        /// In words.
        why: String,
    },
    /// The producer's numbers do not fit.
    #[error(transparent)]
    Sequence(#[from] SequenceError),
    /// A batch cannot be looked into.
    #[error(transparent)]
    Records(#[from] RecordError),
}

/// An open log. It can be used by several threads at once.
#[derive(Debug)]
pub struct Log {
    disk: Arc<dyn Disk>,
    folder: PathBuf,
    /// Held while syncing: of two syncs at once only one is told of an error.
    syncing: Mutex<()>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    options: LogOptions,
    /// The first offset there is.
    start: i64,
    /// The next that is given.
    end: i64,
    /// Behind the last that is on disk for good.
    synced: i64,
    /// Bytes of the last segment that are on disk for good.
    synced_bytes: u64,
    /// As [`State::synced_bytes`] was when the index said so.
    indexed_bytes: u64,
    /// Never empty.
    segments: Vec<Segment>,
    producers: Producers,
    /// The offset of the newest snapshot of producers.
    snapshot_at: Option<i64>,
    failure: Option<String>,
}

impl State {
    fn last(&self) -> &Segment {
        self.segments.last().expect("because a log has a segment")
    }

    fn last_mut(&mut self) -> &mut Segment {
        self.segments.last_mut().expect("because a log has a segment")
    }

    /// How much of a segment may be read.
    fn readable_bytes(&self, number: usize) -> u64 {
        if number + 1 == self.segments.len() { self.synced_bytes } else { self.segments[number].bytes }
    }
}

impl Log {
    /// The first offset there is.
    pub fn start(&self) -> i64 {
        self.state().start
    }

    /// The offset that the next record gets.
    pub fn end(&self) -> i64 {
        self.state().end
    }

    /// Behind the last offset that can be read: all before it is on disk for good.
    pub fn synced(&self) -> i64 {
        self.state().synced
    }

    /// How long all segments are together.
    pub fn bytes(&self) -> u64 {
        self.state().segments.iter().map(|segment| segment.bytes).sum()
    }

    /// How many segments there are.
    pub fn segments(&self) -> usize {
        self.state().segments.len()
    }

    /// Where it is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// From the next append on.
    pub fn set_options(&self, options: LogOptions) {
        self.state().options = options;
    }

    /// Makes what was appended so far survive a loss of power, and readable; says up to which offset.
    pub fn sync(&self) -> Result<i64, LogError> {
        let _alone = self.syncing.lock().unwrap_or_else(PoisonError::into_inner);
        let (file, path, base, bytes, end) = {
            let mut state = self.state();
            self.check(&state)?;
            if state.synced == state.end {
                return Ok(state.synced);
            }
            let (bytes, end) = (state.last().bytes, state.end);
            let file = self.file_of(state.last_mut())?;
            (file, state.last().path(&self.folder), state.last().base, bytes, end)
        };
        let synced = file.sync();
        let mut state = self.state();
        self.check(&state)?;
        if let Err(source) = synced {
            state.failure = Some(format!("{} could not be synced: {source}", path.display()));
            return Err(LogError::Disk { doing: "sync", path, source });
        }
        debug_assert_eq!(state.last().base, base, "no segment begins while one is synced");
        (state.synced, state.synced_bytes) = (end, bytes);
        self.note_recovery_point(&mut state);
        Ok(end)
    }

    /// Syncs, and leaves what lets the next open begin at once.
    pub fn close(&self) -> Result<(), LogError> {
        self.sync()?;
        let mut state = self.state();
        if state.indexed_bytes < state.synced_bytes {
            self.write_index(&mut state, None)?;
        }
        if state.producers.is_empty() || state.snapshot_at == Some(state.end) {
            return Ok(());
        }
        self.write_producers(&mut state)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic of another thread leaves at worst an append that nobody was told of.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn check(&self, state: &State) -> Result<(), LogError> {
        match &state.failure {
            None => Ok(()),
            Some(why) => Err(LogError::Failed { folder: self.folder.clone(), why: why.clone() }),
        }
    }
}

/// For `map_err`: what was being done, and to what.
fn failed(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> LogError {
    let path = path.to_owned();
    move |source| LogError::Disk { doing, path, source }
}
