//! OpenTelemetry's log batches as bytes.

pub(crate) mod wire;
