//! `make test`: every member's tests, each member within its budget, counted.
//!
//! Builds once, then runs member by member, so that the time a member takes is its own. Goes on after a
//! failure: one run tells everything. The last line is always `N passed, N failed, N skipped`.

use std::{
    collections::BTreeSet,
    fs,
    path::PathBuf,
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};

use crate::{
    budget,
    command::{self, Ended},
    tally::{Tally, capabilities},
    tools,
    tree::Tree,
};

/// Where tests write down what they cannot do here; the name is `sawlog_e2e`'s.
const SKIPS: &str = "SAWLOG_SKIPS";
/// Names the owner of the test ground; the name is `sawlog_e2e`'s.
const GROUND_OWNER: &str = "SAWLOG_GROUND_OWNER";
/// Where the program `ground` is; the name is `sawlog_e2e`'s.
const GROUND_PROGRAM: &str = "SAWLOG_GROUND_PROGRAM";
/// Where the ground keeps what it is made of; the name is shared with `.ci/lib.sh`.
const CACHE: &str = "SAWLOG_CACHE";
const GROUND: &str = "e2e/src/ground/mod.rs";
const SETTINGS: &str = include_str!("../../.config/nextest.toml");

/// Runs everything; true when all is well.
pub fn run(tree: &Tree, arguments: &[String]) -> anyhow::Result<bool> {
    let began = Instant::now();
    let mut total = Tally::default();
    if let Err(error) = build(tree) {
        total.fail(format!("{error:#}"));
        return Ok(close(&total));
    }
    let mut table = vec![format!("{:<18}{:>13}{:>9}", "build", "", seconds(began.elapsed()))];
    let prepare_began = Instant::now();
    if let Err(error) = prepare_ground(tree) {
        total.fail(format!("{error:#}"));
    }
    table.push(format!("{:<18}{:>13}{:>9}", "ground", "", seconds(prepare_began.elapsed())));
    total += ignored(tree)?;
    for member in members(tree)? {
        let Some(limit) = budget::of(&member) else {
            total.fail(format!("{member} has no budget: add it to xtask/src/budget.rs"));
            continue;
        };
        let member_began = Instant::now();
        let tally = run_member(tree, &member, limit, arguments)?;
        let took = seconds(member_began.elapsed());
        if tally.tests() > 0 {
            let tests = format!("{} tests", tally.tests());
            table.push(format!("{member:<18}{tests:>13}{took:>9} of {}s", limit.as_secs()));
        }
        total += tally;
    }
    table.push(format!(
        "{:<18}{:>13}{:>9}",
        "all",
        format!("{} tests", total.tests()),
        seconds(began.elapsed())
    ));
    println!("\nwhere the time went:\n{}", table.join("\n"));
    Ok(close(&total))
}

/// Compiles every test.
pub fn build(tree: &Tree) -> anyhow::Result<()> {
    let mut build = nextest(tree)?;
    build.args(["run", "--workspace", "--no-run", "--cargo-profile", "ci", "--locked"]);
    match command::within(&mut build, None)? {
        Ended::ByItself(status) if status.success() => Ok(()),
        _ => bail!("the tests do not compile"),
    }
}

/// Fetches and builds what the test ground is made of, if the tree has one, so that no test waits for it.
pub fn prepare_ground(tree: &Tree) -> anyhow::Result<()> {
    if tree.read(GROUND).is_err() || ground(tree, &["prepare".to_owned()])? {
        return Ok(());
    }
    bail!("the test ground could not be prepared: see above")
}

/// Runs the program `ground`; whether it succeeded.
pub fn ground(tree: &Tree, arguments: &[String]) -> anyhow::Result<bool> {
    let mut program = Command::new(build_ground(tree)?);
    program.args(arguments).env(CACHE, tools::cache(tree.root())?);
    Ok(matches!(command::within(&mut program, None)?, Ended::ByItself(status) if status.success()))
}

/// Runs `sawlog-bench`, which starts peers with the program `ground`; whether it succeeded.
pub fn bench(tree: &Tree, arguments: &[String]) -> anyhow::Result<bool> {
    let ground = build_ground(tree)?;
    let mut bench = command::cargo(tree.root())?;
    bench.args(["run", "--locked", "--release", "-p", "sawlog-bench", "--"]).args(arguments);
    bench.env(GROUND_PROGRAM, ground).env(CACHE, tools::cache(tree.root())?);
    Ok(matches!(command::within(&mut bench, None)?, Ended::ByItself(status) if status.success()))
}

/// Builds the program `ground`; where it is.
fn build_ground(tree: &Tree) -> anyhow::Result<PathBuf> {
    let mut build = command::cargo(tree.root())?;
    // As the tests build it: for one member alone dependencies would have other features, and compile again.
    build.args(["build", "--quiet", "--locked", "--profile", "ci", "--workspace", "--bins"]);
    match command::within(&mut build, None)? {
        Ended::ByItself(status) if status.success() => {}
        _ => bail!("the test ground does not compile"),
    }
    Ok(command::program_folder(tree.root())?.join("ground"))
}

