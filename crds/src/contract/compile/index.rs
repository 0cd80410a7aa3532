//! Indexes to documents: settings, and what they read.

use std::{
    collections::{BTreeMap, BTreeSet},
    num::NonZeroU32,
};

use crate::{
    contract::{
        assignment::{Assignment, SHARDS, TopicId},
        index_document::{
            AssignmentEntry, IndexEntry, IndexField, IndexSchema, ObjectStore, Pipeline, Query, Segment,
            Settings, Store, Topic,
        },
        parts::Entries,
    },
    index::{self as asked, LogIndex, LogIndexSpec, ShardSize},
    value::{Duration, Quantity, Size},
};

use super::{LeftOut, Name, ObservedIndex, Problem, Reason, World, object, pipeline::Planned};

const KIND: &str = "LogIndex";

/// A document that is being made.
pub(super) struct Drafted<'w> {
    pub(super) resource: &'w LogIndex,
    pub(super) entries: Entries,
    /// The pipelines that it reads.
    pub(super) pipelines: BTreeSet<Name>,
}

impl Drafted<'_> {
    /// Adds an entry, unless it is too large for any part.
    pub(super) fn add(&mut self, entry: &IndexEntry) -> Result<(), Problem> {
        let (key, written) = (entry.key(), entry.write());
        super::fits(&key, &written)?;
        self.entries.insert(key, written);
        Ok(())
    }
}

/// The drafts of all indexes, and their assignments.
pub(super) fn compile<'w>(
    world: &World<'w>,
    pipelines: &BTreeMap<Name, Planned<'_>>,
    left_out: &mut Vec<LeftOut>,
) -> (BTreeMap<Name, Drafted<'w>>, BTreeMap<Name, Assignment>) {
    let mut drafts = drafts(world, left_out);
    bind(world, pipelines, &mut drafts, left_out);
    let mut assignments = BTreeMap::new();
    for (name, draft) in &mut drafts {
        let topics = read(world, pipelines, draft, name, left_out);
        let unseen = ObservedIndex::default();
        let observed = world.observed.indexes.get(name).unwrap_or(&unseen);
        let shards = observed.shards.unwrap_or_else(|| shards(&draft.resource.spec));
        let assignment = Assignment::next(observed.assignment.as_ref(), &topics, shards);
        let entry = AssignmentEntry { requires: Vec::new(), assignment: assignment.clone() };
        match draft.add(&IndexEntry::Assignment(entry)) {
            Ok(()) => drop(assignments.insert(name.clone(), assignment)),
            Err(problem) => left_out.push(problem.of(KIND, name, Some(name))),
        }
    }
    (drafts, assignments)
}

fn drafts<'w>(world: &World<'w>, left_out: &mut Vec<LeftOut>) -> BTreeMap<Name, Drafted<'w>> {
    let mut drafts = BTreeMap::new();
    for (name, resource) in object::by_name(&world.resources.indexes) {
        if !world.configuration.index_namespaces.contains(&name.namespace) {
            let message = format!(
                "indexes do not live in namespace {}: see the operator's configuration",
                name.namespace
            );
            left_out.push(Problem::new(Reason::NamespaceNotAllowed, message).of(KIND, &name, None));
            continue;
        }
        let mut draft = Drafted { resource, entries: Entries::new(), pipelines: BTreeSet::new() };
        match draft.add(&IndexEntry::Settings(Box::new(settings(&name, resource)))) {
            Ok(()) => drop(drafts.insert(name, draft)),
            Err(problem) => left_out.push(problem.of(KIND, &name, None)),
        }
    }
    drafts
}

