//! Looking at settings of topics, and setting them.

use kafka_protocol::{
    error::ResponseError,
    messages::{
        AlterConfigsRequest, AlterConfigsResponse, DescribeConfigsRequest, DescribeConfigsResponse,
        IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse,
        alter_configs_response::AlterConfigsResourceResponse,
        describe_configs_request::DescribeConfigsResource,
        describe_configs_response::{
            DescribeConfigsResourceResult, DescribeConfigsResult, DescribeConfigsSynonym,
        },
        incremental_alter_configs_request::AlterableConfig,
        incremental_alter_configs_response,
    },
    protocol::StrBytes,
};

use super::{Asked, text, topics::Refused};
use crate::{
    server::NODE,
    topic::{SETTINGS, Setting, Settings, check_name},
};

const TOPIC: i8 = 2;
const BROKER: i8 = 4;

pub(super) fn describe(asked: &Asked, request: DescribeConfigsRequest) -> DescribeConfigsResponse {
    let with_synonyms = request.include_synonyms;
    let with_words = request.include_documentation && asked.version() >= 3;
    let results = request.resources.into_iter().map(|resource| {
        let described = describe_one(asked, &resource, with_synonyms, with_words);
        let result = DescribeConfigsResult::default()
            .with_resource_type(resource.resource_type)
            .with_resource_name(resource.resource_name);
        match described {
            Ok(configs) => result.with_configs(configs),
            Err(Refused { error, why }) => {
                result.with_error_code(asked.code(error)).with_error_message(Some(text(why)))
            }
        }
    });
    DescribeConfigsResponse::default().with_results(results.collect())
}

fn describe_one(
    asked: &Asked,
    resource: &DescribeConfigsResource,
    with_synonyms: bool,
    with_words: bool,
) -> Result<Vec<DescribeConfigsResourceResult>, Refused> {
    if resource.resource_type == BROKER {
        check_broker(&resource.resource_name)?;
        return Ok(Vec::new()); // it is set where it is started
    }
    let settings = settings_of(asked, resource.resource_type, &resource.resource_name)?;
    let is_wanted = |setting: &&Setting| {
        resource.configuration_keys.as_ref().is_none_or(|keys| keys.iter().any(|key| &**key == setting.name))
    };
    Ok(SETTINGS
        .iter()
        .filter(is_wanted)
        .map(|setting| {
            let described = describe_setting(asked, setting, &settings, with_synonyms);
            if with_words { described.with_documentation(Some(text(setting.meaning))) } else { described }
        })
        .collect())
}

fn describe_setting(
    asked: &Asked,
    setting: &Setting,
    settings: &Settings,
    with_synonyms: bool,
) -> DescribeConfigsResourceResult {
    const OF_TOPIC: i8 = 1;
    const DEFAULT: i8 = 5;
    const TEXT: i8 = 2;
    const NUMBER: i8 = 5;
    let source = if settings.is_set(setting) { OF_TOPIC } else { DEFAULT };
    let synonym = |value: &str, source| {
        let synonym = DescribeConfigsSynonym::default().with_name(text(setting.name)).with_source(source);
        synonym.with_value(Some(text(value)))
    };
    let mut synonyms = Vec::new();
    if with_synonyms {
        if settings.is_set(setting) {
            synonyms.push(synonym(settings.value(setting), OF_TOPIC));
        }
        synonyms.push(synonym(setting.default, DEFAULT));
    }
    let described = DescribeConfigsResourceResult::default()
        .with_name(text(setting.name))
        .with_value(Some(text(settings.value(setting))))
        .with_config_source(source)
        .with_synonyms(synonyms);
    if asked.version() < 3 {
        return described;
    }
    described.with_config_type(if setting.is_number() { NUMBER } else { TEXT })
}

/// Sets what is said, and lets everything else be as it is when nobody sets it.
pub(super) fn alter(asked: &Asked, request: AlterConfigsRequest) -> AlterConfigsResponse {
    let responses = request.resources.into_iter().map(|resource| {
        let altered = settings_of(asked, resource.resource_type, &resource.resource_name).and_then(|_| {
            let mut settings = Settings::default();
            for config in &resource.configs {
                settings.set(&config.name, value_of(&config.name, config.value.as_ref())?)?;
            }
            carry_out(asked, &resource.resource_name, settings, request.validate_only)
        });
        let response = AlterConfigsResourceResponse::default()
            .with_resource_type(resource.resource_type)
            .with_resource_name(resource.resource_name);
        match altered {
            Ok(()) => response,
            Err(Refused { error, why }) => {
                response.with_error_code(asked.code(error)).with_error_message(Some(text(why)))
            }
        }
    });
    AlterConfigsResponse::default().with_responses(responses.collect())
}

