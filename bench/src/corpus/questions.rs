//! The questions of the `search` benchmark, answered by brute force: what was planted is really there.
//!
//! Deliberately without anything of Sawlog: letters are compared, numbers are compared, `regex` matches.

use std::{collections::HashMap, fmt, sync::LazyLock};

use regex::Regex;
use sawlog_fleet::plan::{self, BLOCK, RECORDS_PER_TRACE};
use serde::Deserialize;

use super::{bytes::Tally, write::Said};

/// A line of the JSON corpus.
#[derive(Debug, Deserialize)]
pub struct Line {
    /// RFC 3339.
    pub timestamp: String,
    /// In capitals.
    pub level: String,
    /// Whose.
    pub service: String,
    /// Whose.
    pub pod: String,
    /// 32 hex digits.
    pub trace_id: Option<String>,
    /// Milliseconds.
    pub duration_ms: Option<u64>,
    /// What was said.
    pub message: String,
}

impl Line {
    /// Counts it, with everything that it says.
    pub fn tally(&self, time: jiff::Timestamp, tally: &mut Tally) {
        let said = Said {
            time_us: time.as_microsecond().unsigned_abs(),
            level: &self.level,
            service: &self.service,
            pod: &self.pod,
            trace: self.trace_id.as_deref(),
            duration_ms: self.duration_ms,
            message: &self.message,
        };
        said.tally(tally);
    }
}

/// The regex of an address that failed.
pub static REGEX: LazyLock<Regex> =
    LazyLock::new(|| regex(r"Failed password for (invalid user )?\w+ from \d+\.\d+\.1\d\d\."));
/// The regex without three letters to look for.
pub static REGEX_SCAN: LazyLock<Regex> = LazyLock::new(|| regex(r"\b\d{3}-[a-f]\d+\b"));

fn regex(text: &str) -> Regex {
    Regex::new(text).expect("because it is a constant")
}

fn words(message: &str) -> impl Iterator<Item = String> {
    message
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
}

/// One question, and how many of a thousand records answer it.
pub struct Question {
    /// As in the benchmark.
    pub name: &'static str,
    /// Of [`BLOCK`] records.
    pub planted: usize,
    /// Whether a line answers it.
    pub matches: fn(&Line) -> bool,
}

fn payment_error(line: &Line) -> bool {
    line.level == "ERROR" && line.service == "payments"
}

/// All that have a fixed share.
pub const QUESTIONS: [Question; 13] = [
    Question {
        name: "word_count",
        planted: 4,
        matches: |line| words(&line.message).any(|word| word == "timeout"),
    },
    Question {
        name: "phrase_count",
        planted: 30,
        matches: |line| {
            words(&line.message).zip(words(&line.message).skip(1)).any(|(a, b)| a == "cache" && b == "miss")
        },
    },
    Question {
        name: "prefix",
        planted: 50,
        matches: |line| words(&line.message).any(|word| word.starts_with("conn")),
    },
    Question { name: "regex", planted: 5, matches: |line| REGEX.is_match(&line.message) },
    Question { name: "regex_scan", planted: 1, matches: |line| REGEX_SCAN.is_match(&line.message) },
    Question { name: "absent_word", planted: 0, matches: |line| line.message.contains("zyzzyva") },
    Question {
        name: "range",
        planted: plan::TIMED_IN_RANGE,
        matches: |line| line.duration_ms.is_some_and(|ms| (500..=1500).contains(&ms)),
    },
    Question {
        name: "and_not",
        planted: plan::PAYMENT_ERRORS,
        matches: |line| payment_error(line) && !words(&line.message).any(|word| word == "declined"),
    },
    Question {
        name: "pod_count",
        planted: plan::ASKED_POD_RECORDS,
        matches: |line| line.pod == ASKED_POD.as_str(),
    },
    Question { name: "error_by_service", planted: 70, matches: |line| line.level == "ERROR" },
    Question { name: "with a trace id", planted: plan::TRACED, matches: |line| line.trace_id.is_some() },
    Question { name: "with a duration", planted: plan::TIMED, matches: |line| line.duration_ms.is_some() },
    Question { name: "count_all", planted: BLOCK, matches: |_| true },
];

static ASKED_POD: LazyLock<String> = LazyLock::new(|| plan::ASKED_POD.name());

/// What brute force finds in a corpus.
#[derive(Debug, Default)]
pub struct Answers {
    found: [u64; QUESTIONS.len()],
    traces: HashMap<String, usize>,
    same_time: u64,
    last_time: String,
    long: u64,
}

/// An answer that is not the planted one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{question}: {found} found, {planted} planted")]
pub struct Wrong {
    /// Which question.
    pub question: &'static str,
    /// How many there are.
    pub found: u64,
    /// How many there should be.
    pub planted: u64,
}

impl Answers {
    /// Takes the next line of the corpus.
    pub fn take(&mut self, line: Line) {
        for (found, question) in self.found.iter_mut().zip(&QUESTIONS) {
            *found += u64::from((question.matches)(&line));
        }
        self.same_time += u64::from(line.timestamp == self.last_time);
        self.long += u64::from(line.message.len() >= 20_000);
        if let Some(trace) = line.trace_id {
            *self.traces.entry(trace).or_default() += 1;
        }
        self.last_time = line.timestamp;
    }

    /// Adds the lines that follow, counted elsewhere.
    pub fn add(&mut self, other: Self) {
        self.found.iter_mut().zip(other.found).for_each(|(sum, found)| *sum += found);
        other.traces.into_iter().for_each(|(trace, count)| *self.traces.entry(trace).or_default() += count);
        self.same_time += other.same_time;
        self.long += other.long;
        self.last_time = other.last_time;
    }

    /// Compares with what was planted in a corpus of so many records.
    pub fn check(&self, records: u64) -> Vec<Wrong> {
        let blocks = records / BLOCK as u64;
        let exact =
            QUESTIONS.iter().zip(self.found).map(|(q, found)| (q.name, found, q.planted as u64 * blocks));
        let odd = self.traces.values().filter(|&&records| records != RECORDS_PER_TRACE).count() as u64;
        // Long records stand in every fifth block: 0.02 %.
        let rest = [("trace_id with another number of records", odd, 0), ("long", self.long, blocks / 5)];
        let mut wrong: Vec<Wrong> = exact
            .chain(rest)
            .filter(|(_, found, planted)| found != planted)
            .map(|(question, found, planted)| Wrong { question, found, planted })
            .collect();
        if self.same_time * 100 < records {
            wrong.push(Wrong {
                question: "equal times, at least",
                found: self.same_time,
                planted: records / 100,
            });
        }
        wrong
    }
}

impl fmt::Display for Answers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (question, found) in QUESTIONS.iter().zip(self.found) {
            writeln!(f, "  {found:>9}  {}", question.name)?;
        }
        writeln!(f, "  {:>9}  different traces", self.traces.len())?;
        writeln!(f, "  {:>9}  with the time of the one before", self.same_time)?;
        writeln!(f, "  {:>9}  of 20 to 50 kB", self.long)
    }
}
