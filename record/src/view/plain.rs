//! Values as people read them: text as it is, everything else as plain JSON.
//!
//! Not the JSON of batches, which names the type of each value (see [`otlp::json`](crate::otlp::json)). Bytes are
//! base64 here, and numbers that JSON has no form for are null.

use std::fmt;

use serde::{
    Serialize,
    ser::{SerializeMap as _, Serializer},
};

use super::{Fields, Items, ValueRef};
use crate::{otlp::json::base64, value::Value};

impl Serialize for ValueRef<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match *self {
            Self::Empty => to.serialize_unit(),
            Self::Str(text) => to.serialize_str(text),
            Self::Int(number) => to.serialize_i64(number),
            Self::Double(number) => to.serialize_f64(number),
            Self::Bool(bit) => to.serialize_bool(bit),
            Self::Bytes(bytes) => to.serialize_str(&base64(bytes)),
            Self::List(items) => items.serialize(to),
            Self::Map(fields) => fields.serialize(to),
        }
    }
}

impl Serialize for Items<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(self.iter())
    }
}

impl Serialize for Fields<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(None)?;
        self.iter().try_for_each(|(key, value)| map.serialize_entry(key, &value))?;
        map.end()
    }
}

impl fmt::Display for ValueRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Str(text) => f.pad(text),
            Self::Empty => Ok(()),
            other => f.pad(&serde_json::to_string(other).map_err(|_| fmt::Error)?),
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&ValueRef::from(self), f)
    }
}
