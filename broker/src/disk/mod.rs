//! What a log asks of a file system, and nothing else: the seam at which tests let it fail.
//!
//! [`LocalDisk`] is the real one. The rules every other has to keep, because the log relies on them:
//!
//! * What was written is there for the next reader at once, and after a loss of power only if [`DiskFile::sync`]
//!   said so afterwards. What was written since may be there, or a part of it, or other bytes.
//! * After a failed sync nothing is known about what was written since the last one that succeeded.
//! * A file that was created, renamed or removed is so after a loss of power only once [`Disk::sync_folder`] said so
//!   of its folder.
//! * A write may be short; that is not an error.

mod local;
#[cfg(feature = "sim")]
pub mod sim;

use std::{
    fmt, io,
    io::IoSlice,
    path::{Path, PathBuf},
};

pub use local::LocalDisk;

/// A file system.
pub trait Disk: fmt::Debug + Send + Sync + 'static {
    /// Makes a folder and those above it. One that is there already is left as it is.
    fn create_folder(&self, folder: &Path) -> io::Result<()>;
    /// What is directly in a folder, in no order.
    fn entries(&self, folder: &Path) -> io::Result<Vec<Entry>>;
    /// Opens a file.
    fn open(&self, path: &Path, opening: Opening) -> io::Result<Box<dyn DiskFile>>;
    /// Gives a file another name in the same folder, in place of one that may have that name.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Removes a file.
    fn remove_file(&self, path: &Path) -> io::Result<()>;
    /// Removes a folder with all that is in it.
    fn remove_folder(&self, folder: &Path) -> io::Result<()>;
    /// Makes names in a folder survive a loss of power.
    fn sync_folder(&self, folder: &Path) -> io::Result<()>;
    /// How many bytes may still be written to the file system of a folder.
    fn free_bytes(&self, folder: &Path) -> io::Result<u64>;
    /// Holds a file so that no other process can; [`io::ErrorKind::WouldBlock`] when another does.
    fn lock(&self, path: &Path) -> io::Result<Box<dyn DiskLock>>;
}

/// An open file.
pub trait DiskFile: fmt::Debug + Send + Sync {
    /// How long it is.
    fn bytes(&self) -> io::Result<u64>;
    /// Reads from a position; 0 means that it ends there.
    fn read_at(&self, into: &mut [u8], position: u64) -> io::Result<usize>;
    /// Writes parts one after the other to a position, perhaps not all of them.
    fn write_at(&self, parts: &[IoSlice<'_>], position: u64) -> io::Result<usize>;
    /// Makes it that long.
    fn set_bytes(&self, bytes: u64) -> io::Result<()>;
    /// Makes what was written survive a loss of power.
    fn sync(&self) -> io::Result<()>;
}

/// A lock on a folder, held as long as the value.
pub trait DiskLock: fmt::Debug + Send + Sync {}

/// How a file is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opening {
    /// To be read; it must be there.
    Read,
    /// To be read and written; it must be there.
    Write,
    /// To be read and written; it must not be there yet.
    Create,
}

/// Something in a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Where it is.
    pub path: PathBuf,
    /// Whether it is a folder.
    pub is_folder: bool,
    /// How long it is, if it is a file.
    pub bytes: u64,
}

impl Entry {
    /// Its own name, if that is text.
    pub fn name(&self) -> Option<&str> {
        self.path.file_name()?.to_str()
    }
}

/// Fills `into` from a position; the file's end in between is [`io::ErrorKind::UnexpectedEof`].
pub fn read_exactly(file: &dyn DiskFile, mut into: &mut [u8], mut position: u64) -> io::Result<()> {
    while !into.is_empty() {
        match file.read_at(into, position)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            read => {
                into = &mut into[read..];
                position += read as u64;
            }
        }
    }
    Ok(())
}

/// The bytes of a whole file.
pub fn read_all(disk: &dyn Disk, path: &Path) -> io::Result<Vec<u8>> {
    let file = disk.open(path, Opening::Read)?;
    let bytes = usize::try_from(file.bytes()?).map_err(|_| io::ErrorKind::FileTooLarge)?;
    let mut read = vec![0; bytes];
    read_exactly(&*file, &mut read, 0)?;
    Ok(read)
}

/// Writes all parts to a position, however short the writes in between are.
pub fn write_all(file: &dyn DiskFile, parts: &mut [IoSlice<'_>], mut position: u64) -> io::Result<()> {
    let mut parts = parts;
    IoSlice::advance_slices(&mut parts, 0);
    while !parts.is_empty() {
        match file.write_at(parts, position)? {
            0 => return Err(io::ErrorKind::WriteZero.into()),
            written => {
                IoSlice::advance_slices(&mut parts, written);
                position += written as u64;
            }
        }
    }
    Ok(())
}

/// The kind of a file that [`replace`] has not finished.
pub const HALF_WRITTEN: &str = "new";

/// Writes a file so that a reader finds the old bytes or the new ones, also after a loss of power.
pub fn replace(disk: &dyn Disk, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let new = path.with_extension(HALF_WRITTEN);
    match disk.remove_file(&new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let file = disk.open(&new, Opening::Create)?;
    write_all(&*file, &mut [IoSlice::new(bytes)], 0)?;
    file.sync()?;
    disk.rename(&new, path)?;
    disk.sync_folder(path.parent().unwrap_or(Path::new("/")))
}
