//! From Kafka to answers.
//!
//! ```text
//! consume ──▶ check ──▶ build ──▶ seal ──▶ publish ──▶ merge ──▶ age: hot, warm, cold, gone
//!                          ╰──▶ tail ──▶ alerts            ╰──▶ search, aggregate, export
//! ```
//!
//! Here will live: segments (templates, variables, postings), shards with their manifests and covered
//! intervals, tiers, search and live tail over HTTP, alert evaluation, and the web page in `indexer/ui`.
//! **Nothing of it is built yet.**
//!
//! Deliberately absent: parsing of text (the agent did it, once), resources (the operator compiled them
//! into an index document), and any write-ahead log of its own: Kafka is that log.
