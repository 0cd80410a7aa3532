//! What the fields of all four kinds are made of: durations, sizes, decimals, names.
//!
//! Each is a text that keeps how it was written, and what it means. The API server checks the pattern, reading
//! an object checks it again: whatever exists is right. None of them knows the field it stands in, so bounds
//! that differ by field are rules of the kinds.

mod decimal;
mod duration;
mod size;
mod text;

pub use decimal::{Amount, Factor, Percent};
pub use duration::Duration;
pub use size::Size;
pub use text::{
    AttributeName, BucketName, ConfigValue, Cron, DataKey, EnvName, Glob, Host, ImageName, KubeName, Label,
    LabelKey, LabelName, LabelValue, Line, LongText, Namespace, Pattern, Prefix, Quantity, Query,
    ResourceName, ShortText, TimeZone, Timestamp, TopicName, Url,
};

/// A text that is not what its field wants.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected}, found `{found}`")]
pub struct Malformed {
    /// What the field wants, with an example.
    pub expected: &'static str,
    /// What it got, cut where it is long.
    pub found: String,
}

impl Malformed {
    pub(crate) fn new(expected: &'static str, found: &str) -> Self {
        Self { expected, found: found.chars().take(64).collect() }
    }
}

/// A text with a longest length, a pattern, and perhaps a meaning that is worked out when it is made.
///
/// The schema and the reader use the same pattern, so the API server and whoever reads an object agree.
macro_rules! text_value {
    (
        $(#[$about:meta])*
        $name:ident, max $max:literal, $(min $min:literal,)? $(pattern $pattern:literal,)? $(format $format:literal,)?
        expected $expected:literal $(, meaning $meaning:ty, by $read:expr)?
    ) => {
        $(#[$about])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name {
            text: Box<str>,
            $(meaning: $meaning,)?
        }

        impl $name {
            /// Reads it.
            pub fn new(text: &str) -> Result<Self, $crate::value::Malformed> {
                $(static PATTERN: std::sync::LazyLock<regex::Regex> = std::sync::LazyLock::new(|| {
                    regex::Regex::new($pattern).expect("because the patterns are constants")
                });)?
                let malformed = || $crate::value::Malformed::new($expected, text);
                let length = text.chars().count();
                let shortest: usize = 0 $(+ $min)?;
                let is_right = (shortest..=$max).contains(&length)
                    $(&& ($pattern.is_empty() || PATTERN.is_match(text)))?;
                if !is_right {
                    return Err(malformed());
                }
                Ok(Self {
                    text: text.into(),
                    $(meaning: { let read: fn(&str) -> Option<$meaning> = $read; read(text).ok_or_else(malformed)? },)?
                })
            }

            /// As it was written.
            pub fn as_str(&self) -> &str {
                &self.text
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.text)
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::value::Malformed;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::new(text)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.text)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                Self::new(&text).map_err(serde::de::Error::custom)
            }
        }

        impl schemars::JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({
                    "type": "string",
                    "maxLength": $max,
                    $("minLength": $min,)?
                    $("pattern": $pattern,)?
                    $("format": $format,)?
                })
            }
        }
    };
}

pub(crate) use text_value;
