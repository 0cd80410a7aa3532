//! Whoever owns a ground may end in any way: nothing of it is left.

use std::{
    collections::BTreeMap,
    fs,
    io::Write as _,
    os::unix::net::UnixStream,
    panic,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};
use sawlog_e2e::{
    ground::{
        Ground,
        keeper::{
            started,
            wire::{Ask, Order},
        },
    },
    wait,
};

use crate::{GROUND, base_of, ground, processes_about};

const SOON: Duration = Duration::from_secs(10);

fn nothing_is_left(run: &Path) {
    let gone =
        wait::until_true("everything to be gone", SOON, || !run.exists() && processes_about(run).is_empty());
    assert!(gone.is_ok(), "{gone:?}: {:?}, {:?}", processes_about(run), fs::read_dir(run));
    let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap();
    assert!(!mounts.contains(&run.display().to_string()), "{mounts}");
}

/// A process that does nothing, to own a ground.
struct Idle(Child);

impl Idle {
    fn start() -> Self {
        Self(Command::new("sleep").arg("infinity").stdin(Stdio::null()).spawn().unwrap())
    }

    fn end(&mut self, signal: Signal) {
        send(self.0.id(), signal);
        self.0.wait().unwrap();
    }
}

impl Drop for Idle {
    fn drop(&mut self) {
        self.end(Signal::KILL);
    }
}

fn send(pid: u32, signal: Signal) {
    let _ended_already = kill_process(Pid::from_raw(i32::try_from(pid).unwrap()).unwrap(), signal);
}

/// `ground up store alertmanager` for an owner; its folder.
fn up_for(owner: &Idle, name: &str, base: &Path) -> PathBuf {
    let owner = owner.0.id().to_string();
    let arguments = ["up", "store", "alertmanager", "--name", name, "--owner", &owner];
    let (succeeded, said) = ground(&arguments, |command| {
        command.env("SAWLOG_GROUND_DIR", base);
    });
    assert!(succeeded, "{said}");
    let run = base_of(base).join(format!("named-{name}"));
    assert!(processes_about(&run).len() >= 3, "two parts and their keeper: {:?}", processes_about(&run));
    run
}

#[test]
fn nothing_is_left_after_the_owner_is_killed() {
    let base = tempfile::tempdir().unwrap();
    let mut owner = Idle::start();
    let run = up_for(&owner, "killed", base.path());
    owner.end(Signal::KILL);
    nothing_is_left(&run);
}

/// A node's processes are such: they die after the one that holds them, and write until then.
#[test]
fn what_a_part_left_behind_ends_before_its_folder_is_removed() {
    let ground = Ground::of_my_own().unwrap();
    let run = ground.folder().to_owned();
    let folder = run.join("litters");
    fs::create_dir(&folder).unwrap();
    let litter = "while :; do : > \"$0/$((n += 1))\"; done";
    let order = Ask::Start(Order {
        part: "litters".to_owned(),
        program: "sh".into(),
        arguments: ["-c", "setsid sh -c \"$0\" \"$1\" & exit 0", litter, &folder.display().to_string()]
            .map(str::to_owned)
            .to_vec(),
        environment: BTreeMap::new(),
        folder: folder.clone(),
    });
    let mut keeper = UnixStream::connect(run.join("keeper.sock")).unwrap();
    writeln!(keeper, "{}", serde_json::to_string(&order).unwrap()).unwrap();
    assert!(std::io::read_to_string(keeper).unwrap().contains("Started"));
    wait::until_true("it to write", SOON, || folder.join("100").exists()).unwrap();
    ground.down().unwrap();
    assert_eq!(processes_about(&run), []);
    assert!(!run.exists());
}

