//! Random records and queries; most conditions are made from the record that they are asked of.

use sawlog_query::{
    Expr, Field, Kind,
    expression::{Ask, Atom, Bound, Pattern, Regex},
    text::{for_each_token, parts},
};
use sawlog_record::{Record, Resource, Severity, SpanId, TraceId, Value as Owned};
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
const KEPT_IDS: [&str; 3] = ["REQ-77ab", "req-1", "5B8E/x"];
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

/// What the schema of this world says.
pub(crate) fn kind_of(field: &Field) -> Kind {
    if field.name() == "title" { Kind::Text } else { Kind::Keyword }
}

/// Names of fields that others hide, and what is asked of them in their place.
const PLACED: [&str; 12] = [
    "attributes.time",
    "attributes.level",
    "attributes.message",
    "attributes.trace_id",
    "attributes.status",
    "attributes.http.status",
    "attributes.title",
    "attributes.x",
    "resource.service.name",
    "resource.host.name",
    "resource.status",
    "resource.x",
];

fn line(chance: &mut Chance) -> String {
    let mut line = String::new();
    for at in 0..chance.below(8) {
        if at > 0 {
            line.push_str(chance.of(&BETWEEN));
        }
        line.push_str(chance.of(&WORDS));
    }
    line
}

fn number(chance: &mut Chance) -> i64 {
    i64::try_from(chance.below(1200)).unwrap() - 100
}

/// Mostly a line; sometimes what programs say that do not write lines.
fn body(chance: &mut Chance) -> Value {
    if chance.percent(85) {
        return json!(line(chance));
    }
    match chance.below(6) {
        0 => json!(number(chance)),
        1 => json!(f64::from(u32::try_from(chance.below(64)).unwrap()) / 8.0),
        2 => json!(chance.percent(50)),
        3 => json!([line(chance), number(chance), null, [line(chance)]]),
        4 => json!({ "said": line(chance) }),
        _ => Value::Null,
    }
}

pub(crate) fn record(chance: &mut Chance) -> Value {
    let message = body(chance);
    let mut attributes = json!({});
    for name in ["status", "took", "path", "ok", "ip", "tags", "http", "ratio", "http.status", "host"] {
        if chance.percent(45) {
            continue;
        }
        attributes[name] = match name {
            // What the durations are that are asked for.
            "took" if chance.percent(20) => [json!(500), json!(750), json!(1000.0)][chance.below(3)].clone(),
            "took" if chance.percent(50) => json!(format!("{}ms", number(chance))),
            "took" | "status" | "http.status" => json!(number(chance)),
            "ok" => json!(chance.percent(50)),
            "ratio" => json!(f64::from(u32::try_from(chance.below(64)).unwrap()) / 8.0),
            "tags" => json!([chance.of(&TEXTS), number(chance), chance.of(&TEXTS)]),
            "http" => json!({ "status": number(chance), "method": chance.of(&TEXTS), "none": null }),
            _ => json!(chance.of(&TEXTS)),
        };
    }
    for name in ["title", "time", "level", "message", "x", "attributes", "resource"] {
        if chance.percent(60) {
            continue;
        }
        attributes[name] = match name {
            "title" if chance.percent(20) => json!([line(chance), number(chance), null]),
            "title" if chance.percent(10) => json!(number(chance)),
            "title" | "message" => json!(line(chance)),
            "attributes" | "resource" => json!({ "x": chance.of(&TEXTS), "status": number(chance) }),
            _ => json!(chance.of(&TEXTS)),
        };
    }
    let mut resource =
        json!({ "service.name": chance.of(&["payments", "checkout"]), "k8s.namespace.name": "shop" });
    if chance.percent(30) {
        resource["host.name"] = json!(chance.of(&TEXTS));
    }
    if chance.percent(20) {
        resource["status"] = json!(number(chance));
    }
    if chance.percent(50) {
        attributes[chance.of(&["trace_id", "traceId"])] = json!(chance.of(&KEPT_IDS));
    }
    if chance.percent(20) {
        attributes[chance.of(&["span_id", "span.id"])] = json!(number(chance));
    }
    json!({
        "time": moment(chance),
        "observed": moment(chance),
        "level": LEVELS[chance.below(LEVELS.len())].1.number(),
        "trace_id": chance.of(&IDS),
        "span_id": chance.of(&IDS).get(..16).unwrap_or_default(),
        "message": message,
        "attributes": attributes,
        "resource": resource,
    })
}

/// One of the last days, or nothing.
fn moment(chance: &mut Chance) -> i64 {
    if chance.percent(15) {
        return 0;
    }
    NOW - i64::try_from(chance.below(200_000)).unwrap() * 1_000_000_000 - 1
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
        observed_ns: record["observed"].as_u64().unwrap(),
        severity,
        trace_id: TraceId::from_hex(record["trace_id"].as_str().unwrap()),
        span_id: SpanId::from_hex(record["span_id"].as_str().unwrap()),
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
    match chance.below(12) {
        0..=4 => {
            let said = shown(chance, &record["message"]);
            Expr::test(Field::message(), of_text(chance, &said))
        }
        5 => Expr::test(Field::new("level"), of_level(chance)),
        6 => Expr::test(Field::new(chance.of(&["@timestamp", "@observed"])), of_time(chance)),
        7 => Expr::test(Field::new("service"), Ask::Word(chance.of(&["payments", "checkout"]).to_owned())),
        8 => Expr::test(Field::new(chance.of(&["trace_id", "trace_id", "span_id"])), of_id(chance)),
        9 => {
            let title = shown(chance, &record["attributes"]["title"]);
            let name = chance.of(&["title", "title", "attributes.title"]);
            Expr::test(Field::new(name), of_text(chance, &title))
        }
        _ => of_field(chance, record),
    }
}

