//! Offsets of a log: where it begins and ends, where a time is, and a new beginning.

use std::sync::Arc;

use kafka_protocol::{
    error::ResponseError,
    messages::{
        DeleteRecordsRequest, DeleteRecordsResponse, ListOffsetsRequest, ListOffsetsResponse,
        OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse,
        delete_records_response::{DeleteRecordsPartitionResult, DeleteRecordsTopicResult},
        list_offsets_response::{ListOffsetsPartitionResponse, ListOffsetsTopicResponse},
        offset_for_leader_epoch_response::{EpochEndOffset, OffsetForLeaderTopicResult},
    },
};

use super::{Asked, fetch::wrong_epoch, produce::code_of_log};
use crate::{log::Log, server::LEADER_EPOCH};

const LATEST: i64 = -1;
const EARLIEST: i64 = -2;
const LATEST_TIME: i64 = -3;
/// Nothing is there.
const NONE: i64 = -1;

pub(super) fn list(asked: &Asked, request: ListOffsetsRequest) -> ListOffsetsResponse {
    let topics = request.topics.into_iter().map(|topic| {
        let partitions = topic.partitions.iter().map(|partition| {
            let number = partition.partition_index;
            let found = log_of(asked, &topic.name, number).and_then(|log| {
                wrong_epoch(partition.current_leader_epoch).map_or(Ok(()), Err)?;
                find(asked, &log, partition.timestamp)
            });
            let response = ListOffsetsPartitionResponse::default().with_partition_index(number);
            match found {
                Ok((offset, time)) => {
                    let response = response.with_offset(offset).with_timestamp(time);
                    let epoch = if offset == NONE { -1 } else { LEADER_EPOCH };
                    if asked.version() >= 4 { response.with_leader_epoch(epoch) } else { response }
                }
                Err(error) => {
                    response.with_error_code(asked.code(error)).with_offset(NONE).with_timestamp(NONE)
                }
            }
        });
        let partitions = partitions.collect();
        ListOffsetsTopicResponse::default().with_name(topic.name).with_partitions(partitions)
    });
    ListOffsetsResponse::default().with_topics(topics.collect())
}

fn find(asked: &Asked, log: &Log, time: i64) -> Result<(i64, i64), ResponseError> {
    let found = match time {
        LATEST => return Ok((log.synced(), NONE)),
        EARLIEST => return Ok((log.start(), NONE)),
        LATEST_TIME if asked.version() >= 7 => log.find_latest(),
        ..0 => return Err(ResponseError::UnsupportedVersion),
        time => log.find_time(time),
    };
    Ok(found.map_err(|error| code_of_log(&error))?.unwrap_or((NONE, NONE)))
}

pub(super) fn of_epoch(asked: &Asked, request: OffsetForLeaderEpochRequest) -> OffsetForLeaderEpochResponse {
    let topics = request.topics.into_iter().map(|topic| {
        let partitions = topic.partitions.iter().map(|partition| {
            let number = partition.partition;
            let found = log_of(asked, &topic.topic, number).and_then(|log| {
                wrong_epoch(partition.current_leader_epoch).map_or(Ok(()), Err)?;
                Ok(log)
            });
            let response = EpochEndOffset::default().with_partition(number);
            match found {
                Ok(log) if partition.leader_epoch == LEADER_EPOCH => {
                    response.with_leader_epoch(LEADER_EPOCH).with_end_offset(log.synced())
                }
                Ok(_) => response.with_leader_epoch(-1).with_end_offset(NONE),
                Err(error) => {
                    response.with_error_code(asked.code(error)).with_leader_epoch(-1).with_end_offset(NONE)
                }
            }
        });
        let partitions = partitions.collect();
        OffsetForLeaderTopicResult::default().with_topic(topic.topic).with_partitions(partitions)
    });
    OffsetForLeaderEpochResponse::default().with_topics(topics.collect())
}

pub(super) fn delete(asked: &Asked, request: DeleteRecordsRequest) -> DeleteRecordsResponse {
    /// To the end.
    const ALL: i64 = -1;
    let topics = request.topics.into_iter().map(|topic| {
        let partitions = topic.partitions.iter().map(|partition| {
            let number = partition.partition_index;
            let deleted = log_of(asked, &topic.name, number).and_then(|log| {
                let offset = if partition.offset == ALL { log.synced() } else { partition.offset };
                log.delete_before(offset).map_err(|error| code_of_log(&error))?;
                Ok(log.start())
            });
            let result = DeleteRecordsPartitionResult::default().with_partition_index(number);
            match deleted {
                Ok(start) => result.with_low_watermark(start),
                Err(error) => result.with_error_code(asked.code(error)).with_low_watermark(NONE),
            }
        });
        let partitions = partitions.collect();
        DeleteRecordsTopicResult::default().with_name(topic.name).with_partitions(partitions)
    });
    DeleteRecordsResponse::default().with_topics(topics.collect())
}

fn log_of(asked: &Asked, topic: &str, partition: i32) -> Result<Arc<Log>, ResponseError> {
    let found = asked.broker().catalog.topic(topic).and_then(|topic| topic.partition(partition));
    let found = found.ok_or(ResponseError::UnknownTopicOrPartition)?;
    found.log.as_ref().map(Arc::clone).map_err(|_| ResponseError::KafkaStorageError)
}
