//! How many bytes a Kubernetes quantity means. Pure.
//!
//! Fractions of a byte are rounded up. Less than a thousandth has no meaning here.

const BINARY: [&str; 6] = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
const DECIMAL: [&str; 6] = ["k", "M", "G", "T", "P", "E"];

/// The bytes; nothing when the text is no quantity of them, or more than can be counted.
pub(super) fn bytes(text: &str) -> Option<u64> {
    let end_of_number = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, suffix) = text.split_at(end_of_number);
    let (times, parts) = scale(suffix)?;
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let tenths = 10_u128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    let digits: u128 = format!("{whole}{fraction}").parse().ok()?;
    let exact = digits.checked_mul(times)?.div_ceil(tenths.checked_mul(parts)?);
    u64::try_from(exact).ok()
}

/// What a suffix multiplies by, and divides by.
fn scale(suffix: &str) -> Option<(u128, u128)> {
    let power =
        |names: &[&str]| Some(u32::try_from(names.iter().position(|name| *name == suffix)?).ok()? + 1);
    if suffix.is_empty() {
        return Some((1, 1));
    }
    if suffix == "m" {
        return Some((1, 1_000));
    }
    if let Some(power) = power(&BINARY) {
        return Some((1024_u128.pow(power), 1));
    }
    if let Some(power) = power(&DECIMAL) {
        return Some((1000_u128.pow(power), 1));
    }
    let exponent = suffix.strip_prefix(['e', 'E'])?;
    Some((10_u128.checked_pow(exponent.parse().ok()?)?, 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_bytes() {
        let table = [
            ("0", Some(0)),
            ("1234", Some(1234)),
            ("16Mi", Some(16 * 1024 * 1024)),
            ("1.5Gi", Some(3 * 512 * 1024 * 1024)),
            ("2G", Some(2_000_000_000)),
            ("1E", Some(1_000_000_000_000_000_000)),
            ("3e6", Some(3_000_000)),
            ("3E6", Some(3_000_000)),
            ("1500m", Some(2)),
            (".5Ki", Some(512)),
            ("0.0001", Some(1)),
            ("99Ei", None),
            ("", None),
            (".", None),
            ("1.2.3", None),
            ("-1", None),
            ("1 Mi", None),
            ("1Mib", None),
            ("1e-3", None),
        ];
        for (text, wanted) in table {
            assert_eq!(bytes(text), wanted, "{text:?}");
        }
    }
}
