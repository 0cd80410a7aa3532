//! Text to bytes: every JSON object becomes its message as soon as it is read.

use std::{cell::Cell, fmt};

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::{
    JsonError, base64,
    table::{Field, Kind, LOGS_DATA, Message},
};
use crate::{
    otlp::{
        limits::{Limit, LimitExceeded, Limits},
        wire::{close, open, put_bytes, put_varint},
    },
    severity::Severity,
};

/// A batch's bytes from its JSON. Limits on records are [`decode`](crate::otlp::decode::decode)'s business;
/// size and depth are judged here.
pub fn read(text: &[u8], limits: &Limits) -> Result<Vec<u8>, JsonError> {
    Limit::BatchBytes.allows(text.len(), limits.batch_bytes)?;
    let state = State { limits, depth: Cell::new(0), exceeded: Cell::new(None) };
    let mut out = Vec::with_capacity(text.len() / 2);
    let mut json = serde_json::Deserializer::from_slice(text);
    let read = MessageIn { message: &LOGS_DATA, out: &mut out, state: &state }
        .deserialize(&mut json)
        .and_then(|_said| json.end());
    match (read, state.exceeded.get()) {
        (_, Some(exceeded)) => Err(exceeded.into()),
        (Err(error), None) => Err(JsonError::Text(error)),
        (Ok(()), None) => Ok(out),
    }
}

struct State<'l> {
    limits: &'l Limits,
    depth: Cell<usize>,
    exceeded: Cell<Option<LimitExceeded>>,
}

/// An object's fields, appended; false where it was null.
struct MessageIn<'o, 's> {
    message: &'static Message,
    out: &'o mut Vec<u8>,
    state: &'s State<'s>,
}

impl<'de> DeserializeSeed<'de> for MessageIn<'_, '_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<bool, D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for MessageIn<'_, '_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_unit<E>(self) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<bool, M::Error> {
        let depth = &self.state.depth;
        depth.set(depth.get() + usize::from(self.message.nests));
        if let Err(exceeded) = Limit::Depth.allows(depth.get(), self.state.limits.depth) {
            self.state.exceeded.set(Some(exceeded));
            return Err(Error::custom(exceeded));
        }
        while let Some(known) = map.next_key_seed(Name(self.message))? {
            match known {
                None => drop(map.next_value::<IgnoredAny>()?),
                Some(field) => map.next_value_seed(FieldIn {
                    field,
                    is_choice: self.message.is_choice,
                    out: &mut *self.out,
                    state: self.state,
                })?,
            }
        }
        depth.set(depth.get() - usize::from(self.message.nests));
        Ok(true)
    }
}

/// A field's name.
struct Name(&'static Message);

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Option<&'static Field>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Self::Value, D::Error> {
        json.deserialize_str(self)
    }
}

impl Visitor<'_> for Name {
    type Value = Option<&'static Field>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a field's name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(self.0.fields.iter().find(|field| field.name == name || field.proto_name == name))
    }
}

/// A field's value, appended with its number.
struct FieldIn<'o, 's> {
    field: &'static Field,
    is_choice: bool,
    out: &'o mut Vec<u8>,
    state: &'s State<'s>,
}

impl<'de> DeserializeSeed<'de> for FieldIn<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        let Kind::One(message) = self.field.kind else { return json.deserialize_any(self) };
        let before = self.out.len();
        let frame = open(self.out, self.field.number);
        if (MessageIn { message, out: &mut *self.out, state: self.state }).deserialize(json)? {
            close(self.out, frame);
        } else {
            self.out.truncate(before);
        }
        Ok(())
    }
}

impl FieldIn<'_, '_> {
    fn wrong<E: Error>(&self, what: &str) -> E {
        E::custom(format_args!("{}: {what}", self.field.name))
    }

    /// Appends a field of variable length.
    fn varint(self, value: u64) {
        if value != 0 || self.is_choice {
            self.out.push(self.field.number << 3);
            put_varint(self.out, value);
        }
    }

    fn bytes(self, value: &[u8]) {
        if !value.is_empty() || self.is_choice {
            put_bytes(self.out, self.field.number, value);
        }
    }

    fn double(self, value: f64) {
        self.out.push(self.field.number << 3 | 1);
        self.out.extend_from_slice(&value.to_le_bytes());
    }

