//! Network policies: what they forbid does not pass this node.
//!
//! The kernel holds one table of rules, replaced as a whole when it would read differently. It stays when this
//! is killed; what changed meanwhile is made good after the next start. Every packet between pods passes the
//! node's forward hook, also on the same node, and has its real addresses by then.
//!
//! Deliberately absent: connections that are cut when a policy comes; a pod that waits until its policies are
//! in force, it is isolated a moment after its address is known; IPv6, which the cluster does not have.

mod rules;

use std::{fmt::Debug, path::PathBuf, process::Command, time::Duration};

use futures_util::{
    FutureExt as _, StreamExt as _,
    stream::{self, BoxStream},
};
use k8s_openapi::api::{
    core::v1::{Namespace, Pod},
    networking::v1::NetworkPolicy,
};
use kube::{
    Api, Client, Resource, ResourceExt as _,
    runtime::{
        WatchStreamExt as _,
        reflector::{self, Store},
        watcher,
    },
};
use serde::de::DeserializeOwned;
use tokio::time::sleep;

use self::rules::World;
use super::{super::said_when_fed, InsideError, client};

/// What it has to know.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Who it is to the API server
    #[arg(long)]
    kubeconfig: PathBuf,
    /// The node it runs on
    #[arg(long)]
    node: String,
}

/// Before something that failed is tried again.
const AGAIN: Duration = Duration::from_millis(500);

pub(super) async fn run(options: Options) -> Result<(), InsideError> {
    let client = client(options.kubeconfig).await?;
    let (pods, pod_changes) = watched::<Pod>(&client);
    let (namespaces, namespace_changes) = watched::<Namespace>(&client);
    let (policies, policy_changes) = watched::<NetworkPolicy>(&client);
    let mut changes = stream::select_all([pod_changes, namespace_changes, policy_changes]);
    let mut in_force = String::new();
    let mut failed = false;
    loop {
        if failed {
            sleep(AGAIN).await;
        } else {
            await_change(&mut changes).await;
        }
        failed = false;
        // Rules made of half of the objects would be wrong.
        if !(is_ready(&pods) && is_ready(&namespaces) && is_ready(&policies)) {
            continue;
        }
        let world = World { pods: pods.state(), namespaces: namespaces.state(), policies: policies.state() };
        let rules = rules::rules(&options.node, &world);
        let text = rules.to_string();
        if text == in_force {
            continue;
        }
        match put_in_force(&text) {
            Ok(()) => {
                println!("isolated: {} who receive, {} who send", rules.ingress.len(), rules.egress.len());
                in_force = text;
            }
            Err(error) => {
                eprintln!("nft: {error}\n{text}");
                failed = true;
            }
        }
    }
}

/// Objects of a kind as they are now, and a stream that says when they are different. Both have to be used:
/// what is not asked of the stream does not get into the store.
fn watched<K>(client: &Client) -> (Store<K>, BoxStream<'static, Result<(), watcher::Error>>)
where
    K: Resource<DynamicType = ()> + Clone + Debug + DeserializeOwned + Send + Sync + 'static,
{
    let (store, writer) = reflector::store();
    let all = watcher(Api::<K>::all(client.clone()), super::watched());
    let changes = all.modify(|object| object.managed_fields_mut().clear()).reflect(writer);
    (store, changes.map(|event| event.map(drop)).boxed())
}

/// Returns after a change, with all others that have come with it.
async fn await_change(changes: &mut stream::SelectAll<BoxStream<'static, Result<(), watcher::Error>>>) {
    let mut next = changes.next().await;
    while let Some(change) = next {
        if let Err(error) = change {
            // The watch begins anew by itself, at once; an API server that is starting is better left alone.
            eprintln!("{error}");
            sleep(AGAIN).await;
        }
        next = changes.next().now_or_never().flatten();
    }
}

fn is_ready<K>(store: &Store<K>) -> bool
where
    K: Resource<DynamicType = ()> + Clone + 'static,
{
    store.wait_until_ready().now_or_never().is_some()
}

/// Replaces the table. Nothing else is to be done meanwhile, so this may block.
fn put_in_force(rules: &str) -> Result<(), String> {
    said_when_fed(Command::new("nft").args(["-f", "-"]), rules).map(drop)
}
