//! Random records and queries; most conditions are made from the record that they are asked of.

use sawlog_query::{
    Expr, Field,
    expression::{Ask, Atom, Bound, Pattern, Regex},
    text::{for_each_token, parts},
};
use sawlog_record::{Record, Resource, Severity, TraceId, Value as Owned};
use serde_json::{Value, json};

use crate::chance::Chance;

/// 2026-03-18T10:15:30Z
pub(crate) const NOW: i64 = 1_773_828_930_000_000_000;

const WORDS: [&str; 28] = [
    "gateway",
    "timeout",
    "Gateway",
    "TIMEOUT",
    "task_12",
    "connection",
    "reset",
    "10.0.0.1",
    "10.0.0.1/24",
    "/var/log/app.log",
    "ops@mail.example.com",
    "ÜBER",
    "straße",
    "STRASSE",
    "连接超时",
    "deadbeef01",
    "550e8400-e29b-41d4-a716-446655440000",
    "1699999999.123",
    "user=bob",
    "--",
    "a",
    "a.b.a",
    "time",
    "time-out",
    "x_550E8400-E29B-41D4-A716-446655440000.",
    "and",
    // Nearly the same, and longer than what is looked for at once.
    "0123456789abcdef0123456789abcdef01234567",
    "0123456789abcdef0123456789abcdef01234568",
];
const BETWEEN: [&str; 8] = [" ", " ", " ", ": ", ", ", "=", " - ", "/"];
const LEVELS: [(&str, Severity); 5] = [
    ("DEBUG", Severity::DEBUG),
    ("INFO", Severity::INFO),
    ("WARN", Severity::WARN),
    ("ERROR", Severity::ERROR),
    ("", Severity::UNSPECIFIED),
];
const REGEXES: [&str; 12] = [
    "time",
    "^[Gg]ate",
    "t.m",
    r"\d+",
    "(?i)TIMEOUT",
    r"[a-f]+\d",
    r"\bout$",
    "a|ab",
    "连.超",
    r"\w+@\w+",
    "/var/",
    ".*",
];
const IDS: [&str; 2] = ["", "5b8efff798038103d269b633813fc60c"];
const TEXTS: [&str; 12] = [
    "GET",
    "Get",
    "a:b",
    "a b",
    "",
    "x*y",
    "\"q\"",
    "750ms",
    "1.5s",
    "10.1.2.3",
    "192.168.0.9",
    "naïve/path",
];

pub(crate) fn record(chance: &mut Chance) -> Value {
    let mut message = String::new();
    for at in 0..chance.below(8) {
        if at > 0 {
            message.push_str(chance.of(&BETWEEN));
        }
        message.push_str(chance.of(&WORDS));
    }
    let mut attributes = json!({});
    let number = |chance: &mut Chance| i64::try_from(chance.below(1200)).unwrap() - 100;
    for name in ["status", "took", "path", "ok", "ip", "tags", "http", "ratio", "http.status", "host"] {
        if chance.percent(45) {
            continue;
        }
        attributes[name] = match name {
            "took" if chance.percent(50) => json!(format!("{}ms", number(chance))),
            "took" | "status" | "http.status" => json!(number(chance)),
            "ok" => json!(chance.percent(50)),
            "ratio" => json!(f64::from(u32::try_from(chance.below(64)).unwrap()) / 8.0),
            "tags" => json!([chance.of(&TEXTS), number(chance), chance.of(&TEXTS)]),
            "http" => json!({ "status": number(chance), "method": chance.of(&TEXTS), "none": null }),
            _ => json!(chance.of(&TEXTS)),
        };
    }
    let mut resource =
        json!({ "service.name": chance.of(&["payments", "checkout"]), "k8s.namespace.name": "shop" });
    if chance.percent(30) {
        resource["host.name"] = json!(chance.of(&TEXTS));
    }
    let id = chance.of(&IDS);
    if chance.percent(30) {
        attributes[chance.of(&["trace_id", "traceId"])] = json!(chance.of(&["REQ-77ab", "req-1"]));
    }
    let seconds = i64::try_from(chance.below(200_000)).unwrap();
    let level = LEVELS[chance.below(LEVELS.len())].1.number();
    json!({ "time": NOW - seconds * 1_000_000_000 - 1, "level": level, "trace_id": id, "message": message, "attributes": attributes, "resource": resource })
}

