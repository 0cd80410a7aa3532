//! `sawlog explain`: what a field means and may be, or what to do about a reason.
//!
//! Fields are told from the definitions that the API server is given, in the layout of `kubectl explain`, with
//! defaults, limits and rules added.

use std::io::{self, Write};

use sawlog_crds::admit::{
    self, ModelError,
    hint::nearest,
    model::{Model, Schema},
};
use serde_json::Value;

use crate::flags::ExplainFlags;

/// What keeps it from explaining.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "the messages are the documentation")]
pub enum ExplainError {
    #[error("the kinds of this program are broken")]
    Kinds(#[from] ModelError),
    #[error("there is no kind and no reason `{name}`{}", meant(.near.as_deref()))]
    Name { name: String, near: Option<String> },
    #[error("{whole} has no field `{field}`{}", meant(.near.as_deref()))]
    Field { whole: String, field: String, near: Option<String> },
    #[error("cannot print")]
    Print(#[source] io::Error),
}

fn meant(near: Option<&str>) -> String {
    near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default()
}

/// A reason of a condition or an event.
#[derive(Debug, Clone, Copy)]
pub struct Reason {
    /// Its name.
    pub name: &'static str,
    /// What it means.
    pub text: &'static str,
    /// What to do about it.
    pub remedy: &'static str,
}

/// Prints the explanation.
pub fn run(flags: &ExplainFlags, mut out: impl Write) -> Result<(), ExplainError> {
    let text = explain(flags.name.as_deref(), flags.recursive, &[])?;
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(gone) if gone.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        printed => printed.map_err(ExplainError::Print),
    }
}

/// The explanation of a name, of a kind, of its field or of a reason; without one, of what there is.
pub fn explain(name: Option<&str>, recursive: bool, reasons: &[Reason]) -> Result<String, ExplainError> {
    let kinds = admit::own()?;
    let Some(name) = name else { return Ok(overview(kinds.models())) };
    let mut steps = name.split('.').filter(|step| !step.is_empty());
    let first = steps.next().unwrap_or_default();
    if let Some(model) = kinds.named(first) {
        return field(model, steps, recursive);
    }
    if let Some(reason) = reasons.iter().find(|reason| reason.name.eq_ignore_ascii_case(name)) {
        let Reason { name, text, remedy } = reason;
        return Ok(format!(
            "REASON: {name}\n\nMEANING:\n{}\nWHAT TO DO:\n{}",
            indented(text),
            indented(remedy)
        ));
    }
    let of_kinds = kinds.models().iter().flat_map(|model| model.names.iter().chain([&model.kind]));
    let known = of_kinds.map(String::as_str).chain(reasons.iter().map(|reason| reason.name));
    let near = nearest(first, known).map(str::to_owned);
    Err(ExplainError::Name { name: name.to_owned(), near })
}

fn overview(models: &[Model]) -> String {
    let mut out = String::from("KINDS:\n");
    for model in models {
        let short = model.names.last().map(String::as_str).unwrap_or_default();
        line(&mut out, &format!("  {:<17}{short:<6}{}", model.kind, sentence(&model.schema.description)));
    }
    out
}

fn field<'a>(
    model: &Model,
    steps: impl Iterator<Item = &'a str>,
    recursive: bool,
) -> Result<String, ExplainError> {
    let (mut schema, mut whole, mut is_required) = (&model.schema, model.kind.clone(), false);
    let mut last = None;
    for step in steps {
        let step = step.strip_suffix("[]").unwrap_or(step);
        let inner = inner(schema);
        let Some(next) = inner.properties.get(step) else {
            let near = nearest(step, inner.properties.keys().map(String::as_str)).map(str::to_owned);
            let near = near.or_else(|| elsewhere(model, step));
            return Err(ExplainError::Field { whole, field: step.to_owned(), near });
        };
        is_required = inner.required.iter().any(|name| name == step);
        whole = format!("{whole}.{step}");
        (schema, last) = (next, Some(step));
    }
    let mut out = String::new();
    line(&mut out, &format!("GROUP:      {}", model.group));
    line(&mut out, &format!("KIND:       {}", model.kind));
    line(&mut out, &format!("VERSION:    {}\n", model.version));
    if let Some(name) = last {
        let required = if is_required { " -required-" } else { "" };
        line(&mut out, &format!("FIELD: {name} <{}>{required}\n", kind_of(schema)));
    }
    options(&mut out, schema);
    limits(&mut out, schema);
    out.push_str("DESCRIPTION:\n");
    out.push_str(&indented(&schema.description));
    out.push('\n');
    fields(&mut out, schema, recursive);
    Ok(out)
}

/// What the parts of a list or a map are.
fn inner(schema: &Schema) -> &Schema {
    match schema.items.as_deref().or(schema.additional.as_deref()) {
        Some(below) => inner(below),
        None => schema,
    }
}

