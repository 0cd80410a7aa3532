//! What a pipeline's records must look like, and what becomes of one that does not.
//!
//! ```text
//! schema of a version ─╮
//! a borrowed record ───┴─▶ check ─▶ valid, coerced, or rejected with field and reason
//! two versions ──────────▶ compare ─▶ changes: additive or breaking
//! ```
//!
//! Fields are attributes by dotted name. `sawlog.*` and `log.*` belong to whoever carries the record and need no
//! declaration. Nothing is a value: an attribute that is null counts as not there.

mod check;
mod coerce;
mod compare;

use std::fmt;

pub use check::{Rejection, Verdict};
pub use coerce::{Refused, coerce};
pub use compare::{Change, Effect, compare};

/// The most fields of a schema.
pub const FIELDS: usize = 256;

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldType {
    /// Text that is compared as a whole.
    Keyword,
    /// Text that is searched by words.
    Text,
    /// A whole number of 64 bits.
    I64,
    /// A floating number of 64 bits.
    F64,
    /// Yes or no.
    Bool,
    /// A point in time: RFC 3339 text.
    Datetime,
    /// An IPv4 or IPv6 address.
    Ip,
    /// Anything.
    Json,
}

/// Whether undeclared fields are welcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// They are.
    #[default]
    Dynamic,
    /// They are not.
    Strict,
}

/// One declared field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its dotted name.
    pub name: String,
    /// What it holds.
    pub kind: FieldType,
    /// Whether a record without it is rejected.
    pub required: bool,
}

/// One version of a pipeline's schema; its fields are in the order of their names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schema {
    version: u32,
    mode: Mode,
    fields: Vec<Field>,
}

/// Fields that do not make a schema.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SchemaError {
    /// Versions count from one.
    #[error("schema versions begin at 1")]
    Version,
    /// Too many.
    #[error("{0} fields, at most {FIELDS} are allowed")]
    TooMany(usize),
    /// A name that no attribute can have.
    #[error("field {0:?}: a name is neither empty nor longer than 256 bytes")]
    Name(String),
    /// Declared twice.
    #[error("field {0} is declared twice")]
    Twice(String),
}

impl Schema {
    /// Checks the declaration.
    pub fn new(version: u32, mode: Mode, mut fields: Vec<Field>) -> Result<Self, SchemaError> {
        if version == 0 {
            return Err(SchemaError::Version);
        }
        if fields.len() > FIELDS {
            return Err(SchemaError::TooMany(fields.len()));
        }
        fields.sort_by(|a, b| a.name.cmp(&b.name));
        if let Some(field) = fields.iter().find(|field| field.name.is_empty() || field.name.len() > 256) {
            return Err(SchemaError::Name(field.name.clone()));
        }
        if let Some(two) = fields.windows(2).find(|two| two[0].name == two[1].name) {
            return Err(SchemaError::Twice(two[0].name.clone()));
        }
        Ok(Self { version, mode, fields })
    }

    /// Its number, from 1.
    pub fn version(&self) -> u32 {
        self.version
    }

    /// Whether undeclared fields are welcome.
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// What is declared.
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    fn field(&self, name: &str) -> Option<&Field> {
        let found = self.fields.binary_search_by(|field| field.name.as_str().cmp(name)).ok()?;
        Some(&self.fields[found])
    }
}

impl fmt::Display for FieldType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Keyword => "Keyword",
            Self::Text => "Text",
            Self::I64 => "I64",
            Self::F64 => "F64",
            Self::Bool => "Bool",
            Self::Datetime => "Datetime",
            Self::Ip => "Ip",
            Self::Json => "Json",
        })
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Dynamic => "Dynamic",
            Self::Strict => "Strict",
        })
    }
}
