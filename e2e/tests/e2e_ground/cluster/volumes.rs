//! Volumes on demand: pods find their data again, disks are full, slow, faulty and silent when a test says so,
//! and whatever is killed, nothing is made twice or left behind.

use std::{
    collections::BTreeSet,
    fs,
    path::Path,
    time::{Duration, Instant},
};

use sawlog_e2e::{
    ground::{
        Cluster, ClusterShape, Ground,
        cluster::{Evidence, Volume},
        fault::sync::{Calls, Sync},
    },
    wait,
};

use super::{Namespace, SOON};

/// A namespace with volumes.
struct Place {
    /// Before the ground, with which a cluster may end.
    _evidence: Evidence,
    space: Namespace,
    ground: Ground,
}

impl Place {
    fn new(name: &str) -> Self {
        let ground = Ground::of_this_run().unwrap();
        let cluster = ground.cluster().unwrap();
        Self::on(ground, &cluster, name)
    }

    fn on(ground: Ground, cluster: &Cluster, name: &str) -> Self {
        let evidence = cluster.evidence(&format!("volumes {name}"));
        Self { _evidence: evidence, space: Namespace::new(cluster, name), ground }
    }

    fn cluster(&self) -> &Cluster {
        &self.space.cluster
    }

    fn kubectl(&self, arguments: &[&str]) -> Result<String, String> {
        self.space.kubectl(arguments)
    }

    fn apply(&self, yaml: &str) {
        self.space.apply(yaml).unwrap();
    }

    /// Runs a script in a pod.
    fn shell(&self, pod: &str, script: &str) -> Result<String, String> {
        self.space.inside(pod, script).map(|said| said.trim().to_owned())
    }

    fn volume(&self, claim: &str) -> Volume {
        self.cluster().volume(&self.space.name, claim).unwrap()
    }

    fn enlarge(&self, claim: &str, to: &str) {
        let patch = format!(r#"{{"spec": {{"resources": {{"requests": {{"storage": "{to}"}}}}}}}}"#);
        self.kubectl(&["patch", "pvc", claim, "--type=merge", "--patch", &patch]).unwrap();
    }

    fn await_size(&self, claim: &str, size: &str) {
        let says = || {
            let capacity = "jsonpath={.status.capacity.storage} {.status.conditions[*].type}";
            self.kubectl(&["get", "pvc", claim, "--output", capacity]).is_ok_and(|said| said.trim() == size)
        };
        wait::until_true(&format!("claim {claim} to have {size}"), SOON, says).unwrap();
        let capacity = "jsonpath={.spec.capacity.storage}";
        let volume = self.volume(claim);
        assert_eq!(
            self.cluster().kubectl(&["get", "pv", volume.name(), "--output", capacity]).unwrap(),
            size
        );
    }
}

fn claim(name: &str, class: &str, size: &str) -> String {
    format!(
        "---\napiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {{name: {name}}}\n\
         spec: {{storageClassName: {class}, accessModes: [ReadWriteOnce], resources: {{requests: {{storage: {size}}}}}}}\n"
    )
}

/// A pod that is not root, runs a script, and has each claim at a folder of its name.
fn pod(script: &str, claims: &[&str]) -> String {
    let mounts = claims.iter().map(|claim| format!("{{name: {claim}, mountPath: /{claim}}}"));
    let volumes = claims
        .iter()
        .map(|claim| format!("{{name: {claim}, persistentVolumeClaim: {{claimName: {claim}}}}}"));
    let [mounts, volumes] =
        [mounts.collect::<Vec<_>>(), volumes.collect::<Vec<_>>()].map(|items| items.join(", "));
    format!(
        "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: writes}}\nspec:\n  \
         terminationGracePeriodSeconds: 0\n  \
         securityContext: {{runAsNonRoot: true, runAsUser: 1000, runAsGroup: 1000, fsGroup: 2000}}\n  \
         containers:\n  - name: writes\n    image: ground.local/busybox:1\n    imagePullPolicy: Never\n    \
         command: [sh, -c, '{script}']\n    volumeMounts: [{mounts}]\n  volumes: [{volumes}]\n"
    )
}

const KEEPS: &str = "
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: keeps}
spec:
  replicas: 2
  podManagementPolicy: Parallel
  selector: {matchLabels: {app: keeps}}
  template:
    metadata: {labels: {app: keeps}}
    spec:
      terminationGracePeriodSeconds: 0
      securityContext: {runAsNonRoot: true, runAsUser: 1000, runAsGroup: 1000, fsGroup: 2000}
      containers:
      - name: keeps
        image: ground.local/busybox:1
        imagePullPolicy: Never
        command: [sh, -c, 'for place in plain sized kept; do hostname >>/$place/lives; done; exec sleep 1000000']
        volumeMounts: [{name: plain, mountPath: /plain}, {name: sized, mountPath: /sized}, {name: kept, mountPath: /kept}]
  volumeClaimTemplates:
  - metadata: {name: plain}
    spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 4Mi}}}
  - metadata: {name: sized}
    spec: {storageClassName: local-sized, accessModes: [ReadWriteOnce], resources: {requests: {storage: 4Mi}}}
  - metadata: {name: kept}
    spec: {storageClassName: local-retained, accessModes: [ReadWriteOnce], resources: {requests: {storage: 4Mi}}}
