//! A file system of a few megabytes, to be filled.
//!
//! It is mounted in the mount namespace of a process of its own and reached through that process's entry in
//! /proc, so it vanishes with the process, however that ends: there is nothing to unmount.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use crate::ground::{Ground, GroundError, keeper::wire::Order, mounts::unshared, part::Part};

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
        let folder = self.part_folder(name)?;
        let (program, arguments) = unshared(HOLD, &[&bytes.to_string()]);
        let order = Order {
            part: name.to_owned(),
            program: program.into(),
            arguments,
            environment: [].into(),
            folder: folder.clone(),
        };
        let holder = Part::start(&self.run, order)?;
        holder.await_ready("the disk", MOUNTED, || holder.log_says("mounted").then_some(()))?;
        let root = PathBuf::from(format!("/proc/{}/root", holder.pid()?));
        let inside = folder.strip_prefix("/").expect("because a ground's folder is absolute");
        Ok(SmallDisk { path: root.join(inside).join("disk"), holder })
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
