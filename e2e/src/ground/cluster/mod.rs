//! A real Kubernetes without containers around it: a control node and workers, each in namespaces of its own.
//!
//! ```text
//! one program of everything (etcd, API server, managers, scheduler, kubelet, proxy, DNS, kubectl)
//!   ├─ control node: etcd, kube-apiserver, kube-controller-manager, kube-scheduler, coredns
//!   ╰─ worker: containerd, kubelet, kube-proxy                    each a part: kill, pause, start again
//! ```
//!
//! Needs root: namespaces, mounts and links of its own are made of it. Nothing outside is changed but one link
//! and one route on the host, which vanish with the control node, and control groups, which are removed.

mod address;
mod config;
pub mod image;
mod node;
mod pki;
mod programs;

pub use config::LogRotation;
pub use node::Node;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use serde::{Deserialize, Serialize};

use self::{
    address::Addresses,
    pki::{Authority, Identity, Subject},
    programs::Programs,
};
use super::{Ground, Server, error::GroundError, folder, part::Part};
use crate::wait;

/// How a cluster is to be.
#[derive(Debug, Clone)]
pub struct ClusterShape {
    /// How many workers it has, each in a zone of its own.
    pub workers: usize,
    /// When container logs are rotated.
    pub logs: LogRotation,
}

impl Default for ClusterShape {
    fn default() -> Self {
        Self { workers: 2, logs: LogRotation { max_size: "1Mi".to_owned(), max_files: 3 } }
    }
}

/// A running cluster.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Cluster {
    control: Node,
    workers: Vec<Node>,
    network: u8,
    kubectl: PathBuf,
}

const READY: Duration = Duration::from_secs(60);

impl Ground {
    /// The cluster that everybody here shares: one control node, two workers.
    pub fn cluster(&self) -> Result<Cluster, GroundError> {
        self.cluster_of("cluster", &ClusterShape::default())
    }

    /// A cluster of another name and shape.
    pub fn cluster_of(&self, name: &str, shape: &ClusterShape) -> Result<Cluster, GroundError> {
        if !rustix::process::getuid().is_root() {
            return Err(GroundError::NoRights {
                what: "a Kubernetes of one's own",
                remedy: "run as root, or set SAWLOG_E2E_KUBECONFIG to a cluster's kubeconfig",
            });
        }
        self.server(name, &format!("{shape:?}"), || {
            let programs = Programs::get()?;
            let start = Start { ground: self, name, shape, programs: &programs };
            start.all()
        })
    }
}

pub(super) fn prepare() -> Result<(), GroundError> {
    Programs::get().map(drop)
}

struct Start<'a> {
    ground: &'a Ground,
    name: &'a str,
    shape: &'a ClusterShape,
    programs: &'a Programs,
}

