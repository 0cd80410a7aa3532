//! What becomes of resources, one by one.

use std::collections::BTreeMap;

use sawlog_crds::{
    contract::{
        agent_plan::{Namespaces, PlanEntry},
        compile::{Documents, Name, Observed, Resources, compile},
        index_document::{IndexEntry, Owners, Pipelines, To},
        parts::{LIMIT, Packed},
        words::{Detector, OnExceed, OnFull, RedactMode},
    },
    index::LogIndex,
    pipeline::LogPipeline,
    reason::Reason,
};
use serde_json::{Value, json};

use crate::{
    samples,
    world::{configuration, object, observed, resources},
};

fn pipeline(namespace: &str, name: &str, spec: &Value) -> LogPipeline {
    object("LogPipeline", namespace, name, 1, spec)
}

fn index(spec: &Value) -> LogIndex {
    object("LogIndex", "sawlog", "main", 1, spec)
}

/// An index that everybody may use.
fn open() -> LogIndex {
    index(&json!({ "allowedNamespaces": { "from": "All" } }))
}

fn documents(resources: &Resources) -> Documents {
    compile(resources, &configuration(), &Observed::default())
}

fn why(documents: &Documents) -> Vec<(Reason, String)> {
    documents.left_out.iter().map(|one| (one.reason, one.message.clone())).collect()
}

fn planned(
    documents: &Documents,
    namespace: &str,
    name: &str,
) -> sawlog_crds::contract::agent_plan::Pipeline {
    let key = PlanEntry::pipeline_key(namespace, name);
    match PlanEntry::read(&key, &documents.plan[&key]).unwrap() {
        PlanEntry::Pipeline(pipeline) => *pipeline,
        PlanEntry::Node(_) => panic!("{key} is no pipeline"),
    }
}

fn of_main(documents: &Documents, key: &str) -> Option<IndexEntry> {
    let written = documents.indexes[&Name::new("sawlog", "main")].get(key)?;
    Some(IndexEntry::read(key, written).unwrap())
}

#[test]
fn six_lines_have_every_default() {
    let pipelines = vec![pipeline("shop", "payments", &json!({}))];
    let documents = documents(&Resources { pipelines, indexes: vec![open()], ..resources() });
    assert_eq!(why(&documents), []);
    let made = planned(&documents, "shop", "payments");
    assert_eq!((made.topic.cluster.as_str(), made.topic.name.as_str()), ("default", "shop.payments"));
    assert_eq!(made.topic.dead_letters, "shop.payments.dlq");
    assert_eq!(made.select.namespaces, Namespaces::Same);
    assert_eq!((made.limits.lines_per_second, made.limits.bytes_per_second), (1_000, 1_000 << 20));
    assert_eq!((made.limits.on_exceed, made.buffer.on_full), (OnExceed::Drop, OnFull::ShedByLevel));
    assert_eq!(made.buffer.max_bytes_per_node, 1 << 30);
    assert_eq!(made.created_ms, 1_772_323_201_000);
    assert!(of_main(&documents, "pipelines/shop/payments").is_some());
    // The topic does not exist yet, so nobody reads it.
    assert!(of_main(&documents, "topics/default/shop.payments").is_none());
    let IndexEntry::Settings(settings) = of_main(&documents, "index").unwrap() else { panic!("no settings") };
    assert_eq!((settings.query.memory_bytes, settings.segment.seal_bytes), (512 << 20, 64 << 20));
}

#[test]
fn an_audit_pipeline_waits_rather_than_losing() {
    let pipelines = vec![pipeline("shop", "audit", &json!({ "durability": "Audit" }))];
    let made = planned(&documents(&Resources { pipelines, ..resources() }), "shop", "audit");
    assert_eq!((made.limits.on_exceed, made.buffer.on_full), (OnExceed::Block, OnFull::Block));
}

