//! The node agent: from container files to Kafka.
//!
//! ```text
//! discover ──▶ tail ──▶ assemble ──▶ parse ──▶ shape ──▶ redact ──▶ batch ──▶ spool ──▶ ship
//!  RawFile      RawLine  Assembled    Record
//! ```
//!
//! What stands today is the first thread through it: files are found by looking, lines are followed over a
//! rotation, partial lines are joined, the top level of a JSON line is understood. There are no cursors, so
//! a restart reads from the beginning; shape and everything behind it is not built.
//!
//! Deliberately absent: resources (the agent will read a compiled plan), and any decision that depends on
//! the moment instead of the bytes.

pub mod assemble;
pub mod discover;
pub mod parse;
pub mod tail;
