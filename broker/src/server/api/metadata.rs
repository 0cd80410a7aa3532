//! Who is there and which topics: the cluster is this process.

use kafka_protocol::{
    error::ResponseError,
    messages::{
        BrokerId, DescribeClusterRequest, DescribeClusterResponse, MetadataRequest, MetadataResponse,
        TopicName,
        describe_cluster_response::DescribeClusterBroker,
        metadata_response::{MetadataResponseBroker, MetadataResponsePartition, MetadataResponseTopic},
    },
    protocol::StrBytes,
};
use uuid::Uuid;

use super::{Asked, text};
use crate::{
    server::{LEADER_EPOCH, NODE},
    topic::{Topic, check_name},
};

/// Authorizations are not looked up, for there are none.
const NOT_LOOKED_UP: i32 = i32::MIN;

pub(super) fn answer(asked: &Asked, request: MetadataRequest) -> MetadataResponse {
    let catalog = &asked.broker().catalog;
    let may_make = asked.version() < 4 || request.allow_auto_topic_creation;
    // Version 0 knows no null: no names mean all.
    let wanted = request.topics.filter(|names| asked.version() > 0 || !names.is_empty());
    let topics = match wanted {
        None => catalog.topics().iter().map(|topic| describe(asked, topic)).collect(),
        Some(wanted) => wanted
            .into_iter()
            .map(|wanted| match wanted.name {
                Some(name) => by_name(asked, name, may_make),
                None => by_id(asked, wanted.topic_id),
            })
            .collect(),
    };
    let (host, port) = address(asked);
    MetadataResponse::default()
        .with_brokers(vec![
            MetadataResponseBroker::default().with_node_id(BrokerId(NODE)).with_host(host).with_port(port),
        ])
        .with_cluster_id(Some(cluster_id(asked)))
        .with_controller_id(BrokerId(NODE))
        .with_topics(topics)
}

#[expect(clippy::needless_pass_by_value, reason = "as every answer takes its request")]
pub(super) fn cluster(asked: &Asked, request: DescribeClusterRequest) -> DescribeClusterResponse {
    // Controllers are nowhere else.
    const BROKERS: i8 = 1;
    if asked.version() > 0 && request.endpoint_type != BROKERS {
        let refused = DescribeClusterResponse::default().with_endpoint_type(request.endpoint_type);
        return refused
            .with_error_code(asked.code(ResponseError::UnsupportedEndpointType))
            .with_error_message(Some(text("there are no controllers besides this broker")));
    }
    let (host, port) = address(asked);
    let broker =
        DescribeClusterBroker::default().with_broker_id(BrokerId(NODE)).with_host(host).with_port(port);
    DescribeClusterResponse::default()
        .with_cluster_id(cluster_id(asked))
        .with_controller_id(BrokerId(NODE))
        .with_brokers(vec![broker])
        .with_cluster_authorized_operations(NOT_LOOKED_UP)
}

/// Where clients are sent.
pub(super) fn address(asked: &Asked) -> (StrBytes, i32) {
    match &asked.broker().options.advertise {
        Some(address) => (text(address.host.clone()), address.port.into()),
        None => (text(asked.context.here.ip().to_string()), asked.context.here.port().into()),
    }
}

/// As Apache Kafka writes ids: 22 characters.
fn cluster_id(asked: &Asked) -> StrBytes {
    text(short(asked.broker().catalog.cluster()))
}

/// Base 64 with the letters of URLs.
fn short(id: Uuid) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let number = id.as_u128();
    let letter = |place: u32| {
        let bits = if place == 21 { (number & 0b11) << 4 } else { number >> (122 - 6 * place) };
        char::from(LETTERS[usize::try_from(bits & 63).expect("because six bits fit")])
    };
    (0..22).map(letter).collect()
}

fn by_name(asked: &Asked, name: TopicName, may_make: bool) -> MetadataResponseTopic {
    let broker = asked.broker();
    let found = if may_make { broker.topic_or_new(&name) } else { broker.catalog.topic(&name) };
    if let Some(topic) = found {
        return describe(asked, &topic);
    }
    let error = match check_name(&name) {
        Ok(()) => ResponseError::UnknownTopicOrPartition,
        Err(_) => ResponseError::InvalidTopicException,
    };
    MetadataResponseTopic::default().with_name(Some(name)).with_error_code(asked.code(error))
}

fn by_id(asked: &Asked, id: Uuid) -> MetadataResponseTopic {
    let found = asked.broker().catalog.topics().into_iter().find(|topic| topic.id == id);
    match found {
        Some(topic) => describe(asked, &topic),
        None => MetadataResponseTopic::default()
            .with_topic_id(id)
            .with_error_code(asked.code(ResponseError::UnknownTopicId)),
    }
}

fn describe(asked: &Asked, topic: &Topic) -> MetadataResponseTopic {
    let this = vec![BrokerId(NODE)];
    let partitions = (0..).zip(topic.partitions()).map(|(number, partition)| {
        let described = MetadataResponsePartition::default()
            .with_partition_index(number)
            .with_leader_id(BrokerId(NODE))
            .with_leader_epoch(LEADER_EPOCH)
            .with_replica_nodes(this.clone())
            .with_isr_nodes(this.clone());
        match &partition.log {
            Ok(_) => described,
            Err(_) => described
                .with_error_code(asked.code(ResponseError::LeaderNotAvailable))
                .with_leader_id(BrokerId(-1))
                .with_isr_nodes(Vec::new())
                .with_offline_replicas(this.clone()),
        }
    });
    MetadataResponseTopic::default()
        .with_name(Some(TopicName(text(topic.name.clone()))))
        .with_topic_id(topic.id)
        .with_partitions(partitions.collect())
        .with_topic_authorized_operations(NOT_LOOKED_UP)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_22_characters() {
        assert_eq!(short(Uuid::nil()), "A".repeat(22));
        assert_eq!(short(Uuid::max()), format!("{}w", "_".repeat(21)));
        let id = Uuid::from_bytes([0xfb, 0xef, 0xbe, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
        assert_eq!(short(id), "----AQIDBAUGBwgJCgsMDQ");
    }
}
