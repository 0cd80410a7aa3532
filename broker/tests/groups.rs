//! Consumer groups over the wire: every version that is offered, and the clients of this house.
#![allow(missing_docs, clippy::unwrap_used)]

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use bytes::{Buf as _, BufMut as _, Bytes, BytesMut};
use kafka_protocol::{
    error::ResponseError,
    messages::{
        DeleteGroupsRequest, DescribeGroupsRequest, FindCoordinatorRequest, HeartbeatRequest,
        JoinGroupRequest, LeaveGroupRequest, ListGroupsRequest, OffsetCommitRequest, OffsetDeleteRequest,
        OffsetFetchRequest, RequestHeader, ResponseHeader, SyncGroupRequest, TopicName,
        join_group_request::JoinGroupRequestProtocol,
        leave_group_request::MemberIdentity,
        offset_commit_request::{OffsetCommitRequestPartition, OffsetCommitRequestTopic},
        offset_delete_request::{OffsetDeleteRequestPartition, OffsetDeleteRequestTopic},
        offset_fetch_request::{OffsetFetchRequestGroup, OffsetFetchRequestTopic, OffsetFetchRequestTopics},
        sync_group_request::SyncGroupRequestAssignment,
    },
    protocol::{Decodable, Encodable, HeaderVersion, Request, StrBytes},
};
use rdkafka::{
    ClientConfig, Message as _, Offset, TopicPartitionList,
    admin::{AdminClient, AdminOptions, NewTopic, TopicReplication},
    client::DefaultClientContext,
    consumer::{BaseConsumer, CommitMode, Consumer as _},
    message::BorrowedMessage,
    producer::{BaseRecord, DefaultProducerContext, Producer as _, ThreadedProducer},
};
use sawlog_broker::{Handle, Options, Service, ServiceError};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    task::JoinHandle,
};

const TOPIC: &str = "logs";
const SOON: Duration = Duration::from_secs(30);

/// A broker that runs.
struct Running {
    folder: TempDir,
    handle: Handle,
    ended: JoinHandle<Result<(), ServiceError>>,
}

impl Running {
    async fn start() -> Self {
        let running = Self::start_in(tempfile::tempdir().unwrap()).await;
        let topic = NewTopic::new(TOPIC, 4, TopicReplication::Fixed(1));
        let created = running.admin().create_topics(&[topic], &AdminOptions::new()).await.unwrap();
        assert!(created.iter().all(Result::is_ok), "{created:?}");
        running
    }

    async fn start_in(folder: TempDir) -> Self {
        let listen = "127.0.0.1:0".parse().unwrap();
        let mut options = Options { listen, ..Options::new(folder.path()) };
        options.groups.limits.session_timeout_min = 100;
        let service = Service::start(options).await.unwrap();
        let handle = service.handle();
        Self { folder, handle, ended: tokio::spawn(service.run()) }
    }

    async fn again(self) -> Self {
        Self::start_in(self.end().await).await
    }

    async fn end(self) -> TempDir {
        self.handle.stop();
        self.ended.await.unwrap().unwrap();
        self.folder
    }

    fn client(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", self.handle.address().to_string());
        config
    }

    fn admin(&self) -> AdminClient<DefaultClientContext> {
        self.client().create().unwrap()
    }

    fn consumer(&self, extra: &[(&str, &str)]) -> BaseConsumer {
        let mut config = self.client();
        config.set("group.id", "g").set("auto.offset.reset", "earliest").set("enable.auto.commit", "false");
        config.set("session.timeout.ms", "6000").set("heartbeat.interval.ms", "200");
        for (name, value) in extra {
            config.set(*name, *value);
        }
        let consumer: BaseConsumer = config.create().unwrap();
        consumer.subscribe(&[TOPIC]).unwrap();
        consumer
    }
}

/// A connection that speaks one version after the other.
struct Wire(TcpStream);

impl Wire {
    async fn to(running: &Running) -> Self {
        Self(TcpStream::connect(running.handle.address()).await.unwrap())
    }

    async fn send<Q: Request>(&mut self, version: i16, request: &Q) {
        let mut frame = BytesMut::new();
        let header = RequestHeader::default()
            .with_request_api_key(Q::KEY)
            .with_request_api_version(version)
            .with_correlation_id(7)
            .with_client_id(Some(StrBytes::from_static_str("a client")));
        header.encode(&mut frame, Q::header_version(version)).unwrap();
        request.encode(&mut frame, version).unwrap();
        self.0.write_u32(u32::try_from(frame.len()).unwrap()).await.unwrap();
        self.0.write_all(&frame).await.unwrap();
    }

