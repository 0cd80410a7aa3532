//! The rules, as the kernel would read them, against the words of the Kubernetes documentation.

use std::cell::Cell;

use proptest::{
    collection::{btree_map, vec},
    option,
    prelude::*,
    sample::{select, subsequence},
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use serde_json::{Value, json};

use super::*;
use crate::rounds::rounds;

/// A packet that begins something.
#[derive(Debug, Clone, Copy)]
struct Packet {
    from: Ipv4Addr,
    to: Ipv4Addr,
    protocol: &'static str,
    port: u16,
}

const NODES: [&str; 2] = ["n1", "n2"];

fn world(pods: &[Value], namespaces: &[Value], policies: &[Value]) -> World {
    fn all<K: serde::de::DeserializeOwned>(objects: &[Value]) -> Vec<Arc<K>> {
        objects.iter().map(|object| Arc::new(serde_json::from_value(object.clone()).unwrap())).collect()
    }
    World { pods: all(pods), namespaces: all(namespaces), policies: all(policies) }
}

fn pod(namespace: &str, name: &str, labels: &Value, node: &str, address: &str) -> Value {
    json!({
        "metadata": {"name": name, "namespace": namespace, "labels": labels},
        "spec": {"nodeName": node, "containers": [{"name": "main", "ports": [{"name": "web", "containerPort": 80}]}]},
        "status": {"phase": "Running", "podIP": address},
    })
}

fn namespace(name: &str, labels: &Value) -> Value {
    json!({"metadata": {"name": name, "labels": labels}})
}

fn policy(namespace: &str, spec: &Value) -> Value {
    json!({"metadata": {"name": "policy", "namespace": namespace}, "spec": spec})
}

/// Through the rules of every node, word by word.
fn passes(world: &World, packet: Packet) -> bool {
    NODES.iter().all(|node| passes_text(&rules(node, world).to_string(), packet))
}

fn passes_text(text: &str, packet: Packet) -> bool {
    let hook = text.split_once("chain forward {\n").unwrap().1;
    let jumps = hook.lines().map(str::trim).filter_map(|line| line.strip_prefix("ip "));
    jumps.into_iter().all(|jump| {
        let (end, chains) = jump.split_once(" vmap ").unwrap();
        let own = if end == "saddr" { packet.from } else { packet.to };
        let jumps_to = inside_braces(chains).find_map(|chain| chain.strip_prefix(&format!("{own} : jump ")));
        jumps_to.is_none_or(|chain| {
            let lines = text.split_once(&format!("chain {chain} {{\n")).unwrap().1.lines().map(str::trim);
            let mut verdicts = lines.filter_map(|line| verdict(line, packet));
            verdicts.next().unwrap() == "return"
        })
    })
}

fn inside_braces(text: &str) -> impl Iterator<Item = &str> {
    text.trim().trim_start_matches("{ ").trim_end_matches(" }").split(", ")
}

/// What a line says of a packet; nothing if it does not match.
fn verdict(line: &str, packet: Packet) -> Option<&str> {
    let end = |name: &str| if name == "saddr" { packet.from } else { packet.to };
    let mut rest = line;
    loop {
        let words: Vec<_> = rest.splitn(4, ' ').collect();
        let (matches, next) = match words[..] {
            [verdict] => return Some(verdict),
            ["ip", name, "!=", after] => {
                let (block, after) = after.split_once(' ').unwrap();
                (!in_block(block, end(name)), after)
            }
            ["ip", name, "{", after] => {
                let (pods, after) = after.split_once(" } ").unwrap();
                (pods.split(", ").any(|pod| pod == end(name).to_string()), after)
            }
            ["ip", name, block, after] => (in_block(block, end(name)), after),
            ["meta", "l4proto", protocol, after] => (protocol == packet.protocol.to_lowercase(), after),
            [protocol, "dport", ports, after] => {
                let (first, last) = ports.split_once('-').unwrap_or((ports, ports));
                let between = first.parse().unwrap()..=last.parse().unwrap();
                (protocol == packet.protocol.to_lowercase() && between.contains(&packet.port), after)
            }
            _ => panic!("what does `{line}` mean?"),
        };
        if !matches {
            return None;
        }
        rest = next;
    }
}

/// Bit by bit.
fn in_block(block: &str, address: Ipv4Addr) -> bool {
    let bits = |address: Ipv4Addr| format!("{:032b}", address.to_bits());
    let (first, length) = block.split_once('/').unwrap();
    bits(first.parse().unwrap())
        .chars()
        .zip(bits(address).chars())
        .take(length.parse().unwrap())
        .all(|(a, b)| a == b)
}

/// The documentation, read slowly: may this begin?
mod documentation {
    use super::*;

    pub(super) fn allows(world: &World, packet: Packet) -> bool {
        let (from, to) = (pod_at(world, packet.from), pod_at(world, packet.to));
        if from.is_some() && packet.from == packet.to {
            return true; // "a Pod cannot block access to itself"
        }
        let may_leave = from.is_none_or(|pod| {
            let isolating = isolating(world, pod, "Egress");
            isolating.is_empty()
                || isolating.iter().any(|policy| {
                    let mut rules = spec(policy).egress.iter().flatten();
                    rules.any(|rule| {
                        peer_is_among(world, policy, rule.to.as_ref(), packet.to)
                            && port_is_among(rule.ports.as_ref(), packet, to)
                    })
                })
        });
        let may_enter = to.is_none_or(|pod| {
            let isolating = isolating(world, pod, "Ingress");
            isolating.is_empty()
                || isolating.iter().any(|policy| {
                    let mut rules = spec(policy).ingress.iter().flatten();
                    rules.any(|rule| {
                        peer_is_among(world, policy, rule.from.as_ref(), packet.from)
                            && port_is_among(rule.ports.as_ref(), packet, to)
                    })
                })
        });
        may_leave && may_enter
    }

    fn spec(policy: &NetworkPolicy) -> &NetworkPolicySpec {
        policy.spec.as_ref().unwrap()
    }

    fn pod_at(world: &World, address: Ipv4Addr) -> Option<&Pod> {
        world.pods.iter().map(Arc::as_ref).find(|pod| {
            let (spec, status) = (pod.spec.as_ref().unwrap(), pod.status.as_ref().unwrap());
            let lives = status.phase.as_deref() == Some("Running");
            lives && spec.host_network != Some(true) && status.pod_ip == Some(address.to_string())
        })
    }

    fn isolating<'a>(world: &'a World, pod: &Pod, direction: &str) -> Vec<&'a NetworkPolicy> {
        let policies = world.policies.iter().map(Arc::as_ref);
        let selects = |policy: &&NetworkPolicy| {
            policy.metadata.namespace == pod.metadata.namespace
                && spec(policy)
                    .pod_selector
                    .as_ref()
                    .is_none_or(|selector| selected(selector, pod.metadata.labels.as_ref()))
        };
        let covers = |policy: &&NetworkPolicy| {
            let types = spec(policy).policy_types.clone().unwrap_or_default();
            let by_default = if direction == "Ingress" {
                true
            } else {
                spec(policy).egress.as_ref().is_some_and(|rules| !rules.is_empty())
            };
            if types.is_empty() { by_default } else { types.contains(&direction.to_owned()) }
        };
        policies.filter(selects).filter(covers).collect()
    }

    fn selected(selector: &LabelSelector, labels: Option<&Labels>) -> bool {
        let labels = labels.cloned().unwrap_or_default();
        let mut equal = selector.match_labels.iter().flatten();
        let mut expressions = selector.match_expressions.iter().flatten();
        equal.all(|(key, value)| labels.get(key) == Some(value))
            && expressions.all(|expression| {
                let value = labels.get(&expression.key);
                let listed =
                    value.is_some_and(|value| expression.values.iter().flatten().any(|one| one == value));
                match expression.operator.as_str() {
                    "In" => listed,
                    "NotIn" => !listed,
                    "Exists" => value.is_some(),
                    "DoesNotExist" => value.is_none(),
                    other => panic!("{other}"),
                }
            })
    }

    fn peer_is_among(
        world: &World,
        policy: &NetworkPolicy,
        peers: Option<&Vec<NetworkPolicyPeer>>,
        address: Ipv4Addr,
    ) -> bool {
        let Some(peers) = peers.filter(|peers| !peers.is_empty()) else { return true };
        peers.iter().any(|peer| {
            if let Some(block) = &peer.ip_block {
                let mut except = block.except.iter().flatten();
                return in_block(&block.cidr, address) && !except.any(|block| in_block(block, address));
            }
            let Some(pod) = pod_at(world, address) else { return false };
            let of_its_namespace = world
                .namespaces
                .iter()
                .find(|namespace| namespace.metadata.name == pod.metadata.namespace)
                .and_then(|namespace| namespace.metadata.labels.clone());
            let namespace_fits = match &peer.namespace_selector {
                Some(selector) => selected(selector, of_its_namespace.as_ref()),
                None => pod.metadata.namespace == policy.metadata.namespace,
            };
            let pod_fits = peer
                .pod_selector
                .as_ref()
                .is_none_or(|selector| selected(selector, pod.metadata.labels.as_ref()));
            namespace_fits && pod_fits
        })
    }

    fn port_is_among(ports: Option<&Vec<NetworkPolicyPort>>, packet: Packet, to: Option<&Pod>) -> bool {
        let Some(ports) = ports.filter(|ports| !ports.is_empty()) else { return true };
        ports.iter().any(|port| {
            if port.protocol.as_deref().unwrap_or("TCP") != packet.protocol {
                return false;
            }
            let number = i32::from(packet.port);
            match &port.port {
                None => true,
                Some(IntOrString::Int(first)) => (*first..=port.end_port.unwrap_or(*first)).contains(&number),
                Some(IntOrString::String(name)) => to.is_some_and(|pod| {
                    let containers = pod.spec.iter().flat_map(|spec| &spec.containers);
                    containers.flat_map(|container| container.ports.iter().flatten()).any(|port| {
                        port.name.as_ref() == Some(name)
                            && port.container_port == number
                            && port.protocol.as_deref().unwrap_or("TCP") == packet.protocol
                    })
                }),
            }
        })
    }
}

