//! How objects name each other, and who may be named.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    choice::choice,
    rule,
    selector::LabelSelector,
    value::{KubeName, Namespace, ResourceName},
};

/// A `LogIndex`, perhaps of another namespace.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct IndexRef {
    /// Name of the LogIndex.
    pub name: KubeName,
    /// Its namespace; the object's own where absent. Another namespace's index has to permit this one in its allowedNamespaces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<Namespace>,
}

/// A `LogPipeline`, perhaps of another namespace.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PipelineRef {
    /// Name of the LogPipeline.
    pub name: KubeName,
    /// Its namespace; the object's own where absent. Only rules of platform namespaces see another namespace's records.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<Namespace>,
}

/// An object of the same namespace.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LocalRef {
    /// Name of the object.
    pub name: KubeName,
}

/// A Secret of the same namespace.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SecretRef {
    /// Name of the Secret.
    pub name: ResourceName,
}

choice! {
    /// Whose objects may refer to this one.
    From {
        /// only those of its own namespace
        Same,
        /// those of every namespace
        All,
        /// those of namespaces that the selector selects
        Selector,
    }
}

/// Namespaces whose objects may refer to this one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = [
    rule::only_with("selector", "from", "Selector"),
    rule::needs("from", "Selector", "selector"),
]))]
pub struct AllowedNamespaces {
    /// Whose objects may refer to this one; Same where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<From>,
    /// Labels of the namespaces that may; only with `from: Selector`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selector: Option<LabelSelector>,
}

choice! {
    /// What happens to topics, data and volumes when the object is deleted.
    DeletionPolicy default Retain {
        /// they stay, and an object of the same name takes them back
        Retain,
        /// they are deleted with the object
        Delete,
    }
}