#[test]
fn the_platforms_minimum_cannot_be_switched_off() {
    let spec = json!({ "redact": {
        "detectors": ["Email", "Card"], "mode": "Hash", "fields": ["pin", "password"],
        "patterns": [{ "name": "badge", "pattern": "x" }], "skipFields": ["card", "password"],
    } });
    let documents = documents(&Resources { pipelines: vec![pipeline("shop", "a", &spec)], ..resources() });
    let redact = planned(&documents, "shop", "a").redact;
    let detectors: Vec<_> =
        redact.detectors.iter().map(|one| (one.detector, one.mode, one.minimum)).collect();
    assert_eq!(
        detectors,
        [(Detector::Card, RedactMode::Drop, true), (Detector::Email, RedactMode::Hash, false)]
    );
    let fields: Vec<_> = redact.fields.iter().map(|one| (one.name.as_str(), one.mode)).collect();
    assert_eq!(fields, [("password", RedactMode::Drop), ("pin", RedactMode::Hash)]);
    let patterns: Vec<_> = redact.patterns.iter().map(|one| (one.pattern.as_str(), one.minimum)).collect();
    assert_eq!(patterns, [("badge-[0-9]+", true), ("x", false)]);
    assert_eq!(redact.skip_fields, ["card"]);
}

/// Specs, each with one thing wrong, and what is said of it.
fn bad_pipelines() -> Vec<(Value, Reason, &'static str)> {
    let all = json!({ "matchLabels": {} });
    vec![
        (
            json!({ "topic": { "name": "bank.a" } }),
            Reason::PlatformOnly,
            "topic.name must begin with `shop.`",
        ),
        (json!({ "topic": { "name": "shop" } }), Reason::PlatformOnly, "topic.name must begin with `shop.`"),
        (
            json!({ "topic": { "name": "shop.a.dlq" } }),
            Reason::TopicNameReserved,
            "topic shop.a.dlq: names that",
        ),
        (
            json!({ "topic": { "name": "sawlog.vault" } }),
            Reason::TopicNameReserved,
            "topic sawlog.vault: names that",
        ),
        (json!({ "topic": { "adopt": true } }), Reason::PlatformOnly, "topic.adopt is only for"),
        (
            json!({ "kafkaRef": { "name": "private" } }),
            Reason::KafkaUnknown,
            "kafkaRef.name: Kafka cluster private does not allow",
        ),
        (
            json!({ "kafkaRef": { "name": "gone" } }),
            Reason::KafkaUnknown,
            "kafkaRef.name: the operator's configuration has no",
        ),
        (
            json!({ "select": { "mode": "All", "namespaceSelector": all } }),
            Reason::PlatformOnly,
            "select.namespaceSelector",
        ),
        (json!({ "select": { "mode": "Selector" } }), Reason::SpecInvalid, "select.podSelector is for"),
        (
            json!({ "allowedNamespaces": { "from": "Selector" } }),
            Reason::SpecInvalid,
            "allowedNamespaces.from",
        ),
        (json!({ "parse": { "format": "Pattern" } }), Reason::SpecInvalid, "parse.pattern is for"),
        (
            json!({ "parse": { "format": "Pattern", "pattern": "(a" } }),
            Reason::PatternInvalid,
            "spec.parse.pattern: pattern: regex",
        ),
        (
            json!({ "parse": { "format": "Pattern", "pattern": "a" } }),
            Reason::PatternInvalid,
            "spec.parse.pattern: pattern: it has no named",
        ),
        (
            json!({ "parse": { "multiline": { "preset": "Custom" } } }),
            Reason::SpecInvalid,
            "parse.multiline.startPattern",
        ),
        (
            json!({ "parse": { "multiline": { "preset": "Custom", "startPattern": "[" } } }),
            Reason::PatternInvalid,
            "spec.parse.multiline.startPattern: ",
        ),
        (
            json!({ "redact": { "patterns": [{ "name": "x", "pattern": "((((a{99}){99}){99}){99})" }] } }),
            Reason::PatternInvalid,
            "spec.redact.patterns[0].pattern: ",
        ),
        (
            json!({ "shape": [{ "drop": { "when": "level:" } }] }),
            Reason::QueryInvalid,
            "spec.shape[0].drop.when: ",
        ),
        (json!({ "shape": [{}] }), Reason::SpecInvalid, "shape[0]: exactly one of"),
        (
            json!({ "shape": [{ "sample": { "percent": "101" } }] }),
            Reason::SpecInvalid,
            "shape[0]: sample.percent",
        ),
        (
            json!({ "shape": [{ "sample": { "percent": "1" } }], "durability": "Audit" }),
            Reason::SpecInvalid,
            "shape[0]: durability",
        ),
        (
            json!({ "limits": { "onExceed": "Drop" }, "durability": "Audit" }),
            Reason::SpecInvalid,
            "durability: Audit allows",
        ),
        (
            json!({ "buffer": { "onFull": "ShedByLevel" }, "durability": "Audit" }),
            Reason::SpecInvalid,
            "durability: Audit allows",
        ),
    ]
}

