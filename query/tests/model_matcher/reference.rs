//! What a query means, as plainly as it can be said: over decoded JSON, with no thought for speed.

use std::{cell::RefCell, cmp::Ordering, collections::HashMap, net::IpAddr};

use sawlog_query::{
    Expr, Kind,
    expression::{Ask, Atom, Bound, Regex, Test},
    field::{Field, Place},
    literal::time::Time,
    text::{fold::to_folded, for_each_token, parts},
};
use serde_json::Value;

use crate::world::{NOW, kind_of};

pub(crate) fn holds(expr: &Expr, record: &Value) -> bool {
    match expr {
        Expr::All => true,
        Expr::Not(inner) => !holds(inner, record),
        Expr::And(parts) => parts.iter().all(|part| holds(part, record)),
        Expr::Or(parts) => parts.iter().any(|part| holds(part, record)),
        Expr::Test(test) => test_holds(test, record),
    }
}

fn test_holds(Test { field, ask }: &Test, record: &Value) -> bool {
    let bare = |place: &str| field.name().strip_prefix(place).map(Field::new);
    let declared = bare("attributes.").or_else(|| bare("resource.")).unwrap_or_else(|| field.clone());
    let is_text = kind_of(&declared) == Kind::Text;
    match field.place() {
        Place::Message => leaves(record.get("message")).iter().any(|leaf| said_holds(ask, leaf)),
        Place::Level => level_holds(ask, record["level"].as_u64().unwrap()),
        Place::Trace => id_holds(ask, record, "trace_id", ["trace_id", "traceId"]),
        Place::Span => id_holds(ask, record, "span_id", ["span_id", "span.id"]),
        Place::Time => {
            let times = ["time", "observed"].map(|name| record[name].as_i64().unwrap());
            time_holds(ask, times.into_iter().find(|&time| time != 0))
        }
        Place::Observed => time_holds(ask, record["observed"].as_i64().filter(|&time| time != 0)),
        _ => {
            let is_said = is_text && !matches!(ask, Ask::Range { .. });
            let holds = |leaf| if is_said { said_holds(ask, leaf) } else { value_holds(ask, leaf) };
            leaves(find(field, record)).iter().any(holds)
        }
    }
}

fn find<'a>(field: &Field, record: &'a Value) -> Option<&'a Value> {
    let (attributes, resource, name) = (&record["attributes"], &record["resource"], field.name());
    let anywhere = || dotted(attributes, name).or_else(|| dotted(resource, name));
    if let Some(rest) = name.strip_prefix("attributes.") {
        return dotted(attributes, rest).or_else(anywhere);
    }
    if let Some(rest) = name.strip_prefix("resource.") {
        return dotted(resource, rest).or_else(anywhere);
    }
    match field.place() {
        Place::Resource(long) => {
            resource.get(long).or_else(|| dotted(attributes, long)).or_else(|| dotted(attributes, name))
        }
        _ => anywhere(),
    }
}

/// The record's own id, or the attribute that has its place; in either case, and ordered as text.
fn id_holds(ask: &Ask, record: &Value, own: &str, names: [&str; 2]) -> bool {
    let kept = names.iter().find_map(|name| dotted(&record["attributes"], name));
    let id = record.get(own).filter(|id| id.as_str() != Some("")).or(kept);
    let small = |value: Value| value.as_str().map_or(value.clone(), |text| text.to_lowercase().into());
    leaves(id).into_iter().map(small).any(|leaf| match ask {
        Ask::Word(text) | Ask::Phrase(text) => value_holds(&Ask::Word(text.to_lowercase()), &leaf),
        Ask::Like(pattern) => {
            let pattern = pattern.replaced(char::to_lowercase);
            value_holds(&Ask::Like(pattern), &leaf)
        }
        Ask::Regex(regex) => {
            let regex = Regex::new(&format!("(?i){}", regex.text())).unwrap();
            value_holds(&Ask::Regex(regex), &leaf)
        }
        Ask::Present => true,
        Ask::Range { low, high } => {
            let shown = shown(&leaf).unwrap();
            let compare = |end: &Bound| Some(shown.cmp(&end.value.to_lowercase()));
            low.as_ref().is_none_or(|low| is_beyond(compare(low), Ordering::Greater, low.inclusive))
                && high.as_ref().is_none_or(|high| is_beyond(compare(high), Ordering::Less, high.inclusive))
        }
    })
}

/// What is asked of a message, or of a field that is searched like one.
fn said_holds(ask: &Ask, leaf: &Value) -> bool {
    matches!(ask, Ask::Present) || shown(leaf).is_some_and(|text| text_holds(ask, &text))
}

