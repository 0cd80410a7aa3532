//! Storing what producers send.
//!
//! A request is appended when it is read, so that those of one connection stay in order and share a sync; it is
//! answered when the bytes are on disk for good. Whether a producer wants all copies or one makes no difference.

use std::sync::Arc;

use bytes::Bytes;
use kafka_protocol::{
    error::ResponseError,
    messages::{
        ProduceRequest, ProduceResponse, TopicName,
        produce_request::PartitionProduceData,
        produce_response::{PartitionProduceResponse, TopicProduceResponse},
    },
};
use tokio::{sync::oneshot, task::spawn_blocking};

use super::{Asked, RequestError, in_full, text};
use crate::{
    batch::{Batch, BatchError, Codec},
    log::{Appended, LogError, SequenceError},
    metrics::OfTopic,
    server::{LEADER_EPOCH, answer::Later, now},
    topic::{Partition, Topic},
};

/// The first version that may hold Zstandard.
const ZSTD: i16 = 7;

/// A partition's part of an answer.
struct Pending {
    topic: usize,
    response: PartitionProduceResponse,
    synced: Option<oneshot::Receiver<Result<i64, Arc<LogError>>>>,
}

/// What is refused, and why.
struct Refused {
    error: ResponseError,
    why: String,
}

fn refused(error: ResponseError, why: impl Into<String>) -> Refused {
    Refused { error, why: why.into() }
}

/// Appends, and answers later; nothing when the producer wants no answer.
pub(super) async fn take(asked: Asked, body: Bytes) -> Result<Option<Later>, RequestError> {
    let request: ProduceRequest = asked.decode(body)?;
    let acks = request.acks;
    let names: Vec<TopicName> = request.topic_data.iter().map(|topic| topic.name.clone()).collect();
    let asking = asked.clone();
    let appending = spawn_blocking(move || append_all(&asking, request));
    let pending = appending.await.expect("because appending does not panic");
    if acks == 0 {
        return Ok(None);
    }
    Ok(Some(Box::pin(async move {
        let mut topics: Vec<TopicProduceResponse> =
            names.into_iter().map(|name| TopicProduceResponse::default().with_name(name)).collect();
        for Pending { topic, mut response, synced } in pending {
            if let Some(synced) = synced
                && let Err(error) = synced.await.expect("because whoever syncs tells how it went")
            {
                response = failed(&asked, response.index, &refused(code_of_log(&error), in_full(&*error)));
            }
            topics[topic].partition_responses.push(response);
        }
        asked.envelope.seal::<ProduceRequest>(&ProduceResponse::default().with_responses(topics))
    })))
}

fn append_all(asked: &Asked, request: ProduceRequest) -> Vec<Pending> {
    let is_known = matches!(request.acks, -1..=1);
    let is_transactional = request.transactional_id.is_some();
    let mut pending = Vec::new();
    for (number, sent) in request.topic_data.into_iter().enumerate() {
        let topic = asked.broker().topic_or_new(&sent.name);
        for data in sent.partition_data {
            let index = data.index;
            let appended = match &topic {
                _ if !is_known => {
                    Err(refused(ResponseError::InvalidRequiredAcks, "acks has to be -1, 0 or 1"))
                }
                _ if is_transactional => {
                    let why = "transactions are not supported";
                    Err(refused(ResponseError::TransactionalIdAuthorizationFailed, why))
                }
                None => Err(refused(ResponseError::UnknownTopicOrPartition, "there is no such topic")),
                Some(topic) => append(asked, topic, &data),
            };
            pending.push(match appended {
                Err(why) => Pending { topic: number, response: failed(asked, index, &why), synced: None },
                Ok((partition, appended)) => Pending {
                    topic: number,
                    response: succeeded(index, &partition, &appended),
                    synced: Some(synced(asked, partition)),
                },
            });
        }
    }
    pending
}