/// Sets and unsets what is said, and leaves everything else.
pub(super) fn alter_some(
    asked: &Asked,
    request: IncrementalAlterConfigsRequest,
) -> IncrementalAlterConfigsResponse {
    let responses = request.resources.into_iter().map(|resource| {
        let name = &resource.resource_name;
        let altered = settings_of(asked, resource.resource_type, name).and_then(|mut settings| {
            check_once(&resource.configs)?;
            for config in &resource.configs {
                alter_setting(&mut settings, config)?;
            }
            carry_out(asked, name, settings, request.validate_only)
        });
        let response = incremental_alter_configs_response::AlterConfigsResourceResponse::default()
            .with_resource_type(resource.resource_type)
            .with_resource_name(resource.resource_name);
        match altered {
            Ok(()) => response,
            Err(Refused { error, why }) => {
                response.with_error_code(asked.code(error)).with_error_message(Some(text(why)))
            }
        }
    });
    IncrementalAlterConfigsResponse::default().with_responses(responses.collect())
}

fn alter_setting(settings: &mut Settings, config: &AlterableConfig) -> Result<(), Refused> {
    const SET: i8 = 0;
    const UNSET: i8 = 1;
    match config.config_operation {
        SET => settings.set(&config.name, value_of(&config.name, config.value.as_ref())?)?,
        UNSET => settings.unset(&config.name)?,
        // Adding to a list and taking from it.
        2 | 3 => {
            let why = format!("{} is not a list", &*config.name);
            return Err(Refused::new(ResponseError::InvalidConfig, why));
        }
        other => {
            let why = format!("{other} is not a way to alter a setting");
            return Err(Refused::new(ResponseError::InvalidRequest, why));
        }
    }
    Ok(())
}

fn check_once(configs: &[AlterableConfig]) -> Result<(), Refused> {
    let mut names: Vec<&str> = configs.iter().map(|config| &*config.name).collect();
    names.sort_unstable();
    match names.windows(2).find(|pair| pair[0] == pair[1]) {
        None => Ok(()),
        Some(twice) => {
            let why = format!("{} is altered more than once", twice[0]);
            Err(Refused::new(ResponseError::InvalidRequest, why))
        }
    }
}

fn value_of<'a>(name: &str, value: Option<&'a StrBytes>) -> Result<&'a str, Refused> {
    let none = || Refused::new(ResponseError::InvalidConfig, format!("{name} has no value"));
    value.map(|value| &**value).ok_or_else(none)
}

fn carry_out(asked: &Asked, topic: &str, settings: Settings, only_check: bool) -> Result<(), Refused> {
    if only_check {
        return Ok(());
    }
    let set = format!("{:?}", settings.all_set());
    asked.broker().catalog.configure(topic, settings)?;
    tracing::info!(topic, set, "topic set");
    Ok(())
}

fn settings_of(asked: &Asked, kind: i8, name: &str) -> Result<Settings, Refused> {
    match kind {
        TOPIC => match asked.broker().catalog.topic(name) {
            Some(topic) => Ok(topic.settings()),
            None => match check_name(name) {
                Ok(()) => Err(Refused::new(ResponseError::UnknownTopicOrPartition, "there is no such topic")),
                Err(why) => Err(Refused::new(ResponseError::InvalidTopicException, why)),
            },
        },
        BROKER => Err(Refused::new(ResponseError::InvalidRequest, "the broker is set where it is started")),
        _ => Err(Refused::new(ResponseError::InvalidRequest, "only topics have settings here")),
    }
}

fn check_broker(name: &str) -> Result<(), Refused> {
    if name.is_empty() || name == NODE.to_string() {
        return Ok(());
    }
    Err(Refused::new(ResponseError::InvalidRequest, format!("the only broker is {NODE}")))
}
