//! The questions that most cases ask, in a line each. An answer is what the protocol says, unpacked: of one topic and
//! partition, and with an error instead of a number.

use bytes::Bytes;
use kafka_protocol::{
    ResponseError,
    messages::{
        BrokerId, CreateTopicsRequest, DeleteRecordsRequest, DeleteTopicsRequest, FetchRequest,
        FetchResponse, InitProducerIdRequest, ListOffsetsRequest, MetadataRequest, ProduceRequest,
        ProduceResponse, ProducerId, TopicName,
        create_topics_request::{CreatableTopic, CreatableTopicConfig},
        delete_records_request::{DeleteRecordsPartition, DeleteRecordsTopic},
        fetch_request::{FetchPartition, FetchTopic},
        list_offsets_request::{ListOffsetsPartition, ListOffsetsTopic},
        metadata_request::MetadataRequestTopic,
        metadata_response::MetadataResponseTopic,
        produce_request::{PartitionProduceData, TopicProduceData},
    },
    protocol::StrBytes,
};
use sawlog_e2e::wait;

use crate::{
    batches::{self, Stored},
    wire::{Client, PATIENCE},
};

/// `None` is well.
pub(crate) type Outcome = Option<ResponseError>;

pub(crate) const LATEST: i64 = -1;
pub(crate) const EARLIEST: i64 = -2;
pub(crate) const LARGEST_TIME: i64 = -3;
/// All copies, of which there is one.
pub(crate) const ALL: i16 = -1;

/// An error code in words.
pub(crate) fn outcome(code: i16) -> Outcome {
    ResponseError::try_from_code(code)
}

/// Whether it is well now; what Apache Kafka says until a coordinator is there is not an answer yet, and anything else
/// is wrong.
pub(crate) fn is_there(code: i16) -> bool {
    use ResponseError::{CoordinatorLoadInProgress, CoordinatorNotAvailable, NotCoordinator};
    match outcome(code) {
        None => true,
        Some(CoordinatorLoadInProgress | CoordinatorNotAvailable | NotCoordinator) => false,
        Some(error) => panic!("{error:?}"),
    }
}

/// A string of the protocol.
pub(crate) fn string(text: &str) -> StrBytes {
    StrBytes::from_string(text.to_owned())
}

/// A topic's name.
pub(crate) fn topic_name(name: &str) -> TopicName {
    TopicName(string(name))
}

/// A topic to be made.
#[derive(Clone, Copy)]
pub(crate) struct NewTopic<'a> {
    pub(crate) name: &'a str,
    pub(crate) partitions: i32,
    pub(crate) copies: i16,
    pub(crate) settings: &'a [(&'a str, &'a str)],
}

impl<'a> NewTopic<'a> {
    /// As plain as can be.
    pub(crate) fn named(name: &'a str, partitions: i32) -> Self {
        Self { name, partitions, copies: 1, settings: &[] }
    }

    /// As the protocol has it.
    pub(crate) fn creatable(&self) -> CreatableTopic {
        let config = |(key, value): &(&str, &str)| {
            CreatableTopicConfig::default().with_name(string(key)).with_value(Some(string(value)))
        };
        CreatableTopic::default()
            .with_name(topic_name(self.name))
            .with_num_partitions(self.partitions)
            .with_replication_factor(self.copies)
            .with_configs(self.settings.iter().map(config).collect())
    }
}

/// What became of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Produced {
    pub(crate) error: Outcome,
    pub(crate) first: i64,
    pub(crate) append_time: i64,
    pub(crate) log_start: i64,
}

/// Where an offset was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) error: Outcome,
    pub(crate) offset: i64,
    pub(crate) time: i64,
    pub(crate) epoch: i32,
}

/// How a fetch is to be answered.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Poll {
    pub(crate) wait: i32,
    pub(crate) at_least: i32,
    pub(crate) at_most: i32,
    /// Of one partition.
    pub(crate) each: i32,
    pub(crate) epoch: i32,
    pub(crate) isolation: i8,
}

