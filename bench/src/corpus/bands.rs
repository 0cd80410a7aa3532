//! Is it like life? What a corpus must be for its figures to mean something.
//!
//! The digit rule: a message is cut at [`DELIMITERS`]; a piece with a digit is a variable, the rest is its
//! template. These bands are what systems in production show; outside them a store looks better or worse
//! than it is, so a `full` corpus outside them is refused.

use std::{collections::HashSet, fmt, hash::Hasher as _, ops::RangeInclusive};

use sawlog_fleet::event::Event;

use super::bytes::Hash64;

/// Where messages are cut.
pub const DELIMITERS: &str = " \t\n=:[]{},\"()'`;<>|";

/// What one window shows.
#[derive(Debug, Default)]
pub struct Sight {
    records: u64,
    message_bytes: u64,
    digit_bytes: u64,
    tokens: Vec<u64>,
    templates: HashSet<u64>,
}

impl Sight {
    /// Looks at the messages of a window.
    pub fn of(events: &[Event]) -> Self {
        let mut sight = Self::default();
        for event in events {
            sight.see(&event.message);
        }
        sight
    }

    fn see(&mut self, message: &str) {
        self.records += 1;
        self.message_bytes += message.len() as u64;
        let mut template = Hash64::default();
        for piece in message.split_inclusive(|letter| DELIMITERS.contains(letter)) {
            let token = piece.trim_end_matches(|letter| DELIMITERS.contains(letter));
            if token.bytes().any(|byte| byte.is_ascii_digit()) {
                self.digit_bytes += token.len() as u64;
                self.tokens.push(Hash64::of(token.as_bytes()));
                template.write(b"\0");
                template.write(&piece.as_bytes()[token.len()..]);
            } else {
                template.write(piece.as_bytes());
            }
        }
        self.templates.insert(template.finish());
    }

    /// Adds what another window shows.
    pub fn add(&mut self, other: Self) {
        self.records += other.records;
        self.message_bytes += other.message_bytes;
        self.digit_bytes += other.digit_bytes;
        self.tokens.extend(other.tokens);
        self.templates.extend(other.templates);
    }

    /// Judges the whole; `zstd_percent` is what `zstd -3 --long` leaves of the JSON lines.
    pub fn judge(mut self, zstd_percent: f64) -> Verdict {
        self.tokens.sort_unstable();
        let once = self.tokens.chunk_by(|a, b| a == b).filter(|same| same.len() == 1).count();
        let (records, tokens) = (self.records as f64, self.tokens.len() as f64);
        let bytes = self.message_bytes as f64;
        Verdict([
            Band { of: "zstd -3 --long leaves of the JSON, %", seen: zstd_percent, within: 14.0..=19.0 },
            Band { of: "message bytes a line", seen: bytes / records, within: 130.0..=170.0 },
            Band { of: "tokens with a digit a line", seen: tokens / records, within: 7.0..=10.0 },
            Band {
                of: "of those, once in the corpus, %",
                seen: 100.0 * once as f64 / tokens,
                within: 20.0..=100.0,
            },
            Band {
                of: "templates by the digit rule",
                seen: self.templates.len() as f64,
                within: 2_500.0..=f64::MAX,
            },
            Band {
                of: "message bytes in tokens with a digit, %",
                seen: 100.0 * self.digit_bytes as f64 / bytes,
                within: 35.0..=50.0,
            },
        ])
    }
}

/// One property, and where it has to lie.
#[derive(Debug, Clone)]
pub struct Band {
    /// The property.
    pub of: &'static str,
    /// Where it lies.
    pub seen: f64,
    /// Where it has to.
    pub within: RangeInclusive<f64>,
}

/// All six.
#[derive(Debug, Clone)]
pub struct Verdict(pub [Band; 6]);

impl Verdict {
    /// Whether all lie where they have to.
    pub fn is_valid(&self) -> bool {
        self.0.iter().all(|band| band.within.contains(&band.seen))
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Band { of, seen, within } in &self.0 {
            let word = if within.contains(seen) { "inside" } else { "OUTSIDE" };
            let end = if *within.end() >= f64::MAX { String::new() } else { within.end().to_string() };
            writeln!(f, "  {word:<8}{seen:>10.1}  in {}–{end}  {of}", within.start())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digit_rule_cuts_variables_out() {
        let mut sight = Sight::default();
        for message in ["took 12 ms for a1b2", "took 7 ms for z9", "took 7 ms at z9", "none"] {
            sight.see(message);
        }
        assert_eq!(sight.templates.len(), 3);
        assert_eq!(sight.tokens.len(), 6);
        assert_eq!(sight.digit_bytes, 2 + 4 + 1 + 2 + 1 + 2);
        let verdict = sight.judge(16.0);
        assert!((verdict.0[2].seen - 1.5).abs() < 1e-9);
        assert!((verdict.0[3].seen - 100.0 * 2.0 / 6.0).abs() < 1e-9, "12 and a1b2 stand once");
        assert!(!verdict.is_valid());
    }
}
