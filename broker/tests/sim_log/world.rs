//! One log on one simulated disk, what is done to it, and what it says.

#[path = "deeds.rs"]
mod deeds;

use std::{path::Path, path::PathBuf, sync::Arc, time::Duration};

use sawlog_broker::{
    batch::Batch,
    disk::{
        Disk as _,
        sim::{Chance, SimDisk},
    },
    log::{Log, LogError, LogOptions, Recovery},
};

use crate::{model::Model, producer::Producer};

const FOLDER: &str = "/data/topic-0";
const HOUR: i64 = 3_600_000;
const YEAR: i64 = 365 * 24 * HOUR;

/// How often what happened; a test that looks away from one of them shows nothing.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Counts {
    appends: u32,
    repeats: u32,
    refused: u32,
    syncs: u32,
    reads: u32,
    removals: u32,
    rolls: usize,
    kills: u32,
    losses: u32,
    opens: u32,
    cuts: u32,
    faults: u32,
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.appends += other.appends;
        self.repeats += other.repeats;
        self.refused += other.refused;
        self.syncs += other.syncs;
        self.reads += other.reads;
        self.removals += other.removals;
        self.rolls += other.rolls;
        self.kills += other.kills;
        self.losses += other.losses;
        self.opens += other.opens;
        self.cuts += other.cuts;
        self.faults += other.faults;
    }
}

impl Counts {
    pub(crate) fn assert_nothing_was_left_out(&self) {
        let Self { appends, repeats, refused, syncs, reads, removals, .. } = *self;
        let Self { kills, losses, opens, cuts, faults, rolls, .. } = *self;
        let all = [appends, repeats, refused, syncs, reads, removals, kills, losses, opens, cuts, faults];
        assert!(all.iter().all(|count| *count > 0) && rolls > 0, "{self:?}");
    }
}

