//! How a broker is run.

use std::{
    net::{Ipv4Addr, SocketAddr},
    num::NonZeroUsize,
    path::PathBuf,
    time::Duration,
};

use serde::{Deserialize, Serialize};

/// How a broker is run. Everything but the folder has a default that suits one machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Options {
    /// Where topics are kept. One process at a time can have it.
    pub data: PathBuf,
    /// Where clients connect; port 0 takes a free one. There is neither encryption nor authentication.
    #[serde(default = "defaults::listen")]
    pub listen: SocketAddr,
    /// Where clients are sent to, `host:port`, when it is not the address at which they came.
    #[serde(default)]
    pub advertise: Option<Address>,
    /// Make a topic that is asked for and is not there, with so many partitions.
    #[serde(default)]
    pub create_topics: Option<NonZeroUsize>,
    /// Partitions of a topic that is made without saying how many.
    #[serde(default = "defaults::partitions")]
    pub partitions: usize,
    /// No more partitions than that, of all topics together.
    #[serde(default = "defaults::most_partitions")]
    pub most_partitions: usize,
    /// No more connections than that.
    #[serde(default = "defaults::connections")]
    pub connections: usize,
    /// No more requests of a connection are under way than that.
    #[serde(default = "defaults::in_flight")]
    pub in_flight: usize,
    /// The largest request.
    #[serde(default = "defaults::frame_bytes")]
    pub frame_bytes: usize,
    /// Memory for all requests that are read or under way.
    #[serde(default = "defaults::memory_bytes")]
    pub frames_bytes: usize,
    /// Memory for all records on their way to clients.
    #[serde(default = "defaults::memory_bytes")]
    pub answers_bytes: usize,
    /// The most that is given to one fetch.
    #[serde(default = "defaults::answer_bytes")]
    pub answer_bytes: usize,
    /// So much of the disk is left free.
    #[serde(default = "defaults::reserve_bytes")]
    pub reserve_bytes: u64,
    /// How often records that need not be kept are looked for.
    #[serde(default = "defaults::retention_check")]
    pub retention_check: Duration,
}

impl Options {
    /// The defaults for a folder.
    pub fn new(data: impl Into<PathBuf>) -> Self {
        Self {
            data: data.into(),
            listen: defaults::listen(),
            advertise: None,
            create_topics: None,
            partitions: defaults::partitions(),
            most_partitions: defaults::most_partitions(),
            connections: defaults::connections(),
            in_flight: defaults::in_flight(),
            frame_bytes: defaults::frame_bytes(),
            frames_bytes: defaults::memory_bytes(),
            answers_bytes: defaults::memory_bytes(),
            answer_bytes: defaults::answer_bytes(),
            reserve_bytes: defaults::reserve_bytes(),
            retention_check: defaults::retention_check(),
        }
    }
}

/// A host and a port.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Address {
    /// A name or a number.
    pub host: String,
    /// Of TCP.
    pub port: u16,
}

/// What is not a host and a port.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not `host:port`")]
pub struct AddressError {
    text: String,
}

impl std::str::FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let parts = text.rsplit_once(':').and_then(|(host, port)| Some((host, port.parse().ok()?)));
        match parts {
            Some((host, port)) if !host.is_empty() => {
                let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
                Ok(Self { host, port })
            }
            _ => Err(AddressError { text: text.to_owned() }),
        }
    }
}

impl TryFrom<String> for Address {
    type Error = AddressError;

    fn try_from(text: String) -> Result<Self, AddressError> {
        text.parse()
    }
}

impl From<Address> for String {
    fn from(Address { host, port }: Address) -> Self {
        format!("{host}:{port}")
    }
}

mod defaults {
    use super::{Duration, Ipv4Addr, SocketAddr};

    pub(super) fn listen() -> SocketAddr {
        (Ipv4Addr::LOCALHOST, 9092).into()
    }

    pub(super) fn partitions() -> usize {
        1
    }

    pub(super) fn most_partitions() -> usize {
        10_000
    }

    pub(super) fn connections() -> usize {
        1_000
    }

    pub(super) fn in_flight() -> usize {
        64
    }

    pub(super) fn frame_bytes() -> usize {
        100 << 20
    }

    pub(super) fn memory_bytes() -> usize {
        256 << 20
    }

    pub(super) fn answer_bytes() -> usize {
        16 << 20
    }

    pub(super) fn reserve_bytes() -> u64 {
        64 << 20
    }

    pub(super) fn retention_check() -> Duration {
        Duration::from_secs(30)
    }
}
