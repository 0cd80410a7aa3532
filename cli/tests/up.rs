//! `sawlog up` as its user sees it.

#![allow(clippy::unwrap_used, reason = "a test fails where it stands")]

use std::{
    collections::BTreeSet,
    fs,
    io::{self, BufRead as _, BufReader, Write as _},
    process::{Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

fn sawlog(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_sawlog")).args(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn up_shows_every_line_that_the_fleet_wrote() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("pods");
    let out = sawlog(&["up", "--for", "6s", "--dir", root.to_str().unwrap()]);
    assert!(out.status.success(), "{}", text(&out.stderr));

    let mut printed = 0;
    for pod in fs::read_dir(&root).unwrap() {
        for container in fs::read_dir(pod.unwrap().path()).unwrap() {
            let log = fs::read_to_string(container.unwrap().path().join("0.log")).unwrap();
            printed += log.lines().filter(|line| line.split(' ').nth(2) == Some("F")).count();
        }
    }
    let shown = text(&out.stdout);
    assert!(printed > 100, "{printed} lines printed");
    assert_eq!(shown.lines().count(), printed);
    let containers: BTreeSet<&str> =
        shown.lines().filter_map(|line| line.split_whitespace().nth(2)).collect();
    assert!(containers.len() >= 9, "{containers:?}");
    assert!(!shown.contains('\u{1b}'), "no colours where nobody sees them");
}

#[test]
fn up_prints_nothing_below_the_level() {
    let out = sawlog(&["up", "--for", "5s", "--level", "warn"]);
    assert!(out.status.success());
    assert!(!out.stdout.is_empty());
    for line in text(&out.stdout).lines() {
        let level = line.split_whitespace().nth(1).unwrap();
        assert!(["WARN", "ERROR", "FATAL", "-"].contains(&level), "{line}");
    }
}

#[test]
fn up_colours_when_asked() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sawlog"));
    let out = command.args(["up", "--for", "2s"]).env("CLICOLOR_FORCE", "1").output().unwrap();
    assert!(text(&out.stdout).contains("\u{1b}["));
}

#[test]
fn up_ends_quietly_when_nobody_reads_and_leaves_nothing() {
    let temporary = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_sawlog"));
    command.args(["up", "--for", "60s"]).env("TMPDIR", temporary.path());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let first = BufReader::new(child.stdout.take().unwrap()).lines().next().unwrap().unwrap();
    assert!(!first.is_empty());
    let start = Instant::now();
    let out = child.wait_with_output().unwrap();
    assert!(out.status.success(), "{}", text(&out.stderr));
    assert!(start.elapsed() < Duration::from_secs(20), "it goes on although nobody reads");
    assert_eq!(fs::read_dir(temporary.path()).unwrap().count(), 0, "it leaves its folder behind");
}

#[test]
fn up_ends_at_a_signal_and_leaves_nothing() {
    for signal in ["INT", "TERM"] {
        let temporary = tempfile::tempdir().unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_sawlog"));
        command.arg("up").env("TMPDIR", temporary.path()).stdout(Stdio::piped());
        let mut child = command.stderr(Stdio::null()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        lines.next().unwrap().unwrap();
        let pid = child.id().to_string();
        assert!(Command::new("kill").args(["-s", signal, &pid]).status().unwrap().success());
        lines.for_each(drop);
        assert!(child.wait().unwrap().success(), "SIG{signal}");
        assert_eq!(
            fs::read_dir(temporary.path()).unwrap().count(),
            0,
            "SIG{signal} leaves the folder behind"
        );
    }
}

#[test]
fn up_ends_at_the_second_signal_when_nobody_takes_what_it_prints() {
    let temporary = tempfile::tempdir().unwrap();
    // A pipe that is full from the beginning and never read: the first line printed blocks.
    let (reader, mut writer) = io::pipe().unwrap();
    writer.write_all(&vec![b'x'; 64 * 1024]).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_sawlog"));
    command.arg("up").env("TMPDIR", temporary.path()).stdout(writer).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut first = String::new();
    BufReader::new(child.stderr.take().unwrap()).read_line(&mut first).unwrap();
    assert!(first.contains("demo fleet"), "{first}");

    let (pid, deadline) = (child.id().to_string(), Instant::now() + Duration::from_secs(20));
    while child.try_wait().unwrap().is_none() {
        assert!(Instant::now() < deadline, "it hangs");
        thread::sleep(Duration::from_secs(1));
        Command::new("kill").args(["-s", "TERM", &pid]).stderr(Stdio::null()).status().unwrap();
    }
    assert_eq!(fs::read_dir(temporary.path()).unwrap().count(), 0, "it leaves its folder behind");
    drop(reader);
}

#[test]
fn bad_input_is_one_clear_sentence() {
    let full = tempfile::tempdir().unwrap();
    fs::write(full.path().join("mine"), "precious").unwrap();
    let full = full.path().to_str().unwrap();
    let rows: [(&[&str], &str); 5] = [
        (&["up", "--dir", full], "is not empty: name a new folder with --dir"),
        (&["up", "--dir", "/proc/nowhere"], "create /proc/nowhere"),
        (&["up", "--for", "soon"], "`soon` is not a duration"),
        (&["up", "--level", "loud"], "`loud` is not a level"),
        (&["serch"], "unrecognized subcommand 'serch'"),
    ];
    for (arguments, sentence) in rows {
        let out = sawlog(arguments);
        assert!(!out.status.success(), "{arguments:?}");
        assert!(text(&out.stderr).contains(sentence), "{arguments:?}: {}", text(&out.stderr));
    }
    assert_eq!(fs::read_to_string(format!("{full}/mine")).unwrap(), "precious");
}

#[test]
fn version_names_the_commit() {
    let version = text(&sawlog(&["--version"]).stdout);
    let commit = version.trim().strip_prefix("sawlog 0.1.0 (").and_then(|rest| rest.strip_suffix(')'));
    assert!(commit.is_some_and(|commit| !commit.is_empty()), "{version}");
}

#[test]
fn help_lists_only_commands_that_are_built() {
    let help = text(&sawlog(&["--help"]).stdout);
    let commands =
        help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let commands: Vec<&str> = commands.filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(commands, ["up", "check", "explain", "broker", "completions", "help"]);
}

#[test]
fn completions_of_bash_load_and_complete() {
    let script = text(&sawlog(&["completions", "bash"]).stdout)
        + "\nCOMP_WORDS=(sawlog u); COMP_CWORD=1; _sawlog sawlog u sawlog; echo \"${COMPREPLY[@]}\"\n";
    let out = Command::new("bash").args(["-c", &script]).output().unwrap();
    assert_eq!(text(&out.stdout).trim(), "up", "{}", text(&out.stderr));
}

#[test]
fn the_man_page_is_sound() {
    let page = tempfile::NamedTempFile::new().unwrap();
    fs::write(page.path(), sawlog(&["generate", "man"]).stdout).unwrap();
    let out = Command::new("mandoc").args(["-T", "utf8"]).arg(page.path()).output();
    let out = out.expect("because .ci/apt-packages has mandoc");
    let shown = text(&out.stdout);
    assert!(out.status.success() && shown.contains("sawlog") && shown.contains("completions"), "{shown}");
}
