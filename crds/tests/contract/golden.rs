//! Documents of released versions, as files: they are written the same way for ever, and read.
//!
//! `SAWLOG_WRITE_FIXTURES=1` writes the files of the current version. Once a version is released, a file that changes
//! is a reader that is left behind.

use std::{collections::BTreeMap, env, fs, path::PathBuf};

use sawlog_crds::contract::{
    agent_plan::PlanEntry,
    applied::Applied,
    in_force::{EntryError, InForce, Rejection},
    index_document::{IndexEntry, Lifecycle},
    parts::{Document, Entries, Hash, Kind, pack},
    shard_report::ShardReport,
    version::{Reader, VERSION},
};
use serde::Serialize;
use serde_json::{Value, json};

use crate::samples;

/// The reader after the next one accepts this version no more, the next one does.
const NEXT: Reader = Reader::new(VERSION + 1, &[]);

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("golden/contract/v{VERSION}/{name}.json"))
}

fn golden(name: &str) -> Vec<u8> {
    fs::read(path(name)).unwrap()
}

/// Compares, or writes.
fn hold_to(name: &str, document: &impl Serialize) {
    // Through a value: its keys are sorted, so a field that changed its place is no difference.
    let value = serde_json::to_value(document).unwrap();
    let text = format!("{}\n", serde_json::to_string_pretty(&value).unwrap());
    if env::var_os("SAWLOG_WRITE_FIXTURES").is_some() {
        fs::create_dir_all(path(name).parent().unwrap()).unwrap();
        fs::write(path(name), &text).unwrap();
    }
    let held = String::from_utf8(golden(name)).unwrap();
    assert!(held == text, "{} differs from what is written now:\n{text}", path(name).display());
}

#[test]
fn documents_are_written_as_ever() {
    hold_to("agent-plan", &samples::plan_entries());
    hold_to("index-document", &samples::index_entries());
    hold_to("shard-report", &samples::shard_report());
    hold_to("applied", &samples::applied());
    for (name, kind, entries) in [
        ("agent-plan-root", Kind::AgentPlan, samples::plan_entries()),
        ("index-document-root", Kind::IndexDocument, samples::index_entries()),
    ] {
        let root: Value = serde_json::from_slice(&pack(kind, &entries).unwrap().root).unwrap();
        hold_to(name, &root);
    }
}

/// The document of the golden files: its one part is the entries in their one spelling.
fn document(name: &str, kind: Kind, reader: &Reader) -> Document {
    let entries: Entries = serde_json::from_slice(&golden(name)).unwrap();
    let part = pack(kind, &entries).unwrap().parts.into_iter().next().unwrap();
    let root = golden(&format!("{name}-root"));
    Document::read(&root, kind, reader, |hash| (*hash == part.0).then_some(part.1.as_slice())).unwrap()
}

#[test]
fn documents_are_read_by_this_release_and_by_the_next() {
    for reader in [Reader::CURRENT, NEXT] {
        let plan = InForce::default().next(
            &document("agent-plan", Kind::AgentPlan, &reader),
            &reader,
            PlanEntry::read,
        );
        assert_eq!(plan.rejected(), []);
        let read: BTreeMap<&str, PlanEntry> =
            plan.iter().map(|(key, entry)| (key, (**entry).clone())).collect();
        let samples = samples::plan();
        let written = samples.iter().map(|entry| (entry.key(), entry.clone())).collect::<Vec<_>>();
        assert_eq!(read, written.iter().map(|(key, entry)| (key.as_str(), entry.clone())).collect());

        let whole = document("index-document", Kind::IndexDocument, &reader);
        let index = InForce::default().next(&whole, &reader, IndexEntry::read);
        assert_eq!(index.rejected(), []);
        for entry in samples::index_document() {
            assert_eq!(**index.get(&entry.key()).unwrap(), entry);
        }
        assert_eq!(ShardReport::read(&golden("shard-report"), &reader).unwrap(), samples::shard_report());
        assert_eq!(Applied::read(&golden("applied"), &reader).unwrap(), samples::applied());
    }
    let after_next = Reader::new(VERSION + 2, &[]);
    let error = Applied::read(&golden("applied"), &after_next).unwrap_err().to_string();
    assert_eq!(
        error,
        "version 1 is older than 2, the oldest that this program reads: update its writer first"
    );
    assert!(ShardReport::read(&golden("shard-report"), &after_next).is_err());
    let newer = json!({ "version": VERSION + 1, "of": "another form" }).to_string();
    let error = ShardReport::read(newer.as_bytes(), &Reader::CURRENT).unwrap_err().to_string();
    assert!(error.starts_with("version 2 is newer than 1"), "{error}");
}

/// Every place in a value where a field could be added: paths of objects.
fn objects(value: &Value, path: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            found.push(path.to_owned());
            members.iter().for_each(|(key, value)| {
                objects(value, &format!("{path}/{}", key.replace('/', "~1")), found);
            });
        }
        Value::Array(items) => {
            items
                .iter()
                .enumerate()
                .for_each(|(index, item)| objects(item, &format!("{path}/{index}"), found));
        }
        _ => {}
    }
}

