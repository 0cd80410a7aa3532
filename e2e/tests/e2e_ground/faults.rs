//! Each fault that can be injected is seen by a client.

use std::{
    fs::{self, File},
    io::{self, Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    path::Path as FilePath,
    process::{Child, Command},
    thread,
    time::{Duration, Instant, SystemTime},
};

use hyper::Method;
use object_store::{
    ClientOptions, Error, ObjectStore, ObjectStoreExt as _, PutMode, RetryConfig, aws::AmazonS3, path::Path,
};
use rdkafka::{
    Message as _, Offset, Timestamp, TopicPartitionList,
    consumer::{BaseConsumer, Consumer as _},
    producer::{BaseProducer, BaseRecord, Producer as _},
};
use sawlog_e2e::{
    ground::{
        Ground, Kafka, KafkaShape,
        fault::{
            clock::can_be_wrong,
            link::{Link, Weather},
            sync::Sync,
        },
        http,
        prometheus::promtool,
        store::{Fault, Faults, Injury},
    },
    wait,
};

use crate::store::block_on;

const SOON: Duration = Duration::from_secs(30);
const BUCKET: &str = "faults";

/// A store behind a proxy, with a client that tries `retries` times more.
struct Behind {
    _ground: Ground,
    faults: Faults,
    direct: AmazonS3,
    store: sawlog_e2e::ground::Store,
}

impl Behind {
    fn start() -> Self {
        let ground = Ground::of_my_own().unwrap();
        let store = ground.store().unwrap();
        let direct = store.open(BUCKET).unwrap();
        Self { faults: store.behind_faults().unwrap(), _ground: ground, direct, store }
    }

    fn client(&self, retries: usize) -> AmazonS3 {
        self.client_that_waits(retries, SOON)
    }

    fn client_that_waits(&self, retries: usize, answer: Duration) -> AmazonS3 {
        let retry = RetryConfig { max_retries: retries, ..RetryConfig::default() };
        let options = ClientOptions::new().with_timeout(answer).with_allow_http(true);
        let builder = self.store.client_through(self.faults.address(), BUCKET);
        builder.with_retry(retry).with_client_options(options).build().unwrap()
    }

    fn put(&self, retries: usize, key: &str) -> Result<(), Error> {
        let options = PutMode::Create.into();
        block_on(self.client(retries).put_opts(&Path::from(key), "the content".into(), options)).map(drop)
    }

    fn get(&self, retries: usize, key: &str) -> Result<Vec<u8>, Error> {
        block_on(async { Ok(self.client(retries).get(&Path::from(key)).await?.bytes().await?.to_vec()) })
    }

    /// Whether it is in the store itself.
    fn holds(&self, key: &str) -> bool {
        block_on(self.direct.head(&Path::from(key))).is_ok()
    }
}

fn on_put(injury: Injury) -> Fault {
    Fault::new(injury).on(Method::PUT)
}

#[test]
fn an_object_store_that_refuses() {
    let store = Behind::start();
    let rule = store.faults.inject(on_put(Injury::InternalError).key("manifest").times(2));
    store.put(0, "segment/1").unwrap();
    assert_eq!(rule.hits(), 0, "another key passes");
    let error = store.put(0, "manifest/1").unwrap_err().to_string();
    assert!(error.contains("500"), "{error}");
    assert!(!store.holds("manifest/1"));
    store.put(3, "manifest/1").unwrap();
    assert_eq!(rule.hits(), 2, "the second one was met by a client that tries again");

    store.faults.clear();
    let rule = store.faults.inject(Fault::new(Injury::SlowDown(Some(7))).after(1));
    store.put(0, "manifest/2").unwrap();
    let reply = http::get(store.faults.address(), "/faults/manifest/2").unwrap();
    assert_eq!((reply.status, reply.retry_after.as_deref(), rule.hits()), (503, Some("7"), 1));
    assert!(reply.body.contains("<Code>SlowDown</Code>"), "{}", reply.body);
    store.faults.inject(on_put(Injury::SlowDown(None)));
    let error = store.put(0, "manifest/3").unwrap_err().to_string();
    assert!(error.contains("503"), "{error}");
}

#[test]
fn an_object_store_that_is_slow_or_silent() {
    let store = Behind::start();
    store.put(0, "slow").unwrap();
    let delay = Duration::from_millis(400);
    let rule = store.faults.inject(Fault::new(Injury::SlowFirstByte(delay)));
    let began = Instant::now();
    assert_eq!(store.get(0, "slow").unwrap(), b"the content");
    assert!(began.elapsed() >= delay && rule.hits() == 1);

    let rule = store.faults.inject(on_put(Injury::Timeout));
    let impatient = store.client_that_waits(0, Duration::from_secs(1));
    let error = block_on(impatient.put(&Path::from("silent"), "the content".into())).unwrap_err();
    assert!(format!("{error:?}").contains("Timeout"), "{error:?}");
    assert!(rule.hits() == 1 && !store.holds("silent"), "it never reached the store");
}

#[test]
fn a_body_that_ends_early_is_an_error_and_not_a_short_body() {
    let store = Behind::start();
    store.put(0, "cut").unwrap();
    let rule = store.faults.inject(Fault::new(Injury::CutBody(4)).on(Method::GET));
    let mut raw = TcpStream::connect(store.faults.address()).unwrap();
    raw.set_read_timeout(Some(SOON)).unwrap();
    raw.write_all(b"GET /faults/cut HTTP/1.1\r\nhost: any\r\n\r\n").unwrap();
    let mut all = Vec::new();
    let _reset_or_closed = raw.read_to_end(&mut all);
    let text = String::from_utf8_lossy(&all).into_owned();
    let body = text.split_once("\r\n\r\n").unwrap().1;
    assert_eq!((body.len(), rule.hits()), (4, 1), "{text}");

    store.faults.inject(Fault::new(Injury::CutBody(4)).on(Method::GET));
    assert!(store.get(0, "cut").is_err());
    assert_eq!(store.get(3, "cut").unwrap(), b"the content");
}

#[test]
fn a_put_whose_answer_is_lost_was_applied_and_a_retry_meets_itself() {
    let store = Behind::start();
    let rule = store.faults.inject(on_put(Injury::AnswerLost));
    assert!(store.put(0, "manifest/1").is_err(), "the client cannot know");
    assert!(rule.hits() == 1 && store.holds("manifest/1"));

    store.faults.inject(on_put(Injury::AnswerLost));
    let error = store.put(3, "manifest/2").unwrap_err();
    assert!(matches!(error, Error::AlreadyExists { .. }), "the client's own success came back: {error}");
    assert!(store.holds("manifest/2"));
}

#[test]
fn a_put_that_is_applied_late_appears_after_the_client_gave_up() {
    let store = Behind::start();
    let rule = store.faults.inject(on_put(Injury::AppliedLate));
    assert!(store.put(0, "manifest/1").is_err());
    assert!(rule.hits() == 1 && !store.holds("manifest/1"), "not yet");
    rule.apply();
    wait::until_true("the put to be applied", SOON, || rule.applied_late() == 1).unwrap();
    assert!(store.holds("manifest/1"));
}

/// A server that sends back what it gets.
fn echo() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let stream = stream.unwrap();
            thread::spawn(move || io::copy(&mut &stream, &mut &stream));
        }
    });
    address
}

