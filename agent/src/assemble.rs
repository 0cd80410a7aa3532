//! Joins what the runtime split: parts of a line, per stream of a container.
//!
//! Deliberately absent so far: stack traces over several lines, and limits.

use std::collections::BTreeMap;

use crate::tail::RawLine;

/// A line as the container printed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assembled {
    /// The time of its first part.
    pub time: String,
    /// `stdout` or `stderr`.
    pub stream: String,
    /// All of it.
    pub text: Vec<u8>,
}

/// What is open, per stream.
#[derive(Debug, Default)]
pub struct Assembler {
    open: BTreeMap<String, Assembled>,
}

impl Assembler {
    /// Takes a line; gives one back when it is complete.
    pub fn take(&mut self, line: RawLine) -> Option<Assembled> {
        let RawLine { time, stream, partial, text } = line;
        let open = self.open.entry(stream.clone()).or_insert(Assembled { time, stream, text: Vec::new() });
        open.text.extend_from_slice(&text);
        if partial {
            return None;
        }
        let stream = open.stream.clone();
        self.open.remove(&stream)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_joined_per_stream() {
        let mut assembler = Assembler::default();
        let mut take = |stream: &str, partial, text: &str| {
            let line = RawLine { time: "t".into(), stream: stream.into(), partial, text: text.into() };
            assembler.take(line).map(|line| String::from_utf8(line.text).unwrap())
        };
        assert_eq!(take("stdout", true, "long "), None);
        assert_eq!(take("stderr", false, "between"), Some("between".into()));
        assert_eq!(take("stdout", true, "long "), None);
        assert_eq!(take("stdout", false, "line"), Some("long long line".into()));
        assert_eq!(take("stdout", false, "next"), Some("next".into()));
    }
}
