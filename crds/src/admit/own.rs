//! Our own kinds, made ready: with what the operator says of them, and what to do about what is refused.

use super::{
    kinds::Kinds,
    model::{Model, ModelError},
    remedy::Remedy,
};
use crate::kind::{KINDS, Kind};

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
    let model =
        |kind: &Kind| Ok(Model::of(&kind.definition())?.with_places(kind.places).with_remedies(REMEDIES));
    Ok(Kinds::new(KINDS.iter().map(model).collect::<Result<_, _>>()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kinds_are_understood() {
        assert_eq!(own().unwrap().models().len(), KINDS.len());
    }
}
