//! Making, growing and removing topics.

use std::collections::HashMap;

use kafka_protocol::{
    error::ResponseError,
    messages::{
        CreatePartitionsRequest, CreatePartitionsResponse, CreateTopicsRequest, CreateTopicsResponse,
        DeleteTopicsRequest, DeleteTopicsResponse, TopicName,
        create_partitions_request::CreatePartitionsTopic,
        create_partitions_response::CreatePartitionsTopicResult,
        create_topics_request::CreatableTopic,
        create_topics_response::{CreatableTopicConfigs, CreatableTopicResult},
        delete_topics_request::DeleteTopicState,
        delete_topics_response::DeletableTopicResult,
    },
};
use uuid::Uuid;

use super::{Asked, in_full, text};
use crate::{
    server::{NODE, now},
    topic::{CatalogError, NewTopic, SETTINGS, SettingError, Settings},
};

/// Why something is not done.
pub(super) struct Refused {
    pub(super) error: ResponseError,
    pub(super) why: String,
}

impl Refused {
    pub(super) fn new(error: ResponseError, why: impl Into<String>) -> Self {
        Self { error, why: why.into() }
    }
}

impl From<CatalogError> for Refused {
    fn from(error: CatalogError) -> Self {
        let code = match &error {
            CatalogError::Name { .. } => ResponseError::InvalidTopicException,
            CatalogError::Exists { .. } => ResponseError::TopicAlreadyExists,
            CatalogError::Unknown { .. } => ResponseError::UnknownTopicOrPartition,
            CatalogError::Partitions { .. } => ResponseError::InvalidPartitions,
            CatalogError::Setting(_) => ResponseError::InvalidConfig,
            CatalogError::Journal(_) | CatalogError::Log(_) | CatalogError::Folder { .. } => {
                ResponseError::KafkaStorageError
            }
        };
        Self::new(code, in_full(&error))
    }
}

impl From<SettingError> for Refused {
    fn from(error: SettingError) -> Self {
        Self::new(ResponseError::InvalidConfig, error.to_string())
    }
}

pub(super) fn create(asked: &Asked, request: CreateTopicsRequest) -> CreateTopicsResponse {
    let mut times: HashMap<TopicName, usize> = HashMap::new();
    for topic in &request.topics {
        *times.entry(topic.name.clone()).or_default() += 1;
    }
    let mut results = Vec::new();
    for topic in request.topics {
        let name = topic.name.clone();
        let created = match times.get(&name) {
            // Said once, for all of them.
            Some(0) => continue,
            Some(1) => create_one(asked, topic, request.validate_only),
            _ => {
                times.insert(name.clone(), 0);
                Err(Refused::new(ResponseError::InvalidRequest, "the topic is named more than once"))
            }
        };
        results.push(created.unwrap_or_else(|Refused { error, why }| {
            CreatableTopicResult::default()
                .with_name(name)
                .with_error_code(asked.code(error))
                .with_error_message(Some(text(why)))
                .with_num_partitions(-1)
                .with_replication_factor(-1)
                .with_configs((asked.version() >= 5).then(Vec::new))
        }));
    }
    CreateTopicsResponse::default().with_topics(results)
}

fn create_one(
    asked: &Asked,
    topic: CreatableTopic,
    only_check: bool,
) -> Result<CreatableTopicResult, Refused> {
    let catalog = &asked.broker().catalog;
    let partitions = partitions_of(asked, &topic)?;
    let given = topic.configs.iter().map(|config| match &config.value {
        Some(value) => Ok((&*config.name, &**value)),
        None => Err(Refused::new(ResponseError::InvalidConfig, format!("{} has no value", &*config.name))),
    });
    let settings = Settings::new(given.collect::<Result<Vec<_>, _>>()?)?;
    let new = NewTopic { name: topic.name.to_string(), partitions, settings: settings.clone() };
    let id = if only_check {
        catalog.check(&new)?;
        Uuid::nil()
    } else {
        let id = catalog.create(new, now())?.id;
        tracing::info!(topic = &**topic.name, partitions, "topic created");
        id
    };
    let result = CreatableTopicResult::default().with_name(topic.name);
    if asked.version() < 5 {
        return Ok(result);
    }
    let result = result
        .with_num_partitions(i32::try_from(partitions).unwrap_or(i32::MAX))
        .with_replication_factor(1)
        .with_configs(Some(describe(&settings)));
    Ok(if asked.version() >= 7 { result.with_topic_id(id) } else { result })
}

