//! `sawlog broker`, as somebody at a terminal has it.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{
    io::{BufRead as _, BufReader, Lines, Read as _, Write as _},
    net::TcpStream,
    path::Path,
    process::{Child, ChildStdout, Command, Output, Stdio},
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};

/// Killed by its number when the test ends, however that is.
struct Running {
    process: Child,
    said: Lines<BufReader<ChildStdout>>,
}

impl Running {
    fn start(data: &Path) -> Self {
        let mut process = command(data).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let said = BufReader::new(process.stdout.take().unwrap()).lines();
        Self { process, said }
    }

    /// What follows these words in the next line.
    fn said(&mut self, words: &str) -> String {
        let line = self.said.next().unwrap().unwrap();
        line.strip_prefix(words).unwrap_or_else(|| panic!("{line:?} instead of {words:?}")).to_owned()
    }

    fn end(mut self) {
        let pid = Pid::from_raw(self.process.id().try_into().unwrap()).unwrap();
        kill_process(pid, Signal::TERM).unwrap();
        assert!(self.process.wait().unwrap().success());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ended_already = self.process.kill().and_then(|()| self.process.wait());
    }
}

fn command(data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sawlog"));
    command.args(["broker", "--listen", "127.0.0.1:0", "--metrics", "0", "--data"]).arg(data);
    command
}

fn run(data: &Path) -> Output {
    command(data).output().unwrap()
}

fn connect(address: &str) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    stream
}

/// Asks which requests it knows, and gives how many.
fn versions(address: &str) -> u32 {
    let mut stream = connect(address);
    // Length, key 18, version 0, correlation 7, no name.
    stream.write_all(&[0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 7, 0xff, 0xff]).unwrap();
    let mut answer = [0; 14];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(answer[4..10], [0, 0, 0, 7, 0, 0], "its correlation, and no error");
    u32::from_be_bytes(answer[10..].try_into().unwrap())
}

#[test]
fn it_says_where_it_listens_and_ends_when_it_is_told_to() {
    let data = tempfile::tempdir().unwrap();
    let mut broker = Running::start(data.path());
    let address = broker.said("listening on ");
    assert!(versions(&address) > 20);
    broker.end();
    let mut again = Running::start(data.path());
    assert!(versions(&again.said("listening on ")) > 20);
    again.end();
}

#[test]
fn its_metrics_are_read_over_http() {
    let data = tempfile::tempdir().unwrap();
    let mut broker = Running::start(data.path());
    versions(&broker.said("listening on "));
    let page = broker.said("metrics on http://");
    let mut stream = connect(page.strip_suffix("/metrics").unwrap());
    stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n").unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    assert!(text.starts_with("HTTP/1.1 200"), "{text}");
    assert!(text.contains("sawlog_broker_requests_total{api=\"ApiVersions\"} 1\n"), "{text}");
    assert!(text.ends_with("# EOF\n"), "{text}");
}

#[test]
fn a_folder_has_one_broker() {
    let data = tempfile::tempdir().unwrap();
    let mut first = Running::start(data.path());
    first.said("listening on ");
    let second = run(data.path());
    let said = String::from_utf8(second.stderr).unwrap();
    assert_eq!(second.status.code(), Some(1));
    assert!(said.contains("is in use by another broker: end it, or name another folder"), "{said}");
}

#[test]
fn what_it_cannot_use_is_said_in_a_sentence() {
    let data = tempfile::tempdir().unwrap();
    std::fs::write(data.path().join("file"), "").unwrap();
    let refused = run(&data.path().join("file"));
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(said.contains("error: use the data folder") && said.contains("file"), "{said}");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let refused = command(data.path()).args(["--listen", &address]).output().unwrap();
    assert_eq!(refused.status.code(), Some(2), "an address is given once");
}
