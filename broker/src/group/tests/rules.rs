//! One test a rule; `Table` plays the caller.

use bytes::Bytes;
use kafka_protocol::ResponseError::{
    self, FencedInstanceId, GroupMaxSizeReached, IllegalGeneration, InconsistentGroupProtocol,
    InvalidSessionTimeout, MemberIdRequired, RebalanceInProgress, UnknownMemberId,
};

use super::{REBALANCE, SESSION, caller, joining, protocol, syncing};
use crate::group::{
    Caller, Effect, Group, JoinRefused, Joined, Joining, Limits, Protocol, Standing, Synced, Syncing, Ticket,
};

struct Table {
    group: Group,
    limits: Limits,
    now: u64,
    tickets: u64,
    answers: Vec<Effect>,
}

type JoinAnswer = Result<Joined, JoinRefused>;
type SyncAnswer = Result<Synced, ResponseError>;

impl Table {
    fn new() -> Self {
        let group = Group::new(Standing::default());
        Self { group, limits: Limits::default(), now: 1000, tickets: 0, answers: Vec::new() }
    }

    /// A stable group of dynamic members, the first of which leads.
    fn stable(ids: &[&str]) -> Self {
        let mut table = Self::new();
        table.limits.initial_delay = 10;
        let tickets: Vec<Ticket> = ids.iter().map(|id| table.join(joining("", id))).collect();
        table.pass(10);
        table.pass(10);
        for ticket in tickets {
            table.joined(ticket).unwrap();
        }
        table.sync_all(ids);
        table
    }

    fn sync_all(&mut self, ids: &[&str]) {
        let generation = self.group.standing().generation;
        let tickets: Vec<Ticket> = ids
            .iter()
            .rev()
            .map(|id| {
                let shares = if *id == ids[0] { ids } else { &[] };
                self.sync(&syncing(id, generation, shares))
            })
            .collect();
        for (ticket, id) in tickets.into_iter().zip(ids.iter().rev()) {
            assert_eq!(self.synced(ticket).unwrap().assignment, format!("share of {id}"));
        }
        assert_eq!(self.group.state(), "Stable");
    }

    fn ticket(&mut self) -> Ticket {
        self.tickets += 1;
        Ticket(self.tickets)
    }

    fn join(&mut self, joining: Joining) -> Ticket {
        let ticket = self.ticket();
        self.group.join(self.now, ticket, joining, &self.limits, &mut self.answers);
        ticket
    }

    fn sync(&mut self, syncing: &Syncing) -> Ticket {
        let ticket = self.ticket();
        self.group.sync(self.now, ticket, syncing, &mut self.answers);
        ticket
    }

    fn leave(&mut self, member: &str, instance: Option<&str>) -> Result<(), ResponseError> {
        self.group.leave(self.now, member, instance, &mut self.answers)
    }

    fn beat(&mut self, member: &str) -> Result<(), ResponseError> {
        self.group.heartbeat(self.now, &caller(member, self.group.standing().generation))
    }

    fn pass(&mut self, milliseconds: u64) {
        let until = self.now + milliseconds;
        while let Some(deadline) = self.group.next_deadline().filter(|deadline| *deadline <= until) {
            assert!(deadline >= self.now);
            self.now = deadline;
            self.group.tick(self.now, &mut self.answers);
        }
        self.now = until;
        assert!(self.group.next_deadline().is_none_or(|at| at > self.now), "what is due is done");
    }

    fn join_answer(&mut self, ticket: Ticket) -> Option<JoinAnswer> {
        let at = self
            .answers
            .iter()
            .position(|answer| matches!(answer, Effect::Joined(of, _) if *of == ticket))?;
        match self.answers.remove(at) {
            Effect::Joined(_, answer) => Some(answer),
            Effect::Synced(..) => None,
        }
    }

    fn joined(&mut self, ticket: Ticket) -> JoinAnswer {
        self.join_answer(ticket).expect("because it was answered")
    }

    fn all_joined<const N: usize>(&mut self, tickets: [Ticket; N]) {
        for ticket in tickets {
            self.joined(ticket).unwrap();
        }
    }

    fn waits(&self, ticket: Ticket) -> bool {
        !self
            .answers
            .iter()
            .any(|answer| matches!(answer, Effect::Joined(of, _) | Effect::Synced(of, _) if *of == ticket))
    }

