//! From the node to Kafka: when lines are sent, where they wait, and what may be lost on purpose.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    choice::choice,
    value::{Duration, Size},
};

choice! {
    /// What may be lost on purpose.
    Durability default Standard {
        /// what limits, sampling and full buffers say
        Standard,
        /// nothing: such a pipeline is never sampled, limited or shed, it waits
        Audit,
    }
}

choice! {
    /// What happens when the buffer is full.
    OnFull {
        /// reading stops, and lines wait in the containers' files
        Block,
        /// DEBUG is dropped, then INFO, never WARN and above, and all of it is counted
        ShedByLevel,
    }
}

/// How much of a node's disk may hold lines that Kafka has not acknowledged.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Buffer {
    /// Most bytes on a node, within what the agent has for all pipelines; a fair share where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_bytes_per_node: Option<Size>,
    /// What happens when it is full; ShedByLevel where absent, and Block for `durability: Audit`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_full: Option<OnFull>,
}

/// When lines are sent: at the size or after the time, whichever comes first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Batch {
    /// Most bytes of a batch; 512Ki where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_bytes: Option<Size>,
    /// How long a line waits for others; 1s where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_wait: Option<Duration>,
}

impl Batch {
    /// Most bytes of a batch.
    pub fn max_bytes(&self) -> u64 {
        self.max_bytes.as_ref().map_or(512 << 10, Size::bytes)
    }

    /// How long a line waits for others.
    pub fn max_wait_ms(&self) -> u64 {
        self.max_wait.as_ref().map_or(1_000, Duration::millis)
    }
}

choice! {
    /// What happens above the budget.
    OnBudget {
        /// an event and a condition say so
        Warn,
        /// a share of the records is kept, never less of WARN and above
        Sample,
        /// nothing more is read until the next day
        Stop,
    }
}

/// How much it may cost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Budget {
    /// Most bytes a day, from midnight UTC, before compression.
    pub bytes_per_day: Size,
    /// What happens above it; Warn where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_exceed: Option<OnBudget>,
}
