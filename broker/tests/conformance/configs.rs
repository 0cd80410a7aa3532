//! Settings of topics: what they are, how they are changed, and which are refused.

use kafka_protocol::{
    ResponseError,
    messages::{
        AlterConfigsRequest, DescribeConfigsRequest, IncrementalAlterConfigsRequest,
        alter_configs_request::{self as whole},
        describe_configs_request::DescribeConfigsResource,
        describe_configs_response::DescribeConfigsResult,
        incremental_alter_configs_request::{AlterConfigsResource, AlterableConfig},
    },
};
use sawlog_e2e::wait;

use crate::{
    batches::Batch,
    calls::{NewTopic, Outcome, outcome, string},
    served::{Served, fresh},
    wire::{Client, PATIENCE},
};

/// The kind of thing that has settings.
const TOPIC: i8 = 2;
const SET: i8 = 0;
const DELETE: i8 = 1;
const APPEND: i8 = 2;

/// Where a setting comes from: the topic itself.
const OF_THE_TOPIC: i8 = 1;

const INVALID: Outcome = Some(ResponseError::InvalidConfig);
const UNKNOWN: Outcome = Some(ResponseError::UnknownTopicOrPartition);

fn describe(client: &mut Client, topic: &str, keys: Option<&[&str]>) -> DescribeConfigsResult {
    let resource = DescribeConfigsResource::default()
        .with_resource_type(TOPIC)
        .with_resource_name(string(topic))
        .with_configuration_keys(keys.map(|keys| keys.iter().map(|key| string(key)).collect()));
    client.ask(&DescribeConfigsRequest::default().with_resources(vec![resource])).results.remove(0)
}

/// A setting's value, and whether it is the topic's own.
fn setting(client: &mut Client, topic: &str, key: &str) -> Option<(String, bool)> {
    let found = describe(client, topic, Some(&[key]));
    let config = found.configs.into_iter().find(|config| &*config.name == key)?;
    Some((config.value.unwrap().to_string(), config.config_source == OF_THE_TOPIC))
}

/// What is set is seen, at Apache Kafka a moment later.
fn await_setting(client: &mut Client, topic: &str, key: &str, wanted: &str, is_own: bool) {
    let what = format!("{key} to be {wanted}");
    let wanted = Some((wanted.to_owned(), is_own));
    wait::until_true(&what, PATIENCE, || setting(client, topic, key) == wanted).unwrap();
}

/// Changes single settings: operation, key, value.
fn change(client: &mut Client, topic: &str, changes: &[(i8, &str, Option<&str>)]) -> Outcome {
    change_or_ask(client, topic, changes, false)
}

fn change_or_ask(
    client: &mut Client,
    topic: &str,
    changes: &[(i8, &str, Option<&str>)],
    validate_only: bool,
) -> Outcome {
    let config = |(operation, key, value): &(i8, &str, Option<&str>)| {
        AlterableConfig::default()
            .with_name(string(key))
            .with_config_operation(*operation)
            .with_value(value.map(string))
    };
    let resource = AlterConfigsResource::default()
        .with_resource_type(TOPIC)
        .with_resource_name(string(topic))
        .with_configs(changes.iter().map(config).collect());
    let request = IncrementalAlterConfigsRequest::default()
        .with_resources(vec![resource])
        .with_validate_only(validate_only);
    outcome(client.ask(&request).responses[0].error_code)
}

/// Replaces all settings.
fn replace(client: &mut Client, topic: &str, settings: &[(&str, &str)]) -> Outcome {
    let config = |(key, value): &(&str, &str)| {
        whole::AlterableConfig::default().with_name(string(key)).with_value(Some(string(value)))
    };
    let resource = whole::AlterConfigsResource::default()
        .with_resource_type(TOPIC)
        .with_resource_name(string(topic))
        .with_configs(settings.iter().map(config).collect());
    outcome(
        client.ask(&AlterConfigsRequest::default().with_resources(vec![resource])).responses[0].error_code,
    )
}

const WEEK: &str = "604800000";

/// Why segments differ.
const SMALLER: &str = "one machine's disk is given back in smaller pieces";

