//! Objects that are stored and can no longer be read, as after a downgrade.

use kube::core::{DeserializeGuard, ObjectList};
use sawlog_crds::{kind::Kind, pipeline::LogPipeline};
use sawlog_e2e::wait;
use serde_json::{Value, json};

use super::{
    installed::Copy,
    server::{SOON, Server},
};

const GROUP: &str = "older.sawlog.dev";

#[test]
fn one_malformed_object_does_not_stop_a_list() {
    let server = Server::with_kinds("malformed");
    let kind = Kind::by_name("lp").unwrap();
    let real = Copy::of(kind, GROUP, &server.cluster);
    let mut loose = real.definition.clone();
    // Another version knew other fields.
    loose["spec"]["versions"][0]["schema"]["openAPIV3Schema"] =
        json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true});
    server.install(&[loose]);
    let path = format!("/apis/{GROUP}/v1alpha1/namespaces/{}/copiedlogpipelines", server.namespace);
    let object = |name: &str, spec: Value| json!({"apiVersion": format!("{GROUP}/v1alpha1"), "kind": "LogPipeline", "metadata": {"name": name}, "spec": spec});
    let stored = [
        ("good", json!({"topic": {"partitions": 3}})),
        ("bad-type", json!({"topic": {"partitions": "many"}})),
        ("bad-word", json!({"durability": "Eventually"})),
        ("no-object", json!([1, 2])),
        ("later", json!({"suspend": true})),
    ];
    for (name, spec) in &stored {
        server.send("POST", &path, &object(name, spec.clone())).unwrap();
    }
    server.install(std::slice::from_ref(&real.definition));
    wait::until_true("the real schema to be in force", SOON, || {
        let bad = object("bad-again", json!({"durability": "Eventually"}));
        server.send("POST", &format!("{path}?dryRun=All"), &bad).is_err()
    })
    .unwrap();

    assert!(server.get::<ObjectList<LogPipeline>>(&path).is_err(), "without the guard, one spoils all");
    let listed: ObjectList<DeserializeGuard<LogPipeline>> = server.get(&path).unwrap();
    let (mut good, mut bad) = (Vec::new(), Vec::new());
    for guard in listed.items {
        match guard.0 {
            Ok(object) => good.push(object.metadata.name.unwrap()),
            Err(invalid) => bad.push((invalid.metadata.name.unwrap(), invalid.error)),
        }
    }
    assert_eq!(good, ["good", "later"]);
    let names: Vec<&str> = bad.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["bad-type", "bad-word", "no-object"]);
    assert!(bad.iter().all(|(_, error)| !error.is_empty()), "{bad:?}");
}
