//! Every example of the page about the language is run.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{fs, path::PathBuf};

use sawlog_query::{Matcher, field::FIELDS, parse};
use sawlog_record::{Attributes, Record, Resource, Severity, Value};

/// The page says which time it is.
const NOW: i64 = 1_773_828_930_000_000_000;

fn page() -> String {
    fs::read_to_string(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/query-language.md")).unwrap()
}

#[test]
fn every_example_finds_what_it_says_and_not_the_other() {
    let mut count = 0;
    let page = page();
    let mut is_example = false;
    for line in page.lines() {
        is_example = line.starts_with("| query |") || (is_example && line.starts_with('|'));
        if !is_example || line.starts_with("| query |") || line.starts_with("|---") {
            continue;
        }
        let cells: Vec<String> = line.trim_matches('|').split(" | ").map(cell).collect();
        let [query, finds, not] = &cells[..] else { panic!("three cells: {line}") };
        let expr = parse(query).unwrap_or_else(|error| panic!("{query}: {error}"));
        let matcher = Matcher::new(&expr, NOW).unwrap();
        assert!(matcher.matches(&record(finds).view()), "{query} does not find {finds}");
        let is_everything = query == "*";
        assert!(is_everything || !matcher.matches(&record(not).view()), "{query} finds {not}");
        count += 1;
    }
    assert!(count >= 100, "{count}");
}

#[test]
fn every_name_is_in_the_page() {
    let page = page();
    for known in FIELDS {
        for name in known.aliases.iter().chain([&known.name]) {
            assert!(page.contains(&format!("`{name}`")), "{name}");
        }
    }
}

fn cell(text: &str) -> String {
    let text = text.trim();
    let code = text.strip_prefix("<code>").and_then(|text| text.strip_suffix("</code>"));
    code.map_or_else(|| text.trim_matches('`').to_owned(), |code| code.replace("&#124;", "|"))
}

/// `key=value key=value » message`, or a message alone.
fn record(text: &str) -> Record {
    let (fields, message) = text.split_once(" » ").unwrap_or(("", text));
    let mut record = Record { body: message.into(), ..Record::default() };
    let mut resource = Attributes::new();
    for (key, value) in pairs(fields) {
        match (key.as_str(), value) {
            ("level", Value::Str(word)) => record.severity = Severity::from_word(&word).unwrap(),
            ("@timestamp", Value::Str(time)) => {
                let time: jiff::Timestamp = time.parse().unwrap();
                record.time_ns = u64::try_from(time.as_nanosecond()).unwrap();
            }
            ("service", value) => resource.push(("service.name".to_owned(), value)),
            ("namespace", value) => resource.push(("k8s.namespace.name".to_owned(), value)),
            ("pod", value) => resource.push(("k8s.pod.name".to_owned(), value)),
            (_, value) => record.attributes.push((key, value)),
        }
    }
    record.resource = Resource { attributes: resource }.into();
    record
}

/// Keys and values, either of which may be quoted as JSON is.
fn pairs(mut text: &str) -> Vec<(String, Value)> {
    let mut pairs = Vec::new();
    while !text.is_empty() {
        let (key, rest) = token(text, '=');
        let (shown, rest) = token(rest.strip_prefix('=').unwrap(), ' ');
        let key = serde_json::from_str(key).unwrap_or_else(|_| key.to_owned());
        pairs.push((key, serde_json::from_str(shown).map_or_else(|_| shown.into(), value)));
        text = rest.trim_start();
    }
    pairs
}

fn token(text: &str, end: char) -> (&str, &str) {
    let (mut quoted, mut escaped) = (false, false);
    let at = text.find(|c| {
        let is_end = c == end && !quoted;
        quoted ^= c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        is_end
    });
    text.split_at(at.unwrap_or(text.len()))
}

fn value(json: serde_json::Value) -> Value {
    match json {
        serde_json::Value::Null => Value::Empty,
        serde_json::Value::Bool(bit) => Value::Bool(bit),
        serde_json::Value::Number(number) => {
            number.as_i64().map_or_else(|| Value::Double(number.as_f64().unwrap()), Value::Int)
        }
        serde_json::Value::String(text) => Value::Str(text),
        serde_json::Value::Array(items) => Value::List(items.into_iter().map(value).collect()),
        serde_json::Value::Object(map) => {
            Value::Map(map.into_iter().map(|(key, inner)| (key, value(inner))).collect())
        }
    }
}
