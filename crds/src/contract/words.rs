//! Words that the documents share with the resources.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

macro_rules! words {
    ($($(#[doc = $about:literal])* $name:ident { $($(#[doc = $meaning:literal])+ $word:ident),+ $(,)? })+) => { $(
        $(#[doc = $about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name { $($(#[doc = $meaning])+ $word,)+ }
    )+ };
}

words! {
    /// How containers are chosen.
    SelectMode {
        /// a
        Annotated,
        /// a
        Selector,
        /// a
        All,
    }
    /// One of a container's two outputs.
    Stream {
        /// a
        Stdout,
        /// a
        Stderr,
    }
    /// How a line is written.
    Format {
        /// a
        Auto,
        /// a
        Json,
        /// a
        Logfmt,
        /// a
        Klog,
        /// a
        Syslog,
        /// a
        Access,
        /// a
        Pattern,
        /// a
        Raw,
    }
    /// Which lines belong together.
    Preset {
        /// a
        Auto,
        /// a
        None,
        /// a
        Java,
        /// a
        Python,
        /// a
        Go,
        /// a
        DotNet,
        /// a
        NodeJs,
        /// a
        Ruby,
        /// a
        Php,
        /// a
        Rust,
        /// a
        Custom,
    }
    /// What is recognised.
    Detector {
        /// a
        Email,
        /// a
        Ssn,
        /// a
        Card,
        /// a
        Secret,
        /// a
        Bearer,
        /// a
        Jwt,
        /// a
        CloudKey,
        /// a
        Iban,
        /// a
        Ipv4,
    }
    /// What stands where something was.
    RedactMode {
        /// a
        Mask,
        /// a
        Hash,
        /// a
        Token,
        /// a
        Drop,
    }
    /// How bad something is.
    Level {
        /// a
        Trace,
        /// a
        Debug,
        /// a
        Info,
        /// a
        Warn,
        /// a
        Error,
        /// a
        Fatal,
    }
    /// What becomes of a line that is too long.
    OnOversize {
        /// a
        Split,
        /// a
        Truncate,
        /// a
        Drop,
    }
    /// What becomes of lines beyond a limit.
    OnExceed {
        /// a
        Drop,
        /// a
        Sample,
        /// a
        Block,
    }
    /// What happens when a buffer is full.
    OnFull {
        /// a
        Block,
        /// a
        ShedByLevel,
    }
    /// What may be lost on purpose.
    Durability {
        /// a
        Standard,
        /// a
        Audit,
    }
    /// Whether undeclared fields are welcome.
    SchemaMode {
        /// a
        Dynamic,
        /// a
        Strict,
    }
    /// What a field holds.
    FieldType {
        /// a
        Keyword,
        /// a
        Text,
        /// a
        I64,
        /// a
        F64,
        /// a
        Bool,
        /// a
        Datetime,
        /// a
        Ip,
        /// a
        Json,
    }
    /// How messages are compressed.
    Compression {
        /// a
        Zstd,
        /// a
        Lz4,
    }
    /// What partitions are chosen by.
    TopicKey {
        /// a
        ServiceEnvironment,
        /// a
        Pod,
    }
    /// How a label is compared.
    LabelOperator {
        /// a
        In,
        /// a
        NotIn,
        /// a
        Exists,
        /// a
        DoesNotExist,
    }
    /// Where data is kept.
    TierName {
        /// a
        Hot,
        /// a
        Warm,
        /// a
        Cold,
    }
    /// Whether a policy acts.
    RetentionMode {
        /// a
        Enforce,
        /// a
        DryRun,
    }
    /// How bad a firing rule is.
    Severity {
        /// a
        Info,
        /// a
        Warning,
        /// a
        Critical,
    }
}

/// What labels have to be like; all of it has to hold, and an empty selector selects everything.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LabelSelector {
    /// Labels with exactly these values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub match_labels: Option<BTreeMap<String, String>>,
    /// Further conditions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub match_expressions: Option<Vec<LabelRequirement>>,
}

/// A condition for one label.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LabelRequirement {
    /// Key of the label.
    pub key: String,
    /// How it is compared.
    pub operator: LabelOperator,
    /// What it is compared with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub values: Option<Vec<String>>,
}
