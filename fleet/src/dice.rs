//! Chance, by seed.
//!
//! `SplitMix64`, written out: a dozen lines whose results may never change, because the corpus is compared
//! byte for byte over years, and no crate promises that of its generators.
//! Integers only: floating point may differ between platforms. Not for secrets.

/// A stream of random numbers that depends on nothing but its seed.
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// The stream named by a seed and a place (block, container…): different places are independent.
    pub fn new(seed: u64, place: u64) -> Self {
        Self(mix(seed ^ mix(place.wrapping_add(0x5A17))))
    }

    /// Any 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        mix(self.0)
    }

    /// Evenly one of `0..end`.
    pub fn below(&mut self, end: u64) -> u64 {
        debug_assert!(end > 0);
        ((u128::from(self.bits()) * u128::from(end)) >> 64) as u64
    }

    /// Like a rank in life: half of all draws fall on few small numbers, the rest thins out below 2^`bits`.
    pub fn rank(&mut self, bits: u64) -> u64 {
        let magnitude = self.below(bits + 1);
        self.below(1 << magnitude)
    }

    /// Evenly one of a list.
    pub fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len() as u64) as usize]
    }

    /// Unevenly one of a list: the first ones most often.
    pub fn favour<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        let len = list.len() as u64;
        &list[self.below(len).min(self.below(len)) as usize]
    }

    /// A new order.
    pub fn shuffle<T>(&mut self, list: &mut [T]) {
        for last in (1..list.len()).rev() {
            list.swap(last, self.below(last as u64 + 1) as usize);
        }
    }
}

/// Scatters a number over all 64 bits; a fixed function, also used to give ranks their faces.
pub fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stream_of_a_seed_never_changes() {
        let mut dice = Dice::new(7, 0);
        let first = [dice.bits(), dice.bits(), dice.bits()];
        let mut again = Dice::new(7, 0);
        assert_eq!(first, [again.bits(), again.bits(), again.bits()]);
        assert_ne!(first[0], Dice::new(7, 1).bits());
        assert_eq!(mix(1), 0x5692_161D_100B_05E5, "the function that old corpora were made with");
    }

    #[test]
    fn shuffling_keeps_everything() {
        let mut list: Vec<u32> = (0..1000).collect();
        Dice::new(7, 0).shuffle(&mut list);
        assert_ne!(list[..10], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
        list.sort_unstable();
        assert_eq!(list, (0..1000).collect::<Vec<u32>>());
    }

    #[test]
    fn ranks_favour_the_small() {
        let mut dice = Dice::new(7, 0);
        let ranks: Vec<u64> = (0..10_000).map(|_| dice.rank(16)).collect();
        assert!(ranks.iter().all(|&rank| rank < 65_536));
        let small = ranks.iter().filter(|&&rank| rank < 256).count();
        assert!((4_000..7_000).contains(&small), "{small} of 10000");
    }
}
