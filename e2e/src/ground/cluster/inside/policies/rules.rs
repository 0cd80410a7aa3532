//! Which packets may pass on one node, as its kernel is to be told. Pure.
//!
//! Both ends have to agree: the node of the pod that sends looks at what the pod may send, the node of the pod
//! that receives at what it may receive. Each has rules for its own pods only; a pod that no policy selects has
//! none. Addresses are those behind services, which are translated before a packet gets here.
//!
//! A policy says what may begin: answers pass, and so does what had begun before the policy came. A pod on the
//! host's network has no address of its own; it is neither isolated nor found by a pod selector.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::{self, Write as _},
    net::Ipv4Addr,
    sync::Arc,
};

use k8s_openapi::{
    api::{
        core::v1::{Namespace, Pod},
        networking::v1::{IPBlock, NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort, NetworkPolicySpec},
    },
    apimachinery::pkg::{apis::meta::v1::LabelSelector, util::intstr::IntOrString},
};
use kube::{
    ResourceExt as _,
    core::{Selector, SelectorExt as _},
};

type Labels = BTreeMap<String, String>;

/// The objects that decide.
#[derive(Debug, Clone, Default)]
pub(super) struct World {
    pub(super) pods: Vec<Arc<Pod>>,
    pub(super) namespaces: Vec<Arc<Namespace>>,
    pub(super) policies: Vec<Arc<NetworkPolicy>>,
}

/// What may pass on one node: for each isolated pod what it may send, and what it may receive. The order is
/// always the same, so that rules that are equal are the same text.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Rules {
    pub(super) egress: BTreeMap<Ipv4Addr, BTreeSet<Allow>>,
    pub(super) ingress: BTreeMap<Ipv4Addr, BTreeSet<Allow>>,
}

/// Packets that pass: to or from these peers, to these ports.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Allow {
    pub(super) peers: Peers,
    pub(super) ports: Ports,
}

/// The other end.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Peers {
    Everyone,
    Pods(BTreeSet<Ipv4Addr>),
    Block { within: Range, except: Vec<Range> },
}

/// Where a packet goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Ports {
    All,
    OfProtocol(Protocol),
    Between { protocol: Protocol, first: u16, last: u16 },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Protocol {
    Tcp,
    Udp,
    Sctp,
}

/// Addresses with the same first bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Range {
    first: Ipv4Addr,
    bits: u8,
}

/// A pod that sends and receives.
struct End<'a> {
    address: Ipv4Addr,
    namespace: &'a str,
    labels: &'a Labels,
    node: &'a str,
    /// Its ports that have names.
    ports: Vec<(&'a str, Protocol, u16)>,
}

/// A port of a policy, once it is known whether it has a number.
enum Wanted<'a> {
    Known(Ports),
    Named(Protocol, &'a str),
}

/// The pods of a world, and what their namespaces are labelled with.
struct Known<'a> {
    ends: Vec<End<'a>>,
    namespaces: BTreeMap<String, &'a Labels>,
}

/// The rules of one node.
pub(super) fn rules(node: &str, world: &World) -> Rules {
    let known = Known {
        ends: world.pods.iter().filter_map(|pod| end(pod)).collect(),
        namespaces: world.namespaces.iter().map(|space| (space.name_any(), space.labels())).collect(),
    };
    let mut rules = Rules::default();
    for policy in &world.policies {
        let (Some(namespace), Some(spec)) = (policy.namespace(), &policy.spec) else { continue };
        let selected = selector(spec.pod_selector.as_ref());
        let own = |end: &&End<'_>| end.node == node && end.namespace == namespace;
        let mut pods = known.ends.iter().filter(own).filter(|end| selected.selects(end.labels)).peekable();
        if pods.peek().is_none() {
            continue;
        }
        let sends = is_about("Egress", spec).then(|| known.egress(&namespace, spec));
        for pod in pods {
            // Nothing keeps a pod from itself.
            let itself = Allow { peers: Peers::Pods([pod.address].into()), ports: Ports::All };
            if is_about("Ingress", spec) {
                let allowed = rules.ingress.entry(pod.address).or_default();
                allowed.insert(itself.clone());
                allowed.extend(known.ingress(&namespace, spec, pod));
            }
            if let Some(sends) = &sends {
                let allowed = rules.egress.entry(pod.address).or_default();
                allowed.insert(itself);
                allowed.extend(sends.iter().cloned());
            }
        }
    }
    rules
}

/// A policy that does not say which directions it is about is about what is received, and about what is sent
/// if it has rules for that.
fn is_about(direction: &str, spec: &NetworkPolicySpec) -> bool {
    match spec.policy_types.as_deref() {
        Some(types @ [_, ..]) => types.iter().any(|kind| kind == direction),
        _ => direction == "Ingress" || spec.egress.as_ref().is_some_and(|rules| !rules.is_empty()),
    }
}