fn labels() -> impl Strategy<Value = Value> {
    btree_map(select(vec!["a", "b"]), select(vec!["1", "2"]), 0..=2).prop_map(|labels| json!(labels))
}

fn label_selector() -> impl Strategy<Value = Value> {
    let key = || select(vec!["a", "b"]);
    let values = subsequence(vec!["1", "2"], 1..=2);
    let listed = (key(), select(vec!["In", "NotIn"]), values)
        .prop_map(|(key, operator, values)| json!({"key": key, "operator": operator, "values": values}));
    let there = (key(), select(vec!["Exists", "DoesNotExist"]))
        .prop_map(|(key, operator)| json!({"key": key, "operator": operator}));
    prop_oneof![
        Just(json!({})),
        labels().prop_map(|labels| json!({"matchLabels": labels})),
        (labels(), vec(prop_oneof![listed, there], 1..=2)).prop_map(
            |(labels, expressions)| json!({"matchLabels": labels, "matchExpressions": expressions})
        ),
    ]
}

fn peer() -> impl Strategy<Value = Value> {
    let blocks = select(vec!["10.0.0.0/24", "0.0.0.0/0", "10.0.0.2/31", "192.0.2.0/24", "10.0.0.3/32"]);
    let except = subsequence(vec!["10.0.0.0/30", "10.0.0.2/32", "192.0.2.1/32"], 0..=3);
    prop_oneof![
        (blocks, except).prop_map(|(cidr, except)| json!({"ipBlock": {"cidr": cidr, "except": except}})),
        label_selector().prop_map(|pods| json!({"podSelector": pods})),
        label_selector().prop_map(|spaces| json!({"namespaceSelector": spaces})),
        (label_selector(), label_selector())
            .prop_map(|(pods, spaces)| json!({"podSelector": pods, "namespaceSelector": spaces})),
    ]
}

