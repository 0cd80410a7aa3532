//! What offline admission says of good and bad objects: the words of the API server, with line, column and remedy.
//!
//! The table in `admit/cases.txt` is the expectation; `SAWLOG_WRITE=1` writes it anew. Its words were compared
//! with those of a real API server, and are compared again wherever one runs.

#![allow(clippy::unwrap_used, reason = "a test fails where it stands")]

use std::{env, fmt::Write as _, fs, path::PathBuf};

use sawlog_crds::admit::{self, Problem};
use serde_json::Value;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/admit")
}

/// A definition with every construct.
fn kiln() -> Value {
    let text = fs::read(folder().join("kiln.yaml")).unwrap();
    admit::read(&text).remove(0).unwrap().value()
}

struct Case {
    name: String,
    new: String,
    old: Option<String>,
    says: String,
}

fn cases() -> Vec<Case> {
    let text = fs::read_to_string(folder().join("cases.txt")).unwrap();
    let mut cases: Vec<Case> = Vec::new();
    for part in text.split(">>> ").skip(1) {
        let (title, body) = part.split_once('\n').unwrap();
        match title {
            "was" => cases.last_mut().unwrap().old = Some(body.to_owned()),
            "says" => body.clone_into(&mut cases.last_mut().unwrap().says),
            name => cases.push(Case {
                name: name.to_owned(),
                new: body.to_owned(),
                old: None,
                says: String::new(),
            }),
        }
    }
    cases
}

fn judge(case: &Case) -> Vec<Problem> {
    match &case.old {
        Some(old) => admit::update(&kiln(), old, &case.new).unwrap(),
        None => admit::create(&kiln(), &case.new).unwrap(),
    }
}

fn said(problems: &[Problem]) -> String {
    let mut out = String::new();
    for problem in problems {
        writeln!(out, "{problem}").unwrap();
        if let Some(remedy) = &problem.remedy {
            writeln!(out, "    help: {remedy}").unwrap();
        }
    }
    out
}

#[test]
fn every_case_says_what_the_table_says() {
    let cases = cases();
    assert!(cases.len() >= 50, "{}", cases.len());
    if env::var_os("SAWLOG_WRITE").is_some() {
        let mut table = String::new();
        for case in &cases {
            write!(table, ">>> {}\n{}", case.name, case.new).unwrap();
            if let Some(old) = &case.old {
                write!(table, ">>> was\n{old}").unwrap();
            }
            write!(table, ">>> says\n{}", said(&judge(case))).unwrap();
        }
        fs::write(folder().join("cases.txt"), table).unwrap();
        return;
    }
    for case in &cases {
        assert_eq!(said(&judge(case)), case.says, "{}\n{}", case.name, case.new);
    }
}
