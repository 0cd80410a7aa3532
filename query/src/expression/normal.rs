//! The normal form: one way to say a thing.
//!
//! Nested ANDs and ORs are one; double negations, repetitions and what says nothing are gone; words of the
//! message are folded, phrases of it have single blanks, levels have their names. The order stays the
//! user's. Two queries with one normal form mean the same; two with different ones may still do so.

use std::collections::HashSet;

use sawlog_record::Severity;

use super::{Ask, Atom, Bound, Expr, Pattern, Test};
use crate::{
    field::{Field, Place},
    text::{
        chars::{is_delimiter, is_of_word},
        fold, parts, tokens,
    },
};

impl Expr {
    /// Says the same in the normal form.
    #[must_use]
    pub fn normal(self) -> Self {
        match self {
            Self::All => Self::All,
            Self::Test(test) => Self::Test(test.normal()),
            Self::Not(inner) => match inner.normal() {
                Self::Not(twice) => *twice,
                inner => Self::Not(Box::new(inner)),
            },
            Self::And(parts) => {
                let mut kept =
                    flat(parts, |part| if let Self::And(inner) = part { Ok(inner) } else { Err(part) });
                kept.retain(|part| *part != Self::All);
                joined(kept, Self::And, Self::All)
            }
            Self::Or(parts) => {
                let kept = flat(parts, |part| if let Self::Or(inner) = part { Ok(inner) } else { Err(part) });
                if kept.contains(&Self::All) {
                    Self::All
                } else {
                    joined(kept, Self::Or, Self::All.negated())
                }
            }
        }
    }
}

/// The parts in normal form, with those of the same kind taken apart and repeated ones left out.
fn flat(parts: Vec<Expr>, inner: fn(Expr) -> Result<Vec<Expr>, Expr>) -> Vec<Expr> {
    let mut all = Vec::with_capacity(parts.len());
    for part in parts {
        match inner(part.normal()) {
            Ok(several) => all.extend(several),
            Err(one) => all.push(one),
        }
    }
    if all.len() < 2 {
        return all;
    }
    let mut seen = HashSet::with_capacity(all.len());
    let is_new: Vec<bool> = all.iter().map(|part| seen.insert(part)).collect();
    drop(seen);
    let mut is_new = is_new.into_iter();
    all.retain(|_| is_new.next() == Some(true));
    all
}

/// `empty` is what none of them say: all of none hold, and none of none does.
fn joined(mut parts: Vec<Expr>, join: fn(Vec<Expr>) -> Expr, empty: Expr) -> Expr {
    match (parts.len(), parts.pop()) {
        (1, Some(only)) => only,
        (_, Some(last)) => {
            parts.push(last);
            join(parts)
        }
        (_, None) => empty,
    }
}

impl Test {
    fn normal(self) -> Self {
        let Self { field, ask } = self;
        let ask = match (field.place(), ask) {
            (_, Ask::Like(pattern)) if pattern.is_any() => Ask::Present,
            (_, Ask::Range { low: None, high: None }) => Ask::Present,
            (Place::Message, ask) => of_text(ask),
            (Place::Level, Ask::Word(text) | Ask::Phrase(text)) => Ask::Word(level(text)),
            (Place::Level, Ask::Range { low, high }) => {
                let named = |bound: Bound| Bound { value: level(bound.value), ..bound };
                Ask::Range { low: low.map(named), high: high.map(named) }
            }
            (_, Ask::Word(text)) if text.is_empty() => Ask::Phrase(text),
            (_, Ask::Phrase(text)) if is_one_part(&text) => Ask::Word(text),
            (_, ask) => ask,
        };
        Self { field, ask }
    }
}

/// What is asked of text, be it the message or a field that a schema declares as text.
pub(crate) fn of_text(ask: Ask) -> Ask {
    match ask {
        Ask::Like(pattern) => Ask::Like(like(&pattern).unwrap_or(pattern)),
        Ask::Word(text) | Ask::Phrase(text) if parts(&text).next().is_none() => Ask::Phrase(text),
        Ask::Word(text) => word(&text),
        Ask::Phrase(text) => phrase(&text),
        ask => ask,
    }
}

/// A pattern without the signs at its ends, which no token has; none where nothing but signs is in it.
pub(crate) fn like(pattern: &Pattern) -> Option<Pattern> {
    let pattern = pattern.replaced(fold::fold);
    let is_sign = |atom: &Atom| matches!(atom, Atom::Char(c) if !is_of_word(*c));
    let from = pattern.atoms().iter().position(|atom| !is_sign(atom))?;
    let to = pattern.atoms().iter().rposition(|atom| !is_sign(atom))?;
    let trimmed = Pattern::new(pattern.atoms()[from..=to].iter().copied());
    (trimmed.chars().next().is_some() || pattern.chars().next().is_none()).then_some(trimmed)
}

/// A word of the message: a token; or a phrase, where what was written is no single one.
fn word(text: &str) -> Ask {
    let trimmed = text.trim_matches(|c| !is_of_word(c));
    let is_several = trimmed.contains(is_delimiter) || tokens::is_row_of_ideographs(trimmed);
    if is_several { phrase(text) } else { Ask::Word(fold::to_folded(trimmed)) }
}

fn phrase(text: &str) -> Ask {
    let mut all = String::with_capacity(text.len());
    let mut count = 0;
    for part in parts(text) {
        if count > 0 {
            all.push(' ');
        }
        fold::push(part, &mut all);
        count += 1;
    }
    if count == 1 { Ask::Word(all) } else { Ask::Phrase(all) }
}

fn is_one_part(text: &str) -> bool {
    parts(text).next().is_some_and(|part| part.len() == text.len())
}

/// The name of a level in any spelling; numbers stay.
fn level(text: String) -> String {
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text;
    }
    Severity::from_word(&text).map_or(text, |level| level.name().to_owned())
}

/// Whether this is the message.
pub(crate) fn is_message(field: &Field) -> bool {
    field.place() == Place::Message
}
