//! A real Kubernetes. What is in `anywhere` runs on any cluster (`SAWLOG_E2E_KUBECONFIG`); the rest breaks nodes,
//! and takes one of the ground's own.

mod anywhere;
mod begin_and_end;
mod fake_nodes;
mod given;
mod node_faults;
mod pod_faults;
mod policies;
mod volumes;
mod workloads;

use std::{
    fmt::Display,
    fs::File,
    process::{self, Child, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    thread,
    time::Duration,
};

use sawlog_e2e::{
    ground::{Cluster, ClusterShape, Ground},
    wait,
};

/// For the others to be done with a cluster.
const PATIENCE: Duration = Duration::from_secs(150);
const SOON: Duration = Duration::from_secs(60);

/// The cluster that tests share; whoever breaks more than its own pods takes another.
fn shared() -> Cluster {
    Ground::of_this_run().unwrap().cluster().unwrap()
}

/// A cluster that may be broken, to oneself while this is held: there are two of them, for two tests at a time.
struct Breakable {
    ground: Ground,
    name: String,
    _lock: File,
}

impl Breakable {
    fn take() -> Self {
        let ground = Ground::of_this_run().unwrap();
        let taken = wait::until("a cluster to break", PATIENCE, || {
            [1, 2].into_iter().find_map(|number| {
                let name = format!("breakable-{number}");
                let lock = File::create(ground.folder().join(format!("{name}.test"))).unwrap();
                lock.try_lock().ok().map(|()| (name, lock))
            })
        });
        let (name, lock) = taken.unwrap();
        Self { ground, name, _lock: lock }
    }

    /// The cluster, with whatever has ended started again. Its workers' disks are small.
    fn cluster(&self) -> Cluster {
        let shape = ClusterShape {
            disk: Some(600 * 1024 * 1024),
            node_grace: Duration::from_secs(8),
            ..ClusterShape::default()
        };
        self.ground.cluster_of(&self.name, &shape).unwrap()
    }
}

/// A process that does nothing: to own a ground until it is killed, which dropping does.
struct Bystander(Child);

impl Bystander {
    fn new() -> Self {
        Self(Command::new("sleep").arg("600").stdin(Stdio::null()).spawn().unwrap())
    }

    fn id(&self) -> String {
        self.0.id().to_string()
    }
}

impl Drop for Bystander {
    fn drop(&mut self) {
        self.0.kill().and_then(|()| self.0.wait()).unwrap();
    }
}

/// A namespace of one's own, gone when dropped.
struct Namespace {
    cluster: Cluster,
    name: String,
}

impl Namespace {
    fn new(cluster: &Cluster, purpose: &str) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let name = format!("{purpose}-{}-{}", process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        cluster.kubectl(&["create", "namespace", &name]).unwrap();
        wait::until_true("the namespace's service account", SOON, || {
            cluster.kubectl(&["--namespace", &name, "get", "serviceaccount", "default"]).is_ok()
        })
        .unwrap();
        Self { cluster: cluster.clone(), name }
    }

    fn kubectl(&self, arguments: &[&str]) -> Result<String, String> {
        self.cluster.kubectl(&[&["--namespace", &self.name], arguments].concat())
    }

    fn apply(&self, yaml: impl Display) -> Result<String, String> {
        let arguments = ["--namespace", &self.name, "apply", "--server-side", "--filename", "-"];
        self.cluster.fed(&arguments, &yaml.to_string())
    }

    /// A pod of one shell script, and waits until it is ready.
    fn pod(&self, name: &str, more: &str, script: &str) {
        self.apply(pod(name, more, script)).unwrap();
        self.await_ready(name);
    }

    fn await_ready(&self, pod: &str) {
        let ready = wait::until_true("the pod to be ready", SOON, || {
            let condition = "jsonpath={.status.conditions[?(@.type==\"Ready\")].status}";
            self.kubectl(&["get", "pod", pod, "--output", condition]).is_ok_and(|said| said == "True")
        });
        assert!(ready.is_ok(), "{}", self.kubectl(&["describe", "pod", pod]).unwrap());
    }

    /// Runs a shell script in a pod.
    fn inside(&self, pod: &str, script: &str) -> Result<String, String> {
        self.kubectl(&["exec", pod, "--", "sh", "-c", script])
    }

    fn field(&self, object: &str, path: &str) -> String {
        self.kubectl(&["get", object, "--output", &format!("jsonpath={{{path}}}")]).unwrap_or_default()
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        // What a failed test leaves is evidence.
        if !thread::panicking() {
            let _gone_with_the_cluster =
                self.cluster.kubectl(&["delete", "namespace", &self.name, "--wait=false"]);
        }
    }
}

/// `more` is what the specification says beside the container.
fn pod(name: &str, more: &str, script: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, labels: {{app: {name}}}}}\nspec:\n  \
         terminationGracePeriodSeconds: 0\n{more}  containers:\n  - name: main\n    image: ground.local/busybox:1\n    \
         imagePullPolicy: Never\n    command: [sh, -c, {script}]\n",
        script = quoted(script),
    )
}

/// A text as YAML reads it back.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
