//! What every program of the cluster is started with. Pure.
//!
//! Paths are the same inside and outside the nodes: a node sees the ground's folder where the host sees it.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use super::{address::Addresses, programs::Programs};

pub(super) const CONTAINERD: &str = "containerd";
pub(super) const CONTAINERD_SOCKET: &str = "/run/containerd/containerd.sock";

/// A program of a node and how it is started.
pub(super) struct Command {
    pub(super) name: String,
    pub(super) program: PathBuf,
    pub(super) arguments: Vec<String>,
}

/// Makes commands of the one program that is all of Kubernetes.
struct Kubernetes<'a>(&'a Path);

impl Kubernetes<'_> {
    fn command(&self, name: &str, arguments: &[String]) -> Command {
        let arguments = [name.to_owned()].iter().chain(arguments).cloned().collect();
        Command { name: name.to_owned(), program: self.0.to_owned(), arguments }
    }
}

/// A program of ours, see [`inside`](super::inside).
pub(super) fn of_ours(ground: &Path, name: &str, arguments: &[String]) -> Command {
    let arguments = ["inside", name].map(str::to_owned).iter().chain(arguments).cloned().collect();
    Command { name: name.to_owned(), program: ground.to_owned(), arguments }
}

/// What the control node runs: first, and once the API server knows who may do what.
pub(super) fn control(
    program: &Path,
    addresses: Addresses,
    folder: &Path,
    node_grace: Duration,
) -> (Vec<Command>, Vec<Command>) {
    let kubernetes = Kubernetes(program);
    let at = |path: &str| folder.join(path).display().to_string();
    let kubeconfig = |user: &str| at(&format!("{user}.kubeconfig"));
    let api = [
        "--etcd-servers=http://127.0.0.1:2379".to_owned(),
        "--bind-address=0.0.0.0".to_owned(),
        "--secure-port=6443".to_owned(),
        format!("--advertise-address={}", addresses.control()),
        format!("--service-cluster-ip-range={}", addresses.services()),
        format!("--tls-cert-file={}", at("pki/apiserver.crt")),
        format!("--tls-private-key-file={}", at("pki/apiserver.key")),
        format!("--client-ca-file={}", at("pki/ca.crt")),
        "--anonymous-auth=false".to_owned(),
        "--authorization-mode=Node,RBAC".to_owned(),
        "--enable-admission-plugins=NodeRestriction".to_owned(),
        "--allow-privileged=true".to_owned(),
        "--service-account-issuer=https://kubernetes.default.svc.cluster.local".to_owned(),
        format!("--service-account-key-file={}", at("pki/sa.pub")),
        format!("--service-account-signing-key-file={}", at("pki/sa.key")),
        format!("--kubelet-client-certificate={}", at("pki/apiserver-kubelet.crt")),
        format!("--kubelet-client-key={}", at("pki/apiserver-kubelet.key")),
        format!("--kubelet-certificate-authority={}", at("pki/ca.crt")),
        "--kubelet-preferred-address-types=InternalIP".to_owned(),
        format!("--audit-log-path={}", at("audit.jsonl")),
        format!("--audit-policy-file={}", at("audit-policy.yaml")),
        "--profiling=false".to_owned(),
    ];
    let managers = [
        format!("--kubeconfig={}", kubeconfig("controller-manager")),
        format!("--authentication-kubeconfig={}", kubeconfig("controller-manager")),
        format!("--authorization-kubeconfig={}", kubeconfig("controller-manager")),
        format!("--service-account-private-key-file={}", at("pki/sa.key")),
        format!("--root-ca-file={}", at("pki/ca.crt")),
        format!("--cluster-signing-cert-file={}", at("pki/ca.crt")),
        format!("--cluster-signing-key-file={}", at("pki/ca.key")),
        // The default service account of a namespace appears seconds earlier.
        "--kube-api-qps=300".to_owned(),
        "--kube-api-burst=600".to_owned(),
        "--use-service-account-credentials=true".to_owned(),
        // A node that is silent is noticed in seconds; kubelets speak often enough.
        format!("--node-monitor-grace-period={}s", node_grace.as_secs()),
        "--node-monitor-period=2s".to_owned(),
        "--leader-elect=false".to_owned(),
        "--bind-address=127.0.0.1".to_owned(),
        format!("--flex-volume-plugin-dir={}", at("volume-plugins")),
        "--profiling=false".to_owned(),
    ];
    let scheduler = [
        format!("--kubeconfig={}", kubeconfig("scheduler")),
        format!("--authentication-kubeconfig={}", kubeconfig("scheduler")),
        format!("--authorization-kubeconfig={}", kubeconfig("scheduler")),
        "--leader-elect=false".to_owned(),
        "--bind-address=127.0.0.1".to_owned(),
        "--profiling=false".to_owned(),
    ];
    let first =
        vec![kubernetes.command("etcd", &etcd(&at("etcd-data"))), kubernetes.command("kube-apiserver", &api)];
    let later = vec![
        kubernetes.command("kube-controller-manager", &managers),
        kubernetes.command("kube-scheduler", &scheduler),
        kubernetes.command("coredns", &["-conf".to_owned(), at("Corefile")]),
    ];
    (first, later)
}