    fn whole<E: Error>(self, value: i128) -> Result<(), E> {
        let too_large = || E::custom(format_args!("{}: {value} is too large or negative", self.field.name));
        match self.field.kind {
            Kind::Time => {
                let time = u64::try_from(value).map_err(|_| too_large())?;
                if time != 0 {
                    self.out.push(self.field.number << 3 | 1);
                    self.out.extend_from_slice(&time.to_le_bytes());
                }
            }
            Kind::Count => self.varint(u32::try_from(value).map_err(|_| too_large())?.into()),
            Kind::Flags => {
                let flags = u32::try_from(value).map_err(|_| too_large())?;
                if flags != 0 {
                    self.out.push(self.field.number << 3 | 5);
                    self.out.extend_from_slice(&flags.to_le_bytes());
                }
            }
            Kind::Severity => {
                let number = i32::try_from(value).map_err(|_| too_large())?;
                self.varint(i64::from(number).cast_unsigned());
            }
            Kind::Int => self.varint(i64::try_from(value).map_err(|_| too_large())?.cast_unsigned()),
            Kind::Double => {
                // What a floating number does with a whole one, as all readers of JSON do it.
                let nearest = value as f64;
                self.double(nearest);
            }
            _ => return Err(self.wrong("is not a number")),
        }
        Ok(())
    }

    fn severity<E: Error>(self, name: &str) -> Result<(), E> {
        if let Ok(number) = name.parse::<i128>() {
            return self.whole(number);
        }
        if name == "SEVERITY_NUMBER_UNSPECIFIED" {
            return Ok(());
        }
        let named = Severity::from_word(name).filter(|_| name.starts_with("SEVERITY_NUMBER_"));
        let number = named.map(Severity::number).ok_or_else(|| self.wrong("is no severity"))?;
        self.varint(number.into());
        Ok(())
    }
}

impl<'de> Visitor<'de> for FieldIn<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.field.kind {
            Kind::Each(_) => "a list",
            Kind::One(_) => "an object",
            Kind::Bool => "true or false",
            Kind::Text | Kind::Id | Kind::Bytes => "text",
            Kind::Time | Kind::Int | Kind::Double | Kind::Count | Kind::Flags | Kind::Severity => "a number",
        };
        write!(f, "{what} for {}", self.field.name)
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut row: S) -> Result<(), S::Error> {
        let Kind::Each(message) = self.field.kind else { return Err(self.wrong("is no list")) };
        loop {
            let before = self.out.len();
            let frame = open(self.out, self.field.number);
            let inner = MessageIn { message, out: &mut *self.out, state: self.state };
            if row.next_element_seed(inner)?.is_none() {
                self.out.truncate(before);
                return Ok(());
            }
            close(self.out, frame);
        }
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        if !matches!(self.field.kind, Kind::Bool) {
            return Err(self.wrong("is not true or false"));
        }
        self.varint(value.into());
        Ok(())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        self.whole(value.into())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        self.whole(value.into())
    }

    #[allow(clippy::cast_possible_truncation, reason = "a whole number below 2^64 fits into 128 bits")]
    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        if matches!(self.field.kind, Kind::Double) {
            self.double(value);
            return Ok(());
        }
        if value.fract() == 0.0 && value.abs() < 18_446_744_073_709_551_616.0 {
            return self.whole(value as i128);
        }
        Err(self.wrong("is no whole number"))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        match self.field.kind {
            Kind::Text => self.bytes(text.as_bytes()),
            Kind::Bytes => {
                let bytes = base64::decoded(text).ok_or_else(|| self.wrong("is no base64"))?;
                self.bytes(&bytes);
            }
            Kind::Id => {
                let bytes = unhex(text).ok_or_else(|| self.wrong("is no hex"))?;
                self.bytes(&bytes);
            }
            Kind::Severity => return self.severity(text),
            Kind::Double => {
                // Rust's parser takes the three names of protobuf's JSON, and any number.
                let value = text.parse().map_err(|_| self.wrong("is no number"))?;
                self.double(value);
            }
            Kind::Time | Kind::Int | Kind::Count | Kind::Flags => {
                let value = text.parse::<i128>().map_err(|_| self.wrong("is no whole number"))?;
                return self.whole(value);
            }
            Kind::Bool | Kind::One(_) | Kind::Each(_) => return Err(self.wrong("is text")),
        }
        Ok(())
    }
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    if digits.len() % 2 == 1 {
        return None;
    }
    let pair = |pair: &[u8]| Some(crate::id::nibble(pair[0])? << 4 | crate::id::nibble(pair[1])?);
    digits.chunks_exact(2).map(pair).collect()
}
