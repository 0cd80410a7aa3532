//! A member of a group, and what it still waits for.

use bytes::Bytes;
use kafka_protocol::ResponseError;

use super::message::{Effect, JoinRefused, Joined, Joining, Protocol, Synced, Ticket};

/// How long one that is new may wait in its first join. It cannot send heartbeats, and one that lost its patience
/// and its connection would otherwise stay for ever.
const NEW_MEMBER_PATIENCE: u64 = 5 * 60 * 1000;

#[derive(Debug)]
pub(super) struct Member {
    pub(super) instance_id: Option<String>,
    pub(super) client_id: String,
    pub(super) client_host: String,
    pub(super) session_timeout: u64,
    pub(super) rebalance_timeout: u64,
    pub(super) protocols: Vec<Protocol>,
    pub(super) assignment: Bytes,
    joining: Option<Ticket>,
    syncing: Option<Ticket>,
    /// It never had an answer to a join.
    is_new: bool,
    /// When it is dropped unless something is heard of it.
    expires: u64,
}

impl Member {
    pub(super) fn new(now: u64, joining: Joining, ticket: Ticket) -> Self {
        Self {
            instance_id: joining.instance_id,
            client_id: joining.client_id,
            client_host: joining.client_host,
            session_timeout: joining.session_timeout,
            rebalance_timeout: joining.rebalance_timeout,
            protocols: joining.protocols,
            assignment: Bytes::new(),
            joining: Some(ticket),
            syncing: None,
            is_new: true,
            expires: now + NEW_MEMBER_PATIENCE,
        }
    }

    /// Takes what it says of itself when it joins again.
    pub(super) fn update(&mut self, joining: Joining, ticket: Ticket, effects: &mut Vec<Effect>) {
        self.session_timeout = joining.session_timeout;
        self.rebalance_timeout = joining.rebalance_timeout;
        self.protocols = joining.protocols;
        self.client_id = joining.client_id;
        self.client_host = joining.client_host;
        // It asked once more before it was answered: whoever waits for the first answer shall try again.
        self.refuse_join(ResponseError::RebalanceInProgress, effects);
        self.joining = Some(ticket);
    }

    pub(super) fn knows(&self, protocol: &str) -> bool {
        self.protocols.iter().any(|known| known.name == protocol)
    }

    pub(super) fn metadata(&self, protocol: &str) -> Bytes {
        let known = self.protocols.iter().find(|known| known.name == protocol);
        known.map_or_else(Bytes::new, |known| known.metadata.clone())
    }

    pub(super) fn is_joining(&self) -> bool {
        self.joining.is_some()
    }

    pub(super) fn heard(&mut self, now: u64) {
        self.expires = now + self.session_timeout;
    }

    /// When it is dropped. One that waits for the others is not, except in its first join.
    pub(super) fn deadline(&self) -> Option<u64> {
        let waits = self.joining.is_some() || self.syncing.is_some();
        (self.is_new || !waits).then_some(self.expires)
    }

    pub(super) fn answer_join(&mut self, now: u64, joined: Joined, effects: &mut Vec<Effect>) {
        if let Some(ticket) = self.joining.take() {
            effects.push(Effect::Joined(ticket, Ok(joined)));
        }
        self.is_new = false;
        self.heard(now);
    }

    pub(super) fn wait_for_sync(&mut self, ticket: Ticket, effects: &mut Vec<Effect>) {
        self.refuse_sync(ResponseError::RebalanceInProgress, effects);
        self.syncing = Some(ticket);
    }

    /// Answers with its share if it waits for it.
    pub(super) fn answer_sync(&mut self, now: u64, synced: &Synced, effects: &mut Vec<Effect>) {
        if let Some(ticket) = self.syncing.take() {
            let synced = Synced { assignment: self.assignment.clone(), ..synced.clone() };
            effects.push(Effect::Synced(ticket, Ok(synced)));
            self.heard(now);
        }
    }

    /// The rebalance that it waited for is overtaken by another.
    pub(super) fn start_over(&mut self, now: u64, effects: &mut Vec<Effect>) {
        self.assignment = Bytes::new();
        if self.syncing.is_some() {
            self.heard(now);
        }
        self.refuse_sync(ResponseError::RebalanceInProgress, effects);
    }

    /// Answers whatever it waits for, because it is no longer a member.
    pub(super) fn dismiss(&mut self, error: ResponseError, effects: &mut Vec<Effect>) {
        self.refuse_join(error, effects);
        self.refuse_sync(error, effects);
    }

    fn refuse_join(&mut self, error: ResponseError, effects: &mut Vec<Effect>) {
        if let Some(ticket) = self.joining.take() {
            effects.push(Effect::Joined(ticket, Err(JoinRefused { error, member_id: String::new() })));
        }
    }

    fn refuse_sync(&mut self, error: ResponseError, effects: &mut Vec<Effect>) {
        if let Some(ticket) = self.syncing.take() {
            effects.push(Effect::Synced(ticket, Err(error)));
        }
    }
}
