//! What an agent has applied: nothing but a root and what was rejected, so that thousands of agents can be asked often.

use serde::{Deserialize, Serialize};

use super::{
    in_force::{InForce, Rejected},
    parts::{Hash, canonical_bytes},
    version::{FormError, Reader, VERSION},
};

/// The answer of `/applied`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Applied {
    /// By which version of the contract it is written.
    pub version: u32,
    /// The root of the plan that was applied last; absent before the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub root: Option<Hash>,
    /// What was rejected of it, in the order of keys.
    pub rejected: Vec<Rejected>,
}

impl Applied {
    /// What is in force, told.
    pub fn of<E>(in_force: &InForce<E>) -> Self {
        Self { version: VERSION, root: in_force.root(), rejected: in_force.rejected().to_vec() }
    }

    /// What is answered.
    pub fn write(&self) -> Vec<u8> {
        canonical_bytes(self)
    }

    /// The answer's `ETag`, with its quotes: equal for equal answers of whichever agent.
    pub fn etag(&self) -> String {
        format!("\"{}\"", Hash::of(&self.write()))
    }

    /// Reads an answer of a version that the reader accepts.
    pub fn read(bytes: &[u8], reader: &Reader) -> Result<Self, FormError> {
        reader.accept_in(bytes)?;
        Ok(serde_json::from_slice(bytes)?)
    }
}
