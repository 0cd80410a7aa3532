//! Random clients against what a group promises, whatever they do.

use std::collections::BTreeMap;

use bytes::Bytes;
use kafka_protocol::ResponseError;
use proptest::prelude::*;

use super::{caller, joining, protocol, syncing};
use crate::group::{Caller, Effect, Group, Joined, Joining, Limits, Standing, Synced, Ticket};

const CLIENTS: usize = 4;
const SESSION: u64 = 6000;
const REBALANCE: u64 = 9000;
const INITIAL_DELAY: u64 = 300;

#[derive(Debug, Clone, Copy)]
enum Action {
    /// What a client in its right mind does next.
    Sensible(usize),
    /// All but one do.
    AllButOne(usize),
    /// With one of several things to say of itself, and as a client that knows more or less of the protocol.
    Join {
        client: usize,
        says: usize,
        is_modern: bool,
    },
    Sync(usize),
    Beat(usize),
    Commit(usize),
    /// One that was thought dead commits.
    CommitOfGhost(usize),
    Leave(usize),
    /// It forgets all, and its requests.
    Crash(usize),
    RemoveByName(usize),
    Pass(u64),
}

fn action() -> impl Strategy<Value = Action> {
    let client = 0..CLIENTS;
    prop_oneof![
        12 => client.clone().prop_map(Action::Sensible),
        12 => client.clone().prop_map(Action::AllButOne),
        2 => (client.clone(), 0..3_usize, any::<bool>())
            .prop_map(|(client, says, is_modern)| Action::Join { client, says, is_modern }),
        2 => client.clone().prop_map(Action::Sync),
        2 => client.clone().prop_map(Action::Beat),
        3 => client.clone().prop_map(Action::Commit),
        2 => (0..64_usize).prop_map(Action::CommitOfGhost),
        1 => client.clone().prop_map(Action::Leave),
        2 => client.clone().prop_map(Action::Crash),
        1 => client.prop_map(Action::RemoveByName),
        4 => prop_oneof![1..500_u64, 500..4000_u64, Just(REBALANCE)].prop_map(Action::Pass),
    ]
}

#[derive(Debug, Default)]
struct Client {
    next: Next,
    member_id: String,
    generation: i32,
    /// As leader, whom it shares out to.
    roll: Vec<String>,
    /// Counts its lives: an answer to an earlier one is lost.
    life: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Default)]
enum Next {
    #[default]
    Join,
    Sync,
    Beat,
}

struct Asked {
    client: usize,
    life: u32,
    at: u64,
    /// With a sync, what the leader shared out.
    shares: Vec<(String, Bytes)>,
}

struct World {
    group: Group,
    limits: Limits,
    now: u64,
    tickets: u64,
    fresh: u32,
    clients: [Client; CLIENTS],
    open: BTreeMap<Ticket, Asked>,
    /// Everybody who ever believed to be a member.
    ghosts: Vec<Caller>,
    /// The shares of the generation.
    shares: BTreeMap<String, Bytes>,
    shared_generation: i32,
    generation: i32,
}

impl World {
    fn new(members_max: usize) -> Self {
        Self {
            group: Group::new(Standing::default()),
            limits: Limits { initial_delay: INITIAL_DELAY, members_max, ..Limits::default() },
            now: 0,
            tickets: 0,
            fresh: 0,
            clients: <[Client; CLIENTS]>::default(),
            open: BTreeMap::new(),
            ghosts: Vec::new(),
            shares: BTreeMap::new(),
            shared_generation: 0,
            generation: 0,
        }
    }

    /// The second half of the clients are static members.
    fn instance(client: usize) -> Option<String> {
        (client >= CLIENTS / 2).then(|| format!("i{client}"))
    }

    fn caller(&self, client: usize) -> Caller {
        let Client { member_id, generation, .. } = &self.clients[client];
        Caller { instance_id: Self::instance(client), ..caller(member_id, *generation) }
    }

    fn ticket(&mut self, client: usize, shares: Vec<(String, Bytes)>) -> Ticket {
        self.tickets += 1;
        let ticket = Ticket(self.tickets);
        let asked = Asked { client, life: self.clients[client].life, at: self.now, shares };
        self.open.insert(ticket, asked);
        ticket
    }

