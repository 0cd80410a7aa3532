//! `make soak`: every round of every claim, written down in docs/soak.md.
//!
//! The gate runs the few rounds its budgets allow; a claim holds because of a soak. The page names the
//! commit and a hash of the files the claim covers, so that `make check` can say when it is out of date.
//! The page itself is never part of the hash. A claim whose tests are gone fails.

use std::{fmt::Write as _, fs};

use anyhow::Context as _;
use sha2::{Digest as _, Sha256};

use crate::{
    checks::Finding,
    suite,
    tally::{Rounds, Tally},
    tree::Tree,
};

/// Where the outcome is written.
pub const PAGE: &str = "docs/soak.md";
/// Tells tests to run every round; the name is `sawlog_e2e`'s.
const SOAK: &str = "SAWLOG_SOAK";
const NOTHING: &str = "Nothing has been claimed yet: `make soak` has not been run.\n";

/// Something the project says about itself.
#[derive(Debug)]
pub struct Claim {
    /// The sentence.
    pub claim: &'static str,
    /// The tests that show it: a nextest filter expression.
    pub tests: &'static str,
    /// The files and folders it is about.
    pub covers: &'static [&'static str],
}

#[rustfmt::skip]
/// Everything that is claimed.
pub const CLAIMS: &[Claim] = &[
    Claim {
        claim: "Records: what is written, as protobuf or JSON, is read the same by generated types and by us",
        tests: "package(=sawlog-record) & binary(=model_record) & test(/^(otlp|json|examples|headers)::/)",
        covers: &["record"],
    },
    Claim {
        claim: "Records: hostile bytes, JSON, headers and covered sets never panic and never take much memory",
        tests: "package(=sawlog-record) & test(/hostile|damaged/)",
        covers: &["record"],
    },
    Claim {
        claim: "Covered ranges agree with a row of booleans, and snapshots and deltas carry all of them",
        tests: "package(=sawlog-record) & test(/^covered::/)",
        covers: &["record/src/covered.rs", "record/src/covered", "record/tests/model_record/covered.rs"],
    },
    Claim {
        claim: "Broker: what was acknowledged outlives kill -9 under load, once and in order",
        tests: "package(=sawlog-broker) & binary(=crash)",
        covers: &["broker"],
    },
    Claim {
        claim: "Broker: on a disk that fails, tears and forgets, a log keeps what it promised or says what it cannot",
        tests: "package(=sawlog-broker) & (binary(=sim_log) | binary(=sim_catalog))",
        covers: &["broker/src/disk", "broker/src/log", "broker/src/batch", "broker/src/topic", "broker/src/journal.rs"],
    },
    Claim {
        claim: "Broker: hostile frames and batches never panic and never take much memory",
        tests: "package(=sawlog-broker) & (binary(=fuzz_frames) | binary(=fuzz_batch))",
        covers: &["broker/src/server/shape", "broker/src/batch"],
    },
    Claim {
        claim: "The corpus is byte-identical for a seed, whatever the number of workers",
        tests: "test(corpus_is_identical) & (package(=sawlog-fleet) | package(=sawlog-bench))",
        covers: &["fleet", "bench"],
    },
    Claim {
        claim: "Every planted selectivity of the corpus is exact",
        tests: "test(planted)",
        covers: &["fleet", "bench"],
    },
    Claim {
        claim: "The demo fleet keeps its order, formats, secrets, noise, job and incident for any seed",
        tests: "package(=sawlog-fleet) & binary(=sim_demo)",
        covers: &["fleet"],
    },
    Claim {
        claim: "The harness's CPU seconds agree with the operating system's within 2 %",
        tests: "test(cpu_accounting) & package(=sawlog-bench)",
        covers: &["bench"],
    },
    Claim {
        claim: "Queries: the fast matcher agrees with the obvious one on 100,000 random pairs and more, a third of them hits",
        tests: "test(the_fast_matcher_agrees_with_the_obvious_one)",
        covers: &["query", "record"],
    },
    Claim {
        claim: "Kafka: acknowledged messages survive two SIGKILLs, none missing, none twice",
        tests: "test(acknowledged_messages_survive_two_kills)",
        covers: KAFKA,
    },
    Claim {
        claim: "Object store: of sixteen racing creators of one key exactly one wins",
        tests: "test(of_sixteen_racing_creators_one_wins)",
        covers: STORE,
    },
    Claim {
        claim: "Object store: every acknowledged put survives SIGKILL",
        tests: "test(every_acknowledged_put_survives_a_kill)",
        covers: STORE,
    },
    Claim {
        claim: "Network policies: the rules of the ground's cluster let pass just what the documentation allows",
        tests: "test(in_any_world_just_what_the_documentation_allows_passes)",
        covers: &["e2e/src/ground/cluster/inside/policies"],
    },
];

