//! What a query says: tests of fields, joined by AND, OR and NOT.
//!
//! ```text
//! parse ──▶ expression ──normal──▶ normal form ──print──▶ text that parses to the same normal form
//! ```
//!
//! An expression is plain data that can be built by hand as well as parsed; only regexes check themselves when
//! they are made. Literals stay as they were written (`now-1h`, `500ms`): what they mean is the matcher's.

pub mod normal;
pub mod pattern;
pub mod print;
pub mod regex;

use crate::field::Field;
pub use pattern::{Atom, Pattern};
pub use regex::{Regex, RegexError};

/// A query, or a part of one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Expr {
    /// Every record.
    All,
    /// What one field has to be like.
    Test(Test),
    /// Every record that the other does not match.
    Not(Box<Expr>),
    /// What all of them match.
    And(Vec<Expr>),
    /// What at least one of them matches.
    Or(Vec<Expr>),
}

/// What one field has to be like.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Test {
    /// Of which field.
    pub field: Field,
    /// What is asked of it.
    pub ask: Ask,
}

/// What is asked of a field.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Ask {
    /// That it is there.
    Present,
    /// Without quotes: in text a token, elsewhere the value.
    Word(String),
    /// In quotes: in text consecutive words, elsewhere the value.
    Phrase(String),
    /// With `*` and `?`: in text for one token, elsewhere for the whole value.
    Like(Pattern),
    /// Between slashes: in text anywhere, elsewhere the whole value.
    Regex(Regex),
    /// Between two bounds, of which one may be open.
    Range {
        /// The lower bound.
        low: Option<Bound>,
        /// The upper bound.
        high: Option<Bound>,
    },
}

/// An end of a range.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Bound {
    /// As it was written.
    pub value: String,
    /// Whether the value itself is in the range.
    pub inclusive: bool,
}

impl Expr {
    /// One test.
    pub fn test(field: Field, ask: Ask) -> Self {
        Self::Test(Test { field, ask })
    }

    /// Both; for conditions that the caller adds, such as the namespaces that somebody may read.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self::And(vec![self, other])
    }

    /// The opposite.
    #[must_use]
    pub fn negated(self) -> Self {
        Self::Not(Box::new(self))
    }
}
