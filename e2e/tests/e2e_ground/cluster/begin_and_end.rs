//! A cluster of ours comes within seconds and leaves nothing, however its ground ends; two of them do not meet.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant, SystemTime},
};

use rustix::process::{Pid, Signal, kill_process};
use sawlog_e2e::{
    ground::{ClusterShape, Ground, cluster::LogRotation},
    wait,
};

use super::{Bystander, SOON};
use crate::{GROUND, base_of, ground, processes_about};

const READY_WITHIN: Duration = Duration::from_secs(20);

/// What a cluster may leave on the host. Another one may have its number a moment later, so things are told by
/// what is theirs alone.
struct Traces {
    run: PathBuf,
    /// The hardware address of its link.
    link: String,
    groups: Vec<String>,
}

impl Traces {
    fn of(network: u64, run: &Path) -> Self {
        let link = ip(&["-brief", "link", "show", &format!("sawlog{network}")]);
        let link = link.split_whitespace().nth(2).unwrap().to_owned();
        let configs =
            below(run).into_iter().map(|part| part.join("kubelet.yaml")).filter(|path| path.exists());
        let group = |path: PathBuf| {
            let text = fs::read_to_string(path).unwrap();
            text.lines().find_map(|line| line.strip_prefix("cgroupRoot: /")).unwrap().to_owned()
        };
        Self { run: run.to_owned(), link, groups: configs.map(group).collect() }
    }

    /// Links (routes go with them), mounts, control groups, processes and files of the cluster.
    fn all(&self) -> Vec<String> {
        let Self { run, link, groups } = self;
        let holds = |text: String, what: &str| {
            text.lines().filter(|line| line.contains(what)).map(str::to_owned).collect::<Vec<_>>()
        };
        let run_text = run.display().to_string();
        let mut found = holds(ip(&["-brief", "link"]), link);
        found.extend(holds(fs::read_to_string("/proc/self/mountinfo").unwrap(), &run_text));
        let root = PathBuf::from("/sys/fs/cgroup");
        let controllers = [below(&root), vec![root]].concat();
        let group_folders =
            controllers.iter().flat_map(|folder| groups.iter().map(|group| folder.join(group)));
        found.extend(group_folders.filter(|path| path.exists()).map(|path| path.display().to_string()));
        found.extend(processes_about(run).into_iter().map(|(pid, words)| format!("{pid} {words}")));
        found.extend(run.exists().then_some(run_text));
        found
    }

    fn await_gone(&self, limit: Duration) {
        let gone = wait::until_true("everything to be gone", limit, || self.all().is_empty());
        assert!(gone.is_ok(), "{:#?}", self.all());
    }
}

fn ip(words: &[&str]) -> String {
    String::from_utf8(Command::new("ip").args(words).output().unwrap().stdout).unwrap()
}

fn below(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok).map(|entry| entry.path()).collect()
}

/// What a kubelet sets for the whole machine.
fn kernel_settings() -> Vec<String> {
    [
        "vm/overcommit_memory",
        "vm/panic_on_oom",
        "kernel/panic",
        "kernel/panic_on_oops",
        "kernel/keys/root_maxkeys",
        "kernel/keys/root_maxbytes",
    ]
    .iter()
    .map(|setting| fs::read_to_string(format!("/proc/sys/{setting}")).unwrap())
    .collect()
}