pub(crate) fn owned(record: &Value) -> Record {
    let level = record["level"].as_u64().unwrap();
    let severity = LEVELS.iter().find(|(_, severity)| u64::from(severity.number()) == level).unwrap().1;
    let pairs = |map: &Value| match value(map) {
        Owned::Map(pairs) => pairs,
        _ => Vec::new(),
    };
    Record {
        time_ns: record["time"].as_u64().unwrap(),
        severity,
        trace_id: TraceId::from_hex(record["trace_id"].as_str().unwrap()),
        body: value(&record["message"]),
        attributes: pairs(&record["attributes"]),
        resource: Resource { attributes: pairs(&record["resource"]) }.into(),
        ..Record::default()
    }
}

fn value(json: &Value) -> Owned {
    match json {
        Value::Null => Owned::Empty,
        Value::Bool(bit) => Owned::Bool(*bit),
        Value::Number(number) => {
            number.as_i64().map_or_else(|| Owned::Double(number.as_f64().unwrap()), Owned::Int)
        }
        Value::String(text) => Owned::Str(text.clone()),
        Value::Array(items) => Owned::List(items.iter().map(value).collect()),
        Value::Object(map) => {
            Owned::Map(map.iter().map(|(key, inner)| (key.clone(), value(inner))).collect())
        }
    }
}

pub(crate) fn query(chance: &mut Chance, record: &Value) -> Expr {
    tree(chance, record, 3)
}

fn tree(chance: &mut Chance, record: &Value, depth: usize) -> Expr {
    if depth == 0 || chance.percent(45) {
        return condition(chance, record);
    }
    if chance.percent(15) {
        return tree(chance, record, depth - 1).negated();
    }
    let count = if chance.percent(3) { 0 } else { 2 + chance.below(2) };
    let parts = (0..count).map(|_| tree(chance, record, depth - 1)).collect();
    if chance.percent(50) { Expr::And(parts) } else { Expr::Or(parts) }
}

fn condition(chance: &mut Chance, record: &Value) -> Expr {
    match chance.below(11) {
        0..=4 => Expr::test(Field::message(), of_message(chance, record["message"].as_str().unwrap())),
        5 => Expr::test(Field::new("level"), of_level(chance)),
        6 => {
            let ends = ["now-1h", "now-1d/d", "now/h", "2026-03-17", "now-12h", "2026-03-18T03:00"];
            let bound = |chance: &mut Chance| Bound {
                value: chance.of(&ends).to_owned(),
                inclusive: chance.percent(50),
            };
            Expr::test(Field::new("@timestamp"), range(chance, bound))
        }
        10 => {
            let ids =
                ["5B8EFFF798038103D269B633813FC60C", "req-77AB", "REQ-1", "5b8efff798038103d269b633813fc60c"];
            Expr::test(Field::new("trace_id"), Ask::Word(chance.of(&ids).to_owned()))
        }
        7 => Expr::test(Field::new("service"), Ask::Word(chance.of(&["payments", "checkout"]).to_owned())),
        _ => of_field(chance, record),
    }
}

fn range(chance: &mut Chance, mut bound: impl FnMut(&mut Chance) -> Bound) -> Ask {
    let first = Some(bound(chance));
    match chance.below(3) {
        0 => Ask::Range { low: first, high: None },
        1 => Ask::Range { low: None, high: first },
        _ => {
            let mut ends = [first, Some(bound(chance))];
            let number = |end: &Option<Bound>| end.as_ref().and_then(|end| end.value.parse::<f64>().ok());
            if number(&ends[0]).zip(number(&ends[1])).is_some_and(|(low, high)| low > high) {
                ends.swap(0, 1);
            }
            let [low, high] = ends;
            Ask::Range { low, high }
        }
    }
}

fn of_level(chance: &mut Chance) -> Ask {
    let name = |chance: &mut Chance| chance.of(&["DEBUG", "INFO", "WARN", "ERROR", "error"]).to_owned();
    match chance.below(3) {
        0 => Ask::Word(name(chance)),
        1 => Ask::Present,
        _ => range(chance, |chance| Bound { value: name(chance), inclusive: chance.percent(50) }),
    }
}

