//! Ranges over the values of a field.
//!
//! The bounds decide what is compared: numbers, durations, sizes, times, addresses; and the text itself where one
//! of them is none of these, or the field holds ids. A plain number beside a duration or a size has the field's
//! unit. A value that is nothing of that kind is not in the range.
//!
//! What a range compares is decided here alone: the parser asks [`refusal`], the matcher makes a [`RangeTest`].

use std::cmp::Ordering;

use sawlog_record::ValueRef;

use super::{level, value::as_text};
use crate::{
    expression::Bound,
    field::{Field, Place},
    literal::{
        address,
        meaning::{Meaning, Mixed},
        number::Number,
        order::is_behind,
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
    /// In small letters, for values in either case.
    Id(Ends<Box<str>>),
}

/// Why a range can hold nothing, whatever is asked when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The bounds are not comparable.
    Mixed(Mixed),
    /// The first is above the second.
    Reversed,
}

/// Why the range is none, if it is none. Bounds of levels and times have been read before.
pub(crate) fn refusal(field: &Field, low: Option<&Bound>, high: Option<&Bound>) -> Option<Refusal> {
    let (low_value, high_value) = (&*low?.value, &*high?.value);
    let is_reversed = if field.place() == Place::Level {
        level::is_above(low_value, high_value)
    } else {
        match RangeTest::new(field, low, high, 0) {
            Err(mixed) => return Some(Refusal::Mixed(mixed)),
            Ok(RangeTest::Time(_)) => {
                let times = Time::parse(low_value).zip(Time::parse(high_value));
                times.is_some_and(|(low, high)| is_behind(&low, &high))
            }
            Ok(test) => test.is_reversed(),
        }
    };
    is_reversed.then_some(Refusal::Reversed)
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

    fn are_reversed(&self, compare: impl Fn(&T, &T) -> Option<Ordering>) -> bool {
        let ends = self.low.as_ref().zip(self.high.as_ref());
        ends.is_some_and(|((low, _), (high, _))| compare(low, high).is_some_and(Ordering::is_gt))
    }
}

impl RangeTest {
    /// What two bounds compare that have something in common; and what each means, where they have not.
    pub(super) fn new(
        field: &Field,
        low: Option<&Bound>,
        high: Option<&Bound>,
        now_ns: i64,
    ) -> Result<Self, Mixed> {
        let Some(only) = low.or(high) else { return Ok(Self::Text(Ends { low: None, high: None })) };
        let meaning = match (field.is_time(), field.is_id()) {
            (true, _) => Some(Meaning::Time),
            (_, true) => None,
            _ => Meaning::common(&low.unwrap_or(only).value, &high.unwrap_or(only).value)?,
        };
        let (nanos, bytes) = (nanos_of_one(field.name()), bytes_of_one(field.name()));
        let test = match meaning {
            Some(Meaning::Number) => Ends::of(low, high, Number::parse).map(Self::Number),
            Some(Meaning::Duration) => Ends::of(low, high, |text| quantity(text, nanos, false))
                .map(|ends| Self::Duration(ends, nanos)),
            Some(Meaning::Size) => {
                Ends::of(low, high, |text| quantity(text, bytes, true)).map(|ends| Self::Size(ends, bytes))
            }
            Some(Meaning::Address) => Ends::of(low, high, address::ordinal).map(Self::Address),
            Some(Meaning::Time) => Some(Self::Time(interval(low, high, now_ns))),
            None if field.is_id() => {
                Ends::of(low, high, |text| Some(text.to_ascii_lowercase().into())).map(Self::Id)
            }
            None => Ends::of(low, high, |text| Some(text.into())).map(Self::Text),
        };
        Ok(test.expect("because each bound has this meaning"))
    }

