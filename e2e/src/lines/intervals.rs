//! A set of numbers, kept as the stretches it is made of.

use std::{collections::BTreeMap, fmt, ops::RangeInclusive};

/// A set of numbers. It takes as much room as it has stretches without a gap.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Intervals {
    /// First and last of every stretch. Two of them never touch.
    stretches: BTreeMap<u64, u64>,
}

/// How many stretches are shown to people; the others are counted.
const SHOWN: usize = 6;

impl Intervals {
    /// Adds a number; false if it is there already.
    pub fn insert(&mut self, number: u64) -> bool {
        let before = self.stretches.range(..=number).next_back().map(|(first, last)| (*first, *last));
        if before.is_some_and(|(_, last)| number <= last) {
            return false;
        }
        let joins = |end: u64| end.checked_add(1) == Some(number);
        let first = before.filter(|(_, last)| joins(*last)).map_or(number, |(first, _)| first);
        let after = number.checked_add(1).and_then(|next| self.stretches.remove(&next));
        self.stretches.insert(first, after.unwrap_or(number));
        true
    }

    /// What is missing in a stretch.
    #[must_use]
    pub fn missing(&self, within: RangeInclusive<u64>) -> Self {
        let (mut next, end) = within.into_inner();
        let mut gaps = Self::default();
        for (first, last) in &self.stretches {
            if *first > end || next > end {
                break;
            }
            if next < *first {
                gaps.stretches.insert(next, first - 1);
            }
            let Some(behind) = last.checked_add(1) else { return gaps };
            next = next.max(behind);
        }
        if next <= end {
            gaps.stretches.insert(next, end);
        }
        gaps
    }

    /// The stretches, in order.
    pub fn stretches(&self) -> impl Iterator<Item = RangeInclusive<u64>> {
        self.stretches.iter().map(|(first, last)| *first..=*last)
    }

    /// Whether there is no number in it.
    pub fn is_empty(&self) -> bool {
        self.stretches.is_empty()
    }

    /// How many numbers there are.
    pub fn count(&self) -> u64 {
        self.stretches
            .iter()
            .fold(0, |count, (first, last)| (last - first).saturating_add(1).saturating_add(count))
    }

    /// The smallest number.
    pub fn first(&self) -> Option<u64> {
        self.stretches.first_key_value().map(|(first, _)| *first)
    }

    /// The greatest number.
    pub fn last(&self) -> Option<u64> {
        self.stretches.last_key_value().map(|(_, last)| *last)
    }
}

/// `17–19, 240 and 1,204`; the first few of many.
impl fmt::Display for Intervals {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = self.stretches.len();
        let shown = if all > SHOWN { SHOWN - 1 } else { all };
        for (place, (first, last)) in self.stretches.iter().take(shown).enumerate() {
            let between = match place {
                0 => "",
                _ if place + 1 == all => " and ",
                _ => ", ",
            };
            write!(out, "{between}{}", grouped(*first))?;
            if first < last {
                write!(out, "–{}", grouped(*last))?;
            }
        }
        match all - shown {
            0 => Ok(()),
            more => write!(out, " and {} stretches more", grouped(more as u64)),
        }
    }
}

/// `48,210`
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(numbers: impl IntoIterator<Item = u64>) -> Intervals {
        let mut set = Intervals::default();
        for number in numbers {
            set.insert(number);
        }
        set
    }

    #[test]
    fn stretches_that_touch_become_one() {
        let set = of([3, 1, 2, 7, 5, 6]);
        assert_eq!(set.stretches().collect::<Vec<_>>(), [1..=3, 5..=7]);
        assert_eq!((set.count(), set.first(), set.last()), (6, Some(1), Some(7)));
        assert_eq!(of(1..=1_000_000).stretches.len(), 1);
        let odd_then_even = of((1..10_000).step_by(2).chain((2..10_000).step_by(2)));
        assert_eq!(odd_then_even.stretches().collect::<Vec<_>>(), [1..=9_999]);
    }

    #[test]
    fn the_ends_of_what_can_be_counted_are_no_special_case() {
        let mut set = of([u64::MAX, 0]);
        assert!(!set.insert(u64::MAX) && !set.insert(0));
        assert!(set.insert(u64::MAX - 1));
        assert_eq!(set.missing(0..=u64::MAX).stretches().collect::<Vec<_>>(), [1..=u64::MAX - 2]);
    }

    #[test]
    fn gaps_are_only_looked_for_where_they_are_asked_for() {
        let set = of([3, 4, 8]);
        assert_eq!(set.missing(1..=10).to_string(), "1–2, 5–7 and 9–10");
        assert_eq!(set.missing(4..=6).to_string(), "5–6");
        assert!(set.missing(3..=4).is_empty());
        assert_eq!(of([]).missing(1..=3).to_string(), "1–3");
    }

    #[test]
    fn people_see_the_first_few() {
        assert_eq!(of([17, 18, 19, 240]).to_string(), "17–19 and 240");
        assert_eq!(of([48_210, 1_048_210]).to_string(), "48,210 and 1,048,210");
        assert_eq!(of((1..13).step_by(2)).to_string(), "1, 3, 5, 7, 9 and 11");
        assert_eq!(of((1..20).step_by(2)).to_string(), "1, 3, 5, 7, 9 and 5 stretches more");
    }
}
