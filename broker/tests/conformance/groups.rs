//! Membership of consumer groups: joining, sharing, falling silent, coming back and leaving.

use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicI32, Ordering},
    thread,
    time::Instant,
};

use kafka_protocol::{ResponseError, messages::FindCoordinatorRequest};
use sawlog_e2e::wait;

use crate::{
    calls::{Outcome, outcome, string},
    member::{Joined, Member, SHORTEST_SESSION, new_group},
    served::{Served, fresh},
    wire::PATIENCE,
};

const REBALANCE: Outcome = Some(ResponseError::RebalanceInProgress);
const UNKNOWN_MEMBER: Outcome = Some(ResponseError::UnknownMemberId);
const OLD_GENERATION: Outcome = Some(ResponseError::IllegalGeneration);

/// Two members of one generation that have their shares; the first leads.
fn two_members(kafka: &Served, group: &str) -> (Member, Member) {
    let mut first = Member::joined(kafka, group);
    let lead = first.id.clone();
    assert_eq!(first.sync(&[(&lead, "all")]).0, None);
    let mut second = Member::new(kafka, group);
    settle(&mut first, &mut second);
    (first, second)
}

/// Lets `second` join beside `first`, and shares.
fn settle(first: &mut Member, second: &mut Member) -> (Joined, Joined) {
    let joined = thread::scope(|scope| {
        let joins = scope.spawn(|| second.join());
        first.await_rebalance();
        (first.join(), joins.join().unwrap())
    });
    assert_eq!((joined.0.error, joined.1.error), (None, None));
    assert_eq!(joined.0.leader, first.id);
    let (one, other) = (first.id.clone(), second.id.clone());
    let waits = second.start_syncing(&[]);
    assert_eq!(first.sync(&[(&one, "left"), (&other, "right")]), (None, "left".to_owned()));
    assert_eq!(second.finish_syncing(waits), (None, "right".to_owned()));
    joined
}

pub(crate) fn the_coordinator_is_the_one_broker(kafka: &Served) {
    let group = new_group(kafka);
    let found = kafka.client().ask(&FindCoordinatorRequest::default().with_key(string(&group)));
    assert_eq!(outcome(found.error_code), None);
    assert_eq!(found.port, i32::from(kafka.address.port()));
    assert!(*found.node_id >= 0);
}

pub(crate) fn a_member_joins_shares_beats_and_leaves(kafka: &Served) {
    let group = new_group(kafka);
    let mut member = Member::new(kafka, &group);
    let asked = member.join_once();
    assert_eq!(asked.error, Some(ResponseError::MemberIdRequired));
    assert!(!member.id.is_empty(), "it is told which id to come with");
    let told = member.id.clone();
    let joined = member.join_once();
    assert_eq!((joined.error, joined.generation), (None, 1));
    assert_eq!((&member.id, &joined.leader), (&told, &told));
    assert_eq!(joined.members, [(told.clone(), "about me".to_owned())]);
    assert_eq!(joined.protocol, "by turns");
    assert_eq!(member.beat(), None, "also before it has its share");
    assert_eq!(member.sync(&[(&told, "everything")]), (None, "everything".to_owned()));
    assert_eq!(member.sync(&[]), (None, "everything".to_owned()), "it may ask again");
    assert_eq!(member.beat(), None);
    assert_eq!(member.leave(), None);
    assert_eq!(member.beat(), UNKNOWN_MEMBER);
    assert_eq!(member.leave(), UNKNOWN_MEMBER);
}

pub(crate) fn a_second_member_makes_the_first_join_again(kafka: &Served) {
    let group = new_group(kafka);
    let mut first = Member::joined(kafka, &group);
    let lead = first.id.clone();
    assert_eq!(first.sync(&[(&lead, "all")]), (None, "all".to_owned()));
    let mut second = Member::new(kafka, &group);
    let (leads, follows) = settle(&mut first, &mut second);
    assert_eq!((leads.generation, follows.generation), (2, 2));
    let both: BTreeSet<_> = leads.members.into_iter().map(|(id, _)| id).collect();
    assert_eq!(both, BTreeSet::from([first.id.clone(), second.id.clone()]));
    assert!(follows.members.is_empty(), "only who leads is told of all");
    assert_eq!((first.beat(), second.beat()), (None, None));
}

