//! A request of each API with all its fields, as `kafka-protocol` writes it.

use std::fmt::Debug;

use bytes::{Bytes, BytesMut};
use kafka_protocol::{
    messages::{
        AlterConfigsRequest, ApiKey, ApiVersionsRequest, BrokerId, CreatePartitionsRequest,
        CreateTopicsRequest, DeleteGroupsRequest, DeleteRecordsRequest, DeleteTopicsRequest,
        DescribeClusterRequest, DescribeConfigsRequest, DescribeGroupsRequest, FetchRequest,
        FindCoordinatorRequest, HeartbeatRequest, IncrementalAlterConfigsRequest, InitProducerIdRequest,
        JoinGroupRequest, LeaveGroupRequest, ListGroupsRequest, ListOffsetsRequest, MetadataRequest,
        OffsetCommitRequest, OffsetDeleteRequest, OffsetFetchRequest, OffsetForLeaderEpochRequest,
        ProduceRequest, RequestHeader, SyncGroupRequest, alter_configs_request as alter,
        create_partitions_request as grow, create_topics_request as create, delete_records_request as delete,
        delete_topics_request::DeleteTopicState, describe_configs_request::DescribeConfigsResource,
        fetch_request as fetch, incremental_alter_configs_request as incremental,
        join_group_request::JoinGroupRequestProtocol, leave_group_request::MemberIdentity,
        list_offsets_request as list, metadata_request::MetadataRequestTopic,
        offset_commit_request as commit, offset_delete_request as forget, offset_fetch_request as committed,
        offset_for_leader_epoch_request as epoch, produce_request as produce,
        sync_group_request::SyncGroupRequestAssignment,
    },
    protocol::{Decodable, Encodable, HeaderVersion, Request, StrBytes},
};
use uuid::Uuid;

/// How a request is filled.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fill {
    pub(crate) version: i16,
    /// Elements of each array.
    pub(crate) count: usize,
    /// Each text, and each field of bytes.
    pub(crate) text: &'static str,
    /// Whether what may be null is null.
    pub(crate) nulls: bool,
}

impl Fill {
    fn has(&self, since: i16) -> bool {
        self.version >= since
    }

    fn text<T: From<StrBytes>>(&self) -> T {
        StrBytes::from_static_str(self.text).into()
    }

    fn bytes(&self) -> Bytes {
        Bytes::from_static(self.text.as_bytes())
    }

    fn or_null<T>(&self, value: T) -> Option<T> {
        (!self.nulls).then_some(value)
    }

    fn many<T: Clone>(&self, value: T) -> Vec<T> {
        vec![value; self.count]
    }
}

/// A request that can be made from a [`Fill`].
trait Filled: Request + Debug + PartialEq {
    fn filled(fill: &Fill) -> Self;
}

macro_rules! requests {
    ($($api:ident => $request:ty,)*) => {
        /// A whole frame, without the length in front of it, and where its body begins.
        pub(crate) fn frame(api: ApiKey, fill: &Fill) -> (Vec<u8>, usize) {
            match api {
                $(ApiKey::$api => encode::<$request>(fill),)*
                _ => panic!("{api:?} has no sample"),
            }
        }

        /// Decodes a body; nothing when it is refused, otherwise how many bytes were left over.
        pub(crate) fn decode(api: ApiKey, version: i16, body: &mut Bytes) -> Option<usize> {
            match api {
                $(ApiKey::$api => <$request>::decode(body, version).ok().map(|_| body.len()),)*
                _ => panic!("{api:?} has no sample"),
            }
        }
    };
}

