//! Who can read what.
//!
//! The version counts changes after which an old reader would misread a document; a reader accepts its own and the one
//! before, so that either side may be updated first. A feature is smaller: a reader that does not know it can go on
//! without the entries that require it. What is only added, and may be ignored, is neither.

use serde::Deserialize;
use serde_json::Value;

/// The version that this program writes.
pub const VERSION: u32 = 1;

/// The features that this program knows by name. Version 1 has none: whatever it describes, every reader does.
pub const FEATURES: &[&str] = &[];

/// What a program can read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reader {
    version: u32,
    features: &'static [&'static str],
}

/// A version that a program does not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VersionError {
    /// Written by something newer.
    #[error(
        "version {found} is newer than {known}, the newest that this program reads: update the program first"
    )]
    Newer {
        /// The document's.
        found: u32,
        /// The reader's.
        known: u32,
    },
    /// Written by something that is two or more versions behind.
    #[error(
        "version {found} is older than {oldest}, the oldest that this program reads: update its writer first"
    )]
    Older {
        /// The document's.
        found: u32,
        /// The oldest that the reader accepts.
        oldest: u32,
    },
}

/// A document of one piece that is not read.
#[derive(Debug, thiserror::Error)]
pub enum FormError {
    /// Not JSON, or not of its form.
    #[error("read the document")]
    Form(#[from] serde_json::Error),
    /// Of a version that this reader does not know.
    #[error(transparent)]
    Version(#[from] VersionError),
}

impl Reader {
    /// This program.
    pub const CURRENT: Self = Self { version: VERSION, features: FEATURES };

    /// A program of another version, or with other features: for tests of what becomes of documents between releases.
    pub const fn new(version: u32, features: &'static [&'static str]) -> Self {
        Self { version, features }
    }

    /// Whether it reads documents of this version.
    pub fn accept(&self, found: u32) -> Result<(), VersionError> {
        let oldest = self.version.saturating_sub(1).max(1);
        match found {
            newer if newer > self.version => Err(VersionError::Newer { found, known: self.version }),
            older if older < oldest => Err(VersionError::Older { found, oldest }),
            _ => Ok(()),
        }
    }

    /// The same, of a document that says its version itself.
    pub(super) fn accept_in(&self, bytes: &[u8]) -> Result<(), FormError> {
        /// What every version has: what else a newer one has is not for this reader to judge.
        #[derive(Deserialize)]
        struct Versioned {
            version: u32,
        }
        let Versioned { version } = serde_json::from_slice(bytes)?;
        Ok(self.accept(version)?)
    }

    /// The features that an entry requires and this program does not know.
    pub(super) fn unknown<'e>(&self, requires: &'e [Value]) -> Vec<&'e str> {
        let names = requires.iter().map(|name| name.as_str().unwrap_or("(not a name)"));
        names.filter(|name| !self.features.contains(name)).collect()
    }
}
