//! What bounds a query, so that no text is slow to read or costly to keep.

/// Bytes of a query.
pub const TEXT: usize = 8 * 1024;
/// Bytes of a normal form: every clause of the longest query with the longest name.
pub const NORMAL_TEXT: usize = 1024 * 1024;
/// Parentheses and NOTs within each other.
pub const DEPTH: usize = 64;
/// Conditions.
pub const CLAUSES: usize = 1024;
/// Regexes: each keeps caches of a megabyte or two when it is used.
pub const REGEXES: usize = 32;
