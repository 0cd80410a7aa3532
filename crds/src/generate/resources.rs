//! The reference of the four kinds, from their schemas.

use std::fmt::Write as _;

use serde_json::Value;

use crate::{
    keys::{ANNOTATIONS, CATEGORY},
    kind::{KINDS, Kind},
    schema,
};

const HEAD: &str = "# The four resources

Generated from the types in crds/ by `make docs`; do not edit. The same text is shown by `kubectl explain` and, without
a cluster, by `sawlog explain`.

Durations are whole numbers with one unit of `ms s m h d w`, or `0s`. Sizes are bytes, or whole numbers with `Ki Mi Gi
Ti`. Percentages and factors are texts, as in `\"0.5\"`. A field that is absent means what its description says; nothing
is ever written into a spec but the few defaults that the tables show.
";

/// The page.
pub fn page() -> String {
    let mut out = HEAD.to_owned();
    for kind in KINDS {
        describe(kind, &mut out);
    }
    out.push_str("\n## Annotations\n\n| annotation | on | what it means |\n|---|---|---|\n");
    for (key, on, meaning) in ANNOTATIONS {
        row(&mut out, &[&format!("`{key}`"), on, meaning]);
    }
    out
}

fn describe(kind: &Kind, out: &mut String) {
    let definition = kind.definition();
    let schema = schema::of(&definition);
    let text = schema["description"].as_str().unwrap_or_default();
    let names =
        format!("`kubectl get {}` or `{}`; all four: `kubectl get {CATEGORY}`.", kind.plural, kind.short);
    write(out, &format!("\n## {}\n\n{text} {names}\n", kind.name));

    write(out, "\n| field | type | what it means |\n|---|---|---|\n");
    fields(&schema["properties"]["spec"], "", out);
    rules(schema, out);

    write(
        out,
        &format!("\n### Status of a {}\n\n| field | type | what it means |\n|---|---|---|\n", kind.name),
    );
    fields(&schema["properties"]["status"], "", out);

    write(out, "\n### Columns\n\n| column | what it shows |\n|---|---|\n");
    for column in list(&definition["spec"]["versions"][0]["additionalPrinterColumns"]) {
        let wide = if column["priority"].as_i64() == Some(1) { " (with `-o wide`)" } else { "" };
        let name = column["name"].as_str().unwrap_or_default().to_uppercase();
        row(out, &[&name, &format!("{}{wide}", column["description"].as_str().unwrap_or_default())]);
    }
}

/// Every field below a schema, deepest first after its parent.
fn fields(schema: &Value, path: &str, out: &mut String) {
    let required = list(&schema["required"]);
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        let here = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        let is_list = field["type"] == "array";
        let shown = if is_list { format!("{here}[]") } else { here.clone() };
        let mut notes = Vec::new();
        if required.iter().any(|required| required == name) {
            notes.push("**required**".to_owned());
        }
        if let Some(default) = field.get("default") {
            notes.push(format!("default `{}`", plain(default)));
        }
        notes.extend(bounds(field));
        let mut kind = type_of(field);
        if !notes.is_empty() {
            kind = format!("{kind}; {}", notes.join(", "));
        }
        row(out, &[&format!("`{shown}`"), &kind, field["description"].as_str().unwrap_or_default()]);
        let is_condition = name == "conditions";
        if !is_condition {
            fields(if is_list { &field["items"] } else { field }, &shown, out);
        }
    }
}

fn type_of(field: &Value) -> String {
    let name = field["type"].as_str().unwrap_or("object");
    match name {
        "array" => format!("list of {}", plural(&type_of(&field["items"]))),
        "object" if field.get("additionalProperties").is_some() => "map".to_owned(),
        "string" if field.get("enum").is_some() => {
            let words: Vec<String> =
                list(&field["enum"]).iter().map(|word| format!("`{}`", plain(word))).collect();
            words.join(" ")
        }
        "string" if field.get("format").is_some() => "time".to_owned(),
        name => name.to_owned(),
    }
}

fn plural(name: &str) -> String {
    if name.ends_with('`') { name.to_owned() } else { format!("{name}s") }
}

fn bounds(field: &Value) -> Vec<String> {
    let mut out = Vec::new();
    let number = |key: &str| field.get(key).and_then(Value::as_i64);
    match (number("minimum"), number("maximum")) {
        (Some(low), Some(high)) => out.push(format!("{low} to {high}")),
        (Some(low), None) => out.push(format!("at least {low}")),
        (None, Some(high)) => out.push(format!("at most {high}")),
        (None, None) => {}
    }
    if let Some(most) = number("maxItems").or_else(|| number("maxProperties")) {
        out.push(format!("at most {most}"));
    }
    out
}

/// What the API server checks beyond single fields.
fn rules(schema: &Value, out: &mut String) {
    let mut found = Vec::new();
    collect(schema, "", &mut found);
    if found.is_empty() {
        return;
    }
    write(out, "\nThe API server also refuses what breaks one of these:\n\n");
    for (path, message) in found {
        let at = if path.is_empty() { String::new() } else { format!("`{path}`: ") };
        write(out, &format!("* {at}{message}\n"));
    }
}

fn collect(schema: &Value, path: &str, found: &mut Vec<(String, String)>) {
    for rule in list(&schema["x-kubernetes-validations"]) {
        found.push((path.to_owned(), rule["message"].as_str().unwrap_or_default().to_owned()));
    }
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        let here = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        collect(field, &here, found);
        if field["type"] == "array" {
            collect(&field["items"], &format!("{here}[]"), found);
        }
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A row of a table. A bar within a cell would end it.
fn row(out: &mut String, cells: &[&str]) {
    let cells: Vec<String> =
        cells.iter().map(|cell| cell.replace('|', "&#124;").replace("\n\n", " ")).collect();
    write(out, &format!("| {} |\n", cells.join(" | ")));
}

fn write(out: &mut String, text: &str) {
    out.write_str(text).expect("because writing to a string does not fail");
}
