//! The checks that Cargo's own tools make: formatting, lints, dependencies.
//!
//! Their output is passed on: it names file and line. Nothing here needs a network.

use std::process::Command;

use super::Finding;
use crate::{command, tools, tree::Tree};

/// Enough to see what is wrong, not so much that the other checks scroll away.
const LINES: usize = 120;

/// `cargo fmt --check`.
pub fn format(tree: &Tree) -> anyhow::Result<Vec<Finding>> {
    let mut fmt = command::cargo(tree.root())?;
    fmt.args(["fmt", "--all", "--check", "--", "--color", "never"]);
    verdict(&mut fmt, "run `cargo fmt --all`")
}

/// `cargo clippy` on everything, warnings denied.
pub fn lint(tree: &Tree) -> anyhow::Result<Vec<Finding>> {
    let mut clippy = command::cargo(tree.root())?;
    clippy.args([
        "clippy",
        "--quiet",
        "--workspace",
        "--all-targets",
        "--profile",
        "ci",
        "--locked",
        "--offline",
    ]);
    clippy.args(["--", "-D", "warnings"]);
    verdict(&mut clippy, "change the code at the lines above")
}

/// `cargo deny` with the tree's deny.toml.
pub fn dependencies(tree: &Tree) -> anyhow::Result<Vec<Finding>> {
    let mut deny =
        command::with_settings(Command::new(tools::path("cargo-deny", tree.root())?), tree.root())?;
    deny.args(["--offline", "--locked", "--log-level", "error", "--color", "never"]);
    deny.args(["check", "--hide-inclusion-graph", "licenses", "bans", "sources"]);
    verdict(&mut deny, "choose another dependency, or change deny.toml and say why")
}

fn verdict(command: &mut Command, what_to_do: &str) -> anyhow::Result<Vec<Finding>> {
    let (succeeded, text) = command::said(command)?;
    if succeeded {
        return Ok(Vec::new());
    }
    let shown: Vec<&str> = text.lines().take(LINES).collect();
    let left_out = text.lines().count() - shown.len();
    let more = if left_out > 0 { format!("\n… {left_out} more lines") } else { String::new() };
    let shown = shown.join("\n");
    Ok(vec![Finding::Refused(format!("{shown}{more}\n→ {what_to_do}"))])
}