impl Known<'_> {
    fn ingress(&self, namespace: &str, spec: &NetworkPolicySpec, pod: &End<'_>) -> Vec<Allow> {
        let mut allowed = Vec::new();
        for rule in spec.ingress.iter().flatten() {
            let ports = wanted(rule.ports.as_deref());
            for peers in self.peers(namespace, rule.from.as_deref()) {
                for port in &ports {
                    let mut add = |ports| allowed.push(Allow { peers: peers.clone(), ports });
                    match port {
                        Wanted::Known(ports) => add(*ports),
                        Wanted::Named(protocol, name) => pod.named(*protocol, name).for_each(add),
                    }
                }
            }
        }
        allowed
    }

    fn egress(&self, namespace: &str, spec: &NetworkPolicySpec) -> Vec<Allow> {
        let mut allowed = Vec::new();
        for rule in spec.egress.iter().flatten() {
            let ports = wanted(rule.ports.as_deref());
            for peers in self.peers(namespace, rule.to.as_deref()) {
                for port in &ports {
                    match port {
                        Wanted::Known(ports) => allowed.push(Allow { peers: peers.clone(), ports: *ports }),
                        Wanted::Named(protocol, name) => allowed.extend(self.named(&peers, *protocol, name)),
                    }
                }
            }
        }
        allowed
    }

    /// A name is a number only at the pod that is sent to: pods among the peers, by the number it has there.
    fn named(&self, peers: &Peers, protocol: Protocol, name: &str) -> Vec<Allow> {
        let mut found = BTreeMap::<Ports, BTreeSet<Ipv4Addr>>::new();
        for end in self.ends.iter().filter(|end| peers.contain(end.address)) {
            for ports in end.named(protocol, name) {
                found.entry(ports).or_default().insert(end.address);
            }
        }
        found.into_iter().map(|(ports, pods)| Allow { peers: Peers::Pods(pods), ports }).collect()
    }

    /// Peers that are not named are everyone; those that are named and select nobody are nobody.
    fn peers(&self, namespace: &str, peers: Option<&[NetworkPolicyPeer]>) -> Vec<Peers> {
        let named = peers.unwrap_or_default();
        if named.is_empty() {
            return vec![Peers::Everyone];
        }
        named.iter().filter_map(|peer| self.peer(namespace, peer)).collect()
    }

    fn peer(&self, namespace: &str, peer: &NetworkPolicyPeer) -> Option<Peers> {
        if let Some(block) = &peer.ip_block {
            return range_of(block);
        }
        if peer.namespace_selector.is_none() && peer.pod_selector.is_none() {
            return None;
        }
        let pods = selector(peer.pod_selector.as_ref());
        let spaces = peer.namespace_selector.as_ref().map(|spaces| selector(Some(spaces)));
        let none = Labels::new();
        let is_meant = |end: &&End<'_>| {
            let in_space = match &spaces {
                None => end.namespace == namespace,
                Some(spaces) => spaces.selects(self.namespaces.get(end.namespace).copied().unwrap_or(&none)),
            };
            in_space && pods.selects(end.labels)
        };
        let found: BTreeSet<_> = self.ends.iter().filter(is_meant).map(|end| end.address).collect();
        (!found.is_empty()).then_some(Peers::Pods(found))
    }
}

impl End<'_> {
    fn named(&self, protocol: Protocol, name: &str) -> impl Iterator<Item = Ports> {
        let is_it = move |port: &&(&str, Protocol, u16)| port.0 == name && port.1 == protocol;
        let number =
            move |port: &(&str, Protocol, u16)| Ports::Between { protocol, first: port.2, last: port.2 };
        self.ports.iter().filter(is_it).map(number)
    }
}

/// A pod as an end; nothing for one that has no address of its own, or none any more.
fn end(pod: &Pod) -> Option<End<'_>> {
    let (spec, status) = (pod.spec.as_ref()?, pod.status.as_ref()?);
    let has_ended = matches!(status.phase.as_deref(), Some("Succeeded" | "Failed"));
    if has_ended || spec.host_network == Some(true) {
        return None;
    }
    // Containers that start first and stay, too, can have ports.
    let containers = spec.containers.iter().chain(spec.init_containers.iter().flatten());
    let ports = containers.flat_map(|container| container.ports.iter().flatten()).filter_map(|port| {
        let number = u16::try_from(port.container_port).ok()?;
        Some((port.name.as_deref()?, protocol(port.protocol.as_deref())?, number))
    });
    Some(End {
        address: status.pod_ip.as_ref()?.parse().ok()?,
        namespace: pod.metadata.namespace.as_deref()?,
        labels: pod.labels(),
        node: spec.node_name.as_deref()?,
        ports: ports.collect(),
    })
}

/// What a label selector selects. One that cannot be read selects nothing; the API server accepts none.
struct Selected(Option<Selector>);

impl Selected {
    fn selects(&self, labels: &Labels) -> bool {
        self.0.as_ref().is_some_and(|selector| selector.matches(labels))
    }
}

/// One that is not there is as good as an empty one, which selects all.
fn selector(selector: Option<&LabelSelector>) -> Selected {
    Selected(selector.cloned().unwrap_or_default().try_into().ok())
}

