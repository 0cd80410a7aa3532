//! What every test of the workspace shares, and where the test ground will live.
//!
//! ```text
//! rounds: how often, from which seed        capability: what this machine cannot do, said aloud
//! ```
//!
//! Here will also live: real Kafka, a real object store and a real Kubernetes, started for tests. Not built
//! yet. Deliberately absent: any dependency on another member, so that every member's tests may use it.

pub mod capability;
pub mod rounds;
