//! What groups commit, and what is asked of groups from outside.

use kafka_protocol::{
    ResponseError,
    messages::{
        DeleteGroupsRequest, DescribeGroupsRequest, ListGroupsRequest, OffsetDeleteRequest,
        OffsetFetchRequest,
        describe_groups_response::DescribedGroup,
        offset_delete_request::{OffsetDeleteRequestPartition, OffsetDeleteRequestTopic},
    },
};
use sawlog_e2e::wait;

use crate::{
    calls::{Outcome, outcome, string, topic_name},
    member::{KIND, Member, committed, group_id, new_group},
    served::{Served, fresh},
    wire::{Client, PATIENCE},
};

const NOTHING: (i64, &str) = (-1, "");

fn assert_committed(client: &mut Client, group: &str, topic: &str, wanted: &[(i64, &str)]) {
    let partitions: Vec<i32> = (0..).take(wanted.len()).collect();
    let found = committed(client, group, topic, &partitions);
    let found: Vec<(i64, &str)> = found.iter().map(|(offset, said)| (*offset, said.as_str())).collect();
    assert_eq!(found, wanted);
}

pub(crate) fn what_a_member_commits_is_found(kafka: &Served) {
    let (group, topic) = (new_group(kafka), kafka.topic(3));
    let mut member = Member::joined(kafka, &group);
    let lead = member.id.clone();
    assert_eq!(member.sync(&[(&lead, "all")]).0, None);
    assert_committed(&mut member.client, &group, &topic, &[NOTHING, NOTHING, NOTHING]);
    let outcomes = member.commit(&topic, &[(0, 17, "seventeen"), (2, 1 << 40, "")]);
    assert_eq!(outcomes, [(0, None), (2, None)]);
    assert_committed(&mut member.client, &group, &topic, &[(17, "seventeen"), NOTHING, (1 << 40, "")]);
    assert_eq!(member.commit(&topic, &[(0, 3, "back")]), [(0, None)], "back is allowed");
    assert_committed(&mut kafka.client(), &group, &topic, &[(3, "back"), NOTHING, (1 << 40, "")]);
    assert_eq!(member.leave(), None);
    assert_committed(&mut kafka.client(), &group, &topic, &[(3, "back"), NOTHING, (1 << 40, "")]);
}

pub(crate) fn somebody_without_a_group_may_commit_while_it_is_empty(kafka: &Served) {
    let (group, topic) = (new_group(kafka), kafka.topic(1));
    let mut outsider = Member::new(kafka, &group);
    assert_eq!(outsider.commit_one(&topic, 0, 5), None);
    assert_committed(&mut outsider.client, &group, &topic, &[(5, "")]);
    let mut member = Member::joined(kafka, &group);
    let lead = member.id.clone();
    assert_eq!(member.sync(&[(&lead, "all")]).0, None);
    assert_eq!(outsider.commit_one(&topic, 0, 6), Some(ResponseError::UnknownMemberId));
    assert_eq!(member.leave(), None);
    assert_eq!(outsider.commit_one(&topic, 0, 7), None);
    assert_committed(&mut outsider.client, &group, &topic, &[(7, "")]);
}

pub(crate) fn a_commit_waits_for_the_shares(kafka: &Served) {
    let (group, topic) = (new_group(kafka), kafka.topic(1));
    let mut member = Member::joined(kafka, &group);
    assert_eq!(member.commit_one(&topic, 0, 1), Some(ResponseError::RebalanceInProgress));
    let lead = member.id.clone();
    assert_eq!(member.sync(&[(&lead, "all")]).0, None);
    assert_eq!(member.commit_one(&topic, 0, 1), None);
    // Once another wants in, what was read under the old shares may still be committed.
    let mut other = Member::new(kafka, &group);
    assert_eq!(other.join_once().error, Some(ResponseError::MemberIdRequired));
    let joining = other.start_joining();
    member.await_rebalance();
    assert_eq!(member.commit_one(&topic, 0, 2), None);
    assert_eq!(member.join().error, None);
    assert_eq!(other.finish_joining(joining).error, None);
    assert_committed(&mut member.client, &group, &topic, &[(2, "")]);
}

pub(crate) fn a_commit_of_an_unknown_topic_is_refused(kafka: &Served) {
    let (group, topic) = (new_group(kafka), kafka.topic(1));
    let mut outsider = Member::new(kafka, &group);
    let unknown = Some(ResponseError::UnknownTopicOrPartition);
    assert_eq!(outsider.commit_one(&fresh("nowhere"), 0, 5), unknown);
    assert_eq!(outsider.commit(&topic, &[(0, 5, ""), (9, 5, "")]), [(0, None), (9, unknown)]);
    assert_committed(&mut outsider.client, &group, &topic, &[(5, "")]);
}