pub(crate) fn a_new_topic_has_the_usual_settings(kafka: &Served) {
    let topic = kafka.topic(1);
    let mut client = kafka.client();
    let found = describe(&mut client, &topic, None);
    assert_eq!(outcome(found.error_code), None);
    assert_eq!((found.resource_type, found.resource_name.as_str()), (TOPIC, topic.as_str()));
    let usual = [
        ("retention.ms", WEEK),
        ("retention.bytes", "-1"),
        ("segment.bytes", kafka.differs(SMALLER, "134217728", "1073741824")),
        ("max.message.bytes", "4194304"),
        ("cleanup.policy", "delete"),
        ("compression.type", "producer"),
        ("message.timestamp.type", "CreateTime"),
    ];
    for (key, value) in usual {
        let config = found.configs.iter().find(|config| &*config.name == key);
        let config = config.unwrap_or_else(|| panic!("{key} is not told"));
        assert_eq!(config.value.as_deref(), Some(value), "{key}");
        assert_ne!(config.config_source, OF_THE_TOPIC, "{key} was not set");
        assert!(!config.is_sensitive, "{key}");
    }
}

pub(crate) fn settings_of_a_new_topic_are_its_own(kafka: &Served) {
    let settings = [("retention.bytes", "5000000"), ("segment.bytes", "2000000")];
    let topic = kafka.topic_with(1, &settings);
    let mut client = kafka.client();
    for (key, value) in settings {
        assert_eq!(setting(&mut client, &topic, key), Some((value.to_owned(), true)));
    }
    assert_eq!(setting(&mut client, &topic, "retention.ms"), Some((WEEK.to_owned(), false)));
}

pub(crate) fn only_what_is_asked_for_is_told(kafka: &Served) {
    let topic = kafka.topic(1);
    let mut client = kafka.client();
    let found = describe(&mut client, &topic, Some(&["retention.ms", "max.message.bytes", "no.such.thing"]));
    let mut keys: Vec<String> = found.configs.iter().map(|config| config.name.to_string()).collect();
    keys.sort();
    assert_eq!(keys, ["max.message.bytes", "retention.ms"]);
}

pub(crate) fn an_unknown_topic_has_no_settings(kafka: &Served) {
    let mut client = kafka.client();
    let nowhere = fresh("nowhere");
    let found = describe(&mut client, &nowhere, None);
    assert_eq!((outcome(found.error_code), found.configs.len()), (UNKNOWN, 0));
    assert_eq!(change(&mut client, &nowhere, &[(SET, "retention.ms", Some("1000"))]), UNKNOWN);
    assert_eq!(replace(&mut client, &nowhere, &[("retention.ms", "1000")]), UNKNOWN);
}

pub(crate) fn single_settings_are_changed_and_taken_back(kafka: &Served) {
    let topic = kafka.topic_with(1, &[("retention.bytes", "5000000")]);
    let mut client = kafka.client();
    let changes = [(SET, "retention.ms", Some("70000")), (SET, "segment.bytes", Some("3000000"))];
    assert_eq!(change(&mut client, &topic, &changes), None);
    await_setting(&mut client, &topic, "retention.ms", "70000", true);
    await_setting(&mut client, &topic, "segment.bytes", "3000000", true);
    assert_eq!(setting(&mut client, &topic, "retention.bytes"), Some(("5000000".to_owned(), true)));

    let changes = [(DELETE, "retention.ms", None), (SET, "retention.bytes", Some("-1"))];
    assert_eq!(change(&mut client, &topic, &changes), None);
    await_setting(&mut client, &topic, "retention.ms", WEEK, false);
    await_setting(&mut client, &topic, "retention.bytes", "-1", true);
}

pub(crate) fn replacing_settings_takes_the_others_back(kafka: &Served) {
    let topic = kafka.topic_with(1, &[("retention.bytes", "5000000"), ("retention.ms", "60000")]);
    let mut client = kafka.client();
    assert_eq!(replace(&mut client, &topic, &[("retention.ms", "80000")]), None);
    await_setting(&mut client, &topic, "retention.ms", "80000", true);
    await_setting(&mut client, &topic, "retention.bytes", "-1", false);
}

pub(crate) fn asking_whether_a_change_would_do_changes_nothing(kafka: &Served) {
    let topic = kafka.topic(1);
    let mut client = kafka.client();
    let good = [(SET, "retention.ms", Some("70000"))];
    assert_eq!(change_or_ask(&mut client, &topic, &good, true), None);
    let bad = [(SET, "retention.ms", Some("soon"))];
    assert_eq!(change_or_ask(&mut client, &topic, &bad, true), INVALID);
    // A change that is real comes after it, and is the only one.
    assert_eq!(change(&mut client, &topic, &[(SET, "retention.bytes", Some("9000000"))]), None);
    await_setting(&mut client, &topic, "retention.bytes", "9000000", true);
    assert_eq!(setting(&mut client, &topic, "retention.ms"), Some((WEEK.to_owned(), false)));
}

