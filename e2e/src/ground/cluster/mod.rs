//! A real Kubernetes without containers around it: a control node and workers, each in namespaces of its own.
//!
//! ```text
//! one program of everything (etcd, API server, managers, scheduler, kubelet, proxy, DNS, kubectl)
//!   ├─ control node: etcd, kube-apiserver, kube-controller-manager, kube-scheduler, coredns
//!   ╰─ worker: containerd, kubelet, kube-proxy, and of ours: volumes, policies
//!              each a part: kill, pause, start again
//! ```
//!
//! Needs root: namespaces, mounts and links of its own are made of it. Nothing outside is changed but one link
//! and one route on the host, and control groups, which are removed.
//!
//! Instead of it a cluster may be given from outside; what only a cluster of ours can do is then refused.

mod address;
mod cgroups;
mod config;
mod evidence;
mod fake;
mod faults;
mod given;
pub mod inside;
mod logs;
mod node;
mod nodes;
mod pki;
pub mod printer;
mod programs;
mod start;
mod volume;
mod wires;
mod workload;

pub use config::LogRotation;
pub use evidence::{EVIDENCE, Evidence};
pub use fake::FakeNodes;
pub use faults::{Cut, Drained, FullDisk, Grace, Slow};
pub use given::{KUBECONFIG, LOAD};
pub use logs::PodLogs;
pub use node::Node;
pub use nodes::Nodes;
pub use volume::{Hanging, Volume};
pub use workload::{Shape, Workload};

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    time::Duration,
};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use self::{given::Which, programs::Programs, start::Start};
use super::{Ground, Server, error::GroundError, part::Part};
use crate::{image, wait};

/// How a cluster is to be.
#[derive(Debug, Clone)]
pub struct ClusterShape {
    /// How many workers it has, each in a zone of its own.
    pub workers: usize,
    /// When container logs are rotated.
    pub logs: LogRotation,
    /// How many bytes a worker can keep, logs and volumes and images together; nothing is as much as there is.
    pub disk: Option<u64>,
    /// How long a node may say nothing before it is missed. Fake nodes beat three times as often, and each beat
    /// costs the API server about 3 ms: with thousands of them, take a minute.
    pub node_grace: Duration,
}

impl Default for ClusterShape {
    fn default() -> Self {
        Self {
            workers: 2,
            logs: LogRotation { max_size: "1Mi".to_owned(), max_files: 3 },
            disk: None,
            node_grace: Duration::from_secs(16),
        }
    }
}

/// A running cluster.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Cluster {
    kubeconfig: PathBuf,
    /// The words before kubectl's arguments.
    kubectl: Vec<String>,
    home: Home,
}

/// Whose it is.
#[derive(Debug, Clone, Serialize, Deserialize)]
enum Home {
    Ours(Nodes),
    Kind { holder: Part, name: String },
    Given { load: Option<String> },
}

/// The name of the one that is shared.
const NAME: &str = "kubernetes";
const READY: Duration = Duration::from_secs(60);

impl Ground {
    /// The cluster that everybody here shares: one control node, two workers. The one that
    /// [`KUBECONFIG`] names, or one that kind makes, instead of ours if that is asked for.
    pub fn cluster(&self) -> Result<Cluster, GroundError> {
        let shape = ClusterShape::default();
        match Which::asked() {
            Which::Ours => self.cluster_of(NAME, &shape),
            Which::Kind => self.server(NAME, &format!("kind {shape:?}"), || given::kind(self, NAME, &shape)),
            Which::Given(kubeconfig) => {
                let known = format!("given {}", kubeconfig.display());
                self.server(NAME, &known, || given::given(&kubeconfig))
            }
        }
    }

    /// A cluster of ours, of another name and shape, which may be broken by whoever asked for it.
    pub fn cluster_of(&self, name: &str, shape: &ClusterShape) -> Result<Cluster, GroundError> {
        check_own_rights()?;
        self.server(name, &format!("{shape:?}"), || {
            let programs = Programs::get()?;
            let start = Start { ground: self, name, shape, programs: &programs };
            start.all()
        })
    }
}

/// Whether this process may have the cluster that is asked for; to be called before minutes of preparation.
pub fn check_rights() -> Result<(), GroundError> {
    if Which::asked() == Which::Ours { check_own_rights() } else { Ok(()) }
}

fn check_own_rights() -> Result<(), GroundError> {
    if !rustix::process::getuid().is_root() {
        return Err(GroundError::NoRights {
            what: "a Kubernetes of one's own",
            remedy: "run as root, or set SAWLOG_E2E_KUBECONFIG to a cluster's kubeconfig",
        });
    }
    cgroups::check()
}

pub(super) fn prepare() -> Result<(), GroundError> {
    match Which::asked() {
        Which::Ours => Programs::get().map(drop),
        Which::Kind | Which::Given(_) => programs::images_for_pods().map(drop),
    }
}

fn worker_name(number: usize) -> String {
    format!("worker-{number}")
}

/// What a command said; what it complained about when it failed.
fn said(command: &mut Command) -> Result<String, String> {
    command.output().map_err(|error| error.to_string()).and_then(|output| outcome(&output))
}

/// The same of a command that has something to read.
fn said_when_fed(command: &mut Command, input: &str) -> Result<String, String> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| error.to_string())?;
    let mut stdin = child.stdin.take().expect("because it is piped");
    // One that ends without reading has said why.
    let _its_answer_tells = stdin.write_all(input.as_bytes());
    drop(stdin);
    child.wait_with_output().map_err(|error| error.to_string()).and_then(|output| outcome(&output))
}

fn outcome(output: &Output) -> Result<String, String> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
}

