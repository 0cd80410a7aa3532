//! Alertmanager, Prometheus and the Collector do what tests will rely on, and survive being killed.

use std::{fs, process::Command, time::Duration};

use opentelemetry_proto::tonic::{
    common::v1::{AnyValue, any_value::Value},
    logs::v1::{LogRecord, LogsData, ResourceLogs, ScopeLogs},
};
use prost::Message as _;
use rdkafka::{
    Message as _,
    consumer::{BaseConsumer, Consumer as _},
    producer::{BaseProducer, BaseRecord, Producer as _},
};
use sawlog_e2e::{
    ground::{AlertmanagerShape, CollectorShape, Ground, Web, Webhook, collector, prometheus::promtool},
    wait,
};

const SOON: Duration = Duration::from_secs(30);

fn alert(name: &str, times: &str) -> String {
    format!(r#"[{{"labels":{{"alertname":"{name}"}},{times}}}]"#)
}

#[test]
fn an_alert_fires_and_resolves_at_a_webhook_also_after_alertmanager_was_killed() {
    let ground = Ground::of_my_own().unwrap();
    let webhook = Webhook::listen().unwrap();
    let shape = AlertmanagerShape { webhook: Some(webhook.url()), ..AlertmanagerShape::default() };
    let alertmanager = ground.alertmanager_of("alertmanager", &shape).unwrap();
    let post = |body: &str| alertmanager.post_json("/api/v2/alerts", body).unwrap().status;
    let firing = r#""endsAt":"2099-01-01T00:00:00Z""#;
    let resolved = r#""startsAt":"2020-01-01T00:00:00Z","endsAt":"2020-01-02T00:00:00Z""#;
    for name in ["DiskFull", "DiskFullAgain"] {
        assert_eq!(post(&alert(name, firing)), 200);
        let named = format!(r#""alertname":"{name}""#);
        let about = |status: &str| format!(r#""status":"{status}""#);
        let fires = |body: &str| body.contains(&named) && body.contains(&about("firing"));
        webhook.wait_for("the alert to fire", SOON, fires).unwrap();
        assert_eq!(post(&alert(name, resolved)), 200);
        let is_over = |body: &str| body.contains(&named) && body.contains(&about("resolved"));
        webhook.wait_for("the alert to resolve", SOON, is_over).unwrap();

        kill_and_start_again(&alertmanager);
    }
}

fn kill_and_start_again(server: &Web) {
    server.part().kill().unwrap();
    let noticed = server.part().check().unwrap_err().to_string();
    assert!(noticed.contains(" was killed by signal 9; its log ends:"), "{noticed}");
    assert!(server.get("/").is_none(), "nobody answers");
    server.start_again().unwrap();
}

#[test]
fn prometheus_scrapes_and_keeps_what_it_scraped_when_it_is_killed() {
    let ground = Ground::of_my_own().unwrap();
    let prometheus = ground.prometheus().unwrap();
    let first_sample = || {
        let reply = prometheus.get("/api/v1/query?query=min_over_time(timestamp(up)[1h:1s])")?;
        let value = reply.body.split_once(r#""value":["#)?.1.split('"').nth(1)?.to_owned();
        Some(value)
    };
    let before = wait::until("a sample", SOON, first_sample).unwrap();
    kill_and_start_again(&prometheus);
    let after = wait::until("the sample", SOON, first_sample).unwrap();
    assert_eq!(before, after, "the first sample is the one from before");
}

#[test]
fn promtool_tells_good_rules_from_bad() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rules.yml");
    let rules =
        |expression: &str| format!("groups:\n- name: a\n  rules:\n  - alert: Down\n    expr: {expression}\n");
    let check = |expression: &str| {
        fs::write(&path, rules(expression)).unwrap();
        Command::new(promtool().unwrap())
            .args(["check", "rules"])
            .arg(&path)
            .output()
            .unwrap()
            .status
            .success()
    };
    assert!(check("up == 0"));
    assert!(!check("up == ="));
}

fn logs(body: &str) -> LogsData {
    let body = AnyValue { value: Some(Value::StringValue(body.to_owned())) };
    let record = LogRecord {
        time_unix_nano: 1_700_000_000_000_000_000,
        severity_text: "ERROR".to_owned(),
        body: Some(body),
        ..LogRecord::default()
    };
    let scope = ScopeLogs { log_records: vec![record], ..ScopeLogs::default() };
    LogsData { resource_logs: vec![ResourceLogs { scope_logs: vec![scope], ..ResourceLogs::default() }] }
}

#[test]
fn the_collector_writes_what_prost_parses_and_reads_what_prost_wrote_also_after_a_kill() {
    let ground = Ground::of_my_own().unwrap();
    let kafka = ground.kafka().unwrap();
    for topic in ["out", "in"] {
        kafka.topic(topic, 1, &[]).unwrap();
    }
    let shape =
        CollectorShape { bootstrap: kafka.bootstrap(), writes: "out".to_owned(), reads: "in".to_owned() };
    let peer = ground.collector_of("collector", &shape).unwrap();
    let producer: BaseProducer = kafka.client().create().unwrap();
    let consumer: BaseConsumer =
        kafka.client().set("group.id", "test").set("auto.offset.reset", "earliest").create().unwrap();
    consumer.subscribe(&["out"]).unwrap();

    for body in ["before the kill", "after the kill"] {
        let json = format!(
            r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{{"timeUnixNano":"1700000000000000000",
            "severityText":"ERROR","body":{{"stringValue":"{body}"}}}}]}}]}}]}}"#
        );
        assert_eq!(peer.post_json("/v1/logs", &json).unwrap().status, 200);
        let message = wait::until("the collector's message", SOON, || {
            consumer.poll(Duration::from_millis(100))?.ok()?.payload().map(<[u8]>::to_vec)
        });
        let theirs = LogsData::decode(message.unwrap().as_slice()).unwrap();
        let record = &theirs.resource_logs[0].scope_logs[0].log_records[0];
        let ours = &logs(body).resource_logs[0].scope_logs[0].log_records[0];
        assert_eq!(
            (&record.body, &record.severity_text, record.time_unix_nano),
            (&ours.body, &ours.severity_text, ours.time_unix_nano)
        );

        let payload = logs(body).encode_to_vec();
        producer.send(BaseRecord::<(), _>::to("in").payload(&payload)).unwrap();
        producer.flush(SOON).unwrap();
        wait::until_true("the collector to read ours", SOON, || {
            fs::read_to_string(collector::output(&peer))
                .is_ok_and(|text| text.contains(body) && text.contains(r#""severityText":"ERROR""#))
        })
        .unwrap();

        kill_and_start_again(&peer);
    }
}
