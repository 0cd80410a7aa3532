//! Why a condition is as it is: one table, from which conditions, events, metrics, `sawlog explain` and the
//! reference are made.
//!
//! A reason's word is the condition's reason, the event's reason and the metric's label. Whoever reports one
//! names it by its variant, so a word that is not in the table cannot be said.

mod table;

pub use table::{REASONS, Reason};

/// Whether an event says it too, once, when it becomes so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// No: it stays in the condition.
    Never,
    /// As something that happened.
    Normal,
    /// As something to look at.
    Warning,
}

/// Who can do something about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heals {
    /// It is good as it is.
    Good,
    /// It ends by itself: it is tried again, with growing pauses.
    ByItself,
    /// Only a change of a resource, a Secret or the configuration ends it: nothing is tried again until then.
    ByPeople,
}

/// What is to be known of a reason.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// Which one.
    pub reason: Reason,
    /// Its word.
    pub name: &'static str,
    /// Whose conditions have it.
    pub kinds: &'static [&'static str],
    /// Which condition of theirs.
    pub condition: &'static str,
    /// Whether an event says it.
    pub event: Event,
    /// Who can do something about it.
    pub heals: Heals,
    /// What is so.
    pub text: &'static str,
    /// What to do.
    pub remedy: &'static str,
}

impl Reason {
    /// What is to be known of it.
    pub fn entry(self) -> &'static Entry {
        &REASONS[self as usize]
    }

    /// Its word.
    pub fn as_str(self) -> &'static str {
        self.entry().name
    }

    /// By its word, in any case.
    pub fn by_name(name: &str) -> Option<Self> {
        let found = REASONS.iter().find(|entry| entry.name.eq_ignore_ascii_case(name));
        found.map(|entry| entry.reason)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::{condition::ReasonName, kind::Kind};

    #[test]
    fn every_entry_is_found_by_its_variant_and_its_word() {
        let mut names = HashSet::new();
        for entry in REASONS {
            assert_eq!(entry.reason.entry().name, entry.name);
            assert_eq!(Reason::by_name(&entry.name.to_lowercase()), Some(entry.reason));
            assert!(names.insert(entry.name), "{} twice", entry.name);
            assert!(ReasonName::new(entry.name).is_ok(), "{}", entry.name);
        }
    }

    #[test]
    fn every_entry_says_what_is_so_and_what_to_do() {
        for entry in REASONS {
            let is_sentence =
                |text: &str| text.ends_with('.') && text.starts_with(|c: char| c.is_uppercase() || c == '`');
            assert!(is_sentence(entry.text) && is_sentence(entry.remedy), "{}", entry.name);
            assert!(
                entry.kinds.iter().all(|kind| *kind == "Pod" || Kind::by_name(kind).is_some()),
                "{}",
                entry.name
            );
            let is_alarm = entry.event == Event::Warning;
            assert!(
                !(is_alarm && entry.heals == Heals::Good),
                "{}: a warning about something good",
                entry.name
            );
            assert!(
                !(entry.heals == Heals::ByPeople && entry.event == Event::Never),
                "{}: nobody would look",
                entry.name
            );
        }
    }
}
