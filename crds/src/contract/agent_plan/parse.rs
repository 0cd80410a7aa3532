//! How lines become records.
//!
//! What may be absent here is a name: without one, the agent tries the usual names.

use serde::{Deserialize, Serialize};

use crate::contract::words::{Format, Preset};

/// How lines become records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Parse {
    /// How a line is written.
    pub format: Format,
    /// A regex with named captures; there exactly where the format is a pattern.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    /// When it happened.
    pub timestamp: Timestamp,
    /// The field that says how bad it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level_field: Option<String>,
    /// The field that says which service it is about; the workload's where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_field: Option<String>,
    /// Which trace it belongs to.
    pub trace: Trace,
    /// How lines that belong together become one record.
    pub multiline: Multiline,
    /// Whether the line as it was printed is kept as well.
    pub keep_original: bool,
}

/// Where the time of a record is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Timestamp {
    /// Name of the field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// How the time is written; the usual layouts are tried where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layout: Option<String>,
    /// The zone of times that do not say theirs.
    pub zone: String,
}

/// Where the ids of trace and span are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Trace {
    /// The field with the trace's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace_field: Option<String>,
    /// The field with the span's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub span_field: Option<String>,
}

/// How lines that belong together become one record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Multiline {
    /// Which lines belong together.
    pub preset: Preset,
    /// A regex that fits the first line of a record; there exactly where the preset is custom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_pattern: Option<String>,
    /// Most lines of a record.
    pub max_lines: u32,
    /// Most bytes of a record.
    pub max_bytes: u64,
    /// How long a record waits for its next line.
    pub flush_after_ms: u64,
}
