//! Which pipeline may write to which topic of which cluster.
//!
//! A pipeline holds its topic by its rights, not by its content: one whose new query cannot be read still holds it, and
//! does not lose it to a younger one.

use std::collections::BTreeMap;

use crate::{contract::agent_plan, pipeline::LogPipeline};

use super::{Name, Problem, Reason, World, object};

/// The Kafka cluster of pipelines that name none.
const CLUSTER: &str = "default";

/// A cluster and a topic on it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Claim {
    pub(super) cluster: String,
    pub(super) topic: String,
}

impl Claim {
    /// Where records that break the schema go. No pipeline can claim a topic of such a name.
    pub(super) fn dead_letters(&self) -> String {
        format!("{}.dlq", self.topic)
    }

    pub(super) fn is_of(&self, topic: &agent_plan::Topic) -> bool {
        topic.cluster == self.cluster && topic.name == self.topic
    }
}

/// The claim of each pipeline, or why it has none.
pub(super) fn claims(
    world: &World<'_>,
    pipelines: &BTreeMap<Name, &LogPipeline>,
) -> BTreeMap<Name, Result<Claim, Problem>> {
    let mut holders: BTreeMap<Claim, Vec<&Name>> = BTreeMap::new();
    let mut claims = BTreeMap::new();
    for (name, pipeline) in pipelines {
        let claim = claim(world, name, pipeline);
        if let Ok(claim) = &claim {
            holders.entry(claim.clone()).or_default().push(name);
        }
        claims.insert(name.clone(), claim);
    }
    for (claim, mut claimants) in holders {
        claimants.sort_by_key(|name| object::age(pipelines[*name]));
        let Some((holder, others)) = claimants.split_first() else { continue };
        for other in others {
            let message = format!(
                "topic {} of cluster {} belongs to {holder}, which is older",
                claim.topic, claim.cluster
            );
            claims.insert((*other).clone(), Err(Problem::new(Reason::TopicNameTaken, message)));
        }
    }
    claims
}

fn claim(world: &World<'_>, name: &Name, pipeline: &LogPipeline) -> Result<Claim, Problem> {
    let namespace = &name.namespace;
    let cluster = pipeline.spec.kafka_ref.as_ref().map_or(CLUSTER, |cluster| cluster.name.as_str());
    let Some(settings) = world.configuration.kafka.get(cluster) else {
        let message = format!("kafkaRef.name: the operator's configuration has no Kafka cluster {cluster}");
        return Err(Problem::new(Reason::KafkaUnknown, message));
    };
    if !settings.allowed_namespaces.allows(namespace) {
        let message = format!("kafkaRef.name: Kafka cluster {cluster} does not allow namespace {namespace}");
        return Err(Problem::new(Reason::KafkaUnknown, message));
    }
    let asked = pipeline.spec.topic.as_ref();
    let named = asked.and_then(|topic| topic.name.as_ref());
    let topic = named.map_or_else(|| format!("{namespace}.{}", name.name), ToString::to_string);
    let reserved =
        topic.starts_with("__") || topic.starts_with("sawlog.") || topic.strip_suffix(".dlq").is_some();
    if reserved {
        let message = format!(
            "topic {topic}: names that begin with `__` or `sawlog.`, or end with `.dlq`, are reserved; set topic.name"
        );
        return Err(Problem::new(Reason::TopicNameReserved, message));
    }
    if !world.is_platform(namespace) {
        if !topic.starts_with(&format!("{namespace}.")) {
            let message =
                format!("topic.name must begin with `{namespace}.` outside namespaces of the platform");
            return Err(Problem::new(Reason::PlatformOnly, message));
        }
        if asked.is_some_and(|topic| topic.adopt == Some(true)) {
            let message = "topic.adopt is only for namespaces of the platform";
            return Err(Problem::new(Reason::PlatformOnly, message));
        }
    }
    Ok(Claim { cluster: cluster.to_owned(), topic })
}
