//! The Kafka topic of a pipeline.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    choice::choice,
    rule,
    value::{ConfigValue, Duration, Size, TopicName},
};

/// Partitions of a topic whose pipeline does not say.
pub(super) const PARTITIONS: i64 = 3;

choice! {
    /// How messages are compressed.
    Compression {
        /// smaller
        Zstd,
        /// faster
        Lz4,
    }
}

choice! {
    /// What partitions are chosen by.
    TopicKey {
        /// service and environment of the workload
        ServiceEnvironment,
        /// the pod
        Pod,
    }
}

/// The Kafka topic.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = [
    rule::check(
    "!has(self.name) || !(self.name.startsWith('__') || self.name.startsWith('sawlog.') || self.name.endsWith('.dlq'))",
    "topic.name is reserved: names must not begin with `__` or `sawlog.`, nor end with `.dlq`",
    ".name",
),
    rule::check(
    "(has(self.minInSyncReplicas) ? self.minInSyncReplicas : 1) <= (has(self.replicas) ? self.replicas : 3)",
    "minInSyncReplicas must be at most replicas (3 where absent)",
    ".minInSyncReplicas",
),
]))]
pub struct Topic {
    /// Name of the topic; `<namespace>.<name>` of the pipeline where absent. It cannot be changed, and outside platform namespaces it begins with `<namespace>.`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<TopicName>,
    /// How many partitions it has; 3 where absent. They only become more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1_000))]
    pub partitions: Option<i32>,
    /// How many brokers keep each partition; 3 where absent, or as many as the cluster has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 16))]
    pub replicas: Option<i32>,
    /// How many brokers must have a message before it counts; one less than `replicas` where absent, and at least 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 16))]
    pub min_in_sync_replicas: Option<i32>,
    /// How messages are compressed; Zstd where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compression: Option<Compression>,
    /// What partitions are chosen by, once for each container; ServiceEnvironment where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<TopicKey>,
    /// How long Kafka keeps messages, read or not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retention: Option<TopicRetention>,
    /// Further settings of the topic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 16), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub config: Option<Vec<TopicConfig>>,
    /// Whether a topic that is there already may be taken over; only in platform namespaces. Not where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adopt: Option<bool>,
}

/// How long Kafka keeps messages.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TopicRetention {
    /// For how long; 48h where absent. Indexes read from here after an outage, so it should outlast a weekend.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub age: Option<Duration>,
    /// Most bytes of a partition; no limit where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<Size>,
}

/// Settings that may be set. Whatever has a field of its own is not among them, nor is what could lose messages.
const SETTINGS: &[&str] = &[
    "file.delete.delay.ms",
    "flush.messages",
    "flush.ms",
    "index.interval.bytes",
    "local.retention.bytes",
    "local.retention.ms",
    "preallocate",
    "remote.storage.enable",
    "segment.bytes",
    "segment.index.bytes",
    "segment.jitter.ms",
    "segment.ms",
];

/// A setting of a topic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TopicConfig {
    /// Name of the setting, as Kafka calls it.
    #[schemars(extend("enum" = SETTINGS))]
    pub name: String,
    /// Its value.
    pub value: ConfigValue,
}

impl Topic {
    /// How many partitions it has.
    pub fn partitions(&self) -> u32 {
        crate::number(self.partitions, u32::try_from(PARTITIONS).expect("because it is a small constant"))
    }

    /// How many brokers keep each partition, where the cluster has as many.
    pub fn replicas(&self) -> u32 {
        crate::number(self.replicas, 3)
    }

    /// How many brokers must have a message before it counts.
    pub fn min_in_sync_replicas(&self) -> u32 {
        crate::number(self.min_in_sync_replicas, self.replicas().saturating_sub(1).max(1))
    }

    /// How long Kafka keeps messages.
    pub fn retention_ms(&self) -> u64 {
        let age = self.retention.as_ref().and_then(|retention| retention.age.as_ref());
        age.map_or(48 * 3_600_000, Duration::millis)
    }

    /// What partitions are chosen by.
    pub fn key(&self) -> TopicKey {
        self.key.unwrap_or(TopicKey::ServiceEnvironment)
    }

    /// How messages are compressed.
    pub fn compression(&self) -> Compression {
        self.compression.unwrap_or(Compression::Zstd)
    }
}
