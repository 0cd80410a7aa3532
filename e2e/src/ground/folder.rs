//! Where grounds live on disk: one folder a run, none of them shared, all below one of the user's own.
//!
//! ```text
//! /tmp/sawlog-ground-0/          only this user may look inside
//!   lock                         held while a ground is looked for, started, or a stale one swept
//!   4711-889123/                 the ground of process 4711
//!     keeper.sock  keeper.pid  keeper.log
//!     kafka/       log, configuration, data of one part; kafka.json says where it listens
//! ```
//!
//! A folder whose keeper does not answer is stale: whoever starts a ground next removes it. Logs outlive the
//! folder: the last sixty runs' are in the cache.

use std::{
    env, fs,
    fs::{DirBuilder, File, TryLockError},
    io,
    os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use super::{cache, error::GroundError};
use crate::wait;

/// Moves grounds elsewhere, for a machine with a small /tmp. Grounds live in a folder of their own in there.
const ELSEWHERE: &str = "SAWLOG_GROUND_DIR";
/// Not where TMPDIR says: two shells of one user have one place, and sockets need short names.
const USUAL: &str = "/tmp";

/// More than a whole `make test` starts.
const KEPT_LOGS: usize = 60;
/// What `sun_path` of a Unix socket's address can hold.
const LONGEST_SOCKET: usize = 107;
/// Longer than anything takes that holds a lock of ours.
const LOCKED: Duration = Duration::from_mins(40);
const SAID_AFTER: Duration = Duration::from_secs(2);

/// The folder all grounds of this user are in: nobody else's, and nothing else in it.
pub(super) fn base() -> Result<PathBuf, GroundError> {
    let user = rustix::process::getuid().as_raw();
    let place = env::var_os(ELSEWHERE).filter(|folder| !folder.is_empty());
    let base = Path::new(&place.unwrap_or_else(|| USUAL.into())).join(format!("sawlog-ground-{user}"));
    let failed = |source| GroundError::Folder { folder: base.clone(), source };
    let base = std::path::absolute(&base).map_err(failed)?;
    DirBuilder::new().recursive(true).mode(0o700).create(&base).map_err(failed)?;
    let found = fs::symlink_metadata(&base).map_err(failed)?;
    if !found.is_dir() || found.uid() != user || found.permissions().mode() & 0o077 != 0 {
        return Err(GroundError::ForeignFolder { folder: base });
    }
    Ok(base)
}

/// The name of a named ground's folder.
pub(super) fn of_name(name: &str) -> Result<String, GroundError> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if !name.is_empty() && name.bytes().all(is_plain) {
        return Ok(format!("named-{name}"));
    }
    Err(GroundError::Name { name: name.to_owned() })
}

/// Where a keeper writes its number, for whoever finds it not answering.
pub(super) fn pid_file(run: &Path) -> PathBuf {
    run.join("keeper.pid")
}

/// The socket of a run's keeper.
pub(super) fn socket(run: &Path) -> PathBuf {
    run.join("keeper.sock")
}

/// Refuses a folder whose socket could not be named.
pub(super) fn check_length(run: &Path) -> Result<(), GroundError> {
    let length = socket(run).as_os_str().len();
    if length <= LONGEST_SOCKET {
        Ok(())
    } else {
        Err(GroundError::LongFolder { folder: run.to_owned(), length })
    }
}

/// Held while grounds are looked for, started or swept.
pub(super) fn lock(base: &Path) -> Result<File, GroundError> {
    lock_file(&base.join("lock"), "another ground to start")
}

/// Takes a lock; says what it waits for when that takes long.
pub(super) fn lock_file(path: &Path, what: &str) -> Result<File, GroundError> {
    let failed = |source| GroundError::Folder { folder: path.to_owned(), source };
    let file = File::options().create(true).append(true).open(path).map_err(failed)?;
    let take = |limit| {
        wait::until(what, limit, || match file.try_lock() {
            Ok(()) => Some(Ok(())),
            Err(TryLockError::WouldBlock) => None,
            Err(TryLockError::Error(error)) => Some(Err(failed(error))),
        })
    };
    let taken = take(SAID_AFTER).or_else(|_| {
        eprintln!("ground: waiting for {what} ({} is locked)", path.display());
        take(LOCKED)
    });
    taken.unwrap_or_else(|_| Err(GroundError::Locked { path: path.to_owned() }))?;
    Ok(file)
}

