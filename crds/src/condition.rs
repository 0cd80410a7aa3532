//! Conditions: what is so about an object, since when, and why.
//!
//! The type is our own, because Kubernetes' type for Rust has no bounds. [`merge`] is the only way in: a
//! transition time moves only when the status does, and nothing is written that says the same as before.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{choice::choice, reason::Reason, value::text_value};

choice! {
    /// Whether something is so.
    Status {
        /// it is so
        True,
        /// it is not so
        False,
        /// nobody knows yet
        Unknown,
    }
}

text_value! {
    /// The type of a condition.
    ConditionType, max 64, min 1, pattern r"^[A-Z][A-Za-z0-9]*$", expected "a condition's type"
}

text_value! {
    /// Why a condition is as it is, in one word; see the table of reasons.
    ReasonName, max 128, min 1, pattern r"^[A-Z][A-Za-z0-9]*$", expected "a reason"
}

text_value! {
    /// What to know and to do, in sentences.
    Message, max 32768, expected "a message of at most 32,768 characters"
}

text_value! {
    /// When a condition changed.
    Moment, max 64, format "date-time", expected "a time of RFC 3339", meaning Timestamp, by |text| text.parse().ok()
}

/// One thing that is so, not so, or unknown, about an object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Condition {
    /// What is so, in one word.
    #[serde(rename = "type")]
    pub kind: ConditionType,
    /// Whether it is so.
    pub status: Status,
    /// Why, in one word: an entry of the table of reasons.
    pub reason: ReasonName,
    /// Why, and what to do about it.
    pub message: Message,
    /// Generation of the object that this is about.
    #[schemars(range(min = 0))]
    pub observed_generation: i64,
    /// When the status last changed.
    pub last_transition_time: Moment,
}

/// A condition as a reconciler finds it, before it is known since when it is so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// What is so.
    pub kind: ConditionType,
    /// Whether it is so.
    pub status: Status,
    /// Why.
    pub reason: Reason,
    /// Why, in sentences.
    pub message: Message,
}

impl From<Reason> for ReasonName {
    fn from(reason: Reason) -> Self {
        Self::new(reason.as_str())
            .expect("because the words of the table are names, which a test of it shows")
    }
}

impl Moment {
    /// Of a time; to the second, which is what Kubernetes keeps.
    pub fn of(time: Timestamp) -> Self {
        let seconds = Timestamp::from_second(time.as_second()).unwrap_or(time);
        Self::new(&seconds.to_string()).expect("because a time's own text is a time")
    }

    /// The time.
    pub fn at(&self) -> Timestamp {
        self.meaning
    }
}

/// What the conditions are now: those found, in the order of their types, each since it became so.
///
/// Conditions that were not found are no longer there: those that are present only while true end like this.
/// Merging the same again changes nothing, and neither does the order in which they were found; of two of one
/// type the one that is worse stays, and of two that are as bad the one whose reason comes first in the table.
pub fn merge(before: &[Condition], found: &[Found], generation: i64, now: Timestamp) -> Vec<Condition> {
    let mut sorted: Vec<&Found> = found.iter().collect();
    sorted.sort_by_key(|found| (&found.kind, badness(found.status), found.reason, &found.message));
    sorted.dedup_by(|later, earlier| later.kind == earlier.kind);
    let merged = sorted.into_iter().map(|found| {
        let earlier = before.iter().find(|earlier| earlier.kind == found.kind);
        let since = earlier.filter(|earlier| earlier.status == found.status);
        Condition {
            kind: found.kind.clone(),
            status: found.status,
            reason: found.reason.into(),
            message: found.message.clone(),
            observed_generation: generation,
            last_transition_time: since
                .map_or_else(|| Moment::of(now), |earlier| earlier.last_transition_time.clone()),
        }
    });
    merged.collect()
}

/// Less is worse.
fn badness(status: Status) -> u8 {
    match status {
        Status::False => 0,
        Status::Unknown => 1,
        Status::True => 2,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found() -> impl Strategy<Value = Found> {
        let kind = prop_oneof![Just("Accepted"), Just("ResolvedRefs"), Just("Ready"), Just("Stalled")];
        let status = prop_oneof![Just(Status::True), Just(Status::False), Just(Status::Unknown)];
        let reason = prop_oneof![Just(Reason::Accepted), Just(Reason::RefNotFound), Just(Reason::Suspended)];
        (kind, status, reason, "[x-z]?").prop_map(|(kind, status, reason, message)| Found {
            kind: ConditionType::new(kind).unwrap(),
            status,
            reason,
            message: Message::new(&message).unwrap(),
        })
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_773_828_930 + second).unwrap()
    }

    proptest! {
        #[test]
        fn merging_again_changes_nothing(first in prop::collection::vec(found(), 0..8), second in prop::collection::vec(found(), 0..8)) {
            let before = merge(&[], &first, 1, at(0));
            let once = merge(&before, &second, 2, at(10));
            prop_assert_eq!(&merge(&once, &second, 2, at(20)), &once);
        }

        #[test]
        fn the_order_in_which_they_are_found_does_not_matter(
            (found, shuffled) in prop::collection::vec(found(), 0..8).prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle())),
        ) {
            prop_assert_eq!(merge(&[], &found, 1, at(0)), merge(&[], &shuffled, 1, at(0)));
        }

        #[test]
        fn the_time_moves_exactly_when_the_status_does(first in prop::collection::vec(found(), 0..8), second in prop::collection::vec(found(), 0..8)) {
            let before = merge(&[], &first, 1, at(0));
            for now in merge(&before, &second, 2, at(10)) {
                let earlier = before.iter().find(|earlier| earlier.kind == now.kind);
                let stayed = earlier.is_some_and(|earlier| earlier.status == now.status);
                prop_assert_eq!(now.last_transition_time.at(), if stayed { at(0) } else { at(10) });
                prop_assert_eq!(now.observed_generation, 2);
            }
        }
    }
}
