//! Which shard reads which partition.
//!
//! ```text
//! the assignment before ─╮
//! topics, partitions ────┼─▶ next ─▶ the same, or another one with the next epoch
//! number of shards ──────┘
//! ```
//!
//! A partition that moves costs a sealed segment and a handover, so the map is sticky. What holds after every step:
//!
//! * No shard is idle while another one owns two.
//! * A partition moves for three reasons only: its shard is gone; a shard would be idle while another one owns two;
//!   the number of shards changed and loads differ by two or more. So new topics and new partitions, which go where
//!   least is, move nothing. Topics that went leave gaps, which later partitions fill.
//! * With one shard more or less at most ⌈P/n⌉ partitions move: P partitions, n the larger number of shards. With k
//!   shards more or less, k·⌈P/n⌉. Within that bound loads are made to differ by at most one.
//! * Loads that differ by at most one do so after every step which removes no topic.
//!
//! Topics that went can leave one shard with more than its part, and then ⌈P/n⌉ may be too few. Two moves come first
//! and count within the bound; only where they alone exceed it, it is exceeded: everything that a removed shard owned,
//! and one partition for every shard that would be idle. What imbalance is left then waits for the next change.
//!
//! Deliberately absent: weights. A partition counts as one, however busy it is.

mod place;

use std::{collections::BTreeMap, num::NonZeroU32};

use serde::{Deserialize, Serialize};

use place::Places;

/// The most shards that an index can have.
pub const SHARDS: u32 = 64;

/// Kafka's id of a topic: a topic that is deleted and made again has another one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TopicId(pub String);

/// An explicit map from partitions to shards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", try_from = "Written")]
pub struct Assignment {
    epoch: u64,
    shards: NonZeroU32,
    topics: BTreeMap<TopicId, Vec<u32>>,
}

/// One partition that has another owner than before.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Move {
    /// Of which topic.
    pub topic: TopicId,
    /// Which partition.
    pub partition: u32,
    /// Who owned it.
    pub from: u32,
    /// Who owns it now.
    pub to: u32,
}

/// Text that reads like an assignment and is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AssignmentError {
    /// Epochs count from one.
    #[error("epochs begin at 1")]
    Epoch,
    /// More than an index can have; nobody reserves memory for what a stranger wrote.
    #[error("{0} shards, at most {SHARDS} are possible")]
    Shards(NonZeroU32),
    /// A shard that does not exist.
    #[error("partition {partition} of topic {topic} belongs to shard {shard}, there are {shards}")]
    NoShard {
        /// Of which topic.
        topic: String,
        /// Which partition.
        partition: usize,
        /// Whose it would be.
        shard: u32,
        /// How many there are.
        shards: NonZeroU32,
    },
}

/// An assignment as it is written, before it is checked.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Written {
    epoch: u64,
    shards: NonZeroU32,
    topics: BTreeMap<TopicId, Vec<u32>>,
}

impl TryFrom<Written> for Assignment {
    type Error = AssignmentError;

    fn try_from(written: Written) -> Result<Self, AssignmentError> {
        let Written { epoch, shards, topics } = written;
        if epoch == 0 {
            return Err(AssignmentError::Epoch);
        }
        if shards.get() > SHARDS {
            return Err(AssignmentError::Shards(shards));
        }
        for (topic, owners) in &topics {
            if let Some(partition) = owners.iter().position(|shard| *shard >= shards.get()) {
                let (topic, shard) = (topic.0.clone(), owners[partition]);
                return Err(AssignmentError::NoShard { topic, partition, shard, shards });
            }
        }
        Ok(Self { epoch, shards, topics })
    }
}

impl Assignment {
    /// The assignment after `previous`, for these topics with their numbers of partitions and this many shards.
    pub fn next(previous: Option<&Self>, topics: &BTreeMap<TopicId, u32>, shards: NonZeroU32) -> Self {
        let mut places = Places::kept(previous, topics, shards);
        places.give_to_the_least_loaded();
        places.fill_idle_shards();
        if let Some(previous) = previous {
            let changed = u64::from(previous.shards.get().abs_diff(shards.get()));
            let larger = u64::from(previous.shards.max(shards).get());
            let partitions = topics.values().map(|count| u64::from(*count)).sum::<u64>();
            places.level(changed.saturating_mul(partitions.div_ceil(larger)));
        }
        let topics = places.into_topics();
        match previous {
            Some(same) if same.shards == shards && same.topics == topics => same.clone(),
            Some(other) => Self { epoch: other.epoch.saturating_add(1), shards, topics },
            None => Self { epoch: 1, shards, topics },
        }
    }

    /// Grows by one with every change; a shard that knows a higher one does not act by this one.
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Among how many shards.
    pub fn shards(&self) -> NonZeroU32 {
        self.shards
    }

    /// Who owns a partition. Nobody where the topic, or so many partitions of it, are unknown.
    pub fn owner(&self, topic: &TopicId, partition: u32) -> Option<u32> {
        self.topics.get(topic)?.get(usize::try_from(partition).ok()?).copied()
    }

    /// Every partition with its owner, in the order of topics and partitions.
    pub fn owners(&self) -> impl Iterator<Item = (&TopicId, u32, u32)> {
        self.topics.iter().flat_map(|(topic, owners)| {
            owners.iter().zip(0_u32..).map(move |(shard, partition)| (topic, partition, *shard))
        })
    }

    /// How many partitions each shard owns, in the order of shards.
    pub fn loads(&self) -> Vec<usize> {
        let mut loads = vec![0; place::index(self.shards.get())];
        for (_, _, shard) in self.owners() {
            loads[place::index(shard)] += 1;
        }
        loads
    }

    /// The partitions that have another owner than in `previous`; new and removed ones did not move.
    pub fn moves_since<'a>(&'a self, previous: &'a Self) -> impl Iterator<Item = Move> + 'a {
        self.owners().filter_map(|(topic, partition, to)| {
            let from = previous.owner(topic, partition).filter(|from| *from != to)?;
            Some(Move { topic: topic.clone(), partition, from, to })
        })
    }
}
