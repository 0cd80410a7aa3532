//! Which characters end a word, which divide it, and which are of it.
//!
//! [`DELIMITERS`] is the one constant that tokenizer and template splitter share. All other characters are
//! classed by [`class`]; the table for ASCII is computed from the constant at compile time.

/// What ends a word: blanks, brackets, quotes and the signs that stand between words and never inside one.
pub const DELIMITERS: &str = concat!(
    "\t\n\u{b}\u{c}\r !\"&'(),:;<=>?[]`{|}",
    "\u{85}\u{a0}\u{1680}\u{2000}\u{2001}\u{2002}\u{2003}\u{2004}\u{2005}\u{2006}\u{2007}\u{2008}\u{2009}",
    "\u{200a}\u{2018}\u{2019}\u{201c}\u{201d}\u{2028}\u{2029}\u{202f}\u{205f}\u{3000}",
    "、。「」『』【】《》！（），：；？",
);

/// What a character is for the tokenizer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Ends a word; see [`DELIMITERS`].
    Delimiter,
    /// Divides a word into segments: `/ \ @ # $ % * + ^ ~`, controls and symbols.
    Divider,
    /// Divides a segment into parts, and joins them into a name: `. - _`.
    Joiner,
    /// A letter of a script that puts no blanks between words; a part by itself.
    Ideograph,
    /// Letters, digits and marks.
    Letter,
}

const ASCII: [Class; 128] = ascii();

const fn ascii() -> [Class; 128] {
    let mut table = [Class::Divider; 128];
    let mut code = 0;
    while code < 128u8 {
        if code.is_ascii_alphanumeric() {
            table[code as usize] = Class::Letter;
        } else if matches!(code, b'.' | b'-' | b'_') {
            table[code as usize] = Class::Joiner;
        }
        code += 1;
    }
    let delimiters = DELIMITERS.as_bytes();
    let mut at = 0;
    while at < delimiters.len() {
        if delimiters[at] < 128 {
            table[delimiters[at] as usize] = Class::Delimiter;
        }
        at += 1;
    }
    table
}

/// Symbols and punctuation beyond ASCII, in order. Whatever is not here and no delimiter belongs to a word:
/// letters of all scripts, and the marks, joiners and selectors without which many scripts break apart.
const SYMBOLS: [(char, char); 14] = [
    ('\u{80}', '\u{a9}'),
    ('\u{ab}', '\u{b4}'),
    ('\u{b6}', '\u{b9}'),
    ('\u{bb}', '\u{bf}'),
    ('\u{d7}', '\u{d7}'),
    ('\u{f7}', '\u{f7}'),
    ('\u{2010}', '\u{205e}'),
    ('\u{2190}', '\u{2bff}'),
    ('\u{2e00}', '\u{2e7f}'),
    ('\u{3001}', '\u{303f}'),
    ('\u{fe10}', '\u{fe6f}'),
    ('\u{ff01}', '\u{ff0f}'),
    ('\u{ff1a}', '\u{ff65}'),
    ('\u{fffd}', '\u{fffd}'),
];

/// Han, kana: written without blanks.
const IDEOGRAPHS: [(char, char); 6] = [
    ('\u{3040}', '\u{30ff}'),
    ('\u{31f0}', '\u{31ff}'),
    ('\u{3400}', '\u{4dbf}'),
    ('\u{4e00}', '\u{9fff}'),
    ('\u{f900}', '\u{faff}'),
    ('\u{20000}', '\u{3ffff}'),
];

/// The class of a character.
#[inline]
pub fn class(c: char) -> Class {
    match u8::try_from(c) {
        Ok(code) if code < 128 => ASCII[usize::from(code)],
        _ => beyond_ascii(c),
    }
}

/// The class of an ASCII byte.
#[inline]
pub(crate) fn ascii_class(byte: u8) -> Class {
    ASCII[usize::from(byte & 127)]
}

fn beyond_ascii(c: char) -> Class {
    let within = |ranges: &[(char, char)]| ranges.iter().any(|&(first, last)| first <= c && c <= last);
    if DELIMITERS.contains(c) {
        Class::Delimiter
    } else if within(&IDEOGRAPHS) {
        Class::Ideograph
    } else if within(&SYMBOLS) && !c.is_alphanumeric() {
        Class::Divider
    } else {
        Class::Letter
    }
}

/// Whether a word ends here.
#[inline]
pub fn is_delimiter(c: char) -> bool {
    class(c) == Class::Delimiter
}

/// Whether a token may begin or end with it.
#[inline]
pub fn is_of_word(c: char) -> bool {
    matches!(class(c), Class::Letter | Class::Ideograph)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_constant_and_the_classes_agree() {
        for c in '\0'..=char::MAX {
            assert_eq!(DELIMITERS.contains(c), class(c) == Class::Delimiter, "{c:?}");
        }
        assert!(('\0'..=char::MAX).filter(|c| c.is_whitespace()).all(is_delimiter));
    }

    #[test]
    fn letters_and_marks_of_all_scripts_are_of_words() {
        let letters = ('\0'..=char::MAX).filter(|c| c.is_alphanumeric());
        assert!(letters.into_iter().all(is_of_word));
        for mark in ['\u{301}', '\u{94d}', '\u{200d}', '\u{fe0f}', '🔥'] {
            assert!(is_of_word(mark), "{mark:?}");
        }
        assert!(!['…', '→', '–', '°', '\u{fffd}', '/', '_'].into_iter().any(is_of_word));
    }
}