impl Start<'_> {
    fn all(&self) -> Result<Cluster, GroundError> {
        let control = self.ground.start_node(&format!("{}-control", self.name), "control")?;
        let addresses = self.link_to_host(&control)?;
        let mut cluster = Cluster {
            control,
            workers: Vec::new(),
            network: addresses.network,
            kubectl: self.programs.kubernetes.clone(),
        };
        let authority = self.write_control(&cluster.control, addresses)?;
        let path = self.programs.path();
        let (first, later) = config::control(addresses, cluster.control.folder());
        for command in first {
            cluster.control.run(&self.programs.kubernetes, Some(command.name), &command, &path)?;
        }
        for number in 1..=self.shape.workers {
            let worker = self.worker(&authority, addresses, number)?;
            cluster.workers.push(worker);
        }
        self.join(&cluster, addresses)?;
        for (number, worker) in (1..).zip(&mut cluster.workers) {
            let name = worker_name(number);
            for command in config::worker(addresses, worker.folder(), &name, number) {
                worker.run(&self.programs.kubernetes, Some(command.name), &command, &path)?;
            }
        }
        // The others end at once while they may not read what they need.
        cluster.await_api("/livez/poststarthook/rbac/bootstrap-roles")?;
        for command in later {
            cluster.control.run(&self.programs.kubernetes, Some(command.name), &command, &path)?;
        }
        cluster.await_api("/readyz")?;
        cluster.apply(&config::beginnings(addresses))?;
        for worker in &cluster.workers {
            self.import(worker)?;
        }
        cluster.await_ready()?;
        Ok(cluster)
    }

    /// The link between the host and the control node; its number is the cluster's.
    fn link_to_host(&self, control: &Node) -> Result<Addresses, GroundError> {
        let inside = control.first_process()?.to_string();
        let made = (100..=250).map(|network| Addresses { network }).find(|addresses| {
            let link = addresses.link();
            ip(&["link", "add", &link, "type", "veth", "peer", "name", "host", "netns", &inside]).is_ok()
        });
        let Some(addresses) = made else {
            return Err(
                self.failed("link the host to the control node", "no number between 100 and 250 is free")
            );
        };
        let link = addresses.link();
        self.ip(&format!("address add {}/30 dev {link}", addresses.host()))?;
        self.ip(&format!("link set {link} up"))?;
        for step in [
            "link set lo up".to_owned(),
            format!("address add {}/30 dev host", addresses.control_to_host()),
            "link set host up".to_owned(),
            "link add nodes type bridge".to_owned(),
            format!("address add {}/24 dev nodes", addresses.control()),
            "link set nodes up".to_owned(),
        ] {
            self.ip_in(&inside, &step)?;
        }
        self.forward(&inside)?;
        self.ip(&format!("route add {} via {}", addresses.everything(), addresses.control_to_host()))?;
        Ok(addresses)
    }

    /// Hangs the workers on the control node.
    fn join(&self, cluster: &Cluster, addresses: Addresses) -> Result<(), GroundError> {
        let control = cluster.control.first_process()?.to_string();
        for (number, worker) in (1..).zip(&cluster.workers) {
            let inside = worker.first_process()?.to_string();
            self.ip_in(
                &control,
                &format!("link add worker{number} type veth peer name eth0 netns {inside}"),
            )?;
            self.ip_in(&control, &format!("link set worker{number} master nodes up"))?;
            self.ip_in(
                &control,
                &format!("route add {} via {}", addresses.pods(number), addresses.worker(number)),
            )?;
            let mut steps = vec![
                "link set lo up".to_owned(),
                format!("address add {}/24 dev eth0", addresses.worker(number)),
                "link set eth0 up".to_owned(),
                format!("route add {} via {}", addresses.everything(), addresses.control()),
                // Without a default route the kernel asks for one before the proxy has had its turn.
                format!("route add {} dev eth0", addresses.services()),
            ];
            let others = (1..=cluster.workers.len()).filter(|other| *other != number);
            steps.extend(
                others.map(|other| {
                    format!("route add {} via {}", addresses.pods(other), addresses.worker(other))
                }),
            );
            for step in &steps {
                self.ip_in(&inside, step)?;
            }
            self.forward(&inside)?;
        }
        self.ip_in(&control, &format!("route add {} via {}", addresses.services(), addresses.worker(1)))
    }

    fn write_control(&self, control: &Node, addresses: Addresses) -> Result<Authority, GroundError> {
        let folder = control.folder();
        let failed = |error: rcgen::Error| self.failed("make certificates", &error.to_string());
        let authority = Authority::new().map_err(failed)?;
        let names = ["kubernetes", "kubernetes.default", "kubernetes.default.svc", "localhost", "127.0.0.1"];
        let names = names.map(str::to_owned).into_iter().chain([
            "kubernetes.default.svc.cluster.local".to_owned(),
            addresses.api_service(),
            addresses.control(),
            addresses.control_to_host(),
        ]);
        let api = authority.server("kube-apiserver", &names.collect::<Vec<_>>()).map_err(failed)?;
        self.put_identity(folder, "pki/apiserver", &api)?;
        let masters = Some("system:masters");
        let to_kubelets = Subject { group: masters, user: "kube-apiserver-kubelet-client" };
        self.put_identity(folder, "pki/apiserver-kubelet", &authority.client(&to_kubelets).map_err(failed)?)?;
        let clients = [
            ("admin", masters, "admin"),
            ("controller-manager", None, "system:kube-controller-manager"),
            ("scheduler", None, "system:kube-scheduler"),
            ("coredns", None, "system:coredns"),
        ];
        for (name, group, user) in clients {
            let identity = authority.client(&Subject { group, user }).map_err(failed)?;
            self.put_identity(folder, name, &identity)?;
            let server = if name == "admin" { addresses.control_to_host() } else { addresses.control() };
            self.put(&folder.join(format!("{name}.kubeconfig")), &config::kubeconfig(&server, folder, name))?;
        }
        let accounts = rcgen::KeyPair::generate().map_err(failed)?;
        for (path, text) in [
            ("ca.crt", authority.certificate.as_str()),
            ("pki/ca.crt", &authority.certificate),
            ("pki/ca.key", &authority.key),
            ("pki/sa.key", &accounts.serialize_pem()),
            ("pki/sa.pub", &accounts.public_key_pem()),
            ("audit-policy.yaml", config::AUDIT_POLICY),
            ("Corefile", &config::corefile(addresses, folder)),
        ] {
            self.put(&folder.join(path), text)?;
        }
        Ok(authority)
    }

    fn worker(
        &self,
        authority: &Authority,
        addresses: Addresses,
        number: usize,
    ) -> Result<Node, GroundError> {
        let name = worker_name(number);
        let part = format!("{}-{}", self.name, number);
        let mut worker = self.ground.start_node(&part, &name)?;
        let folder = worker.folder().to_owned();
        let failed = |error: rcgen::Error| self.failed("make certificates", &error.to_string());
        let names = [name.clone(), addresses.worker(number), "127.0.0.1".to_owned()];
        self.put_identity(&folder, "kubelet-server", &authority.server(&name, &names).map_err(failed)?)?;
        let user = format!("system:node:{name}");
        let clients =
            [("kubelet", Some("system:nodes"), user.as_str()), ("kube-proxy", None, "system:kube-proxy")];
        for (client, group, user) in clients {
            self.put_identity(&folder, client, &authority.client(&Subject { group, user }).map_err(failed)?)?;
            let text = config::kubeconfig(&addresses.control(), &folder, client);
            self.put(&folder.join(format!("{client}.kubeconfig")), &text)?;
        }
        let cgroup = format!("{}-{number}", addresses.link());
        self.make_cgroup(&folder, &cgroup)?;
        for (path, text) in [
            ("ca.crt", authority.certificate.clone()),
            ("resolv.conf", String::new()),
            ("containerd.toml", config::containerd(&folder, &self.programs.networks)),
            ("cni/10-pods.conflist", config::network(addresses, number)),
            ("kubelet.yaml", config::kubelet(addresses, &folder, &cgroup, &self.shape.logs)),
            ("kube-proxy.yaml", config::proxy(addresses, &folder, &name, number)),
        ] {
            self.put(&folder.join(path), &text)?;
        }
        let containerd = config::containerd_command(&folder);
        worker.run(&self.programs.containerd, None, &containerd, &self.programs.path())?;
        Ok(worker)
    }

    /// The kubelet wants the group it is to use to exist under every controller.
    fn make_cgroup(&self, folder: &Path, name: &str) -> Result<(), GroundError> {
        let script = format!(
            "for try in $(seq 50); do\n  find /sys/fs/cgroup/*/{name} -depth -type d -exec rmdir {{}} + 2>/dev/null\n  \
             ls -d /sys/fs/cgroup/*/{name} >/dev/null 2>&1 || exit 0\n  sleep 0.1\ndone\n"
        );
        self.put(&folder.join(folder::AFTERWARDS), &script)?;
        let failed =
            |source| GroundError::File { part: name.to_owned(), path: "/sys/fs/cgroup".into(), source };
        for entry in fs::read_dir("/sys/fs/cgroup").map_err(failed)? {
            let controller = entry.map_err(failed)?.path();
            if !controller.join("cgroup.procs").exists() || !controller.is_dir() {
                continue;
            }
            let group = controller.join(name);
            fs::create_dir_all(&group).map_err(failed)?;
            for setting in ["cpuset.cpus", "cpuset.mems"] {
                if group.join(setting).exists() && controller.join(setting).exists() {
                    let value = fs::read(controller.join(setting)).map_err(failed)?;
                    fs::write(group.join(setting), value).map_err(failed)?;
                }
            }
        }
        Ok(())
    }

    fn import(&self, worker: &Node) -> Result<(), GroundError> {
        let answers = || {
            let mut version = worker.inside(&self.programs.ctr).ok()?;
            version.arg("version").output().ok().filter(|output| output.status.success()).map(drop)
        };
        worker.program("containerd").await_ready("containerd to answer", READY, answers)?;
        for archive in &self.programs.images {
            let mut import = worker.inside(&self.programs.ctr)?;
            import.args(["--namespace", "k8s.io", "images", "import"]).arg(archive);
            self.done("import an image", &mut import)?;
        }
        Ok(())
    }

    fn forward(&self, process: &str) -> Result<(), GroundError> {
        let mut command = Command::new("nsenter");
        command.args(["--target", process, "--net", "sysctl", "-qw", "net.ipv4.ip_forward=1"]);
        self.done("forward packets", &mut command)
    }

    fn ip(&self, words: &str) -> Result<(), GroundError> {
        ip(&words.split(' ').collect::<Vec<_>>()).map_err(|why| self.failed(&format!("ip {words}"), &why))
    }

    fn ip_in(&self, process: &str, words: &str) -> Result<(), GroundError> {
        let mut command = Command::new("nsenter");
        command.args(["--target", process, "--net", "ip"]).args(words.split(' '));
        self.done(&format!("ip {words}"), &mut command)
    }

    fn done(&self, what: &str, command: &mut Command) -> Result<(), GroundError> {
        said(command).map(drop).map_err(|why| self.failed(what, &why))
    }

    fn put(&self, path: &Path, text: &str) -> Result<(), GroundError> {
        let parent = path.parent().unwrap_or(path);
        fs::create_dir_all(parent).and_then(|()| fs::write(path, text)).map_err(|source| GroundError::File {
            part: self.name.to_owned(),
            path: path.to_owned(),
            source,
        })
    }

    fn put_identity(&self, folder: &Path, name: &str, identity: &Identity) -> Result<(), GroundError> {
        self.put(&folder.join(format!("{name}.crt")), &identity.certificate)?;
        self.put(&folder.join(format!("{name}.key")), &identity.key)
    }

    fn failed(&self, what: &str, why: &str) -> GroundError {
        GroundError::Request { part: self.name.to_owned(), what: what.to_owned(), why: why.to_owned() }
    }
}

