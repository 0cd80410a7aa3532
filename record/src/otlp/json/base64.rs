//! Base64: both alphabets are read, padded or not; the usual one is written, padded.

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

pub(crate) fn encoded(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let [a, b, c] = std::array::from_fn(|index| u32::from(chunk.get(index).copied().unwrap_or_default()));
        let bits = a << 16 | b << 8 | c;
        for digit in 0..4_usize {
            let index = bits >> (18 - 6 * digit) & 63;
            out.push(if digit > chunk.len() { '=' } else { DIGITS[index as usize].into() });
        }
    }
    out
}

pub(super) fn decoded(text: &str) -> Option<Vec<u8>> {
    let digits = text.trim_end_matches('=').as_bytes();
    if text.len() - digits.len() > 2 || digits.len() % 4 == 1 {
        return None;
    }
    let mut out = Vec::with_capacity(digits.len() / 4 * 3 + 2);
    for chunk in digits.chunks(4) {
        let mut bits = 0;
        for &digit in chunk {
            bits = bits << 6 | u32::from(value(digit)?);
        }
        bits <<= 6 * (4 - chunk.len());
        out.extend_from_slice(&bits.to_be_bytes()[1..chunk.len()]);
    }
    Some(out)
}

fn value(digit: u8) -> Option<u8> {
    match digit {
        b'A'..=b'Z' => Some(digit - b'A'),
        b'a'..=b'z' => Some(digit - b'a' + 26),
        b'0'..=b'9' => Some(digit - b'0' + 52),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_standards_own_examples() {
        let rows = [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
        ];
        for (bytes, text) in rows {
            assert_eq!(encoded(bytes.as_bytes()), text);
            for accepted in [text, text.trim_end_matches('=')] {
                assert_eq!(decoded(accepted).as_deref(), Some(bytes.as_bytes()));
            }
        }
        assert_eq!(decoded("-_+/"), decoded("+/-_"));
        for wrong in ["A", "AAAAA", "A=A=", "Zg===", "Z g", "é"] {
            assert_eq!(decoded(wrong), None, "{wrong}");
        }
    }
}
