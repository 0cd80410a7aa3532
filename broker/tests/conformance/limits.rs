//! What is too much or makes no sense: it is refused or its connection is closed, and nobody else notices.

use bytes::{BufMut as _, BytesMut};
use kafka_protocol::{
    ResponseError,
    messages::{ApiKey, MetadataRequest, ProduceRequest},
};

use crate::{
    batches::Batch,
    calls::{LATEST, NewTopic, outcome},
    served::{Served, fresh},
    wire::{Client, frame_header},
};

/// What a topic takes unless it says otherwise.
const LARGEST: usize = 4 << 20;

/// A batch of one record with exactly so many bytes.
fn of_size(bytes: usize) -> Batch {
    let value = |length: usize| "v".repeat(length);
    let around = Batch::of(&[&value(bytes - 100)]).bytes().len() - (bytes - 100);
    let batch = Batch::of(&[&value(bytes - around)]);
    assert_eq!(batch.bytes().len(), bytes);
    batch
}

pub(crate) fn the_largest_batch_fits_and_a_byte_more_does_not(kafka: &Served) {
    let topic = kafka.topic(1);
    let mut client = kafka.client();
    let refused = client.produce(&topic, 0, of_size(LARGEST + 1).bytes());
    assert_eq!((refused.error, refused.first), (Some(ResponseError::MessageTooLarge), -1));
    assert_eq!(client.offset(&topic, 0, LATEST).offset, 0);
    let bytes = of_size(LARGEST).bytes();
    assert_eq!(client.produce(&topic, 0, bytes.clone()).error, None);
    let found = client.fetch(&topic, 0, 0);
    assert_eq!((found.batches.len(), found.bytes.len()), (1, bytes.len()));
}

pub(crate) fn a_topic_may_take_more_than_others(kafka: &Served) {
    let topic = kafka.topic_with(1, &[("max.message.bytes", "6000000")]);
    let mut client = kafka.client();
    assert_eq!(client.produce(&topic, 0, of_size(5_000_000).bytes()).error, None);
    let small = kafka.topic_with(1, &[("max.message.bytes", "1000")]);
    assert_eq!(client.produce(&small, 0, of_size(1_001).bytes()).error, Some(ResponseError::MessageTooLarge));
    assert_eq!(client.produce(&small, 0, of_size(1_000).bytes()).error, None);
}

pub(crate) fn a_partition_larger_than_a_segment_is_read_through(kafka: &Served) {
    let topic = kafka.topic_with(1, &[("segment.bytes", "1048576")]);
    let mut client = kafka.client();
    for first in 0..12 {
        assert_eq!(client.produce(&topic, 0, of_size(300_000).bytes()).first, first);
    }
    let mut offset = 0;
    while offset < 12 {
        let found = client.fetch(&topic, 0, offset);
        assert_eq!((found.error, found.batches[0].first), (None, offset));
        offset = found.batches.last().unwrap().last + 1;
    }
    assert_eq!(client.fetch(&topic, 0, 7).batches[0].first, 7);
    assert_eq!(client.delete_before(&topic, 0, 8), (None, 8), "segments go with what was in them");
    assert_eq!(client.fetch(&topic, 0, 8).batches[0].first, 8);
}

/// Sends something senseless and waits for the end of the connection, while another one works.
fn closes(kafka: &Served, send: impl FnOnce(&mut Client)) {
    let mut other = kafka.client();
    let mut client = Client::connect_silently(kafka.address);
    send(&mut client);
    client.assert_closed();
    let alive = other.ask(&MetadataRequest::default().with_topics(Some(vec![])));
    assert_eq!(alive.brokers.len(), 1, "others are not disturbed");
}

pub(crate) fn a_frame_of_a_gigabyte_closes_the_connection(kafka: &Served) {
    closes(kafka, |client| client.send_bytes(&(1_i32 << 30).to_be_bytes()));
}

pub(crate) fn a_negative_length_closes_the_connection(kafka: &Served) {
    closes(kafka, |client| client.send_bytes(&(-1_i32).to_be_bytes()));
}

pub(crate) fn an_empty_frame_closes_the_connection(kafka: &Served) {
    closes(kafka, |client| client.send_frame(&[]));
}

