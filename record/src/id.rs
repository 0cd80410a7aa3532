//! Trace and span identifiers: fixed bytes, shown in hex.
//!
//! An identifier of zeros means "none" on the wire, so no value of these types is all zeros.

use std::fmt;

macro_rules! identifier {
    ($(#[$doc:meta])+ $name:ident, $bytes:literal) => {
        $(#[$doc])+
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; $bytes]);

        impl $name {
            /// From as many bytes as it has; nothing for any other number of bytes, and for zeros.
            pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
                let bytes: [u8; $bytes] = bytes.try_into().ok()?;
                (bytes != [0; $bytes]).then_some(Self(bytes))
            }

            /// From hex of either case.
            pub fn from_hex(text: &str) -> Option<Self> {
                let digits = text.as_bytes();
                if digits.len() != $bytes * 2 {
                    return None;
                }
                let mut bytes = [0; $bytes];
                for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
                    *byte = nibble(pair[0])? << 4 | nibble(pair[1])?;
                }
                Self::from_bytes(&bytes)
            }

            /// The bytes.
            pub fn as_bytes(&self) -> &[u8; $bytes] {
                &self.0
            }

            /// The hex digits, in lower case and on the stack, for comparing without allocating.
            pub fn hex(&self) -> [u8; $bytes * 2] {
                let mut text = [0; $bytes * 2];
                for (pair, byte) in text.chunks_exact_mut(2).zip(self.0) {
                    pair.copy_from_slice(&hex_digits(byte));
                }
                text
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(std::str::from_utf8(&self.hex()).expect("because hex digits are ASCII"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
    };
}

identifier! {
    /// The trace that a record is part of.
    TraceId, 16
}
identifier! {
    /// The span that a record is part of.
    SpanId, 8
}

/// A byte in hex, lower case.
pub(crate) fn hex_digits(byte: u8) -> [u8; 2] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]
}

/// What a hex digit of either case is worth.
pub(crate) fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_goes_both_ways_and_nothing_else_is_an_identifier() {
        let id = TraceId::from_hex("5B8EFFF798038103D269B633813FC60C").unwrap();
        assert_eq!(id.to_string(), "5b8efff798038103d269b633813fc60c");
        assert_eq!(TraceId::from_bytes(id.as_bytes()), Some(id));
        for wrong in ["", "5b8e", "5B8EFFF798038103D269B633813FC60G", &"0".repeat(32), &"é".repeat(16)] {
            assert_eq!(TraceId::from_hex(wrong), None, "{wrong}");
        }
        assert_eq!(SpanId::from_bytes(&[0; 8]), None);
    }
}
