//! A record batch: the unit that producers send, the log stores and consumers get, as the Kafka protocol lays it out
//! (version 2).
//!
//! Only the header is read. What is behind it stays as the producer made it, compressed or not: it is summed, never
//! taken apart, so storing costs the same for one record as for ten thousand. Two fields are set when a batch is
//! stored, and the sum leaves them out for that reason: the first offset and the leader epoch.
//!
//! Deliberately absent: older versions, transactions, and a look at single records when they are stored. A producer
//! that sums nonsense correctly gets nonsense back.

mod build;
mod records;

pub use build::{Header, Record, build};
pub use records::{RecordError, first_at_or_after, latest_since};

/// How long a header is.
pub const HEADER: usize = 61;
/// Up to the length itself, which does not count them.
const BEFORE_LENGTH: usize = 12;
/// Where a stored batch may differ from the one that was sent.
pub const STAMP: usize = 16;
/// What the sum covers begins here.
const SUMMED: usize = 21;
/// No more can be addressed within a segment.
const MOST_BYTES: usize = 1 << 30;

const MAGIC: u8 = 2;
const CODEC: i16 = 0b111;
const APPEND_TIME: i16 = 1 << 3;
const TRANSACTIONAL: i16 = 1 << 4;
const CONTROL: i16 = 1 << 5;

/// Why bytes are not a batch that can be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BatchError {
    /// It ends before its own end.
    #[error("a batch of {wanted} bytes has only {found}")]
    Torn {
        /// How many it should have.
        wanted: usize,
        /// How many there are.
        found: usize,
    },
    /// Its length cannot be.
    #[error("a batch cannot have the length {length}")]
    Length {
        /// As the batch says.
        length: i32,
    },
    /// It is of another version.
    #[error("the batch is of version {magic}, only 2 is stored")]
    Magic {
        /// As the batch says.
        magic: u8,
    },
    /// Its bytes are not those that were summed.
    #[error("the batch's bytes have the sum {found:08x} and not {stated:08x}")]
    Sum {
        /// As the batch says.
        stated: u32,
        /// Of its bytes.
        found: u32,
    },
    /// It is not compressed in a way that anybody knows.
    #[error("codec {codec} is not known")]
    Codec {
        /// As the batch says.
        codec: u8,
    },
    /// Its fields contradict each other.
    #[error("{why}")]
    Fields {
        /// In words.
        why: &'static str,
    },
    /// It wants something that is not done here.
    #[error("{what} are not supported")]
    Unsupported {
        /// In words.
        what: &'static str,
    },
}

/// How records in a batch are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Codec {
    /// Not at all.
    None,
    /// gzip.
    Gzip,
    /// Snappy.
    Snappy,
    /// LZ4.
    Lz4,
    /// Zstandard.
    Zstd,
}

/// Who sent a batch, when the producer numbers what it sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sender {
    /// Given by the server.
    pub id: i64,
    /// Of that id.
    pub epoch: i16,
    /// The number of the first record.
    pub sequence: i32,
}

/// A batch whose sum is right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Batch<'a> {
    bytes: &'a [u8],
    fields: Fields,
}

/// What a header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fields {
    /// The offset of the first record.
    pub base_offset: i64,
    /// All of the batch.
    pub bytes: usize,
    /// What is behind the first offset for the last record.
    pub last_offset_delta: i32,
    /// The time from which records count theirs.
    pub base_timestamp: i64,
    /// The latest time of a record.
    pub max_timestamp: i64,
    /// Nothing when the producer does not number.
    pub sender: Option<Sender>,
    /// How many records.
    pub records: i32,
    stated_sum: u32,
    magic: u8,
    attributes: i16,
}

impl Fields {
    /// Reads a header; its sum is not looked at.
    pub fn read(header: &[u8; HEADER]) -> Result<Self, BatchError> {
        let length = i32::from_be_bytes(at(header, 8));
        let magic = header[16];
        if magic != MAGIC {
            return Err(BatchError::Magic { magic });
        }
        let bytes = usize::try_from(length).map_or(0, |length| length + BEFORE_LENGTH);
        if !(HEADER..=MOST_BYTES).contains(&bytes) {
            return Err(BatchError::Length { length });
        }
        let id = i64::from_be_bytes(at(header, 43));
        let epoch = i16::from_be_bytes(at(header, 51));
        let sequence = i32::from_be_bytes(at(header, 53));
        Ok(Self {
            base_offset: i64::from_be_bytes(at(header, 0)),
            bytes,
            last_offset_delta: i32::from_be_bytes(at(header, 23)),
            base_timestamp: i64::from_be_bytes(at(header, 27)),
            max_timestamp: i64::from_be_bytes(at(header, 35)),
            sender: (id >= 0).then_some(Sender { id, epoch, sequence }),
            records: i32::from_be_bytes(at(header, 57)),
            stated_sum: u32::from_be_bytes(at(header, 17)),
            magic,
            attributes: i16::from_be_bytes(at(header, 21)),
        })
    }

