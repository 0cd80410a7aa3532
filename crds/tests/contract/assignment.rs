//! What an assignment keeps to after any history of topics, partitions and shards.

use std::{collections::BTreeMap, num::NonZeroU32};

use proptest::{collection::vec, prelude::*};
use sawlog_crds::contract::assignment::{Assignment, TopicId};

use crate::in_rounds;

type Topics = BTreeMap<TopicId, u32>;

/// What happens between two assignments.
#[derive(Debug, Clone)]
enum Change {
    /// A topic appears, or has more partitions.
    Grow { topic: u8, partitions: u32 },
    /// A topic is gone.
    Remove { topic: u8 },
    /// There are other shards.
    Shards(u32),
    /// Nothing.
    Nothing,
}

/// What is wanted.
#[derive(Debug, Clone, PartialEq)]
struct World {
    topics: Topics,
    shards: u32,
}

impl World {
    fn change(&mut self, change: &Change) {
        match change {
            Change::Grow { topic, partitions } => *self.topics.entry(name(*topic)).or_default() += partitions,
            Change::Remove { topic } => drop(self.topics.remove(&name(*topic))),
            Change::Shards(shards) => self.shards = *shards,
            Change::Nothing => {}
        }
    }

    fn after(&self, previous: Option<&Assignment>) -> Assignment {
        Assignment::next(previous, &self.topics, NonZeroU32::new(self.shards).unwrap())
    }

    fn partitions(&self) -> u32 {
        self.topics.values().sum()
    }
}

fn name(topic: u8) -> TopicId {
    TopicId(format!("topic-{topic}"))
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        4 => (0_u8..12, 1_u32..9).prop_map(|(topic, partitions)| Change::Grow { topic, partitions }),
        2 => (0_u8..12).prop_map(|topic| Change::Remove { topic }),
        2 => (1_u32..9).prop_map(Change::Shards),
        1 => Just(Change::Nothing),
    ]
}

/// Histories: in each step one change or several at once.
fn history() -> impl Strategy<Value = Vec<Vec<Change>>> {
    vec(prop_oneof![4 => vec(change(), 1), 1 => vec(change(), 2..5)], 1..40)
}

fn spread(loads: &[usize]) -> usize {
    loads.iter().max().unwrap() - loads.iter().min().unwrap()
}

/// How many idle shards have to be given something, and so how many moves that takes, when `owned` is what is left
/// of the previous assignment: new partitions go to idle shards first.
fn demanded(owned: &[usize], to_place: usize) -> usize {
    let mut loads = owned.to_vec();
    for _ in 0..to_place {
        *loads.iter_mut().min().unwrap() += 1;
    }
    let mut moves = 0;
    while loads.contains(&0) && loads.iter().any(|load| *load >= 2) {
        *loads.iter_mut().max().unwrap() -= 1;
        *loads.iter_mut().min().unwrap() += 1;
        moves += 1;
    }
    moves
}

