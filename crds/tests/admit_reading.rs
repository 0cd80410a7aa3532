//! What becomes of files that are odd, broken or hostile: one clear error each, and the rest is read.

#![allow(clippy::unwrap_used, reason = "a test fails where it stands")]

use std::{
    fmt::Write as _,
    time::{Duration, Instant},
};

use proptest::prelude::*;
use sawlog_crds::admit::{self, Document, ReadError};
use serde_json::{Value, json};

fn read(text: &str) -> Vec<Result<Document, ReadError>> {
    admit::read(text.as_bytes())
}

fn values(text: &str) -> Vec<Value> {
    read(text).into_iter().map(|document| document.unwrap().value()).collect()
}

/// `line:column: text`, or what was read.
fn said(text: &str) -> Vec<String> {
    let one = |document: Result<Document, ReadError>| match document {
        Ok(document) => document.value().to_string(),
        Err(error) => format!("{}:{}: {error}", error.at.line, error.at.column),
    };
    read(text).into_iter().map(one).collect()
}

#[test]
fn documents_are_cut_before_they_are_read() {
    let text = "# only a comment\n---\na: 1\n---   # next\n\n---\nb: [\n---\nc: 3\n...\n# the end\n---\nd: 4";
    assert_eq!(
        said(text),
        [r#"{"a":1}"#, "7:4: expected YAML: unclosed bracket '['", r#"{"c":3}"#, r#"{"d":4}"#]
    );
    assert_eq!(said("\u{feff}a: 1\r\nb: x\r\n"), [r#"{"a":1,"b":"x"}"#]);
    assert_eq!(said(""), [""; 0]);
    assert_eq!(said("---\n---\n~\n---\nnull\n"), [""; 0]);
}

#[test]
fn a_marker_within_a_text_is_text() {
    assert_eq!(said("a: |\n  one\n  ---\n  two\n"), [r#"{"a":"one\n---\ntwo\n"}"#]);
}

#[test]
fn lists_of_kubectl_are_taken_apart() {
    let text = "apiVersion: v1\nkind: List\nitems:\n  - {a: 1}\n  - apiVersion: v1\n    kind: List\n    items: [{b: 2}]\n";
    assert_eq!(values(text), [json!({"a": 1}), json!({"b": 2})]);
    let second = read(text).remove(1).unwrap();
    assert_eq!((second.at().line, second.at().column), (7, 13));
}

#[test]
fn json_is_read_by_the_same_way() {
    let text = "{\n\t\"a\": \"\\u00e9\\ud83d\\ude00\\/\",\n\t\"b\": [1, 2.0, 1e2, -0.5]\n}\n{\"c\": 010}\n";
    // The second is no JSON, so that the whole is read as YAML, where two maps cannot follow each other.
    assert_eq!(said(text).len(), 1);
    let text = text.replace("010", "10");
    assert_eq!(values(&text), [json!({"a": "é😀/", "b": [1, 2, 100, -0.5]}), json!({"c": 10})]);
    let second = read(&text).remove(1).unwrap();
    assert_eq!((second.at().line, second.at().column), (5, 1));
    assert_eq!(values("{\"a\": 1} {\"b\": 2}\n"), [json!({"a": 1}), json!({"b": 2})]);
}

#[test]
fn anchors_aliases_and_merges_mean_what_they_mean_to_kubectl() {
    let text = "b: &b {x: 1, z: 2}\nm: {<<: *b, x: 3}\nk: {x: 3, <<: *b}\nl: {<<: [*b, {x: 7, w: 8}]}\n1: a\nyes: b\n1.5: c\n1e3: d\nq: {\"<<\": 1}\n";
    let expected = json!({
        "b": {"x": 1, "z": 2}, "m": {"x": 3, "z": 2}, "k": {"x": 1, "z": 2}, "l": {"x": 1, "z": 2, "w": 8},
        "1": "a", "true": "b", "1.5": "c", "1000": "d", "q": {"<<": 1},
    });
    assert_eq!(values(text), [expected]);
}

#[test]
fn every_trouble_has_its_place_and_words() {
    let deep = |levels: usize| format!("a: {}{}", "[".repeat(levels), "]".repeat(levels));
    for (text, expected) in [
        ("a:\n\tb: 1\n", "2:1: expected blanks for indentation, found a tab"),
        ("a:\n  b: 1\n  \tc: 1\n", "3:3: expected blanks for indentation, found a tab"),
        ("a: 1\nb:\n  c: 1\na: 2\n", "4:1: expected each key once, `a` is already in line 1"),
        ("{a: 1, 'a': 2}\n", "1:8: expected each key once, `a` is already in line 1"),
        ("{\"é\": 1, \"é\": 2}", "1:10: expected each key once, `é` is already in line 1"),
        ("a: *b\n", "1:4: expected an anchor `&b` before this alias"),
        ("a: &a [*a]\n", "1:8: expected an alias of something that does not contain it"),
        ("a: .nan\n", "1:4: expected a number that JSON has, found `.nan`"),
        ("a: !!binary aGk=\n", "1:13: expected no tag, or one that fits the value"),
        ("a: !mine 1\n", "1:10: expected no tag, or one that fits the value"),
        ("~: 1\n", "1:1: expected a key, found nothing"),
        ("? [a]\n: 1\n", "1:3: expected a key that is a word"),
        ("a: {<<: 1}\n", "1:9: expected a map, or a list of maps, behind `<<`"),
        ("--- {a: 1}\n", "1:4: expected a new line behind `---`"),
        ("a: 1\n...\nb: 2\n", "3:1: expected `---` behind the `...`"),
    ] {
        let found = said(text);
        assert!(found.iter().any(|found| found == expected), "{text:?}: {found:?}");
    }
    assert!(read(&deep(60)).remove(0).is_ok());
    assert!(said(&deep(80))[0].contains("expected"), "{:?}", said(&deep(80)));
    assert_eq!(
        values("a: !!str 1\nb: !!int 1\nc: !!float 1\nd: !!map {}\n"),
        [json!({"a": "1", "b": 1, "c": 1, "d": {}})]
    );
}

#[test]
fn other_encodings_and_long_files_are_refused() {
    let error = admit::read(b"a: 1\nb: \xff\xfe").remove(0).unwrap_err();
    assert_eq!((error.at.line, error.at.column), (2, 4));
    let long = vec![b'#'; (4 << 20) + 1];
    assert!(admit::read(&long).remove(0).unwrap_err().text.contains("at most 4 MiB"));
}

#[test]
fn bombs_do_not_go_off() {
    let mut aliases = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..30 {
        writeln!(aliases, "a{level}: &a{level} [{}]", format!("*a{}, ", level - 1).repeat(10)).unwrap();
    }
    let mut nested = String::from("a0: &a0 {x: 1}\n");
    for level in 1..200 {
        writeln!(nested, "a{level}: &a{level} {{x: *a{}}}", level - 1).unwrap();
    }
    let bombs = [
        aliases,
        nested,
        format!("a: {}", "[".repeat(1_000_000)),
        "- ".repeat(1_000_000),
        "a:\n".repeat(500_000),
        format!("a: {}", "&b ".repeat(300_000)),
        format!("{{{}}}", "a,".repeat(500_000)),
        "? ".repeat(500_000),
        format!("a: \"{}", "\\".repeat(1_000_000)),
        "---\n{".repeat(200_000),
        format!("{{{}", "\"a\":{".repeat(500_000)),
        (0..150_000).fold(String::new(), |mut text, key| {
            writeln!(text, "k{key}: &k{key} 1").unwrap();
            text
        }),
    ];
    for (number, bomb) in bombs.iter().enumerate() {
        let start = Instant::now();
        let read = read(bomb);
        assert!(start.elapsed() < Duration::from_secs(10), "bomb {number}: {:?}", start.elapsed());
        assert!(read.iter().any(Result::is_err), "bomb {number} was read");
    }
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "[\\PC\n\t]{0,200}") {
        read(&text);
    }

    #[test]
    fn nor_does_what_looks_like_yaml(parts in prop::collection::vec(prop::sample::select(vec![
        "a", ": ", "\n", "  ", "- ", "[", "]", "{", "}", ",", "&x ", "*x", "<<: ", "\"", "'", "|\n", ">-\n", "---\n",
        "...\n", "#", "!!int ", "\t", "~", "1e3", "\\u00e9", "? ", "é", "kind: List\n", "items:\n", "apiVersion: v1\n",
    ]), 0..60)) {
        let text = parts.concat();
        let lines = text.lines().count();
        for document in read(&text) {
            let at = document.map_or_else(|error| error.at, |document| document.at());
            prop_assert!(at.line >= 1 && at.line <= lines + 1 && at.column >= 1, "{at:?}");
        }
    }

    #[test]
    fn json_survives(value in any_json()) {
        let text = json!({"value": value}).to_string();
        prop_assert_eq!(values(&text), [json!({"value": value})]);
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let plain = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
        "[\\x00-\\x7e]{0,8}".prop_map(Value::from),
    ];
    plain.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-z\"~ 0-9]{0,4}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}
