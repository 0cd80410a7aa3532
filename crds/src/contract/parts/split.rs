//! Entries into parts, by the bits of their keys' hashes.

use serde_json::Value;

use super::{Hash, PackError, canonical};

/// The braces around a part.
pub(super) const FRAME: usize = 2;
/// One entry on its way into a part.
pub(super) struct Member {
    key: String,
    place: Hash,
    /// Key, colon and value.
    bytes: Vec<u8>,
}

impl Member {
    pub(super) fn new(key: &str, value: &Value) -> Self {
        let mut bytes = Vec::new();
        canonical::write_key(key, &mut bytes);
        canonical::write(value, &mut bytes);
        Self { key: key.to_owned(), place: Hash::of(key.as_bytes()), bytes }
    }

    pub(super) fn size(&self) -> usize {
        self.bytes.len()
    }
}

/// The bytes of each part. Members come in the order of their keys and keep it.
pub(super) fn split(members: Vec<Member>, limit: usize) -> Result<Vec<Vec<u8>>, PackError> {
    let mut parts = Vec::new();
    let mut waiting = vec![(members, 0)];
    while let Some((members, bit)) = waiting.pop() {
        let commas = members.len().saturating_sub(1);
        let bytes = FRAME + members.iter().map(Member::size).sum::<usize>() + commas;
        match &members[..] {
            [] => {}
            _ if bytes <= limit => parts.push(part(&members, bytes)),
            [alone] => return Err(PackError::Entry { key: alone.key.clone(), bytes, limit }),
            // Different keys have different hashes, so this ends before their bits do.
            _ => {
                let (ones, zeros) = members.into_iter().partition(|member| member.place.bit(bit));
                waiting.extend([(ones, bit + 1), (zeros, bit + 1)]);
            }
        }
    }
    Ok(parts)
}

fn part(members: &[Member], size: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(size);
    bytes.push(b'{');
    for (index, member) in members.iter().enumerate() {
        if index > 0 {
            bytes.push(b',');
        }
        bytes.extend_from_slice(&member.bytes);
    }
    bytes.push(b'}');
    bytes
}