requests! {
    Produce => ProduceRequest,
    Fetch => FetchRequest,
    ListOffsets => ListOffsetsRequest,
    Metadata => MetadataRequest,
    OffsetCommit => OffsetCommitRequest,
    OffsetFetch => OffsetFetchRequest,
    FindCoordinator => FindCoordinatorRequest,
    JoinGroup => JoinGroupRequest,
    Heartbeat => HeartbeatRequest,
    LeaveGroup => LeaveGroupRequest,
    SyncGroup => SyncGroupRequest,
    DescribeGroups => DescribeGroupsRequest,
    ListGroups => ListGroupsRequest,
    ApiVersions => ApiVersionsRequest,
    CreateTopics => CreateTopicsRequest,
    DeleteTopics => DeleteTopicsRequest,
    DeleteRecords => DeleteRecordsRequest,
    InitProducerId => InitProducerIdRequest,
    OffsetForLeaderEpoch => OffsetForLeaderEpochRequest,
    DescribeConfigs => DescribeConfigsRequest,
    AlterConfigs => AlterConfigsRequest,
    CreatePartitions => CreatePartitionsRequest,
    DeleteGroups => DeleteGroupsRequest,
    IncrementalAlterConfigs => IncrementalAlterConfigsRequest,
    OffsetDelete => OffsetDeleteRequest,
    DescribeCluster => DescribeClusterRequest,
}

fn encode<R: Filled>(fill: &Fill) -> (Vec<u8>, usize) {
    let version = fill.version;
    let header = RequestHeader::default()
        .with_request_api_key(R::KEY)
        .with_request_api_version(version)
        .with_correlation_id(77)
        .with_client_id(fill.or_null(fill.text()));
    let mut frame = BytesMut::new();
    header.encode(&mut frame, <R as HeaderVersion>::header_version(version)).unwrap();
    let body = frame.len();
    if R::KEY == ApiKey::Produce as i16 && version < 3 {
        // The codec knows none of these: they are the third without the transactional id.
        let mut third = BytesMut::new();
        R::filled(&Fill { nulls: true, ..*fill }).encode(&mut third, 3).unwrap();
        assert_eq!(third[..2], [0xff; 2]);
        frame.extend_from_slice(&third[2..]);
    } else {
        let request = R::filled(fill);
        request.encode(&mut frame, version).unwrap();
        // A field that its version does not have would be lost: the sample is what it says it is.
        assert_eq!(R::decode(&mut &frame[body..], version).unwrap(), request, "version {version}");
    }
    (frame.to_vec(), body)
}

impl Filled for ProduceRequest {
    fn filled(fill: &Fill) -> Self {
        let partition =
            produce::PartitionProduceData::default().with_index(3).with_records(fill.or_null(fill.bytes()));
        let topic = produce::TopicProduceData::default()
            .with_name(fill.text())
            .with_partition_data(fill.many(partition));
        Self::default()
            .with_transactional_id(fill.or_null(fill.text()))
            .with_acks(-1)
            .with_timeout_ms(1000)
            .with_topic_data(fill.many(topic))
    }
}

impl Filled for FetchRequest {
    fn filled(fill: &Fill) -> Self {
        let mut partition = fetch::FetchPartition::default();
        partition.partition = 3;
        partition.fetch_offset = 1 << 40;
        partition.partition_max_bytes = 1 << 20;
        if fill.has(5) {
            partition.log_start_offset = 1 << 39;
        }
        if fill.has(9) {
            partition.current_leader_epoch = 5;
        }
        let topic =
            fetch::FetchTopic::default().with_topic(fill.text()).with_partitions(fill.many(partition));
        let mut request = Self::default()
            .with_replica_id(BrokerId(-1))
            .with_max_wait_ms(500)
            .with_min_bytes(1)
            .with_max_bytes(50 << 20)
            .with_isolation_level(1)
            .with_topics(fill.many(topic));
        if fill.has(7) {
            let forgotten = fetch::ForgottenTopic::default();
            let forgotten = forgotten.with_topic(fill.text()).with_partitions(fill.many(9));
            request.session_id = 11;
            request.session_epoch = 12;
            request.forgotten_topics_data = fill.many(forgotten);
        }
        if fill.has(11) {
            request.rack_id = fill.text();
        }
        request
    }
}

