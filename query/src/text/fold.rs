//! Case does not matter in text: `Straße`, `STRASSE` and `strasse` are one token.
//!
//! Full case folding of Unicode, made from the tables of the standard library: lower, upper, lower again. It
//! is idempotent, and keeps letters letters; both are tested for every character there is.

/// A character folded: one character, rarely two or three.
#[inline]
pub fn fold(c: char) -> impl Iterator<Item = char> + Clone {
    let ascii = c.is_ascii().then(|| c.to_ascii_lowercase());
    let rest = (!c.is_ascii()).then(|| {
        let upper = c.to_lowercase().flat_map(char::to_uppercase);
        upper.flat_map(char::to_lowercase)
    });
    ascii.into_iter().chain(rest.into_iter().flatten())
}

/// Text folded, character by character.
#[inline]
pub fn folded(text: &str) -> impl Iterator<Item = char> + Clone + '_ {
    text.chars().flat_map(fold)
}

/// Whether a text is this one, which is folded already.
#[inline]
pub fn equals(text: &str, folded_already: &str) -> bool {
    if text.is_ascii() {
        return text.eq_ignore_ascii_case(folded_already);
    }
    folded(text).eq(folded_already.chars())
}

/// Appends a text folded.
pub fn push(text: &str, to: &mut String) {
    if text.is_ascii() {
        let from = to.len();
        to.push_str(text);
        to[from..].make_ascii_lowercase();
    } else {
        to.extend(folded(text));
    }
}

/// A folded copy.
pub fn to_folded(text: &str) -> String {
    let mut to = String::with_capacity(text.len());
    push(text, &mut to);
    to
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::chars::{Class, class};

    #[test]
    fn folding_twice_is_folding_once_and_letters_stay_letters() {
        for c in '\0'..=char::MAX {
            let once: String = fold(c).collect();
            assert_eq!(to_folded(&once), once, "{c:?}");
            let kept = once.chars().all(|folded| class(folded) == class(c) || class(c) == Class::Delimiter);
            assert!(kept, "{c:?} becomes {once:?}");
        }
    }

    #[test]
    fn case_of_all_scripts() {
        for (one, other) in [("Straße", "STRASSE"), ("ΛΌΓΟΣ", "λόγος"), ("Ёлка", "ёЛКА"), ("ﬁle", "FILE")]
        {
            assert_eq!(to_folded(one), to_folded(other));
            assert!(equals(one, &to_folded(other)));
        }
    }
}
