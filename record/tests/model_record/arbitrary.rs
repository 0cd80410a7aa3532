//! Records of every shape: empty, nested, with odd keys and extreme numbers.

use std::sync::Arc;

use proptest::{collection::vec, option, prelude::*};
use sawlog_record::{
    Attributes, Record, Resource, Severity, SpanId, TraceId, Value, record::Scope, severity::Scale,
};

pub(crate) fn value() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        1 => Just(Value::Empty),
        4 => text().prop_map(Value::Str),
        2 => prop_oneof![any::<i64>(), Just(0), Just(i64::MIN), Just(-1), 0..300_i64].prop_map(Value::Int),
        2 => number().prop_map(Value::Double),
        1 => any::<bool>().prop_map(Value::Bool),
        1 => vec(any::<u8>(), 0..200).prop_map(Value::Bytes),
    ];
    scalar.prop_recursive(4, 24, 6, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::List),
            vec((key(), inner), 0..6).prop_map(Value::Map),
        ]
    })
}

/// Not the one number that differs from itself.
fn number() -> impl Strategy<Value = f64> {
    any::<f64>().prop_filter("NaN is equal to nothing", |number| !number.is_nan())
}

/// Some of it long enough for lengths of two and three bytes.
pub(crate) fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => any::<String>(),
        2 => "[ -~]{0,300}",
        1 => (0..40_000_usize).prop_map(|length| "x".repeat(length)),
    ]
}

fn key() -> impl Strategy<Value = String> {
    prop_oneof![4 => "[a-z]{1,3}(\\.[a-z]{1,3}){0,2}", 1 => any::<String>()]
}

fn attributes(most: usize) -> impl Strategy<Value = Attributes> {
    vec((key(), value()), 0..most)
}

pub(crate) fn resource() -> impl Strategy<Value = Resource> {
    attributes(8).prop_map(|attributes| Resource { attributes })
}

pub(crate) fn scope() -> impl Strategy<Value = Scope> {
    (any::<String>(), any::<String>(), attributes(3)).prop_map(|(name, version, attributes)| Scope {
        name,
        version,
        attributes,
    })
}

fn severity() -> impl Strategy<Value = Severity> {
    (0..=24_i64).prop_map(|number| Severity::from_scale(Scale::OpenTelemetry, number).unwrap_or_default())
}

/// One record, without resource and scope.
pub(crate) fn record() -> impl Strategy<Value = Record> {
    let time = || prop_oneof![Just(0), any::<u64>()];
    let ids = (option::of(any::<[u8; 16]>()), option::of(any::<[u8; 8]>()));
    let counts = (prop_oneof![Just(0), any::<u32>()], prop_oneof![Just(0), any::<u32>()]);
    let words = (text(), any::<String>());
    (time(), time(), severity(), words, value(), attributes(8), ids, counts).prop_map(
        |(time_ns, observed_ns, severity, words, body, attributes, ids, counts)| Record {
            time_ns,
            observed_ns,
            severity,
            severity_text: words.0,
            body,
            attributes,
            dropped_attributes: counts.0,
            flags: counts.1,
            trace_id: ids.0.and_then(|id| TraceId::from_bytes(&id)),
            span_id: ids.1.and_then(|id| SpanId::from_bytes(&id)),
            event_name: words.1,
            ..Record::default()
        },
    )
}

/// Records of one resource and scope.
pub(crate) fn batch() -> impl Strategy<Value = Vec<Record>> {
    (resource(), scope(), vec(record(), 1..6)).prop_map(|(resource, scope, mut records)| {
        let (resource, scope) = (Arc::new(resource), Arc::new(scope));
        for record in &mut records {
            record.resource = Arc::clone(&resource);
            record.scope = Arc::clone(&scope);
        }
        records
    })
}
