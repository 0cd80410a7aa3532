//! `PersistentVolume`s: one that was released is removed, the others stay mounted.

use std::{path::Path, sync::Arc};

use k8s_openapi::{
    api::{
        core::v1::{PersistentVolume, PersistentVolumeClaim},
        storage::v1::StorageClass,
    },
    apimachinery::pkg::api::resource::Quantity,
};
use kube::{
    Resource as _, ResourceExt as _,
    api::{DeleteParams, Patch, PatchParams},
    runtime::controller::Action,
};
use serde_json::json;

use super::{Context, LOOK_AGAIN, PROVISIONER, disk::Kind, quantity, request};
use crate::ground::cluster::inside::InsideError;

const BY: &str = "pv.kubernetes.io/provisioned-by";
const NODE: &str = "ground.local/node";
const KIND: &str = "ground.local/kind";
/// Whoever deletes the object deletes what is on the disk, unless it is to be kept.
const FINALIZER: &str = "ground.local/on-disk";

/// The object of a new volume.
pub(super) fn new(
    name: &str,
    claim: &PersistentVolumeClaim,
    class: &StorageClass,
    kind: Kind,
    path: &Path,
    node: &str,
) -> PersistentVolume {
    let spec = claim.spec.as_ref();
    let policy = class.reclaim_policy.as_deref().unwrap_or("Delete");
    let finalizers: &[&str] = if policy == "Delete" { &[FINALIZER] } else { &[] };
    let here = json!({"key": "kubernetes.io/hostname", "operator": "In", "values": [node]});
    let volume = json!({
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {
            "name": name,
            "annotations": {BY: PROVISIONER, NODE: node, KIND: kind.name()},
            "finalizers": finalizers,
        },
        "spec": {
            "capacity": spec.and_then(|spec| spec.resources.as_ref()?.requests.as_ref()),
            "accessModes": spec.and_then(|spec| spec.access_modes.as_ref()),
            "volumeMode": "Filesystem",
            "storageClassName": class.name_any(),
            "persistentVolumeReclaimPolicy": policy,
            "claimRef": claim.object_ref(&()),
            "local": {"path": path},
            "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [here]}]}},
        },
    });
    serde_json::from_value(volume).expect("because the fields above are those of a volume")
}

/// The node it was made on by this program.
pub(super) fn node(volume: &PersistentVolume) -> Option<&String> {
    let annotations = volume.annotations();
    annotations.get(BY).filter(|by| *by == PROVISIONER).and_then(|_| annotations.get(NODE))
}

/// What it is.
pub(super) fn kind(volume: &PersistentVolume) -> Option<Kind> {
    volume.annotations().get(KIND).and_then(|name| Kind::named(name))
}

pub(super) fn capacity(volume: &PersistentVolume) -> Option<&Quantity> {
    volume.spec.as_ref()?.capacity.as_ref()?.get("storage")
}

/// Whether what is on the disk goes when its claim does.
fn goes(volume: &PersistentVolume) -> bool {
    let policy = volume.spec.as_ref().and_then(|spec| spec.persistent_volume_reclaim_policy.as_deref());
    policy == Some("Delete")
}

/// Whether nobody has it, or can have it, any more.
fn is_free(volume: &PersistentVolume) -> bool {
    let phase = volume.status.as_ref().and_then(|status| status.phase.as_deref());
    let deleted = volume.metadata.deletion_timestamp.is_some();
    matches!((phase, deleted), (Some("Released" | "Failed"), _) | (Some("Available"), true))
}

pub(super) async fn look(
    volume: Arc<PersistentVolume>,
    context: Arc<Context>,
) -> Result<Action, InsideError> {
    if node(&volume) != Some(&context.node) {
        return Ok(Action::await_change());
    }
    let (action, done) = if is_free(&volume) && goes(&volume) {
        ("VolumeDelete", context.reclaim(&volume).await)
    } else {
        ("VolumeMount", context.keep(&volume).await)
    };
    match done {
        // Nobody tells of a process that has ended.
        Ok(()) if kind(&volume) == Some(Kind::Fuse) => Ok(Action::requeue(LOOK_AGAIN)),
        Ok(()) => Ok(Action::await_change()),
        Err(error) => {
            context.complain(volume.as_ref(), action, &error).await;
            Err(error)
        }
    }
}

impl Context {
    /// Mounts what is not mounted, if it is of this node and not to be removed.
    pub(super) async fn restore(&self, volume: &PersistentVolume) -> Result<(), InsideError> {
        let (name, size) = (volume.name_any(), capacity(volume).and_then(|size| quantity::bytes(&size.0)));
        let (Some(kind), Some(size)) = (kind(volume), size) else { return Ok(()) };
        if node(volume) != Some(&self.node) || (is_free(volume) && goes(volume)) {
            return Ok(());
        }
        self.on_disk(&format!("mount {name}"), move |disk| disk.ensure(&name, kind, size)).await
    }

    async fn keep(&self, volume: &PersistentVolume) -> Result<(), InsideError> {
        let holds = volume.finalizers().iter().any(|finalizer| finalizer == FINALIZER);
        if volume.metadata.deletion_timestamp.is_none() && holds != goes(volume) {
            let mut finalizers = others(volume);
            finalizers.extend(goes(volume).then_some(FINALIZER));
            self.set_finalizers(volume, &finalizers).await?;
        }
        self.restore(volume).await
    }

    async fn reclaim(&self, volume: &PersistentVolume) -> Result<(), InsideError> {
        let name = volume.name_any();
        let of = name.clone();
        self.on_disk(&format!("remove {name}"), move |disk| disk.remove(&of)).await?;
        if volume.metadata.deletion_timestamp.is_none() {
            match self.volumes().delete(&name, &DeleteParams::default()).await {
                Err(kube::Error::Api(answer)) if answer.code == 404 => return Ok(()),
                done => done.map(drop).map_err(request(&format!("delete volume {name}")))?,
            }
        }
        self.set_finalizers(volume, &others(volume)).await
    }

    async fn set_finalizers(&self, volume: &PersistentVolume, to: &[&str]) -> Result<(), InsideError> {
        let name = volume.name_any();
        let patch = Patch::Merge(json!({"metadata": {"finalizers": to}}));
        match self.volumes().patch(&name, &PatchParams::default(), &patch).await {
            // Gone, or somebody else took theirs off meanwhile, which brings us here again.
            Err(kube::Error::Api(answer)) if [404, 422].contains(&answer.code) => Ok(()),
            done => done.map(drop).map_err(request(&format!("set the finalizers of volume {name}"))),
        }
    }
}

/// Its finalizers but ours.
fn others(volume: &PersistentVolume) -> Vec<&str> {
    volume.finalizers().iter().map(String::as_str).filter(|finalizer| *finalizer != FINALIZER).collect()
}
