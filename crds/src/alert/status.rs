//! What the operator says of a rule.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    choice::choice,
    condition::Condition,
    value::{ShortText, Timestamp},
};

choice! {
    /// How a rule stands.
    State {
        /// it is not so
        Inactive,
        /// it is so, but not for long enough
        Pending,
        /// it is so, and somebody was told
        Firing,
    }
}

/// What the operator says of a rule.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AlertRuleStatus {
    /// Generation that this is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub observed_generation: Option<i64>,
    /// What is so: Accepted, ResolvedRefs, Evaluating, Notified and Ready. Firing is a state, not a condition.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["type"]))]
    pub conditions: Vec<Condition>,
    /// The operator that looks after this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operator: Option<ShortText>,
    /// How it stands: the worst of its groups.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<State>,
    /// Groups that are pending or fire.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub active_groups: Option<i32>,
    /// Since when it stands so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// When it was last evaluated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_evaluation: Option<Timestamp>,
    /// Who evaluates it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evaluator: Option<ShortText>,
    /// What absent fields came to mean.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective: Option<EffectiveRule>,
}

/// What absent fields came to mean.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EffectiveRule {
    /// The index that evaluates it, as `namespace/name`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<ShortText>,
    /// The span of time that is looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<ShortText>,
    /// How often it is evaluated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slide: Option<ShortText>,
    /// How bad it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<super::Severity>,
    /// Who is told.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 8), extend("x-kubernetes-list-type" = "atomic"))]
    pub receivers: Vec<ShortText>,
}