";

#[test]
fn pods_of_a_stateful_set_find_their_data_again_and_claims_grow_and_go() {
    let place = Place::new("keeps");
    place.apply(KEEPS);
    let rolled_out = || place.kubectl(&["rollout", "status", "statefulset/keeps", "--timeout=60s"]).unwrap();
    rolled_out();
    let lives = "cat /plain/lives /sized/lives /kept/lives";
    assert_eq!(place.shell("keeps-1", lives).unwrap(), "keeps-1\nkeeps-1\nkeeps-1");
    let owners = place.shell("keeps-0", "stat -c %u:%g /plain/lives /sized/lives /kept/lives").unwrap();
    assert_eq!(owners, ["1000:2000"; 3].join("\n"), "fsGroup is applied");

    place.kubectl(&["delete", "pod", "keeps-0"]).unwrap();
    rolled_out();
    assert_eq!(place.shell("keeps-0", lives).unwrap(), ["keeps-0"; 6].join("\n"), "the same data");

    let kilobytes = |pod: &str| place.shell(pod, "df -kP /sized | awk 'NR == 2 {print $2}'").unwrap();
    assert_eq!(kilobytes("keeps-0"), "4096");
    for name in ["plain", "sized"] {
        let name = format!("{name}-keeps-0");
        place.enlarge(&name, "20Mi");
        place.await_size(&name, "20Mi");
    }
    assert_eq!(kilobytes("keeps-0"), "20480", "the pod sees it at once");
    assert_eq!(kilobytes("keeps-1"), "4096", "the other one is as it was");
    assert_eq!(place.shell("keeps-0", lives).unwrap(), ["keeps-0"; 6].join("\n"), "nothing is lost");

    let [plain, sized, kept] =
        ["plain", "sized", "kept"].map(|name| place.volume(&format!("{name}-keeps-0")));
    place.kubectl(&["delete", "statefulset", "keeps"]).unwrap();
    place.kubectl(&["delete", "pvc", "--all"]).unwrap();
    for volume in [&plain, &sized] {
        let home = volume.folder().unwrap().parent().unwrap().parent().unwrap().to_owned();
        let gone = || place.cluster().kubectl(&["get", "pv", volume.name()]).is_err() && !home.exists();
        wait::until_true("a volume to go with its claim", SOON, gone).unwrap();
    }
    let phase =
        || place.cluster().kubectl(&["get", "pv", kept.name(), "--output", "jsonpath={.status.phase}"]);
    wait::until_true("the other to be released", SOON, || phase().is_ok_and(|phase| phase == "Released"))
        .unwrap();
    let stays = fs::read_to_string(kept.folder().unwrap().join("lives")).unwrap();
    assert_eq!(stays, "keeps-0\nkeeps-0\n");
    place.cluster().kubectl(&["delete", "pv", kept.name()]).unwrap();
    assert!(kept.folder().unwrap().join("lives").exists(), "also when its object goes");
}