    fn synced(&mut self, ticket: Ticket) -> SyncAnswer {
        let at =
            self.answers.iter().position(|answer| matches!(answer, Effect::Synced(of, _) if *of == ticket));
        match self.answers.remove(at.expect("because it was answered")) {
            Effect::Synced(_, answer) => answer,
            Effect::Joined(..) => panic!("because it was a sync"),
        }
    }

    fn members(&self) -> Vec<String> {
        self.group.describe().members.into_iter().map(|member| member.member_id).collect()
    }
}

fn refusal(error: ResponseError, member_id: &str) -> JoinAnswer {
    Err(JoinRefused { error, member_id: member_id.to_owned() })
}

fn fixed(instance: &str, fresh_id: &str) -> Joining {
    Joining { instance_id: Some(instance.to_owned()), ..joining("", fresh_id) }
}

#[test]
fn one_member_joins_leads_and_has_its_share() {
    let mut table = Table::new();
    let ticket = table.join(joining("", "a"));
    let joined = table.joined(ticket).unwrap();
    assert_eq!((joined.generation, joined.leader.as_str(), joined.members.len()), (1, "a", 1));
    assert_eq!(joined.protocol.as_deref(), Some("range"));
    assert_eq!(joined.members[0].metadata, "r");
    assert_eq!(table.group.state(), "CompletingRebalance");
    table.sync_all(&["a"]);
    let described = table.group.describe();
    assert_eq!((described.state, described.protocol.as_str()), ("Stable", "range"));
    assert_eq!(described.members[0].assignment, "share of a");
    assert_eq!(table.beat("a"), Ok(()));
}

#[test]
fn a_new_dynamic_member_is_sent_back_with_an_id() {
    let mut table = Table::new();
    let ticket = table.join(Joining { needs_member_id: true, ..joining("", "a") });
    assert_eq!(table.joined(ticket), refusal(MemberIdRequired, "a"));
    assert!(!table.group.is_idle());
    let ticket = table.join(Joining { needs_member_id: true, ..joining("a", "b") });
    assert_eq!(table.joined(ticket).unwrap().member_id, "a");
    table.sync_all(&["a"]);

    // One that does not come back in time is forgotten, and until then the others wait for it.
    let ticket = table.join(Joining { needs_member_id: true, ..joining("", "c") });
    assert_eq!(table.joined(ticket), refusal(MemberIdRequired, "c"));
    let leader = table.join(joining("a", ""));
    assert!(table.waits(leader));
    table.pass(SESSION);
    assert_eq!(table.joined(leader).unwrap().members.len(), 1);
    let ticket = table.join(joining("c", ""));
    assert_eq!(table.joined(ticket), refusal(UnknownMemberId, "c"));
}

#[test]
fn a_pending_member_may_leave_and_is_not_a_static_one() {
    let mut table = Table::new();
    for id in ["a", "b"] {
        let ticket = table.join(Joining { needs_member_id: true, ..joining("", id) });
        table.joined(ticket).unwrap_err();
    }
    let ticket = table.join(Joining { instance_id: Some("i".to_owned()), ..joining("a", "") });
    assert_eq!(table.joined(ticket), refusal(UnknownMemberId, "a"));
    assert_eq!(table.leave("a", None), Ok(()));
    assert_eq!(table.leave("a", None), Err(UnknownMemberId));
    assert_eq!(table.leave("b", None), Ok(()));
    assert!(table.group.is_idle());
}

#[test]
fn an_empty_group_waits_for_more_members_but_not_for_ever() {
    let mut table = Table::new();
    table.limits.initial_delay = 100;
    let rebalance_timeout = 250;
    let mut tickets = Vec::new();
    for id in ["a", "b", "c", "d"] {
        tickets.push(table.join(Joining { rebalance_timeout, ..joining("", id) }));
        table.pass(60);
    }
    // Put off from 100 to 200, then to 250, which is all there is.
    assert!(table.waits(tickets[0]));
    table.pass(10);
    for ticket in tickets {
        assert_eq!(table.joined(ticket).unwrap().generation, 1);
    }
}

