//! A small log of which every byte can be tried.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use sawlog_broker::{
    batch::{Batch, Header, Record, Sender, build},
    disk::{Disk as _, sim::SimDisk},
    log::{Log, LogError, LogOptions, Recovery},
};

pub(crate) const FOLDER: &str = "/log";
/// Two batches of two records fill a segment.
pub(crate) const OPTIONS: LogOptions =
    LogOptions { segment_bytes: 300, segment_age: Duration::from_hours(1), reserve_bytes: 0 };
/// So many records are in [`filled`], the last two segments being those of 8 and of 12.
pub(crate) const END: i64 = 14;
pub(crate) const PRODUCER: Sender = Sender { id: 5, epoch: 0, sequence: 0 };

pub(crate) fn open(disk: &SimDisk) -> Result<(Log, Recovery), LogError> {
    Log::open(Arc::new(disk.clone()), Path::new(FOLDER), OPTIONS, 0)
}

pub(crate) fn batch(sequence: i64) -> Vec<u8> {
    let value = [b'v'; 30];
    let record = |time| Record { value: Some(&value), ..Record::at(time) };
    let sender = Some(Sender { sequence: i32::try_from(sequence).unwrap(), ..PRODUCER });
    build(&Header { base_offset: 0, sender }, &[record(sequence * 10), record(sequence * 10 + 5)])
}

pub(crate) fn append(log: &Log, bytes: &[u8]) -> Result<i64, LogError> {
    log.append(&Batch::parse(bytes).unwrap(), 0, 0).map(|appended| appended.base_offset)
}

/// A log of four segments, all synced; the last has one batch and no index.
pub(crate) fn filled() -> (SimDisk, Log) {
    let disk = SimDisk::new(1);
    disk.create_folder(Path::new(FOLDER)).unwrap();
    let (log, _) = open(&disk).unwrap();
    for sequence in (0..END).step_by(2) {
        assert_eq!(append(&log, &batch(sequence)).unwrap(), sequence);
    }
    log.sync().unwrap();
    assert_eq!(log.segments(), 4);
    (disk, log)
}

/// [`filled`], after a kill or a clean end.
pub(crate) fn ended(is_clean: bool) -> SimDisk {
    let (disk, log) = filled();
    if is_clean {
        log.close().unwrap();
    }
    disk.kill_process()
}

pub(crate) fn path(offset: i64, kind: &str) -> PathBuf {
    Path::new(FOLDER).join(format!("{offset:020}.{kind}"))
}

/// All batches from an offset on, as they are.
pub(crate) fn read_from(log: &Log, mut offset: i64) -> Result<Vec<u8>, LogError> {
    let mut all = Vec::new();
    while offset < log.synced() {
        let part = log.read(offset, 1)?;
        offset += part.records.cast_signed();
        assert!(part.records > 0, "nothing at {offset}");
        all.extend_from_slice(&part.bytes);
    }
    Ok(all)
}

pub(crate) fn stored(from: i64, to: i64) -> Vec<u8> {
    (from..to)
        .step_by(2)
        .flat_map(|sequence| {
            let bytes = batch(sequence);
            let stamp = Batch::parse(&bytes).unwrap().stamp(sequence, 0);
            [&stamp[..], &bytes[stamp.len()..]].concat()
        })
        .collect()
}

/// It goes on from its end, and what it takes then is there after the next crash.
pub(crate) fn assert_goes_on(disk: &SimDisk, log: &Log) {
    let end = log.end();
    assert_eq!(log.synced(), end);
    assert_eq!(read_from(log, log.start()).unwrap(), stored(log.start(), end));
    for sequence in [end, end + 2, end + 4] {
        assert_eq!(append(log, &batch(sequence)).unwrap(), sequence);
    }
    log.sync().unwrap();
    let (log, recovery) = open(&disk.lose_power()).unwrap();
    assert_eq!((log.end(), recovery.cut), (end + 6, None));
    assert_eq!(read_from(&log, log.start()).unwrap(), stored(log.start(), end + 6));
}

pub(crate) fn flip(disk: &SimDisk, path: &Path, bit: usize) {
    let mut bytes = disk.look(path).unwrap();
    bytes[bit / 8] ^= 1 << (bit % 8);
    disk.put(path, bytes).unwrap();
}