pub(crate) struct World {
    seed: u64,
    chance: Chance,
    disk: SimDisk,
    log: Option<Log>,
    model: Model,
    producers: Vec<Producer>,
    options: LogOptions,
    /// The longest value of a record.
    longest: usize,
    now: i64,
    /// Faults that had struck when the log was opened.
    struck_at_open: u64,
    is_limited: bool,
    /// Nothing fails any more.
    is_finishing: bool,
    counts: Counts,
    /// What was done, newest last.
    trail: Vec<String>,
}

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        let mut chance = Chance::new(seed);
        let disk = SimDisk::new(chance.number());
        // The folder above belongs to whoever keeps logs.
        disk.create_folder(Path::new("/data")).unwrap();
        disk.sync_folder(Path::new("/")).unwrap();
        let is_large = chance.one_in(10);
        let options = LogOptions {
            segment_bytes: if is_large { 150_000 } else { 200 + chance.below(3000) },
            segment_age: Duration::from_hours(1 + chance.below(100)),
            reserve_bytes: 0,
        };
        let mut world = Self {
            seed,
            chance,
            disk,
            log: None,
            model: Model::default(),
            producers: (0..3).map(|id| Producer::new(id * 7)).collect(),
            options,
            longest: if is_large { 30_000 } else { 200 },
            now: 50 * YEAR,
            struck_at_open: 0,
            is_limited: false,
            is_finishing: false,
            counts: Counts::default(),
            trail: Vec::new(),
        };
        world.open();
        world
    }

    pub(crate) fn step(&mut self) {
        match self.chance.below(100) {
            0..38 => self.append_of_somebody(),
            38..42 => self.append_unnumbered(),
            42..48 => self.send_again(),
            48..51 => self.send_what_does_not_fit(),
            51..65 => self.sync(),
            65..78 => self.read(),
            78..81 => self.find(),
            81..84 => self.remove(),
            84..86 => self.jump(),
            86..88 => self.change_options(),
            88..90 => self.close(),
            90..92 => self.crash(),
            92..93 => self.reopen_in_place(),
            93..97 => self.plan_fault(),
            97..98 => self.plan_end(),
            98..99 => self.limit(),
            _ => self.heal(),
        }
        self.look();
    }

    /// Lets everything be acknowledged at last, and loses power once more.
    pub(crate) fn finish(mut self) -> Counts {
        self.heal();
        self.is_finishing = true;
        self.crash();
        while self.producers.iter().any(|producer| !producer.is_idle()) {
            for number in 0..self.producers.len() {
                while let Some(batch) = self.producers[number].due() {
                    self.append(batch, Some(number));
                }
            }
            self.sync();
            self.look();
        }
        let end = self.model.end;
        self.disk = self.disk.lose_power();
        self.open();
        assert_eq!(self.model.end, end);
        self.counts.faults = u32::try_from(self.disk.struck()).unwrap();
        self.counts
    }

    fn note(&mut self, what: impl Into<String>) {
        self.trail.push(what.into());
    }

    fn log(&self) -> &Log {
        self.log.as_ref().expect("because it is open between steps")
    }

    /// An error is right only when something was made to fail.
    fn excuse(&mut self, what: &str, error: &LogError, struck: u64) {
        self.note(format!("{what}: {error:?}"));
        let is_excused = match error {
            LogError::Disk { .. } => {
                self.disk.struck() > struck || self.is_limited || !self.disk.is_running()
            }
            LogError::Full { .. } => self.is_limited,
            LogError::Failed { .. } => self.disk.struck() > self.struck_at_open || !self.disk.is_running(),
            _ => false,
        };
        assert!(is_excused, "{what}: {error}");
        if matches!(error, LogError::Failed { .. }) {
            self.reopen_in_place();
        }
    }

    // How it ends, and begins again.

    fn close(&mut self) {
        let struck = self.disk.struck();
        match self.log().close() {
            Ok(()) => {
                self.note("closed");
                self.model.synced = self.model.end;
                self.open();
            }
            Err(error) => self.excuse("close", &error, struck),
        }
    }

    fn reopen_in_place(&mut self) {
        if self.disk.is_running() {
            self.note("is dropped");
            self.remember();
            self.open();
        }
    }

    fn crash(&mut self) {
        self.remember();
        if self.chance.one_in(2) {
            self.note("power is lost");
            self.disk = self.disk.lose_power();
            self.counts.losses += 1;
        } else {
            self.note("is killed");
            self.disk = self.disk.kill_process();
            if self.chance.one_in(2) {
                self.disk.drop_caches();
            }
            self.counts.kills += 1;
        }
        if !self.is_finishing && self.chance.one_in(4) {
            self.plan_end();
        }
        self.open();
    }

    /// What is synced when the log ends.
    fn remember(&mut self) {
        if let Some(log) = self.log.take() {
            self.model.synced = self.model.synced.max(log.synced());
            self.model.start = self.model.start.max(log.start());
        }
    }

    // Opening, and what has to be there then.

    fn open(&mut self) {
        self.log = None;
        for attempt in 0.. {
            assert!(attempt < 5, "it cannot be opened");
            if !self.disk.is_running() {
                return self.crash();
            }
            let (struck, lengths) = (self.disk.struck(), self.lengths());
            let disk = Arc::new(self.disk.clone());
            match Log::open(disk, Path::new(FOLDER), self.options, self.now) {
                Ok((log, recovery)) => {
                    self.note(format!("opened: {recovery:?}"));
                    self.log = Some(log);
                    self.check_cut(&recovery, &lengths);
                    break;
                }
                Err(error) => {
                    self.excuse("open", &error, struck);
                    self.heal();
                }
            }
        }
        self.counts.opens += 1;
        self.struck_at_open = self.disk.struck();
        self.check_all();
    }

    /// Every file of batches and its length.
    fn lengths(&self) -> Vec<(PathBuf, u64)> {
        let is_log = |path: &PathBuf| path.extension().is_some_and(|kind| kind == "log");
        let files = self.disk.files().into_iter().filter(is_log);
        files.map(|path| (path.clone(), self.disk.look(&path).unwrap().len() as u64)).collect()
    }

    /// What was cut off is what recovery says, and nothing that was synced.
    fn check_cut(&mut self, recovery: &Recovery, before: &[(PathBuf, u64)]) {
        let after = self.lengths();
        let mut cut = None;
        for (path, length) in before {
            let Some((_, left)) = after.iter().find(|(there, _)| there == path) else { continue };
            assert!(left <= length, "{} grew", path.display());
            if left < length {
                assert_eq!(cut.replace((path, *left, length - left)), None, "two files were cut");
            }
        }
        let said = recovery.cut.as_ref().map(|cut| (&cut.path, cut.position, cut.bytes));
        assert_eq!(said, cut, "{recovery:?}");
        assert_eq!(recovery.cut.as_ref().map_or(0, |cut| cut.lost), 0, "{recovery:?}");
        self.counts.cuts += u32::from(cut.is_some());
        let total: u64 = after.iter().map(|(_, length)| length).sum();
        assert_eq!(self.log().bytes(), total, "files that belong to nothing: {after:?}");
    }

    fn check_all(&mut self) {
        let (start, synced, end) = (self.log().start(), self.log().synced(), self.log().end());
        assert_eq!(synced, end, "all that is there after an open can be read");
        let (mut all, mut next) = (Vec::new(), start);
        while next < end {
            let most = self.chance.index(4 * self.longest);
            let struck = self.disk.struck();
            match self.log().read(next, most) {
                Ok(part) => {
                    all.extend_from_slice(&part.bytes);
                    let mut left = &part.bytes[..];
                    while !left.is_empty() {
                        let batch = Batch::parse(left).unwrap_or_else(|error| panic!("at {next}: {error}"));
                        next = batch.fields().next_offset();
                        left = &left[batch.bytes().len()..];
                    }
                }
                Err(_) if !self.disk.is_running() => {
                    self.log = None;
                    return self.crash();
                }
                Err(error) => {
                    self.excuse("read all", &error, struck);
                    self.heal();
                }
            }
        }
        assert_eq!(next, end);
        self.model.reopen(start, &all);
        for producer in &mut self.producers {
            producer.starts_over();
        }
    }

    /// What can be said of it at any time.
    fn look(&mut self) {
        if !self.disk.is_running() {
            return self.crash();
        }
        let (start, synced, end) = (self.log().start(), self.log().synced(), self.log().end());
        assert_eq!(end, self.model.end, "the end");
        assert!(synced >= self.model.synced && synced <= end, "synced");
        assert!(start >= self.model.start && start <= synced, "the start");
        (self.model.start, self.model.synced) = (start, synced);
        let Self { model, producers, .. } = self;
        for producer in producers {
            producer.acknowledge(|batch| model.is_acknowledged(batch));
        }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let from = self.trail.len().saturating_sub(40);
            eprintln!("seed {}:\n  {}", self.seed, self.trail[from..].join("\n  "));
        }
    }
}
