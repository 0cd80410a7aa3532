//! Preflight, with a PATH of stand-ins: every lack is one sentence that says what to do, and never a hang.

#![allow(clippy::unwrap_used, reason = "tests may; clippy.toml only knows functions marked as tests")]

mod fixture;

use std::{
    env, fs,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    path::PathBuf,
    process::Command,
};

use fixture::{Fixture, Outcome};

/// What the script may use besides the programs it asks for.
const USUAL: [&str; 19] = [
    "bash", "cat", "cp", "dirname", "env", "head", "id", "mkdir", "mktemp", "mv", "rm", "sed", "sh", "sleep",
    "sort", "timeout", "tr", "true", "touch",
];
/// A Cargo that knows everything and has every crate.
const CARGO: &str = r#"case "$1 $2" in "--version ") echo "cargo 1.95.0 (0 2026-01-01)" ;; esac"#;
const NOBODY: u32 = 65534;

/// A machine: a checkout, and the programs in its PATH.
struct Machine {
    tree: Fixture,
    bin: PathBuf,
    keeps_cache: bool,
}

impl Machine {
    fn new() -> Self {
        Self::with_checkout("checkout")
    }

    fn with_checkout(name: &'static str) -> Self {
        let tree = Fixture::named(name);
        for path in [".ci/preflight", ".ci/lib.sh", ".ci/tools", ".ci/apt-packages", "rust-toolchain.toml"] {
            tree.copy(path);
        }
        let bin = tree.beside("bin");
        for name in USUAL {
            std::os::unix::fs::symlink(find(name), bin.join(name)).unwrap();
        }
        let machine = Self { tree, bin, keeps_cache: true };
        machine
            .program("cargo", CARGO)
            .program("rustc", "echo host: a-machine")
            .program("cc", "")
            .program("git", "");
        for package in ["go", "ip", "java", "mandoc", "mvn", "pkg-config", "shellcheck", "strace"] {
            machine.program(package, "");
        }
        machine
    }

    fn program(&self, name: &str, script: &str) -> &Self {
        let path = self.bin.join(name);
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
        self
    }

    fn without(&self, name: &str) -> &Self {
        fs::remove_file(self.bin.join(name)).unwrap();
        self
    }

    fn preflight(&self, step: &str) -> Outcome {
        let mut bash = Command::new(self.bin.join("bash"));
        self.run(&mut bash, step, None)
    }

    /// As somebody who is not root, whoever runs the test.
    fn preflight_as_nobody(&self, step: &str) -> Outcome {
        let mut bash = Command::new(self.bin.join("bash"));
        let is_root = fs::metadata("/proc/self").unwrap().uid() == 0;
        if is_root {
            bash = Command::new(find("setpriv"));
            bash.args([format!("--reuid={NOBODY}"), format!("--regid={NOBODY}"), "--clear-groups".into()]);
            bash.arg(self.bin.join("bash"));
        }
        self.run(&mut bash, step, None)
    }

    fn run(&self, bash: &mut Command, step: &str, target: Option<&str>) -> Outcome {
        bash.arg(self.tree.root().join(".ci/preflight")).arg(step);
        bash.env("PATH", &self.bin).env("HOME", self.tree.beside("home"));
        let cache = self.tree.beside("cache");
        if self.keeps_cache {
            for line in fs::read_to_string(self.tree.root().join(".ci/tools")).unwrap().lines() {
                let cells: Vec<&str> = line.split('|').map(str::trim).collect();
                if let [name, version, _, _] = cells[..] {
                    let program = self.tree.beside(&format!("cache/tools/{name}-{version}/bin")).join(name);
                    fs::write(&program, "").unwrap();
                    fs::set_permissions(program, fs::Permissions::from_mode(0o755)).unwrap();
                }
            }
        }
        bash.env("SAWLOG_CACHE", cache);
        if let Some(target) = target {
            bash.env("CARGO_TARGET_DIR", target);
        }
        self.tree.run(bash)
    }
}

/// Exit code 1 and one line that contains all of `parts`.
#[track_caller]
fn assert_one_sentence(outcome: &Outcome, parts: &[&str]) {
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    assert_eq!(outcome.stderr.lines().count(), 1, "{outcome:?}");
    for part in parts {
        assert!(outcome.stderr.contains(part), "{part:?} is not in {:?}", outcome.stderr);
    }
}

#[track_caller]
fn assert_passes(outcome: &Outcome) {
    assert_eq!((outcome.code, outcome.stderr.as_str()), (Some(0), ""), "{outcome:?}");
}

fn find(program: &str) -> PathBuf {
    let path = env::var_os("PATH").unwrap();
    env::split_paths(&path).map(|folder| folder.join(program)).find(|path| path.is_file()).unwrap()
}

#[test]
fn a_complete_machine_passes_every_step() {
    for step in ["up", "test", "check"] {
        assert_passes(&Machine::new().preflight(step));
    }
}

#[test]
fn a_path_with_spaces_passes() {
    assert_passes(&Machine::with_checkout("a checkout with spaces").preflight("test"));
}

