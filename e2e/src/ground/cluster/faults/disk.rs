//! Disks that are full: a node's, or a volume's.

use std::{
    fs::OpenOptions,
    io::{self, Write as _},
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

use crate::ground::{GroundError, cluster::Node};

/// A disk without space, until this is dropped.
#[derive(Debug)]
pub struct FullDisk {
    filling: PathBuf,
}

impl FullDisk {
    /// Fills the disk that `filling` is going to be on, to the last byte; refused where that is the machine's. `disk`
    /// says whose it is.
    pub(in crate::ground::cluster) fn fill(
        node: &Node,
        filling: &Path,
        disk: &str,
    ) -> Result<Self, GroundError> {
        let failed = |source| GroundError::File { part: disk.to_owned(), path: filling.to_owned(), source };
        let folder = filling.parent().unwrap_or(Path::new("/"));
        // The node's own folder is on the machine's disk.
        let machine = node.folder().metadata().map_err(failed)?.dev();
        if folder.metadata().map_err(failed)?.dev() == machine {
            return Err(GroundError::Refused {
                why: format!(
                    "the disk that {disk} is on is the machine's and has no size of its own: give it one of limited size"
                ),
            });
        }
        let full = Self { filling: filling.to_owned() };
        fill(filling).map_err(failed)?;
        Ok(full)
    }
}

impl Drop for FullDisk {
    fn drop(&mut self) {
        // Gone already, if the volume or the node is.
        let _there_is_room_again = std::fs::remove_file(&self.filling);
    }
}

/// Writes until not one byte more goes in.
fn fill(path: &Path) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    for length in [1 << 20, 1 << 12, 1] {
        let zeros = vec![0; length];
        loop {
            match file.write_all(&zeros) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::StorageFull => break,
                Err(error) => return Err(error),
            }
        }
    }
    Ok(())
}