#[test]
fn a_start_that_was_interrupted_can_be_made_again() {
    let base = tempfile::tempdir().unwrap();
    let owner = Idle::start();
    let pid = owner.0.id().to_string();
    let run = base_of(base.path()).join("named-interrupted");
    let up = || {
        let mut command = Command::new(GROUND);
        command.args(["up", "kafka", "--name", "interrupted", "--owner", &pid]);
        command.env("SAWLOG_GROUND_DIR", base.path()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    };
    let mut first = up().spawn().unwrap();
    let starts = || processes_about(&run).iter().any(|(_, words)| words.contains("kafka.Kafka"));
    wait::until_true("the broker to start", SOON, starts).unwrap();
    send(first.id(), Signal::INT);
    assert!(!first.wait().unwrap().success());
    assert!(starts(), "the broker is its keeper's");
    assert!(up().status().unwrap().success(), "what runs without a record is replaced");
    drop(owner);
    nothing_is_left(&run);
}

#[test]
fn a_keeper_that_does_not_answer_is_named_and_keeps_its_parts() {
    let base = tempfile::tempdir().unwrap();
    let owner = Idle::start();
    let run = up_for(&owner, "stuck", base.path());
    let keeper: u32 = fs::read_to_string(run.join("keeper.pid")).unwrap().parse().unwrap();
    send(keeper, Signal::STOP);
    let (succeeded, said) = ground(&["status", "--name", "stuck"], |command| {
        command.env("SAWLOG_GROUND_DIR", base.path());
    });
    assert!(
        !succeeded && said.contains(&format!("does not answer: kill its process, {keeper}, then run")),
        "{said}"
    );
    send(keeper, Signal::CONT);
    drop(owner);
    nothing_is_left(&run);
}

#[test]
fn nothing_is_left_after_a_panic() {
    let mut run = PathBuf::new();
    let failed = panic::catch_unwind(panic::AssertUnwindSafe(|| {
        let ground = Ground::of_my_own().unwrap();
        ground.folder().clone_into(&mut run);
        ground.store().unwrap();
        panic!("in the middle, with a store");
    }));
    assert_eq!(failed.unwrap_err().downcast_ref(), Some(&"in the middle, with a store"));
    nothing_is_left(&run);
}

#[test]
fn no_process_is_left_after_the_keeper_is_killed_and_the_next_ground_removes_its_folder() {
    let base = tempfile::tempdir().unwrap();
    let owner = Idle::start();
    let run = up_for(&owner, "headless", base.path());
    let processes = processes_about(&run);
    let keeper = processes.iter().find(|(_, words)| words.contains("ground keep ")).unwrap();
    send(keeper.0, Signal::KILL);
    // A process that is ending has lost its command line before it lets go of its socket.
    let ended = || started(keeper.0).is_none() && processes_about(&run).is_empty();
    wait::until_true("it and its parts to end", SOON, ended).unwrap();
    assert!(run.exists(), "nobody was left to remove it");

    let other = up_for(&owner, "other", base.path());
    assert!(!run.exists());
    drop(owner);
    nothing_is_left(&other);
}

#[test]
fn a_keeper_that_is_asked_to_end_ends_everything() {
    let ground = Ground::of_my_own().unwrap();
    ground.store().unwrap();
    send(ground.keeper().unwrap(), Signal::TERM);
    nothing_is_left(ground.folder());
    let error = ground.store().unwrap_err().to_string();
    assert!(error.contains("is gone") || error.contains("cannot be used"), "{error}");
}

#[test]
fn two_grounds_at_once_do_not_meet() {
    let (one, other) = (Ground::of_my_own().unwrap(), Ground::of_my_own().unwrap());
    let stores = [one.store().unwrap(), other.store().unwrap()];
    assert_ne!(stores[0].address(), stores[1].address());
    assert_ne!(stores[0].part().pid().unwrap(), stores[1].part().pid().unwrap());
    stores[0].bucket("mine").unwrap();
    assert!(!stores[1].part().folder().join("data/mine").exists());
    let gone = one.folder().to_owned();
    drop(one);
    nothing_is_left(&gone);
    assert!(stores[1].part().check().is_ok(), "the other one stays");
}

#[test]
fn all_parts_come_up_in_seconds_say_where_they_are_and_go_again() {
    let base = tempfile::tempdir().unwrap();
    let here = |command: &mut Command| {
        command.env("SAWLOG_GROUND_DIR", base.path());
    };
    let run = base_of(base.path()).join("named-whole");
    let owner = std::process::id().to_string();
    let (succeeded, said) = ground(&["up", "--name", "whole", "--owner", &owner], here);
    assert!(succeeded, "{said}");
    assert!(seconds_after(&said, "up in ") <= 15.0, "{said}");

    let (all_run, said) = ground(&["status", "--name", "whole"], here);
    assert!(all_run, "{said}");
    for line in ["bootstrap.servers 127.0.0.1:", "url http://127.0.0.1:", "secret key "] {
        assert!(said.contains(line), "no {line}: {said}");
    }
    for part in ["kafka", "store", "alertmanager", "prometheus", "collector"] {
        assert!(said.contains(&format!("{part:<20}runs, process ")), "{said}");
    }

    let store =
        said.lines().find_map(|line| line.strip_prefix("store               runs, process ")).unwrap();
    send(store.parse().unwrap(), Signal::KILL);
    wait::until_true("status to notice", SOON, || {
        let (all_run, said) = ground(&["status", "store", "--name", "whole"], here);
        !all_run && said.contains("store               was killed by signal 9, process ")
    })
    .unwrap();
    let (succeeded, said) = ground(&["up", "store", "--name", "whole"], here);
    assert!(succeeded && said.contains("store is started again with its data"), "{said}");

    let (succeeded, said) = ground(&["down", "prometheus", "--name", "whole"], here);
    assert!(succeeded && !ground(&["status", "--name", "whole"], here).1.contains("prometheus"), "{said}");
    let (succeeded, said) = ground(&["down", "--name", "whole"], here);
    assert!(succeeded && seconds_after(&said, "down in ") <= 5.0, "{said}");
    nothing_is_left(&run);
    let (_, said) = ground(&["status", "--name", "whole"], here);
    assert!(said.contains("is not up: `ground up` starts it"), "{said}");
}

fn seconds_after(said: &str, words: &str) -> f64 {
    let rest = said.split_once(words).unwrap().1;
    rest.split_once(" s").unwrap().0.parse().unwrap()
}

#[test]
fn logs_outlive_the_ground() {
    let ground = Ground::of_my_own().unwrap();
    let store = ground.store().unwrap();
    fs::write(store.part().folder().join("log"), "its last words\n").unwrap();
    let name = ground.folder().file_name().unwrap().to_string_lossy().into_owned();
    let name = format!("{name}-{}", ground.keeper().unwrap());
    drop(ground);
    let kept = sawlog_e2e::ground::cache::root().join("logs").join(name).join("store.log");
    assert_eq!(fs::read_to_string(kept).unwrap(), "its last words\n");
}

#[test]
fn the_program_says_what_it_is_for() {
    let help = Command::new(GROUND).arg("--help").output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    for word in ["up", "down", "status", "prepare", "loopback", "trying things"] {
        assert!(help.contains(word), "{help}");
    }
    assert!(!help.contains("  keep") && !help.contains("  child"), "inner commands are hidden: {help}");
}
