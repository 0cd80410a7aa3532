//! Shell scripts, read by shellcheck.
//!
//! A script is a file that ends in `.sh`, or whose first line names a shell.

use std::{fs, io::Read as _, path::Path, process::Command};

use super::Finding;
use crate::{command, tree::Tree};

/// Runs shellcheck on every script of the tree.
pub fn check(tree: &Tree) -> anyhow::Result<Vec<Finding>> {
    let scripts: Vec<String> = tree.files()?.into_iter().filter(|path| is_script(tree, path)).collect();
    if scripts.is_empty() {
        return Ok(Vec::new());
    }
    let mut shellcheck = Command::new("shellcheck");
    shellcheck.current_dir(tree.root()).args(["--external-sources", "--format=gcc", "--"]).args(scripts);
    let (succeeded, text) = command::said(&mut shellcheck)?;
    Ok(if succeeded { Vec::new() } else { vec![Finding::Refused(text)] })
}

fn is_script(tree: &Tree, path: &str) -> bool {
    if Path::new(path).extension().is_some_and(|extension| extension == "sh") {
        return true;
    }
    let mut start = [0; 64];
    let read = fs::File::open(tree.root().join(path)).and_then(|mut file| file.read(&mut start));
    let text = String::from_utf8_lossy(&start[..read.unwrap_or(0)]).into_owned();
    let first = text.lines().next().unwrap_or_default();
    first.starts_with("#!") && (first.ends_with("sh") || first.contains("sh "))
}
