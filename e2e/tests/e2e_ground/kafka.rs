//! What everybody after this will take for granted of Kafka, shown once.

use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use rdkafka::{
    ClientConfig, ClientContext, Message as _, TopicPartitionList,
    consumer::{BaseConsumer, Consumer as _},
    error::{KafkaError, RDKafkaErrorCode},
    producer::{BaseRecord, DeliveryResult, ProducerContext, ThreadedProducer},
};
use sawlog_e2e::{
    ground::{Ground, Kafka, KafkaShape, User},
    rounds::rounds,
    wait,
};

const SOON: Duration = Duration::from_secs(60);
/// How long one question may take; much less than all of them together.
const ANSWERS: Duration = Duration::from_secs(5);

/// Remembers what was acknowledged and what failed.
#[derive(Default, Clone)]
struct Ledger {
    acknowledged: Arc<Mutex<BTreeSet<u64>>>,
    failed: Arc<Mutex<Vec<(u64, KafkaError)>>>,
    settled: Arc<AtomicU64>,
}

impl Ledger {
    fn settled(&self) -> u64 {
        self.settled.load(Ordering::SeqCst)
    }

    fn acknowledged(&self) -> BTreeSet<u64> {
        self.acknowledged.lock().unwrap().clone()
    }

    fn failed(&self) -> Vec<(u64, KafkaError)> {
        self.failed.lock().unwrap().clone()
    }

    /// Waits until so many sends have had an answer.
    fn await_settled(&self, count: u64) {
        let what = format!("{count} answers");
        wait::until_true(&what, SOON, || self.settled() >= count).unwrap();
    }
}

impl ClientContext for Ledger {}

impl ProducerContext for Ledger {
    type DeliveryOpaque = Box<u64>;

    fn delivery(&self, result: &DeliveryResult<'_>, number: Self::DeliveryOpaque) {
        match result {
            Ok(_) => drop(self.acknowledged.lock().unwrap().insert(*number)),
            Err((error, _)) => self.failed.lock().unwrap().push((*number, error.clone())),
        }
        self.settled.fetch_add(1, Ordering::SeqCst);
    }
}

type Sender = ThreadedProducer<Ledger>;

fn sender(config: &mut ClientConfig, settings: &[(&str, &str)]) -> (Sender, Ledger) {
    for (key, value) in settings {
        config.set(*key, *value);
    }
    let ledger = Ledger::default();
    (config.create_with_context(ledger.clone()).unwrap(), ledger)
}

/// Sends a number, waiting while the queue is full.
fn send(producer: &Sender, topic: &str, number: u64) {
    let payload = number.to_le_bytes();
    let mut record = BaseRecord::with_opaque_to(topic, Box::new(number)).payload(&payload).key("");
    record = record.partition(i32::try_from(number % PARTITIONS).unwrap());
    loop {
        match producer.send(record) {
            Ok(()) => return,
            Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), back)) => {
                record = back;
                thread::sleep(Duration::from_millis(1));
            }
            Err((error, _)) => panic!("{error}"),
        }
    }
}

const PARTITIONS: u64 = 4;

/// That a connection was lost is news to a consumer, not an end: a broker that has just woken up drops
/// connections nobody spoke on, and the client makes new ones by itself.
fn only_says_it_tries_again(error: &KafkaError) -> bool {
    use RDKafkaErrorCode::{AllBrokersDown, BrokerTransportFailure};
    matches!(error, KafkaError::MessageConsumption(AllBrokersDown | BrokerTransportFailure))
}

/// Every number of a topic, from the first to what is the last now.
fn read_all(config: &ClientConfig, topic: &str) -> Vec<u64> {
    let mut config = config.clone();
    let consumer: BaseConsumer = config.set("group.id", "reads-all").create().unwrap();
    let mut wanted = 0;
    let mut list = TopicPartitionList::new();
    for partition in 0..i32::try_from(PARTITIONS).unwrap() {
        // A leader that has just come up does not know yet how far its log goes, and a question that got lost with
        // a connection is asked again.
        let marks =
            wait::until("the watermarks", SOON, || consumer.fetch_watermarks(topic, partition, ANSWERS).ok());
        let (low, high) = marks.unwrap();
        wanted += usize::try_from(high - low).unwrap();
        list.add_partition_offset(topic, partition, rdkafka::Offset::Beginning).unwrap();
    }
    consumer.assign(&list).unwrap();
    let mut numbers = Vec::new();
    let began = Instant::now();
    while numbers.len() < wanted {
        assert!(began.elapsed() < SOON, "{} of {wanted} read", numbers.len());
        match consumer.poll(Duration::from_millis(100)) {
            Some(Ok(message)) => {
                numbers.push(u64::from_le_bytes(message.payload().unwrap().try_into().unwrap()));
            }
            Some(Err(error)) if only_says_it_tries_again(&error) => {}
            Some(Err(error)) => panic!("{error}"),
            None => {}
        }
    }
    numbers
}

