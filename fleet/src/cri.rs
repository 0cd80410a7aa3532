//! A container runtime's log lines: `time stream P|F text`, split at 16 KiB.

use std::io::Write as _;

use crate::stamp::Stamp;

/// Where the container runtime splits a line.
pub const SPLIT_BYTES: usize = 16 * 1024;

/// Which of the two a container printed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

impl Stream {
    /// As the runtime writes it.
    pub fn name(self) -> &'static str {
        ["stdout", "stderr"][self as usize]
    }
}

/// Appends one printed line (no newline in it) as the runtime writes it, in parts where it is long.
pub fn line(time_ns: u64, stream: Stream, text: &[u8], out: &mut Vec<u8>) {
    let stamp = Stamp::of(time_ns);
    let mut parts = text.chunks(SPLIT_BYTES).peekable();
    let mut part = |tag: char, text: &[u8]| {
        let head = write!(out, "{} {} {tag} ", stamp.rfc3339(9), stream.name());
        head.expect("because writing to memory does not fail");
        out.extend_from_slice(text);
        out.push(b'\n');
    };
    if text.is_empty() {
        part('F', text);
    }
    while let Some(text) = parts.next() {
        part(if parts.peek().is_some() { 'P' } else { 'F' }, text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &[u8]) -> String {
        let mut out = Vec::new();
        line(1_772_409_600_000_000_001, Stream::Stderr, text, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_short_line_is_whole() {
        assert_eq!(written(b"hello"), "2026-03-02T00:00:00.000000001Z stderr F hello\n");
        assert_eq!(written(b""), "2026-03-02T00:00:00.000000001Z stderr F \n");
    }

    #[test]
    fn a_long_line_is_parts_and_an_end() {
        let tags = |bytes: usize| -> Vec<(String, usize)> {
            let text = written(&vec![b'x'; bytes]);
            let cut = |line: &str| (line[38..39].to_owned(), line.len() - 40);
            text.lines().map(cut).collect()
        };
        let part = |tag: &str, bytes: usize| (tag.to_owned(), bytes);
        assert_eq!(tags(SPLIT_BYTES), [part("F", SPLIT_BYTES)]);
        assert_eq!(tags(2 * SPLIT_BYTES + 1), [part("P", SPLIT_BYTES), part("P", SPLIT_BYTES), part("F", 1)]);
    }
}
