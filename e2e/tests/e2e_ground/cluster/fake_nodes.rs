//! Nodes without machines: they are Ready, run what tolerates them, are missed, come back, and go.

use std::{collections::BTreeSet, time::Instant};

use sawlog_e2e::wait;

use super::{Breakable, SOON};

const COUNT: usize = 60;

const EVERYWHERE: &str = "
apiVersion: v1
kind: Namespace
metadata: {name: fakes}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: everywhere, namespace: fakes}
spec:
  selector: {matchLabels: {app: everywhere}}
  template:
    metadata: {labels: {app: everywhere}}
    spec:
      nodeSelector: {type: fake}
      tolerations: [{key: ground.local/fake, operator: Exists}]
      initContainers: [{name: first, image: 'nowhere:1'}]
      containers: [{name: main, image: 'nowhere:1'}]
";

#[test]
fn many_are_ready_run_pods_are_missed_come_back_and_go() {
    let breakable = Breakable::take();
    let cluster = breakable.cluster();
    let _evidence = cluster.evidence("fake nodes");
    let list = |what: &str, selector: &str, path: &str| -> Vec<String> {
        let path = format!("jsonpath={{.items[*]{path}}}");
        let words = ["get", what, "-A", "--selector", selector, "--output", &path];
        cluster.kubectl(&words).unwrap().split_whitespace().map(str::to_owned).collect()
    };
    let began = Instant::now();
    let fakes = cluster.fake_nodes(u32::try_from(COUNT).unwrap()).unwrap();
    println!("{COUNT} fake nodes after {:.1} s", began.elapsed().as_secs_f64());
    assert!(began.elapsed() < SOON);
    for zone in ["zone-1", "zone-2", "zone-3"] {
        let of_zone = format!("type=fake,topology.kubernetes.io/zone={zone}");
        assert_eq!(list("nodes", &of_zone, ".metadata.name").len(), COUNT / 3);
    }

    cluster.apply(EVERYWHERE).unwrap();
    let app = "app=everywhere";
    let ready = || list("daemonsets", "", ".status.numberReady") == [COUNT.to_string()];
    wait::until_true("a pod on each", SOON, ready).unwrap();
    println!("a ready pod on each after {:.1} s", began.elapsed().as_secs_f64());
    let addresses: BTreeSet<_> = list("pods", app, ".status.podIP").into_iter().collect();
    assert_eq!(addresses.len(), COUNT, "each has an address of its own");
    let pods = list("pods", app, ".metadata.name");
    cluster.kubectl(&["delete", "pod", "-n", "fakes", &pods[0], "--timeout=20s"]).unwrap();
    wait::until_true("another in its place", SOON, ready).unwrap();

    fakes.silence().unwrap();
    wait::until_true("all to be missed", SOON, || fakes.ready().unwrap() == 0).unwrap();
    println!("missed after {:.1} s", began.elapsed().as_secs_f64());
    fakes.resume().unwrap();
    wait::until_true("all to be back", SOON, || fakes.ready().unwrap() == COUNT).unwrap();
    wait::until_true("their pods to be ready", SOON, ready).unwrap();
    println!("back after {:.1} s", began.elapsed().as_secs_f64());
    let reasons = list("nodes", "type!=fake", ".status.conditions[?(@.type==\"Ready\")].reason");
    assert_eq!(reasons, ["KubeletReady"; 2], "the real ones were there all the time");

    fakes.end().unwrap();
    assert!(list("nodes", "type=fake", ".metadata.name").is_empty());
    assert!(list("leases", "ground.local/fakes", ".metadata.name").is_empty());
    assert!(list("pods", app, ".metadata.name").is_empty());
    println!("gone after {:.1} s", began.elapsed().as_secs_f64());
}
