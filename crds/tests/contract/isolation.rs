//! Random resources, most of them with something that they should not have: what each may do is checked against what
//! it says, by rules that are written here once more and in other words.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use proptest::{collection::vec, option, prelude::*, sample::select};
use sawlog_crds::{
    contract::{
        agent_plan::{Namespaces, Pipeline, PlanEntry},
        compile::{Documents, Name, Observed, ObservedIndex, Resources, compile},
        in_force::InForce,
        index_document::{Alert, IndexEntry, Lifecycle, Owners, Pipelines, To},
        parts::{Document, Entries, Hash},
        version::{Reader, VERSION},
        words::{Detector, RedactMode},
    },
    pipeline::LogPipeline,
    refs::{AllowedNamespaces, From},
};
use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    in_rounds,
    world::{NAMESPACES, configuration, object, observed, resources},
};

/// One object.
#[derive(Clone)]
struct Object {
    kind: &'static str,
    namespace: &'static str,
    name: &'static str,
    age: u32,
    spec: Value,
}

impl fmt::Debug for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, namespace, name, age, spec } = self;
        write!(f, "{kind} {namespace}/{name}, age {age}: {spec}")
    }
}

fn namespace() -> impl Strategy<Value = &'static str> {
    select(NAMESPACES.map(|(name, _)| name).to_vec())
}

