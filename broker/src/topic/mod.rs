//! Topics: what they are called, how they are set, and the logs of their partitions.
//!
//! ```text
//! catalog.journal: cluster id, topics, settings, producer ids         topics/<topic id>/<partition>/: a log
//! ```
//!
//! * A topic is in the journal after its logs are there, and its logs go after it has left the journal. So a folder
//!   that no topic knows is a leftover and is removed; a topic whose log is gone has lost it, and says so.
//! * Folders are named after the topic's id: a topic that is made again has nothing of the one before.
//! * A partition whose log cannot be opened is offline; the others go on.

mod catalog;
mod partition;
mod settings;

pub use catalog::{Catalog, CatalogError, Mended, NewTopic, Topic};
pub use partition::{Partition, Waiter};
pub use settings::{SETTINGS, Setting, SettingError, Settings};

/// Whether a topic can be called so, and if not, why.
pub fn check_name(name: &str) -> Result<(), &'static str> {
    let is_known = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    match name {
        "" => Err("a topic needs a name"),
        "." | ".." => Err("a topic cannot be called . or .."),
        _ if name.len() > 249 => Err("a topic's name has at most 249 characters"),
        _ if !name.bytes().all(is_known) => {
            Err("a topic's name has letters, digits, dots, underscores and dashes")
        }
        _ => Ok(()),
    }
}
