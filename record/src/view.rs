//! The record, borrowed: what a matcher, an index or a printer looks at.
//!
//! A view looks the same whatever lies beneath: the bytes of a batch, an owned [`Record`](crate::Record), or
//! parts that a parser found in a line. It is `Copy`, and nothing in this module allocates.
//!
//! Over the bytes of a batch, attributes stay undecoded until they are asked for. The decoder has looked at
//! all of them before it hands out a view, so that no question here can fail. A key that occurs twice counts
//! where it occurs first.
//!
//! Deliberately absent: the meaning of names (`service`, `level`); aliases belong to the query language.

mod fields;
mod plain;

use crate::{
    id::{SpanId, TraceId},
    otlp::wire::{Content, Reader},
    severity::Severity,
    value::Value,
};

pub use fields::{Fields, FieldsIter, Items, ItemsIter};

/// One record, borrowed. Who has the parts can build it: what is left out of `..View::default()` is "not said".
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct View<'a> {
    /// When it happened, in nanoseconds since 1970; 0 is "not said".
    pub time_ns: u64,
    /// When it was first seen by us; 0 is "not said".
    pub observed_ns: u64,
    /// How bad it is, as a number that can be compared.
    pub severity: Severity,
    /// How bad it is in the words of who said it; often empty.
    pub severity_text: &'a str,
    /// What was said.
    pub body: ValueRef<'a>,
    /// What was said beside it.
    pub attributes: Fields<'a>,
    /// Attributes that somebody left out on the way.
    pub dropped_attributes: u32,
    /// W3C trace flags in the lowest eight bits.
    pub flags: u32,
    /// The trace that it is part of.
    pub trace_id: Option<TraceId>,
    /// The span that it is part of.
    pub span_id: Option<SpanId>,
    /// The kind of event, for records that are events; usually empty.
    pub event_name: &'a str,
    /// Who said it, by OpenTelemetry's names.
    pub resource: Fields<'a>,
    /// With which part of the program: often a logger's name.
    pub scope_name: &'a str,
    /// The version of that part.
    pub scope_version: &'a str,
    /// More about that part.
    pub scope: Fields<'a>,
}

/// One value, borrowed.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum ValueRef<'a> {
    /// Nothing: what JSON calls null.
    #[default]
    Empty,
    /// Text.
    Str(&'a str),
    /// A whole number.
    Int(i64),
    /// A floating number.
    Double(f64),
    /// Yes or no.
    Bool(bool),
    /// Bytes that are no text.
    Bytes(&'a [u8]),
    /// Several values.
    List(Items<'a>),
    /// Values with keys.
    Map(Fields<'a>),
}

impl<'a> From<&'a Value> for ValueRef<'a> {
    #[inline]
    fn from(value: &'a Value) -> Self {
        match value {
            Value::Empty => Self::Empty,
            Value::Str(text) => Self::Str(text),
            Value::Int(number) => Self::Int(*number),
            Value::Double(number) => Self::Double(*number),
            Value::Bool(bit) => Self::Bool(*bit),
            Value::Bytes(bytes) => Self::Bytes(bytes),
            Value::List(values) => Self::List(values.into()),
            Value::Map(pairs) => Self::Map(pairs.into()),
        }
    }
}

impl<'a> From<&'a str> for ValueRef<'a> {
    fn from(text: &'a str) -> Self {
        Self::Str(text)
    }
}

impl<'a> ValueRef<'a> {
    /// The text, where it is one.
    pub fn as_str(self) -> Option<&'a str> {
        if let Self::Str(text) = self { Some(text) } else { None }
    }

    /// A copy that owns itself.
    pub fn to_value(self) -> Value {
        match self {
            Self::Empty => Value::Empty,
            Self::Str(text) => Value::Str(text.to_owned()),
            Self::Int(number) => Value::Int(number),
            Self::Double(number) => Value::Double(number),
            Self::Bool(bit) => Value::Bool(bit),
            Self::Bytes(bytes) => Value::Bytes(bytes.to_owned()),
            Self::List(items) => Value::List(items.iter().map(ValueRef::to_value).collect()),
            Self::Map(fields) => Value::Map(fields.to_attributes()),
        }
    }
}

#[inline]
pub(crate) fn text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok()
}

/// The value in a checked `AnyValue` message. Text that is no UTF-8 counts as bytes.
#[inline]
pub(crate) fn value_of(any_value: &[u8]) -> ValueRef<'_> {
    let mut reader = Reader::new(any_value);
    let mut value = ValueRef::Empty;
    while let Ok(Some((number, content))) = reader.field() {
        value = match (number, content) {
            (1, Content::Bytes(bytes)) => text(bytes).map_or(ValueRef::Bytes(bytes), ValueRef::Str),
            (2, Content::Varint(bit)) => ValueRef::Bool(bit != 0),
            (3, Content::Varint(bits)) => ValueRef::Int(bits.cast_signed()),
            (4, Content::Fixed64(bits)) => ValueRef::Double(f64::from_bits(bits)),
            (5, Content::Bytes(list)) => ValueRef::List(Items::wire(list)),
            (6, Content::Bytes(map)) => ValueRef::Map(Fields::wire(1, map)),
            (7, Content::Bytes(bytes)) => ValueRef::Bytes(bytes),
            _ => value,
        };
    }
    value
}
