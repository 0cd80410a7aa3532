//! The harness's CPU seconds agree with the operating system's own, children included.
//!
//! The load is known: each process burns until its threads' own clocks say so, and prints what the
//! operating system's clock of that process says in the end.

#![allow(clippy::unwrap_used, reason = "a test fails where it stands")]

use std::{
    io::{BufRead as _, BufReader, Read as _, Seek as _},
    process::{Command, Stdio},
    time::Duration,
};

use sawlog_bench::harness::cpu;
use sawlog_e2e::rounds::rounds;

const TOLERANCE: f64 = 0.02;

fn burn(cpu_ms: u64, threads: u32, depth: u32) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sawlog-bench"));
    let (cpu_ms, threads, depth) = (cpu_ms.to_string(), threads.to_string(), depth.to_string());
    command.args(["burn", "--cpu-ms", &cpu_ms, "--threads", &threads, "--depth", &depth]);
    command
}

fn nanos(line: &str) -> Duration {
    Duration::from_nanos(line.trim().parse().unwrap())
}

fn assert_close(harness: Duration, system: Duration, what: &str) {
    let ratio = harness.as_secs_f64() / system.as_secs_f64();
    println!("{what}: harness {harness:?}, system {system:?}, ratio {ratio:.4}");
    assert!((ratio - 1.0).abs() <= TOLERANCE, "{what}: harness {harness:?}, system {system:?}");
}

#[test]
fn cpu_accounting_of_a_command_counts_threads_and_grandchildren() {
    for round in rounds("CPU accounting of commands", 1, 20) {
        let mut said = tempfile::tempfile().unwrap();
        let mut command = burn(1000, 2, 2);
        let (status, harness) = cpu::of_command(command.stdout(said.try_clone().unwrap())).unwrap();
        assert!(status.success());
        let mut text = String::new();
        said.rewind().unwrap();
        said.read_to_string(&mut text).unwrap();
        let each: Vec<Duration> = text.lines().map(nanos).collect();
        assert_eq!(each.len(), 3, "three generations");
        let system: Duration = each.iter().sum();
        assert!(system >= Duration::from_millis(3 * 2 * 1000));
        assert_close(harness, system, &format!("round {round}, command"));
    }
}

#[test]
fn cpu_accounting_of_a_running_tree_counts_threads_and_descendants() {
    for round in rounds("CPU accounting of running trees", 1, 20) {
        let mut command = burn(1000, 2, 2);
        let mut child = command.arg("--stay").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let system: Duration = lines.take(3).map(|line| nanos(&line.unwrap())).sum();
        let harness = cpu::of_tree(child.id()).unwrap();
        drop(child.stdin.take());
        assert!(child.wait().unwrap().success());
        assert_close(harness, system, &format!("round {round}, running tree"));
    }
}

#[test]
fn cpu_accounting_of_this_process_counts_its_threads() {
    let work = || {
        let threads: Vec<_> = (0..2).map(|_| std::thread::spawn(spin)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum::<Duration>()
    };
    let (threads, harness) = cpu::measured(work).unwrap();
    assert_close(harness, threads, "threads of this process");
}

/// Burns half a second by the thread's own clock and tells it.
fn spin() -> Duration {
    use nix::time::{ClockId, clock_gettime};
    let clock = || Duration::from(clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).unwrap());
    while clock() < Duration::from_millis(500) {}
    clock()
}
