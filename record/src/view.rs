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

use crate::{
    id::{SpanId, TraceId},
    otlp::wire::{Content, Reader},
    severity::Severity,
    value::{Attributes, Value},
};

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

/// Keys with values, in the order in which they were written.
#[derive(Debug, Clone, Copy)]
pub struct Fields<'a>(Pairs<'a>);

#[derive(Debug, Clone, Copy)]
enum Pairs<'a> {
    Owned(&'a [(String, Value)]),
    Parts(&'a [(&'a str, ValueRef<'a>)]),
    /// `KeyValue` messages in the fields of this number; checked by the decoder.
    Wire(u32, &'a [u8]),
}

/// Values in the order in which they were written.
#[derive(Debug, Clone, Copy)]
pub struct Items<'a>(Row<'a>);

#[derive(Debug, Clone, Copy)]
enum Row<'a> {
    Owned(&'a [Value]),
    Parts(&'a [ValueRef<'a>]),
    /// `AnyValue` messages in the fields number 1; checked by the decoder.
    Wire(&'a [u8]),
}

impl<'a> Fields<'a> {
    /// Checked `KeyValue` messages in the fields with this number.
    pub(crate) fn wire(number: u32, bytes: &'a [u8]) -> Self {
        Self(Pairs::Wire(number, bytes))
    }

    /// All of them, in order.
    #[inline]
    pub fn iter(self) -> FieldsIter<'a> {
        FieldsIter(match self.0 {
            Pairs::Owned(pairs) => PairsIter::Owned(pairs.iter()),
            Pairs::Parts(pairs) => PairsIter::Parts(pairs.iter()),
            Pairs::Wire(number, bytes) => PairsIter::Wire(number, Reader::new(bytes)),
        })
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.iter().next().is_none()
    }

    /// The value of exactly this key. Values before it are not decoded.
    #[inline]
    pub fn get(self, key: &str) -> Option<ValueRef<'a>> {
        match self.0 {
            Pairs::Owned(pairs) => pairs.iter().find(|(name, _)| name == key).map(|(_, value)| value.into()),
            Pairs::Parts(pairs) => pairs.iter().find(|(name, _)| *name == key).map(|&(_, value)| value),
            Pairs::Wire(number, bytes) => {
                let mut reader = Reader::new(bytes);
                loop {
                    let (name, value) = next_pair(number, &mut reader)?;
                    if name == key.as_bytes() {
                        return Some(value_of(value));
                    }
                }
            }
        }
    }

    /// The value under a dotted name: the key of exactly that name first, otherwise what the rest of the name
    /// finds in the map under a beginning of it, the shortest beginning first. So `http.status` finds both
    /// `{"http.status": 500}` and `{"http": {"status": 500}}`.
    pub fn find(self, name: &str) -> Option<ValueRef<'a>> {
        let inside = |(dot, _): (usize, &str)| match self.get(&name[..dot])? {
            ValueRef::Map(map) => map.find(&name[dot + 1..]),
            _ => None,
        };
        self.get(name).or_else(|| name.match_indices('.').find_map(inside))
    }
}

impl<'a> Items<'a> {
    /// Checked `AnyValue` messages.
    fn wire(bytes: &'a [u8]) -> Self {
        Self(Row::Wire(bytes))
    }

    /// All of them, in order.
    #[inline]
    pub fn iter(self) -> ItemsIter<'a> {
        ItemsIter(match self.0 {
            Row::Owned(values) => RowIter::Owned(values.iter()),
            Row::Parts(values) => RowIter::Parts(values.iter()),
            Row::Wire(bytes) => RowIter::Wire(Reader::new(bytes)),
        })
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.iter().next().is_none()
    }
}

/// See [`Fields::iter`].
#[derive(Debug, Clone)]
pub struct FieldsIter<'a>(PairsIter<'a>);

