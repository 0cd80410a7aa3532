//! `metadata`: names, labels and annotations, in the API server's words.
//!
//! Deliberately absent: owner references, finalizers and managed fields, which people do not write by hand.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use super::{
    failure::{Cause, Failure},
    hint,
    model::Model,
    position::Way,
};

const FIELDS: [&str; 15] = [
    "name",
    "generateName",
    "namespace",
    "selfLink",
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "labels",
    "annotations",
    "ownerReferences",
    "finalizers",
    "managedFields",
];

const LABEL: &str = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const QUALIFIED: &str = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
const ANNOTATION_BYTES: usize = 256 << 10;

/// Something wrong before anything could be judged: a field that nobody knows, or one of another type.
#[derive(Debug)]
pub(super) struct Unreadable {
    pub(super) way: Way,
    pub(super) text: String,
    pub(super) remedy: Option<String>,
    pub(super) is_unknown: bool,
}

/// What a reader of the bare fields stumbles over.
pub(super) fn unreadable(object: &Value) -> Vec<Unreadable> {
    let way = Way::of("metadata");
    let wrong_type = |way: Way, name: &str, found: &Value, expected: &str, remedy: Option<&str>| Unreadable {
        text: format!(
            "json: cannot unmarshal {} into Go struct field ObjectMeta.metadata{name} of type {expected}",
            go_kind(found)
        ),
        remedy: remedy.map(str::to_owned),
        way,
        is_unknown: false,
    };
    let fields = match object.get("metadata") {
        None | Some(Value::Null) => return Vec::new(),
        Some(Value::Object(fields)) => fields,
        Some(other) => return vec![wrong_type(way, "", other, "v1.ObjectMeta", None)],
    };
    let mut found = Vec::new();
    for (name, value) in fields {
        let way = way.field(name);
        let quotes = (!value.is_object() && !value.is_array()).then_some("put it in quotes");
        match (name.as_str(), value) {
            (_, Value::Null) => {}
            ("name" | "generateName" | "namespace", value) if !value.is_string() => {
                found.push(wrong_type(way, &format!(".{name}"), value, "string", quotes));
            }
            ("labels" | "annotations", Value::Object(pairs)) => {
                for (key, value) in pairs.iter().filter(|(_, value)| !value.is_string() && !value.is_null()) {
                    let plain = !value.is_object() && !value.is_array();
                    let quotes = plain.then_some("put the value in quotes");
                    found.push(wrong_type(way.key(key), &format!(".{name}"), value, "string", quotes));
                }
            }
            ("labels" | "annotations", value) => {
                found.push(wrong_type(way, &format!(".{name}"), value, "map[string]string", None));
            }
            (known, _) if FIELDS.contains(&known) => {}
            (unknown, _) => found.push(Unreadable {
                text: format!("unknown field \"metadata.{unknown}\""),
                remedy: hint::nearest(unknown, FIELDS).map(|near| format!("did you mean `{near}`?")),
                way,
                is_unknown: true,
            }),
        }
    }
    found
}

fn go_kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// Names are judged when an object is new; later they are known to be good.
pub(super) fn judge(model: &Model, object: &Value, is_new: bool) -> Vec<Failure> {
    let way = Way::of("metadata");
    let meta = |name: &str| object.get("metadata").and_then(|meta| meta.get(name));
    let text = |name: &str| meta(name).and_then(Value::as_str).unwrap_or_default();
    let mut failures = Vec::new();
    if is_new {
        names(model, text, &way, &mut failures);
    }
    let pairs = |name: &str| meta(name).and_then(Value::as_object).cloned().unwrap_or_default();
    let labels = way.field("labels");
    for (key, value) in pairs("labels") {
        failures.extend(wrong(&labels, &key, qualified_name(&key)));
        let value = value.as_str().unwrap_or_default();
        failures.extend(wrong(&labels, value, label_value(value)));
    }
    let annotations = way.field("annotations");
    let mut size = 0;
    for (key, value) in pairs("annotations") {
        failures.extend(wrong(&annotations, &key, qualified_name(&key.to_lowercase())));
        size += key.len() + value.as_str().map_or(0, str::len);
    }
    if size > ANNOTATION_BYTES {
        let detail = format!("may not be more than {ANNOTATION_BYTES} bytes");
        failures.push(Failure::plain(&annotations, Cause::Long, None, &detail));
    }
    failures
}

