//! What is taken and refused of the four kinds, without a cluster: the same table, the same verdicts and the same
//! words as a real API server's, whose answers are kept in `admission/answers.txt`.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

#[path = "admission/table.rs"]
mod table;

use std::collections::{BTreeMap, BTreeSet};

use sawlog_crds::admit::{self, By, Model};
use serde_json::Value;

/// What offline admission says of a case, as the API server would: there an unknown field hides the rest.
fn judge(model: &Model, case: &table::Case) -> Vec<String> {
    let read = |object: &Value| admit::read(object.to_string().as_bytes()).remove(0).unwrap();
    let before = case.was.as_ref().map(read);
    let problems = model.judge(&read(&case.object), before.as_ref());
    let mut said: Vec<String> =
        problems.into_iter().filter(|problem| problem.by == By::Server).map(|problem| problem.text).collect();
    if said.iter().any(|text| table::is_unknown(text)) {
        said.retain(|text| table::is_unknown(text));
    }
    said.sort();
    said
}

fn models() -> BTreeMap<&'static str, Model> {
    table::definitions().map(|(kind, definition)| (kind.name, Model::of(&definition).unwrap())).collect()
}

#[test]
fn each_case_is_judged_as_the_table_says() {
    let models = models();
    let cases = table::cases();
    let objections: Vec<String> =
        cases.iter().filter_map(|case| case.objection(&judge(&models[case.kind.name], case))).collect();
    assert!(objections.is_empty(), "{} of {}:\n{}", objections.len(), cases.len(), objections.join("\n\n"));
}

#[test]
fn the_words_are_those_of_the_api_server() {
    let models = models();
    let answers = table::answers();
    let mut differences = Vec::new();
    for case in table::cases().iter().filter(|case| case.refusal.is_some()) {
        let said = judge(&models[case.kind.name], case);
        match answers.get(&case.title) {
            Some(answer) if *answer == said => {}
            Some(answer) => differences.push(format!(
                "{}\n  API server: {}\n  offline:    {}",
                case.title,
                answer.join("\n              "),
                said.join("\n              ")
            )),
            None => differences.push(format!(
                "{}: no answer is kept; run the test e2e_crds with SAWLOG_WRITE_FIXTURES=1",
                case.title
            )),
        }
    }
    assert!(differences.is_empty(), "{}:\n{}", differences.len(), differences.join("\n\n"));
}

#[test]
fn the_table_is_as_large_as_promised_and_no_case_stands_in_it_twice() {
    let cases = table::cases();
    let titles: BTreeSet<&str> = cases.iter().map(|case| case.title.as_str()).collect();
    assert_eq!(titles.len(), cases.len());
    let refused = cases.iter().filter(|case| case.refusal.is_some()).count();
    assert!(refused >= 60 && cases.len() - refused >= 30, "{refused} of {}", cases.len());
    let answered = table::answers();
    let gone: Vec<&String> = answered.keys().filter(|title| !titles.contains(title.as_str())).collect();
    assert!(gone.is_empty(), "answers to cases that are no more: {gone:?}");
}

#[test]
fn every_rule_refuses_something_in_the_table() {
    let cases = table::cases();
    let mut without = Vec::new();
    for (kind, definition) in table::definitions() {
        let said: Vec<&str> = cases
            .iter()
            .filter(|case| case.kind.name == kind.name)
            .filter_map(|case| Some(case.refusal.as_ref()?.says.as_str()))
            .collect();
        let mut messages = BTreeSet::new();
        collect_messages(sawlog_crds::schema::of(&definition), &mut messages);
        without.extend(
            messages
                .into_iter()
                .filter(|message| !said.iter().any(|said| message.contains(said)))
                .map(|message| format!("{}: {message}", kind.name)),
        );
    }
    assert!(without.is_empty(), "{}", without.join("\n"));
}

fn collect_messages(schema: &Value, messages: &mut BTreeSet<String>) {
    for rule in schema["x-kubernetes-validations"].as_array().into_iter().flatten() {
        messages.insert(rule["message"].as_str().unwrap().to_owned());
    }
    let below = schema["properties"].as_object().into_iter().flat_map(|fields| fields.values());
    for schema in below.chain(schema.get("items")).chain(schema.get("additionalProperties")) {
        collect_messages(schema, messages);
    }
}
