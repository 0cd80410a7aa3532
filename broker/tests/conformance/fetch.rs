//! Fetch: which batches come, how many, how soon, and what is asked in vain.

use std::{
    thread,
    time::{Duration, Instant},
};

use kafka_protocol::{
    ResponseError,
    messages::{FetchRequest, MetadataRequest},
};

use crate::{
    batches::Batch,
    calls::{Fetched, LATEST, Poll, fetched, outcome},
    served::{Served, fresh},
};

/// Less than any case waits for what does not come.
const AT_ONCE: Duration = Duration::from_secs(8);

/// A topic of one partition with ten batches of ten records, 200 bytes each.
fn ten_batches(kafka: &Served) -> String {
    let topic = kafka.topic(1);
    let mut client = kafka.client();
    for first in (0..100).step_by(10) {
        assert_eq!(client.produce(&topic, 0, Batch::sized(10, 200).bytes()).first, first);
    }
    topic
}

fn spans(fetched: &Fetched) -> Vec<(i64, i64)> {
    fetched.batches.iter().map(|batch| (batch.first, batch.last)).collect()
}

pub(crate) fn the_end_has_nothing_and_says_where_it_is(kafka: &Served) {
    let topic = kafka.topic(1);
    let mut client = kafka.client();
    client.append(&topic, 0, &["a", "b"]);
    let found = client.fetch(&topic, 0, 2);
    assert_eq!((found.error, found.high, found.stable, found.start), (None, 2, 2, 0));
    assert!(found.bytes.is_empty());
}

pub(crate) fn all_batches_come_in_order(kafka: &Served) {
    let topic = ten_batches(kafka);
    let found = kafka.client().fetch(&topic, 0, 0);
    assert_eq!(spans(&found), (0..10).map(|batch| (batch * 10, batch * 10 + 9)).collect::<Vec<_>>());
}

pub(crate) fn an_offset_inside_a_batch_brings_the_whole_batch(kafka: &Served) {
    let topic = ten_batches(kafka);
    let mut client = kafka.client();
    assert_eq!(spans(&client.fetch(&topic, 0, 45))[0], (40, 49));
    assert_eq!(spans(&client.fetch(&topic, 0, 49))[0], (40, 49));
    assert_eq!(spans(&client.fetch(&topic, 0, 50))[0], (50, 59));
    assert_eq!(spans(&client.fetch(&topic, 0, 99)), [(90, 99)]);
}

pub(crate) fn beyond_the_end_is_out_of_range(kafka: &Served) {
    let topic = kafka.topic(1);
    let mut client = kafka.client();
    client.append(&topic, 0, &["a"]);
    let began = Instant::now();
    for offset in [2, i64::MAX] {
        let found = client.poll(&Poll::LONG, &[(&topic, 0, offset)]).remove(0);
        assert_eq!(found.error, Some(ResponseError::OffsetOutOfRange), "offset {offset}");
    }
    assert!(began.elapsed() < AT_ONCE, "an error does not wait");
}

pub(crate) fn before_the_start_is_out_of_range(kafka: &Served) {
    let topic = ten_batches(kafka);
    let mut client = kafka.client();
    assert_eq!(client.delete_before(&topic, 0, 30), (None, 30));
    assert_eq!(client.fetch(&topic, 0, 29).error, Some(ResponseError::OffsetOutOfRange));
    let found = client.fetch(&topic, 0, 30);
    assert_eq!((found.error, found.start), (None, 30));
    assert_eq!(spans(&found)[0], (30, 39));
    assert_eq!(client.fetch(&topic, 0, -1).error, Some(ResponseError::OffsetOutOfRange));
}

pub(crate) fn an_unknown_topic_is_said_at_once_beside_one_that_is_read(kafka: &Served) {
    let topic = kafka.topic(1);
    let nowhere = fresh("nowhere");
    let mut client = kafka.client();
    client.append(&topic, 0, &["a"]);
    let unknown = Some(ResponseError::UnknownTopicOrPartition);
    let began = Instant::now();
    assert_eq!(client.poll(&Poll::LONG, &[(&nowhere, 0, 0)])[0].error, unknown);
    let mut found = client.poll(&Poll::LONG, &[(&nowhere, 0, 0), (&topic, 0, 0), (&topic, 7, 0)]);
    assert!(began.elapsed() < AT_ONCE, "an error does not wait");
    found.sort_by_key(|found| (found.topic != nowhere, found.partition));
    assert_eq!(found.iter().map(|found| found.error).collect::<Vec<_>>(), [unknown, None, unknown]);
    assert_eq!(found[1].values(), ["a"]);
}