pub(crate) fn who_leaves_makes_the_others_join_again(kafka: &Served) {
    let group = new_group(kafka);
    let (mut first, mut second) = two_members(kafka, &group);
    assert_eq!(first.leave(), None);
    assert_eq!(second.beat(), REBALANCE);
    let joined = second.join();
    assert_eq!((joined.error, joined.generation), (None, 3));
    assert_eq!((joined.leader, joined.members.len()), (second.id.clone(), 1), "the other one leads now");
}

pub(crate) fn a_member_that_falls_silent_is_missed(kafka: &Served) {
    let group = new_group(kafka);
    let mut silent = Member::new(kafka, &group);
    silent.session = SHORTEST_SESSION;
    assert_eq!(silent.join().error, None);
    let lead = silent.id.clone();
    assert_eq!(silent.sync(&[(&lead, "all")]).0, None);
    let mut other = Member::new(kafka, &group);
    settle(&mut silent, &mut other);
    let began = Instant::now();
    other.await_rebalance();
    let missed = began.elapsed().as_millis();
    assert!((3_000..15_000).contains(&missed), "after {missed} ms");
    let joined = other.join();
    assert_eq!((joined.error, joined.members.len()), (None, 1));
    assert_eq!(silent.beat(), UNKNOWN_MEMBER);
    assert_eq!(silent.join().error, UNKNOWN_MEMBER, "it has to come as a new one");
}

pub(crate) fn who_does_not_join_again_in_time_is_left_out(kafka: &Served) {
    let group = new_group(kafka);
    let mut slow = Member::new(kafka, &group);
    slow.rejoin = 1_000;
    assert_eq!(slow.join().error, None);
    let lead = slow.id.clone();
    assert_eq!(slow.sync(&[(&lead, "all")]).0, None);
    let mut quick = Member::new(kafka, &group);
    quick.rejoin = 1_000;
    let began = Instant::now();
    let joined = quick.join();
    assert!(began.elapsed() < PATIENCE / 2);
    assert_eq!((joined.error, joined.generation), (None, 2));
    assert_eq!((joined.leader, joined.members.len()), (quick.id.clone(), 1));
    assert_eq!(slow.beat(), UNKNOWN_MEMBER);
}

pub(crate) fn strangers_and_the_past_are_refused(kafka: &Served) {
    let group = new_group(kafka);
    let topic = kafka.topic(1);
    let (mut member, _other) = two_members(kafka, &group);
    member.generation -= 1;
    assert_eq!(member.beat(), OLD_GENERATION);
    assert_eq!(member.sync(&[]).0, OLD_GENERATION);
    assert_eq!(member.commit_one(&topic, 0, 1), OLD_GENERATION);
    member.generation += 1;
    assert_eq!(member.beat(), None);
    let id = std::mem::replace(&mut member.id, "nobody".to_owned());
    assert_eq!(member.beat(), UNKNOWN_MEMBER);
    assert_eq!(member.sync(&[]).0, UNKNOWN_MEMBER);
    assert_eq!(member.commit_one(&topic, 0, 1), UNKNOWN_MEMBER);
    assert_eq!(member.join_once().error, UNKNOWN_MEMBER);
    assert_eq!(member.leave(), UNKNOWN_MEMBER);
    member.id = id;
    member.group = fresh("nowhere");
    assert_eq!(member.beat(), UNKNOWN_MEMBER);
    assert_eq!(member.leave(), UNKNOWN_MEMBER);
}

