//! From a batch's bytes to borrowed records, without copying or allocating.
//!
//! A record is looked through completely before it is handed out, so a [`View`] cannot surprise later: every
//! length fits, every key is text, and every limit holds. A bad record is an error of its own, and the next one
//! follows; where the envelope itself is broken, nothing follows. So the place of an item among the items is
//! the place of its record in the batch.
//!
//! Tolerant where a reader can be: unknown fields are skipped, text values that are no UTF-8 are bytes, ids of a
//! wrong length and unknown severities are "not said". Of a field that should occur once the last counts, except
//! that a scope in front of its records, where writers put it, is the scope.
//!
//! Deliberately absent: schema URLs, and entity references of resources.

use std::ops::Range;

use super::{
    limits::{Limit, LimitExceeded, Limits},
    wire::{Content, Malformed, Reader, bytes_key, fixed32_key, fixed64_key, varint_key},
};
use crate::{
    id::{SpanId, TraceId},
    severity::Severity,
    view::{Fields, LIST, MAP, PAIR_KEY, PAIR_VALUE, View, text, value_of},
};

/// Why a batch, or a record of it, cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// Lengths or types do not fit together.
    #[error("the {0} is no protobuf")]
    Malformed(Part),
    /// Text where a reader needs it, and it is none.
    #[error("the {0} is not UTF-8")]
    NotText(Part),
    /// Too much of something.
    #[error(transparent)]
    Limit(#[from] LimitExceeded),
}

/// Where in a batch something is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// `LogsData`
    Batch,
    /// `Resource`
    Resource,
    /// `InstrumentationScope`
    Scope,
    /// `LogRecord`
    Record,
    /// `AnyValue`
    Value,
    /// The key of an attribute.
    Key,
    /// `severity_text`
    SeverityText,
    /// `event_name`
    EventName,
}

impl std::fmt::Display for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Batch => "batch",
            Self::Resource => "resource",
            Self::Scope => "scope",
            Self::Record => "record",
            Self::Value => "value",
            Self::Key => "key of an attribute",
            Self::SeverityText => "severity text",
            Self::EventName => "event name",
        })
    }
}

/// The records of a batch, in order.
pub fn decode<'a>(batch: &'a [u8], limits: &Limits) -> Records<'a> {
    let too_long = Limit::BatchBytes.allows(batch.len(), limits.batch_bytes).err();
    Records {
        limits: *limits,
        seen: 0,
        failed: too_long.map(DecodeError::Limit),
        batch: Reader::new(batch),
        of_resource: Reader::new(&[]),
        of_scope: Reader::new(&[]),
        envelope: View::default(),
    }
}

/// See [`decode`].
#[derive(Debug, Clone)]
pub struct Records<'a> {
    limits: Limits,
    seen: usize,
    /// Told once, then the end.
    failed: Option<DecodeError>,
    batch: Reader<'a>,
    of_resource: Reader<'a>,
    of_scope: Reader<'a>,
    /// What the next record shares with the others of its scope.
    envelope: View<'a>,
}

impl<'a> Iterator for Records<'a> {
    type Item = Result<View<'a>, DecodeError>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        while self.failed.is_none() {
            match self.of_scope.message(2) {
                Ok(Some(record)) => match Limit::Records.allows(self.seen + 1, self.limits.records) {
                    Ok(()) => {
                        self.seen += 1;
                        return Some(read_record(record, &self.envelope, &self.limits));
                    }
                    Err(exceeded) => self.failed = Some(exceeded.into()),
                },
                Ok(None) => match self.open() {
                    Ok(true) => {}
                    Ok(false) => break,
                    Err(error) => self.failed = Some(error),
                },
                Err(Malformed) => self.failed = Some(DecodeError::Malformed(Part::Batch)),
            }
        }
        self.stop()
    }
}

