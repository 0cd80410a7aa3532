//! The four kinds, as a table.

use serde_json::Value;

use crate::{
    alert::AlertRule,
    index::LogIndex,
    keys::{GROUP, VERSION},
    meaning::{self, Complaint, Places},
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
    pub(crate) places: &'static Places,
}

/// All of them, in the order in which people need them.
pub const KINDS: &[Kind] = &[
    Kind {
        name: "LogPipeline",
        plural: "logpipelines",
        short: "lp",
        definition: schema::definition::<LogPipeline>,
        places: &meaning::PIPELINE,
    },
    Kind {
        name: "LogIndex",
        plural: "logindexes",
        short: "li",
        definition: schema::definition::<LogIndex>,
        places: &meaning::INDEX,
    },
    Kind {
        name: "RetentionPolicy",
        plural: "retentionpolicies",
        short: "ret",
        definition: schema::definition::<RetentionPolicy>,
        places: &meaning::POLICY,
    },
    Kind {
        name: "AlertRule",
        plural: "alertrules",
        short: "alr",
        definition: schema::definition::<AlertRule>,
        places: &meaning::RULE,
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

    /// What is wrong with an object that the API server takes.
    pub fn complaints(&self, object: &Value) -> Vec<Complaint> {
        meaning::of(self.places, object)
    }

    /// `sawlog.dev/v1alpha1`.
    pub fn api_version() -> String {
        format!("{GROUP}/{VERSION}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::CATEGORY;

    /// The derive takes literals, so the words stand twice.
    #[test]
    fn the_table_says_what_the_definitions_say() {
        for kind in KINDS {
            let spec = &kind.definition()["spec"];
            assert_eq!(spec["group"], GROUP);
            assert_eq!(spec["versions"][0]["name"], VERSION);
            let names = &spec["names"];
            let said = [&names["kind"], &names["plural"], &names["shortNames"][0], &names["categories"][0]];
            assert_eq!(said, [kind.name, kind.plural, kind.short, CATEGORY]);
        }
    }
}
