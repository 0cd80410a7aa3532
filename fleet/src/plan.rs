//! The plan of a thousand records: exact shares in a random order.
//!
//! A corpus is a row of blocks, each planned and filled from (seed, number of the block, how many there
//! are) alone: that makes
//! it the same whoever makes it, and every planted share exact in every block and so in the whole.

use crate::{
    dice::Dice,
    event::Event,
    systems::{Level, Plant, System, Template},
    topology::{PODS_PER_SERVICE, Pod},
};

/// Records in a block.
pub const BLOCK: usize = 1000;
/// Nanoseconds of the day that a corpus covers, 2 March 2026.
pub const DAY_START_NS: u64 = 1_772_409_600 * 1_000_000_000;
const DAY_NS: u64 = 86_400 * 1_000_000_000;

/// Shares of the levels, in a block.
const LEVELS: [(Level, usize); 4] =
    [(Level::Error, 70), (Level::Warn, 90), (Level::Debug, 140), (Level::Info, 700)];
/// Planted words, in a block.
pub const PLANTS: [(Plant, usize); 6] = [
    (Plant::Timeout, 4),
    (Plant::Phrase, 30),
    (Plant::Connect, 50),
    (Plant::FailedPassword, 5),
    (Plant::RegexScan, 1),
    (Plant::Declined, 3),
];
/// Errors of payments without the word `declined`, in a block.
pub const PAYMENT_ERRORS: usize = 5;
/// Records of the one pod that the benchmark asks for, in a block.
pub const ASKED_POD_RECORDS: usize = 3;
/// The pod that the benchmark asks for.
pub const ASKED_POD: Pod = Pod { system: System::Gateway, number: 0 };
/// Records with a trace id, in a block: three of each trace.
pub const TRACED: usize = 300;
/// Records of one trace.
pub const RECORDS_PER_TRACE: usize = 3;
/// Records with a duration, in a block.
pub const TIMED: usize = 250;
/// Of those, the ones that took 500 to 1,500 ms.
pub const TIMED_IN_RANGE: usize = 14;
/// One block in so many has a record of 20 to 50 kB: 0.02 % of all.
const BLOCKS_PER_LONG: u64 = 5;
/// Every so many-th record has the time of the one before it.
const SAME_TIME_EVERY: usize = 64;

/// What one record will be.
#[derive(Debug, Clone)]
pub struct Slot {
    /// Who says it.
    pub pod: Pod,
    /// Which of the system's templates.
    pub template: usize,
    /// As part of which trace.
    pub trace: Option<u128>,
    /// How long it took.
    pub duration_ms: Option<u32>,
    /// Whether something long is dumped into it.
    pub long: bool,
}

impl Slot {
    fn new(system: System, template: usize) -> Self {
        Self { pod: Pod { system, number: 0 }, template, trace: None, duration_ms: None, long: false }
    }

    fn template(&self) -> &'static Template {
        &self.pod.system.templates()[self.template]
    }

    /// How bad it is.
    pub fn level(&self) -> Level {
        self.template().level
    }
}

/// The records of one block of a corpus of `blocks`, in order of time.
pub fn block(seed: u64, number: u64, blocks: u64) -> Vec<Event> {
    let mut dice = Dice::new(seed, number);
    let mut slots = levelled(&mut dice);
    dice.shuffle(&mut slots);
    place(&mut slots, &mut dice);
    time(&mut slots, &mut dice);
    if number.is_multiple_of(BLOCKS_PER_LONG) {
        let plain = slots.iter_mut().find(|slot| slot.template().plant.is_none());
        plain.expect("because most of a block is unplanted").long = true;
    }
    trace(&mut slots, &mut dice);
    let times = times(number, blocks, &mut dice);
    slots.iter().zip(times).map(|(slot, time_ns)| Event::of(slot, time_ns, &mut dice)).collect()
}

/// Systems and templates, planted ones first, then what is missing to each level.
fn levelled(dice: &mut Dice) -> Vec<Slot> {
    let mut slots = Vec::with_capacity(BLOCK);
    for (plant, count) in PLANTS {
        let choices = planted(plant);
        slots.extend((0..count).map(|_| weighted(&choices, dice)));
    }
    let payments = plain(Level::Error, |system| system == System::Payments);
    slots.extend((0..PAYMENT_ERRORS).map(|_| weighted(&payments, dice)));
    for (level, share) in LEVELS {
        let others = plain(level, |system| level != Level::Error || system != System::Payments);
        let missing = share - slots.iter().filter(|slot| slot.level() == level).count();
        slots.extend((0..missing).map(|_| weighted(&others, dice)));
    }
    slots
}