impl<'a> Records<'a> {
    #[cold]
    fn stop(&mut self) -> Option<Result<View<'a>, DecodeError>> {
        let nothing = Reader::new(&[]);
        (self.batch, self.of_resource, self.of_scope) = (nothing, nothing, nothing);
        self.failed.take().map(Err)
    }

    /// Goes to the next scope that has anything in it; false at the end of the batch.
    fn open(&mut self) -> Result<bool, DecodeError> {
        let broken = |Malformed| DecodeError::Malformed(Part::Batch);
        loop {
            if let Some(scope_logs) = self.of_resource.message(2).map_err(broken)? {
                self.of_scope = Reader::new(scope_logs);
                let mut first = self.of_scope;
                // The scope usually stands first or, if it is somewhere behind, not at all: look before walking.
                let scope = match first.field().map_err(broken)? {
                    Some((1, Content::Bytes(scope))) => Some(scope),
                    _ => Reader::new(scope_logs).last_message(1).map_err(broken)?,
                };
                self.read_scope(scope.unwrap_or_default())?;
                return Ok(true);
            }
            let Some(resource_logs) = self.batch.message(1).map_err(broken)? else { return Ok(false) };
            self.of_resource = Reader::new(resource_logs);
            let resource = self.of_resource.last_message(1).map_err(broken)?.unwrap_or_default();
            let mut fields = Checked::new(Part::Resource, &self.limits);
            fields.all(1, resource)?;
            self.envelope.resource = Fields::wire(1, resource);
        }
    }

    fn read_scope(&mut self, scope: &'a [u8]) -> Result<(), DecodeError> {
        let not_text = || DecodeError::NotText(Part::Scope);
        let mut reader = Reader::new(scope);
        (self.envelope.scope_name, self.envelope.scope_version) = ("", "");
        while let Some((number, content)) =
            reader.field().map_err(|Malformed| DecodeError::Malformed(Part::Scope))?
        {
            match (number, content) {
                (1, Content::Bytes(name)) => self.envelope.scope_name = text(name).ok_or_else(not_text)?,
                (2, Content::Bytes(version)) => {
                    self.envelope.scope_version = text(version).ok_or_else(not_text)?;
                }
                _ => {}
            }
        }
        Checked::new(Part::Scope, &self.limits).all(3, scope)?;
        self.envelope.scope = Fields::wire(3, scope);
        Ok(())
    }
}

#[inline]
fn read_record<'a>(bytes: &'a [u8], envelope: &View<'a>, limits: &Limits) -> Result<View<'a>, DecodeError> {
    Limit::RecordBytes.allows(bytes.len(), limits.record_bytes)?;
    let mut view = *envelope;
    let mut checked = Checked::new(Part::Record, limits);
    let attributes = read_fields(Reader::new(bytes), &mut view, &mut checked)?;
    view.attributes = Fields::wire(6, &bytes[attributes]);
    Ok(view)
}

const TIME: u32 = fixed64_key(1);
const SEVERITY: u32 = varint_key(2);
const SEVERITY_TEXT: u32 = bytes_key(3);
const BODY: u32 = bytes_key(5);
const ATTRIBUTE: u32 = bytes_key(6);
const DROPPED: u32 = varint_key(7);
const FLAGS: u32 = fixed32_key(8);
const TRACE: u32 = bytes_key(9);
const SPAN: u32 = bytes_key(10);
const OBSERVED: u32 = fixed64_key(11);
const EVENT_NAME: u32 = bytes_key(12);

/// Fills in everything but the attributes, which it checks; returns where in the record they stand, from the
/// beginning of the first to the end of the last one.
#[inline]
fn read_fields<'a>(
    mut reader: Reader<'a>,
    view: &mut View<'a>,
    checked: &mut Checked<'_>,
) -> Result<Range<usize>, DecodeError> {
    let length = reader.rest().len();
    let mut attributes = 0..0;
    loop {
        let begin = length - reader.rest().len();
        let Some(key) = reader.key()? else { return Ok(attributes) };
        match key {
            TIME => view.time_ns = reader.fixed64()?,
            SEVERITY => view.severity = Severity::from_wire(reader.varint()?),
            SEVERITY_TEXT => {
                view.severity_text = text(reader.bytes()?).ok_or(DecodeError::NotText(Part::SeverityText))?;
            }
            BODY => {
                let body = reader.bytes()?;
                checked.value(body, 0)?;
                view.body = value_of(body);
            }
            ATTRIBUTE => {
                checked.pair(reader.bytes()?)?;
                if attributes.is_empty() {
                    attributes.start = begin;
                }
                attributes.end = length - reader.rest().len();
            }
            DROPPED => view.dropped_attributes = low_bits(reader.varint()?),
            FLAGS => view.flags = reader.fixed32()?,
            TRACE => view.trace_id = TraceId::from_bytes(reader.bytes()?),
            SPAN => view.span_id = SpanId::from_bytes(reader.bytes()?),
            OBSERVED => view.observed_ns = reader.fixed64()?,
            EVENT_NAME => {
                view.event_name = text(reader.bytes()?).ok_or(DecodeError::NotText(Part::EventName))?;
            }
            _ => reader.skip(key)?,
        }
    }
}

