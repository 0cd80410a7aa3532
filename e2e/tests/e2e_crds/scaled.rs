//! `kubectl scale`, and what autoscalers read.

use sawlog_crds::kind::Kind;
use serde_json::{Value, json};

use super::server::Server;

#[test]
fn an_index_is_scaled_within_its_bounds() {
    let server = Server::with_kinds("scaled");
    let kind = Kind::by_name("li").unwrap();
    let index = |name: &str, spec: Value| {
        let object = json!({"apiVersion": Kind::api_version(), "kind": "LogIndex", "metadata": {"name": name}, "spec": spec});
        server.send("POST", &server.path(kind), &object).unwrap()
    };
    index("main", json!({"objectStore": {"bucket": "logs"}}));
    server.kubectl(&["scale", "li", "main", "--current-replicas=1", "--replicas=3"]).unwrap();
    let path = format!("{}/main", server.path(kind));
    let mut scaled: Value = server.get(&path).unwrap();
    assert_eq!(scaled["spec"]["replicas"], 3);

    scaled["status"] = json!({"replicas": 2, "selector": "app.kubernetes.io/instance=main"});
    server.send("PUT", &format!("{path}/status"), &scaled).unwrap();
    let scale: Value = server.get(&format!("{path}/scale")).unwrap();
    assert_eq!(scale["spec"], json!({"replicas": 3}));
    assert_eq!(scale["status"], json!({"replicas": 2, "selector": "app.kubernetes.io/instance=main"}));

    server.kubectl(&["scale", "li", "main", "--replicas=1"]).unwrap();
    let refused = server.kubectl(&["scale", "li", "main", "--replicas=65"]).unwrap_err();
    assert!(refused.contains("spec.replicas in body should be less than or equal to 64"), "{refused}");
    index("small", json!({}));
    let refused = server.kubectl(&["scale", "li", "small", "--replicas=2"]).unwrap_err();
    assert!(refused.contains("replicas above 1 needs objectStore"), "{refused}");
}
