//! Groups of librdkafka's consumers: who reads what, while they come and go.

use std::{
    collections::{BTreeSet, VecDeque},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use rdkafka::{
    ClientContext, Message as _,
    consumer::{BaseConsumer, CommitMode, Consumer as _, ConsumerContext, Rebalance, RebalanceProtocol},
    producer::{BaseRecord, Producer as _, ThreadedProducer},
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
        Self::watched(kafka, group, topic, settings, Watch::default())
    }

    fn watched(kafka: &Served, group: &str, topic: &str, settings: &[(&str, &str)], watch: Watch) -> Self {
        let mut config = kafka.config();
        config
            .set("group.id", group)
            .set("auto.offset.reset", "earliest")
            .set("heartbeat.interval.ms", "200");
        config.set("enable.auto.commit", "false");
        for (key, value) in settings {
            config.set(*key, *value);
        }
        let consumer: BaseConsumer<Watch> = config.create_with_context(watch.clone()).unwrap();
        consumer.subscribe(&[topic]).unwrap();
        Self { consumer, watch, read: Vec::new() }
    }

    /// Reads what is there.
    fn turn(&mut self) {
        while let Some(message) = self.consumer.poll(Duration::from_millis(5)) {
            let message = message.unwrap();
            let text = String::from_utf8(message.payload().unwrap().to_vec()).unwrap();
            self.read.push((message.partition(), message.offset(), text));
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
            reader.turn();
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
                reader.turn();
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
            reader.turn();
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
        reader.turn();
        reader.consumer.assignment().unwrap().find_partition(&later, 0).is_some()
    })
    .unwrap();
}

/// Consumers come and go while a producer writes: every line is read, and what is committed at the end is the end.
pub(crate) fn nothing_is_missed_while_members_come_and_go_under_load(kafka: &Served) {
    let (group, topic) = (new_group(kafka), kafka.topic(4));
    let (group, topic) = (group.as_str(), topic.as_str());
    let all = Mutex::new(BTreeSet::new());
    let read = &all;
    let written = thread::scope(|scope| {
        // Each polls on its own, as members do: one that waits for another must not keep it from answering.
        let come = || {
            let membership = Membership::default();
            let own = membership.clone();
            scope.spawn(move || read_and_commit(kafka, group, topic, read, &own));
            // Whoever leaves while it is let in is missed for as long as a session; that is another case.
            let has_share = || membership.watch.given.load(Ordering::SeqCst) > 0;
            wait::until_true("a share of the partitions", PATIENCE, has_share).unwrap();
            membership
        };
        let load = Membership::default();
        let own = load.clone();
        let writer = scope.spawn(move || write_while(kafka, topic, &own));
        let mut members = VecDeque::from([come()]);
        for _ in 0..4 {
            members.push_back(come());
            if members.len() > 2 {
                drop(members.pop_front());
            }
        }
        drop(load);
        let written = writer.join().unwrap();
        let all_are_read = || read.lock().unwrap().len() == written;
        wait::until_true("every line to be read", PATIENCE, all_are_read).unwrap();
        let mut client = kafka.client();
        wait::until_true("everything to be committed", PATIENCE, || {
            let ends = committed(&mut client, group, topic, &[0, 1, 2, 3]);
            ends.iter().map(|(offset, _)| *offset).sum::<i64>() == i64::try_from(written).unwrap()
        })
        .unwrap();
        written
    });
    assert_eq!(all.into_inner().unwrap(), (0..written).map(line).collect());
}

/// Writes lines to four partitions, a few every millisecond; returns how many it were.
fn write_while(kafka: &Served, topic: &str, load: &Membership) -> usize {
    let mut config = kafka.config();
    let producer: ThreadedProducer<_> =
        config.set("enable.idempotence", "true").set("linger.ms", "5").create().unwrap();
    let mut written = 0;
    while load.lasts() {
        for partition in 0..4 {
            let payload = line(written);
            let record = BaseRecord::<(), str>::to(topic).partition(partition).payload(&payload);
            producer.send(record).map_err(|(error, _)| error).unwrap();
            written += 1;
        }
        thread::sleep(Duration::from_millis(1));
    }
    producer.flush(PATIENCE).unwrap();
    written
}

/// Of whoever works in a thread of its own, and ends when the other one of these is dropped, also by a panic.
#[derive(Clone, Default)]
struct Membership {
    watch: Watch,
    both: Arc<()>,
}

impl Membership {
    fn lasts(&self) -> bool {
        Arc::strong_count(&self.both) > 1
    }
}

fn read_and_commit(
    kafka: &Served,
    group: &str,
    topic: &str,
    read: &Mutex<BTreeSet<String>>,
    membership: &Membership,
) {
    let settings = [("partition.assignment.strategy", "cooperative-sticky")];
    let mut reader = Reader::watched(kafka, group, topic, &settings, membership.watch.clone());
    let mut is_committed = true;
    while membership.lasts() {
        reader.turn();
        is_committed &= reader.read.is_empty();
        read.lock().unwrap().extend(reader.read.drain(..).map(|(_, _, text)| text));
        if !is_committed {
            // In the middle of a rebalance it is refused: it is tried again, or whoever gets the partition reads again.
            is_committed = reader.consumer.commit_consumer_state(CommitMode::Sync).is_ok();
        }
    }
}
