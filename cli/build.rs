//! Puts the commit into `sawlog --version`; `SAWLOG_COMMIT` wins, where a package is built without Git.

use std::{env, path::Path, process::Command};

fn main() {
    println!("cargo::rerun-if-env-changed=SAWLOG_COMMIT");
    let commit = env::var("SAWLOG_COMMIT").ok().or_else(from_git).unwrap_or_else(|| "unknown".into());
    println!("cargo::rustc-env=SAWLOG_COMMIT={commit}");
}

fn from_git() -> Option<String> {
    for name in ["HEAD", "logs/HEAD"] {
        let path = git(&["rev-parse", "--git-path", name])?;
        if Path::new(&path).exists() {
            println!("cargo::rerun-if-changed={path}");
        }
    }
    git(&["rev-parse", "--short=12", "HEAD"])
}

fn git(arguments: &[&str]) -> Option<String> {
    let said = Command::new("git").args(arguments).output().ok()?;
    let said = said.status.success().then_some(said.stdout)?;
    Some(String::from_utf8(said).ok()?.trim().to_owned())
}
