//! Making a batch: not compressed, for those who write to a log without a Kafka client.

use super::{BEFORE_LENGTH, HEADER, MAGIC, SUMMED, Sender};

/// What a batch says of itself.
#[derive(Debug, Clone, Copy, Default)]
pub struct Header {
    /// The offset of its first record; a log sets its own.
    pub base_offset: i64,
    /// Who numbers the records, if anybody does.
    pub sender: Option<Sender>,
}

/// A record of a batch that is to be made.
#[derive(Debug, Clone, Copy, Default)]
pub struct Record<'a> {
    /// Milliseconds since 1970.
    pub timestamp: i64,
    /// Its key.
    pub key: Option<&'a [u8]>,
    /// Its value.
    pub value: Option<&'a [u8]>,
}

impl Record<'_> {
    /// An empty record of that time.
    pub fn at(timestamp: i64) -> Self {
        Self { timestamp, ..Self::default() }
    }
}

/// Makes a batch of records in their order.
///
/// # Panics
/// When there is no record, or the batch would be longer than 2 GiB.
pub fn build(header: &Header, records: &[Record<'_>]) -> Vec<u8> {
    let first = records.first().expect("because a batch has a record");
    let latest = records.iter().map(|record| record.timestamp).max().unwrap_or(first.timestamp);
    let mut bytes = vec![0; HEADER];
    let mut body = Vec::new();
    for (number, record) in (0..).zip(records) {
        body.clear();
        body.push(0); // no attributes
        signed(&mut body, record.timestamp - first.timestamp);
        signed(&mut body, number);
        text(&mut body, record.key);
        text(&mut body, record.value);
        signed(&mut body, 0); // no headers
        signed(&mut bytes, size(body.len()));
        bytes.extend_from_slice(&body);
    }
    let length = i32::try_from(bytes.len() - BEFORE_LENGTH).expect("because a batch is shorter than 2 GiB");
    let count = i32::try_from(records.len()).expect("because each record has more than one byte");
    let sender = header.sender.unwrap_or(Sender { id: -1, epoch: -1, sequence: -1 });
    let mut put =
        |position: usize, field: &[u8]| bytes[position..position + field.len()].copy_from_slice(field);
    put(0, &header.base_offset.to_be_bytes());
    put(8, &length.to_be_bytes());
    put(16, &[MAGIC]);
    put(23, &(count - 1).to_be_bytes());
    put(27, &first.timestamp.to_be_bytes());
    put(35, &latest.to_be_bytes());
    put(43, &sender.id.to_be_bytes());
    put(51, &sender.epoch.to_be_bytes());
    put(53, &sender.sequence.to_be_bytes());
    put(57, &count.to_be_bytes());
    let sum = crc32c::crc32c(&bytes[SUMMED..]);
    bytes[17..SUMMED].copy_from_slice(&sum.to_be_bytes());
    bytes
}

fn text(into: &mut Vec<u8>, text: Option<&[u8]>) {
    match text {
        None => signed(into, -1),
        Some(text) => {
            signed(into, size(text.len()));
            into.extend_from_slice(text);
        }
    }
}

fn size(length: usize) -> i64 {
    i64::try_from(length).expect("because no slice is longer")
}

/// Zigzag, then seven bits a byte.
fn signed(into: &mut Vec<u8>, value: i64) {
    let mut left = ((value << 1) ^ (value >> 63)).cast_unsigned();
    while left >= 0x80 {
        into.push(left.to_le_bytes()[0] | 0x80);
        left >>= 7;
    }
    into.push(left.to_le_bytes()[0]);
}