#[test]
fn bad_pipelines_are_left_out_with_a_reason_and_harm_nobody() {
    let good = || pipeline("shop", "good", &json!({}));
    let alone = documents(&Resources { pipelines: vec![good()], indexes: vec![open()], ..resources() });
    for (spec, reason, message) in bad_pipelines() {
        let pipelines = vec![pipeline("shop", "a", &spec), good()];
        let documents = documents(&Resources { pipelines, indexes: vec![open()], ..resources() });
        let [left] = &documents.left_out[..] else { panic!("{spec}: {:?}", documents.left_out) };
        assert_eq!(
            (left.kind, &left.object, left.reason),
            ("LogPipeline", &Name::new("shop", "a"), reason),
            "{spec}"
        );
        assert!(left.message.starts_with(message), "{spec}: {}", left.message);
        assert_eq!((&documents.plan, &documents.indexes), (&alone.plan, &alone.indexes), "{spec}");
    }
}

#[test]
fn an_entry_that_no_part_can_hold_is_left_out() {
    let name = |number: usize| format!("{number:03}-{}", "\u{1f4a3}".repeat(120));
    let fields: Vec<Value> = (0..256).map(|number| json!({ "name": name(number), "type": "I64" })).collect();
    let remove: Vec<Value> = (0..32)
        .map(|step| json!({ "remove": { "fields": (0..64).map(|number| name(step * 64 + number)).collect::<Vec<_>>() } }))
        .collect();
    let spec = json!({ "schema": { "version": 1, "fields": fields }, "shape": remove });
    let documents = documents(&Resources { pipelines: vec![pipeline("shop", "a", &spec)], ..resources() });
    assert_eq!(documents.left_out[0].reason, Reason::EntryTooLarge, "{:?}", documents.left_out);
    assert!(documents.left_out[0].message.ends_with(&format!("at most {LIMIT} are possible")));
    assert!(documents.pack_plan().is_ok());
}

#[test]
fn the_older_one_holds_a_topic_also_while_it_is_broken() {
    let shared = json!({ "topic": { "name": "shop.all" } });
    let broken = json!({ "topic": { "name": "shop.all" }, "shape": [{ "drop": { "when": "(" } }] });
    for older in [&shared, &broken] {
        let pipelines = vec![
            object("LogPipeline", "shop", "young", 2, &shared),
            object("LogPipeline", "shop", "zold", 1, older),
        ];
        let documents = documents(&Resources { pipelines, ..resources() });
        let taken = &documents.left_out[0];
        assert_eq!((taken.object.name.as_str(), taken.reason), ("young", Reason::TopicNameTaken));
        assert_eq!(taken.message, "topic shop.all of cluster default belongs to shop/zold, which is older");
    }
    // Somebody without a right to the name does not hold it.
    let pipelines = vec![
        object("LogPipeline", "shop", "young", 2, &shared),
        object("LogPipeline", "bank", "old", 1, &shared),
    ];
    let documents = documents(&Resources { pipelines, ..resources() });
    assert!(documents.plan.contains_key("pipelines/shop/young"));
    assert_eq!(documents.left_out[0].reason, Reason::PlatformOnly);
}

