//! How lines become records.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    choice::choice,
    rule,
    value::{AttributeName, Duration, Line, Pattern, Size, TimeZone},
};

choice! {
    /// How a line is written.
    Format {
        /// found out per container, and said in the pipeline's status
        Auto,
        /// one JSON object a line
        Json,
        /// key=value pairs
        Logfmt,
        /// klog, as Kubernetes itself writes
        Klog,
        /// syslog of RFC 3164 or RFC 5424
        Syslog,
        /// access lines of web servers: CLF, combined, nginx
        Access,
        /// named captures of `pattern`
        Pattern,
        /// the line is the message
        Raw,
    }
}

/// How lines become records. What does not parse is kept as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = [
    rule::needs("format", "Pattern", "pattern"),
    rule::only_with("pattern", "format", "Pattern"),
]))]
pub struct Parse {
    /// How a line is written; Auto where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<Format>,
    /// A regex whose named captures become fields, as in `(?P<level>\w+) (?P<message>.*)`; only with `format: Pattern`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<Pattern>,
    /// When it happened; the usual names and layouts are tried where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<TimestampField>,
    /// How bad it is; the usual names are tried where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<FieldName>,
    /// Which service it is about; the workload's where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<FieldName>,
    /// Which trace it belongs to; the usual names are tried where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<TraceFields>,
    /// How lines that belong together become one record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub multiline: Option<Multiline>,
    /// Whether the line as it was printed is kept as well, in `log.original`. It costs its size again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep_original: Option<bool>,
}

/// Where the time of a record is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TimestampField {
    /// Name of the field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<AttributeName>,
    /// How the time is written, as in `%Y-%m-%d %H:%M:%S`; the usual layouts are tried where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layout: Option<Line>,
    /// The zone of times that do not say theirs; UTC where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<TimeZone>,
}

/// Where something is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FieldName {
    /// Name of the field; dots reach into objects.
    pub field: AttributeName,
}

/// Where the ids of trace and span are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TraceFields {
    /// Name of the field with the trace's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace_field: Option<AttributeName>,
    /// Name of the field with the span's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub span_field: Option<AttributeName>,
}

choice! {
    /// Which lines belong together.
    Preset {
        /// traces of any of these languages
        Auto,
        /// none
        None,
        /// Java's stack traces
        Java,
        /// Python's tracebacks
        Python,
        /// Go's panics
        Go,
        /// .NET's exceptions
        DotNet,
        /// Node.js's errors
        NodeJs,
        /// Ruby's backtraces
        Ruby,
        /// PHP's traces
        Php,
        /// Rust's panics
        Rust,
        /// a record begins where `startPattern` fits
        Custom,
    }
}

/// How lines that belong together become one record.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = [
    rule::needs("preset", "Custom", "startPattern"),
    rule::only_with("startPattern", "preset", "Custom"),
]))]
pub struct Multiline {
    /// Which lines belong together; Auto where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preset: Option<Preset>,
    /// A regex that fits the first line of a record; only with `preset: Custom`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_pattern: Option<Pattern>,
    /// Most lines of a record; 500 where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 2, max = 10_000))]
    pub max_lines: Option<i32>,
    /// Most bytes of a record; 1Mi where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_bytes: Option<Size>,
    /// How long a record waits for its next line; 500ms where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flush_after: Option<Duration>,
}

impl Multiline {
    /// Most lines of a record.
    pub fn max_lines(&self) -> u32 {
        crate::number(self.max_lines, 500)
    }

    /// Most bytes of a record.
    pub fn max_bytes(&self) -> u64 {
        self.max_bytes.as_ref().map_or(1 << 20, Size::bytes)
    }

    /// How long a record waits for its next line.
    pub fn flush_after_ms(&self) -> u64 {
        self.flush_after.as_ref().map_or(500, Duration::millis)
    }
}