impl Poll {
    /// What is there, at once.
    pub(crate) const NOW: Self =
        Self { wait: 0, at_least: 1, at_most: 50 << 20, each: 8 << 20, epoch: -1, isolation: 0 };
    /// The first byte, whenever it comes.
    pub(crate) const LONG: Self = Self { wait: 20_000, ..Self::NOW };

    /// The question for these topics, partitions and offsets.
    pub(crate) fn request(&self, places: &[(&str, i32, i64)]) -> FetchRequest {
        let topics = places.iter().map(|(topic, partition, offset)| {
            let partition = FetchPartition::default()
                .with_partition(*partition)
                .with_fetch_offset(*offset)
                .with_current_leader_epoch(self.epoch)
                .with_partition_max_bytes(self.each);
            FetchTopic::default().with_topic(topic_name(topic)).with_partitions(vec![partition])
        });
        FetchRequest::default()
            .with_replica_id(BrokerId(-1))
            .with_max_wait_ms(self.wait)
            .with_min_bytes(self.at_least)
            .with_max_bytes(self.at_most)
            .with_isolation_level(self.isolation)
            .with_session_epoch(-1)
            .with_topics(topics.collect())
    }
}

/// What a fetch brought of one partition.
#[derive(Debug, Clone)]
pub(crate) struct Fetched {
    pub(crate) topic: String,
    pub(crate) partition: i32,
    pub(crate) error: Outcome,
    pub(crate) high: i64,
    pub(crate) stable: i64,
    pub(crate) start: i64,
    pub(crate) bytes: Bytes,
    pub(crate) batches: Vec<Stored>,
}

impl Fetched {
    /// The values of uncompressed batches.
    pub(crate) fn values(&self) -> Vec<String> {
        self.batches.iter().flat_map(Stored::values).collect()
    }
}

/// The partitions of an answer.
pub(crate) fn fetched(answer: FetchResponse) -> Vec<Fetched> {
    assert_eq!(outcome(answer.error_code), None);
    let of_topic = |topic: kafka_protocol::messages::fetch_response::FetchableTopicResponse| {
        let name = topic.topic.to_string();
        topic.partitions.into_iter().map(move |found| {
            let bytes = found.records.unwrap_or_default();
            Fetched {
                topic: name.clone(),
                partition: found.partition_index,
                error: outcome(found.error_code),
                high: found.high_watermark,
                stable: found.last_stable_offset,
                start: found.log_start_offset,
                batches: batches::stored(&bytes),
                bytes,
            }
        })
    };
    answer.responses.into_iter().flat_map(of_topic).collect()
}

/// The question that appends these batches.
pub(crate) fn produce_request(acks: i16, batches: &[(&str, i32, Bytes)]) -> ProduceRequest {
    let topics = batches.iter().map(|(topic, partition, bytes)| {
        let data = PartitionProduceData::default().with_index(*partition).with_records(Some(bytes.clone()));
        TopicProduceData::default().with_name(topic_name(topic)).with_partition_data(vec![data])
    });
    ProduceRequest::default().with_acks(acks).with_timeout_ms(10_000).with_topic_data(topics.collect())
}

/// What became of every batch, in the order of the answer.
pub(crate) fn produced(answer: ProduceResponse) -> Vec<(String, i32, Produced)> {
    let of_topic = |topic: kafka_protocol::messages::produce_response::TopicProduceResponse| {
        let name = topic.name.to_string();
        topic.partition_responses.into_iter().map(move |found| {
            let produced = Produced {
                error: outcome(found.error_code),
                first: found.base_offset,
                append_time: found.log_append_time_ms,
                log_start: found.log_start_offset,
            };
            (name.clone(), found.index, produced)
        })
    };
    answer.responses.into_iter().flat_map(of_topic).collect()
}

impl Client {
    /// Makes one topic.
    pub(crate) fn create(&mut self, topic: &NewTopic<'_>) -> Outcome {
        let request =
            CreateTopicsRequest::default().with_topics(vec![topic.creatable()]).with_timeout_ms(20_000);
        outcome(self.ask(&request).topics[0].error_code)
    }