fn etcd(data: &str) -> Vec<String> {
    [
        &format!("--data-dir={data}"),
        "--unsafe-no-fsync", // the cluster ends with its machine
        "--log-level=warn",
        "--listen-client-urls=http://127.0.0.1:2379",
        "--advertise-client-urls=http://127.0.0.1:2379",
        "--listen-peer-urls=http://127.0.0.1:2380",
        "--initial-advertise-peer-urls=http://127.0.0.1:2380",
        "--initial-cluster=default=http://127.0.0.1:2380",
    ]
    .map(str::to_owned)
    .to_vec()
}

/// A worker, as its commands need to know it.
pub(super) struct Worker<'a> {
    pub(super) name: &'a str,
    pub(super) number: usize,
    pub(super) folder: &'a Path,
}

/// Where a worker keeps volumes: on its own disk, like everything below /var/lib.
const VOLUMES: &str = "/var/lib/volumes";

/// What a worker runs once it can reach the API server.
pub(super) fn worker(programs: &Programs, addresses: Addresses, worker: &Worker<'_>) -> Vec<Command> {
    let Worker { name, number, folder } = worker;
    let at = |path: &str| folder.join(path).display().to_string();
    let kubelet = [
        format!("--config={}", at("kubelet.yaml")),
        format!("--kubeconfig={}", at("kubelet.kubeconfig")),
        format!("--hostname-override={name}"),
        format!("--node-ip={}", addresses.worker(*number)),
        format!(
            "--node-labels=topology.kubernetes.io/zone=zone-{number},topology.kubernetes.io/region=ground"
        ),
    ];
    let ours = [format!("--kubeconfig={}", at("ground.kubeconfig")), format!("--node={name}")];
    let volumes = ours.iter().cloned().chain([
        format!("--folder={VOLUMES}"),
        format!("--bindfs={}", programs.bindfs.display()),
        format!("--bindfs-libraries={}", programs.bindfs_libraries.display()),
    ]);
    let kubernetes = Kubernetes(&programs.kubernetes);
    vec![
        kubernetes.command("kubelet", &kubelet),
        kubernetes.command("kube-proxy", &[format!("--config={}", at("kube-proxy.yaml"))]),
        of_ours(&programs.ground, "volumes", &volumes.collect::<Vec<_>>()),
        of_ours(&programs.ground, "policies", &ours),
    ]
}

/// What a worker starts first.
pub(super) fn containerd_command(program: &Path, folder: &Path) -> Command {
    let config = folder.join("containerd.toml").display().to_string();
    let arguments = ["--config", &config, "--log-level", "warn"].map(str::to_owned).to_vec();
    Command { name: CONTAINERD.to_owned(), program: program.to_owned(), arguments }
}

/// Who a client is, and where the API server is.
pub(super) fn kubeconfig(server: &str, folder: &Path, user: &str) -> String {
    let at = |path: String| folder.join(path).display().to_string();
    let (authority, certificate, key) =
        (at("ca.crt".to_owned()), at(format!("{user}.crt")), at(format!("{user}.key")));
    format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: ground\n\
         clusters: [{{name: ground, cluster: {{server: 'https://{server}:6443', certificate-authority: '{authority}'}}}}]\n\
         users: [{{name: {user}, user: {{client-certificate: '{certificate}', client-key: '{key}'}}}}]\n\
         contexts: [{{name: ground, context: {{cluster: ground, user: {user}}}}}]\n"
    )
}

/// Who did what to which object, without the objects: tests count.
pub(super) const AUDIT_POLICY: &str = "\
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- {level: None, nonResourceURLs: ['/livez*', '/readyz*', '/healthz*']}
- {level: Metadata}
";

/// Names of the cluster, and `host.e2e.test` for listeners of a test; nothing else has a name here.
pub(super) fn corefile(addresses: Addresses, folder: &Path) -> String {
    let (bind, host) = (addresses.control(), addresses.host());
    let kubeconfig = folder.join("coredns.kubeconfig").display().to_string();
    format!(
        "cluster.local:53 in-addr.arpa:53 {{\n  bind {bind}\n  errors\n  kubernetes cluster.local in-addr.arpa {{\n    \
         kubeconfig {kubeconfig}\n    pods insecure\n    ttl 5\n  }}\n}}\n\
         e2e.test:53 {{\n  bind {bind}\n  hosts {{\n    {host} host.e2e.test\n  }}\n}}\n\
         .:53 {{\n  bind {bind}\n  template ANY ANY {{\n    rcode NXDOMAIN\n  }}\n}}\n"
    )
}

