//! What a text can be meant as, for comparing: a bound of a range has no quotes that would say.
//!
//! A plain number can also be a duration or a size, in the unit of its field, and ten digits or a year can be a
//! time. So several texts are meant as the first thing that all of them can be.

use std::fmt;

use super::{address, number::Number, quantity::Quantity, time::Time};

/// What can be compared other than letter by letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// `5`
    Number,
    /// `500ms`, or a plain number
    Duration,
    /// `10MB`, or a plain number
    Size,
    /// `10.0.0.1`
    Address,
    /// `2026-03-18` or `now-1h`
    Time,
}

/// Two texts that cannot be compared: each means something, and nothing the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0} and {1}")]
pub struct Mixed(pub Meaning, pub Meaning);

impl Meaning {
    const ALL: [Self; 5] = [Self::Number, Self::Duration, Self::Size, Self::Address, Self::Time];

    /// What two texts are meant as together; nothing where one of them is just text.
    pub fn common(one: &str, other: &str) -> Result<Option<Self>, Mixed> {
        let alone = |text: &str| Self::ALL.into_iter().find(|meaning| meaning.fits(text));
        let (Some(first), Some(second)) = (alone(one), alone(other)) else { return Ok(None) };
        let shared = Self::ALL.into_iter().find(|meaning| meaning.fits(one) && meaning.fits(other));
        shared.map(Some).ok_or(Mixed(first, second))
    }

    fn fits(self, text: &str) -> bool {
        let is_number = || Number::parse(text).is_some();
        match self {
            Self::Number => is_number(),
            Self::Duration => is_number() || matches!(Quantity::parse(text), Some(Quantity::Duration(_))),
            Self::Size => is_number() || matches!(Quantity::parse(text), Some(Quantity::Size(_))),
            Self::Address => address::ordinal(text).is_some(),
            Self::Time => Time::parse(text).is_some(),
        }
    }
}

impl fmt::Display for Meaning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Number => "a number",
            Self::Duration => "a duration",
            Self::Size => "a size",
            Self::Address => "an address",
            Self::Time => "a time",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_texts_are_what_both_can_be() {
        let shown = |one, other| match Meaning::common(one, other) {
            Ok(Some(meaning)) => meaning.to_string(),
            Ok(None) => "text".to_owned(),
            Err(mixed) => format!("not {mixed}"),
        };
        let rows = [
            ("1", "2.5", "a number"),
            ("1", "5s", "a duration"),
            ("1kB", "2", "a size"),
            ("2026", "2027", "a number"),
            ("2026", "2026-03", "a time"),
            ("1700000000", "now", "a time"),
            ("10.0.0.1", "::1", "an address"),
            ("now", "zoe", "text"),
            ("5s", "zoe", "text"),
            ("5s", "5kB", "not a duration and a size"),
            ("7", "10.0.0.1", "not a number and an address"),
            ("7", "2026-03-18", "not a number and a time"),
            ("now", "5m", "not a time and a duration"),
        ];
        for (one, other, expected) in rows {
            assert_eq!(shown(one, other), expected, "{one} {other}");
        }
    }
}
