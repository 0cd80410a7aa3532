//! The judge: records as the types that the OpenTelemetry project generates, both ways.

use std::sync::Arc;

use opentelemetry_proto::tonic::{
    common::v1::{
        AnyValue, ArrayValue, InstrumentationScope, KeyValue, KeyValueList, any_value::Value as Any,
    },
    logs::v1::{LogRecord, LogsData, ResourceLogs, ScopeLogs},
    resource::v1::Resource as ProtoResource,
};
use sawlog_record::{Attributes, Record, Resource, Severity, SpanId, TraceId, Value, record::Scope};

/// A batch of records that share resource and scope.
pub(crate) fn to_proto(records: &[Record]) -> LogsData {
    let Some(first) = records.first() else { return LogsData::default() };
    let scope = InstrumentationScope {
        name: first.scope.name.clone(),
        version: first.scope.version.clone(),
        attributes: pairs(&first.scope.attributes),
        ..InstrumentationScope::default()
    };
    let resource =
        ProtoResource { attributes: pairs(&first.resource.attributes), ..ProtoResource::default() };
    let scope_logs = ScopeLogs {
        scope: Some(scope),
        log_records: records.iter().map(log_record).collect(),
        ..ScopeLogs::default()
    };
    let resource_logs =
        ResourceLogs { resource: Some(resource), scope_logs: vec![scope_logs], ..ResourceLogs::default() };
    LogsData { resource_logs: vec![resource_logs] }
}

fn log_record(record: &Record) -> LogRecord {
    LogRecord {
        time_unix_nano: record.time_ns,
        observed_time_unix_nano: record.observed_ns,
        severity_number: record.severity.number().into(),
        severity_text: record.severity_text.clone(),
        body: any_value(&record.body),
        attributes: pairs(&record.attributes),
        dropped_attributes_count: record.dropped_attributes,
        flags: record.flags,
        trace_id: record.trace_id.map(|id| id.as_bytes().to_vec()).unwrap_or_default(),
        span_id: record.span_id.map(|id| id.as_bytes().to_vec()).unwrap_or_default(),
        event_name: record.event_name.clone(),
    }
}

fn pairs(attributes: &Attributes) -> Vec<KeyValue> {
    let pair = |(key, value): &(String, Value)| KeyValue {
        key: key.clone(),
        value: any_value(value),
        ..KeyValue::default()
    };
    attributes.iter().map(pair).collect()
}

fn any_value(value: &Value) -> Option<AnyValue> {
    let inside = |value| any_value(value).unwrap_or_default();
    let any = match value {
        Value::Empty => return None,
        Value::Str(text) => Any::StringValue(text.clone()),
        Value::Int(number) => Any::IntValue(*number),
        Value::Double(number) => Any::DoubleValue(*number),
        Value::Bool(bit) => Any::BoolValue(*bit),
        Value::Bytes(bytes) => Any::BytesValue(bytes.clone()),
        Value::List(values) => Any::ArrayValue(ArrayValue { values: values.iter().map(inside).collect() }),
        Value::Map(attributes) => Any::KvlistValue(KeyValueList { values: pairs(attributes) }),
    };
    Some(AnyValue { value: Some(any) })
}

/// Every record of a batch.
pub(crate) fn from_proto(data: &LogsData) -> Vec<Record> {
    let mut records = Vec::new();
    for of_resource in &data.resource_logs {
        let attributes = of_resource.resource.as_ref().map(|resource| attributes(&resource.attributes));
        let resource = Arc::new(Resource { attributes: attributes.unwrap_or_default() });
        for of_scope in &of_resource.scope_logs {
            let scope = of_scope.scope.clone().unwrap_or_default();
            let attributes = attributes_of(&scope);
            let scope = Arc::new(Scope { name: scope.name, version: scope.version, attributes });
            for log in &of_scope.log_records {
                let (resource, scope) = (Arc::clone(&resource), Arc::clone(&scope));
                records.push(Record { resource, scope, ..one(log) });
            }
        }
    }
    records
}

fn attributes_of(scope: &InstrumentationScope) -> Attributes {
    attributes(&scope.attributes)
}

fn one(log: &LogRecord) -> Record {
    Record {
        time_ns: log.time_unix_nano,
        observed_ns: log.observed_time_unix_nano,
        severity: Severity::from_wire(u64::try_from(log.severity_number).unwrap_or(u64::MAX)),
        severity_text: log.severity_text.clone(),
        body: log.body.as_ref().map(value).unwrap_or_default(),
        attributes: attributes(&log.attributes),
        dropped_attributes: log.dropped_attributes_count,
        flags: log.flags,
        trace_id: TraceId::from_bytes(&log.trace_id),
        span_id: SpanId::from_bytes(&log.span_id),
        event_name: log.event_name.clone(),
        ..Record::default()
    }
}

fn attributes(pairs: &[KeyValue]) -> Attributes {
    let pair = |pair: &KeyValue| (pair.key.clone(), pair.value.as_ref().map(value).unwrap_or_default());
    pairs.iter().map(pair).collect()
}

fn value(any: &AnyValue) -> Value {
    match &any.value {
        Some(Any::StringValue(text)) => Value::Str(text.clone()),
        Some(Any::IntValue(number)) => Value::Int(*number),
        Some(Any::DoubleValue(number)) => Value::Double(*number),
        Some(Any::BoolValue(bit)) => Value::Bool(*bit),
        Some(Any::BytesValue(bytes)) => Value::Bytes(bytes.clone()),
        Some(Any::ArrayValue(list)) => Value::List(list.values.iter().map(value).collect()),
        Some(Any::KvlistValue(map)) => Value::Map(attributes(&map.values)),
        _ => Value::Empty,
    }
}
