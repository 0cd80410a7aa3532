//! The documents between operator, agent and indexer.
//!
//! ```text
//! agent plan ─────╮                                        ╭─▶ in force ──▶ agent ────▶ applied
//! index document ─┴─▶ parts and root ──written, read──▶ document ─▶ in force ──▶ shard ──▶ shard report
//! assignment ─────╯ (one entry of the index document)
//! ```
//!
//! A document is entries by key. It has a version, and a reader accepts its own and the one before; an entry can
//! require features by name, and who does not know one rejects that entry alone and keeps the last good one. Unknown
//! fields are ignored, except under `redact`, `shape` and `limits`, where ignoring one could let a secret pass or
//! lose a line. Everything is resolved: a reader knows no defaults.
//!
//! Deliberately absent: how documents travel (objects of Kubernetes, files), and secrets.

pub mod agent_plan;
pub mod applied;
pub mod approval;
pub mod assignment;
pub mod compile;
pub mod in_force;
pub mod index_document;
pub mod parts;
pub mod schema;
pub mod shard_report;
pub mod version;
pub mod words;