fn partitions_of(asked: &Asked, topic: &CreatableTopic) -> Result<usize, Refused> {
    const UP_TO_THE_BROKER: i32 = -1;
    if topic.assignments.is_empty() {
        if !matches!(topic.replication_factor, -1 | 1) {
            let why = format!("there is one broker, so there cannot be {} copies", topic.replication_factor);
            return Err(Refused::new(ResponseError::InvalidReplicationFactor, why));
        }
        return match topic.num_partitions {
            UP_TO_THE_BROKER => Ok(asked.broker().options.partitions),
            count => Ok(usize::try_from(count).unwrap_or(0)),
        };
    }
    if topic.num_partitions != -1 || topic.replication_factor != -1 {
        let why = "partitions are either counted or assigned";
        return Err(Refused::new(ResponseError::InvalidRequest, why));
    }
    let mut numbers: Vec<i32> = topic.assignments.iter().map(|assigned| assigned.partition_index).collect();
    numbers.sort_unstable();
    let is_consecutive = (0..).zip(&numbers).all(|(wanted, number)| wanted == *number);
    let is_here = topic.assignments.iter().all(|assigned| assigned.broker_ids == [NODE]);
    if !is_consecutive || !is_here {
        let why = format!("partitions are counted from 0, and all are on broker {NODE}");
        return Err(Refused::new(ResponseError::InvalidReplicaAssignment, why));
    }
    Ok(numbers.len())
}

fn describe(settings: &Settings) -> Vec<CreatableTopicConfigs> {
    const OF_TOPIC: i8 = 1;
    const DEFAULT: i8 = 5;
    let described = SETTINGS.iter().map(|setting| {
        CreatableTopicConfigs::default()
            .with_name(text(setting.name))
            .with_value(Some(text(settings.value(setting))))
            .with_config_source(if settings.is_set(setting) { OF_TOPIC } else { DEFAULT })
    });
    described.collect()
}

pub(super) fn delete(asked: &Asked, request: DeleteTopicsRequest) -> DeleteTopicsResponse {
    let catalog = &asked.broker().catalog;
    let named = request.topic_names.into_iter().map(|name| DeleteTopicState::default().with_name(Some(name)));
    let responses = request.topics.into_iter().chain(named).map(|topic| {
        let found = match &topic.name {
            Some(name) => catalog.topic(name).ok_or(ResponseError::UnknownTopicOrPartition),
            None => catalog
                .topics()
                .into_iter()
                .find(|known| known.id == topic.topic_id)
                .ok_or(ResponseError::UnknownTopicId),
        };
        let result = DeletableTopicResult::default();
        let deleted =
            found.map_err(|error| Refused::new(error, "there is no such topic")).and_then(|found| {
                catalog.delete(&found.name)?;
                asked.broker().forget(&found.name);
                tracing::info!(topic = found.name, "topic deleted");
                Ok(found)
            });
        let (result, name, id) = match deleted {
            Ok(found) => (result, Some(TopicName(text(found.name.clone()))), found.id),
            Err(Refused { error, why }) => {
                let result = result.with_error_code(asked.code(error));
                let result =
                    if asked.version() >= 5 { result.with_error_message(Some(text(why))) } else { result };
                (result, topic.name, topic.topic_id)
            }
        };
        let result = result.with_name(name);
        if asked.version() >= 6 { result.with_topic_id(id) } else { result }
    });
    DeleteTopicsResponse::default().with_responses(responses.collect())
}

pub(super) fn grow(asked: &Asked, request: CreatePartitionsRequest) -> CreatePartitionsResponse {
    let results = request.topics.into_iter().map(|topic| {
        let grown = grow_one(asked, &topic, request.validate_only);
        let result = CreatePartitionsTopicResult::default().with_name(topic.name);
        match grown {
            Ok(()) => result,
            Err(Refused { error, why }) => {
                result.with_error_code(asked.code(error)).with_error_message(Some(text(why)))
            }
        }
    });
    CreatePartitionsResponse::default().with_results(results.collect())
}

fn grow_one(asked: &Asked, wanted: &CreatePartitionsTopic, only_check: bool) -> Result<(), Refused> {
    let catalog = &asked.broker().catalog;
    let unknown = || Refused::new(ResponseError::UnknownTopicOrPartition, "there is no such topic");
    let topic = catalog.topic(&wanted.name).ok_or_else(unknown)?;
    let count = usize::try_from(wanted.count).unwrap_or(0);
    catalog.check_growth(&topic, count)?;
    if let Some(assigned) = &wanted.assignments {
        let is_here = assigned.iter().all(|assigned| assigned.broker_ids == [NODE]);
        if !is_here || assigned.len() != count - topic.partition_count() {
            let why = format!("every new partition is on broker {NODE}");
            return Err(Refused::new(ResponseError::InvalidReplicaAssignment, why));
        }
    }
    if !only_check {
        catalog.grow(&topic.name, count, now())?;
        tracing::info!(topic = topic.name, partitions = count, "partitions added");
    }
    Ok(())
}
