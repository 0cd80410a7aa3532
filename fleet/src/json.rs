//! The corpus as JSON lines: the same few keys for every system, whatever its own format is.

use std::io::Write as _;

use crate::{event::Event, stamp::Stamp};

/// Appends the event and a newline.
pub fn line(event: &Event, out: &mut Vec<u8>) {
    let Event { time_ns, pod, level, message, trace, duration_ms, .. } = event;
    let (time, level) = (Stamp::of(*time_ns), level.name());
    let (service, namespace) = (pod.system.service(), pod.system.namespace());
    let (name, node) = (pod.name(), pod.node());
    let head = write!(
        out,
        r#"{{"timestamp":"{}","level":"{level}","service":"{service}","namespace":"{namespace}","pod":"{name}","node":"{node}""#,
        time.rfc3339(6)
    );
    head.expect("because writing to memory does not fail");
    if let Some(trace) = trace {
        write!(out, r#","trace_id":"{trace:032x}""#).expect("because writing to memory does not fail");
    }
    if let Some(ms) = duration_ms {
        write!(out, r#","duration_ms":{ms}"#).expect("because writing to memory does not fail");
    }
    out.extend_from_slice(br#","message":"#);
    string(message, out);
    out.extend_from_slice(b"}\n");
}

/// Appends a string with its quotes.
pub fn string(text: &str, out: &mut Vec<u8>) {
    serde_json::to_writer(out, text).expect("because a string is always JSON");
}
