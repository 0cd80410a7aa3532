//! fsync that is slow, or fails, for any process, and reads and writes likewise: attached from outside, ended by
//! dropping.
//!
//! `strace` holds the system call up or answers in its place. While it is attached every system call of the
//! process is slower; this is for finding out what happens, not for measuring.

use std::{fmt, fs, time::Duration};

use crate::ground::{Ground, GroundError, cache, part::Part};

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Calls {
    /// Making sure that what was written stays.
    Sync,
    /// Reading from files.
    Reads,
    /// Writing to files.
    Writes,
}

impl Calls {
    /// The system calls: of files only, not of sockets and pipes, as far as their names tell.
    fn names(self) -> &'static str {
        match self {
            Self::Sync => "fsync,fdatasync,sync_file_range,msync",
            Self::Reads => "pread64,preadv,preadv2",
            Self::Writes => "pwrite64,pwritev,pwritev2",
        }
    }
}

/// What syncing does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sync {
    /// It takes this much longer.
    Slow(Duration),
    /// It fails: the disk is broken.
    Broken,
    /// It fails: the disk is full.
    Full,
}

impl fmt::Display for Sync {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Slow(by) => write!(formatter, "delay_enter={}", by.as_micros()),
            Self::Broken => write!(formatter, "error=EIO"),
            Self::Full => write!(formatter, "error=ENOSPC"),
        }
    }
}

/// A process whose syncing goes wrong, until this is dropped.
#[derive(Debug)]
pub struct Syncing {
    tracer: Part,
}

const ATTACHED: Duration = Duration::from_secs(10);

impl Ground {
    /// Lets fsync go wrong for every thread of a process. One at a time for each process.
    pub fn syncing(&self, pid: u32, sync: Sync) -> Result<Syncing, GroundError> {
        self.troubling(pid, Calls::Sync, sync)
    }

    /// Lets reads, writes or fsync go wrong for every thread of a process. One at a time for each process.
    pub fn troubling(&self, pid: u32, calls: Calls, sync: Sync) -> Result<Syncing, GroundError> {
        may_trace()?;
        let calls = calls.names();
        let arguments = [
            "--follow-forks",
            "--attach",
            &pid.to_string(),
            "--trace",
            calls,
            "--inject",
            &format!("{calls}:{sync}"),
            "--output",
            "/dev/null",
        ];
        let arguments = arguments.map(str::to_owned).to_vec();
        let tracer = self.start_part(&format!("strace-{pid}"), "strace", arguments)?;
        let syncing = Syncing { tracer };
        syncing.tracer.await_ready("strace to attach", ATTACHED, || {
            syncing.tracer.log_says("attached").then_some(())
        })?;
        Ok(syncing)
    }
}

fn may_trace() -> Result<(), GroundError> {
    if !cache::find("strace") {
        return Err(GroundError::Missing {
            part: "a faulty fsync".to_owned(),
            program: "strace".to_owned(),
            remedy: "install it (Debian and Ubuntu: apt-get install strace), then run again".to_owned(),
        });
    }
    let scope = fs::read_to_string("/proc/sys/kernel/yama/ptrace_scope").unwrap_or_default();
    if rustix::process::getuid().is_root() || ["", "0"].contains(&scope.trim()) {
        return Ok(());
    }
    let remedy = "run as root, or `sysctl kernel.yama.ptrace_scope=0`";
    Err(GroundError::NoRights { what: "tracing another process of one's own", remedy })
}

impl Drop for Syncing {
    fn drop(&mut self) {
        // Asked to end it lets go of the process properly.
        let _the_process_ended_first = self.tracer.stop();
    }
}