fn worker_name(number: usize) -> String {
    format!("worker-{number}")
}

fn ip(words: &[&str]) -> Result<(), String> {
    said(Command::new("ip").args(words)).map(drop)
}

/// What a command said; what it complained about when it failed.
fn said(command: &mut Command) -> Result<String, String> {
    let output = command.output().map_err(|error| error.to_string())?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
}

impl Server for Cluster {
    fn parts(&self) -> Vec<&Part> {
        self.nodes().map(Node::machine).collect()
    }

    fn await_ready(&self) -> Result<(), GroundError> {
        self.await_api("/readyz")?;
        for number in 1..=self.workers.len() {
            let name = worker_name(number);
            let condition = "jsonpath={.status.conditions[?(@.type==\"Ready\")].status}";
            let ready = || {
                let said = self.kubectl(&["get", "node", &name, "--output", condition]).ok()?;
                (said == "True").then_some(())
            };
            self.workers[number - 1].program("kubelet").await_ready(
                &format!("{name} to be Ready"),
                READY,
                ready,
            )?;
        }
        let account = || self.kubectl(&["get", "serviceaccount", "default"]).ok().map(drop);
        let what = "the default service account";
        self.control.program("kube-controller-manager").await_ready(what, READY, account)
    }

    fn addresses(&self) -> Vec<(String, String)> {
        vec![("export KUBECONFIG".to_owned(), self.kubeconfig().display().to_string())]
    }
}