/// Sends and receives; the time that took.
fn round_trip(stream: &mut TcpStream, bytes: usize) -> io::Result<Duration> {
    let began = Instant::now();
    let sent = vec![7; bytes];
    let mut sending = stream.try_clone()?;
    let writer = thread::spawn(move || sending.write_all(&sent));
    let mut received = vec![0; bytes];
    stream.read_exact(&mut received)?;
    writer.join().unwrap()?;
    assert!(received.iter().all(|byte| *byte == 7));
    Ok(began.elapsed())
}

fn connect(link: &Link) -> TcpStream {
    let stream = TcpStream::connect(link.address()).unwrap();
    stream.set_read_timeout(Some(SOON)).unwrap();
    stream
}

#[test]
fn a_link_delays_throttles_holds_back_and_cuts() {
    let link = Link::to(echo()).unwrap();
    let mut stream = connect(&link);
    round_trip(&mut stream, 1_000_000).unwrap();
    assert_eq!(link.passed(), 2_000_000, "there and back");

    link.set(Weather::Delay(Duration::from_millis(200)));
    assert!(round_trip(&mut stream, 10).unwrap() >= Duration::from_millis(400), "there and back");
    link.set(Weather::Throttle(100_000));
    assert!(round_trip(&mut stream, 50_000).unwrap() >= Duration::from_millis(450));

    link.set(Weather::HalfOpen);
    stream.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
    let held = round_trip(&mut stream, 10).unwrap_err();
    assert_eq!(held.kind(), io::ErrorKind::WouldBlock, "nothing comes and nobody says why");
    link.set(Weather::Clear);
    stream.set_read_timeout(Some(SOON)).unwrap();
    stream.read_exact(&mut [0; 10]).unwrap();

    link.cut_once();
    assert!(round_trip(&mut stream, 10).is_err());
    let mut stream = connect(&link);
    round_trip(&mut stream, 10).unwrap();
    link.set(Weather::Cut);
    assert!(round_trip(&mut stream, 10).is_err());
    assert!(round_trip(&mut connect(&link), 10).is_err(), "new ones are refused");
    link.set(Weather::Clear);
    round_trip(&mut connect(&link), 10).unwrap();
}

/// Sends one message and reads it back; its time stamp.
fn through(kafka: &Kafka, topic: &str) -> Timestamp {
    let producer: BaseProducer = kafka.client().create().unwrap();
    producer.send(BaseRecord::<(), _>::to(topic).payload("tick")).unwrap();
    producer.flush(SOON).unwrap();
    let mut config = kafka.client();
    let consumer: BaseConsumer = config.set("group.id", "fault").create().unwrap();
    let mut last = TopicPartitionList::new();
    last.add_partition_offset(topic, 0, Offset::OffsetTail(1)).unwrap();
    consumer.assign(&last).unwrap();
    let message = wait::until("the message", SOON, || {
        consumer.poll(Duration::from_millis(100))?.ok().map(|message| message.timestamp())
    });
    message.unwrap()
}

