//! Nodes that are nothing but an object and a heartbeat, and the pods on them nothing but a status.
//!
//! There are as many of its prefix as it is told, and no others: it makes those that are missing, removes those
//! that are too many with their leases and pods, and ends if none are to be. It keeps nothing to itself: killed,
//! paused and started again it goes on with what it finds.
//!
//! Its pods run and are ready as soon as they are bound, for ever; their addresses lead nowhere. Deliberately
//! absent: logs, exec, probes, pods that complete or fail, and a node that comes back after it was deleted.

use std::{
    cell::RefCell,
    collections::HashMap,
    fmt::Debug,
    net::Ipv4Addr,
    path::PathBuf,
    time::{Duration, Instant},
};

use futures_util::{Stream, StreamExt as _, stream};
use k8s_openapi::{
    api::{
        coordination::v1::Lease,
        core::v1::{Node, Pod},
    },
    apimachinery::pkg::apis::meta::v1::{MicroTime, Time},
    jiff::Timestamp,
};
use kube::{
    Api, Client, Error, Resource, ResourceExt,
    api::{DeleteParams, ListParams, Patch, PatchParams, PostParams, Preconditions},
    runtime::watcher::{self, Event, watcher},
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::{InsideError, client, request};

/// What it has to know.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Who it is to the API server
    #[arg(long)]
    kubeconfig: PathBuf,
    /// How many nodes there are to be
    #[arg(long)]
    count: u32,
    /// How many seconds are between two renewals of a lease
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    beat: u32,
    /// What their names begin with
    #[arg(long, default_value = "fake")]
    name_prefix: String,
}

/// On nodes and leases: the prefix of those that belong together.
pub(in crate::ground::cluster) const FAKES: &str = "ground.local/fakes";
/// How many requests are under way at once.
const AT_ONCE: usize = 16;
/// Before something that failed is tried again.
const AGAIN: Duration = Duration::from_millis(500);
/// Every so many beats a node tells how it is.
const BEATS_A_STATUS: u32 = 15;
/// What a real kubelet writes down.
const LEASE_SECONDS: u32 = 40;
/// Where the addresses of fake pods begin: nobody routes these.
const FIRST_ADDRESS: Ipv4Addr = Ipv4Addr::new(100, 64, 0, 1);

/// Nodes of one prefix.
struct Fakes {
    prefix: String,
    count: u32,
    beat: Duration,
    nodes: Api<Node>,
    leases: Api<Lease>,
    pods: Api<Pod>,
    client: Client,
    /// Leases as they are, as far as known.
    renewed: RefCell<HashMap<String, Lease>>,
}

pub(super) async fn run(options: Options) -> Result<(), InsideError> {
    let client = client(options.kubeconfig).await?;
    let fakes = Fakes {
        prefix: options.name_prefix,
        count: options.count,
        beat: Duration::from_secs(options.beat.into()),
        nodes: Api::all(client.clone()),
        leases: Api::namespaced(client.clone(), "kube-node-lease"),
        pods: Api::all(client.clone()),
        client,
        renewed: RefCell::default(),
    };
    fakes.remove_others().await?;
    if fakes.count == 0 {
        return Ok(());
    }
    fakes.make().await?;
    println!("made");
    tokio::join!(fakes.beat(), fakes.stay_ready(), fakes.play_kubelet());
    Ok(())
}

impl Fakes {
    fn name(&self, number: u32) -> String {
        format!("{}-{number:04}", self.prefix)
    }

    /// The number in a node's name; nothing for a node that is none of these.
    fn number(&self, node: &str) -> Option<u32> {
        let number = node.strip_prefix(&self.prefix)?.strip_prefix('-')?.parse().ok()?;
        (self.name(number) == node).then_some(number)
    }

    fn is_one_too_many(&self, node: &str) -> bool {
        self.number(node).is_some_and(|number| number == 0 || number > self.count)
    }

    async fn remove_others(&self) -> Result<(), InsideError> {
        let labelled = ListParams::default().labels(&format!("{FAKES}={}", self.prefix));
        let (nodes, leases) = (names(&self.nodes, &labelled).await?, names(&self.leases, &labelled).await?);
        // Nodes first: nothing new comes to one that is gone.
        self.delete_all(&self.nodes, nodes).await?;
        self.delete_all(&self.leases, leases).await?;
        loop {
            let bound = ListParams::default().fields("spec.nodeName!=");
            let pods = insist(async || self.pods.list(&bound).await).await.map_err(request("list pods"))?;
            let left: Vec<Pod> = pods.items.into_iter().filter(|pod| self.is_left_behind(pod)).collect();
            if left.is_empty() {
                return Ok(());
            }
            stream::iter(&left).for_each_concurrent(AT_ONCE, |pod| self.remove_pod(pod)).await;
        }
    }

