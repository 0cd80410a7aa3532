//! Ranges over the values of a field.
//!
//! The bounds decide what is compared: numbers, durations, sizes, times, addresses; and the text itself where
//! they are none of these or not the same. A value that is nothing of that kind is not in the range.

use std::cmp::Ordering;

use sawlog_record::ValueRef;

use crate::{
    expression::Bound,
    field::Field,
    literal::{
        address,
        number::Number,
        quantity::{Quantity, bytes_of_one, nanos_of_one},
        time::{Between, Time, of_value},
    },
};

/// Two ends, each with whether it is in the range itself.
#[derive(Debug)]
pub(super) struct Ends<T> {
    low: Option<(T, bool)>,
    high: Option<(T, bool)>,
}

/// A range, by what it compares.
#[derive(Debug)]
pub(super) enum RangeTest {
    Number(Ends<Number>),
    /// And how many nanoseconds one of the field's plain numbers is.
    Duration(Ends<f64>, f64),
    /// And how many bytes one of the field's plain numbers is.
    Size(Ends<f64>, f64),
    /// Half-open.
    Time(Between),
    Address(Ends<(bool, u128)>),
    Text(Ends<Box<str>>),
}

impl<T> Ends<T> {
    fn of(low: Option<&Bound>, high: Option<&Bound>, read: impl Fn(&str) -> Option<T>) -> Option<Self> {
        let end = |bound: Option<&Bound>| match bound {
            None => Some(None),
            Some(bound) => read(&bound.value).map(|value| Some((value, bound.inclusive))),
        };
        Some(Self { low: end(low)?, high: end(high)? })
    }

    fn hold(&self, compare: impl Fn(&T) -> Option<Ordering>) -> bool {
        let above = |(end, inclusive): &(T, bool)| match compare(end) {
            Some(Ordering::Greater) => true,
            Some(Ordering::Equal) => *inclusive,
            _ => false,
        };
        let below = |(end, inclusive): &(T, bool)| match compare(end) {
            Some(Ordering::Less) => true,
            Some(Ordering::Equal) => *inclusive,
            _ => false,
        };
        self.low.as_ref().is_none_or(above) && self.high.as_ref().is_none_or(below)
    }
}

impl RangeTest {
    pub(super) fn new(field: &Field, low: Option<&Bound>, high: Option<&Bound>, now_ns: i64) -> Self {
        if field.is_time() {
            return Self::Time(interval(low, high, now_ns));
        }
        let duration = |text: &str| match Quantity::parse(text) {
            Some(Quantity::Duration(nanos)) => Some(nanos),
            _ => None,
        };
        let size = |text: &str| match Quantity::parse(text) {
            Some(Quantity::Size(bytes)) => Some(bytes),
            _ => None,
        };
        if let Some(ends) = Ends::of(low, high, Number::parse) {
            return Self::Number(ends);
        }
        if let Some(ends) = Ends::of(low, high, duration) {
            return Self::Duration(ends, nanos_of_one(field.name()));
        }
        if let Some(ends) = Ends::of(low, high, size) {
            return Self::Size(ends, bytes_of_one(field.name()));
        }
        if let Some(ends) = Ends::of(low, high, address::ordinal) {
            return Self::Address(ends);
        }
        if [low, high].into_iter().flatten().all(|bound| Time::parse(&bound.value).is_some()) {
            return Self::Time(interval(low, high, now_ns));
        }
        let text = |bound: &Bound| (Box::from(bound.value.as_str()), bound.inclusive);
        Self::Text(Ends { low: low.map(text), high: high.map(text) })
    }

    /// Whether a value that is one value is in the range.
    pub(super) fn holds(&self, value: ValueRef<'_>) -> bool {
        match self {
            Self::Number(ends) => number(value).is_some_and(|value| ends.hold(|end| value.compare(*end))),
            Self::Duration(ends, one) | Self::Size(ends, one) => {
                let is_size = matches!(self, Self::Size(..));
                amount(value, *one, is_size).is_some_and(|value| ends.hold(|end| value.partial_cmp(end)))
            }
            Self::Time((from, to)) => {
                let time = match value {
                    ValueRef::Str(text) => of_value(text),
                    _ => None,
                };
                time.is_some_and(|time| (*from..*to).contains(&time))
            }
            Self::Address(ends) => {
                let address = value.as_str().and_then(address::ordinal);
                address.is_some_and(|value| ends.hold(|end| value.partial_cmp(end)))
            }
            Self::Text(ends) => value.as_str().is_some_and(|value| ends.hold(|end| Some(value.cmp(end)))),
        }
    }
}

fn number(value: ValueRef<'_>) -> Option<Number> {
    match value {
        ValueRef::Int(number) => Some(Number::Int(number)),
        ValueRef::Double(number) => Some(Number::Float(number)),
        ValueRef::Str(text) => Number::parse(text),
        _ => None,
    }
}

/// A value in nanoseconds or bytes; what has no unit has that of the field.
fn amount(value: ValueRef<'_>, one: f64, is_size: bool) -> Option<f64> {
    if let ValueRef::Str(text) = value {
        match (Quantity::parse(text), is_size) {
            (Some(Quantity::Duration(amount)), false) | (Some(Quantity::Size(amount)), true) => {
                return Some(amount);
            }
            (Some(_), _) => return None,
            (None, _) => {}
        }
    }
    number(value).map(|number| number.as_f64() * one)
}

/// What lies between two times: a bound that is included with its whole span, one that is not without it.
pub(crate) fn interval(low: Option<&Bound>, high: Option<&Bound>, now_ns: i64) -> Between {
    let span = |bound: &Bound| Time::parse(&bound.value).map(|time| time.between(now_ns));
    let low = low.and_then(|low| span(low).map(|(start, end)| if low.inclusive { start } else { end }));
    let high = high.and_then(|high| span(high).map(|(start, end)| if high.inclusive { end } else { start }));
    (low.unwrap_or(i64::MIN), high.unwrap_or(i64::MAX))
}
