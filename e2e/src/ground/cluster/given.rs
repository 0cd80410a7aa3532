//! Clusters that are not ours: one whose kubeconfig is given, and kind's where a container engine answers.
//!
//! Tests that neither look at a node's files nor break something below Kubernetes run on them too. Images reach them
//! by a command: kind's, or the user's.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use super::{Cluster, ClusterShape, Home, failed, name_outside, programs};
use crate::ground::{Ground, GroundError, cache, folder};

/// Names the kubeconfig of a cluster to be used instead of one of the ground's own; `kind` asks for one of kind's.
pub const KUBECONFIG: &str = "SAWLOG_E2E_KUBECONFIG";
/// A command that loads an image archive, whose path is its last argument, into the cluster given.
pub const LOAD: &str = "SAWLOG_E2E_LOAD_IMAGE";

const CREATED: Duration = Duration::from_mins(10);

/// Which cluster is to be used.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Which {
    Ours,
    Kind,
    Given(PathBuf),
}

impl Which {
    /// What is asked for; else ours where root is, else kind's where an engine answers.
    pub(super) fn asked() -> Self {
        match env::var(KUBECONFIG).ok().filter(|asked| !asked.is_empty()).as_deref() {
            Some("kind") => Self::Kind,
            Some(path) => Self::Given(path.into()),
            None if !rustix::process::getuid().is_root() && cache::find("kind") && engine_answers() => {
                Self::Kind
            }
            None => Self::Ours,
        }
    }
}

fn engine_answers() -> bool {
    let mut engine = Command::new("timeout");
    engine.args(["20", "docker", "info"]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    engine.status().is_ok_and(|status| status.success())
}

/// The cluster of a kubeconfig, with the ground's images in it.
pub(super) fn given(kubeconfig: &Path) -> Result<Cluster, GroundError> {
    let load = env::var(LOAD).ok().filter(|command| !command.is_empty());
    let kubectl = programs::kubectl()?;
    let cluster = Cluster { kubeconfig: kubeconfig.to_owned(), kubectl, home: Home::Given { load } };
    if let Err(why) = cluster.kubectl(&["get", "--raw", "/readyz", "--request-timeout=20s"]) {
        let what = format!("reach the cluster of {} (named by {KUBECONFIG})", kubeconfig.display());
        return Err(failed(&what, why.trim()));
    }
    load_images(&cluster)?;
    Ok(cluster)
}

fn load_images(cluster: &Cluster) -> Result<(), GroundError> {
    programs::images_for_pods()?.iter().try_for_each(|archive| cluster.load(archive))
}

/// A cluster that kind makes, gone with the ground.
pub(super) fn kind(ground: &Ground, name: &str, shape: &ClusterShape) -> Result<Cluster, GroundError> {
    for (program, remedy) in [
        ("kind", "install it (https://kind.sigs.k8s.io), then run again"),
        ("docker", "install Docker, then run again"),
    ] {
        if !cache::find(program) {
            let (part, program, remedy) =
                ("a cluster of kind's".to_owned(), program.to_owned(), remedy.to_owned());
            return Err(GroundError::Missing { part, program, remedy });
        }
    }
    if !engine_answers() {
        return Err(GroundError::NoRights {
            what: "a cluster of kind's, without an answer from Docker",
            remedy: "start Docker and see that `docker info` answers, or run as root without it",
        });
    }
    let home = ground.part_folder(name)?;
    let kubeconfig = home.join("kubeconfig");
    let kinds_name = name_outside(&home);
    let failed = |source| GroundError::File { part: name.to_owned(), path: home.clone(), source };
    fs::write(home.join("kind.yaml"), config(shape)).map_err(failed)?;
    fs::write(home.join(folder::AFTERWARDS), format!("kind delete cluster --name {kinds_name}\n"))
        .map_err(failed)?;
    let script = format!(
        "kind create cluster --name {kinds_name} --config kind.yaml --kubeconfig kubeconfig --wait 300s && \
         echo created && exec sleep infinity"
    );
    let holder = ground.start_in(home, name, "sh", vec!["-c".to_owned(), script])?;
    holder.await_ready("kind to create a cluster", CREATED, || holder.log_says("created").then_some(()))?;
    let home = Home::Kind { holder, name: kinds_name };
    let cluster = Cluster { kubeconfig, kubectl: programs::kubectl()?, home };
    load_images(&cluster)?;
    Ok(cluster)
}

fn config(shape: &ClusterShape) -> String {
    let mut text =
        "kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\nnodes:\n- role: control-plane\n".to_owned();
    for zone in 1..=shape.workers {
        text += "- role: worker\n  labels: {topology.kubernetes.io/region: ground, topology.kubernetes.io/zone: zone-";
        text += &zone.to_string();
        text += "}\n";
    }
    let logs = &shape.logs;
    text + &format!(
        "kubeadmConfigPatches:\n- |\n  apiVersion: kubelet.config.k8s.io/v1beta1\n  kind: KubeletConfiguration\n  \
         containerLogMaxSize: {}\n  containerLogMaxFiles: {}\n  containerLogMonitorInterval: 3s\n",
        logs.max_size, logs.max_files
    )
}
