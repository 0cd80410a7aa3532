//! Resources to documents.
//!
//! ```text
//! pipelines ─▶ rights: cluster, topic ─▶ content ─▶ agent plan
//!                                          ╰─▶ by index: topics, pipelines, assignment ╮
//! indexes ─▶ settings ─────────────────────────────────────────────────────────────────┤
//! policies ─▶ one for each index ─▶ lifecycle ─────────────────────────────────────────┼─▶ index documents
//! rules ─▶ index, pipelines, owner ─▶ alerts, receivers ───────────────────────────────╯
//! ```
//!
//! Operator and `sawlog up` call the same function. It is pure: what it says depends on its input and not on the order
//! of its input. Isolation is decided here and holds whatever fields say, also for fields that admission would have
//! refused, for a definition can be older than the operator, and files have no API server:
//!
//! * A pipeline writes only to a topic that it alone holds, on a Kafka cluster that allows its namespace; outside the
//!   platform the topic begins with its namespace. Only indexes that permit its namespace read it.
//! * A retention policy acts only on indexes of its own namespace.
//! * An alert rule outside the platform sees only records that its namespace owns.
//!
//! What is bad is left out with a reason and harms nobody else. One thing outlives a bad change: a pipeline whose new
//! content cannot be used keeps its last good entry in the plan, as long as its rights are the same.
//!
//! Deliberately absent: what other systems hold. Topics with their ids, and assignments so far, are
//! [`Observed`].

mod alert;
mod configuration;
mod index;
mod lifecycle;
mod notify;
mod object;
mod pipeline;
mod redact;
mod rights;
mod shape;

use std::{collections::BTreeMap, num::NonZeroU32};

use serde_json::Value;

use crate::{
    alert::AlertRule, index::LogIndex, meaning::Complaint, pipeline::LogPipeline, reason::Reason,
    retention::RetentionPolicy,
};

use super::{
    agent_plan::{Node, PlanEntry},
    assignment::{Assignment, TopicId},
    parts::{self, Entries, Kind, PackError, Packed},
};

pub use configuration::{Allowed, Configuration, KafkaCluster, NodeSettings, ReceiverSettings, Redaction};
pub use object::Name;

/// What was applied.
#[derive(Debug, Clone, Default)]
pub struct Resources {
    /// Labels of the namespaces that exist.
    pub namespaces: BTreeMap<String, BTreeMap<String, String>>,
    /// All pipelines.
    pub pipelines: Vec<LogPipeline>,
    /// All indexes.
    pub indexes: Vec<LogIndex>,
    /// All retention policies.
    pub policies: Vec<RetentionPolicy>,
    /// All alert rules.
    pub rules: Vec<AlertRule>,
}

/// What is so far, outside of resources.
#[derive(Debug, Clone, Default)]
pub struct Observed {
    /// Topics that exist, by cluster and name. One that is not here yet is not read yet.
    pub topics: BTreeMap<(String, String), ObservedTopic>,
    /// Indexes by name.
    pub indexes: BTreeMap<Name, ObservedIndex>,
    /// The entries of the plan so far.
    pub plan: Entries,
}

/// A topic as Kafka has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObservedTopic {
    /// Its id.
    pub id: TopicId,
    /// How many partitions it has.
    pub partitions: u32,
}

/// An index so far.
#[derive(Debug, Clone, Default)]
pub struct ObservedIndex {
    /// Its assignment.
    pub assignment: Option<Assignment>,
    /// Among how many shards partitions shall be assigned now, when that is not what the resource says: shards come and
    /// go in steps.
    pub shards: Option<NonZeroU32>,
}

/// What everybody shall go by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Documents {
    /// Entries of the agent plan.
    pub plan: Entries,
    /// Entries of the document of each index.
    pub indexes: BTreeMap<Name, Entries>,
    /// The assignment of each index, as it stands in its document.
    pub assignments: BTreeMap<Name, Assignment>,
    /// What is not in a document, in the order of objects.
    pub left_out: Vec<LeftOut>,
}

