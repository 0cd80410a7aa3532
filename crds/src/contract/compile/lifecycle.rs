//! Retention policies to lifecycles: at most one for each index, of its own namespace.
//!
//! Policies are looked up in the index's namespace only, so no field can name another one's index.

use std::collections::BTreeMap;

use kube::ResourceExt;

use crate::{
    contract::{
        in_force::entry_hash,
        index_document::{
            Delete, Deletion, Hold, IndexEntry, Lifecycle, LifecycleRule, Match, Policy, Safety, Schedule,
            Tier,
        },
        parts::Hash,
    },
    keys,
    meaning::{self, Complaint},
    retention::{self as asked, RetentionPolicy, keep},
    value::{Duration, Size, Timestamp},
};

use super::{LeftOut, Name, Problem, Reason, World, index::Drafted, object};

const KIND: &str = "RetentionPolicy";
/// The longest approval that is passed on; ours are much shorter.
const APPROVAL: usize = 64;

/// How a policy comes to an index; the first kind wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum By {
    RetentionRef,
    IndexRefs,
    IndexSelector,
    Default,
}

/// Adds a lifecycle to every index that has a policy.
pub(super) fn compile(
    world: &World<'_>,
    drafts: &mut BTreeMap<Name, Drafted<'_>>,
    left_out: &mut Vec<LeftOut>,
) {
    let policies = object::by_name(&world.resources.policies);
    for (index, draft) in drafts {
        let Some((name, policy)) = choose(index, draft, &policies, left_out) else { continue };
        let (entries, problems) = entries(name, policy);
        draft.entries.extend(entries.iter().map(|entry| (entry.key(), entry.write())));
        left_out.extend(problems.into_iter().map(|problem| problem.of(KIND, name, Some(index))));
    }
}

/// The policy of an index.
fn choose<'p>(
    index: &Name,
    draft: &Drafted<'_>,
    policies: &'p BTreeMap<Name, &RetentionPolicy>,
    left_out: &mut Vec<LeftOut>,
) -> Option<(&'p Name, &'p RetentionPolicy)> {
    let wanted = draft.resource.spec.retention_ref.as_ref().map(|policy| policy.name.as_str());
    let own = policies.iter().filter(|(name, _)| name.namespace == index.namespace);
    let mut claims: Vec<(By, &Name, &RetentionPolicy)> = own
        .filter_map(|(name, policy)| Some((claims(index, draft, wanted, name, policy)?, name, *policy)))
        .collect();
    claims.sort_by_key(|(by, _, policy)| (*by, object::age(*policy)));
    let (by, name, policy) = *claims.first()?;
    if let Some(wanted) = wanted.filter(|_| by != By::RetentionRef) {
        // Another policy in its place could delete what the missing one keeps.
        let message =
            format!("retentionRef: there is no RetentionPolicy {wanted} in namespace {}", index.namespace);
        left_out.push(Problem::new(Reason::RefNotFound, message).of("LogIndex", index, Some(index)));
        return None;
    }
    for (_, loser, _) in claims.iter().skip(1).filter(|(other, _, _)| *other == by) {
        let message = format!("LogIndex {index} follows RetentionPolicy {}", name.name);
        left_out.push(Problem::new(Reason::ConflictingPolicy, message).of(KIND, loser, Some(index)));
    }
    Some((name, policy))
}

fn claims(
    index: &Name,
    draft: &Drafted<'_>,
    wanted: Option<&str>,
    name: &Name,
    policy: &RetentionPolicy,
) -> Option<By> {
    let spec = &policy.spec;
    let is_named = spec.index_refs.iter().flatten().any(|named| named.name.as_str() == index.name);
    let labels = draft.resource.labels();
    let is_selected = spec.index_selector.as_ref().is_some_and(|selector| selector.selects(labels));
    if wanted == Some(name.name.as_str()) {
        Some(By::RetentionRef)
    } else if is_named {
        Some(By::IndexRefs)
    } else if is_selected {
        Some(By::IndexSelector)
    } else {
        (spec.default == Some(true)).then_some(By::Default)
    }
}

