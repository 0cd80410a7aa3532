//! Files written by the programs they describe.
//!
//! One flat table of what `sawlog` writes, and what follows from the table of images; the same writes them (`make docs`)
//! and refuses stale ones (`make check`). Comparing is pure and knows nothing about how a text came to be.

use std::fs;

use anyhow::{Context as _, bail};

use crate::{command, images, tree::Tree};

/// One generated file.
struct Generated {
    path: &'static str,
    /// What `sawlog generate` is asked for.
    what: &'static str,
}

const GENERATED: &[Generated] = &[
    Generated { path: "docs/man/sawlog.1", what: "man" },
    Generated { path: "docs/reference/cli.md", what: "reference" },
];

/// A sentence for every file that is not what its program says.
pub fn check(tree: &Tree) -> anyhow::Result<Vec<String>> {
    Ok(stale(tree, &produce(tree)?))
}

/// Writes every generated file.
pub fn write(tree: &Tree) -> anyhow::Result<()> {
    for (path, text) in produce(tree)? {
        let place = tree.root().join(path);
        if let Some(folder) = place.parent() {
            fs::create_dir_all(folder).with_context(|| format!("make the folder of {path}"))?;
        }
        fs::write(&place, text).with_context(|| format!("write {path}"))?;
        println!("wrote {path}");
    }
    Ok(())
}

/// Compares files with the text they should have.
pub fn stale(tree: &Tree, expected: &[(&str, String)]) -> Vec<String> {
    expected.iter().filter_map(|(path, text)| difference(tree, path, text)).collect()
}

fn difference(tree: &Tree, path: &str, expected: &str) -> Option<String> {
    let Ok(found) = tree.read(path) else {
        return Some(format!("{path}: missing: run `make docs`"));
    };
    if found == expected {
        return None;
    }
    let same = found.lines().zip(expected.lines()).take_while(|(found, expected)| found == expected).count();
    Some(format!("{path}:{}: not what its program says: run `make docs`", same + 1))
}

fn produce(tree: &Tree) -> anyhow::Result<Vec<(&'static str, String)>> {
    let mut texts = images::generated();
    for file in GENERATED {
        let mut sawlog = command::cargo(tree.root())?;
        sawlog.args([
            "run",
            "--quiet",
            "--profile",
            "ci",
            "--locked",
            "--offline",
            "-p",
            "sawlog",
            "--",
            "generate",
        ]);
        let output = sawlog.arg(file.what).output().context("start cargo")?;
        if !output.status.success() {
            bail!("`sawlog generate {}` fails:\n{}", file.what, String::from_utf8_lossy(&output.stderr));
        }
        let text = String::from_utf8(output.stdout).with_context(|| format!("{} is not text", file.path))?;
        texts.push((file.path, text));
    }
    Ok(texts)
}
