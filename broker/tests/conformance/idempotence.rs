//! Idempotent producers: what was appended once is not appended again, and nothing is skipped.

use kafka_protocol::{
    ResponseError,
    messages::{FindCoordinatorRequest, InitProducerIdRequest, ProducerId, TransactionalId},
};
use sawlog_e2e::wait;

use crate::{
    batches::Batch,
    calls::{LATEST, Outcome, is_there, outcome, string},
    served::{Served, fresh},
    wire::{Client, PATIENCE},
};

/// A producer of one partition, whose sequence numbers are the case's.
pub(crate) struct Producer {
    client: Client,
    topic: String,
    id: i64,
    epoch: i16,
}

impl Producer {
    /// A new one.
    pub(crate) fn new(kafka: &Served, topic: &str) -> Self {
        let mut client = kafka.client();
        let (id, epoch) = client.producer();
        Self { client, topic: topic.to_owned(), id, epoch }
    }

    /// Sends so many records from a sequence number on.
    pub(crate) fn send(&mut self, first: i32, count: usize) -> (Outcome, i64) {
        let batch = Batch::of(&vec!["x"; count]).by(self.id, self.epoch, first);
        let found = self.client.produce(&self.topic, 0, batch.bytes());
        (found.error, found.first)
    }

    /// The same producer on another connection.
    pub(crate) fn again(self, kafka: &Served) -> Self {
        Self { client: kafka.client(), ..self }
    }

    fn end(&mut self) -> i64 {
        self.client.offset(&self.topic, 0, LATEST).offset
    }
}

const GAP: (Outcome, i64) = (Some(ResponseError::OutOfOrderSequenceNumber), -1);
const FENCED: (Outcome, i64) = (Some(ResponseError::InvalidProducerEpoch), -1);

pub(crate) fn every_producer_has_an_id_of_its_own(kafka: &Served) {
    let mut ids: Vec<i64> = (0..5)
        .map(|_| {
            let (id, epoch) = kafka.client().producer();
            assert!(id >= 0);
            assert_eq!(epoch, 0);
            id
        })
        .collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 5);
}

pub(crate) fn batches_in_order_are_appended(kafka: &Served) {
    let mut producer = Producer::new(kafka, &kafka.topic(1));
    assert_eq!(producer.send(0, 3), (None, 0));
    assert_eq!(producer.send(3, 1), (None, 3));
    assert_eq!(producer.send(4, 2), (None, 4));
    assert_eq!(producer.end(), 6);
}

pub(crate) fn a_retry_is_answered_with_the_first_offset(kafka: &Served) {
    let mut producer = Producer::new(kafka, &kafka.topic(1));
    assert_eq!(producer.send(0, 3), (None, 0));
    assert_eq!(producer.send(0, 3), (None, 0));
    let mut elsewhere = producer.again(kafka);
    assert_eq!(elsewhere.send(0, 3), (None, 0), "also on another connection");
    assert_eq!(elsewhere.end(), 3);
}

pub(crate) fn each_of_the_last_five_batches_can_be_retried(kafka: &Served) {
    let mut producer = Producer::new(kafka, &kafka.topic(1));
    for first in 0..6 {
        assert_eq!(producer.send(first * 2, 2), (None, i64::from(first) * 2));
    }
    for first in (1..6).rev() {
        assert_eq!(producer.send(first * 2, 2), (None, i64::from(first) * 2), "batch {first}");
    }
    assert_eq!(producer.end(), 12);
}

pub(crate) fn an_older_batch_is_not_appended_again(kafka: &Served) {
    let mut producer = Producer::new(kafka, &kafka.topic(1));
    for first in 0..7 {
        assert_eq!(producer.send(first, 1), (None, i64::from(first)));
    }
    assert_eq!(producer.send(0, 1), GAP, "it is forgotten where it went");
    assert_eq!(producer.end(), 7);
}

pub(crate) fn a_gap_is_refused(kafka: &Served) {
    let mut producer = Producer::new(kafka, &kafka.topic(1));
    assert_eq!(producer.send(0, 2), (None, 0));
    assert_eq!(producer.send(3, 1), GAP);
    assert_eq!(producer.send(2, 1), (None, 2), "what was missing still comes in");
    assert_eq!(producer.send(3, 1), (None, 3));
}

pub(crate) fn a_retry_of_another_length_is_refused(kafka: &Served) {
    let mut producer = Producer::new(kafka, &kafka.topic(1));
    assert_eq!(producer.send(0, 3), (None, 0));
    assert_eq!(producer.send(0, 2), GAP);
    assert_eq!(producer.send(1, 2), GAP);
    assert_eq!(producer.send(0, 4), GAP);
    assert_eq!(producer.end(), 3);
}

