//! What a request may look like on the wire, judged before anything is decoded from it.
//!
//! `kafka-protocol` reserves memory for as many elements as an array says it has. A frame of 12 bytes can ask
//! for 150 GB that way, and a reservation that fails ends the whole process. So each frame is first walked
//! along the *shape* of its request: the list of its fields, in [`APIS`].
//!
//! Contract: what [`check`] lets pass has each count and each length covered by bytes that are really there.
//! The decoder can still refuse it (a text that is not UTF-8), but it reserves no more than a small multiple
//! of the frame.
//!
//! Invariants:
//! - The walk allocates nothing, and its depth is that of the table, never that of the frame.
//! - Each element of an array takes at least one byte, so the walk ends when the frame does, whatever the
//!   count says.
//! - Texts, bytes and arrays of numbers are skipped in one step: a megabyte of records costs nothing.
//!
//! Deliberately not here: what values mean, which topics exist, how large a frame may be. Bytes behind the
//! body are tolerated, as Apache Kafka tolerates them.

mod apis;

use std::ops::Range;

use kafka_protocol::messages::ApiKey;

pub use self::apis::{APIS, Api};
use self::apis::{Field, HEADER, Kind};

/// Tagged fields that every frame may have.
const TAGS: usize = 16;
/// One more for each so many bytes. The decoder keeps one map in each struct, and the first entry of a map
/// costs it about 450 bytes. No client sends fields that a version does not know, so this is generous.
const BYTES_PER_TAG: usize = 16;

/// Why a frame is refused. `at` counts from the beginning of the frame, without its length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ShapeError {
    /// The API is not offered, or not in this version.
    #[error("{api:?} is not offered in version {version}")]
    Version {
        /// What was asked for.
        api: ApiKey,
        /// In which version.
        version: i16,
    },
    /// The frame ends inside of a field, or a length says so.
    #[error("`{field}` at byte {at} takes {takes} bytes, and {left} are left")]
    Short {
        /// The field.
        field: &'static str,
        /// Where its value begins.
        at: usize,
        /// How many bytes it needs.
        takes: usize,
        /// How many there are.
        left: usize,
    },
    /// An array that cannot be in what is left of the frame.
    #[error("`{field}` at byte {at} has {count} elements, and {left} bytes are left")]
    Count {
        /// The array.
        field: &'static str,
        /// Where its first element begins.
        at: usize,
        /// How many elements it claims.
        count: usize,
        /// How many bytes there are.
        left: usize,
    },
    /// A length below the one that means null.
    #[error("`{field}` at byte {at} has the length {length}")]
    Negative {
        /// The field.
        field: &'static str,
        /// Where its value would begin.
        at: usize,
        /// The length.
        length: i32,
    },
    /// Null where the protocol knows none.
    #[error("`{field}` at byte {at} is null")]
    Null {
        /// The field.
        field: &'static str,
        /// Where its value would begin.
        at: usize,
    },
    /// A number of variable length that is larger than 32 bits.
    #[error("the length of `{field}` at byte {at} does not end")]
    Varint {
        /// The field.
        field: &'static str,
        /// Where the number begins.
        at: usize,
    },
    /// More tagged fields than the frame's size allows for.
    #[error("more than {most} tagged fields, at byte {at}")]
    Tags {
        /// How many it may have.
        most: usize,
        /// Where the count stands that was too much.
        at: usize,
    },
}

/// What every request begins with, in every version of every API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Start {
    /// The key of the API, which may be an unknown one.
    pub key: i16,
    /// The version of the request.
    pub version: i16,
    /// What the answer carries back.
    pub correlation: i32,
}

impl Start {
    /// Reads the first eight bytes of a frame.
    pub fn read(frame: &[u8]) -> Result<Self, ShapeError> {
        match *frame {
            [k0, k1, v0, v1, c0, c1, c2, c3, ..] => Ok(Self {
                key: i16::from_be_bytes([k0, k1]),
                version: i16::from_be_bytes([v0, v1]),
                correlation: i32::from_be_bytes([c0, c1, c2, c3]),
            }),
            _ => Err(ShapeError::Short { field: "header", at: 0, takes: 8, left: frame.len() }),
        }
    }
}

/// Whether a frame has the shape of a request: its header and its body. `frame` is what follows the length.
///
/// Gives where the body stands. The header of the request can be decoded from the frame, and the body from
/// this part of it.
pub fn check(api: ApiKey, version: i16, frame: &[u8]) -> Result<Range<usize>, ShapeError> {
    let api = Api::find(api).filter(|api| api.offers(version)).ok_or(ShapeError::Version { api, version })?;
    let flexible = version >= api.flexible_since;
    let tags = TAGS + frame.len() / BYTES_PER_TAG;
    let mut walk = Walk { frame, at: 0, version, flexible: false, tags, most_tags: tags };

    // The id of the client is a plain text also in the flexible header: a server has to be able to read it
    // before it knows the version.
    walk.fields(HEADER)?;
    walk.flexible = flexible;
    walk.tagged()?;
    let body = walk.at;
    walk.fields(api.body)?;
    walk.tagged()?;
    Ok(body..walk.at)
}

