//! Fields that a schema declares as text, ids, and what a planner is promised of them.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use sawlog_query::{
    Analysis, Expr, Field, Kind, Matcher,
    expression::{Ask, Bound, Regex},
    parse,
};
use sawlog_record::{Record, TraceId, Value};

fn kind_of(field: &Field) -> Kind {
    if field.name() == "title" { Kind::Text } else { Kind::Keyword }
}

fn with(name: &str, value: Value) -> Record {
    Record { attributes: vec![(name.to_owned(), value)], ..Record::default() }
}

fn is_hit(query: &str, record: &Record) -> bool {
    let expr = parse(query).unwrap();
    let is_hit = Matcher::with_kinds(&expr, 0, &kind_of).unwrap().matches(&record.view());
    let promised = Analysis::with_kinds(&expr, 0, &kind_of).fields;
    // What was promised as a text has to be the value's text, in either case where it is an id.
    for one in promised.iter().filter(|_| is_hit) {
        let is_met = one.field.value(&record.view(), |value| {
            let same = |wanted: &String| match value.as_str() {
                Some(text) if one.field.is_id() => text.eq_ignore_ascii_case(wanted),
                Some(text) => text == wanted,
                None => true,
            };
            one.values.iter().any(same)
        });
        assert_eq!(is_met, Some(true), "{query}: {one:?}");
    }
    is_hit
}

#[test]
fn a_text_field_is_searched_as_the_message_is() {
    let rows = [
        ("title:timeout.", "Gateway Timeout", true),
        ("title:user=bob", "login: user=bob", true),
        (r"title:a\:b", "x a:b y", true),
        (r"title:a\:b", "x a y b", false),
        ("title:#12*", "closes #123", true),
        ("title:*out.", "a timeout", true),
        ("title:超时", "连接超时", true),
        (r#"title:"gateway, timeout""#, "Gateway timeout", true),
        (r#"title:"-->""#, "a --> b", true),
        ("title:time", "a timeout", false),
    ];
    for (query, text, expected) in rows {
        assert_eq!(is_hit(query, &with("title", text.into())), expected, "{query} in {text}");
        let said = Record { body: text.into(), ..Record::default() };
        assert_eq!(is_hit(&query.replacen("title", "message", 1), &said), expected, "{query} in {text}");
    }
}

#[test]
fn ids_are_met_in_either_case_wherever_they_are_kept() {
    let bytes = Record { trace_id: TraceId::from_hex(&"ab".repeat(16)), ..Record::default() };
    assert!(is_hit(&format!("trace_id:{}", "AB".repeat(16)), &bytes));
    assert!(is_hit("traceId:ABab*", &bytes));
    for name in ["trace_id", "traceId", "trace.id"] {
        let kept = with(name, "REQ-77ab".into());
        for query in [
            "trace_id:REQ-77AB",
            "trace.id:req-77ab",
            "traceid:Req*",
            "trace_id:?EQ-77a*",
            "trace_id:/req-[0-9A-F]+/",
            "trace_id:[req-77AA TO REQ-77AC]",
            "trace_id:>REQ-77AA",
            "trace_id:<=req-77AB",
        ] {
            assert!(is_hit(query, &kept), "{query} of {name}");
        }
        for query in
            ["trace_id:/req-/", "trace_id:{REQ-77AB TO *]", "trace_id:<REQ-77ab", "trace_id:/(?-i)req.*/"]
        {
            assert!(!is_hit(query, &kept), "{query} of {name}");
        }
        assert!(!is_hit("trace_id:REQ-78AB", &kept));
    }
    let request = with("request", "REQ-77ab".into());
    assert!(is_hit("request:REQ-77ab", &request) && !is_hit("request:REQ-77AB", &request));
}

/// Hex digits can look like numbers and durations.
#[test]
fn ids_are_compared_as_text() {
    let id = |hex: &str| Record { trace_id: TraceId::from_hex(&hex.repeat(16)), ..Record::default() };
    assert!(is_hit("trace_id:[5d TO 60]", &id("5E")) && !is_hit("trace_id:[5d TO 60]", &id("5c")));
    assert!(is_hit("trace_id:[1e5 TO 20]", &id("1f")) && !is_hit("trace_id:>=2", &id("10")));
    assert!(is_hit("trace_id:[1 TO 2]", &with("trace_id", 15.into())));
}

/// The parser reads the regex without regard to case already; an expression can be built by hand.
#[test]
fn a_regex_of_ids_is_in_any_case_whoever_made_it() {
    let regex = |text: &str| Ask::Regex(Regex::new(text).unwrap());
    let is_hit = |name: &str, text: &str, record: &Record| {
        Matcher::new(&Expr::test(Field::new(name), regex(text)), 0).unwrap().matches(&record.view())
    };
    assert!(is_hit("span_id", "REQ-[A-F0-9]+", &with("spanId", "req-77ab".into())));
    assert!(!is_hit("request", "REQ-[A-F0-9]+", &with("request", "req-77ab".into())));
    let large = Expr::test(Field::new("span_id"), regex(&r"[\W]".repeat(9)));
    assert!(Matcher::new(&large, 0).unwrap_err().to_string().contains("without regard to case"));
}

/// The parser refuses them; an expression can be built by hand.
#[test]
fn a_range_of_two_kinds_holds_nothing() {
    let bound = |value: &str| Some(Bound { value: value.to_owned(), inclusive: true });
    let mixed = Ask::Range { low: bound("5ms"), high: bound("9kB") };
    let matcher = Matcher::new(&Expr::test(Field::new("took"), mixed), 0).unwrap();
    for value in [Value::from(7), "7ms".into(), "7kB".into(), "6".into()] {
        assert!(!matcher.matches(&with("took", value).view()));
    }
}

#[test]
fn a_place_does_not_change_what_a_schema_says() {
    let kept = with("title", "Gateway Timeout".into());
    for query in ["title:timeout", "attributes.title:timeout", "attributes.title:\"gateway timeout\""] {
        assert!(is_hit(query, &kept), "{query}");
    }
    assert!(!is_hit("resource.title:timeout", &kept));
    assert!(!is_hit("attributes.name:timeout", &with("name", "Gateway Timeout".into())));
}

#[test]
fn an_attribute_is_found_under_whichever_name_it_has() {
    for (query, name) in [
        ("hostname:web-1", "hostname"),
        ("host:web-1", "hostname"),
        ("host.name:web-1", "host"),
        ("environment:web-1", "environment"),
        ("service:web-1", "service_name"),
        ("severity_text:web-1", "severity_text"),
        ("logger:web-1", "scope.name"),
        ("spanId:web-1", "spanId"),
    ] {
        assert!(is_hit(query, &with(name, "web-1".into())), "{query}");
    }
}

#[test]
fn nothing_is_promised_that_a_hit_can_lack() {
    let fields = |query: &str| Analysis::with_kinds(&parse(query).unwrap(), 0, &kind_of).fields;
    for query in ["title:timeout", "@observed:2026-03-18", "duration_ms:2s", "size:5MB"] {
        assert!(fields(query).is_empty(), "{query}");
    }
    assert!(is_hit("duration_ms:2s", &with("duration_ms", Value::Int(2000))));
    let observed = Record { observed_ns: 1_773_828_930_000_000_000, ..Record::default() };
    assert!(is_hit("@observed:2026-03-18", &observed));
    assert!(fields("trace_id:REQ-77AB")[0].values.contains("req-77ab"));
    assert!(fields("service:payments")[0].values.contains("payments"));
}
