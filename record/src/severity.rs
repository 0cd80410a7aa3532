//! How bad a record is: OpenTelemetry's numbers, and what people and programs write for them.
//!
//! Words are one table. Bare numbers belong to scales that contradict each other (30 is Python's WARNING and
//! pino's INFO), so whoever knows the scale says it; [`Severity::from_number`] decides where nobody does, and
//! its order of preference is written down there.
//!
//! Deliberately absent: looking for a severity inside a longer text. Whoever knows the format of a line knows
//! where it stands.

mod words;

use std::fmt;

/// OpenTelemetry's severity number, 1 to 24; 0 is "not said".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Severity(u8);

/// The name of every number.
const NAMES: [&str; 25] = [
    "", "TRACE", "TRACE2", "TRACE3", "TRACE4", "DEBUG", "DEBUG2", "DEBUG3", "DEBUG4", "INFO", "INFO2",
    "INFO3", "INFO4", "WARN", "WARN2", "WARN3", "WARN4", "ERROR", "ERROR2", "ERROR3", "ERROR4", "FATAL",
    "FATAL2", "FATAL3", "FATAL4",
];

/// What a bare number means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// 1 to 24, more is worse.
    OpenTelemetry,
    /// 0 (emergency) to 7 (debug), less is worse; also journald's `PRIORITY`.
    Syslog,
    /// 10 (trace) to 60 (fatal); bunyan's are the same.
    Pino,
    /// 10 (debug) to 50 (critical).
    Python,
    /// 5000 (trace) to 50000 (fatal); logback's `level_value` are the same.
    Log4j,
}

impl Severity {
    /// Nobody said.
    pub const UNSPECIFIED: Self = Self(0);
    /// The first of its range.
    pub const TRACE: Self = Self(1);
    /// The first of its range.
    pub const DEBUG: Self = Self(5);
    /// The first of its range.
    pub const INFO: Self = Self(9);
    /// The first of its range.
    pub const WARN: Self = Self(13);
    /// The first of its range.
    pub const ERROR: Self = Self(17);
    /// The first of its range.
    pub const FATAL: Self = Self(21);

    /// From what somebody wrote for it, in any case and with any brackets around it: a word (`err`,
    /// `Warning`), a letter (`E`), OpenTelemetry's names (`INFO2`, `SEVERITY_NUMBER_INFO2`), a letter with a
    /// date as klog has it (`W0512`), or a bare number.
    pub fn from_word(word: &str) -> Option<Self> {
        words::find(word).map(Self)
    }

    /// From a number of a known scale. Numbers between two steps belong to the lower one.
    pub fn from_scale(scale: Scale, number: i64) -> Option<Self> {
        let severity = match (scale, number) {
            (Scale::OpenTelemetry, 1..=24) => u8::try_from(number).ok()?,
            (Scale::Syslog, 0) => 23,
            (Scale::Syslog, 1) => 22,
            (Scale::Syslog, 5) => 10,
            (Scale::Pino, 10..20) | (Scale::Log4j, 5_000..10_000) => 1,
            (Scale::Syslog, 7)
            | (Scale::Pino, 20..30)
            | (Scale::Python, 10..20)
            | (Scale::Log4j, 10_000..20_000) => 5,
            (Scale::Syslog, 6)
            | (Scale::Pino, 30..40)
            | (Scale::Python, 20..30)
            | (Scale::Log4j, 20_000..30_000) => 9,
            (Scale::Syslog, 4)
            | (Scale::Pino, 40..50)
            | (Scale::Python, 30..40)
            | (Scale::Log4j, 30_000..40_000) => 13,
            (Scale::Syslog, 3)
            | (Scale::Pino, 50..60)
            | (Scale::Python, 40..50)
            | (Scale::Log4j, 40_000..50_000) => 17,
            (Scale::Syslog, 2)
            | (Scale::Pino, 60..70)
            | (Scale::Python, 50..60)
            | (Scale::Log4j, 50_000..60_000) => 21,
            _ => return None,
        };
        Some(Self(severity))
    }

    /// From a number of which nobody said the scale: 0 to 7 as syslog, 10, 20 and everything from 25 to 69 as
    /// pino, what remains up to 24 as OpenTelemetry, and from 5000 as log4j. Python's loggers write words.
    pub fn from_number(number: i64) -> Option<Self> {
        let scale = match number {
            0..=7 => Scale::Syslog,
            10 | 20 | 25..=69 => Scale::Pino,
            8..=24 => Scale::OpenTelemetry,
            _ => Scale::Log4j,
        };
        Self::from_scale(scale, number)
    }

