//! What is kept longer or shorter than the rest: rules, holds, delete requests.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Tier;
use crate::{
    pipeline::shape::Level,
    rule,
    value::{Duration, KubeName, Label, Namespace, Query, ShortText, Timestamp},
};

/// Which records: those to which all of it applies.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = [
    rule::whole(
    "has(self.namespaces) || has(self.services) || has(self.levels) || has(self.query)",
    "match needs namespaces, services, levels or query: an empty one would be every record",
),
]))]
pub struct Match {
    /// Namespaces that own the records.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 32), extend("x-kubernetes-list-type" = "set"))]
    pub namespaces: Option<Vec<Namespace>>,
    /// Services.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 32), extend("x-kubernetes-list-type" = "set"))]
    pub services: Option<Vec<Label>>,
    /// Levels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 6), extend("x-kubernetes-list-type" = "set"))]
    pub levels: Option<Vec<Level>>,
    /// A query that finds them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<Query>,
}

/// Other ages for some records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = [
    rule::whole("has(self.deleteAfter) || has(self.tiers)", "a rule needs deleteAfter or tiers"),
    rule::ages_rise(),
    rule::tiers_in_order(),
    rule::rule_deleted_last(),
]))]
pub struct AgeRule {
    /// What it is called in the status.
    pub name: KubeName,
    /// Which of several rules that match wins: the highest. 0 where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = -1000, max = 1000))]
    pub priority: Option<i32>,
    /// Which records.
    #[serde(rename = "match")]
    pub records: Match,
    /// Records older than this are deleted; as the policy says where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delete_after: Option<Duration>,
    /// When they move to which tier; as the policy says where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 4), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub tiers: Option<Vec<Tier>>,
}

/// Records that are not deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Hold {
    /// What it is called.
    pub name: KubeName,
    /// Which records.
    #[serde(rename = "match")]
    pub records: Match,
    /// Until when; until it is removed where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// Why, for those who ask later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<ShortText>,
}

/// Records that are deleted now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = [
    rule::check(
    "!has(self.from) || !has(self.to) || self.from < self.to",
    "from must be earlier than to",
    ".to",
),
    rule::immutable("match"),
    rule::immutable("from"),
    rule::immutable("to"),
]))]
pub struct Deletion {
    /// What it is called in the status, and in the proof.
    pub name: KubeName,
    /// Which records. A request cannot be changed: remove it and make another.
    #[serde(rename = "match")]
    pub records: Match,
    /// From when, by event time; from the beginning where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    /// Until when, by event time; until the request was made where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Timestamp>,
    /// Why, for those who ask later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<ShortText>,
}
