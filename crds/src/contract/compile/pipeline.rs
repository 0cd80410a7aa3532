//! Pipelines to entries of the agent plan, with every default in its place.

use std::collections::BTreeMap;

use crate::{
    contract::{
        agent_plan::{
            Batch, Buffer, Containers, Enrich, FixedAttribute, Limits, Multiline, Namespaces, Parse,
            Pipeline, PlanEntry, Select, Timestamp, Topic, Trace,
        },
        schema::{Field, Schema},
        words::{Durability, Format, OnExceed, OnFull, OnOversize, Preset, SchemaMode, SelectMode, Stream},
    },
    meaning,
    pipeline::{self as asked, LogPipeline},
    refs::{AllowedNamespaces, From},
    value::{Duration, Glob, Size},
};

use super::{
    LeftOut, Name, Problem, Reason, World, object, redact,
    rights::{self, Claim},
};

pub(super) const KIND: &str = "LogPipeline";

/// A pipeline that is in the plan.
pub(super) struct Planned<'w> {
    pub(super) entry: Pipeline,
    pub(super) resource: &'w LogPipeline,
}

/// The pipelines of the plan.
pub(super) fn compile<'w>(world: &World<'w>, left_out: &mut Vec<LeftOut>) -> BTreeMap<Name, Planned<'w>> {
    let resources = object::by_name(&world.resources.pipelines);
    let mut claims = rights::claims(world, &resources);
    let mut planned = BTreeMap::new();
    for (name, resource) in resources {
        let Some(claim) = claims.remove(&name) else { continue };
        let entry = claim.and_then(|claim| {
            let entry = content(world, &name, resource, &claim).and_then(fits);
            entry.or_else(|problem| match last_good(world, &name, resource, &claim) {
                Some(kept) => {
                    let generation = kept.generation;
                    let message = format!("{}; generation {generation} stays in force", problem.message);
                    left_out.push(Problem { message, ..problem }.of(KIND, &name, None));
                    Ok(kept)
                }
                None => Err(problem),
            })
        });
        match entry {
            Ok(entry) => drop(planned.insert(name, Planned { entry, resource })),
            Err(problem) => left_out.push(problem.of(KIND, &name, None)),
        }
    }
    planned
}

fn fits(entry: Pipeline) -> Result<Pipeline, Problem> {
    let written = PlanEntry::Pipeline(Box::new(entry.clone()));
    super::fits(&written.key(), &written.write())?;
    Ok(entry)
}

/// The entry so far, if it is this object's, for the same topic, and nothing that is forbidden by now. What others
/// decide about a pipeline is brought up to date, and so is whether it rests.
fn last_good(world: &World<'_>, name: &Name, resource: &LogPipeline, claim: &Claim) -> Option<Pipeline> {
    let key = PlanEntry::pipeline_key(&name.namespace, &name.name);
    let PlanEntry::Pipeline(entry) = PlanEntry::read(&key, world.observed.plan.get(&key)?).ok()? else {
        return None;
    };
    let platform = world.is_platform(&name.namespace);
    let is_same = entry.uid == object::uid(resource) && claim.is_of(&entry.topic);
    let is_permitted = platform || entry.select.namespaces == Namespaces::Same;
    if !is_same || !is_permitted {
        return None;
    }
    let mut entry = *entry;
    entry.platform = platform;
    entry.suspend = resource.spec.suspend.unwrap_or(false);
    entry.topic.dead_letters = claim.dead_letters();
    entry.redact = redact::with_minimum(&world.configuration.redaction_minimum, entry.redact);
    entry.buffer.max_bytes_per_node =
        entry.buffer.max_bytes_per_node.min(world.configuration.node.spool_bytes);
    fits(entry).ok()
}

