//! Times in queries: RFC 3339, dates, seconds since 1970, and times relative to a `now` that is passed in.
//!
//! A time means the whole span that it names: `2026-03-01` is a day, `2026-03-01T10:15` a minute. Without a
//! zone it is UTC. Calendar steps (`now-1M/M`) are UTC's too.
//!
//! Deliberately absent: the clock, and the database of time zones.

use jiff::{Span, Timestamp, ToSpan as _, Unit, civil, tz::TimeZone};

/// A half-open span in nanoseconds since 1970. What lies before 1677 or after 2262 cannot be counted and becomes
/// the first or the last nanosecond, so no span is empty.
pub type Between = (i64, i64);

/// More nanoseconds than any year has, and any `i64`.
const BEYOND: i128 = 1 << 100;

fn counted(start: i128, end: i128) -> Between {
    let clamp = |time: i128, first: i64, last: i64| {
        i64::try_from(time).unwrap_or(if time < 0 { first } else { last }).clamp(first, last)
    };
    (clamp(start, i64::MIN, i64::MAX - 1), clamp(end, i64::MIN + 1, i64::MAX))
}

/// A time as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Time {
    /// Does not depend on now.
    Fixed(Between),
    /// `now`, then steps, then the start of a unit.
    Relative {
        /// How many of which unit, in order.
        steps: Vec<(i64, Step)>,
        /// Down to the start of this one.
        round: Option<Step>,
    },
}

/// A unit of relative times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// `s`
    Second,
    /// `m`
    Minute,
    /// `h`
    Hour,
    /// `d`
    Day,
    /// `w`, beginning on Monday
    Week,
    /// `M`
    Month,
    /// `y`
    Year,
}

impl Step {
    fn parse(letter: u8) -> Option<Self> {
        Some(match letter {
            b's' => Self::Second,
            b'm' => Self::Minute,
            b'h' | b'H' => Self::Hour,
            b'd' => Self::Day,
            b'w' => Self::Week,
            b'M' => Self::Month,
            b'y' => Self::Year,
            _ => return None,
        })
    }

    fn times(self, count: i64) -> Option<Span> {
        let span = Span::new();
        match self {
            Self::Second => span.try_seconds(count),
            Self::Minute => span.try_minutes(count),
            Self::Hour => span.try_hours(count),
            Self::Day => span.try_days(count),
            Self::Week => span.try_weeks(count),
            Self::Month => span.try_months(count),
            Self::Year => span.try_years(count),
        }
        .ok()
    }

    fn start(self, time: civil::DateTime) -> Option<civil::DateTime> {
        let date = time.date();
        let first = match self {
            Self::Second => return down(time, Unit::Second),
            Self::Minute => return down(time, Unit::Minute),
            Self::Hour => return down(time, Unit::Hour),
            Self::Day => date,
            Self::Week => date.checked_sub(i64::from(date.weekday().to_monday_zero_offset()).days()).ok()?,
            Self::Month => date.first_of_month(),
            Self::Year => date.first_of_year(),
        };
        Some(first.to_datetime(civil::Time::midnight()))
    }
}

fn down(time: civil::DateTime, unit: Unit) -> Option<civil::DateTime> {
    time.round(civil::DateTimeRound::new().smallest(unit).mode(jiff::RoundMode::Trunc)).ok()
}

impl Time {
    /// Any of the forms; `None` when it is none of them.
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(rest) = text.strip_prefix("now") {
            return relative(rest);
        }
        absolute(text).map(Self::Fixed)
    }

    /// The span that is meant. What lies beyond the years that nanoseconds can count becomes their end.
    pub fn between(&self, now_ns: i64) -> Between {
        match self {
            Self::Fixed(between) => *between,
            Self::Relative { steps, round } => {
                let is_back = steps.iter().any(|(count, _)| *count < 0);
                let lost = if is_back { (i64::MIN, i64::MIN + 1) } else { (i64::MAX - 1, i64::MAX) };
                resolve(now_ns, steps, *round).map_or(lost, |(start, end)| counted(start, end))
            }
        }
    }
}

/// The time that a value of a record says, where it is written as RFC 3339 or a date.
pub fn of_value(text: &str) -> Option<i64> {
    // All digits is a number there, whatever it counts.
    let could_be = text.len() >= 8 && text.as_bytes().get(4) == Some(&b'-');
    could_be.then(|| absolute(text)).flatten().map(|(start, _)| start)
}

