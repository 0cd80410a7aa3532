//! A broker that is measured: a process of its own.

use std::{
    env, fs,
    io::{self, BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{self, Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use sawlog_broker::{Options, Service};

use super::client;

pub(super) const OURS: &str = "sawlog";
const APACHE: &str = "Apache Kafka";
const ENDS: Duration = Duration::from_secs(60);
/// Names the program `ground`, which starts Apache Kafka.
const GROUND: &str = "SAWLOG_GROUND_PROGRAM";

pub(super) struct Contestant {
    pub(super) name: &'static str,
    pub(super) bootstrap: String,
    runs: Runs,
}

enum Runs {
    /// This program, serving.
    Ours { process: Child, data: PathBuf },
    /// Of a ground that ends with this process.
    Apache { pid: u32 },
}

impl Contestant {
    pub(super) fn ours(data: &Path) -> anyhow::Result<Self> {
        let (process, bootstrap) = start(data)?;
        Ok(Self { name: OURS, bootstrap, runs: Runs::Ours { process, data: data.to_owned() } })
    }

    pub(super) fn apache() -> anyhow::Result<Self> {
        let (pid, bootstrap) = up()?;
        Ok(Self { name: APACHE, bootstrap, runs: Runs::Apache { pid } })
    }

    pub(super) fn pid(&self) -> u32 {
        match &self.runs {
            Runs::Ours { process, .. } => process.id(),
            Runs::Apache { pid } => *pid,
        }
    }

    /// Ends it in its own way and starts it again; how long it takes from the start to its first answer.
    pub(super) fn start_again(&mut self) -> anyhow::Result<Duration> {
        kill(Pid::from_raw(i32::try_from(self.pid())?), Signal::SIGTERM)?;
        match &mut self.runs {
            Runs::Ours { process, data } => {
                process.wait()?;
                let began = Instant::now();
                (*process, self.bootstrap) = start(data)?;
                anyhow::ensure!(client::answers(&self.bootstrap), "it does not answer");
                Ok(began.elapsed())
            }
            Runs::Apache { pid } => {
                let waits = Instant::now();
                // Only what its keeper knows to have ended is started again.
                while !ask_ground("status")?.contains("ended by itself") {
                    anyhow::ensure!(waits.elapsed() < ENDS, "process {pid} does not end");
                    thread::sleep(Duration::from_millis(20));
                }
                let began = Instant::now();
                (*pid, self.bootstrap) = up()?;
                Ok(began.elapsed())
            }
        }
    }

    pub(super) fn resident_mib(&self) -> anyhow::Result<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
        let kilobytes: f64 = line.trim().trim_end_matches(" kB").parse()?;
        Ok(kilobytes / 1024.0)
    }
}

impl Drop for Contestant {
    fn drop(&mut self) {
        if let Runs::Ours { process, .. } = &mut self.runs {
            let _ended_already = process.kill().and_then(|()| process.wait());
        }
    }
}

/// This program as a broker; where it listens.
fn start(data: &Path) -> anyhow::Result<(Child, String)> {
    let mut process = Command::new(env::current_exe()?)
        .args(["serve-broker", "--data"])
        .arg(data)
        .stdin(Stdio::piped()) // it ends with this process
        .stdout(Stdio::piped())
        .spawn()
        .context("start the broker")?;
    let said = process.stdout.take().context("no output")?;
    let line = BufReader::new(said).lines().next().context("the broker ended at once")??;
    Ok((process, line))
}

/// What [`start`] starts: a broker until standard input ends or SIGTERM comes.
pub fn serve(data: &Path) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let listen = (std::net::Ipv4Addr::LOCALHOST, 0).into();
        let service = Service::start(Options { listen, ..Options::new(data) }).await?;
        let handle = service.handle();
        println!("{}", handle.address());
        io::stdout().flush()?;
        let mut told = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
        let on_signal = handle.clone();
        tokio::spawn(async move {
            told.recv().await;
            on_signal.stop();
        });
        thread::spawn(move || {
            let _ended = io::copy(&mut io::stdin(), &mut io::sink());
            handle.stop();
        });
        Ok(service.run().await?)
    })
}

/// Apache Kafka of a ground of this process: its process, and where it listens. One that has ended is started again
/// with its data.
fn up() -> anyhow::Result<(u32, String)> {
    let said = ask_ground("up")?;
    let after = |words: &str| {
        let line = said.lines().find_map(|line| line.split_once(words));
        line.map(|(_, rest)| rest.trim().to_owned()).with_context(|| format!("no {words:?} in:\n{said}"))
    };
    Ok((after("runs, process ")?.parse()?, after("bootstrap.servers ")?))
}

/// What the program `ground` says of Apache Kafka.
fn ask_ground(what: &str) -> anyhow::Result<String> {
    let me = process::id().to_string();
    let mut command = Command::new(ground()?);
    command.args([what, "kafka", "--name", &format!("bench-{me}")]).stderr(Stdio::inherit());
    let is_up = what == "up";
    command.args(is_up.then_some(["--owner", &me]).into_iter().flatten());
    let output = command.output().context("run the program `ground`")?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    // Something that has ended is what a status is asked for.
    anyhow::ensure!(output.status.success() || !is_up, "Apache Kafka does not start:\n{said}");
    Ok(said)
}

/// The program `ground`: the one that is named, or the one that the tests use, which is built if it is not there.
fn ground() -> anyhow::Result<PathBuf> {
    if let Some(named) = env::var_os(GROUND).filter(|path| !path.is_empty()) {
        return Ok(named.into());
    }
    let me = env::current_exe()?;
    let profiles = me.parent().and_then(Path::parent).context("this program is in no folder of a build")?;
    let of_tests = profiles.join("ci/ground");
    if !of_tests.is_file() {
        eprintln!("building the program that starts Apache Kafka");
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let built = Command::new(cargo)
            .args(["build", "--quiet", "--locked", "--profile", "ci", "-p", "sawlog-e2e", "--bin", "ground"])
            .status();
        anyhow::ensure!(
            built.is_ok_and(|status| status.success()),
            "it does not build: name one in {GROUND}"
        );
    }
    Ok(of_tests)
}