/// An object with the fields that are there.
fn fields(fields: Vec<(&str, Option<Value>)>) -> Value {
    fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

fn one_of(values: &[Value]) -> impl Strategy<Value = Option<Value>> + use<> {
    option::of(select(values.to_vec()))
}

fn allowed() -> impl Strategy<Value = Option<Value>> {
    let blue = json!({ "matchLabels": { "team": "blue" } });
    one_of(&[
        json!({ "from": "Same" }),
        json!({ "from": "All" }),
        json!({ "from": "Selector", "selector": blue }),
        json!({}),
    ])
}

fn index_ref() -> impl Strategy<Value = Value> {
    (select(vec!["main", "side"]), option::of(namespace())).prop_map(|(name, namespace)| {
        fields(vec![("name", Some(json!(name))), ("namespace", namespace.map(|namespace| json!(namespace)))])
    })
}

fn pipeline_ref() -> impl Strategy<Value = Value> {
    (select(vec!["a", "b"]), option::of(namespace())).prop_map(|(name, namespace)| {
        fields(vec![("name", Some(json!(name))), ("namespace", namespace.map(|namespace| json!(namespace)))])
    })
}

fn topic() -> impl Strategy<Value = Option<Value>> {
    let name = option::of(select(vec![
        "shop.a",
        "shop.b",
        "shop.x",
        "bank.a",
        "bank.x",
        "ops.a",
        "shop",
        "everything",
        "sawlog.vault",
        "shop.a.dlq",
    ]));
    option::of((name, option::of(any::<bool>())).prop_map(|(name, adopt)| {
        fields(vec![("name", name.map(|name| json!(name))), ("adopt", adopt.map(|adopt| json!(adopt)))])
    }))
}

fn pipeline() -> impl Strategy<Value = Value> {
    let selects = one_of(&[
        json!({ "mode": "All" }),
        json!({ "mode": "All", "namespaceSelector": {} }),
        json!({ "mode": "Selector", "podSelector": {} }),
        json!({ "mode": "Selector" }),
    ]);
    let shape = one_of(&[
        json!([{ "drop": { "when": "level:DEBUG" } }]),
        json!([{ "drop": { "when": "level:" } }]),
        json!([{ "sample": { "percent": "5" } }]),
    ]);
    let redact = one_of(&[
        json!({ "detectors": [], "skipFields": ["password", "card"] }),
        json!({ "detectors": ["Card"], "mode": "Hash" }),
        json!({ "patterns": [{ "name": "badge", "pattern": "none" }] }),
        json!({ "patterns": [{ "name": "badge", "pattern": "(" }] }),
    ]);
    let kafka = one_of(&["default", "private", "gone"].map(|name| json!({ "name": name })));
    let durability = one_of(&[json!("Audit"), json!("Standard")]);
    let common = (option::of(vec(index_ref(), 0..3)), allowed(), topic(), kafka);
    (common, selects, shape, redact, durability).prop_map(
        |((indexes, allowed, topic, kafka), selects, shape, redact, durability)| {
            fields(vec![
                ("indexRefs", indexes.map(Value::from)),
                ("allowedNamespaces", allowed),
                ("topic", topic),
                ("kafkaRef", kafka),
                ("select", selects),
                ("shape", shape),
                ("redact", redact),
                ("durability", durability),
            ])
        },
    )
}

fn index() -> impl Strategy<Value = Value> {
    let retention = one_of(&["keep", "short", "gone"].map(|name| json!({ "name": name })));
    (allowed(), retention, 1..5_i32).prop_map(|(allowed, retention, replicas)| {
        fields(vec![
            ("allowedNamespaces", allowed),
            ("retentionRef", retention),
            ("replicas", Some(json!(replicas))),
            ("objectStore", Some(json!({ "bucket": "logs" }))),
        ])
    })
}

fn policy() -> impl Strategy<Value = Value> {
    let query = select(vec!["level:ERROR", "level:"]);
    let refs = one_of(&[json!([{ "name": "main" }]), json!([{ "name": "main" }, { "name": "side" }])]);
    let selector = one_of(&[json!({}), json!({ "matchLabels": { "index": "side" } })]);
    (refs, selector, any::<bool>(), option::of(query)).prop_map(|(refs, selector, default, query)| {
        let rule = |query| json!([{ "name": "errors", "match": { "query": query }, "deleteAfter": "90d" }]);
        fields(vec![
            ("indexRefs", refs),
            ("indexSelector", selector),
            ("default", Some(json!(default))),
            ("delete", Some(json!({ "after": "30d" }))),
            ("rules", query.map(rule)),
            ("holds", Some(json!([{ "name": "case", "match": { "namespaces": ["bank"] } }]))),
            ("deletions", Some(json!([{ "name": "gdpr", "match": { "services": ["web"] } }]))),
        ])
    })
}

fn rule() -> impl Strategy<Value = Value> {
    let notify = one_of(&[
        json!([{ "name": "x", "url": "https://chat.example.com/hook" }, { "name": "y", "url": "https://evil.test" }]),
        json!([{ "name": "x", "receiverRef": { "name": "oncall" } }, { "name": "y", "receiverRef": { "name": "gone" } }]),
    ]);
    let query = select(vec!["level:ERROR", "k8s.namespace.name:bank", "*", "("]);
    (option::of(index_ref()), option::of(vec(pipeline_ref(), 0..3)), query, notify).prop_map(
        |(index, pipelines, query, notify)| {
            fields(vec![
                ("indexRef", index),
                ("pipelineRefs", pipelines.map(Value::from)),
                ("query", Some(json!(query))),
                ("trigger", Some(json!({ "absent": {} }))),
                ("notify", notify),
            ])
        },
    )
}

fn objects() -> impl Strategy<Value = Vec<Object>> {
    let of = |kind: &'static str, names: [&'static str; 2], spec: BoxedStrategy<Value>, most: usize| {
        let one = (namespace(), select(names.to_vec()), 0..600_u32, spec);
        vec(
            one.prop_map(move |(namespace, name, age, spec)| Object { kind, namespace, name, age, spec }),
            0..most,
        )
    };
    let pipelines = of("LogPipeline", ["a", "b"], pipeline().boxed(), 10);
    let indexes = of("LogIndex", ["main", "side"], index().boxed(), 6);
    let policies = of("RetentionPolicy", ["keep", "short"], policy().boxed(), 6);
    let rules = of("AlertRule", ["r", "s"], rule().boxed(), 8);
    (pipelines, indexes, policies, rules).prop_map(|(a, b, c, d)| [a, b, c, d].concat())
}