#[test]
fn a_missing_toolchain_of_the_ground_is_named_before_anything_is_built() {
    for (program, what_to_do) in
        [("java", "install a JDK"), ("mvn", "install Maven"), ("go", "install Go 1.25")]
    {
        let machine = Machine::new();
        assert_one_sentence(&machine.without(program).preflight("test"), &[program, what_to_do, "run again"]);
        assert_passes(&machine.preflight("up"));
    }
}

#[test]
fn a_missing_program_is_named_with_where_it_comes_from() {
    for (program, what_to_do) in [
        ("cargo", "rustup"),
        ("rustc", "rustup"),
        ("cc", "apt-get install gcc"),
        ("git", "apt-get install git"),
    ] {
        let machine = Machine::new();
        assert_one_sentence(&machine.without(program).preflight("up"), &[program, what_to_do, "run again"]);
    }
}

#[test]
fn an_old_toolchain_is_refused_and_a_newer_one_is_not() {
    let machine = Machine::new();
    machine.program("cargo", "echo 'cargo 1.80.1 (0 2024-01-01)'");
    assert_one_sentence(&machine.preflight("up"), &["1.80.1", "1.95.0", "rustup toolchain install"]);
    machine.program("cargo", "case $1 in --version) echo 'cargo 1.100.0 (0 2027-01-01)' ;; esac");
    assert_passes(&machine.preflight("up"));
}

#[test]
fn a_toolchain_that_rustup_has_not_got_is_named() {
    let machine = Machine::new();
    machine.program("cargo", "echo \"error: toolchain is not installed\" >&2; exit 1");
    assert_one_sentence(&machine.preflight("up"), &["1.95.0", "rustup toolchain install"]);
}

#[test]
fn without_a_network_the_crates_are_the_sentence() {
    let machine = Machine::new();
    machine.program(
        "cargo",
        &format!("{CARGO}\ncase $1 in fetch) echo 'error: cannot connect' >&2; exit 101 ;; esac"),
    );
    assert_one_sentence(&machine.preflight("up"), &["crates", "cannot be reached", "network"]);
}

#[test]
fn a_stale_lock_is_not_blamed_on_the_network() {
    let machine = Machine::new();
    let refusal = "error: cannot update the lock file Cargo.lock because --locked was passed";
    machine.program("cargo", &format!("{CARGO}\ncase $1 in fetch) echo '{refusal}' >&2; exit 101 ;; esac"));
    assert_one_sentence(&machine.preflight("up"), &["Cargo.lock does not match", "cargo update --workspace"]);
}

#[test]
fn without_a_network_a_tool_is_the_sentence_and_nothing_half_made_stays() {
    let mut machine = Machine::new();
    machine.keeps_cache = false;
    machine.program(
        "cargo",
        &format!("{CARGO}\ncase $1 in install) echo 'error: cannot connect' >&2; exit 101 ;; esac"),
    );
    assert_one_sentence(&machine.preflight("test"), &["cargo-nextest", "connect to the network"]);
    let left: Vec<_> = fs::read_dir(machine.tree.beside("cache/tools"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(left, ["cargo-nextest.log"]);
}

#[test]
fn a_tool_is_built_once_and_moved_into_place_whole() {
    let mut machine = Machine::new();
    machine.keeps_cache = false;
    let install = r#"case $1 in install)
        name=${4%@*}
        while [ "$1" != --root ]; do shift; done
        mkdir -p "$2/bin" && echo > "$2/bin/$name" && chmod +x "$2/bin/$name" ;;
    esac"#;
    std::os::unix::fs::symlink(find("chmod"), machine.bin.join("chmod")).unwrap();
    machine.program("cargo", &format!("{CARGO}\n{install}"));
    let first = machine.preflight("test");
    assert_passes(&first);
    assert_eq!(first.stdout.matches("a minute or two").count(), 2, "{first:?}");
    let second = machine.preflight("test");
    assert_eq!((second.code, second.stdout.as_str()), (Some(0), ""), "{second:?}");
}

#[test]
fn missing_packages_without_root_are_one_command() {
    let machine = Machine::new();
    machine.without("shellcheck").without("mandoc").program("apt-get", "exit 1");
    let outcome = machine.preflight_as_nobody("check");
    assert_one_sentence(&outcome, &["sudo apt-get install -y mandoc shellcheck"]);
    assert_passes(&machine.preflight_as_nobody("up"));
}

#[test]
fn missing_packages_on_a_machine_without_apt_are_said_so() {
    let machine = Machine::new();
    assert_one_sentence(
        &machine.without("mandoc").preflight("check"),
        &["mandoc", "no apt-get", "package manager"],
    );
}

#[test]
fn a_read_only_checkout_needs_another_place_to_build() {
    let machine = Machine::new();
    fs::set_permissions(machine.tree.root(), fs::Permissions::from_mode(0o555)).unwrap();
    assert_one_sentence(&machine.preflight_as_nobody("up"), &["read-only", "set CARGO_TARGET_DIR"]);
}

#[test]
fn a_target_folder_that_cannot_be_made_is_named() {
    let machine = Machine::new();
    let mut bash = Command::new(machine.bin.join("bash"));
    let outcome = machine.run(&mut bash, "up", Some("/proc/nowhere"));
    assert_one_sentence(&outcome, &["CARGO_TARGET_DIR=/proc/nowhere", "cannot be written"]);
}