fn append(
    asked: &Asked,
    topic: &Topic,
    data: &PartitionProduceData,
) -> Result<(Arc<Partition>, Appended), Refused> {
    let unknown = || refused(ResponseError::UnknownTopicOrPartition, "there is no such partition");
    let partition = topic.partition(data.index).ok_or_else(unknown)?;
    let offline = |why: &String| refused(ResponseError::KafkaStorageError, why.clone());
    let log = partition.log.as_ref().map_err(offline)?;
    let records = data.records.as_deref().unwrap_or_default();
    let most = topic.message_bytes();
    if records.len() > most {
        let why = format!("a batch of {} bytes, {} takes {most}", records.len(), topic.name);
        return Err(refused(ResponseError::MessageTooLarge, why));
    }
    let batch = Batch::parse(records).map_err(|error| refused(code_of_batch(&error), error.to_string()))?;
    if batch.bytes().len() != records.len() {
        return Err(refused(ResponseError::InvalidRecord, "more than one batch for a partition"));
    }
    if asked.version() < ZSTD && batch.fields().codec() == Ok(Codec::Zstd) {
        let why = format!("Zstandard comes with version {ZSTD}");
        return Err(refused(ResponseError::UnsupportedCompressionType, why));
    }
    let appended = log.append(&batch, LEADER_EPOCH, now());
    let appended = appended.map_err(|error| refused(code_of_log(&error), in_full(&error)))?;
    count(asked, topic, &batch, &appended);
    Ok((partition, appended))
}

fn count(asked: &Asked, topic: &Topic, batch: &Batch<'_>, appended: &Appended) {
    let metrics = &asked.broker().metrics;
    let label = OfTopic { topic: topic.name.clone() };
    if appended.is_repeat {
        metrics.repeats.get_or_create(&label).inc();
        return;
    }
    metrics.bytes_in.get_or_create(&label).inc_by(batch.bytes().len() as u64);
    metrics.messages_in.get_or_create(&label).inc_by(u64::try_from(batch.fields().records).unwrap_or(0));
}

/// Tells when what was appended is on disk for good; consumers are told at the same time.
fn synced(asked: &Asked, partition: Arc<Partition>) -> oneshot::Receiver<Result<i64, Arc<LogError>>> {
    let (tell, told) = oneshot::channel();
    if let Ok(log) = partition.log.as_ref().map(Arc::clone) {
        asked.broker().committer.commit(log, move |synced| {
            partition.has_grown();
            let _gone_meanwhile = tell.send(synced);
        });
    }
    told
}

fn succeeded(index: i32, partition: &Partition, appended: &Appended) -> PartitionProduceResponse {
    let start = partition.log.as_ref().map_or(-1, |log| log.start());
    PartitionProduceResponse::default()
        .with_index(index)
        .with_base_offset(appended.base_offset)
        .with_log_append_time_ms(-1)
        .with_log_start_offset(start)
}

fn failed(asked: &Asked, index: i32, Refused { error, why }: &Refused) -> PartitionProduceResponse {
    let response = PartitionProduceResponse::default()
        .with_index(index)
        .with_error_code(asked.code(*error))
        .with_base_offset(-1)
        .with_log_append_time_ms(-1)
        .with_log_start_offset(-1);
    if asked.version() >= 8 { response.with_error_message(Some(text(why.clone()))) } else { response }
}

/// As Apache Kafka answers: what cannot become right by being sent again is not called corrupt, for that is tried again.
fn code_of_batch(error: &BatchError) -> ResponseError {
    match error {
        BatchError::Sum { .. } | BatchError::Length { .. } | BatchError::Magic { magic: 3.. } => {
            ResponseError::CorruptMessage
        }
        BatchError::Codec { .. } => ResponseError::UnsupportedCompressionType,
        BatchError::Unsupported { .. } => ResponseError::TransactionalIdAuthorizationFailed,
        BatchError::Torn { .. } | BatchError::Magic { .. } | BatchError::Fields { .. } => {
            ResponseError::InvalidRecord
        }
    }
}

/// What is answered when a log cannot do something.
pub(super) fn code_of_log(error: &LogError) -> ResponseError {
    match error {
        LogError::OutOfRange { .. } => ResponseError::OffsetOutOfRange,
        LogError::Sequence(SequenceError::Gap { .. }) => ResponseError::OutOfOrderSequenceNumber,
        LogError::Sequence(SequenceError::Fenced { .. }) => ResponseError::InvalidProducerEpoch,
        LogError::Records(_) => ResponseError::CorruptMessage,
        _ => {
            tracing::error!(error = in_full(error), "a log fails");
            ResponseError::KafkaStorageError
        }
    }
}