fn dotted<'a>(map: &'a Value, name: &str) -> Option<&'a Value> {
    let inside =
        |(dot, _): (usize, &str)| map.get(&name[..dot]).and_then(|inner| dotted(inner, &name[dot + 1..]));
    map.get(name).or_else(|| name.match_indices('.').find_map(inside))
}

/// What is there, of several values each.
pub(crate) fn leaves(value: Option<&Value>) -> Vec<Value> {
    match value {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(items)) => items.iter().flat_map(|item| leaves(Some(item))).collect(),
        Some(value) => vec![value.clone()],
    }
}

fn text_holds(ask: &Ask, message: &str) -> bool {
    let mut tokens = Vec::new();
    for_each_token(message, &mut String::new(), |token| tokens.push(token.to_owned()));
    let folded_parts = |text: &str| parts(text).map(to_folded).collect::<Vec<_>>();
    let in_a_row = |text: &str| {
        let wanted = folded_parts(text);
        folded_parts(message).windows(wanted.len().max(1)).any(|window| window == wanted)
    };
    match ask {
        Ask::Present => true,
        Ask::Word(text) | Ask::Phrase(text) if text.is_empty() => message.is_empty(),
        Ask::Word(text) | Ask::Phrase(text) if folded_parts(text).is_empty() => message.contains(text),
        Ask::Phrase(text) => in_a_row(text),
        // No token has one of these signs in it, and rows of ideographs are no tokens that anybody would look for.
        Ask::Word(text) if text.contains(|c| "=:, ".contains(c) || ('\u{4e00}'..'\u{a000}').contains(&c)) => {
            in_a_row(text)
        }
        Ask::Word(text) => tokens.contains(&to_folded(text.trim_matches(|c: char| c.is_ascii_punctuation()))),
        Ask::Like(pattern) => {
            let pattern =
                pattern.replaced(|c| to_folded(&c.to_string()).chars().collect::<Vec<_>>().into_iter());
            let mut atoms = pattern.atoms();
            let is_sign = |atom: &Atom| matches!(atom, Atom::Char(c) if c.is_ascii_punctuation());
            while let [first, rest @ ..] = atoms
                && is_sign(first)
            {
                atoms = rest;
            }
            while let [rest @ .., last] = atoms
                && is_sign(last)
            {
                atoms = rest;
            }
            // The parser refuses nothing but signs in the message, and cannot know what a schema says.
            let is_signs =
                !atoms.iter().any(|atom| matches!(atom, Atom::Char(_))) && pattern.chars().next().is_some();
            !is_signs && tokens.iter().any(|token| like(atoms, &token.chars().collect::<Vec<_>>()))
        }
        Ask::Regex(regex) => found(regex.text(), message),
        Ask::Range { .. } => unreachable!("the parser refuses ranges of the message"),
    }
}

fn found(regex: &str, text: &str) -> bool {
    // Building one takes longer than everything else here.
    thread_local!(static BUILT: RefCell<HashMap<String, regex::Regex>> = RefCell::default());
    BUILT.with_borrow_mut(|built| {
        let build = || regex::Regex::new(regex).unwrap();
        built.entry(regex.to_owned()).or_insert_with(build).is_match(text)
    })
}

fn like(atoms: &[Atom], text: &[char]) -> bool {
    match (atoms, text) {
        ([], []) => true,
        ([Atom::Many, rest @ ..], _) => (0..=text.len()).any(|skipped| like(rest, &text[skipped..])),
        ([Atom::One, rest @ ..], [_, behind @ ..]) => like(rest, behind),
        ([Atom::Char(wanted), rest @ ..], [c, behind @ ..]) => wanted == c && like(rest, behind),
        _ => false,
    }
}

/// A value as it is written.
pub(crate) fn shown(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => {
            Some(number.as_i64().map_or_else(|| number.as_f64().unwrap().to_string(), |n| n.to_string()))
        }
        Value::Bool(bit) => Some(bit.to_string()),
        _ => None,
    }
}

