//! librdkafka's own producers, consumers and administration.

use std::{collections::BTreeMap, time::Duration};

use rdkafka::{
    ClientConfig, Message as _, Offset, TopicPartitionList,
    admin::{
        AdminClient, AdminOptions, AlterConfig, NewPartitions, NewTopic, ResourceSpecifier, TopicReplication,
    },
    client::DefaultClientContext,
    consumer::{BaseConsumer, CommitMode, Consumer as _},
    error::KafkaError,
    message::{Header, Headers as _, OwnedHeaders, OwnedMessage},
    producer::{BaseRecord, Producer as _, ThreadedProducer},
    types::RDKafkaErrorCode,
};
use sawlog_e2e::wait;

use crate::{
    batches::{CODECS, HOUR_AGO},
    member::new_group,
    served::{Served, fresh},
    wire::PATIENCE,
};

/// A line as programs print it.
pub(crate) fn line(number: usize) -> String {
    format!("{number:06} GET /orders/{number} 200 from a customer who is in no hurry")
}

/// Sends so many numbered lines and waits until all are acknowledged.
pub(crate) fn send_lines(config: &mut ClientConfig, topic: &str, partitions: usize, count: usize) {
    let producer: ThreadedProducer<_> =
        config.set("enable.idempotence", "true").set("linger.ms", "5").create().unwrap();
    for number in 0..count {
        let (key, payload) = (format!("key-{number}"), line(number));
        let record = BaseRecord::to(topic)
            .partition(i32::try_from(number % partitions).unwrap())
            .key(&key)
            .payload(&payload)
            .timestamp(*HOUR_AGO + i64::try_from(number).unwrap())
            .headers(OwnedHeaders::new().insert(Header { key: "of", value: Some("conformance") }));
        producer.send(record).map_err(|(error, _)| error).unwrap();
    }
    producer.flush(PATIENCE).unwrap();
    assert_eq!(producer.in_flight_count(), 0);
}

/// A consumer of these partitions from their beginning, without a group.
fn reader(kafka: &Served, topic: &str, partitions: i32) -> BaseConsumer {
    let consumer: BaseConsumer = kafka.config().set("group.id", "nobody").create().unwrap();
    let mut list = TopicPartitionList::new();
    for partition in 0..partitions {
        list.add_partition_offset(topic, partition, Offset::Beginning).unwrap();
    }
    consumer.assign(&list).unwrap();
    consumer
}

/// So many messages.
fn read(consumer: &BaseConsumer, count: usize) -> Vec<OwnedMessage> {
    let mut found = Vec::new();
    wait::until_true("all messages", PATIENCE, || {
        while let Some(message) = consumer.poll(Duration::from_millis(20)) {
            found.push(message.unwrap().detach());
        }
        found.len() >= count
    })
    .unwrap();
    assert_eq!(found.len(), count);
    found
}

fn text(message: &OwnedMessage) -> String {
    String::from_utf8(message.payload().unwrap().to_vec()).unwrap()
}

pub(crate) fn librdkafka_writes_and_reads_every_codec(kafka: &Served) {
    for codec in CODECS {
        let topic = kafka.topic(1);
        let name = format!("{codec:?}").to_lowercase();
        send_lines(kafka.config().set("compression.codec", &name), &topic, 1, 500);
        let kept = kafka.client().fetch(&topic, 0, 0).batches;
        assert!(!kept.is_empty() && kept.iter().all(|batch| batch.codec == codec as i16), "{name}");
        let found = read(&reader(kafka, &topic, 1), 500);
        for (number, message) in found.iter().enumerate() {
            assert_eq!(text(message), line(number));
            assert_eq!(message.key().unwrap(), format!("key-{number}").as_bytes());
            assert_eq!(message.timestamp().to_millis(), Some(*HOUR_AGO + i64::try_from(number).unwrap()));
            assert_eq!(message.headers().unwrap().get(0).value.unwrap(), b"conformance");
        }
    }
}