impl Filled for ListOffsetsRequest {
    fn filled(fill: &Fill) -> Self {
        let mut partition = list::ListOffsetsPartition::default().with_partition_index(3).with_timestamp(-2);
        if fill.has(4) {
            partition.current_leader_epoch = 5;
        }
        let topic =
            list::ListOffsetsTopic::default().with_name(fill.text()).with_partitions(fill.many(partition));
        let request = Self::default().with_replica_id(BrokerId(-1)).with_topics(fill.many(topic));
        if fill.has(2) { request.with_isolation_level(1) } else { request }
    }
}

impl Filled for MetadataRequest {
    fn filled(fill: &Fill) -> Self {
        let mut topic = MetadataRequestTopic::default().with_name(Some(fill.text()));
        if fill.has(10) {
            topic = topic.with_topic_id(Uuid::from_u128(u128::MAX / 3)).with_name(fill.or_null(fill.text()));
        }
        let topics = fill.many(topic);
        // In 10 and later the topics stay, so that a topic without a name is seen.
        let all = fill.nulls && (1..10).contains(&fill.version);
        let mut request = Self::default().with_topics((!all).then_some(topics));
        if fill.has(4) {
            request.allow_auto_topic_creation = false;
        }
        if fill.has(8) {
            request.include_cluster_authorized_operations = !fill.has(11);
            request.include_topic_authorized_operations = true;
        }
        request
    }
}

impl Filled for OffsetCommitRequest {
    fn filled(fill: &Fill) -> Self {
        let mut partition = commit::OffsetCommitRequestPartition::default()
            .with_partition_index(3)
            .with_committed_offset(1 << 40)
            .with_committed_metadata(fill.or_null(fill.text()));
        if fill.has(6) {
            partition.committed_leader_epoch = 5;
        }
        let topic = commit::OffsetCommitRequestTopic::default()
            .with_name(fill.text())
            .with_partitions(fill.many(partition));
        let mut request = Self::default()
            .with_group_id(fill.text())
            .with_generation_id_or_member_epoch(4)
            .with_member_id(fill.text())
            .with_topics(fill.many(topic));
        if !fill.has(5) {
            request.retention_time_ms = 1000;
        }
        if fill.has(7) {
            request.group_instance_id = fill.or_null(fill.text());
        }
        request
    }
}

impl Filled for OffsetFetchRequest {
    fn filled(fill: &Fill) -> Self {
        let mut request = Self::default();
        if fill.has(7) {
            request.require_stable = true;
        }
        if fill.has(8) {
            let topic = committed::OffsetFetchRequestTopics::default();
            let topic = topic.with_name(fill.text()).with_partition_indexes(fill.many(3));
            let group = committed::OffsetFetchRequestGroup::default();
            let group = group.with_group_id(fill.text()).with_topics(fill.or_null(fill.many(topic)));
            request.with_groups(fill.many(group))
        } else {
            let topic = committed::OffsetFetchRequestTopic::default();
            let topic = topic.with_name(fill.text()).with_partition_indexes(fill.many(3));
            let topics = fill.many(topic);
            let all = fill.nulls && fill.has(2);
            request.with_group_id(fill.text()).with_topics((!all).then_some(topics))
        }
    }
}

impl Filled for FindCoordinatorRequest {
    fn filled(fill: &Fill) -> Self {
        let mut request = Self::default();
        if fill.has(1) {
            request.key_type = 1;
        }
        if fill.has(4) {
            request.with_coordinator_keys(fill.many(fill.text()))
        } else {
            request.with_key(fill.text())
        }
    }
}

impl Filled for JoinGroupRequest {
    fn filled(fill: &Fill) -> Self {
        let protocol = JoinGroupRequestProtocol::default().with_name(fill.text()).with_metadata(fill.bytes());
        let mut request = Self::default()
            .with_group_id(fill.text())
            .with_session_timeout_ms(10_000)
            .with_member_id(fill.text())
            .with_protocol_type(fill.text())
            .with_protocols(fill.many(protocol));
        if fill.has(1) {
            request.rebalance_timeout_ms = 60_000;
        }
        if fill.has(5) {
            request.group_instance_id = fill.or_null(fill.text());
        }
        if fill.has(8) {
            request.reason = fill.or_null(fill.text());
        }
        request
    }
}