#[test]
fn after_any_history_nobody_is_idle_and_few_partitions_moved() {
    in_rounds("assignment histories", (4, 200), 250, &history(), |steps| {
        let mut world = World { topics: Topics::new(), shards: 1 };
        let mut held = world.after(None);
        let mut ever_removed = false;
        for changes in steps {
            let before = world.clone();
            for change in &changes {
                world.change(change);
            }
            let next = world.after(Some(&held));
            let loads = next.loads();

            // It is a map of exactly what is wanted.
            prop_assert_eq!(loads.len(), usize::try_from(world.shards).unwrap());
            let mapped: Topics = next.owners().fold(Topics::new(), |mut topics, (topic, _, _)| {
                *topics.entry(topic.clone()).or_default() += 1;
                topics
            });
            prop_assert_eq!(&mapped, &world.topics);

            // Nobody is idle while another one owns two.
            prop_assert!(!(loads.contains(&0) && loads.iter().any(|load| *load >= 2)), "{:?}", loads);

            // Few partitions moved.
            let moves = next.moves_since(&held).count();
            let mut owned = vec![0; loads.len()];
            let (mut forced, mut old) = (0, 0);
            for (topic, partition, shard) in held.owners() {
                let stays = world.topics.get(topic).is_some_and(|count| partition < *count);
                match owned.get_mut(usize::try_from(shard).unwrap()).filter(|_| stays) {
                    Some(load) => *load += 1,
                    None => forced += usize::from(stays),
                }
                old += usize::from(stays);
            }
            let to_place = usize::try_from(world.partitions()).unwrap() - old + forced;
            let changed = world.shards.abs_diff(before.shards);
            let part = world.partitions().div_ceil(world.shards.max(before.shards));
            let bound = usize::try_from(changed * part).unwrap();
            let must = forced + demanded(&owned, to_place);
            prop_assert!(moves <= must.max(bound), "{} moves, {} needed, {} allowed", moves, must, bound);
            prop_assert!(moves >= forced);

            // New topics and partitions move nothing.
            let removed = before
                .topics
                .iter()
                .any(|(topic, count)| world.topics.get(topic).is_none_or(|now| now < count));
            if changed == 0 && !removed {
                prop_assert_eq!(moves, 0);
            }

            // Only removed topics leave an imbalance.
            ever_removed |= removed;
            if !ever_removed {
                prop_assert!(spread(&loads) <= 1, "{:?}", loads);
                prop_assert!(moves <= bound, "{} moves, {} allowed", moves, bound);
            }
            // What imbalance is left has used up all moves.
            if changed > 0 && spread(&loads) > 1 {
                prop_assert!(moves + to_place >= bound, "{:?} after {} of {} moves", loads, moves, bound);
            }

            // Nothing changes: the same value. Otherwise the next epoch.
            if world == before {
                prop_assert_eq!(&next, &held);
            } else {
                prop_assert_eq!(next.epoch(), held.epoch() + 1);
            }
            prop_assert_eq!(&world.after(Some(&next)), &next);

            // What is written is read.
            let text = serde_json::to_string(&next).unwrap();
            prop_assert_eq!(&serde_json::from_str::<Assignment>(&text).unwrap(), &next);
            held = next;
        }
        Ok(())
    });
}

#[test]
fn one_shard_more_or_less_moves_at_most_its_part() {
    let cases = (vec((0_u8..40, 1_u32..50), 0..40), 1_u32..64);
    in_rounds("assignment shards", (4, 200), 100, &cases, |(topics, shards)| {
        let topics = topics.into_iter().map(|(topic, partitions)| (name(topic), partitions)).collect();
        let few = World { topics, shards };
        let many = World { shards: shards + 1, ..few.clone() };
        let part = usize::try_from(few.partitions().div_ceil(many.shards)).unwrap();
        for (from, to) in [(&few, &many), (&many, &few)] {
            let before = from.after(None);
            let after = to.after(Some(&before));
            prop_assert!(after.moves_since(&before).count() <= part);
            prop_assert!(spread(&before.loads()) <= 1 && spread(&after.loads()) <= 1);
        }
        Ok(())
    });
}

#[test]
fn a_topic_is_spread_over_shards() {
    let topics = Topics::from([(name(1), 6), (name(2), 6), (name(3), 1)]);
    let made = Assignment::next(None, &topics, NonZeroU32::new(3).unwrap());
    for topic in [1, 2] {
        for shard in 0..3 {
            let owned = made.owners().filter(|(id, _, owner)| **id == name(topic) && *owner == shard).count();
            assert_eq!(owned, 2, "topic {topic}, shard {shard}");
        }
    }
    let grown = Assignment::next(Some(&made), &topics, NonZeroU32::new(4).unwrap());
    let moves: Vec<_> = grown.moves_since(&made).map(|moved| (moved.topic.0, moved.to)).collect();
    assert_eq!(moves.len(), 3);
    assert!(
        moves.iter().any(|(topic, _)| topic == "topic-1")
            && moves.iter().any(|(topic, _)| topic == "topic-2")
    );
}

#[test]
fn what_is_no_assignment_is_not_read() {
    let rows = [
        (r#"{"epoch":0,"shards":1,"topics":{}}"#, "epochs begin at 1"),
        (r#"{"epoch":1,"shards":0,"topics":{}}"#, "invalid value: integer `0`, expected a nonzero u32"),
        (r#"{"epoch":1,"shards":65,"topics":{}}"#, "65 shards, at most 64 are possible"),
        (
            r#"{"epoch":1,"shards":2,"topics":{"a":[0,2]}}"#,
            "partition 1 of topic a belongs to shard 2, there are 2",
        ),
    ];
    for (text, said) in rows {
        let error = serde_json::from_str::<Assignment>(text).unwrap_err().to_string();
        assert!(error.starts_with(said), "{error}");
    }
}