fn port() -> impl Strategy<Value = Value> {
    let protocol = || option::of(select(vec!["TCP", "UDP", "SCTP"]));
    prop_oneof![
        protocol().prop_map(|protocol| json!({"protocol": protocol})),
        (protocol(), 80..=82).prop_map(|(protocol, port)| json!({"protocol": protocol, "port": port})),
        (protocol(), 80..=82, 0..=2).prop_map(
            |(protocol, port, more)| json!({"protocol": protocol, "port": port, "endPort": port + more})
        ),
        protocol().prop_map(|protocol| json!({"protocol": protocol, "port": "web"})),
    ]
}

fn network_policy() -> impl Strategy<Value = Value> {
    let rules = |peers: &'static str| {
        let rule = (option::of(vec(peer(), 0..=2)), option::of(vec(port(), 0..=2)))
            .prop_map(move |(named, ports)| json!({peers: named, "ports": ports}));
        option::of(vec(rule, 0..=2))
    };
    let types = option::of(subsequence(vec!["Ingress", "Egress"], 0..=2));
    (select(vec!["one", "two"]), label_selector(), types, rules("from"), rules("to")).prop_map(
        |(namespace, pods, types, ingress, egress)| {
            policy(
                namespace,
                &json!({"podSelector": pods, "policyTypes": types, "ingress": ingress, "egress": egress}),
            )
        },
    )
}

