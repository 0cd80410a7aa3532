//! What a plain word in YAML means to kubectl: YAML 1.1, as the library behind it reads that.
//!
//! `yes`, `off` and `y` are booleans, `010` is eight, `1e3` is the whole number 1000, and what looks like a
//! time is text. Base-60 numbers are text. Deliberately absent: tags other than those of plain values.

/// A plain value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Scalar {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text,
}

const TRUE: [&str; 11] = ["y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"];
const FALSE: [&str; 11] = ["n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"];
const NULL: [&str; 5] = ["", "~", "null", "Null", "NULL"];
/// Numbers of YAML that JSON does not have.
const ENDLESS: [&str; 12] =
    [".nan", ".NaN", ".NAN", ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF", "-.inf", "-.Inf", "-.INF"];

/// A number that JSON does not have.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Endless;

/// What the word means.
pub(super) fn plain(word: &str) -> Result<Scalar, Endless> {
    if TRUE.contains(&word) {
        return Ok(Scalar::Bool(true));
    }
    if FALSE.contains(&word) {
        return Ok(Scalar::Bool(false));
    }
    if NULL.contains(&word) {
        return Ok(Scalar::Null);
    }
    if ENDLESS.contains(&word) {
        return Err(Endless);
    }
    let number = match word.as_bytes().first() {
        Some(b'.') => float(word),
        Some(b'0'..=b'9' | b'+' | b'-') => {
            let digits = word.replace('_', "");
            integer(&digits).or_else(|| float(&digits))
        }
        _ => None,
    };
    Ok(number.unwrap_or(Scalar::Text))
}

/// With a sign and a base in front, if it has one; a leading nought is base eight.
fn integer(text: &str) -> Option<Scalar> {
    let (negative, rest) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let lower = rest.to_ascii_lowercase();
    let (base, digits) = match lower.as_bytes() {
        [b'0', b'x', ..] => (16, &lower[2..]),
        [b'0', b'o', ..] => (8, &lower[2..]),
        [b'0', b'b', ..] => (2, &lower[2..]),
        [b'0', _, ..] => (8, &lower[1..]),
        _ => (10, lower.as_str()),
    };
    if digits.starts_with(['+', '-']) {
        return None;
    }
    let magnitude = i128::from(u64::from_str_radix(digits, base).ok()?);
    match i64::try_from(if negative { -magnitude } else { magnitude }) {
        Ok(whole) => Some(Scalar::Int(whole)),
        // Between the largest whole number and twice of it: it arrives as a float. Below, it is none.
        Err(_) if !negative && !text.starts_with('+') => Some(Scalar::Float(magnitude as f64)),
        Err(_) => None,
    }
}

/// Digits with a point or an exponent; a whole value becomes a whole number, as on its way through JSON.
fn float(text: &str) -> Option<Scalar> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) =
        unsigned.split_once(['e', 'E']).map_or((unsigned, None), |(before, after)| (before, Some(after)));
    let (whole, part) =
        mantissa.split_once('.').map_or((mantissa, None), |(before, after)| (before, Some(after)));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let shaped = digits(whole)
        && part.is_none_or(digits)
        && (!whole.is_empty() || part.is_some_and(|part| !part.is_empty()))
        && exponent.is_none_or(|text| {
            let text = text.strip_prefix(['+', '-']).unwrap_or(text);
            !text.is_empty() && digits(text)
        });
    let value = shaped.then(|| text.parse::<f64>().ok()).flatten().filter(|value| value.is_finite())?;
    // Go writes what is whole and below 1e21 without a point, and the server reads that as a whole number.
    let fits = value.fract() == 0.0 && value.abs() < 9_223_372_036_854_775_808.0;
    #[allow(clippy::cast_possible_truncation, reason = "it is whole and fits")]
    Some(if fits { Scalar::Int(value as i64) } else { Scalar::Float(value) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_mean_what_they_mean_to_kubectl() {
        let cases = [
            ("yes", Scalar::Bool(true)),
            ("Off", Scalar::Bool(false)),
            ("y", Scalar::Bool(true)),
            ("yEs", Scalar::Text),
            ("~", Scalar::Null),
            ("", Scalar::Null),
            ("nULL", Scalar::Text),
            ("12", Scalar::Int(12)),
            ("+12", Scalar::Int(12)),
            ("-12", Scalar::Int(-12)),
            ("1_000", Scalar::Int(1000)),
            ("010", Scalar::Int(8)),
            ("08", Scalar::Int(8)),
            ("0o17", Scalar::Int(15)),
            ("0x1F", Scalar::Int(31)),
            ("-0b11", Scalar::Int(-3)),
            ("1e3", Scalar::Int(1000)),
            ("1.0", Scalar::Int(1)),
            ("1.", Scalar::Int(1)),
            ("1.5", Scalar::Float(1.5)),
            (".5", Scalar::Float(0.5)),
            ("9223372036854775807", Scalar::Int(i64::MAX)),
            ("9223372036854775808", Scalar::Float(9_223_372_036_854_775_808.0)),
            ("1:30", Scalar::Text),
            ("2026-01-01", Scalar::Text),
            ("2026-01-01T00:00:00Z", Scalar::Text),
            ("1e999", Scalar::Text),
            ("1.2.3", Scalar::Text),
            ("--1", Scalar::Text),
            ("-", Scalar::Text),
            ("0x", Scalar::Text),
            (".", Scalar::Text),
            ("48h", Scalar::Text),
            ("é", Scalar::Text),
        ];
        for (word, meant) in cases {
            assert_eq!(plain(word), Ok(meant), "{word:?}");
        }
        assert_eq!(plain("-.Inf"), Err(Endless));
    }
}