fn relative(mut rest: &str) -> Option<Time> {
    let mut steps = Vec::new();
    while let Some(sign) = rest.as_bytes().first().filter(|&&byte| matches!(byte, b'+' | b'-')) {
        let digits = rest[1..].bytes().take_while(u8::is_ascii_digit).count();
        let count: i64 = rest[1..=digits].parse().ok()?;
        let step = Step::parse(*rest.as_bytes().get(digits + 1)?)?;
        steps.push((if *sign == b'-' { -count } else { count }, step));
        rest = &rest[digits + 2..];
    }
    let round = match rest.as_bytes() {
        [] => None,
        [b'/', letter] => Some(Step::parse(*letter)?),
        _ => return None,
    };
    Some(Time::Relative { steps, round })
}

fn resolve(now_ns: i64, steps: &[(i64, Step)], round: Option<Step>) -> Option<(i128, i128)> {
    let now = Timestamp::from_nanosecond(i128::from(now_ns)).ok()?;
    let mut time = TimeZone::UTC.to_datetime(now);
    for &(count, step) in steps {
        time = time.checked_add(step.times(count)?).ok()?;
    }
    match round {
        None => Some((nanos(time), nanos(time) + 1)),
        Some(step) => Some(whole(step.start(time)?, step)),
    }
}

/// From a start to that of the next one.
fn whole(start: civil::DateTime, step: Step) -> (i128, i128) {
    let next = step.times(1).and_then(|span| start.checked_add(span).ok());
    (nanos(start), next.map_or(BEYOND, nanos))
}

fn nanos(time: civil::DateTime) -> i128 {
    let beyond = if time.year() < 1970 { -BEYOND } else { BEYOND };
    TimeZone::UTC.to_timestamp(time).map_or(beyond, Timestamp::as_nanosecond)
}

/// `2026`, `2026-03`, `2026-03-01`, `2026-03-01T10`, `…:15`, `…:30.5`, with `Z` or an offset; or a count since
/// 1970 that its number of digits tells: 10 seconds, 13 milli-, 16 micro-, 19 nanoseconds.
fn absolute(text: &str) -> Option<Between> {
    let bytes = text.as_bytes();
    if bytes.len() >= 10 && bytes.iter().all(u8::is_ascii_digit) {
        let unit = match bytes.len() {
            10 => 1_000_000_000,
            13 => 1_000_000,
            16 => 1_000,
            19 => 1,
            _ => return None,
        };
        let start = text.parse::<i128>().ok()? * unit;
        return Some(counted(start, start + unit));
    }
    let (date, clock) = match text.find(['T', 't', ' ']) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    };
    let mut fields = date.split('-');
    let year = i16::try_from(digits(fields.next()?, 4)?).ok()?;
    let month = fields.next().map(|month| digits(month, 2).and_then(|month| i8::try_from(month).ok()));
    let day = fields.next().map(|day| digits(day, 2).and_then(|day| i8::try_from(day).ok()));
    if fields.next().is_some() {
        return None;
    }
    let (Some(month), day) = (month.unwrap_or(Some(1)), day.unwrap_or(Some(1))?) else { return None };
    let start = civil::Date::new(year, month, day).ok()?.to_datetime(civil::Time::midnight());
    let step = match date.len() {
        4 => Step::Year,
        7 => Step::Month,
        _ => Step::Day,
    };
    match clock {
        None => {
            let (start, end) = whole(start, step);
            Some(counted(start, end))
        }
        Some(clock) if step == Step::Day => clock_of(nanos(start), clock),
        Some(_) => None,
    }
}

/// Hours to fractions of a second, then the zone.
fn clock_of(day: i128, text: &str) -> Option<Between> {
    const SECOND: i128 = 1_000_000_000;
    let zone = text.find(['Z', 'z', '+', '-']).unwrap_or(text.len());
    let (clock, zone) = text.split_at(zone);
    let (clock, fraction) = clock.split_once('.').map_or((clock, None), |(clock, rest)| (clock, Some(rest)));
    let mut parts = clock.split(':');
    let (mut at, mut unit) = (0, SECOND * 3600);
    let mut length = 0;
    for limit in [23, 59, 60] {
        let Some(part) = parts.next() else { break };
        // The minute is the sixtieth part of the hour, the second that of the minute.
        unit = if length == 0 { unit } else { unit / 60 };
        let count = digits(part, 2).filter(|&count| count <= limit)?;
        at += i128::from(count) * unit;
        length += 1;
    }
    if length == 0 || parts.next().is_some() || (fraction.is_some() && length < 3) {
        return None;
    }
    if let Some(fraction) = fraction {
        let places = u32::try_from(fraction.len()).ok().filter(|places| (1..=9).contains(places))?;
        unit = 10_i128.pow(9 - places);
        at += i128::from(digits(fraction, fraction.len())?) * unit;
    }
    let start = day + at - offset(zone)?;
    Some(counted(start, start + unit))
}

