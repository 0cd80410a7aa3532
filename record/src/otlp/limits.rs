//! How much is too much: one row of limits, and an error that names the one that was passed.

use std::fmt;

/// What one batch may hold. Whoever reads from strangers lowers it; nobody needs to raise it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a batch, as protobuf or as JSON.
    pub batch_bytes: usize,
    /// Records of a batch.
    pub records: usize,
    /// Bytes of a record, as protobuf.
    pub record_bytes: usize,
    /// Keys in one map, and values in one list.
    pub fields: usize,
    /// Lists and maps inside one another.
    pub depth: usize,
}

impl Limits {
    /// What Sawlog's own parts write and read.
    pub const DEFAULT: Self = Self {
        batch_bytes: 16 * 1024 * 1024,
        records: 65_536,
        record_bytes: 4 * 1024 * 1024,
        fields: 4_096,
        depth: 24,
    };
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// Which limit was passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// [`Limits::batch_bytes`]
    BatchBytes,
    /// [`Limits::records`]
    Records,
    /// [`Limits::record_bytes`]
    RecordBytes,
    /// [`Limits::fields`]
    Fields,
    /// [`Limits::depth`]
    Depth,
}

/// More than a limit allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("more than {allowed} {limit}")]
pub struct LimitExceeded {
    /// Which one.
    pub limit: Limit,
    /// How much it allows.
    pub allowed: usize,
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BatchBytes => "bytes in a batch (limit batch_bytes)",
            Self::Records => "records in a batch (limit records)",
            Self::RecordBytes => "bytes in a record (limit record_bytes)",
            Self::Fields => "values in one list or map (limit fields)",
            Self::Depth => "lists and maps inside one another (limit depth)",
        })
    }
}

impl Limit {
    /// Whether `found` is still allowed.
    #[inline]
    pub(crate) fn allows(self, found: usize, allowed: usize) -> Result<(), LimitExceeded> {
        if found > allowed { Err(LimitExceeded { limit: self, allowed }) } else { Ok(()) }
    }
}
