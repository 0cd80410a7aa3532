//! Understands the top level of a JSON line; everything else stays the body, as it was printed.
//!
//! Deliberately absent so far: all other formats. Of a text line only the severity is guessed, from the
//! first words.

use std::sync::Arc;

use sawlog_record::{Record, Resource, Severity, SpanId, TraceId};
use serde_json::{Map, Value};

use crate::assemble::Assembled;

/// How many words of a text line are looked at for a severity.
const FIRST_WORDS: usize = 8;

/// What a line means.
pub fn parse(line: &Assembled, resource: Resource) -> Record {
    let time_ns =
        line.time.parse::<jiff::Timestamp>().ok().and_then(|time| u64::try_from(time.as_nanosecond()).ok());
    let record =
        Record { time_ns: time_ns.unwrap_or_default(), resource: Arc::new(resource), ..Record::default() };
    if let Ok(object) = serde_json::from_slice::<Map<String, Value>>(&line.text) {
        return from_json(record, object);
    }
    let body = String::from_utf8_lossy(&line.text).into_owned();
    Record { severity: guess(&body), body: body.into(), ..record }
}

fn from_json(mut record: Record, object: Map<String, Value>) -> Record {
    for (key, value) in object {
        let known = match (key.as_str(), &value) {
            ("msg" | "message", _) => {
                record.body = owned(value);
                continue;
            }
            ("level" | "severity", _) => {
                record.severity = severity(&value);
                true
            }
            ("trace_id", Value::String(hex)) => {
                record.trace_id = TraceId::from_hex(hex);
                record.trace_id.is_some()
            }
            ("span_id", Value::String(hex)) => {
                record.span_id = SpanId::from_hex(hex);
                record.span_id.is_some()
            }
            ("time" | "timestamp" | "ts", _) => {
                record.time_ns = time(&value).unwrap_or(record.time_ns);
                true
            }
            _ => false,
        };
        if !known {
            record.attributes.push((key, owned(value)));
        }
    }
    record
}

/// The same value among the record's types.
fn owned(value: Value) -> sawlog_record::Value {
    use sawlog_record::Value as Owned;
    match value {
        Value::Null => Owned::Empty,
        Value::Bool(bit) => Owned::Bool(bit),
        Value::Number(number) => match number.as_i64() {
            Some(whole) => Owned::Int(whole),
            None => number.as_f64().map_or_else(|| Owned::Str(number.to_string()), Owned::Double),
        },
        Value::String(text) => Owned::Str(text),
        Value::Array(values) => Owned::List(values.into_iter().map(owned).collect()),
        Value::Object(map) => Owned::Map(map.into_iter().map(|(key, value)| (key, owned(value))).collect()),
    }
}

/// RFC 3339, or milliseconds since 1970; otherwise the time of the runtime stays.
fn time(value: &Value) -> Option<u64> {
    let from_text = |text: &str| u64::try_from(text.parse::<jiff::Timestamp>().ok()?.as_nanosecond()).ok();
    value.as_str().map_or_else(|| value.as_u64()?.checked_mul(1_000_000), from_text)
}

/// A word, or a number of a scale that nobody names.
fn severity(value: &Value) -> Severity {
    let number = value.as_i64().and_then(Severity::from_number);
    number.or_else(|| Severity::from_word(value.as_str()?)).unwrap_or_default()
}

fn guess(body: &str) -> Severity {
    let words = body.split(|letter: char| !letter.is_alphabetic()).filter(|word| word.len() > 2);
    words.take(FIRST_WORDS).find_map(Severity::from_word).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Record {
        let time = "2026-03-02T00:00:00.000000001Z".into();
        parse(&Assembled { time, stream: "stdout".into(), text: text.into() }, Resource::default())
    }

    #[test]
    fn json_becomes_a_record() {
        let record = parsed(
            r#"{"level":"warn","msg":"slow","trace_id":"5b8efff798038103d269b633813fc60c","duration_ms":12,"time":"x","span_id":"ab"}"#,
        );
        assert_eq!((record.severity, record.body.as_str()), (Severity::WARN, Some("slow")));
        let times = [r#"{"time":"2026-03-02T00:00:01Z"}"#, r#"{"ts":1772409601000}"#]
            .map(|text| parsed(text).time_ns);
        assert_eq!(times, [1_772_409_601_000_000_000; 2]);
        assert_eq!(record.trace_id, TraceId::from_hex("5b8efff798038103d269b633813fc60c"));
        let beside = [("duration_ms", 12.into()), ("span_id", "ab".into())];
        assert_eq!(record.attributes, beside.map(|(key, value)| (key.to_owned(), value)));
        assert_eq!(record.time_ns, 1_772_409_600_000_000_001);
        assert_eq!(parsed(r#"{"level":50,"msg":"pino"}"#).severity, Severity::ERROR);
    }

    #[test]
    fn anything_else_stays_as_it_is() {
        for text in ["plain", "{broken", "[1,2]", "", "2026-03-02 00:00:00.000 UTC [7] LOG:  checkpoint"] {
            assert_eq!(parsed(text).body.as_str(), Some(text));
        }
        assert_eq!(parsed("2026-03-02 00:00:00,000 ERROR tasks: x").severity, Severity::ERROR);
        assert_eq!(parsed("ts=1 level=warn msg=x").severity, Severity::WARN);
    }
}
