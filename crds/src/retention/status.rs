//! What the operator says of a policy.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    condition::Condition,
    value::{KubeName, ShortText, Timestamp},
};

/// What the operator says of a policy.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RetentionPolicyStatus {
    /// Generation that this is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub observed_generation: Option<i64>,
    /// What is so: Accepted, Bound, Scheduled, LastRunSucceeded and Ready; AwaitingApproval only while it does.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["type"]))]
    pub conditions: Vec<Condition>,
    /// The operator that looks after this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operator: Option<ShortText>,
    /// Ages in short, as in `3d>14d>30d`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tiers_summary: Option<ShortText>,
    /// Indexes that follow it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub bound_indexes: Option<i32>,
    /// Indexes that follow it or should; at most 64 are listed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["index"]))]
    pub bindings: Vec<PolicyBinding>,
    /// The last run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_run: Option<Run>,
    /// When the next run begins, as in `03-01T11:17Z`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_run: Option<ShortText>,
    /// What the next run would delete.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<Plan>,
    /// How far the delete requests are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub deletions: Vec<DeletionStatus>,
    /// What absent fields came to mean, and which rule wins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective: Option<EffectivePolicy>,
}

/// What absent fields came to mean, and which rule wins.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EffectivePolicy {
    /// When it is carried out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cron: Option<ShortText>,
    /// In which time zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<ShortText>,
    /// How long a shorter age waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shorten_grace: Option<ShortText>,
    /// Names of the rules: of several that match a record, the first in this list wins.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), extend("x-kubernetes-list-type" = "atomic"))]
    pub rules: Vec<KubeName>,
}

/// An index that follows a policy, or should.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PolicyBinding {
    /// Name of the index.
    pub index: KubeName,
    /// What is so between the two.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 8), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["type"]))]
    pub conditions: Vec<Condition>,
}

/// A run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Run {
    /// When it began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<Timestamp>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<Timestamp>,
    /// How it went, in one word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<ShortText>,
    /// Bytes that changed their tier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub moved_bytes: Option<i64>,
    /// Bytes that were deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub deleted_bytes: Option<i64>,
    /// Segments that were deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub deleted_segments: Option<i64>,
    /// Segments that holds kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub held_segments: Option<i64>,
}

/// What the next run would delete.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// Its hash: the value of the annotation `sawlog.dev/approve` that lets it be carried out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash: Option<ShortText>,
    /// Bytes that it would delete.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub delete_bytes: Option<i64>,
    /// The time of the oldest record that it would delete.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oldest: Option<Timestamp>,
    /// The time of the newest record that it would delete.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub newest: Option<Timestamp>,
}

/// How far a delete request is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeletionStatus {
    /// Its name.
    pub name: KubeName,
    /// How far it is, in one word.
    pub state: ShortText,
    /// Since when no answer shows the records.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub masked_at: Option<Timestamp>,
    /// Segments and files that are written without the records.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub rewritten: Option<i64>,
    /// Those that have to be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub total: Option<i64>,
}