pub(crate) fn a_limit_smaller_than_a_batch_brings_one_batch(kafka: &Served) {
    let topic = ten_batches(kafka);
    let mut client = kafka.client();
    let small_answer = client.poll(&Poll { at_most: 1, ..Poll::NOW }, &[(&topic, 0, 20)]).remove(0);
    assert_eq!(spans(&small_answer), [(20, 29)]);
    let small_share = client.poll(&Poll { each: 1, ..Poll::NOW }, &[(&topic, 0, 20)]).remove(0);
    assert_eq!(spans(&small_share), [(20, 29)]);
}

pub(crate) fn a_partition_brings_no_more_than_its_share(kafka: &Served) {
    let topic = ten_batches(kafka);
    let one = i32::try_from(Batch::sized(10, 200).bytes().len()).unwrap();
    let poll = Poll { each: 3 * one + 10, ..Poll::NOW };
    let found = kafka.client().poll(&poll, &[(&topic, 0, 0)]).remove(0);
    assert_eq!(spans(&found), [(0, 9), (10, 19), (20, 29)]);
    assert!(i32::try_from(found.bytes.len()).unwrap() <= poll.each);
}

pub(crate) fn all_partitions_together_bring_no_more_than_the_limit(kafka: &Served) {
    let topic = kafka.topic(4);
    let mut client = kafka.client();
    let bytes = Batch::sized(10, 200).bytes();
    for partition in 0..4 {
        for _ in 0..5 {
            assert_eq!(client.produce(&topic, partition, bytes.clone()).error, None);
        }
    }
    let one = bytes.len();
    let places: Vec<_> = (0..4).map(|partition| (topic.as_str(), partition, 0)).collect();
    let limit = 7 * one;
    let poll = Poll { at_most: i32::try_from(limit).unwrap(), ..Poll::NOW };
    let found = client.poll(&poll, &places);
    assert_eq!(found.len(), 4, "every partition is answered");
    assert!(found.iter().all(|found| found.error.is_none() && found.high == 50));
    let total: usize = found.iter().map(|found| found.bytes.len()).sum();
    assert!((5 * one..=limit).contains(&total), "{total} of {limit} bytes");
}

pub(crate) fn an_append_wakes_whoever_waits(kafka: &Served) {
    let topic = kafka.topic(1);
    let begun = Instant::now();
    thread::scope(|scope| {
        let waiters: Vec<_> = (0..3)
            .map(|_| scope.spawn(|| kafka.client().poll(&Poll::LONG, &[(&topic, 0, 0)]).remove(0).values()))
            .collect();
        thread::sleep(Duration::from_millis(200)); // so that they wait; if they do not yet, the case still holds
        kafka.client().append(&topic, 0, &["news"]);
        for waiter in waiters {
            assert_eq!(waiter.join().unwrap(), ["news"]);
        }
    });
    assert!(begun.elapsed() < AT_ONCE);
}

pub(crate) fn an_append_to_any_partition_wakes(kafka: &Served) {
    let topic = kafka.topic(3);
    let begun = Instant::now();
    let places: Vec<_> = (0..3).map(|partition| (topic.as_str(), partition, 0)).collect();
    thread::scope(|scope| {
        let waiter = scope.spawn(|| kafka.client().poll(&Poll::LONG, &places));
        thread::sleep(Duration::from_millis(100));
        kafka.client().append(&topic, 2, &["news"]);
        let found = waiter.join().unwrap();
        let values = |partition| found.iter().find(|found| found.partition == partition).unwrap().values();
        assert_eq!(values(2), ["news"]);
        assert!(values(0).is_empty() && values(1).is_empty());
    });
    assert!(begun.elapsed() < AT_ONCE);
}

pub(crate) fn a_wait_in_vain_ends(kafka: &Served) {
    let topic = kafka.topic(1);
    let mut client = kafka.client();
    let began = Instant::now();
    let found = client.poll(&Poll { wait: 300, ..Poll::NOW }, &[(&topic, 0, 0)]).remove(0);
    // Timers tick, and may do so a moment early.
    assert!(began.elapsed() >= Duration::from_millis(290), "{:?}", began.elapsed());
    assert!(began.elapsed() < AT_ONCE);
    assert_eq!((found.error, found.bytes.len()), (None, 0));
}

pub(crate) fn fewer_bytes_than_wanted_are_waited_for(kafka: &Served) {
    let topic = kafka.topic(1);
    let bytes = Batch::sized(1, 500).bytes();
    let poll = Poll { at_least: i32::try_from(bytes.len()).unwrap() + 1, ..Poll::LONG };
    let mut writer = kafka.client();
    assert_eq!(writer.produce(&topic, 0, bytes.clone()).error, None);
    let begun = Instant::now();
    thread::scope(|scope| {
        let waiter = scope.spawn(|| kafka.client().poll(&poll, &[(&topic, 0, 0)]).remove(0));
        thread::sleep(Duration::from_millis(300));
        assert!(!waiter.is_finished(), "one batch is not enough");
        assert_eq!(writer.produce(&topic, 0, bytes).error, None);
        assert_eq!(spans(&waiter.join().unwrap()), [(0, 0), (1, 1)]);
    });
    assert!(begun.elapsed() < AT_ONCE);
    let poll = Poll { wait: 200, ..poll };
    let found = kafka.client().poll(&poll, &[(&topic, 0, 1)]).remove(0);
    assert_eq!(spans(&found), [(1, 1)], "what there is comes when the wait is over");
}

