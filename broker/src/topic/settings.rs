//! What can be set of a topic: one table.
//!
//! Settings of Apache Kafka that would change what is done here, and are not done here, are refused in any value but
//! the one that describes what is done: better no topic than one that keeps less than was asked for.

use std::{collections::BTreeMap, time::Duration};

use crate::log::{LogOptions, Retention};

/// A setting.
#[derive(Debug)]
pub struct Setting {
    /// As Apache Kafka calls it.
    pub name: &'static str,
    /// When nobody sets it.
    pub default: &'static str,
    /// What it does.
    pub meaning: &'static str,
    takes: Takes,
}

#[derive(Debug)]
enum Takes {
    /// A whole number from so much on.
    Number { least: i64, most: i64 },
    /// These words only.
    Only(&'static [&'static str]),
}

impl Setting {
    /// Whether it is a number; otherwise it is a word.
    pub fn is_number(&self) -> bool {
        matches!(self.takes, Takes::Number { .. })
    }
}

const MOST_SEGMENT: i64 = 1 << 30;

/// All of them, by name.
#[rustfmt::skip]
pub const SETTINGS: &[Setting] = &[
    Setting { name: CLEANUP, default: "delete", meaning: "what is old goes; compaction by key is not done here", takes: Takes::Only(&["delete"]) },
    Setting { name: "compression.type", default: "producer", meaning: "batches stay as they were sent", takes: Takes::Only(&["producer"]) },
    Setting { name: MESSAGE, default: "4194304", meaning: "bytes of the largest batch", takes: Takes::Number { least: 0, most: MOST_SEGMENT } },
    Setting { name: "message.timestamp.type", default: "CreateTime", meaning: "times are those of the producer", takes: Takes::Only(&["CreateTime"]) },
    Setting { name: "min.insync.replicas", default: "1", meaning: "there is one copy", takes: Takes::Only(&["1"]) },
    Setting { name: RETENTION_BYTES, default: "-1", meaning: "bytes of a partition that are kept; -1: all", takes: Takes::Number { least: -1, most: i64::MAX } },
    Setting { name: RETENTION_AGE, default: "604800000", meaning: "milliseconds that records are kept; -1: for ever", takes: Takes::Number { least: -1, most: i64::MAX } },
    Setting { name: SEGMENT_BYTES, default: "134217728", meaning: "bytes of a segment before the next begins", takes: Takes::Number { least: 14, most: MOST_SEGMENT } },
    Setting { name: SEGMENT_AGE, default: "604800000", meaning: "milliseconds of a segment before the next begins", takes: Takes::Number { least: 1, most: i64::MAX } },
];

const CLEANUP: &str = "cleanup.policy";
const MESSAGE: &str = "max.message.bytes";
const RETENTION_AGE: &str = "retention.ms";
const RETENTION_BYTES: &str = "retention.bytes";
const SEGMENT_AGE: &str = "segment.ms";
const SEGMENT_BYTES: &str = "segment.bytes";

/// Why a topic cannot be set so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingError {
    /// There is no such setting.
    #[error("{name} is not a setting of a topic here")]
    Unknown {
        /// As it was given.
        name: String,
    },
    /// It does not take that.
    #[error("{name} cannot be {value}: {why}")]
    Value {
        /// Which.
        name: &'static str,
        /// As it was given.
        value: String,
        /// In words.
        why: String,
    },
}

/// What has been set of a topic; everything else is as the table says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    set: BTreeMap<&'static str, String>,
}

impl Settings {
    /// Checks all of them.
    pub fn new<'a>(given: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, SettingError> {
        let mut settings = Self::default();
        for (name, value) in given {
            settings.set(name, value)?;
        }
        Ok(settings)
    }

    /// Sets one.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), SettingError> {
        let setting = find(name)?;
        let refused = |why: String| SettingError::Value { name: setting.name, value: value.to_owned(), why };
        match setting.takes {
            Takes::Number { least, most } => match value.trim().parse() {
                Ok(number) if (least..=most).contains(&number) => {}
                Ok(_) => return Err(refused(format!("it takes numbers from {least} to {most}"))),
                Err(_) => return Err(refused("it takes a whole number".to_owned())),
            },
            Takes::Only(words) if words.contains(&value.trim()) => {}
            Takes::Only(words) => return Err(refused(format!("only {} is done here", words.join(", ")))),
        }
        self.set.insert(setting.name, value.trim().to_owned());
        Ok(())
    }

    /// Lets one be as the table says.
    pub fn unset(&mut self, name: &str) -> Result<(), SettingError> {
        self.set.remove(find(name)?.name);
        Ok(())
    }

    /// What it is, set or not.
    pub fn value<'a>(&'a self, setting: &'a Setting) -> &'a str {
        self.set.get(setting.name).map_or(setting.default, String::as_str)
    }

    /// Whether somebody set it.
    pub fn is_set(&self, setting: &Setting) -> bool {
        self.set.contains_key(setting.name)
    }

    /// Those that were set.
    pub fn all_set(&self) -> BTreeMap<String, String> {
        self.set.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
    }

    /// The largest batch.
    pub fn message_bytes(&self) -> usize {
        usize::try_from(self.number(MESSAGE)).unwrap_or(0)
    }

    /// What is kept.
    pub fn retention(&self) -> Retention {
        Retention {
            age: u64::try_from(self.number(RETENTION_AGE)).ok().map(Duration::from_millis),
            bytes: u64::try_from(self.number(RETENTION_BYTES)).ok(),
        }
    }

    /// How its logs are kept.
    pub fn log(&self, reserve_bytes: u64) -> LogOptions {
        let number = |name| u64::try_from(self.number(name)).unwrap_or(u64::MAX);
        LogOptions {
            segment_bytes: number(SEGMENT_BYTES),
            segment_age: Duration::from_millis(number(SEGMENT_AGE)),
            reserve_bytes,
        }
    }

    fn number(&self, name: &str) -> i64 {
        let setting = find(name).expect("because the name is one of the table");
        self.value(setting).parse().expect("because numbers are checked when they are set")
    }
}

fn find(name: &str) -> Result<&'static Setting, SettingError> {
    let found = SETTINGS.iter().find(|setting| setting.name == name);
    found.ok_or_else(|| SettingError::Unknown { name: name.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_is_allowed_and_the_table_is_in_order() {
        for setting in SETTINGS {
            Settings::new([(setting.name, setting.default)]).unwrap();
        }
        assert!(SETTINGS.is_sorted_by_key(|setting| setting.name));
        let settings = Settings::default();
        assert_eq!(settings.message_bytes(), 4 << 20);
        let week = Duration::from_hours(7 * 24);
        assert_eq!(settings.retention(), Retention { age: Some(week), bytes: None });
        assert_eq!(settings.log(7), LogOptions { reserve_bytes: 7, ..LogOptions::default() });
    }

    #[test]
    fn what_is_not_done_here_is_refused_in_words() {
        let refused = |name, value| Settings::new([(name, value)]).unwrap_err().to_string();
        assert_eq!(refused(CLEANUP, "compact"), "cleanup.policy cannot be compact: only delete is done here");
        assert_eq!(
            refused("retention.ms", "-2"),
            format!("retention.ms cannot be -2: it takes numbers from -1 to {}", i64::MAX)
        );
        assert_eq!(
            refused("retention.ms", "a week"),
            "retention.ms cannot be a week: it takes a whole number"
        );
        assert_eq!(refused("retention.hours", "1"), "retention.hours is not a setting of a topic here");
    }
}
