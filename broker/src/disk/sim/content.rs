//! What is in one file: what a reader sees, and what a loss of power leaves of it.
//!
//! * A page that was written is *dirty* until a sync carries it over.
//! * A page whose sync failed is *forgotten*: readers see it, no later sync carries it over unless it is written
//!   again, and the next time it is fetched from the disk it is what the disk has. Linux does so.

use std::{collections::BTreeSet, ops::Range};

use super::chance::Chance;

/// What a disk writes as one, if nothing goes wrong.
pub const PAGE: usize = 4096;
/// What a disk writes as one even when power is lost, if nothing goes wrong.
pub const SECTOR: usize = 512;

#[derive(Debug, Clone, Default)]
pub(super) struct Content {
    seen: Vec<u8>,
    kept: Vec<u8>,
    dirty: BTreeSet<usize>,
    forgotten: BTreeSet<usize>,
}

impl Content {
    pub(super) fn seen(&self) -> &[u8] {
        &self.seen
    }

    /// Other bytes in its place, as if they had always been there.
    pub(super) fn put(&mut self, bytes: Vec<u8>) {
        *self = Self { kept: bytes.clone(), seen: bytes, ..Self::default() };
    }

    pub(super) fn write(&mut self, bytes: &[u8], position: usize) {
        if bytes.is_empty() {
            return;
        }
        let end = position + bytes.len();
        if end > self.seen.len() {
            self.set_len(end);
        }
        self.seen[position..end].copy_from_slice(bytes);
        self.touch(position..end);
    }

    pub(super) fn set_len(&mut self, len: usize) {
        let before = self.seen.len();
        self.seen.resize(len, 0);
        if len > before {
            self.touch(before..len);
        } else {
            // The rest of the last page is zeros from now on.
            let cut = len.div_ceil(PAGE);
            _ = self.dirty.split_off(&cut);
            _ = self.forgotten.split_off(&cut);
            if !len.is_multiple_of(PAGE) {
                self.dirty.insert(len / PAGE);
            }
        }
    }

    fn touch(&mut self, bytes: Range<usize>) {
        for page in bytes.start / PAGE..bytes.end.div_ceil(PAGE) {
            self.dirty.insert(page);
            self.forgotten.remove(&page);
        }
    }

    pub(super) fn sync(&mut self) {
        self.kept.resize(self.seen.len(), 0);
        for page in std::mem::take(&mut self.dirty) {
            copy(&self.seen, &mut self.kept, page * PAGE..(page + 1) * PAGE);
        }
    }

    /// A sync that fails: some pages reached the disk, none is written again.
    pub(super) fn fail_sync(&mut self, chance: &mut Chance) {
        if chance.one_in(2) {
            self.kept.resize(self.seen.len(), 0);
        }
        for page in std::mem::take(&mut self.dirty) {
            if chance.one_in(4) {
                copy(&self.seen, &mut self.kept, page * PAGE..(page + 1) * PAGE);
            }
            self.forgotten.insert(page);
        }
    }

    /// Forgotten pages are fetched from the disk again, and differ from what was seen.
    pub(super) fn drop_caches(&mut self) {
        for page in std::mem::take(&mut self.forgotten) {
            let range = clip(&self.seen, page * PAGE..(page + 1) * PAGE);
            self.seen[range.clone()].fill(0);
            copy(&self.kept, &mut self.seen, range);
        }
    }

    /// What is there after a loss of power.
    pub(super) fn lose_power(&mut self, chance: &mut Chance) {
        let len = self.len_after_loss(chance);
        let mut after = std::mem::take(&mut self.kept);
        after.resize(len, 0);
        for page in self.dirty.union(&self.forgotten) {
            let range = clip(&after, page * PAGE..(page + 1) * PAGE);
            match chance.below(8) {
                0..3 => {}
                3..6 => copy(&self.seen, &mut after, range),
                6 => {
                    for start in range.step_by(SECTOR) {
                        if chance.one_in(2) {
                            copy(&self.seen, &mut after, start..start + SECTOR);
                        }
                    }
                }
                _ => spoil(&self.seen, &mut after, range, chance),
            }
        }
        self.put(after);
    }

    /// A length that was not synced may be the old one, the new one, or anything.
    fn len_after_loss(&self, chance: &mut Chance) -> usize {
        let (seen, kept) = (self.seen.len(), self.kept.len());
        if seen == kept {
            return seen;
        }
        match chance.below(4) {
            0 => kept,
            1 => seen,
            2 => seen.min(kept) + chance.index(seen.abs_diff(kept) + 1),
            // Space is taken in whole pages, and the length says so before the bytes are there.
            _ if seen > kept => seen.next_multiple_of(PAGE),
            _ => kept,
        }
    }
}

fn clip(bytes: &[u8], range: Range<usize>) -> Range<usize> {
    range.start.min(bytes.len())..range.end.min(bytes.len())
}

/// Copies what both have of a range.
fn copy(from: &[u8], to: &mut [u8], range: Range<usize>) {
    let range = clip(from, clip(to, range));
    to[range.clone()].copy_from_slice(&from[range]);
}

/// A page half written: new up to somewhere, then old, and perhaps a bit that is neither.
///
/// Bytes that were to stay as they are do: a disk that ruins them keeps no promise at all.
fn spoil(from: &[u8], to: &mut [u8], range: Range<usize>, chance: &mut Chance) {
    let differs = |at: &usize| from.get(*at) != to.get(*at);
    let changed: Vec<usize> = range.clone().filter(differs).collect();
    if changed.is_empty() {
        return;
    }
    let torn = range.start + chance.index(range.len());
    copy(from, to, range.start..torn);
    if chance.one_in(2) {
        to[changed[chance.index(changed.len())]] ^= 1 << chance.below(8);
    }
}
