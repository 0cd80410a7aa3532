//! The record, owned: OpenTelemetry's log record with the resource that it belongs to.
//!
//! Who only reads takes a [`View`]: it looks the same over owned records and over the bytes of a batch.

use std::sync::Arc;

use crate::{
    id::{SpanId, TraceId},
    severity::Severity,
    value::{Attributes, Value},
    view::{Fields, ValueRef, View},
};

/// One thing that was logged.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Record {
    /// When it happened, in nanoseconds since 1970; 0 is "not said".
    pub time_ns: u64,
    /// When it was first seen by us.
    pub observed_ns: u64,
    /// How bad it is.
    pub severity: Severity,
    /// How bad it is in the words of who said it.
    pub severity_text: String,
    /// What was said.
    pub body: Value,
    /// What was said beside it.
    pub attributes: Attributes,
    /// Attributes that somebody left out on the way.
    pub dropped_attributes: u32,
    /// W3C trace flags in the lowest eight bits.
    pub flags: u32,
    /// The trace that it is part of.
    pub trace_id: Option<TraceId>,
    /// The span that it is part of.
    pub span_id: Option<SpanId>,
    /// The kind of event, for records that are events.
    pub event_name: String,
    /// Who said it.
    pub resource: Arc<Resource>,
    /// With which part of the program.
    pub scope: Arc<Scope>,
}

/// Who says things: a container, usually.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Resource {
    /// By OpenTelemetry's names.
    pub attributes: Attributes,
}

/// The part of a program that says things: a logger and its version.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Scope {
    /// Often the logger's name.
    pub name: String,
    /// Of the logging library.
    pub version: String,
    /// More about it.
    pub attributes: Attributes,
}

/// The attribute of a record that says which bytes of its stream it is: `1024-1311`.
pub const RANGE: &str = "sawlog.range";

/// `service.name`
pub const SERVICE: &str = "service.name";
/// `deployment.environment.name`
pub const ENVIRONMENT: &str = "deployment.environment.name";
/// `k8s.namespace.name`
pub const NAMESPACE: &str = "k8s.namespace.name";
/// `k8s.pod.name`
pub const POD: &str = "k8s.pod.name";
/// `k8s.pod.uid`
pub const POD_UID: &str = "k8s.pod.uid";
/// `k8s.container.name`
pub const CONTAINER: &str = "k8s.container.name";
/// `k8s.node.name`
pub const NODE: &str = "k8s.node.name";

impl Record {
    /// How readers see it.
    pub fn view(&self) -> View<'_> {
        View {
            time_ns: self.time_ns,
            observed_ns: self.observed_ns,
            severity: self.severity,
            severity_text: &self.severity_text,
            body: ValueRef::from(&self.body),
            attributes: Fields::from(&self.attributes),
            dropped_attributes: self.dropped_attributes,
            flags: self.flags,
            trace_id: self.trace_id,
            span_id: self.span_id,
            event_name: &self.event_name,
            resource: Fields::from(&self.resource.attributes),
            scope_name: &self.scope.name,
            scope_version: &self.scope.version,
            scope: Fields::from(&self.scope.attributes),
        }
    }
}

impl Resource {
    /// A container of a pod.
    pub fn of_container(namespace: &str, pod: &str, container: &str) -> Self {
        let pairs = [(NAMESPACE, namespace), (POD, pod), (CONTAINER, container)];
        Self { attributes: pairs.map(|(key, value)| (key.to_owned(), value.into())).into() }
    }

    /// One of its attributes, where it is text; otherwise empty.
    pub fn text(&self, key: &str) -> &str {
        let found = self.attributes.iter().find(|(name, _)| name == key);
        found.and_then(|(_, value)| value.as_str()).unwrap_or_default()
    }
}

/// A copy that owns itself.
impl From<&View<'_>> for Record {
    fn from(view: &View<'_>) -> Self {
        Self {
            time_ns: view.time_ns,
            observed_ns: view.observed_ns,
            severity: view.severity,
            severity_text: view.severity_text.to_owned(),
            body: view.body.to_value(),
            attributes: view.attributes.to_attributes(),
            dropped_attributes: view.dropped_attributes,
            flags: view.flags,
            trace_id: view.trace_id,
            span_id: view.span_id,
            event_name: view.event_name.to_owned(),
            resource: Arc::new(Resource { attributes: view.resource.to_attributes() }),
            scope: Arc::new(Scope {
                name: view.scope_name.to_owned(),
                version: view.scope_version.to_owned(),
                attributes: view.scope.to_attributes(),
            }),
        }
    }
}