    fn act(&mut self, action: Action) {
        let mut effects = Vec::new();
        match action {
            Action::Sensible(client) => self.sensible(client),
            Action::AllButOne(one) => {
                (0..CLIENTS).filter(|client| *client != one).for_each(|client| self.sensible(client));
            }
            Action::Join { client, says, is_modern } => {
                self.fresh += 1;
                let [this, that] = [&b"this"[..], b"that"];
                let mut joining = Joining {
                    instance_id: Self::instance(client),
                    session_timeout: SESSION,
                    rebalance_timeout: REBALANCE,
                    needs_member_id: is_modern,
                    can_skip_assignment: is_modern,
                    ..joining(&self.clients[client].member_id, &format!("m{}", self.fresh))
                };
                joining.protocols[0] = protocol("range", if says == 0 { this } else { that });
                if says == 2 {
                    joining.protocols.reverse();
                }
                let ticket = self.ticket(client, Vec::new());
                self.group.join(self.now, ticket, joining, &self.limits, &mut effects);
            }
            Action::Sync(client) => {
                let Client { member_id, generation, roll, .. } = &self.clients[client];
                let roll: Vec<&str> = roll.iter().map(String::as_str).collect();
                let mut syncing = syncing(member_id, *generation, &roll);
                syncing.caller = self.caller(client);
                let ticket = self.ticket(client, syncing.assignments.clone());
                self.group.sync(self.now, ticket, &syncing, &mut effects);
            }
            Action::Beat(client) => {
                let caller = self.caller(client);
                let client = &mut self.clients[client];
                match self.group.heartbeat(self.now, &caller) {
                    Ok(()) => self.must_be_member(&caller),
                    Err(ResponseError::RebalanceInProgress) => client.next = Next::Join,
                    Err(_) => *client = Client { life: client.life, ..Client::default() },
                }
            }
            Action::Commit(client) => {
                let caller = self.caller(client);
                self.commit(&caller);
            }
            Action::CommitOfGhost(n) => {
                if let Some(ghost) = self.ghosts.get(n % self.ghosts.len().max(1)).cloned() {
                    self.commit(&ghost);
                }
            }
            Action::Leave(client) => {
                let caller = self.caller(client);
                let instance = caller.instance_id.as_deref();
                _ = self.group.leave(self.now, &caller.member_id, instance, &mut effects);
            }
            Action::Crash(client) => {
                let life = self.clients[client].life + 1;
                self.clients[client] = Client { life, ..Client::default() };
            }
            Action::RemoveByName(client) => {
                if let Some(instance) = Self::instance(client) {
                    _ = self.group.leave(self.now, "", Some(&instance), &mut effects);
                }
            }
            Action::Pass(milliseconds) => self.pass(milliseconds),
        }
        self.take(effects);
        self.check();
    }

    fn sensible(&mut self, client: usize) {
        let life = self.clients[client].life;
        if self.open.values().any(|asked| asked.client == client && asked.life == life) {
            return;
        }
        match self.clients[client].next {
            Next::Join => {
                self.act(Action::Join { client, says: client % 2, is_modern: client.is_multiple_of(2) });
            }
            Next::Sync => self.act(Action::Sync(client)),
            Next::Beat => self.act(Action::Beat(client)),
        }
    }

    fn commit(&mut self, caller: &Caller) {
        if self.group.may_commit(self.now, caller).is_ok() && caller.generation >= 0 {
            self.must_be_member(caller);
        }
    }

    /// Whoever the group listens to is a member of this generation, and of its instance id the current one.
    fn must_be_member(&self, caller: &Caller) {
        assert_eq!(caller.generation, self.group.standing().generation);
        let members = self.group.describe().members;
        let itself = members.iter().find(|member| member.member_id == caller.member_id);
        let itself = itself.expect("because the group listened to it");
        assert_eq!(itself.instance_id, caller.instance_id);
    }

    fn pass(&mut self, milliseconds: u64) {
        let until = self.now + milliseconds;
        let mut steps = 0;
        while let Some(deadline) = self.group.next_deadline().filter(|deadline| *deadline <= until) {
            self.now = self.now.max(deadline);
            let mut effects = Vec::new();
            self.group.tick(self.now, &mut effects);
            self.take(effects);
            self.check();
            steps += 1;
            assert!(steps < 1000, "time must not stand still");
        }
        self.now = until;
    }

