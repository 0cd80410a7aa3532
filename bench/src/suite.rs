//! The benchmarks, in one table.

use std::path::Path;

use crate::{
    broker,
    corpus::{
        Form, Size, Which, reread,
        write::{self, Written},
    },
    harness::{cpu, figure::Figure},
    query, record,
};

/// What a benchmark is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Ask {
    /// On which corpus.
    pub which: Which,
    /// With how many threads, where it makes its input.
    pub workers: usize,
}

/// A benchmark.
pub struct Bench {
    /// As on the command line.
    pub name: &'static str,
    /// What it measures.
    pub about: &'static str,
    /// Measures, checks, and only then tells.
    pub run: fn(&Ask, &Path) -> anyhow::Result<Vec<Figure>>,
}

/// All that exist.
pub const BENCHES: [Bench; 4] = [
    Bench { name: "corpus", about: "make the corpus in every form and read it back", run: corpus },
    Bench { name: "record", about: "encode records to OTLP and decode them", run: |ask, _| record::run(ask) },
    Bench {
        name: "query",
        about: "match records against queries, and read queries",
        run: |ask, _| query::run(ask),
    },
    Bench {
        name: "broker",
        about: "produce to the broker and consume from it, beside Apache Kafka",
        run: broker::run,
    },
];

fn corpus(ask: &Ask, folder: &Path) -> anyhow::Result<Vec<Figure>> {
    let forms = [Form::Json, Form::Cri, Form::Otlp];
    let (written, making) = cpu::measured(|| write::write(ask.which, &forms, ask.workers, folder))?;
    let written = written?;
    eprint!("{}", written.verdict);
    let (read, reading) = cpu::measured(|| verify(ask.which, &written, folder))?;
    read?;
    let note = format!("{}, seed {}", ask.which.size.name(), ask.which.seed);
    let megabytes = written.json_bytes as f64 / 1e6;
    let mut figures = vec![
        Figure::new(
            "corpus",
            "made_mb_per_cpu_second",
            megabytes / making.as_secs_f64(),
            "MB/s",
            note.clone(),
        ),
        Figure::new(
            "corpus",
            "verified_mb_per_cpu_second",
            megabytes / reading.as_secs_f64(),
            "MB/s",
            note.clone(),
        ),
        Figure::new("corpus", "json_mb", megabytes, "MB", note.clone()),
    ];
    let names = [
        "zstd_percent_of_json",
        "message_bytes_per_line",
        "digit_tokens_per_line",
        "digit_tokens_once_percent",
        "templates",
        "digit_bytes_percent",
    ];
    let bands = names.into_iter().zip(&written.verdict.0);
    figures.extend(
        bands.map(|(name, band)| Figure::new("corpus", name, band.seen, "", format!("{note}; {}", band.of))),
    );
    Ok(figures)
}

/// Reads every form back and compares: with what was counted while writing, and with what was planted.
pub fn verify(which: Which, written: &Written, folder: &Path) -> anyhow::Result<()> {
    if which.size == Size::Full && !written.verdict.is_valid() {
        anyhow::bail!("the corpus is not like life, so no figure would mean anything:\n{}", written.verdict);
    }
    let path = folder.join("corpus.jsonl");
    if path.exists() {
        let (records, answers) = reread::json(&path)?;
        anyhow::ensure!(
            records == written.records,
            "{}: {records:?} read, {:?} written",
            path.display(),
            written.records
        );
        let wrong = answers.check(which.size.records());
        anyhow::ensure!(wrong.is_empty(), "planted answers are wrong: {wrong:?}");
    }
    let path = folder.join("corpus.otlp");
    if path.exists() {
        let records = reread::otlp(&path)?;
        anyhow::ensure!(
            records == written.records,
            "{}: {records:?} read, {:?} written",
            path.display(),
            written.records
        );
    }
    let path = folder.join("pods");
    if path.exists() {
        let (printed, _) = reread::cri(&path)?;
        anyhow::ensure!(
            printed == written.printed,
            "{}: {printed:?} read, {:?} written",
            path.display(),
            written.printed
        );
    }
    Ok(())
}
