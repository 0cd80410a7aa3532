//! Open files and locks of a simulated disk.

use std::{
    io::{self, IoSlice},
    path::PathBuf,
};

use super::{
    Machine, SimDisk,
    fault::{Fault, Operation},
    names::Number,
};
use crate::disk::{DiskFile, DiskLock};

#[derive(Debug)]
pub(super) struct SimFile {
    pub(super) disk: SimDisk,
    pub(super) number: Number,
    /// The name it was opened under, for faults.
    pub(super) path: PathBuf,
    pub(super) is_writable: bool,
}

impl SimFile {
    /// A file that was opened to be read is not written, not even without a fault.
    fn may_write(&self) -> io::Result<()> {
        if self.is_writable { Ok(()) } else { Err(rustix::io::Errno::BADF.into()) }
    }
}

impl DiskFile for SimFile {
    fn bytes(&self) -> io::Result<u64> {
        let machine = self.disk.begin(Operation::Bytes, &self.path)?;
        Ok(machine.content(self.number).seen().len() as u64)
    }

    fn read_at(&self, into: &mut [u8], position: u64) -> io::Result<usize> {
        let mut machine = self.disk.machine();
        let fault = machine.strike(self.disk.process, Operation::Read, &self.path)?;
        if let Some(error) = fault.and_then(Fault::error) {
            return Err(error);
        }
        let seen = machine.content(self.number).seen();
        let start = usize::try_from(position).map_or(seen.len(), |position| position.min(seen.len()));
        let mut read = into.len().min(seen.len() - start);
        into[..read].copy_from_slice(&seen[start..start + read]);
        match fault {
            Some(Fault::Short) if read > 1 => read = 1 + machine.chance.index(read - 1),
            Some(Fault::Flip) if read > 0 => {
                let at = machine.chance.index(read);
                into[at] ^= 1 << machine.chance.below(8);
            }
            _ => {}
        }
        Ok(read)
    }

    fn write_at(&self, parts: &[IoSlice<'_>], position: u64) -> io::Result<usize> {
        self.may_write()?;
        let bytes: Vec<u8> = parts.iter().flat_map(|part| part.iter().copied()).collect();
        let start = usize::try_from(position).map_err(|_| io::ErrorKind::FileTooLarge)?;
        let mut machine = self.disk.machine();
        let is_last = machine.is_last(self.disk.process);
        let fault = match machine.strike(self.disk.process, Operation::Write, &self.path) {
            // A process that ends in a write has done a part of it.
            Err(_) if is_last => Some(Fault::Io),
            struck => struck?,
        };
        let len = machine.content(self.number).seen().len();
        let fits =
            usize::try_from(machine.free()).unwrap_or(usize::MAX).saturating_add(len).saturating_sub(start);
        let mut written = bytes.len().min(fits);
        match fault {
            Some(Fault::Io | Fault::Full) => written = machine.chance.index(written + 1),
            Some(Fault::Short) if written > 1 => written = 1 + machine.chance.index(written - 1),
            _ => {}
        }
        machine.content_mut(self.number).write(&bytes[..written], start);
        match fault.and_then(Fault::error) {
            Some(error) => Err(error),
            None if written == 0 && !bytes.is_empty() => Err(io::ErrorKind::StorageFull.into()),
            None => Ok(written),
        }
    }

    fn set_bytes(&self, bytes: u64) -> io::Result<()> {
        self.may_write()?;
        let mut machine = self.disk.begin(Operation::SetBytes, &self.path)?;
        let len = machine.content(self.number).seen().len() as u64;
        if bytes.saturating_sub(len) > machine.free() {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let bytes = usize::try_from(bytes).map_err(|_| io::ErrorKind::FileTooLarge)?;
        machine.content_mut(self.number).set_len(bytes);
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        let mut machine = self.disk.machine();
        let fault = machine.strike(self.disk.process, Operation::Sync, &self.path)?;
        let Machine { contents, chance, .. } = &mut *machine;
        let content = contents.get_mut(&self.number).expect("because a file with a handle has content");
        if let Some(error) = fault.and_then(Fault::error) {
            content.fail_sync(chance);
            return Err(error);
        }
        content.sync();
        Ok(())
    }
}

impl Drop for SimFile {
    fn drop(&mut self) {
        let mut machine = self.disk.machine();
        if self.disk.process != machine.processes {
            return;
        }
        let Some(handles) = machine.handles.get_mut(&self.number) else { return };
        *handles -= 1;
        if *handles == 0 {
            machine.handles.remove(&self.number);
            if !machine.names.is_named(self.number) {
                machine.contents.remove(&self.number);
            }
        }
    }
}

#[derive(Debug)]
pub(super) struct SimLock {
    pub(super) disk: SimDisk,
    pub(super) path: PathBuf,
}

impl DiskLock for SimLock {}

impl Drop for SimLock {
    fn drop(&mut self) {
        let mut machine = self.disk.machine();
        if self.disk.process == machine.processes {
            machine.locks.remove(&self.path);
        }
    }
}
