//! Our own kinds, made ready: which of their fields hold queries, and what to do about what is refused.

use super::{
    kinds::Kinds,
    model::{Model, ModelError},
    remedy::Remedy,
};
use crate::kind::KINDS;

/// Fields that hold queries, by kind.
const QUERIES: &[(&str, &[&str])] = &[
    ("LogPipeline", &["spec.shape[].drop.when", "spec.shape[].keep.when", "spec.shape[].add.when"]),
    (
        "RetentionPolicy",
        &["spec.rules[].match.query", "spec.holds[].match.query", "spec.deletions[].match.query"],
    ),
    ("AlertRule", &["spec.query", "spec.trigger.ratio.of", "spec.trigger.sequence.then"]),
];

/// What helps where the message alone does not.
const REMEDIES: &[Remedy] = &[
    Remedy {
        field: "",
        says: "should match '^(0s|[1-9][0-9]{0,5}(ms|s|m|h|d|w))$'",
        text: "write one whole number and one of ms, s, m, h, d, w, such as 30s",
    },
    Remedy {
        field: "",
        says: "should match '^[1-9][0-9]{0,9}(Ki|Mi|Gi|Ti)?$'",
        text: "write a whole number of bytes, or one with Ki, Mi, Gi or Ti, such as 20Gi",
    },
    Remedy {
        field: "",
        says: "must be of type date-time",
        text: "write a time with its zone, such as 2026-03-01T10:15:00Z",
    },
];

/// All four kinds.
///
/// An error is a defect of the kinds, which a test excludes.
pub fn own() -> Result<Kinds, ModelError> {
    let model = |kind: &crate::kind::Kind| {
        let queries =
            QUERIES.iter().find(|(name, _)| *name == kind.name).map_or(&[][..], |(_, fields)| fields);
        Ok(Model::of(&kind.definition())?.with_queries(queries).with_remedies(REMEDIES))
    };
    Ok(Kinds::new(KINDS.iter().map(model).collect::<Result<_, _>>()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admit::model::Schema;

    /// The schema at `spec.shape[].drop`.
    fn at<'a>(schema: &'a Schema, path: &str) -> Option<&'a Schema> {
        path.split('.').try_fold(schema, |schema, step| match step.strip_suffix("[]") {
            Some(name) => schema.properties.get(name)?.items.as_deref(),
            None => schema.properties.get(step),
        })
    }

    #[test]
    fn the_kinds_are_understood_and_queries_are_texts() {
        let kinds = own().unwrap();
        for (name, fields) in QUERIES {
            let model = kinds.named(name).unwrap();
            for field in *fields {
                let kind = at(&model.schema, field).map(|schema| schema.kind.as_str());
                assert_eq!(kind, Some("string"), "{name}: {field}");
            }
        }
    }
}
