//! Networks that are cut or slow: of one pod, of a whole node, or in front of the API server.

use std::{
    net::Ipv4Addr,
    path::Path,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use crate::ground::{
    GroundError, Part,
    cluster::{Cluster, Node, Nodes, config, failed, inside::relay, said, said_when_fed},
    keeper::call,
    part,
};

/// A cut network, until this is dropped.
#[derive(Debug)]
pub struct Cut {
    _rules: Rules,
}

/// A slow network, until this is dropped.
#[derive(Debug)]
pub struct Slow {
    // Dropped in this order: new connections go straight, those on their way end with the relay.
    _rules: Rules,
    _relay: Relay,
}

/// A program that passes connections on late, until this is dropped.
#[derive(Debug)]
struct Relay(Part);

const FAULT: &str = "fault";
const RELAY: &str = "relay";
const RELAY_STARTS: Duration = Duration::from_secs(10);

impl Cluster {
    /// Nothing passes between a pod and any other, or anything beyond its node; nobody is told. Its kubelet still
    /// reaches it.
    pub fn cut_pod(&self, namespace: &str, pod: &str) -> Result<Cut, GroundError> {
        let (node, address) = self.place(namespace, pod)?;
        let rules = format!(
            "chain forward {{ type filter hook forward priority -10; ip saddr {address} drop; ip daddr {address} drop; }}"
        );
        Ok(Cut { _rules: Rules::set(node, &rules)? })
    }

    /// A pod's TCP connections pass everything this much later, in each direction. Those that are open are reset,
    /// so that all are slow; they are reset again when it ends. Not delayed: UDP, the kubelet's probes, and what
    /// comes through a Service from the same node.
    pub fn slow_pod(&self, namespace: &str, pod: &str, delay: Duration) -> Result<Slow, GroundError> {
        let (node, address) = self.place(namespace, pod)?;
        Slow::new(node, delay, |port| {
            format!(
                "chain to_relay {{ type nat hook prerouting priority -110; \
                 meta l4proto tcp ip saddr {address} redirect to :{port}; meta l4proto tcp ip daddr {address} redirect to :{port}; }}\n\
                 chain open_ones {{ type filter hook forward priority -10; \
                 meta l4proto tcp ip saddr {address} reject with tcp reset; \
                 meta l4proto tcp ip daddr {address} ct status & dnat == 0 reject with tcp reset; }}"
            )
        })
    }

    fn place(&self, namespace: &str, pod: &str) -> Result<(&Node, Ipv4Addr), GroundError> {
        let nodes = self.ours()?;
        let template = "jsonpath={.spec.nodeName} {.status.podIP}";
        let said = self
            .kubectl(&["--namespace", namespace, "get", "pod", pod, "--output", template])
            .map_err(|why| failed(&format!("find pod {namespace}/{pod}"), &why))?;
        let found = said
            .split_once(' ')
            .and_then(|(name, address)| Some((nodes.named(name)?, address.parse().ok()?)));
        found.ok_or_else(|| {
            failed(
                &format!("find pod {namespace}/{pod}"),
                "it has no node or no address yet: wait for it first",
            )
        })
    }
}

impl Nodes {
    /// Nothing passes between a worker, its pods included, and everything else. Host and control node reach Services
    /// through the first worker: without it they reach none.
    pub fn cut_worker(&self, number: usize) -> Result<Cut, GroundError> {
        Ok(Cut { _rules: Rules::set(self.worker(number), PULLED_CABLE)? })
    }

    /// The API server refuses every connection from outside its node, and resets those that are open.
    pub fn refuse_api(&self) -> Result<Cut, GroundError> {
        Ok(Cut { _rules: Rules::set(self.control(), RESET_API)? })
    }

    /// The API server answers this much later, in each direction, whoever asks from outside its node. Open
    /// connections are reset, so that all are slow; they are reset again when it ends.
    pub fn slow_api(&self, delay: Duration) -> Result<Slow, GroundError> {
        Slow::new(self.control(), delay, |port| {
            format!(
                "chain to_relay {{ type nat hook prerouting priority -110; tcp dport 6443 redirect to :{port}; }}\n{RESET_API}"
            )
        })
    }

    pub(super) fn named(&self, name: &str) -> Option<&Node> {
        let number: usize = name.strip_prefix("worker-")?.parse().ok()?;
        self.workers().get(number.checked_sub(1)?)
    }
}

const PULLED_CABLE: &str = "\
chain input { type filter hook input priority -10; iifname eth0 drop; }
chain output { type filter hook output priority -10; oifname eth0 drop; }
chain forward { type filter hook forward priority -10; iifname eth0 drop; oifname eth0 drop; }
";
/// What is redirected has another port by then; the relay itself comes over the loopback.
const RESET_API: &str = "chain open_ones { type filter hook input priority -10; iifname != lo tcp dport 6443 reject with tcp reset; }";

impl Slow {
    fn new(node: &Node, delay: Duration, rules: impl FnOnce(u16) -> String) -> Result<Self, GroundError> {
        let arguments = [format!("--delay={}", delay.as_millis())];
        let mut command = config::of_ours(&call::program()?, "relay", &arguments);
        command.name = unique(RELAY);
        let relay = Relay(node.start_inside(&command)?);
        let port = relay.0.await_ready("the relay to listen", RELAY_STARTS, || relay_port(&relay.0))?;
        Ok(Self { _rules: Rules::set(node, &rules(port))?, _relay: relay })
    }
}

fn relay_port(relay: &Part) -> Option<u16> {
    let log = std::fs::read_to_string(relay.folder().join("log")).ok()?;
    log.lines().find_map(|line| line.strip_prefix(relay::LISTENS)?.parse().ok())
}

impl Drop for Relay {
    fn drop(&mut self) {
        let _gone_with_its_node = self.0.kill();
    }
}

/// A table of packet rules in a node, until this is dropped.
#[derive(Debug)]
struct Rules {
    node: Node,
    table: String,
}

impl Rules {
    fn set(node: &Node, chains: &str) -> Result<Self, GroundError> {
        let table = unique(FAULT);
        nft(node, &format!("table ip {table} {{\n{chains}\n}}\n"))?;
        Ok(Self { node: node.clone(), table })
    }
}

impl Drop for Rules {
    fn drop(&mut self) {
        let deleted = nft(&self.node, &format!("delete table ip {}\n", self.table));
        if let Err(error) = deleted
            && self.node.machine().check().is_ok()
        {
            eprintln!("ground: the fault {} stays: {error}", self.table);
        }
    }
}

fn nft(node: &Node, script: &str) -> Result<(), GroundError> {
    let set = said_when_fed(node.inside("nft".as_ref())?.args(["-f", "-"]), script);
    set.map(drop).map_err(|why| failed(&format!("set packet rules of {}", node.machine().name()), &why))
}

/// Of two faults at once, also of two processes, each ends its own.
fn unique(name: &str) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    format!("{name}-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// Ends the faults of processes that were killed before they could.
pub(in crate::ground::cluster) fn end_orphans(node: &Node) -> Result<(), GroundError> {
    let mut list = node.inside("nft".as_ref())?;
    let tables =
        said(list.args(["list", "tables", "ip"])).map_err(|why| failed("look at packet rules", &why))?;
    for table in
        tables.lines().filter_map(|line| line.strip_prefix("table ip ")).filter(|name| is_orphan(name, FAULT))
    {
        nft(node, &format!("delete table ip {table}\n"))?;
    }
    for standing in part::standings(node.folder())? {
        if standing.ended.is_none() && is_orphan(&standing.part, RELAY) {
            part::kill(node.folder(), &standing.part)?;
        }
    }
    Ok(())
}

fn is_orphan(name: &str, kind: &str) -> bool {
    let mut rest = name.strip_prefix(kind).unwrap_or_default().split('-').skip(1);
    rest.next().is_some_and(|pid| !Path::new("/proc").join(pid).exists())
}
