//! Bytes to text, without making records in between.

use super::{
    JsonError, base64,
    table::{Field, Kind, LOGS_DATA, Message},
};
use crate::{
    otlp::{
        decode::{DecodeError, Part},
        limits::{Limit, Limits},
        wire::{Content, Reader},
    },
    view::text,
};

/// The JSON of a batch's bytes. Text that is no UTF-8 is written as bytes where a value may be either.
pub fn write(batch: &[u8], limits: &Limits) -> Result<Vec<u8>, JsonError> {
    Limit::BatchBytes.allows(batch.len(), limits.batch_bytes)?;
    let mut out = Vec::with_capacity(batch.len() * 2);
    message(&LOGS_DATA, batch, limits, 0, &mut out)?;
    Ok(out)
}

const MALFORMED: JsonError = JsonError::Bytes(DecodeError::Malformed(Part::Batch));

fn message(
    message: &Message,
    bytes: &[u8],
    limits: &Limits,
    depth: usize,
    out: &mut Vec<u8>,
) -> Result<(), JsonError> {
    let depth = depth + usize::from(message.nests);
    Limit::Depth.allows(depth, limits.depth)?;
    out.push(b'{');
    let begin = out.len();
    if message.is_choice {
        if let Some((field, content)) = chosen(message, bytes)? {
            one(field, content, limits, depth, begin, out)?;
        }
    } else {
        for field in message.fields {
            if let Kind::Each(inner) = field.kind {
                each(field, inner, bytes, limits, depth, (begin, &mut *out))?;
            } else if let Some(content) = last(field, bytes)? {
                one(field, content, limits, depth, begin, out)?;
            }
        }
    }
    out.push(b'}');
    Ok(())
}

/// The field of a choice that counts: the last.
fn chosen<'a>(
    message: &Message,
    bytes: &'a [u8],
) -> Result<Option<(&'static Field, Content<'a>)>, JsonError> {
    let mut reader = Reader::new(bytes);
    let mut chosen = None;
    while let Some((number, content)) = reader.field().map_err(|_| MALFORMED)? {
        let known = message.fields.iter().find(|field| is(field, number, content));
        chosen = known.map(|field| (field, content)).or(chosen);
    }
    Ok(chosen)
}

fn last<'a>(field: &Field, bytes: &'a [u8]) -> Result<Option<Content<'a>>, JsonError> {
    let mut reader = Reader::new(bytes);
    let mut last = None;
    while let Some((number, content)) = reader.field().map_err(|_| MALFORMED)? {
        if is(field, number, content) {
            last = Some(content);
        }
    }
    Ok(last)
}

/// Whether the field is this one, and holds what it should.
fn is(field: &Field, number: u32, content: Content<'_>) -> bool {
    let fits = match field.kind {
        Kind::Time | Kind::Double => matches!(content, Content::Fixed64(_)),
        Kind::Flags => matches!(content, Content::Fixed32(_)),
        Kind::Count | Kind::Severity | Kind::Int | Kind::Bool => matches!(content, Content::Varint(_)),
        Kind::Text | Kind::Id | Kind::Bytes | Kind::One(_) | Kind::Each(_) => {
            matches!(content, Content::Bytes(_))
        }
    };
    fits && u32::from(field.number) == number
}

fn each(
    field: &Field,
    inner: &Message,
    bytes: &[u8],
    limits: &Limits,
    depth: usize,
    (begin, out): (usize, &mut Vec<u8>),
) -> Result<(), JsonError> {
    let mut reader = Reader::new(bytes);
    let mut is_first = true;
    while let Some(found) = reader.message(field.number.into()).map_err(|_| MALFORMED)? {
        if is_first {
            name(field.name, begin, out);
        }
        out.push(if is_first { b'[' } else { b',' });
        is_first = false;
        message(inner, found, limits, depth, out)?;
    }
    if !is_first {
        out.push(b']');
    }
    Ok(())
}

fn one(
    field: &'static Field,
    content: Content<'_>,
    limits: &Limits,
    depth: usize,
    begin: usize,
    out: &mut Vec<u8>,
) -> Result<(), JsonError> {
    match (field.kind, content) {
        (Kind::Text, Content::Bytes(bytes)) if text(bytes).is_none() => {
            if field.name != "stringValue" {
                return Err(JsonError::Bytes(DecodeError::NotText(Part::Batch)));
            }
            name("bytesValue", begin, out);
            quoted(&base64::encoded(bytes), out);
        }
        (kind, content) => {
            name(field.name, begin, out);
            value(kind, content, limits, depth, out)?;
        }
    }
    Ok(())
}

fn value(
    kind: Kind,
    content: Content<'_>,
    limits: &Limits,
    depth: usize,
    out: &mut Vec<u8>,
) -> Result<(), JsonError> {
    match (kind, content) {
        (Kind::Text, Content::Bytes(bytes)) => json(text(bytes).unwrap_or_default(), out),
        (Kind::Bytes, Content::Bytes(bytes)) => quoted(&base64::encoded(bytes), out),
        (Kind::Id, Content::Bytes(bytes)) => {
            out.push(b'"');
            for &byte in bytes {
                out.extend_from_slice(&crate::id::hex_digits(byte));
            }
            out.push(b'"');
        }
        (Kind::One(inner), Content::Bytes(bytes)) => message(inner, bytes, limits, depth, out)?,
        (Kind::Time, Content::Fixed64(time)) => quoted(&time.to_string(), out),
        (Kind::Int, Content::Varint(bits)) => quoted(&bits.cast_signed().to_string(), out),
        (Kind::Double, Content::Fixed64(bits)) => match f64::from_bits(bits) {
            number if number.is_nan() => quoted("NaN", out),
            f64::INFINITY => quoted("Infinity", out),
            f64::NEG_INFINITY => quoted("-Infinity", out),
            number => json(&number, out),
        },
        (Kind::Bool, Content::Varint(bit)) => json(&(bit != 0), out),
        // Both are 32 bits wide, whatever stands on the wire.
        (Kind::Severity, Content::Varint(bits)) => json(&low_word(bits).cast_signed(), out),
        (Kind::Count, Content::Varint(bits)) => json(&low_word(bits), out),
        (Kind::Flags, Content::Fixed32(flags)) => json(&flags, out),
        _ => out.extend_from_slice(b"null"),
    }
    Ok(())
}

fn low_word(bits: u64) -> u32 {
    let [a, b, c, d, ..] = bits.to_le_bytes();
    u32::from_le_bytes([a, b, c, d])
}

fn name(name: &str, begin: usize, out: &mut Vec<u8>) {
    if out.len() > begin {
        out.push(b',');
    }
    quoted(name, out);
    out.push(b':');
}

/// Text that needs no escaping.
fn quoted(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    out.extend_from_slice(text.as_bytes());
    out.push(b'"');
}

fn json<T: serde::Serialize + ?Sized>(value: &T, out: &mut Vec<u8>) {
    serde_json::to_writer(out, value)
        .expect("because memory takes everything, and these are numbers and text");
}