pub(crate) fn a_producer_nobody_knows_begins_anywhere(kafka: &Served) {
    // Its state may have gone with the records: whoever was forgotten goes on.
    let mut producer = Producer::new(kafka, &kafka.topic(1));
    assert_eq!(producer.send(17, 1), (None, 0));
    assert_eq!(producer.send(18, 1), (None, 1));
    assert_eq!(producer.send(0, 1), GAP);
}

pub(crate) fn an_older_epoch_is_fenced(kafka: &Served) {
    let mut producer = Producer::new(kafka, &kafka.topic(1));
    producer.epoch = 3;
    assert_eq!(producer.send(0, 1), (None, 0));
    producer.epoch = 2;
    assert_eq!(producer.send(1, 1), FENCED);
    assert_eq!(producer.send(0, 1), FENCED);
    assert_eq!(producer.end(), 1);
}

pub(crate) fn a_newer_epoch_begins_at_zero(kafka: &Served) {
    let mut producer = Producer::new(kafka, &kafka.topic(1));
    assert_eq!(producer.send(0, 2), (None, 0));
    producer.epoch = 1;
    assert_eq!(producer.send(2, 1), GAP, "another epoch counts anew");
    assert_eq!(producer.send(0, 1), (None, 2));
    producer.epoch = 0;
    assert_eq!(producer.send(2, 1), FENCED);
}

pub(crate) fn sequence_numbers_go_on_at_zero_after_the_largest(kafka: &Served) {
    let mut producer = Producer::new(kafka, &kafka.topic(1));
    assert_eq!(producer.send(i32::MAX - 1, 2), (None, 0));
    assert_eq!(producer.send(0, 1), (None, 2));
    assert_eq!(producer.send(i32::MAX - 1, 2), (None, 0), "a retry from before");
    assert_eq!(producer.send(2, 1), GAP);
    assert_eq!(producer.send(1, 1), (None, 3));
}

pub(crate) fn one_batch_spans_the_largest_sequence_number(kafka: &Served) {
    let mut producer = Producer::new(kafka, &kafka.topic(1));
    assert_eq!(producer.send(i32::MAX - 1, 4), (None, 0));
    assert_eq!(producer.send(i32::MAX - 1, 4), (None, 0), "a retry");
    assert_eq!(producer.send(1, 1), GAP);
    assert_eq!(producer.send(2, 1), (None, 4));
}

pub(crate) fn producers_do_not_disturb_each_other(kafka: &Served) {
    let topic = kafka.topic(1);
    let mut producers: Vec<Producer> = (0..3).map(|_| Producer::new(kafka, &topic)).collect();
    for round in 0..4 {
        for (place, producer) in (0..).zip(&mut producers) {
            assert_eq!(producer.send(round, 1), (None, i64::from(round) * 4 + place));
        }
        assert_eq!(producers[0].client.append(&topic, 0, &["of nobody"]), i64::from(round) * 4 + 3);
    }
    assert_eq!(producers[2].send(3, 1), (None, 14), "a retry");
    assert_eq!(producers[1].send(5, 1), GAP);
}

pub(crate) fn every_partition_counts_on_its_own(kafka: &Served) {
    let topic = kafka.topic(2);
    let mut client = kafka.client();
    let (id, epoch) = client.producer();
    let mut send = |partition, first| {
        let batch = Batch::of(&["x"]).by(id, epoch, first);
        let found = client.produce(&topic, partition, batch.bytes());
        (found.error, found.first)
    };
    assert_eq!(send(0, 0), (None, 0));
    assert_eq!(send(1, 0), (None, 0));
    assert_eq!(send(0, 1), (None, 1));
    assert_eq!(send(1, 2), GAP);
    assert_eq!(send(1, 1), (None, 1));
}

pub(crate) fn a_transactional_id_is_refused(kafka: &Served) {
    let mut client = kafka.client();
    let name = fresh("transaction");
    let coordinator = FindCoordinatorRequest::default().with_key(string(&name)).with_key_type(1);
    let request = InitProducerIdRequest::default()
        .with_transactional_id(Some(TransactionalId(string(&name))))
        .with_transaction_timeout_ms(60_000)
        .with_producer_id(ProducerId(-1))
        .with_producer_epoch(-1);
    let why = "this broker has no transactions: they come when something needs them";
    if kafka.differs(why, true, false) {
        let found = client.ask(&coordinator);
        assert_eq!(outcome(found.error_code), Some(ResponseError::TransactionalIdAuthorizationFailed));
        let answer = client.ask(&request);
        assert_eq!(outcome(answer.error_code), Some(ResponseError::TransactionalIdAuthorizationFailed));
        assert_eq!(*answer.producer_id, -1);
    } else {
        wait::until_true("a coordinator", PATIENCE, || is_there(client.ask(&coordinator).error_code))
            .unwrap();
        let known = wait::until("the coordinator's answer", PATIENCE, || {
            let answer = client.ask(&request);
            is_there(answer.error_code).then_some(*answer.producer_id)
        });
        assert!(known.unwrap() >= 0);
    }
}
