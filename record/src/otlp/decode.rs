//! From a batch's bytes to borrowed records, without copying or allocating.
//!
//! A record is looked through completely before it is handed out, so a [`View`] cannot surprise later: every
//! length fits, every key is text, and every limit holds. A bad record is an error of its own, and the next one
//! follows; where the envelope itself is broken, nothing follows. So the place of an item among the items is
//! the place of its record in the batch.
//!
//! Tolerant where a reader can be: unknown fields are skipped, text values that are no UTF-8 are bytes, ids of a
//! wrong length and unknown severities are "not said", and of a field that should occur once the last counts.
//!
//! Deliberately absent: schema URLs, and entity references of resources.

use super::{
    limits::{Limit, LimitExceeded, Limits},
    wire::{Content, Malformed, Reader},
};
use crate::{
    id::{SpanId, TraceId},
    severity::Severity,
    view::{Fields, View, text, value_of},
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
    let mut reader = Reader::new(bytes);
    let mut checked = Checked::new(Part::Record, limits);
    // The stretch from the first attribute to the end of the last one.
    let mut attributes: Option<(usize, usize)> = None;
    loop {
        let left = reader.rest().len();
        let field = reader.field().map_err(|Malformed| DecodeError::Malformed(Part::Record))?;
        let Some((number, content)) = field else { break };
        match (number, content) {
            (6, Content::Bytes(pair)) => {
                checked.pair(pair)?;
                let begin = attributes.map_or(bytes.len() - left, |(begin, _)| begin);
                attributes = Some((begin, bytes.len() - reader.rest().len()));
            }
            (1, Content::Fixed64(time)) => view.time_ns = time,
            (11, Content::Fixed64(time)) => view.observed_ns = time,
            (2, Content::Varint(severity)) => view.severity = Severity::from_wire(severity),
            (3, Content::Bytes(word)) => {
                view.severity_text = text(word).ok_or(DecodeError::NotText(Part::SeverityText))?;
            }
            (5, Content::Bytes(body)) => {
                checked.value(body, 0)?;
                view.body = value_of(body);
            }
            (7, Content::Varint(count)) => view.dropped_attributes = low_bits(count),
            (8, Content::Fixed32(flags)) => view.flags = flags,
            (9, Content::Bytes(id)) => view.trace_id = TraceId::from_bytes(id),
            (10, Content::Bytes(id)) => view.span_id = SpanId::from_bytes(id),
            (12, Content::Bytes(name)) => {
                view.event_name = text(name).ok_or(DecodeError::NotText(Part::EventName))?;
            }
            _ => {}
        }
    }
    if let Some((begin, end)) = attributes {
        view.attributes = Fields::wire(6, &bytes[begin..end]);
    }
    Ok(view)
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
        let mut reader = Reader::new(pair);
        while let Some((number, content)) =
            reader.field().map_err(|Malformed| DecodeError::Malformed(self.part))?
        {
            match (number, content) {
                (1, Content::Bytes(key)) => drop(text(key).ok_or(DecodeError::NotText(Part::Key))?),
                (2, Content::Bytes(value)) => self.value(value, depth)?,
                _ => {}
            }
        }
        Ok(())
    }

    #[inline]
    fn value(&self, value: &[u8], depth: usize) -> Result<(), DecodeError> {
        let mut reader = Reader::new(value);
        while let Some((number, content)) =
            reader.field().map_err(|Malformed| DecodeError::Malformed(Part::Value))?
        {
            if let (5 | 6, Content::Bytes(inner)) = (number, content) {
                self.nested(number == 6, inner, depth + 1)?;
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
