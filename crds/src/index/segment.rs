//! How records are stored.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    pipeline::schema::FieldType,
    rule,
    value::{AttributeName, Duration, Size},
};

/// Fields of records that are stored in columns of their own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = [
    rule::check(
    "!has(oldSelf.fields) || (has(self.fields) && sets.contains(self.fields.map(f, f.name), oldSelf.fields.map(f, f.name)))",
    "schema.fields are only added: segments that exist have the others",
    ".fields",
),
]))]
pub struct IndexSchema {
    /// How many fields that nobody declared get a column; further ones share one and are searched more slowly. 500 where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 10_000))]
    pub max_dynamic_fields: Option<i32>,
    /// Declared fields. They are only added, and keep their type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 512), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub fields: Option<Vec<IndexField>>,
}

/// A declared field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = [
    rule::check("self.type == oldSelf.type", "a field's type cannot be changed: declare a new field", ".type"),
]))]
pub struct IndexField {
    /// Name of the field.
    pub name: AttributeName,
    /// What it holds.
    #[serde(rename = "type")]
    pub kind: FieldType,
}

/// How records are put together into segments.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Segment {
    /// A segment is published after this time at the latest; 30s where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seal_every: Option<Duration>,
    /// A segment is published at this size, before compression; 64Mi where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seal_bytes: Option<Size>,
    /// Segments are merged up to this size, before compression; 1Gi where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merge_target: Option<Size>,
    /// Records of one span of time are stored together; 1m where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_bucket: Option<Duration>,
}

impl IndexSchema {
    /// How many fields that nobody declared get a column.
    pub fn max_dynamic_fields(&self) -> u32 {
        crate::number(self.max_dynamic_fields, 500)
    }
}

impl Segment {
    /// A segment is published after this time at the latest.
    pub fn seal_every_ms(&self) -> u64 {
        self.seal_every.as_ref().map_or(30_000, Duration::millis)
    }

    /// A segment is published at this size.
    pub fn seal_bytes(&self) -> u64 {
        self.seal_bytes.as_ref().map_or(64 << 20, Size::bytes)
    }

    /// Segments are merged up to this size.
    pub fn merge_target(&self) -> u64 {
        self.merge_target.as_ref().map_or(1 << 30, Size::bytes)
    }

    /// Records of one span of time are stored together.
    pub fn time_bucket_ms(&self) -> u64 {
        self.time_bucket.as_ref().map_or(60_000, Duration::millis)
    }
}
