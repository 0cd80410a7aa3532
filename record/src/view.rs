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
    otlp::wire::{Malformed, Reader, bytes_key, fixed64_key, varint_key},
    severity::Severity,
    value::Value,
};

pub use fields::{Fields, FieldsIter, Items, ItemsIter};
pub(crate) use fields::{PAIR_KEY, PAIR_VALUE};

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

const STR: u32 = bytes_key(1);
const BOOL: u32 = varint_key(2);
const INT: u32 = varint_key(3);
const DOUBLE: u32 = fixed64_key(4);
pub(crate) const LIST: u32 = bytes_key(5);
pub(crate) const MAP: u32 = bytes_key(6);
const BYTES: u32 = bytes_key(7);

/// The value in a checked `AnyValue` message. Text that is no UTF-8 counts as bytes.
#[inline]
pub(crate) fn value_of(any_value: &[u8]) -> ValueRef<'_> {
    let mut value = ValueRef::Empty;
    let mut reader = Reader::new(any_value);
    // The decoder has seen these bytes: whatever does not fit is behind it.
    while let Ok(Some(key)) = reader.key()
        && let Ok(()) = read_value(key, &mut reader, &mut value)
    {}
    value
}

#[inline]
fn read_value<'a>(key: u32, reader: &mut Reader<'a>, value: &mut ValueRef<'a>) -> Result<(), Malformed> {
    *value = match key {
        STR => {
            let bytes = reader.bytes()?;
            text(bytes).map_or(ValueRef::Bytes(bytes), ValueRef::Str)
        }
        BOOL => ValueRef::Bool(reader.varint()? != 0),
        INT => ValueRef::Int(reader.varint()?.cast_signed()),
        DOUBLE => ValueRef::Double(f64::from_bits(reader.fixed64()?)),
        LIST => ValueRef::List(Items::wire(reader.bytes()?)),
        MAP => ValueRef::Map(Fields::wire(1, reader.bytes()?)),
        BYTES => ValueRef::Bytes(reader.bytes()?),
        _ => return reader.skip(key),
    };
    Ok(())
}
