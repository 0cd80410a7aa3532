//! Walking over the batches of a segment.

use std::path::Path;

use super::{LogError, failed};
use crate::{
    batch::{Fields, HEADER},
    disk::{self, DiskFile},
};

/// So much is read at once: headers of small batches come together, of large ones one by one.
const AHEAD: u64 = 4 << 10;

/// The headers of a segment from a position on, one after the other.
pub(super) struct Headers<'a> {
    file: &'a dyn DiskFile,
    path: &'a Path,
    /// Where the next one begins.
    position: u64,
    /// Nothing is read behind it.
    limit: u64,
    ahead: Vec<u8>,
    ahead_at: u64,
}

impl<'a> Headers<'a> {
    /// `position` has to be the beginning of a batch.
    pub(super) fn new(file: &'a dyn DiskFile, path: &'a Path, position: u64, limit: u64) -> Self {
        Self { file, path, position, limit, ahead: Vec::new(), ahead_at: position }
    }

    /// The next one, and where its batch begins. Nothing at the limit.
    pub(super) fn next(&mut self) -> Result<Option<(u64, Fields)>, LogError> {
        if self.position >= self.limit {
            return Ok(None);
        }
        let damaged =
            |why: String| LogError::Damaged { path: self.path.to_owned(), position: self.position, why };
        if self.limit - self.position < HEADER as u64 {
            return Err(damaged("a header that ends too early".to_owned()));
        }
        let behind = self.ahead_at + self.ahead.len() as u64;
        if self.position < self.ahead_at || self.position + HEADER as u64 > behind {
            let wanted = AHEAD.min(self.limit - self.position);
            self.ahead.resize(usize::try_from(wanted).unwrap_or(HEADER), 0);
            disk::read_exactly(self.file, &mut self.ahead, self.position)
                .map_err(failed("read", self.path))?;
            self.ahead_at = self.position;
        }
        let from = usize::try_from(self.position - self.ahead_at).unwrap_or(usize::MAX);
        let header = self.ahead.get(from..).and_then(|bytes| bytes.first_chunk());
        let header = header.expect("because it was read above");
        let fields = Fields::read(header).map_err(|error| damaged(error.to_string()))?;
        let begin = self.position;
        if begin + fields.bytes as u64 > self.limit {
            return Err(damaged(format!("a batch of {} bytes that ends too early", fields.bytes)));
        }
        self.position = begin + fields.bytes as u64;
        Ok(Some((begin, fields)))
    }
}
