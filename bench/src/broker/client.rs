//! The clients of both: librdkafka, as an agent and an indexer use it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail, ensure};
use rdkafka::{
    ClientConfig, ClientContext, Message as _, Offset, TopicPartitionList,
    admin::{AdminClient, AdminOptions, NewTopic, TopicReplication},
    client::DefaultClientContext,
    consumer::{BaseConsumer, Consumer as _},
    error::{KafkaError, RDKafkaErrorCode},
    message::DeliveryResult,
    producer::{BaseProducer, BaseRecord, Producer as _, ProducerContext},
};

const PATIENCE: Duration = Duration::from_secs(60);
/// Bytes of a message that only fills a disk.
pub(super) const FILL: usize = 900_000;

/// What is sent and has to come back.
pub(super) struct Messages {
    lines: Vec<Vec<u8>>,
    count: usize,
    /// Of all of them, in any order.
    sum: u64,
}

/// Counts what was acknowledged.
#[derive(Clone, Default)]
struct Delivered {
    well: Arc<AtomicUsize>,
    badly: Arc<AtomicUsize>,
}

impl ClientContext for Delivered {}

impl ProducerContext for Delivered {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        let counter = if result.is_ok() { &self.well } else { &self.badly };
        counter.fetch_add(1, Ordering::Relaxed);
    }
}

impl Messages {
    pub(super) fn new(lines: Vec<Vec<u8>>, count: usize) -> Self {
        let sum = lines.iter().cycle().take(count).map(|line| sum_of(line)).fold(0, u64::wrapping_add);
        Self { lines, count, sum }
    }

    /// Sends all of them; how long it took until the last was acknowledged. A client takes half a second to find its
    /// broker, whoever that is: the first message is sent and acknowledged before the clock starts.
    pub(super) fn produce(&self, bootstrap: &str, topic: &str) -> anyhow::Result<Duration> {
        let delivered = Delivered::default();
        let producer: BaseProducer<Delivered> = config(bootstrap)
            .set("compression.codec", "lz4")
            .set("acks", "all")
            .set("enable.idempotence", "true")
            .set("linger.ms", "20")
            .set("batch.size", "1000000")
            .set("queue.buffering.max.messages", "2000000")
            .create_with_context(delivered.clone())?;
        let mut lines = self.lines.iter().cycle().take(self.count);
        for line in lines.by_ref().take(1) {
            send(&producer, BaseRecord::<(), [u8]>::to(topic).payload(line))?;
        }
        producer.flush(PATIENCE)?;
        let began = Instant::now();
        for line in lines {
            send(&producer, BaseRecord::<(), [u8]>::to(topic).payload(line))?;
        }
        producer.flush(PATIENCE)?;
        let took = began.elapsed();
        let (well, badly) = (delivered.well.load(Ordering::Relaxed), delivered.badly.load(Ordering::Relaxed));
        ensure!((well, badly) == (self.count, 0), "{well} of {} acknowledged, {badly} refused", self.count);
        Ok(took)
    }

    /// Reads all of them; how long it took from the first to the last.
    pub(super) fn consume(
        &self,
        bootstrap: &str,
        topic: &str,
        partitions: usize,
    ) -> anyhow::Result<Duration> {
        let consumer = consumer(bootstrap)?;
        let mut all = TopicPartitionList::new();
        for partition in 0..partitions {
            all.add_partition_offset(topic, i32::try_from(partition)?, Offset::Beginning)?;
        }
        consumer.assign(&all)?;
        let (mut count, mut sum) = (0, 0_u64);
        let mut began = Instant::now();
        while count < self.count {
            let message = consumer.poll(PATIENCE).context("no message comes any more")??;
            sum = sum.wrapping_add(sum_of(message.payload().unwrap_or_default()));
            count += 1;
            if count == 1 {
                began = Instant::now();
            }
        }
        let took = began.elapsed();
        ensure!(sum == self.sum, "what was read of {topic} is not what was sent");
        let more = consumer.poll(Duration::from_millis(50));
        ensure!(more.is_none(), "more was read of {topic} than was sent");
        Ok(took)
    }
}