pub(super) fn containerd(folder: &Path, plugins: &Path) -> String {
    let at = |path: &str| folder.join(path).display().to_string();
    let (root, networks, plugins) = (at("var/lib/containerd"), at("cni"), plugins.display());
    format!(
        r#"version = 2
root = "{root}"
state = "/run/containerd"
disabled_plugins = ["io.containerd.internal.v1.opt", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.aufs", "io.containerd.tracing.processor.v1.otlp", "io.containerd.internal.v1.tracing"]
[grpc]
  address = "{CONTAINERD_SOCKET}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "ground.local/pause:1"
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "{plugins}"
    conf_dir = "{networks}"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
"#
    )
}

pub(super) fn network(addresses: Addresses, worker: usize) -> String {
    let pods = addresses.pods(worker);
    format!(
        r#"{{"cniVersion":"0.4.0","name":"pods","plugins":[
{{"type":"ptp","ipMasq":false,"ipam":{{"type":"host-local","ranges":[[{{"subnet":"{pods}"}}]],
"routes":[{{"dst":"0.0.0.0/0"}}],"dataDir":"/run/cni-ipam"}}}},
{{"type":"portmap","capabilities":{{"portMappings":true}}}}]}}
"#
    )
}

/// How the kubelet rotates container logs.
#[derive(Debug, Clone)]
pub struct LogRotation {
    /// When a file is full: a Kubernetes quantity.
    pub max_size: String,
    /// How many files there are, the current one included.
    pub max_files: u32,
}

pub(super) fn kubelet(addresses: Addresses, folder: &Path, cgroup: &str, logs: &LogRotation) -> String {
    let at = |path: &str| folder.join(path).display().to_string();
    let LogRotation { max_size, max_files } = logs;
    format!(
        "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\naddress: 0.0.0.0\n\
         authentication: {{anonymous: {{enabled: false}}, webhook: {{enabled: true, cacheTTL: 10s}}, x509: {{clientCAFile: '{ca}'}}}}\n\
         authorization: {{mode: Webhook}}\n\
         tlsCertFile: '{certificate}'\ntlsPrivateKeyFile: '{key}'\n\
         containerRuntimeEndpoint: unix://{CONTAINERD_SOCKET}\n\
         cgroupDriver: cgroupfs\ncgroupRoot: /{cgroup}\nfailCgroupV1: false\nfailSwapOn: false\noomScoreAdj: 0\n\
         clusterDomain: cluster.local\nclusterDNS: ['{dns}']\nresolvConf: '{resolv}'\nvolumePluginDir: '{volumes}'\n\
         containerLogMaxSize: {max_size}\ncontainerLogMaxFiles: {max_files}\ncontainerLogMonitorInterval: 3s\n\
         imageGCHighThresholdPercent: 100\nimageMinimumGCAge: 24h\n\
         nodeLeaseDurationSeconds: 8\nnodeStatusUpdateFrequency: 2s\nnodeStatusReportFrequency: 5m\n\
         evictionPressureTransitionPeriod: 3s\n\
         evictionHard: {{memory.available: 50Mi, nodefs.available: 1%, nodefs.inodesFree: 1%, imagefs.available: 1%}}\n\
         shutdownGracePeriod: 0s\n",
        ca = at("ca.crt"),
        certificate = at("kubelet-server.crt"),
        key = at("kubelet-server.key"),
        dns = addresses.dns_service(),
        resolv = at("resolv.conf"),
        volumes = at("volume-plugins"),
    )
}

pub(super) fn proxy(addresses: Addresses, folder: &Path, name: &str, worker: usize) -> String {
    let kubeconfig = folder.join("kube-proxy.kubeconfig").display().to_string();
    format!(
        "apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\nmode: nftables\n\
         clientConnection: {{kubeconfig: '{kubeconfig}'}}\nhostnameOverride: {name}\nbindAddress: {address}\noomScoreAdj: 0\n\
         clusterCIDR: {everything}\nhealthzBindAddress: 127.0.0.1:10256\nmetricsBindAddress: 127.0.0.1:10249\n\
         conntrack: {{maxPerCore: 0, min: 0, tcpEstablishedTimeout: 0s, tcpCloseWaitTimeout: 0s}}\n\
         nodePortAddresses: ['{address}/32']\n",
        address = addresses.worker(worker),
        everything = addresses.everything(),
    )
}

/// Objects every cluster begins with.
pub(super) fn beginnings(addresses: Addresses) -> String {
    format!(
        "{BEGINNINGS}---\n{STORAGE}---\n\
         apiVersion: v1\nkind: Service\nmetadata: {{name: kube-dns, namespace: kube-system}}\n\
         spec:\n  clusterIP: {dns}\n  ports: [{{name: dns, port: 53, protocol: UDP}}, {{name: dns-tcp, port: 53, protocol: TCP}}]\n---\n\
         apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\n\
         metadata: {{name: kube-dns-control, namespace: kube-system, labels: {{kubernetes.io/service-name: kube-dns}}}}\n\
         addressType: IPv4\nports: [{{name: dns, port: 53, protocol: UDP}}, {{name: dns-tcp, port: 53, protocol: TCP}}]\n\
         endpoints: [{{addresses: ['{control}'], conditions: {{ready: true}}}}]\n",
        dns = addresses.dns_service(),
        control = addresses.control(),
    )
}

const BEGINNINGS: &str = include_str!("../../../ground/kubernetes/beginnings.yaml");
const STORAGE: &str = include_str!("../../../ground/kubernetes/storage.yaml");
