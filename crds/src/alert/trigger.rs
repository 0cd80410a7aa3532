//! What about the records is worth telling.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    choice::choice,
    rule,
    value::{Amount, AttributeName, Duration, Factor, Percent, Query},
};

choice! {
    /// How two numbers are compared.
    Op {
        /// above
        Gt,
        /// at least
        Gte,
        /// below
        Lt,
        /// at most
        Lte,
        /// equal
        Eq,
        /// not equal
        Ne,
    }
}

/// What about the records of a window is worth telling; exactly one of its kinds is set.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = [
    rule::exactly_one(&["count", "rate", "ratio", "aggregate", "absent", "volumeDrop", "spike", "sequence"]),
]))]
pub struct Trigger {
    /// How many there are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<Count>,
    /// How many there are a second.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<Rate>,
    /// What share of others they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ratio: Option<Ratio>,
    /// What a field of theirs comes to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aggregate: Option<Aggregate>,
    /// That there are none, of a group that there were some of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub absent: Option<Absent>,
    /// That there are many fewer than before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub volume_drop: Option<VolumeDrop>,
    /// That there are many more than before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spike: Option<Spike>,
    /// That others follow them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sequence: Option<Sequence>,
}

/// How many there are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Count {
    /// How it is compared.
    pub op: Op,
    /// With how many.
    #[schemars(range(min = 0, max = 1_000_000_000_000_i64))]
    pub value: i64,
}

/// How many there are a second.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Rate {
    /// How it is compared.
    pub op: Op,
    /// With how many a second, as in `0.5` or `100`.
    pub per_second: Amount,
}

/// What share of others they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Ratio {
    /// A query that finds the others; those that `query` finds should be among them. With none of them, nothing fires.
    pub of: Query,
    /// How it is compared.
    pub op: Op,
    /// With what share, as in `1` or `0.5`.
    pub percent: Percent,
}

choice! {
    /// What a field comes to.
    Function {
        /// the least
        Min,
        /// the most
        Max,
        /// the mean
        Avg,
        /// the sum
        Sum,
        /// half are below
        P50,
        /// nine of ten are below
        P90,
        /// 95 of 100 are below
        P95,
        /// 99 of 100 are below
        P99,
        /// how many values there are
        Distinct,
    }
}

/// What a field comes to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Aggregate {
    /// How.
    #[serde(rename = "fn")]
    pub function: Function,
    /// Of which field.
    pub field: AttributeName,
    /// How it is compared.
    pub op: Op,
    /// With what, as in `500` or `0.25`.
    pub value: Amount,
}

/// That there are none. Which groups there were is remembered for a day.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Absent {}

/// That there are many fewer than before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = [
    rule::percent("percent"),
]))]
pub struct VolumeDrop {
    /// By how much at least, as in `80`.
    pub percent: Percent,
    /// Compared with the mean of the windows of this span before; 1h where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<Duration>,
}

/// That there are many more than before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Spike {
    /// How many times as many at least, as in `3`.
    pub factor: Factor,
    /// Compared with the mean of the windows of this span before; 1h where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<Duration>,
}

/// That others follow them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Sequence {
    /// A query that finds what follows.
    pub then: Query,
    /// How soon it follows.
    pub within: Duration,
    /// The field whose value both have.
    pub key: AttributeName,
}
