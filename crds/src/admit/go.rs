//! Values as the API server's messages show them: it is written in Go, and its users search for its words.
//!
//! Deliberately absent: anything that is not needed for a message.

use std::fmt::Write as _;

use serde_json::Value;

/// As `%q` shows a text.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{b}' => out.push_str("\\v"),
            letter if u32::from(letter) < 0x20 || letter == '\u{7f}' => {
                write(&mut out, format_args!("\\x{:02x}", u32::from(letter)));
            }
            letter if letter.is_control() || (letter.is_whitespace() && letter != ' ') => {
                write(&mut out, format_args!("\\u{:04x}", u32::from(letter)));
            }
            letter => out.push(letter),
        }
    }
    out.push('"');
    out
}

/// As `%v` shows a number.
pub(super) fn number(value: f64) -> String {
    let magnitude = value.abs();
    if magnitude != 0.0 && !(1e-4..1e21).contains(&magnitude) { scientific(value) } else { value.to_string() }
}

/// With at least two digits in the exponent.
fn scientific(value: f64) -> String {
    let text = format!("{value:e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let (sign, exponent) = exponent.strip_prefix('-').map_or(('+', exponent), |rest| ('-', rest));
    format!("{digits}e{sign}{exponent:0>2}")
}

/// As an error names the value it refuses.
pub(super) fn bad(value: &Value) -> String {
    match value {
        Value::String(text) => quoted(text),
        Value::Number(given) if given.is_f64() => number(given.as_f64().unwrap_or_default()),
        Value::Array(_) | Value::Object(_) => json(value),
        plain => plain.to_string(),
    }
}

/// As `json.Marshal` writes it: keys in order, and no letter that HTML knows.
pub(super) fn json(value: &Value) -> String {
    let mut out = String::new();
    for letter in value.to_string().chars() {
        match letter {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                write(&mut out, format_args!("\\u{:04x}", u32::from(letter)));
            }
            letter => out.push(letter),
        }
    }
    out
}

fn write(out: &mut String, text: std::fmt::Arguments<'_>) {
    out.write_fmt(text).expect("because writing to a string does not fail");
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_shown_as_in_go() {
        let cases = [
            (json!("a\"b\\\n\t\u{1}\u{7f}\u{85}é😀"), "\"a\\\"b\\\\\\n\\t\\x01\\x7f\\u0085é😀\""),
            (json!(7), "7"),
            (json!(1.5), "1.5"),
            (json!(1e21), "1e+21"),
            (json!(1e20), "100000000000000000000"),
            (json!(0.000_01), "1e-05"),
            (json!(1.5e-7), "1.5e-07"),
            (json!(null), "null"),
            (json!(true), "true"),
            (json!({"b": "<a>&", "a": [1]}), r#"{"a":[1],"b":"\u003ca\u003e\u0026"}"#),
        ];
        for (value, shown) in cases {
            assert_eq!(bad(&value), shown);
        }
    }
}
