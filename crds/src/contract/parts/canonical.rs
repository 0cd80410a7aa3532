//! JSON in one spelling, so that equal values have equal hashes: keys in order, no spaces.
//!
//! `serde_json` keeps the order of keys when any crate of a build asks it to. A hash must not depend on that.

use serde::Serialize;
use serde_json::Value;

/// The one spelling of a value.
pub(in crate::contract) fn bytes(value: &impl Serialize) -> Vec<u8> {
    let value = serde_json::to_value(value).expect("because documents have text as keys");
    let mut bytes = Vec::new();
    write(&value, &mut bytes);
    bytes
}

/// Appends the one spelling of a value.
pub(super) fn write(value: &Value, bytes: &mut Vec<u8>) {
    match value {
        Value::Object(members) => {
            let mut members: Vec<(&String, &Value)> = members.iter().collect();
            members.sort_unstable_by_key(|(key, _)| *key);
            bytes.push(b'{');
            for (index, (key, value)) in members.into_iter().enumerate() {
                if index > 0 {
                    bytes.push(b',');
                }
                write_key(key, bytes);
                write(value, bytes);
            }
            bytes.push(b'}');
        }
        Value::Array(items) => {
            bytes.push(b'[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    bytes.push(b',');
                }
                write(item, bytes);
            }
            bytes.push(b']');
        }
        plain => write_plain(plain, bytes),
    }
}

/// Appends a key with its colon.
pub(super) fn write_key(key: &str, bytes: &mut Vec<u8>) {
    write_plain(key, bytes);
    bytes.push(b':');
}

fn write_plain(plain: &(impl Serialize + ?Sized), bytes: &mut Vec<u8>) {
    serde_json::to_writer(bytes, plain).expect("because memory takes every text, number and literal");
}