fn names<'a>(model: &Model, text: impl Fn(&str) -> &'a str, way: &Way, failures: &mut Vec<Failure>) {
    let (name, generated, namespace) = (text("name"), text("generateName"), text("namespace"));
    if !generated.is_empty() {
        // The server adds letters behind it.
        let stem = generated.strip_suffix('-').unwrap_or(generated);
        failures.extend(wrong(&way.field("generateName"), generated, subdomain(stem)));
    }
    if !name.is_empty() {
        failures.extend(wrong(&way.field("name"), name, subdomain(name)));
    } else if generated.is_empty() {
        let detail = "name or generateName is required";
        failures.push(Failure::plain(&way.field("name"), Cause::Required, None, detail));
    }
    // Without one, kubectl takes the namespace that it works in.
    let place = way.field("namespace");
    if !namespace.is_empty() && model.namespaced {
        failures.extend(wrong(&place, namespace, label(namespace)));
    } else if !namespace.is_empty() {
        let detail = "not allowed on this type";
        failures.push(Failure::plain(&place, Cause::Forbidden, None, detail));
    }
}

fn wrong(way: &Way, value: &str, says: Vec<String>) -> impl Iterator<Item = Failure> {
    let failure = move |detail: String| Failure::plain(way, Cause::Invalid, Some(value.into()), &detail);
    says.into_iter().map(failure)
}

fn fits(pattern: &str, text: &str) -> bool {
    Regex::new(&format!("^{pattern}$")).is_ok_and(|pattern| pattern.is_match(text))
}

static SUBDOMAIN: LazyLock<String> = LazyLock::new(|| format!("{LABEL}(\\.{LABEL})*"));

fn too_long(text: &str, most: usize) -> Option<String> {
    (text.len() > most).then(|| format!("must be no more than {most} characters"))
}

fn subdomain(text: &str) -> Vec<String> {
    let shape = || {
        format!(
            "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must \
             start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '{}')",
            *SUBDOMAIN
        )
    };
    too_long(text, 253).into_iter().chain((!fits(&SUBDOMAIN, text)).then(shape)).collect()
}

fn label(text: &str) -> Vec<String> {
    let shape = || {
        if fits(&SUBDOMAIN, text) {
            return "must not contain dots".to_owned();
        }
        format!(
            "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and \
             end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is \
             '{LABEL}')"
        )
    };
    too_long(text, 63).into_iter().chain((!fits(LABEL, text)).then(shape)).collect()
}

fn qualified_name(text: &str) -> Vec<String> {
    let shape = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an \
                 alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is \
                 ";
    let parts: Vec<&str> = text.split('/').collect();
    let mut says = Vec::new();
    let name = match parts[..] {
        [name] => name,
        [prefix, name] => {
            if prefix.is_empty() {
                says.push("prefix part must be non-empty".to_owned());
            } else {
                says.extend(subdomain(prefix).into_iter().map(|text| format!("prefix part {text}")));
            }
            name
        }
        _ => {
            return vec![format!(
                "a qualified name {shape}'{QUALIFIED}') with an optional DNS subdomain prefix and '/' (e.g. \
                 'example.com/MyName')"
            )];
        }
    };
    if name.is_empty() {
        says.push("name part must be non-empty".to_owned());
    }
    says.extend(too_long(name, 63).map(|text| format!("name part {text}")));
    if !fits(QUALIFIED, name) {
        says.push(format!("name part {shape}'{QUALIFIED}')"));
    }
    says
}

fn label_value(text: &str) -> Vec<String> {
    let pattern = format!("({QUALIFIED})?");
    let shape = (!fits(&pattern, text)).then(|| {
        format!(
            "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must \
             start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used \
             for validation is '{pattern}')"
        )
    });
    too_long(text, 63).into_iter().chain(shape).collect()
}
