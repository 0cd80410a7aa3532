//! What packing keeps to, whatever the entries are, and what a reader refuses.

use std::collections::BTreeSet;

use proptest::{collection::btree_map, prelude::*, sample::Index};
use sawlog_crds::contract::{
    parts::{Document, Entries, Hash, Kind, LIMIT, Packed, Root, pack, size},
    version::Reader,
};
use serde_json::{Value, json};

use crate::in_rounds;

/// Like an entry of a plan: some structure, mostly text.
fn pipeline(number: usize, bytes: usize) -> Value {
    json!({ "requires": [], "name": format!("pipeline-{number}"), "generation": 1, "text": "x".repeat(bytes) })
}

fn key(number: usize) -> String {
    format!("pipelines/shop/pipeline-{number}")
}

/// Entries of 0.2 to 4 kB.
fn entries(most: usize) -> impl Strategy<Value = Entries> {
    btree_map(0..most * 4, 200..4_000_usize, 1..most).prop_map(|sizes| {
        sizes.into_iter().map(|(number, bytes)| (key(number), pipeline(number, bytes))).collect()
    })
}

fn read(packed: &Packed) -> Result<Document, String> {
    Document::read(&packed.root, Kind::AgentPlan, &Reader::CURRENT, |hash| {
        packed.parts.get(hash).map(Vec::as_slice)
    })
    .map_err(|error| error.to_string())
}

/// Parts that only one of two has: how many were taken away, and how many came.
fn changed(before: &Packed, after: &Packed) -> (usize, usize) {
    let hashes = |packed: &Packed| packed.parts.keys().copied().collect::<BTreeSet<Hash>>();
    let (before, after) = (hashes(before), hashes(after));
    (before.difference(&after).count(), after.difference(&before).count())
}

/// One part became another one; or it was split, or two were joined, for the want or the plenty of room.
fn changed_one(before: &Packed, after: &Packed) -> bool {
    matches!(changed(before, after), (1, 1 | 2) | (2, 1))
}

#[test]
fn what_is_packed_is_read_and_one_change_is_one_part() {
    let cases = (entries(1_500), any::<Index>(), 200..4_000_usize);
    in_rounds("parts", (2, 60), 30, &cases, |(entries, index, bytes)| {
        let before = pack(Kind::AgentPlan, &entries).unwrap();
        prop_assert!(before.parts.iter().all(|(hash, part)| part.len() <= LIMIT && *hash == Hash::of(part)));
        prop_assert_eq!(&read(&before).unwrap().entries, &entries);
        let backwards: Entries =
            entries.iter().rev().map(|(key, value)| (key.clone(), value.clone())).collect();
        prop_assert_eq!(&pack(Kind::AgentPlan, &backwards).unwrap(), &before);

        let chosen = index.get(&entries.keys().cloned().collect::<Vec<_>>()).clone();
        let mut same_size = entries.clone();
        same_size.get_mut(&chosen).unwrap()["generation"] = json!(2);
        let after = pack(Kind::AgentPlan, &same_size).unwrap();
        prop_assert_eq!(changed(&before, &after), (1, 1));
        prop_assert_ne!(before.hash, after.hash);

        let mut other_size = entries.clone();
        other_size.insert(chosen.clone(), pipeline(0, bytes));
        let after = pack(Kind::AgentPlan, &other_size).unwrap();
        prop_assert!(before == after || changed_one(&before, &after), "{:?}", changed(&before, &after));

        let mut removed = entries.clone();
        removed.remove(&chosen);
        let after = pack(Kind::AgentPlan, &removed).unwrap();
        let emptied = changed(&before, &after) == (1, 0);
        prop_assert!(emptied || changed_one(&before, &after), "{:?}", changed(&before, &after));
        prop_assert_eq!(&read(&after).unwrap().entries, &removed);
        Ok(())
    });
}

#[test]
fn two_thousand_pipelines() {
    let mut entries: Entries =
        (0..2_000).map(|number| (key(number), pipeline(number, 200 + number * 7_919 % 3_800))).collect();
    let before = pack(Kind::AgentPlan, &entries).unwrap();
    let bytes: Vec<usize> = before.parts.values().map(Vec::len).collect();
    println!("{} parts of {:?} to {:?} bytes", bytes.len(), bytes.iter().min(), bytes.iter().max());
    let total: usize = bytes.iter().sum();
    assert!(bytes.len() <= 3 * total.div_ceil(LIMIT), "{} parts for {total} bytes", bytes.len());

    entries.insert(key(1_234), pipeline(1_234, 9));
    let changed_entry = pack(Kind::AgentPlan, &entries).unwrap();
    assert_eq!(changed(&before, &changed_entry), (1, 1));
    entries.insert(key(2_000), pipeline(2_000, 9));
    let added = pack(Kind::AgentPlan, &entries).unwrap();
    assert_eq!(changed(&changed_entry, &added), (1, 1));
    entries.remove(&key(7));
    assert_eq!(changed(&added, &pack(Kind::AgentPlan, &entries).unwrap()), (1, 1));
}

