//! Understands the top level of a JSON line; everything else stays the body, as it was printed.
//!
//! Deliberately absent so far: all other formats. Of a text line only the severity is guessed, from the
//! first words.

use sawlog_record::{Record, Resource, Severity};
use serde_json::{Map, Value};

use crate::assemble::Assembled;

/// How many words of a text line are looked at for a severity.
const FIRST_WORDS: usize = 8;

/// What a line means.
pub fn parse(line: &Assembled, resource: Resource) -> Record {
    let time_ns =
        line.time.parse::<jiff::Timestamp>().ok().and_then(|time| u64::try_from(time.as_nanosecond()).ok());
    let record = Record { time_ns: time_ns.unwrap_or_default(), resource, ..Record::default() };
    if let Ok(object) = serde_json::from_slice::<Map<String, Value>>(&line.text) {
        return from_json(record, object);
    }
    let body = String::from_utf8_lossy(&line.text).into_owned();
    Record { severity: guess(&body), body, ..record }
}

fn from_json(mut record: Record, object: Map<String, Value>) -> Record {
    for (key, value) in object {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        match key.as_str() {
            "msg" | "message" => record.body = text,
            "level" | "severity" => record.severity = severity(&value),
            "trace_id" => record.trace_id = Some(text),
            "span_id" => record.span_id = Some(text),
            "time" | "timestamp" | "ts" => record.time_ns = time(&value).unwrap_or(record.time_ns),
            _ => record.attributes.push((key, text)),
        }
    }
    record
}

/// RFC 3339, or milliseconds since 1970; otherwise the time of the runtime stays.
fn time(value: &Value) -> Option<u64> {
    let from_text = |text: &str| u64::try_from(text.parse::<jiff::Timestamp>().ok()?.as_nanosecond()).ok();
    value.as_str().map_or_else(|| value.as_u64()?.checked_mul(1_000_000), from_text)
}

/// A word, or one of pino's numbers.
fn severity(value: &Value) -> Severity {
    match value.as_u64() {
        Some(20..30) => Severity::DEBUG,
        Some(30..40) => Severity::INFO,
        Some(40..50) => Severity::WARN,
        Some(50..) => Severity::ERROR,
        _ => value.as_str().and_then(Severity::from_word).unwrap_or_default(),
    }
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
        let record = parsed(r#"{"level":"warn","msg":"slow","trace_id":"ab","duration_ms":12,"time":"x"}"#);
        assert_eq!((record.severity, record.body.as_str()), (Severity::WARN, "slow"));
        let times = [r#"{"time":"2026-03-02T00:00:01Z"}"#, r#"{"ts":1772409601000}"#]
            .map(|text| parsed(text).time_ns);
        assert_eq!(times, [1_772_409_601_000_000_000; 2]);
        assert_eq!(record.trace_id.as_deref(), Some("ab"));
        assert_eq!(record.attributes, [("duration_ms".to_owned(), "12".to_owned())]);
        assert_eq!(record.time_ns, 1_772_409_600_000_000_001);
        assert_eq!(parsed(r#"{"level":50,"msg":"pino"}"#).severity, Severity::ERROR);
    }

    #[test]
    fn anything_else_stays_as_it_is() {
        for text in ["plain", "{broken", "[1,2]", "", "2026-03-02 00:00:00.000 UTC [7] LOG:  checkpoint"] {
            assert_eq!(parsed(text).body, text);
        }
        assert_eq!(parsed("2026-03-02 00:00:00,000 ERROR tasks: x").severity, Severity::ERROR);
        assert_eq!(parsed("ts=1 level=warn msg=x").severity, Severity::WARN);
    }
}
