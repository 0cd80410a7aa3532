//! Where a cache entry is made: commands with a time limit, and what they said when they fail.

use std::{
    env,
    fs::File,
    os::unix::process::CommandExt as _,
    path::Path,
    process::{self, Child, Command, ExitStatus, Stdio},
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process_group};

use crate::{
    ground::{error::GroundError, keeper::call::program, part},
    wait,
};

/// A folder to make something in.
pub struct Workshop<'a> {
    /// What is made, for sentences.
    pub part: &'a str,
    /// The folder; moved into place when all is done.
    pub folder: &'a Path,
}

/// What is to be run, and what to say when it fails.
pub struct Step<'a> {
    /// What it does.
    pub what: &'a str,
    /// The program.
    pub program: &'a str,
    /// How long it may take.
    pub limit: Duration,
    /// What to do when it fails.
    pub remedy: &'a str,
}

impl Workshop<'_> {
    /// A program of this machine.
    pub fn need(&self, program: &str, remedy: &str) -> Result<(), GroundError> {
        if find(program) {
            return Ok(());
        }
        let (part, program, remedy) = (self.part.to_owned(), program.to_owned(), remedy.to_owned());
        Err(GroundError::Missing { part, program, remedy })
    }

    /// Runs a command in the workshop's folder; `set` adds arguments, environment, another folder.
    pub fn run(&self, step: &Step<'_>, set: impl FnOnce(&mut Command)) -> Result<(), GroundError> {
        let log = self.folder.with_extension("log");
        let failed = |why: String| GroundError::Prepare {
            part: self.part.to_owned(),
            step: step.what.to_owned(),
            why,
            remedy: step.remedy.to_owned(),
        };
        let said = File::create(&log).map_err(|error| failed(error.to_string()))?;
        // Through `ground child`: it ends with this process, also when that is killed.
        let mut command = Command::new(program()?);
        command.arg("child").arg(process::id().to_string()).arg(step.program);
        command.current_dir(self.folder).stdin(Stdio::null()).process_group(0);
        command.stdout(said.try_clone().map_err(|error| failed(error.to_string()))?).stderr(said);
        if env::var_os("HOME").is_none() {
            command.env("HOME", super::root()); // Go and Maven keep their own caches there
        }
        set(&mut command);
        let mut child = command.spawn().map_err(|error| failed(error.to_string()))?;
        match within(&mut child, step.limit) {
            Some(status) if status.success() => Ok(()),
            Some(status) => {
                Err(failed(format!("{} ended with {status}:\n{}\n", step.program, said_last(&log))))
            }
            None => Err(failed(format!("{} took over {} s", step.program, step.limit.as_secs()))),
        }
    }
}

fn said_last(log: &Path) -> String {
    part::tail(log).unwrap_or_default()
}

fn within(child: &mut Child, limit: Duration) -> Option<ExitStatus> {
    let ended = wait::until("the command", limit, || child.try_wait().ok().flatten());
    if ended.is_err() {
        let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
        if let Some(group) = group {
            let _ended_meanwhile = kill_process_group(group, Signal::KILL);
        }
        let _is_killed = child.wait();
    }
    ended.ok()
}

/// Whether a program is on the path.
pub(in crate::ground) fn find(program: &str) -> bool {
    env::var_os("PATH")
        .is_some_and(|path| env::split_paths(&path).any(|folder| folder.join(program).is_file()))
}
