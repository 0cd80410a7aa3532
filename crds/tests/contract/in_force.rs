//! What a reader goes by when entries are bad, and across releases.

use std::{collections::BTreeMap, sync::Arc};

use proptest::{collection::vec, prelude::*};
use sawlog_crds::contract::{
    in_force::{EntryError, InForce, Rejection, entry_hash},
    parts::{Document, Entries, Hash},
    version::{Reader, VersionError},
};
use serde_json::{Value, json};

use crate::in_rounds;

const READER: Reader = Reader::new(3, &["colour"]);

fn document(version: u32, entries: Entries) -> Document {
    Document { root: Hash::of(&serde_json::to_vec(&entries).unwrap()), version, entries }
}

/// Numbers under `value`; thirteen is well-formed and nothing that can be done.
fn read(_key: &str, entry: &Value) -> Result<i64, EntryError> {
    match serde_json::from_value(entry["value"].clone())? {
        13 => Err(EntryError::Refused("thirteen of anything is too many".to_owned())),
        number => Ok(number),
    }
}

fn good(number: i64) -> Value {
    json!({ "requires": ["colour"], "value": number })
}

#[test]
fn a_bad_entry_is_rejected_alone_and_the_last_good_one_stays() {
    let first =
        Entries::from([("a".to_owned(), good(1)), ("b".to_owned(), good(2)), ("c".to_owned(), good(3))]);
    let before = InForce::default().next(&document(3, first), &READER, read);
    assert_eq!(before.rejected(), []);

    let second = Entries::from([
        ("a".to_owned(), json!({ "requires": ["colour", "smell"], "value": { "of": "another form" } })),
        ("b".to_owned(), json!({ "value": "two" })),
        ("d".to_owned(), good(13)),
        ("e".to_owned(), json!({ "requires": "colour", "value": 5 })),
        ("f".to_owned(), json!({ "value": 6 })),
    ]);
    let root = document(3, second.clone()).root;
    let after = before.next(&document(3, second), &READER, read);
    assert_eq!(after.root(), Some(root));
    let entries: BTreeMap<&str, i64> = after.iter().map(|(key, value)| (key, **value)).collect();
    assert_eq!(entries, BTreeMap::from([("a", 1), ("b", 2), ("f", 6)]));
    let rejected: Vec<_> =
        after.rejected().iter().map(|one| (&*one.key, one.reason, &*one.message, one.kept)).collect();
    assert_eq!(
        rejected,
        [
            (
                "a",
                Rejection::RequirementUnknown,
                "requires smell, which this program does not know: update it",
                true
            ),
            ("b", Rejection::Unreadable, "invalid type: string \"two\", expected i64", true),
            ("d", Rejection::Refused, "thirteen of anything is too many", false),
            ("e", Rejection::Unreadable, "requires is not a list of names", false),
        ]
    );
    assert!(Arc::ptr_eq(after.get("a").unwrap(), before.get("a").unwrap()));
    assert_eq!(after.hash("a"), Some(entry_hash(&good(1))));

    // Its form was repaired: nothing is kept from then on.
    let third = after.next(&document(3, Entries::from([("b".to_owned(), good(7))])), &READER, read);
    assert_eq!((third.rejected().len(), third.iter().count(), **third.get("b").unwrap()), (0, 1, 7));
}

#[test]
fn a_reader_accepts_its_own_version_and_the_one_before() {
    assert_eq!(READER.accept(3), Ok(()));
    assert_eq!(READER.accept(2), Ok(()));
    assert_eq!(READER.accept(1), Err(VersionError::Older { found: 1, oldest: 2 }));
    assert_eq!(READER.accept(4), Err(VersionError::Newer { found: 4, known: 3 }));
    assert_eq!(Reader::CURRENT.accept(0), Err(VersionError::Older { found: 0, oldest: 1 }));
}

#[test]
fn what_is_stored_is_restored_also_by_the_next_release() {
    let old = Reader::new(2, &["colour"]);
    let bad = json!({ "requires": ["smell"] });
    let first = InForce::default().next(
        &document(2, [("a".to_owned(), good(1)), ("z".to_owned(), good(9))].into()),
        &old,
        read,
    );
    let held = first.next(
        &document(
            2,
            [("a".to_owned(), bad.clone()), ("b".to_owned(), good(2)), ("z".to_owned(), good(9))].into(),
        ),
        &old,
        read,
    );
    assert_eq!(InForce::restore(&held.store(), &old, read).unwrap(), held);
    // One release on, it is still read; two releases on, each entry says why not.
    assert_eq!(InForce::restore(&held.store(), &READER, read).unwrap(), held);
    let lost = InForce::restore(&held.store(), &Reader::new(4, &["colour"]), read).unwrap();
    let why: Vec<_> = lost.rejected().iter().map(|one| (&*one.key, one.reason, one.kept)).collect();
    let unknown = Rejection::VersionUnknown;
    assert_eq!(why, [("a", unknown, false), ("b", unknown, false), ("z", unknown, false)]);
    // A release that lost a feature.
    let poorer = InForce::restore(&held.store(), &Reader::new(2, &[]), read).unwrap();
    assert_eq!((poorer.iter().count(), poorer.rejected().len()), (0, 3));
    assert!(InForce::restore(b"torn", &old, read).is_err());
}

/// An entry, good or bad in one of three ways.
fn entry() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => (0_i64..13).prop_map(good),
        1 => Just(good(13)),
        1 => Just(json!({ "value": [] })),
        1 => Just(json!({ "requires": ["smell"], "value": 1 })),
    ]
}

#[test]
fn after_any_history_the_last_good_entry_since_its_key_came_is_in_force() {
    let documents = vec(proptest::collection::btree_map("[a-d]", entry(), 0..4), 1..12);
    in_rounds("in force", (2, 100), 500, &documents, |documents| {
        let mut model: BTreeMap<String, i64> = BTreeMap::new();
        let mut held = InForce::default();
        for entries in documents {
            let fine = |entry: &Value| {
                let number = entry["value"].as_i64().filter(|number| *number != 13);
                number.filter(|_| entry["requires"] != json!(["smell"]))
            };
            model.retain(|key, _| entries.contains_key(key));
            model.extend(entries.iter().filter_map(|(key, entry)| Some((key.clone(), fine(entry)?))));
            held = held.next(&document(3, entries.clone()), &READER, read);

            let in_force: BTreeMap<String, i64> =
                held.iter().map(|(key, value)| (key.to_owned(), **value)).collect();
            prop_assert_eq!(&in_force, &model);
            for (key, entry) in &entries {
                let rejected = held.rejected().iter().find(|one| one.key == *key);
                prop_assert_eq!(rejected.is_none(), fine(entry).is_some());
                prop_assert!(rejected.is_none_or(|one| one.kept == model.contains_key(key)));
            }
            prop_assert_eq!(&InForce::restore(&held.store(), &READER, read).unwrap(), &held);
        }
        Ok(())
    });
}
