//! From records to a batch's bytes: append-only, record by record, with the resource encoded once.
//!
//! The same bytes as generated encoders write, field by field in the order of numbers. A record's bytes are
//! written where they stay; only the head of the batch, which needs the length of everything, is put in front
//! at the end, into room that was left for it.
//!
//! A record that passes a limit leaves no trace in the batch. Deliberately absent: cutting such a record, and
//! deciding when a batch is full.

use super::{
    limits::{Limit, LimitExceeded, Limits},
    wire::{close, length, open, put_bytes, put_varint, varint_len},
};
use crate::{
    id::{SpanId, TraceId},
    severity::Severity,
    view::{Fields, ValueRef, View},
};

/// The `resource` of a batch, encoded: made once for a container, used for each of its batches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceBytes(Vec<u8>);

/// The `scope` of a batch, encoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScopeBytes(Vec<u8>);

impl ResourceBytes {
    /// Encodes the attributes of a resource.
    pub fn new(attributes: Fields<'_>, limits: &Limits) -> Result<Self, LimitExceeded> {
        let mut out = Vec::with_capacity(512);
        let frame = open(&mut out, 1);
        put_fields(&mut out, 1, attributes, limits, 0)?;
        close(&mut out, frame);
        Ok(Self(out))
    }
}

impl ScopeBytes {
    /// Encodes a scope. One without a name is written too, for a reader that finds the scope in front need not
    /// look for it behind the records.
    pub fn new(
        name: &str,
        version: &str,
        attributes: Fields<'_>,
        limits: &Limits,
    ) -> Result<Self, LimitExceeded> {
        let mut out = Vec::new();
        let frame = open(&mut out, 1);
        for (number, text) in [(1, name), (2, version)] {
            if !text.is_empty() {
                put_bytes(&mut out, number, text.as_bytes());
            }
        }
        put_fields(&mut out, 3, attributes, limits, 0)?;
        close(&mut out, frame);
        Ok(Self(out))
    }
}

impl Default for ScopeBytes {
    fn default() -> Self {
        Self(vec![1 << 3 | 2, 0])
    }
}

/// A batch that grows. Its memory is kept from one batch to the next.
#[derive(Debug, Clone)]
pub struct Batch {
    limits: Limits,
    /// Room for the head, then records.
    buffer: Vec<u8>,
    /// Length of that room.
    room: usize,
    head: Vec<u8>,
    scope: usize,
    records: usize,
}

/// Key and length of `resource_logs` and of `scope_logs` at their longest.
const FRAMES: usize = 2 * (1 + 10);

impl Batch {
    /// Without records yet.
    pub fn new(resource: &ResourceBytes, scope: &ScopeBytes, limits: &Limits) -> Self {
        let (buffer, head) = (Vec::new(), Vec::new());
        let mut batch = Self { limits: *limits, buffer, room: 0, head, scope: 0, records: 0 };
        batch.begin(resource, scope);
        batch
    }

    /// Throws away what it holds and begins another one.
    pub fn begin(&mut self, resource: &ResourceBytes, scope: &ScopeBytes) {
        self.head.clear();
        self.head.extend_from_slice(&resource.0);
        self.head.extend_from_slice(&scope.0);
        self.scope = scope.0.len();
        self.room = FRAMES + self.head.len();
        self.buffer.clear();
        self.buffer.resize(self.room, 0);
        self.records = 0;
    }

    /// How many records it has.
    pub fn records(&self) -> usize {
        self.records
    }

    /// How long its bytes are by now.
    pub fn encoded_len(&self) -> usize {
        let (scope_logs, resource_logs) = self.lengths();
        let frame = |content: usize| 1 + varint_len(length(content));
        frame(resource_logs) + frame(scope_logs) + self.head.len() + self.buffer.len() - self.room
    }

    /// Of the contents of `scope_logs` and `resource_logs`.
    fn lengths(&self) -> (usize, usize) {
        let scope_logs = self.scope + self.buffer.len() - self.room;
        let resource = self.head.len() - self.scope;
        (scope_logs, resource + 1 + varint_len(length(scope_logs)) + scope_logs)
    }

    /// Appends a record; its resource and scope are the batch's.
    #[inline]
    pub fn push(&mut self, view: &View<'_>) -> Result<(), LimitExceeded> {
        self.record(|record| {
            record.time(view.time_ns);
            record.severity(view.severity);
            record.severity_text(view.severity_text);
            record.body(view.body);
            for (key, value) in view.attributes {
                record.attribute(key, value);
            }
            record.dropped_attributes(view.dropped_attributes);
            record.flags(view.flags);
            record.trace(view.trace_id);
            record.span(view.span_id);
            record.observed(view.observed_ns);
            record.event_name(view.event_name);
        })
    }