    async fn ask<Q: Request>(&mut self, version: i16, request: &Q) -> Q::Response {
        self.send(version, request).await;
        let length = self.0.read_u32().await.unwrap();
        let mut answer = BytesMut::zeroed(length as usize);
        self.0.read_exact(&mut answer).await.unwrap();
        let mut answer = answer.freeze();
        let header = ResponseHeader::decode(&mut answer, Q::Response::header_version(version)).unwrap();
        assert_eq!(header.correlation_id, 7);
        let response = Q::Response::decode(&mut answer, version).unwrap();
        assert!(!answer.has_remaining(), "{version}");
        response
    }
}

fn text(text: &str) -> StrBytes {
    StrBytes::from_string(text.to_owned())
}

fn subscription() -> Bytes {
    let mut said = BytesMut::new();
    said.put_i16(0);
    said.put_i32(1);
    said.put_i16(4);
    said.put_slice(TOPIC.as_bytes());
    said.put_i32(-1);
    said.freeze()
}

fn joining(group: &str, member: StrBytes) -> JoinGroupRequest {
    let protocol = JoinGroupRequestProtocol::default().with_name(text("range")).with_metadata(subscription());
    JoinGroupRequest::default()
        .with_group_id(text(group).into())
        .with_member_id(member)
        .with_session_timeout_ms(10_000)
        .with_rebalance_timeout_ms(10_000)
        .with_protocol_type(text("consumer"))
        .with_protocols(vec![protocol])
}

/// Joins as clients of that version do, and is the leader.
async fn join(wire: &mut Wire, version: i16, group: &str) -> StrBytes {
    let mut joining = joining(group, StrBytes::default());
    if version == 0 {
        joining.rebalance_timeout_ms = -1;
    }
    let mut joined = wire.ask(version, &joining).await;
    if version >= 4 {
        assert_eq!(joined.error_code, ResponseError::MemberIdRequired.code());
        joined = wire.ask(version, &joining.with_member_id(joined.member_id)).await;
    }
    assert_eq!((joined.error_code, joined.generation_id), (0, 1), "{version}");
    assert_eq!((joined.leader, joined.members.len()), (joined.member_id.clone(), 1));
    assert_eq!(joined.protocol_name, Some(text("range")));
    assert_eq!(joined.protocol_type, (version >= 7).then(|| text("consumer")));
    assert!(joined.member_id.starts_with("a client-"));
    joined.member_id
}

fn committing(group: &str, member: &StrBytes, generation: i32, places: &[(i32, i64)]) -> OffsetCommitRequest {
    let partitions = places.iter().map(|(partition, offset)| {
        OffsetCommitRequestPartition::default()
            .with_partition_index(*partition)
            .with_committed_offset(*offset)
            .with_committed_metadata(Some(text("note")))
    });
    let topic = OffsetCommitRequestTopic::default()
        .with_name(TopicName(text(TOPIC)))
        .with_partitions(partitions.collect());
    OffsetCommitRequest::default()
        .with_group_id(text(group).into())
        .with_member_id(member.clone())
        .with_generation_id_or_member_epoch(generation)
        .with_topics(vec![topic])
}

