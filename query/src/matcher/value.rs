//! Tests of fields that are no text: each is about the whole value, in its own case.

use std::cmp::Ordering;

use sawlog_record::ValueRef;

use super::{automaton::Automaton, range::RangeTest, rendered::Rendered, text::TextTest};
use crate::{
    expression::Pattern,
    field::Field,
    literal::{
        address::Network,
        number::Number,
        quantity::{Quantity, bytes_of_one, nanos_of_one},
    },
};

/// What is asked of a value.
#[derive(Debug)]
pub(super) enum ValueTest {
    /// That it is there.
    Present,
    /// This value.
    Exactly(Exactly),
    /// A value like this.
    Like(Pattern),
    /// The same for an id, in either case; the pattern is in small letters.
    LikeId(Pattern),
    /// A value that the regex accepts from its first character to its last.
    Regex(Automaton),
    /// A value between two bounds.
    Range(RangeTest),
    /// None: a range whose bounds cannot be compared, which the parser refuses.
    Never,
    /// What is asked of text, in fields that hold text.
    Text(TextTest),
}

/// A value as text, and what else it can be.
#[derive(Debug)]
pub(super) struct Exactly {
    text: Box<str>,
    /// Ids are written in either case, also those that are no hex digits and so are kept as attributes.
    is_id: bool,
    number: Option<Number>,
    network: Option<Network>,
}

impl Exactly {
    pub(super) fn new(field: &Field, text: &str) -> Self {
        let number = Number::parse(text).or_else(|| {
            let amount = match Quantity::parse(text)? {
                Quantity::Duration(nanos) => nanos / nanos_of_one(field.name()),
                Quantity::Size(bytes) => bytes / bytes_of_one(field.name()),
            };
            Some(Number::Float(amount))
        });
        Self { text: text.into(), is_id: field.is_id(), number, network: Network::parse(text) }
    }

    #[inline]
    fn is(&self, value: ValueRef<'_>) -> bool {
        let same = |value: Number| {
            self.number.is_some_and(|number| number.compare(value).is_some_and(Ordering::is_eq))
        };
        match value {
            ValueRef::Str(text) => {
                *text == *self.text
                    || (self.is_id && text.eq_ignore_ascii_case(&self.text))
                    || self.network.is_some_and(|network| network.holds(text))
            }
            ValueRef::Int(number) => same(Number::Int(number)),
            ValueRef::Double(number) => same(Number::Float(number)),
            ValueRef::Bool(bit) => *self.text == *(if bit { "true" } else { "false" }),
            _ => false,
        }
    }
}

impl ValueTest {
    /// Whether a value is so; of several values, whether one is.
    #[inline]
    pub(super) fn matches(&self, value: ValueRef<'_>) -> bool {
        if let (Self::Exactly(exactly), ValueRef::Str(_)) = (self, value) {
            return exactly.is(value);
        }
        match value {
            ValueRef::Empty => false,
            ValueRef::List(items) => items.iter().any(|item| self.matches(item)),
            _ => self.matches_one(value),
        }
    }

    fn matches_one(&self, value: ValueRef<'_>) -> bool {
        match self {
            Self::Exactly(exactly) => exactly.is(value),
            Self::Range(range) => range.holds(value),
            Self::Like(pattern) => as_text(value, |text| pattern.matches(text.chars())),
            Self::LikeId(pattern) => {
                as_text(value, |text| pattern.matches(text.chars().map(|c| c.to_ascii_lowercase())))
            }
            Self::Regex(regex) => as_text(value, |text| regex.is_match(text)),
            Self::Never => false,
            Self::Present | Self::Text(TextTest::Present) => true,
            Self::Text(test) => as_text(value, |text| test.matches(text)),
        }
    }
}

pub(super) fn as_text(value: ValueRef<'_>, ask: impl Fn(&str) -> bool) -> bool {
    match value {
        ValueRef::Str(text) => ask(text),
        value => Rendered::of(value).is_some_and(|rendered| ask(rendered.text())),
    }
}

/// A text test of whatever value: numbers as they are written, of several values each.
pub(super) fn text_of_any(test: &TextTest, value: ValueRef<'_>) -> bool {
    match value {
        ValueRef::Empty => false,
        ValueRef::List(items) => items.iter().any(|item| text_of_any(test, item)),
        _ if matches!(test, TextTest::Present) => true,
        value => as_text(value, |text| test.matches(text)),
    }
}