    /// Appends a record field by field, for who has no [`View`] of it. In any order; each field once.
    #[inline]
    pub fn record(&mut self, write: impl FnOnce(&mut RecordWriter<'_>)) -> Result<(), LimitExceeded> {
        let begin = self.buffer.len();
        let written = self.write(write);
        if written.is_err() {
            self.buffer.truncate(begin);
        }
        written
    }

    #[inline]
    fn write(&mut self, write: impl FnOnce(&mut RecordWriter<'_>)) -> Result<(), LimitExceeded> {
        let begin = self.buffer.len();
        Limit::Records.allows(self.records + 1, self.limits.records)?;
        let frame = open(&mut self.buffer, 2);
        let mut writer =
            RecordWriter { out: &mut self.buffer, limits: &self.limits, fields: 0, exceeded: None };
        write(&mut writer);
        writer.exceeded.map_or(Ok(()), Err)?;
        close(&mut self.buffer, frame);
        Limit::RecordBytes.allows(self.buffer.len() - begin, self.limits.record_bytes)?;
        Limit::BatchBytes.allows(self.encoded_len(), self.limits.batch_bytes)?;
        self.records += 1;
        Ok(())
    }

    /// The bytes. The batch can go on growing afterwards.
    pub fn bytes(&mut self) -> &[u8] {
        let (scope_logs, resource_logs) = self.lengths();
        let (resource, scope) = self.head.split_at(self.head.len() - self.scope);
        let mut front = Vec::with_capacity(self.room);
        front.push(1 << 3 | 2);
        put_varint(&mut front, length(resource_logs));
        front.extend_from_slice(resource);
        front.push(2 << 3 | 2);
        put_varint(&mut front, length(scope_logs));
        front.extend_from_slice(scope);
        let begin = self.room - front.len();
        self.buffer[begin..self.room].copy_from_slice(&front);
        &self.buffer[begin..]
    }
}

/// The fields of one record.
#[derive(Debug)]
pub struct RecordWriter<'b> {
    out: &'b mut Vec<u8>,
    limits: &'b Limits,
    fields: usize,
    exceeded: Option<LimitExceeded>,
}

impl RecordWriter<'_> {
    /// When it happened.
    #[inline]
    pub fn time(&mut self, ns: u64) {
        self.fixed64(1, ns);
    }

    /// When it was first seen.
    #[inline]
    pub fn observed(&mut self, ns: u64) {
        self.fixed64(11, ns);
    }

    /// How bad it is.
    #[inline]
    pub fn severity(&mut self, severity: Severity) {
        if severity != Severity::UNSPECIFIED {
            self.out.extend_from_slice(&[2 << 3, severity.number()]);
        }
    }

    /// How bad it is in the words of who said it.
    #[inline]
    pub fn severity_text(&mut self, text: &str) {
        self.unless_empty(3, text.as_bytes());
    }

    /// What was said.
    #[inline]
    pub fn body(&mut self, value: ValueRef<'_>) {
        if value != ValueRef::Empty {
            let put = put_value(self.out, 5, value, self.limits, 0);
            self.note(put);
        }
    }

    /// What was said beside it.
    #[inline]
    pub fn attribute(&mut self, key: &str, value: ValueRef<'_>) {
        self.fields += 1;
        let put = Limit::Fields
            .allows(self.fields, self.limits.fields)
            .and_then(|()| put_pair(self.out, 6, key, value, self.limits, 0));
        self.note(put);
    }

    /// Attributes that were left out.
    #[inline]
    pub fn dropped_attributes(&mut self, count: u32) {
        if count != 0 {
            self.out.push(7 << 3);
            put_varint(self.out, count.into());
        }
    }

    /// W3C trace flags.
    #[inline]
    pub fn flags(&mut self, flags: u32) {
        if flags != 0 {
            self.out.push(8 << 3 | 5);
            self.out.extend_from_slice(&flags.to_le_bytes());
        }
    }

    /// The trace that it is part of.
    #[inline]
    pub fn trace(&mut self, id: Option<TraceId>) {
        if let Some(id) = id {
            put_bytes(self.out, 9, id.as_bytes());
        }
    }

    /// The span that it is part of.
    #[inline]
    pub fn span(&mut self, id: Option<SpanId>) {
        if let Some(id) = id {
            put_bytes(self.out, 10, id.as_bytes());
        }
    }

    /// The kind of event.
    #[inline]
    pub fn event_name(&mut self, name: &str) {
        self.unless_empty(12, name.as_bytes());
    }

