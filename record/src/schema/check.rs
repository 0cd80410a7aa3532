//! One record against one schema.
//!
//! A record that is valid costs no allocation. The first thing that is wrong is told, in the order of names.

use super::{
    Mode, Schema,
    coerce::{Refused, coerce},
};
use crate::{
    value::Value,
    view::{Fields, ValueRef, View},
};

/// What becomes of a record.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict<'s> {
    /// It is as the schema says.
    Valid,
    /// It is, when these fields get these values.
    Coerced(Vec<(&'s str, Value)>),
    /// It is not.
    Rejected(Rejection),
}

/// Why a record is rejected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// Required, and not there.
    #[error("field {0} is required and missing")]
    Missing(String),
    /// There, and a strict schema does not know it.
    #[error("field {0} is not declared, and the schema is Strict")]
    Undeclared(String),
    /// Of another type, and nothing can be done about it.
    #[error("field {field} {refused}")]
    Type {
        /// Which.
        field: String,
        /// What was found.
        refused: Refused,
    },
}

impl Rejection {
    /// The field.
    pub fn field(&self) -> &str {
        match self {
            Self::Missing(field) | Self::Undeclared(field) | Self::Type { field, .. } => field,
        }
    }
}

/// Names of whoever carries the record.
const RESERVED: [&str; 2] = ["sawlog.", "log."];

impl Schema {
    /// Judges a record.
    pub fn check(&self, record: &View<'_>) -> Verdict<'_> {
        match self.judge(record) {
            Ok(coerced) if coerced.is_empty() => Verdict::Valid,
            Ok(coerced) => Verdict::Coerced(coerced),
            Err(rejection) => Verdict::Rejected(rejection),
        }
    }

    fn judge(&self, record: &View<'_>) -> Result<Vec<(&str, Value)>, Rejection> {
        let mut coerced = Vec::new();
        for field in self.fields() {
            match record.attributes.find(&field.name) {
                None | Some(ValueRef::Empty) if field.required => {
                    return Err(Rejection::Missing(field.name.clone()));
                }
                None => {}
                Some(value) => {
                    let made = coerce(field.kind, value)
                        .map_err(|refused| Rejection::Type { field: field.name.clone(), refused })?;
                    coerced.extend(made.map(|value| (field.name.as_str(), value)));
                }
            }
        }
        if self.mode() == Mode::Strict {
            self.only_declared("", record.attributes)?;
        }
        Ok(coerced)
    }

    /// Every attribute is declared, is a map of declared ones, or holds nothing.
    fn only_declared(&self, before: &str, fields: Fields<'_>) -> Result<(), Rejection> {
        for (key, value) in fields {
            let joined;
            let name = if before.is_empty() {
                key
            } else {
                joined = format!("{before}.{key}");
                &joined
            };
            let is_known =
                RESERVED.iter().any(|prefix| name.starts_with(prefix)) || self.field(name).is_some();
            match value {
                _ if is_known || value == ValueRef::Empty => {}
                ValueRef::Map(inner) => self.only_declared(name, inner)?,
                _ => return Err(Rejection::Undeclared(name.to_owned())),
            }
        }
        Ok(())
    }
}