/// Where else the kind has a field of this name.
fn elsewhere(model: &Model, name: &str) -> Option<String> {
    fn find(schema: &Schema, name: &str, way: &str) -> Option<String> {
        let below = &inner(schema).properties;
        let here = below.contains_key(name).then(|| format!("{way}.{name}"));
        here.or_else(|| below.iter().find_map(|(step, schema)| find(schema, name, &format!("{way}.{step}"))))
    }
    find(&model.schema, name, &model.kind)
}

fn kind_of(schema: &Schema) -> String {
    if schema.int_or_string {
        return "IntOrString".to_owned();
    }
    match (schema.kind.as_str(), &schema.items, &schema.additional) {
        ("array", Some(items), _) => format!("[]{}", kind_of(items)),
        ("object", _, Some(additional)) => format!("map[string]{}", kind_of(additional)),
        ("object", ..) => "Object".to_owned(),
        (kind, ..) => kind.to_owned(),
    }
}

/// Values to choose from, and the one that is taken.
fn options(out: &mut String, schema: &Schema) {
    let plain = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let choices = if schema.options.is_empty() { &inner(schema).options } else { &schema.options };
    if !choices.is_empty() {
        out.push_str("ENUM:\n");
        for option in choices {
            line(out, &format!("    {}", plain(option)));
        }
        out.push('\n');
    }
    if let Some(default) = &schema.default {
        line(out, &format!("DEFAULT: {}\n", plain(default)));
    }
}

fn limits(out: &mut String, schema: &Schema) {
    let mut told = bounds(schema);
    let below = inner(schema);
    if !std::ptr::eq(below, schema) {
        told.extend(bounds(below).into_iter().map(|limit| format!("each: {limit}")));
    }
    if !told.is_empty() {
        out.push_str("LIMITS:\n");
        for limit in told {
            line(out, &format!("    {limit}"));
        }
        out.push('\n');
    }
    let rules: Vec<&str> = schema.rules().collect();
    if !rules.is_empty() {
        out.push_str("RULES:\n");
        out.extend(rules.into_iter().map(indented));
        out.push('\n');
    }
}

fn bounds(schema: &Schema) -> Vec<String> {
    let bounds = &schema.bounds;
    let mut told = Vec::new();
    let exclusive = |is: bool| if is { ", excluded" } else { "" };
    told.extend(
        bounds.minimum.map(|least| format!("at least {least}{}", exclusive(bounds.exclusive_minimum))),
    );
    told.extend(bounds.maximum.map(|most| format!("at most {most}{}", exclusive(bounds.exclusive_maximum))));
    told.extend(bounds.multiple_of.map(|step| format!("a multiple of {step}")));
    let counts = [
        (bounds.min_length, bounds.max_length, "characters"),
        (bounds.min_items, bounds.max_items, "items"),
        (bounds.min_properties, bounds.max_properties, "keys"),
    ];
    for (least, most, what) in counts {
        match (least.filter(|least| *least > 0), most) {
            (Some(least), Some(most)) => told.push(format!("{least} to {most} {what}")),
            (Some(least), None) => told.push(format!("at least {least} {what}")),
            (None, Some(most)) => told.push(format!("at most {most} {what}")),
            (None, None) => {}
        }
    }
    told.extend(schema.pattern().map(|pattern| format!("matches {pattern}")));
    told.extend(
        schema
            .format
            .as_ref()
            .filter(|format| !format.starts_with("int"))
            .map(|format| format!("a {format}")),
    );
    if schema.is_set() {
        told.push("each item once".to_owned());
    }
    if !schema.keys().is_empty() {
        told.push(format!("each {} once", schema.keys().join(" and ")));
    }
    told
}

fn fields(out: &mut String, schema: &Schema, recursive: bool) {
    let below = inner(schema);
    if below.properties.is_empty() {
        return;
    }
    out.push_str("FIELDS:\n");
    tree(out, below, recursive, 1);
}

fn tree(out: &mut String, schema: &Schema, recursive: bool, depth: usize) {
    let indent = "  ".repeat(depth);
    for (name, field) in &schema.properties {
        let required = if schema.required.contains(name) { " -required-" } else { "" };
        line(out, &format!("{indent}{name}\t<{}>{required}", kind_of(field)));
        if recursive {
            tree(out, inner(field), recursive, depth + 1);
        } else {
            line(out, &format!("{indent}  {}\n", sentence(&field.description)));
        }
    }
}

/// The first sentence is enough in a list.
fn sentence(text: &str) -> String {
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    flat.split_once(". ").map_or_else(|| flat.clone(), |(first, _)| format!("{first}."))
}

/// Lines of at most 80 letters, four further in.
fn indented(text: &str) -> String {
    let mut out = String::new();
    for paragraph in text.lines() {
        let mut row = String::from("   ");
        for word in paragraph.split_whitespace() {
            if row.len() + word.len() >= 80 && row.len() > 3 {
                line(&mut out, &row);
                row = String::from("   ");
            }
            row.push(' ');
            row.push_str(word);
        }
        line(&mut out, row.trim_end());
    }
    out
}

fn line(out: &mut String, text: &str) {
    out.push_str(text);
    out.push('\n');
}
