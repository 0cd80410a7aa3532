//! What a shard says of itself, for the operator.
//!
//! Deliberately absent: figures of throughput and latency, which are metrics.

use serde::{Deserialize, Serialize};

use super::{
    assignment::TopicId,
    in_force::Rejected,
    parts::{Hash, canonical_bytes},
    version::{FormError, Reader},
};

/// The state of one shard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ShardReport {
    /// By which version of the contract it is written.
    pub version: u32,
    /// The index: `namespace/name`.
    pub index: String,
    /// The index's uid.
    pub index_uid: String,
    /// Which shard it is.
    pub ordinal: u32,
    /// Tells this run of the shard from every other one.
    pub incarnation: String,
    /// The epoch of the assignment by which it acts; 0 before the first.
    pub epoch: u64,
    /// The root of the index document that it applied last; absent before the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub root: Option<Hash>,
    /// What it rejected of that document.
    pub rejected: Vec<Rejected>,
    /// What it is doing.
    pub state: ShardState,
    /// What it waits for, when it cannot go on by itself; absent otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blocked_by: Option<String>,
    /// The partitions that it owns by its manifest, in the order of topics and partitions.
    pub partitions: Vec<Position>,
}

/// How far a shard is in one partition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Position {
    /// Kafka's id of the topic.
    pub topic: TopicId,
    /// Which partition.
    pub partition: u32,
    /// The next offset to read.
    pub read_offset: u64,
    /// The next offset after what is published.
    pub published_offset: u64,
}

/// What a shard is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ShardState {
    /// It takes over its manifest and its partitions.
    Acquiring,
    /// It reads and answers.
    Serving,
    /// It seals and publishes what it shall hand over.
    Releasing,
    /// It owns nothing, and everything that it owned is published: it may be taken away.
    Drained,
    /// Another incarnation has taken over; it ends.
    Fenced,
}

impl ShardReport {
    /// What is answered or stored.
    pub fn write(&self) -> Vec<u8> {
        canonical_bytes(self)
    }

    /// Reads a report of a version that the reader accepts.
    pub fn read(bytes: &[u8], reader: &Reader) -> Result<Self, FormError> {
        reader.accept_in(bytes)?;
        Ok(serde_json::from_slice(bytes)?)
    }
}