#[test]
fn a_second_member_makes_the_first_join_again() {
    let mut table = Table::stable(&["a"]);
    let b = table.join(joining("", "b"));
    assert!(table.waits(b));
    assert_eq!(table.beat("a"), Err(RebalanceInProgress));
    let a = table.join(joining("a", ""));
    let (a, b) = (table.joined(a).unwrap(), table.joined(b).unwrap());
    assert_eq!((a.generation, b.generation), (2, 2));
    assert_eq!((a.members.len(), b.members.len(), b.leader.as_str()), (2, 0, "a"));
    table.sync_all(&["a", "b"]);
}

#[test]
fn a_follower_waits_for_the_leaders_shares() {
    let mut table = Table::stable(&["a", "b"]);
    let generation = table.group.standing().generation;
    let again = table.sync(&syncing("b", generation, &[]));
    assert_eq!(table.synced(again).unwrap().assignment, "share of b");

    let tickets = [table.join(joining("a", "")), table.join(joining("b", ""))];
    table.all_joined(tickets);
    let waiting = table.sync(&syncing("b", 2, &[]));
    assert!(table.waits(waiting));
    // Who gets nothing from the leader gets an empty share.
    let leader = table.sync(&syncing("a", 2, &["a", "stranger"]));
    assert_eq!(table.synced(leader).unwrap().assignment, "share of a");
    assert_eq!(table.synced(waiting).unwrap().assignment, Bytes::new());
}

#[test]
fn the_protocol_with_most_votes_among_those_that_all_know_is_taken() {
    let known = |names: &[&str]| names.iter().map(|name| protocol(name, b"")).collect::<Vec<Protocol>>();
    let cases: [(&[&[&str]], &str); 5] = [
        (&[&["x", "y"], &["y", "x"], &["y", "x"]], "y"),
        (&[&["x", "y"], &["y", "x"]], "x"),
        (&[&["y", "x"], &["x", "y"]], "y"),
        (&[&["x", "y"], &["x", "z"], &["z", "x"]], "x"),
        (&[&["z", "y"], &["y", "x", "z"], &["x", "z"]], "z"),
    ];
    for (members, elected) in cases {
        let mut table = Table::new();
        table.limits.initial_delay = 10;
        for (n, names) in members.iter().enumerate() {
            table.join(Joining { protocols: known(names), ..joining("", &format!("m{n}")) });
        }
        table.pass(10);
        table.pass(10);
        assert_eq!(table.group.describe().state, "CompletingRebalance");
        let Effect::Joined(_, Ok(joined)) = &table.answers[0] else { panic!() };
        assert_eq!(joined.protocol.as_deref(), Some(elected), "{members:?}");
    }
}

#[test]
fn who_has_nothing_in_common_stays_out() {
    let strange = |id: &str| Joining { protocols: vec![protocol("strange", b"")], ..joining("", id) };
    let other_kind = || Joining { protocol_type: "connect".to_owned(), ..joining("", "b") };
    let mut table = Table::stable(&["a"]);
    for joining in [strange("b"), other_kind(), Joining { protocols: Vec::new(), ..joining("", "b") }] {
        let ticket = table.join(joining);
        assert_eq!(table.joined(ticket), refusal(InconsistentGroupProtocol, ""));
    }
    assert_eq!(table.group.state(), "Stable");
    let mut empty = Table::new();
    for joining in [
        Joining { protocols: Vec::new(), ..joining("", "a") },
        Joining { protocol_type: String::new(), ..joining("", "a") },
    ] {
        let ticket = empty.join(joining);
        assert_eq!(empty.joined(ticket), refusal(InconsistentGroupProtocol, ""));
    }
    // Another kind may come once nobody is left.
    table.leave("a", None).unwrap();
    let ticket = table.join(other_kind());
    table.pass(10);
    assert_eq!(table.joined(ticket).unwrap().protocol_type.as_deref(), Some("connect"));
}

#[test]
fn sessions_and_numbers_have_bounds() {
    let mut table = Table::new();
    for session_timeout in [0, 5999, 1_800_001] {
        let ticket = table.join(Joining { session_timeout, ..joining("", "a") });
        assert_eq!(table.joined(ticket), refusal(InvalidSessionTimeout, ""));
    }
    let mut table = Table::stable(&["a", "b"]);
    table.limits.members_max = 2;
    let ticket = table.join(joining("", "c"));
    assert_eq!(table.joined(ticket), refusal(GroupMaxSizeReached, ""));
    let tickets = [table.join(joining("a", "")), table.join(joining("b", ""))];
    table.all_joined(tickets);
}

