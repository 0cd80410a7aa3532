//! `RetentionPolicy`: how long records stay in which tier, what is kept longer, and what is deleted on request.

pub mod keep;
pub mod schedule;
pub mod status;

use kube::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    choice::choice,
    refs::LocalRef,
    rule,
    selector::LabelSelector,
    value::{Duration, Size},
};
use keep::{AgeRule, Deletion, Hold};
use schedule::{Safety, Schedule};
use status::RetentionPolicyStatus;

choice! {
    /// Where records are.
    TierName {
        /// on local disks
        Hot,
        /// in the object store, searched from there
        Warm,
        /// in an open table of the object store
        Cold,
    }
}

choice! {
    /// Whether anything is done.
    Mode default Enforce {
        /// it is
        Enforce,
        /// it is only said what would be
        DryRun,
    }
}

/// How long records stay in which tier, what is kept longer, and what is deleted on request.
#[derive(CustomResource, Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[kube(
    group = "sawlog.dev",
    version = "v1alpha1",
    kind = "RetentionPolicy",
    plural = "retentionpolicies",
    shortname = "ret",
    category = "sawlog",
    namespaced,
    status = "RetentionPolicyStatus",
    derive = "PartialEq",
    doc = "A RetentionPolicy says how long the records of indexes of its namespace stay in which tier, what is kept longer, and what is deleted on request.",
    validation = rule::named(63, "documents and metrics are named after it"),
    printcolumn(name = "Ready", type_ = "string", json_path = ".status.conditions[?(@.type==\"Ready\")].status", description = "Whether it is carried out"),
    printcolumn(name = "Mode", type_ = "string", json_path = ".spec.mode", description = "Whether anything is done, or only said"),
    printcolumn(name = "Tiers", type_ = "string", json_path = ".status.tiersSummary", description = "Ages at which records move, and the last at which they go"),
    printcolumn(name = "Indexes", type_ = "integer", json_path = ".status.boundIndexes", description = "Indexes that follow it"),
    printcolumn(name = "LastRun", type_ = "date", json_path = ".status.lastRun.end", description = "When it was last carried out"),
    printcolumn(name = "Next", type_ = "string", json_path = ".status.nextRun", description = "When it will be next"),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp", description = "Since when it exists"),
    printcolumn(name = "Message", type_ = "string", json_path = ".status.conditions[?(@.type==\"Ready\")].message", description = "What to do", priority = 1)
)]
#[schemars(extend("x-kubernetes-validations" = [
    rule::at_most_one(&["indexSelector", "indexRefs"]),
    rule::ages_rise(),
    rule::tiers_in_order(),
    rule::deleted_last(),
]))]
pub struct RetentionPolicySpec {
    /// Labels of the indexes of its namespace that follow it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index_selector: Option<LabelSelector>,
    /// Names of the indexes of its namespace that follow it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 32), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub index_refs: Option<Vec<LocalRef>>,
    /// Whether indexes of its namespace that no policy names or selects follow it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<bool>,
    /// When records move to which tier: those older than `after`. Ages rise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 4), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub tiers: Option<Vec<Tier>>,
    /// When records are deleted; never where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delete: Option<Delete>,
    /// Other ages for some records. Of several that match, the highest priority wins, then the shorter name, then the earlier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub rules: Option<Vec<AgeRule>>,
    /// Records that are not deleted, whatever else says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub holds: Option<Vec<Hold>>,
    /// Records that are deleted now: no answer shows them from the moment this is applied, and they are then written out of every tier. Match by token or hash where you can, for specs are kept in etcd and in Git.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub deletions: Option<Vec<Deletion>>,
    /// When it is carried out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<Schedule>,
    /// Whether anything is done, or only said.
    #[serde(default)]
    pub mode: Mode,
    /// What protects from mistakes in changes of this policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub safety: Option<Safety>,
    /// Whether it is not carried out for now; delete requests stay masked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspend: Option<bool>,
}

/// When records move to a tier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Tier {
    /// The tier.
    pub name: TierName,
    /// Records older than this move to it.
    pub after: Duration,
}

/// When records are deleted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = [
    rule::whole(
    "has(self.after) || has(self.maxTotalBytes) || has(self.maxBytesPerNamespace)",
    "delete needs after, maxTotalBytes or maxBytesPerNamespace",
),
]))]
pub struct Delete {
    /// Records older than this are deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Duration>,
    /// The oldest are deleted when an index stores more than this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_total_bytes: Option<Size>,
    /// The oldest of a namespace are deleted when it stores more than this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_bytes_per_namespace: Option<Size>,
}
