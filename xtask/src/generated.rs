//! Files written by the programs they describe.
//!
//! What `sawlog` writes, what the kinds' own generator writes, and what follows from the table of images: the same
//! table writes them (`make docs`) and refuses stale ones (`make check`). Comparing is pure and knows nothing about how
//! a text came to be.

use std::fs;

use anyhow::{Context as _, bail};

use crate::{command, images, tree::Tree};

/// One generated file.
struct Generated {
    path: &'static str,
    /// The program, as cargo's arguments.
    program: &'static [&'static str],
    /// What it is asked for.
    arguments: &'static [&'static str],
}

const SAWLOG: &[&str] = &["-p", "sawlog"];
const CRDS: &[&str] = &["-p", "sawlog-crds", "--bin", "generate-crds"];

const GENERATED: &[Generated] = &[
    Generated { path: "docs/man/sawlog.1", program: SAWLOG, arguments: &["generate", "man"] },
    Generated { path: "docs/reference/cli.md", program: SAWLOG, arguments: &["generate", "reference"] },
    of_kinds("config/crd/logpipelines.yaml"),
    of_kinds("config/crd/logindexes.yaml"),
    of_kinds("config/crd/retentionpolicies.yaml"),
    of_kinds("config/crd/alertrules.yaml"),
    Generated { path: "docs/reference/broker.md", program: SAWLOG, arguments: &["generate", "broker"] },
    of_kinds("docs/reference/resources.md"),
    of_kinds("docs/reference/reasons.md"),
];

/// The generator of the kinds is asked for a file by its path.
const fn of_kinds(path: &'static str) -> Generated {
    Generated { path, program: CRDS, arguments: &[] }
}

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
        let mut generator = command::cargo(tree.root())?;
        generator
            .args(["run", "--quiet", "--profile", "ci", "--locked", "--offline"])
            .args(file.program)
            .arg("--");
        let asked = if file.arguments.is_empty() { &[file.path][..] } else { file.arguments };
        let output = generator.args(asked).output().context("start cargo")?;
        if !output.status.success() {
            bail!("the generator of {} fails:\n{}", file.path, String::from_utf8_lossy(&output.stderr));
        }
        let text = String::from_utf8(output.stdout).with_context(|| format!("{} is not text", file.path))?;
        texts.push((file.path, text));
    }
    Ok(texts)
}
