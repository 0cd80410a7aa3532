//! Text to expression.
//!
//! ```text
//! query  := [or]                          nothing is everything
//! or     := and (("OR" | "||") and)*
//! and    := unary (["AND" | "&&"] unary)*
//! unary  := ("NOT" | "!" | "-") unary | "(" or ")" | [field ":"] value
//! value  := word | "phrase" | pattern | /regex/ | range | comparison | "(" or of values ")"
//! ```
//!
//! NOT binds closest, then AND (also where nothing is written), then OR. Everything is bounded (see [`limits`]),
//! recursion too, and reading takes time in proportion to the text.
//!
//! Deliberately absent: warnings. What is likely to be a mistake is refused, because queries also drop and
//! delete.

mod boolean;
mod cursor;
pub mod error;
pub mod limits;
mod value;
mod word;

pub use error::{ParseError, Problem};

use crate::expression::Expr;

/// Reads a query as its author wrote it. An empty one means every record.
pub fn parse(text: &str) -> Result<Expr, ParseError> {
    boolean::query(text, limits::TEXT)
}

/// Reads a normal form, which may be longer than what it was made from: `a:(1 OR 2)` names `a` twice there.
pub fn parse_normal(text: &str) -> Result<Expr, ParseError> {
    boolean::query(text, limits::NORMAL_TEXT)
}
