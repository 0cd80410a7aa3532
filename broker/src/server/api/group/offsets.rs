//! How far groups have come.

use kafka_protocol::{
    error::ResponseError,
    messages::{
        OffsetCommitRequest, OffsetCommitResponse, OffsetDeleteRequest, OffsetDeleteResponse,
        OffsetFetchRequest, OffsetFetchResponse, TopicName,
        offset_commit_response::{OffsetCommitResponsePartition, OffsetCommitResponseTopic},
        offset_delete_response::{OffsetDeleteResponsePartition, OffsetDeleteResponseTopic},
        offset_fetch_response::{
            OffsetFetchResponseGroup, OffsetFetchResponsePartition, OffsetFetchResponsePartitions,
            OffsetFetchResponseTopic, OffsetFetchResponseTopics,
        },
    },
};

use super::{super::text, Asked, owned};
use crate::group::{Caller, Committed, OffsetCommit};

/// The answers to several places, handed out again in the order in which they were asked for.
struct Answers(Result<std::vec::IntoIter<Result<(), ResponseError>>, ResponseError>);

impl Answers {
    fn next(&mut self) -> Result<(), ResponseError> {
        let answers = self.0.as_mut().map_err(|error| *error)?;
        answers.next().expect("because each place has its answer")
    }
}

fn is_there(asked: &Asked, topic: &str, partition: i32) -> bool {
    asked.broker().catalog.topic(topic).is_some_and(|topic| topic.partition(partition).is_some())
}

pub(super) async fn commit(asked: Asked, request: OffsetCommitRequest) -> OffsetCommitResponse {
    let caller = Caller {
        member_id: request.member_id.to_string(),
        instance_id: owned(request.group_instance_id.as_ref()),
        generation: request.generation_id_or_member_epoch,
    };
    let retention = Some(request.retention_time_ms).filter(|retention| *retention >= 0);
    let mut commits = Vec::new();
    // Looked up once: a topic that goes or comes meanwhile must not shift the answers.
    let mut known = Vec::new();
    for topic in &request.topics {
        for partition in &topic.partitions {
            let is_known = is_there(&asked, &topic.name, partition.partition_index);
            known.push(is_known);
            if is_known {
                commits.push(OffsetCommit {
                    topic: topic.name.to_string(),
                    partition: partition.partition_index,
                    offset: partition.committed_offset,
                    epoch: partition.committed_leader_epoch,
                    note: owned(partition.committed_metadata.as_ref()).unwrap_or_default(),
                    retention,
                });
            }
        }
    }
    let committed = asked.broker().groups.commit(&request.group_id, &caller, commits).await;
    let mut answers = Answers(committed.map(IntoIterator::into_iter));
    let mut known = known.into_iter();
    let topics = request.topics.into_iter().map(|topic| {
        let partitions = topic.partitions.into_iter().map(|partition| {
            let answer = match known.next() {
                Some(true) => answers.next(),
                _ => Err(ResponseError::UnknownTopicOrPartition),
            };
            OffsetCommitResponsePartition::default()
                .with_partition_index(partition.partition_index)
                .with_error_code(answer.map_or_else(|error| asked.code(error), |()| 0))
        });
        let partitions = partitions.collect();
        OffsetCommitResponseTopic::default().with_name(topic.name).with_partitions(partitions)
    });
    OffsetCommitResponse::default().with_topics(topics.collect())
}

/// Committed offsets by topic and partition; `None` where nothing was committed.
type Found = Vec<(TopicName, Vec<(i32, Option<Committed>)>)>;

fn find(asked: &Asked, group: &str, wanted: Option<Vec<(TopicName, Vec<i32>)>>) -> Found {
    let groups = &asked.broker().groups;
    let Some(wanted) = wanted else {
        let mut all: Found = Vec::new();
        for (topic, partition, committed) in groups.all_committed(group) {
            let place = (partition, Some(committed));
            match all.last_mut().filter(|(last, _)| ***last == *topic) {
                Some((_, partitions)) => partitions.push(place),
                None => all.push((TopicName(text(topic)), vec![place])),
            }
        }
        return all;
    };
    let found = wanted.into_iter().map(|(topic, partitions)| {
        let find = |partition| (partition, groups.committed(group, &topic, partition));
        let places = partitions.into_iter().map(find).collect();
        (topic, places)
    });
    found.collect()
}

