//! The contract everybody reads first: four kinds of YAML, and the documents compiled from them.
//!
//! ```text
//! types of the four kinds ──schema──▶ definitions ──generate──▶ config/crd/, docs/reference/
//!             │                            ╰──admit──▶ what the API server would say, without one
//!             ╰──contract::compile──▶ agent plan, index documents ──parts──▶ agents, shards
//! ```
//!
//! Deliberately absent: Kubernetes clients, Kafka, async, clocks. The same compile function serves the operator in
//! a cluster and `sawlog up` on a laptop, so it may not know which of them calls.

#![allow(
    clippy::doc_markdown,
    reason = "descriptions of fields are read in terminals, where backticks are noise"
)]

mod choice;
pub mod keys;
mod rule;
pub mod value;

pub mod refs;
pub mod selector;

pub mod pipeline;

pub mod index;

pub mod retention;

pub mod alert;

pub mod condition;

pub mod contract;
pub mod kind;
pub mod meaning;
pub mod reason;
pub mod schema;

pub mod admit;

pub mod generate;

/// A number that the schema keeps from being negative, or what it is where nobody says.
fn number(said: Option<i32>, default: u32) -> u32 {
    said.and_then(|number| u32::try_from(number).ok()).unwrap_or(default)
}
