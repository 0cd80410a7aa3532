//! Running other programs: Cargo with the project's settings, and anything within a time limit.
//!
//! Every Cargo command gets the same target and flags, whoever started `cargo xtask`, so that dependencies
//! compile once. A limited command runs in a process group of its own and is ended with all its children.
//! Waiting is by polling, because a limit must hold whatever the child does.

use std::{
    env,
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf, absolute},
    process::{Child, Command, ExitStatus, Stdio},
    sync::Mutex,
    thread,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use nix::{
    sys::signal::{Signal, killpg},
    unistd::Pid,
};

const STATIC_FLAGS: (&str, &str) =
    ("CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUSTFLAGS", "-C target-feature=+crt-static");
/// What a program started by Cargo or nextest inherits, and another Cargo must not.
const ABOUT_THE_PARENT: [&str; 6] =
    ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_", "CARGO_PRIMARY_", "NEXTEST"];
/// Nextest needs its own three seconds (.config/nextest.toml): its tests are in groups of their own, which
/// only it can end.
const GRACE: Duration = Duration::from_secs(8);
const POLL: Duration = Duration::from_millis(50);

static RUNNING: Mutex<Option<Pid>> = Mutex::new(None);

/// How a limited command ended.
#[derive(Debug)]
pub enum Ended {
    /// By itself.
    ByItself(ExitStatus),
    /// Over its limit; it and its children are gone.
    OverLimit,
}

/// Cargo in `root`, with the project's settings.
pub fn cargo(root: &Path) -> anyhow::Result<Command> {
    with_settings(Command::new("cargo"), root)
}

/// Another program that runs Cargo in `root`.
pub fn with_settings(mut command: Command, root: &Path) -> anyhow::Result<Command> {
    command.current_dir(root).stdin(Stdio::null());
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        if ABOUT_THE_PARENT.iter().any(|prefix| text.starts_with(prefix)) {
            command.env_remove(name);
        }
    }
    if env::var_os("CARGO_BUILD_TARGET").is_none_or(|target| target.is_empty()) {
        command.env("CARGO_BUILD_TARGET", host()?);
    }
    if env::var_os("RUSTFLAGS").is_none() && env::var_os(STATIC_FLAGS.0).is_none() {
        command.env(STATIC_FLAGS.0, STATIC_FLAGS.1);
    }
    command.env("CARGO_TARGET_DIR", target_folder(root)?);
    Ok(command)
}

/// Where Cargo builds for `root`.
pub fn target_folder(root: &Path) -> anyhow::Result<PathBuf> {
    match env::var_os("CARGO_TARGET_DIR").filter(|folder| !folder.is_empty()) {
        Some(folder) => Ok(absolute(folder)?),
        None => Ok(root.join("target")),
    }
}

/// Where Cargo puts the programs of the `ci` profile.
pub fn program_folder(root: &Path) -> anyhow::Result<PathBuf> {
    let target = env::var("CARGO_BUILD_TARGET").ok().filter(|target| !target.is_empty());
    Ok(target_folder(root)?.join(target.map_or_else(host, Ok)?).join("ci"))
}

fn host() -> anyhow::Result<String> {
    let (succeeded, text) = said(Command::new("rustc").arg("-vV"))?;
    let host = text.lines().find_map(|line| line.strip_prefix("host: ")).filter(|_| succeeded);
    host.map(String::from).context("rustc -vV names no host")
}

/// Whether the command succeeded, and all it said.
pub fn said(command: &mut Command) -> anyhow::Result<(bool, String)> {
    let output = command.output().with_context(|| format!("start {}", name_of(command)))?;
    let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.push_str(&String::from_utf8_lossy(&output.stderr));
    Ok((output.status.success(), text))
}

/// Runs a command for at most `limit`, if there is one.
pub fn within(command: &mut Command, limit: Option<Duration>) -> anyhow::Result<Ended> {
    let mut child =
        command.process_group(0).spawn().with_context(|| format!("start {}", name_of(command)))?;
    let group = Pid::from_raw(i32::try_from(child.id()).context("a process id is an i32")?);
    remember(Some(group));
    let ended = if let Some(status) = wait(&mut child, limit)? {
        Ended::ByItself(status)
    } else {
        end(&mut child, group)?;
        Ended::OverLimit
    };
    remember(None);
    Ok(ended)
}

/// Ends what runs now, for whoever ends this program.
pub fn end_running() {
    if let Some(group) = *RUNNING.lock().expect("because nobody panics holding it") {
        let _gone_already = killpg(group, Signal::SIGTERM);
    }
}

fn remember(group: Option<Pid>) {
    *RUNNING.lock().expect("because nobody panics holding it") = group;
}

fn end(child: &mut Child, group: Pid) -> anyhow::Result<()> {
    let _gone_already = killpg(group, Signal::SIGTERM);
    wait(child, Some(GRACE))?;
    let _gone_already = killpg(group, Signal::SIGKILL);
    child.wait().context("wait for the child")?;
    Ok(())
}

fn wait(child: &mut Child, limit: Option<Duration>) -> anyhow::Result<Option<ExitStatus>> {
    let began = Instant::now();
    loop {
        if let Some(status) = child.try_wait().context("wait for the child")? {
            return Ok(Some(status));
        }
        if limit.is_some_and(|limit| began.elapsed() >= limit) {
            return Ok(None);
        }
        thread::sleep(POLL);
    }
}

fn name_of(command: &Command) -> String {
    command.get_program().to_string_lossy().into_owned()
}
