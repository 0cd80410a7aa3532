//! Where the data are: a volume, and usually a bucket.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    refs::SecretRef,
    rule,
    value::{BucketName, Label, Prefix, ResourceName, Size, Url},
};

/// The volume of a shard.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Storage {
    /// Its size; 20Gi where absent. It only grows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<Size>,
    /// Its StorageClass; the cluster's default where absent. It cannot be changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class_name: Option<ResourceName>,
    /// How full it may be, in percent, before data that are elsewhere too leave it early; 80 where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 10, max = 95))]
    pub max_used_percent: Option<i32>,
}

/// The bucket that holds the data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = [
    rule::immutable("bucket"),
    rule::immutable("prefix"),
    rule::immutable("endpoint"),
]))]
pub struct ObjectStore {
    /// Name of the bucket. It cannot be changed.
    pub bucket: BucketName,
    /// Where in the bucket; `<namespace>/<name>` of the index where absent. It cannot be changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix: Option<Prefix>,
    /// Where the store answers; Amazon's S3 of the region where absent. It cannot be changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<Url>,
    /// The region; what the environment says where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<Label>,
    /// Whether the bucket is part of the path and not of the host, as most stores beside Amazon's want it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path_style: Option<bool>,
    /// Who we are to the store; the pod's workload identity where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credentials: Option<Credentials>,
}

/// Who we are to the store.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = [
    rule::exactly_one(&["secretRef", "workloadIdentity"]),
]))]
pub struct Credentials {
    /// A Secret with `accessKeyId` and `secretAccessKey`, and perhaps `sessionToken`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_ref: Option<SecretRef>,
    /// The identity of the pod's service account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workload_identity: Option<WorkloadIdentity>,
}

/// The identity of the pod's service account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WorkloadIdentity {
    /// The role that it takes on; the one that the service account's annotation names where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<crate::value::Line>,
}

impl Storage {
    /// Its size.
    pub fn bytes(&self) -> u64 {
        self.size.as_ref().map_or(20 << 30, Size::bytes)
    }

    /// How full it may be, in percent.
    pub fn max_used_percent(&self) -> u32 {
        crate::number(self.max_used_percent, 80)
    }
}