pub(crate) fn twenty_thousand_messages_come_once_and_in_order(kafka: &Served) {
    const COUNT: usize = 20_000;
    let topic = kafka.topic(4);
    let mut config = kafka.config();
    config.set("compression.codec", "lz4").set("batch.num.messages", "100");
    send_lines(&mut config, &topic, 4, COUNT);
    let mut by_partition: BTreeMap<i32, Vec<String>> = BTreeMap::new();
    for message in read(&reader(kafka, &topic, 4), COUNT) {
        by_partition.entry(message.partition()).or_default().push(text(&message));
    }
    for (partition, lines) in (0..).zip(by_partition.values()) {
        assert_eq!(*lines, (partition..COUNT).step_by(4).map(line).collect::<Vec<_>>());
    }
    assert_eq!(by_partition.len(), 4);
}

pub(crate) fn a_consumer_looks_up_times_and_ends(kafka: &Served) {
    let topic = kafka.topic(1);
    send_lines(kafka.config().set("compression.codec", "zstd"), &topic, 1, 300);
    let consumer = reader(kafka, &topic, 1);
    assert_eq!(consumer.fetch_watermarks(&topic, 0, PATIENCE).unwrap(), (0, 300));
    let mut list = TopicPartitionList::new();
    list.add_partition_offset(&topic, 0, Offset::Offset(*HOUR_AGO + 123)).unwrap();
    let found = consumer.offsets_for_times(list, PATIENCE).unwrap();
    assert_eq!(found.find_partition(&topic, 0).unwrap().offset(), Offset::Offset(123));
    consumer.seek(&topic, 0, Offset::Offset(123), PATIENCE).unwrap();
    let begins = wait::until("the message", PATIENCE, || {
        let message = consumer.poll(Duration::from_millis(50))?.unwrap();
        (message.offset() >= 123).then(|| text(&message.detach()))
    });
    assert_eq!(begins.unwrap(), line(123));
}

pub(crate) fn a_consumer_goes_on_where_its_group_was(kafka: &Served) {
    let (topic, group) = (kafka.topic(1), new_group(kafka));
    send_lines(&mut kafka.config(), &topic, 1, 20);
    let consumer = || -> BaseConsumer {
        let mut config = kafka.config();
        config
            .set("group.id", &group)
            .set("auto.offset.reset", "earliest")
            .set("enable.auto.commit", "false");
        config.set("enable.auto.offset.store", "false");
        let consumer: BaseConsumer = config.create().unwrap();
        consumer.subscribe(&[&topic]).unwrap();
        consumer
    };
    let next = |consumer: &BaseConsumer| {
        let next = wait::until("a message", PATIENCE, || {
            let message = consumer.poll(Duration::from_millis(50))?.unwrap().detach();
            Some((message.offset(), text(&message)))
        });
        next.unwrap()
    };
    let first = consumer();
    assert_eq!(next(&first), (0, line(0)));
    let mut list = TopicPartitionList::new();
    list.add_partition_offset(&topic, 0, Offset::Offset(7)).unwrap();
    first.commit(&list, CommitMode::Sync).unwrap();
    drop(first);
    let second = consumer();
    assert_eq!(next(&second), (7, line(7)));
    let committed = second.committed(PATIENCE).unwrap();
    assert_eq!(committed.find_partition(&topic, 0).unwrap().offset(), Offset::Offset(7));
}

pub(crate) fn a_consumer_that_is_behind_the_start_begins_there(kafka: &Served) {
    let topic = kafka.topic(1);
    let mut client = kafka.client();
    for _ in 0..5 {
        client.append(&topic, 0, &["x", "y"]);
    }
    assert_eq!(client.delete_before(&topic, 0, 6), (None, 6));
    let mut config = kafka.config();
    config.set("group.id", "nobody").set("auto.offset.reset", "earliest");
    let consumer: BaseConsumer = config.create().unwrap();
    let mut list = TopicPartitionList::new();
    list.add_partition_offset(&topic, 0, Offset::Offset(2)).unwrap();
    consumer.assign(&list).unwrap();
    let offsets: Vec<i64> = read(&consumer, 4).iter().map(rdkafka::Message::offset).collect();
    assert_eq!(offsets, [6, 7, 8, 9]);
}

