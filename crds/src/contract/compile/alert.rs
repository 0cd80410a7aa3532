//! Alert rules to entries of the index that evaluates them.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    alert::{AlertRule, AlertRuleSpec, trigger as asked},
    contract::index_document::{Alert, IndexEntry, Label, Owners, Pipelines, Receiver, Trigger},
    meaning,
    refs::PipelineRef,
};

use super::{
    LeftOut, Name, Problem, Reason, World,
    index::Drafted,
    notify, object,
    pipeline::{Planned, ms},
};

const KIND: &str = "AlertRule";
/// How far triggers that compare with before look back where nobody says.
const BASELINE_MS: u64 = 3_600_000;

/// Adds every rule to the index that evaluates it.
pub(super) fn compile(
    world: &World<'_>,
    pipelines: &BTreeMap<Name, Planned<'_>>,
    drafts: &mut BTreeMap<Name, Drafted<'_>>,
    left_out: &mut Vec<LeftOut>,
) {
    for (name, rule) in object::by_name(&world.resources.rules) {
        let made = place(world, &name, &rule.spec, pipelines, drafts)
            .and_then(|(index, pipelines)| Ok((index, entry(world, &name, rule, pipelines)?)));
        let (index, mut entry) = match made {
            Ok(made) => made,
            Err(problem) => {
                left_out.push(problem.of(KIND, &name, None));
                continue;
            }
        };
        let Some(draft) = drafts.get_mut(&index) else { continue };
        let mut problems = Vec::new();
        entry.notify = notify::targets(world, rule.spec.notify.as_deref(), &mut problems);
        let receivers: Vec<Receiver> = notify::receivers(world, &entry.notify);
        let added = draft.add(&IndexEntry::Alert(Box::new(entry)));
        let added = added
            .and_then(|()| receivers.into_iter().try_for_each(|to| draft.add(&IndexEntry::Receiver(to))));
        problems.extend(added.err());
        left_out.extend(problems.into_iter().map(|problem| problem.of(KIND, &name, Some(&index))));
    }
}

/// Which index evaluates a rule, and which pipelines it sees there.
fn place(
    world: &World<'_>,
    name: &Name,
    spec: &AlertRuleSpec,
    pipelines: &BTreeMap<Name, Planned<'_>>,
    drafts: &BTreeMap<Name, Drafted<'_>>,
) -> Result<(Name, Pipelines), Problem> {
    match (&spec.index_ref, spec.pipeline_refs.as_deref()) {
        (Some(index), None) => {
            let namespace = index.namespace.as_ref().map_or(name.namespace.as_str(), |own| own.as_str());
            let index = Name::new(namespace, index.name.as_str());
            let Some(draft) = drafts.get(&index) else {
                return Err(Problem::new(
                    Reason::RefNotFound,
                    format!("indexRef: there is no LogIndex {index}"),
                ));
            };
            let allowed = draft.resource.spec.allowed_namespaces.as_ref();
            if !world.permits(allowed, &index.namespace, &name.namespace) {
                let message = format!(
                    "indexRef: allowedNamespaces of LogIndex {index} does not permit namespace {}",
                    name.namespace
                );
                return Err(Problem::new(Reason::RefNotPermitted, message));
            }
            Ok((index, Pipelines::All))
        }
        (None, Some(refs)) if !refs.is_empty() => {
            let wanted = refs.iter().map(|one| resolve(world, name, one, pipelines));
            let wanted = wanted.collect::<Result<BTreeSet<Name>, Problem>>()?;
            // Of several indexes that read them all, the first by name: one alert is told once.
            let Some((index, _)) = drafts.iter().find(|(_, draft)| wanted.is_subset(&draft.pipelines)) else {
                let message = "pipelineRefs: no index reads all these pipelines";
                return Err(Problem::new(Reason::NoCommonIndex, message));
            };
            let key = |one: &Name| IndexEntry::pipeline_key(&one.namespace, &one.name);
            Ok((index.clone(), Pipelines::Named(wanted.iter().map(key).collect())))
        }
        _ => Err(Problem::new(Reason::SpecInvalid, "exactly one of pipelineRefs and indexRef has to be set")),
    }
}

