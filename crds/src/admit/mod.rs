//! Offline admission: whether the API server would take an object, and what it would say.
//!
//! ```text
//! text ──document──▶ documents with positions ──kinds──▶ one of our kinds?
//!      ──fields──▶ unknown fields, defaults ──metadata, bounds, lists──▶ failures ──rules──▶ failures
//!      ──meaning──▶ what the operator will say later
//! ```
//!
//! Contract: for an object that somebody creates or changes with `kubectl` and `--validate=strict` (the default),
//! the verdict is that of the API server 1.34, and so are the words; line, column and remedy are added. Unlike
//! there, unknown fields do not hide the rest. Deliberately absent: anything that needs a cluster (quotas, other
//! webhooks, permissions, whether a referenced object exists), and costs of rules.

mod bounds;
mod change;
pub mod document;
mod failure;
mod fields;
mod format;
mod functions;
mod go;
pub mod hint;
pub mod kinds;
mod lists;
mod metadata;
pub mod model;
mod own;
pub mod position;
mod remedy;
mod rules;
mod scalar;
mod typed;

use std::fmt;

use serde_json::Value;

use self::{
    change::Change,
    failure::{Cause, Failure},
};
pub use self::{
    document::{Document, ReadError, read},
    kinds::{Found, Kinds},
    model::{Model, ModelError},
    own::own,
    position::{Position, Way},
    remedy::Remedy,
};
use crate::meaning;

/// Who says that something is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// Whoever reads the file: it holds no resource of a kind that is known.
    Reader,
    /// The API server, when the object is created or changed.
    Server,
    /// The operator, after the API server took it.
    Operator,
}

/// What is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Who says so.
    pub by: By,
    /// Where it stands in the file.
    pub at: Position,
    /// The field, or nothing where it is none.
    pub field: String,
    /// What is said, in the words of who says it; the field is named there.
    pub text: String,
    /// How to mend it.
    pub remedy: Option<String>,
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}: {}", self.at.line, self.at.column, self.text)
    }
}

impl From<ReadError> for Problem {
    fn from(error: ReadError) -> Self {
        Self { by: By::Reader, at: error.at, field: String::new(), text: error.text, remedy: error.remedy }
    }
}

/// Judges every document of a text as a new object of the one kind defined by `definition`.
pub fn create(definition: &Value, text: &str) -> Result<Vec<Problem>, ModelError> {
    let kinds = Kinds::of([definition])?;
    let judge = |document: Result<Document, ReadError>| match document {
        Ok(document) => judge_by(&kinds, &document, None),
        Err(error) => vec![error.into()],
    };
    Ok(read(text.as_bytes()).into_iter().flat_map(judge).collect())
}

/// Judges the first document of `new` as a change of the first of `old`.
pub fn update(definition: &Value, old: &str, new: &str) -> Result<Vec<Problem>, ModelError> {
    let kinds = Kinds::of([definition])?;
    let first = |text: &str| read(text.as_bytes()).into_iter().next();
    Ok(match (first(old), first(new)) {
        (Some(Ok(old)), Some(Ok(new))) => judge_by(&kinds, &new, Some(&old)),
        (Some(Err(error)), _) | (_, Some(Err(error))) => vec![error.into()],
        _ => Vec::new(),
    })
}

fn judge_by(kinds: &Kinds, document: &Document, old: Option<&Document>) -> Vec<Problem> {
    match kinds.find(document) {
        Found::Ours(model) => model.judge(document, old),
        Found::Foreign { .. } => Vec::new(),
        Found::Wrong(problem) => vec![problem],
    }
}

