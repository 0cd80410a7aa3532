//! `LogPipeline`: which lines are read, what becomes of them on the node, and the topic they go to.

pub mod deliver;
pub mod limits;
pub mod parse;
pub mod redact;
pub mod schema;
pub mod select;
pub mod shape;
pub mod status;
pub mod topic;

use kube::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    refs::{AllowedNamespaces, DeletionPolicy, IndexRef, LocalRef},
    rule,
};
use deliver::{Batch, Budget, Buffer, Durability};
use limits::Limits;
use parse::Parse;
use redact::Redact;
use schema::Schema;
use select::{Enrich, Select};
use shape::Shape;
use status::LogPipelineStatus;
use topic::Topic;

/// Which lines are read, what becomes of them on the node, and the topic they go to.
#[derive(CustomResource, Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[kube(
    group = "sawlog.dev",
    version = "v1alpha1",
    kind = "LogPipeline",
    plural = "logpipelines",
    shortname = "lp",
    category = "sawlog",
    namespaced,
    status = "LogPipelineStatus",
    derive = "PartialEq",
    doc = "A LogPipeline says which containers are read, what becomes of their lines on the node, and to which Kafka topic and indexes they go.",
    validation = rule::named(63, "topics, dead letters and labels are named after it"),
    printcolumn(name = "Ready", type_ = "string", json_path = ".status.conditions[?(@.type==\"Ready\")].status", description = "Whether lines can flow"),
    printcolumn(name = "Reason", type_ = "string", json_path = ".status.conditions[?(@.type==\"Ready\")].reason", description = "Why, in one word; `sawlog explain` has more"),
    printcolumn(name = "Topic", type_ = "string", json_path = ".status.topic.name", description = "The Kafka topic"),
    printcolumn(name = "Parts", type_ = "integer", json_path = ".status.topic.partitions", description = "Partitions of the topic"),
    printcolumn(name = "Pods", type_ = "integer", json_path = ".status.matchedPods", description = "Pods that it reads"),
    printcolumn(name = "Agents", type_ = "string", json_path = ".status.agentsSummary", description = "Agents that have applied it, of those that should"),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp", description = "Since when it exists"),
    printcolumn(name = "Indexes", type_ = "string", json_path = ".status.indexesSummary", description = "Indexes that read it", priority = 1),
    printcolumn(name = "Key", type_ = "string", json_path = ".status.effective.key", description = "What partitions are chosen by", priority = 1),
    printcolumn(name = "Message", type_ = "string", json_path = ".status.conditions[?(@.type==\"Ready\")].message", description = "What to do", priority = 1)
)]
#[schemars(extend("x-kubernetes-validations" = [
    rule::immutable("topic.name"),
    rule::grows("topic.partitions", topic::PARTITIONS, "topic.partitions cannot get smaller: Kafka cannot take partitions away (3 where it is absent)"),
    rule::check(
    "!has(self.durability) || self.durability != 'Audit' || !has(self.shape) || !self.shape.exists(s, has(s.sample))",
    "durability: Audit excludes sample: an audit pipeline keeps every line",
    ".shape",
),
    rule::check(
    "!has(self.durability) || self.durability != 'Audit' || !has(self.limits) || !has(self.limits.onExceed) || self.limits.onExceed == 'Block'",
    "durability: Audit allows only limits.onExceed: Block",
    ".limits.onExceed",
),
    rule::check(
    "!has(self.durability) || self.durability != 'Audit' || !has(self.limits) || !has(self.limits.onOversize) || self.limits.onOversize == 'Split'",
    "durability: Audit allows only limits.onOversize: Split",
    ".limits.onOversize",
),
    rule::check(
    "!has(self.durability) || self.durability != 'Audit' || !has(self.buffer) || !has(self.buffer.onFull) || self.buffer.onFull == 'Block'",
    "durability: Audit allows only buffer.onFull: Block",
    ".buffer.onFull",
),
    rule::check(
    "!has(self.durability) || self.durability != 'Audit' || !has(self.budget) || !has(self.budget.onExceed) || self.budget.onExceed == 'Warn'",
    "durability: Audit allows only budget.onExceed: Warn",
    ".budget.onExceed",
),
    rule::check(
    "has(self.schema) || !has(oldSelf.schema) || !has(oldSelf.schema.fields) || size(oldSelf.schema.fields) == 0",
    "schema cannot be removed while it has fields: they could come back with other types in the same version",
    ".schema",
),
    rule::check(
    "!has(self.indexRefs) || self.indexRefs.all(a, self.indexRefs.exists_one(b, a == b))",
    "indexRefs must not name an index twice",
    ".indexRefs",
),
]))]
pub struct LogPipelineSpec {
    /// Which of several pipelines of a namespace reads a container that their selectors select: the highest, then the oldest. Pipelines that a pod's annotation names all read it. 0 where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = -1000, max = 1000))]
    pub priority: Option<i32>,
    /// Which containers are read; those whose pods name this pipeline in the annotation `sawlog.dev/pipeline` where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub select: Option<Select>,
    /// Namespaces whose pods may name this pipeline; its own where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed_namespaces: Option<AllowedNamespaces>,
    /// How lines become records.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parse: Option<Parse>,
    /// What never leaves the node. A minimum of the operator's configuration cannot be switched off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redact: Option<Redact>,
    /// What is dropped, sampled or changed, in this order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 32), extend("x-kubernetes-list-type" = "atomic"))]
    pub shape: Option<Vec<Shape>>,
    /// How much one container may print.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limits: Option<Limits>,
    /// What is added to every record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enrich: Option<Enrich>,
    /// How much of a node's disk may hold lines that Kafka has not acknowledged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub buffer: Option<Buffer>,
    /// When lines are sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch: Option<Batch>,
    /// What may be lost on purpose.
    #[serde(default)]
    pub durability: Durability,
    /// Fields that records have, and what becomes of those that break it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<Schema>,
    /// The Kafka topic that the lines go to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<Topic>,
    /// The Kafka cluster, by its name in the operator's configuration; `default` where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kafka_ref: Option<LocalRef>,
    /// Indexes that read the topic; the default of the operator's configuration where absent, none where empty. An index that is missing does not stop the others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 8), extend("x-kubernetes-list-type" = "atomic"))]
    pub index_refs: Option<Vec<IndexRef>>,
    /// How much it may cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<Budget>,
    /// Whether reading stops. What is not read yet stays in the containers' files, as long as the kubelet keeps those.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspend: Option<bool>,
    /// What happens to the topic when this is deleted.
    #[serde(default)]
    pub deletion_policy: DeletionPolicy,
}