fn gathered(objects: &[Object]) -> Resources {
    let mut all = resources();
    for Object { kind, namespace, name, age, spec } in objects {
        match *kind {
            "LogPipeline" => all.pipelines.push(object(kind, namespace, name, *age, spec)),
            "LogIndex" => all.indexes.push(object(kind, namespace, name, *age, spec)),
            "RetentionPolicy" => all.policies.push(object(kind, namespace, name, *age, spec)),
            _ => all.rules.push(object(kind, namespace, name, *age, spec)),
        }
    }
    all
}

/// What is there after these resources, with a topic for everything in the plan.
fn after(documents: &Documents) -> Observed {
    let topics = plan(documents).into_values().map(|pipeline| (pipeline.topic.cluster, pipeline.topic.name));
    let held = |(name, assignment): (&Name, &_)| {
        (name.clone(), ObservedIndex { assignment: Some(Clone::clone(assignment)), shards: None })
    };
    Observed {
        plan: documents.plan.clone(),
        indexes: documents.assignments.iter().map(held).collect(),
        ..observed(topics)
    }
}

/// Entries as a reader has them; none may be rejected.
fn in_force<E>(
    entries: &Entries,
    read: impl Fn(&str, &Value) -> Result<E, sawlog_crds::contract::in_force::EntryError>,
) -> InForce<E> {
    let document = Document { root: Hash::of(b""), version: VERSION, entries: entries.clone() };
    let held = InForce::default().next(&document, &Reader::CURRENT, read);
    assert_eq!(held.rejected(), [], "a reader does not read what was compiled");
    held
}

fn plan(documents: &Documents) -> BTreeMap<Name, Pipeline> {
    let held = in_force(&documents.plan, PlanEntry::read);
    let pipelines = held.iter().filter_map(|(_, entry)| match &**entry {
        PlanEntry::Pipeline(pipeline) => {
            Some((Name::new(&pipeline.namespace, &pipeline.name), (**pipeline).clone()))
        }
        PlanEntry::Node(_) => None,
    });
    pipelines.collect()
}

/// Of objects with one name the oldest counts.
fn oldest<'o, T>(objects: &'o [T], name: &Name) -> &'o T
where
    T: kube::ResourceExt + Serialize,
{
    let same = objects.iter().filter(|object| {
        object.namespace().as_ref() == Some(&name.namespace) && object.name_any() == name.name
    });
    let text = |object: &&T| serde_json::to_string(object).unwrap();
    same.min_by_key(|object| (object.creation_timestamp(), object.uid(), text(object))).unwrap()
}

fn is_platform(namespace: &str) -> bool {
    namespace == "ops"
}

fn permits(allowed: Option<&AllowedNamespaces>, own: &str, other: &str) -> bool {
    let team = NAMESPACES.iter().find(|(name, _)| *name == other).map(|(_, team)| *team);
    own == other
        || match allowed.map(|allowed| (allowed.from, allowed.selector.is_some())) {
            Some((Some(From::All), _)) => true,
            // The only selector here.
            Some((Some(From::Selector), true)) => team == Some("blue"),
            _ => false,
        }
}

