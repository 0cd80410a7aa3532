//! OTLP as JSON: there and back, and every form that a writer may choose.

use proptest::{collection::vec, prelude::*};
use sawlog_record::{
    Record, ValueRef,
    otlp::{
        json::{read, write},
        limits::Limits,
    },
};

use crate::{
    arbitrary, in_rounds,
    otlp::{decoded, encode},
};

const LIMITS: Limits = Limits::DEFAULT;

#[test]
fn records_survive_json() {
    let several = vec(arbitrary::batch(), 0..3);
    in_rounds("JSON rounds", (2, 100), &several, |batches| {
        let bytes: Vec<u8> = batches.iter().flat_map(|batch| encode(batch)).collect();
        let text = write(&bytes, &LIMITS).unwrap();
        let again = read(&text, &LIMITS).unwrap();
        let records: Vec<Record> = decoded(&again).iter().map(Record::from).collect();
        prop_assert_eq!(records, batches.concat(), "{}", String::from_utf8_lossy(&text));
        Ok(())
    });
}

/// One record with these fields.
fn record(fields: &str) -> Vec<u8> {
    format!(r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{{{fields}}}]}}]}}]}}"#).into_bytes()
}

#[test]
fn every_form_of_a_field_is_read() {
    let severities =
        [r#""severityNumber":13"#, r#""severityNumber":"SEVERITY_NUMBER_WARN""#, r#""severity_number":"13""#];
    for text in severities {
        let bytes = read(&record(text), &LIMITS).unwrap();
        assert_eq!(decoded(&bytes)[0].severity.number(), 13, "{text}");
    }
    let times = [r#""timeUnixNano":"7""#, r#""timeUnixNano":7"#, r#""time_unix_nano":7.0"#];
    for text in times {
        let bytes = read(&record(text), &LIMITS).unwrap();
        assert_eq!(decoded(&bytes)[0].time_ns, 7, "{text}");
    }
    let values = [
        (r#"{"intValue":"-5"}"#, ValueRef::Int(-5)),
        (r#"{"intValue":-5}"#, ValueRef::Int(-5)),
        (r#"{"int_value":0}"#, ValueRef::Int(0)),
        (r#"{"doubleValue":1}"#, ValueRef::Double(1.0)),
        (r#"{"doubleValue":"-Infinity"}"#, ValueRef::Double(f64::NEG_INFINITY)),
        (r#"{"bytesValue":"_-8"}"#, ValueRef::Bytes(&[0xff, 0xef])),
        (r#"{"bytesValue":"/+8="}"#, ValueRef::Bytes(&[0xff, 0xef])),
        (r#"{"stringValue":""}"#, ValueRef::Str("")),
        (r#"{"stringValue":"\u00e9\ud83d\ude00\n"}"#, ValueRef::Str("é😀\n")),
        (r#"{"boolValue":false}"#, ValueRef::Bool(false)),
        (r#"{"stringValue":null,"intValue":"1"}"#, ValueRef::Int(1)),
        ("{}", ValueRef::Empty),
        ("null", ValueRef::Empty),
    ];
    for (text, value) in values {
        let bytes = read(&record(&format!(r#""body":{text}"#)), &LIMITS).unwrap();
        assert_eq!(decoded(&bytes)[0].body, value, "{text}");
    }
}

#[test]
fn unknown_fields_and_any_order_are_fine() {
    let text = r#"{"new":{"deep":[[{}]]},"resourceLogs":[{"scopeLogs":[{"logRecords":[{"severityText":"x",
        "future":1,"attributes":null}],"scope":{"name":"late"}}],
        "resource":{"attributes":[{"value":{"stringValue":"late"},"key":"service.name"}],"entityRefs":[{}]}}]}"#;
    let bytes = read(text.as_bytes(), &LIMITS).unwrap();
    let view = decoded(&bytes)[0];
    assert_eq!((view.severity_text, view.scope_name), ("x", "late"));
    assert_eq!(view.resource.get("service.name"), Some(ValueRef::Str("late")));
}

#[test]
fn what_is_wrong_is_said_with_field_and_place() {
    let rows = [
        (r#""severityNumber":"LOUD""#, "severityNumber: is no severity at line 1 column"),
        (r#""traceId":"xyz0""#, "traceId: is no hex"),
        (r#""timeUnixNano":"-1""#, "timeUnixNano: -1 is too large or negative"),
        (r#""timeUnixNano":1.5"#, "timeUnixNano: is no whole number"),
        (r#""flags":4294967296"#, "flags: 4294967296 is too large or negative"),
        (r#""body":{"bytesValue":"!"}"#, "bytesValue: is no base64"),
        (r#""body":{"boolValue":"true"}"#, "boolValue: is text"),
        (r#""body":[]"#, "invalid type: sequence, expected an object"),
        (r#""attributes":{}"#, "invalid type: map, expected a list for attributes"),
        (r#""body":{"stringValue":1}"#, "stringValue: is not a number"),
        (r#""flags":1,"#, "trailing comma"),
    ];
    for (fields, said) in rows {
        let error = read(&record(fields), &LIMITS).unwrap_err().to_string();
        assert!(error.contains(said), "{fields}: {error}");
    }
}

#[test]
fn limits_are_named() {
    let nested = |levels: usize| {
        let (open, close) = (r#"{"arrayValue":{"values":["#, "]}}");
        record(&format!(r#""body":{}{}"#, open.repeat(levels), close.repeat(levels)))
    };
    assert!(read(&nested(LIMITS.depth), &LIMITS).is_ok());
    let too_deep = read(&nested(LIMITS.depth + 1), &LIMITS).unwrap_err().to_string();
    assert_eq!(too_deep, "more than 24 lists and maps inside one another (limit depth)");
    let small = Limits { batch_bytes: 10, ..LIMITS };
    let too_long = read(&record(""), &small).unwrap_err().to_string();
    assert_eq!(too_long, "more than 10 bytes in a batch (limit batch_bytes)");
}
