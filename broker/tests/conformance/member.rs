//! A member of a consumer group, step by step: what a client library does by itself is a call here.

use bytes::Bytes;
use kafka_protocol::{
    ResponseError,
    messages::{
        FindCoordinatorRequest, GroupId, HeartbeatRequest, JoinGroupRequest, JoinGroupResponse,
        LeaveGroupRequest, OffsetCommitRequest, OffsetFetchRequest, SyncGroupRequest,
        join_group_request::JoinGroupRequestProtocol,
        leave_group_request::MemberIdentity,
        offset_commit_request::{OffsetCommitRequestPartition, OffsetCommitRequestTopic},
        offset_fetch_request::OffsetFetchRequestTopic,
        sync_group_request::SyncGroupRequestAssignment,
    },
    protocol::StrBytes,
};
use sawlog_e2e::wait;

use crate::{
    calls::{Outcome, is_there, outcome, string, topic_name},
    served::{Served, fresh},
    wire::{Client, PATIENCE},
};

/// The shortest a group lets a member be silent.
pub(crate) const SHORTEST_SESSION: i32 = 6_000;

/// What the groups of most cases are: nobody looks into what their members say.
pub(crate) const KIND: &str = "conformance";

/// A member, and all it knows.
pub(crate) struct Member {
    pub(crate) client: Client,
    pub(crate) group: String,
    pub(crate) id: String,
    pub(crate) generation: i32,
    pub(crate) instance: Option<String>,
    pub(crate) session: i32,
    /// How long the others wait for it to join again.
    pub(crate) rejoin: i32,
    /// `consumer` for those whose metadata is a subscription, which Apache Kafka looks into.
    pub(crate) kind: &'static str,
    pub(crate) protocols: Vec<(&'static str, &'static str)>,
}

/// What a join was answered with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Joined {
    pub(crate) error: Outcome,
    pub(crate) generation: i32,
    pub(crate) protocol: String,
    pub(crate) leader: String,
    /// Id and what it said of itself; for the leader only.
    pub(crate) members: Vec<(String, String)>,
}

/// A group's id.
pub(crate) fn group_id(group: &str) -> GroupId {
    GroupId(string(group))
}

/// A group nobody else has, with its coordinator there.
pub(crate) fn new_group(kafka: &Served) -> String {
    let group = fresh("group");
    let mut stranger = Member { id: "nobody".to_owned(), ..Member::new(kafka, &group) };
    let request = FindCoordinatorRequest::default().with_key(string(&group));
    wait::until_true("a coordinator", PATIENCE, || is_there(stranger.client.ask(&request).error_code))
        .unwrap();
    // It is found before it has read what it knows.
    wait::until_true("the coordinator to know its groups", PATIENCE, || {
        stranger.beat() == Some(ResponseError::UnknownMemberId)
    })
    .unwrap();
    group
}

impl Member {
    /// Somebody who has not joined yet.
    pub(crate) fn new(kafka: &Served, group: &str) -> Self {
        Self {
            client: kafka.client(),
            group: group.to_owned(),
            id: String::new(),
            generation: -1,
            instance: None,
            session: 30_000,
            rejoin: 20_000,
            kind: KIND,
            protocols: vec![("by turns", "about me")],
        }
    }

    /// Somebody of that name, who may come back.
    pub(crate) fn fixed(kafka: &Served, group: &str, instance: &str) -> Self {
        Self { instance: Some(instance.to_owned()), ..Self::new(kafka, group) }
    }

    /// A new member that is alone in its group, or wakes the others.
    pub(crate) fn joined(kafka: &Served, group: &str) -> Self {
        let mut member = Self::new(kafka, group);
        let joined = member.join();
        assert_eq!(joined.error, None);
        member
    }

    fn instance(&self) -> Option<StrBytes> {
        self.instance.as_deref().map(string)
    }

    /// The question to join.
    pub(crate) fn join_request(&self) -> JoinGroupRequest {
        let protocol = |(name, metadata): &(&'static str, &'static str)| {
            JoinGroupRequestProtocol::default()
                .with_name(string(name))
                .with_metadata(Bytes::from_static(metadata.as_bytes()))
        };
        JoinGroupRequest::default()
            .with_group_id(group_id(&self.group))
            .with_session_timeout_ms(self.session)
            .with_rebalance_timeout_ms(self.rejoin)
            .with_member_id(string(&self.id))
            .with_group_instance_id(self.instance())
            .with_protocol_type(string(self.kind))
            .with_protocols(self.protocols.iter().map(protocol).collect())
    }

    /// Joins as clients do: a member without an id is given one first. Waits for the others.
    pub(crate) fn join(&mut self) -> Joined {
        let first = self.join_once();
        if first.error == Some(ResponseError::MemberIdRequired) { self.join_once() } else { first }
    }

    /// One question to join.
    pub(crate) fn join_once(&mut self) -> Joined {
        let number = self.start_joining();
        self.finish_joining(number)
    }

    /// Asks to join without waiting for the answer.
    pub(crate) fn start_joining(&mut self) -> i32 {
        let version = self.client.version::<JoinGroupRequest>();
        assert!(version >= 5, "members are told apart since version 5");
        self.client.send(version, &self.join_request())
    }

    /// The answer to [`Self::start_joining`].
    pub(crate) fn finish_joining(&mut self, number: i32) -> Joined {
        let version = self.client.version::<JoinGroupRequest>();
        let answer = self.client.answer::<JoinGroupRequest>(version, number);
        self.take(answer)
    }

