//! How members come into a group.

use kafka_protocol::ResponseError;

use super::{
    machine::{Group, Limits, State},
    member::Member,
    message::{Effect, JoinRefused, Joining, Ticket},
};

impl Group {
    /// Somebody asks to join, for the first time or again.
    pub fn join(
        &mut self,
        now: u64,
        ticket: Ticket,
        joining: Joining,
        limits: &Limits,
        effects: &mut Vec<Effect>,
    ) {
        match self.admit(&joining, limits) {
            Err(refused) => effects.push(Effect::Joined(ticket, Err(refused))),
            Ok(Admission::SendBack) => {
                self.pending.insert(joining.fresh_id.clone(), now + joining.session_timeout);
                let refused =
                    JoinRefused { error: ResponseError::MemberIdRequired, member_id: joining.fresh_id };
                effects.push(Effect::Joined(ticket, Err(refused)));
            }
            Ok(Admission::Add(id)) => self.add(now, ticket, id, joining, limits, effects),
            Ok(Admission::Return { old }) => self.take_back(now, ticket, &old, joining, effects),
            Ok(Admission::Rejoin) => self.rejoin(now, ticket, joining, effects),
        }
        self.advance(now, effects);
    }

    /// Decides without changing anything.
    fn admit(&self, joining: &Joining, limits: &Limits) -> Result<Admission, JoinRefused> {
        let refuse = |error| Err(JoinRefused { error, member_id: joining.member_id.clone() });
        let allowed = limits.session_timeout_min..=limits.session_timeout_max;
        if !allowed.contains(&joining.session_timeout) {
            return refuse(ResponseError::InvalidSessionTimeout);
        }
        let id = &joining.member_id;
        let instance = joining.instance_id.as_deref();
        let returns = instance.filter(|_| id.is_empty()).and_then(|instance| self.instances.get(instance));
        let is_pending = self.pending.contains_key(id);
        let is_counted = returns.is_some() || is_pending || self.members.contains_key(id);
        if !is_counted && self.members.len() + self.pending.len() >= limits.members_max {
            return refuse(ResponseError::GroupMaxSizeReached);
        }
        let names = joining.protocols.iter().map(|protocol| protocol.name.as_str());
        if !self.gets_along(&joining.protocol_type, names) {
            return refuse(ResponseError::InconsistentGroupProtocol);
        }
        match returns {
            Some(old) => Ok(Admission::Return { old: old.clone() }),
            None if id.is_empty() && instance.is_none() && joining.needs_member_id => Ok(Admission::SendBack),
            None if id.is_empty() => Ok(Admission::Add(joining.fresh_id.clone())),
            // An id that was handed out to a dynamic member does not become a static one's.
            None if is_pending && instance.is_none() => Ok(Admission::Add(id.clone())),
            None => self.check_member(id, instance).map(|()| Admission::Rejoin).or_else(refuse),
        }
    }

    fn add(
        &mut self,
        now: u64,
        ticket: Ticket,
        id: String,
        joining: Joining,
        limits: &Limits,
        effects: &mut Vec<Effect>,
    ) {
        if let State::Preparing(rebalance) = &mut self.state
            && let Some(initial) = &mut rebalance.initial
        {
            initial.has_grown = true;
        }
        self.pending.remove(&id);
        if self.members.is_empty() {
            self.protocol_type = Some(joining.protocol_type.clone());
        }
        if let Some(instance) = &joining.instance_id {
            self.instances.insert(instance.clone(), id.clone());
        }
        self.leader.get_or_insert_with(|| id.clone());
        self.members.insert(id, Member::new(now, joining, ticket));
        self.prepare(now, limits.initial_delay, effects);
    }

    /// A static member is back under a new id, and whoever still uses the old one is fenced.
    fn take_back(
        &mut self,
        now: u64,
        ticket: Ticket,
        old: &str,
        joining: Joining,
        effects: &mut Vec<Effect>,
    ) {
        let new = joining.fresh_id.clone();
        let can_skip_assignment = joining.can_skip_assignment;
        let leader_before = self.leader.clone().unwrap_or_default();
        let mut member = self.members.remove(old).expect("because an instance id names a member");
        member.dismiss(ResponseError::FencedInstanceId, effects);
        member.heard(now);
        self.instances.extend(joining.instance_id.clone().map(|instance| (instance, new.clone())));
        member.update(joining, ticket, effects);
        self.members.insert(new.clone(), member);
        if self.leader.as_deref() == Some(old) {
            self.leader = Some(new.clone());
        }
        if self.unsynced.remove(old) {
            self.unsynced.insert(new.clone());
        }
        match self.state {
            State::Stable if self.elect_protocol() == self.protocol => {
                let mut joined = self.joined(&new);
                if can_skip_assignment {
                    joined.skip_assignment = joined.leader == new;
                } else {
                    // Its clients do not know how to lead without sharing out, and a stable group would not heed
                    // what they share out. So it is not told that it leads.
                    joined.leader = leader_before;
                    joined.members.clear();
                }
                self.member(&new).answer_join(now, joined, effects);
            }
            // The leader may be sharing out to the old id.
            State::Stable | State::Completing => self.prepare(now, 0, effects),
            State::Preparing(_) | State::Empty => {}
        }
    }

    fn rejoin(&mut self, now: u64, ticket: Ticket, joining: Joining, effects: &mut Vec<Effect>) {
        let id = joining.member_id.clone();
        let is_leader = self.leader.as_ref() == Some(&id);
        let is_same = self.member(&id).protocols == joining.protocols;
        let only_missed_the_answer = match self.state {
            State::Completing => is_same,
            // A leader joins again because something changed that only it sees, such as new partitions.
            State::Stable => is_same && !is_leader,
            State::Preparing(_) | State::Empty => false,
        };
        self.member(&id).update(joining, ticket, effects);
        if only_missed_the_answer {
            let joined = self.joined(&id);
            self.member(&id).answer_join(now, joined, effects);
        } else {
            self.prepare(now, 0, effects);
        }
    }
}

enum Admission {
    /// It is to come back with the id it gets.
    SendBack,
    /// It becomes a member under this id.
    Add(String),
    /// It takes the place of this member, which had its instance id.
    Return { old: String },
    /// It is a member.
    Rejoin,
}
