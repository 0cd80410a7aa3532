//! How to mend what was refused: slips that can be seen from the value, and a table of the kinds' own.

use serde_json::Value;

use super::{
    failure::{Cause, Failure},
    hint,
    model::{Model, Schema},
    position::{Step, Way},
    scalar::{self, Scalar},
};

/// A line of a kind's table.
#[derive(Debug, Clone, Copy)]
pub struct Remedy {
    /// The field, as `spec.shape[].drop`; empty for every field.
    pub field: &'static str,
    /// A part of the message.
    pub says: &'static str,
    /// What to do.
    pub text: &'static str,
}

/// The table first: it knows more.
pub(super) fn of(model: &Model, object: &Value, failure: &Failure) -> Option<String> {
    let field = failure.way.pattern();
    let fits = |remedy: &&Remedy| {
        (remedy.field.is_empty() || remedy.field == field) && failure.text.contains(remedy.says)
    };
    let from_table = model.remedies.iter().find(fits).map(|remedy| remedy.text.to_owned());
    from_table.or_else(|| {
        let schema = schema_at(&model.schema, &failure.way)?;
        slip(schema, value_at(object, &failure.way)?, failure)
    })
}

fn slip(schema: &Schema, value: &Value, failure: &Failure) -> Option<String> {
    let text = value.as_str();
    match failure.cause {
        Cause::Option => {
            let near = hint::nearest(text?, schema.options.iter().filter_map(Value::as_str))?;
            Some(format!("did you mean `{near}`?"))
        }
        Cause::Type if schema.kind == "string" && (value.is_boolean() || value.is_number()) => {
            Some("put it in quotes".to_owned())
        }
        Cause::Type => {
            let meant = scalar::plain(text?).ok()?;
            let fits = match meant {
                Scalar::Bool(_) => schema.kind == "boolean",
                Scalar::Int(_) => schema.kind == "integer" || schema.kind == "number",
                Scalar::Float(_) => schema.kind == "number",
                Scalar::Null | Scalar::Text => false,
            };
            fits.then(|| "write it without quotes".to_owned())
        }
        _ => None,
    }
}

fn schema_at<'a>(schema: &'a Schema, way: &Way) -> Option<&'a Schema> {
    way.steps().iter().try_fold(schema, |schema, step| match step {
        Step::Field(name) => schema.properties.get(name),
        Step::Key(_) => schema.additional.as_deref(),
        Step::Item(_) => schema.items.as_deref(),
    })
}

fn value_at<'a>(object: &'a Value, way: &Way) -> Option<&'a Value> {
    way.steps().iter().try_fold(object, |value, step| match step {
        Step::Field(name) | Step::Key(name) => value.get(name),
        Step::Item(index) => value.get(index),
    })
}
