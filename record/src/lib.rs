//! The log record that every part of Sawlog hands on.
//!
//! ```text
//! severity: what people write ──▶ number and name ──▶ record: time, body, attributes, trace, resource
//! ```
//!
//! Here will also live: attribute values with types, the wire form (OpenTelemetry log batches, encoded and
//! decoded over borrowed bytes), the message headers, stream identities, covered source intervals, and the
//! schema check. Not built yet.
//!
//! Deliberately absent: Kubernetes, Kafka, clocks, async. This crate is pure.

pub mod record;
pub mod severity;

pub use record::{Record, Resource};
pub use severity::Severity;
