//! What members ask of a group and what it answers, free of the protocol's versions.

use bytes::Bytes;
use kafka_protocol::ResponseError;

/// Names a request that waits for its answer; the caller chooses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub u64);

/// A way to share out partitions that a member knows, and what it tells the leader about itself for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Protocol {
    /// What the assignor is called.
    pub name: String,
    /// Opaque to the group.
    pub metadata: Bytes,
}

/// A request to join.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Joining {
    /// Empty for one that is new.
    pub member_id: String,
    /// The id it gets if it is new; nobody else has it.
    pub fresh_id: String,
    /// Set for a static member.
    pub instance_id: Option<String>,
    /// What the client calls itself.
    pub client_id: String,
    /// Where it comes from.
    pub client_host: String,
    /// How long it may be silent, in milliseconds.
    pub session_timeout: u64,
    /// How long it may take to join again when others come and go, in milliseconds.
    pub rebalance_timeout: u64,
    /// The kind of group, `consumer` for consumers.
    pub protocol_type: String,
    /// What it knows, the best first.
    pub protocols: Vec<Protocol>,
    /// Whether a new dynamic member is sent back with its id before it counts.
    pub needs_member_id: bool,
    /// Whether it can be the leader without sharing out.
    pub can_skip_assignment: bool,
}

/// The answer to a member that has joined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Joined {
    /// Who it is.
    pub member_id: String,
    /// Which generation it is in.
    pub generation: i32,
    /// The kind of group.
    pub protocol_type: Option<String>,
    /// The protocol that was voted for.
    pub protocol: Option<String>,
    /// Who shares out.
    pub leader: String,
    /// Whether the leader leaves everything as it is.
    pub skip_assignment: bool,
    /// All members, for the leader alone.
    pub members: Vec<JoinedMember>,
}

/// What the leader hears about a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JoinedMember {
    /// Who it is.
    pub member_id: String,
    /// Set for a static member.
    pub instance_id: Option<String>,
    /// What it said about itself for the protocol that was voted for.
    pub metadata: Bytes,
}

/// The answer to one that may not join.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JoinRefused {
    /// Why.
    pub error: ResponseError,
    /// The id to come back with, if there is one.
    pub member_id: String,
}

/// Who asks: a member of a generation, or with no id and a negative generation none at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Who it says it is.
    pub member_id: String,
    /// Set for a static member.
    pub instance_id: Option<String>,
    /// Which generation it believes to be in.
    pub generation: i32,
}

/// A request for a member's share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Syncing {
    /// Who asks.
    pub caller: Caller,
    /// The kind of group it believes in, if it says so.
    pub protocol_type: Option<String>,
    /// The protocol it believes in, if it says so.
    pub protocol: Option<String>,
    /// From the leader, the share of each member.
    pub assignments: Vec<(String, Bytes)>,
}

/// The answer to a member that has its share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Synced {
    /// The kind of group.
    pub protocol_type: Option<String>,
    /// The protocol that was voted for.
    pub protocol: Option<String>,
    /// Its share.
    pub assignment: Bytes,
}

/// Something that follows from a request or from the passing of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// The answer to a request to join.
    Joined(Ticket, Result<Joined, JoinRefused>),
    /// The answer to a request for a share.
    Synced(Ticket, Result<Synced, ResponseError>),
}

/// A group as an operator sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Described {
    /// What it is doing.
    pub state: &'static str,
    /// The kind of group, empty if no member ever told.
    pub protocol_type: String,
    /// The protocol in use, empty unless the group is stable.
    pub protocol: String,
    /// Its members.
    pub members: Vec<DescribedMember>,
}

/// A member as an operator sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DescribedMember {
    /// Who it is.
    pub member_id: String,
    /// Set for a static member.
    pub instance_id: Option<String>,
    /// What the client calls itself.
    pub client_id: String,
    /// Where it comes from.
    pub client_host: String,
    /// What it said about itself for the protocol in use.
    pub metadata: Bytes,
    /// Its share.
    pub assignment: Bytes,
}