impl Model {
    /// Everything that is wrong with a document of this kind, in the order of the file; as a change where the
    /// earlier state is given.
    pub fn judge(&self, document: &Document, old: Option<&Document>) -> Vec<Problem> {
        let mut object = document.value();
        let unreadable = metadata::unreadable(&object);
        let mut problems: Vec<Problem> = unreadable
            .iter()
            .map(|wrong| {
                let at =
                    if wrong.is_unknown { document.find_key(&wrong.way) } else { document.find(&wrong.way) };
                problem(By::Server, at, &wrong.way, wrong.text.clone(), wrong.remedy.clone())
            })
            .collect();
        for unknown in fields::take_unknown(self, &mut object) {
            let at = document.find_key(&unknown.way);
            problems.push(problem(By::Server, at, &unknown.way, unknown.text(), unknown.remedy));
        }
        self.complete(&mut object);
        let before = old.map(|old| self.stored(old));
        self.keep_status(&mut object, before.as_ref());
        let is_readable = unreadable.iter().all(|wrong| wrong.is_unknown);
        let mut failures = self.failures(&object, before.as_ref(), is_readable);
        // What rules themselves say hides none of them.
        let hides_rules = failures.iter().any(|failure| failure.cause.hides_rules());
        if !hides_rules {
            failures.extend(rules::judge(&self.schema, &object, before.as_ref()));
        }
        problems.extend(failures.into_iter().map(|failure| {
            let remedy = remedy::of(self, &object, &failure);
            problem(By::Server, document.find(&failure.way), &failure.way, failure.text, remedy)
        }));
        for complaint in self.places.map(|places| meaning::of(places, &object)).into_iter().flatten() {
            let way = Way::of(&complaint.field);
            let text = format!("{}: {}", complaint.field, complaint.message);
            problems.push(problem(By::Operator, document.find(&way), &way, text, complaint.hint));
        }
        problems.sort_by_key(|problem| problem.at);
        if hides_rules {
            problems.push(not_all_checked(document));
        }
        problems
    }

    /// As it is once it was read: without nulls that are none, with defaults.
    fn complete(&self, object: &mut Value) {
        fields::take_nulls(&self.schema, object);
        fields::fill_in(&self.schema, object);
    }

    /// The earlier state as the API server has it.
    fn stored(&self, document: &Document) -> Value {
        let mut object = document.value();
        let _was_told_when_it_was_new = fields::take_unknown(self, &mut object);
        self.complete(&mut object);
        object
    }

    /// Whoever writes the spec does not write the status.
    fn keep_status(&self, object: &mut Value, before: Option<&Value>) {
        let Value::Object(fields) = object else { return };
        if !self.has_status {
            return;
        }
        match before.and_then(|before| before.get("status")) {
            Some(status) => fields.insert("status".to_owned(), status.clone()),
            None => fields.remove("status"),
        };
    }

    /// All but what rules say.
    fn failures(&self, object: &Value, before: Option<&Value>, is_readable: bool) -> Vec<Failure> {
        let way = Way::default();
        let mut failures = Vec::new();
        if is_readable {
            failures.extend(metadata::judge(self, object, before.is_none()));
        }
        let change = before.map_or(Change::UNKNOWN, |before| Change::of(&self.schema, object, before));
        failures.extend(bounds::judge(&self.schema, object, &way, change).failures);
        failures.extend(self.replicas(object));
        // What was already there twice may stay.
        if before.is_none_or(|before| lists::judge(&self.schema, before, &way).is_empty()) {
            failures.extend(lists::judge(&self.schema, object, &way));
        }
        failures
    }

    /// The scale subresource reads its field before the schema is asked, and has its own words.
    fn replicas(&self, object: &Value) -> Option<Failure> {
        let path = self.scale.as_ref()?;
        let way = Way::of(path);
        let found =
            path.split('.').filter(|name| !name.is_empty()).try_fold(object, |value, name| value.get(name));
        let (bad, detail) = match found {
            None => return None,
            Some(value) => match value.as_i64() {
                Some(whole) if whole < 0 => (whole, "should be a non-negative integer".to_owned()),
                Some(whole) if whole > i64::from(i32::MAX) => {
                    (whole, format!("should be less than or equal to {}", i32::MAX))
                }
                Some(_) => return None,
                None => (
                    0,
                    format!(
                        "{path} accessor error: {} is of the type {}, expected int64",
                        shown(value),
                        go_type(value)
                    ),
                ),
            },
        };
        Some(Failure::named(path, &way, Cause::Invalid, Some(bad.into()), &detail))
    }
}

fn problem(by: By, at: Position, way: &Way, text: String, remedy: Option<String>) -> Problem {
    Problem { by, at, field: way.dotted(), text, remedy }
}

fn not_all_checked(document: &Document) -> Problem {
    let text = "<nil>: Invalid value: null: some validation rules were not checked because the object was invalid; \
                correct the existing errors to complete validation";
    problem(By::Server, document.at(), &Way::default(), text.to_owned(), None)
}

fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| go::bad(value), str::to_owned)
}

fn go_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "<nil>",
        Value::Bool(_) => "bool",
        Value::Number(_) => "float64",
        Value::String(_) => "string",
        Value::Array(_) => "[]interface {}",
        Value::Object(_) => "map[string]interface {}",
    }
}
