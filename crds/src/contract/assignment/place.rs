//! The places of partitions while an assignment is made.
//!
//! Ties are broken so that a topic is spread over many shards, for its partitions tend to be equally busy, and then
//! by order; nothing depends on chance or on the order of input.

use std::{collections::BTreeMap, num::NonZeroU32};

use super::{Assignment, TopicId};

/// Who owns what so far.
pub(super) struct Places<'t> {
    topics: Vec<Topic<'t>>,
    /// How many partitions each shard owns.
    loads: Vec<u64>,
    /// How many partitions lost the shard that they had, or were taken from it.
    moved: u64,
}

struct Topic<'t> {
    id: &'t TopicId,
    owners: Vec<Option<u32>>,
    /// How many of its partitions each shard owns.
    spread: BTreeMap<u32, u64>,
}

impl Topic<'_> {
    fn owned_by(&self, shard: u32) -> u64 {
        self.spread.get(&shard).copied().unwrap_or(0)
    }
}

impl<'t> Places<'t> {
    /// What stays where it was because its topic and its shard are still there; the rest has no owner.
    pub(super) fn kept(
        previous: Option<&Assignment>,
        topics: &'t BTreeMap<TopicId, u32>,
        shards: NonZeroU32,
    ) -> Self {
        let mut places = Self { topics: Vec::new(), loads: vec![0; index(shards.get())], moved: 0 };
        for (id, partitions) in topics {
            let mut topic = Topic { id, owners: Vec::new(), spread: BTreeMap::new() };
            for partition in 0..*partitions {
                let before = previous.and_then(|previous| previous.owner(id, partition));
                let kept = before.filter(|shard| *shard < shards.get());
                places.moved += u64::from(before.is_some() && kept.is_none());
                topic.owners.push(kept);
                if let Some(shard) = kept {
                    *topic.spread.entry(shard).or_default() += 1;
                    places.loads[index(shard)] += 1;
                }
            }
            places.topics.push(topic);
        }
        places
    }

    /// Gives every partition without an owner to the shard that owns least.
    pub(super) fn give_to_the_least_loaded(&mut self) {
        for topic in &mut self.topics {
            for partition in 0..topic.owners.len() {
                if topic.owners[partition].is_none() {
                    let shard = least(&self.loads, |shard| topic.owned_by(shard));
                    topic.owners[partition] = Some(shard);
                    *topic.spread.entry(shard).or_default() += 1;
                    self.loads[index(shard)] += 1;
                }
            }
        }
    }

    /// Moves one partition to every idle shard, while another one owns two.
    pub(super) fn fill_idle_shards(&mut self) {
        let (mut from, mut to) = self.extremes();
        while self.load(to) == 0 && self.load(from) >= 2 {
            self.move_one(from, to);
            (from, to) = self.extremes();
        }
    }

    /// Moves partitions from the fullest to the emptiest shard until loads differ by at most one, or until `bound`
    /// moves were made in all.
    pub(super) fn level(&mut self, bound: u64) {
        let (mut from, mut to) = self.extremes();
        while self.moved < bound && self.load(from) - self.load(to) >= 2 {
            self.move_one(from, to);
            (from, to) = self.extremes();
        }
    }

    /// The owners by topic and partition.
    pub(super) fn into_topics(self) -> BTreeMap<TopicId, Vec<u32>> {
        let shards = |owners: Vec<Option<u32>>| owners.into_iter().flatten().collect();
        self.topics.into_iter().map(|topic| (topic.id.clone(), shards(topic.owners))).collect()
    }

    fn load(&self, shard: u32) -> u64 {
        self.loads[index(shard)]
    }

    /// The fullest and the emptiest shard.
    fn extremes(&self) -> (u32, u32) {
        let fullest = (0..).zip(&self.loads).max_by_key(|(_, load)| **load);
        (fullest.map_or(0, |(shard, _)| shard), least(&self.loads, |_| 0))
    }

    /// Takes the last partition of the topic of which `from` owns most in excess of `to`.
    fn move_one(&mut self, from: u32, to: u32) {
        let excess = |topic: &&mut Topic<'_>| {
            (topic.owned_by(from) > 0)
                .then(|| i128::from(topic.owned_by(from)) - i128::from(topic.owned_by(to)))
        };
        let topic =
            self.topics.iter_mut().max_by_key(excess).expect("because a shard owns partitions of a topic");
        let last = topic.owners.iter_mut().rfind(|owner| **owner == Some(from));
        *last.expect("because the topic was chosen for what this shard owns of it") = Some(to);
        *topic.spread.entry(from).or_default() -= 1;
        *topic.spread.entry(to).or_default() += 1;
        self.loads[index(from)] -= 1;
        self.loads[index(to)] += 1;
        self.moved += 1;
    }
}

/// The shard with the smallest load; among equals the one that owns least of what `of_topic` counts, then the first.
fn least(loads: &[u64], of_topic: impl Fn(u32) -> u64) -> u32 {
    let least = (0..).zip(loads).min_by_key(|(shard, load)| (**load, of_topic(*shard)));
    least.map_or(0, |(shard, _)| shard)
}

/// A shard's place in a list.
pub(super) fn index(shard: u32) -> usize {
    usize::try_from(shard).expect("because addresses have at least 32 bits wherever this runs")
}