#[test]
fn one_that_does_not_join_again_is_dropped() {
    let mut table = Table::stable(&["a", "b", "c"]);
    let a = table.join(joining("a", ""));
    let b = table.join(joining("b", ""));
    for _ in 0..REBALANCE / 5000 {
        assert!(table.waits(a) && table.waits(b));
        assert_eq!(table.beat("c"), Err(RebalanceInProgress));
        table.pass(5000);
    }
    assert_eq!(table.joined(a).unwrap().members.len(), 2);
    assert!(table.joined(b).is_ok());
    assert_eq!(table.beat("c"), Err(UnknownMemberId));
}

#[test]
fn a_leader_that_does_not_join_again_loses_its_office() {
    let mut table = Table::stable(&["a", "b"]);
    let changed = Joining { protocols: vec![protocol("range", b"other")], ..joining("b", "") };
    let b = table.join(changed);
    assert!(table.waits(b));
    table.pass(SESSION);
    let joined = table.joined(b).unwrap();
    assert_eq!((joined.leader.as_str(), joined.members.len()), ("b", 1));
}

#[test]
fn silence_ends_a_session() {
    let mut table = Table::stable(&["a", "b"]);
    for _ in 0..3 {
        table.pass(SESSION - 1);
        assert_eq!((table.beat("a"), table.beat("b")), (Ok(()), Ok(())));
    }
    table.pass(SESSION - 1);
    assert_eq!(table.beat("a"), Ok(()));
    table.pass(1);
    assert_eq!(table.members(), ["a"]);
    assert_eq!((table.beat("a"), table.beat("b")), (Err(RebalanceInProgress), Err(UnknownMemberId)));
}

#[test]
fn a_member_without_its_share_is_dropped_when_the_rebalance_timeout_is_over() {
    for (synced, left) in [(["b", "c"], ["b", "c"]), (["a", "c"], ["a", "c"])] {
        let mut table = Table::stable(&["a", "b", "c"]);
        let tickets =
            [table.join(joining("a", "")), table.join(joining("b", "")), table.join(joining("c", ""))];
        table.all_joined(tickets);
        let tickets = synced.map(|id| table.sync(&syncing(id, 2, &["a", "b", "c"])));
        for _ in 0..REBALANCE / 5000 {
            for id in ["a", "b", "c"] {
                assert_eq!(table.beat(id), Ok(()));
            }
            table.pass(5000);
        }
        assert_eq!(table.members(), left);
        assert_eq!(table.group.state(), "PreparingRebalance");
        let came = left.contains(&"a");
        for ticket in tickets {
            assert_eq!(
                table.synced(ticket).is_ok(),
                came,
                "shares were there only if the leader brought them"
            );
        }
    }
}

#[test]
fn waiting_members_do_not_need_to_beat() {
    let mut table = Table::stable(&["a", "b", "c"]);
    let a = table.join(joining("a", ""));
    for _ in 0..5 {
        table.pass(SESSION / 2);
        assert_eq!((table.beat("b"), table.beat("c")), (Err(RebalanceInProgress), Err(RebalanceInProgress)));
    }
    assert!(table.waits(a));
    let tickets = [table.join(joining("b", "")), table.join(joining("c", "")), a];
    table.all_joined(tickets);
}

#[test]
fn a_new_member_does_not_wait_longer_than_five_minutes() {
    let long = |joining| Joining { rebalance_timeout: 3_600_000, ..joining };
    let mut table = Table::new();
    let ticket = table.join(long(joining("", "a")));
    table.joined(ticket).unwrap();
    table.sync_all(&["a"]);
    let b = table.join(long(joining("", "b")));
    for _ in 0..60 {
        assert!(table.waits(b));
        assert_eq!(table.beat("a"), Err(RebalanceInProgress));
        table.pass(5000);
    }
    assert_eq!(table.joined(b), refusal(UnknownMemberId, ""));
}

