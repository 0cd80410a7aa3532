//! Bytes of strangers as batches: no panic, and neither time nor memory beyond what they say.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{
    io::Write,
    time::{Duration, Instant},
};

use sawlog_broker::{
    batch::{Batch, BatchError, HEADER, Header, Record, Sender, build, first_at_or_after, latest_since},
    disk::sim::Chance,
};
use sawlog_e2e::rounds::rounds;

/// No batch of these tests takes longer to look into.
const SOON: Duration = Duration::from_secs(10);

/// A batch that is whole, of a codec by its number.
fn whole(chance: &mut Chance, codec: u8) -> Vec<u8> {
    let values: Vec<Vec<u8>> = (0..=chance.index(8))
        .map(|_| {
            let len = chance.index(300);
            chance.bytes(len)
        })
        .collect();
    let record = |value| Record { value: Some(value), ..Record::at(1_000) };
    let records: Vec<Record<'_>> = values.iter().map(|value| record(value)).collect();
    let sender = chance.one_in(2).then_some(Sender { id: 1, epoch: 0, sequence: 9 });
    let mut bytes = build(&Header { base_offset: 70, sender }, &records);
    let plain = bytes.split_off(HEADER);
    bytes.extend(compressed([plain], codec));
    bytes[22] = codec;
    sum(&mut bytes);
    bytes
}

fn compressed(plain: impl IntoIterator<Item = Vec<u8>>, codec: u8) -> Vec<u8> {
    fn all(mut to: impl Write, plain: impl IntoIterator<Item = Vec<u8>>) {
        plain.into_iter().for_each(|part| to.write_all(&part).unwrap());
        to.flush().unwrap();
    }
    let mut into = Vec::new();
    match codec {
        1 => all(flate2::write::GzEncoder::new(&mut into, flate2::Compression::fast()), plain),
        2 => {
            let plain: Vec<u8> = plain.into_iter().flatten().collect();
            into = snap::raw::Encoder::new().compress_vec(&plain).unwrap();
        }
        3 => all(lz4_flex::frame::FrameEncoder::new(&mut into).auto_finish(), plain),
        4 => all(zstd::Encoder::new(&mut into, 1).unwrap().auto_finish(), plain),
        _ => all(&mut into, plain),
    }
    into
}

/// Makes length and sum right, so that what is wrong is found behind them.
fn sum(bytes: &mut [u8]) {
    let length = i32::try_from(bytes.len() - 12).unwrap();
    bytes[8..12].copy_from_slice(&length.to_be_bytes());
    let sum = crc32c::crc32c(&bytes[21..]);
    bytes[17..21].copy_from_slice(&sum.to_be_bytes());
}

fn mutate(chance: &mut Chance, bytes: &mut Vec<u8>, from: usize) {
    for _ in 0..=chance.index(4) {
        let at = from + chance.index((bytes.len() - from).max(1));
        match chance.below(5) {
            _ if at >= bytes.len() => bytes.push(0xff),
            0 => bytes[at] ^= 1 << chance.below(8),
            1 => bytes[at] = [0, 0x7f, 0x80, 0xff][chance.index(4)],
            2 => bytes.truncate(at.max(HEADER)),
            3 => {
                let len = chance.index(20);
                let more = chance.bytes(len);
                bytes.splice(at..at, more);
            }
            _ => {
                let number = chance.number().to_be_bytes();
                let end = (at + 8).min(bytes.len());
                bytes[at..end].copy_from_slice(&number[..end - at]);
            }
        }
    }
}

/// Whether it is a batch. If so it is within its bytes, and its records are shown or refused.
fn look(bytes: &[u8]) -> bool {
    let began = Instant::now();
    let batch = match Batch::parse(bytes) {
        Ok(batch) => batch,
        Err(BatchError::Torn { wanted, found }) => {
            assert!(found == bytes.len() && wanted > found);
            return false;
        }
        Err(_) => return false,
    };
    assert!(batch.bytes().len() <= bytes.len() && batch.bytes().len() >= HEADER);
    let fields = batch.fields();
    assert!(fields.records > 0 && fields.last_offset() >= fields.base_offset);
    if let Ok(Some((offset, _))) = first_at_or_after(&batch, i64::MIN, i64::MIN) {
        assert!((fields.base_offset..=fields.last_offset()).contains(&offset));
    }
    _ = first_at_or_after(&batch, i64::MIN, i64::MAX);
    _ = latest_since(&batch, 0);
    assert!(began.elapsed() < SOON, "it took {:?}", began.elapsed());
    true
}

#[test]
fn bytes_of_strangers_are_a_batch_or_refused() {
    let (mut batches, mut refused) = (0_u32, 0_u32);
    for seed in rounds("batch rounds", 20_000, 2_000_000) {
        let mut chance = Chance::new(seed);
        let codec = chance.below(5).to_le_bytes()[0];
        let bytes = match chance.below(4) {
            0 => {
                let len = chance.index(200);
                chance.bytes(len)
            }
            1 => {
                let mut bytes = whole(&mut chance, codec);
                mutate(&mut chance, &mut bytes, 0);
                bytes
            }
            // Behind a sum that is right: what a producer that lies can send.
            part => {
                let mut bytes = whole(&mut chance, codec);
                mutate(&mut chance, &mut bytes, if part == 2 { 21 } else { HEADER });
                sum(&mut bytes);
                bytes
            }
        };
        if look(&bytes) {
            batches += 1;
        } else {
            refused += 1;
        }
    }
    println!("{batches} batches, {refused} refused");
    assert!(batches > refused / 4 && refused > batches / 10, "{batches} batches, {refused} refused");
}

/// One record of so many megabytes of nothing, and nothing behind it if it says more.
fn swelling(codec: u8, says: u64, megabytes: usize) -> Vec<u8> {
    let mut length = Vec::new();
    let mut left = says << 1;
    while left >= 0x80 {
        length.push(left.to_le_bytes()[0] | 0x80);
        left >>= 7;
    }
    length.push(left.to_le_bytes()[0]);
    let mut bytes = build(&Header::default(), &[Record::at(0)]);
    bytes.truncate(HEADER);
    let chunks = std::iter::once(length).chain(std::iter::repeat_n(vec![0; 1 << 20], megabytes));
    bytes.extend(compressed(chunks, codec));
    bytes[22] = codec;
    sum(&mut bytes);
    bytes
}

#[test]
fn a_batch_that_swells_costs_little_memory() {
    for codec in [1, 3, 4] {
        let bytes = swelling(codec, 1 << 60, 64);
        assert!(bytes.len() < 2 << 20);
        let batch = Batch::parse(&bytes).unwrap();
        let mut is_refused = false;
        let cost = allocation_counter::measure(|| is_refused = latest_since(&batch, 0).is_err());
        assert!(is_refused, "codec {codec}");
        assert!(cost.bytes_max < 16 << 20, "codec {codec} took {} bytes", cost.bytes_max);
    }
}

#[test]
fn a_batch_that_swells_beyond_measure_is_given_up() {
    for (megabytes, is_shown) in [(1_000, true), (1_100, false)] {
        let bytes = swelling(4, megabytes << 20, usize::try_from(megabytes).unwrap());
        assert!(bytes.len() < 1 << 20);
        let shown = latest_since(&Batch::parse(&bytes).unwrap(), 0);
        assert_eq!(shown.is_ok(), is_shown, "{megabytes} MiB: {shown:?}");
    }
}
