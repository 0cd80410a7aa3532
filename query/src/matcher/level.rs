//! Levels as sets of OpenTelemetry's numbers: bit 9 is INFO, bit 0 is "nobody said".

use sawlog_record::Severity;

use super::automaton::Automaton;
use crate::expression::{Ask, Bound, Pattern};

/// The first number of each level, with its name.
const LEVELS: [(u8, &str); 6] =
    [(1, "TRACE"), (5, "DEBUG"), (9, "INFO"), (13, "WARN"), (17, "ERROR"), (21, "FATAL")];
const HIGHEST: u8 = 24;
const SAID: u32 = ((1 << (HIGHEST + 1)) - 1) & !1;

/// First and last number of what is written: a level in any spelling, a number, or nothing.
pub fn parse(text: &str) -> Option<(u8, u8)> {
    if text.is_empty() {
        return Some((0, 0));
    }
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text
            .parse()
            .ok()
            .filter(|number| (1..=HIGHEST).contains(number))
            .map(|number| (number, number));
    }
    let name = Severity::from_word(text)?.name();
    LEVELS.iter().find(|(_, known)| *known == name).map(|&(first, _)| (first, first + 3))
}

/// Whether the first of two levels is above the second; a number is one of its level's.
pub(crate) fn is_above(one: &str, other: &str) -> bool {
    parse(one).zip(parse(other)).is_some_and(|((first, _), (_, last))| first > last)
}

/// The numbers that an ask fits; all that were said, where a regex cannot be built.
pub(crate) fn set(ask: &Ask) -> u32 {
    match ask {
        Ask::Present => SAID,
        Ask::Word(text) | Ask::Phrase(text) => exactly(text),
        Ask::Like(pattern) => like(pattern),
        Ask::Regex(regex) => Automaton::whole(regex).map_or(SAID, |regex| named(|name| regex.is_match(name))),
        Ask::Range { low, high } => range(low.as_ref(), high.as_ref()),
    }
}

/// The numbers of a level.
fn exactly(text: &str) -> u32 {
    parse(text).map_or(0, |(first, last)| between(first, last))
}

/// The numbers of the levels whose names fit.
fn named(fits: impl Fn(&str) -> bool) -> u32 {
    let fitting = LEVELS.iter().filter(|(_, name)| fits(name));
    fitting.fold(0, |set, &(first, _)| set | between(first, first + 3))
}

/// A pattern fits a name in any case.
fn like(pattern: &Pattern) -> u32 {
    let upper = pattern.replaced(char::to_uppercase);
    named(|name| upper.matches(name.chars()))
}

/// The numbers between two bounds; never "nobody said".
fn range(low: Option<&Bound>, high: Option<&Bound>) -> u32 {
    let end = |bound: &Bound| parse(&bound.value).unwrap_or((0, 0));
    let first = low.map_or(1, |low| if low.inclusive { end(low).0 } else { end(low).1 + 1 });
    let last =
        high.map_or(HIGHEST, |high| if high.inclusive { end(high).1 } else { end(high).0.saturating_sub(1) });
    between(first, last) & SAID
}

fn between(first: u8, last: u8) -> u32 {
    (first..=last.min(HIGHEST)).fold(0, |set, number| set | 1 << number)
}
