//! Groups of librdkafka's consumers: who reads what, while they come and go.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use rdkafka::{
    ClientContext, Message as _,
    consumer::{BaseConsumer, CommitMode, Consumer as _, ConsumerContext, Rebalance, RebalanceProtocol},
};
use sawlog_e2e::wait;

use crate::{
    clients::{line, send_lines},
    member::{committed, new_group},
    served::Served,
    wire::PATIENCE,
};

/// Counts what a consumer is given and what is taken from it.
#[derive(Debug, Clone, Default)]
struct Watch {
    given: Arc<AtomicUsize>,
    taken: Arc<AtomicUsize>,
}

impl ClientContext for Watch {}

impl ConsumerContext for Watch {
    fn post_rebalance(&self, _: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        match rebalance {
            Rebalance::Assign(list) => self.given.fetch_add(list.count(), Ordering::SeqCst),
            Rebalance::Revoke(list) => self.taken.fetch_add(list.count(), Ordering::SeqCst),
            Rebalance::Error(error) => panic!("{error}"),
        };
    }
}

/// A consumer of a group and all it has read.
struct Reader {
    consumer: BaseConsumer<Watch>,
    watch: Watch,
    read: Vec<(i32, i64, String)>,
}

impl Reader {
    fn new(kafka: &Served, group: &str, topic: &str, settings: &[(&str, &str)]) -> Self {
        let mut config = kafka.config();
        config
            .set("group.id", group)
            .set("auto.offset.reset", "earliest")
            .set("heartbeat.interval.ms", "200");
        config.set("enable.auto.commit", "false");
        for (key, value) in settings {
            config.set(*key, *value);
        }
        let watch = Watch::default();
        let consumer: BaseConsumer<Watch> = config.create_with_context(watch.clone()).unwrap();
        consumer.subscribe(&[topic]).unwrap();
        Self { consumer, watch, read: Vec::new() }
    }

    /// Reads what is there; commits it if asked to.
    fn turn(&mut self, commits: bool) {
        let before = self.read.len();
        while let Some(message) = self.consumer.poll(Duration::from_millis(5)) {
            let message = message.unwrap();
            let text = String::from_utf8(message.payload().unwrap().to_vec()).unwrap();
            self.read.push((message.partition(), message.offset(), text));
        }
        if commits && self.read.len() > before {
            // In the middle of a rebalance it is refused, and whoever gets the partition reads it again.
            let _read_again = self.consumer.commit_consumer_state(CommitMode::Sync);
        }
    }

    fn partitions(&self) -> BTreeSet<i32> {
        let list = self.consumer.assignment().unwrap();
        list.elements().iter().map(rdkafka::topic_partition_list::TopicPartitionListElem::partition).collect()
    }

    fn taken(&self) -> usize {
        self.watch.taken.load(Ordering::SeqCst)
    }
}

/// Lets all of them read until each has as many partitions as wanted, and all are somebody's.
fn await_shares(readers: &mut [&mut Reader], wanted: &[usize]) {
    let what = format!("shares of {wanted:?}");
    wait::until_true(&what, PATIENCE, || {
        for reader in readers.iter_mut() {
            reader.turn(false);
        }
        let shares: Vec<BTreeSet<i32>> = readers.iter().map(|reader| reader.partitions()).collect();
        let all: BTreeSet<i32> = shares.iter().flatten().copied().collect();
        shares.iter().map(BTreeSet::len).eq(wanted.iter().copied())
            && all.len() == wanted.iter().sum::<usize>()
    })
    .unwrap();
}

fn comes_and_goes(kafka: &Served, strategy: &str) -> (Reader, Reader) {
    let (group, topic) = (new_group(kafka), kafka.topic(4));
    let settings = [("partition.assignment.strategy", strategy)];
    let mut first = Reader::new(kafka, &group, &topic, &settings);
    await_shares(&mut [&mut first], &[4]);
    let mut second = Reader::new(kafka, &group, &topic, &settings);
    await_shares(&mut [&mut first, &mut second], &[2, 2]);
    let third = Reader::new(kafka, &group, &topic, &settings);
    let mut third = Some(third);
    await_shares_of_three(&mut first, &mut second, third.as_mut().unwrap());
    drop(third.take());
    await_shares(&mut [&mut first, &mut second], &[2, 2]);
    (first, second)
}

fn await_shares_of_three(first: &mut Reader, second: &mut Reader, third: &mut Reader) {
    wait::until_true("shares of three", PATIENCE, || {
        let mut counts: Vec<usize> = [&mut *first, &mut *second, &mut *third]
            .into_iter()
            .map(|reader| {
                reader.turn(false);
                reader.partitions().len()
            })
            .collect();
        counts.sort_unstable();
        counts == [1, 1, 2]
    })
    .unwrap();
}

