//! `sawlog-bench NAME`: measures, prints a table for people or JSON for programs.

use std::{
    io::Write as _,
    path::PathBuf,
    process::{Command, ExitCode},
    thread,
    time::Duration,
};

use anyhow::Context as _;
use clap::{Args, Parser, Subcommand};
use nix::time::{ClockId, clock_gettime};
use sawlog_bench::{
    broker,
    corpus::{Form, Size, Which, write},
    harness::{
        figure::{Figure, Table},
        page,
    },
    suite::{self, Ask, BENCHES},
};

/// Measures Sawlog, and makes the corpus that it is measured on.
#[derive(Parser)]
#[command(name = "sawlog-bench", version)]
struct Flags {
    #[command(subcommand)]
    command: Measure,
}

#[derive(Subcommand)]
enum Measure {
    /// Make the corpus: with --out keep it, otherwise measure how it is made and read back.
    Corpus {
        #[command(flatten)]
        ask: AskFlags,
        /// Keep it in this folder, which must be new or empty.
        #[arg(long)]
        out: Option<PathBuf>,
        /// In which forms to keep it; without, in all three.
        #[arg(long = "format", value_enum, requires = "out")]
        forms: Vec<Form>,
    },
    /// Encode records to OTLP and decode them.
    Record {
        #[command(flatten)]
        ask: AskFlags,
    },
    /// Match records against queries, and read queries.
    Query {
        #[command(flatten)]
        ask: AskFlags,
    },
    /// Produce to the broker and consume from it, beside Apache Kafka.
    Broker {
        #[command(flatten)]
        ask: AskFlags,
    },
    /// Run every benchmark.
    All {
        #[command(flatten)]
        ask: AskFlags,
        /// Refresh the tables of this page.
        #[arg(long)]
        record: Option<PathBuf>,
    },
    /// Be the broker that is measured.
    #[command(hide = true)]
    ServeBroker {
        /// Where it keeps topics.
        #[arg(long)]
        data: PathBuf,
    },
    /// Burn processor time that is known beforehand, for the test of the accounting.
    #[command(hide = true)]
    Burn {
        /// Each thread burns so much.
        #[arg(long)]
        cpu_ms: u64,
        /// Threads of each process.
        #[arg(long)]
        threads: u32,
        /// A row of processes, each the child of the one before.
        #[arg(long)]
        depth: u32,
        /// Stay until standard input ends.
        #[arg(long)]
        stay: bool,
    },
}

#[derive(Args)]
struct AskFlags {
    /// On which corpus.
    #[arg(long, value_enum, default_value = "full")]
    size: Size,
    /// The seed of everything random.
    #[arg(long, default_value_t = 7)]
    seed: u64,
    /// Threads that make the corpus; the same bytes whatever it is.
    #[arg(long, default_value_t = thread::available_parallelism().map_or(1, usize::from))]
    workers: usize,
    /// Print one JSON object for each figure.
    #[arg(long)]
    json: bool,
}

impl AskFlags {
    fn ask(&self) -> Ask {
        Ask { which: Which { size: self.size, seed: self.seed }, workers: self.workers }
    }
}

fn main() -> ExitCode {
    match run(Flags::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Measure) -> anyhow::Result<()> {
    match command {
        Measure::Corpus { ask, out: Some(out), forms } => keep(&ask, &out, &forms),
        Measure::Corpus { ask, out: None, .. } => tell(&ask, &measure("corpus", &ask)?),
        Measure::Record { ask } => tell(&ask, &measure("record", &ask)?),
        Measure::Query { ask } => tell(&ask, &measure("query", &ask)?),
        Measure::Broker { ask } => tell(&ask, &measure("broker", &ask)?),
        Measure::All { ask, record } => {
            let mut figures = Vec::new();
            for bench in &BENCHES {
                figures.extend(measure(bench.name, &ask)?);
            }
            if let Some(path) = record {
                page::refresh(&path, &figures)?;
            }
            tell(&ask, &figures)
        }
        Measure::ServeBroker { data } => broker::serve(&data),
        Measure::Burn { cpu_ms, threads, depth, stay } => {
            burn(Duration::from_millis(cpu_ms), threads, depth, stay)
        }
    }
}

fn keep(flags: &AskFlags, out: &std::path::Path, forms: &[Form]) -> anyhow::Result<()> {
    anyhow::ensure!(!flags.json, "--json prints measured figures: leave out either --json or --out");
    let forms = if forms.is_empty() { &[Form::Json, Form::Cri, Form::Otlp] } else { forms };
    let Ask { which, workers } = flags.ask();
    let written = write::write(which, forms, workers, out)?;
    suite::verify(which, &written, out)?;
    println!("{} records in {}, read back and checked:", written.records.count, out.display());
    print!("{}", written.verdict);
    if which.size == Size::Small {
        println!("  (the bands hold for `full`; `small` shows where it stands)");
    }
    Ok(())
}

fn measure(name: &str, flags: &AskFlags) -> anyhow::Result<Vec<Figure>> {
    let bench = BENCHES.iter().find(|bench| bench.name == name).context("no such benchmark")?;
    let folder = tempfile::tempdir().context("make a folder for the run")?;
    eprintln!("{}: {}", bench.name, bench.about);
    (bench.run)(&flags.ask(), folder.path())
}

fn tell(flags: &AskFlags, figures: &[Figure]) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    if flags.json {
        figures.iter().try_for_each(|figure| writeln!(out, "{}", figure.json()))?;
    } else {
        write!(out, "{}", Table(figures))?;
    }
    Ok(())
}

/// Prints what the operating system says that this process has used, one line for each process.
fn burn(each: Duration, threads: u32, depth: u32, stay: bool) -> anyhow::Result<()> {
    let me = std::env::current_exe()?;
    let arguments = |depth: u32| {
        let (ms, threads, depth) = (each.as_millis().to_string(), threads.to_string(), depth.to_string());
        ["burn", "--cpu-ms", &ms, "--threads", &threads, "--depth", &depth].map(str::to_owned)
    };
    let mut below = Command::new(me);
    below.args(arguments(depth.saturating_sub(1))).args(stay.then_some("--stay"));
    let child = (depth > 0).then(|| below.spawn()).transpose()?;
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| while clock(ClockId::CLOCK_THREAD_CPUTIME_ID) < each {});
        }
    });
    println!("{}", clock(ClockId::CLOCK_PROCESS_CPUTIME_ID).as_nanos());
    if stay {
        std::io::copy(&mut std::io::stdin(), &mut std::io::sink())?;
    }
    child.map(|mut child| child.wait()).transpose()?;
    Ok(())
}

fn clock(clock: ClockId) -> Duration {
    clock_gettime(clock).map(Duration::from).expect("because Linux has had both clocks for twenty years")
}
