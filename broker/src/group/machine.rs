//! A consumer group of the classic protocol as a state machine: no I/O, no clock, no tasks.
//!
//! ```text
//! Empty ──join──▶ PreparingRebalance ──all joined, or time is up──▶ CompletingRebalance ──leader syncs──▶ Stable
//!   ▲                 │          ▲                                          │                              │
//!   └──nobody is left─┘          └─── somebody comes, goes, changes ────────┴──────────────────────────────┘
//! ```
//!
//! Time is passed in, in milliseconds that never go back. Requests that wait have a ticket; each is answered by one
//! effect, at the latest when the deadlines that [`Group::next_deadline`] tells have passed.
//!
//! Invariants: a generation starts only when its members are known, and generations only grow; a share is given out
//! only for the generation it was made for; of an instance id one member at a time is known.
//!
//! What members say of themselves and get assigned is opaque here. A group that is gone is not a state of its own:
//! whoever keeps groups forgets it.

use std::collections::{BTreeMap, BTreeSet};

use kafka_protocol::ResponseError;

use super::{
    member::Member,
    message::{Described, DescribedMember, Effect, Joined, JoinedMember},
    subscription,
};

/// The protocol type of consumers.
pub const CONSUMER: &str = "consumer";
/// When nobody joined again, the group waits at least that long for the sessions to run out.
const NOBODY_CAME: u64 = 1000;

/// What a group allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// The shortest session timeout, in milliseconds.
    pub session_timeout_min: u64,
    /// The longest session timeout, in milliseconds.
    pub session_timeout_max: u64,
    /// How long an empty group waits for more members after its first, in milliseconds.
    pub initial_delay: u64,
    /// How many members a group has at most.
    pub members_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            session_timeout_min: 6000,
            session_timeout_max: 1_800_000,
            initial_delay: 0,
            members_max: 1000,
        }
    }
}