pub(crate) fn what_is_said_with_a_commit_has_a_limit(kafka: &Served) {
    let (group, topic) = (new_group(kafka), kafka.topic(2));
    let mut outsider = Member::new(kafka, &group);
    let (fits, does_not) = ("x".repeat(4_096), "x".repeat(4_097));
    let outcomes = outsider.commit(&topic, &[(0, 1, &fits), (1, 1, &does_not)]);
    assert_eq!(outcomes, [(0, None), (1, Some(ResponseError::OffsetMetadataTooLarge))]);
    assert_committed(&mut outsider.client, &group, &topic, &[(1, &fits), NOTHING]);
}

pub(crate) fn all_that_was_committed_can_be_asked_for(kafka: &Served) {
    let (group, one, other) = (new_group(kafka), kafka.topic(2), kafka.topic(1));
    let mut outsider = Member::new(kafka, &group);
    assert_eq!(outsider.commit_one(&one, 1, 11), None);
    assert_eq!(outsider.commit_one(&other, 0, 22), None);
    let mut client = kafka.client();
    let request = OffsetFetchRequest::default().with_group_id(group_id(&group)).with_topics(None);
    let answer = client.ask(&request);
    assert_eq!(outcome(answer.error_code), None);
    let mut found: Vec<(String, i32, i64)> = Vec::new();
    for topic in &answer.topics {
        for partition in &topic.partitions {
            found.push((topic.name.to_string(), partition.partition_index, partition.committed_offset));
        }
    }
    found.sort();
    let mut wanted = [(one, 1, 11), (other, 0, 22)];
    wanted.sort();
    assert_eq!(found, wanted);
    let request = request.with_group_id(group_id(&fresh("nobody")));
    let nothing = client.ask(&request);
    assert_eq!((outcome(nothing.error_code), nothing.topics.len()), (None, 0));
}

fn describe(client: &mut Client, group: &str) -> DescribedGroup {
    let request = DescribeGroupsRequest::default().with_groups(vec![group_id(group)]);
    client.ask_at(5, &request).groups.remove(0)
}

pub(crate) fn a_group_is_described_in_every_state(kafka: &Served) {
    let group = new_group(kafka);
    let mut client = kafka.client();
    let state = |client: &mut Client| describe(client, &group).group_state.to_string();
    assert_eq!(state(&mut client), "Dead", "what nobody knows");
    let mut member = Member::joined(kafka, &group);
    assert_eq!(state(&mut client), "CompletingRebalance");
    let lead = member.id.clone();
    assert_eq!(member.sync(&[(&lead, "a share")]).0, None);
    let found = describe(&mut client, &group);
    assert_eq!((outcome(found.error_code), &*found.group_state), (None, "Stable"));
    assert_eq!((&*found.protocol_type, &*found.protocol_data), (KIND, "by turns"));
    let one = &found.members[0];
    assert_eq!((&*one.member_id, &*one.client_id), (lead.as_str(), "conformance"));
    assert!(one.client_host.contains("127.0.0.1"), "{}", &*one.client_host);
    assert_eq!((&one.member_metadata[..], &one.member_assignment[..]), (&b"about me"[..], &b"a share"[..]));
    let mut other = Member::new(kafka, &group);
    assert_eq!(other.join_once().error, Some(ResponseError::MemberIdRequired));
    let joining = other.start_joining();
    member.await_rebalance();
    assert_eq!(state(&mut client), "PreparingRebalance");
    assert_eq!(member.leave(), None);
    assert_eq!(other.finish_joining(joining).error, None);
    assert_eq!(other.leave(), None);
    let found = describe(&mut client, &group);
    assert_eq!((&*found.group_state, found.members.len()), ("Empty", 0));
}

pub(crate) fn groups_are_listed_also_by_state(kafka: &Served) {
    let (stable, empty, topic) = (new_group(kafka), new_group(kafka), kafka.topic(1));
    let mut member = Member::joined(kafka, &stable);
    let lead = member.id.clone();
    assert_eq!(member.sync(&[(&lead, "all")]).0, None);
    assert_eq!(Member::new(kafka, &empty).commit_one(&topic, 0, 1), None);
    let mut client = kafka.client();
    let mut listed = |states: &[&str], group: &str| {
        let states = states.iter().map(|state| string(state)).collect();
        let answer = client.ask_since(4, &ListGroupsRequest::default().with_states_filter(states));
        assert_eq!(outcome(answer.error_code), None);
        let found = answer.groups.into_iter().find(|found| found.group_id.as_str() == group)?;
        Some((found.protocol_type.to_string(), found.group_state.to_string()))
    };
    let is_stable = Some((KIND.to_owned(), "Stable".to_owned()));
    let is_empty = Some((String::new(), "Empty".to_owned()));
    assert_eq!((listed(&[], &stable), listed(&[], &empty)), (is_stable.clone(), is_empty.clone()));
    assert_eq!((listed(&["Stable"], &stable), listed(&["Stable"], &empty)), (is_stable, None));
    assert_eq!((listed(&["Empty", "Dead"], &stable), listed(&["Empty", "Dead"], &empty)), (None, is_empty));
}

