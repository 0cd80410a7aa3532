//! What is still so after the server was stopped and started again.
//!
//! A case is in two halves: what it does before is in the function, what it expects afterwards in the function it
//! returns. Apache Kafka takes seconds to start, so all cases share one restart there; ours has one for each.

use std::time::Duration;

use kafka_protocol::{
    ResponseError,
    messages::{DescribeClusterRequest, MetadataRequest},
};
use rdkafka::{
    Message as _,
    consumer::{BaseConsumer, Consumer as _},
    producer::{BaseRecord, Producer as _, ThreadedProducer},
};
use sawlog_e2e::{ground::Ground, wait};

use crate::{
    batches::{Batch, CODECS, HOUR_AGO},
    calls::{EARLIEST, LATEST, outcome},
    idempotence::Producer,
    member::{Member, committed, new_group},
    served::Served,
    wire::PATIENCE,
};

/// What is expected afterwards.
pub(crate) type After = Box<dyn FnOnce(&Served)>;

/// One after the other before, and after, one restart.
pub(crate) fn on_apache(cases: &[fn(&Served) -> After]) {
    let ground = Ground::of_my_own().unwrap();
    let mut served = Served::of(ground.kafka().unwrap());
    let expected: Vec<After> = cases.iter().map(|before| before(&served)).collect();
    served.restart();
    for after in expected {
        after(&served);
    }
}

/// A case with a restart of its own.
pub(crate) fn on_ours(before: fn(&Served) -> After) {
    let mut served = Served::ours();
    let after = before(&served);
    served.restart();
    after(&served);
}

pub(crate) fn records_are_where_they_were(kafka: &Served) -> After {
    let topic = kafka.topic(2);
    let mut client = kafka.client();
    for codec in CODECS {
        let batch = Batch::sized(10, 100).with(codec);
        assert_eq!(client.produce(&topic, 1, batch.bytes()).error, None);
    }
    let before = client.fetch(&topic, 1, 0).bytes;
    Box::new(move |kafka| {
        kafka.await_topic(&topic, 2);
        let mut client = kafka.client();
        let found = client.fetch(&topic, 1, 0);
        assert_eq!((found.high, found.start, found.batches.len()), (50, 0, CODECS.len()));
        assert_eq!(found.bytes, before, "byte for byte");
        assert_eq!(client.offset(&topic, 1, *HOUR_AGO + 4).offset, 4);
        assert_eq!(client.offset(&topic, 0, LATEST).offset, 0);
        assert_eq!(client.append(&topic, 1, &["more"]), 50);
    })
}

pub(crate) fn producers_go_on_where_they_were(kafka: &Served) -> After {
    let topic = kafka.topic(1);
    let mut producer = Producer::new(kafka, &topic);
    for first in [0, 3, 6] {
        assert_eq!(producer.send(first, 3), (None, i64::from(first)));
    }
    Box::new(move |kafka| {
        kafka.await_topic(&topic, 1);
        let mut producer = producer.again(kafka);
        assert_eq!(producer.send(6, 3), (None, 6), "a retry of what was acknowledged before");
        assert_eq!(producer.send(10, 1), (Some(ResponseError::OutOfOrderSequenceNumber), -1));
        assert_eq!(producer.send(9, 1), (None, 9));
    })
}

pub(crate) fn ids_of_producers_are_not_given_twice(kafka: &Served) -> After {
    let before: Vec<i64> = (0..3).map(|_| kafka.client().producer().0).collect();
    Box::new(move |kafka| {
        for _ in 0..3 {
            assert!(!before.contains(&kafka.client().producer().0));
        }
    })
}

pub(crate) fn topics_keep_their_ids_and_settings(kafka: &Served) -> After {
    let topic = kafka.topic_with(3, &[("max.message.bytes", "1000")]);
    let mut client = kafka.client();
    let id = client.describe(&topic).topic_id;
    let cluster = client.ask(&DescribeClusterRequest::default()).cluster_id;
    Box::new(move |kafka| {
        kafka.await_topic(&topic, 3);
        let mut client = kafka.client();
        let found = client.describe(&topic);
        assert_eq!((found.topic_id, found.partitions.len()), (id, 3));
        assert_eq!(client.ask(&DescribeClusterRequest::default()).cluster_id, cluster);
        let bytes = Batch::sized(1, 1_000).bytes();
        assert_eq!(client.produce(&topic, 2, bytes).error, Some(ResponseError::MessageTooLarge));
    })
}

pub(crate) fn what_was_deleted_stays_deleted(kafka: &Served) -> After {
    let (kept, gone) = (kafka.topic(1), kafka.topic(1));
    let mut client = kafka.client();
    client.append(&gone, 0, &["a"]);
    for _ in 0..3 {
        client.append(&kept, 0, &["a", "b"]);
    }
    assert_eq!(client.delete_before(&kept, 0, 3), (None, 3));
    assert_eq!(client.delete(&gone), None);
    Box::new(move |kafka| {
        kafka.await_topic(&kept, 1);
        let mut client = kafka.client();
        assert_eq!(client.offset(&kept, 0, EARLIEST).offset, 3);
        assert_eq!(client.fetch(&kept, 0, 2).error, Some(ResponseError::OffsetOutOfRange));
        let found = outcome(client.describe(&gone).error_code);
        assert_eq!(found, Some(ResponseError::UnknownTopicOrPartition));
        let all = client.ask(&MetadataRequest::default().with_topics(None)).topics;
        assert!(all.iter().all(|topic| topic.name.as_ref().unwrap().as_str() != gone));
    })
}

pub(crate) fn what_was_committed_is_known(kafka: &Served) -> After {
    let (topic, group) = (kafka.topic(2), new_group(kafka));
    let outcomes = Member::new(kafka, &group).commit(&topic, &[(0, 5, "five"), (1, 6, "")]);
    assert_eq!(outcomes, [(0, None), (1, None)]);
    Box::new(move |kafka| {
        // Nothing answers for the group until its coordinator has read what it wrote.
        let mut client = kafka.client();
        wait::until_true("the commits", PATIENCE, || {
            committed(&mut client, &group, &topic, &[0, 1]) == [(5, "five".to_owned()), (6, String::new())]
        })
        .unwrap();
    })
}

/// A consumer of a group and an idempotent producer that were there before.
pub(crate) fn clients_go_on_by_themselves(kafka: &Served) -> After {
    let (topic, group) = (kafka.topic(1), new_group(kafka));
    let producer: ThreadedProducer<_> = kafka.config().set("enable.idempotence", "true").create().unwrap();
    let mut config = kafka.config();
    config.set("group.id", &group).set("auto.offset.reset", "earliest").set("heartbeat.interval.ms", "200");
    let consumer: BaseConsumer = config.create().unwrap();
    consumer.subscribe(&[&topic]).unwrap();
    let round = move |payload: &str| {
        producer
            .send(BaseRecord::<(), str>::to(&topic).payload(payload))
            .map_err(|(error, _)| error)
            .unwrap();
        producer.flush(PATIENCE).unwrap();
        wait::until_true("the message", PATIENCE, || {
            // That the broker was away is told as an error; the consumer looks for it again by itself.
            let Some(Ok(message)) = consumer.poll(Duration::from_millis(50)) else { return false };
            message.payload() == Some(payload.as_bytes())
        })
        .unwrap();
    };
    round("before");
    Box::new(move |_| round("after"))
}
