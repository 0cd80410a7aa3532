//! Consecutive parts of a text, in time that is proportional to it (Knuth, Morris and Pratt over parts).

use super::{find::Needle, text::word_around};
use crate::text::{fold, parts, tokens::word_parts};

/// A row of parts.
#[derive(Debug)]
pub(super) struct Phrase {
    /// Folded.
    parts: Box<[Box<str>]>,
    /// For each number of parts that fit: how many of them still do when the next one does not.
    retry: Box<[usize]>,
    /// Of the rarest part: without it there is no need to look closer.
    rarest: Option<Needle>,
    /// Of the first part, where a row can begin.
    first: Option<Needle>,
}

impl Phrase {
    /// Of a text with at least one part.
    pub(super) fn new(text: &str) -> Self {
        let parts: Box<[Box<str>]> = parts(text).map(|part| fold::to_folded(part).into()).collect();
        let needles = parts.iter().filter_map(|part| Needle::new(part));
        let rarest = needles.max_by_key(Needle::rarity);
        let first = parts.first().and_then(|part| Needle::new(part));
        Self { retry: retry(&parts), rarest, first, parts }
    }

    /// Whether the text has all of them in a row.
    pub(super) fn is_in(&self, text: &str) -> bool {
        if !text.is_ascii() {
            return self.step_over(&mut 0, parts(text));
        }
        let (Some(rarest), Some(first)) = (&self.rarest, &self.first) else { return false };
        let bytes = text.as_bytes();
        if rarest.find(bytes, 0).is_none() {
            return false;
        }
        let mut from = 0;
        while let Some(at) = first.find(bytes, from) {
            let (mut start, mut end) = word_around(bytes, at);
            let mut fitting = 0;
            // Word by word, as long as a row has begun.
            loop {
                if self.step_over(&mut fitting, word_parts(&text[start..end])) {
                    return true;
                }
                if fitting == 0 || end >= bytes.len() {
                    break;
                }
                start = end + 1;
                end = super::text::word_end(bytes, start);
            }
            from = end;
        }
        false
    }

    fn step_over<'a>(&self, fitting: &mut usize, parts: impl Iterator<Item = &'a str>) -> bool {
        for part in parts {
            loop {
                if fold::equals(part, &self.parts[*fitting]) {
                    *fitting += 1;
                    break;
                }
                if *fitting == 0 {
                    break;
                }
                *fitting = self.retry[*fitting];
            }
            if *fitting == self.parts.len() {
                return true;
            }
        }
        false
    }
}

fn retry(parts: &[Box<str>]) -> Box<[usize]> {
    let mut retry = vec![0; parts.len() + 1];
    let mut fitting = 0;
    for at in 1..parts.len() {
        while fitting > 0 && parts[at] != parts[fitting] {
            fitting = retry[fitting];
        }
        fitting += usize::from(parts[at] == parts[fitting]);
        retry[at + 1] = fitting;
    }
    retry.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_found_also_where_one_begins_within_another() {
        let rows = [
            ("gateway timeout", "Gateway-Timeout!", true),
            ("gateway timeout", "gateway: timeout", true),
            ("gateway timeout", "gateway read timeout", false),
            ("gateway timeout", "timeout gateway", false),
            ("a a b", "a a a b", true),
            ("a b a b c", "a b a b a b c", true),
            ("a b a b c", "a b a b", false),
            ("gateway timeout", "über gateway timeout", true),
            ("way timeout", "gateway timeout", false),
            ("var log", "/var/log/app", true),
            ("log app", "/var/log/app", true),
        ];
        for (phrase, text, expected) in rows {
            assert_eq!(Phrase::new(phrase).is_in(text), expected, "{phrase} in {text}");
        }
    }
}
