//! What nobody may misread: redaction, shaping and limits.
//!
//! An unknown field here is an error of the entry. Elsewhere it is ignored; here that could let a secret leave the
//! node, or drop what was to be kept.

use serde::{Deserialize, Serialize};

use crate::contract::words::{Detector, Level, OnExceed, OnOversize, RedactMode};

/// What never leaves the node: the pipeline's wishes and the platform's minimum in one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Redact {
    /// What is recognised; each detector once.
    pub detectors: Vec<DetectorRule>,
    /// Patterns, those of the minimum first.
    pub patterns: Vec<PatternRule>,
    /// Fields whose values are redacted whatever they are; each once.
    pub fields: Vec<FieldRule>,
    /// Fields that are looked at only for the minimum.
    pub skip_fields: Vec<String>,
}

/// One thing that is recognised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DetectorRule {
    /// What.
    pub detector: Detector,
    /// What stands there instead.
    pub mode: RedactMode,
    /// Whether it belongs to the platform's minimum; then it looks at skipped fields, too.
    pub minimum: bool,
}

/// One pattern.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PatternRule {
    /// What it is called in what stands there instead.
    pub name: String,
    /// A regex; where it has a capture called `secret`, only that is redacted.
    pub pattern: String,
    /// What stands there instead.
    pub mode: RedactMode,
    /// Whether it belongs to the platform's minimum; then it looks at skipped fields, too.
    pub minimum: bool,
}

/// One field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FieldRule {
    /// Its name.
    pub name: String,
    /// What stands there instead.
    pub mode: RedactMode,
}

/// One step of shaping. Each has a name, for counters and summaries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum Step {
    /// Drops the records that a query finds.
    Drop {
        /// What the step is called.
        name: String,
        /// The query.
        when: String,
    },
    /// Drops the records that a query does not find.
    Keep {
        /// What the step is called.
        name: String,
        /// The query.
        when: String,
    },
    /// Keeps a share of the records.
    Sample {
        /// What the step is called.
        name: String,
        /// The share that is kept, in thousandths of a percent.
        keep_millipercent: u32,
        /// Levels that are all kept.
        keep_levels: Vec<Level>,
        /// A field whose equal values are kept or dropped together. Absent: the trace's id, or else stream and offset.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        key: Option<String>,
    },
    /// Gives a field another name.
    Rename {
        /// What the step is called.
        name: String,
        /// What the field is called.
        from: String,
        /// What it shall be called.
        to: String,
    },
    /// Adds a field; one that is there already stays as it is.
    Add {
        /// What the step is called.
        name: String,
        /// Name of the field.
        field: String,
        /// Its value.
        value: String,
        /// For which records: a query, and an empty one finds all.
        when: String,
    },
    /// Removes fields.
    Remove {
        /// What the step is called.
        name: String,
        /// Names of the fields.
        fields: Vec<String>,
    },
}

/// How much one container may print.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Limits {
    /// Lines in a second, on average.
    pub lines_per_second: u64,
    /// Lines at once.
    pub burst_lines: u64,
    /// Bytes in a second. Where the pipeline names no limit, as many as its lines could have.
    pub bytes_per_second: u64,
    /// Bytes of one line.
    pub max_line_bytes: u64,
    /// What becomes of a longer line.
    pub on_oversize: OnOversize,
    /// What becomes of lines beyond the other limits.
    pub on_exceed: OnExceed,
}
