//! An expression as text that parses to it again.

use std::fmt::{self, Display as _, Write as _};

use super::{Ask, Atom, Bound, Expr, Pattern, Test, normal::is_message};
use crate::field::Field;

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("*"),
            Self::Test(test) => test.fmt(f),
            Self::Not(inner) => {
                f.write_str("NOT ")?;
                within(f, inner, matches!(**inner, Self::And(_) | Self::Or(_)))
            }
            Self::And(parts) if parts.is_empty() => f.write_str("*"),
            Self::Or(parts) if parts.is_empty() => f.write_str("NOT *"),
            Self::And(parts) => between(f, parts, " AND ", |part| matches!(part, Self::Or(_) | Self::And(_))),
            Self::Or(parts) => between(f, parts, " OR ", |part| matches!(part, Self::Or(_))),
        }
    }
}

fn between(f: &mut fmt::Formatter<'_>, parts: &[Expr], join: &str, needs: fn(&Expr) -> bool) -> fmt::Result {
    for (at, part) in parts.iter().enumerate() {
        if at > 0 {
            f.write_str(join)?;
        }
        within(f, part, needs(part))?;
    }
    Ok(())
}

fn within(f: &mut fmt::Formatter<'_>, part: &Expr, parenthesised: bool) -> fmt::Result {
    if parenthesised { write!(f, "({part})") } else { part.fmt(f) }
}

impl fmt::Display for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_bare = is_message(&self.field) && !matches!(self.ask, Ask::Present | Ask::Range { .. });
        if !is_bare {
            write!(f, "{}:", Name(&self.field))?;
        }
        match &self.ask {
            Ask::Present => f.write_str("*"),
            Ask::Word(text) => Word(text, !is_bare).fmt(f),
            Ask::Phrase(text) => Quoted(text).fmt(f),
            Ask::Like(pattern) => Wild(pattern, !is_bare).fmt(f),
            Ask::Regex(regex) => slashed(f, regex.text()),
            Ask::Range { low, high } => range(f, low.as_ref(), high.as_ref()),
        }
    }
}

fn range(f: &mut fmt::Formatter<'_>, low: Option<&Bound>, high: Option<&Bound>) -> fmt::Result {
    match (low, high) {
        (None, None) => f.write_str("*"),
        (Some(low), None) => write!(f, ">{}{}", if low.inclusive { "=" } else { "" }, Word(&low.value, true)),
        (None, Some(high)) => {
            write!(f, "<{}{}", if high.inclusive { "=" } else { "" }, Word(&high.value, true))
        }
        (Some(low), Some(high)) => {
            f.write_char(if low.inclusive { '[' } else { '{' })?;
            write!(f, "{} TO {}", Word(&low.value, true), Word(&high.value, true))?;
            f.write_char(if high.inclusive { ']' } else { '}' })
        }
    }
}

/// A regex between slashes; a slash in it is escaped unless it is already.
fn slashed(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    f.write_char('/')?;
    let mut is_escaped = false;
    for c in text.chars() {
        if c == '/' && !is_escaped {
            f.write_char('\\')?;
        }
        is_escaped = c == '\\' && !is_escaped;
        f.write_char(c)?;
    }
    f.write_char('/')
}

/// A field's name: bare where it is plain, otherwise quoted.
struct Name<'a>(&'a Field);

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.0.name();
        let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '@' | '-' | '/');
        let begins = name.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '@'));
        let is_word = begins && name.chars().all(is_plain) && !is_keyword(name);
        if is_word { f.write_str(name) } else { Quoted(name).fmt(f) }
    }
}

/// A literal with its odd characters escaped; behind a field's name fewer are odd.
struct Word<'a>(&'a str, bool);

impl fmt::Display for Word<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("\"\"");
        }
        if is_keyword(self.0) {
            write!(f, "\\")?;
        }
        for (at, c) in self.0.char_indices() {
            character(f, at, c, self.1)?;
        }
        Ok(())
    }
}

/// The same for a pattern.
struct Wild<'a>(&'a Pattern, bool);

impl fmt::Display for Wild<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, atom) in self.0.atoms().iter().enumerate() {
            match atom {
                Atom::Many => f.write_char('*')?,
                Atom::One => f.write_char('?')?,
                Atom::Char(c) => character(f, at, *c, self.1)?,
            }
        }
        Ok(())
    }
}

/// One character of a word, escaped unless it can only be itself there.
fn character(f: &mut fmt::Formatter<'_>, at: usize, c: char, is_value: bool) -> fmt::Result {
    let is_plain = c.is_alphanumeric()
        || !(c.is_ascii() || c.is_whitespace() || c.is_control())
        || matches!(c, '_' | '.' | '@' | '#' | '%' | '$' | ',' | ';')
        || (is_value && matches!(c, '-' | '+'))
        || (at > 0 && matches!(c, '-' | '/' | '+' | '\''))
        || (at > 0 && is_value && matches!(c, ':' | '='));
    if !is_plain {
        f.write_char('\\')?;
    }
    f.write_char(c)
}

/// Words that mean something when they are bare. AND, OR and NOT in lower case are refused as a likely slip.
pub(crate) fn is_keyword(word: &str) -> bool {
    word == "TO" || ["AND", "OR", "NOT"].iter().any(|keyword| keyword.eq_ignore_ascii_case(word))
}

/// Text between double quotes.
struct Quoted<'a>(&'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        for c in self.0.chars() {
            if matches!(c, '"' | '\\') {
                f.write_char('\\')?;
            }
            f.write_char(c)?;
        }
        f.write_char('"')
    }
}