    #[inline]
    fn fixed64(&mut self, number: u8, value: u64) {
        if value != 0 {
            self.out.push(number << 3 | 1);
            self.out.extend_from_slice(&value.to_le_bytes());
        }
    }

    #[inline]
    fn unless_empty(&mut self, number: u8, bytes: &[u8]) {
        if !bytes.is_empty() {
            put_bytes(self.out, number, bytes);
        }
    }

    #[inline]
    fn note(&mut self, put: Result<(), LimitExceeded>) {
        if let Err(exceeded) = put {
            self.exceeded = Some(exceeded);
        }
    }
}

fn put_fields(
    out: &mut Vec<u8>,
    number: u8,
    fields: Fields<'_>,
    limits: &Limits,
    depth: usize,
) -> Result<(), LimitExceeded> {
    for (index, (key, value)) in fields.iter().enumerate() {
        Limit::Fields.allows(index + 1, limits.fields)?;
        put_pair(out, number, key, value, limits, depth)?;
    }
    Ok(())
}

/// A `KeyValue` in a field of this number.
#[inline]
fn put_pair(
    out: &mut Vec<u8>,
    number: u8,
    key: &str,
    value: ValueRef<'_>,
    limits: &Limits,
    depth: usize,
) -> Result<(), LimitExceeded> {
    let delimited = |content: usize| 1 + varint_len(length(content)) + content;
    let key_len = if key.is_empty() { 0 } else { delimited(key.len()) };
    let known = scalar_len(value).map(|value| if value == 0 { 0 } else { delimited(value) });
    let frame = if let Some(value_len) = known {
        out.push(number << 3 | 2);
        put_varint(out, length(key_len + value_len));
        None
    } else {
        Some(open(out, number))
    };
    if !key.is_empty() {
        put_bytes(out, 1, key.as_bytes());
    }
    if value != ValueRef::Empty {
        put_value(out, 2, value, limits, depth)?;
    }
    if let Some(frame) = frame {
        close(out, frame);
    }
    Ok(())
}

/// The length of an `AnyValue` of a scalar; nothing for lists and maps, which one has to write to know.
#[inline]
fn scalar_len(value: ValueRef<'_>) -> Option<usize> {
    match value {
        ValueRef::Empty => Some(0),
        ValueRef::Str(text) => Some(1 + varint_len(length(text.len())) + text.len()),
        ValueRef::Bytes(bytes) => Some(1 + varint_len(length(bytes.len())) + bytes.len()),
        ValueRef::Int(number) => Some(1 + varint_len(number.cast_unsigned())),
        ValueRef::Double(_) => Some(9),
        ValueRef::Bool(_) => Some(2),
        ValueRef::List(_) | ValueRef::Map(_) => None,
    }
}

/// An `AnyValue` in a field of this number.
#[inline]
fn put_value(
    out: &mut Vec<u8>,
    number: u8,
    value: ValueRef<'_>,
    limits: &Limits,
    depth: usize,
) -> Result<(), LimitExceeded> {
    if let Some(known) = scalar_len(value) {
        out.push(number << 3 | 2);
        put_varint(out, length(known));
    }
    match value {
        ValueRef::Empty => {}
        ValueRef::Str(text) => put_bytes(out, 1, text.as_bytes()),
        ValueRef::Bytes(bytes) => put_bytes(out, 7, bytes),
        ValueRef::Bool(bit) => out.extend_from_slice(&[2 << 3, bit.into()]),
        ValueRef::Int(whole) => {
            out.push(3 << 3);
            put_varint(out, whole.cast_unsigned());
        }
        ValueRef::Double(floating) => {
            out.push(4 << 3 | 1);
            out.extend_from_slice(&floating.to_le_bytes());
        }
        ValueRef::List(_) | ValueRef::Map(_) => put_nested(out, number, value, limits, depth + 1)?,
    }
    Ok(())
}

fn put_nested(
    out: &mut Vec<u8>,
    number: u8,
    value: ValueRef<'_>,
    limits: &Limits,
    depth: usize,
) -> Result<(), LimitExceeded> {
    Limit::Depth.allows(depth, limits.depth)?;
    let any_value = open(out, number);
    let nested = open(out, if matches!(value, ValueRef::List(_)) { 5 } else { 6 });
    match value {
        ValueRef::List(items) => {
            for (index, item) in items.iter().enumerate() {
                Limit::Fields.allows(index + 1, limits.fields)?;
                put_value(out, 1, item, limits, depth)?;
            }
        }
        ValueRef::Map(fields) => put_fields(out, 1, fields, limits, depth)?,
        _ => {}
    }
    close(out, nested);
    close(out, any_value);
    Ok(())
}
