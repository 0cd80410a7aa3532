//! What holds for all texts: reading never panics and never takes long, normal forms read as themselves, and the
//! tokens of a line are those of its pieces.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{collections::BTreeSet, fs, path::PathBuf};

use proptest::prelude::*;
use sawlog_query::{
    Analysis, Matcher, explain, parse,
    parse::parse_normal,
    text::{DELIMITERS, Piece, for_each_token, parts, pieces},
};
use sawlog_record::Record;

/// Everything that can be done with a text.
fn exercise(text: &str) {
    let Ok(expr) = parse(text) else { return };
    let normal = expr.clone().normal();
    let printed = normal.to_string();
    let again = parse_normal(&printed).unwrap_or_else(|error| panic!("{text:?} ⇒ {printed:?}: {error}"));
    assert_eq!(again.normal(), normal, "{text:?} ⇒ {printed:?}");
    let as_written =
        parse_normal(&expr.to_string()).unwrap_or_else(|error| panic!("{text:?} ⇒ {expr}: {error}"));
    assert_eq!(as_written.normal(), normal, "{text:?} ⇒ {expr}");
    assert!(!explain(&expr).is_empty());
    let analysis = Analysis::of(&expr, 0);
    assert_eq!(analysis, Analysis::of(&normal, 0), "{text:?}");
    let matcher = Matcher::new(&expr, 0).unwrap();
    let record = Record { body: text.into(), time_ns: 1, ..Record::default() };
    matcher.matches(&record.view());
}

fn tokens(text: &str) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for_each_token(text, &mut String::new(), |token| {
        all.insert(token.to_owned());
    });
    all
}

/// Pieces of queries, glued together in any order.
fn query_like() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        prop::sample::select(vec![
            "a",
            "level",
            "@timestamp",
            "message",
            "took",
            "service",
            "attributes.time",
            "resource.",
            "trace_id",
            "@observed",
            ":",
            ":[",
            ":",
            ":>",
            ":<=",
            ":(",
            "(",
            ")",
            "[",
            "]",
            "{",
            "}",
            " TO ",
            " AND ",
            " OR ",
            " NOT ",
            "&&",
            "||",
            "-",
            "!",
            "*",
            "?",
            "/",
            "\"",
            "\\",
            " ",
            " ",
            "=",
            "~",
            "^",
            "now-1h/d",
            "2026-03-01",
            "ERROR",
            "500ms",
            "2kB",
            "7",
            "now",
            "10.0.0.0/8",
            "é",
            "连接",
            "\u{301}",
            "[a-z]+",
            "(?i)",
            "{2,3}",
            "'",
            "+",
            ",",
        ])
        .prop_map(str::to_owned),
        "[a-z]{1,4}",
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

/// Ranges of whatever beside whatever.
fn range_like() -> impl Strategy<Value = String> {
    let names = [
        "took",
        "duration_s",
        "attributes.time",
        "resource.x",
        "@timestamp",
        "@observed",
        "level",
        "trace_id",
    ];
    let bounds = [
        "7",
        "-1.5",
        "2026",
        "1700000000",
        "5ms",
        "1h30m",
        "2kB",
        "10.0.0.1",
        "::1",
        "2026-03",
        "now",
        "now/d",
        "now-1d/d",
        "now-1M/y",
        "ERROR",
        "info",
        "5D",
        "\"a b\"",
        "abc",
        "*",
        "é",
        "\"\"",
    ];
    let bound = || prop::sample::select(bounds.to_vec());
    let parts = (prop::sample::select(names.to_vec()), any::<(bool, bool)>(), bound(), bound());
    parts.prop_map(|(name, (opens, closes), low, high)| {
        let (open, close) = (if opens { '[' } else { '{' }, if closes { ']' } else { '}' });
        format!("{name}:{open}{low} TO {high}{close}")
    })
}

/// Lines with much of what the tokenizer treats apart.
fn line() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        prop::sample::select(vec![
            "task_12",
            "/var/log",
            "a@b.c",
            "10.0.0.1",
            "550e8400-e29b-41d4-a716-446655440000",
            "1699999999.5",
            "deadbeef",
            "连接",
            "ß",
            "_",
            ".",
            "-",
            "/",
            " ",
            "=",
            ":",
            "\"",
            ",",
            "\u{a0}",
            "“",
            "…",
            "e\u{301}",
        ])
        .prop_map(str::to_owned),
        "\\PC{0,6}",
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,60}") {
        exercise(&text);
    }

    #[test]
    fn what_looks_like_a_query_is_read_or_refused(text in query_like()) {
        exercise(&text);
    }

    #[test]
    fn what_looks_like_a_range_is_read_or_refused(text in range_like()) {
        exercise(&text);
    }

    #[test]
    fn the_tokens_of_a_line_are_those_of_its_pieces(text in line()) {
        let all: Vec<Piece<'_>> = pieces(&text).collect();
        prop_assert_eq!(all.iter().map(|piece| piece.text()).collect::<String>(), text.as_str());
        let union: BTreeSet<String> = all.iter().flat_map(|piece| tokens(piece.text())).collect();
        prop_assert_eq!(&union, &tokens(&text));
        let is_clean = |token: &String| !token.is_empty() && !token.contains(|c| DELIMITERS.contains(c));
        prop_assert!(union.iter().all(is_clean), "{:?}", union);
        for token in &union {
            prop_assert!(tokens(token).contains(token), "{} is no token of itself", token);
        }
        let words_of = |piece: &&Piece<'_>| matches!(piece, Piece::Static(text) if text.contains(char::is_numeric));
        prop_assert!(!all.iter().any(|piece| words_of(&piece)));
        let joined = parts(&text).collect::<Vec<_>>().join(" ");
        prop_assert!(parts(&joined).eq(parts(&text)), "{}", joined);
    }
}

#[test]
fn the_kept_corpus_is_read_or_refused() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let mut count = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let bytes = fs::read(entry.unwrap().path()).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        exercise(&text);
        text.lines().for_each(exercise);
        count += 1;
    }
    assert!(count >= 5, "{count}");
}
