//! The template splitter: the words of a line that change are told from those that stay.
//!
//! A word with a digit is a variable; everything else, delimiters included, is static. The pieces in order
//! are the line, byte for byte. The words are the tokenizer's, so a piece never cuts a token.
//!
//! Deliberately absent: numbering of templates and budgets of them; that is the index's.

use super::chars::is_delimiter;

/// A stretch of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Whole words without a digit, and the delimiters around them.
    Static(&'a str),
    /// One word with a digit.
    Variable(&'a str),
}

impl<'a> Piece<'a> {
    /// Its text.
    pub fn text(self) -> &'a str {
        let (Self::Static(text) | Self::Variable(text)) = self;
        text
    }
}

/// The pieces of a line, none of them empty; two static ones never follow each other.
pub fn pieces(line: &str) -> impl Iterator<Item = Piece<'_>> {
    Pieces { rest: line, variable: 0 }
}

struct Pieces<'a> {
    rest: &'a str,
    /// So much of the rest is a variable that was found behind a static piece.
    variable: usize,
}

impl<'a> Iterator for Pieces<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        if self.rest.is_empty() {
            return None;
        }
        if self.variable == 0 {
            let (from, to) = next_variable(self.rest).unwrap_or((self.rest.len(), self.rest.len()));
            self.variable = to - from;
            if from > 0 {
                return Some(Piece::Static(self.take(from)));
            }
        }
        let length = std::mem::take(&mut self.variable);
        Some(Piece::Variable(self.take(length)))
    }
}

impl<'a> Pieces<'a> {
    fn take(&mut self, length: usize) -> &'a str {
        let (piece, rest) = self.rest.split_at(length);
        self.rest = rest;
        piece
    }
}

/// Where the first word with a digit begins and ends.
fn next_variable(text: &str) -> Option<(usize, usize)> {
    let digit = text.find(char::is_numeric)?;
    let from = text[..digit].char_indices().rev().find(|&(_, c)| is_delimiter(c));
    let to = text[digit..].find(is_delimiter).map_or(text.len(), |length| digit + length);
    Some((from.map_or(0, |(at, c)| at + c.len_utf8()), to))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_with_digits_are_variables() {
        let shown = |line: &str| -> String {
            let show = |piece: Piece<'_>| match piece {
                Piece::Static(text) => text.to_owned(),
                Piece::Variable(text) => format!("«{text}»"),
            };
            pieces(line).map(show).collect()
        };
        let rows = [
            ("user bob took 12ms at 10.0.0.1:8080", "user bob took «12ms» at «10.0.0.1»:«8080»"),
            ("task_12", "«task_12»"),
            ("no digit here", "no digit here"),
            ("7", "«7»"),
            ("a=1,b=2", "a=«1»,b=«2»"),
            ("", ""),
        ];
        for (line, expected) in rows {
            assert_eq!(shown(line), expected);
        }
    }
}
