//! Types, bounds and shapes of a schema, judged in the API server's order and told in its words.
//!
//! Where a value may take one of several shapes, the failures of the shape that fits best are told; how well one
//! fits is a count of passed checks, kept as the API server keeps it. On an update, what is wrong but unchanged
//! is let pass. Deliberately absent: rules in CEL and the uniqueness of list items.

use std::cmp::Ordering;

use serde_json::Value;

use super::{
    change::Change,
    failure::{Cause, Failure},
    go,
    model::{Bounds, Schema},
    position::Way,
};

/// Failures of a value, and how many checks it passed.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub(super) failures: Vec<Failure>,
    passed: usize,
}

impl Outcome {
    fn of(failures: impl IntoIterator<Item = Failure>) -> Self {
        let mut outcome = Self::default();
        outcome.add(failures);
        outcome
    }

    /// The same words are told once.
    fn add(&mut self, failures: impl IntoIterator<Item = Failure>) {
        for failure in failures {
            if !self.failures.iter().any(|told| told.key == failure.key) {
                self.failures.push(failure);
            }
        }
    }

    fn merge(&mut self, other: Self) {
        self.add(other.failures);
        self.passed += other.passed;
    }

    fn is_good(&self) -> bool {
        self.failures.is_empty()
    }
}

/// Judges a value that may have had an earlier state.
pub(super) fn judge(schema: &Schema, value: &Value, way: &Way, change: Change<'_>) -> Outcome {
    let mut outcome = shape(schema, value, way, change);
    if !outcome.is_good() && change.is_none_at_all() {
        outcome.failures.clear();
    }
    outcome
}

fn shape(schema: &Schema, value: &Value, way: &Way, change: Change<'_>) -> Outcome {
    let mut outcome = Outcome::default();
    if value.is_null() {
        outcome.merge(type_of(schema, value, way));
        outcome.merge(Outcome::of(option(schema, value, way)));
        return outcome;
    }
    let mut check = |checked: Outcome| {
        outcome.merge(checked);
        outcome.passed += 1;
    };
    if !schema.kind.is_empty() || schema.int_or_string || schema.checked.is_some() {
        check(type_of(schema, value, way));
    }
    check(combined(schema, value, way, change));
    match value {
        Value::String(text) => {
            check(Outcome::of(text_bounds(schema, text, way)));
            if let Some(format) = schema.checked {
                let wrong = (!format.fits(text)).then(|| wrong_type(way, format.name(), text));
                check(Outcome::of(wrong));
            }
        }
        Value::Number(number) => {
            check(Outcome { failures: number_bounds(&schema.bounds, number, value, way), passed: 1 });
        }
        Value::Array(items) => check(list(schema, items, way, change)),
        _ => {}
    }
    check(Outcome::of(option(schema, value, way)));
    if let Value::Object(fields) = value {
        check(object(schema, fields, way, change));
    }
    outcome.passed += 1;
    outcome
}

/// What JSON calls the value, and its width.
fn kind_of(value: &Value) -> (&'static str, &'static str) {
    match value {
        Value::Null => ("null", ""),
        Value::Bool(_) => ("boolean", ""),
        Value::String(_) => ("string", ""),
        Value::Number(number) if number.is_f64() => ("number", "float64"),
        Value::Number(_) => ("integer", "int64"),
        Value::Array(_) => ("array", ""),
        Value::Object(_) => ("object", ""),
    }
}

fn type_of(schema: &Schema, value: &Value, way: &Way) -> Outcome {
    let expected = if schema.int_or_string { "integer,string" } else { schema.kind.as_str() };
    let allows = |kind: &str| expected.split(',').any(|expected| expected == kind);
    let (kind, width) = kind_of(value);
    if value.is_null() {
        let wrong = !expected.is_empty() && !schema.nullable;
        return fails_or_passes(wrong.then(|| wrong_type(way, expected, kind)));
    }
    let numbers_fit = (kind == "integer" && allows("number"))
        || (kind == "number" && allows("integer") && value.as_f64().is_some_and(is_nearly_whole));
    let is_text_or_list = value.is_string() || value.is_array();
    if let Some(format) = schema.checked {
        if !is_text_or_list && !allows(kind) && !numbers_fit {
            return fails_or_passes(Some(wrong_type(way, format.name(), width)));
        }
        // The API server does not look at the type of a text with a format, nor at a list in its place.
        if is_text_or_list && !allows("number") && !allows("integer") {
            return fails_or_passes(None);
        }
    }
    let wrong = !allows(kind) && !numbers_fit;
    fails_or_passes(wrong.then(|| wrong_type(way, expected, kind)))
}

