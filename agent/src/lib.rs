//! The node agent: from container files to Kafka.
//!
//! ```text
//! discover ──▶ tail ──▶ assemble ──▶ parse ──▶ shape ──▶ redact ──▶ batch ──▶ spool ──▶ ship
//! ```
//!
//! Deliberately absent: resources (the agent reads a compiled plan), and any decision that depends on the
//! moment instead of the bytes.