fn content(
    world: &World<'_>,
    name: &Name,
    resource: &LogPipeline,
    claim: &Claim,
) -> Result<Pipeline, Problem> {
    let spec = &resource.spec;
    if let Some(complaint) = meaning::of_pipeline(spec).into_iter().next() {
        return Err(complaint.into());
    }
    let platform = world.is_platform(&name.namespace);
    let durability = spec.durability;
    let topic = spec.topic.clone().unwrap_or_default();
    let minimum = &world.configuration.redaction_minimum;
    let own = redact::own(&spec.redact.clone().unwrap_or_default());
    Ok(Pipeline {
        requires: Vec::new(),
        namespace: name.namespace.clone(),
        name: name.name.clone(),
        uid: object::uid(resource),
        generation: object::generation(resource),
        created_ms: object::created_ms(resource),
        platform,
        priority: spec.priority.unwrap_or(0),
        select: select(platform, &spec.select.clone().unwrap_or_default())?,
        allowed_namespaces: namespaces(spec.allowed_namespaces.as_ref())?,
        parse: parse(&spec.parse.clone().unwrap_or_default())?,
        redact: redact::with_minimum(minimum, own),
        shape: super::shape::steps(durability, spec.shape.as_deref().unwrap_or_default())?,
        limits: limits(durability, &spec.limits.clone().unwrap_or_default())?,
        enrich: enrich(world, spec.enrich.clone().unwrap_or_default()),
        buffer: buffer(world, durability, &spec.buffer.clone().unwrap_or_default())?,
        batch: {
            let batch = spec.batch.clone().unwrap_or_default();
            Batch { max_bytes: batch.max_bytes(), max_wait_ms: batch.max_wait_ms() }
        },
        durability,
        schema: schema(&spec.schema.clone().unwrap_or_default()),
        topic: Topic {
            cluster: claim.cluster.clone(),
            name: claim.topic.clone(),
            dead_letters: claim.dead_letters(),
            compression: topic.compression(),
            key: topic.key(),
        },
        suspend: spec.suspend.unwrap_or(false),
    })
}

fn select(platform: bool, asked: &asked::select::Select) -> Result<Select, Problem> {
    if asked.namespace_selector.is_some() && !platform {
        let message = "select.namespaceSelector is only for namespaces of the platform";
        return Err(Problem::new(Reason::PlatformOnly, message));
    }
    if (asked.mode == SelectMode::Selector) != asked.pod_selector.is_some() {
        let message = "select.podSelector is for mode: Selector, which needs it";
        return Err(Problem::new(Reason::SpecInvalid, message));
    }
    let containers = asked.containers.clone().unwrap_or_default();
    let globs = |globs: Vec<Glob>| globs.iter().map(ToString::to_string).collect();
    Ok(Select {
        mode: asked.mode,
        pods: asked.pod_selector.clone().unwrap_or_default(),
        namespaces: asked.namespace_selector.clone().map_or(Namespaces::Same, Namespaces::Selector),
        containers: Containers {
            include: containers.include.map_or_else(|| vec!["*".to_owned()], globs),
            exclude: containers.exclude.map(globs).unwrap_or_default(),
        },
        streams: asked.streams.clone().unwrap_or_else(|| Stream::ALL.to_vec()),
    })
}

fn namespaces(asked: Option<&AllowedNamespaces>) -> Result<Namespaces, Problem> {
    let Some(asked) = asked else { return Ok(Namespaces::Same) };
    match (asked.from.unwrap_or(From::Same), &asked.selector) {
        (From::Same, _) => Ok(Namespaces::Same),
        (From::All, _) => Ok(Namespaces::All),
        (From::Selector, Some(selector)) => Ok(Namespaces::Selector(selector.clone())),
        (From::Selector, None) => {
            Err(Problem::new(Reason::SpecInvalid, "allowedNamespaces.from: Selector needs a selector"))
        }
    }
}

fn parse(asked: &asked::parse::Parse) -> Result<Parse, Problem> {
    let format = asked.format.unwrap_or(Format::Auto);
    if (format == Format::Pattern) != asked.pattern.is_some() {
        return Err(Problem::new(
            Reason::SpecInvalid,
            "parse.pattern is for format: Pattern, which needs it",
        ));
    }
    let multiline = asked.multiline.clone().unwrap_or_default();
    let preset = multiline.preset.unwrap_or(Preset::Auto);
    if (preset == Preset::Custom) != multiline.start_pattern.is_some() {
        let message = "parse.multiline.startPattern is for preset: Custom, which needs it";
        return Err(Problem::new(Reason::SpecInvalid, message));
    }
    let timestamp = asked.timestamp.clone().unwrap_or_default();
    let trace = asked.trace.clone().unwrap_or_default();
    Ok(Parse {
        format,
        pattern: asked.pattern.as_ref().map(ToString::to_string),
        timestamp: Timestamp {
            field: timestamp.field.map(|field| field.to_string()),
            layout: timestamp.layout.map(|layout| layout.to_string()),
            zone: timestamp.zone.map_or_else(|| "UTC".to_owned(), |zone| zone.to_string()),
        },
        level_field: asked.level.as_ref().map(|level| level.field.to_string()),
        service_field: asked.service.as_ref().map(|service| service.field.to_string()),
        trace: Trace {
            trace_field: trace.trace_field.map(|field| field.to_string()),
            span_field: trace.span_field.map(|field| field.to_string()),
        },
        multiline: Multiline {
            preset,
            max_lines: multiline.max_lines(),
            max_bytes: multiline.max_bytes(),
            flush_after_ms: multiline.flush_after_ms(),
            start_pattern: multiline.start_pattern.map(|pattern| pattern.to_string()),
        },
        keep_original: asked.keep_original.unwrap_or(false),
    })
}

