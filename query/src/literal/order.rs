//! Whether one time lies behind another whatever the time is now, so that a range from it to the other is a slip.
//!
//! Months and years differ in length, and rounding loses up to a unit. What is certain for every now is refused;
//! what is not, such as `[now/d TO now-1h]` (the last hour of yesterday reaches into today for an hour a day),
//! is left to the matcher. Of times that mix months and shorter steps not all that is certain is seen.

use super::time::{Step, Time};

const DAY: i128 = 86_400_000_000_000;

/// Whether the first begins when the second is over, or later; whatever the time is now.
pub fn is_behind(one: &Time, other: &Time) -> bool {
    match (one, other) {
        (Time::Fixed((start, _)), Time::Fixed((_, end))) => start >= end,
        (Time::Relative { steps: ours, round: our_round }, Time::Relative { steps, round }) => {
            by_calendar(ours, *our_round, steps, *round)
                .unwrap_or_else(|| by_length(ours, *our_round, steps, *round))
        }
        (Time::Fixed(_), Time::Relative { .. }) | (Time::Relative { .. }, Time::Fixed(_)) => false,
    }
}

/// Exact, where whole months are counted and nothing else: then only the month of now matters.
fn by_calendar(
    ours: &[(i64, Step)],
    our_round: Option<Step>,
    theirs: &[(i64, Step)],
    round: Option<Step>,
) -> Option<bool> {
    let months = |step: Step| match step {
        Step::Month => Some(1),
        Step::Year => Some(12),
        _ => None,
    };
    let sum = |steps: &[(i64, Step)]| {
        let counted = steps.iter().map(|&(count, step)| Some(i128::from(count) * months(step)?));
        counted.sum::<Option<i128>>()
    };
    let (our_steps, their_steps) = (sum(ours)?, sum(theirs)?);
    let (our_unit, unit) = (months(our_round?)?, months(round?)?);
    let start = |months: i128, unit: i128| months.div_euclid(unit) * unit;
    Some((0..12).all(|now| start(now + our_steps, our_unit) >= start(now + their_steps, unit) + unit))
}

/// By the shortest way from the second to the first, which has to be as long as the longer of the units that
/// they are rounded to: each unit begins where one of every shorter unit begins, weeks in months aside.
fn by_length(
    ours: &[(i64, Step)],
    our_round: Option<Step>,
    theirs: &[(i64, Step)],
    round: Option<Step>,
) -> bool {
    let longest = |round: Option<Step>| round.map_or(1, |step| lengths(step).1);
    let is_apart = |week: Option<Step>, other: Option<Step>| {
        week == Some(Step::Week) && matches!(other, Some(Step::Month | Step::Year))
    };
    let needed = if is_apart(our_round, round) || is_apart(round, our_round) {
        longest(our_round) + longest(round)
    } else {
        longest(our_round).max(longest(round))
    };
    reach(ours).0.saturating_sub(reach(theirs).1) >= needed
}

/// How far the steps lead, at least and at most.
fn reach(steps: &[(i64, Step)]) -> (i128, i128) {
    let mut all = (0_i128, 0_i128);
    for &(count, step) in steps {
        let (shortest, longest) = lengths(step);
        let count = i128::from(count);
        let (one, other) = (count.saturating_mul(shortest), count.saturating_mul(longest));
        all = (all.0.saturating_add(one.min(other)), all.1.saturating_add(one.max(other)));
    }
    all
}

/// In nanoseconds, the shortest and the longest of its kind.
fn lengths(step: Step) -> (i128, i128) {
    let always = |length| (length, length);
    match step {
        Step::Second => always(DAY / 86_400),
        Step::Minute => always(DAY / 1440),
        Step::Hour => always(DAY / 24),
        Step::Day => always(DAY),
        Step::Week => always(7 * DAY),
        Step::Month => (28 * DAY, 31 * DAY),
        Step::Year => (365 * DAY, 366 * DAY),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_reversed(low: &str, high: &str) -> bool {
        is_behind(&Time::parse(low).unwrap(), &Time::parse(high).unwrap())
    }

    #[test]
    fn what_is_certain_is_seen_and_nothing_else() {
        let rows = [
            ("2026-03-02", "2026-03-01", true),
            ("2026-03-02", "2026-03", false),
            ("2026-03-02", "2026-03-02", false),
            ("2026-03-02T00:00:00Z", "2026-03-02T00:00:00+01:00", true),
            ("now", "now-1h", true),
            ("now-1h", "now", false),
            ("now", "now", false),
            ("now", "now/d", false),
            ("now/d", "now-1h", false),
            ("now/d", "now-1d/d", true),
            ("now/d", "now-1d", true),
            ("now-1d/d", "now/d", false),
            ("now/M", "now-1M/M", true),
            ("now/y", "now-1y/y", true),
            ("now/M", "now-1y/y", true),
            ("now-1M/M", "now-1y/y", false),
            ("now/M", "now-12M/M", true),
            ("now/y", "now-1M/M", false),
            ("now-1M", "now-29d", false),
            ("now-1M", "now-32d", true),
            ("now/w", "now-1w/w", true),
            ("now/w", "now-1M/M", false),
            ("now", "2020", false),
            ("2030", "now", false),
        ];
        for (low, high, expected) in rows {
            assert_eq!(is_reversed(low, high), expected, "[{low} TO {high}]");
        }
    }

    /// Against a look at many nows: whatever is refused is empty at each of them.
    #[test]
    fn what_is_refused_is_never_a_span() {
        const HOURS: i64 = 3_600_000_000_000;
        let steps = ["", "-1h", "-25h", "-1d", "-7d", "-1w", "-1M", "-2M", "-1y", "-1M-1d", "-1y+1M", "-30d"];
        let rounds = ["", "/h", "/d", "/w", "/M", "/y"];
        let texts: Vec<String> = steps
            .iter()
            .flat_map(|step| rounds.iter().map(move |round| format!("now{step}{round}")))
            .collect();
        let times: Vec<Time> = texts.iter().map(|text| Time::parse(text).unwrap()).collect();
        // 2023 to 2027 at all hours of the day, each second time a nanosecond before the hour.
        let first = 1_672_531_200_000_000_000_i64;
        let nows: Vec<i64> = (0..1100).map(|at| first + at * 37 * HOURS - at % 2).collect();
        let spans: Vec<Vec<(i64, i64)>> =
            times.iter().map(|time| nows.iter().map(|&now| time.between(now)).collect()).collect();
        let (mut refused, mut missed) = (0, 0);
        for (low, from) in times.iter().zip(&spans) {
            for (high, to) in times.iter().zip(&spans) {
                let is_empty = from.iter().zip(to).all(|(from, to)| from.0 >= to.1);
                let is_refused = is_behind(low, high);
                assert!(is_empty || !is_refused, "{low:?} {high:?}");
                refused += u32::from(is_refused);
                missed += u32::from(is_empty && !is_refused);
            }
        }
        println!("{refused} refused, {missed} more seem empty");
        assert!(refused > 1000 && missed * 5 < refused, "{refused} {missed}");
    }
}
