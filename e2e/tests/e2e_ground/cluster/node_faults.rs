//! What can happen to nodes and their programs: each fault's effect, and its end. One cluster, one fault at a time.

use std::time::{Duration, Instant};

use sawlog_e2e::{ground::Cluster, wait};

use super::{Breakable, Namespace, SOON, pod};

fn condition(cluster: &Cluster, node: &str, name: &str) -> String {
    let path = format!("jsonpath={{.status.conditions[?(@.type==\"{name}\")].status}}");
    cluster.kubectl(&["get", "node", node, "--output", &path]).unwrap_or_default()
}

fn await_condition(cluster: &Cluster, node: &str, name: &str, status: &str) {
    wait::until_true(&format!("{name} of {node} to be {status}"), SOON, || {
        condition(cluster, node, name) == status
    })
    .unwrap();
}

const COUNTS: &str = "i=0; while :; do i=$((i+1)); echo line $i; sleep 0.05; done";

/// How far a counting pod's log is; that no number is missing is looked at each time.
fn count(space: &Namespace, pod: &str, worker: usize) -> usize {
    let messages = space.cluster.logs(worker, &space.name, pod).unwrap().read().unwrap();
    let expected: Vec<String> = (1..=messages.len()).map(|number| format!("line {number}")).collect();
    assert_eq!(messages, expected);
    messages.len()
}

fn await_progress(space: &Namespace, pod: &str, worker: usize) {
    let before = count(space, pod, worker);
    wait::until_true("it to go on", SOON, || count(space, pod, worker) > before + 5).unwrap();
}

#[test]
fn while_the_kubelet_is_stopped_its_node_is_not_ready_and_its_pods_go_on() {
    let breakable = Breakable::take();
    let cluster = breakable.cluster();
    let _evidence = cluster.evidence("stopped kubelet");
    let space = Namespace::new(&cluster, "kubelet");
    space.pod("counts", "  nodeName: worker-1\n", COUNTS);
    let kubelet = cluster.ours().unwrap().worker(1).program("kubelet");
    kubelet.stop().unwrap();
    await_condition(&cluster, "worker-1", "Ready", "Unknown");
    await_progress(&space, "counts", 1);
    kubelet.start_again().unwrap();
    await_condition(&cluster, "worker-1", "Ready", "True");
    await_progress(&space, "counts", 1);
    assert_eq!(space.field("pod/counts", ".status.containerStatuses[0].restartCount"), "0");
}

#[test]
fn when_containerd_is_killed_containers_go_on_and_new_ones_begin_once_it_is_back() {
    let breakable = Breakable::take();
    let cluster = breakable.cluster();
    let _evidence = cluster.evidence("killed containerd");
    let space = Namespace::new(&cluster, "containerd");
    space.pod("counts", "  nodeName: worker-1\n", COUNTS);
    let containerd = cluster.ours().unwrap().worker(1).program("containerd");
    containerd.kill().unwrap();
    assert!(space.inside("counts", "true").is_err(), "nobody leads into a container");
    containerd.start_again().unwrap();
    space.pod("later", "  nodeName: worker-1\n", "sleep 3600");
    await_progress(&space, "counts", 1);
    assert_eq!(space.field("pod/counts", ".status.containerStatuses[0].restartCount"), "0");
}

#[test]
fn when_the_whole_control_plane_is_killed_pods_go_on_and_what_was_written_is_there_again() {
    let breakable = Breakable::take();
    let cluster = breakable.cluster();
    let _evidence = cluster.evidence("killed control plane");
    let space = Namespace::new(&cluster, "control");
    space.pod("counts", "  nodeName: worker-1\n", COUNTS);
    space.kubectl(&["create", "configmap", "kept"]).unwrap();
    let programs = cluster.ours().unwrap().control().programs();
    for program in programs {
        program.kill().unwrap();
    }
    assert!(cluster.kubectl(&["get", "nodes"]).is_err());
    await_progress(&space, "counts", 1);
    let cluster = breakable.cluster();
    assert!(space.kubectl(&["get", "configmap", "kept"]).is_ok());
    space.pod("later", "", "sleep 3600");
    await_condition(&cluster, "worker-1", "Ready", "True");
}

