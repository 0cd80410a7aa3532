//! What a value was before, where that can be known.
//!
//! Fields go with fields of the same name, items of a keyed list with those of the same keys; items of other
//! lists with nothing. What did not change is not judged again by bounds and rules that came later.

use serde_json::Value;

use super::model::{ListType, Schema};

/// A value and its earlier state.
#[derive(Debug, Clone, Copy)]
pub(super) struct Change<'a>(Option<Known<'a>>);

#[derive(Debug, Clone, Copy)]
struct Known<'a> {
    schema: &'a Schema,
    new: &'a Value,
    old: &'a Value,
}

impl<'a> Change<'a> {
    pub(super) const UNKNOWN: Self = Self(None);

    pub(super) fn of(schema: &'a Schema, new: &'a Value, old: &'a Value) -> Self {
        Self(Some(Known { schema, new, old }))
    }

    pub(super) fn is_known(self) -> bool {
        self.0.is_some()
    }

    /// Whether there is an earlier state and it is the same.
    pub(super) fn is_none_at_all(self) -> bool {
        self.0.is_some_and(|known| same(known.schema, known.new, known.old))
    }

    pub(super) fn field(self, name: &str) -> Self {
        let step = |known: Known<'a>| {
            let schema = known.schema.properties.get(name).or(known.schema.additional.as_deref())?;
            Some(Known { schema, new: known.new.get(name)?, old: known.old.get(name)? })
        };
        Self(self.0.and_then(step))
    }

    pub(super) fn item(self, index: usize) -> Self {
        let step = |known: Known<'a>| {
            let schema = known.schema.items.as_deref()?;
            let new = known.new.get(index)?;
            Some(Known { schema, new, old: counterpart(known.schema, new, known.old)? })
        };
        Self(self.0.and_then(step))
    }
}

/// The item of a keyed list that has the same keys.
pub(super) fn counterpart<'a>(list: &Schema, item: &Value, old: &'a Value) -> Option<&'a Value> {
    let ListType::Map(keys) = &list.list_type else { return None };
    let same_keys = |other: &&Value| keys.iter().all(|key| other.get(key) == item.get(key));
    old.as_array()?.iter().find(same_keys)
}

/// The order of a keyed list does not count.
fn same(schema: &Schema, new: &Value, old: &Value) -> bool {
    match (new, old) {
        (Value::Array(new_items), Value::Array(old_items)) => match (&schema.list_type, &schema.items) {
            (ListType::Map(_), Some(of_items)) => {
                let same_item = |item: &Value| {
                    counterpart(schema, item, old).is_some_and(|before| same(of_items, item, before))
                };
                new_items.len() == old_items.len() && new_items.iter().all(same_item)
            }
            _ => new_items == old_items,
        },
        (Value::Object(new_fields), Value::Object(old_fields)) => {
            let same_field = |(name, value): (&String, &Value)| {
                let field = schema.properties.get(name).or(schema.additional.as_deref());
                field.zip(old_fields.get(name)).is_some_and(|(field, before)| same(field, value, before))
            };
            new_fields.len() == old_fields.len() && new_fields.iter().all(same_field)
        }
        (new, old) => new == old,
    }
}
