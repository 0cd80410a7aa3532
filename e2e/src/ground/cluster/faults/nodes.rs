//! Nodes that are drained, and nodes whose disk is full.

use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::PathBuf,
    time::Duration,
};

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

/// A node without space, until this is dropped.
#[derive(Debug)]
pub struct FullDisk {
    filling: PathBuf,
}

const CHUNK: usize = 1024 * 1024;

impl Node {
    /// Fills the node's disk to the last byte. Only for a disk of limited size, see
    /// [`ClusterShape::disk`](crate::ground::ClusterShape::disk): others are the machine's.
    pub fn fill_disk(&self) -> Result<FullDisk, GroundError> {
        let filling = self.outside("/var/lib")?.join("filling");
        let failed = |source| GroundError::File {
            part: self.machine().name().to_owned(),
            path: filling.clone(),
            source,
        };
        let shared = fs::metadata(self.folder()).map_err(failed)?;
        let disk = fs::metadata(self.outside("/var/lib")?).map_err(failed)?;
        if std::os::unix::fs::MetadataExt::dev(&shared) == std::os::unix::fs::MetadataExt::dev(&disk) {
            return Err(GroundError::Refused {
                why: format!(
                    "{} has no disk of its own to be filled: give its cluster's shape one",
                    self.machine().name()
                ),
            });
        }
        let full = FullDisk { filling: filling.clone() };
        match fill(&filling) {
            Err(error) if error.kind() == io::ErrorKind::StorageFull => Ok(full),
            Err(error) => Err(failed(error)),
            Ok(never) => match never {},
        }
    }
}

fn fill(path: &std::path::Path) -> io::Result<std::convert::Infallible> {
    let mut file = File::create(path)?;
    let chunk = vec![0; CHUNK];
    loop {
        file.write_all(&chunk)?;
    }
}

impl Drop for FullDisk {
    fn drop(&mut self) {
        let _gone_with_its_node = fs::remove_file(&self.filling);
    }
}
