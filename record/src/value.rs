//! What a body or an attribute can hold, owned.
//!
//! The types are OpenTelemetry's. Numbers stay what they were written as: a whole number never becomes a
//! floating one on the way, nor the other way round.
//!
//! Deliberately absent: any reading of text as a number or a time; that is the schema's business.

/// Keys with their values, in the order in which they were written. A key should occur once; where it does
/// not, the first counts.
pub type Attributes = Vec<(String, Value)>;

/// One value.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Value {
    /// Nothing: what JSON calls null.
    #[default]
    Empty,
    /// Text.
    Str(String),
    /// A whole number.
    Int(i64),
    /// A floating number.
    Double(f64),
    /// Yes or no.
    Bool(bool),
    /// Bytes that are no text.
    Bytes(Vec<u8>),
    /// Several values.
    List(Vec<Value>),
    /// Values with keys.
    Map(Attributes),
}

impl Value {
    /// The text, where it is one.
    pub fn as_str(&self) -> Option<&str> {
        if let Self::Str(text) = self { Some(text) } else { None }
    }
}

macro_rules! value_from {
    ($($from:ty => $variant:ident),+ $(,)?) => {
        $(impl From<$from> for Value {
            fn from(value: $from) -> Self {
                Self::$variant(value.into())
            }
        })+
    };
}

value_from! {
    &str => Str, String => Str, i64 => Int, f64 => Double, bool => Bool, Vec<u8> => Bytes, Vec<Self> => List,
    Attributes => Map,
}
