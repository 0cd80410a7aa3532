//! Checksums: FNV-1a folded to 64 bits for sets, and sums of them that do not depend on order.
//!
//! Not for secrets and not for what is stored: both sides of a comparison are computed in the same run.

use std::hash::Hasher;

use sawlog_fleet::dice::mix;

/// FNV-1a, finished by a scatter.
#[derive(Debug, Clone, Copy)]
pub struct Hash64(u64);

impl Default for Hash64 {
    fn default() -> Self {
        Self(0xCBF2_9CE4_8422_2325)
    }
}

impl Hash64 {
    /// Of some bytes.
    pub fn of(bytes: &[u8]) -> u64 {
        let mut hash = Self::default();
        hash.write(bytes);
        hash.finish()
    }
}

impl Hasher for Hash64 {
    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3);
        }
    }

    fn finish(&self) -> u64 {
        mix(self.0)
    }
}

/// How many there were, and a sum of their checksums: equal whatever the order, different when one is
/// missing, doubled or changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many.
    pub count: u64,
    /// The sum.
    pub sum: u64,
}

impl Tally {
    /// Counts one, made of parts.
    pub fn add(&mut self, parts: &[&[u8]]) {
        let mut hash = Hash64::default();
        for part in parts {
            hash.write(part);
            hash.write(b"\0");
        }
        self.count += 1;
        self.sum = self.sum.wrapping_add(hash.finish());
    }

    /// Counts what another one counted.
    pub fn merge(&mut self, other: Self) {
        self.count += other.count;
        self.sum = self.sum.wrapping_add(other.sum);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tally_sees_what_is_missing_doubled_or_changed() {
        let tally = |parts: &[&[u8]]| {
            let mut tally = Tally::default();
            for part in parts {
                tally.add(&[part]);
            }
            tally
        };
        let whole = tally(&[b"a", b"b", b"c"]);
        assert_eq!(whole, tally(&[b"c", b"a", b"b"]));
        for other in [tally(&[b"a", b"b"]), tally(&[b"a", b"b", b"b"]), tally(&[b"a", b"b", b"d"])] {
            assert_ne!(whole, other);
        }
    }
}
