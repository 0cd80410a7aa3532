//! Queries to matchers, and records past them, on one core.
//!
//! The records are the corpus's with their messages cut or filled to 250 bytes. One service is called
//! `payments`, and some messages get the phrase that is sought, so that there is something to find. What a
//! matcher finds is compared with what a plain search of the same text finds before anything is measured, and
//! every measured pass has to count the same.
//!
//! Matchers see what readers of messages see: records decoded from the bytes of a batch. Decoding is no part of
//! what is timed; `record` measures it.

use std::{hint::black_box, iter, sync::Arc, time::Duration};

use anyhow::{Context as _, ensure};
use sawlog_fleet::{cut, event::Event};
use sawlog_query::{Matcher, parse};
use sawlog_record::{
    Fields, Record, Resource, Severity, Value, View,
    otlp::{
        decode::decode,
        encode::{Batch, ResourceBytes, ScopeBytes},
        limits::Limits,
    },
};

use crate::{
    corpus::{Size, Which},
    harness::{cpu, figure::Figure},
    records::{BATCH, BODY, RUNS, events},
    suite::Ask,
};

/// Every so manieth record gets the phrase; no divisor of what else repeats.
const PLANTED: usize = 37;
const PHRASE: &str = "upstream said Gateway Timeout;";

const SOUGHT: &str = r#"level:ERROR AND service:payments AND "gateway timeout""#;
const WORDS: &str = r#""gateway timeout""#;
const REGEX: &str = r"/Failed password for (invalid user )?\w+ from \d+\.\d+\.1\d\d\./";
const REGEX_SCAN: &str = r"/\b\d{3}-[a-f]\d+\b/";
/// 200 bytes of what queries are made of.
const LONG: &str = r#"level:ERROR AND service:payments AND (env:prod OR env:staging) AND "gateway timeout" AND NOT pod:web-* AND duration_ms:>500 AND http.status:[500 TO 599] AND @timestamp:>=now-15m AND user.name:*bob* id"#;

/// Measures matching and reading.
pub fn run(ask: &Ask) -> anyhow::Result<Vec<Figure>> {
    let records = records(ask.which);
    ensure!(LONG.len() == 200, "the query to read has {} bytes", LONG.len());
    let passes = match ask.which.size {
        Size::Small => 10,
        Size::Full => 60,
    };
    let bench = Bench {
        note: format!("{passes} × {} records in batches of {BATCH}, seed {}", records.len(), ask.which.seed),
        encoded: encoded(&records)?,
        records,
        passes,
    };

    let is_sought = |record: &Record| {
        let service = record.resource.attributes.iter().any(|(_, value)| value.as_str() == Some("payments"));
        record.severity.name() == "ERROR" && service && says_so(record)
    };
    let (sought, by_sought) = bench.matching(SOUGHT, is_sought)?;
    let (words, by_words) = bench.matching(WORDS, says_so)?;
    let failed = regex::Regex::new(REGEX.trim_matches('/'))?;
    let is_failed = |record: &Record| record.body.as_str().is_some_and(|body| failed.is_match(body));
    let (regex, by_regex) = bench.matching(REGEX, is_failed)?;
    let scanned = regex::Regex::new(REGEX_SCAN.trim_matches('/'))?;
    let (scan, by_scan) = bench
        .matching(REGEX_SCAN, |record| record.body.as_str().is_some_and(|body| scanned.is_match(body)))?;
    let megabytes = |runs: Timed| Timed { per_pass: bench.records.len() as f64 * BODY as f64 / 1e6, ..runs };
    Ok(vec![
        bench.speed("match_records_per_cpu_second", &sought, "records/s", Some((5e6, 15e6))),
        bench.speed("match_phrase_records_per_cpu_second", &words, "records/s", None),
        bench.speed("regex_mb_per_cpu_second", &megabytes(regex), "MB/s", Some((300.0, 800.0))),
        bench.speed("regex_scan_mb_per_cpu_second", &megabytes(scan), "MB/s", None),
        parsing(passes)?,
        Figure::new(
            "query",
            "match_allocations_per_record",
            [by_sought, by_words, by_regex, by_scan].into_iter().fold(0.0, f64::max),
            "allocations",
            format!("the most of four queries; {}", bench.note),
        )
        .judged(0.0, 0.0),
    ])
}

fn says_so(record: &Record) -> bool {
    record.body.as_str().is_some_and(|body| body.to_lowercase().contains("gateway timeout"))
}

struct Bench {
    records: Vec<Record>,
    /// The same in batches, as they are sent.
    encoded: Vec<Vec<u8>>,
    passes: usize,
    note: String,
}

/// What runs took, and how much work a pass is.
struct Timed {
    runs: Vec<Duration>,
    per_pass: f64,
    hits: usize,
}