/// A pipeline that a rule may name: one of its namespace, or one that permits it. Rules of the platform name any.
fn resolve(
    world: &World<'_>,
    rule: &Name,
    named: &PipelineRef,
    pipelines: &BTreeMap<Name, Planned<'_>>,
) -> Result<Name, Problem> {
    let namespace = named.namespace.as_ref().map_or(rule.namespace.as_str(), |own| own.as_str());
    let name = Name::new(namespace, named.name.as_str());
    let Some(planned) = pipelines.get(&name) else {
        let message = format!("pipelineRefs: there is no LogPipeline {name} that is in use");
        return Err(Problem::new(Reason::RefNotFound, message));
    };
    let allowed = planned.resource.spec.allowed_namespaces.as_ref();
    if world.is_platform(&rule.namespace) || world.permits(allowed, namespace, &rule.namespace) {
        return Ok(name);
    }
    let message = format!(
        "pipelineRefs: allowedNamespaces of LogPipeline {name} does not permit namespace {}",
        rule.namespace
    );
    Err(Problem::new(Reason::RefNotPermitted, message))
}

fn entry(world: &World<'_>, name: &Name, rule: &AlertRule, pipelines: Pipelines) -> Result<Alert, Problem> {
    let spec = &rule.spec;
    if let Some(complaint) = meaning::of_alert(spec).into_iter().next() {
        return Err(complaint.into());
    }
    let owners = if world.is_platform(&name.namespace) {
        Owners::Any
    } else {
        Owners::Namespace(name.namespace.clone())
    };
    let annotations = spec.annotations.clone().unwrap_or_default();
    Ok(Alert {
        requires: Vec::new(),
        namespace: name.namespace.clone(),
        name: name.name.clone(),
        uid: object::uid(rule),
        generation: object::generation(rule),
        owners,
        pipelines,
        query: spec.query.to_string(),
        group_by: spec.group_by.iter().flatten().map(ToString::to_string).collect(),
        window_ms: spec.window_ms(),
        slide_ms: spec.slide_ms(),
        lateness_ms: spec.lateness_ms(),
        trigger: trigger(&spec.trigger)?,
        for_ms: ms(spec.lasting.as_ref()),
        cooldown_ms: spec.cooldown_ms(),
        keep_firing_for_ms: ms(spec.keep_firing_for.as_ref()),
        max_groups: spec.limit(),
        severity: spec.severity(),
        labels: spec
            .labels
            .iter()
            .flatten()
            .map(|label| Label { name: label.name.to_string(), value: label.value.to_string() })
            .collect(),
        summary: annotations.summary.map(|text| text.to_string()).unwrap_or_default(),
        description: annotations.description.map(|text| text.to_string()).unwrap_or_default(),
        runbook: annotations.runbook.map(|text| text.to_string()).unwrap_or_default(),
        sample_lines: spec.sample_lines(),
        notify: Vec::new(),
        suspend: spec.suspend.unwrap_or(false),
    })
}

fn trigger(asked: &asked::Trigger) -> Result<Trigger, Problem> {
    let baseline =
        |asked: Option<&crate::value::Duration>| asked.map_or(BASELINE_MS, crate::value::Duration::millis);
    let asked::Trigger { count, rate, ratio, aggregate, absent, volume_drop, spike, sequence } =
        asked.clone();
    let mut given = Vec::new();
    given.extend(count.map(|count| Trigger::Count { op: count.op, value: count.value }));
    given.extend(
        rate.map(|rate| Trigger::Rate { op: rate.op, per_second_millionths: rate.per_second.millionths() }),
    );
    if let Some(ratio) = ratio {
        let of = ratio.of.to_string();
        given.push(Trigger::Ratio { of, op: ratio.op, millipercent: ratio.percent.thousandths() });
    }
    given.extend(aggregate.map(|aggregate| Trigger::Aggregate {
        function: aggregate.function,
        field: aggregate.field.to_string(),
        op: aggregate.op,
        value_millionths: aggregate.value.millionths(),
    }));
    given.extend(absent.map(|_| Trigger::Absent {}));
    given.extend(volume_drop.map(|drop| Trigger::VolumeDrop {
        millipercent: drop.percent.thousandths(),
        baseline_ms: baseline(drop.baseline.as_ref()),
    }));
    given.extend(spike.map(|spike| Trigger::Spike {
        factor_thousandths: spike.factor.thousandths(),
        baseline_ms: baseline(spike.baseline.as_ref()),
    }));
    if let Some(sequence) = sequence {
        let then = sequence.then.to_string();
        given.push(Trigger::Sequence {
            then,
            within_ms: sequence.within.millis(),
            key: sequence.key.to_string(),
        });
    }
    match <[Trigger; 1]>::try_from(given) {
        Ok([trigger]) => Ok(trigger),
        Err(given) => {
            let message = format!("trigger: exactly one kind has to be set, found {}", given.len());
            Err(Problem::new(Reason::SpecInvalid, message))
        }
    }
}
