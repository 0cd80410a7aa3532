//! CPU seconds, from the operating system's own accounting.
//!
//! Three views of one account: this process with its threads, the children it has waited for, and any
//! process tree that is still running. User and system time together, exited threads included.
//!
//! Not here: wall time (see `turns`), and other machines than Linux for running trees.

use std::{
    fs, io,
    process::{Child, Command, ExitStatus},
    time::Duration,
};

use nix::{
    sys::{
        resource::{Usage, UsageWho, getrusage},
        time::TimeValLike as _,
    },
    unistd::{SysconfVar, sysconf},
};

/// CPU time of this process, all its threads.
pub fn of_self() -> io::Result<Duration> {
    used(UsageWho::RUSAGE_SELF)
}

/// CPU time of the children that this process has waited for, and of those that they waited for.
pub fn of_children() -> io::Result<Duration> {
    used(UsageWho::RUSAGE_CHILDREN)
}

fn used(who: UsageWho) -> io::Result<Duration> {
    let usage: Usage = getrusage(who)?;
    let micros = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    Ok(Duration::from_micros(micros.unsigned_abs()))
}

/// CPU time of a running process, its threads, its waited children and its running descendants.
///
/// Caveat: a descendant that ends unwaited between two looks takes its time with it; a process that another
/// one adopted is no descendant any more.
pub fn of_tree(root: u32) -> io::Result<Duration> {
    let ticks_per_second = sysconf(SysconfVar::CLK_TCK)?.unwrap_or(100).unsigned_abs();
    let mut ticks = 0;
    let mut pids = vec![root];
    while let Some(pid) = pids.pop() {
        match fs::read_to_string(format!("/proc/{pid}/stat")) {
            Ok(stat) => {
                ticks += ticks_of(&stat).ok_or_else(|| io::Error::other(format!("odd stat of {pid}")))?;
            }
            Err(error) if root == pid => return Err(error),
            Err(_ended_meanwhile) => {}
        }
        pids.extend(children(pid));
    }
    Ok(Duration::from_millis(ticks * 1000 / ticks_per_second))
}

/// utime, stime, cutime and cstime: the 14th to 17th field; the second one may hold blanks and brackets.
fn ticks_of(stat: &str) -> Option<u64> {
    let (_, fields) = stat.rsplit_once(") ")?;
    let ticks: Vec<u64> = fields.split(' ').skip(11).take(4).filter_map(|ticks| ticks.parse().ok()).collect();
    (ticks.len() == 4).then(|| ticks.iter().sum())
}

fn children(pid: u32) -> Vec<u32> {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    let lists = threads.filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
    lists.flat_map(|list| list.split(' ').filter_map(|pid| pid.parse().ok()).collect::<Vec<_>>()).collect()
}

/// Runs work in this process and tells what it cost, threads that it started and joined included.
pub fn measured<T>(work: impl FnOnce() -> T) -> io::Result<(T, Duration)> {
    let before = of_self()?;
    let result = work();
    Ok((result, of_self()?.saturating_sub(before)))
}

/// Runs a command to its end and tells what it cost, descendants that it waited for included.
///
/// Caveat: no other child of this process may be waited for meanwhile.
pub fn of_command(command: &mut Command) -> io::Result<(ExitStatus, Duration)> {
    let before = of_children()?;
    let mut child: Child = command.spawn()?;
    let status = child.wait()?;
    Ok((status, of_children()?.saturating_sub(before)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_name_may_hold_anything() {
        let stat = "7 (a ) S) b) S 1 7 7 0 -1 4194560 1 2 3 4 11 22 33 44 20 0 1 0 5 6 7";
        assert_eq!(ticks_of(stat), Some(11 + 22 + 33 + 44));
        assert_eq!(ticks_of("7 (x) S 1 2"), None);
    }

    #[test]
    fn a_process_that_is_gone_is_an_error() {
        let mut child = Command::new("true").spawn().unwrap();
        child.wait().unwrap();
        assert!(of_tree(child.id()).is_err());
    }
}
