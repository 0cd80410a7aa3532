//! From resources to what runs.
//!
//! ```text
//! resolve ──▶ validate ──▶ plan ──▶ build ──▶ apply ──▶ observe ──▶ report
//!  (I/O)      (pure)       (pure)   (pure)    (effect)   (effect)   (effect)
//! ```
//!
//! Here will live: one such row of steps per kind, the topic ledger, the rollout planner, the lease that
//! lets one replica write, and `run.rs`, the only place that spawns. **Nothing of it is built yet.**
//!
//! Deliberately absent: admission webhooks (schema and rules refuse at the API server, the rest is a
//! condition), and any knowledge of how agents and indexers work inside: they read documents.
