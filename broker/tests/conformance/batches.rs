//! Record batches: made for a case, damaged on purpose, and as they come out of a log.

use std::{
    io::Write as _,
    sync::LazyLock,
    time::{SystemTime, UNIX_EPOCH},
};

use bytes::{Bytes, BytesMut};
use kafka_protocol::records::{
    Compression, NO_PRODUCER_EPOCH, NO_PRODUCER_ID, NO_SEQUENCE, Record, RecordBatchDecoder,
    RecordBatchEncoder, RecordEncodeOptions, TimestampType,
};

/// Where the fields of a batch are.
pub(crate) const LENGTH: usize = 8;
pub(crate) const MAGIC: usize = 16;
pub(crate) const CRC: usize = 17;
pub(crate) const ATTRIBUTES: usize = 21;
pub(crate) const LAST_OFFSET_DELTA: usize = 23;
pub(crate) const COUNT: usize = 57;
pub(crate) const HEADER: usize = 61;

/// Every codec, as cases go through them.
pub(crate) const CODECS: [Compression; 5] =
    [Compression::None, Compression::Gzip, Compression::Snappy, Compression::Lz4, Compression::Zstd];

/// An hour ago, in milliseconds: late enough to be kept, early enough not to be in the future.
pub(crate) static HOUR_AGO: LazyLock<i64> = LazyLock::new(|| {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(now.as_millis()).unwrap() - 3_600_000
});

/// A batch to be sent.
#[derive(Debug, Clone)]
pub(crate) struct Batch {
    pub(crate) records: Vec<Record>,
    codec: Compression,
}

impl Batch {
    /// One record for each value, each a millisecond later than the one before.
    pub(crate) fn of(values: &[&str]) -> Self {
        let record = |(index, value): (i64, &&str)| Record {
            transactional: false,
            control: false,
            delete_horizon: false,
            partition_leader_epoch: -1,
            producer_id: NO_PRODUCER_ID,
            producer_epoch: NO_PRODUCER_EPOCH,
            timestamp_type: TimestampType::Creation,
            offset: index,
            sequence: NO_SEQUENCE.wrapping_add(i32::try_from(index).unwrap()),
            timestamp: *HOUR_AGO + index,
            key: None,
            value: Some(Bytes::copy_from_slice(value.as_bytes())),
            headers: [].into_iter().collect(),
        };
        Self { records: (0..).zip(values).map(record).collect(), codec: Compression::None }
    }

