//! The four kinds, as a table.

use serde_json::Value;

use crate::{
    alert::AlertRule,
    index::LogIndex,
    keys::{GROUP, VERSION},
    pipeline::LogPipeline,
    retention::RetentionPolicy,
    schema,
};

/// One of the four kinds.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    /// Its name.
    pub name: &'static str,
    /// Of many.
    pub plural: &'static str,
    /// In short.
    pub short: &'static str,
    definition: fn() -> Value,
}

/// All of them, in the order in which people need them.
pub const KINDS: &[Kind] = &[
    Kind {
        name: "LogPipeline",
        plural: "logpipelines",
        short: "lp",
        definition: schema::definition::<LogPipeline>,
    },
    Kind { name: "LogIndex", plural: "logindexes", short: "li", definition: schema::definition::<LogIndex> },
    Kind {
        name: "RetentionPolicy",
        plural: "retentionpolicies",
        short: "ret",
        definition: schema::definition::<RetentionPolicy>,
    },
    Kind {
        name: "AlertRule",
        plural: "alertrules",
        short: "alr",
        definition: schema::definition::<AlertRule>,
    },
];

impl Kind {
    /// By its name, that of many, or the short one, in any case.
    pub fn by_name(name: &str) -> Option<&'static Self> {
        let is = |kind: &&Self| {
            let names = [kind.name, kind.plural, kind.short];
            names.iter().any(|known| known.eq_ignore_ascii_case(name))
        };
        KINDS.iter().find(is)
    }

    /// What the API server is given.
    pub fn definition(&self) -> Value {
        (self.definition)()
    }

    /// `sawlog.dev/v1alpha1`.
    pub fn api_version() -> String {
        format!("{GROUP}/{VERSION}")
    }
}
