//! What every schema of the four kinds has to be like, whatever is in it.
//!
//! A schema that a cluster takes can still be one that hurts later: a list without a bound makes rules too dear, a
//! default stays for ever, a float does not survive every client.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::collections::{BTreeMap, BTreeSet};

use sawlog_crds::{
    admit::{self, Model},
    kind::{KINDS, Kind},
    schema,
};
use serde_json::Value;

/// As compact JSON.
const LARGEST: usize = 64 * 1024;

/// Fields that have a default, and no others: one that is stored stays for ever.
const DEFAULTS: &[&str] = &[
    "LogPipeline.spec.deletionPolicy",
    "LogPipeline.spec.durability",
    "LogPipeline.spec.schema.version",
    "LogPipeline.spec.select.mode",
    "LogIndex.spec.deletionPolicy",
    "LogIndex.spec.replicas",
    "RetentionPolicy.spec.mode",
];

/// Words that rules have to write with underscores around them.
const RESERVED: &[&str] = &[
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

/// Every part of a schema, with where it is.
struct Node<'a> {
    path: String,
    /// Name of the field, where it is one.
    name: Option<&'a str>,
    schema: &'a Value,
}

fn nodes<'a>(kind: &Kind, definition: &'a Value) -> Vec<Node<'a>> {
    let mut found = Vec::new();
    walk(kind.name.to_owned(), None, schema::of(definition), &mut found);
    found
}

fn walk<'a>(path: String, name: Option<&'a str>, schema: &'a Value, found: &mut Vec<Node<'a>>) {
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        walk(format!("{path}.{name}"), Some(name), field, found);
    }
    for below in ["items", "additionalProperties"] {
        if let Some(schema) = schema.get(below) {
            walk(format!("{path}[]"), None, schema, found);
        }
    }
    found.push(Node { path, name, schema });
}