fn delete(client: &mut Client, group: &str) -> Outcome {
    let request = DeleteGroupsRequest::default().with_groups_names(vec![group_id(group)]);
    outcome(client.ask(&request).results[0].error_code)
}

pub(crate) fn only_an_empty_group_is_deleted_with_all_it_committed(kafka: &Served) {
    let (group, topic) = (new_group(kafka), kafka.topic(1));
    let mut client = kafka.client();
    let not_found = Some(ResponseError::GroupIdNotFound);
    assert_eq!(delete(&mut client, &group), not_found);
    let mut member = Member::joined(kafka, &group);
    let lead = member.id.clone();
    assert_eq!(member.sync(&[(&lead, "all")]).0, None);
    assert_eq!(member.commit_one(&topic, 0, 5), None);
    assert_eq!(delete(&mut client, &group), Some(ResponseError::NonEmptyGroup));
    assert_eq!(member.leave(), None);
    assert_committed(&mut client, &group, &topic, &[(5, "")]);
    assert_eq!(delete(&mut client, &group), None);
    assert_committed(&mut client, &group, &topic, &[NOTHING]);
    assert_eq!(delete(&mut client, &group), not_found);
}

fn forget(client: &mut Client, group: &str, topic: &str, partition: i32) -> (Outcome, Outcome) {
    let partition = OffsetDeleteRequestPartition::default().with_partition_index(partition);
    let topic =
        OffsetDeleteRequestTopic::default().with_name(topic_name(topic)).with_partitions(vec![partition]);
    let request = OffsetDeleteRequest::default().with_group_id(group_id(group)).with_topics(vec![topic]);
    let answer = client.ask(&request);
    let one = answer.topics.first().and_then(|topic| outcome(topic.partitions[0].error_code));
    (outcome(answer.error_code), one)
}

pub(crate) fn one_committed_offset_can_be_forgotten(kafka: &Served) {
    let (group, topic) = (new_group(kafka), kafka.topic(2));
    let mut client = kafka.client();
    assert_eq!(forget(&mut client, &group, &topic, 0).0, Some(ResponseError::GroupIdNotFound));
    let mut outsider = Member::new(kafka, &group);
    outsider.commit(&topic, &[(0, 5, ""), (1, 6, "")]);
    assert_eq!(forget(&mut client, &group, &topic, 0), (None, None));
    assert_committed(&mut client, &group, &topic, &[NOTHING, (6, "")]);
    assert_eq!(forget(&mut client, &group, &topic, 0), (None, None), "it is forgotten already");
}

/// A subscription as consumers send it: version 0, the topics, and nothing else to say.
fn subscription(topic: &str) -> &'static str {
    let mut bytes = vec![0, 0, 0, 0, 0, 1];
    bytes.extend(u16::try_from(topic.len()).unwrap().to_be_bytes());
    bytes.extend(topic.as_bytes());
    bytes.extend([0; 4]);
    String::from_utf8(bytes).unwrap().leak()
}

pub(crate) fn what_a_group_reads_is_not_forgotten(kafka: &Served) {
    let (group, topic, other) = (new_group(kafka), kafka.topic(1), kafka.topic(1));
    let mut member = Member::new(kafka, &group);
    member.kind = "consumer";
    member.protocols = vec![("range", subscription(&topic))];
    assert_eq!(member.join().error, None);
    let lead = member.id.clone();
    assert_eq!(member.sync(&[(&lead, "all")]).0, None);
    for topic in [&topic, &other] {
        assert_eq!(member.commit_one(topic, 0, 5), None);
    }
    let mut client = kafka.client();
    let subscribed = Some(ResponseError::GroupSubscribedToTopic);
    assert_eq!(forget(&mut client, &group, &topic, 0), (None, subscribed));
    assert_eq!(forget(&mut client, &group, &other, 0), (None, None));
    assert_committed(&mut client, &group, &topic, &[(5, "")]);
    assert_committed(&mut client, &group, &other, &[NOTHING]);
}

pub(crate) fn a_deleted_topic_takes_its_commits_along(kafka: &Served) {
    let (group, topic) = (new_group(kafka), kafka.topic(1));
    assert_eq!(Member::new(kafka, &group).commit_one(&topic, 0, 5), None);
    let mut client = kafka.client();
    assert_eq!(client.delete(&topic), None);
    wait::until_true("the commit to be gone", PATIENCE, || {
        committed(&mut client, &group, &topic, &[0])[0].0 == -1
    })
    .unwrap();
}