    fn take(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Joined(ticket, answer) => {
                    let asked = self.open.remove(&ticket).expect("because every request is answered once");
                    let client = &mut self.clients[asked.client];
                    let lives = client.life == asked.life;
                    match answer {
                        Ok(joined) => self.joined(&asked, joined),
                        Err(refused) if lives => {
                            *client = Client {
                                member_id: refused.member_id,
                                generation: -1,
                                life: asked.life,
                                ..Client::default()
                            };
                        }
                        Err(_) => {}
                    }
                }
                Effect::Synced(ticket, answer) => {
                    let asked = self.open.remove(&ticket).expect("because every request is answered once");
                    let client = &mut self.clients[asked.client];
                    if client.life == asked.life {
                        client.next = if answer.is_ok() { Next::Beat } else { Next::Join };
                    }
                    if let Ok(synced) = answer {
                        self.synced(&asked, &synced);
                    }
                }
            }
        }
    }

    fn joined(&mut self, asked: &Asked, joined: Joined) {
        let Joined { member_id, generation, leader, skip_assignment, members, .. } = joined;
        assert_eq!(generation, self.group.standing().generation);
        assert!(leader == member_id || members.is_empty());
        let instance_id = Self::instance(asked.client);
        self.ghosts.push(Caller {
            member_id: member_id.clone(),
            instance_id: instance_id.clone(),
            generation,
        });
        if generation == self.shared_generation && !self.shares.contains_key(&member_id) {
            // A static member is back in a stable group: its share is the one of its old self.
            let old = self.ghosts.iter().rev().find(|ghost| {
                ghost.instance_id == instance_id
                    && instance_id.is_some()
                    && self.shares.contains_key(&ghost.member_id)
            });
            let old = old.expect("because only static members get in without a rebalance").member_id.clone();
            let share = self.shares.remove(&old).expect("because it was found");
            self.shares.insert(member_id.clone(), share);
        }
        let client = &mut self.clients[asked.client];
        if client.life == asked.life {
            let roll = members.into_iter().filter(|_| !skip_assignment).map(|member| member.member_id);
            *client =
                Client { next: Next::Sync, member_id, generation, roll: roll.collect(), life: asked.life };
        }
    }

    fn synced(&mut self, asked: &Asked, synced: &Synced) {
        let generation = self.group.standing().generation;
        if self.shared_generation != generation {
            // Answers to the followers may come before the leader's, so the shares are looked up in the group, and
            // the leader's answer is checked against what it brought.
            self.shared_generation = generation;
            let members = self.group.describe().members;
            self.shares = members.into_iter().map(|member| (member.member_id, member.assignment)).collect();
        }
        for (member, share) in &asked.shares {
            if let Some(given) = self.shares.get(member) {
                assert_eq!(given, share);
            }
        }
        assert!(self.shares.values().any(|share| *share == synced.assignment));
    }

    fn check(&mut self) {
        let Standing { generation, is_empty, .. } = self.group.standing();
        assert!(generation >= self.generation, "generations only grow");
        self.generation = generation;
        for asked in self.open.values() {
            assert!(self.now - asked.at <= REBALANCE + INITIAL_DELAY, "a request waits for ever");
        }
        let described = self.group.describe();
        assert_eq!(described.members.is_empty() && described.state != "PreparingRebalance", is_empty);
        assert!(described.members.len() <= self.limits.members_max);
        if described.state == "Stable" {
            assert_eq!(self.shared_generation, generation);
            let shares = described.members.into_iter().map(|member| (member.member_id, member.assignment));
            assert_eq!(
                shares.collect::<BTreeMap<_, _>>(),
                self.shares,
                "a stable group has its leader's shares"
            );
        }
        assert_eq!(self.group.next_deadline().is_none(), self.group.is_idle());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn a_group_keeps_its_promises(
        actions in prop::collection::vec(action(), 1..200),
        members_max in prop_oneof![Just(2_usize), Just(100)],
    ) {
        let mut world = World::new(members_max);
        for action in actions {
            world.act(action);
        }
        // Nobody is heard of again: sessions, rebalances and first joins run out.
        for _ in 0..400 {
            world.act(Action::Pass(1000));
        }
        prop_assert!(world.open.is_empty());
        prop_assert_eq!(world.group.state(), "Empty");
        prop_assert!(world.group.is_idle());
    }
}
