//! A part's process: started so that it cannot outlive the keeper.

use std::{
    fs::OpenOptions,
    io,
    os::{
        fd::{AsFd as _, BorrowedFd, OwnedFd},
        unix::process::{CommandExt as _, ExitStatusExt as _},
    },
    process::{self, Command, ExitStatus, Stdio},
    time::Duration,
};

use rustix::process::{
    Pid, PidfdFlags, Signal, WaitId, WaitIdOptions, getppid, kill_process, pidfd_open,
    set_parent_process_death_signal, waitid,
};

use super::wire::{Order, Standing};
use crate::wait;

const STOPS: Duration = Duration::from_secs(5);

pub(super) struct Child {
    name: String,
    process: process::Child,
    fd: OwnedFd,
    ended: Option<String>,
}

impl Child {
    pub(super) fn start(order: &Order) -> io::Result<Self> {
        let log = OpenOptions::new().create(true).append(true).open(order.folder.join("log"))?;
        // Not by name: the program may have been built anew since.
        let process = Command::new("/proc/self/exe")
            .arg("child")
            .arg(process::id().to_string())
            .arg(&order.program)
            .args(&order.arguments)
            .envs(&order.environment)
            .current_dir(&order.folder)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .process_group(0) // a terminal's Ctrl-C is for the owner
            .spawn();
        let mut process = process?;
        let fd = pidfd_open(number(process.id()), PidfdFlags::empty()).inspect_err(|_| {
            let _ended_already = process.kill();
        })?;
        Ok(Self { name: order.part.clone(), process, fd, ended: None })
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn pid(&self) -> u32 {
        self.process.id()
    }

    pub(super) fn number(&self) -> Pid {
        number(self.pid())
    }

    pub(super) fn runs(&self) -> bool {
        self.ended.is_none()
    }

    /// Readable once the process has ended.
    pub(super) fn fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }

    /// Sends a signal; one that stops is sent for good only when every thread stands still: on a busy machine
    /// threads go on for a while, and answer what was asked of a paused server.
    pub(super) fn signal(&self, signal: i32) -> io::Result<()> {
        let Some(signal) = Signal::from_named_raw(signal) else {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, format!("{signal} is no signal")));
        };
        if let Some(how) = &self.ended {
            return Err(io::Error::new(io::ErrorKind::NotFound, format!("{} {how}", self.name)));
        }
        // Not waited for yet, so the number is still its own.
        kill_process(number(self.pid()), signal)?;
        if signal != Signal::STOP {
            return Ok(());
        }
        wait::until_true("every thread to stop", STOPS, || self.has_stopped_or_ended())
            .map_err(|in_vain| io::Error::new(io::ErrorKind::TimedOut, in_vain))
    }

    /// What a parent is told of its child, without taking the news away from who waits for its end.
    fn has_stopped_or_ended(&self) -> bool {
        let news =
            WaitIdOptions::STOPPED | WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        !matches!(waitid(WaitId::Pid(number(self.pid())), news), Ok(None))
    }

    pub(super) fn note_end(&mut self) -> io::Result<()> {
        let status = self.process.wait()?;
        self.ended = Some(how(status));
        Ok(())
    }

    pub(super) fn standing(&self) -> Standing {
        Standing { part: self.name.clone(), pid: self.pid(), ended: self.ended.clone() }
    }
}

/// What follows the part's name: `was killed by signal 9`.
fn how(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("ended by itself with code {code}"),
        (None, Some(signal)) => format!("was killed by signal {signal}"),
        (None, None) => "ended".to_owned(),
    }
}

fn number(pid: u32) -> Pid {
    i32::try_from(pid).ok().and_then(Pid::from_raw).expect("because a child's number is a process number")
}

/// Becomes `program`, tied to the life of `keeper`. Returns only if that cannot be.
pub fn run(keeper: u32, program: &str, arguments: &[String]) -> io::Error {
    if let Err(error) = set_parent_process_death_signal(Some(Signal::KILL)) {
        return error.into();
    }
    if getppid() != Some(number(keeper)) {
        return io::Error::other("the keeper ended before its child began");
    }
    Command::new(program).args(arguments).exec()
}
