//! Covered sets against a row of booleans, and their bytes against damage.

use std::collections::BTreeMap;

use proptest::{collection::vec, prelude::*};
use sawlog_record::{
    covered::{Coverage, Covered, CoveredStreams},
    source::{Origin, SourceRange, Stream},
};

use crate::{
    hostile::{corpus, damaged},
    in_rounds,
};

/// Bytes that the model knows.
const WORLD: usize = 64;
const DAY_MS: u64 = 24 * 60 * 60 * 1000;

fn range() -> impl Strategy<Value = SourceRange> {
    let world = u64::try_from(WORLD).unwrap();
    (0..world, 1..12_u64)
        .prop_map(move |(begin, bytes)| SourceRange::new(begin, (begin + bytes).min(world)).unwrap())
}

type Bits = [bool; WORLD];

fn within(range: SourceRange) -> std::ops::Range<usize> {
    usize::try_from(range.begin()).unwrap()..usize::try_from(range.end()).unwrap()
}

fn expected(bits: &Bits, range: SourceRange) -> Coverage {
    let inside = bits[within(range)].iter().filter(|bit| **bit).count();
    match inside {
        0 => Coverage::Outside,
        all if all == within(range).len() => Coverage::Inside,
        _ => Coverage::Partly,
    }
}

/// Runs of set bits.
fn runs(bits: &Bits) -> usize {
    (0..WORLD).filter(|&at| bits[at] && (at == 0 || !bits[at - 1])).count()
}

#[test]
fn sets_are_rows_of_booleans() {
    in_rounds("covered set rounds", (4, 400), &vec((range(), range()), 0..40), |ranges| {
        let (mut covered, mut bits) = (Covered::default(), [false; WORLD]);
        for (asked, inserted) in ranges {
            prop_assert_eq!(covered.coverage(asked), expected(&bits, asked));
            prop_assert_eq!(covered.insert(inserted), expected(&bits, inserted));
            bits[within(inserted)].fill(true);
            prop_assert_eq!(covered.ranges().len(), runs(&bits), "not coalesced: {:?}", covered);
            for held in covered.ranges() {
                prop_assert!(bits[within(*held)].iter().all(|bit| *bit));
            }
            prop_assert_eq!(covered.is_empty(), runs(&bits) == 0);
        }
        Ok(())
    });
}

fn stream(number: u8) -> Stream {
    Stream::new(Origin::Post { namespace: "shop".to_owned(), key: number.to_string() }).unwrap()
}

#[derive(Debug, Clone)]
enum Step {
    Insert(u8, SourceRange),
    Expire(Option<u64>),
    Days(u64),
    Delta,
    Snapshot,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (0..4_u8, range()).prop_map(|(stream, range)| Step::Insert(stream, range)),
        1 => prop_oneof![Just(None), Just(Some(0)), Just(Some(10 * DAY_MS))].prop_map(Step::Expire),
        2 => (0..9_u64).prop_map(Step::Days),
        2 => Just(Step::Delta),
        1 => Just(Step::Snapshot),
    ]
}

#[test]
fn snapshots_and_deltas_carry_everything() {
    in_rounds("covered stream rounds", (4, 400), &vec(step(), 0..60), |steps| {
        let (mut leader, mut follower) = (CoveredStreams::default(), CoveredStreams::default());
        let mut model: BTreeMap<u8, (Bits, u64)> = BTreeMap::new();
        let mut now_ms = 1_772_409_600_000;
        for step in steps {
            match step {
                Step::Insert(number, range) => {
                    let (bits, grew_ms) = model.entry(number).or_insert(([false; WORLD], 0));
                    let before = expected(bits, range);
                    prop_assert_eq!(leader.coverage(&stream(number).to_string(), range), before);
                    prop_assert_eq!(leader.insert(&stream(number), range, now_ms), before);
                    bits[within(range)].fill(true);
                    if before != Coverage::Inside {
                        *grew_ms = now_ms;
                    }
                }
                Step::Days(days) => now_ms += days * DAY_MS,
                Step::Expire(retention_ms) => {
                    let age = retention_ms.map(|retention| retention.max(7 * DAY_MS));
                    let before = model.len();
                    model.retain(|_, (_, grew_ms)| age.is_none_or(|age| now_ms - *grew_ms <= age));
                    prop_assert_eq!(leader.expire(now_ms, retention_ms), before - model.len());
                }
                Step::Delta => {
                    let delta = leader.take_delta();
                    follower.apply(&delta).unwrap();
                    prop_assert_eq!(&follower, &leader);
                    follower.apply(&delta).unwrap();
                    prop_assert_eq!(&follower, &leader, "applied twice");
                }
                Step::Snapshot => {
                    let read = CoveredStreams::read_snapshot(&leader.snapshot()).unwrap();
                    prop_assert_eq!(&read, &leader);
                }
            }
            prop_assert_eq!(leader.len(), model.len());
            prop_assert_eq!(leader.ranges(), model.values().map(|(bits, _)| runs(bits)).sum::<usize>());
        }
        Ok(())
    });
}

fn check(bytes: &[u8]) -> Result<(), TestCaseError> {
    let mut read = None;
    let measured = allocation_counter::measure(|| read = CoveredStreams::read_snapshot(bytes).ok());
    let allowed = 4_096 + 200 * u64::try_from(bytes.len()).unwrap();
    prop_assert!(measured.bytes_max <= allowed, "{} bytes for {}", measured.bytes_max, bytes.len());
    if let Some(read) = read {
        prop_assert_eq!(CoveredStreams::read_snapshot(&read.snapshot()).unwrap(), read);
    }
    let mut held = CoveredStreams::default();
    held.insert(&stream(1), SourceRange::new(0, 5).unwrap(), 1);
    let before = held.clone();
    if held.apply(bytes).is_err() {
        prop_assert_eq!(held, before, "a damaged delta changed something");
    }
    Ok(())
}

#[test]
fn damaged_sets_are_errors() {
    for (name, bytes) in corpus("covered") {
        check(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
    let good = (vec((0..4_u8, range()), 0..10), any::<bool>()).prop_map(|(inserted, whole)| {
        let mut streams = CoveredStreams::default();
        for (number, range) in inserted {
            streams.insert(&stream(number), range, 7);
        }
        if whole { streams.snapshot() } else { streams.take_delta() }
    });
    in_rounds("damaged covered rounds", (2, 200), &damaged(good), |bytes| check(&bytes));
}
