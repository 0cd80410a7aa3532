//! Keys with values, and rows of values, over whatever lies beneath.
//!
//! Three bases: owned, borrowed parts, and bytes that the decoder has checked. Equality is by content and
//! order, not by base.

use super::{ValueRef, text, value_of};
use crate::{
    otlp::wire::{Reader, bytes_key},
    value::{Attributes, Value},
};

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
    pub(super) fn wire(bytes: &'a [u8]) -> Self {
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

/// The next message in a field of this number. The decoder has seen these bytes, so an error is an end.
#[inline]
fn next_message<'a>(number: u32, reader: &mut Reader<'a>) -> Option<&'a [u8]> {
    reader.message(number).ok().flatten()
}

pub(crate) const PAIR_KEY: u32 = bytes_key(1);
pub(crate) const PAIR_VALUE: u32 = bytes_key(2);

/// Key and undecoded value of the next `KeyValue` in a field of this number.
#[inline]
fn next_pair<'a>(number: u32, reader: &mut Reader<'a>) -> Option<(&'a [u8], &'a [u8])> {
    let mut pair = Reader::new(next_message(number, reader)?);
    let (mut key, mut value): (&[u8], &[u8]) = (&[], &[]);
    while let Ok(Some(found)) = pair.key() {
        match found {
            PAIR_KEY => key = pair.bytes().ok()?,
            PAIR_VALUE => value = pair.bytes().ok()?,
            unknown => pair.skip(unknown).ok()?,
        }
    }
    Some((key, value))
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

impl<'a> From<&'a Vec<Value>> for Items<'a> {
    fn from(values: &'a Vec<Value>) -> Self {
        Self(Row::Owned(values))
    }
}

impl Fields<'_> {
    /// A copy that owns itself.
    pub fn to_attributes(self) -> Attributes {
        self.iter().map(|(key, value)| (key.to_owned(), value.to_value())).collect()
    }
}
