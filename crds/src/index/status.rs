//! What the operator says of an index.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    condition::Condition,
    value::{ShortText, Timestamp},
};

/// What the operator says of an index.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LogIndexStatus {
    /// Generation that this is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub observed_generation: Option<i64>,
    /// What is so: Accepted, ResolvedRefs, Available, VolumesResized, RolloutComplete, TiersHealthy and Ready; Drained only while scaling in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["type"]))]
    pub conditions: Vec<Condition>,
    /// The operator that looks after this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operator: Option<ShortText>,
    /// Pods that there are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub replicas: Option<i32>,
    /// Those that are ready.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub ready_replicas: Option<i32>,
    /// Labels of the pods, for autoscalers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selector: Option<ShortText>,
    /// Shards in short, as in `2/3`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shards_summary: Option<ShortText>,
    /// Version of the indexer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<ShortText>,
    /// Image of the pods.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<ShortText>,
    /// Bytes on local disks in short, as in `12.3Gi`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hot_summary: Option<ShortText>,
    /// Bytes in the cold tier in short.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cold_summary: Option<ShortText>,
    /// The RetentionPolicy in force.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retention: Option<ShortText>,
    /// What the pods run, and what they shall run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<Revision>,
    /// Volumes as they were asked for, and as they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub storage: Option<StorageStatus>,
    /// What each tier holds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 4), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub tiers: Vec<TierStatus>,
    /// What each shard does.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["ordinal"]))]
    pub shards: Vec<ShardStatus>,
    /// Pipelines that it reads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pipelines: Option<PipelinesStatus>,
    /// What absent fields came to mean.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective: Option<EffectiveIndex>,
}

/// What absent fields came to mean.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EffectiveIndex {
    /// Cores and memory of a shard, as in `2 cores, 6Gi`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resources: Option<ShortText>,
    /// The size of a shard's volume.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub volume: Option<ShortText>,
    /// Where in the bucket the data are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix: Option<ShortText>,
}

/// What the pods run, and what they shall run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Revision {
    /// What they run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current: Option<ShortText>,
    /// What they shall run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub update: Option<ShortText>,
}

/// Volumes as they were asked for, and as they are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct StorageStatus {
    /// The size that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requested: Option<ShortText>,
    /// The smallest size of a volume.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capacity: Option<ShortText>,
}

/// What a tier holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TierStatus {
    /// Its name.
    pub name: crate::retention::TierName,
    /// Its bytes.
    #[schemars(range(min = 0))]
    pub bytes: i64,
    /// Its segments or files.
    #[schemars(range(min = 0))]
    pub segments: i64,
    /// The time of its oldest record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oldest: Option<Timestamp>,
}

/// What a shard does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ShardStatus {
    /// Its number.
    #[schemars(range(min = 0, max = 63))]
    pub ordinal: i32,
    /// What it does, in one word.
    pub state: ShortText,
    /// What it waits for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blocked_by: Option<ShortText>,
}

/// Pipelines that an index reads.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PipelinesStatus {
    /// How many there are.
    #[schemars(range(min = 0))]
    pub total: i32,
    /// Those with problems; at most 16 are listed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16), extend("x-kubernetes-list-type" = "atomic"))]
    pub problems: Vec<PipelineProblem>,
}

/// A pipeline with a problem.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PipelineProblem {
    /// The pipeline, as `namespace/name`.
    pub pipeline: ShortText,
    /// The reason.
    pub reason: ShortText,
    /// What to know.
    pub message: ShortText,
}
