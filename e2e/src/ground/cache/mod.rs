//! What parts are made of, prepared once a machine and kept outside the checkout.
//!
//! ```text
//! ~/.cache/sawlog/ground/versitygw-1.8.0-3fe9…/    complete: every file with its size
//! ~/.cache/sawlog/ground/.making-…/                being made; moved into place whole
//! ```
//!
//! An entry is named by what it is made from, so a change of the recipe makes another. One that is not as its
//! `complete` says is made again. Only package registries are asked; what comes is checked against sums that
//! are checked in (Kafka, Go modules) or signed by the distribution (Debian).

pub mod debian;
pub mod go;
mod workshop;

pub(super) use workshop::find;
pub use workshop::{Step, Workshop};

use std::{
    env, fs, io,
    path::{Path, PathBuf},
    time::SystemTime,
};

use sha2::{Digest as _, Sha256};

use super::{error::GroundError, folder};
use crate::image;

const COMPLETE: &str = "complete";
const MEGABYTE: u64 = 1_000_000;

/// How something is made.
pub struct Recipe<'a> {
    /// What it is, for people.
    pub name: &'a str,
    /// Which version.
    pub version: &'a str,
    /// What the result depends on: another input is another entry.
    pub inputs: &'a [&'a str],
    /// How much room making it takes, in megabytes.
    pub megabytes: u64,
    /// Makes it in the workshop's folder.
    pub make: &'a dyn Fn(&Workshop<'_>) -> Result<(), GroundError>,
}

/// The folder of caches, also the gate's.
pub fn root() -> PathBuf {
    let folder = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let usual = folder("SAWLOG_CACHE")
        .or_else(|| folder("XDG_CACHE_HOME").map(|caches| caches.join("sawlog")))
        .or_else(|| folder("HOME").map(|home| home.join(".cache/sawlog")));
    usual
        .unwrap_or_else(|| {
            env::temp_dir().join(format!("sawlog-cache-{}", rustix::process::getuid().as_raw()))
        })
        .join("ground")
}

/// The folder of what the recipe makes; makes it first if it is not there, or not whole.
pub fn ready(recipe: &Recipe<'_>) -> Result<PathBuf, GroundError> {
    ready_below(&root(), recipe)
}

fn ready_below(root: &Path, recipe: &Recipe<'_>) -> Result<PathBuf, GroundError> {
    let home = root.join(format!("{}-{}-{}", recipe.name, recipe.version, digest(recipe)));
    if is_whole(&home) {
        return Ok(home);
    }
    let failed = |source| GroundError::Cache { folder: root.to_owned(), source };
    fs::create_dir_all(root).map_err(failed)?;
    // Two runs that want the same thing make it once.
    let lock = root.join(format!(".lock-{}", recipe.name));
    let _lock = folder::lock_file(&lock, &format!("another run to prepare {}", recipe.name))?;
    if is_whole(&home) {
        return Ok(home);
    }
    make(recipe, root, &home)?;
    Ok(home)
}

fn make(recipe: &Recipe<'_>, root: &Path, home: &Path) -> Result<(), GroundError> {
    let failed = |source| GroundError::Cache { folder: root.to_owned(), source };
    if home.exists() {
        eprintln!("ground: {} is not whole and is made again", home.display());
        fs::remove_dir_all(home).map_err(failed)?;
    }
    let making = root.join(format!(".making-{}", recipe.name));
    if making.exists() {
        fs::remove_dir_all(&making).map_err(failed)?; // left by a run that was ended; the lock is ours
    }
    let free = free_megabytes(root).map_err(failed)?;
    if free < recipe.megabytes {
        let (part, folder) = (recipe.name.to_owned(), root.to_owned());
        return Err(GroundError::NoSpace { part, needed: recipe.megabytes, free, folder });
    }
    fs::create_dir(&making).map_err(failed)?;
    eprintln!("ground: preparing {} {}, once per machine", recipe.name, recipe.version);
    let began = SystemTime::now();
    let made = (recipe.make)(&Workshop { part: recipe.name, folder: &making })
        .and_then(|()| {
            contents(&making).and_then(|list| fs::write(making.join(COMPLETE), list)).map_err(failed)
        })
        .and_then(|()| fs::rename(&making, home).map_err(failed));
    if made.is_err() {
        let _kept_for_the_next_to_sweep = fs::remove_dir_all(&making);
    }
    made?;
    let took = began.elapsed().unwrap_or_default().as_secs_f64();
    eprintln!("ground: prepared {} {} in {took:.0} s", recipe.name, recipe.version);
    Ok(())
}

