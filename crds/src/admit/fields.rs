//! Fields that the schema does not have, and values that it has by default.
//!
//! Unknown fields are refused and taken out, so that the rest can still be judged; a null where none is allowed
//! counts as not given; then defaults are filled in, from the outside to the inside. Deliberately absent: the
//! fields of `metadata`, which no schema of ours describes.

use serde_json::Value;

use super::{
    hint,
    model::{Model, Schema},
    position::Way,
};

/// A field that nobody knows.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unknown {
    pub(super) way: Way,
    pub(super) remedy: Option<String>,
}

impl Unknown {
    pub(super) fn text(&self) -> String {
        format!("unknown field \"{}\"", self.way.dotted())
    }
}

/// Takes unknown fields out.
pub(super) fn take_unknown(model: &Model, object: &mut Value) -> Vec<Unknown> {
    let mut unknown = Vec::new();
    let Value::Object(fields) = object else { return unknown };
    let mut kept = serde_json::Map::new();
    for name in ["apiVersion", "kind", "metadata"] {
        kept.extend(fields.remove_entry(name));
    }
    prune(model, &model.schema, object, &Way::default(), &mut unknown);
    if let Value::Object(fields) = object {
        fields.extend(kept);
    }
    unknown
}

fn prune(model: &Model, schema: &Schema, value: &mut Value, way: &Way, unknown: &mut Vec<Unknown>) {
    match value {
        Value::Object(fields) => {
            fields.retain(|name, value| {
                if let Some(field) = schema.properties.get(name) {
                    prune(model, field, value, &way.field(name), unknown);
                } else if let Some(additional) = &schema.additional {
                    prune(model, additional, value, &way.key(name), unknown);
                } else {
                    let remedy = hint::field(model, schema, way, name);
                    unknown.push(Unknown { way: way.field(name), remedy });
                    return false;
                }
                true
            });
        }
        Value::Array(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                match &schema.items {
                    Some(of_items) => prune(model, of_items, item, &way.item(index), unknown),
                    None => prune_all(item, &way.item(index), unknown),
                }
            }
        }
        _ => {}
    }
}

/// Below a list that should not be one, every field is unknown.
fn prune_all(value: &mut Value, way: &Way, unknown: &mut Vec<Unknown>) {
    match value {
        Value::Object(fields) => {
            for (name, _) in std::mem::take(fields) {
                unknown.push(Unknown { way: way.field(&name), remedy: None });
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                prune_all(item, &way.item(index), unknown);
            }
        }
        _ => {}
    }
}

/// Takes out nulls that are no values and have no default.
pub(super) fn take_nulls(schema: &Schema, value: &mut Value) {
    match value {
        Value::Object(fields) => fields.retain(|name, value| {
            let Some(field) = schema.properties.get(name).or(schema.additional.as_deref()) else {
                return true;
            };
            take_nulls(field, value);
            !(value.is_null() && !field.nullable && field.default.is_none())
        }),
        Value::Array(items) => {
            if let Some(of_items) = &schema.items {
                for item in items {
                    take_nulls(of_items, item);
                }
            }
        }
        _ => {}
    }
}

/// Fills in defaults.
pub(super) fn fill_in(schema: &Schema, value: &mut Value) {
    let replace = |schema: &Schema, value: &mut Value| {
        if value.is_null() && !schema.nullable {
            *value = schema.default.clone().unwrap_or_default();
        }
    };
    match value {
        Value::Object(fields) => {
            for (name, field) in &schema.properties {
                if let Some(default) = &field.default {
                    let value = fields.entry(name.clone()).or_insert_with(|| default.clone());
                    replace(field, value);
                }
            }
            for (name, value) in fields.iter_mut() {
                if let Some(field) = schema.properties.get(name) {
                    fill_in(field, value);
                } else if let Some(additional) = &schema.additional {
                    replace(additional, value);
                    fill_in(additional, value);
                }
            }
        }
        Value::Array(items) => {
            let Some(of_items) = &schema.items else { return };
            for item in items {
                replace(of_items, item);
                fill_in(of_items, item);
            }
        }
        _ => {}
    }
}
