//! Giving consumers what is stored, and letting them wait for more.
//!
//! Records go from the file to the socket without being copied in between. What a fetch holds while it waits is its
//! request; what it holds while it is answered is counted against the memory for answers.

use std::{sync::Arc, time::Duration};

use bytes::{BufMut as _, Bytes, BytesMut};
use kafka_protocol::{
    error::ResponseError,
    messages::{BrokerId, FetchRequest, fetch_request::FetchPartition, fetch_response::PartitionData},
    protocol::Encodable as _,
};
use tokio::{
    sync::OwnedSemaphorePermit,
    task::spawn_blocking,
    time::{Instant, timeout_at},
};

use super::{Asked, RequestError, produce::code_of_log};
use crate::{
    log::{Log, LogError, Part},
    metrics::OfTopic,
    server::{
        LEADER_EPOCH,
        answer::{self, Answer, Later},
        frame,
    },
    topic::Waiter,
};

/// No client waits longer.
const LONGEST_WAIT: i32 = 10 * 60 * 1000;
/// There are no fetch sessions: every request says everything.
const NO_SESSION: i32 = 0;
/// Of a partition that follows none: the leader is asked.
const NO_REPLICA: i32 = -1;

/// One partition of a request, as it was asked for.
struct Wanted<'a> {
    topic: &'a str,
    partition: &'a FetchPartition,
}

/// What is given for it.
#[derive(Default)]
struct Found {
    error: Option<ResponseError>,
    /// Behind the last that can be read; -1 when nothing is known.
    start: i64,
    end: i64,
    part: Part,
}

/// What a partition has, before anything is read.
struct Looked {
    log: Result<Arc<Log>, ResponseError>,
    /// At most so many bytes can be read.
    bytes: u64,
}

pub(super) fn take(asked: Asked, body: Bytes) -> Result<Later, RequestError> {
    let request: FetchRequest = asked.decode(body)?;
    Ok(Box::pin(async move {
        if request.session_id != NO_SESSION {
            let code = asked.code(ResponseError::FetchSessionIdNotFound);
            return encode(&asked, code, &[], None);
        }
        let request = Arc::new(request);
        let (found, room) = wait(&asked, &request).await?;
        count(&asked, &request, &found);
        let answered: Vec<_> = wanted(&request).zip(found).collect();
        encode(&asked, 0, &answered, room)
    }))
}

fn wanted(request: &FetchRequest) -> impl Iterator<Item = Wanted<'_>> {
    request
        .topics
        .iter()
        .flat_map(|topic| topic.partitions.iter().map(|partition| Wanted { topic: &topic.topic, partition }))
}

/// Reads once there is enough, or something is wrong, or the client has waited long enough.
async fn wait(
    asked: &Asked,
    request: &Arc<FetchRequest>,
) -> Result<(Vec<Found>, Option<OwnedSemaphorePermit>), RequestError> {
    let limit = u64::try_from(request.max_wait_ms.clamp(0, LONGEST_WAIT)).unwrap_or(0);
    let deadline = Instant::now() + Duration::from_millis(limit);
    let enough = u64::try_from(request.min_bytes).unwrap_or(0);
    loop {
        // Before it is looked, so that nothing that comes in between is missed.
        let waiter = Waiter::default();
        let is_over = Instant::now() >= deadline;
        let looked: Vec<Looked> = wanted(request).map(|wanted| look(asked, &wanted, &waiter)).collect();
        let there: u64 = looked.iter().map(|looked| looked.bytes).sum();
        let is_wrong = looked.iter().any(|looked| looked.log.is_err());
        if is_over || is_wrong || there >= enough {
            let most = most(asked, request);
            let room = usize::try_from(there).unwrap_or(most).min(most);
            let room = match room {
                0 => None,
                room => {
                    Some(frame::acquire(&asked.broker().answers, room).await.map_err(RequestError::Room)?)
                }
            };
            let found = read(Arc::clone(request), looked, most).await;
            let bytes: usize = found.iter().map(|found| found.part.bytes.len()).sum();
            let is_wrong = found.iter().any(|found| found.error.is_some());
            if is_over || is_wrong || bytes as u64 >= enough {
                return Ok((found, room));
            }
        }
        let _grown_or_over = timeout_at(deadline, waiter.grown()).await;
    }
}

/// No answer has more, whatever the client asks for.
fn most(asked: &Asked, request: &FetchRequest) -> usize {
    usize::try_from(request.max_bytes).unwrap_or(0).min(asked.broker().options.answer_bytes)
}

fn look(asked: &Asked, Wanted { topic, partition }: &Wanted<'_>, waiter: &Waiter) -> Looked {
    let wrong = |error| Looked { log: Err(error), bytes: 0 };
    let found = asked.broker().catalog.topic(topic).and_then(|topic| topic.partition(partition.partition));
    let Some(found) = found else { return wrong(ResponseError::UnknownTopicOrPartition) };
    found.tell(waiter);
    if let Some(error) = wrong_epoch(partition.current_leader_epoch) {
        return wrong(error);
    }
    let Ok(log) = &found.log else { return wrong(ResponseError::KafkaStorageError) };
    let most = u64::try_from(partition.partition_max_bytes).unwrap_or(0);
    match log.bytes_from(partition.fetch_offset) {
        // A batch comes whole, however little is asked for.
        Ok(bytes) => Looked { log: Ok(Arc::clone(log)), bytes: bytes.min(most.max(1)) },
        // It is said with start and end when it is read.
        Err(_) => Looked { log: Ok(Arc::clone(log)), bytes: u64::MAX / 1024 },
    }
}