pub(crate) fn zero_wanted_bytes_are_not_waited_for(kafka: &Served) {
    let topic = kafka.topic(1);
    let began = Instant::now();
    let found = kafka.client().poll(&Poll { at_least: 0, ..Poll::LONG }, &[(&topic, 0, 0)]).remove(0);
    assert_eq!((found.error, found.bytes.len()), (None, 0));
    assert!(began.elapsed() < AT_ONCE);
}

pub(crate) fn who_waits_holds_up_only_its_own_connection(kafka: &Served) {
    let topic = kafka.topic(1);
    let mut client = kafka.client();
    let version = client.version::<FetchRequest>();
    let waits = client.send(version, &Poll { wait: 1_500, ..Poll::LONG }.request(&[(&topic, 0, 0)]));
    let next_version = client.version::<MetadataRequest>();
    let next = client.send(next_version, &MetadataRequest::default().with_topics(Some(vec![])));
    let began = Instant::now();
    let mut other = kafka.client();
    assert_eq!(other.offset(&topic, 0, LATEST).error, None);
    assert!(began.elapsed() < Duration::from_millis(1_400), "{:?}", began.elapsed());
    assert_eq!(fetched(client.answer::<FetchRequest>(version, waits))[0].error, None);
    assert!(client.answer::<MetadataRequest>(next_version, next).topics.is_empty());
}

pub(crate) fn a_topic_that_is_deleted_ends_the_wait(kafka: &Served) {
    let topic = kafka.topic(1);
    let begun = Instant::now();
    thread::scope(|scope| {
        let waiter = scope.spawn(|| {
            let mut client = kafka.client();
            client.poll(&Poll::LONG, &[(&topic, 0, 0)]).remove(0)
        });
        thread::sleep(Duration::from_millis(200));
        assert_eq!(kafka.client().delete(&topic), None);
        let found = waiter.join().unwrap();
        assert!(found.values().is_empty());
    });
    assert!(begun.elapsed() < AT_ONCE);
    let found = kafka.client().fetch(&topic, 0, 0);
    assert_eq!(found.error, Some(ResponseError::UnknownTopicOrPartition));
}

pub(crate) fn committed_only_is_as_everything(kafka: &Served) {
    // There are no transactions under way here, so nothing is held back from whoever reads what is committed.
    let topic = kafka.topic(1);
    let mut client = kafka.client();
    client.append(&topic, 0, &["a", "b"]);
    let found = client.poll(&Poll { isolation: 1, ..Poll::NOW }, &[(&topic, 0, 0)]).remove(0);
    assert_eq!((found.error, found.high, found.stable), (None, 2, 2));
    assert_eq!(found.values(), ["a", "b"]);
}

pub(crate) fn a_leader_of_the_future_is_unknown(kafka: &Served) {
    let topic = kafka.topic(1);
    let mut client = kafka.client();
    client.append(&topic, 0, &["a"]);
    let epoch = client.describe(&topic).partitions[0].leader_epoch;
    assert!(epoch >= 0, "{epoch}");
    let mut fetch = |epoch| client.poll(&Poll { epoch, ..Poll::NOW }, &[(&topic, 0, 0)]).remove(0);
    assert_eq!(fetch(epoch + 1).error, Some(ResponseError::UnknownLeaderEpoch));
    let found = fetch(epoch);
    assert_eq!((found.error, found.values()), (None, vec!["a".to_owned()]));
}

pub(crate) fn a_session_that_nobody_has_is_not_found(kafka: &Served) {
    let topic = kafka.topic(1);
    let mut client = kafka.client();
    let request = Poll::NOW.request(&[(&topic, 0, 0)]).with_session_id(123_456).with_session_epoch(7);
    let answer = client.ask(&request);
    assert_eq!(outcome(answer.error_code), Some(ResponseError::FetchSessionIdNotFound));
    assert!(answer.responses.is_empty());
}

pub(crate) fn a_session_may_be_asked_for(kafka: &Served) {
    let topic = kafka.topic(1);
    let mut client = kafka.client();
    client.append(&topic, 0, &["a"]);
    let request = Poll::NOW.request(&[(&topic, 0, 0)]).with_session_id(0).with_session_epoch(0);
    let answer = client.ask(&request);
    let why = "a session saves the names of unchanged partitions, of which one machine's clients have few: there are none";
    assert_eq!(answer.session_id != 0, kafka.differs(why, false, true));
    assert_eq!(fetched(answer).remove(0).values(), ["a"]);
}
