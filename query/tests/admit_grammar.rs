//! Which texts are queries and what they become, which are not and what their authors are told.
//!
//! Each fixture is a text, ` ⇒ `, and what becomes of it. `SAWLOG_WRITE_FIXTURES=1` writes what the code says
//! now; the difference is then read by a person.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{env, fs, path::PathBuf};

use sawlog_query::{
    explain, params, parse,
    parse::{limits, parse_normal},
};

const ARROW: &str = " ⇒ ";

/// Checks every line of a fixture and tells how many there are.
fn each_line(name: &str, outcome: impl Fn(&str) -> String) -> usize {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name);
    let text = fs::read_to_string(&path).unwrap();
    let (mut written, mut wrong, mut count) = (Vec::new(), Vec::new(), 0);
    for line in text.lines() {
        if line.starts_with("# ") {
            written.push(line.to_owned());
            continue;
        }
        let (query, expected) = line.split_once(ARROW).unwrap_or((line, ""));
        let actual = outcome(query);
        if actual != expected {
            wrong.push(format!("{query}\n  expected {expected}\n  found    {actual}"));
        }
        written.push(format!("{query}{ARROW}{actual}"));
        count += 1;
    }
    if env::var_os("SAWLOG_WRITE_FIXTURES").is_some() {
        fs::write(&path, written.join("\n") + "\n").unwrap();
    } else {
        assert!(wrong.is_empty(), "{name}:\n{}", wrong.join("\n"));
    }
    count
}

#[test]
fn texts_have_a_normal_form_that_reads_as_itself() {
    let count = each_line("grammar.txt", |query| {
        let normal = parse(query).unwrap_or_else(|error| panic!("{query}: {error}")).normal();
        let text = normal.to_string();
        let again = parse_normal(&text).unwrap_or_else(|error| panic!("{query} ⇒ {text}: {error}")).normal();
        assert_eq!(again, normal, "{query} ⇒ {text}");
        text
    });
    assert!(count >= 200, "{count}");
}

#[test]
fn errors_say_where_what_and_how_to_mend_it() {
    let count = each_line("errors.txt", |query| match parse(query) {
        Ok(expr) => panic!("{query}: read as {expr}"),
        Err(error) => error.to_string(),
    });
    assert!(count >= 140, "{count}");
}

#[test]
fn queries_are_explained() {
    let count = each_line("explained.txt", |query| explain(&parse(query).unwrap()));
    assert!(count >= 20, "{count}");
}

#[test]
fn columns_count_characters_and_positions_bytes() {
    let error = parse("größe=5").unwrap_err();
    assert_eq!((error.at, error.column), (7, 6));
}

#[test]
fn bounds_hold_and_are_named() {
    let refused = |text: &str| parse(text).unwrap_err().problem.to_string();
    assert_eq!(refused(&"a".repeat(limits::TEXT + 1)), "expected at most 8192 bytes, found 8193");
    assert_eq!(refused(&"a ".repeat(limits::CLAUSES + 1)), "expected at most 1024 conditions");
    assert_eq!(refused(&"(".repeat(limits::DEPTH + 1)), "expected at most 64 levels of parentheses and NOT");
    assert_eq!(refused(&"!".repeat(8000)), "expected at most 64 levels of parentheses and NOT");
    assert_eq!(refused(&"/a/ ".repeat(33)), "expected at most 32 regexes");
    assert_eq!(refused(&r"/\w{20}/ ".repeat(8)), "expected regexes that are smaller together");
    assert_eq!(
        refused(&format!("{}*", "a".repeat(300))),
        "expected at most 256 characters in a pattern, found 301"
    );
    assert_eq!(refused(&format!("{}:a", "a".repeat(300))), "expected a field name of 1 to 256 bytes");
    let deepest = format!("{}a{}", "(".repeat(limits::DEPTH), ")".repeat(limits::DEPTH));
    assert_eq!(parse(&deepest).unwrap().normal().to_string(), "a");
    let most = "a ".repeat(limits::CLAUSES);
    assert_eq!(parse(&most).unwrap().normal().to_string(), "a");
}

#[test]
fn parameters_make_the_same_expression_as_a_query() {
    let rows: [(&[(&str, &str)], &str); 7] = [
        (&[("service", "payments"), ("level", "error")], "service:payments AND level:ERROR"),
        (&[("service", "a"), ("level", "WARN"), ("service", "b")], "service:(a OR b) AND level:WARN"),
        (&[("q", "timeout OR reset"), ("service", "a")], "service:a AND (timeout OR reset)"),
        (&[("from", "now-1h"), ("to", "now")], "@timestamp:[now-1h TO now}"),
        (&[("pod", "web*"), ("x", "a:b")], r"pod:web\* AND x:a\:b"),
        (&[("message", "gateway timeout")], "\"gateway timeout\""),
        (&[], "*"),
    ];
    for (pairs, query) in rows {
        let made = params(pairs.iter().copied()).unwrap();
        assert_eq!(made, parse(query).unwrap().normal(), "{query}");
    }
    let refused = |name, value| params([(name, value)]).unwrap_err().to_string();
    assert_eq!(
        refused("q", "a="),
        "read the parameter q: column 2: expected `:` between field and value, found `=`; write `a:`, or quote the text"
    );
    assert!(refused("from", "soon").starts_with("read the parameter from: `soon` is no time"));
    assert_eq!(refused("level", "loud"), "read the parameter level: `loud` is no level");
}
