//! Bytes that nobody should send: no panic, no unbounded memory, no disagreement with the judge.
//!
//! The corpus below `tests/corpus/` is what once was interesting: every file is tried first, as it is. Then
//! come random bytes, and good batches with some bytes changed, cut out or doubled.

use std::{fs, path::Path};

use opentelemetry_proto::tonic::logs::v1::LogsData;
use proptest::{collection::vec, prelude::*, sample::Index};
use prost::Message as _;
use sawlog_record::{
    Record, ValueRef, View,
    otlp::{
        decode::decode,
        json::{self, JsonError},
        limits::Limits,
    },
};

use crate::{arbitrary, in_rounds, judge, otlp::encode};

const LIMITS: Limits = Limits::DEFAULT;

/// Files of a folder of the corpus, in order.
pub(crate) fn corpus(folder: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").join(folder);
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(!paths.is_empty(), "the corpus is gone");
    paths.into_iter().map(|path| (path.display().to_string(), fs::read(&path).unwrap())).collect()
}

/// A good input, and what happens to it on the way.
pub(crate) fn damaged(good: impl Strategy<Value = Vec<u8>>) -> impl Strategy<Value = Vec<u8>> {
    let damage = vec((any::<Index>(), any::<u8>(), 0..4_u8), 0..6);
    (good, damage).prop_map(|(mut bytes, damage)| {
        for (place, byte, how) in damage {
            if bytes.is_empty() {
                break;
            }
            let at = place.index(bytes.len());
            match how {
                0 => bytes[at] = byte,
                1 => bytes.truncate(at),
                2 => bytes.insert(at, byte),
                _ => drop(bytes.remove(at)),
            }
        }
        bytes
    })
}

/// Everything a reader could ask, asked.
fn visit(view: &View<'_>) -> usize {
    fn value(inner: ValueRef<'_>) -> usize {
        match inner {
            ValueRef::List(items) => items.iter().map(value).sum(),
            ValueRef::Map(fields) => fields.iter().map(|(key, inner)| key.len() + value(inner)).sum(),
            _ => 1,
        }
    }
    let all = [view.attributes, view.resource, view.scope].map(|fields| value(ValueRef::Map(fields)));
    value(view.body) + all.iter().sum::<usize>()
}

/// What generated types read, we read as well and the same; what they refuse may be refused by us, or not.
fn check(bytes: &[u8]) -> Result<(), TestCaseError> {
    let mut visited = 0;
    let mut failed = false;
    let measured = allocation_counter::measure(|| {
        for view in decode(bytes, &LIMITS) {
            match view {
                Ok(view) => visited += visit(&view),
                Err(_) => failed = true,
            }
        }
    });
    prop_assert_eq!(measured.count_total, 0, "decoding allocates");
    // Where fields are merged or doubled, lengths differ, and the two may differ too.
    let Ok(theirs) = LogsData::decode(bytes) else { return Ok(()) };
    prop_assert!(!failed || is_unusual(bytes), "generated types read it, we do not");
    if !failed && theirs.encoded_len() == bytes.len() {
        let ours: Vec<Record> = decode(bytes, &LIMITS).map(|view| Record::from(&view.unwrap())).collect();
        prop_assert_eq!(format!("{ours:?}"), format!("{:?}", judge::from_proto(&theirs)));
    }
    Ok(())
}

/// Past one of our limits, which generated types do not have.
fn is_unusual(bytes: &[u8]) -> bool {
    decode(bytes, &LIMITS).any(|view| matches!(view, Err(sawlog_record::otlp::decode::DecodeError::Limit(_))))
}

#[test]
fn hostile_bytes_are_errors() {
    for (name, bytes) in corpus("otlp") {
        check(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
    in_rounds("random byte rounds", (2, 200), &vec(any::<u8>(), 0..200), |bytes| check(&bytes));
    let damaged = damaged(arbitrary::batch().prop_map(|records| encode(&records)));
    in_rounds("damaged batch rounds", (2, 200), &damaged, |bytes| check(&bytes));
}

/// Memory stays below a small multiple of the text, and what comes out can be read.
fn check_json(text: &[u8]) -> Result<(), TestCaseError> {
    let mut read = Ok(Vec::new());
    let measured = allocation_counter::measure(|| read = json::read(text, &LIMITS));
    let allowed = 4_096 + 8 * u64::try_from(text.len()).unwrap();
    prop_assert!(measured.bytes_max <= allowed, "{} bytes for {}", measured.bytes_max, text.len());
    match read {
        Ok(bytes) => {
            prop_assert!(LogsData::decode(bytes.as_slice()).is_ok());
            check(&bytes)?;
            let written = json::write(&bytes, &LIMITS).unwrap();
            let again = json::read(&written, &LIMITS).unwrap();
            let [one, two] = [&bytes, &again].map(|bytes| json::write(bytes, &LIMITS).unwrap());
            prop_assert_eq!(one, two);
        }
        Err(JsonError::Text(_) | JsonError::Limit(_)) => {}
        Err(JsonError::Bytes(error)) => prop_assert!(false, "{error}"),
    }
    Ok(())
}

#[test]
fn hostile_json_is_an_error() {
    for (name, text) in corpus("json") {
        check_json(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
    let good = arbitrary::batch().prop_map(|records| json::write(&encode(&records), &LIMITS).unwrap());
    in_rounds("damaged JSON rounds", (2, 200), &damaged(good), |text| check_json(&text));
    in_rounds(
        "JSON from bytes rounds",
        (1, 200),
        &damaged(arbitrary::batch().prop_map(|all| encode(&all))),
        |bytes| {
            // Whatever the bytes are: text comes out, or an error.
            if let Ok(text) = json::write(&bytes, &LIMITS) {
                prop_assert!(serde_json::from_slice::<serde_json::Value>(&text).is_ok());
            }
            Ok(())
        },
    );
}
