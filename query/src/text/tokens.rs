//! The tokenizer: what a word can be found by.
//!
//! A *word* is what stands between delimiters. It can be found whole (without signs at its ends), by the
//! segments between dividers such as `/` and `@`, and by the parts between `.`, `-` and `_`:
//!
//! ```text
//! ops@mail.example.com   ops@mail.example.com · ops · mail.example.com · mail · example · com
//! task_12                task_12 · task · 12
//! ```
//!
//! UUIDs and long numbers are never divided further (runs of hex digits cannot be): their pieces would fill
//! an index and find nothing. Each ideograph is a part. What is longer than [`MAX_TOKEN`] is no token,
//! though its parts may be.

use super::{
    chars::{Class, class, is_delimiter, is_of_word},
    fold,
};

/// In bytes, before folding. Longer runs are no words of anybody (base64, dumps) and only cost an index space.
pub const MAX_TOKEN: usize = 1024;

/// So many digits make a number long.
const LONG_NUMBER: usize = 8;
const UUID: usize = 36;

/// What stands between delimiters, in order.
pub fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(is_delimiter).filter(|word| !word.is_empty())
}

/// The parts of a text, in order: what phrases are compared by. Each character of a word that is of a word at
/// all is in exactly one of them.
pub fn parts(text: &str) -> impl Iterator<Item = &str> + Clone {
    text.split(is_delimiter).flat_map(word_parts)
}

/// The parts of one word.
pub(crate) fn word_parts(word: &str) -> impl Iterator<Item = &str> + Clone {
    segments(word).flat_map(|segment| Parts { rest: segment, whole: is_long_number(segment) })
}

/// The tokens of one word, unfolded; ends early, with true, when `found` says so.
pub(crate) fn any_token<'a>(word: &'a str, mut found: impl FnMut(&'a str) -> bool) -> bool {
    let mut is_found = |token: &'a str| token.len() <= MAX_TOKEN && found(token);
    let whole = trimmed(word);
    if whole.is_empty() {
        return false;
    }
    if is_found(whole) {
        return true;
    }
    for segment in segments(whole) {
        if segment.len() != whole.len() && is_found(segment) {
            return true;
        }
        let parts = Parts { rest: segment, whole: is_long_number(segment) };
        if parts.into_iter().any(|part| part.len() != segment.len() && is_found(part)) {
            return true;
        }
    }
    false
}

/// All tokens of a text, folded, repeated ones too. The buffer is scratch space that can be used again.
pub fn for_each_token(text: &str, buffer: &mut String, mut visit: impl FnMut(&str)) {
    for word in words(text) {
        any_token(word, |token| {
            buffer.clear();
            fold::push(token, buffer);
            visit(buffer);
            false
        });
    }
}

/// Whether a word of a query is several parts without a sign between them, as words of ideographs are: no token
/// of a line is likely to be exactly it.
pub(crate) fn is_row_of_ideographs(word: &str) -> bool {
    word.chars().any(|c| class(c) == Class::Ideograph) && parts(word).nth(1).is_some()
}

fn trimmed(word: &str) -> &str {
    word.trim_matches(|c| !is_of_word(c))
}

fn segments(word: &str) -> impl Iterator<Item = &str> + Clone {
    word.split(|c| class(c) == Class::Divider).map(trimmed).filter(|segment| !segment.is_empty())
}

/// Digits with at most one point.
fn is_long_number(segment: &str) -> bool {
    let digits = segment.bytes().filter(u8::is_ascii_digit).count();
    let points = segment.bytes().filter(|&byte| byte == b'.').count();
    digits >= LONG_NUMBER && points <= 1 && digits + points == segment.len()
}

/// `8-4-4-4-12` hex digits, and no further one.
fn begins_with_uuid(text: &str) -> bool {
    let Some((uuid, rest)) = text.as_bytes().split_at_checked(UUID) else { return false };
    let is_dash = |at: usize| matches!(at, 8 | 13 | 18 | 23);
    let fits = |(at, &byte): (usize, &u8)| if is_dash(at) { byte == b'-' } else { byte.is_ascii_hexdigit() };
    uuid.iter().enumerate().all(fits)
        && !rest.first().is_some_and(|&byte| byte >= 128 || byte.is_ascii_alphanumeric())
}

#[derive(Clone)]
struct Parts<'a> {
    rest: &'a str,
    whole: bool,
}

impl<'a> Iterator for Parts<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        if self.whole {
            self.whole = false;
            return Some(std::mem::take(&mut self.rest));
        }
        self.rest = self.rest.trim_start_matches(|c| !is_of_word(c));
        let first = self.rest.chars().next()?;
        let length = if class(first) == Class::Ideograph {
            // A mark or selector behind it belongs to it.
            let marks = self.rest[first.len_utf8()..].find(|c: char| c.is_alphanumeric() || !is_of_word(c));
            marks.map_or(self.rest.len(), |marks| first.len_utf8() + marks)
        } else if begins_with_uuid(self.rest) {
            UUID
        } else {
            self.rest.find(|c| class(c) != Class::Letter).unwrap_or(self.rest.len())
        };
        let (part, rest) = self.rest.split_at(length);
        self.rest = rest;
        Some(part)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(text: &str) -> Vec<String> {
        let mut all = Vec::new();
        for_each_token(text, &mut String::new(), |token| all.push(token.to_owned()));
        all
    }

    #[test]
    fn a_word_is_found_whole_and_by_what_it_is_made_of() {
        let rows = [
            ("Gateway timeout.", "gateway timeout"),
            ("task_12", "task_12 task 12"),
            ("/var/log/app.log", "var/log/app.log var log app.log app log"),
            ("<ops@mail.example.com>", "ops@mail.example.com ops mail.example.com mail example com"),
            ("10.0.0.1:8080", "10.0.0.1 10 0 0 1 8080"),
            ("10.0.0.1/24", "10.0.0.1/24 10.0.0.1 10 0 0 1 24"),
            ("id=550E8400-e29b-41d4-a716-446655440000", "id 550e8400-e29b-41d4-a716-446655440000"),
            (
                "order_550e8400-e29b-41d4-a716-446655440000",
                "order_550e8400-e29b-41d4-a716-446655440000 order 550e8400-e29b-41d4-a716-446655440000",
            ),
            ("at 1699999999.123", "at 1699999999.123"),
            ("took 12.5", "took 12.5 12 5"),
            ("deadbeefcafe", "deadbeefcafe"),
            ("--- *** ->", ""),
            ("Ünïcode ΛΌΓΟΣ", "ünïcode λόγοσ"),
            ("连接超时", "连接超时 连 接 超 时"),
            ("हिन्दी", "हिन्दी"),
            ("a\u{3000}b", "a b"),
            ("", ""),
        ];
        for (text, expected) in rows {
            assert_eq!(tokens(text).join(" "), expected, "{text}");
        }
    }

    #[test]
    fn what_is_too_long_is_no_token_but_its_parts_are() {
        let long = "x".repeat(MAX_TOKEN);
        assert_eq!(tokens(&format!("{long}_y")), [long.clone(), "y".to_owned()]);
        assert_eq!(tokens(&format!("{long}y")), Vec::<String>::new());
    }
}