#[test]
fn the_last_good_entry_stays_while_rights_are_the_same() {
    let good = json!({ "limits": { "linesPerSecond": 7 } });
    let bad = json!({ "shape": [{ "drop": { "when": "(" } }], "suspend": true });
    let of = |spec: &Value| Resources { pipelines: vec![pipeline("shop", "a", spec)], ..resources() };
    let before = compile(&of(&good), &configuration(), &Observed::default());
    let seen = Observed { plan: before.plan.clone(), ..Observed::default() };

    let after = compile(&of(&bad), &configuration(), &seen);
    let kept = planned(&after, "shop", "a");
    assert_eq!((kept.limits.lines_per_second, kept.suspend), (7, true));
    assert_eq!(after.left_out[0].reason, Reason::QueryInvalid);
    assert!(
        after.left_out[0].message.ends_with("; generation 1 stays in force"),
        "{}",
        after.left_out[0].message
    );

    // What the platform asks for since then is in it.
    let mut stricter = configuration();
    stricter.redaction_minimum.detectors.insert(Detector::Ipv4);
    let kept = planned(&compile(&of(&bad), &stricter, &seen), "shop", "a");
    assert!(kept.redact.detectors.iter().any(|one| one.detector == Detector::Ipv4 && one.minimum));

    // Another topic, another cluster's rules, another object of the name: nothing is kept.
    let moved = json!({ "shape": [{ "drop": { "when": "(" } }], "topic": { "name": "shop.b" } });
    assert!(!compile(&of(&moved), &configuration(), &seen).plan.contains_key("pipelines/shop/a"));
    let mut closed = configuration();
    closed.kafka.remove("default");
    assert!(!compile(&of(&bad), &closed, &seen).plan.contains_key("pipelines/shop/a"));
    let other = vec![object("LogPipeline", "shop", "a", 2, &bad)];
    let other = compile(&Resources { pipelines: other, ..resources() }, &configuration(), &seen);
    assert!(!other.plan.contains_key("pipelines/shop/a"));
}

#[test]
fn an_index_reads_who_names_it_and_is_permitted() {
    let refs = |namespace: &str| json!({ "indexRefs": [{ "name": "main", "namespace": namespace }] });
    let pipelines = vec![
        pipeline("shop", "blue", &refs("sawlog")),
        pipeline("bank", "red", &refs("sawlog")),
        pipeline("shop", "by-default", &json!({})),
        pipeline("shop", "nowhere", &json!({ "indexRefs": [] })),
        pipeline("shop", "astray", &refs("logs")),
    ];
    let blue = json!({ "from": "Selector", "selector": { "matchLabels": { "team": "blue" } } });
    let indexes = vec![
        index(&json!({ "allowedNamespaces": blue, "replicas": 2 })),
        object("LogIndex", "shop", "main", 1, &json!({ "allowedNamespaces": { "from": "All" } })),
    ];
    let topics =
        ["shop.blue", "bank.red", "shop.by-default"].map(|name| ("default".to_owned(), name.to_owned()));
    let seen = observed(topics);
    let resources = Resources { pipelines, indexes, ..resources() };
    let documents = compile(&resources, &configuration(), &seen);
    let reasons: Vec<_> = documents.left_out.iter().map(|one| (one.object.to_string(), one.reason)).collect();
    assert_eq!(
        reasons,
        [
            ("shop/main".to_owned(), Reason::NamespaceNotAllowed),
            ("bank/red".to_owned(), Reason::RefNotPermitted),
            ("shop/astray".to_owned(), Reason::RefNotFound),
        ]
    );
    let keys: Vec<&str> =
        documents.indexes[&Name::new("sawlog", "main")].keys().map(String::as_str).collect();
    assert_eq!(
        keys,
        [
            "assignment",
            "index",
            "pipelines/shop/blue",
            "pipelines/shop/by-default",
            "topics/default/shop.blue",
            "topics/default/shop.by-default",
        ]
    );
    let assignment = &documents.assignments[&Name::new("sawlog", "main")];
    assert_eq!((assignment.epoch(), assignment.loads()), (1, vec![3, 3]));
}

