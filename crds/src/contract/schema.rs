//! Which fields the records of a pipeline have.

use serde::{Deserialize, Serialize};

use super::words::{FieldType, SchemaMode};

/// One version of a pipeline's schema.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Schema {
    /// Which version, from one.
    pub version: u32,
    /// Whether undeclared fields are welcome.
    pub mode: SchemaMode,
    /// The declared ones.
    pub fields: Vec<Field>,
    /// Versions whose records are valid in this one.
    pub compatible_with: Vec<u32>,
}

/// A declared field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Field {
    /// Its dotted name.
    pub name: String,
    /// What it holds.
    #[serde(rename = "type")]
    pub kind: FieldType,
    /// Whether a record without it is rejected.
    pub required: bool,
}
