//! A disk in memory that fails on command and by seeded chance.
//!
//! It keeps the rules of [`disk`](super) as meanly as they allow: what was not synced is, after
//! [`SimDisk::lose_power`], old, new, torn or spoilt, page by page; a name of a folder that was not synced is there
//! or not; after a failed sync the pages are seen until power is lost or [`SimDisk::drop_caches`], and no later sync
//! carries them over. A sync of a file does not carry over its name.
//!
//! All clones of a disk are one process. After [`SimDisk::lose_power`] and [`SimDisk::kill_process`], and after the
//! operation that [`SimDisk::stop_after`] named, that process is gone: every operation of its clones, files and
//! locks fails and changes nothing. The disk goes on as the one those methods return.
//!
//! Deliberately absent: hard links, renames from folder to folder, time.

mod chance;
mod content;
mod fault;
mod handle;
mod names;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

pub use self::{
    chance::Chance,
    content::{PAGE, SECTOR},
    fault::{Fault, Operation},
};
use self::{
    content::Content,
    fault::Faults,
    handle::{SimFile, SimLock},
    names::{Names, Node, Number},
};
use super::{Disk, DiskFile, DiskLock, Entry, Opening};

/// How much a disk without a limit says is free.
const ENDLESS: u64 = 1 << 50;

/// A disk in memory, as one process sees it.
#[derive(Clone)]
pub struct SimDisk {
    machine: Arc<Mutex<Machine>>,
    /// Which process this is, counted from the first.
    process: u64,
}

#[derive(Debug, Clone)]
struct Machine {
    chance: Chance,
    names: Names,
    contents: BTreeMap<Number, Content>,
    next: Number,
    /// How many handles a file has.
    handles: BTreeMap<Number, u32>,
    locks: BTreeSet<PathBuf>,
    faults: Faults,
    capacity: Option<u64>,
    /// The process that runs; none between a stop and what comes after it.
    running: Option<u64>,
    /// How many operations the process still does.
    left: Option<u64>,
    processes: u64,
}

impl SimDisk {
    /// An empty disk whose every choice comes from a seed.
    pub fn new(seed: u64) -> Self {
        let machine = Machine {
            chance: Chance::new(seed),
            names: Names::default(),
            contents: BTreeMap::new(),
            next: 0,
            handles: BTreeMap::new(),
            locks: BTreeSet::new(),
            faults: Faults::default(),
            capacity: None,
            running: Some(0),
            left: None,
            processes: 0,
        };
        Self { machine: Arc::new(Mutex::new(machine)), process: 0 }
    }

    /// Makes the `nth` such operation from now (1 is the next) on a path that ends so fail, once. A rename's path is
    /// the new one.
    pub fn fail(&self, operation: Operation, ending: &str, nth: u64, fault: Fault) {
        self.machine().faults.plan(operation, ending, nth, fault);
    }

    /// Makes such operations fail once in so many times, until [`Self::heal`].
    pub fn fail_by_chance(&self, operation: Operation, fault: Fault, one_in: u32) {
        self.machine().faults.likely(operation, fault, one_in);
    }

    /// Takes back every fault that was asked for, and the limit.
    pub fn heal(&self) {
        let mut machine = self.machine();
        machine.faults.heal();
        machine.capacity = None;
    }

    /// Limits what files may hold together.
    pub fn limit(&self, bytes: Option<u64>) {
        self.machine().capacity = bytes;
    }

    /// Lets the process do so many more operations; the next one is its last, done in part or not at all.
    pub fn stop_after(&self, operations: u64) {
        self.machine().left = Some(operations);
    }

    /// Whether the process of this clone can still do anything.
    pub fn is_running(&self) -> bool {
        self.machine().running == Some(self.process)
    }

    /// How often an operation was asked for since the disk was new.
    pub fn asked(&self, operation: Operation) -> u64 {
        self.machine().faults.asked(operation)
    }