fn value_holds(ask: &Ask, value: &Value) -> bool {
    let shown = shown(value);
    let fits = |regex: &str, text: &str| found(&format!(r"\A(?:{regex})\z"), text);
    match (ask, shown) {
        (Ask::Present, _) => true,
        (_, None) => false,
        (Ask::Word(text) | Ask::Phrase(text), Some(shown)) => match value {
            Value::Number(number) => amount(text).is_some_and(|wanted| number.as_f64() == Some(wanted)),
            Value::Bool(_) => shown == *text,
            _ => shown == *text || is_within(&shown, text),
        },
        (Ask::Like(pattern), Some(shown)) => like(pattern.atoms(), &shown.chars().collect::<Vec<_>>()),
        (Ask::Regex(regex), Some(shown)) => fits(regex.text(), &shown),
        (Ask::Range { low, high }, Some(shown)) => {
            let ends: Vec<&Bound> = [low, high].into_iter().flatten().collect();
            let all = |is: &dyn Fn(&str) -> bool| ends.iter().all(|end| is(&end.value));
            let compare = |end: &str| -> Option<Ordering> {
                if all(&|end| end.parse::<f64>().is_ok()) {
                    shown.parse::<f64>().ok()?.partial_cmp(&end.parse().ok()?)
                } else if all(&|end| amount(end).is_some()) {
                    amount(&shown)?.partial_cmp(&amount(end)?)
                } else if all(&|end| end.parse::<IpAddr>().is_ok()) {
                    shown.parse::<IpAddr>().ok()?.partial_cmp(&end.parse::<IpAddr>().ok()?)
                } else {
                    value.as_str()?.partial_cmp(end)
                }
            };
            let above = low
                .as_ref()
                .is_none_or(|low| is_beyond(compare(&low.value), Ordering::Greater, low.inclusive));
            above
                && high
                    .as_ref()
                    .is_none_or(|high| is_beyond(compare(&high.value), Ordering::Less, high.inclusive))
        }
    }
}

fn is_beyond(found: Option<Ordering>, side: Ordering, inclusive: bool) -> bool {
    found == Some(side) || (inclusive && found == Some(Ordering::Equal))
}

/// A number, or milliseconds; the world writes durations in `ms` and `s` only, and names no unit in a field.
fn amount(text: &str) -> Option<f64> {
    if let Ok(number) = text.parse() {
        return Some(number);
    }
    let (number, factor) =
        text.strip_suffix("ms").map_or_else(|| (text.strip_suffix('s'), 1000.0), |ms| (Some(ms), 1.0));
    number?.parse::<f64>().ok().map(|number| number * factor)
}

pub(crate) fn is_within(address: &str, network: &str) -> bool {
    let bits = |text: &str| text.split('.').map(|byte| byte.parse::<u8>().ok()).collect::<Option<Vec<u8>>>();
    let binary = |bytes: Vec<u8>| bytes.iter().map(|byte| format!("{byte:08b}")).collect::<Vec<_>>().concat();
    let Some((base, length)) = network.split_once('/') else { return false };
    let (Some(base), Some(address), Ok(length)) = (bits(base), bits(address), length.parse::<usize>()) else {
        return false;
    };
    base.len() == 4
        && address.len() == 4
        && length <= 32
        && binary(base)[..length] == binary(address)[..length]
}

fn level_holds(ask: &Ask, number: u64) -> bool {
    const NAMES: [&str; 6] = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];
    // A name means the four numbers of its level, a number itself.
    let numbers = |text: &str| {
        text.parse().map_or_else(
            |_| {
                let rank = NAMES.iter().position(|known| known.eq_ignore_ascii_case(text)).unwrap();
                let rank = u64::try_from(rank).unwrap();
                (4 * rank + 1, 4 * rank + 4)
            },
            |number| (number, number),
        )
    };
    match ask {
        Ask::Present => number > 0,
        Ask::Word(text) => numbers(text).0 <= number && number <= numbers(text).1,
        Ask::Range { low, high } => {
            let above = |low: &Bound| {
                let (first, last) = numbers(&low.value);
                if low.inclusive { number >= first } else { number > last }
            };
            let below = |high: &Bound| {
                let (first, last) = numbers(&high.value);
                if high.inclusive { number <= last } else { number < first }
            };
            number > 0 && low.as_ref().is_none_or(above) && high.as_ref().is_none_or(below)
        }
        _ => unreachable!("the world asks nothing else of levels"),
    }
}

fn time_holds(ask: &Ask, time: Option<i64>) -> bool {
    let Some(time) = time else { return false };
    let span = |text: &str| Time::parse(text).unwrap().between(NOW);
    match ask {
        Ask::Present => true,
        Ask::Word(text) | Ask::Phrase(text) => span(text).0 <= time && time < span(text).1,
        Ask::Range { low, high } => {
            let above = |low: &Bound| {
                if low.inclusive { time >= span(&low.value).0 } else { time >= span(&low.value).1 }
            };
            let below = |high: &Bound| {
                if high.inclusive { time < span(&high.value).1 } else { time < span(&high.value).0 }
            };
            low.as_ref().is_none_or(above) && high.as_ref().is_none_or(below)
        }
        _ => unreachable!("the world asks nothing else of times"),
    }
}