#[test]
fn a_part_that_gets_too_full_becomes_two_and_one_again() {
    let mut entries: Entries = (0..4).map(|number| (key(number), pipeline(number, LIMIT / 5))).collect();
    let one = pack(Kind::AgentPlan, &entries).unwrap();
    entries.insert(key(4), pipeline(4, LIMIT / 5));
    let two = pack(Kind::AgentPlan, &entries).unwrap();
    assert_eq!((one.parts.len(), two.parts.len(), changed(&one, &two)), (1, 2, (1, 2)));
    entries.remove(&key(4));
    assert_eq!(pack(Kind::AgentPlan, &entries).unwrap(), one);
}

#[test]
fn an_entry_that_is_too_large_is_named() {
    let mut entries = Entries::from([(key(1), pipeline(1, 300)), (key(2), pipeline(2, LIMIT))]);
    let bytes = size(&key(2), &entries[&key(2)]);
    let error = pack(Kind::AgentPlan, &entries).unwrap_err().to_string();
    let said = format!("entry pipelines/shop/pipeline-2 has {bytes} bytes, a part holds {LIMIT} at most");
    assert_eq!(error, said);
    let room = LIMIT - (bytes - LIMIT);
    entries.insert(key(2), pipeline(2, room));
    assert_eq!(size(&key(2), &entries[&key(2)]), LIMIT);
    assert!(pack(Kind::AgentPlan, &entries).is_ok());
}

#[test]
fn nothing_is_a_document_too() {
    let packed = pack(Kind::AgentPlan, &Entries::new()).unwrap();
    assert!(packed.parts.is_empty());
    assert_eq!(read(&packed).unwrap().entries, Entries::new());
    assert_eq!(read(&packed).unwrap().root, packed.hash);
}

#[test]
fn all_or_nothing() {
    let entries: Entries = (0..400).map(|number| (key(number), pipeline(number, 3_000))).collect();
    let good = pack(Kind::AgentPlan, &entries).unwrap();
    assert!(good.parts.len() > 2);
    for hash in good.parts.keys() {
        let mut missing = good.clone();
        missing.parts.remove(hash);
        assert_eq!(read(&missing).unwrap_err(), format!("part {hash} is missing"));
        let mut torn = good.clone();
        let bytes = torn.parts.get_mut(hash).unwrap();
        bytes.pop();
        let found = Hash::of(bytes);
        assert_eq!(read(&torn).unwrap_err(), format!("part {hash} has hash {found}"));
    }
    let first = good.parts.keys().next().unwrap();
    let twice = Root { version: 1, kind: Kind::AgentPlan, parts: vec![*first, *first] };
    let twice = Packed { root: serde_json::to_vec(&twice).unwrap(), ..good.clone() };
    assert!(read(&twice).unwrap_err().ends_with(&format!("is there twice, the second time in part {first}")));
    let bytes = b"[]".to_vec();
    let hash = Hash::of(&bytes);
    let other = Root { version: 1, kind: Kind::AgentPlan, parts: vec![hash] };
    let other = Packed { root: serde_json::to_vec(&other).unwrap(), parts: [(hash, bytes)].into(), ..good };
    assert_eq!(read(&other).unwrap_err(), format!("read part {hash}"));
}

#[test]
fn roots_that_are_not_applied() {
    let rows = [
        ("", "read the document"),
        ("{}", "read the document"),
        (r#"{"version":1,"kind":"AgentPlan","parts":["ab"]}"#, "read the document"),
        (
            r#"{"version":2,"kind":"SomethingNew"}"#,
            "version 2 is newer than 1, the newest that this program reads: update the program first",
        ),
        (
            r#"{"version":0,"kind":"AgentPlan","parts":[]}"#,
            "version 0 is older than 1, the oldest that this program reads: update its writer first",
        ),
        (
            r#"{"version":1,"kind":"IndexDocument","parts":[]}"#,
            "the root is of kind IndexDocument, expected AgentPlan",
        ),
    ];
    for (text, said) in rows {
        let error = Root::read(text.as_bytes(), Kind::AgentPlan, &Reader::CURRENT).unwrap_err();
        assert_eq!(error.to_string(), said, "{text}");
    }
}
