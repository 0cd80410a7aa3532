//! A file system of a few megabytes, to be filled.
//!
//! It is mounted in the mount namespace of a process of its own and reached through that process's entry in
//! /proc, so it vanishes with the process, however that ends: there is nothing to unmount.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use crate::ground::{Ground, GroundError, mounts::unshared, part::Part};

/// A small disk.
#[derive(Debug)]
pub struct SmallDisk {
    holder: Part,
    path: PathBuf,
}

const HOLD: &str =
    "mkdir disk && mount -t tmpfs -o size=$1 tmpfs disk && echo mounted && exec sleep infinity";
const MOUNTED: Duration = Duration::from_secs(10);

impl Ground {
    /// A disk of so many bytes, rounded up to whole pages.
    pub fn small_disk(&self, name: &str, bytes: u64) -> Result<SmallDisk, GroundError> {
        let (program, arguments) = unshared(HOLD, &[&bytes.to_string()])?;
        let holder = self.start_part(name, program, arguments)?;
        holder.await_ready("the disk", MOUNTED, || holder.log_says("mounted").then_some(()))?;
        let root = PathBuf::from(format!("/proc/{}/root", holder.pid()?));
        let inside = holder.folder().strip_prefix("/").expect("because a ground's folder is absolute");
        let path = root.join(inside).join("disk");
        Ok(SmallDisk { holder, path })
    }
}

impl SmallDisk {
    /// A folder on it.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Takes it away, with all that is on it.
    pub fn remove(self) -> Result<(), GroundError> {
        self.holder.kill()
    }
}