/// A walk over a frame, along a shape.
struct Walk<'a> {
    frame: &'a [u8],
    at: usize,
    version: i16,
    flexible: bool,
    /// How many tagged fields may still come.
    tags: usize,
    most_tags: usize,
}

impl Walk<'_> {
    /// The fields of one struct, without what is tagged. Goes as deep as the shape is, which is constant.
    fn fields(&mut self, fields: &'static [Field]) -> Result<(), ShapeError> {
        let version = self.version;
        fields.iter().filter(|field| field.is_in(version)).try_for_each(|field| self.field(field))
    }

    fn field(&mut self, field: &'static Field) -> Result<(), ShapeError> {
        if let Kind::Fixed(size) = field.kind {
            return self.skip(field.name, size);
        }
        let Some(count) = self.count(field)? else { return Ok(()) };
        match field.kind {
            Kind::Text | Kind::Bytes | Kind::Fixed(_) => self.skip(field.name, count),
            Kind::Numbers(size) => {
                self.elements(field, count, size)?;
                // Cannot overflow: so many were just found to fit.
                self.skip(field.name, count * size)
            }
            Kind::Texts => {
                self.elements(field, count, 1)?;
                (0..count).try_for_each(|_| self.text(field))
            }
            Kind::Structs(fields) => {
                self.elements(field, count, 1)?;
                (0..count).try_for_each(|_| {
                    self.fields(fields)?;
                    self.tagged()
                })
            }
        }
    }

    /// Refuses a count early. That the elements are really there is for the walk over them to see.
    fn elements(&self, field: &Field, count: usize, least: usize) -> Result<(), ShapeError> {
        let left = self.left();
        if count > left / least {
            return Err(ShapeError::Count { field: field.name, at: self.at, count, left });
        }
        Ok(())
    }

    /// A text inside of an array, which is never null.
    fn text(&mut self, field: &'static Field) -> Result<(), ShapeError> {
        let length = self.length(field.name, true)?;
        let length = length.ok_or(ShapeError::Null { field: field.name, at: self.at })?;
        self.skip(field.name, length)
    }

    /// The length of a text or of bytes, or the count of an array. Nothing when it is null and may be.
    fn count(&mut self, field: &'static Field) -> Result<Option<usize>, ShapeError> {
        let count = self.length(field.name, matches!(field.kind, Kind::Text))?;
        if count.is_none() && !field.is_nullable_in(self.version) {
            return Err(ShapeError::Null { field: field.name, at: self.at });
        }
        Ok(count)
    }

    fn length(&mut self, field: &'static str, short: bool) -> Result<Option<usize>, ShapeError> {
        if self.flexible {
            return Ok(self.varint(field)?.checked_sub(1));
        }
        let length = if short {
            i32::from(i16::from_be_bytes(self.take(field)?))
        } else {
            i32::from_be_bytes(self.take(field)?)
        };
        match usize::try_from(length) {
            Ok(length) => Ok(Some(length)),
            Err(_) if length == -1 => Ok(None),
            Err(_) => Err(ShapeError::Negative { field, at: self.at, length }),
        }
    }

    /// The tagged fields behind a struct. None of the offered versions knows any, so they are only skipped.
    fn tagged(&mut self) -> Result<(), ShapeError> {
        const FIELD: &str = "tagged fields";
        if !self.flexible {
            return Ok(());
        }
        let at = self.at;
        let count = self.varint(FIELD)?;
        self.tags = self.tags.checked_sub(count).ok_or(ShapeError::Tags { most: self.most_tags, at })?;
        for _ in 0..count {
            self.varint(FIELD)?;
            let size = self.varint(FIELD)?;
            self.skip(FIELD, size)?;
        }
        Ok(())
    }

    /// Stricter than the decoder, which drops the bits that are too many and reads on.
    fn varint(&mut self, field: &'static str) -> Result<usize, ShapeError> {
        let at = self.at;
        let mut value: u64 = 0;
        for group in 0..5 {
            let [byte] = self.take(field)?;
            value |= u64::from(byte & 0x7f) << (7 * group);
            if byte < 0x80 {
                return u32::try_from(value)
                    .ok()
                    .and_then(|value| usize::try_from(value).ok())
                    .ok_or(ShapeError::Varint { field, at });
            }
        }
        Err(ShapeError::Varint { field, at })
    }

    fn take<const N: usize>(&mut self, field: &'static str) -> Result<[u8; N], ShapeError> {
        let bytes = self.frame[self.at..].first_chunk::<N>().copied();
        self.skip(field, N)?;
        Ok(bytes.expect("because so many bytes were just skipped"))
    }

    fn skip(&mut self, field: &'static str, takes: usize) -> Result<(), ShapeError> {
        let left = self.left();
        if takes > left {
            return Err(ShapeError::Short { field, at: self.at, takes, left });
        }
        self.at += takes;
        Ok(())
    }

    fn left(&self) -> usize {
        self.frame.len() - self.at
    }
}
