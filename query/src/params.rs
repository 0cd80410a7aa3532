//! Structured parameters: `service=payments&level=ERROR&q=timeout` as the expression that a query would be.
//!
//! Values are literal: `*` and `:` in them are characters. A field given twice means either value. `q` is a query
//! of its own, of which all must hold; `from` and `to` bound the time (the first included, the second not), each
//! at most once.
//!
//! Deliberately absent: percent-decoding and parameters that are not about records (`limit`, `cursor`): whoever
//! reads the request takes those out.

use crate::{
    expression::{Ask, Bound, Expr},
    field::{Field, MAX_NAME},
    literal::time::Time,
    matcher::{level, range::refusal},
    parse::{ParseError, limits, parse},
};

/// Parameters that make no expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParamError {
    #[allow(missing_docs, reason = "the message is the documentation")]
    #[error("read the parameter q: {0}")]
    Query(#[from] ParseError),
    #[allow(missing_docs, reason = "the message is the documentation")]
    #[error(
        "read the parameter {name}: `{value}` is no time such as 2026-03-01, 2026-03-01T10:15:00Z or now-1h"
    )]
    Time { name: String, value: String },
    #[allow(missing_docs, reason = "the message is the documentation")]
    #[error("read the parameter {name}: it is there twice, and a time has one end")]
    Twice { name: String },
    #[allow(missing_docs, reason = "the message is the documentation")]
    #[error("read the parameters from and to: the first is above the second")]
    Reversed,
    #[allow(missing_docs, reason = "the message is the documentation")]
    #[error("read the parameter {name}: `{value}` is no level")]
    Level { name: String, value: String },
    #[allow(missing_docs, reason = "the message is the documentation")]
    #[error("read the parameters: a name has 1 to {limit} bytes")]
    Name { limit: usize },
    #[allow(missing_docs, reason = "the message is the documentation")]
    #[error("read the parameters: at most {limit} of them, with {bytes} bytes together")]
    Many { limit: usize, bytes: usize },
}

/// The expression of decoded pairs of name and value.
pub fn params<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Expr, ParamError> {
    let mut parts: Vec<Expr> = Vec::new();
    // Each name once, with its values in order.
    let mut fields: Vec<(Field, Vec<Expr>)> = Vec::new();
    let (mut low, mut high) = (None, None);
    let (mut count, mut bytes) = (0, 0);
    for (name, value) in pairs {
        count += 1;
        bytes += name.len() + value.len();
        if count > limits::CLAUSES || bytes > limits::TEXT {
            return Err(ParamError::Many { limit: limits::CLAUSES, bytes: limits::TEXT });
        }
        match name {
            "q" => parts.push(parse(value)?),
            "from" => once(&mut low, name, bound(name, value, true)?)?,
            "to" => once(&mut high, name, bound(name, value, false)?)?,
            _ => {
                let (field, test) = equals(name, value)?;
                match fields.iter_mut().find(|(known, _)| *known == field) {
                    Some((_, tests)) => tests.push(test),
                    None => fields.push((field, vec![test])),
                }
            }
        }
    }
    let mut all: Vec<Expr> = fields.into_iter().map(|(_, tests)| Expr::Or(tests)).collect();
    all.append(&mut parts);
    if low.is_some() || high.is_some() {
        let field = Field::new("@timestamp");
        if refusal(&field, low.as_ref(), high.as_ref()).is_some() {
            return Err(ParamError::Reversed);
        }
        all.push(Expr::test(field, Ask::Range { low, high }));
    }
    Ok(Expr::And(all).normal())
}

fn once(end: &mut Option<Bound>, name: &str, bound: Bound) -> Result<(), ParamError> {
    match end.replace(bound) {
        None => Ok(()),
        Some(_) => Err(ParamError::Twice { name: name.to_owned() }),
    }
}

fn equals(name: &str, value: &str) -> Result<(Field, Expr), ParamError> {
    if name.is_empty() || name.len() > MAX_NAME {
        return Err(ParamError::Name { limit: MAX_NAME });
    }
    let field = Field::new(name);
    let owned = || (name.to_owned(), value.to_owned());
    if field.name() == "level" && level::parse(value).is_none() {
        let (name, value) = owned();
        return Err(ParamError::Level { name, value });
    }
    if field.is_time() && Time::parse(value).is_none() {
        let (name, value) = owned();
        return Err(ParamError::Time { name, value });
    }
    Ok((field.clone(), Expr::test(field, Ask::Word(value.to_owned()))))
}

fn bound(name: &str, value: &str, inclusive: bool) -> Result<Bound, ParamError> {
    if Time::parse(value).is_none() {
        return Err(ParamError::Time { name: name.to_owned(), value: value.to_owned() });
    }
    Ok(Bound { value: value.to_owned(), inclusive })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_one_end_and_the_first_is_first() {
        for name in ["from", "to"] {
            let twice = params([(name, "now-1h"), (name, "now")]);
            assert_eq!(twice, Err(ParamError::Twice { name: name.to_owned() }));
        }
        assert_eq!(params([("from", "now"), ("to", "now-1h")]), Err(ParamError::Reversed));
        assert!(params([("from", "now/d"), ("to", "now-1h")]).is_ok(), "most of the day it is one");
        let both = params([("q", "a"), ("q", "b")]).unwrap();
        assert_eq!(both, parse("a AND b").unwrap().normal());
    }
}
