//! A log under the desk: the Kafka protocol for one machine and for fast tests.
//!
//! ```text
//! producer ──protocol──▶ topic ──▶ segment log ──group commit──▶ disk ──▶ fetch ──▶ consumer
//! ```
//!
//! Here will live: the append-only segment log (the agent's spool uses it too) and a small server that
//! stores record batches verbatim, deduplicates idempotent producers and acknowledges after the disk has
//! synced. **Nothing of it is built yet.**
//!
//! Deliberately absent: replication, several nodes, listening beyond loopback by default. It is not a
//! distributed system and refuses to pretend; real clusters use Apache Kafka.
