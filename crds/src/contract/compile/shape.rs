//! Steps of shaping, each with a name and with queries that can be evaluated.

use crate::{
    contract::{
        agent_plan::Step,
        words::{Durability, Level},
    },
    pipeline::shape::{Sample, Shape},
};

use super::{Problem, Reason};

/// Levels that are all kept where nobody says otherwise.
const KEPT: &[Level] = &[Level::Warn, Level::Error, Level::Fatal];
/// All of them.
const HUNDRED_PERCENT: u32 = 100_000;

/// The steps of a pipeline.
pub(super) fn steps(durability: Durability, asked: &[Shape]) -> Result<Vec<Step>, Problem> {
    asked.iter().enumerate().map(|(index, shape)| step(durability, index, shape)).collect()
}

fn step(durability: Durability, index: usize, asked: &Shape) -> Result<Step, Problem> {
    let invalid = |message: &str| Problem::new(Reason::SpecInvalid, format!("shape[{index}]: {message}"));
    let name = asked.name.as_ref().map_or_else(|| (index + 1).to_string(), ToString::to_string);
    let Shape { name: _, drop, keep, sample, rename, add, remove } = asked;
    match (drop, keep, sample, rename, add, remove) {
        (Some(drop), None, None, None, None, None) => Ok(Step::Drop { name, when: drop.when.to_string() }),
        (None, Some(keep), None, None, None, None) => Ok(Step::Keep { name, when: keep.when.to_string() }),
        (None, None, Some(_), None, None, None) if durability == Durability::Audit => {
            Err(invalid("durability: Audit excludes sample"))
        }
        (None, None, Some(sample), None, None, None) => {
            self::sample(name, sample).ok_or_else(|| invalid("sample.percent is at most 100"))
        }
        (None, None, None, Some(rename), None, None) => {
            Ok(Step::Rename { name, from: rename.from.to_string(), to: rename.to.to_string() })
        }
        (None, None, None, None, Some(add), None) => Ok(Step::Add {
            name,
            field: add.field.to_string(),
            value: add.value.to_string(),
            when: add.when.as_ref().map(ToString::to_string).unwrap_or_default(),
        }),
        (None, None, None, None, None, Some(remove)) => {
            Ok(Step::Remove { name, fields: remove.fields.iter().map(ToString::to_string).collect() })
        }
        _ => Err(invalid("exactly one of drop, keep, sample, rename, add and remove has to be set")),
    }
}

fn sample(name: String, asked: &Sample) -> Option<Step> {
    let keep_millipercent = Some(asked.percent.thousandths()).filter(|share| *share <= HUNDRED_PERCENT)?;
    let keep_levels = asked.keep_levels.clone().unwrap_or_else(|| KEPT.to_vec());
    Some(Step::Sample {
        name,
        keep_millipercent,
        keep_levels,
        key: asked.key.as_ref().map(ToString::to_string),
    })
}