#[test]
fn a_link_in_front_of_kafka_is_what_its_clients_use() {
    let ground = Ground::of_my_own().unwrap();
    let link = Link::to_nowhere_yet().unwrap();
    let shape = KafkaShape { advertise: Some(link.address()), ..KafkaShape::default() };
    let kafka = ground.kafka_of("far", &shape).unwrap();
    link.lead_to(kafka.listener());
    kafka.topic("ticks", 1, &[]).unwrap();
    through(&kafka, "ticks");
    link.set(Weather::Cut);
    let passed = link.passed();
    assert!(passed > 1_000, "{passed}");
    let producer: BaseProducer = kafka.client().set("message.timeout.ms", "1500").create().unwrap();
    producer.send(BaseRecord::<(), _>::to("ticks").payload("tock")).unwrap();
    let _timed_out = producer.flush(SOON);
    assert_eq!(link.passed(), passed, "nothing passed");
    link.set(Weather::Clear);
    through(&kafka, "ticks");
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    i64::try_from(since.as_secs()).unwrap()
}

#[test]
fn a_broker_with_a_wrong_clock_stamps_wrong_times() {
    let ground = Ground::of_my_own().unwrap();
    let clock = ground.clock("ahead", 3_600).unwrap();
    let shape = KafkaShape { clock: Some(clock.clone()), ..KafkaShape::default() };
    let kafka = ground.kafka_of("ahead", &shape).unwrap();
    kafka.topic("ticks", 1, &[("message.timestamp.type", "LogAppendTime")]).unwrap();
    let ahead = || {
        let Timestamp::LogAppendTime(stamp) = through(&kafka, "ticks") else { panic!("the broker stamps") };
        stamp / 1_000 - now()
    };
    assert!((3_500..3_700).contains(&ahead()), "{} s ahead", ahead());
    clock.set(-86_400).unwrap();
    assert!((-86_500..-86_300).contains(&ahead()), "it jumps while the broker runs: {} s ahead", ahead());
}

#[test]
fn a_clock_can_be_wrong_for_programs_on_the_c_library_only() {
    assert!(can_be_wrong(FilePath::new("/bin/date")).unwrap());
    assert!(!can_be_wrong(FilePath::new(crate::GROUND)).unwrap(), "it is static");
    assert!(!can_be_wrong(&promtool().unwrap()).unwrap(), "it is written in Go");
    let ground = Ground::of_my_own().unwrap();
    let clock = ground.clock("behind", -86_400).unwrap();
    let output = Command::new("date").arg("+%s").envs(clock.environment()).output().unwrap();
    let said: i64 = String::from_utf8(output.stdout).unwrap().trim().parse().unwrap();
    assert!((86_300..86_500).contains(&(now() - said)), "{} s behind", now() - said);
}

#[test]
fn a_small_disk_is_full_soon_and_gone_with_its_ground() {
    let ground = Ground::of_my_own().unwrap();
    let disk = ground.small_disk("disk", 1_000_000).unwrap();
    let path = disk.path().join("spool");
    let mut file = File::create(&path).unwrap();
    file.write_all(&vec![1; 900_000]).unwrap();
    file.sync_all().unwrap();
    let error = file.write_all(&vec![1; 200_000]).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    fs::remove_file(&path).unwrap();
    drop(file);
    File::create(&path).unwrap().write_all(&vec![1; 500_000]).unwrap();
    disk.remove().unwrap();
    assert!(!path.exists());
}

#[test]
fn syncing_is_slow_or_fails_while_it_is_told_to() {
    let ground = Ground::of_my_own().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let script = r#"while :; do sync -d "$1/file" 2>/dev/null && echo synced >>"$1/said" || echo failed >>"$1/said"; done"#;
    fs::write(folder.path().join("file"), "").unwrap();
    let process = Busy(Command::new("sh").args(["-c", script, "sh"]).arg(folder.path()).spawn().unwrap());
    let said = |what: &str| {
        let text = fs::read_to_string(folder.path().join("said")).unwrap_or_default();
        text.lines().filter(|line| *line == what).count()
    };
    wait::until_true("a sync", SOON, || said("synced") > 2).unwrap();

    let broken = ground.syncing(process.0.id(), Sync::Broken).unwrap();
    wait::until_true("a failed sync", SOON, || said("failed") > 2).unwrap();
    drop(broken);
    let before = said("synced");
    wait::until_true("syncs that succeed again", SOON, || said("synced") > before + 2).unwrap();

    let slow = ground.syncing(process.0.id(), Sync::Slow(Duration::from_millis(300))).unwrap();
    let (before, began) = (said("synced"), Instant::now());
    wait::until_true("three slow syncs", SOON, || said("synced") >= before + 4).unwrap();
    assert!(began.elapsed() >= Duration::from_millis(900), "{:?}", began.elapsed());
    drop(slow);
}

/// A process that ends with the test, however that ends.
struct Busy(Child);

impl Drop for Busy {
    fn drop(&mut self) {
        let _ended_already = self.0.kill();
        let _is_reaped = self.0.wait();
    }
}
