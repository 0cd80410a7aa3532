//! Which containers are read, and what their records say of them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    choice::choice,
    rule,
    selector::LabelSelector,
    value::{AttributeName, Glob, Label, LabelKey, ShortText},
};

choice! {
    /// How containers are chosen.
    SelectMode default Annotated {
        /// pods whose annotation names the pipeline
        Annotated,
        /// pods that the selectors select
        Selector,
        /// every pod of the namespaces
        All,
    }
}

choice! {
    /// One of a container's two outputs.
    Stream {
        /// standard output
        Stdout,
        /// standard error
        Stderr,
    }
}

/// Which containers are read.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = [
    rule::only_with("podSelector", "mode", "Selector"),
    rule::needs("mode", "Selector", "podSelector"),
    rule::check(
    "!has(self.namespaceSelector) || self.mode != 'Annotated'",
    "namespaceSelector is only for mode: Selector and mode: All; pods of other namespaces that name this pipeline are permitted by allowedNamespaces",
    ".namespaceSelector",
),
]))]
pub struct Select {
    /// How containers are chosen.
    #[serde(default)]
    pub mode: SelectMode,
    /// Labels of the pods; only with `mode: Selector`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pod_selector: Option<LabelSelector>,
    /// Labels of the namespaces whose pods are read; the pipeline's own namespace where absent. Only in namespaces that the operator's configuration names as the platform's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace_selector: Option<LabelSelector>,
    /// Which containers of a pod.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub containers: Option<Containers>,
    /// Which outputs of a container; both where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 2), extend("x-kubernetes-list-type" = "set"))]
    pub streams: Option<Vec<Stream>>,
}

/// Which containers of a pod, by their names.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Containers {
    /// Names of those that are read, with `*` and `?`; all where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64), extend("x-kubernetes-list-type" = "set"))]
    pub include: Option<Vec<Glob>>,
    /// Names of those that are not, with `*` and `?`; it beats `include`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64), extend("x-kubernetes-list-type" = "set"))]
    pub exclude: Option<Vec<Glob>>,
}

/// What is added to every record, besides pod, container, node, zone and service.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Enrich {
    /// Labels of the pod that become attributes of the resource; none where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 32), extend("x-kubernetes-list-type" = "set"))]
    pub pod_labels: Option<Vec<LabelKey>>,
    /// Annotations of the pod that do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 32), extend("x-kubernetes-list-type" = "set"))]
    pub pod_annotations: Option<Vec<LabelKey>>,
    /// Labels of the namespace that do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 32), extend("x-kubernetes-list-type" = "set"))]
    pub namespace_labels: Option<Vec<LabelKey>>,
    /// The environment, such as `prod`; the namespace's label `sawlog.dev/environment` or the operator's configuration where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<Label>,
    /// The region; the node's label where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<Label>,
    /// Fixed attributes.
    #[serde(default, rename = "static", skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 16), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub fixed: Option<Vec<FixedAttribute>>,
}

/// An attribute with a fixed value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FixedAttribute {
    /// Name of the attribute.
    pub name: AttributeName,
    /// Its value.
    pub value: ShortText,
}