    /// How many operations were made to fail since the disk was new.
    pub fn struck(&self) -> u64 {
        self.machine().faults.struck()
    }

    /// Ends the process by a loss of power; what was not synced is left to chance.
    #[must_use = "the disk goes on as the one returned"]
    pub fn lose_power(&self) -> Self {
        let mut machine = self.machine();
        let mut chance = machine.chance.split();
        machine.names.lose_power(&mut chance);
        for content in machine.contents.values_mut() {
            content.lose_power(&mut chance);
        }
        self.next_process(&mut machine)
    }

    /// Ends the process; everything it wrote is there.
    #[must_use = "the disk goes on as the one returned"]
    pub fn kill_process(&self) -> Self {
        self.next_process(&mut self.machine())
    }

    fn next_process(&self, machine: &mut Machine) -> Self {
        machine.processes += 1;
        machine.running = Some(machine.processes);
        machine.left = None;
        machine.locks.clear();
        machine.handles.clear();
        machine.forget_nameless();
        Self { machine: Arc::clone(&self.machine), process: machine.processes }
    }

    /// Fetches from the disk again what is not waiting to be synced: pages of a failed sync are lost.
    pub fn drop_caches(&self) {
        for content in self.machine().contents.values_mut() {
            content.drop_caches();
        }
    }

    /// Another machine whose disk is the same now, without handles, locks and faults.
    #[must_use = "it changes nothing here"]
    pub fn fork(&self) -> Self {
        let mut machine = self.machine().clone();
        machine.faults.heal();
        let fork = Self { machine: Arc::new(Mutex::new(machine)), process: self.process };
        fork.kill_process()
    }

    /// Every file there is.
    pub fn files(&self) -> Vec<PathBuf> {
        self.machine().names.files().map(|(path, _)| path.clone()).collect()
    }

    /// What is in a file, as its readers see it.
    pub fn look(&self, path: &Path) -> io::Result<Vec<u8>> {
        let machine = self.machine();
        let number = machine.names.file(path)?;
        Ok(machine.content(number).seen().to_vec())
    }

    /// Puts a file there, or other bytes into it, as if they had been there and synced for long.
    pub fn put(&self, path: &Path, bytes: Vec<u8>) -> io::Result<()> {
        let mut machine = self.machine();
        if let Some(folder) = path.parent() {
            machine.names.create_folder(folder)?;
        }
        let number = match machine.names.file(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => machine.create(path)?,
            found => found?,
        };
        machine.names.keep();
        machine.contents.entry(number).or_default().put(bytes);
        Ok(())
    }

    /// Removes a file as if it had never been there.
    pub fn take(&self, path: &Path) -> io::Result<()> {
        let mut machine = self.machine();
        machine.names.remove_file(path)?;
        machine.names.keep();
        machine.forget_nameless();
        Ok(())
    }

    fn machine(&self) -> MutexGuard<'_, Machine> {
        // A test that panics while it holds the disk has failed already; what runs beside it need not fail too.
        self.machine.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins an operation: counts it, and lets it fail as a whole if it is to.
    fn begin(&self, operation: Operation, path: &Path) -> io::Result<MutexGuard<'_, Machine>> {
        let mut machine = self.machine();
        match machine.strike(self.process, operation, path)? {
            None => Ok(machine),
            Some(fault) => fault.error().map_or(Ok(machine), Err),
        }
    }
}

impl fmt::Debug for SimDisk {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What is on it would bury everything else that is shown.
        formatter.debug_struct("SimDisk").field("process", &self.process).finish_non_exhaustive()
    }
}

impl Machine {
    /// Counts an operation and says how it fails.
    fn strike(&mut self, process: u64, operation: Operation, path: &Path) -> io::Result<Option<Fault>> {
        if self.running != Some(process) {
            return Err(gone());
        }
        if let Some(left) = &mut self.left {
            let Some(less) = left.checked_sub(1) else {
                self.running = None;
                return Err(gone());
            };
            *left = less;
        }
        Ok(self.faults.strike(operation, path, &mut self.chance))
    }

