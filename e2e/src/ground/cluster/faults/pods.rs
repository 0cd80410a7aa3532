//! Pods that end: killed from below, deleted, evicted.

use std::time::Duration;

use crate::ground::{
    GroundError,
    cluster::{Cluster, failed, said},
};

/// How long a pod that is deleted may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grace {
    /// As its own specification says.
    OfThePod,
    /// So many seconds instead.
    Seconds(u32),
    /// None: the object is gone at once, whatever the node is doing.
    Force,
}

impl Cluster {
    /// SIGKILL to the first process of a container. The kubelet finds out by itself.
    pub fn kill_container(&self, namespace: &str, pod: &str, container: &str) -> Result<(), GroundError> {
        let nodes = self.ours()?;
        let what = format!("kill container {container} of pod {namespace}/{pod}");
        let template = format!(
            "jsonpath={{.spec.nodeName}} {{.status.containerStatuses[?(@.name==\"{container}\")].containerID}}"
        );
        let said_where = self
            .kubectl(&["--namespace", namespace, "get", "pod", pod, "--output", &template])
            .map_err(|why| failed(&what, &why))?;
        let (node, id) = said_where
            .split_once(" containerd://")
            .and_then(|(name, id)| Some((nodes.named(name)?, id)))
            .ok_or_else(|| failed(&what, "it does not run"))?;
        let mut kill = node.inside(&nodes.ctr)?;
        kill.args(["--namespace", "k8s.io", "tasks", "kill", "--signal", "SIGKILL", id]);
        said(&mut kill).map(drop).map_err(|why| failed(&what, &why))
    }

    /// Deletes a pod and does not wait for it.
    pub fn delete_pod(&self, namespace: &str, pod: &str, grace: Grace) -> Result<(), GroundError> {
        let seconds;
        let how: &[&str] = match grace {
            Grace::OfThePod => &[],
            Grace::Seconds(count) => {
                seconds = format!("--grace-period={}", Duration::from_secs(count.into()).as_secs());
                &[&seconds]
            }
            Grace::Force => &["--grace-period=0", "--force"],
        };
        self.kubectl(&[&["--namespace", namespace, "delete", "pod", pod, "--wait=false"], how].concat())
            .map(drop)
            .map_err(|why| failed(&format!("delete pod {namespace}/{pod}"), &why))
    }

    /// Asks for a pod's eviction, which disruption budgets may refuse: then their words are the error.
    pub fn evict(&self, namespace: &str, pod: &str) -> Result<(), String> {
        let body = format!(
            r#"{{"apiVersion":"policy/v1","kind":"Eviction","metadata":{{"name":"{pod}","namespace":"{namespace}"}}}}"#
        );
        let path = format!("/api/v1/namespaces/{namespace}/pods/{pod}/eviction");
        self.fed(&["create", "--raw", &path, "--filename", "-"], &body).map(drop)
    }
}
