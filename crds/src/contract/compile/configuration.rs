//! The operator's configuration, as far as documents depend on it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{
    contract::{
        index_document::ReceiverKind,
        words::{Detector, RedactMode},
    },
    pipeline::redact::RedactPattern,
    value::{AttributeName, Host, KubeName, ResourceName, Url},
};

use super::Name;

/// The operator's configuration, as far as documents depend on it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Configuration {
    /// Namespaces of the platform, whose pipelines read other namespaces and whose rules see their records.
    pub platform_namespaces: BTreeSet<String>,
    /// Namespaces in which indexes live.
    pub index_namespaces: BTreeSet<String>,
    /// Kafka clusters by name.
    pub kafka: BTreeMap<String, KafkaCluster>,
    /// The index of pipelines that name none.
    pub default_index: Option<Name>,
    /// What no pipeline can switch off.
    pub redaction_minimum: Redaction,
    /// Whom alerts can be told, by name.
    pub receivers: BTreeMap<KubeName, ReceiverSettings>,
    /// The receiver of rules that name none.
    pub default_receiver: Option<KubeName>,
    /// Hosts to which a rule may send by itself; without a port, the usual one is meant.
    pub allowed_hosts: BTreeSet<Host>,
    /// The environment of pipelines that name none.
    pub environment: Option<String>,
    /// What agents may use.
    pub node: NodeSettings,
}

/// A Kafka cluster. Its address and its credentials are nobody's business here.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KafkaCluster {
    /// Namespaces whose pipelines may use it.
    pub allowed_namespaces: Allowed,
}

/// Some namespaces, or all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Allowed {
    /// All.
    #[default]
    All,
    /// These.
    Named(BTreeSet<String>),
}

impl Allowed {
    /// Whether this one is among them.
    pub fn allows(&self, namespace: &str) -> bool {
        match self {
            Self::All => true,
            Self::Named(names) => names.contains(namespace),
        }
    }
}

/// What no pipeline can switch off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Redaction {
    /// What is recognised.
    pub detectors: BTreeSet<Detector>,
    /// What stands where something was.
    pub mode: RedactMode,
    /// Patterns.
    pub patterns: Vec<RedactPattern>,
    /// Fields whose values are redacted whatever they are.
    pub fields: BTreeSet<AttributeName>,
}

impl Default for Redaction {
    fn default() -> Self {
        Self {
            detectors: BTreeSet::new(),
            mode: RedactMode::Mask,
            patterns: Vec::new(),
            fields: BTreeSet::new(),
        }
    }
}

/// A receiver of alerts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReceiverSettings {
    /// What it is.
    pub kind: ReceiverKind,
    /// Where it is.
    pub url: Url,
    /// The Secret with its credentials.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<ResourceName>,
}

/// What an agent may use of its node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NodeSettings {
    /// Most bytes of its disk.
    pub spool_bytes: u64,
    /// Most bytes of its memory for what it reads.
    pub memory_bytes: u64,
}

impl Default for NodeSettings {
    fn default() -> Self {
        Self { spool_bytes: 1 << 30, memory_bytes: 96 << 20 }
    }
}