#[tokio::test]
async fn members_are_served_in_every_version() {
    let running = Running::start().await;
    let mut wire = Wire::to(&running).await;
    for version in 0..=9 {
        let group = format!("group {version}");
        let member = join(&mut wire, version, &group).await;
        let refused = wire.ask(version, &joining(&group, text("stranger"))).await;
        assert_eq!(refused.error_code, ResponseError::UnknownMemberId.code());

        let share = SyncGroupRequestAssignment::default()
            .with_member_id(member.clone())
            .with_assignment(Bytes::from_static(b"all"));
        let syncing = SyncGroupRequest::default()
            .with_group_id(text(&group).into())
            .with_generation_id(1)
            .with_member_id(member.clone())
            .with_assignments(vec![share]);
        let sync_version = version.min(5);
        let nulls = sync_version >= 5;
        let syncing = syncing.with_protocol_type(nulls.then(|| text("consumer")));
        let syncing = syncing.with_protocol_name(nulls.then(|| text("range")));
        let synced = wire.ask(sync_version, &syncing).await;
        assert_eq!((synced.error_code, synced.assignment), (0, Bytes::from_static(b"all")));
        let refused = wire.ask(sync_version, &syncing.with_generation_id(5)).await;
        assert_eq!(refused.error_code, ResponseError::IllegalGeneration.code());

        let beating = HeartbeatRequest::default().with_group_id(text(&group).into());
        let beating = beating.with_generation_id(1).with_member_id(member.clone());
        assert_eq!(wire.ask(version.min(4), &beating).await.error_code, 0);

        let describing =
            DescribeGroupsRequest::default().with_groups(vec![text(&group).into(), text("nobody").into()]);
        let described = wire.ask(version.min(5), &describing).await.groups;
        assert_eq!((&*described[0].group_state, &*described[1].group_state), ("Stable", "Dead"));
        assert_eq!(described[0].members[0].client_host, text("/127.0.0.1"));
        assert_eq!(described[0].members[0].member_metadata, subscription());

        let leaving = LeaveGroupRequest::default().with_group_id(text(&group).into());
        let left = if version < 3 {
            wire.ask(version, &leaving.with_member_id(member)).await.error_code
        } else {
            let members = vec![MemberIdentity::default().with_member_id(member)];
            wire.ask(version.min(5), &leaving.with_members(members)).await.members[0].error_code
        };
        assert_eq!(left, 0);
        let deleting = DeleteGroupsRequest::default().with_groups_names(vec![text(&group).into()]);
        let deleted = wire.ask(version.min(2), &deleting).await;
        assert_eq!(deleted.results[0].error_code, 0);
    }
    running.end().await;
}

#[tokio::test]
async fn offsets_are_served_in_every_version() {
    let running = Running::start().await;
    let mut wire = Wire::to(&running).await;
    let nobody = StrBytes::default();
    for version in 2..=8 {
        let committing = committing("g", &nobody, -1, &[(0, 40 + i64::from(version)), (9, 1)]);
        let committed = wire.ask(version, &committing).await;
        let codes: Vec<i16> = committed.topics[0].partitions.iter().map(|answer| answer.error_code).collect();
        assert_eq!(codes, [0, ResponseError::UnknownTopicOrPartition.code()]);
    }
    for version in 1..=7 {
        let name = TopicName(text(TOPIC));
        let topic = OffsetFetchRequestTopic::default().with_name(name).with_partition_indexes(vec![0, 1]);
        let fetching = OffsetFetchRequest::default().with_group_id(text("g").into());
        let fetched = wire.ask(version, &fetching.clone().with_topics(Some(vec![topic]))).await;
        let partitions = &fetched.topics[0].partitions;
        assert_eq!((partitions[0].committed_offset, partitions[1].committed_offset), (48, -1));
        assert_eq!(partitions[0].metadata, Some(text("note")));
        if version >= 2 {
            let all = wire.ask(version, &fetching.with_topics(None)).await;
            assert_eq!((all.topics.len(), all.topics[0].partitions.len()), (1, 1));
        }
    }
    let name = TopicName(text(TOPIC));
    let topic = OffsetFetchRequestTopics::default().with_name(name).with_partition_indexes(vec![0]);
    let group = |id: &str, topics| {
        OffsetFetchRequestGroup::default().with_group_id(text(id).into()).with_topics(topics)
    };
    let groups = vec![group("g", Some(vec![topic.clone()])), group("g", None), group("h", Some(vec![topic]))];
    let fetched = wire.ask(8, &OffsetFetchRequest::default().with_groups(groups)).await.groups;
    let offsets = fetched.iter().map(|group| group.topics[0].partitions[0].committed_offset);
    assert_eq!(offsets.collect::<Vec<_>>(), [48, 48, -1]);
    running.end().await;
}