fn of_message(chance: &mut Chance, message: &str) -> Ask {
    let mut tokens = Vec::new();
    for_each_token(message, &mut String::new(), |token| tokens.push(token.to_owned()));
    let is_true = chance.percent(65) && !tokens.is_empty();
    let token =
        if is_true { tokens[chance.below(tokens.len())].clone() } else { chance.of(&WORDS).to_owned() };
    let mut chars: Vec<char> = token.chars().collect();
    if chars.len() > 36 && chance.percent(50) {
        let last = chars.len() - 1;
        chars[last] = '8';
    }
    match chance.below(6) {
        0 | 1 => Ask::Word(token),
        2 => {
            let all: Vec<&str> = parts(message).collect();
            let from = chance.below(all.len().max(1));
            let to = (from + 1 + chance.below(3)).min(all.len());
            if is_true && from < to {
                Ask::Phrase(all[from..to].join(" "))
            } else {
                Ask::Phrase(format!("{} {token}", chance.of(&WORDS)))
            }
        }
        3 => {
            let kept = chars.iter().take(1 + chance.below(chars.len())).copied().map(Atom::Char);
            in_a_word(Pattern::new(kept.chain([Atom::Many])), token)
        }
        4 => {
            let atoms = chars.iter().map(|&c| if chance.percent(20) { Atom::One } else { Atom::Char(c) });
            let mut atoms: Vec<Atom> = atoms.collect();
            if chance.percent(60) {
                atoms.drain(..chance.below(atoms.len()));
                atoms.insert(0, Atom::Many);
                atoms.push(Atom::Many);
            }
            in_a_word(Pattern::new(atoms), token)
        }
        _ => Ask::Regex(Regex::new(chance.of(&REGEXES)).unwrap()),
    }
}

/// The parser refuses patterns that reach over the end of a word or have nothing but signs in them; and one that is all `*` is no pattern.
fn in_a_word(pattern: Pattern, token: String) -> Ask {
    let is_wild = pattern.atoms().iter().any(|atom| !matches!(atom, Atom::Char(_)));
    let is_signs = pattern.chars().next().is_some() && !pattern.chars().any(char::is_alphanumeric);
    if pattern.chars().any(|c| c == '=') || !is_wild || is_signs {
        Ask::Word(token)
    } else {
        Ask::Like(pattern)
    }
}

fn of_field(chance: &mut Chance, record: &Value) -> Expr {
    let name = chance.of(&[
        "status",
        "took",
        "path",
        "ok",
        "ip",
        "tags",
        "http",
        "http.status",
        "http.method",
        "http.none",
        "ratio",
        "host",
    ]);
    let field = Field::new(name);
    let here = record["attributes"].get(name).filter(|_| chance.percent(65));
    let text = match here {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(items)) => items[0].as_str().unwrap().to_owned(),
        Some(value @ (Value::Number(_) | Value::Bool(_))) => value.to_string(),
        _ => chance.of(&TEXTS).to_owned(),
    };
    let bound = |chance: &mut Chance, name: &str| {
        let number = chance.below(1200).to_string();
        let value = match name {
            "took" if chance.percent(50) => format!("{number}ms"),
            "ip" => chance.of(&["10.0.0.0", "10.9.9.9", "192.168.0.9", "9.0.0.1"]).to_owned(),
            "path" | "tags" => chance.of(&["A", "Get", "a b", "x"]).to_owned(),
            _ => number,
        };
        Bound { value, inclusive: chance.percent(50) }
    };
    let ask = match chance.below(7) {
        0 => Ask::Present,
        1 if name == "ip" => {
            Ask::Word(chance.of(&["10.0.0.0/8", "192.168.0.0/16", "0.0.0.0/0", "10.1.2.3/32"]).to_owned())
        }
        1 if name == "took" => Ask::Word(chance.of(&["0.5s", "750ms", "1s"]).to_owned()),
        1 | 2 => Ask::Word(text),
        3 => Ask::Phrase(text),
        4 => {
            let first = text.chars().next().map(Atom::Char);
            Ask::Like(Pattern::new(first.into_iter().chain([Atom::Many])))
        }
        5 => Ask::Regex(Regex::new(chance.of(&REGEXES)).unwrap()),
        _ => range(chance, |chance| bound(chance, name)),
    };
    Expr::test(field, ask)
}