fn check_plan(resources: &Resources, plan: &BTreeMap<Name, Pipeline>) -> Result<(), TestCaseError> {
    let mut topics = BTreeSet::new();
    for (name, pipeline) in plan {
        let topic = &pipeline.topic;
        prop_assert_eq!(pipeline.platform, is_platform(&name.namespace));
        prop_assert!(topics.insert((&topic.cluster, &topic.name)), "{} twice", topic.name);
        prop_assert!(topic.cluster == "default" || (topic.cluster == "private" && name.namespace == "bank"));
        prop_assert!(!topic.name.starts_with("__") && !topic.name.starts_with("sawlog."));
        prop_assert!(topic.name.rsplit('.').next() != Some("dlq"));
        prop_assert_eq!(&topic.dead_letters, &format!("{}.dlq", topic.name));
        if !is_platform(&name.namespace) {
            prop_assert_eq!(
                topic.name.split_once('.').map(|(owner, _)| owner),
                Some(name.namespace.as_str())
            );
            prop_assert_eq!(&pipeline.select.namespaces, &Namespaces::Same);
        }
        let has_card = pipeline
            .redact
            .detectors
            .iter()
            .any(|one| (one.detector, one.mode, one.minimum) == (Detector::Card, RedactMode::Drop, true));
        let has_field =
            pipeline.redact.fields.iter().any(|one| one.name == "password" && one.mode == RedactMode::Drop);
        let has_badge =
            pipeline.redact.patterns.iter().any(|one| one.pattern == "badge-[0-9]+" && one.minimum);
        prop_assert!(has_card && has_field && has_badge, "{:?}", pipeline.redact);
        prop_assert!(!pipeline.redact.skip_fields.contains(&"password".to_owned()));
        prop_assert_eq!(&pipeline.uid, &kube::ResourceExt::uid(oldest(&resources.pipelines, name)).unwrap());
    }
    Ok(())
}

fn check_index(
    resources: &Resources,
    plan: &BTreeMap<Name, Pipeline>,
    index: &Name,
    held: &InForce<IndexEntry>,
) -> Result<(), TestCaseError> {
    prop_assert!(["sawlog", "logs"].contains(&index.namespace.as_str()));
    let spec = &oldest(&resources.indexes, index).spec;
    for (key, entry) in held.iter() {
        match &**entry {
            IndexEntry::Settings(settings) => {
                prop_assert_eq!(&Name::new(&settings.namespace, &settings.name), index);
            }
            IndexEntry::Pipeline(pipeline) => {
                let name = Name::new(&pipeline.namespace, &pipeline.name);
                let resource = oldest(&resources.pipelines, &name);
                prop_assert!(
                    permits(spec.allowed_namespaces.as_ref(), &index.namespace, &name.namespace),
                    "{key}"
                );
                prop_assert!(names(resource, &name, index), "{key} does not name {index}");
                prop_assert_eq!(pipeline.platform, is_platform(&name.namespace));
            }
            IndexEntry::Topic(topic) => {
                let pipeline = plan.iter().find(|(name, _)| {
                    IndexEntry::pipeline_key(&name.namespace, &name.name) == topic.pipeline
                });
                let (_, pipeline) = pipeline.unwrap();
                prop_assert_eq!(
                    (&topic.cluster, &topic.name),
                    (&pipeline.topic.cluster, &pipeline.topic.name)
                );
                prop_assert!(held.get(&topic.pipeline).is_some());
            }
            IndexEntry::Lifecycle(lifecycle) => check_lifecycle(resources, index, held, lifecycle)?,
            IndexEntry::Alert(alert) => check_alert(resources, index, held, alert)?,
            IndexEntry::Assignment(entry) => {
                let topics = held.iter().filter_map(|(_, entry)| match &**entry {
                    IndexEntry::Topic(topic) => Some(topic.id.clone()),
                    _ => None,
                });
                let assigned: BTreeSet<_> =
                    entry.assignment.owners().map(|(topic, _, _)| topic.clone()).collect();
                prop_assert_eq!(assigned, topics.collect::<BTreeSet<_>>());
            }
            IndexEntry::Rule(_) | IndexEntry::Hold(_) | IndexEntry::Deletion(_) => {
                let own = resources
                    .policies
                    .iter()
                    .any(|policy| policy.metadata.namespace.as_ref() == Some(&index.namespace));
                prop_assert!(own, "{key}");
            }
            IndexEntry::Receiver(receiver) => prop_assert_eq!(receiver.name.as_str(), "oncall"),
        }
    }
    Ok(())
}

fn names(resource: &LogPipeline, name: &Name, index: &Name) -> bool {
    resource.spec.index_refs.as_ref().map_or(index == &Name::new("sawlog", "main"), |refs| {
        refs.iter().any(|one| {
            let namespace = one.namespace.as_ref().map_or(name.namespace.clone(), ToString::to_string);
            (namespace, one.name.to_string()) == (index.namespace.clone(), index.name.clone())
        })
    })
}

