//! What a change of a schema takes away from those who use it.
//!
//! An object that the old schema accepts, the new one has to accept. Rules are not compared: what they mean cannot be
//! told from their text, so a released rule that changes at all is named.

use serde_json::Value;

/// Sentences, one for each thing that old objects may break on; none where the change only adds.
pub fn breaks(old: &Value, new: &Value) -> Vec<String> {
    let mut found = Vec::new();
    compare(old, new, "", &mut found);
    found
}

fn compare(old: &Value, new: &Value, path: &str, found: &mut Vec<String>) {
    let at = if path.is_empty() { "the object" } else { path };
    if old["type"] != new["type"] {
        found.push(format!("{at}: was {}, is {}", old["type"], new["type"]));
        return;
    }
    narrowed(old, new, at, found);
    rules(old, new, at, found);

    for name in words(&new["required"]) {
        if !words(&old["required"]).contains(&name) {
            found.push(format!("{at}: `{name}` is required now"));
        }
    }
    for (name, field) in old["properties"].as_object().into_iter().flatten() {
        let below = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        match new["properties"].get(name) {
            None => found.push(format!("{below}: is gone")),
            Some(field_now) => compare(field, field_now, &below, found),
        }
    }
    for (key, shown) in [("items", "[]"), ("additionalProperties", "{}")] {
        match (old.get(key), new.get(key)) {
            (Some(old), Some(new)) => compare(old, new, &format!("{path}{shown}"), found),
            (None, Some(_)) | (Some(_), None) => found.push(format!("{at}: `{key}` came or went")),
            (None, None) => {}
        }
    }
}

/// Bounds that hold less than they did.
fn narrowed(old: &Value, new: &Value, at: &str, found: &mut Vec<String>) {
    const UPPER: &[&str] = &["maximum", "maxLength", "maxItems", "maxProperties"];
    const LOWER: &[&str] = &["minimum", "minLength", "minItems", "minProperties"];
    // What cannot be compared, or what stored objects and their writers rely on.
    const SAME: &[&str] =
        &["pattern", "format", "default", "x-kubernetes-list-type", "x-kubernetes-list-map-keys"];
    let is_less = |key: &str, upper: bool| match (old[key].as_f64(), new[key].as_f64()) {
        (None, Some(_)) => true,
        (Some(before), Some(now)) => {
            if upper {
                now < before
            } else {
                now > before
            }
        }
        (_, None) => false,
    };
    for (key, upper) in UPPER.iter().map(|key| (key, true)).chain(LOWER.iter().map(|key| (key, false))) {
        if is_less(key, upper) {
            found.push(format!("{at}: `{key}` was {}, is {}", old[*key], new[*key]));
        }
    }
    for key in SAME.iter().filter(|key| old[**key] != new[**key]) {
        found.push(format!("{at}: `{key}` was {}, is {}", old[*key], new[*key]));
    }
    let gone: Vec<&str> =
        words(&old["enum"]).into_iter().filter(|word| !words(&new["enum"]).contains(word)).collect();
    if old.get("enum").is_none() && new.get("enum").is_some() {
        found.push(format!("{at}: only some words are allowed now"));
    } else if new.get("enum").is_some() && !gone.is_empty() {
        found.push(format!("{at}: no longer allows {}", gone.join(", ")));
    }
}

fn rules(old: &Value, new: &Value, at: &str, found: &mut Vec<String>) {
    let texts = |schema: &Value| -> Vec<String> {
        let rules = schema["x-kubernetes-validations"].as_array().into_iter().flatten();
        rules.map(|rule| rule["rule"].as_str().unwrap_or_default().to_owned()).collect()
    };
    let before = texts(old);
    for rule in texts(new).into_iter().filter(|rule| !before.contains(rule)) {
        found.push(format!("{at}: has a new rule: {rule}"));
    }
}

fn words(list: &Value) -> Vec<&str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(field: &Value) -> Value {
        json!({"type": "object", "properties": {"a": field}})
    }

    #[test]
    fn what_takes_something_away_is_named() {
        let rows = [
            (json!({"type": "string"}), json!({"type": "integer"}), "a: was \"string\", is \"integer\""),
            (
                json!({"type": "string"}),
                json!({"type": "string", "maxLength": 5}),
                "a: `maxLength` was null, is 5",
            ),
            (
                json!({"type": "string", "maxLength": 6}),
                json!({"type": "string", "maxLength": 5}),
                "a: `maxLength` was 6, is 5",
            ),
            (
                json!({"type": "integer", "minimum": 1}),
                json!({"type": "integer", "minimum": 2}),
                "a: `minimum` was 1, is 2",
            ),
            (
                json!({"type": "string", "pattern": "a"}),
                json!({"type": "string", "pattern": "b"}),
                "a: `pattern` was \"a\", is \"b\"",
            ),
            (
                json!({"type": "string", "enum": ["X", "Y"]}),
                json!({"type": "string", "enum": ["X"]}),
                "a: no longer allows Y",
            ),
            (
                json!({"type": "string"}),
                json!({"type": "string", "enum": ["X"]}),
                "a: only some words are allowed now",
            ),
            (
                json!({"type": "string", "default": "X"}),
                json!({"type": "string"}),
                "a: `default` was \"X\", is null",
            ),
            (
                json!({"type": "array", "items": {"type": "string"}}),
                json!({"type": "array", "items": {"type": "integer"}}),
                "a[]: was \"string\", is \"integer\"",
            ),
            (
                json!({"type": "object", "additionalProperties": {"type": "string"}}),
                json!({"type": "object"}),
                "a: `additionalProperties` came or went",
            ),
            (
                json!({"type": "object", "properties": {"b": {"type": "string"}}}),
                json!({"type": "object", "properties": {"b": {"type": "string"}}, "required": ["b"]}),
                "a: `b` is required now",
            ),
            (
                json!({"type": "object"}),
                json!({"type": "object", "x-kubernetes-validations": [{"rule": "has(self.b)"}]}),
                "a: has a new rule: has(self.b)",
            ),
        ];
        for (old, new, expected) in rows {
            assert_eq!(breaks(&object(&old), &object(&new)), [expected]);
        }
        assert_eq!(breaks(&object(&json!({"type": "string"})), &json!({"type": "object"})), ["a: is gone"]);
    }

    #[test]
    fn what_only_adds_is_not() {
        let rows = [
            (json!({"type": "string", "maxLength": 5}), json!({"type": "string", "maxLength": 6})),
            (json!({"type": "string", "maxLength": 5}), json!({"type": "string"})),
            (json!({"type": "integer", "minimum": 2}), json!({"type": "integer", "minimum": 1})),
            (json!({"type": "string", "enum": ["X"]}), json!({"type": "string", "enum": ["X", "Y"]})),
            (
                json!({"type": "string", "description": "old"}),
                json!({"type": "string", "description": "new"}),
            ),
            (json!({"type": "object"}), json!({"type": "object", "properties": {"b": {"type": "string"}}})),
            (
                json!({"type": "object", "x-kubernetes-validations": [{"rule": "has(self.b)"}]}),
                json!({"type": "object"}),
            ),
        ];
        for (old, new) in rows {
            assert_eq!(breaks(&object(&old), &object(&new)), Vec::<String>::new(), "{old} {new}");
        }
    }
}
