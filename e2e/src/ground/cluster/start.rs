//! Starting a cluster: certificates and configuration are written, nodes begin, programs start in their order.

use std::{fs, path::Path};

use super::{
    Cluster, ClusterShape, Home, Node, Nodes,
    address::Addresses,
    cgroups, config, name_outside,
    pki::{Authority, Identity, Subject},
    programs::{self, Programs},
    wires, worker_name,
};
use crate::ground::{Ground, GroundError, Server as _, folder, server::CONTROL};

/// One start.
pub(super) struct Start<'a> {
    pub(super) ground: &'a Ground,
    pub(super) name: &'a str,
    pub(super) shape: &'a ClusterShape,
    pub(super) programs: &'a Programs,
}

impl Start<'_> {
    pub(super) fn all(&self) -> Result<Cluster, GroundError> {
        let part = format!("{}-{CONTROL}", self.name);
        let mut control = self.ground.start_node(&part, CONTROL, None, self.programs.path())?;
        let addresses = wires::to_host(&control)?;
        let authority = self.write_control(&control, addresses)?;
        let (first, later) =
            config::control(&self.programs.kubernetes, addresses, control.folder(), self.shape.node_grace);
        for command in first {
            control.run(&command)?;
        }
        let mut workers = Vec::new();
        for number in 1..=self.shape.workers {
            let worker = self.worker(&authority, addresses, number)?;
            wires::to_control(&control, &worker, number, self.shape.workers, addresses)?;
            workers.push(worker);
        }
        wires::to_services(&control, addresses)?;
        for (number, worker) in (1..).zip(&mut workers) {
            let folder = worker.folder().to_owned();
            let known = config::Worker { name: &worker_name(number), number, folder: &folder };
            for command in config::worker(self.programs, addresses, &known) {
                worker.run(&command)?;
            }
        }
        let network = addresses.network;
        let mut cluster = Cluster {
            kubeconfig: control.folder().join("admin.kubeconfig"),
            kubectl: programs::ours_as_kubectl(&self.programs.kubernetes),
            home: Home::Ours(Nodes {
                control,
                workers,
                network,
                node_grace: self.shape.node_grace,
                ctr: self.programs.ctr.clone(),
            }),
        };
        // The others end at once while they may not read what they need.
        cluster.await_api("/livez/poststarthook/rbac/bootstrap-roles")?;
        if let Home::Ours(nodes) = &mut cluster.home {
            for command in later {
                nodes.control.run(&command)?;
            }
        }
        cluster.await_api("/readyz")?;
        cluster.apply(&config::beginnings(addresses))?;
        self.programs.images.iter().try_for_each(|archive| cluster.load(archive))?;
        cluster.await_ready()?;
        Ok(cluster)
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
        let mut worker = self.ground.start_node(&part, &name, self.shape.disk, self.programs.path())?;
        let folder = worker.folder().to_owned();
        let failed = |error: rcgen::Error| self.failed("make certificates", &error.to_string());
        let names = [name.clone(), addresses.worker(number), "127.0.0.1".to_owned()];
        self.put_identity(&folder, "kubelet-server", &authority.server(&name, &names).map_err(failed)?)?;
        let user = format!("system:node:{name}");
        let clients = [
            ("kubelet", Some("system:nodes"), user.as_str()),
            ("kube-proxy", None, "system:kube-proxy"),
            ("ground", Some("system:masters"), "ground"),
        ];
        for (client, group, user) in clients {
            self.put_identity(&folder, client, &authority.client(&Subject { group, user }).map_err(failed)?)?;
            let text = config::kubeconfig(&addresses.control(), &folder, client);
            self.put(&folder.join(format!("{client}.kubeconfig")), &text)?;
        }
        let cgroup = name_outside(&folder);
        self.put(&folder.join(folder::AFTERWARDS), &cgroups::removal(&cgroup))?;
        cgroups::make(&cgroup)?;
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
        worker.run(&config::containerd_command(&self.programs.containerd, &folder))?;
        Ok(worker)
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