impl Cluster {
    /// The administrator's kubeconfig.
    pub fn kubeconfig(&self) -> PathBuf {
        self.control.folder().join("admin.kubeconfig")
    }

    /// The node of etcd, API server, managers, scheduler and DNS.
    pub fn control(&self) -> &Node {
        &self.control
    }

    /// Worker `number`, counted from one.
    pub fn worker(&self, number: usize) -> &Node {
        &self.workers[number - 1]
    }

    /// Every node.
    pub fn nodes(&self) -> impl Iterator<Item = &Node> {
        [&self.control].into_iter().chain(&self.workers)
    }

    /// What the API server was asked: a line of JSON each.
    pub fn audit_log(&self) -> PathBuf {
        self.control.folder().join("audit.jsonl")
    }

    /// The number that is in its addresses and in the names of what it makes on the host.
    pub fn network(&self) -> u8 {
        self.network
    }

    /// The address under which pods reach a listener of this process; also `host.e2e.test`.
    pub fn host_address(&self) -> String {
        Addresses { network: self.network }.host()
    }

    /// Runs kubectl: what it said, or what it complained about.
    pub fn kubectl(&self, arguments: &[&str]) -> Result<String, String> {
        said(
            Command::new(&self.kubectl)
                .arg("kubectl")
                .arg("--kubeconfig")
                .arg(self.kubeconfig())
                .args(arguments),
        )
    }

    /// Applies objects, by server-side apply.
    pub fn apply(&self, yaml: &str) -> Result<(), GroundError> {
        let failed = |why: String| GroundError::Request {
            part: self.control.machine().name().to_owned(),
            what: "apply objects".to_owned(),
            why,
        };
        let file = self.control.folder().join("tmp/applied.yaml");
        fs::write(&file, yaml).map_err(|error| failed(error.to_string()))?;
        let path = file.display().to_string();
        self.kubectl(&["apply", "--server-side", "--filename", &path]).map(drop).map_err(failed)
    }

    fn await_api(&self, path: &str) -> Result<(), GroundError> {
        let ready = || self.kubectl(&["get", "--raw", path]).ok().map(drop);
        self.control.program("kube-apiserver").await_ready("the API server to be ready", READY, ready)
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
}