/// Removes every folder whose keeper is gone. The caller holds the lock.
pub(super) fn sweep(base: &Path) -> io::Result<()> {
    for entry in fs::read_dir(base)? {
        let entry = entry?;
        let run = entry.path();
        if entry.file_type()?.is_dir() && std::os::unix::net::UnixStream::connect(socket(&run)).is_err() {
            // A keeper that is ending removes it at the same time.
            let _removed_meanwhile = retire(&run);
        }
    }
    Ok(())
}

/// A shell script in a part's folder that undoes what outlives its processes.
pub(super) const AFTERWARDS: &str = "afterwards.sh";

/// Removes the folder of a part that has ended, and what outlives it. While that cannot be removed the folder stays,
/// for it alone knows how.
pub(super) fn retire_part(part: &Path) -> io::Result<()> {
    let script = part.join(AFTERWARDS);
    if script.is_file() {
        let status = Command::new("sh").arg(&script).status()?;
        if !status.success() {
            return Err(io::Error::other(format!("{} ended with {status}", script.display())));
        }
    }
    fs::remove_dir_all(part)
}

/// Keeps a run's logs and removes the rest of it.
pub(super) fn retire(run: &Path) -> io::Result<()> {
    // Keeping logs is a service; that a disk is full must not keep the folder there.
    let _not_kept = keep_logs(run);
    let parts = fs::read_dir(run).into_iter().flatten().filter_map(Result::ok).map(|entry| entry.path());
    // That one cannot be removed keeps no other from it.
    let removed: Vec<_> = parts.filter(|path| path.is_dir()).map(|part| retire_part(&part)).collect();
    removed.into_iter().collect::<io::Result<()>>()?;
    match fs::remove_dir_all(run) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn keep_logs(run: &Path) -> io::Result<()> {
    let all = cache::root().join("logs");
    let keeper = fs::read_to_string(pid_file(run)).unwrap_or_default();
    let name = run.file_name().unwrap_or(run.as_os_str()).to_string_lossy();
    let copied = copy_logs(run, &all.join(format!("{name}-{}", keeper.trim())));
    let mut runs: Vec<_> = fs::read_dir(&all)?
        .filter_map(Result::ok)
        .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
        .collect();
    runs.sort();
    for (_, oldest) in runs.iter().rev().skip(KEPT_LOGS) {
        fs::remove_dir_all(oldest)?;
    }
    copied
}

fn copy_logs(run: &Path, kept: &Path) -> io::Result<()> {
    for entry in fs::read_dir(run)? {
        let part = entry?.path();
        let name = part.file_name().unwrap_or_default().to_string_lossy().into_owned();
        keep_log(&part, kept, &name)?;
        // A node's programs have folders in its folder.
        for below in fs::read_dir(&part).into_iter().flatten().filter_map(Result::ok) {
            keep_log(&below.path(), kept, &format!("{name}.{}", below.file_name().to_string_lossy()))?;
        }
    }
    Ok(())
}

fn keep_log(part: &Path, kept: &Path, name: &str) -> io::Result<()> {
    let log = part.join("log");
    if log.is_file() {
        fs::create_dir_all(kept)?;
        fs::copy(&log, kept.join(format!("{name}.log")))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_that_cannot_be_undone_stays_and_keeps_no_other_from_going() {
        let run = tempfile::tempdir().unwrap();
        for (part, script) in
            [("first", "exit 1"), ("second", "true"), ("third", "exit 1"), ("fourth", "true")]
        {
            fs::create_dir(run.path().join(part)).unwrap();
            fs::write(run.path().join(part).join(AFTERWARDS), script).unwrap();
        }
        let error = retire(run.path()).unwrap_err().to_string();
        assert!(error.contains("afterwards.sh ended with exit status: 1"), "{error}");
        let left = ["first", "second", "third", "fourth"].map(|part| run.path().join(part).exists());
        assert_eq!(left, [true, false, true, false]);
        fs::write(run.path().join("first").join(AFTERWARDS), "true").unwrap();
        fs::remove_file(run.path().join("third").join(AFTERWARDS)).unwrap();
        retire(run.path()).unwrap();
        assert!(!run.path().exists());
        fs::create_dir(run.path()).unwrap(); // for the end of `run`
    }
}