/// Something that is left out.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LeftOut {
    /// Kind of the object whose fault it is.
    pub kind: &'static str,
    /// The object.
    pub object: Name,
    /// The index of whose document it is left out; of all where there is none.
    pub index: Option<Name>,
    /// Why, in one word.
    pub reason: Reason,
    /// Why, in a sentence.
    pub message: String,
}

/// A reason and a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Problem {
    reason: Reason,
    message: String,
}

impl Problem {
    fn new(reason: Reason, message: impl Into<String>) -> Self {
        Self { reason, message: message.into() }
    }

    fn of(self, kind: &'static str, object: &Name, index: Option<&Name>) -> LeftOut {
        let Self { reason, message } = self;
        LeftOut { kind, object: object.clone(), index: index.cloned(), reason, message }
    }
}

impl From<Complaint> for Problem {
    fn from(complaint: Complaint) -> Self {
        Self::new(complaint.reason, format!("{}: {}", complaint.field, complaint.message))
    }
}

/// Refuses an entry that no part of a document can hold.
fn fits(key: &str, written: &Value) -> Result<(), Problem> {
    let bytes = parts::size(key, written);
    if bytes <= parts::LIMIT {
        return Ok(());
    }
    let message = format!("entry {key} has {bytes} bytes, at most {} are possible", parts::LIMIT);
    Err(Problem::new(Reason::EntryTooLarge, message))
}

/// Makes the documents.
pub fn compile(resources: &Resources, configuration: &Configuration, observed: &Observed) -> Documents {
    let mut left_out = Vec::new();
    let world = World { resources, configuration, observed };
    let pipelines = pipeline::compile(&world, &mut left_out);

    let NodeSettings { spool_bytes, memory_bytes } = configuration.node;
    let node = PlanEntry::Node(Node { requires: Vec::new(), spool_bytes, memory_bytes });
    let planned = pipelines.values().map(|planned| PlanEntry::Pipeline(Box::new(planned.entry.clone())));
    let plan = planned.chain([node]).map(|entry| (entry.key(), entry.write())).collect();

    let (mut indexes, mut assignments) = index::compile(&world, &pipelines, &mut left_out);
    lifecycle::compile(&world, &mut indexes, &mut left_out);
    alert::compile(&world, &pipelines, &mut indexes, &mut left_out);

    let indexes: BTreeMap<Name, Entries> =
        indexes.into_iter().map(|(name, document)| (name, document.entries)).collect();
    assignments.retain(|name, _| indexes.contains_key(name));
    left_out.sort();
    Documents { plan, indexes, assignments, left_out }
}

/// All that is looked at.
#[derive(Clone, Copy)]
struct World<'w> {
    resources: &'w Resources,
    configuration: &'w Configuration,
    observed: &'w Observed,
}

impl World<'_> {
    fn is_platform(&self, namespace: &str) -> bool {
        self.configuration.platform_namespaces.contains(namespace)
    }

    /// Whether an object permits objects of another namespace to refer to it.
    fn permits(&self, allowed: Option<&crate::refs::AllowedNamespaces>, own: &str, other: &str) -> bool {
        use crate::refs::From;
        let from = allowed.and_then(|allowed| allowed.from).unwrap_or(From::Same);
        let selector = allowed.and_then(|allowed| allowed.selector.as_ref());
        own == other
            || match from {
                From::Same => false,
                From::All => true,
                // A namespace that nobody knows has no labels, which some selectors would select.
                From::Selector => selector
                    .zip(self.resources.namespaces.get(other))
                    .is_some_and(|(selector, labels)| selector.selects(labels)),
            }
    }
}

impl Documents {
    /// The agent plan in parts.
    pub fn pack_plan(&self) -> Result<Packed, PackError> {
        parts::pack(Kind::AgentPlan, &self.plan)
    }

    /// The document of each index in parts.
    pub fn pack_indexes(&self) -> Result<BTreeMap<Name, Packed>, PackError> {
        let packed = |(name, entries): (&Name, &Entries)| {
            Ok((name.clone(), parts::pack(Kind::IndexDocument, entries)?))
        };
        self.indexes.iter().map(packed).collect()
    }
}
