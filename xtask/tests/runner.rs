//! The test runner: what it counts, and that a budget ends what runs over it.

#![allow(clippy::unwrap_used, reason = "tests may; clippy.toml only knows functions marked as tests")]

use std::{
    collections::BTreeSet,
    fs,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use xtask::{
    command::{Ended, within},
    suite,
    tally::{Tally, capabilities},
};

/// What nextest writes for these test cases.
fn junit(cases: &str) -> String {
    let count = cases.matches("<testcase").count();
    let failures = cases.matches("<failure").count();
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="nextest-run" tests="{count}" failures="{failures}" errors="0">
<testsuite name="a-crate" tests="{count}" disabled="0" errors="0" failures="{failures}">{cases}</testsuite>
</testsuites>"#
    )
}

const PASSED: &str = r#"<testcase name="codec::reads_back" classname="a-crate" time="0.1"></testcase>"#;
const FAILED: &str = r#"<testcase name="it_breaks" classname="a-crate" time="0.1"><failure type="test failure">boom</failure></testcase>"#;
const IGNORED: &str = r#"<testcase name="hidden" classname="a-crate"><skipped/></testcase>"#;
const SEEDED: &str = r#"<testcase name="kills" classname="a-crate" time="0.1"><system-out>running 1 test
kill rounds 5 of 100, seed 7
one of them, seed unknown
</system-out></testcase>"#;

fn tally(cases: &[&str], skips: &str) -> Tally {
    let listed = capabilities("# machines\ngpu | none here | a farm\n");
    Tally::of(&junit(&cases.concat()), skips, &listed).unwrap()
}

#[test]
fn a_pass_counts() {
    let tally = tally(&[PASSED, SEEDED], "");
    assert_eq!(tally.to_string(), "2 passed, 0 failed, 0 skipped");
    assert!(tally.is_success());
    let rounds: Vec<String> = tally.rounds.iter().map(ToString::to_string).collect();
    assert_eq!(rounds, ["kill rounds 5 of 100, seed 7"]);
}

#[test]
fn a_failure_fails() {
    let tally = tally(&[PASSED, FAILED], "");
    assert_eq!(tally.to_string(), "1 passed, 1 failed, 0 skipped");
    assert_eq!(tally.notes, ["a-crate it_breaks failed"]);
    assert!(!tally.is_success());
}

#[test]
fn an_ignored_test_fails() {
    let tally = tally(&[PASSED, IGNORED], "");
    assert_eq!(tally.to_string(), "1 passed, 1 failed, 0 skipped");
    assert!(!tally.is_success());
}

#[test]
fn a_listed_skip_is_not_a_pass() {
    let tally = tally(&[PASSED, SEEDED], "reads_back\tgpu\nreads_back\tgpu\n");
    assert_eq!(tally.to_string(), "1 passed, 0 failed, 1 skipped");
    assert!(tally.is_success());
}

#[test]
fn an_unlisted_skip_fails() {
    let tally = tally(&[PASSED, SEEDED], "reads_back\tmoonlight\n");
    assert_eq!(tally.to_string(), "1 passed, 1 failed, 0 skipped");
    assert!(tally.notes[0].contains("moonlight"), "{tally:?}");
}

#[test]
fn a_skip_that_then_failed_is_one_failure() {
    assert_eq!(tally(&[PASSED, FAILED], "it_breaks\tgpu\n").to_string(), "1 passed, 1 failed, 0 skipped");
}

#[test]
fn no_tests_is_no_success() {
    assert!(!tally(&[], "").is_success());
    assert!(!Tally::default().is_success());
    assert!(!tally(&[PASSED], "reads_back\tgpu\n").is_success(), "everything skipped shows nothing");
}

#[test]
fn what_is_not_junit_is_an_error() {
    assert!(Tally::of("out of disk", "", &BTreeSet::new()).is_err());
}

#[test]
fn over_budget_ends_the_command_and_its_children() {
    let folder = tempfile::tempdir().unwrap();
    let pid_file = folder.path().join("pid");
    let mut slow = Command::new("sh");
    // The child is in the background, so that ending only the shell would leave it.
    slow.args(["-c", r#"sleep 300 & echo $! > "$0"; wait"#]).arg(&pid_file).stdin(Stdio::null());
    let began = Instant::now();
    let ended = within(&mut slow, Some(Duration::from_secs(1))).unwrap();
    assert!(matches!(ended, Ended::OverLimit), "{ended:?}");
    assert!(began.elapsed() < Duration::from_secs(20));
    assert_gone(fs::read_to_string(pid_file).unwrap().trim());
}

#[test]
fn a_command_that_ignores_the_polite_signal_is_ended_too() {
    let mut stubborn = Command::new("sh");
    stubborn.args(["-c", "trap '' TERM; sleep 300 & wait; sleep 300"]).stdin(Stdio::null());
    let ended = within(&mut stubborn, Some(Duration::from_millis(200))).unwrap();
    assert!(matches!(ended, Ended::OverLimit), "{ended:?}");
}

#[test]
fn the_sentence_for_a_slow_crate_says_what_to_do() {
    let sentence = suite::over_budget("sawlog-agent", Duration::from_secs(180));
    assert!(sentence.contains("sawlog-agent") && sentence.contains("180s") && sentence.contains("budget.rs"));
}

/// Gone, or a zombie that whoever inherited it has not collected yet.
#[track_caller]
fn assert_gone(pid: &str) {
    let deadline = Instant::now() + Duration::from_secs(5);
    loop {
        let state = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        if state.is_empty() || state.contains(") Z ") {
            return;
        }
        assert!(Instant::now() < deadline, "process {pid} lives: {state}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