    /// Removes a topic.
    pub(crate) fn delete(&mut self, topic: &str) -> Outcome {
        let request =
            DeleteTopicsRequest::default().with_topic_names(vec![topic_name(topic)]).with_timeout_ms(20_000);
        outcome(self.ask(&request).responses[0].error_code)
    }

    /// What is known of a topic.
    pub(crate) fn describe(&mut self, topic: &str) -> MetadataResponseTopic {
        let topic = MetadataRequestTopic::default().with_name(Some(topic_name(topic)));
        let request = MetadataRequest::default()
            .with_topics(Some(vec![topic]))
            .with_allow_auto_topic_creation(self.version::<MetadataRequest>() < 4);
        self.ask(&request).topics.remove(0)
    }

    /// Appends one batch.
    pub(crate) fn produce(&mut self, topic: &str, partition: i32, bytes: Bytes) -> Produced {
        let request = produce_request(ALL, &[(topic, partition, bytes)]);
        let mut answers = produced(self.ask(&request));
        assert_eq!(answers.len(), 1);
        let (name, index, produced) = answers.remove(0);
        assert_eq!((name.as_str(), index), (topic, partition));
        produced
    }

    /// Appends values and returns the first one's offset.
    pub(crate) fn append(&mut self, topic: &str, partition: i32, values: &[&str]) -> i64 {
        let produced = self.produce(topic, partition, batches::Batch::of(values).bytes());
        assert_eq!(produced.error, None);
        produced.first
    }

    /// Reads from an offset, at once.
    pub(crate) fn fetch(&mut self, topic: &str, partition: i32, offset: i64) -> Fetched {
        self.poll(&Poll::NOW, &[(topic, partition, offset)]).remove(0)
    }

    /// Reads as told.
    pub(crate) fn poll(&mut self, poll: &Poll, places: &[(&str, i32, i64)]) -> Vec<Fetched> {
        fetched(self.ask(&poll.request(places)))
    }

    /// Looks an offset up by time, or one of [`LATEST`], [`EARLIEST`], [`LARGEST_TIME`].
    pub(crate) fn offset(&mut self, topic: &str, partition: i32, time: i64) -> Found {
        let wanted = ListOffsetsPartition::default().with_partition_index(partition).with_timestamp(time);
        let wanted = wanted.with_current_leader_epoch(-1);
        let topic = ListOffsetsTopic::default().with_name(topic_name(topic)).with_partitions(vec![wanted]);
        let request = ListOffsetsRequest::default().with_replica_id(BrokerId(-1)).with_topics(vec![topic]);
        let mut answer = self.ask(&request);
        let found = answer.topics.remove(0).partitions.remove(0);
        Found {
            error: outcome(found.error_code),
            offset: found.offset,
            time: found.timestamp,
            epoch: found.leader_epoch,
        }
    }

    /// Removes what is before an offset; returns where the partition starts now.
    pub(crate) fn delete_before(&mut self, topic: &str, partition: i32, offset: i64) -> (Outcome, i64) {
        let wanted = DeleteRecordsPartition::default().with_partition_index(partition).with_offset(offset);
        let topic = DeleteRecordsTopic::default().with_name(topic_name(topic)).with_partitions(vec![wanted]);
        let request = DeleteRecordsRequest::default().with_topics(vec![topic]).with_timeout_ms(20_000);
        let mut answer = self.ask(&request);
        let found = answer.topics.remove(0).partitions.remove(0);
        (outcome(found.error_code), found.low_watermark)
    }

    /// A producer's id and epoch.
    pub(crate) fn producer(&mut self) -> (i64, i16) {
        let request = InitProducerIdRequest::default()
            .with_transactional_id(None)
            .with_transaction_timeout_ms(60_000)
            .with_producer_id(ProducerId(-1))
            .with_producer_epoch(-1);
        // Apache Kafka gets ids in blocks from its controller, and says so while the first is on its way.
        wait::until("a producer's id", PATIENCE, || {
            let answer = self.ask(&request);
            is_there(answer.error_code).then_some((*answer.producer_id, answer.producer_epoch))
        })
        .unwrap()
    }
}
