//! Matching allocates nothing, whatever is asked.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use sawlog_query::{Matcher, parse};
use sawlog_record::{Record, Severity, Value};

const QUERIES: [&str; 18] = [
    r#"level:ERROR AND "gateway timeout""#,
    "timeout",
    "TIME*",
    "*meo*",
    "t?me*",
    "/time(out)?/",
    r"/\b\d{3}-[a-f]\d+\b/",
    "status:5*",
    "status:/5../",
    "status:[400 TO 600]",
    "took:>500ms",
    "client_ip:10.0.0.0/8",
    "@timestamp:>=now-1h",
    "NOT (a OR b OR service:x)",
    "attributes.status:[400 TO 600]",
    "resource.status:503",
    "trace_id:[REQ-5 TO req-9]",
    "trace_id:/REQ-[0-9a-f]+/",
];

#[test]
fn a_record_is_matched_without_allocating() {
    let fields = [
        ("trace_id", "Req-77AB".into()),
        ("status", 503.into()),
        ("took", "750ms".into()),
        ("client_ip", "10.1.2.3".into()),
    ];
    let attributes: Vec<(String, Value)> = fields.map(|(key, value)| (key.to_owned(), value)).into();
    for body in ["Gateway timeout after 30s at 10.0.0.1", "Überlauf: gateway TIMEOUT, 连接超时"] {
        let record = Record {
            body: body.into(),
            severity: Severity::ERROR,
            attributes: attributes.clone(),
            ..Record::default()
        };
        for query in QUERIES {
            let matcher = Matcher::new(&parse(query).unwrap(), 0).unwrap();
            // A regex fills its caches when it is new.
            matcher.matches(&record.view());
            let counted = allocation_counter::measure(|| {
                matcher.matches(&record.view());
            });
            assert_eq!(counted.count_total, 0, "{query} on {body}");
        }
    }
}