#[test]
fn a_volume_made_by_hand() {
    let place = Place::new("by-hand");
    let name = &place.space.name;
    let folder = place.cluster().ours().unwrap().worker(2).folder().join("var/lib").join(name);
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("seed"), "sown").unwrap();
    let volume = format!(
        "---\napiVersion: v1\nkind: PersistentVolume\nmetadata: {{name: {name}}}\nspec:\n  \
         capacity: {{storage: 1Mi}}\n  accessModes: [ReadWriteOnce]\n  storageClassName: static\n  \
         claimRef: {{namespace: {name}, name: claimed}}\n  local: {{path: /var/lib/{name}}}\n  \
         nodeAffinity: {{required: {{nodeSelectorTerms: [{{matchExpressions: \
         [{{key: kubernetes.io/hostname, operator: In, values: [worker-2]}}]}}]}}}}\n"
    );
    let script = "cat /claimed/seed >/claimed/harvest; exec sleep 1000000";
    place.apply(&[volume, claim("claimed", "static", "1Mi"), pod(script, &["claimed"])].concat());
    place.space.await_ready("writes");
    wait::until_true("the harvest", SOON, || {
        fs::read_to_string(folder.join("harvest")).is_ok_and(|text| text == "sown")
    })
    .unwrap();
    let found = place.volume("claimed");
    assert_eq!((found.name(), found.worker()), (name.as_str(), 2));
    assert_eq!(place.shell("writes", "stat -c %g /claimed/harvest").unwrap(), "2000", "fsGroup is applied");

    place.kubectl(&["delete", "pod", "writes"]).unwrap();
    place.kubectl(&["delete", "pvc", "claimed"]).unwrap();
    place.cluster().kubectl(&["delete", "pv", name]).unwrap();
    assert!(folder.join("harvest").exists(), "what was made by hand is removed by hand");
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_disk_that_is_full_at_its_size_or_filled_from_outside() {
    let place = Place::new("full");
    let claims = [claim("sized", "local-sized", "4Mi"), claim("plain", "local", "4Mi")].concat();
    place.apply(&[claims, pod("exec sleep 1000000", &["sized", "plain"])].concat());
    place.space.await_ready("writes");
    let write = |name: &str, count: u32| {
        place.shell(
            "writes",
            &format!("dd if=/dev/zero of=/sized/{name} bs=64k count={count} && rm /sized/{name}"),
        )
    };
    write("fits", 4 * 16).unwrap();
    let full = write("does-not", 4 * 16 + 1).unwrap_err();
    assert!(full.contains("No space left on device"), "{full}");
    assert_eq!(place.shell("writes", "stat -c %s /sized/does-not; rm /sized/does-not").unwrap(), "4194304");

    let volume = place.volume("sized");
    let filled = volume.fill().unwrap();
    let full = write("one", 1).unwrap_err();
    assert!(full.contains("No space left on device"), "{full}");
    place.shell("writes", "echo there is room >/plain/one").unwrap();
    place.shell("writes", "rm -f /sized/one").unwrap();
    drop(filled);
    write("fits", 4 * 16).unwrap();

    let refused = place.volume("plain").fill().unwrap_err().to_string();
    assert!(refused.contains("has no size of its own"), "{refused}");
}

/// How many lines a file has, if each is the number of its line.
fn lines(file: &Path) -> usize {
    let text = fs::read_to_string(file).unwrap_or_default();
    let whole = text.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n'));
    whole.zip(1..).map(|(line, number)| assert_eq!(line, number.to_string(), "nothing is lost")).count()
}

