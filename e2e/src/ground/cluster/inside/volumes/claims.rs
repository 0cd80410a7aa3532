//! Claims: a volume is made for one that is scheduled to this node, and enlarged for one that asks for more.

use std::sync::Arc;

use k8s_openapi::{
    api::{
        core::v1::{PersistentVolume, PersistentVolumeClaim},
        storage::v1::StorageClass,
    },
    apimachinery::pkg::api::resource::Quantity,
};
use kube::{
    Api, ResourceExt as _,
    api::{Patch, PatchParams, PostParams},
    runtime::controller::Action,
};
use serde_json::json;

use super::{Context, PROVISIONER, disk::Kind, objects, quantity, refused, request};
use crate::ground::cluster::inside::InsideError;

pub(super) async fn look(
    claim: Arc<PersistentVolumeClaim>,
    context: Arc<Context>,
) -> Result<Action, InsideError> {
    let action = if bound_to(&claim).is_some() { "VolumeResize" } else { "Provisioning" };
    match context.see_to(&claim).await {
        Ok(()) => Ok(Action::await_change()),
        Err(error) => {
            context.complain(claim.as_ref(), action, &error).await;
            Err(error)
        }
    }
}

/// Whether the volume of that name is to be made on that node for this claim.
pub(super) fn is_to_be(claim: &PersistentVolumeClaim, name: &str, node: &str) -> bool {
    let says =
        |annotation: &str, value: &str| claim.annotations().get(annotation).is_some_and(|is| is == value);
    claim.metadata.deletion_timestamp.is_none()
        && bound_to(claim).is_none()
        && says("volume.kubernetes.io/storage-provisioner", PROVISIONER)
        && says("volume.kubernetes.io/selected-node", node)
        && volume_name(claim).is_some_and(|is| is == name)
}

fn volume_name(claim: &PersistentVolumeClaim) -> Option<String> {
    Some(format!("pvc-{}", claim.uid()?))
}

fn bound_to(claim: &PersistentVolumeClaim) -> Option<&str> {
    claim.spec.as_ref()?.volume_name.as_deref().filter(|name| !name.is_empty())
}

/// What it asks for.
fn wanted(claim: &PersistentVolumeClaim) -> Option<&Quantity> {
    claim.spec.as_ref()?.resources.as_ref()?.requests.as_ref()?.get("storage")
}

fn bytes(quantity: Option<&Quantity>) -> u64 {
    quantity.and_then(|quantity| quantity::bytes(&quantity.0)).unwrap_or_default()
}

impl Context {
    async fn see_to(&self, claim: &PersistentVolumeClaim) -> Result<(), InsideError> {
        if let Some(volume) = bound_to(claim) {
            return self.enlarge(claim, volume).await;
        }
        match volume_name(claim) {
            Some(name) if is_to_be(claim, &name, &self.node) => self.provide(claim, &name).await,
            _ => Ok(()),
        }
    }

    /// Makes the volume. Its name is the claim's for good, so that it is made once however often this is done.
    async fn provide(&self, claim: &PersistentVolumeClaim, name: &str) -> Result<(), InsideError> {
        let what = format!("make {name}");
        let spec = claim.spec.as_ref().ok_or_else(|| refused(&what, "the claim has no spec"))?;
        if spec.volume_mode.as_deref() == Some("Block") {
            return Err(refused(&what, "only file systems are made, no block devices"));
        }
        let class = spec.storage_class_name.as_deref().unwrap_or_default();
        let class = Api::<StorageClass>::all(self.client.clone())
            .get(class)
            .await
            .map_err(request(&format!("get storage class {class:?}")))?;
        let kind = class.parameters.as_ref().and_then(|parameters| Kind::named(parameters.get("kind")?));
        let kind =
            kind.ok_or_else(|| refused(&what, "its class's parameter `kind` is not folder, sized or fuse"))?;
        let size = bytes(wanted(claim));
        if size == 0 {
            return Err(refused(&what, "the claim asks for no bytes"));
        }
        let of = name.to_owned();
        let path = self.on_disk(&what, move |disk| {
            disk.begin(&of)?;
            disk.ensure(&of, kind, size)?;
            Ok(disk.path(&of, kind))
        });
        let volume = objects::new(name, claim, &class, kind, &path.await?, &self.node);
        let of = name.to_owned();
        match self.volumes().create(&PostParams::default(), &volume).await {
            Ok(_) => {}
            Err(kube::Error::Api(answer)) if answer.code == 409 => {
                let is = self.volumes().get(name).await.map_err(request(&format!("get volume {name}")))?;
                if objects::node(&is) != Some(&self.node) {
                    // The claim was scheduled elsewhere before, and that node was quicker.
                    return self.on_disk(&format!("remove {name}"), move |disk| disk.remove(&of)).await;
                }
            }
            Err(error) => return Err(request(&what)(error)),
        }
        self.on_disk(&format!("note that {name} is made"), move |disk| disk.made(&of)).await
    }

    /// Plays the resizer. The API server has refused a claim that shrinks.
    async fn enlarge(&self, claim: &PersistentVolumeClaim, name: &str) -> Result<(), InsideError> {
        let has = claim.status.as_ref().and_then(|status| status.capacity.as_ref()?.get("storage"));
        let size = bytes(wanted(claim));
        if claim.status.as_ref().and_then(|status| status.phase.as_deref()) != Some("Bound")
            || bytes(has) >= size
        {
            return Ok(());
        }
        let Some(volume) =
            self.volumes().get_opt(name).await.map_err(request(&format!("get volume {name}")))?
        else {
            return Ok(());
        };
        let Some(kind) = objects::kind(&volume).filter(|_| objects::node(&volume) == Some(&self.node)) else {
            return Ok(());
        };
        let is = objects::capacity(&volume).cloned();
        let mut capacity = is.clone();
        if bytes(is.as_ref()) < size {
            let of = name.to_owned();
            self.on_disk(&format!("enlarge {name}"), move |disk| disk.ensure(&of, kind, size)).await?;
            let patch = json!({"spec": {"capacity": {"storage": wanted(claim)}}});
            let patched: Result<PersistentVolume, _> =
                self.volumes().patch(name, &PatchParams::default(), &Patch::Merge(patch)).await;
            patched.map_err(request(&format!("enlarge volume {name}")))?;
            capacity = wanted(claim).cloned();
        }
        let conditions = claim.status.as_ref().and_then(|status| status.conditions.as_ref());
        let others = conditions
            .into_iter()
            .flatten()
            .filter(|condition| !["Resizing", "FileSystemResizePending"].contains(&condition.type_.as_str()));
        let others = others.collect::<Vec<_>>();
        let patch = json!({"status": {"capacity": {"storage": capacity}, "conditions": others}});
        let (namespace, of) = (claim.namespace().unwrap_or_default(), claim.name_any());
        Api::<PersistentVolumeClaim>::namespaced(self.client.clone(), &namespace)
            .patch_status(&of, &PatchParams::default(), &Patch::Merge(patch))
            .await
            .map(drop)
            .map_err(request(&format!("tell claim {namespace}/{of} its size")))
    }
}