fn any_pod() -> impl Strategy<Value = Value> {
    let ports = option::of((select(vec!["TCP", "UDP"]), 80..=82)).prop_map(|port| {
        let named =
            |(protocol, number)| json!([{"name": "web", "protocol": protocol, "containerPort": number}]);
        port.map_or(json!([]), named)
    });
    let kind = prop_oneof![6 => Just("usual"), 1 => Just("host"), 1 => Just("ended"), 1 => Just("beginning")];
    (select(vec!["one", "two"]), labels(), select(NODES.to_vec()), ports, kind).prop_map(
        |(namespace, labels, node, ports, kind)| {
            let mut pod = pod(namespace, "pod", &labels, node, "");
            pod["spec"]["containers"][0]["ports"] = ports;
            pod["kind"] = json!(kind);
            pod
        },
    )
}

/// Pods get different addresses; one that has ended may have had that of another.
fn settle(pods: &mut [Value]) {
    for (number, pod) in (1..).zip(pods) {
        let own = format!("10.0.0.{number}");
        let kind = pod["kind"].take();
        pod["metadata"]["name"] = json!(format!("pod-{number}"));
        pod["spec"]["hostNetwork"] = json!(kind == "host");
        pod["status"] = match kind.as_str().unwrap() {
            "host" => json!({"phase": "Running", "podIP": "10.0.1.1"}),
            "ended" => json!({"phase": "Succeeded", "podIP": "10.0.0.1"}),
            "beginning" => json!({"phase": "Pending"}),
            _ => json!({"phase": "Running", "podIP": own}),
        };
        pod.as_object_mut().unwrap().remove("kind");
    }
}

fn any_world() -> impl Strategy<Value = World> {
    (vec(any_pod(), 1..=4), labels(), labels(), vec(network_policy(), 0..=3)).prop_map(
        |(mut pods, one, two, policies)| {
            settle(&mut pods);
            world(&pods, &[namespace("one", &one), namespace("two", &two)], &policies)
        },
    )
}

