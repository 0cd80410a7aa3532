//! The log record that every part of Sawlog hands on.
//!
//! ```text
//! severity: what users write ──▶ number and name        record: time, severity, body, attributes, resource
//! ```
//!
//! Here will also live: the wire form (OpenTelemetry log batches, encoded and decoded over borrowed bytes),
//! the message headers, stream identities, covered source intervals, and the schema check. Not built yet.
//!
//! Deliberately absent: Kubernetes, Kafka, clocks, async. This crate is pure.
