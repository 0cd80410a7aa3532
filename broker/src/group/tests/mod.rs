mod kept;
mod model;
mod rules;

use bytes::Bytes;

use super::{Caller, Joining, Protocol, Syncing};

const SESSION: u64 = 10_000;
const REBALANCE: u64 = 60_000;

/// A consumer's request to join with the protocols `range` and `roundrobin`.
fn joining(member_id: &str, fresh_id: &str) -> Joining {
    Joining {
        member_id: member_id.to_owned(),
        fresh_id: fresh_id.to_owned(),
        instance_id: None,
        client_id: "client".to_owned(),
        client_host: "/127.0.0.1".to_owned(),
        session_timeout: SESSION,
        rebalance_timeout: REBALANCE,
        protocol_type: "consumer".to_owned(),
        protocols: vec![protocol("range", b"r"), protocol("roundrobin", b"rr")],
        needs_member_id: false,
        can_skip_assignment: false,
    }
}

fn protocol(name: &str, metadata: &'static [u8]) -> Protocol {
    Protocol { name: name.to_owned(), metadata: Bytes::from_static(metadata) }
}

fn caller(member_id: &str, generation: i32) -> Caller {
    Caller { member_id: member_id.to_owned(), instance_id: None, generation }
}

/// A request for a share; a leader brings one for each of `members`, which is its id.
fn syncing(member_id: &str, generation: i32, members: &[&str]) -> Syncing {
    let share = |id: &&str| ((*id).to_owned(), Bytes::from(format!("share of {id}")));
    Syncing {
        caller: caller(member_id, generation),
        protocol_type: None,
        protocol: None,
        assignments: members.iter().map(share).collect(),
    }
}