/// Of a record; where other parts are read, they say so.
impl From<Malformed> for DecodeError {
    fn from(Malformed: Malformed) -> Self {
        Self::Malformed(Part::Record)
    }
}

/// What protobuf does with a number that is too large for its field.
fn low_bits(number: u64) -> u32 {
    u32::try_from(number & u64::from(u32::MAX)).expect("because the mask leaves 32 bits")
}

/// Looks through attributes and values before anybody relies on them.
struct Checked<'l> {
    part: Part,
    limits: &'l Limits,
    pairs: usize,
}

impl<'l> Checked<'l> {
    fn new(part: Part, limits: &'l Limits) -> Self {
        Self { part, limits, pairs: 0 }
    }

    /// Every `KeyValue` in the fields of this number.
    fn all(&mut self, number: u32, message: &[u8]) -> Result<(), DecodeError> {
        let mut reader = Reader::new(message);
        while let Some(pair) =
            reader.message(number).map_err(|Malformed| DecodeError::Malformed(self.part))?
        {
            self.pair(pair)?;
        }
        Ok(())
    }

    /// One more `KeyValue` at the top.
    #[inline]
    fn pair(&mut self, pair: &[u8]) -> Result<(), DecodeError> {
        self.pairs += 1;
        Limit::Fields.allows(self.pairs, self.limits.fields)?;
        self.key_and_value(pair, 0)
    }

    #[inline]
    fn key_and_value(&self, pair: &[u8], depth: usize) -> Result<(), DecodeError> {
        let broken = |Malformed| DecodeError::Malformed(self.part);
        let mut reader = Reader::new(pair);
        while let Some(key) = reader.key().map_err(broken)? {
            match key {
                PAIR_KEY => {
                    let name = reader.bytes().map_err(broken)?;
                    if !name.is_ascii() && text(name).is_none() {
                        return Err(DecodeError::NotText(Part::Key));
                    }
                }
                PAIR_VALUE => self.value(reader.bytes().map_err(broken)?, depth)?,
                _ => reader.skip(key).map_err(broken)?,
            }
        }
        Ok(())
    }

    #[inline]
    fn value(&self, value: &[u8], depth: usize) -> Result<(), DecodeError> {
        let broken = |Malformed| DecodeError::Malformed(Part::Value);
        let mut reader = Reader::new(value);
        while let Some(key) = reader.key().map_err(broken)? {
            match key {
                LIST => self.nested(false, reader.bytes().map_err(broken)?, depth + 1)?,
                MAP => self.nested(true, reader.bytes().map_err(broken)?, depth + 1)?,
                _ => reader.skip(key).map_err(broken)?,
            }
        }
        Ok(())
    }

    /// The values of a list or of a map.
    fn nested(&self, is_map: bool, message: &[u8], depth: usize) -> Result<(), DecodeError> {
        Limit::Depth.allows(depth, self.limits.depth)?;
        let mut reader = Reader::new(message);
        let mut count = 0;
        while let Some(inner) = reader.message(1).map_err(|Malformed| DecodeError::Malformed(Part::Value))? {
            count += 1;
            Limit::Fields.allows(count, self.limits.fields)?;
            if is_map {
                self.key_and_value(inner, depth)?;
            } else {
                self.value(inner, depth)?;
            }
        }
        Ok(())
    }
}