/// What somebody who looks at it would write it as: one of several.
fn shown(chance: &mut Chance, value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            let one = chance.below(items.len());
            shown(chance, &items[one])
        }
        Value::Object(map) => map.values().next().map_or_else(String::new, |inner| shown(chance, inner)),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// Between two of these, of which an earlier one is never above a later one.
fn range(chance: &mut Chance, ends: &[&str]) -> Ask {
    let (one, other) = (chance.below(ends.len()), chance.below(ends.len()));
    let (first, last) = (one.min(other), one.max(other));
    let kind = chance.below(3);
    let mut bound = |at: usize| Some(Bound { value: ends[at].to_owned(), inclusive: chance.percent(50) });
    match kind {
        0 => Ask::Range { low: bound(one), high: None },
        1 => Ask::Range { low: None, high: bound(one) },
        _ => Ask::Range { low: bound(first), high: bound(last) },
    }
}

fn of_time(chance: &mut Chance) -> Ask {
    match chance.below(8) {
        0 => Ask::Present,
        1 => Ask::Word(chance.of(&["2026-03-17", "now/d", "now-1h/h"]).to_owned()),
        2 => Ask::Phrase("2026-03-18 09".to_owned()),
        // The one below can be above the other, but is not at all times.
        3 => {
            let bound = |value: &str| Some(Bound { value: value.to_owned(), inclusive: true });
            Ask::Range { low: bound(chance.of(&["now-1h", "now/d"])), high: bound("2026-03-18T03:00") }
        }
        4 => range(chance, &["2026-03-16", "2026-03-17", "2026-03-18T03:00", "2026-03-18T09"]),
        _ => range(chance, &["2026-03-17", "now-1d/d", "now-12h", "2026-03-18T03:00", "now-1h", "now/h"]),
    }
}

fn of_id(chance: &mut Chance) -> Ask {
    let ids = ["5B8EFFF798038103D269B633813FC60C", "req-77AB", "REQ-1", "5b8efff798038103", "5b8e/X", "42"];
    let like = [
        vec![Atom::Char('5'), Atom::Char('B'), Atom::Many],
        vec![Atom::Char('r'), Atom::One, Atom::Char('Q'), Atom::Char('-'), Atom::Many],
        vec![Atom::Many, Atom::Char('C')],
    ];
    match chance.below(6) {
        0 | 1 => Ask::Word(chance.of(&ids).to_owned()),
        2 => Ask::Like(Pattern::new(like[chance.below(like.len())].iter().copied())),
        3 => {
            Ask::Regex(Regex::new(chance.of(&["5b8e.*", "[A-Z]+-[A-F0-9]+", r"REQ-\d", ".*[C-c]"])).unwrap())
        }
        4 => Ask::Present,
        // As text, though some look like numbers and durations; letters in either case.
        _ => range(chance, &["10", "5B8E", "5d", "60", "a", "REQ-1", "req-77AA", "Req-78"]),
    }
}

fn of_level(chance: &mut Chance) -> Ask {
    match chance.below(3) {
        0 => Ask::Word(chance.of(&["DEBUG", "INFO", "WARN", "ERROR", "error", "13"]).to_owned()),
        1 => Ask::Present,
        _ => {
            let names = ["DEBUG", "info", "INFO", "9", "WARN", "ERROR", "error", "17"];
            range(chance, &names)
        }
    }
}

/// What is asked of a message, or of a field that is searched like one.
fn of_text(chance: &mut Chance, said: &str) -> Ask {
    if chance.percent(4) {
        return if chance.percent(50) { Ask::Present } else { Ask::Phrase(String::new()) };
    }
    let mut tokens = Vec::new();
    for_each_token(said, &mut String::new(), |token| tokens.push(token.to_owned()));
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
            let all: Vec<&str> = parts(said).collect();
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
    let name = if chance.percent(30) { chance.of(&PLACED) } else { name };
    let field = Field::new(name);
    let attributes = &record["attributes"];
    let bare = name.strip_prefix("attributes.").unwrap_or(name);
    let here = attributes.get(bare).or_else(|| attributes["http"].get(bare.strip_prefix("http.")?));
    let here = here.or_else(|| record["resource"].get(name.strip_prefix("resource.")?));
    let text = match here.filter(|_| chance.percent(65)) {
        None | Some(Value::Object(_)) => chance.of(&TEXTS).to_owned(),
        Some(value) => shown(chance, value),
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
        _ => of_order(chance, bare),
    };
    Expr::test(field, ask)
}

fn of_order(chance: &mut Chance, name: &str) -> Ask {
    let mut numbers = [chance.below(1200), chance.below(1200), chance.below(1200)];
    numbers.sort_unstable();
    // Milliseconds stay in their order beside plain numbers, which are some too.
    let shown = numbers.map(|number| match name {
        "took" if chance.percent(50) => format!("{number}ms"),
        _ => number.to_string(),
    });
    match name {
        "ip" => range(chance, &["9.0.0.1", "10.0.0.0", "10.9.9.9", "192.168.0.9"]),
        "path" | "tags" | "x" | "time" | "title" => range(chance, &["700ms", "A", "Get", "a b", "x"]),
        _ => range(chance, &shown.each_ref().map(String::as_str)),
    }
}
