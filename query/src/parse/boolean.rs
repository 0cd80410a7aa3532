//! AND, OR, NOT and parentheses.

use super::{
    cursor::{Cursor, Scope, excerpt},
    error::{ParseError, Problem},
    value,
};
use crate::expression::Expr;

const OPERAND: &str = "a word, a phrase or a field";

pub(super) fn query(text: &str, limit: usize) -> Result<Expr, ParseError> {
    let mut cursor = Cursor::new(text);
    if text.len() > limit {
        return cursor.fail(limit, Problem::TextLong { length: text.len(), limit });
    }
    cursor.skip_blanks();
    if cursor.rest().is_empty() {
        return Ok(Expr::All);
    }
    let expr = or(&mut cursor, Scope { field: None, is_group: false })?;
    if cursor.rest().is_empty() {
        return Ok(expr);
    }
    cursor.fail_with(cursor.at, Problem::ParenthesisClosed, r"for the character write `\)` or quote it")
}

pub(super) fn or(cursor: &mut Cursor<'_>, scope: Scope<'_>) -> Result<Expr, ParseError> {
    let first = and(cursor, scope)?;
    if !is_or(cursor) {
        return Ok(first);
    }
    let mut parts = vec![first];
    while take_or(cursor) {
        parts.push(and(cursor, scope)?);
    }
    Ok(Expr::Or(parts))
}

fn and(cursor: &mut Cursor<'_>, scope: Scope<'_>) -> Result<Expr, ParseError> {
    let first = unary(cursor, scope)?;
    let mut parts = Vec::new();
    loop {
        cursor.skip_blanks();
        if cursor.rest().is_empty() || cursor.peek() == Some(')') || is_or(cursor) {
            break;
        }
        // Nothing between two conditions means AND.
        let _written = cursor.take_keyword("AND") || cursor.take("&&");
        parts.push(unary(cursor, scope)?);
    }
    if parts.is_empty() {
        return Ok(first);
    }
    parts.insert(0, first);
    Ok(Expr::And(parts))
}

fn is_or(cursor: &Cursor<'_>) -> bool {
    cursor.is_keyword("OR") || cursor.rest().starts_with("||")
}

fn take_or(cursor: &mut Cursor<'_>) -> bool {
    cursor.take_keyword("OR") || cursor.take("||")
}

fn unary(cursor: &mut Cursor<'_>, scope: Scope<'_>) -> Result<Expr, ParseError> {
    cursor.skip_blanks();
    let at = cursor.at;
    let Some(next) = cursor.peek() else { return cursor.fail(at, Problem::End { expected: OPERAND }) };
    let is_sign = matches!(next, '-' | '!');
    if is_sign || cursor.is_keyword("NOT") {
        cursor.at += if is_sign { 1 } else { "NOT".len() };
        if next == '-' && cursor.peek().is_none_or(char::is_whitespace) {
            return cursor.fail_with(
                at,
                Problem::Unexpected { expected: OPERAND, found: "-".to_owned() },
                "write `-word` without a blank to exclude a word, or quote the `\"-\"`",
            );
        }
        if next == '!' && cursor.peek() == Some('=') {
            return cursor.fail_with(at, Problem::SingleEquals, "write `NOT field:value`");
        }
        cursor.down(at)?;
        let inner = unary(cursor, scope)?;
        cursor.up();
        return Ok(inner.negated());
    }
    if next == '(' {
        return parenthesised(cursor, scope);
    }
    refuse_misplaced(cursor, at, next)?;
    value::clause(cursor, scope)
}

/// `(`, a query, `)`.
pub(super) fn parenthesised(cursor: &mut Cursor<'_>, scope: Scope<'_>) -> Result<Expr, ParseError> {
    let at = cursor.at;
    cursor.at += 1;
    cursor.down(at)?;
    cursor.skip_blanks();
    if cursor.peek() == Some(')') {
        return cursor.fail(cursor.at, Problem::Unexpected { expected: OPERAND, found: ")".to_owned() });
    }
    let inner = or(cursor, scope)?;
    cursor.skip_blanks();
    if !cursor.take(")") {
        return cursor.fail_with(at, Problem::ParenthesisOpen, r"for the character write `\(` or quote it");
    }
    cursor.up();
    if cursor.rest().starts_with(['^', '~']) {
        return cursor.fail(cursor.at, Problem::Foreign { what: "boosts" });
    }
    Ok(inner)
}

fn refuse_misplaced(cursor: &Cursor<'_>, at: usize, next: char) -> Result<(), ParseError> {
    let unexpected = || Problem::Unexpected { expected: OPERAND, found: excerpt(cursor.rest()) };
    for keyword in ["AND", "OR", "TO"] {
        if cursor.is_keyword(keyword) {
            let advice = format!("for the word itself write `\"{keyword}\"`");
            return cursor.fail_with(at, unexpected(), advice);
        }
    }
    if cursor.rest().starts_with("&&") || cursor.rest().starts_with("||") {
        return cursor.fail(at, unexpected());
    }
    match next {
        ')' if cursor.depth == 0 => {
            cursor.fail_with(at, Problem::ParenthesisClosed, r"for the character write `\)` or quote it")
        }
        ')' => cursor.fail(at, unexpected()),
        '+' => cursor.fail_with(
            at,
            Problem::Foreign { what: "`+`" },
            "all words are required anyway: leave it out, or quote it",
        ),
        _ => Ok(()),
    }
}
