//! The ground's own promises, on the real servers.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod bad_input;
mod cluster;
mod faults;
mod kafka;
mod keeper;
mod peers;
mod printer;
mod store;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// The program under test.
const GROUND: &str = env!("CARGO_BIN_EXE_ground");

/// Runs `ground` with these arguments, and returns whether it succeeded and all it said.
fn ground(arguments: &[&str], set: impl FnOnce(&mut Command)) -> (bool, String) {
    let mut command = Command::new(GROUND);
    command.args(arguments);
    set(&mut command);
    let output = command.output().unwrap();
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    (output.status.success(), said.concat())
}

/// Where grounds are when they are moved to `place`.
fn base_of(place: &Path) -> PathBuf {
    place.join(format!("sawlog-ground-{}", rustix::process::getuid().as_raw()))
}

/// Processes that run in a folder or name it on their command line.
fn processes_about(folder: &Path) -> Vec<(u32, String)> {
    let wanted = folder.display().to_string();
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").unwrap() {
        let process = entry.unwrap().path();
        let Ok(pid) = process.file_name().unwrap().to_string_lossy().parse() else { continue };
        let words = fs::read(process.join("cmdline")).unwrap_or_default();
        let words = String::from_utf8_lossy(&words).replace('\0', " ");
        let place = fs::read_link(process.join("cwd")).unwrap_or_default();
        if words.contains(&wanted) || place.starts_with(folder) {
            found.push((pid, words));
        }
    }
    found
}
