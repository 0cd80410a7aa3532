//! A broker that is killed at random moments while a producer writes: all that was acknowledged is there, once and
//! in order.
//!
//! Messages are numbered and the producer's are the only ones: message `n` goes to partition `n % 4`, so it has to
//! have offset `n / 4`, whatever was sent again in between. Whatever is lost, doubled or out of order moves all that
//! follow it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{
    env, fmt,
    io::{BufRead as _, BufReader},
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use rdkafka::{
    ClientConfig, ClientContext, Message as _, Offset, TopicPartitionList,
    admin::{AdminClient, AdminOptions, NewTopic, TopicReplication},
    client::DefaultClientContext,
    consumer::{BaseConsumer, Consumer as _},
    error::{KafkaError, RDKafkaErrorCode},
    message::DeliveryResult,
    producer::{BaseRecord, Producer as _, ProducerContext, ThreadedProducer},
};
use sawlog_broker::{Options, Service, disk::sim::Chance};
use sawlog_e2e::{
    rounds::{root_seed, rounds},
    wait,
};

const DATA: &str = "SAWLOG_CRASH_DATA";
const LISTEN: &str = "SAWLOG_CRASH_LISTEN";
const LISTENING: &str = "listening on ";
const TOPIC: &str = "numbers";
const PARTITIONS: usize = 4;
/// A number of messages for each partition.
type Counts = [u64; PARTITIONS];
/// Whatever is waited for comes within that, or never.
const PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn what_was_acknowledged_outlives_a_kill() {
    if let Some(data) = env::var_os(DATA) {
        serve(Path::new(&data));
    }
    let data = tempfile::tempdir().unwrap();
    let mut chance = Chance::new(root_seed());
    let mut server = Server::start(data.path(), 0);
    create_topic(server.address);
    let load = Load::begin(server.address);
    let mut reader = Reader::from_the_start(server.address);
    let (mut took, mut under_way) = (Vec::new(), 0_u32);
    let mut count = 0;
    for _ in rounds("kill -9 rounds", 10, 200) {
        let before = load.acknowledged();
        let goes_on = || load.acknowledged().iter().zip(before).all(|(now, before)| *now > before);
        wait::until_true("something of each partition to be acknowledged", PATIENCE, goes_on).unwrap();
        thread::sleep(Duration::from_millis(chance.below(300)));
        under_way += u32::from(load.under_way() > 0);
        server.kill();
        if chance.one_in(4) {
            let mut half = Server::spawn(data.path(), server.address.port());
            thread::sleep(Duration::from_millis(chance.below(60)));
            half.kill();
        }
        server = Server::start(data.path(), server.address.port());
        took.push(server.took);
        reader.read_to(load.acknowledged());
        count += 1;
    }
    let total = load.end();
    reader.read_to(total);
    Reader::from_the_start(server.address).read_to(total);
    println!(
        "{total:?} messages, {under_way} of {count} kills with messages under way, starts took {took:?}"
    );
    assert!(under_way * 2 > count, "it was seldom killed under load");
    assert_flat(&took);
}

/// What comes back takes no longer the more often it was killed.
fn assert_flat(took: &[Duration]) {
    let median = |part: &[Duration]| {
        let mut part = part.to_vec();
        part.sort_unstable();
        part[part.len() / 2]
    };
    let (first, last) = took.split_at(took.len() / 2);
    let (first, last) = (median(first), median(last));
    // The tenth of a second is for machines that have other things to do.
    assert!(last <= first * 2 + Duration::from_millis(100), "starts took {first:?}, later {last:?}");
}

/// What the child does: it serves until it is killed, at the latest when the test ends.
fn serve(data: &Path) -> ! {
    rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL)).unwrap();
    let port = env::var(LISTEN).unwrap().parse().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let began = Instant::now();
        let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let service = Service::start(Options { listen, ..Options::new(data) }).await.unwrap();
        println!("\n{LISTENING}{} {}", service.handle().address(), began.elapsed().as_micros());
        service.run().await.unwrap();
        unreachable!("nobody stops it");
    })
}

