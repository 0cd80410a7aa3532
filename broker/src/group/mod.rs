//! Consumer groups of the classic protocol: who is in a group, who reads what, and how far it has come.
//!
//! ```text
//! request ──▶ machine (who, pure) ──▶ answers          commit ──▶ offsets (pure) ──▶ store ──journal──▶ disk
//! ```
//!
//! Members live in memory: after a restart they are unknown and join again. Offsets and the number of a group's
//! generation outlive the process. The protocol of KIP-848, in which the server shares out, is deliberately absent.

mod join;
mod live;
mod machine;
mod member;
mod message;
mod offsets;
mod requests;
mod service;
mod store;
mod subscription;
#[cfg(test)]
mod tests;

pub use machine::{CONSUMER, Group, Limits, Standing};
pub use message::{
    Caller, Described, DescribedMember, Effect, JoinRefused, Joined, JoinedMember, Joining, Protocol, Synced,
    Syncing, Ticket,
};
pub use offsets::{Committed, Entry, Offsets, Place, Reading};
pub use service::{GroupOptions, Groups, Keeper, Listed, OffsetCommit};