impl Filled for HeartbeatRequest {
    fn filled(fill: &Fill) -> Self {
        let request =
            Self::default().with_group_id(fill.text()).with_generation_id(4).with_member_id(fill.text());
        let instance = if fill.has(3) { fill.or_null(fill.text()) } else { None };
        request.with_group_instance_id(instance)
    }
}

impl Filled for LeaveGroupRequest {
    fn filled(fill: &Fill) -> Self {
        let request = Self::default().with_group_id(fill.text());
        if !fill.has(3) {
            return request.with_member_id(fill.text());
        }
        let mut member = MemberIdentity::default()
            .with_member_id(fill.text())
            .with_group_instance_id(fill.or_null(fill.text()));
        if fill.has(5) {
            member.reason = fill.or_null(fill.text());
        }
        request.with_members(fill.many(member))
    }
}

impl Filled for SyncGroupRequest {
    fn filled(fill: &Fill) -> Self {
        let assignment =
            SyncGroupRequestAssignment::default().with_member_id(fill.text()).with_assignment(fill.bytes());
        let mut request = Self::default()
            .with_group_id(fill.text())
            .with_generation_id(4)
            .with_member_id(fill.text())
            .with_assignments(fill.many(assignment));
        if fill.has(3) {
            request.group_instance_id = fill.or_null(fill.text());
        }
        if fill.has(5) {
            request.protocol_type = fill.or_null(fill.text());
            request.protocol_name = fill.or_null(fill.text());
        }
        request
    }
}

impl Filled for DescribeGroupsRequest {
    fn filled(fill: &Fill) -> Self {
        Self::default().with_groups(fill.many(fill.text())).with_include_authorized_operations(fill.has(3))
    }
}

impl Filled for ListGroupsRequest {
    fn filled(fill: &Fill) -> Self {
        let states = if fill.has(4) { fill.many(fill.text()) } else { Vec::new() };
        Self::default().with_states_filter(states)
    }
}

impl Filled for ApiVersionsRequest {
    fn filled(fill: &Fill) -> Self {
        if !fill.has(3) {
            return Self::default();
        }
        Self::default().with_client_software_name(fill.text()).with_client_software_version(fill.text())
    }
}

impl Filled for CreateTopicsRequest {
    fn filled(fill: &Fill) -> Self {
        let assignment = create::CreatableReplicaAssignment::default()
            .with_partition_index(3)
            .with_broker_ids(fill.many(BrokerId(1)));
        let config = create::CreatableTopicConfig::default()
            .with_name(fill.text())
            .with_value(fill.or_null(fill.text()));
        let topic = create::CreatableTopic::default()
            .with_name(fill.text())
            .with_num_partitions(4)
            .with_replication_factor(1)
            .with_assignments(fill.many(assignment))
            .with_configs(fill.many(config));
        Self::default().with_topics(fill.many(topic)).with_timeout_ms(1000).with_validate_only(true)
    }
}

impl Filled for DeleteTopicsRequest {
    fn filled(fill: &Fill) -> Self {
        let request = Self::default().with_timeout_ms(1000);
        if !fill.has(6) {
            return request.with_topic_names(fill.many(fill.text()));
        }
        let topic = DeleteTopicState::default()
            .with_name(fill.or_null(fill.text()))
            .with_topic_id(Uuid::from_u128(u128::MAX / 3));
        request.with_topics(fill.many(topic))
    }
}