#[test]
fn a_rejoin_that_changes_nothing_disturbs_nobody() {
    let mut table = Table::stable(&["a", "b"]);
    let b = table.join(joining("b", ""));
    let joined = table.joined(b).unwrap();
    assert_eq!((joined.generation, joined.leader.as_str(), table.group.state()), (1, "a", "Stable"));
    // The leader's does: it knows why.
    let a = table.join(joining("a", ""));
    assert!(table.waits(a));
    assert_eq!(table.group.state(), "PreparingRebalance");
    let b = table.join(joining("b", ""));
    assert_eq!(table.joined(a).unwrap().generation, 2);
    assert!(table.joined(b).is_ok());
    // The answer was lost: it asks again, and has it again.
    let a = table.join(joining("a", ""));
    let joined = table.joined(a).unwrap();
    assert_eq!((joined.generation, joined.members.len(), table.group.state()), (2, 2, "CompletingRebalance"));
    // Something changed meanwhile: all over again, also for who waits for its share.
    let waiting = table.sync(&syncing("b", 2, &[]));
    let changed = table.join(Joining { protocols: vec![protocol("range", b"other")], ..joining("a", "") });
    assert!(table.waits(changed));
    assert_eq!(table.synced(waiting), Err(RebalanceInProgress));
}

#[test]
fn a_request_asked_twice_is_answered_twice() {
    let mut table = Table::stable(&["a", "b"]);
    let first = table.join(joining("a", ""));
    let second = table.join(joining("a", ""));
    assert_eq!(table.joined(first), refusal(RebalanceInProgress, ""));
    let b = table.join(joining("b", ""));
    assert!(table.joined(second).is_ok() && table.joined(b).is_ok());
    let first = table.sync(&syncing("b", 2, &[]));
    let second = table.sync(&syncing("b", 2, &[]));
    assert_eq!(table.synced(first), Err(RebalanceInProgress));
    assert!(table.waits(second));
}

#[test]
fn who_asks_is_checked() {
    let mut table = Table::stable(&["a"]);
    let wrong_kind = Syncing { protocol_type: Some("connect".to_owned()), ..syncing("a", 1, &[]) };
    let wrong_protocol = Syncing { protocol: Some("roundrobin".to_owned()), ..syncing("a", 1, &[]) };
    let right = Syncing {
        protocol_type: Some("consumer".to_owned()),
        protocol: Some("range".to_owned()),
        ..syncing("a", 1, &[])
    };
    let cases = [
        (syncing("x", 1, &[]), Some(UnknownMemberId)),
        (syncing("a", 0, &[]), Some(IllegalGeneration)),
        (syncing("a", 2, &[]), Some(IllegalGeneration)),
        (wrong_kind, Some(InconsistentGroupProtocol)),
        (wrong_protocol, Some(InconsistentGroupProtocol)),
        (right, None),
    ];
    for (syncing, error) in cases {
        let ticket = table.sync(&syncing);
        assert_eq!(table.synced(ticket).err(), error);
    }
    let now = table.now;
    assert_eq!(table.group.heartbeat(now, &caller("x", 1)), Err(UnknownMemberId));
    assert_eq!(table.group.heartbeat(now, &caller("a", 0)), Err(IllegalGeneration));
    let of_nobody = Caller { instance_id: Some("i".to_owned()), ..caller("a", 1) };
    assert_eq!(table.group.heartbeat(now, &of_nobody), Err(UnknownMemberId));
}

#[test]
fn members_leave_and_the_group_is_empty_again() {
    let mut table = Table::stable(&["a", "b"]);
    assert_eq!(table.leave("x", None), Err(UnknownMemberId));
    assert_eq!(table.leave("b", None), Ok(()));
    assert_eq!(table.beat("a"), Err(RebalanceInProgress));
    let a = table.join(joining("a", ""));
    assert_eq!(table.joined(a).unwrap().generation, 2);
    // It waits for its share with nobody to share out: still its ticket is answered.
    assert_eq!(table.leave("a", None), Ok(()));
    assert_eq!(
        table.group.standing(),
        Standing { generation: 3, protocol_type: Some("consumer".to_owned()), is_empty: true }
    );
    assert!(table.group.next_deadline().is_none());
}

#[test]
fn who_leaves_while_it_waits_is_answered() {
    let mut table = Table::stable(&["a", "b"]);
    let join = table.join(joining("a", ""));
    table.leave("a", None).unwrap();
    assert_eq!(table.joined(join), refusal(UnknownMemberId, ""));
    let mut table = Table::stable(&["a", "b"]);
    let tickets = [table.join(joining("a", "")), table.join(joining("b", ""))];
    table.all_joined(tickets);
    let sync = table.sync(&syncing("b", 2, &[]));
    table.leave("b", None).unwrap();
    assert_eq!(table.synced(sync), Err(UnknownMemberId));
}

