//! Programs of Debian packages, unpacked beside each other and not installed: no service starts, no rights
//! are needed, and nothing of the machine changes. Where there is no apt, a program of the same name on the
//! path serves.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use super::{Recipe, Step, Workshop, find, ready};
use crate::ground::error::GroundError;

const LIMIT: Duration = Duration::from_mins(5);

/// A file of a package: `file("prometheus", "usr/bin/promtool")`.
pub fn file(package: &str, path: &str) -> Result<PathBuf, GroundError> {
    let name = Path::new(path).file_name().unwrap_or_default().to_string_lossy().into_owned();
    if !find("apt-get") && find(&name) {
        return Ok(PathBuf::from(name));
    }
    let make = |workshop: &Workshop<'_>| unpack(workshop, package, path);
    let recipe = Recipe { name: package, version: "debian", inputs: &[package], megabytes: 300, make: &make };
    Ok(ready(&recipe)?.join(path))
}

fn unpack(workshop: &Workshop<'_>, package: &str, path: &str) -> Result<(), GroundError> {
    let remedy = format!("install {package} with this machine's own package manager, then run again");
    workshop.need("apt-get", &remedy)?;
    workshop.need("dpkg-deb", &remedy)?;
    let failed = |source| GroundError::Cache { folder: workshop.folder.to_owned(), source };
    let step = Step {
        what: "download the Debian package",
        program: "apt-get",
        limit: LIMIT,
        remedy: "check the network, run `apt-get update`, then run again",
    };
    let apt = |words: &[&str]| {
        workshop.run(&step, |command| {
            command.arg("-qq").args(words);
        })
    };
    // The index may be missing or older than what the archive still has; only root can renew it.
    match apt(&["download", package]) {
        Err(_) if rustix::process::getuid().is_root() => {
            apt(&["update"]).and_then(|()| apt(&["download", package]))?;
        }
        downloaded => downloaded?,
    }
    for entry in fs::read_dir(workshop.folder).map_err(failed)? {
        let archive = entry.map_err(failed)?.path();
        if archive.extension().is_none_or(|extension| extension != "deb") {
            continue;
        }
        let step = Step {
            what: "unpack the Debian package",
            program: "dpkg-deb",
            limit: LIMIT,
            remedy: "see that the disk is not full, then run again",
        };
        workshop.run(&step, |command| {
            command.arg("-x").arg(&archive).arg(workshop.folder);
        })?;
        fs::remove_file(&archive).map_err(failed)?;
    }
    if workshop.folder.join(path).is_file() {
        return Ok(());
    }
    Err(GroundError::Prepare {
        part: package.to_owned(),
        step: "unpack the Debian package".to_owned(),
        why: format!("there is no {path} in it"),
        remedy: "this release of Debian builds it differently: use Debian 12 or newer".to_owned(),
    })
}