/// The entries of a policy, and what is wrong with it.
///
/// Without all of its rules and holds there is no lifecycle, so nothing moves and nothing is deleted: what one rule
/// would have kept longer must not go because that rule could not be read. Delete requests are in the document all the
/// same, and what they hide stays hidden.
fn entries(name: &Name, policy: &RetentionPolicy) -> (Vec<IndexEntry>, Vec<Problem>) {
    let spec = &policy.spec;
    let queries = Queries(meaning::of_retention(spec));
    let rules = spec.rules.iter().flatten().enumerate().map(|(at, one)| rule(&queries, at, one));
    let holds = spec.holds.iter().flatten().enumerate().map(|(at, one)| hold(&queries, at, one));
    let deletions = spec.deletions.iter().flatten().enumerate().map(|(at, one)| deletion(&queries, at, one));
    let (mut entries, mut problems) = sorted_out(rules.chain(holds));
    if problems.is_empty() {
        let rests_on = entries.iter().map(|entry| (entry.key(), entry_hash(&entry.write()))).collect();
        match lifecycle(name, policy, rests_on).and_then(fits) {
            Ok(lifecycle) => entries.push(lifecycle),
            Err(problem) => problems.push(problem),
        }
    }
    let (requests, refused) = sorted_out(deletions);
    entries.extend(requests);
    problems.extend(refused);
    (entries, problems)
}

fn sorted_out(made: impl Iterator<Item = Result<IndexEntry, Problem>>) -> (Vec<IndexEntry>, Vec<Problem>) {
    let (mut entries, mut problems) = (Vec::new(), Vec::new());
    for entry in made.map(|entry| entry.and_then(fits)) {
        match entry {
            Ok(entry) => entries.push(entry),
            Err(problem) => problems.push(problem),
        }
    }
    (entries, problems)
}

fn fits(entry: IndexEntry) -> Result<IndexEntry, Problem> {
    super::fits(&entry.key(), &entry.write())?;
    Ok(entry)
}

fn hold(queries: &Queries, at: usize, asked: &keep::Hold) -> Result<IndexEntry, Problem> {
    Ok(IndexEntry::Hold(Hold {
        requires: Vec::new(),
        name: asked.name.to_string(),
        matches: queries.matches("holds", at, &asked.records)?,
        until_ms: asked.until.as_ref().map(ms_of),
        reason: asked.reason.as_ref().map(ToString::to_string).unwrap_or_default(),
    }))
}

fn deletion(queries: &Queries, at: usize, asked: &keep::Deletion) -> Result<IndexEntry, Problem> {
    Ok(IndexEntry::Deletion(Deletion {
        requires: Vec::new(),
        name: asked.name.to_string(),
        matches: queries.matches("deletions", at, &asked.records)?,
        from_ms: asked.from.as_ref().map(ms_of),
        to_ms: asked.to.as_ref().map(ms_of),
        reason: asked.reason.as_ref().map(ToString::to_string).unwrap_or_default(),
    }))
}

fn lifecycle(
    name: &Name,
    policy: &RetentionPolicy,
    rests_on: BTreeMap<String, Hash>,
) -> Result<IndexEntry, Problem> {
    let spec = &policy.spec;
    let tiers = tiers("tiers", spec.tiers.as_deref())?;
    let delete = spec.delete.as_ref();
    let after = delete.and_then(|delete| delete.after.as_ref());
    deleted_last("delete.after", after, &tiers)?;
    let schedule = spec.schedule.clone().unwrap_or_default();
    let safety = spec.safety.clone().unwrap_or_default();
    Ok(IndexEntry::Lifecycle(Lifecycle {
        requires: Vec::new(),
        policy: Policy {
            namespace: name.namespace.clone(),
            name: name.name.clone(),
            uid: object::uid(policy),
            generation: object::generation(policy),
        },
        mode: spec.mode,
        suspend: spec.suspend.unwrap_or(false),
        tiers,
        delete: delete.map(|delete| Delete {
            after_ms: delete.after.as_ref().map(Duration::millis),
            max_total_bytes: delete.max_total_bytes.as_ref().map(Size::bytes),
            max_bytes_per_namespace: delete.max_bytes_per_namespace.as_ref().map(Size::bytes),
        }),
        schedule: Schedule {
            cron: schedule.cron().to_owned(),
            time_zone: schedule.time_zone.as_ref().map_or_else(|| "UTC".to_owned(), ToString::to_string),
            window_ms: schedule.window.as_ref().map(Duration::millis),
            max_concurrent_moves: schedule.max_concurrent_moves(),
        },
        safety: Safety {
            shorten_grace_ms: safety.shorten_grace_ms(),
            max_delete_percent: safety.max_delete_percent(),
            approved: policy.annotations().get(keys::APPROVE).filter(|hash| hash.len() <= APPROVAL).cloned(),
        },
        rests_on,
    }))
}

