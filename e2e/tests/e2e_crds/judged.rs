//! The table, case by case, as a dry run.

use std::{collections::BTreeMap, env, fs, path::Path};

use sawlog_crds::{admit, kind::Kind};
use serde_json::Value;

use super::{
    server::{Refused, Server},
    table::{self, Case},
};

/// Unknown fields are errors, and nothing is stored.
const DRY: &str = "dryRun=All&fieldValidation=Strict";

fn judge(server: &Server, case: &Case) -> Vec<String> {
    let path = server.path(case.kind);
    let answer = match &case.was {
        None => server.send("POST", &format!("{path}?{DRY}"), &case.object),
        Some(was) => {
            let stored = server.send("POST", &path, was);
            let stored = stored.unwrap_or_else(|refused| panic!("{}: {:?}", case.title, refused.failures()));
            let mut object = case.object.clone();
            object["metadata"]["resourceVersion"] = stored["metadata"]["resourceVersion"].clone();
            let name = object["metadata"]["name"].as_str().unwrap();
            server.send("PUT", &format!("{path}/{name}?{DRY}"), &object)
        }
    };
    answer.err().as_ref().map(Refused::failures).unwrap_or_default()
}

#[test]
fn each_case_is_judged_as_the_table_says() {
    let server = Server::with_kinds("judged");
    let cases = table::cases();
    let said: Vec<(&Case, Vec<String>)> = cases.iter().map(|case| (case, judge(&server, case))).collect();
    let refused = || said.iter().filter(|(case, _)| case.refusal.is_some());
    if env::var_os("SAWLOG_WRITE_FIXTURES").is_some() {
        table::write_answers(refused().map(|(case, said)| (case.title.as_str(), said.as_slice())));
    }
    let mut objections: Vec<String> = said.iter().filter_map(|(case, said)| case.objection(said)).collect();
    let answers: BTreeMap<String, Vec<String>> = table::answers();
    for (case, said) in refused().filter(|(case, said)| answers.get(&case.title) != Some(said)) {
        objections.push(format!("{}: not what is kept\n  {}", case.title, said.join("\n  ")));
    }
    assert!(objections.is_empty(), "{} of {}:\n{}", objections.len(), cases.len(), objections.join("\n\n"));
}

#[test]
fn every_sample_is_taken() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../config/samples");
    let server = Server::with_kinds("samples");
    let mut taken = 0;
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        for document in admit::read(&fs::read(&path).unwrap()) {
            let mut object = document.unwrap().value();
            if object["apiVersion"] != Kind::api_version() {
                continue; // what a sample needs beside it
            }
            let kind = object["kind"].as_str().and_then(Kind::by_name).unwrap();
            object["metadata"]["namespace"] = Value::String(server.namespace.clone());
            let answer = server.send("POST", &format!("{}?{DRY}", server.path(kind)), &object);
            answer.unwrap_or_else(|refused| panic!("{}: {:?}", path.display(), refused.failures()));
            taken += 1;
        }
    }
    assert!(taken > 0, "{} has no samples", folder.display());
}
