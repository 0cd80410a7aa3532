//! Times as people and programs write them, always UTC.

use std::fmt;

use jiff::{Timestamp, civil::DateTime, tz::Offset};

/// A moment, ready to be written in many ways.
#[derive(Debug, Clone, Copy)]
pub struct Stamp {
    civil: DateTime,
    ns: u64,
}

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

impl Stamp {
    /// Of nanoseconds since 1970.
    pub fn of(ns: u64) -> Self {
        let time =
            Timestamp::from_nanosecond(i128::from(ns)).expect("because 64 bits of nanoseconds end in 2554");
        Self { civil: Offset::UTC.to_datetime(time), ns }
    }

    /// Milliseconds since 1970.
    pub fn millis(&self) -> u64 {
        self.ns / 1_000_000
    }

    /// `2026-03-02`, with any separator.
    pub fn date(&self, separator: char) -> impl fmt::Display {
        let (year, month, day) = (self.civil.year(), self.civil.month(), self.civil.day());
        fmt::from_fn(move |f| write!(f, "{year:04}{separator}{month:02}{separator}{day:02}"))
    }

    /// `02 Mar 2026`, with any separator.
    pub fn day(&self, separator: char) -> impl fmt::Display {
        let (year, day) = (self.civil.year(), self.civil.day());
        let month = MONTHS[self.civil.month() as usize - 1];
        fmt::from_fn(move |f| write!(f, "{day:02}{separator}{month}{separator}{year:04}"))
    }

    /// `10:20:30` and so many digits of the second after a point.
    pub fn clock(&self, digits: u32) -> impl fmt::Display {
        self.clock_with('.', digits)
    }

    /// The same with another mark than a point.
    pub fn clock_with(&self, mark: char, digits: u32) -> impl fmt::Display {
        let time = self.civil.time();
        fmt::from_fn(move |f| {
            write!(f, "{:02}:{:02}:{:02}", time.hour(), time.minute(), time.second())?;
            let part = time.subsec_nanosecond() / 10_i32.pow(9 - digits);
            if digits > 0 { write!(f, "{mark}{part:0width$}", width = digits as usize) } else { Ok(()) }
        })
    }

    /// `0302`, as klog dates its lines.
    pub fn month_day(&self) -> impl fmt::Display {
        let (month, day) = (self.civil.month(), self.civil.day());
        fmt::from_fn(move |f| write!(f, "{month:02}{day:02}"))
    }

    /// RFC 3339 with so many digits of the second.
    pub fn rfc3339(&self, digits: u32) -> impl fmt::Display {
        let stamp = *self;
        fmt::from_fn(move |f| write!(f, "{}T{}Z", stamp.date('-'), stamp.clock(digits)))
    }

    /// `20260302-102030`, as the kubelet names rotated files.
    pub fn rotation(&self) -> String {
        let time = self.civil.time();
        let date = self.date('-').to_string().replace('-', "");
        format!("{date}-{:02}{:02}{:02}", time.hour(), time.minute(), time.second())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_moment_in_every_hand() {
        let stamp = Stamp::of(1_772_409_600_000_000_000 + 3_723_004_005_006);
        assert_eq!(stamp.rfc3339(9).to_string(), "2026-03-02T01:02:03.004005006Z");
        assert_eq!(stamp.rfc3339(0).to_string(), "2026-03-02T01:02:03Z");
        assert_eq!(stamp.day('/').to_string(), "02/Mar/2026");
        assert_eq!(stamp.clock_with(',', 3).to_string(), "01:02:03,004");
        assert_eq!(stamp.rotation(), "20260302-010203");
        assert_eq!(stamp.month_day().to_string(), "0302");
        assert_eq!(stamp.millis(), 1_772_413_323_004);
    }
}
