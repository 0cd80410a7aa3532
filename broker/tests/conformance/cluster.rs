//! What a server says of itself: its name, its node, and what it speaks.

use kafka_protocol::{
    ResponseError,
    messages::{ApiKey, ApiVersionsRequest, ApiVersionsResponse, DescribeClusterRequest, MetadataRequest},
    protocol::{Decodable as _, StrBytes},
};

use crate::{
    calls::outcome,
    served::Served,
    wire::{Client, frame_header, versions},
};

pub(crate) fn the_cluster_has_one_name_and_one_broker(kafka: &Served) {
    let mut client = kafka.client();
    let metadata = client.ask(&MetadataRequest::default().with_topics(Some(vec![])));
    let found = client.ask(&DescribeClusterRequest::default());
    assert_eq!(outcome(found.error_code), None);
    assert!(!found.cluster_id.is_empty());
    assert_eq!(metadata.cluster_id.as_ref(), Some(&found.cluster_id), "told the same everywhere");
    assert_eq!(metadata.controller_id, found.controller_id);
    let [broker] = &found.brokers[..] else { panic!("{:?}", found.brokers) };
    let [again] = &metadata.brokers[..] else { panic!("{:?}", metadata.brokers) };
    assert_eq!(broker.broker_id, found.controller_id);
    assert_eq!((again.node_id, &again.host, again.port), (broker.broker_id, &broker.host, broker.port));
    assert_eq!(
        format!("{}:{}", &*broker.host, broker.port),
        kafka.address.to_string(),
        "where it is reached"
    );
    let later = kafka.client().ask(&DescribeClusterRequest::default());
    assert_eq!((later.cluster_id, later.brokers), (found.cluster_id, found.brokers));
}

pub(crate) fn everything_a_client_needs_is_spoken(kafka: &Served) {
    let needed = [
        (ApiKey::Produce, 8),
        (ApiKey::Fetch, 11),
        (ApiKey::ListOffsets, 7),
        (ApiKey::Metadata, 12),
        (ApiKey::OffsetCommit, 8),
        (ApiKey::OffsetFetch, 7),
        (ApiKey::FindCoordinator, 3),
        (ApiKey::JoinGroup, 5),
        (ApiKey::Heartbeat, 3),
        (ApiKey::LeaveGroup, 3),
        (ApiKey::SyncGroup, 3),
        (ApiKey::DescribeGroups, 5),
        (ApiKey::ListGroups, 4),
        (ApiKey::ApiVersions, 3),
        (ApiKey::CreateTopics, 7),
        (ApiKey::DeleteTopics, 6),
        (ApiKey::DeleteRecords, 1),
        (ApiKey::InitProducerId, 3),
        (ApiKey::OffsetForLeaderEpoch, 3),
        (ApiKey::DescribeConfigs, 2),
        (ApiKey::AlterConfigs, 1),
        (ApiKey::CreatePartitions, 2),
        (ApiKey::DeleteGroups, 1),
        (ApiKey::IncrementalAlterConfigs, 0),
        (ApiKey::OffsetDelete, 0),
        (ApiKey::DescribeCluster, 0),
    ];
    let client = kafka.client();
    for (api, version) in needed {
        let (lowest, highest) = client.spoken(api).unwrap_or_else(|| panic!("{api:?} is not spoken"));
        assert!((lowest..=highest).contains(&version), "{api:?} {version}, spoken are {lowest} to {highest}");
    }
}

pub(crate) fn produce_is_announced_from_zero_for_old_clients(kafka: &Served) {
    // An old librdkafka sends nothing compressed unless it is; nobody writes with versions 0 to 2.
    let (lowest, _) = kafka.client().spoken(ApiKey::Produce).unwrap();
    assert_eq!(lowest, 0);
}

pub(crate) fn every_version_announced_of_versions_is_answered_alike(kafka: &Served) {
    let mut client = kafka.client();
    let (_, highest) = client.spoken(ApiKey::ApiVersions).unwrap();
    let request = ApiVersionsRequest::default()
        .with_client_software_name(StrBytes::from_static_str("conformance"))
        .with_client_software_version(StrBytes::from_static_str("1"));
    let first = client.ask_at(0, &ApiVersionsRequest::default());
    assert_eq!(outcome(first.error_code), None);
    for version in 1..=highest.min(4) {
        let empty = ApiVersionsRequest::default();
        let answer = client.ask_at(version, if version < 3 { &empty } else { &request });
        assert_eq!(outcome(answer.error_code), None);
        for api in versions(&first).keys() {
            assert!(versions(&answer).contains_key(api), "version {version} forgets {api}");
        }
    }
}

pub(crate) fn a_version_of_the_future_is_answered_with_those_of_today(kafka: &Served) {
    let mut client = Client::connect_silently(kafka.address);
    // As it will look, nobody knows: only the beginning can be read.
    let mut frame = frame_header(ApiKey::ApiVersions as i16, 99, 5, 2);
    frame.extend_from_slice(b"\x0ccompact\x09and so on\0");
    client.send_frame(&frame);
    let mut answer = client.frame().unwrap();
    assert_eq!(answer.split_to(4)[..], 5_i32.to_be_bytes());
    let answer = ApiVersionsResponse::decode(&mut answer, 0).unwrap();
    assert_eq!(outcome(answer.error_code), Some(ResponseError::UnsupportedVersion));
    let (lowest, highest) = versions(&answer)[&(ApiKey::ApiVersions as i16)];
    assert!(lowest == 0 && highest >= 3);
    assert_eq!(
        outcome(client.ask_at(0, &ApiVersionsRequest::default()).error_code),
        None,
        "it can ask again"
    );
}

pub(crate) fn every_version_of_metadata_tells_of_a_topic(kafka: &Served) {
    let topic = kafka.topic(2);
    let mut client = kafka.client();
    let (lowest, highest) = client.spoken(ApiKey::Metadata).unwrap();
    for version in lowest..=highest.min(12) {
        let wanted = kafka_protocol::messages::metadata_request::MetadataRequestTopic::default()
            .with_name(Some(crate::calls::topic_name(&topic)));
        let request = MetadataRequest::default()
            .with_topics(Some(vec![wanted]))
            .with_allow_auto_topic_creation(version < 4);
        let answer = client.ask_at(version, &request);
        let found = &answer.topics[0];
        assert_eq!((outcome(found.error_code), found.partitions.len()), (None, 2), "version {version}");
        assert_eq!(i32::from(kafka.address.port()), answer.brokers[0].port, "version {version}");
    }
}
