//! What every test of the workspace shares, and the ground that end-to-end tests stand on.
//!
//! ```text
//! rounds: how often, from which seed        capability: what this machine cannot do, said aloud
//! wait: for a condition, with a deadline    ground: real Kafka, object store, Kubernetes…, on demand
//! image: files in, an OCI archive out       lines: numbered, and whether all of them came through
//! ```
//!
//! Deliberately absent: any dependency on another member, so that every member's tests may use it.

pub mod capability;
#[cfg(feature = "ground")]
pub mod ground;
#[cfg(feature = "image")]
pub mod image;
pub mod lines;
pub mod rounds;
pub mod wait;
