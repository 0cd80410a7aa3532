//! Which object it is, and which of several came first.

use std::{collections::BTreeMap, fmt};

use kube::ResourceExt;
use serde::{Deserialize, Serialize};

use crate::contract::parts::canonical_bytes;

/// Namespace and name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Name {
    /// The namespace.
    pub namespace: String,
    /// The name.
    pub name: String,
}

impl Name {
    /// Of these.
    pub fn new(namespace: &str, name: &str) -> Self {
        Self { namespace: namespace.to_owned(), name: name.to_owned() }
    }

    pub(super) fn of(object: &impl ResourceExt) -> Self {
        Self { namespace: object.namespace().unwrap_or_default(), name: object.name_any() }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

/// When an object was created, in milliseconds since 1970. Objects from files were not; they are the oldest.
pub(super) fn created_ms(object: &impl ResourceExt) -> i64 {
    object.creation_timestamp().map_or(0, |time| time.0.as_millisecond())
}

/// The uid, and for objects from files their name, which nobody else has either.
pub(super) fn uid(object: &impl ResourceExt) -> String {
    object.uid().unwrap_or_else(|| Name::of(object).to_string())
}

/// Counts changes.
pub(super) fn generation(object: &impl ResourceExt) -> i64 {
    object.meta().generation.unwrap_or(0)
}

/// Older objects are less: by time, then by uid.
pub(super) fn age(object: &impl ResourceExt) -> (i64, String) {
    (created_ms(object), uid(object))
}

/// Objects by name. The API server has each name once; of files the oldest, and then the one that is less as text,
/// counts, so that their order does not.
pub(super) fn by_name<T: ResourceExt + Serialize>(objects: &[T]) -> BTreeMap<Name, &T> {
    let mut found: BTreeMap<Name, &T> = BTreeMap::new();
    for object in objects {
        let order = |object: &T| (age(object), canonical_bytes(object));
        let held = found.entry(Name::of(object)).or_insert(object);
        if order(object) < order(held) {
            *held = object;
        }
    }
    found
}
