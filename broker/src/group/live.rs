//! The groups that have members, who waits for an answer of theirs, and when they want to be looked at again.
//!
//! A group whose members are gone is dropped here as soon as what is kept of it on disk says all that it knows: it is
//! made again from that when somebody asks. So groups that nobody uses cost nothing.

use std::collections::{BTreeSet, HashMap};

use kafka_protocol::ResponseError;
use tokio::sync::oneshot;

use super::{
    machine::{Group, Standing},
    message::{Effect, JoinRefused, Joined, Synced, Ticket},
    offsets::Offsets,
};

type Waiting<T> = HashMap<Ticket, oneshot::Sender<T>>;

#[derive(Debug, Default)]
pub(super) struct Live {
    groups: HashMap<String, Place>,
    deadlines: BTreeSet<(u64, String)>,
    joins: Waiting<Result<Joined, JoinRefused>>,
    syncs: Waiting<Result<Synced, ResponseError>>,
    tickets: u64,
}

#[derive(Debug)]
struct Place {
    group: Group,
    /// What was handed in to be kept.
    noted: Standing,
    deadline: Option<u64>,
}

impl Live {
    /// Does something with a group and all that follows from it. Tells how the group stands if that is news.
    pub(super) fn act<T>(
        &mut self,
        id: &str,
        offsets: &Offsets,
        act: impl FnOnce(&mut Group, &mut Vec<Effect>) -> T,
    ) -> (T, Option<Standing>) {
        let mut place = self.groups.remove(id).unwrap_or_else(|| {
            let noted = offsets.standing(id);
            Place { group: Group::new(noted.clone()), noted, deadline: None }
        });
        let mut effects = Vec::new();
        let done = act(&mut place.group, &mut effects);
        for effect in effects {
            self.answer(effect);
        }

        self.expect(id, place.deadline, place.group.next_deadline());
        place.deadline = place.group.next_deadline();
        let standing = place.group.standing();
        let news = (standing != place.noted).then_some(standing.clone());
        if !(place.group.is_idle() && standing == offsets.standing(id)) {
            self.groups.insert(id.to_owned(), place);
        }
        (done, news)
    }

    /// The standing that [`Self::act`] told was handed in to be kept.
    pub(super) fn note(&mut self, id: &str, standing: Standing) {
        if let Some(place) = self.groups.get_mut(id) {
            place.noted = standing;
        }
    }

    /// Looks at a group without making it.
    pub(super) fn look(&self, id: &str) -> Option<&Group> {
        self.groups.get(id).map(|place| &place.group)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = (&str, &Group)> {
        self.groups.iter().map(|(id, place)| (id.as_str(), &place.group))
    }

    /// Drops a group that has no members.
    pub(super) fn drop_empty(&mut self, id: &str) {
        if let Some(place) = self.groups.remove(id) {
            self.expect(id, place.deadline, None);
        }
    }

    pub(super) fn ticket(&mut self) -> Ticket {
        self.tickets += 1;
        Ticket(self.tickets)
    }

    pub(super) fn wait_for_join(&mut self, ticket: Ticket) -> oneshot::Receiver<Result<Joined, JoinRefused>> {
        let (answer, waits) = oneshot::channel();
        self.joins.insert(ticket, answer);
        waits
    }

    pub(super) fn wait_for_sync(
        &mut self,
        ticket: Ticket,
    ) -> oneshot::Receiver<Result<Synced, ResponseError>> {
        let (answer, waits) = oneshot::channel();
        self.syncs.insert(ticket, answer);
        waits
    }

    /// When a group wants to be looked at next.
    pub(super) fn next_deadline(&self) -> Option<u64> {
        self.deadlines.first().map(|(deadline, _)| *deadline)
    }

    /// Which groups want to be looked at now.
    pub(super) fn due(&self, now: u64) -> Vec<String> {
        self.deadlines.iter().take_while(|(deadline, _)| *deadline <= now).map(|(_, id)| id.clone()).collect()
    }

    fn expect(&mut self, id: &str, before: Option<u64>, after: Option<u64>) {
        if before != after {
            before.map(|deadline| self.deadlines.remove(&(deadline, id.to_owned())));
            after.map(|deadline| self.deadlines.insert((deadline, id.to_owned())));
        }
    }

    fn answer(&mut self, effect: Effect) {
        // Who no longer waits has lost its connection; a group finds that out by its silence.
        match effect {
            Effect::Joined(ticket, answer) => {
                if let Some(waits) = self.joins.remove(&ticket) {
                    _ = waits.send(answer);
                }
            }
            Effect::Synced(ticket, answer) => {
                if let Some(waits) = self.syncs.remove(&ticket) {
                    _ = waits.send(answer);
                }
            }
        }
    }
}
