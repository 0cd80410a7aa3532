//! The corpus as OpenTelemetry log batches: one message for each container and half mebibyte.
//!
//! Written with the types that the OpenTelemetry project generates, never with Sawlog's own encoder: what is
//! read is not allowed to be wrong in the same way as what reads.

use opentelemetry_proto::tonic::{
    common::v1::{AnyValue, KeyValue, any_value::Value},
    logs::v1::{LogRecord, LogsData, ResourceLogs, ScopeLogs},
    resource::v1::Resource,
};
use prost::Message as _;
use sawlog_fleet::{
    event::Event,
    systems::Level,
    topology::{ENVIRONMENT, Pod, REGION},
};

/// No batch is larger.
pub const BATCH_BYTES: usize = 512 * 1024;

/// Appends the batches of one container, each after its length as a varint.
pub fn batches(pod: Pod, events: &[&Event], out: &mut Vec<u8>) {
    let mut records = Vec::new();
    let mut bytes = 0;
    for event in events {
        let record = record(event);
        let more = record.encoded_len();
        if bytes + more > BATCH_BYTES && !records.is_empty() {
            append(pod, std::mem::take(&mut records), out);
            bytes = 0;
        }
        bytes += more;
        records.push(record);
    }
    if !records.is_empty() {
        append(pod, records, out);
    }
}

fn append(pod: Pod, log_records: Vec<LogRecord>, out: &mut Vec<u8>) {
    let resource = Resource { attributes: resource(pod), ..Resource::default() };
    let scope_logs = vec![ScopeLogs { log_records, ..ScopeLogs::default() }];
    let resource_logs =
        vec![ResourceLogs { resource: Some(resource), scope_logs, schema_url: String::new() }];
    let batch = LogsData { resource_logs };
    batch.encode_length_delimited(out).expect("because a vector grows");
}

fn resource(pod: Pod) -> Vec<KeyValue> {
    let pairs = [
        ("service.name", pod.system.service().to_owned()),
        ("deployment.environment.name", ENVIRONMENT.to_owned()),
        ("k8s.namespace.name", pod.system.namespace().to_owned()),
        ("k8s.pod.name", pod.name()),
        ("k8s.pod.uid", pod.uid()),
        ("k8s.container.name", pod.system.service().to_owned()),
        ("k8s.node.name", pod.node()),
        ("cloud.region", REGION.to_owned()),
        ("cloud.availability_zone", pod.zone().to_owned()),
    ];
    pairs.into_iter().map(|(key, value)| attribute(key, Value::StringValue(value))).collect()
}

fn record(event: &Event) -> LogRecord {
    let (severity_number, text) = match event.level {
        Level::Debug => (5, "DEBUG"),
        Level::Info => (9, "INFO"),
        Level::Warn => (13, "WARN"),
        Level::Error => (17, "ERROR"),
    };
    let duration = event.duration_ms.map(|ms| attribute("duration_ms", Value::IntValue(ms.into())));
    LogRecord {
        time_unix_nano: event.time_ns,
        observed_time_unix_nano: event.time_ns,
        severity_number,
        severity_text: text.into(),
        body: Some(AnyValue { value: Some(Value::StringValue(event.message.clone())) }),
        attributes: duration.into_iter().collect(),
        trace_id: event.trace.map(|id| id.to_be_bytes().to_vec()).unwrap_or_default(),
        span_id: event.span.map(|id| id.to_be_bytes().to_vec()).unwrap_or_default(),
        ..LogRecord::default()
    }
}

fn attribute(key: &str, value: Value) -> KeyValue {
    KeyValue { key: key.into(), value: Some(AnyValue { value: Some(value) }), ..KeyValue::default() }
}
