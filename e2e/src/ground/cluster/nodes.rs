//! The nodes of a cluster of ours.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use serde::{Deserialize, Serialize};

use super::{Node, address::Addresses, faults::network, said, wires};
use crate::ground::GroundError;

/// A control node and workers.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Nodes {
    pub(super) control: Node,
    pub(super) workers: Vec<Node>,
    pub(super) network: u8,
    /// How long a node may be silent.
    pub(super) node_grace: Duration,
    /// containerd's own client.
    pub(super) ctr: PathBuf,
}

impl Nodes {
    /// The node of etcd, API server, managers, scheduler and DNS.
    pub fn control(&self) -> &Node {
        &self.control
    }

    /// Worker `number`, counted from one.
    pub fn worker(&self, number: usize) -> &Node {
        &self.workers[number - 1]
    }

    /// containerd's own client, to be run [inside](Node::inside) a worker.
    pub fn ctr(&self) -> &Path {
        &self.ctr
    }

    /// The workers.
    pub fn workers(&self) -> &[Node] {
        &self.workers
    }

    /// Every node.
    pub fn all(&self) -> impl Iterator<Item = &Node> {
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
        self.addresses().host()
    }

    /// Imports an image archive into every worker.
    pub(super) fn load(&self, archive: &Path) -> Result<(), String> {
        self.workers.iter().try_for_each(|worker| {
            let mut ctr = worker.inside(&self.ctr).map_err(|error| error.to_string())?;
            said(ctr.args(["--namespace", "k8s.io", "images", "import"]).arg(archive)).map(drop)
        })
    }

    pub(super) fn addresses(&self) -> Addresses {
        Addresses { network: self.network }
    }

    /// Starts again what has ended: programs, and whole nodes with all that was on their disks. Whether a worker
    /// was among them.
    pub(super) fn revive(&self) -> Result<bool, GroundError> {
        let control_ended = say_if_ended(&self.control);
        if control_ended {
            self.control.begin_again()?;
            wires::to_host_again(&self.control, self.addresses())?;
        }
        let mut worker_ended = false;
        for (number, worker) in (1..).zip(&self.workers) {
            let ended = say_if_ended(worker);
            if ended {
                worker.begin_again()?;
                worker_ended = true;
            }
            if ended || control_ended || !wires::are_laid(&self.control, worker, number) {
                let of = self.workers.len();
                wires::to_control(&self.control, worker, number, of, self.addresses())?;
            }
        }
        if control_ended {
            wires::to_services(&self.control, self.addresses())?;
        }
        self.all().try_for_each(Node::revive_programs)?;
        self.all().try_for_each(network::end_orphans)?;
        Ok(worker_ended)
    }
}

fn say_if_ended(node: &Node) -> bool {
    let Err(ended) = node.machine().check() else { return false };
    eprintln!("ground: {ended}\nground: {} begins again", node.machine().name());
    true
}