/// Which pipelines each index reads: those that name it and that it permits.
fn bind(
    world: &World<'_>,
    pipelines: &BTreeMap<Name, Planned<'_>>,
    drafts: &mut BTreeMap<Name, Drafted<'_>>,
    left_out: &mut Vec<LeftOut>,
) {
    for (name, planned) in pipelines {
        for index in named(world, name, planned) {
            let problem = match drafts.get_mut(&index) {
                None => Problem::new(Reason::RefNotFound, format!("indexRefs: there is no LogIndex {index}")),
                Some(draft) => {
                    let allowed = draft.resource.spec.allowed_namespaces.as_ref();
                    if world.permits(allowed, &index.namespace, &name.namespace) {
                        draft.pipelines.insert(name.clone());
                        continue;
                    }
                    let message = format!(
                        "indexRefs: allowedNamespaces of LogIndex {index} does not permit namespace {}",
                        name.namespace
                    );
                    Problem::new(Reason::RefNotPermitted, message)
                }
            };
            left_out.push(problem.of(super::pipeline::KIND, name, Some(&index)));
        }
    }
}

fn named(world: &World<'_>, name: &Name, planned: &Planned<'_>) -> BTreeSet<Name> {
    let Some(refs) = &planned.resource.spec.index_refs else {
        return world.configuration.default_index.iter().cloned().collect();
    };
    let of = |index: &crate::refs::IndexRef| {
        let namespace =
            index.namespace.as_ref().map_or(name.namespace.as_str(), |namespace| namespace.as_str());
        Name::new(namespace, index.name.as_str())
    };
    refs.iter().map(of).collect()
}

/// Adds pipelines and their topics; those topics that exist, with their partitions.
fn read(
    world: &World<'_>,
    pipelines: &BTreeMap<Name, Planned<'_>>,
    draft: &mut Drafted<'_>,
    index: &Name,
    left_out: &mut Vec<LeftOut>,
) -> BTreeMap<TopicId, u32> {
    let mut topics = BTreeMap::new();
    for name in draft.pipelines.clone() {
        let Some(Planned { entry, resource }) = pipelines.get(&name) else { continue };
        let pipeline = IndexEntry::Pipeline(Pipeline {
            requires: Vec::new(),
            namespace: entry.namespace.clone(),
            name: entry.name.clone(),
            uid: entry.uid.clone(),
            generation: entry.generation,
            platform: entry.platform,
            schema: entry.schema.clone(),
            durability: entry.durability,
            suspend: entry.suspend,
        });
        let place = (entry.topic.cluster.clone(), entry.topic.name.clone());
        let topic = world.observed.topics.get(&place).map(|observed| Topic {
            requires: Vec::new(),
            cluster: entry.topic.cluster.clone(),
            name: entry.topic.name.clone(),
            id: observed.id.clone(),
            partitions: observed.partitions,
            dead_letters: entry.topic.dead_letters.clone(),
            retention_ms: resource.spec.topic.clone().unwrap_or_default().retention_ms(),
            pipeline: pipeline.key(),
        });
        if let Err(problem) = draft.add(&pipeline) {
            left_out.push(problem.of(super::pipeline::KIND, &name, Some(index)));
            draft.pipelines.remove(&name);
            continue;
        }
        let Some(topic) = topic else { continue };
        let partitions = topics.entry(topic.id.clone()).or_insert(0);
        *partitions = topic.partitions.max(*partitions);
        if let Err(problem) = draft.add(&IndexEntry::Topic(topic)) {
            left_out.push(problem.of(super::pipeline::KIND, &name, Some(index)));
        }
    }
    topics
}

/// As many as the resource says, within what is possible.
fn shards(spec: &LogIndexSpec) -> NonZeroU32 {
    let asked = crate::number(Some(spec.replicas), 1).min(SHARDS);
    NonZeroU32::new(asked).unwrap_or(NonZeroU32::MIN)
}

