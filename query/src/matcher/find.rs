//! Finds folded ASCII text in ASCII text of any case, by its rarest byte.
//!
//! Only a first look: whether what was found is a token is decided by the tokenizer.

use memchr::{memchr, memchr2};

/// Letters of log lines, the commonest first; what is not among them is rarer.
const COMMON: &[u8] = b" etaoinsrlcd0mpu12gh.f-by35v476w_98kx/:";
/// Longer needles are looked for by their beginning, which bounds the cost of near misses.
pub(super) const LONGEST: usize = 32;

/// What is looked for.
#[derive(Debug, Clone)]
pub(super) struct Needle {
    folded: Box<[u8]>,
    /// Where its rarest byte is.
    rare: usize,
    lower: u8,
    upper: u8,
}

impl Needle {
    /// `None` where it cannot be found like this: it is empty or not ASCII.
    pub(super) fn new(folded: &str) -> Option<Self> {
        if folded.is_empty() || !folded.is_ascii() {
            return None;
        }
        let bytes = &folded.as_bytes()[..folded.len().min(LONGEST)];
        let rare = (0..bytes.len()).max_by_key(|&at| rarity(bytes[at])).unwrap_or(0);
        let lower = bytes[rare];
        Some(Self { folded: bytes.into(), rare, lower, upper: lower.to_ascii_uppercase() })
    }

    /// How rarely a look at its rarest byte will be in vain; more is rarer.
    pub(super) fn rarity(&self) -> (usize, usize) {
        (rarity(self.lower), self.folded.len())
    }

    /// The first place from here on.
    #[inline]
    pub(super) fn find(&self, text: &[u8], from: usize) -> Option<usize> {
        let mut at = from + self.rare;
        loop {
            let rest = text.get(at..)?;
            let found = if self.lower == self.upper {
                memchr(self.lower, rest)
            } else {
                memchr2(self.lower, self.upper, rest)
            };
            at += found?;
            let start = at - self.rare;
            let candidate = text.get(start..start + self.folded.len())?;
            if candidate.eq_ignore_ascii_case(&self.folded) {
                return Some(start);
            }
            at += 1;
        }
    }
}

fn rarity(byte: u8) -> usize {
    COMMON.iter().position(|&common| common == byte).unwrap_or(COMMON.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_is_found_whatever_the_case() {
        let needle = Needle::new("wait").unwrap();
        let text = b"Wait, aWAITed: waiwait";
        let mut places = Vec::new();
        let mut from = 0;
        while let Some(at) = needle.find(text, from) {
            places.push(at);
            from = at + 1;
        }
        assert_eq!(places, [0, 7, 18]);
        assert!(needle.find(b"wai", 0).is_none() && needle.find(b"", 0).is_none());
        assert!(Needle::new("").is_none() && Needle::new("é").is_none());
    }
}