impl Filled for DeleteRecordsRequest {
    fn filled(fill: &Fill) -> Self {
        let partition =
            delete::DeleteRecordsPartition::default().with_partition_index(3).with_offset(1 << 40);
        let topic = delete::DeleteRecordsTopic::default()
            .with_name(fill.text())
            .with_partitions(fill.many(partition));
        Self::default().with_topics(fill.many(topic)).with_timeout_ms(1000)
    }
}

impl Filled for InitProducerIdRequest {
    fn filled(fill: &Fill) -> Self {
        let request = Self::default()
            .with_transactional_id(fill.or_null(fill.text()))
            .with_transaction_timeout_ms(1000);
        if !fill.has(3) {
            return request;
        }
        request.with_producer_id(1234.into()).with_producer_epoch(5)
    }
}

impl Filled for OffsetForLeaderEpochRequest {
    fn filled(fill: &Fill) -> Self {
        let partition = epoch::OffsetForLeaderPartition::default()
            .with_partition(3)
            .with_current_leader_epoch(5)
            .with_leader_epoch(4);
        let topic = epoch::OffsetForLeaderTopic::default()
            .with_topic(fill.text())
            .with_partitions(fill.many(partition));
        let request = Self::default().with_topics(fill.many(topic));
        if fill.has(3) { request.with_replica_id(BrokerId(-1)) } else { request }
    }
}

impl Filled for DescribeConfigsRequest {
    fn filled(fill: &Fill) -> Self {
        let resource = DescribeConfigsResource::default()
            .with_resource_type(2)
            .with_resource_name(fill.text())
            .with_configuration_keys(fill.or_null(fill.many(fill.text())));
        Self::default()
            .with_resources(fill.many(resource))
            .with_include_synonyms(true)
            .with_include_documentation(fill.has(3))
    }
}

impl Filled for AlterConfigsRequest {
    fn filled(fill: &Fill) -> Self {
        let config =
            alter::AlterableConfig::default().with_name(fill.text()).with_value(fill.or_null(fill.text()));
        let resource = alter::AlterConfigsResource::default()
            .with_resource_type(2)
            .with_resource_name(fill.text())
            .with_configs(fill.many(config));
        Self::default().with_resources(fill.many(resource)).with_validate_only(true)
    }
}

impl Filled for CreatePartitionsRequest {
    fn filled(fill: &Fill) -> Self {
        let assignment = grow::CreatePartitionsAssignment::default().with_broker_ids(fill.many(BrokerId(1)));
        let topic = grow::CreatePartitionsTopic::default()
            .with_name(fill.text())
            .with_count(8)
            .with_assignments(fill.or_null(fill.many(assignment)));
        Self::default().with_topics(fill.many(topic)).with_timeout_ms(1000).with_validate_only(true)
    }
}

impl Filled for DeleteGroupsRequest {
    fn filled(fill: &Fill) -> Self {
        Self::default().with_groups_names(fill.many(fill.text()))
    }
}

impl Filled for IncrementalAlterConfigsRequest {
    fn filled(fill: &Fill) -> Self {
        let config = incremental::AlterableConfig::default()
            .with_name(fill.text())
            .with_config_operation(1)
            .with_value(fill.or_null(fill.text()));
        let resource = incremental::AlterConfigsResource::default()
            .with_resource_type(2)
            .with_resource_name(fill.text())
            .with_configs(fill.many(config));
        Self::default().with_resources(fill.many(resource)).with_validate_only(true)
    }
}

impl Filled for OffsetDeleteRequest {
    fn filled(fill: &Fill) -> Self {
        let partition = forget::OffsetDeleteRequestPartition::default().with_partition_index(3);
        let topic = forget::OffsetDeleteRequestTopic::default()
            .with_name(fill.text())
            .with_partitions(fill.many(partition));
        Self::default().with_group_id(fill.text()).with_topics(fill.many(topic))
    }
}

impl Filled for DescribeClusterRequest {
    fn filled(fill: &Fill) -> Self {
        let request = Self::default().with_include_cluster_authorized_operations(true);
        if fill.has(1) { request.with_endpoint_type(2) } else { request }
    }
}