/// Ports that are not named are all of them.
fn wanted(ports: Option<&[NetworkPolicyPort]>) -> Vec<Wanted<'_>> {
    let named = ports.unwrap_or_default();
    if named.is_empty() {
        return vec![Wanted::Known(Ports::All)];
    }
    named.iter().filter_map(wanted_port).collect()
}

fn wanted_port(port: &NetworkPolicyPort) -> Option<Wanted<'_>> {
    let protocol = protocol(port.protocol.as_deref())?;
    Some(match &port.port {
        None => Wanted::Known(Ports::OfProtocol(protocol)),
        Some(IntOrString::String(name)) => Wanted::Named(protocol, name),
        Some(IntOrString::Int(number)) => {
            let first = u16::try_from(*number).ok()?;
            let last = port.end_port.map_or(Ok(first), u16::try_from).ok()?;
            Wanted::Known(Ports::Between { protocol, first, last })
        }
    })
}

fn protocol(name: Option<&str>) -> Option<Protocol> {
    match name {
        None | Some("TCP") => Some(Protocol::Tcp),
        Some("UDP") => Some(Protocol::Udp),
        Some("SCTP") => Some(Protocol::Sctp),
        Some(_) => None,
    }
}

/// The addresses of a block; nothing for one of IPv6, which nobody has here.
fn range_of(block: &IPBlock) -> Option<Peers> {
    let within = Range::parse(&block.cidr)?;
    let except = block.except.iter().flatten().filter_map(|range| Range::parse(range)).collect();
    Some(Peers::Block { within, except })
}

impl Peers {
    pub(super) fn contain(&self, address: Ipv4Addr) -> bool {
        match self {
            Self::Everyone => true,
            Self::Pods(pods) => pods.contains(&address),
            Self::Block { within, except } => {
                within.contains(address) && !except.iter().any(|range| range.contains(address))
            }
        }
    }
}

impl Range {
    fn parse(text: &str) -> Option<Self> {
        let (address, bits) = text.split_once('/')?;
        let (address, bits) = (address.parse::<Ipv4Addr>().ok()?, bits.parse().ok()?);
        (bits <= 32).then(|| Self { first: Ipv4Addr::from_bits(address.to_bits() & mask(bits)), bits })
    }

    fn contains(self, address: Ipv4Addr) -> bool {
        address.to_bits() & mask(self.bits) == self.first.to_bits()
    }
}

fn mask(bits: u8) -> u32 {
    u32::MAX.checked_shl(32 - u32::from(bits)).unwrap_or(0)
}

impl fmt::Display for Range {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}", self.first, self.bits)
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
            Self::Sctp => "sctp",
        })
    }
}

/// As `nft -f` reads them: one table, which replaces the one that was there at once.
impl fmt::Display for Rules {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let directions =
            [("egress", "saddr", "daddr", &self.egress), ("ingress", "daddr", "saddr", &self.ingress)];
        out.write_str("add table ip policies\ndelete table ip policies\ntable ip policies {\n")?;
        for (direction, _, other_end, pods) in directions {
            for (pod, allowed) in pods {
                writeln!(out, "  chain {direction}-{pod} {{")?;
                for allow in allowed {
                    writeln!(out, "    {}return", condition(allow, other_end)?)?;
                }
                out.write_str("    drop\n  }\n")?;
            }
        }
        out.write_str("  chain forward {\n    type filter hook forward priority filter; policy accept;\n")?;
        out.write_str("    ct state established,related accept\n")?;
        for (direction, own_end, _, pods) in directions.into_iter().filter(|(.., pods)| !pods.is_empty()) {
            let to_chain = |pod: &Ipv4Addr| format!("{pod} : jump {direction}-{pod}");
            let chains = pods.keys().map(to_chain).collect::<Vec<_>>().join(", ");
            writeln!(out, "    ip {own_end} vmap {{ {chains} }}")?;
        }
        out.write_str("  }\n}\n")
    }
}

fn condition(allow: &Allow, other_end: &str) -> Result<String, fmt::Error> {
    let mut text = String::new();
    match &allow.peers {
        Peers::Everyone => {}
        Peers::Pods(pods) => {
            let pods = pods.iter().map(Ipv4Addr::to_string).collect::<Vec<_>>().join(", ");
            write!(text, "ip {other_end} {{ {pods} }} ")?;
        }
        Peers::Block { within, except } => {
            // A match on no bits is refused.
            if within.bits > 0 {
                write!(text, "ip {other_end} {within} ")?;
            }
            for range in except {
                write!(text, "ip {other_end} != {range} ")?;
            }
        }
    }
    match allow.ports {
        Ports::All => {}
        Ports::OfProtocol(protocol) => write!(text, "meta l4proto {protocol} ")?,
        Ports::Between { protocol, first, last } if first == last => {
            write!(text, "{protocol} dport {first} ")?;
        }
        Ports::Between { protocol, first, last } => write!(text, "{protocol} dport {first}-{last} ")?,
    }
    Ok(text)
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;
