//! What volumes are made of on this node's disk.
//!
//! ```text
//! <folder>/<volume>/making            is there until the API server knows the volume
//! <folder>/<volume>/behind/volume     what a folder, or a folder served by bindfs, keeps
//! <folder>/<volume>/mounted/volume    the same through bindfs; or on a file system of its own, in memory
//! ```
//!
//! Pods get the inner `volume`. What is mounted ends one folder above it, so that there is no such path while
//! nothing is mounted: a kubelet that is early fails and tries again, and writes nothing beside the volume.
//!
//! Every step may be cut short and done again. Never looks through a mount of bindfs, which may hang. Knows
//! nothing of the API server.

use std::{
    ffi::OsStr,
    fs, io,
    os::unix::ffi::OsStrExt as _,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};

use crate::wait;

/// What a volume is, as `parameters.kind` of its class says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A folder of the node's disk, of no size of its own.
    Folder,
    /// A file system in memory, exactly as large as it was asked for.
    Sized,
    /// A folder served by a process.
    Fuse,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Folder, Self::Sized, Self::Fuse];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Folder => "folder",
            Self::Sized => "sized",
            Self::Fuse => "fuse",
        }
    }

    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// The node's disk.
#[derive(Debug)]
pub(super) struct Disk {
    pub(super) folder: PathBuf,
    pub(super) bindfs: PathBuf,
    pub(super) bindfs_libraries: PathBuf,
}

const MAKING: &str = "making";
const VOLUME: &str = "volume";
const BEHIND: &str = "behind";
const ENDS: Duration = Duration::from_secs(5);
/// Where a volume's file system is mounted, in its folder.
pub(super) const MOUNTED: &str = "mounted";

impl Disk {
    /// What pods get.
    pub(super) fn path(&self, name: &str, kind: Kind) -> PathBuf {
        let place = match kind {
            Kind::Folder => BEHIND,
            Kind::Sized | Kind::Fuse => MOUNTED,
        };
        self.of(name).join(place).join(VOLUME)
    }

    /// Notes that a volume is being made.
    pub(super) fn begin(&self, name: &str) -> io::Result<()> {
        fs::create_dir_all(self.of(name))?;
        fs::write(self.of(name).join(MAKING), "")
    }

    /// Notes that it is known to the API server.
    pub(super) fn made(&self, name: &str) -> io::Result<()> {
        match fs::remove_file(self.of(name).join(MAKING)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Volumes that may be half made. A folder that is still empty is one.
    pub(super) fn half_made(&self) -> io::Result<Vec<String>> {
        let mut found = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let path = entry?.path();
            if !path.is_dir() {
                continue;
            }
            if path.join(MAKING).exists() || fs::read_dir(&path)?.next().is_none() {
                found.extend(path.file_name().map(|name| name.to_string_lossy().into_owned()));
            }
        }
        Ok(found)
    }

    /// Makes what is missing of a volume, and makes it larger if it is too small. Never makes it smaller.
    pub(super) fn ensure(&self, name: &str, kind: Kind, bytes: u64) -> io::Result<()> {
        match kind {
            Kind::Folder => fs::create_dir_all(self.path(name, kind)),
            Kind::Sized => self.ensure_sized(name, bytes),
            Kind::Fuse => self.ensure_served(name),
        }
    }

    fn ensure_sized(&self, name: &str, bytes: u64) -> io::Result<()> {
        let mounted = self.of(name).join(MOUNTED);
        if !is_mounted(&mounted)? {
            fs::create_dir_all(&mounted)?;
            let options = format!("size={bytes},mode=0755");
            run(Command::new("mount").args(["-t", "tmpfs", "-o", &options, name]).arg(&mounted))?;
        }
        let is = rustix::fs::statvfs(&mounted)?;
        if is.f_blocks * is.f_frsize < bytes {
            let options = format!("remount,size={bytes}");
            run(Command::new("mount").args(["-o", &options]).arg(&mounted))?;
        }
        fs::create_dir_all(self.path(name, Kind::Sized))
    }

    /// The process outlives this program, which may be killed without taking disks away from pods: it is
    /// found by its arguments. One without a mount, or a mount without one, is replaced.
    fn ensure_served(&self, name: &str) -> io::Result<()> {
        let (behind, mounted) = (self.of(name).join(BEHIND), self.of(name).join(MOUNTED));
        if mounts(&mounted)? == 1 && servers(&mounted).len() == 1 {
            return Ok(());
        }
        take_away(&mounted)?;
        fs::create_dir_all(behind.join(VOLUME))?;
        fs::create_dir_all(&mounted)?;
        // It goes to the background by itself once it serves.
        let mut bindfs = Command::new(&self.bindfs);
        bindfs.env("LD_LIBRARY_PATH", &self.bindfs_libraries).args(["--multithreaded", "-o", "big_writes"]);
        run(bindfs.arg(&behind).arg(&mounted))
    }

    /// Removes a volume and all that is on it.
    pub(super) fn remove(&self, name: &str) -> io::Result<()> {
        take_away(&self.of(name).join(MOUNTED))?;
        match fs::remove_dir_all(self.of(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    fn of(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

/// The processes that serve a mount: bindfs names it last.
pub(in crate::ground::cluster) fn servers(mounted: &Path) -> Vec<u32> {
    let is_server = |words: &[u8]| {
        let mut words = words.strip_suffix(b"\0").unwrap_or(words).split(|byte| *byte == 0);
        let program = Path::new(OsStr::from_bytes(words.next().unwrap_or_default()));
        program.file_name() == Some("bindfs".as_ref())
            && words.next_back() == Some(mounted.as_os_str().as_bytes())
    };
    let processes = fs::read_dir("/proc").into_iter().flatten().filter_map(Result::ok);
    let found = processes.filter_map(|entry| {
        let pid = entry.file_name().to_str()?.parse().ok()?;
        is_server(&fs::read(entry.path().join("cmdline")).ok()?).then_some(pid)
    });
    found.collect()
}

/// Nothing is mounted there any more, and nobody serves it. What still holds files of it open keeps those.
fn take_away(mounted: &Path) -> io::Result<()> {
    for server in servers(mounted) {
        // Not asked to end by itself: one that hangs would not.
        let server = i32::try_from(server).ok().and_then(Pid::from_raw);
        let _has_ended_meanwhile = server.map(|pid| kill_process(pid, Signal::KILL));
    }
    let gone = || servers(mounted).is_empty();
    wait::until_true("bindfs to end", ENDS, gone).map_err(io::Error::other)?;
    while is_mounted(mounted)? {
        run(Command::new("umount").args(["--lazy", "--no-canonicalize"]).arg(mounted))?;
    }
    Ok(())
}

fn is_mounted(path: &Path) -> io::Result<bool> {
    Ok(mounts(path)? > 0)
}

/// How many file systems are mounted there, one over the other.
fn mounts(path: &Path) -> io::Result<usize> {
    let all = fs::read_to_string("/proc/self/mountinfo")?;
    let places = all.lines().filter_map(|line| line.split(' ').nth(4));
    Ok(places.filter(|place| Path::new(place) == path).count())
}

fn run(command: &mut Command) -> io::Result<()> {
    let output = command.output()?;
    if output.status.success() {
        return Ok(());
    }
    let program = command.get_program().display().to_string();
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(io::Error::other(format!("{program}: {said}")))
}
