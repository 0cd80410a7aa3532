//! The documents between operator, agent and indexer.
pub mod assignment;
