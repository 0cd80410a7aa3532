//! What `kubectl get` shows of objects that have been worked on for a while.

use sawlog_crds::kind::Kind;
use serde_json::{Value, json};

use super::server::Server;

const WIDEST: usize = 110;

/// A condition; long ones are what people meet when something is wrong.
fn ready(status: &str, reason: &str) -> Value {
    json!([{
        "type": "Ready", "status": status, "reason": reason, "observedGeneration": 1,
        "lastTransitionTime": "2026-03-01T10:15:00Z", "message": "The topic has 12 partitions, the pipeline asks for 6.",
    }])
}

struct Row {
    kind: &'static str,
    name: &'static str,
    spec: Value,
    status: Value,
    /// What its line shows, beside ages.
    shows: &'static [&'static str],
}

fn rows() -> Vec<Row> {
    let binding = |index: &str| json!({"ref": {"name": index, "namespace": "sawlog"}, "conditions": ready("True", "Ready")});
    vec![
        Row {
            kind: "lp",
            name: "payments",
            spec: json!({"indexRefs": [{"name": "main", "namespace": "sawlog"}]}),
            status: json!({
                "observedGeneration": 1, "conditions": ready("False", "PartitionShrinkRefused"), "operator": "sawlog/sawlog-operator",
                "topic": {"name": "shop.payments", "id": "lT5nGqAbQk2vZx9s0YtHXw", "partitions": 12, "replicas": 3},
                "matchedPods": 1204, "agents": {"desired": 250, "applied": 249, "rejected": 1}, "agentsSummary": "249/250",
                "indexes": [binding("main"), binding("audit")], "indexesSummary": "sawlog/main,sawlog/audit",
                "effective": {"key": "ServiceEnvironment", "kafka": "default", "retention": "48h", "detectors": ["Email", "Card"]},
            }),
            shows: &["False", "PartitionShrinkRefused", "shop.payments", "12", "1204", "249/250"],
        },
        Row {
            kind: "li",
            name: "main",
            spec: json!({"replicas": 3, "objectStore": {"bucket": "logs"}}),
            status: json!({
                "observedGeneration": 1, "conditions": ready("False", "StorageClassNotExpandable"), "operator": "sawlog/sawlog-operator",
                "replicas": 3, "readyReplicas": 2, "selector": "app.kubernetes.io/instance=main", "shardsSummary": "2/3",
                "version": "0.1.0", "image": "registry.example/sawlog-indexer:0.1.0", "hotSummary": "123.4Gi", "coldSummary": "1.2Ti",
                "retention": "standard", "revision": {"current": "6f7d9c", "update": "7c9f4d"},
                "storage": {"requested": "200Gi", "capacity": "100Gi"},
                "tiers": [{"name": "Hot", "bytes": 1, "segments": 1, "oldest": "2026-03-01T10:15:00Z"}],
                "shards": [{"ordinal": 0, "state": "Serving"}, {"ordinal": 1, "state": "Waiting", "blockedBy": "volume"}],
                "pipelines": {"total": 2, "problems": [{"pipeline": "shop/payments", "reason": "LagHigh", "message": "Behind."}]},
            }),
            shows: &["False", "StorageClassNotExpandable", "2/3", "0.1.0", "123.4Gi", "standard"],
        },
        Row {
            kind: "ret",
            name: "standard",
            spec: json!({"default": true, "tiers": [{"name": "Warm", "after": "3d"}, {"name": "Cold", "after": "14d"}], "delete": {"after": "30d"}}),
            status: json!({
                "observedGeneration": 1, "conditions": ready("True", "LastRunSucceeded"), "operator": "sawlog/sawlog-operator",
                "tiersSummary": "3d>14d>30d", "boundIndexes": 2, "bindings": [{"index": "main", "conditions": ready("True", "Bound")}],
                "lastRun": {"start": "2026-03-01T10:15:00Z", "end": "2026-03-01T10:16:00Z", "result": "Succeeded", "movedBytes": 1, "deletedBytes": 2, "deletedSegments": 3, "heldSegments": 4},
                // In the future: a column of the type date would show <invalid>. With its year it would be too wide.
                "nextRun": "03-01T11:17Z", "plan": {"hash": "5d41402a", "deleteBytes": 5, "oldest": "2026-01-01T00:00:00Z", "newest": "2026-01-02T00:00:00Z"},
                "deletions": [{"name": "ticket-7", "state": "Masked", "maskedAt": "2026-03-01T10:15:00Z", "rewritten": 1, "total": 2}],
            }),
            shows: &["True", "Enforce", "3d>14d>30d", "2", "03-01T11:17Z"],
        },
        Row {
            kind: "alr",
            name: "checkout-fails",
            spec: json!({
                "pipelineRefs": [{"name": "payments"}], "query": "level:ERROR AND service:checkout", "for": "5m", "severity": "Critical",
                "trigger": {"count": {"op": "Gt", "value": 5}},
            }),
            status: json!({
                "observedGeneration": 1, "conditions": ready("True", "Evaluating"), "operator": "sawlog/sawlog-operator", "state": "Inactive",
                "activeGroups": 2, "since": "2026-03-01T10:15:00Z", "lastEvaluation": "2026-03-01T10:15:00Z", "evaluator": "main-0",
            }),
            shows: &["Inactive", "Critical", "5m", "True"],
        },
    ]
}