    /// From the number on the wire; one that OpenTelemetry does not know is "not said".
    pub fn from_wire(number: u64) -> Self {
        Self(u8::try_from(number).ok().filter(|&number| number <= 24).unwrap_or_default())
    }

    /// OpenTelemetry's number.
    pub fn number(self) -> u8 {
        self.0
    }

    /// The name of its range: `INFO` from 9 to 12. Empty where nobody said.
    pub fn name(self) -> &'static str {
        NAMES[usize::from(self.first().0)]
    }

    /// Its own name: `INFO2` for 10. Empty where nobody said.
    pub fn full_name(self) -> &'static str {
        NAMES[usize::from(self.0)]
    }

    /// The first of its range: 9 for 9 to 12.
    #[must_use]
    pub fn first(self) -> Self {
        Self(self.0.saturating_sub(1) / 4 * 4 + u8::from(self.0 > 0))
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
        let rows = [
            ("err", 17, "ERROR"),
            ("WARNING", 13, "WARN"),
            ("crit", 21, "FATAL"),
            ("Info", 9, "INFO"),
            ("E", 17, "ERROR"),
            ("w", 13, "WARN"),
            ("W0512", 13, "WARN"),
            ("F1231", 21, "FATAL"),
            ("30", 9, "INFO"),
            ("[ERROR]", 17, "ERROR"),
            ("<notice>:", 10, "INFO"),
            (" info ", 9, "INFO"),
            ("ERRO", 17, "ERROR"),
            ("fail", 17, "ERROR"),
            ("INFO2", 10, "INFO"),
            ("SEVERITY_NUMBER_WARN3", 15, "WARN"),
            ("SEVERITY_NUMBER_TRACE", 1, "TRACE"),
            ("DEBUG5", 5, "DEBUG"),
            ("FINER", 5, "DEBUG"),
            ("3", 17, "ERROR"),
            ("60", 21, "FATAL"),
            ("17", 17, "ERROR"),
            ("40000", 17, "ERROR"),
        ];
        for (word, number, name) in rows {
            let severity = Severity::from_word(word).unwrap_or_else(|| panic!("{word} is not known"));
            assert_eq!((severity.number(), severity.name()), (number, name), "{word}");
        }
        let strangers = [
            "chatty",
            "",
            "[]",
            "W1312",
            "W0532",
            "W051",
            "Q0512",
            "-3",
            "8.0",
            "999999999999999999999",
            "errors",
            "INFO0",
            "INFO5",
            "fehler",
            "ſevere",
            "SEVERITY_NUMBER_err",
        ];
        for word in strangers {
            assert_eq!(Severity::from_word(word), None, "{word}");
        }
        assert_eq!(Severity::UNSPECIFIED.name(), "");
    }

    #[test]
    fn a_number_and_the_word_of_its_scale_agree() {
        let words = |scale, rows: &[(i64, &str)]| {
            for &(number, word) in rows {
                assert_eq!(
                    Severity::from_scale(scale, number),
                    Severity::from_word(word),
                    "{scale:?} {word}"
                );
            }
        };
        let syslog = ["emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"];
        words(Scale::Syslog, &(0..).zip(syslog).collect::<Vec<_>>());
        let names = ["trace", "debug", "info", "warn", "error", "fatal"];
        words(Scale::Pino, &(1..).map(|ten| ten * 10).zip(names).collect::<Vec<_>>());
        words(
            Scale::Python,
            &[(10, "DEBUG"), (20, "INFO"), (30, "WARNING"), (40, "ERROR"), (50, "CRITICAL")],
        );
        words(Scale::Log4j, &[(5000, "TRACE"), (20_000, "INFO"), (50_000, "FATAL")]);
        for number in 1..=24 {
            let severity = Severity::from_scale(Scale::OpenTelemetry, number).unwrap();
            assert_eq!(Severity::from_word(severity.full_name()), Some(severity));
            assert!(severity.full_name().starts_with(severity.name()) && severity.first() <= severity);
        }
        for (scale, number) in
            [(Scale::Syslog, 8), (Scale::Pino, 70), (Scale::Python, 9), (Scale::OpenTelemetry, 0)]
        {
            assert_eq!(Severity::from_scale(scale, number), None);
        }
    }

    #[test]
    fn severities_are_ordered() {
        assert!(Severity::UNSPECIFIED < Severity::DEBUG && Severity::WARN < Severity::ERROR);
        assert_eq!(Severity::UNSPECIFIED.first(), Severity::UNSPECIFIED);
        assert_eq!([0, 24, 25, u64::MAX].map(|number| Severity::from_wire(number).number()), [0, 24, 0, 0]);
    }
}
