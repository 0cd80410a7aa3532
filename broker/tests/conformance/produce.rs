//! Produce: what is appended, what is refused, and that a refusal appends nothing.

use std::thread;

use bytes::Bytes;
use kafka_protocol::{ResponseError, messages::ProduceRequest, records::TimestampType};

use crate::{
    batches::{ATTRIBUTES, Batch, COUNT, CRC, HOUR_AGO, LAST_OFFSET_DELTA, LENGTH, MAGIC},
    calls::{ALL, LATEST, Produced, produce_request, produced},
    served::{Served, fresh},
};

pub(crate) fn the_first_batch_has_offset_zero_and_the_next_follows(kafka: &Served) {
    let topic = kafka.topic(1);
    let mut client = kafka.client();
    let bytes = Batch::of(&["a", "b", "c"]).bytes();
    let appended = |first| Produced { error: None, first, append_time: -1, log_start: 0 };
    assert_eq!(client.produce(&topic, 0, bytes.clone()), appended(0));
    assert_eq!(client.produce(&topic, 0, bytes), appended(3));
    assert_eq!(client.fetch(&topic, 0, 0).values(), ["a", "b", "c", "a", "b", "c"]);
}

pub(crate) fn keys_headers_times_and_nulls_come_back(kafka: &Served) {
    let topic = kafka.topic(1);
    let mut client = kafka.client();
    let mut batch = Batch::of(&["value", "", "gone"]).at(&[*HOUR_AGO, *HOUR_AGO - 5, *HOUR_AGO + 5]);
    batch.records[0].key = Some(Bytes::from_static(b"key"));
    let headers = [("one", Some("1")), ("none", None), ("empty", Some(""))];
    batch.records[0].headers = headers
        .into_iter()
        .map(|(name, value)| {
            (crate::calls::string(name), value.map(|text| Bytes::from_static(text.as_bytes())))
        })
        .collect();
    batch.records[2].value = None;
    assert_eq!(client.produce(&topic, 0, batch.bytes()).error, None);
    let found: Vec<_> = client.fetch(&topic, 0, 0).batches.remove(0).records();
    for (sent, found) in batch.records.iter().zip(&found) {
        assert_eq!(
            (&sent.key, &sent.value, &sent.headers, sent.timestamp, sent.offset),
            (&found.key, &found.value, &found.headers, found.timestamp, found.offset)
        );
        assert_eq!(found.timestamp_type, TimestampType::Creation);
    }
    assert_eq!(found.len(), 3);
}

pub(crate) fn one_request_writes_several_topics_and_partitions(kafka: &Served) {
    let (one, other) = (kafka.topic(3), kafka.topic(1));
    let mut client = kafka.client();
    let batch = |value: &str| Batch::of(&[value]).bytes();
    let places = [
        (one.as_str(), 0, batch("0")),
        (&one, 2, batch("2")),
        (&one, 1, batch("1")),
        (&other, 0, batch("3")),
    ];
    let mut answers = produced(client.ask(&produce_request(ALL, &places)));
    answers.sort_by_key(|(topic, partition, _)| (*topic != one, *partition));
    let of: Vec<_> = answers.iter().map(|(topic, partition, _)| (topic.as_str(), *partition)).collect();
    assert_eq!(of, [(one.as_str(), 0), (&one, 1), (&one, 2), (&other, 0)]);
    assert!(answers.iter().all(|(_, _, produced)| produced.error.is_none() && produced.first == 0));
    for (topic, partition, value) in [(&one, 0, "0"), (&one, 1, "1"), (&one, 2, "2"), (&other, 0, "3")] {
        assert_eq!(client.fetch(topic, partition, 0).values(), [value]);
    }
}

