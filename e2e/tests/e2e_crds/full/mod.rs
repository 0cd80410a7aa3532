//! Every list at its maximum length: taken when created, and when changed with its items in another order. What a
//! rule costs grows with what it goes through, and a rule above its budget refuses what is legal.

mod make;

use sawlog_crds::{
    kind::{KINDS, Kind},
    schema,
};
use serde_json::{Value, json};

use self::make::{Maker, lists};
use super::server::{Refused, Server};

/// Their order is a rule; reversed they are refused.
const ORDERED: &str = "tiers";

fn reversed(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().rev().map(reversed).collect(),
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| {
                (name.clone(), if name == ORDERED { value.clone() } else { reversed(value) })
            })
            .collect(),
        other => other.clone(),
    }
}

fn object(kind: &Kind, name: &str, spec: &Value) -> Value {
    json!({"apiVersion": Kind::api_version(), "kind": kind.name, "metadata": {"name": name}, "spec": spec})
}

/// Creates it, changes it, and says what was wrong.
fn try_both(server: &Server, kind: &Kind, name: &str, spec: &Value) -> Result<(), String> {
    let said =
        |when: &str, refused: &Refused| format!("{} {name} {when}: {:?}", kind.name, refused.failures());
    let path = server.path(kind);
    let mut stored =
        server.send("POST", &path, &object(kind, name, spec)).map_err(|refused| said("created", &refused))?;
    stored["spec"] = reversed(spec);
    let path = format!("{path}/{name}");
    let changed = server.send("PUT", &path, &stored).map_err(|refused| said("changed", &refused))?;
    assert_eq!(changed["metadata"]["generation"], if reversed(spec) == *spec { 1 } else { 2 });
    Ok(())
}

#[test]
fn every_list_of_a_spec_may_be_full() {
    let server = Server::with_kinds("full");
    let mut wrong = Vec::new();
    let mut count = 0;
    for kind in KINDS {
        let definition = kind.definition();
        let spec = &schema::of(&definition)["properties"]["spec"];
        for (number, list) in lists(spec).iter().enumerate() {
            let made = Maker::of(list).make(spec);
            let longest = list.length(&made);
            assert!(longest == list.most, "{}: {} of {}: {made}", list.name(), longest, list.most);
            let name = format!("list-{number}");
            wrong.extend(
                try_both(&server, kind, &name, &made)
                    .err()
                    .map(|why| format!("{}: {why:.1000}", list.name())),
            );
            count += 1;
        }
    }
    println!("{count} lists");
    assert!(count > 50 && wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn all_lists_of_a_spec_may_be_full_at_once() {
    let server = Server::with_kinds("all-full");
    for kind in KINDS {
        let definition = kind.definition();
        let spec = &schema::of(&definition)["properties"]["spec"];
        let made = Maker::of_all().make(spec);
        println!("{}: {} bytes", kind.name, made.to_string().len());
        try_both(&server, kind, "fullest", &made).unwrap_or_else(|why| panic!("{why:.3000}"));
    }
}

#[test]
fn every_list_of_a_status_may_be_full() {
    let server = Server::with_kinds("full-status");
    let mut count = 0;
    for kind in KINDS {
        let definition = kind.definition();
        let properties = &schema::of(&definition)["properties"];
        let spec = Maker::of_none().make(&properties["spec"]);
        let path = server.path(kind);
        let mut stored = server.send("POST", &path, &object(kind, "reported", &spec)).unwrap();
        for list in lists(&properties["status"]) {
            let made = Maker::of(&list).make(&properties["status"]);
            for status in [reversed(&made), made] {
                stored["status"] = status;
                let answer = server.send("PUT", &format!("{path}/reported/status"), &stored);
                stored = answer.unwrap_or_else(|refused| panic!("{}: {:?}", list.name(), refused.failures()));
            }
            count += 1;
        }
    }
    println!("{count} lists");
}