    /// Whether the next operation of a process is its last.
    fn is_last(&self, process: u64) -> bool {
        self.running == Some(process) && self.left == Some(0)
    }

    fn create(&mut self, path: &Path) -> io::Result<Number> {
        let number = self.next;
        self.names.add(path, number)?;
        self.next += 1;
        self.contents.insert(number, Content::default());
        Ok(number)
    }

    fn content(&self, number: Number) -> &Content {
        self.contents.get(&number).expect("because a file with a name or a handle has content")
    }

    fn content_mut(&mut self, number: Number) -> &mut Content {
        self.contents.get_mut(&number).expect("because a file with a name or a handle has content")
    }

    fn forget_nameless(&mut self) {
        let Self { contents, handles, names, .. } = self;
        contents.retain(|number, _| handles.contains_key(number) || names.is_named(*number));
    }

    /// How many bytes more fit.
    fn free(&self) -> u64 {
        let Some(capacity) = self.capacity else { return ENDLESS };
        let held: BTreeSet<Number> =
            self.names.files().map(|(_, number)| number).chain(self.handles.keys().copied()).collect();
        let used: u64 = held.into_iter().map(|number| self.content(number).seen().len() as u64).sum();
        capacity.saturating_sub(used)
    }
}

fn gone() -> io::Error {
    io::Error::other("the process that asks has ended")
}

impl Disk for SimDisk {
    fn create_folder(&self, folder: &Path) -> io::Result<()> {
        self.begin(Operation::CreateFolder, folder)?.names.create_folder(folder)
    }

    fn entries(&self, folder: &Path) -> io::Result<Vec<Entry>> {
        let machine = self.begin(Operation::Entries, folder)?;
        if !machine.names.is_folder(folder) {
            return Err(io::ErrorKind::NotFound.into());
        }
        let within = machine.names.within(folder).map(|(path, node)| match node {
            Node::Folder => Entry { path: path.clone(), is_folder: true, bytes: 0 },
            Node::File(number) => {
                let bytes = machine.content(number).seen().len() as u64;
                Entry { path: path.clone(), is_folder: false, bytes }
            }
        });
        let mut entries: Vec<Entry> = within.collect();
        // In no order: whoever needs one has to make it.
        let turn = entries.len() / 2;
        entries.rotate_left(turn);
        Ok(entries)
    }

    fn open(&self, path: &Path, opening: Opening) -> io::Result<Box<dyn DiskFile>> {
        let mut machine = self.begin(Operation::Open, path)?;
        let number = match opening {
            Opening::Create => machine.create(path)?,
            Opening::Read | Opening::Write => machine.names.file(path)?,
        };
        *machine.handles.entry(number).or_default() += 1;
        let is_writable = opening != Opening::Read;
        Ok(Box::new(SimFile { disk: self.clone(), number, path: path.to_path_buf(), is_writable }))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.begin(Operation::Rename, to)?.names.rename(from, to)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        self.begin(Operation::Remove, path)?.names.remove_file(path)
    }

    fn remove_folder(&self, folder: &Path) -> io::Result<()> {
        self.begin(Operation::Remove, folder)?.names.remove_folder(folder)
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        let mut machine = self.begin(Operation::SyncFolder, folder)?;
        machine.names.sync(folder)?;
        machine.forget_nameless();
        Ok(())
    }

    fn free_bytes(&self, folder: &Path) -> io::Result<u64> {
        Ok(self.begin(Operation::FreeBytes, folder)?.free())
    }

    fn lock(&self, path: &Path) -> io::Result<Box<dyn DiskLock>> {
        let mut machine = self.begin(Operation::Lock, path)?;
        if machine.names.file(path).is_err() {
            machine.create(path)?;
        }
        if !machine.locks.insert(path.to_path_buf()) {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        Ok(Box::new(SimLock { disk: self.clone(), path: path.to_path_buf() }))
    }
}