    fn is_reversed(&self) -> bool {
        match self {
            Self::Number(ends) => ends.are_reversed(|low, high| low.compare(*high)),
            Self::Duration(ends, _) | Self::Size(ends, _) => ends.are_reversed(f64::partial_cmp),
            Self::Address(ends) => ends.are_reversed(|low, high| Some(low.cmp(high))),
            Self::Text(ends) | Self::Id(ends) => ends.are_reversed(|low, high| Some(low.cmp(high))),
            Self::Time((from, to)) => from >= to,
        }
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
            Self::Id(ends) => {
                let compare = |value: &str, end: &str| {
                    value.bytes().map(|byte| byte.to_ascii_lowercase()).cmp(end.bytes())
                };
                as_text(value, |value| ends.hold(|end| Some(compare(value, end))))
            }
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
    match value {
        ValueRef::Str(text) => quantity(text, one, is_size),
        value => number(value).map(|number| number.as_f64() * one),
    }
}

/// A text in nanoseconds or bytes; nothing where it has a unit of the other kind.
fn quantity(text: &str, one: f64, is_size: bool) -> Option<f64> {
    match (Quantity::parse(text), is_size) {
        (Some(Quantity::Duration(amount)), false) | (Some(Quantity::Size(amount)), true) => Some(amount),
        (Some(_), _) => None,
        (None, _) => Number::parse(text).map(|number| number.as_f64() * one),
    }
}

/// What lies between two times: a bound that is included with its whole span, one that is not without it. Nothing,
/// where a bound is no time: the parser refuses those, and whoever builds an expression by hand may not know.
pub(crate) fn interval(low: Option<&Bound>, high: Option<&Bound>, now_ns: i64) -> Between {
    let span = |bound: &Bound| Time::parse(&bound.value).map(|time| time.between(now_ns));
    let low = low
        .map_or(Some(i64::MIN), |low| span(low).map(|(start, end)| if low.inclusive { start } else { end }));
    let high = high.map_or(Some(i64::MAX), |high| {
        span(high).map(|(start, end)| if high.inclusive { end } else { start })
    });
    low.zip(high).unwrap_or((0, 0))
}

#[cfg(test)]
mod tests {
    use sawlog_record::{Record, Value};

    use super::*;
    use crate::{
        expression::{Ask, Expr},
        matcher::Matcher,
        parse::parse,
    };

    fn finds(query: &str, record: &Record) -> bool {
        Matcher::new(&parse(query).unwrap(), 0).unwrap().matches(&record.view())
    }

    #[test]
    fn a_plain_number_beside_a_quantity_has_the_fields_unit() {
        let rows = [
            ("took:[0 TO 500ms]", "took", Value::from(60), true),
            ("took:[0 TO 500ms]", "took", "0.1s".into(), true),
            ("took:[0 TO 500ms]", "took", "4 apples".into(), false),
            ("took:[100 TO 1s]", "took", 60.into(), false),
            ("took_s:{1 TO 5m]", "took_s", 2.into(), true),
            ("took_s:{1 TO 5m]", "took_s", "900ms".into(), false),
            ("heap_mb:[1 TO 2MB]", "heap_mb", "1500kB".into(), true),
            ("heap_mb:[1MB TO 2]", "heap_mb", 3.into(), false),
        ];
        for (query, name, value, expected) in rows {
            let record = Record { attributes: vec![(name.to_owned(), value.clone())], ..Record::default() };
            assert_eq!(finds(query, &record), expected, "{query} {value:?}");
        }
    }

    #[test]
    fn a_bound_that_is_no_time_holds_no_record() {
        let record = Record { time_ns: 5, observed_ns: 5, ..Record::default() };
        let soon = || Some(Bound { value: "soon".to_owned(), inclusive: true });
        let asks = [
            Ask::Word("soon".to_owned()),
            Ask::Range { low: soon(), high: None },
            Ask::Range { low: None, high: soon() },
        ];
        for ask in asks {
            for name in ["@timestamp", "@observed"] {
                let expr = Expr::test(Field::new(name), ask.clone());
                assert!(!Matcher::new(&expr, 0).unwrap().matches(&record.view()), "{expr}");
            }
        }
    }

    #[test]
    fn times_beyond_counting_are_compared_by_the_end_of_it() {
        let latest = Record { time_ns: u64::MAX, ..Record::default() };
        let last = Record { time_ns: i64::MAX.unsigned_abs(), ..Record::default() };
        for query in ["@timestamp:*", "@timestamp:>=2262", "@timestamp:>=2400", "@timestamp:[2026 TO *]"] {
            assert!(finds(query, &latest) && finds(query, &last), "{query}");
        }
        let now = Record { time_ns: 1_773_828_930_000_000_000, ..Record::default() };
        assert!(finds("@timestamp:[1000 TO 9999]", &now) && finds("@timestamp:<3000-01-01", &now));
        let expires = vec![("expires".to_owned(), "9999-12-31".into())];
        let never = Record { attributes: expires, ..Record::default() };
        assert!(finds("expires:>2200-01-01", &never) && finds("expires:[2026-01-01 TO *]", &never));
    }
}