type Choices = Vec<(u64, Slot)>;

/// Templates planted for one question; never further errors of payments, whose number is fixed.
fn planted(plant: Plant) -> Choices {
    choices(|system, template| {
        let counted =
            (system, template.level) == (System::Payments, Level::Error) && plant != Plant::Declined;
        (template.plant == Some(plant) && !counted).then_some(u64::from(template.weight))
    })
}

/// Unplanted templates of a level, each system with its weight.
fn plain(level: Level, of: impl Fn(System) -> bool) -> Choices {
    let fits = |template: &Template| template.level == level && template.plant.is_none();
    choices(|system, template| {
        let sum: u64 = system.templates().iter().filter(|t| fits(t)).map(|t| u64::from(t.weight)).sum();
        (of(system) && fits(template))
            .then(|| u64::from(system.weight()) * 10_000 * u64::from(template.weight) / sum)
    })
}

/// Templates with running sums of their weights.
fn choices(weight: impl Fn(System, &Template) -> Option<u64>) -> Choices {
    let mut sum = 0;
    let mut list = Vec::new();
    for system in System::ALL {
        for (place, template) in system.templates().iter().enumerate() {
            if let Some(weight) = weight(system, template) {
                sum += weight;
                list.push((sum, Slot::new(system, place)));
            }
        }
    }
    list
}

fn weighted(choices: &Choices, dice: &mut Dice) -> Slot {
    let (sum, _) = choices.last().expect("because a test counts the templates of each kind");
    let drawn = dice.below(*sum);
    choices[choices.partition_point(|(upto, _)| *upto <= drawn)].1.clone()
}

/// Pods: the one that is asked for gets its exact share of its service.
fn place(slots: &mut [Slot], dice: &mut Dice) {
    let mut asked = ASKED_POD_RECORDS;
    for slot in slots {
        if slot.pod.system == ASKED_POD.system && asked > 0 {
            asked -= 1;
            slot.pod = ASKED_POD;
        } else {
            let pods = u64::from(PODS_PER_SERVICE);
            let first = u64::from(slot.pod.system == ASKED_POD.system);
            slot.pod.number = (first + dice.rank(6).min(pods - 1 - first)) as u16;
        }
    }
    assert_eq!(asked, 0, "a block has too few records of {:?}", ASKED_POD.system);
}

/// Durations: an exact share of the records, an exact share of those in the range that is asked for.
fn time(slots: &mut [Slot], dice: &mut Dice) {
    let mut able: Vec<usize> = (0..slots.len()).filter(|&place| slots[place].pod.system.spans()).collect();
    dice.shuffle(&mut able);
    for (nth, place) in able.into_iter().take(TIMED).enumerate() {
        let ms = match nth {
            _ if nth < TIMED_IN_RANGE => 500 + dice.below(1001),
            _ if nth % 20 == 0 => 1501 + dice.rank(13),
            _ => 1 + dice.rank(9).min(498),
        };
        slots[place].duration_ms = Some(ms as u32);
    }
}

/// Traces: three records each that are near in time.
fn trace(slots: &mut [Slot], dice: &mut Dice) {
    let mut able: Vec<usize> = (0..slots.len()).filter(|&place| slots[place].pod.system.spans()).collect();
    let spare = able.len() - TRACED;
    for _ in 0..spare {
        able.remove(dice.below(able.len() as u64) as usize);
    }
    for places in able.chunks(RECORDS_PER_TRACE) {
        let trace = u128::from(dice.bits()) << 64 | u128::from(dice.bits());
        for &place in places {
            slots[place].trace = Some(trace);
        }
    }
}

/// Rising times within the block's part of the day, in whole microseconds, some of them equal.
fn times(number: u64, blocks: u64, dice: &mut Dice) -> Vec<u64> {
    let span_us = DAY_NS / 1000 / blocks;
    let mut times: Vec<u64> = (0..BLOCK).map(|_| dice.below(span_us)).collect();
    times.sort_unstable();
    for place in (SAME_TIME_EVERY..BLOCK).step_by(SAME_TIME_EVERY) {
        times[place] = times[place - 1];
    }
    times.into_iter().map(|us| DAY_START_NS + (number * span_us + us) * 1000).collect()
}