fn now<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

pub(crate) fn administrators_do_all_they_can(kafka: &Served) {
    let (topic, group) = (fresh("topic"), new_group(kafka));
    let admin: AdminClient<DefaultClientContext> = kafka.config().create().unwrap();
    let options = AdminOptions::new().operation_timeout(Some(PATIENCE)).request_timeout(Some(PATIENCE));
    let new = NewTopic::new(&topic, 2, TopicReplication::Fixed(1)).set("retention.ms", "90000");
    assert_eq!(now(admin.create_topics([&new], &options)).unwrap(), [Ok(topic.clone())]);
    let again = now(admin.create_topics([&new], &options)).unwrap();
    assert_eq!(again, [Err((topic.clone(), RDKafkaErrorCode::TopicAlreadyExists))]);
    kafka.await_topic(&topic, 2);

    let resource = ResourceSpecifier::Topic(&topic);
    let retention = || {
        let found = now(admin.describe_configs([&resource], &options)).unwrap().remove(0).unwrap();
        found.get("retention.ms").unwrap().value.clone().unwrap()
    };
    assert_eq!(retention(), "90000");
    let alter = AlterConfig::new(resource).set("retention.ms", "80000");
    assert!(now(admin.alter_configs([&alter], &options)).unwrap()[0].is_ok());
    wait::until_true("the change", PATIENCE, || retention() == "80000").unwrap();

    let grown = now(admin.create_partitions([&NewPartitions::new(&topic, 3)], &options)).unwrap();
    assert_eq!(grown, [Ok(topic.clone())]);
    kafka.await_topic(&topic, 3);
    send_lines(&mut kafka.config(), &topic, 3, 30);
    let mut list = TopicPartitionList::new();
    list.add_partition_offset(&topic, 2, Offset::Offset(4)).unwrap();
    let deleted = now(admin.delete_records(&list, &options)).unwrap();
    assert_eq!(deleted.find_partition(&topic, 2).unwrap().offset(), Offset::Offset(4));

    crate::member::Member::new(kafka, &group).commit_one(&topic, 0, 1);
    let consumer: BaseConsumer = kafka.config().create().unwrap();
    let listed = consumer.fetch_group_list(Some(&group), PATIENCE).unwrap();
    assert_eq!((listed.groups()[0].name(), listed.groups()[0].state()), (group.as_str(), "Empty"));
    assert_eq!(now(admin.delete_groups(&[&group], &options)).unwrap(), [Ok(group.clone())]);
    assert_eq!(now(admin.delete_topics(&[&topic], &options)).unwrap(), [Ok(topic.clone())]);
    let gone = now(admin.delete_topics(&[&topic], &options)).unwrap();
    assert_eq!(gone, [Err((topic, RDKafkaErrorCode::UnknownTopicOrPartition))]);
}

pub(crate) fn a_transactional_producer_is_told_that_there_are_none(kafka: &Served) {
    let mut config = kafka.config();
    let producer: ThreadedProducer<_> =
        config.set("transactional.id", fresh("transaction")).create().unwrap();
    let began = producer.init_transactions(PATIENCE);
    let why = "this broker has no transactions: they come when something needs them";
    if kafka.differs(why, true, false) {
        let Err(KafkaError::Transaction(error)) = began else { panic!("{began:?}") };
        assert_eq!(error.code(), RDKafkaErrorCode::TransactionalIdAuthorizationFailed);
        assert!(error.is_fatal(), "it does not try for ever");
    } else {
        began.unwrap();
    }
}
