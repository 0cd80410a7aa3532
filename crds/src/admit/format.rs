//! Formats of texts as the API server checks them: lenient in places, and word for word the same here.
//!
//! Deliberately absent: the many other formats; a definition that uses one is refused.

/// A format that is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    DateTime,
    Date,
}

impl Format {
    /// Sizes of numbers and formats that the API server does not know have no effect there.
    pub(super) fn of(name: Option<&str>) -> Result<Option<Self>, &'static str> {
        match name {
            None | Some("" | "int32" | "int64" | "float" | "double" | "password") => Ok(None),
            Some("date-time") => Ok(Some(Self::DateTime)),
            Some("date") => Ok(Some(Self::Date)),
            Some(_) => Err("its format"),
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::DateTime => "date-time",
            Self::Date => "date",
        }
    }

    pub(super) fn fits(self, text: &str) -> bool {
        match self {
            Self::Date => is_date(text),
            Self::DateTime => is_date_time(text),
        }
    }
}

fn is_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    let shaped = bytes.len() == 10
        && bytes.iter().enumerate().all(|(index, byte)| match index {
            4 | 7 => *byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    shaped && text.parse::<jiff::civil::Date>().is_ok()
}

/// Hours to 23, minutes and seconds to 59; the zone's digits are free, and so is what follows a second `t`.
fn is_date_time(text: &str) -> bool {
    let lower = text.to_lowercase();
    let mut parts = lower.split('t');
    let (Some(date), Some(time)) = (parts.next(), parts.next()) else { return false };
    let two = |range: std::ops::Range<usize>, most: &str| {
        time.get(range).is_some_and(|part| part.bytes().all(|byte| byte.is_ascii_digit()) && part <= most)
    };
    let colon = |index: usize| time.as_bytes().get(index) == Some(&b':');
    let clock = two(0..2, "23") && colon(2) && two(3..5, "59") && colon(5) && two(6..8, "59");
    is_date(date) && clock && time.get(8..).is_some_and(is_fraction_and_zone)
}

fn is_fraction_and_zone(text: &str) -> bool {
    let is_zone = |zone: &str| match zone.as_bytes() {
        [b'z'] => true,
        [b'+' | b'-', a, b, b':', c, d] => [a, b, c, d].iter().all(|byte| byte.is_ascii_digit()),
        _ => false,
    };
    if is_zone(text) {
        return true;
    }
    let mut letters = text.chars();
    let any_but_a_line_end = letters.next().is_some_and(|letter| letter != '\n');
    let rest = letters.as_str();
    let digits = rest.len() - rest.trim_start_matches(|letter: char| letter.is_ascii_digit()).len();
    any_but_a_line_end && digits > 0 && is_zone(&rest[digits..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_judged_as_by_the_api_server() {
        for good in [
            "2026-03-01T10:15:00Z",
            "2026-03-01t10:15:00z",
            "2026-03-01T10:15:00.123456789+01:00",
            "2026-03-01T10:15:00,1Z",
            "2024-02-29T00:00:00-99:99",
        ] {
            assert!(Format::DateTime.fits(good), "{good}");
        }
        for wrong in [
            "",
            "tomorrow",
            "2026-03-01",
            "2026-03-01T10:15:00",
            "2026-02-29T00:00:00Z",
            "2026-03-01T24:00:00Z",
            "2026-03-01T10:60:00Z",
            "2026-03-01T10:15:60Z",
            "2026-03-01 10:15:00Z",
            "26-03-01T10:15:00Z",
            "2026-03-01T10:15:00.Z",
            "2026-03-01T10:15:00é1Z x",
        ] {
            assert!(!Format::DateTime.fits(wrong), "{wrong}");
        }
        assert!(Format::Date.fits("2026-03-01") && !Format::Date.fits("2026-3-1"));
    }
}
