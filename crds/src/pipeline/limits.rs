//! How much one container may print.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{choice::choice, value::Size};

choice! {
    /// What becomes of a line that is too long.
    OnOversize {
        /// it becomes several records that say so
        Split,
        /// its beginning is kept, with its length and hash
        Truncate,
        /// it is dropped and counted
        Drop,
    }
}

choice! {
    /// What becomes of lines that are too many.
    OnExceed {
        /// they are dropped, and one record says how many
        Drop,
        /// a share of them is kept
        Sample,
        /// they wait in the container's file
        Block,
    }
}

/// How much one container may print, by the lines' own times. Lines of ERROR and above are counted by themselves.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Limits {
    /// Lines a second; 1000 where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1_000_000))]
    pub lines_per_second: Option<i32>,
    /// Lines that may come at once; 10000 where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 10_000_000))]
    pub burst: Option<i32>,
    /// Bytes a second; no limit where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes_per_second: Option<Size>,
    /// Longest line; 1Mi where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_line_bytes: Option<Size>,
    /// What becomes of a line that is longer; Split where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_oversize: Option<OnOversize>,
    /// What becomes of lines that are too many; Drop where absent, and Block for `durability: Audit`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_exceed: Option<OnExceed>,
}

impl Limits {
    /// Lines a second.
    pub fn lines_per_second(&self) -> u32 {
        crate::number(self.lines_per_second, 1_000)
    }

    /// Lines that may come at once.
    pub fn burst(&self) -> u32 {
        crate::number(self.burst, 10_000)
    }

    /// Longest line.
    pub fn max_line_bytes(&self) -> u64 {
        self.max_line_bytes.as_ref().map_or(1 << 20, Size::bytes)
    }
}