/// What is wrong with the epoch that a client thinks its leader has.
pub(super) fn wrong_epoch(thought: i32) -> Option<ResponseError> {
    match thought {
        ..=-1 | LEADER_EPOCH => None, // below nought it does not say
        _ => Some(ResponseError::UnknownLeaderEpoch),
    }
}

async fn read(request: Arc<FetchRequest>, looked: Vec<Looked>, most: usize) -> Vec<Found> {
    if looked.iter().all(|looked| looked.bytes == 0) {
        return read_now(&request, looked, most);
    }
    let reading = spawn_blocking(move || read_now(&request, looked, most));
    reading.await.expect("because reading does not panic")
}

fn read_now(request: &FetchRequest, looked: Vec<Looked>, most: usize) -> Vec<Found> {
    let mut left = most;
    let mut is_first = true;
    wanted(request)
        .zip(looked)
        .map(|(Wanted { partition, .. }, looked)| {
            let log = match looked.log {
                Ok(log) => log,
                Err(error) => return Found { error: Some(error), start: -1, end: -1, ..Found::default() },
            };
            let (start, end) = (log.start(), log.synced());
            // The first batch comes also when it is larger than everything that was asked for.
            let may_read = looked.bytes > 0 && (is_first || left > 0);
            let wanted = usize::try_from(partition.partition_max_bytes).unwrap_or(0).min(left);
            let part = if may_read { log.read(partition.fetch_offset, wanted) } else { Ok(Part::default()) };
            match part {
                Ok(part) if part.bytes.len() > left && !is_first => Found { start, end, ..Found::default() },
                Ok(part) => {
                    is_first &= part.bytes.is_empty();
                    left = left.saturating_sub(part.bytes.len());
                    Found { error: None, start, end, part }
                }
                Err(LogError::OutOfRange { start, end, .. }) => {
                    Found { error: Some(ResponseError::OffsetOutOfRange), start, end, ..Found::default() }
                }
                Err(error) => Found { error: Some(code_of_log(&error)), start, end, ..Found::default() },
            }
        })
        .collect()
}

fn count(asked: &Asked, request: &FetchRequest, found: &[Found]) {
    let metrics = &asked.broker().metrics;
    for (Wanted { topic, .. }, found) in
        wanted(request).zip(found).filter(|(_, found)| found.part.records > 0)
    {
        let label = OfTopic { topic: topic.to_owned() };
        metrics.bytes_out.get_or_create(&label).inc_by(found.part.bytes.len() as u64);
        metrics.messages_out.get_or_create(&label).inc_by(found.part.records);
    }
}

/// Writes the answer around the records instead of copying them into it. All versions that are offered are of the
/// old kind, in which lengths come first and records last.
fn encode(
    asked: &Asked,
    code: i16,
    answered: &[(Wanted<'_>, Found)],
    room: Option<OwnedSemaphorePermit>,
) -> Result<Answer, RequestError> {
    let version = asked.version();
    let mut parts = Vec::new();
    let mut bytes = asked.envelope.open::<FetchRequest>()?;
    bytes.put_i32(0); // nobody is throttled
    if version >= 7 {
        bytes.put_i16(code);
        bytes.put_i32(NO_SESSION);
    }
    let topics: Vec<_> = answered.chunk_by(|(one, _), (other, _)| one.topic == other.topic).collect();
    put_count(&mut bytes, topics.len());
    for topic in topics {
        let name = topic[0].0.topic;
        bytes.put_i16(i16::try_from(name.len()).expect("because it came with such a length"));
        bytes.put_slice(name.as_bytes());
        put_count(&mut bytes, topic.len());
        for (Wanted { partition, .. }, found) in topic {
            let data = describe(asked, partition.partition, found);
            data.encode(&mut bytes, version).map_err(|error| RequestError::Encode(error.to_string()))?;
            // Instead of the length of no records.
            bytes.truncate(bytes.len() - size_of::<i32>());
            put_count(&mut bytes, found.part.bytes.len());
            if !found.part.bytes.is_empty() {
                parts.extend([bytes.split().freeze(), found.part.bytes.clone()]);
            }
        }
    }
    parts.push(bytes.freeze());
    Ok(answer::close(parts, room))
}

fn describe(asked: &Asked, number: i32, found: &Found) -> PartitionData {
    let data = PartitionData::default()
        .with_partition_index(number)
        .with_error_code(found.error.map_or(0, |error| asked.code(error)))
        .with_high_watermark(found.end)
        .with_last_stable_offset(found.end)
        .with_aborted_transactions(None)
        .with_preferred_read_replica(BrokerId(NO_REPLICA))
        .with_records(None);
    if asked.version() >= 5 { data.with_log_start_offset(found.start) } else { data }
}

fn put_count(bytes: &mut BytesMut, count: usize) {
    bytes.put_i32(i32::try_from(count).expect("because an answer is far smaller"));
}
