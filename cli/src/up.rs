//! `sawlog up`: the demo fleet writes container logs, the agent's reader follows them, the screen shows it.
//!
//! The fleet and the reader meet only in the files, as container and agent do on a node.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::PathBuf,
    sync::mpsc::{Receiver, RecvTimeoutError, sync_channel},
    thread,
    time::{Duration, Instant},
};

use sawlog_agent::{
    assemble::Assembler,
    discover::{DiscoverError, RawFile, discover},
    parse,
    tail::{Tail, TailError},
};
use sawlog_fleet::{
    demo::{Play, Stage},
    kubelet::KubeletError,
};
use sawlog_record::{Record, Severity};

use crate::{flags::UpFlags, screen};

/// How long a line may wait before it is read.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// What keeps it from running.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "the messages are the documentation")]
pub enum UpError {
    #[error("{step} {}", path.display())]
    Folder { step: &'static str, path: PathBuf, source: io::Error },
    #[error("{} is not empty: name a new folder with --dir", .0.display())]
    NotEmpty(PathBuf),
    #[error("the demo fleet cannot write its logs")]
    Fleet(#[from] KubeletError),
    #[error("cannot see the container logs")]
    Discover(#[from] DiscoverError),
    #[error("cannot follow a container log")]
    Tail(#[from] TailError),
    /// As in `sawlog up | head`: who reads has seen enough, which is no failure.
    #[error("nobody reads any more")]
    NobodyReads,
    #[error("cannot print")]
    Print(#[source] io::Error),
}

/// How it runs, resolved from the flags.
#[derive(Debug)]
pub struct Options {
    seed: u64,
    lasts: Option<Duration>,
    level: Severity,
    root: PathBuf,
    /// Removed at the end; a folder that was asked for is left.
    temporary: Option<tempfile::TempDir>,
}

impl Options {
    /// Makes the folder, or refuses one with something in it.
    pub fn resolve(flags: UpFlags) -> Result<Self, UpError> {
        let UpFlags { seed, lasts, dir, level } = flags;
        let fail = |step, path: PathBuf| move |source| UpError::Folder { step, path, source };
        let temporary = match dir {
            Some(_) => None,
            None => Some(tempfile::tempdir().map_err(fail("make a folder below", std::env::temp_dir()))?),
        };
        let named = dir.or_else(|| temporary.as_ref().map(|made| made.path().join("pods")));
        let root = named.expect("because one of the two was made");
        fs::create_dir_all(&root).map_err(fail("create", root.clone()))?;
        if fs::read_dir(&root).map_err(fail("list", root.clone()))?.next().is_some() {
            return Err(UpError::NotEmpty(root));
        }
        Ok(Self { seed, lasts, level, root, temporary })
    }

    /// What is removed at the end.
    pub fn temporary(&self) -> Option<PathBuf> {
        self.temporary.as_ref().map(|folder| folder.path().to_owned())
    }

    /// Where the container logs lie.
    pub fn root(&self) -> &std::path::Path {
        &self.root
    }
}

/// Runs until its time is over, or until something arrives on `stop`.
///
/// Guarantees: every line that the fleet wrote before the end has been shown, and the fleet has ended.
/// Caveats: where the screen blocks for longer than files last (a pager), what is rotated twice or vanishes
/// meanwhile is not shown.
pub fn run(options: &Options, stop: &Receiver<()>, mut out: impl io::Write) -> Result<(), UpError> {
    let start = Instant::now();
    let start_ns = u64::try_from(jiff::Timestamp::now().as_nanosecond()).unwrap_or_default();
    let (end_fleet, fleet_ends) = sync_channel(1);
    thread::scope(|scope| {
        let stage = Stage::new(options.root.clone(), start_ns);
        let fleet = scope.spawn(move || play(options.seed, stage, start, &fleet_ends));
        let read = follow(options, stop, start, || fleet.is_finished(), &mut out);
        drop(end_fleet);
        let played = fleet.join().expect("because a panic of the fleet is a defect to be seen");
        let mut reader = read?;
        reader.turn(&mut out)?;
        played.map_err(UpError::from)
    })
}

/// Performs the acts of a seed at their times, until told to end.
fn play(seed: u64, mut stage: Stage, start: Instant, end: &Receiver<()>) -> Result<(), KubeletError> {
    for act in Play::new(seed) {
        let wait = act.at.saturating_sub(start.elapsed());
        if end.recv_timeout(wait) != Err(RecvTimeoutError::Timeout) {
            return Ok(());
        }
        stage.perform(act)?;
    }
    Ok(())
}

fn follow<'a>(
    options: &'a Options,
    stop: &Receiver<()>,
    start: Instant,
    fleet_failed: impl Fn() -> bool,
    out: &mut impl io::Write,
) -> Result<Reader<'a>, UpError> {
    let mut reader = Reader { options, known: BTreeSet::new(), followed: BTreeMap::new() };
    loop {
        reader.turn(out)?;
        let left = options.lasts.map(|lasts| lasts.saturating_sub(start.elapsed()));
        let over = left == Some(Duration::ZERO) || fleet_failed();
        let wait = left.map_or(LOOK_EVERY, |left| left.min(LOOK_EVERY));
        if over || stop.recv_timeout(wait) != Err(RecvTimeoutError::Timeout) {
            return Ok(reader);
        }
    }
}

struct Reader<'a> {
    options: &'a Options,
    known: BTreeSet<RawFile>,
    followed: BTreeMap<RawFile, (Tail, Assembler)>,
}

impl Reader<'_> {
    /// Reads what is new everywhere and shows it in order of time.
    fn turn(&mut self, out: &mut impl io::Write) -> Result<(), UpError> {
        let there = discover(&self.options.root)?;
        for file in there.difference(&self.known) {
            self.followed.insert(file.clone(), (Tail::of(&file.folder), Assembler::default()));
        }
        let mut records = Vec::new();
        for (file, (tail, assembler)) in &mut self.followed {
            let lines = tail.read()?.into_iter().filter_map(|line| assembler.take(line));
            records.extend(lines.map(|line| parse::parse(&line, file.resource())));
        }
        // What is gone was read to its end just now: its file stayed open.
        self.followed.retain(|file, _| there.contains(file));
        self.known = there;
        self.show(records, out)
    }

    fn show(&self, mut records: Vec<Record>, out: &mut impl io::Write) -> Result<(), UpError> {
        let wanted = |severity: Severity| severity == Severity::UNSPECIFIED || severity >= self.options.level;
        records.retain(|record| wanted(record.severity));
        records.sort_by_key(|record| record.time_ns);
        for record in &records {
            match out.write_all(screen::line(record).as_bytes()) {
                Err(gone) if gone.kind() == io::ErrorKind::BrokenPipe => return Err(UpError::NobodyReads),
                written => written.map_err(UpError::Print)?,
            }
        }
        match out.flush() {
            Err(gone) if gone.kind() == io::ErrorKind::BrokenPipe => Err(UpError::NobodyReads),
            flushed => flushed.map_err(UpError::Print),
        }
    }
}