/// Values nobody can mean.
const BAD: [(&str, &str); 7] = [
    ("retention.ms", "soon"),
    ("retention.ms", "-2"),
    ("retention.bytes", "1.5"),
    ("segment.bytes", "-1"),
    ("max.message.bytes", "-1"),
    ("cleanup.policy", "burn"),
    ("no.such.thing", "1"),
];

pub(crate) fn bad_settings_make_no_topic(kafka: &Served) {
    let mut client = kafka.client();
    let name = fresh("topic");
    for bad in BAD {
        let made = client.create(&NewTopic { settings: &[bad], ..NewTopic::named(&name, 1) });
        assert_eq!(made, INVALID, "{bad:?}");
    }
    assert_eq!(outcome(client.describe(&name).error_code), UNKNOWN);
}

pub(crate) fn bad_changes_change_nothing(kafka: &Served) {
    let topic = kafka.topic(1);
    let mut client = kafka.client();
    for (key, value) in BAD {
        let good = if key == "retention.bytes" { "retention.ms" } else { "retention.bytes" };
        let changes = [(SET, good, Some("7000000")), (SET, key, Some(value))];
        assert_eq!(change(&mut client, &topic, &changes), INVALID, "{key}={value}");
        assert_eq!(
            replace(&mut client, &topic, &[(good, "7000000"), (key, value)]),
            INVALID,
            "{key}={value}"
        );
    }
    let append = [(APPEND, "retention.ms", Some("1"))];
    assert_eq!(change(&mut client, &topic, &append), INVALID, "it is not a list");
    let found = describe(&mut client, &topic, None);
    assert!(found.configs.iter().all(|config| config.config_source != OF_THE_TOPIC));
}

pub(crate) fn segments_may_be_small_here(kafka: &Served) {
    let mut client = kafka.client();
    let name = fresh("topic");
    let small = NewTopic { settings: &[("segment.bytes", "1000")], ..NewTopic::named(&name, 1) };
    assert_eq!(client.create(&small), kafka.differs(SMALLER, None, INVALID));
}

pub(crate) fn compaction_and_the_time_of_the_append_are_refused(kafka: &Served) {
    let mut client = kafka.client();
    let why = "this broker keeps records by age and size and with the times they came with; \
               the rest comes when something needs it, and until then is not promised";
    let wanted = kafka.differs(why, INVALID, None);
    let settings = [
        ("cleanup.policy", "compact"),
        ("cleanup.policy", "compact,delete"),
        ("message.timestamp.type", "LogAppendTime"),
    ];
    let topic = kafka.topic(1);
    for setting in settings {
        let name = fresh("topic");
        assert_eq!(client.create(&NewTopic { settings: &[setting], ..NewTopic::named(&name, 1) }), wanted);
        assert_eq!(change(&mut client, &topic, &[(SET, setting.0, Some(setting.1))]), wanted);
    }
}

pub(crate) fn what_is_usual_may_be_said(kafka: &Served) {
    let settings = [("cleanup.policy", "delete"), ("message.timestamp.type", "CreateTime")];
    let topic = kafka.topic_with(1, &settings);
    let mut client = kafka.client();
    for (key, value) in settings {
        assert_eq!(setting(&mut client, &topic, key), Some((value.to_owned(), true)));
    }
}

pub(crate) fn a_topics_largest_message_is_what_it_says(kafka: &Served) {
    let bytes = Batch::sized(1, 3_000).bytes();
    let exactly = bytes.len().to_string();
    let one_less = (bytes.len() - 1).to_string();
    let topic = kafka.topic_with(1, &[("max.message.bytes", &one_less)]);
    let mut client = kafka.client();
    assert_eq!(client.produce(&topic, 0, bytes.clone()).error, Some(ResponseError::MessageTooLarge));
    assert_eq!(client.append(&topic, 0, &["small"]), 0, "nothing was appended");
    assert_eq!(change(&mut client, &topic, &[(SET, "max.message.bytes", Some(&exactly))]), None);
    wait::until_true("the change to be in force", PATIENCE, || {
        client.produce(&topic, 0, bytes.clone()).error.is_none()
    })
    .unwrap();
}
