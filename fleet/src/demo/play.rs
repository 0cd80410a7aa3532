//! What happens when, as a function of the seed alone.

use std::time::Duration;

use super::{
    cast::{CAST, JOB_EVERY, JOB_FILES_STAY, JOB_LASTS, Part, Role},
    secrets::SECRETS,
};
use crate::{
    dice::Dice,
    event::{self, Event},
    stack,
    systems::{Lang, Level, System},
};

/// When the incident lasts.
pub const INCIDENT: std::ops::Range<Duration> = Duration::from_secs(60)..Duration::from_secs(120);

/// One in so many lines of a careless container holds a secret.
const SLIPS: u64 = 10;
/// One in so many lines of payments holds a whole basket, longer than a container runtime's line.
const BASKETS: u64 = 150;

/// Something happens.
#[derive(Debug, Clone)]
pub struct Act {
    /// When, since the start.
    pub at: Duration,
    /// Who of the cast.
    pub part: usize,
    /// Which of its runs; only jobs have several.
    pub run: u64,
    /// What.
    pub what: What,
}

/// What a container does.
#[derive(Debug, Clone)]
pub enum What {
    /// Comes to life.
    Start,
    /// Prints; the event's time is that of the act, since the start.
    Say(Event),
    /// Ends; its files stay for a while.
    End,
    /// Its files are removed.
    Vanish,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    Start,
    Say,
    End,
    Vanish,
}

#[derive(Debug)]
struct Actor {
    dice: Dice,
    next: (Duration, Next),
    run: u64,
}

/// The acts, in order of time, without end.
#[derive(Debug)]
pub struct Play {
    actors: Vec<Actor>,
    slips: usize,
}

impl Play {
    /// The play of a seed.
    pub fn new(seed: u64) -> Self {
        let actor = |part| {
            let mut dice = Dice::new(seed, part);
            let enter = Duration::from_millis(dice.below(400));
            Actor { dice, next: (enter, Next::Start), run: 0 }
        };
        Self { actors: (0..CAST.len() as u64).map(actor).collect(), slips: 0 }
    }
}

impl Iterator for Play {
    type Item = Act;

    fn next(&mut self) -> Option<Act> {
        let part = (0..CAST.len()).min_by_key(|&part| self.actors[part].next.0)?;
        let actor = &mut self.actors[part];
        let ((at, next), run) = (actor.next, actor.run);
        actor.next = actor.after(part, at, next);
        let what = match next {
            Next::Start => What::Start,
            Next::End => What::End,
            Next::Vanish => What::Vanish,
            Next::Say => What::Say(say(part, run, at, &mut actor.dice, &mut self.slips)),
        };
        Some(Act { at, part, run, what })
    }
}

impl Actor {
    fn after(&mut self, part: usize, at: Duration, done: Next) -> (Duration, Next) {
        let Part { pace_ms, role, .. } = CAST[part];
        let pause = Duration::from_millis(pace_ms / 2 + self.dice.below(pace_ms));
        let job_began = JOB_EVERY * self.run as u32;
        match done {
            Next::Start | Next::Say if role == Role::Job && at + pause >= job_began + JOB_LASTS => {
                (job_began + JOB_LASTS, Next::End)
            }
            Next::Start | Next::Say => (at + pause, Next::Say),
            Next::End => (at + JOB_FILES_STAY, Next::Vanish),
            Next::Vanish => {
                self.run += 1;
                (job_began + JOB_EVERY, Next::Start)
            }
        }
    }
}

fn say(part: usize, run: u64, at: Duration, dice: &mut Dice, slips: &mut usize) -> Event {
    let cast = &CAST[part];
    let (level, message) = words(cast, at, dice, slips);
    let traced = cast.system.spans() && dice.below(3) == 0;
    Event {
        time_ns: at.as_nanos() as u64,
        pod: cast.pod(run),
        level,
        message,
        trace: traced.then(|| u128::from(dice.bits()) << 64 | u128::from(dice.bits())),
        span: traced.then(|| dice.bits()),
        duration_ms: (traced && dice.below(2) == 0).then(|| 1 + dice.rank(9) as u32),
    }
}

fn words(cast: &Part, at: Duration, dice: &mut Dice, slips: &mut usize) -> (Level, String) {
    let at_ns = at.as_nanos() as u64;
    if INCIDENT.contains(&at)
        && let Some(trouble) = trouble(cast.system, dice)
    {
        return (Level::Error, trouble);
    }
    if cast.careless && dice.below(SLIPS) == 0 {
        let (_, line, _) = SECRETS[*slips % SECRETS.len()];
        *slips += 1;
        return (Level::Info, line.to_owned());
    }
    let level = match dice.below(100) {
        _ if cast.role == Role::Noisy => Level::Debug,
        0..2 => Level::Error,
        2..8 => Level::Warn,
        8..20 => Level::Debug,
        _ => Level::Info,
    };
    let templates = cast.system.templates();
    let fitting: Vec<usize> = (0..templates.len()).filter(|&place| templates[place].level == level).collect();
    let mut message = event::say(cast.system, *dice.pick(&fitting), at_ns, dice);
    if cast.system == System::Payments && level == Level::Info && dice.below(BASKETS) == 0 {
        event::append_dump(dice, &mut message);
    }
    (level, message)
}

/// The database's pool runs dry: who waits for it fails, who waits for those fails too.
fn trouble(system: System, dice: &mut Dice) -> Option<String> {
    let (percent, text, lang) = match system {
        System::OrdersDb => (60, "sorry, too many clients already: 100 of 100 slots in use", None),
        System::Checkout => {
            (70, "pool primary exhausted: 0 of 20 free, 48 waiting for 30000 ms", Some(Lang::Java))
        }
        System::Payments => (40, "cannot book payment: orders-db did not answer within 30000 ms", None),
        System::Gateway => (30, "upstream checkout answered 503 after 30001 ms", None),
        System::Recommend => (20, "no basket for ranking: checkout answered 503", Some(Lang::Python)),
        _ => return None,
    };
    (dice.below(100) < percent).then(|| {
        let mut text = text.to_owned();
        if let Some(lang) = lang {
            stack::append(lang, dice, &mut text);
        }
        text
    })
}