fn limits(durability: Durability, asked: &asked::limits::Limits) -> Result<Limits, Problem> {
    let audit = durability == Durability::Audit;
    let usual = if audit { OnExceed::Block } else { OnExceed::Drop };
    let on_exceed = asked.on_exceed.unwrap_or(usual);
    let on_oversize = asked.on_oversize.unwrap_or(OnOversize::Split);
    if audit && (on_exceed != OnExceed::Block || on_oversize != OnOversize::Split) {
        let message = "durability: Audit allows only limits.onExceed: Block and limits.onOversize: Split";
        return Err(Problem::new(Reason::SpecInvalid, message));
    }
    let (lines, line_bytes) = (u64::from(asked.lines_per_second()), asked.max_line_bytes());
    Ok(Limits {
        lines_per_second: lines,
        burst_lines: u64::from(asked.burst()),
        bytes_per_second: asked
            .bytes_per_second
            .as_ref()
            .map_or(lines.saturating_mul(line_bytes), Size::bytes),
        max_line_bytes: line_bytes,
        on_oversize,
        on_exceed,
    })
}

fn enrich(world: &World<'_>, asked: asked::select::Enrich) -> Enrich {
    let keys = |keys: Option<Vec<_>>| keys.iter().flatten().map(ToString::to_string).collect();
    let fixed = asked.fixed.iter().flatten();
    Enrich {
        fixed: fixed
            .map(|fixed| FixedAttribute { name: fixed.name.to_string(), value: fixed.value.to_string() })
            .collect(),
        pod_labels: keys(asked.pod_labels),
        pod_annotations: keys(asked.pod_annotations),
        namespace_labels: keys(asked.namespace_labels),
        environment: asked.environment.map(|environment| environment.to_string()),
        default_environment: world.configuration.environment.clone(),
        region: asked.region.map(|region| region.to_string()),
    }
}

fn buffer(
    world: &World<'_>,
    durability: Durability,
    asked: &asked::deliver::Buffer,
) -> Result<Buffer, Problem> {
    let audit = durability == Durability::Audit;
    let on_full = asked.on_full.unwrap_or(if audit { OnFull::Block } else { OnFull::ShedByLevel });
    if audit && on_full != OnFull::Block {
        return Err(Problem::new(Reason::SpecInvalid, "durability: Audit allows only buffer.onFull: Block"));
    }
    let spool = world.configuration.node.spool_bytes;
    let max_bytes_per_node =
        asked.max_bytes_per_node.as_ref().map_or(spool, |asked| asked.bytes().min(spool));
    Ok(Buffer { max_bytes_per_node, on_full })
}

fn schema(asked: &asked::schema::Schema) -> Schema {
    let field = |field: &asked::schema::SchemaField| Field {
        name: field.name.to_string(),
        kind: field.kind,
        required: field.required.unwrap_or(false),
    };
    let earlier = asked.compatible_with.iter().flatten();
    Schema {
        version: crate::number(Some(asked.version), 1),
        mode: asked.mode.unwrap_or(SchemaMode::Dynamic),
        fields: asked.fields.iter().flatten().map(field).collect(),
        compatible_with: earlier.filter_map(|version| u32::try_from(*version).ok()).collect(),
    }
}

/// Milliseconds, or none where nobody says.
pub(super) fn ms(duration: Option<&Duration>) -> u64 {
    duration.map_or(0, Duration::millis)
}
