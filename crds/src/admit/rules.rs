//! Rules in CEL, asked in the API server's order and told in its words.
//!
//! The walk is our own, since it decides the verdict: rules of change are asked only where the earlier value is
//! known (items by their keys), a rule on what did not change is let pass, and values are shown to rules in the
//! schema's types. Deliberately absent: costs and types of rules, which a cluster judges when the definition is
//! installed.

use kube_cel::cel::{self, Context, ExecutionError, objects::OptionalValue};
use serde_json::Value;

use super::{
    change::{Change, counterpart},
    failure::{Cause, Failure},
    functions::FUNCTIONS,
    model::{Rule, Schema},
    position::Way,
    typed::{aligned, typed},
};

/// The longest message that a rule may compute, in bytes.
const MESSAGE_BYTES: usize = 5 << 10;

/// Every rule that says no.
pub(super) fn judge(schema: &Schema, object: &Value, old: Option<&Value>) -> Vec<Failure> {
    let change = old.map_or(Change::UNKNOWN, |old| Change::of(schema, object, old));
    let mut walk = Walk { failures: Vec::new() };
    let (object, old) = (&root(object), old.map(root));
    walk.node(schema, object, old.as_ref(), &Way::default(), Nearest { here: change, above: None });
    walk.failures
}

/// Of the metadata, rules see the name alone.
fn root(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(Value::Object(metadata)) = object.get_mut("metadata") {
        metadata.retain(|name, _| name == "name" || name == "generateName");
    }
    object
}

/// What is known of the change of a value, or else of the nearest thing around it.
#[derive(Clone, Copy)]
struct Nearest<'a> {
    here: Change<'a>,
    above: Option<Change<'a>>,
}

impl<'a> Nearest<'a> {
    fn is_unchanged(self) -> bool {
        if self.here.is_known() {
            return self.here.is_none_at_all();
        }
        self.above.is_some_and(Change::is_none_at_all)
    }

    fn step(self, into: impl Fn(Change<'a>) -> Change<'a>) -> Self {
        if self.here.is_known() {
            return Self { here: into(self.here), above: Some(self.here) };
        }
        self
    }
}

struct Walk {
    failures: Vec<Failure>,
}

impl Walk {
    fn node(&mut self, schema: &Schema, value: &Value, old: Option<&Value>, way: &Way, change: Nearest<'_>) {
        if value.is_null() {
            return;
        }
        let old = old.filter(|old| !old.is_null());
        self.rules(schema, schema, value, old, way, change);
        for narrower in &schema.all_of {
            let uncorrelated = Nearest { here: Change::UNKNOWN, above: change.above };
            self.rules(narrower, schema, value, old, way, uncorrelated);
        }
        match value {
            Value::Array(items) => {
                let Some(of_items) = &schema.items else { return };
                for (index, item) in items.iter().enumerate() {
                    let before = old.and_then(|old| counterpart(schema, item, old));
                    let change = change.step(|change| change.item(index));
                    self.node(of_items, item, before, &way.item(index), change);
                }
            }
            Value::Object(fields) => {
                for (name, value) in fields {
                    let before = old.and_then(|old| old.get(name));
                    let next = change.step(|change| change.field(name));
                    if let Some(field) = schema.properties.get(name) {
                        self.node(field, value, before, &way.field(name), next);
                    } else if let Some(additional) = &schema.additional {
                        self.node(additional, value, before, &way.key(name), next);
                    }
                }
            }
            _ => {}
        }
    }

