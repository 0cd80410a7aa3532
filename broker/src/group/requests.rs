//! What members ask of a group that they are in.

use std::collections::BTreeMap;

use bytes::Bytes;
use kafka_protocol::ResponseError;

use super::{
    machine::{Group, State},
    message::{Caller, Effect, Synced, Syncing, Ticket},
};

impl Group {
    /// A member asks for its share, the leader by bringing all of them.
    pub fn sync(&mut self, now: u64, ticket: Ticket, syncing: &Syncing, effects: &mut Vec<Effect>) {
        let Syncing { caller, assignments, .. } = syncing;
        let id = &caller.member_id;
        if let Err(error) = self.check_sync(syncing) {
            effects.push(Effect::Synced(ticket, Err(error)));
            return;
        }
        self.unsynced.remove(id);
        self.member(id).wait_for_sync(ticket, effects);
        let synced = Synced {
            protocol_type: self.protocol_type.clone(),
            protocol: self.protocol.clone(),
            assignment: Bytes::new(),
        };
        if self.state == State::Stable {
            self.member(id).answer_sync(now, &synced, effects);
        } else if self.leader.as_ref() == Some(id) {
            let shares: BTreeMap<&str, &Bytes> =
                assignments.iter().map(|(id, share)| (id.as_str(), share)).collect();
            for (id, member) in &mut self.members {
                // Copied, so that one small share does not keep the whole request in memory.
                member.assignment =
                    shares.get(id.as_str()).map_or_else(Bytes::new, |share| Bytes::copy_from_slice(share));
                member.answer_sync(now, &synced, effects);
            }
            self.state = State::Stable;
        }
    }

    fn check_sync(&self, syncing: &Syncing) -> Result<(), ResponseError> {
        self.check_caller(&syncing.caller)?;
        let differs = |said: &Option<String>, is: &Option<String>| said.is_some() && said != is;
        if differs(&syncing.protocol_type, &self.protocol_type) || differs(&syncing.protocol, &self.protocol)
        {
            return Err(ResponseError::InconsistentGroupProtocol);
        }
        match self.state {
            State::Empty => Err(ResponseError::UnknownMemberId),
            State::Preparing(_) => Err(ResponseError::RebalanceInProgress),
            State::Completing | State::Stable => Ok(()),
        }
    }

    /// A member is alive.
    pub fn heartbeat(&mut self, now: u64, caller: &Caller) -> Result<(), ResponseError> {
        self.check_caller(caller)?;
        self.member(&caller.member_id).heard(now);
        match self.state {
            State::Preparing(_) => Err(ResponseError::RebalanceInProgress),
            State::Empty | State::Completing | State::Stable => Ok(()),
        }
    }

    /// A member goes, or an operator removes a static one by its instance id alone.
    pub fn leave(
        &mut self,
        now: u64,
        member_id: &str,
        instance_id: Option<&str>,
        effects: &mut Vec<Effect>,
    ) -> Result<(), ResponseError> {
        let id = match instance_id.filter(|_| member_id.is_empty()) {
            Some(instance) => self.instances.get(instance).ok_or(ResponseError::UnknownMemberId)?.clone(),
            None => member_id.to_owned(),
        };
        if self.pending.remove(&id).is_some() {
            self.advance(now, effects);
            return Ok(());
        }
        self.check_member(&id, instance_id)?;
        self.drop_members(now, &[id], effects);
        Ok(())
    }

    /// Whether somebody may commit offsets: a member of this generation, or anybody while there are no members.
    pub fn may_commit(&mut self, now: u64, caller: &Caller) -> Result<(), ResponseError> {
        if caller.generation < 0 && self.state == State::Empty {
            return Ok(());
        }
        self.check_caller(caller)?;
        self.member(&caller.member_id).heard(now);
        // While a rebalance is prepared the old shares hold, and committing them is what members do before they join.
        match self.state {
            State::Completing => Err(ResponseError::RebalanceInProgress),
            State::Empty | State::Preparing(_) | State::Stable => Ok(()),
        }
    }

    fn check_caller(&self, caller: &Caller) -> Result<(), ResponseError> {
        self.check_member(&caller.member_id, caller.instance_id.as_deref())?;
        if caller.generation == self.generation { Ok(()) } else { Err(ResponseError::IllegalGeneration) }
    }

    pub(super) fn check_member(&self, id: &str, instance: Option<&str>) -> Result<(), ResponseError> {
        match instance.map(|instance| self.instances.get(instance)) {
            Some(Some(current)) if current != id => Err(ResponseError::FencedInstanceId),
            Some(None) => Err(ResponseError::UnknownMemberId),
            _ if !self.members.contains_key(id) => Err(ResponseError::UnknownMemberId),
            _ => Ok(()),
        }
    }
}
