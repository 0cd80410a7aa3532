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
    Analysis, Matcher, analysis::Needed, field::time_of, parse, parse::parse_normal, text::for_each_token,
};
use sawlog_record::View;

const PAIRS_IN_A_ROUND: u32 = 1000;

#[test]
fn the_fast_matcher_agrees_with_the_obvious_one() {
    let (mut pairs, mut hits) = (0u32, 0u32);
    for seed in rounds("matcher rounds of 1000 pairs", 100, 400) {
        let mut chance = Chance::new(seed);
        for _ in 0..PAIRS_IN_A_ROUND {
            let record = world::record(&mut chance);
            let query = world::query(&mut chance, &record).to_string();
            let expr = parse(&query).unwrap_or_else(|error| panic!("seed {seed}: {query}: {error}"));
            let expected = reference::holds(&expr, &record);
            let owned = world::owned(&record);
            let matcher = Matcher::new(&expr, world::NOW).unwrap();
            let actual = matcher.matches(&owned.view());
            assert_eq!(actual, expected, "seed {seed}: {query}\n{record:#}\n{matcher:#?}");
            let normal = expr.clone().normal();
            let again = parse_normal(&normal.to_string()).unwrap_or_else(|error| panic!("{normal}: {error}"));
            assert_eq!(again.normal(), normal, "seed {seed}: {query}");
            if actual {
                assert_necessary(&Analysis::of(&expr, world::NOW), &owned.view(), &query);
            }
            pairs += 1;
            hits += u32::from(expected);
        }
    }
    println!("{hits} of {pairs} pairs match, {} %", hits * 100 / pairs);
    assert!(hits * 3 >= pairs, "only {hits} of {pairs} pairs match: the test looks away from hits");
}

/// What a planner was told has to hold for whatever matches.
fn assert_necessary(analysis: &Analysis, record: &View<'_>, query: &str) {
    let mut tokens = Vec::new();
    let message = record.body.as_str().unwrap_or_default();
    for_each_token(message, &mut String::new(), |token| tokens.push(token.to_owned()));
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
        assert!(one.field.value(record, |_| ()).is_some(), "{query}: {one:?}");
    }
    assert!(!analysis.is_never, "{query}");
}
