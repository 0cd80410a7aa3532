//! A volume as a test sees it: where it is, and what can go wrong with it on call.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use super::{Cluster, FullDisk, Node, inside::volumes::disk};
use crate::{
    ground::{
        Ground, GroundError,
        fault::sync::{Calls, Sync, Syncing},
    },
    wait,
};

/// A volume of one of the cluster's workers.
#[derive(Debug, Clone)]
pub struct Volume {
    name: String,
    worker: usize,
    node: Node,
    path: String,
}

impl Cluster {
    /// The volume that a claim is bound to. Made by hand or on demand, but of a folder of a worker.
    pub fn volume(&self, namespace: &str, claim: &str) -> Result<Volume, GroundError> {
        let what = format!("find the volume of claim {namespace}/{claim}");
        let failed = |why: &str| super::failed(&what, why);
        let said = self.kubectl(&["get", "pvc", claim, "-n", namespace, "-o", "jsonpath={.spec.volumeName}"]);
        let name = said.map_err(|why| failed(&why))?;
        if name.is_empty() {
            return Err(failed("it is not bound"));
        }
        let said = self.kubectl(&["get", "pv", &name, "-o", "json"]).map_err(|why| failed(&why))?;
        let object: Value = serde_json::from_str(&said).map_err(|why| failed(&why.to_string()))?;
        let here = "/spec/nodeAffinity/required/nodeSelectorTerms/0/matchExpressions/0/values/0";
        let at = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        let worker: Option<usize> = at(here).and_then(|node| node.strip_prefix("worker-")?.parse().ok());
        let (Some(worker), Some(path)) = (worker, at("/spec/local/path")) else {
            return Err(failed("it is no folder of a worker"));
        };
        Ok(Volume { name, worker, node: self.ours()?.worker(worker).clone(), path })
    }
}

impl Volume {
    /// The name of its object.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The number of its worker.
    pub fn worker(&self) -> usize {
        self.worker
    }

    /// Its folder for this process. One that is served by a process that hangs, hangs for whoever looks.
    pub fn folder(&self) -> Result<PathBuf, GroundError> {
        self.node.outside(&self.path)
    }

    /// Fills the disk it is on to the last byte. Only what has a size of its own: a volume of class
    /// `local-sized`, or any other of a worker whose disk is limited.
    pub fn fill(&self) -> Result<FullDisk, GroundError> {
        // Beside what pods see.
        FullDisk::fill(&self.node, &self.folder()?.with_file_name("filled"), &format!("volume {}", self.name))
    }

    /// The process that serves it: a volume of class `local-fuse` has one.
    pub fn server(&self) -> Result<u32, GroundError> {
        let mounted = Path::new(&self.path).parent().unwrap_or(Path::new("/"));
        match *disk::servers(mounted) {
            [server] => Ok(server),
            [] => Err(self.failed("find the process that serves it", "there is none")),
            _ => Err(self.failed("find the process that serves it", "there are several")),
        }
    }

    /// Lets its reads, writes or fsync go wrong, for all pods, until that is dropped. Class `local-fuse` only.
    ///
    /// What a pod has read or written lately it may read from the kernel's memory, without the disk.
    pub fn trouble(&self, ground: &Ground, calls: Calls, sync: Sync) -> Result<Syncing, GroundError> {
        ground.troubling(self.server()?, calls, sync)
    }

    /// Lets it answer nothing at all. What was asked meanwhile is answered once that is dropped. Class
    /// `local-fuse` only.
    pub fn hang(&self) -> Result<Hanging, GroundError> {
        let server = self.server()?;
        let hanging = Hanging { server: number(server) };
        let failed = |why: &dyn ToString| self.failed("stop the process that serves it", &why.to_string());
        kill_process(hanging.server, Signal::STOP).map_err(|why| failed(&why))?;
        let stopped = || stands_still(server);
        wait::until_true("it to stand still", STOPS, stopped).map_err(|why| failed(&why))?;
        Ok(hanging)
    }

    fn failed(&self, what: &str, why: &str) -> GroundError {
        GroundError::Request {
            part: format!("volume {}", self.name),
            what: what.to_owned(),
            why: why.to_owned(),
        }
    }
}

const STOPS: Duration = Duration::from_secs(5);

fn number(pid: u32) -> Pid {
    i32::try_from(pid).ok().and_then(Pid::from_raw).expect("because it is a process's number in /proc")
}

/// Whether every thread of a process is stopped.
fn stands_still(pid: u32) -> bool {
    let Ok(threads) = std::fs::read_dir(format!("/proc/{pid}/task")) else { return false };
    threads.filter_map(Result::ok).all(|thread| {
        let stat = std::fs::read_to_string(thread.path().join("stat")).unwrap_or_default();
        stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with('T'))
    })
}

/// A volume that answers nothing, until this is dropped.
#[derive(Debug)]
pub struct Hanging {
    server: Pid,
}

impl Drop for Hanging {
    fn drop(&mut self) {
        let _has_ended_meanwhile = kill_process(self.server, Signal::CONT);
    }
}
