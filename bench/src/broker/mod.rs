//! The broker beside Apache Kafka: the same client, the same messages, the same settings, in turns.
//!
//! A round makes a topic of four partitions, produces a million messages of 207 bytes, compressed with LZ4 and
//! acknowledged by all copies, and reads them twice. What is read has to be what was sent, message by message,
//! otherwise there is no figure. Both brokers are processes of their own; their CPU time is what the operating
//! system says of them.

mod client;
mod contestant;

use std::{path::Path, time::Duration};

use anyhow::Context as _;
use sawlog_fleet::cut;

pub use self::contestant::serve;
use self::{client::Messages, contestant::Contestant};
use crate::{
    corpus::Size,
    harness::{
        cpu,
        figure::Figure,
        turns::{RUNS, Spread},
    },
    records::events,
    suite::Ask,
};

const BYTES: usize = 207;
const PARTITIONS: usize = 4;
const IDLE_PARTITIONS: usize = 1_000;

/// What a row of rounds cost one of the two.
#[derive(Default)]
struct Rounds {
    producing: Vec<Duration>,
    consuming: Vec<Duration>,
    cpu: Duration,
}

/// Measures both, and checks what they give back.
pub fn run(ask: &Ask, folder: &Path) -> anyhow::Result<Vec<Figure>> {
    let (count, stored) = match ask.which.size {
        Size::Small => (100_000, 256 << 20),
        Size::Full => (1_000_000, 10 << 30),
    };
    let lines: Vec<Vec<u8>> = events(ask.which).iter().map(|event| cut::json_line(event, BYTES)).collect();
    let messages = Messages::new(lines, count);
    let mut both = [Contestant::ours(&folder.join("ours"))?, Contestant::apache()?];
    let mut rounds = [Rounds::default(), Rounds::default()];
    for round in 0..=RUNS {
        for (contestant, rounds) in both.iter().zip(&mut rounds) {
            let name = format!("round-{round}");
            let before = cpu::of_tree(contestant.pid())?;
            client::make_topic(&contestant.bootstrap, &name, PARTITIONS)?;
            let producing = messages.produce(&contestant.bootstrap, &name)?;
            let first = messages.consume(&contestant.bootstrap, &name, PARTITIONS)?;
            let second = messages.consume(&contestant.bootstrap, &name, PARTITIONS)?;
            client::delete_topic(&contestant.bootstrap, &name)?;
            let cpu = cpu::of_tree(contestant.pid())?.saturating_sub(before);
            eprintln!(
                "  {name}, {}: sent in {producing:.2?}, read in {first:.2?} and {second:.2?}, {cpu:.2?} of CPU",
                contestant.name
            );
            if round > 0 {
                rounds.producing.push(producing);
                rounds.consuming.extend([first, second]);
                rounds.cpu += cpu;
            }
        }
    }
    let mut figures = Vec::new();
    for (contestant, rounds) in both.iter().zip(rounds) {
        figures.extend(told(contestant.name, rounds, count, ask));
    }
    for contestant in &mut both {
        figures.extend(at_rest(contestant, stored).with_context(|| contestant.name.to_owned())?);
    }
    Ok(figures)
}

fn told(name: &str, rounds: Rounds, count: usize, ask: &Ask) -> [Figure; 3] {
    let Rounds { producing, consuming, cpu } = rounds;
    let note = format!("{name}; {count} messages, seed {}", ask.which.seed);
    let wall = |metric: &str, runs: Vec<Duration>| {
        let spread = Spread::of(runs);
        let speed = |took: Duration| count as f64 / took.as_secs_f64();
        let range = format!("median, {:.0} to {:.0} k", speed(spread.max) / 1e3, speed(spread.min) / 1e3);
        Figure::new("broker", metric, speed(spread.median), "messages/s", format!("{note}; {range}"))
    };
    let millions = (count * RUNS) as f64 / 1e6;
    let seconds = cpu.as_secs_f64() / millions;
    let cpu = Figure::new(
        "broker",
        "broker_cpu_seconds_per_million",
        seconds,
        "s",
        format!("{note}; mean of {RUNS}"),
    );
    let produced = wall("produce_messages_per_second", producing);
    let consumed = wall("consume_messages_per_second", consuming);
    if name == contestant::OURS {
        [cpu.judged(0.8, 0.35), produced.judged(400e3, 800e3), consumed.judged(500e3, 900e3)]
    } else {
        [cpu, produced, consumed]
    }
}

/// What it takes with a thousand idle partitions, and how long it takes to start on what it has stored.
fn at_rest(contestant: &mut Contestant, stored: u64) -> anyhow::Result<[Figure; 2]> {
    client::make_topic(&contestant.bootstrap, "stored", PARTITIONS)?;
    client::fill(&contestant.bootstrap, "stored", PARTITIONS, stored)?;
    let mut starts = Vec::new();
    for _ in 0..RUNS {
        starts.push(contestant.start_again()?);
    }
    let held = client::count(&contestant.bootstrap, "stored", PARTITIONS)?;
    anyhow::ensure!(held * client::FILL as u64 >= stored, "{held} messages are there after a start");
    client::delete_topic(&contestant.bootstrap, "stored")?;
    contestant.start_again()?;
    client::make_topic(&contestant.bootstrap, "idle", IDLE_PARTITIONS)?;
    let resident = contestant.resident_mib()?;
    let (name, spread) = (contestant.name, Spread::of(starts));
    let gib = stored as f64 / f64::from(1 << 30);
    let note = format!("{name}; {gib} GiB; median, {:.2?} to {:.2?}", spread.min, spread.max);
    let start = Figure::new("broker", "start_10gib_seconds", spread.median.as_secs_f64(), "s", note);
    let memory = Figure::new("broker", "resident_mib_1000_partitions", resident, "MiB", name);
    Ok(if name == contestant::OURS {
        [memory.judged(60.0, 30.0), start.judged(1.0, 0.2)]
    } else {
        [memory, start]
    })
}
