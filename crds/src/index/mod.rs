//! `LogIndex`: who reads the topics, stores what they hold, and answers searches.

pub mod pod;
pub mod scheduling;
pub mod segment;
pub mod status;
pub mod store;

use kube::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    choice::choice,
    refs::{AllowedNamespaces, DeletionPolicy, LocalRef, SecretRef},
    rule,
    value::{Duration, ImageName, Line, Size},
};
use pod::{PodSettings, Resources};
use segment::{IndexSchema, Segment};
use status::LogIndexStatus;
use store::{ObjectStore, Storage};

/// Who reads the topics, stores what they hold, and answers searches.
#[derive(CustomResource, Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[kube(
    group = "sawlog.dev",
    version = "v1alpha1",
    kind = "LogIndex",
    plural = "logindexes",
    shortname = "li",
    category = "sawlog",
    namespaced,
    status = "LogIndexStatus",
    derive = "PartialEq",
    doc = "A LogIndex is a set of pods that read the topics of pipelines, store what they hold, and answer searches.",
    scale(
        spec_replicas_path = ".spec.replicas",
        status_replicas_path = ".status.replicas",
        label_selector_path = ".status.selector"
    ),
    validation = rule::named(40, "pods and volumes are named after it"),
    printcolumn(name = "Ready", type_ = "string", json_path = ".status.conditions[?(@.type==\"Ready\")].status", description = "Whether it answers"),
    printcolumn(name = "Reason", type_ = "string", json_path = ".status.conditions[?(@.type==\"Ready\")].reason", description = "Why, in one word; `sawlog explain` has more"),
    printcolumn(name = "Shards", type_ = "string", json_path = ".status.shardsSummary", description = "Shards that are ready, of those that should be"),
    printcolumn(name = "Version", type_ = "string", json_path = ".status.version", description = "Version of the indexer"),
    printcolumn(name = "Hot", type_ = "string", json_path = ".status.hotSummary", description = "Bytes on local disks"),
    printcolumn(name = "Retention", type_ = "string", json_path = ".status.retention", description = "The policy in force"),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp", description = "Since when it exists"),
    printcolumn(name = "Cold", type_ = "string", json_path = ".status.coldSummary", description = "Bytes in the cold tier", priority = 1),
    printcolumn(name = "Revision", type_ = "string", json_path = ".status.revision.current", description = "What the pods run", priority = 1),
    printcolumn(name = "Image", type_ = "string", json_path = ".status.image", description = "Their image", priority = 1),
    printcolumn(name = "Message", type_ = "string", json_path = ".status.conditions[?(@.type==\"Ready\")].message", description = "What to do", priority = 1)
)]
#[schemars(extend("x-kubernetes-validations" = [
    rule::check(
    "has(self.objectStore) || self.replicas <= 1",
    "replicas above 1 needs objectStore: without one, a volume is the store of a single shard",
    ".replicas",
),
    rule::whole(
    "has(self.objectStore) == has(oldSelf.objectStore)",
    "objectStore cannot be added or removed after creation: make a new index, and fill it with a backfill",
).field_path(".objectStore"),
    rule::size_grows("storage.size", "20Gi", "storage.size cannot get smaller: volumes only grow (20Gi where it is absent)"),
    rule::immutable("storage.className"),
    rule::check(
    "has(self.schema) || !has(oldSelf.schema) || !has(oldSelf.schema.fields) || size(oldSelf.schema.fields) == 0",
    "schema cannot be removed while it has fields: they are only added",
    ".schema",
),
]))]
pub struct LogIndexSpec {
    /// How many shards read the topics. The operator takes one step at a time; more shards than partitions stay idle.
    #[serde(default = "one")]
    #[schemars(range(min = 1, max = 64), default = "one")]
    pub replicas: i32,
    /// How large a shard is; S where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<ShardSize>,
    /// Processor and memory of a shard, instead of those of its size.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resources: Option<Resources>,
    /// Fields of records that are stored in columns of their own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<IndexSchema>,
    /// How records are put together into segments; a change is for new ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub segment: Option<Segment>,
    /// The volume of a shard.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub storage: Option<Storage>,
    /// The bucket that holds the data. Without one, the volume of a single shard does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object_store: Option<ObjectStore>,
    /// The RetentionPolicy; one that selects this index where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retention_ref: Option<LocalRef>,
    /// Namespaces whose pipelines may use this index; its own where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed_namespaces: Option<AllowedNamespaces>,
    /// What a search may cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<SearchLimits>,
    /// What the pods are like, besides what the operator decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pod: Option<PodSettings>,
    /// The image of the indexer; the operator's own version where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<ImageName>,
    /// How pods are replaced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub update: Option<Update>,
    /// How shards are taken away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scale_down: Option<ScaleDown>,
    /// Certificates of your own; the operator issues and renews them where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<Tls>,
    /// Whether a NetworkPolicy lets only those reach the pods who need to; true where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network_policy: Option<bool>,
    /// Whether all shards stop; data and volumes stay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspend: Option<bool>,
    /// What happens to data and volumes when this is deleted.
    #[serde(default)]
    pub deletion_policy: DeletionPolicy,
}

