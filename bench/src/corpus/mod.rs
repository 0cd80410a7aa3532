//! The input of every benchmark: made, checked while it is made, and read back.
//!
//! ```text
//! fleet's blocks ──▶ window: 50 blocks, by one worker ──▶ in order ──▶ write: JSON, CRI, OTLP
//!                        ╰──▶ bands: is it like life?         ╰──▶ reread: the files, counted by brute force
//! ```

pub mod bands;
pub mod bytes;
pub mod make;
pub mod otlp;
pub mod questions;
pub mod reread;
pub mod write;

use sawlog_fleet::plan::BLOCK;

/// How large a corpus is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Size {
    /// 100,000 records, about 33 MB of JSON.
    Small,
    /// 2 million records, about 650 MB of JSON.
    Full,
}

impl Size {
    /// Blocks of a thousand records.
    pub fn blocks(self) -> u64 {
        match self {
            Self::Small => 100,
            Self::Full => 2000,
        }
    }

    /// Records.
    pub fn records(self) -> u64 {
        self.blocks() * BLOCK as u64
    }

    /// As on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Small => "small",
            Self::Full => "full",
        }
    }
}

/// Which corpus.
#[derive(Debug, Clone, Copy)]
pub struct Which {
    /// How large.
    pub size: Size,
    /// By which seed.
    pub seed: u64,
}

/// How it is written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub enum Form {
    /// `corpus.jsonl`: one JSON object a line.
    Json,
    /// `pods/`: container log files as the kubelet keeps them.
    Cri,
    /// `corpus.otlp`: OpenTelemetry log batches, each after its length.
    Otlp,
}
