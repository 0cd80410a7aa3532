//! A place in the text of a query.

use super::{
    error::{ParseError, Problem, column},
    limits,
};
use crate::field::Field;

/// A text that is being read, and what has been counted in it.
pub(super) struct Cursor<'a> {
    pub(super) text: &'a str,
    pub(super) at: usize,
    pub(super) depth: usize,
    pub(super) clauses: usize,
    pub(super) regexes: usize,
    pub(super) regex_size: usize,
}

/// What a value is about: the message, or the field before the colon.
#[derive(Clone, Copy)]
pub(super) struct Scope<'f> {
    /// `None` is the message, unnamed.
    pub(super) field: Option<&'f Field>,
    /// Within the parentheses of a field.
    pub(super) is_group: bool,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0, depth: 0, clauses: 0, regexes: 0, regex_size: 0 }
    }

    pub(super) fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    pub(super) fn peek(&self) -> Option<char> {
        let byte = *self.text.as_bytes().get(self.at)?;
        if byte < 128 { Some(char::from(byte)) } else { self.rest().chars().next() }
    }

    pub(super) fn skip_blanks(&mut self) {
        while self.peek().is_some_and(char::is_whitespace) {
            self.at += self.peek().map_or(0, char::len_utf8);
        }
    }

    pub(super) fn take(&mut self, prefix: &str) -> bool {
        let is_here = self.rest().starts_with(prefix);
        if is_here {
            self.at += prefix.len();
        }
        is_here
    }

    /// Takes a word in capital letters, if it stands here alone.
    pub(super) fn take_keyword(&mut self, keyword: &str) -> bool {
        let is_here = self.is_keyword(keyword);
        if is_here {
            self.at += keyword.len();
        }
        is_here
    }

    pub(super) fn is_keyword(&self, keyword: &str) -> bool {
        let behind = |rest: &str| {
            rest.is_empty()
                || rest.starts_with(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | '"' | '!'))
        };
        self.rest().strip_prefix(keyword).is_some_and(behind)
    }

    pub(super) fn fail<T>(&self, at: usize, problem: Problem) -> Result<T, ParseError> {
        Err(self.error(at, problem, None))
    }

    pub(super) fn fail_with<T>(
        &self,
        at: usize,
        problem: Problem,
        suggestion: impl Into<String>,
    ) -> Result<T, ParseError> {
        Err(self.error(at, problem, Some(suggestion.into())))
    }

    pub(super) fn error(&self, at: usize, problem: Problem, suggestion: Option<String>) -> ParseError {
        ParseError { at, column: column(self.text, at), problem, suggestion }
    }

    /// One level deeper, and back with [`Self::up`].
    pub(super) fn down(&mut self, at: usize) -> Result<(), ParseError> {
        self.depth += 1;
        if self.depth > limits::DEPTH {
            return self.fail(at, Problem::Deep { limit: limits::DEPTH });
        }
        Ok(())
    }

    pub(super) fn up(&mut self) {
        self.depth -= 1;
    }

    pub(super) fn count_clause(&mut self, at: usize) -> Result<(), ParseError> {
        self.clauses += 1;
        if self.clauses > limits::CLAUSES {
            return self.fail(at, Problem::ManyClauses { limit: limits::CLAUSES });
        }
        Ok(())
    }
}

/// The beginning of what was found, for a message.
pub(super) fn excerpt(text: &str) -> String {
    const LONG: usize = 24;
    let end = text.find(char::is_whitespace).unwrap_or(text.len());
    let mut shown: String = text[..end].chars().take(LONG).collect();
    if shown.len() < end {
        shown.push('…');
    }
    shown
}
