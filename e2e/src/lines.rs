//! Numbered lines: how they are written, and whether all of them came through.
//!
//! ```text
//! printer ──▶ Line::write ──▶ container, log file, agent, Kafka, store… ──▶ messages
//!                                                                             │
//!                                     Verdict ◀── Numbers ◀── Line::read ◀────╯
//! ```
//!
//! ```text
//! web-1/1767225600123456789 n=17 line
//! web-1/1767225600123456789 n=18 bytes=100 line uvwxyzab…     so long, padded by position
//! web-1/1767225600123456789 n=19 stack=2 line                 two lines follow that belong to it
//!     at web-1/1767225600123456789 n=19 frame=1
//!     at web-1/1767225600123456789 n=19 frame=2
//! web-1/1767225600123456789 n=20 last
//! ```
//!
//! A line says whose it is, its number, how long it is and what follows it, so that one that was cut, glued
//! together wrongly or separated from what belongs to it is told from a whole one: the word `line` or `last` comes
//! behind all it says, so that no beginning of a line is a line. Pure; what is kept grows with the gaps, not with
//! the numbers.

mod intervals;
mod numbers;

pub use intervals::Intervals;
pub use numbers::{Numbers, Verdict};

use std::io::Write as _;

/// One line, and the lines that belong to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line<'a> {
    /// Which start of the program printed it; without white space.
    pub run: &'a str,
    /// Its number: from 1, without gaps.
    pub number: u64,
    /// Whether it is the run's last.
    pub is_last: bool,
    /// How many lines follow that belong to it.
    pub stack: u32,
    /// How long it is, if it is padded; the newline and the lines that follow are not counted.
    pub bytes: Option<usize>,
}