#[test]
fn a_disk_that_is_faulty_slow_or_silent() {
    let place = Place::new("faulty");
    let claims = [claim("faulty", "local-fuse", "4Mi"), claim("sound", "local", "4Mi")].concat();
    let script = "for place in faulty sound; do \
                  (i=0; while :; do i=$((i+1)); echo $i >>/$place/lines; usleep 20000; done) & done; wait";
    place.apply(&[claims, pod(script, &["faulty", "sound"])].concat());
    place.space.await_ready("writes");
    let volume = place.volume("faulty");
    let write = || place.shell("writes", "dd if=/dev/zero of=/faulty/block bs=4k count=4 conv=fsync");
    let trouble = |calls, sync| volume.trouble(&place.ground, calls, sync).unwrap();
    write().unwrap();
    assert_eq!(place.shell("writes", "stat -c %g /faulty/block").unwrap(), "2000", "fsGroup is applied");

    let broken = trouble(Calls::Sync, Sync::Broken);
    let error = write().unwrap_err();
    assert!(error.contains("I/O error") || error.contains("Input/output error"), "{error}");
    drop(broken);
    write().unwrap();

    let broken = trouble(Calls::Reads, Sync::Broken);
    let error = place.shell("writes", "cat /faulty/block").unwrap_err();
    assert!(error.contains("I/O error") || error.contains("Input/output error"), "{error}");
    drop(broken);
    assert!(place.shell("writes", "cat /faulty/block").is_ok());

    let each = Duration::from_millis(400);
    let slow = trouble(Calls::Writes, Sync::Slow(each));
    let began = Instant::now();
    write().unwrap();
    let slowly = began.elapsed();
    drop(slow);
    assert!(slowly >= 4 * each, "four writes, each late: {slowly:?}");
    let began = Instant::now();
    write().unwrap();
    assert!(began.elapsed() < slowly, "{:?}, {slowly:?}", began.elapsed());

    // Looked at beside the process that serves the one, and is to stand still.
    let home = volume.folder().unwrap().parent().unwrap().parent().unwrap().to_owned();
    let faulty = home.join("behind/volume/lines");
    let sound = place.volume("sound").folder().unwrap().join("lines");
    let hanging = volume.hang().unwrap();
    let [faulty_before, sound_before] = [&faulty, &sound].map(|file| lines(file));
    assert!(faulty_before > 0);
    wait::until_true("the other to go on", SOON, || lines(&sound) > sound_before + 20).unwrap();
    assert_eq!(lines(&faulty), faulty_before, "nothing is written meanwhile");
    drop(hanging);
    wait::until_true("it to go on", SOON, || lines(&faulty) > faulty_before + 20).unwrap();
    place.kubectl(&["delete", "pod", "writes"]).unwrap();
}

/// A claim that is scheduled to the first worker without a pod.
fn scheduled(name: &str, class: &str) -> String {
    let annotations = "annotations: {volume.kubernetes.io/selected-node: worker-1}";
    claim(name, class, "1Mi").replace(&format!("name: {name}"), &format!("name: {name}, {annotations}"))
}

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}

#[test]
fn a_claim_that_cannot_be_met_says_why_and_a_volume_that_is_deleted_first_goes_with_its_claim() {
    let place = Place::new("odd");
    let block = scheduled("block", "local").replace("spec: {", "spec: {volumeMode: Block, ");
    place.apply(&[block, scheduled("plain", "local")].concat());
    let message = "jsonpath={.items[?(@.reason==\"ProvisioningFailed\")].message}";
    let says_why = || {
        let events = place.kubectl(&["get", "events", "--output", message]);
        events.is_ok_and(|said| said.contains("only file systems are made, no block devices"))
    };
    wait::until_true("the reason", SOON, says_why).unwrap();

    let phase = "jsonpath={.status.phase}";
    let is_bound =
        || place.kubectl(&["get", "pvc", "plain", "--output", phase]).is_ok_and(|said| said == "Bound");
    wait::until_true("the other to be bound", SOON, is_bound).unwrap();
    let volume = place.volume("plain");
    let folder = volume.folder().unwrap();
    place.cluster().kubectl(&["delete", "pv", volume.name(), "--wait=false"]).unwrap();
    assert!(folder.exists() && is_bound());
    place.kubectl(&["delete", "pvc", "plain"]).unwrap();
    let gone = || place.cluster().kubectl(&["get", "pv", volume.name()]).is_err();
    wait::until_true("the volume to go", SOON, gone).unwrap();
    assert!(!folder.exists(), "the object is the last to go");
}