fn check_lifecycle(
    resources: &Resources,
    index: &Name,
    held: &InForce<IndexEntry>,
    lifecycle: &Lifecycle,
) -> Result<(), TestCaseError> {
    prop_assert_eq!(&lifecycle.policy.namespace, &index.namespace);
    let policy = &oldest(&resources.policies, &Name::new(&index.namespace, &lifecycle.policy.name)).spec;
    let wanted =
        oldest(&resources.indexes, index).spec.retention_ref.as_ref().map(|one| one.name.to_string());
    let by_name = policy.index_refs.iter().flatten().any(|one| one.name.as_str() == index.name);
    let by_label = policy
        .index_selector
        .as_ref()
        .is_some_and(|selector| selector.match_labels.is_none() || index.name == "side");
    let claims = by_name || by_label || policy.default == Some(true);
    prop_assert!(wanted.map_or(claims, |wanted| wanted == lifecycle.policy.name));
    prop_assert!(lifecycle.is_complete(held));
    let rules = policy.rules.iter().flatten().count() + policy.holds.iter().flatten().count();
    prop_assert_eq!(lifecycle.rests_on.len(), rules);
    Ok(())
}

fn check_alert(
    resources: &Resources,
    index: &Name,
    held: &InForce<IndexEntry>,
    alert: &Alert,
) -> Result<(), TestCaseError> {
    let platform = is_platform(&alert.namespace);
    let owners = if platform { Owners::Any } else { Owners::Namespace(alert.namespace.clone()) };
    prop_assert_eq!(&alert.owners, &owners);
    match &alert.pipelines {
        Pipelines::All => {
            let allowed = &oldest(&resources.indexes, index).spec.allowed_namespaces;
            prop_assert!(permits(allowed.as_ref(), &index.namespace, &alert.namespace));
        }
        Pipelines::Named(keys) => {
            prop_assert!(!keys.is_empty());
            for key in keys {
                let IndexEntry::Pipeline(pipeline) = &**held.get(key).unwrap() else {
                    panic!("{key} is no pipeline")
                };
                let name = Name::new(&pipeline.namespace, &pipeline.name);
                let allowed = &oldest(&resources.pipelines, &name).spec.allowed_namespaces;
                prop_assert!(platform || permits(allowed.as_ref(), &name.namespace, &alert.namespace));
            }
        }
    }
    for one in &alert.notify {
        match &one.to {
            To::Receiver(name) => prop_assert!(name == "oncall" && held.get("receivers/oncall").is_some()),
            To::Url(url) => prop_assert_eq!(url, "https://chat.example.com/hook"),
        }
    }
    Ok(())
}

/// Everything that is in no document has a reason.
fn check_reasons(resources: &Resources, documents: &Documents) -> Result<(), TestCaseError> {
    let left: BTreeSet<(&str, &Name)> =
        documents.left_out.iter().map(|one| (one.kind, &one.object)).collect();
    let name = |metadata: &kube::core::ObjectMeta| {
        Name::new(metadata.namespace.as_ref().unwrap(), metadata.name.as_ref().unwrap())
    };
    for pipeline in &resources.pipelines {
        let name = name(&pipeline.metadata);
        let planned = documents.plan.contains_key(&PlanEntry::pipeline_key(&name.namespace, &name.name));
        prop_assert!(planned || left.contains(&("LogPipeline", &name)), "{name}");
    }
    for index in &resources.indexes {
        let name = name(&index.metadata);
        prop_assert!(documents.indexes.contains_key(&name) || left.contains(&("LogIndex", &name)), "{name}");
    }
    for rule in &resources.rules {
        let name = name(&rule.metadata);
        let key = IndexEntry::alert_key(&name.namespace, &name.name);
        let placed = documents.indexes.values().filter(|entries| entries.contains_key(&key)).count();
        prop_assert!(placed == 1 || (placed == 0 && left.contains(&("AlertRule", &name))), "{name}");
    }
    Ok(())
}