    /// One that waits for a finalizer is up to others.
    fn is_left_behind(&self, pod: &Pod) -> bool {
        self.is_one_too_many(node_of(pod)) && pod.metadata.deletion_grace_period_seconds != Some(0)
    }

    async fn delete_all<K>(&self, api: &Api<K>, names: Vec<String>) -> Result<(), InsideError>
    where
        K: Clone + DeserializeOwned + Debug,
    {
        let too_many = names.into_iter().filter(|name| self.is_one_too_many(name));
        let deleted = stream::iter(too_many).map(async |name| {
            let at_once = DeleteParams::default();
            match insist(async || api.delete(&name, &at_once).await).await {
                Err(error) if !is_code(&error, 404) => Err(request("delete a fake node")(error)),
                _ => Ok(()),
            }
        });
        let results: Vec<_> = deleted.buffer_unordered(AT_ONCE).collect().await;
        results.into_iter().collect()
    }

    async fn make(&self) -> Result<(), InsideError> {
        let made = stream::iter(1..=self.count).map(|number| self.make_one(number));
        let results: Vec<_> = made.buffer_unordered(AT_ONCE).collect().await;
        results.into_iter().collect::<kube::Result<()>>().map_err(request("make a fake node"))
    }

    async fn make_one(&self, number: u32) -> kube::Result<()> {
        let name = self.name(number);
        let node: Node = read(self.node(number));
        let node = match insist(async || self.nodes.create(&PostParams::default(), &node).await).await {
            Err(error) if is_code(&error, 409) => insist(async || self.nodes.get(&name).await).await?,
            made => made?,
        };
        let lease: Lease = read(json!({
            "metadata": {
                "name": name,
                "labels": {FAKES: self.prefix},
                "ownerReferences": [{"apiVersion": "v1", "kind": "Node", "name": name, "uid": node.uid()}],
            },
            "spec": {
                "holderIdentity": name,
                "leaseDurationSeconds": LEASE_SECONDS,
                "renewTime": MicroTime(Timestamp::now()),
            },
        }));
        match insist(async || self.leases.create(&PostParams::default(), &lease).await).await {
            Err(error) if !is_code(&error, 409) => Err(error),
            _ => Ok(()),
        }
    }

    fn node(&self, number: u32) -> Value {
        let name = self.name(number);
        let mut status = status();
        let resources = json!({"cpu": "32", "memory": "256Gi", "pods": "110", "ephemeral-storage": "1Ti"});
        status["capacity"] = resources.clone();
        status["allocatable"] = resources;
        status["addresses"] = json!([{"type": "Hostname", "address": name}]);
        status["nodeInfo"] = json!({
            "architecture": "amd64", "bootID": "", "containerRuntimeVersion": "", "kernelVersion": "",
            "kubeProxyVersion": "", "kubeletVersion": "v1.34.4", "machineID": "", "operatingSystem": "linux",
            "osImage": "", "systemUUID": "",
        });
        json!({
            "metadata": {
                "name": name,
                "labels": {
                    "type": "fake",
                    FAKES: self.prefix,
                    "kubernetes.io/hostname": name,
                    "kubernetes.io/os": "linux",
                    "kubernetes.io/arch": "amd64",
                    "topology.kubernetes.io/region": "ground",
                    "topology.kubernetes.io/zone": format!("zone-{}", 1 + number % 3),
                },
            },
            // Nothing is to land here by accident.
            "spec": {"taints": [{"key": "ground.local/fake", "effect": "NoSchedule"}]},
            "status": status,
        })
    }

    /// Renews every lease in its turn, spread over the beat. What was missed while this was paused is missed.
    async fn beat(&self) {
        let step = self.beat / self.count;
        let turns = stream::unfold((0, Instant::now()), |(turn, due)| async move {
            sleep(due.saturating_duration_since(Instant::now())).await;
            let next = (due + step).max(Instant::now().checked_sub(self.beat / 2).unwrap_or(due));
            Some((turn, (turn + 1, next)))
        });
        turns.for_each_concurrent(AT_ONCE, |turn: u64| self.renew(turn)).await;
    }

    async fn renew(&self, turn: u64) {
        let count = u64::from(self.count);
        let number = u32::try_from(turn % count).expect("because it is less than the count");
        let name = self.name(number + 1);
        // The next beat is the next try.
        if let Err(error) = self.renew_lease(&name).await {
            complain(&error);
        }
        // Each node has a beat of its own for it: they are spread over the time between two.
        let beats = turn / count + u64::from(number);
        if beats.is_multiple_of(u64::from(BEATS_A_STATUS)) {
            self.say_ready(&name).await;
        }
    }

