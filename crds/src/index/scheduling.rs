//! On which nodes the pods run, in Kubernetes' own words.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    choice::choice,
    rule,
    selector::LabelSelector,
    value::{LabelKey, LabelValue},
};

choice! {
    /// How a taint is compared.
    TolerationOperator {
        /// its value is `value`
        Equal,
        /// it is there
        Exists,
    }
}

choice! {
    /// What a taint does to pods that do not tolerate it.
    TaintEffect {
        /// they are not placed there
        NoSchedule,
        /// they are rather placed elsewhere
        PreferNoSchedule,
        /// they are not placed there, and those that are there leave
        NoExecute,
    }
}

/// A taint of nodes that the pods put up with.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = [
    rule::only_with("tolerationSeconds", "effect", "NoExecute"),
    rule::check(
    "has(self.key) || (has(self.operator) && self.operator == 'Exists')",
    "a toleration without key needs operator: Exists",
    ".operator",
),
]))]
pub struct Toleration {
    /// Key of the taint; all taints where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<LabelKey>,
    /// How it is compared; Equal where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operator: Option<TolerationOperator>,
    /// Value of the taint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<LabelValue>,
    /// Its effect; all effects where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effect: Option<TaintEffect>,
    /// How long a pod stays after the taint appeared; for ever where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 604_800))]
    pub toleration_seconds: Option<i64>,
}

/// Nodes and pods that the pods should be near to or far from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Affinity {
    /// Which nodes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node_affinity: Option<NodeAffinity>,
    /// Near which pods.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pod_affinity: Option<PodAffinity>,
    /// Far from which pods; of the same index where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pod_anti_affinity: Option<PodAffinity>,
}

/// Which nodes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NodeAffinity {
    /// What nodes have to be like.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        rename = "requiredDuringSchedulingIgnoredDuringExecution"
    )]
    pub required: Option<NodeSelector>,
    /// What nodes are rather like.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        rename = "preferredDuringSchedulingIgnoredDuringExecution"
    )]
    #[schemars(length(max = 8), extend("x-kubernetes-list-type" = "atomic"))]
    pub preferred: Option<Vec<PreferredNode>>,
}

/// Terms, of which one has to hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NodeSelector {
    /// The terms.
    #[schemars(length(min = 1, max = 8), extend("x-kubernetes-list-type" = "atomic"))]
    pub node_selector_terms: Vec<NodeTerm>,
}

/// Conditions for labels of a node, all of which have to hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NodeTerm {
    /// The conditions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 8), extend("x-kubernetes-list-type" = "atomic"))]
    pub match_expressions: Option<Vec<NodeRequirement>>,
}

choice! {
    /// How a node's label is compared.
    NodeOperator {
        /// its value is one of `values`
        In,
        /// it is absent or its value is none of `values`
        NotIn,
        /// it is there
        Exists,
        /// it is absent
        DoesNotExist,
        /// its value is a larger number
        Gt,
        /// its value is a smaller number
        Lt,
    }
}

/// A condition for a node's label.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = [
    rule::check(
    "(self.operator in ['Exists', 'DoesNotExist']) != (has(self.values) && size(self.values) > 0)",
    "values are for In, NotIn, Gt and Lt, which need at least one",
    ".values",
),
]))]
pub struct NodeRequirement {
    /// Key of the label.
    pub key: LabelKey,
    /// How it is compared.
    pub operator: NodeOperator,
    /// What it is compared with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 16), extend("x-kubernetes-list-type" = "atomic"))]
    pub values: Option<Vec<LabelValue>>,
}

/// What nodes are rather like.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PreferredNode {
    /// How much it counts.
    #[schemars(range(min = 1, max = 100))]
    pub weight: i32,
    /// What they are like.
    pub preference: NodeTerm,
}

/// Near to or far from which pods.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PodAffinity {
    /// What has to hold.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        rename = "requiredDuringSchedulingIgnoredDuringExecution"
    )]
    #[schemars(length(max = 4), extend("x-kubernetes-list-type" = "atomic"))]
    pub required: Option<Vec<PodTerm>>,
    /// What should rather hold.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        rename = "preferredDuringSchedulingIgnoredDuringExecution"
    )]
    #[schemars(length(max = 4), extend("x-kubernetes-list-type" = "atomic"))]
    pub preferred: Option<Vec<PreferredPod>>,
}

/// Pods, and what counts as one place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PodTerm {
    /// Labels of the pods.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label_selector: Option<LabelSelector>,
    /// The label of nodes whose equal values are one place.
    pub topology_key: LabelKey,
}

/// What should rather hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PreferredPod {
    /// How much it counts.
    #[schemars(range(min = 1, max = 100))]
    pub weight: i32,
    /// Pods and place.
    pub pod_affinity_term: PodTerm,
}

choice! {
    /// What happens where pods cannot be spread.
    WhenUnsatisfiable {
        /// they wait
        DoNotSchedule,
        /// they are placed all the same
        ScheduleAnyway,
    }
}

/// How pods are spread over places.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TopologySpread {
    /// The label of nodes whose equal values are one place.
    pub topology_key: LabelKey,
    /// By how many pods places may differ; 1 where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 64))]
    pub max_skew: Option<i32>,
    /// What happens where that cannot be had; ScheduleAnyway where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when_unsatisfiable: Option<WhenUnsatisfiable>,
}
