//! What rules may call: the language's own functions and Kubernetes' additions, mended where the crates behind
//! them differ from the API server.
//!
//! Known to differ still: an optional field (`self.?a`) that is absent is an error; `type()`, loops with two
//! variables, URLs, IP addresses and versions are missing; zones of times are not looked at; the order of a set
//! counts when it is compared with a literal or with another field. A rule that calls what is missing refuses
//! every object, and says why.

use std::sync::{Arc, LazyLock};

use kube_cel::{
    KubeCelExt as _,
    cel::{Context, ExecutionError, FunctionContext, Value, extractors::This},
};

use super::model::ascii_classes;

/// Every function. Variables go into a scope of their own.
pub(super) static FUNCTIONS: LazyLock<Context<'static>> = LazyLock::new(|| {
    let mut functions = Context::default().with_all();
    functions.add_function("size", size);
    functions.add_function("matches", matches);
    functions.add_function("string", string);
    functions.add_function("dyn", any);
    functions
});

/// Of a text, its characters and not its bytes.
fn size(call: &FunctionContext<'_, '_>, This(value): This<Value>) -> Result<i64, ExecutionError> {
    let size = match value {
        Value::List(items) => items.len(),
        Value::Map(map) => map.map.len(),
        Value::String(text) => text.chars().count(),
        Value::Bytes(bytes) => bytes.len(),
        other => return Err(call.error(format!("cannot determine the size of {other:?}"))),
    };
    Ok(i64::try_from(size).unwrap_or(i64::MAX))
}

/// Classes such as `\d` are ASCII, as in Go.
#[allow(clippy::needless_pass_by_value, reason = "arguments arrive like this")]
fn matches(
    call: &FunctionContext<'_, '_>,
    This(text): This<Arc<String>>,
    pattern: Arc<String>,
) -> Result<bool, ExecutionError> {
    match regex::Regex::new(&ascii_classes(&pattern)) {
        Ok(pattern) => Ok(pattern.is_match(&text)),
        Err(error) => Err(call.error(format!("error parsing regexp: {error}"))),
    }
}

/// Booleans have a text, too, and durations are seconds.
fn string(call: &FunctionContext<'_, '_>, This(value): This<Value>) -> Result<Value, ExecutionError> {
    let text = match value {
        Value::String(text) => return Ok(Value::String(text)),
        Value::Bool(value) => value.to_string(),
        Value::Int(value) => value.to_string(),
        Value::UInt(value) => value.to_string(),
        Value::Float(value) => super::go::number(value),
        Value::Bytes(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Value::Timestamp(time) => time.to_rfc3339(),
        Value::Duration(span) => {
            let seconds = span.num_milliseconds() as f64 / 1000.0;
            format!("{seconds}s")
        }
        other => return Err(call.error(format!("cannot convert {other:?} to string"))),
    };
    Ok(Value::String(Arc::new(text)))
}

/// A value of no type in particular, which every value is here.
#[allow(clippy::unnecessary_wraps, reason = "functions end like this")]
fn any(This(value): This<Value>) -> Result<Value, ExecutionError> {
    Ok(value)
}