fn four_partitions(kafka: &Kafka, topic: &str) {
    kafka.topic(topic, u16::try_from(PARTITIONS).unwrap(), &[]).unwrap();
}

#[test]
fn acknowledged_messages_survive_two_kills() {
    const MESSAGES: u64 = 100_000;
    let ground = Ground::of_my_own().unwrap();
    let kafka = ground.kafka().unwrap();
    for seed in rounds("Kafka rounds of two kills", 1, 20) {
        let topic = format!("numbers-{seed}");
        four_partitions(&kafka, &topic);
        let settings = [("enable.idempotence", "true"), ("message.timeout.ms", "0"), ("linger.ms", "5")];
        let (producer, ledger) = sender(&mut kafka.client(), &settings);
        let began = Instant::now();
        thread::scope(|scope| {
            let sending = scope.spawn(|| {
                for number in 0..MESSAGES {
                    // Never far ahead of the acknowledgements, so that each kill meets messages under way.
                    while number > ledger.settled() + 5_000 {
                        assert!(began.elapsed() < 2 * SOON, "{} of {number} acknowledged", ledger.settled());
                        thread::sleep(Duration::from_millis(1));
                    }
                    send(&producer, &topic, number);
                }
            });
            for after in [MESSAGES / 4, MESSAGES / 2 + seed * 1_000 % (MESSAGES / 4)] {
                ledger.await_settled(after);
                kafka.broker(1).kill().unwrap();
                let noticed = kafka.broker(1).check().unwrap_err().to_string();
                assert!(noticed.starts_with("kafka was killed by signal 9; its log ends:"), "{noticed}");
                assert!(!sending.is_finished(), "the kill came while messages were under way");
                kafka.start_again(1).unwrap();
            }
        });
        ledger.await_settled(MESSAGES);
        assert_eq!(ledger.failed(), [], "the producer never gives up");
        let numbers = read_all(&kafka.client(), &topic);
        assert_eq!(numbers.len() as u64, MESSAGES, "none twice");
        assert_eq!(numbers.into_iter().collect::<BTreeSet<_>>(), ledger.acknowledged(), "none missing");
    }
}

#[test]
fn a_send_that_timed_out_may_still_be_in_the_log() {
    let ground = Ground::of_my_own().unwrap();
    let kafka = ground.kafka().unwrap();
    four_partitions(&kafka, "numbers");
    let settings = [("acks", "all"), ("message.timeout.ms", "1500"), ("retries", "0"), ("linger.ms", "0")];
    let (producer, ledger) = sender(&mut kafka.client(), &settings);
    send(&producer, "numbers", 0);
    ledger.await_settled(1);
    assert_eq!(ledger.acknowledged(), BTreeSet::from([0]), "the connection is there");

    kafka.broker(1).pause().unwrap();
    send(&producer, "numbers", 4);
    ledger.await_settled(2);
    let failed = ledger.failed();
    let timed_out = KafkaError::MessageProduction(RDKafkaErrorCode::MessageTimedOut);
    assert_eq!(failed, [(4, timed_out)], "the producer was told that it failed");

    kafka.broker(1).resume().unwrap();
    wait::until_true("the failed message to be in the log", SOON, || {
        read_all(&kafka.client(), "numbers").contains(&4)
    })
    .unwrap();
}

/// A signal to stop takes its time to reach every thread; one that went on answered what was asked of a paused broker.
#[test]
fn a_paused_broker_stands_still_as_soon_as_pause_returns() {
    let ground = Ground::of_my_own().unwrap();
    let kafka = ground.kafka().unwrap();
    let broker = kafka.broker(1);
    let threads = format!("/proc/{}/task", broker.pid().unwrap());
    for _ in 0..50 {
        broker.pause().unwrap();
        let running: Vec<String> = std::fs::read_dir(&threads)
            .unwrap()
            .map(|thread| std::fs::read_to_string(thread.unwrap().path().join("stat")).unwrap())
            .filter(|stat| !stat.rsplit_once(") ").unwrap().1.starts_with('T'))
            .collect();
        broker.resume().unwrap();
        assert_eq!(running, Vec::<String>::new());
    }
}