/// What of a group outlives its members, and the process.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Standing {
    /// How many generations it has had.
    pub generation: i32,
    /// The kind of group, if a member ever told.
    pub protocol_type: Option<String>,
    /// Whether it has no members.
    pub is_empty: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum State {
    Empty,
    Preparing(Rebalance),
    Completing,
    Stable,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rebalance {
    pub(super) deadline: u64,
    /// Set for the first members of an empty group, who wait for more.
    pub(super) initial: Option<Initial>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Initial {
    /// By how much it may still be put off.
    room: u64,
    /// Each time by so much.
    delay: u64,
    /// Whether somebody came since it was put off last.
    pub(super) has_grown: bool,
}

/// A consumer group.
#[derive(Debug)]
pub struct Group {
    pub(super) state: State,
    pub(super) generation: i32,
    pub(super) protocol_type: Option<String>,
    pub(super) protocol: Option<String>,
    pub(super) leader: Option<String>,
    pub(super) members: BTreeMap<String, Member>,
    /// Which member has an instance id.
    pub(super) instances: BTreeMap<String, String>,
    /// Who was sent back with an id, and until when it may come back with it.
    pub(super) pending: BTreeMap<String, u64>,
    /// Who has not asked for its share of this generation.
    pub(super) unsynced: BTreeSet<String>,
    /// When those are dropped.
    pub(super) sync_deadline: u64,
}

impl Group {
    /// A group without members that continues where it stood.
    pub fn new(standing: Standing) -> Self {
        Self {
            state: State::Empty,
            generation: standing.generation,
            protocol_type: standing.protocol_type,
            protocol: None,
            leader: None,
            members: BTreeMap::new(),
            instances: BTreeMap::new(),
            pending: BTreeMap::new(),
            unsynced: BTreeSet::new(),
            sync_deadline: 0,
        }
    }

    /// What of it is to be kept.
    pub fn standing(&self) -> Standing {
        Standing {
            generation: self.generation,
            protocol_type: self.protocol_type.clone(),
            is_empty: self.state == State::Empty,
        }
    }

    /// Whether nobody is in it or about to be.
    pub fn is_idle(&self) -> bool {
        self.state == State::Empty && self.pending.is_empty()
    }

    /// What it is doing, by the protocol's names.
    pub fn state(&self) -> &'static str {
        match self.state {
            State::Empty => "Empty",
            State::Preparing(_) => "PreparingRebalance",
            State::Completing => "CompletingRebalance",
            State::Stable => "Stable",
        }
    }

    /// Whether its members have to be asked before somebody touches the offsets of a topic. `None` for a group whose
    /// members do not say what they read.
    pub fn reads(&self, topic: &str) -> Option<bool> {
        if self.state == State::Empty {
            return Some(false);
        }
        if self.protocol_type.as_deref() != Some(CONSUMER) {
            return None;
        }
        let mut said = self.members.values().flat_map(|member| &member.protocols);
        // What cannot be read may name any topic.
        Some(said.any(|protocol| subscription::names(&protocol.metadata, topic).unwrap_or(true)))
    }

    /// The group as an operator sees it.
    pub fn describe(&self) -> Described {
        let protocol = self.protocol.as_deref().filter(|_| self.state == State::Stable).unwrap_or_default();
        let members = self.members.iter().map(|(id, member)| DescribedMember {
            member_id: id.clone(),
            instance_id: member.instance_id.clone(),
            client_id: member.client_id.clone(),
            client_host: member.client_host.clone(),
            metadata: member.metadata(protocol),
            assignment: member.assignment.clone(),
        });
        Described {
            state: self.state(),
            protocol_type: self.protocol_type.clone().unwrap_or_default(),
            protocol: protocol.to_owned(),
            members: members.collect(),
        }
    }

    /// When [`Self::tick`] has something to do next.
    pub fn next_deadline(&self) -> Option<u64> {
        let rebalance = match &self.state {
            State::Preparing(rebalance) => Some(rebalance.deadline),
            _ => None,
        };
        let sync = (!self.unsynced.is_empty()).then_some(self.sync_deadline);
        let members = self.members.values().filter_map(Member::deadline);
        members.chain(self.pending.values().copied()).chain(rebalance).chain(sync).min()
    }

    /// Does what is due.
    pub fn tick(&mut self, now: u64, effects: &mut Vec<Effect>) {
        self.pending.retain(|_, deadline| *deadline > now);
        let silent = self.members.iter().filter(|(_, member)| member.deadline().is_some_and(|at| at <= now));
        let silent: Vec<String> = silent.map(|(id, _)| id.clone()).collect();
        self.drop_members(now, &silent, effects);
        if !self.unsynced.is_empty() && self.sync_deadline <= now {
            let unsynced: Vec<String> = self.unsynced.iter().cloned().collect();
            self.drop_members(now, &unsynced, effects);
        }
        self.advance(now, effects);
    }

    /// Removes members, and has the others share anew if there was something to share.
    pub(super) fn drop_members(&mut self, now: u64, ids: &[String], effects: &mut Vec<Effect>) {
        for id in ids {
            self.remove(id, effects);
        }
        if !ids.is_empty() && matches!(self.state, State::Stable | State::Completing) {
            self.prepare(now, 0, effects);
        }
        self.advance(now, effects);
    }

    fn remove(&mut self, id: &str, effects: &mut Vec<Effect>) {
        let Some(mut member) = self.members.remove(id) else { return };
        member.dismiss(ResponseError::UnknownMemberId, effects);
        if let Some(instance) = &member.instance_id {
            self.instances.remove(instance);
        }
        self.unsynced.remove(id);
        if self.leader.as_deref() == Some(id) {
            self.leader = self.members.keys().next().cloned();
        }
    }

    /// Starts a rebalance, unless one is being prepared.
    pub(super) fn prepare(&mut self, now: u64, initial_delay: u64, effects: &mut Vec<Effect>) {
        let timeout = self.rebalance_timeout();
        let rebalance = match self.state {
            State::Preparing(_) => return,
            State::Empty => {
                let room = timeout.saturating_sub(initial_delay);
                let initial = Initial { room, delay: initial_delay, has_grown: false };
                Rebalance { deadline: now + initial_delay, initial: Some(initial) }
            }
            State::Completing | State::Stable => Rebalance { deadline: now + timeout, initial: None },
        };
        if self.state == State::Completing {
            self.members.values_mut().for_each(|member| member.start_over(now, effects));
        }
        self.unsynced.clear();
        self.state = State::Preparing(rebalance);
    }

    /// Ends the preparation if all have joined or time is up.
    pub(super) fn advance(&mut self, now: u64, effects: &mut Vec<Effect>) {
        let State::Preparing(rebalance) = &mut self.state else { return };
        let is_due = rebalance.deadline <= now;
        if let Some(initial) = &mut rebalance.initial {
            let delay = initial.delay.min(initial.room);
            if is_due && initial.has_grown && delay > 0 {
                initial.has_grown = false;
                initial.room -= delay;
                rebalance.deadline = now + delay;
            } else if is_due {
                self.start_generation(now, effects);
            }
            return;
        }
        let all_joined = self.pending.is_empty() && self.members.values().all(Member::is_joining);
        if is_due || all_joined {
            self.start_generation(now, effects);
        }
    }

    fn start_generation(&mut self, now: u64, effects: &mut Vec<Effect>) {
        // A static member may be away for as long as its session; a dynamic one had its time.
        let gone =
            self.members.iter().filter(|(_, member)| !member.is_joining() && member.instance_id.is_none());
        let gone: Vec<String> = gone.map(|(id, _)| id.clone()).collect();
        for id in &gone {
            self.remove(id, effects);
        }

        if !self.members.is_empty() && !self.has_leader_that_joined() {
            let deadline = now + self.rebalance_timeout().max(NOBODY_CAME);
            self.state = State::Preparing(Rebalance { deadline, initial: None });
            return;
        }
        self.generation = self.generation.saturating_add(1);
        if self.members.is_empty() {
            self.protocol = None;
            self.state = State::Empty;
            return;
        }
        self.protocol = self.elect_protocol();
        self.state = State::Completing;
        self.unsynced = self.members.keys().cloned().collect();
        self.sync_deadline = now + self.rebalance_timeout();
        for id in self.unsynced.clone() {
            let joined = self.joined(&id);
            self.member(&id).answer_join(now, joined, effects);
        }
    }

    /// A leader that did not come loses its office to one that did.
    fn has_leader_that_joined(&mut self) -> bool {
        let joined = |id: &String| self.members.get(id).is_some_and(Member::is_joining);
        if !self.leader.as_ref().is_some_and(joined) {
            let Some(other) = self.members.keys().find(|id| joined(id)) else { return false };
            self.leader = Some(other.clone());
        }
        true
    }

    /// The protocol that most members like best among those that all know; the leader's order decides a tie.
    pub(super) fn elect_protocol(&self) -> Option<String> {
        let in_common = |name: &str| self.members.values().all(|member| member.knows(name));
        let mut votes: BTreeMap<&str, usize> = BTreeMap::new();
        for member in self.members.values() {
            let choice = member.protocols.iter().find(|protocol| in_common(&protocol.name));
            *votes.entry(&choice?.name).or_default() += 1;
        }
        let order = &self.members.get(self.leader.as_ref()?)?.protocols;
        let place = |name: &str| order.iter().position(|protocol| protocol.name == name);
        let winner = votes.into_iter().max_by_key(|(name, votes)| (*votes, std::cmp::Reverse(place(name))));
        winner.map(|(name, _)| name.to_owned())
    }

    /// Whether one with these protocols has one in common with all members.
    pub(super) fn gets_along<'a>(&self, kind: &str, mut protocols: impl Iterator<Item = &'a str>) -> bool {
        if self.members.is_empty() {
            return !kind.is_empty() && protocols.next().is_some();
        }
        let in_common = |name: &str| self.members.values().all(|member| member.knows(name));
        self.protocol_type.as_deref() == Some(kind) && protocols.any(in_common)
    }

    /// What a member hears that has joined this generation.
    pub(super) fn joined(&self, id: &str) -> Joined {
        let is_leader = self.leader.as_deref() == Some(id);
        Joined {
            member_id: id.to_owned(),
            generation: self.generation,
            protocol_type: self.protocol_type.clone(),
            protocol: self.protocol.clone(),
            leader: self.leader.clone().unwrap_or_default(),
            skip_assignment: false,
            members: if is_leader { self.roll() } else { Vec::new() },
        }
    }

    fn roll(&self) -> Vec<JoinedMember> {
        let protocol = self.protocol.as_deref().unwrap_or_default();
        let joined = self.members.iter().map(|(id, member)| JoinedMember {
            member_id: id.clone(),
            instance_id: member.instance_id.clone(),
            metadata: member.metadata(protocol),
        });
        joined.collect()
    }

    pub(super) fn member(&mut self, id: &str) -> &mut Member {
        self.members.get_mut(id).expect("because it was found to be a member")
    }

    fn rebalance_timeout(&self) -> u64 {
        self.members.values().map(|member| member.rebalance_timeout).max().unwrap_or_default()
    }
}
