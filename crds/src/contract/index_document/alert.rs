//! Alert rules, and whom they tell.

use serde::{Deserialize, Serialize};

use crate::contract::words::{Function, Op, Severity};

/// One alert rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Alert {
    /// Features that a reader has to know.
    pub requires: Vec<String>,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Tells it from another one that had the same name before.
    pub uid: String,
    /// Counts its changes.
    pub generation: i64,
    /// Whose records it sees, whatever the rest says.
    pub owners: Owners,
    /// Which pipelines' records it sees.
    pub pipelines: Pipelines,
    /// Which records count; an empty query finds all.
    pub query: String,
    /// Fields whose values make groups; each is judged by itself.
    pub group_by: Vec<String>,
    /// The span that is judged.
    pub window_ms: u64,
    /// How often it is judged.
    pub slide_ms: u64,
    /// How long late records are waited for.
    pub lateness_ms: u64,
    /// When it fires.
    pub trigger: Trigger,
    /// How long it has to be so before it fires.
    pub for_ms: u64,
    /// How long it stays silent after it was told.
    pub cooldown_ms: u64,
    /// How long it goes on firing when it is no longer so.
    pub keep_firing_for_ms: u64,
    /// Most groups.
    pub max_groups: u32,
    /// How bad it is.
    pub severity: Severity,
    /// What it is labelled with; templates.
    pub labels: Vec<Label>,
    /// What it says in one line; a template.
    pub summary: String,
    /// What it says; a template.
    pub description: String,
    /// Where it is explained what to do.
    pub runbook: String,
    /// How many lines are shown.
    pub sample_lines: u32,
    /// Whom it tells.
    pub notify: Vec<Notify>,
    /// Whether it rests.
    pub suspend: bool,
}

/// Whose records a rule sees.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Owners {
    /// Everybody's; for rules of the platform only.
    Any,
    /// Those of one namespace.
    Namespace(String),
}

/// Which pipelines' records a rule sees.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Pipelines {
    /// Those of all pipelines of the index.
    All,
    /// Those of these, by their keys in this document.
    Named(Vec<String>),
}

/// When a rule fires. Numbers that may have a fraction are in millionths or thousandths.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Trigger {
    /// By the number of records.
    Count {
        /// How it is compared.
        op: Op,
        /// With what.
        value: i64,
    },
    /// By their number in a second.
    Rate {
        /// How it is compared.
        op: Op,
        /// With what.
        per_second_millionths: i64,
    },
    /// By their share among other records.
    Ratio {
        /// The query that finds those.
        of: String,
        /// How it is compared.
        op: Op,
        /// With what.
        millipercent: u32,
    },
    /// By a figure over a field.
    Aggregate {
        /// Which figure.
        #[serde(rename = "fn")]
        function: Function,
        /// Of which field.
        field: String,
        /// How it is compared.
        op: Op,
        /// With what.
        value_millionths: i64,
    },
    /// When there are none.
    Absent {},
    /// When there are fewer than before.
    VolumeDrop {
        /// By how much.
        millipercent: u32,
        /// How far before.
        baseline_ms: u64,
    },
    /// When there are more than before.
    Spike {
        /// How many times as many, in thousandths.
        factor_thousandths: u32,
        /// How far before.
        baseline_ms: u64,
    },
    /// When one thing follows another.
    Sequence {
        /// The query that finds the other.
        then: String,
        /// Within which time.
        within_ms: u64,
        /// The field that ties them together.
        key: String,
    },
}

/// A label of an alert.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Label {
    /// Its name.
    pub name: String,
    /// Its value; a template.
    pub value: String,
}

/// Somebody who is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Notify {
    /// What it is called in the rule.
    pub name: String,
    /// Who.
    pub to: To,
}

/// Where an alert goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum To {
    /// A receiver of the operator's configuration, by its name.
    Receiver(String),
    /// An address of the rule's own, whose host is allowed.
    Url(String),
}

/// A receiver of the operator's configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Receiver {
    /// Features that a reader has to know.
    pub requires: Vec<String>,
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: ReceiverKind,
    /// Where it is.
    pub url: String,
    /// Name of the Secret with its credentials; none are needed where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
}

/// What a receiver is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReceiverKind {
    /// Prometheus Alertmanager.
    Alertmanager,
    /// Any HTTP server that takes JSON.
    Webhook,
    /// Slack.
    Slack,
    /// `PagerDuty`
    PagerDuty,
    /// Mail.
    Email,
}