#[test]
fn an_unknown_field_is_an_error_exactly_under_redact_shape_and_limits() {
    let mut refused = 0;
    for entry in samples::plan() {
        let mut places = Vec::new();
        objects(&entry.write(), "", &mut places);
        for place in places {
            let mut written = entry.write();
            let object = written.pointer_mut(&place).unwrap().as_object_mut().unwrap();
            object.insert("brandNew".to_owned(), json!(1));
            let strict = ["/redact", "/shape", "/limits"].iter().any(|part| place.starts_with(part));
            // These are maps from anything to text, or have exactly one member that says what they are.
            let open = place.ends_with("/matchLabels") || place == "/allowedNamespaces";
            match PlanEntry::read(&entry.key(), &written) {
                Ok(read) => assert!(!strict && !open && read == entry, "{place}"),
                Err(EntryError::Form(error)) => {
                    assert!(strict || open, "{place}: {error}");
                    refused += usize::from(strict);
                }
                Err(error) => panic!("{place}: {error}"),
            }
        }
    }
    // redact and its 4 rules, 6 steps and their insides, limits
    assert_eq!(refused, 5 + 12 + 1);
}

#[test]
fn nothing_that_a_reader_needs_may_be_absent() {
    let mut fields = 0;
    for entry in samples::plan() {
        let mut places = Vec::new();
        objects(&entry.write(), "", &mut places);
        for place in places.iter().filter(|place| !place.ends_with("/matchLabels")) {
            for field in entry.write().pointer(place).unwrap().as_object().unwrap().keys() {
                let mut written = entry.write();
                written.pointer_mut(place).unwrap().as_object_mut().unwrap().remove(field);
                if let Ok(read) = PlanEntry::read(&entry.key(), &written) {
                    let names = [
                        "pattern",
                        "field",
                        "layout",
                        "levelField",
                        "serviceField",
                        "traceField",
                        "spanField",
                        "startPattern",
                        "environment",
                        "defaultEnvironment",
                        "region",
                        "key",
                        "matchLabels",
                        "matchExpressions",
                        "values",
                    ];
                    assert!(names.contains(&field.as_str()) && read != entry, "{place}/{field}");
                }
                fields += 1;
            }
        }
    }
    println!("{fields} fields were left out in turn");
}

#[test]
fn a_key_is_the_name_of_what_it_holds() {
    let pipeline = samples::plan()[1].write();
    for key in
        ["pipelines/bank/payments", "pipelines/shop/payments/", "pipelines", "node", "node/", "index", ""]
    {
        assert!(PlanEntry::read(key, &pipeline).is_err(), "{key}");
    }
    let alert =
        samples::index_document().into_iter().find(|entry| matches!(entry, IndexEntry::Alert(_))).unwrap();
    for key in ["alerts/bank/payment-errors", "rules/payment-errors", "receivers/oncall", "else/x/y"] {
        assert!(IndexEntry::read(key, &alert.write()).is_err(), "{key}");
    }
}

#[test]
fn a_lifecycle_does_not_act_while_a_hold_is_not_in_force() {
    let read = |entries: &Entries, before: &InForce<IndexEntry>| {
        let document = Document { root: Hash::of(b""), version: VERSION, entries: entries.clone() };
        before.next(&document, &Reader::CURRENT, IndexEntry::read)
    };
    let is_complete = |in_force: &InForce<IndexEntry>| {
        let IndexEntry::Lifecycle(lifecycle) = &**in_force.get(IndexEntry::LIFECYCLE).unwrap() else {
            panic!("the key of the lifecycle holds something else")
        };
        Lifecycle::is_complete(lifecycle, in_force)
    };
    let entries = samples::index_entries();
    let whole = read(&entries, &InForce::default());
    assert!(is_complete(&whole));

    // A hold of a newer release, rejected here: the older hold stays, and is not what is meant.
    let mut newer = entries.clone();
    newer.get_mut("holds/case-7").unwrap()["requires"] = json!(["holds-by-region"]);
    let hash = sawlog_crds::contract::in_force::entry_hash(&newer["holds/case-7"]);
    newer.get_mut("lifecycle").unwrap()["restsOn"]["holds/case-7"] = json!(hash);
    let after = read(&newer, &whole);
    assert_eq!(after.rejected()[0].reason, Rejection::RequirementUnknown);
    assert!(after.get("holds/case-7").is_some());
    assert!(!is_complete(&after));

    let mut gone = entries;
    gone.remove("rules/errors");
    assert!(!is_complete(&read(&gone, &whole)));
}

#[test]
fn equal_answers_have_equal_etags() {
    let applied = samples::applied();
    assert_eq!(applied.etag(), samples::applied().etag());
    assert!(applied.etag().starts_with('"') && applied.etag().ends_with('"') && applied.etag().len() == 66);
    assert_ne!(applied.etag(), Applied { rejected: vec![], ..applied.clone() }.etag());
    assert_ne!(applied.etag(), Applied { root: None, ..applied.clone() }.etag());

    let document = Document { root: Hash::of(b"x"), version: VERSION, entries: samples::plan_entries() };
    let told = Applied::of(&InForce::default().next(&document, &Reader::CURRENT, PlanEntry::read));
    assert_eq!(told, Applied { version: VERSION, root: Some(Hash::of(b"x")), rejected: vec![] });
}
