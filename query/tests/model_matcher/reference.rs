//! What a query means, as plainly as it can be said: over decoded JSON, with no thought for speed.

use std::{cell::RefCell, cmp::Ordering, collections::HashMap, net::IpAddr};

use sawlog_query::{
    Expr,
    expression::{Ask, Atom, Bound, Test},
    field::{Field, Place},
    literal::time::Time,
    text::{fold::to_folded, for_each_token, parts},
};
use serde_json::Value;

use crate::world::NOW;

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
    match field.place() {
        Place::Message => record["message"].as_str().is_some_and(|message| text_holds(ask, message)),
        Place::Level => level_holds(ask, record["level"].as_u64().unwrap()),
        Place::Trace => {
            let (Ask::Word(wanted), attributes) = (ask, &record["attributes"]) else {
                unreachable!("the world asks nothing else of ids")
            };
            let names = ["trace_id", "traceId"];
            let kept = names.iter().find_map(|name| attributes[name].as_str()).unwrap_or_default();
            let id = record["trace_id"].as_str().filter(|id| !id.is_empty()).unwrap_or(kept);
            id.to_lowercase() == wanted.to_lowercase()
        }
        Place::Time => time_holds(ask, record["time"].as_i64().unwrap()),
        _ => leaves(find(field, record)).iter().any(|leaf| value_holds(field, ask, leaf)),
    }
}

fn find<'a>(field: &Field, record: &'a Value) -> Option<&'a Value> {
    let (attributes, resource) = (&record["attributes"], &record["resource"]);
    match field.place() {
        Place::Resource(long) => resource
            .get(long)
            .or_else(|| dotted(attributes, long))
            .or_else(|| dotted(attributes, field.name())),
        _ => dotted(attributes, field.name()).or_else(|| dotted(resource, field.name())),
    }
}

fn dotted<'a>(map: &'a Value, name: &str) -> Option<&'a Value> {
    let inside =
        |(dot, _): (usize, &str)| map.get(&name[..dot]).and_then(|inner| dotted(inner, &name[dot + 1..]));
    map.get(name).or_else(|| name.match_indices('.').find_map(inside))
}

fn leaves(value: Option<&Value>) -> Vec<Value> {
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
        // No token has a `=` in it, and rows of ideographs are no tokens that anybody would look for.
        Ask::Word(text) if text.contains(|c| c == '=' || ('\u{4e00}'..'\u{a000}').contains(&c)) => {
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
            tokens.iter().any(|token| like(atoms, &token.chars().collect::<Vec<_>>()))
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

fn value_holds(field: &Field, ask: &Ask, value: &Value) -> bool {
    let shown = match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => {
            Some(number.as_i64().map_or_else(|| number.as_f64().unwrap().to_string(), |n| n.to_string()))
        }
        Value::Bool(bit) => Some(bit.to_string()),
        _ => None,
    };
    let fits = |regex: &str, text: &str| found(&format!(r"\A(?:{regex})\z"), text);
    match (ask, shown) {
        (Ask::Present, _) => true,
        (_, None) => false,
        (Ask::Word(text) | Ask::Phrase(text), Some(shown)) => match value {
            Value::Number(number) => {
                amount(field, text).is_some_and(|wanted| number.as_f64() == Some(wanted))
            }
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
                } else if all(&|end| amount(field, end).is_some()) {
                    amount(field, &shown)?.partial_cmp(&amount(field, end)?)
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

/// A number, or milliseconds; the world writes durations in `ms` and `s` only, and into `took` only.
fn amount(field: &Field, text: &str) -> Option<f64> {
    if let Ok(number) = text.parse() {
        return Some(number);
    }
    let (number, factor) =
        text.strip_suffix("ms").map_or_else(|| (text.strip_suffix('s'), 1000.0), |ms| (Some(ms), 1.0));
    let is_duration = field.name() == "took";
    number?.parse::<f64>().ok().filter(|_| is_duration).map(|number| number * factor)
}

fn is_within(address: &str, network: &str) -> bool {
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
    let rank = |number: u64| number.div_ceil(4);
    let wanted = |name: &str| {
        1 + u64::try_from(NAMES.iter().position(|known| known.eq_ignore_ascii_case(name)).unwrap()).unwrap()
    };
    match ask {
        Ask::Present => number > 0,
        Ask::Word(name) => rank(number) == wanted(name),
        Ask::Range { low, high } => {
            let above = low.as_ref().is_none_or(|low| {
                is_beyond(rank(number).partial_cmp(&wanted(&low.value)), Ordering::Greater, low.inclusive)
            });
            let below = high.as_ref().is_none_or(|high| {
                is_beyond(rank(number).partial_cmp(&wanted(&high.value)), Ordering::Less, high.inclusive)
            });
            number > 0 && above && below
        }
        _ => unreachable!("the world asks nothing else of levels"),
    }
}

fn time_holds(ask: &Ask, time: i64) -> bool {
    let span = |bound: &Bound| Time::parse(&bound.value).unwrap().between(NOW);
    match ask {
        Ask::Range { low, high } => {
            let above = low
                .as_ref()
                .is_none_or(|low| if low.inclusive { time >= span(low).0 } else { time >= span(low).1 });
            above
                && high
                    .as_ref()
                    .is_none_or(|high| if high.inclusive { time < span(high).1 } else { time < span(high).0 })
        }
        _ => unreachable!("the world asks nothing else of times"),
    }
}