#[tokio::test]
async fn groups_are_found_listed_and_cleaned_in_every_version() {
    let running = Running::start().await;
    let mut wire = Wire::to(&running).await;
    wire.ask(8, &committing("g", &StrBytes::default(), -1, &[(0, 5), (1, 5)])).await;
    join(&mut wire, 5, "h").await;
    for version in 0..=4 {
        let finding = FindCoordinatorRequest::default();
        let port = i32::from(running.handle.address().port());
        if version < 4 {
            let found = wire.ask(version, &finding.with_key(text("g"))).await;
            assert_eq!((found.error_code, &*found.host, found.port), (0, "127.0.0.1", port));
        } else {
            let finding = finding.with_coordinator_keys(vec![text("g"), text("h")]);
            let found = wire.ask(version, &finding.clone()).await.coordinators;
            assert_eq!((found.len(), found[1].error_code, found[1].port), (2, 0, port));
            let refused = wire.ask(version, &finding.with_key_type(1)).await.coordinators;
            let code = ResponseError::TransactionalIdAuthorizationFailed.code();
            assert_eq!((refused[0].error_code, refused[0].port), (code, -1));
        }
        let listed = wire.ask(version, &ListGroupsRequest::default()).await.groups;
        let ids: Vec<&str> = listed.iter().map(|group| &**group.group_id).collect();
        assert_eq!(ids, ["g", "h"]);
    }
    let empty = ListGroupsRequest::default().with_states_filter(vec![text("empty")]);
    let listed = wire.ask(4, &empty).await.groups;
    assert_eq!((listed.len(), &*listed[0].group_state), (1, "Empty"));

    let partitions =
        [0, 9].map(|partition| OffsetDeleteRequestPartition::default().with_partition_index(partition));
    let topic = OffsetDeleteRequestTopic::default().with_name(TopicName(text(TOPIC)));
    let deleting =
        OffsetDeleteRequest::default().with_topics(vec![topic.with_partitions(partitions.to_vec())]);
    let deleted = wire.ask(0, &deleting.clone().with_group_id(text("g").into())).await;
    let codes: Vec<i16> = deleted.topics[0].partitions.iter().map(|answer| answer.error_code).collect();
    assert_eq!(codes, [0, ResponseError::UnknownTopicOrPartition.code()]);
    let deleted = wire.ask(0, &deleting.clone().with_group_id(text("h").into())).await;
    let code = ResponseError::GroupSubscribedToTopic.code();
    assert_eq!(deleted.topics[0].partitions[0].error_code, code);
    let deleted = wire.ask(0, &deleting.with_group_id(text("nobody").into())).await;
    assert_eq!(deleted.error_code, ResponseError::GroupIdNotFound.code());

    let names = ["g", "h", "nobody"].map(|name| text(name).into());
    let deleted = wire.ask(2, &DeleteGroupsRequest::default().with_groups_names(names.to_vec())).await;
    let codes: Vec<i16> = deleted.results.iter().map(|result| result.error_code).collect();
    let [in_use, not_found] = [ResponseError::NonEmptyGroup, ResponseError::GroupIdNotFound];
    assert_eq!(codes, [0, in_use.code(), not_found.code()]);
    running.end().await;
}

#[tokio::test]
async fn the_offsets_of_a_topic_go_with_it() {
    let running = Running::start().await;
    let mut wire = Wire::to(&running).await;
    wire.ask(8, &committing("g", &StrBytes::default(), -1, &[(0, 5)])).await;
    running.admin().delete_topics(&[TOPIC], &AdminOptions::new()).await.unwrap();
    let fetching = OffsetFetchRequest::default().with_group_id(text("g").into()).with_topics(None);
    assert!(wire.ask(5, &fetching).await.topics.is_empty());
    running.end().await;
}

