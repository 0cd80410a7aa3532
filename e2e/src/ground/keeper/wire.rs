//! What is said to a keeper, and what it answers: one line of JSON each way, one exchange a connection.

use std::{collections::BTreeMap, path::PathBuf};

use serde::{Deserialize, Serialize};

use super::Owner;

/// Raised when the lines change: a keeper of another build is then refused in words.
pub const VERSION: u32 = 2;

/// Said to a keeper.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Ask {
    /// Are you there, and do we speak alike?
    Hello,
    /// Start a part, or start one again that has ended.
    Start(Order),
    /// Send a signal to a part.
    Signal {
        /// Which part.
        part: String,
        /// The signal's number.
        signal: i32,
    },
    /// How does everything stand?
    Stand,
    /// End every part, remove the folder, end yourself.
    End,
}

/// A keeper's answer.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Answer {
    /// To [`Ask::Hello`].
    Hello(Greeting),
    /// To [`Ask::Start`]: the process.
    Started(u32),
    /// To [`Ask::Stand`].
    Stand(Vec<Standing>),
    /// It is done.
    Done,
    /// It is not done, and why.
    Refused(String),
}

/// Who a keeper is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Greeting {
    /// Its own [`VERSION`].
    pub version: u32,
    /// Its process.
    pub pid: u32,
    /// Whose ground it keeps.
    pub owner: Owner,
}

/// How to run a part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Its name in this ground.
    pub part: String,
    /// The program.
    pub program: PathBuf,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// What is added to the environment.
    pub environment: BTreeMap<String, String>,
    /// Where it runs; its log is `log` in there.
    pub folder: PathBuf,
}

/// How a part stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// Its name.
    pub part: String,
    /// Its process, or the one it had.
    pub pid: u32,
    /// What ended it, in words that follow its name; nothing while it runs.
    pub ended: Option<String>,
}
