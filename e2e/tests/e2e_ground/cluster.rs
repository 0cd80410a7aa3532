//! A real Kubernetes: it runs pods of images made here, its programs can be killed, and nothing of it stays.

use std::{fs, path::Path, process::Command, time::Duration};

use sawlog_e2e::{
    ground::{Cluster, Ground},
    wait,
};

use crate::processes_about;

const SOON: Duration = Duration::from_secs(60);

const COUNTS: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: counts, namespace: default}
spec:
  replicas: 2
  selector: {matchLabels: {app: counts}}
  template:
    metadata: {labels: {app: counts}}
    spec:
      terminationGracePeriodSeconds: 0
      topologySpreadConstraints:
      - {maxSkew: 1, topologyKey: topology.kubernetes.io/zone, whenUnsatisfiable: DoNotSchedule, labelSelector: {matchLabels: {app: counts}}}
      containers:
      - name: counts
        image: ground.local/busybox:1
        imagePullPolicy: Never
        command: [sh, -c, 'i=0; while :; do i=$((i+1)); echo line $i; sleep 0.1; done']
";

/// The numbers a pod's log files hold, in their order, from the files as the kubelet keeps them.
fn numbers(cluster: &Cluster, worker: usize) -> Vec<u64> {
    let pods = cluster.ours().unwrap().worker(worker).folder().join("var/log/pods");
    let folder = fs::read_dir(pods).unwrap().map(|entry| entry.unwrap().path());
    let pod = folder.into_iter().find(|path| path.to_string_lossy().contains("default_counts-")).unwrap();
    let log = fs::read_to_string(pod.join("counts/0.log")).unwrap();
    log.lines().filter_map(|line| line.rsplit_once("line ")?.1.parse().ok()).collect()
}

fn links() -> String {
    let output = Command::new("ip").args(["-brief", "link"]).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

fn control_groups(prefix: &str) -> usize {
    let folders = fs::read_dir("/sys/fs/cgroup").unwrap().map(|entry| entry.unwrap().path());
    let names =
        |folder: &Path| fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok).collect::<Vec<_>>();
    folders
        .flat_map(|folder| names(&folder))
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(prefix))
        .count()
}

#[test]
fn pods_print_lines_programs_are_killed_and_nothing_stays() {
    let ground = Ground::of_my_own().unwrap();
    let cluster = ground.cluster().unwrap();
    let prefix = format!("sawlog{}", cluster.ours().unwrap().network());
    assert!(links().contains(&prefix) && control_groups(&prefix) > 0);
    cluster.apply(COUNTS).unwrap();
    cluster.await_condition("deployment/counts", "Available", SOON).unwrap();
    for worker in [1, 2] {
        wait::until_true("ten lines", SOON, || numbers(&cluster, worker).len() >= 10).unwrap();
        let seen = numbers(&cluster, worker);
        assert_eq!(
            seen,
            (1..=seen.len() as u64).collect::<Vec<_>>(),
            "one pod in each zone, every line in order"
        );
    }
    let audit = fs::read_to_string(cluster.ours().unwrap().audit_log()).unwrap();
    let applied = |line: &&str| line.contains(r#""verb":"patch""#) && line.contains(r#""name":"counts""#);
    assert_eq!(audit.lines().filter(applied).count(), 1, "the audit log counts writes");

    let server = cluster.ours().unwrap().control().program("kube-apiserver");
    server.kill().unwrap();
    let noticed = server.check().unwrap_err().to_string();
    assert!(noticed.starts_with("kube-apiserver was killed by signal 9"), "{noticed}");
    assert!(cluster.kubectl(&["get", "pods"]).is_err());
    let before = numbers(&cluster, 1).len();
    wait::until_true("pods to go on without it", SOON, || numbers(&cluster, 1).len() > before + 5).unwrap();
    server.start_again().unwrap();
    wait::until_true("it to answer again", SOON, || {
        cluster.kubectl(&["get", "deployment", "counts"]).is_ok()
    })
    .unwrap();

    let run = ground.folder().to_owned();
    ground.down().unwrap();
    let gone = wait::until_true("everything to be gone", SOON, || {
        !links().contains(&prefix)
            && control_groups(&prefix) == 0
            && processes_about(&run).is_empty()
            && !run.exists()
    });
    assert!(gone.is_ok(), "{}{:?}", links(), processes_about(&run));
    let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap();
    assert!(!mounts.contains(&run.display().to_string()), "{mounts}");
}