/// A broker in a process of its own; killed when it is dropped.
struct Server {
    child: Child,
    address: SocketAddr,
    /// How long it took to open what is there.
    took: Duration,
}

impl Server {
    /// Starts a process and does not wait for it.
    fn spawn(data: &Path, port: u16) -> Self {
        let child = Command::new(env::current_exe().unwrap())
            .args(["--exact", "what_was_acknowledged_outlives_a_kill", "--nocapture"])
            .env(DATA, data)
            .env(LISTEN, port.to_string())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        Self { child, address: (Ipv4Addr::LOCALHOST, port).into(), took: Duration::ZERO }
    }

    fn start(data: &Path, port: u16) -> Self {
        let mut server = Self::spawn(data, port);
        let lines = BufReader::new(server.child.stdout.take().unwrap()).lines();
        // It ends with the process, so that one that fails to start is no wait for ever.
        let line = lines.map(Result::unwrap).find_map(|line| Some(line.strip_prefix(LISTENING)?.to_owned()));
        let line = line.expect("because it says where it listens, or why it does not");
        let (address, took) = line.split_once(' ').unwrap();
        server.address = address.parse().unwrap();
        server.took = Duration::from_micros(took.parse().unwrap());
        server
    }

    fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have been killed before.
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

fn config(address: SocketAddr) -> ClientConfig {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", address.to_string()).set("log_level", "2");
    config.set("reconnect.backoff.ms", "10").set("reconnect.backoff.max.ms", "100");
    config
}

fn create_topic(address: SocketAddr) {
    let admin: AdminClient<DefaultClientContext> = config(address).create().unwrap();
    let partitions = i32::try_from(PARTITIONS).unwrap();
    // Small segments, so that it is also killed while it closes one.
    let topic = NewTopic::new(TOPIC, partitions, TopicReplication::Fixed(1)).set("segment.bytes", "1048576");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let made = runtime.block_on(admin.create_topics([&topic], &AdminOptions::new())).unwrap();
    assert_eq!(made, [Ok(TOPIC.to_owned())]);
}

/// The message that belongs there.
fn number_at(partition: usize, offset: i64) -> u64 {
    u64::try_from(offset).unwrap() * PARTITIONS as u64 + partition as u64
}

/// What was heard of messages that were sent.
#[derive(Default)]
struct Heard {
    acknowledged: Counts,
    wrong: Vec<String>,
}

/// Takes down what is acknowledged.
#[derive(Clone, Default)]
struct Ledger(Arc<Mutex<Heard>>);

impl ClientContext for Ledger {
    fn error(&self, _error: KafkaError, _reason: &str) {
        // Connections break here all the time; what matters is what becomes of messages.
    }
}

impl ProducerContext for Ledger {
    type DeliveryOpaque = Box<u64>;

