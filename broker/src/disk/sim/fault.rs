//! Which operations fail, and how.

use std::{io, path::Path};

use super::chance::Chance;

/// What may be asked of a disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operation {
    /// [`Disk::create_folder`](crate::disk::Disk::create_folder)
    CreateFolder,
    /// [`Disk::entries`](crate::disk::Disk::entries)
    Entries,
    /// [`Disk::open`](crate::disk::Disk::open)
    Open,
    /// [`Disk::rename`](crate::disk::Disk::rename)
    Rename,
    /// [`Disk::remove_file`](crate::disk::Disk::remove_file) and
    /// [`Disk::remove_folder`](crate::disk::Disk::remove_folder)
    Remove,
    /// [`Disk::sync_folder`](crate::disk::Disk::sync_folder)
    SyncFolder,
    /// [`Disk::free_bytes`](crate::disk::Disk::free_bytes)
    FreeBytes,
    /// [`Disk::lock`](crate::disk::Disk::lock)
    Lock,
    /// [`DiskFile::bytes`](crate::disk::DiskFile::bytes)
    Bytes,
    /// [`DiskFile::read_at`](crate::disk::DiskFile::read_at)
    Read,
    /// [`DiskFile::write_at`](crate::disk::DiskFile::write_at)
    Write,
    /// [`DiskFile::set_bytes`](crate::disk::DiskFile::set_bytes)
    SetBytes,
    /// [`DiskFile::sync`](crate::disk::DiskFile::sync)
    Sync,
}

impl Operation {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::CreateFolder,
        Self::Entries,
        Self::Open,
        Self::Rename,
        Self::Remove,
        Self::SyncFolder,
        Self::FreeBytes,
        Self::Lock,
        Self::Bytes,
        Self::Read,
        Self::Write,
        Self::SetBytes,
        Self::Sync,
    ];
}

/// How an operation fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// EIO. Of a write a part may be done.
    Io,
    /// ENOSPC. Of a write a part may be done.
    Full,
    /// A read or write of fewer bytes than asked for, at least one. No error.
    Short,
    /// A read with one bit that is another. No error.
    Flip,
}

impl Fault {
    /// The error, if it is one.
    pub(super) fn error(self) -> Option<io::Error> {
        match self {
            Self::Io => Some(rustix::io::Errno::IO.into()),
            Self::Full => Some(rustix::io::Errno::NOSPC.into()),
            Self::Short | Self::Flip => None,
        }
    }
}

#[derive(Debug, Clone)]
struct Planned {
    operation: Operation,
    ending: String,
    /// How many still succeed before it.
    before: u64,
    fault: Fault,
}

#[derive(Debug, Clone)]
struct Likely {
    operation: Operation,
    fault: Fault,
    one_in: u32,
}

/// What is going to fail, and what was asked so far.
#[derive(Debug, Clone, Default)]
pub(super) struct Faults {
    planned: Vec<Planned>,
    likely: Vec<Likely>,
    asked: [u64; Operation::ALL.len()],
    struck: u64,
}

impl Faults {
    pub(super) fn plan(&mut self, operation: Operation, ending: &str, nth: u64, fault: Fault) {
        let before = nth.saturating_sub(1);
        self.planned.push(Planned { operation, ending: ending.to_owned(), before, fault });
    }

    pub(super) fn likely(&mut self, operation: Operation, fault: Fault, one_in: u32) {
        self.likely.push(Likely { operation, fault, one_in });
    }

    pub(super) fn heal(&mut self) {
        self.planned.clear();
        self.likely.clear();
    }

    pub(super) fn asked(&self, operation: Operation) -> u64 {
        self.asked[operation as usize]
    }

    pub(super) fn struck(&self) -> u64 {
        self.struck
    }

    /// Counts an operation and says how it fails, if it does.
    pub(super) fn strike(&mut self, operation: Operation, path: &Path, chance: &mut Chance) -> Option<Fault> {
        self.asked[operation as usize] += 1;
        let fault = self.planned_for(operation, path).or_else(|| self.likely_for(operation, chance))?;
        self.struck += 1;
        Some(fault)
    }

    fn planned_for(&mut self, operation: Operation, path: &Path) -> Option<Fault> {
        let path = path.to_string_lossy();
        let mut due = None;
        for (at, planned) in self.planned.iter_mut().enumerate() {
            if planned.operation != operation || !path.ends_with(&planned.ending) {
                continue;
            }
            if planned.before == 0 {
                due = due.or(Some(at));
            } else {
                planned.before -= 1;
            }
        }
        due.map(|at| self.planned.remove(at).fault)
    }

    fn likely_for(&self, operation: Operation, chance: &mut Chance) -> Option<Fault> {
        let likely = self.likely.iter().filter(|likely| likely.operation == operation);
        likely.filter(|likely| chance.one_in(likely.one_in)).map(|likely| likely.fault).next()
    }
}