fn one() -> i32 {
    1
}

impl Default for LogIndexSpec {
    fn default() -> Self {
        Self {
            replicas: one(),
            size: None,
            resources: None,
            schema: None,
            segment: None,
            storage: None,
            object_store: None,
            retention_ref: None,
            allowed_namespaces: None,
            query: None,
            pod: None,
            image: None,
            update: None,
            scale_down: None,
            tls: None,
            network_policy: None,
            suspend: None,
            deletion_policy: DeletionPolicy::default(),
        }
    }
}

choice! {
    /// How large a shard is.
    ShardSize {
        /// half a core and 1 GiB: for a laptop
        XS,
        /// one core and 2 GiB: some 5 MB/s
        S,
        /// two cores and 6 GiB
        M,
        /// four cores and 16 GiB
        L,
    }
}

/// What a search may cost.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SearchLimits {
    /// Searches at a time; more wait for a moment and are then refused. 16 where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1_000))]
    pub max_concurrent: Option<i32>,
    /// How long a search may take; 30s where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Duration>,
    /// How long one shard may take before the answer goes without it, and says so; 4s where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard_timeout: Option<Duration>,
    /// Longest span of time that is searched without saying so explicitly; 90d where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_range: Option<Duration>,
    /// Memory of all searches of a shard; a quarter of the shard's where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<Size>,
    /// Live tails of a shard; more are answered by polling. 50 where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 10_000))]
    pub tail_sessions: Option<i32>,
    /// A link to where traces are shown, with `{traceId}` and `{spanId}` in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace_link: Option<Line>,
}

choice! {
    /// How pods are replaced.
    UpdateStrategy {
        /// one after another, while the others serve
        RollingUpdate,
        /// when somebody deletes them
        OnDelete,
    }
}

choice! {
    /// When a new version of the operator replaces pods.
    UpdatePolicy {
        /// at once
        Automatic,
        /// with the next change of the spec
        OnNextChange,
        /// when `sawlog rollout` says so
        Manual,
    }
}

/// How pods are replaced.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Update {
    /// How; RollingUpdate where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strategy: Option<UpdateStrategy>,
    /// When a new version of the operator does; OnNextChange where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<UpdatePolicy>,
}

choice! {
    /// What happens when a shard does not finish in time.
    OnTimeout {
        /// it goes on, and a condition says so
        Wait,
        /// it is taken away, and what it had not published is read again by others
        Force,
    }
}

/// How shards are taken away.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ScaleDown {
    /// How long a shard may take to publish what it has; 30m where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drain_timeout: Option<Duration>,
    /// What happens after that; Wait where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_timeout: Option<OnTimeout>,
}

/// Certificates of your own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Tls {
    /// A Secret with `tls.crt`, `tls.key` and `ca.crt`.
    pub secret_ref: SecretRef,
}
