//! OTLP as JSON, both ways: text to a batch's bytes, and a batch's bytes to text.
//!
//! What is read becomes bytes and not records, so that it has one more form on the way to nowhere: whoever takes
//! JSON sends the bytes on, or decodes them like any others. Memory stays below a small multiple of the text.
//!
//! Accepted as protobuf's JSON mapping and OpenTelemetry's differences from it say: 64-bit numbers as text or as
//! numbers, ids in hex of either case, bytes in either alphabet of base64, enumerations as number or name, field
//! names in either spelling, null for "not said", and unknown fields anywhere. Written: the one form that every
//! reader takes.

mod base64;
mod read;
mod table;
mod write;

use super::{decode::DecodeError, limits::LimitExceeded};

pub use read::read;
pub use write::write;

pub(crate) use base64::encoded as base64;

/// Why text is no batch.
#[derive(Debug, thiserror::Error)]
pub enum JsonError {
    /// No JSON, or not what a field holds; says where.
    #[error("{0}")]
    Text(serde_json::Error),
    /// Too much of something.
    #[error(transparent)]
    Limit(#[from] LimitExceeded),
    /// Bytes that cannot be written as JSON, because they are no batch.
    #[error(transparent)]
    Bytes(#[from] DecodeError),
}
