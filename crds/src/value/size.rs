use super::{duration::split, text_value};

text_value! {
    /// How much: bytes, or a whole number with one of `Ki Mi Gi Ti`.
    Size, max 12,
    pattern r"^[1-9][0-9]{0,9}(Ki|Mi|Gi|Ti)?$",
    expected "a size such as 1048576, 512Ki, 64Mi or 20Gi", meaning u64, by bytes
}

impl Size {
    /// In bytes.
    pub fn bytes(&self) -> u64 {
        self.meaning
    }
}

fn bytes(text: &str) -> Option<u64> {
    let (number, unit) = split(text)?;
    let shift = match unit {
        "" => 0,
        "Ki" => 10,
        "Mi" => 20,
        "Gi" => 30,
        "Ti" => 40,
        _ => return None,
    };
    Some(number.saturating_mul(1 << shift)) // 16 EiB and more are all the same
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_unit_has_its_size() {
        let rows = [("1", 1), ("512Ki", 524_288), ("64Mi", 67_108_864), ("20Gi", 21_474_836_480)];
        for (text, expected) in rows.into_iter().chain([("9999Ti", 9_999 << 40)]) {
            assert_eq!(Size::new(text).unwrap().bytes(), expected, "{text}");
        }
    }

    #[test]
    fn nothing_else_is_a_size() {
        for text in ["", "0", "0Gi", "1G", "1 Gi", "1gi", "1.5Gi", "-1Gi", "12345678901", "Gi"] {
            assert!(Size::new(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_largest_that_the_pattern_allows_does_not_wrap() {
        assert_eq!(Size::new("9999999999Gi").unwrap().bytes(), 9_999_999_999 << 30);
        assert_eq!(Size::new("9999999999Ti").unwrap().bytes(), u64::MAX);
    }
}
