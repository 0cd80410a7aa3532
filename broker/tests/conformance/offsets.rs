//! Offsets looked up: by time, by leader epoch, and what is left after records were deleted.

use std::io::Write as _;

use bytes::{BufMut as _, BytesMut};
use kafka_protocol::{
    ResponseError,
    messages::{
        BrokerId, OffsetForLeaderEpochRequest,
        offset_for_leader_epoch_request::{OffsetForLeaderPartition, OffsetForLeaderTopic},
    },
    records::Compression,
};

use crate::{
    batches::{Batch, CODECS, HEADER, HOUR_AGO},
    calls::{EARLIEST, Found, LARGEST_TIME, LATEST, Outcome, outcome, topic_name},
    served::{Served, fresh},
    wire::Client,
};

fn found(offset: i64, time: i64) -> (Outcome, i64, i64) {
    (None, offset, time)
}

const NOTHING: (Outcome, i64, i64) = (None, -1, -1);

fn look(client: &mut Client, topic: &str, time: i64) -> (Outcome, i64, i64) {
    let Found { error, offset, time, .. } = client.offset(topic, 0, time);
    (error, offset, time)
}

pub(crate) fn an_empty_partition_begins_and_ends_at_zero(kafka: &Served) {
    let topic = kafka.topic(1);
    let mut client = kafka.client();
    assert_eq!(look(&mut client, &topic, EARLIEST), found(0, -1));
    assert_eq!(look(&mut client, &topic, LATEST), found(0, -1));
    assert_eq!(look(&mut client, &topic, 0), NOTHING);
    assert_eq!(look(&mut client, &topic, LARGEST_TIME), NOTHING);
}

pub(crate) fn the_end_is_behind_the_last_record(kafka: &Served) {
    let topic = kafka.topic(1);
    let mut client = kafka.client();
    client.append(&topic, 0, &["a", "b"]);
    client.append(&topic, 0, &["c"]);
    assert_eq!(look(&mut client, &topic, EARLIEST), found(0, -1));
    let end = client.offset(&topic, 0, LATEST);
    let epoch = client.describe(&topic).partitions[0].leader_epoch;
    assert_eq!(end, Found { error: None, offset: 3, time: -1, epoch });
}

pub(crate) fn a_time_is_found_between_before_and_after(kafka: &Served) {
    let topic = kafka.topic(1);
    let mut client = kafka.client();
    let at = |later: i64| *HOUR_AGO + later;
    for first in [0, 100, 200] {
        let batch = Batch::of(&["x", "x"]).at(&[at(first), at(first + 50)]);
        assert_eq!(client.produce(&topic, 0, batch.bytes()).error, None);
    }
    for (asked, offset, time) in [
        (0, 0, at(0)),
        (at(0), 0, at(0)),
        (at(100), 2, at(100)),
        (at(101), 3, at(150)),
        (at(151), 4, at(200)),
    ] {
        assert_eq!(look(&mut client, &topic, asked), found(offset, time), "asked for {asked}");
    }
    assert_eq!(look(&mut client, &topic, at(250)), found(5, at(250)));
    assert_eq!(look(&mut client, &topic, at(251)), NOTHING);
}

pub(crate) fn times_out_of_order_are_searched_in_the_order_of_offsets(kafka: &Served) {
    let topic = kafka.topic(1);
    let mut client = kafka.client();
    let at = |later: i64| *HOUR_AGO + later;
    for times in [[at(300), at(100)], [at(50), at(200)], [at(400), at(400)], [at(10), at(20)]] {
        assert_eq!(client.produce(&topic, 0, Batch::of(&["x", "x"]).at(&times).bytes()).error, None);
    }
    assert_eq!(look(&mut client, &topic, at(5)), found(0, at(300)));
    assert_eq!(look(&mut client, &topic, at(150)), found(0, at(300)));
    assert_eq!(look(&mut client, &topic, at(301)), found(4, at(400)));
    assert_eq!(look(&mut client, &topic, at(401)), NOTHING);
    assert_eq!(look(&mut client, &topic, LARGEST_TIME), found(4, at(400)));
}