fn fails_or_passes(failure: Option<Failure>) -> Outcome {
    match failure {
        Some(failure) => Outcome::of([failure]),
        None => Outcome { failures: Vec::new(), passed: 1 },
    }
}

/// As the API server takes a float for a whole number: by its relative error.
fn is_nearly_whole(value: f64) -> bool {
    const LARGEST: f64 = 9_007_199_254_740_991.0;
    let whole = value.trunc();
    if !(-LARGEST..=LARGEST).contains(&value) {
        return false;
    }
    value.fract() == 0.0 || (value > 0.0 && whole > 0.0 && (value - whole) / (value + whole) < 1e-9)
}

fn wrong_type(way: &Way, expected: &str, found: &str) -> Failure {
    let says = format!("in body must be of type {expected}: {}", go::quoted(found));
    Failure::of(way, Cause::Type, Some(found.into()), &says)
}

fn option(schema: &Schema, value: &Value, way: &Way) -> Option<Failure> {
    if schema.options.is_empty() || schema.options.iter().any(|option| same_option(option, value)) {
        return None;
    }
    let shown = |option: &Value| option.as_str().map_or_else(|| go::json(option), str::to_owned);
    let options: Vec<String> = schema.options.iter().map(|option| go::quoted(&shown(option))).collect();
    let detail = format!("supported values: {}", options.join(", "));
    Some(Failure::plain(way, Cause::Option, Some(value.clone()), &detail))
}

/// A null is no option even where the schema lists it; numbers are compared as numbers.
fn same_option(option: &Value, value: &Value) -> bool {
    match (option, value) {
        (Value::Null, _) => false,
        (Value::Number(option), Value::Number(value)) => {
            option == value
                || option.as_f64().zip(value.as_f64()).is_some_and(|(a, b)| a.total_cmp(&b).is_eq())
        }
        (option, value) => option == value,
    }
}

fn text_bounds(schema: &Schema, text: &str, way: &Way) -> Option<Failure> {
    let length = i64::try_from(text.chars().count()).unwrap_or(i64::MAX);
    let bad = || Some(Value::from(text));
    if let Some(most) = schema.bounds.max_length.filter(|most| length > *most) {
        let unit = if most == 1 { "byte" } else { "bytes" };
        return Some(Failure::plain(way, Cause::Long, None, &format!("may not be more than {most} {unit}")));
    }
    if let Some(least) = schema.bounds.min_length.filter(|least| length < *least) {
        let says = format!("in body should be at least {least} chars long");
        return Some(Failure::of(way, Cause::Invalid, bad(), &says));
    }
    let (pattern, compiled) = schema.pattern.as_ref()?;
    let says = || format!("in body should match '{pattern}'");
    (!compiled.is_match(text)).then(|| Failure::of(way, Cause::Invalid, bad(), &says()))
}

fn number_bounds(bounds: &Bounds, number: &serde_json::Number, value: &Value, way: &Way) -> Vec<Failure> {
    let mut failures = Vec::new();
    let mut wrong = |says: String| {
        failures.push(Failure::of(way, Cause::Invalid, Some(value.clone()), &says));
    };
    let (whole, float) = (number.as_i64(), number.as_f64().unwrap_or_default());
    // Whole numbers are compared with whole bounds.
    #[allow(clippy::cast_possible_truncation, reason = "as the API server does")]
    let against = |bound: f64| match whole {
        Some(whole) => (whole.cmp(&(bound as i64)), (bound as i64).to_string()),
        None => (float.total_cmp(&bound), go::number(bound)),
    };
    if let Some(step) = bounds.multiple_of {
        #[allow(clippy::cast_possible_truncation, reason = "as the API server does")]
        let fits = match whole {
            Some(whole) => whole % (step as i64).max(1) == 0,
            None => is_nearly_whole(float / step),
        };
        if !fits {
            wrong(format!("in body should be a multiple of {}", against(step).1));
        }
    }
    let below = |order: &Ordering| order.is_lt() || (bounds.exclusive_minimum && order.is_eq());
    if let Some((_, bound)) = bounds.minimum.map(against).filter(|(order, _)| below(order)) {
        let or_equal = if bounds.exclusive_minimum { "" } else { "or equal to " };
        wrong(format!("in body should be greater than {or_equal}{bound}"));
    }
    let above = |order: &Ordering| order.is_gt() || (bounds.exclusive_maximum && order.is_eq());
    if let Some((_, bound)) = bounds.maximum.map(against).filter(|(order, _)| above(order)) {
        let or_equal = if bounds.exclusive_maximum { "" } else { "or equal to " };
        wrong(format!("in body should be less than {or_equal}{bound}"));
    }
    failures
}

