//! Lines of an exact length, for benchmarks whose figure is lines per second.

use std::io::Write as _;

use crate::{event::Event, json, stamp::Stamp};

/// A JSON line of exactly `bytes` bytes, newline included, as a service prints it (nothing of Kubernetes in
/// it): the message is cut, or filled with dots.
///
/// # Panics
/// When the fields beside the message alone need more.
pub fn json_line(event: &Event, bytes: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes);
    let level = event.level.name();
    let head = write!(out, r#"{{"time":"{}","level":"{level}""#, Stamp::of(event.time_ns).rfc3339(6));
    head.expect("because writing to memory does not fail");
    if let Some(trace) = event.trace {
        write!(out, r#","trace_id":"{trace:032x}""#).expect("because writing to memory does not fail");
    }
    out.extend_from_slice(br#","msg":"#);
    let beside = out.len() + "\"\"}\n".len();
    assert!(beside <= bytes, "{bytes} bytes are too few for a line of {beside} without its message");
    json::string(&text(event, bytes - beside), &mut out);
    out.extend_from_slice(b"}\n");
    out
}

/// A message of exactly `bytes` bytes that needs no escaping.
pub fn text(event: &Event, bytes: usize) -> String {
    let plain =
        |letter: char| if letter.is_ascii_graphic() && !"\"\\".contains(letter) { letter } else { ' ' };
    event.message.chars().map(plain).chain(std::iter::repeat('.')).take(bytes).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan;

    #[test]
    fn lines_have_the_length_asked_for() {
        for event in plan::block(7, 0, 1) {
            let line = json_line(&event, 216);
            assert_eq!(line.len(), 216);
            serde_json::from_slice::<serde_json::Value>(&line).unwrap();
            assert_eq!(text(&event, 207).len(), 207);
        }
    }
}