#[test]
fn whatever_fields_say_nobody_gets_what_is_not_theirs() {
    let cases = (objects(), objects());
    in_rounds("isolation", (4, 200), 150, &cases, |(first, second)| {
        // The second resources come to what the first ones left.
        let first = compile(&gathered(&first), &configuration(), &Observed::default());
        let first = compile(&gathered(&second), &configuration(), &after(&first));
        let resources = gathered(&second);
        let documents = compile(&resources, &configuration(), &after(&first));
        let plan = plan(&documents);
        check_plan(&resources, &plan)?;
        for (index, entries) in &documents.indexes {
            check_index(&resources, &plan, index, &in_force(entries, IndexEntry::read))?;
        }
        check_reasons(&resources, &documents)?;
        prop_assert!(documents.pack_plan().is_ok() && documents.pack_indexes().is_ok());
        Ok(())
    });
}

#[test]
fn the_order_of_resources_does_not_matter() {
    let cases = (objects(), objects())
        .prop_flat_map(|(first, objects)| (Just(first), Just(objects.clone()), Just(objects).prop_shuffle()));
    in_rounds("order", (2, 100), 150, &cases, |(first, objects, shuffled)| {
        let seen = after(&compile(&gathered(&first), &configuration(), &Observed::default()));
        let documents = compile(&gathered(&objects), &configuration(), &seen);
        prop_assert_eq!(&compile(&gathered(&shuffled), &configuration(), &seen), &documents);
        // What was compiled and applied is compiled again.
        let again = compile(&gathered(&objects), &configuration(), &after(&documents));
        let once_more = compile(&gathered(&objects), &configuration(), &after(&again));
        prop_assert_eq!(&once_more, &again);
        Ok(())
    });
}

/// Entries of everybody but this namespace, and without what is about all topics of an index.
fn of_others(entries: &Entries, namespace: &str) -> Entries {
    let theirs = |key: &str| {
        let parts: Vec<&str> = key.split('/').collect();
        match parts[0] {
            "pipelines" | "alerts" => parts[1] == namespace,
            "topics" => parts[2].starts_with(&format!("{namespace}.")),
            "assignment" | "receivers" => true,
            _ => false,
        }
    };
    entries.iter().filter(|(key, _)| !theirs(key)).map(|(key, value)| (key.clone(), value.clone())).collect()
}

#[test]
fn what_one_namespace_applies_changes_nothing_for_another() {
    let mine = vec(
        (
            select(vec!["LogPipeline", "LogIndex", "RetentionPolicy", "AlertRule"]),
            0..600_u32,
            select(vec!["a", "main", "keep"]),
        ),
        1..6,
    );
    let specs = (pipeline(), index(), policy(), rule());
    in_rounds("neighbours", (4, 200), 150, &(objects(), mine, specs), |(objects, mine, specs)| {
        let documents = compile(&gathered(&objects), &configuration(), &Observed::default());
        let seen = after(&documents);
        let without = compile(&gathered(&objects), &configuration(), &seen);
        let mallory = mine.into_iter().map(|(kind, age, name)| {
            let spec = match kind {
                "LogPipeline" => &specs.0,
                "LogIndex" => &specs.1,
                "RetentionPolicy" => &specs.2,
                _ => &specs.3,
            };
            Object { kind, namespace: "mallory", name, age, spec: spec.clone() }
        });
        let all: Vec<Object> = objects.iter().cloned().chain(mallory).collect();
        let with = compile(&gathered(&all), &configuration(), &seen);
        prop_assert_eq!(of_others(&with.plan, "mallory"), of_others(&without.plan, "mallory"));
        prop_assert_eq!(with.indexes.keys().collect::<Vec<_>>(), without.indexes.keys().collect::<Vec<_>>());
        for (index, entries) in &without.indexes {
            prop_assert_eq!(of_others(&with.indexes[index], "mallory"), of_others(entries, "mallory"));
        }
        Ok(())
    });
}