    fn delivery(&self, result: &DeliveryResult<'_>, number: Box<u64>) {
        let mut heard = self.0.lock().unwrap();
        match result {
            Ok(message) => {
                let partition = usize::try_from(message.partition()).unwrap();
                let place = number_at(partition, message.offset());
                if place != *number {
                    heard.wrong.push(format!("message {number} is where {place} belongs"));
                }
                heard.acknowledged[partition] += 1;
            }
            Err((error, _)) => heard.wrong.push(format!("message {number}: {error}")),
        }
    }
}

/// A producer that writes until it is ended.
struct Load {
    ledger: Ledger,
    sent: Arc<Mutex<u64>>,
    ends: Arc<AtomicBool>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Load {
    fn begin(address: SocketAddr) -> Self {
        let ledger = Ledger::default();
        let mut config = config(address);
        config.set("enable.idempotence", "true").set("acks", "all").set("compression.type", "lz4");
        config.set("linger.ms", "2").set("message.timeout.ms", "300000");
        let producer: ThreadedProducer<Ledger> = config.create_with_context(ledger.clone()).unwrap();
        let (sent, ends) = (Arc::new(Mutex::new(0)), Arc::new(AtomicBool::new(false)));
        let thread = {
            let (sent, ends) = (Arc::clone(&sent), Arc::clone(&ends));
            thread::spawn(move || send_until(&producer, &sent, &ends))
        };
        Self { ledger, sent, ends, thread: Some(thread) }
    }

    /// How many messages are acknowledged; all of them, whatever else went on, in the right place.
    fn acknowledged(&self) -> Counts {
        let heard = self.ledger.0.lock().unwrap();
        assert!(heard.wrong.is_empty(), "{:?}", &heard.wrong[..heard.wrong.len().min(5)]);
        heard.acknowledged
    }

    fn under_way(&self) -> u64 {
        *self.sent.lock().unwrap() - self.acknowledged().iter().sum::<u64>()
    }

    /// Waits for the last acknowledgement.
    fn end(mut self) -> Counts {
        self.ends.store(true, Ordering::Relaxed);
        self.thread.take().unwrap().join().unwrap();
        assert_eq!(self.under_way(), 0, "every message is acknowledged at last");
        self.acknowledged()
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::Relaxed);
    }
}

fn send_until(producer: &ThreadedProducer<Ledger>, sent: &Mutex<u64>, ends: &AtomicBool) {
    let padding = "x".repeat(150);
    for number in 0.. {
        if ends.load(Ordering::Relaxed) {
            break;
        }
        let payload = format!("{number} {padding}");
        let partition = i32::try_from(number % PARTITIONS as u64).unwrap();
        let record: BaseRecord<'_, (), str, Box<u64>> = BaseRecord::with_opaque_to(TOPIC, Box::new(number));
        let record = record.payload(&payload).partition(partition);
        *sent.lock().unwrap() += 1;
        producer.send(record).map_err(|(error, _)| error).unwrap();
        // Not as much as it can: a soak writes for minutes.
        if number % 20 == 0 {
            thread::sleep(Duration::from_millis(1));
        }
    }
    producer.flush(PATIENCE).unwrap();
}

/// A consumer that checks that every message is where it has to be.
struct Reader {
    consumer: BaseConsumer,
    /// The offset that comes next, by partition.
    next: Counts,
}

impl Reader {
    fn from_the_start(address: SocketAddr) -> Self {
        let mut config = config(address);
        config.set("group.id", "nobody").set("enable.auto.commit", "false");
        config.set("auto.offset.reset", "error").set("fetch.queue.backoff.ms", "10");
        let consumer: BaseConsumer = config.create().unwrap();
        let mut all = TopicPartitionList::new();
        for partition in 0..i32::try_from(PARTITIONS).unwrap() {
            all.add_partition_offset(TOPIC, partition, Offset::Beginning).unwrap();
        }
        consumer.assign(&all).unwrap();
        Self { consumer, next: [0; PARTITIONS] }
    }

    /// Reads until it has seen so many messages at least.
    fn read_to(&mut self, counts: Counts) {
        let began = Instant::now();
        while self.next.iter().zip(counts).any(|(next, count)| *next < count) {
            assert!(began.elapsed() < PATIENCE, "{self} of {counts:?} after {PATIENCE:?}");
            match self.consumer.poll(Duration::from_millis(100)) {
                None => {}
                Some(Ok(message)) => {
                    let partition = usize::try_from(message.partition()).unwrap();
                    let next = &mut self.next[partition];
                    assert_eq!(u64::try_from(message.offset()).unwrap(), *next, "the offset that follows");
                    let text = std::str::from_utf8(message.payload().unwrap()).unwrap();
                    let number: u64 = text.split_once(' ').unwrap().0.parse().unwrap();
                    assert_eq!(number, number_at(partition, message.offset()), "what is in {partition}");
                    *next += 1;
                }
                Some(Err(error)) => assert!(is_of_connection(&error), "{error}"),
            }
        }
    }
}

impl fmt::Display for Reader {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "read to {:?}", self.next)
    }
}

fn is_of_connection(error: &KafkaError) -> bool {
    use RDKafkaErrorCode::{AllBrokersDown, BrokerTransportFailure, OperationTimedOut, Resolve};
    let code = error.rdkafka_error_code();
    code.is_some_and(|code| {
        matches!(code, AllBrokersDown | BrokerTransportFailure | OperationTimedOut | Resolve)
    })
}
