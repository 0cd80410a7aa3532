//! The commands that the pages give for this program are run, as they stand there.

#![allow(clippy::unwrap_used, reason = "a test fails where it stands")]

use std::{fs, path::Path, process::Command};

const COMMAND: &str = "$ cargo run --release -p sawlog-bench -- ";

#[test]
fn commands_in_the_pages_work() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut run = 0;
    for page in ["README.md", "CONTRIBUTING.md", "docs/corpus.md", "docs/performance.md", "docs/testing.md"] {
        let text = fs::read_to_string(root.join(page)).unwrap();
        for command in text.lines().filter_map(|line| line.trim().strip_prefix(COMMAND)) {
            let folder = tempfile::tempdir().unwrap();
            let out = folder.path().join("out");
            // Only the folder is another one: two runs of the tests must not meet.
            let arguments = command.split_whitespace().map(|argument| match argument {
                given if given.starts_with("/tmp/") => out.to_str().unwrap(),
                given => given,
            });
            let said = Command::new(env!("CARGO_BIN_EXE_sawlog-bench")).args(arguments).output().unwrap();
            assert!(said.status.success(), "{page}: {command}: {}", String::from_utf8_lossy(&said.stderr));
            assert!(fs::read_dir(&out).unwrap().count() > 0, "{page}: {command} wrote nothing");
            run += 1;
        }
    }
    assert!(run > 0, "the pages give no command any more: then this test is not needed");
}

#[test]
fn figures_are_one_json_object_a_line() {
    let mut bench = Command::new(env!("CARGO_BIN_EXE_sawlog-bench"));
    let said = bench.args(["corpus", "--size", "small", "--json"]).output().unwrap();
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    let text = String::from_utf8(said.stdout).unwrap();
    assert!(text.lines().count() >= 9, "{text}");
    for line in text.lines() {
        let figure: serde_json::Value = serde_json::from_str(line).unwrap();
        for key in ["bench", "metric", "value", "unit", "floor", "aim", "note"] {
            assert!(figure.get(key).is_some(), "{key}: {line}");
        }
        assert!(figure["value"].as_f64().unwrap() > 0.0, "{line}");
    }
}

#[test]
fn an_unknown_benchmark_is_a_sentence() {
    let said = Command::new(env!("CARGO_BIN_EXE_sawlog-bench")).arg("corpse").output().unwrap();
    assert!(!said.status.success());
    let text = String::from_utf8(said.stderr).unwrap();
    assert!(text.contains("unrecognized subcommand 'corpse'"), "{text}");
}
