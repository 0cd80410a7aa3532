//! How long each crate's tests may take: one flat table.
//!
//! A budget is wall time on the gate's two cores, without compiling. Over it the crate fails, so that a
//! slower test is a decision. A member that is not in the table fails too.

use std::time::Duration;

#[rustfmt::skip]
const MINUTES: &[(&str, u64)] = &[
    ("sawlog-record", 1),
    ("sawlog-query", 1),
    ("sawlog-crds", 1),
    ("sawlog-broker", 2),
    ("sawlog-agent", 3),
    ("sawlog-indexer", 5),
    ("sawlog-operator", 4),
    ("sawlog", 1),
    ("sawlog-fleet", 2),
    ("sawlog-e2e", 8), // half a dozen Kubernetes clusters, two of them broken over and over: 4 on an idle machine
    ("sawlog-bench", 2),
    ("xtask", 2),
];

/// The budget of a workspace member.
pub fn of(member: &str) -> Option<Duration> {
    MINUTES.iter().find(|(name, _)| *name == member).map(|(_, minutes)| Duration::from_mins(*minutes))
}
