//! Where grounds live on disk: one folder a run, none of them shared, all below one of the user's own.
//!
//! ```text
//! /tmp/sawlog-ground-0/          only this user may look inside
//!   lock                         held while a ground is looked for, started, or a stale one swept
//!   4711-889123/                 the ground of process 4711
//!     keeper.sock  keeper.log
//!     kafka/       log, configuration, data of one part; kafka.json says where it listens
//! ```
//!
//! A folder whose keeper does not answer is stale: whoever starts a ground next removes it. Logs outlive the
//! folder: the last ten runs' are in the cache.

use std::{
    env, fs,
    fs::{DirBuilder, File},
    io,
    os::unix::fs::{DirBuilderExt as _, MetadataExt as _},
    path::{Path, PathBuf},
};

use super::{cache, error::GroundError};

/// Moves grounds elsewhere, for a machine with a small /tmp.
pub(super) const BASE: &str = "SAWLOG_GROUND_DIR";

const KEPT_LOGS: usize = 10;
/// What `sun_path` of a Unix socket's address can hold.
const LONGEST_SOCKET: usize = 107;

/// The folder all grounds of this user are in.
pub(super) fn base() -> Result<PathBuf, GroundError> {
    let user = rustix::process::getuid().as_raw();
    let chosen = env::var_os(BASE).filter(|folder| !folder.is_empty()).map(PathBuf::from);
    let base = chosen.unwrap_or_else(|| env::temp_dir().join(format!("sawlog-ground-{user}")));
    let failed = |source| GroundError::Folder { folder: base.clone(), source };
    let base = std::path::absolute(&base).map_err(failed)?;
    DirBuilder::new().recursive(true).mode(0o700).create(&base).map_err(failed)?;
    if fs::metadata(&base).map_err(failed)?.uid() != user {
        return Err(GroundError::ForeignFolder { folder: base });
    }
    Ok(base)
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
    let path = base.join("lock");
    let failed = |source| GroundError::Folder { folder: path.clone(), source };
    let file = File::options().create(true).append(true).open(&path).map_err(failed)?;
    file.lock().map_err(failed)?;
    Ok(file)
}

/// Removes every folder whose keeper is gone. The caller holds the lock.
pub(super) fn sweep(base: &Path) -> io::Result<()> {
    for entry in fs::read_dir(base)? {
        let run = entry?.path();
        if run.is_dir() && std::os::unix::net::UnixStream::connect(socket(&run)).is_err() {
            // A keeper that is ending removes it at the same time.
            let _removed_meanwhile = retire(&run);
        }
    }
    Ok(())
}

/// Keeps a run's logs and removes the rest of it.
pub(super) fn retire(run: &Path) -> io::Result<()> {
    // Keeping logs is a service; that a disk is full must not keep the folder there.
    let _not_kept = keep_logs(run);
    match fs::remove_dir_all(run) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn keep_logs(run: &Path) -> io::Result<()> {
    let all = cache::root().join("logs");
    let kept = all.join(run.file_name().unwrap_or(run.as_os_str()));
    for entry in fs::read_dir(run)? {
        let part = entry?.path();
        let log = if part.is_dir() { part.join("log") } else { part.clone() };
        let is_log = part.is_dir() || part.extension().is_some_and(|extension| extension == "log");
        if is_log && log.is_file() {
            fs::create_dir_all(&kept)?;
            let name = part.file_stem().unwrap_or_default();
            fs::copy(&log, kept.join(name).with_extension("log"))?;
        }
    }
    let mut runs: Vec<_> = fs::read_dir(&all)?
        .filter_map(|entry| {
            entry.ok().and_then(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
        })
        .collect();
    runs.sort();
    for (_, oldest) in runs.iter().rev().skip(KEPT_LOGS) {
        fs::remove_dir_all(oldest)?;
    }
    Ok(())
}