#[derive(Debug, Clone)]
enum PairsIter<'a> {
    Owned(std::slice::Iter<'a, (String, Value)>),
    Parts(std::slice::Iter<'a, (&'a str, ValueRef<'a>)>),
    Wire(u32, Reader<'a>),
}

impl<'a> Iterator for FieldsIter<'a> {
    type Item = (&'a str, ValueRef<'a>);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.0 {
            PairsIter::Owned(pairs) => pairs.next().map(|(key, value)| (key.as_str(), value.into())),
            PairsIter::Parts(pairs) => pairs.next().copied(),
            PairsIter::Wire(number, reader) => {
                let (key, value) = next_pair(*number, reader)?;
                Some((text(key).unwrap_or_default(), value_of(value)))
            }
        }
    }
}

/// See [`Items::iter`].
#[derive(Debug, Clone)]
pub struct ItemsIter<'a>(RowIter<'a>);

#[derive(Debug, Clone)]
enum RowIter<'a> {
    Owned(std::slice::Iter<'a, Value>),
    Parts(std::slice::Iter<'a, ValueRef<'a>>),
    Wire(Reader<'a>),
}

impl<'a> Iterator for ItemsIter<'a> {
    type Item = ValueRef<'a>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.0 {
            RowIter::Owned(values) => values.next().map(Into::into),
            RowIter::Parts(values) => values.next().copied(),
            RowIter::Wire(reader) => next_message(1, reader).map(value_of),
        }
    }
}

/// The next message in a field of this number. The decoder has seen these bytes, so an end is an end.
#[inline]
fn next_message<'a>(number: u32, reader: &mut Reader<'a>) -> Option<&'a [u8]> {
    loop {
        match reader.field() {
            Ok(Some((found, Content::Bytes(bytes)))) if found == number => return Some(bytes),
            Ok(Some(_unknown)) => {}
            Ok(None) | Err(_) => return None,
        }
    }
}

/// Key and undecoded value of the next `KeyValue` in a field of this number.
#[inline]
fn next_pair<'a>(number: u32, reader: &mut Reader<'a>) -> Option<(&'a [u8], &'a [u8])> {
    let mut pair = Reader::new(next_message(number, reader)?);
    let (mut key, mut value): (&[u8], &[u8]) = (&[], &[]);
    while let Ok(Some((number, content))) = pair.field() {
        match (number, content) {
            (1, Content::Bytes(bytes)) => key = bytes,
            (2, Content::Bytes(bytes)) => value = bytes,
            _ => {}
        }
    }
    Some((key, value))
}

#[inline]
fn text(bytes: &[u8]) -> Option<&str> {
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

impl<'a> IntoIterator for Fields<'a> {
    type Item = (&'a str, ValueRef<'a>);
    type IntoIter = FieldsIter<'a>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<'a> IntoIterator for Items<'a> {
    type Item = ValueRef<'a>;
    type IntoIter = ItemsIter<'a>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl Default for Fields<'_> {
    fn default() -> Self {
        Self(Pairs::Parts(&[]))
    }
}

impl Default for Items<'_> {
    fn default() -> Self {
        Self(Row::Parts(&[]))
    }
}

/// Equal content in equal order, whatever lies beneath.
impl PartialEq for Fields<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

/// Equal content in equal order, whatever lies beneath.
impl PartialEq for Items<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl<'a> From<&'a Attributes> for Fields<'a> {
    fn from(pairs: &'a Attributes) -> Self {
        Self(Pairs::Owned(pairs))
    }
}

impl<'a> From<&'a [(&'a str, ValueRef<'a>)]> for Fields<'a> {
    fn from(pairs: &'a [(&'a str, ValueRef<'a>)]) -> Self {
        Self(Pairs::Parts(pairs))
    }
}

impl<'a> From<&'a [ValueRef<'a>]> for Items<'a> {
    fn from(values: &'a [ValueRef<'a>]) -> Self {
        Self(Row::Parts(values))
    }
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
            Value::List(values) => Self::List(Items(Row::Owned(values))),
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

impl Fields<'_> {
    /// A copy that owns itself.
    pub fn to_attributes(self) -> Attributes {
        self.iter().map(|(key, value)| (key.to_owned(), value.to_value())).collect()
    }
}