pub(crate) fn garbage_closes_the_connection(kafka: &Served) {
    closes(kafka, |client| client.send_bytes(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    closes(kafka, |client| client.send_frame(&[0xa5; 40]));
    closes(kafka, |client| client.send_bytes(&[0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3]));
}

pub(crate) fn an_unknown_api_closes_the_connection(kafka: &Served) {
    closes(kafka, |client| client.send_frame(&frame_header(9_999, 0, 1, 1)));
    closes(kafka, |client| client.send_frame(&frame_header(-1, 0, 1, 1)));
}

pub(crate) fn an_unknown_version_closes_the_connection(kafka: &Served) {
    closes(kafka, |client| {
        let mut frame = frame_header(ApiKey::Metadata as i16, 99, 1, 2);
        frame.put_bytes(0, 8);
        client.send_frame(&frame);
    });
    closes(kafka, |client| {
        let mut frame = frame_header(ApiKey::Metadata as i16, -1, 1, 1);
        frame.put_bytes(0, 8);
        client.send_frame(&frame);
    });
}

pub(crate) fn produce_of_old_closes_the_connection(kafka: &Served) {
    for version in 0..3 {
        closes(kafka, |client| {
            let mut frame = frame_header(ApiKey::Produce as i16, version, 1, 1);
            frame.put_i16(1); // acks
            frame.put_i32(1_000);
            frame.put_i32(0); // no topics
            client.send_frame(&frame);
        });
    }
}

pub(crate) fn a_question_that_is_cut_off_closes_the_connection(kafka: &Served) {
    closes(kafka, |client| {
        let mut frame = frame_header(ApiKey::Metadata as i16, 9, 1, 2);
        frame.put_u8(200); // so many topics, and then nothing
        client.send_frame(&frame);
    });
    closes(kafka, |client| {
        let mut frame = frame_header(ApiKey::Metadata as i16, 1, 1, 1);
        frame.put_i32(i32::MAX); // more than memory has room for
        client.send_frame(&frame);
    });
}

pub(crate) fn what_is_answered_before_nonsense_stays_answered(kafka: &Served) {
    let topic = kafka.topic(1);
    let mut client = kafka.client();
    assert_eq!(client.append(&topic, 0, &["a"]), 0);
    client.send_frame(&frame_header(9_999, 0, 1, 1));
    client.assert_closed();
    assert_eq!(kafka.client().fetch(&topic, 0, 0).values(), ["a"]);
}

pub(crate) fn half_a_question_keeps_nobody_waiting(kafka: &Served) {
    let topic = kafka.topic(1);
    let mut half = Client::connect_silently(kafka.address);
    let mut bytes = BytesMut::new();
    bytes.put_i32(1_000);
    bytes.extend_from_slice(&frame_header(ApiKey::Produce as i16, 8, 1, 1));
    half.send_bytes(&bytes);
    assert_eq!(kafka.client().append(&topic, 0, &["a"]), 0);
    drop(half);
    assert_eq!(kafka.client().append(&topic, 0, &["b"]), 1);
}

pub(crate) fn who_goes_without_waiting_for_the_answer_is_not_missed(kafka: &Served) {
    let topic = kafka.topic(1);
    for _ in 0..10 {
        let mut client = kafka.client();
        let request =
            crate::calls::produce_request(crate::calls::ALL, &[(&topic, 0, Batch::of(&["a"]).bytes())]);
        client.send(client.version::<ProduceRequest>(), &request);
    }
    let mut client = kafka.client();
    assert_eq!(client.produce(&topic, 0, Batch::of(&["b"]).bytes()).error, None);
    assert_eq!(outcome(client.describe(&topic).error_code), None);
}

pub(crate) fn a_hundred_connections_are_served(kafka: &Served) {
    let topic = kafka.topic(1);
    let mut clients: Vec<Client> = (0..100).map(|_| Client::connect_silently(kafka.address)).collect();
    for client in &mut clients {
        let answer = client.ask_at(1, &MetadataRequest::default().with_topics(None));
        assert!(answer.topics.iter().any(|found| found.name.as_ref().unwrap().as_str() == topic));
    }
}

pub(crate) fn a_thousand_topics_in_one_question_are_answered(kafka: &Served) {
    let mut client = kafka.client();
    let names: Vec<String> = (0..1_000).map(|_| fresh("nowhere")).collect();
    let topics = names
        .iter()
        .map(|name| {
            kafka_protocol::messages::metadata_request::MetadataRequestTopic::default()
                .with_name(Some(crate::calls::topic_name(name)))
        })
        .collect();
    let answer = client.ask(&MetadataRequest::default().with_topics(Some(topics)));
    assert_eq!(answer.topics.len(), 1_000);
    let refused = client.create(&NewTopic::named(&names[0], 1_000_000_000));
    assert!(refused.is_some(), "nobody has room for so many partitions");
}