    /// So many records of so many bytes, the same every time and hard to compress.
    pub(crate) fn sized(count: usize, bytes: usize) -> Self {
        let mut state = 0x9e37_79b9_u32;
        let mut value = || -> String {
            let letter = |_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                char::from(b'!' + u8::try_from((state >> 24) % 94).unwrap())
            };
            (0..bytes).map(letter).collect()
        };
        let values: Vec<String> = (0..count).map(|_| value()).collect();
        Self::of(&values.iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// Written by an idempotent producer.
    pub(crate) fn by(mut self, producer: i64, epoch: i16, first: i32) -> Self {
        for (index, record) in (0..).zip(&mut self.records) {
            record.producer_id = producer;
            record.producer_epoch = epoch;
            record.sequence = first.wrapping_add(index);
        }
        self
    }

    /// With these times.
    pub(crate) fn at(mut self, times: &[i64]) -> Self {
        assert_eq!(times.len(), self.records.len());
        for (record, time) in self.records.iter_mut().zip(times) {
            record.timestamp = *time;
        }
        self
    }

    /// Compressed.
    pub(crate) fn with(mut self, codec: Compression) -> Self {
        self.codec = codec;
        self
    }

    /// Its bytes.
    pub(crate) fn bytes(&self) -> Bytes {
        let mut bytes = BytesMut::new();
        let options = RecordEncodeOptions { version: 2, compression: self.codec };
        let compressor = |plain: &mut BytesMut, into: &mut BytesMut, codec: Compression| {
            into.extend_from_slice(&compress(plain, codec));
            Ok(())
        };
        RecordBatchEncoder::encode_with_custom_compression(
            &mut bytes,
            &self.records,
            &options,
            Some(compressor),
        )
        .unwrap();
        bytes.freeze()
    }

    /// Its bytes with some of them changed, and the sum made right again.
    pub(crate) fn forged(&self, change: impl FnOnce(&mut Vec<u8>)) -> Bytes {
        let mut bytes = self.bytes().to_vec();
        change(&mut bytes);
        let sum = crc32c::crc32c(&bytes[ATTRIBUTES..]);
        bytes[CRC..ATTRIBUTES].copy_from_slice(&sum.to_be_bytes());
        bytes.into()
    }

    /// Its bytes, changed without a new sum.
    pub(crate) fn damaged(&self, change: impl FnOnce(&mut Vec<u8>)) -> Bytes {
        let mut bytes = self.bytes().to_vec();
        change(&mut bytes);
        bytes.into()
    }
}

fn compress(plain: &[u8], codec: Compression) -> Vec<u8> {
    match codec {
        Compression::None => plain.to_vec(),
        Compression::Gzip => {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
            encoder.write_all(plain).unwrap();
            encoder.finish().unwrap()
        }
        Compression::Snappy => snap::raw::Encoder::new().compress_vec(plain).unwrap(),
        Compression::Lz4 => {
            let mut encoder = lz4_flex::frame::FrameEncoder::new(Vec::new());
            encoder.write_all(plain).unwrap();
            encoder.finish().unwrap()
        }
        Compression::Zstd => zstd::encode_all(plain, 3).unwrap(),
    }
}

/// A batch as a fetch brings it.
#[derive(Debug, Clone)]
pub(crate) struct Stored {
    pub(crate) first: i64,
    pub(crate) last: i64,
    pub(crate) codec: i16,
    pub(crate) bytes: Bytes,
}

impl Stored {
    /// All that a broker may not change: everything but first offset and leader epoch.
    pub(crate) fn unchanged(bytes: &Bytes) -> (Bytes, Bytes) {
        (bytes.slice(LENGTH..12), bytes.slice(MAGIC..))
    }

    /// The values of an uncompressed batch.
    pub(crate) fn values(&self) -> Vec<String> {
        self.records().into_iter().map(|record| text(record.value.as_ref())).collect()
    }

    /// The records of an uncompressed batch.
    pub(crate) fn records(&self) -> Vec<Record> {
        RecordBatchDecoder::decode(&mut self.bytes.clone()).unwrap().records
    }
}

fn text(value: Option<&Bytes>) -> String {
    value.map_or_else(|| "(none)".to_owned(), |bytes| String::from_utf8(bytes.to_vec()).unwrap())
}

/// The whole batches of a fetch; the last may have been cut off, as the protocol allows.
pub(crate) fn stored(bytes: &Bytes) -> Vec<Stored> {
    let mut rest = bytes.clone();
    let mut found = Vec::new();
    while rest.len() >= HEADER {
        let length = 12 + usize::try_from(number::<4>(&rest, LENGTH)).unwrap();
        if rest.len() < length {
            break;
        }
        let batch = rest.split_to(length);
        assert_eq!(batch[MAGIC], 2);
        let sum = u32::from_be_bytes(batch[CRC..ATTRIBUTES].try_into().unwrap());
        assert_eq!(sum, crc32c::crc32c(&batch[ATTRIBUTES..]), "the sum of a stored batch is right");
        let first = number::<8>(&batch, 0);
        found.push(Stored {
            first,
            last: first + number::<4>(&batch, LAST_OFFSET_DELTA),
            codec: i16::try_from(number::<2>(&batch, ATTRIBUTES)).unwrap() & 7,
            bytes: batch,
        });
    }
    found
}

/// A field of a batch.
pub(crate) fn number<const BYTES: usize>(batch: &[u8], at: usize) -> i64 {
    let field = &batch[at..at + BYTES];
    let sign = if field[0] & 0x80 == 0 { 0 } else { -1 };
    field.iter().fold(sign, |number, byte| number << 8 | i64::from(*byte))
}
