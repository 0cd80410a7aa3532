//! The four kinds on a real API server: what it takes and refuses, stores, lists and explains.
//!
//! Runs on any cluster (`SAWLOG_E2E_KUBECONFIG`). What it installs besides the kinds themselves is in groups of its
//! own, for other tests use the kinds at the same time. `SAWLOG_WRITE_FIXTURES=1` keeps what the API server says.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod columns;
mod explained;
mod full;
mod installed;
mod judged;
mod malformed;
mod scaled;
mod server;
#[path = "../../../crds/tests/admission/table.rs"]
mod table;
