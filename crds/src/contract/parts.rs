//! A document in parts, because an object of Kubernetes holds a megabyte at most.
//!
//! ```text
//! entries ──pack──▶ parts, each named by its hash ──written first──╮
//!             ╰───▶ root, which names them ──────────written last──┴─▶ Root::read ──assemble──▶ entries
//! ```
//!
//! An entry's place is decided by the hash of its key: all entries are one part; a part that is too large is split by
//! the next bit of those hashes, again and again. So the parts are a function of the entries, whatever their order and
//! their history, and another value for one key is another value in one part. When it makes that part too large, the
//! part becomes two, and when it makes two neighbours small enough for one part, they become one. (An entry that is
//! itself a good part of a part can make it more than two.)
//!
//! A reader applies all or nothing: what the root does not name or what has another hash is not read. Old parts may be
//! removed once no reader follows a root that names them; who does that is not decided here.
//!
//! Deliberately absent: compression, and names of objects. The hash is the part's name, whatever stands before it.

mod canonical;
mod hash;
mod split;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::version::{FormError, Reader, VERSION};

pub(super) use canonical::bytes as canonical_bytes;
pub use hash::{Hash, NotAHash};

/// The most bytes of a part, and of a root.
pub const LIMIT: usize = 512 * 1024;

/// What a document holds: values by key.
pub type Entries = BTreeMap<String, Value>;

/// Which document it is. A root of one kind is never taken for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Kind {
    /// What agents do.
    AgentPlan,
    /// What the indexer pods of one index do.
    IndexDocument,
}

/// Names the parts of one document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Root {
    /// By which version of the contract it and its parts are written.
    pub version: u32,
    /// Which document it is.
    pub kind: Kind,
    /// The parts, in the order of their hashes.
    pub parts: Vec<Hash>,
}

/// A document ready to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packed {
    /// The parts; any order will do, as long as all are there before the root is.
    pub parts: BTreeMap<Hash, Vec<u8>>,
    /// The root, to be written last.
    pub root: Vec<u8>,
    /// The hash of the root: the name of this state of the document.
    pub hash: Hash,
}

/// A document that was read whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// The hash of its root.
    pub root: Hash,
    /// By which version of the contract it is written.
    pub version: u32,
    /// What it holds.
    pub entries: Entries,
}

/// Entries that do not make a document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PackError {
    /// Nothing can be split off it.
    #[error("entry {key} has {bytes} bytes, a part holds {limit} at most")]
    Entry {
        /// Its key.
        key: String,
        /// Its size as a part of its own.
        bytes: usize,
        /// What would have been allowed.
        limit: usize,
    },
    /// Thousands of parts.
    #[error("the root has {bytes} bytes, it holds {limit} at most")]
    Root {
        /// Its size.
        bytes: usize,
        /// What would have been allowed.
        limit: usize,
    },
}

/// A root that is not one.
#[derive(Debug, thiserror::Error)]
pub enum RootError {
    /// Not a root, or not of a version that this reader knows.
    #[error(transparent)]
    Form(#[from] FormError),
    /// Another document's.
    #[error("the root is of kind {found:?}, expected {expected:?}")]
    Kind {
        /// What was asked for.
        expected: Kind,
        /// What it is.
        found: Kind,
    },
}

/// Parts that are not what the root names.
#[derive(Debug, thiserror::Error)]
pub enum AssembleError {
    /// Not there, or not yet.
    #[error("part {0} is missing")]
    Missing(Hash),
    /// Other bytes.
    #[error("part {named} has hash {found}")]
    Hash {
        /// Its name.
        named: Hash,
        /// What its bytes hash to.
        found: Hash,
    },
    /// The right bytes, but not entries by key.
    #[error("read part {part}")]
    Form {
        /// Its name.
        part: Hash,
        /// Why.
        source: serde_json::Error,
    },
    /// No writer of ours does that, so nobody can say which one counts.
    #[error("entry {key} is there twice, the second time in part {part}")]
    Twice {
        /// Its key.
        key: String,
        /// The second part that has it.
        part: Hash,
    },
}

/// Packs entries into parts and a root.
pub fn pack(kind: Kind, entries: &Entries) -> Result<Packed, PackError> {
    pack_within(LIMIT, kind, entries)
}

/// The size of an entry as a part of its own; one of more than [`LIMIT`] bytes cannot be packed.
pub fn size(key: &str, value: &Value) -> usize {
    split::FRAME + split::Member::new(key, value).size()
}

fn pack_within(limit: usize, kind: Kind, entries: &Entries) -> Result<Packed, PackError> {
    let members = entries.iter().map(|(key, value)| split::Member::new(key, value)).collect();
    let parts: BTreeMap<Hash, Vec<u8>> =
        split::split(members, limit)?.into_iter().map(|bytes| (Hash::of(&bytes), bytes)).collect();
    let named = Root { version: VERSION, kind, parts: parts.keys().copied().collect() };
    let root = canonical::bytes(&named);
    if root.len() > limit {
        return Err(PackError::Root { bytes: root.len(), limit });
    }
    Ok(Packed { hash: Hash::of(&root), parts, root })
}

impl Root {
    /// Reads a root, of this kind and of a version that the reader accepts.
    pub fn read(bytes: &[u8], kind: Kind, reader: &Reader) -> Result<Self, RootError> {
        reader.accept_in(bytes)?;
        let root: Self = serde_json::from_slice(bytes).map_err(FormError::from)?;
        if root.kind != kind {
            return Err(RootError::Kind { expected: kind, found: root.kind });
        }
        Ok(root)
    }

