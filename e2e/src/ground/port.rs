//! Ports to listen on.
//!
//! They are drawn below the range from which the kernel takes ports for outgoing connections, so that a part
//! which is killed finds its own port free when it starts again. Two grounds could draw the same one between
//! looking and listening: who starts a part looks for that in its log and draws again.

use std::{
    collections::BTreeSet,
    collections::hash_map::RandomState,
    fs,
    hash::{BuildHasher as _, Hasher as _},
    net::{Ipv4Addr, TcpListener},
    path::Path,
};

use super::error::GroundError;

const FIRST: u16 = 17_000;
const LAST: u16 = 31_999;
const TRIES: usize = 2_000;
/// The state of a listening socket, as the kernel writes it.
const LISTEN: &str = "0A";

/// So many different ports that nobody listens on now.
pub fn free(count: usize) -> Result<Vec<u16>, GroundError> {
    let mut found = BTreeSet::new();
    let range = u64::from(LAST - FIRST) + 1;
    for _ in 0..TRIES {
        if found.len() == count {
            break;
        }
        // The standard library's hasher is keyed by chance: reason enough not to depend on a crate for it.
        let chance = RandomState::new().build_hasher().finish() % range;
        let port = FIRST + u16::try_from(chance).expect("because the range is smaller than a port number");
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            found.insert(port);
        }
    }
    if found.len() == count {
        Ok(found.into_iter().collect())
    } else {
        Err(GroundError::NoPort { first: FIRST, last: LAST })
    }
}

/// Whether it is this process that listens there.
pub(super) fn is_listened_on_by(pid: u32, port: u16) -> bool {
    let sockets = listening_on(port);
    let Ok(open) = fs::read_dir(format!("/proc/{pid}/fd")) else {
        return !sockets.is_empty(); // not ours to look into: in a user namespace of its own
    };
    let mut links = open.filter_map(|entry| fs::read_link(entry.ok()?.path()).ok());
    links.any(|link| sockets.iter().any(|inode| link == Path::new(&format!("socket:[{inode}]"))))
}

/// The inodes of the sockets that listen on a port, of either family.
fn listening_on(port: u16) -> Vec<String> {
    let tables =
        ["/proc/net/tcp", "/proc/net/tcp6"].map(|table| fs::read_to_string(table).unwrap_or_default());
    let suffix = format!(":{port:04X}");
    let inode = |line: &str| {
        let cells: Vec<&str> = line.split_whitespace().collect();
        let listens = cells.get(1)?.ends_with(&suffix) && *cells.get(3)? == LISTEN;
        listens.then(|| cells.get(9).map(|inode| (*inode).to_owned())).flatten()
    };
    tables.iter().flat_map(|table| table.lines().skip(1)).filter_map(inode).collect()
}

#[cfg(test)]
mod tests {
    use std::{os::unix::process::parent_id, process};

    use super::*;

    #[test]
    fn ports_are_different_and_can_be_listened_on() {
        let ports = free(20).unwrap();
        let listeners: Vec<TcpListener> =
            ports.iter().map(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).unwrap()).collect();
        assert_eq!(listeners.len(), 20);
        assert!(is_listened_on_by(process::id(), ports[0]));
        assert!(!is_listened_on_by(parent_id(), ports[0]), "it is not the parent that listens");
        drop(listeners);
        assert!(!is_listened_on_by(process::id(), ports[0]));
    }
}