    fn rules(
        &mut self,
        ruled: &Schema,
        schema: &Schema,
        value: &Value,
        old: Option<&Value>,
        way: &Way,
        change: Nearest<'_>,
    ) {
        if ruled.rules.is_empty() {
            return;
        }
        let myself = typed(schema, value);
        let before = old.map(|old| typed(schema, &aligned(schema, old, value)));
        for rule in &ruled.rules {
            if rule.of_change && before.is_none() && !rule.optional_old {
                continue;
            }
            let mut scope = FUNCTIONS.new_inner_scope();
            scope.add_variable_from_value("self", myself.clone());
            if rule.optional_old {
                let before = before.clone().map_or_else(OptionalValue::none, OptionalValue::of);
                scope.add_variable_from_value("oldSelf", cel::Value::Opaque(std::sync::Arc::new(before)));
            } else if let Some(before) = &before {
                scope.add_variable_from_value("oldSelf", before.clone());
            }
            let counts = |_: &Failure| rule.of_change || !change.is_unchanged();
            self.failures.extend(ask(rule, &scope, schema, way).filter(counts));
        }
    }
}

fn ask(rule: &Rule, scope: &Context<'_>, schema: &Schema, way: &Way) -> Option<Failure> {
    let kind = || Some(Value::from(schema.kind.as_str()));
    let invalid = |detail: String| Some(Failure::bracketed(way, Cause::Invalid, kind(), &detail));
    match scope.resolve(&rule.program) {
        Ok(cel::Value::Bool(true)) => None,
        Ok(_) => {
            let place =
                rule.field.iter().flat_map(Way::steps).fold(way.clone(), |way, step| way.and(step.clone()));
            let says = message(rule, scope);
            Some(match rule.reason.as_deref() {
                Some("FieldValueForbidden") => Failure::bracketed(&place, Cause::Forbidden, None, &says),
                Some("FieldValueRequired") => Failure::bracketed(&place, Cause::Required, None, &says),
                Some("FieldValueDuplicate") => Failure::bracketed(&place, Cause::Duplicate, kind(), ""),
                _ => Failure::bracketed(&place, Cause::Invalid, kind(), &says),
            })
        }
        Err(ExecutionError::UndeclaredReference(name)) => invalid(format!(
            "`{name}` is not known here, so that only a cluster can judge the rule: {}",
            rule.name()
        )),
        Err(error @ (ExecutionError::NoSuchOverload | ExecutionError::UnsupportedBinaryOperator(..))) => {
            let _the_values = error;
            invalid(format!(
                "'no such overload': call arguments did not match a supported operator, function or macro signature \
                 for rule: {}",
                rule.name()
            ))
        }
        Err(error) => invalid(format!("{} evaluating rule: {}", go_words(&error), rule.name())),
    }
}

/// The commonest errors as the API server tells them.
fn go_words(error: &ExecutionError) -> String {
    match error {
        ExecutionError::NoSuchKey(key) => format!("no such key: {key}"),
        ExecutionError::IndexOutOfBounds(index) => match index {
            cel::Value::Int(index) => format!("index out of bounds: {index}"),
            _ => "index out of bounds".to_owned(),
        },
        ExecutionError::DivisionByZero(_) => "division by zero".to_owned(),
        ExecutionError::RemainderByZero(_) => "modulus by zero".to_owned(),
        ExecutionError::Overflow(..) => "integer overflow".to_owned(),
        ExecutionError::FunctionError { function, message } => match function.as_str() {
            "duration" => "type conversion error from 'string' to 'google.protobuf.Duration'".to_owned(),
            "timestamp" => "type conversion error from 'string' to 'google.protobuf.Timestamp'".to_owned(),
            number @ ("int" | "uint" | "double") if message.starts_with("string parse error") => {
                format!("type conversion error from 'string' to '{number}'")
            }
            _ => message.clone(),
        },
        other => other.to_string(),
    }
}

/// A computed message that is empty, too long or of several lines counts as none.
fn message(rule: &Rule, scope: &Context<'_>) -> String {
    let computed = rule.message_program.as_ref().and_then(|program| match scope.resolve(program) {
        Ok(cel::Value::String(text)) => Some(text.trim().to_owned()),
        _ => None,
    });
    let usable = |text: &String| !text.is_empty() && text.len() <= MESSAGE_BYTES && !text.contains('\n');
    computed.filter(usable).unwrap_or_else(|| {
        rule.message
            .as_deref()
            .map_or_else(|| format!("failed rule: {}", rule.text.trim()), |text| text.trim().to_owned())
    })
}
