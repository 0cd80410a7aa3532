//! The index itself.

use serde::{Deserialize, Serialize};

use crate::contract::words::FieldType;

/// The index itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Settings {
    /// Features that a reader has to know.
    pub requires: Vec<String>,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Tells it from another one that had the same name before, also to the object store.
    pub uid: String,
    /// Counts its changes.
    pub generation: i64,
    /// Which fields it has.
    pub schema: IndexSchema,
    /// How segments are cut; for new ones.
    pub segment: Segment,
    /// How full the volume may get, in percent, before segments leave it.
    pub max_used_percent: u32,
    /// Where segments are kept.
    pub store: Store,
    /// What queries may cost.
    pub query: Query,
}

/// Which fields an index has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IndexSchema {
    /// Most fields that nobody declared; values of more go to the overflow field.
    pub max_dynamic_fields: u32,
    /// The declared ones.
    pub fields: Vec<IndexField>,
}

/// A declared field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IndexField {
    /// Its dotted name.
    pub name: String,
    /// What it holds.
    #[serde(rename = "type")]
    pub kind: FieldType,
}

/// How segments are cut.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Segment {
    /// A segment is sealed after this time at the latest.
    pub seal_every_ms: u64,
    /// A segment is sealed at this many raw bytes at the latest.
    pub seal_bytes: u64,
    /// Merging ends at this many bytes.
    pub merge_target_bytes: u64,
    /// Records of this span stand together.
    pub time_bucket_ms: u64,
}

/// Where segments are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Store {
    /// In an object store.
    ObjectStore(ObjectStore),
    /// On the pod's own volume.
    Volume,
}

/// An object store; its credentials come with the pod.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ObjectStore {
    /// Name of the bucket.
    pub bucket: String,
    /// What all names of objects begin with.
    pub prefix: String,
    /// Where it is; the provider's own address where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// Its region; what the pod's environment says where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Whether the bucket stands in the path, not in the host.
    pub path_style: bool,
}

/// What queries may cost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Query {
    /// Most queries at once.
    pub max_concurrent: u32,
    /// How long a query may take.
    pub timeout_ms: u64,
    /// How long one shard may take.
    pub shard_timeout_ms: u64,
    /// The longest span of time.
    pub max_range_ms: u64,
    /// Most memory of all queries of a pod.
    pub memory_bytes: u64,
    /// Most live tails of a pod.
    pub tail_sessions: u32,
    /// Where traces are looked up; no links where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace_link: Option<String>,
}