/// Nothing or `Z` is UTC; otherwise `±hh:mm` or `±hhmm`.
fn offset(zone: &str) -> Option<i128> {
    if matches!(zone, "" | "Z" | "z") {
        return Some(0);
    }
    let (sign, rest) = zone.split_at_checked(1)?;
    let (hours, minutes) = rest.split_once(':').or_else(|| rest.split_at_checked(2))?;
    let (hours, minutes) = (digits(hours, 2)?, digits(minutes, 2)?);
    let nanos = i128::from(hours * 60 + minutes) * 60_000_000_000;
    (hours < 24 && minutes < 60).then_some(if sign == "-" { -nanos } else { nanos })
}

fn digits(text: &str, count: usize) -> Option<u32> {
    let fits = text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    fits.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> i64 {
        i64::try_from(text.parse::<Timestamp>().unwrap().as_nanosecond()).unwrap()
    }

    #[test]
    fn a_time_means_the_span_it_names() {
        let now = at("2026-03-18T10:15:30.5Z"); // a Wednesday
        let rows = [
            ("2026", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"),
            ("2026-02", "2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z"),
            ("2026-02-28", "2026-02-28T00:00:00Z", "2026-03-01T00:00:00Z"),
            ("2026-02-28T10", "2026-02-28T10:00:00Z", "2026-02-28T11:00:00Z"),
            ("2026-02-28T10:15", "2026-02-28T10:15:00Z", "2026-02-28T10:16:00Z"),
            ("2026-02-28 10:15:07", "2026-02-28T10:15:07Z", "2026-02-28T10:15:08Z"),
            ("2026-02-28T10:15:07.25Z", "2026-02-28T10:15:07.25Z", "2026-02-28T10:15:07.26Z"),
            ("2026-02-28T10:15:07+02:00", "2026-02-28T08:15:07Z", "2026-02-28T08:15:08Z"),
            ("2026-02-28T10:15-0130", "2026-02-28T11:45:00Z", "2026-02-28T11:46:00Z"),
            ("1700000000", "2023-11-14T22:13:20Z", "2023-11-14T22:13:21Z"),
            ("1700000000123", "2023-11-14T22:13:20.123Z", "2023-11-14T22:13:20.124Z"),
            ("now/d", "2026-03-18T00:00:00Z", "2026-03-19T00:00:00Z"),
            ("now-1h/h", "2026-03-18T09:00:00Z", "2026-03-18T10:00:00Z"),
            ("now/w", "2026-03-16T00:00:00Z", "2026-03-23T00:00:00Z"),
            ("now-1M/M", "2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z"),
            ("now-1d-1h/h", "2026-03-17T09:00:00Z", "2026-03-17T10:00:00Z"),
        ];
        for (text, start, end) in rows {
            assert_eq!(Time::parse(text).unwrap().between(now), (at(start), at(end)), "{text}");
        }
        let instant = Time::parse("now-90s").unwrap().between(now);
        assert_eq!(instant, (now - 90_000_000_000, now - 90_000_000_000 + 1));
    }

    #[test]
    fn what_is_no_time() {
        let texts = [
            "",
            "soon",
            "now-",
            "now-1",
            "now-1x",
            "now/",
            "now/dd",
            "now -1h",
            "2026-13",
            "2026-02-30",
            "202",
            "2026-2-1",
            "2026-02-01T",
            "2026-02-01T24",
            "2026-02-01T10:60",
            "2026-02-01T10:15.5",
            "2026-02T10",
            "2026-02-01T10:15:07+2",
            "12345678901",
            "2026-02-01-01",
            "now--1h",
            "2026-02-01T10:15:07.0123456789",
        ];
        for text in texts {
            assert_eq!(Time::parse(text), None, "{text}");
        }
    }

    #[test]
    fn far_away_is_the_end_of_counting() {
        let far = |text| Time::parse(text).unwrap().between(0);
        assert_eq!(far("now-9999y").0, i64::MIN);
        assert_eq!(far("now+999999999999d").1, i64::MAX);
        let (first, last) = ((i64::MIN, i64::MIN + 1), (i64::MAX - 1, i64::MAX));
        let rows = [
            ("0001", first),
            ("1600-01-01", first),
            ("1500-01-01T23:59+23:00", first),
            ("1677", (i64::MIN, at("1678-01-01T00:00:00Z"))),
            ("2262", (at("2262-01-01T00:00:00Z"), i64::MAX)),
            ("2500-06", last),
            ("9999", last),
            ("9999-12-31T23:59:59Z", last),
            ("9999999999", last),
            ("9999999999999999999", last),
        ];
        for (text, expected) in rows {
            assert_eq!(far(text), expected, "{text}");
        }
        assert_eq!(of_value("9999-12-31"), Some(i64::MAX - 1), "within the range that is open on both sides");
    }
}
