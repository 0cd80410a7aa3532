//! The properties a broker is started with. Pure.
//!
//! Every node is broker and controller. Timings are short, so that a killed broker is missed within two
//! seconds and is back in seven; nothing else differs from what a user runs.

use std::{fmt::Write as _, net::SocketAddr, path::Path};

/// How many nodes a cluster of the ground has at most.
pub(super) const NODES: usize = 3;
/// Ports of one node: plain, controllers, TLS.
pub(super) const PORTS: usize = 3;

/// What one node has to know.
pub(super) struct Config<'a> {
    pub(super) node: usize,
    pub(super) nodes: usize,
    /// [`PORTS`] of the first node, then of the next.
    pub(super) ports: &'a [u16],
    pub(super) data: &'a Path,
    /// What clients are told instead of the plain listener's own address.
    pub(super) advertise: Option<SocketAddr>,
    /// A PEM file with key and certificate, when there is a TLS listener.
    pub(super) keystore: Option<&'a Path>,
}

impl Config<'_> {
    /// A single node on two ports, as plain as can be.
    pub(super) fn plain(ports: &[u16], data: &Path) -> String {
        let ports = [ports[0], ports[1], 0];
        Config { node: 1, nodes: 1, ports: &ports, data, advertise: None, keystore: None }.properties()
    }

    /// Formatting looks at the node's number and its folder only.
    pub(super) fn only_for_formatting(node: usize, data: &Path) -> String {
        let ports: Vec<u16> = (1..=9).collect();
        Config { node, nodes: NODES, ports: &ports, data, advertise: None, keystore: None }.properties()
    }

    pub(super) fn properties(&self) -> String {
        let port = |node: usize, which: usize| self.ports[(node - 1) * PORTS + which];
        let voters: Vec<String> =
            (1..=self.nodes).map(|node| format!("{node}@127.0.0.1:{}", port(node, 1))).collect();
        let plain = format!("PLAIN://127.0.0.1:{}", port(self.node, 0));
        let advertised = self.advertise.map_or_else(|| plain.clone(), |address| format!("PLAIN://{address}"));
        // Alone it talks to itself over the plain listener, wherever clients are sent.
        let (secure, authorizer) = match self.keystore {
            None => (String::new(), String::new()),
            Some(keystore) => (format!(",SECURE://127.0.0.1:{}", port(self.node, 2)), secured(keystore)),
        };
        let copies = self.nodes;
        let in_sync = if copies == NODES { 2 } else { 1 };
        let mut text = format!(
            "process.roles=broker,controller\n\
             node.id={node}\n\
             controller.quorum.voters={voters}\n\
             controller.listener.names=CONTROLLER\n\
             listeners={plain},CONTROLLER://127.0.0.1:{controller}{secure}\n\
             advertised.listeners={advertised}{secure}\n\
             listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAIN:PLAINTEXT,SECURE:SASL_SSL\n\
             inter.broker.listener.name=PLAIN\n\
             log.dirs={data}\n\
             default.replication.factor={copies}\n\
             min.insync.replicas={in_sync}\n\
             offsets.topic.replication.factor={copies}\n\
             transaction.state.log.replication.factor={copies}\n\
             transaction.state.log.min.isr={in_sync}\n\
             share.coordinator.state.topic.replication.factor={copies}\n\
             share.coordinator.state.topic.min.isr={in_sync}\n",
            node = self.node,
            voters = voters.join(","),
            controller = port(self.node, 1),
            data = self.data.display(),
        );
        text.push_str(SHORT_AND_SMALL);
        text.push_str(&authorizer);
        text
    }
}

const SHORT_AND_SMALL: &str = "\
auto.create.topics.enable=false
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=300
group.initial.rebalance.delay.ms=0
offsets.topic.num.partitions=4
transaction.state.log.num.partitions=4
share.coordinator.state.topic.num.partitions=4
num.network.threads=2
num.io.threads=4
message.max.bytes=4194304
";

fn secured(keystore: &Path) -> String {
    let mut text = String::from(
        "sasl.enabled.mechanisms=SCRAM-SHA-512\n\
         listener.name.secure.scram-sha-512.sasl.jaas.config=\
         org.apache.kafka.common.security.scram.ScramLoginModule required;\n\
         listener.name.secure.ssl.keystore.type=PEM\n\
         authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer\n\
         super.users=User:ANONYMOUS\n", // whoever comes through the plain listener, as the brokers themselves do
    );
    writeln!(text, "listener.name.secure.ssl.keystore.location={}", keystore.display())
        .expect("because a string can always be written to");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn three(node: usize) -> String {
        let ports: Vec<u16> = (101..=109).collect();
        let data = Path::new("/data");
        Config { node, nodes: 3, ports: &ports, data, advertise: None, keystore: None }.properties()
    }

    #[test]
    fn three_nodes_name_the_same_voters_and_listen_on_their_own_ports() {
        for (node, plain) in [(1, 101), (2, 104), (3, 107)] {
            let text = three(node);
            assert!(
                text.contains("controller.quorum.voters=1@127.0.0.1:102,2@127.0.0.1:105,3@127.0.0.1:108\n")
            );
            assert!(text.contains(&format!("listeners=PLAIN://127.0.0.1:{plain},CONTROLLER")), "{text}");
            assert!(text.contains("min.insync.replicas=2\n"));
            assert!(!text.contains("SECURE://"), "nobody asked for it: {text}");
        }
    }

    #[test]
    fn clients_can_be_sent_through_a_proxy() {
        let address = "127.0.0.1:999".parse().unwrap();
        let (ports, data) = ([1, 2, 3], Path::new("/data"));
        let config =
            Config { node: 1, nodes: 1, ports: &ports, data, advertise: Some(address), keystore: None };
        let text = config.properties();
        assert!(text.contains("listeners=PLAIN://127.0.0.1:1,"), "{text}");
        assert!(text.contains("advertised.listeners=PLAIN://127.0.0.1:999\n"), "{text}");
    }
}