#[test]
fn it_comes_within_seconds_and_goes_without_a_trace() {
    let settings = kernel_settings();
    let ground = Ground::of_my_own().unwrap();
    let (began, began_at) = (Instant::now(), SystemTime::now());
    let cluster = ground.cluster_of("brief", &ClusterShape::default()).unwrap();
    let ready_after = began.elapsed();
    let network = cluster.ours().unwrap().network();
    let shared = super::shared();
    assert!(shared.ours().map_or(true, |nodes| nodes.network() != network), "two clusters have two networks");
    let traces = Traces::of(network.into(), ground.folder());
    assert!(traces.all().len() > 10, "{:?}", traces.all());
    let pods = cluster.kubectl(&["get", "--raw", "/readyz"]).unwrap();
    assert_eq!(pods, "ok");
    let audit = fs::read_to_string(cluster.ours().unwrap().audit_log()).unwrap();
    cluster.kubectl(&["create", "configmap", "counted"]).unwrap();
    let later = fs::read_to_string(cluster.ours().unwrap().audit_log()).unwrap();
    let creations = later[audit.len()..].lines().filter(|line| {
        line.contains(r#""verb":"create""#)
            && line.contains(r#""resource":"configmaps","namespace":"default","name":"counted""#)
    });
    assert_eq!(creations.count(), 1, "the audit log counts writes");

    ground.down().unwrap();
    traces.await_gone(Duration::from_secs(5));
    assert!(ready_after < READY_WITHIN, "Ready after {ready_after:?}");
    assert_eq!(kernel_settings(), settings);
    let remembered = Path::new(&env::var("HOME").unwrap()).join(".kube/cache/discovery");
    let ours = format!("10.{network}.255.2_6443");
    let remembers =
        fs::metadata(remembered.join(&ours)).is_ok_and(|known| known.modified().unwrap() > began_at);
    assert!(!remembers, "kubectl remembers {ours}");
}

#[test]
fn it_is_started_again_after_a_start_was_cut_short_and_goes_when_its_owner_is_killed() {
    let place = tempfile::tempdir().unwrap();
    let owner = Bystander::new();
    let owner_id = owner.id();
    let words = ["up", "kubernetes", "--name", "owned", "--owner", &owner_id];
    let run = base_of(place.path()).join("named-owned");
    // First it is killed in the middle of a start, which is then made again.
    let mut cut_short =
        Command::new(GROUND).args(words).env("SAWLOG_GROUND_DIR", place.path()).spawn().unwrap();
    let begun = wait::until_true("its start to be half done", SOON, || {
        run.join("kubernetes-control/kube-apiserver/log").exists()
    });
    cut_short.kill().and_then(|()| cut_short.wait()).unwrap();
    begun.unwrap();
    let (up, said) = ground(&words, |command| {
        command.env("SAWLOG_GROUND_DIR", place.path());
    });
    assert!(up, "{said}");
    let record: serde_json::Value =
        serde_json::from_slice(&fs::read(run.join("kubernetes.json")).unwrap()).unwrap();
    let network = record[1]["home"]["Ours"]["network"].as_u64().unwrap();
    let traces = Traces::of(network, &run);
    assert!(traces.all().len() > 10, "{:?}", traces.all());
    drop(owner);
    traces.await_gone(Duration::from_secs(5));
}

#[test]
fn it_goes_when_its_keeper_is_killed_and_the_next_ground_takes_what_no_process_is() {
    let settings = kernel_settings();
    let ground = Ground::of_my_own().unwrap();
    let logs = LogRotation { max_size: "3Mi".to_owned(), max_files: 5 };
    let shape = ClusterShape { workers: 1, logs, ..ClusterShape::default() };
    let cluster = ground.cluster_of("orphan", &shape).unwrap();
    cluster.apply(&super::pod("runs", "", "sleep 3600")).unwrap();
    cluster.await_condition("pod/runs", "Ready", SOON).unwrap();
    let kubelet = cluster.kubectl(&["get", "--raw", "/api/v1/nodes/worker-1/proxy/configz"]).unwrap();
    assert!(
        kubelet.contains(r#""containerLogMaxSize":"3Mi""#) && kubelet.contains(r#""containerLogMaxFiles":5"#),
        "{kubelet}"
    );
    let run = ground.folder().to_owned();
    let traces = Traces::of(cluster.ours().unwrap().network().into(), &run);
    let keeper = Pid::from_raw(ground.keeper().unwrap().try_into().unwrap()).unwrap();
    kill_process(keeper, Signal::KILL).unwrap();
    let gone = wait::until_true("its processes to be gone", SOON, || processes_about(&run).is_empty());
    assert!(gone.is_ok(), "{:?}", processes_about(&run));
    let _next = Ground::of_my_own().unwrap();
    traces.await_gone(SOON);
    assert_eq!(kernel_settings(), settings);
}

#[test]
fn without_root_or_control_groups_one_sentence_says_what_to_do() {
    let place = tempfile::tempdir().unwrap();
    let program = place.path().join("ground");
    fs::copy(GROUND, &program).unwrap();
    let open = std::os::unix::fs::PermissionsExt::from_mode(0o777);
    fs::set_permissions(place.path(), open).unwrap();
    let run = |launcher: &[&str]| {
        let output = Command::new(launcher[0])
            .args(&launcher[1..])
            .arg(&program)
            .args(["up", "kubernetes", "--name", "never"])
            .env("SAWLOG_GROUND_DIR", place.path())
            .output()
            .unwrap();
        assert!(!output.status.success());
        String::from_utf8(output.stderr).unwrap()
    };
    let nobody = run(&["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]);
    assert_eq!(
        nobody,
        "ground: a Kubernetes of one's own is not allowed here: run as root, or set SAWLOG_E2E_KUBECONFIG to a cluster's kubeconfig\n"
    );
    let hidden =
        run(&["unshare", "--mount", "sh", "-c", "mount -t tmpfs none /sys/fs/cgroup && exec \"$@\"", "sh"]);
    assert!(hidden.contains("no control groups") && hidden.lines().count() == 1, "{hidden}");
}
