//! The log record that every part of Sawlog hands on.
//!
//! ```text
//! severity, value, id ──▶ record (owned) ──▶ view (borrowed) ◀──▶ otlp: the bytes of a batch
//! ```
//!
//! Deliberately absent: Kubernetes, Kafka, clocks, async. This crate is pure.

pub mod id;
pub mod otlp;
pub mod record;
pub mod severity;
pub mod value;
pub mod view;

pub use id::{SpanId, TraceId};
pub use record::{Record, Resource};
pub use severity::Severity;
pub use value::{Attributes, Value};
pub use view::{Fields, Items, ValueRef, View};