#[test]
fn one_policy_for_an_index() {
    let policy = |namespace: &str, name: &str, age, spec: Value| {
        object("RetentionPolicy", namespace, name, age, &spec)
    };
    let by_ref = || json!({ "indexRefs": [{ "name": "main" }] });
    let by_label = json!({ "indexSelector": { "matchLabels": { "index": "main" } } });
    let all = vec![
        policy("sawlog", "usual", 1, json!({ "default": true })),
        policy("sawlog", "label", 2, by_label),
        policy("sawlog", "young", 4, by_ref()),
        policy("sawlog", "older", 3, by_ref()),
        policy("logs", "other", 0, by_ref()),
    ];
    let chosen = |policies: &[_], spec: Value| {
        let resources = Resources { policies: policies.to_vec(), indexes: vec![index(&spec)], ..resources() };
        let documents = documents(&resources);
        let chosen = match of_main(&documents, "lifecycle") {
            Some(IndexEntry::Lifecycle(lifecycle)) => lifecycle.policy.name,
            _ => String::new(),
        };
        let conflicts = documents
            .left_out
            .iter()
            .map(|one| format!("{} {}", one.object.name, one.reason.as_str()))
            .collect();
        (chosen, conflicts)
    };
    let text = ToString::to_string;
    let none: Vec<String> = vec![];
    let wanted = |name: &str| json!({ "retentionRef": { "name": name } });
    assert_eq!(chosen(&all, wanted("usual")), (text("usual"), none.clone()));
    assert_eq!(chosen(&all, json!({})), (text("older"), vec![text("young ConflictingPolicy")]));
    assert_eq!(chosen(&all[..2], json!({})), (text("label"), none.clone()));
    assert_eq!(chosen(&all[..1], json!({})), (text("usual"), none.clone()));
    assert_eq!(chosen(&all[4..], json!({})), (text(""), none.clone()));
    // Waiting for the one that is named, rather than deleting by another.
    assert_eq!(chosen(&all, wanted("other")), (text(""), vec![text("main RefNotFound")]));
}

