//! When a policy is carried out, and what protects from mistakes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::value::{Cron, Duration, TimeZone};

/// Where nobody says when.
pub const CRON: &str = "17 * * * *";

/// When it is carried out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Schedule {
    /// When, as cron writes it; `17 * * * *`, that is every hour, where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cron: Option<Cron>,
    /// The time zone of that; UTC where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<TimeZone>,
    /// How long a run may go on; the rest waits for the next. No limit where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<Duration>,
    /// How many segments move at a time; 2 where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 32))]
    pub max_concurrent_moves: Option<i32>,
}

/// What protects from mistakes in changes of a policy. Ageing under a policy that stays as it is needs no approval.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Safety {
    /// How long a shorter age waits before it is carried out; 24h where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shorten_grace: Option<Duration>,
    /// A change that would delete more than this share of an index, in percent, waits for the annotation `sawlog.dev/approve` with the plan's hash; 25 where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 100))]
    pub max_delete_percent: Option<i32>,
}

impl Schedule {
    /// When.
    pub fn cron(&self) -> &str {
        self.cron.as_ref().map_or(CRON, Cron::as_str)
    }

    /// How many segments move at a time.
    pub fn max_concurrent_moves(&self) -> u32 {
        crate::number(self.max_concurrent_moves, 2)
    }
}

impl Safety {
    /// How long a shorter age waits.
    pub fn shorten_grace_ms(&self) -> u64 {
        self.shorten_grace.as_ref().map_or(24 * 3_600_000, Duration::millis)
    }

    /// What share of an index a change may delete without approval.
    pub fn max_delete_percent(&self) -> u32 {
        crate::number(self.max_delete_percent, 25)
    }
}