pub(crate) fn the_largest_time_is_found(kafka: &Served) {
    let topic = kafka.topic(1);
    let mut client = kafka.client();
    let at = |later: i64| *HOUR_AGO + later;
    let first = Batch::of(&["a", "b", "c"]).at(&[at(5), at(90), at(7)]);
    assert_eq!(client.produce(&topic, 0, first.with(Compression::Lz4).bytes()).error, None);
    assert_eq!(look(&mut client, &topic, LARGEST_TIME), found(1, at(90)));
    assert_eq!(client.produce(&topic, 0, Batch::of(&["d"]).at(&[at(60)]).bytes()).error, None);
    assert_eq!(look(&mut client, &topic, LARGEST_TIME), found(1, at(90)));
    assert_eq!(client.produce(&topic, 0, Batch::of(&["e"]).at(&[at(91)]).bytes()).error, None);
    assert_eq!(look(&mut client, &topic, LARGEST_TIME), found(4, at(91)));
}

pub(crate) fn a_time_is_found_inside_a_batch_of_every_codec(kafka: &Served) {
    let mut client = kafka.client();
    for codec in CODECS {
        let topic = kafka.topic(1);
        let times: Vec<i64> = (0..20).map(|record| *HOUR_AGO + record * 10).collect();
        let batch = Batch::sized(20, 100).at(&times).with(codec);
        client.append(&topic, 0, &["before", "before"]);
        assert_eq!(client.produce(&topic, 0, batch.bytes()).error, None);
        let asked = *HOUR_AGO + 131;
        assert_eq!(look(&mut client, &topic, asked), found(16, *HOUR_AGO + 140), "{codec:?}");
    }
}

/// Java's library cuts what it compresses with snappy into blocks behind a header of its own; everybody reads both.
pub(crate) fn a_time_is_found_inside_a_batch_of_javas_snappy(kafka: &Served) {
    let topic = kafka.topic(1);
    let mut client = kafka.client();
    let times: Vec<i64> = (0..20).map(|record| *HOUR_AGO + record * 10).collect();
    let batch = Batch::sized(20, 3_000).at(&times);
    let framed = batch.forged(|bytes| {
        let mut framed = BytesMut::from(&b"\x82SNAPPY\0\0\0\0\x01\0\0\0\x01"[..]);
        for block in bytes[HEADER..].chunks(32 << 10) {
            let block = snap::raw::Encoder::new().compress_vec(block).unwrap();
            framed.put_u32(u32::try_from(block.len()).unwrap());
            framed.put_slice(&block);
        }
        bytes.truncate(HEADER);
        bytes.write_all(&framed).unwrap();
        let length = i32::try_from(bytes.len() - 12).unwrap();
        bytes[8..12].copy_from_slice(&length.to_be_bytes());
        bytes[22] = 2;
    });
    assert_eq!(client.produce(&topic, 0, framed).error, None);
    assert_eq!(look(&mut client, &topic, *HOUR_AGO + 131), found(14, *HOUR_AGO + 140));
}

pub(crate) fn an_unknown_partition_has_no_offsets(kafka: &Served) {
    let topic = kafka.topic(1);
    let mut client = kafka.client();
    let unknown = (Some(ResponseError::UnknownTopicOrPartition), -1, -1);
    let nowhere = fresh("nowhere");
    assert_eq!(look(&mut client, &nowhere, LATEST), unknown);
    assert_eq!(client.offset(&topic, 1, EARLIEST).error, unknown.0);
}

pub(crate) fn a_time_before_the_start_is_found_at_the_start(kafka: &Served) {
    let topic = kafka.topic(1);
    let mut client = kafka.client();
    for _ in 0..3 {
        client.append(&topic, 0, &["a", "b"]);
    }
    assert_eq!(client.delete_before(&topic, 0, 4), (None, 4));
    assert_eq!(look(&mut client, &topic, EARLIEST), found(4, -1));
    assert_eq!(look(&mut client, &topic, LATEST), found(6, -1));
    assert_eq!(look(&mut client, &topic, 0), found(4, *HOUR_AGO));
}

pub(crate) fn deleting_moves_the_start_and_nothing_else(kafka: &Served) {
    let topic = kafka.topic(1);
    let mut client = kafka.client();
    for _ in 0..4 {
        client.append(&topic, 0, &["a", "b", "c"]);
    }
    assert_eq!(client.delete_before(&topic, 0, 6), (None, 6));
    assert_eq!(client.fetch(&topic, 0, 6).values().len(), 6);
    assert_eq!(client.delete_before(&topic, 0, 2), (None, 6), "it does not move back");
    assert_eq!(client.append(&topic, 0, &["d"]), 12);
    let produced = client.produce(&topic, 0, Batch::of(&["e"]).bytes());
    assert_eq!((produced.first, produced.log_start), (13, 6));
}

