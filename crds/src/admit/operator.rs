//! What the operator will say of an object that the API server takes.
//!
//! Reported apart from admission, so that verdicts stay comparable with a cluster's. So far: queries, read by
//! the parser that evaluates them.

use serde_json::Value;

use super::{model::Model, position::Way};

/// A complaint of the operator.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Complaint {
    pub(super) way: Way,
    pub(super) text: String,
    /// What was probably meant.
    pub(super) remedy: Option<String>,
}

/// Every query that cannot be read.
pub(super) fn judge(model: &Model, object: &Value) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for field in model.queries {
        let steps: Vec<&str> = field.split('.').collect();
        each(object, &steps, &Way::default(), &mut |way, query| {
            if let Err(error) = sawlog_query::parse(query) {
                let text = format!("{}: query, column {}: {}", way.bracketed(), error.column, error.problem);
                complaints.push(Complaint { way: way.clone(), text, remedy: error.suggestion });
            }
        });
    }
    complaints
}

/// Every text at a place such as `spec.shape[].drop.when`.
fn each(value: &Value, steps: &[&str], way: &Way, say: &mut impl FnMut(&Way, &str)) {
    let Some((step, rest)) = steps.split_first() else {
        if let Some(text) = value.as_str() {
            say(way, text);
        }
        return;
    };
    let (name, is_list) = step.strip_suffix("[]").map_or((*step, false), |name| (name, true));
    let Some(next) = value.get(name) else { return };
    let way = way.field(name);
    match next {
        Value::Array(items) if is_list => {
            for (index, item) in items.iter().enumerate() {
                each(item, rest, &way.item(index), say);
            }
        }
        next if !is_list => each(next, rest, &way, say),
        _ => {}
    }
}