    fn take(&mut self, answer: JoinGroupResponse) -> Joined {
        if !answer.member_id.is_empty() {
            self.id = answer.member_id.to_string();
        }
        let error = outcome(answer.error_code);
        if error.is_none() {
            self.generation = answer.generation_id;
        }
        let text = |bytes: &Bytes| String::from_utf8(bytes.to_vec()).unwrap();
        let members = answer.members.iter();
        Joined {
            error,
            generation: answer.generation_id,
            protocol: answer.protocol_name.unwrap_or_default().to_string(),
            leader: answer.leader.to_string(),
            members: members.map(|member| (member.member_id.to_string(), text(&member.metadata))).collect(),
        }
    }

    /// Says who gets what, if it leads; returns what it got.
    pub(crate) fn sync(&mut self, assignments: &[(&str, &str)]) -> (Outcome, String) {
        let number = self.start_syncing(assignments);
        self.finish_syncing(number)
    }

    /// Asks for its share without waiting.
    pub(crate) fn start_syncing(&mut self, assignments: &[(&str, &str)]) -> i32 {
        let assignment = |(member, share): &(&str, &str)| {
            SyncGroupRequestAssignment::default()
                .with_member_id(string(member))
                .with_assignment(Bytes::copy_from_slice(share.as_bytes()))
        };
        let request = SyncGroupRequest::default()
            .with_group_id(group_id(&self.group))
            .with_generation_id(self.generation)
            .with_member_id(string(&self.id))
            .with_group_instance_id(self.instance())
            .with_protocol_type(Some(string(self.kind)))
            .with_protocol_name(Some(string(self.protocols[0].0)))
            .with_assignments(assignments.iter().map(assignment).collect());
        self.client.send(self.client.version::<SyncGroupRequest>(), &request)
    }

    /// The answer to [`Self::start_syncing`].
    pub(crate) fn finish_syncing(&mut self, number: i32) -> (Outcome, String) {
        let version = self.client.version::<SyncGroupRequest>();
        let answer = self.client.answer::<SyncGroupRequest>(version, number);
        (outcome(answer.error_code), String::from_utf8(answer.assignment.to_vec()).unwrap())
    }

    /// Says that it is there.
    pub(crate) fn beat(&mut self) -> Outcome {
        let request = HeartbeatRequest::default()
            .with_group_id(group_id(&self.group))
            .with_generation_id(self.generation)
            .with_member_id(string(&self.id))
            .with_group_instance_id(self.instance());
        outcome(self.client.ask(&request).error_code)
    }

    /// Says that it is there until it is told to join again.
    pub(crate) fn await_rebalance(&mut self) {
        wait::until_true("the group to rebalance", PATIENCE, || {
            let told = self.beat();
            assert!(matches!(told, None | Some(ResponseError::RebalanceInProgress)), "{told:?}");
            told.is_some()
        })
        .unwrap();
    }

    /// Leaves.
    pub(crate) fn leave(&mut self) -> Outcome {
        let member = MemberIdentity::default()
            .with_member_id(string(&self.id))
            .with_group_instance_id(self.instance())
            .with_reason(None);
        let request =
            LeaveGroupRequest::default().with_group_id(group_id(&self.group)).with_members(vec![member]);
        let answer = self.client.ask_since(3, &request);
        outcome(answer.error_code).or_else(|| outcome(answer.members[0].error_code))
    }

    /// Commits offsets of one topic; the outcome of each, in the order of partitions.
    pub(crate) fn commit(&mut self, topic: &str, offsets: &[(i32, i64, &str)]) -> Vec<(i32, Outcome)> {
        let partition = |(partition, offset, metadata): &(i32, i64, &str)| {
            OffsetCommitRequestPartition::default()
                .with_partition_index(*partition)
                .with_committed_offset(*offset)
                .with_committed_metadata(Some(string(metadata)))
        };
        let topic = OffsetCommitRequestTopic::default()
            .with_name(topic_name(topic))
            .with_partitions(offsets.iter().map(partition).collect());
        let request = OffsetCommitRequest::default()
            .with_group_id(group_id(&self.group))
            .with_generation_id_or_member_epoch(self.generation)
            .with_member_id(string(&self.id))
            .with_group_instance_id(self.instance())
            .with_topics(vec![topic]);
        let mut answer = self.client.ask(&request);
        let mut partitions = answer.topics.remove(0).partitions;
        partitions.sort_by_key(|found| found.partition_index);
        partitions.iter().map(|found| (found.partition_index, outcome(found.error_code))).collect()
    }

    /// Commits one offset.
    pub(crate) fn commit_one(&mut self, topic: &str, partition: i32, offset: i64) -> Outcome {
        self.commit(topic, &[(partition, offset, "")]).remove(0).1
    }
}

/// What a group has committed of a topic's partitions: offset and what was said with it.
pub(crate) fn committed(
    client: &mut Client,
    group: &str,
    topic: &str,
    partitions: &[i32],
) -> Vec<(i64, String)> {
    let wanted = OffsetFetchRequestTopic::default()
        .with_name(topic_name(topic))
        .with_partition_indexes(partitions.to_vec());
    let request =
        OffsetFetchRequest::default().with_group_id(group_id(group)).with_topics(Some(vec![wanted]));
    let mut answer = client.ask(&request);
    assert_eq!(outcome(answer.error_code), None);
    let mut found = answer.topics.remove(0).partitions;
    found.sort_by_key(|found| partitions.iter().position(|partition| *partition == found.partition_index));
    found
        .into_iter()
        .map(|found| {
            assert_eq!(outcome(found.error_code), None);
            (found.committed_offset, found.metadata.unwrap_or_default().to_string())
        })
        .collect()
}
