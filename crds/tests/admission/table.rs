//! The table of resources that are taken and refused, which the offline check and a real API server both go through.
//!
//! A file holds documents: first `kind:`, then cases. A case is
//!
//! ```text
//! case:   what is broken, in a few words
//! spec:   the spec, or `object:` with all but apiVersion, kind and metadata
//! name:   the object's name where it matters
//! was:    the spec before, where the case is a change
//! legal:  true where it is taken; else
//! field:  the field that the refusal names, and
//! says:   a piece of what it says; `also:` a piece of all others where breaking one rule breaks more
//! ```
//!
//! `{$text: 64}` is a text of so many letters, `{$list: 9, of: …}` a list in whose items `{}` is the item's number,
//! `{$map: 17, of: …}` a map likewise. What the API server says word for word is in `answers.txt`, written by the
//! run against a real one; that file is never written from the offline check. Deliberately absent: cases that
//! need another object or the operator's configuration.

use std::{collections::BTreeMap, fmt::Write as _, fs, path::PathBuf};

use sawlog_crds::{
    admit,
    kind::{KINDS, Kind},
};
use serde_json::{Map, Value, json};

/// Ends the answer about an object whose rules were not looked at.
pub(crate) const NOT_CHECKED: &str = "some validation rules were not checked";

/// Whether it is said of a field that does not exist.
pub(crate) fn is_unknown(failure: &str) -> bool {
    failure.starts_with("unknown field ")
}

const FILES: &[&str] = &["pipelines", "indexes", "retention", "alerts"];

/// A resource, and what becomes of it.
pub(crate) struct Case {
    /// The file and what is broken, which nothing else has.
    pub(crate) title: String,
    pub(crate) kind: &'static Kind,
    pub(crate) object: Value,
    /// The object before, where this is a change.
    pub(crate) was: Option<Value>,
    /// Nothing where it is taken.
    pub(crate) refusal: Option<Refusal>,
}

pub(crate) struct Refusal {
    pub(crate) field: String,
    pub(crate) says: String,
    pub(crate) also: Option<String>,
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../crds/tests/admission")
}

/// All cases, in the order of the files.
pub(crate) fn cases() -> Vec<Case> {
    FILES.iter().flat_map(|file| cases_of(file)).collect()
}

fn cases_of(file: &str) -> Vec<Case> {
    let text = fs::read(folder().join(file).with_extension("yaml")).unwrap();
    let mut documents = admit::read(&text).into_iter().map(|document| document.unwrap().value());
    let kind = Kind::by_name(documents.next().unwrap()["kind"].as_str().unwrap()).unwrap();
    let case = |(number, document)| case(file, kind, number, document);
    documents.enumerate().map(case).collect()
}

fn case(file: &str, kind: &'static Kind, number: usize, document: Value) -> Case {
    let Value::Object(mut document) = document else { panic!("{file}: a case is an object") };
    let text = |value: Value| value.as_str().unwrap().to_owned();
    let title = format!("{file}: {}", text(document.remove("case").unwrap()));
    let name =
        document.remove("name").map_or_else(|| json!(format!("case-{number}")), |name| expanded(&name, 0));
    let with_head = |mut object: Value| {
        object["apiVersion"] = Kind::api_version().into();
        object["kind"] = kind.name.into();
        object["metadata"] = json!({"name": name});
        object
    };
    let of_spec = |spec: Value| with_head(json!({"spec": expanded(&spec, 0)}));
    let object = match (document.remove("spec"), document.remove("object")) {
        (Some(spec), None) => of_spec(spec),
        (None, Some(object)) => with_head(object),
        _ => panic!("{title}: either spec or object"),
    };
    let was = document.remove("was").map(of_spec);
    let refusal = match document.remove("legal") {
        Some(_) => None,
        None => Some(Refusal {
            field: text(document.remove("field").unwrap()),
            says: text(document.remove("says").unwrap()),
            also: document.remove("also").map(text),
        }),
    };
    assert!(document.is_empty(), "{title}: what is {document:?}?");
    Case { title, kind, object, was, refusal }
}

/// With the short forms written out.
fn expanded(value: &Value, number: u64) -> Value {
    match value {
        Value::Object(fields) => match short_form(fields) {
            Some(("$text", length)) => Value::String("a".repeat(usize::try_from(length).unwrap())),
            Some(("$list", length)) => (0..length).map(|item| expanded(&fields["of"], item)).collect(),
            Some(("$map", length)) => {
                (0..length).map(|item| (format!("k{item}"), expanded(&fields["of"], item))).collect()
            }
            _ => fields.iter().map(|(name, value)| (name.clone(), expanded(value, number))).collect(),
        },
        Value::Array(items) => items.iter().map(|item| expanded(item, number)).collect(),
        Value::String(text) => text.replace("{}", &number.to_string()).into(),
        other => other.clone(),
    }
}

fn short_form(fields: &Map<String, Value>) -> Option<(&str, u64)> {
    let (name, length) = fields.iter().find(|(name, _)| name.starts_with('$'))?;
    Some((name, length.as_u64()?))
}

impl Case {
    /// What is wrong with an answer, given the failures in it.
    pub(crate) fn objection(&self, failures: &[String]) -> Option<String> {
        let said = || format!("{}: it said\n  {}", self.title, failures.join("\n  "));
        let Some(refusal) = &self.refusal else {
            return (!failures.is_empty()).then(|| format!("{}, but it is legal", said()));
        };
        let failures = failures.iter().filter(|text| !text.contains(NOT_CHECKED));
        let (of_it, besides): (Vec<&String>, Vec<&String>) = failures.partition(|text| refusal.is(text));
        if of_it.len() != 1 {
            return Some(format!("{}\nwhich is not once of {}: {}", said(), refusal.field, refusal.says));
        }
        let is_known = match &refusal.also {
            None => besides.is_empty(),
            Some(also) => !besides.is_empty() && besides.iter().all(|text| text.contains(also)),
        };
        (!is_known).then(|| format!("{}\nand besides not {:?}", said(), refusal.also))
    }
}

impl Refusal {
    fn is(&self, failure: &str) -> bool {
        // The API server permits a rule no path to the name; there the message says it.
        let in_words = self.field == "metadata.name" || is_unknown(failure);
        let names_it = failure.starts_with(&format!("{}: ", self.field));
        (names_it || in_words && failure.contains(&self.field)) && failure.contains(&self.says)
    }
}

/// What the API server says of each refused case, word for word, in the order of the alphabet.
pub(crate) fn answers() -> BTreeMap<String, Vec<String>> {
    let text = fs::read_to_string(folder().join("answers.txt")).unwrap_or_default();
    let parts = text.split(">>> ").skip(1);
    parts
        .map(|part| {
            let mut lines = part.lines().map(str::to_owned);
            (lines.next().unwrap(), lines.collect())
        })
        .collect()
}

/// Writes what a real API server said.
#[allow(dead_code, reason = "the offline check must not write it")]
pub(crate) fn write_answers<'a>(answers: impl IntoIterator<Item = (&'a str, &'a [String])>) {
    let mut text = String::new();
    for (title, failures) in answers {
        writeln!(text, ">>> {title}").unwrap();
        for failure in failures {
            writeln!(text, "{failure}").unwrap();
        }
    }
    fs::write(folder().join("answers.txt"), text).unwrap();
}

/// The kinds' definitions.
#[allow(dead_code, reason = "not everybody goes through all of them")]
pub(crate) fn definitions() -> impl Iterator<Item = (&'static Kind, Value)> {
    KINDS.iter().map(|kind| (kind, kind.definition()))
}
