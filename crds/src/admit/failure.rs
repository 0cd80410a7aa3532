//! What is wrong with a value, in the API server's words.

use serde_json::Value;

use super::{go, position::Way};

/// Why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    Required,
    Forbidden,
    Duplicate,
    Invalid,
    Type,
    Option,
    Long,
    Many,
}

impl Cause {
    fn words(self) -> &'static str {
        match self {
            Self::Required => "Required value",
            Self::Forbidden => "Forbidden",
            Self::Duplicate => "Duplicate value",
            Self::Invalid | Self::Type => "Invalid value",
            Self::Option => "Unsupported value",
            Self::Long => "Too long",
            Self::Many => "Too many",
        }
    }

    /// Whether rules are not asked about an object with such a value: they could not rely on its types and sizes.
    pub(super) fn hides_rules(self) -> bool {
        matches!(self, Self::Required | Self::Type | Self::Option | Self::Long | Self::Many)
    }
}

/// One failure.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Failure {
    pub(super) way: Way,
    pub(super) cause: Cause,
    /// The whole message.
    pub(super) text: String,
    /// Failures of one value with the same key are told once.
    pub(super) key: String,
    /// The refused value, where the message tells it.
    pub(super) bad: Option<Value>,
}

impl Failure {
    /// One whose detail names the field again.
    pub(super) fn of(way: &Way, cause: Cause, bad: Option<Value>, says: &str) -> Self {
        let detail = format!("{} {says}", way.dotted());
        Self::plain(way, cause, bad, &detail)
    }

    /// One of the schema.
    pub(super) fn plain(way: &Way, cause: Cause, bad: Option<Value>, detail: &str) -> Self {
        Self::named(&way.dotted(), way, cause, bad, detail)
    }

    /// One of a rule or a list, which name keys in brackets.
    pub(super) fn bracketed(way: &Way, cause: Cause, bad: Option<Value>, detail: &str) -> Self {
        Self::named(&way.bracketed(), way, cause, bad, detail)
    }

    /// One of several shapes together, which the API server cannot place.
    pub(super) fn composite(way: &Way, detail: &str) -> Self {
        Self::named("<nil>", way, Cause::Invalid, Some("".into()), detail)
    }

    pub(super) fn named(name: &str, way: &Way, cause: Cause, bad: Option<Value>, detail: &str) -> Self {
        let shown = bad.as_ref().map(|bad| format!(": {}", go::bad(bad))).unwrap_or_default();
        let detail = if detail.is_empty() { String::new() } else { format!(": {detail}") };
        let text = format!("{name}: {}{shown}{detail}", cause.words());
        Self { way: way.clone(), cause, key: text.clone(), text, bad }
    }
}
