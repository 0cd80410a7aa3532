//! What this kind of machine cannot do.
//!
//! The list `e2e/cannot-run-here` is the only way for a test not to run: one line per capability with the
//! reason and the place where it runs instead. A test that meets a missing capability calls [`skip`]; the
//! test runner counts it as skipped, and everything else that skips as a failure.

use std::{env, fs::OpenOptions, io::Write as _};

/// Where the test runner collects skips.
pub const SKIPS: &str = "SAWLOG_SKIPS";

const LIST: &str = include_str!("../cannot-run-here");

/// One line of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lack {
    /// What is missing, as tests name it.
    pub capability: String,
    /// Why this kind of machine lacks it.
    pub reason: String,
    /// Where it runs instead.
    pub instead: String,
}

/// The checked-in list.
///
/// # Panics
/// When a line is not `capability | reason | where it runs instead`: the list is part of the program.
pub fn cannot_run_here() -> Vec<Lack> {
    parse(LIST).expect("because e2e/cannot-run-here is checked in and tested")
}

fn parse(list: &str) -> Result<Vec<Lack>, String> {
    let lines = list.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| match line.split('|').map(str::trim).collect::<Vec<_>>()[..] {
            [capability, reason, instead] if ![capability, reason, instead].contains(&"") => {
                Ok(Lack { capability: capability.into(), reason: reason.into(), instead: instead.into() })
            }
            _ => Err(format!("not `capability | reason | where it runs instead`: {line}")),
        })
        .collect()
}

/// Writes down that `test` does not run on this machine because it lacks `capability`.
///
/// # Panics
/// When the capability is not on the list: then the test has to run, and not running is its failure.
pub fn skip(test: &str, capability: &str) {
    let lacks = cannot_run_here();
    let Some(lack) = lacks.iter().find(|lack| lack.capability == capability) else {
        panic!("{test} needs {capability}, which e2e/cannot-run-here does not list: it must run here");
    };
    println!("SKIPPED {test}: {capability}: {}; runs in {}", lack.reason, lack.instead);
    if let Some(path) = env::var_os(SKIPS) {
        let line = format!("{test}\t{capability}\n");
        let written = OpenOptions::new().append(true).create(true).open(&path);
        written
            .and_then(|mut file| file.write_all(line.as_bytes()))
            .expect("because the runner made the folder");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checked_in_list_is_well_formed() {
        assert!(!cannot_run_here().is_empty());
    }

    #[test]
    fn a_line_without_a_place_is_refused() {
        assert!(parse("gpu | none here").is_err());
        assert!(parse("gpu | none here | ").is_err());
        assert_eq!(parse("# comment\n\ngpu | none here | a farm").unwrap().len(), 1);
    }

    #[test]
    #[should_panic(expected = "it must run here")]
    fn an_unlisted_capability_is_a_failure() {
        skip("a test", "electricity");
    }
}
