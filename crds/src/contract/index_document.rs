//! What the indexer pods of one index do.
//!
//! ```text
//! index                     schema, segments, store, queries
//! assignment                which shard reads which partition
//! topics/<cluster>/<name>   what is read, by Kafka's id
//! pipelines/<namespace>/<name>
//! lifecycle                 tiers, ages, schedule; rests on:
//!   rules/<name>, holds/<name>, deletions/<name>
//! alerts/<namespace>/<name>
//! receivers/<name>          whom alerts are told
//! ```
//!
//! Entries are rejected alone, so what must act together is bound by hash: see [`Lifecycle::is_complete`].
//!
//! Deliberately absent: pods, volumes and certificates, which the operator gives to the indexer by other means, and
//! secrets, of which only names stand here.

mod alert;
mod lifecycle;
mod settings;

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::{
    assignment::{Assignment, TopicId},
    in_force::EntryError,
    schema::Schema,
    words::Durability,
};

pub use alert::{Alert, Label, Notify, Owners, Pipelines, Receiver, ReceiverKind, To, Trigger};
pub use lifecycle::{
    Delete, Deletion, Hold, Lifecycle, LifecycleRule, Match, Policy, Safety, Schedule, Tier,
};
pub use settings::{IndexField, IndexSchema, ObjectStore, Query, Segment, Settings, Store};

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IndexEntry {
    /// `index`
    Settings(Box<Settings>),
    /// `assignment`
    Assignment(AssignmentEntry),
    /// `topics/<cluster>/<name>`
    Topic(Topic),
    /// `pipelines/<namespace>/<name>`
    Pipeline(Pipeline),
    /// `lifecycle`
    Lifecycle(Lifecycle),
    /// `rules/<name>`
    Rule(LifecycleRule),
    /// `holds/<name>`
    Hold(Hold),
    /// `deletions/<name>`
    Deletion(Deletion),
    /// `alerts/<namespace>/<name>`
    Alert(Box<Alert>),
    /// `receivers/<name>`
    Receiver(Receiver),
}

/// The assignment, whole: shards that know different epochs must not mix them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AssignmentEntry {
    /// Features that a reader has to know.
    pub requires: Vec<String>,
    /// Which shard reads which partition. About 15,000 topics of three partitions fit into one entry.
    pub assignment: Assignment,
}

/// A topic that is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Topic {
    /// Features that a reader has to know.
    pub requires: Vec<String>,
    /// Name of the Kafka cluster in the operator's configuration.
    pub cluster: String,
    /// Its name.
    pub name: String,
    /// Kafka's id: a topic with this name and another id is not the one that is meant.
    pub id: TopicId,
    /// How many partitions it has.
    pub partitions: u32,
    /// Name of the topic for records that break the schema.
    pub dead_letters: String,
    /// How long Kafka keeps messages.
    pub retention_ms: u64,
    /// The pipeline that writes to it: its key in this document.
    pub pipeline: String,
}

/// A pipeline whose records are kept.
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
    /// Whether its records belong to the namespaces that their attributes name, as only the platform's do. Otherwise
    /// they belong to the pipeline's namespace, and one that names another is a dead letter.
    pub platform: bool,
    /// Which fields records have.
    pub schema: Schema,
    /// What may be lost on purpose.
    pub durability: Durability,
    /// Whether reading stops.
    pub suspend: bool,
}

impl IndexEntry {
    /// The key of the index's own settings.
    pub const SETTINGS: &str = "index";
    /// The key of the assignment.
    pub const ASSIGNMENT: &str = "assignment";
    /// The key of the lifecycle.
    pub const LIFECYCLE: &str = "lifecycle";

    /// The key of a topic.
    pub fn topic_key(cluster: &str, name: &str) -> String {
        format!("topics/{cluster}/{name}")
    }

    /// The key of a pipeline.
    pub fn pipeline_key(namespace: &str, name: &str) -> String {
        format!("pipelines/{namespace}/{name}")
    }

    /// The key of an alert rule.
    pub fn alert_key(namespace: &str, name: &str) -> String {
        format!("alerts/{namespace}/{name}")
    }

    /// The key of a receiver.
    pub fn receiver_key(name: &str) -> String {
        format!("receivers/{name}")
    }

    /// The key of this entry.
    pub fn key(&self) -> String {
        match self {
            Self::Settings(_) => Self::SETTINGS.to_owned(),
            Self::Assignment(_) => Self::ASSIGNMENT.to_owned(),
            Self::Topic(topic) => Self::topic_key(&topic.cluster, &topic.name),
            Self::Pipeline(pipeline) => Self::pipeline_key(&pipeline.namespace, &pipeline.name),
            Self::Lifecycle(_) => Self::LIFECYCLE.to_owned(),
            Self::Rule(rule) => format!("rules/{}", rule.name),
            Self::Hold(hold) => format!("holds/{}", hold.name),
            Self::Deletion(deletion) => format!("deletions/{}", deletion.name),
            Self::Alert(alert) => Self::alert_key(&alert.namespace, &alert.name),
            Self::Receiver(receiver) => Self::receiver_key(&receiver.name),
        }
    }

    /// What stands in the document.
    pub fn write(&self) -> Value {
        let written = match self {
            Self::Settings(settings) => serde_json::to_value(settings),
            Self::Assignment(assignment) => serde_json::to_value(assignment),
            Self::Topic(topic) => serde_json::to_value(topic),
            Self::Pipeline(pipeline) => serde_json::to_value(pipeline),
            Self::Lifecycle(lifecycle) => serde_json::to_value(lifecycle),
            Self::Rule(rule) => serde_json::to_value(rule),
            Self::Hold(hold) => serde_json::to_value(hold),
            Self::Deletion(deletion) => serde_json::to_value(deletion),
            Self::Alert(alert) => serde_json::to_value(alert),
            Self::Receiver(receiver) => serde_json::to_value(receiver),
        };
        written.expect("because every field is text, a number, or a list or struct of these")
    }

    /// Reads what stands in the document, for [`InForce::next`](super::in_force::InForce::next).
    pub fn read(key: &str, written: &Value) -> Result<Self, EntryError> {
        fn of<T: DeserializeOwned>(written: &Value) -> Result<T, EntryError> {
            Ok(T::deserialize(written)?)
        }
        let read = match key.split('/').next() {
            Some(Self::SETTINGS) => Self::Settings(of(written)?),
            Some(Self::ASSIGNMENT) => Self::Assignment(of(written)?),
            Some("topics") => Self::Topic(of(written)?),
            Some("pipelines") => Self::Pipeline(of(written)?),
            Some(Self::LIFECYCLE) => Self::Lifecycle(of(written)?),
            Some("rules") => Self::Rule(of(written)?),
            Some("holds") => Self::Hold(of(written)?),
            Some("deletions") => Self::Deletion(of(written)?),
            Some("alerts") => Self::Alert(of(written)?),
            Some("receivers") => Self::Receiver(of(written)?),
            _ => return Err(EntryError::Key),
        };
        // A key that names another object could put one tenant's entry in the place of another's.
        if read.key() == key { Ok(read) } else { Err(EntryError::Key) }
    }
}
