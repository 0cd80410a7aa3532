//! Numbers, whole and floating, compared without losing digits where both are whole.

use std::cmp::Ordering;

/// A number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Number {
    /// Without a point.
    Int(i64),
    /// With a point, an exponent, or too large for the other.
    Float(f64),
}

impl Number {
    /// Digits with an optional sign, point and exponent; never `inf` or `nan`.
    pub fn parse(text: &str) -> Option<Self> {
        let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
        let digits = unsigned.strip_prefix('.').unwrap_or(unsigned);
        if !digits.starts_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        if let Ok(whole) = text.parse() {
            return Some(Self::Int(whole));
        }
        text.parse().ok().filter(|float: &f64| float.is_finite()).map(Self::Float)
    }

    /// As a floating number, for units and sums.
    pub fn as_f64(self) -> f64 {
        match self {
            Self::Int(whole) => whole as f64,
            Self::Float(float) => float,
        }
    }

    /// Which is larger; nothing is comparable to not-a-number.
    pub fn compare(self, other: Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Int(one), Self::Int(other)) => Some(one.cmp(&other)),
            _ => self.as_f64().partial_cmp(&other.as_f64()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_what_only_looks_like_them() {
        assert_eq!(Number::parse("-42"), Some(Number::Int(-42)));
        assert_eq!(Number::parse("1e3"), Some(Number::Float(1000.0)));
        assert_eq!(Number::parse(".5"), Some(Number::Float(0.5)));
        assert_eq!(Number::parse("18446744073709551615"), Some(Number::Float(18_446_744_073_709_551_615.0)));
        for text in ["", "-", "inf", "nan", "-inf", "1_000", "0x10", "1e999", "12ms", "1.2.3"] {
            assert_eq!(Number::parse(text), None, "{text}");
        }
        let big = Number::Int(9_007_199_254_740_993);
        assert_eq!(big.compare(Number::Int(9_007_199_254_740_992)), Some(Ordering::Greater));
        assert_eq!(Number::Int(1).compare(Number::Float(f64::NAN)), None);
    }
}
