//! Durations (`500ms`, `1h30m`) and sizes (`10MB`, `4KiB`), and the unit that a field's name gives its numbers.

use super::number::Number;

/// A number with a unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Quantity {
    /// In nanoseconds.
    Duration(f64),
    /// In bytes.
    Size(f64),
}

const DURATIONS: [(&str, f64); 11] = [
    ("ns", 1.0),
    ("us", 1e3),
    ("µs", 1e3),
    ("μs", 1e3),
    ("ms", 1e6),
    ("s", 1e9),
    ("m", 60e9),
    ("min", 60e9),
    ("h", 3600e9),
    ("d", 86_400e9),
    ("w", 604_800e9),
];
const SIZES: [(&str, f64); 11] = [
    ("B", 1.0),
    ("kB", 1e3),
    ("KB", 1e3),
    ("MB", 1e6),
    ("GB", 1e9),
    ("TB", 1e12),
    ("KiB", 1024.0),
    ("kiB", 1024.0),
    ("MiB", 1_048_576.0),
    ("GiB", 1_073_741_824.0),
    ("TiB", 1_099_511_627_776.0),
];

/// The last word of a field's name, and what its plain numbers count.
const DURATION_FIELDS: [(&str, f64); 17] = [
    ("ns", 1.0),
    ("nanos", 1.0),
    ("nanoseconds", 1.0),
    ("us", 1e3),
    ("micros", 1e3),
    ("microseconds", 1e3),
    ("ms", 1e6),
    ("millis", 1e6),
    ("milliseconds", 1e6),
    ("s", 1e9),
    ("sec", 1e9),
    ("secs", 1e9),
    ("seconds", 1e9),
    ("minutes", 60e9),
    ("mins", 60e9),
    ("hours", 3600e9),
    ("days", 86_400e9),
];
const SIZE_FIELDS: [(&str, f64); 6] =
    [("kb", 1e3), ("mb", 1e6), ("gb", 1e9), ("kib", 1024.0), ("mib", 1_048_576.0), ("gib", 1_073_741_824.0)];

fn within(table: &[(&str, f64)], name: &str) -> Option<f64> {
    table.iter().find(|(known, _)| *known == name).map(|&(_, value)| value)
}

impl Quantity {
    /// Digits and unit without a blank; durations may be several of these in a row.
    pub fn parse(text: &str) -> Option<Self> {
        let (number, unit) = split(text)?;
        if let Some(bytes) = within(&SIZES, unit) {
            return Some(Self::Size(number * bytes));
        }
        let mut total = 0.0;
        let mut rest = text;
        while !rest.is_empty() {
            // Only the first may have a sign.
            if rest.len() < text.len() && rest.starts_with(['-', '+']) {
                return None;
            }
            let (number, from_unit) = split(rest)?;
            let length = from_unit.find(|c: char| c.is_ascii_digit()).unwrap_or(from_unit.len());
            let (unit, after) = from_unit.split_at(length);
            total += number * within(&DURATIONS, unit)?;
            rest = after;
        }
        Some(Self::Duration(if text.starts_with('-') { -magnitude(text, total) } else { total }))
    }
}

/// `-1h30m` is minus ninety minutes: the sign is of the whole, though the first number carries it.
fn magnitude(text: &str, total: f64) -> f64 {
    Quantity::parse(&text[1..]).map_or(total.abs(), |positive| match positive {
        Quantity::Duration(nanos) | Quantity::Size(nanos) => nanos,
    })
}

/// The leading number and what follows it.
fn split(text: &str) -> Option<(f64, &str)> {
    let sign = usize::from(text.starts_with(['-', '+']));
    let digits = text[sign..].find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let (number, unit) = text.split_at(sign + digits);
    Some((Number::parse(number)?.as_f64(), unit))
}

/// What one of a field's plain numbers is in nanoseconds: by the end of its name (`duration_ms`,
/// `http.elapsed.seconds`), and milliseconds where the name does not say.
pub fn nanos_of_one(field: &str) -> f64 {
    within(&DURATION_FIELDS, &last_word(field)).unwrap_or(1e6)
}

/// What one of a field's plain numbers is in bytes; one where the name does not say.
pub fn bytes_of_one(field: &str) -> f64 {
    within(&SIZE_FIELDS, &last_word(field)).unwrap_or(1.0)
}

fn last_word(field: &str) -> String {
    field.rsplit(['_', '.', '-']).next().unwrap_or(field).to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_and_sizes() {
        let rows = [
            ("500ms", Quantity::Duration(5e8)),
            ("1.5s", Quantity::Duration(1.5e9)),
            ("1h30m", Quantity::Duration(5400e9)),
            ("-1h30m", Quantity::Duration(-5400e9)),
            ("2min", Quantity::Duration(120e9)),
            ("3µs", Quantity::Duration(3e3)),
            ("10MB", Quantity::Size(1e7)),
            ("4KiB", Quantity::Size(4096.0)),
            ("7B", Quantity::Size(7.0)),
        ];
        for (text, expected) in rows {
            assert_eq!(Quantity::parse(text), Some(expected), "{text}");
        }
        for text in ["", "5", "ms", "5 ms", "5m-3s", "5x", "1h30", "--5s", "5msx", "1..5s"] {
            assert_eq!(Quantity::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_name_gives_its_unit() {
        let micros = |field: &str| (nanos_of_one(field) / 1e3).to_string();
        assert_eq!(["duration_ms", "took", "http.wait.seconds"].map(micros), ["1000", "1000", "1000000"]);
        let bytes = |field: &str| bytes_of_one(field).to_string();
        assert_eq!(["size", "heap_MiB"].map(bytes), ["1", "1048576"]);
    }
}
