//! From what is derived of the types to what the API server is given.

pub mod breaks;

use kube::CustomResourceExt;
use serde_json::{Map, Value, json};

/// The definition of a kind, as JSON.
///
/// Optional fields are absent or have a value, never null; descriptions end with what the words of a choice mean.
pub fn definition<K: CustomResourceExt>() -> Value {
    let mut definition = serde_json::to_value(K::crd()).expect("because a definition is plain data");
    finish(&mut definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]);
    definition
}

/// The schema of the only version of a definition.
pub fn of(definition: &Value) -> &Value {
    &definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
}

fn finish(schema: &mut Value) {
    let Some(node) = schema.as_object_mut() else { return };
    node.remove("nullable");
    // Widths say nothing that bounds do not, and unsigned ones are refused.
    let is_number = node.get("type").is_some_and(|kind| kind == "integer");
    if is_number && node.get("format").is_some_and(|format| format != "int64") {
        node.insert("format".to_owned(), json!("int32"));
    }
    for bound in ["minimum", "maximum"] {
        if let Some(whole) = node.get(bound).and_then(Value::as_f64).filter(|number| number.fract() == 0.0) {
            #[allow(clippy::cast_possible_truncation, reason = "bounds are small whole numbers")]
            node.insert(bound.to_owned(), json!(whole as i64));
        }
    }
    if let Some(Value::Array(words)) = node.get_mut("enum") {
        words.retain(|word| !word.is_null());
    }
    say_meanings(node);
    if let Some(Value::String(description)) = node.get_mut("description") {
        *description = paragraph(description);
    }
    if let Some(Value::Object(fields)) = node.get_mut("properties") {
        fields.values_mut().for_each(finish);
    }
    for below in ["items", "additionalProperties"] {
        if let Some(schema) = node.get_mut(below) {
            finish(schema);
        }
    }
}

fn say_meanings(node: &mut Map<String, Value>) {
    let Some(Value::String(meanings)) = node.remove("title") else { return };
    let before = node.get("description").and_then(Value::as_str).unwrap_or_default();
    let description = format!("{before} {meanings}.");
    node.insert("description".to_owned(), Value::String(description.trim().to_owned()));
}

/// Lines of the source are not lines of the text; an empty line is.
fn paragraph(text: &str) -> String {
    let paragraphs = text.split("\n\n").map(|lines| lines.split_whitespace().collect::<Vec<_>>().join(" "));
    paragraphs.collect::<Vec<_>>().join("\n\n")
}
