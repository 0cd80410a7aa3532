//! The Kafka protocol on the logs.
//!
//! ```text
//! accept ──▶ connection: frame ──▶ checked ──▶ decoded ──▶ api ──▶ answer, in the order of requests
//! ```
//!
//! * A connection's answers come in the order of its requests. Produce requests are appended when they are read and
//!   answered when their bytes are on disk for good, so several of one connection share a sync; all others are begun
//!   when those before them are answered.
//! * What a client makes the server hold is bounded: its frames while they come in, its answers until they are read,
//!   its requests under way. A client that does not go on is let go.
//! * What cannot be understood closes its connection, with a line in the log, and nothing else.

mod answer;
mod api;
mod connection;
mod frame;
mod listen;
pub mod shape;

use std::{
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use tokio::{runtime::Handle, sync::Semaphore};

pub(crate) use listen::listen;

use crate::{
    group::Groups,
    log::Committer,
    metrics::Metrics,
    options::Options,
    topic::{Catalog, Topic},
};

/// What all connections share.
#[derive(Debug)]
pub(crate) struct Broker {
    pub(crate) options: Options,
    pub(crate) catalog: Catalog,
    pub(crate) groups: Groups,
    pub(crate) committer: Committer,
    pub(crate) metrics: Metrics,
    /// Kilobytes of frames that are read or under way.
    pub(crate) frames: Arc<Semaphore>,
    /// Kilobytes of records on their way to clients.
    pub(crate) answers: Arc<Semaphore>,
}

/// The only broker.
const NODE: i32 = 1;
/// There never is another leader.
const LEADER_EPOCH: i32 = 0;

impl Broker {
    /// Forgets a topic that is gone, wherever it is known besides the catalog. Blocks.
    fn forget(&self, topic: &str) {
        self.metrics.forget(topic);
        // Logged where it fails, and done at the next start.
        let _failed = Handle::current().block_on(self.groups.forget_topic(topic));
    }

    /// The topic of that name; made if it has to be.
    fn topic_or_new(&self, name: &str) -> Option<Arc<Topic>> {
        if let Some(topic) = self.catalog.topic(name) {
            return Some(topic);
        }
        let partitions = self.options.create_topics?.get();
        let new = crate::topic::NewTopic { name: name.to_owned(), partitions, settings: <_>::default() };
        match self.catalog.create(new, now()) {
            Ok(topic) => {
                tracing::info!(topic = name, partitions, "topic created because somebody asked for it");
                Some(topic)
            }
            // Another connection may have been faster.
            Err(_) => self.catalog.topic(name),
        }
    }
}

/// Milliseconds since 1970.
pub(crate) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
