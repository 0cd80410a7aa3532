//! What a reader goes by: the last good entry under each key.
//!
//! ```text
//! in force ─╮
//! document ─┴─▶ next ─▶ in force: entries as read, and the rejected ones with their reasons
//! ```
//!
//! An entry is rejected alone; what was in force under its key stays so, and the others are applied. A key that the
//! document no longer has is gone, rejected or not: the operator removes by leaving out.
//!
//! Deliberately absent: what to do about it. Entries that did not change are the same `Arc` as before, so a reader
//! sees what it has to start, change and stop.

use std::{collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    parts::{Document, Hash, canonical_bytes},
    version::{Reader, VersionError},
};

/// The longest explanation of a rejection, in bytes: thousands of them fit into one report.
const EXPLANATION: usize = 256;

/// The last good entries.
#[derive(Debug, PartialEq, Eq)]
pub struct InForce<E> {
    root: Option<Hash>,
    entries: BTreeMap<String, Held<E>>,
    rejected: Vec<Rejected>,
}

/// One entry as it was written and as it was read.
#[derive(Debug, PartialEq, Eq)]
struct Held<E> {
    version: u32,
    written: Value,
    read: Arc<E>,
}

// Not derived: what was read is shared and need not be cloneable.
impl<E> Clone for Held<E> {
    fn clone(&self) -> Self {
        Self { version: self.version, written: self.written.clone(), read: Arc::clone(&self.read) }
    }
}

/// An entry of a document that is not applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rejected {
    /// Its key.
    pub key: String,
    /// Why, in one word.
    pub reason: Rejection,
    /// Why, in a sentence.
    pub message: String,
    /// Whether an earlier entry under this key stays in force.
    pub kept: bool,
}

/// Why an entry is rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Rejection {
    /// It requires a feature that the reader does not know.
    RequirementUnknown,
    /// It is of a version that the reader does not read; only entries that were stored are.
    VersionUnknown,
    /// It has not the form of an entry of its kind.
    Unreadable,
    /// It has the form, and the reader cannot do it.
    Refused,
}

/// Why an entry could not be read; [`Rejection::Unreadable`] or [`Rejection::Refused`].
#[derive(Debug, thiserror::Error)]
pub enum EntryError {
    /// Not the form of an entry of its kind.
    #[error(transparent)]
    Form(#[from] serde_json::Error),
    /// A key that belongs to no kind of entry.
    #[error("no entry of this document has such a key")]
    Key,
    /// The right form, but not what the reader can do.
    #[error("{0}")]
    Refused(String),
}

/// What is stored for the next start.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Stored {
    root: Option<Hash>,
    rejected: Vec<Rejected>,
    entries: BTreeMap<String, StoredEntry>,
}

/// Each with its version, for one that was kept may be older than the rest.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct StoredEntry {
    version: u32,
    entry: Value,
}

impl<E> Default for InForce<E> {
    fn default() -> Self {
        Self { root: None, entries: BTreeMap::new(), rejected: Vec::new() }
    }
}

impl<E> InForce<E> {
    /// What is in force after this document. `read` makes of an entry what the reader works with.
    #[must_use]
    pub fn next(
        &self,
        document: &Document,
        reader: &Reader,
        read: impl Fn(&str, &Value) -> Result<E, EntryError>,
    ) -> Self {
        let mut next = Self { root: Some(document.root), ..Self::default() };
        for (key, written) in &document.entries {
            let before = self.entries.get(key);
            let same = before.filter(|held| held.version == document.version && held.written == *written);
            match same
                .map_or_else(|| held(key, document.version, written, reader, &read), |same| Ok(same.clone()))
            {
                Ok(held) => drop(next.entries.insert(key.clone(), held)),
                Err(rejected) => {
                    next.rejected.push(Rejected { kept: before.is_some(), ..rejected });
                    next.entries.extend(before.map(|before| (key.clone(), before.clone())));
                }
            }
        }
        next
    }

    /// The root of the document that was applied last.
    pub fn root(&self) -> Option<Hash> {
        self.root
    }

    /// What was rejected of that document, in the order of keys.
    pub fn rejected(&self) -> &[Rejected] {
        &self.rejected
    }

    /// The entry in force under a key.
    pub fn get(&self, key: &str) -> Option<&Arc<E>> {
        self.entries.get(key).map(|held| &held.read)
    }

    /// All entries in force.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Arc<E>)> {
        self.entries.iter().map(|(key, held)| (key.as_str(), &held.read))
    }

    /// The hash of the entry in force under a key, as it was written. What rests on another entry names this.
    pub fn hash(&self, key: &str) -> Option<Hash> {
        self.entries.get(key).map(|held| entry_hash(&held.written))
    }

    /// The text to store for the next start.
    pub fn store(&self) -> Vec<u8> {
        let stored = |held: &Held<E>| StoredEntry { version: held.version, entry: held.written.clone() };
        canonical_bytes(&Stored {
            root: self.root,
            rejected: self.rejected.clone(),
            entries: self.entries.iter().map(|(key, held)| (key.clone(), stored(held))).collect(),
        })
    }

    /// What was stored, perhaps by an earlier release. Entries that can no longer be read are rejected alone.
    pub fn restore(
        stored: &[u8],
        reader: &Reader,
        read: impl Fn(&str, &Value) -> Result<E, EntryError>,
    ) -> Result<Self, serde_json::Error> {
        let Stored { root, rejected, entries } = serde_json::from_slice(stored)?;
        let mut restored = Self { root, rejected, entries: BTreeMap::new() };
        for (key, StoredEntry { version, entry }) in entries {
            match held(&key, version, &entry, reader, &read) {
                Ok(held) => drop(restored.entries.insert(key, held)),
                Err(rejected) => {
                    restored.rejected.retain(|earlier| earlier.key != key);
                    restored.rejected.push(rejected);
                }
            }
        }
        restored.rejected.sort_by(|a, b| a.key.cmp(&b.key));
        Ok(restored)
    }
}

/// The hash of an entry as it is written.
pub fn entry_hash(written: &Value) -> Hash {
    Hash::of(&canonical_bytes(written))
}

/// Requirements first: what requires an unknown feature may also have a form that nobody here knows.
fn held<E>(
    key: &str,
    version: u32,
    written: &Value,
    reader: &Reader,
    read: impl Fn(&str, &Value) -> Result<E, EntryError>,
) -> Result<Held<E>, Rejected> {
    let reject = |reason, message: String| Rejected {
        key: key.to_owned(),
        reason,
        message: cut(message),
        kept: false,
    };
    reader
        .accept(version)
        .map_err(|error: VersionError| reject(Rejection::VersionUnknown, error.to_string()))?;
    let requires = match written.get("requires") {
        None => &[],
        Some(Value::Array(names)) => names.as_slice(),
        Some(_) => return Err(reject(Rejection::Unreadable, "requires is not a list of names".to_owned())),
    };
    let unknown = reader.unknown(requires);
    if !unknown.is_empty() {
        let message = format!("requires {}, which this program does not know: update it", unknown.join(", "));
        return Err(reject(Rejection::RequirementUnknown, message));
    }
    match read(key, written) {
        Ok(read) => Ok(Held { version, written: written.clone(), read: Arc::new(read) }),
        Err(error @ EntryError::Refused(_)) => Err(reject(Rejection::Refused, error.to_string())),
        Err(error) => Err(reject(Rejection::Unreadable, error.to_string())),
    }
}

fn cut(mut message: String) -> String {
    message.truncate(message.floor_char_boundary(EXPLANATION));
    message
}
