//! One value and one type: it fits, it can be made to fit without losing anything, or it is refused.
//!
//! | type | fits | is made to fit |
//! |---|---|---|
//! | Keyword, Text | text | numbers and booleans, as they are written |
//! | I64 | whole numbers | text of digits with or without a sign; floating numbers without a fraction |
//! | F64 | floating numbers | text of a finite number; whole numbers up to 2^53 |
//! | Bool | true, false | text `true` or `false` in any case; 0 and 1 |
//! | Datetime | RFC 3339 text | whole numbers: seconds, milli-, micro- or nanoseconds since 1970, by their size |
//! | Ip | text of an address | text of an address with a port |
//! | Json | anything | |
//!
//! A list fits when each of its values does.

use std::net::{IpAddr, SocketAddr};

use super::FieldType;
use crate::{value::Value, view::ValueRef};

/// What was found where something else should be. Never the value itself: it may be a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("holds {found}, which is no {wanted}")]
pub struct Refused {
    /// What is declared.
    pub wanted: FieldType,
    /// What is there.
    pub found: &'static str,
}

/// Whole numbers that a floating one holds exactly.
const EXACT: u64 = 1 << 53;

/// Nothing where the value fits as it is; otherwise what it becomes.
pub fn coerce(kind: FieldType, value: ValueRef<'_>) -> Result<Option<Value>, Refused> {
    let refused = || Refused { wanted: kind, found: name(value) };
    match (kind, value) {
        (FieldType::Json, _)
        | (FieldType::Keyword | FieldType::Text, ValueRef::Str(_))
        | (FieldType::I64, ValueRef::Int(_))
        | (FieldType::F64, ValueRef::Double(_))
        | (FieldType::Bool, ValueRef::Bool(_))
        | (_, ValueRef::Empty) => Ok(None),
        (_, ValueRef::List(items)) => {
            if items.iter().any(|item| matches!(item, ValueRef::List(_) | ValueRef::Map(_))) {
                return Err(refused());
            }
            let each = |item| Ok(coerce(kind, item)?.map_or(Fit::AsItIs(item), Fit::Made));
            if items.iter().try_fold(true, |all, item| Ok(all & matches!(each(item)?, Fit::AsItIs(_))))? {
                return Ok(None);
            }
            let made = items.iter().map(|item| each(item).map(Fit::into_value));
            Ok(Some(Value::List(made.collect::<Result<_, _>>()?)))
        }
        (FieldType::Datetime, ValueRef::Str(text)) if text.parse::<jiff::Timestamp>().is_ok() => Ok(None),
        (FieldType::Ip, ValueRef::Str(text)) if text.parse::<IpAddr>().is_ok() => Ok(None),
        _ => made(kind, value).map(Some).ok_or_else(refused),
    }
}

enum Fit<'a> {
    AsItIs(ValueRef<'a>),
    Made(Value),
}

impl Fit<'_> {
    fn into_value(self) -> Value {
        match self {
            Self::AsItIs(value) => value.to_value(),
            Self::Made(value) => value,
        }
    }
}

fn made(kind: FieldType, value: ValueRef<'_>) -> Option<Value> {
    match (kind, value) {
        (
            FieldType::Keyword | FieldType::Text,
            ValueRef::Int(_) | ValueRef::Double(_) | ValueRef::Bool(_),
        ) => Some(Value::Str(value.to_string())),
        (FieldType::I64, ValueRef::Str(text)) => text.parse().ok().map(Value::Int),
        (FieldType::I64, ValueRef::Double(number)) => whole(number).map(Value::Int),
        (FieldType::F64, ValueRef::Str(text)) => {
            text.parse().ok().filter(|number: &f64| number.is_finite()).map(Value::Double)
        }
        (FieldType::F64, ValueRef::Int(number)) => {
            (number.unsigned_abs() <= EXACT).then_some(Value::Double(number as f64))
        }
        (FieldType::Bool, ValueRef::Str(text)) => {
            let is = |word: &str| text.eq_ignore_ascii_case(word);
            (is("true") || is("false")).then(|| Value::Bool(is("true")))
        }
        (FieldType::Bool, ValueRef::Int(bit @ (0 | 1))) => Some(Value::Bool(bit == 1)),
        (FieldType::Datetime, ValueRef::Int(number)) => time(number).map(Value::Str),
        (FieldType::Ip, ValueRef::Str(text)) => {
            text.parse::<SocketAddr>().ok().map(|address| Value::Str(address.ip().to_string()))
        }
        _ => None,
    }
}

#[allow(clippy::cast_possible_truncation, reason = "checked: no fraction, and small enough to be exact")]
fn whole(number: f64) -> Option<i64> {
    (number.fract() == 0.0 && number.abs() <= EXACT as f64).then_some(number as i64)
}

/// By size: seconds reach the year 5138 here, and each finer unit a thousand times the one before.
fn time(number: i64) -> Option<String> {
    let moment = match number.unsigned_abs() {
        0..100_000_000_000 => jiff::Timestamp::from_second(number),
        100_000_000_000..100_000_000_000_000 => jiff::Timestamp::from_millisecond(number),
        100_000_000_000_000..100_000_000_000_000_000 => jiff::Timestamp::from_microsecond(number),
        _ => jiff::Timestamp::from_nanosecond(number.into()),
    };
    moment.ok().map(|moment| moment.to_string())
}

fn name(value: ValueRef<'_>) -> &'static str {
    match value {
        ValueRef::Empty => "nothing",
        ValueRef::Str(_) => "text",
        ValueRef::Int(_) => "a whole number",
        ValueRef::Double(_) => "a floating number",
        ValueRef::Bool(_) => "true or false",
        ValueRef::Bytes(_) => "bytes",
        ValueRef::List(_) => "a list",
        ValueRef::Map(_) => "a map",
    }
}
