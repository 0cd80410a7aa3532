//! Tests of text: words, phrases, patterns and regexes in the message and in fields declared as text.

use super::{
    automaton::Automaton,
    find::{LONGEST, Needle},
    phrase::Phrase,
};
use crate::{
    expression::{Atom, Pattern},
    text::{
        MAX_TOKEN,
        chars::{Class, ascii_class},
        fold, parts,
        tokens::any_token,
        words,
    },
};

/// What is asked of a text.
#[derive(Debug)]
pub(super) enum TextTest {
    /// That it is there.
    Present,
    /// This token.
    Word(Word),
    /// These parts in a row.
    Phrase(Phrase),
    /// A token like this.
    Like(Like),
    /// These characters anywhere, as they are: for what has no word in it.
    Literal(Box<str>),
    /// Nothing in it.
    Empty,
    /// Something that the regex finds.
    Regex(Automaton),
}

#[derive(Debug)]
pub(super) struct Word {
    folded: Box<str>,
    needle: Option<Needle>,
}

#[derive(Debug)]
pub(super) struct Like {
    pattern: Pattern,
    /// The longest run of characters without a wildcard.
    needle: Option<Needle>,
    has_needle: bool,
    /// `*run*`, where the run is of one word: then a token has it wherever it stands.
    is_within: bool,
}

impl TextTest {
    /// What was written without quotes.
    pub(super) fn word(text: &str) -> Self {
        if parts(text).next().is_none() {
            return Self::literal(text);
        }
        let folded = fold::to_folded(text);
        Self::Word(Word { needle: Needle::new(&folded), folded: folded.into() })
    }

    /// What was written in quotes.
    pub(super) fn phrase(text: &str) -> Self {
        if parts(text).next().is_none() { Self::literal(text) } else { Self::Phrase(Phrase::new(text)) }
    }

    /// A pattern, folded already or not.
    pub(super) fn like(pattern: &Pattern) -> Self {
        let pattern = pattern.replaced(fold::fold);
        let run = longest_run(&pattern);
        let is_plain = !run.is_empty() && run.bytes().all(|byte| byte.is_ascii_alphanumeric());
        // A longer run is found by its beginning only, which is not all of it.
        let is_within = is_plain
            && run.len() <= LONGEST
            && matches!(pattern.atoms(), [Atom::Many, middle @ .., Atom::Many] if middle.len() == run.len());
        Self::Like(Like { needle: Needle::new(&run), has_needle: !run.is_empty(), is_within, pattern })
    }

    fn literal(text: &str) -> Self {
        if text.is_empty() { Self::Empty } else { Self::Literal(text.into()) }
    }

    /// Whether a text is so.
    #[inline]
    pub(super) fn matches(&self, text: &str) -> bool {
        match self {
            Self::Present => true,
            Self::Word(word) => word.is_in(text),
            Self::Phrase(phrase) => phrase.is_in(text),
            Self::Like(like) => like.is_in(text),
            Self::Literal(literal) => memchr::memmem::find(text.as_bytes(), literal.as_bytes()).is_some(),
            Self::Empty => text.is_empty(),
            Self::Regex(regex) => regex.is_match(text),
        }
    }
}

impl Word {
    fn is_in(&self, text: &str) -> bool {
        let is_it = |token: &str| fold::equals(token, &self.folded);
        if !text.is_ascii() {
            return words(text).any(|word| any_token(word, is_it));
        }
        let Some(needle) = &self.needle else { return false };
        let bytes = text.as_bytes();
        let mut from = 0;
        while let Some(at) = needle.find(bytes, from) {
            let is_letter = |at: usize| bytes.get(at).is_some_and(|&byte| ascii_class(byte) == Class::Letter);
            // No token begins or ends between two letters.
            if (at > 0 && is_letter(at - 1)) || is_letter(at + self.folded.len()) {
                from = at + 1;
                continue;
            }
            let (start, end) = word_around(bytes, at);
            if any_token(&text[start..end], is_it) {
                return true;
            }
            from = end;
        }
        false
    }
}

impl Like {
    fn is_in(&self, text: &str) -> bool {
        let is_it = |token: &str| self.pattern.matches(fold::folded(token));
        if !text.is_ascii() || !self.has_needle {
            return words(text).any(|word| any_token(word, is_it));
        }
        let Some(needle) = &self.needle else { return false };
        let bytes = text.as_bytes();
        let mut from = 0;
        while let Some(at) = needle.find(bytes, from) {
            let (start, end) = word_around(bytes, at);
            if (self.is_within && end - start <= MAX_TOKEN) || any_token(&text[start..end], is_it) {
                return true;
            }
            from = end;
        }
        false
    }
}

/// The word that a place of an ASCII text is in.
#[inline]
pub(super) fn word_around(text: &[u8], at: usize) -> (usize, usize) {
    let is_end = |byte: &u8| ascii_class(*byte) == Class::Delimiter;
    let start = text[..at].iter().rposition(is_end).map_or(0, |end| end + 1);
    (start, word_end(text, at))
}

/// Where the word ends that a place of an ASCII text is in.
#[inline]
pub(super) fn word_end(text: &[u8], at: usize) -> usize {
    let is_end = |byte: &u8| ascii_class(*byte) == Class::Delimiter;
    text[at..].iter().position(is_end).map_or(text.len(), |length| at + length)
}

fn longest_run(pattern: &Pattern) -> String {
    let runs = pattern.atoms().split(|atom| atom.char().is_none());
    let longest = runs.max_by_key(|run| run.len()).unwrap_or_default();
    longest.iter().filter_map(|atom| atom.char()).collect()
}
