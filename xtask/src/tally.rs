//! Counting what tests did, from what nextest and the tests wrote down.
//!
//! Pure. A test that says it cannot run here is skipped, not passed, and only when the capability it lacks
//! is listed; a test that does not run for any other reason is a failure.

use std::{collections::BTreeSet, fmt, ops::AddAssign};

use anyhow::Context as _;
use quick_junit::{Report, TestCase, TestCaseStatus};

/// What some tests did.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Tally {
    /// Ran and succeeded.
    pub passed: usize,
    /// Failed, or did not run without a listed reason.
    pub failed: usize,
    /// Cannot run on this kind of machine.
    pub skipped: usize,
    /// One sentence for each failure and each skip.
    pub notes: Vec<String>,
    /// How many rounds seeded tests ran.
    pub rounds: Vec<Rounds>,
}

/// A seeded test's line: `kill rounds 5 of 100, seed 7`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rounds {
    /// `kill rounds 5 of 100`
    pub what: String,
    /// `7`
    pub seed: String,
}

impl Tally {
    /// Counts a `JUnit` file, less what the tests wrote into the file of skips (`test<TAB>capability`).
    pub fn of(junit: &str, skips: &str, listed: &BTreeSet<String>) -> anyhow::Result<Self> {
        let report = Report::deserialize_from_str(junit).context("read what nextest wrote")?;
        let mut tally = Self::default();
        let mut failed_names = Vec::new();
        for case in report.test_suites.iter().flat_map(|suite| &suite.test_cases) {
            match &case.status {
                TestCaseStatus::Success { .. } => tally.passed += 1,
                TestCaseStatus::NonSuccess { .. } => {
                    failed_names.push(case.name.as_str());
                    tally.fail(format!("{} failed", full_name(case)));
                }
                TestCaseStatus::Skipped { .. } => {
                    tally.fail(format!("{} is ignored: make it run, or remove it", full_name(case)));
                }
            }
            tally.rounds.extend(rounds_in(case.system_out.as_ref().map_or("", |text| text.as_str())));
        }
        for (test, capability) in skips.lines().collect::<BTreeSet<_>>().into_iter().filter_map(cells) {
            let failed = |name: &&str| *name == test || name.ends_with(&format!("::{test}"));
            if failed_names.iter().any(failed) {
                continue; // counted already
            }
            tally.passed = tally.passed.saturating_sub(1);
            if listed.contains(capability) {
                tally.skipped += 1;
                tally.notes.push(format!("{test} skipped: lacks {capability}"));
            } else {
                tally.fail(format!(
                    "{test} skipped for {capability}, which e2e/cannot-run-here does not list"
                ));
            }
        }
        Ok(tally)
    }

    /// One failure more.
    pub fn fail(&mut self, why: String) {
        self.failed += 1;
        self.notes.push(why);
    }

    /// How many tests there are.
    pub fn tests(&self) -> usize {
        self.passed + self.failed + self.skipped
    }

    /// Nothing failed, and something ran.
    pub fn is_success(&self) -> bool {
        self.failed == 0 && self.passed > 0
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
        self.notes.extend(other.notes);
        self.rounds.extend(other.rounds);
    }
}

/// The closing line.
impl fmt::Display for Tally {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} passed, {} failed, {} skipped", self.passed, self.failed, self.skipped)
    }
}

impl fmt::Display for Rounds {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}, seed {}", self.what, self.seed)
    }
}

/// The capabilities of `e2e/cannot-run-here`: the first cell of each line.
pub fn capabilities(list: &str) -> BTreeSet<String> {
    let lines = list.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.filter_map(|line| line.split('|').next()).map(|name| name.trim().to_owned()).collect()
}

fn full_name(case: &TestCase) -> String {
    let package = case.classname.as_ref().map_or("", |name| name.as_str());
    format!("{package} {}", case.name.as_str()).trim().to_owned()
}

fn cells(line: &str) -> Option<(&str, &str)> {
    line.split_once('\t')
}

fn rounds_in(output: &str) -> impl Iterator<Item = Rounds> {
    output.lines().filter_map(|line| {
        let (what, seed) = line.trim().rsplit_once(", seed ")?;
        let (before, of) = what.rsplit_once(" of ")?;
        let (name, count) = before.rsplit_once(' ')?;
        let is_number = |text: &str| text.parse::<u64>().is_ok();
        let is_line = !name.is_empty() && is_number(count) && is_number(of) && is_number(seed);
        is_line.then(|| Rounds { what: what.to_owned(), seed: seed.to_owned() })
    })
}