#[test]
fn a_policy_with_a_bad_rule_does_not_act_and_hides_what_it_hid() {
    let rule = |query: &str| json!({ "name": "errors", "match": { "query": query }, "deleteAfter": "90d" });
    let spec = |query: &str| {
        json!({
            "default": true,
            "tiers": [{ "name": "Hot", "after": "0s" }, { "name": "Cold", "after": "3d" }],
            "delete": { "after": "30d" },
            "rules": [rule(query)],
            "holds": [{ "name": "case", "match": { "namespaces": ["bank"] }, "until": "2027-01-01T00:00:00Z" }],
            "deletions": [{ "name": "gdpr", "match": { "services": ["web"] } }],
        })
    };
    let of = |spec: &Value| {
        let policies = vec![object("RetentionPolicy", "sawlog", "keep", 1, spec)];
        documents(&Resources { policies, indexes: vec![open()], ..resources() })
    };
    let keys = |documents: &Documents| {
        let keys = documents.indexes[&Name::new("sawlog", "main")].keys();
        keys.filter(|key| !["index", "assignment"].contains(&key.as_str()))
            .cloned()
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(keys(&of(&spec("level:ERROR"))), "deletions/gdpr holds/case lifecycle rules/errors");
    let bad = of(&spec("level:"));
    assert_eq!(keys(&bad), "deletions/gdpr holds/case");
    assert_eq!(bad.left_out[0].reason, Reason::QueryInvalid);
    assert!(
        bad.left_out[0].message.starts_with("spec.rules[0].match.query: "),
        "{}",
        bad.left_out[0].message
    );

    let mut empty = spec("level:ERROR");
    empty["holds"][0]["match"] = json!({});
    assert_eq!(keys(&of(&empty)), "deletions/gdpr rules/errors");
    let mut early = spec("level:ERROR");
    early["delete"]["after"] = json!("3d");
    assert_eq!(
        why(&of(&early)),
        [(Reason::SpecInvalid, "delete.after must be later than every tier".to_owned())]
    );
    let mut falling = spec("level:ERROR");
    falling["tiers"][0]["after"] = json!("4d");
    assert_eq!(of(&falling).left_out[0].reason, Reason::SpecInvalid);
    // A request that cannot be read is refused alone.
    let mut request = spec("level:ERROR");
    request["deletions"][0]["match"] = json!({});
    assert_eq!(keys(&of(&request)), "holds/case lifecycle rules/errors");
}

#[test]
fn alert_rules_see_what_is_theirs() {
    let pipelines = vec![
        pipeline("shop", "own", &json!({})),
        pipeline("bank", "closed", &json!({})),
        pipeline("bank", "open", &json!({ "allowedNamespaces": { "from": "All" } })),
        pipeline("shop", "unread", &json!({ "indexRefs": [] })),
    ];
    let indexes = vec![open(), object("LogIndex", "logs", "private", 1, &json!({}))];
    let base = Resources { pipelines, indexes, ..resources() };
    let rule = |namespace: &str, refs: Value| {
        let mut spec = json!({ "query": "level:ERROR", "trigger": { "count": { "op": "Gt", "value": 5 } } });
        spec.as_object_mut().unwrap().extend(refs.as_object().unwrap().clone());
        let rules = vec![object("AlertRule", namespace, "r", 1, &spec)];
        documents(&Resources { rules, ..base.clone() })
    };
    let named = |names: &[(&str, &str)]| {
        let refs: Vec<Value> =
            names.iter().map(|(namespace, name)| json!({ "namespace": namespace, "name": name })).collect();
        json!({ "pipelineRefs": refs })
    };
    let main = json!({ "indexRef": { "name": "main", "namespace": "sawlog" } });
    let rows = [
        ("shop", main.clone(), Ok((Owners::Namespace("shop".to_owned()), Pipelines::All))),
        ("ops", main, Ok((Owners::Any, Pipelines::All))),
        (
            "shop",
            named(&[("bank", "open"), ("shop", "own")]),
            Ok((
                Owners::Namespace("shop".to_owned()),
                Pipelines::Named(vec!["pipelines/bank/open".to_owned(), "pipelines/shop/own".to_owned()]),
            )),
        ),
        (
            "ops",
            named(&[("bank", "closed")]),
            Ok((Owners::Any, Pipelines::Named(vec!["pipelines/bank/closed".to_owned()]))),
        ),
        ("shop", named(&[("bank", "closed")]), Err(Reason::RefNotPermitted)),
        ("shop", named(&[("bank", "gone")]), Err(Reason::RefNotFound)),
        ("shop", named(&[("shop", "own"), ("shop", "unread")]), Err(Reason::NoCommonIndex)),
        ("shop", named(&[]), Err(Reason::SpecInvalid)),
        ("shop", json!({}), Err(Reason::SpecInvalid)),
        (
            "shop",
            json!({ "indexRef": { "name": "private", "namespace": "logs" } }),
            Err(Reason::RefNotPermitted),
        ),
        ("shop", json!({ "indexRef": { "name": "main" } }), Err(Reason::RefNotFound)),
    ];
    for (namespace, refs, expected) in rows {
        let documents = rule(namespace, refs.clone());
        let found = match of_main(&documents, &IndexEntry::alert_key(namespace, "r")) {
            Some(IndexEntry::Alert(alert)) => Ok((alert.owners, alert.pipelines)),
            _ => Err(documents.left_out[0].reason),
        };
        assert_eq!(found, expected, "{namespace} {refs}");
    }
    let index = json!({ "name": "main", "namespace": "sawlog" });
    let bad = [
        (json!({ "indexRef": index, "query": "(" }), Reason::QueryInvalid),
        (json!({ "indexRef": index, "trigger": {} }), Reason::SpecInvalid),
        (
            json!({ "indexRef": index, "trigger": { "ratio": { "of": "(", "op": "Gt", "percent": "1" } } }),
            Reason::QueryInvalid,
        ),
    ];
    for (spec, reason) in bad {
        assert_eq!(rule("shop", spec.clone()).left_out[0].reason, reason, "{spec}");
    }
}

#[test]
fn alerts_are_told_to_whom_they_may_be() {
    let notify = |notify: Option<Value>| {
        let mut spec = json!({
            "query": "level:ERROR", "trigger": { "absent": {} },
            "indexRef": { "name": "main", "namespace": "sawlog" },
        });
        if let Some(notify) = notify {
            spec["notify"] = notify;
        }
        let rules = vec![object("AlertRule", "shop", "r", 1, &spec)];
        let documents = documents(&Resources { rules, indexes: vec![open()], ..resources() });
        let Some(IndexEntry::Alert(alert)) = of_main(&documents, "alerts/shop/r") else { panic!("no alert") };
        let receiver = of_main(&documents, "receivers/oncall").is_some();
        (alert.notify.into_iter().map(|one| one.to).collect::<Vec<_>>(), receiver, why(&documents))
    };
    let oncall = To::Receiver("oncall".to_owned());
    assert_eq!(notify(None), (vec![oncall.clone()], true, vec![]));
    let url = "https://chat.example.com/hook";
    let some = json!([
        { "name": "a", "receiverRef": { "name": "oncall" } },
        { "name": "b", "url": url },
        { "name": "c", "url": "https://169.254.169.254/" },
        { "name": "d", "receiverRef": { "name": "gone" } },
        { "name": "e" },
    ]);
    let (to, receiver, why) = notify(Some(some));
    assert_eq!((to, receiver), (vec![oncall, To::Url(url.to_owned())], true));
    let mut reasons: Vec<Reason> = why.into_iter().map(|(reason, _)| reason).collect();
    reasons.sort();
    assert_eq!(reasons, [Reason::SpecInvalid, Reason::ReceiverUnknown, Reason::HostNotAllowed]);
    let (to, receiver, _) = notify(Some(json!([])));
    assert_eq!((to, receiver), (vec![], false));
}

fn changed(before: &Packed, after: &Packed) -> (usize, usize) {
    let only = |one: &Packed, other: &Packed| {
        one.parts.keys().filter(|hash| !other.parts.contains_key(hash)).count()
    };
    (only(before, after), only(after, before))
}

#[test]
fn two_thousand_pipelines_and_one_change() {
    let names: Vec<String> = (0..2_000).map(|number| format!("service-{number}")).collect();
    let spec = |lines: i32| {
        json!({
            "limits": { "linesPerSecond": lines },
            "shape": [{ "drop": { "when": "path:\"/healthz\" AND level:INFO" } }],
        })
    };
    let mut pipelines: Vec<LogPipeline> =
        names.iter().map(|name| pipeline("shop", name, &spec(10))).collect();
    let seen = observed(names.iter().map(|name| ("default".to_owned(), format!("shop.{name}"))));
    let of = |pipelines: &[LogPipeline]| {
        let indexes = vec![index(&json!({ "allowedNamespaces": { "from": "All" }, "replicas": 8 }))];
        let documents = compile(
            &Resources { pipelines: pipelines.to_vec(), indexes, ..resources() },
            &configuration(),
            &seen,
        );
        assert_eq!(why(&documents), []);
        let mut indexes: BTreeMap<Name, Packed> = documents.pack_indexes().unwrap();
        (documents.pack_plan().unwrap(), indexes.remove(&Name::new("sawlog", "main")).unwrap())
    };
    let before = of(&pipelines);
    for (what, packed) in [("plan", &before.0), ("index document", &before.1)] {
        let bytes: usize = packed.parts.values().map(Vec::len).sum();
        println!("{what}: {} parts, {bytes} bytes", packed.parts.len());
    }
    pipelines[1_234] = pipeline("shop", &names[1_234], &spec(20));
    pipelines[1_234].metadata.generation = Some(2);
    let after = of(&pipelines);
    assert_eq!((changed(&before.0, &after.0), changed(&before.1, &after.1)), ((1, 1), (1, 1)));
    assert!(before.0.hash != after.0.hash && before.1.hash != after.1.hash);
    pipelines.reverse();
    assert_eq!(of(&pipelines), after);
}

#[test]
fn the_sample_of_the_contract_is_what_resources_can_say() {
    let sample = samples::pipeline();
    let spec = json!({
        "priority": 10,
        "select": {
            "mode": "Selector",
            "podSelector": { "matchLabels": { "app": "payments" },
                "matchExpressions": [{ "key": "tier", "operator": "NotIn", "values": ["test"] }] },
            "containers": { "exclude": ["istio-*"] },
        },
        "parse": {
            "format": "Pattern", "pattern": sample.parse.pattern, "keepOriginal": true,
            "timestamp": { "field": "at", "layout": "%Y-%m-%d %H:%M:%S", "zone": "Europe/Berlin" },
            "level": { "field": "level" }, "service": { "field": "svc" },
            "trace": { "traceField": "trace", "spanField": "span" },
            "multiline": { "preset": "Custom", "startPattern": sample.parse.multiline.start_pattern },
        },
        "schema": { "version": 2, "mode": "Strict", "compatibleWith": [1], "fields": [
            { "name": "amount", "type": "F64", "required": true }, { "name": "card.brand", "type": "Keyword" },
        ] },
        "buffer": { "maxBytesPerNode": "256Mi" },
    });
    let pipelines = vec![pipeline("shop", "payments", &spec)];
    let documents = documents(&Resources { pipelines, indexes: vec![open()], ..resources() });
    assert_eq!(why(&documents), []);
    let made = planned(&documents, "shop", "payments");
    assert_eq!((made.select, made.parse), (sample.select, sample.parse));
    assert_eq!((made.schema, made.buffer, made.topic), (sample.schema, sample.buffer, sample.topic));
}
