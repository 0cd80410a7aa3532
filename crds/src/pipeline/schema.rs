//! The fields that records have.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{choice::choice, rule, value::AttributeName};

choice! {
    /// What a field holds.
    FieldType {
        /// a value that is compared whole
        Keyword,
        /// text that is searched by words
        Text,
        /// a whole number
        I64,
        /// a number
        F64,
        /// true or false
        Bool,
        /// a moment
        Datetime,
        /// an address of IPv4 or IPv6
        Ip,
        /// an object or a list, kept as it is
        Json,
    }
}

choice! {
    /// What becomes of fields that are not listed.
    SchemaMode {
        /// they are kept
        Dynamic,
        /// a record with one is a dead letter
        Strict,
    }
}

/// A field of records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SchemaField {
    /// Name of the field.
    pub name: AttributeName,
    /// What it holds. A value that cannot become one makes the record a dead letter.
    #[serde(rename = "type")]
    pub kind: FieldType,
    /// Whether every record has it; not where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub required: Option<bool>,
}

/// Fields that records have. Within a version fields are only added; whatever older producers could not know needs a new version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = [
    rule::check(
    "self.version >= oldSelf.version",
    "schema.version cannot go back: records of the later one may be written already",
    ".version",
),
    rule::check(
    "self.version != oldSelf.version || !has(oldSelf.fields) || (has(self.fields) && sets.contains(self.fields.map(f, f.name + ':' + f.type), oldSelf.fields.map(f, f.name + ':' + f.type)))",
    "fields are not removed and keep their type within a schema.version: raise the version",
    ".fields",
),
    rule::check(
    "self.version != oldSelf.version || !has(self.fields) || sets.contains((has(oldSelf.fields) ? oldSelf.fields : []).filter(f, has(f.required) && f.required).map(f, f.name), self.fields.filter(f, has(f.required) && f.required).map(f, f.name))",
    "no field becomes required within a schema.version: raise the version",
    ".fields",
),
    rule::check(
    "!has(self.compatibleWith) || self.compatibleWith.all(v, v < self.version)",
    "compatibleWith names earlier versions",
    ".compatibleWith",
),
    rule::check(
    "!has(self.mode) || self.mode != 'Strict' || (has(self.fields) && size(self.fields) > 0)",
    "mode: Strict needs fields",
    ".fields",
),
]))]
pub struct Schema {
    /// Version of the fields; every message says with which it was written.
    #[serde(default = "first")]
    #[schemars(range(min = 1, max = 1_000_000), default = "first")]
    pub version: i32,
    /// What becomes of fields that are not listed; Dynamic where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<SchemaMode>,
    /// The fields.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub fields: Option<Vec<SchemaField>>,
    /// Earlier versions whose records are read as this one's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 16), inner(range(min = 1, max = 1_000_000)), extend("x-kubernetes-list-type" = "set"))]
    pub compatible_with: Option<Vec<i32>>,
}

fn first() -> i32 {
    1
}

impl Default for Schema {
    fn default() -> Self {
        Self { version: first(), mode: None, fields: None, compatible_with: None }
    }
}
