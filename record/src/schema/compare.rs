//! Two versions of a schema: what a newer one adds, and what it breaks.
//!
//! A change breaks when a record that was accepted before is not any more, or when a field that readers know
//! disappears or becomes something else. Types never widen: an index keeps a field in the form of its type.
//!
//! What a Dynamic schema takes undeclared is promised to nobody: a new optional field is additive, though records
//! that already hold something else by its name are rejected from then on.

use std::fmt;

use super::{Field, FieldType, Mode, Schema};

/// What a change means for who writes and who reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Writers and readers of declared fields go on as before.
    Additive,
    /// Some of them do not.
    Breaking,
}

/// One difference between two versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A field is new.
    Added {
        /// Its name.
        field: String,
        /// Records must have it.
        required: bool,
    },
    /// A field is gone.
    Removed {
        /// Its name.
        field: String,
    },
    /// A field has another type.
    Type {
        /// Its name.
        field: String,
        /// Before.
        from: FieldType,
        /// Now.
        to: FieldType,
    },
    /// Records must have a field that was optional, or the other way round.
    Required {
        /// Its name.
        field: String,
        /// Now.
        required: bool,
    },
    /// Undeclared fields are welcome now, or not any more.
    Mode {
        /// Now.
        to: Mode,
    },
}

impl Change {
    /// What it means.
    pub fn effect(&self) -> Effect {
        match self {
            Self::Added { required: false, .. }
            | Self::Required { required: false, .. }
            | Self::Mode { to: Mode::Dynamic } => Effect::Additive,
            _ => Effect::Breaking,
        }
    }
}

/// Every difference, in the order of names.
pub fn compare(old: &Schema, new: &Schema) -> Vec<Change> {
    let mut changes = Vec::new();
    if old.mode() != new.mode() {
        changes.push(Change::Mode { to: new.mode() });
    }
    for field in old.fields() {
        match new.field(&field.name) {
            None => changes.push(Change::Removed { field: field.name.clone() }),
            Some(now) => changes.extend(differences(field, now)),
        }
    }
    let added = new.fields().iter().filter(|field| old.field(&field.name).is_none());
    changes.extend(added.map(|field| Change::Added { field: field.name.clone(), required: field.required }));
    changes
}

fn differences(old: &Field, new: &Field) -> impl Iterator<Item = Change> {
    let field = || old.name.clone();
    let kind = (old.kind != new.kind).then(|| Change::Type { field: field(), from: old.kind, to: new.kind });
    let required =
        (old.required != new.required).then(|| Change::Required { field: field(), required: new.required });
    kind.into_iter().chain(required)
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Added { field, required: false } => write!(f, "field {field} is new"),
            Self::Added { field, required: true } => write!(f, "field {field} is new and required"),
            Self::Removed { field } => write!(f, "field {field} is gone"),
            Self::Type { field, from, to } => write!(f, "field {field} was {from} and is {to}"),
            Self::Required { field, required: true } => write!(f, "field {field} is required now"),
            Self::Required { field, required: false } => write!(f, "field {field} is optional now"),
            Self::Mode { to } => write!(f, "the mode is {to} now"),
        }
    }
}