fn settings(name: &Name, resource: &LogIndex) -> Settings {
    let spec = &resource.spec;
    let schema = spec.schema.clone().unwrap_or_default();
    let segment = spec.segment.clone().unwrap_or_default();
    let field =
        |field: &asked::segment::IndexField| IndexField { name: field.name.to_string(), kind: field.kind };
    Settings {
        requires: Vec::new(),
        namespace: name.namespace.clone(),
        name: name.name.clone(),
        uid: object::uid(resource),
        generation: object::generation(resource),
        schema: IndexSchema {
            max_dynamic_fields: schema.max_dynamic_fields(),
            fields: schema.fields.iter().flatten().map(field).collect(),
        },
        segment: Segment {
            seal_every_ms: segment.seal_every_ms(),
            seal_bytes: segment.seal_bytes(),
            merge_target_bytes: segment.merge_target(),
            time_bucket_ms: segment.time_bucket_ms(),
        },
        max_used_percent: spec.storage.clone().unwrap_or_default().max_used_percent(),
        store: spec.object_store.as_ref().map_or(Store::Volume, |store| {
            Store::ObjectStore(ObjectStore {
                bucket: store.bucket.to_string(),
                prefix: store.prefix.as_ref().map_or_else(|| name.to_string(), ToString::to_string),
                endpoint: store.endpoint.as_ref().map(ToString::to_string),
                region: store.region.as_ref().map(ToString::to_string),
                path_style: store.path_style.unwrap_or(false),
            })
        }),
        query: query(spec),
    }
}

fn query(spec: &LogIndexSpec) -> Query {
    let asked = spec.query.clone().unwrap_or_default();
    let ms = |asked: &Option<Duration>, usual| asked.as_ref().map_or(usual, Duration::millis);
    Query {
        max_concurrent: crate::number(asked.max_concurrent, 16),
        timeout_ms: ms(&asked.timeout, 30_000),
        shard_timeout_ms: ms(&asked.shard_timeout, 4_000),
        max_range_ms: ms(&asked.max_range, 90 * 86_400_000),
        memory_bytes: asked.memory.as_ref().map_or_else(|| memory_bytes(spec) / 4, Size::bytes),
        tail_sessions: crate::number(asked.tail_sessions, 50),
        trace_link: asked.trace_link.as_ref().map(ToString::to_string),
    }
}

/// The memory of a shard: what its pod is limited to, else what it asks for, else what its size has.
fn memory_bytes(spec: &LogIndexSpec) -> u64 {
    let resources = spec.resources.as_ref();
    let limits = resources.and_then(|resources| resources.limits.as_ref()?.memory.as_ref());
    let requests = resources.and_then(|resources| resources.requests.as_ref()?.memory.as_ref());
    let usual = match spec.size.unwrap_or(ShardSize::S) {
        ShardSize::XS => 1 << 30,
        ShardSize::S => 2 << 30,
        ShardSize::M => 6 << 30,
        ShardSize::L => 16 << 30,
    };
    limits.or(requests).and_then(quantity).unwrap_or(usual)
}

/// An amount of Kubernetes as a whole number.
fn quantity(amount: &Quantity) -> Option<u64> {
    let text = amount.as_str();
    let end = text.find(|letter: char| letter.is_ascii_alphabetic()).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let thousandths = whole.parse::<u128>().ok()? * 1_000 + format!("{fraction:0<3}").parse::<u128>().ok()?;
    let millis_of_unit: u128 = match unit {
        "m" => 1,
        "" => 1_000,
        "k" => 1_000_000,
        "M" => 1_000_000_000,
        "G" => 1_000_000_000_000,
        "T" => 1_000_000_000_000_000,
        "Ki" => 1_000 << 10,
        "Mi" => 1_000 << 20,
        "Gi" => 1_000 << 30,
        "Ti" => 1_000 << 40,
        _ => return None,
    };
    u64::try_from(thousandths * millis_of_unit / 1_000_000).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_whole_numbers() {
        let rows =
            [("512Mi", 512 << 20), ("1.5Gi", 1_610_612_736), ("2G", 2_000_000_000), ("1500m", 1), ("7", 7)];
        for (text, expected) in rows {
            assert_eq!(quantity(&text.parse().unwrap()), Some(expected), "{text}");
        }
    }
}