fn rule(queries: &Queries, at: usize, asked: &keep::AgeRule) -> Result<IndexEntry, Problem> {
    let field = format!("rules[{}]", asked.name);
    let tiers = tiers(&format!("{field}.tiers"), asked.tiers.as_deref())?;
    deleted_last(&format!("{field}.deleteAfter"), asked.delete_after.as_ref(), &tiers)?;
    Ok(IndexEntry::Rule(LifecycleRule {
        requires: Vec::new(),
        name: asked.name.to_string(),
        priority: asked.priority.unwrap_or(0),
        matches: queries.matches("rules", at, &asked.records)?,
        delete_after_ms: asked.delete_after.as_ref().map(Duration::millis),
        tiers,
    }))
}

/// Ages rise, and so do tiers.
fn tiers(field: &str, asked: Option<&[asked::Tier]>) -> Result<Vec<Tier>, Problem> {
    let tiers: Vec<Tier> = asked
        .unwrap_or_default()
        .iter()
        .map(|tier| Tier { name: tier.name, after_ms: tier.after.millis() })
        .collect();
    let rises = |two: &[Tier]| two[0].name < two[1].name && two[0].after_ms < two[1].after_ms;
    if tiers.windows(2).all(rises) {
        return Ok(tiers);
    }
    Err(Problem::new(
        Reason::SpecInvalid,
        format!("{field}: tiers are in the order Hot, Warm, Cold with rising ages"),
    ))
}

fn deleted_last(field: &str, delete: Option<&Duration>, tiers: &[Tier]) -> Result<(), Problem> {
    match delete.zip(tiers.last()) {
        Some((delete, last)) if delete.millis() <= last.after_ms => {
            Err(Problem::new(Reason::SpecInvalid, format!("{field} must be later than every tier")))
        }
        _ => Ok(()),
    }
}

/// What is wrong with the queries of a policy.
struct Queries(Vec<Complaint>);

impl Queries {
    /// An empty match would be every record; nobody means that.
    fn matches(&self, list: &str, at: usize, asked: &keep::Match) -> Result<Match, Problem> {
        let field = format!("spec.{list}[{at}].match");
        let mut complaints = self.0.iter().filter(|complaint| complaint.field.starts_with(&field));
        if let Some(complaint) = complaints.next() {
            return Err(complaint.clone().into());
        }
        let found = Match {
            namespaces: asked.namespaces.iter().flatten().map(ToString::to_string).collect(),
            services: asked.services.iter().flatten().map(ToString::to_string).collect(),
            levels: asked.levels.clone().unwrap_or_default(),
            query: asked.query.as_ref().map(ToString::to_string).unwrap_or_default(),
        };
        let is_empty = found.namespaces.is_empty()
            && found.services.is_empty()
            && found.levels.is_empty()
            && found.query.trim().is_empty();
        if is_empty {
            let message = format!(
                "{field} needs namespaces, services, levels or query: an empty one would be every record"
            );
            return Err(Problem::new(Reason::SpecInvalid, message));
        }
        Ok(found)
    }
}

fn ms_of(time: &Timestamp) -> i64 {
    time.at().as_millisecond()
}
