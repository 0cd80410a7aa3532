//! The log record that every part of Sawlog hands on.
//!
//! ```text
//! severity, value, id ──▶ record (owned) ──▶ view (borrowed) ◀──▶ otlp: a batch's bytes, or JSON
//!                                              ╰──▶ schema: valid, coerced or rejected
//! source: stream and range ──▶ headers of a message ──▶ covered: which bytes have been taken
//! ```
//!
//! Deliberately absent: Kubernetes, Kafka, clocks, async. This crate is pure.

pub mod covered;
pub mod headers;
pub mod id;
pub mod otlp;
pub mod record;
pub mod schema;
pub mod severity;
pub mod source;
pub mod value;
pub mod view;

pub use id::{SpanId, TraceId};
pub use record::{Record, Resource};
pub use severity::Severity;
pub use value::{Attributes, Value};
pub use view::{Fields, Items, ValueRef, View};
