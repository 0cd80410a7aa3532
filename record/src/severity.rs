//! How bad a record is: OpenTelemetry's numbers, and the words that people write for them.
//!
//! Deliberately absent: numbers of other systems (pino, syslog); a bare number means OpenTelemetry's here,
//! and whoever knows the format of a line translates first.

use std::fmt;

/// OpenTelemetry's severity number, 1 to 24; 0 is "not said".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Severity(u8);

/// The first number of each range, with its name and the words for it, in lower case.
const NAMES: [(u8, &str, &[&str]); 6] = [
    (1, "TRACE", &["trace", "trc", "verbose", "finest"]),
    (5, "DEBUG", &["debug", "dbg", "fine"]),
    (9, "INFO", &["info", "inf", "information", "notice", "log"]),
    (13, "WARN", &["warn", "wrn", "warning"]),
    (17, "ERROR", &["error", "err", "severe"]),
    (21, "FATAL", &["fatal", "ftl", "critical", "crit", "panic", "alert", "emerg", "emergency"]),
];

impl Severity {
    /// Nobody said.
    pub const UNSPECIFIED: Self = Self(0);
    /// The first of each range.
    pub const DEBUG: Self = Self(5);
    /// The first of its range.
    pub const INFO: Self = Self(9);
    /// The first of its range.
    pub const WARN: Self = Self(13);
    /// The first of its range.
    pub const ERROR: Self = Self(17);

    /// From a word, in any case.
    pub fn from_word(word: &str) -> Option<Self> {
        let is = |known: &&str| known.eq_ignore_ascii_case(word);
        NAMES.iter().find(|(_, _, words)| words.iter().any(is)).map(|&(number, ..)| Self(number))
    }

    /// OpenTelemetry's number.
    pub fn number(self) -> u8 {
        self.0
    }

    /// The name of its range; empty where nobody said.
    pub fn name(self) -> &'static str {
        NAMES.iter().rev().find(|(first, ..)| *first <= self.0).map_or("", |&(_, name, _)| name)
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_have_the_number_of_their_range() {
        let rows =
            [("err", 17, "ERROR"), ("WARNING", 13, "WARN"), ("crit", 21, "FATAL"), ("Info", 9, "INFO")];
        for (word, number, name) in rows {
            let severity = Severity::from_word(word).unwrap();
            assert_eq!((severity.number(), severity.name()), (number, name), "{word}");
        }
        assert_eq!(Severity::from_word("chatty"), None);
        assert_eq!(Severity::UNSPECIFIED.name(), "");
    }

    #[test]
    fn severities_are_ordered() {
        assert!(Severity::UNSPECIFIED < Severity::DEBUG && Severity::WARN < Severity::ERROR);
    }
}
