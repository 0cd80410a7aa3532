//! A small cluster, and resources of it from JSON: with every field, and with fields that nobody should set.

use std::collections::{BTreeMap, BTreeSet};

use sawlog_crds::contract::{
    assignment::TopicId,
    compile::{Allowed, Configuration, KafkaCluster, Name, Observed, ObservedTopic, Resources},
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// Namespaces with their labels; `ops` is the platform's, indexes live in `sawlog` and `logs`.
pub(crate) const NAMESPACES: [(&str, &str); 5] =
    [("shop", "blue"), ("bank", "red"), ("ops", "blue"), ("sawlog", "red"), ("logs", "red")];

/// The operator's configuration.
pub(crate) fn configuration() -> Configuration {
    let set = |names: &[&str]| names.iter().map(ToString::to_string).collect::<BTreeSet<String>>();
    let minimum = json!({ "detectors": ["Card"], "mode": "Drop", "fields": ["password"],
        "patterns": [{ "name": "badge", "pattern": "badge-[0-9]+" }] });
    let oncall = json!({ "kind": "Alertmanager", "url": "https://alerts.example.com", "secret": "alerts" });
    Configuration {
        platform_namespaces: set(&["ops"]),
        index_namespaces: set(&["sawlog", "logs"]),
        kafka: BTreeMap::from([
            ("default".to_owned(), KafkaCluster::default()),
            ("private".to_owned(), KafkaCluster { allowed_namespaces: Allowed::Named(set(&["bank"])) }),
        ]),
        default_index: Some(Name::new("sawlog", "main")),
        redaction_minimum: read(minimum),
        receivers: BTreeMap::from([("oncall".parse().unwrap(), read(oncall))]),
        default_receiver: Some("oncall".parse().unwrap()),
        allowed_hosts: BTreeSet::from(["chat.example.com".parse().unwrap()]),
        environment: Some("prod".to_owned()),
        ..Configuration::default()
    }
}

/// No resources, but the namespaces.
pub(crate) fn resources() -> Resources {
    let labels = |team: &str| BTreeMap::from([("team".to_owned(), team.to_owned())]);
    Resources {
        namespaces: NAMESPACES.iter().map(|(name, team)| ((*name).to_owned(), labels(team))).collect(),
        ..Resources::default()
    }
}

/// One object; `age` orders objects by when they were created.
pub(crate) fn object<T: DeserializeOwned>(
    kind: &str,
    namespace: &str,
    name: &str,
    age: u32,
    spec: &Value,
) -> T {
    read(json!({
        "apiVersion": "sawlog.dev/v1alpha1",
        "kind": kind,
        "metadata": {
            "namespace": namespace,
            "name": name,
            "uid": format!("{kind}-{namespace}-{name}-{age}"),
            "generation": 1,
            "creationTimestamp": format!("2026-03-01T00:{:02}:{:02}Z", age / 60 % 60, age % 60),
            "labels": { "index": name },
        },
        "spec": spec,
    }))
}

/// Every topic of these exists, with three partitions.
pub(crate) fn observed(topics: impl IntoIterator<Item = (String, String)>) -> Observed {
    let exists = |place: (String, String)| {
        let id = TopicId(format!("id-of-{}-{}", place.0, place.1));
        (place, ObservedTopic { id, partitions: 3 })
    };
    Observed { topics: topics.into_iter().map(exists).collect(), ..Observed::default() }
}

pub(crate) fn read<T: DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}
