//! Looking into a batch for the times of its records.
//!
//! Records are read one after the other while they are decompressed, so a batch that would swell to gigabytes costs
//! time and not memory, and is given up after a while.

use std::{
    io::{self, BufRead, BufReader, Read},
    mem,
};

use super::{Batch, Codec};

/// Why records cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// They are not what the codec makes, or end too early.
    #[error("read the records of a batch")]
    Read(#[from] io::Error),
    /// A field is not a record's.
    #[error("a record's {field} cannot be {value}")]
    Field {
        /// Which.
        field: &'static str,
        /// What it says.
        value: i64,
    },
}

/// So much is decompressed at most: no consumer takes a batch that is larger.
const MOST_PLAIN: u64 = 1 << 30;

/// Offset and time of the first record from an offset on that is not before `time`.
pub fn first_at_or_after(batch: &Batch<'_>, from: i64, time: i64) -> Result<Option<(i64, i64)>, RecordError> {
    let mut found = None;
    look(batch, |offset, at| {
        if offset >= from && at >= time {
            found = Some((offset, at));
        }
        found.is_none()
    })?;
    Ok(found)
}

/// The latest time of a record from an offset on.
pub fn latest_since(batch: &Batch<'_>, from: i64) -> Result<Option<i64>, RecordError> {
    let mut latest = None;
    look(batch, |offset, at| {
        if offset >= from {
            latest = latest.max(Some(at));
        }
        true
    })?;
    Ok(latest)
}

/// Shows offset and time of one record after the other, as long as more are wanted.
fn look(batch: &Batch<'_>, mut wants_more: impl FnMut(i64, i64) -> bool) -> Result<(), RecordError> {
    let fields = batch.fields();
    let mut records = open(fields.codec().unwrap_or(Codec::None), batch.records())?.take(MOST_PLAIN);
    for _ in 0..fields.records {
        let length = signed(&mut records)?;
        let Ok(left) = u64::try_from(length) else {
            return Err(RecordError::Field { field: "length", value: length });
        };
        let mut record = records.by_ref().take(left);
        let mut attributes = [0];
        record.read_exact(&mut attributes)?;
        let timestamp = fields.base_timestamp.saturating_add(signed(&mut record)?);
        let delta = signed(&mut record)?;
        if !(0..=i64::from(fields.last_offset_delta)).contains(&delta) {
            return Err(RecordError::Field { field: "offset", value: delta });
        }
        if !wants_more(fields.base_offset + delta, timestamp) {
            return Ok(());
        }
        let rest = record.limit();
        if io::copy(&mut record, &mut io::sink())? < rest {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
        }
    }
    Ok(())
}

fn open(codec: Codec, records: &[u8]) -> io::Result<Box<dyn BufRead + '_>> {
    Ok(match codec {
        Codec::None => Box::new(records),
        Codec::Gzip => Box::new(BufReader::new(flate2::read::MultiGzDecoder::new(records))),
        Codec::Lz4 => Box::new(BufReader::new(lz4_flex::frame::FrameDecoder::new(records))),
        Codec::Zstd => Box::new(BufReader::new(zstd::stream::read::Decoder::new(records)?)),
        Codec::Snappy => Box::new(BufReader::new(Snappy::new(records))),
    })
}

/// Zigzag, then seven bits a byte.
fn signed(from: &mut impl Read) -> Result<i64, RecordError> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let mut byte = [0];
        from.read_exact(&mut byte)?;
        value |= u64::from(byte[0] & 0x7f) << shift;
        if byte[0] < 0x80 {
            return Ok((value >> 1).cast_signed() ^ -(value & 1).cast_signed());
        }
    }
    Err(RecordError::Field { field: "number", value: i64::MAX })
}

/// Snappy as Kafka's clients write it: blocks, each with its length before it, behind a header; or one bare block.
struct Snappy<'a> {
    left: &'a [u8],
    is_framed: bool,
    block: Vec<u8>,
    read: usize,
}

const SNAPPY_HEADER: &[u8] = b"\x82SNAPPY\0";
/// The header and two versions.
const SNAPPY_BEFORE_BLOCKS: usize = 16;
/// A bare block holds a whole batch.
const LARGEST_BLOCK: usize = 64 << 20;

impl<'a> Snappy<'a> {
    fn new(records: &'a [u8]) -> Self {
        let is_framed = records.starts_with(SNAPPY_HEADER);
        let left = if is_framed { records.get(SNAPPY_BEFORE_BLOCKS..).unwrap_or_default() } else { records };
        Self { left, is_framed, block: Vec::new(), read: 0 }
    }