/// What a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Message<'a> {
    /// A line, with all that belongs to it.
    Whole(Line<'a>),
    /// A line that is shorter, longer or otherwise than it says.
    Damaged(Line<'a>),
    /// A line without all that belongs to it.
    Torn(Line<'a>),
    /// Lines that belong to a line, without it.
    Loose,
    /// None of ours.
    Strange,
}

const INDENT: &str = "    at ";

impl<'a> Line<'a> {
    /// Appends it, without a newline at its end.
    ///
    /// A line that has to be shorter than what it says is not padded, and does not say how long it is.
    pub fn write(&self, out: &mut Vec<u8>) {
        let start = out.len();
        let kind = if self.is_last { "last" } else { "line" };
        append(out, format_args!("{} n={} ", self.run, self.number));
        if self.stack > 0 {
            append(out, format_args!("stack={} ", self.stack));
        }
        let said = out.len();
        if let Some(bytes) = self.bytes {
            append(out, format_args!("bytes={bytes} {kind} "));
        }
        let padding = self.bytes.unwrap_or_default().saturating_sub(out.len() - start);
        if padding > 0 {
            pad(out, out.len() - start, padding);
        } else {
            out.truncate(said);
            append(out, format_args!("{kind}"));
        }
        for frame in 1..=self.stack {
            append(out, format_args!("\n{INDENT}{} n={} frame={frame}", self.run, self.number));
        }
    }

    /// What a message is, which may have several lines, and a newline at its end or none.
    pub fn read(message: &'a str) -> Message<'a> {
        let message = message.strip_suffix('\n').unwrap_or(message);
        let mut lines = message.split('\n');
        let first = lines.next().unwrap_or_default();
        let Some((line, padding)) = head(first) else {
            let all_belong = message.split('\n').all(|text| frame(text).is_some());
            return if all_belong { Message::Loose } else { Message::Strange };
        };
        let is_whole = match line.bytes {
            None => padding.is_empty(),
            Some(bytes) => first.len() == bytes && is_padding(padding, bytes - padding.len()),
        };
        let mut following = 0;
        let belongs = lines.all(|text| {
            following += 1;
            frame(text) == Some((line.run, line.number, following))
        });
        if !is_whole || !belongs || following > line.stack {
            return Message::Damaged(line);
        }
        if following < line.stack { Message::Torn(line) } else { Message::Whole(line) }
    }
}

fn append(out: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    out.write_fmt(text).expect("because a vector can always be written to");
}

/// A line's own words, and what stands behind them.
fn head(text: &str) -> Option<(Line<'_>, &str)> {
    let (run, rest) = text.split_once(" n=")?;
    if run.is_empty() || run.contains(char::is_whitespace) {
        return None;
    }
    let (number, mut rest) = rest.split_once(' ')?;
    let mut line = Line { run, number: number.parse().ok()?, is_last: false, stack: 0, bytes: None };
    if let Some(value) = rest.strip_prefix("stack=") {
        let (stack, behind) = value.split_once(' ')?;
        (line.stack, rest) = (stack.parse().ok()?, behind);
    }
    if let Some(value) = rest.strip_prefix("bytes=") {
        let (bytes, behind) = value.split_once(' ')?;
        (line.bytes, rest) = (Some(bytes.parse().ok()?), behind);
    }
    let (kind, padding) = rest.split_once(' ').unwrap_or((rest, ""));
    line.is_last = match kind {
        "line" => false,
        "last" => true,
        _ => return None,
    };
    (line.number > 0).then_some((line, padding))
}

fn frame(text: &str) -> Option<(&str, u64, u32)> {
    let (run, rest) = text.strip_prefix(INDENT)?.split_once(" n=")?;
    let (number, frame) = rest.split_once(" frame=")?;
    Some((run, number.parse().ok()?, frame.parse().ok()?))
}

const LETTERS: &[u8; 26] = b"abcdefghijklmnopqrstuvwxyz";

/// Letters that tell where in the line they stand, so that a piece that is missing or comes twice shows.
fn pad(out: &mut Vec<u8>, from: usize, mut count: usize) {
    let mut at = from % LETTERS.len();
    while count > 0 {
        let piece = count.min(LETTERS.len() - at);
        out.extend_from_slice(&LETTERS[at..at + piece]);
        count -= piece;
        at = 0;
    }
}

fn is_padding(text: &str, from: usize) -> bool {
    (from..).zip(text.as_bytes()).all(|(at, byte)| LETTERS[at % LETTERS.len()] == *byte)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PLAIN: Line<'_> = Line { run: "web-1/17", number: 17, is_last: false, stack: 0, bytes: None };

    fn written(line: &Line<'_>) -> String {
        let mut out = Vec::new();
        line.write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn lines_look_as_the_page_says() {
        for (line, text) in [
            (PLAIN, "web-1/17 n=17 line"),
            (Line { is_last: true, ..PLAIN }, "web-1/17 n=17 last"),
            (Line { bytes: Some(40), ..PLAIN }, "web-1/17 n=17 bytes=40 line cdefghijklmn"),
            (
                Line { stack: 2, ..PLAIN },
                "web-1/17 n=17 stack=2 line\n    at web-1/17 n=17 frame=1\n    at web-1/17 n=17 frame=2",
            ),
        ] {
            assert_eq!(written(&line), text);
            assert_eq!(Line::read(text), Message::Whole(line));
            assert_eq!(Line::read(&format!("{text}\n")), Message::Whole(line));
        }
        assert_eq!(written(&Line { bytes: Some(10), ..PLAIN }), "web-1/17 n=17 line", "no room for padding");
    }

    #[test]
    fn what_is_not_whole_is_not_taken_for_it() {
        let stack = Line { stack: 2, ..PLAIN };
        let whole = written(&stack);
        let (without_last, last) = whole.rsplit_once('\n').unwrap();
        assert_eq!(Line::read(without_last), Message::Torn(stack));
        assert_eq!(Line::read(last), Message::Loose);
        assert_eq!(Line::read(&format!("{whole}\n{last}")), Message::Damaged(stack));
        let foreign = format!("{without_last}\n    at web-2/17 n=17 frame=2");
        assert_eq!(Line::read(&foreign), Message::Damaged(stack));
        assert_eq!(Line::read(&format!("{}\n{}", written(&PLAIN), written(&PLAIN))), Message::Damaged(PLAIN));
        for strange in [
            "",
            "\n",
            "hello",
            "web-1/17 n=17",
            "web-1/17 n= line",
            "web-1/17 n=0 line",
            "a b n=1 line",
            " n=1 line",
        ] {
            assert_eq!(Line::read(strange), Message::Strange, "{strange}");
        }
    }

    #[test]
    fn a_piece_of_sixteen_kibibytes_that_is_missing_twice_or_elsewhere_shows() {
        let line = Line { bytes: Some(5 * 16_384), ..PLAIN };
        let text = written(&line);
        let piece = |number: usize| &text[number * 16_384..(number + 1) * 16_384];
        let of = |numbers: [usize; 5]| numbers.map(piece).concat();
        assert_eq!(Line::read(&of([0, 1, 2, 3, 4])), Message::Whole(line));
        assert_eq!(Line::read(&of([0, 1, 3, 3, 4])), Message::Damaged(line));
        assert_eq!(Line::read(&of([0, 2, 1, 3, 4])), Message::Damaged(line));
        assert_eq!(Line::read(&text[..4 * 16_384]), Message::Damaged(line));
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back_and_a_cut_one_never_does(
            number in 1..=u64::MAX,
            is_last: bool,
            stack in 0_u32..4,
            bytes in proptest::option::of(0_usize..3000),
            cut: proptest::sample::Index,
        ) {
            let line = Line { run: "web-1/1767225600123456789", number, is_last, stack, bytes };
            let text = written(&line);
            let Message::Whole(found) = Line::read(&text) else { panic!("{text} is not whole") };
            let is_padded = text.contains(" bytes=");
            prop_assert_eq!(found, Line { bytes: bytes.filter(|_| is_padded), ..line });
            if is_padded {
                prop_assert_eq!(text.lines().next().unwrap().len(), bytes.unwrap());
            }
            let cut = &text[..cut.index(text.len())];
            prop_assert!(!matches!(Line::read(cut), Message::Whole(_)), "{cut}");
        }
    }
}