/// One line of the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// What was claimed.
    pub claim: String,
    /// How many rounds ran, of how many.
    pub rounds: String,
    /// `holds` or `fails`.
    pub result: String,
    /// From which seed.
    pub seed: String,
    /// At which commit; `+` when the checkout differed from it.
    pub commit: String,
    /// On which day, UTC.
    pub date: String,
    /// Of what the claim covers.
    pub hash: String,
}

/// What the claims about Kafka rest on.
const KAFKA: &[&str] =
    &["e2e/ground/kafka", "e2e/src/ground/kafka", "e2e/src/ground/part.rs", "e2e/tests/e2e_ground/kafka.rs"];
/// What the claims about the object store rest on.
const STORE: &[&str] = &[
    "e2e/ground/versitygw",
    "e2e/src/ground/store",
    "e2e/src/ground/part.rs",
    "e2e/tests/e2e_ground/store.rs",
];

/// Runs the claims that contain `only` (all, when it is empty) and writes the page, on which the others stay as
/// they are; true when all that ran hold.
pub fn run(tree: &Tree, only: &str) -> anyhow::Result<bool> {
    suite::build(tree)?;
    suite::prepare_ground(tree)?;
    let known = parse(&tree.read(PAGE).unwrap_or_default());
    let mut rows = Vec::new();
    let mut failed = 0;
    for claim in CLAIMS {
        if !claim.claim.contains(only) {
            rows.extend(known.iter().find(|row| row.claim == claim.claim).cloned());
            continue;
        }
        println!("soak: {}", claim.claim);
        let mut nextest = suite::nextest(tree)?;
        nextest.args(["run", "--workspace", "--cargo-profile", "ci", "--locked", "--no-fail-fast"]);
        nextest.args(["--no-tests=fail", "-E", claim.tests]).env(SOAK, "1");
        let tally = suite::count(tree, "soak", claim.claim, &mut nextest, None)?;
        for note in &tally.notes {
            println!("  {note}");
        }
        let row = row(tree, claim, &tally)?;
        failed += usize::from(row.result != HOLDS);
        rows.push(row);
    }
    fs::create_dir_all(tree.root().join("docs")).context("make the folder docs")?;
    fs::write(tree.root().join(PAGE), page(&rows)).context("write docs/soak.md")?;
    println!("wrote {PAGE}: {} claims hold, {failed} fail", rows.len() - failed);
    Ok(failed == 0)
}

/// Says which claims are older than what they cover. Never refuses: a soak takes hours.
pub fn advice(tree: &Tree) -> anyhow::Result<Vec<Finding>> {
    let rows = parse(&tree.read(PAGE).unwrap_or_default());
    let mut findings = Vec::new();
    for claim in CLAIMS {
        let why = match rows.iter().find(|row| row.claim == claim.claim) {
            None => "has never been soaked",
            Some(row) if row.hash != hash(tree, claim.covers)? => "is older than the files it covers",
            Some(row) if row.result != HOLDS => "did not hold",
            Some(_) => continue,
        };
        findings.push(Finding::Advice(format!("{PAGE}: \"{}\" {why}: run `make soak`", claim.claim)));
    }
    Ok(findings)
}

