//! How far groups have come: committed offsets, and what of a group outlives its members. No I/O and no clock.
//!
//! All state is what entries made of it, one after the other; [`Offsets::entries`] says it again in as few as
//! possible. Times are milliseconds since 1970, because they outlive the process.
//!
//! Whether somebody may commit is not decided here, but by [`super::Group::may_commit`].

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::machine::Standing;

/// A change that is to be kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Entry {
    /// An offset was committed.
    Committed(Place, Committed),
    /// A committed offset was deleted or has expired.
    Forgotten(Place),
    /// A group got or lost its members, or began another generation.
    Stands {
        /// Which group.
        group: String,
        /// How many generations it has had.
        generation: i32,
        /// The kind of group, if a member ever told.
        protocol_type: Option<String>,
        /// Since when it has no members.
        empty_since: Option<i64>,
    },
    /// A group was deleted with all its offsets.
    Deleted {
        /// Which group.
        group: String,
    },
}

/// What an offset is committed for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// By which group.
    pub group: String,
    /// In which topic.
    pub topic: String,
    /// In which partition.
    pub partition: i32,
}

/// A committed offset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Committed {
    /// Where to read on.
    pub offset: i64,
    /// The leader's epoch of the last record that was read, or -1.
    pub epoch: i32,
    /// The client's own note.
    pub note: String,
    /// When it was committed.
    pub at: i64,
    /// When it expires, if the client said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<i64>,
}

/// What members mean for the expiry of an offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// The group has members, and they may read the topic.
    Now,
    /// The group has members that read other topics.
    OtherTopics,
    /// The group has no members.
    Nobody,
}

/// The committed offsets of all groups.
#[derive(Debug, Default)]
pub struct Offsets {
    groups: BTreeMap<String, Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    generation: i32,
    protocol_type: Option<String>,
    empty_since: Option<i64>,
    topics: BTreeMap<String, BTreeMap<i32, Committed>>,
}

impl Offsets {
    /// What entries say that were read after a start: groups that had members then have none since `now`.
    pub fn read(entries: Vec<Entry>, now: i64) -> Self {
        let mut offsets = Self::default();
        for entry in entries {
            offsets.apply(entry);
        }
        for kept in offsets.groups.values_mut() {
            kept.empty_since.get_or_insert(now);
        }
        offsets
    }

    /// Takes a change that is on disk.
    pub fn apply(&mut self, entry: Entry) {
        match entry {
            Entry::Committed(Place { group, topic, partition }, committed) => {
                let topics = &mut self.groups.entry(group).or_default().topics;
                topics.entry(topic).or_default().insert(partition, committed);
            }
            Entry::Forgotten(place) => self.forget(&place),
            Entry::Stands { group, generation, protocol_type, empty_since } => {
                let kept = self.groups.entry(group).or_default();
                *kept =
                    Kept { generation, protocol_type, empty_since, topics: std::mem::take(&mut kept.topics) };
            }
            Entry::Deleted { group } => _ = self.groups.remove(&group),
        }
    }

    fn forget(&mut self, place: &Place) {
        let Some(kept) = self.groups.get_mut(&place.group) else { return };
        let Some(partitions) = kept.topics.get_mut(&place.topic) else { return };
        partitions.remove(&place.partition);
        if partitions.is_empty() {
            kept.topics.remove(&place.topic);
        }
    }

    /// All there is, as entries.
    pub fn entries(&self) -> impl Iterator<Item = Entry> {
        self.groups.iter().flat_map(|(group, kept)| {
            let stands = Entry::Stands {
                group: group.clone(),
                generation: kept.generation,
                protocol_type: kept.protocol_type.clone(),
                empty_since: kept.empty_since,
            };
            let committed =
                kept.places(group).map(|(place, committed)| Entry::Committed(place, committed.clone()));
            std::iter::once(stands).chain(committed)
        })
    }

    /// Whether anything is known of a group.
    pub fn knows(&self, group: &str) -> bool {
        self.groups.contains_key(group)
    }

    /// All groups.
    pub fn groups(&self) -> impl Iterator<Item = &str> {
        self.groups.keys().map(String::as_str)
    }

    /// Where a group stood that has no members now.
    pub fn standing(&self, group: &str) -> Standing {
        let kept = self.groups.get(group);
        Standing {
            generation: kept.map_or(0, |kept| kept.generation),
            protocol_type: kept.and_then(|kept| kept.protocol_type.clone()),
            is_empty: true,
        }
    }

    /// What a group committed for a partition.
    pub fn committed(&self, group: &str, topic: &str, partition: i32) -> Option<&Committed> {
        self.groups.get(group)?.topics.get(topic)?.get(&partition)
    }

    /// All that a group committed, by topic and partition.
    pub fn all_committed(&self, group: &str) -> impl Iterator<Item = (&str, i32, &Committed)> {
        self.groups.get(group).into_iter().flat_map(|kept| {
            kept.topics.iter().flat_map(|(topic, partitions)| {
                partitions.iter().map(|(partition, committed)| (topic.as_str(), *partition, committed))
            })
        })
    }

    /// What to forget of the topics for which `gone` says so.
    pub fn of_topics(&self, gone: impl Fn(&str) -> bool) -> Vec<Entry> {
        let all = self.groups.iter().flat_map(|(group, kept)| kept.places(group));
        all.filter(|(place, _)| gone(&place.topic)).map(|(place, _)| Entry::Forgotten(place)).collect()
    }

    /// What to forget because it is older than `retention`: of groups that had members from when the last one went,
    /// of others from the commit. Groups of which nothing is left go as well.
    pub fn expired(&self, now: i64, retention: i64, reading: impl Fn(&str, &str) -> Reading) -> Vec<Entry> {
        let mut gone = Vec::new();
        for (group, kept) in &self.groups {
            let expired: Vec<Place> = kept
                .places(group)
                .filter(|(place, committed)| match (committed.expires, reading(group, &place.topic)) {
                    (_, Reading::Now) => false,
                    (Some(expires), _) => expires <= now,
                    (None, reading) => kept.counts_from(committed, reading) <= now.saturating_sub(retention),
                })
                .map(|(place, _)| place)
                .collect();
            let is_left = kept.places(group).count() > expired.len();
            if is_left || reading(group, "") != Reading::Nobody {
                gone.extend(expired.into_iter().map(Entry::Forgotten));
            } else {
                gone.push(Entry::Deleted { group: group.clone() });
            }
        }
        gone
    }
}

impl Kept {
    fn places(&self, group: &str) -> impl Iterator<Item = (Place, &Committed)> {
        self.topics.iter().flat_map(move |(topic, partitions)| {
            partitions.iter().map(move |(partition, committed)| {
                (Place { group: group.to_owned(), topic: topic.clone(), partition: *partition }, committed)
            })
        })
    }

    /// Since when an offset of no use to anybody is kept.
    fn counts_from(&self, committed: &Committed, reading: Reading) -> i64 {
        let had_members = self.protocol_type.is_some() && reading == Reading::Nobody;
        let empty_since = self.empty_since.filter(|_| had_members);
        empty_since.map_or(committed.at, |since| since.max(committed.at))
    }
}
