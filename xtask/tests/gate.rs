//! `.ci/run` and the Makefile: exit codes, the closing line, and sources with misleading time stamps.

#![allow(clippy::unwrap_used, reason = "tests may; clippy.toml only knows functions marked as tests")]

mod fixture;

use std::{
    env,
    fs::{self, File},
    os::unix::fs::PermissionsExt as _,
    process::Command,
    time::{Duration, SystemTime},
};

use fixture::{Fixture, Outcome};

const CLOSING: &str = "2 passed, 0 failed, 1 skipped";

/// A checkout whose `make` does as it is told.
fn checkout(check: u8, test: u8) -> Fixture {
    let fixture = Fixture::named("a checkout");
    fixture.copy(".ci/run").copy(".ci/lib.sh");
    let make = fixture.beside("bin").join("make");
    let script = format!(
        "#!/bin/sh\ncase $2 in check) exit {check} ;; esac\necho a test; echo '{CLOSING}'\necho late >&2\nexit {test}\n"
    );
    fs::write(&make, script).unwrap();
    fs::set_permissions(make, fs::Permissions::from_mode(0o755)).unwrap();
    fixture
}

fn gate(fixture: &Fixture) -> Outcome {
    let own = fixture.beside("bin");
    let path =
        env::join_paths([own].into_iter().chain(env::split_paths(&env::var_os("PATH").unwrap()))).unwrap();
    let mut bash = Command::new("bash");
    bash.arg(fixture.root().join(".ci/run")).env("PATH", path).env("SAWLOG_CACHE", fixture.beside("cache"));
    fixture.run(&mut bash)
}

#[test]
fn the_last_line_is_the_count_and_the_code_is_right() {
    for (check, test, code) in [(0, 0, 0), (1, 0, 1), (0, 1, 1), (2, 2, 1)] {
        let outcome = gate(&checkout(check, test));
        assert_eq!(outcome.code, Some(code), "{outcome:?}");
        assert_eq!(outcome.stdout.lines().last(), Some(CLOSING), "{outcome:?}");
        for timing in ["check took 0m0", "test took 0m0"] {
            assert!(outcome.stdout.contains(timing), "{outcome:?}");
        }
    }
}

#[test]
fn changed_sources_with_old_time_stamps_look_changed() {
    let fixture = checkout(0, 0);
    let source = fixture.root().join("lib.rs");
    let long_ago = SystemTime::now() - Duration::from_hours(1000);
    let age = |text: &str| {
        fs::write(&source, text).unwrap();
        File::options().append(true).open(&source).unwrap().set_modified(long_ago).unwrap();
        gate(&fixture);
        source.metadata().unwrap().modified().unwrap() > long_ago
    };
    assert!(age("one"), "never built here");
    assert!(!age("one"), "the same as what was built");
    assert!(age("two"), "other sources, as old");
}

#[test]
fn make_alone_prints_every_target_with_what_it_does() {
    let fixture = Fixture::named("a checkout");
    fixture.copy("Makefile");
    let outcome = fixture.run(Command::new("make").arg("--no-print-directory"));
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    let makefile = fs::read_to_string(fixture.root().join("Makefile")).unwrap();
    let targets =
        makefile.lines().filter_map(|line| line.strip_prefix(".PHONY: ")).filter(|name| *name != "help");
    for target in targets {
        assert!(outcome.stdout.contains(&format!("make {target} ")), "{target} is not in {outcome:?}");
    }
}

#[test]
fn kind_without_kind_is_one_sentence() {
    let fixture = Fixture::new();
    fixture.copy("Makefile");
    let bin = fixture.beside("bin");
    for program in ["bash", "sed", "make"] {
        let folders = env::var_os("PATH").unwrap();
        let found = env::split_paths(&folders).map(|folder| folder.join(program)).find(|path| path.is_file());
        std::os::unix::fs::symlink(found.unwrap(), bin.join(program)).unwrap();
    }
    let outcome = fixture.run(Command::new(bin.join("make")).args(["-s", "kind"]).env("PATH", &bin));
    assert_ne!(outcome.code, Some(0), "{outcome:?}");
    assert!(outcome.stderr.starts_with("kind is missing: install it"), "{outcome:?}");
}
