//! The pieces of text a query is made of: words with escapes and wildcards, quotes, regexes.

use super::{
    cursor::Cursor,
    error::{ParseError, Problem},
    limits,
};
use crate::expression::{Atom, Pattern, Regex, RegexError, pattern::MAX_PATTERN};

/// A word as it was read: escapes resolved.
pub(super) struct Word {
    pub(super) from: usize,
    pub(super) text: String,
    /// Where it has wildcards.
    pub(super) pattern: Option<Pattern>,
    /// Whether anything in it was escaped, so that it can be no keyword.
    pub(super) is_escaped: bool,
}

/// Where a word stands, which decides what ends it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Position {
    /// Where a field's name may stand.
    Bare,
    /// Behind a field's colon.
    Value,
    /// Between the brackets of a range.
    Bound,
}

impl Position {
    fn ends(self, c: char, rest: &str) -> bool {
        match c {
            '(' | ')' | '"' => true,
            ':' | '=' | '<' | '>' => self == Self::Bare,
            '[' | ']' | '{' | '}' => self != Self::Value,
            '&' => rest.starts_with("&&"),
            '|' => rest.starts_with("||"),
            _ => c.is_whitespace(),
        }
    }
}

/// Reads a word; it is empty where none begins.
pub(super) fn word(cursor: &mut Cursor<'_>, position: Position) -> Result<Word, ParseError> {
    let from = cursor.at;
    // Nearly all words are plain ASCII without anything to resolve.
    let plain =
        cursor.rest().bytes().take_while(|&byte| byte.is_ascii_alphanumeric() || b"._-@/".contains(&byte));
    cursor.at += plain.count();
    let mut text = cursor.text[from..cursor.at].to_owned();
    let mut atoms: Option<Vec<Atom>> = None;
    let mut is_escaped = false;
    while let Some(c) = cursor.peek().filter(|&c| !position.ends(c, cursor.rest())) {
        let at = cursor.at;
        cursor.at += c.len_utf8();
        let literal = match c {
            '\\' => {
                is_escaped = true;
                let Some(escaped) = cursor.peek() else {
                    return cursor.fail_with(at, Problem::EscapeOpen, r"for the character itself write `\\`");
                };
                cursor.at += escaped.len_utf8();
                escaped
            }
            '*' | '?' => {
                let wildcard = if c == '*' { Atom::Many } else { Atom::One };
                atoms.get_or_insert_with(|| text.chars().map(Atom::Char).collect()).push(wildcard);
                continue;
            }
            _ => c,
        };
        text.push(literal);
        if let Some(atoms) = &mut atoms {
            atoms.push(Atom::Char(literal));
        }
    }
    let length = atoms.as_ref().map_or(0, Vec::len);
    if length > MAX_PATTERN {
        return cursor.fail(from, Problem::PatternLong { length, limit: MAX_PATTERN });
    }
    Ok(Word { from, text, pattern: atoms.map(Pattern::new), is_escaped })
}

/// Reads a text in double quotes, in which only `\"` and `\\` are escapes.
pub(super) fn quoted(cursor: &mut Cursor<'_>) -> Result<String, ParseError> {
    let from = cursor.at;
    cursor.at += 1;
    let mut text = String::new();
    loop {
        let Some(length) = cursor.rest().find(['"', '\\']) else {
            let advice = "close it, or write `\\\"` for the character";
            return cursor.fail_with(from, Problem::QuoteOpen, advice);
        };
        text.push_str(&cursor.rest()[..length]);
        cursor.at += length;
        if cursor.take("\"") {
            return Ok(text);
        }
        cursor.at += 1;
        match cursor.peek() {
            Some(c @ ('"' | '\\')) => {
                text.push(c);
                cursor.at += 1;
            }
            _ => text.push('\\'),
        }
    }
}

/// Reads a regex between slashes, in which `\/` is a slash; for ids without regard to case.
pub(super) fn regex(cursor: &mut Cursor<'_>, is_id: bool) -> Result<Regex, ParseError> {
    let from = cursor.at;
    cursor.at += 1;
    let mut text = String::new();
    loop {
        let Some(length) = cursor.rest().find(['/', '\\']) else {
            let advice = "close it, or quote a path: \"/var/log\"";
            return cursor.fail_with(from, Problem::RegexOpen, advice);
        };
        text.push_str(&cursor.rest()[..length]);
        cursor.at += length;
        if cursor.take("/") {
            break;
        }
        cursor.at += 1;
        if cursor.peek() != Some('/') {
            text.push('\\');
        }
        if let Some(c) = cursor.peek() {
            text.push(c);
            cursor.at += c.len_utf8();
        }
    }
    let glued = cursor.peek().filter(|c| !c.is_whitespace() && *c != ')');
    if let Some(c) = glued {
        let advice = if c == 'i' { "for any case write `/(?i)…/`" } else { "quote a path: \"/var/log\"" };
        return cursor.fail_with(cursor.at, Problem::Glued { quote: '/' }, advice);
    }
    checked(cursor, from, &text, is_id)
}

fn checked(cursor: &mut Cursor<'_>, from: usize, text: &str, is_id: bool) -> Result<Regex, ParseError> {
    let read = Regex::new(text);
    let regex = match if is_id { read.and_then(|regex| regex.in_any_case()) } else { read } {
        Ok(regex) => regex,
        Err(error) => {
            let inside = match &error {
                RegexError::Syntax { at, .. } | RegexError::Deep { at } => {
                    (from + 1 + at).min(cursor.text.len())
                }
                RegexError::Long { .. } | RegexError::Large => from,
            };
            let at = (0..=inside).rev().find(|&at| cursor.text.is_char_boundary(at)).unwrap_or(from);
            return cursor.fail(at, Problem::Regex(error));
        }
    };
    cursor.regexes += 1;
    cursor.regex_size += regex.size();
    if cursor.regexes > limits::REGEXES {
        return cursor.fail(from, Problem::ManyRegexes { limit: limits::REGEXES });
    }
    if cursor.regex_size > crate::expression::regex::MAX_SIZE {
        return cursor.fail(from, Problem::RegexesLarge);
    }
    Ok(regex)
}