/// A stable group of the static members `i` and `j`, known as `i0` and `j0`, of which `i` leads.
fn stable_of_static() -> Table {
    let mut table = Table::new();
    table.limits.initial_delay = 10;
    let tickets = [table.join(fixed("i", "i0")), table.join(fixed("j", "j0"))];
    table.pass(10);
    table.pass(10);
    table.all_joined(tickets);
    table.sync_all(&["i0", "j0"]);
    table
}

#[test]
fn a_static_member_comes_back_to_its_share_without_a_rebalance() {
    let mut table = stable_of_static();
    let ticket = table.join(fixed("j", "j1"));
    let joined = table.joined(ticket).unwrap();
    assert_eq!((joined.member_id.as_str(), joined.generation, joined.leader.as_str()), ("j1", 1, "i0"));
    let ticket = table.sync(&syncing("j1", 1, &[]));
    assert_eq!(table.synced(ticket).unwrap().assignment, "share of j0");
    assert_eq!(table.group.state(), "Stable");
    // Whoever still is the old one is told.
    let old = Caller { instance_id: Some("j".to_owned()), ..caller("j0", 1) };
    let now = table.now;
    assert_eq!(table.group.heartbeat(now, &old), Err(FencedInstanceId));
    assert_eq!(table.group.may_commit(now, &old), Err(FencedInstanceId));
    assert_eq!(table.leave("j0", Some("j")), Err(FencedInstanceId));
    let ticket = table.sync(&Syncing { caller: old, ..syncing("j0", 1, &[]) });
    assert_eq!(table.synced(ticket), Err(FencedInstanceId));
    let ticket = table.join(Joining { member_id: "j0".to_owned(), ..fixed("j", "") });
    assert_eq!(table.joined(ticket), refusal(FencedInstanceId, "j0"));
    assert_eq!(table.group.heartbeat(now, &caller("j0", 1)), Err(UnknownMemberId));
}

#[test]
fn a_static_leader_comes_back_without_sharing_out() {
    for (can_skip_assignment, leader, members) in [(true, "i1", 2), (false, "i0", 0)] {
        let mut table = stable_of_static();
        let ticket = table.join(Joining { can_skip_assignment, ..fixed("i", "i1") });
        let joined = table.joined(ticket).unwrap();
        assert_eq!(joined.skip_assignment, can_skip_assignment);
        assert_eq!((joined.leader.as_str(), joined.members.len(), joined.generation), (leader, members, 1));
        // It leads all the same: when it joins again, that is a rebalance.
        let ticket = table.join(Joining { member_id: "i1".to_owned(), ..fixed("i", "") });
        assert!(table.waits(ticket));
    }
}

#[test]
fn a_static_member_that_changes_the_vote_makes_a_rebalance() {
    let mut table = stable_of_static();
    let other = Joining { protocols: vec![protocol("roundrobin", b"")], ..fixed("j", "j1") };
    let ticket = table.join(other);
    assert!(table.waits(ticket));
    assert_eq!(table.group.state(), "PreparingRebalance");
}

#[test]
fn a_static_member_that_comes_back_while_others_wait_fences_its_old_self() {
    let mut table = stable_of_static();
    let j = table.join(Joining {
        member_id: "j0".to_owned(),
        protocols: vec![protocol("range", b"x")],
        ..fixed("j", "")
    });
    assert!(table.waits(j));
    let again = table.join(fixed("j", "j1"));
    assert_eq!(table.joined(j), refusal(FencedInstanceId, ""));
    let i = table.join(Joining { member_id: "i0".to_owned(), ..fixed("i", "") });
    assert!(table.joined(i).is_ok() && table.joined(again).is_ok());

    // And while shares are made: the leader has seen the old id, so all join again.
    let waiting = table.sync(&syncing("j1", 2, &[]));
    let once_more = table.join(fixed("j", "j2"));
    assert_eq!(table.synced(waiting), Err(FencedInstanceId));
    assert!(table.waits(once_more));
    assert_eq!(table.beat("i0"), Err(RebalanceInProgress));
}

