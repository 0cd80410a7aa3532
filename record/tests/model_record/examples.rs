//! OpenTelemetry's own example of a log request, as JSON and as protobuf.

use opentelemetry_proto::tonic::logs::v1::LogsData;
use prost::Message as _;
use sawlog_record::{
    Record, Severity, SpanId, TraceId, Value, ValueRef,
    otlp::{json, limits::Limits},
};

use crate::{judge, otlp::decoded};

const JSON: &[u8] = include_bytes!("../examples/logs.json");
/// The same request as generated types wrote it once.
const PROTOBUF: &[u8] = include_bytes!("../examples/logs.binpb");

#[test]
fn the_example_is_read_as_json_and_as_protobuf() {
    let from_json = json::read(JSON, &Limits::DEFAULT).unwrap();
    for bytes in [from_json.as_slice(), PROTOBUF] {
        let views = decoded(bytes);
        let [view] = views[..] else { panic!("{} records", views.len()) };
        assert_eq!(view.time_ns, 1_544_712_660_300_000_000);
        assert_eq!(view.observed_ns, view.time_ns);
        assert_eq!((view.severity.number(), view.severity.name()), (10, "INFO"));
        assert_eq!(Severity::from_word(view.severity_text), Some(Severity::INFO));
        assert_eq!(view.severity_text, "Information");
        assert_eq!(view.body, ValueRef::Str("Example log record"));
        assert_eq!(view.trace_id, TraceId::from_hex("5b8efff798038103d269b633813fc60c"));
        assert_eq!(view.span_id, SpanId::from_hex("eee19b7ec3c1b174"));
        assert_eq!(view.resource.get("service.name"), Some(ValueRef::Str("my.service")));
        assert_eq!((view.scope_name, view.scope_version), ("my.library", "1.0.0"));
        let scope = view.scope.get("my.scope.attribute");
        assert_eq!(scope, Some(ValueRef::Str("some scope attribute")));
        let attribute = |name| view.attributes.get(name).map(ValueRef::to_value);
        assert_eq!(attribute("string.attribute"), Some("some string".into()));
        assert_eq!(attribute("boolean.attribute"), Some(true.into()));
        assert_eq!(attribute("int.attribute"), Some(10.into()));
        assert_eq!(attribute("double.attribute"), Some(637.704.into()));
        let list: Vec<Value> = vec!["many".into(), "values".into()];
        assert_eq!(attribute("array.attribute"), Some(list.into()));
        let inner = view.attributes.find("map.attribute.some.map.key");
        assert_eq!(inner, Some(ValueRef::Str("some value")));
    }
}

#[test]
fn generated_types_agree_on_the_example() {
    let from_json = json::read(JSON, &Limits::DEFAULT).unwrap();
    let read: Vec<Record> = judge::from_proto(&LogsData::decode(from_json.as_slice()).unwrap());
    assert_eq!(read, judge::from_proto(&LogsData::decode(PROTOBUF).unwrap()));
    let own: Vec<Record> = decoded(PROTOBUF).iter().map(Record::from).collect();
    assert_eq!(read, own);
    assert_eq!(judge::to_proto(&own).encode_to_vec(), PROTOBUF);
}

#[test]
fn what_is_written_as_json_is_the_example() {
    let written = json::write(PROTOBUF, &Limits::DEFAULT).unwrap();
    let ours: serde_json::Value = serde_json::from_slice(&written).unwrap();
    let mut official: serde_json::Value = serde_json::from_slice(JSON).unwrap();
    let record = &mut official["resourceLogs"][0]["scopeLogs"][0]["logRecords"][0];
    for id in ["traceId", "spanId"] {
        record[id] = record[id].as_str().unwrap().to_lowercase().into();
    }
    assert_eq!(ours, official);
}