    /// The offset of the last record.
    pub fn last_offset(&self) -> i64 {
        self.base_offset.saturating_add(self.last_offset_delta.into())
    }

    /// The offset that follows it.
    pub fn next_offset(&self) -> i64 {
        self.last_offset().saturating_add(1)
    }

    /// How its records are compressed.
    pub fn codec(&self) -> Result<Codec, BatchError> {
        match self.attributes & CODEC {
            0 => Ok(Codec::None),
            1 => Ok(Codec::Gzip),
            2 => Ok(Codec::Snappy),
            3 => Ok(Codec::Lz4),
            4 => Ok(Codec::Zstd),
            codec => Err(BatchError::Codec { codec: codec.to_be_bytes()[1] }),
        }
    }

    fn check(&self) -> Result<(), BatchError> {
        self.codec()?;
        if self.attributes & (TRANSACTIONAL | CONTROL) != 0 {
            return Err(BatchError::Unsupported { what: "transactions" });
        }
        if self.attributes & APPEND_TIME != 0 {
            return Err(BatchError::Fields { why: "a producer cannot say when a batch is appended" });
        }
        if self.records < 1 || i64::from(self.last_offset_delta) != i64::from(self.records) - 1 {
            return Err(BatchError::Fields {
                why: "the batch's offsets do not fit the number of its records",
            });
        }
        if self.sender.is_some_and(|sender| sender.epoch < 0 || sender.sequence < 0) {
            return Err(BatchError::Fields {
                why: "a producer that numbers has no negative epoch or number",
            });
        }
        Ok(())
    }
}

fn at<const N: usize>(bytes: &[u8], position: usize) -> [u8; N] {
    bytes[position..position + N].try_into().expect("because the slice has that length")
}

impl<'a> Batch<'a> {
    /// The batch at the beginning of `bytes`. More may follow it.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, BatchError> {
        let Some(header) = bytes.first_chunk::<HEADER>() else {
            return Err(BatchError::Torn { wanted: HEADER, found: bytes.len() });
        };
        let fields = Fields::read(header)?;
        let Some(whole) = bytes.get(..fields.bytes) else {
            return Err(BatchError::Torn { wanted: fields.bytes, found: bytes.len() });
        };
        let found = crc32c::crc32c(&whole[SUMMED..]);
        if found != fields.stated_sum {
            return Err(BatchError::Sum { stated: fields.stated_sum, found });
        }
        fields.check()?;
        Ok(Self { bytes: whole, fields })
    }

    /// What its header says.
    pub fn fields(&self) -> &Fields {
        &self.fields
    }

    /// All of it.
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// Its records, as they are.
    pub fn records(&self) -> &'a [u8] {
        &self.bytes[HEADER..]
    }

    /// The beginning that it has where it is stored; the rest is as it was sent.
    pub fn stamp(&self, base_offset: i64, leader_epoch: i32) -> [u8; STAMP] {
        let mut stamp = at::<STAMP>(self.bytes, 0);
        stamp[..8].copy_from_slice(&base_offset.to_be_bytes());
        stamp[12..].copy_from_slice(&leader_epoch.to_be_bytes());
        stamp
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Vec<u8> {
        let records = [Record { value: Some(b"one"), ..Record::at(1_000) }, Record::at(1_007)];
        build(
            &Header { sender: Some(Sender { id: 7, epoch: 1, sequence: 40 }), ..Header::default() },
            &records,
        )
    }

    #[test]
    fn what_is_built_is_read() {
        let bytes = sample();
        let batch = Batch::parse(&bytes).unwrap();
        let fields = batch.fields();
        assert_eq!((fields.records, fields.last_offset()), (2, 1));
        assert_eq!((fields.base_timestamp, fields.max_timestamp), (1_000, 1_007));
        assert_eq!(fields.sender, Some(Sender { id: 7, epoch: 1, sequence: 40 }));
        assert_eq!(fields.codec(), Ok(Codec::None));
    }

    #[test]
    fn a_stamp_leaves_the_sum_right() {
        let mut bytes = sample();
        let stamp = Batch::parse(&bytes).unwrap().stamp(1 << 40, 3);
        bytes[..STAMP].copy_from_slice(&stamp);
        assert_eq!(Batch::parse(&bytes).unwrap().fields().base_offset, 1 << 40);
    }

    #[test]
    fn every_flipped_bit_behind_the_stamp_is_seen() {
        let whole = sample();
        for bit in (8 * 8)..whole.len() * 8 {
            let mut bytes = whole.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            let is_stamp = (12 * 8..16 * 8).contains(&bit);
            assert_eq!(Batch::parse(&bytes).is_ok(), is_stamp, "bit {bit}");
        }
    }

    #[test]
    fn a_torn_one_says_so() {
        let whole = sample();
        for length in 0..whole.len() {
            assert!(matches!(Batch::parse(&whole[..length]), Err(BatchError::Torn { .. })), "{length}");
        }
    }
}
