//! Brings what groups commit to the disk, many commits with one sync.
//!
//! Invariants: what can be read was synced, and is visible before the commit is answered; changes take effect in the
//! order in which they were handed in. After a failed write nothing is believed until the journal was opened again and
//! read; commits meanwhile are refused, and those that were under way may or may not be there.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::{
    sync::{mpsc, oneshot, watch},
    task::spawn_blocking,
};

use super::offsets::{Entry, Offsets};
use crate::{
    disk::Disk,
    journal::{Journal, JournalError, Repair},
};

/// How many commits may wait for the disk.
const QUEUE: usize = 1024;
/// How many entries are appended at once. With the longest notes they are less than a frame of the journal holds.
const APPEND_MAX: usize = 8000;
/// A journal is not compacted as long as less than this was appended.
const COMPACT_FROM: u64 = 1 << 20;

/// A change that waits to be kept, and who waits for it.
pub(super) struct Write {
    pub(super) entries: Vec<Entry>,
    pub(super) done: Option<oneshot::Sender<bool>>,
}

/// Where changes are handed in.
pub(super) type Writes = mpsc::Sender<Write>;

/// The committed offsets as they are on disk.
pub(super) type OnDisk = Arc<Mutex<Offsets>>;

/// The committed offsets as they are on disk, and the journal.
#[derive(Debug)]
pub(super) struct Store {
    disk: Arc<dyn Disk>,
    path: PathBuf,
    /// `None` after a failure.
    journal: Option<Journal<Entry>>,
    offsets: OnDisk,
    writes: mpsc::Receiver<Write>,
    wall: fn() -> i64,
}

impl Store {
    /// Opens or makes the journal. Blocks.
    pub(super) fn open(
        disk: Arc<dyn Disk>,
        path: PathBuf,
        wall: fn() -> i64,
    ) -> Result<(Self, Writes, OnDisk, Repair), JournalError> {
        let (journal, entries, repair) = Journal::open(Arc::clone(&disk), &path)?;
        let offsets = Arc::new(Mutex::new(Offsets::read(entries, wall())));
        let (hand_in, writes) = mpsc::channel(QUEUE);
        let store = Self { disk, path, journal: Some(journal), offsets: Arc::clone(&offsets), writes, wall };
        Ok((store, hand_in, offsets, repair))
    }

    /// Keeps changes until it ends; those that were handed in before are kept.
    pub(super) async fn run(mut self, mut ended: watch::Receiver<bool>) {
        let mut batch = Vec::new();
        let mut is_over = false;
        loop {
            tokio::select! {
                received = self.writes.recv_many(&mut batch, QUEUE) => if received == 0 { return },
                _ = ended.wait_for(|ended| *ended), if !is_over => {
                    is_over = true;
                    self.writes.close();
                    continue;
                }
            }
            self = self.keep(std::mem::take(&mut batch)).await;
        }
    }

    async fn keep(mut self, batch: Vec<Write>) -> Self {
        let kept = spawn_blocking(move || {
            let (entries, waiting): (Vec<_>, Vec<_>) =
                batch.into_iter().map(|write| (write.entries, write.done)).unzip();
            let done = self.append(entries.into_iter().flatten().collect());
            if let Err(error) = &done {
                let cause = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
                tracing::error!(%error, cause, "commits of groups were refused");
            }
            for waits in waiting.into_iter().flatten() {
                // Who no longer waits has gone away.
                let _gone = waits.send(done.is_ok());
            }
            self
        });
        kept.await.expect("because keeping does not panic")
    }

    fn append(&mut self, entries: Vec<Entry>) -> Result<(), JournalError> {
        let mut journal = match self.journal.take() {
            Some(journal) => journal,
            None => self.open_again()?,
        };
        for entries in entries.chunks(APPEND_MAX) {
            journal.append(entries)?;
        }
        let mut offsets = self.offsets.lock().unwrap_or_else(PoisonError::into_inner);
        for entry in entries {
            offsets.apply(entry);
        }
        let snapshot_bytes = journal.bytes() - journal.appended_bytes();
        let all = (journal.appended_bytes() > snapshot_bytes.max(COMPACT_FROM))
            .then(|| offsets.entries().collect());
        drop(offsets);
        let compacted = all.map_or(Ok(()), |all: Vec<Entry>| journal.replace_with(all));
        if let Err(error) = compacted {
            // What was appended is safe, whichever of the two files is found when it is opened again.
            tracing::warn!(%error, "the journal of groups was not compacted");
            return Ok(());
        }
        self.journal = Some(journal);
        Ok(())
    }

    fn open_again(&self) -> Result<Journal<Entry>, JournalError> {
        let (journal, entries, repair) = Journal::open(Arc::clone(&self.disk), &self.path)?;
        *self.offsets.lock().unwrap_or_else(PoisonError::into_inner) = Offsets::read(entries, (self.wall)());
        tracing::info!(cut_bytes = repair.cut_bytes, "the journal of groups was opened again");
        Ok(journal)
    }
}
