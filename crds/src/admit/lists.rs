//! Items that may stand in a list once: those of sets, and those with the same keys in keyed lists.

use serde_json::{Map, Value};

use super::{
    failure::{Cause, Failure},
    model::{ListType, Schema},
    position::Way,
};

/// Everything that stands twice.
pub(super) fn judge(schema: &Schema, value: &Value, way: &Way) -> Vec<Failure> {
    match value {
        Value::Array(items) => {
            let mut failures = once(schema, items, way);
            if let Some(of_items) = &schema.items {
                for (index, item) in items.iter().enumerate() {
                    failures.extend(judge(of_items, item, &way.item(index)));
                }
            }
            failures
        }
        Value::Object(fields) => fields
            .iter()
            .flat_map(|(name, value)| match (schema.properties.get(name), &schema.additional) {
                (Some(field), _) => judge(field, value, &way.field(name)),
                (None, Some(additional)) => judge(additional, value, &way.key(name)),
                (None, None) => Vec::new(),
            })
            .collect(),
        _ => Vec::new(),
    }
}

fn once(schema: &Schema, items: &[Value], way: &Way) -> Vec<Failure> {
    let twice =
        |index: usize, shown: Value| Failure::bracketed(&way.item(index), Cause::Duplicate, Some(shown), "");
    match &schema.list_type {
        ListType::Atomic => Vec::new(),
        ListType::Set => second(items).into_iter().map(|index| twice(index, items[index].clone())).collect(),
        ListType::Map(keys) => {
            if let Some(index) = items.iter().position(|item| !item.is_object() && !item.is_null()) {
                let detail = "must be an object for an array of list-type map";
                let bad = Some(items[index].clone());
                return vec![Failure::bracketed(&way.item(index), Cause::Invalid, bad, detail)];
            }
            let named: Vec<Value> = items.iter().map(|item| keys_of(item, keys)).collect();
            second(&named).into_iter().map(|index| twice(index, named[index].clone())).collect()
        }
    }
}

fn keys_of(item: &Value, keys: &[String]) -> Value {
    let pair = |key: &String| item.get(key).map(|value| (key.clone(), value.clone()));
    Value::Object(keys.iter().filter_map(pair).collect::<Map<_, _>>())
}

/// Each second appearance; a third of the same is not told.
fn second(items: &[Value]) -> Vec<usize> {
    let mut seen = std::collections::BTreeMap::<String, usize>::new();
    let mut found = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let times = seen.entry(item.to_string()).or_default();
        *times += 1;
        if *times == 2 {
            found.push(index);
        }
    }
    found
}
