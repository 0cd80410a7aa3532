//! Rules mean offline what they mean to the API server.
//!
//! The outcomes in `admit/rules.txt` are those of a real API server 1.34 for the object in
//! `admit/rules-object.json`; what the two are known to see differently stands in the module of the functions.

#![allow(clippy::unwrap_used, reason = "a test fails where it stands")]

use std::{collections::BTreeSet, fs, path::PathBuf};

use sawlog_crds::admit;
use serde_json::{Value, json};

fn text(name: &str) -> String {
    fs::read_to_string(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/admit").join(name)).unwrap()
}

#[test]
fn every_rule_ends_as_on_the_api_server() {
    let table = text("rules.txt");
    let rules: Vec<(&str, &str)> = table.lines().map(|line| line.split_once('\t').unwrap()).collect();
    assert!(rules.len() >= 140, "{}", rules.len());
    // Each rule and its opposite: one of them fails, or both where they break.
    let both = |(index, (_, rule)): (usize, &(&str, &str))| {
        [
            json!({"rule": rule, "message": format!("it {index}.")}),
            json!({"rule": format!("!({rule})"), "message": format!("not {index}.")}),
        ]
    };
    let validations: Vec<Value> = rules.iter().enumerate().flat_map(both).collect();
    let mut definition: Value = serde_json::from_str(&text("rules-definition.json")).unwrap();
    let schema = &mut definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"];
    schema["properties"]["spec"]["x-kubernetes-validations"] = validations.into();
    let problems = admit::create(&definition, &text("rules-object.json")).unwrap();
    let said: BTreeSet<String> =
        problems.iter().filter_map(|problem| problem.text.rsplit(": ").next()).map(str::to_owned).collect();
    for (index, (expected, rule)) in rules.iter().enumerate() {
        let fails = (said.contains(&format!("it {index}.")), said.contains(&format!("not {index}.")));
        let found = match fails {
            (false, true) => "true",
            (true, false) => "false",
            (true, true) => "error",
            (false, false) => "nothing",
        };
        assert_eq!(found, *expected, "{rule}");
    }
}