/// The columns of each kind, and those of the wide view.
const COLUMNS: &[(&str, &str, &str)] = &[
    ("lp", "NAME READY REASON TOPIC PARTS PODS AGENTS AGE", "INDEXES KEY MESSAGE"),
    ("li", "NAME READY REASON SHARDS VERSION HOT RETENTION AGE", "COLD REVISION IMAGE MESSAGE"),
    ("ret", "NAME READY MODE TIERS INDEXES LASTRUN NEXT AGE", "MESSAGE"),
    ("alr", "NAME STATE SEVERITY FOR SINCE READY AGE", "QUERY MESSAGE"),
];

fn words(line: &str) -> Vec<&str> {
    line.split_whitespace().collect()
}

#[test]
fn the_columns_say_what_matters_and_fit_a_terminal() {
    let server = Server::with_kinds("columns");
    let rows = rows();
    for row in &rows {
        let kind = Kind::by_name(row.kind).unwrap();
        let object = json!({"apiVersion": Kind::api_version(), "kind": kind.name, "metadata": {"name": row.name}, "spec": row.spec});
        let mut stored = server.send("POST", &server.path(kind), &object).unwrap();
        stored["status"] = row.status.clone();
        let path = format!("{}/{}/status?fieldValidation=Strict", server.path(kind), row.name);
        let stored =
            server.send("PUT", &path, &stored).unwrap_or_else(|refused| panic!("{:?}", refused.failures()));
        assert_eq!(stored["status"], row.status, "nothing of a status is pruned");
    }
    for (row, (kind, columns, wide)) in rows.iter().zip(COLUMNS) {
        assert_eq!(row.kind, *kind);
        let said = server.kubectl(&["get", kind]).unwrap();
        let lines: Vec<&str> = said.lines().collect();
        assert_eq!(words(lines[0]), words(columns));
        assert_eq!(words(lines[1])[0], row.name);
        row.shows.iter().for_each(|shown| assert!(words(lines[1]).contains(shown), "{shown} in {said}"));
        check(&said);
        let said = server.kubectl(&["get", kind, "--output", "wide"]).unwrap();
        assert_eq!(words(said.lines().next().unwrap()), [words(columns), words(wide)].concat());
        assert!(!said.contains("<invalid>") && !said.contains("<none>"), "{said}");
    }
    // Beside other kinds, names begin with theirs, which leaves room for all but the longest reasons.
    let path = format!("{}/payments", server.path(Kind::by_name("lp").unwrap()));
    let mut stored: Value = server.get(&path).unwrap();
    stored["status"]["conditions"] = ready("False", "TopicNotAdopted");
    server.send("PUT", &format!("{path}/status"), &stored).unwrap();
    check(&server.kubectl(&["get", "lp,li,ret,alr"]).unwrap());
    check(&server.kubectl(&["get", "sawlog"]).unwrap());
}

fn check(said: &str) {
    assert!(!said.contains("<invalid>") && !said.contains("<none>"), "{said}");
    let widest = said.lines().map(|line| line.trim_end().chars().count()).max().unwrap();
    println!("{widest} characters wide");
    assert!(widest <= WIDEST, "{widest} characters:\n{said}");
}

#[test]
fn an_object_that_nobody_has_worked_on_shows_no_nonsense() {
    let server = Server::with_kinds("untouched");
    for row in rows() {
        let kind = Kind::by_name(row.kind).unwrap();
        let object = json!({"apiVersion": Kind::api_version(), "kind": kind.name, "metadata": {"name": row.name}, "spec": row.spec});
        server.send("POST", &server.path(kind), &object).unwrap();
        let said = server.kubectl(&["get", row.kind]).unwrap();
        assert!(!said.contains("<invalid>") && said.lines().count() == 2, "{said}");
    }
}