#[test]
fn a_control_node_whose_plug_is_pulled_begins_again_with_all_that_was_written() {
    let breakable = Breakable::take();
    let cluster = breakable.cluster();
    let _evidence = cluster.evidence("control node's plug");
    let space = Namespace::new(&cluster, "control-plug");
    space.pod("counts", "  nodeName: worker-1\n", COUNTS);
    space.kubectl(&["create", "configmap", "kept"]).unwrap();
    cluster.ours().unwrap().control().machine().kill().unwrap();
    assert!(cluster.kubectl(&["get", "nodes", "--request-timeout=2s"]).is_err());
    await_progress(&space, "counts", 1);
    let cluster = breakable.cluster();
    assert!(space.kubectl(&["get", "configmap", "kept"]).is_ok());
    await_condition(&cluster, "worker-1", "Ready", "True");
    space.pod("later", "", "sleep 3600");
    await_progress(&space, "counts", 1);
    assert_eq!(space.field("pod/counts", ".status.containerStatuses[0].restartCount"), "0");
}

#[test]
fn a_worker_whose_plug_is_pulled_begins_again_with_its_pods() {
    let breakable = Breakable::take();
    let cluster = breakable.cluster();
    let _evidence = cluster.evidence("pulled plug");
    let space = Namespace::new(&cluster, "plug");
    space.pod("counts", "  nodeName: worker-2\n", "echo started; sleep 3600");
    // Its small disk is in memory and new after this, so nobody counts restarts.
    let container = || space.field("pod/counts", ".status.containerStatuses[0].containerID");
    let before = container();
    cluster.ours().unwrap().worker(2).machine().kill().unwrap();
    await_condition(&cluster, "worker-2", "Ready", "Unknown");
    let cluster = breakable.cluster();
    await_condition(&cluster, "worker-2", "Ready", "True");
    let restarted = wait::until_true("the pod to run in another container", SOON, || {
        container() != before && space.field("pod/counts", ".status.containerStatuses[0].ready") == "true"
    });
    restarted.unwrap();
}

#[test]
fn a_worker_that_is_drained_gives_its_pods_away_until_it_is_opened_again() {
    let breakable = Breakable::take();
    let cluster = breakable.cluster();
    let _evidence = cluster.evidence("drained worker");
    let space = Namespace::new(&cluster, "drained");
    space.apply(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: moves}\nspec:\n  replicas: 2\n  \
         selector: {matchLabels: {app: moves}}\n  template:\n    metadata: {labels: {app: moves}}\n    spec:\n      \
         terminationGracePeriodSeconds: 0\n      topologySpreadConstraints:\n      - {maxSkew: 1, topologyKey: \
         topology.kubernetes.io/zone, whenUnsatisfiable: ScheduleAnyway, labelSelector: {matchLabels: {app: moves}}}\n      \
         containers: [{name: main, image: 'ground.local/busybox:1', imagePullPolicy: Never, command: [sleep, '3600']}]\n",
    )
    .unwrap();
    let available = ["rollout", "status", "deployment/moves", "--timeout=60s"];
    space.kubectl(&available).unwrap();
    let places = || {
        let path = "--output=jsonpath={.items[?(@.status.phase==\"Running\")].spec.nodeName}";
        let said = space.kubectl(&["get", "pods", "--selector=app=moves", path]).unwrap();
        let mut places: Vec<String> = said.split(' ').map(str::to_owned).collect();
        places.sort();
        places
    };
    assert_eq!(places(), ["worker-1", "worker-2"], "zones are spread over");
    let drained = cluster.drain(1, SOON).unwrap();
    space.kubectl(&available).unwrap();
    wait::until_true("both to be on the other worker", SOON, || places() == ["worker-2", "worker-2"])
        .unwrap();
    drop(drained);
    space.pod("welcome", "  nodeSelector: {kubernetes.io/hostname: worker-1}\n", "sleep 3600");
}