/// A name outside that nobody else has, for what belongs to the part of this folder.
fn name_outside(folder: &Path) -> String {
    format!("sawlog-{}", &image::hex(&Sha256::digest(folder.as_os_str().as_encoded_bytes()))[..12])
}

impl Server for Cluster {
    fn parts(&self) -> Vec<&Part> {
        match &self.home {
            Home::Ours(nodes) => nodes.all().map(Node::machine).collect(),
            Home::Kind { holder, .. } => vec![holder],
            Home::Given { .. } => Vec::new(),
        }
    }

    fn await_ready(&self) -> Result<(), GroundError> {
        let Home::Ours(nodes) = &self.home else {
            let ready = ["wait", "node", "--all", "--for=condition=Ready", "--timeout=60s"];
            return self.kubectl(&ready).map(drop).map_err(|why| failed("wait for its nodes", &why));
        };
        self.await_api("/readyz")?;
        for (number, worker) in (1..).zip(nodes.workers()) {
            let name = worker_name(number);
            let condition = "jsonpath={.status.conditions[?(@.type==\"Ready\")].status}";
            let ready = || {
                let said = self.kubectl(&["get", "node", &name, "--output", condition]).ok()?;
                (said == "True").then_some(())
            };
            worker.program("kubelet").await_ready(&format!("{name} to be Ready"), READY, ready)?;
        }
        let account = || self.kubectl(&["get", "serviceaccount", "default"]).ok().map(drop);
        let what = "the default service account";
        nodes.control().program("kube-controller-manager").await_ready(what, READY, account)
    }

    fn addresses(&self) -> Vec<(String, String)> {
        vec![("export KUBECONFIG".to_owned(), self.kubeconfig.display().to_string())]
    }

    fn revive(&self) -> Result<(), GroundError> {
        match &self.home {
            // A disk of limited size is a new one.
            Home::Ours(nodes) if nodes.revive()? => {
                programs::images()?.iter().try_for_each(|archive| self.load(archive))
            }
            Home::Kind { holder, .. } => holder.check(),
            Home::Ours(_) | Home::Given { .. } => Ok(()),
        }
    }
}

impl Cluster {
    /// The administrator's kubeconfig.
    pub fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    /// Its nodes; an error for a cluster that was given from outside.
    pub fn ours(&self) -> Result<&Nodes, GroundError> {
        if let Home::Ours(nodes) = &self.home { Ok(nodes) } else { Err(GroundError::NotOurs) }
    }

    /// Lets pods use the image of an archive, see [`Image`](crate::image::Image); no node has to fetch it.
    pub fn load(&self, archive: &Path) -> Result<(), GroundError> {
        let what = || format!("load the image {}", archive.display());
        let command = match &self.home {
            Home::Ours(nodes) => {
                return nodes.load(archive).map_err(|why| failed(&what(), &why));
            }
            Home::Kind { name, .. } => &format!("kind load image-archive --name {name}"),
            Home::Given { load: Some(command) } => command,
            Home::Given { load: None } => {
                let why = format!(
                    "set {LOAD} to a command that does it, given the archive's path as its last argument \
                     (`k3s ctr images import`, `minikube image load`, …)"
                );
                return Err(failed(&what(), &why));
            }
        };
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("{command} \"$1\""), "load"]).arg(archive);
        said(&mut shell).map(drop).map_err(|why| failed(&what(), &why))
    }

    /// Runs kubectl: what it said, or what it complained about.
    pub fn kubectl(&self, arguments: &[&str]) -> Result<String, String> {
        said(self.kubectl_command().args(arguments))
    }

    /// Applies objects, by server-side apply.
    pub fn apply(&self, yaml: &str) -> Result<(), GroundError> {
        self.fed(&["apply", "--server-side", "--filename", "-"], yaml)
            .map(drop)
            .map_err(|why| failed("apply objects", &why))
    }

    /// Runs kubectl with something to read.
    pub fn fed(&self, arguments: &[&str], input: &str) -> Result<String, String> {
        said_when_fed(self.kubectl_command().args(arguments), input)
    }

    /// Waits until an object has a condition; the reason it has not is in the error.
    pub fn await_condition(&self, object: &str, condition: &str, limit: Duration) -> Result<(), String> {
        let argument = format!("--for=condition={condition}");
        let found = wait::until(&format!("{object} to be {condition}"), limit, || {
            self.kubectl(&["wait", object, &argument, "--timeout=1s"]).ok()
        });
        found.map(drop).map_err(|in_vain| {
            let described = self.kubectl(&["describe", object]).unwrap_or_else(|why| why);
            format!("{in_vain}:\n{described}")
        })
    }

    fn kubectl_command(&self) -> Command {
        let mut command = Command::new(&self.kubectl[0]);
        command.args(&self.kubectl[1..]).arg("--kubeconfig").arg(&self.kubeconfig);
        // What kubectl remembers of a cluster ends with it.
        match &self.home {
            Home::Ours(nodes) => command.arg("--cache-dir").arg(nodes.control().folder().join("kubectl")),
            Home::Kind { holder, .. } => command.arg("--cache-dir").arg(holder.folder().join("kubectl")),
            Home::Given { .. } => &mut command,
        };
        command
    }

    fn await_api(&self, path: &str) -> Result<(), GroundError> {
        let ready = || self.kubectl(&["get", "--raw", path]).ok().map(drop);
        let server = self.ours()?.control().program("kube-apiserver");
        server.await_ready("the API server to be ready", READY, ready)
    }
}

fn failed(what: &str, why: &str) -> GroundError {
    GroundError::Request { part: "cluster".to_owned(), what: what.to_owned(), why: why.to_owned() }
}
