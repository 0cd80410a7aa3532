//! The links between host, control node and workers, and the routes over them.
//!
//! Made when a node begins, and made again when one begins anew: they vanish with its namespaces.

use std::{fs, process::Command};

use super::{Node, address::Addresses, said};
use crate::ground::{GroundError, folder};

/// The link between the host and a control node, over addresses that nobody uses; its number is the cluster's.
pub(super) fn to_host(control: &Node) -> Result<Addresses, GroundError> {
    let routes = said(Command::new("ip").args(["route", "show", "table", "all"]));
    let routes = routes.map_err(|why| failed(control, "look at the host's routes", &why))?;
    for addresses in (100..=250).map(|network| Addresses { network }) {
        let known = format!("10.{}.", addresses.network);
        if routes.split_whitespace().any(|word| word.starts_with(&known)) {
            continue;
        }
        match add_link(control, addresses) {
            Ok(()) => return lay(control, addresses).map(|()| addresses),
            Err(why) if why.contains("File exists") => {}
            Err(why) => return Err(failed(control, LINK, &why)),
        }
    }
    Err(failed(control, LINK, "no number between 100 and 250 is free: `ground down` ends a cluster"))
}

/// The same link again, after the control node began anew.
pub(super) fn to_host_again(control: &Node, addresses: Addresses) -> Result<(), GroundError> {
    let script = control.folder().join(folder::AFTERWARDS);
    said(Command::new("sh").arg(&script)).map_err(|why| failed(control, "remove the link that was", &why))?;
    add_link(control, addresses).map_err(|why| failed(control, LINK, &why))?;
    lay(control, addresses)
}

/// The kernel removes it too, once it gets round to the namespace of a node that has ended: seconds later on a
/// busy machine, and by then another cluster may have the name.
fn add_link(control: &Node, addresses: Addresses) -> Result<(), String> {
    let link = addresses.link();
    let inside = control.first_process().map_err(|error| error.to_string())?.to_string();
    let words = ["link", "add", &link, "type", "veth", "peer", "name", "host", "netns", &inside];
    said(Command::new("ip").args(words))?;
    let address = format!("/sys/class/net/{link}/address");
    let script = control.folder().join(folder::AFTERWARDS);
    let known = fs::read_to_string(&address).map_err(|error| format!("{address}: {error}"))?;
    let known = known.trim();
    // The kernel may be faster, also in between.
    let is_gone = format!("[ \"$(cat {address} 2>/dev/null)\" != {known} ]");
    let removal = format!("{is_gone} || ip link delete {link} 2>/dev/null || {is_gone}\n");
    fs::write(&script, removal).map_err(|error| format!("{}: {error}", script.display()))
}

const LINK: &str = "link the host to the control node";

fn lay(control: &Node, addresses: Addresses) -> Result<(), GroundError> {
    let link = addresses.link();
    let on_host = |words: String| {
        said(Command::new("ip").args(words.split(' ')))
            .map_err(|why| failed(control, &format!("ip {words}"), &why))
    };
    on_host(format!("address add {}/30 dev {link}", addresses.host()))?;
    on_host(format!("link set {link} up"))?;
    for step in [
        "link set lo up".to_owned(),
        format!("address add {}/30 dev host", addresses.control_to_host()),
        "link set host up".to_owned(),
        "link add nodes type bridge".to_owned(),
        format!("address add {}/24 dev nodes", addresses.control()),
        "link set nodes up".to_owned(),
    ] {
        ip_in(control, &step)?;
    }
    forward(control)?;
    on_host(format!("route add {} via {}", addresses.everything(), addresses.control_to_host()))?;
    Ok(())
}

/// Hangs worker `number` of so many on the control node.
pub(super) fn to_control(
    control: &Node,
    worker: &Node,
    number: usize,
    of: usize,
    addresses: Addresses,
) -> Result<(), GroundError> {
    let inside = worker.first_process()?;
    // What is left of a node that has ended goes in the kernel's own time.
    let _none_is_left = ip_in(control, &format!("link delete worker{number}"));
    let _none_is_left = ip_in(worker, "link delete eth0");
    for step in [
        format!("link add worker{number} type veth peer name eth0 netns {inside}"),
        format!("link set worker{number} master nodes up"),
        // The control node still has it when only the worker went down.
        format!("route replace {} via {}", addresses.pods(number), addresses.worker(number)),
    ] {
        ip_in(control, &step)?;
    }
    let mut steps = vec![
        "link set lo up".to_owned(),
        format!("address add {}/24 dev eth0", addresses.worker(number)),
        "link set eth0 up".to_owned(),
        format!("route add {} via {}", addresses.everything(), addresses.control()),
        // Without a default route the kernel asks for one before the proxy has had its turn.
        format!("route add {} dev eth0", addresses.services()),
    ];
    let others = (1..=of).filter(|other| *other != number);
    steps.extend(
        others.map(|other| format!("route add {} via {}", addresses.pods(other), addresses.worker(other))),
    );
    for step in &steps {
        ip_in(worker, step)?;
    }
    forward(worker)
}

/// Whether a worker hangs on the control node.
pub(super) fn are_laid(control: &Node, worker: &Node, number: usize) -> bool {
    ip_in(control, &format!("link show worker{number}")).is_ok() && ip_in(worker, "link show eth0").is_ok()
}

/// Services are reached from host and control node through the first worker, which knows where they lead.
pub(super) fn to_services(control: &Node, addresses: Addresses) -> Result<(), GroundError> {
    ip_in(control, &format!("route replace {} via {}", addresses.services(), addresses.worker(1)))
}

fn forward(node: &Node) -> Result<(), GroundError> {
    in_network(node, &["sysctl", "-qw", "net.ipv4.ip_forward=1"])
}

fn ip_in(node: &Node, words: &str) -> Result<(), GroundError> {
    in_network(node, &[&["ip"], &*words.split(' ').collect::<Vec<_>>()].concat())
}

/// Only in the node's network: processes are named by the numbers they have outside.
fn in_network(node: &Node, words: &[&str]) -> Result<(), GroundError> {
    let inside = node.first_process()?.to_string();
    let mut command = Command::new("nsenter");
    command.args(["--target", &inside, "--net"]).args(words);
    said(&mut command).map(drop).map_err(|why| failed(node, &words.join(" "), &why))
}

fn failed(node: &Node, what: &str, why: &str) -> GroundError {
    GroundError::Request {
        part: node.machine().name().to_owned(),
        what: what.to_owned(),
        why: why.to_owned(),
    }
}
