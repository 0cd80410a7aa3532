//! Topics: made, refused, found, grown and removed.

use kafka_protocol::{
    ResponseError,
    messages::{
        BrokerId, CreatePartitionsRequest, CreateTopicsRequest, DeleteTopicsRequest, MetadataRequest,
        create_partitions_request::CreatePartitionsTopic, create_topics_request::CreatableReplicaAssignment,
        delete_topics_request::DeleteTopicState, metadata_request::MetadataRequestTopic,
    },
};
use sawlog_e2e::wait;
use uuid::Uuid;

use crate::{
    batches::Batch,
    calls::{LATEST, NewTopic, Outcome, outcome, topic_name},
    served::{Served, fresh},
    wire::{Client, PATIENCE},
};

const UNKNOWN: Outcome = Some(ResponseError::UnknownTopicOrPartition);

/// Metadata follows what was done, at Apache Kafka a moment later.
fn await_partitions(client: &mut Client, topic: &str, partitions: usize) {
    let what = format!("{topic} to have {partitions} partitions");
    wait::until_true(&what, PATIENCE, || client.describe(topic).partitions.len() == partitions).unwrap();
}

pub(crate) fn a_topic_is_made_as_asked(kafka: &Served) {
    let name = fresh("topic");
    let mut client = kafka.client();
    let settings = [("retention.ms", "60000"), ("max.message.bytes", "1000")];
    let topic = NewTopic { settings: &settings, ..NewTopic::named(&name, 3) }.creatable();
    let request = CreateTopicsRequest::default().with_topics(vec![topic]).with_timeout_ms(20_000);
    let answer = client.ask_since(7, &request).topics.remove(0);
    assert_eq!(outcome(answer.error_code), None);
    assert_eq!((answer.num_partitions, answer.replication_factor), (3, 1));
    let configs = answer.configs.unwrap();
    for (key, value) in settings {
        let found = configs.iter().find(|config| &*config.name == key).unwrap();
        assert_eq!(found.value.as_deref(), Some(value));
    }
    await_partitions(&mut client, &name, 3);
    assert_eq!(client.describe(&name).topic_id, answer.topic_id);
}

pub(crate) fn partitions_are_led_by_the_one_broker(kafka: &Served) {
    let topic = kafka.topic(3);
    let mut client = kafka.client();
    let found = client.describe(&topic);
    let node = client.ask(&MetadataRequest::default().with_topics(Some(vec![]))).brokers[0].node_id;
    assert_eq!((outcome(found.error_code), found.is_internal), (None, false));
    let mut partitions = found.partitions;
    partitions.sort_by_key(|partition| partition.partition_index);
    for (index, partition) in (0..).zip(&partitions) {
        assert_eq!((partition.partition_index, partition.leader_id), (index, node));
        assert_eq!((&partition.replica_nodes, &partition.isr_nodes), (&vec![node], &vec![node]));
        assert!(partition.offline_replicas.is_empty() && partition.error_code == 0);
    }
    assert_eq!(partitions.len(), 3);
}

pub(crate) fn only_validating_makes_nothing(kafka: &Served) {
    let name = fresh("topic");
    let mut client = kafka.client();
    let ask = |client: &mut Client, topic: NewTopic<'_>| {
        let request = CreateTopicsRequest::default()
            .with_topics(vec![topic.creatable()])
            .with_timeout_ms(20_000)
            .with_validate_only(true);
        outcome(client.ask(&request).topics[0].error_code)
    };
    assert_eq!(ask(&mut client, NewTopic::named(&name, 2)), None);
    assert_eq!(ask(&mut client, NewTopic::named(&name, 0)), Some(ResponseError::InvalidPartitions));
    assert_eq!(outcome(client.describe(&name).error_code), UNKNOWN);
    assert_eq!(client.create(&NewTopic::named(&name, 2)), None, "the name is free");
}

pub(crate) fn a_name_is_given_once(kafka: &Served) {
    let topic = kafka.topic(1);
    let mut client = kafka.client();
    client.append(&topic, 0, &["a"]);
    let exists = Some(ResponseError::TopicAlreadyExists);
    assert_eq!(client.create(&NewTopic::named(&topic, 1)), exists);
    assert_eq!(client.create(&NewTopic::named(&topic, 5)), exists);
    assert_eq!(client.fetch(&topic, 0, 0).values(), ["a"], "what is in it stays");
}

