//! The length of Rust files, without their tests.
//!
//! Counts up to the first `#[cfg(test)]` at the start of a line; files below a `tests` folder are tests
//! throughout. Long files are split by meaning; this only says when.

use super::Finding;
use crate::tree::Tree;

const LONGEST: usize = 600;

/// Refuses files that are longer.
pub fn check(tree: &Tree) -> anyhow::Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for path in tree.files_with("rs")?.iter().filter(|path| !path.split('/').any(|part| part == "tests")) {
        let lines = tree.read(path)?.lines().take_while(|line| *line != "#[cfg(test)]").count();
        if lines > LONGEST {
            findings.push(Finding::Refused(format!(
                "{path}:{}: {lines} lines without tests, at most {LONGEST}: split it by meaning",
                LONGEST + 1
            )));
        }
    }
    Ok(findings)
}
