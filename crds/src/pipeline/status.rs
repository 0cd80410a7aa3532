//! What the operator says of a pipeline.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::topic::TopicKey;
use crate::{condition::Condition, refs::IndexRef, value::ShortText};

/// What the operator says of a pipeline.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LogPipelineStatus {
    /// Generation that this is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub observed_generation: Option<i64>,
    /// What is so: Accepted, ResolvedRefs, TopicReady and Ready; for information AgentsReady and Delivering.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["type"]))]
    pub conditions: Vec<Condition>,
    /// The operator that looks after this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operator: Option<ShortText>,
    /// The topic as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<TopicStatus>,
    /// Pods that it reads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub matched_pods: Option<i32>,
    /// Agents that should apply it, and those that have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agents: Option<AgentsStatus>,
    /// Agents in short, as in `3/3`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agents_summary: Option<ShortText>,
    /// Indexes that read it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 8), extend("x-kubernetes-list-type" = "atomic"))]
    pub indexes: Vec<IndexBinding>,
    /// Indexes in short.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub indexes_summary: Option<ShortText>,
    /// What absent fields came to mean.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective: Option<EffectivePipeline>,
}

/// The topic as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TopicStatus {
    /// Its name.
    pub name: ShortText,
    /// Its id, which a topic of the same name made later does not have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<ShortText>,
    /// How many partitions it has.
    #[schemars(range(min = 0))]
    pub partitions: i32,
    /// How many brokers keep each.
    #[schemars(range(min = 0))]
    pub replicas: i32,
}

/// Agents that should apply it, and those that have.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AgentsStatus {
    /// Agents on nodes with pods that it reads.
    #[schemars(range(min = 0))]
    pub desired: i32,
    /// Those that have applied this generation.
    #[schemars(range(min = 0))]
    pub applied: i32,
    /// Those that refuse it.
    #[schemars(range(min = 0))]
    pub rejected: i32,
}

/// An index that reads the topic, or should.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct IndexBinding {
    /// The index.
    #[serde(rename = "ref")]
    pub index: IndexRef,
    /// What is so between the two.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 8), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["type"]))]
    pub conditions: Vec<Condition>,
}

/// What absent fields came to mean.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EffectivePipeline {
    /// What partitions are chosen by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<TopicKey>,
    /// The Kafka cluster.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kafka: Option<ShortText>,
    /// How long Kafka keeps messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retention: Option<ShortText>,
    /// What is recognised and redacted, the platform's minimum included.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16), extend("x-kubernetes-list-type" = "set"))]
    pub detectors: Vec<super::redact::Detector>,
}
