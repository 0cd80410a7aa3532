//! A log under the desk: the Kafka protocol for one machine and for fast tests.
//!
//! ```text
//! producer ──protocol──▶ server ──batch──▶ log ──group commit──▶ disk ──▶ fetch ──▶ consumer
//! ```
//!
//! The segment log is a library of its own: the agent's spool uses it without the server.
//!
//! Deliberately absent: replication, several nodes, listening beyond loopback by default. It is not a
//! distributed system and refuses to pretend; real clusters use Apache Kafka.

pub mod options;
pub mod service;

pub mod server;

pub mod topic;

pub mod group;

pub mod log;

pub mod batch;

pub mod journal;

pub mod disk;

mod metrics;

pub mod reference;

pub use options::Options;
pub use service::{Handle, Service, ServiceError};
