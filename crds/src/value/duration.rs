use super::text_value;

text_value! {
    /// How long: `0s`, or a whole number with one unit of `ms s m h d w`.
    ///
    /// One unit and at most six digits, so that rules of the API server can compare two of them.
    Duration, max 8,
    pattern r"^(0s|[1-9][0-9]{0,5}(ms|s|m|h|d|w))$",
    expected "a duration such as 500ms, 30s, 5m, 24h or 30d", meaning u64, by millis
}

impl Duration {
    /// In milliseconds.
    pub fn millis(&self) -> u64 {
        self.meaning
    }
}

fn millis(text: &str) -> Option<u64> {
    let (number, unit) = split(text)?;
    let unit = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        "w" => 604_800_000,
        _ => return None,
    };
    Some(number * unit)
}

/// The number, and the unit behind it.
pub(super) fn split(text: &str) -> Option<(u64, &str)> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    Some((number.parse().ok()?, unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_unit_has_its_length() {
        let rows = [("0s", 0), ("1ms", 1), ("5s", 5_000), ("5m", 300_000), ("24h", 86_400_000)];
        for (text, expected) in rows.into_iter().chain([("30d", 2_592_000_000), ("2w", 1_209_600_000)]) {
            assert_eq!(Duration::new(text).unwrap().millis(), expected, "{text}");
        }
    }

    #[test]
    fn nothing_else_is_a_duration() {
        for text in ["", "0", "0m", "05s", "5", "s", "5 s", "1h30m", "-5s", "1.5h", "1000000s", "5S", "5y"] {
            let error = Duration::new(text).unwrap_err().to_string();
            assert!(error.starts_with("expected a duration such as"), "{text}: {error}");
        }
    }
}
