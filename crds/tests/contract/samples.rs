//! One of each document, with every field that there is.

use std::{collections::BTreeMap, num::NonZeroU32};

use sawlog_crds::contract::{
    agent_plan::{self, PlanEntry},
    applied::Applied,
    assignment::{Assignment, TopicId},
    in_force::{Rejected, Rejection, entry_hash},
    index_document::{self as index, AssignmentEntry, IndexEntry},
    parts::{Entries, Hash},
    schema::{Field, Schema},
    shard_report::{Position, ShardReport, ShardState},
    version::VERSION,
    words::{
        Compression, Detector, Durability, FieldType, Format, LabelOperator, LabelRequirement, LabelSelector,
        Level, OnExceed, OnFull, OnOversize, Op, Preset, RedactMode, RetentionMode, SchemaMode, SelectMode,
        Severity, Stream, TierName, TopicKey,
    },
};

fn text(text: &str) -> String {
    text.to_owned()
}

fn texts(all: &[&str]) -> Vec<String> {
    all.iter().copied().map(text).collect()
}

fn schema() -> Schema {
    let field = |name, kind, required| Field { name: text(name), kind, required };
    Schema {
        version: 2,
        mode: SchemaMode::Strict,
        fields: vec![field("amount", FieldType::F64, true), field("card.brand", FieldType::Keyword, false)],
        compatible_with: vec![1],
    }
}

/// A pipeline of the plan.
pub(crate) fn pipeline() -> agent_plan::Pipeline {
    let labels = LabelSelector {
        match_labels: Some(BTreeMap::from([(text("app"), "payments".parse().unwrap())])),
        match_expressions: Some(vec![LabelRequirement {
            key: "tier".parse().unwrap(),
            operator: LabelOperator::NotIn,
            values: Some(vec!["test".parse().unwrap()]),
        }]),
    };
    agent_plan::Pipeline {
        requires: vec![],
        namespace: text("shop"),
        name: text("payments"),
        uid: text("0f3e6a1c-8a4e-4d0f-9f43-2f1f4a4b5c6d"),
        generation: 4,
        created_ms: 1_772_409_600_000,
        platform: false,
        priority: 10,
        select: agent_plan::Select {
            mode: SelectMode::Selector,
            pods: labels,
            namespaces: agent_plan::Namespaces::Same,
            containers: agent_plan::Containers { include: texts(&["*"]), exclude: texts(&["istio-*"]) },
            streams: vec![Stream::Stdout, Stream::Stderr],
        },
        allowed_namespaces: agent_plan::Namespaces::Selector(LabelSelector::default()),
        parse: parse(),
        redact: redact(),
        shape: shape(),
        limits: agent_plan::Limits {
            lines_per_second: 1_000,
            burst_lines: 10_000,
            bytes_per_second: 1_048_576_000,
            max_line_bytes: 1_048_576,
            on_oversize: OnOversize::Split,
            on_exceed: OnExceed::Drop,
        },
        enrich: agent_plan::Enrich {
            pod_labels: texts(&["app.kubernetes.io/version"]),
            pod_annotations: vec![],
            namespace_labels: texts(&["team"]),
            environment: Some(text("prod")),
            default_environment: Some(text("dev")),
            region: Some(text("eu-central-1")),
            fixed: vec![agent_plan::FixedAttribute { name: text("cost.center"), value: text("4711") }],
        },
        buffer: agent_plan::Buffer { max_bytes_per_node: 268_435_456, on_full: OnFull::ShedByLevel },
        batch: agent_plan::Batch { max_bytes: 524_288, max_wait_ms: 1_000 },
        durability: Durability::Standard,
        schema: schema(),
        topic: agent_plan::Topic {
            cluster: text("default"),
            name: text("shop.payments"),
            dead_letters: text("shop.payments.dlq"),
            compression: Compression::Zstd,
            key: TopicKey::ServiceEnvironment,
        },
        suspend: false,
    }
}

fn parse() -> agent_plan::Parse {
    agent_plan::Parse {
        format: Format::Pattern,
        pattern: Some(text(r"(?P<level>\w+) (?P<message>.*)")),
        timestamp: agent_plan::Timestamp {
            field: Some(text("at")),
            layout: Some(text("%Y-%m-%d %H:%M:%S")),
            zone: text("Europe/Berlin"),
        },
        level_field: Some(text("level")),
        service_field: Some(text("svc")),
        trace: agent_plan::Trace { trace_field: Some(text("trace")), span_field: Some(text("span")) },
        multiline: agent_plan::Multiline {
            preset: Preset::Custom,
            start_pattern: Some(text(r"^\d{4}-")),
            max_lines: 500,
            max_bytes: 1_048_576,
            flush_after_ms: 500,
        },
        keep_original: true,
    }
}