/// What is said of a partition for which nothing was committed.
fn nothing() -> Committed {
    Committed { offset: -1, epoch: -1, note: String::new(), at: 0, expires: None }
}

pub(super) async fn fetch(asked: Asked, request: OffsetFetchRequest) -> OffsetFetchResponse {
    /// The version since which several groups are asked for at once.
    const SEVERAL: i16 = 8;
    let response = OffsetFetchResponse::default();
    if asked.version() >= SEVERAL {
        let groups = request.groups.into_iter().map(|group| {
            let wanted = group.topics.map(|topics| {
                topics.into_iter().map(|topic| (topic.name, topic.partition_indexes)).collect()
            });
            let topics = find(&asked, &group.group_id, wanted).into_iter().map(|(name, places)| {
                let partitions = places.into_iter().map(|(partition, committed)| {
                    let committed = committed.unwrap_or_else(nothing);
                    OffsetFetchResponsePartitions::default()
                        .with_partition_index(partition)
                        .with_committed_offset(committed.offset)
                        .with_committed_leader_epoch(committed.epoch)
                        .with_metadata(Some(text(committed.note)))
                });
                OffsetFetchResponseTopics::default().with_name(name).with_partitions(partitions.collect())
            });
            let topics = topics.collect();
            OffsetFetchResponseGroup::default().with_group_id(group.group_id).with_topics(topics)
        });
        return response.with_groups(groups.collect());
    }
    let wanted = request
        .topics
        .map(|topics| topics.into_iter().map(|topic| (topic.name, topic.partition_indexes)).collect());
    let topics = find(&asked, &request.group_id, wanted).into_iter().map(|(name, places)| {
        let partitions = places.into_iter().map(|(partition, committed)| {
            let committed = committed.unwrap_or_else(nothing);
            OffsetFetchResponsePartition::default()
                .with_partition_index(partition)
                .with_committed_offset(committed.offset)
                .with_committed_leader_epoch(committed.epoch)
                .with_metadata(Some(text(committed.note)))
        });
        OffsetFetchResponseTopic::default().with_name(name).with_partitions(partitions.collect())
    });
    response.with_topics(topics.collect())
}

pub(super) async fn delete(asked: Asked, request: OffsetDeleteRequest) -> OffsetDeleteResponse {
    let mut known = Vec::new();
    let mut places = Vec::new();
    for topic in &request.topics {
        for partition in &topic.partitions {
            let is_known = is_there(&asked, &topic.name, partition.partition_index);
            known.push(is_known);
            if is_known {
                places.push((topic.name.to_string(), partition.partition_index));
            }
        }
    }
    let response = OffsetDeleteResponse::default();
    let deleted = match asked.broker().groups.delete_offsets(&request.group_id, places).await {
        Ok(deleted) => deleted,
        Err(error) => return response.with_error_code(asked.code(error)),
    };
    let mut answers = Answers(Ok(deleted.into_iter()));
    let mut known = known.into_iter();
    let topics = request.topics.into_iter().map(|topic| {
        let partitions = topic.partitions.into_iter().map(|partition| {
            let answer = match known.next() {
                Some(true) => answers.next(),
                _ => Err(ResponseError::UnknownTopicOrPartition),
            };
            OffsetDeleteResponsePartition::default()
                .with_partition_index(partition.partition_index)
                .with_error_code(answer.map_or_else(|error| asked.code(error), |()| 0))
        });
        let partitions = partitions.collect();
        OffsetDeleteResponseTopic::default().with_name(topic.name).with_partitions(partitions)
    });
    response.with_topics(topics.collect())
}
