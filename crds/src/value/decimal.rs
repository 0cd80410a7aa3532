use super::text_value;

text_value! {
    /// A share of a hundred, as a decimal text: floats do not survive every client.
    Percent, max 7,
    pattern r"^[0-9]{1,3}(\.[0-9]{1,3})?$",
    expected "a percentage such as 5, 0.5 or 99.9", meaning Millionths, by millionths
}

text_value! {
    /// How many times as much, as a decimal text.
    Factor, max 7,
    pattern r"^[0-9]{1,3}(\.[0-9]{1,3})?$",
    expected "a factor such as 2, 1.5 or 10", meaning Millionths, by millionths
}

text_value! {
    /// Any amount that something is compared with, as a decimal text.
    Amount, max 20,
    pattern r"^-?[0-9]{1,12}(\.[0-9]{1,6})?$",
    expected "a number such as 500, 0.25 or -3", meaning Millionths, by millionths
}

/// A decimal without rounding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Millionths(i64);

impl Percent {
    /// In thousandths of a percent: `0.5` is 500.
    pub fn thousandths(&self) -> u32 {
        thousandths(self.meaning)
    }
}

impl Factor {
    /// In thousandths: `1.5` is 1,500.
    pub fn thousandths(&self) -> u32 {
        thousandths(self.meaning)
    }
}

impl Amount {
    /// In millionths: `0.25` is 250,000.
    pub fn millionths(&self) -> i64 {
        self.meaning.0
    }
}

fn thousandths(Millionths(number): Millionths) -> u32 {
    u32::try_from(number / 1_000).expect("because at most three digits before the point were read")
}

fn millionths(text: &str) -> Option<Millionths> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let fraction: i64 = format!("{fraction:0<6}").parse().ok()?;
    let fraction = if whole.starts_with('-') { -fraction } else { fraction };
    Some(Millionths(whole.parse::<i64>().ok()? * 1_000_000 + fraction))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_exact() {
        assert_eq!(Percent::new("0.5").unwrap().thousandths(), 500);
        assert_eq!(Percent::new("99.999").unwrap().thousandths(), 99_999);
        assert_eq!(Factor::new("10").unwrap().thousandths(), 10_000);
        assert_eq!(Amount::new("-3").unwrap().millionths(), -3_000_000);
        assert_eq!(Amount::new("-0.25").unwrap().millionths(), -250_000);
        assert_eq!(Amount::new("999999999999.000001").unwrap().millionths(), 999_999_999_999_000_001);
    }

    #[test]
    fn nothing_else_is_a_decimal() {
        for text in ["", ".", "1.", ".5", "-1", "+1", "1e3", "1000", "1.0001", "5%", " 5", "½"] {
            assert!(Percent::new(text).is_err(), "{text}");
        }
        for text in ["--1", "-", "1.0000001", "1234567890123"] {
            assert!(Amount::new(text).is_err(), "{text}");
        }
    }
}