#[test]
fn whatever_is_killed_every_claim_has_one_volume_and_nothing_is_left() {
    let ground = Ground::of_my_own().unwrap();
    let shape = ClusterShape { workers: 1, ..ClusterShape::default() };
    let cluster = ground.cluster_of("cluster", &shape).unwrap();
    let place = Place::on(ground, &cluster, "killed");
    let worker = place.cluster().ours().unwrap().worker(1);
    let (program, disk) = (worker.program("volumes"), worker.folder().join("var/lib/volumes"));
    let listed = |kind: &str, fields: &str| {
        let path = format!("jsonpath={{range .items[*]}}{fields}{{\"\\n\"}}{{end}}");
        let said = place.kubectl(&["get", kind, "--output", &path]).unwrap_or_default();
        said.lines().map(str::to_owned).filter(|line| !line.is_empty()).collect::<Vec<_>>()
    };
    let bound = || listed("pvc", "{.spec.volumeName}").into_iter().collect::<BTreeSet<_>>();

    program.kill().unwrap();
    let classes = ["local", "local-sized", "local-fuse"].iter().cycle();
    let claims = (1..=30).zip(classes).map(|(number, class)| scheduled(&format!("claim-{number}"), class));
    place.apply(&claims.collect::<String>());
    let provisioner = "{.metadata.annotations.volume\\.kubernetes\\.io/storage-provisioner}";
    wait::until_true("all claims to wait", SOON, || listed("pvc", provisioner).len() == 30).unwrap();
    program.start_again().unwrap();
    wait::until_true("some to be made", SOON, || names(&disk).len() >= 5).unwrap();
    program.kill().unwrap();
    let made = listed("pv", "{.metadata.name}").len();
    assert!(made < 30, "it was killed in the middle");
    fs::create_dir(disk.join("pvc-of-nobody")).unwrap();
    fs::write(disk.join("pvc-of-nobody/making"), "").unwrap();
    let unbound = listed("pvc", "{.metadata.name} {.spec.volumeName}");
    let deleted = unbound.iter().rfind(|line| line.ends_with(' ')).unwrap();
    place.kubectl(&["delete", "pvc", deleted.trim()]).unwrap();

    program.start_again().unwrap();
    wait::until_true("the others to be bound", SOON, || bound().len() == 29).unwrap();
    let tidy = || {
        let volumes = listed("pv", "{.metadata.name}").into_iter().collect::<BTreeSet<_>>();
        let half = names(&disk).iter().any(|name| disk.join(name).join("making").exists());
        volumes == bound() && names(&disk) == volumes && !half
    };
    wait::until_true("as many volumes and folders as claims", SOON, tidy).unwrap();

    let [plain, served] = ["local", "local-fuse"].map(|class| {
        let classes = listed("pvc", "{.spec.storageClassName} {.metadata.name}");
        let of_class = classes.iter().rfind(|line| line.starts_with(&format!("{class} "))).unwrap();
        place.volume(of_class.rsplit(' ').next().unwrap())
    });
    let process = served.server().unwrap();
    for volume in [&plain, &served] {
        fs::write(volume.folder().unwrap().join("data"), "data").unwrap();
    }
    program.kill().unwrap();
    assert_eq!(
        fs::read_to_string(served.folder().unwrap().join("data")).unwrap(),
        "data",
        "no disk goes away"
    );
    place.cluster().ours().unwrap().control().program("kube-apiserver").kill().unwrap();
    program.start_again().unwrap();
    wait::until_true("it to miss the API server", SOON, || program.log_says("list volumes")).unwrap();
    place.cluster().ours().unwrap().control().program("kube-apiserver").start_again().unwrap();
    wait::until_true("it to answer", SOON, || place.kubectl(&["get", "pvc"]).is_ok()).unwrap();
    place.enlarge("claim-1", "2Mi");
    place.await_size("claim-1", "2Mi");
    assert_eq!(served.server().unwrap(), process, "it serves on, and alone");

    worker.machine().kill().unwrap();
    let again = place.ground.cluster_of("cluster", &shape).unwrap();
    let data = |volume: &Volume| fs::read_to_string(volume.folder().ok()?.join("data")).ok();
    for volume in [&plain, &served] {
        wait::until_true("the disk of a node that begins anew", SOON, || {
            data(volume).as_deref() == Some("data")
        })
        .unwrap();
    }
    assert_ne!(served.server().unwrap(), process);

    place.kubectl(&["delete", "pvc", "--all"]).unwrap();
    wait::until_true("nothing to be left", SOON, || {
        names(&disk).is_empty()
            && again.kubectl(&["get", "pv", "--output", "name"]).is_ok_and(|said| said.is_empty())
    })
    .unwrap();
}