/// Everything that may go from anywhere to anywhere, so far as policies can tell it apart.
fn packets() -> impl Iterator<Item = Packet> {
    let ends = ["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4", "10.0.1.1", "192.0.2.1", "192.0.2.2"];
    let ends = ends.map(|end| end.parse::<Ipv4Addr>().unwrap());
    let ways = ends.into_iter().flat_map(move |from| ends.map(|to| (from, to)));
    let sorts =
        ["TCP", "UDP", "SCTP"].into_iter().flat_map(|protocol| [79, 80, 82, 84].map(|port| (protocol, port)));
    ways.flat_map(move |(from, to)| {
        sorts.clone().map(move |(protocol, port)| Packet { from, to, protocol, port })
    })
}

#[test]
fn in_any_world_just_what_the_documentation_allows_passes() {
    let (passed, dropped) = (Cell::new(0), Cell::new(0));
    for seed in rounds("worlds of network policies, in hundreds,", 10, 500) {
        let config = Config { cases: 100, failure_persistence: None, ..Config::default() };
        let bytes: Vec<_> = seed.to_le_bytes().into_iter().cycle().take(32).collect();
        let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
        let checked = runner.run(&any_world(), |world| {
            let texts = NODES.map(|node| rules(node, &world).to_string());
            for packet in packets() {
                let allowed = documentation::allows(&world, packet);
                let agreed = texts.iter().all(|text| passes_text(text, packet));
                let count = if agreed { &passed } else { &dropped };
                count.set(count.get() + 1);
                prop_assert_eq!(agreed, allowed, "{:?} in\n{}\n{}", packet, &texts[0], &texts[1]);
            }
            Ok(())
        });
        if let Err(why) = checked {
            panic!("seed {seed}: {why}");
        }
    }
    let (passed, dropped) = (passed.get(), dropped.get());
    assert!(passed.min(dropped) > 10_000, "{passed} passed, {dropped} did not: that proves little");
}

/// `one/client`, `one/server` and `two/stranger`, each on a node or not; the server is isolated by this.
fn passes_to_server(spec: &Value, from: &str, protocol: &'static str, port: u16) -> bool {
    let pods = [
        pod("one", "server", &json!({"app": "server"}), "n1", "10.0.0.1"),
        pod("one", "client", &json!({"app": "client"}), "n1", "10.0.0.2"),
        pod("two", "stranger", &json!({"app": "client"}), "n2", "10.0.0.3"),
    ];
    let namespaces = [namespace("one", &json!({"name": "one"})), namespace("two", &json!({"name": "two"}))];
    let world = world(&pods, &namespaces, &[policy("one", spec)]);
    let from = match from {
        "client" => "10.0.0.2",
        "stranger" => "10.0.0.3",
        "outside" => "192.0.2.1",
        other => panic!("{other}"),
    };
    passes(&world, Packet { from: from.parse().unwrap(), to: "10.0.0.1".parse().unwrap(), protocol, port })
}

