//! `AlertRule`: what about the records is worth waking somebody for, and whom.

pub mod notify;
pub mod status;
pub mod trigger;

use kube::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    choice::choice,
    refs::{IndexRef, PipelineRef},
    rule,
    value::{AttributeName, Duration, Query},
};
use notify::{AlertLabel, Annotations, Notify};
use status::AlertRuleStatus;
use trigger::Trigger;

choice! {
    /// How bad it is.
    Severity {
        /// worth knowing
        Info,
        /// worth a look today
        Warning,
        /// worth waking somebody
        Critical,
    }
}

/// What about the records is worth waking somebody for, and whom.
#[derive(CustomResource, Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[kube(
    group = "sawlog.dev",
    version = "v1alpha1",
    kind = "AlertRule",
    plural = "alertrules",
    shortname = "alr",
    category = "sawlog",
    namespaced,
    status = "AlertRuleStatus",
    derive = "PartialEq",
    doc = "An AlertRule says what about the records of pipelines is worth telling somebody, and whom. It sees only records that its namespace owns, unless it is one of the platform's.",
    validation = rule::named(63, "alerts and their state are named after it"),
    printcolumn(name = "State", type_ = "string", json_path = ".status.state", description = "Inactive, Pending or Firing"),
    printcolumn(name = "Severity", type_ = "string", json_path = ".spec.severity", description = "How bad it is"),
    printcolumn(name = "For", type_ = "string", json_path = ".spec.for", description = "How long it has to be so"),
    printcolumn(name = "Since", type_ = "date", json_path = ".status.since", description = "Since when it is in this state"),
    printcolumn(name = "Ready", type_ = "string", json_path = ".status.conditions[?(@.type==\"Ready\")].status", description = "Whether it is evaluated"),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp", description = "Since when it exists"),
    printcolumn(name = "Query", type_ = "string", json_path = ".spec.query", description = "Which records it is about", priority = 1),
    printcolumn(name = "Message", type_ = "string", json_path = ".status.conditions[?(@.type==\"Ready\")].message", description = "What to do", priority = 1)
)]
#[schemars(extend("x-kubernetes-validations" = [
    rule::exactly_one(&["pipelineRefs", "indexRef"]),
    rule::check(
    &format!("!has(self.window) || ({0} >= 10000 && {0} <= 86400000)", rule::millis("self.window")),
    "window must be from 10s to 24h",
    ".window",
),
    rule::check(
    &format!("!has(self.slide) || ({0} >= 1000 && {0} <= {1})", rule::millis("self.slide"), rule::millis("(has(self.window) ? self.window : '5m')")),
    "slide must be from 1s to window (5m where absent)",
    ".slide",
),
]))]
pub struct AlertRuleSpec {
    /// Pipelines whose records it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 16), extend("x-kubernetes-list-type" = "atomic"))]
    pub pipeline_refs: Option<Vec<PipelineRef>>,
    /// An index, for all of its pipelines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index_ref: Option<IndexRef>,
    /// Which records it is about, in the language of search.
    pub query: Query,
    /// Fields for each of whose values it is evaluated by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 8), extend("x-kubernetes-list-type" = "set"))]
    pub group_by: Option<Vec<AttributeName>>,
    /// The span of time that is looked at, from 10s to 24h; 5m where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<Duration>,
    /// How often it is evaluated; a tenth of the window where absent, and at least every second.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slide: Option<Duration>,
    /// How long late records are waited for; 30s where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lateness: Option<Duration>,
    /// What about them is worth it.
    pub trigger: Trigger,
    /// How long it has to be so before it fires; at once where absent.
    #[serde(default, rename = "for", skip_serializing_if = "Option::is_none")]
    pub lasting: Option<Duration>,
    /// How long nobody is told again; 10m where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cooldown: Option<Duration>,
    /// How long it goes on firing after it is no longer so; not at all where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep_firing_for: Option<Duration>,
    /// Most groups that fire at a time; the rest is told as a number. 100 where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 10_000))]
    pub limit: Option<i32>,
    /// How bad it is; Warning where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    /// Further labels of its alerts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 16), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub labels: Option<Vec<AlertLabel>>,
    /// What its alerts say; `{{field}}` is the group's value, `{{value}}` what was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub annotations: Option<Annotations>,
    /// How many of the records are shown in the message; 3 where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 20))]
    pub sample_lines: Option<i32>,
    /// Who is told; the default receiver of the operator's configuration where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 8), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub notify: Option<Vec<Notify>>,
    /// Whether it is not evaluated for now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspend: Option<bool>,
}

impl AlertRuleSpec {
    /// The span of time that is looked at.
    pub fn window_ms(&self) -> u64 {
        self.window.as_ref().map_or(5 * 60_000, Duration::millis)
    }

    /// How often it is evaluated.
    pub fn slide_ms(&self) -> u64 {
        self.slide.as_ref().map_or_else(|| (self.window_ms() / 10).max(1_000), Duration::millis)
    }

    /// How long late records are waited for.
    pub fn lateness_ms(&self) -> u64 {
        self.lateness.as_ref().map_or(30_000, Duration::millis)
    }

    /// How long nobody is told again.
    pub fn cooldown_ms(&self) -> u64 {
        self.cooldown.as_ref().map_or(10 * 60_000, Duration::millis)
    }

    /// Most groups that fire at a time.
    pub fn limit(&self) -> u32 {
        crate::number(self.limit, 100)
    }

    /// How bad it is.
    pub fn severity(&self) -> Severity {
        self.severity.unwrap_or(Severity::Warning)
    }

    /// How many of the records are shown.
    pub fn sample_lines(&self) -> u32 {
        crate::number(self.sample_lines, 3)
    }
}
