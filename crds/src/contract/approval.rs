//! What a person approves when a policy is about to delete much.
//!
//! The hash covers what makes a plan another plan: the index, how rules differ, and the day before which data would go.
//! It does not cover the volume, which grows while somebody reads: an approval holds while that stays close to what was
//! shown.

use std::{collections::BTreeMap, fmt};

use serde::Serialize;
use serde_json::Value;

use super::parts::{Hash, canonical_bytes};

/// How much the volume may be, in percent of what was shown.
const MOST_PERCENT: u128 = 110;
/// Hexadecimal digits of a hash: few enough to read aloud, too many to find another plan with the same ones.
const DIGITS: usize = 16;

/// A plan to delete that needs approval.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DeletePlan {
    /// The uid of the index. Not its name: an approval does not outlive what it was given for.
    pub index_uid: String,
    /// How the policy differs from the one that acts now, by setting or rule.
    pub differences: BTreeMap<String, Difference>,
    /// Data from before this day would be deleted, as `2026-03-02`.
    pub cut_off_day: String,
}

/// One setting or rule before and after; nothing where it is not there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Difference {
    /// As it acts now.
    pub before: Option<Value>,
    /// As it would act.
    pub after: Option<Value>,
}

/// The short hash of a plan, as the annotation `sawlog.dev/approve` has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanHash(String);

impl DeletePlan {
    /// Its short hash.
    pub fn hash(&self) -> PlanHash {
        let mut digits = Hash::of(&canonical_bytes(self)).to_string();
        digits.truncate(DIGITS);
        PlanHash(digits)
    }
}

impl PlanHash {
    /// Whether an annotation approves this plan, which was shown with `shown` bytes and would now delete `now`.
    pub fn is_approved_by(&self, annotation: &str, shown: u64, now: u64) -> bool {
        annotation.trim() == self.0 && u128::from(now) * 100 <= u128::from(shown) * MOST_PERCENT
    }
}

impl fmt::Display for PlanHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn plan() -> DeletePlan {
        let difference =
            Difference { before: Some(json!({ "afterMs": 3 })), after: Some(json!({ "afterMs": 2 })) };
        DeletePlan {
            index_uid: "6f1c".to_owned(),
            differences: BTreeMap::from([("delete".to_owned(), difference)]),
            cut_off_day: "2026-03-02".to_owned(),
        }
    }

    #[test]
    fn a_hash_covers_index_rules_and_day() {
        let hash = plan().hash();
        // Written down in annotations: it must not change between releases.
        assert_eq!(hash.to_string(), "6e4929a9c19a4643");
        let index = DeletePlan { index_uid: "6f1d".to_owned(), ..plan() };
        let day = DeletePlan { cut_off_day: "2026-03-03".to_owned(), ..plan() };
        let mut rule = plan();
        rule.differences.get_mut("delete").unwrap().after = None;
        for other in [index, day, rule] {
            assert_ne!(other.hash(), hash);
        }
    }

    #[test]
    fn an_approval_holds_while_the_volume_stays_close() {
        let hash = plan().hash();
        let rows = [
            (1_000, 0, true),
            (1_000, 1_100, true),
            (1_000, 1_101, false),
            (0, 0, true),
            (0, 1, false),
            (u64::MAX, u64::MAX, true),
            (9, 9, true),
            (9, 10, false),
        ];
        for (shown, now, expected) in rows {
            assert_eq!(hash.is_approved_by(&format!(" {hash}\n"), shown, now), expected, "{now} of {shown}");
        }
        for annotation in ["", "true", &hash.to_string()[..15], &format!("{hash}0")] {
            assert!(!hash.is_approved_by(annotation, 1, 1), "{annotation}");
        }
    }
}
