//! The printing program: what it prints is whole by its own count, in every shape, and its image holds it.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    os::{fd::OwnedFd, unix::net::UnixDatagram},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};
use sawlog_e2e::{
    ground::cluster::printer,
    lines::{Numbers, Verdict},
    wait,
};

const SOON: Duration = Duration::from_secs(30);

fn printer(arguments: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_printer"));
    command.args(arguments.split_whitespace()).env("HOSTNAME", "web-1").stdout(Stdio::piped());
    command
}

/// Lines together with the indented ones behind them, as a reader that joins stack traces would have them.
fn joined(text: &str) -> Vec<String> {
    let mut messages: Vec<String> = Vec::new();
    for line in text.lines() {
        match messages.last_mut() {
            Some(message) if line.starts_with(' ') => *message = format!("{message}\n{line}"),
            _ => messages.push(line.to_owned()),
        }
    }
    messages
}

/// The verdict on the only run in these texts.
#[track_caller]
fn verdict(texts: &[&str]) -> Verdict {
    let messages: Vec<String> = texts.iter().flat_map(|text| joined(text)).collect();
    let numbers: Numbers = messages.iter().map(String::as_str).collect();
    assert_eq!((numbers.loose(), numbers.strange()), (0, None));
    let [verdict] = <[Verdict; 1]>::try_from(numbers.verdicts()).unwrap();
    verdict
}

/// Runs it to its end: exit code, standard output, standard error.
fn printed(arguments: &str) -> (Option<i32>, String, String) {
    let output = printer(arguments).output().unwrap();
    let [out, err] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    (output.status.code(), out, err)
}

#[test]
fn every_shape_is_whole_by_its_own_count() {
    for (shape, count) in [
        ("--lines 1", 1),
        ("--lines 20000", 20_000),
        ("--lines 2000 --bytes 200", 2000),
        ("--lines 3 --bytes 2000000 --pieces", 3),
        ("--lines 50 --stack 4 --bytes 120 --pieces --no-newline-at-end", 50),
        ("--lines 12 --burst 5 --pause 1", 12),
        ("--lines 300 --per-second 100000", 300),
    ] {
        let (code, out, err) = printed(shape);
        assert_eq!((code, err.as_str()), (Some(0), ""), "{shape}");
        let verdict = verdict(&[&out]);
        assert!(verdict.is_faultless() && verdict.last == Some(count), "{shape}: {verdict}");
        assert!(verdict.run.starts_with("web-1/1"), "{verdict}");
        assert_eq!(out.ends_with('\n'), !shape.contains("newline"), "{shape}");
    }
    let (_, out, _) = printed("--lines 2 --bytes 1000 --stack 1");
    assert_eq!(out.lines().map(str::len).max(), Some(1000));
}

#[test]
fn two_starts_are_two_runs() {
    let [first, second] = [(), ()].map(|()| verdict(&[&printed("--lines 1").1]).run);
    assert_ne!(first, second);
}

#[test]
fn the_exit_code_and_the_streams_are_as_asked_for() {
    let (code, out, err) = printed("--lines 10 --stderr-every 5 --exit-code 3");
    assert_eq!((code, out.lines().count(), err.lines().count()), (Some(3), 8, 2));
    let verdict = verdict(&[&out, &err]);
    assert!(verdict.is_complete(), "{verdict}");
    assert_eq!(verdict.late.to_string(), "5");
    assert_eq!(printed("--burst 3").0, Some(2), "a burst without a pause is none");
}

#[test]
fn a_pace_takes_its_time() {
    for (shape, at_least) in [("--lines 21 --per-second 100", 200), ("--lines 9 --burst 4 --pause 50", 100)] {
        let began = Instant::now();
        assert!(verdict(&[&printed(shape).1]).is_faultless());
        assert!(began.elapsed() >= Duration::from_millis(at_least), "{shape}: {:?}", began.elapsed());
    }
}

/// What it writes, call by call.
fn calls(arguments: &str) -> Vec<String> {
    let (ours, its) = UnixDatagram::pair().unwrap();
    ours.set_read_timeout(Some(SOON)).unwrap();
    let mut child = printer(arguments).stdout(OwnedFd::from(its)).spawn().unwrap();
    let mut calls = Vec::new();
    let mut buffer = vec![0; 1 << 20];
    while !calls.last().is_some_and(|call: &String| call.ends_with(" last\n")) {
        let length = ours.recv(&mut buffer).unwrap();
        calls.push(String::from_utf8(buffer[..length].to_vec()).unwrap());
    }
    child.wait().unwrap();
    calls
}

#[test]
fn lines_are_written_together_or_in_pieces() {
    assert_eq!(calls("--lines 500").len(), 1);
    let pieces = calls("--lines 4 --pieces");
    assert_eq!(pieces.len(), 12, "{pieces:?}");
    assert!(verdict(&[&pieces.concat()]).is_faultless());
}

fn end(child: &Child) {
    let pid = Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    kill_process(pid, Signal::TERM).unwrap();
}

#[test]
fn without_end_it_prints_until_it_is_told_to_end_and_says_so() {
    let mut child = printer("--per-second 1000 --exit-code 4").spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let mut seen: Vec<String> = lines.by_ref().take(10).collect();
    end(&child);
    seen.extend(lines);
    assert_eq!(child.wait().unwrap().code(), Some(4));
    let verdict = verdict(&[&seen.join("\n")]);
    assert!(verdict.is_faultless() && verdict.last > Some(10), "{verdict}");
}

#[test]
fn it_stays_if_asked_to_when_all_is_printed() {
    let mut child = printer("--lines 2 --hold").spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let seen = [lines.next().unwrap(), lines.next().unwrap()].join("\n");
    assert!(verdict(&[&seen]).is_faultless(), "{seen}");
    // Were it to end by itself, it would end here.
    assert!(
        wait::until_true("it to end", Duration::from_millis(200), || child.try_wait().unwrap().is_some())
            .is_err()
    );
    end(&child);
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert_eq!(lines.next(), None, "nothing more than the last line");
}

#[test]
fn its_image_is_made_once_and_holds_it() {
    let archive = printer::archive().unwrap();
    let made = fs::metadata(&archive).unwrap().modified().unwrap();
    assert_eq!(printer::archive().unwrap(), archive);
    assert_eq!(fs::metadata(&archive).unwrap().modified().unwrap(), made);
    let bytes = fs::read(archive).unwrap();
    let holds = |wanted: &[u8]| bytes.windows(wanted.len()).any(|found| found == wanted);
    // A name, how it is run, and what it says itself.
    for wanted in [printer::IMAGE, r#"["/printer"]"#, "When all is printed, do nothing until SIGTERM"] {
        assert!(holds(wanted.as_bytes()), "{wanted}");
    }
    let program = fs::metadata(env!("CARGO_BIN_EXE_printer")).unwrap().len();
    assert!((bytes.len() as u64) < program / 2, "{} of {program} bytes", bytes.len());
}
