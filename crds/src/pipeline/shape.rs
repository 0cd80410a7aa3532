//! What is dropped, sampled or changed.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    choice::choice,
    rule,
    value::{AttributeName, KubeName, Percent, Query, ShortText},
};

/// One step of shaping; exactly one of its kinds is set.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = [
    rule::exactly_one(&["drop", "keep", "sample", "rename", "add", "remove"]),
]))]
pub struct Shape {
    /// What the step is called in counters and summaries; its number where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<KubeName>,
    /// Drops the records that a query finds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drop: Option<When>,
    /// Drops the records that a query does not find.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep: Option<When>,
    /// Keeps a share of the records.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sample: Option<Sample>,
    /// Gives a field another name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rename: Option<Rename>,
    /// Adds a field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub add: Option<Add>,
    /// Removes fields.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remove: Option<Remove>,
}

/// For which records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct When {
    /// A query, as in `path:"/healthz" AND level:INFO`.
    pub when: Query,
}

choice! {
    /// How bad something is.
    Level {
        /// steps within a function
        Trace,
        /// for developers
        Debug,
        /// what happens
        Info,
        /// what may become a problem
        Warn,
        /// what failed
        Error,
        /// what ended the program
        Fatal,
    }
}

/// Keeps a share of the records; all of a trace, or none of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = [
    rule::percent("percent"),
]))]
pub struct Sample {
    /// The share that is kept, as in `10` or `0.5`.
    pub percent: Percent,
    /// Levels that are all kept; Warn, Error and Fatal where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 6), extend("x-kubernetes-list-type" = "set"))]
    pub keep_levels: Option<Vec<Level>>,
    /// A field whose equal values are kept or dropped together; the trace's id where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<AttributeName>,
}

/// Gives a field another name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Rename {
    /// What it is called.
    pub from: AttributeName,
    /// What it shall be called.
    pub to: AttributeName,
}

/// Adds a field with a fixed value; one that is there already stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Add {
    /// Name of the field.
    pub field: AttributeName,
    /// Its value.
    pub value: ShortText,
    /// For which records; all where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Query>,
}

/// Removes fields.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Remove {
    /// Names of the fields.
    #[schemars(length(min = 1, max = 32), extend("x-kubernetes-list-type" = "set"))]
    pub fields: Vec<AttributeName>,
}
