//! What never leaves the node.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    choice::choice,
    rule,
    value::{AttributeName, KubeName, Pattern},
};

choice! {
    /// What is recognised.
    Detector {
        /// mail addresses
        Email,
        /// social security numbers of the United States
        Ssn,
        /// payment cards
        Card,
        /// passwords and secrets beside their names
        Secret,
        /// bearer tokens
        Bearer,
        /// JSON web tokens
        Jwt,
        /// keys of cloud providers
        CloudKey,
        /// international bank account numbers
        Iban,
        /// addresses of IPv4
        Ipv4,
    }
}

/// What is recognised where nobody says otherwise: everything but addresses.
pub const DETECTORS: &[Detector] = &[
    Detector::Email,
    Detector::Ssn,
    Detector::Card,
    Detector::Secret,
    Detector::Bearer,
    Detector::Jwt,
    Detector::CloudKey,
    Detector::Iban,
];

choice! {
    /// What stands where something was.
    RedactMode {
        /// the name of what it was
        Mask,
        /// a keyed hash, the same for the same value
        Hash,
        /// a token, the same for the same value, that only holders of the auditors' key can turn back
        Token,
        /// nothing
        Drop,
    }
}

/// What never leaves the node.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = [
    rule::check(
    "!has(self.fields) || !has(self.skipFields) || !self.fields.exists(f, f in self.skipFields)",
    "a field cannot be in both fields and skipFields",
    ".skipFields",
),
]))]
pub struct Redact {
    /// What is recognised; all but Ipv4 where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 16), extend("x-kubernetes-list-type" = "set"))]
    pub detectors: Option<Vec<Detector>>,
    /// What stands where something was; Mask where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<RedactMode>,
    /// Patterns of your own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 16), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub patterns: Option<Vec<RedactPattern>>,
    /// Fields whose values are redacted whatever they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64), extend("x-kubernetes-list-type" = "set"))]
    pub fields: Option<Vec<AttributeName>>,
    /// Fields that are not looked at, such as ids that look like cards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64), extend("x-kubernetes-list-type" = "set"))]
    pub skip_fields: Option<Vec<AttributeName>>,
}

/// A pattern of your own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RedactPattern {
    /// What it is called in what stands there instead.
    pub name: KubeName,
    /// A regex; where it has a capture called `secret`, only that is redacted.
    pub pattern: Pattern,
    /// What stands there instead; the pipeline's mode where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<RedactMode>,
}

impl Redact {
    /// What is recognised.
    pub fn detectors(&self) -> &[Detector] {
        self.detectors.as_deref().unwrap_or(DETECTORS)
    }

    /// What stands where something was.
    pub fn mode(&self) -> RedactMode {
        self.mode.unwrap_or(RedactMode::Mask)
    }
}