pub(crate) fn whoever_has_nothing_in_common_with_the_group_is_refused(kafka: &Served) {
    let group = new_group(kafka);
    let _first = Member::joined(kafka, &group);
    let mut other = Member::new(kafka, &group);
    other.protocols = vec![("of its own", "")];
    let inconsistent = Some(ResponseError::InconsistentGroupProtocol);
    assert_eq!(other.join().error, inconsistent);
    let request = Member::new(kafka, &group).join_request().with_protocol_type(string("connect"));
    assert_eq!(outcome(other.client.ask(&request).error_code), inconsistent);
    let request = Member::new(kafka, &new_group(kafka)).join_request().with_protocols(vec![]);
    assert_eq!(outcome(other.client.ask(&request).error_code), inconsistent);
}

pub(crate) fn the_protocol_all_have_is_chosen(kafka: &Served) {
    let group = new_group(kafka);
    let mut first = Member::new(kafka, &group);
    first.protocols = vec![("new", "first new"), ("old", "first old")];
    assert_eq!(first.join().protocol, "new", "alone, what it likes best");
    let lead = first.id.clone();
    assert_eq!(first.sync(&[(&lead, "all")]).0, None);
    let mut second = Member::new(kafka, &group);
    second.protocols = vec![("old", "second old")];
    let (leads, follows) = thread::scope(|scope| {
        let joins = scope.spawn(|| second.join());
        first.await_rebalance();
        (first.join(), joins.join().unwrap())
    });
    assert_eq!((leads.protocol.as_str(), follows.protocol.as_str()), ("old", "old"));
    let said: BTreeSet<_> = leads.members.into_iter().map(|(_, said)| said).collect();
    assert_eq!(said, BTreeSet::from(["first old".to_owned(), "second old".to_owned()]));
}

pub(crate) fn session_times_have_bounds(kafka: &Served) {
    let group = new_group(kafka);
    for session in [1, SHORTEST_SESSION - 1, 1_800_001] {
        let mut member = Member::new(kafka, &group);
        member.session = session;
        assert_eq!(member.join().error, Some(ResponseError::InvalidSessionTimeout), "{session} ms");
    }
    let mut member = Member::new(kafka, &group);
    member.session = SHORTEST_SESSION;
    assert_eq!(member.join().error, None);
}

pub(crate) fn a_group_has_a_name(kafka: &Served) {
    let mut member = Member::new(kafka, "");
    assert_eq!(member.join().error, Some(ResponseError::InvalidGroupId));
    assert_eq!(member.beat(), Some(ResponseError::InvalidGroupId));
}

pub(crate) fn a_fixed_member_comes_back_without_a_rebalance(kafka: &Served) {
    let group = new_group(kafka);
    let mut first = Member::fixed(kafka, &group, "first");
    let joined = first.join_once();
    assert_eq!((joined.error, joined.generation), (None, 1), "its name is enough");
    let lead = first.id.clone();
    assert_eq!(first.sync(&[(&lead, "all")]).0, None);
    let mut second = Member::fixed(kafka, &group, "second");
    settle(&mut first, &mut second);

    let mut returned = Member::fixed(kafka, &group, "second");
    let joined = returned.join_once();
    assert_eq!((joined.error, joined.generation), (None, 2));
    assert_ne!(returned.id, second.id, "under a new id");
    assert_eq!(returned.sync(&[]), (None, "right".to_owned()), "with its old share");
    assert_eq!((first.beat(), returned.beat()), (None, None), "nobody had to join again");
    let fenced = Some(ResponseError::FencedInstanceId);
    assert_eq!(second.beat(), fenced, "the one before is told");
    let topic = kafka.topic(1);
    assert_eq!(second.commit_one(&topic, 0, 1), fenced);
    assert_eq!(returned.commit_one(&topic, 0, 1), None);
}