/// The page before the first soak.
pub fn empty() -> String {
    page(&[])
}

/// The page.
pub fn page(rows: &[Row]) -> String {
    let mut text = String::from(
        "# What has been soaked\n\nWritten by `make soak`, which runs every round of every seeded claim; \
         the gate runs only a few. The hash\nis of the files a claim covers: `make check` says when they have changed since.\n\n",
    );
    if rows.is_empty() {
        return text + NOTHING;
    }
    text.push_str("| claim | rounds | result | seed | commit | date | hash |\n");
    text.push_str("|---|---|---|---|---|---|---|\n");
    for row in rows {
        let Row { claim, rounds, result, seed, commit, date, hash } = row;
        let line = format!("| {claim} | {rounds} | {result} | {seed} | {commit} | {date} | {hash} |\n");
        text.push_str(&line);
    }
    text
}

/// The first 16 digits of a SHA-256: enough to notice a change, short enough for a table.
pub fn hash(tree: &Tree, covers: &[&str]) -> anyhow::Result<String> {
    let mut digest = Sha256::new();
    for path in tree.files()? {
        let within = |cover: &&str| path == **cover || path.starts_with(&format!("{cover}/"));
        if path.starts_with("docs/") || !covers.iter().any(within) {
            continue;
        }
        let bytes = fs::read(tree.root().join(&path)).with_context(|| format!("read {path}"))?;
        digest.update(format!("{path}\0{}\0", bytes.len()));
        digest.update(bytes);
    }
    let mut text = String::new();
    for byte in &digest.finalize()[..8] {
        write!(text, "{byte:02x}").context("write into a string")?;
    }
    Ok(text)
}

const HOLDS: &str = "holds";

fn row(tree: &Tree, claim: &Claim, tally: &Tally) -> anyhow::Result<Row> {
    let join = |part: fn(&Rounds) -> &str| {
        let mut parts: Vec<&str> = tally.rounds.iter().map(part).collect();
        parts.dedup();
        if parts.is_empty() { "–".to_owned() } else { parts.join("; ") }
    };
    // A skipped test has shown nothing.
    let holds = tally.is_success() && tally.skipped == 0;
    Ok(Row {
        claim: claim.claim.to_owned(),
        rounds: join(|rounds| &rounds.what),
        result: if holds { HOLDS } else { "fails" }.to_owned(),
        seed: join(|rounds| &rounds.seed),
        commit: commit(tree),
        date: jiff::Timestamp::now().strftime("%Y-%m-%d").to_string(),
        hash: hash(tree, claim.covers)?,
    })
}

fn commit(tree: &Tree) -> String {
    let Some(commit) = tree.git(&["rev-parse", "--short=12", "HEAD"]) else { return "–".to_owned() };
    let changes = tree.git(&["status", "--porcelain", "--", ".", ":(exclude)docs"]).unwrap_or_default();
    format!("{}{}", commit.trim(), if changes.is_empty() { "" } else { "+" })
}

/// The rows of a page.
pub fn parse(page: &str) -> Vec<Row> {
    let lines = page.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| claim |"));
    let rows = lines.filter_map(|line| {
        let cells: Vec<String> =
            line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect();
        let [claim, rounds, result, seed, commit, date, hash] = cells.try_into().ok()?;
        Some(Row { claim, rounds, result, seed, commit, date, hash })
    });
    rows.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_reads_back() {
        let row = Row {
            claim: "It holds".into(),
            rounds: "kill rounds 100 of 100".into(),
            result: HOLDS.into(),
            seed: "7".into(),
            commit: "0123456789ab".into(),
            date: "2026-01-02".into(),
            hash: "0011223344556677".into(),
        };
        assert_eq!(parse(&page(std::slice::from_ref(&row))), [row]);
        assert!(parse(&empty()).is_empty());
        assert!(empty().ends_with(NOTHING));
    }
}