impl Bench {
    /// Times one query, and counts what a record allocates.
    fn matching(&self, query: &str, expected: impl Fn(&Record) -> bool) -> anyhow::Result<(Timed, f64)> {
        let matcher = Matcher::new(&parse(query)?, 0)?;
        let decoded = self.encoded.iter().map(|batch| decode(batch, &Limits::DEFAULT).collect());
        let batches: Vec<Vec<View<'_>>> = decoded.collect::<Result<_, _>>()?;
        let views = || batches.iter().flatten();
        ensure!(views().count() == self.records.len(), "batches have lost records");
        let mut hits = 0;
        for (view, record) in views().zip(&self.records) {
            let found = matcher.matches(view);
            ensure!(found == expected(record), "{query} answers {found} for {record:?}");
            hits += usize::from(found);
        }
        ensure!(hits > 0, "{query} finds nothing, so it measures nothing");
        let count =
            |batch: &Vec<View<'_>>| batch.iter().filter(|view| matcher.matches(black_box(view))).count();
        let mut runs = Vec::new();
        for run in 0..=RUNS {
            // Batch by batch, as they come out of the decoder: what is matched has just been touched.
            let work = || batches.iter().flat_map(|batch| iter::repeat_n(batch, self.passes));
            let (found, took) = cpu::measured(|| work().map(count).sum::<usize>())?;
            ensure!(found == hits * self.passes, "{query} has found {found}, not {hits} each time");
            if run > 0 {
                runs.push(took);
            }
        }
        let allocations = allocation_counter::measure(|| {
            black_box(batches.iter().map(count).sum::<usize>());
        });
        let records = self.records.len() as f64;
        Ok((Timed { runs, per_pass: records, hits }, allocations.count_total as f64 / records))
    }

    fn speed(&self, metric: &str, timed: &Timed, unit: &str, bar: Option<(f64, f64)>) -> Figure {
        let mut runs = timed.runs.clone();
        runs.sort_unstable();
        let speed = |run: &Duration| timed.per_pass * self.passes as f64 / run.as_secs_f64();
        let million = if unit == "MB/s" { 1.0 } else { 1e6 };
        let (least, most) = (speed(&runs[runs.len() - 1]) / million, speed(&runs[0]) / million);
        let note = format!("median of {RUNS}, {least:.1} to {most:.1}; {} match; {}", timed.hits, self.note);
        let figure = Figure::new("query", metric, speed(&runs[runs.len() / 2]), unit, note);
        match bar {
            Some((floor, aim)) => figure.judged(floor, aim),
            None => figure,
        }
    }
}

/// Reads the long query, checked by its normal form.
fn parsing(passes: usize) -> anyhow::Result<Figure> {
    const TIMES: usize = 2000;
    let normal = parse(LONG)?.normal().to_string();
    ensure!(
        parse(&normal)?.normal().to_string() == normal,
        "the query to read does not read as itself: {normal}"
    );
    let times = TIMES * passes;
    let mut runs = Vec::new();
    for run in 0..=RUNS {
        let read = || (0..times).filter(|_| black_box(parse(black_box(LONG))).is_ok()).count();
        let (count, took) = cpu::measured(read)?;
        ensure!(count == times, "a query was refused");
        if run > 0 {
            runs.push(took);
        }
    }
    runs.sort_unstable();
    let micros = |run: &Duration| run.as_secs_f64() * 1e6 / times as f64;
    let note = format!(
        "median of {RUNS}, {:.2} to {:.2}; {times} × 200 bytes",
        micros(&runs[0]),
        micros(&runs[RUNS - 1])
    );
    Ok(Figure::new("query", "parse_microseconds", micros(&runs[RUNS / 2]), "µs", note).judged(20.0, 5.0))
}

/// Records in the order in which batches bring them: those of one pod together, with one resource.
fn records(which: Which) -> Vec<Record> {
    let mut events = events(which);
    events.sort_by_key(|event| event.pod.name());
    let sought = events.first().map(|event| event.pod.system);
    let mut records = Vec::with_capacity(events.len());
    let blank = Record::default();
    for pod in events.chunk_by(|one, other| one.pod.name() == other.pod.name()) {
        let resource = Arc::new(resource(&pod[0], sought == Some(pod[0].pod.system)));
        for event in pod {
            let mut body = cut::text(event, BODY);
            if records.len() % PLANTED == 0 && body.is_char_boundary(PHRASE.len()) {
                body.replace_range(..PHRASE.len(), PHRASE);
            }
            let duration = event.duration_ms.map(|ms| ("duration_ms".to_owned(), Value::Int(ms.into())));
            records.push(Record {
                time_ns: event.time_ns,
                severity: Severity::from_word(event.level.name()).unwrap_or_default(),
                body: Value::Str(body),
                attributes: duration.into_iter().collect(),
                resource: Arc::clone(&resource),
                // Records of a batch share their scope, too.
                ..blank.clone()
            });
        }
    }
    records
}

/// Batches of records that share a resource, as messages carry them.
fn encoded(records: &[Record]) -> anyhow::Result<Vec<Vec<u8>>> {
    let scope = ScopeBytes::default();
    let of_pod = records.chunk_by(|one, other| Arc::ptr_eq(&one.resource, &other.resource));
    let encode = |records: &[Record]| {
        let resource = ResourceBytes::new(Fields::from(&records[0].resource.attributes), &Limits::DEFAULT)?;
        let mut batch = Batch::new(&resource, &scope, &Limits::DEFAULT);
        for record in records {
            batch.push(&record.view()).context("a record of the corpus passes a limit")?;
        }
        Ok(batch.bytes().to_vec())
    };
    of_pod.flat_map(|of_pod| of_pod.chunks(BATCH)).map(encode).collect()
}

fn resource(event: &Event, is_sought: bool) -> Resource {
    let pod = &event.pod;
    let pairs = [
        ("service.name", if is_sought { "payments" } else { pod.system.service() }.to_owned()),
        ("k8s.namespace.name", pod.system.namespace().to_owned()),
        ("k8s.pod.name", pod.name()),
        ("k8s.container.name", pod.system.service().to_owned()),
        ("k8s.node.name", pod.node()),
    ];
    Resource { attributes: pairs.map(|(key, value)| (key.to_owned(), value.as_str().into())).into() }
}