fn redact() -> agent_plan::Redact {
    agent_plan::Redact {
        detectors: vec![
            agent_plan::DetectorRule { detector: Detector::Card, mode: RedactMode::Drop, minimum: true },
            agent_plan::DetectorRule { detector: Detector::Email, mode: RedactMode::Hash, minimum: false },
        ],
        patterns: vec![agent_plan::PatternRule {
            name: text("customer"),
            pattern: text(r"cust-(?P<secret>\d+)"),
            mode: RedactMode::Token,
            minimum: false,
        }],
        fields: vec![agent_plan::FieldRule { name: text("password"), mode: RedactMode::Mask }],
        skip_fields: texts(&["order.id"]),
    }
}

fn shape() -> Vec<agent_plan::Step> {
    use agent_plan::Step;
    vec![
        Step::Drop { name: text("health"), when: text(r#"path:"/healthz" AND level:INFO"#) },
        Step::Keep { name: text("2"), when: text("NOT level:TRACE") },
        Step::Sample {
            name: text("3"),
            keep_millipercent: 10_500,
            keep_levels: vec![Level::Warn, Level::Error, Level::Fatal],
            key: Some(text("session")),
        },
        Step::Rename { name: text("4"), from: text("usr"), to: text("user") },
        Step::Add {
            name: text("5"),
            field: text("slow"),
            value: text("yes"),
            when: text("duration_ms:>500"),
        },
        Step::Remove { name: text("6"), fields: texts(&["debug"]) },
    ]
}

/// The agent plan.
pub(crate) fn plan() -> Vec<PlanEntry> {
    let node = agent_plan::Node { requires: vec![], spool_bytes: 1 << 30, memory_bytes: 96 << 20 };
    vec![PlanEntry::Node(node), PlanEntry::Pipeline(Box::new(pipeline()))]
}

/// The index document.
pub(crate) fn index_document() -> Vec<IndexEntry> {
    let topic = TopicId(text("aHR0cHM6Ly9leGFtcGxlCg"));
    let shards = NonZeroU32::new(2).unwrap();
    let assignment = Assignment::next(None, &BTreeMap::from([(topic.clone(), 3)]), shards);
    let (rule, hold) = (IndexEntry::Rule(rule()), IndexEntry::Hold(hold()));
    let rests_on =
        [&rule, &hold].into_iter().map(|entry| (entry.key(), entry_hash(&entry.write()))).collect();
    vec![
        IndexEntry::Settings(Box::new(settings())),
        IndexEntry::Assignment(AssignmentEntry { requires: vec![], assignment }),
        IndexEntry::Topic(index::Topic {
            requires: vec![],
            cluster: text("default"),
            name: text("shop.payments"),
            id: topic,
            partitions: 3,
            dead_letters: text("shop.payments.dlq"),
            retention_ms: 172_800_000,
            pipeline: IndexEntry::pipeline_key("shop", "payments"),
        }),
        IndexEntry::Pipeline(index::Pipeline {
            requires: vec![],
            namespace: text("shop"),
            name: text("payments"),
            uid: text("0f3e6a1c-8a4e-4d0f-9f43-2f1f4a4b5c6d"),
            generation: 4,
            platform: false,
            schema: schema(),
            durability: Durability::Audit,
            suspend: false,
        }),
        IndexEntry::Lifecycle(lifecycle(rests_on)),
        rule,
        hold,
        IndexEntry::Deletion(index::Deletion {
            requires: vec![],
            name: text("gdpr-17"),
            matches: matches("user:tok_AAAABBBBCCCCDDDD"),
            from_ms: Some(1_772_323_200_000),
            to_ms: Some(1_772_409_600_000),
            reason: text("ticket 17"),
        }),
        IndexEntry::Alert(Box::new(alert())),
        IndexEntry::Receiver(index::Receiver {
            requires: vec![],
            name: text("oncall"),
            kind: index::ReceiverKind::PagerDuty,
            url: text("https://events.pagerduty.com/v2/enqueue"),
            secret: Some(text("pagerduty")),
        }),
    ]
}

fn settings() -> index::Settings {
    index::Settings {
        requires: vec![],
        namespace: text("sawlog"),
        name: text("main"),
        uid: text("7f3e6a1c-8a4e-4d0f-9f43-2f1f4a4b5c6d"),
        generation: 2,
        schema: index::IndexSchema {
            max_dynamic_fields: 500,
            fields: vec![index::IndexField { name: text("duration_ms"), kind: FieldType::I64 }],
        },
        segment: index::Segment {
            seal_every_ms: 30_000,
            seal_bytes: 64 << 20,
            merge_target_bytes: 1 << 30,
            time_bucket_ms: 60_000,
        },
        max_used_percent: 80,
        store: index::Store::ObjectStore(index::ObjectStore {
            bucket: text("logs"),
            prefix: text("sawlog/main"),
            endpoint: Some(text("https://s3.example.com")),
            region: Some(text("eu-central-1")),
            path_style: true,
        }),
        query: index::Query {
            max_concurrent: 16,
            timeout_ms: 30_000,
            shard_timeout_ms: 4_000,
            max_range_ms: 7_776_000_000,
            memory_bytes: 1 << 30,
            tail_sessions: 50,
            trace_link: Some(text("https://traces.example.com/{trace_id}")),
        },
    }
}

fn matches(query: &str) -> index::Match {
    index::Match {
        namespaces: texts(&["shop"]),
        services: texts(&["payments"]),
        levels: vec![Level::Error],
        query: text(query),
    }
}

fn rule() -> index::LifecycleRule {
    index::LifecycleRule {
        requires: vec![],
        name: text("errors"),
        priority: 5,
        matches: matches("status:>=500"),
        delete_after_ms: Some(31_536_000_000),
        tiers: vec![index::Tier { name: TierName::Cold, after_ms: 1_209_600_000 }],
    }
}

fn hold() -> index::Hold {
    index::Hold {
        requires: vec![],
        name: text("case-7"),
        matches: matches(""),
        until_ms: Some(1_803_859_200_000),
        reason: text("litigation"),
    }
}

fn lifecycle(rests_on: BTreeMap<String, Hash>) -> index::Lifecycle {
    let tier = |name, after_ms| index::Tier { name, after_ms };
    index::Lifecycle {
        requires: vec![],
        policy: index::Policy {
            namespace: text("sawlog"),
            name: text("standard"),
            uid: text("8f3e6a1c-8a4e-4d0f-9f43-2f1f4a4b5c6d"),
            generation: 1,
        },
        mode: RetentionMode::Enforce,
        suspend: false,
        tiers: vec![
            tier(TierName::Hot, 0),
            tier(TierName::Warm, 259_200_000),
            tier(TierName::Cold, 1_209_600_000),
        ],
        delete: Some(index::Delete {
            after_ms: Some(2_592_000_000),
            max_total_bytes: Some(1 << 40),
            max_bytes_per_namespace: Some(1 << 38),
        }),
        schedule: index::Schedule {
            cron: text("17 * * * *"),
            time_zone: text("Etc/UTC"),
            window_ms: Some(1_800_000),
            max_concurrent_moves: 2,
        },
        safety: index::Safety {
            shorten_grace_ms: 86_400_000,
            max_delete_percent: 25,
            approved: Some(text("0123456789abcdef")),
        },
        rests_on,
    }
}

/// An alert rule.
pub(crate) fn alert() -> index::Alert {
    index::Alert {
        requires: vec![],
        namespace: text("shop"),
        name: text("payment-errors"),
        uid: text("9f3e6a1c-8a4e-4d0f-9f43-2f1f4a4b5c6d"),
        generation: 3,
        owners: index::Owners::Namespace(text("shop")),
        pipelines: index::Pipelines::Named(vec![IndexEntry::pipeline_key("shop", "payments")]),
        query: text("level:ERROR"),
        group_by: texts(&["service"]),
        window_ms: 300_000,
        slide_ms: 60_000,
        lateness_ms: 30_000,
        trigger: index::Trigger::Ratio { of: text("*"), op: Op::Gt, millipercent: 2_500 },
        for_ms: 0,
        cooldown_ms: 600_000,
        keep_firing_for_ms: 0,
        max_groups: 100,
        severity: Severity::Critical,
        labels: vec![index::Label { name: text("team"), value: text("payments") }],
        summary: text("payments fail"),
        description: text("{{ value }} of payments failed"),
        runbook: text("https://wiki.example.com/payments"),
        sample_lines: 3,
        notify: vec![
            index::Notify { name: text("oncall"), to: index::To::Receiver(text("oncall")) },
            index::Notify { name: text("chat"), to: index::To::Url(text("https://chat.example.com/hook")) },
        ],
        suspend: false,
    }
}

fn rejected() -> Vec<Rejected> {
    vec![Rejected {
        key: PlanEntry::pipeline_key("shop", "payments"),
        reason: Rejection::RequirementUnknown,
        message: text("requires redact-names, which this program does not know: update it"),
        kept: true,
    }]
}

/// What an agent answers.
pub(crate) fn applied() -> Applied {
    Applied { version: VERSION, root: Some(Hash::of(b"root")), rejected: rejected() }
}

/// What a shard says.
pub(crate) fn shard_report() -> ShardReport {
    ShardReport {
        version: VERSION,
        index: text("sawlog/main"),
        index_uid: text("7f3e6a1c-8a4e-4d0f-9f43-2f1f4a4b5c6d"),
        ordinal: 1,
        incarnation: text("01JNB3Q4"),
        epoch: 3,
        root: Some(Hash::of(b"root")),
        rejected: rejected(),
        state: ShardState::Releasing,
        blocked_by: Some(text("the object store does not answer")),
        partitions: vec![Position {
            topic: TopicId(text("aHR0cHM6Ly9leGFtcGxlCg")),
            partition: 1,
            read_offset: 1_200,
            published_offset: 1_100,
        }],
    }
}

/// Entries by key, as they are written.
pub(crate) fn plan_entries() -> Entries {
    plan().iter().map(|entry| (entry.key(), entry.write())).collect()
}

/// Entries by key, as they are written.
pub(crate) fn index_entries() -> Entries {
    index_document().iter().map(|entry| (entry.key(), entry.write())).collect()
}