pub(crate) fn one_bad_partition_does_not_harm_the_others(kafka: &Served) {
    let topic = kafka.topic(2);
    let mut client = kafka.client();
    let damaged = Batch::of(&["bad"]).damaged(|bytes| *bytes.last_mut().unwrap() ^= 1);
    let good = Batch::of(&["good"]).bytes();
    let places = [(topic.as_str(), 0, damaged), (&topic, 1, good.clone()), (&topic, 9, good)];
    let mut answers = produced(client.ask(&produce_request(ALL, &places)));
    answers.sort_by_key(|(_, partition, _)| *partition);
    let errors: Vec<_> = answers.iter().map(|(_, partition, found)| (*partition, found.error)).collect();
    let wanted = [
        (0, Some(ResponseError::CorruptMessage)),
        (1, None),
        (9, Some(ResponseError::UnknownTopicOrPartition)),
    ];
    assert_eq!(errors, wanted);
    assert_eq!(client.offset(&topic, 0, LATEST).offset, 0);
    assert_eq!(client.fetch(&topic, 1, 0).values(), ["good"]);
}

pub(crate) fn acks_of_one_wait_for_the_append(kafka: &Served) {
    let topic = kafka.topic(1);
    let mut client = kafka.client();
    let request = produce_request(1, &[(&topic, 0, Batch::of(&["a"]).bytes())]);
    let (_, _, found) = produced(client.ask(&request)).remove(0);
    assert_eq!((found.error, found.first), (None, 0));
    assert_eq!(client.fetch(&topic, 0, 0).values(), ["a"]);
}

pub(crate) fn acks_of_zero_have_no_answer(kafka: &Served) {
    let topic = kafka.topic(1);
    let mut client = kafka.client();
    let request = produce_request(0, &[(&topic, 0, Batch::of(&["a"]).bytes())]);
    client.send(client.version::<ProduceRequest>(), &request);
    // The next answer on the connection is that of the next question.
    assert_eq!(client.produce(&topic, 0, Batch::of(&["b"]).bytes()).first, 1);
    assert_eq!(client.fetch(&topic, 0, 0).values(), ["a", "b"]);
}

pub(crate) fn acks_of_two_are_refused(kafka: &Served) {
    let topic = kafka.topic(1);
    let mut client = kafka.client();
    let request = produce_request(2, &[(&topic, 0, Batch::of(&["a"]).bytes())]);
    let (_, _, found) = produced(client.ask(&request)).remove(0);
    assert_eq!((found.error, found.first), (Some(ResponseError::InvalidRequiredAcks), -1));
    assert_eq!(client.offset(&topic, 0, LATEST).offset, 0);
}

pub(crate) fn an_unknown_topic_is_not_written_and_not_made(kafka: &Served) {
    let name = fresh("nowhere");
    let mut client = kafka.client();
    let bytes = Batch::of(&["a"]).bytes();
    let unknown = Some(ResponseError::UnknownTopicOrPartition);
    assert_eq!(client.produce(&name, 0, bytes.clone()).error, unknown);
    assert_eq!(client.produce(&name, 0, bytes).error, unknown);
}

pub(crate) fn a_wrong_sum_is_corrupt(kafka: &Served) {
    refused(kafka, Batch::of(&["a"]).damaged(|bytes| bytes[CRC] ^= 1), ResponseError::CorruptMessage);
}

pub(crate) fn a_flipped_bit_is_corrupt(kafka: &Served) {
    refused(kafka, Batch::of(&["a"]).damaged(|bytes| bytes[COUNT - 2] ^= 4), ResponseError::CorruptMessage);
}

pub(crate) fn a_cut_batch_is_refused(kafka: &Served) {
    let cut = Batch::of(&["a"]).damaged(|bytes| bytes.truncate(bytes.len() - 3));
    refused(kafka, cut, ResponseError::InvalidRecord);
}

pub(crate) fn a_length_that_is_too_small_is_corrupt(kafka: &Served) {
    let bytes = Batch::of(&["a"]).damaged(|bytes| bytes[LENGTH..12].copy_from_slice(&5_i32.to_be_bytes()));
    refused(kafka, bytes, ResponseError::CorruptMessage);
}

pub(crate) fn an_old_magic_is_refused(kafka: &Served) {
    refused(kafka, Batch::of(&["a"]).forged(|bytes| bytes[MAGIC] = 1), ResponseError::InvalidRecord);
}

pub(crate) fn a_magic_of_the_future_is_corrupt(kafka: &Served) {
    refused(kafka, Batch::of(&["a"]).forged(|bytes| bytes[MAGIC] = 3), ResponseError::CorruptMessage);
}