#[test]
fn three_brokers_acknowledge_without_one_and_refuse_without_two() {
    const MESSAGES: u64 = 3_000;
    let ground = Ground::of_my_own().unwrap();
    let shape = KafkaShape { brokers: 3, heap_megabytes: 256, ..KafkaShape::default() };
    let kafka = ground.kafka_of("three", &shape).unwrap();
    four_partitions(&kafka, "numbers");
    let settings = [("enable.idempotence", "true"), ("message.timeout.ms", "0"), ("linger.ms", "5")];
    let (producer, ledger) = sender(&mut kafka.client(), &settings);
    for number in 0..MESSAGES {
        if number == MESSAGES / 3 {
            ledger.await_settled(number / 2);
            kafka.broker(2).kill().unwrap();
        }
        send(&producer, "numbers", number);
    }
    ledger.await_settled(MESSAGES);
    assert_eq!(ledger.acknowledged().len() as u64, MESSAGES);

    kafka.broker(3).kill().unwrap();
    let (impatient, refused) =
        sender(&mut kafka.client(), &[("acks", "all"), ("message.timeout.ms", "3000")]);
    for number in MESSAGES..MESSAGES + 8 {
        send(&impatient, "numbers", number);
    }
    refused.await_settled(8);
    assert_eq!(refused.acknowledged(), BTreeSet::new(), "one broker of three acknowledges nothing");

    kafka.broker(2).start_again().unwrap();
    kafka.start_again(3).unwrap();
    // A leader shows what it has once the others have caught up with it.
    let found = wait::until("what was acknowledged to be there", SOON, || {
        let found: BTreeSet<u64> = read_all(&kafka.client(), "numbers").into_iter().collect();
        ledger.acknowledged().is_subset(&found).then_some(found)
    });
    let found = found.unwrap();
    println!("of 8 refused messages {} are in the log", found.len() as u64 - MESSAGES);
}

#[test]
fn a_user_with_a_rule_is_let_in_and_another_is_kept_out() {
    let ground = Ground::of_my_own().unwrap();
    let shape = KafkaShape { secure: true, ..KafkaShape::default() };
    let kafka = ground.kafka_of("secure", &shape).unwrap();
    four_partitions(&kafka, "numbers");
    kafka.allow(User::Agent, "Write", "numbers").unwrap();
    kafka.allow(User::Indexer, "Read", "numbers").unwrap();
    kafka.allow_group(User::Indexer, "reads-all").unwrap();

    let settings = [("message.timeout.ms", "20000")];
    let (agent, accepted) = sender(&mut kafka.client_as(User::Agent), &settings);
    send(&agent, "numbers", 1);
    accepted.await_settled(1);
    assert_eq!(accepted.failed(), [], "the agent may write");
    assert_eq!(read_all(&kafka.client_as(User::Indexer), "numbers"), [1], "the indexer may read");

    let (stranger, refused) = sender(&mut kafka.client_as(User::Stranger), &settings);
    send(&stranger, "numbers", 2);
    refused.await_settled(1);
    let denied = KafkaError::MessageProduction(RDKafkaErrorCode::TopicAuthorizationFailed);
    assert_eq!(refused.failed(), [(2, denied)]);

    let wrong = [("sasl.password", "guessed"), ("message.timeout.ms", "3000")];
    let (guesser, refused) = sender(&mut kafka.client_as(User::Agent), &wrong);
    send(&guesser, "numbers", 3);
    refused.await_settled(1);
    assert_eq!(refused.acknowledged(), BTreeSet::new(), "a wrong password is no password");

    let untrusting = [("ssl.ca.pem", STRANGERS_AUTHORITY), ("message.timeout.ms", "3000")];
    let (doubter, refused) = sender(&mut kafka.client_as(User::Agent), &untrusting);
    send(&doubter, "numbers", 4);
    refused.await_settled(1);
    assert_eq!(refused.acknowledged(), BTreeSet::new(), "clients check the broker's certificate");
    assert_eq!(read_all(&kafka.client(), "numbers"), [1]);
    drop((agent, stranger, guesser, doubter));
}

const STRANGERS_AUTHORITY: &str = include_str!("strangers-authority.pem");

#[test]
fn everybody_in_a_run_shares_one_kafka() {
    let mine = Ground::of_this_run().unwrap();
    let again = Ground::of_this_run().unwrap();
    let (one, other) = (mine.kafka().unwrap(), again.kafka().unwrap());
    assert_eq!(one.bootstrap(), other.bootstrap());
    assert_eq!(one.broker(1).pid().unwrap(), other.broker(1).pid().unwrap());
    let topic = format!("shared-{}", std::process::id());
    one.topic(&topic, 1, &[("retention.ms", "60000")]).unwrap();
    other.topic_if_missing(&topic, 1).unwrap();
    let error = one.topic(&topic, 1, &[]).unwrap_err().to_string();
    assert!(error.contains(&format!("kafka: make the topic {topic}: ")), "{error}");
}