#[test]
fn a_static_member_may_be_away_for_its_session_and_is_removed_by_name() {
    let mut table = stable_of_static();
    table.pass(SESSION - 1);
    assert_eq!(table.beat("i0"), Ok(()));
    assert_eq!(table.members(), ["i0", "j0"]);
    assert_eq!(table.leave("", Some("stranger")), Err(UnknownMemberId));
    assert_eq!(table.leave("", None), Err(UnknownMemberId));
    assert_eq!(table.leave("", Some("j")), Ok(()));
    assert_eq!(table.members(), ["i0"]);
    let ticket = table.join(fixed("j", "j1"));
    assert!(table.waits(ticket), "it is a new one now");
}

#[test]
fn static_members_that_all_stay_away_are_waited_for_only_as_long_as_their_sessions() {
    let short = |joining| Joining { rebalance_timeout: 100, session_timeout: 30_000, ..joining };
    let mut table = Table::new();
    let ticket = table.join(short(fixed("i", "i0")));
    table.joined(ticket).unwrap();
    table.pass(100);
    assert_eq!(table.group.state(), "Empty", "it never asked for its share");

    table.limits.initial_delay = 10;
    let tickets = [table.join(short(fixed("i", "i1"))), table.join(short(fixed("j", "j1")))];
    table.pass(10);
    table.pass(10);
    table.all_joined(tickets);
    table.sync_all(&["i1", "j1"]);
    table.leave("", Some("j")).unwrap();
    for _ in 0..29 {
        table.pass(1000);
        assert_eq!(table.members(), ["i1"]);
    }
    table.pass(1000);
    table.pass(1000);
    assert_eq!(table.group.state(), "Empty");
}

#[test]
fn commits_are_for_members_and_for_nobody_else_while_there_are_any() {
    let mut table = Table::new();
    let simple = caller("", -1);
    let now = table.now;
    assert_eq!(table.group.may_commit(now, &simple), Ok(()));
    assert_eq!(table.group.may_commit(now, &caller("a", 1)), Err(UnknownMemberId));
    let ticket = table.join(joining("", "a"));
    table.joined(ticket).unwrap();
    assert_eq!(table.group.may_commit(now, &caller("a", 1)), Err(RebalanceInProgress));
    table.sync_all(&["a"]);
    for (caller, allowed) in [
        (caller("a", 1), Ok(())),
        (caller("a", 0), Err(IllegalGeneration)),
        (caller("a", 2), Err(IllegalGeneration)),
        (caller("a", -1), Err(IllegalGeneration)),
        (caller("x", 1), Err(UnknownMemberId)),
        (simple.clone(), Err(UnknownMemberId)),
    ] {
        assert_eq!(table.group.may_commit(now, &caller), allowed, "{caller:?}");
    }
    // The old shares hold until all have joined again.
    table.join(joining("", "b"));
    assert_eq!(table.group.may_commit(now, &caller("a", 1)), Ok(()));
    // A commit is a sign of life.
    table.pass(SESSION - 1);
    assert_eq!(table.group.may_commit(table.now, &caller("a", 1)), Ok(()));
    table.pass(SESSION - 1);
    assert_eq!(table.members(), ["a", "b"]);
}

#[test]
fn a_group_continues_where_it_stood() {
    let standing = Standing { generation: 7, protocol_type: Some("connect".to_owned()), is_empty: true };
    let mut table = Table { group: Group::new(standing.clone()), ..Table::new() };
    assert_eq!(table.group.standing(), standing);
    assert_eq!(table.group.describe().protocol_type, "connect");
    let ticket = table.join(joining("", "a"));
    let joined = table.joined(ticket).unwrap();
    assert_eq!((joined.generation, joined.protocol_type.as_deref()), (8, Some("consumer")));
}

#[test]
fn a_group_says_which_topics_it_reads() {
    let logs = b"\0\0\0\0\0\x01\0\x04logs";
    let mut table = Table::new();
    assert_eq!(table.group.reads("logs"), Some(false));
    let ticket = table.join(Joining { protocols: vec![protocol("range", logs)], ..joining("", "a") });
    table.joined(ticket).unwrap();
    assert_eq!((table.group.reads("logs"), table.group.reads("other")), (Some(true), Some(false)));

    let unreadable = Table::stable(&["a"]);
    assert_eq!(unreadable.group.reads("logs"), Some(true));
    let mut connect = Table::new();
    connect.join(Joining { protocol_type: "connect".to_owned(), ..joining("", "a") });
    assert_eq!(connect.group.reads("logs"), None);
}