fn list(schema: &Schema, items: &[Value], way: &Way, change: Change<'_>) -> Outcome {
    let mut outcome = Outcome::default();
    if let Some(of_items) = &schema.items {
        for (index, item) in items.iter().enumerate() {
            outcome.merge(judge(of_items, item, &way.item(index), change.item(index)));
        }
    }
    let bounds = (schema.bounds.min_items, schema.bounds.max_items);
    outcome.add(count(items.len(), bounds, "items", way));
    outcome.passed += 1;
    outcome
}

/// Too few are told as a wrong value, too many as such.
fn count(
    found: usize,
    (least, most): (Option<i64>, Option<i64>),
    parts: &str,
    way: &Way,
) -> impl Iterator<Item = Failure> {
    let found = i64::try_from(found).unwrap_or(i64::MAX);
    let few = least.filter(|least| found < *least).map(|least| {
        let says = format!("in body should have at least {least} {parts}");
        Failure::of(way, Cause::Invalid, Some(found.into()), &says)
    });
    let many = most.filter(|most| found > *most).map(|most| {
        let items = if most == 1 { "item" } else { "items" };
        Failure::plain(way, Cause::Many, Some(found.into()), &format!("must have at most {most} {items}"))
    });
    few.into_iter().chain(many)
}

fn object(
    schema: &Schema,
    fields: &serde_json::Map<String, Value>,
    way: &Way,
    change: Change<'_>,
) -> Outcome {
    let mut outcome = Outcome::default();
    let bounds = (schema.bounds.min_properties, schema.bounds.max_properties);
    outcome.add(count(fields.len(), bounds, "properties", way));
    for (name, value) in fields {
        if let Some(field) = schema.properties.get(name) {
            outcome.merge(judge(field, value, &way.field(name), change.field(name)));
        } else if let Some(additional) = &schema.additional {
            outcome.merge(judge(additional, value, &way.key(name), change.field(name)));
        }
    }
    for name in schema.required.iter().filter(|name| !fields.contains_key(*name)) {
        outcome.add([Failure::plain(&way.field(name), Cause::Required, None, "")]);
    }
    outcome
}

/// One, any, all or none of several shapes.
fn combined(schema: &Schema, value: &Value, way: &Way, change: Change<'_>) -> Outcome {
    let mut outcome = Outcome::default();
    let name = go::quoted(&way.dotted());
    let says = |text: String| Failure::composite(way, &format!("{name} must {text}"));
    let try_one = |schema: &Schema| shape(schema, value, way, change);
    if !schema.any_of.is_empty() {
        let tried = best(schema.any_of.iter().map(try_one), true);
        if tried.good == 0 {
            outcome.add([says("validate at least one schema (anyOf)".into())]);
        }
        outcome.merge(tried.outcome.unwrap_or_default());
    }
    if !schema.one_of.is_empty() {
        let tried = best(schema.one_of.iter().map(try_one), false);
        let found = match tried.good {
            0 => Some("Found none valid".to_owned()),
            1 => None,
            many => Some(format!("Found {many} valid alternatives")),
        };
        let told = if tried.good > 1 { None } else { tried.outcome };
        outcome.add(found.map(|found| says(format!("validate one and only one schema (oneOf). {found}"))));
        outcome.merge(told.unwrap_or_default());
    }
    if !schema.all_of.is_empty() {
        let tried: Vec<Outcome> = schema.all_of.iter().map(try_one).collect();
        let good = tried.iter().filter(|tried| tried.is_good()).count();
        let all = good == tried.len();
        for tried in tried {
            outcome.merge(tried);
        }
        if !all {
            let none = if good == 0 { ". None validated" } else { "" };
            outcome.add([says(format!("validate all the schemas (allOf){none}"))]);
        }
    }
    if schema.not.as_ref().is_some_and(|not| try_one(not).is_good()) {
        outcome.add([says("not validate the schema (not)".into())]);
    }
    outcome.passed += 1;
    outcome
}

struct Tried {
    good: usize,
    /// The first that fits, or else the one that fits best.
    outcome: Option<Outcome>,
}

fn best(outcomes: impl Iterator<Item = Outcome>, one_is_enough: bool) -> Tried {
    let mut tried = Tried { good: 0, outcome: None };
    for outcome in outcomes {
        if outcome.is_good() {
            tried.good += 1;
            if tried.good == 1 {
                tried.outcome = Some(outcome);
            }
            if one_is_enough {
                break;
            }
        } else if tried.good == 0 && tried.outcome.as_ref().is_none_or(|best| outcome.passed > best.passed) {
            tried.outcome = Some(outcome);
        }
    }
    tried
}