pub(crate) fn two_batches_for_one_partition_are_refused(kafka: &Served) {
    let twice = Batch::of(&["a"]).bytes().repeat(2);
    refused(kafka, twice.into(), ResponseError::InvalidRecord);
}

pub(crate) fn nothing_to_write_is_refused(kafka: &Served) {
    refused(kafka, Bytes::new(), ResponseError::InvalidRecord);
}

pub(crate) fn a_count_that_differs_from_the_offsets_is_refused(kafka: &Served) {
    let short = |bytes: &mut Vec<u8>| bytes[COUNT..COUNT + 4].copy_from_slice(&2_i32.to_be_bytes());
    refused(kafka, Batch::of(&["a"]).forged(short), ResponseError::InvalidRecord);
    let long = |bytes: &mut Vec<u8>| {
        bytes[LAST_OFFSET_DELTA..LAST_OFFSET_DELTA + 4].copy_from_slice(&7_i32.to_be_bytes());
    };
    refused(kafka, Batch::of(&["a"]).forged(long), ResponseError::InvalidRecord);
}

pub(crate) fn a_control_batch_is_refused(kafka: &Served) {
    refused(
        kafka,
        Batch::of(&["a"]).forged(|bytes| bytes[ATTRIBUTES + 1] |= 0x20),
        ResponseError::InvalidRecord,
    );
}

pub(crate) fn a_transactional_batch_is_refused(kafka: &Served) {
    let forged = Batch::of(&["a"]).by(1, 0, 0).forged(|bytes| bytes[ATTRIBUTES + 1] |= 0x10);
    // Without a transactional id Apache Kafka does not know whose transaction it is; ours has none at all.
    refused(kafka, forged, ResponseError::TransactionalIdAuthorizationFailed);
}

fn refused(kafka: &Served, bytes: Bytes, error: ResponseError) {
    let topic = kafka.topic(1);
    let mut client = kafka.client();
    let found = client.produce(&topic, 0, bytes);
    assert_eq!((found.error, found.first), (Some(error), -1));
    assert_eq!(client.offset(&topic, 0, LATEST).offset, 0, "nothing was appended");
    assert_eq!(client.append(&topic, 0, &["good"]), 0, "the partition works");
}

pub(crate) fn questions_in_a_row_are_answered_in_order(kafka: &Served) {
    let topic = kafka.topic(1);
    let mut client = kafka.client();
    let version = client.version::<ProduceRequest>();
    let numbers: Vec<i32> = (0..20)
        .map(|index| {
            let batch = Batch::of(&[&index.to_string()]).bytes();
            client.send(version, &produce_request(ALL, &[(&topic, 0, batch)]))
        })
        .collect();
    for (offset, number) in (0..).zip(numbers) {
        let (_, _, found) = produced(client.answer::<ProduceRequest>(version, number)).remove(0);
        assert_eq!((found.error, found.first), (None, offset));
    }
    let wanted: Vec<String> = (0..20).map(|index| index.to_string()).collect();
    assert_eq!(client.fetch(&topic, 0, 0).values(), wanted);
}

pub(crate) fn writers_of_one_partition_leave_no_gap(kafka: &Served) {
    let topic = kafka.topic(1);
    let write = |writer: usize| {
        let mut client = kafka.client();
        let value = |index: usize| format!("{writer}.{index}");
        (0..50).map(|index| client.append(&topic, 0, &[&value(index), "x"])).collect::<Vec<_>>()
    };
    let mut offsets: Vec<i64> = thread::scope(|scope| {
        let writers: Vec<_> = (0..4).map(|writer| scope.spawn(move || write(writer))).collect();
        writers.into_iter().flat_map(|writer| writer.join().unwrap()).collect()
    });
    offsets.sort_unstable();
    assert_eq!(offsets, (0..200).map(|batch| batch * 2).collect::<Vec<_>>());
    let mut client = kafka.client();
    let values = client.fetch(&topic, 0, 0).values();
    for writer in 0..4 {
        let own: Vec<&String> =
            values.iter().filter(|value| value.starts_with(&format!("{writer}."))).collect();
        assert_eq!(
            own,
            (0..50).map(|index| format!("{writer}.{index}")).collect::<Vec<_>>().iter().collect::<Vec<_>>()
        );
    }
}
