//! The fast matcher against a slow and obvious one over decoded JSON, on random pairs of query and record.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "model_matcher/chance.rs"]
mod chance;
#[path = "model_matcher/reference.rs"]
mod reference;
#[path = "model_matcher/world.rs"]
mod world;

use chance::Chance;
use sawlog_e2e::rounds::rounds;
use sawlog_query::{
    Analysis, Expr, Matcher,
    analysis::{Needed, OneOf},
    field::time_of,
    parse,
    parse::parse_normal,
    text::for_each_token,
};
use sawlog_record::{ValueRef, View};

const PAIRS_IN_A_ROUND: u32 = 1000;

#[test]
fn the_fast_matcher_agrees_with_the_obvious_one() {
    let (mut pairs, mut hits) = (0u32, 0u32);
    for seed in rounds("matcher rounds of 1000 pairs", 100, 400) {
        let mut chance = Chance::new(seed);
        for _ in 0..PAIRS_IN_A_ROUND {
            let record = world::record(&mut chance);
            let built = world::query(&mut chance, &record);
            let query = built.to_string();
            let expr = parse(&query).unwrap_or_else(|error| panic!("seed {seed}: {query}: {error}"));
            let expected = reference::holds(&expr, &record);
            assert_eq!(built.clone().normal(), expr.clone().normal(), "seed {seed}: {query}");
            let owned = world::owned(&record);
            let matcher = Matcher::with_kinds(&expr, world::NOW, &world::kind_of).unwrap();
            let actual = matcher.matches(&owned.view());
            assert_eq!(actual, expected, "seed {seed}: {query}\n{record:#}\n{matcher:#?}");
            let normal = expr.clone().normal();
            let again = parse_normal(&normal.to_string()).unwrap_or_else(|error| panic!("{normal}: {error}"));
            assert_eq!(again.normal(), normal, "seed {seed}: {query}");
            if actual {
                let analysis = Analysis::with_kinds(&expr, world::NOW, &world::kind_of);
                assert_necessary(&analysis, &owned.view(), &record, &query);
            }
            pairs += 1;
            hits += u32::from(expected);
        }
    }
    println!("{hits} of {pairs} pairs match, {} %", hits * 100 / pairs);
    assert!(hits * 3 >= pairs, "only {hits} of {pairs} pairs match: the test looks away from hits");
}

#[test]
fn of_nothing_all_hold_and_none_does() {
    let record = sawlog_record::Record { body: "x".into(), ..sawlog_record::Record::default() };
    for (expr, is_hit) in [(Expr::And(Vec::new()), true), (Expr::Or(Vec::new()), false)] {
        assert_eq!(Matcher::new(&expr, world::NOW).unwrap().matches(&record.view()), is_hit, "{expr}");
        assert_eq!(Analysis::of(&expr, world::NOW).is_never, !is_hit, "{expr}");
        assert_eq!(parse(&expr.to_string()).unwrap().normal(), expr.normal());
    }
}

#[test]
fn a_long_run_within_a_word_is_compared_to_its_end() {
    let run = "0123456789abcdef0123456789abcdef01234567";
    let matcher = Matcher::new(&parse(&format!("*{run}*")).unwrap(), world::NOW).unwrap();
    for (body, is_hit) in [(format!("x{run}y"), true), (run.replace("4567", "4568"), false)] {
        let record = sawlog_record::Record { body: body.as_str().into(), ..sawlog_record::Record::default() };
        assert_eq!(matcher.matches(&record.view()), is_hit, "{body}");
    }
}

/// A number is met by whatever is that number, a network by its addresses, an id in either case.
fn is_one_of(one: &OneOf, value: ValueRef<'_>) -> bool {
    let is_number = |number: f64| one.values.iter().any(|wanted| wanted.parse() == Ok(number));
    match value {
        ValueRef::Str(text) => one.values.iter().any(|wanted| {
            text == wanted
                || (one.field.is_id() && text.eq_ignore_ascii_case(wanted))
                || reference::is_within(text, wanted)
        }),
        ValueRef::Int(number) => is_number(f64::from(i32::try_from(number).unwrap())),
        ValueRef::Double(number) => is_number(number),
        ValueRef::Bool(bit) => one.values.contains(if bit { "true" } else { "false" }),
        ValueRef::List(items) => items.iter().any(|item| is_one_of(one, item)),
        _ => false,
    }
}

/// What a planner was told has to hold for whatever matches.
fn assert_necessary(analysis: &Analysis, record: &View<'_>, json: &serde_json::Value, query: &str) {
    let mut tokens = Vec::new();
    let message = reference::leaves(json.get("message"));
    for said in message.iter().filter_map(reference::shown) {
        for_each_token(&said, &mut String::new(), |token| tokens.push(token.to_owned()));
    }
    for set in &analysis.tokens {
        let has = set.iter().any(|needed| match needed {
            Needed::Token(token) => tokens.contains(token),
            Needed::Prefix(prefix) => tokens.iter().any(|token| token.starts_with(prefix)),
        });
        assert!(has, "{query}: {set:?} is not necessary for {message:?}");
    }
    let time = time_of(record);
    assert!(analysis.time.0 <= time && time < analysis.time.1, "{query}: {:?}", analysis.time);
    assert!(analysis.levels >> record.severity.number() & 1 == 1, "{query}: {:b}", analysis.levels);
    for one in &analysis.fields {
        let is_met = one.field.value(record, |value| is_one_of(one, value));
        assert_eq!(is_met, Some(true), "{query}: {one:?}");
    }
    assert!(!analysis.is_never, "{query}");
}