    /// As a kubelet does: replaces the lease as it was after the last time.
    async fn renew_lease(&self, name: &str) -> kube::Result<()> {
        let known = self.renewed.borrow_mut().remove(name);
        let mut lease = match known {
            Some(lease) => lease,
            None => self.leases.get(name).await?,
        };
        lease.spec.get_or_insert_default().renew_time = Some(MicroTime(Timestamp::now()));
        let renewed = self.leases.replace(name, &PostParams::default(), &lease).await?;
        self.renewed.borrow_mut().insert(name.to_owned(), renewed);
        Ok(())
    }

    async fn say_ready(&self, name: &str) {
        let patch = Patch::Strategic(json!({"status": status()}));
        let said =
            insist(async || self.nodes.patch_status(name, &PatchParams::default(), &patch).await).await;
        if let Err(error) = said {
            complain(&error);
        }
    }

    /// A node that was given up by the cluster says that it is there.
    async fn stay_ready(&self) {
        let own = super::watched().labels(&format!("{FAKES}={}", self.prefix));
        let changed = forever(watcher(self.nodes.clone(), own)).filter_map(async |event| match event {
            Event::Apply(node) | Event::InitApply(node) => (!is_ready(&node)).then(|| node.name_any()),
            _ => None,
        });
        changed.for_each_concurrent(AT_ONCE, async |name| self.say_ready(&name).await).await;
    }

    /// Does for the pods of these nodes what a kubelet would.
    async fn play_kubelet(&self) {
        let bound = super::watched().fields("spec.nodeName!=");
        let mut addresses = Addresses::default();
        let mut listed = Vec::new();
        let due = forever(watcher(self.pods.clone(), bound)).flat_map(|event| {
            stream::iter(match event {
                Event::Init => {
                    listed.clear();
                    Vec::new()
                }
                Event::InitApply(pod) => {
                    listed.extend(self.is_own(&pod).then_some(pod));
                    Vec::new()
                }
                // Addresses that are in use have to be known before others are given away.
                Event::InitDone => {
                    for pod in &listed {
                        addresses.note(pod);
                    }
                    listed.drain(..).map(|pod| (addresses.of(&pod), pod)).collect()
                }
                Event::Apply(pod) if self.is_own(&pod) => vec![(addresses.of(&pod), pod)],
                Event::Delete(pod) => {
                    addresses.forget(&pod);
                    Vec::new()
                }
                Event::Apply(_) => Vec::new(),
            })
        });
        due.for_each_concurrent(AT_ONCE, async |(address, pod)| {
            if pod.metadata.deletion_timestamp.is_none() {
                self.run_pod(&pod, address).await;
            } else if pod.metadata.deletion_grace_period_seconds != Some(0) {
                self.remove_pod(&pod).await;
            }
        })
        .await;
    }

    fn is_own(&self, pod: &Pod) -> bool {
        self.number(node_of(pod)).is_some_and(|number| (1..=self.count).contains(&number))
    }

    async fn run_pod(&self, pod: &Pod, address: Ipv4Addr) {
        let phase = pod.status.as_ref().and_then(|status| status.phase.as_deref());
        let has_ended = matches!(phase, Some("Succeeded" | "Failed"));
        if has_ended || (phase == Some("Running") && pod_is_ready(pod)) {
            return;
        }
        let patch = Patch::Strategic(json!({"status": running(pod, address)}));
        let pods = self.beside(pod);
        let name = pod.name_any();
        let set = insist(async || pods.patch_status(&name, &PatchParams::default(), &patch).await).await;
        if let Err(error) = set {
            complain(&error);
        }
    }

    async fn remove_pod(&self, pod: &Pod) {
        let this_one = Preconditions { uid: pod.uid(), resource_version: None };
        let at_once = DeleteParams::default().grace_period(0).preconditions(this_one);
        let pods = self.beside(pod);
        let name = pod.name_any();
        if let Err(error) = insist(async || pods.delete(&name, &at_once).await).await {
            complain(&error);
        }
    }

    fn beside(&self, pod: &Pod) -> Api<Pod> {
        Api::namespaced(self.client.clone(), &pod.namespace().unwrap_or_default())
    }
}

/// Who has which address. They are used up one after the other; there are four million.
#[derive(Default)]
struct Addresses {
    of: HashMap<String, Ipv4Addr>,
    given: u32,
}

impl Addresses {
    fn of(&mut self, pod: &Pod) -> Ipv4Addr {
        let uid = pod.uid().unwrap_or_default();
        if let Some(known) = self.of.get(&uid) {
            return *known;
        }
        let address = Ipv4Addr::from_bits(FIRST_ADDRESS.to_bits() + self.given);
        self.given += 1;
        self.of.insert(uid, address);
        address
    }