    fn next_block(&mut self) -> io::Result<()> {
        let bad = |why: &str| io::Error::new(io::ErrorKind::InvalidData, why.to_owned());
        let compressed = if self.is_framed {
            let (length, rest) =
                self.left.split_first_chunk().ok_or_else(|| bad("a block without length"))?;
            let length = u32::from_be_bytes(*length) as usize;
            let (block, rest) = rest.split_at_checked(length).ok_or_else(|| bad("a torn block"))?;
            self.left = rest;
            block
        } else {
            mem::take(&mut self.left)
        };
        let length = snap::raw::decompress_len(compressed).map_err(|error| bad(&error.to_string()))?;
        if length > LARGEST_BLOCK {
            return Err(bad("a block that swells beyond measure"));
        }
        self.block =
            snap::raw::Decoder::new().decompress_vec(compressed).map_err(|error| bad(&error.to_string()))?;
        self.read = 0;
        Ok(())
    }
}

impl Read for Snappy<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.read == self.block.len() {
            if self.left.is_empty() {
                return Ok(0);
            }
            self.next_block()?;
        }
        let read = (&self.block[self.read..]).read(into)?;
        self.read += read;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;
    use crate::batch::{HEADER, Header, Record, build};

    /// The same records, compressed by others than those that are tested.
    fn compressed(codec: u8) -> Vec<u8> {
        let value = [b'x'; 3000];
        let records: Vec<Record<'_>> =
            (0..40).map(|number| Record { value: Some(&value), ..Record::at(1_000 + number * 10) }).collect();
        let mut bytes = build(&Header { base_offset: 500, sender: None }, &records);
        let plain = bytes.split_off(HEADER);
        match codec {
            0 => bytes.extend(&plain),
            1 => {
                let mut encoder = flate2::write::GzEncoder::new(bytes, flate2::Compression::fast());
                encoder.write_all(&plain).unwrap();
                bytes = encoder.finish().unwrap();
            }
            2 => {
                bytes.extend(SNAPPY_HEADER);
                bytes.extend([0, 0, 0, 1, 0, 0, 0, 1]);
                for block in plain.chunks(32 << 10) {
                    let block = snap::raw::Encoder::new().compress_vec(block).unwrap();
                    bytes.extend(u32::try_from(block.len()).unwrap().to_be_bytes());
                    bytes.extend(block);
                }
            }
            3 => {
                let mut encoder = lz4_flex::frame::FrameEncoder::new(bytes);
                encoder.write_all(&plain).unwrap();
                bytes = encoder.finish().unwrap();
            }
            4 => bytes.extend(zstd::encode_all(&plain[..], 1).unwrap()),
            _ => bytes.extend(snap::raw::Encoder::new().compress_vec(&plain).unwrap()),
        }
        let length = u32::try_from(bytes.len() - 12).unwrap();
        bytes[8..12].copy_from_slice(&length.to_be_bytes());
        bytes[22] = if codec == 5 { 2 } else { codec };
        let sum = crc32c::crc32c(&bytes[21..]);
        bytes[17..21].copy_from_slice(&sum.to_be_bytes());
        bytes
    }

    #[test]
    fn the_record_of_a_time_is_found_in_every_codec() {
        for codec in 0..=5 {
            let bytes = compressed(codec);
            let batch = Batch::parse(&bytes).unwrap();
            let find = |time| first_at_or_after(&batch, 0, time).unwrap();
            assert_eq!(find(0), Some((500, 1_000)), "codec {codec}");
            assert_eq!(find(1_095), Some((510, 1_100)), "codec {codec}");
            assert_eq!(find(1_390), Some((539, 1_390)), "codec {codec}");
            assert_eq!(find(1_391), None, "codec {codec}");
            let find_from = |offset| first_at_or_after(&batch, offset, 1_095).unwrap();
            assert_eq!(find_from(505), Some((510, 1_100)), "codec {codec}");
            assert_eq!(find_from(511), Some((511, 1_110)), "codec {codec}");
            assert_eq!(latest_since(&batch, 530).unwrap(), Some(1_390), "codec {codec}");
            assert_eq!(latest_since(&batch, 540).unwrap(), None, "codec {codec}");
        }
    }

    #[test]
    fn what_ends_too_early_is_an_error() {
        for codec in 0..=5 {
            let mut bytes = compressed(codec);
            bytes.truncate(bytes.len() - 40);
            let length = u32::try_from(bytes.len() - 12).unwrap();
            bytes[8..12].copy_from_slice(&length.to_be_bytes());
            let sum = crc32c::crc32c(&bytes[21..]);
            bytes[17..21].copy_from_slice(&sum.to_be_bytes());
            let batch = Batch::parse(&bytes).unwrap();
            assert!(first_at_or_after(&batch, 0, i64::MAX).is_err(), "codec {codec}");
        }
    }
}
