//! Every command that a page tells people to type is run by a test: here, or where the table says.

#![allow(clippy::unwrap_used, reason = "tests may; clippy.toml only knows functions marked as tests")]

use std::{path::Path, process::Command};

use xtask::tree::Tree;

/// How a command is shown to work.
enum Shown {
    /// By running it, with these words behind it.
    Run(&'static str),
    /// The gate that runs this test is that command; here it is only asked what it would do.
    ByTheGate,
    /// In that file.
    In(&'static str),
}

const COMMANDS: [(&str, Shown); 11] = [
    ("make", Shown::Run("")),
    ("make up", Shown::Run("ARGS=--for=2s")),
    ("make ground-up", Shown::Run("ARGS=alertmanager")),
    ("make ground-down", Shown::Run("")),
    ("make images", Shown::Run("ARGS=--profile=ci")),
    ("sawlog broker --data /tmp/log", Shown::In("cli/tests/broker.rs")),
    ("make check", Shown::ByTheGate),
    ("make test", Shown::ByTheGate),
    // The same files, by the same kubectl.
    ("kubectl apply -f config/crd/", Shown::In("e2e/tests/e2e_crds/installed.rs")),
    ("kubectl apply -f config/samples/", Shown::In("e2e/tests/e2e_crds/judged.rs")),
    (
        "cargo run --release -p sawlog-bench -- corpus --out /tmp/corpus --size small",
        Shown::In("bench/tests/documented.rs"),
    ),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// The commands behind a `$` in the pages, comments cut off.
fn documented() -> Vec<(String, String)> {
    let tree = Tree::at(Some(root().to_owned())).unwrap();
    let mut found = Vec::new();
    for page in tree.files_with("md").unwrap() {
        for line in tree.read(&page).unwrap().lines().filter_map(|line| line.trim().strip_prefix("$ ")) {
            let command = line.split(" #").next().unwrap().trim().to_owned();
            found.push((page.clone(), command));
        }
    }
    found
}

#[test]
fn every_command_in_the_pages_is_run_by_a_test() {
    let documented = documented();
    assert!(documented.len() >= 5, "{documented:?}");
    for (page, command) in &documented {
        let known = COMMANDS.iter().any(|(known, _)| known == command);
        assert!(known, "{page}: `{command}` is run by no test: add it to the table");
    }
    for (known, shown) in &COMMANDS {
        assert!(documented.iter().any(|(_, command)| command == known), "`{known}` stands on no page");
        if let Shown::In(file) = shown {
            assert!(root().join(file).exists(), "{file}");
        }
    }
}

/// A place for the ground of this test, so that nobody else's is taken down. Empty at the end in any case.
struct ElsewhereGround(tempfile::TempDir);

impl Drop for ElsewhereGround {
    fn drop(&mut self) {
        let mut down = Command::new("make");
        down.arg("ground-down").current_dir(root()).env("SAWLOG_GROUND_DIR", self.0.path());
        let _is_said_by_the_test = down.output();
    }
}

#[test]
fn commands_in_the_pages_work() {
    let ground = ElsewhereGround(tempfile::tempdir().unwrap());
    for (command, shown) in &COMMANDS {
        let more = match shown {
            Shown::Run(more) => more,
            Shown::ByTheGate => "--dry-run",
            Shown::In(_) => continue,
        };
        let mut words = command.split_whitespace();
        let mut program = Command::new(words.next().unwrap());
        program.args(words).args(more.split_whitespace()).current_dir(root());
        program.env("SAWLOG_GROUND_DIR", ground.0.path());
        let said = program.env_remove("MAKEFLAGS").env_remove("MAKELEVEL").output().unwrap();
        let text = String::from_utf8_lossy(&said.stdout);
        assert!(said.status.success(), "{command} {more}: {}", String::from_utf8_lossy(&said.stderr));
        assert!(!text.trim().is_empty(), "{command} {more} says nothing: {text}");
    }
}