/// Fills a topic with bytes that nothing can compress.
pub(super) fn fill(bootstrap: &str, topic: &str, partitions: usize, bytes: u64) -> anyhow::Result<()> {
    let producer: BaseProducer<Delivered> = config(bootstrap)
        .set("acks", "all")
        .set("queue.buffering.max.kbytes", "262144")
        .set("message.max.bytes", "1000000")
        .create_with_context(Delivered::default())?;
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let noise: Vec<u8> = (0..FILL)
        .map(|_| {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            seed.to_le_bytes()[3]
        })
        .collect();
    for number in 0..bytes.div_ceil(FILL as u64) {
        let partition = i32::try_from(number % partitions as u64)?;
        send(&producer, BaseRecord::<(), [u8]>::to(topic).payload(&noise).partition(partition))?;
    }
    producer.flush(PATIENCE * 5)?;
    ensure!(
        producer.context().badly.load(Ordering::Relaxed) == 0,
        "a message that fills the disk was refused"
    );
    Ok(())
}

fn send(producer: &BaseProducer<Delivered>, mut record: BaseRecord<'_, (), [u8]>) -> anyhow::Result<()> {
    loop {
        match producer.send(record) {
            Ok(()) => return Ok(()),
            Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), again)) => {
                producer.poll(Duration::from_millis(5));
                record = again;
            }
            Err((error, _)) => bail!(error),
        }
    }
}

/// How many messages all partitions hold.
pub(super) fn count(bootstrap: &str, topic: &str, partitions: usize) -> anyhow::Result<u64> {
    let consumer = consumer(bootstrap)?;
    let mut all = 0;
    for partition in 0..partitions {
        let (low, high) = consumer.fetch_watermarks(topic, i32::try_from(partition)?, PATIENCE)?;
        all += u64::try_from(high - low)?;
    }
    Ok(all)
}

pub(super) fn make_topic(bootstrap: &str, name: &str, partitions: usize) -> anyhow::Result<()> {
    let topic = NewTopic::new(name, i32::try_from(partitions)?, TopicReplication::Fixed(1));
    let made = block_on(admin(bootstrap)?.create_topics([&topic], &options()))?;
    made.into_iter()
        .try_for_each(|made| made.map(drop).map_err(|(name, error)| anyhow::anyhow!("make {name}: {error}")))
}

pub(super) fn delete_topic(bootstrap: &str, name: &str) -> anyhow::Result<()> {
    let deleted = block_on(admin(bootstrap)?.delete_topics(&[name], &options()))?;
    deleted.into_iter().try_for_each(|gone| {
        gone.map(drop).map_err(|(name, error)| anyhow::anyhow!("delete {name}: {error}"))
    })
}

/// Whether it answers.
pub(super) fn answers(bootstrap: &str) -> bool {
    let asked =
        consumer(bootstrap).map(|consumer| consumer.fetch_metadata(None, Duration::from_secs(5)).is_ok());
    asked.unwrap_or(false)
}

fn admin(bootstrap: &str) -> anyhow::Result<AdminClient<DefaultClientContext>> {
    Ok(config(bootstrap).create()?)
}

fn options() -> AdminOptions {
    AdminOptions::new().operation_timeout(Some(PATIENCE)).request_timeout(Some(PATIENCE))
}

fn consumer(bootstrap: &str) -> anyhow::Result<BaseConsumer> {
    let consumer = config(bootstrap)
        .set("group.id", "bench")
        .set("enable.auto.commit", "false")
        .set("fetch.queue.backoff.ms", "10")
        .create()?;
    Ok(consumer)
}

fn config(bootstrap: &str) -> ClientConfig {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", bootstrap).set("log_level", "2");
    config.set("reconnect.backoff.ms", "20").set("reconnect.backoff.max.ms", "100");
    config
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("because a runtime needs only memory").block_on(future)
}

/// Enough to see a wrong byte anywhere in a million lines, and cheap beside reading them.
fn sum_of(line: &[u8]) -> u64 {
    u64::from(crc32c::crc32c(line)) << 8 | line.len() as u64 & 0xff
}