pub(crate) fn ranges_are_shared_and_taken_over(kafka: &Served) {
    let (mut first, second) = comes_and_goes(kafka, "range");
    assert!(matches!(first.consumer.rebalance_protocol(), RebalanceProtocol::Eager));
    drop(second);
    await_shares(&mut [&mut first], &[4]);
    assert!(first.taken() >= 4, "eager members give everything back first");
}

pub(crate) fn cooperative_members_keep_what_they_can(kafka: &Served) {
    let (mut first, second) = comes_and_goes(kafka, "cooperative-sticky");
    assert!(matches!(first.consumer.rebalance_protocol(), RebalanceProtocol::Cooperative));
    drop(second);
    await_shares(&mut [&mut first], &[4]);
    assert!(first.taken() < 4, "{} partitions were taken from it", first.taken());
}

pub(crate) fn every_group_reads_everything(kafka: &Served) {
    let topic = kafka.topic(2);
    send_lines(&mut kafka.config(), &topic, 2, 100);
    for _ in 0..2 {
        let mut reader = Reader::new(kafka, &new_group(kafka), &topic, &[]);
        wait::until_true("all lines", PATIENCE, || {
            reader.turn(false);
            reader.read.len() == 100
        })
        .unwrap();
        let lines: BTreeSet<String> = reader.read.into_iter().map(|(_, _, text)| text).collect();
        assert_eq!(lines, (0..100).map(line).collect());
    }
}

pub(crate) fn a_fixed_consumer_that_returns_disturbs_nobody(kafka: &Served) {
    let (group, topic) = (new_group(kafka), kafka.topic(4));
    let named = |name: &'static str| {
        Reader::new(kafka, &group, &topic, &[("group.instance.id", name), ("session.timeout.ms", "30000")])
    };
    let (mut first, mut second) = (named("first"), named("second"));
    await_shares(&mut [&mut first, &mut second], &[2, 2]);
    let (share, taken) = (second.partitions(), first.taken());
    drop(second);
    let mut second = named("second");
    await_shares(&mut [&mut first, &mut second], &[2, 2]);
    assert_eq!(second.partitions(), share, "it has what it had");
    assert_eq!(first.taken(), taken, "and the other one was left alone");
}

pub(crate) fn a_pattern_finds_topics_that_come_later(kafka: &Served) {
    let (group, first) = (new_group(kafka), kafka.topic(1));
    let pattern = format!("^{first}.*");
    let settings = [("topic.metadata.refresh.interval.ms", "300")];
    let mut reader = Reader::new(kafka, &group, &pattern, &settings);
    await_shares(&mut [&mut reader], &[1]);
    let later = format!("{first}-later");
    assert_eq!(kafka.client().create(&crate::calls::NewTopic::named(&later, 1)), None);
    wait::until_true("the later topic", PATIENCE, || {
        reader.turn(false);
        reader.consumer.assignment().unwrap().find_partition(&later, 0).is_some()
    })
    .unwrap();
}

/// Consumers come and go while a producer writes: every line is read, and what is committed at the end is the end.
pub(crate) fn nothing_is_missed_while_members_come_and_go_under_load(kafka: &Served) {
    const LINES: usize = 6_000;
    let (group, topic) = (new_group(kafka), kafka.topic(4));
    let settings = [("partition.assignment.strategy", "cooperative-sticky")];
    let reader = || Reader::new(kafka, &group, &topic, &settings);
    let mut read: BTreeSet<String> = BTreeSet::new();
    let seen = |read: &mut BTreeSet<String>, reader: &mut Reader| {
        read.extend(reader.read.drain(..).map(|(_, _, text)| text));
    };
    thread::scope(|scope| {
        let mut config = kafka.config();
        config.set("batch.num.messages", "20");
        let topic = topic.as_str();
        let writer = scope.spawn(move || send_lines(&mut config, topic, 4, LINES));
        let mut staying = vec![reader()];
        // Each of four joins when another part was read; the oldest leaves.
        for part in 1..=4 {
            wait::until_true("a part of the lines", PATIENCE, || {
                for reader in &mut staying {
                    reader.turn(true);
                    seen(&mut read, reader);
                }
                read.len() >= LINES * part / 5
            })
            .unwrap();
            staying.push(reader());
            if staying.len() > 2 {
                staying.remove(0);
            }
        }
        writer.join().unwrap();
        wait::until_true("every line", PATIENCE, || {
            for reader in &mut staying {
                reader.turn(true);
                seen(&mut read, reader);
            }
            read.len() == LINES
        })
        .unwrap();
        wait::until_true("everything to be committed", PATIENCE, || {
            for reader in &mut staying {
                reader.turn(true);
                let _nothing_new_to_commit = reader.consumer.commit_consumer_state(CommitMode::Sync);
            }
            let ends = committed(&mut kafka.client(), &group, topic, &[0, 1, 2, 3]);
            ends.iter().map(|(offset, _)| *offset).sum::<i64>() == i64::try_from(LINES).unwrap()
        })
        .unwrap();
    });
    assert_eq!(read, (0..LINES).map(line).collect());
}