fn digest(recipe: &Recipe<'_>) -> String {
    let mut digest = Sha256::new();
    for input in recipe.inputs {
        digest.update(input.len().to_le_bytes());
        digest.update(input);
    }
    image::hex(&digest.finalize()[..6])
}

fn is_whole(home: &Path) -> bool {
    let Ok(list) = fs::read_to_string(home.join(COMPLETE)) else { return false };
    let is_there = |line: &str| {
        line.split_once(' ').is_some_and(|(size, path)| {
            fs::metadata(home.join(path)).is_ok_and(|found| found.len().to_string() == size)
        })
    };
    !list.is_empty() && list.lines().all(is_there)
}

/// Every file below `folder` with its size, in order.
fn contents(folder: &Path) -> io::Result<String> {
    let mut lines = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next)? {
            let entry = entry?;
            let kind = entry.file_type()?;
            if kind.is_dir() {
                folders.push(entry.path());
            } else if kind.is_file() {
                let path = entry.path();
                let path = path.strip_prefix(folder).expect("because it was found below the folder");
                lines.push(format!("{} {}\n", entry.metadata()?.len(), path.display()));
            }
        }
    }
    lines.sort();
    Ok(lines.concat())
}

fn free_megabytes(folder: &Path) -> io::Result<u64> {
    let found = rustix::fs::statvfs(folder)?;
    Ok(found.f_bavail * found.f_frsize / MEGABYTE)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    fn write(workshop: &Workshop<'_>) {
        fs::create_dir(workshop.folder.join("lib")).unwrap();
        fs::write(workshop.folder.join("lib/a.jar"), "twelve bytes").unwrap();
    }

    /// The recipe that only writes.
    const WRITTEN: Recipe<'_> = Recipe {
        name: "part",
        version: "1",
        inputs: &["a"],
        megabytes: 1,
        make: &|workshop| {
            write(workshop);
            Ok(())
        },
    };

    #[test]
    fn it_is_made_once_and_again_when_a_byte_is_missing_or_the_recipe_changes() {
        let root = tempfile::tempdir().unwrap();
        let times = Cell::new(0);
        let make = |workshop: &Workshop<'_>| {
            times.set(times.get() + 1);
            write(workshop);
            Ok(())
        };
        let recipe = Recipe { make: &make, ..WRITTEN };
        let home = ready_below(root.path(), &recipe).unwrap();
        assert_eq!(ready_below(root.path(), &recipe).unwrap(), home);
        assert_eq!(times.get(), 1);

        fs::write(home.join("lib/a.jar"), "eleven byte").unwrap();
        assert_eq!(ready_below(root.path(), &recipe).unwrap(), home);
        assert_eq!(fs::read_to_string(home.join("lib/a.jar")).unwrap(), "twelve bytes");
        assert_eq!(times.get(), 2);

        let changed = Recipe { inputs: &["b"], ..recipe };
        assert_ne!(ready_below(root.path(), &changed).unwrap(), home);
        assert_eq!(times.get(), 3);
    }

    #[test]
    fn what_a_killed_run_left_half_written_is_swept() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join(".making-part")).unwrap();
        fs::write(root.path().join(".making-part/half"), "ha").unwrap();
        let home = ready_below(root.path(), &WRITTEN).unwrap();
        assert!(home.join("lib/a.jar").is_file());
        assert!(!home.join("half").exists());
        assert!(!root.path().join(".making-part").exists());
    }

    #[test]
    fn what_fails_leaves_nothing_and_can_be_tried_again() {
        let root = tempfile::tempdir().unwrap();
        let fail = |workshop: &Workshop<'_>| {
            write(workshop);
            let (part, program) = ("part".to_owned(), "go".to_owned());
            Err(GroundError::Missing { part, program, remedy: "install it".to_owned() })
        };
        let recipe = Recipe { make: &fail, ..WRITTEN };
        let error = ready_below(root.path(), &recipe).unwrap_err().to_string();
        assert_eq!(error, "part needs go, which is not on this machine: install it");
        assert!(ready_below(root.path(), &WRITTEN).unwrap().join(COMPLETE).is_file());
    }

    #[test]
    fn too_little_room_is_said_before_anything_is_fetched() {
        let root = tempfile::tempdir().unwrap();
        let never = |_: &Workshop<'_>| panic!("there is no room for it");
        let megabytes = free_megabytes(root.path()).unwrap() + 1_000_000;
        let recipe = Recipe { megabytes, make: &never, ..WRITTEN };
        let error = ready_below(root.path(), &recipe).unwrap_err().to_string();
        assert!(error.starts_with(&format!("part needs {megabytes} MB below ")), "{error}");
        assert!(error.ends_with("free some, or set SAWLOG_CACHE to a folder on another disk"), "{error}");
    }
}
