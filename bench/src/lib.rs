//! Measures what a user gets, and makes the input that it is measured on.
//!
//! ```text
//! corpus: the input, checked ──▶ a benchmark: work, read back and verified ──▶ figures ──▶ table, JSON, docs
//!                                      ╰── harness: CPU seconds from the operating system, wall in turns
//! ```
//!
//! A wrong answer prints no figure. Deliberately absent: wall time as a judged figure (machines are shared),
//! and any timing inside unit tests.

pub mod broker;
pub mod corpus;
pub mod harness;
pub mod query;
pub mod record;
mod records;
pub mod suite;
