//! The record: OpenTelemetry's log record with the resource that it belongs to.

use crate::severity::Severity;

/// One thing that was logged.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Record {
    /// When it happened, in nanoseconds since 1970.
    pub time_ns: u64,
    /// How bad it is.
    pub severity: Severity,
    /// What was said.
    pub body: String,
    /// What was said beside it, by key, as text.
    pub attributes: Vec<(String, String)>,
    /// The trace that it is part of, in hex.
    pub trace_id: Option<String>,
    /// The span that it is part of, in hex.
    pub span_id: Option<String>,
    /// Who said it.
    pub resource: Resource,
}

/// The container that said it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Resource {
    /// `k8s.namespace.name`
    pub namespace: String,
    /// `k8s.pod.name`
    pub pod: String,
    /// `k8s.container.name`
    pub container: String,
}
