//! Sawlog's bytes and a real OpenTelemetry Collector: each reads what the other writes.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::{fs, sync::Arc, time::Duration};

use rdkafka::{
    Message as _,
    consumer::{BaseConsumer, Consumer as _},
    producer::{BaseProducer, BaseRecord, Producer as _},
};
use sawlog_e2e::{
    ground::{CollectorShape, Ground, collector},
    wait,
};
use sawlog_record::{
    Fields, Record, Resource, Severity, SpanId, TraceId, Value,
    otlp::{
        decode::decode,
        encode::{Batch, ResourceBytes, ScopeBytes},
        json,
        limits::Limits,
    },
    record::Scope,
};

const SOON: Duration = Duration::from_secs(30);
const LIMITS: Limits = Limits::DEFAULT;

/// Every kind of value, long text and odd numbers.
fn records() -> Vec<Record> {
    let attributes = |pairs: &[(&str, Value)]| -> Vec<(String, Value)> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect()
    };
    let resource = Arc::new(Resource { attributes: attributes(&[("service.name", "payments".into())]) });
    let scope = Arc::new(Scope { name: "logger".to_owned(), version: "1".to_owned(), attributes: vec![] });
    let all = attributes(&[
        ("sawlog.range", "0-512".into()),
        ("text", "é😀\n\"quoted\"".into()),
        ("whole", i64::MIN.into()),
        ("floating", 637.704.into()),
        ("bit", false.into()),
        ("bytes", vec![0, 255, 7].into()),
        ("list", Value::List(vec![1.into(), "two".into(), Value::List(vec![])])),
        ("map", attributes(&[("inner", attributes(&[("deep", true.into())]).into())]).into()),
    ]);
    let record = |body: Value, attributes| Record {
        time_ns: 1_700_000_000_123_456_789,
        observed_ns: 1_700_000_001_000_000_000,
        severity: Severity::ERROR,
        severity_text: "err".to_owned(),
        body,
        attributes,
        flags: 1,
        trace_id: TraceId::from_bytes(&[7; 16]),
        span_id: SpanId::from_bytes(&[9; 8]),
        resource: Arc::clone(&resource),
        scope: Arc::clone(&scope),
        ..Record::default()
    };
    vec![
        record("gateway timeout".into(), all),
        record("x".repeat(40_000).into(), vec![]),
        record(attributes(&[("event", "login".into())]).into(), vec![]),
    ]
}

fn encoded(records: &[Record]) -> Vec<u8> {
    let first = records[0].view();
    let resource = ResourceBytes::new(Fields::from(&records[0].resource.attributes), &LIMITS).unwrap();
    let scope = ScopeBytes::new(first.scope_name, first.scope_version, first.scope, &LIMITS).unwrap();
    let mut batch = Batch::new(&resource, &scope, &LIMITS);
    for record in records {
        batch.push(&record.view()).unwrap();
    }
    batch.bytes().to_vec()
}

fn decoded(bytes: &[u8]) -> Vec<Record> {
    decode(bytes, &LIMITS).map(|view| Record::from(&view.unwrap())).collect()
}

#[test]
fn a_real_collector_and_sawlog_read_each_other() {
    let ground = Ground::of_my_own().unwrap();
    let kafka = ground.kafka().unwrap();
    for topic in ["out", "in"] {
        kafka.topic(topic, 1, &[]).unwrap();
    }
    let shape =
        CollectorShape { bootstrap: kafka.bootstrap(), writes: "out".to_owned(), reads: "in".to_owned() };
    let peer = ground.collector_of("collector", &shape).unwrap();
    let ours = records();

    // It reads the JSON that we write, and we read the protobuf that it makes of it.
    let text = json::write(&encoded(&ours), &LIMITS).unwrap();
    let text = String::from_utf8(text).unwrap();
    assert_eq!(peer.post_json("/v1/logs", &text).unwrap().status, 200);
    let consumer: BaseConsumer =
        kafka.client().set("group.id", "wire").set("auto.offset.reset", "earliest").create().unwrap();
    consumer.subscribe(&["out"]).unwrap();
    let theirs = wait::until("the collector's message", SOON, || {
        consumer.poll(Duration::from_millis(100))?.ok()?.payload().map(<[u8]>::to_vec)
    });
    assert_eq!(decoded(&theirs.unwrap()), ours);

    // It reads the protobuf that we write, and we read the JSON that it makes of it.
    let producer: BaseProducer = kafka.client().create().unwrap();
    producer.send(BaseRecord::<(), _>::to("in").payload(&encoded(&ours))).unwrap();
    producer.flush(SOON).unwrap();
    let line = wait::until("the collector's file", SOON, || {
        let text = fs::read_to_string(collector::output(&peer)).ok()?;
        text.lines().find(|line| line.contains("gateway timeout") && line.ends_with('}')).map(str::to_owned)
    });
    let theirs = json::read(line.unwrap().as_bytes(), &LIMITS).unwrap();
    assert_eq!(decoded(&theirs), ours);
}