pub(crate) fn bad_names_are_refused(kafka: &Served) {
    let mut client = kafka.client();
    let long = "n".repeat(250);
    for name in ["", ".", "..", "a/b", "a b", "a:b", "ä", "a\0b", "../up", &long] {
        let refused = client.create(&NewTopic::named(name, 1));
        assert_eq!(refused, Some(ResponseError::InvalidTopicException), "{name:?}");
    }
}

pub(crate) fn the_longest_name_works(kafka: &Served) {
    let mut name = fresh("Long._-");
    name.push_str(&"n".repeat(249 - name.len()));
    let mut client = kafka.client();
    assert_eq!(client.create(&NewTopic::named(&name, 1)), None);
    kafka.await_topic(&name, 1);
    assert_eq!(client.append(&name, 0, &["a"]), 0);
    assert_eq!(client.delete(&name), None);
}

pub(crate) fn bad_counts_are_refused(kafka: &Served) {
    let name = fresh("topic");
    let mut client = kafka.client();
    let plain = NewTopic::named(&name, 1);
    for partitions in [0, -2] {
        let refused = client.create(&NewTopic { partitions, ..plain });
        assert_eq!(refused, Some(ResponseError::InvalidPartitions), "{partitions}");
    }
    for copies in [0, 2, -2] {
        let refused = client.create(&NewTopic { copies, ..plain });
        assert_eq!(refused, Some(ResponseError::InvalidReplicationFactor), "{copies}");
    }
    assert_eq!(outcome(client.describe(&name).error_code), UNKNOWN);
}

pub(crate) fn counts_may_be_left_to_the_broker(kafka: &Served) {
    let name = fresh("topic");
    let mut client = kafka.client();
    assert_eq!(client.create(&NewTopic { copies: -1, ..NewTopic::named(&name, -1) }), None);
    await_partitions(&mut client, &name, 1);
}

pub(crate) fn a_copy_on_another_broker_is_refused(kafka: &Served) {
    let name = fresh("topic");
    let mut client = kafka.client();
    let place =
        CreatableReplicaAssignment::default().with_partition_index(0).with_broker_ids(vec![BrokerId(99)]);
    let topic =
        NewTopic { copies: -1, ..NewTopic::named(&name, -1) }.creatable().with_assignments(vec![place]);
    let request = CreateTopicsRequest::default().with_topics(vec![topic]).with_timeout_ms(20_000);
    let refused = outcome(client.ask(&request).topics[0].error_code);
    assert_eq!(refused, Some(ResponseError::InvalidReplicaAssignment));
}

pub(crate) fn every_topic_of_a_request_is_judged_alone(kafka: &Served) {
    let (good, bad) = (fresh("good"), fresh("bad"));
    let mut client = kafka.client();
    let topics = vec![NewTopic::named(&good, 1).creatable(), NewTopic::named(&bad, 0).creatable()];
    let answer = client.ask(&CreateTopicsRequest::default().with_topics(topics).with_timeout_ms(20_000));
    let error = |name: &str| {
        outcome(answer.topics.iter().find(|topic| topic.name.as_str() == name).unwrap().error_code)
    };
    assert_eq!((error(&good), error(&bad)), (None, Some(ResponseError::InvalidPartitions)));
    kafka.await_topic(&good, 1);
}

pub(crate) fn a_name_twice_in_a_request_is_refused(kafka: &Served) {
    let name = fresh("topic");
    let mut client = kafka.client();
    let topic = NewTopic::named(&name, 1).creatable();
    let request =
        CreateTopicsRequest::default().with_topics(vec![topic.clone(), topic]).with_timeout_ms(20_000);
    let errors: Vec<_> = client.ask(&request).topics.iter().map(|topic| outcome(topic.error_code)).collect();
    assert_eq!(errors, [Some(ResponseError::InvalidRequest)]);
    assert_eq!(outcome(client.describe(&name).error_code), UNKNOWN);
}

pub(crate) fn asking_for_a_topic_does_not_make_it(kafka: &Served) {
    let name = fresh("nowhere");
    let mut client = kafka.client();
    let topic = MetadataRequestTopic::default().with_name(Some(topic_name(&name)));
    let request =
        MetadataRequest::default().with_topics(Some(vec![topic])).with_allow_auto_topic_creation(true);
    for _ in 0..2 {
        let found = client.ask(&request).topics.remove(0);
        assert_eq!((outcome(found.error_code), found.partitions.len()), (UNKNOWN, 0));
    }
}

