//! A pipeline's redaction with the platform's minimum in it.
//!
//! What is in the minimum is done the minimum's way, also where the pipeline asks for the same: of two modes the one
//! that the platform chose counts, and skipped fields are looked at for it.

use std::collections::BTreeSet;

use crate::{
    contract::agent_plan::{DetectorRule, FieldRule, PatternRule, Redact},
    pipeline::redact as asked,
};

use super::Redaction;

/// What a pipeline asks for.
pub(super) fn own(asked: &asked::Redact) -> Redact {
    let mode = asked.mode();
    let mut seen = BTreeSet::new();
    let detectors = asked.detectors().iter().filter(|detector| seen.insert(**detector));
    let detectors =
        detectors.map(|detector| DetectorRule { detector: *detector, mode, minimum: false }).collect();
    let mut patterns: Vec<PatternRule> = Vec::new();
    for pattern in asked.patterns.iter().flatten() {
        let mode = pattern.mode.unwrap_or(mode);
        patterns.push(PatternRule {
            name: pattern.name.to_string(),
            pattern: pattern.pattern.to_string(),
            mode,
            minimum: false,
        });
    }
    let fields =
        asked.fields.iter().flatten().map(|name| FieldRule { name: name.to_string(), mode }).collect();
    let skip_fields = asked.skip_fields.iter().flatten().map(ToString::to_string).collect();
    Redact { detectors, patterns, fields, skip_fields }
}

/// The same with the minimum. What was a minimum before is the pipeline's own from now on, unless it still is one.
pub(super) fn with_minimum(minimum: &Redaction, own: Redact) -> Redact {
    let mode = minimum.mode;
    let mut detectors: Vec<DetectorRule> = minimum
        .detectors
        .iter()
        .map(|detector| DetectorRule { detector: *detector, mode, minimum: true })
        .collect();
    let others = own.detectors.into_iter().filter(|own| !minimum.detectors.contains(&own.detector));
    detectors.extend(others.map(|own| DetectorRule { minimum: false, ..own }));

    // The pipeline's own of the same name may be another pattern: it stays, behind the platform's.
    let platform = minimum.patterns.iter().map(|pattern| PatternRule {
        name: pattern.name.to_string(),
        pattern: pattern.pattern.to_string(),
        mode: pattern.mode.unwrap_or(mode),
        minimum: true,
    });
    let mut patterns: Vec<PatternRule> = platform.collect();
    for own in own.patterns {
        let own = PatternRule { minimum: false, ..own };
        if !patterns.iter().any(|known| known.name == own.name && known.pattern == own.pattern) {
            patterns.push(own);
        }
    }

    let required = |name: &str| minimum.fields.iter().any(|field| field.as_str() == name);
    let mut fields: Vec<FieldRule> =
        minimum.fields.iter().map(|name| FieldRule { name: name.to_string(), mode }).collect();
    fields.extend(own.fields.into_iter().filter(|own| !required(&own.name)));
    let skip_fields = own.skip_fields.into_iter().filter(|name| !required(name)).collect();
    Redact { detectors, patterns, fields, skip_fields }
}
