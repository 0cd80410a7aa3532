//! Values as rules see them: in the types of the schema, fields under names that CEL can say.

use std::{
    borrow::Cow,
    collections::HashMap,
    sync::{Arc, LazyLock},
};

use kube_cel::cel::{
    self, Context, Program,
    objects::{Key, Map},
};
use serde_json::Value;

use super::{
    change::counterpart,
    format::Format,
    model::{ListType, Schema},
};

/// Words of CEL that a field's name cannot be.
const WORDS: [&str; 21] = [
    "true",
    "false",
    "null",
    "in",
    "as",
    "break",
    "const",
    "continue",
    "else",
    "for",
    "function",
    "if",
    "import",
    "let",
    "loop",
    "package",
    "namespace",
    "return",
    "var",
    "void",
    "while",
];

/// The value in the schema's types.
pub(super) fn typed(schema: &Schema, value: &Value) -> cel::Value {
    match value {
        Value::Null => cel::Value::Null,
        Value::Bool(value) => cel::Value::Bool(*value),
        Value::Number(number) => match number.as_i64() {
            Some(whole) if schema.kind != "number" => cel::Value::Int(whole),
            _ => cel::Value::Float(number.as_f64().unwrap_or_default()),
        },
        Value::String(text) => {
            moment(schema, text).unwrap_or_else(|| cel::Value::String(Arc::new(text.clone())))
        }
        Value::Array(items) => {
            let item =
                |item: &Value| schema.items.as_ref().map_or_else(|| untyped(item), |of| typed(of, item));
            cel::Value::List(Arc::new(items.iter().map(item).collect()))
        }
        Value::Object(fields) => {
            // A null of a field is no value: `has` says no.
            let is_given = |(name, value): &(&String, &Value)| {
                !(value.is_null() && schema.properties.contains_key(*name))
            };
            let pairs =
                |(name, value): (&String, &Value)| match (schema.properties.get(name), &schema.additional) {
                    (Some(field), _) => said(name, &typed(field, value)),
                    (None, Some(additional)) => vec![(name.clone(), typed(additional, value))],
                    (None, None) => said(name, &untyped(value)),
                };
            map(fields.iter().filter(is_given).flat_map(pairs))
        }
    }
}

/// Below the schema, as with the metadata.
fn untyped(value: &Value) -> cel::Value {
    match value {
        Value::Null => cel::Value::Null,
        Value::Bool(value) => cel::Value::Bool(*value),
        Value::Number(number) => number
            .as_i64()
            .map_or_else(|| cel::Value::Float(number.as_f64().unwrap_or_default()), cel::Value::Int),
        Value::String(text) => cel::Value::String(Arc::new(text.clone())),
        Value::Array(items) => cel::Value::List(Arc::new(items.iter().map(untyped).collect())),
        Value::Object(fields) => map(fields.iter().flat_map(|(name, value)| said(name, &untyped(value)))),
    }
}

fn map(pairs: impl Iterator<Item = (String, cel::Value)>) -> cel::Value {
    let pairs: HashMap<Key, cel::Value> =
        pairs.map(|(name, value)| (Key::String(Arc::new(name)), value)).collect();
    cel::Value::Map(Map { map: Arc::new(pairs) })
}

static TIMESTAMP: LazyLock<Program> =
    LazyLock::new(|| Program::compile("timestamp(text)").expect("because it is a constant"));

/// Times are times; a text that is none was refused before.
fn moment(schema: &Schema, text: &str) -> Option<cel::Value> {
    let written = match schema.checked? {
        Format::DateTime => text.to_uppercase(),
        Format::Date => format!("{text}T00:00:00Z"),
    };
    let mut scope = Context::default();
    scope.add_variable_from_value("text", written);
    TIMESTAMP.execute(&scope).ok()
}

/// A field under the names that rules may say: its own, and that which a name has that is no name in CEL. The API
/// server takes either for words such as `namespace`.
fn said(name: &str, value: &cel::Value) -> Vec<(String, cel::Value)> {
    let escaped: [(&str, &str); 4] =
        [("__", "__underscores__"), (".", "__dot__"), ("-", "__dash__"), ("/", "__slash__")];
    let other = if WORDS.contains(&name) {
        format!("__{name}__")
    } else {
        escaped.iter().fold(name.to_owned(), |name, (from, to)| name.replace(from, to))
    };
    let mut pairs = vec![(name.to_owned(), value.clone())];
    if other != name {
        pairs.push((other, value.clone()));
    }
    pairs
}

/// The earlier value with the items of sets and keyed lists in today's order, since their order does not count
/// when they are compared.
pub(super) fn aligned<'a>(schema: &Schema, old: &'a Value, new: &Value) -> Cow<'a, Value> {
    match (old, new) {
        (Value::Array(old_items), Value::Array(new_items)) if schema.list_type != ListType::Atomic => {
            let before = |item: &Value| match schema.list_type {
                ListType::Set => old_items.iter().find(|old| *old == item),
                _ => counterpart(schema, item, old),
            };
            let mut found: Vec<(&Value, Value)> = Vec::new();
            for item in new_items {
                if let Some(old_item) = before(item) {
                    let value = match &schema.items {
                        Some(of_items) => aligned(of_items, old_item, item).into_owned(),
                        None => old_item.clone(),
                    };
                    found.push((old_item, value));
                }
            }
            let gone =
                old_items.iter().filter(|old| !found.iter().any(|(seen, _)| std::ptr::eq(*seen, *old)));
            let gone: Vec<Value> = gone.cloned().collect();
            Cow::Owned(found.into_iter().map(|(_, value)| value).chain(gone).collect())
        }
        (Value::Object(old_fields), Value::Object(new_fields)) => {
            let field = |(name, old): (&String, &Value)| {
                let schema = schema.properties.get(name).or(schema.additional.as_deref());
                let value = match (schema, new_fields.get(name)) {
                    (Some(schema), Some(new)) => aligned(schema, old, new).into_owned(),
                    _ => old.clone(),
                };
                (name.clone(), value)
            };
            Cow::Owned(Value::Object(old_fields.iter().map(field).collect()))
        }
        _ => Cow::Borrowed(old),
    }
}
