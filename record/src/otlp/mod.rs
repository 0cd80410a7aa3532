//! OpenTelemetry's log batches (`LogsData`) as bytes, and as JSON.
//!
//! ```text
//! resource, once ─╮
//! records ────────┴─▶ encode: a batch's bytes ──▶ decode: views, one for each record
//!                                  ▲ ╰─▶ json::write ─▶ text
//!                                  ╰──── json::read ◀── text
//! ```
//!
//! The bytes are the protobuf that everybody's collectors speak; nothing of ours is added to them. Written by
//! hand, because types made by a generator cost an allocation for every string and every attribute.

pub mod decode;
pub mod encode;
pub mod json;
pub mod limits;
pub(crate) mod wire;
