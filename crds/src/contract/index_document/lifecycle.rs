//! What becomes of an index's data with age.
//!
//! Rules, holds and delete requests are entries of their own, for a policy can have more of them than fit into one.
//! That must not let a policy act while a hold is missing, so it names what it rests on.
//!
//! A request is withdrawn when a document that has a lifecycle no longer has the request. A document without a
//! lifecycle withdraws nothing: its policy may be gone by mistake, and what is hidden stays hidden.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::contract::{
    in_force::InForce,
    parts::Hash,
    words::{Level, RetentionMode, TierName},
};

/// The policy of an index. Without this entry nothing moves and nothing is deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Lifecycle {
    /// Features that a reader has to know.
    pub requires: Vec<String>,
    /// Whose it is.
    pub policy: Policy,
    /// Whether it acts.
    pub mode: RetentionMode,
    /// Whether it rests for now; what is to be deleted stays hidden.
    pub suspend: bool,
    /// Where records go, in the order of age.
    pub tiers: Vec<Tier>,
    /// When records are deleted; never where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delete: Option<Delete>,
    /// When it runs.
    pub schedule: Schedule,
    /// What guards its changes.
    pub safety: Safety,
    /// The entries without which it must not act: rules and holds by key, each with the hash of what is meant.
    pub rests_on: BTreeMap<String, Hash>,
}

/// A retention policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Policy {
    /// Its namespace: the index's.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Tells it from another one that had the same name before.
    pub uid: String,
    /// Counts its changes.
    pub generation: i64,
}

/// A tier and the age at which records go there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Tier {
    /// Which tier.
    pub name: TierName,
    /// From which age.
    pub after_ms: u64,
}

/// When records are deleted. Each may be absent, and then nothing is deleted for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Delete {
    /// From which age.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after_ms: Option<u64>,
    /// The oldest, when there are more bytes than this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_total_bytes: Option<u64>,
    /// A namespace's oldest, when it has more bytes than this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_bytes_per_namespace: Option<u64>,
}

/// When a policy runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Schedule {
    /// When it begins.
    pub cron: String,
    /// The zone of those times.
    pub time_zone: String,
    /// How long after its beginning a run may begin further moves; until the next run where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window_ms: Option<u64>,
    /// Most moves at once.
    pub max_concurrent_moves: u32,
}

/// What guards changes of a policy. Ageing needs no guard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Safety {
    /// How long a shorter life waits before it counts.
    pub shorten_grace_ms: u64,
    /// A change that would delete a larger share of the bytes waits for approval.
    pub max_delete_percent: u32,
    /// The hash that was approved, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved: Option<String>,
}

/// Which records. All that is given has to hold; an empty list and an empty query hold for every record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Match {
    /// One of these owner namespaces.
    pub namespaces: Vec<String>,
    /// One of these services.
    pub services: Vec<String>,
    /// One of these levels.
    pub levels: Vec<Level>,
    /// What this query finds.
    pub query: String,
}

/// Another life for some records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LifecycleRule {
    /// Features that a reader has to know.
    pub requires: Vec<String>,
    /// Its name.
    pub name: String,
    /// Of several rules for a record the highest counts, then the first by name.
    pub priority: i32,
    /// Which records.
    #[serde(rename = "match")]
    pub matches: Match,
    /// When they are deleted; as the policy says where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delete_after_ms: Option<u64>,
    /// Where they go; as the policy says where empty.
    pub tiers: Vec<Tier>,
}

/// Records that are not deleted, whatever a rule or a request says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Hold {
    /// Features that a reader has to know.
    pub requires: Vec<String>,
    /// Its name.
    pub name: String,
    /// Which records.
    #[serde(rename = "match")]
    pub matches: Match,
    /// Until when, in milliseconds since 1970; until it is removed where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until_ms: Option<i64>,
    /// Why.
    pub reason: String,
}

/// A request to delete records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Deletion {
    /// Features that a reader has to know.
    pub requires: Vec<String>,
    /// Its name.
    pub name: String,
    /// Which records.
    #[serde(rename = "match")]
    pub matches: Match,
    /// From this event time, in milliseconds since 1970; from the beginning where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_ms: Option<i64>,
    /// Up to and without this event time. Absent: until the request is first read, which the reader notes for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_ms: Option<i64>,
    /// Why.
    pub reason: String,
}

impl Lifecycle {
    /// Whether everything that it rests on is in force, and as it is meant. While it is not, nothing may be moved or
    /// deleted, requests included: a hold or a longer life may be what is missing.
    pub fn is_complete<E>(&self, in_force: &InForce<E>) -> bool {
        self.rests_on.iter().all(|(key, hash)| in_force.hash(key) == Some(*hash))
    }
}