pub(crate) fn a_fixed_leader_comes_back_and_still_leads(kafka: &Served) {
    let group = new_group(kafka);
    let mut first = Member::fixed(kafka, &group, "first");
    assert_eq!(first.join_once().error, None);
    let lead = first.id.clone();
    assert_eq!(first.sync(&[(&lead, "all")]).0, None);
    let mut second = Member::fixed(kafka, &group, "second");
    settle(&mut first, &mut second);
    let mut returned = Member::fixed(kafka, &group, "first");
    let joined = returned.join_once();
    assert_eq!((joined.error, joined.generation), (None, 2));
    assert_eq!(returned.sync(&[]), (None, "left".to_owned()));
    assert_eq!((second.beat(), returned.beat()), (None, None));
}

pub(crate) fn a_fixed_member_is_sent_away_by_name(kafka: &Served) {
    let group = new_group(kafka);
    let mut first = Member::fixed(kafka, &group, "first");
    assert_eq!(first.join_once().error, None);
    let lead = first.id.clone();
    assert_eq!(first.sync(&[(&lead, "all")]).0, None);
    let mut second = Member::fixed(kafka, &group, "second");
    settle(&mut first, &mut second);
    let mut elsewhere = Member::fixed(kafka, &group, "second");
    assert_eq!(elsewhere.leave(), None, "an administrator has no id of it");
    assert_eq!(first.beat(), REBALANCE);
    assert_eq!(first.join().members.len(), 1);
    let mut unknown = Member::fixed(kafka, &group, "third");
    assert_eq!(unknown.leave(), UNKNOWN_MEMBER);
}

pub(crate) fn two_groups_know_nothing_of_each_other(kafka: &Served) {
    let (one, other) = (new_group(kafka), new_group(kafka));
    let mut first = Member::joined(kafka, &one);
    let lead = first.id.clone();
    assert_eq!(first.sync(&[(&lead, "all")]).0, None);
    let mut stranger = Member::joined(kafka, &other);
    assert_eq!((first.generation, stranger.generation), (1, 1));
    assert_eq!(first.beat(), None, "nobody joined its group");
    assert_eq!(stranger.leave(), None);
    assert_eq!(first.beat(), None);
}

pub(crate) fn ten_members_at_once_become_one_generation(kafka: &Served) {
    const MEMBERS: usize = 10;
    let group = new_group(kafka);
    // The generation whose leader saw all of them.
    let whole = AtomicI32::new(-1);
    let members: Vec<Member> = thread::scope(|scope| {
        let join = || {
            let mut member = Member::new(kafka, &group);
            wait::until_true("a generation of all", PATIENCE, || has_settled(&mut member, MEMBERS, &whole))
                .unwrap();
            member
        };
        let joining: Vec<_> = (0..MEMBERS).map(|_| scope.spawn(join)).collect();
        joining.into_iter().map(|member| member.join().unwrap()).collect()
    });
    let ids: BTreeSet<_> = members.iter().map(|member| &member.id).collect();
    let generations: BTreeSet<_> = members.iter().map(|member| member.generation).collect();
    assert_eq!((ids.len(), generations.len()), (MEMBERS, 1));
}

/// Joins and shares, and beats until the group rebalances or is whole; whether it is whole.
fn has_settled(member: &mut Member, wanted: usize, whole: &AtomicI32) -> bool {
    let joined = member.join();
    assert_eq!(joined.error, None);
    let shares: Vec<(&str, &str)> = joined.members.iter().map(|(id, _)| (id.as_str(), id.as_str())).collect();
    match member.sync(&shares) {
        (None, share) => assert_eq!(share, member.id),
        (error, _) => {
            assert_eq!(error, REBALANCE);
            return false;
        }
    }
    if joined.members.len() == wanted {
        whole.store(joined.generation, Ordering::SeqCst);
    }
    wait::until("the group to be whole or to rebalance", PATIENCE, || match member.beat() {
        None => (whole.load(Ordering::SeqCst) == member.generation).then_some(true),
        error => {
            assert_eq!(error, REBALANCE);
            Some(false)
        }
    })
    .unwrap()
}