    /// The document, when every part is there and is what it is named for.
    pub fn assemble<'p>(&self, fetch: impl Fn(&Hash) -> Option<&'p [u8]>) -> Result<Entries, AssembleError> {
        let mut entries = Entries::new();
        for part in &self.parts {
            let bytes = fetch(part).ok_or(AssembleError::Missing(*part))?;
            let found = Hash::of(bytes);
            if found != *part {
                return Err(AssembleError::Hash { named: *part, found });
            }
            let held: Entries = serde_json::from_slice(bytes)
                .map_err(|source| AssembleError::Form { part: *part, source })?;
            for (key, value) in held {
                if entries.contains_key(&key) {
                    return Err(AssembleError::Twice { key, part: *part });
                }
                entries.insert(key, value);
            }
        }
        Ok(entries)
    }
}

impl Document {
    /// Root and parts in one step: see [`Root::read`] and [`Root::assemble`].
    pub fn read<'p>(
        root: &[u8],
        kind: Kind,
        reader: &Reader,
        fetch: impl Fn(&Hash) -> Option<&'p [u8]>,
    ) -> Result<Self, ReadError> {
        let named = Root::read(root, kind, reader)?;
        Ok(Self { root: Hash::of(root), version: named.version, entries: named.assemble(fetch)? })
    }
}

/// A document that is not applied.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Its root.
    #[error(transparent)]
    Root(#[from] RootError),
    /// Its parts.
    #[error(transparent)]
    Parts(#[from] AssembleError),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(count: usize) -> Entries {
        (0..count).map(|number| (format!("key-{number}"), Value::from("x".repeat(20)))).collect()
    }

    #[test]
    fn a_part_is_full_to_the_last_byte() {
        let two = entries(2);
        let whole = pack(Kind::AgentPlan, &two).unwrap();
        let bytes = whole.parts.values().next().unwrap().len();
        assert_eq!(whole.parts.len(), 1);
        assert_eq!(split::split(members(&two), bytes).unwrap().len(), 1);
        assert_eq!(split::split(members(&two), bytes - 1).unwrap().len(), 2);
        let alone = size("key-0", &two["key-0"]);
        assert_eq!(split::split(members(&entries(1)), alone).unwrap()[0].len(), alone);
        let error = split::split(members(&entries(1)), alone - 1).unwrap_err();
        assert_eq!(error.to_string(), "entry key-0 has 32 bytes, a part holds 31 at most");
    }

    #[test]
    fn a_root_has_a_limit_too() {
        let error = pack_within(100, Kind::AgentPlan, &entries(50)).unwrap_err().to_string();
        assert!(
            error.starts_with("the root has ") && error.ends_with(" bytes, it holds 100 at most"),
            "{error}"
        );
    }

    fn members(entries: &Entries) -> Vec<split::Member> {
        entries.iter().map(|(key, value)| split::Member::new(key, value)).collect()
    }

    #[test]
    fn one_spelling() {
        let value: Value =
            serde_json::from_str(r#" {"b": [1, {"d": null, "c": "é\n"}], "a": true} "#).unwrap();
        assert_eq!(canonical::bytes(&value), r#"{"a":true,"b":[1,{"c":"é\n","d":null}]}"#.as_bytes());
        assert_eq!(
            Hash::of(b"abc").to_string(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        for text in ["", "ba78", &"A".repeat(64), &"é".repeat(32)] {
            assert!(text.parse::<Hash>().is_err(), "{text}");
        }
    }
}
