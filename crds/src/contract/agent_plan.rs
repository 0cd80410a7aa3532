//! What agents do: one entry for each pipeline, and one for the node.
//!
//! Agents never see resources. An entry has all that an agent needs, so that a node which starts while the operator is
//! away works; no limit is absent, and no default is left to the reader.
//!
//! Deliberately absent: indexes, retention, alerts, and how to reach Kafka with which credentials.

mod parse;
mod select;
mod strict;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    in_force::EntryError,
    schema::Schema,
    words::{Compression, Durability, OnFull, TopicKey},
};

pub use parse::{Multiline, Parse, Timestamp, Trace};
pub use select::{Containers, Namespaces, Select};
pub use strict::{DetectorRule, FieldRule, Limits, PatternRule, Redact, Step};

/// The key of the node's settings.
pub const NODE: &str = "node";

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlanEntry {
    /// What all pipelines of a node share.
    Node(Node),
    /// One pipeline.
    Pipeline(Box<Pipeline>),
}

/// What all pipelines of a node share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Node {
    /// Features that a reader has to know.
    pub requires: Vec<String>,
    /// Most bytes of the node's disk that hold lines which Kafka has not acknowledged. Pipelines share it fairly.
    pub spool_bytes: u64,
    /// The agent's pool of memory. When it is full, reading pauses.
    pub memory_bytes: u64,
}

/// One pipeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Pipeline {
    /// Features that a reader has to know.
    pub requires: Vec<String>,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Tells it from another one that had the same name before.
    pub uid: String,
    /// Counts its changes.
    pub generation: i64,
    /// When it was created, in milliseconds since 1970: among equal priorities the oldest reads a container.
    pub created_ms: i64,
    /// Whether its namespace is one of the platform's. Priority is compared within the platform, or within one other
    /// namespace. An audit pipeline of the platform also reads what others read, and what is excluded.
    pub platform: bool,
    /// Which of several pipelines that select a container reads it: the highest.
    pub priority: i32,
    /// Which containers are read.
    pub select: Select,
    /// Whose pods may name this pipeline.
    pub allowed_namespaces: Namespaces,
    /// How lines become records.
    pub parse: Parse,
    /// What never leaves the node.
    pub redact: Redact,
    /// What is dropped, sampled or changed, in this order.
    pub shape: Vec<Step>,
    /// How much one container may print.
    pub limits: Limits,
    /// What is added to every record.
    pub enrich: Enrich,
    /// What may wait on the node's disk.
    pub buffer: Buffer,
    /// When lines are sent.
    pub batch: Batch,
    /// What may be lost on purpose.
    pub durability: Durability,
    /// Which fields records have.
    pub schema: Schema,
    /// Where lines go.
    pub topic: Topic,
    /// Whether reading stops.
    pub suspend: bool,
}

/// What is added to every record, besides pod, container, node, zone and service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Enrich {
    /// Labels of the pod that become attributes of the resource.
    pub pod_labels: Vec<String>,
    /// Annotations of the pod that do.
    pub pod_annotations: Vec<String>,
    /// Labels of the namespace that do.
    pub namespace_labels: Vec<String>,
    /// The environment. Absent: what the namespace's label says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// The environment where the namespace has no such label; none where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_environment: Option<String>,
    /// The region. Absent: what the node's label says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Fixed attributes.
    #[serde(rename = "static")]
    pub fixed: Vec<FixedAttribute>,
}

/// An attribute with a fixed value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FixedAttribute {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// What may wait on the node's disk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Buffer {
    /// Most bytes of this pipeline on one node; at most the node's spool. A fair share among pipelines may be less.
    pub max_bytes_per_node: u64,
    /// What happens when it is full.
    pub on_full: OnFull,
}

/// When lines are sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Batch {
    /// Once they have this many bytes.
    pub max_bytes: u64,
    /// Once the first of them has waited this long.
    pub max_wait_ms: u64,
}

/// Where lines go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Topic {
    /// Name of the Kafka cluster in the operator's configuration; the agent has its address and credentials by this
    /// name.
    pub cluster: String,
    /// Name of the topic.
    pub name: String,
    /// Name of the topic for records that break the schema.
    pub dead_letters: String,
    /// How messages are compressed.
    pub compression: Compression,
    /// What partitions are chosen by.
    pub key: TopicKey,
}

impl PlanEntry {
    /// The key of a pipeline.
    pub fn pipeline_key(namespace: &str, name: &str) -> String {
        format!("pipelines/{namespace}/{name}")
    }

    /// The key of this entry.
    pub fn key(&self) -> String {
        match self {
            Self::Node(_) => NODE.to_owned(),
            Self::Pipeline(pipeline) => Self::pipeline_key(&pipeline.namespace, &pipeline.name),
        }
    }

    /// What stands in the document.
    pub fn write(&self) -> Value {
        let written = match self {
            Self::Node(node) => serde_json::to_value(node),
            Self::Pipeline(pipeline) => serde_json::to_value(pipeline),
        };
        written.expect("because every field is text, a number, or a list or struct of these")
    }

    /// Reads what stands in the document, for [`InForce::next`](super::in_force::InForce::next).
    pub fn read(key: &str, written: &Value) -> Result<Self, EntryError> {
        let read = match key.split('/').next() {
            Some(NODE) => Self::Node(Node::deserialize(written)?),
            Some("pipelines") => Self::Pipeline(Box::new(Pipeline::deserialize(written)?)),
            _ => return Err(EntryError::Key),
        };
        // A key that names another object could put one tenant's entry in the place of another's.
        if read.key() == key { Ok(read) } else { Err(EntryError::Key) }
    }
}