pub(crate) fn all_topics_are_listed_and_none_if_none_are_named(kafka: &Served) {
    let topics = [kafka.topic(1), kafka.topic(2)];
    let mut client = kafka.client();
    let all = client.ask(&MetadataRequest::default().with_topics(None)).topics;
    for topic in &topics {
        assert!(all.iter().any(|found| found.name.as_ref().unwrap().as_str() == topic));
    }
    assert!(client.ask(&MetadataRequest::default().with_topics(Some(vec![]))).topics.is_empty());
}

pub(crate) fn a_topic_can_be_asked_for_by_its_id(kafka: &Served) {
    let topic = kafka.topic(2);
    let mut client = kafka.client();
    let id = client.describe(&topic).topic_id;
    let ask = |client: &mut Client, id| {
        let wanted = MetadataRequestTopic::default().with_name(None).with_topic_id(id);
        client.ask_since(12, &MetadataRequest::default().with_topics(Some(vec![wanted]))).topics.remove(0)
    };
    let found = ask(&mut client, id);
    assert_eq!((outcome(found.error_code), found.partitions.len()), (None, 2));
    assert_eq!(found.name.unwrap().as_str(), topic);
    let unknown = ask(&mut client, Uuid::from_u128(0x5a));
    assert_eq!(outcome(unknown.error_code), Some(ResponseError::UnknownTopicId));
}

pub(crate) fn a_deleted_topic_is_gone_and_its_name_is_free(kafka: &Served) {
    let topic = kafka.topic(2);
    let mut client = kafka.client();
    client.append(&topic, 1, &["old"]);
    let id = client.describe(&topic).topic_id;
    assert!(!id.is_nil());
    assert_eq!(client.delete(&topic), None);
    await_partitions(&mut client, &topic, 0);
    assert_eq!(client.delete(&topic), UNKNOWN);
    assert_eq!(client.produce(&topic, 0, Batch::of(&["a"]).bytes()).error, UNKNOWN);

    assert_eq!(client.create(&NewTopic::named(&topic, 2)), None);
    kafka.await_topic(&topic, 2);
    assert_eq!(client.offset(&topic, 1, LATEST).offset, 0, "it is empty");
    assert_ne!(client.describe(&topic).topic_id, id, "and another");
    assert_eq!(client.append(&topic, 1, &["new"]), 0);
    assert_eq!(client.fetch(&topic, 1, 0).values(), ["new"]);
}

pub(crate) fn a_topic_can_be_deleted_by_its_id(kafka: &Served) {
    let topic = kafka.topic(1);
    let mut client = kafka.client();
    let id = client.describe(&topic).topic_id;
    let mut delete = |id| {
        let state = DeleteTopicState::default().with_name(None).with_topic_id(id);
        let request = DeleteTopicsRequest::default().with_topics(vec![state]).with_timeout_ms(20_000);
        outcome(client.ask_at(6, &request).responses[0].error_code)
    };
    assert_eq!(delete(Uuid::from_u128(0x5a)), Some(ResponseError::UnknownTopicId));
    assert_eq!(delete(id), None);
    await_partitions(&mut kafka.client(), &topic, 0);
}

fn grow(client: &mut Client, topic: &str, count: i32, validate_only: bool) -> Outcome {
    let wanted = CreatePartitionsTopic::default()
        .with_name(topic_name(topic))
        .with_count(count)
        .with_assignments(None);
    let request = CreatePartitionsRequest::default()
        .with_topics(vec![wanted])
        .with_timeout_ms(20_000)
        .with_validate_only(validate_only);
    outcome(client.ask(&request).results[0].error_code)
}

pub(crate) fn a_topic_grows(kafka: &Served) {
    let topic = kafka.topic(1);
    let mut client = kafka.client();
    client.append(&topic, 0, &["a"]);
    assert_eq!(grow(&mut client, &topic, 4, true), None);
    assert_eq!(client.describe(&topic).partitions.len(), 1, "it was only asked whether it could");
    assert_eq!(grow(&mut client, &topic, 3, false), None);
    await_partitions(&mut client, &topic, 3);
    kafka.await_topic(&topic, 3);
    assert_eq!(client.append(&topic, 2, &["b"]), 0);
    assert_eq!(client.fetch(&topic, 0, 0).values(), ["a"]);
}

pub(crate) fn a_topic_does_not_shrink(kafka: &Served) {
    let topic = kafka.topic(3);
    let mut client = kafka.client();
    for count in [2, 3, 0, -1] {
        let refused = grow(&mut client, &topic, count, false);
        assert_eq!(refused, Some(ResponseError::InvalidPartitions), "{count}");
    }
    assert_eq!(client.describe(&topic).partitions.len(), 3);
    assert_eq!(grow(&mut client, &fresh("nowhere"), 2, false), UNKNOWN);
}