pub(crate) fn deleting_inside_a_batch_leaves_the_batch_readable(kafka: &Served) {
    let topic = kafka.topic(1);
    let mut client = kafka.client();
    client.append(&topic, 0, &["a", "b", "c"]);
    assert_eq!(client.delete_before(&topic, 0, 1), (None, 1));
    assert_eq!(client.fetch(&topic, 0, 0).error, Some(ResponseError::OffsetOutOfRange));
    let found = client.fetch(&topic, 0, 1);
    assert_eq!((found.start, found.batches[0].first), (1, 0), "clients skip what is before their offset");
}

pub(crate) fn deleting_everything_leaves_an_empty_partition_that_goes_on(kafka: &Served) {
    let topic = kafka.topic(1);
    let mut client = kafka.client();
    client.append(&topic, 0, &["a", "b", "c"]);
    assert_eq!(client.delete_before(&topic, 0, -1), (None, 3), "minus one is the end");
    assert_eq!(look(&mut client, &topic, EARLIEST), found(3, -1));
    assert_eq!(look(&mut client, &topic, 0), NOTHING);
    assert_eq!(client.append(&topic, 0, &["d"]), 3);
    assert_eq!(client.fetch(&topic, 0, 3).values(), ["d"]);
}

pub(crate) fn deleting_beyond_the_end_is_out_of_range(kafka: &Served) {
    let topic = kafka.topic(1);
    let mut client = kafka.client();
    client.append(&topic, 0, &["a"]);
    let out_of_range = (Some(ResponseError::OffsetOutOfRange), -1);
    assert_eq!(client.delete_before(&topic, 0, 2), out_of_range);
    assert_eq!(client.delete_before(&topic, 0, -2), out_of_range);
    assert_eq!(client.delete_before(&topic, 3, 0), (Some(ResponseError::UnknownTopicOrPartition), -1));
    assert_eq!(look(&mut client, &topic, EARLIEST), found(0, -1));
}

fn end_of_epoch(client: &mut Client, topic: &str, current: i32, asked: i32) -> (Outcome, i32, i64) {
    let partition = OffsetForLeaderPartition::default()
        .with_partition(0)
        .with_current_leader_epoch(current)
        .with_leader_epoch(asked);
    let topic =
        OffsetForLeaderTopic::default().with_topic(topic_name(topic)).with_partitions(vec![partition]);
    let request =
        OffsetForLeaderEpochRequest::default().with_replica_id(BrokerId(-1)).with_topics(vec![topic]);
    let answer = client.ask(&request).topics.remove(0).partitions.remove(0);
    (outcome(answer.error_code), answer.leader_epoch, answer.end_offset)
}

pub(crate) fn the_leaders_epoch_ends_at_the_end(kafka: &Served) {
    let topic = kafka.topic(1);
    let mut client = kafka.client();
    client.append(&topic, 0, &["a", "b"]);
    let epoch = client.describe(&topic).partitions[0].leader_epoch;
    assert_eq!(end_of_epoch(&mut client, &topic, epoch, epoch), (None, epoch, 2));
    assert_eq!(end_of_epoch(&mut client, &topic, -1, epoch), (None, epoch, 2));
    let batch = &client.fetch(&topic, 0, 0).batches[0];
    assert_eq!(crate::batches::number::<4>(&batch.bytes, 12), i64::from(epoch), "batches carry it");
}

pub(crate) fn an_epoch_of_the_future_has_no_end(kafka: &Served) {
    let topic = kafka.topic(1);
    let mut client = kafka.client();
    client.append(&topic, 0, &["a", "b"]);
    let epoch = client.describe(&topic).partitions[0].leader_epoch;
    assert_eq!(end_of_epoch(&mut client, &topic, -1, epoch + 1), (None, -1, -1));
    let unknown = (Some(ResponseError::UnknownLeaderEpoch), -1, -1);
    assert_eq!(end_of_epoch(&mut client, &topic, epoch + 1, epoch), unknown);
    let nowhere = fresh("nowhere");
    let unknown = (Some(ResponseError::UnknownTopicOrPartition), -1, -1);
    assert_eq!(end_of_epoch(&mut client, &nowhere, -1, 0), unknown);
}