/// One that leaves while its request to join still waits, and closes, as librdkafka does: it has left.
#[tokio::test]
async fn who_leaves_and_closes_at_once_has_left() {
    let running = Running::start().await;
    let (mut first, mut second) = (Wire::to(&running).await, Wire::to(&running).await);
    let leader = join(&mut first, 3, "g").await;
    let sent_back = second.ask(4, &joining("g", StrBytes::default())).await.member_id;
    second.send(4, &joining("g", sent_back.clone())).await;
    let members = vec![MemberIdentity::default().with_member_id(sent_back)];
    let leaving = LeaveGroupRequest::default().with_group_id(text("g").into());
    second.send(3, &leaving.with_members(members)).await;
    drop(second);
    tokio::time::timeout(Duration::from_secs(5), async {
        loop {
            // Each time the first joins, the second is answered if it is there, and then its leaving is heard of.
            let joined = first.ask(3, &joining("g", leader.clone())).await;
            if joined.generation_id > 1 && joined.members.len() == 1 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await
    .unwrap();
    running.end().await;
}

fn produce(running: &Running, from: usize, count: usize) {
    let producer: ThreadedProducer<DefaultProducerContext> = running.client().create().unwrap();
    for n in from..from + count {
        let partition = i32::try_from(n % 4).unwrap();
        let payload = n.to_string();
        producer.send(BaseRecord::<(), _>::to(TOPIC).payload(&payload).partition(partition)).unwrap();
    }
    producer.flush(SOON).unwrap();
}

/// Polls all until each has so many partitions; what they read meanwhile is collected.
fn settle(consumers: &[&BaseConsumer], wanted: &[usize], read: &mut BTreeSet<usize>) {
    let patience = Instant::now() + SOON;
    loop {
        for consumer in consumers {
            poll(consumer, read);
        }
        let counts: Vec<usize> =
            consumers.iter().map(|consumer| consumer.assignment().unwrap().count()).collect();
        if counts == wanted {
            return;
        }
        assert!(Instant::now() < patience, "{counts:?} instead of {wanted:?}");
    }
}

fn number(message: &BorrowedMessage<'_>) -> usize {
    std::str::from_utf8(message.payload().unwrap()).unwrap().parse().unwrap()
}

fn poll(consumer: &BaseConsumer, read: &mut BTreeSet<usize>) {
    if let Some(message) = consumer.poll(Duration::from_millis(5)) {
        let number = number(&message.unwrap());
        assert!(read.insert(number), "{number} was read twice");
    }
}

fn read_all(consumers: &[&BaseConsumer], count: usize, read: &mut BTreeSet<usize>) {
    let patience = Instant::now() + SOON;
    while read.len() < count {
        for consumer in consumers {
            poll(consumer, read);
        }
        assert!(Instant::now() < patience, "{} of {count}", read.len());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn consumers_share_a_topic_and_take_over_from_one_another() {
    for strategy in ["range", "cooperative-sticky"] {
        let running = Running::start().await;
        let running = tokio::task::spawn_blocking(move || {
            let strategy = [("partition.assignment.strategy", strategy)];
            let mut read = BTreeSet::new();
            let first = running.consumer(&strategy);
            settle(&[&first], &[4], &mut read);
            let second = running.consumer(&strategy);
            settle(&[&first, &second], &[2, 2], &mut read);
            produce(&running, 0, 200);
            read_all(&[&first, &second], 200, &mut read);
            first.commit_consumer_state(CommitMode::Sync).unwrap();
            second.commit_consumer_state(CommitMode::Sync).unwrap();
            // It leaves, and the other goes on where it was.
            drop(second);
            settle(&[&first], &[4], &mut read);
            produce(&running, 200, 100);
            read_all(&[&first], 300, &mut read);
            first.commit_consumer_state(CommitMode::Sync).unwrap();
            running
        })
        .await
        .unwrap();

        let running = running.again().await;
        let running = tokio::task::spawn_blocking(move || {
            produce(&running, 300, 100);
            let mut read = (0..300).collect();
            let third = running.consumer(&[("partition.assignment.strategy", strategy)]);
            read_all(&[&third], 400, &mut read);
            running
        });
        running.await.unwrap().end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consumer_outlives_the_broker_under_it() {
    let running = Running::start().await;
    let address = running.handle.address();
    let consumer = running.consumer(&[]);
    let (consumer, running) = tokio::task::spawn_blocking(move || {
        let mut read = BTreeSet::new();
        produce(&running, 0, 40);
        settle(&[&consumer], &[4], &mut read);
        read_all(&[&consumer], 40, &mut read);
        consumer.commit_consumer_state(CommitMode::Sync).unwrap();
        (consumer, running)
    })
    .await
    .unwrap();
    let folder = running.end().await;
    let options = Options { listen: address, ..Options::new(folder.path()) };
    let service = Service::start(options).await.unwrap();
    let handle = service.handle();
    let running = Running { folder, handle, ended: tokio::spawn(service.run()) };
    let running = tokio::task::spawn_blocking(move || {
        produce(&running, 40, 40);
        let mut read: BTreeSet<usize> = (0..40).collect();
        let patience = Instant::now() + SOON;
        let mut places = TopicPartitionList::new();
        places.add_partition(TOPIC, 0);
        // The broker has forgotten its members. Until this one has joined again its commits are refused, and then it
        // reads from the last one that was not.
        let is_committed = || {
            let _may_be_refused = consumer.commit_consumer_state(CommitMode::Sync);
            let committed = consumer.committed_offsets(places.clone(), SOON).unwrap();
            committed.elements()[0].offset() == Offset::Offset(20)
        };
        while read.len() < 80 || !is_committed() {
            if let Some(Ok(message)) = consumer.poll(Duration::from_millis(5)) {
                read.insert(number(&message));
            }
            assert!(Instant::now() < patience);
        }
        running
    });
    running.await.unwrap().end().await;
}
