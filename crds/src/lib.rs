//! The contract everybody reads first: four kinds of YAML, and the documents compiled from them.
//!
//! ```text
//! LogPipeline, LogIndex, RetentionPolicy, AlertRule ──admit──▶ validated resources ──compile──▶ agent plan
//!                                                                                          ╰──▶ index document
//! ```
//!
//! Here will live: the four kinds with every bound, rule and description, conditions and their reasons in
//! one table, the generator of the CRD files under `config/`, and `contract`: the versioned documents that
//! operator, agent and indexer exchange. **Nothing of it is built yet.**
//!
//! Deliberately absent: Kubernetes clients, Kafka, async, clocks. The same compile function serves the
//! operator in a cluster and `sawlog up` on a laptop, so it may not know which of them calls.

pub mod contract;
