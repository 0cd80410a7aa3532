//! Nodes that are drained, and nodes whose disk is full.

use std::time::Duration;

use super::FullDisk;
use crate::ground::{
    GroundError,
    cluster::{Cluster, Node, failed, worker_name},
};

/// A node that takes no pods, until this is dropped.
#[derive(Debug)]
pub struct Drained<'a> {
    cluster: &'a Cluster,
    node: String,
}

impl Cluster {
    /// Evicts everything but `DaemonSet` pods from a worker, as fast as disruption budgets allow, and keeps pods away.
    pub fn drain(&self, worker: usize, limit: Duration) -> Result<Drained<'_>, GroundError> {
        let node = worker_name(worker);
        let timeout = format!("--timeout={}s", limit.as_secs());
        let how = ["--ignore-daemonsets", "--delete-emptydir-data", "--force"];
        let drained = Drained { cluster: self, node: node.clone() };
        self.kubectl(&[&["drain", &node, &timeout], &how[..]].concat())
            .map_err(|why| failed(&format!("drain {node}"), &why))?;
        Ok(drained)
    }
}

impl Drop for Drained<'_> {
    fn drop(&mut self) {
        if let Err(why) = self.cluster.kubectl(&["uncordon", &self.node]) {
            eprintln!("ground: {} stays closed to pods: {why}", self.node);
        }
    }
}

impl Node {
    /// Fills the node's disk to the last byte. Only for a disk of limited size, see
    /// [`ClusterShape::disk`](crate::ground::ClusterShape::disk): others are the machine's.
    pub fn fill_disk(&self) -> Result<FullDisk, GroundError> {
        let filling = self.outside("/var/lib")?.join("filling");
        FullDisk::fill(self, &filling, self.machine().name())
    }
}