#[test]
fn a_worker_whose_cable_is_pulled_is_unknown_until_it_is_back() {
    let breakable = Breakable::take();
    let cluster = breakable.cluster();
    let _evidence = cluster.evidence("pulled cable");
    let space = Namespace::new(&cluster, "cable");
    space.pod("counts", "  nodeName: worker-2\n", COUNTS);
    let cut = cluster.ours().unwrap().cut_worker(2).unwrap();
    await_condition(&cluster, "worker-2", "Ready", "Unknown");
    await_progress(&space, "counts", 2);
    drop(cut);
    await_condition(&cluster, "worker-2", "Ready", "True");
}

#[test]
fn while_dns_is_down_no_name_is_found() {
    let breakable = Breakable::take();
    let cluster = breakable.cluster();
    let _evidence = cluster.evidence("no names");
    let space = Namespace::new(&cluster, "names");
    space.pod("asks", "", "sleep 3600");
    let found = || space.inside("asks", "nslookup kubernetes.default.svc.cluster.local").is_ok();
    wait::until_true("the name to be found", SOON, found).unwrap();
    let dns = cluster.ours().unwrap().control().program("coredns");
    dns.kill().unwrap();
    assert!(!found());
    dns.start_again().unwrap();
    wait::until_true("the name to be found again", SOON, found).unwrap();
    dns.pause().unwrap();
    let asked = Instant::now();
    assert!(!found());
    assert!(asked.elapsed() > Duration::from_secs(1), "a paused one does not even refuse");
    dns.resume().unwrap();
    wait::until_true("the name to be found again", SOON, found).unwrap();
}

#[test]
fn the_api_server_refuses_and_is_slow_for_everybody_outside_its_node() {
    const DELAY: Duration = Duration::from_millis(500);
    let breakable = Breakable::take();
    let cluster = breakable.cluster();
    let _evidence = cluster.evidence("troubled API server");
    let nodes = cluster.ours().unwrap();
    let took = || {
        let began = Instant::now();
        cluster.kubectl(&["get", "--raw", "/version"]).map(|_| began.elapsed())
    };
    let swift = took().unwrap();
    let refuses = nodes.refuse_api().unwrap();
    let why = took().unwrap_err();
    assert!(why.contains("refused"), "{why}");
    drop(refuses);
    took().unwrap();
    let slow = nodes.slow_api(DELAY).unwrap();
    let late = took().unwrap();
    // A handshake and a question: two times there and back.
    assert!(late >= swift + DELAY * 2, "{late:?}, {swift:?} before");
    drop(slow);
    let is_swift = || took().is_ok_and(|took| took < DELAY * 2);
    wait::until_true("a swift answer", SOON, is_swift).unwrap();
    let server = nodes.control().program("kube-apiserver");
    server.pause().unwrap();
    let why = cluster.kubectl(&["get", "--raw", "/version", "--request-timeout=2s"]).unwrap_err();
    assert!(why.contains("imeout") || why.contains("deadline"), "it does not even refuse: {why}");
    server.resume().unwrap();
    wait::until_true("an answer", SOON, || took().is_ok()).unwrap();
    await_condition(&cluster, "worker-1", "Ready", "True");
}

#[test]
fn a_worker_whose_disk_is_full_says_so_and_takes_nothing_until_there_is_room() {
    let breakable = Breakable::take();
    let cluster = breakable.cluster();
    let _evidence = cluster.evidence("full disk");
    let space = Namespace::new(&cluster, "disk");
    let full = cluster.ours().unwrap().worker(1).fill_disk().unwrap();
    await_condition(&cluster, "worker-1", "DiskPressure", "True");
    let write =
        std::fs::write(cluster.ours().unwrap().worker(1).outside("/var/log/x").unwrap(), vec![0; 64 * 1024]);
    assert_eq!(write.unwrap_err().kind(), std::io::ErrorKind::StorageFull);
    let here = "  nodeSelector: {kubernetes.io/hostname: worker-1}\n";
    space.apply(pod("later", here, "sleep 3600")).unwrap();
    wait::until_true("the pod to be kept away", SOON, || {
        let why = ".status.conditions[?(@.type==\"PodScheduled\")].message";
        space.field("pod/later", why).contains("untolerated taint")
    })
    .unwrap();
    drop(full);
    await_condition(&cluster, "worker-1", "DiskPressure", "False");
    space.await_ready("later");
}