    /// A pod that has an address from before.
    fn note(&mut self, pod: &Pod) {
        let address = pod.status.as_ref().and_then(|status| status.pod_ip.as_ref()?.parse::<Ipv4Addr>().ok());
        let Some(address) = address else { return };
        let after = (address.to_bits() + 1).saturating_sub(FIRST_ADDRESS.to_bits());
        self.given = self.given.max(after);
        self.of.insert(pod.uid().unwrap_or_default(), address);
    }

    fn forget(&mut self, pod: &Pod) {
        self.of.remove(&pod.uid().unwrap_or_default());
    }
}

fn node_of(pod: &Pod) -> &str {
    pod.spec.as_ref().and_then(|spec| spec.node_name.as_deref()).unwrap_or_default()
}

fn is_ready(node: &Node) -> bool {
    let mut conditions = node.status.iter().flat_map(|status| status.conditions.iter().flatten());
    conditions.any(|condition| condition.type_ == "Ready" && condition.status == "True")
}

fn pod_is_ready(pod: &Pod) -> bool {
    let mut conditions = pod.status.iter().flat_map(|status| status.conditions.iter().flatten());
    conditions.any(|condition| condition.type_ == "Ready" && condition.status == "True")
}

/// What a node in good health says.
fn status() -> Value {
    let now = Time(Timestamp::now());
    let condition = |(kind, status): (&str, &str)| json!({"type": kind, "status": status, "lastHeartbeatTime": now, "reason": "Fake"});
    let all =
        [("Ready", "True"), ("MemoryPressure", "False"), ("DiskPressure", "False"), ("PIDPressure", "False")];
    json!({"conditions": all.map(condition)})
}

/// A pod whose containers have just started.
fn running(pod: &Pod, address: Ipv4Addr) -> Value {
    let now = Time(Timestamp::now());
    let spec = pod.spec.clone().unwrap_or_default();
    let condition = |kind: &str| json!({"type": kind, "status": "True", "lastTransitionTime": now});
    let conditions = ["PodReadyToStartContainers", "Initialized", "ContainersReady", "Ready"].map(condition);
    let started = |name: &str, image: Option<&String>, state: Value| {
        json!({
            "name": name, "image": image, "imageID": "", "containerID": format!("fake://{name}"),
            "ready": true, "started": true, "restartCount": 0, "state": state,
        })
    };
    let runs = || json!({"running": {"startedAt": now}});
    let done =
        || json!({"terminated": {"exitCode": 0, "reason": "Completed", "startedAt": now, "finishedAt": now}});
    let containers: Vec<_> = spec
        .containers
        .iter()
        .map(|container| started(&container.name, container.image.as_ref(), runs()))
        .collect();
    let first: Vec<_> = spec
        .init_containers
        .iter()
        .flatten()
        .map(|container| {
            let stays = container.restart_policy.as_deref() == Some("Always");
            started(&container.name, container.image.as_ref(), if stays { runs() } else { done() })
        })
        .collect();
    json!({
        "phase": "Running",
        "startTime": now,
        "podIP": address,
        "podIPs": [{"ip": address}],
        "conditions": conditions,
        "containerStatuses": containers,
        "initContainerStatuses": first,
    })
}

/// Objects are written as their YAML would be.
fn read<K: DeserializeOwned>(object: Value) -> K {
    serde_json::from_value(object).expect("because it is written down here")
}

async fn names<K>(api: &Api<K>, which: &ListParams) -> Result<Vec<String>, InsideError>
where
    K: Resource + Clone + DeserializeOwned + Debug,
{
    let listed = insist(async || api.list_metadata(which).await).await.map_err(request("list fake nodes"))?;
    Ok(listed.items.iter().map(ResourceExt::name_any).collect())
}

/// The events of a watch that begins anew for as long as it has to.
fn forever<K>(watch: impl Stream<Item = watcher::Result<Event<K>>>) -> impl Stream<Item = Event<K>> {
    watch.filter_map(async |event| match event {
        Ok(event) => Some(event),
        Err(error) => {
            eprintln!("{error}");
            sleep(AGAIN).await;
            None
        }
    })
}

/// Asks until there is an answer: only what the API server means is an error.
async fn insist<T>(ask: impl AsyncFn() -> kube::Result<T>) -> kube::Result<T> {
    loop {
        match ask().await {
            Err(Error::Api(status)) if (400..500).contains(&status.code) && status.code != 429 => {
                return Err(Error::Api(status));
            }
            Err(error) => {
                complain(&error);
                sleep(AGAIN).await;
            }
            answer => return answer,
        }
    }
}

/// That something is gone, or another by now, is nothing to complain about.
fn complain(error: &Error) {
    if !is_code(error, 404) && !is_code(error, 409) {
        eprintln!("{error}");
    }
}

fn is_code(error: &Error, code: u16) -> bool {
    matches!(error, Error::Api(status) if status.code == code)
}