/// Nextest in the tree; the next argument is its own subcommand.
pub fn nextest(tree: &Tree) -> anyhow::Result<Command> {
    let mut nextest = Command::new(tools::path("cargo-nextest", tree.root())?);
    nextest.arg("nextest");
    // All members' tests share the servers of one ground, which ends with this process.
    nextest.env(GROUND_OWNER, std::process::id().to_string()).env(CACHE, tools::cache(tree.root())?);
    // Its servers are on loopback, wherever the machine sends the rest.
    nextest.env("NO_PROXY", "127.0.0.1,localhost");
    command::with_settings(nextest, tree.root())
}

/// Runs one nextest command and counts; a command over its limit is a failure of `what`.
pub fn count(
    tree: &Tree,
    profile: &str,
    what: &str,
    nextest: &mut Command,
    limit: Option<Duration>,
) -> anyhow::Result<Tally> {
    let folder = tempfile::tempdir().context("make a folder for what the tests write")?;
    let (skips, store) = (folder.path().join("skips"), folder.path().join("store"));
    // Nextest would write below the checkout, which may be read-only and shared by two runs.
    let settings = folder.path().join("nextest.toml");
    fs::write(&settings, format!("[store]\ndir = '{}'\n{SETTINGS}", store.display()))
        .context("write the settings")?;
    nextest.env(SKIPS, &skips).arg("--config-file").arg(&settings).args(["--profile", profile]);
    let ended = command::within(nextest, limit)?;

    let listed =
        tree.read("e2e/cannot-run-here").map_or_else(|_| BTreeSet::new(), |list| capabilities(&list));
    let mut tally = match fs::read_to_string(store.join(profile).join("junit.xml")) {
        Ok(text) => Tally::of(&text, &fs::read_to_string(&skips).unwrap_or_default(), &listed)?,
        Err(_) => Tally::default(), // nothing ran
    };
    match ended {
        Ended::OverLimit => tally.fail(over_budget(what, limit.unwrap_or_default())),
        Ended::ByItself(status) if !status.success() && tally.failed == 0 => {
            tally.fail(format!("the tests of {what} could not run: nextest ended with {status}"));
        }
        Ended::ByItself(_) => {}
    }
    Ok(tally)
}

/// The sentence for a crate that took too long.
pub fn over_budget(what: &str, limit: Duration) -> String {
    format!(
        "{what} is over its budget of {}s and was ended: make its tests faster, or change xtask/src/budget.rs",
        limit.as_secs()
    )
}

/// The members of the workspace, in its own order of names.
pub fn members(tree: &Tree) -> anyhow::Result<BTreeSet<String>> {
    let mut list = command::cargo(tree.root())?;
    list.args([
        "tree",
        "--quiet",
        "--workspace",
        "--depth",
        "0",
        "--prefix",
        "none",
        "--locked",
        "--offline",
    ]);
    let output = list.output().context("start cargo")?;
    if !output.status.success() {
        bail!("cargo tree fails: {}", String::from_utf8_lossy(&output.stderr));
    }
    let text = String::from_utf8(output.stdout).context("cargo tree is not text")?;
    Ok(text.lines().filter_map(|line| line.split_whitespace().next()).map(String::from).collect())
}

fn run_member(tree: &Tree, member: &str, limit: Duration, arguments: &[String]) -> anyhow::Result<Tally> {
    let mut run = nextest(tree)?;
    run.args([
        "run",
        "--workspace",
        "--cargo-profile",
        "ci",
        "--locked",
        "--no-fail-fast",
        "--no-tests=pass",
    ]);
    run.args(["-E", &format!("package(={member})")]).args(arguments);
    count(tree, "default", member, &mut run, Some(limit))
}

/// `#[ignore]` hides a test; here it is a failure.
fn ignored(tree: &Tree) -> anyhow::Result<Tally> {
    let mut list = nextest(tree)?;
    list.args(["list", "--workspace", "--cargo-profile", "ci", "--locked", "--cargo-quiet"]);
    list.args(["--run-ignored", "only", "--message-format", "oneline"]);
    let output = list.output().context("start nextest")?;
    if !output.status.success() {
        bail!("the tests cannot be listed: {}", String::from_utf8_lossy(&output.stderr));
    }
    let mut tally = Tally::default();
    for test in String::from_utf8_lossy(&output.stdout).lines() {
        tally.fail(format!("{test} is ignored: make it run, or remove it"));
    }
    Ok(tally)
}

fn close(total: &Tally) -> bool {
    for rounds in &total.rounds {
        println!("{rounds}");
    }
    for note in &total.notes {
        println!("{note}");
    }
    if total.tests() == 0 {
        println!("no test ran");
    }
    println!("{total}");
    total.is_success()
}

fn seconds(time: Duration) -> String {
    format!("{:.1}s", time.as_secs_f64())
}