/// Says of which parts of all schemas something is wrong.
fn refuse(what: impl Fn(&Node<'_>) -> Option<String>) {
    let mut wrong = Vec::new();
    let mut seen = 0;
    for kind in KINDS {
        let definition = kind.definition();
        for node in nodes(kind, &definition) {
            seen += 1;
            wrong.extend(what(&node).map(|why| format!("{}: {why}", node.path)));
        }
    }
    assert!(seen > 400, "{seen} parts are not all");
    assert!(wrong.is_empty(), "{} of {seen}:\n{}", wrong.len(), wrong.join("\n"));
}

/// Whether it is the API server's own.
fn is_metadata(node: &Node<'_>) -> bool {
    ["apiVersion", "kind", "metadata"].iter().any(|own| node.path.ends_with(&format!(".{own}")))
        && node.path.matches('.').count() == 1
}

#[test]
fn they_are_structural() {
    let logical = ["allOf", "anyOf", "oneOf", "not", "$ref", "definitions", "patternProperties"];
    refuse(|node| {
        if node.schema["type"].as_str().is_none() {
            return Some("no type".to_owned());
        }
        let both =
            node.schema.get("properties").is_some() && node.schema.get("additionalProperties").is_some();
        if both {
            return Some("both fields and other names".to_owned());
        }
        logical.iter().find(|word| node.schema.get(**word).is_some()).map(|word| (*word).to_owned())
    });
}

#[test]
fn nothing_is_kept_that_is_not_known_and_nothing_has_two_types() {
    let forbidden = [
        "x-kubernetes-preserve-unknown-fields",
        "x-kubernetes-int-or-string",
        "x-kubernetes-embedded-resource",
        "nullable",
        "x-meanings",
    ];
    refuse(|node| {
        forbidden.iter().find(|word| node.schema.get(**word).is_some()).map(|word| (*word).to_owned())
    });
}

#[test]
fn numbers_are_whole_and_have_a_sign() {
    refuse(|node| match (node.schema["type"].as_str()?, node.schema["format"].as_str()) {
        ("number", _) => Some("a float".to_owned()),
        ("integer", Some("int32" | "int64")) => None,
        ("integer", format) => Some(format!("format {format:?}")),
        _ => None,
    });
}

#[test]
fn lists_texts_maps_and_numbers_are_bounded() {
    refuse(|node| {
        let has = |bound: &str| node.schema.get(bound).is_some_and(Value::is_u64);
        let is_bounded = match node.schema["type"].as_str()? {
            "array" => has("maxItems"),
            "string" => has("maxLength") || node.schema.get("enum").is_some(),
            "object" => node.schema.get("additionalProperties").is_none() || has("maxProperties"),
            // What the operator counts has no highest number.
            "integer" => {
                let is_status = node.path.contains(".status.");
                node.schema.get("minimum").is_some() && (is_status || node.schema.get("maximum").is_some())
            }
            _ => true,
        };
        (!is_bounded && !is_metadata(node)).then(|| "no bound".to_owned())
    });
}

#[test]
fn lists_say_how_they_are_merged() {
    refuse(|node| {
        let items = node.schema.get("items")?;
        match node.schema["x-kubernetes-list-type"].as_str() {
            None => Some("no list type".to_owned()),
            Some("atomic") => None,
            Some("set") => {
                (items["type"] == "object" || items["type"] == "array").then(|| "a set of objects".to_owned())
            }
            Some("map") => {
                let keys = node.schema["x-kubernetes-list-map-keys"].as_array()?;
                let required = items["required"].as_array().cloned().unwrap_or_default();
                let missing: Vec<&Value> = keys.iter().filter(|key| !required.contains(key)).collect();
                (keys.is_empty() || !missing.is_empty())
                    .then(|| format!("keys {keys:?}, of which {missing:?} may be absent"))
            }
            Some(other) => Some(format!("the type {other}")),
        }
    });
}

#[test]
fn names_are_camel_case_and_words_pascal_case() {
    let is_made_of = |text: &str, first: fn(&char) -> bool| {
        text.chars().next().is_some_and(|letter| first(&letter))
            && text.chars().all(|letter| letter.is_ascii_alphanumeric())
    };
    refuse(|node| {
        if let Some(name) = node.name.filter(|name| !is_made_of(name, char::is_ascii_lowercase)) {
            return Some(format!("the name {name}"));
        }
        // Kafka's settings are called as Kafka calls them.
        let is_kafkas = node.path == "LogPipeline.spec.topic.config[].name";
        let words = node.schema["enum"].as_array().into_iter().flatten().map(|word| word.as_str().unwrap());
        let wrong: Vec<&str> =
            words.filter(|word| !is_kafkas && !is_made_of(word, char::is_ascii_uppercase)).collect();
        (!wrong.is_empty()).then(|| format!("the words {wrong:?}"))
    });
}

#[test]
fn every_field_is_described_in_sentences() {
    refuse(|node| {
        let is_field = node.name.is_some() || !node.path.contains('.');
        if !is_field || is_metadata(node) {
            return None;
        }
        let Some(text) = node.schema["description"].as_str() else {
            return Some("no description".to_owned());
        };
        let begins = text.starts_with(|letter: char| letter.is_uppercase());
        let is_clean = !text.contains('\n') && !text.contains("  ") && text.trim() == text;
        (!begins || !text.ends_with('.') || !is_clean).then(|| format!("`{text}`"))
    });
}

#[test]
fn only_the_fields_that_were_agreed_have_a_default() {
    let mut found = BTreeSet::new();
    for kind in KINDS {
        let definition = kind.definition();
        let with = nodes(kind, &definition).into_iter().filter(|node| node.schema.get("default").is_some());
        found.extend(with.map(|node| node.path));
    }
    assert_eq!(found, DEFAULTS.iter().map(|path| (*path).to_owned()).collect());
}

/// As the offline check judges: a spec of nothing but the default.
#[test]
fn defaults_are_valid_where_they_stand() {
    refuse(|node| {
        let default = node.schema.get("default")?;
        let mut definition = Kind::by_name("LogPipeline").unwrap().definition();
        let root = &mut definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"];
        root["properties"]["spec"] =
            serde_json::json!({"type": "object", "properties": {"field": node.schema}});
        root.as_object_mut().unwrap().remove("x-kubernetes-validations");
        let model = Model::of(&definition).unwrap();
        let object = serde_json::json!({
            "apiVersion": Kind::api_version(), "kind": "LogPipeline", "metadata": {"name": "a"}, "spec": {"field": default},
        });
        let document = admit::read(object.to_string().as_bytes()).remove(0).unwrap();
        let problems: Vec<String> =
            model.judge(&document, None).into_iter().map(|problem| problem.text).collect();
        (!problems.is_empty()).then(|| problems.join("; "))
    });
}

#[test]
fn each_fits_into_what_client_side_apply_can_keep() {
    for kind in KINDS {
        let size = kind.definition().to_string().len();
        println!("{}: {size} bytes", kind.name);
        assert!(size <= LARGEST, "{}: {size} bytes", kind.name);
    }
}

#[test]
fn every_rule_has_a_message_that_says_it_in_words() {
    refuse(|node| {
        let rules = node.schema["x-kubernetes-validations"].as_array()?;
        let mut messages: BTreeMap<&str, usize> = BTreeMap::new();
        for rule in rules {
            let message = rule["message"].as_str().unwrap_or_default();
            if message.is_empty() || message.contains('\n') || message.ends_with('.') {
                return Some(format!("the message `{message}`"));
            }
            *messages.entry(message).or_default() += 1;
        }
        messages.into_iter().find(|(_, times)| *times > 1).map(|(message, _)| format!("twice: {message}"))
    });
}

#[test]
fn rules_name_fields_that_exist_in_words_that_are_free() {
    refuse(|node| {
        let rules = node.schema["x-kubernetes-validations"].as_array()?;
        for rule in rules {
            let text = rule["rule"].as_str().unwrap();
            let reserved = RESERVED.iter().find(|word| steps(text).any(|step| step == **word));
            if let Some(word) = reserved {
                return Some(format!("`{word}` in {text}"));
            }
            if let Some(path) = rule["fieldPath"].as_str() {
                let step = |schema: Option<&'_ Value>, name: &str| schema?["properties"].get(name).cloned();
                let mut at = Some(node.schema.clone());
                for name in path.split('.').skip(1) {
                    at = step(at.as_ref(), name);
                }
                if at.is_none() || !path.starts_with('.') {
                    return Some(format!("no field {path}"));
                }
            }
        }
        None
    });
}

/// Names that follow a dot in a rule.
fn steps(rule: &str) -> impl Iterator<Item = &str> {
    let is_letter = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    rule.split('.')
        .skip(1)
        .map(move |rest| &rest[..rest.find(|letter| !is_letter(letter)).unwrap_or(rest.len())])
}
