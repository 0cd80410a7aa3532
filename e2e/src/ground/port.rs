//! Ports to listen on.
//!
//! They are drawn below the range from which the kernel takes ports for outgoing connections, so that a part
//! which is killed finds its own port free when it starts again. Two grounds could draw the same one between
//! looking and listening: who starts a part looks for that in its log and draws again.

use std::{
    collections::BTreeSet,
    collections::hash_map::RandomState,
    hash::{BuildHasher as _, Hasher as _},
    net::{Ipv4Addr, TcpListener},
};

use super::error::GroundError;

const FIRST: u16 = 17_000;
const LAST: u16 = 31_999;
const TRIES: usize = 2_000;

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_different_and_can_be_listened_on() {
        let ports = free(20).unwrap();
        let listeners: Vec<TcpListener> =
            ports.iter().map(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).unwrap()).collect();
        assert_eq!(listeners.len(), 20);
    }
}
