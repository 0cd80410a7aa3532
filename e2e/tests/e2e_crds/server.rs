//! The API server, as tests ask it.

use std::{process, thread, time::Duration};

use hyper::Request;
use kube::{
    Client, Config,
    config::{KubeConfigOptions, Kubeconfig},
    core::Status,
};
use sawlog_crds::kind::{KINDS, Kind};
use sawlog_e2e::{
    ground::{Cluster, Ground},
    wait,
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};

pub(crate) const SOON: Duration = Duration::from_secs(30);

/// The cluster that everybody shares, with the kinds in it and a namespace of one's own.
pub(crate) struct Server {
    pub(crate) cluster: Cluster,
    pub(crate) namespace: String,
    client: Client,
    runtime: Runtime,
}

impl Server {
    pub(crate) fn with_kinds(purpose: &str) -> Self {
        let cluster = Ground::of_this_run().unwrap().cluster().unwrap();
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let client = runtime.block_on(async {
            let read = Kubeconfig::read_from(cluster.kubeconfig()).unwrap();
            let config = Config::from_custom_kubeconfig(read, &KubeConfigOptions::default()).await.unwrap();
            Client::try_from(config).unwrap()
        });
        let namespace = format!("{purpose}-{}", process::id());
        let server = Self { cluster, namespace, client, runtime };
        server.install(&KINDS.iter().map(Kind::definition).collect::<Vec<_>>());
        server.cluster.kubectl(&["create", "namespace", &server.namespace]).unwrap();
        server
    }

    /// Installs definitions, and waits until they are served.
    pub(crate) fn install(&self, definitions: &[Value]) {
        let list = json!({"apiVersion": "v1", "kind": "List", "items": definitions}).to_string();
        let arguments = ["apply", "--server-side", "--force-conflicts", "--filename", "-"];
        self.cluster.fed(&arguments, &list).unwrap();
        for definition in definitions {
            self.await_served(definition);
        }
    }

    pub(crate) fn await_served(&self, definition: &Value) {
        let name = definition["metadata"]["name"].as_str().unwrap();
        let (plural, group) = name.split_once('.').unwrap();
        wait::until_true(&format!("{name} to be served"), SOON, || {
            self.get::<Value>(&format!("/apis/{group}/v1alpha1/{plural}?limit=1")).is_ok()
        })
        .unwrap();
    }

    /// Where objects of a kind are.
    pub(crate) fn path(&self, kind: &Kind) -> String {
        format!("/apis/{}/namespaces/{}/{}", Kind::api_version(), self.namespace, kind.plural)
    }

    pub(crate) fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Refused> {
        self.ask("GET", path, Vec::new())
    }

    pub(crate) fn send(&self, method: &str, path: &str, body: &Value) -> Result<Value, Refused> {
        self.ask(method, path, body.to_string().into_bytes())
    }

    fn ask<T: DeserializeOwned>(&self, method: &str, path: &str, body: Vec<u8>) -> Result<T, Refused> {
        let request = Request::builder().method(method).uri(path).header("content-type", "application/json");
        let answer = self.client.request(request.body(body).unwrap());
        self.runtime.block_on(answer).map_err(|error| match error {
            kube::Error::Api(status) => Refused::Status(status),
            other => Refused::Other(other.to_string()),
        })
    }

    pub(crate) fn kubectl(&self, arguments: &[&str]) -> Result<String, String> {
        self.cluster.kubectl(&[&["--namespace", &self.namespace], arguments].concat())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // What a failed test leaves is evidence.
        if !thread::panicking() {
            let gone = ["delete", "namespace", &self.namespace, "--wait=false"];
            let _gone_with_the_cluster = self.cluster.kubectl(&gone);
        }
    }
}

/// No answer, or one that says no.
#[derive(Debug)]
pub(crate) enum Refused {
    Status(Box<Status>),
    Other(String),
}

impl Refused {
    /// Each failure as `field: what`, in the order of the alphabet.
    pub(crate) fn failures(&self) -> Vec<String> {
        let status = match self {
            Self::Status(status) => status,
            Self::Other(why) => return vec![why.clone()],
        };
        if let Some((_, unreadable)) = status.message.split_once("strict decoding error: ") {
            return unreadable.split(", ").map(str::to_owned).collect();
        }
        let causes = status.details.iter().flat_map(|details| &details.causes);
        let mut failures: Vec<String> =
            causes.map(|cause| format!("{}: {}", cause.field, cause.message)).collect();
        if failures.is_empty() {
            failures.push(format!("{}: {}", status.reason, status.message));
        }
        failures.sort();
        failures
    }
}
