//! Who is told, and what.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    refs::LocalRef,
    rule,
    value::{KubeName, LabelName, LongText, ShortText, Url},
};

/// A label of alerts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AlertLabel {
    /// Its name.
    pub name: LabelName,
    /// Its value.
    pub value: ShortText,
}

/// What alerts say.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Annotations {
    /// One line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<ShortText>,
    /// What to know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<LongText>,
    /// Where it is written what to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runbook: Option<Url>,
}

/// Who is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = [
    rule::exactly_one(&["receiverRef", "url"]),
]))]
pub struct Notify {
    /// What it is called in the status.
    pub name: KubeName,
    /// A receiver of the operator's configuration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receiver_ref: Option<LocalRef>,
    /// A webhook, at a host that the operator's configuration allows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<Url>,
}
