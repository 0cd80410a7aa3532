//! The samples that people copy: nothing in them is lost on the way through the types, and all of it can be read.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::{fs, path::Path};

use sawlog_crds::{
    alert::AlertRule, index::LogIndex, kind::Kind, pipeline::LogPipeline, retention::RetentionPolicy,
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

/// Each sample's file, text and objects.
fn samples() -> Vec<(String, String, Vec<Value>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../config/samples");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    files
        .into_iter()
        .map(|file| {
            let text = fs::read_to_string(&file).unwrap();
            let objects = serde_saphyr::from_multiple(&text).unwrap();
            (file.file_name().unwrap().to_string_lossy().into_owned(), text, objects)
        })
        .collect()
}

fn through<K: DeserializeOwned + Serialize + PartialEq + std::fmt::Debug>(object: &Value) -> Value {
    let typed: K = serde_json::from_value(object.clone()).unwrap();
    let yaml = serde_saphyr::to_string(&typed).unwrap();
    let again: K = serde_saphyr::from_str(&yaml).unwrap();
    serde_json::to_value(again).unwrap()
}

/// What the first has and the second has not, or has otherwise. Defaults may be added.
fn lost(before: &Value, after: &Value, path: &str, found: &mut Vec<String>) {
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => {
            for (name, value) in before {
                lost(value, after.get(name).unwrap_or(&Value::Null), &format!("{path}.{name}"), found);
            }
        }
        (Value::Array(before), Value::Array(after)) if before.len() == after.len() => {
            for (at, (before, after)) in before.iter().zip(after).enumerate() {
                lost(before, after, &format!("{path}[{at}]"), found);
            }
        }
        (before, after) if before == after => {}
        (before, after) => found.push(format!("{path}: {before} became {after}")),
    }
}

#[test]
fn nothing_is_lost_on_the_way_through_the_types() {
    let mut seen = std::collections::BTreeSet::new();
    for (file, _, objects) in samples() {
        for object in objects {
            let kind = object["kind"].as_str().unwrap();
            let after = match kind {
                "LogPipeline" => through::<LogPipeline>(&object),
                "LogIndex" => through::<LogIndex>(&object),
                "RetentionPolicy" => through::<RetentionPolicy>(&object),
                "AlertRule" => through::<AlertRule>(&object),
                other => panic!("{file}: {other}"),
            };
            let mut found = Vec::new();
            lost(&object, &after, "", &mut found);
            assert_eq!(found, Vec::<String>::new(), "{file}");
            seen.insert(kind.to_owned());
        }
    }
    assert_eq!(seen.len(), 4, "{seen:?}");
}

#[test]
fn every_query_and_pattern_of_a_sample_can_be_read() {
    for (file, _, objects) in samples() {
        for object in objects {
            let kind = Kind::by_name(object["kind"].as_str().unwrap()).unwrap();
            assert_eq!(kind.complaints(&object), [], "{file}");
        }
    }
}

#[test]
fn every_sample_says_who_would_use_it() {
    for (file, text, _) in samples() {
        assert!(text.starts_with("# For "), "{file}");
    }
}