#[test]
fn each_field_means_what_it_says() {
    let client = json!({"matchLabels": {"app": "client"}});
    let two = json!({"matchLabels": {"name": "two"}});
    let not_two = json!({"matchExpressions": [{"key": "name", "operator": "NotIn", "values": ["two"]}]});
    let from = |peers: Value| json!({"podSelector": {}, "ingress": [{"from": peers}]});
    let at = |ports: Value| json!({"podSelector": {}, "ingress": [{"ports": ports}]});
    let cases = [
        ("default deny", json!({"podSelector": {}}), "client", 80, false),
        ("another is selected", json!({"podSelector": {"matchLabels": {"app": "x"}}}), "stranger", 80, true),
        ("an empty rule", json!({"podSelector": {}, "ingress": [{}]}), "outside", 80, true),
        ("no peers", from(json!([])), "outside", 80, true),
        ("pods are of the same namespace", from(json!([{"podSelector": client}])), "client", 80, true),
        ("and of no other", from(json!([{"podSelector": client}])), "stranger", 80, false),
        ("a namespace", from(json!([{"namespaceSelector": two}])), "stranger", 80, true),
        ("is not another", from(json!([{"namespaceSelector": not_two}])), "stranger", 80, false),
        ("all namespaces", from(json!([{"namespaceSelector": {}}])), "stranger", 80, true),
        ("are not outside", from(json!([{"namespaceSelector": {}}])), "outside", 80, false),
        ("both", from(json!([{"namespaceSelector": two, "podSelector": client}])), "client", 80, false),
        ("either", from(json!([{"namespaceSelector": two}, {"podSelector": client}])), "client", 80, true),
        ("a block", from(json!([{"ipBlock": {"cidr": "192.0.2.9/24"}}])), "outside", 80, true),
        (
            "a block with a hole",
            from(json!([{"ipBlock": {"cidr": "0.0.0.0/0", "except": ["192.0.2.0/24"]}}])),
            "outside",
            80,
            false,
        ),
        ("a block of IPv6", from(json!([{"ipBlock": {"cidr": "::/0"}}])), "outside", 80, false),
        ("a port", at(json!([{"port": 80}])), "outside", 80, true),
        ("is not another", at(json!([{"port": 80}])), "outside", 81, false),
        ("and not of another protocol", at(json!([{"port": 80, "protocol": "UDP"}])), "outside", 80, false),
        ("a range of ports", at(json!([{"port": 80, "endPort": 90}])), "outside", 90, true),
        ("has an end", at(json!([{"port": 80, "endPort": 90}])), "outside", 91, false),
        ("a named port", at(json!([{"port": "web"}])), "outside", 80, true),
        ("is a number", at(json!([{"port": "web"}])), "outside", 81, false),
        ("a name that nobody has", at(json!([{"port": "nobody"}])), "outside", 80, false),
        ("about sending", json!({"podSelector": {}, "policyTypes": ["Egress"]}), "stranger", 80, true),
        ("also about sending", json!({"podSelector": {}, "egress": [{}]}), "stranger", 80, false),
    ];
    for (what, spec, from, port, expected) in cases {
        assert_eq!(passes_to_server(&spec, from, "TCP", port), expected, "{what}: {spec}");
    }
}

#[test]
fn the_kernels_rules_read_like_this() {
    let pods = [
        pod("one", "server", &json!({"app": "server"}), "n1", "10.0.0.1"),
        pod("one", "client", &json!({}), "n2", "10.0.0.2"),
    ];
    let spec = json!({
        "podSelector": {"matchLabels": {"app": "server"}},
        "ingress": [{"from": [{"podSelector": {}}], "ports": [{"port": "web"}, {"port": 1, "endPort": 9, "protocol": "UDP"}]}],
        "egress": [{"to": [{"ipBlock": {"cidr": "0.0.0.0/0", "except": ["10.1.2.3/8"]}}]}],
    });
    let world = world(&pods, &[], &[policy("one", &spec)]);
    assert_eq!(
        rules("n1", &world).to_string(),
        "\
add table ip policies
delete table ip policies
table ip policies {
  chain egress-10.0.0.1 {
    ip daddr { 10.0.0.1 } return
    ip daddr != 10.0.0.0/8 return
    drop
  }
  chain ingress-10.0.0.1 {
    ip saddr { 10.0.0.1 } return
    ip saddr { 10.0.0.1, 10.0.0.2 } tcp dport 80 return
    ip saddr { 10.0.0.1, 10.0.0.2 } udp dport 1-9 return
    drop
  }
  chain forward {
    type filter hook forward priority filter; policy accept;
    ct state established,related accept
    ip saddr vmap { 10.0.0.1 : jump egress-10.0.0.1 }
    ip daddr vmap { 10.0.0.1 : jump ingress-10.0.0.1 }
  }
}
"
    );
    assert_eq!(rules("n2", &world), Rules::default(), "the client is not isolated");
}
