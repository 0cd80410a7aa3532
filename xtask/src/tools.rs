//! Where the pinned Cargo tools of `.ci/tools` are.
//!
//! `.ci/preflight` builds them; this only looks where it puts them. The tools of this workspace serve any
//! tree, so the list is part of the program.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use anyhow::bail;

use crate::command::target_folder;

const LIST: &str = include_str!("../../.ci/tools");

/// The program of a pinned tool.
pub fn path(name: &str, root: &Path) -> anyhow::Result<PathBuf> {
    let Some(version) = version(name) else { bail!("{name} is not in .ci/tools") };
    let relative = format!("tools/{name}-{version}/bin/{name}");
    let kept = [usual_cache(), Some(beside_the_target(root)?)];
    let found = kept.into_iter().flatten().map(|cache| cache.join(&relative)).find(|path| path.is_file());
    match found {
        Some(path) => Ok(path),
        None => bail!("{name} {version} is not built yet: run .ci/preflight test, then run again"),
    }
}

/// Where things are kept between checkouts: the usual place, if it can be written.
pub fn cache(root: &Path) -> anyhow::Result<PathBuf> {
    let writable = |folder: &PathBuf| {
        fs::create_dir_all(folder).is_ok() && tempfile::Builder::new().tempfile_in(folder).is_ok()
    };
    usual_cache().filter(writable).map_or_else(|| beside_the_target(root), Ok)
}

fn beside_the_target(root: &Path) -> anyhow::Result<PathBuf> {
    Ok(target_folder(root)?.join("cache"))
}

fn version(name: &str) -> Option<&'static str> {
    LIST.lines().filter(|line| !line.starts_with('#')).find_map(|line| {
        let mut cells = line.split('|').map(str::trim);
        cells.next().filter(|found| *found == name).and_then(|_| cells.next())
    })
}

fn usual_cache() -> Option<PathBuf> {
    let folder = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    folder("SAWLOG_CACHE")
        .or_else(|| folder("XDG_CACHE_HOME").map(|caches| caches.join("sawlog")))
        .or_else(|| folder("HOME").map(|home| home.join(".cache/sawlog")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_names_what_the_runner_and_the_checks_call() {
        assert!(version("cargo-nextest").is_some());
        assert!(version("cargo-deny").is_some());
        assert!(version("cargo-unheard-of").is_none());
    }
}
